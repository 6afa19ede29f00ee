"""P19: memory is the value, the depth and the open token."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

import midstream


def traced(parser: midstream.Parser, fragments: Iterator[Any], *, read: bool) -> tuple[int, int]:
    """Traced bytes held at the end and at the peak, above those of the start."""
    tracemalloc.start()
    try:
        start, _ = tracemalloc.get_traced_memory()
        for fragment in fragments:
            parser.feed(fragment)
            if read:
                parser.value
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return now - start, peak - start


def repeat(fragment: Any, count: int) -> Iterator[Any]:
    for _ in range(count):
        yield fragment


@pytest.mark.parametrize("read", [False, True])
@pytest.mark.parametrize(
    ("head", "fragment", "count"),
    [
        ("", " " * 1000, 2000),
        ("[", "\n" * 1000, 2000),
        ('{"a":1', "\t", 50_000),
        ("{", '"a":"' + "x" * 1000 + '",', 1000),
        ("{", '"a":[1,2,3,{"b":[]}],', 3000),
    ],
)
def test_P19_what_is_not_in_the_value_is_not_kept(head: str, fragment: str, count: int, read: bool) -> None:
    parser = midstream.Parser()
    parser.feed(head)
    held, peak = traced(parser, repeat(fragment, count), read=read)
    assert held < 20_000
    assert peak < 60_000


@pytest.mark.parametrize("document", ['{"a":[1,2.5,"text"]} ', "[[[]]]", '"string"', "12 ", "null\n"])
def test_P19_documents_are_not_kept(document: str) -> None:
    parser = midstream.Parser(multiple=True)
    parser.feed(document * 10)
    held, peak = traced(parser, repeat(document * 10, 2000), read=True)
    assert held < 5000
    assert peak < 60_000


def test_P19_dropped_values_are_not_kept() -> None:
    parser = midstream.Parser(duplicate_keys="first")
    parser.feed('{"a":1')
    held, peak = traced(parser, repeat(',"a":[{"b":"' + "x" * 500 + '"}]', 2000), read=True)
    assert held < 20_000
    assert peak < 60_000
    parser.feed("}")
    assert parser.close() == {"a": 1}


@pytest.mark.parametrize("read", [False, True])
@pytest.mark.parametrize("size", [1, 7, 4096])
def test_P19_an_open_string_costs_a_small_multiple_of_its_length(size: int, read: bool) -> None:
    length = 4096 * 250
    parser = midstream.Parser()
    parser.feed('{"k":"')
    held, peak = traced(parser, repeat("x" * size, length // size), read=read)
    assert held < 3.5 * length
    assert peak < 5.5 * length
    parser.feed('"}')
    assert len(parser.close()["k"]) == length // size * size
    gc.collect()


def test_P19_a_finished_string_leaves_no_buffer_behind() -> None:
    """After many long strings one parser holds their texts and at most one buffer of the longest."""
    parser = midstream.Parser()
    parser.feed("[")
    held, _ = traced(parser, repeat('"' + "y" * 100_000 + '",', 50), read=True)
    assert held < 50 * 100_000 * 1.1 + 500_000


def test_P19_depth_that_was_left_again_is_not_kept() -> None:
    parser = midstream.Parser(max_depth=None)
    parser.feed("[")
    parser.feed('[{"a":' * 1000 + "1" + "}]" * 1000 + ",")
    parser.value.clear()
    held, _ = traced(parser, repeat("[" * 50 + "]" * 50 + ",", 200), read=True)
    assert held < 200 * 50 * 120


def test_P19_a_parser_of_its_own_is_small() -> None:
    gc.collect()
    before = sys.getallocatedblocks()
    parsers = [midstream.Parser() for _ in range(1000)]
    assert sys.getallocatedblocks() - before < 12 * len(parsers)
    tracemalloc.start()
    try:
        more = [midstream.Parser() for _ in range(1000)]
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 4000 * len(more)


def test_P19_snapshots_that_nobody_holds_are_gone() -> None:
    parser = midstream.Parser()
    parser.feed("[" + "[]," * 1000)
    parser.snapshot()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(200):
        parser.feed("true,")
        parser.snapshot()
    gc.collect()
    assert sys.getallocatedblocks() - before < 100


def test_P19_closing_lets_go_of_everything_but_the_value() -> None:
    parser = midstream.Parser()
    tracemalloc.start()
    try:
        parser.feed('{"k":"' + "x" * 500_000)
        for _ in range(100):
            parser.feed("y")
            parser.value
            parser.snapshot()
        parser.feed('"}')
        parser.close()
        parser.snapshot()
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 2.5 * 500_000
