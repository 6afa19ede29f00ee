"""P16: nothing leaks, counted exactly.

Each case is run many times. Bytes are counted with tracemalloc, which sees every allocation of every size; blocks
with sys.getallocatedblocks, where the interpreter uses its own allocator.
"""

from __future__ import annotations

import asyncio
import copy
import gc
import sys
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

import midstream
from midstream import JSONStreamError, Parser, Repair, Status
from tests.leaks.no_memory import BROKEN_BYTES
from tests.support.broken import HARD

RUNS = 40
# What the interpreter itself may keep: a dict that grew, a free list that filled.
SLACK_BLOCKS = 8
SLACK_BYTES = 2500

RICH = (
    '{"text": "plain and \\u00e9\\n\\ud83d\\ude00 \\ud83d then \\udc00", '
    '"é😀": [0, -1, 12345678901234567890123, 1.5e3, '
    '-0.25, 1e400], "deep": [[[{"a": {"b": [true, false, null]}}]]], "": "", "text2": "'
    + "long " * 300
    + 'ключ 鍵 😀", "same": 1, "same": {"x": [2]}, "wide": ['
    + ",".join(str(i) for i in range(50))
    + "]}"
).encode()
BIG = b'["' + b"x" * 5000 + b'", "' + "é".encode() * 3000 + b'", ' + b"7" * 1500 + b", " + b"[" * 900

ERRORS: dict[str, tuple[bytes, dict[str, Any]]] = {
    "EXPECTED_VALUE": (b'{"a": [1, "two", ]', {}),
    "EXPECTED_KEY": (b'{"a": [1, "two"], b', {}),
    "EXPECTED_COLON": (b'{"a": 1, "b" x', {}),
    "EXPECTED_COMMA": (b'{"a": [1, "two" x', {}),
    "TRAILING_DATA": (b'{"a": [1, "two"]} x', {}),
    "INVALID_LITERAL": (b'{"a": [true, trux', {}),
    "INVALID_NUMBER": (b'{"a": [1, 1.2.3', {}),
    "INVALID_ESCAPE": (b'{"a": ["\\u00e9\\ud83d\\x', {}),
    "CONTROL_CHARACTER": (b'{"a": ["tab\t', {}),
    "INVALID_UTF8": (b'{"a": ["\xe2\x82\xff', {}),
    "DUPLICATE_KEY": (b'{"a": [1], "b": 2, "a": 3', {"duplicate_keys": "error"}),
    "TRUNCATED": (b'{"a": ["two", 12', {}),
    "MAX_DEPTH": (b'{"a": [[["b"]', {"max_depth": 3}),
    "MAX_SIZE": (b'{"a": [1, "two", "three"]}', {"max_size": 14}),
    "MAX_STRING": (b'{"a": "abcdefgh"}', {"max_string": 5}),
    "INT_DIGITS": (b'{"a": [1, ' + b"9" * 5000 + b" ", {}),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "partial numbers": {"numbers": "partial"},
    "first": {"duplicate_keys": "first"},
    "multiple": {"multiple": True},
    "parse_float": {"parse_float": str},
    "watch": {"watch": ("$", "$..*", "$.deep[0][*]..b")},
    "repair": {"repair": "all", "watch": ("$", "$..*")},
}


def assert_no_leak(action: Callable[[], object], runs: int = RUNS) -> None:
    for _ in range(3):
        action()
    grown = []
    for _ in range(3):
        gc.collect()
        tracemalloc.start(1)
        try:
            action()
            gc.collect()
            blocks = sys.getallocatedblocks()
            size = tracemalloc.get_traced_memory()[0]
            for _ in range(runs):
                action()
            gc.collect()
            grown.append((sys.getallocatedblocks() - blocks, tracemalloc.get_traced_memory()[0] - size))
        finally:
            tracemalloc.stop()
        if grown[-1][0] <= SLACK_BLOCKS and grown[-1][1] <= SLACK_BYTES:
            return
    pytest.fail(f"grew in {runs} runs by (blocks, bytes): {grown}")


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def feed(data: bytes, size: int, **options: Any) -> Parser:
    """The parser after data; an error stays in the parser."""
    parser = Parser(**options)
    try:
        for piece in pieces(data, size):
            parser.feed(piece)
    except JSONStreamError:
        pass
    return parser


