"""A smaller run of benchmarks/serve_load: many replays at once through the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from midstream.live import replay
from tests.support.parts import require

try:
    import midstream.live.web.serve  # noqa: F401
except ImportError as missing:
    require(str(missing.name), None, "pip install 'midstream[web]'")

load = pytest.importorskip("benchmarks.serve_load", reason="the benchmarks are not here")

REPLAYS, SLOW = 40, 3


def test_many_replays_at_once_lose_nothing_and_slow_readers_hold_nobody(tmp_path: Path) -> None:
    path = tmp_path / "load.jsonl"
    path.write_bytes(load.recorded(events=100, size=5000, pace=50))
    stream = replay.read(path, "")
    wanted = load.expected(stream)
    assert len(wanted.values[0]["content"]) > 400_000
    server = load.Server(str(path), core=None)
    try:
        # the slow readers get more than a few bytes only when all others have got everything
        figures = load.measure(server, REPLAYS, SLOW, stream.name)
    finally:
        server.close()
    assert len(figures.quick) == REPLAYS - SLOW
    assert load.lost(figures, wanted) == 0
    assert all(one.messages > 2 for one in figures.quick)
    # what they had not taken was not kept for them: they went on with the whole state
    assert all(one.states >= 2 for one in figures.slow)
