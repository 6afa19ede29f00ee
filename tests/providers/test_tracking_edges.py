"""Places where two readings of a stream meet: each row says which one is taken, and that no call is made up."""

from __future__ import annotations

from typing import Any

import pytest

from midstream import MISSING
from midstream.sse import EventTooLarge
from midstream.toolcalls import CallCompleted, StreamEnded, StreamFailed, ToolCalls, Update, Verdict

DONE = {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}
CUT = {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}
STOP = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
NULL = {"choices": [{"index": 0, "delta": {}, "finish_reason": "null"}]}
CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
FREE = {"index": 0, "id": "a", "type": "custom", "custom": {"name": "f", "input": "x"}}
CUSTOM = {"choices": [{"index": 0, "delta": {"tool_calls": [FREE]}}]}


def delta(index: Any, ident: Any, name: str | None, arguments: Any, **more: Any) -> dict[str, Any]:
    call = {"index": index, "id": ident, "function": {"name": name, "arguments": arguments}}
    return {"choices": [{"index": 0, "delta": {"tool_calls": [call], **more}}]}


def block(index: float | None, kind: str, **fields: Any) -> dict[str, Any]:
    event = {"type": f"content_block_{kind}", **fields}
    return event if index is None else {**event, "index": index}


def use(index: float | None, ident: str, **given: Any) -> dict[str, Any]:
    return block(index, "start", content_block={"type": "tool_use", "id": ident, "name": ident, "input": given})


def piece(index: float | None, text: Any) -> dict[str, Any]:
    return block(index, "delta", delta={"type": "input_json_delta", "partial_json": text})


def stop(reason: str) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}}


def told(wire: Any, events: list[Any], **options: Any) -> tuple[ToolCalls, list[Update]]:
    calls = ToolCalls(wire, **options)
    updates = [update for event in events for update in calls.feed(event)]
    return calls, updates + calls.close()


A1 = piece(0, '{"a":1}')
TEXT = block(0, "start", content_block={"type": "text", "text": ""})


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
        # an end in every chunk, as some servers send it
        ([delta(0, "a", "f", ""), STOP, delta(0, None, None, '{"a":1}'), STOP], [("f", '{"a":1}', "complete")]),
        ([delta(0, "a", "f", '{"a'), STOP, delta(0, None, None, '":1}'), STOP], [("f", '{"a":1}', "complete")]),
        (
            [delta(0, "a", "f", '{"a'), STOP, delta(1, "b", "g", "{}"), STOP, delta(0, None, None, '":1}'), STOP],
            [("f", '{"a":1}', "complete"), ("g", "{}", "complete")],
        ),
        ([delta(0, "a", "f", ""), STOP], [("f", "", "complete")]),
        ([delta(0, "a", "f", ""), STOP, CUT], [("f", "", "truncated")]),
        ([delta(0, "a", "f", '{"a'), STOP], [("f", '{"a', "truncated")]),
        # a placeholder, and then the arguments
        (
            [delta(0, "a", "f", "{}"), delta(0, None, None, '{"a"'), delta(0, None, None, ":1}"), DONE],
            [("f", '{"a":1}', "complete")],
        ),
        ([delta(0, "a", "f", {}), delta(0, None, None, {"a": 1}), DONE], [("f", '{"a": 1}', "complete")]),
        ([delta(0, "a", "f", "{}"), delta(0, None, None, "{}"), DONE], [("f", "{}", "complete")]),
        ([delta(0, "a", "f", '{}{"a":1}'), DONE], [("f", '{}{"a":1}', "trailing")]),
        # one id and one index for calls of the same tool
        (
            [delta(0, "a", "f", '{"a":1}'), delta(0, "a", "f", '{"b":'), delta(0, "a", None, "2}"), DONE],
            [("f", '{"a":1}', "complete"), ("f", '{"b":2}', "complete")],
        ),
        ([delta(0, "a", "f", {"a": 1}), delta(0, "a", "f", {"a": 1}), DONE], [("f", '{"a": 1}', "complete")]),
        # neither id nor index: the next call of the same tool begins without text
        (
            [delta(None, None, "f", "{}"), delta(None, None, "f", ""), delta(None, None, None, '{"a":1}'), DONE],
            [("f", "{}", "complete"), ("f", '{"a":1}', "complete")],
        ),
        # indexes in digits, ids that are numbers
        (
            [
                delta("0", "a", "f", ""),
                delta("1", "b", "g", ""),
                delta("0", None, None, "{}"),
                delta("1", None, None, "{}"),
                DONE,
            ],
            [("f", "{}", "complete"), ("g", "{}", "complete")],
        ),
        ([delta(None, 1, "f", "{}"), delta(None, 2, "g", "{}"), DONE], [("f", "{}", "complete"), ("g", "{}", "complete")]),
        # a name that is said again, longer
        (
            [delta(0, "a", "get", ""), delta(0, None, "get_it", ""), delta(0, None, None, "{}"), DONE],
            [("get_it", "{}", "complete")],
        ),
        # tools that take free text
        ([CUSTOM, DONE], []),
        # a server that does not stream
        ([{"choices": [{"message": {"tool_calls": [CALL]}, "finish_reason": "tool_calls"}]}], [("f", "{}", "complete")]),
        # a reason that is none
        ([delta(0, "a", "f", '{"a'), NULL, delta(0, None, None, '":1}'), DONE], [("f", '{"a":1}', "complete")]),
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


