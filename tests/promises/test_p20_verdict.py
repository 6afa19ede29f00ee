"""P20: each call ends with one verdict, and `complete` takes two: the wire said that it ended, and the text is whole.

The streams are built, so what each call was meant to be is known. That each gets one verdict, that nothing follows it, and
that every call has one when the stream has ended, is checked of every stream that tests.support.following follows.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from midstream.toolcalls import (
    CallChanged,
    CallCompleted,
    CallFailed,
    CallOpened,
    ProviderError,
    StreamEnded,
    StreamFailed,
    UnfinishedStream,
    Verdict,
)
from tests.support import strategies, streams, wires
from tests.support.feeding import freeze, json_value
from tests.support.following import Follower, check_shown, seen, through_events
from tests.support.wires import Call, Named, Turn

COMPLETE, TRUNCATED, MALFORMED, TRAILING = Verdict.COMPLETE, Verdict.TRUNCATED, Verdict.MALFORMED, Verdict.TRAILING
WIRES = pytest.mark.parametrize("wire", streams.WIRES)
OF_TEXT = pytest.mark.parametrize("wire", [wire for wire in streams.WIRES if wire != "gemini"])

KEYS = st.sampled_from(['"a"', '"b"', '"c d"', '"é"'])
OBJECTS = strategies.json_texts(max_leaves=3, keys=KEYS).filter(lambda text: text.lstrip()[0] == "{")


def cut_short(text: str, share: float) -> str:
    """A beginning of an object's text that is no document."""
    return text[: 1 + text.index("{") + int(share * (text.rindex("}") - text.index("{") - 1))]


HALVES = st.builds(cut_short, OBJECTS, st.floats(0, 0.999))
BROKEN = st.sampled_from(['{"a": nope}', '{"a" 1}', "{'a': 1}", '{"a": 1,}', '{"a": "\n"}', "f(x)", '[{"a": 1}}', "{]"])
MORE = st.sampled_from(["}", "]", ' {"b": 2}', "</tool_call>", '"', ",", "x", "\n\n```"])
TRAILED = st.builds(lambda text, more: text.rstrip() + more, OBJECTS, MORE)

DOCUMENTS: dict[str, tuple[st.SearchStrategy[str], Verdict]] = {
    "whole": (OBJECTS, COMPLETE),
    "another document": (st.sampled_from(["[]", '["a"]', "12", "-0.5e3", '"text"', "null", " true "]), COMPLETE),
    "empty": (st.just(""), COMPLETE),
    "half": (HALVES, TRUNCATED),
    "malformed": (BROKEN, MALFORMED),
    "trailing": (TRAILED, TRAILING),
}


@st.composite
def turns(draw: st.DrawFn, end: str, kinds: list[str]) -> tuple[Turn, list[str]]:
    """A turn, and of which kind each call is."""
    drawn = draw(st.lists(st.sampled_from(kinds), max_size=4))
    calls = [Call(draw(st.sampled_from("fgh")), draw(DOCUMENTS[kind][0]), f"call_{n}") for n, kind in enumerate(drawn)]
    return Turn(tuple(calls), draw(st.sampled_from(["", "Let me see.", '{"an": "answer"}'])), end), drawn


def fed(wire: str, events: list[Named]) -> Follower:
    """By mappings, and closed."""
    payloads = [streams.boto3_form(*event) if wire == "bedrock-converse" else event[1] for event in events]
    return through_events(wire, payloads, watch="$..*")


def fed_bytes(wire: str, events: list[Named], rng: random.Random) -> Follower:
    follower = Follower.of(wire, watch="$..*")
    for chunk in streams.cuts(streams.frames(wires.events(events), rng), rng):
        follower.feed_sse(chunk)
    follower.close()
    return follower


def check_calls(follower: Follower, turn: Turn, verdicts: list[Verdict]) -> None:
    """Each call of the turn has its verdict, its text and what a parser shows of that."""
    calls = follower.calls.calls
    by_id = {call.id: call for call in calls}
    assert len(calls) == len(turn.calls)
    for call, verdict in zip(turn.calls, verdicts, strict=True):
        got = by_id.get(call.id) or next(each for each in calls if each.id is None and each.name == call.name)
        assert (got.name, got.verdict) == (call.name, verdict), call.text
        assert got.raw == call.text
        check_shown(follower, got)
        update = follower.verdicts[got.index]
        if verdict is COMPLETE:
            assert freeze(update.arguments) == freeze(json_value(call.text) if call.text else {})


