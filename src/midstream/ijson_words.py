"""The events of a parser in ijson's words."""

from __future__ import annotations

from ._core import Opened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ._core import Completed, Parser
    from ._types import Path

__all__ = ["Words"]


class Words:
    """Turns events of every node into ijson's ``(prefix, event, value)``, one call of `of` after another.

    parser: gathers "nodes", so that containers and strings are opened, values of all kinds completed, and nothing else told.
    keys_alone: tell a key that has been read when the input ends or fails before its value has begun.
    """

    def __init__(self, parser: Parser, keys_alone: bool = True) -> None:
        self._parser = parser
        self._keys_alone = keys_alone
        # of the innermost open container: the prefix, and whether it is an object
        self._prefix = ""
        self._in_map = False
        self._around: list[tuple[int, bool]] = []  # the same of those around it, with the length in place of the prefix
        self._key_told = False  # of the member under way
        self._string: Path | None = None  # of the string that has opened last; the event of its end has the same object

    def of(self, events: Sequence[Opened | Completed], over: bool) -> list[tuple[str, str, Any]]:
        """What `events` say. over: no more events follow."""
        words: list[tuple[str, str, Any]] = []
        for event in events:
            path = event.path
            string, self._string = self._string, None
            inside = len(self._around) > len(path)
            self._leave(len(path), words)
            if isinstance(event, Opened):
                if self._in_map:
                    words.append((self._prefix, "map_key", path[-1]))
                if event.kind == "string":
                    self._key_told = self._in_map
                    self._string = path
                else:
                    self._enter(path, event.kind == "object")
                    words.append((self._prefix, "start_map" if self._in_map else "start_array", None))
            elif not (inside and type(event.value) in (dict, list)):
                ends_string = path is string and isinstance(event.value, str)
                if self._in_map and not (ends_string and self._key_told):
                    words.append((self._prefix, "map_key", path[-1]))
                words.append((self._prefix_of(path), "string" if ends_string else _kind_of(event.value), event.value))
                self._key_told = False
        if over and self._keys_alone:
            words += self._key_alone()
        return words

    def _enter(self, path: Path, is_map: bool) -> None:
        prefix = self._prefix_of(path)
        self._around.append((len(self._prefix), self._in_map))
        self._prefix, self._in_map, self._key_told = prefix, is_map, False

    def _leave(self, level: int, words: list[tuple[str, str, Any]]) -> None:
        """Tells the end of all containers but the outermost `level`; more than one at once where closers were missing."""
        while len(self._around) > level:
            words.append((self._prefix, "end_map" if self._in_map else "end_array", None))
            length, self._in_map = self._around.pop()
            self._prefix = self._prefix[:length]
            self._key_told = False

    def _prefix_of(self, path: Path) -> str:
        """The prefix of a child of the innermost open container, or of the root."""
        if not path:
            return ""
        step = str(path[-1]) if self._in_map else "item"
        return step if len(path) == 1 else f"{self._prefix}.{step}"

    def _key_alone(self) -> list[tuple[str, str, Any]]:
        """The key after which the stream broke off, if it has been read and not told."""
        path = self._parser.path
        if not self._in_map or self._key_told or len(path) != len(self._around):
            return []
        return [(self._prefix, "map_key", path[-1])]


def _kind_of(value: Any) -> str:
    """The event of a value that is no string and has no children. A number is whatever `parse_float` made of it."""
    if value is None:
        return "null"
    return "boolean" if value is True or value is False else "number"
