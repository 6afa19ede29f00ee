/* The number grammar of RFC 8259, section 6, resumable at any byte, and the conversions that are exact and quick.
 * What they don't cover is said so, and left to the caller's slow path. */
#ifndef MIDSTREAM_NUMBER_H
#define MIDSTREAM_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "chars.h"
#include "decimal.h"

enum number_state {
    NUMBER_START,      /* nothing read */
    NUMBER_SIGN,       /* - */
    NUMBER_ZERO,       /* a leading 0: no digit may follow */
    NUMBER_INT,
    NUMBER_POINT,      /* . */
    NUMBER_FRACTION,
    NUMBER_E,          /* e */
    NUMBER_E_SIGN,     /* e+ or e- */
    NUMBER_EXPONENT
};

/* Could the number end here? */
static inline int number_may_end(enum number_state state) {
    return state == NUMBER_ZERO || state == NUMBER_INT || state == NUMBER_FRACTION || state == NUMBER_EXPONENT;
}

static inline const uint8_t *scan_digits(const uint8_t *at, const uint8_t *end) {
    while (at < end && is_digit(*at)) at++;
    return at;
}

/* Reads on from `*state` as far as the grammar allows; returns the first byte that doesn't continue the number. */
static inline const uint8_t *scan_number(const uint8_t *at, const uint8_t *end, enum number_state *state) {
    while (at < end) {
        uint8_t byte = *at;
        switch (*state) {
            case NUMBER_START:
                if (byte == '-') { *state = NUMBER_SIGN; at++; continue; }
                /* fall through */
            case NUMBER_SIGN:
                if (!is_digit(byte)) return at;
                *state = byte == '0' ? NUMBER_ZERO : NUMBER_INT;
                at++;
                continue;
            case NUMBER_INT:
                at = scan_digits(at, end);
                if (at == end) return at;
                byte = *at;
                /* fall through */
            case NUMBER_ZERO:
                if (byte == '.') *state = NUMBER_POINT;
                else if (byte == 'e' || byte == 'E') *state = NUMBER_E;
                else return at;
                at++;
                continue;
            case NUMBER_POINT:
                if (!is_digit(byte)) return at;
                *state = NUMBER_FRACTION;
                at++;
                continue;
            case NUMBER_FRACTION:
                at = scan_digits(at, end);
                if (at == end) return at;
                if (*at != 'e' && *at != 'E') return at;
                *state = NUMBER_E;
                at++;
                continue;
            case NUMBER_E:
                if (byte == '+' || byte == '-') { *state = NUMBER_E_SIGN; at++; continue; }
                /* fall through */
            case NUMBER_E_SIGN:
                if (!is_digit(byte)) return at;
                *state = NUMBER_EXPONENT;
                at++;
                continue;
            case NUMBER_EXPONENT:
                return scan_digits(at, end);
        }
    }
    return at;
}

/* Converts the whole integer [at, end); 0 where it might not fit (more than 18 digits). */
static inline int number_int(const uint8_t *at, const uint8_t *end, int64_t *value) {
    int64_t sum = 0;
    int minus = *at == '-';
    at += minus;
    if (end - at > 18) return 0;
    while (at < end) sum = sum * 10 + (*at++ - '0');
    *value = minus ? -sum : sum;
    return 1;
}

/* A number whose value follows from at most 19 digits. */
struct short_number {
    int is_float;
    int64_t whole;
    double real;
};

/* The first byte behind the number at `at`; NULL where it is broken or not short. */
static inline const uint8_t *parse_number(const uint8_t *at, const uint8_t *end, struct short_number *number) {
    const uint8_t *start;
    uint64_t mantissa = 0;
    int minus = *at == '-', power = 0;
    number->is_float = 0;
    number->whole = 0;
    number->real = 0;
    at += minus;
    start = at;
    while (at < end && is_digit(*at)) mantissa = mantissa * 10 + (uint64_t)(*at++ - '0');
    if (at == start || (*start == '0' && at - start > 1)) return NULL;
    if (at == end || (*at != '.' && *at != 'e' && *at != 'E')) {
        if (at - start > 18) return NULL;
        number->whole = minus ? -(int64_t)mantissa : (int64_t)mantissa;
        return at;
    }
    if (*at == '.') {
        const uint8_t *point = at++;
        while (at < end && is_digit(*at)) mantissa = mantissa * 10 + (uint64_t)(*at++ - '0');
        if (at == point + 1) return NULL;
        power = (int)(point + 1 - at);
        if (at - start > 20) return NULL;
    } else if (at - start > 19) {
        return NULL;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        int shift = 0, down;
        const uint8_t *digits;
        if (++at == end) return NULL;
        down = *at == '-';
        at += *at == '-' || *at == '+';
        digits = at;
        while (at < end && is_digit(*at)) {
            if (shift < 10000) shift = shift * 10 + (*at - '0');
            at++;
        }
        if (at == digits) return NULL;
        power += down ? -shift : shift;
    }
    number->is_float = 1;
    if (!decimal_double(mantissa, power, &number->real)) return NULL;
    if (minus) number->real = -number->real;
    return at;
}

#endif
