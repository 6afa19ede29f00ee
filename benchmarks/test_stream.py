"""pytest-benchmark: fed 4 characters at a time, the value read after each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks import cases, peers
from benchmarks.peers import Peer

QUICK_TO_READ = ("small", "medium")

# On the large documents a re-parser needs minutes for one pass.
WORK = [
    pytest.param(peer, case, id=f"{peer.name}-{kind}-{case}")
    for kind, several in (("live", peers.LIVE), ("snapshots", peers.SNAPSHOTS))
    for peer in several
    for case in cases.STREAMED
    if case in QUICK_TO_READ or not (peer.reparses or peer.slow or peer is peers.JSONMEND)
]


@pytest.mark.parametrize(("peer", "case"), WORK)
def test_fragments(benchmark: Any, peer: Peer, case: str) -> None:
    benchmark.group = case
    try:
        run = peer.loop()
    except ImportError as error:
        pytest.skip(str(error))
    text = cases.document(case)
    fragments = [peer.data(fragment) for fragment in cases.fragments(text, 4)]
    assert benchmark(run, fragments) == json.loads(text)


@pytest.mark.parametrize("shape", cases.SHAPES)
def test_one_character(benchmark: Any, shape: str) -> None:
    benchmark.group = "one character a fragment"
    text = cases.SHAPES[shape](1_000)
    assert benchmark(peers.MIDSTREAM.loop(), list(text)) == json.loads(text)
