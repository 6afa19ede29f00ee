"""P09: reading changes no later result; re-entry raises and never corrupts; forks go their own ways."""

from __future__ import annotations

import copy
import decimal
import gc
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from tests.oracle import partial
from tests.support import strategies
from tests.support.feeding import (
    Record,
    clone,
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

# -- reading

READS: dict[str, Callable[[midstream.Parser], Any]] = {
    "value": lambda parser: parser.value,
    "snapshot": lambda parser: parser.snapshot(),
    "own snapshot": lambda parser: parser.snapshot(share=False),
    "status": lambda parser: parser.status,
    "path": lambda parser: parser.path,
    "offset": lambda parser: parser.offset,
    "repairs": lambda parser: parser.repairs,
    "is_complete": lambda parser: [parser.is_complete(path) for path in ((), (0,), ("a",), ("a", 0), ("é",))],
    "copy": copy.copy,
    "pickle": pickle.dumps,
    "repr": repr,
    "empty": lambda parser: try_feed(parser, ""),
}


@given(st.data(), strategies.streams(), strategies.options(), st.booleans())
def test_P09_reading_anything_anywhere(data: st.DataObject, stream: bytes, options: dict[str, Any], keep: bool) -> None:
    fragments = data.draw(strategies.cut_plans(stream))
    plan = data.draw(st.lists(st.lists(st.sampled_from(sorted(READS)), max_size=3), max_size=len(fragments) + 1))
    parser = midstream.Parser(**options)
    kept = []
    error = None
    for index, fragment in enumerate(fragments):
        for name in plan[index] if index < len(plan) else ():
            got = READS[name](parser)
            if keep:
                kept.append(got)
        error = try_feed(parser, fragment)
        if error is not None:
            break
    assert observe(parser, error) == seen([stream], **options)
    if error is None:
        assert observe(parser, try_close(parser)) == seen([stream], close=True, **options)


@pytest.mark.parametrize("name", sorted(READS))
def test_P09_reading_after_every_byte(name: str) -> None:
    text = '{"é\\ud83d\\ude00":[-1.5e+3,true,"a\\ud83dx€"],"k":{"l":"\\n\\u00e9😀"},"k":null}'
    for options in ({}, {"numbers": "partial"}):
        parser = midstream.Parser(**options)
        for byte in units(text.encode()):
            READS[name](parser)
            parser.feed(byte)
        parser.close()
        assert observe(parser) == seen([text], close=True, **options)


# -- texts that somebody holds

GROWING = "abcé\xffdeĀ€fg😀hi\n" * 4


def growing(body: str = GROWING) -> Iterator[tuple[midstream.Parser, str]]:
    """A parser with an open string at ["k"], after each character, and what the string must be by then."""
    parser = midstream.Parser()
    parser.feed('{"x":[],"k":"')
    for end, character in enumerate(body, 1):
        parser.feed("\\n" if character == "\n" else character)
        yield parser, body[:end]


USES: dict[str, Callable[[str], Any]] = {
    "hold": lambda text: text,
    "hash": lambda text: [hash(text)] and text,
    "intern": lambda text: sys.intern(text) and None,
    "intern and hold": lambda text: sys.intern(text),
    "key": lambda text: {text: 1},
    "set": lambda text: {text},
    "encode": lambda text: [text.encode(), text],
    "pickle": lambda text: [pickle.dumps(text), text],
    "pickle and drop": lambda text: pickle.dumps(text) and None,
    "hash and drop": lambda text: hash(text) and None,
    "attribute": lambda text: setattr(type("T", (), {})(), "a" + text, 1),
    "slice": lambda text: text[:],
    "format": lambda text: f"{text}",
    "join": lambda text: "".join([text]),
}


@pytest.mark.parametrize("name", sorted(USES))
def test_P09_a_held_text_never_changes(name: str) -> None:
    held: list[tuple[Any, Any]] = []
    for parser, wanted in growing():
        text = parser.value["k"]
        assert clone(text) == wanted
        assert hash(text) == hash(clone(wanted))
        assert pickle.loads(pickle.dumps(text)) == wanted
        got = USES[name](text)
        held.append((got, copy.deepcopy(clone(got))))
        del text
        for got, wanted_got in held:
            if isinstance(got, dict):
                assert list(map(clone, got)) == list(wanted_got)
                assert all(key in got for key in wanted_got)
            else:
                assert got == wanted_got
    for got, wanted_got in held:
        assert repr(got) == repr(wanted_got)


@pytest.mark.parametrize("drop", [True, False])
@pytest.mark.parametrize("every", [1, 2, 3, 7])
def test_P09_a_text_read_now_and_then(every: int, drop: bool) -> None:
    held = []
    for count, (parser, wanted) in enumerate(growing("x" * 300 + GROWING + "y" * 300)):
        if count % every == 0:
            text = parser.value["k"]
            assert len(text) == len(wanted)
            assert text == wanted
            held.append((text, clone(wanted)))
            if drop:
                held.clear()
    assert all(text == wanted for text, wanted in held)


def test_P09_hashes_and_utf8_of_a_grown_text() -> None:
    """A text that has been hashed or encoded and then grew has the hash and encoding of what it is now."""
    for parser, wanted in growing():
        hash(parser.value["k"])
        pickle.dumps(parser.value["k"])
        parser.value["k"].encode()
        assert {wanted: 1}[parser.value["k"]] == 1
        assert pickle.loads(pickle.dumps(parser.value["k"])) == wanted
        assert parser.value["k"].isascii() == wanted.isascii()
        assert max(parser.value["k"]) == max(wanted)


def test_P09_an_interned_text_stays_what_it_is() -> None:
    before = []
    for parser, wanted in growing("interned_name_" + GROWING):
        sys.intern(parser.value["k"])
        before.append(wanted)
        for text in before[-5:]:
            name = sys.intern(clone(text))
            assert name == text
            assert len(name) == len(text)


def test_P09_a_root_text_held_between_feeds() -> None:
    parser = midstream.Parser()
    parser.feed('"')
    held = []
    for character in GROWING.replace("\n", "_") * 3:
        parser.feed(character)
        held.append((parser.value, clone(parser.value)))
    assert all(text == wanted for text, wanted in held)


def test_P09_feeding_the_parser_its_own_text() -> None:
    parser = midstream.Parser()
    parser.feed('"ab')
    for count in range(12):
        parser.feed(parser.value)
        assert parser.value == "ab" * 2 ** (count + 1)
    parser.feed('"')
    assert parser.close() == "ab" * 4096


def test_P09_feeding_the_parser_its_own_nested_text() -> None:
    parser = midstream.Parser()
    parser.feed('{"k":"é😀')
    for count in range(10):
        parser.feed(parser.value["k"])
        assert parser.value == {"k": "é😀" * 2 ** (count + 1)}
    parser.feed('"}')
    assert parser.close() == {"k": "é😀" * 1024}


def test_P09_the_fragment_is_free_after_feed() -> None:
    """A bytearray is not locked and not kept: it may be resized and overwritten after feed, also after an error."""
    fragment = bytearray(b'["abc","def')
    parser = midstream.Parser()
    parser.feed(fragment)
    fragment[:] = b"x" * 100
    parser.feed(memoryview(fragment)[:3])
    fragment += b"y" * 10_000
    assert parser.value == ["abc", "defxxx"]
    fragment[:] = b"\x00"
    with pytest.raises(midstream.MalformedJSON):
        parser.feed(fragment)
    fragment += b"z" * 10_000
    with pytest.raises(midstream.MalformedJSON):
        parser.feed(fragment)
    fragment.clear()


# -- the live value in somebody else's hands


def vandals() -> dict[str, Callable[[Any], Any]]:
    class Evil(str):
        """A key that equals everything, in a way that costs."""

        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            gc.collect(0)
            return False

        def __hash__(self) -> int:
            return hash("b")

    def cycle(value: Any) -> None:
        value["self"] = value
        value["a"].append(value)

    return {
        "clear": lambda value: value.clear(),
        "clear inner": lambda value: value["a"].clear(),
        "pop inner": lambda value: value.pop("a"),
        "replace inner": lambda value: value.update(a=1),
        "replace text": lambda value: value["a"].__setitem__(-1, None),
        "pop text": lambda value: value["a"].pop(),
        "append": lambda value: value["a"].extend(range(1000)),
        "insert": lambda value: value["a"].insert(0, "new"),
        "add keys": lambda value: value.update((str(number), number) for number in range(1000)),
        "odd keys": lambda value: value.update({Evil("b"): 1, 1: 2, (): 3}),
        "cycle": cycle,
        "sort": lambda value: value["a"].sort(key=str),
        "reverse": lambda value: value["a"].reverse(),
        "delete": lambda value: value.__delitem__("a"),
    }


@pytest.mark.parametrize("name", sorted(vandals()))
def test_P09_a_vandalised_live_value_does_no_harm_elsewhere(name: str) -> None:
    """What becomes of that value is its owner's affair; the parser survives and other parsers are right."""
    text = '{"b":0,"a":[1,"text",{"c":[2]},"tail\\n😀"],"b":[3],"z":{"y":"x"}}'
    wanted = seen([text], close=True)
    for place in range(1, len(text)):
        for fragments in ([text[place:]], units(text[place:])):
            parser = midstream.Parser()
            parser.feed(text[:place])
            value = parser.value
            try:
                vandals()[name](value)
            except (KeyError, IndexError, AttributeError, TypeError):
                continue
            for fragment in fragments:
                error = try_feed(parser, fragment)
                for read in ("value", "path", "status", "snapshot", "own snapshot", "is_complete"):
                    if read == "own snapshot" and name == "cycle":
                        continue  # a copy of a cycle by its owner's making
                    READS[read](parser)
                if error is not None:
                    break
            try_close(parser)
            if isinstance(value, dict):
                value.clear()
    assert seen([text], close=True) == wanted


def test_P09_a_live_value_dropped_with_its_parser() -> None:
    """The value outlives the parser."""
    parser = midstream.Parser()
    parser.feed('{"a":[1,"te')
    value = parser.value
    del parser
    gc.collect()
    assert value == {"a": [1, "te"]}
    value["a"][1] += "xt"
    assert value == {"a": [1, "text"]}


def test_P09_a_parser_in_a_cycle_is_collected() -> None:
    """A parser that its own live value refers to goes when nobody else holds it."""
    gone = []

    class Witness:
        def __del__(self) -> None:
            gone.append(True)

    for text in ('{"a":[', '{"a":1}', '{"a":x'):
        parser = midstream.Parser()
        try_feed(parser, text)
        parser.value["parser"] = parser
        parser.value["witness"] = Witness()
        del parser
    sys.exc_info()
    gc.collect()
    assert len(gone) == 3


# -- re-entry


def every_entry(parser: midstream.Parser) -> list[BaseException | None]:
    """Tries to change the parser in every way, and reads it in every way, which must not crash."""
    outcomes: list[BaseException | None] = []
    for attempt in (
        lambda: parser.feed("]"),
        lambda: parser.feed(b"]", final=True),
        lambda: parser.feed(bytearray(b"x")),
        lambda: parser.close(),
        lambda: parser.feed("", final=True),
    ):
        try:
            attempt()
            outcomes.append(None)
        except Exception as error:
            outcomes.append(error)
    for read in READS.values():
        try:
            read(parser)
        except RuntimeError:
            pass
    return outcomes


@pytest.mark.parametrize("numbers", ["complete", "partial"])
def test_P09_feeding_from_parse_float_raises(numbers: str) -> None:
    text = '{"a":[1.5,{"b":-2e5},"x",3.25],"c":1e-5}'
    for fragments in ([text], units(text), random_cuts(text, 1)):
        outcomes: list[BaseException | None] = []
        current: list[midstream.Parser] = []

        def parse_float(number: str, outcomes: list[Any] = outcomes, current: list[Any] = current) -> float:
            outcomes.extend(every_entry(current[0]))
            return float(number)

        parser = midstream.Parser(parse_float=parse_float, numbers=numbers)
        current.append(parser)
        for fragment in fragments:
            assert parser.feed(fragment) == ()
        assert parser.close() == {"a": [1.5, {"b": -2e5}, "x", 3.25], "c": 1e-5}
        assert outcomes
        assert {type(outcome) for outcome in outcomes} == {RuntimeError}


def test_P09_feeding_from_another_thread_raises() -> None:
    outcomes: list[BaseException | None] = []

    def parse_float(number: str) -> float:
        thread = threading.Thread(target=lambda: outcomes.extend(every_entry(parser)))
        thread.start()
        thread.join()
        return float(number)

    parser = midstream.Parser(parse_float=parse_float)
    parser.feed("[1.5,")
    parser.feed("2.5]")
    assert parser.close() == [1.5, 2.5]
    assert len(outcomes) == 10
    assert {type(outcome) for outcome in outcomes} == {RuntimeError}


def test_P09_feeding_from_a_finaliser_raises() -> None:
    outcomes: list[BaseException | None] = []

    class Intruder:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            outcomes.extend(every_entry(parser))

    def parse_float(number: str) -> float:
        Intruder()
        gc.collect()
        return float(number)

    parser = midstream.Parser(parse_float=parse_float)
    for unit in units("[1.5,[2.5],{}"):
        parser.feed(unit)
    parser.feed("]")
    assert parser.close() == [1.5, [2.5], {}]
    assert len(outcomes) == 10
    assert {type(outcome) for outcome in outcomes} == {RuntimeError}


@pytest.mark.parametrize("tail", ['[1,2],"b":3}', '"text","b":3}', 'null,"b":3}', '7,"b":3}'])
def test_P09_feeding_from_the_finaliser_of_a_replaced_value_raises(tail: str) -> None:
    """What somebody put into the live value may run code when a repeated key replaces it."""
    outcomes: list[BaseException | None] = []

    class Intruder:
        def __del__(self) -> None:
            outcomes.extend(every_entry(parser))

    parser = midstream.Parser()
    parser.feed('{"a":1,"a":')
    parser.value["a"] = Intruder()
    parser.feed(tail)
    assert parser.close()["b"] == 3
    assert {type(outcome) for outcome in outcomes} == {RuntimeError}


@pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="the collector runs between bytecodes only, so never in the middle of a feed"
)
def test_P09_feeding_from_garbage_collected_in_the_middle_of_feed() -> None:
    inside = [False]
    outcomes: list[BaseException | None] = []

    class Intruder:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            if inside[0]:
                outcomes.extend(every_entry(parser))
                Intruder()

    document = "[" + ",".join(["[[],{}]"] * 3000) + "]"
    threshold = gc.get_threshold()
    for _ in range(3):
        parser = midstream.Parser()
        Intruder()
        gc.set_threshold(1, 1, 1)
        try:
            inside[0] = True
            parser.feed(document)
            inside[0] = False
        finally:
            gc.set_threshold(*threshold)
        assert parser.close() == [[[], {}]] * 3000
    assert outcomes
    assert all(type(outcome) is RuntimeError for outcome in outcomes)


