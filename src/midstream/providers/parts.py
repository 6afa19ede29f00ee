"""Arguments that come in parts, each a value under a path, written as JSON text that grows.

The paths are those of RFC 9535 with names and indexes only. As long as they come in the order of a document, each part gives the
next piece of its text.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any, TypeAlias

from .. import paths
from .fields import field, is_object, string

Path: TypeAlias = tuple[str | int, ...]

__all__ = ["PartError", "Parts"]


class PartError(ValueError):
    """A part has no place: its path is none, its value is none, or elements before it never came."""


class Parts:
    """The parts of one call.

    scattered: a part has come that no text in order can hold, such as more of a string that has ended. Then `add` and `close`
    give nothing more, and `value` gives all of it.
    """

    def __init__(self) -> None:
        self.scattered = False
        self._path: Path | None = None  # of the latest leaf
        self._string = False  # is it a string that goes on?
        self._keys: list[set[str]] = []  # of each open container on the way to it; empty for an array
        self._all: dict[Path, list[Any]] = {}  # the value; a string in pieces

    def add(self, part: Any) -> str:
        """A part: the text that it adds. Raises PartError."""
        path = _path(field(part, "jsonPath") or field(part, "json_path"))
        more = field(part, "willContinue") is True or field(part, "will_continue") is True
        goes_on = self._string and path == self._path
        known, value = _value(part)
        if not known:
            if goes_on and not more:
                self._string = False
                return "" if self.scattered else '"'
            if more:
                return ""
            if is_object(part):
                raise PartError(f"no value for {field(part, 'jsonPath')}")
            value = None  # of an object of the SDK, which drops a null
        try:
            written = json.dumps(value)
        except ValueError as error:  # more digits than the interpreter converts
            raise PartError(str(error)) from None
        goes_on = goes_on and isinstance(value, str)
        pieces = self._all.get(path)
        if pieces is None:
            self._all[path] = [value]
        elif isinstance(value, str) and isinstance(pieces[0], str):
            pieces.append(value)  # also where the piece before did not say that another comes
            self.scattered = self.scattered or not goes_on
        else:
            self.scattered = True
            raise PartError("two parts have the same path")
        text = ""
        if not self.scattered and not goes_on:
            text = self._move(path)
        self._path = path
        opening = self._string if goes_on else False
        self._string = more and isinstance(value, str)
        if self.scattered:
            return ""
        if not isinstance(value, str):
            return text + written
        quoted = json.dumps(value, ensure_ascii=False)
        return text + quoted[1 if opening else 0 : -1 if self._string else None]

    def close(self) -> str:
        """The call has ended: the text that is left. Nothing while a string goes on, which is cut then."""
        if self.scattered or self._path is None or self._string:
            return ""
        text = self._closed(0)
        self._path = None
        return text

    @property
    def unended(self) -> bool:
        """Does a string go on?"""
        return self._string

    def is_another(self, part: Any) -> bool:
        """Does a part belong to another call, since its path has ended in this one?"""
        try:
            path = _path(field(part, "jsonPath") or field(part, "json_path"))
        except PartError:
            return False
        return path in self._all and not (self._string and path == self._path)

    def value(self) -> Any:
        """What all parts together make. Raises PartError where two contradict each other, or elements of an array are missing."""
        root = _Object()
        for path, pieces in self._all.items():
            _put(root, ("", *path), "".join(pieces) if isinstance(pieces[0], str) else pieces[0])
        return _plain(root)[""]

    def _quote(self) -> str:
        quote, self._string = '"' if self._string else "", False
        return quote

    def _closed(self, depth: int) -> str:
        """Ends the latest leaf and the containers on the way to it below depth."""
        assert self._path is not None
        ends = ["]" if isinstance(step, int) else "}" for step in reversed(self._path[depth:])]
        del self._keys[depth:]
        return self._quote() + "".join(ends)

    def _move(self, path: Path) -> str:
        """The text from the latest leaf to where a new one begins."""
        latest = self._path
        if latest is None:
            return self._opened(path, 0)
        common = 0
        while common < min(len(latest), len(path)) and latest[common] == path[common]:
            common += 1
        if common in (len(latest), len(path)) or not self._is_next(latest[common], path[common], common):
            self.scattered = True
            return ""
        text = self._closed(common + 1) + ","
        step = path[common]
        if isinstance(step, str):
            self._keys[common].add(step)
            text += json.dumps(step, ensure_ascii=False) + ":"
        return text + self._opened(path, common + 1)

    def _is_next(self, latest: str | int, step: str | int, depth: int) -> bool:
        """Can a step follow another in their container?"""
        if isinstance(step, str):
            return isinstance(latest, str) and step not in self._keys[depth]
        return isinstance(latest, int) and step == latest + 1

    def _opened(self, path: Path, depth: int) -> str:
        text = ""
        for step in path[depth:]:
            if isinstance(step, str):
                self._keys.append({step})
                text += "{" + json.dumps(step, ensure_ascii=False) + ":"
            else:
                self._keys.append(set())
                if step:
                    self.scattered = True
                    return ""
                text += "["
        return text


def _path(expression: Any) -> Path:
    if string(expression) is None:
        raise PartError("a part without a path")
    try:
        segments = paths.compile(expression)
    except ValueError as error:
        raise PartError(str(error)) from None
    steps: list[str | int] = []
    for descendants, step in segments:
        if descendants or step is None:
            raise PartError(f"a path to more than one value: {expression}")
        steps.append(step)
    return tuple(steps)


def _value(part: Any) -> tuple[bool, Any]:
    """(is there a value?, the value)."""
    for camel, snake, kinds in _VALUES:
        value = field(part, camel)
        if value is None:
            value = field(part, snake)
        if value is None:
            continue
        if not isinstance(value, kinds) or isinstance(value, bool) is not (bool in kinds) or value != value or value in _INFINITE:
            raise PartError(f"{camel} of type {type(value).__name__}")
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            value = int(value)  # a double, on the wire, which says nothing of 5 or 5.0
        return True, value
    null = field(part, "nullValue") is not None or field(part, "null_value") is not None
    return null or (is_object(part) and "nullValue" in part), None


_VALUES: tuple[tuple[str, str, tuple[type, ...]], ...] = (
    ("stringValue", "string_value", (str,)),
    ("numberValue", "number_value", (int, float)),
    ("boolValue", "bool_value", (bool,)),
)
_INFINITE = (float("inf"), float("-inf"))


class _Object(dict[Any, Any]):
    """An object that is put together."""


class _Array(dict[Any, Any]):
    """An array that is put together: elements by index."""


def _put(container: Any, path: Path, value: Any) -> None:
    for step, following in pairwise(path):
        kind = _Array if isinstance(following, int) else _Object
        if step not in container:
            container[step] = kind()
        container = container[step]
        if container.__class__ is not kind:
            raise PartError("two parts contradict each other")
    if path[-1] in container:
        raise PartError("two parts have the same path")
    container[path[-1]] = value


def _plain(root: _Object) -> dict[str, Any]:
    """The same in lists and dicts."""
    found: dict[str, Any] = {}
    stack: list[tuple[Any, Any]] = [(found, root)]
    while stack:
        into, container = stack.pop()
        if container.__class__ is _Array:
            if max(container) >= len(container):
                raise PartError("elements of an array never came")
            into.extend([None] * len(container))
        for step, member in container.items():
            into[step] = [] if member.__class__ is _Array else {} if member.__class__ is _Object else member
            if member.__class__ in (_Array, _Object):
                stack.append((into[step], member))
    return found
