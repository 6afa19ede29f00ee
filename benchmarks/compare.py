"""Compares midstream with other libraries: outputs checked first, then timed in interleaved rounds.

python -m benchmarks.compare [--quick] [--only CASE ...] [--table TABLE ...] [--write]
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import bars, cases, event_peers, growth, items, memory, peers, readme, repair_peers, repairs, sent, toolcalls
from benchmarks import results as tables
from benchmarks.results import Results, Table

RESULTS = Path(__file__).parent / "RESULTS.md"
MIDSTREAM = peers.MIDSTREAM.name
BEGUN = monotonic()

# jsonmend takes a minute for a pass over write_file, one character a fragment.
EXCEPT_SLOW = tuple(peer for peer in peers.LIVE if not peer.slow and peer is not peers.JSONMEND)


def all_tables(quick: bool) -> list[Table]:
    megabytes = 10 if quick else 100, 2 if quick else 8
    live = "Live value read after each fragment of {}"
    calls = cases.recordings()
    counted = f"{len(calls):,} calls, {sum(map(len, calls)):,} deltas"
    return [
        Table("live-4", live.format("4 characters"), "live", peers.LIVE, cases.STREAMED, 4),
        Table("live-1", live.format("1 character"), "live", EXCEPT_SLOW, cases.STREAMED, 1),
        Table("live-16", live.format("16 characters"), "live", EXCEPT_SLOW, cases.STREAMED, 16),
        Table(
            "snapshots-4",
            "Stable snapshot after each fragment of 4 characters",
            "snapshots",
            peers.SNAPSHOTS,
            cases.STREAMED,
            4,
        ),
        Table(
            "recordings",
            f"Every recorded tool call ({counted}), in its own deltas: parser made, fed, read after each, closed",
            "live",
            peers.LIVE,
            ("recordings",) if calls else (),
        ),
        Table(
            "whole",
            "Whole documents in one piece",
            "whole",
            peers.WHOLES,
            (*cases.WHOLE, *cases.corpora()),
            unit=("µs a document", 1e3),
            once_above=0.5,
        ),
        Table(
            "whole-small",
            "Whole small documents, parser made anew",
            "whole",
            peers.WHOLES,
            cases.WHOLE_SMALL,
            unit=("µs a document", 1e3),
        ),
        Table(
            "events-4",
            "Events after each fragment of 4 characters",
            "events",
            event_peers.EVENTS,
            cases.FIVE,
            4,
            baseline=event_peers.BASIC_PARSE.name,
            judged="events (without any: values) that differ",
        ),
        *repair_tables(),
        items_table("items", megabytes[0], tuple(items.SHAPES), items.BLOCK),
        items_table("items-4", megabytes[1], ("records",), 4),
        Table(
            "toolcalls",
            f"A tool call of {toolcalls.LENGTH >> 10} KB from decoded events, {toolcalls.DELTA} characters each, read after each",
            "toolcalls",
            toolcalls.PEERS,
            tuple(toolcalls.CALLS),
            toolcalls.DELTA,
            unit=("ms a call", 1e6),
            baseline=toolcalls.OURS[0].name,
        ),
    ]


def repair_tables() -> list[Table]:
    broken, valid = (repair_peers.BROKEN, tuple(repairs.BROKEN)), repair_peers.VALID
    repairing, strict = repair_peers.REPAIRING.name, MIDSTREAM
    whole, pieces = "in one piece", "in fragments of 4 characters, the value so far read after each"
    unit = ("µs a document", 1e3)
    meant, kept = "value differs from what was meant", "values that are taken back"
    return [
        Table("repairs", f"Broken documents {whole}", "repairs-whole", *broken, unit=unit, baseline=repairing, judged=meant),
        Table("repairs-4", f"Broken documents {pieces}", "repairs", *broken, 4, baseline=repairing, judged=kept),
        Table(
            "repairs-valid",
            f"Valid documents {whole}, ready to repair them",
            "repairs-whole",
            valid,
            (*cases.WHOLE, *cases.corpora()),
            unit=unit,
            baseline=strict,
            judged=meant,
        ),
        Table(
            "repairs-valid-4",
            f"Valid documents {pieces}, ready to repair them",
            "repairs",
            valid,
            cases.FIVE,
            4,
            baseline=strict,
            judged=kept,
        ),
    ]


def items_table(name: str, megabytes: int, shapes: tuple[str, ...], size: int) -> Table:
    return Table(
        name,
        f"The items of an array of about {megabytes} MB, in fragments of {'4 characters' if size == 4 else '64 KB'}",
        "items",
        event_peers.ITEMS,
        shapes,
        size,
        unit=("ns an item", 1),
        baseline=peers.IJSON.name,
        length=megabytes * 1_000_000,
        judged="items that are missing",
        once_above=60,
    )


class Worker:
    """The process of one library."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=cases.ROOT,
        )

    def ask(self, job: str, mode: str = "live", name: str = "", **options: Any) -> dict[str, Any]:
        """The answer to a job. name: of the peer, where it isn't the library's."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"job": job, "mode": mode, "name": name or self.name, **options}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": "the process of the library died"}
        return answer

    def end(self) -> None:
        self.process.communicate()


def ask_alone(job: str, **options: Any) -> Any:
    """What midstream's answer is in a process for this job only."""
    worker = Worker(MIDSTREAM)
    answer = worker.ask(job, **options)
    worker.end()
    if "error" in answer:
        raise SystemExit(f"midstream failed on {job} {options}: {answer['error']}")
    return answer["result"]


