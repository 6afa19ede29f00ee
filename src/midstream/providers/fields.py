"""Fields of an event, be it a mapping or an object of an SDK, of which nothing is taken for granted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

__all__ = ["error_message", "field", "is_object", "is_plain", "items", "number", "string", "word"]

# these have attributes that are no fields: str.index, list.index, int.real
_PLAIN = (str, bytes, int, float, list, tuple, type(None))


def field(thing: Any, name: str) -> Any:
    """The member or attribute called name; None if there is none."""
    if type(thing) is dict:
        return thing.get(name)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if isinstance(thing, _PLAIN):
        return None
    try:
        if isinstance(thing, Mapping):
            return cast(Any, thing).get(name)
        return getattr(thing, name, None)
    except Exception:  # a property of somebody else's class
        return None


def items(value: Any) -> Sequence[Any]:
    """An array; empty if it is none. The repeated fields of protobuf are sequences of their own."""
    return cast("Sequence[Any]", value) if _is_array(value) else ()


def _is_array(value: object) -> bool:
    return isinstance(value, (list, tuple)) or (isinstance(value, Sequence) and not isinstance(value, _PLAIN))


def string(value: Any) -> str | None:
    """A string with something in it, or None."""
    return value if value and isinstance(value, str) else None


def number(value: Any) -> int | None:
    """An index, or None. Written as a float or in digits it is one too."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def word(value: Any) -> str | None:
    """A string or the value of an enum of an SDK; None for anything else, and for an empty one."""
    found = string(getattr(value, "value", value))
    return string(getattr(value, "name", None)) if found is None else found  # an enum of numbers


def is_object(value: Any) -> bool:
    """Is it a mapping?"""
    return isinstance(value, Mapping)


def is_plain(value: Any) -> bool:
    """Is it something that has no fields: an array, a string, a number, nothing?"""
    return isinstance(value, _PLAIN)


def error_message(error: Any) -> str:
    """What an error, in whatever form, says for itself."""
    for _ in range(4):
        if isinstance(error, str) and error:
            return error
        for name in ("message", "type", "code", "status"):
            found = field(error, name)
            if isinstance(found, str) and found:
                return found
        error = field(error, "message") or field(error, "error")
    return "the provider sent an error"
