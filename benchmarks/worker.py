"""The process of one library: takes jobs as JSON lines on stdin, answers each with one JSON line on stdout.

compare.py starts one for each library, so that none works in a heap that another has filled.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

from benchmarks import cases, event_peers, events, growth, items, measure, memory, peers, repair_peers, repairs, sent, toolcalls
from benchmarks.check import Verdict
from benchmarks.peers import Peer
from benchmarks.toolcalls import CallPeer

MODES = {
    "live": peers.LIVE,
    "snapshots": peers.SNAPSHOTS,
    "whole": peers.WHOLES,
    "events": event_peers.EVENTS,
    "items": event_peers.ITEMS,
    "repairs": repair_peers.EVERY,
    "repairs-whole": repair_peers.EVERY,
    "toolcalls": toolcalls.PEERS,
}


def text_of(mode: str, case: str) -> str:
    return repairs.document(case).text if mode.startswith("repairs") else cases.document(case)


def documents(mode: str, case: str, size: int) -> list[list[str]]:
    return cases.recordings() if case == "recordings" else [cases.fragments(text_of(mode, case), size)]


def check(peer: Peer, mode: str, case: str, size: int, length: int, checks: int) -> Any:
    """The verdict, summed over the documents of the case."""
    if mode == "whole":
        return dataclasses.asdict(measure.check_whole(peer, cases.document(case)))
    if mode == "repairs-whole":
        return dataclasses.asdict(repairs.check_whole(peer, case))
    if mode == "items":
        shape = items.SHAPES[case]
        return dataclasses.asdict(items.check(peer, shape, shape.count(length), size))
    if isinstance(peer, CallPeer):
        return dataclasses.asdict(toolcalls.check(peer, case, checks))
    look: Callable[[Peer, list[str], int], Verdict] = measure.check_stream
    if mode == "events":
        look = events.check
    if mode == "repairs":
        look = functools.partial(repairs.check_stream, final=repairs.document(case).value)
    verdicts = []
    for pieces in documents(mode, case, size):
        stride = max(1, len(pieces) // checks) if checks else 1
        verdicts.append(look(peer, pieces, stride))
    return {
        "checked": sum(verdict.checked for verdict in verdicts),
        "different": sum(verdict.different for verdict in verdicts),
        "first": next((verdict.first for verdict in verdicts if verdict.first), ""),
        "final": all(verdict.final for verdict in verdicts),
    }


def time(peer: Peer, mode: str, case: str, size: int, length: int) -> float:
    if mode in ("whole", "repairs-whole"):
        return measure.time_whole(peer, text_of(mode, case))
    if mode == "items":
        shape = items.SHAPES[case]
        return items.time(peer, shape, shape.count(length), size)
    if isinstance(peer, CallPeer):
        return toolcalls.time(peer, case)
    return measure.time_stream(peer, documents(mode, case, size))


def hello(peer: Peer, mode: str) -> str:
    """The version of the library, if it can be imported."""
    peer.whole_loop()
    return peer.version()


def grow(peer: Peer, mode: str, **options: Any) -> list[list[float]]:
    return growth.times(peer, **options)


def grow_calls(peer: CallPeer, mode: str, sizes: list[int], rounds: int) -> float:
    return toolcalls.worst_growth(peer, sizes, rounds)


def round_robin(peer: Peer, mode: str, parsers: int, rounds: int) -> list[tuple[int, int]]:
    return measure.time_round_robin(parsers, rounds)


def idle(peer: Peer, mode: str) -> float:
    return memory.idle()


def over_value(peer: Peer, mode: str, kind: str, size: int, traced: bool) -> int:
    return memory.over_value(kind, size, traced)


def over_items(peer: Peer, mode: str, shape: str, count: int) -> int:
    return memory.over_items(shape, count)


def send(peer: Peer, mode: str, case: str) -> dict[str, int]:
    return sent.rows(case)


JOBS: dict[str, Callable[..., Any]] = {
    job.__name__: job
    for job in (hello, check, time, grow, grow_calls, round_robin, idle, over_value, over_items, send)
}


def answer(job: str, mode: str, name: str, **options: Any) -> dict[str, Any]:
    begun = perf_counter()
    try:
        peer = next(peer for peer in MODES[mode] if peer.name == name)
        result = JOBS[job](peer, mode, **options)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:300]}
    return {"result": result, "seconds": perf_counter() - begun}


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr  # what a library prints must not stand between the answers
    for line in sys.stdin:
        print(json.dumps(answer(**json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
