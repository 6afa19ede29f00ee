"""P19 with repair: memory is the value, the depth, the open token, and what waits: a bounded number of bytes."""

from __future__ import annotations

import itertools
import json
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import midstream
from midstream import MISSING
from tests.promises.test_p19_memory import repeat, traced
from tests.support.feeding import units

WAITING = 512  # bytes that may wait for a decision: twice the foresight


def shown(value: Any) -> int:
    """Characters of all that is shown."""
    return 0 if value is MISSING else len(json.dumps(value, ensure_ascii=False))


def complete(*path: str | int) -> Callable[[midstream.Parser], bool]:
    return lambda parser: parser.is_complete(path)


def equals(value: Any) -> Callable[[midstream.Parser], bool]:
    return lambda parser: bool(parser.value == value)


def grown(parser: midstream.Parser) -> bool:
    """All but what may wait is shown."""
    return shown(parser.value) >= parser.offset - WAITING


# A place where it must be decided what something means, text that never decides it, and what must be seen in the end.
UNDECIDED: list[tuple[str, str, Callable[[midstream.Parser], bool]]] = [
    # a quote in an array, in an object, in a string that holds quotes
    ('["a" ', "x", lambda parser: parser.is_complete((0,)) or grown(parser)),
    ('["a', '" x', grown),
    ('{"k":"a" ', "x", grown),
    ('{"k":"a", ', "x", grown),
    ('{"k":"a"} ', "x", complete()),
    ('{"k":"a "b": c", ', "x", grown),
    ('{"k":"a "b", "', "x", grown),
    ('{"k":"a"', " ", complete("k")),
    ('["a"', "\n", complete(0)),
    ('["a",', " ", complete(0)),
    ('{"k":"a",', " ", complete("k")),
    ('{"k":"a",', "// c\n", complete("k")),
    ('{"k":"a"', "/* c */", complete("k")),
    ('["a" /*', "c", complete(0)),
    ('["a" //', "c", complete(0)),
    ('["a" #', "c", complete(0)),
    ('["a","', "x", grown),
    ('{"k":"b,"', "x", grown),
    ('{"k":["b,"', "x", lambda parser: parser.value["k"][0] in ("b", "b,") or grown(parser)),
    ('{"k":["b,"', "! ", grown),
    # closers that may be text at the end of input
    ('{"k":"b', "}", grown),
    ('["b', "]", grown),
    ('["b', "] ", grown),
    ('["b', "]}", grown),
    ('["b\n', "]", grown),
    ("['b", "}\n", grown),
    # what may begin the JSON or be prose; an object or a set; parentheses around one value or a tuple
    ("{", " ", equals({})),
    ("[", " ", equals([])),
    ("{", "// c\n", equals({})),
    ("[", "/**/", equals([])),
    ('{"', "k", equals({})),
    ("{'", "k", equals({})),
    ("{", "k", equals({})),
    ('{"k"', " ", equals({})),
    ('("', "x", grown),
    ('{"a":("', "x", grown),
    ('["a", (', " ", complete(0)),
    # atoms
    ("[1", " ", equals([1])),
    ("[true", " ", equals([True])),
    ("[None", "\n", equals([None])),
    ('{"a":1', " ", equals({"a": 1})),
    ('{"a":12', " // c\n", equals({"a": 12})),
    # text
    ('["', "\\", grown),
    ('["```', "\n", grown),
    ('["x', "\n", grown),
    ('["x', "\\\n", lambda parser: len(parser.value[0]) > 500),
    ('["\\ud83d', "x", grown),
    ('["x', "`", grown),
    ('["x', "'", grown),
    ('["x', "”", lambda parser: len(parser.value[0]) > 300),
    # an element that may be a key
    ('{"a":[1,2,"', "x", grown),
    ('{"a":[1,2,"x" ', "y", lambda parser: parser.is_complete(("a", 2)) or grown(parser)),
    ('{"a":["b", "c"', " ", complete("a", 1)),
    # a closer of the wrong kind, too
    ('{"a":["b"}', " ", complete("a", 0)),
    ('[{"a":"b"]', " ", complete(0, "a")),
    ('{"a":["b"},', " ", complete("a", 0)),
]


