"""JSON Patch (RFC 6902) with `str_ins`: what the operations look like, and `apply` for who receives them."""

from __future__ import annotations

from sys import getsizeof

from .paths import from_pointer
from .status import MISSING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Literal

    from ._operations import Add, Copy, Move, Operation, Remove, Replace, StrIns, Test

__all__ = ["Add", "Copy", "Move", "Operation", "PatchError", "Remove", "Replace", "StrIns", "Test", "apply"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from . import _operations

        return getattr(_operations, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class PatchError(ValueError):
    """An operation that can't be applied, or a failed `test`.

    message: the whole text; the same as ``str(error)``.
    index: of the operation in the patch, from 0 on.
    pointer: the operation's `path` (JSON Pointer, as it was given), or None where it has none.
    """

    message: str
    index: int
    pointer: str | None

    def __init__(self, message: str, index: int, pointer: str | None) -> None:
        super().__init__(message)
        self.message = message
        self.index = index
        self.pointer = pointer

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.index, self.pointer)


def apply(
    value: Any,
    ops: Iterable[Operation | Mapping[str, Any]],
    *,
    units: Literal["code-points", "utf-16"] = "code-points",
) -> Any:
    """The value after the operations, applied one after another: those of RFC 6902, and `str_ins`.

    value: what JSON can hold, or `MISSING` for nothing yet. Containers in it are changed in place.
    ops: operations, as from `Parser.patch` or decoded from JSON; members that an operation has no use for are passed over.
    units: of the `pos` of `str_ins`: characters, or code units of UTF-16 as JavaScript counts.
    Returns the new root; `MISSING` once it was removed. Containers of an operation are copied, so it never changes, and
    whoever else applies it has a value of his own.
    `str_ins` inserts `str` into the string at `path` before the character `pos`, or at its end.
    Raises PatchError for an operation that has no such form, no such place, or a `test` that does not hold; the operations
    before it are then applied, and a `move` may be half done.
    Cost: of an operation, its path, what it copies, and for arrays the elements behind. Text added at the end of a string
    costs the text, as long as the tree alone holds the string: a root is held by the caller too, and is copied once a call.
    With UTF-16 a string that has characters beyond the BMP is counted once a call.
    """
    if units not in ("code-points", "utf-16"):
        raise ValueError(f"units must be 'code-points' or 'utf-16', not {units!r}")
    patch = _Patch([value], units == "utf-16")
    for index, operation in enumerate(ops):
        try:
            patch.apply(operation)
        except ValueError as error:
            pointer = _pointer_of(operation)
            where = "" if pointer is None else f" at {_shown(pointer)}"
            raise PatchError(f"operation {index}{where}: {error}", index, pointer) from None
    return patch.root[0]


class _Patch:
    """The tree while operations are applied to it. Its methods raise ValueError for what can't be done."""

    __slots__ = ("_counted", "_utf16", "root")

    def __init__(self, root: list[Any], utf16: bool) -> None:
        self.root = root  # the root in a list, so that it stands in a container like all else
        self._utf16 = utf16
        # (container, key, code units) of the string counted last, while nothing but str_ins changes the tree
        self._counted: tuple[Any, Any, int] | None = None

    def apply(self, operation: Any) -> None:
        name = _member(operation, "op", str)
        path = from_pointer(_member(operation, "path", str))
        if name == "str_ins":
            self._insert(path, _member(operation, "pos", int), _member(operation, "str", str))
            return
        self._counted = None
        if name == "add":
            self._add(path, _copied(_member(operation, "value")))
        elif name == "replace":
            value = _copied(_member(operation, "value"))
            container, key = self._existing(path)
            container[key] = value
        elif name == "remove":
            self._remove(path)
        elif name == "move":
            self._move(from_pointer(_member(operation, "from", str)), path)
        elif name == "copy":
            container, key = self._existing(from_pointer(_member(operation, "from", str)))
            self._add(path, _copied(container[key]))
        elif name == "test":
            container, key = self._existing(path)
            if not _equal(container[key], _member(operation, "value")):
                raise ValueError("the test failed")
        else:
            raise ValueError(f"no operation is called {_shown(name)}")

    def _place(self, path: tuple[str, ...]) -> tuple[Any, Any]:
        """(container, key or index) where `path` points. The container exists; an index is at most its length."""
        container: Any = self.root
        key: Any = 0
        for token in path:
            container = container[key] if _holds(container, key) else MISSING
            if _is_object(container):
                key = token
            elif _is_array(container):
                key = _index(token, len(container))
            elif container is MISSING:
                raise ValueError(f"there is nothing that could have {_shown(token)}")
            else:
                raise ValueError(f"no object or array that could have {_shown(token)}")
        return container, key

    def _existing(self, path: tuple[str, ...]) -> tuple[Any, Any]:
        """(container, key or index) of what stands where `path` points."""
        container, key = self._place(path)
        if not _holds(container, key):
            raise ValueError("there is nothing at this place" if not path else f"there is no {_shown(path[-1])}")
        return container, key

    def _add(self, path: tuple[str, ...], value: Any) -> None:
        container, key = self._place(path)
        if path and _is_array(container):
            container.insert(key, value)
        else:
            container[key] = value

    def _remove(self, path: tuple[str, ...]) -> Any:
        container, key = self._existing(path)
        removed = container[key]
        if path:
            del container[key]
        else:
            container[key] = MISSING
        return removed

    def _move(self, start: tuple[str, ...], path: tuple[str, ...]) -> None:
        if len(path) > len(start) and path[: len(start)] == start:
            raise ValueError("a value can't be moved into itself")
        if start == path:
            self._existing(path)
        else:
            self._add(path, self._remove(start))

    def _insert(self, path: tuple[str, ...], pos: int, more: str) -> None:
        container, key = self._existing(path)
        text = container[key]
        if not isinstance(text, str):
            raise ValueError("no string")
        length = self._units(container, key, text) if self._utf16 else len(text)
        if not 0 <= pos <= length:
            raise ValueError(f"position {pos} is not in the string, whose length is {length}")
        if pos == length:
            # CPython appends in place to a string of which one local variable is the only holder
            container[key] = None
            text += more
        else:
            at = _index_of(text, pos) if self._utf16 else pos
            text = text[:at] + more + text[at:]
        container[key] = text
        if self._utf16:
            self._counted = container, key, length + _utf16_length(more)

    def _units(self, container: Any, key: Any, text: str) -> int:
        if self._counted is not None and self._counted[0] is container and self._counted[1] == key:
            return self._counted[2]
        return _utf16_length(text)


def _member(operation: Any, name: str, kind: type | None = None) -> Any:
    try:
        value = operation[name]
    except LookupError:
        raise ValueError(f"the operation has no {name!r}") from None
    except TypeError:
        raise ValueError("the operation is no object") from None
    if kind is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
        raise ValueError(f"{name!r} must be {kind.__name__}, not {type(value).__name__}")
    return value


def _pointer_of(operation: Any) -> str | None:
    try:
        pointer = operation["path"]
    except (LookupError, TypeError):
        return None
    return pointer if isinstance(pointer, str) else None


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_array(value: Any) -> bool:
    return isinstance(value, list)


def _holds(container: Any, key: Any) -> bool:
    if _is_object(container):
        return key in container
    return key < len(container) and container[key] is not MISSING


def _index(token: str, length: int) -> int:
    """Index in an array of this length, or one past its end (RFC 6901, section 4)."""
    if token == "-":
        return length
    if not (token.isascii() and token.isdigit()) or (token[0] == "0" and token != "0"):
        raise ValueError(f"{_shown(token)} is no index of an array")
    # as text, because int() refuses many digits
    if len(token) > len(str(length)) or int(token) > length:
        raise ValueError(f"the array has {length} elements, and no place for index {_shown(token)}")
    return int(token)


def _copied(value: Any) -> Any:
    """A copy whose containers nobody else holds."""
    if not (_is_object(value) or _is_array(value)):
        return value
    root = value.copy()
    todo = [root]
    while todo:
        container = todo.pop()
        for key, item in container.items() if _is_object(container) else enumerate(container):
            if _is_object(item) or _is_array(item):
                # at a key or index that is there already, so the iteration goes on
                container[key] = inner = item.copy()
                todo.append(inner)
    return root


def _equal(one: Any, other: Any) -> bool:
    """RFC 6902, section 4.6: numbers by value, objects in any order, and nothing equals a value of another JSON type."""
    todo: list[tuple[Any, Any]] = [(one, other)]
    while todo:
        one, other = todo.pop()
        if _is_object(one) and _is_object(other):
            if len(one) != len(other):
                return False
            for key, item in one.items():
                if key not in other:
                    return False
                todo.append((item, other[key]))
        elif _is_array(one) and _is_array(other):
            if len(one) != len(other):
                return False
            todo.extend(zip(one, other, strict=True))
        elif one is not other and (isinstance(one, bool) or isinstance(other, bool) or one != other):
            return False
    return True


def _utf16_length(text: str) -> int:
    # characters beyond the BMP take CPython 4 bytes, and then so do all others of the string
    if text.isascii() or getsizeof(text) < 4 * len(text):
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _index_of(text: str, pos: int) -> int:
    """Index of the character that begins with code unit `pos` of UTF-16."""
    if text.isascii():
        return pos
    index = units = 0
    while units < pos:
        units += 2 if text[index] > "\uffff" else 1
        index += 1
    if units != pos:
        raise ValueError(f"position {pos} is inside a surrogate pair")
    return index


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:80] + "...")
