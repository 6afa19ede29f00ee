"""Recorded provider streams as responses of one wire each, ways to feed them, and a plain reading of them.

The plain reading is for streams that keep to their wire's documentation: it looks at whole lists of events, keeps one
string a call, and knows nothing of the code under test.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import json
import random
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

from tests.support import data

Event = tuple[str | None, str]  # name or None, payload as sent
Payload = dict[str, Any]

WIRES = ("anthropic", "openai-chat", "openai-responses", "gemini", "bedrock-converse")

# Recordings of other wires, and why none of the five reads them.
OTHER_WIRES = {
    "cohere": "Cohere's own chat v2 events",
    "ollama": "Ollama's own NDJSON",
    "gemini-interactions": "Google's Interactions API",
}

# Recordings without any row in docs.jsonl, which says nothing of their wire therefore.
WITHOUT_ROWS = {
    "groq/pydantic-ai--models-test_groq-test_tool_use_failed_error_streaming--0-8e947b": "openai-chat",
    "openai/ai--openai-responses-openai-error.1--0-d9347b": "openai-responses",
}

CALL_BLOCKS = ("tool_use", "server_tool_use", "mcp_tool_use")
CALL_ITEMS = ("function_call", "mcp_call")


@dataclasses.dataclass(frozen=True)
class Response:
    """One answer of a provider. `number` counts those of one recording: a few hold several in a row."""

    recording: str
    number: int
    wire: str
    events: tuple[Event, ...]

    @property
    def name(self) -> str:
        return self.recording + (f"#{self.number}" if self.number else "")

    @property
    def provider(self) -> str:
        return self.recording.split("/")[0]


@functools.cache
def wire_of(recording: str) -> str:
    """The wire as docs.jsonl names it, wrappings included."""
    return WITHOUT_ROWS[recording] if recording in WITHOUT_ROWS else _wires()[recording]


@functools.cache
def _wires() -> dict[str, str]:
    return {row.stream: row.wire for row in data.doc_rows()}


@functools.cache
def responses() -> tuple[Response, ...]:
    """Every recorded response of the five wires. What Bedrock's InvokeModel wraps in base64 is unwrapped."""
    found: list[Response] = []
    for recording in data.recordings():
        wire = wire_of(recording.name)
        events = recording.events()
        if wire.startswith("bedrock-invoke/"):
            wire = wire.removeprefix("bedrock-invoke/")
            events = [(None, base64.b64decode(json.loads(payload)["bytes"]).decode()) for _, payload in events]
        if wire in WIRES:
            parts = _separate(wire, events)
            found += [Response(recording.name, number, wire, part) for number, part in enumerate(parts)]
    return tuple(found)


def _separate(wire: str, events: list[Event]) -> list[tuple[Event, ...]]:
    """The events of each response: a recording may hold the several turns of one conversation."""
    first = {"anthropic": "message_start", "openai-responses": "response.created"}.get(wire)
    parts: list[list[Event]] = [[]]
    for event in events:
        payload = loaded(event)
        if first is not None and isinstance(payload, dict) and payload.get("type") == first and parts[-1]:
            parts.append([])
        parts[-1].append(event)
    return [tuple(part) for part in parts]


def loaded(event: Event) -> Any:
    """The payload's value; None where it is no JSON, as `[DONE]` is not."""
    try:
        return json.loads(event[1])
    except ValueError:
        return None


# -- ways to feed


def frame(event: Event, rng: random.Random | None = None) -> bytes:
    """One event as text/event-stream; with rng in any of the spellings that mean the same."""
    name, payload = event
    if rng is None:
        lines = ([f"event: {name}"] if name else []) + [f"data: {line}" for line in payload.split("\n")]
        return ("\n".join(lines) + "\n\n").encode()
    end = rng.choice(["\n", "\n", "\r\n", "\r"])
    space = rng.choice([" ", " ", ""])
    fields = [f"data:{' ' if line.startswith(' ') else space}{line}" for line in payload.split("\n")]
    if name:
        fields.insert(rng.choice([0, len(fields)]), f"event:{space}{name}")
    for extra in (": keep-alive", ":", "id: 7", "retry: 1500", "unknown: field", "data2: {"):
        if rng.random() < 0.03:
            fields.insert(rng.randrange(len(fields) + 1), extra)
    blank = rng.choice([1, 1, 1, 2])
    return (end.join(fields) + end + end * blank).encode()


def frames(events: Iterable[Event], rng: random.Random | None = None) -> bytes:
    return b"".join(frame(event, rng) for event in events)