def check_end(follower: Follower, wire: str, end: str) -> None:
    """How the stream ended is said once, by the wire's own word or with the error."""
    if end in wires.REASONS[wire]:
        assert follower.end == StreamEnded(wires.REASONS[wire][end])
    else:
        assert isinstance(follower.end, StreamFailed)
        assert type(follower.end.error) is (ProviderError if end == "error" else UnfinishedStream)


# -- a normal end


@OF_TEXT
@strategies.FEWER
@given(source=st.data())
def test_P20_verdicts_under_a_normal_end(wire: str, source: st.DataObject) -> None:
    """Whatever the texts are: the normal end makes none of the half documents complete, and none of the whole ones fail."""
    turn, kinds = source.draw(turns("normal", list(DOCUMENTS)))
    if wire != "openai-responses":  # a whole call may end as another begins: what trails must come before
        turn = dataclasses.replace(turn, mixed="trailing" not in kinds)
    rng = random.Random(source.draw(st.integers(0, 1 << 32)))
    events = wires.build(wire, turn, rng)
    for follower in (fed(wire, events), fed_bytes(wire, events, rng)):
        check_calls(follower, turn, [DOCUMENTS[kind][1] for kind in kinds])
        check_end(follower, wire, "normal")


@strategies.FEWER
@given(source=st.data())
def test_P20_verdicts_of_gemini(source: st.DataObject) -> None:
    """Arguments come as values there: whole, in parts, or not at all."""
    keys = st.sampled_from(["a", "b c", "é", "it's", 'q"', "0"])
    objects = st.dictionaries(keys, strategies.json_values().map(strategies.finite))
    values = source.draw(st.lists(st.none() | objects, max_size=4))
    texts = ["" if value is None else json.dumps(value) for value in values]
    turn = Turn(tuple(Call("f", text, f"call_{n}") for n, text in enumerate(texts)), end=source.draw(st.sampled_from(wires.ENDS)))
    rng = random.Random(source.draw(st.integers(0, 1 << 32)))
    events = wires.build("gemini", turn, rng)
    for follower in (fed("gemini", events), fed_bytes("gemini", events, rng)):
        assert [call.verdict for call in follower.calls.calls] == [COMPLETE] * len(values)
        for call, value in zip(follower.calls.calls, values, strict=True):
            assert freeze(call.arguments) == freeze(value or {}), call.raw
            check_shown(follower, call)
        check_end(follower, "gemini", turn.end)


# -- other ends


@OF_TEXT
@pytest.mark.parametrize("end", ["budget", "error", "dropped"])
@strategies.FEWER
@given(source=st.data())
def test_P20_verdicts_under_other_ends(wire: str, end: str, source: st.DataObject) -> None:
    """Calls that ended before the end of the stream have their own verdicts; the last one, cut off, has not ended."""
    turn, kinds = source.draw(turns(end, ["whole", "half", "malformed", "trailing"]))
    turn = Turn(turn.calls, turn.text, end, last_cut=wire != "openai-chat" and end != "budget", mixed=False)
    rng = random.Random(source.draw(st.integers(0, 1 << 32)))
    events = wires.build(wire, turn, rng)
    verdicts = [DOCUMENTS[kind][1] for kind in kinds]
    for follower in (fed(wire, events), fed_bytes(wire, events, rng)):
        if end != "budget" and verdicts[-1:] == [COMPLETE]:
            verdicts[-1] = TRUNCATED
        check_calls(follower, turn, verdicts)
        check_end(follower, wire, end)


@pytest.mark.parametrize("wire", ["anthropic", "openai-chat", "openai-responses", "bedrock-converse"])
def test_P20_no_text_is_no_arguments_only_where_the_call_ended(wire: str) -> None:
    """The budget may have run out before the first character of the arguments: that is no call without arguments."""
    for seed in range(20):
        for text in ("", "Let me see."):
            for noise in (False, True):
                first, last = Call("f", "", "call_1"), Call("g", "", "call_2")
                rng = random.Random(seed)
                follower = fed(wire, wires.build(wire, Turn((first, last), text, "normal", noise, mixed=False), rng))
                assert [call.verdict for call in follower.calls.calls] == [COMPLETE, COMPLETE]
                assert [call.arguments for call in follower.calls.calls] == [{}, {}]
                # without noise: a server tool's result after the call would show that it was not cut
                follower = fed(wire, wires.build(wire, Turn((last,), text, "budget", False, mixed=False), rng))
                [call] = follower.calls.calls
                assert (call.verdict, call.arguments) == (TRUNCATED, midstream.MISSING)
                assert isinstance(call.error, UnfinishedStream)
                assert isinstance(follower.end, StreamEnded)


