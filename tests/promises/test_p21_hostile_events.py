"""P21: whatever a provider sends, feeding does not raise, and what is wrong with one call stays with that call."""

from __future__ import annotations

import copy
import functools
import json
import random
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from midstream.toolcalls import CallCompleted, CallFailed, StreamEnded, ToolCalls, Verdict
from tests.support import strategies, streams, wires
from tests.support.feeding import freeze
from tests.support.following import Follower, check_shown, seen, through_events
from tests.support.streams import Payload
from tests.support.wires import Call, Turn, chunk, part

WIRES = pytest.mark.parametrize("wire", streams.WIRES)

# What stands where something else should.
ODD: list[Any] = [
    None, True, False, 0, 1, -1, 2**31, 2**63, 2**64, -(10**400), 0.5, -0.0, 1e308, float("inf"), float("-inf"), float("nan"),
    "", " ", "a", "null", "0", "1", "tool_use", "function", "{", "}", '{"a": 1}', "\ud800", "\x00", "é" * 50, "x" * 5000,
    [], [None], [[]], [{}], [0, 1], ["a"], {}, {"": None}, {"a": 1}, {"index": 0}, {"type": "tool_use"}, {"text": 1},
    [[[[[[[[[[]]]]]]]]]], {"a": {"a": {"a": {"a": None}}}}, {"function": None}, {"name": 3, "arguments": []},
    b"bytes", (1, 2), {1, 2}, {1: 2}, {None: 3}, object(), SimpleNamespace(), SimpleNamespace(type="error"), int, ValueError("x"),
]  # fmt: skip
JSON_ODD = [each for each in ODD[:50] if isinstance(each, (str, int, float, list, dict, type(None)))]

# Keys that the wires know, put where they don't belong.
KEYS = [
    "type", "index", "delta", "content_block", "id", "name", "input", "partial_json", "choices", "tool_calls", "function",
    "arguments", "finish_reason", "item", "item_id", "output_index", "content_index", "response", "candidates", "content",
    "parts", "functionCall", "args", "partialArgs", "jsonPath", "willContinue", "stringValue", "contentBlockStart", "text",
    "contentBlockDelta", "contentBlockStop", "contentBlockIndex", "toolUse", "start", "message", "stop_reason", "usage",
    "error", "status",
]  # fmt: skip


@functools.cache
def samples(wire: str) -> list[list[Payload]]:
    """The events of the shorter recordings of a wire."""
    found = [streams.decoded(response) for response in streams.responses() if response.wire == wire]
    return [events for events in found if len(events) < 60][:25]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))


def mutated(event: Any, rng: random.Random, odd: list[Any]) -> Any:
    """A copy of event in which one place holds something else, lacks, is doubled, or has more beside it."""
    event = copy.deepcopy(event)
    path = rng.choice(list(places(event)))
    if not path:
        return rng.choice(odd)
    holder = event
    for key in path[:-1]:
        holder = holder[key]
    key = path[-1]
    action = rng.choice(["replace", "replace", "replace", "remove", "add", "wrap", "swap"])
    if action == "replace":
        holder[key] = rng.choice(odd)
    elif action == "remove":
        del holder[key]
    elif action == "wrap":
        holder[key] = rng.choice([[holder[key]], {"a": holder[key]}, [holder[key], holder[key]], str(holder[key])])
    elif action == "swap" and isinstance(holder, dict):
        holder[rng.choice(KEYS)] = holder.pop(key)
    elif isinstance(holder, dict):
        holder[rng.choice(KEYS)] = rng.choice(odd)
    else:
        holder.insert(key, rng.choice(odd))
    return event


@WIRES
@strategies.FEWER
@given(seed=st.integers(0, 1 << 40), text=st.booleans())
def test_P21_mutated_events_of_recordings(wire: str, seed: int, text: bool) -> None:
    """A third of the events damaged, as Python objects: nothing is raised, and each call has one verdict at the end."""
    rng = random.Random(seed)
    events = rng.choice(samples(wire))
    follower = Follower.of(wire, several=True, watch="$..*", text=text)
    for event in events:
        follower.feed(mutated(event, rng, ODD) if rng.random() < 0.3 else event)
        if rng.random() < 0.05:
            follower.feed(mutated(rng.choice(events), rng, ODD))
    follower.close()
    for call in follower.calls.calls:
        check_shown(follower, call)


