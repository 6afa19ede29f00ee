"""Streams of each wire, built from the calls that they shall carry.

`build(wire, turn, rng)` gives the events of one response as (name, payload) pairs: the calls' fragments interleaved as far
as the wire allows, and between them all else that such a response holds: thinking, signatures, text, pings, usage.
"""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.support.feeding import random_cuts
from tests.support.streams import Event, Payload

Named = tuple[str | None, Payload]

ENDS = ("normal", "budget", "error", "dropped")


@dataclasses.dataclass(frozen=True)
class Call:
    """What the provider means: a call's name, its id, and the text of its arguments."""

    name: str
    text: str
    id: str = "call_1"


@dataclasses.dataclass(frozen=True)
class Turn:
    """One response: its calls, JSON or prose as text, and how it ends."""

    calls: tuple[Call, ...]
    text: str = ""
    end: str = "normal"
    noise: bool = True
    last_cut: bool = False  # the last call's own end is not sent
    mixed: bool = True  # blocks and calls may be interleaved


def build(wire: str, turn: Turn, rng: random.Random) -> list[Named]:
    return BUILDERS[wire](turn, rng)


def events(named: Iterable[Named]) -> list[Event]:
    """As a recording would hold them."""
    return [(name, json.dumps(payload)) for name, payload in named]


def fragments(text: str, rng: random.Random) -> list[str]:
    """text as a provider would cut it; no text is one empty fragment."""
    return random_cuts(text, rng.randrange(1 << 30), rng.choice([1, 3, 8, 100])) or [""]


def interleaved(lanes: list[list[Any]], rng: random.Random, mixed: bool = True) -> list[Any]:
    """The items of all lanes, each lane in its order; without mixed, one lane after the other."""
    if not mixed:
        return [item for lane in lanes for item in lane]
    waiting = [list(reversed(lane)) for lane in lanes if lane]
    found = []
    while waiting:
        lane = rng.choice(waiting)
        found.append(lane.pop())
        waiting = [lane for lane in waiting if lane]
    return found


def sprinkled(items: list[Any], extra: Callable[[], Any], rng: random.Random, share: float = 0.1) -> list[Any]:
    """items with some of what `extra` makes between them."""
    found = []
    for item in items:
        while rng.random() < share:
            found.append(extra())
        found.append(item)
    return found


# -- Anthropic Messages

ANTHROPIC_STOPS = {"normal": "tool_use", "budget": "max_tokens"}


def anthropic(turn: Turn, rng: random.Random) -> list[Named]:
    def typed(kind: str, **fields: Any) -> Named:
        return kind, {"type": kind, **fields}

    def block(index: int, start: Payload, deltas: list[Payload], stop: bool = True) -> list[Named]:
        found = [typed("content_block_start", index=index, content_block=start)]
        found += [typed("content_block_delta", index=index, delta=delta) for delta in deltas]
        return [*found, typed("content_block_stop", index=index)] if stop else found

    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "content": [], "stop_reason": None}
    usage = {"input_tokens": 10, "output_tokens": 1}
    lanes: list[list[Named]] = []
    if turn.noise:
        thinking = [{"type": "thinking_delta", "thinking": piece} for piece in fragments('{"not": "a call"}', rng)]
        thinking.append({"type": "signature_delta", "signature": "EqQBCkgIARABGAIiQL"})
        lanes.append(block(len(lanes), {"type": "thinking", "thinking": "", "signature": ""}, thinking))
        lanes.append(block(len(lanes), {"type": "redacted_thinking", "data": "EmwKAhgB"}, []))
    if turn.text:
        texts = [{"type": "text_delta", "text": piece} for piece in fragments(turn.text, rng)]
        lanes.append(block(len(lanes), {"type": "text", "text": ""}, texts))
    for number, call in enumerate(turn.calls):
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in ["", *fragments(call.text, rng)]]
        kind = rng.choice(["tool_use", "tool_use", "server_tool_use", "mcp_tool_use"])
        start = {"type": kind, "id": call.id, "name": call.name, "input": {}}
        if kind == "mcp_tool_use":
            start["server_name"] = "echo"
        cut = turn.last_cut and number == len(turn.calls) - 1
        lanes.append(block(len(lanes), start, deltas, stop=not cut))
        if turn.noise and kind == "server_tool_use" and not cut and rng.random() < 0.5:
            result = {"type": "web_search_tool_result", "tool_use_id": call.id, "content": [{"type": "x", "name": "y"}]}
            lanes.append(block(len(lanes), result, []))
    body = interleaved(lanes, rng, mixed=turn.mixed and rng.random() < 0.3)
    if turn.noise:
        body = sprinkled(body, lambda: typed("ping"), rng)
    body.insert(0, typed("message_start", message={**message, "usage": usage}))
    if turn.end == "error":
        return [*body, typed("error", error={"type": "overloaded_error", "message": "Overloaded"})]
    if turn.end == "dropped":
        return body
    delta = {"stop_reason": ANTHROPIC_STOPS[turn.end], "stop_sequence": None}
    return [*body, typed("message_delta", delta=delta, usage={"output_tokens": 9}), typed("message_stop")]


