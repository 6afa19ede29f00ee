"""P22: an authoritative full text that differs from the fragments wins, and is reported. OpenAI Responses has three of them."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from midstream.toolcalls import CallChanged, CallCompleted, CallFailed, CallOpened, StreamEnded, ToolCall, Verdict
from tests.support import strategies
from tests.support.feeding import freeze, json_value, random_cuts
from tests.support.following import Follower, through_events
from tests.support.streams import Payload

KINDS = pytest.mark.parametrize("kind", ["function_call", "mcp_call"])
COMPLETED = {"type": "response.completed", "response": {"status": "completed"}}


def added(kind: str = "function_call", at: int = 0, arguments: str = "") -> Payload:
    item = {"type": kind, "id": f"id_{at}", "name": "f", "arguments": arguments, "status": "in_progress"}
    if kind == "function_call":
        item["call_id"] = f"call_{at}"
    return {"type": "response.output_item.added", "output_index": at, "item": item}


def delta(text: Any, kind: str = "function_call", at: int = 0) -> Payload:
    return {"type": f"response.{kind}_arguments.delta", "item_id": f"id_{at}", "output_index": at, "delta": text}


def done(text: Any, kind: str = "function_call", at: int = 0) -> Payload:
    return {"type": f"response.{kind}_arguments.done", "item_id": f"id_{at}", "output_index": at, "arguments": text}


def item_done(text: Any, kind: str = "function_call", at: int = 0, status: str = "completed") -> Payload:
    item = {**added(kind, at)["item"], "arguments": text, "status": status}
    return {"type": "response.output_item.done", "output_index": at, "item": item}


def one(events: list[Payload], **options: Any) -> tuple[ToolCall, Follower]:
    follower = through_events("openai-responses", events, **options)
    [call] = follower.calls.calls
    return call, follower


# fragments, what .done says, and: raw, verdict, overruled
TEXTS: dict[str, tuple[list[str], str, str, Verdict, str | None]] = {
    "the same": (['{"a"', ": 1}"], '{"a": 1}', '{"a": 1}', Verdict.COMPLETE, None),
    "another value": (['{"a"', ": 1}"], '{"a": 2}', '{"a": 2}', Verdict.COMPLETE, '{"a": 1}'),
    "another spelling": (['{"a":1}'], '{"a": 1}', '{"a": 1}', Verdict.COMPLETE, '{"a":1}'),
    "malformed fragments": (['{"a": no', "pe}"], '{"a": 2}', '{"a": 2}', Verdict.COMPLETE, '{"a": nope}'),
    "fragments with trailing data": (['{"a": 1}', "}"], '{"a": 1}', '{"a": 1}', Verdict.COMPLETE, '{"a": 1}}'),
    "half of the fragments another": (['{"a": [1, 2'], '{"b": 1}', '{"b": 1}', Verdict.COMPLETE, '{"a": [1, 2'),
    "a malformed full text": (['{"a": 1}'], "nope", "nope", Verdict.MALFORMED, '{"a": 1}'),
    "half a full text": (['{"b": 1}'], '{"a":', '{"a":', Verdict.TRUNCATED, '{"b": 1}'),
    "a full text with trailing data": (['{"b": 1}'], "{} {}", "{} {}", Verdict.TRAILING, '{"b": 1}'),
    "malformed, and confirmed": (['{"a": nope}'], '{"a": nope}', '{"a": nope}', Verdict.MALFORMED, None),
    "half, and confirmed": (['{"a": '], '{"a": ', '{"a": ', Verdict.TRUNCATED, None),
}


@KINDS
@pytest.mark.parametrize("row", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("end", ["done", "item", "both"])
def test_P22_a_full_text_that_differs_wins(row: Any, kind: str, end: str) -> None:
    """By `.done`, by output_item.done, by both: the text, its verdict, its value and what it overruled."""
    fragments, full, raw, verdict, overruled = row
    events = [added(kind), *(delta(each, kind) for each in fragments)]
    events += [done(full, kind)] if end != "item" else []
    events += [item_done(full, kind)] if end != "done" else []
    call, follower = one([*events, COMPLETED])
    assert (call.raw, call.verdict, call.overruled) == (raw, verdict, overruled)
    assert isinstance(follower.end, StreamEnded)
    if verdict is Verdict.COMPLETE:
        assert freeze(call.arguments) == freeze(json.loads(full))
        assert call.error is None
    else:
        assert isinstance(call.error, midstream.JSONStreamError)


@KINDS
def test_P22_fragments_that_were_lost_are_made_up_for(kind: str) -> None:
    """A full text that goes on where the fragments stopped adds to them; no fragment at all is the same."""
    for fragments in ([], [""], ['{"a"'], ['{"a": ', "[1,"], ['{"a": [1, 2]'], ['{"a": [1, 2]}']):
        came = [delta(each, kind) for each in fragments]
        call, follower = one([added(kind), *came, done('{"a": [1, 2]}', kind), COMPLETED], watch="$..*")
        assert (call.raw, call.verdict, call.arguments) == ('{"a": [1, 2]}', Verdict.COMPLETE, {"a": [1, 2]})
        events = follower.events[0]
        assert sum(isinstance(event, midstream.Completed) for event in events) == 3


@KINDS
def test_P22_the_watcher_sees_the_text_that_won(kind: str) -> None:
    """Its events come again, from the beginning, before the verdict; those of the overruled fragments were true of them."""
    events = [added(kind), delta('{"a": "x", "b', kind), done('{"a": "y"}', kind), COMPLETED]
    call, follower = one(events, watch="$.a")
    kinds = [type(update) for update in follower.updates]
    assert kinds == [CallOpened, CallChanged, CallChanged, CallCompleted, StreamEnded]
    values = [event.value for event in follower.events[0] if isinstance(event, midstream.Completed)]
    assert values == ["x", "y"]
    assert call.parser.value == {"a": "y"}


def test_P22_malformed_fragments_wait_for_the_full_text() -> None:
    """No CallFailed before the call's end, for the full text may be right; then one verdict."""
    events = [added(), delta('{"a": nope'), delta("}"), done('{"a": 1}'), item_done('{"a": 1}'), COMPLETED]
    follower = Follower.of("openai-responses")
    for event in events[:3]:
        assert not any(isinstance(update, CallFailed) for update in follower.feed(event))
    assert [type(update) for update in follower.feed(events[3])][-1] is CallCompleted
    for event in events[4:]:
        follower.feed(event)
    follower.close()


