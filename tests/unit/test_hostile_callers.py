"""Callers who change what they have handed over, or what they were given to read, and code that runs at odd moments."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import midstream
from midstream import Parser


@pytest.mark.parametrize("kind", [bytearray, lambda data: memoryview(bytearray(data))])
def test_P16_a_buffer_that_changes_while_it_is_read(kind: Callable[[bytes], Any]) -> None:
    buffer = kind(b'[1.5, "abc", 2.5, "' + "é".encode() * 500 + b'"]')

    def overwrite(text: str) -> float:
        memoryview(buffer)[6:] = b"x" * (len(buffer) - 6)
        return float(text)

    parser = Parser(parse_float=overwrite)
    parser.feed(buffer)
    assert parser.close() == [1.5, "abc", 2.5, "é" * 500]


def test_P16_a_buffer_may_be_resized_by_a_callback() -> None:
    buffer = bytearray(b"[1.5, 2]")

    def grow(text: str) -> float:
        buffer.extend(b"x" * 10_000)
        return float(text)

    assert midstream.loads(buffer, parse_float=grow) == [1.5, 2]


def test_P19_a_repair_keeps_no_path_of_its_own() -> None:
    """A short escape in a deep place must not cost the depth."""
    text = "[" * 1000 + '"' + "\\ud800x" * 20_000 + '","' + '","'.join(["\\udc00"] * 2_000)
    tracemalloc.start()
    parser = Parser()
    parser.feed(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(parser.repairs) == 22_000
    assert {repair.path for repair in parser.repairs[:20_000]} == {(0,) * 1000}
    assert parser.repairs[-1].path == (0,) * 999 + (2_000,)
    assert peak < 60 * len(text)


def test_P19_repairs_are_read_without_a_copy() -> None:
    parser = Parser()
    parser.feed('["\\ud800x')
    seen = parser.repairs
    assert parser.repairs is seen
    parser.feed("\\udc00")
    assert len(parser.repairs) == 2
    assert len(seen) == 1


def test_P03_an_exponent_across_the_bound_of_what_partial_numbers_convert() -> None:
    for digits in range(1592, 1606):
        for exponent in ("e100", "e-100", "E+007", "e0010"):
            text = "1." + "3" * digits + exponent
            for cut in range(digits, len(text) + 1):
                parser = Parser(numbers="partial")
                parser.feed("[" + text[:cut])
                for char in text[cut:]:
                    parser.feed(char)
                assert parser.value == [float(text)]


@pytest.fixture
def only_new_garbage() -> Iterator[None]:
    """What other tests have left is not looked at in each collection."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("only_new_garbage")
@pytest.mark.parametrize("read", [Parser.snapshot, copy.copy, copy.deepcopy, pickle.dumps], ids=lambda read: read.__name__)
def test_P09_the_collector_feeds_while_the_parser_is_read(read: Callable[[Parser], Any]) -> None:
    """Before 3.12 making a container can start the collector, and with it a callback that feeds the parser."""

    class Loop:
        pass

    for allocations in range(1, 30):
        parser = Parser()
        parser.feed('{"a": [[1], [2, {"b": [3')
        refused: list[BaseException] = []

        def feed(_: object, parser: Parser = parser, refused: list[BaseException] = refused) -> None:
            try:
                parser.feed("]}], ")
            except RuntimeError as error:
                refused.append(error)

        loop: Any = Loop()
        loop.itself = loop
        watch = weakref.ref(loop, feed)
        del loop
        old = gc.get_threshold()
        gc.set_threshold(allocations, 1, 1)
        try:
            result = read(parser)
        finally:
            gc.set_threshold(*old)
        gc.collect()
        assert watch() is None
        if read is Parser.snapshot:
            picture = repr(result)
            fed = parser.snapshot()
            assert fed == parser.value
            if not refused:
                continue
            parser.feed("]")
            assert repr(result) == picture
        elif not refused:
            continue
        else:
            other = pickle.loads(result) if isinstance(result, bytes) else result
            other.feed("]}]]}")
            assert other.close() == {"a": [[1], [2, {"b": [3]}]]}


def test_P09_a_str_got_hold_of_at_an_odd_moment_stays_as_it_is() -> None:
    grabbed: list[str] = []
    parser = Parser()

    class Grabber:
        def __del__(self) -> None:
            if parser.value and isinstance(parser.value[-1], str):
                grabbed.append(parser.value[-1])

    parser.feed('["abc')
    parser.value[-1] = Grabber()
    for piece in ("d中", "e" * 100, "😀"):
        parser.feed(piece)
        assert all(text in ("", "abc") for text in grabbed)


