"""What is complete in a growing value, told line by line."""

from __future__ import annotations

from collections.abc import Iterator

from .. import MISSING, Parser
from .members import Container, Key, as_container, member, since
from .text import count, path_text, value_text

__all__ = ["WIDTH", "Progress"]

WIDTH = 100  # characters of a value
LONG = 1000  # characters of an open string that are worth a line


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
