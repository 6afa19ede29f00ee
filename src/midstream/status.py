"""How far a stream has come, and the mark for a value that is not there yet."""

from enum import Enum

__all__ = ["MISSING", "Missing", "Status"]


class Status(Enum):
    """State of a parser."""

    EMPTY = "empty"
    """Nothing but white space has been read."""
    OPEN = "open"
    """A value has begun and has not ended."""
    COMPLETE = "complete"
    """The value has ended; with ``multiple=True``, the latest one, and the next has not begun."""
    FAILED = "failed"
    """An error was raised; the value stays readable, and every further feed raises that error again."""


class Missing(Enum):
    """Type of `MISSING`; an enum, so that type checkers narrow ``value is MISSING``."""

    MISSING = "MISSING"

    def __repr__(self) -> str:
        return "midstream.MISSING"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return False


MISSING = Missing.MISSING
"""What a parser shows before its value has begun. False in a boolean context, unlike nothing that JSON can say."""
