"""The same libraries told to give events, or the items of an array: see peers.py for what an adapter is.

For "events", `value` holds the list of a fragment's events (or, without any, the live value) after each step. For "items",
`whole` takes an iterable of fragments and leaves an iterator over the items.
"""

from __future__ import annotations

import dataclasses

from benchmarks.peers import IJSON, MIDSTREAM


def watching(expression: str) -> str:
    return f"parser = Parser({expression})\nfeed = parser.feed"


NOTHING_HERE = dataclasses.replace(
    MIDSTREAM,
    name="midstream, watch $.nothing.here",
    of=MIDSTREAM.name,
    start=watching("'$.nothing.here'"),
)
NOTHING_ANYWHERE = dataclasses.replace(
    MIDSTREAM,
    name="midstream, watch $..nothing",
    of=MIDSTREAM.name,
    start=watching("'$..nothing'"),
)
ALL_NODES = dataclasses.replace(
    MIDSTREAM,
    name="midstream, watch all",
    of=MIDSTREAM.name,
    start=watching("('$', '$..*')"),
    step="value = feed(fragment)",
    end="value = ()\nparser.close()",
)

# The list takes the events by `list.append` itself, the quickest target that a push parser of ijson can have.
BASIC_PARSE = dataclasses.replace(
    IJSON,
    name="ijson basic_parse",
    of=IJSON.name,
    imports="from ijson.backends import yajl2_c\nfrom ijson.utils import sendable_list",
    start="""\
value = sendable_list()
reading = yajl2_c.basic_parse_coro(value, use_float=True)
feed = reading.send""",
    step="if value: value.clear()\nfeed(fragment)",
    end="value.clear()\nreading.close()",
    whole="",
)
PARSE = dataclasses.replace(
    BASIC_PARSE,
    name="ijson parse",
    start=BASIC_PARSE.start.replace("basic_parse_coro", "parse_coro"),
)

EVENTS = (MIDSTREAM, NOTHING_HERE, NOTHING_ANYWHERE, ALL_NODES, BASIC_PARSE, PARSE)

MIDSTREAM_ITEMS = dataclasses.replace(
    MIDSTREAM, imports="from midstream import items", whole='value = items(data, "$[*]")'
)

# ijson pulls from a file: quicker than its push parser at both sizes. Its `read` is a generator's own `send`, as quick as that
# of BytesIO; with ijson.from_iter, whose `read` is Python, small fragments take twice as long.
IJSON_ITEMS = dataclasses.replace(
    IJSON,
    imports="""
from ijson.backends import yajl2_c
class File:
    def __init__(self, fragments):
        reading = self.reading(fragments)
        next(reading)
        self.read = reading.send
    def reading(self, fragments):
        yield
        yield b""  # the answer to read(0), by which ijson learns that it is a file of bytes
        for fragment in fragments: yield fragment
        yield b""
""",
    whole='value = yajl2_c.items(File(data), "item", use_float=True)',
)

ITEMS = (MIDSTREAM_ITEMS, IJSON_ITEMS)
