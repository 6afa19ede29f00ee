"""What type checkers must refuse: each line that ends in `# error`, and no other. Never run."""

from __future__ import annotations

from collections.abc import AsyncIterator

import midstream
from midstream import Completed, Dispatcher, Opened, Parser, Repair, Text

Parser(3)  # error
Parser(["$", 3])  # error
Parser("$", "complete")  # error
Parser("$", "all", "complete")  # error
Parser(repair=True)  # error
Parser(repair=Repair.QUOTE)  # error
Parser(repair=["quote"])  # error
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
midstream.loads("1", True, "all")  # error
midstream.loads("1", repair="none")  # error
midstream.documents(["1"], repair=[1])  # error
midstream.snapshots(3)  # error
midstream.snapshots([1, 2])  # error
midstream.documents(["1"], numbers="half")  # error
midstream.documents(["1"], multiple=True)  # error
midstream.events(["1"])  # error
midstream.events(["1"], 3)  # error
midstream.events(3, "$")  # error
midstream.items(["1"])  # error
midstream.items(["1"], ["$"])  # error
midstream.text(["1"], None)  # error
midstream.patches(["1"], "utf-16")  # error
midstream.patches(["1"], units="bytes")  # error
midstream.patches.nothing  # error
midstream.patches.apply([], [{"op": "add"}], units="bytes")  # error
midstream.ijson_events(["1"], use_float=True)  # error
parser.patch(units="bytes")  # error
parser.patch(True)  # error
completed = Completed((), 1, (0, 1))
completed.value = 2  # error
Completed("a", 1, (0, 1))  # error
Completed((), 1)  # error
Opened((), "number")  # error
Text((), b"")  # error

dispatch = Dispatcher()
Dispatcher("$")  # error
Dispatcher(watch="$")  # error
dispatch.on(3)  # error
dispatch.on("$")(3)  # error
dispatch.feed(3)  # error
dispatch.run(3)  # error
dispatch.parser = parser  # error


@dispatch.on("$")  # error
def takes_text(event: Text) -> None: ...


@dispatch.on_text("$")  # error
def takes_nothing() -> None: ...


async def wrong_loop(source: AsyncIterator[str]) -> None:
    for _ in midstream.snapshots(source):  # error
        pass
    async for _ in midstream.documents(["a"]):  # error
        pass
    dispatch.run(source)  # error
    for _ in midstream.text(source, "$"):  # error
        pass
    async for _ in midstream.items(["a"], "$"):  # error
        pass
    for _ in midstream.patches(source):  # error
        pass
    async for _ in midstream.events(["a"], "$"):  # error
        pass
