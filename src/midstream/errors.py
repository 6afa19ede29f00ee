"""The errors of a stream of JSON text."""

from __future__ import annotations

from enum import Enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["ErrorKind", "JSONStreamError", "LimitExceeded", "MalformedJSON", "TruncatedJSON"]


class ErrorKind(Enum):
    """What is wrong, for programs; the message says it for people."""

    EXPECTED_VALUE = "expected-value"
    EXPECTED_KEY = "expected-key"
    EXPECTED_COLON = "expected-colon"
    EXPECTED_COMMA = "expected-comma"
    TRAILING_DATA = "trailing-data"
    INVALID_LITERAL = "invalid-literal"
    INVALID_NUMBER = "invalid-number"
    INVALID_ESCAPE = "invalid-escape"
    CONTROL_CHARACTER = "control-character"
    INVALID_UTF8 = "invalid-utf8"
    DUPLICATE_KEY = "duplicate-key"

    TRUNCATED = "truncated"

    MAX_DEPTH = "max-depth"
    MAX_SIZE = "max-size"
    MAX_STRING = "max-string"
    INT_DIGITS = "int-digits"


class JSONStreamError(ValueError):
    """The stream can't be read on.

    message: the whole text, place included; the same as ``str(error)``.
    kind: `ErrorKind`.
    offset: UTF-8 bytes of input before the byte that is wrong.
    char_offset: characters before the one that holds that byte.
    line, column: the same place from 1 on, in lines that end with ``\\n`` and in characters, as in `json.JSONDecodeError`.
    path: where the stream stood, a tuple of keys and indexes.
    value: what was read before, the best-effort value, or `MISSING`.
    """

    message: str
    kind: ErrorKind
    offset: int
    char_offset: int
    line: int
    column: int
    path: tuple[str | int, ...]
    value: Any

    def __init__(
        self,
        message: str,
        kind: ErrorKind,
        offset: int,
        char_offset: int,
        line: int,
        column: int,
        path: tuple[str | int, ...],
        value: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.offset = offset
        self.char_offset = char_offset
        self.line = line
        self.column = column
        self.path = path
        self.value = value

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (
            self.message,
            self.kind,
            self.offset,
            self.char_offset,
            self.line,
            self.column,
            self.path,
            self.value,
        )


class MalformedJSON(JSONStreamError):
    """No continuation can make the input JSON. `offset` is the first byte of which that is true."""


class TruncatedJSON(JSONStreamError):
    """The input ended, was declared to have ended, before its value did."""


class LimitExceeded(JSONStreamError):
    """The input is larger, deeper or longer than the parser was told to take."""