@pytest.mark.parametrize(("head", "unit", "decided"), UNDECIDED, ids=[f"{head}{unit}"[:20] for head, unit, _ in UNDECIDED])
def test_P19_what_waits_is_bounded(head: str, unit: str, decided: Callable[[midstream.Parser], bool]) -> None:
    for size in (2 * WAITING, 3000):
        rest = (unit * size)[:size]
        for fragments in ([head + rest], [head, *units(rest)], [head + rest[:100], rest[100:]]):
            parser = midstream.Parser(repair="all")
            for fragment in fragments:
                parser.feed(fragment)
            assert decided(parser), parser.value


@pytest.mark.parametrize(
    ("head", "fragment", "count"),
    [
        ("", " " * 1000, 1000),
        ("[", "\n" * 1000, 1000),
        ('["a"', " " * 1000, 1000),
        ('["a",', " " * 1000, 1000),
        ('{"a"', "\n" * 1000, 1000),
        ('{"a":1', "\t" * 100, 2000),
        ('{"a":', "\t" * 100, 2000),
        ("{a", " " * 100, 2000),
        ("[/*", "comment " * 100, 2000),
        ("[ //", "comment " * 100, 2000),
        ('["a" #', "comment " * 100, 2000),
        ("/*", "comment " * 100, 2000),
        ("{} ", "prose {[ " * 100, 2000),
        ('{"a":1}\n```\n', "prose {[ " * 100, 2000),
        ("f([1]", ") prose " * 100, 2000),
        ("{", '"a":"' + "x" * 1000 + '",', 500),
        ("{", "a:'" + "x" * 1000 + "',", 1),
    ],
)
def test_P19_what_is_not_in_the_value_is_not_kept_mended(head: str, fragment: str, count: int) -> None:
    parser = midstream.Parser(repair="all")
    parser.feed(head)
    parser.feed(fragment)
    held, peak = traced(parser, repeat(fragment, count), read=True)
    assert held < 20_000
    assert peak < 80_000


