"""P18: a snapshot costs the width of the open containers and one copy of the open string. Counted, not timed."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from typing import Any

import pytest

import midstream


def memory_of(parser: midstream.Parser, fragments: list[str]) -> list[int]:
    """The traced bytes that each snapshot after a fragment adds while all of them are held."""
    held: list[Any] = []
    costs = []
    parser.snapshot()
    tracemalloc.start()
    try:
        for fragment in fragments:
            parser.feed(fragment)
            parser.value
            start, _ = tracemalloc.get_traced_memory()
            held.append(parser.snapshot())
            costs.append(tracemalloc.get_traced_memory()[0] - start)
    finally:
        tracemalloc.stop()
    assert len({id(snapshot) for snapshot in held}) == len(held)
    return costs


def test_P18_complete_subtrees_cost_nothing() -> None:
    """A large complete part beside a narrow open one: the snapshot is as cheap as without it."""
    large = "[" + ",".join('{"a":[1,2,3],"b":"text"}' for _ in range(5000)) + "]"
    parser = midstream.Parser()
    parser.feed('{"large":' + large + ',"open":["x",')
    costs = memory_of(parser, ["1,", "2,", '"y",', "[3],", "{},", "4,"])
    assert max(costs) < 2000, costs


def test_P18_an_open_string_is_copied_once() -> None:
    for size in (1000, 100_000):
        parser = midstream.Parser()
        parser.feed('{"a":{"b":[1,"' + "x" * size)
        costs = memory_of(parser, ["y"] * 10)
        assert max(costs) < 2.2 * size + 3000, costs


def test_P18_the_width_of_open_containers_and_nothing_deeper() -> None:
    for width in (1000, 20_000):
        parser = midstream.Parser()
        parser.feed("[" + '[[],{"k":[]}],' * width)
        costs = memory_of(parser, ["1,"] * 5)
        assert max(costs) < 10 * width + 3000, costs


@pytest.mark.parametrize("depth", [10, 1000])
def test_P18_one_object_for_each_open_container(depth: int) -> None:
    parser = midstream.Parser()
    parser.feed("[0," * depth)
    parser.snapshot()
    held = []
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(20):
        parser.feed("true,")
        held.append(parser.snapshot())
    gc.collect()
    made = (sys.getallocatedblocks() - before) / 20
    assert made <= 2 * depth + 20, made
    assert len(held) == 20


def test_P18_a_snapshot_of_nothing_new_costs_nothing() -> None:
    parser = midstream.Parser()
    parser.feed("[" + "[]," * 10_000)
    first = parser.snapshot()
    tracemalloc.start()
    try:
        start, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for fragment in (" ", "\n", "1", "2", ".", "5"):
            parser.feed(fragment)
            assert parser.snapshot() is first
        risen = tracemalloc.get_traced_memory()[1] - start
    finally:
        tracemalloc.stop()
    assert risen < 5000


def test_P18_a_complete_document_is_not_copied() -> None:
    parser = midstream.Parser()
    parser.feed("[" + ",".join(["[1,2,3]"] * 20_000) + "]")
    tracemalloc.start()
    try:
        start, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        snapshot = parser.snapshot()
        risen = tracemalloc.get_traced_memory()[1] - start
    finally:
        tracemalloc.stop()
    assert risen < 5000
    assert snapshot == [[1, 2, 3]] * 20_000