@WIRES
@strategies.FEWER
@given(seed=st.integers(0, 1 << 40), text=st.booleans())
def test_P21_mutated_events_as_bytes(wire: str, seed: int, text: bool) -> None:
    """The same as JSON, and the bytes damaged too; by bytes and by events the outcome is one."""
    rng = random.Random(seed)
    events = [mutated(event, rng, JSON_ODD) if rng.random() < 0.3 else event for event in rng.choice(samples(wire))]
    framed = [(None, json.dumps(event)) for event in events]
    content = streams.frames(framed, rng)
    follower = Follower.of(wire, several=True, watch="$..*", text=text)
    for fragment in streams.cuts(content, rng):
        follower.feed_sse(fragment)
    follower.close()
    decoded = through_events(wire, [json.loads(data) for _, data in framed], several=True, watch="$..*", text=text)
    assert follower.flat() == decoded.flat()
    assert list(map(seen, follower.calls.calls)) == list(map(seen, decoded.calls.calls))
    damaged = bytearray(content)
    for _ in range(rng.randrange(1, 6)):
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    follower = Follower.of(wire, several=True, text=text)
    for fragment in streams.cuts(bytes(damaged), rng):
        follower.feed_sse(fragment)
    follower.close()


@WIRES
def test_P21_anything_in_every_place_of_an_event(wire: str) -> None:
    """Each place of one event of each kind, with each odd value: no exception, and one verdict each."""
    rng = random.Random(wire)
    kinds: dict[str, Payload] = {}
    for events in samples(wire):
        for event in events:
            shape = json.dumps(sorted(str(path) for path in places(event) if len(path) < 5))
            kinds.setdefault(shape, event)
    start = wires.build(wire, Turn((Call("f", '{"a": 1}'),), end="dropped", noise=False, mixed=False, last_cut=True), rng)
    opening = [streams.boto3_form(*event) if wire == "bedrock-converse" else event[1] for event in start]
    for event in list(kinds.values())[:25]:
        for path in places(event):
            calls = ToolCalls(wire, text=True)
            for each in opening[: rng.randrange(len(opening) + 1)]:
                calls.feed(each)
            for odd in ODD:
                damaged = copy.deepcopy(event)
                if not path:
                    calls.feed(odd)
                    continue
                holder: Any = damaged
                for key in path[:-1]:
                    holder = holder[key]
                holder[path[-1]] = odd
                calls.feed(damaged)
            calls.close()
            assert all(call.verdict is not None for call in calls.calls)


@WIRES
@pytest.mark.parametrize("event", [None, 3, "text", b"data: {}\n\n", [], [{}], (), 0.5, object(), int, Ellipsis, {1, 2}])
def test_P21_what_is_no_event_is_passed_over(wire: str, event: Any) -> None:
    follower = Follower.of(wire)
    assert follower.feed(event) == []
    for name, payload in wires.build(wire, Turn((Call("f", '{"a": 1}'),)), random.Random(3)):
        follower.feed(streams.boto3_form(name, payload) if wire == "bedrock-converse" else payload)
        if not follower.ended:
            assert follower.feed(event) == []
    follower.close()
    assert [call.verdict for call in follower.calls.calls] == [Verdict.COMPLETE]


@WIRES
@pytest.mark.parametrize("chunk", [None, 3, ["data: {}"], {"type": "ping"}, object(), 1.5])
def test_P21_a_chunk_that_is_no_text_raises_type_error(wire: str, chunk: Any) -> None:
    """A mistake of the caller, not of the provider; nothing is lost by it."""
    calls = ToolCalls(wire)
    with pytest.raises(TypeError):
        calls.feed_sse(chunk)
    assert calls.calls == []
    assert calls.feed_sse(b"") == []


def test_P21_an_unknown_wire_is_named() -> None:
    for wire in ("", "openai", "OpenAI-Chat", "anthropic ", "cohere"):
        with pytest.raises(ValueError, match="anthropic"):
            ToolCalls(wire)


# -- attributes that bite


class Biting:
    """Raises for every attribute, as a lazy or a closed object of an SDK may."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


class Endless:
    """Has every attribute, itself."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter([self])


