"""Places where two readings of a stream meet: each row says which one is taken, and that no call is made up."""

from __future__ import annotations

from typing import Any

import pytest

from midstream import MISSING
from midstream.toolcalls import CallCompleted, StreamEnded, StreamFailed, ToolCalls, Update, Verdict

DONE = {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}
CUT = {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}


def delta(index: int | None, ident: str | None, name: str | None, arguments: Any, **more: Any) -> dict[str, Any]:
    call = {"index": index, "id": ident, "function": {"name": name, "arguments": arguments}}
    return {"choices": [{"index": 0, "delta": {"tool_calls": [call], **more}}]}


def block(index: int | None, kind: str, **fields: Any) -> dict[str, Any]:
    event = {"type": f"content_block_{kind}", **fields}
    return event if index is None else {**event, "index": index}


def use(index: int | None, ident: str) -> dict[str, Any]:
    return block(index, "start", content_block={"type": "tool_use", "id": ident, "name": ident, "input": {}})


def piece(index: int | None, text: str) -> dict[str, Any]:
    return block(index, "delta", delta={"type": "input_json_delta", "partial_json": text})


def stop(reason: str) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}}


def told(wire: Any, events: list[Any], **options: Any) -> tuple[ToolCalls, list[Update]]:
    calls = ToolCalls(wire, **options)
    updates = [update for event in events for update in calls.feed(event)]
    return calls, updates + calls.close()


A1 = piece(0, '{"a":1}')


def verdicts(calls: ToolCalls) -> list[tuple[str | None, str, str]]:
    return [(call.name, call.raw, str(call.verdict)) for call in calls.calls]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        # the whole arguments once more, with the index only
        ([delta(0, "a", "f", '{"a":1}'), delta(0, None, None, '{"a":1}'), DONE], [("f", '{"a":1}', "complete")]),
        # a blank with the name repeated after whole text
        ([delta(0, "a", "f", "{}"), delta(0, None, "f", " "), DONE], [("f", "{} ", "complete")]),
        # id and name new in every chunk, no index, a value that begins like a text
        (
            [delta(None, "a", "f", '{"a":'), delta(None, "b", "f", "1"), delta(None, "c", "f", "}"), DONE],
            [("f", '{"a":1}', "complete")],
        ),
        # the same with an index: a nested object goes on
        (
            [delta(0, "a", "f", '{"c":'), delta(0, "b", "f", "{"), delta(0, "c", "f", "}"), delta(0, "d", "f", "}"), DONE],
            [("f", '{"c":{}}', "complete")],
        ),
        # under one index, a second id, the same name: the first may have been the same call, so it is not made without arguments
        ([delta(0, "a", "f", ""), delta(0, "b", "f", '{"a":1}'), DONE], [("f", "", "truncated"), ("f", '{"a":1}', "complete")]),
        # a name in pieces, with and without the id
        ([delta(0, "a", "get", ""), delta(0, None, "_it", ""), delta(0, None, None, "{}"), DONE], [("get_it", "{}", "complete")]),
        ([delta(0, "a", "get", ""), delta(0, "a", "_it", ""), delta(0, "a", None, "{}"), DONE], [("get_it", "{}", "complete")]),
        # a new id at a new index is another call, whose name may come later
        (
            [delta(0, "a", None, "{"), delta(1, "b", None, "{"), delta(0, None, "f", "}"), delta(1, None, "g", "}"), DONE],
            [("f", "{}", "complete"), ("g", "{}", "complete")],
        ),
        # nobody can make a call without a name and without arguments
        ([delta(0, "a", None, ""), DONE], [(None, "", "truncated")]),
        # no finish_reason at all: what has no text may have been cut
        ([delta(0, "a", "f", "")], [("f", "", "truncated")]),
        # a number that is all of the text may go on where the tokens ran out
        ([delta(0, "a", "f", "12"), CUT], [("f", "12", "truncated")]),
        ([delta(0, "a", "f", "12"), DONE], [("f", "12", "complete")]),
    ],
)
def test_chat(events: list[Any], expected: list[Any]) -> None:
    calls, _ = told("openai-chat", events)
    assert verdicts(calls) == expected


def test_a_settled_call_keeps_its_name() -> None:
    calls, _ = told("openai-chat", [delta(0, "a", None, '{"a":1}'), DONE, delta(0, "a", "late", "")])
    assert verdicts(calls) == [(None, '{"a":1}', "complete")]


