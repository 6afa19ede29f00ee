"""Bedrock ConverseStream: events as boto3 gives them, ``{"contentBlockDelta": {…}}``, or their bare payloads.

Payloads are told by what they hold where nobody says their type.
"""

from __future__ import annotations

from .blocks import Blocks
from .fields import error_message, field, is_object, number, string, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..toolcalls import ToolCalls

__all__ = ["Reader"]

NORMAL = {"end_turn", "tool_use", "stop_sequence"}
KINDS = ("contentBlockDelta", "contentBlockStart", "contentBlockStop", "messageStop", "messageStart", "metadata")


class Reader:
    """One message."""

    def __init__(self) -> None:
        self._blocks = Blocks()
        self._reason: str | None = None

    def read(self, calls: ToolCalls, event: Any, name: str | None) -> None:
        """See `midstream.providers`."""
        for kind in KINDS:
            body = field(event, kind)
            if body is not None:
                break
        else:
            kind, body = _kind(event, name), event
        if kind == "messageStart":
            calls.start_again()
            self._blocks = Blocks()
        elif kind == "contentBlockDelta":
            self._delta(calls, body)
        elif kind == "contentBlockStart":
            self._start(calls, body)
        elif kind == "contentBlockStop":
            self._blocks.stop(calls, field(body, "contentBlockIndex"))
        elif kind == "messageStop":
            self._reason = word(field(body, "stopReason"))
            self._blocks.finish(calls, self._reason, self._reason in NORMAL)
            calls.finish_stream()
        elif kind.endswith("Exception") or kind == "error":
            error = field(event, kind)
            calls.fail(error_message(event if error is None else error), event)

    def begins(self, event: Any, name: str | None) -> bool:
        """See `midstream.providers`."""
        return name == "messageStart" or field(event, "messageStart") is not None

    def done(self, calls: ToolCalls) -> None:
        """Not of this wire."""

    def finished(self) -> bool:
        """See `midstream.providers`."""
        return self._reason is not None

    def _start(self, calls: ToolCalls, body: Any) -> None:
        index = field(body, "contentBlockIndex")
        tool = field(field(body, "start"), "toolUse")
        ident = string(field(tool, "toolUseId"))
        if self._blocks.begins(calls, index, ident) and tool is not None:
            self._blocks.holds(index, calls.open(ident, string(field(tool, "name"))))

    def _delta(self, calls: ToolCalls, body: Any) -> None:
        index = field(body, "contentBlockIndex")
        delta = field(body, "delta")
        fragment = field(field(delta, "toolUse"), "input")
        if fragment is not None:
            self._blocks.grow(calls, index, fragment)
            return
        self._blocks.seen(index)
        fragment = field(delta, "text")
        if isinstance(fragment, str) and calls.takes_text:
            at = number(index)
            if self._blocks.by_index.get(at) is None:  # text has no start of its own
                call = calls.open_text()
                if call is None:
                    return
                self._blocks.begins(calls, index)
                self._blocks.holds(index, call)
            self._blocks.say(calls, index, fragment)


def _kind(event: Any, name: str | None) -> str:
    if name in KINDS or (name or "").endswith("Exception"):
        return name or ""
    if not is_object(event):
        return ""
    for key in event:
        if isinstance(key, str) and key.endswith("Exception"):
            return key
    if field(event, "stopReason") is not None:
        return "messageStop"
    if field(event, "contentBlockIndex") is not None:
        if field(event, "delta") is not None:
            return "contentBlockDelta"
        return "contentBlockStop" if field(event, "start") is None else "contentBlockStart"
    return "error" if name == "error" or field(event, "error") is not None else ""
