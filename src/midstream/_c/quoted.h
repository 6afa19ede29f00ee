/* The contents of a string that stands whole in the input: measured once, then decoded into a block of the right size. */
#ifndef MIDSTREAM_QUOTED_H
#define MIDSTREAM_QUOTED_H

#include <stddef.h>
#include <stdint.h>

#include "escape.h"
#include "scan.h"
#include "utf8.h"

struct string_size {
    size_t count;       /* characters */
    uint32_t bits;      /* all characters or-ed: bounds the largest from above */
    size_t continued;   /* bytes of the input beyond one a character, escapes not counted */
};

/* The four digits behind \u; -1 where they aren't that, or the input ends. */
static inline int32_t hex_unit(const uint8_t *at, const uint8_t *end) {
    int32_t unit = 0;
    int place;
    if (end - at < 4) return -1;
    for (place = 0; place < 4; place++) {
        int digit = hex_value(at[place]);
        if (digit < 0) return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

/* The character of the \u escape, or of the two, at `*at`, which is moved behind; 0 where there is none: a lone half too. (\u0000 is
 * told as 0x110000.) */
static inline uint32_t unit_escape(const uint8_t **at, const uint8_t *end) {
    int32_t unit = hex_unit(*at + 2, end), low;
    if (unit < 0 || is_low((uint32_t)unit)) return 0;
    *at += 6;
    if (!is_high((uint32_t)unit)) return unit ? (uint32_t)unit : 0x110000;
    if (end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u') return 0;
    low = hex_unit(*at + 2, end);
    if (low < 0 || !is_low((uint32_t)low)) return 0;
    *at += 6;
    return join_halves((uint32_t)unit, (uint32_t)low);
}

/* The closing quote of the string whose contents begin at `at`. NULL where it isn't in the input, or what comes before it is broken or
 * holds half a surrogate pair. */
static inline const uint8_t *measure_string(const uint8_t *at, const uint8_t *end, struct string_size *size) {
    size->count = 0;
    size->bits = 0;
    size->continued = 0;
    for (;;) {
        const uint8_t *stop = scan_plain(at, end);
        size->count += (size_t)(stop - at);
        at = stop;
        if (at == end) return NULL;
        if (*at == '"') return at;
        if (*at == '\\') {
            if (end - at < 2) return NULL;
            if (at[1] == 'u') {
                uint32_t c = unit_escape(&at, end);
                if (!c) return NULL;
                if (c != 0x110000) size->bits |= c;
            } else {
                if (!escape_char(at[1])) return NULL;
                at += 2;
            }
            size->count++;
        } else if (*at >= 0x80) {
            struct text_run run;
            stop = scan_text(at, end, &run);
            if (run.stop != RUN_AT_BYTE) return NULL;
            size->count += run.count;
            size->bits |= run.bits;
            size->continued += (size_t)(stop - at) - run.count;
            at = stop;
        } else {
            return NULL;
        }
    }
}

/* Decodes what measure_string() has measured, the bytes up to the closing quote, into characters of `width` bytes. */
static inline void decode_string(const uint8_t *at, const uint8_t *stop, int width, void *out, size_t count) {
    size_t place = 0;
    while (at < stop) {
        if (width == 1) {
            uint8_t *to = (uint8_t *)out;
            while (stop - at >= 16 && count - place >= 16) {
                unsigned plain = plain_in_block(at);
                memcpy(to + place, at, 16);
                at += plain;
                place += plain;
                if (plain < 16) break;
            }
        } else {
            const uint8_t *run = scan_plain(at, stop);
            widen(at, run, width, out, place);
            place += (size_t)(run - at);
            at = run;
        }
        while (at < stop) {
            uint32_t c = *at;
            if (is_plain(*at)) {
                if (stop - at >= 16 && count - place >= 16) break;
                at++;
            } else if (c != '\\') {
                c = utf8_take(&at);
            } else if (at[1] == 'u') {
                c = unit_escape(&at, stop);
                if (c == 0x110000) c = 0;
            } else {
                c = escape_char(at[1]);
                at += 2;
            }
            put_char_at(out, width, place++, c);
        }
    }
}

/* Decodes a string of ASCII and escapes of two characters in one go, into `out`, which holds SHORT_ROOM bytes. Returns its closing quote
 * and sets `*count`; NULL where it is longer, not whole, or anything else stands in it. */
#define SHORT_ROOM 4096
static inline const uint8_t *decode_short(const uint8_t *at, const uint8_t *end, uint8_t *out, size_t *count) {
    uint8_t *to = out, *limit = out + SHORT_ROOM - 32;
    for (;;) {
        uint8_t c;
        unsigned plain = 16;
        while (end - at >= 16 && to <= limit) {
            plain = plain_in_block(at);
            memcpy(to, at, 16);
            at += plain;
            to += plain;
            if (plain < 16) break;
        }
        if (to > limit) return NULL;
        if (plain == 16)
            while (at < end && is_plain(*at)) *to++ = *at++;
        if (at == end) return NULL;
        if (*at == '"') {
            *count = (size_t)(to - out);
            return at;
        }
        if (*at != '\\' || end - at < 2) return NULL;
        c = (uint8_t)escape_char(at[1]);
        if (!c) return NULL;
        *to++ = c;
        at += 2;
    }
}

#endif
