"""The libraries that repair, told to: see peers.py for what an adapter is."""

from __future__ import annotations

import dataclasses

from benchmarks import peers
from benchmarks.peers import JSONMEND, MIDSTREAM

REPAIRING = dataclasses.replace(
    MIDSTREAM,
    name="midstream, repair all",
    of=MIDSTREAM.name,
    start="parser = Parser(repair='all')\nfeed = parser.feed",
    whole="parser = Parser(repair='all')\nparser.feed(data)\nvalue = parser.close()",
)

# With the option that it has at each fragment, too: without it, it takes the code of broken_file apart.
JSON_REPAIR = dataclasses.replace(peers.JSON_REPAIR, whole="value = loads(data, skip_json_loads=True, stream_stable=True)")

BROKEN = (REPAIRING, JSONMEND, JSON_REPAIR)
VALID = (MIDSTREAM, REPAIRING)
EVERY = (*BROKEN, MIDSTREAM)
