"""Tool calls of a model's response while they are written, whichever provider writes them.

`ToolCalls` takes the events of one response and holds a `ToolCall` for each call, with a `Parser` of its own. `stream` does that
over a response.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, cast

from . import providers
from ._core import Parser
from .closing import AsyncClosing, Closing
from .errors import ErrorKind, JSONStreamError, TruncatedJSON
from .repairs import Repair
from .sse import Decoder, EventTooLarge
from .status import MISSING, Status
from .toolcall import (
    BLOCK,
    CallChanged,
    CallCompleted,
    CallFailed,
    CallOpened,
    ProviderError,
    StreamEnded,
    StreamFailed,
    ToolCall,
    UnfinishedStream,
    Update,
    Verdict,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Generator, Iterable
    from typing import Protocol, overload

    from ._types import Fragment

    class _Response(Protocol):
        """A response of httpx."""

        def iter_bytes(self) -> Iterable[bytes]: ...
        def aiter_bytes(self) -> AsyncIterable[bytes]: ...


__all__ = [
    "CallChanged",
    "CallCompleted",
    "CallFailed",
    "CallOpened",
    "ProviderError",
    "StreamEnded",
    "StreamFailed",
    "ToolCall",
    "ToolCalls",
    "UnfinishedStream",
    "Update",
    "Verdict",
    "Wire",
    "stream",
]


Wire: TypeAlias = Literal["anthropic", "openai-chat", "openai-responses", "gemini", "bedrock-converse"]


class ToolCalls:
    """The tool calls of one response.

    wire: "anthropic" (Messages), "openai-chat" (Chat Completions, also of the many that speak it), "openai-responses", "gemini"
    (generateContent), "bedrock-converse" (ConverseStream).
    watch, repair: those of `Parser`, for the parser of every call.
    text: also take answers that are JSON sent as text; one that shows no JSON value is passed over.

    What the provider sends never makes a method raise; an event that is not understood is passed over. For one thread at a time.
    Raises ValueError for another wire, and what `Parser` raises for watch and repair.
    Cost: that of `Parser` for the fragment, and a few microseconds for an event.
    """

    calls: list[ToolCall]
    """Every call so far, in the order in which they began."""
    reason: str | None
    """The stop reason, in the wire's own word, once it has come."""

    def __init__(
        self,
        wire: Wire,
        watch: str | Iterable[str] | None = None,
        repair: Literal["all"] | Iterable[Repair] | None = None,
        text: bool = False,
    ) -> None:
        self._reader = providers.reader(wire)()
        self._read = self._reader.read
        # one that has read nothing is what the others are copied from: expressions are compiled once
        self._blank = Parser(watch, repair)
        self._strict = repair is None
        self._decoder: Decoder | None = None
        self._updates: list[Update] = []
        self._unwatched: list[CallChanged] = []  # of each call, what says that it has grown, and nothing else
        self._open: dict[int, ToolCall] = {}
        self._over = False
        self._closed = False
        self._ended_well = False
        self.wire = wire
        self.takes_text = text
        self.calls = []
        self.reason = None

    def feed(self, event: Any) -> list[Update]:
        """One decoded event: a mapping, or an event object of the provider's SDK, the attributes of which are read.

        Of "bedrock-converse" both an event as boto3 gives it and a bare payload are understood.
        Returns what has come of it, in order; the list may be empty. After the end of the response it is, unless another begins
        in the same stream, on the wires that have an event for that (``message_start``, ``response.created``, ``messageStart``):
        then its calls follow, and an end of its own.
        """
        updates = self._updates = []
        if self._over:
            self._take(event, None)
        else:
            self._read(self, event, None)
        return updates

    def feed_sse(self, chunk: Fragment) -> list[Update]:
        """A piece of a text/event-stream, cut anywhere.

        Returns as `feed` does. Raises TypeError for another type. An event beyond the bound of `sse.Decoder` ends the
        stream: `StreamFailed`.
        """
        if self._decoder is None:
            self._decoder = Decoder()
        updates = self._updates = []
        self._decode(self._decoder, chunk)
        return updates

    def close(self, error: BaseException | None = None) -> list[Update]:
        """The stream is over; with error, it was broken off by it. Whoever reads a stream calls this at its end, in every case.

        Returns the verdicts of the calls that were open, and `StreamEnded` if the wire had said how the stream ended, else
        `StreamFailed`. Called again it returns an empty list.
        """
        updates = self._updates = []
        if self._decoder is not None and not self._closed:
            self._decode(self._decoder, b"")  # an event that was too large is told of after those before it
        self._closed = True
        if not self._over:
            if error is None and self._reader.finished():
                self.finish_stream()
            else:
                self.break_off(error or UnfinishedStream("the stream stopped before it said that it ended"))
        return updates

    def _decode(self, decoder: Decoder, chunk: Fragment) -> None:
        try:
            events = decoder.feed(chunk)
        except EventTooLarge as error:
            error.__traceback__ = None
            if not self._over:
                self.break_off(error)
            return
        for event in events:
            data = event.data
            if data.strip() == "[DONE]":
                if not self._over:
                    self._reader.done(self)
                continue
            try:
                # not ours: half a surrogate pair at the end of a fragment must stay what it is
                payload = json.loads(data)
            except (ValueError, RecursionError):
                continue
            self._take(payload, event.event)

    def _take(self, event: Any, name: str | None) -> None:
        if self._over:
            if self._closed or not self._reader.begins(event, name):
                return
            self._reader = type(self._reader)()
            self._read = self._reader.read
            self._over = self._ended_well = False
            self.reason = None
        self._read(self, event, name)

    # What follows is for the readers in midstream.providers, within feed.

    def open(self, id: str | None, name: str | None) -> ToolCall:  # noqa: A002
        """A call begins."""
        call = ToolCall(copy.copy(self._blank), id, name, False)
        self._announce(call)
        return call

    def open_text(self) -> ToolCall | None:
        """A text answer may begin; None if nobody wants it."""
        return ToolCall(copy.copy(self._blank), None, None, True) if self.takes_text else None

    def grow(self, call: ToolCall, fragment: str, hold: bool = False) -> None:
        """The next piece of a call's text. hold: an error is no verdict yet, since a full text may follow."""
        if not fragment:
            return
        pieces = call._pieces
        pieces.append(fragment)
        if len(pieces) == BLOCK:
            call._join_block()
        if call.verdict is not None or call.error is not None:
            return
        parser = call.parser
        try:
            events = parser.feed(fragment)
        except JSONStreamError as error:
            self._spoiled(call, error, hold)
            return
        if call.index < 0:
            if parser.value is MISSING:
                return
            self._announce(call)
        if not events:
            self._updates.append(self._unwatched[call.index])
            return
        self._updates.append(CallChanged(call, events))
        if parser.status is Status.FAILED:
            try:
                parser.feed("")  # raises the error that was held back for the events
            except JSONStreamError as error:
                self._spoiled(call, error, hold)

    def whole(self, call: ToolCall, text: str) -> None:
        """The full text of a call, which wins over its fragments."""
        if call.verdict is not None:
            return
        before = call.raw
        if not text or text == before:
            return
        if call.error is None and text.startswith(before):
            self.grow(call, text[len(before) :], True)
            return
        if before:
            self.begin_again(call)
        self.grow(call, text, True)

    def begin_again(self, call: ToolCall) -> None:
        """What came of a call's text so far is no part of it."""
        call.overruled = call.raw
        call.error = None
        call._forget()
        call.parser = copy.copy(self._blank)

    def whole_object(self, call: ToolCall, value: Any) -> None:
        """The arguments of a call, decoded: an object, or the call is malformed."""
        try:
            text = _as_text(value)
        except (TypeError, ValueError, RecursionError) as error:
            self.spoil(call, error.with_traceback(None))
            return
        self.whole(call, text)

    def says(self, call: ToolCall, value: Any) -> bool:
        """Is a call's text that of these arguments?"""
        try:
            return call.raw == _as_text(value)
        except (TypeError, ValueError, RecursionError):
            return False

    def give(self, call: ToolCall, value: Any) -> None:
        """The arguments that a call begins with, a text or decoded. They count if no others come."""
        call._given = value

    def stop(self, call: ToolCall) -> None:
        """The wire has ended a call by an event that also stands after text that was cut.

        One that is neither whole nor clearly cut, for want of any text above all, gets its verdict with what comes next: a call
        cut for lack of tokens is no call without arguments.
        """
        self._settle(call)
        if call.verdict is None:
            if call.error is not None or call.parser.status is Status.COMPLETE or self._truncated(call) is not None:
                self.end(call)
            else:
                self.wait(call)

    def wait(self, call: ToolCall) -> None:
        """The wire has ended a call, if nothing more comes of it."""
        if call.verdict is None:
            call._ended = call.parser.offset

    def moved_on(self, call: ToolCall | None) -> None:
        """Another call begins after this one, which has ended if it is whole."""
        if call is not None and call.verdict is None:
            self._settle(call)
            if call.parser.status is Status.COMPLETE:
                self.end(call)

    def end(self, call: ToolCall, certain: bool = True) -> None:
        """A call has ended. certain: the wire said so, and did not say that it was cut."""
        self._settle(call)
        if call.verdict is not None:
            return
        parser = call.parser
        if call.error is not None:
            self.spoil(call, call.error)
        elif self.is_empty(call):
            if certain and not call.text and call.name is not None:
                parser.feed("{}")
                self._verdict(call, Verdict.COMPLETE)
            else:
                self._verdict(call, Verdict.TRUNCATED, UnfinishedStream("the call was cut before its text began"))
        elif parser.status is Status.COMPLETE:
            self._verdict(call, Verdict.COMPLETE)
        elif certain:
            self._end_open(call)
        else:
            cut = self._truncated(call) or UnfinishedStream("the call was cut where its text may have gone on")
            self._verdict(call, Verdict.TRUNCATED, cut)

    def cut(self, call: ToolCall, error: BaseException) -> None:
        """A call will not go on, and has not ended."""
        self._settle(call)
        if call.verdict is None:
            if call.error is not None:
                self.spoil(call, call.error)
            else:
                self._verdict(call, Verdict.TRUNCATED, self._truncated(call) or error)

    def spoil(self, call: ToolCall, error: Exception) -> None:
        """An error ends a call."""
        if call.verdict is not None:
            return
        if isinstance(error, TruncatedJSON):
            verdict = Verdict.TRUNCATED
        elif isinstance(error, JSONStreamError) and error.kind is ErrorKind.TRAILING_DATA:
            verdict = Verdict.TRAILING
        else:
            verdict = Verdict.MALFORMED
        self._verdict(call, verdict, error)

    def finish(self, calls: Iterable[ToolCall], reason: str | None, normal: bool) -> None:
        """A response, or one of its choices, has ended, and with it these calls. normal: not for lack of tokens or the like."""
        self.reason = reason
        for call in [call for call in calls if call.verdict is None]:
            self.end(call, normal)

    def finish_stream(self) -> None:
        """Nothing more will come."""
        for call in list(self._open.values()):
            self.end(call, self.has_ended(call))
        self._over = self._ended_well = True
        self._updates.append(StreamEnded(self.reason))

    def start_again(self) -> None:
        """Another response begins in place of one that has not ended: what is open of that will not go on."""
        self._cut_off(UnfinishedStream("another response began before this one had ended"))

    def fail(self, message: str, data: Any) -> None:
        """The provider sent an error."""
        self.break_off(ProviderError(message, data))

    def break_off(self, error: BaseException) -> None:
        """Nothing more will come, and not all has."""
        calls = tuple(self._open.values())
        self._cut_off(error)
        self._over = self._closed = True
        self._updates.append(StreamFailed(error, calls))

    def _cut_off(self, error: BaseException) -> None:
        for call in list(self._open.values()):
            if self.has_ended(call):
                self.end(call)
            else:
                self.cut(call, error)

    def _announce(self, call: ToolCall) -> None:
        call.index = len(self.calls)
        self.calls.append(call)
        self._open[call.index] = call
        self._unwatched.append(CallChanged(call, ()))
        self._updates.append(CallOpened(call))

    def _end_open(self, call: ToolCall) -> None:
        """The end of a text after which the parser does not know that the value has ended."""
        cut = self._truncated(call)
        if cut is not None:
            self._verdict(call, Verdict.TRUNCATED, cut)
            return
        parser = call.parser
        try:
            events = parser.feed("", True)
            parser.close()
        except JSONStreamError as error:
            self.spoil(call, error)
            return
        if call.index < 0:
            if parser.value is MISSING or parser.repairs:
                call.verdict = Verdict.MALFORMED  # prose, which a repairing parser takes for a string
                return
            self._announce(call)
        elif any(repair.kind is Repair.BARE_WORD and not repair.path for repair in parser.repairs):
            self.spoil(call, ValueError("the text of the call holds no JSON"))
            return
        if events:
            self._updates.append(CallChanged(call, events))
        if parser.status is Status.COMPLETE:
            self._verdict(call, Verdict.COMPLETE)
        else:
            self._verdict(call, Verdict.TRUNCATED, UnfinishedStream("the text of the call ended before its value did"))

    def _spoiled(self, call: ToolCall, error: JSONStreamError, hold: bool) -> None:
        if call.index < 0 and call.parser.value is not MISSING:
            self._announce(call)
        error.__traceback__ = None  # it holds the frames of this module, and those hold the call
        if hold:
            call.error = error
        else:
            self.spoil(call, error)

    def _verdict(self, call: ToolCall, verdict: Verdict, error: BaseException | None = None) -> None:
        call.verdict = verdict
        if call.index < 0:
            return  # text that was no JSON
        del self._open[call.index]
        if verdict is Verdict.COMPLETE:
            self._updates.append(CallCompleted(call, call.parser.value))
        else:
            assert error is not None
            call.error = error if isinstance(error, Exception) else UnfinishedStream(str(error) or type(error).__name__)
            self._updates.append(CallFailed(call, call.error))

    def _settle(self, call: ToolCall) -> None:
        """Nothing more comes of a call: what it began with counts if that is all."""
        given, call._given = call._given, None
        if given is None or call.verdict is not None or call.raw:
            return
        if isinstance(given, str):
            self.whole(call, given)
        else:
            self.whole_object(call, given)

    def has_ended(self, call: ToolCall) -> bool:
        """Has the wire ended a call, and no text has come of it after all?"""
        return call._ended == call.parser.offset

    def is_empty(self, call: ToolCall) -> bool:
        """Has nothing come but blanks? A parser that mends reads prose before the value."""
        return call.parser.status is Status.EMPTY and (self._strict or not call.raw.strip())

    def _truncated(self, call: ToolCall) -> TruncatedJSON | None:
        """The error of a text that stops here, None if it is whole. The parser goes on to show what it shows."""
        if call.parser.status is Status.COMPLETE or self.is_empty(call):
            return None
        try:
            copy.copy(call.parser).close()
        except TruncatedJSON as error:
            error.value = call.parser.value
            error.__traceback__ = None
            return error
        except JSONStreamError:
            pass
        return None


