"""The oracle itself: against json.loads on whole documents, and by hand on prefixes."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.oracle import growth
from tests.oracle.partial import MISSING, encode, join, parse
from tests.support import strategies
from tests.support.feeding import freeze, json_value

S = "\\ud83d"
LOW = "\\ude00"


@given(strategies.json_texts())
@example('{"a":1,"b":2,"a":3}')
@example("[1e999,-1e999,-0,-0.0,0e9]")
def test_whole_document(text: str) -> None:
    outcome = parse(text, final=True)
    assert outcome.error is None
    assert outcome.status == "COMPLETE"
    assert freeze(outcome.value) == freeze(json_value(text))
    assert outcome.offset == len(text.encode())
    assert freeze(parse(text.encode(), final=True).value) == freeze(outcome.value)


@given(strategies.damaged_texts())
def test_damaged_document(data: bytes) -> None:
    try:
        value = json_value(data.decode())
    except ValueError:
        value = MISSING
    outcome = parse(data, final=True)
    if value is MISSING:
        assert outcome.error is not None
    else:
        assert outcome.error is None
        assert freeze(outcome.value) == freeze(value)


@given(strategies.json_texts(), st.sampled_from(["complete", "partial"]))
def test_growth_over_prefixes(text: str, numbers: str) -> None:
    data = text.encode()
    before = parse(b"", numbers=numbers).value
    for end in range(len(data) + 1):
        after = parse(data[:end], numbers=numbers)
        assert after.error is None
        assert before is MISSING or growth.grows(before, after.value, numbers=numbers, replacing=True)
        before = after.value


SHOWN: list[tuple[str, Any, str, tuple[str | int, ...]]] = [
    ("", MISSING, "EMPTY", ()),
    (" \n", MISSING, "EMPTY", ()),
    ("{", {}, "OPEN", ()),
    ('{"a', {}, "OPEN", ()),
    ('{"a"', {}, "OPEN", ("a",)),
    ('{"a": ', {}, "OPEN", ("a",)),
    ('{"a":"', {"a": ""}, "OPEN", ("a",)),
    ('{"a":"x', {"a": "x"}, "OPEN", ("a",)),
    ('{"a":[', {"a": []}, "OPEN", ("a",)),
    ('{"a":t', {}, "OPEN", ("a",)),
    ('{"a":true', {"a": True}, "OPEN", ()),
    ('{"a":1', {}, "OPEN", ("a",)),
    ('{"a":1 ', {"a": 1}, "OPEN", ()),
    ('{"a":1,', {"a": 1}, "OPEN", ()),
    ('{"a":1}', {"a": 1}, "COMPLETE", ()),
    ("[", [], "OPEN", ()),
    ("[1", [], "OPEN", (0,)),
    ("[1 ", [1], "OPEN", ()),
    ("[1,", [1], "OPEN", (1,)),
    ("[[", [[]], "OPEN", (0,)),
    ('"x', "x", "OPEN", ()),
    ('"x"', "x", "COMPLETE", ()),
    ("12", MISSING, "OPEN", ()),
    ("12 ", 12, "COMPLETE", ()),
    ("nul", MISSING, "OPEN", ()),
    ("null", None, "COMPLETE", ()),
    ('"' + S, "", "OPEN", ()),
    ('"' + S + LOW[:5], "", "OPEN", ()),
    ('"' + S + LOW, "😀", "OPEN", ()),
    ('"' + S + "\\", "", "OPEN", ()),
    ('"' + S + "\\n", "\ufffd\n", "OPEN", ()),
    ('"' + S + "\\u004", "", "OPEN", ()),
    ('"' + S + "\\u0041", "\ufffdA", "OPEN", ()),
    ('"' + S + S, "\ufffd", "OPEN", ()),
    ('"' + S + S + LOW, "\ufffd😀", "OPEN", ()),
    ('"' + S + "x", "\ufffdx", "OPEN", ()),
    ('"' + S + '"', "\ufffd", "COMPLETE", ()),
    ('"' + LOW, "\ufffd", "OPEN", ()),
    ('{"a":1,"a"', {"a": 1}, "OPEN", ("a",)),
    ('{"a":1,"b":2,"a":"', {"a": "", "b": 2}, "OPEN", ("a",)),
]


@pytest.mark.parametrize(("prefix", "value", "status", "path"), SHOWN)
def test_shown(prefix: str, value: Any, status: str, path: tuple[str | int, ...]) -> None:
    outcome = parse(prefix)
    assert (freeze(outcome.value), outcome.status, outcome.path) == (freeze(value), status, path)
    assert outcome.offset == len(prefix.encode())
    assert outcome.error is None


@pytest.mark.parametrize(
    ("prefix", "value"),
    [
        ("[-", []),
        ("[-0", [0]),
        ("[1.", [1]),
        ("[1.5", [1.5]),
        ("[1.5e", [1.5]),
        ("[1e", [1]),
        ("[1e+", [1]),
        ("[1e+1", [10.0]),
        ("[1x", [1]),
        ("[1,x", [1]),
        ("[1.]", [1]),
        ('{"a":-', {}),
        ('{"a":-1', {"a": -1}),
        ("01", 0),
        ("-", MISSING),
    ],
)
def test_partial_numbers(prefix: str, value: Any) -> None:
    assert freeze(parse(prefix, numbers="partial").value) == freeze(value)


MALFORMED: list[tuple[str | bytes, str, int]] = [
    ("far", "INVALID_LITERAL", 2),
    ("x", "EXPECTED_VALUE", 0),
    ("[1,]", "EXPECTED_VALUE", 3),
    ("[,", "EXPECTED_VALUE", 1),
    ("{,", "EXPECTED_KEY", 1),
    ('{"a":1,}', "EXPECTED_KEY", 7),
    ('{"a",', "EXPECTED_COLON", 4),
    ('{"a":}', "EXPECTED_VALUE", 5),
    ('{"a":1]', "EXPECTED_COMMA", 6),
    ("[1x", "EXPECTED_COMMA", 2),
    ("[1}", "EXPECTED_COMMA", 2),
    ("[true false", "EXPECTED_COMMA", 6),
    ("1 2", "TRAILING_DATA", 2),
    ("1x", "TRAILING_DATA", 1),
    ("{}}", "TRAILING_DATA", 2),
    ("01", "INVALID_NUMBER", 1),
    ("1.2.3", "INVALID_NUMBER", 3),
    ("1-2", "INVALID_NUMBER", 1),
    ("-x", "INVALID_NUMBER", 1),
    ("1.x", "INVALID_NUMBER", 2),
    ("1e+]", "INVALID_NUMBER", 3),
    ("[1.]", "INVALID_NUMBER", 3),
    ("1E5E", "INVALID_NUMBER", 3),
    ("+1", "EXPECTED_VALUE", 0),
    ("NaN", "EXPECTED_VALUE", 0),
    ('"\\x', "INVALID_ESCAPE", 2),
    ('"\\u00g', "INVALID_ESCAPE", 5),
    ('"a\n', "CONTROL_CHARACTER", 2),
    ("\ufeff1", "EXPECTED_VALUE", 0),
    (b'"\x80', "INVALID_UTF8", 1),
    (b'"\xc1', "INVALID_UTF8", 1),
    (b'"\xc2"', "INVALID_UTF8", 2),
    (b'"\xe0\x80', "INVALID_UTF8", 2),
    (b'"\xed\xa0', "INVALID_UTF8", 2),
    (b'"\xf0\x80', "INVALID_UTF8", 2),
    (b'"\xf4\x90', "INVALID_UTF8", 2),
    (b'"\xf0\x9f\x98"', "INVALID_UTF8", 4),
    (b'"\xff', "INVALID_UTF8", 1),
    (b"[\xc3\xa9", "EXPECTED_VALUE", 1),
    (b"[1\xc3\xa9", "EXPECTED_COMMA", 2),
    ("\x00", "EXPECTED_VALUE", 0),
    ("[1\x00]", "EXPECTED_COMMA", 2),
    ("'a'", "EXPECTED_VALUE", 0),
    ("// x", "EXPECTED_VALUE", 0),
]


@pytest.mark.parametrize(("text", "kind", "offset"), MALFORMED)
def test_malformed_at_the_first_byte(text: str | bytes, kind: str, offset: int) -> None:
    data = text.encode() if isinstance(text, str) else text
    error = parse(text).error
    assert error is not None
    assert error[:3] == ("MalformedJSON", kind, offset)
    assert parse(data[:offset]).error is None


def test_truncated() -> None:
    for text in ("", " ", "[12", "-", '"a', '"' + S, "tru", "[1,", '{"a'):
        error = parse(text, final=True).error
        assert error is not None
        assert error[:3] == ("TruncatedJSON", "TRUNCATED", len(text))
    assert parse("[12", final=True).value == [12]
    assert parse("[12", final=True).complete == set()
    assert parse("12", final=True).status == "COMPLETE"
    assert parse("1.", final=True).value is MISSING


def test_place_in_lines_and_characters() -> None:
    error = parse('{"é": 1,\n "😀": x').error
    assert error is not None
    assert error[2:] == (len('{"é": 1,\n "😀": '.encode()), 15, 2, 7, ("😀",))


def test_limits() -> None:
    def failed(*args: Any, **options: Any) -> tuple[Any, ...]:
        outcome = parse(*args, **options)
        assert outcome.error is not None
        return outcome.error[1], outcome.error[2], outcome.value

    assert failed("[[", max_depth=1) == ("MAX_DEPTH", 1, [])
    assert parse("[[", max_depth=2).error is None
    assert failed("[1, 2]", max_size=4) == ("MAX_SIZE", 4, [1])
    assert failed("[x, 2]", max_size=4) == ("EXPECTED_VALUE", 1, [])
    assert failed("[1, x", max_size=4) == ("MAX_SIZE", 4, [1])
    assert failed('"abc"', max_string=2) == ("MAX_STRING", 3, "ab")
    assert failed('"éé', max_string=1) == ("MAX_STRING", 4, "é")
    assert failed(f'"a{S}{LOW}', max_string=1) == ("MAX_STRING", 13, "a")
    assert failed(f'"a{S}"', max_string=1) == ("MAX_STRING", 8, "a")
    assert failed(f'"{S}x', max_string=1) == ("MAX_STRING", 7, "\ufffd")
    assert failed('{"abc"', max_string=2) == ("MAX_STRING", 4, {})
    assert failed("[1234", max_string=3) == ("MAX_STRING", 4, [])
    assert failed("[123x", max_string=3) == ("EXPECTED_COMMA", 4, [])
    assert parse("[123,", max_string=3).value == [123]


@pytest.mark.skipif(not hasattr(sys, "set_int_max_str_digits"), reason="no digit limit in this interpreter")
def test_digit_limit() -> None:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        text = "[-" + "7" * 641
        assert parse(text).error is None
        error = parse(text + "]").error
        assert error is not None
        assert error[1:3] == ("INT_DIGITS", 643)
        shown = parse(text, numbers="partial").value
        assert shown == [int("-" + "7" * 640)]
        assert parse(text + "x").error[1] == "EXPECTED_COMMA"  # type: ignore[index]
        assert parse(text + ".5]").error is None
        assert parse(text, final=True).error[1] == "INT_DIGITS"  # type: ignore[index]
    finally:
        sys.set_int_max_str_digits(before)


def test_duplicate_keys() -> None:
    text = '{"a":[1],"b":2,"a":'
    assert parse(text).value == {"a": [1], "b": 2}
    assert parse(text).complete == {("b",)}
    assert parse(text + "[").value == {"a": [], "b": 2}
    assert parse(text + "tr").value == {"a": [1], "b": 2}
    first = parse(text + "[3", duplicate_keys="first")
    assert (first.value, first.path) == ({"a": [1], "b": 2}, ("a", 0))
    assert first.complete == {("a",), ("a", 0), ("b",)}
    error = parse(text, duplicate_keys="error").error
    assert error is not None
    assert error[1:3] == ("DUPLICATE_KEY", 17)


def test_multiple_documents() -> None:
    outcome = parse('1 2"a"{}[1]true null -', multiple=True)
    assert outcome.documents == [1, 2, "a", {}, [1], True, None]
    assert (outcome.value, outcome.status) == (MISSING, "OPEN")
    assert parse("1 ", multiple=True).status == "COMPLETE"
    assert parse(" ", multiple=True, final=True).error is None
    for text, kind, offset in (
        ("1true", "TRAILING_DATA", 1),
        ("1-2", "INVALID_NUMBER", 1),
        ('"a",', "EXPECTED_VALUE", 3),
    ):
        error = parse(text, multiple=True).error
        assert error is not None
        assert error[1:3] == (kind, offset)
    assert parse("[1] x", multiple=True).value == [1]


def test_fragments_join() -> None:
    assert join(["\ud83d", "", "\ude00"]) == ("😀".encode(), b"")
    assert join(["a\ud83d"]) == (b"a", b"\xed\xa0\xbd")
    assert join(["\ud83d", b"x"]) == (b"\xed\xa0\xbdx", b"")
    assert encode("\ud83d\ude00\ude00") == "😀".encode() + b"\xed\xb8\x80"
    held = parse('"\ud83d')
    assert (held.value, held.offset, held.error) == ("", 1, None)
    assert parse(['"\ud83d', "\ude00"]).value == "😀"
    for fragments, offset in (
        (['"\ud83d', "x"], 2),
        (['"\ud83d', b"x"], 2),
        (['"\ude00'], 2),
        (["\ud83d"], 0),
    ):
        error = parse(fragments).error  # type: ignore[arg-type]
        assert error is not None
        assert error[2] == offset


def test_growth_rule_refuses() -> None:
    for before, after in (
        ("ab", "a"),
        ("a", 1),
        ([1], []),
        ([1, 2], [3, 2]),
        ([[1], 2], [[1, 1], 2]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": "x", "b": 2}, {"a": "xy", "b": 2}),
        (1, 2),
        (1, 1.0),
        (True, 1),
        (None, False),
        ({"a": 1}, {}),
        ([], {}),
    ):
        assert not growth.grows(before, after), (before, after)
    growing: list[tuple[Any, Any]] = [
        ("a", "ab"),
        ([1], [1, 2]),
        (["a"], ["ab", 1]),
        ({"a": [1]}, {"a": [1, 2], "b": 1}),
    ]
    for before, after in growing:
        assert growth.grows(before, after)
    assert growth.grows(1, 1.5, numbers="partial")
    assert not growth.grows(1.5, 1, numbers="partial")
