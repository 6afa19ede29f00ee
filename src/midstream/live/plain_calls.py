"""The tool calls of a response as plain lines."""

from __future__ import annotations

from collections.abc import Iterator

from ..status import MISSING
from ..toolcalls import ToolCall
from .calls import Calls, problem, verdict_text
from .members import as_container, member
from .progress import WIDTH, Progress
from .text import ends, path_text, value_text, visible

__all__ = ["CallsTeller"]

NAME = 60  # characters of a name or an id


class CallsTeller:
    """Tells what is new in the calls of a response: each line begins with the number and the name of its call."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self._seen = 0
        self._open: list[_CallTeller] = []

    def news(self) -> Iterator[str]:
        """What was not told yet. Costs what is new, and the number of open calls."""
        fresh = self.calls.calls[self._seen :]
        self._seen += len(fresh)
        self._open += map(_CallTeller, fresh)
        for teller in self._open:
            yield from teller.news()
        self._open = [teller for teller in self._open if teller.call.verdict is None]

    def summary(self) -> str:
        """How the stream ended, in one line."""
        calls = self.calls
        problem = f": {calls.problem}" if calls.problem else ""
        return f"{calls.state}{problem} ({calls.tally()}; {calls.meter.summary()})"


class _CallTeller:
    def __init__(self, call: ToolCall) -> None:
        self.call = call
        self._told = False
        self._progress = Progress(call.parser)

    def news(self) -> Iterator[str]:
        call = self.call
        name = "answer" if call.text else visible(ends(call.name or "", NAME, NAME // 2))
        sign = f"[{call.index}] {name}".rstrip()
        begun = call.arguments is not MISSING or call.verdict is not None
        if not self._told and (begun or name):
            self._told = True
            yield f"{sign} {visible(ends(call.id, NAME, NAME // 2))}" if call.id else sign
        if self._progress.parser is not call.parser:  # the full text has taken the place of the fragments
            self._progress = Progress(call.parser)
        for line in self._progress.lines(call.arguments):
            yield f"{sign} {line}"
        if call.verdict is not None:
            if rest := unfinished(call):
                yield f"{sign} {rest}"
            why = f": {problem(call.error)}" if call.error is not None else ""
            yield f"{sign} {', '.join(verdict_text(call))}{why}"


def unfinished(call: ToolCall) -> str:
    """A line for the string within which a call ended; empty if it did not end in one."""
    path, value = call.parser.path, call.arguments
    for key in path:
        container = as_container(value)
        value = MISSING if container is None else member(container, key, MISSING)
    if not isinstance(value, str) or call.parser.is_complete(path):
        return ""
    return f"{path_text(path)} … {value_text(value, WIDTH)} so far"