def test_P22_malformed_fragments_without_a_full_text_fail() -> None:
    """At the end of the stream, or when it breaks off: malformed, not truncated."""
    for tail in ([COMPLETED], [], [{"type": "error", "message": "m"}], [{"type": "response.incomplete", "response": {}}]):
        call, _ = one([added(), delta('{"a": nope'), *tail])
        assert (call.verdict, call.raw) == (Verdict.MALFORMED, '{"a": nope')


def test_P22_a_full_text_that_is_no_text_overrules_nothing() -> None:
    for odd in (None, 3, True, 0.5, [], ["{}"]):
        call, _ = one([added(), delta('{"a": 1}'), done(odd), item_done(odd), COMPLETED])
        assert (call.raw, call.arguments, call.overruled) == ('{"a": 1}', {"a": 1}, None)


def test_P22_a_full_value_in_place_of_a_text() -> None:
    """Arguments as an object in `.done` or in the item, as some compatible servers send them."""
    for tail in ([done({"a": 2})], [item_done({"a": 2})]):
        call, _ = one([added(), *tail, COMPLETED])
        assert (call.verdict, call.arguments, json.loads(call.raw)) == (Verdict.COMPLETE, {"a": 2}, {"a": 2})
    call, _ = one([added(), delta({"a": 2}), item_done({"a": 2}), COMPLETED])
    assert (call.verdict, call.arguments) == (Verdict.COMPLETE, {"a": 2})