def test_P09_an_error_of_parse_float_is_the_parsers_error() -> None:
    class Unwelcome(Exception):
        pass

    def parse_float(number: str) -> float:
        raise Unwelcome(number)

    for fragments in (["[1,2.5,3]"], units("[1,2.5,3]")):
        parser = midstream.Parser(parse_float=parse_float)
        error = None
        for fragment in fragments:
            error = try_feed(parser, fragment)
            if error is not None:
                break
        assert type(error) is Unwelcome
        assert error.args == ("2.5",)
        assert parser.status is midstream.Status.FAILED
        assert parser.value == [1]
        for _ in range(2):
            assert try_feed(parser, "x") is error
            assert try_close(parser) is error


def test_P09_a_fragment_of_a_wrong_type_does_no_harm() -> None:
    parser = midstream.Parser()
    parser.feed('["a')
    for wrong in (None, 1, 1.5, ["x"], object(), {}):
        with pytest.raises(TypeError):
            parser.feed(wrong)
        assert parser.value == ["a"]
        assert parser.offset == 3
        assert parser.status is midstream.Status.OPEN
    parser.feed('b"]')
    assert parser.close() == ["ab"]


def test_P09_fragments_of_subclasses_and_odd_views() -> None:
    class Text(str):
        __slots__ = ()

        def __len__(self) -> int:
            return 1000

        def __getitem__(self, key: Any) -> str:
            return "!"

        def encode(self, *args: Any) -> bytes:
            return b"!"

    class Data(bytes):
        def __len__(self) -> int:
            return 1000

    parser = midstream.Parser()
    parser.feed(Text('["a'))
    parser.feed(Data(b"b"))
    parser.feed(memoryview(b"xcx" * 2)[1::3])
    parser.feed(memoryview(b"fed")[::-1])
    parser.feed(memoryview(bytearray(b"ghij")).cast("B", (2, 2)))
    parser.feed('"]')
    value = parser.close()
    assert value == ["abccdefghij"]
    assert type(value[0]) is str


