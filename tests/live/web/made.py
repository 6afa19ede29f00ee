"""Streams made for the tests, on the wire "openai-chat"."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from midstream.live.replay import Stream

DONE = (None, "[DONE]")


def event(arguments: str, index: int = 0, **function: Any) -> tuple[None, str]:
    """One fragment of a call; with a name, its first."""
    part: dict[str, Any] = {"index": index, "function": {"arguments": arguments, **function}}
    if function:
        part["id"] = f"call_{index}"
    return None, json.dumps({"choices": [{"index": 0, "delta": {"tool_calls": [part]}}]}, ensure_ascii=False)


def finish(reason: str = "tool_calls") -> tuple[None, str]:
    """The event with the stop reason."""
    return None, json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})


def stream(
    *texts: str, size: int = 7, name: str = "made", tool: str = "write", pace: float = 1e6, ends: Sequence[Any] = (finish(), DONE)
) -> Stream:
    """One call for each text, in fragments of `size` characters, the calls one after another."""
    events = [
        event(text[at : at + size], index, **({} if at else {"name": tool}))
        for index, text in enumerate(texts)
        for at in range(0, max(len(text), 1), size)
    ]
    return Stream(name, "openai-chat", (*events, *ends), pace=pace)
