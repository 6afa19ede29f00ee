"""P16: what is nested deep is as safe from and as open to the garbage collector as anything else."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import midstream
from tests.support.feeding import try_close, try_feed

DEPTH = 500
OPENERS = {"arrays": ["["], "objects": ['{"a":'], "mixed": ["[", '{"a":'], "with siblings": ["[0,", '{"b":[],"a":', "[{},"]}
LEVELS = (0, 1, 62, 63, 64, 65, 66, 250, DEPTH - 2, DEPTH - 1)
OPTIONS: list[dict[str, Any]] = [{}, {"repair": "all"}, {"watch": "$..x"}, {"duplicate_keys": "first"}, {"multiple": True}]


def opened(kind: str, depth: int = DEPTH) -> str:
    some = OPENERS[kind]
    return "".join(some[level % len(some)] for level in range(depth))


def closers(kind: str, depth: int = DEPTH) -> str:
    some = OPENERS[kind]
    return "".join("]" if some[level % len(some)][0] == "[" else "}" for level in reversed(range(depth)))


def spine(value: Any) -> list[Any]:
    """The containers along the last child."""
    found = []
    while isinstance(value, (list, dict)):
        found.append(value)
        if not value:
            break
        value = value[-1] if isinstance(value, list) else value[next(reversed(value))]
    return found


def started(kind: str, **options: Any) -> midstream.Parser:
    parser = midstream.Parser(max_depth=None, **options)
    parser.feed(opened(kind))
    return parser


def untracked(value: Any) -> list[int]:
    """Levels of what could be part of a cycle and is not tracked. A dict of atoms alone never is."""
    return [
        level
        for level, container in enumerate(spine(value))
        if not gc.is_tracked(container) and (isinstance(container, list) or any(map(gc.is_tracked, container.values())))
    ]


def put(container: Any, thing: Any) -> None:
    """Not as the last child, which is where the stream may stand."""
    if isinstance(container, list):
        container.insert(0, thing)
    else:
        container["witness " + str(len(container))] = thing


class Witness:
    pass


def witness_in(value: Any, level: int, *others: Any) -> weakref.ref[Witness]:
    """An object in a cycle through the container at `level` and all around it."""
    witness = Witness()
    put(spine(value)[level], [witness, value, *others])
    return weakref.ref(witness)


# -- while it is open


@pytest.mark.parametrize("options", OPTIONS, ids=repr)
@pytest.mark.parametrize("kind", sorted(OPENERS))
def test_P16_a_collection_harms_nothing_that_is_open(kind: str, options: dict[str, Any]) -> None:
    text = opened(kind) + '"text"' + closers(kind)
    wanted = json.loads(text)
    parser = midstream.Parser(max_depth=None, **options)
    for start in range(0, len(text), 23):
        gc.collect()
        parser.feed(text[start : start + 23])
        if start + 23 <= len(opened(kind)) and kind != "with siblings" and "repair" not in options:
            assert len(spine(parser.value)) == sum(map(text[: start + 23].count, "[{"))
    gc.collect()
    assert parser.close() == wanted


def test_P16_a_collection_at_every_allocation() -> None:
    threshold = gc.get_threshold()
    for kind in OPENERS:
        text = opened(kind, 120) + '"text"' + closers(kind, 120)
        wanted = json.loads(text)
        gc.set_threshold(1, 1, 1)
        try:
            parser = midstream.Parser()
            for character in text:
                parser.feed(character)
            whole = midstream.loads(text)
        finally:
            gc.set_threshold(*threshold)
        assert parser.close() == whole == wanted


# -- after it


def ended(kind: str, options: dict[str, Any]) -> midstream.Parser:
    parser = started(kind, **options)
    parser.feed("1" + closers(kind))
    return parser


def ended_piecewise(kind: str, options: dict[str, Any]) -> midstream.Parser:
    parser = midstream.Parser(max_depth=None, **options)
    for character in opened(kind) + '"x"' + closers(kind):
        parser.feed(character)
    assert try_close(parser) is None
    return parser


def broken(kind: str, options: dict[str, Any]) -> midstream.Parser:
    parser = started(kind)
    assert isinstance(try_feed(parser, "x"), midstream.MalformedJSON)
    return parser


def broken_on_the_way_out(kind: str, options: dict[str, Any]) -> midstream.Parser:
    parser = started(kind)
    assert isinstance(try_feed(parser, "1" + closers(kind)[:100] + "x"), midstream.MalformedJSON)
    return parser


def too_deep(kind: str, options: dict[str, Any]) -> midstream.Parser:
    parser = midstream.Parser(max_depth=DEPTH + 1, **options)
    parser.feed(opened(kind))
    assert isinstance(try_feed(parser, "[["), midstream.LimitExceeded)
    return parser


def too_long(kind: str, options: dict[str, Any]) -> midstream.Parser:
    text = opened(kind)
    parser = midstream.Parser(max_depth=None, max_size=len(text), **options)
    assert isinstance(try_feed(parser, text + "1"), midstream.LimitExceeded)
    return parser


def truncated(kind: str, options: dict[str, Any]) -> midstream.Parser:
    parser = started(kind)
    assert isinstance(try_close(parser), midstream.TruncatedJSON)
    return parser


def closed_by_repair(kind: str, options: dict[str, Any]) -> midstream.Parser:
    parser = started(kind, repair="all")
    assert try_close(parser) is None
    return parser


def copied_and_ended(kind: str, options: dict[str, Any]) -> midstream.Parser:
    parser = copy.copy(started(kind, **options))
    parser.feed("1" + closers(kind))
    return parser


def pickled_and_ended(kind: str, options: dict[str, Any]) -> midstream.Parser:
    parser: midstream.Parser = pickle.loads(pickle.dumps(started(kind, **options)))
    parser.feed("1" + closers(kind))
    return parser


def copied_and_broken(kind: str, options: dict[str, Any]) -> midstream.Parser:
    parser = copy.deepcopy(started(kind))
    assert isinstance(try_feed(parser, "x"), midstream.MalformedJSON)
    return parser


def nearly_out(kind: str, options: dict[str, Any]) -> midstream.Parser:
    """Still open, but not deep any more."""
    parser = started(kind, **options)
    parser.feed("1" + closers(kind)[: DEPTH - 40])
    return parser


ENDS: list[Callable[[str, dict[str, Any]], midstream.Parser]] = [
    ended, ended_piecewise, broken, broken_on_the_way_out, too_deep, too_long, truncated, closed_by_repair, copied_and_ended,
    pickled_and_ended, copied_and_broken, nearly_out,
]  # fmt: skip


def every_end() -> Iterator[Any]:
    for end in ENDS:
        for options in OPTIONS if end in (ended, ended_piecewise, too_deep, copied_and_ended, nearly_out) else [{}]:
            yield pytest.param(end, options, id=f"{end.__name__} {options!r}")


@pytest.mark.parametrize(("end", "options"), list(every_end()))
@pytest.mark.parametrize("kind", sorted(OPENERS))
def test_P16_all_that_was_deep_is_tracked_again(kind: str, end: Callable[..., midstream.Parser], options: dict[str, Any]) -> None:
    for level in LEVELS[:-1]:
        parser = end(kind, options)
        assert len(spine(parser.value)) >= DEPTH - 1
        assert untracked(parser.value) == []
        gone = witness_in(parser.value, level, parser)
        del parser
        gc.collect()
        assert gone() is None, f"the cycle at level {level} stays"


@pytest.mark.parametrize("fork", [None, copy.copy, copy.deepcopy, lambda parser: pickle.loads(pickle.dumps(parser))])
@pytest.mark.parametrize("options", OPTIONS, ids=repr)
@pytest.mark.parametrize("kind", sorted(OPENERS))
def test_P16_a_parser_dropped_while_open(kind: str, options: dict[str, Any], fork: Any) -> None:
    for level in LEVELS[:-1]:
        parser = started(kind, **options)
        if fork is not None:
            parser = fork(parser)
        parser.feed("[[" if kind != "objects" else '{"a":{"a":[')
        value = parser.value
        del parser
        assert untracked(value) == []
        gone = witness_in(value, level)
        del value
        gc.collect()
        assert gone() is None, f"the cycle at level {level} stays"


@pytest.mark.parametrize("kind", sorted(OPENERS))
def test_P16_a_copy_leaves_the_original_as_it_is(kind: str) -> None:
    parser = started(kind)
    other = copy.copy(parser)
    del other
    gc.collect()
    parser.feed("1" + closers(kind))
    assert parser.close() == json.loads(opened(kind) + "1" + closers(kind))
    assert untracked(parser.value) == []


@pytest.mark.parametrize("kind", sorted(OPENERS))
def test_P16_what_was_deep_goes_with_its_last_owner(kind: str) -> None:
    """Without the collector."""
    gc.disable()
    try:
        for level in LEVELS[:-1]:
            parser = started(kind)
            witness = Witness()
            gone = weakref.ref(witness)
            put(spine(parser.value)[level], witness)
            del witness
            assert gone() is not None
            del parser
            assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("end", [*ENDS, None])
def test_P16_shallow_parsers_after_a_deep_one_are_collected(end: Any) -> None:
    """Parts of a parser may be taken over from the one before it."""
    for kind in OPENERS:
        parser = started(kind) if end is None else end(kind, {})
        del parser
        for text in ("[[", '{"a":[', "[" * 60):
            shallow = midstream.Parser()
            shallow.feed(text)
            gone = witness_in(shallow.value, 0, shallow)
            del shallow
            gc.collect()
            assert gone() is None
