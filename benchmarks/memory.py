"""What a parser or a helper holds, from the resident memory of a process of its own (Linux only)."""

from __future__ import annotations

import gc
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import items

PARSERS = 50_000
FRAGMENT = 1_000
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

    held: list[object] = [None] * PARSERS
    gc.collect()
    before = resident()
    for place in range(PARSERS):
        held[place] = Parser()
    return (resident() - before) / PARSERS


def string_fragments(size: int) -> Iterator[str]:
    yield '["'
    yield from itertools.repeat("x" * FRAGMENT, size // FRAGMENT)
    yield '"]'


def record_fragments(size: int) -> Iterator[str]:
    record = '{"id": 1234567, "name": "a name", "tags": ["x", "y"], "price": 12.5}, '
    text = record * FRAGMENT  # a whole number of fragments, so it can be repeated
    yield "["
    for _ in range(size // len(text)):
        yield from (text[i : i + FRAGMENT] for i in range(0, len(text), FRAGMENT))
    yield "0]"


def over_value(kind: str, size: int) -> int:
    """The most bytes held while the value was read after each fragment, less those of the value itself."""
    from midstream import Parser

    fragments = {"string": string_fragments, "records": record_fragments}[kind](size)
    gc.collect()
    reset_peak()
    before = resident()
    parser = Parser()
    for fragment in fragments:
        parser.feed(fragment)
        parser.value  # noqa: B018
    value = parser.close()
    peak = resident("VmHWM") - before
    if kind == "string":
        return peak - sys.getsizeof(value[0])
    del parser
    gc.collect()
    return peak - (resident() - before)


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
