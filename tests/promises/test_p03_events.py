"""P03: the events of a prefix do not depend on how it was cut. What each call returns is what the oracle says."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conformance import judge
from tests.promises.test_p03_partition import CHOICES
from tests.support import data as test_data
from tests.support import strategies
from tests.support.feeding import (
    KINDS,
    all_ways,
    as_kind,
    check_events_against_oracle,
    code_units,
    every_two_cut_split,
    feed_events,
    merged,
    units,
)

HARD = [
    '{"é\\ud83d\\ude00":[-1.5e+3,true,"a\\ud83dx\\ude00\\"", {"":null}], "k":"😀€"} ',
    '[1e5,-0,0.5E-2,false,"\\ud83d\\ud83d\\ude00\\n"]\n',
    '{"a":1,"b":{"a":[1]},"a":{"a":"x","a":"\\u00e9"}}',
    '"\\ud83d\\u0041\\ud83d😀"',
    '-12.5e10 {"a":[]}true 3',
    "[1,2,,]",
    '{"a":"\x01"}',
    '["ab\\ud83d\\x"]',
    "[[tru]",
    "[0,1.5e+}",
]
PARTLY = ["$..a", "$[*][1]", "$.k", "$..['']"]


@given(strategies.fed(), strategies.options(), st.booleans())
def test_P03_every_event_is_the_oracles(fragments: list[Any], options: dict[str, Any], final: bool) -> None:
    check_events_against_oracle(fragments, final=final, **options)


@given(strategies.fed(), strategies.watches(), strategies.options(), st.booleans())
def test_P03_the_events_of_what_is_watched(fragments: list[Any], watch: Any, options: dict[str, Any], final: bool) -> None:
    check_events_against_oracle(fragments, watch, final=final, **options)


@strategies.FEWER
@given(strategies.fed(strategies.json_texts(20).map(str.encode)), strategies.watches())
def test_P03_the_events_of_documents(fragments: list[Any], watch: Any) -> None:
    feeding = check_events_against_oracle([*fragments, "\n"], watch)
    assert not feeding.raised


@strategies.FEWER
@given(strategies.fed(strategies.damaged_texts()), strategies.watches(), strategies.options())
def test_P03_the_events_of_damaged_documents(fragments: list[Any], watch: Any, options: dict[str, Any]) -> None:
    check_events_against_oracle(fragments, watch, **options)


@given(st.data(), strategies.streams(), strategies.watches(), strategies.options())
def test_P03_any_two_partitions_give_the_same_events(
    data: st.DataObject, stream: bytes, watch: Any, options: dict[str, Any]
) -> None:
    one = feed_events(data.draw(strategies.cut_plans(stream)), watch, close=True, **options)
    other = feed_events(data.draw(strategies.cut_plans(stream)), watch, close=True, **options)
    assert merged(one.events) == merged(other.events)
    assert one.calls[-1] == other.calls[-1]


@pytest.mark.parametrize("options", CHOICES, ids=str)
@pytest.mark.parametrize("text", HARD)
def test_P03_events_of_every_way_to_feed(text: str, options: dict[str, Any]) -> None:
    data = text.encode()
    whole = feed_events([data], close=True, **options)
    wanted, error = merged(whole.events), whole.calls[-1].error
    for fragments in all_ways(data):
        got = feed_events(fragments, close=True, **options)
        assert merged(got.events) == wanted, fragments
        assert got.calls[-1].error == error, fragments
    plans: list[list[Any]] = [[data], units(data), units(code_units(text)), [data[:9], data[9:15], data[15:]]]
    for fragments in plans:
        check_events_against_oracle(fragments, **options)
        check_events_against_oracle(fragments, PARTLY, **options)


@pytest.mark.parametrize("text", HARD)
def test_P03_events_of_every_two_cut_split(text: str) -> None:
    wanted = merged(check_events_against_oracle([text]).events)
    wanted_partly = merged(check_events_against_oracle([text], PARTLY).events)
    for whole in (text, text.encode(), code_units(text)):
        for number, fragments in enumerate(every_two_cut_split(whole)):
            assert merged(feed_events(fragments).events) == wanted, fragments
            if number % 4 == 0:
                assert merged(feed_events(fragments, PARTLY).events) == wanted_partly, fragments


@pytest.mark.parametrize(
    "data", [b'["a\xf0\x9f\x98"]', b'["\xed\xa0\xbd"]', b'["a\xc0\x80"]', b'["\xf4\x90\x80\x80"]', b'["a\xe2\x82', b'{"\xff":1}']
)
def test_P03_events_of_broken_characters(data: bytes) -> None:
    for fragments in all_ways(data):
        check_events_against_oracle(fragments)
    wanted = merged(feed_events([data]).events)
    for fragments in every_two_cut_split(data):
        assert merged(feed_events(fragments).events) == wanted


@pytest.mark.parametrize("kinds", list(itertools.product(KINDS, repeat=2)), ids="-".join)
def test_P03_events_of_every_mix_of_two_kinds(kinds: tuple[str, ...]) -> None:
    text = HARD[0]
    wanted = merged(feed_events([text]).events)
    for size in (1, 2, 5):
        pieces = [text[start : start + size].encode() for start in range(0, len(text), size)]
        fragments = [as_kind(piece, kind) for piece, kind in zip(pieces, itertools.cycle(kinds), strict=False)]
        assert merged(feed_events(fragments).events) == wanted


@pytest.mark.parametrize("batch", range(4))
def test_P03_events_of_documents_that_models_wrote(batch: int) -> None:
    """80 of at most 400 characters: the first 40 fragments of a random cut, and whole; the oracle judges every feed."""
    rng = random.Random(f"documents {batch}")
    short = [doc.text for doc in test_data.llm_documents() if len(doc.text) <= 400]
    for text in rng.sample(short, 20):
        fragments = judge.random_fragments(text if rng.random() < 0.5 else text.encode(), rng)
        check_events_against_oracle(fragments[:40])
        check_events_against_oracle([text], rng.sample(["$.*", "$..*", "$..[0]", "$..path", "$..query", "$..name", "$"], 3))


@pytest.mark.parametrize("doc", test_data.malformed_documents(), ids=lambda doc: doc.id)
def test_P03_events_of_texts_of_models_that_are_no_json(doc: test_data.Document) -> None:
    text = doc.text[:1500]
    whole = check_events_against_oracle([text])
    rng = random.Random(doc.id)
    for fragments in (units(text), judge.random_fragments(text.encode(), rng), judge.random_fragments(text, rng)):
        got = feed_events(fragments, close=True)
        assert merged(got.events) == merged(whole.events)
        assert got.calls[-1] == whole.calls[-1]
