"""A slow, plain partial JSON parser: the specification of what a prefix shows.

`parse` reads a whole prefix from its first byte, by recursive descent, and says everything that an
incremental parser must show once it has been fed that prefix in any cut. Nothing is carried from one call to
the next. Two small exceptions steer it: `_NeedMore` where the text ends inside something, and `_Failed` where
it can no longer become JSON or passes a limit.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from typing import Any

Path = tuple[str | int, ...]
Fragment = str | bytes | bytearray | memoryview
Put = Callable[[Any], None]

SPACE = b" \t\n\r"
DIGITS = b"0123456789"
HEX = b"0123456789abcdefABCDEF"
NUMBERISH = b"0123456789+-.eE"
LITERALS = {b"t"[0]: (b"true", True), b"f"[0]: (b"false", False), b"n"[0]: (b"null", None)}
ESCAPES = {
    b'"'[0]: '"', b"\\"[0]: "\\", b"/"[0]: "/", b"b"[0]: "\b", b"f"[0]: "\f", b"n"[0]: "\n", b"r"[0]: "\r",
    b"t"[0]: "\t",
}  # fmt: skip
QUOTE, BACKSLASH, COMMA, COLON = b'"\\,:'
OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT = b"[]{}"
REPLACEMENT = "\ufffd"

CLASS_OF_KIND = {
    "TRUNCATED": "TruncatedJSON",
    "MAX_DEPTH": "LimitExceeded",
    "MAX_SIZE": "LimitExceeded",
    "MAX_STRING": "LimitExceeded",
    "INT_DIGITS": "LimitExceeded",
}


class Missing:
    """The type of MISSING: no value has begun."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


@dataclasses.dataclass
class Outcome:
    """Everything there is to see after a prefix.

    A repair is (kind, offset, path), an error (class, kind, offset, char_offset, line, column, path).
    `complete` holds the paths of the shown values whose own end has been read; `documents` what has ended.
    """

    value: Any
    status: str
    offset: int
    path: Path
    repairs: list[tuple[str, int, Path]]
    error: tuple[str, str, int, int, int, int, Path] | None
    complete: set[Path]
    documents: list[Any]


class _NeedMore(Exception):
    """The text ends here, and it could still go on."""


class _Failed(Exception):
    """No continuation from the byte at offset on can be accepted."""

    def __init__(self, kind: str, offset: int) -> None:
        super().__init__(kind, offset)
        self.kind = kind
        self.offset = offset


