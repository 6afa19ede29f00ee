/* Runs of bytes that need no decision: vector where the baseline of the compiler has it, word at a time else.
 * Both forms give the same answer; tests/unit/test_scan.py holds them to it. */
#ifndef MIDSTREAM_SCAN_H
#define MIDSTREAM_SCAN_H

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#define SCAN_SSE2 1
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#define SCAN_NEON 1
#endif
#if defined(_MSC_VER)
#include <intrin.h>
#endif

/* ASCII that stands for itself inside a string: not a quote, backslash, control or part of a longer character. */
static inline int is_plain(uint8_t byte) {
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* Text that can't be part of anything but a string, if the last of it is no white space or closer either. */
static inline int is_calm(const uint8_t *at, const uint8_t *end) {
    if (end[-1] == ' ' || end[-1] == '}' || end[-1] == ']') return 0;
    for (; at < end; at++)
        if (!is_plain(*at) || *at == ',' || *at == '+' || *at == '`') return 0;
    return 1;
}

#define SCAN_ONES UINT64_C(0x0101010101010101)
#define SCAN_HIGHS UINT64_C(0x8080808080808080)

/* Every byte of `word` plain? Borrows can only raise a false alarm beside a true one. */
static inline int word_is_plain(uint64_t word) {
    uint64_t quote = word ^ (SCAN_ONES * '"');
    uint64_t slash = word ^ (SCAN_ONES * '\\');
    uint64_t alarm = word;
    alarm |= word - SCAN_ONES * 0x20;
    alarm |= quote - SCAN_ONES;
    alarm |= slash - SCAN_ONES;
    return (alarm & SCAN_HIGHS) == 0;
}

static inline const uint8_t *scan_plain_words(const uint8_t *at, const uint8_t *end) {
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        if (!word_is_plain(word)) break;
        at += 8;
    }
    while (at < end && is_plain(*at)) at++;
    return at;
}

#if defined(SCAN_SSE2)
static inline int first_bit(unsigned mask) {
#if defined(_MSC_VER)
    unsigned long place;
    _BitScanForward(&place, mask);
    return (int)place;
#else
    return __builtin_ctz(mask);
#endif
}
#endif

/* The first byte from `at` that is not plain, or `end`. */
static inline const uint8_t *scan_plain(const uint8_t *at, const uint8_t *end) {
#if defined(SCAN_SSE2)
    const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), space = _mm_set1_epi8(0x20);
    while (end - at >= 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)at);
        /* as signed bytes, controls and everything from 0x80 on are below the space */
        __m128i stop = _mm_or_si128(_mm_cmplt_epi8(block, space),
                                    _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, slash)));
        unsigned mask = (unsigned)_mm_movemask_epi8(stop);
        if (mask) return at + first_bit(mask);
        at += 16;
    }
#elif defined(SCAN_NEON)
    while (end - at >= 16) {
        uint8x16_t block = vld1q_u8(at);
        int8x16_t low = vreinterpretq_s8_u8(block);
        uint8x16_t stop = vorrq_u8(vcltq_s8(low, vdupq_n_s8(0x20)),
                                   vorrq_u8(vceqq_u8(block, vdupq_n_u8('"')), vceqq_u8(block, vdupq_n_u8('\\'))));
        if (vmaxvq_u8(stop)) break;
        at += 16;
    }
#endif
    return scan_plain_words(at, end);
}

#endif