@WIRES
@pytest.mark.parametrize("made", [Biting, Endless])
def test_P21_objects_with_attributes_that_make_no_sense(wire: str, made: Callable[[], Any]) -> None:
    follower = Follower.of(wire, text=True)
    follower.feed(made())
    follower.feed(SimpleNamespace(type=made(), choices=made(), candidates=made(), contentBlockDelta=made(), delta=made()))
    follower.feed({"type": "content_block_delta", "delta": made(), "choices": [made()], "candidates": [made()]})
    follower.close()
    assert not any(isinstance(update, CallCompleted) for update in follower.updates)


# -- the others go on

GOOD = ('{"good": [1, "two"]}', '{"b": {}}')


def good_calls(follower: Follower) -> list[Any]:
    return [call for call in follower.calls.calls if call.name == "good"]


BAD_TEXTS = [
    '{"a": nope}', "{]", "\x00", '{"a": "\ud800', "[" * 300, '{"a": 1}}', "]", '{"a": 01}', "{'a': 1}", "\ufeff{}", "{" * 50,
]  # fmt: skip


@pytest.mark.parametrize("wire", [wire for wire in streams.WIRES if wire != "gemini"])
@pytest.mark.parametrize("text", BAD_TEXTS, ids=range(len(BAD_TEXTS)))
def test_P21_one_bad_call_beside_good_ones(wire: str, text: str) -> None:
    """A bad text in the middle: its call fails with its error and keeps the text, the calls around it complete."""
    for seed in range(12):
        turn = Turn((Call("good", GOOD[0], "1"), Call("bad", text, "2"), Call("good", GOOD[1], "3")))
        events = wires.build(wire, turn, random.Random(seed))
        payloads = [streams.boto3_form(*event) if wire == "bedrock-converse" else event[1] for event in events]
        follower = through_events(wire, payloads, watch="$..*")
        assert [(call.raw, call.verdict) for call in sorted(good_calls(follower), key=lambda call: str(call.id))] == [
            (GOOD[0], Verdict.COMPLETE),
            (GOOD[1], Verdict.COMPLETE),
        ]
        [bad] = [call for call in follower.calls.calls if call.name == "bad"]
        assert bad.verdict is not Verdict.COMPLETE
        assert bad.raw == text
        check_shown(follower, bad)
        [failed] = [update for update in follower.updates if isinstance(update, CallFailed)]
        assert failed.call is bad
        assert failed.error is bad.error
        assert isinstance(failed.error, midstream.JSONStreamError)
        assert isinstance(follower.end, StreamEnded)


