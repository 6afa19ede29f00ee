"""What is particular to each wire, by small streams written out."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

import midstream
from midstream.toolcalls import CallOpened, StreamEnded, StreamFailed, ToolCall, Verdict
from tests.support import streams, wires
from tests.support.following import Follower, check_shown, through_events
from tests.support.streams import Payload
from tests.support.wires import Call, Turn, answer, chunk

COMPLETE, TRUNCATED, MALFORMED = Verdict.COMPLETE, Verdict.TRUNCATED, Verdict.MALFORMED


def told(follower: Follower) -> list[tuple[Any, ...]]:
    for call in follower.calls.calls:
        check_shown(follower, call)
    return [(call.name, call.raw, call.verdict) for call in follower.calls.calls]


def test_the_end_is_seen_at_the_terminal_event() -> None:
    """StreamEnded comes with it, not at close(), where the wire has one."""
    last = {"anthropic": -1, "openai-responses": -1, "bedrock-converse": -2}
    for wire, number in last.items():
        events = wires.build(wire, Turn((Call("f", "{}", "1"),), noise=False), random.Random(1))
        follower = Follower.of(wire)
        for name, payload in events[: len(events) + 1 + number]:
            assert not follower.ended
            follower.feed(streams.boto3_form(name, payload) if wire == "bedrock-converse" else payload)
        assert follower.ended
        assert follower.calls.close() == []


def test_reason_is_known_before_the_end() -> None:
    """ToolCalls.reason, from the event that brings it."""
    for wire in streams.WIRES:
        events = wires.build(wire, Turn((Call("f", "{}", "1"),)), random.Random(1))
        follower = Follower.of(wire)
        assert follower.calls.reason is None
        seen = [None]
        for name, payload in events:
            follower.feed(streams.boto3_form(name, payload) if wire == "bedrock-converse" else payload)
            if follower.calls.reason != seen[-1]:
                seen.append(follower.calls.reason)
        assert seen == [None, wires.REASONS[wire]["normal"]]
        assert follower.calls.wire == wire


def test_a_name_alone_opens_the_call() -> None:
    """CallOpened comes before the first character of the arguments, with name and id."""
    for wire in streams.WIRES:
        follower = Follower.of(wire)
        opened = 0
        for name, payload in wires.build(wire, Turn((Call("f", '{"a": 1}', "1"),), noise=False, mixed=False), random.Random(1)):
            for update in follower.feed(streams.boto3_form(name, payload) if wire == "bedrock-converse" else payload):
                if isinstance(update, CallOpened):
                    opened += 1
                    assert update.call.name == "f"
                    if wire != "gemini":
                        assert (update.call.id, update.call.raw) == ("1", "")
                        assert update.call.arguments is midstream.MISSING
        assert opened == 1
        follower.close()


def test_P20_a_new_response_cuts_what_is_open() -> None:
    """Its start event before the end of the one before: that one's calls have not ended."""
    first: dict[str, list[Payload]] = {
        "anthropic": [{"type": "message_start", "message": {"content": []}}, block(0), json_delta(0, '{"a": 1}')],
        "openai-responses": [
            {"type": "response.created", "response": {}},
            {"type": "response.output_item.added", "output_index": 0, "item": {"type": "function_call", "id": "i", "name": "f",
                                                                              "call_id": "id_0", "arguments": ""}},
            {"type": "response.function_call_arguments.delta", "output_index": 0, "item_id": "i", "delta": '{"a": 1}'},
        ],
        "bedrock-converse": [
            {"messageStart": {"role": "assistant"}},
            {"contentBlockStart": {"start": {"toolUse": {"toolUseId": "id_0", "name": "f"}}, "contentBlockIndex": 0}},
            {"contentBlockDelta": {"delta": {"toolUse": {"input": '{"a": 1}'}}, "contentBlockIndex": 0}},
        ],
    }  # fmt: skip
    for wire, events in first.items():
        follower = Follower.of(wire, several=True)
        for event in [*events, *events]:
            follower.feed(event)
        assert [call.verdict for call in follower.calls.calls] == [TRUNCATED, None], wire
        follower.close()
        assert told(follower) == [("f", '{"a": 1}', TRUNCATED)] * 2


