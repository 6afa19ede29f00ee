"""Readings from their first fragment to their verdict: recordings played, and a stream watched.

They are of two kinds: `Reading` for one value, `Calls` for the tool calls of a response.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from time import perf_counter, sleep
from typing import Protocol, TypeVar

from .. import Status
from . import recorded, replay, sources
from .calls import BEGINNING, Calls
from .reading import Reading, Verdict
from .recorded import Recording, paced
from .refused import explain, is_hopeless, wire_of
from .replay import NotAStream, Stream
from .text import count, size

__all__ = ["View", "demo", "listing", "watch", "watch_calls"]

Fragment = TypeVar("Fragment", contravariant=True)

TICK = 0.1  # seconds after which a view is refreshed though nothing came
PEEK = 100  # bytes that show whether a file is a recording
PAUSE = 1.5  # seconds for which the end of a recording is shown, before the next one


class View(Protocol):
    """What readings are shown on."""

    @property
    def paced(self) -> bool:
        """Does somebody look on while it plays?"""
        ...

    def shown(self) -> AbstractContextManager[None]:
        """The time in which readings are shown."""
        ...

    def begin(self, reading: Reading | Calls, title: str, note: str, total: int) -> None:
        """The next reading."""
        ...

    def refresh(self, *, now: bool = False) -> None:
        """Something came, or some time has passed. Called as often as fragments come."""
        ...

    def end(self) -> None:
        """The reading is over."""
        ...


def demo(view: View, recordings: Sequence[Recording | Stream], speed: float) -> int:
    """Plays `recordings` on `view`, `speed` times as fast as they say. The exit status."""
    verdicts: list[Verdict] = []
    with view.shown():
        for recording in recordings:
            if isinstance(recording, Stream):
                verdicts.append(_play(view, recording, Calls(recording.wire), speed))
            else:
                verdicts.append(_play_value(view, recording, speed))
            if view.paced and recording is not recordings[-1]:
                _hold(view, PAUSE / speed)
    return max(verdict.value for verdict in verdicts)


def _play_value(view: View, recording: Recording, speed: float) -> Verdict:
    reading = Reading()
    what = f"arguments for the tool {recording.tool}" if recording.tool else "answer"
    view.begin(reading, recording.name, f"recorded {what}, {recording.api}", len(recording.fragments))
    fragments = paced(recording.fragments, recording.pace * speed, TICK) if view.paced else recording.fragments
    _read(view, reading, fragments)
    return reading.verdict


def _play(view: View, stream: Stream, calls: Calls, speed: float) -> Verdict:
    sender = ", ".join(filter(None, [stream.provider, stream.model]))
    note = f"recorded response, {sender}" if sender else f"recorded response, {stream.wire}"
    view.begin(calls, stream.name, note, len(stream.events))
    chunks = stream.chunks()
    _read(view, calls, paced(chunks, stream.pace * speed, TICK) if view.paced else chunks)
    return calls.verdict


def watch(view: View, descriptor: int, name: str, multiple: bool, *, follow: bool = False) -> int:
    """Shows what arrives at `descriptor`; a regular file is followed if `follow`. The exit status."""
    reading = Reading(multiple=multiple)
    with view.shown():
        view.begin(reading, os.path.basename(name), "", 0)
        if follow and sources.is_regular(descriptor):
            _read(view, reading, sources.follow(descriptor, TICK, reading.settled))
        else:
            _read(view, reading, _until_settled(reading, sources.stream(descriptor, TICK)))
    return reading.verdict.value


def watch_calls(
    view: View,
    descriptor: int,
    name: str,
    wire: str,
    *,
    repair: bool = False,
    text: bool = False,
    speed: float | None = None,
    follow: bool = False,
) -> int:
    """Shows the tool calls of the response that arrives at `descriptor`; a regular file is followed if `follow`.

    A recording in a regular file is played, `speed` times as fast as it says; so is an event stream if there is a speed.
    Raises NotAStream, which says what came instead. The exit status.
    """
    calls = Calls(wire, repair="all" if repair else None, text=text)
    title = os.path.basename(name)
    regular = sources.is_regular(descriptor)

    def done() -> bool:
        return calls.settled() or bool(_instead(calls, wire))

    with view.shown():
        try:
            if regular and (speed is not None or replay.is_recording(sources.beginning(descriptor, PEEK))):
                _play(view, _recording(descriptor, title, wire), calls, speed or 1.0)
            else:
                view.begin(calls, title, wire, 0)
                followed = regular and follow
                _read(view, calls, sources.follow(descriptor, TICK, done) if followed else sources.stream(descriptor, TICK))
        except KeyboardInterrupt:
            if instead := _instead(calls, wire):
                raise NotAStream(instead) from None
            raise
        if calls.state == "failed" and (instead := _instead(calls, wire, over=True)):
            raise NotAStream(instead)
    return calls.verdict.value


def _instead(calls: Calls, wire: str, *, over: bool = False) -> str:
    """What came instead of what was asked for, as soon as that is certain; empty if it is not. over: nothing more will come."""
    if not calls.meter.fragments:
        return explain(calls.beginning) if over or is_hopeless(calls.beginning) else ""
    if not calls.understood and (likely := wire_of(calls.beginning)) not in {wire, None}:
        return f"these are no events of the wire {wire}; they look like {likely}"
    return ""


def _recording(descriptor: int, title: str, wire: str) -> Stream:
    data = b"".join(filter(None, sources.stream(descriptor, TICK)))
    try:
        return replay.parse(data, title, wire)
    except NotAStream as error:
        raise error if error.begins_well else NotAStream(explain(data[:BEGINNING])) from None


def _until_settled(reading: Reading, fragments: Iterator[bytes | None]) -> Iterator[bytes | None]:
    for fragment in fragments:
        yield fragment
        if reading.parser.status is Status.COMPLETE and not reading.multiple:
            return


class _Reader(Protocol[Fragment]):
    ended: bool

    def feed(self, fragment: Fragment, /) -> None: ...

    def close(self) -> None: ...

    def stop(self) -> None: ...


def _read(view: View, reading: _Reader[Fragment], fragments: Iterable[Fragment | None]) -> None:
    try:
        for fragment in fragments:
            if fragment is not None:
                reading.feed(fragment)
            view.refresh()
            if reading.ended:
                break
        else:
            reading.close()
    finally:
        reading.stop()
        view.end()


def _hold(view: View, seconds: float) -> None:
    until = perf_counter() + seconds
    while (left := until - perf_counter()) > 0:
        sleep(min(left, TICK))
        view.refresh()


def listing() -> Iterator[str]:
    """Lines for each recording, and where it comes from."""
    for name in recorded.NAMES:
        recording = recorded.load(name)
        length = sum(len(fragment.encode()) for fragment in recording.fragments)
        sender = f"{recording.api}, {recording.model}" if recording.model else recording.api
        yield f"{name:9} {recording.about}"
        yield f"{'':9} {count(len(recording.fragments), 'fragment')}, {size(length)}; {sender}"
        yield f"{'':9} {recording.source['repository']} ({recording.source['licence']})"
    for name in replay.NAMES:
        stream = replay.load(name)
        sender = f"{stream.provider}, {stream.model}" if stream.model else stream.provider
        yield f"{name:9} {stream.about}"
        yield f"{'':9} {count(len(stream.events), 'event')}, {size(sum(map(len, stream.chunks())))}; {stream.wire}: {sender}"
        yield f"{'':9} {stream.source['repository']} ({stream.source['licence']})"
