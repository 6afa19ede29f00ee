"""Growth by doubling: eight shapes, one character a fragment, the value read after each.

A parser that takes each character once has t(2n)/t(n) near 2, whatever the shape; one that goes back has 4.
Python's garbage collector walks through all containers again and again, whoever builds them; so each shape is
timed with it, as it is by default, and without it.

`python -m benchmarks.growth [PEER]` prints it for one library.
"""

from __future__ import annotations

import dataclasses
import gc
import itertools
import sys
from time import process_time_ns as clock

from benchmarks import cases, peers
from benchmarks.measure import check_stream
from benchmarks.peers import Peer

QUICK_SIZES = [2**exponent for exponent in range(16, 20)]
SIZES = [2**exponent for exponent in range(16, 24)]
CHECKED_SIZE = 300
LIMIT = 2.3
PATIENCE = 4


def deep(peer: Peer) -> Peer:
    """The library with no limit of depth, where it has one that can be set."""
    return dataclasses.replace(peer, start=peer.start.replace("Parser()", "Parser(max_depth=None)", 1))


def times(peer: Peer, shape: str, sizes: list[int], repeats: int, collector: bool = True) -> list[int]:
    """The least nanoseconds of repeats for each size; the sizes take turns, so a disturbance hits one.

    Where the limit is passed there are up to PATIENCE times as many: the least is then nearer to the truth.
    """
    if peer.name == "midstream":
        peer = deep(peer)
    build = cases.SHAPES[shape]
    verdict = check_stream(peer, list(build(CHECKED_SIZE)), stride=1)
    if peer.name == "midstream" and (verdict.different or not verdict.final):
        raise ValueError(f"wrong value on {shape!r} {verdict.first}")
    run = peer.loop()
    least = [sys.maxsize] * len(sizes)
    for repeat in range(repeats * PATIENCE):
        if repeat >= repeats and max(ratios(least)) < LIMIT:
            break
        for place, size in enumerate(sizes):
            fragments = [peer.data(character) for character in build(size)]
            gc.collect()
            if not collector:
                gc.disable()
            begun = clock()
            value = run(fragments)
            least[place] = min(least[place], clock() - begun)
            gc.enable()
            del value
    return least


def ratios(spent: list[int]) -> list[float]:
    """t(2n)/t(n) for each n but the last."""
    return [after / before for before, after in itertools.pairwise(spent)]


def main() -> None:
    wanted = sys.argv[1] if len(sys.argv) > 1 else "midstream"
    peer = next(peer for peer in peers.LIVE if peer.name.startswith(wanted))
    for shape in cases.SHAPES:
        for collector in (True, False):
            spent = times(peer, shape, QUICK_SIZES, 5, collector)
            cells = [f"{ratio:5.2f}" for ratio in ratios(spent)]
            print(
                f"{shape:12}",
                *cells,
                f"{spent[-1] / QUICK_SIZES[-1]:5.0f} ns",
                "" if collector else "no collector",
            )


if __name__ == "__main__":
    main()
