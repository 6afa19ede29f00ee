"""Content blocks, as Anthropic and Bedrock have them: a message is numbered blocks, each with a start, deltas and a stop."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from ..status import Status
from ..toolcall import Verdict
from .fields import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..toolcalls import ToolCall, ToolCalls

__all__ = ["Blocks"]


class Blocks:
    """The blocks of one message that are calls or answers.

    astray: arguments have come that belong to none of them, so nobody can say of a call without text that it has no arguments.
    """

    def __init__(self) -> None:
        self.astray = False
        self.open: list[ToolCall] = []  # since `finish` was last called
        self.by_index: dict[int | None, ToolCall | None] = {}  # None: a block that is neither
        self._latest: ToolCall | None = None
        self._passed = 0  # of the open ones, how many began before the latest block
        self._stopped: set[int] = set()  # indexes of calls
        self._misled = False  # has an index been of no use?

    def begins(self, calls: ToolCalls, index: Any, ident: str | None = None) -> bool:
        """A block begins, of whatever kind. False if it is one that has begun already, and has no text yet."""
        before = self.by_index.get(number(index))
        if before is not None and ident is not None and before.id == ident and before.verdict is None and not before.raw:
            before._ended = -1
            return False
        calls.moved_on(self._latest)
        self._passed = len(self.open)
        self.by_index[number(index)] = None
        return True

    def seen(self, index: Any) -> None:
        """An event of a block that may have had no start."""
        at = number(index)
        if at is not None:
            self.by_index.setdefault(at, None)

    def holds(self, index: Any, call: ToolCall) -> None:
        """The block is this call or answer."""
        self.by_index[number(index)] = self._latest = call
        self.open.append(call)

    def grow(self, calls: ToolCalls, index: Any, fragment: Any) -> None:
        """Arguments, a piece of their text or all of them decoded.

        They go to the call with this index. If there is none, or it is over and this begins like a text, they go to the latest,
        where that has no text yet or indexes have been of no use before.
        """
        begins = not isinstance(fragment, str) or fragment.lstrip().startswith(("{", "["))
        call = self._place(number(index), begins) if fragment != "" else None
        if call is None:
            return
        if isinstance(fragment, str):
            calls.grow(call, fragment)
        else:
            calls.whole_object(call, fragment)

    def _place(self, at: int | None, begins: bool) -> ToolCall | None:
        call = self.by_index.get(at)
        if call is not None and not call.text and not (self._is_over(call) and (begins or self._misled)):
            return call
        latest = self._latest
        if (
            latest is not None
            and not latest.text
            and latest.verdict is None
            and latest._ended < 0
            and (at is None or self._misled or latest.parser.status is Status.EMPTY)
        ):
            self._misled = self._misled or at is not None
            return latest
        if not self.astray:
            self.astray = True
            for one in self.open:
                one._ended = -1
        return None if call is None or call.text else call

    def _is_over(self, call: ToolCall) -> bool:
        # one that has failed before its end still gets what comes of it
        return call.verdict is Verdict.COMPLETE or (call.verdict is not None and call.index in self._stopped)

    def say(self, calls: ToolCalls, index: Any, fragment: str) -> None:
        """A piece of an answer."""
        call = self._find(index)
        if call is not None and call.text:
            calls.grow(call, fragment)

    def stop(self, calls: ToolCalls, index: Any) -> None:
        """A block has ended."""
        call = self._find(index)
        if call is None:
            return
        self._stopped.add(call.index)
        if not (self.astray and calls.is_empty(call)):
            calls.stop(call)

    def _find(self, index: Any) -> ToolCall | None:
        at = number(index)
        if at in self.by_index:
            return self.by_index[at]
        return self._latest if at is None or self._misled else None

    def finish(self, calls: ToolCalls, reason: str | None, normal: bool) -> None:
        """The message has ended, and with it its blocks. normal: not for lack of tokens or the like."""
        ended, self.open = self.open, []
        for call in ended[: self._passed]:
            if calls.has_ended(call):  # before another block began: it was not cut
                calls.end(call)
        self._passed = 0
        calls.finish(ended, reason, normal and not self.astray)
