/* UTF-8 as RFC 3629 has it: validation that can stop at any byte, decoding and encoding.
 * Widths of characters are those of a Python str: 1, 2 or 4 bytes each. */
#ifndef MIDSTREAM_UTF8_H
#define MIDSTREAM_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "scan.h"

/* Bytes of the sequence that `lead` begins; 0 where none begins with it. */
static inline int utf8_length(uint8_t lead) {
    if (lead < 0x80) return 1;
    if (lead < 0xC2) return 0;
    if (lead < 0xE0) return 2;
    if (lead < 0xF0) return 3;
    if (lead < 0xF5) return 4;
    return 0;
}

/* May `byte` be the second of a sequence that begins with `lead`? Keeps out overlong forms, surrogates, > U+10FFFF. */
static inline int utf8_second(uint8_t lead, uint8_t byte) {
    if ((byte & 0xC0) != 0x80) return 0;
    if (lead == 0xE0) return byte >= 0xA0;
    if (lead == 0xED) return byte < 0xA0;
    if (lead == 0xF0) return byte >= 0x90;
    if (lead == 0xF4) return byte < 0x90;
    return 1;
}

/* May `byte` stand at `place` (1 to 3) of a sequence that begins with `lead`? */
static inline int utf8_continues(uint8_t lead, int place, uint8_t byte) {
    return place == 1 ? utf8_second(lead, byte) : (byte & 0xC0) == 0x80;
}

/* The character of a valid sequence; moves `*at` behind it. */
static inline uint32_t utf8_take(const uint8_t **at) {
    const uint8_t *p = *at;
    uint32_t lead = *p;
    if (lead < 0x80) { *at = p + 1; return lead; }
    if (lead < 0xE0) { *at = p + 2; return (lead & 0x1F) << 6 | (p[1] & 0x3Fu); }
    if (lead < 0xF0) { *at = p + 3; return (lead & 0x0F) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu); }
    *at = p + 4;
    return (lead & 0x07) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
}

/* Writes one character; returns the bytes written. Surrogates are written like other characters of their size. */
static inline int utf8_put(uint32_t c, uint8_t *out) {
    if (c < 0x80) { out[0] = (uint8_t)c; return 1; }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xC0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xE0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
        out[2] = (uint8_t)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (uint8_t)(0xF0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3F));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
    out[3] = (uint8_t)(0x80 | (c & 0x3F));
    return 4;
}

enum run_stop {
    RUN_AT_BYTE,   /* a quote, backslash or control, or the end of the input */
    RUN_CUT,       /* the input ends inside a character that is valid so far */
    RUN_INVALID    /* `bad` can't stand where it does */
};

/* A run of text: whole valid characters without quote, backslash or control. */
struct text_run {
    size_t count;       /* characters */
    uint32_t bits;      /* all characters or-ed: bounds the largest from above */
    enum run_stop stop;
    const uint8_t *bad;
};

