"""One stream being read: the parser, the meter, and how it went."""

from __future__ import annotations

import copy
from enum import Enum
from time import perf_counter

from .. import Completed, JSONStreamError, LimitExceeded, Parser, Status, TruncatedJSON
from .meter import Meter
from .text import visible

__all__ = ["Reading", "Verdict"]


class Verdict(Enum):
    """How a reading went; the value is the exit status of the command."""

    COMPLETE = 0
    MALFORMED = 1
    TRUNCATED = 2
    STOPPED = 130


class Reading:
    """Feeds a parser, times it, and keeps the error instead of raising it."""

    def __init__(self, *, multiple: bool = False) -> None:
        self.multiple = multiple
        self.parser = Parser("$" if multiple else None, multiple=multiple)
        self.meter = Meter()
        self.value: object = self.parser.value
        self.error: JSONStreamError | None = None
        self.ended = False
        self.documents = 0  # that have ended, of `multiple`
        self.fresh: list[object] = []  # the documents that ended with the latest fragment

    def feed(self, fragment: str | bytes) -> None:
        """One fragment. An error ends the reading."""
        parser = self.parser
        self.fresh = []
        began = perf_counter()
        try:
            events = parser.feed(fragment)
            if events:
                self.fresh = [event.value for event in events if isinstance(event, Completed)]
                parser.feed("")  # raises an error that was held back for the events
        except JSONStreamError as error:
            self.error = error
        self.value = parser.value
        self.meter.count(began, parser.offset)
        self.documents += len(self.fresh)
        if self.error is not None:
            self.stop()

    def close(self) -> None:
        """The end of the input."""
        if self.error is None:
            number = self.parser.status is Status.OPEN  # or an error: nothing else ends with the input
            self.fresh = []
            try:
                self.parser.close()
            except JSONStreamError as error:
                self.error = error
            self.value = self.parser.value
            if self.multiple and number and self.error is None:
                self.fresh = [self.value]
                self.documents += 1
        self.stop()

    def stop(self) -> None:
        """Nothing more will be read."""
        self.ended = True
        self.meter.end()

    def settled(self) -> bool:
        """Can the reading end here: is it over, or is what has come so far one whole document?"""
        if self.ended or self.parser.status is Status.COMPLETE:
            return not self.multiple or self.ended
        if self.multiple or self.parser.status is Status.EMPTY or isinstance(self.value, (dict, list, str)):
            return False
        try:  # a number at the root ends with the input
            copy.copy(self.parser).close()
        except JSONStreamError:
            return False
        return True

    @property
    def verdict(self) -> Verdict:
        """How it went, as far as it has gone."""
        if self.error is not None:
            return Verdict.TRUNCATED if isinstance(self.error, TruncatedJSON) else Verdict.MALFORMED
        whole = self.parser.status is Status.COMPLETE or (self.multiple and self.parser.status is Status.EMPTY)
        return Verdict.COMPLETE if whole else Verdict.STOPPED

    @property
    def state(self) -> str:
        """The same in a word or two, and where there is no verdict yet, what is going on."""
        if isinstance(self.error, TruncatedJSON):
            return "truncated"
        if isinstance(self.error, LimitExceeded):
            return "over a limit"
        if self.error is not None:
            return "malformed"
        if self.verdict is Verdict.COMPLETE and (self.ended or not self.multiple):
            return "complete"
        if self.ended:
            return "interrupted"
        return "open" if self.parser.status is Status.OPEN else "waiting"

    @property
    def problem(self) -> str:
        """The message of the error, made visible; empty if there is none."""
        return visible(self.error.message) if self.error is not None else ""
