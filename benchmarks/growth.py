"""Growth by doubling: eight shapes, one character a fragment, the value read after each.

A parser that takes each character once has t(2n)/t(n) near 2, whatever the shape; one that goes back has 4. It is the
median, over several rounds, of what it is within a round, which times all sizes.
Python's garbage collector walks through all containers again and again, whoever builds them; so each shape is
timed with it, as it is by default, and without it.

`python -m benchmarks.growth [PEER]` prints it for one library.
"""

from __future__ import annotations

import dataclasses
import gc
import itertools
import statistics
import sys
from time import process_time_ns as clock

from benchmarks import cases, peers
from benchmarks.measure import check_stream
from benchmarks.peers import Peer

QUICK_SIZES = [2**exponent for exponent in range(16, 20)]
SIZES = [2**exponent for exponent in range(16, 24)]
CHECKED_SIZE = 300
LIMIT = 2.3
AT_LEAST = 1 << 19  # characters: shorter documents are read several times in a round


def deep(peer: Peer) -> Peer:
    """The library with no limit of depth, where it has one that can be set."""
    return dataclasses.replace(peer, start=peer.start.replace("Parser()", "Parser(max_depth=None)", 1))


def times(peer: Peer, shape: str, sizes: list[int], rounds: int, collector: bool = True) -> list[list[float]]:
    """Nanoseconds for each size, in each round."""
    if peer.name == "midstream":
        peer = deep(peer)
    build = cases.SHAPES[shape]
    verdict = check_stream(peer, list(build(CHECKED_SIZE)), stride=1)
    if peer.name == "midstream" and (verdict.different or not verdict.final):
        raise ValueError(f"wrong value on {shape!r} {verdict.first}")
    run = peer.loop()

    def one_pass(fragments: str | list[str | bytes]) -> int:
        gc.collect()
        if not collector:
            gc.disable()
        begun = clock()
        value = run(fragments)
        spent = clock() - begun
        gc.enable()
        del value
        return spent

    def mean(size: int) -> float:
        text = build(size)
        # of a str itself each character is a fragment: no list, which the collector would walk through too
        fragments = text if peer.takes == "str" else [peer.data(character) for character in text]
        passes = max(1, AT_LEAST // size)
        return sum(one_pass(fragments) for _ in range(passes)) / passes

    return [[mean(size) for size in sizes] for _ in range(rounds)]


def ratios(spent: list[list[float]]) -> list[float]:
    """t(2n)/t(n) for each n but the last: the median over the rounds."""
    rounds = [[after / before for before, after in itertools.pairwise(times)] for times in spent]
    return [statistics.median(several) for several in zip(*rounds, strict=True)]


def per_character(spent: list[list[float]], sizes: list[int]) -> float:
    """Nanoseconds, at the largest size."""
    return statistics.median(times[-1] for times in spent) / sizes[-1]


def main() -> None:
    wanted = sys.argv[1] if len(sys.argv) > 1 else "midstream"
    peer = next(peer for peer in peers.LIVE if peer.name.startswith(wanted))
    for shape in cases.SHAPES:
        for collector in (True, False):
            spent = times(peer, shape, QUICK_SIZES, 5, collector)
            print(
                f"{shape:12}",
                *(f"{ratio:5.2f}" for ratio in ratios(spent)),
                f"{per_character(spent, QUICK_SIZES):5.0f} ns",
                "" if collector else "no collector",
            )


if __name__ == "__main__":
    main()
