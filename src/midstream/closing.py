"""The end of a source of fragments: it is closed, if it can be."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["aclose", "close"]


def close(source: Any) -> None:
    """Calls ``source.close()`` if there is one, as generators and files have."""
    method = getattr(source, "close", None)
    if method is not None:
        method()


async def aclose(source: Any) -> None:
    """Awaits ``source.aclose()`` if there is one, as async generators have."""
    method = getattr(source, "aclose", None)
    if method is not None:
        await method()