def _as_text(value: Any) -> str:
    """Decoded arguments as JSON text. Raises what json does, and TypeError for another type than an object."""
    if not isinstance(value, Mapping):
        raise TypeError(f"arguments of type {type(value).__name__}")
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: Any) -> Any:
    """What stands for a value that json has no form for: a mapping or sequence of another type, as those of protobuf are."""
    name = type(value).__name__
    if isinstance(value, Mapping):
        return dict(cast(Any, value))
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        return list(cast(Any, value))
    raise TypeError(f"a value of type {name} in arguments")


if TYPE_CHECKING:

    @overload
    def stream(
        wire: Wire,
        response: AsyncIterable[Any],
        *,
        watch: str | Iterable[str] | None = None,
        repair: Literal["all"] | Iterable[Repair] | None = None,
        text: bool = False,
    ) -> AsyncGenerator[Update, None]: ...
    @overload
    def stream(
        wire: Wire,
        response: Iterable[Any],
        *,
        watch: str | Iterable[str] | None = None,
        repair: Literal["all"] | Iterable[Repair] | None = None,
        text: bool = False,
    ) -> Generator[Update, None, None]: ...
    @overload
    def stream(
        wire: Wire,
        response: _Response,
        *,
        watch: str | Iterable[str] | None = None,
        repair: Literal["all"] | Iterable[Repair] | None = None,
        text: bool = False,
    ) -> Any: ...


