"""What the conformance tests judge by: the oracle, json.loads, and a search for a way to finish a prefix."""

from __future__ import annotations

import json
import marshal
import random
import re
from collections.abc import Sequence
from typing import Any, NoReturn

import midstream
from tests.oracle import partial
from tests.oracle.partial import Fragment
from tests.support import feeding

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def fingerprint(value: Any) -> bytes:
    """Bytes that are equal for values equal in type, key order and to the last bit of a float.

    marshal's format 2 holds just that: no references, no interning, ints at any size, -0.0 apart from 0.0.
    """
    if value is midstream.MISSING or value is partial.MISSING:
        return b"missing"
    return marshal.dumps(value, 2)


def strict_loads(data: bytes | str) -> Any:
    """json.loads held to RFC 8259, its lone surrogates replaced by U+FFFD (P07). ValueError where it rejects."""
    text = data if isinstance(data, str) else data.decode("utf-8")

    def no_constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is not JSON")

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return _LONE_SURROGATE.sub("\ufffd", value)
        if isinstance(value, list):
            return [clean(item) for item in value]
        return value  # an object has been through clean_object

    def clean_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {clean(key): clean(value) for key, value in pairs}

    if "\\u" not in text:
        return json.loads(text, parse_constant=no_constant)
    return clean(json.loads(text, parse_constant=no_constant, object_pairs_hook=clean_object))


def is_json(data: bytes | str) -> bool:
    try:
        strict_loads(data)
    except ValueError:
        return False
    return True


def forms(data: bytes) -> list[bytes | str]:
    """The input as bytes, and as str where it is UTF-8."""
    try:
        return [data, data.decode("utf-8")]
    except UnicodeDecodeError:
        return [data]


# -- cuts