def say(text: str) -> None:
    print(f"{monotonic() - BEGUN:5.0f} s  {text}", file=sys.stderr, flush=True)


def start(wanted: list[Table], results: Results) -> dict[str, Worker]:
    workers = {}
    rows = {peer.project: (table.mode, peer.name) for table in wanted for peer in table.peers}
    for name, (mode, row) in rows.items():
        worker = Worker(name)
        answer = worker.ask("hello", mode, row)
        if "result" in answer:
            workers[name] = worker
            results.versions[name] = answer["result"]
        else:
            results.missing.append(name)
            say(f"missing: {name} ({answer['error']})")
            worker.end()
    return workers


def check_case(table: Table, case: str, workers: dict[str, Worker], quick: bool, results: Results) -> None:
    """Every library's values on one case. A wrong value of midstream's ends the run."""
    for peer in table.peers:
        if peer.project not in workers or peer.shows_nothing:
            continue
        ours = peer.project == MIDSTREAM
        # the events are all looked at in any case, and the values beside them are those of live-4
        every = ours and not quick and table.size != 1 and table.mode not in ("events", "repairs")
        checks = 0 if every else 2_000 if ours else 300
        key = (table.name, case, peer.name)
        work = {"case": case, "size": table.size, "length": table.length}
        answer = workers[peer.project].ask("check", table.mode, peer.name, checks=checks, **work)
        if "error" in answer:
            results.failures[key] = answer["error"]
            if ours:
                raise SystemExit(f"midstream failed on {table.name}, {case}: {answer['error']}")
            continue
        verdict = results.verdicts[key] = answer["result"]
        if ours and (verdict["different"] or not verdict["final"]):
            raise SystemExit(f"{peer.name} is wrong on {table.name}, {case} {verdict['first']}")


def time_case(table: Table, case: str, workers: dict[str, Worker], rounds: int, results: Results) -> None:
    """Rounds of all libraries in turn; one that takes long is left out of the later rounds."""
    once: set[str] = set()
    for _ in range(rounds):
        for peer in table.peers:
            key = (table.name, case, peer.name)
            if peer.project not in workers or peer.name in once or key in results.failures:
                continue
            work = {"case": case, "size": table.size, "length": table.length}
            answer = workers[peer.project].ask("time", table.mode, peer.name, **work)
            if "error" in answer:
                results.failures[key] = answer["error"]
                continue
            results.spent.setdefault(key, []).append(answer["result"])
            if answer["seconds"] > table.once_above:
                once.add(peer.name)


def grow(quick: bool, results: Results) -> None:
    """In a new process: the collector also walks through what was there before."""
    results.sizes = growth.QUICK_SIZES if quick else growth.SIZES
    for shape in cases.SHAPES:
        say(f"growth: {shape}")
        for collector, spent in ((True, results.growth), (False, results.growth_alone)):
            options = {"shape": shape, "sizes": results.sizes, "rounds": 3 if quick else 5, "collector": collector}
            spent[shape] = ask_alone("grow", **options)


def measure_others(quick: bool, results: Results) -> None:
    """Memory and the round robin, each in a new process."""
    if memory.supported():
        say("memory")
        results.other["bytes of an idle parser"] = ask_alone("idle")
        for megabytes in (1,) if quick else (1, 64):
            for kind, name in (("string", "and the open string, {} MB string"), ("records", "{} MB of records")):
                options = {"kind": kind, "size": megabytes << 20}
                found = [ask_alone("over_value", **options, traced=traced) for traced in (True, False)]
                joint = " " if kind == "string" else ", "
                results.other["peak bytes over the value" + joint + name.format(megabytes)] = max(found)
    say("round robin")
    rounds = ask_alone("round_robin", parsers=10_000, rounds=3 if quick else 15)
    results.other["10,000 parsers in turn, x one parser"] = statistics.median(many / one for many, one in rounds)


