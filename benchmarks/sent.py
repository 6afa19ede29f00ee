"""How many bytes a receiver is sent that shows a document while it comes: as patches, and as whole snapshots.

Fed 4 characters at a time. A message is the JSON of one `patch()`, without white space; where nothing has changed, none is sent.
"""

from __future__ import annotations

import json

from benchmarks import cases
from benchmarks.check import same
from benchmarks.measure import sampled_numbers

CASES = ("write_file", "medium", "wide")
FRAGMENT = 4
EVERY = (4, 100)  # characters between two messages
SAMPLES = 300


def message(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def sizes(text: str, every: int) -> tuple[int, int]:
    """The bytes of all patches, and of a snapshot in the place of each (from SAMPLES of them, evenly spaced).

    Raises ValueError if the patches, taken from what was sent, don't make the document.
    """
    from midstream import MISSING, Parser, patches

    parser = Parser()
    received = MISSING
    fragments = cases.fragments(text, FRAGMENT)
    steps = every // FRAGMENT
    polls = -(-len(fragments) // steps)
    sampled = set(sampled_numbers(polls, min(polls, SAMPLES)))
    patched = whole = 0
    for poll in range(polls):
        for fragment in fragments[poll * steps : (poll + 1) * steps]:
            parser.feed(fragment)
        operations = parser.patch()
        if operations:
            sent = message(operations)
            patched += len(sent)
            received = patches.apply(received, json.loads(sent))
            if poll in sampled:
                whole += len(message(parser.value))
    parser.close()
    if parser.patch() or not same(received, json.loads(text)):
        raise ValueError("the patches don't make the document")
    return patched, whole * polls // len(sampled)


def rows(case: str) -> dict[str, int]:
    """Bytes, by what is sent."""
    text = cases.document(case)
    found = {"the document": len(text.encode())}
    for every in EVERY:
        found[patch_row(every)], found[f"snapshots, every {every} characters"] = sizes(text, every)
    return found


def patch_row(every: int) -> str:
    return f"patches, every {every} characters"