# -- Anthropic


def block(index: int, kind: str = "tool_use", given: Any = None, **fields: Any) -> Payload:
    start = {"type": kind, "id": f"id_{index}", "name": "f", "input": {} if given is None else given, **fields}
    return {"type": "content_block_start", "index": index, "content_block": start}


def json_delta(index: int, text: Any) -> Payload:
    return {"type": "content_block_delta", "index": index, "delta": {"type": "input_json_delta", "partial_json": text}}


def stop(index: int) -> Payload:
    return {"type": "content_block_stop", "index": index}


MESSAGE_END: list[Payload] = [{"type": "message_delta", "delta": {"stop_reason": "tool_use"}}, {"type": "message_stop"}]


@pytest.mark.parametrize("kind", ["tool_use", "server_tool_use", "mcp_tool_use"])
def test_anthropic_blocks_that_are_calls(kind: str) -> None:
    follower = through_events("anthropic", [block(0, kind), json_delta(0, '{"a": 1}'), stop(0), *MESSAGE_END])
    assert told(follower) == [("f", '{"a": 1}', COMPLETE)]


@pytest.mark.parametrize("kind", ["text", "thinking", "redacted_thinking", "web_search_tool_result", "mcp_tool_result", "new"])
def test_anthropic_blocks_that_are_none(kind: str) -> None:
    """Also where their deltas have the shape of arguments."""
    events = [block(0, kind, {"a": 1}), stop(0), block(1), json_delta(1, "{}"), stop(1), *MESSAGE_END]
    assert told(through_events("anthropic", events)) == [("f", "{}", COMPLETE)]


def test_anthropic_input_that_the_start_already_holds() -> None:
    """Without deltas it is the arguments; with deltas these are, for the start then holds a placeholder."""
    follower = through_events("anthropic", [block(0, given={"a": [1, "é"]}), stop(0), *MESSAGE_END])
    [call] = follower.calls.calls
    assert (call.verdict, call.arguments, json.loads(call.raw)) == (COMPLETE, {"a": [1, "é"]}, {"a": [1, "é"]})
    follower = through_events("anthropic", [block(0), json_delta(0, ""), stop(0), *MESSAGE_END])
    assert told(follower) == [("f", "", COMPLETE)]


def test_anthropic_stop_missing_after_the_budget() -> None:
    """content_block_stop may be left out: the call is cut, and the stream ends in its own way."""
    budget: list[Payload] = [{"type": "message_delta", "delta": {"stop_reason": "max_tokens"}}, {"type": "message_stop"}]
    follower = through_events("anthropic", [block(0), json_delta(0, '{"a": 1'), *budget])
    assert told(follower) == [("f", '{"a": 1', TRUNCATED)]
    assert follower.end == StreamEnded("max_tokens")


# -- OpenAI Responses


def test_responses_free_text_of_custom_tools_is_passed_over() -> None:
    item = {"type": "custom_tool_call", "id": "ctc", "call_id": "c", "name": "shell", "input": ""}
    events = [
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.custom_tool_call_input.delta", "output_index": 0, "item_id": "ctc", "delta": '{"a": '},
        {"type": "response.custom_tool_call_input.done", "output_index": 0, "item_id": "ctc", "input": '{"a": '},
        {"type": "response.output_item.done", "output_index": 0, "item": {**item, "input": '{"a": '}},
        {"type": "response.completed", "response": {"status": "completed"}},
    ]
    follower = through_events("openai-responses", events, text=True)
    assert follower.updates == [StreamEnded("completed")]


def test_responses_refusals_are_no_text_answers() -> None:
    item = {"type": "message", "id": "msg", "role": "assistant", "content": []}
    at = {"output_index": 0, "content_index": 0}
    events = [
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.content_part.added", **at, "part": {"type": "refusal", "refusal": ""}},
        {"type": "response.refusal.delta", **at, "delta": "{}"},
        {"type": "response.refusal.done", **at, "refusal": "{}"},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {"status": "completed"}},
    ]
    assert through_events("openai-responses", events, text=True).updates == [StreamEnded("completed")]


