"""A value growing as plain lines, for a pipe, a file or a log.

One line for each value that has been read to its end, in the order of the document, and one whenever a string that is
still open has doubled its length. Of several documents, one line for each.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TextIO

from .. import MISSING, Parser
from .members import Container, Key, as_container, member, since
from .reading import Reading, Verdict
from .text import count, path_text, value_text, visible

__all__ = ["Lines", "Progress", "summary"]

WIDTH = 100  # characters of a value
LONG = 1000  # characters of an open string that are worth a line


class Lines:
    """Writes what is new in readings, one reading after another."""

    paced = False

    def __init__(self, out: TextIO) -> None:
        self.out = out

    @contextmanager
    def shown(self) -> Generator[None, None, None]:
        """Lines need no preparation."""
        yield

    def begin(self, reading: Reading, title: str, note: str, total: int) -> None:
        """A line that says what is read."""
        self._reading = reading
        self._progress = Progress(reading.parser)
        self._documents = 0
        self._write(f"# {visible(f'{title}: {note}' if note else title)}")
        self.out.flush()

    def refresh(self, *, now: bool = False) -> None:
        """What ended with the latest fragment."""
        if self._reading.multiple:
            for document in self._reading.fresh:
                self._write(f"[{self._documents}] = {value_text(document, WIDTH)}")
                self._documents += 1
            self._reading.fresh = []
        else:
            for line in self._progress.lines(self._reading.value):
                self._write(line)
        self.out.flush()

    def end(self) -> None:
        """The verdict, and the numbers."""
        self.refresh()
        self._write(summary(self._reading))
        self.out.flush()

    def _write(self, line: str) -> None:
        self.out.write(line + "\n")


def summary(reading: Reading) -> str:
    """How it went, in one line."""
    meter = reading.meter
    documents = f"{count(reading.documents, 'document')}, " if reading.multiple else ""
    numbers = f"{documents}{meter.volume()}; {meter.parsed()} in the parser, {meter.each()} a fragment"
    place = f" at {path_text(reading.parser.path)}" if reading.verdict is Verdict.STOPPED else ""
    problem = f": {reading.problem}" if reading.problem else ""
    return f"{reading.state}{place}{problem} ({numbers})"


class Progress:
    """Tells each value of a document once, when it is complete. Each look costs what is new, and the depth.

    A value that takes the place of an earlier one, under a repeated key, is told only if that one was not.
    """

    def __init__(self, parser: Parser) -> None:
        self.parser = parser
        self._keys: list[Key] = []  # the way to the innermost container that has begun and was not told
        self._told: list[int] = []  # the number of members told, of each container on that way
        self._ended = False
        self._long: tuple[tuple[Key, ...], int] = ((), LONG)

    def lines(self, value: object) -> Iterator[str]:
        """``path = value`` for what has ended since the last look."""
        if self._ended or value is MISSING:
            return
        root = as_container(value)
        if root is None:
            if self.parser.is_complete(()):
                self._ended = True
                yield f"$ = {value_text(value, WIDTH)}"
            else:
                yield from self._growth((), value)
            return
        stack = self._resume(root)
        fresh: list[Iterator[tuple[Key, object]] | None] = [None] * len(stack)
        while stack:
            members = fresh[-1] or since(stack[-1], self._told[-1])
            fresh[-1] = members
            for key, value in members:
                inner = as_container(value)
                if inner is not None:
                    self._keys.append(key)
                    self._told.append(0)
                    stack.append(inner)
                    fresh.append(None)
                    break
                path = (*self._keys, key)
                if self._told[-1] + 1 == len(stack[-1]) and not self.parser.is_complete(path):
                    yield from self._growth(path, value)
                    return
                self._told[-1] += 1
                yield f"{path_text(path)} = {value_text(value, WIDTH)}"
            else:
                path = tuple(self._keys)
                if not self.parser.is_complete(path):
                    return
                yield f"{path_text(path)} = {value_text(stack[-1], WIDTH)}"
                for ended in (stack, fresh, self._told):
                    ended.pop()
                if self._keys:
                    self._keys.pop()
                    self._told[-1] += 1
                else:
                    self._ended = True

    def _resume(self, root: Container) -> list[Container]:
        """The containers that had begun at the last look and were not told."""
        if not self._told:
            self._told.append(0)
        stack = [root]
        for depth, key in enumerate(self._keys):
            inner = as_container(member(stack[-1], key, MISSING))
            if inner is None:  # replaced by something else
                del self._keys[depth:], self._told[depth + 1 :]
                break
            stack.append(inner)
        return stack

    def _growth(self, path: tuple[Key, ...], value: object) -> Iterator[str]:
        if not isinstance(value, str):
            return
        place, mark = self._long
        if place != path:
            mark = LONG
        if len(value) >= mark:
            yield f"{path_text(path)} … {count(len(value), 'character')} so far"
            while mark <= len(value):
                mark *= 2
        self._long = (path, mark)
