"""P15: limits are enforced exactly, however the input is cut."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from tests.oracle import partial
from tests.support import strategies
from tests.support.feeding import (
    all_ways,
    check_against_oracle,
    every_two_cut_split,
    expected,
    feed_all,
    freeze,
    seen,
    try_close,
    try_feed,
    units,
)

DEPTHS = ['[[[1],{"a":{"b":[]}}]]', '{"a":[{}],"b":{}}']
SIZES = ['{"é":["😀",12.5]} ', "[12,x]", "1234", '"\\ud83d\\ude00"']
LENGTHS = [
    '["abcdef"]',
    '{"abcd":"éé"}',
    '["a😀é\\n\\u0041\\ud83d\\ude00\\ud83d"]',
    "[-12.50e+3,7]",
    "123456 ",
    '"\\ud83d\\ud83dx"',
]
LIMITED: list[tuple[str, dict[str, Any]]] = [
    *((text, {"max_depth": depth}) for text in DEPTHS for depth in range(1, 6)),
    *((text, {"max_size": size}) for text in SIZES for size in range(1, 24)),
    *(
        (text, {"max_string": size, "numbers": numbers})
        for text in LENGTHS
        for size in range(1, 9)
        for numbers in ("complete", "partial")
    ),
]


@pytest.mark.parametrize(("text", "options"), LIMITED, ids=str)
def test_P15_every_limit_at_every_cut(text: str, options: dict[str, Any]) -> None:
    check_against_oracle(units(text.encode()), **options)
    check_against_oracle(units(text), **options)
    wanted = expected(partial.parse(text, final=True, **options))
    for fragments in all_ways(text.encode()):
        assert seen(fragments, close=True, **options) == wanted, fragments


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ('["é\\ud83d\\ude00x"]', {"max_string": 2}),
        ('["é\\ud83dx"]', {"max_string": 2}),
        ('["😀😀"]', {"max_size": 8}),
        ("[123456]", {"max_string": 3}),
        ('[["a"],[[]]]', {"max_depth": 2}),
    ],
)
def test_P15_every_limit_at_every_two_cuts(text: str, options: dict[str, Any]) -> None:
    wanted = expected(partial.parse(text, final=True, **options))
    assert wanted.error is not None
    assert wanted.error[0] == "LimitExceeded"
    for fragments in itertools.chain(every_two_cut_split(text), every_two_cut_split(text.encode())):
        assert seen(fragments, close=True, **options) == wanted, fragments


@given(
    strategies.fed(),
    st.fixed_dictionaries(
        {
            "max_depth": st.integers(1, 4),
            "max_size": st.none() | st.integers(1, 80),
            "max_string": st.integers(1, 8),
            "numbers": st.sampled_from(["complete", "partial"]),
            "multiple": st.booleans(),
        }
    ),
)
def test_P15_limits_together(fragments: list[Any], options: dict[str, Any]) -> None:
    check_against_oracle(fragments, **options)


def limit_of(data: Any, **options: Any) -> tuple[str, int]:
    parser, error = feed_all([data], **options)
    error = error or try_close(parser)
    assert isinstance(error, midstream.LimitExceeded), error
    return error.kind.name, error.offset


def test_P15_the_default_depth() -> None:
    parser, error = feed_all(["[" * 1024 + "]" * 1024])
    assert error is None
    parser.close()
    assert limit_of("[" * 1025) == ("MAX_DEPTH", 1024)
    assert limit_of('{"a":' * 1025) == ("MAX_DEPTH", 5 * 1024)
    for fragments in ([b"[" * 1025], units("[" * 1025)):
        parser, error = feed_all(fragments)
        assert isinstance(error, midstream.LimitExceeded)
        assert error.path == (0,) * 1023
    assert try_feed(midstream.Parser(max_depth=None), "[" * 5000) is None


def test_P15_depth_counts_what_is_open_not_what_was() -> None:
    parser, error = feed_all(["[" + "[[]]," * 1000 + "{}]"], max_depth=3)
    assert error is None
    parser.close()


def test_P15_size_is_of_the_whole_stream() -> None:
    parser = midstream.Parser(multiple=True, max_size=6)
    for _ in range(3):
        parser.feed("[]")
    with pytest.raises(midstream.LimitExceeded) as caught:
        parser.feed(" ")
    assert (caught.value.kind.name, caught.value.offset) == ("MAX_SIZE", 6)
    assert seen(["[1]"], close=True, max_size=3).error is None


def test_P15_size_stops_before_a_long_fragment_is_read() -> None:
    parser = midstream.Parser(max_size=10)
    error = try_feed(parser, '["' + "a" * 1_000_000)
    assert isinstance(error, midstream.LimitExceeded)
    assert parser.value == ["a" * 8]


def test_P15_long_strings_exactly() -> None:
    for size in (1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 1000):
        for character in ("a", "é", "€", "😀", "\\n", "\\u00e9", "\\ud83d\\ude00"):
            head, width = '["', len(character.encode())
            parser, error = feed_all([head + character * size + '"]'], max_string=size)
            assert error is None, (size, character)
            parser.close()
            for fragments in ([head + character * (size + 1)], units(head + character * (size + 1))):
                parser, error = feed_all(fragments, max_string=size)
                assert isinstance(error, midstream.LimitExceeded)
                assert error.offset == len(head) + width * (size + 1) - 1
                assert len(parser.value[0]) == size


def test_P15_long_keys_and_numbers_exactly() -> None:
    for size in (1, 7, 8, 9, 16, 100):
        for character in ("k", "é", "\\n"):
            width = len(character.encode())
            text = '{"' + character * (size + 1) + '":1}'
            for fragments in ([text], units(text)):
                parser, error = feed_all(fragments, max_string=size)
                assert isinstance(error, midstream.LimitExceeded)
                assert error.offset == 2 + width * (size + 1) - 1
                assert parser.value == {}
        for number in ("1" * (size + 1), ("-" + "2" * size), ("0." + "3" * size)[: size + 1]):
            for fragments in ([f"[{number}]"], units(f"[{number}]")):
                parser, error = feed_all(fragments, max_string=size)
                assert isinstance(error, midstream.LimitExceeded), number
                assert error.offset == 1 + size
                assert parser.value == []
            assert seen([f"[{number}]"], close=True, max_string=size + 1).error is None or number.endswith((".", "-"))


# -- the interpreter's digit limit


@pytest.fixture
def digit_limit() -> Iterator[int]:
    if not hasattr(sys, "set_int_max_str_digits"):
        pytest.skip("this interpreter has no digit limit")
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    yield 640
    sys.set_int_max_str_digits(before)


@pytest.mark.parametrize("numbers", ["complete", "partial"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_P15_digits(digit_limit: int, sign: str, numbers: str) -> None:
    for digits in (digit_limit - 1, digit_limit, digit_limit + 1, digit_limit + 2, 2 * digit_limit):
        number = sign + "7" * digits
        for tail in ("]", ",", " ", "x", ".5]", "e1]", "}", "", ".", "-"):
            data = "[" + number + tail
            wanted = expected(partial.parse(data, numbers=numbers))
            closed = expected(partial.parse(data, final=True, numbers=numbers))
            for fragments in ([data], units(data), [data[:-1], data[-1:]], [data[:300], data[300:]]):
                assert seen(fragments, numbers=numbers) == wanted
                assert seen(fragments, close=True, numbers=numbers) == closed
    number = sign + "7" * (digit_limit + 1)
    _, error = feed_all([f"[{number}]"])
    assert isinstance(error, midstream.LimitExceeded)
    assert (error.kind.name, error.offset) == ("INT_DIGITS", 1 + len(number))


def test_P15_digits_after_every_digit(digit_limit: int) -> None:
    data = '{"n":-' + "8" * (digit_limit + 3)
    parser = midstream.Parser(numbers="partial")
    for end, unit in enumerate(units(data), 1):
        parser.feed(unit)
        if end > len(data) - 8:
            assert freeze(parser.value) == freeze(partial.parse(data[:end], numbers="partial").value)
    assert parser.value == {"n": -int("8" * digit_limit)}
    assert isinstance(try_feed(parser, "}"), midstream.LimitExceeded)
    assert parser.value == {"n": -int("8" * digit_limit)}


def test_P15_no_digit_limit(digit_limit: int) -> None:
    sys.set_int_max_str_digits(0)
    number = "9" * 10_000
    for fragments in ([f"[{number}]"], units(f"[{number}]")):
        parser, error = feed_all(fragments)
        assert error is None
        assert parser.close() == [int(number)]


def test_P15_digits_at_the_root(digit_limit: int) -> None:
    parser, error = feed_all(["3" * (digit_limit + 1)])
    assert error is None
    error = try_close(parser)
    assert isinstance(error, midstream.LimitExceeded)
    assert (error.kind.name, error.offset) == ("INT_DIGITS", digit_limit + 1)
    assert parser.value is midstream.MISSING
