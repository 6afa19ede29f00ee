"""pytest-benchmark: documents in one piece, the parser made anew."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks import cases, peers
from benchmarks.peers import Peer


@pytest.mark.parametrize("case", dict.fromkeys((*cases.WHOLE_SMALL, *cases.WHOLE, *cases.corpora())))
@pytest.mark.parametrize("peer", peers.WHOLES, ids=lambda peer: peer.name)
def test_whole(benchmark: Any, peer: Peer, case: str) -> None:
    benchmark.group = case
    try:
        run = peer.whole_loop()
    except ImportError as error:
        pytest.skip(str(error))
    text = cases.document(case)
    assert benchmark(run, peer.data(text)) == json.loads(text)
