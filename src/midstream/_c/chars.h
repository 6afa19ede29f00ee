/* Character classes of RFC 8259, over bytes. */
#ifndef MIDSTREAM_CHARS_H
#define MIDSTREAM_CHARS_H

#include <stdint.h>

static inline int is_space(uint8_t byte) {
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static inline int is_digit(uint8_t byte) {
    return (uint8_t)(byte - '0') < 10;
}

/* A byte that some number contains, in a place where this number cannot have it. */
static inline int is_numeric(uint8_t byte) {
    return is_digit(byte) || byte == '+' || byte == '-' || byte == '.' || byte == 'e' || byte == 'E';
}

static inline int begins_value(uint8_t byte) {
    return byte == '"' || byte == '{' || byte == '[' || is_digit(byte) || byte == '-' || byte == 't' || byte == 'f'
        || byte == 'n';
}

#endif
