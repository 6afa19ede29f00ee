"""A value growing on the screen. Needs rich.

The screen is the terminal's alternate one, so that a change of its size needs no repair. What was there
comes back at the end, and the last frame is printed below it.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from .. import MISSING
from .cells import cells, fit
from .members import as_container
from .reading import Reading
from .text import count, path_text, size
from .tree import INDENT, Row, caption, tree

__all__ = ["Screen", "Subject", "frame"]

FRAME = 1 / 30  # seconds between two frames, at least
OPEN, COMPLETE, BROKEN = "●", "✓", "✗"
CURSOR = "▌"
NO_WRAP, WRAP = "\x1b[?7l", "\x1b[?7h"
MARK = {OPEN: "bold yellow", COMPLETE: "green", BROKEN: "bold red"}


class Screen:
    """Shows readings one after another."""

    paced = True

    def __init__(self) -> None:
        self.console = Console(highlight=False, markup=False, emoji=False)
        self._live: Live | None = None
        self._subjects: list[Subject] = []
        self._due = 0.0

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
        console = self.console
        live = Live(console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        try:
            with live:
                # A character that a terminal draws wider than it is said to be must not wrap a line.
                console.file.write(NO_WRAP)
                self._live = live
                yield
        finally:
            self._live = None
            console.set_alt_screen(False)
            console.show_cursor()
            console.file.write(WRAP)
            console.file.flush()

    def begin(self, reading: Reading, title: str, note: str, total: int) -> None:
        """From now on `reading` is shown; `total`: the number of fragments there will be, 0 if nobody knows."""
        self._subjects.append(Subject(reading, title, note, total))
        self.refresh(now=True)

    def refresh(self, *, now: bool = False) -> None:
        """Draws a frame, unless the last one was drawn a moment ago. `now`: in any case."""
        if self._live is not None and (now or perf_counter() >= self._due):
            width, height = self.console.size
            self._live.update(frame(self._subjects[-1], width, height), refresh=True)
            self._due = perf_counter() + FRAME

    def end(self) -> None:
        """The reading is over."""
        self.refresh(now=True)

    def _print(self) -> None:
        width, height = self.console.size
        for subject in self._subjects:
            self.console.print(frame(subject, width, height - 1, last=True))


@dataclass(frozen=True)
class Subject:
    """What a frame shows."""

    reading: Reading
    title: str
    note: str = ""
    total: int = 0


def frame(subject: Subject, width: int, height: int, *, last: bool = False) -> Group:
    """One frame of `width` by `height` cells: what is read, the tree, how far it is, and the numbers.

    The `last` frame is no higher than it has to be.
    """
    reading = subject.reading
    width = max(width - 1, 20)
    head = [_heading(subject.title, subject.note, width), Text()]
    foot = [Text(), _rule(reading, subject.total, width), _state(reading, width), *_numbers(reading, width)]
    room = max(height - len(head) - len(foot), 1)
    rows = [] if reading.value is MISSING else tree(reading.parser, reading.value, width - 2, room)
    broken = reading.error is not None
    lines = [Text(" ").append_text(_line(row, width - 2, broken)) for row in rows]
    if not last:
        lines += [Text()] * (room - len(lines))
    lines = [*head, *lines, *foot]
    if not last:
        lines = lines[: max(height, 1)]
    for line in lines:
        line.no_wrap = True
        line.overflow = "crop"
    return Group(*lines)


def _heading(title: str, note: str, width: int) -> Text:
    line = Text().append(" " + fit(title, width // 2, width // 3), "bold")
    return line.append("  " + fit(note, max(width - cells(line.plain) - 3, 1), width // 2), "dim")


def _line(row: Row, width: int, broken: bool) -> Text:
    """One row of the tree in at most `width` cells."""
    if row.kind == "text":
        line = _guides(row.depth - 1)
        line.append("┊ " if row.cut else "│ ", "green" if row.complete else "yellow")
        line.append(str(row.value))
        if row.last and not row.complete:
            line.append(CURSOR, "yellow")
        return line
    if row.kind == "more":
        return _guides(row.depth).append(f"… {row.value}", "dim")
    mark = COMPLETE if row.complete else BROKEN if broken else OPEN
    line = _guides(row.depth).append(mark, MARK[mark]).append(" ")
    if row.label is not None:
        line.append(caption(row.label, width), "cyan" if row.complete else "bold cyan")
        line.append("  ")
    return _value(line, row, width - cells(line.plain))


def _guides(depth: int) -> Text:
    return Text().append(("│" + " " * (INDENT - 1)) * depth, "dim")


def _value(line: Text, row: Row, room: int) -> Text:
    value = row.value
    room = max(room, 4)
    if isinstance(value, str):
        if row.block:
            return line.append(count(len(value), "character"), "dim")
        line.append('"' + fit(value, room - 2, room // 2 if row.complete else room // 4))
        return line.append('"') if row.complete else line.append(CURSOR, "yellow")
    container = as_container(value)
    if container is not None:
        opening, closing = "{}" if isinstance(container, dict) else "[]"
        return line.append(f"{opening}{f'{len(container):,}' if container else ''}{closing}", "dim")
    return line.append(fit(json.dumps(value), room, room // 2), "magenta")


def _rule(reading: Reading, total: int, width: int) -> Text:
    """A line; where the end is known, how much of it is drawn heavy says how far the reading is."""
    filled = width * min(reading.meter.fragments, total) // total if total else 0
    return Text().append("━" * filled, "green" if filled == width else "yellow").append("─" * (width - filled), "dim")


def _state(reading: Reading, width: int) -> Text:
    if reading.error is not None:
        return _say(BROKEN, reading.state, reading.problem, width)
    if reading.state == "complete":
        return _say(COMPLETE, reading.state, "", width)
    return _say(OPEN, reading.state, f"at {path_text(reading.parser.path)}", width)


def _say(mark: str, word: str, more: str, width: int) -> Text:
    line = Text(" ").append(mark, MARK[mark]).append(f" {word}  ", "bold")
    return line.append(fit(more, width - cells(line.plain), width // 2))


def _numbers(reading: Reading, width: int) -> list[Text]:
    meter = reading.meter
    fragments, bytes_ = meter.rates()
    speed = f"{fragments:,.0f} fragments/s, {size(bytes_)}/s" if meter.fragments > 1 else ""
    documents = f"{count(reading.documents, 'document')}, " if reading.multiple else ""
    rows = [
        ("read", documents + meter.volume(), speed),
        ("parser", f"{meter.parsed()}, {meter.share()} of the time", f"{meter.each()} a fragment"),
    ]
    column = max(28, len(rows[0][1]) + 2)
    return [Text(fit(f" {name:8}{left:{column}}{right}", width, width - 1), "dim") for name, left, right in rows]
