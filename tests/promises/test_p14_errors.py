"""P14: errors say what, where, and what was read so far."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import assume, given

import midstream
from tests.oracle import partial
from tests.support import strategies
from tests.support.feeding import error_record, feed_all, freeze, try_close, units

KINDS = [
    "EXPECTED_VALUE", "EXPECTED_KEY", "EXPECTED_COLON", "EXPECTED_COMMA", "TRAILING_DATA", "INVALID_LITERAL", "INVALID_NUMBER",
    "INVALID_ESCAPE", "CONTROL_CHARACTER", "INVALID_UTF8", "DUPLICATE_KEY", "TRUNCATED", "MAX_DEPTH", "MAX_SIZE", "MAX_STRING",
    "INT_DIGITS",
]  # fmt: skip


def fail(data: Any, **options: Any) -> midstream.JSONStreamError:
    parser, error = feed_all([data], **options)
    if error is None:
        error = try_close(parser)
    assert isinstance(error, midstream.JSONStreamError), error
    return error


def test_P14_kinds() -> None:
    assert {kind.name for kind in midstream.ErrorKind} == set(KINDS)


def test_P14_classes() -> None:
    for kind in (midstream.MalformedJSON, midstream.TruncatedJSON, midstream.LimitExceeded):
        assert issubclass(kind, midstream.JSONStreamError)
    assert issubclass(midstream.JSONStreamError, ValueError)


def test_P14_the_message_of_the_contract() -> None:
    text = '{"items": [0, 1, {"a": "b";'
    error = fail(text)
    assert str(error) == "expected ',' or '}' at line 1 column 27 ($.items[2])"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("x", "line 1 column 1 ($)"),
        ("[1,\n 2,\n  x]", "line 3 column 3 ($[2])"),
        ('{"a b":x', "line 1 column 8 ($['a b'])"),
        ('{"é":{"b1":[[x', "line 1 column 14 "),
        ('{"":x', "line 1 column 5 ($[''])"),
        ('{"0":x', "line 1 column 6 ($['0'])"),
        ('{"a":{"b":[0,{"c":x', "line 1 column 19 ($.a.b[1].c)"),
        ('["é😀", x', "line 1 column 8 ($[1])"),
        ('"\n', "line 1 column 2 ($)"),
        ("\r\n\rx", "line 2 column 2 ($)"),
        ("\n\n[1", "line 3 column 3 "),
    ],
)
def test_P14_the_message_shows_the_place(text: str, place: str) -> None:
    error = fail(text)
    assert f" at {place}" in str(error)
    assert str(error).endswith(")")
    assert str(error) == error.message
    assert f"line {error.line} column {error.column} (" in str(error)


@given(strategies.fed(strategies.damaged_texts() | strategies.garbage()), strategies.options())
def test_P14_attributes(fragments: list[Any], options: dict[str, Any]) -> None:
    parser, error = feed_all(fragments, **options)
    end = error is None
    error = error or try_close(parser)
    assume(isinstance(error, midstream.JSONStreamError))
    assert isinstance(error, midstream.JSONStreamError)
    data = b"".join(
        fragment.encode("utf-8", "surrogatepass") if isinstance(fragment, str) else bytes(fragment) for fragment in fragments
    )
    if "\ud83d" not in "".join(map(repr, fragments)):
        wanted = partial.parse(fragments, final=end, **options).error
        if wanted is not None:
            assert error_record(error) == wanted
    assert isinstance(error.kind, midstream.ErrorKind)
    assert type(error.offset) is type(error.char_offset) is type(error.line) is type(error.column) is int
    assert type(error.path) is tuple
    assert 0 <= error.char_offset <= error.offset <= len(data)
    assert error.offset == parser.offset
    assert error.path == parser.path
    assert error.args[:1] == (error.message,)
    for other in (
        *(pickle.loads(pickle.dumps(error, p)) for p in range(pickle.HIGHEST_PROTOCOL + 1)),
        copy.copy(error),
        copy.deepcopy(error),
    ):
        assert type(other) is type(error)
        assert error_record(other) == error_record(error)
        assert str(other) == str(error)
        assert other.message == error.message
        assert freeze(other.value) == freeze(error.value)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\u2028", "\x0b"])
def test_P14_only_a_line_feed_ends_a_line(newline: str) -> None:
    text = newline.join(["[", '"é😀",', "1,", "x"]) if newline.isspace() and newline in "\r\n" else f'["{newline}",x'
    for fragments in ([text], units(text), units(text.encode())):
        _, error = feed_all(fragments)
        assert isinstance(error, midstream.MalformedJSON)
        before = text[: error.char_offset]
        assert error.line == before.count("\n") + 1
        assert error.column == len(before) - (before.rfind("\n") + 1) + 1
        assert error.offset == len(before.encode())


@pytest.mark.parametrize("cut", range(40))
def test_P14_places_with_wide_characters_at_every_cut(cut: int) -> None:
    data = '{"é": "😀€",\n "😀x":\n["\xe9é", 1, ?'.encode()
    parser, error = feed_all([data[:cut], data[cut:]])
    assert isinstance(error, midstream.MalformedJSON)
    assert (error.line, error.column) == (3, 11)
    assert error.path == ("😀x", 2)
    assert error.offset == len(data) - 1
    assert error.char_offset == len(data.decode()) - 1
    assert parser.path == ("😀x", 2)


def test_P14_a_broken_character_is_one_place() -> None:
    for data in (b'["\xe9\xe2\x82x', b'["\xe2\x82x', b'["\xf0\x9f\x98x', b'["\xed\xa0\x80'):
        error = fail(data)
        assert error.char_offset == 2
        assert (error.line, error.column) == (1, 3)
    assert fail(b'["\xc3\xa9\xe2\x82x').char_offset == 3


def test_P14_the_value_of_an_error_is_what_was_read() -> None:
    assert fail('{"a":[1,"b').value == {"a": [1, "b"]}
    assert fail("x").value is midstream.MISSING
    assert fail("[[[[", max_depth=2).value == [[]]


def test_P14_errors_can_be_told_apart() -> None:
    for text, options, kind, name in (
        ("[1 2]", {}, midstream.MalformedJSON, "EXPECTED_COMMA"),
        ("[1", {}, midstream.TruncatedJSON, "TRUNCATED"),
        ("[[", {"max_depth": 1}, midstream.LimitExceeded, "MAX_DEPTH"),
        ("[1]", {"max_size": 2}, midstream.LimitExceeded, "MAX_SIZE"),
        ('"abc"', {"max_string": 2}, midstream.LimitExceeded, "MAX_STRING"),
        ('{"a":1,"a":2}', {"duplicate_keys": "error"}, midstream.MalformedJSON, "DUPLICATE_KEY"),
    ):
        error = fail(text, **options)
        assert type(error) is kind
        assert error.kind is midstream.ErrorKind[name]
        with pytest.raises(ValueError, match="line 1"):
            raise error


def test_P14_a_control_character_or_escape_in_a_path_does_not_reach_the_message_raw() -> None:
    error = fail('{"\\u001b[31m\\n":x')
    assert "\x1b" not in str(error)
    assert "\n" not in str(error)
    assert error.path == ("\x1b[31m\n",)
