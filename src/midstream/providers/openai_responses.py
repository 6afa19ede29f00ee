"""OpenAI Responses: ``response.function_call_arguments.delta`` and ``.done``, in ``response.output_item.added`` and ``.done``.

``.done`` has the full text, which wins. Custom tools take free text, which is not JSON: they are passed over.
"""

from __future__ import annotations

import json

from ..status import Status
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
        self._unnamed: set[int] = set()  # indexes of calls whose name or call_id has not come
        self._texts: dict[tuple[str | int | None, int | None], ToolCall] = {}

    def read(self, calls: ToolCalls, event: Any, name: str | None) -> None:
        """See `midstream.providers`."""
        kind = field(event, "type")
        if kind is None:
            kind = name
        if kind is None or kind == "message":
            kind = "error" if field(event, "error") else None  # without a type, and without the name of an event
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
                self._names(call, field(event, "call_id"), field(event, "name"))
                self._full(calls, call, text)
                if call.index not in self._unnamed:
                    calls.stop(call)
        elif kind == "response.output_item.added":
            self._item(calls, field(event, "item"), number(field(event, "output_index")))
        elif kind == "response.output_item.done":
            item, at = field(event, "item"), number(field(event, "output_index"))
            call = (self._known(item, at) or self._item(calls, item, at)) if _is_call(item) else None
            if call is not None:
                self._item_done(calls, call, item, False)
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
        ident = string(field(item, "id"))
        call = None
        if _is_call(item):
            name, called = string(field(item, "name")), string(field(item, "call_id"))
            call = self._by_item.get(ident) if ident is not None else self._by_output.get(at) if at is not None else None
            if call is None or not self._is_again(call, called, name, at):
                call = self._latest = calls.open(called or ident, name)
                self._all.append(call)
                if called is None or name is None:
                    self._unnamed.add(call.index)
            self._names(call, called, name)
            if call.parser.offset == 0:
                given = field(item, "arguments")
                if isinstance(given, str) and not _is_whole(given):
                    calls.grow(call, given, True)
                elif given:
                    calls.give(call, given)
        if ident is not None and ident not in self._shared:
            before = self._by_item.setdefault(ident, call)
            if before is not call:
                del self._by_item[ident]
                self._shared.add(ident)
        if at is not None:
            self._by_output[at] = call
        return call

    def _is_again(self, call: ToolCall, called: str | None, name: str | None, at: int | None) -> bool:
        """Does an item that begins say once more that a call has begun?"""
        if name != call.name and name is not None and call.name is not None:
            return False
        if called is not None and called == call.id:
            return at is None or self._by_output.get(at) is call
        other = called is not None and call.index not in self._unnamed
        return not other and call.verdict is None and call.parser.offset == 0

    def _names(self, call: ToolCall, called: Any, name: Any) -> None:
        """What an event calls its call: some servers tell it later than at its beginning."""
        called, name = string(called), string(name)
        if called is not None and self._by_call.setdefault(called, call) is not call:
            self._by_call[called] = None
        if call.index in self._unnamed and call.verdict is None:
            call.id, call.name = called or call.id, call.name or name
            if called is not None and call.name is not None:
                self._unnamed.discard(call.index)

    def _known(self, item: Any, at: int | None) -> ToolCall | None:
        """The call of an item, if it has begun."""
        called, ident, name = (string(field(item, key)) for key in ("call_id", "id", "name"))
        call = self._by_item.get(ident) if ident is not None else None
        if call is None and called is not None:
            call = self._by_call.get(called)
        if call is None and at is not None:
            call = self._by_output.get(at)
            if call is not None:
                other = called is not None and call.id is not None and called != call.id and call.index not in self._unnamed
                other = other or (name is not None and call.name not in (None, name))
                if other and not _is_of(call, item):
                    call = None  # an index that several items have
        return call

    def _item_done(self, calls: ToolCalls, call: ToolCall, item: Any, certain: bool) -> None:
        self._names(call, field(item, "call_id"), field(item, "name"))
        self._full(calls, call, field(item, "arguments"))
        if field(item, "status") in ("incomplete", "failed"):
            calls.end(call, False)
        elif certain:
            calls.end(call)
        else:
            calls.stop(call)

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
        item = string(field(event, "item_id"))
        key = (number(field(event, "output_index")) if item is None else item, number(field(event, "content_index")))
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
        reason = word(field(field(response, "incomplete_details"), "reason"))
        status = word(field(response, "status"))
        # some servers wrap any response in response.completed
        normal = kind == "response.completed" and reason is None and status not in ("incomplete", "failed", "cancelled")
        left = {call.index: call for call in self._all}  # not told of yet
        unknown: list[tuple[int, Any]] = []
        for at, item in enumerate(output):
            if not _is_call(item):
                continue
            call = self._known(item, at)
            if call is None:
                unknown.append((at, item))
            else:
                left.pop(call.index, None)
                self._item_done(calls, call, item, normal)
        if unknown:
            # under other ids, or none, than in the events before
            same: dict[tuple[str | None, str], list[ToolCall]] = {}
            for call in left.values():
                same.setdefault((call.name, call.raw.strip()), []).append(call)
            for at, item in unknown:
                text = field(item, "arguments")
                alike = same.get((field(item, "name"), text.strip())) if isinstance(text, str) else None
                call = alike.pop(0) if alike else self._item(calls, item, at)
                if call is not None:
                    self._item_done(calls, call, item, normal)
        for call in self._all:
            # what the output does not list may not have been a call without arguments
            calls.end(call, normal and not output and not self._lost)
        calls.finish(self._texts.values(), reason or status or kind.partition(".")[2], normal)
        calls.finish_stream()


def _is_call(item: Any) -> bool:
    kind = field(item, "type")
    return isinstance(kind, str) and kind in CALLS


def _is_of(call: ToolCall, item: Any) -> bool:
    """Is an item a call, by its name and its whole text or value?"""
    text = field(item, "arguments")
    if field(item, "name") != call.name or not isinstance(text, str):
        return False
    if text.strip() == call.raw.strip():
        return True
    try:
        return call.parser.status is Status.COMPLETE and bool(json.loads(text) == call.arguments)
    except (ValueError, RecursionError):
        return False


def _is_whole(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