def rebuilt(thing: Any) -> Any:
    """What pickle does with thing, without pickle: that keeps some of the names it reads on CPython 3.10 and 3.11."""
    make, arguments = thing.__reduce__()
    return make(*arguments)


def close(parser: Parser) -> str:
    """The name of the error that closing gives, or of success."""
    try:
        parser.close()
    except JSONStreamError as error:
        return error.kind.name
    return "COMPLETE"


def test_a_leak_is_seen() -> None:
    kept: list[object] = []
    if sys.getallocatedblocks():  # none are counted under PYTHONMALLOC=malloc
        with pytest.raises(pytest.fail.Exception, match="grew"):
            assert_no_leak(lambda: kept.append(object()))
    with pytest.raises(pytest.fail.Exception, match="grew"):
        assert_no_leak(lambda: kept.append(bytes(5000)))


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("size", [1, 3, 7, 10_000])
def test_whole_documents(size: int, options: dict[str, Any]) -> None:
    assert close(feed(RICH, size, **options)) == "COMPLETE"
    assert_no_leak(lambda: close(feed(RICH, size, **options)), runs=20)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_broken_documents(size: int, options: dict[str, Any]) -> None:
    options = {**options, "repair": "all"}
    assert close(feed(BROKEN_BYTES, size, **options)) == "COMPLETE"
    assert_no_leak(lambda: close(feed(BROKEN_BYTES, size, **options)), runs=20)


@pytest.mark.parametrize("name", HARD)
def test_every_kind_of_repair_dropped_closed_and_forked_in_every_state(name: str) -> None:
    data = HARD[name]

    def run() -> None:
        parser = Parser("$..*", repair="all")
        for at in range(len(data)):
            parser.feed(data[at : at + 1])
            parser.patch(), parser.repairs, parser.snapshot()
            other = (copy.copy, copy.deepcopy, rebuilt)[at % 3](parser)
            if at % 2:
                close(other)
        close(parser)

    assert_no_leak(run, runs=10)


@pytest.mark.parametrize("gather", ["values", "texts", "nodes"])
def test_gathering_while_mending(gather: Any) -> None:
    def run() -> None:
        for data in HARD.values():
            parser = Parser("$..*", repair="all")
            parser._gather(gather)  # pyright: ignore[reportPrivateUsage]
            for piece in pieces(data, 3):
                parser.feed(piece)
            parser.feed("", True)

    assert_no_leak(run, runs=10)


def test_what_may_not_be_mended() -> None:
    def run() -> None:
        for kind in Repair:
            for data in HARD.values():
                close(feed(data, 5, repair=set(Repair) - {kind}))

    assert_no_leak(run, runs=3)


