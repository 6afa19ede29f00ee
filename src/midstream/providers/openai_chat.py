"""OpenAI Chat Completions, and what the many that speak it make of it.

A delta belongs to a call by its id, then by its index, then because that call is the latest. Each of these is missing, constant,
wrong or new in every chunk somewhere, and so is the name. What decides then is whether the call that it would go to is whole:
whole text grows no further.
"""

from __future__ import annotations

from ..status import Status
from .fields import error_message, field, is_plain, items, number, string, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..toolcalls import ToolCall, ToolCalls

__all__ = ["Reader"]

# finish reasons after which a call without text is a call without arguments, and not one that was cut
CALLED = {"tool_calls", "function_call", "tool_use"}
# the same, but what is not whole waits for the end of the stream: some servers say this in every chunk
STOPPED = {"stop", "end_turn", "eos", "eos_token", "stop_sequence", "COMPLETE", "STOP"}

LONGEST_NAME = 256  # of one that comes in pieces


class Choice:
    """One of the answers of a response: its calls, as the deltas name them."""

    def __init__(self) -> None:
        self.latest: ToolCall | None = None
        self.open: list[ToolCall] = []  # since the latest finish_reason
        self.by_id: dict[str, ToolCall | None] = {}  # None: an id that several calls have
        self.by_index: dict[int, ToolCall] = {}
        self.text: ToolCall | None = None
        self.finished = False

    def find(self, ident: str | None, index: int | None, name: str | None, fragment: str, given: Any) -> ToolCall | None:
        """The call that a delta goes on with; None if it begins another. given: its arguments, if they are decoded."""
        known = self.by_id.get(ident) if ident else None
        at = self.by_index.get(index) if index is not None else None
        begins = fragment.lstrip()[:1] in ("", "{", "[")  # may a text begin so?
        if known is not None:
            if name is None or not begins:
                return known
            if (index is not None and at is None) or _again(known, fragment, given):
                return None  # a constant id
            same = name == known.name or known.name is None or is_name_in_pieces(known, fragment)
            return known if same else None
        if ident and ident not in self.by_id:
            call = self.latest if index is None else at
            if call is None or name is None:
                return call  # no name: an id that is new in every chunk
            goes_on = call.parser.status is Status.OPEN and (index is not None or not begins)
            return call if name == call.name and goes_on else None
        if at is not None:
            if name is None or at.name is None:
                return at
            if name != at.name:
                return at if is_name_in_pieces(at, fragment) else None
            return None if _again(at, fragment, given) else at
        latest = self.latest
        if latest is None or name is None:
            return latest
        if index is not None:
            return None
        return latest if name == latest.name and (not _whole(latest) or _repeats(latest, fragment, given)) else None

    def doubtful(self, ident: str | None, index: int | None, name: str | None, fragment: str) -> ToolCall | None:
        """A call without text that may be meant where another begins: nobody can say then that it has no arguments."""
        if index is None and ident:
            return None  # ids alone tell them apart
        call = self.latest if index is None else self.by_index.get(index)
        if call is None and ident:
            call = self.by_id.get(ident)
        if call is None or call.parser.status is not Status.EMPTY or not fragment.lstrip().startswith(("{", "[")):
            return None
        return call if call.name == name or (ident is None and index is not None) else None

    def knows(self, call: ToolCall, ident: str | None, index: int | None) -> None:
        """What the deltas of a call call it."""
        if ident and self.by_id.setdefault(ident, call) is not call:
            self.by_id[ident] = None
        if index is not None:
            self.by_index[index] = call