def encode(text: str) -> bytes:
    """The UTF-8 bytes of text; adjacent surrogates join, lone ones become their three bytes."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass").encode("utf-8", "surrogatepass")


def join(fragments: Sequence[Fragment]) -> tuple[bytes, bytes]:
    """The bytes of a stream, and apart from them those of a high surrogate that ends its last str."""
    data = b""
    high = ""
    for fragment in fragments:
        if len(fragment) == 0:
            continue
        if isinstance(fragment, str):
            text = high + fragment
            high = ""
            if "\ud800" <= text[-1] <= "\udbff":
                text, high = text[:-1], text[-1]
            data += encode(text)
        else:
            data += encode(high) + bytes(fragment)
            high = ""
    return data, encode(high)


def place(data: bytes, offset: int) -> tuple[int, int, int]:
    """(char_offset, line, column) of a byte; data before it is valid, but may end within a character."""
    before = data[:offset].decode("utf-8", "ignore")
    line = before.count("\n") + 1
    return len(before), line, len(before) - (before.rfind("\n") + 1) + 1


def parse(
    data: Fragment | Sequence[Fragment],
    *,
    final: bool = False,
    numbers: str = "complete",
    duplicate_keys: str = "last",
    parse_float: Callable[[str], Any] | None = None,
    multiple: bool = False,
    max_depth: int | None = 1024,
    max_size: int | None = None,
    max_string: int | None = None,
) -> Outcome:
    """What is to be seen after data, a text or the fragments of one; with final, after its end too."""
    fragments = [data] if isinstance(data, (str, bytes, bytearray, memoryview)) else data
    whole, high = join(fragments)

    def read(text: bytes, end_of_input: bool) -> _Reader:
        reader = _Reader(text, end_of_input, numbers, duplicate_keys, parse_float, multiple, max_depth, max_string)
        limit = sys.getrecursionlimit()
        deeper = text.count(b"[") + text.count(b"{")
        try:
            if deeper > 100:
                sys.setrecursionlimit(limit + 3 * deeper)
            reader.run()
        finally:
            if deeper > 100:
                sys.setrecursionlimit(limit)
        return reader

    def read_within_size(text: bytes) -> _Reader:
        if max_size is None or len(text) <= max_size:
            return read(text, final)
        reader = read(text[:max_size], False)
        if reader.error is None:
            reader.error = ("MAX_SIZE", max_size)
        return reader

    reader = read_within_size(whole)
    if high and not reader.in_text:
        whole += high
        reader = read_within_size(whole)

    error = None
    offset = len(whole)
    if reader.error is not None:
        kind, offset = reader.error
        error = (CLASS_OF_KIND.get(kind, "MalformedJSON"), kind, offset, *place(whole, offset), reader.path)
    return Outcome(
        value=reader.value,
        status="FAILED" if error else reader.status,
        offset=offset,
        path=reader.path,
        repairs=reader.repairs,
        error=error,
        complete=reader.complete,
        documents=reader.documents,
    )


class _Reader:
    """One reading of one text. A value is put into its parent as soon as it is to be shown."""

    def __init__(
        self,
        data: bytes,
        final: bool,
        numbers: str,
        duplicate_keys: str,
        parse_float: Callable[[str], Any] | None,
        multiple: bool,
        max_depth: int | None,
        max_string: int | None,
    ) -> None:
        self.data = data
        self.final = final
        self.partial_numbers = numbers == "partial"
        self.duplicate_keys = duplicate_keys
        self.parse_float = parse_float or float
        self.multiple = multiple
        self.max_depth = max_depth
        self.max_string = max_string

        self.pos = 0
        self.value: Any = MISSING
        self.status = "EMPTY"
        self.path: Path = ()
        self.repairs: list[tuple[str, int, Path]] = []
        self.error: tuple[str, int] | None = None
        self.complete: set[Path] = set()
        self.documents: list[Any] = []
        self.in_text = False  # the text ends between two characters of a string, outside any escape

    # -- the document

    def run(self) -> None:
        try:
            self.documents_to_the_end()
        except _Failed as failure:
            self.error = (failure.kind, failure.offset)
        except _NeedMore:
            if self.final:
                self.error = ("TRUNCATED", len(self.data))

    def documents_to_the_end(self) -> None:
        self.skip_space()
        if self.at_end():
            if not self.multiple:
                raise _NeedMore
            return
        while True:
            self.check_value_may_begin()
            self.value = MISSING
            self.complete = set()
            self.status = "OPEN"
            self.read_value((), 0, self.put_root, closer=None)
            self.status = "COMPLETE"
            self.documents.append(self.value)
            self.skip_space()
            if self.at_end():
                return
            if not self.multiple:
                raise _Failed("TRAILING_DATA", self.pos)

    def put_root(self, value: Any) -> None:
        self.value = value

    # -- bytes

    def at_end(self) -> bool:
        return self.pos == len(self.data)

    def peek(self) -> int:
        if self.at_end():
            raise _NeedMore
        return self.data[self.pos]

    def skip_space(self) -> None:
        while not self.at_end() and self.data[self.pos] in SPACE:
            self.pos += 1

    # -- values

    def check_value_may_begin(self) -> None:
        if self.peek() not in b'[{"-0123456789tfn':
            raise _Failed("EXPECTED_VALUE", self.pos)

    def read_value(self, path: Path, depth: int, put: Put | None, closer: int | None) -> None:
        """Reads one value that stands at path, inside depth containers, the innermost ended by closer.

        put shows the value in its parent; it is None where the value is read only to be dropped.
        """
        self.check_value_may_begin()
        first = self.peek()
        if first in (OPEN_ARRAY, OPEN_OBJECT) and self.max_depth is not None and depth == self.max_depth:
            raise _Failed("MAX_DEPTH", self.pos)
        self.path = path
        if first == OPEN_ARRAY:
            self.read_array(path, depth + 1, put)
        elif first == OPEN_OBJECT:
            self.read_object(path, depth + 1, put)
        elif first == QUOTE:
            self.read_string(path, put)
        elif first in LITERALS:
            word, value = LITERALS[first]
            self.read_literal(word)
            if put:
                put(value)
        else:
            self.read_number(put, closer)
        if put:
            self.complete.add(path)
        self.path = path[:-1]

    def read_array(self, path: Path, depth: int, put: Put | None) -> None:
        array: list[Any] = []
        if put:
            put(array)
        self.pos += 1
        self.skip_space()
        if self.peek() == CLOSE_ARRAY:
            self.pos += 1
            return
        index = 0
        while True:

            def put_item(value: Any, index: int = index) -> None:
                array[index:] = [value]

            self.read_value((*path, index), depth, put_item if put else None, CLOSE_ARRAY)
            self.skip_space()
            if self.peek() == CLOSE_ARRAY:
                self.pos += 1
                return
            if self.peek() != COMMA:
                raise _Failed("EXPECTED_COMMA", self.pos)
            self.pos += 1
            index += 1
            self.path = (*path, index)
            self.skip_space()

    def read_object(self, path: Path, depth: int, put: Put | None) -> None:
        members: dict[str, Any] = {}
        seen: set[str] = set()
        if put:
            put(members)
        self.pos += 1
        self.skip_space()
        if self.peek() == CLOSE_OBJECT:
            self.pos += 1
            return
        while True:
            if self.peek() != QUOTE:
                raise _Failed("EXPECTED_KEY", self.pos)
            key = self.read_string(path, None)
            here = (*path, key)

            def put_member(value: Any, key: str = key) -> None:
                members[key] = value

            put_value = put_member if put else None
            if key in seen:
                if self.duplicate_keys == "error":
                    raise _Failed("DUPLICATE_KEY", self.pos - 1)
                if self.duplicate_keys == "first":
                    put_value = None
                elif put:
                    self.complete = {known for known in self.complete if known[: len(here)] != here}
            seen.add(key)
            self.path = here
            self.skip_space()
            if self.peek() != COLON:
                raise _Failed("EXPECTED_COLON", self.pos)
            self.pos += 1
            self.skip_space()
            self.read_value(here, depth, put_value, CLOSE_OBJECT)
            self.skip_space()
            if self.peek() == CLOSE_OBJECT:
                self.pos += 1
                return
            if self.peek() != COMMA:
                raise _Failed("EXPECTED_COMMA", self.pos)
            self.pos += 1
            self.skip_space()

    def read_literal(self, word: bytes) -> None:
        for letter in word:
            if self.peek() != letter:
                raise _Failed("INVALID_LITERAL", self.pos)
            self.pos += 1

    # -- numbers

    def read_number(self, put: Put | None, closer: int | None) -> None:
        start = self.pos
        longest = start  # end of the longest prefix that is a number by itself

        def take() -> None:
            if self.max_string is not None and self.pos - start == self.max_string:
                raise _Failed("MAX_STRING", self.pos)
            self.pos += 1

        def take_one_digit() -> None:
            nonlocal longest
            if self.peek() not in DIGITS:
                raise _Failed("INVALID_NUMBER", self.pos)
            take()
            longest = self.pos

        def take_more_digits() -> None:
            nonlocal longest
            while self.next_in(DIGITS):
                take()
                longest = self.pos

        try:
            if self.next_in(b"-"):
                take()
            if self.next_in(b"0"):
                take_one_digit()
            else:
                take_one_digit()
                take_more_digits()
            if self.next_in(b"."):
                take()
                take_one_digit()
                take_more_digits()
            if self.next_in(b"eE"):
                take()
                if self.next_in(b"+-"):
                    take()
                take_one_digit()
                take_more_digits()
            if self.at_end():
                if not self.final:
                    raise _NeedMore
            else:
                self.check_number_may_end(closer)
            text = self.data[start : self.pos].decode()
            if self.too_many_digits(text):
                raise _Failed("INT_DIGITS", self.pos)
        except (_NeedMore, _Failed):
            if put and self.partial_numbers and longest > start:
                put(self.number(self.data[start:longest].decode()))
            raise
        number = self.number(text)
        if put:
            put(number)
        if self.at_end() and closer is not None:
            raise _NeedMore  # the end of input shows the number; nothing says that it was all of it

    def next_in(self, characters: bytes) -> bool:
        return not self.at_end() and self.data[self.pos] in characters

    def check_number_may_end(self, closer: int | None) -> None:
        following = self.peek()
        if following in SPACE:
            return
        if closer is not None and following in (COMMA, closer):
            return
        if closer is None and self.multiple and following in b'{["':
            return
        if following in NUMBERISH:
            raise _Failed("INVALID_NUMBER", self.pos)
        raise _Failed("EXPECTED_COMMA" if closer is not None else "TRAILING_DATA", self.pos)

    def too_many_digits(self, text: str) -> bool:
        limit = digit_limit()
        digits = text.lstrip("-")
        return limit > 0 and digits.isdecimal() and len(digits) > limit

    def number(self, text: str) -> Any:
        if not text.lstrip("-").isdecimal():
            return self.parse_float(text)
        if self.too_many_digits(text):
            text = text[: digit_limit() + text.startswith("-")]
        return int(text)

    # -- strings

    def read_string(self, path: Path, put: Put | None) -> str:
        """Reads a string, or a key where put is None; path is where its repairs are recorded."""
        characters: list[str] = []
        half: tuple[int, int] | None = None  # (code, offset of the backslash) of a high half not yet decided

        def add(character: str, last_byte: int) -> None:
            if self.max_string is not None and len(characters) == self.max_string:
                raise _Failed("MAX_STRING", last_byte)
            characters.append(character)

        def replace(backslash: int, last_byte: int) -> None:
            add(REPLACEMENT, last_byte)
            self.repairs.append(("LONE_SURROGATE", backslash, path))

        def settle_half(last_byte: int) -> None:
            nonlocal half
            if half is not None:
                replace(half[1], last_byte)
                half = None

        self.pos += 1
        try:
            while True:
                self.in_text = self.at_end()
                byte = self.peek()
                if byte == QUOTE:
                    settle_half(self.pos)
                    self.pos += 1
                    return "".join(characters)
                if byte == BACKSLASH:
                    backslash = self.pos
                    code = self.read_escape()
                    last_byte = self.pos - 1
                    if 0xDC00 <= code <= 0xDFFF and half is not None:
                        high = half[0]
                        half = None
                        add(chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)), last_byte)
                    elif 0xD800 <= code <= 0xDBFF:
                        settle_half(last_byte)
                        half = (code, backslash)
                    elif 0xDC00 <= code <= 0xDFFF:
                        replace(backslash, last_byte)
                    else:
                        settle_half(last_byte)
                        add(chr(code), last_byte)
                elif byte < 0x20:
                    raise _Failed("CONTROL_CHARACTER", self.pos)
                else:
                    character = self.read_character()
                    settle_half(self.pos - 1)
                    add(character, self.pos - 1)
        finally:
            if put:
                put("".join(characters))

    def read_escape(self) -> int:
        """Reads an escape and returns its code unit."""
        self.pos += 1
        letter = self.peek()
        if letter in ESCAPES:
            self.pos += 1
            return ord(ESCAPES[letter])
        if letter != b"u"[0]:
            raise _Failed("INVALID_ESCAPE", self.pos)
        self.pos += 1
        start = self.pos
        for _ in range(4):
            if self.peek() not in HEX:
                raise _Failed("INVALID_ESCAPE", self.pos)
            self.pos += 1
        return int(self.data[start : self.pos], 16)

    def read_character(self) -> str:
        """Reads one UTF-8 sequence by the table of RFC 3629, section 4."""
        start = self.pos
        lead = self.data[start]
        tail = (0x80, 0xBF)
        if lead <= 0x7F:
            following = []
        elif 0xC2 <= lead <= 0xDF:
            following = [tail]
        elif lead == 0xE0:
            following = [(0xA0, 0xBF), tail]
        elif lead == 0xED:
            following = [(0x80, 0x9F), tail]
        elif 0xE1 <= lead <= 0xEF:
            following = [tail, tail]
        elif lead == 0xF0:
            following = [(0x90, 0xBF), tail, tail]
        elif 0xF1 <= lead <= 0xF3:
            following = [tail, tail, tail]
        elif lead == 0xF4:
            following = [(0x80, 0x8F), tail, tail]
        else:
            raise _Failed("INVALID_UTF8", start)
        self.pos += 1
        for low, high in following:
            if not low <= self.peek() <= high:
                raise _Failed("INVALID_UTF8", self.pos)
            self.pos += 1
        return self.data[start : self.pos].decode("utf-8")


def digit_limit() -> int:
    """The interpreter's limit on the digits of an int; 0 where there is none."""
    get: Callable[[], int] | None = getattr(sys, "get_int_max_str_digits", None)
    return get() if get else 0
