"""Run as a program, with the name of an action: every allocation of it fails in turn, alone and with all after it.

The action may then raise MemoryError, or give the answer that it gives with memory; anything else ends the program
with a message. A crash ends it too. At the end the blocks are counted: the same failures once more must leave
nothing behind.
"""

from __future__ import annotations

import copy
import ctypes
import gc
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

import midstream
from midstream import JSONStreamError, Parser

TEXT = (
    '{"plain": "text", "escapes": "\\u00e9\\n\\ud83d\\ude00 \\ud83d then \\udc00", '
    '"é😀": [0, -1, 1234567890123456789012, '
    '1.5, 1e400], "deep": [[{"a": [true, null]}]], "long": "' + "long " * 200 + 'ключ 😀", "same": 1, "same": [2]}'
)
CLOSED = TEXT.encode()
OPEN = CLOSED[:-20]
MANY_IN_A_ROW = 12
# The first allocations of an action that are left out. `snapshots` keeps its parser in a cell, and where a cell gets no
# memory (MAKE_CELL, as a call begins), CPython 3.11 and 3.12 never release the arguments of the call.
LEFT_OUT = {"snapshots": 8}
WATCH = ("$", "$..*", "$.deep[0][*].a", "$['same']")

KINDS = tuple(midstream.Repair)

# One of each kind of repair, cut in the midst of what waits for a decision.
BROKEN = (
    '```json\n{\'plain\': "say "hi", then\nbye", bare: two words, /* c */ "é😀" = [True, +1, 0x1F, .5,, ...,] "same": {"a":},'
    ' // d\n"same": [1, {"b": "c" + \'d\', "e": (1, (2,), {"f"}], "g": "h,"i": "\\d\\x41 \\ud83d", \u00a0"long": "'
    + "long " * 60
    + 'ключ 😀", "j": [{"k": 1, {"k": 2}, "l": \'m'
)
BROKEN_BYTES = BROKEN.encode().replace(b"two words", b"two \xff\xf0\x9f words")

Prepared = tuple[Parser, Any]


def after(data: bytes, **options: Any) -> Parser:
    parser = Parser(**options)
    try:
        parser.feed(data)
    except JSONStreamError:
        pass
    return parser


def feed_bytes(parser: Parser) -> Any:
    for at in range(len(CLOSED)):
        parser.feed(CLOSED[at : at + 1])


def feed_parts(parser: Parser) -> Any:
    for at in range(0, len(TEXT), 11):
        parser.feed(TEXT[at : at + 11])
        parser.snapshot()


def feed_watching(parser: Parser) -> Any:
    for at in range(0, len(TEXT), 7):
        for event in parser.feed(TEXT[at : at + 7]):
            repr(event), hash(event.path), event == event


def feed_at_once(parser: Parser) -> Any:
    parser.feed(CLOSED)
    parser.feed("")  # raises what was held back


def feed_watching_anything(parser: Parser) -> Any:
    for at in range(0, len(TEXT), 7):
        parser.feed(TEXT[at : at + 7])


def feed_patching(parser: Parser) -> Any:
    for at in range(0, len(TEXT), 7):
        parser.feed(TEXT[at : at + 7])
        parser.patch(extended=at % 2 == 0, units="utf-16")


def feed_broken(step: int, read: bool = False) -> Callable[[Parser], Any]:
    def action(parser: Parser) -> Any:
        for at in range(0, len(BROKEN_BYTES), step):
            parser.feed(BROKEN_BYTES[at : at + step])
            if read:
                parser.value, parser.snapshot(), parser.repairs, parser.path
                parser.patch()
        return parser.close()

    return action


def mending(data: bytes = BROKEN_BYTES, **options: Any) -> Callable[[], Parser]:
    return lambda: after(data, repair="all", **options)


def gathering(mode: Any, **options: Any) -> Callable[[], Parser]:
    def make() -> Parser:
        parser = Parser("$..*", duplicate_keys="first", **options)
        parser._gather(mode)
        return parser

    return make


def halfway() -> Parser:
    """Watches, has been asked for a patch, and has more to say."""
    parser = after(OPEN[:-5], watch=WATCH)
    parser.patch()
    parser.feed(OPEN[-5:])
    return parser


def fail(data: bytes) -> Callable[[Parser], Any]:
    def action(parser: Parser) -> Any:
        try:
            parser.feed(data)
            parser.close()
        except JSONStreamError as error:
            return error.kind.name
        return None

    return action


