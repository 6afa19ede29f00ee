"""P13: the events before an error are returned first; the same error is raised by the next call, and by every later one."""

from __future__ import annotations

import copy
import itertools
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from midstream import Completed, Opened, Parser, Status, Text
from tests.oracle import events as oracle
from tests.oracle import partial
from tests.support import strategies
from tests.support.feeding import (
    EVERYTHING,
    NO_EVENTS,
    clone,
    error_record,
    event_record,
    expected,
    feed_events,
    freeze,
    merged,
    observe,
    seen,
    try_close,
    units,
)

FAILING: dict[str, tuple[Any, dict[str, Any], str, list[Any]]] = {
    "after a value": ('["a",x]', {}, "EXPECTED_VALUE", [Opened((), "array"), Opened((0,), "string"), Text((0,), "a"),
                                                        Completed((0,), "a", (1, 4))]),
    "in an open string": ('["ab\x00"]', {}, "CONTROL_CHARACTER", [Opened((), "array"), Opened((0,), "string"), Text((0,), "ab")]),
    "in an escape": ('["ab\\q"]', {}, "INVALID_ESCAPE", [Opened((), "array"), Opened((0,), "string"), Text((0,), "ab")]),
    "with a half held": ('["ab\\ud83d\x00"]', {}, "CONTROL_CHARACTER", [Opened((), "array"), Opened((0,), "string"),
                                                                        Text((0,), "ab")]),
    "in a character": (b'["a\xc3("]', {}, "INVALID_UTF8", [Opened((), "array"), Opened((0,), "string"), Text((0,), "a")]),
    "a lone surrogate": ('["a\ude00"]', {}, "INVALID_UTF8", [Opened((), "array"), Opened((0,), "string"), Text((0,), "a")]),
    "before a surrogate": ("[x\ude00]", {}, "EXPECTED_VALUE", [Opened((), "array")]),
    "before a pair in two units": ('[x"\ud83d\ude00"]', {}, "EXPECTED_VALUE", [Opened((), "array")]),
    "before a wide text": ('[x"\U0001f600\u20ac"]', {}, "EXPECTED_VALUE", [Opened((), "array")]),
    "in a number": ("[1-2]", {}, "INVALID_NUMBER", [Opened((), "array")]),
    "after a number": ("[1 2]", {}, "EXPECTED_COMMA", [Opened((), "array"), Completed((0,), 1, (1, 2))]),
    "by the number's own delimiter": ("[1}", {}, "EXPECTED_COMMA", [Opened((), "array")]),
    "in a literal": ("[tru]", {}, "INVALID_LITERAL", [Opened((), "array")]),
    "in a key": ('{"\x1f', {}, "CONTROL_CHARACTER", [Opened((), "object")]),
    "after a key": ('{"a" 1', {}, "EXPECTED_COLON", [Opened((), "object")]),
    "a repeated key": ('{"a":1,"a":2}', {"duplicate_keys": "error"}, "DUPLICATE_KEY",
                       [Opened((), "object"), Completed(("a",), 1, (5, 6))]),
    "after the root": ('"" x', {}, "TRAILING_DATA", [Opened((), "string"), Completed((), "", (0, 2))]),
    "after a root number": ("1 2", {}, "TRAILING_DATA", [Completed((), 1, (0, 1))]),
    "after several documents": ("1 {}]", {"multiple": True}, "EXPECTED_VALUE",
                                [Completed((), 1, (0, 1)), Opened((), "object"), Completed((), {}, (2, 4))]),
    "too deep": ("[[1", {"max_depth": 1}, "MAX_DEPTH", [Opened((), "array")]),
    "too long": ('["abc"', {"max_string": 2}, "MAX_STRING", [Opened((), "array"), Opened((0,), "string"), Text((0,), "ab")]),
    "too long by a replaced half": ('["a\\ud83d"', {"max_string": 1}, "MAX_STRING",
                                    [Opened((), "array"), Opened((0,), "string"), Text((0,), "a")]),
    "too long a number": ("[123", {"max_string": 2}, "MAX_STRING", [Opened((), "array")]),
    "too much": ("[1,2]", {"max_size": 3}, "MAX_SIZE", [Opened((), "array"), Completed((0,), 1, (1, 2))]),
    "too much within a character": ('"aé', {"max_size": 3}, "MAX_SIZE", [Opened((), "string"), Text((), "a")]),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILING)