class Reader:
    """One response."""

    def __init__(self) -> None:
        self._choices: dict[int, Choice] = {}

    def read(self, calls: ToolCalls, event: Any, name: str | None) -> None:
        """See `midstream.providers`."""
        try:  # most events by far, read in half the time: nothing in it but the next fragment of a known call
            (choice,) = event["choices"]
            (delta,) = choice["delta"]["tool_calls"]
            function = delta["function"]
            fragment, at, index = function["arguments"], choice["index"], delta["index"]
            if not (
                choice["finish_reason"]
                or "id" in delta
                or "name" in function
                or "error" in event
                or type(fragment) is not str
                or type(at) is not int
                or type(index) is not int
                or calls.takes_text
            ):
                call = self._choices[at].by_index[index]
                if call.parser.status is not Status.COMPLETE:
                    calls.grow(call, fragment)
                    return
        except (KeyError, TypeError, ValueError):
            pass
        choices = field(event, "choices")
        if choices is None and field(event, "type") == "chunk":  # an event of the SDK's helper, which has it in an attribute
            event = field(event, "chunk")
            choices = field(event, "choices")
        error = field(event, "error") or field(field(event, "x_groq"), "error")
        if choices is None and field(event, "object") == "error":  # as of older servers of vLLM
            error = event
        for choice in items(choices):
            if is_plain(choice):
                continue
            at = number(field(choice, "index")) or 0
            state = self._choices.get(at)
            if state is None:
                state = self._choices[at] = Choice()
            delta = field(choice, "delta")
            if delta is None:
                delta = field(choice, "message")  # of a server that does not stream
            deltas = field(delta, "tool_calls")
            if deltas:
                for call in items(deltas):
                    function = field(call, "function")
                    if function is not None or field(call, "custom") is None:  # which takes free text
                        self._call(calls, state, field(call, "id"), field(call, "index"), function)
            elif (function := field(delta, "function_call")) is not None:
                self._call(calls, state, None, None, function)
            if calls.takes_text:
                self._text(calls, state, field(delta, "content"))
            error = error or field(choice, "error")
            reason = word(field(choice, "finish_reason"))
            if reason is not None and reason != "null" and not error:
                self._finish(calls, state, reason)
        if error:
            calls.fail(error_message(error), event)

    def _finish(self, calls: ToolCalls, choice: Choice, reason: str) -> None:
        choice.finished = True
        ended, choice.open = choice.open, []
        if reason in STOPPED:
            for call in ended:
                if call.verdict is None and not _whole(call):
                    calls.wait(call)
                    choice.open.append(call)
            ended = [call for call in ended if _whole(call)]
        if choice.text is not None:
            ended.append(choice.text)
        calls.finish(ended, reason, reason in CALLED or reason in STOPPED)

    def begins(self, event: Any, name: str | None) -> bool:
        """See `midstream.providers`."""
        return False

    def done(self, calls: ToolCalls) -> None:
        """``[DONE]`` ends what no finish_reason has ended."""
        for choice in self._choices.values():
            if choice.text is not None:
                calls.end(choice.text)
        calls.finish_stream()

    def finished(self) -> bool:
        """See `midstream.providers`."""
        choices = self._choices.values()
        return bool(choices) and all(choice.finished for choice in choices)

    def _call(self, calls: ToolCalls, choice: Choice, ident: Any, index: Any, function: Any) -> None:
        ident = string(str(ident) if isinstance(ident, int) else ident)
        if ident == "null":
            ident = None
        index = number(index)
        name = string(field(function, "name"))
        given = field(function, "arguments")
        fragment = given if isinstance(given, str) else "" if given is None else "{"
        whole = given is not None and not isinstance(given, str)
        call = choice.find(ident, index, name, fragment, given if whole else None)
        if call is None:
            if ident is None and name is None and not fragment:
                return
            doubtful = choice.doubtful(ident, index, name, fragment)
            if doubtful is not None:
                calls.end(doubtful, False)
            calls.moved_on(choice.latest)
            call = choice.latest = calls.open(ident, name)
            choice.open.append(call)
        elif call.name is None and call.verdict is None:
            call.name = name
        elif name is not None and name != call.name and is_name_in_pieces(call, fragment):
            call.name = name if name.startswith(call.name or "") else f"{call.name}{name}"[:LONGEST_NAME]
        choice.knows(call, ident, index)
        if call.id is None:
            call.id = ident
        if fragment and _whole(call) and _repeats(call, fragment, given if whole else None):
            return
        if fragment.startswith("{") and _is_placeholder(call):
            calls.begin_again(call)
        if whole:
            calls.whole_object(call, given)
        else:
            calls.grow(call, fragment)

    def _text(self, calls: ToolCalls, choice: Choice, content: Any) -> None:
        if not isinstance(content, str):
            content = "".join(text for part in items(content) if isinstance(text := field(part, "text"), str))
        if not content:
            return
        if choice.text is None:
            choice.text = calls.open_text()
        if choice.text is not None:
            calls.grow(choice.text, content)


def is_name_in_pieces(call: ToolCall, fragment: str) -> bool:
    """Can another name at the index of a call be a piece of its name?"""
    return call.verdict is None and call.parser.status is Status.EMPTY and not fragment.strip()


def _whole(call: ToolCall) -> bool:
    return call.parser.status is Status.COMPLETE


def _is_placeholder(call: ToolCall) -> bool:
    """Is the text so far what some gateways send before they know it?"""
    return call.verdict is None and call.parser.offset == 2 and call.raw == "{}"


def _again(call: ToolCall, fragment: str, given: Any) -> bool:
    """Does a fragment that comes with the name of a call begin another one?"""
    return _whole(call) and bool(fragment.strip()) and not _repeats(call, fragment, given)


def _repeats(call: ToolCall, fragment: str, given: Any) -> bool:
    """Does a fragment, or what is given decoded, hold the whole text once more? call: one that is whole."""
    if given is not None:
        return bool(call.arguments == given)
    fragment = fragment.strip()
    return bool(fragment) and fragment == call.stripped
