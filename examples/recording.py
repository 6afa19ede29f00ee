"""The recordings that the examples play."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from itertools import accumulate, pairwise
from pathlib import Path

__all__ = ["Recording", "demo", "timed"]


@dataclass(frozen=True)
class Recording:
    """The fragments of one tool call or structured answer. times: when each of them arrives, in seconds after the first."""

    fragments: tuple[str, ...]
    times: tuple[float, ...]


def demo(name: str) -> tuple[str, ...]:
    """The fragments of a recording of ``python -m midstream demo``."""
    fields = json.loads((files("midstream.live") / "recordings" / f"{name}.json").read_text("utf-8"))
    cuts = accumulate(fields["sizes"], initial=0)
    return tuple(fields["text"][start:end] for start, end in pairwise(cuts))


def timed(name: str) -> Recording:
    """The same with times. These recordings have none, so they are those of another recorded answer, a piece for a piece."""
    fields = json.loads((Path(__file__).parent / "recordings" / "times.json").read_text("utf-8"))
    fragments = demo(name)
    times = [time / 1000 for time in fields["times"][: len(fragments)]]
    return Recording(fragments, tuple(times))
