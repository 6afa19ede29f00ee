"""What type checkers must see: the comment beside each reveal_type is the type, without module names. Never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

from typing_extensions import reveal_type

import midstream
from midstream import MISSING, JSONStreamError, MalformedJSON, Parser, Status

# -- Parser

parser = Parser(
    numbers="partial",
    duplicate_keys="error",
    parse_float=Decimal,
    multiple=True,
    max_depth=None,
    max_size=1,
    max_string=None,
)
reveal_type(parser)  # Parser
reveal_type(parser.feed("text"))  # tuple[()]
reveal_type(parser.feed(b"bytes", True))  # tuple[()]
reveal_type(parser.feed(bytearray(), final=True))  # tuple[()]
reveal_type(parser.feed(memoryview(b"")))  # tuple[()]
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

# -- helpers


def sync_source() -> Iterator[str]:
    yield ""


async def async_source() -> AsyncIterator[bytes]:
    yield b""


reveal_type(midstream.loads("[]"))  # Any
reveal_type(midstream.loads(b"[", partial=True, numbers="partial"))  # Any


def over_iterables() -> None:
    for snapshot in midstream.snapshots(sync_source(), max_depth=3):
        reveal_type(snapshot)  # Any
    for document in midstream.documents([b"1 2", "3"]):
        reveal_type(document)  # Any


async def over_async_iterables() -> None:
    async for snapshot in midstream.snapshots(async_source(), numbers="partial"):
        reveal_type(snapshot)  # Any
    async for document in midstream.documents(async_source()):
        reveal_type(document)  # Any


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
