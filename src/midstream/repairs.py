"""What the parser mends in its input, and the record it leaves."""

from __future__ import annotations

from enum import Enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Repair", "Repaired"]


class Repair(Enum):
    """Kinds of repair."""

    LONE_SURROGATE = "lone-surrogate"
    """A ``\\u`` escape named half of a surrogate pair and the other half never came: U+FFFD stands in its place.
    RFC 8259 (section 8.2) allows such an escape, and a str that holds one fails in every later encode."""


class Repaired:
    """One repair that was made. Immutable, comparable, hashable.

    kind: `Repair`. offset: where the mended text begins, in UTF-8 bytes of the input. path: of the string mended, or of the
    object whose key it is, as a tuple of keys and indexes.
    """

    __slots__ = ("_kind", "_node", "_offset", "_path")
    __match_args__ = ("kind", "offset", "path")

    _kind: Repair
    _offset: int
    _path: tuple[str | int, ...] | None
    # the path as a chain of (chain before, key or index), which repairs share; used where there is no _path
    _node: Any

    def __init__(self, kind: Repair, offset: int, path: tuple[str | int, ...]) -> None:
        self._kind = kind
        self._offset = offset
        self._path = path
        self._node = None

    @classmethod
    def _along(cls, kind: Repair, offset: int, node: Any) -> Repaired:
        """One whose path is given as a chain: None for the root, else (chain before, key or index)."""
        record = cls(kind, offset, ())
        record._path = None
        record._node = node
        return record

    @property
    def kind(self) -> Repair:
        """What kind of repair."""
        return self._kind

    @property
    def offset(self) -> int:
        """UTF-8 bytes of the input before the text that was mended."""
        return self._offset

    @property
    def path(self) -> tuple[str | int, ...]:
        """Where the string stands, or the object whose key it is. Cost: the depth."""
        if self._path is not None:
            return self._path
        steps: list[str | int] = []
        node = self._node
        while node is not None:
            node, step = node
            steps.append(step)
        return tuple(reversed(steps))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Repaired):
            return NotImplemented
        return (self.kind, self.offset, self.path) == (other.kind, other.offset, other.path)

    def __hash__(self) -> int:
        return hash((self.kind, self.offset, self.path))

    def __repr__(self) -> str:
        return f"Repaired({self.kind}, offset={self.offset}, path={self.path!r})"

    def __reduce__(self) -> tuple[type[Repaired], tuple[Any, ...]]:
        return Repaired, (self.kind, self.offset, self.path)
