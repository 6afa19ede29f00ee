"""The vector and word forms of _c/scan.h and _c/keys.h give the answers of plain ones, at every length, alignment and place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import headers

pytestmark = headers.NEED_A_COMPILER

PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include "scan.h"

static const uint8_t *one_by_one(const uint8_t *at, const uint8_t *end) {
    while (at < end && *at >= 0x20 && *at < 0x80 && *at != '"' && *at != '\\') at++;
    return at;
}

static int agree(const uint8_t *start, const uint8_t *end) {
    const uint8_t *right = one_by_one(start, end), *at;
    const char *what = "scan_plain";
    if (scan_plain(start, end) != right) goto differs;
    what = "scan_plain_words";
    if (scan_plain_words(start, end) != right) goto differs;
    what = "all_plain";
    if (!!all_plain(start, end) != (right == end)) goto differs;
    what = "stops_in_block";
    if (end - start >= 16) {
        unsigned stops = 0, place;
        for (place = 0; place < 16; place++) {
            at = start + place;
            stops |= (unsigned)(one_by_one(at, at + 1) == at) << place;
        }
        if (stops_in_block(start) != stops) goto differs;
    }
    what = "scan_ascii";
    for (at = start; at < end && *at < 0x80; at++) continue;
    if (scan_ascii(start, end) != at) goto differs;
    return 1;
differs:
    printf("%s differs: %ld bytes, stop at %ld\n", what, (long)(end - start), (long)(right - start));
    return 0;
}

static int spaces_agree(const uint8_t *start, const uint8_t *end) {
    const uint8_t *right = start;
    while (right < end && *right == ' ') right++;
    if (scan_spaces(start, end) == right) return 1;
    printf("scan_spaces differs: %ld bytes, stop at %ld\n", (long)(end - start), (long)(right - start));
    return 0;
}

int main(void) {
    unsigned long checked = 0;
    int length, at, byte, offset;
    for (length = 0; length <= 70; length++) {
        /* a block of just this size, so that a sanitizer sees a read beyond it */
        for (offset = 0; offset < 9; offset++) {
            uint8_t *block = malloc((size_t)(length + offset) + (length + offset == 0));
            uint8_t *start = block + offset;
            memset(block, 'x', (size_t)(length + offset));
            if (!agree(start, start + length)) return 1;
            for (at = 0; at < length; at++) {
                for (byte = 0; byte < 256; byte++) {
                    start[at] = (uint8_t)byte;
                    if (!agree(start, start + length)) return 1;
                    checked++;
                }
                start[at] = 'x';
            }
            memset(block, ' ', (size_t)(length + offset));
            if (!spaces_agree(start, start + length)) return 1;
            for (at = 0; at < length; at++) {
                for (byte = 0; byte < 256; byte++) {
                    start[at] = (uint8_t)byte;
                    if (!spaces_agree(start, start + length)) return 1;
                    /* another one behind it changes nothing */
                    start[length - 1] = '!';
                    if (!spaces_agree(start, start + length)) return 1;
                    start[length - 1] = ' ';
                }
                start[at] = ' ';
            }
            free(block);
        }
    }
    srand(7);
    for (length = 0; length < 200000; length++) {
        uint8_t text[64];
        for (at = 0; at < 64; at++) text[at] = (uint8_t)(rand() % 4 ? 0x20 + rand() % 0x60 : rand());
        if (!agree(text, text + 64)) return 1;
        checked++;
    }
    printf("%lu agree\n", checked);
    return 0;
}
"""

BLOCKS = r"""
#include <stdio.h>
#include <stdlib.h>
#include "keys.h"
#include "scan.h"

static uint8_t *filled(size_t size) {
    uint8_t *block = malloc(size + !size);
    size_t place;
    for (place = 0; place < size; place++) block[place] = (uint8_t)(place * 7 + 3);
    return block;
}

static int fails(const char *what, size_t size, size_t place) {
    printf("%s differs: %lu bytes, at %lu\n", what, (unsigned long)size, (unsigned long)place);
    return 1;
}

int main(void) {
    size_t size, from, to, place;
    unsigned long agreed = 0;
    int bit;
    for (size = 0; size <= 70; size++) {
        for (from = 0; from < 9; from++) {
            for (to = 0; to < 9; to++) {
                uint8_t *source = filled(from + size), *target = malloc(to + size + 1);
                uint8_t *exact = malloc(to + size + !(to + size));
                memset(target, 0xEE, to + size + 1);
                copy_bytes(target + to, source + from, size);
                if (memcmp(target + to, source + from, size) || target[to + size] != 0xEE) return fails("copy_bytes", size, to);
                for (place = 0; place < to; place++)
                    if (target[place] != 0xEE) return fails("copy_bytes", size, place);
                /* nothing beyond a block of just this size is touched */
                copy_bytes(exact + to, source + from, size);
                if (!same_bytes(exact + to, source + from, size)) return fails("same_bytes", size, 0);
                if (size && key_slot(exact + to, size) != key_slot(source + from, size)) return fails("key_slot", size, 0);
                if (key_slot(source + from, size) >= KEY_SLOTS) return fails("key_slot", size, 1);
                for (place = 0; place < size; place++) {
                    for (bit = 0; bit < 8; bit++) {
                        exact[to + place] ^= (uint8_t)(1 << bit);
                        if (same_bytes(exact + to, source + from, size)) return fails("same_bytes", size, place);
                        exact[to + place] ^= (uint8_t)(1 << bit);
                        agreed++;
                    }
                }
                free(source);
                free(target);
                free(exact);
            }
        }
    }
    printf("%lu agree\n", agreed);
    return 0;
}
"""


@pytest.mark.parametrize("way", sorted(headers.WAYS))
def test_both_forms_agree(tmp_path: Path, way: str) -> None:
    assert headers.run(headers.build(tmp_path, PROGRAM, *headers.WAYS[way])).endswith("agree\n")


@pytest.mark.parametrize("way", sorted(headers.WAYS))
def test_copies_and_comparisons_of_every_length(tmp_path: Path, way: str) -> None:
    assert headers.run(headers.build(tmp_path, BLOCKS, *headers.WAYS[way])).endswith("agree\n")