def cuts(content: bytes, rng: random.Random) -> Iterator[bytes | str | bytearray]:
    """content in chunks of random sizes, by the byte or by the kilobyte, also empty ones; some as str."""
    mean = rng.choice([2, 20, 200, 2000] if len(content) < 3000 else [40, 400, 4000])
    at = 0
    while at < len(content):
        size = 0 if rng.random() < 0.02 else 1 + int(rng.expovariate(1 / mean))
        chunk = content[at : at + size]
        at += size
        kind = rng.randrange(8)
        yield bytearray(chunk) if kind == 0 else chunk.decode() if kind == 1 and chunk.isascii() else chunk


def decoded(response: Response) -> list[Payload]:
    """The events as feed() takes them: mappings; a named event of Bedrock in boto3's form."""
    found: list[Payload] = []
    for event in response.events:
        payload = loaded(event)
        if isinstance(payload, dict):
            found.append(boto3_form(event[0], payload) if response.wire == "bedrock-converse" else payload)
    return found


def boto3_form(name: str | None, payload: Payload) -> Payload:
    """{"contentBlockDelta": {...}} for an event whose name stands in its header."""
    return payload if name is None else {name: payload}


FREE_FORM = ("args", "input")  # arguments as an object: a dict in every SDK's models, for they have no fields to name


def as_objects(value: Any) -> Any:
    """Mappings as objects with attributes, as an SDK's models are; what is no identifier can't be an attribute."""
    if isinstance(value, dict):
        if not all(key.isidentifier() for key in value):
            return value
        return SimpleNamespace(**{key: item if key in FREE_FORM else as_objects(item) for key, item in value.items()})
    return [as_objects(item) for item in value] if isinstance(value, list) else value


# -- the plain reading


@dataclasses.dataclass
class Plain:
    """A call, or a text answer, as plain code finds it in a list of events."""

    name: str | None
    id: str | None
    raw: str = ""
    ended: bool = False  # the wire said so
    value: Any = None  # of arguments that came as an object or in parts
    given: bool = False  # there before the stream began
    as_object: bool = False  # raw is not how the provider wrote it, for it sent no text
    parts: list[str] = dataclasses.field(default_factory=list)  # the fragments of raw, empty ones too

    def add(self, fragment: str | None) -> None:
        self.parts.append(fragment or "")
        self.raw += fragment or ""


def plain_calls(wire: str, events: Iterable[Event]) -> list[Plain]:
    """The calls of a response in order of appearance, as far as these events bring them."""
    return _READERS[wire](list(named_payloads(wire, events)))


def named_payloads(wire: str, events: Iterable[Event]) -> Iterator[Payload]:
    for event in events:
        payload = loaded(event)
        if isinstance(payload, dict):
            yield boto3_form(event[0], payload) if wire == "bedrock-converse" else payload


def _anthropic(payloads: list[Payload]) -> list[Plain]:
    calls: dict[Any, Plain] = {}
    for payload in payloads:
        kind = payload.get("type")
        if kind == "message_start":
            for number, block in enumerate(payload["message"]["content"]):
                if block["type"] in CALL_BLOCKS:
                    calls["given", number] = Plain(block["name"], block["id"], value=block["input"], given=True, ended=True)
        elif kind == "content_block_start" and payload["content_block"]["type"] in CALL_BLOCKS:
            block = payload["content_block"]
            call = calls[payload["index"]] = Plain(block["name"], block["id"])
            if block["input"]:
                call.value, call.as_object = block["input"], True
        elif kind == "content_block_delta" and payload["delta"]["type"] == "input_json_delta":
            calls[payload["index"]].add(payload["delta"]["partial_json"])
        elif kind == "content_block_stop" and payload["index"] in calls:
            calls[payload["index"]].ended = True
    return list(calls.values())


def _openai_chat(payloads: list[Payload]) -> list[Plain]:
    calls: list[Plain] = []
    latest: dict[tuple[int, int], Plain] = {}
    for payload in payloads:
        for choice in payload.get("choices", ()):
            for part in (choice.get("delta") or {}).get("tool_calls") or ():
                key = choice["index"], part.get("index", 0)
                function = part["function"]
                if part.get("id") and function.get("name"):
                    latest[key] = Plain(function["name"], part["id"])
                    calls.append(latest[key])
                latest[key].add(function.get("arguments"))
            if choice.get("finish_reason"):
                for key, call in latest.items():
                    call.ended = call.ended or key[0] == choice["index"]
    return calls