@WIRES
def test_P20_a_stream_without_calls(wire: str) -> None:
    for end in wires.ENDS:
        follower = fed(wire, wires.build(wire, Turn((), "Hello.", end), random.Random(1)))
        assert follower.calls.calls == []
        assert len(follower.updates) == 1
        check_end(follower, wire, end)


@WIRES
def test_P20_an_empty_stream(wire: str) -> None:
    """Closed before anything came: no end was seen."""
    for feed in (lambda follower: None, lambda follower: follower.feed({}), lambda follower: follower.feed_sse(b"\n\n: hi\n\n")):
        follower = Follower.of(wire)
        feed(follower)
        follower.close()
        assert isinstance(follower.end, StreamFailed)
        assert isinstance(follower.end.error, UnfinishedStream)
        assert not follower.end.calls


# -- repair does not make a call complete


@OF_TEXT
@strategies.FEWER
@given(source=st.data())
def test_P20_repair_completes_no_call_that_was_cut(wire: str, source: st.DataObject) -> None:
    """repair="all" closes what is open for reading; the verdict stays truncated under every end."""
    text = source.draw(HALVES)
    end = source.draw(st.sampled_from(wires.ENDS))
    rng = random.Random(source.draw(st.integers(0, 1 << 32)))
    follower = Follower.of(wire, repair="all")
    for name, payload in wires.build(wire, Turn((Call("f", text),), end=end), rng):
        follower.feed(streams.boto3_form(name, payload) if wire == "bedrock-converse" else payload)
    follower.close()
    [call] = follower.calls.calls
    assert call.verdict is TRUNCATED, text
    assert call.raw == text
    assert isinstance(call.error, (midstream.TruncatedJSON, UnfinishedStream, ProviderError))


@OF_TEXT
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{'a': 1,}", {"a": 1}),
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ("{a: True}", {"a": True}),
        ('{"a": "1\n2"}', {"a": "1\n2"}),
    ],
)
def test_P20_repaired_calls_complete(wire: str, text: str, value: Any) -> None:
    """Where the repair is no completion, the call is complete and says what was mended."""
    for seed in range(5):
        follower = Follower.of(wire, repair="all")
        for name, payload in wires.build(wire, Turn((Call("f", text),)), random.Random(seed)):
            follower.feed(streams.boto3_form(name, payload) if wire == "bedrock-converse" else payload)
        follower.close()
        [call] = follower.calls.calls
        assert (call.verdict, call.arguments, call.raw) == (COMPLETE, value, text)
        assert call.repairs
        assert tuple(call.repairs) == tuple(call.parser.repairs)


@OF_TEXT
@pytest.mark.parametrize("text", ['"a"', "'a' ", '"a" // done', '{"a": "b"}', "12", '["a" + "b"]'])
def test_P20_events_that_wait_for_the_end_come_before_the_verdict(wire: str, text: str) -> None:
    """A repairing parser waits for what may follow a string: at the call's end its Completed comes, then CallCompleted."""
    for seed in range(5):
        events = wires.build(wire, Turn((Call("f", text),), mixed=False), random.Random(seed))
        payloads = [streams.boto3_form(*event) if wire == "bedrock-converse" else event[1] for event in events]
        follower = through_events(wire, payloads, repair="all", watch=("$", "$..*"))
        [call] = follower.calls.calls
        assert call.verdict is COMPLETE
        check_shown(follower, call)
        completed = [event.path for event in follower.events[0] if isinstance(event, midstream.Completed)]
        assert (() in completed) == (text != "12")


# -- text answers


