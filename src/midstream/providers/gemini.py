"""Gemini ``generateContent``: calls that come whole, ``functionCall.args``, and in parts, ``functionCall.partialArgs``.

Names are those of the JSON; the SDK's objects have them in snake case, and both are read. In parts, a call goes on for as
long as ``willContinue`` is true; its end may also be an empty ``functionCall``, or be missing.
"""

from __future__ import annotations

from ..status import Status
from ..toolcall import UnfinishedStream
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
        self.args = False  # have its arguments come as an object?


class Candidate:
    """One of the answers of a response."""

    def __init__(self) -> None:
        self.latest: Going | None = None
        self.by_id: dict[str, Going] = {}
        self.ended: dict[str, ToolCall] = {}  # the latest with an id
        self.text: ToolCall | None = None


class Reader:
    """One response. It has no event for its end: that is where ``close`` is called."""

    def __init__(self) -> None:
        self._candidates: dict[int, Candidate] = {}
        self._reason: str | None = None

    def read(self, calls: ToolCalls, event: Any, name: str | None) -> None:
        """See `midstream.providers`."""
        for one in items(event) or (event,):  # without ?alt=sse a response is one array
            candidates = field(one, "candidates")
            if candidates is None:
                inner = field(one, "response")  # an envelope, of Code Assist
                one = one if inner is None else inner
                candidates = field(one, "candidates")
            for candidate in items(candidates):
                self._candidate(calls, candidate)
            blocked = _reason(_either(_either(one, "promptFeedback", "prompt_feedback"), "blockReason", "block_reason"))
            if blocked is not None:
                self._reason = calls.reason = blocked
            error = field(one, "error")
            if error:
                calls.fail(error_message(error), one)
                break

    def _candidate(self, calls: ToolCalls, candidate: Any) -> None:
        at = number(field(candidate, "index")) or 0
        state = self._candidates.get(at)
        if state is None:
            state = self._candidates[at] = Candidate()
        reason = _reason(_either(candidate, "finishReason", "finish_reason"))
        certain = reason is None or reason in NORMAL
        for part in items(field(field(candidate, "content"), "parts")):
            self._part(calls, state, part, certain)
        if reason is not None:
            self._finish(calls, state, reason)

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
        for one in going:
            if normal:
                self._close(calls, state, one)
            else:
                calls.cut(one.call, UnfinishedStream(f"the response ended before the call did: {reason}"))
        text = state.text
        ended: list[ToolCall] = []
        # a first generation of models said STOP in every event: text that is open may go on, to the end of the stream
        if text is not None and (not normal or text.parser.status is Status.COMPLETE):
            ended.append(text)
        calls.finish(ended, reason, normal)
        state.latest = None
        state.by_id.clear()

    def _part(self, calls: ToolCalls, state: Candidate, part: Any, certain: bool) -> None:
        call, text = _either(part, "functionCall", "function_call"), field(part, "text")
        if not isinstance(text, str):
            text = ""
        # the objects of protobuf have a call in each part, an empty one
        if call is not None and not is_plain(call) and not (text and string(field(call, "name")) is None):
            self._call(calls, state, call, certain)
        elif text and not field(part, "thought"):
            if state.text is None:
                state.text = calls.open_text()
            if state.text is not None:
                calls.grow(state.text, text)

    def _call(self, calls: ToolCalls, state: Candidate, body: Any, certain: bool) -> None:
        """certain: nothing says that the response has been cut here."""
        name, ident = string(field(body, "name")), string(field(body, "id"))
        args = field(body, "args")
        if is_object(args) and not args:
            args = None
        parts = items(_either(body, "partialArgs", "partial_args"))
        more = _either(body, "willContinue", "will_continue") is True
        going = self._which(state, name, ident, args, parts)
        if going is None:
            if name is None and (ident is None or state.latest is not None) and not args:
                return  # an end of what has ended, or a part of what nobody has seen begin
            if self._repeats(calls, state, name, ident, args, parts):
                return
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
        if args is not None:
            calls.whole_object(going.call, args)
            going.parts = Parts()
            going.args = True
        if not more:
            self._close(calls, state, going, certain)

    def _which(self, state: Candidate, name: str | None, ident: str | None, args: Any, parts: Sequence[Any]) -> Going | None:
        """The call that a part of a response goes on with; None if there is none."""
        going = state.by_id.get(ident) if ident is not None else None
        if going is not None:
            return going if name in (None, going.call.name) else None
        going = state.latest
        if going is None or (ident is not None and going.call.id not in (None, ident)):
            return None
        if name is None:
            return going
        # the next call, unless a call says its name with each part
        call = going.call
        more = going.args if args is not None else bool(parts) and not going.parts.is_another(parts[0])
        return going if name == call.name and ident == call.id and more else None

    def _repeats(
        self, calls: ToolCalls, state: Candidate, name: str | None, ident: str | None, args: Any, parts: Sequence[Any]
    ) -> bool:
        """Is it a call that has ended, or its end, once more?"""
        call = state.ended.get(ident) if ident is not None else None
        if call is None or parts or name not in (None, call.name):
            return False
        return args is None or calls.says(call, args)

    def _close(self, calls: ToolCalls, state: Candidate, going: Going, certain: bool = True) -> None:
        """A call that goes on has ended."""
        call = going.call
        if state.latest is going:
            state.latest = None
        if call.id is not None:
            state.by_id.pop(call.id, None)
            state.ended[call.id] = call
        calls.grow(call, going.parts.close())
        if going.parts.scattered and not going.parts.unended:
            try:
                calls.whole_object(call, going.parts.value())
            except PartError as error:
                calls.spoil(call, error.with_traceback(None))
        calls.end(call, certain or not calls.is_empty(call))


def _reason(value: Any) -> str | None:
    """A word that says why; None if it says nothing."""
    found = word(value)
    return None if found is None or found.endswith("_UNSPECIFIED") else found


def _either(thing: Any, camel: str, snake: str) -> Any:
    found = field(thing, camel)
    return field(thing, snake) if found is None else found
