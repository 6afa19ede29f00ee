"""Gemini ``generateContent``: calls that come whole, ``functionCall.args``, and in parts, ``functionCall.partialArgs``.

Names are those of the JSON; the SDK's objects have them in snake case, and both are read. In parts, a call goes on for as
long as ``willContinue`` is true; its end may also be an empty ``functionCall``, or be missing.
"""

from __future__ import annotations

from .fields import error_message, field, is_object, is_plain, items, number, string, word
from .parts import PartError, Parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..toolcalls import ToolCall, ToolCalls

__all__ = ["Reader"]

NORMAL = {"STOP"}


class Candidate:
    """One of the answers of a response."""

    def __init__(self) -> None:
        self.call: ToolCall | None = None  # the one that goes on
        self.parts = Parts()
        self.text: ToolCall | None = None
        self.by_id: dict[str, ToolCall] = {}


class Reader:
    """One response. It has no event for its end: that is where ``close`` is called."""

    def __init__(self) -> None:
        self._candidates: dict[int, Candidate] = {}
        self._reason: str | None = None

    def read(self, calls: ToolCalls, event: Any, name: str | None) -> None:
        """See `midstream.providers`."""
        for candidate in items(field(event, "candidates")):
            at = number(field(candidate, "index")) or 0
            state = self._candidates.get(at)
            if state is None:
                state = self._candidates[at] = Candidate()
            for part in items(field(field(candidate, "content"), "parts")):
                self._part(calls, state, part)
            reason = word(_either(candidate, "finishReason", "finish_reason"))
            if reason is not None and reason != "FINISH_REASON_UNSPECIFIED":
                self._finish(calls, state, reason)
        blocked = word(_either(_either(event, "promptFeedback", "prompt_feedback"), "blockReason", "block_reason"))
        if blocked is not None:
            self._reason = calls.reason = blocked
        error = field(event, "error")
        if error:
            calls.fail(error_message(error), event)

    def begins(self, event: Any, name: str | None) -> bool:
        """See `midstream.providers`."""
        return False

    def done(self, calls: ToolCalls) -> None:
        """Not of this wire."""

    def finished(self) -> bool:
        """See `midstream.providers`."""
        return self._reason is not None

    def _finish(self, calls: ToolCalls, state: Candidate, reason: str) -> None:
        self._reason = reason
        normal = reason in NORMAL
        if state.call is not None and normal:
            self._close(calls, state)
        ended = [call for call in (state.call, state.text) if call is not None]
        calls.finish(ended, reason, normal)
        state.call = None

    def _part(self, calls: ToolCalls, state: Candidate, part: Any) -> None:
        call = _either(part, "functionCall", "function_call")
        if call is not None:
            if not is_plain(call):
                self._call(calls, state, call)
            return
        text = field(part, "text")
        if not isinstance(text, str) or not text or field(part, "thought"):
            return
        if state.text is None:
            state.text = calls.open_text()
        if state.text is not None:
            calls.grow(state.text, text)

    def _call(self, calls: ToolCalls, state: Candidate, body: Any) -> None:
        name, ident = string(field(body, "name")), string(field(body, "id"))
        args = field(body, "args")
        parts = items(_either(body, "partialArgs", "partial_args"))
        more = _either(body, "willContinue", "will_continue") is True
        call = state.call
        goes_on = call is not None and (name is None or (name == call.name and ident == call.id and bool(parts and call.raw)))
        if not goes_on:
            if name is None and ident is None and not parts and not args:
                return  # an end of what has ended
            self._close(calls, state)
            call = state.call = calls.open(ident, name)
            state.parts = Parts()
        assert call is not None
        if call.id is None:
            call.id = ident
        for part in parts:
            try:
                calls.grow(call, state.parts.add(part))
            except PartError as error:
                calls.spoil(call, error)
        if args is not None and not (is_object(args) and not args):
            calls.whole_object(call, args)
        if not more:
            self._close(calls, state)

    def _close(self, calls: ToolCalls, state: Candidate) -> None:
        """The call that goes on has ended."""
        call = state.call
        if call is None:
            return
        state.call = None
        calls.grow(call, state.parts.close())
        if state.parts.scattered:
            try:
                calls.whole_object(call, state.parts.value())
            except PartError as error:
                calls.spoil(call, error)
        calls.end(call)


def _either(thing: Any, camel: str, snake: str) -> Any:
    found = field(thing, camel)
    return field(thing, snake) if found is None else found
