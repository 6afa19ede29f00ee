"""Which rows of a growing value are on the screen.

The value is shown as a tree, unfolded, and its end is what is seen: like a log that scrolls, but the
containers that are being filled stay in sight above it. Only what is shown is looked at, so that a frame costs
the same however large the value has grown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Literal

from .. import MISSING
from .cells import cells, fit, fold
from .members import Container, Key, as_container, latest, member
from .text import count, visible

if TYPE_CHECKING:
    from .. import Parser

__all__ = ["INDENT", "Row", "caption", "tree"]

INDENT = 2
BLOCK = 8  # rows that the text of the latest string gets before the values above it get any


@dataclass(frozen=True)
class Row:
    """One line of the tree.

    node: a value, in `value`, under its `label` (None for the root).
    text: a line of the string above it, with a bar in the column of that one's mark.
    more: stands for what is left out, and says what in `value`.
    """

    kind: Literal["node", "text", "more"]
    depth: int
    value: object
    label: Key | None = None
    complete: bool = True
    block: bool = False  # node: its text follows in rows of its own
    cut: bool = False  # text: there is more of it above
    last: bool = False  # text: it ends here


def tree(parser: Parser, value: object, width: int, height: int) -> list[Row]:
    """The rows that show the end of `value`, at most `height` of them."""
    return _Layout(parser, value, width).rows(max(height, 2))[-max(height, 1) :]


class _Layout:
    def __init__(self, parser: Parser, value: object, width: int) -> None:
        self.parser = parser
        self.width = width
        self.deepest = max(2, (width - 24) // INDENT)  # deeper rows are not unfolded
        self.keys, self.values = _spine(value, parser.path)

    def rows(self, height: int) -> list[Row]:
        steps = len(self.values)
        fitting = max(1, min((height - 2) // 2, self.deepest - 2))
        if steps <= fitting + 1:
            return self._branch(0, 0, height)
        hidden = steps - fitting - 1
        above = [self._node(0, 0), Row("more", 1, count(hidden, "level"))][: height - 1]
        return above + self._branch(hidden + 1, 2, height - len(above))

    def _branch(self, number: int, depth: int, budget: int) -> list[Row]:
        """The node at `number` on the spine and what is below it, in at most `budget` rows."""
        if number + 1 == len(self.values):
            return self._leaf(number, depth, budget)
        container = as_container(self.values[number])
        assert container is not None
        siblings = len(container) - 1
        below = 2 * (len(self.values) - number - 1)
        reserve = min(siblings, 1 + max(0, (budget - below - BLOCK) // 2), max(0, budget - 2))
        under = self._branch(number + 1, depth + 1, budget - 1 - reserve)
        before = _members(container, depth + 1, budget - 1 - len(under), self.deepest, self.keys[number])
        return [self._node(number, depth), *before, *under]

    def _leaf(self, number: int, depth: int, budget: int) -> list[Row]:
        """The latest value; a string that does not fit into its row gets more of them."""
        node = self._node(number, depth)
        text = node.value
        if not isinstance(text, str) or budget < 3:
            return [node]
        width = self.width - INDENT * (depth + 1) - 1
        taken = cells(caption(node.label, self.width)) + 4  # the gap, the quotes and the cursor
        if "\n" not in text[:width] and len(text) <= width and cells(visible(text)) + taken <= width:
            return [node]
        lines, whole = fold(text, max(width, 8), budget - 1)
        rows = [Row("text", depth + 1, line, complete=node.complete) for line in lines]
        rows[0] = replace(rows[0], cut=not whole)
        rows[-1] = replace(rows[-1], last=True)
        return [replace(node, block=True), *rows]

    def _node(self, number: int, depth: int) -> Row:
        path = tuple(self.keys[:number])
        return Row("node", depth, self.values[number], path[-1] if path else None, self.parser.is_complete(path))


def caption(label: Key | None, width: int) -> str:
    """The label of a node, made visible, in at most a third of `width` cells."""
    return "" if label is None else fit(str(label), max(width // 3, 8), width // 4)


def _spine(value: object, path: tuple[Key, ...]) -> tuple[list[Key], list[object]]:
    """The way to the latest value: along `path` as far as there is something, then through last members.

    The keys, and the values from the root on, which are one more.
    """
    keys: list[Key] = []
    values = [value]
    for key in path:
        container = as_container(value)
        if container is None or (value := member(container, key, MISSING)) is MISSING:
            break
        keys.append(key)
        values.append(value)
    while container := as_container(values[-1]):
        key, value = next(latest(container))
        keys.append(key)
        values.append(value)
    return keys, values


def _members(container: Container, depth: int, budget: int, deepest: int, without: Key | None = None) -> list[Row]:
    """The last members that fit into `budget` rows, unfolded, and how many there are before them.

    All of them are complete but the one called `without`, which is left out.
    """
    left = len(container) - (without is not None)
    groups: list[list[Row]] = []
    # Each member takes a row at least.
    for key, value in islice(latest(container), budget + 1):
        if key == without:
            continue
        room = budget if left == 1 else budget - 1  # one row may be needed to say how many are left
        if room < 1:
            break
        group = [Row("node", depth, value, key)]
        inner = as_container(value)
        if inner and depth < deepest and (room > 2 or room > len(inner)):
            group += _members(inner, depth + 1, room - 1, deepest)
        groups.append(group)
        budget -= len(group)
        left -= 1
    rows = [row for group in reversed(groups) for row in group]
    if left and budget:
        rows.insert(0, Row("more", depth, f"{left:,} more"))
    return rows
