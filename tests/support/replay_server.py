"""Recorded streams as HTTP responses, what ToolCalls says of them, and the same said of a provider's SDK that read the response.

The server is that of the examples: `Replay` answers every POST with chunks, and knows whether the client left early.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
import random
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any

from examples.replay import Replay
from midstream import JSONStreamError
from midstream.toolcalls import CallChanged, CallOpened, StreamEnded, StreamFailed, ToolCalls, stream
from tests.support import data
from tests.support.data import Recording

__all__ = ["Open", "Replay", "bundled", "chunks", "frame", "leave", "named", "of_mappings", "of_sdk", "randomly_cut", "read"]

OPTIONS: Any = {"watch": "$..*", "text": True}
PATIENCE = 30  # seconds to wait for what takes milliseconds

# Opens a response of the server at a URL: an SDK's stream, within whose block it can be read.
Open = Callable[[str], AbstractContextManager[Iterable[Any]] | AbstractAsyncContextManager[AsyncIterator[Any]]]


@functools.cache
def wires() -> dict[str, str]:
    """The wire of each recorded stream that has documents."""
    return {row.stream: row.wire for row in data.doc_rows()}


@functools.cache
def bundled(*of: str) -> tuple[Recording, ...]:
    """The bundled recordings of some wires; not one that is several responses, one after another."""
    found = [one for one in data.recordings() if wires().get(one.name) in of and one.path.is_relative_to(data.BUNDLED)]
    return tuple(one for one in found if sum(map(_begins, one.events())) <= 1)


def _begins(event: tuple[str | None, str]) -> bool:
    """Does a response begin with it, on a wire that says so?"""
    return '"message_start"' in event[1] or '"response.created"' in event[1]


def named(part: str, *of: str) -> Recording:
    """The bundled recording whose name has this part."""
    (found,) = [one for one in bundled(*of) if part in one.name]
    return found


def chunks(wire: str, recording: Recording) -> list[bytes]:
    """The body of the response, one chunk an event, framed as the provider does."""
    return [frame(wire, event, payload) for event, payload in recording.events() if payload]


def frame(wire: str, event: str | None, payload: str) -> bytes:
    if wire in ("anthropic", "openai-responses"):  # these name their events, though not every recording kept the names
        return f"event: {event or json.loads(payload)['type']}\ndata: {payload}\n\n".encode()
    line_end = "\r\n" if wire == "gemini" else "\n"
    return f"data: {payload}{line_end}{line_end}".encode()


def randomly_cut(pieces: Iterable[bytes], seed: int) -> list[bytes]:
    """The same bytes in other chunks of 1 to 40 bytes, and sometimes 400."""
    rng = random.Random(seed)
    whole = b"".join(pieces)
    cut, at = [], 0
    while at < len(whole):
        size = rng.choice([1, 3, 10, 40, 400])
        cut.append(whole[at : at + size])
        at += size
    return cut


def said(updates: Iterable[Any]) -> list[tuple[Any, ...]]:
    """What updates say, in order, and then what is said by each call, as it is after the last of them."""
    updates = list(updates)
    return [*map(_update, updates), *(_call(update.call) for update in updates if isinstance(update, CallOpened))]


def _update(update: Any) -> tuple[Any, ...]:
    kind = type(update).__name__
    if isinstance(update, StreamEnded):
        return (kind, update.reason)
    if isinstance(update, StreamFailed):
        return (kind, [call.index for call in update.calls])
    return (kind, update.call.index, *([update.events] if isinstance(update, CallChanged) else []))


def _call(call: Any) -> tuple[Any, ...]:
    # that which a stream failed with is an exception of the SDK's own
    error = call.error and (isinstance(call.error, JSONStreamError) or "the stream's")
    return (call.id, call.name, call.text, call.verdict, call.arguments, call.raw, error, call.overruled)


def of_mappings(wire: str, recording: Recording) -> list[tuple[Any, ...]]:
    """What ToolCalls says of the decoded events themselves."""
    calls = ToolCalls(wire, **OPTIONS)
    decoded = [json.loads(payload) for _, payload in recording.events() if payload and payload.strip() != "[DONE]"]
    return said([*(update for event in decoded for update in calls.feed(event)), *calls.close()])


def of_sdk(wire: str, way: Open, url: str, by_hand: bool = False) -> list[tuple[Any, ...]]:
    """What ToolCalls says of the events of an SDK: fed one by one, by_hand, or given as a whole to `stream`.

    An exception of the SDK's in mid-stream ends the calls by hand as it does in `stream`.
    """
    if not by_hand:
        return said(_within(way(url), lambda events: stream(wire, events, **OPTIONS), lambda update: update))
    calls = ToolCalls(wire, **OPTIONS)
    failures: list[Exception] = []
    updates = _within(way(url), lambda events: events, calls.feed, failures)
    return said([*itertools.chain(*updates), *calls.close(*failures)])


def read(wire: str, way: Open, url: str) -> list[Any]:
    """The updates of `stream` over a response, to its end."""
    return _within(way(url), lambda events: stream(wire, events), lambda update: update)


def _within(
    response: Any, take: Callable[[Any], Any], each: Callable[[Any], Any], failures: list[Exception] | None = None
) -> list[Any]:
    """What `each` makes of all that comes out of `take(events)`. An exception in mid-stream goes to failures, if there are."""
    expected: Any = () if failures is None else Exception
    found: list[Any] = []
    if isinstance(response, AbstractContextManager):
        with response as events:
            try:
                for one in take(events):
                    found.append(each(one))
            except expected as error:
                failures.append(error)
        return found

    async def run() -> None:
        async with response as events:
            try:
                async for one in take(events):
                    found.append(each(one))
            except expected as error:
                failures.append(error)

    asyncio.run(run())
    return found


def leave(wire: str, way: Open, server: Replay, with_client: bool = False) -> bool:
    """Does the server see that the client has left, when the generator of `stream` is closed after its first update?

    with_client: and the SDK's client is closed too.
    """
    response = way(server.url)
    if isinstance(response, AbstractContextManager):
        with response as events:
            updates = stream(wire, events)
            next(updates)
            updates.close()
            return server.left.wait(PATIENCE)

    async def run() -> bool:
        async with response as events:
            updates = stream(wire, events)
            await anext(updates)
            await updates.aclose()
            if not with_client:
                return await asyncio.to_thread(server.left.wait, PATIENCE)
        return await asyncio.to_thread(server.left.wait, PATIENCE)

    return asyncio.run(run())