@pytest.mark.parametrize(
    ("response", "end"),
    [
        ({"incomplete_details": {"reason": "content_filter"}}, "content_filter"),
        ({"incomplete_details": None}, "incomplete"),
        ({}, "incomplete"),
    ],
)
def test_responses_incomplete(response: Payload, end: str) -> None:
    follower = through_events("openai-responses", [{"type": "response.incomplete", "response": response}])
    assert isinstance(follower.end, StreamEnded)
    assert follower.end.reason == end


# -- Gemini


def function_call(**fields: Any) -> Payload:
    return answer([{"functionCall": fields}])


def parts(*pieces: Payload, **fields: Any) -> Payload:
    return function_call(partialArgs=list(pieces), **{"willContinue": True, **fields})


def piece(path: str, **value: Any) -> Payload:
    return {"jsonPath": path, **value}


OPEN = function_call(name="f", willContinue=True)
STOP = answer([{"text": ""}], "STOP")


def gemini_call(*events: Payload, **options: Any) -> tuple[ToolCall, Follower]:
    follower = through_events("gemini", [OPEN, *events, function_call(), STOP], **options)
    [call] = follower.calls.calls
    check_shown(follower, call)
    return call, follower


PARTIAL: dict[str, tuple[list[Payload], Any]] = {
    "a string in pieces": ([piece("$.a", stringValue="x", willContinue=True), piece("$.a", stringValue="y", willContinue=True),
                            piece("$.a", stringValue="")], {"a": "xy"}),
    "a string at once": ([piece("$.a", stringValue="x"), piece("$.b", stringValue="y")], {"a": "x", "b": "y"}),
    "an empty string": ([piece("$.a", stringValue="")], {"a": ""}),
    "what must be escaped": ([piece("$.a", stringValue='"\\\n\x00é😀', willContinue=True), piece("$.a", stringValue="\u2028/")],
                             {"a": '"\\\n\x00é😀\u2028/'}),
    "numbers": ([piece("$.a", numberValue=1), piece("$.b", numberValue=0.5), piece("$.c", numberValue=-3),
                 piece("$.d", numberValue=1e-7)], {"a": 1, "b": 0.5, "c": -3, "d": 1e-7}),
    "whole numbers are ints": ([piece("$.a", numberValue=2.0), piece("$.b", numberValue=-0.0 + 7)], {"a": 2, "b": 7}),
    "literals": ([piece("$.a", boolValue=True), piece("$.b", boolValue=False), piece("$.c", nullValue="NULL_VALUE")],
                 {"a": True, "b": False, "c": None}),
    "objects and arrays": ([piece("$.a.b[0].c", numberValue=1), piece("$.a.b[0].d", numberValue=2),
                            piece("$.a.b[1].c", numberValue=3), piece("$.a.e", boolValue=True), piece("$.f[0]", stringValue="x"),
                            piece("$.f[1]", stringValue="y")],
                           {"a": {"b": [{"c": 1, "d": 2}, {"c": 3}], "e": True}, "f": ["x", "y"]}),
    "arrays in arrays": ([piece("$.a[0][0]", numberValue=1), piece("$.a[0][1]", numberValue=2),
                          piece("$.a[1][0]", numberValue=3)],
                         {"a": [[1, 2], [3]]}),
    "quoted names": ([piece("$['a b']", numberValue=1), piece("$['it\\'s'].x", numberValue=2), piece('$["q"]', numberValue=3),
                      piece("$['é']['\\u00e9']", numberValue=4), piece("$['.']['[0]']", numberValue=5)],
                     {"a b": 1, "it's": {"x": 2}, "q": 3, "é": {"é": 4}, ".": {"[0]": 5}}),
    "several in one event": ([piece("$.a", numberValue=1), piece("$.b", numberValue=2)], {"a": 1, "b": 2}),
    "names that look alike": ([piece("$.a", numberValue=1), piece("$.ab", numberValue=2), piece("$.abc.a", numberValue=3)],
                              {"a": 1, "ab": 2, "abc": {"a": 3}}),
}  # fmt: skip