# -- forks

FORKS: dict[str, Callable[[midstream.Parser], midstream.Parser]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {protocol}": lambda parser, protocol=protocol: pickle.loads(pickle.dumps(parser, protocol))
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
    },
}
FORKED = [
    b'{"\xc3\xa9\\ud83d\\ude00\\n":[-1.5e+30,0,true,null,"a\\ud83dx\\u00e9\\ude00"],'
    b'"k":{"l":"\xf0\x9f\x98\x80\xe2\x82\xac"},"k":false} ',
    b'[[[12345678901234567890,{"a":{"b":"c"}},"\\\\\\"\\ud83d\\ud83d"]],-0.5E-3]',
    b'"root \\ud83d\\ude00 \xe2\x82\xac"',
    b"-123.456e-7",
    b'{"a":[1,2,{"b":"\x01',
    b'["ab\\ud83d\\uzzzz',
]


@pytest.mark.parametrize("read", [False, True])
@pytest.mark.parametrize("fork", sorted(FORKS))
@pytest.mark.parametrize("data", FORKED)
def test_P09_forks_at_every_byte(data: bytes, fork: str, read: bool) -> None:
    for numbers in ("complete", "partial"):
        wanted = seen([data], close=True, numbers=numbers)
        original = midstream.Parser(numbers=numbers)
        for place in range(len(data) + 1):
            if read:
                original.snapshot()
                original.value
            before = observe(original)
            other = FORKS[fork](original)
            other_too = FORKS[fork](other)
            assert type(other) is midstream.Parser
            assert observe(other) == before
            assert finish(other, data[place:]) == wanted
            assert observe(original) == before
            assert observe(other_too) == before
            rest = b'x"]}' + data[place:]
            try_feed(other_too, rest)
            again = expected(partial.parse(data[:place] + rest, numbers=numbers))
            assert observe(other_too).value == again.value
            assert observe(original) == before
            if place == len(data) or try_feed(original, data[place : place + 1]) is not None:
                break
        assert finish_or_failed(original) == wanted