# -- OpenAI Chat Completions

CHAT_STOPS = {"normal": "tool_calls", "budget": "length"}


def chunk(delta: Payload | None = None, finish: str | None = None, choice: int = 0, **fields: Any) -> Payload:
    """One chat.completion.chunk with one choice."""
    choices = [{"index": choice, "delta": {} if delta is None else delta, "logprobs": None, "finish_reason": finish}]
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices, **fields}


def part(arguments: Any = "", index: Any = 0, id: Any = None, name: Any = None, **fields: Any) -> Payload:  # noqa: A002
    """One element of delta.tool_calls; what is None is left out."""
    function = {"name": name, "arguments": arguments}
    whole = {"index": index, "id": id, **fields, "function": {key: item for key, item in function.items() if item is not None}}
    return {key: item for key, item in whole.items() if item is not None}


def openai_chat(turn: Turn, rng: random.Random) -> list[Named]:
    lanes: list[list[Payload]] = []
    for index, call in enumerate(turn.calls):
        first, *rest = ["", *fragments(call.text, rng)]
        lane = [part(first, index, call.id, call.name, type="function")]
        lanes.append(lane + [part(piece, index) for piece in rest])
    texts = [chunk({"content": piece}) for piece in fragments(turn.text, rng)] if turn.text else []
    body: list[Payload] = list(texts)
    parts = interleaved(lanes, rng, mixed=turn.mixed and rng.random() < 0.5)
    while parts:
        several = rng.choice([1, 1, 1, 2, 3]) if turn.noise else 1
        body.append(chunk({"tool_calls": parts[:several]}))
        parts = parts[several:]
    if turn.noise:
        body = sprinkled(body, lambda: chat_noise(rng), rng)
    body.insert(0, chunk({"role": "assistant", "content": None, "refusal": None}))
    if turn.end == "error":
        return [(None, item) for item in body] + [(None, {"error": {"message": "Overloaded", "code": 503}})]
    if turn.end != "dropped":
        body.append(chunk({}, finish=CHAT_STOPS[turn.end]))
        body.append({**chunk(), "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}})
    return [(None, item) for item in body]


def chat_noise(rng: random.Random) -> Payload:
    return rng.choice(
        [
            chunk({"role": "assistant"}),
            chunk({"role": "assistant", "tool_calls": None, "content": None, "function_call": None}),
            chunk({"tool_calls": []}),
            chunk({"reasoning_content": '{"a": '}),
            chunk({"reasoning": "}", "reasoning_details": [{"type": "reasoning.text", "index": 0, "text": "{"}]}),
            {**chunk(), "choices": []},
            {"object": "chat.completion.chunk", "choices": [], "usage": None, "x_groq": {"id": "req_1"}},
        ]
    )


# -- OpenAI Responses


def openai_responses(turn: Turn, rng: random.Random) -> list[Named]:
    lanes: list[list[Payload]] = []
    output: list[Payload] = []

    def item_lane(item: Payload, inner: list[Payload], done: Payload, stop: bool = True) -> None:
        at = {"output_index": len(lanes)}
        lane = [{"type": "response.output_item.added", **at, "item": item}]
        lane += [{**event, "item_id": item["id"], **at} for event in inner]
        output.append(done)
        lanes.append([*lane, {"type": "response.output_item.done", **at, "item": done}] if stop else lane)

    if turn.noise:
        item = {"type": "reasoning", "id": "rs_1", "summary": []}
        piece = {"type": "summary_text", "text": ""}
        summary: list[Payload] = [{"type": "response.reasoning_summary_part.added", "summary_index": 0, "part": piece}]
        texts = fragments('{"not": "a call"}', rng)
        summary += [{"type": "response.reasoning_summary_text.delta", "summary_index": 0, "delta": text} for text in texts]
        item_lane(item, summary, {**item, "encrypted_content": "gAAAA"})
        item = {"type": "custom_tool_call", "id": "ctc_1", "call_id": "call_c", "name": "shell", "input": ""}
        free = [{"type": "response.custom_tool_call_input.delta", "delta": text} for text in fragments("ls {", rng)]
        item_lane(item, [*free, {"type": "response.custom_tool_call_input.done", "input": "ls {"}], {**item, "input": "ls {"})
    if turn.text:
        item = {"type": "message", "id": "msg_1", "role": "assistant", "status": "in_progress", "content": []}
        at = {"content_index": 0}
        full = {"type": "output_text", "text": turn.text, "annotations": []}
        inner: list[Payload] = [{"type": "response.content_part.added", **at, "part": {**full, "text": ""}}]
        inner += [{"type": "response.output_text.delta", **at, "delta": text} for text in fragments(turn.text, rng)]
        inner.append({"type": "response.output_text.done", **at, "text": turn.text})
        inner.append({"type": "response.content_part.done", **at, "part": full})
        item_lane(item, inner, {**item, "status": "completed", "content": [full]})
    for number, call in enumerate(turn.calls):
        cut = turn.last_cut and number == len(turn.calls) - 1
        if rng.random() < 0.25:
            kind, item = "mcp_call", {"type": "mcp_call", "id": call.id, "server_label": "echo", "output": None, "error": None}
        else:
            kind, item = "function_call", {"type": "function_call", "id": f"fc_{number}", "call_id": call.id}
        item |= {"name": call.name, "arguments": "", "status": "in_progress"}
        inner = [{"type": f"response.{kind}_arguments.delta", "delta": text} for text in fragments(call.text, rng)]
        if kind == "mcp_call":
            inner.insert(0, {"type": "response.mcp_call.in_progress"})
        if not cut:
            inner.append({"type": f"response.{kind}_arguments.done", "arguments": call.text, "name": call.name})
        status = "incomplete" if turn.end == "budget" and number == len(turn.calls) - 1 else "completed"
        item_lane(item, inner, {**item, "arguments": call.text, "status": status}, stop=not cut)
    body = interleaved(lanes, rng, mixed=turn.mixed and rng.random() < 0.3)
    response = {"id": "resp_1", "object": "response", "status": "in_progress", "error": None, "output": []}
    body[:0] = [{"type": "response.created", "response": response}, {"type": "response.in_progress", "response": response}]
    if turn.end == "normal":
        body.append({"type": "response.completed", "response": {**response, "status": "completed", "output": output}})
    elif turn.end == "budget":
        details = {"reason": "max_output_tokens"}
        ended = {**response, "status": "incomplete", "incomplete_details": details}
        body.append({"type": "response.incomplete", "response": ended})
    elif turn.end == "error":
        error = {"code": "server_error", "message": "Overloaded"}
        if rng.random() < 0.5:
            body.append({"type": "error", **error, "param": None})
        body.append({"type": "response.failed", "response": {**response, "status": "failed", "error": error}})
    numbered = [{**event, "sequence_number": number} for number, event in enumerate(body)]
    return [(event["type"], event) for event in numbered]


# -- Gemini

GEMINI_STOPS = {"normal": "STOP", "budget": "MAX_TOKENS"}


def answer(parts: list[Payload], finish: str | None = None, index: int | None = None) -> Payload:
    """One GenerateContentResponse with one candidate."""
    candidate: Payload = {"content": {"role": "model", "parts": parts}}
    if finish is not None:
        candidate["finishReason"] = finish
    if index is not None:
        candidate["index"] = index
    return {"candidates": [candidate], "usageMetadata": {"promptTokenCount": 1}, "modelVersion": "gemini", "responseId": "r1"}


def gemini(turn: Turn, rng: random.Random) -> list[Named]:
    """Calls without text as functionCall with a name only; objects that allow it in parts, half of them; the rest whole."""
    parts: list[Payload] = []
    if turn.noise:
        parts.append({"text": '{"not": "a call"}', "thought": True})
    parts += [{"text": piece} for piece in fragments(turn.text, rng)] if turn.text else []
    for call in turn.calls:
        head: Payload = {"name": call.name} if rng.random() < 0.5 else {"name": call.name, "id": call.id}
        value = json.loads(call.text) if call.text.strip() else None
        streamed = value is not None and can_be_parts(value) and rng.random() < 0.6
        if value is None:
            parts.append({"functionCall": head})
        elif streamed:
            parts += streamed_call(head, value, rng)
        else:
            parts.append({"functionCall": {**head, "args": value}, "thoughtSignature": "CiQB"})
    body = []
    while parts:
        several = rng.choice([1, 1, 2])
        body.append(answer(parts[:several]))
        parts = parts[several:]
    if turn.noise:
        empty = {"candidates": [{"content": {"role": "model"}}]}
        body = sprinkled(body, lambda: rng.choice([{"usageMetadata": {}}, {"candidates": []}, empty]), rng)
    if turn.end == "error":
        body.append({"error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE"}})
    elif turn.end != "dropped":
        body.append(answer([{"text": ""}], GEMINI_STOPS[turn.end]))
    return [(None, event) for event in body]


def can_be_parts(value: Any, root: bool = True) -> bool:
    """Every leaf can be addressed: no container is empty, and the root is an object."""
    if isinstance(value, dict):
        return bool(value) and all(can_be_parts(item, False) for item in value.values())
    if isinstance(value, list):
        return not root and bool(value) and all(can_be_parts(item, False) for item in value)
    return not root and (isinstance(value, (bool, str)) or value is None or is_number_value(value))


def is_number_value(value: float) -> bool:
    """A double that comes back as the same Python number: no whole float, no large int."""
    return abs(value) < 2**53 and (isinstance(value, int) or value != int(value))


def streamed_call(head: Payload, value: Any, rng: random.Random) -> list[Payload]:
    """The parts of a call whose arguments come leaf by leaf."""
    pieces = list(leaves(value, "$", rng))
    calls: list[Payload] = [{**head, "willContinue": True}]
    while pieces:
        several = rng.choice([1, 1, 1, 2, 3])
        calls.append({"partialArgs": pieces[:several], "willContinue": True})
        pieces = pieces[several:]
    if rng.random() < 0.3:
        del calls[-1]["willContinue"]
    else:
        calls.append({})
    return [{"functionCall": call} for call in calls]


def leaves(value: Any, path: str, rng: random.Random) -> Iterator[Payload]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, path + step(key, rng), rng)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]", rng)
    elif isinstance(value, str):
        if rng.random() < 0.2:
            yield {"jsonPath": path, "stringValue": value}
            return
        for piece in fragments(value, rng):
            yield {"jsonPath": path, "stringValue": piece, "willContinue": True}
        yield {"jsonPath": path, "stringValue": ""}
    elif isinstance(value, bool):
        yield {"jsonPath": path, "boolValue": value}
    elif value is None:
        yield {"jsonPath": path, "nullValue": rng.choice([None, "NULL_VALUE"])}
    else:
        yield {"jsonPath": path, "numberValue": value}