@pytest.mark.parametrize("row", PARTIAL.values(), ids=PARTIAL)
@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("form", ["camel", "snake", "objects"])
def test_gemini_partial_arguments(row: Any, together: bool, form: str) -> None:
    """One element an event or all in one; in the wire's spelling, in Python's, as objects: the value, types and order."""
    pieces, value = row
    events = [OPEN, *([parts(*pieces)] if together else map(parts, pieces)), function_call(), STOP]
    if form != "camel":
        events = [snake(event) for event in events]
    if form == "objects":
        events = [streams.as_objects(event) for event in events]
    follower = through_events("gemini", events, watch="$..*")
    [call] = follower.calls.calls
    check_shown(follower, call)
    assert call.verdict is COMPLETE
    assert call.arguments == value
    assert json.dumps(call.arguments) == json.dumps(value)
    assert json.loads(call.raw) == value


def test_gemini_null_as_json_spells_it() -> None:
    """A mapping that says it, and an SDK's object, in which null is the same as no value at all."""
    events = [parts(piece("$.a", nullValue=None)), parts(piece("$.b[0]", nullValue=None)), parts(piece("$.c", numberValue=0.5))]
    wanted = {"a": None, "b": [None], "c": 0.5}
    call, _ = gemini_call(*events)
    assert (call.verdict, call.arguments) == (COMPLETE, wanted)
    call, _ = gemini_call(*(streams.as_objects(snake(event)) for event in events))
    assert (call.verdict, call.arguments) == (COMPLETE, wanted)


def snake(value: Any) -> Any:
    """Keys as google-genai's models spell them."""
    if isinstance(value, dict):
        return {"".join(f"_{c.lower()}" if c.isupper() else c for c in key): snake(item) for key, item in value.items()}
    return [snake(item) for item in value] if isinstance(value, list) else value


def test_gemini_values_grow_as_they_come() -> None:
    """After each event the arguments hold all strings so far."""
    follower = Follower.of("gemini", watch="$..*")
    shown = []
    strings = [("He", True), ("llo", True), ("", False)]
    events = [parts(piece("$.a", stringValue=text, **({"willContinue": True} if more else {}))) for text, more in strings]
    for event in (OPEN, *events, parts(piece("$.b[0]", stringValue="x"))):
        follower.feed(event)
        value = follower.calls.calls[0].arguments
        shown.append(value if value is midstream.MISSING else json.loads(json.dumps(value)))
    assert shown[0] is midstream.MISSING
    assert shown[1:3] == [{"a": "He"}, {"a": "Hello"}]
    assert shown[-1] == {"a": "Hello", "b": ["x"]}
    follower.close()


REPEATED: dict[str, list[Payload]] = {
    "an index again": [piece("$.a[0]", numberValue=1), piece("$.a[1]", numberValue=1), piece("$.a[0]", numberValue=2)],
    "a finished value again": [piece("$.a.b", numberValue=1), piece("$.c", numberValue=2), piece("$.a.d", numberValue=3)],
    "a scalar as an object": [piece("$.a", numberValue=1), piece("$.a.b", numberValue=2)],
    "an object as an array": [piece("$.a.b", numberValue=1), piece("$.a[0]", numberValue=2)],
    "a string as a number": [piece("$.a", stringValue="x", willContinue=True), piece("$.a", numberValue=2)],
}

NOWHERE: dict[str, list[Payload]] = {
    "an index left out": [piece("$.a[1]", numberValue=1)],
    "no path": [{"numberValue": 1}],
    "a path that is none": [piece("a.b", numberValue=1)],
    "a path of another type": [{"jsonPath": 3, "numberValue": 1}],
    "a wildcard": [piece("$.a[*]", numberValue=1)],
    "a descendant": [piece("$..a", numberValue=1)],
    "a filter": [piece("$.a[?@.b]", numberValue=1)],
    "a negative index": [piece("$.a[-1]", numberValue=1)],
    "a huge index": [piece("$.a[99999999999]", numberValue=1)],
}


@pytest.mark.parametrize("pieces", [*REPEATED.values(), *NOWHERE.values()], ids=[*REPEATED, *NOWHERE])
def test_gemini_parts_that_make_no_document_in_order(pieces: list[Payload]) -> None:
    """No exception, one verdict, and no value is invented; the next call is untouched."""
    good = function_call(name="g", args={"ok": 1})
    follower = through_events("gemini", [OPEN, *map(parts, pieces), function_call(), good, STOP])
    call, other = follower.calls.calls
    assert (other.name, other.arguments, other.verdict) == ("g", {"ok": 1}, COMPLETE)
    said = [value for each in pieces for key, value in each.items() if key.endswith("Value")]
    if call.arguments is not midstream.MISSING:
        assert all(leaf in said for leaf in leaves(call.arguments)), call.raw