@pytest.mark.parametrize("final", [False, True])
@pytest.mark.parametrize("next_call", ["feed", "empty feed", "empty bytes", "final feed", "close"])
def test_P13_events_first_then_the_error(name: str, final: bool, next_call: str) -> None:
    text, options, kind, wanted = FAILING[name]
    parser = Parser(watch=EVERYTHING, **options)
    events = parser.feed(text, final)
    assert type(events) is list
    assert events == wanted
    outcome = partial.parse(text, **options)
    assert parser.status is Status.FAILED
    assert parser.offset == outcome.offset
    assert parser.path == outcome.path
    assert freeze(parser.value) == freeze(outcome.value) == freeze(parser.snapshot())

    call: dict[str, Callable[[], Any]] = {
        "feed": lambda: parser.feed("]"),
        "empty feed": lambda: parser.feed(""),
        "empty bytes": lambda: parser.feed(b""),
        "final feed": lambda: parser.feed("", True),
        "close": parser.close,
    }
    errors = []
    for again in (call[next_call], *call.values()):
        with pytest.raises(midstream.JSONStreamError) as caught:
            again()
        errors.append(caught.value)
    assert all(error is errors[0] for error in errors)
    assert errors[0].kind.name == kind
    assert error_record(errors[0]) == outcome.error
    assert freeze(errors[0].value) == freeze(outcome.value)
    assert observe(parser, errors[0]) == expected(outcome)


@pytest.mark.parametrize("name", FAILING)
def test_P13_without_events_the_error_is_raised_at_once(name: str) -> None:
    """Nothing is watched, or nothing of what is; or all events have been returned by the feeds before."""
    text, options, kind, wanted = FAILING[name]
    for watch in (None, [], "$.nowhere", ["$..nowhere", "$[7]"]):
        parser = Parser(watch=watch, **options)
        with pytest.raises(midstream.JSONStreamError) as caught:
            parser.feed(text)
        assert caught.value.kind.name == kind
        for again in (parser.close, lambda parser=parser: parser.feed("")):
            with pytest.raises(midstream.JSONStreamError) as later:
                again()
            assert later.value is caught.value
    feeding = feed_events(units(text), close=True, **options)
    assert merged(feeding.events) == merged(wanted)
    at = [call.error is not None for call in feeding.calls].index(True)
    assert all(call.error == feeding.calls[-1].error for call in feeding.calls[at:])


@given(strategies.fed(strategies.damaged_texts() | strategies.garbage()), strategies.watches(), strategies.options())
def test_P13_nothing_before_the_error_is_lost(fragments: list[Any], watch: Any, options: dict[str, Any]) -> None:
    """At every cut: the events of all that the oracle reads before the error, then that error and no other."""
    feeding = feed_events(fragments, watch, close=True, **options)
    wanted, _ = oracle.read(fragments, oracle.expressions(watch), **options)
    assert merged(feeding.events) == merged(wanted)
    first = [call.error is not None for call in feeding.calls].index(True) if feeding.raised else len(feeding.calls)
    assert all(call.error is None for call in feeding.calls[:first])
    assert all(call.error == feeding.calls[-1].error and not call.events for call in feeding.calls[first:])
    assert all(error is feeding.raised[0] for error in feeding.raised)
    if feeding.raised:
        assert isinstance(feeding.raised[0], midstream.JSONStreamError)
        assert freeze(feeding.raised[0].value) == freeze(feeding.parser.value)
        assert feeding.parser.status is Status.FAILED


@strategies.FEWER
@given(strategies.fed(), strategies.options(), st.booleans())
def test_P13_watching_changes_nothing_but_when_an_error_is_raised(
    fragments: list[Any], options: dict[str, Any], everything: bool
) -> None:
    feeding = feed_events(fragments, EVERYTHING if everything else "$..a", close=True, **options)
    error = feeding.raised[0] if feeding.raised else None
    assert observe(feeding.parser, error) == seen(fragments, close=True, **options)


