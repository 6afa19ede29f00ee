"""The page in a real browser: what it shows while a stream arrives, and what it keeps when one breaks."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from midstream.live import replay
from midstream.live.replay import sse
from midstream.toolcalls import ToolCalls
from tests.live import hostile
from tests.live.web import made
from tests.live.web.chromium import BROWSER, DRIVER, browsing, calls, colours, resize
from tests.live.web.dropping import dropping
from tests.live.web.upstream import STREAM, answering, chunk
from tests.support.parts import require

require("chromium", BROWSER, "apt-get install chromium")
require("chromedriver", DRIVER, "apt-get install chromium-driver")
try:
    from selenium.common.exceptions import WebDriverException

    from midstream.live.web.sources import Endpoint, Replay
    from tests.live.web.serving import Server, serving
except ImportError as missing:
    require(str(missing.name), None, "pip install selenium 'midstream[web]'")

WAIT = 60.0  # seconds after which something counts as not coming
SHOTS = os.environ.get("MIDSTREAM_SCREENSHOTS")  # a folder for pictures of what the tests see

MARKUP = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script></span><svg onload=window.hacked=3><a href=x>'
HOSTILE = json.dumps(
    {
        "html": MARKUP,
        MARKUP: [MARKUP, {MARKUP: MARKUP}],
        "css": "</style>{{x}}${y}",
        "entities": "&lt;b&gt;&amp;",
        **json.loads(hostile.DOCUMENT),
    }
)
CODE = "".join(f"def function_{number}(x):\n    return x * {number}\n\n\n" for number in range(1200))
WRITE = json.dumps({"path": "src/functions.py", "content": CODE, "mode": 420, "ok": True})
RECORDS = json.dumps([{"id": number, "name": f"user {number}", "ok": True} for number in range(1500)])
AGAIN = f'{{"a":0,"b":{list(range(200))},"a":{list(range(300))},"c":0}}'
LONG = json.dumps({"line": "word " * 3600, "lines": ("word " * 3000 + "\n" + "short\n" * 900) * 2})
KEYS = {
    "plain": "plain",
    "a b": '"a b"',
    "a  b": '"a  b"',
    "a\nb": '"a\\nb"',
    " ": '" "',
    "\t": '"\\t"',
    "": '""',
    "a\u00a0b": '"a\\u00a0b"',
    "ab": "ab",
    "a\u200bb": '"a\\u200bb"',
    "\u202eabc": '"\\u202eabc"',
    "\U000e0041": '"\\udb40\\udc41"',
    '"q"\\': r'"\"q\"\\"',
    "naïve_key-2.x/y": "naïve_key-2.x/y",
    "42": "42",
}
ODD = '{"b":{"2":"two","1":[],"__proto__":{}},"n":[12345678901234567890,1.0,-0.0,1e999],"e":"","":[[[]],null]}'


def after(source: Any, condition: Callable[[Any], Any]) -> Any:
    """What `condition` says of what `source()` gives, as soon as it is true."""
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        if found := condition(source()):
            return found
        time.sleep(0.02)
    raise AssertionError(f"it did not come: {str(source())[:2000]}")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    own = [
        made.stream(WRITE, size=5, name="write", pace=2000, tool="write_file"),
        made.stream(WRITE, size=5, name="slow", pace=500, tool="write_file"),
        made.stream(HOSTILE, size=9, name="hostile", pace=300, tool=MARKUP, ends=[made.finish(MARKUP), made.DONE]),
        made.stream(ODD, size=1, name="odd", pace=300),
        made.stream(RECORDS, size=5, name="records", pace=2000, tool="save"),
        made.stream(LONG, size=50, name="long", pace=3000),
        made.stream(json.dumps(dict.fromkeys(KEYS, 1)), name="keys", pace=300),
        made.stream(AGAIN, size=40, name="again", pace=300),
        made.stream(name="none"),
        made.stream("[" * 900 + '{"deep":true}' + "]" * 900, size=50, name="deep", pace=300),
        made.stream('{"done":true}', '{"a":[1,2', WRITE[:3000], f'{{"a":{MARKUP}', size=9, name="broken", pace=1000, ends=[]),
    ]
    with serving([Replay(stream) for stream in (*map(replay.load, replay.NAMES), *own)]) as running:
        yield running


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with browsing() as running:
        yield running


@pytest.fixture
def page(driver: Any, server: Server, request: pytest.FixtureRequest) -> Iterator[Shown]:
    driver.get_log("browser")
    resize(driver, 1280, 800)
    colours(driver, "light")
    shown = Shown(driver, server.url, server)
    yield shown
    logged = [entry["message"] for entry in driver.get_log("browser") if not shown.expects(entry["message"])]
    driver.get("about:blank")
    assert not logged


class Shown:
    """The page of a server, in the browser."""

    def __init__(self, driver: Any, url: str, server: Server) -> None:
        self.driver = driver
        self.url = url
        self.server = server
        self.expected: list[str] = []

    def expects(self, message: str) -> bool:
        return any(part in message for part in self.expected)

    def show(self, source: str, speed: float = 1.0) -> str:
        """A new stream, looked at from its beginning; its id."""
        name = self.server.start(source, speed)
        self.open(name)
        return name

    def open(self, name: str) -> None:
        self.driver.get("about:blank")
        self.driver.get(f"{self.url}/#{name}")

    def text(self, selector: str) -> str:
        return str(self.driver.execute_script("return document.querySelector(arguments[0])?.textContent ?? ''", selector))

    def script(self, text: str, *arguments: Any) -> Any:
        return self.driver.execute_script(text, *arguments)

    def link(self) -> str:
        return str(self.script("return document.body.dataset.link"))

    def click(self, selector: str) -> None:
        self.script("document.querySelector(arguments[0]).click()", selector)

    def choose(self, source: str, speed: str = "1") -> None:
        """Starts it on the page."""
        self.script("document.querySelector('#source').value = arguments[0]", source)
        self.script("document.querySelector('#speed').value = arguments[0]", speed)
        self.click("#start")

    @contextmanager
    def before(self, script: str) -> Iterator[None]:
        """What is opened runs this script before its own."""
        added = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)

    def calls(self) -> list[tuple[str, str, str, Any, list[list[str]]]]:
        return calls(self.driver)

    def ended(self, state: str = "ended") -> list[tuple[str, str, str, Any, list[list[str]]]]:
        after(self.link, lambda link: link == state)
        return self.calls()

    def picture(self, name: str) -> None:
        if SHOTS:
            self.driver.save_screenshot(str(Path(SHOTS) / f"{name}.png"))


def shown_content(page: Shown) -> str:
    """What the first call shows of its member `content`."""
    found = page.calls()
    return str((found[0][3] or {}).get("content", "")) if found else ""


def expected(stream: replay.Stream) -> list[tuple[str, str, str, Any]]:
    reader: Any = ToolCalls(stream.wire)  # type: ignore[arg-type]
    for piece in stream.chunks():
        reader.feed_sse(piece)
    reader.close()
    return [(call.name, call.id or "", call.verdict.value, call.arguments) for call in reader.calls]


def test_a_call_is_seen_growing(page: Shown) -> None:
    page.show("slow")
    after(lambda: shown_content(page), bool)
    lengths = []
    for _ in range(5):
        ((name, _, verdict, value, still),) = page.calls()
        assert (name, verdict) == ("write_file", "open")
        assert value["path"] == "src/functions.py"
        assert CODE.startswith(value["content"])
        assert still == [[], ["content"]]
        lengths.append(len(value["content"]))
        after(page.calls, lambda found: len(found[0][3]["content"]) > lengths[-1])
    page.picture("growing")
    assert lengths == sorted(set(lengths))
    marks = page.script(
        "return [...document.querySelectorAll('.row')].map((row) => getComputedStyle(row, '::before').content.split(' ')[0])"
    )
    assert marks == ['"●"', '"✓"', '"●"']
    assert page.link() == "live"


@pytest.mark.parametrize("name", replay.NAMES)
def test_at_the_end_the_page_shows_the_final_values(page: Shown, name: str) -> None:
    page.show(name, 20)
    assert [one[:4] for one in page.ended()] == expected(replay.load(name))
    assert page.text("#link") == "ended"


def test_keys_numbers_and_depth_are_shown_as_they_are(page: Shown) -> None:
    page.show("odd")
    ((_, _, verdict, value, still),) = page.ended()
    assert verdict == "complete"
    assert not still
    assert json.dumps(value) == json.dumps(json.loads(ODD))
    page.show("again")
    ((_, _, _, value, _),) = page.ended()
    assert json.dumps(value) == json.dumps(json.loads(AGAIN))
    page.show("deep")
    after(page.link, lambda link: link == "ended")
    assert page.text(".verdict") == "complete"
    assert page.script("return document.querySelectorAll('.row').length") == 900 * 2 + 3


def test_markup_is_shown_and_never_run(page: Shown) -> None:
    page.show("hostile")
    ((name, _, verdict, value, _),) = page.ended()
    page.picture("markup")
    assert verdict == "complete"
    assert value == json.loads(HOSTILE)
    assert name == MARKUP
    assert page.text("#why") == f"stop reason {MARKUP}"
    assert page.script("return window.hacked") is None
    assert page.script("return document.querySelectorAll('main :is(img, script, svg, a, style, iframe)').length") == 0
    page.expected.append("This document requires 'Trusted")
    for written in ("document.body.innerHTML = '<b>x</b>'", "document.createElement('script').text = 'window.hacked = 4'"):
        with pytest.raises(WebDriverException, match="This document requires 'Trusted"):
            page.script(written)


def test_reloading_in_the_middle_resumes(page: Shown) -> None:
    page.show("write", 0.5)
    before = after(lambda: shown_content(page), lambda content: len(content) > 5000 and content)
    page.driver.refresh()
    after(lambda: page.text("#meter .messages"), lambda text: text.endswith(" since the page was opened"))
    assert len(after(lambda: shown_content(page), str)) >= len(before)
    ((_, _, verdict, _, still),) = page.calls()
    assert (verdict, still) == ("open", [[], ["content"]])
    ((_, _, verdict, value, still),) = page.ended()
    assert (verdict, value, still) == ("complete", json.loads(WRITE), [])


def test_a_lost_connection_is_shown_and_resumed_without_loss(page: Shown) -> None:
    with dropping(page.server.port) as proxy:
        page.url = f"http://127.0.0.1:{proxy.port}"
        page.expected += ["ERR_", "Failed to load resource"]
        name = page.show("write", 0.4)
        for length in (3000, 6000):
            after(lambda: shown_content(page), lambda content: len(content) > length)  # noqa: B023
            assert page.script("return (window.seen = document.querySelector('.row')) !== null")
            proxy.refusing = True
            proxy.drop()
            after(page.link, lambda link: link == "reconnecting")
            assert page.text("#link") == "reconnecting…"
            page.picture("reconnecting")
            proxy.refusing = False
            after(page.link, lambda link: link == "live")
            # nothing was drawn anew: what came after was put to what was there
            assert page.script("return document.querySelector('.row') === window.seen")
        ((_, _, verdict, value, _),) = page.ended()
        assert (verdict, value) == ("complete", json.loads(WRITE))
        again = [head.lower() for head in proxy.requests if "/events" in head and "last-event-id" in head.lower()]
        assert len(again) >= 2
        assert all(f"last-event-id: {name.lower()}-" in head for head in again)


def test_a_stream_that_breaks_is_shown_with_what_came(page: Shown) -> None:
    page.show("broken")
    found = page.ended("failed")
    page.picture("broken")
    assert [one[2] for one in found] == ["complete", "truncated", "truncated", "malformed"]
    assert [found[index][3] for index in (0, 1, 3)] == [{"done": True}, {"a": [1]}, {}]
    assert len(found[2][3]["content"]) > 2000
    assert CODE.startswith(found[2][3]["content"])
    assert [one[4] for one in found] == [[], [[], ["a"]], [[], ["content"]], [[]]]
    assert page.text("#link") == "broken off"
    assert "stopped before it said that it ended" in page.text("#why")
    errors = page.script("return [...document.querySelectorAll('.call')].map((one) => one.querySelector('.error').hidden)")
    assert errors == [True, False, False, False]
    assert page.text(".call:nth-child(4) .before") == '{"a":'
    assert page.text(".call:nth-child(4) .after") == MARKUP[:60]
    assert page.script("return window.hacked") is None


def test_a_stream_that_is_gone_is_told_as_such(page: Shown) -> None:
    page.expected.append("404")
    page.open("nothing")
    after(page.link, lambda link: link == "gone")
    assert "no longer" in page.text("#link")
    assert page.text("#empty") == ""
    assert page.script("return document.querySelector('#stop').disabled")
    page.choose("forecast", "25")
    assert len(page.ended()) == 2


def test_what_is_lost_for_good_is_not_shown_as_open(page: Shown) -> None:
    with dropping(page.server.port) as proxy:
        page.url = f"http://127.0.0.1:{proxy.port}"
        page.expected += ["ERR_", "Failed to load resource"]
        name = page.show("slow")
        after(lambda: shown_content(page), bool)
        proxy.refusing = True
        proxy.drop()
        after(page.link, lambda link: link == "reconnecting")
        page.click("#start")
        after(lambda: page.text("#trouble"), lambda text: text == "It could not be started: the server does not answer")
        assert page.link() == "reconnecting"
        page.click("#stop")
        after(lambda: page.text("#trouble"), lambda text: text == "It could not be stopped: the server does not answer")
        page.picture("trouble")
        page.server.call(lambda: page.server.sessions.drop(page.server.sessions.get(name)))  # type: ignore[arg-type]
        proxy.refusing = False
        ((_, _, verdict, value, still),) = page.ended("gone")
        page.picture("lost")
        assert verdict == "lost"
        assert CODE.startswith(value["content"])
        assert still == [[], ["content"]]
        moving = "return document.getAnimations({subtree: true}).length"
        assert page.script(moving) == 0
        assert page.script("return document.querySelector('#stop').disabled")
        page.choose("forecast", "25")
        assert len(page.ended()) == 2
        assert page.text("#trouble") == ""


SPOILED = {
    "state": "addEventListener(name, take) { super.addEventListener(name, (event) => take(spoiled(event))); }",
    "change": "set onmessage(take) { super.onmessage = (event) => take(spoiled(event)); }",
    "patch": "set onmessage(take) { super.onmessage = (event) => take(astray(event)); }",
}
SPOIL = """
const spoiled = ({ data, lastEventId }) => ({ data: data.slice(1), lastEventId });
const astray = ({ data, lastEventId }) => ({ data: data.replaceAll('"path":"', '"path":"/nowhere'), lastEventId });
window.EventSource = class extends EventSource { %s };
"""


@pytest.mark.parametrize("which", SPOILED)
def test_a_message_that_can_not_be_read_is_told_as_such(page: Shown, which: str) -> None:
    page.expected.append("rror: ")
    with page.before(SPOIL % SPOILED[which]):
        page.show("slow")
        found = page.ended("unreadable")
    assert page.text("#link") == "the page could not read what the server sent"
    assert "Error: " in page.text("#why")
    assert page.script("return document.querySelector('#stop').disabled")
    assert [one[2] for one in found] == ([] if which == "state" else ["lost"])


def test_what_can_be_shown_may_not_be_had(page: Shown) -> None:
    with page.before("window.fetch = () => Promise.reject(new TypeError('Failed to fetch'));"):
        page.driver.get("about:blank")
        page.driver.get(page.url)
        after(page.link, lambda link: link == "unloaded")
    assert page.text("#why") == "the server does not answer"
    assert page.script("return document.querySelector('#start').disabled")


def test_a_stream_without_calls_says_so(page: Shown) -> None:
    page.show("none")
    assert page.ended() == []
    assert page.text("#empty") == "It ended without a tool call."


def test_another_address_shows_another_stream(page: Shown) -> None:
    page.show("forecast", 1000)
    page.ended()
    name = page.server.start("kyoto", 1000)
    page.script("location.hash = arguments[0]", name)
    after(page.calls, lambda found: [one[0] for one in found] == ["plan_trip"])
    page.ended()
    page.driver.back()
    after(page.calls, lambda found: len(found) == 2)


def test_start_leaves_the_stream_to_others_who_look_at_it(page: Shown) -> None:
    name = page.show("write", 4)
    after(page.calls, bool)
    page.choose("forecast", "25")
    after(page.calls, lambda found: len(found) == 2)
    *_, last = page.server.events(name)
    assert last.data["state"] == "ended"


def test_start_and_stop_with_the_keyboard_alone(page: Shown) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    page.driver.get("about:blank")
    page.driver.get(page.url)
    after(page.link, lambda link: link == "live")  # the default is played at once
    after(page.calls, bool)
    after(lambda: page.text("#meter .times"), bool)  # and patches of it save something
    assert page.link() == "live"
    assert "opened" not in page.text("#meter .messages")
    focused = lambda: page.script("return document.activeElement.id || document.activeElement.className")  # noqa: E731

    def press(*keys: str) -> None:
        ActionChains(page.driver).send_keys(*keys).perform()

    press(Keys.TAB)
    assert focused() == "source"
    press("s", "l", "o", "w")
    assert page.script("return document.activeElement.value") == "slow"
    press(Keys.TAB, Keys.TAB)
    assert focused() == "start"
    press(Keys.ENTER)
    after(page.calls, lambda found: found and found[0][0] == "write_file")
    press(Keys.TAB)
    assert focused() == "stop"
    press(Keys.SPACE)
    ((_, _, verdict, value, _),) = page.ended("stopped")
    assert verdict == "truncated"
    assert value["path"]
    assert "Call 1, write_file: truncated" in page.text("#announcements") or "Stream stopped" in page.text("#announcements")
    page.script("document.querySelector('#stop').focus()")
    press(Keys.TAB)
    assert focused() in ("rows", "source")


def test_a_growing_value_is_followed_until_the_reader_scrolls_up(page: Shown) -> None:
    page.show("slow")
    rest = "const rows = document.querySelector('.rows'); return rows.scrollHeight - rows.scrollTop - rows.clientHeight"
    after(lambda: shown_content(page), lambda content: len(content) > 3000)
    assert page.script(rest) < 30
    top = "document.querySelector(arguments[0]).getBoundingClientRect().top"
    assert page.script(f"return {top}", ".row.long > .key") >= page.script(f"return {top}", ".rows") - 1
    page.script("document.querySelector('.rows').scrollTop = 40")
    length = len(shown_content(page))
    after(lambda: shown_content(page), lambda content: len(content) > length + 500)
    assert page.script("return document.querySelector('.rows').scrollTop") == 40


REST = "(one) => one.scrollHeight - one.scrollTop - one.clientHeight"


@pytest.mark.parametrize("source", ["write", "records"])
def test_the_end_is_followed_from_where_a_stream_is_joined(page: Shown, source: str) -> None:
    name = page.server.start(source, 1000)
    list(page.server.events(name))
    page.open(name)
    page.ended()
    after(lambda: page.script(f"return ({REST})(document.querySelector('.rows'))"), lambda rest: rest < 30)
    # what is far from it is not laid out
    kinds = page.script(
        "return [...document.querySelectorAll(arguments[0])].map((one) => getComputedStyle(one).contentVisibility)",
        ".row.long .block" if source == "write" else ".chunk",
    )
    assert len(kinds) > 20
    assert set(kinds[:-1]) == {"auto"}
    assert kinds[-1] == "visible"
    page.picture(f"joined-{source}")


@pytest.mark.parametrize("height", [844, 640])
def test_on_a_phone_the_growing_end_is_in_view(page: Shown, height: int) -> None:
    resize(page.driver, 390, height)
    page.show("slow")
    after(lambda: shown_content(page), lambda content: len(content) > 3000)
    time.sleep(0.1)
    page.picture(f"phone-{height}")
    end = "document.querySelector('.row.open .block:last-child').getBoundingClientRect().bottom"
    for _ in range(5):
        length = len(shown_content(page))
        after(lambda: shown_content(page), lambda content: len(content) > length + 100)  # noqa: B023
        assert 0 < page.script(f"return {end}") < height
    page.script("scrollTo(0, 0)")
    length = len(shown_content(page))
    after(lambda: shown_content(page), lambda content: len(content) > length + 500)
    assert page.script("return scrollY") == 0


def test_what_is_deep_is_in_view_on_a_phone(page: Shown) -> None:
    resize(page.driver, 390, 844)
    page.show("deep")
    page.ended()
    left = "return document.querySelectorAll('.row > .value')[900].getBoundingClientRect().left"
    assert page.script(left) < 250


def test_a_long_line_is_one_line(page: Shown) -> None:
    page.show("long")
    ((_, _, _, value, _),) = page.ended()
    assert value == json.loads(LONG)
    selected = page.script(
        "return [...document.querySelectorAll('.value.string')].map((one) => {"
        " getSelection().selectAllChildren(one); return getSelection().toString(); })"
    )
    assert [one.rstrip() for one in selected] == [one.rstrip() for one in value.values()]
    # each rectangle of the text begins where a line does: no line ends before its width is used
    short = page.script(
        "const range = document.createRange(), block = document.querySelector('.block');"
        "range.selectNodeContents(block);"
        "const rights = new Map();"
        "for (const one of range.getClientRects()) rights.set(one.top, Math.max(one.right, rights.get(one.top) ?? 0));"
        "const ends = [...rights.values()].slice(0, -1);"
        "return [ends.length, block.getBoundingClientRect().right - Math.min(...ends)];"
    )
    assert short[0] > 50
    assert short[1] < 60


def test_different_keys_look_different(page: Shown) -> None:
    page.show("keys")
    ((_, _, _, value, _),) = page.ended()
    page.picture("keys")
    assert list(value) == list(KEYS)
    looks = page.script("return [...document.querySelectorAll('.key')].map((one) => one.innerText)")
    assert looks == list(KEYS.values())


def test_it_is_still_followed_when_another_call_makes_it_narrower(page: Shown) -> None:
    page.show("fibonacci", 4)
    page.ended()
    assert max(page.script(f"return [...document.querySelectorAll('.rows')].map({REST})")) < 30


def test_an_endpoint_is_asked_when_somebody_presses_start_and_its_end_is_shown(page: Shown) -> None:
    events = [chunk(sse(*event)) for event in made.stream('{"path":"a.txt","content":"one two').events[:3]]
    with answering(STREAM, "wait", *events, "wait") as upstream:
        endpoint = Endpoint("openai-chat", upstream.url, [("x-api-key", "secret-0123456789")], b'{"stream":true}')
        with serving([endpoint]) as own:
            page.driver.get(own.url)
            after(page.link, lambda link: link == "idle")
            assert not upstream.request
            page.click("#start")
            after(page.link, lambda link: link == "waiting")
            assert page.text("#link") == "waiting for the provider…"
            page.picture("waiting")
            upstream.more.set()
            upstream.more.clear()
            after(page.calls, bool)
            assert page.link() == "live"
            upstream.more.set()  # and the connection is dropped
            ((_, _, verdict, value, still),) = page.ended("failed")
            page.picture("dropped")
            assert (verdict, value, still) == ("truncated", {"path": "a.txt"}, [[]])
            assert page.text("#link") == "broken off"
            assert "secret" not in page.script("return document.documentElement.outerHTML")


def test_bytes_are_counted(page: Shown) -> None:
    page.show("write")
    page.ended()
    amount = {"B": 1, "kB": 1e3, "MB": 1e6}
    sizes = []
    for selector in ("#meter .received", "#meter .whole", "#meter .upstream"):
        number, unit = page.text(selector).split()
        sizes.append(float(number) * amount[unit])
    received, whole, upstream = sizes
    assert len(WRITE) < received < upstream
    assert whole > 5 * received
    assert page.text("#meter .times").endswith("× fewer bytes")


def test_light_dark_and_narrow(page: Shown) -> None:
    page.show("forecast", 1000)
    page.ended()
    grounds = set()
    for scheme in ("light", "dark"):
        colours(page.driver, scheme)
        grounds.add(page.script("return getComputedStyle(document.body).backgroundColor"))
        for width, height in ((1280, 800), (360, 740)):
            resize(page.driver, width, height)
            time.sleep(0.1)
            assert page.script("return document.documentElement.scrollWidth") <= width
            page.picture(f"{scheme}-{width}")
    assert len(grounds) == 2


CONTRAST = """
const style = getComputedStyle(document.documentElement);
const light = (name) => {
    const hex = style.getPropertyValue(name).trim();
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
        .map((part) => part <= .03928 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
    return .2126 * red + .7152 * green + .0722 * blue + .05;
};
return Math.max(light(arguments[0]), light(arguments[1])) / Math.min(light(arguments[0]), light(arguments[1]));
"""
WRITING = [
    ("soft", "ground sunk open-ground bad-ground"),
    ("open good bad", ""),
    ("key string number word", "open-ground bad-ground"),
]


def test_what_is_written_can_be_read(page: Shown) -> None:
    page.open("nothing")
    page.expected.append("404")
    for scheme in ("light", "dark"):
        colours(page.driver, scheme)
        for inks, grounds in WRITING:
            for ink in inks.split():
                for ground in ["panel", *(grounds.split() or [f"{ink}-ground"])]:
                    assert page.script(CONTRAST, f"--{ink}", f"--{ground}") >= 4.5, (scheme, ink, ground)


FRAMES = """
window.frames_seen = [];
const tick = (now) => { window.frames_seen.push(now); requestAnimationFrame(tick); };
requestAnimationFrame(tick);
"""


@pytest.mark.parametrize(("source", "text"), [("write", WRITE), ("records", RECORDS)], ids=["text", "records"])
def test_two_thousand_fragments_a_second_stay_smooth(
    page: Shown, source: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page.show(source)
    page.script(FRAMES)
    ((_, _, verdict, value, _),) = page.ended()
    seen = page.script("return window.frames_seen")
    page.picture(f"fast-{source}")
    assert (verdict, value) == ("complete", json.loads(text))
    gaps = sorted(later - earlier for earlier, later in pairwise(seen))
    fragments = (len(text) + 4) // 5
    with capsys.disabled():
        print(
            f"\n{source}: {fragments:,} fragments at 2,000 a second, {len(text):,} characters: {len(gaps)} frames, "
            f"median {statistics.median(gaps):.1f} ms, p95 {gaps[int(0.95 * len(gaps))]:.1f} ms, longest {gaps[-1]:.1f} ms"
        )
    assert len(gaps) > 50
    # most frames come in time, on a machine with other things to do
    assert statistics.median(gaps) < 50
