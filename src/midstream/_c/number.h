/* The number grammar of RFC 8259, section 6, resumable at any byte, and the conversions that are exact and quick.
 * What they don't cover is said so, and left to the caller's slow path. */
#ifndef MIDSTREAM_NUMBER_H
#define MIDSTREAM_NUMBER_H

#include <float.h>
#include <stddef.h>
#include <stdint.h>

#include "chars.h"

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

/* Converts the whole number [at, end) where one correctly rounded operation on two exact doubles gives the answer
 * (Clinger's fast path: mantissa up to 2**53, power of ten up to 22); 0 where the slow path is needed. */
static inline int number_double(const uint8_t *at, const uint8_t *end, double *value) {
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    uint64_t mantissa = 0;
    int digits = 0, power = 0, minus = *at == '-';
#if !defined(FLT_EVAL_METHOD) || FLT_EVAL_METHOD != 0
    return 0; /* wider intermediate results would round twice */
#endif
    at += minus;
    for (; at < end && is_digit(*at); at++) {
        mantissa = mantissa * 10 + (uint64_t)(*at - '0');
        if (mantissa && ++digits > 18) return 0;
    }
    if (at < end && *at == '.') {
        for (at++; at < end && is_digit(*at); at++) {
            mantissa = mantissa * 10 + (uint64_t)(*at - '0');
            if (mantissa && ++digits > 18) return 0;
            if (--power < -400) return 0;
        }
    }
    if (at < end) {
        int shift = 0, down;
        at++;
        down = *at == '-';
        if (*at == '-' || *at == '+') at++;
        for (; at < end; at++) {
            shift = shift * 10 + (*at - '0');
            if (shift > 400) return 0;
        }
        power += down ? -shift : shift;
    }
    if (mantissa > (UINT64_C(1) << 53) || power < -22 || power > 22) return 0;
    *value = power < 0 ? (double)mantissa / powers[-power] : (double)mantissa * powers[power];
    if (minus) *value = -*value;
    return 1;
}

#endif
