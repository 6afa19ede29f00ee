"""What midstream wants to reach, as ratios of times in one run, and whether it did.

`bar`: has to hold. `aim`: where it wants to get.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import NamedTuple

from benchmarks import event_peers, peers, repair_peers, sent
from benchmarks.cases import FIVE
from benchmarks.growth import LIMIT, ratios
from benchmarks.results import Results, Table, digits, times_sent

MIDSTREAM = peers.MIDSTREAM.name
JITER = peers.JITER.name
STREAMING = peers.STREAMING.name
FLOOR = peers.FLOOR.name
IJSON = peers.IJSON.name
BASIC_PARSE = event_peers.BASIC_PARSE.name
ALL_NODES = event_peers.ALL_NODES.name
REPAIRING = repair_peers.REPAIRING.name
JSONMEND = peers.JSONMEND.name
JSON_REPAIR = repair_peers.JSON_REPAIR.name
NOTHING = (event_peers.NOTHING_HERE.name, event_peers.NOTHING_ANYWHERE.name)


class Row(NamedTuple):
    kind: str
    text: str
    measured: str
    verdict: str


class Faster(NamedTuple):
    """The other takes at least `times` as long as midstream, or as `one`; below 1, midstream may take longer."""

    kind: str
    table: str
    case: str
    other: str
    times: float
    one: str = MIDSTREAM

    def row(self, results: Results) -> Row:
        ratio = results.ratio(self.table, self.case, self.other, to=self.one)
        said = "" if self.one == MIDSTREAM else f"{self.one}: "
        if self.times >= 1:
            text = f"{self.table}, {self.case}: {said}{self.other} takes at least {self.times:g} times as long"
            measured = "-" if ratio is None else digits(ratio)
        else:
            text = f"{self.table}, {self.case}: {said}at most {1 / self.times:.3g} times {self.other}"
            measured = "-" if ratio is None else digits(1 / ratio)
        return Row(self.kind, text, measured, verdict(None if ratio is None else ratio >= self.times))


def verdict(met: bool | None) -> str:
    return "not measured" if met is None else "met" if met else "MISSED"


REPAIRS = (
    ("repairs", JSON_REPAIR, 30),
    ("repairs", JSONMEND, 3),
    ("repairs-4", JSON_REPAIR, 5_000),
    ("repairs-4", JSONMEND, 20),
)

BARS = [
    *(Faster("bar", "live-4", case, STREAMING, 2.5) for case in FIVE),
    *(Faster("bar", "live-4", case, JITER, 1) for case in FIVE),
    *(Faster("bar", "events-4", case, BASIC_PARSE, 1, ALL_NODES) for case in FIVE),
    *(Faster("bar", "events-4", case, MIDSTREAM, 1 / 1.1, nothing) for nothing in NOTHING for case in FIVE),
    *(Faster("bar", table, "broken_file", other, times, REPAIRING) for table, other, times in REPAIRS),
    *(Faster("bar", "repairs-valid-4", case, MIDSTREAM, 1 / 1.15, REPAIRING) for case in FIVE),
    Faster("bar", "items", "records", IJSON, 5),
    Faster("bar", "items-4", "records", IJSON, 5),
]

AIMS = [
    *(
        Faster("aim", "live-4", case, JITER, times)
        for case, times in zip(FIVE, (12, 100, 400, 4_000, 12_000), strict=True)
    ),
    *(Faster("aim", "live-4", case, STREAMING, 30 if case == "write_file" else 5) for case in FIVE),
    Faster("aim", "live-4", "prose", JITER, 50),
    *(Faster("aim", "live-4", case, FLOOR, 1 / 4) for case in FIVE),
    *(Faster("aim", table, "broken_records", other, times, REPAIRING) for table, other, times in REPAIRS),
    Faster("aim", "recordings", "recordings", JITER, 6),
    Faster("aim", "snapshots-4", "write_file", JITER, 20),
    Faster("aim", "snapshots-4", "write_file", STREAMING, 3),
    Faster("aim", "snapshots-4", "wide", JITER, 100),
]

# By a word of the name.
OTHERS = {
    "in turn": ("aim", 1.5),
    "idle": ("aim", 600),
    "items": ("bar", 20_000_000),
    "over the value": ("aim", 65_536),
}


def rows(results: Results, tables: list[Table]) -> list[Row]:
    cases = {table.name: table.cases for table in tables}
    wanted = [bar for bar in BARS + AIMS if bar.case in cases.get(bar.table, ())]
    whole = [Faster("aim", "whole", case, JITER, 1) for case in cases.get("whole", ())]
    small = [Faster("aim", "whole-small", case, JITER, 1 / 1.3) for case in cases.get("whole-small", ())]
    small += [Faster("aim", "whole-small", case, peers.JSON.name, 2) for case in cases.get("whole-small", ())]
    valid = [
        Faster("bar", "repairs-valid", case, MIDSTREAM, 1 / 1.15, REPAIRING) for case in cases.get("repairs-valid", ())
    ]
    found = [bar.row(results) for bar in [*wanted, *whole, *small, *valid]]
    found += [
        *nobody_faster(results, tables),
        *geometric_mean(results, cases.get("whole", ())),
        *others(results),
        *patches(results),
    ]
    return sorted(found, key=lambda row: row.kind != "bar")


def nobody_faster(results: Results, tables: list[Table]) -> Iterator[Row]:
    for table in tables:
        if table.name not in ("live-1", "live-16"):
            continue
        for case in table.cases:
            names = [peer.name for peer in table.peers if peer.name not in (MIDSTREAM, FLOOR)]
            found = {name: results.ratio(table.name, case, name, to=MIDSTREAM) for name in names}
            known = {name: ratio for name, ratio in found.items() if ratio is not None}
            text = f"{table.name}, {case}: no peer is faster"
            if not known:
                yield Row("aim", text, "-", verdict(None))
                continue
            nearest = min(known, key=known.__getitem__)
            yield Row("aim", text, f"{digits(known[nearest])} ({nearest})", verdict(known[nearest] >= 1))


def geometric_mean(results: Results, cases: tuple[str, ...]) -> Iterator[Row]:
    ratios_found = [results.ratio("whole", case, MIDSTREAM, to=peers.ORJSON.name) for case in cases]
    known = [ratio for ratio in ratios_found if ratio is not None]
    if cases:
        mean = statistics.geometric_mean(known) if known else None
        text = "whole, geometric mean: at most 1.15 times orjson"
        yield Row("aim", text, digits(mean) if mean else "-", verdict(mean <= 1.15 if mean else None))


def others(results: Results) -> Iterator[Row]:
    for shape, with_collector in results.growth.items():
        worst = max(ratios(with_collector))
        alone = max(ratios(results.growth_alone[shape]))
        shown = f"{worst:.2f}" if worst < LIMIT else f"{worst:.2f} (no collector: {alone:.2f})"
        yield Row("bar", f"growth, {shape}: t(2n)/t(n) below {LIMIT}", shown, verdict(worst < LIMIT))
    for name, measured in results.other.items():
        kind, limit = next(found for word, found in OTHERS.items() if word in name)
        shown = f"{measured:.2f}" if limit == 1.5 else f"{measured:,.0f}"
        yield Row(kind, f"{name}: at most {limit:,}", shown, verdict(measured <= limit))


def patches(results: Results) -> Iterator[Row]:
    for every, limit in zip(sent.EVERY, (20, 4), strict=True):
        found = results.sent.get("write_file")
        if found:
            times = times_sent(found, sent.patch_row(every))
            text = f"write_file, {sent.patch_row(every)}: below {limit} times the document"
            yield Row("bar", text, digits(times), verdict(times < limit))
