"""One session without a server: which messages are made, and what they hold."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest

from midstream import loads
from midstream.live.replay import Stream, sse
from tests.live.web import made
from tests.support.parts import require

try:
    from midstream.live.web import session as module
    from midstream.live.web.encode import dumps, framed
    from midstream.live.web.log import Log
    from midstream.live.web.session import TICK, Session
    from tests.live.web.serving import Event, Page
except ImportError as missing:
    require(str(missing.name), None, "pip install 'midstream[web]'")

from midstream.sse import Decoder


class ByHand:
    """A source that gives what it is told to, when it is told to."""

    name = "by hand"
    wire = "openai-chat"

    def __init__(self) -> None:
        self.given: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        self.closed = False

    def about(self) -> dict[str, object]:
        return {}

    async def chunks(self, speed: float) -> AsyncGenerator[bytes, None]:
        try:
            while (item := await self.given.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            self.closed = True

    def explain(self, error: BaseException) -> str:
        return self.masked(str(error))

    def masked(self, text: str) -> str:
        return text.replace("secret", "•")

    def give(self, *events: Any) -> None:
        for event in events:
            self.given.put_nowait(event if event is None or isinstance(event, Exception) else sse(*event))


def run(test: Callable[[Session, ByHand], Awaitable[None]]) -> None:
    async def inside() -> None:
        source = ByHand()
        session = Session(source)
        session.start()
        try:
            await test(session, source)
        finally:
            await session.stopped()

    asyncio.run(inside())


def events(data: bytes) -> list[Event]:
    return [Event(event.id, event.event == "state", json.loads(event.data)) for event in Decoder().feed(data)]


async def message(reader: AsyncGenerator[bytes, None]) -> list[Event]:
    return events(await asyncio.wait_for(anext(reader), 30))


def test_what_comes_within_a_tick_is_one_message() -> None:
    async def test(session: Session, source: ByHand) -> None:
        reader = session.follow(None)
        assert [one.is_state for one in await message(reader)] == [True]
        source.give(made.event('{"a":"', name="x"))
        (first,) = await message(reader)
        for letter in "hello":
            source.give(made.event(letter))
        (second,) = await message(reader)
        assert first.data["calls"][0]["ops"] == [{"op": "add", "path": "", "value": {"a": ""}}]
        assert second.data["calls"] == [{"index": 0, "ops": [{"op": "str_ins", "path": "/a", "pos": 0, "str": "hello"}]}]

    run(test)


def test_the_first_bytes_are_told_of_though_no_call_has_begun() -> None:
    async def test(session: Session, source: ByHand) -> None:
        reader = session.follow(None)
        await message(reader)
        source.give(*(words(text) for text in ("Let", " me", " see.")))
        (first,) = await message(reader)
        assert first.data["calls"] == []
        assert first.data["upstream"] > 0
        await asyncio.sleep(3 * TICK)
        source.give(made.event("{", name="x"))
        (second,) = await message(reader)
        assert second.data["calls"][0]["name"] == "x"

    run(test)


def words(text: str) -> tuple[None, str]:
    return None, json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]})


def test_nothing_is_made_while_nobody_reads() -> None:
    async def test(session: Session, source: ByHand) -> None:
        source.give(made.event('{"a":"', name="x"))
        await asyncio.sleep(3 * TICK)
        assert session._log.latest == 0
        reader = session.follow(None)
        await message(reader)
        await reader.aclose()
        known = session._log.latest
        for letter in "hello":
            source.give(made.event(letter))
            await asyncio.sleep(TICK)
        assert session._log.latest == known
        (change,) = await message(session.follow(f"{session.id}-{known}"))
        assert change.data["calls"][0]["ops"] == [{"op": "str_ins", "path": "/a", "pos": 0, "str": "hello"}]

    run(test)


def test_a_reader_who_falls_behind_gets_a_state_and_no_queue_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOG_BYTES", 600)

    async def test(session: Session, source: ByHand) -> None:
        slow, page, quick, watched = session.follow(None), Page(), session.follow(None), Page()
        for one in await message(slow):
            page.take(one)
        for one in await message(quick):
            watched.take(one)
        source.give(made.event('{"a":"', name="x"))
        for number in range(20):
            source.give(made.event(f"{number} "))
            for one in await message(quick):
                watched.take(one)
            await asyncio.sleep(TICK * 1.1)
        assert sum(map(len, session._log._kept)) <= 600
        (late,) = await message(slow)
        assert late.is_state
        page.take(late)
        source.give(made.event('"}'), made.finish(), made.DONE)
        for reader, one in ((slow, page), (quick, watched)):
            async for data in reader:
                for event in events(data):
                    one.take(event)
        assert page.values == {0: {"a": "".join(f"{number} " for number in range(20))}} == watched.values

    run(test)


def test_a_state_serves_all_who_come_until_as_much_has_been_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOG_BYTES", 1000)
    monkeypatch.setattr(module, "TICK", 0)

    async def test(session: Session, source: ByHand) -> None:
        readers, states = [session.follow(None)], []
        await anext(readers[0])
        source.give(made.event('{"a":"', name="x"))
        for _ in range(100):
            source.give(made.event("x" * 500))
            await message(readers[0])
            readers.append(session.follow(None))
            states.append(await anext(readers[-1]))
            kept = max(1000, len(states[-1]))
            assert sum(map(len, session._log._kept)) <= kept
        assert 4 <= len({id(state) for state in states}) <= 10
        source.give(made.event('"}'), made.finish(), made.DONE)
        for reader, state in zip(readers[1:], states, strict=True):
            page = Page()
            for one in events(b"".join([state, *[data async for data in reader]])):
                page.take(one)
            assert page.values == {0: {"a": "x" * 50000}}
            assert page.stream["state"] == "ended"

    run(test)


def test_what_is_large_comes_in_pieces() -> None:
    async def test(session: Session, source: ByHand) -> None:
        reader = session.follow(None)
        (first,) = await message(reader)
        text = "é" * 200_000
        source.give(made.event(f'{{"a":"{text}', name="x"))
        piece = await anext(reader)  # of a change
        await reader.aclose()
        again = session.follow(first.id)  # its id did not arrive as a whole
        source.give(made.event('"}'), made.finish(), made.DONE)
        late = session.follow(f"{session.id}-77")
        for reader, is_state in ((again, False), (late, True)):
            pieces = [data async for data in reader]
            assert max(map(len, pieces)) <= module.PIECE
            assert len(pieces) > 5
            page = Page()
            page.last = first.id
            got = events(b"".join(pieces))
            for one in got:
                page.take(one)
            assert got[0].is_state == is_state
            assert page.values == {0: {"a": text}}
            if not is_state:
                assert pieces[0] == piece

    run(test)


def test_heartbeats_come_where_nothing_else_does() -> None:
    async def test(session: Session, source: ByHand) -> None:
        reader = session.follow(None, ping=0.01)
        await message(reader)
        assert [await asyncio.wait_for(anext(reader), 30) for _ in range(3)] == [b": ping\n\n"] * 3
        source.give(made.event('{"a":1}', name="x"), made.finish(), made.DONE)
        rest = [data async for data in reader]
        assert [data for data in rest if data != b": ping\n\n"]

    run(test)


def test_a_source_that_fails_is_told_and_closed() -> None:
    async def test(session: Session, source: ByHand) -> None:
        source.give(made.event('{"a":[1,{"b":"c', name="x"), OSError("the cable \x1b[31m was cut"))
        page = Page()
        async for data in session.follow(None):
            for event in events(data):
                page.take(event)
        assert page.values == {0: {"a": [1, {"b": "c"}]}}
        assert page.stream["state"] == "failed"
        assert page.stream["error"] == "the cable \u241b[31m was cut"
        assert page.facts[0]["open"] == "/a/1/b"
        assert source.closed
        assert page.facts[0]["error"]["message"]

    run(test)


def test_line_ends_of_an_error_stay_and_all_else_is_made_visible() -> None:
    async def test(session: Session, source: ByHand) -> None:
        source.give(made.event('{"a":1', name="x"), OSError("one\r\ntwo\n\x1b\tthree\u2028\r"))
        page = Page()
        async for data in session.follow(None):
            for event in events(data):
                page.take(event)
        assert page.stream["error"] == "one\ntwo\n\u241b\u2409three\\u2028\u240d"

    run(test)


def test_the_source_masks_all_but_what_the_model_writes() -> None:
    async def test(session: Session, source: ByHand) -> None:
        part = {"index": 0, "id": "id secret", "function": {"name": "name secret", "arguments": '{"a":"secret'}}
        source.give((None, json.dumps({"choices": [{"index": 0, "delta": {"tool_calls": [part]}}]})))
        source.give((None, json.dumps({"error": {"message": "error secret"}})))
        other = Session(source := ByHand())
        other.start()
        source.give(made.event('{"a":"secret" secret', name="x"), made.finish("reason secret"), made.DONE)
        pages = []
        for one in (session, other):
            pages.append(Page())
            async for data in one.follow(None):
                for event in events(data):
                    pages[-1].take(event)
        facts = pages[0].facts[0]
        assert [facts["id"], facts["name"], pages[0].stream["error"]] == ["id •", "name •", "error •"]
        assert "secret" not in facts["error"]["message"]
        assert pages[0].values == {0: {"a": "secret"}}
        assert pages[1].stream["reason"] == "reason •"
        place = pages[1].facts[0]["error"]
        assert place["before"] + place["after"] == '{"a":"secret" secret'

    run(test)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("{", ""),
        ('{"a/b~"', "/a~1b~0"),
        ('{"a/b~":"', "/a~1b~0"),
        ('{"a/b~":"x"', ""),
        ('{"a":[{"c":"x', "/a/0/c"),
        ('{"a":[{"c":"x"}', "/a"),
        ('{"a":[{"c":"x"},', "/a/1"),
        ('{"a":[1]}', None),
        ("[1,2", "/1"),
        ('"é', ""),
    ],
)
def test_open_says_where_the_text_stands(text: str, where: str | None) -> None:
    async def test(session: Session, source: ByHand) -> None:
        source.give(made.event(text, name="x"))
        await asyncio.sleep(0.01)
        (state,) = await message(session.follow(None))
        assert state.data["calls"][0]["open"] == where

    run(test)


@pytest.mark.parametrize(
    "text",
    [
        "[1e999,-1e999,1.0,12345678901234567890]",
        "[" * 1000 + '{"a":[],"b":{},"é\\u0000":1e999}' + "]" * 1000,
        '{"":[[],{},{"x":[null,true,false,"\\""]}]}',
    ],
)
def test_values_are_written_as_json_whatever_they_are(text: str) -> None:
    assert dumps(loads(text)) == text


def test_the_quick_and_the_thorough_way_of_writing_agree() -> None:
    value: Any = [{"a": [1, -2.5, True, None, 'é\n"\\\u2028'], "b": {}, "": [[]]}, "x", 0, {}]
    quick = dumps(value)
    assert dumps([value, float("inf")]) == f"[{quick},1e999]"
    assert json.loads(quick) == value


def test_half_a_surrogate_pair_in_a_name_breaks_nothing() -> None:
    async def test(session: Session, source: ByHand) -> None:
        source.given.put_nowait(sse(None, json.dumps({"choices": [{"index": 0, "delta": {"tool_calls": [
            {"index": 0, "id": "\ud800", "function": {"name": "a\udfff", "arguments": '{"a":1}'}}]}}]})))  # fmt: skip
        source.give(made.finish(), made.DONE)
        page = Page()
        async for data in session.follow(None):
            for event in events(data):
                page.take(event)
        assert page.facts[0]["name"] == "a?"
        assert page.values == {0: {"a": 1}}

    run(test)


def test_the_log_keeps_the_latest_messages_within_its_bounds() -> None:
    log = Log(10)
    assert log.since(0, 1) == []
    for size in (1, 2, 3, 4, 8, 30, 1, 2, 3, 4):
        log.append(b"x" * size)
        assert sum(map(len, log._kept)) <= 10 or len(log._kept) == 1
        assert log.since(log.latest, 1) == []
        assert log.since(log.latest - 1, 1) == [b"x" * size]
        assert not log.reaches(log.latest + 1)
    assert [log.reaches(log.latest - back) for back in range(7)] == [True] * 5 + [False] * 2
    assert not log.reaches(-1)
    for most, sizes in ((0, [1]), (1, [1]), (2, [1]), (3, [1, 2]), (9, [1, 2, 3]), (10, [1, 2, 3, 4]), (99, [1, 2, 3, 4])):
        assert list(map(len, log.since(log.latest - 4, most))) == sizes
    log.most = 14
    log.append(b"x" * 4)
    assert log.reaches(log.latest - 5)


def test_what_is_over_and_unread_keeps_one_message_and_is_freed_when_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    from midstream.live.web.sessions import Sessions

    monkeypatch.setattr(module, "PACK", 0.05)

    async def test() -> None:
        sessions, source = Sessions(keep=0.3), ByHand()
        session = sessions.start(source, 1.0)
        reader, page = session.follow(None), Page()
        source.give(made.event('{"a":"hello', name="x"))
        for one in await message(reader):
            page.take(one)
        source.give(made.event('"}'), made.finish(), made.DONE)
        async for data in reader:
            for one in events(data):
                page.take(one)
        calls = weakref.ref(session._calls)
        late = f"{session.id}-1"
        resumed = await message(session.follow(late))
        assert not resumed[0].is_state
        await asyncio.sleep(0.1)
        gc.collect()
        assert calls() is None
        (state,) = await message(session.follow(late))
        assert state.is_state
        again = Page()
        again.take(state)
        assert vars(again) == vars(page)
        assert session.has_all(page.last)
        sessions.left(session)
        found = weakref.ref(session)
        del session, reader, source
        while len(sessions):
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.1)
        gc.collect()
        assert found() is None

    asyncio.run(test())


def test_a_message_is_an_event() -> None:
    (event,) = Decoder().feed(framed("abc", 7, "{é}".encode(), b"event: state\n"))
    assert (event.event, event.id, event.data) == ("state", "abc-7", "{é}")


def test_a_recording_is_played_at_its_pace() -> None:
    from midstream.live.web.sources import Replay

    async def test() -> None:
        loop = asyncio.get_running_loop()
        began, times, sizes = loop.time(), [], []
        stream = Stream("x", "anthropic", tuple((None, "{}") for _ in range(20)), pace=100)
        async for data in Replay(stream).chunks(1):
            times.append(loop.time() - began)
            sizes.append(data.count(b"\n\n"))
        assert sum(sizes) == 20
        assert times[-1] >= 0.19
        assert sizes[0] <= 2

    asyncio.run(test())