def stream(
    wire: Wire,
    response: Any,
    *,
    watch: str | Iterable[str] | None = None,
    repair: Literal["all"] | Iterable[Repair] | None = None,
    text: bool = False,
) -> Any:
    """The updates of a response, to its end.

    response: an iterable, or an async iterable, of decoded events (mappings or the SDK's objects) or of pieces of a
    text/event-stream (bytes, str): an SDK's stream object, or a streaming response of httpx, as it is. The result is a generator
    of the same kind. wire, watch, repair, text: those of `ToolCalls`.
    However a generator that has begun is left, the response is closed (``close``, ``aclose``) if it can be, so that the provider
    stops. The last update is `StreamEnded` or `StreamFailed`. An exception (Exception) that the response raises is the error of
    `StreamFailed` and is not raised; others pass through.
    Raises as `ToolCalls` does, at once.
    """
    calls = ToolCalls(wire, watch, repair, text)
    name = type(response).__name__
    if isinstance(response, (str, bytes, bytearray, memoryview, Mapping)):
        raise TypeError(f"a response must be an iterable of events or chunks, and not one of them: {name}")
    chunks: Any = response
    if not hasattr(response, "__aiter__") and not hasattr(response, "__iter__"):
        # httpx has one class for both kinds; what its response reads from is of one kind, but for a body that is all there
        source = getattr(response, "stream", None)
        read: Any = getattr(response, "iter_bytes" if hasattr(source, "__iter__") else "aiter_bytes", None)
        if read is None:
            raise TypeError(f"a response must be an iterable or an async iterable, not {name}")
        chunks = read()
    return _pull_async(calls, response, chunks) if hasattr(chunks, "__aiter__") else _pull(calls, response, chunks)