@pytest.mark.parametrize("wire", ["anthropic", "openai-chat", "bedrock-converse"])
def test_P21_a_malformed_call_fails_at_once(wire: str) -> None:
    """CallFailed comes with the fragment that made it so, not at the call's end; later fragments only add to raw."""
    fragments = ['{"a": 1, "b"', ": n", "o", "pe", ', "c": 2}']
    events: list[tuple[str | None, Payload]]
    if wire == "anthropic":
        start = {"type": "tool_use", "id": "1", "name": "f", "input": {}}
        events = [(None, {"type": "content_block_start", "index": 0, "content_block": start})]
        events += [
            (None, {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": each}})
            for each in fragments
        ]
    elif wire == "openai-chat":
        events = [(None, chunk({"tool_calls": [part("", 0, "1", "f")]}))]
        events += [(None, chunk({"tool_calls": [part(each)]})) for each in fragments]
    else:
        start = {"toolUse": {"toolUseId": "1", "name": "f"}}
        events = [("contentBlockStart", {"start": start, "contentBlockIndex": 0})]
        events += [("contentBlockDelta", {"delta": {"toolUse": {"input": each}}, "contentBlockIndex": 0}) for each in fragments]
    follower = Follower.of(wire, watch="$..*")
    failed_at = []
    for number, event in enumerate(events):
        updates = follower.feed(streams.boto3_form(*event) if wire == "bedrock-converse" else event[1])
        failed_at += [number for update in updates if isinstance(update, CallFailed)]
    assert failed_at == [3]  # the "o"
    [call] = follower.calls.calls
    assert call.raw == "".join(fragments)
    assert call.arguments == {"a": 1}
    assert isinstance(call.error, midstream.MalformedJSON)
    assert call.error.offset == len('{"a": 1, "b": n')
    follower.close()


@WIRES
def test_P21_limits_of_the_parser_are_no_exceptions(wire: str) -> None:
    """Deeper than a Parser allows: the call is malformed, by LimitExceeded, and the next one completes."""
    depth = 1100
    if wire == "gemini":
        value: Any = {}
        for _ in range(depth):
            value = {"a": value}
        payloads = [wires.answer([{"functionCall": {"name": "bad", "args": value}}]), wires.answer([], "STOP")]
        path = "$" + ".a" * depth
        piece = {"jsonPath": path, "stringValue": "x"}
        payloads.insert(1, wires.answer([{"functionCall": {"name": "bad", "partialArgs": [piece], "willContinue": True}}]))
        payloads.insert(2, wires.answer([{"functionCall": {}}, {"functionCall": {"name": "good", "args": {"good": True}}}]))
    else:
        turn = Turn((Call("bad", '{"a":' * depth + "1" + "}" * depth, "1"), Call("good", '{"good": true}', "2")), mixed=False)
        events = wires.build(wire, turn, random.Random(1))
        payloads = [streams.boto3_form(*event) if wire == "bedrock-converse" else event[1] for event in events]
    follower = through_events(wire, payloads)
    for call in follower.calls.calls:
        if call.name == "good":
            assert (call.verdict, call.arguments) == (Verdict.COMPLETE, {"good": True})
        else:
            assert call.verdict is Verdict.MALFORMED
            limits = (midstream.LimitExceeded, RecursionError) if wire == "gemini" else midstream.LimitExceeded
            assert isinstance(call.error, limits)
    assert isinstance(follower.end, StreamEnded)


HOSTILE: dict[str, list[Any]] = {
    "anthropic": [
        {"type": "content_block_start", "index": 78},
        {"type": "content_block_start", "index": None, "content_block": None},
        {"type": "content_block_delta", "index": 79, "delta": None},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "new_delta", "new": "}"}},
        {"type": "content_block_start", "index": 80, "content_block": {"type": "new_block", "input": {"a": 1}}},
        {"type": "message_delta", "delta": None},
        {"type": "message_delta"},
        {"type": ["ping"]},
        {"type": "new_event", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "}"}},
    ],
    "openai-chat": [
        {"choices": [{"index": 0, "delta": {"tool_calls": "{}"}}]},
        {"choices": [{"index": 0, "delta": {"tool_calls": [None, 3, [], "f"]}}]},
        {"choices": [{"index": 0, "delta": {"tool_calls": {"0": {}}}}]},
        {"choices": [None, 3, "a", []]},
        {"choices": [{}]},
        {"choices": [{"index": None, "delta": {}}]},
        {"choices": {"index": 0}},
        {"choices": [[]]},
        {"choices": "none", "usage": 3},
        chunk({"content": ["a"]}),
    ],
    "openai-responses": [
        {"type": "response.output_item.added", "output_index": 78, "item": None},
        {"type": "response.output_item.added", "output_index": 79},
        {"type": "response.output_item.done", "output_index": 80, "item": {"type": "new_item", "arguments": "{}"}},
        {"type": "response.output_item.done", "item": []},
        {"type": "response.new", "output_index": 0, "delta": "}"},
        {"type": "response.in_progress"},
        {"type": None, "delta": "}"},
    ],
    "gemini": [
        {"candidates": [None, 3, []]},
        {"candidates": {"content": {}}},
        {"candidates": [{"content": {"parts": [None, 1, "a", {"functionCall": None}, {"functionCall": []}]}}]},
        {"candidates": [{"content": {"parts": {"functionCall": {"name": "f"}}}}]},
        {"candidates": [{"content": [], "finishReason": None}]},
        {"candidates": [{"content": {"parts": [{"text": 3}, {"executableCode": {}}]}}]},
        {"promptFeedback": {}},
    ],
    "bedrock-converse": [
        {"contentBlockDelta": {"contentBlockIndex": 77, "delta": {"toolUse": {"input": None}}}},
        {"contentBlockDelta": {"contentBlockIndex": 77, "delta": {"new": {"input": "}"}}}},
        {"contentBlockDelta": None},
        {"contentBlockStart": {"contentBlockIndex": 78, "start": None}},
        {"contentBlockStart": {"contentBlockIndex": 78, "start": {"image": {}}}},
        {"newEvent": {"contentBlockIndex": 0}},
        {"metadata": None},
    ],
}


