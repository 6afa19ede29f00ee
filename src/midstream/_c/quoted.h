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

/* In the loops below the blocks are taken at a fixed stride, and the stops in one are gone through by its bits: where the next block
 * begins does not depend on what is found in this one, so a processor can begin it early. `skip`: the first byte of the block is the
 * second one of an escape. */

/* The closing quote of the string whose contents begin at `at`. NULL where it isn't in the input, or what comes before it is broken or
 * holds half a surrogate pair. */
static inline const uint8_t *measure_string(const uint8_t *at, const uint8_t *end, struct string_size *size) {
    size->count = 0;
    size->bits = 0;
    size->continued = 0;
    for (;;) {
        unsigned skip = 0;
        struct text_run run;
        while (end - at > 16) {
            unsigned stops = stops_in_block(at), place = skip;
            stops &= ~skip;
            while (stops) {
                unsigned next = first_bit(stops);
                size->count += next - place;
                if (at[next] != '\\' || !escape_char(at[next + 1])) {
                    at += next;
                    goto stopped;
                }
                size->count++;
                place = next + 2;
                stops &= ~(3u << next);
            }
            skip = place > 16;
            if (!skip) size->count += 16 - place;
            at += 16;
        }
        at += skip;
    stopped:
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
        } else {
            const uint8_t *stop = scan_text(at, end, &run);
            if (run.stop != RUN_AT_BYTE || stop == at) return NULL;
            size->count += run.count;
            size->bits |= run.bits;
            size->continued += (size_t)(stop - at) - run.count;
            at = stop;
        }
    }
}

/* Decodes what measure_string() has measured, the bytes up to the closing quote, into `count` characters of `width` bytes. */
static inline void decode_string(const uint8_t *at, const uint8_t *stop, int width, void *out, size_t count) {
    size_t done = 0;
    while (at < stop) {
        unsigned skip = 0;
        uint32_t c;
        while (stop - at >= 48 && count - done >= 48) {
            unsigned stops = stops_in_block(at), place = skip;
            stops &= ~skip;
            while (stops) {
                unsigned next = first_bit(stops);
                widen_block(at + place, width, out, done);
                done += next - place;
                if (at[next] != '\\' || at[next + 1] == 'u') {
                    at += next;
                    goto stopped;
                }
                put_char_at(out, width, done++, escape_char(at[next + 1]));
                place = next + 2;
                stops &= ~(3u << next);
            }
            skip = place > 16;
            if (!skip) {
                widen_block(at + place, width, out, done);
                done += 16 - place;
            }
            at += 16;
        }
        at += skip;
        if (at == stop) return;
    stopped:
        c = *at;
        if (c == '\\' && at[1] == 'u') {
            c = unit_escape(&at, stop);
            if (c == 0x110000) c = 0;
        } else if (c == '\\') {
            c = escape_char(at[1]);
            at += 2;
        } else if (c >= 0x80 && width == 2) {
            do ((uint16_t *)out)[done++] = (uint16_t)utf8_take(&at);
            while (at < stop && *at >= 0x80);
            continue;
        } else {
            c = utf8_take(&at);
        }
        put_char_at(out, width, done++, c);
    }
}

/* Decodes a string of ASCII and escapes of two characters in one go, into `out`, which holds SHORT_ROOM bytes. Returns its closing quote
 * and sets `*count`; NULL where it is longer, not whole, or anything else stands in it. */
#define SHORT_ROOM 4096
static inline const uint8_t *decode_short(const uint8_t *at, const uint8_t *end, uint8_t *out, size_t *count) {
    uint8_t *to = out, *limit = out + SHORT_ROOM - 64;
    unsigned skip = 0;
    uint8_t c;
    while (end - at >= 48 && to <= limit) {
        unsigned stops = stops_in_block(at), place = skip;
        stops &= ~skip;
        while (stops) {
            unsigned next = first_bit(stops);
            memcpy(to, at + place, 16);
            to += next - place;
            c = (uint8_t)escape_char(at[next + 1]);
            if (at[next] != '\\' || !c) {
                *count = (size_t)(to - out);
                return at[next] == '"' ? at + next : NULL;
            }
            *to++ = c;
            place = next + 2;
            stops &= ~(3u << next);
        }
        skip = place > 16;
        if (!skip) {
            memcpy(to, at + place, 16);
            to += 16 - place;
        }
        at += 16;
    }
    at += skip;
    if (to > limit) return NULL;
    for (; at < end; to++) {
        if (is_plain(*at)) {
            *to = *at++;
        } else {
            *count = (size_t)(to - out);
            if (*at == '"') return at;
            if (*at != '\\' || end - at < 2 || !escape_char(at[1])) return NULL;
            *to = (uint8_t)escape_char(at[1]);
            at += 2;
        }
    }
    return NULL;
}

/* Decodes ASCII and whole escapes of two characters, no more than fit into `out`. Returns how many characters that makes; -1 where anything
 * else stands among them. */
static inline int decode_piece(const uint8_t *at, const uint8_t *end, uint8_t *out) {
    uint8_t *to = out;
    for (; at < end; to++) {
        if (is_plain(*at)) {
            *to = *at++;
        } else {
            if (*at != '\\' || end - at < 2 || !escape_char(at[1])) return -1;
            *to = (uint8_t)escape_char(at[1]);
            at += 2;
        }
    }
    return (int)(to - out);
}

/* Text that can't be part of anything but a string, if the last of it is no white space or closer either; with escapes, but for the
 * quote's. */
static inline int is_calm(const uint8_t *at, const uint8_t *end) {
    if (end[-1] == ' ' || end[-1] == '}' || end[-1] == ']') return 0;
    for (; at < end; at++) {
        if (*at == '\\') {
            if (end - at < 2 || at[1] == '"' || !escape_char(at[1])) return 0;
            at++;
        } else if (!is_plain(*at) || *at == ',' || *at == '+' || *at == '`') {
            return 0;
        }
    }
    return 1;
}

#endif