def finish(parser: midstream.Parser, rest: bytes) -> Record:
    for byte in units(rest):
        error = try_feed(parser, byte)
        if error is not None:
            return observe(parser, error)
    return observe(parser, try_close(parser))


def finish_or_failed(parser: midstream.Parser) -> Record:
    return observe(parser, try_close(parser))


@given(st.data(), strategies.streams(), strategies.options(), st.sampled_from(sorted(FORKS)))
def test_P09_forks_anywhere(data: st.DataObject, stream: bytes, options: dict[str, Any], fork: str) -> None:
    fragments = data.draw(strategies.cut_plans(stream))
    place = data.draw(st.integers(0, len(fragments)))
    parser, error = feed_all(fragments[:place], **options)
    before = observe(parser, error)
    other = FORKS[fork](parser)
    assert observe(other, error) == before
    for fragment in fragments[place:]:
        if error is None:
            error = try_feed(other, fragment)
    assert observe(other, error) == seen([stream], **options)
    if error is None:
        try_close(other)
    assert observe(parser, error if before.error else None) == before
    error = None
    if before.error is None:
        for fragment in fragments[place:]:
            error = error or try_feed(parser, fragment)
        assert observe(parser, error) == seen([stream], **options)


@pytest.mark.parametrize("fork", sorted(FORKS))
def test_P09_forks_share_no_open_container_and_no_snapshot_state(fork: str) -> None:
    parser = midstream.Parser()
    parser.feed('{"a":[1,{"b":["te')
    snapshot = parser.snapshot()
    other = FORKS[fork](parser)
    for get in (lambda v: v, lambda v: v["a"], lambda v: v["a"][1], lambda v: v["a"][1]["b"]):
        assert get(other.value) is not get(parser.value)
    other.feed('xt"]}],"c":{"d":1}}')
    assert other.close() == {"a": [1, {"b": ["text"]}], "c": {"d": 1}}
    assert parser.value == snapshot == {"a": [1, {"b": ["te"]}]}
    parser.feed('n"')
    assert parser.value == {"a": [1, {"b": ["ten"]}]}
    assert snapshot == {"a": [1, {"b": ["te"]}]}


