"""One measurement of one library: how long a fragment takes, and whether what it shows is right.

The garbage collector is on, as in a user's process, and runs once in full before the clock starts. Fragments
are made anew for each pass, before the clock starts: no library finds what it cached in a `str` last time.

The clock is the process's own time on a processor: no library here waits or has threads, and what
else the machine does in the meantime is nobody's cost.
"""

from __future__ import annotations

import gc
import itertools
import json
from collections.abc import Callable, Iterator
from time import process_time_ns as clock
from typing import Any

from benchmarks import cases
from benchmarks.check import Reference, Verdict, judge, reference
from benchmarks.peers import Peer

AT_LEAST_NS = 20_000_000  # short passes are repeated for so long
SAMPLE_ABOVE = 100_000  # characters of a document: what reads or copies all of a longer one again gets a sample of the fragments
SAMPLES = 100
SLOW_SAMPLES = 20


def sample_size(peer: Peer, pieces: list[str]) -> int:
    """How many of the fragments are timed: all of them where that ends in reasonable time."""
    if peer.slow:
        return min(len(pieces), SLOW_SAMPLES)
    costly = (peer.reparses or peer.skim) and sum(map(len, pieces)) > SAMPLE_ABOVE
    return min(len(pieces), SAMPLES) if costly else len(pieces)


def sampled_numbers(count: int, samples: int) -> list[int]:
    """Evenly spaced: the middle one of each of `samples` equal parts of the fragments."""
    return [(2 * i + 1) * count // (2 * samples) for i in range(samples)]


def places(peer: Peer, pieces: list[str], numbers: list[int]) -> Iterator[tuple[Any, str | bytes]]:
    """For the sampled loop: what leads to each of the numbered fragments, and the fragment."""
    reached = 0
    text = "".join(pieces)
    begins = [0, *itertools.accumulate(map(len, pieces))]
    for number in numbers:
        if peer.reparses:
            yield peer.data(text[: begins[number]]), peer.data(pieces[number])
        else:
            yield [peer.data(piece) for piece in pieces[reached:number]], peer.data(pieces[number])
        reached = number + 1


def repeated(one_pass: Callable[[], int]) -> float:
    """The mean of one_pass(); of a long one once, of a short one after a warm-up and for AT_LEAST_NS."""
    gc.collect()
    spent = one_pass()
    if spent > AT_LEAST_NS:
        return float(spent)
    passes = spent = 0
    while spent < AT_LEAST_NS:
        spent += one_pass()
        passes += 1
    return spent / passes


def time_batch(run: Callable[[Any], Any], inputs: list[Any]) -> int:
    begun = clock()
    for fed in inputs:
        run(fed)
    return clock() - begun


def fresh(peer: Peer, text: str) -> str | bytes:
    """The text as the peer takes it, in an object of its own."""
    encoded = text.encode()
    return encoded if peer.takes == "bytes" else encoded.decode()


def time_stream(peer: Peer, documents: list[list[str]]) -> float:
    """Nanoseconds a fragment: for each document a new parser; feed and read each fragment; close."""
    count = sum(map(len, documents))
    if len(documents) == 1 and (samples := sample_size(peer, documents[0])) < count:
        gc.collect()
        total = 0
        for step in peer.sampled_loop()(places(peer, documents[0], sampled_numbers(count, samples)), clock):
            total += step[0]
            del step  # the next step frees the value that it replaces, as it does in LOOP
        return total / samples
    run = peer.loop()
    copies = max(1, 2_000 // count)

    def one_pass() -> int:
        return time_batch(run, [[fresh(peer, piece) for piece in pieces] for pieces in documents * copies])

    return repeated(one_pass) / (count * copies)


def time_whole(peer: Peer, text: str) -> float:
    """Nanoseconds for a document in one piece, with a new parser."""
    run = peer.whole_loop()
    copies = max(1, 50_000 // len(text))
    return repeated(lambda: time_batch(run, [fresh(peer, text) for _ in range(copies)])) / copies


def shown(peer: Peer, pieces: list[str], stride: int) -> Iterator[tuple[int | None, Any]]:
    """The value after every stride-th fragment, with the number of characters so far, and the last one, with None."""
    ends = list(itertools.accumulate(map(len, pieces)))
    samples = sample_size(peer, pieces)
    if samples < len(pieces):
        numbers = [*sampled_numbers(len(pieces), samples), len(pieces) - 1]
        loop = peer.sampled_loop()(places(peer, pieces, numbers), clock)
        for number, (_, value) in zip(numbers, loop, strict=True):
            yield ends[number], value
        yield None, value
    else:
        values = peer.watched_loop()(peer.data(piece) for piece in pieces)
        for number, end in enumerate(ends):
            value = next(values)
            if number % stride == 0:
                yield end, value
        yield None, next(values)


def check_stream(peer: Peer, pieces: list[str], stride: int) -> Verdict:
    """The value after every stride-th fragment against the oracle's, and the last one against json.loads."""
    return judge(shown(peer, pieces, stride), reference("".join(pieces)), peer)


def check_whole(peer: Peer, text: str) -> Verdict:
    """The value of a document in one piece against json.loads."""
    return judge([(None, peer.whole_loop()(peer.data(text)))], Reference(text), peer)


def time_many(pieces: list[str], parsers: int) -> int:
    """Nanoseconds for many parsers that are there, each fed a document, one fragment of each in turn."""
    from midstream import Parser

    made = [Parser() for _ in range(parsers)]
    feeds = [parser.feed for parser in made]
    gc.collect()
    begun = clock()
    for piece in pieces:
        for feed in feeds:
            feed(piece)
    spent = clock() - begun
    expected = json.loads("".join(pieces))
    if not all(parser.close() == expected for parser in made):
        raise ValueError("wrong value in turn")
    return spent


def time_one(pieces: list[str], documents: int) -> int:
    """Nanoseconds for one parser that is there, fed as many of the document; each value is kept, as many parsers keep theirs."""
    from midstream import Parser

    parser = Parser(multiple=True)
    feed = parser.feed
    values: list[Any] = [None] * documents
    gc.collect()
    begun = clock()
    for place in range(documents):
        for piece in pieces:
            feed(piece)
        values[place] = parser.value
    spent = clock() - begun
    expected = json.loads("".join(pieces))
    if not all(value == expected for value in values):
        raise ValueError("wrong value, one after another")
    return spent


def time_round_robin(parsers: int, rounds: int) -> list[tuple[int, int]]:
    """Of each round the time of many parsers in turn, and of one; which of them is first takes turns too.

    Both are fed the same objects, build the same values, and hold them to the end.
    """
    pieces = cases.fragments(cases.document("small"), 4)
    found = []
    for number in range(rounds):
        order = (time_one, time_many) if number % 2 else (time_many, time_one)
        spent = {work: work(pieces, parsers) for work in order}
        found.append((spent[time_many], spent[time_one]))
    return found