def _openai_responses(payloads: list[Payload]) -> list[Plain]:
    calls: dict[int, Plain] = {}
    for payload in payloads:
        kind = payload.get("type")
        if kind == "response.output_item.added" and payload["item"]["type"] in CALL_ITEMS:
            item = payload["item"]
            calls[payload["output_index"]] = Plain(item["name"], item.get("call_id") or item["id"])
            calls[payload["output_index"]].add(item["arguments"])
        elif kind in ("response.function_call_arguments.delta", "response.mcp_call_arguments.delta"):
            calls[payload["output_index"]].add(payload["delta"])
        elif kind in ("response.function_call_arguments.done", "response.mcp_call_arguments.done"):
            calls[payload["output_index"]].ended = True
    return list(calls.values())


def _gemini(payloads: list[Payload]) -> list[Plain]:
    calls: list[Plain] = []
    for payload in payloads:
        for candidate in payload.get("candidates", ()):
            for part in candidate["content"]["parts"]:
                call = part.get("functionCall") or part.get("function_call")
                if call is None and "functionCall" not in part:
                    continue
                call = call or {}
                if "name" in call:
                    calls.append(Plain(call["name"], call.get("id"), value={}, as_object=True))
                if "args" in call:
                    calls[-1].value = call["args"]
                for piece in call.get("partialArgs", ()):
                    calls[-1].value = put(calls[-1].value, piece)
                calls[-1].ended = not call.get("willContinue")
    return calls


def put(value: Any, piece: Payload) -> Any:
    """value with one element of partialArgs put in: names and indexes only, a string added to one that is there."""
    steps: list[str | int] = []
    for dotted in piece["jsonPath"].split(".")[1:]:
        name, *indexes = dotted.split("[")
        steps += [name, *(int(index.rstrip("]")) for index in indexes)]
    leaf = next((piece[key] for key in ("stringValue", "numberValue", "boolValue") if key in piece), None)
    at = value
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        empty: Any = leaf if following is None else [] if isinstance(following, int) else {}
        if isinstance(step, int) and step == len(at):
            at.append(empty)
        elif isinstance(at, dict) and step not in at:
            at[step] = empty
        elif following is None:
            at[step] += leaf
        at = at[step]
    return value


def _bedrock(payloads: list[Payload]) -> list[Plain]:
    calls: dict[int, Plain] = {}
    for payload in payloads:
        start, delta, stop = (payload.get(f"contentBlock{part}", {}) for part in ("Start", "Delta", "Stop"))
        if "toolUse" in start.get("start", ()):
            use = start["start"]["toolUse"]
            calls[start["contentBlockIndex"]] = Plain(use["name"], use["toolUseId"])
        if "toolUse" in delta.get("delta", ()):
            calls[delta["contentBlockIndex"]].add(delta["delta"]["toolUse"]["input"])
        if stop and stop["contentBlockIndex"] in calls:
            calls[stop["contentBlockIndex"]].ended = True
    return list(calls.values())


_READERS = {
    "anthropic": _anthropic,
    "openai-chat": _openai_chat,
    "openai-responses": _openai_responses,
    "gemini": _gemini,
    "bedrock-converse": _bedrock,
}


def plain_texts(wire: str, events: Iterable[Event]) -> list[list[str]]:
    """The text answers of a response, each as its fragments, in order of appearance."""
    texts: dict[Any, list[str]] = {}
    for payload in named_payloads(wire, events):
        for key, fragment in _texts_in(wire, payload):
            texts.setdefault(key, []).append(fragment)
    return list(texts.values())


def _texts_in(wire: str, payload: Payload) -> Iterator[tuple[Any, str]]:
    kind = payload.get("type")
    if wire == "anthropic" and kind == "content_block_delta" and payload["delta"]["type"] == "text_delta":
        yield payload["index"], payload["delta"]["text"]
    elif wire == "openai-chat":
        for choice in payload.get("choices", ()):
            content = (choice.get("delta") or {}).get("content")
            if isinstance(content, str) and content:
                yield choice["index"], content
    elif wire == "openai-responses" and kind == "response.output_text.delta":
        yield (payload["output_index"], payload["content_index"]), payload["delta"]
    elif wire == "gemini":
        for number, candidate in enumerate(payload.get("candidates", ())):
            for part in candidate["content"]["parts"]:
                if part.get("text") and not part.get("thought"):
                    yield candidate.get("index", number), part["text"]
    elif wire == "bedrock-converse" and "text" in payload.get("contentBlockDelta", {}).get("delta", ()):
        yield payload["contentBlockDelta"]["contentBlockIndex"], payload["contentBlockDelta"]["delta"]["text"]