@pytest.mark.parametrize("fork", sorted(FORKS))
def test_P09_forks_of_a_held_half(fork: str) -> None:
    for data, rest, value in (
        (['["a\ud83d'], "\ude00", "a😀"),
        ([b'["a\xf0\x9f'], b"\x98\x80", "a😀"),
        (['["a\\ud83d\\ude'], "00", "a😀"),
    ):
        parser, error = feed_all(data)
        assert error is None
        other = FORKS[fork](parser)
        for one in (other, parser):
            one.feed(rest)
            one.feed('"]')
            assert one.close() == [value]


@pytest.mark.parametrize("fork", sorted(FORKS))
def test_P09_forks_of_the_failed_and_the_closed(fork: str) -> None:
    parser, error = feed_all(['{"a":[1,tru]'])
    assert isinstance(error, midstream.MalformedJSON)
    other = FORKS[fork](parser)
    again = try_feed(other, "x")
    assert isinstance(again, midstream.MalformedJSON)
    assert observe(other, again) == observe(parser, error)
    assert try_feed(other, "x") is again
    assert try_close(other) is again
    assert str(again) == str(error)

    parser, _ = feed_all(["[1]"])
    parser.close()
    other = FORKS[fork](parser)
    assert other.close() == [1]
    with pytest.raises(RuntimeError):
        other.feed("x")
    assert other.feed("") == ()