@pytest.mark.parametrize("pieces", NOWHERE.values(), ids=NOWHERE)
def test_P20_gemini_parts_that_cannot_be_placed_complete_nothing(pieces: list[Payload]) -> None:
    """What was sent and could not be read is missing from the arguments: they are not those that were meant."""
    call, _ = gemini_call(parts(piece("$.first", stringValue="x")), *map(parts, pieces), parts(piece("$.last", stringValue="y")))
    assert call.verdict is not COMPLETE
    assert isinstance(call.error, Exception)
    assert call.arguments["first"] == "x"


def leaves(value: Any) -> list[Any]:
    if isinstance(value, (dict, list)):
        return [leaf for item in (value.values() if isinstance(value, dict) else value) for leaf in leaves(item)]
    return [value]


def test_gemini_the_end_of_a_streamed_call() -> None:
    """`functionCall: {}`, or the last part without willContinue, or the next call, or a stop reason."""
    first = parts(piece("$.a", numberValue=1))
    last = function_call(partialArgs=[piece("$.b", numberValue=2)])
    after = function_call(name="g", args={})
    for ending in ([function_call()], [last], [after], []):
        follower = through_events("gemini", [OPEN, first, *ending, STOP])
        call = follower.calls.calls[0]
        assert (call.verdict, call.arguments["a"]) == (COMPLETE, 1)
    follower = through_events("gemini", [OPEN, first])
    assert told(follower)[0][2] is TRUNCATED
    follower = through_events("gemini", [OPEN, first, answer([], "MAX_TOKENS")])
    assert told(follower)[0][2] is TRUNCATED
    assert follower.end == StreamEnded("MAX_TOKENS")


def test_gemini_a_string_that_was_to_go_on_is_cut() -> None:
    """willContinue, and then the call's end: the string is not whole. Another path ends it."""
    piece_of = piece("$.a", stringValue="Hel", willContinue=True)
    call, _ = gemini_call(parts(piece_of))
    assert (call.verdict, call.arguments) == (TRUNCATED, {"a": "Hel"})
    call, _ = gemini_call(parts(piece_of), parts(piece("$.b", stringValue="x")))
    assert (call.verdict, call.arguments) == (COMPLETE, {"a": "Hel", "b": "x"})


def test_gemini_calls_without_arguments() -> None:
    for fields in ({"name": "f"}, {"name": "f", "args": {}}, {"name": "f", "args": None}, {"id": "1", "name": "f"}):
        follower = through_events("gemini", [function_call(**fields), STOP])
        [call] = follower.calls.calls
        assert (call.verdict, call.arguments, call.id) == (COMPLETE, {}, fields.get("id"))
    follower = through_events("gemini", [OPEN, function_call(), STOP])
    assert [(call.verdict, call.arguments) for call in follower.calls.calls] == [(COMPLETE, {})]


def test_gemini_whole_calls() -> None:
    """Several in one part list; order of keys, non-ASCII text, large and fractional numbers kept."""
    values: list[Any] = [{"z": 1, "a": [1.5, 2**60, -0.0, 1e300]}, {"é": "😀\n\"", "n": None}, {"deep": {"er": [[]]}}]
    event = answer([{"functionCall": {"name": "f", "args": value}} for value in values], "STOP")
    for form in (event, snake(event)):
        follower = through_events("gemini", [form])
        for call, value in zip(follower.calls.calls, values, strict=True):
            assert json.dumps(call.arguments) == json.dumps(value)
            assert json.loads(call.raw) == value
            assert call.verdict is COMPLETE
        assert follower.end == StreamEnded("STOP")