@WIRES
@strategies.FEWER
@given(source=st.data())
def test_P20_text_answers_get_verdicts_too(wire: str, source: st.DataObject) -> None:
    """With text=True an answer that carries JSON is a call with text set; the same answer as prose is passed over."""
    kind = source.draw(st.sampled_from(["whole", "half", "malformed", "trailing", "prose"]))
    text = "Let me see: {}" if kind == "prose" else source.draw(DOCUMENTS[kind][0].filter(lambda text: text.lstrip()[0] in "{["))
    end = source.draw(st.sampled_from(["normal", "budget"]))
    rng = random.Random(source.draw(st.integers(0, 1 << 32)))
    mixed = wire not in ("openai-chat", "bedrock-converse")  # where nothing but the next block or call says that text goes on
    events = wires.build(wire, Turn((Call("f", '{"a": 1}'),), text, end, mixed=mixed), rng)
    payloads = [streams.boto3_form(*event) if wire == "bedrock-converse" else event[1] for event in events]
    follower = through_events(wire, payloads, watch="$..*", text=True)
    plain = through_events(wire, payloads, watch="$..*")
    assert [seen(call) for call in follower.calls.calls if not call.text] == list(map(seen, plain.calls.calls))
    texts = [call for call in follower.calls.calls if call.text]
    if kind == "prose":
        assert texts == []
        return
    [call] = texts
    assert (call.name, call.id, call.raw) == (None, None, text)
    assert call.verdict is DOCUMENTS[kind][1]
    check_shown(follower, call)


@WIRES
def test_P20_a_text_answer_that_was_cut_off(wire: str) -> None:
    """Whole or half, an answer whose end was not sent is not complete."""
    for text in ('{"a": 1', '{"a": 1}'):
        for seed in range(8):
            events = wires.build(wire, Turn((), text, "dropped", noise=False), random.Random(seed))
            pieces = [event for event in events if "Stop" not in str(event[0]) and "stop" not in str(event[0])]
            pieces = [event for event in pieces if "done" not in str(event[0])]
            payloads = [streams.boto3_form(*event) if wire == "bedrock-converse" else event[1] for event in pieces]
            follower = through_events(wire, payloads, text=True)
            [call] = follower.calls.calls
            assert (call.verdict, call.raw) == (TRUNCATED, text)
            assert isinstance(follower.end, StreamFailed)


@WIRES
def test_P20_prose_is_passed_over_silently(wire: str) -> None:
    for text in ("Hello.", " \n\n", "I'd call f({}).", "# Title\n\n{}", "nothing", "tr", "-", "*3*", "（1）", "\ufeff"):
        for end in wires.ENDS:
            for seed in range(3):
                events = wires.build(wire, Turn((), text, end, noise=False), random.Random(seed))
                payloads = [streams.boto3_form(*event) if wire == "bedrock-converse" else event[1] for event in events]
                follower = through_events(wire, payloads, text=True, watch="$")
                assert [type(update) for update in follower.updates] == [type(follower.end)], (text, follower.updates)


# -- the shape of updates


@WIRES
def test_P20_updates_are_small_values(wire: str) -> None:
    """Comparable, usable in match, and in order: opened, changed, its verdict, the end."""
    follower = fed(wire, wires.build(wire, Turn((Call("f", '{"a": 1}'),), noise=False), random.Random(4)))
    [call] = follower.calls.calls
    kinds = []
    for update in follower.updates:
        match update:
            case CallOpened(opened):
                assert opened is call
                kinds.append("opened")
            case CallChanged(changed, events):
                assert changed is call
                assert len(events) >= 0
                kinds += [] if kinds[-1] == "changed" else ["changed"]
            case CallCompleted(completed, arguments):
                assert completed is call
                assert arguments == {"a": 1}
                kinds.append("completed")
            case StreamEnded(reason):
                assert reason == wires.REASONS[wire]["normal"]
                kinds.append("ended")
        assert update == type(update)(*update)
    for one, other in itertools.pairwise(follower.updates):
        assert one != other or type(one) is CallChanged
    assert kinds == ["opened", "changed", "completed", "ended"]


def test_P20_the_words_of_a_verdict() -> None:
    assert [verdict.value for verdict in Verdict] == ["complete", "truncated", "malformed", "trailing"]
    assert Verdict("complete") is Verdict.COMPLETE
    assert Verdict.COMPLETE == "complete"
    assert CallFailed._fields == ("call", "error")
    assert StreamFailed._fields == ("error", "calls")
