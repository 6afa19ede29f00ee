"""P09: the open string is appended to in place, and never under somebody who holds it, however he came by it."""

from __future__ import annotations

import copy
import json
import pickle
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest

import midstream
from tests.support.feeding import try_close, try_feed

LETTERS = "The quick brown fox jumps over the lazy dog. 0123456789 "
# (what is before the open string, the step that leads to it)
PLACES: dict[str, tuple[str, Any]] = {
    "root": ('"', None),
    "object": ('{"a":[1],"k":"', "k"),
    "array": ('[{"b":2},"', 1),
    "inner object": ('[0,{"z":"before","k":"', "k"),
}
STARTS = {"ascii": "", "latin-1": "é", "wide": "€", "widest": "😀"}
SIZES = (1, 3, 4, 8, 17, 40)
OTHERS = [r"\n", r"\"x\\", r"\u0041", r"\u20ac", "é", "€", "😀", r"\ud83d\ude00", "x", "yz" * 40]


def live_container(parser: midstream.Parser, place: str) -> Any:
    return parser.value[1] if place == "inner object" else parser.value


def live(parser: midstream.Parser, place: str) -> Any:
    """The open string, without another reference to it."""
    step = PLACES[place][1]
    return parser.value if step is None else live_container(parser, place)[step]


def begun(place: str, start: str, repair: Literal["all"] | None = None) -> midstream.Parser:
    parser = midstream.Parser(repair=repair)
    parser.feed(PLACES[place][0] + start)
    return parser


def fresh(text: str) -> str:
    """A copy that shares nothing with it, neither hash nor UTF-8."""
    return "".join(list(text))


def fragments_of(size: int, count: int) -> Iterator[str]:
    """Letters, `size` at a time, and now and then something else."""
    others = iter(OTHERS * count)
    for number in range(count):
        yield (LETTERS * 2)[number % 50 :][:size]
        if number % 3 == 2:
            yield next(others)


# -- held, in every way and for as long

HOLDS: dict[str, Callable[[str], Any]] = {
    "nothing": lambda text: None,
    "local": lambda text: text,
    "list": lambda text: [text],
    "key": lambda text: {text: 1},
    "set": lambda text: frozenset([text]),
    "intern": lambda text: [sys.intern(text)],
    "intern and let go": lambda text: sys.intern(text) and None,
    "hash and hold": lambda text: [hash(text)] and [text],
    "hash and let go": lambda text: hash(text) and None,
    "encode": lambda text: [text.encode() and text],
    "encode and let go": lambda text: text.encode() and None,
    "pickle and let go": lambda text: pickle.dumps(text) and None,
    "iterator": lambda text: iter([text, text]).__reduce__()[1][0],
    "name of an attribute": lambda text: setattr(type("Named", (), {})(), "a" + text, 1),
    "name": lambda text: getattr(midstream, text, None) and None,
    "slice": lambda text: [text[:], text[0:]],
}


def texts_in(held: Any) -> list[str]:
    return [] if held is None else [held] if isinstance(held, str) else list(held)


@pytest.mark.parametrize("keep", [1, 2, 1000], ids=["until the next", "for two", "for ever"])
@pytest.mark.parametrize("start", sorted(STARTS))
@pytest.mark.parametrize("hold", sorted(HOLDS))
@pytest.mark.parametrize("repair", [None, "all"])
def test_P09_what_is_held_never_changes(repair: Literal["all"] | None, hold: str, start: str, keep: int) -> None:
    for place in PLACES:
        for size in SIZES:
            parser, body = begun(place, STARTS[start], repair), STARTS[start]
            held: list[tuple[Any, list[str]]] = []
            for fragment in fragments_of(size, 24):
                parser.feed(fragment)
                body += fragment
                wanted = json.loads(f'"{body}"')
                if repair:
                    wanted = wanted[: len(live(parser, place))]  # what is ambiguous waits
                assert live(parser, place) == wanted
                assert hash(live(parser, place)) == hash(wanted)
                assert len(live(parser, place).encode()) == len(wanted.encode())
                got = HOLDS[hold](live(parser, place))
                held.append((got, list(map(fresh, texts_in(got)))))
                del got
                del held[:-keep]
                for one, were in held:
                    assert texts_in(one) == were
                    assert [hash(text) for text in texts_in(one)] == list(map(hash, were))


