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

    __slots__ = ("kind", "offset", "path")
    __match_args__ = ("kind", "offset", "path")

    kind: Repair
    offset: int
    path: tuple[str | int, ...]

    def __init__(self, kind: Repair, offset: int, path: tuple[str | int, ...]) -> None:
        set_once = object.__setattr__
        set_once(self, "kind", kind)
        set_once(self, "offset", offset)
        set_once(self, "path", path)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"Repaired is immutable: can't set {name!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Repaired is immutable: can't delete {name!r}")

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