def test_P09_a_key_of_somebody_who_reads_in_its_comparison() -> None:
    grabbed: list[tuple[str, str]] = []
    parser = Parser()

    class Key:
        def __hash__(self) -> int:
            return hash("s")

        def __eq__(self, other: object) -> bool:
            for key, text in list(parser.value.items()):
                if key is not self and isinstance(text, str):
                    grabbed.append((text, "".join(list(text))))
            return False

    parser.feed('{"x": 1, ')
    live = parser.value
    live[Key()] = 0
    parser.feed('"s": "abc')
    for piece in ("def", "g" * 100, "é", "中" * 50, '"}'):
        parser.feed(piece)
        assert all(text == then for text, then in grabbed)
    assert grabbed


def test_P09_what_somebody_put_in_the_place_of_the_open_string_is_left_alone() -> None:
    parser = Parser()
    parser.feed('[[1,2],"abc')
    parser.value.pop()
    for piece in ("d" * 100, "é", '"'):
        parser.feed(piece)
        assert parser.value == [[1, 2]]
    parser.feed(",3]")
    assert parser.close() == [[1, 2], 3]

    parser = Parser()
    parser.feed('["abc')
    parser.value[0] = 7
    parser.feed("d" * 100)
    assert parser.value == [7]
    parser.value.clear()
    parser.feed("d" * 100)
    assert parser.path in ((0,), ())


def test_P16_a_failed_stream_leaves_no_cycle() -> None:
    """Neither a parser nor the error holds the frames of the callers by way of the other."""

    def fail() -> None:
        parser = Parser()
        try:
            parser.feed("[1 2]")
        except midstream.MalformedJSON:
            pass
        for helper in (midstream.loads, lambda text: list(midstream.snapshots([text]))):
            try:
                helper('{"a" 1}')
            except midstream.MalformedJSON:
                pass

    fail()
    gc.collect()
    gc.disable()
    try:
        for _ in range(10):
            fail()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_P13_the_error_is_the_same_object_while_somebody_holds_it_and_equal_after() -> None:
    parser = Parser()
    with pytest.raises(midstream.MalformedJSON) as first:
        parser.feed("[1 2]")
    error = first.value
    with pytest.raises(midstream.MalformedJSON) as again:
        parser.feed("")
    assert again.value is error
    parts = error.__reduce__()
    del error, first, again
    gc.collect()
    with pytest.raises(midstream.MalformedJSON) as later:
        parser.close()
    assert later.value.__reduce__() == parts


def test_P19_a_long_key_is_not_kept_twice() -> None:
    parser = Parser()
    parser.feed('{"')
    tracemalloc.start()
    for _ in range(100):
        parser.feed("k" * 10_000)
    parser.feed('": 1')
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 1_100_000
    assert len(pickle.dumps(parser)) < 1_100_000 * 2


def test_P14_messages_stay_short() -> None:
    deep = "".join('{"' + letter * 200 + '":' for letter in "abcdefghij" * 20) + "!"
    with pytest.raises(midstream.MalformedJSON) as caught:
        midstream.loads(deep, max_depth=None)
    assert len(str(caught.value)) < 5_000
    assert len(caught.value.path) == 200
    with pytest.raises(midstream.MalformedJSON) as caught:
        midstream.loads('{"it\'s\\u0000\\n😀": !')
    assert str(caught.value).endswith("($['it\\'s\\u0000\\u000a😀'])")


@pytest.mark.skipif(not hasattr(sys, "set_int_max_str_digits"), reason="this Python has no limit on digits")
def test_P17_a_partial_int_is_made_from_the_one_before() -> None:
    digits = "9876543210" * 430
    for sign in ("", "-"):
        parser = Parser(numbers="partial")
        parser.feed("[" + sign)
        for size in range(1, len(digits) + 1):
            parser.feed(digits[size - 1])
            if size % 97 == 0 or size > 4_290:
                assert parser.value == [int(sign + digits[:size])]


class Watcher:
    """A float whose end calls back, in the middle of the feed that replaces it."""

    calls: Callable[[], None] | None = None

    def __init__(self, text: str) -> None:
        pass

    def __del__(self) -> None:
        if Watcher.calls is not None:
            Watcher.calls()