@pytest.mark.parametrize("place", sorted(PLACES))
def test_P09_what_snapshots_and_forks_show_never_changes(place: str) -> None:
    for size in SIZES:
        parser, body = begun(place, ""), ""
        taken: list[tuple[Any, str]] = []
        forks = []
        for fragment in fragments_of(size, 12):
            parser.feed(fragment)
            body += fragment
            taken.append((parser.snapshot(), repr(parser.value)))
            taken.append((parser.snapshot(share=False), repr(parser.value)))
            forks.append((copy.copy(parser), body))
            assert all(repr(snapshot) == was for snapshot, was in taken)
            assert live(parser, place) == json.loads(f'"{body}"')
        for fork, was in forks:
            shown = live(fork, place)
            assert shown == json.loads(f'"{was}"')
            fork.feed("abc")
            fork.feed("def")
            assert shown == json.loads(f'"{was}"')
            assert live(fork, place) == json.loads(f'"{was}abcdef"')
        assert all(repr(snapshot) == was for snapshot, was in taken)


@pytest.mark.parametrize("place", sorted(PLACES))
def test_P09_the_hash_is_that_of_the_grown_string(place: str) -> None:
    """A str that is the same object as before, its hash asked for before and after."""
    for start in STARTS.values():
        for fragment in ("x", "xyz", r"\n", LETTERS[:17], "é"):
            parser, body = begun(place, start), start
            same = 0
            for _ in range(40):
                before = id(live(parser, place)), hash(live(parser, place))
                parser.feed(fragment)
                body += fragment
                wanted = json.loads(f'"{body}"')
                same += id(live(parser, place)) == before[0]
                assert {wanted: "found"}[live(parser, place)] == "found"
                assert hash(live(parser, place)) == hash(wanted)
            assert same > 20, "it never grew in place, so nothing was tested"


@pytest.mark.parametrize("start", ["latin-1", "wide", "widest"])
def test_P09_wide_text_grown_by_ascii(start: str) -> None:
    for place in PLACES:
        for size in (*range(1, 41), 100, 300):
            parser, body = begun(place, STARTS[start]), STARTS[start]
            held = []
            for number in range(20):
                fragment = (LETTERS * 8)[number:][:size]
                parser.feed(fragment)
                body += fragment
                assert live(parser, place) == body
                assert max(live(parser, place)) == STARTS[start]
                if number % 5 == 4:
                    held.append((live(parser, place), fresh(body)))
                assert all(text == was for text, was in held)


# -- moved about in the live container

Getter = Callable[[], Any]


def take_out(container: Any, step: Any) -> list[Getter]:
    text = container.pop(step)
    return [lambda: text]


def put_back(container: Any, step: Any) -> list[Getter]:
    container.update({step: container.pop(step)}) if isinstance(container, dict) else container.append(container.pop())
    return []


def put_back_and_hold(container: Any, step: Any) -> list[Getter]:
    held = [container[step]]
    put_back(container, step)
    return [lambda: held[0]]


def move(container: Any, step: Any) -> list[Getter]:
    """The container is all that holds it, but in another place."""
    if isinstance(container, dict):
        container["moved"] = container.pop(step)
        return [lambda: container["moved"]]
    container.insert(0, container.pop())
    return [lambda: container[0]]


def move_out(container: Any, step: Any) -> list[Getter]:
    other = [container.pop(step)]
    return [lambda: other[0]]


