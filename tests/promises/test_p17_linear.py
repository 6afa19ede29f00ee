"""P17: a document in fragments of any size costs what its length costs. Work is counted here, never timed.

The counts: objects made, bytes copied (as peaks of traced memory), identity of what is handed out.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

import midstream
from tests.support.feeding import units


def peaks(parser: midstream.Parser, fragments: list[Any], read: Callable[[Any], Any]) -> list[int]:
    """For each fragment, how far traced memory rose above its start while it was fed and the value read."""
    rises = []
    tracemalloc.start()
    try:
        for fragment in fragments:
            start, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            parser.feed(fragment)
            read(parser.value)
            rises.append(tracemalloc.get_traced_memory()[1] - start)
    finally:
        tracemalloc.stop()
    return rises


READERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "in an object": ('{"k":"', lambda value: len(value["k"])),
    "in an array": ('[1,"', lambda value: len(value[1])),
    "deep": ('[{"a":[[{"k":"', lambda value: len(value[0]["a"][0][0]["k"])),
}


@pytest.mark.parametrize("character", ["a", "é", "€", "😀", "\\n", "\\u00e9"])
@pytest.mark.parametrize("name", sorted(READERS))
def test_P17_reading_an_open_string_does_not_copy_it(name: str, character: str) -> None:
    """Of 300 reads of a long open string, each after one more character, only a few may cost its length."""
    head, read = READERS[name]
    parser = midstream.Parser()
    long = 400_000
    parser.feed(head + character * long)
    assert read(parser.value) == long
    rises = peaks(parser, [character] * 300, read)
    assert read(parser.value) == long + 300
    copies = sum(rise > long // 2 for rise in rises)
    assert copies <= 15, f"{copies} of 300 reads rose by half the text or more"


def test_P17_one_wide_character_widens_a_long_text_once() -> None:
    parser = midstream.Parser()
    parser.feed('{"k":"' + "a" * 200_000)
    for character in ("é", "€", "😀"):
        rises = peaks(parser, [character] + ["b"] * 100, lambda value: value["k"])
        assert sum(rise > 100_000 for rise in rises) <= 10, character
    assert len(parser.value["k"]) == 200_000 + 303


@pytest.mark.parametrize(
    ("head", "unit", "long"),
    [
        ("[", "7", 200_000),
        ("[0.", "7", 200_000),
        ('{"', "k", 200_000),
        ("[", " ", 200_000),
        ('{"a"', "\n", 200_000),
        ("[1e", "0", 100_000),
    ],
)
def test_P17_open_atoms_cost_their_fragment(head: str, unit: str, long: int) -> None:
    """A long number, key or run of white space that goes on is not copied at every fragment."""
    parser = midstream.Parser()
    parser.feed(head + unit * long)
    rises = peaks(parser, [unit] * 300, lambda value: value)
    assert sum(rise > long // 2 for rise in rises) <= 5


def test_P17_a_wide_container_costs_no_more_for_its_width() -> None:
    for head, unit in (("[" + "[]," * 50_000, "[],"), ("{" + ",".join(f'"{n}":0' for n in range(50_000)), ',"x":1')):
        parser = midstream.Parser()
        parser.feed(head)
        rises = peaks(parser, [unit] * 200, lambda value: len(value))
        assert sum(rise > 100_000 for rise in rises) <= 5


def test_P17_a_deep_place_costs_no_more_for_its_depth() -> None:
    parser = midstream.Parser(max_depth=None)
    parser.feed('[{"a":' * 20_000 + "[")
    rises = peaks(parser, ["1", ",", '"x', 'y"', ",[", "],", "{", "},"] * 20, lambda value: value)
    assert sum(rise > 50_000 for rise in rises) <= 5


def test_P17_the_live_value_is_handed_out_without_a_copy() -> None:
    parser = midstream.Parser()
    parser.feed('{"list":[{"x":1},')
    root, array, item = parser.value, parser.value["list"], parser.value["list"][0]
    for unit in units('{"x":2},' * 50):
        parser.feed(unit)
        value = parser.value
        assert value is root
        assert value["list"] is array
        assert value["list"][0] is item


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("[", "1,"),
        ("", " "),
        ("[", " "),
        ('{"k":"', "x"),
        ('{"k":"', "\\n"),
        ("[", '"s",'),
        ("[", "1.5,"),
        ("[", "null,"),
        ("[0.", "1"),
        ('{"', "k"),
    ],
)
def test_P17_a_small_fragment_makes_few_objects(head: str, unit: str) -> None:
    """The blocks alive do not grow faster than the value: a fragment leaves at most its own elements behind."""
    parser = midstream.Parser()
    parser.feed(head)
    for _ in range(100):
        parser.feed(unit)
        parser.value
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(5000):
        parser.feed(unit)
        parser.value
    gc.collect()
    assert sys.getallocatedblocks() - before <= (2 * 5000 if unit.endswith(",") else 50) + 50


def test_P17_feed_without_events_returns_one_and_the_same_tuple() -> None:
    parser = midstream.Parser()
    first = parser.feed("[1,")
    assert first == ()
    assert parser.feed("2") is first
    assert parser.feed("") is first
    assert midstream.Parser().feed("[") is first
