"""The parts of the README that are written from the results: what stands between two comments that have its name."""

from __future__ import annotations

import re
from collections.abc import Callable

from benchmarks import cases, event_peers, peers, toolcalls
from benchmarks.results import Results, digits

README = cases.ROOT / "README.md"
MIDSTREAM = peers.MIDSTREAM.name

LIVE_HEAD = ("", "small call, 0.3 KB", "nested, 4 KB", "`write` call, 56 KB", "array, 150 KB", "mixed, 1 MB", "one 50 KB string")
LIVE_ROWS = {
    MIDSTREAM: "**midstream**",
    peers.STREAMING.name: "streaming-json-parser, native, live value (¹)",
    peers.IJSON.name: "ijson, yajl2_c, events only (²)",
    peers.JITER.name: "jiter, the buffer parsed again",
    peers.JSONRIVER.name: "jsonriver",
    peers.JSON_REPAIR.name: "json_repair, the buffer parsed again",
    peers.FLOOR.name: "*floor: `StringIO.write`, one `orjson.loads` at the end*",
}
EVENTS_HEAD = ("µs a fragment", "small", "nested", "`write`", "array", "mixed")
EVENTS_ROWS = {
    MIDSTREAM: "no watch, the live value read",
    event_peers.NOTHING_HERE.name: "watch `$.nothing.here`",
    event_peers.ALL_NODES.name: "watch everything",
    event_peers.BASIC_PARSE.name: "ijson `basic_parse_coro`",
}
CALLS_HEAD = ("ms a call", "a file that is written", "records")
CALLS_ROWS = {
    toolcalls.of_midstream("anthropic").name: "**midstream**, Anthropic Messages",
    toolcalls.ANTHROPIC.name: "anthropic, the accumulator of `client.messages.stream`",
    toolcalls.of_midstream("openai-chat").name: "**midstream**, OpenAI Chat Completions",
    toolcalls.OPENAI.name: "openai, the helper of `client.chat.completions.stream`",
    toolcalls.of_midstream("openai-responses").name: "**midstream**, OpenAI Responses",
}


def live(results: Results, made: str) -> str:
    behind = [
        verdict["different"] / verdict["checked"]
        for case in cases.STREAMED
        if (verdict := results.verdicts.get(("live-4", case, peers.STREAMING.name)))
    ]
    notes = f"what it shows is behind at {min(behind):.0%} to {max(behind):.1%} of the fragments" if behind else "it is missing"
    several = (MIDSTREAM, peers.JITER.name, peers.STREAMING.name)
    ours, again, copy = (cell(results, "snapshots-4", "write_file", peer) for peer in several)
    return "\n\n".join(
        [
            f"Microseconds a fragment; {made}:",
            table(results, "live-4", cases.STREAMED, LIVE_HEAD, LIVE_ROWS),
            f"(¹) Its open strings stand still until the next escape or quote: on these documents {notes}. "
            "(²) It shows values only when they are complete.",
            f"A stable `snapshot()` after every fragment of the `write` call takes {ours} µs, a re-parse with jiter {again}, "
            f"and a copy by streaming-json-parser {copy}.",
        ]
    )


def events(results: Results, made: str) -> str:
    return table(results, "events-4", cases.FIVE, EVENTS_HEAD, EVENTS_ROWS)


def calls(results: Results, made: str) -> str:
    return table(results, "toolcalls", tuple(toolcalls.CALLS), CALLS_HEAD, CALLS_ROWS, 1e6)


def whole(results: Results, made: str) -> str:
    def span(name: str, of: tuple[str, ...]) -> str:
        known = [ratio for case in of if (ratio := results.ratio(name, case, MIDSTREAM, to=peers.JITER.name)) is not None]
        return f"{min(known):.2f} to {max(known):.2f}" if known else "-"

    return (
        f"**Whole documents** in one piece take {span('whole', (*cases.WHOLE, *cases.corpora()))} times as long as jiter's, "
        f"and those of 0.1 to 1 KB {span('whole-small', cases.WHOLE_SMALL)} times."
    )


PARTS: dict[str, Callable[[Results, str], str]] = {"live-4": live, "events-4": events, "toolcalls": calls, "whole": whole}


def cell(results: Results, name: str, case: str, peer: str, unit: float = 1e3) -> str:
    median = results.median(name, case, peer)
    return "-" if median is None else digits(median / unit)


def table(
    results: Results, name: str, of: tuple[str, ...], head: tuple[str, ...], labels: dict[str, str], unit: float = 1e3
) -> str:
    """unit: nanoseconds of what is shown."""
    lines = ["| " + " | ".join(head).lstrip() + " |", "|---|" + "---:|" * len(of)]
    for peer, label in labels.items():
        cells = [cell(results, name, case, peer, unit) for case in of]
        if name == "live-4" and peer == MIDSTREAM:
            cells = [f"**{shown}**" for shown in cells]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def between(name: str) -> str:
    return rf"(?<=<!-- {name}: by python -m benchmarks.compare --write -->\n).*?(?=<!-- /{name} -->)"


def check() -> None:
    """Every part must have its place, before anything is measured."""
    text = README.read_text(encoding="utf-8")
    for name in PARTS:
        if len(re.findall(between(name), text, re.DOTALL)) != 1:
            raise SystemExit(f"{README.name} has not one place for {name}")


def write(results: Results, made: str) -> None:
    """made: when, on what and by which command."""
    text = README.read_text(encoding="utf-8")
    for name, part in PARTS.items():
        new = f"\n{part(results, made)}\n\n"
        text = re.sub(between(name), lambda _, new=new: new, text, count=1, flags=re.DOTALL)
    README.write_text(text, encoding="utf-8")
