"""A ToolCalls that is watched: what every call of feed, feed_sse or close returns is checked and kept as plain records."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable, Sequence
from typing import Any

import midstream
from midstream.toolcalls import (
    CallChanged,
    CallCompleted,
    CallFailed,
    CallOpened,
    StreamEnded,
    StreamFailed,
    ToolCall,
    ToolCalls,
    Verdict,
)
from tests.support import streams
from tests.support.feeding import EventRecord, Frozen, error_record, event_record, feed_events, freeze, merged
from tests.support.streams import Event, Response

Record = tuple[Any, ...]
END = (StreamEnded, StreamFailed)


@dataclasses.dataclass
class Follower:
    """A ToolCalls, every update it gave, and its events by call."""

    calls: ToolCalls
    options: dict[str, Any]
    several: bool = False  # responses, one after the other: an end is not the last update
    updates: list[Any] = dataclasses.field(default_factory=list)
    records: list[Record] = dataclasses.field(default_factory=list)
    events: dict[int, list[Any]] = dataclasses.field(default_factory=dict)
    last: list[Any] = dataclasses.field(default_factory=list)  # the updates of which the end is one
    verdicts: dict[int, Any] = dataclasses.field(default_factory=dict)  # index -> CallCompleted or CallFailed
    judged: dict[int, str] = dataclasses.field(default_factory=dict)  # index -> raw when its verdict came

    @classmethod
    def of(cls, wire: str, several: bool = False, **options: Any) -> Follower:
        return cls(ToolCalls(wire, **options), options, several)

    def feed(self, event: Any) -> list[Any]:
        return self.take(self.calls.feed(event))

    def feed_sse(self, chunk: Any) -> list[Any]:
        return self.take(self.calls.feed_sse(chunk))

    def close(self, error: BaseException | None = None) -> list[Any]:
        taken = self.take(self.calls.close(error))
        assert self.ended
        assert self.calls.close() == self.calls.close(ValueError()) == []
        return taken

    @property
    def ended(self) -> bool:
        return bool(self.updates) and isinstance(self.updates[-1], END)

    @property
    def end(self) -> Any:
        assert self.ended, self.records
        return self.updates[-1]

    def take(self, updates: Any) -> list[Any]:
        """Checks the order of updates: opened once, changed while open, one verdict, one end that is the last."""
        assert type(updates) is list
        if self.ended and updates:
            assert self.several, (self.updates[-1], updates)
            assert isinstance(self.end, StreamEnded)
        self.last = updates or self.last
        for number, update in enumerate(updates):
            self.updates.append(update)
            self.check(update, last=number == len(updates) - 1 or self.several)
            self.records.append(record(update))
        for call in self.calls.calls:
            assert call.index in self.events, "a call without CallOpened"
            assert (call.verdict is None) == (call.index not in self.verdicts), call.index
        assert [call.index for call in self.calls.calls] == list(range(len(self.calls.calls)))
        return updates

    def check(self, update: Any, last: bool) -> None:
        if isinstance(update, END):
            assert last
            assert all(index in self.verdicts for index in self.events), "a call without a verdict at the end"
            if isinstance(update, StreamFailed):
                assert isinstance(update.error, BaseException)
                assert all(call.verdict is not None for call in update.calls)
                assert all(call is self.calls.calls[call.index] for call in update.calls)
            return
        call = update.call
        assert call is self.calls.calls[call.index]
        if isinstance(update, CallOpened):
            assert call.index == len(self.events), "opened twice, or out of order"
            self.events[call.index] = []
            return
        assert call.index in self.events, "an update before CallOpened"
        assert call.index not in self.verdicts, "an update after the verdict"
        if isinstance(update, CallChanged):
            self.events[call.index].extend(update.events)
            assert self.options.get("watch") is not None or tuple(update.events) == ()
            return
        self.verdicts[call.index] = update
        self.judged[call.index] = call.raw
        if isinstance(update, CallCompleted):
            assert call.verdict is Verdict.COMPLETE
            assert call.error is None
            assert update.arguments is call.arguments
        else:
            assert isinstance(update, CallFailed)
            assert call.verdict in (Verdict.TRUNCATED, Verdict.MALFORMED, Verdict.TRAILING)
            assert isinstance(update.error, Exception)
            assert update.error is call.error

    def flat(self) -> list[Record]:
        """All updates, runs of CallChanged of one call as one, for runs that differ in how fragments were grouped."""
        return joined(self.records)


def record(update: Any) -> Record:
    """A comparable copy of an update."""
    name = type(update).__name__
    if isinstance(update, StreamEnded):
        return (name, update.reason)
    if isinstance(update, StreamFailed):
        return (name, *error_record(update.error), tuple(call.index for call in update.calls))
    if isinstance(update, CallChanged):
        return (name, update.call.index, tuple(map(event_record, update.events)))
    if isinstance(update, CallCompleted):
        return (name, update.call.index, freeze(update.arguments))
    if isinstance(update, CallFailed):
        return (name, update.call.index, update.call.verdict, *error_record(update.error))
    assert isinstance(update, CallOpened)
    return (name, update.call.index, update.call.text)  # its id and its name may come later, and so in the same chunk


def joined(records: Sequence[Record]) -> list[Record]:
    """records, neighbouring changes of one call as one with their events merged."""
    flat: list[Record] = []
    for each in records:
        if each[0] == "CallChanged" and flat and flat[-1][:2] == each[:2]:
            each = (*each[:2], tuple(merge([*flat.pop()[2], *each[2]])))
        flat.append(each)
    return flat


def merge(records: Iterable[EventRecord]) -> list[EventRecord]:
    """As feeding.merged, of records."""
    found: list[EventRecord] = []
    for each in records:
        if each[0] == "Text" and found and found[-1][:2] == each[:2]:
            each = (*each[:2], found.pop()[2] + each[2])
        found.append(each)
    return found


# -- what a call shows


@dataclasses.dataclass(frozen=True)
class Seen:
    """All of a call that can be compared."""

    name: str | None
    id: str | None
    text: bool
    raw: str
    arguments: Frozen
    verdict: Verdict | None
    error: tuple[Any, ...] | None
    overruled: str | None
    repairs: tuple[tuple[Any, ...], ...]


def seen(call: ToolCall) -> Seen:
    return Seen(
        call.name,
        call.id,
        call.text,
        call.raw,
        freeze(call.arguments),
        call.verdict,
        None if call.error is None else error_record(call.error),
        call.overruled,
        tuple((repair.kind, repair.offset, repair.path) for repair in call.repairs),
    )


def check_shown(follower: Follower, call: ToolCall) -> None:
    """arguments, and the events merged, are those of a Parser that was fed the raw text at once.

    What came after the verdict is in raw, and in nothing else.
    """
    watch, repair = follower.options.get("watch"), follower.options.get("repair")
    raw, events = follower.judged.get(call.index, call.raw), follower.events[call.index]
    assert call.raw.startswith(raw)
    if call.verdict is Verdict.MALFORMED and not isinstance(call.error, midstream.JSONStreamError):
        return  # arguments that came as a value which JSON does not have: no text was fed
    feeding = feed_events([raw, ""], watch, repair=repair)
    parser, error = feeding.parser, feeding.raised[0] if feeding.raised else None
    if call.verdict is Verdict.COMPLETE and error is None:
        feeding.feed("", final=True)
        feeding.close()
        error = feeding.raised[0] if feeding.raised and raw.strip() else None
    assert call.overruled is not None or merged(events) == merged(feeding.events), raw
    if call.verdict is Verdict.COMPLETE and not raw.strip():
        assert call.arguments == {}
        return
    assert freeze(call.arguments) == freeze(parser.value), (raw, call.verdict)
    if call.verdict is Verdict.COMPLETE:
        assert error is None, raw
    elif call.verdict is Verdict.MALFORMED:
        assert isinstance(call.error, midstream.JSONStreamError)
        assert isinstance(error, (midstream.MalformedJSON, midstream.LimitExceeded))
        assert error_record(call.error) == error_record(error)
    elif call.verdict is Verdict.TRAILING:
        assert isinstance(error, midstream.MalformedJSON)
        assert error.kind is midstream.ErrorKind.TRAILING_DATA
    elif call.verdict is Verdict.TRUNCATED:
        assert error is None
        feeding.close()
        if feeding.raised and raw.strip():
            assert isinstance(call.error, midstream.TruncatedJSON)
            assert error_record(call.error) == error_record(feeding.raised[0])


# -- whole responses, in each way


def through_sse(response: Response, rng: random.Random, **options: Any) -> Follower:
    """Fed as text/event-stream at random cuts, then closed."""
    follower = Follower.of(response.wire, **options)
    for chunk in streams.cuts(streams.frames(response.events, rng), rng):
        follower.feed_sse(chunk)
    follower.close()
    return follower


def through_events(wire: str, events: Iterable[Any], close: bool = True, **options: Any) -> Follower:
    """Fed as decoded events, then closed."""
    follower = Follower.of(wire, **options)
    for event in events:
        follower.feed(event)
    if close:
        follower.close()
    return follower


def through_frames(wire: str, events: Iterable[Event], **options: Any) -> Follower:
    """Fed as one frame a chunk, then closed."""
    follower = Follower.of(wire, **options)
    for event in events:
        follower.feed_sse(streams.frame(event))
    follower.close()
    return follower
