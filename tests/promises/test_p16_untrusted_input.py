"""P16: no input, cut or order of calls crashes, hangs, leaks or reads out of bounds."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import random
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

import midstream
from tests.oracle import partial
from tests.support import strategies
from tests.support.feeding import (
    describe,
    expected,
    feed_all,
    freeze,
    observe,
    random_cuts,
    seen,
    try_close,
    try_feed,
    units,
)

DOCUMENTED = (midstream.MalformedJSON, midstream.TruncatedJSON, midstream.LimitExceeded)
# the brief profile is for slow builds
MILLION = 200_000 if os.environ.get("MIDSTREAM_PROFILE") == "brief" else 1_000_000


# -- any bytes, any calls


@given(st.binary(max_size=200), strategies.options())
def test_P16_any_bytes(data: bytes, options: dict[str, Any]) -> None:
    parser, error = feed_all(random_cuts(data, len(data)), **options)
    error = error or try_close(parser)
    assert error is None or type(error) in DOCUMENTED
    if error is not None:
        assert 0 <= error.offset <= len(data)  # type: ignore[attr-defined]


@given(st.text(max_size=60), strategies.options())
def test_P16_any_text(text: str, options: dict[str, Any]) -> None:
    for whole in (text, "".join(map(chr, text.encode("utf-16-le", "surrogatepass")))):
        parser, error = feed_all(random_cuts('["' + whole, len(text)), **options)
        error = error or try_close(parser)
        assert error is None or type(error) in DOCUMENTED


def test_P16_many_random_byte_strings() -> None:
    """Bytes drawn mostly from those that mean something, on every kind of fragment boundary."""
    rng = random.Random(16)
    alphabet = b'[]{}",:\\ud83e0019-+.eEtrufalsn \n\x00\x80\xbf\xc3\xe2\xf0\x9f\x98\xed\xa0\xff'
    for _ in range(6000):
        data = bytes(rng.choices(alphabet, k=rng.randint(0, 24)))
        if rng.random() < 0.5:
            data = rng.choice([b'["', b'{"a":', b'[1,{"', b'"\\']) + data
        options: dict[str, Any] = {"numbers": rng.choice(["complete", "partial"]), "multiple": rng.random() < 0.3}
        wanted = expected(partial.parse(data, final=True, **options))
        assert seen(random_cuts(data, rng.random().__hash__(), mean=2.0), close=True, **options) == wanted, data
        assert seen([data], close=True, **options) == wanted, data


class AnyOrderOfCalls(RuleBasedStateMachine):
    """Several parsers and their forks at once, each beside the list of fragments that it was fed."""

    parsers = Bundle("parsers")

    def __init__(self) -> None:
        super().__init__()
        self.held: list[tuple[Any, Any]] = []

    @initialize(target=parsers, options=strategies.options())
    def first(self, options: dict[str, Any]) -> Any:
        return [midstream.Parser(**options), options, [], None, False]

    @rule(target=parsers, options=strategies.options())
    def another(self, options: dict[str, Any]) -> Any:
        return [midstream.Parser(**options), options, [], None, False]

    @rule(target=parsers, state=parsers, how=st.sampled_from(["copy", "deepcopy", "pickle"]))
    def fork(self, state: Any, how: str) -> Any:
        parser, options, fragments, error, closed = state
        fork: Callable[[Any], Any] = {
            "copy": copy.copy,
            "deepcopy": copy.deepcopy,
            "pickle": lambda p: pickle.loads(pickle.dumps(p)),
        }[how]
        return [fork(parser), options, list(fragments), error, closed]

    @rule(target=parsers, state=parsers)
    def forget(self, state: Any) -> Any:
        state[:] = [midstream.Parser(), {}, [], None, False]
        return multiple()

    @rule(state=parsers, text=strategies.json_texts(3).map(str.encode) | strategies.garbage(), data=st.data())
    def feed(self, state: Any, text: bytes, data: st.DataObject) -> None:
        for fragment in data.draw(strategies.cut_plans(text)):
            self.feed_one(state, fragment)

    @rule(state=parsers, token=st.sampled_from(strategies.TOKENS))
    def feed_token(self, state: Any, token: bytes) -> None:
        self.feed_one(state, token)

    @rule(state=parsers, text=st.sampled_from(["\ud83d", "\ude00", '"\ud83d', '\ude00"', "é", '"', "x"]))
    def feed_half(self, state: Any, text: str) -> None:
        self.feed_one(state, text)

    def feed_one(self, state: Any, fragment: Any) -> None:
        parser, _, fragments, error, closed = state
        got = try_feed(parser, fragment)
        if error is not None:
            assert (type(got), str(got)) == (type(error), str(error))
        elif len(fragment) == 0:
            assert got is None
        elif closed:
            assert type(got) is RuntimeError
        else:
            fragments.append(bytes(fragment) if isinstance(fragment, (bytearray, memoryview)) else fragment)
            state[3] = got

    @rule(state=parsers)
    def close(self, state: Any) -> None:
        got = try_close(state[0])
        if state[3] is None:
            state[3] = got
        else:
            assert (type(got), str(got)) == (type(state[3]), str(state[3]))
        state[4] = True

    @rule(state=parsers, share=st.booleans())
    def snapshot(self, state: Any, share: bool) -> None:
        snapshot = state[0].snapshot(share)
        self.held.append((snapshot, freeze(snapshot)))

    @rule(state=parsers, path=st.lists(st.integers(-2, 3) | st.sampled_from(["a", "b", "", "é"]), max_size=4).map(tuple))
    def ask(self, state: Any, path: Any) -> None:
        assert state[0].is_complete(path) in (True, False)

    @rule(state=parsers, wrong=st.sampled_from([None, 1, [], ("a",), {}, 1.5]))
    def feed_wrong(self, state: Any, wrong: Any) -> None:
        with pytest.raises((TypeError, RuntimeError, *DOCUMENTED)):
            state[0].feed(wrong)

    @rule(state=parsers)
    def look(self, state: Any) -> None:
        parser, options, fragments, error, closed = state
        shown = observe(parser, error)
        wanted = expected(partial.parse(fragments, final=closed, **options))
        assert shown == wanted, describe(fragments, options, shown, wanted)

    @invariant()
    def snapshots_stay(self) -> None:
        for snapshot, frozen in self.held[-5:]:
            assert freeze(snapshot) == frozen

    def teardown(self) -> None:
        for snapshot, frozen in self.held:
            assert freeze(snapshot) == frozen


TestP16AnyOrderOfCalls = AnyOrderOfCalls.TestCase
TestP16AnyOrderOfCalls.settings = settings(max_examples=60, stateful_step_count=30)


# -- a million of everything


def depth_of(value: Any) -> int:
    depth = 0
    while isinstance(value, (list, dict)):
        depth += 1
        if not value:
            break
        value = value[0] if isinstance(value, list) else next(iter(value.values()))
    return depth


@pytest.mark.parametrize(("opener", "size"), [("[", 1), ('{"a":', 5), ('[{"a":', 6), ("[0,", 3)])
def test_P16_a_million_open_containers(opener: str, size: int) -> None:
    count = MILLION // (2 if "{" in opener and "[" in opener else 1)
    depth = count * (opener.count("[") + opener.count("{"))
    data = opener * count
    for fragments in ([data], [data[start : start + 4096] for start in range(0, len(data), 4096)]):
        parser, error = feed_all(fragments, max_depth=None)
        assert error is None
        assert parser.offset == size * count
        assert parser.status is midstream.Status.OPEN
        if "0" not in opener:
            assert depth_of(parser.value) == depth
            assert depth_of(parser.snapshot()) == depth
        parser.snapshot(share=False)
        assert not parser.is_complete(())
        error = try_close(parser)
        assert isinstance(error, midstream.TruncatedJSON)
        assert error.offset == size * count
        assert depth - 1 <= len(error.path) <= depth
        assert try_close(parser) is error
        assert len(str(error)) < 20 * len(error.path) + 200


def test_P16_a_million_containers_one_byte_a_fragment() -> None:
    parser = midstream.Parser(max_depth=None)
    for _ in range(MILLION):
        parser.feed("[")
    for _ in range(MILLION):
        parser.feed("]")
    assert depth_of(parser.close()) == MILLION


def test_P16_forks_of_a_deep_parser() -> None:
    parser = midstream.Parser(max_depth=None)
    parser.feed("[" * 200_000)
    other = copy.copy(parser)
    other.feed("]" * 200_000)
    assert depth_of(other.close()) == 200_000
    other = copy.deepcopy(parser)
    other.feed("1")
    try:
        pickled = pickle.dumps(parser)
    except RecursionError:
        pickled = None
    if pickled is not None:
        assert depth_of(pickle.loads(pickled).value) == 200_000
    parser.feed("1]")
    assert depth_of(parser.value) == 200_000


def test_P16_an_error_a_million_deep() -> None:
    parser = midstream.Parser(max_depth=None)
    error = try_feed(parser, "[" * MILLION + "x")
    assert isinstance(error, midstream.MalformedJSON)
    assert error.offset == MILLION
    assert len(error.path) == MILLION - 1
    assert depth_of(parser.value) == MILLION


def test_P16_a_number_of_a_million_digits() -> None:
    digits = "7" * MILLION
    for fragments in ([f"[{digits}"], units(f"[{digits}")):
        parser, error = feed_all(fragments)
        assert error is None
        assert parser.value == []
        if hasattr(sys, "get_int_max_str_digits"):
            error = try_feed(parser, "]")
            assert isinstance(error, midstream.LimitExceeded)
            assert error.offset == MILLION + 1
    for number, value in (
        (f"0.{digits}", 7 / 9),
        (f"{digits}e-{MILLION}", 7 / 9),
        (f"1e{digits}", float("inf")),
        (f"1e-{digits}", 0.0),
    ):
        assert midstream.loads(f"[{number}]") == [value]
        parser, error = feed_all(units(f"[{number}]"))
        assert error is None
        assert parser.close() == [value]


def test_P16_a_partial_number_of_many_digits_read_now_and_then() -> None:
    parser = midstream.Parser(numbers="partial")
    parser.feed("[")
    for count in range(1, 200_001):
        parser.feed("3")
        if count % 20_000 == 0:
            assert str(parser.value[0])[:3] == "333"
    if hasattr(sys, "get_int_max_str_digits"):
        assert len(str(parser.value[0])) == sys.get_int_max_str_digits()


def test_P16_a_million_of_many_things() -> None:
    assert midstream.loads("[" + "1," * MILLION + "2]") == [1] * MILLION + [2]
    assert midstream.loads(" " * MILLION + "[]" + "\n" * MILLION) == []
    assert midstream.loads('"' + "\\u00e9" * MILLION + '"') == "é" * MILLION
    assert midstream.loads('{"' + "k" * MILLION + '":1}') == {"k" * MILLION: 1}
    assert midstream.loads("{" + '"a":1,' * MILLION + '"a":2}') == {"a": 2}
    parser, error = feed_all(['"' + "\\ud83d" * 100_000 + '"'])
    assert error is None
    assert parser.close() == "\ufffd" * 100_000
    assert len(parser.repairs) == 100_000
    assert parser.repairs[-1].offset == 1 + 6 * 99_999


def test_P16_a_million_documents() -> None:
    parser = midstream.Parser(multiple=True)
    parser.feed("[]" * MILLION)
    assert parser.value == []
    assert parser.close() == []
    assert sum(1 for _ in midstream.documents(["1\n" * 10_000] * 20)) == 200_000


# -- out of bounds


def test_P16_nothing_behind_the_end_of_a_fragment_is_read() -> None:
    """A fragment in the middle of a larger buffer: what stands behind it would change the outcome."""
    for text, behind in (
        ('["abc', 'x"]'),
        ("[12", "345]"),
        ("[tr", "ue]"),
        ('["\\ud8', '3d"]'),
        ("[1 ", " ,"),
        (b'["\xe2\x82', b"\xac"),
    ):
        data = text.encode() if isinstance(text, str) else text
        tail = behind.encode() if isinstance(behind, str) else behind
        for size in range(len(data) + 1):
            whole = bytearray(data[:size] + (data + tail)[size:] * 50)
            parser = midstream.Parser()
            parser.feed(memoryview(whole)[:size])
            assert observe(parser) == expected(partial.parse(data[:size]))


# -- leaks


def check_blocks(once: Callable[[], None]) -> None:
    """A leak of one block a round shows in every measurement; caches that fill up only show in the first ones."""

    def blocks_after_rounds() -> int:
        for _ in range(200):
            once()
        gc.collect()
        return sys.getallocatedblocks()

    grown = []
    before = blocks_after_rounds()
    for _ in range(5):
        after = blocks_after_rounds()
        grown.append(after - before)
        if grown[-1] < 50:
            return
        before = after
    pytest.fail(f"blocks more after each 200 rounds: {grown}")


LEAKING: list[tuple[Any, dict[str, Any]]] = [
    (b'{"a":[1,2.5,"x\\u00e9",{"b":null}],"c":"\xf0\x9f\x98\x80","c":12345678901234567890} ', {}),
    ('{"a":[1,2.5,{"b":"open', {}),
    ('{"a":[1,2.5,{"b":"open', {"numbers": "partial"}),
    *(
        (text, {})
        for text in (
            "",
            "x",
            "[1,]",
            "{1",
            '{"a" 1',
            "[1 2",
            "1 2",
            "tru!",
            "-x",
            '["\\x',
            '["a\x01',
            b'["ab\xff',
            '["\\ud83d',
            '["\ud83d',
        )
    ),
    ('{"a":{"k":1},"a":2}', {"duplicate_keys": "error"}),
    ('{"a":{"k":1},"a":{"x":[2]}}', {"duplicate_keys": "first"}),
    ('{"a":{"k":1},"a":{"x":[2]}}', {"duplicate_keys": "last"}),
    ("[[[[", {"max_depth": 3}),
    ('["abc"]', {"max_size": 4}),
    ('{"abcdef":1}', {"max_string": 4}),
    ('["\\ud83dx\\ude00"]', {}),
    ("[1.5,2.5]", {"parse_float": str}),
    ("[1.5,2.5]", {"parse_float": lambda text: 1 // 0}),
    ('1 "a" [2] {', {"multiple": True}),
    ("[" + "9" * 5000 + "]", {}),
]


@pytest.mark.skipif(sys.getallocatedblocks() == 0, reason="PYTHONMALLOC=malloc counts no blocks; tests/leaks traces them")
@pytest.mark.parametrize(("data", "options"), LEAKING, ids=lambda part: repr(part)[:40])
def test_P16_nothing_leaks(data: Any, options: dict[str, Any]) -> None:
    """Blocks are counted over every way in which a parser can end."""

    def once() -> None:
        for fragments in ([data], units(data), [data[: len(data) // 2], data[len(data) // 2 :]]):
            parser, error = feed_all(fragments, **options)
            parser.value
            parser.snapshot()
            parser.snapshot(False)
            parser.path
            parser.repairs
            other = copy.copy(parser)
            try_close(other)
            try:
                pickle.loads(pickle.dumps(parser)).feed("x")
            except (*DOCUMENTED, ZeroDivisionError, pickle.PicklingError, AttributeError):
                pass
            error = error or try_close(parser)
            if error is not None:
                str(error)
                try_feed(parser, "x")

    check_blocks(once)


def test_P16_nothing_leaks_from_streams() -> None:
    def once() -> None:
        for fragments in (['{"a":', "[1", "]}"], ["[1,", "x"], ["[1"]):
            for helper in (midstream.snapshots, midstream.documents):
                try:
                    list(helper(fragments))
                except DOCUMENTED:
                    pass
                next(iter(helper(["[1]", "[2]"])), None)
        for text in ("[1]", "[1", "x"):
            try:
                midstream.loads(text, partial=len(text) == 2)
            except DOCUMENTED:
                pass

    check_blocks(once)
