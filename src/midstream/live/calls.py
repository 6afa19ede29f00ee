"""One response of a provider being read: its tool calls, the meter, and how it went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from time import perf_counter
from typing import Any, Literal, cast

from .. import sse
from ..errors import JSONStreamError
from ..toolcalls import StreamEnded, StreamFailed, ToolCall, ToolCalls, UnfinishedStream
from ..toolcalls import Verdict as CallVerdict
from .meter import Meter
from .reading import Verdict
from .text import count, visible

__all__ = ["BEGINNING", "Calls", "problem", "verdict_text"]

BEGINNING = 1 << 16  # bytes of the input that are kept, to say what it is if it is no event stream
SPOILED = (CallVerdict.MALFORMED, CallVerdict.TRAILING)


class Calls:
    """Feeds `ToolCalls`, times it, and keeps how the stream ended.

    beginning: the first bytes of the input. error: why the stream failed.
    """

    def __init__(self, wire: str, *, repair: Literal["all"] | None = None, text: bool = False) -> None:
        self.tracker = ToolCalls(cast(Any, wire), repair=repair, text=text)
        self.meter = Meter("event")
        self.beginning = b""
        self.error: BaseException | None = None
        self.ended = False
        self._closed = False  # the stream itself has ended, or failed
        self._counter = sse.Decoder()
        self._bytes = 0

    @property
    def calls(self) -> list[ToolCall]:
        """Every call so far."""
        return self.tracker.calls

    def feed(self, chunk: bytes) -> None:
        """A piece of a text/event-stream. The end of the stream ends the reading."""
        if len(self.beginning) < BEGINNING:
            self.beginning += chunk[: BEGINNING - len(self.beginning)]
        self._bytes += len(chunk)
        try:
            events = len(self._counter.feed(chunk))
        except sse.EventTooLarge:  # which the tracker says too
            events = 0
        began = perf_counter()
        updates = self.tracker.feed_sse(chunk)
        self.meter.count(began, self._bytes, events)
        self._note(updates)

    def close(self) -> None:
        """The end of the input."""
        self._note(self.tracker.close())
        self.stop()

    def stop(self) -> None:
        """Nothing more will be read."""
        self.ended = True
        self.meter.end()

    def settled(self) -> bool:
        """Can the input end here? Some wires have no event for the end of the stream, but all give a reason before it."""
        return self.ended or self.tracker.reason is not None

    def _note(self, updates: list[Any]) -> None:
        for update in updates:
            if isinstance(update, StreamFailed):
                self.error = update.error
            if isinstance(update, (StreamEnded, StreamFailed)):
                self._closed = True
                self.stop()

    @property
    def understood(self) -> bool:
        """Did anything come that means something on this wire?"""
        return bool(self.calls) or self.tracker.reason is not None or not isinstance(self.error, UnfinishedStream | None)

    @property
    def verdict(self) -> Verdict:
        """The worst that happened, as far as it has gone."""
        if not self._closed:
            return Verdict.STOPPED
        verdicts = {call.verdict for call in self.calls}
        if self.error is not None or CallVerdict.TRUNCATED in verdicts:
            return Verdict.TRUNCATED
        return Verdict.MALFORMED if verdicts.intersection(SPOILED) else Verdict.COMPLETE

    @property
    def state(self) -> str:
        """What is going on, or how the stream ended, in a word."""
        if self._closed:
            return "ended" if self.error is None else "failed"
        if self.ended:
            return "interrupted"
        return "open" if self.meter.fragments else "waiting"

    @property
    def problem(self) -> str:
        """Why the stream failed, or else its stop reason, made visible; empty if there is none."""
        return problem(self.error) if self.error is not None else visible(self.tracker.reason or "")

    def tally(self) -> str:
        """``2 calls complete``, ``3 calls: 1 complete, 2 open``, ``no calls``."""
        calls = self.calls
        if not calls:
            return "no calls"
        answers = sum(call.text for call in calls)
        of_each = [count(len(calls) - answers, "call")] if len(calls) > answers else []
        if answers:
            of_each.append(count(answers, "answer"))
        nouns = " and ".join(of_each)
        words = Counter("open" if call.verdict is None else call.verdict.value for call in calls)
        if len(words) < 2:
            return " ".join([nouns, *words])
        return f"{nouns}: {', '.join(f'{number:,} {word}' for word, number in words.items())}"


def problem(error: BaseException) -> str:
    """The message of `error`, made visible."""
    message = error.message if isinstance(error, JSONStreamError) else str(error)
    return visible(message) or type(error).__name__


def verdict_text(call: ToolCall) -> Iterator[str]:
    """How a call stands: its verdict, and what else is worth knowing."""
    yield "open" if call.verdict is None else call.verdict.value
    if call.repairs:
        yield count(len(call.repairs), "repair")
    if call.overruled is not None:
        yield "the full text overruled the fragments"
