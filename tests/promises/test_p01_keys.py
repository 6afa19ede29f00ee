"""P01: keys that were read lately are known again; none is taken for another, however much they are alike."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

import midstream
from tests.support.feeding import random_cuts, units

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ -./:{}[],'\x7f"


def alike(dice: random.Random) -> Iterator[str]:
    """Of each length: many keys that differ in one character, at every place of it."""
    for size in range(41):
        key = "".join(dice.choices(LETTERS, k=size))
        yield key
        for place in range(size):
            for letter in dice.sample(LETTERS, 4):
                yield key[:place] + letter + key[place + 1 :]


def halves_exchanged(dice: random.Random) -> Iterator[str]:
    for size in range(1, 21):
        one, two = ("".join(dice.choices(LETTERS, k=size)) for _ in range(2))
        yield from (one + two, two + one, one + one, two + two, one[::-1] + two)


def beginnings(dice: random.Random) -> Iterator[str]:
    for letter in ("a", "ab", "\x7f", " "):
        yield from ((letter * 40)[:size] for size in range(41))


def crowded(dice: random.Random) -> Iterator[str]:
    """More than any table of a few hundred places holds, so that many share one, of few lengths."""
    yield from (f"{number:04}" for number in range(1500))
    yield from (f"key {number:x} of many" for number in range(1500))


def documents(dice: random.Random) -> Iterator[list[Any]]:
    for group in (alike, halves_exchanged, beginnings, crowded):
        keys = list(dict.fromkeys(group(dice)))
        # each key a few times, beside those before it and beside others
        for order in (keys, dice.sample(keys, len(keys)), [key for key in keys[:800] for _ in range(2)]):
            yield [{key: place for place, key in enumerate(order[start : start + 7])} for start in range(0, len(order), 5)]
        # the same few again and again, in turns
        for _ in range(20):
            some = dice.sample(keys, 3)
            yield [dict.fromkeys(some, number) for number in range(10)]


def same(value: Any, wanted: Any) -> bool:
    """Also in the order of keys."""
    return bool(value == wanted) and list(map(list, value)) == list(map(list, wanted))


def test_P01_keys_are_never_mixed_up() -> None:
    for wanted in documents(random.Random(1)):
        text = json.dumps(wanted)
        assert same(midstream.loads(text), wanted)


@pytest.mark.parametrize("options", [{}, {"watch": "$..nothing"}, {"duplicate_keys": "first"}, {"repair": "all"}], ids=repr)
def test_P01_keys_are_never_mixed_up_in_fragments(options: dict[str, Any]) -> None:
    for number, wanted in enumerate(documents(random.Random(2))):
        text = json.dumps(wanted)
        for mean in (3.0, 20.0):
            parser = midstream.Parser(**options)
            for fragment in random_cuts(text, number, mean):
                parser.feed(fragment)
            assert same(parser.close(), wanted)


def test_P01_keys_of_many_parsers_that_take_turns() -> None:
    """Whole, in pieces and by the character; the keys of all that are open are alike."""
    dice = random.Random(3)
    keys = list(alike(dice))
    for _ in range(12):
        running = []
        for _ in range(40):
            wanted = [{key: number for number, key in enumerate(dice.sample(keys, 5) + keys[:2])} for _ in range(4)]
            text = json.dumps(wanted)
            fragments = dice.choice([[text], units(text), random_cuts(text, dice.randrange(99), 6.0)])
            running.append((midstream.Parser(), iter(fragments), wanted))
        open_ones = list(running)
        while open_ones:
            one = dice.choice(open_ones)
            fragment = next(one[1], None)
            if fragment is None:
                open_ones.remove(one)
            else:
                one[0].feed(fragment)
        for parser, _, wanted in running:
            assert same(parser.close(), wanted)


def test_P01_a_key_is_the_same_however_it_is_written() -> None:
    """With escapes, in pieces or whole: one key, of which the last value stays."""
    for key in alike(random.Random(4)):
        plain = json.dumps(key)
        escaped = '"' + "".join(f"\\u{ord(character):04x}" for character in key) + '"'
        text = f'{{{plain}:1,{escaped}:2,"x{plain[1:]}:3,{plain}:4}}'
        wanted = json.loads(text)
        assert midstream.loads(text) == wanted
        for place in range(2, len(plain) + 2, 3):
            parser = midstream.Parser()
            parser.feed(text[:place])
            parser.feed(text[place:])
            assert parser.close() == wanted


def test_P01_keys_beyond_ascii_beside_their_likes() -> None:
    """Of the same length in characters or in bytes."""
    keys = ["é", "Ã©", "e", "€", "â‚¬", "abc", "😀", "ð", "abcd", "éa", "aé", "aa", "\x7f", "\x80", "ÿ", "\u0100"]
    keys += ["é" * 8, "a" * 8, "a" * 16]
    for ascii_only in (True, False):
        wanted = [{key: place for place, key in enumerate(keys[turn:] + keys[:turn])} for turn in range(len(keys))]
        text = json.dumps(wanted, ensure_ascii=ascii_only)
        for fragments in ([text], units(text), units(text.encode()), random_cuts(text, 5)):
            parser = midstream.Parser()
            for fragment in fragments:
                parser.feed(fragment)
            assert same(parser.close(), wanted)