@pytest.mark.parametrize("fork", sorted(FORKS))
def test_P09_forks_keep_the_options(fork: str) -> None:
    options: dict[str, Any] = {
        "numbers": "partial",
        "duplicate_keys": "first",
        "parse_float": decimal.Decimal,
        "multiple": True,
        "max_depth": 3,
        "max_size": 100,
        "max_string": 5,
    }
    for rest in ("[[[[", '"toolong', "[1.50", '{"a":1,"a":2} ', "[]" * 80, "[123456"):
        parser = FORKS[fork](midstream.Parser(**options))
        error = try_feed(parser, rest)
        assert observe(parser, error) == seen([rest], **options)


@pytest.mark.parametrize("fork", sorted(FORKS))
def test_P09_forks_share_complete_subtrees_or_copy_them_whole(fork: str) -> None:
    """Writing into an own snapshot of one fork never shows in the other."""
    parser = midstream.Parser()
    parser.feed('{"done":[1,{"x":[]}],"open":[')
    other = FORKS[fork](parser)
    mine = parser.snapshot(share=False)
    mine["done"].append("written")
    assert other.value == {"done": [1, {"x": []}], "open": []}
    frozen = freeze(parser.snapshot())
    other.feed('2],"more":3}')
    assert freeze(parser.snapshot()) == frozen
