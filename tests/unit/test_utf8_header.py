"""_c/utf8.h encodes and decodes as Python does, between every two widths, and touches nothing beyond its blocks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import headers

pytestmark = headers.NEED_A_COMPILER

PROGRAM = (
    headers.READ_CASES
    + r"""
#include "utf8.h"

static int is_surrogate(uint32_t c) { return c >= 0xD800 && c < 0xE000; }

static void *filled(const uint32_t *text, uint32_t count, int width) {
    void *block = allocated(count * (size_t)width);
    uint32_t place;
    for (place = 0; place < count; place++) put_char_at(block, width, place, text[place]);
    return block;
}

/* `ends`: where each character ends in the UTF-8, which may hold surrogates. */
static void encode(uint32_t number, const uint32_t *text, uint32_t count, int width, const uint8_t *utf8, const uint32_t *ends,
                   uint32_t start, uint32_t room) {
    void *block = filled(text, count, width);
    uint8_t *out = allocated(room);
    size_t place = start, written = utf8_encode(block, width, &place, count, out, room);
    uint32_t before = start ? ends[start - 1] : 0, after = place ? ends[place - 1] : 0, at;
    if (place < start || place > count || written > room || written != after - before) differs(number, "encoded too far");
    else if (memcmp(out, utf8 + before, written)) differs(number, "encoded wrongly");
    else if (place < count && !is_surrogate(text[place]) && room - written >= 4) differs(number, "not encoded far enough");
    for (at = start; at < place && at < count; at++)
        if (is_surrogate(text[at])) differs(number, "encoded a surrogate");
    free(block);
    free(out);
}

static void check_width(uint32_t number, const uint32_t *text, uint32_t count, int width, const uint8_t *utf8,
                        const uint32_t *ends) {
    uint32_t size = count ? ends[count - 1] : 0, start, end, room;
    const uint32_t starts[] = {0, 1, count / 2, count};
    int which, surrogates = 0;
    for (start = 0; start < count; start++) surrogates |= is_surrogate(text[start]);
    for (which = 0; which < 4; which++) {
        start = starts[which];
        if (start > count) continue;
        for (room = 0; room < 20; room++) encode(number, text, count, width, utf8, ends, start, room);
        for (room = size > 6 ? size - 6 : 0; room < size + 6; room++) encode(number, text, count, width, utf8, ends, start, room);
    }
    /* narrow: from every place, to the end and before it */
    for (start = 0; start <= count; start++) {
        for (end = start; end <= count; end += (end < count && end + 9 < count && end > start + 9) ? 5 : 1) {
            void *block = filled(text, end, width);
            uint8_t *out;
            size_t got, right = 0;
            while (start + right < end && text[start + right] < 0x80) right++;
            out = allocated(end - start);
            got = narrow(block, width, start, end - start, out);
            if (got != right) differs(number, "narrowed another number");
            else while (right--) if (out[right] != text[start + right]) { differs(number, "narrowed wrongly"); break; }
            free(block);
            free(out);
        }
    }
    if (surrogates) return;
    for (start = 0; start <= count; start++) {
        uint32_t before = start ? ends[start - 1] : 0, place;
        uint8_t *given = allocated(size - before);
        void *out = filled(text, count, width);
        memcpy(given, utf8 + before, size - before);
        for (place = start; place < count; place++) put_char_at(out, width, place, 0);
        utf8_decode(given, given + (size - before), width, out, start);
        for (place = 0; place < count; place++)
            if (char_at(out, width, place) != text[place]) { differs(number, "decoded wrongly"); break; }
        free(given);
        free(out);
    }
}

static void check_widen(void) {
    int width;
    uint32_t size, start, place;
    uint8_t given[80];
    for (place = 0; place < 80; place++) given[place] = (uint8_t)(place * 5 % 128);
    for (width = 1; width <= 4; width *= 2) {
        for (size = 0; size <= 70; size++) {
            for (start = 0; start < 9; start++) {
                uint8_t *block = allocated(start + size);
                void *out = allocated((start + size + 1) * (size_t)width), *exact = allocated((start + size) * (size_t)width);
                memcpy(block + start, given, size);
                for (place = 0; place <= start + size; place++) put_char_at(out, width, place, 0xEE);
                widen(block + start, block + start + size, width, out, start);
                widen(block + start, block + start + size, width, exact, start);
                for (place = 0; place <= start + size; place++) {
                    uint32_t right = place < start || place == start + size ? 0xEE : given[place - start];
                    if (char_at(out, width, place) != right) differs(size, "bytes: widened wrongly");
                }
                if (size == 16) {
                    for (place = 0; place <= start + size; place++) put_char_at(out, width, place, 0xEE);
                    widen_block(block + start, width, out, start);
                    widen_block(block + start, width, exact, start);
                    for (place = 0; place <= start + size; place++) {
                        uint32_t right = place < start || place == start + size ? 0xEE : given[place - start];
                        if (char_at(out, width, place) != right) differs(size, "bytes: the block widened wrongly");
                    }
                }
                free(block);
                free(out);
                free(exact);
            }
        }
    }
}

int main(void) {
    uint32_t number, cases = take_count();
    check_widen();
    for (number = 0; number < cases; number++) {
        uint32_t count = take_count(), *text = allocated(count * 4), *ends = allocated(count * 4), size, place, end = 0, top = 0;
        uint8_t *utf8;
        int width;
        if (!take(text, count * 4)) abort();
        size = take_count();
        utf8 = allocated(size);
        if (!take(utf8, size)) abort();
        for (place = 0; place < count; place++) {
            end += text[place] < 0x80 ? 1 : text[place] < 0x800 ? 2 : text[place] < 0x10000 ? 3 : 4;
            ends[place] = end;
            if (text[place] > top) top = text[place];
        }
        if (end != size) abort();
        for (width = 1; width <= 4; width *= 2) {
            if (width < 4 && top >> 8 * width) continue;
            check_width(number, text, count, width, utf8, ends);
        }
        free(text);
        free(ends);
        free(utf8);
    }
    printf("%lu differ\n", wrong);
    return 0;
}
"""
)

ODD = "\0\x7f\x80\xe9\xff\u0100\u07ff\u0800\u20ac\ud7ff\ud800\udbff\udc00\udfff\ue000\uff80\uffff\U00010000\U0001f600\U0010ffff"
ASCII = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def one_odd_at_every_place() -> Iterator[str]:
    for size in range(36):
        yield ASCII[:size]
        yield from (ASCII[:place] + odd + ASCII[place + 1 : size] for place in range(size) for odd in ODD[size % 2 :: 2])


def mixtures() -> Iterator[str]:
    dice = random.Random(7)
    for _ in range(600):
        some = dice.choice([ODD, ODD[:5], ODD[:10], ODD[-6:]])
        odds = dice.choices(some, k=dice.randrange(14))
        yield "".join(odd + ASCII[: dice.choice([0, 0, dice.randrange(20)])] for odd in odds)
    yield from (odd * count for odd in ODD for count in range(1, 20))


@pytest.mark.parametrize("way", sorted(headers.WAYS))
def test_between_utf8_and_every_width(tmp_path: Path, way: str) -> None:
    cases = list(dict.fromkeys([*one_odd_at_every_place(), *mixtures()]))
    encoded = [text.encode("utf-8", "surrogatepass") for text in cases]
    packed = (
        headers.count(len(text)) + headers.utf32(text) + headers.count(len(data)) + data
        for text, data in zip(cases, encoded, strict=True)
    )
    headers.check(headers.build(tmp_path, PROGRAM, *headers.WAYS[way]), packed, cases)
