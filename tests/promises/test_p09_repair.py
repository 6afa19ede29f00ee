"""P09 with repair: reading changes no later result, and forks go on as the parser does, also where something waits."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from midstream import MISSING
from tests.promises.test_p09_no_effects import FORKS, READS, every_entry
from tests.support import broken, strategies
from tests.support.broken import HARD
from tests.support.feeding import EVERYTHING, freeze, merged, observe, units
from tests.support.mending import Watched, check_same, whole


@given(st.data(), broken.streams(), broken.options(), st.booleans())
def test_P09_reading_anything_anywhere_mended(data: st.DataObject, stream: bytes, options: dict[str, Any], keep: bool) -> None:
    fragments = data.draw(strategies.cut_plans(stream))
    plan = data.draw(st.lists(st.lists(st.sampled_from(sorted(READS)), max_size=3), max_size=len(fragments) + 1))
    watched = Watched(**options)
    kept = []
    for index, fragment in enumerate(fragments):
        for name in plan[index] if index < len(plan) and watched.error is None else ():
            got = READS[name](watched.parser)
            if keep:
                kept.append(got)
        watched.feed(fragment)
    check_same(watched.look(), whole(stream, **options), fragments, options)
    watched.feed(None)
    check_same(watched.look(), whole(stream, end=True, **options), [*fragments, "<end>"], options)


@pytest.mark.parametrize("name", HARD)
def test_P09_reading_everything_after_every_byte(name: str) -> None:
    watched = Watched(repair="all")
    for byte in units(HARD[name]):
        for read in READS.values():
            read(watched.parser)
        watched.parser.patch()
        watched.feed(byte)
    watched.feed(None)
    check_same(watched.look(), whole(HARD[name], end=True, repair="all"), units(HARD[name]), {})


BRIEFLY = {name: FORKS[name] for name in ("copy", "deepcopy", "pickle 2", "pickle 5")}


@pytest.mark.parametrize("name", HARD)
def test_P09_forks_at_every_byte_mended(name: str) -> None:
    """A fork goes on as the parser does; what it is fed never shows in the parser."""
    data = HARD[name]
    choices: list[dict[str, Any]] = [{"repair": "all"}, {"repair": "all", "multiple": True, "numbers": "partial"}]
    for options in choices:
        wanted = whole(data, end=True, **options)
        watched = Watched(**options)
        for place in range(len(data) + 1):
            before = watched.look()
            for fork in BRIEFLY.values():
                one, other = forked(watched, fork), forked(watched, fork)
                assert one.look() == before
                one.feed_all([data[place:]], end=True)
                check_same(one.look(), wanted, [data[:place], data[place:], "<end>"], options)
                other.feed_all([b'x"]}, ', data[place:]], end=True)
                assert watched.look() == before
            watched.feed(data[place : place + 1])
        watched.feed(None)
        assert watched.look() == wanted


def forked(watched: Watched, fork: Callable[[midstream.Parser], midstream.Parser]) -> Watched:
    other = Watched(fork(watched.parser))
    other.records = watched.records
    return other


@given(st.data(), broken.streams(), broken.options(), st.sampled_from(sorted(FORKS)))
def test_P09_forks_anywhere_mended(data: st.DataObject, stream: bytes, options: dict[str, Any], fork: str) -> None:
    fragments = data.draw(strategies.cut_plans(stream))
    place = data.draw(st.integers(0, len(fragments)))
    watched = Watched(**options).feed_all(fragments[:place])
    other = forked(watched, FORKS[fork])
    other.error = None
    before = watched.look()
    other.feed_all(fragments[place:] or [b""])
    wanted = whole(stream, **options)
    if watched.error is None:
        check_same(other.look(), wanted, fragments, options)
    other.feed(None)
    assert watched.look() == before
    watched.feed_all(fragments[place:])
    check_same(watched.look(), wanted, fragments, options)


@pytest.mark.parametrize("fork", sorted(BRIEFLY))
def test_P09_a_fork_of_a_fork(fork: str) -> None:
    """The parser is exchanged for its fork before every byte."""
    for data in HARD.values():
        watched = Watched(repair="all")
        for byte in units(data):
            watched = forked(watched, BRIEFLY[fork])
            watched.feed(byte)
        watched.feed(None)
        check_same(watched.look(), whole(data, end=True, repair="all"), units(data), {})


@given(strategies.fed(broken.streams()), broken.options(multiple=False), st.booleans(), st.booleans())
def test_P09_patches_give_the_live_value(fragments: list[Any], options: dict[str, Any], extended: bool, utf_16: bool) -> None:
    units_: Any = "utf-16" if utf_16 else "code-points"
    parser = midstream.Parser(**options)
    value: Any = MISSING
    for fragment in [*fragments, None]:
        try:
            parser.feed("", True) if fragment is None else parser.feed(fragment)
        except midstream.JSONStreamError:
            fragments = []
        value = midstream.patches.apply(value, parser.patch(extended=extended, units=units_), units=units_)
        assert freeze(value) == freeze(parser.value)
        assert parser.patch() == []
        if not fragments:
            return


@pytest.mark.parametrize("name", HARD)
def test_P09_patches_after_every_byte(name: str) -> None:
    parser = midstream.Parser(repair="all")
    value: Any = MISSING
    for fragment in [*units(HARD[name]), None]:
        parser.feed("", True) if fragment is None else parser.feed(fragment)
        value = midstream.patches.apply(value, parser.patch())
        assert freeze(value) == freeze(parser.value)


def test_P09_the_fragment_is_free_after_feed_mended() -> None:
    """What waits is a copy: the caller's buffer may be overwritten and resized."""
    for data in HARD.values():
        parser = midstream.Parser(EVERYTHING, repair="all")
        events: list[Any] = []
        for byte in units(data):
            fragment = bytearray(byte)
            events += parser.feed(fragment)
            fragment[:] = b"\xff" * 64
        parser.close()
        assert observe(parser) == whole(data, end=True, repair="all").record
        assert merged(events) == list(whole(data, repair="all").events)


def test_P09_feeding_from_parse_float_raises_mended() -> None:
    text = "{a: [1.5, .5, {b: -2e5}, +3.25,, 'x'], c: 1e-5 /* */}"
    for fragments in ([text], units(text)):
        outcomes: list[BaseException | None] = []
        current: list[midstream.Parser] = []

        def parse_float(number: str, outcomes: list[Any] = outcomes, current: list[Any] = current) -> float:
            outcomes.extend(every_entry(current[0]))
            return float(number)

        current.append(midstream.Parser(parse_float=parse_float, repair="all"))
        for fragment in fragments:
            assert current[0].feed(fragment) == ()
        assert current[0].close() == {"a": [1.5, 0.5, {"b": -2e5}, 3.25, "x"], "c": 1e-5}
        assert {type(outcome) for outcome in outcomes} == {RuntimeError}


def test_P09_a_vandalised_live_value_does_no_harm_mended() -> None:
    """The caller empties the value at every byte: the parser survives, and others are right."""
    for data in HARD.values():
        for place in range(len(data)):
            parser = midstream.Parser(repair="all")
            parser.feed(data[:place])
            value = parser.value
            if type(value) in (list, dict):
                value.clear()
            for rest in (data[place:], b'"]}'):
                try:
                    parser.feed(rest)
                except Exception:
                    break
            parser.value, parser.path, parser.repairs, parser.snapshot(), copy.copy(parser), pickle.dumps(parser)
