"""What arrived, how fast, and how much of the time the parser took."""

from __future__ import annotations

from collections import deque
from time import perf_counter

from .text import count, size

__all__ = ["Meter", "duration"]

WINDOW = 1.5  # seconds that the current rates look back


class Meter:
    """Counts of one stream, which comes in fragments, or in what `noun` says."""

    def __init__(self, noun: str = "fragment") -> None:
        self.noun = noun
        self.fragments = 0
        self.bytes = 0
        self.parsing = 0.0  # seconds spent in feed and value
        self.started: float | None = None
        self.ended: float | None = None
        self._samples: deque[tuple[float, int, int]] = deque()

    def count(self, began: float, consumed: int, number: int = 1) -> None:
        """So many fragments, fed and read since `began`; `consumed` bytes of input have been read in all."""
        if self.started is None:
            self.started = began
        self.fragments += number
        self.bytes = consumed
        self.parsing += perf_counter() - began

    def end(self) -> None:
        """The clock stops."""
        if self.ended is None:
            self.ended = perf_counter()

    @property
    def elapsed(self) -> float:
        """Seconds since the first fragment."""
        if self.started is None:
            return 0.0
        return (self.ended or perf_counter()) - self.started

    def rates(self) -> tuple[float, float]:
        """Fragments and bytes a second: over the last moments while it runs, over the whole after its end.

        A sample is kept for each call, so that the window is only as fine as the screen is refreshed.
        """
        if self.ended is not None or self.started is None:
            elapsed = self.elapsed or 1e-9
            return self.fragments / elapsed, self.bytes / elapsed
        now, samples = perf_counter(), self._samples
        if not samples:
            samples.append((self.started, 0, 0))
        samples.append((now, self.fragments, self.bytes))
        while len(samples) > 2 and samples[1][0] < now - WINDOW:
            samples.popleft()
        then, fragments, bytes_ = samples[0]
        span = max(now - then, 1e-9)
        return (self.fragments - fragments) / span, (self.bytes - bytes_) / span

    def volume(self) -> str:
        """``177 fragments, 612 B``."""
        return f"{count(self.fragments, self.noun)}, {size(self.bytes)}"

    def parsed(self) -> str:
        """Time in the parser."""
        return duration(self.parsing)

    def each(self) -> str:
        """``1.2 µs a fragment``: time in the parser."""
        time = duration(self.parsing / self.fragments if self.fragments else 0.0)
        return f"{time} {'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"

    def summary(self) -> str:
        """All of it but the rates, in one line."""
        return f"{self.volume()}; {self.parsed()} in the parser, {self.each()}"

    def share(self) -> str:
        """Time in the parser as a share of the time that has passed."""
        share = 100 * self.parsing / self.elapsed if self.elapsed else 0.0
        return f"{share:.2f} %" if share < 10 else f"{share:.0f} %"


def duration(seconds: float) -> str:
    """``1.2 µs``, ``640 µs``, ``18 ms``, ``2.5 s``."""
    for scale, unit in ((1e6, "µs"), (1e3, "ms")):
        if seconds * scale < 999.5:
            number = seconds * scale
            return f"{number:.1f} {unit}" if number < 10 else f"{number:.0f} {unit}"
    return f"{seconds:.1f} s"