@pytest.mark.parametrize(
    ("wire", "event", "message"),
    [
        ("openai-chat", {"choices": [{"delta": {}, "finish_reason": "error", "error": {"message": "down"}}]}, "down"),
        ("openai-chat", {"choices": [], "x_groq": {"error": "over_capacity"}}, "over_capacity"),
        ("openai-responses", {"error": {"message": "down"}}, "down"),
        ("anthropic", {"error": {"message": "down"}}, "down"),
        ("gemini", [{"error": {"message": "down"}}], "down"),
    ],
)
def test_errors_in_other_forms(wire: str, event: Any, message: str) -> None:
    _, updates = told(wire, [event])
    [failed] = updates
    assert isinstance(failed, StreamFailed)
    assert str(failed.error) == message


@pytest.mark.parametrize("wire", ["anthropic", "openai-chat"])
@pytest.mark.parametrize("text", ["Sure, I will call f", 'code": "uptime"}', "tru"])
def test_words_that_are_mended_into_a_string_are_no_arguments(wire: str, text: str) -> None:
    if wire == "anthropic":
        events = [use(0, "f"), piece(0, text), block(0, "stop"), stop("tool_use")]
    else:
        events = [delta(0, "a", "f", text), DONE]
    calls, updates = told(wire, events, repair="all")
    assert verdicts(calls) == [("f", text, "malformed")]
    assert isinstance(calls.calls[0].error, ValueError)
    assert not any(isinstance(update, CallCompleted) for update in updates)


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
        # a block whose start was lost does not fill one that has ended; but that may have been meant, so it has not no arguments
        ([use(0, "f"), block(0, "stop"), piece(1, '{"rm":1}'), block(1, "stop"), stop("tool_use")], [("f", "", "truncated")]),
        ([use(0, "f"), piece(1, ""), block(0, "stop"), stop("tool_use")], [("f", "", "complete")]),
        # the index of a block that is no call, or has ended: the latest call is meant
        ([TEXT, use(1, "f"), A1, block(1, "stop"), stop("tool_use")], [("f", '{"a":1}', "complete")]),
        (
            [
                use(0, "f"),
                A1,
                block(0, "stop"),
                use(1, "g"),
                piece(0, '{"b"'),
                piece(0, ":2}"),
                block(1, "stop"),
                stop("tool_use"),
            ],
            [("f", '{"a":1}', "complete"), ("g", '{"b":2}', "complete")],
        ),
        (
            [use(0, "f"), A1, use(1, "g"), piece(0, '{"b":2}'), stop("tool_use")],
            [("f", '{"a":1}', "complete"), ("g", '{"b":2}', "complete")],
        ),
        # what trails a call that is over is not the next one's
        (
            [use(0, "f"), A1, use(1, "g"), piece(0, " "), piece(0, "}"), piece(1, "{}"), stop("tool_use")],
            [("f", '{"a":1} }', "complete"), ("g", "{}", "complete")],
        ),
        # indexes that count from 0 in the deltas, from 1 in the starts
        (
            [use(1, "f"), A1, block(0, "stop"), use(2, "g"), piece(1, '{"b":2}'), block(1, "stop"), stop("tool_use")],
            [("f", '{"a":1}', "complete"), ("g", '{"b":2}', "complete")],
        ),
        # stopped before its arguments come
        (
            [use(0, "f"), block(0, "stop"), use(1, "g"), A1, piece(1, "{}"), block(1, "stop"), stop("tool_use")],
            [("f", '{"a":1}', "complete"), ("g", "{}", "complete")],
        ),
        # one that has failed is not over: what comes of it is not the next one's
        (
            [use(0, "f"), piece(0, "x"), use(1, "g"), piece(0, "{}"), piece(1, "{}"), stop("tool_use")],
            [("f", "x{}", "malformed"), ("g", "{}", "complete")],
        ),
        # indexes as floats
        (
            [use(0.0, "f"), use(1.0, "g"), piece(1.0, "{"), piece(0.0, "{}"), piece(1.0, "}"), stop("tool_use")],
            [("f", "{}", "complete"), ("g", "{}", "complete")],
        ),
        # arguments that the start has count where no others come
        ([use(0, "f", a=1), block(0, "stop"), stop("tool_use")], [("f", '{"a": 1}', "complete")]),
        ([use(0, "f", a=1), stop("tool_use")], [("f", '{"a": 1}', "complete")]),
        ([use(0, "f", a=1), use(0, "f", a=1), block(0, "stop"), stop("tool_use")], [("f", '{"a": 1}', "complete")]),
        (
            [use(0, "f", a=1), piece(0, '{"a"'), piece(0, ":1}"), block(0, "stop"), stop("tool_use")],
            [("f", '{"a":1}', "complete")],
        ),
        ([use(0, "f", a=1)], [("f", '{"a": 1}', "truncated")]),
        ([use(0, "f"), piece(0, {"a": 1}), block(0, "stop"), stop("tool_use")], [("f", '{"a": 1}', "complete")]),
        # a number may have been cut where the block ends
        ([use(0, "f"), piece(0, "12"), block(0, "stop"), stop("max_tokens")], [("f", "12", "truncated")]),
        ([use(0, "f"), piece(0, "12"), block(0, "stop"), stop("tool_use")], [("f", "12", "complete")]),
        # a stop reason in the beginning is no end
        ([{"type": "message_start", "message": {"stop_reason": "end_turn"}}, use(0, "f"), A1], [("f", '{"a":1}', "truncated")]),
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


