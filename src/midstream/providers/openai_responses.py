"""OpenAI Responses: ``response.function_call_arguments.delta`` and ``.done``, in ``response.output_item.added`` and ``.done``.

``.done`` has the full text, which wins. Custom tools take free text, which is not JSON: they are passed over.
"""

from __future__ import annotations

from .fields import error_message, field, is_object, items, number, string, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..toolcalls import ToolCall, ToolCalls

__all__ = ["Reader"]

CALLS = {"function_call", "mcp_call"}
DELTAS = {"response.function_call_arguments.delta", "response.mcp_call_arguments.delta"}
FULL = {"response.function_call_arguments.done", "response.mcp_call_arguments.done"}


class Reader:
    """One response."""

    def __init__(self) -> None:
        self._by_item: dict[str, ToolCall | None] = {}  # None: an item that is no call
        self._by_output: dict[int, ToolCall | None] = {}
        self._by_call: dict[str, ToolCall | None] = {}  # None: a call_id that several calls have
        self._latest: ToolCall | None = None
        self._all: list[ToolCall] = []
        self._shared: set[str] = set()  # ids of items that several calls have
        self._lost = False  # has anything come of an item that nothing is known of?
        self._given: dict[int, Any] = {}  # index of a call -> the arguments that it began with
        self._texts: dict[tuple[str | None, int | None], ToolCall] = {}

    def read(self, calls: ToolCalls, event: Any, name: str | None) -> None:
        """See `midstream.providers`."""
        kind = field(event, "type")
        if kind is None:
            kind = name
        if not isinstance(kind, str):
            return
        if kind in DELTAS:
            call = self._find(event, None)
            if call is not None:
                self._grow(calls, call, field(event, "delta"))
        elif kind == "response.output_text.delta":
            self._text(calls, event, field(event, "delta"), False)
        elif kind == "response.output_text.done":
            self._text(calls, event, field(event, "text"), True)
        elif kind in FULL:
            text = field(event, "arguments")
            call = self._find(event, text if isinstance(text, str) else "")
            if call is not None:
                self._full(calls, call, text)
                calls.stop(call)
        elif kind == "response.output_item.added":
            self._item(calls, field(event, "item"), number(field(event, "output_index")))
        elif kind == "response.output_item.done":
            self._item_done(calls, field(event, "item"), number(field(event, "output_index")))
        elif kind in {"response.completed", "response.incomplete"}:
            self._over(calls, field(event, "response"), kind)
        elif kind == "response.created":
            calls.start_again()
            vars(self).update(vars(Reader()))
        elif kind in {"response.failed", "response.cancelled", "error"}:
            error = field(field(event, "response"), "error") or field(event, "error")
            calls.fail(error_message(event if error is None else error), event)

    def begins(self, event: Any, name: str | None) -> bool:
        """See `midstream.providers`."""
        return bool(field(event, "type") == "response.created")

    def done(self, calls: ToolCalls) -> None:
        """Not of this wire, but some gateways send it: ``response.completed`` is what counts."""

    def finished(self) -> bool:
        """See `midstream.providers`."""
        return False

    def _find(self, event: Any, text: str | None) -> ToolCall | None:
        """The call of an event. text: the full text that the event has, None if it has a fragment."""
        item = string(field(event, "item_id"))
        if item in self._by_item:
            return self._by_item[item]
        at = number(field(event, "output_index"))
        if at in self._by_output:
            return self._by_output[at]
        call = self._latest
        if call is not None and at is None:
            if text is None or item is None:
                return call
            if 0 < call.parser.offset <= 4 * len(text) and text.startswith(call.raw):
                return call
        self._lost = True
        return None

    def _item(self, calls: ToolCalls, item: Any, at: int | None) -> ToolCall | None:
        kind, ident = field(item, "type"), string(field(item, "id"))
        call = None
        if isinstance(kind, str) and kind in CALLS:
            name, called = string(field(item, "name")), string(field(item, "call_id"))
            call = self._by_item.get(ident) if ident is not None else self._by_output.get(at) if at is not None else None
            once_more = call is not None and call.name == name and call.verdict is None and not call.raw
            if call is None or not once_more:
                call = self._latest = calls.open(called or ident, name)
                self._all.append(call)
                if called is not None:
                    self._by_call[called] = None if called in self._by_call else call
            given = field(item, "arguments")
            if given:
                self._given[call.index] = given
        if ident is not None and ident not in self._shared:
            before = self._by_item.setdefault(ident, call)
            if before is not call:
                del self._by_item[ident]
                self._shared.add(ident)
        if at is not None:
            self._by_output[at] = call
        return call

    def _known(self, item: Any, at: int | None) -> ToolCall | None:
        """The call of an item, if it has begun."""
        called, ident, name = (string(field(item, key)) for key in ("call_id", "id", "name"))
        call = self._by_item.get(ident) if ident is not None else None
        if call is None and called is not None:
            call = self._by_call.get(called)
        if call is None and at is not None:
            call = self._by_output.get(at)
            if call is not None and (called != call.id if called is not None and call.id is not None else name != call.name):
                call = None  # an index that several items have
        return call

    def _item_done(self, calls: ToolCalls, item: Any, at: int | None) -> None:
        kind = field(item, "type")
        if not isinstance(kind, str) or kind not in CALLS:
            return
        call = self._known(item, at) or self._item(calls, item, at)
        if call is not None:
            self._full(calls, call, field(item, "arguments"))
            self._end(calls, call, field(item, "status") not in ("incomplete", "failed"))

    def _end(self, calls: ToolCalls, call: ToolCall, certain: bool) -> None:
        given = self._given.pop(call.index, None)
        if given is not None and not call.raw:
            self._full(calls, call, given)
        calls.end(call, certain)

    def _grow(self, calls: ToolCalls, call: ToolCall, fragment: Any) -> None:
        if isinstance(fragment, str):
            calls.grow(call, fragment, True)
        elif fragment is not None:
            calls.whole_object(call, fragment)

    def _full(self, calls: ToolCalls, call: ToolCall, text: Any) -> None:
        if isinstance(text, str):
            calls.whole(call, text)
        elif is_object(text) or (text is not None and not call.raw):
            calls.whole_object(call, text)

    def _text(self, calls: ToolCalls, event: Any, text: Any, full: bool) -> None:
        if not calls.takes_text or not isinstance(text, str):
            return
        key = (string(field(event, "item_id")), number(field(event, "content_index")))
        call = self._texts.get(key)
        if call is None:
            call = calls.open_text()
            if call is None:
                return
            self._texts[key] = call
        if full:
            calls.whole(call, text)
            calls.end(call)
        else:
            calls.grow(call, text, True)

    def _over(self, calls: ToolCalls, response: Any, kind: str) -> None:
        """The response as a whole: calls that it alone tells of, and how it ended."""
        output = items(field(response, "output"))
        told = {(call.name, call.raw.strip()) for call in self._all}
        for at, item in enumerate(output):
            arguments = field(item, "arguments")
            nameless = field(item, "id") is None and field(item, "call_id") is None
            if not (nameless and isinstance(arguments, str) and (field(item, "name"), arguments.strip()) in told):
                self._item_done(calls, item, at)
        normal = kind == "response.completed"
        reason = word(field(field(response, "incomplete_details"), "reason"))
        if reason is None:
            reason = word(field(response, "status")) or kind.partition(".")[2]
        for call in self._all:
            # what the output does not list may not have been a call without arguments
            self._end(calls, call, normal and not output and not self._lost)
        calls.finish(self._texts.values(), reason, normal)
        calls.finish_stream()
