"""snapshots and documents over iterables and async iterables."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given

import midstream
from tests.oracle import partial
from tests.support import strategies
from tests.support.feeding import freeze

Helper = Callable[..., Any]


def drain_sync(helper: Helper, fragments: Iterable[Any], **options: Any) -> tuple[list[Any], BaseException | None]:
    """Everything a helper yields over an iterable, and what it raised."""
    got: list[Any] = []
    try:
        for item in helper(iter(fragments), **options):
            got.append(item)
    except midstream.JSONStreamError as error:
        return got, error
    return got, None


def drain_async(helper: Helper, fragments: Iterable[Any], **options: Any) -> tuple[list[Any], BaseException | None]:
    got: list[Any] = []

    async def source() -> AsyncIterator[Any]:
        for fragment in fragments:
            await asyncio.sleep(0)
            yield fragment

    async def run() -> BaseException | None:
        try:
            async for item in helper(source(), **options):
                got.append(item)
        except midstream.JSONStreamError as error:
            return error
        return None

    return got, asyncio.run(run())


DRAINS = pytest.mark.parametrize("drain", [drain_sync, drain_async])
Drain = Callable[..., tuple[list[Any], BaseException | None]]


def wanted_snapshots(fragments: list[Any]) -> tuple[list[Any], str | None]:
    """What snapshots() yields, from the oracle: frozen values, and the class of the error."""
    shown: list[Any] = []
    missing = freeze(partial.MISSING)
    for count in range(1, len(fragments) + 1):
        outcome = partial.parse(fragments[:count])
        value = freeze(outcome.value)
        if value != missing and (outcome.error is None or shown[-1:] != [value]):
            shown.append(value)
        if outcome.error is not None:
            return shown, outcome.error[0]
    outcome = partial.parse(fragments, final=True)
    value = freeze(outcome.value)
    if value != missing and shown[-1:] != [value]:
        shown.append(value)
    return shown, outcome.error and outcome.error[0]


@DRAINS
@pytest.mark.parametrize(
    "fragments",
    [
        ['{"a":', "[1,", "2", "]", "}"], [" ", "1", "2"], ["12"], ["[1,", "2"], [], [""], ["", "[", "", "]"], ["tru", "e"],
        ["[1", ",x"], ["x"], ["[1,2", ",3,x"], ['"a', "b", '"', " "], [b'["\xf0\x9f', b"\x98\x80", '"]'], ["[]", "[]"],
    ],
    ids=str,
)  # fmt: skip
def test_snapshots(drain: Drain, fragments: list[Any]) -> None:
    got, error = drain(midstream.snapshots, fragments)
    wanted, name = wanted_snapshots(fragments)
    assert without_repeats(list(map(freeze, got))) == without_repeats(wanted)
    assert (error and type(error).__name__) == name
    assert len(got) >= len(wanted) - 1


def without_repeats(values: list[Any]) -> list[Any]:
    return [value for index, value in enumerate(values) if index == 0 or value != values[index - 1]]


@given(strategies.fed())
def test_snapshots_agree_with_the_oracle(fragments: list[Any]) -> None:
    wanted, name = wanted_snapshots(fragments)
    for drain in (drain_sync, drain_async):
        got, error = drain(midstream.snapshots, fragments)
        assert without_repeats(list(map(freeze, got))) == without_repeats(wanted)
        assert (error and type(error).__name__) == name


@DRAINS
def test_snapshots_come_once_a_fragment(drain: Drain) -> None:
    got, error = drain(midstream.snapshots, [" ", "[", "1", ",", " ", "2", "]", "\n"])
    assert error is None
    assert got == [[], [], [1], [1], [1], [1, 2], [1, 2]]
    assert got[0] is got[1]
    assert got[2] is got[3] is got[4]
    assert got[5] is got[6]


@DRAINS
def test_snapshots_do_not_change_afterwards(drain: Drain) -> None:
    text = '{"a":[1,{"b":"text"}],"c":[[2]]}'
    seen: list[Any] = []

    def helper(fragments: Any, **options: Any) -> Any:
        return midstream.snapshots(fragments, **options)

    got, error = drain(helper, list(text))
    assert error is None
    for snapshot, end in zip(got, range(1, len(text) + 1), strict=True):
        assert freeze(snapshot) == freeze(partial.parse(text[:end]).value)
        seen.append(snapshot)
    assert got[-1]["a"] is got[-5]["a"]


@DRAINS
@pytest.mark.parametrize(
    ("fragments", "documents", "name"),
    [
        (["1 2 3"], [1, 2, 3], None),
        (['{"a":1}', '\n{"b"', ":2}\n"], [{"a": 1}, {"b": 2}], None),
        (["12", "34"], [1234], None),
        (["12", " 34"], [12, 34], None),
        ([], [], None),
        ([" ", "\n"], [], None),
        (['[1]"a"', "true", "null{}"], [[1], "a", True, None, {}], None),
        (["1 [2", ",3"], [1], "TruncatedJSON"),
        (["1 [2] x 3"], [1, [2]], "MalformedJSON"),
        (["1 2,3"], [1], "MalformedJSON"),
        (["[1] ", "[2", "}"], [[1]], "MalformedJSON"),
        (["7 tr"], [7], "TruncatedJSON"),
        (["7 -"], [7], "TruncatedJSON"),
        (['"\ud83d', '\ude00" "', 'x"'], ["😀", "x"], None),
    ],
    ids=str,
)
def test_documents(drain: Drain, fragments: list[Any], documents: list[Any], name: str | None) -> None:
    got, error = drain(midstream.documents, fragments)
    assert freeze(got) == freeze(documents)
    assert (error and type(error).__name__) == name


@given(strategies.fed(), strategies.options())
def test_documents_agree_with_the_oracle(fragments: list[Any], options: dict[str, Any]) -> None:
    options["multiple"] = True
    wanted = partial.parse(fragments, **options)
    for count in range(len(fragments) + 1):
        early = partial.parse(fragments[:count], **options)
        if early.error is not None:
            wanted = early
            break
    else:
        wanted = partial.parse(fragments, final=True, **options)
    del options["multiple"]
    for drain in (drain_sync, drain_async):
        got, error = drain(midstream.documents, fragments, **options)
        assert freeze(got) == freeze(wanted.documents)
        assert (error and type(error).__name__) == (wanted.error and wanted.error[0])


@DRAINS
def test_documents_are_final_values(drain: Drain) -> None:
    got, _ = drain(midstream.documents, list('{"a":[1]}{"a":[2]}'))
    assert got == [{"a": [1]}, {"a": [2]}]
    assert got[0] is not got[1]


@DRAINS
def test_documents_come_as_soon_as_they_end(drain: Drain) -> None:
    fed: list[str] = []

    def fragments() -> Iterator[str]:
        for fragment in ("[1", "]", "[2]", "3", " ", "4"):
            fed.append(fragment)
            yield fragment

    counts = []

    if drain is drain_sync:
        for _ in midstream.documents(fragments()):
            counts.append(len(fed))
        assert counts == [2, 3, 5, 6]
    else:
        got, _ = drain(midstream.documents, fragments())
        assert got == [[1], [2], 3, 4]


@pytest.mark.parametrize("helper", [midstream.snapshots, midstream.documents])
def test_options_are_checked_and_passed_on(helper: Helper) -> None:
    assert drain_sync(helper, ["[1.", "50]"], parse_float=str)[0][-1] == ["1.50"]
    assert drain_async(helper, ["[1.", "50]"], parse_float=str)[0][-1] == ["1.50"]
    assert isinstance(drain_sync(helper, ["[[]]"], max_depth=1)[1], midstream.LimitExceeded)
    with pytest.raises((TypeError, ValueError)):
        list(helper(["[]"], numbers="none"))


@pytest.mark.parametrize("helper", [midstream.snapshots, midstream.documents])
def test_kinds_of_sources(helper: Helper) -> None:
    for fragments in (["[1]"], ("[1]",), iter(["[1]"]), {"[1]": 0}, "[1]", [b"[", bytearray(b"1"), memoryview(b"]")]):
        assert list(helper(fragments))[-1] == [1]
    for wrong in (None, 1, object()):
        with pytest.raises(TypeError):
            list(helper(wrong))


class Watched:
    """A source that notes how often it was asked, and its end."""

    def __init__(self, fragments: list[str]) -> None:
        self.fragments = iter(fragments)
        self.asked = 0
        self.closed = False

    def generate(self) -> Iterator[str]:
        try:
            for fragment in self.fragments:
                self.asked += 1
                yield fragment
        finally:
            self.closed = True

    async def agenerate(self) -> AsyncIterator[str]:
        try:
            for fragment in self.fragments:
                self.asked += 1
                yield fragment
        finally:
            await asyncio.sleep(0)
            self.closed = True


@pytest.mark.parametrize("helper", [midstream.snapshots, midstream.documents])
def test_leaving_early_closes_the_source(helper: Helper) -> None:
    watched = Watched(["[1]", "[2]" if helper is midstream.documents else " ", " "])
    stream = helper(watched.generate())
    assert next(stream) == [1]
    assert (watched.asked, watched.closed) == (1, False)
    stream.close()
    assert watched.closed
    assert list(stream) == []


@pytest.mark.parametrize("helper", [midstream.snapshots, midstream.documents])
def test_leaving_early_closes_an_async_source(helper: Helper) -> None:
    async def run() -> None:
        watched = Watched(["[1]", " ", " "])
        stream = helper(watched.agenerate())
        assert await stream.__anext__() == [1]
        assert (watched.asked, watched.closed) == (1, False)
        await stream.aclose()
        assert watched.closed

    asyncio.run(run())


@pytest.mark.parametrize("helper", [midstream.snapshots, midstream.documents])
def test_an_error_closes_the_source(helper: Helper) -> None:
    watched = Watched(["[1]x", "never"])
    with pytest.raises(midstream.MalformedJSON):
        list(helper(watched.generate()))
    assert (watched.asked, watched.closed) == (1, True)

    async def run() -> None:
        watched = Watched(["[1]x", "never"])
        with pytest.raises(midstream.MalformedJSON):
            async for _ in helper(watched.agenerate()):
                pass
        assert (watched.asked, watched.closed) == (1, True)

    asyncio.run(run())


@pytest.mark.parametrize("helper", [midstream.snapshots, midstream.documents])
def test_an_error_of_the_source_comes_through(helper: Helper) -> None:
    class Broken(Exception):
        pass

    def source() -> Iterator[str]:
        yield "[1] "
        raise Broken

    stream = helper(source())
    assert next(stream) == [1]
    with pytest.raises(Broken):
        next(stream)


@pytest.mark.parametrize("helper", [midstream.snapshots, midstream.documents])
def test_the_source_is_asked_for_no_more_than_is_needed(helper: Helper) -> None:
    watched = Watched(["[1]", "[2]" if helper is midstream.documents else "\n"])
    stream = helper(watched.generate())
    assert watched.asked == 0
    next(stream)
    assert watched.asked == 1


def test_generators_of_the_right_kind() -> None:
    async def source() -> AsyncIterator[str]:
        yield "[1]"

    for helper in (midstream.snapshots, midstream.documents):
        assert inspect.isgenerator(helper(["[1]"])) or hasattr(helper(["[1]"]), "__next__")
        stream = helper(source())
        assert hasattr(stream, "__anext__")
        assert not hasattr(stream, "__next__")


def test_cancelling_an_async_stream_closes_its_source() -> None:
    closed = []

    async def source() -> AsyncIterator[str]:
        try:
            yield "[1,"
            await asyncio.sleep(60)
            yield "2]"
        finally:
            closed.append(True)

    async def consume() -> None:
        async for _ in midstream.snapshots(source()):
            pass

    async def run() -> None:
        task = asyncio.create_task(consume())
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert closed == [True]

    asyncio.run(run())