def test_P13_the_end_of_input_in_the_same_feed() -> None:
    for text, wanted in (
        ("[1,2", [Opened((), "array"), Completed((0,), 1, (1, 2))]),
        ('"ab', [Opened((), "string"), Text((), "ab")]),
        ('{"a":tru', [Opened((), "object")]),
    ):
        parser = Parser(watch=EVERYTHING)
        assert parser.feed(text, True) == wanted
        assert parser.status is Status.FAILED
        error = try_close(parser)
        assert isinstance(error, midstream.TruncatedJSON)
        assert error.offset == len(text)
        with pytest.raises(midstream.TruncatedJSON) as caught:
            parser.feed("")
        assert caught.value is error
        assert try_close(parser) is error
    parser = Parser(watch=EVERYTHING)
    assert parser.feed("[1,2") == [Opened((), "array"), Completed((0,), 1, (1, 2))]
    with pytest.raises(midstream.TruncatedJSON):
        parser.feed("", True)
    assert parser.value == [1, 2]
    parser = Parser(watch=EVERYTHING)
    assert parser.feed("[1]", True) == [Opened((), "array"), Completed((0,), 1, (1, 2)), Completed((), [1], (0, 3))]
    assert parser.status is Status.COMPLETE
    assert parser.feed("", True) is NO_EVENTS
    assert parser.close() == [1]
    with pytest.raises(RuntimeError):
        parser.feed("x")


def test_P13_reading_does_not_use_the_error_up() -> None:
    parser = Parser(watch=EVERYTHING)
    parser.feed('{"a":[1],x')
    for _ in range(3):
        assert parser.status is Status.FAILED
        assert parser.value == {"a": [1]}
        assert parser.snapshot() == {"a": [1]}
        assert parser.snapshot(share=False) == {"a": [1]}
        assert parser.is_complete(("a",))
        assert not parser.is_complete(())
        assert (parser.offset, parser.path, parser.repairs) == (9, (), ())
    assert isinstance(try_close(parser), midstream.MalformedJSON)


def test_P13_misuse_neither_raises_the_error_nor_takes_its_place() -> None:
    parser = Parser(watch=EVERYTHING)
    assert parser.feed("[x") == [Opened((), "array")]
    wrong: Any
    for wrong in (None, 1, ["x"], object()):
        with pytest.raises((TypeError, midstream.MalformedJSON)):
            parser.feed(wrong)
    assert isinstance(try_close(parser), midstream.MalformedJSON)

    parser = Parser(watch=EVERYTHING)
    assert parser.feed("[") == [Opened((), "array")]
    for wrong in (None, 1, ["x"], object()):
        with pytest.raises(TypeError):
            parser.feed(wrong)
    assert parser.feed("1]") == [Completed((0,), 1, (1, 2)), Completed((), [1], (0, 3))]
    parser.close()
    with pytest.raises(RuntimeError):
        parser.feed("x")


# -- parse_float


class Unwelcome(Exception):
    pass


def refuse(number: str) -> float:
    raise Unwelcome(number)


def test_P13_an_error_of_parse_float_waits_too() -> None:
    parser = Parser(watch=EVERYTHING, parse_float=refuse)
    assert parser.feed('[1,"a",2.5,3]') == [
        Opened((), "array"),
        Completed((0,), 1, (1, 2)),
        Opened((1,), "string"),
        Text((1,), "a"),
        Completed((1,), "a", (3, 6)),
    ]
    assert parser.status is Status.FAILED
    assert parser.value == [1, "a"]
    errors = []
    for call in (lambda: parser.feed(""), lambda: parser.feed("x"), parser.close, lambda: parser.feed("", True)):
        with pytest.raises(Unwelcome) as caught:
            call()
        errors.append(caught.value)
    assert all(error is errors[0] for error in errors)
    assert errors[0].args == ("2.5",)


def test_P13_an_error_of_parse_float_without_events() -> None:
    for watch in (None, "$[1]", "$.a"):
        parser = Parser(watch=watch, parse_float=refuse)
        with pytest.raises(Unwelcome) as caught:
            parser.feed("[2.5]")
        with pytest.raises(Unwelcome) as again:
            parser.feed("")
        assert again.value is caught.value
        assert parser.status is Status.FAILED


