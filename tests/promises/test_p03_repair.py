"""P03 with repair: values, events, repairs, errors and offsets after a prefix do not depend on how it was cut."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midstream import Repair
from tests.conformance import judge
from tests.support import broken, strategies
from tests.support import data as test_data
from tests.support.broken import HARD
from tests.support.feeding import all_ways, as_kind, code_units, every_split, every_two_cut_split, units
from tests.support.mending import Watched, check_partition, check_same, looks, paired, whole

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


@strategies.FEWER
@given(st.data(), broken.streams(), broken.options())
def test_P03_every_prefix_of_any_partition(data: st.DataObject, stream: bytes, options: dict[str, Any]) -> None:
    check_partition(data.draw(strategies.cut_plans(stream)), **options)


@strategies.FEWER
@given(broken.streams(), broken.options())
def test_P03_every_prefix_byte_by_byte(stream: bytes, options: dict[str, Any]) -> None:
    check_partition(units(stream), every=1 + len(stream) // 32, **options)


@given(st.data(), broken.streams(), broken.options())
def test_P03_any_two_partitions_mended(data: st.DataObject, stream: bytes, options: dict[str, Any]) -> None:
    wanted = whole(stream, end=True, **options)
    for fragments in (data.draw(strategies.cut_plans(stream)), units(stream)):
        look = Watched(**options).feed_all(fragments, end=True).look()
        check_same(look, wanted, [*fragments, "<end>"], options)


@given(st.data(), broken.surrogate_soup(), broken.options())
def test_P03_surrogates_that_stand_alone(data: st.DataObject, text: str, options: dict[str, Any]) -> None:
    """A lone one is like its three bytes, two that are a pair are a character, whatever the fragments."""
    places = data.draw(st.lists(st.integers(0, len(text)), max_size=8))
    edges = [0, *sorted(places), len(text)]
    fragments = [text[start:end] for start, end in itertools.pairwise(edges)]
    cut_pair = "\ud800" <= paired(text)[-1:] < "\udc00"  # as the end of a str it may yet be half of a pair
    wanted = whole(text if cut_pair else paired(text).encode("utf-8", "surrogatepass"), end=True, **options)
    for one in ([text], fragments, units(text), units(code_units(text))):
        check_same(Watched(**options).feed_all(one, end=True).look(), wanted, [*one, "<end>"], options)


@pytest.mark.parametrize("name", HARD)
def test_P03_every_prefix_and_every_way_to_feed(name: str) -> None:
    data = HARD[name]
    for options in CHOICES:
        options = {"repair": "all", **options}
        check_partition(units(data), **options)
        wanted = whole(data, end=True, **options)
        for fragments in all_ways(data) if len(options) == 1 else every_split(data):
            check_same(Watched(**options).feed_all(fragments, end=True).look(), wanted, fragments, options)


@pytest.mark.parametrize("name", HARD)
def test_P03_every_two_cut_split_mended(name: str) -> None:
    data = HARD[name][:24]
    wanted = whole(data, end=True, repair="all")
    for fragments in every_two_cut_split(data):
        check_same(Watched(repair="all").feed_all(fragments, end=True).look(), wanted, fragments, {})


@pytest.mark.parametrize("name", HARD)
def test_P03_without_one_kind(name: str) -> None:
    """Each kind left out, in turn: what can't be mended then is an error at one and the same place."""
    data = HARD[name]
    for kind in Repair:
        options: dict[str, Any] = {"repair": set(Repair) - {kind}}
        wanted = whole(data, end=True, **options)
        for fragments in (units(data), [data[:9], data[9:10], data[10:]]):
            check_same(Watched(**options).feed_all(fragments, end=True).look(), wanted, fragments, options)


@pytest.mark.parametrize("name", HARD)
def test_P03_all_is_the_set_of_all_kinds(name: str) -> None:
    data = HARD[name]
    wanted = list(looks(units(data), repair="all"))
    for kinds in (set(Repair), frozenset(Repair), list(Repair), tuple(Repair) * 2, iter(Repair)):
        assert list(looks(units(data), repair=kinds)) == wanted


def test_P03_final_with_the_last_fragment_mended() -> None:
    for data in HARD.values():
        for options in CHOICES:
            options = {"repair": "all", **options}
            wanted = whole(data, end=True, **options)
            for fragments in ([data], [data[:-1], data[-1:]], [data, b""]):
                watched = Watched(**options).feed_all(fragments[:-1])
                watched.feed(fragments[-1], True)
                check_same(watched.look(), wanted, fragments, options)


@pytest.mark.parametrize("kinds", [("str", "bytes"), ("bytes", "str"), ("bytearray", "memoryview"), ("str", "str")], ids="-".join)
def test_P03_mixed_kinds_mended(kinds: tuple[str, str]) -> None:
    for data in HARD.values():
        wanted = whole(data, end=True, repair="all")
        for size in (1, 3):
            pieces = [data[start : start + size] for start in range(0, len(data), size)]
            fragments = [as_kind(piece, kinds[index % 2]) for index, piece in enumerate(pieces)]
            check_same(Watched(repair="all").feed_all(fragments, end=True).look(), wanted, fragments, {})


@pytest.mark.parametrize("seed", range(12))
def test_P03_sloppy_texts(seed: int) -> None:
    """50 of the writer's and 50 of tokens in any order for each seed, byte by byte and at one random cut."""
    rng = random.Random(f"sloppy {seed}")
    for number in range(100):
        data = (broken.written if number % 2 else broken.soup_of_seed)(f"{seed} {number}")
        options: dict[str, Any] = {"repair": "all", **(rng.choice(CHOICES) if number % 3 == 0 else {})}
        wanted = whole(data, end=True, **options)
        for fragments in (units(data), judge.random_fragments(data, rng)):
            check_same(Watched(**options).feed_all(fragments, end=True).look(), wanted, [*fragments, "<end>"], options)


@pytest.mark.parametrize("doc", test_data.malformed_documents(), ids=lambda doc: doc.id)
def test_P03_texts_of_models_mended(doc: test_data.Document) -> None:
    text = doc.text[:3000]
    rng = random.Random(doc.id)
    wanted = whole(text, end=True, repair="all")
    plans: list[Any] = [units(text), judge.random_fragments(text.encode(), rng), judge.random_fragments(text, rng)]
    for fragments in plans:
        check_same(Watched(repair="all").feed_all(fragments, end=True).look(), wanted, fragments, {})
    fragments = judge.random_fragments(text, rng)
    check_partition(fragments, every=1 + len(fragments) // 8, repair="all")
