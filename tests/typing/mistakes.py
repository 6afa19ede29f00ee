"""What type checkers must refuse: each line that ends in `# error`, and no other. Never run."""

from __future__ import annotations

from collections.abc import AsyncIterator

import midstream
from midstream import Parser

Parser("complete")  # error
Parser(numbers="half")  # error
Parser(duplicate_keys="all")  # error
Parser(parse_float=3)  # error
Parser(multiple="yes")  # error
Parser(max_depth="deep")  # error
Parser(depth=3)  # error

parser = Parser()
parser.feed()  # error
parser.feed(1)  # error
parser.feed(["a"])  # error
parser.is_complete("items")  # error
parser.is_complete()  # error
parser.offset = 3  # error
parser.no_such_name  # error
midstream.loads(1)  # error
midstream.snapshots(3)  # error
midstream.snapshots([1, 2])  # error
midstream.documents(["1"], numbers="half")  # error


async def wrong_loop(source: AsyncIterator[str]) -> None:
    for _ in midstream.snapshots(source):  # error
        pass
    async for _ in midstream.documents(["a"]):  # error
        pass