def random_fragments(data: bytes | str, rng: random.Random) -> list[Any]:
    """Fragments about 1, 4, 20 or 100 long, with an empty one now and then."""
    fragments = feeding.random_cuts(data, rng.getrandbits(32), rng.choice((0.5, 4, 20, 100)))
    for _ in range(len(fragments) // 20):
        fragments.insert(rng.randrange(len(fragments)), data[:0])
    return fragments


def in_mixed_kinds(fragments: Sequence[str], rng: random.Random) -> list[Fragment]:
    """The same text, each fragment as str, bytes, bytearray or memoryview."""
    return [feeding.as_kind(fragment.encode(), rng.choice(feeding.KINDS)) for fragment in fragments]


# -- what is expected


class Seen:
    """What can be seen after a prefix, by the oracle."""

    __slots__ = ("complete", "error", "offset", "path", "repairs", "status", "value")

    def __init__(self, outcome: partial.Outcome) -> None:
        self.value = fingerprint(outcome.value)
        self.complete = outcome.complete
        self.error = outcome.error
        self.status = outcome.status
        self.offset = outcome.offset
        self.path = outcome.path
        self.repairs = outcome.repairs


class Expected:
    """The oracle's answers for the prefixes of one document, each asked for once, when it is needed."""

    def __init__(self, data: bytes, **options: Any) -> None:
        self.data = data
        self.options = options
        self._at: dict[int, Seen] = {}
        self._failed: Seen | None = None
        self._end: Seen | None = None

    def after(self, size: int) -> Seen:
        """After the first size bytes, more to come."""
        if self._failed is not None and self._failed.error is not None and size > self._failed.error[2]:
            return self._failed
        if size not in self._at:
            seen = self._at[size] = Seen(partial.parse(self.data[:size], **self.options))
            if seen.error is not None:
                self._failed = seen
        return self._at[size]

    def end(self) -> Seen:
        """After all of it and the end of input."""
        if self._end is None:
            self._end = Seen(partial.parse(self.data, final=True, **self.options))
        return self._end


def size_of(fragment: Fragment) -> int:
    return len(fragment.encode()) if isinstance(fragment, str) else len(fragment)


def check(
    fragments: Sequence[Fragment],
    expected: Expected,
    *,
    every: int = 1,
    thorough: bool = False,
) -> None:
    """Feeds the fragments and compares with the oracle after every so many of them, and at the end.

    Compared: value, error with its place, offset and status; with thorough also path and repairs.
    """
    parser = midstream.Parser(**expected.options)
    done = 0
    error: midstream.JSONStreamError | None = None
    for number, fragment in enumerate(fragments, 1):
        done += size_of(fragment)
        try:
            parser.feed(fragment)
        except midstream.JSONStreamError as failure:
            error = failure
        if error is not None or number % every == 0:
            _compare(parser, error, expected.after(done), fragments, number, thorough)
        if error is not None:
            return
    try:
        closed = parser.close()
    except midstream.JSONStreamError as failure:
        error = failure
    else:
        assert closed is parser.value, fragments
    _compare(parser, error, expected.end(), fragments, len(fragments) + 1, thorough)


def _compare(
    parser: midstream.Parser,
    error: midstream.JSONStreamError | None,
    seen: Seen,
    fragments: Sequence[Fragment],
    number: int,
    thorough: bool,
) -> None:
    where = (number, [bytes(f) if isinstance(f, memoryview) else f for f in fragments[:200]])
    got = None if error is None else feeding.error_record(error)
    assert got == seen.error, where
    assert fingerprint(parser.value) == seen.value, (parser.value, where)
    assert parser.offset == seen.offset, where
    assert parser.status.name == seen.status, where
    if error is not None:
        assert fingerprint(error.value) == seen.value, where
    if thorough:
        assert parser.path == seen.path, where
        assert [(r.kind.name, r.offset, r.path) for r in parser.repairs] == seen.repairs, where


def check_every_cut(data: bytes, **options: Any) -> None:
    """Whole, byte by byte, at each single cut and each pair of cuts; as bytes and, where it is UTF-8, as str."""
    expected = Expected(data, **options)
    for form in forms(data):
        check([form], expected, thorough=True)
        check(feeding.units(form), expected, thorough=True)
        for first, second in feeding.every_split(form):
            check([first, second], expected, thorough=True)
            if isinstance(form, str):
                check([first.encode(), second], expected)
                check([first, second.encode()], expected)
        for fragments in feeding.every_two_cut_split(form):
            check(fragments, expected)


def check_error_stays(data: Fragment, **options: Any) -> midstream.JSONStreamError:
    """Feeds data, which is rejected now or on close, and checks what P13 and P14 say of every error."""
    parser = midstream.Parser(**options)
    first: midstream.JSONStreamError | None = None
    try:
        parser.feed(data)
        parser.close()
    except midstream.JSONStreamError as failure:
        first = failure
    assert first is not None, f"accepted: {data!r:.200}"
    value = fingerprint(parser.value)
    for again in (lambda: parser.feed(" "), lambda: parser.feed(b"x"), parser.close):
        try:
            again()
        except midstream.JSONStreamError as failure:
            assert failure is first
        else:
            raise AssertionError("no error the second time")
    assert parser.status is midstream.Status.FAILED
    assert parser.offset == first.offset
    assert parser.path == first.path
    assert fingerprint(parser.value) == value == fingerprint(parser.snapshot())
    assert str(first) == first.message
    assert f"line {first.line} column {first.column}" in first.message
    assert isinstance(first, ValueError)
    return first


# -- can a prefix still become JSON?

_FINISHERS = [
    b"", b'"', b"0", b":0", b'":0', b'"":0', b'""',
    b"rue", b"ue", b"e", b"alse", b"lse", b"se", b"ull", b"ll", b"l",
    b'n"', b'n":0', b'u0000"', b'u0000":0', b'0"', b'0":0', b'00"', b'00":0', b'000"', b'000":0', b'0000"', b'0000":0',
    b'\x80"', b'\x80":0', b'\x80\x80"', b'\x80\x80":0', b'\x80\x80\x80"', b'\x80\x80\x80":0',
    b'\xa0\x80"', b'\xa0\x80":0', b'\x90\x80\x80"', b'\x90\x80\x80":0',
]  # fmt: skip


def completion(prefix: bytes) -> bytes | None:
    """A way to finish prefix to one JSON document, judged by json.loads alone; None where none is found."""
    closers: list[bytes] = []
    in_string = escaped = False
    for byte in prefix:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            closers.append(b"]" if byte == 0x5B else b"}")
        elif byte in b"]}" and closers:
            closers.pop()
    tail = b"".join(reversed(closers))
    for finisher in _FINISHERS:
        if is_json(prefix + finisher + tail):
            return finisher + tail
    return None
