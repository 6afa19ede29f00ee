"""A value, or the tool calls of a response, growing on the screen. Needs rich.

The screen is the terminal's alternate one, so that a change of its size needs no repair. What was there
comes back at the end, and the last frame is printed below it.
"""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.control import Control
from rich.live import Live
from rich.segment import ControlType, Segment
from rich.text import Text

from .. import MISSING
from .calls import Calls
from .calls_screen import call_lines
from .drawing import BROKEN, COMPLETE, OPEN, heading, numbers, row_line, rule, say
from .reading import Reading, Verdict
from .text import count, path_text
from .tree import tree

__all__ = ["Screen", "Subject", "frame"]

FRAME = 1 / 30  # seconds between two frames, at least
NO_WRAP, WRAP = "\x1b[?7l", "\x1b[?7h"
ERASE = Control((ControlType.ERASE_IN_LINE, 0)).segment  # from the cursor to the end of the line
STOP = getattr(signal, "SIGTSTP", None)  # Ctrl-Z, where the system has it


class Screen:
    """Shows readings one after another."""

    paced = True

    def __init__(self) -> None:
        self.console = Console(highlight=False, markup=False, emoji=False)
        self._live: Live | None = None
        self._subjects: list[Subject] = []
        self._due = 0.0
        self._stop = False  # has Ctrl-Z been pressed?

    @contextmanager
    def shown(self) -> Generator[None, None, None]:
        """The screen is in use. After it, and after an interrupt too, the last frame of each reading is printed."""
        try:
            with self._drawing():
                yield
        except KeyboardInterrupt:
            self._print()
            raise
        self._print()

    @contextmanager
    def _drawing(self) -> Generator[None, None, None]:
        """The alternate screen. However this ends, the terminal is as it was."""
        live = Live(console=self.console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        try:
            with live, self._stoppable():
                # A character that a terminal draws wider than it is said to be must not wrap a line.
                self.console.file.write(NO_WRAP)
                self._live = live
                yield
        finally:
            self._live = None
            self._leave()

    def _leave(self) -> None:
        self.console.set_alt_screen(False)
        self.console.show_cursor()
        self.console.file.write(WRAP)
        self.console.file.flush()

    @contextmanager
    def _stoppable(self) -> Generator[None, None, None]:
        """Ctrl-Z is noted, and obeyed between two frames: it may come while one is being written."""

        def note(number: int, _: object) -> None:
            self._stop = True

        try:
            before = None if STOP is None else signal.signal(STOP, note)
        except ValueError:  # not in the main thread
            before = None
        try:
            yield
        finally:
            if STOP is not None and before is not None:
                signal.signal(STOP, before)

    def _obey(self) -> None:
        """The process stops on a terminal that is as it was, and goes on where it is continued."""
        self._stop = False
        assert STOP is not None
        self._leave()
        note = signal.signal(STOP, signal.SIG_DFL)
        signal.raise_signal(STOP)
        signal.signal(STOP, note)
        self.console.set_alt_screen(True)
        self.console.show_cursor(False)
        self.console.file.write(NO_WRAP)

    def begin(self, reading: Reading | Calls, title: str, note: str, total: int) -> None:
        """From now on `reading` is shown; `total`: the number of fragments there will be, 0 if nobody knows."""
        self._subjects.append(Subject(reading, title, note, total))
        self.refresh(now=True)

    def refresh(self, *, now: bool = False) -> None:
        """Draws a frame, unless the last one was drawn a moment ago. `now`: in any case."""
        if self._live is not None and (now or self._stop or perf_counter() >= self._due):
            if self._stop:
                self._obey()
            width, height = self.console.size
            self._live.update(Cleared(frame(self._subjects[-1], width, height)), refresh=True)
            self._due = perf_counter() + FRAME

    def end(self) -> None:
        """The reading is over."""
        self.refresh(now=True)

    def _print(self) -> None:
        width, height = self.console.size
        for subject in self._subjects:
            self.console.print(frame(subject, width, height - 1, last=True))


class Cleared:
    """A frame whose lines are cleared to their ends, since a terminal may draw a character narrower than it is said to be."""

    def __init__(self, group: Group) -> None:
        self.group = group

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in console.render_lines(self.group, options, pad=False):
            yield from (*line, ERASE, Segment.line())


@dataclass(frozen=True)
class Subject:
    """What a frame shows."""

    reading: Reading | Calls
    title: str
    note: str = ""
    total: int = 0


def frame(subject: Subject, width: int, height: int, *, last: bool = False) -> Group:
    """One frame of `width` by `height` cells: what is read, the tree or the calls, how far it is, and the numbers.

    What has no room in a low terminal is left out. The `last` frame is no higher than it has to be.
    """
    reading = subject.reading
    width = max(width - 1, 20)
    head = [heading(subject.title, subject.note, width)] if height >= 4 else []
    foot = [_call_state(reading, width) if isinstance(reading, Calls) else _state(reading, width)]
    if height >= 7:
        foot.insert(0, rule(reading.meter.fragments, subject.total, width))
        foot += numbers(reading.meter, width, _documents(reading))
    if height >= 10:
        head.append(Text())
        foot.insert(0, Text())
    room = max(height - len(head) - len(foot), 1)
    lines = call_lines(reading, width, room) if isinstance(reading, Calls) else _value_lines(reading, width, room)
    if not last:
        lines += [Text()] * (room - len(lines))
    lines = [*head, *lines, *foot]
    if not last:
        lines = lines[: max(height, 1)]
    for line in lines:
        line.no_wrap = True
        line.overflow = "crop"
    return Group(*lines)


def _value_lines(reading: Reading, width: int, room: int) -> list[Text]:
    rows = [] if reading.value is MISSING else tree(reading.parser, reading.value, width - 2, room)
    broken = reading.error is not None
    return [Text(" ").append_text(row_line(row, width - 2, broken)) for row in rows]


def _state(reading: Reading, width: int) -> Text:
    if reading.error is not None:
        return say(BROKEN, reading.state, reading.problem, width)
    if reading.state == "complete":
        return say(COMPLETE, reading.state, "", width)
    return say(OPEN, reading.state, f"at {path_text(reading.parser.path)}", width)


def _call_state(calls: Calls, width: int) -> Text:
    mark = {Verdict.STOPPED: OPEN, Verdict.COMPLETE: COMPLETE}.get(calls.verdict, BROKEN)
    return say(mark, calls.state, " · ".join(filter(None, [calls.problem, calls.tally()])), width)


def _documents(reading: Reading | Calls) -> str:
    return f"{count(reading.documents, 'document')}, " if isinstance(reading, Reading) and reading.multiple else ""
