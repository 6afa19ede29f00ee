"""The items of a long array, one by one. The array is made while it is read, and is never whole in memory."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from time import process_time_ns as clock
from typing import Any, NamedTuple

from benchmarks.check import Verdict, same
from benchmarks.peers import Peer

BLOCK = 1 << 16  # characters; a multiple of every size of fragment
MADE_AT_ONCE = 256


class Shape(NamedTuple):
    """How the i-th item is written, and its mean length with the comma and the space."""

    write: Callable[[int], str]
    length: int

    def count(self, characters: int) -> int:
        """How many items an array of about so many characters has."""
        return characters // self.length


def record(i: int) -> str:
    return (
        f'{{"id": {i}, "name": "item number {i}", "tags": ["red", "t{i % 97}"], "price": {i % 1000}.{i % 89 + 10}, '
        f'"stock": {i % 300}, "ok": true, "at": {{"x": {i % 640}, "y": -{i % 480}.5}}}}'
    )


def short(i: int) -> str:
    return f'{{"id": {i}, "name": "n{i}"}}'


PROSE = "The lantern by the harbor was lit, and the river ran on past timber and marble. " * 3


def text(i: int) -> str:
    return f'{{"id": {i}, "text": "No. {i}\\n\\"{PROSE}\\" caf\\u00e9\\tand so on.\\n{PROSE[: i % 80]}"}}'


SHAPES = {
    "records": Shape(record, 138),
    "short": Shape(short, 36),
    "ints": Shape(str, 9),
    "texts": Shape(text, 342),
}


def texts(shape: Shape, count: int) -> Iterator[str]:
    comma = "["
    for start in range(0, count, MADE_AT_ONCE):
        yield comma + ", ".join(map(shape.write, range(start, min(start + MADE_AT_ONCE, count))))
        comma = ", "
    yield "]"


class Source:
    """An array of count items in fragments of size characters. While they are made, the clock stands: `made` nanoseconds."""

    def __init__(self, shape: Shape, count: int, size: int, data: Callable[[str], Any] = str) -> None:
        self.texts = texts(shape, count)
        self.size = size
        self.data = data
        self.made = 0

    def __iter__(self) -> Iterator[Any]:
        rest = ""
        while True:
            begun = clock()
            parts = [rest]
            length = len(rest)
            while length < BLOCK and (more := next(self.texts, "")):
                parts.append(more)
                length += len(more)
            ready = "".join(parts)
            whole = len(ready) // BLOCK * BLOCK or len(ready)
            rest = ready[whole:]
            fragments = [self.data(ready[i : i + self.size]) for i in range(0, whole, self.size)]
            self.made += clock() - begun
            if not fragments:
                return
            yield from fragments


def check(peer: Peer, shape: Shape, count: int, size: int) -> Verdict:
    """How many items come, the first, the last, and the sum of their numbers."""
    first = last = None
    seen = total = 0
    for item in peer.whole_loop()(Source(shape, count, size, peer.data)):
        if not seen:
            first = item
        last = item
        seen += 1
        total += item if type(item) is int else item["id"]
    ends = [json.loads(shape.write(0)), json.loads(shape.write(count - 1))]
    final = same([first, last], ends) and total == count * (count - 1) // 2
    return Verdict(seen, abs(seen - count), final=final)


def time(peer: Peer, shape: Shape, count: int, size: int) -> float:
    """Nanoseconds an item."""
    run = peer.whole_loop()
    source = Source(shape, count, size, peer.data)
    gc.collect()
    begun = clock()
    seen = 0
    for _ in run(source):
        seen += 1
    spent = clock() - begun - source.made
    if seen != count:
        raise ValueError(f"{seen} items instead of {count}")
    return spent / count
