"""The page in a real browser: what it shows while a stream arrives, and what it keeps when one breaks."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
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
    page.script("document.querySelector('#source').value = 'forecast'; document.querySelector('#speed').value = '25'")
    page.script("document.querySelector('#start').click()")
    assert len(page.ended()) == 2


def test_start_and_stop_with_the_keyboard_alone(page: Shown) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    page.driver.get("about:blank")
    page.driver.get(page.url)
    after(page.link, lambda link: link == "live")  # the default is played at once
    after(page.calls, bool)
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
    page.script("document.querySelector('.rows').scrollTop = 40")
    length = len(shown_content(page))
    after(lambda: shown_content(page), lambda content: len(content) > length + 500)
    assert page.script("return document.querySelector('.rows').scrollTop") == 40


def test_it_is_still_followed_when_another_call_makes_it_narrower(page: Shown) -> None:
    page.show("fibonacci", 4)
    page.ended()
    rest = "(one) => one.scrollHeight - one.scrollTop - one.clientHeight"
    assert max(page.script(f"return [...document.querySelectorAll('.rows')].map({rest})")) < 30


def test_an_endpoint_is_asked_when_somebody_presses_start_and_its_end_is_shown(page: Shown) -> None:
    events = [chunk(sse(*event)) for event in made.stream('{"path":"a.txt","content":"one two').events[:3]]
    with answering(STREAM, *events, "wait") as upstream:
        endpoint = Endpoint("openai-chat", upstream.url, [("x-api-key", "secret-0123456789")], b'{"stream":true}')
        with serving([endpoint]) as own:
            page.driver.get(own.url)
            after(page.link, lambda link: link == "idle")
            assert not upstream.request
            page.script("document.querySelector('#start').click()")
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


FRAMES = """
window.frames_seen = [];
const tick = (now) => { window.frames_seen.push(now); requestAnimationFrame(tick); };
requestAnimationFrame(tick);
"""


def test_two_thousand_fragments_a_second_stay_smooth(page: Shown, capsys: pytest.CaptureFixture[str]) -> None:
    page.show("write")
    page.script(FRAMES)
    ((_, _, verdict, value, _),) = page.ended()
    seen = page.script("return window.frames_seen")
    page.picture("fast")
    assert (verdict, value) == ("complete", json.loads(WRITE))
    gaps = sorted(later - earlier for earlier, later in pairwise(seen))
    fragments = (len(WRITE) + 4) // 5
    with capsys.disabled():
        print(
            f"\n{fragments:,} fragments at 2,000 a second, {len(WRITE):,} characters: {len(gaps)} frames, "
            f"median {statistics.median(gaps):.1f} ms, p95 {gaps[int(0.95 * len(gaps))]:.1f} ms, longest {gaps[-1]:.1f} ms"
        )
    assert len(gaps) > 50
    assert gaps[-1] < 500
    # most frames come in time, on a machine with other things to do
    assert statistics.median(gaps) < 50