@strategies.FEWER
@given(strategies.fed(strategies.json_texts().map(str.encode) | strategies.damaged_texts()), strategies.watches(), st.booleans())
def test_P13_parse_float_anywhere(fragments: list[Any], watch: Any, final: bool) -> None:
    """As the oracle has it, also where a partial number, or one that the end of input shows, is refused."""
    feeding = feed_events(fragments, watch, close=True, final=final, parse_float=refuse)
    wanted = oracle.calls(fragments, watch, close=True, final=final, parse_float=refuse)
    assert [call.error for call in feeding.calls] == [call.error for call in wanted]
    assert [list(call.events) for call in feeding.calls] == [list(map(event_record, call.events)) for call in wanted]
    assert all(error is feeding.raised[0] for error in feeding.raised)


def test_P13_a_type_error_of_parse_float_is_no_misuse() -> None:
    """What parse_float raises is an error of the stream, whatever its type: held back, and raised for good."""

    def wrong(number: str) -> float:
        raise error_type("from parse_float")

    for error_type in (TypeError, RuntimeError, ValueError, RecursionError, StopIteration):
        parser = Parser(watch="$", parse_float=wrong)
        assert parser.feed("[2.5]") == [Opened((), "array")]
        assert parser.status is Status.FAILED
        for _ in range(2):
            with pytest.raises(error_type, match="from parse_float"):
                parser.feed("")


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("final", [False, True])
def test_P13_an_interruption_is_raised_at_once(interruption: type[BaseException], final: bool) -> None:
    def interrupt(number: str) -> float:
        raise interruption(number)

    for watch in (None, EVERYTHING):
        parser = Parser(watch=watch, parse_float=interrupt)
        with pytest.raises(interruption) as caught:
            parser.feed("[1,2.5]", final)
        assert parser.status is Status.FAILED
        assert parser.value == [1]
        for again in (lambda parser=parser: parser.feed(""), parser.close):
            with pytest.raises(BaseException) as later:
                again()
            assert later.value is caught.value


# -- forks


@pytest.mark.parametrize(
    "fork", [copy.copy, copy.deepcopy, lambda parser: pickle.loads(pickle.dumps(parser))], ids=["copy", "deepcopy", "pickle"]
)
def test_P13_forks_hold_the_error_too(fork: Callable[[Parser], Parser]) -> None:
    parser = Parser(watch=EVERYTHING)
    parser.feed('["a",x]')
    one, two = fork(parser), fork(parser)
    error = try_close(parser)
    assert isinstance(error, midstream.MalformedJSON)
    three = fork(parser)
    for other in (one, two, three):
        assert other.status is Status.FAILED
        assert other.value == ["a"]
        with pytest.raises(midstream.MalformedJSON) as caught:
            other.feed("")
        assert error_record(caught.value) == error_record(error)
        assert str(caught.value) == str(error)
        assert try_close(other) is caught.value


def test_P13_held_errors_do_not_pile_up_frames() -> None:
    parser = Parser(watch=EVERYTHING)
    parser.feed("[x")
    depths = []
    for _ in range(5):
        with pytest.raises(midstream.MalformedJSON) as caught:
            parser.feed("x")
        assert caught.value.__context__ is None
        assert caught.value.__cause__ is None
        depth, frame = 0, caught.value.__traceback__
        while frame is not None:
            depth, frame = depth + 1, frame.tb_next
        depths.append(depth)
    assert depths[-1] <= depths[1] + 1 or depths[-1] < 20


def test_P13_the_events_of_a_failing_feed_are_the_callers() -> None:
    """Neither the parser nor the error keeps the list, or changes it."""
    parser = Parser(watch=EVERYTHING)
    events = parser.feed('["a","bc')
    before = clone([event_record(event) for event in events])
    later = parser.feed('d",x')
    assert [event_record(event) for event in events] == before
    assert later == [Text((1,), "d"), Completed((1,), "bcd", (5, 10))]
    assert type(events) is list
    events.clear()
    assert try_close(parser) is not None


def test_P13_every_cut_of_a_failing_text() -> None:
    text = '{"a":["x",1],"b":"y\\u00e9' + "\x07"
    wanted = merged(feed_events([text]).events)
    for places in itertools.combinations(range(len(text)), 2):
        fragments = [text[: places[0]], text[places[0] : places[1]], text[places[1] :]]
        feeding = feed_events(fragments, close=True)
        assert merged(feeding.events) == wanted
        assert [call.error is None for call in feeding.calls] == [True, True, bool(feeding.calls[2].events), False]
