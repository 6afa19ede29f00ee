"""What the views on the screen are drawn with: rows of a tree, marks, rules, and lines of numbers. Needs rich."""

from __future__ import annotations

import json

from rich.text import Text

from .cells import cells, fit
from .members import as_container
from .meter import Meter
from .text import count, size
from .tree import INDENT, Row, caption

__all__ = ["BROKEN", "COMPLETE", "CURSOR", "MARK", "OPEN", "heading", "numbers", "row_line", "rule", "say"]

OPEN, COMPLETE, BROKEN = "●", "✓", "✗"
CURSOR = "▌"
MARK = {OPEN: "bold yellow", COMPLETE: "green", BROKEN: "bold red"}


def heading(title: str, note: str, width: int) -> Text:
    """What is shown."""
    line = Text().append(" " + fit(title, width // 2, width // 3), "bold")
    return line.append("  " + fit(note, max(width - cells(line.plain) - 3, 1), width // 2), "dim")


def row_line(row: Row, width: int, broken: bool) -> Text:
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


def rule(done: int, total: int, width: int) -> Text:
    """A line; where the end is known, how much of it is drawn heavy says how far the reading is."""
    filled = width * min(done, total) // total if total else 0
    return Text().append("━" * filled, "green" if filled == width else "yellow").append("─" * (width - filled), "dim")


def say(mark: str, word: str, more: str, width: int) -> Text:
    """How it stands, in a word, and more about it."""
    line = Text(" ").append(mark, MARK[mark]).append(f" {word}  ", "bold")
    return line.append(fit(more, width - cells(line.plain), width // 2))


def numbers(meter: Meter, width: int, more: str = "") -> list[Text]:
    """What the meter says, in two lines; `more` comes first."""
    fragments, bytes_ = meter.rates()
    speed = f"{fragments:,.0f} {meter.noun}s/s, {size(bytes_)}/s" if meter.fragments > 1 else ""
    rows = [
        ("read", more + meter.volume(), speed),
        ("parser", f"{meter.parsed()}, {meter.share()} of the time", meter.each()),
    ]
    column = max(28, len(rows[0][1]) + 2)
    return [Text(fit(f" {name:8}{left:{column}}{right}", width, width - 1), "dim") for name, left, right in rows]
