"""What `Parser.feed` returns, for annotations and `isinstance`."""

from __future__ import annotations

from ._core import Completed, Opened, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

__all__ = ["Completed", "Event", "Opened", "Text"]

Event: TypeAlias = Opened | Text | Completed
"""An event of a watched value."""
