"""P02: what RFC 8259 rejects is rejected, at the first byte from which no continuation can be valid."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import assume, example, given

import midstream
from tests.oracle import partial
from tests.support import strategies
from tests.support.feeding import expected, feed_all, json_value, observe, seen, try_close, try_feed, units, with_trailing

CONTEXTS: list[bytes] = [
    b"", b" ", b"\n", b"[", b"[ ", b"[1", b"[1 ", b"[1,", b"[1, ", b"[[]", b"[[],", b"[{}", b'["a"', b"[true", b"[]", b"{",
    b"{ ", b'{"', b'{"a', b'{"a"', b'{"a" ', b'{"a":', b'{"a": ', b'{"a":1', b'{"a":1 ', b'{"a":1,', b'{"a":1, ', b'{"a":"b"',
    b'{"a":[]', b'{"a":nul', b"{}", b'"', b'"a', b'"\\', b'"\\u', b'"\\u0', b'"\\u00', b'"\\u004', b'"\\n', b'"\\ud83d',
    b'"\\ud83d\\', b'"\\ud83d\\u', b'"\\ud83d\\ud', b'"\\ud83d\\ude0', b'"\\ude00', b'""', b'"\xc3', b'"\xdf', b'"\xe0',
    b'"\xe0\xa0', b'"\xe1', b'"\xec\x80', b'"\xed', b'"\xed\x9f', b'"\xee', b'"\xef\xbf', b'"\xf0', b'"\xf0\x90',
    b'"\xf0\x90\x80', b'"\xf1', b'"\xf3\x80', b'"\xf4', b'"\xf4\x8f', b'"\xf4\x8f\xbf', b'{"\xf0\x9f', b"-", b"0", b"-0", b"1",
    b"12", b"1.", b"1.5", b"1e", b"1E", b"1e+", b"1e-", b"1e5", b"1.5e", b"1.5e-3", b"0.", b"0e", b"[-", b"[0", b"[1.",
    b"[1.5", b"[1e", b"[1e5", b'{"a":-', b'{"a":0', b'{"a":1.', b'{"a":1e', b'{"a":1e5', b"t", b"tr", b"tru", b"true", b"f",
    b"fa", b"fal", b"fals", b"false", b"n", b"nu", b"nul", b"null", b"null ", b"[n", b"[tru", b"1 ", b"{} ", b'"a" ', b"[]\n",
]  # fmt: skip


@pytest.mark.parametrize("multiple", [False, True])
@pytest.mark.parametrize("numbers", ["complete", "partial"])
def test_P02_every_byte_in_every_context(numbers: str, multiple: bool) -> None:
    for context in CONTEXTS:
        assert partial.parse(context, multiple=multiple).error is None or multiple
        for byte in range(256):
            data = context + bytes([byte])
            wanted = expected(partial.parse(data, numbers=numbers, multiple=multiple))
            assert seen([data], numbers=numbers, multiple=multiple) == wanted, data
            assert seen([context, data[-1:]], numbers=numbers, multiple=multiple) == wanted, data


def endings(data: bytes) -> Iterator[bytes]:
    """Some continuations of data, one of which makes it JSON if any continuation does."""
    stack = []
    in_string = escaped = False
    for byte in data:
        if in_string:
            in_string = escaped or byte != 0x22
            escaped = not escaped and byte == 0x5C
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            stack.append(b"]" if byte == 0x5B else b"}")
        elif byte in b"]}" and stack:
            stack.pop()
    closers = b"".join(reversed(stack))
    if in_string:
        characters = [b"", b"\x80", b"\xbf", b"\x80\x80", b"\xbf\xbf", b"\x80\x80\x80", b"\xa0\x80", b"\x90\x80\x80", b"\x80\xbf"]
        inside = [*characters, b"n", b"u0000", b"0", b"00", b"000", b"0000"]
        ends = [text + b'"' for text in inside]
    else:
        ends = [b"", b"0", b"rue", b"ue", b"e", b"alse", b"lse", b"se", b"ull", b"ll", b"l", b'"":0', b'""']
    for end, value in itertools.product(ends, (b"", b":0")):
        yield end + value + closers


def accepted(data: bytes) -> bool:
    try:
        json_value(data.decode("utf-8"))
    except ValueError:
        return False
    return True


@given(strategies.damaged_texts() | strategies.garbage())
@example(b"far")
@example(b'{"a":1]')
@example(b"[1.]")
@example(b"\xef\xbb\xbf[]")
def test_P02_earliest_byte(data: bytes) -> None:
    """A continuation of everything before the error is JSON; none that begins with the bad byte is."""
    _, error = feed_all(units(data))
    assume(isinstance(error, midstream.MalformedJSON))
    assert isinstance(error, midstream.MalformedJSON)
    before, upto = data[: error.offset], data[: error.offset + 1]
    assert any(accepted(before + ending) for ending in endings(before)), before
    assert not any(accepted(upto + ending) for ending in endings(upto)), upto


@given(strategies.damaged_texts() | strategies.garbage())
def test_P02_same_verdict_as_json(data: bytes) -> None:
    parser, error = feed_all([data])
    if error is None:
        error = try_close(parser)
    assert (error is None) == accepted(data)
    assert error is None or isinstance(error, (midstream.MalformedJSON, midstream.TruncatedJSON))


@given(strategies.damaged_texts())
def test_P02_waits_until_the_byte_and_no_longer(data: bytes) -> None:
    parser = midstream.Parser()
    for index, byte in enumerate(units(data)):
        wanted = partial.parse(data[: index + 1])
        error = try_feed(parser, byte)
        assert (error is None) == (wanted.error is None)
        assert observe(parser, error) == expected(wanted)
        if error is not None:
            assert parser.offset == index
            return


@given(strategies.json_texts(max_leaves=6))
def test_P02_every_proper_prefix_waits_and_close_rejects_it(text: str) -> None:
    data = text.encode()
    complete = len(data.rstrip(b" \t\r\n"))
    for end in range(len(data)):
        parser, error = feed_all([data[:end]])
        assert error is None
        error = try_close(parser)
        whole = accepted(data[:end])
        assert whole or end < complete
        assert whole == (error is None)
        if error is not None:
            assert isinstance(error, midstream.TruncatedJSON)
            assert error.offset == end


@given(strategies.json_texts(max_leaves=4))
def test_P02_something_after_the_end(text: str) -> None:
    for data in with_trailing(text.encode()):
        wanted = expected(partial.parse(data, final=True))
        assert seen([data], close=True) == wanted
        assert seen([data[: len(text.encode())], data[len(text.encode()) :]], close=True) == wanted


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_P02_other_encodings_are_refused(encoding: str) -> None:
    data = '{"a": [1, "é"]}'.encode(encoding)
    with pytest.raises(midstream.MalformedJSON) as caught:
        midstream.loads(data)
    assert caught.value.offset <= 1


@pytest.mark.parametrize(
    "word",
    ["NaN", "Infinity", "-Infinity", "undefined", "None", "True", "TRUE", "nil", "+1", ".5", "0x1F", "1_000", "'a'", "1.", "01"],
)
def test_P02_what_others_accept(word: str) -> None:
    for data in (word, f"[{word}]", f'{{"a":{word}}}'):
        parser, error = feed_all([data])
        error = error or try_close(parser)
        assert isinstance(error, (midstream.MalformedJSON, midstream.TruncatedJSON))
        assert isinstance(error, midstream.MalformedJSON) or word == data == "1."
