"""What can be counted in the record of a probe: bursts, lumps, and the times at which events came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from .probe import Arrival, Trace

__all__ = ["LONG_SILENCE", "MANY", "MORE", "SILENCE", "SPREAD", "TIMES", "Burst", "Facts"]

# Seconds. Scheduling and networks delay single events by less than SILENCE, mostly; a pause of a model may be as long, but then
# few events come behind it at once.
READ = 0.0003  # between events that the probe reads one after the other, though all are there
TOGETHER = 0.003  # between events that may have come in one packet
NEXT = 0.01  # between packets of a burst
SILENCE = 0.25  # after which many events at once are suspicious
LONG_SILENCE = 1.0  # that is suspicious even if it is the only one
LUMP = 0.03  # between lumps of bytes whose sizes are looked at
SPREAD = 0.1  # in which all events of a fast server may come

MANY = 5  # events at once that are no accident
MORE = 8  # the same, where they come at once only once
BLOCKS = (16384, 8192, 4096, 2048, 1024)  # sizes of buffers
TIMES = 3  # different times at which events must come for a stream to be one
CROWD = 20  # events for each of these times, at most: where it is more, the probe or the network may have paused


@dataclass(frozen=True)
class Burst:
    """The arrivals of events that come one right after the other behind a silence.

    silence: seconds before them.
    """

    silence: float
    arrivals: tuple[Arrival, ...]

    @property
    def events(self) -> int:
        """All that they brought."""
        return sum(each.events for each in self.arrivals)

    @property
    def lasted(self) -> float:
        """Seconds from the first arrival to the last."""
        return self.arrivals[-1].at - self.arrivals[0].at

    @property
    def sudden(self) -> bool:
        """Is it so short that its events may have been there before?"""
        return self.events >= MANY and self.lasted <= min(max(0.02, 0.001 * self.events), self.silence / 10)

    @property
    def slower_than_read(self) -> bool:
        """Did the probe wait for its arrivals?"""
        return self.lasted >= READ * (len(self.arrivals) - 1)


class Facts:
    """What can be counted in a trace."""

    def __init__(self, trace: Trace) -> None:
        bringing = [each for each in trace.arrivals if each.events]
        self.events = sum(each.events for each in bringing)
        self.times = sum(1 for _ in _groups(bringing, TOGETHER))
        self.first = bringing[0].at if bringing else 0.0
        self.last = bringing[-1].at if bringing else 0.0
        self.bursts = list(_bursts(bringing))
        self.sudden = [each for each in self.bursts if each.sudden]
        at_once = [each for burst in self.sudden for each in burst.arrivals]
        self.at_once = sum(each.events for each in at_once)
        self.one_by_one = sum(each.events == 1 and each.whole for each in at_once)  # events at once with an arrival of their own
        self.before = [each for each in bringing if at_once and each.at < at_once[0].at]
        sudden = set(at_once)
        self.after = [each for each in bringing if at_once and each.at > at_once[0].at and each not in sudden]
        self.gaps = [later.at - sooner.at for sooner, later in pairwise(bringing)]
        self.lumps = list(_groups([each for each in trace.arrivals if each.raw], LUMP))
        self.encoding = (trace.header("content-encoding") or "identity").strip().lower()

    @property
    def compressed(self) -> bool:
        """Is the body encoded?"""
        return self.encoding != "identity"

    @property
    def flows(self) -> bool:
        """Have events come at different times?"""
        enough = self.times >= TIMES and (self.events <= CROWD * self.times or self.rhythm > 0)
        return enough and self.last - self.first >= SPREAD

    @property
    def flows_on(self) -> bool:
        """Behind the first that came at once, have others come one after the other?"""
        times = sum(1 for _ in _groups(self.after, TOGETHER))
        few_at_a_time = sum(each.events for each in self.after) < MANY * times
        return times >= MORE and few_at_a_time and self.after[-1].at - self.after[0].at >= SILENCE

    @property
    def late(self) -> bool:
        """Do most events come at once behind a silence, and no flow after them?"""
        if self.at_once * 2 < self.events or not self.sudden or self.flows_on:
            return False
        only = self.sudden[0]
        return len(self.sudden) > 1 or (only.silence >= LONG_SILENCE and only.events >= MORE)

    @property
    def singly(self) -> bool:
        """Do the events at once come each by itself, as a fast server writes them? A single burst must have taken its time too:
        whoever has all of it before may also write it event by event.
        """
        return self.one_by_one * 5 >= self.at_once * 4 > 0 and (len(self.sudden) > 1 or self.sudden[0].slower_than_read)

    @property
    def sizes(self) -> list[int]:
        """Bytes of the lumps. Without the first, since a buffer may hold the headers too, and the last, which the end let go."""
        return [sum(each.raw for each in lump) for lump in self.lumps[1:-1]]

    @property
    def cut(self) -> int:
        """How many of these lumps end within an event."""
        return sum(not lump[-1].whole for lump in self.lumps[1:-1])

    @property
    def block(self) -> int:
        """The number of bytes of which three in four of these sizes are multiples, or 0."""
        sizes = self.sizes
        for block in BLOCKS if len(sizes) > 1 else ():
            if sum(one % block == 0 for one in sizes) * 4 >= len(sizes) * 3:
                return block
        return 0

    @property
    def held(self) -> bool:
        """Do most events come late and together?"""
        lumps = len(self.sizes)
        cut_in_blocks = self.block > 0 and self.cut * 2 > lumps and self.events >= MANY * lumps
        return cut_in_blocks or (self.late and not self.singly)

    @property
    def rhythm(self) -> float:
        """Seconds between lumps of joined events that come at an equal pace, or 0."""
        lumps = [lump for lump in self.lumps if any(each.events for each in lump)]
        gaps = [later[0].at - sooner[0].at for sooner, later in pairwise(lumps)]
        if len(gaps) < MORE or self.events < 2 * sum(map(len, lumps)) or self.typical < MANY:
            return 0.0
        middle = median(gaps)
        return middle if sum(abs(gap - middle) <= middle / 4 for gap in gaps) * 5 >= len(gaps) * 4 else 0.0

    @property
    def typical(self) -> int:
        """How many events a lump has."""
        if len(self.sudden) > 1:
            return round(median(each.events for each in self.sudden))
        return round(median(sum(each.events for each in lump) for lump in self.lumps))


def _groups(arrivals: Sequence[Arrival], gap: float) -> Iterator[list[Arrival]]:
    """Arrivals of which each came less than `gap` after the one before."""
    group: list[Arrival] = []
    for each in arrivals:
        if group and each.at - group[-1].at >= gap:
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _bursts(bringing: Sequence[Arrival]) -> Iterator[Burst]:
    """What follows each silence, the one after the request included."""
    before = 0.0
    for group in _groups(bringing, NEXT):
        if group[0].at - before >= SILENCE:
            yield Burst(group[0].at - before, tuple(group))
        before = group[-1].at
