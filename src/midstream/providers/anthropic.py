"""Anthropic Messages: ``content_block_start``, ``content_block_delta``, ``content_block_stop``.

Calls that ``message_start`` holds already, as the code of a server's tool makes them, are not streamed: they are in that event,
whole, and nothing is said of them here.
"""

from __future__ import annotations

from .blocks import Blocks
from .fields import error_message, field, is_object, string, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..toolcalls import ToolCalls

__all__ = ["Reader"]

# stop reasons after which a block without text is a call without arguments, and not one that was cut
NORMAL = {"end_turn", "tool_use", "stop_sequence", "pause_turn"}


class Reader:
    """One message. The events that the SDK's helper adds (``input_json``, ``text`` …) repeat others and are passed over."""

    def __init__(self) -> None:
        self._blocks = Blocks()
        self._reason: str | None = None

    def read(self, calls: ToolCalls, event: Any, name: str | None) -> None:
        """See `midstream.providers`."""
        try:  # most events by far, read in half the time
            fragment, index = event["delta"]["partial_json"], event["index"]
            if type(fragment) is str and type(index) is int and event["type"] == "content_block_delta":
                call = self._blocks.by_index[index]
                if call is not None and call.verdict is None and not call.text:
                    calls.grow(call, fragment)
                    return
        except (KeyError, TypeError):
            pass
        kind = field(event, "type")
        if kind == "content_block_delta":
            delta = field(event, "delta")
            fragment, text = field(delta, "partial_json"), field(delta, "text")
            if fragment is not None:
                self._blocks.grow(calls, field(event, "index"), fragment)
            elif isinstance(text, str):
                self._blocks.say(calls, field(event, "index"), text)
        elif kind == "content_block_start":
            self._start(calls, field(event, "index"), field(event, "content_block"))
        elif kind == "content_block_stop":
            self._blocks.stop(calls, field(event, "index"))
        elif kind == "message_delta":
            reason = word(field(field(event, "delta"), "stop_reason"))
            if reason is not None:
                self._reason = reason
                self._blocks.finish(calls, reason, reason in NORMAL)
        elif kind == "message_start":
            calls.start_again()
            self._blocks = Blocks()
            self._reason = None
            calls.reason = word(field(field(event, "message"), "stop_reason"))
        elif kind == "message_stop":
            calls.finish_stream()
        elif kind == "error" or (kind is None and (name == "error" or field(event, "error") is not None)):
            error = field(event, "error")
            calls.fail(error_message(event if error is None else error), event)

    def begins(self, event: Any, name: str | None) -> bool:
        """See `midstream.providers`."""
        return bool(field(event, "type") == "message_start")

    def done(self, calls: ToolCalls) -> None:
        """Some gateways end this wire too with ``[DONE]``; ``message_stop`` is what counts."""

    def finished(self) -> bool:
        """See `midstream.providers`."""
        return self._reason is not None

    def _start(self, calls: ToolCalls, index: Any, block: Any) -> None:
        kind, ident = word(field(block, "type")), string(field(block, "id"))
        if not self._blocks.begins(calls, index, ident):
            return
        call = None
        if kind is not None and kind.endswith("tool_use"):  # tool_use, server_tool_use, mcp_tool_use
            call = calls.open(ident, string(field(block, "name")))
        elif kind == "text":
            call = calls.open_text()
        if call is None:
            return
        self._blocks.holds(index, call)
        if call.text:
            calls.grow(call, string(field(block, "text")) or "")
            return
        given = field(block, "input")  # empty where deltas follow; some servers send it all here, and then in deltas again
        if given is not None and given != "" and not (is_object(given) and not given):
            calls.give(call, given)
