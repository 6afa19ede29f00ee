"""P11: events stand in document order, children complete before their parents, each value once."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given

from midstream import Completed, Opened, Text
from tests.conformance import judge
from tests.oracle import events as oracle
from tests.oracle.partial import Path
from tests.support import data as test_data
from tests.support import strategies
from tests.support.feeding import feed_events, merged, units


class Order:
    """Follows the events of a parser that watches everything, and holds each to what may come at its place."""

    def __init__(self, *, keys_repeat: bool = True, several: bool = False) -> None:
        self.keys_repeat = keys_repeat
        self.several = several
        self.open: list[tuple[Path, str]] = []
        self.children: list[list[str | int]] = []  # of each open node, the last steps of those that have begun
        self.texts: list[str] = []
        self.end = 0
        self.roots = 0

    def begin(self, path: Path) -> None:
        if not self.open:
            assert path == ()
            assert self.roots == 0 or self.several
            self.roots += 1
            return
        (parent, kind), siblings = self.open[-1], self.children[-1]
        assert path[:-1] == parent
        assert len(path) == len(parent) + 1
        assert kind != "string"
        if kind == "array":
            assert path[-1] == len(siblings)
            assert type(path[-1]) is int
        else:
            assert type(path[-1]) is str
            assert self.keys_repeat or path[-1] not in siblings
        siblings.append(path[-1])

    def take(self, event: Any) -> None:
        if type(event) is Opened:
            self.begin(event.path)
            assert event.kind in ("object", "array", "string")
            self.open.append((event.path, event.kind))
            self.children.append([])
            self.texts.append("")
        elif type(event) is Text:
            assert self.open[-1] == (event.path, "string")
            assert event.text
            self.texts[-1] += event.text
        else:
            assert type(event) is Completed
            if self.open and self.open[-1][0] == event.path:
                kind = self.open.pop()[1]
                assert type(event.value).__name__ == {"object": "dict", "array": "list", "string": "str"}[kind]
                begun, text = self.children.pop(), self.texts.pop()
                if kind == "string":
                    assert event.value == text
                else:
                    assert len(event.value) == len(set(begun))
            else:
                self.begin(event.path)
                assert event.value is None or type(event.value) in (bool, int, float)
            start, end = event.span
            assert 0 <= start < end
            assert self.end < end
            self.end = end

    def take_all(self, events: Iterable[Any]) -> None:
        for event in events:
            self.take(event)


def check_spans(events: Iterable[Any]) -> None:
    """A parent's span holds those of its children, and no two others have a byte in common."""
    last: list[tuple[Path, tuple[int, int]]] = []
    for event in events:
        if type(event) is Completed:
            start, end = event.span
            while last and last[-1][1][0] > start:
                path, inner = last.pop()
                assert path[: len(event.path)] == event.path
                assert inner[1] < end
            assert not last or last[-1][1][1] <= start
            last.append((event.path, event.span))


@strategies.FEWER
@given(strategies.fed(), strategies.options())
def test_P11_every_event_has_its_place(fragments: list[Any], options: dict[str, Any]) -> None:
    events = feed_events(fragments, close=True, **options).events
    order = Order(keys_repeat=options.get("duplicate_keys", "last") == "last", several=options.get("multiple", False))
    order.take_all(events)
    check_spans(events)


@strategies.FEWER
@given(strategies.fed(strategies.json_texts(20).map(str.encode)))
def test_P11_a_whole_document_closes_all_that_it_opens(fragments: list[Any]) -> None:
    order = Order()
    events = feed_events([*fragments, " "]).events
    order.take_all(events)
    check_spans(events)
    assert order.open == []
    assert order.roots == 1
    assert type(events[-1]) is Completed
    assert events[-1].path == ()


@strategies.FEWER
@given(strategies.fed(), strategies.watches(), strategies.options())
def test_P11_what_is_watched_comes_in_the_order_of_everything(
    fragments: list[Any], watch: Any, options: dict[str, Any]
) -> None:
    everything = merged(feed_events(fragments, **options).events)
    watched = oracle.expressions(watch)
    wanted = [record for record in everything if oracle.selected(watched, record[1])]
    assert merged(feed_events(fragments, watch, **options).events) == wanted


@pytest.mark.parametrize("batch", range(8))
def test_P11_documents_of_models(batch: int) -> None:
    """A quarter of them, each at one random cut."""
    for doc in test_data.llm_documents()[batch::32]:
        rng = random.Random(doc.text)
        events = feed_events(judge.random_fragments(doc.text.encode(), rng)).events
        order = Order(keys_repeat=False)
        order.take_all(events)
        check_spans(events)
        assert order.open == []
        assert order.end == len(doc.text.encode().rstrip())


@pytest.mark.parametrize(
    "watch",
    [
        ["$.a[0]", "$.a[0]"],
        ["$.a[0]", "$..[0]", "$['a'][*]", "$.*.*", "$..*", "$.*[0]", "$..a..*"],
        ["$..*", "$..*..*", "$.a..*"],
        ["$..[0]"] * 100,
    ],
    ids=len,
)
def test_P11_once_however_often_it_is_selected(watch: list[str]) -> None:
    for fragments in (['{"a":["xy"]}'], units('{"a":["xy"]}')):
        events = [event for event in feed_events(fragments, watch).events if event.path == ("a", 0)]
        assert merged(events) == merged([Opened(("a", 0), "string"), Text(("a", 0), "xy"), Completed(("a", 0), "xy", (6, 10))])
        assert sum(type(event) is Completed for event in events) == 1


def test_P11_one_text_a_feed_right_before_the_end_or_last() -> None:
    fragments = ['{"a":"x\\n', 'y","b":"', "1", "2", '","c":["', "", '"]']
    feeding = feed_events(fragments)
    names = [[record[0][0] + "/".join(map(str, record[1])) for record in call.events] for call in feeding.calls]
    assert names == [
        ["O", "Oa", "Ta"],
        ["Ta", "Ca", "Ob"],
        ["Tb"],
        ["Tb"],
        ["Cb", "Oc", "Oc/0"],
        [],
        ["Cc/0", "Cc"],
    ]


def test_P11_nested_watched_values() -> None:
    (feed,) = [call.events for call in feed_events(['{"a":{"a":{"a":1},"b":[]},"a":2}'], "$..a").calls]
    assert [(name, path) for name, path, *_ in feed] == [
        ("Opened", ("a",)),
        ("Opened", ("a", "a")),
        ("Completed", ("a", "a", "a")),
        ("Completed", ("a", "a")),
        ("Completed", ("a",)),
        ("Completed", ("a",)),
    ]


def test_P11_the_checks_refuse_what_is_out_of_order() -> None:
    one = feed_events(['{"a":["x",1]}']).events
    for wrong in (
        one[::-1],
        one[1:],
        [*one, one[-1]],
        [*one[:5], *one[6:], one[5]],
        [*one[:3], Text(("a", 0), "y"), *one[3:]],
        [*one[:2], one[4], *one[2:4], *one[5:]],
        [*one, Completed((), 1, (20, 21))],
    ):
        with pytest.raises((AssertionError, IndexError)):
            Order().take_all(wrong)
    with pytest.raises(AssertionError):
        check_spans([Completed((0,), 1, (1, 3)), Completed((1,), 1, (2, 4))])