def test_text_and_buffers() -> None:
    text = RICH.decode()

    def run() -> None:
        parser = Parser()
        for at in range(0, len(text), 5):
            part = text[at : at + 5]
            parser.feed((part, part.encode(), bytearray(part.encode()), memoryview(part.encode()))[at // 5 % 4])
        parser.close()

    assert_no_leak(run)


def test_a_buffer_is_given_back() -> None:
    for data in (b"[1, 2]", b"[1 x"):
        buffer = bytearray(data)
        parser = Parser()
        try:
            parser.feed(buffer)
        except JSONStreamError:
            pass
        buffer += b"more"  # BufferError while somebody still holds it


def test_half_pairs_of_str() -> None:
    def run() -> None:
        parser = Parser()
        for part in ('["\ud83d', "\ude00", "x\ud83d"):
            parser.feed(part)
        Parser().feed('["\ud83d')
        with pytest.raises(JSONStreamError):
            parser.feed("x")

    assert_no_leak(run)


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("size", [1, 10_000])
def test_errors(kind: str, size: int) -> None:
    data, options = ERRORS[kind]

    def run() -> None:
        parser = feed(data, size, **options)
        assert close(parser) == kind
        assert parser.status is Status.FAILED

    assert_no_leak(run)


def test_every_kind_of_error_is_here() -> None:
    assert set(ERRORS) == set(midstream.ErrorKind.__members__)


@pytest.mark.parametrize("kind", ERRORS)
def test_pickled_errors_and_failed_parsers(kind: str) -> None:
    data, options = ERRORS[kind]

    def run() -> None:
        parser = feed(data, 2, **options)
        try:
            parser.close()
        except JSONStreamError as error:
            again = rebuilt(error)
            assert again.kind is error.kind
        assert close(copy.copy(parser)) == close(rebuilt(parser)) == kind

    assert_no_leak(run)


def test_raising_the_same_error_again_and_again() -> None:
    parser = feed(b"[1, x", 1)

    def run() -> None:
        for _ in range(10):
            with pytest.raises(JSONStreamError):
                parser.feed(b"1")
            assert close(parser) == "EXPECTED_VALUE"

    assert_no_leak(run)


@pytest.mark.parametrize("size", [1, 10_000])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_dropped_in_every_state(size: int, options: dict[str, Any]) -> None:
    short = RICH[:230]

    def run() -> None:
        for end in range(len(short)):
            feed(short[:end], size, **options)

    assert_no_leak(run, runs=5)


def test_dropped_in_the_midst_of_long_tokens() -> None:
    def run() -> None:
        for end in (2000, 5003, 5008, 9000, 11_009, 12_000, len(BIG)):
            feed(BIG[:end], 997)

    assert_no_leak(run)


@pytest.mark.parametrize(
    "fork",
    [copy.copy, copy.deepcopy, rebuilt],
    ids=["copy", "deepcopy", "pickle"],
)
@pytest.mark.parametrize("gather", [None, "values", "texts", "nodes"])
def test_forks_in_every_state(fork: Callable[[Parser], Parser], gather: Any) -> None:
    short = RICH[:230]

    def run() -> None:
        parser = Parser("$..*")
        if gather:
            parser._gather(gather)  # pyright: ignore[reportPrivateUsage]
        for at in range(len(short)):
            parser.feed(short[at : at + 1])
            parser.patch()
            other = fork(parser)
            other.patch()
            if at % 5 == 0:
                parser, other = other, parser
            if at % 7 == 0:
                other.feed(short[at + 1 :])

    assert_no_leak(run, runs=5)


def test_forks_of_long_tokens() -> None:
    def run() -> None:
        for end in (2000, 9000, 11_800, len(BIG)):
            parser = feed(BIG[:end], 997)
            copy.copy(parser)
            rebuilt(parser)

    assert_no_leak(run)


@pytest.mark.parametrize("share", [True, False])
def test_reading_after_every_fragment(share: bool) -> None:
    def run() -> None:
        parser = Parser(numbers="partial")
        kept = []
        for piece in pieces(RICH[:400], 3):
            parser.feed(piece)
            kept.append(parser.snapshot(share))
            assert parser.value == kept[-1]
            assert parser.status is Status.OPEN
            assert parser.is_complete(("text",)) or parser.path is not None
            assert parser.offset
            parser.repairs

    assert_no_leak(run)


def test_parse_float_that_raises() -> None:
    def refuse(text: str) -> float:
        raise KeyError(text)

    def run() -> None:
        for size in (1, 100):
            parser = Parser(parse_float=refuse)
            with pytest.raises(KeyError):
                for piece in pieces(b'{"a": ["x", 1.5, 2]}', size):
                    parser.feed(piece)
            with pytest.raises(KeyError):
                parser.close()

    assert_no_leak(run)


def test_parse_float_that_calls_back() -> None:
    def run() -> None:
        refused = []

        def call_back(text: str) -> str:
            for call in (lambda: parser.feed(b"1"), parser.close):
                try:
                    call()
                except RuntimeError as error:
                    refused.append(error)
            return text

        parser = Parser(parse_float=call_back)
        parser.feed(b'{"a": ["x", 1.5, 2]}')
        assert len(refused) == 2
        assert parser.close() == {"a": ["x", "1.5", 2]}

    assert_no_leak(run)


def test_events_kept_and_let_go() -> None:
    def run() -> None:
        kept = []
        parser = Parser(("$", "$..*"))
        for piece in pieces(RICH, 5):
            kept.extend(parser.feed(piece))
        assert copy.copy(kept[0]) == kept[0]
        assert [rebuilt(event) for event in kept] == kept
        with pytest.raises(TypeError):
            kept[0].__init__((), "array")
        for make in (midstream.Opened, midstream.Text, midstream.Completed):
            with pytest.raises(TypeError):
                make(None, "array")  # type: ignore[call-arg, arg-type]
        with pytest.raises(TypeError):
            hash(kept[-1])

    assert_no_leak(run)


def test_patches_between_errors() -> None:
    def run() -> None:
        for data, options in ERRORS.values():
            for size in (1, 4):
                parser = Parser(**options)
                try:
                    for piece in pieces(data, size):
                        parser.feed(piece)
                        parser.patch()
                except JSONStreamError:
                    pass
                parser.patch(extended=False)
                with pytest.raises(ValueError, match="units"):
                    parser.patch(units="bytes")  # type: ignore[arg-type]

    assert_no_leak(run, runs=10)


def test_expressions_that_are_wrong() -> None:
    def run() -> None:
        for wrong in ("", "$[", "$[1:2]", "$['a", ("$", "x")):
            with pytest.raises(ValueError):
                Parser(wrong)
        for other in (1, b"$", [1]):
            with pytest.raises(TypeError):
                Parser(other)  # type: ignore[arg-type]

    assert_no_leak(run)


def test_wrong_arguments() -> None:
    def run() -> None:
        parser = feed(b'["abc', 1)
        for wrong in (1, None, ["x"], object()):
            with pytest.raises(TypeError):
                parser.feed(wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            parser.is_complete("a")  # type: ignore[arg-type]
        for options in ({"numbers": "half"}, {"max_depth": "deep"}, {"no_such": 1}, {"parse_float": 3}):
            with pytest.raises((TypeError, ValueError)):
                Parser(**options)  # type: ignore[arg-type]
        parser.feed(b'"]')
        parser.close()
        with pytest.raises(RuntimeError):
            parser.feed(b"1")

    assert_no_leak(run)


def test_cycle_through_a_parser_is_collected() -> None:
    class Reader:
        def number(self, text: str) -> float:
            return float(text)

    def run() -> None:
        reader = Reader()
        reader.parser = Parser(parse_float=reader.number)  # type: ignore[attr-defined]
        reader.parser.feed(b'{"a": [1.5, "open')  # type: ignore[attr-defined]

    assert_no_leak(run)


def test_helpers() -> None:
    parts = list(pieces(RICH[:400], 9))
    whole = [b'{"a": [1, "tw', b'o"]}', b' [2] "thr', b'ee" ']

    def run() -> None:
        midstream.loads(RICH)
        midstream.loads(RICH[:300], partial=True)
        for _ in midstream.snapshots(whole[:2]):
            pass
        with pytest.raises(JSONStreamError):
            for _ in midstream.snapshots(parts):
                pass
        for _ in midstream.snapshots(parts):
            break
        for _ in midstream.documents(whole):
            pass
        for _ in midstream.documents(whole):
            break
        for _ in midstream.items(whole[:2], "$.a[*]"):
            pass
        for _ in midstream.text(whole[:2], "$..*"):
            break
        for _ in midstream.patches(whole[:2]):
            pass
        for _ in midstream.ijson_events(whole[:2]):
            pass
        with pytest.raises(JSONStreamError):
            for _ in midstream.events(parts, ("$", "$..*")):
                pass
        with pytest.raises(JSONStreamError):
            list(midstream.documents([b"1 2 x"]))

    assert_no_leak(run)


def test_async_helpers() -> None:
    async def source(parts: list[bytes]) -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    async def use() -> None:
        whole = [b'{"a": [1, "tw', b'o"]}', b' [2] "thr', b'ee" ']
        async for _ in midstream.snapshots(source(whole[:2])):
            pass
        async for _ in midstream.documents(source(whole)):
            pass
        async for _ in midstream.events(source(whole[:2]), "$..*"):
            pass
        with pytest.raises(JSONStreamError):
            async for _ in midstream.snapshots(source([b"[1", b" x"])):
                pass
        early = midstream.snapshots(source(whole))
        async for _ in early:
            break
        await early.aclose()

    async def many() -> None:
        for _ in range(3):
            await use()

    loop = asyncio.new_event_loop()
    try:
        assert_no_leak(lambda: loop.run_until_complete(many()))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