def added(at: int | None, item: str | None, called: str | None, name: str | None, arguments: str = "") -> dict[str, Any]:
    body = {"type": "function_call", "id": item, "call_id": called, "name": name, "arguments": arguments}
    return {"type": "response.output_item.added", "output_index": at, "item": body}


def item_done(
    at: int | None, item: str | None, called: str | None, name: str, arguments: str, status: str = "completed"
) -> dict[str, Any]:
    body = {"type": "function_call", "id": item, "call_id": called, "name": name, "arguments": arguments, "status": status}
    return {"type": "response.output_item.done", "output_index": at, "item": body}


def full(item: str | None, at: int | None, text: str) -> dict[str, Any]:
    return {"type": "response.function_call_arguments.done", "item_id": item, "output_index": at, "arguments": text}


def completed(*items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.completed", "response": {"status": "completed", "output": [each["item"] for each in items]}}


def incomplete(*items: dict[str, Any]) -> dict[str, Any]:
    details = {"reason": "max_output_tokens"}
    response = {"status": "incomplete", "incomplete_details": details, "output": [each["item"] for each in items]}
    return {"type": "response.completed", "response": response}


def piece_of(item: str, at: int, text: str) -> dict[str, Any]:
    return {"type": "response.function_call_arguments.delta", "item_id": item, "output_index": at, "delta": text}


CALLED = [added(0, "i", "c", "f"), full("i", 0, '{"a":1}'), item_done(0, "i", "c", "f", '{"a":1}')]
ALIKE = [item_done(0, "x", "y", "f", '{"a":1}'), item_done(1, "z", "w", "f", '{"a":1}')]
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
        # and the response may say so, in an event that says the contrary
        ([added(0, "i", "c", "f"), incomplete()], [("f", "", "truncated")]),
        (
            [added(0, "i", "c", "f"), item_done(0, "i", "c", "f", ""), incomplete(item_done(0, "i", "c", "f", ""))],
            [("f", "", "truncated")],
        ),
        # the same call under other ids
        ([*CALLED, completed(item_done(0, "j", "d", "f", '{"a":1}'))], [("f", '{"a":1}', "complete")]),
        ([*CALLED, item_done(0, "k", "e", "f", '{"a":1}'), completed()], [("f", '{"a":1}', "complete")]),
        ([*CALLED, completed(item_done(0, None, None, "f", '{"a": 1}'))], [("f", '{"a":1}', "complete")]),
        # two calls that are alike are two
        (
            [*CALLED, added(1, "j", "d", "f"), full("j", 1, '{"a":1}'), completed(*ALIKE)],
            [("f", '{"a":1}', "complete"), ("f", '{"a":1}', "complete")],
        ),
        # a name that comes late
        (
            [added(0, "i", "c", None), full("i", 0, "{}"), item_done(0, "i", "c", "f", "{}"), completed()],
            [("f", "{}", "complete")],
        ),
        (
            [added(0, None, None, None), full(None, 0, "{}"), item_done(0, None, None, "f", "{}"), completed()],
            [("f", "{}", "complete")],
        ),
        ([added(0, None, None, None), item_done(0, "i", "c", "f", '{"a":1}'), completed()], [("f", '{"a":1}', "complete")]),
        # one item id, two calls, by their call_id
        (
            [added(0, "i", "c", "f"), added(1, "i", "d", "f"), full("i", 0, "{}"), full("i", 1, '{"a":1}'), completed()],
            [("f", "{}", "complete"), ("f", '{"a":1}', "complete")],
        ),
        # an item that begins once more in the middle
        (
            [added(0, "i", "c", "f"), piece_of("i", 0, '{"a"'), added(0, "i", "c", "f"), piece_of("i", 0, ":1}"), completed()],
            [("f", '{"a":1}', "complete")],
        ),
        ([*CALLED, added(0, "i", "c", "f"), completed()], [("f", '{"a":1}', "complete")]),
        # a beginning of the text in the event that begins the item
        ([added(0, "i", "c", "f", '{"a'), piece_of("i", 0, '":1}'), completed()], [("f", '{"a":1}', "complete")]),
        ([added(0, "i", "c", "f", '{"a":1}'), piece_of("i", 0, '{"a":1}'), completed()], [("f", '{"a":1}', "complete")]),
        ([added(0, "i", "c", "f", '{"a":1}')], [("f", '{"a":1}', "truncated")]),
    ],
)
def test_responses(events: list[Any], expected: list[Any]) -> None:
    calls, _ = told("openai-responses", events)
    assert verdicts(calls) == expected


