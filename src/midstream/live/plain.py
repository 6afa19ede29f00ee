"""A value growing as plain lines, for a pipe, a file or a log; or the values of several tool calls.

One line for each value that has been read to its end, in the order of the document, and one whenever a string that is
still open has doubled its length. Of several documents, one line for each.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TextIO

from .calls import Calls
from .plain_calls import CallsTeller
from .progress import WIDTH, Progress
from .reading import Reading, Verdict
from .text import count, path_text, value_text, visible

__all__ = ["Lines"]


class Lines:
    """Writes what is new in readings, one reading after another."""

    paced = False

    def __init__(self, out: TextIO) -> None:
        self.out = out

    @contextmanager
    def shown(self) -> Generator[None, None, None]:
        """Lines need no preparation."""
        yield

    def begin(self, reading: Reading | Calls, title: str, note: str, total: int) -> None:
        """A line that says what is read."""
        self._teller = CallsTeller(reading) if isinstance(reading, Calls) else ValueTeller(reading)
        self._write(f"# {visible(f'{title}: {note}' if note else title)}")
        self.out.flush()

    def refresh(self, *, now: bool = False) -> None:
        """What ended with the latest fragment."""
        for line in self._teller.news():
            self._write(line)
        self.out.flush()

    def end(self) -> None:
        """The verdict, and the numbers."""
        self.refresh()
        self._write(self._teller.summary())
        self.out.flush()

    def _write(self, line: str) -> None:
        self.out.write(line + "\n")


class ValueTeller:
    """Tells what is new in a reading."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._progress = Progress(reading.parser)
        self._documents = 0

    def news(self) -> Iterator[str]:
        """What was not told yet."""
        reading = self.reading
        if not reading.multiple:
            yield from self._progress.lines(reading.value)
            return
        for document in reading.fresh:
            yield f"[{self._documents}] = {value_text(document, WIDTH)}"
            self._documents += 1
        reading.fresh = []

    def summary(self) -> str:
        """How it went, in one line."""
        reading = self.reading
        documents = f"{count(reading.documents, 'document')}, " if reading.multiple else ""
        place = f" at {path_text(reading.parser.path)}" if reading.verdict is Verdict.STOPPED else ""
        problem = f": {reading.problem}" if reading.problem else ""
        return f"{reading.state}{place}{problem} ({documents}{reading.meter.summary()})"
