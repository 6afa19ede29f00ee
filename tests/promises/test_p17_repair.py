"""P17 with repair: what waits, and what is open, costs its fragment. Work is counted here, never timed."""

from __future__ import annotations

import gc
import sys
from typing import Any

import pytest

import midstream
from tests.promises.test_p17_linear import peaks
from tests.support.feeding import units

OPEN_TOKENS: list[tuple[str, str, int]] = [
    ('{"k":"', "a", 200_000),
    ("{'k':'", "é", 200_000),
    ("{“k”:“", "😀", 100_000),
    ('["a "quoted" text, ', "a", 200_000),
    ("[", "w", 200_000),
    ('{"a": ', "words ", 40_000),
    ("{", "k", 200_000),
    ('{"', "k", 200_000),
    ("[", "7", 200_000),
    ("[0x", "f", 200_000),
    ("[/*", "*", 200_000),
    ("[// ", "c", 200_000),
    ("[1", " ", 200_000),
    ('["a"', "\n", 200_000),
    ("[", ",", 200_000),
    ("", "prose ", 40_000),
    ("{} ", "prose ", 40_000),
    ("```", "x", 200_000),
    ("[f(", "(", 200_000),
    ('{"a":"', "}", 100_000),
    ('{"a":"b"', "}", 100_000),
    ('["', "\\", 100_000),
    ('["', "\n", 100_000),
    ('["', "`", 100_000),
    ("[", ".", 100_000),
    ("[", "`", 100_000),
]


@pytest.mark.parametrize(("head", "unit", "count"), OPEN_TOKENS)
def test_P17_an_open_token_is_not_copied_at_every_fragment(head: str, unit: str, count: int) -> None:
    parser = midstream.Parser(repair="all", max_depth=None)
    parser.feed(head + unit * count)
    rises = peaks(parser, [unit] * 300, lambda value: value)
    assert sum(rise > count // 2 for rise in rises) <= 15


@pytest.mark.parametrize(
    "unit", ["1 ", "'a',", "a,", "b\n", "1,,", "/**/1,", "+1,", "'a' + 'b',", "...,", "(1),", "(),", '"a"b",', "\u00a0"]
)
def test_P17_a_wide_container_costs_no_more_for_its_width_mended(unit: str) -> None:
    parser = midstream.Parser(repair="all")
    parser.feed("[" + unit * 30_000)
    rises = peaks(parser, [unit] * 200, lambda value: len(value))
    assert sum(rise > 60_000 for rise in rises) <= 5


@pytest.mark.parametrize("unit", ["1,", "'a',", '"a" ', "b c,", "/**/", "1,,", '{"a":1],', "[1},", "(1,),"])
def test_P17_a_deep_place_costs_no_more_for_its_depth_mended(unit: str) -> None:
    parser = midstream.Parser(repair="all", max_depth=None)
    parser.feed('[{"a":' * 20_000 + "[")
    rises = peaks(parser, units(unit) * 30, lambda value: value)
    assert sum(rise > 50_000 for rise in rises) <= 5


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("[", " "),
        ("[", "/* */"),
        ("[", "# c\n"),
        ("[1", ","),
        ('["', "x"),
        ("['", "x\\n"),
        ("{} ", "prose "),
        ("[", "\u00a0"),
        ('{"a":"', ' "b" '),
        ("[/*", "x"),
    ],
)
def test_P17_a_small_fragment_makes_few_objects_mended(head: str, unit: str) -> None:
    """Beside one record for each repair, a fragment leaves nothing behind."""
    parser = midstream.Parser(repair="all")
    parser.feed(head)
    for _ in range(100):
        parser.feed(unit)
        parser.value
    gc.collect()
    before, mended = sys.getallocatedblocks(), len(parser.repairs)
    for _ in range(3000):
        parser.feed(unit)
        parser.value
    mended = len(parser.repairs) - mended
    assert mended <= 2 * 3000
    gc.collect()
    assert sys.getallocatedblocks() - before <= 100 + 4 * mended


def test_P17_the_live_value_is_handed_out_without_a_copy_mended() -> None:
    parser = midstream.Parser(repair="all")
    parser.feed("{list: [{x: 1},")
    root, array, item = parser.value, parser.value["list"], parser.value["list"][0]
    for unit in units("{x: 2},,[3}" * 20):
        parser.feed(unit)
        value: Any = parser.value
        assert value is root
        assert value["list"] is array
        assert value["list"][0] is item