@pytest.mark.parametrize("size", [1, 7, 4096])
@pytest.mark.parametrize("head", ['{"k":"', "{'k':'", '{"k":"say "hi" ', "[word", "prose ", "{", "{'"])
def test_P19_an_open_token_costs_a_small_multiple_of_its_length(head: str, size: int) -> None:
    length = 4096 * 100
    parser = midstream.Parser(repair="all")
    parser.feed(head)
    held, peak = traced(parser, repeat("x" * size, length // size), read=True)
    assert held < 4 * length
    assert peak < 7 * length


@pytest.mark.parametrize(
    ("head", "fragment", "most"),
    [
        ("[", ",", 1),
        ("[", "/**/", 1),
        ("[", "# c\n", 1),
        ("[", "\u00a0", 1),
        ("[", "...,", 2),
        ('["', "\n", 1),
        ('["', "\\d", 1),
        ('["', ' "x" ', 2),
        ("[", "'a',", 1),
        ("[", "+1,", 1),
        ("[", "1 ", 1),
        ("[", "True,", 1),
        ("[", "w,", 1),
    ],
)
@pytest.mark.parametrize("depth", [1, 500])
def test_P19_a_repair_costs_little_at_any_depth(head: str, fragment: str, most: int, depth: int) -> None:
    """The record of one repair, and the element; the paths of records share their beginnings."""
    parser = midstream.Parser(repair="all")
    parser.feed("[" * (depth - 1) + head)
    for _ in range(10):
        parser.feed(fragment)
    before = len(parser.repairs)
    held, _ = traced(parser, repeat(fragment, 3000), read=False)
    assert 0 < len(parser.repairs) - before <= most * 3000 + 20
    assert held < 3000 * (240 * most + 150)


@pytest.mark.parametrize("document", ["{a:[1,2.5,'text']} ", "'string'\n", '{"a":"say "hi" now",}\n', "[1,2}\n"])
def test_P19_documents_in_a_row_leave_their_repairs_only(document: str) -> None:
    parser = midstream.Parser(repair="all", multiple=True)
    parser.feed(document * 10)
    before = len(parser.repairs)
    held, peak = traced(parser, repeat(document * 10, 300), read=True)
    mended = len(parser.repairs) - before
    assert held < 20_000 + 400 * mended
    assert peak < 120_000 + 400 * mended


def test_P19_dropped_values_are_not_kept_mended() -> None:
    parser = midstream.Parser(duplicate_keys="first", repair="all")
    parser.feed('{"a":1')
    held, peak = traced(parser, repeat(',"a":[{"b":"' + "x" * 500 + '"}]', 2000), read=True)
    assert held < 20_000
    assert peak < 80_000
    parser.feed("}")
    assert parser.close() == {"a": 1}


def test_P19_a_parser_that_repairs_is_small() -> None:
    tracemalloc.start()
    try:
        parsers = [midstream.Parser(repair="all") for _ in range(1000)]
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 6000 * len(parsers)


def test_P19_closing_lets_go_of_everything_but_the_value_mended() -> None:
    parser = midstream.Parser(repair="all")
    tracemalloc.start()
    try:
        parser.feed("{k: 'say ' " + "x" * 300_000)
        for _ in range(100):
            parser.feed("y")
            parser.value
            parser.snapshot()
        parser.feed("'} and that was it " + "z" * 300_000)
        parser.close()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(parser.value["k"]) > 300_000
    assert held < 2.5 * 300_000


UNENDED = '{"a":[{"b":"' + "x" * 500 + '",{"i":2}]},'  # the first object has no closer


def test_P19_replaced_values_without_an_end_are_not_kept() -> None:
    parser = midstream.Parser(repair="all")
    parser.feed('{"z":1')
    fragment = ',"a":[' + UNENDED + "1]"
    parser.feed(fragment * 10)
    before = len(parser.repairs)
    held, _ = traced(parser, repeat(fragment, 1000), read=True)
    assert held < 20_000 + 400 * (len(parser.repairs) - before)


@pytest.mark.parametrize(
    "made",
    [
        lambda source: midstream.items(source, "$[*]", repair="all"),
        lambda source: midstream.items(source, "$[*].a[*]", repair="all"),
        lambda source: midstream.text(source, "$..b", repair="all"),
        lambda source: midstream.ijson_events(source, repair="all"),
    ],
    ids=["items", "inner items", "text", "ijson_events"],
)
def test_P19_one_item_or_nothing_mended(made: Callable[[Iterator[str]], Iterator[Any]]) -> None:
    def source() -> Iterator[str]:
        yield "["
        while True:
            yield UNENDED
            yield "{'a':[1,,2}, // c\n b: \"x\" + 'y'};"

    stream = made(source())
    for _ in itertools.islice(stream, 200):
        pass
    tracemalloc.start()
    try:
        for _ in itertools.islice(stream, 2000):
            pass
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 20_000
    assert peak < 80_000


def test_P19_documents_of_a_stream_are_not_kept_mended() -> None:
    stream = midstream.documents(itertools.repeat("{a:[1,,'b'] // c\n} and then: [2, 3} "), repair="all")
    for _ in itertools.islice(stream, 200):
        pass
    tracemalloc.start()
    try:
        for _ in itertools.islice(stream, 1000):
            pass
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 20_000


@pytest.mark.parametrize("head", ["", "[", "{", '{"', "{'", '{"a":', "f('", "('", "```", "[/*", "{} ", '{"a":"b","'])
@pytest.mark.parametrize("unit", ["x", "x ", "é ", b"\xa4"])
def test_P19_with_max_string_no_token_is_kept_beyond_it(head: str, unit: str | bytes) -> None:
    """Words, keys and text before the JSON too: an error, or bounded memory."""
    parser = midstream.Parser(repair="all", max_string=100)
    parser.feed(head)
    tracemalloc.start()
    try:
        for _ in range(5000):
            parser.feed(unit)
    except midstream.LimitExceeded as error:
        assert error.kind is midstream.ErrorKind.MAX_STRING
        assert error.offset <= len(head) + 4 * 100  # four bytes a character, at most
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 40_000
