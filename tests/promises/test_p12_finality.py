"""P12: after Completed(path, v) the value at path is v, the same object, for ever."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from midstream import Completed, Opened
from tests.conformance import judge
from tests.oracle.partial import Path
from tests.support import data as test_data
from tests.support import strategies
from tests.support.feeding import EVERYTHING, Frozen, at, feed_events, freeze, units


class Kept:
    """The completed values of one parser, each as it was when its event came."""

    def __init__(self) -> None:
        self.standing: dict[Path, Completed] = {}
        self.all: list[tuple[Any, Frozen]] = []

    def take(self, events: Any) -> None:
        """A value that begins at a path takes the place of what stands there and below: a repeated key, or a new document."""
        for event in events:
            if type(event) is Completed:
                self.all.append((event.value, freeze(event.value)))
                old = self.standing.get(event.path)
                if old is None or old.span[1] <= event.span[0]:
                    self.replace(event.path, event.span[0])
                self.standing[event.path] = event
            elif type(event) is Opened:
                self.replace(event.path, None)

    def replace(self, path: Path, start: int | None) -> None:
        """start: where the new value begins; those that have begun after it are parts of it."""
        for known, event in list(self.standing.items()):
            if known[: len(path)] == path and (start is None or event.span[1] <= start):
                del self.standing[known]

    def check(self, parser: midstream.Parser) -> None:
        for value in (parser.value, parser.snapshot()):
            for path, event in self.standing.items():
                assert at(value, path) is event.value, path

    def check_unchanged(self) -> None:
        for value, frozen in self.all:
            assert freeze(value) == frozen


def one_document(options: dict[str, Any]) -> dict[str, Any]:
    """options under which every replacement of a value shows in the events."""
    options["multiple"] = False
    if options.get("numbers") == "partial" and options.get("duplicate_keys", "last") == "last":
        options["duplicate_keys"] = "first"  # a partial number takes the place of an earlier value without an event
    return options


@strategies.FEWER
@given(strategies.fed(), strategies.options())
def test_P12_the_value_at_the_path_is_that_object_to_the_end(fragments: list[Any], options: dict[str, Any]) -> None:
    parser = midstream.Parser(watch=EVERYTHING, **one_document(options))
    kept = Kept()
    for fragment in fragments:
        try:
            kept.take(parser.feed(fragment))
        except midstream.JSONStreamError:
            break
        kept.check(parser)
    try:
        parser.close()
    except midstream.JSONStreamError:
        pass
    kept.check(parser)
    kept.check_unchanged()


@given(strategies.fed(strategies.distinct_key_texts().map(str.encode)), st.integers(0, 100))
def test_P12_forks_leave_the_values_where_they_are(fragments: list[Any], place: int) -> None:
    """The parser and its copy go on: each finds in its own tree every value that it has completed, before and after."""
    parser = midstream.Parser(watch=EVERYTHING)
    kept, kept_too = Kept(), Kept()
    place %= len(fragments) + 1
    for fragment in fragments[:place]:
        events = parser.feed(fragment)
        kept.take(events)
        kept_too.take(events)
    other, deep, moved = copy.copy(parser), copy.deepcopy(parser), pickle.loads(pickle.dumps(parser))
    kept.check(parser)
    kept_too.check(other)
    kept_deep, kept_moved = Kept(), Kept()
    for fragment in fragments[place:]:
        for one, its in ((other, kept_too), (deep, kept_deep), (parser, kept), (moved, kept_moved)):
            its.take(one.feed(fragment))
            its.check(one)
    for one, its in ((parser, kept), (other, kept_too), (deep, kept_deep), (moved, kept_moved)):
        assert freeze(one.close()) == freeze(parser.value)
        its.check(one)
        its.check_unchanged()


def last_completed(events: Any) -> Completed:
    return [event for event in events if type(event) is Completed][-1]


def values_of(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, value
    for step, item in value.items() if type(value) is dict else enumerate(value) if type(value) is list else ():
        yield from values_of(item, (*path, step))


@pytest.mark.parametrize("batch", range(4))
def test_P12_all_of_a_document_is_what_was_completed(batch: int) -> None:
    """400 documents of models at random cuts, the live value and snapshots read on the way."""
    texts = sorted({doc.text for doc in test_data.llm_documents() if len(doc.text) < 1500})
    for text in random.Random(batch).sample(texts, 100):
        rng = random.Random(text)
        parser = midstream.Parser(watch=EVERYTHING)
        done: dict[Path, Any] = {}
        for fragment in judge.random_fragments(text, rng):
            for event in parser.feed(fragment):
                if type(event) is Completed:
                    assert event.path not in done
                    done[event.path] = event.value
            if rng.random() < 0.3:
                parser.snapshot(share=rng.random() < 0.7)
        final = parser.close()
        for whole in (final, parser.snapshot()):
            for path, value in values_of(whole):
                assert done[path] is value
        assert len(done) == sum(1 for _ in values_of(final))


def test_P12_only_a_repeated_key_takes_the_place() -> None:
    text = '{"a":{"x":["first"]},"b":["second"],"a":["third"],"c":{"a":"fourth"}}'
    for fragments in ([text], units(text)):
        events = feed_events(fragments).events
        parser = midstream.Parser(watch=EVERYTHING)
        for fragment in fragments:
            parser.feed(fragment)
        values = [(event.path, event.value) for event in events if type(event) is Completed]
        assert values == [
            (("a", "x", 0), "first"),
            (("a", "x"), ["first"]),
            (("a",), {"x": ["first"]}),
            (("b", 0), "second"),
            (("b",), ["second"]),
            (("a", 0), "third"),
            (("a",), ["third"]),
            (("c", "a"), "fourth"),
            (("c",), {"a": "fourth"}),
            ((), {"a": ["third"], "b": ["second"], "c": {"a": "fourth"}}),
        ]


def test_P12_a_replaced_value_itself_does_not_change() -> None:
    parser = midstream.Parser(watch="$.a")
    first = last_completed(parser.feed('{"a":[1,[2]],'))
    assert parser.value["a"] is first.value
    assert len(parser.feed('"a":[[3],4')) == 1
    assert parser.value["a"] is not first.value
    assert first.value == [1, [2]]
    second = last_completed(parser.feed("]}"))
    assert parser.close()["a"] is second.value == [[3], 4]
    assert first.value == [1, [2]]


def test_P12_the_first_of_repeated_keys_stays() -> None:
    parser = midstream.Parser(watch=["$.a", "$.a[*]"], duplicate_keys="first")
    event = last_completed(parser.feed('{"a":["kept"],'))
    kept = parser.value["a"]
    assert event.value is kept
    assert parser.feed('"a":["dropped",{}],"b":1}') == ()
    assert parser.close()["a"] is kept == ["kept"]


def test_P12_after_an_error() -> None:
    parser = midstream.Parser(watch=EVERYTHING)
    events = [event for event in parser.feed('{"a":["text",2.5],"b":x') if type(event) is Completed]
    with pytest.raises(midstream.MalformedJSON) as caught:
        parser.close()
    for value in (parser.value, parser.snapshot(), caught.value.value):
        for event in events:
            assert at(value, event.path) is event.value
    assert len(events) == 3


def test_P12_values_of_several_documents_stay_what_they_were() -> None:
    parser = midstream.Parser(watch="$", multiple=True)
    (one, two) = [event for event in parser.feed('{"a":[1]} ["x"] ') if type(event) is Completed]
    assert parser.value is two.value
    parser.feed("{")
    assert one.value == {"a": [1]}
    assert two.value == ["x"]
    three = last_completed(parser.feed("}"))
    assert parser.close() is three.value == {}


def test_P12_a_text_that_was_read_while_it_grew() -> None:
    """The string may have been handed out at every length; the completed one is the one in the tree all the same."""
    for read in (False, True):
        parser = midstream.Parser(watch="$[0]")
        seen = []
        events: list[Any] = []
        for unit in units('["' + "word " * 50 + 'é€😀"'):
            events += parser.feed(unit)
            if read and parser.value:
                seen.append((parser.value[0], str(parser.value[0])))
        assert events[-1].value is parser.value[0] is parser.snapshot()[0]
        parser.feed(',"more"]')
        assert events[-1].value is parser.close()[0]
        assert all(text == record for text, record in seen)


def test_P12_the_value_of_parse_float_is_handed_on() -> None:
    made: list[Any] = []

    def parse_float(text: str) -> Any:
        made.append([text])
        return made[-1]

    parser = midstream.Parser(watch="$[*]", parse_float=parse_float)
    events: list[Any] = [*parser.feed("[1.5,2e1"), *parser.feed(",3.0]")]
    assert [event.value for event in events] == [["1.5"], ["2e1"], ["3.0"]]
    for event, value, stands in zip(events, made, parser.close(), strict=True):
        assert event.value is value is stands