def test_P22_the_verdict_comes_with_the_first_full_text() -> None:
    """`.done`, output_item.done and response.completed say the same three times; one CallCompleted."""
    output = [item_done('{"a": 1}')["item"]]
    completed = {"type": "response.completed", "response": {"status": "completed", "output": output}}
    _, follower = one([added(), delta('{"a": 1}'), done('{"a": 1}'), item_done('{"a": 1}'), completed])
    assert [type(update) for update in follower.updates] == [CallOpened, CallChanged, CallCompleted, StreamEnded]


def test_P22_interleaved_items_of_one_response() -> None:
    """Every order of two calls' events that keeps each call's own."""
    first = [added(at=0), delta('{"a"', at=0), delta(": 1}", at=0), done('{"a": 1}', at=0)]
    second = [added("mcp_call", at=1), delta('{"b": 2', "mcp_call", at=1), done('{"b": 2}', "mcp_call", at=1)]
    for places in itertools.combinations(range(7), 4):
        lanes = iter(first), iter(second)
        events = [next(lanes[0] if place in places else lanes[1]) for place in range(7)]
        follower = through_events("openai-responses", [*events, COMPLETED])
        texts = {call.id: (call.raw, call.verdict) for call in follower.calls.calls}
        assert texts == {"call_0": ('{"a": 1}', Verdict.COMPLETE), "id_1": ('{"b": 2}', Verdict.COMPLETE)}


def test_P22_another_items_beginning_ends_nothing() -> None:
    """A call whose text is whole so far waits for its own end: there the full text may be another one, or more may come."""
    for first, full, verdict in (('{"a": 1}', '{"a": 2}', Verdict.COMPLETE), ("{ }", "{ }}", Verdict.TRAILING)):
        follower = Follower.of("openai-responses")
        for event in (added(at=0), delta(first, at=0), added(at=1), delta("{}", at=1), done("{}", at=1)):
            for update in follower.feed(event):
                assert not isinstance(update, CallCompleted) or update.call.index == 1
        for event in (done(full, at=0), COMPLETED):
            follower.feed(event)
        follower.close()
        call = follower.calls.calls[0]
        assert (call.raw, call.verdict) == (full, verdict)


@pytest.mark.parametrize("lacking", ["item_id", "output_index", "both"])
def test_P22_items_are_told_apart_by_what_is_there(lacking: str) -> None:
    """By item_id, by output_index, else the latest."""
    events = [added(at=0), delta('{"a": 1}', at=0), done('{"a": 1}', at=0), added(at=1), delta('{"b"', at=1), delta(": 2}", at=1),
              done('{"b": 2}', at=1), COMPLETED]  # fmt: skip
    gone = ("item_id", "output_index") if lacking == "both" else (lacking,)
    less = [{key: item for key, item in event.items() if key not in gone} for event in events]
    follower = through_events("openai-responses", less)
    assert [(call.raw, call.verdict) for call in follower.calls.calls] == [
        ('{"a": 1}', Verdict.COMPLETE),
        ('{"b": 2}', Verdict.COMPLETE),
    ]


@strategies.FEWER
@given(st.data())
def test_P22_whatever_the_fragments_were(source: st.DataObject) -> None:
    """Fragments of one random document, a full text of another: the call is the full text's, fed by itself or not."""
    streamed = source.draw(strategies.json_texts(max_leaves=4))
    full = source.draw(strategies.json_texts(max_leaves=4).filter(lambda text: text.lstrip()[0] in "[{"))
    cut = streamed[: source.draw(st.integers(0, len(streamed)))]
    fragments = random_cuts(cut, source.draw(st.integers(0, 99)))
    call, _ = one([added(), *map(delta, fragments), done(full), item_done(full), COMPLETED])
    assert call.verdict is Verdict.COMPLETE
    assert call.raw == full
    assert freeze(call.arguments) == freeze(json_value(full))
    assert call.overruled == (None if full.startswith(cut) else cut)
    assert midstream.MISSING is not call.arguments