def test_a_call_id_that_comes_late() -> None:
    calls, updates = told("openai-responses", [added(0, "i", None, "f"), full("i", 0, "{}"), item_done(0, "i", "c", "f", "{}")])
    assert [call.id for call in calls.calls] == ["c"]
    assert [update.call.id for update in updates if isinstance(update, CallCompleted)] == ["c"]


def gemini(body: Any, finish: str | None = None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": [] if body is None else [{"functionCall": body}]}}
    return {"candidates": [candidate if finish is None else {**candidate, "finishReason": finish}]}


def part(path: str, value: str, more: bool = False) -> dict[str, Any]:
    return {"partialArgs": [{"jsonPath": path, "stringValue": value, "willContinue": more}], "willContinue": True}


BEGUN = gemini({"name": "f", "willContinue": True})
A_IS_XY = {"a": "xy"}
NUMBER = {"partialArgs": [{"jsonPath": "$.a", "numberValue": 1}], "willContinue": True}


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
        # a string goes on, though the piece before did not say so
        ([BEGUN, gemini(part("$.a", "x")), gemini(part("$.a", "y")), gemini({}, "STOP")], [("f", '{"a": "xy"}', "complete")]),
        (
            [BEGUN, *(gemini(part(*one)) for one in (("$.a", "x"), ("$.b", "1"), ("$.a", "y"))), gemini({}, "STOP")],
            [("f", '{"a": "xy", "b": "1"}', "complete")],
        ),
        # two values for one path contradict each other
        ([BEGUN, gemini(part("$.a", "x")), gemini(NUMBER), gemini({}, "STOP")], [("f", '{"a":"x"', "malformed")]),
        # id and name in every event
        (
            [gemini({"name": "f", "id": "1", **part("$.a", "x")}), gemini({"name": "f", "id": "1", **part("$.a", "y")})],
            [("f", '{"a":"x"', "truncated")],
        ),
        (
            [gemini({"name": "f", "id": "1", **part("$.a", "x")}), gemini({"name": "f", "id": "1"}, "STOP")],
            [("f", '{"a":"x"}', "complete")],
        ),
        # all of the arguments each time
        (
            [
                gemini({"name": "f", "id": "1", "args": {"a": "x"}, "willContinue": True}),
                gemini({"name": "f", "id": "1", "args": A_IS_XY}, "STOP"),
            ],
            [("f", '{"a": "xy"}', "complete")],
        ),
        (
            [gemini({"name": "f", "args": {"a": "x"}, "willContinue": True}), gemini({"name": "f", "args": A_IS_XY}, "STOP")],
            [("f", '{"a": "xy"}', "complete")],
        ),
        # the last event again
        ([gemini({"name": "f", "id": "1", "args": A_IS_XY})] * 2, [("f", '{"a": "xy"}', "complete")]),
        # one id for two calls
        (
            [gemini({"name": "f", "id": "1", "args": A_IS_XY}), gemini({"name": "f", "id": "1", "args": {"b": 1}}, "STOP")],
            [("f", '{"a": "xy"}', "complete"), ("f", '{"b": 1}', "complete")],
        ),
        # cut where it was to go on, and where it may have been
        (
            [gemini({"name": "f", "args": {"a": "x"}, "willContinue": True}), gemini(None, "MAX_TOKENS")],
            [("f", '{"a": "x"}', "truncated")],
        ),
        ([gemini({"name": "f"}, "MALFORMED_FUNCTION_CALL")], [("f", "", "truncated")]),
        ([gemini({"name": "f", "args": {}}, "MAX_TOKENS")], [("f", "", "truncated")]),
        ([gemini({"name": "f", "args": A_IS_XY}, "MAX_TOKENS")], [("f", '{"a": "xy"}', "complete")]),
        # an array of events, and an envelope
        ([[gemini({"name": "f", "args": {}}), gemini(None, "STOP")]], [("f", "", "complete")]),
        ([{"response": gemini({"name": "f", "args": {}}, "STOP")}], [("f", "", "complete")]),
    ],
)
def test_gemini(events: list[Any], expected: list[Any]) -> None:
    calls, _ = told("gemini", events)
    assert verdicts(calls) == expected
    assert all(call.arguments is not MISSING or call.raw == "" for call in calls.calls)


