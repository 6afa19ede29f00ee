"""JSON parsed while it arrives.

A `Parser` takes the fragments of a streamed JSON text once each and has the best-effort value ready after every one. `snapshots`
and `documents` do that over an iterable or an async iterable of fragments, `loads` for a text that is all there.
"""

from ._core import Parser
from .errors import ErrorKind, JSONStreamError, LimitExceeded, MalformedJSON, TruncatedJSON
from .oneshot import loads
from .repairs import Repair, Repaired
from .status import MISSING, Missing, Status
from .streams import documents, snapshots

__version__ = "0.1.0"

__all__ = [
    "MISSING",
    "ErrorKind",
    "JSONStreamError",
    "LimitExceeded",
    "MalformedJSON",
    "Missing",
    "Parser",
    "Repair",
    "Repaired",
    "Status",
    "TruncatedJSON",
    "documents",
    "loads",
    "snapshots",
]
