"""One tool call while it is written, how it can end, and what is said of it on the way."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple, TypeAlias

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._core import Parser
    from .event import Event
    from .repairs import Repaired

__all__ = [
    "CallChanged",
    "CallCompleted",
    "CallFailed",
    "CallOpened",
    "ProviderError",
    "StreamEnded",
    "StreamFailed",
    "ToolCall",
    "UnfinishedStream",
    "Update",
    "Verdict",
]


class Verdict(str, Enum):
    """How a call ended. Only `COMPLETE` may be acted on."""

    COMPLETE = "complete"
    """The wire said that the call ended, and its text is one whole JSON document, or empty, which means ``{}``."""
    TRUNCATED = "truncated"
    """The text, or the stream, stopped before the call did."""
    MALFORMED = "malformed"
    """The text can't become JSON, or goes beyond a limit of `Parser`."""
    TRAILING = "trailing"
    """A whole document was followed by something else."""

    __str__ = str.__str__


class ProviderError(Exception):
    """The provider sent an error in the stream. message: its words. data: the event, decoded, as it came."""

    def __init__(self, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.data = data

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.data)


class UnfinishedStream(Exception):
    """The stream stopped without having said that it, or the call, has ended."""


BLOCK = 512  # fragments that are joined at a time


class ToolCall:
    """One tool call, or one answer in JSON (``text=True``). Its attributes are for reading.

    index: its position in `ToolCalls.calls`. id, name: as the wire gives them; None where it does not.
    text: is it a text answer and no call?
    verdict: None while it is open. error: why the verdict is not `COMPLETE`, None otherwise. On the wire "openai-responses",
    whose full text may still correct the fragments, the error of malformed text is there before the verdict.
    parser: the parser of this call, to read `Parser.path`, `Parser.is_complete`, `Parser.snapshot`, `Parser.patch` from.
    overruled: the text of the fragments, where a full text that differed came after them and took their place; None otherwise.
    """

    __slots__ = (
        "_blocks",
        "_ended",
        "_given",
        "_pieces",
        "_stripped",
        "error",
        "id",
        "index",
        "name",
        "overruled",
        "parser",
        "text",
        "verdict",
    )

    index: int
    id: str | None
    name: str | None
    text: bool
    parser: Parser
    verdict: Verdict | None
    error: Exception | None
    overruled: str | None
    _pieces: list[str]  # fragments that came last
    _blocks: list[str]  # those before, joined: as many objects as fragments would take many times the text's memory
    _stripped: str | None
    _ended: int  # where the wire has ended it, if the verdict waits for what comes next, else -1: bytes of the text
    _given: Any  # arguments that it began with, which count if no others come

    def __init__(self, parser: Parser, id: str | None, name: str | None, text: bool) -> None:  # noqa: A002
        self.index = -1
        self.id = id
        self.name = name
        self.text = text
        self.parser = parser
        self.verdict = None
        self.error = None
        self.overruled = None
        self._pieces = []
        self._blocks = []
        self._ended = -1
        self._given = None
        self._stripped = None

    @property
    def arguments(self) -> Any:
        """The arguments so far, live (`Parser.value`), `MISSING` before they begin; ``{}`` for a call that ended without any."""
        return self.parser.value

    @property
    def raw(self) -> str:
        """The text of the arguments as it came, also what came after the verdict. Arguments sent as an object are JSON text here.

        Cost: the length of the text, once after each change.
        """
        if self._pieces or len(self._blocks) != 1:
            self._blocks[:] = ["".join([*self._blocks, *self._pieces])]
            self._pieces.clear()
        return self._blocks[0]

    @property
    def stripped(self) -> str:
        """The text of a whole call without the blanks around it. Cost: its length, once."""
        if self._stripped is None:
            self._stripped = self.raw.strip()
        return self._stripped

    def _join_block(self) -> None:
        self._blocks.append("".join(self._pieces))
        self._pieces.clear()

    def _forget(self) -> None:
        self._pieces.clear()
        self._blocks.clear()
        self._stripped = None

    @property
    def repairs(self) -> tuple[Repaired, ...]:
        """What was mended in the text: `Parser.repairs`."""
        return self.parser.repairs

    def __repr__(self) -> str:
        verdict = "open" if self.verdict is None else self.verdict.value
        return f"<ToolCall {self.index} {'text' if self.text else repr(self.name)} {verdict}>"


class CallOpened(NamedTuple):
    """A call has begun. Its name may come later, on wires that send it later."""

    call: ToolCall


class CallChanged(NamedTuple):
    """A call's text has grown. events: those of the watched values, in order; ``()`` where there are none."""

    call: ToolCall
    events: Sequence[Event]


class CallCompleted(NamedTuple):
    """A call has ended and is whole: the one update that may be acted on. arguments: they don't change any more."""

    call: ToolCall
    arguments: Any


class CallFailed(NamedTuple):
    """A call is over and can't be acted on; `ToolCall.verdict` says how that is, error (also `ToolCall.error`) why."""

    call: ToolCall
    error: Exception


class StreamEnded(NamedTuple):
    """The response said that it has ended. reason: the stop reason in the wire's own word, None where it gave none.

    Nothing comes after it, unless another response begins in the same stream; that has an end of its own.
    """

    reason: str | None


class StreamFailed(NamedTuple):
    """The stream broke off.

    error: what was given to `ToolCalls.close`, `ProviderError`, `UnfinishedStream`, or `sse.EventTooLarge`.
    calls: those that were open, each of which has had its `CallFailed`, or `CallCompleted` if it had ended.
    """

    error: BaseException
    calls: tuple[ToolCall, ...]


Update: TypeAlias = CallOpened | CallChanged | CallCompleted | CallFailed | StreamEnded | StreamFailed


_tuple: Any = tuple


def _equal(self: Any, other: Any) -> bool:
    return type(self) is type(other) and bool(_tuple.__eq__(self, other))


def _unequal(self: Any, other: Any) -> bool:
    return not _equal(self, other)


# Updates of two kinds are not the same, whatever they hold. A NamedTuple takes no methods of that name from its body.
for _kind in (CallOpened, CallChanged, CallCompleted, CallFailed, StreamEnded, StreamFailed):
    _methods: Any = _kind
    _methods.__eq__, _methods.__ne__, _methods.__hash__ = _equal, _unequal, _tuple.__hash__
