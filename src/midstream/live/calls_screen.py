"""Tool calls side by side on the screen: a panel for each, in columns where the terminal is wide enough. Needs rich."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from rich.text import Text

from ..status import MISSING
from ..toolcalls import ToolCall, Verdict
from .calls import Calls, problem, verdict_text
from .cells import cells, fit, wrap
from .drawing import BROKEN, COMPLETE, MARK, OPEN, row_line
from .members import as_container
from .text import count
from .tree import INDENT, Row, tree

__all__ = ["call_lines"]

COLUMN = 36  # cells of a column, at least
GAP = 3  # cells between two columns
LEAST = 3  # lines of a panel, where there is a line between two
RULED = 5  # lines of a panel, where there is a rule below its title
ROOMY = 8
ERROR = 4  # lines of an error


def call_lines(calls: Calls, width: int, height: int) -> list[Text]:
    """The calls in at most `height` lines of `width` cells.

    Calls that have ended take what they need, and the others share what is left. Of more than there is room for, the latest
    are shown.
    """
    if not calls.calls:
        return [Text(" no calls" if calls.ended else " no call yet", "dim")]
    width -= 1
    rows = _grid(calls.calls, width)
    lines: list[Text] = []
    if len(rows) > height:
        before = rows[: 1 - height] if height > 1 else rows[:-1]
        rows = rows[len(before) :]
        if height > 1:
            lines.append(Text(f" … {count(sum(map(len, before)), 'call')} before", "dim"))
            height -= 1
    gap = len(rows) * (LEAST + 1) <= height + 1
    height -= gap * (len(rows) - 1)
    ruled = height >= len(rows) * RULED
    for number, room in enumerate(_heights(rows, width, height, ruled)):
        if gap and number:
            lines.append(Text())
        lines += _side_by_side(rows[number], width, room, ruled)
    return lines


def _grid(calls: Sequence[ToolCall], width: int) -> list[Sequence[ToolCall]]:
    """Rows of calls: as many columns as there is room for, and the rows as even as that allows."""
    most = max(1, (width + GAP) // (COLUMN + GAP))
    height = -(-len(calls) // most)
    columns = -(-len(calls) // height)
    return [calls[start : start + columns] for start in range(0, len(calls), columns)]


def _heights(rows: Sequence[Sequence[ToolCall]], width: int, height: int, ruled: bool) -> list[int]:
    """Lines for each row: what it needs if its calls have ended, and an even share of the rest otherwise."""
    wanted: list[int] = []
    for row in rows:
        if any(call.verdict is None for call in row):
            wanted.append(height)
        else:
            wanted.append(max(len(_panel(call, _column(row, width), height, ruled)) for call in row))
    heights = [0] * len(rows)
    left = height
    for done, number in enumerate(sorted(range(len(rows)), key=wanted.__getitem__)):
        heights[number] = min(wanted[number], left // (len(rows) - done))
        left -= heights[number]
    return heights


def _column(row: Sequence[ToolCall], width: int) -> int:
    return (width - GAP * (len(row) - 1)) // len(row)


def _side_by_side(row: Sequence[ToolCall], width: int, height: int, ruled: bool) -> Iterator[Text]:
    column = _column(row, width)
    panels = [_panel(call, column, height, ruled) for call in row]
    for parts in zip_longest(*panels, fillvalue=None):
        line = Text(" ")
        for number, part in enumerate(parts):
            if part is None:
                part = Text()
            part.truncate(column, overflow="crop")
            line.append_text(part)
            if number + 1 < len(parts):
                line.append(" " * (column - cells(part.plain) + GAP))
        yield line


def _panel(call: ToolCall, width: int, height: int, ruled: bool) -> list[Text]:
    """One call in at most `height` lines: its name and verdict, its arguments, and why it failed."""
    lines = [_title(call, width)]
    if ruled:
        lines.append(Text("─" * width, "dim"))
    error = [] if call.error is None else wrap(problem(call.error), width - 2, min(ERROR, max(height - len(lines) - 1, 1)))
    room = height - len(lines) - len(error)
    if room > 0:
        lines += [row_line(row, width, call.error is not None) for row in _rows(call, width, room)]
    lines += [Text("  " if number else f"{BROKEN} ", MARK[BROKEN]).append(text, "red") for number, text in enumerate(error)]
    return lines[:height]


def _title(call: ToolCall, width: int) -> Text:
    mark = OPEN if call.verdict is None else COMPLETE if call.verdict is Verdict.COMPLETE else BROKEN
    state = fit(", ".join(verdict_text(call)), max(width // 3, 9), width // 3)
    room = width - cells(state) - 4
    name = fit(call.name or "", max(room * 2 // 3, 4), room // 3) if not call.text else "answer"
    line = Text().append(mark, MARK[mark]).append(" ").append(name, "bold italic" if call.text else "bold")
    room -= cells(name) + 2
    if call.id and room >= 6:
        line.append("  " + fit(call.id, room, room - 4), "dim")
    return line.append(" " * (width - cells(line.plain) - cells(state))).append(state, MARK[mark] if mark == BROKEN else "dim")


def _rows(call: ToolCall, width: int, height: int) -> list[Row]:
    """The tree of the arguments, without the root where it has members: the title stands for it."""
    value = call.arguments
    if value is MISSING:
        return []
    if not as_container(value):
        return tree(call.parser, value, width, height)
    # A tree leaves things out before its height is used up, so one that fits into less comes first.
    rows = tree(call.parser, value, width + INDENT, 2 * height + ROOMY)
    if len(rows) > height + 1:
        rows = tree(call.parser, value, width + INDENT, height + 1)[-height:]
    return [replace(row, depth=row.depth - 1) for row in rows if row.depth]