def test_gemini_objects_that_have_every_field() -> None:
    """As those of protobuf: a call in each part, and words that say nothing."""
    texts = [{"text": text, "functionCall": {"name": "", "args": {}}} for text in ('{"a":', "1}")]
    nothing = {"finishReason": "FINISH_REASON_UNSPECIFIED"}
    blocked = {"promptFeedback": {"blockReason": "BLOCK_REASON_UNSPECIFIED"}}
    events: list[Any] = [{"candidates": [{"content": {"parts": [part]}, **nothing}], **blocked} for part in texts]
    calls, updates = told("gemini", events, text=True)
    assert [(call.text, call.arguments, str(call.verdict)) for call in calls.calls] == [(True, {"a": 1}, "truncated")]
    assert isinstance(updates[-1], StreamFailed)
    calls, updates = told("gemini", [*events, gemini(None, "STOP")], text=True)
    assert [str(call.verdict) for call in calls.calls] == ["complete"]
    assert updates[-1] == StreamEnded("STOP")


def test_an_event_that_is_too_large_is_told_of_behind_others() -> None:
    begun = b'data: {"type":"message_start","message":{}}\n\n'
    for chunks in ([begun, b"data: " + b"x" * (17 << 20)], [begun + b"data: " + b"x" * (17 << 20)]):
        calls = ToolCalls("anthropic")
        updates = [update for chunk in chunks for update in calls.feed_sse(chunk)]
        [failed] = updates + calls.close()
        assert isinstance(failed, StreamFailed)
        assert isinstance(failed.error, EventTooLarge)
