"""The recordings that come with the package, and the pace at which they are played."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import accumulate, pairwise
from time import perf_counter, sleep
from typing import TypeVar

__all__ = ["NAMES", "SEQUENCE", "Recording", "load", "paced"]

NAMES = ("weather", "manifest", "trip", "answers", "cities", "orders", "unicode", "analyze", "write")
SEQUENCE = ("weather", "manifest", "write")

T = TypeVar("T")


@dataclass(frozen=True)
class Recording:
    """One tool call or structured answer, in the fragments it arrived in."""

    name: str
    about: str
    api: str
    model: str
    tool: str
    cuts: str
    pace: float  # fragments a second; chosen, since the recordings have no timing
    source: dict[str, str]
    fragments: tuple[str, ...]


def load(name: str) -> Recording:
    """The recording called `name`, one of `NAMES`."""
    resource = files("midstream.live") / "recordings" / f"{name}.json"
    fields = json.loads(resource.read_text("utf-8"))
    text, cuts = fields.pop("text"), accumulate(fields.pop("sizes"), initial=0)
    return Recording(fragments=tuple(text[start:end] for start, end in pairwise(cuts)), **fields)


def paced(fragments: Sequence[T], pace: float, tick: float) -> Iterator[T | None]:
    """`fragments` at `pace` a second, by the clock: what is late comes at once.

    While it waits, None comes every `tick` seconds.
    """
    started = perf_counter()
    for number, fragment in enumerate(fragments):
        due = started + number / pace
        while (wait := due - perf_counter()) > 0:
            sleep(min(wait, tick))
            if wait > tick:
                yield None
        yield fragment