def move_behind_another(container: Any, step: Any) -> list[Getter]:
    put_back(container, step)
    if isinstance(container, dict):
        container["moved"] = container.pop(step)
        container[step] = "another"
        return [lambda: container["moved"], lambda: container[step]]
    container.append("another")
    return [lambda: container[step]]


def swap(container: Any, step: Any) -> list[Getter]:
    first = next(iter(container)) if isinstance(container, dict) else 0
    container[first], container[step] = container[step], container[first]
    return [lambda: container[first]]


def swap_twice(container: Any, step: Any) -> list[Getter]:
    swap(container, step)
    swap(container, step)
    return []


def twice(container: Any, step: Any) -> list[Getter]:
    """In its place, and in another one."""
    if isinstance(container, dict):
        container["twin"] = container[step]
        return [lambda: container["twin"]]
    container.insert(0, container[step])
    return [lambda: container[0]]


def nested(container: Any, step: Any) -> list[Getter]:
    if isinstance(container, dict):
        container["nest"] = [container[step]]
        return [lambda: container["nest"][0]]
    container.insert(0, {"nest": container[step]})
    return [lambda: container[0]["nest"]]


def as_key(container: Any, step: Any) -> list[Getter]:
    if not isinstance(container, dict):
        container.insert(0, {container[step]: 1})
        return [lambda: next(iter(container[0]))]
    place = len(container)
    container[container[step]] = 1
    return [lambda: list(container)[place]]


def replace(container: Any, step: Any) -> list[Getter]:
    held = container[step]
    container[step] = "another"
    return [lambda: held, lambda: container[step]]


def replace_by_its_equal(container: Any, step: Any) -> list[Getter]:
    container[step] = fresh(container[step] + "") if len(container[step]) > 1 else "another"
    return [lambda: container[step]]


def delete(container: Any, step: Any) -> list[Getter]:
    held = container[step]
    del container[step]
    return [lambda: held]


def clear(container: Any, step: Any) -> list[Getter]:
    held = {1: container[step]}
    container.clear()
    return [lambda: held[1]]


def clear_and_put_back(container: Any, step: Any) -> list[Getter]:
    text = container[step]
    before = list(container) if isinstance(container, list) else dict(container)
    container.clear()
    container.update(before) if isinstance(container, dict) else container.extend(before)
    del before
    return [lambda: text]


def add_keys(container: Any, step: Any) -> list[Getter]:
    for number in range(40):
        container[f"key {number}"] = number
    return []


def add_keys_one_by_one(container: Any, step: Any) -> list[Getter]:
    container[f"key {len(container)}"] = [container.pop("key", None)]
    return []


# True: the string still stands where the stream stands, so it goes on there
MOVES: dict[str, tuple[Callable[[Any, Any], list[Getter]], bool]] = {
    "take out": (take_out, False),
    "put back": (put_back, True),
    "put back and hold": (put_back_and_hold, True),
    "move": (move, False),
    "move out": (move_out, False),
    "move behind another": (move_behind_another, False),
    "swap": (swap, False),
    "swap twice": (swap_twice, True),
    "twice": (twice, True),
    "nested": (nested, True),
    "as a key": (as_key, True),
    "replace": (replace, False),
    "replace by its equal": (replace_by_its_equal, False),
    "delete": (delete, False),
    "clear": (clear, False),
    "clear and put back": (clear_and_put_back, True),
}
OF_OBJECTS = {"add keys": (add_keys, True), "add keys one by one": (add_keys_one_by_one, True)}


