"""Types for annotations. Nothing imports this module at run time."""

from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeAlias, TypedDict

from .repairs import Repair

__all__ = ["Fragment", "Options", "Path"]

Fragment: TypeAlias = str | bytes | bytearray | memoryview
"""A piece of input: text, or UTF-8 in bytes."""

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands: keys and indexes from the root down; ``()`` is the root."""


class Options(TypedDict, total=False):
    """Keyword arguments of `Parser` that its helpers pass on."""

    repair: Literal["all"] | Iterable[Repair] | None
    numbers: Literal["complete", "partial"]
    duplicate_keys: Literal["last", "first", "error"]
    parse_float: Callable[[str], Any] | None
    max_depth: int | None
    max_size: int | None
    max_string: int | None
