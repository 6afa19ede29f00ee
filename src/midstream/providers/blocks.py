"""Content blocks, as Anthropic and Bedrock have them: a message is numbered blocks, each with a start, deltas and a stop."""

from __future__ import annotations

from .fields import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..toolcalls import ToolCall, ToolCalls

__all__ = ["Blocks"]


class Blocks:
    """The blocks of one message that are calls or answers."""

    def __init__(self) -> None:
        self.all: list[ToolCall] = []
        self.by_index: dict[int | None, ToolCall | None] = {}  # None: a block that is neither
        self._latest: ToolCall | None = None

    def begins(self, calls: ToolCalls, index: Any) -> None:
        """A block begins, of whatever kind."""
        calls.moved_on(self._latest)
        self.by_index[number(index)] = None

    def seen(self, index: Any) -> None:
        """An event of a block that may have had no start."""
        at = number(index)
        if at is not None:
            self.by_index.setdefault(at, None)

    def holds(self, index: Any, call: ToolCall) -> None:
        """The block is this call or answer."""
        self.by_index[number(index)] = self._latest = call
        self.all.append(call)

    def find(self, index: Any) -> ToolCall | None:
        """The block that an event belongs to: by its index, or the latest where there is none of that index."""
        return self.by_index.get(number(index), self._latest)

    def at(self, index: Any) -> ToolCall | None:
        """The block with this very index."""
        return self.by_index.get(number(index))
