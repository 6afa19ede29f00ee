"""Content blocks, as Anthropic and Bedrock have them: a message is numbered blocks, each with a start, deltas and a stop."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from ..status import Status
from .fields import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..toolcalls import ToolCall, ToolCalls

__all__ = ["Blocks"]


class Blocks:
    """The blocks of one message that are calls or answers."""

    def __init__(self) -> None:
        self.open: list[ToolCall] = []  # since `finished` was last called
        self.by_index: dict[int | None, ToolCall | None] = {}  # None: a block that is neither
        self._latest: ToolCall | None = None
        self._astray = False  # has an index been of no use?

    def begins(self, calls: ToolCalls, index: Any, ident: str | None = None) -> bool:
        """A block begins, of whatever kind. False if it is one that has begun already, and has no text yet."""
        before = self.by_index.get(number(index))
        again = before is not None and ident is not None and before.id == ident
        if again and before is not None and before.verdict is None and not before.raw:
            before._ended = False
            return False
        calls.moved_on(self._latest)
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

    def find(self, index: Any) -> ToolCall | None:
        """The block that an event belongs to: by its index; the latest where it has none, or the indexes are no use."""
        at = number(index)
        if at in self.by_index:
            return self.by_index[at]
        latest = self._latest
        if latest is None or latest._ended:
            return None
        if at is not None and not self._astray:
            if latest.parser.status is not Status.EMPTY:
                return None  # text has come by another index: this is one of a block that nobody saw begin
            self._astray = True
        return latest

    def at(self, index: Any) -> ToolCall | None:
        """The block with this very index."""
        return self.by_index.get(number(index))

    def finished(self) -> list[ToolCall]:
        """The blocks that end with the message."""
        ended, self.open = self.open, []
        return ended
