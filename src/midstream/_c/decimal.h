/* The double nearest to a decimal number, without long arithmetic: D. Lemire, "Number Parsing at a Gigabyte per Second" (2021).
 * The mantissa, shifted to fill 64 bits, times the 128 bits of a power of five: the upper bits of the product are those of the
 * answer. tests/support/powers.py writes the table; tests/unit/test_powers.py and test_decimal.py hold it and this to Python. */
#ifndef MIDSTREAM_DECIMAL_H
#define MIDSTREAM_DECIMAL_H

#include <float.h>
#include <stdint.h>
#include <string.h>

#include "powers.h"

/* DECIMAL_PORTABLE leaves only what C99 has. */
#if !defined(DECIMAL_PORTABLE) && (defined(__GNUC__) || defined(__clang__))
#define DECIMAL_BUILTIN 1
#elif !defined(DECIMAL_PORTABLE) && defined(_MSC_VER) && (defined(_M_X64) || defined(_M_ARM64))
#define DECIMAL_MSVC 1
unsigned char _BitScanReverse64(unsigned long *, unsigned __int64);
#pragma intrinsic(_BitScanReverse64)
#if defined(_M_X64)
unsigned __int64 _umul128(unsigned __int64, unsigned __int64, unsigned __int64 *);
#pragma intrinsic(_umul128)
#else
unsigned __int64 __umulh(unsigned __int64, unsigned __int64);
#pragma intrinsic(__umulh)
#endif
#endif

/* Zeros above the highest bit of `bits`, which is not 0. */
static inline int leading_zeros(uint64_t bits) {
#if defined(DECIMAL_BUILTIN)
    return __builtin_clzll(bits);
#elif defined(DECIMAL_MSVC)
    unsigned long place;
    _BitScanReverse64(&place, bits);
    return 63 - (int)place;
#else
    int zeros = 0, step;
    for (step = 32; step; step >>= 1) {
        if (bits >> (64 - step)) continue;
        bits <<= step;
        zeros += step;
    }
    return zeros;
#endif
}

/* The product of two words: returns the upper one. */
static inline uint64_t wide_product(uint64_t a, uint64_t b, uint64_t *lower) {
#if defined(DECIMAL_BUILTIN) && defined(__SIZEOF_INT128__)
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    *lower = (uint64_t)product;
    return (uint64_t)(product >> 64);
#elif defined(DECIMAL_MSVC) && defined(_M_X64)
    return _umul128(a, b, lower);
#elif defined(DECIMAL_MSVC)
    *lower = a * b;
    return __umulh(a, b);
#else
    /* no sum of these reaches 2**64 */
    const uint64_t half = 0xFFFFFFFF;
    uint64_t low = (a & half) * (b & half);
    uint64_t cross = (a >> 32) * (b & half) + (low >> 32);
    uint64_t middle = (a & half) * (b >> 32) + (cross & half);
    *lower = middle << 32 | (low & half);
    return (a >> 32) * (b >> 32) + (cross >> 32) + (middle >> 32);
#endif
}

/* The double nearest to mantissa * 10**power, the even one of two; 0 and infinity beyond the least and greatest. Returns 0
 * where it can't say; tests/unit/test_powers.py shows that there is no such mantissa. */
static inline int scaled_double(uint64_t mantissa, int power, double *value) {
    const uint64_t infinity = UINT64_C(0x7FF) << 52;
    uint64_t upper, lower, bits;
    const uint64_t *five;
    int zeros, carry, exponent;
    if (mantissa == 0 || power < LEAST_POWER || power > GREATEST_POWER) {
        bits = mantissa == 0 || power < 0 ? 0 : infinity;
        memcpy(value, &bits, 8);
        return 1;
    }
    five = POWERS_OF_FIVE[power - LEAST_POWER];
    zeros = leading_zeros(mantissa);
    mantissa <<= zeros;
    upper = wide_product(mantissa, five[0], &lower);
    if ((upper & 0x1FF) == 0x1FF) {
        /* What the lower half of the power adds may carry into the bits that count. */
        uint64_t unused, more = wide_product(mantissa, five[1], &unused);
        lower += more;
        upper += lower < more;
        /* What is behind the table could carry too, if it is not exact. */
        if (lower == UINT64_MAX && (upper & 0x1FF) == 0x1FF && (power < -27 || power > 55)) return 0;
    }
    /* 53 bits, and one to round by */
    carry = (int)(upper >> 63);
    bits = upper >> (carry + 9);
    /* floor(power * log2(10)) in fixed point; the bias keeps what is shifted positive */
    exponent = (int)((unsigned)(power * 217706 + (1200 << 16)) >> 16) - 1200 + 63 + carry - zeros + 1023;
    if (exponent <= 0) {
        /* subnormal, and never halfway: that takes a mantissa which 5**-power divides */
        bits = exponent > -63 ? bits >> (1 - exponent) : 0;
        exponent = 1;
    } else if (lower == 0 && (bits & 3) == 1 && power >= -4 && power <= 23 && bits << (carry + 9) == upper) {
        bits--; /* Halfway, and the even one is below. No other power leaves a product of 54 bits. */
    }
    /* The 53rd bit adds one to the exponent, and so does a mantissa that rounding makes longer. */
    bits = ((bits + 1) >> 1) + ((uint64_t)(exponent - 1) << 52);
    if (bits > infinity) bits = infinity;
    memcpy(value, &bits, 8);
    return 1;
}

/* The same, with a short way for numbers as people write them: one correctly rounded operation on two exact doubles (Clinger). It
 * would do up to 2**53, but long mantissas are as quick above, and a mixture of both ways costs more mispredicted branches. */
static inline int decimal_double(uint64_t mantissa, int power, double *value) {
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD == 0 /* wider intermediate results would round twice */
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (mantissa <= UINT64_C(1) << 40 && power >= -22 && power <= 22) {
        double whole = (double)(int64_t)mantissa;
        *value = power < 0 ? whole / tens[-power] : whole * tens[power];
        return 1;
    }
#endif
    return scaled_double(mantissa, power, value);
}

#endif
