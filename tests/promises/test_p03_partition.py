"""P03: what is shown after a prefix does not depend on how the prefix was cut, nor on str or bytes."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from tests.support import strategies
from tests.support.feeding import KINDS, all_ways, as_kind, code_units, every_two_cut_split, observe, seen, try_feed, units

HARD = [
    '{"é\\ud83d\\ude00":[-1.5e+3,true,"a\\ud83dx\\ude00\\"", {"":null}], "k":"😀€"} ',
    '[1e5,-0,0.5E-2,false,"\\ud83d\\ud83d\\ude00\\n"]\n',
    '{"a":1,"b":{"a":[1]},"a":{"a":"x","a":"\\u00e9"}}',
    '"\\ud83d\\u0041\\ud83d😀"',
    '-12.5e10 {"a":[]}true 3',
    "[1,2,,]",
    '{"a":"\x01"}',
    '["\\ud83d\\x"]',
    "[tru]",
    "[1.5e+}",
]
CHOICES: list[dict[str, Any]] = [
    {},
    {"numbers": "partial"},
    {"duplicate_keys": "first"},
    {"duplicate_keys": "error"},
    {"multiple": True},
    {"max_string": 3},
    {"max_depth": 2, "max_size": 30},
    {"numbers": "partial", "multiple": True, "max_string": 4},
]


@given(st.data(), strategies.streams(), strategies.options())
def test_P03_any_two_partitions(data: st.DataObject, stream: bytes, options: dict[str, Any]) -> None:
    one = data.draw(strategies.cut_plans(stream))
    other = data.draw(strategies.cut_plans(stream))
    wanted = seen([stream], **options)
    assert seen(one, **options) == wanted
    assert seen(other, **options) == wanted
    wanted = seen([stream], close=True, **options)
    assert seen(one, close=True, **options) == wanted
    assert seen(other, close=True, **options) == wanted


@pytest.mark.parametrize("options", CHOICES, ids=str)
@pytest.mark.parametrize("text", HARD)
def test_P03_every_way_to_feed(text: str, options: dict[str, Any]) -> None:
    data = text.encode()
    wanted = seen([data], close=True, **options)
    for fragments in all_ways(data):
        assert seen(fragments, close=True, **options) == wanted, fragments


@pytest.mark.parametrize("text", HARD)
def test_P03_every_two_cut_split(text: str) -> None:
    for whole in (text, text.encode(), code_units(text)):
        wanted = seen([text], close=True)
        for fragments in every_two_cut_split(whole):
            assert seen(fragments, close=True) == wanted, fragments


@pytest.mark.parametrize(
    "data", [b'["\xf0\x9f\x98"]', b'["\xed\xa0\xbd"]', b'["\xc0\x80"]', b'["\xf4\x90\x80\x80"]', b'["\xe2\x82', b'{"\xff":1}']
)
def test_P03_broken_characters(data: bytes) -> None:
    wanted = seen([data], close=True)
    assert wanted.error is not None
    for fragments in itertools.chain(all_ways(data), every_two_cut_split(data)):
        assert seen(fragments, close=True) == wanted, fragments


@pytest.mark.parametrize("kinds", list(itertools.product(KINDS, repeat=3)), ids="-".join)
def test_P03_every_mix_of_three_kinds(kinds: tuple[str, ...]) -> None:
    text = HARD[0]
    wanted = seen([text], close=True)
    for size in (1, 2, 5):
        pieces = [text[start : start + size].encode() for start in range(0, len(text), size)]
        fragments = [as_kind(piece, kind) for piece, kind in zip(pieces, itertools.cycle(kinds), strict=False)]
        assert seen(fragments, close=True) == wanted


def test_P03_final_with_the_last_fragment() -> None:
    for text in (*HARD, "", "12", "[12", '"a'):
        wanted = seen([text], close=True)
        for fragments in ([text], [text[:-1], text[-1:]], [*units(text), ""]):
            parser = midstream.Parser()
            error: BaseException | None = None
            for index, fragment in enumerate(fragments):
                error = error or try_feed(parser, fragment, index == len(fragments) - 1)
            assert observe(parser, error) == wanted