def test_P08_a_snapshot_taken_while_a_container_is_put_in_its_place_does_not_grow() -> None:
    parser = Parser(parse_float=Watcher)
    parser.feed('{"a":1.5,')
    taken: list[tuple[Any, Any]] = []

    def take() -> None:
        snapshot = parser.snapshot()
        taken.append((snapshot, copy.deepcopy(snapshot)))

    Watcher.calls = take
    try:
        parser.feed('"a":{"b":[1,"x')
    finally:
        Watcher.calls = None
    parser.feed('y",2]}}')
    assert len(taken) == 1
    assert all(snapshot == then for snapshot, then in taken)
    assert parser.close() == {"a": {"b": [1, "xy", 2]}}


def test_P09_patch_refuses_to_run_within_a_feed_or_another_patch() -> None:
    parser = Parser(parse_float=Watcher)
    parser.feed('{"a":1.5,')
    value = midstream.patches.apply(midstream.MISSING, [{"op": "add", "path": "", "value": {"a": 1}}])
    parser.patch()
    refused: list[str] = []

    def ask() -> None:
        try:
            parser.patch()
        except RuntimeError as error:
            refused.append(str(error))

    Watcher.calls = ask
    try:
        parser.feed('"a":{"b":[1,2')
    finally:
        Watcher.calls = None
    parser.feed(" ")
    value = midstream.patches.apply(value, parser.patch())
    assert value == parser.value == {"a": {"b": [1, 2]}}
    assert len(refused) == 1

    def inside(text: str) -> float:
        ask()
        return 0.5

    parser = Parser(parse_float=inside)
    parser.feed("[1.5]")
    assert len(refused) == 2


@pytest.mark.parametrize("emptied", ["[0.2", '["x', "[[1,2", '[{"a":"x'])
def test_P16_pickles_of_a_parser_whose_value_somebody_has_emptied(emptied: str) -> None:
    parser = Parser(numbers="partial")
    parser.feed(emptied)
    parser.patch()
    parser.value.clear()
    for other in (copy.copy(parser), copy.deepcopy(parser), pickle.loads(pickle.dumps(parser))):
        other.patch()
        try:
            other.feed('5"}]]')
        except midstream.JSONStreamError:
            pass
        other.snapshot()
        other.patch()


class Fickle:
    """Is equal to a key every other time."""

    asked: int | None = None

    def __init__(self, key: str) -> None:
        self.key = key

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        if Fickle.asked is None:
            return False
        Fickle.asked += 1
        return Fickle.asked > 1


def test_P16_unpickling_what_is_not_there() -> None:
    """How often a dict asks depends on the hashes, which are random; so with several keys."""
    refused = 0
    for key in "acdefghijklmn":
        parser = Parser()
        parser.feed('{"b":1')
        parser.value[Fickle(key)] = 5
        parser.feed(f',"{key}":[[1')
        make, arguments = parser.__reduce__()
        Fickle.asked = 0
        try:
            make(*arguments).snapshot()
        except ValueError as error:
            assert "a container is missing" in str(error)
            refused += 1
        finally:
            Fickle.asked = None
    assert refused


def again(text: str) -> object:
    return midstream.loads('[1.5, "é\u20ac"]', parse_float=again)


def test_P16_a_parse_float_that_parses_again_for_ever() -> None:
    """The interpreter's limit comes before the end of the C stack."""
    with pytest.raises(RecursionError):
        again("1")


def test_P16_expressions_of_a_subclass_of_str() -> None:
    class Odd(str):
        def __eq__(self, other: object) -> bool:
            raise ZeroDivisionError

        def __hash__(self) -> int:
            return hash("$.a")

        def __getitem__(self, place: Any) -> Odd:
            return Odd(str(self)[place])

    parser = Parser(watch=Odd("$.b"))
    assert [type(event).__name__ for event in parser.feed('{"b":{"b":1},"a":2}')] == ["Opened", "Completed"]


def test_P17_a_partial_number_that_is_not_shown_is_not_converted() -> None:
    made: list[str] = []

    def parse(text: str) -> float:
        made.append(text)
        return float(text)

    parser = Parser(numbers="partial", duplicate_keys="first", parse_float=parse)
    for fragment in '{"a":1.25,"a":1.125}':
        parser.feed(fragment)
    assert parser.close() == {"a": 1.25}
    assert made.count("1.125") == 1
    assert "1.12" not in made