/* Measures the run that begins at `at`; returns its end, always behind a whole character. */
static inline const uint8_t *scan_text(const uint8_t *at, const uint8_t *end, struct text_run *run) {
    size_t count = 0;
    uint32_t bits = 0;
    run->stop = RUN_AT_BYTE;
    run->bad = NULL;
    for (;;) {
        const uint8_t *stop = scan_plain(at, end);
        count += (size_t)(stop - at);
        at = stop;
        if (at == end || *at < 0x80) break;
        do {
            int place, length;
            /* the two kinds that most text is made of, without a loop */
            while (end - at >= 3 && at[0] >= 0xC2 && at[0] < 0xE0 && (at[1] & 0xC0) == 0x80) {
                bits |= (at[0] & 0x1Fu) << 6 | (at[1] & 0x3Fu);
                count++;
                at += 2;
            }
            while (end - at >= 3 && at[0] > 0xE0 && at[0] < 0xED && (at[1] & 0xC0) == 0x80 && (at[2] & 0xC0) == 0x80) {
                bits |= (at[0] & 0x0Fu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
                count++;
                at += 3;
            }
            if (at == end || *at < 0x80) break;
            length = utf8_length(*at);
            if (length == 0) {
                run->stop = RUN_INVALID;
                run->bad = at;
                goto stopped;
            }
            for (place = 1; place < length; place++) {
                if (at + place == end) {
                    run->stop = RUN_CUT;
                    goto stopped;
                }
                if (!utf8_continues(*at, place, at[place])) {
                    run->stop = RUN_INVALID;
                    run->bad = at + place;
                    goto stopped;
                }
            }
            bits |= utf8_take(&at);
            count++;
        } while (at < end && *at >= 0x80);
    }
stopped:
    run->count = count;
    run->bits = bits;
    return at;
}

/* The largest character that a str made for `bits` (see text_run) must be able to hold. */
static inline uint32_t text_largest(uint32_t bits) {
    return bits < 0x80 ? 0x7F : bits < 0x100 ? 0xFF : bits < 0x10000 ? 0xFFFF : 0x10FFFF;
}

static inline uint32_t char_at(const void *text, int width, size_t place) {
    return width == 1 ? ((const uint8_t *)text)[place]
         : width == 2 ? ((const uint16_t *)text)[place] : ((const uint32_t *)text)[place];
}

static inline void put_char_at(void *text, int width, size_t place, uint32_t c) {
    if (width == 1) ((uint8_t *)text)[place] = (uint8_t)c;
    else if (width == 2) ((uint16_t *)text)[place] = (uint16_t)c;
    else ((uint32_t *)text)[place] = c;
}

/* Copies ASCII into characters of `width` bytes, the first of them at `place`. */
static inline void widen(const uint8_t *at, const uint8_t *end, int width, void *out, size_t place) {
    size_t i, count = (size_t)(end - at);
    if (width == 1) {
        copy_bytes((uint8_t *)out + place, at, count);
    } else if (width == 2) {
        uint16_t *to = (uint16_t *)out + place;
        for (i = 0; i < count; i++) to[i] = at[i];
    } else {
        uint32_t *to = (uint32_t *)out + place;
        for (i = 0; i < count; i++) to[i] = at[i];
    }
}

/* The same for 16 bytes. */
static inline void widen_block(const uint8_t *at, int width, void *out, size_t place) {
    if (width == 1) {
        memcpy((uint8_t *)out + place, at, 16);
    } else if (width == 2) {
        uint16_t *to = (uint16_t *)out + place;
#if defined(SCAN_SSE2)
        __m128i block = _mm_loadu_si128((const __m128i *)at);
        _mm_storeu_si128((__m128i *)to, _mm_unpacklo_epi8(block, _mm_setzero_si128()));
        _mm_storeu_si128((__m128i *)(to + 8), _mm_unpackhi_epi8(block, _mm_setzero_si128()));
#else
        int i;
        for (i = 0; i < 16; i++) to[i] = at[i];
#endif
    } else {
        uint32_t *to = (uint32_t *)out + place;
        int i;
        for (i = 0; i < 16; i++) to[i] = at[i];
    }
}

/* Decodes the valid sequences of [at, end) into characters of `width` bytes, the first of them at `place`. */
static inline void utf8_decode(const uint8_t *at, const uint8_t *end, int width, void *out, size_t place) {
    while (at < end) {
        const uint8_t *run = scan_ascii(at, end);
        widen(at, run, width, out, place);
        place += (size_t)(run - at);
        at = run;
        while (at < end && *at >= 0x80) put_char_at(out, width, place++, utf8_take(&at));
    }
}

/* How many of the characters from `place` on, `count` at most, are ASCII; these are written to `out`. */
static inline size_t narrow(const void *text, int width, size_t place, size_t count, uint8_t *out) {
    size_t done = 0;
#if defined(SCAN_SSE2)
    if (width == 2) {
        const uint16_t *from = (const uint16_t *)text + place;
        const __m128i beyond = _mm_set1_epi16((short)0xFF80);
        for (; count - done >= 8; done += 8) {
            __m128i block = _mm_loadu_si128((const __m128i *)(from + done));
            __m128i high = _mm_cmpeq_epi16(_mm_and_si128(block, beyond), _mm_setzero_si128());
            if (_mm_movemask_epi8(high) != 0xFFFF) break;
            _mm_storel_epi64((__m128i *)(out + done), _mm_packus_epi16(block, block));
        }
    }
#endif
    for (; done < count; done++) {
        uint32_t c = char_at(text, width, place + done);
        if (c >= 0x80) break;
        out[done] = (uint8_t)c;
    }
    return done;
}

/* Encodes characters from `*place` up to `count` into `out`, which holds `room` bytes; stops before a surrogate and
 * where another character might not fit. Moves `*place`; returns the bytes written. */
static inline size_t utf8_encode(const void *text, int width, size_t *place, size_t count, uint8_t *out, size_t room) {
    size_t at = *place, written = 0;
    while (at < count && room - written >= 4) {
        uint32_t c = char_at(text, width, at);
        if (c < 0x80) {
            size_t most = count - at < room - written ? count - at : room - written;
            size_t run = narrow(text, width, at, most, out + written);
            at += run;
            written += run;
            continue;
        }
        if (c >= 0xD800 && c < 0xE000) break;
        written += (size_t)utf8_put(c, out + written);
        at++;
    }
    *place = at;
    return written;
}

#endif
