"""What was measured, and the tables of it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.growth import per_character, ratios
from benchmarks.peers import JITER, Peer


@dataclass(frozen=True)
class Table:
    """One kind of work, done by each peer on each case.

    size: characters of a fragment. length: about so many characters has a document that is made while it is read.
    unit: nanoseconds are divided by it. judged: what the check counts. once_above: seconds; what takes longer is measured in one
    round.
    """

    name: str
    title: str
    mode: str
    peers: tuple[Peer, ...]
    cases: tuple[str, ...]
    size: int = 0
    unit: tuple[str, float] = ("µs a fragment", 1e3)
    baseline: str = JITER.name
    length: int = 0
    judged: str = "value differs from the oracle's"
    once_above: float = 2.0


Key = tuple[str, str, str]  # table, case, peer


@dataclass
class Results:
    spent: dict[Key, list[float]] = field(default_factory=dict)  # nanoseconds, one a round
    verdicts: dict[Key, dict[str, Any]] = field(default_factory=dict)
    failures: dict[Key, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)  # of each library
    missing: list[str] = field(default_factory=list)  # libraries
    sizes: list[int] = field(default_factory=list)  # of the growth
    growth: dict[str, list[list[float]]] = field(default_factory=dict)  # shape: each round's nanoseconds for each size
    growth_alone: dict[str, list[list[float]]] = field(default_factory=dict)  # the same without the garbage collector
    other: dict[str, float] = field(default_factory=dict)  # memory and round robin
    sent: dict[str, dict[str, int]] = field(default_factory=dict)  # case: bytes, by what is sent

    def median(self, table: str, case: str, peer: str) -> float | None:
        spent = self.spent.get((table, case, peer))
        return statistics.median(spent) if spent else None

    def ratio(self, table: str, case: str, peer: str, to: str) -> float | None:
        """The median, over the rounds that both have, of peer's time in that of another in the same round."""
        mine, theirs = self.spent.get((table, case, peer)), self.spent.get((table, case, to))
        if not mine or not theirs:
            return None
        return statistics.median(a / b for a, b in zip(mine, theirs, strict=False))


def digits(number: float) -> str:
    """Three digits that count."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def grid(head: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> str:
    """A Markdown table whose columns line up; the first `words` columns to the left, others to the right."""
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]

    def line(row: Sequence[str]) -> str:
        padded = [
            f"{cell:<{width}}" if place < words else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "| " + " | ".join(padded) + " |"

    rule = "|".join("-" * (width + 1) + ("-" if place < words else ":") for place, width in enumerate(widths))
    return "\n".join([line(head), f"|{rule}|", *map(line, rows)])


def speed(results: Results, table: Table) -> str:
    """Time, and in brackets the time relative to the baseline's in the same rounds."""

    def cell(case: str, peer: str) -> str:
        key = (table.name, case, peer)
        median = results.median(*key)
        if median is None:
            return "failed" if key in results.failures else "-"
        ratio = results.ratio(*key, to=table.baseline)
        return digits(median / table.unit[1]) + (f" ({digits(ratio)}x)" if ratio is not None else "")

    names = [peer.name for peer in table.peers if peer.project not in results.missing]
    done = [case for case in table.cases if any((table.name, case, name) in results.spent for name in names)]
    rows = [[name, *(cell(case, name) for case in done)] for name in names]
    return grid([f"{table.unit[0]} (x {table.baseline})", *done], rows)


def agreement(results: Results, table: Table) -> str:
    """The share of the values looked at that were wrong for their prefix, and whether the last was right."""

    def cell(case: str, peer: str) -> str:
        verdict = results.verdicts.get((table.name, case, peer))
        if verdict is None:
            return "-"
        share = verdict["different"] / verdict["checked"] if verdict["checked"] else 0
        shown = f"{share:.1%} of {verdict['checked']:,}" if verdict["checked"] else "right"
        return (
            shown
            if verdict["final"]
            else "WRONG AT THE END"
            if not verdict["checked"]
            else shown + ", end wrong"
        )

    names = [
        peer.name for peer in table.peers if peer.project not in results.missing and not peer.shows_nothing
    ]
    done = [
        case for case in table.cases if any((table.name, case, name) in results.verdicts for name in names)
    ]
    rows = [[name, *(cell(case, name) for case in done)] for name in names]
    return grid([table.judged, *done], rows)


def growth(sizes: list[int], spent: dict[str, list[list[float]]]) -> str:
    head = ["t(2n)/t(n) at n =", *(f"{size >> 10}K" for size in sizes[:-1]), "ns a character"]
    rows = [
        [shape, *(f"{ratio:.2f}" for ratio in ratios(rounds)), f"{per_character(rounds, sizes):.0f}"]
        for shape, rounds in spent.items()
    ]
    return grid(head, rows)


def sent(results: Results) -> str:
    """Bytes, and in brackets how many times the document's."""
    names = next(iter(results.sent.values()))
    rows = [
        [name, *(f"{found[name]:,} ({digits(times_sent(found, name))}x)" for found in results.sent.values())]
        for name in names
    ]
    return grid(["bytes (x the document)", *results.sent], rows)


def times_sent(found: dict[str, int], name: str) -> float:
    return found[name] / found["the document"]
