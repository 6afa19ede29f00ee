"""Gemini ``generateContent``: calls that come whole, ``functionCall.args``, and in parts, ``functionCall.partialArgs``.

Names are those of the JSON; the SDK's objects have them in snake case, and both are read. In parts, a call goes on for as
long as ``willContinue`` is true; its end may also be an empty ``functionCall``, or be missing.
"""

from __future__ import annotations

from ..status import Status
from .fields import error_message, field, is_object, is_plain, items, number, string, word
from .parts import PartError, Parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..toolcalls import ToolCall, ToolCalls

__all__ = ["Reader"]

NORMAL = {"STOP"}


class Going:
    """A call that goes on."""

    def __init__(self, call: ToolCall) -> None:
        self.call = call
        self.parts = Parts()


class Candidate:
    """One of the answers of a response."""

    def __init__(self) -> None:
        self.latest: Going | None = None
        self.by_id: dict[str, Going] = {}
        self.text: ToolCall | None = None


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
        going = list(state.by_id.values())
        if state.latest is not None and state.latest not in going:
            going.append(state.latest)
        if normal:
            for one in going:
                self._close(calls, state, one)
        ended = [one.call for one in going]
        text = state.text
        # a first generation of models said STOP in every event: text that is open may go on, to the end of the stream
        if text is not None and (not normal or text.parser.status is Status.COMPLETE):
            ended.append(text)
        calls.finish(ended, reason, normal)
        state.latest = None
        state.by_id.clear()

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
        going = self._which(state, name, ident, parts)
        if going is None:
            if name is None and (ident is None or state.latest is not None) and not args:
                return  # an end of what has ended, or a part of what nobody has seen begin
            latest = state.latest
            if latest is not None and (ident is None or latest.call.id is None):
                self._close(calls, state, latest)
            calls.moved_on(None if latest is None else latest.call)
            going = state.latest = Going(calls.open(ident, name))
        if going.call.id is None:
            going.call.id = ident
        if ident is not None:
            state.by_id[ident] = going
        for part in parts:
            try:
                calls.grow(going.call, going.parts.add(part))
            except PartError as error:
                calls.spoil(going.call, error.with_traceback(None))
        if args is not None and not (is_object(args) and not args):
            calls.whole_object(going.call, args)
            going.parts = Parts()
        if not more:
            self._close(calls, state, going)

    def _which(self, state: Candidate, name: str | None, ident: str | None, parts: Sequence[Any]) -> Going | None:
        """The call that a part of a response goes on with; None if there is none."""
        going = state.by_id.get(ident) if ident is not None else None
        if going is None:
            going = state.latest
            if going is None or (ident is not None and going.call.id not in (None, ident)):
                return None
        if name is None:
            return going
        # the next call, unless a call says its name with each part
        call = going.call
        same = name == call.name and ident == call.id and bool(parts) and not going.parts.is_another(parts[0])
        return going if same else None

    def _close(self, calls: ToolCalls, state: Candidate, going: Going) -> None:
        """A call that goes on has ended."""
        call = going.call
        if state.latest is going:
            state.latest = None
        if call.id is not None:
            state.by_id.pop(call.id, None)
        calls.grow(call, going.parts.close())
        if going.parts.scattered and not going.parts.unended:
            try:
                calls.whole_object(call, going.parts.value())
            except PartError as error:
                calls.spoil(call, error.with_traceback(None))
        calls.end(call)


def _either(thing: Any, camel: str, snake: str) -> Any:
    found = field(thing, camel)
    return field(thing, snake) if found is None else found
