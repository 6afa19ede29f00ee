"""_c/quoted.h reads a string as json.loads does, at every length and place of what isn't plain, and nothing beyond its ends."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from tests.support import headers

pytestmark = headers.NEED_A_COMPILER

# Each block has just the size that is allowed to be read or written, so that a sanitizer sees what is beyond.
PROGRAM = (
    headers.READ_CASES
    + r"""
#include "quoted.h"

enum { NULL_RIGHT, SAME_RIGHT, BOTH_RIGHT };

struct answer {
    uint32_t stop;      /* of the closing quote; 0xFFFFFFFF: NULL is right */
    uint32_t count, largest, continued, decode_short;
    uint32_t piece;     /* characters; 0xFFFFFFFF: -1 is right */
};

static int same(const void *text, int width, const uint32_t *right, uint32_t count) {
    uint32_t place;
    for (place = 0; place < count; place++)
        if (char_at(text, width, place) != right[place]) return 0;
    return 1;
}

static void check(uint32_t number, const uint8_t *at, const uint8_t *end, const struct answer *right, const uint32_t *text) {
    struct string_size size;
    const uint8_t *stop = measure_string(at, end, &size), *short_stop;
    size_t short_count = 0;
    int width, count;
    uint8_t *room;
    if (right->stop == 0xFFFFFFFF) {
        if (stop) differs(number, "measured, though it is no string");
    } else if (stop != at + right->stop) {
        differs(number, stop ? "measured to another quote" : "not measured");
    } else if (size.count != right->count || text_largest(size.bits) != right->largest || size.continued != right->continued) {
        differs(number, "measured wrongly");
    } else {
        for (width = 1; width <= 4; width *= 2) {
            void *out;
            if (right->largest > (width == 1 ? 0xFFu : width == 2 ? 0xFFFFu : 0x10FFFFu)) continue;
            out = allocated(size.count * (size_t)width);
            decode_string(at, stop, width, out, size.count);
            if (!same(out, width, text, right->count)) differs(number, "decoded wrongly");
            free(out);
        }
    }
    room = allocated(SHORT_ROOM);
    short_stop = decode_short(at, end, room, &short_count);
    if (!short_stop) {
        if (right->decode_short == SAME_RIGHT) differs(number, "not decoded as a short one");
    } else if (right->decode_short == NULL_RIGHT) {
        differs(number, "decoded as a short one, which it isn't");
    } else if (short_stop != at + right->stop || short_count != right->count || !same(room, 1, text, right->count)) {
        differs(number, "decoded wrongly as a short one");
    }
    free(room);
    if (right->stop != 0xFFFFFFFF) end = at + right->stop;
    room = allocated((size_t)(end - at));
    count = decode_piece(at, end, room);
    if ((uint32_t)count != right->piece || (count > 0 && !same(room, 1, text, right->piece))) differs(number, "wrong as a piece");
    free(room);
}

