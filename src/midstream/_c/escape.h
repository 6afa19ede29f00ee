/* Escapes of RFC 8259, section 7, and the surrogate halves of UTF-16 that \u can name. */
#ifndef MIDSTREAM_ESCAPE_H
#define MIDSTREAM_ESCAPE_H

#include <stdint.h>

/* The character that a backslash before `byte` stands for; 0 where none does (\u is not a single one). */
static inline uint32_t escape_char(uint8_t byte) {
    static const uint8_t characters[256] = {
        ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'};
    return characters[byte];
}

/* The value of a hexadecimal digit, -1 for any other byte. */
static inline int hex_value(uint8_t byte) {
    if ((uint8_t)(byte - '0') < 10) return byte - '0';
    byte |= 0x20;
    if ((uint8_t)(byte - 'a') < 6) return byte - 'a' + 10;
    return -1;
}

static inline int is_high(uint32_t unit) { return (unit & 0xFFFFFC00u) == 0xD800; }
static inline int is_low(uint32_t unit) { return (unit & 0xFFFFFC00u) == 0xDC00; }

static inline uint32_t join_halves(uint32_t high, uint32_t low) {
    return 0x10000 + ((high & 0x3FF) << 10 | (low & 0x3FF));
}

#endif
