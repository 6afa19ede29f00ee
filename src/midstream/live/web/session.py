"""One stream: it is read from its source, and readers are told what it shows."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Protocol, cast

from ... import MISSING, JSONStreamError
from ...toolcalls import StreamEnded, StreamFailed, ToolCall, ToolCalls, Update
from ..text import visible
from .encode import dumps, framed
from .log import Log

__all__ = ["TICK", "Session", "Source", "Stopped", "TooLong"]

TICK = 1 / 60  # seconds between two messages, at least
STATE = b"event: state\nretry: 1000\n"  # and in milliseconds, after which time a browser connects again
LOG_BYTES = 64 << 10
PIECE = 64 << 10  # bytes that a reader is given at a time: no more waits for one who takes nothing
PING = 15.0  # seconds without a message, after which a heartbeat is sent
HEARTBEAT = b": ping\n\n"
PACK = 5.0  # seconds after the end in which a reader who was cut off may come back for the rest
MOST_BYTES = 64 << 20  # of one response
CONTEXT = 60  # characters shown before and after the place of an error


class Source(Protocol):
    """Where a stream comes from."""

    @property
    def name(self) -> str:
        """What the page calls it."""
        ...

    @property
    def wire(self) -> str:
        """As `ToolCalls` takes it."""
        ...

    def about(self) -> dict[str, object]:
        """What the page may know of it."""
        ...

    def chunks(self, speed: float) -> AsyncGenerator[bytes, None]:
        """Pieces of a text/event-stream. It is closed however it is left."""
        ...

    def explain(self, error: BaseException) -> str:
        """Why it broke off, in words that may be shown."""
        ...

    def masked(self, text: str) -> str:
        """What may be shown of text from the other side that the model did not write."""
        ...


class Stopped(Exception):
    """Somebody stopped the stream, or nobody looked at it any more."""


class TooLong(Exception):
    """The response has more bytes than are kept."""


class Session:
    """One stream, from its start until nobody wants it.

    The readers follow one log of numbered messages. Two kinds of message: a *state* has everything, a *change* what is new since
    the message before. Both are JSON objects:

    state, reason, error: "streaming", "ended" with the wire's stop reason, "failed" or "stopped" with an error in words. In a
        change only once it is over.
    calls: an object for each call, in a change only those that changed, each with its `index` and what is new of
        id, name, text: as `ToolCall` has them;
        ops (change): JSON Patch with `str_ins`, positions in units of UTF-16; value (state): the value so far, absent if none;
        open: JSON Pointer to where the text stands. What is there and above is open, all else complete; null if all is;
        verdict, overruled: as `ToolCall` has them; error: `message`, and the text `before` and `after` the place, if it has one.
    upstream: bytes that came from the source.
    whole (change): bytes this message would have had with the calls' whole text so far in place of their patches. The text is
        taken as it came, so this costs nothing; written anew, the values would have about the same size.

    A message is made at most every `TICK` seconds, and only while somebody reads: what comes in between is in the next one.
    A state is kept, and serves all who need one as long as the log has all changes since. The log may have as many bytes as that
    state: so the next is made when as much has been told again, however many readers come, and slow ones hold few of them.
    """

    def __init__(self, source: Source, speed: float = 1.0, *, text: bool = False) -> None:
        self.id = secrets.token_urlsafe(9)
        self.source = source
        self.readers = 0
        self.visits = 0  # readers there have been
        self.over = False
        self.parting = False  # are the readers to go?
        self._speed = speed
        self._text = text
        self._calls = self._blank()
        self._log = Log(LOG_BYTES)
        self._news = asyncio.Event()
        self._told: dict[int, dict[str, object]] = {}  # what the readers know of each call, beside its value
        self._fresh: dict[int, ToolCall] = {}  # calls with something new
        self._dirty = False  # is there something that is in no message?
        self._flushed = float("-inf")
        self._timer: asyncio.TimerHandle | None = None
        self._state: dict[str, object] = {"state": "streaming"}
        self._upstream = 0
        self._heard = False  # do the readers know that anything has come?
        self._snapshot: tuple[int, bytes] | None = None
        self._task: asyncio.Task[None] | None = None

    def _blank(self) -> ToolCalls:
        return ToolCalls(cast(Any, self.source.wire), text=self._text)

    # -- the source

    def start(self) -> None:
        """Begins to read the source."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        """Breaks it off; what came is kept."""
        if self._task is not None and not self.over:
            self._task.cancel()
            self._end(Stopped("it was stopped"))

    async def stopped(self) -> None:
        """Waits until the source is closed."""
        self.stop()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        error: Exception | None = None
        try:
            async with aclosing(self.source.chunks(self._speed)) as chunks:
                async for chunk in chunks:
                    self._dirty = self._dirty or not self._heard
                    self._upstream += len(chunk)
                    if self._upstream > MOST_BYTES:
                        raise TooLong(f"the response is longer than {MOST_BYTES >> 20} MiB")
                    self._take(self._calls.feed_sse(chunk))
                    if self.over:
                        return
        except Exception as raised:
            error = raised
        self._end(error)

    def _end(self, error: Exception | None) -> None:
        self._take(self._calls.close(error))

    def _take(self, updates: list[Update]) -> None:
        for update in updates:
            if isinstance(update, StreamEnded):
                reason = update.reason
                self._finish({"state": "ended", "reason": None if reason is None else self.source.masked(reason)})
            elif isinstance(update, StreamFailed):
                state = "stopped" if isinstance(update.error, Stopped) else "failed"
                self._finish({"state": state, "error": _lines(self.source.explain(update.error))})
            else:
                call = update.call
                self._fresh[call.index] = call
        if updates:
            self._dirty = True
        if self._dirty:
            self._schedule()

    def _finish(self, state: dict[str, object]) -> None:
        self.over = True
        self._state = state
        self._pack_later()
        # the text around an error may have come after it
        self._fresh.update((call.index, call) for call in self._calls.calls if call.error is not None)

    # -- messages

    def _schedule(self) -> None:
        """What is new will be told: now, or when the tick is over."""
        if not self.readers or self._timer is not None:
            return
        loop = asyncio.get_running_loop()
        wait = self._flushed + TICK - loop.time()
        if wait <= 0 or self.over:
            self._flush()
        else:
            self._timer = loop.call_later(wait, self._flush)

    def _flush(self) -> None:
        """Makes the next message, if there is anything to tell."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._dirty:
            return
        self._dirty = False
        self._flushed = asyncio.get_running_loop().time()
        fresh, self._fresh = self._fresh, {}
        calls: list[str] = []
        patches = values = 0
        for call in fresh.values():
            told = self._news_of(call)
            operations = self._operations(call)
            if not operations and not told:
                continue
            text = dumps(operations) if operations else ""
            told = {"index": call.index, **told}
            calls.append(f'{dumps(told)[:-1]},"ops":{text}}}' if text else dumps(told))
            if text:
                patches += _length(text)
                values += max(call.parser.offset, 2)
        if not calls and not self.over and (self._heard or not self._upstream):
            return
        self._heard = self._upstream > 0
        head = dumps({**(self._state if self.over else {}), "upstream": self._upstream})
        body = f'{head[:-1]},"calls":[{",".join(calls)}]'
        size = _length(body) - patches + values
        size += len(f',"whole":{size}}}')
        data = _encoded(f'{body},"whole":{size}}}')
        self._log.append(framed(self.id, self._log.latest + 1, data))
        self._wake()

    def _wake(self) -> None:
        """All who wait for news look again."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _news_of(self, call: ToolCall) -> dict[str, object]:
        """What the readers don't know of a call, beside its value."""
        now = self._facts(call)
        before = self._told.get(call.index, {})
        self._told[call.index] = now
        return {name: value for name, value in now.items() if name not in before or before[name] != value}

    @staticmethod
    def _operations(call: ToolCall) -> list[Any]:
        return call.parser.patch(units="utf-16")

    def _facts(self, call: ToolCall) -> dict[str, object]:
        """What is told of a call beside its value."""
        masked = self.source.masked
        facts: dict[str, object] = {"id": call.id and masked(call.id), "name": call.name and masked(call.name), "text": call.text}
        facts["open"] = _open(call)
        facts["verdict"] = None if call.verdict is None else call.verdict.value
        facts["error"] = None
        if call.error is not None and call.verdict is not None:
            message = masked(str(call.error) or type(call.error).__name__)
            facts["error"] = {"message": _lines(message), **_place(call, call.error)}
        facts["overruled"] = call.overruled is not None
        return facts

    def _state_message(self) -> tuple[int, bytes]:
        """(number, message): everything, as of a message after which the log has all."""
        if self._snapshot is None or not self._log.reaches(self._snapshot[0]):
            self._snapshot = self._new_state()
            self._log.most = max(LOG_BYTES, len(self._snapshot[1]))
        return self._snapshot

    def _new_state(self) -> tuple[int, bytes]:
        self._flush()
        number = self._log.latest
        calls = [{"index": call.index, **self._told.get(call.index, {}), **_value(call)} for call in self._calls.calls]
        whole = {**self._state, **self._origin(), "upstream": self._upstream, "calls": calls}
        return number, framed(self.id, number, _encoded(dumps(whole)), STATE)

    def _origin(self) -> dict[str, object]:
        return {"source": self.source.name, "wire": self.source.wire}

    # -- readers

    async def follow(self, last: str | None, ping: float = PING) -> AsyncGenerator[bytes, None]:
        """What one reader is sent, to the end of the stream: messages, whole or in pieces, and heartbeats between them.

        last: the id of the last message that he has (Last-Event-ID). If what came after it is kept, that follows, else a state.
        ping: seconds without a message, after which a heartbeat comes.
        """
        number = self._number(last)
        self.readers += 1
        self.visits += 1
        try:
            self._flush()
            quiet = False
            while True:
                if number is None or not self._log.reaches(number):
                    number, data = self._state_message()
                else:
                    messages = self._log.since(number, PIECE)
                    number += len(messages)
                    data = messages[0] if len(messages) == 1 else b"".join(messages)
                if data:
                    quiet = False
                    for at in range(0, len(data), PIECE):
                        yield data[at : at + PIECE]
                elif (self.over and not self._dirty) or self.parting:
                    return
                else:
                    if quiet:
                        yield HEARTBEAT
                    quiet = True
                    await self._wait(ping)
        finally:
            self.readers -= 1
            self._pack_later()

    async def _wait(self, seconds: float) -> None:
        """For news, or for so long."""
        alarm = asyncio.get_running_loop().call_later(seconds, self._wake)
        try:
            await self._news.wait()
        finally:
            alarm.cancel()

    def _pack_later(self) -> None:
        if self.over:
            asyncio.get_running_loop().call_later(PACK, self._pack)

    def _pack(self) -> None:
        """What is over and read by nobody needs no more than the one message that has everything."""
        if self.over and not self.readers:
            self._flush()
            self._log.clear()  # it reaches no state now but one of the latest message
            self._state_message()
            self._calls = self._blank()
            self._told.clear()

    def part(self) -> None:
        """The readers are let go when they have what there is."""
        self.parting = True
        self._wake()

    def has_all(self, last: str | None) -> bool:
        """Does a reader with this id know everything that will ever be told?"""
        return self.over and not self._dirty and self._number(last) == self._log.latest

    def _number(self, last: str | None) -> int | None:
        name, _, number = (last or "").rpartition("-")
        return int(number) if name == self.id and number.isascii() and number.isdigit() and len(number) < 16 else None


def _open(call: ToolCall) -> str | None:
    parser = call.parser
    if parser.is_complete(()):
        return None
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in parser.path)


def _value(call: ToolCall) -> dict[str, object]:
    return {} if call.arguments is MISSING else {"value": call.arguments}


def _place(call: ToolCall, error: Exception) -> dict[str, str]:
    """The text before and after the place of an error, if it has one."""
    if not isinstance(error, JSONStreamError):
        return {}
    text, at = call.raw, error.char_offset
    return {"before": visible(text[max(0, at - CONTEXT) : at]), "after": visible(text[at : at + CONTEXT])}


def _lines(text: str) -> str:
    """`text` made visible, but for its line ends."""
    return "\n".join(map(visible, text.replace("\r\n", "\n").split("\n")))


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(_encoded(text))


def _encoded(text: str) -> bytes:
    # half a surrogate pair may be in what a provider calls a call
    return text.encode("utf-8", "replace")
