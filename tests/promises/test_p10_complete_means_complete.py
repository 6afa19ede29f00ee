"""P10: Completed is for values whose own end was in the input. Nothing that ends a stream early makes one appear.

Judged twice: by the oracle, which says how much must have been read for each event, and by the span of each event, whose
bytes must be whole JSON by themselves, with the value of the event.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from midstream import Completed
from tests.conformance import judge
from tests.oracle import events as oracle
from tests.support import data as test_data
from tests.support import strategies
from tests.support.feeding import (
    EVERYTHING,
    NO_EVENTS,
    EventRecord,
    Feeding,
    event_record,
    feed_events,
    freeze,
    json_value,
    units,
)

BATCHES = 20
DOCUMENTS = 500
EVERY_BYTE = 240  # texts up to so many bytes are cut off at each byte, longer ones at so many places


def sample() -> list[str]:
    """500 texts of models: tool-call arguments and answers, two fifths of them what recorded streams carried."""
    written = sorted({doc.text for doc in test_data.llm_documents() if len(doc.text) < 6000})
    recorded = sorted({row.text for row in test_data.doc_rows() if row.status == "ok"} - set(written))
    rng = random.Random("five hundred")
    some = rng.sample(recorded, min(len(recorded), 200))
    return some + rng.sample(written, DOCUMENTS - len(some))


def completed(events: Any) -> list[Completed]:
    return [event for event in events if isinstance(event, Completed)]


def check_span(event: Completed, data: bytes, read: int) -> None:
    """The bytes of the span are one whole value, all read, the delimiter of a number too."""
    start, end = event.span
    assert 0 <= start < end <= read, event
    text = data[start:end]
    assert text == text.strip(b" \t\n\r")
    assert judge.fingerprint(judge.strict_loads(text)) == judge.fingerprint(event.value), event
    if text[0] in b"-0123456789":
        assert end < read
        assert data[end] in b" \t\n\r,]}"


# How the input may break off, told to a fork of the parser that has read the rest: none of them may give an event.
ENDINGS: dict[str, Callable[[midstream.Parser], Any]] = {
    "close": lambda parser: (parser.close(), NO_EVENTS)[1],
    "final": lambda parser: parser.feed("", True),
    "bad byte": lambda parser: parser.feed(b"\x00"),
    "bad UTF-8": lambda parser: parser.feed(b"\xff"),
    "bad byte at the end": lambda parser: parser.feed("\x01", True),
}


def no_event_of(parser: midstream.Parser, ending: str) -> bool:
    try:
        return ENDINGS[ending](copy.copy(parser)) is NO_EVENTS
    except midstream.JSONStreamError:
        return True


def places(size: int, rng: random.Random) -> list[int]:
    return list(range(size + 1)) if size <= EVERY_BYTE else sorted(rng.sample(range(size + 1), EVERY_BYTE))


@pytest.mark.parametrize("batch", range(BATCHES))
def test_P10_documents_of_models_broken_off_anywhere(batch: int) -> None:
    """After every byte up to 240, after 240 bytes of longer ones: closed, ended by final, or by a bad byte.

    At every eighth of these places the same prefix is also fed at once, ended by max_size, and by final.
    """
    for text in sample()[batch::BATCHES]:
        data = text.encode()
        rng = random.Random(text)
        due = [(at, event_record(event)) for at, event in oracle.timed(data, EVERYTHING) if type(event) is oracle.Completed]
        parser = midstream.Parser(watch=EVERYTHING)
        got: list[EventRecord] = []
        fed = 0
        for number, place in enumerate(places(len(data), rng)):
            for event in completed(parser.feed(data[fed:place])):
                check_span(event, data, place)
                got.append(event_record(event))
            fed = place
            wanted = [record for at, record in due if at <= place]
            assert got == wanted, (place, text)
            for ending in ENDINGS:
                assert no_event_of(parser, ending), (ending, place, text)
            if number % 8 == 0:
                for feeding in (
                    feed_events([data, "", b""], close=True, max_size=place),
                    feed_events([data[:place]], final=True, close=True),
                    feed_events([data[:place] + b"\x00"], final=True, close=True),
                ):
                    assert list(map(event_record, completed(feeding.events))) == wanted, (place, text)
                    assert feeding.raised or parser.status is midstream.Status.COMPLETE


@pytest.mark.parametrize("batch", range(BATCHES))
def test_P10_documents_of_models_that_meet_a_limit(batch: int) -> None:
    """Six limits for each of the 500, in random cuts."""
    for text in sample()[batch::BATCHES]:
        data = text.encode()
        rng = random.Random(text)
        for option, limit in (
            ("max_depth", 0),
            ("max_depth", 1),
            ("max_depth", 2),
            ("max_string", rng.randint(1, 10)),
            ("max_string", rng.randint(1, 40)),
            ("max_size", rng.randrange(len(data))),
        ):
            fragments = judge.random_fragments(data, rng)[:200]
            options: dict[str, Any] = {option: limit}
            feeding = feed_events(fragments, close=True, **options)
            read = feeding.parser.offset + 1  # an error's byte may be the delimiter of a number
            for event in completed(feeding.events):
                check_span(event, data, read)
            wanted = oracle.timed(b"".join(fragments), EVERYTHING, **options)
            assert list(map(event_record, completed(feeding.events))) == [
                event_record(event) for _, event in wanted if isinstance(event, oracle.Completed)
            ]


@given(strategies.streams(), strategies.options(), st.sampled_from(["one", "all"]), st.booleans())
def test_P10_the_bytes_of_a_span_are_its_value(stream: bytes, options: dict[str, Any], size: str, final: bool) -> None:
    if options.get("duplicate_keys") == "first":
        del options["duplicate_keys"]  # not how json.loads reads a span
    feeding = feed_events(units(stream) if size == "one" else [stream], final=final, close=True, **options)
    for event in completed(feeding.events):
        start, stop = event.span
        assert freeze(json_value(stream[start:stop])) == freeze(event.value)
        assert stop < feeding.parser.offset + 1
        if stream[start] in b"-0123456789":
            assert stop < len(stream)
            assert stream[stop] in b' \t\n\r,]}[{"'


@given(strategies.json_texts(), st.integers(0, 10_000), strategies.options())
def test_P10_nothing_comes_of_the_end_of_input(text: str, at: int, options: dict[str, Any]) -> None:
    data = text.encode()[: at % (len(text.encode()) + 1)]
    fed = Feeding(midstream.Parser(watch=EVERYTHING, **options))
    fed.feed(data)
    if fed.parser.status is midstream.Status.FAILED:
        return
    assert fed.feed("", True) == ()
    fed.close()
    at_once = Feeding(midstream.Parser(watch=EVERYTHING, **options))
    at_once.feed(data, True)
    at_once.close()
    assert list(map(event_record, at_once.events)) == list(map(event_record, fed.events))


@pytest.mark.parametrize("text", ["12", "-0", "0", "1.5", "1e5", "-1.25E-3", "123456789012345678901234567890"])
@pytest.mark.parametrize("numbers", ["complete", "partial"])
@pytest.mark.parametrize("multiple", [False, True])
def test_P10_a_root_number_has_no_end_of_its_own(text: str, numbers: str, multiple: bool) -> None:
    options: dict[str, Any] = {"numbers": numbers, "multiple": multiple}
    for fragments in ([text], units(text)):
        parser = midstream.Parser(watch="$", **options)
        for fragment in fragments:
            assert parser.feed(fragment) is NO_EVENTS
        assert parser.feed("") is NO_EVENTS
        for one in (copy.copy(parser), copy.deepcopy(parser)):
            assert one.feed("", True) is NO_EVENTS
            assert one.close() == json_value(text)
            assert one.feed("", True) is NO_EVENTS
        assert copy.copy(parser).close() == json_value(text)
        assert midstream.Parser(watch="$", **options).feed(text, True) is NO_EVENTS
        assert parser.feed("\n") == [Completed((), json_value(text), (0, len(text)))]
        assert parser.feed("", True) is NO_EVENTS


def test_P10_the_last_number_of_several_documents() -> None:
    parser = midstream.Parser(watch="$", multiple=True)
    assert parser.feed("1 2", True) == [Completed((), 1, (0, 1))]
    assert parser.close() == 2


@pytest.mark.parametrize("text", ["[12", '{"a":12', "[-0", "[1.5e3", '{"a":{"b":1'])
@pytest.mark.parametrize("numbers", ["complete", "partial"])
def test_P10_a_number_that_the_end_of_input_shows_is_not_complete(text: str, numbers: Any) -> None:
    for final in (False, True):
        feeding = feed_events([text], numbers=numbers, final=final, close=True)
        assert completed(feeding.events) == []
        assert isinstance(feeding.raised[-1], midstream.TruncatedJSON)


@pytest.mark.parametrize("text", ["[12", '["ab', "[tru", "[[", '[{"a":1', '["\\ud83d', '{"a"', '{"a":', "-", "tr", '"'])
def test_P10_a_bad_byte_completes_nothing(text: str) -> None:
    before = completed(feed_events([text]).events)
    for bad in (b"\x00", b"\xff", "\x01", "\ufeff" if text[-1] not in 'b"d' else "\x02"):
        feeding = feed_events([text, bad], close=True)
        assert completed(feeding.events) == before
        assert isinstance(feeding.raised[-1], midstream.MalformedJSON)


def test_P10_lone_surrogates_are_mended_in_what_is_complete() -> None:
    text = '{"\\ud83d":["\\ude00","a\\ud83d"]}'
    feeding = feed_events([text])
    assert [(event.path, event.value) for event in completed(feeding.events)] == [
        (("\ufffd", 0), "\ufffd"),
        (("\ufffd", 1), "a\ufffd"),
        (("\ufffd",), ["\ufffd", "a\ufffd"]),
        ((), {"\ufffd": ["\ufffd", "a\ufffd"]}),
    ]
    assert len(feeding.parser.repairs) == 3
    assert completed(feed_events([text[:-3]]).events) == completed(feeding.events)[:1]


def test_P10_a_dropped_value_is_never_complete() -> None:
    for fragments in (['{"a":1,"a":[2,{"b":3}],"c":4}'], units('{"a":1,"a":[2,{"b":3}],"c":4}')):
        feeding = feed_events(fragments, duplicate_keys="first")
        assert [event.path for event in completed(feeding.events)] == [("a",), ("c",), ()]


def test_P10_leaving_a_key_half_said_completes_nothing() -> None:
    for text in ('{"a":1,"b', '{"a":1,"b"', '{"a":1,"b":', '{"a":1,"a"', '{"a":1,"a":'):
        feeding = feed_events([text], final=True, close=True)
        assert [event_record(event) for event in completed(feeding.events)] == [("Completed", ("a",), freeze(1), (5, 6))]
