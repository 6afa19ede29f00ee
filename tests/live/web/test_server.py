"""The server over HTTP: what readers get, whenever they come and however often they are cut off."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import pytest

from midstream import MISSING
from midstream.live import replay
from midstream.sse import Decoder
from midstream.toolcalls import ToolCalls
from tests.live.web import made
from tests.support.parts import require

try:
    import httpx

    from midstream.live.web.session import PIECE
    from midstream.live.web.sessions import Sessions
    from midstream.live.web.sources import Replay
    from tests.live.web.serving import Event, Page, Server, number, serving
except ImportError as missing:
    require(str(missing.name), None, "pip install 'midstream[web]'")

LONG = json.dumps({"content": "é\U0001f600x\n" * 3000, "after": [1, {"a": None}]}, ensure_ascii=False)

LARGE = json.dumps({"content": "x" * 3_000_000})

ENDS = [made.finish("length"), made.DONE]
BROKEN = made.stream('{"a":1}', '{"b":[tru', '{"c":2}x', '{"d":"e', name="broken", ends=ENDS)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    own = [
        made.stream(LONG, size=40, name="long", pace=500),
        BROKEN,
        made.stream('{"a":[1,"b', name="dropped", ends=[]),
        made.stream(LARGE, size=20_000, name="large", pace=100),
        made.stream(json.dumps({"slow": "x" * 400}), size=1, name="slow", pace=20),
    ]
    with serving([Replay(stream) for stream in (*map(replay.load, replay.NAMES), *own)], ping=0.05) as running:
        yield running


def read(events: Iterator[Event]) -> tuple[Page, list[Page]]:
    """The page at the end, and as it was after each message."""
    page, pages = Page(), []
    for event in events:
        page.take(event)
        pages.append(page.copy())
    return page, pages


def same_as_calls(page: Page, calls: ToolCalls) -> None:
    """Does the page show what the calls hold?"""
    assert len(page.facts) == len(calls.calls)
    for call in calls.calls:
        shown = page.values.get(call.index, MISSING)
        assert shown == call.arguments
        assert json.dumps(shown) == json.dumps(call.arguments)  # the order of keys
        facts = page.facts[call.index]
        assert call.verdict is not None
        assert [facts[key] for key in ("id", "name", "text", "verdict")] == [call.id, call.name, call.text, call.verdict.value]
        assert (facts["error"] is None) == (call.error is None)
        assert (facts["open"] is None) == (call.verdict.value in ("complete", "trailing"))


def expected(stream: replay.Stream) -> ToolCalls:
    calls: Any = ToolCalls(stream.wire)  # type: ignore[arg-type]
    for chunk in stream.chunks():
        calls.feed_sse(chunk)
    calls.close()
    return calls  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", replay.NAMES)
@pytest.mark.parametrize("speed", [30, 1e6])
def test_a_replay_ends_with_what_the_calls_hold(server: Server, name: str, speed: float) -> None:
    stream = replay.load(name)
    page, _ = read(server.events(server.start(name, speed)))
    same_as_calls(page, expected(stream))
    assert page.stream["state"] == "ended"
    assert 0 < page.stream["upstream"] <= sum(map(len, stream.chunks()))


def test_long_text_comes_as_patches_that_are_small(server: Server) -> None:
    events = list(server.events(server.start("long")))
    page, _ = read(iter(events))
    assert page.values[0] == json.loads(LONG)
    changes = [event for event in events if not event.is_state]
    assert len(changes) > 10
    inserted = [op for event in changes for call in event.data["calls"] for op in call.get("ops", ()) if op["op"] == "str_ins"]
    assert sum(len(op["str"]) for op in inserted) < len(LONG)
    sent = sum(len(json.dumps(event.data, ensure_ascii=False).encode()) for event in changes)
    assert sum(event.data["whole"] for event in changes) > 3 * sent


def test_resuming_after_any_message_ends_the_same(server: Server) -> None:
    name = server.start("long")
    final, pages = read(server.events(name))
    assert len(pages) > 10
    for page in pages[:-1]:
        for event in server.events(name, page.last):
            page.take(event)
        assert page == final
    assert not list(server.events(name, final.last))  # 204: the browser doesn't come again


def test_resuming_while_it_runs_loses_nothing(server: Server) -> None:
    name, page, resumed = server.start("long"), Page(), 0
    while page.stream.get("state") != "ended":
        events = server.events(name, page.last)
        for event in islice(events, 2):
            assert event.is_state == (page.last is None)
            page.take(event)
        events.close()  # type: ignore[attr-defined]
        resumed += 1
    assert resumed > 5
    assert page.values[0] == json.loads(LONG)


@pytest.mark.parametrize("last", ["", "7", "x-7", "{id}-", "{id}--1", "{id}-99999", "{id}-1e3", "{id}-" + "9" * 40])
def test_an_id_that_means_nothing_gets_everything(server: Server, last: str) -> None:
    name = server.start("forecast", 1e6)
    final, _ = read(server.events(name))
    events = list(server.events(name, last.format(id=name)))
    assert events[0].is_state
    assert not any(event.is_state for event in events[1:])
    page, _ = read(iter(events))
    assert page == final


def test_who_comes_late_gets_everything(server: Server) -> None:
    name = server.start("long")
    early = server.events(name)
    page, _ = read(islice(early, 20))
    late = server.events(name)
    first = next(late)
    assert first.is_state
    final, pages = read(chain([first], late))
    assert page in pages or number(first.id) > number(str(page.last))
    for event in early:
        page.take(event)
    assert page == final


def test_every_verdict_is_told_and_what_came_is_kept(server: Server) -> None:
    page, _ = read(server.events(server.start("broken")))
    same_as_calls(page, expected(BROKEN))
    assert [facts["verdict"] for facts in page.facts.values()] == ["complete", "truncated", "trailing", "truncated"]
    assert page.values == {0: {"a": 1}, 1: {"b": []}, 2: {"c": 2}, 3: {"d": "e"}}
    assert page.facts[3]["open"] == "/d"
    assert page.facts[2]["error"]["before"] == '{"c":2}'
    assert page.facts[2]["error"]["after"] == "x"
    assert page.stream["reason"] == "length"


def test_a_stream_that_stops_short_is_told_as_such(server: Server) -> None:
    page, _ = read(server.events(server.start("dropped")))
    assert page.stream["state"] == "failed"
    assert "stopped before" in page.stream["error"]
    assert page.values == {0: {"a": [1, "b"]}}
    assert page.facts[0]["verdict"] == "truncated"
    assert page.facts[0]["open"] == "/a/1"


def test_stopping_keeps_what_came(server: Server) -> None:
    name = server.start("slow", 50)
    events = server.events(name)
    page = Page()
    for event in islice(events, 4):
        page.take(event)
    assert httpx.delete(f"{server.url}/streams/{name}").status_code == 204
    for event in events:
        page.take(event)
    assert page.stream["state"] == "stopped"
    assert set(page.values[0]["slow"]) == {"x"}
    assert page.facts[0]["verdict"] == "truncated"
    assert httpx.delete(f"{server.url}/streams/{name}").status_code == 204


def stalled(server: Server, name: str) -> socket.socket:
    """A reader who has asked and takes nothing."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect(("127.0.0.1", server.port))
    reader.sendall(f"GET /streams/{name}/events HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())  # without chunks
    return reader


def taken(reader: socket.socket) -> list[Event]:
    """All that comes, to the end."""
    received = b""
    while chunk := reader.recv(1 << 16):
        received += chunk
    events = Decoder().feed(received.partition(b"\r\n\r\n")[2])
    return [Event(event.id, event.event == "state", json.loads(event.data)) for event in events]


def test_a_reader_who_takes_nothing_holds_nobody_and_loses_nothing(server: Server) -> None:
    name = server.start("long")
    with stalled(server, name) as reader:
        final, _ = read(server.events(name))
        assert final.values[0] == json.loads(LONG)
        page, _ = read(iter(taken(reader)))
        assert page == final


def test_readers_who_take_nothing_cost_no_more_than_a_piece_or_two(server: Server) -> None:
    name = server.start("large")
    events, readers = server.events(name), []
    try:
        for _ in events:
            if len(readers) < 20:
                readers.append(stalled(server, name))
        final, _ = read(server.events(name))
        assert final.values[0] == json.loads(LARGE)
        assert len(readers) == 20
        assert max(server.waiting()) < 3 * PIECE
        session = server.sessions.get(name)
        assert session is not None
        assert server.call(lambda: session.readers) >= 20
        # the first of them has a state from the beginning, the last one from the middle
        for reader in (readers[0], readers[-1]):
            page, _ = read(iter(taken(reader)))
            assert page == final
    finally:
        for reader in readers:
            reader.close()


def test_no_heartbeat_comes_within_a_message(server: Server) -> None:
    name = server.start("large", 1e6)
    final, _ = read(server.events(name))
    with stalled(server, name) as reader:
        while not any(server.waiting()):
            time.sleep(0.01)
        time.sleep(0.3)  # in which several would come
        page, _ = read(iter(taken(reader)))
        assert page == final


def test_what_proxies_must_know_is_said_and_heartbeats_come(server: Server) -> None:
    name = server.start("slow")
    with httpx.stream("GET", f"{server.url}/streams/{name}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "no-transform" in answer.headers["cache-control"]
        assert answer.headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in answer.headers
        received = b""
        for chunk in answer.iter_bytes():
            received += chunk
            if b"\n: ping" in received:
                break
    assert b"retry: 1000\n" in received


@pytest.mark.parametrize("path", ["/", "/app.js", "/style.css", "/sources", "/nothing", "/streams/x/events"])
def test_every_answer_carries_the_policy(server: Server, path: str) -> None:
    headers = httpx.get(server.url + path).headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    if path.endswith(".js"):
        assert headers["content-type"].startswith("text/javascript")


OTHERS = ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "[evil", ""]


@pytest.mark.parametrize("host", OTHERS)
def test_other_names_are_refused(server: Server, host: str) -> None:
    for path in ("/", "/sources", "/streams/x/events"):
        assert httpx.get(server.url + path, headers={"Host": host}).status_code in (400, 403)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:9", "192.0.2.7", "[::1]:80"])
def test_own_names_and_addresses_pass(server: Server, host: str) -> None:
    assert httpx.get(server.url + "/sources", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"Origin": "{url}"}, 201),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://behind.a.proxy.example"}, 201),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "{url}"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_only_the_servers_own_page_may_start_streams(server: Server, headers: dict[str, str], status: int) -> None:
    sent = {"Content-Type": "application/json"} | {name: value.format(url=server.url) for name, value in headers.items()}
    answer = httpx.post(f"{server.url}/streams", content=b'{"source":"forecast","speed":1e6}', headers=sent)
    assert answer.status_code == status
    if status == 201 and "Content-Type" not in headers:
        assert httpx.delete(f"{server.url}/streams/{answer.json()['id']}", headers=sent).status_code == 204


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"source":"nothing"}', 404),
        (b'{"source":["x"]}', 404),
        (b"{}", 404),
        (b'{"source":"forecast","speed":0}', 400),
        (b'{"source":"forecast","speed":-1}', 400),
        (b'{"source":"forecast","speed":1e7}', 400),
        (b'{"source":"forecast","speed":1' + b"0" * 400 + b"}", 400),
        (b'{"source":"forecast","speed":NaN}', 400),
        (b'{"source":"forecast","speed":Infinity}', 400),
        (b'{"source":"forecast","speed":true}', 400),
        (b'{"source":"forecast","speed":"1"}', 400),
        (b"[]", 400),
        (b"{", 400),
        (b"[" * 4000, 400),
        (b"\xff", 400),
        (b" " * 5000, 413),
    ],
)
def test_what_is_asked_for_wrongly_is_refused(server: Server, body: bytes, status: int) -> None:
    answer = httpx.post(f"{server.url}/streams", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status


def test_a_stream_that_is_not_there(server: Server) -> None:
    assert httpx.get(f"{server.url}/streams/none/events").status_code == 404
    assert httpx.delete(f"{server.url}/streams/none").status_code == 404


def test_streams_are_bounded_and_those_that_are_over_give_way() -> None:
    streams = [made.stream('{"a":1}'), made.stream("[1", name="slow", pace=0.1)]
    with serving(list(map(Replay, streams)), Sessions(most=2)) as own:
        first = own.start("made")
        read(own.events(first))
        running = [own.start("slow"), own.start("slow")]
        assert httpx.get(f"{own.url}/streams/{first}/events").status_code == 404
        answer = httpx.post(f"{own.url}/streams", json={"source": "slow"})
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert httpx.delete(f"{own.url}/streams/{running[0]}").status_code == 204
        own.start("slow")
        assert len(own.sessions) == 2


def test_a_stream_that_nobody_reads_is_dropped_and_one_that_is_read_stays() -> None:
    streams = [Replay(made.stream("[" + "1," * 300, size=1, name="slow", pace=100))]
    with serving(streams, Sessions(keep=0.3)) as own:
        unread, watched = own.start("slow"), own.start("slow")
        session = own.sessions.get(unread)
        assert session is not None
        events = own.events(watched)
        next(events)
        while own.sessions.get(unread):
            time.sleep(0.05)
        assert own.call(lambda: session.over)
        time.sleep(0.5)
        assert own.sessions.get(watched)
        events.close()  # type: ignore[attr-defined]
        while own.sessions.get(watched):
            time.sleep(0.05)
        assert len(own.sessions) == 0


def test_numbers_go_up_by_one(server: Server) -> None:
    events = list(server.events(server.start("fibonacci", 30)))
    first = number(events[0].id)
    assert [number(event.id) for event in events] == list(range(first, first + len(events)))
