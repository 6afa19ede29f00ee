/* Which slot of a small table a key falls into. */

#ifndef MIDSTREAM_KEYS_H
#define MIDSTREAM_KEYS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KEY_SLOTS 512

/* From its length and up to eight bytes at either end, so the cost does not grow with the key. */
static inline size_t key_slot(const uint8_t *at, size_t size) {
    uint64_t head = 0, tail = 0;
    if (size >= 8) {
        memcpy(&head, at, 8);
        memcpy(&tail, at + size - 8, 8);
    } else if (size >= 4) {
        uint32_t first, last;
        memcpy(&first, at, 4);
        memcpy(&last, at + size - 4, 4);
        head = first;
        tail = last;
    } else if (size) {
        head = (uint64_t)at[0] | (uint64_t)at[size / 2] << 8;
        tail = at[size - 1];
    }
    /* odd constants, whose products spread every bit of the input over the highest nine */
    return (size_t)((((head + size) * UINT64_C(0x9E3779B97F4A7C15)) ^ tail) * UINT64_C(0xC2B2AE3D27D4EB4F) >> 55);
}

/* memcmp() == 0 that is quick for a few bytes: by two words that may overlap. */
static inline int same_bytes(const void *one, const uint8_t *other, size_t size) {
    const uint8_t *at = (const uint8_t *)one;
    if (size > 16) return memcmp(at, other, size) == 0;
    if (size >= 8) {
        uint64_t a, b, c, d;
        memcpy(&a, at, 8);
        memcpy(&b, other, 8);
        memcpy(&c, at + size - 8, 8);
        memcpy(&d, other + size - 8, 8);
        return a == b && c == d;
    }
    if (size >= 4) {
        uint32_t a, b, c, d;
        memcpy(&a, at, 4);
        memcpy(&b, other, 4);
        memcpy(&c, at + size - 4, 4);
        memcpy(&d, other + size - 4, 4);
        return a == b && c == d;
    }
    return !size || (at[0] == other[0] && at[size / 2] == other[size / 2] && at[size - 1] == other[size - 1]);
}

#endif