@pytest.mark.parametrize(("wire", "number"), [(wire, number) for wire in HOSTILE for number in range(len(HOSTILE[wire]))])
def test_P21_events_of_no_call_change_no_call(wire: str, number: int) -> None:
    """What says nothing of a call, before and after every event: the good calls complete as if it had not come."""
    for seed in range(10):
        turn = Turn((Call("good", GOOD[0], "1"), Call("good", GOOD[1], "2")), noise=False, mixed=False)
        events = wires.build(wire, turn, random.Random(seed))
        payloads = [streams.boto3_form(*event) if wire == "bedrock-converse" else event[1] for event in events]
        follower = Follower.of(wire, watch="$..*")
        for payload in payloads:
            follower.feed(copy.deepcopy(HOSTILE[wire][number]))
            follower.feed(payload)
        follower.feed(copy.deepcopy(HOSTILE[wire][number]))
        follower.close()
        assert [(call.verdict, freeze(call.arguments)) for call in good_calls(follower)] == [
            (Verdict.COMPLETE, freeze(json.loads(text))) for text in GOOD
        ]
        assert isinstance(follower.end, StreamEnded)


def test_P21_whole_arguments_of_an_odd_type_never_complete_as_no_arguments() -> None:
    """A value that can't be read is not the same as none: {} would be dispatched."""
    for odd in (3, True, "text", 0.5, object(), SimpleNamespace(a=1), {"a": object()}, {"a": float("nan")}, {1: 2}, [object()]):
        follower = through_events("gemini", [wires.answer([{"functionCall": {"name": "f", "args": odd}}], "STOP")])
        for call in follower.calls.calls:
            assert not (call.verdict is Verdict.COMPLETE and call.arguments == {}), odd
        start = {"type": "tool_use", "id": "1", "name": "f", "input": odd}
        events = [{"type": "content_block_start", "index": 0, "content_block": start}, {"type": "content_block_stop", "index": 0}]
        events += [{"type": "message_delta", "delta": {"stop_reason": "tool_use"}}, {"type": "message_stop"}]
        for call in through_events("anthropic", events).calls.calls:
            assert not (call.verdict is Verdict.COMPLETE and call.arguments == {}), odd
        follower = through_events("openai-chat", [chunk({"tool_calls": [part(odd, 0, "1", "f")]}), chunk({}, "tool_calls")])
        for call in follower.calls.calls:
            assert not (call.verdict is Verdict.COMPLETE and call.arguments == {}), odd


def test_P21_reading_between_events_changes_nothing() -> None:
    """Every attribute of every call read after every event: the same updates and calls as unread."""
    for response in streams.responses()[::5]:
        plain = through_events(response.wire, streams.decoded(response), watch="$..*", text=True)
        follower = Follower.of(response.wire, watch="$..*", text=True)
        for event in streams.decoded(response):
            follower.feed(event)
            read_all(follower.calls)
        follower.close()
        read_all(follower.calls)
        assert follower.records == plain.records
        assert list(map(seen, follower.calls.calls)) == list(map(seen, plain.calls.calls))


def read_all(calls: ToolCalls) -> None:
    repr(calls)
    for call in calls.calls:
        seen(call)
        repr(call)
        assert call.parser.path is not None
        call.parser.snapshot()
        call.parser.patch()
        call.parser.is_complete(())
        copy.copy(call.parser)


def test_P21_events_are_not_changed() -> None:
    """feed() leaves what it was given as it was, and keeps nothing of it that the caller may change."""
    for response in streams.responses()[::7]:
        events = streams.decoded(response)
        before = copy.deepcopy(events)
        follower = through_events(response.wire, events)
        assert events == before
        shown = list(map(seen, follower.calls.calls))
        for event in events:
            spoil(event)
        assert list(map(seen, follower.calls.calls)) == shown


def spoil(value: Any) -> None:
    for item in list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ():
        spoil(item)
    if isinstance(value, (dict, list)):
        value.clear()
