"""P05: from one prefix to a longer one nothing shown is taken back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from tests.oracle.growth import grows
from tests.support import strategies
from tests.support.feeding import clone, try_close, try_feed, units


def check_growth(fragments: list[Any], *, replacing: bool, **options: Any) -> None:
    parser = midstream.Parser(**options)
    before = clone(parser.value)
    error = None
    for count in range(len(fragments) + 1):
        error = try_feed(parser, fragments[count]) if count < len(fragments) else try_close(parser)
        after = parser.value
        if before is not midstream.MISSING:
            assert after is not midstream.MISSING
            numbers = options.get("numbers", "complete")
            assert grows(before, after, numbers=numbers, replacing=replacing), (fragments[: count + 1], before, after)
        before = clone(after)
        if error is not None:
            return


NUMBERS = st.sampled_from(["complete", "partial"])


@given(st.data(), strategies.distinct_key_texts(), NUMBERS)
def test_P05_documents(data: st.DataObject, text: str, numbers: str) -> None:
    check_growth(data.draw(strategies.cut_plans(text.encode())), replacing=False, numbers=numbers)
    check_growth(units(text), replacing=False, numbers=numbers)


@given(st.data(), strategies.distinct_key_texts(), NUMBERS, st.integers(0, 400), strategies.BAD_BYTES)
def test_P05_damaged_documents(data: st.DataObject, text: str, numbers: str, place: int, byte: int) -> None:
    damaged = bytearray(text.encode())
    damaged[place % len(damaged)] = byte
    check_growth(data.draw(strategies.cut_plans(bytes(damaged))), replacing=True, numbers=numbers)


@given(strategies.fed(), strategies.options(), st.sampled_from(["first", "error"]))
def test_P05_repeated_keys_replace_nothing_unless_asked(
    fragments: list[Any], options: dict[str, Any], duplicate_keys: str
) -> None:
    options.update(duplicate_keys=duplicate_keys, multiple=False)
    check_growth(fragments, replacing=False, **options)


@given(strategies.fed(), strategies.options())
def test_P05_repeated_keys_may_replace(fragments: list[Any], options: dict[str, Any]) -> None:
    options.update(duplicate_keys="last", multiple=False)
    check_growth(fragments, replacing=True, **options)


@pytest.mark.parametrize(
    "text", ["-0", "-0.0", "-10", "1.5", "100.25e+10", "1e5", "1E-07", "12345678901234567890", "-1.0e", "1.", "-", "0e"]
)
@pytest.mark.parametrize("tail", ["", ",", "]", " ", "x", ".", "-", "\x00", '"'])
def test_P05_partial_numbers_never_vanish(text: str, tail: str) -> None:
    """Shown numbers only go from int to float, also where an error or the end of input follows."""
    parser = midstream.Parser(numbers="partial")
    shown = []
    error = None
    for unit in units("[" + text + tail):
        error = try_feed(parser, unit)
        shown.append(list(parser.value))
        if error is not None:
            break
    if error is None:
        try_close(parser)
        shown.append(list(parser.value))
    lengths = [len(value) for value in shown]
    assert lengths == sorted(lengths)
    types = [type(value[0]) for value in shown if value]
    assert types == sorted(types, key=[int, float].index)


def test_P05_the_live_value_is_one_object() -> None:
    """The root and each container stay the same object while they grow."""
    parser = midstream.Parser()
    parser.feed('{"a":[')
    root, array = parser.value, parser.value["a"]
    for unit in units('1,{"b":"c"},"d'):
        parser.feed(unit)
        assert parser.value is root
        assert parser.value["a"] is array
    parser.feed('"]}')
    assert parser.close() is root
    assert root == {"a": [1, {"b": "c"}, "d"]}