# name: (what makes the parser, what is done with it)
ACTIONS: dict[str, tuple[Callable[[], Parser], Callable[[Parser], Any]]] = {
    "new": (Parser, lambda _: Parser(numbers="partial", duplicate_keys="first", max_size=99).status),
    "whole bytes": (Parser, lambda parser: parser.feed(CLOSED)),
    "whole str": (Parser, lambda parser: parser.feed(TEXT)),
    "a buffer": (Parser, lambda parser: parser.feed(bytearray(CLOSED))),
    "a strided buffer": (Parser, lambda parser: parser.feed(memoryview(b"[_1_]_")[::2])),
    "byte by byte": (Parser, feed_bytes),
    "parts of str with snapshots": (Parser, feed_parts),
    "partial numbers": (lambda: Parser(numbers="partial"), feed_bytes),
    "first keys": (lambda: Parser(duplicate_keys="first"), feed_bytes),
    "documents in a row": (lambda: Parser(multiple=True), lambda parser: parser.feed(b'1 "two" [3] {"four": 4}')),
    "watch": (Parser, lambda _: Parser(WATCH).status),
    "events": (lambda: Parser(WATCH), feed_watching),
    "events of one feed": (lambda: Parser(WATCH), feed_at_once),
    "events before an error": (lambda: Parser(WATCH), fail(OPEN + b"\x00")),
    "patches": (Parser, feed_patching),
    "patches of partial numbers": (lambda: Parser(numbers="partial"), feed_patching),
    "gathered values": (gathering("values"), feed_watching_anything),
    "gathered texts": (gathering("texts"), feed_watching_anything),
    "gathered nodes": (gathering("nodes"), feed_watching_anything),
    "copy of a watching one": (halfway, lambda parser: copy.copy(parser).patch()),
    "pickle of a watching one": (halfway, lambda parser: rebuild(parser).patch()),
    "items": (Parser, lambda _: list(midstream.items([OPEN, CLOSED[len(OPEN) :]], "$.deep[*]"))),
    "value": (lambda: after(OPEN), lambda parser: repr(parser.value)),
    "snapshot": (lambda: after(OPEN), lambda parser: parser.snapshot()),
    "own snapshot": (lambda: after(OPEN), lambda parser: parser.snapshot(share=False)),
    "queries": (
        lambda: after(OPEN),
        lambda parser: (parser.path, parser.repairs, parser.is_complete(("deep", 0)), parser.status, parser.offset),
    ),
    "close": (lambda: after(CLOSED), lambda parser: parser.close()),
    "copy": (lambda: after(OPEN), lambda parser: copy.copy(parser).close),
    "deep copy": (lambda: after(OPEN), lambda parser: copy.deepcopy(parser).close),
    "pickle": (lambda: after(OPEN), lambda parser: rebuild(parser).close),
    "syntax error": (Parser, fail(OPEN + b"\x00")),
    "truncated": (Parser, fail(OPEN)),
    "depth": (lambda: Parser(max_depth=3), fail(b'{"a": [[[')),
    "size": (lambda: Parser(max_size=10), fail(CLOSED)),
    "string": (lambda: Parser(max_string=10), fail(b'{"a": "' + b"x" * 20)),
    "digits": (Parser, fail(b'{"a": [' + b"9" * 5000 + b"]")),
    "loads": (Parser, lambda _: midstream.loads(CLOSED)),
    "loads partial": (Parser, lambda _: midstream.loads(OPEN, partial=True)),
    "snapshots": (Parser, lambda _: list(midstream.snapshots([OPEN, CLOSED[len(OPEN) :]]))),
    "documents": (Parser, lambda _: list(midstream.documents([b"1 2 ", b"[3] "]))),
    "repair": (Parser, lambda _: Parser(repair="all").status),
    "repair by a set": (Parser, lambda _: Parser(repair=KINDS).status),
    "mending bytes": (mending(b""), lambda parser: parser.feed(BROKEN_BYTES)),
    "mending str": (mending(b""), lambda parser: parser.feed(BROKEN)),
    "mending byte by byte": (mending(b""), feed_broken(1)),
    "mending parts": (mending(b""), feed_broken(7, read=True)),
    "mending partial numbers": (mending(b"", numbers="partial", duplicate_keys="first"), feed_broken(5)),
    "mending several documents": (
        mending(b"", multiple=True), lambda parser: parser.feed(b"{a:1} then [2}\n'three' (4, 5)", True)
    ),
    "mending events": (mending(b"", watch=WATCH), feed_broken(3)),
    "mending events of one feed": (mending(b"", watch=WATCH), lambda parser: parser.feed(BROKEN_BYTES, True)),
    "mended": (mending(), lambda parser: [(r.kind, r.path, r.offset) for r in parser.repairs]),
    "mended value": (mending(), lambda parser: (repr(parser.value), parser.snapshot(), parser.snapshot(share=False))),
    "closing what is mended": (mending(), lambda parser: parser.close()),
    "copy of a mending one": (mending(watch=WATCH), lambda parser: copy.copy(parser).close()),
    "pickle of a mending one": (mending(watch=WATCH), lambda parser: rebuild(parser).close()),
    "mending what is not in the set": (lambda: Parser(WATCH, repair=[midstream.Repair.QUOTE]), fail(b"['a', 'b', c]")),
    "mending deep": (lambda: Parser(repair="all", max_depth=3), fail(b"{a: [[[")),
    "mending long words": (mending(b"[" + b"word " * 300), lambda parser: parser.feed(b"word " * 300 + b", 'x'")),
    "mending prose": (mending(b"prose " * 300), lambda parser: parser.feed(b"prose " * 300, True)),
    "mending gathered values": (gathering("values", repair="all"), feed_broken(7)),
    "mending gathered texts": (gathering("texts", repair="all"), feed_broken(7)),
    "mending gathered nodes": (gathering("nodes", repair="all"), feed_broken(7)),
}