def test_gemini_candidates_are_apart() -> None:
    """Streamed calls of two candidates, interleaved."""

    def of(index: int, **fields: Any) -> Payload:
        return answer([{"functionCall": fields}], index=index)

    def one(index: int, value: int) -> Payload:
        return of(index, partialArgs=[piece(f"$.a[{value}]", numberValue=10 * index + value)], willContinue=True)

    events = [of(0, name="f", willContinue=True), of(1, name="g", willContinue=True), one(0, 0), one(1, 0), one(1, 1), one(0, 1)]
    events += [of(1), of(0), answer([], "STOP", 0), answer([], "STOP", 1)]
    follower = through_events("gemini", events)
    assert [(call.name, call.arguments) for call in follower.calls.calls] == [("f", {"a": [0, 1]}), ("g", {"a": [10, 11]})]


def test_gemini_thoughts_are_no_text_answers() -> None:
    events = [answer([{"text": '{"a": 1}', "thought": True}]), answer([{"text": '{"b"'}]), answer([{"text": ": 2}"}], "STOP")]
    follower = through_events("gemini", events, text=True)
    [call] = follower.calls.calls
    assert (call.text, call.raw, call.verdict) == (True, '{"b": 2}', COMPLETE)


def test_gemini_an_id_that_comes_late() -> None:
    """With a later part of a streamed call; one that was there stays."""
    call, _ = gemini_call(function_call(id="late", partialArgs=[piece("$.a", boolValue=True)], willContinue=True))
    assert (call.id, call.verdict) == ("late", COMPLETE)
    first = function_call(name="f", id="first", willContinue=True)
    again = function_call(id="other", partialArgs=[piece("$.a", boolValue=True)], willContinue=True)
    follower = through_events("gemini", [first, again, function_call(), STOP])
    assert [(call.id, call.verdict) for call in follower.calls.calls] == [("first", COMPLETE)]


def test_gemini_a_prompt_that_was_blocked() -> None:
    """No candidate comes; why, in either spelling, is the reason."""
    for event in ({"promptFeedback": {"blockReason": "SAFETY"}}, {"prompt_feedback": {"block_reason": "SAFETY"}}):
        assert through_events("gemini", [event]).updates == [StreamEnded("SAFETY")]


def test_gemini_malformed_function_call() -> None:
    """A stop reason by which Gemini says that it dropped the call: there is none to report."""
    follower = through_events("gemini", [answer([], "MALFORMED_FUNCTION_CALL")])
    assert follower.updates == [StreamEnded("MALFORMED_FUNCTION_CALL")]


# -- Bedrock


def test_bedrock_in_every_form() -> None:
    """boto3's mappings, bare payloads, SSE with event names, SSE with boto3's mappings."""
    turn = Turn((Call("f", '{"a": [1, 2]}', "1"), Call("g", "", "2")), mixed=False)
    events = wires.build("bedrock-converse", turn, random.Random(4))
    wanted = through_events("bedrock-converse", [streams.boto3_form(*event) for event in events])
    assert [(call.name, call.verdict) for call in wanted.calls.calls] == [("f", COMPLETE), ("g", COMPLETE)]
    bare = through_events("bedrock-converse", [payload for _, payload in events])
    assert bare.records == wanted.records
    for framed in (wires.events(events), [(None, json.dumps(streams.boto3_form(*event))) for event in events]):
        follower = Follower.of("bedrock-converse")
        for event in framed:
            follower.feed_sse(streams.frame(event))
        follower.close()
        assert follower.records == wanted.records


def test_bedrock_whole_input_in_one_delta() -> None:
    """As Amazon's Nova models send it."""
    start = {"contentBlockStart": {"start": {"toolUse": {"toolUseId": "1", "name": "f"}}, "contentBlockIndex": 0}}
    delta = {"contentBlockDelta": {"delta": {"toolUse": {"input": '{"a": 1}'}}, "contentBlockIndex": 0}}
    ends: list[Payload] = [{"contentBlockStop": {"contentBlockIndex": 0}}, {"messageStop": {"stopReason": "tool_use"}}]
    follower = through_events("bedrock-converse", [start, delta, *ends])
    assert told(follower) == [("f", '{"a": 1}', COMPLETE)]


