"""Arguments that come in parts, each a value under a path, written as JSON text that grows.

The paths are those of RFC 9535 with names and indexes only. As long as they come in the order of a document, each part gives the
next piece of its text.
"""

from __future__ import annotations

import json
from itertools import pairwise

from .. import paths
from .fields import field, is_object, string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    Path: TypeAlias = tuple[str | int, ...]

__all__ = ["PartError", "Parts"]

_FAR = 10_000  # an index so far beyond the end of its array is not looked at


class PartError(ValueError):
    """A part has no place: its path is none, its value is none, or elements before it never came."""


class Parts:
    """The parts of one call.

    scattered: a part has come that no text in order can hold, such as a second one under a path that has ended. Then `add` and
    `close` give nothing more, and `value` gives all of it.
    """

    def __init__(self) -> None:
        self.scattered = False
        self._path: Path | None = None  # of the latest leaf
        self._string = False  # is it a string that goes on?
        self._keys: list[set[str]] = []  # of each open container on the way to it; empty for an array
        self._all: list[tuple[Path, Any, bool]] = []  # path, value, does it continue the one before?

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
        goes_on = goes_on and isinstance(value, str)
        self._all.append((path, value, goes_on))
        text = ""
        if not self.scattered and not goes_on:
            text = self._move(path)
        self._path = path
        opening = self._string if goes_on else False
        self._string = more and isinstance(value, str)
        if self.scattered:
            return ""
        if not isinstance(value, str):
            return text + json.dumps(value)
        quoted = json.dumps(value, ensure_ascii=False)
        return text + quoted[1 if opening else 0 : -1 if self._string else None]

    def close(self) -> str:
        """The call has ended: the text that is left."""
        if self.scattered or self._path is None:
            return ""
        text = self._closed(0) if self._path else self._quote()
        self._path = None
        return text

    def value(self) -> Any:
        """What all parts together make. Raises PartError where elements of an array are missing."""
        root: list[Any] = [_HOLE]
        for path, value, goes_on in self._all:
            _put(root, (0, *path), value, goes_on)
        _refuse_holes(root)
        return root[0]

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
            raise PartError(f"{camel} is {value!r}")
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
_HOLE: Any = object()  # in place of an element that has not come


def _refuse_holes(root: list[Any]) -> None:
    stack: list[Any] = [root]
    while stack:
        container = stack.pop()
        for member in container.values() if container.__class__ is dict else container:
            if member is _HOLE:
                raise PartError("elements of an array never came")
            if member.__class__ in (dict, list):
                stack.append(member)


def _put(container: Any, path: Path, value: Any, goes_on: bool) -> None:
    for step, following in pairwise(path):
        container = _member(container, step, [] if isinstance(following, int) else {})
    step = path[-1]
    if goes_on:
        before = _member(container, step, "")
        value = before + value if isinstance(before, str) else value
    _set(container, step, value)


def _member(container: Any, step: Any, default: Any) -> Any:
    """The member under step, made if there is none of its kind."""
    found: Any = None
    if step in container if container.__class__ is dict else step < len(container):
        found = container[step]
    if type(found) is not type(default):
        _set(container, step, default)
        return default
    return found


def _set(container: Any, step: Any, value: Any) -> None:
    if container.__class__ is dict:
        container[step] = value
        return
    if step - len(container) > _FAR:
        raise PartError("elements of an array never came")
    if step >= len(container):
        container.extend([_HOLE] * (step - len(container) + 1))
    container[step] = value
