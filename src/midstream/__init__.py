"""JSON parsed while it arrives.

A `Parser` takes the fragments of a streamed JSON text once each and has the best-effort value ready after every one. It tells
what is complete (`Completed` and the other events), and what has changed (`Parser.patch`). `snapshots`, `events`, `items`,
`text`, `patches`, `documents` and `ijson_events` do that over an iterable or an async iterable of fragments, a `Dispatcher`
calls functions for it, and `loads` is for a text that is all there.

The modules `midstream.toolcalls`, for the streams of providers, and `midstream.sse` are loaded when they are first looked at.
"""

from ._core import Completed, Opened, Parser, Text
from .dispatch import Dispatcher, HandlerError
from .errors import ErrorKind, JSONStreamError, LimitExceeded, MalformedJSON, TruncatedJSON
from .event import Event
from .oneshot import loads
from .repairs import Repair, Repaired
from .status import MISSING, Missing, Status
from .streams import documents, events, ijson_events, items, patches, snapshots, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from . import sse as sse
    from . import toolcalls as toolcalls

__version__ = "0.1.0"

__all__ = [
    "MISSING",
    "Completed",
    "Dispatcher",
    "ErrorKind",
    "Event",
    "HandlerError",
    "JSONStreamError",
    "LimitExceeded",
    "MalformedJSON",
    "Missing",
    "Opened",
    "Parser",
    "Repair",
    "Repaired",
    "Status",
    "Text",
    "TruncatedJSON",
    "documents",
    "events",
    "ijson_events",
    "items",
    "loads",
    "patches",
    "snapshots",
    "text",
]


def __getattr__(name: str) -> "ModuleType":
    if name in {"sse", "toolcalls"}:
        from importlib import import_module

        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
