"""Types of the operations of a patch. `midstream.patches` loads this when it is asked for one: `typing` is slow to load."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, TypedDict

__all__ = ["Add", "Copy", "Move", "Operation", "Remove", "Replace", "StrIns", "Test"]


class Add(TypedDict):
    """A new member or element, or a new root (RFC 6902, section 4.1)."""

    op: Literal["add"]
    path: str
    value: Any


class Remove(TypedDict):
    """RFC 6902, section 4.2."""

    op: Literal["remove"]
    path: str


class Replace(TypedDict):
    """Another value for what exists (RFC 6902, section 4.3)."""

    op: Literal["replace"]
    path: str
    value: Any


# functional, because `from` is a keyword
Move = TypedDict("Move", {"op": Literal["move"], "from": str, "path": str})
"""RFC 6902, section 4.4."""
Copy = TypedDict("Copy", {"op": Literal["copy"], "from": str, "path": str})
"""RFC 6902, section 4.5."""


class Test(TypedDict):
    """RFC 6902, section 4.6."""

    op: Literal["test"]
    path: str
    value: Any


class StrIns(TypedDict):
    """Text put into a string (JSON Patch Extended). pos: before which character, in the units that both sides agree on."""

    op: Literal["str_ins"]
    path: str
    pos: int
    str: str


Operation: TypeAlias = Add | Remove | Replace | Move | Copy | Test | StrIns