def measure_items(quick: bool, results: Results) -> None:
    """What is held while items go by, each array in a new process."""
    if memory.supported():
        say("memory of items")
        share = 10 if quick else 1
        for shape, count in (("records", items.SHAPES["records"].count(100_000_000)), ("ints", 10_000_000)):
            name = f"bytes over the interpreter, items of {count // share:,} {shape}"
            results.other[name] = ask_alone("over_items", shape=shape, count=count // share)


def grow_calls(quick: bool, results: Results) -> None:
    """Growth of ToolCalls, each wire in a new process."""
    for peer in toolcalls.OURS:
        say(f"growth: tool call, {peer.wire}")
        sizes = toolcalls.GROWN_QUICK if quick else toolcalls.GROWN
        options = {"mode": "toolcalls", "name": peer.name, "sizes": sizes, "rounds": 3 if quick else 7}
        results.other[f"t(2n)/t(n) of a tool call, {peer.wire}, to {sizes[-1]:,} characters"] = ask_alone("grow_calls", **options)


def machine() -> str:
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        model = next(
            (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model
        )
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def python() -> str:
    return f"{platform.python_implementation()} {platform.python_version()}"


def report(results: Results, wanted: list[Table], command: str) -> str:
    parts = [
        "# Results",
        "Written by `benchmarks/compare.py`. Read ratios, not times; README.md says what is compared.",
        f"- {datetime.date.today()}, `{command}`, {(monotonic() - BEGUN) / 60:.0f} minutes\n- {machine()}\n"
        f"- {python()}; "
        + ", ".join(f"{name} {version}" for name, version in results.versions.items()),
    ]
    if results.missing:
        parts.append("Missing, so not compared: " + ", ".join(results.missing) + ".")
    for table in wanted:
        if not table.cases:
            parts += [f"## {table.title}", "Not measured: its data is not there."]
            continue
        parts += [f"## {table.title}", tables.speed(results, table), tables.agreement(results, table)]
    if results.growth:
        parts += [
            "## Growth: one character a fragment, the live value read after each",
            tables.growth(results.sizes, results.growth),
            "The same with the garbage collector off:",
            tables.growth(results.sizes, results.growth_alone),
        ]
    if results.sent:
        parts += [
            "## Bytes sent for each fragment of 4 characters, and for every 100",
            tables.sent(results),
        ]
    if results.failures:
        parts += [
            "## Failures",
            "\n".join(f"- {', '.join(key)}: {text}" for key, text in results.failures.items()),
        ]
    found = bars.rows(results, wanted)
    parts += ["## Bars and aims", bars.summary(found), tables.grid(bars.Row._fields, found, words=2)]
    return "\n\n".join(parts) + "\n"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds and checks, smaller sizes")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}, and the tables of the README")
    parser.add_argument(
        "--only", action="append", default=[], metavar="CASE", help="only this document; repeatable"
    )
    parser.add_argument("--table", action="append", default=[], help="only this one of README.md's; repeatable")
    options = parser.parse_args()
    if options.write and (options.only or options.table):
        parser.error("--write wants the whole comparison")
    if options.write:
        readme.check()
    return options


def main() -> None:
    options = arguments()
    results = Results()
    everything = all_tables(options.quick)
    wanted = [
        dataclasses.replace(table, cases=tuple(cases.names(options.only, table.cases)))
        for table in everything
        if table.name in (options.table or [table.name])
    ]
    wanted = [table for table in wanted if table.cases or not options.only]
    workers = start(wanted, results)
    try:
        for table in wanted:
            for case in table.cases:
                say(f"{table.name}: {case}")
                check_case(table, case, workers, options.quick, results)
                time_case(table, case, workers, 3 if options.quick else 7, results)
        if MIDSTREAM not in results.missing and not options.only:
            if not options.table or "growth" in options.table:
                grow(options.quick, results)
            if not options.table or "others" in options.table:
                measure_others(options.quick, results)
            if not options.table or "items" in options.table:
                measure_items(options.quick, results)
            if not options.table or "toolcalls" in options.table:
                grow_calls(options.quick, results)
        if MIDSTREAM not in results.missing and (not options.table or "patches" in options.table):
            for case in cases.names(options.only, sent.CASES):
                results.sent[case] = ask_alone("send", case=case)
    finally:
        for worker in workers.values():
            worker.end()
    command = " ".join(["python -m benchmarks.compare", *sys.argv[1:]])
    text = report(results, wanted, command)
    print(text)
    if options.write:
        RESULTS.write_text(text, encoding="utf-8")
        readme.write(results, f"{datetime.date.today()}, {python()}, {machine()}, `{command}`")


if __name__ == "__main__":
    main()