@pytest.mark.parametrize("start", sorted(STARTS))
@pytest.mark.parametrize("place", ["object", "array", "inner object"])
@pytest.mark.parametrize("name", sorted(MOVES | OF_OBJECTS))
def test_P09_what_was_moved_about_never_changes(name: str, place: str, start: str) -> None:
    """Whoever writes into the live value has what becomes of it; but the strings in his hands stay, and so do other parsers."""
    if name in OF_OBJECTS and place == "array":
        pytest.skip("an array has no keys")
    act, stays = (MOVES | OF_OBJECTS)[name]
    for size in SIZES:
        fragments = list(fragments_of(size, 9))
        for moment in range(len(fragments)):
            parser, untouched = begun(place, STARTS[start]), begun(place, STARTS[start])
            body = STARTS[start]
            getters: list[tuple[Getter, str]] = []
            for number, fragment in enumerate(fragments):
                if number == moment:
                    if not live(parser, place):
                        break
                    kept = live_container(parser, place)
                    got = act(kept, PLACES[place][1])
                    getters = [(get, fresh(get())) for get in got if isinstance(get(), str)]
                    # an array that has grown at its front
                    step = PLACES[place][1] if isinstance(kept, dict) else -1
                parser.feed(fragment)
                untouched.feed(fragment)
                body += fragment
                wanted = json.loads(f'"{body}"')
                for get, was in getters:
                    assert get() == was, (name, fragments[: number + 1], moment)
                    assert hash(get()) == hash(was)
                assert live(untouched, place) == wanted
                if stays and number >= moment:
                    assert kept[step] == wanted, (name, fragments[: number + 1], moment)
                    assert hash(kept[step]) == hash(wanted)
            for end in ('"', " ", "]" if place == "array" else "}", "]" if place == "inner object" else ""):
                for one in (parser, untouched):
                    assert try_feed(one, end) is None
            assert all(get() == was for get, was in getters)
            assert try_close(parser) is None
            assert untouched.close() == json.loads(PLACES[place][0] + body + {"object": '"}', "array": '"]'}.get(place, '"}]'))


@pytest.mark.parametrize("seed", range(12))
def test_P09_any_order_of_holding_moving_and_feeding(seed: int) -> None:
    """Three parsers take turns; their strings are held, let go, hashed, moved away and back."""
    dice = random.Random(seed)
    for _ in range(30):
        parsers = [Handled(dice) for _ in range(3)]
        for _ in range(60):
            one = dice.choice(parsers)
            one.step()
            for other in parsers:
                other.check()


class Handled:
    """A parser with an open string at ["k"], and what somebody has done to it."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.body = dice.choice(list(STARTS.values()))
        self.parser = midstream.Parser()
        self.parser.feed('{"a":1,"k":"' + self.body)
        self.value = self.parser.value
        self.held: list[tuple[str, str]] = []
        self.moved: dict[str, str] = {}
        self.away = False

    def step(self) -> None:
        dice = self.dice
        if dice.random() < 0.5:
            fragment = dice.choice([*OTHERS, *(LETTERS[: dice.randrange(1, 20)] for _ in range(12))])
            self.parser.feed(fragment)
            self.body += fragment
            return
        what = dice.randrange(8)
        if what == 0 and self.held:
            del self.held[dice.randrange(len(self.held))]
        elif what == 1 and self.moved:
            name = dice.choice(list(self.moved))
            del self.value[name], self.moved[name]
        elif self.away:
            return
        elif what == 2:
            self.held.append((self.value["k"], fresh(self.value["k"])))
        elif what == 3:
            hash(self.value["k"])
        elif what == 4:
            self.value["k"] = self.value.pop("k")
        elif what == 5:
            name = f"name {dice.randrange(6)}"
            self.value[name] = self.value["k"]
            self.moved[name] = fresh(self.value["k"])
        elif what == 6:
            sys.intern(self.value["k"])
        elif dice.random() < 0.1:
            self.value["away"] = self.value.pop("k")
            self.moved["away"] = fresh(self.value["away"])
            self.away = True

    def check(self) -> None:
        assert all(text == was and hash(text) == hash(was) for text, was in self.held)
        for name, was in self.moved.items():
            assert self.value[name] == was
        if not self.away:
            assert self.value["k"] == json.loads(f'"{self.body}"')
            assert hash(self.value["k"]) == hash(fresh(self.value["k"]))
