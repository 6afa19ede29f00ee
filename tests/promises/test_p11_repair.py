"""P11 with repair: events stand in document order; what never completes is left without a word."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given

import midstream
from midstream import Completed, Opened, Text
from tests.conformance import judge
from tests.oracle import events as oracle
from tests.promises.test_p11_order import Order, check_spans
from tests.support import broken, strategies
from tests.support import data as test_data
from tests.support.broken import HARD
from tests.support.feeding import merged, units
from tests.support.mending import Watched, completed


class LenientOrder(Order):
    """Where the next event stands elsewhere, the open nodes that don't hold its place have been left and never complete.

    An atom that never completes has no event at all: the null of a key without a value, a number that the end of input ends.
    """

    def __init__(self, *, keys_repeat: bool = True, several: bool = False) -> None:
        super().__init__(keys_repeat=keys_repeat, several=several)
        self.left: list[tuple[str | int, ...]] = []

    def begin(self, path: tuple[str | int, ...]) -> None:
        while self.open and (len(path) <= len(self.open[-1][0]) or path[: len(self.open[-1][0])] != self.open[-1][0]):
            self.leave()
        if self.open and self.open[-1][1] == "array" and type(path[-1]) is int:
            self.children[-1] += range(len(self.children[-1]), path[-1])
        super().begin(path)

    def leave(self) -> None:
        path, _ = self.open.pop()
        self.children.pop()
        self.texts.pop()
        self.left.append(path)

    def leave_for(self, event: Completed) -> None:
        """What is open below the place of event, or at it if event is of an atom: that has begun and ended at once."""
        atom = type(event.value) not in (dict, list, str)
        while self.open and self.open[-1][0][: len(event.path)] == event.path and (atom or self.open[-1][0] != event.path):
            self.leave()

    def take(self, event: Any) -> None:
        if type(event) is Completed:
            self.leave_for(event)
            if self.open and self.open[-1][0] == event.path and type(event.value) in (dict, list):
                # children that have no end of their own, such as a null for no value, may have had no event
                self.children[-1][:] = list(event.value) if type(event.value) is dict else range(len(event.value))
        super().take(event)


def check_order(watched: Watched, **options: Any) -> None:
    order = LenientOrder(
        keys_repeat=options.get("duplicate_keys", "last") == "last", several=options.get("multiple", False)
    )
    order.take_all(watched.events)
    check_spans(watched.events)
    completed_at = [(event.path, event.span) for event in completed(watched.events)]
    assert len(completed_at) == len(set(completed_at))


@given(strategies.fed(broken.streams()), broken.options())
def test_P11_every_event_has_its_place_mended(fragments: list[Any], options: dict[str, Any]) -> None:
    check_order(Watched(**options).feed_all(fragments, end=True), **options)


@pytest.mark.parametrize("name", HARD)
def test_P11_every_kind_of_repair(name: str) -> None:
    for fragments in ([HARD[name]], units(HARD[name])):
        check_order(Watched(repair="all").feed_all(fragments, end=True))


@strategies.FEWER
@given(strategies.fed(broken.streams()), strategies.watches(), broken.options())
def test_P11_what_is_watched_comes_in_the_order_of_everything_mended(
    fragments: list[Any], watch: Any, options: dict[str, Any]
) -> None:
    everything = merged(Watched(**options).feed_all(fragments, end=True).events)
    watched = oracle.expressions(watch)
    wanted = [record for record in everything if oracle.selected(watched, record[1])]
    got = Watched(midstream.Parser(watch, **options)).feed_all(fragments, end=True)
    assert merged(got.events) == wanted


@pytest.mark.parametrize("doc", test_data.malformed_documents(), ids=lambda doc: doc.id)
def test_P11_texts_of_models(doc: test_data.Document) -> None:
    rng = random.Random(doc.text)
    check_order(Watched(repair="all").feed_all(judge.random_fragments(doc.text, rng), end=True))


def test_P11_one_text_a_feed_and_none_of_what_waits() -> None:
    """Nothing of a string is told before it is decided that it belongs to it."""
    watched = Watched(repair="all")
    told = [watched.feed(fragment) for fragment in ('["a', 'b"', "! c", '"', ", ", '"d', '"', "]")]
    assert told[0] == [Opened((), "array"), Opened((0,), "string"), Text((0,), "a")]
    assert told[1] == [Text((0,), "b")]
    assert told[2] == [Text((0,), '"! c')]
    assert told[3] == told[4] == told[5] == told[6] == []
    assert told[7][:2] == [Completed((0,), 'ab"! c', (1, 9)), Opened((1,), "string")]
    assert told[7][2:] == [Text((1,), "d"), Completed((1,), "d", (11, 14)), Completed((), ['ab"! c', "d"], (0, 15))]