def rebuild(parser: Parser) -> Parser:
    make, arguments = parser.__reduce__()
    again: Parser = make(*arguments)
    return again


def attempt(name: str, make: Callable[[], Parser], act: Callable[[Parser], Any], start: int, stop: int) -> bool:
    """Did an allocation fail?"""
    import _testcapi

    parser = make()
    failed = False
    _testcapi.set_nomemory(start, stop)
    try:
        try:
            act(parser)
        finally:
            _testcapi.remove_mem_hooks()
    except MemoryError as error:
        failed = True
        # Its frames hold the parser, and the parser holds it: a cycle.
        error.__traceback__ = None
    except BaseException as error:
        sys.exit(f"{name}, allocation {start}, until {stop}: {type(error).__name__}: {error}")
    # What is left of the parser is in order.
    repr(parser.value)
    parser.snapshot()
    parser.snapshot(share=False)
    copy.copy(parser)
    rebuild(parser)
    parser.path, parser.offset, parser.repairs, parser.status
    parser.patch()
    try:
        parser.feed(b" ")
        parser.close()
    except (JSONStreamError, MemoryError, RuntimeError):
        pass
    return failed


def run(name: str) -> int:
    """How many allocations have failed?"""
    make, act = ACTIONS[name]
    failures = 0
    for alone in (True, False):
        start = LEFT_OUT.get(name, 0)
        quiet = 0
        while quiet < MANY_IN_A_ROW:
            failed = attempt(name, make, act, start, start + 1 if alone else 0)
            failures += failed
            quiet = 0 if failed else quiet + 1
            start += 1
    return failures


def spare_references(function: Any) -> None:
    """Let the code of the functions that `function` defines outlive a fault of CPython 3.12 and 3.13.

    Where MAKE_FUNCTION gets no memory for the function, it has released the code object and left it on the stack, and the
    stack's unwinding releases it again (CPython issue 122752). Nothing of ours is needed: call ``def outer(): def inner(): ...``
    with its first allocation failing, and the code object of ``inner``, a constant of ``outer``, has a reference less. After a
    few such calls it is freed memory, and the next use of it crashes.
    """
    if sys.version_info >= (3, 12):
        for code in function.__code__.co_consts:
            if isinstance(code, CodeType):
                for _ in range(1000):
                    ctypes.pythonapi.Py_IncRef(ctypes.py_object(code))


def main() -> None:
    name = sys.argv[1]
    spare_references(midstream.snapshots)
    failures = run(name)
    growth = []
    for _ in range(3):
        gc.collect()
        blocks = sys.getallocatedblocks()
        run(name)
        gc.collect()
        growth.append(sys.getallocatedblocks() - blocks)
        if growth[-1] <= 10:
            print(f"{failures} allocations failed")
            return
    sys.exit(f"{name}: {growth} blocks are left of {failures} failures")


if __name__ == "__main__":
    main()
