"""P04: what is shown after any prefix equals what the plain parser of tests/oracle shows for it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import midstream
from tests.oracle import partial
from tests.promises.test_p03_partition import CHOICES, HARD
from tests.support import strategies
from tests.support.feeding import check_against_oracle, code_units, freeze, units


@given(strategies.fed(), strategies.options())
@example([b"[12", b""], {})
@example(["[-", "0"], {"numbers": "partial"})
@example(['"\ud83d'], {})
@example(['"\ud83d', "x"], {})
@example(['"\ud83d', "", b"x"], {})
@example(['"\\ud83d', "\ud83d", "\ude00"], {})
@example(['"\\ud83d', "\ud83d", b'"'], {"max_string": 1})
@example([b'"\xf0\x9f', "\ud83d"], {})
@example(["\ud83d"], {})
@example(['"\\\ud83d'], {})
@example(['{"\ud83d', '\ude00":1}'], {"duplicate_keys": "error"})
@example(['"ab\ud83d', '\ude00"'], {"max_size": 5})
@example(['1 "a\ud83d', '\ude00"'], {"multiple": True})
def test_P04_any_stream(fragments: list[Any], options: dict[str, Any]) -> None:
    check_against_oracle(fragments, **options)


@pytest.mark.parametrize("options", CHOICES, ids=str)
@pytest.mark.parametrize("text", HARD)
def test_P04_hard_documents_unit_by_unit(text: str, options: dict[str, Any]) -> None:
    check_against_oracle(units(text.encode()), **options)
    check_against_oracle(units(text), **options)
    check_against_oracle(units(code_units(text)), **options)


@given(st.data(), strategies.json_texts(max_leaves=20), strategies.options())
def test_P04_repeated_keys_deep_down(data: st.DataObject, text: str, options: dict[str, Any]) -> None:
    check_against_oracle(data.draw(strategies.cut_plans(text.encode())), **options)


@given(
    strategies.json_texts(max_leaves=8, keys=st.sampled_from(['"a"', '"b"', '"\\u0061"'])),
    st.sampled_from(["last", "first", "error"]),
)
def test_P04_many_repeated_keys(text: str, duplicate_keys: str) -> None:
    check_against_oracle(units(text), duplicate_keys=duplicate_keys)


@given(strategies.streams(), strategies.options())
def test_P04_loads_partial(data: bytes, options: dict[str, Any]) -> None:
    options.pop("multiple", None)
    wanted = partial.parse(data, **options)
    try:
        value = midstream.loads(data, partial=True, **options)
    except midstream.JSONStreamError as error:
        assert wanted.error is not None
        assert (type(error).__name__, error.kind.name, error.offset) == wanted.error[:3]
        assert freeze(error.value) == freeze(wanted.value)
    else:
        assert wanted.error is None
        assert freeze(value) == freeze(wanted.value)


@given(strategies.json_texts(max_leaves=6), st.sampled_from(["complete", "partial"]))
def test_P04_parse_float(text: str, numbers: str) -> None:
    """What parse_float makes of a number is shown, of the same text as the plain parser gives it."""

    def spelled(number: str) -> Any:
        return ["float", number]

    parser = midstream.Parser(parse_float=spelled, numbers=numbers)
    for end, unit in enumerate(units(text), 1):
        parser.feed(unit)
        assert freeze(parser.value) == freeze(partial.parse(text[:end], parse_float=spelled, numbers=numbers).value)
