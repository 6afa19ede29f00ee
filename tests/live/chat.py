"""A response as a provider of the wire "openai-chat" streams it, with the calls that a test wants."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from midstream.live.replay import sse

__all__ = ["chunks", "events", "recording"]

Call = tuple[Any, Any, str]  # name, id, text of the arguments


def events(calls: Sequence[Call], step: int = 5, reason: str | None = "tool_calls") -> Iterator[dict[str, Any]]:
    """The calls one beside the other, `step` characters of each at a time; without a reason the stream breaks off."""
    for index, (name, id_, _) in enumerate(calls):
        yield _event({"index": index, "id": id_, "type": "function", "function": {"name": name, "arguments": ""}})
    for start in range(0, max((len(text) for _, _, text in calls), default=0), step):
        for index, (_, _, text) in enumerate(calls):
            if piece := text[start : start + step]:
                yield _event({"index": index, "function": {"arguments": piece}})
    if reason is not None:
        yield {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}


def _event(call: dict[str, Any]) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": None}]}


def chunks(calls: Sequence[Call], step: int = 5, reason: str | None = "tool_calls") -> list[bytes]:
    """The same as a text/event-stream, event by event."""
    payloads = [json.dumps(event) for event in events(calls, step, reason)]
    return [sse(None, payload) for payload in [*payloads, *(["[DONE]"] if reason is not None else [])]]


def recording(calls: Sequence[Call], step: int = 5, reason: str | None = "tool_calls") -> str:
    """The same as a recording."""
    payloads = [json.dumps(event) for event in events(calls, step, reason)]
    return "\n".join(json.dumps({"event": None, "data": payload}) for payload in [*payloads, "[DONE]"])