int main(void) {
    uint32_t number, cases = take_count();
    for (number = 0; number < cases; number++) {
        uint32_t size = take_count(), characters, offset, offsets = size < 300 ? 16 : 1;
        uint8_t *data = allocated(size);
        uint32_t *text;
        struct answer right;
        if (!take(data, size) || !take(&right, sizeof(right))) abort();
        characters = right.stop != 0xFFFFFFFF ? right.count : right.piece != 0xFFFFFFFF ? right.piece : 0;
        text = allocated(characters * 4);
        if (!take(text, characters * 4)) abort();
        for (offset = number % 16; offsets--; offset = (offset + 1) % 16) {
            uint8_t *block = allocated(offset + size);
            memcpy(block + offset, data, size);
            check(number, block + offset, block + offset + size, &right, text);
            free(block);
        }
        free(data);
        free(text);
    }
    printf("%lu differ\n", wrong);
    return 0;
}
"""
)

NONE = 0xFFFFFFFF
NULL_RIGHT, SAME_RIGHT, BOTH_RIGHT = range(3)
SHORT_SURELY, SHORT_ROOM = 4032, 4096
SHORT = re.compile(rb'(?:[ !#-\[\]-\x7f]|\\["\\/bfnrt])*')

GOOD = [
    *(rb"\%c" % letter for letter in b'"\\/bfnrt'), rb"\\\\", rb"\\\"", rb"\"\\", rb"\n\n\n", rb"\nx\n", rb"\u0041", rb"\u00e9",
    rb"\u00FF\n", rb"\u20aC", rb"\uFFFF", rb"\ud83d\ude00", rb"\uDBFF\uDFFF", rb"\u0000", rb"\u0000\u0000\u007f", rb"\n\u00e9\t",
    rb"\\u0041", rb"\\\u0041", *map(str.encode, ("é", "ÿ", "€", "\uffff", "😀", "\x7f", "é€😀", "é\\n€", "\x80")),
]  # fmt: skip
BAD = [
    rb"\x", rb"\0", rb"\N", rb"\'", rb"\u", rb"\u12g4", rb"\u 041", rb"\u004", rb"\u+041", rb"\U0041", rb"\ud83d", rb"\ude00",
    rb"\ud83dx", rb"\ud83d\n", rb"\ud83d\u0041", rb"\ud83d\ud83d\ude00", rb"\ude00\ud83d", rb"\ud83d\x", rb"\ud83d\ude0",
    rb"\ud83d\ude0g", b"\\\xc3\xa9", b"\\\x80", b"\\\n", b"\0", b"\x1f", b"\n", b"\t", b"\x80", b"\xbf", b"\xc3", b"\xc3\x28",
    b"\xc0\x80", b"\xc1\xbf", b"\xe2\x82", b"\xe0\x9f\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf0\x9f\x98",
    b"\xf0\x8f\xbf\xbf",
    b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xff", b"\xfe",
]  # fmt: skip
SIZES = (0, 1, 15, 16, 17, 32, 47, 48, 49, 65)
PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~ !#$%&'()*+,-./0123456789:;<=>?@" * 50


def one_thing_at_every_place() -> Iterator[bytes]:
    for thing in GOOD + BAD:
        for before in range(71):
            yield from (PLAIN[:before] + thing + PLAIN[:after] + b'"' for after in SIZES)
        for after in range(71):
            yield from (PLAIN[:before] + thing + PLAIN[:after] + b'"' for before in (0, 14, 15, 17))


def everywhere() -> Iterator[bytes]:
    """With all distances on both sides."""
    for thing in (rb"\n", rb"\"", rb"\u00e9", "€".encode(), rb"\ud83d\ude00"):
        yield from (PLAIN[:before] + thing + PLAIN[:after] + b'"' for before in range(71) for after in range(71))


def two_things() -> Iterator[bytes]:
    face = "😀".encode()
    for first, second in ((rb"\n", rb"\t"), (rb"\\", b"\xc3\xa9"), (rb"\u20ac", rb"\/"), (face, rb"\\"), (rb"\"", rb"\x")):
        for before in range(50):
            yield from (PLAIN[:before] + first + PLAIN[:between] + second + PLAIN[:50] + b'"' for between in range(50))


def plain() -> Iterator[bytes]:
    for size in range(200):
        yield from (PLAIN[:size] + behind for behind in (b"", b'"', b'"x', b'"\xff', b'" ' + PLAIN[:60], b'""', b'"\\'))


def cut_anywhere() -> Iterator[bytes]:
    """Without their quote, from whole ones to nothing."""
    for things in (GOOD, GOOD[::-1], [rb"\\"] * 70, [rb"\u20ac"] * 25, [rb"\ud83d\ude00"] * 12, ["é".encode(), rb"\n"] * 35):
        whole = b"".join(things)
        yield from (whole[:size] for size in range(len(whole) + 1))
        yield from (whole[start:] for start in range(len(whole)))


def every_byte() -> Iterator[bytes]:
    """And every byte behind a backslash."""
    for byte in range(256):
        for before in range(0, 70, 3):
            yield from (PLAIN[:before] + start + bytes([byte]) + PLAIN[:60] + b'"' for start in (b"", b"\\", b"\\u", b"\\u004"))


def long() -> Iterator[bytes]:
    """Around the room of decode_short()."""
    for before in (*range(3950, 4110), 8190, 8192):
        yield PLAIN[:before]
        for thing in (b"", rb"\n", "é".encode()):
            yield from (PLAIN[:before] + thing + PLAIN[:after] + b'"' for after in (0, 1, 40, 70))
    for count in range(1980, 2080):
        yield rb"\n" * 2 * count + b'"'
        yield b"x" + rb"\\x" * (2 * count) + b'"'


def mixtures() -> Iterator[bytes]:
    dice = random.Random(7)
    for _ in range(12_000):
        things = dice.choice([GOOD[:11], GOOD, GOOD, GOOD + dice.sample(BAD, 1)])
        parts = (dice.choice([dice.choice(things), PLAIN[: dice.randrange(dice.choice([4, 20, 60]))]]) for _ in range(12))
        yield b"".join(parts) + dice.choice([b'"', b'"', b'"' + PLAIN[:64], b""])


GROUPS: list[Callable[[], Iterator[bytes]]] = [
    one_thing_at_every_place, everywhere, two_things, plain, cut_anywhere, every_byte, long, mixtures,
]  # fmt: skip


def judge(data: bytes) -> tuple[str, int, int] | None:
    """By json: the characters, the place of the closing quote, the bytes before it beyond one a character."""
    # what is no UTF-8 becomes a half, as a lone escape does
    text = '"' + data.decode("utf-8", "surrogateescape")
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return None
    if any("\ud800" <= character <= "\udfff" for character in value):
        return None
    stop = len(text[1 : end - 1].encode("utf-8", "surrogateescape"))
    return value, stop, stop - (end - 2)


def packed(data: bytes) -> bytes:
    """A case with its answer, as the program reads it."""
    stop, count, largest, continued, short, piece, value = NONE, 0, 0, 0, NULL_RIGHT, NONE, ""
    judged = judge(data)
    if judged is not None:
        value, stop, continued = judged
        count = len(value)
        top = max(map(ord, value), default=0)
        largest = next(limit for limit in (0x7F, 0xFF, 0xFFFF, 0x10FFFF) if top <= limit)
    if SHORT.fullmatch(data if judged is None else data[:stop]):
        if judged is None:
            value = json.loads(b'"' + data + b'"')
        else:
            short = SAME_RIGHT if count <= SHORT_SURELY else BOTH_RIGHT if count <= SHORT_ROOM else NULL_RIGHT
        piece = len(value)
    numbers = map(headers.count, (stop, count, largest, continued, short, piece))
    return b"".join([headers.count(len(data)), data, *numbers, headers.utf32(value)])


@lru_cache(maxsize=1)
def cases(group: Callable[[], Iterator[bytes]]) -> tuple[list[bytes], list[bytes]]:
    some = list(dict.fromkeys(group()))
    return some, list(map(packed, some))


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    @lru_cache
    def program(way: str) -> Path:
        return headers.build(tmp_path_factory.mktemp("quoted"), PROGRAM, *headers.WAYS[way])

    return program


@pytest.mark.parametrize("way", sorted(headers.WAYS))
@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_strings_are_what_json_says(programs: Callable[[str], Path], way: str, group: Callable[[], Iterator[bytes]]) -> None:
    some, with_answers = cases(group)
    assert len(some) > 500
    headers.check(programs(way), with_answers, some)


def test_the_cases_are_of_every_kind() -> None:
    """Strings and what is none, narrow and wide."""
    seen = {None if judged is None else len(f"{max(judged[0], default=' ')}".encode()) for judged in map(judge, mixtures())}
    assert seen == {None, 1, 2, 3, 4}