def test_text_beside_a_fragment_is_not_lost() -> None:
    events = [delta(0, "a", "f", '{"a":'), delta(0, None, None, "1}", content='{"b":2}'), DONE]
    calls, _ = told("openai-chat", events, text=True)
    assert [(call.text, call.arguments, call.verdict) for call in calls.calls] == [
        (False, {"a": 1}, Verdict.COMPLETE),
        (True, {"b": 2}, Verdict.COMPLETE),
    ]


def test_an_error_beside_a_fragment_is_not_lost() -> None:
    event = {**delta(0, None, None, "1"), "error": {"message": "overloaded"}}
    calls, updates = told("openai-chat", [delta(0, "a", "f", '{"a":'), event])
    assert verdicts(calls) == [("f", '{"a":1', "truncated")]
    assert isinstance(updates[-1], StreamFailed)
    assert str(updates[-1].error) == "overloaded"


def test_a_stream_has_ended_when_all_its_choices_have() -> None:
    other = {"choices": [{"index": 1, "delta": {"role": "assistant"}}]}
    _, updates = told("openai-chat", [delta(0, "a", "f", "{}"), other, DONE])
    assert isinstance(updates[-1], StreamFailed)
    _, updates = told("openai-chat", [delta(0, "a", "f", "{}"), DONE])
    assert updates[-1] == StreamEnded("tool_calls")


def test_blanks_are_no_answer() -> None:
    event = {"choices": [{"index": 0, "delta": {"content": "  "}, "finish_reason": "stop"}]}
    calls, updates = told("openai-chat", [event], text=True)
    assert calls.calls == []
    assert updates == [StreamEnded("stop")]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        # indexes that have been right: a delta of an unknown one is of another block
        ([use(0, "f"), piece(0, '{"n":1'), piece(7, "2}"), block(0, "stop"), stop("tool_use")], [("f", '{"n":1', "truncated")]),
        # indexes that have been of no use: the latest block
        ([use(0, "f"), piece(7, '{"n":1}'), block(7, "stop"), stop("tool_use")], [("f", '{"n":1}', "complete")]),
        ([use(None, "f"), piece(None, '{"n":1}'), block(None, "stop"), stop("tool_use")], [("f", '{"n":1}', "complete")]),
        # a block whose start was lost does not fill one that has ended without arguments
        ([use(0, "f"), block(0, "stop"), piece(1, '{"rm":1}'), block(1, "stop"), stop("tool_use")], [("f", "", "complete")]),
        # ended, and the next block begins: it was not cut, whatever comes
        (
            [use(0, "f"), block(0, "stop"), use(1, "g"), piece(1, '{"a'), stop("max_tokens")],
            [("f", "", "complete"), ("g", '{"a', "truncated")],
        ),
        ([use(0, "f"), block(0, "stop"), stop("max_tokens")], [("f", "", "truncated")]),
        # a start that is sent twice is one block
        ([use(0, "f"), use(0, "f"), piece(0, "{}"), block(0, "stop"), stop("tool_use")], [("f", "{}", "complete")]),
        (
            [use(0, "f"), block(0, "stop"), use(0, "f"), piece(0, "{}"), block(0, "stop"), stop("tool_use")],
            [("f", "{}", "complete")],
        ),
        # a response that begins again cuts what was open
        (
            [use(0, "f"), A1, {"type": "message_start", "message": {}}, use(0, "f"), A1, block(0, "stop"), stop("tool_use")],
            [("f", '{"a":1}', "truncated"), ("f", '{"a":1}', "complete")],
        ),
    ],
)
def test_anthropic(events: list[Any], expected: list[Any]) -> None:
    calls, updates = told("anthropic", events)
    assert verdicts(calls) == expected
    assert sum(isinstance(update, CallCompleted) for update in updates) == [verdict for *_, verdict in expected].count("complete")


def test_arguments_given_to_a_text_block_are_not_its_text() -> None:
    start = block(0, "start", content_block={"type": "text", "text": ""})
    calls, _ = told("anthropic", [start, piece(0, '{"a":1}'), block(0, "stop"), stop("end_turn")], text=True)
    assert calls.calls == []


def added(at: int, item: str, called: str, name: str, arguments: str = "") -> dict[str, Any]:
    body = {"type": "function_call", "id": item, "call_id": called, "name": name, "arguments": arguments}
    return {"type": "response.output_item.added", "output_index": at, "item": body}


def item_done(at: int, item: str, called: str, name: str, arguments: str, status: str = "completed") -> dict[str, Any]:
    body = {"type": "function_call", "id": item, "call_id": called, "name": name, "arguments": arguments, "status": status}
    return {"type": "response.output_item.done", "output_index": at, "item": body}


def full(item: str | None, at: int | None, text: str) -> dict[str, Any]:
    return {"type": "response.function_call_arguments.done", "item_id": item, "output_index": at, "arguments": text}


