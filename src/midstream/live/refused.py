"""What came where an event stream should have, told to the person who asked for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from ..sse import Decoder
from .text import ends, visible

__all__ = ["explain", "is_hopeless", "wire_of"]

FIELDS = ("data:", "event:", "id:", "retry:", ":")  # that a line of an event stream begins with

# how the first events of each wire look
WIRES: dict[str, Callable[[str, dict[str, Any]], bool]] = {
    "anthropic": lambda event, payload: payload.get("type") in {"message_start", "content_block_start"},
    "openai-chat": lambda event, payload: "choices" in payload,
    "openai-responses": lambda event, payload: str(payload.get("type")).startswith("response."),
    "gemini": lambda event, payload: "candidates" in payload,
    "bedrock-converse": lambda event, payload: event in {"messageStart", "contentBlockStart"} or "messageStart" in payload,
}
ANSWERS = {"candidates", "choices", "content", "output"}  # keys of a whole answer
SHOWN = 60  # characters of what can't be told in words
MESSAGE = 300  # characters of an error


def explain(beginning: bytes) -> str:
    """What an input is that held no event, and what to do about it. Made visible, and bounded."""
    text, status = _body(beginning)
    answer = f" ({visible(ends(status, SHOWN, SHOWN))})" if status else ""
    if not text:
        return f"there is no event in it: nothing came{answer}"
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return _not_json(text) + answer
    if message := _message(value):
        return f"the provider answered with an error instead of a stream: {visible(ends(message, MESSAGE, MESSAGE // 2))}{answer}"
    if isinstance(value, list) and value and isinstance(value[0], dict) and "candidates" in value[0]:
        return f"it is a JSON array instead of an event stream: ask Gemini for ?alt=sse{answer}"
    return f'it is one JSON document instead of an event stream: did the request say "stream": true?{answer}'


def is_hopeless(beginning: bytes) -> bool:
    """Is an input that begins so, and holds no event yet, something else than an event stream?"""
    text, _ = _body(beginning)
    return not any(text.startswith(field) or field.startswith(text) for field in FIELDS)


def wire_of(beginning: bytes) -> str | None:
    """The wire that the first events of a stream look like; None if they look like none."""
    for event in Decoder().feed(beginning):
        try:
            payload = json.loads(event.data)
        except (ValueError, RecursionError):
            continue
        if isinstance(payload, dict):
            for wire, looks_like in WIRES.items():
                if looks_like(event.event, cast(dict[str, Any], payload)):
                    return wire
    return None


def _body(beginning: bytes) -> tuple[str, str]:
    """The text without what stands before it, and the status line where there is one."""
    text = beginning.decode("utf-8", "replace").removeprefix("\ufeff").strip()
    status = ""
    while text.startswith("HTTP/"):  # curl -i
        head, _, text = text.replace("\r\n", "\n").partition("\n\n")
        status, text = head.split("\n", 1)[0].strip(), text.strip()
    return text, status


def _not_json(text: str) -> str:
    if text.startswith("<"):
        return "it is a web page instead of an event stream"
    if text.startswith(('{"event"', '{"data"')):
        return "it is a recording (.jsonl), which is read from a file only"
    if text.startswith(("{", "[")):
        return "it is JSON text instead of an event stream"
    if text.startswith(FIELDS):
        return "there is no event in it: the input ended before the first one did"
    return f"there is no event in it; it begins with {json.dumps(visible(ends(text, SHOWN, SHOWN)), ensure_ascii=False)}"


def _message(value: object) -> str:
    """The words of an error as the providers' APIs send it; empty if it is none."""
    if isinstance(value, list):  # Gemini, of a request for an array
        value = next(iter(cast(list[object], value)), None)
    if not isinstance(value, Mapping):
        return ""
    body = cast(Mapping[str, Any], value)
    error = body.get("error")
    if isinstance(error, str):
        return error
    if isinstance(error, Mapping):
        body = cast(Mapping[str, Any], error)
    elif not ANSWERS.isdisjoint(body):
        return ""
    kind, message = body.get("type") or body.get("status") or body.get("code"), body.get("message") or body.get("detail")
    return ": ".join(str(word) for word in (kind, message) if word) if message else ""
