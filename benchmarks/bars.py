"""What midstream is held to, as ratios of times in one run, and whether it keeps it.

`bar`: has to hold. `aim`: where it wants to get.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import NamedTuple

from benchmarks import cases, event_peers, peers, repair_peers, sent, toolcalls
from benchmarks.cases import FIVE
from benchmarks.growth import LIMIT, ratios
from benchmarks.results import Results, Table, digits, times_sent

MIDSTREAM = peers.MIDSTREAM.name
JITER = peers.JITER.name
ORJSON = peers.ORJSON.name
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
    """The other takes at least `times` as long as midstream, or as `one`."""

    kind: str
    table: str
    case: str
    other: str
    times: float
    one: str = MIDSTREAM

    def row(self, results: Results) -> Row:
        ratio = results.ratio(self.table, self.case, self.other, to=self.one)
        text = f"{self.table}, {self.case}: {said(self.one)}{self.other} takes at least {self.times:,} times as long"
        return Row(self.kind, text, shown(ratio), verdict(None if ratio is None else ratio >= self.times))


class Within(NamedTuple):
    """Midstream, or `one`, takes at most `times` as long as the other."""

    kind: str
    table: str
    case: str
    other: str
    times: float
    one: str = MIDSTREAM

    def row(self, results: Results) -> Row:
        ratio = results.ratio(self.table, self.case, self.one, to=self.other)
        text = f"{self.table}, {self.case}: {said(self.one)}at most {self.times:,} times {self.other}"
        return Row(self.kind, text, shown(ratio), verdict(None if ratio is None else ratio <= self.times))


class Under(NamedTuple):
    """Midstream as `one` takes less than so many milliseconds, on a machine like that of RESULTS.md."""

    kind: str
    table: str
    case: str
    one: str
    milliseconds: float

    def row(self, results: Results) -> Row:
        spent = results.median(self.table, self.case, self.one)
        text = f"{self.table}, {self.case}: {said(self.one)}below {self.milliseconds:,} ms"
        if spent is None:
            return Row(self.kind, text, shown(None), verdict(None))
        return Row(self.kind, text, f"{digits(spent / 1e6)} ms", verdict(spent / 1e6 < self.milliseconds))


def said(one: str) -> str:
    return "" if one == MIDSTREAM else f"{one}: "


def shown(ratio: float | None) -> str:
    return "-" if ratio is None else digits(ratio)


def verdict(met: bool | None) -> str:
    return "not measured" if met is None else "met" if met else "MISSED"


REPAIRS = (
    ("repairs", JSON_REPAIR, 30),
    ("repairs", JSONMEND, 3),
    ("repairs-4", JSON_REPAIR, 5_000),
    ("repairs-4", JSONMEND, 20),
)

SDKS = (
    (toolcalls.ANTHROPIC.name, 30, toolcalls.of_midstream("anthropic").name),
    (toolcalls.OPENAI.name, 100, toolcalls.of_midstream("openai-chat").name),
)

BARS: list[Faster | Within | Under] = [
    *(
        Faster("bar", "live-4", case, JITER, times)
        for case, times in zip(FIVE, (12, 100, 400, 4_000, 12_000), strict=True)
    ),
    *(Faster("bar", "live-4", case, STREAMING, 30 if case == "write_file" else 5) for case in FIVE),
    Faster("bar", "live-4", "prose", JITER, 50),
    *(Within("bar", "live-4", case, FLOOR, 4) for case in FIVE),
    Within("aim", "live-4", "write_file", FLOOR, 3),
    Faster("bar", "recordings", "recordings", JITER, 6),
    Faster("bar", "snapshots-4", "write_file", JITER, 20),
    Faster("bar", "snapshots-4", "write_file", STREAMING, 3),
    Faster("bar", "snapshots-4", "wide", JITER, 100),
    *(Faster("bar", "events-4", case, BASIC_PARSE, 1, ALL_NODES) for case in FIVE),
    *(Within("bar", "events-4", case, MIDSTREAM, 1.1, nothing) for nothing in NOTHING for case in FIVE),
    *(Faster("bar", table, "broken_file", other, times, REPAIRING) for table, other, times in REPAIRS),
    *(Faster("aim", table, "broken_records", other, times, REPAIRING) for table, other, times in REPAIRS),
    *(Within("bar", "repairs-valid-4", case, MIDSTREAM, 1.15, REPAIRING) for case in FIVE),
    Faster("bar", "items", "records", IJSON, 5),
    Faster("bar", "items-4", "records", IJSON, 5),
    *(Under("bar", "toolcalls", case, ours.name, 40) for case in toolcalls.CALLS for ours in toolcalls.OURS),
    *(Faster("bar", "toolcalls", case, *sdk) for case in toolcalls.CALLS for sdk in SDKS),
]


class Limit(NamedTuple):
    """Of what is measured under a name that begins so."""

    begins: str
    limit: float
    below: bool = False  # the limit itself is too much


OTHERS = (
    Limit("bytes of an idle parser", 600, below=True),
    Limit("peak bytes over the value", 65_536),
    Limit("10,000 parsers in turn", 1.5),
    Limit("bytes over the interpreter, items", 20_000_000),
    Limit("t(2n)/t(n) of a tool call", LIMIT, below=True),
)


def rows(results: Results, tables: list[Table]) -> list[Row]:
    measured = {table.name: table.cases for table in tables}
    wanted = [bar for bar in BARS if bar.case in measured.get(bar.table, ())]
    whole = [case for case in measured.get("whole", ()) if case != cases.NOT_JUDGED_WHOLE]
    small = measured.get("whole-small", ())
    more: list[Faster | Within] = [
        *(Within("bar", "whole", case, JITER, 1) for case in whole),
        *(Within("bar", "whole-small", case, JITER, 1.3) for case in small),
        *(Faster("bar", "whole-small", case, peers.JSON.name, 2) for case in small),
        *(Within("bar", "repairs-valid", case, MIDSTREAM, 1.15, REPAIRING) for case in measured.get("repairs-valid", ())),
    ]
    found = [
        *(bar.row(results) for bar in (*wanted, *more)),
        *nobody_faster(results, tables),
        *geometric_mean(results, whole),
        *others(results),
        *patches(results),
    ]
    return sorted(found, key=lambda row: row.kind != "bar")


def summary(found: list[Row]) -> str:
    """How many of each kind are met."""
    parts = []
    for kind in dict.fromkeys(row.kind for row in found):
        verdicts = [row.verdict for row in found if row.kind == kind]
        unknown = verdicts.count(verdict(None))
        parts.append(f"{verdicts.count('met')} of {len(verdicts)} {kind}s are met" + f", {unknown} not measured" * bool(unknown))
    return "; ".join(parts) + "."


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
                yield Row("bar", text, "-", verdict(None))
                continue
            nearest = min(known, key=known.__getitem__)
            yield Row("bar", text, f"{digits(known[nearest])} ({nearest})", verdict(known[nearest] >= 1))


def geometric_mean(results: Results, whole: list[str]) -> Iterator[Row]:
    known = [ratio for case in whole if (ratio := results.ratio("whole", case, MIDSTREAM, to=ORJSON)) is not None]
    if whole:
        mean = statistics.geometric_mean(known) if known else None
        text = f"whole, geometric mean of these {len(known)}: at most 1.15 times {ORJSON}"
        yield Row("bar", text, shown(mean), verdict(mean <= 1.15 if mean else None))


def others(results: Results) -> Iterator[Row]:
    for shape, with_collector in results.growth.items():
        worst = max(ratios(with_collector))
        alone = max(ratios(results.growth_alone[shape]))
        text = f"growth, {shape}, to {results.sizes[-1]:,} characters: t(2n)/t(n) below {LIMIT}"
        measured = f"{worst:.2f}" if worst < LIMIT else f"{worst:.2f} (no collector: {alone:.2f})"
        yield Row("bar", text, measured, verdict(worst < LIMIT))
    for name, found in results.other.items():
        limit = next(limit for limit in OTHERS if name.startswith(limit.begins))
        text = f"{name}: {'below' if limit.below else 'at most'} {limit.limit:,}"
        met = found < limit.limit if limit.below else found <= limit.limit
        yield Row("bar", text, f"{found:.2f}" if limit.limit < 10 else f"{found:,.0f}", verdict(met))


def patches(results: Results) -> Iterator[Row]:
    for every, limit in zip(sent.EVERY, (20, 4), strict=True):
        found = results.sent.get("write_file")
        if found:
            times = times_sent(found, sent.patch_row(every))
            text = f"write_file, {sent.patch_row(every)}: below {limit} times the document"
            yield Row("bar", text, digits(times), verdict(times < limit))