def step(key: str, rng: random.Random) -> str:
    """A name as RFC 9535 writes it: dotted where it may be, else quoted, as a normalized path quotes it."""
    if key.isascii() and key.isidentifier() and rng.random() < 0.8:
        return f".{key}"
    return "['" + json.dumps(key)[1:-1].replace('\\"', '"').replace("'", "\\'") + "']"


# -- Bedrock Converse

BEDROCK_STOPS = {"normal": "tool_use", "budget": "max_tokens"}


def bedrock(turn: Turn, rng: random.Random) -> list[Named]:
    lanes: list[list[Named]] = []

    def block(start: Payload | None, deltas: list[Payload], stop: bool = True) -> None:
        at = {"contentBlockIndex": len(lanes)}
        lane: list[Named] = [] if start is None else [("contentBlockStart", {"start": start, **at})]
        lane += [("contentBlockDelta", {"delta": delta, **at}) for delta in deltas]
        lanes.append([*lane, ("contentBlockStop", at)] if stop else lane)

    if turn.noise:
        thinking = [{"reasoningContent": {"text": piece}} for piece in fragments('{"not": "a call"}', rng)]
        block(None, [*thinking, {"reasoningContent": {"signature": "EqQB"}}])
    if turn.text:
        block(None, [{"text": piece} for piece in fragments(turn.text, rng)])
    for number, call in enumerate(turn.calls):
        deltas = [{"toolUse": {"input": piece}} for piece in fragments(call.text, rng)] if call.text else []
        start = {"toolUse": {"toolUseId": call.id, "name": call.name}}
        block(start, deltas, stop=not (turn.last_cut and number == len(turn.calls) - 1))
    body = [("messageStart", {"role": "assistant"}), *interleaved(lanes, rng, mixed=turn.mixed and rng.random() < 0.3)]
    if turn.noise:
        body = [(name, {**payload, "p": "abcdefghij"[: rng.randrange(10)]}) for name, payload in body]
    if turn.end == "error":
        return [*body, ("modelStreamErrorException", {"message": "Overloaded", "originalStatusCode": 503})]
    if turn.end == "dropped":
        return body
    metadata = {"usage": {"inputTokens": 1, "outputTokens": 9, "totalTokens": 10}, "metrics": {"latencyMs": 9}}
    return [*body, ("messageStop", {"stopReason": BEDROCK_STOPS[turn.end]}), ("metadata", metadata)]


BUILDERS: dict[str, Callable[[Turn, random.Random], list[Named]]] = {
    "anthropic": anthropic,
    "openai-chat": openai_chat,
    "openai-responses": openai_responses,
    "gemini": gemini,
    "bedrock-converse": bedrock,
}

REASONS = {
    "anthropic": ANTHROPIC_STOPS,
    "openai-chat": CHAT_STOPS,
    "openai-responses": {"normal": "completed", "budget": "max_output_tokens"},
    "gemini": GEMINI_STOPS,
    "bedrock-converse": BEDROCK_STOPS,
}
