"""Readings from their first fragment to their verdict: recordings played, and a stream watched."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from time import perf_counter, sleep
from typing import Protocol

from .. import Status
from . import sources
from .reading import Reading, Verdict
from .recorded import NAMES, Recording, load, paced
from .text import count, size

__all__ = ["View", "demo", "listing", "watch"]

TICK = 0.1  # seconds after which a view is refreshed though nothing came
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

    def begin(self, reading: Reading, title: str, note: str, total: int) -> None:
        """The next reading."""
        ...

    def refresh(self, *, now: bool = False) -> None:
        """Something came, or some time has passed. Called as often as fragments come."""
        ...

    def end(self) -> None:
        """The reading is over."""
        ...


def demo(view: View, recordings: Sequence[Recording], speed: float) -> int:
    """Plays `recordings` on `view`, `speed` times as fast as they say. The exit status."""
    verdicts: list[Verdict] = []
    with view.shown():
        for recording in recordings:
            fragments: Iterable[str | None] = recording.fragments
            if view.paced:
                fragments = paced(recording.fragments, recording.pace * speed, TICK)
            reading = Reading()
            what = f"arguments for the tool {recording.tool}" if recording.tool else "answer"
            note = f"recorded {what}, {recording.api}"
            view.begin(reading, recording.name, note, len(recording.fragments))
            _read(view, reading, fragments)
            verdicts.append(reading.verdict)
            if view.paced and recording is not recordings[-1]:
                _hold(view, PAUSE / speed)
    return max(verdict.value for verdict in verdicts)


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


def _until_settled(reading: Reading, fragments: Iterator[bytes | None]) -> Iterator[bytes | None]:
    for fragment in fragments:
        yield fragment
        if reading.parser.status is Status.COMPLETE and not reading.multiple:
            return


def _read(view: View, reading: Reading, fragments: Iterable[str | bytes | None]) -> None:
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
    """A line for each recording, and where it comes from."""
    for name in NAMES:
        recording = load(name)
        length = sum(len(fragment.encode()) for fragment in recording.fragments)
        sender = f"{recording.api}, {recording.model}" if recording.model else recording.api
        yield f"{name:9} {recording.about}"
        yield f"{'':9} {count(len(recording.fragments), 'fragment')}, {size(length)}; {sender}"
        yield f"{'':9} {recording.source['repository']} ({recording.source['licence']})"