def completed(*items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.completed", "response": {"status": "completed", "output": [each["item"] for each in items]}}


BOTH = completed(item_done(0, "i", "c", "f", '{"a":1}'), item_done(1, "i", "d", "g", '{"b":1}'))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        # the full text of an item that nobody knows belongs to nobody
        ([added(0, "i", "c", "f"), full("j", 1, '{"b":2}'), completed()], [("f", "", "truncated")]),
        # the response as a whole tells what nothing else has told
        ([added(0, "i", "c", "f"), completed(item_done(0, "i", "c", "f", '{"a":1}'))], [("f", '{"a":1}', "complete")]),
        ([completed(item_done(0, "i", "c", "f", '{"a":1}'))], [("f", '{"a":1}', "complete")]),
        # arguments of the opening event count where nothing else comes
        ([added(0, "i", "c", "f", '{"a":1}'), completed()], [("f", '{"a":1}', "complete")]),
        # an empty `.done` before the item's own full text
        (
            [added(0, "i", "c", "f"), full("i", 0, ""), item_done(0, "i", "c", "f", '{"a":1}'), completed()],
            [("f", '{"a":1}', "complete")],
        ),
        # an item that is sent twice is one call
        ([added(0, "i", "c", "f"), added(0, "i", "c", "f"), full("i", 0, "{}"), completed()], [("f", "{}", "complete")]),
        # one call_id, two items
        (
            [added(0, "i", "c", "f"), added(1, "j", "c", "g"), full("j", 1, '{"b":1}'), full("i", 0, '{"a":1}'), completed()],
            [("f", '{"a":1}', "complete"), ("g", '{"b":1}', "complete")],
        ),
        # one item id, two calls
        (
            [added(0, "i", "c", "f"), added(1, "i", "d", "g"), BOTH],
            [("f", '{"a":1}', "complete"), ("g", '{"b":1}', "complete")],
        ),
        # no arguments: the item says so itself, or that it was cut
        ([added(0, "i", "c", "f"), item_done(0, "i", "c", "f", ""), completed()], [("f", "", "complete")]),
        ([added(0, "i", "c", "f"), item_done(0, "i", "c", "f", "", "incomplete"), completed()], [("f", "", "truncated")]),
    ],
)
def test_responses(events: list[Any], expected: list[Any]) -> None:
    calls, _ = told("openai-responses", events)
    assert verdicts(calls) == expected


def gemini(body: Any, finish: str | None = None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": [] if body is None else [{"functionCall": body}]}}
    return {"candidates": [candidate if finish is None else {**candidate, "finishReason": finish}]}


def part(path: str, value: str, more: bool = False) -> dict[str, Any]:
    return {"partialArgs": [{"jsonPath": path, "stringValue": value, "willContinue": more}], "willContinue": True}


BEGUN = gemini({"name": "f", "willContinue": True})


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        # a string that was to go on
        ([BEGUN, gemini(part("$.a", "hel", True)), gemini(None, "STOP")], [("f", '{"a":"hel', "truncated")]),
        ([BEGUN, gemini(part("$.a", "hel", True)), gemini({})], [("f", '{"a":"hel', "truncated")]),
        # blocked: nobody said that the call has no arguments
        ([BEGUN, {"promptFeedback": {"blockReason": "SAFETY"}}], [("f", "", "truncated")]),
        # the next call of the same name, where the end of the first is missing
        (
            [BEGUN, gemini({"name": "f", **part("$.a", "1")}), gemini({"name": "f", **part("$.a", "2")}), gemini({}, "STOP")],
            [("f", '{"a":"1"}', "complete"), ("f", '{"a":"2"}', "complete")],
        ),
        # told apart by id
        (
            [
                gemini({"name": "f", "id": "1", "willContinue": True}),
                gemini({"name": "g", "id": "2", "willContinue": True}),
                gemini({"id": "1", **part("$.a", "x")}),
                gemini({"id": "2", **part("$.b", "y")}),
                gemini({"id": "1"}),
                gemini({"id": "2"}),
                gemini(None, "STOP"),
            ],
            [("f", '{"a":"x"}', "complete"), ("g", '{"b":"y"}', "complete")],
        ),
        # two values for one path contradict each other
        ([BEGUN, gemini(part("$.a", "x")), gemini(part("$.a", "y")), gemini({}, "STOP")], [("f", '{"a":"x"', "malformed")]),
    ],
)
def test_gemini(events: list[Any], expected: list[Any]) -> None:
    calls, _ = told("gemini", events)
    assert verdicts(calls) == expected
    assert all(call.arguments is not MISSING or call.raw == "" for call in calls.calls)
