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

#define SCAN_ONES UINT64_C(0x0101010101010101)
#define SCAN_HIGHS UINT64_C(0x8080808080808080)

/* The highest bit of each byte of `word` that is not plain. Borrows can only raise a false alarm above a true one. */
static inline uint64_t word_stops(uint64_t word) {
    uint64_t quote = word ^ (SCAN_ONES * '"');
    uint64_t slash = word ^ (SCAN_ONES * '\\');
    return (word | (word - SCAN_ONES * 0x20) | (quote - SCAN_ONES) | (slash - SCAN_ONES)) & SCAN_HIGHS;
}

#if defined(_MSC_VER) || (defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
#define SCAN_LITTLE_ENDIAN 1
#endif

/* Number of the lowest byte of which the highest bit is set; one is. */
static inline unsigned first_byte(uint64_t highs) {
#if defined(_MSC_VER)
    unsigned long place;
    _BitScanForward64(&place, highs);
    return (unsigned)place / 8;
#else
    return (unsigned)__builtin_ctzll(highs) / 8;
#endif
}

/* Less than eight bytes, but at least one, as the low bytes of a word whose others are spaces. */
static inline uint64_t short_word(const uint8_t *at, size_t count) {
    uint64_t rest = SCAN_ONES * 0x20 << 8 * count;
    if (count >= 4) {
        uint32_t first, last;
        memcpy(&first, at, 4);
        memcpy(&last, at + count - 4, 4);
        return rest | first | (uint64_t)last << 8 * (count - 4);
    }
    return rest | at[0] | (uint64_t)at[count / 2] << 8 * (count / 2) | (uint64_t)at[count - 1] << 8 * (count - 1);
}

static inline const uint8_t *scan_plain_words(const uint8_t *at, const uint8_t *end) {
#if defined(SCAN_LITTLE_ENDIAN)
    uint64_t word, stops;
    while (end - at >= 8) {
        memcpy(&word, at, 8);
        stops = word_stops(word);
        if (stops) return at + first_byte(stops);
        at += 8;
    }
    if (at == end) return at;
    stops = word_stops(short_word(at, (size_t)(end - at)));
    return stops ? at + first_byte(stops) : end;
#else
    while (at < end && is_plain(*at)) at++;
    return at;
#endif
}

/* Number of the lowest bit that is set; one is. */
static inline unsigned first_bit(unsigned mask) {
#if defined(_MSC_VER)
    unsigned long place;
    _BitScanForward(&place, mask);
    return (unsigned)place;
#else
    return (unsigned)__builtin_ctz(mask);
#endif
}

/* The 16 bytes at `at`: a bit for each that is not plain, the lowest for the first. */
static inline unsigned stops_in_block(const uint8_t *at) {
#if defined(SCAN_SSE2)
    __m128i block = _mm_loadu_si128((const __m128i *)at);
    /* as signed bytes, controls and everything from 0x80 on are below the space */
    __m128i stop = _mm_or_si128(_mm_cmplt_epi8(block, _mm_set1_epi8(0x20)),
                                _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')), _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'))));
    return (unsigned)_mm_movemask_epi8(stop);
#elif defined(SCAN_NEON)
    static const uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t block = vld1q_u8(at);
    uint8x16_t stop = vorrq_u8(vcltq_s8(vreinterpretq_s8_u8(block), vdupq_n_s8(0x20)),
                               vorrq_u8(vceqq_u8(block, vdupq_n_u8('"')), vceqq_u8(block, vdupq_n_u8('\\'))));
    stop = vandq_u8(stop, vld1q_u8(weights));
    return (unsigned)vaddv_u8(vget_low_u8(stop)) | (unsigned)vaddv_u8(vget_high_u8(stop)) << 8;
#else
    unsigned stops = 0, place;
    for (place = 0; place < 16; place++) stops |= (unsigned)!is_plain(at[place]) << place;
    return stops;
#endif
}

/* The first byte from `at` that is not plain, or `end`. */
static inline const uint8_t *scan_plain(const uint8_t *at, const uint8_t *end) {
#if defined(SCAN_SSE2) || defined(SCAN_NEON)
    while (end - at >= 16) {
        unsigned stops = stops_in_block(at);
        if (stops) return at + first_bit(stops);
        at += 16;
    }
#endif
    return scan_plain_words(at, end);
}

/* The first byte from `at` that is no space (U+0020), or `end`. */
static inline const uint8_t *scan_spaces(const uint8_t *at, const uint8_t *end) {
#if defined(SCAN_SSE2)
    while (end - at >= 16) {
        __m128i spaces = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)at), _mm_set1_epi8(' '));
        unsigned others = (unsigned)_mm_movemask_epi8(spaces) ^ 0xFFFF;
        if (others) return at + first_bit(others);
        at += 16;
    }
#else
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        if (word != SCAN_ONES * ' ') break;
        at += 8;
    }
#endif
    while (at < end && *at == ' ') at++;
    return at;
}

/* The first byte from `at` that is not ASCII, or `end`. */
static inline const uint8_t *scan_ascii(const uint8_t *at, const uint8_t *end) {
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        if (word & SCAN_HIGHS) break;
        at += 8;
    }
    while (at < end && *at < 0x80) at++;
    return at;
}

/* memcpy() that is quick for a few bytes: by two that may overlap. */
static inline void copy_bytes(uint8_t *to, const uint8_t *from, size_t count) {
    if (count > 16) {
        memcpy(to, from, count);
    } else if (count >= 8) {
        uint64_t first, last;
        memcpy(&first, from, 8);
        memcpy(&last, from + count - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + count - 8, &last, 8);
    } else if (count >= 4) {
        uint32_t first, last;
        memcpy(&first, from, 4);
        memcpy(&last, from + count - 4, 4);
        memcpy(to, &first, 4);
        memcpy(to + count - 4, &last, 4);
    } else if (count) {
        uint8_t middle = from[count / 2], last = from[count - 1];
        to[0] = from[0];
        to[count / 2] = middle;
        to[count - 1] = last;
    }
}

/* Is all of it plain? */
static inline int all_plain(const uint8_t *at, const uint8_t *end) {
    return (end - at >= 16 ? scan_plain(at, end) : scan_plain_words(at, end)) == end;
}

#endif
