"""What a parser or a helper holds, in a process of its own: from its resident memory (Linux only), and as Python counts it.

The core has all its memory from Python's allocators, so tracemalloc counts every byte, and of the resident memory what was
freed but not given back does not hide a peak. It does not see that a block which grows may be there twice for a moment, or
what the allocators lose; that is in the resident memory.
"""

from __future__ import annotations

import gc
import itertools
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

from benchmarks import items

PARSERS = 50_000
FRAGMENT = 1_000
RECORD = '{"id": 1234567, "name": "a name", "tags": ["x", "y"], "price": 12.5}, '
RECORDS = RECORD * FRAGMENT  # a whole number of fragments, so it can be repeated
STATUS = Path("/proc/self/status")


def resident(field: str = "VmRSS") -> int:
    """Bytes; VmHWM is the most since reset_peak()."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024


def reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def idle() -> float:
    """Bytes of a parser that has been made and not fed."""
    from midstream import Parser

    parsers: list[object] = [None] * PARSERS
    gc.collect()
    before = resident()
    for place in range(PARSERS):
        parsers[place] = Parser()
    return (resident() - before) / PARSERS


def string_fragments(size: int) -> Iterator[str]:
    yield '["'
    yield from itertools.repeat("x" * FRAGMENT, size // FRAGMENT)
    yield '"]'


def record_fragments(size: int) -> Iterator[str]:
    yield "["
    for _ in range(size // len(RECORDS)):
        yield from (RECORDS[i : i + FRAGMENT] for i in range(0, len(RECORDS), FRAGMENT))
    yield "0]"


def over_value(kind: str, size: int, traced: bool) -> int:
    """The most bytes held while the value was read after each fragment, less those of the value itself; of a long string, that
    it may be there twice is also taken off. traced: as Python counts them, not as resident memory."""
    from midstream import Parser

    fragments = {"string": string_fragments, "records": record_fragments}[kind](size)
    gc.collect()
    if traced:
        tracemalloc.start()
    reset_peak()
    before = held(traced)
    parser = Parser()
    for fragment in fragments:
        parser.feed(fragment)
        value = parser.value
    value = parser.close()
    peak = (tracemalloc.get_traced_memory()[1] if traced else resident("VmHWM")) - before
    if kind == "string":
        return peak - 2 * sys.getsizeof(value[0])
    del parser
    gc.collect()
    return peak - (held(traced) - before)


def held(traced: bool) -> int:
    return tracemalloc.get_traced_memory()[0] if traced else resident()


def over_items(shape: str, count: int) -> int:
    """The most bytes held while the items of an array went by, one after another, in fragments of 64 KB."""
    import midstream

    source = items.Source(items.SHAPES[shape], count, items.BLOCK)
    gc.collect()
    reset_peak()
    before = resident()
    for _ in midstream.items(source, "$[*]"):
        pass
    return resident("VmHWM") - before


def supported() -> bool:
    return STATUS.exists()
