"""P12 with repair: a completed value stays what it is and where it is, the same object."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from hypothesis import given

import midstream
from tests.conformance import judge
from tests.promises.test_p12_finality import Kept
from tests.support import broken, strategies
from tests.support import data as test_data
from tests.support.broken import HARD
from tests.support.feeding import EVERYTHING, freeze, units
from tests.support.mending import END


def check_final(fragments: list[Any], **options: Any) -> None:
    parser = midstream.Parser(EVERYTHING, **options)
    kept = Kept()
    for fragment in [*fragments, END]:
        try:
            kept.take(parser.feed("", True) if fragment is END else parser.feed(fragment))
        except midstream.JSONStreamError:
            break
        kept.check(parser)
    kept.check(parser)
    kept.check_unchanged()


@given(strategies.fed(broken.streams()), broken.options(multiple=False, duplicate_keys="first"))
def test_P12_that_object_to_the_end(fragments: list[Any], options: dict[str, Any]) -> None:
    check_final(fragments, **options)


@pytest.mark.parametrize("name", HARD)
def test_P12_every_kind_of_repair(name: str) -> None:
    check_final([HARD[name]], repair="all")
    check_final(units(HARD[name]), repair="all")


@pytest.mark.parametrize("doc", test_data.malformed_documents(), ids=lambda doc: doc.id)
def test_P12_texts_of_models(doc: test_data.Document) -> None:
    rng = random.Random(doc.id)
    check_final(judge.random_fragments(doc.text, rng), repair="all", duplicate_keys="first")


@pytest.mark.parametrize("name", HARD)
def test_P12_forks_leave_the_values_where_they_are_mended(name: str) -> None:
    data = HARD[name]
    for place in range(0, len(data), 3):
        parser = midstream.Parser(EVERYTHING, repair="all")
        kept, kept_too = Kept(), Kept()
        events = parser.feed(data[:place])
        kept.take(events)
        kept_too.take(events)
        other = copy.copy(parser)
        for byte in units(data[place:]):
            kept.take(parser.feed(byte))
            kept_too.take(other.feed(byte))
        for one, its in ((parser, kept), (other, kept_too)):
            one.close()
            its.check(one)
            its.check_unchanged()
        assert freeze(parser.value) == freeze(other.value)
