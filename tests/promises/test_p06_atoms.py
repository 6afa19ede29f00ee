"""P06: literals, numbers and keys appear whole or not at all."""

from __future__ import annotations

from typing import Any

import pytest

import midstream
from tests.support.feeding import freeze, try_close, try_feed, units

MISSING = midstream.MISSING


def shown(text: str, **options: Any) -> list[Any]:
    """What is shown after each character of text."""
    parser = midstream.Parser(**options)
    values = []
    for unit in units(text):
        try_feed(parser, unit)
        values.append(freeze(parser.value))
    return values


def frozen(*values: Any) -> list[Any]:
    return [freeze(value) for value in values]


@pytest.mark.parametrize(("word", "value"), [("true", True), ("false", False), ("null", None)])
def test_P06_literals_appear_with_their_last_letter(word: str, value: Any) -> None:
    assert shown(word) == frozen(*[MISSING] * (len(word) - 1), value)
    assert shown("[" + word) == frozen(*[[]] * len(word), [value])
    assert shown('{"k":' + word)[5:] == frozen(*[{}] * (len(word) - 1), {"k": value})
    assert shown("[" + word[:-1] + "x")[-1] == freeze([])


@pytest.mark.parametrize("delimiter", [" ", "\t", "\n", "\r", ",", "]"])
@pytest.mark.parametrize("number", ["0", "-0", "12", "-1.5", "1e5", "1.25E-3"])
def test_P06_numbers_wait_for_a_valid_delimiter(number: str, delimiter: str) -> None:
    value = float(number) if set(".eE") & set(number) else int(number)
    assert shown("[" + number + delimiter) == frozen(*[[]] * (len(number) + 1), [value])


@pytest.mark.parametrize("bad", ["x", "}", '"', "[", "{", ":", "\x00", "é", "-", "+", "/"])
@pytest.mark.parametrize("number", ["0", "-0", "12", "-1.5", "1e5"])
def test_P06_a_bad_byte_is_no_delimiter(number: str, bad: str) -> None:
    assert shown("[" + number + bad)[-1] == freeze([])
    parser = midstream.Parser()
    parser.feed("[" + number)
    with pytest.raises(midstream.MalformedJSON) as caught:
        parser.feed(bad)
    assert caught.value.offset == len(number) + 1
    assert caught.value.value == []


@pytest.mark.parametrize(("text", "before"), [('{"a":1]', {}), ("[1}", []), ("1,", MISSING), ("1]", MISSING)])
def test_P06_the_closer_of_another_container_is_no_delimiter(text: str, before: Any) -> None:
    assert shown(text)[-1] == freeze(before)


def test_P06_a_root_number_waits_for_white_space_or_the_end() -> None:
    assert shown("12 ") == frozen(MISSING, MISSING, 12)
    parser = midstream.Parser()
    parser.feed("12")
    assert parser.value is MISSING
    assert parser.status is midstream.Status.OPEN
    assert parser.close() == 12
    assert parser.status is midstream.Status.COMPLETE
    assert parser.is_complete(())


def test_P06_the_end_of_input_ends_a_number_inside() -> None:
    parser = midstream.Parser()
    parser.feed('{"a":[1,12')
    assert parser.value == {"a": [1]}
    error = try_close(parser)
    assert isinstance(error, midstream.TruncatedJSON)
    assert parser.value == {"a": [1, 12]}
    assert error.value == {"a": [1, 12]}


@pytest.mark.parametrize("text", ["-", "1.", "1e", "1e+", "-0.", "1.5E-"])
def test_P06_the_end_of_input_ends_no_half_number(text: str) -> None:
    for head, value in (("[", []), ('{"a":', {}), ("", MISSING)):
        parser = midstream.Parser()
        parser.feed(head + text)
        assert isinstance(try_close(parser), midstream.TruncatedJSON)
        assert parser.value is value or parser.value == value


def test_P06_numbers_after_numbers_in_multiple_documents() -> None:
    for tail in ("{", "[", '"', " ", "\n"):
        parser = midstream.Parser(multiple=True)
        parser.feed("12" + tail)
        assert parser.status is (midstream.Status.COMPLETE if tail.isspace() else midstream.Status.OPEN)
        closer = {"{": "}", "[": "]", '"': '"'}.get(tail, "")
        assert next(midstream.documents(["1", "2", tail + closer])) == 12
    for tail in ("t", "x", ",", "]"):
        parser = midstream.Parser(multiple=True)
        with pytest.raises(midstream.MalformedJSON):
            parser.feed("12" + tail)
        assert parser.value is MISSING


PARTIAL = [
    ("-", []), ("-0", [0]), ("0", [0]), ("1", [1]), ("12", [12]), ("-12", [-12]), ("1.", [1]), ("1.5", [1.5]), ("1.50", [1.5]),
    ("1e", [1]), ("1e+", [1]), ("1e+1", [10.0]), ("1.5e", [1.5]), ("1.5e-", [1.5]), ("1.5e-1", [0.15]), ("-0.", [0]),
    ("-0.0", [-0.0]), ("1x", [1]), ("1.x", [1]), ("1e+]", [1]), ("1.5}", [1.5]), ("01", [0]), ("1.2.3", [1.2]), ("-x", []),
    ("1,", [1]), ("1e400", [float("inf")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), PARTIAL)
def test_P06_partial_numbers_show_the_longest_valid_prefix(text: str, value: Any) -> None:
    assert shown("[" + text, numbers="partial")[-1] == freeze(value)
    parser = midstream.Parser(numbers="partial")
    try_feed(parser, "[" + text)
    assert freeze(parser.value) == freeze(value)


def test_P06_partial_numbers_step_by_step() -> None:
    assert shown('{"n":-1.5e2}', numbers="partial")[5:] == frozen(
        {}, {"n": -1}, {"n": -1}, {"n": -1.5}, {"n": -1.5}, {"n": -150.0}, {"n": -150.0}
    )
    assert shown("-10 ", numbers="partial") == frozen(MISSING, -1, -10, -10)


def test_P06_partial_numbers_are_never_complete() -> None:
    parser = midstream.Parser(numbers="partial")
    parser.feed("[1, 2")
    assert parser.is_complete((0,))
    assert not parser.is_complete((1,))
    parser.feed(" ")
    assert parser.is_complete((1,))


@pytest.mark.parametrize(("sign", "value"), [('"', ""), ("[", []), ("{", {}), ("true", True), ("1,", 1), ("null", None)])
def test_P06_a_key_appears_with_the_first_sign_of_its_value(sign: str, value: Any) -> None:
    head = '{"x":0,"key" : '
    values = shown(head + sign)
    quiet = len(head) + len(sign) - 1
    assert values[7:quiet] == frozen(*[{"x": 0}] * (quiet - 7))
    assert values[-1] == freeze({"x": 0, "key": value})


def test_P06_strings_appear_at_their_opening_quote() -> None:
    assert shown('"ab"') == frozen("", "a", "ab", "ab")
    assert shown('["",') == frozen([], [""], [""], [""])


def test_P06_parse_float_sees_each_number_once() -> None:
    calls: list[str] = []

    def note(text: str) -> str:
        calls.append(text)
        return text

    for fragments in (["[1.5,2,-0.0e1 ]"], units("[1.5,2,-0.0e1 ]")):
        calls.clear()
        parser = midstream.Parser(parse_float=note)
        for fragment in fragments:
            parser.feed(fragment)
            parser.value
        assert parser.close() == ["1.5", 2, "-0.0e1"]
        assert calls == ["1.5", "-0.0e1"]
