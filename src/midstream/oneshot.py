"""A text that is all there."""

from __future__ import annotations

from ._core import Parser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Literal

    from ._types import Fragment
    from .repairs import Repair

__all__ = ["loads"]


def loads(
    data: Fragment,
    partial: bool = False,
    *,
    repair: Literal["all"] | Iterable[Repair] | None = None,
    numbers: Literal["complete", "partial"] = "complete",
    duplicate_keys: Literal["last", "first", "error"] = "last",
    parse_float: Callable[[str], Any] | None = None,
    max_depth: int | None = 1024,
    max_size: int | None = None,
    max_string: int | None = None,
) -> Any:
    """The value of a JSON text, or with ``partial=True`` of the beginning of one.

    data: str, or UTF-8 in bytes, bytearray, memoryview. The other arguments are those of `Parser`.
    Returns the value; with ``partial=True`` what `Parser.value` shows after ``feed(data)``, so `MISSING` where nothing of a
    value is there, and a number at the very end stays hidden, since it may go on.
    Raises MalformedJSON and LimitExceeded, and without ``partial`` TruncatedJSON where the text ends too early, unless `repair`
    takes care of it. What was repaired is in `Parser.repairs` only.
    """
    parser = Parser(
        repair=repair,
        numbers=numbers,
        duplicate_keys=duplicate_keys,
        parse_float=parse_float,
        max_depth=max_depth,
        max_size=max_size,
        max_string=max_string,
    )
    parser.feed(data, not partial)
    return parser.value
