"""stream(wire, response): iterables and async iterables of events or of bytes, and that they are closed."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

import midstream
from midstream.toolcalls import (
    CallCompleted,
    CallFailed,
    CallOpened,
    StreamEnded,
    StreamFailed,
    UnfinishedStream,
    Verdict,
    stream,
)
from tests.support import streams, wires
from tests.support.following import Follower, record, through_events
from tests.support.wires import Call, Turn

WIRES = pytest.mark.parametrize("wire", streams.WIRES)
TURN = Turn((Call("f", '{"a": 1}', "1"), Call("g", '{"b": [1, "two"]}', "2")), mixed=False)


def payloads(wire: str, turn: Turn = TURN, seed: int = 1) -> list[Any]:
    events = wires.build(wire, turn, random.Random(seed))
    return [streams.boto3_form(*event) if wire == "bedrock-converse" else event[1] for event in events]


def content(wire: str, turn: Turn = TURN, seed: int = 1) -> bytes:
    return streams.frames(wires.events(wires.build(wire, turn, random.Random(seed))))


class Response:
    """An iterable whose iterator is another object; counts what is done with it."""

    def __init__(self, items: list[Any], error: BaseException | None = None) -> None:
        self.items, self.error = items, error
        self.taken = self.closed = self.iterators = 0

    def __iter__(self) -> Iterator[Any]:
        self.iterators += 1
        return Items(self)

    def close(self) -> None:
        self.closed += 1


class Items:
    def __init__(self, response: Response) -> None:
        self.response = response
        self.left = iter(response.items)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            item = next(self.left)
        except StopIteration:
            if self.response.error is not None:
                raise self.response.error from None
            raise
        self.response.taken += 1
        return item


class AsyncResponse:
    """The same, async, with aclose."""

    def __init__(self, items: list[Any], error: BaseException | None = None) -> None:
        self.items, self.error = items, error
        self.taken = self.closed = 0

    def __aiter__(self) -> AsyncIterator[Any]:
        return self.read()

    async def read(self) -> AsyncIterator[Any]:
        for item in self.items:
            await asyncio.sleep(0)
            self.taken += 1
            yield item
        if self.error is not None:
            raise self.error

    async def aclose(self) -> None:
        await asyncio.sleep(0)
        self.closed += 1


class AsyncClosedByClose(AsyncResponse):
    """An async response whose close() is the coroutine, as openai.AsyncStream and anthropic.AsyncStream have it."""

    aclose = None  # type: ignore[assignment]

    async def close(self) -> None:
        await asyncio.sleep(0)
        self.closed += 1


def collect(wire: str, response: Any, **options: Any) -> list[Any]:
    """All updates, sync or async."""
    updates = stream(wire, response, **options)
    if not hasattr(updates, "__aiter__"):
        return list(updates)

    async def run() -> list[Any]:
        return [update async for update in updates]

    return asyncio.run(run())


def generator(items: list[Any]) -> Iterator[Any]:
    yield from items


async def async_generator(items: list[Any]) -> AsyncIterator[Any]:
    for item in items:
        await asyncio.sleep(0)
        yield item


SOURCES: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "iterator": iter,
    "generator": generator,
    "separate iterator": Response,
    "async generator": async_generator,
    "async response": AsyncResponse,
    "async response with close": AsyncClosedByClose,
}
MADE = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


# -- the same updates


@WIRES
@MADE
def test_stream_of_events_and_of_bytes(wire: str, source: Callable[[list[Any]], Any]) -> None:
    """The updates that ToolCalls gives, to the end."""
    wanted = through_events(wire, payloads(wire), watch="$..*")
    assert list(map(record, collect(wire, source(payloads(wire)), watch="$..*"))) == wanted.records
    follower = Follower.of(wire, watch="$..*")
    chunks = list(streams.cuts(content(wire), random.Random(5)))
    for chunk in chunks:
        follower.feed_sse(chunk)
    follower.close()
    assert follower.flat() == wanted.flat()
    assert list(map(record, collect(wire, source(chunks), watch="$..*"))) == follower.records


@WIRES
@MADE
def test_stream_of_recordings(wire: str, source: Callable[[list[Any]], Any]) -> None:
    for response in [each for each in streams.responses() if each.wire == wire][:6]:
        events = streams.decoded(response)
        wanted = through_events(wire, events, text=True).records
        assert list(map(record, collect(wire, source(events), text=True))) == wanted


@WIRES
def test_stream_takes_options(wire: str) -> None:
    turn = Turn((Call("f", "{'a': 1}" if wire != "gemini" else '{"a": 1}', "1"),), '{"an": "answer"}', mixed=False)
    updates = list(stream(wire, payloads(wire, turn), watch="$.a", repair="all", text=True))
    completed = [update for update in updates if isinstance(update, CallCompleted)]
    assert sorted(update.call.text for update in completed) == [False, True]
    assert {"a": 1} in [update.arguments for update in completed]
    assert any(update.events for update in updates if type(update).__name__ == "CallChanged")


def test_stream_names_an_unknown_wire_at_once() -> None:
    with pytest.raises(ValueError, match="anthropic"):
        stream("openai", [])


def test_stream_refuses_what_cannot_be_iterated() -> None:
    for response in (3, None, object()):
        with pytest.raises(TypeError):
            stream("anthropic", response)  # type: ignore[call-overload]


def test_stream_is_lazy() -> None:
    """Nothing is read before the first update is asked for, and no more than is needed for it."""
    response = Response(payloads("anthropic", Turn((Call("f", '{"a": 1}', "1"),), noise=False)))
    updates = stream("anthropic", response)
    assert response.taken == 0
    assert isinstance(next(iter(updates)), CallOpened)
    assert response.taken == 2  # message_start, content_block_start


# -- ends


@WIRES
@MADE
def test_stream_that_stops_early_fails(wire: str, source: Callable[[list[Any]], Any]) -> None:
    """Half a response is no error of the iteration: it ends in StreamFailed(UnfinishedStream)."""
    events = payloads(wire, Turn((Call("f", '{"a": 1}', "1"),), end="dropped", last_cut=True, noise=False))
    updates = collect(wire, source(events))
    assert isinstance(updates[-1], StreamFailed)
    assert isinstance(updates[-1].error, UnfinishedStream)
    if wire != "gemini":
        assert isinstance(updates[-2], CallFailed)
        assert updates[-2].call.verdict is Verdict.TRUNCATED


@WIRES
@pytest.mark.parametrize("made", [Response, AsyncResponse])
def test_stream_whose_response_raises(wire: str, made: Callable[..., Any]) -> None:
    """An Exception in mid-stream becomes StreamFailed, and the iteration ends; what came is kept."""
    for error in (ConnectionResetError("peer"), ValueError("bad chunk"), RuntimeError(), midstream.TruncatedJSON):
        raised = error if isinstance(error, Exception) else OSError()
        events = payloads(wire, Turn((Call("f", '{"a": 1}', "1"),), end="dropped", last_cut=True, noise=False))
        response = made(events, raised)
        updates = collect(wire, response)
        assert isinstance(updates[-1], StreamFailed)
        assert updates[-1].error is raised
        assert response.closed >= 1
        assert any(isinstance(update, CallOpened) for update in updates)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_stream_lets_other_exceptions_through(error: type[BaseException]) -> None:
    """KeyboardInterrupt is no failure of the stream; the response is closed on the way."""
    response = Response(payloads("anthropic")[:5], error())
    with pytest.raises(error):
        collect("anthropic", response)
    assert response.closed == 1


def test_stream_lets_cancellation_through() -> None:
    """A cancelled task is cancelled, and the response closed."""
    response = AsyncResponse(payloads("anthropic"))

    async def read() -> None:
        async for _ in stream("anthropic", response):
            await asyncio.sleep(3600)

    async def run() -> None:
        task = asyncio.create_task(read())
        while not response.taken:
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        for _ in range(5):
            await asyncio.sleep(0)

    asyncio.run(run())
    assert response.closed >= 1


@WIRES
def test_stream_reads_to_the_end(wire: str) -> None:
    """Updates end with the terminal one; the response is closed once all is read."""
    response = Response(payloads(wire))
    updates = list(stream(wire, response))
    assert isinstance(updates[-1], StreamEnded)
    assert sum(isinstance(update, (StreamEnded, StreamFailed)) for update in updates) == 1
    assert response.closed == 1
    assert response.iterators == 1


# -- leaving early


@WIRES
def test_leaving_early_closes(wire: str) -> None:
    """break and close(): at once in CPython, as the iterator is dropped; an exception in the body: with it."""
    response = Response(payloads(wire))
    updates = stream(wire, response)
    for update in updates:
        assert isinstance(update, CallOpened)
        break
    updates.close()
    assert response.closed == 1
    updates.close()
    assert response.closed == 1
    assert list(updates) == []

    response = Response(payloads(wire))
    for _ in stream(wire, response):
        break
    gc.collect()
    assert response.closed == 1

    response = Response(payloads(wire))
    with pytest.raises(ZeroDivisionError):
        leave_by_exception(stream(wire, response))
    gc.collect()
    assert response.closed == 1


def leave_by_exception(updates: Iterator[Any]) -> None:
    for _ in updates:
        raise ZeroDivisionError


def test_leaving_early_closes_a_generator() -> None:
    """A generator has its finally run."""
    steps: list[str] = []

    def source() -> Iterator[Any]:
        try:
            yield from payloads("anthropic")
        finally:
            steps.append("closed")

    updates = stream("anthropic", source())
    next(updates)
    assert steps == []
    updates.close()
    assert steps == ["closed"]


def test_leaving_early_closes_the_iterator_and_the_response() -> None:
    """Where iter(response) is a generator of its own, both are closed."""
    steps: list[str] = []

    class Body:
        def __iter__(self) -> Iterator[Any]:
            try:
                yield from payloads("anthropic")
            finally:
                steps.append("iterator")

        def close(self) -> None:
            steps.append("response")

    updates = stream("anthropic", Body())
    next(updates)
    updates.close()
    assert sorted(steps) == ["iterator", "response"]


@pytest.mark.parametrize("made", [AsyncResponse, AsyncClosedByClose])
def test_leaving_early_closes_async(made: Callable[..., Any]) -> None:
    async def run() -> None:
        response = made(payloads("anthropic"))
        updates = stream("anthropic", response)
        async for update in updates:
            assert isinstance(update, CallOpened)
            break
        await updates.aclose()
        assert response.closed == 1
        await updates.aclose()
        assert response.closed == 1
        assert [update async for update in updates] == []

    asyncio.run(run())


def test_an_error_of_closing_after_the_end_hides_no_update() -> None:
    """What close() of the response raises comes after the last update, if at all."""

    class Stubborn(Response):
        def close(self) -> None:
            super().close()
            raise OSError("already closed")

    response = Stubborn(payloads("anthropic"))
    got: list[Any] = []
    try:
        for update in stream("anthropic", response):
            got.append(update)
    except OSError:
        pass
    assert isinstance(got[-1], StreamEnded)
    assert response.closed >= 1


# -- httpx.Response


@WIRES
def test_stream_of_httpx_responses(wire: str) -> None:
    """Sync and async, taken as they are and closed at the end."""
    httpx = pytest.importorskip("httpx", reason="httpx is not installed")
    body = content(wire)

    def handle(request: Any) -> Any:
        return httpx.Response(200, content=body, headers={"content-type": "text/event-stream"})

    with httpx.Client(transport=httpx.MockTransport(handle)) as client:
        with client.stream("POST", "https://x.test/") as response:
            updates = list(stream(wire, response))
            assert response.is_closed
    assert isinstance(updates[-1], StreamEnded)
    assert sum(isinstance(update, CallCompleted) for update in updates) == 2

    async def run() -> list[Any]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as client:
            async with client.stream("POST", "https://x.test/") as response:
                return [update async for update in stream(wire, response)]

    assert list(map(type, asyncio.run(run()))) == list(map(type, updates))


# -- what kind of object it is


def test_stream_is_an_iterator() -> None:
    updates = stream("anthropic", [])
    assert iter(updates) is updates
    assert inspect.isgenerator(updates) or callable(updates.close)
    [end] = list(updates)
    assert isinstance(end, StreamFailed)
    assert list(updates) == []
    asyncs = stream("anthropic", async_generator([]))
    assert asyncs.__aiter__() is asyncs
    assert not hasattr(asyncs, "__next__")
    assert isinstance(asyncio.run(first(asyncs)), StreamFailed)


async def first(updates: AsyncIterator[Any]) -> Any:
    found = [update async for update in updates]
    return found[0]


def test_chunks_and_events_in_one_response() -> None:
    """Each item is what it is: str and bytes are text/event-stream, all else an event."""
    events = payloads("anthropic", Turn((Call("f", '{"a": 1}', "1"),), noise=False))
    mixed: list[Any] = []
    for number, event in enumerate(events):
        framed = streams.frame((event["type"], json.dumps(event)))
        mixed.append([event, framed, framed.decode(), bytearray(framed)][number % 4])
    wanted = through_events("anthropic", events).records
    assert list(map(record, stream("anthropic", mixed))) == wanted