def test_bedrock_tool_results_are_no_calls() -> None:
    """A system tool's own block: start.toolResult, delta.toolResult."""
    events: list[Payload] = [
        {"contentBlockStart": {"start": {"toolResult": {"toolUseId": "1", "status": "success"}}, "contentBlockIndex": 0}},
        {"contentBlockDelta": {"delta": {"toolResult": [{"text": "{}"}]}, "contentBlockIndex": 0}},
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "end_turn"}},
    ]
    assert through_events("bedrock-converse", events, text=True).updates == [StreamEnded("end_turn")]


# -- SSE


def test_sse_what_is_no_event_is_passed_over() -> None:
    """Comments, retry, events of other names, data that is no JSON or no object: a call goes on around them."""
    junk = b"\xef\xbb\xbf: hi\n\nretry: 10\n\nid: 3\n\nevent: ping\ndata:\n\ndata: {\n\ndata: [1]\n\n"
    junk += b'data: "x"\n\ndata: \xff\xfe\n\nevent: new\ndata: {}\n\ndata: 3\n\n'
    for wire in streams.WIRES:
        events = wires.build(wire, Turn((Call("f", '{"a": 1}', "1"),), noise=False), random.Random(2))
        follower = Follower.of(wire)
        for event in wires.events(events):
            follower.feed_sse(junk)
            follower.feed_sse(streams.frame(event))
        follower.close()
        assert [call.verdict for call in follower.calls.calls] == [COMPLETE], wire
        assert isinstance(follower.end, StreamEnded)


def test_sse_numbers_and_text_of_arguments_are_exact() -> None:
    """JSON inside JSON: escapes of the outer text are undone once, no number is rounded on the way."""
    text = '{"n": 12345678901234567890123, "f": 0.1000, "s": "\\u00e9\\\\\\n\\"😀"}'
    for wire in (wire for wire in streams.WIRES if wire != "gemini"):
        events = wires.events(wires.build(wire, Turn((Call("f", text, "1"),)), random.Random(3)))
        follower = Follower.of(wire)
        for fragment in streams.cuts(streams.frames(events), random.Random(1)):
            follower.feed_sse(fragment)
        follower.close()
        [call] = follower.calls.calls
        assert call.raw == text
        assert call.arguments == json.loads(text)


def test_sse_surrogates_in_two_fragments() -> None:
    """A pair whose halves came as escapes in two events is one character."""
    opening = chunk({"tool_calls": [wires.part("", 0, "1", "f")]})
    inner = [chunk({"tool_calls": [wires.part(each)]}) for each in ('{"a": "', "\\ud83d", "\\ude00", '"}')]
    # as escapes of the inner text, and as escapes of the outer one, which json.loads gives as lone surrogates
    outer = [chunk({"tool_calls": [wires.part(each)]}) for each in ('{"a": "', "\ud83d", "\ude00", '"}')]
    for events in (inner, outer):
        follower = Follower.of("openai-chat")
        for event in (opening, *events, chunk({}, "tool_calls")):
            follower.feed_sse(streams.frame((None, json.dumps(event))))
        follower.close()
        [call] = follower.calls.calls
        assert (call.verdict, call.arguments) == (COMPLETE, {"a": "😀"})


def test_feed_and_feed_sse_may_be_mixed() -> None:
    events = wires.build("anthropic", Turn((Call("f", '{"a": 1}', "1"),)), random.Random(8))
    follower = Follower.of("anthropic")
    for number, (name, payload) in enumerate(events):
        if number % 2:
            follower.feed(payload)
        else:
            follower.feed_sse(streams.frame((name, json.dumps(payload))))
    follower.close()
    assert [call.verdict for call in follower.calls.calls] == [COMPLETE]


def test_an_sse_event_beyond_all_bounds_fails_the_stream() -> None:
    """EventTooLarge of the decoder is what the provider sent, so it is no exception of feed_sse."""
    follower = Follower.of("anthropic")
    for event in (block(0), json_delta(0, '{"a": 1')):
        follower.feed_sse(streams.frame((None, json.dumps(event))))
    for _ in range(18):
        follower.feed_sse(b"data: " + b"x" * (1 << 20) if not follower.ended else b"")
    follower.close()
    assert isinstance(follower.end, StreamFailed)
    assert told(follower) == [("f", '{"a": 1', TRUNCATED)]
