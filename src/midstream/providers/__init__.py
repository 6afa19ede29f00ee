"""The wire formats of providers, one module each: what an event says about calls.

A module has a class `Reader` for one response. Its ``read(calls, event, name)`` takes one decoded event, and the name that the
event stream gave it, if it is known, and tells ``calls``, a `ToolCalls`, what has come. ``done(calls)`` is for the line
``[DONE]``. ``finished()`` says whether the stream has said how it ended, ``begins(event, name)`` whether an event begins another
response after that. None of them raises for what a provider sends.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from ..toolcalls import ToolCalls

    class _Reader(Protocol):
        """What `reader` returns makes one of these."""

        def read(self, calls: ToolCalls, event: Any, name: str | None) -> None: ...
        def begins(self, event: Any, name: str | None) -> bool: ...
        def done(self, calls: ToolCalls) -> None: ...
        def finished(self) -> bool: ...


__all__ = ["WIRES", "reader"]

WIRES = {
    "anthropic": "anthropic",
    "openai-chat": "openai_chat",
    "openai-responses": "openai_responses",
    "gemini": "gemini",
    "bedrock-converse": "bedrock",
}
"""Name of a wire -> module."""


def reader(wire: str) -> type[_Reader]:
    """The class for a wire. Raises ValueError for a name that is none."""
    module = WIRES.get(wire)
    if module is None:
        raise ValueError(f"no such wire: {wire!r}; there are {', '.join(WIRES)}")
    found: type[_Reader] = import_module(f".{module}", __name__).Reader
    return found