def _pull(calls: ToolCalls, response: Any, chunks: Iterable[Any]) -> Generator[Update, None, None]:
    error: Exception | None = None
    late: Exception | None = None
    over = False
    try:
        iterator = iter(chunks)
        try:
            with Closing(response, iterator):
                while not over:
                    try:
                        event = next(iterator)
                    except StopIteration:
                        over = True
                    except Exception as raised:
                        error, over = raised, True
                    else:
                        yield from _take(calls, event)
        except Exception as raised:
            if not over:
                raise  # thrown in by the caller
            late = raised  # from closing
        yield from calls.close(error)
        if late is not None and calls._ended_well:
            raise late
    finally:
        error = late = None  # they hold this frame
        del calls  # which the traceback of an error that the caller keeps holds


async def _pull_async(calls: ToolCalls, response: Any, chunks: AsyncIterable[Any]) -> AsyncGenerator[Update, None]:
    error: Exception | None = None
    late: Exception | None = None
    update: Update | None = None
    over = False
    try:
        iterator = aiter(chunks)
        try:
            async with AsyncClosing(response, iterator):
                while not over:
                    try:
                        event = await anext(iterator)
                    except StopAsyncIteration:
                        over = True
                    except Exception as raised:
                        error, over = raised, True
                    else:
                        for update in _take(calls, event):
                            yield update
        except Exception as raised:
            if not over:
                raise  # thrown in by the caller
            late = raised  # from closing
        for update in calls.close(error):
            yield update
        if late is not None and calls._ended_well:
            raise late
    finally:
        error = late = update = None  # they hold this frame
        del calls  # which the traceback of an error that the caller keeps holds


def _take(calls: ToolCalls, event: Any) -> list[Update]:
    return calls.feed_sse(cast(Any, event)) if isinstance(event, (bytes, bytearray, memoryview, str)) else calls.feed(event)
