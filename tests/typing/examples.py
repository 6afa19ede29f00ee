"""What type checkers must see: the comment beside each reveal_type is the type, without module names. Never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

from typing_extensions import assert_never, reveal_type

import midstream
from midstream import (
    MISSING,
    Completed,
    Dispatcher,
    Event,
    HandlerError,
    JSONStreamError,
    MalformedJSON,
    Opened,
    Parser,
    Repair,
    Status,
    Text,
)
from midstream.patches import Operation, PatchError, apply

# -- Parser

parser = Parser(
    ["$.a", "$..b"],
    numbers="partial",
    duplicate_keys="error",
    parse_float=Decimal,
    multiple=True,
    max_depth=None,
    max_size=1,
    max_string=None,
)
reveal_type(parser)  # Parser
reveal_type(parser.feed("text"))  # list[Opened | Text | Completed] | tuple[()]
reveal_type(parser.feed(b"bytes", True))  # list[Opened | Text | Completed] | tuple[()]
reveal_type(parser.feed(bytearray(), final=True))  # list[Opened | Text | Completed] | tuple[()]
reveal_type(parser.feed(memoryview(b"")))  # list[Opened | Text | Completed] | tuple[()]
reveal_type(parser.value)  # Any
reveal_type(parser.snapshot())  # Any
reveal_type(parser.snapshot(share=False))  # Any
reveal_type(parser.close())  # Any
reveal_type(parser.status)  # Status
reveal_type(parser.path)  # tuple[str | int, ...]
reveal_type(parser.offset)  # int
reveal_type(parser.is_complete(("items", 0)))  # bool
reveal_type(parser.repairs)  # tuple[Repaired, ...]
reveal_type(parser.repairs[0].kind)  # Repair
reveal_type(parser.repairs[0].offset)  # int
reveal_type(parser.repairs[0].path)  # tuple[str | int, ...]
Parser("$")
Parser(watch=("$.a" for _ in range(2)))
Parser(None)
Parser(None, "all")
Parser("$", {Repair.QUOTE, Repair.COMMA})
Parser(repair=(kind for kind in Repair if kind is not Repair.TRUNCATION))
Parser(repair=None)

# -- events


def on_event(event: Event) -> None:
    match event:
        case Opened(path, kind):
            reveal_type(path)  # tuple[str | int, ...]
            reveal_type(kind)  # Literal['object', 'array', 'string']
        case Text(path=path, text=text):
            reveal_type(text)  # str
        case Completed(path, value, (start, end)):
            reveal_type(value)  # Any
            reveal_type(start + end)  # int
        case _:
            assert_never(event)
    if isinstance(event, Completed):
        reveal_type(event.span)  # tuple[int, int]


for one in parser.feed(""):
    on_event(one)
made: Event = Completed(("a",), 1, span=(0, 1))
hash(made)

# -- helpers


def sync_source() -> Iterator[str]:
    yield ""


async def async_source() -> AsyncIterator[bytes]:
    yield b""


reveal_type(midstream.loads("[]"))  # Any
reveal_type(midstream.loads(b"[", partial=True, numbers="partial"))  # Any
reveal_type(midstream.loads("[", repair="all"))  # Any


def over_iterables() -> None:
    for snapshot in midstream.snapshots(sync_source(), max_depth=3):
        reveal_type(snapshot)  # Any
    for document in midstream.documents([b"1 2", "3"]):
        reveal_type(document)  # Any
    for event in midstream.events(sync_source(), "$..id", max_depth=None):
        reveal_type(event)  # Opened | Text | Completed
    for event in midstream.events(sync_source(), watch=["$.a", "$.b"], multiple=True):
        on_event(event)
    for item in midstream.items(sync_source(), "$[*]", duplicate_keys="first", repair="all"):
        reveal_type(item)  # Any
    for piece in midstream.text(sync_source(), path="$.a"):
        reveal_type(piece)  # str
    for patch in midstream.patches(sync_source(), extended=False, units="utf-16"):
        reveal_type(patch[0]["op"])  # Literal['add', 'remove', 'replace', 'move', 'copy', 'test', 'str_ins']
    for word in midstream.ijson_events(sync_source(), multiple=True):
        reveal_type(word)  # tuple[str, str, Any]
    reveal_type(midstream.items(["1"], "$"))  # Generator[Any, None, None]
    reveal_type(midstream.text(["1"], "$"))  # Generator[str, None, None]
    midstream.text(["1"], "$").close()


async def over_async_iterables() -> None:
    async for snapshot in midstream.snapshots(async_source(), repair=[Repair.COMMENT], numbers="partial"):
        reveal_type(snapshot)  # Any
    async for document in midstream.documents(async_source()):
        reveal_type(document)  # Any
    async for event in midstream.events(async_source(), "$..id", max_depth=None):
        reveal_type(event)  # Opened | Text | Completed
    async for item in midstream.items(async_source(), "$[*]"):
        reveal_type(item)  # Any
    async for piece in midstream.text(async_source(), path="$.a"):
        reveal_type(piece)  # str
    async for patch in midstream.patches(async_source()):
        reveal_type(patch[0]["path"])  # str
    async for prefix, what, value in midstream.ijson_events(async_source()):
        reveal_type(prefix)  # str
        reveal_type(what)  # str
        reveal_type(value)  # Any
    reveal_type(midstream.items(async_source(), "$"))  # AsyncGenerator[Any, None]
    reveal_type(midstream.text(async_source(), "$"))  # AsyncGenerator[str, None]
    await midstream.text(async_source(), "$").aclose()


# -- patches


def patching(patch: list[Operation]) -> None:
    patch += parser.patch()
    patch += parser.patch(extended=False, units="utf-16")
    reveal_type(apply(MISSING, patch))  # Any
    reveal_type(midstream.patches.apply([], [{"op": "add", "path": "/0", "value": 1}]))  # Any
    try:
        apply({}, patch, units="utf-16")
    except midstream.patches.PatchError as error:
        same: PatchError = error
        reveal_type(same.index)  # int
        reveal_type(same.pointer)  # str | None


# -- callbacks

dispatch = Dispatcher(repair="all", numbers="partial", multiple=True)
reveal_type(dispatch.parser)  # Parser


@dispatch.on("$.query")
def on_query(event: Completed) -> int:
    return len(event.path)


@dispatch.on_text("$.content")
async def on_content(event: Text) -> None:
    reveal_type(event.text)  # str


@dispatch.on("$.a")
@dispatch.on_text("$.a")
def on_both(event: Text | Completed) -> None: ...


reveal_type(on_query(Completed((), 1, (0, 1))))  # int
reveal_type(dispatch.on("$.id")(print) is print)  # bool


def dispatching() -> None:
    reveal_type(dispatch.feed("x"))  # None
    dispatch.feed(b"x", final=True)
    reveal_type(dispatch.run(sync_source()))  # Any
    try:
        dispatch.run(["1"])
    except HandlerError as error:
        reveal_type(error.path)  # tuple[str | int, ...]
        reveal_type(error.event)  # Completed | Text


async def dispatching_async() -> None:
    reveal_type(await dispatch.afeed("x", True))  # None
    pending = reveal_type(dispatch.run(async_source()))  # Coroutine[Any, Any, Any]
    reveal_type(await pending)  # Any


# -- errors and marks


def errors() -> None:
    try:
        parser.feed("x")
    except MalformedJSON as error:
        reveal_type(error.kind)  # ErrorKind
        reveal_type(error.offset)  # int
        reveal_type(error.char_offset)  # int
        reveal_type(error.line)  # int
        reveal_type(error.column)  # int
        reveal_type(error.path)  # tuple[str | int, ...]
        reveal_type(error.message)  # str
        reveal_type(error.value)  # Any
        any_error: JSONStreamError = error
        value_error: ValueError = any_error
        print(value_error)


def narrowing(status: Status) -> bool:
    if parser.value is MISSING:
        return False
    return status is Status.COMPLETE


reveal_type(midstream.__version__)  # str
