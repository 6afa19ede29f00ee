/* Which slot of a small table a key falls into. */

#ifndef MIDSTREAM_KEYS_H
#define MIDSTREAM_KEYS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KEY_SLOTS 64

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
    /* odd constants, whose products spread every bit of the input over the highest six */
    return (size_t)((((head + size) * UINT64_C(0x9E3779B97F4A7C15)) ^ tail) * UINT64_C(0xC2B2AE3D27D4EB4F) >> 58);
}

#endif
