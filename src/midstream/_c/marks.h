/* Signs that people and models write where JSON wants others: quotes of all kinds, white space of Unicode. */
#ifndef MIDSTREAM_MARKS_H
#define MIDSTREAM_MARKS_H

#include <stdint.h>
#include <string.h>

enum quote_kind {
    NO_QUOTE,
    PLAIN_QUOTE,     /* " */
    SINGLE_QUOTE,    /* ' */
    BACKTICK,        /* ` */
    CURLY_SINGLE,    /* U+2018 to U+201B, U+00B4 */
    CURLY_DOUBLE,    /* U+201C to U+201F */
    ESCAPED_QUOTE,   /* \" of a document that was escaped as a whole */
    CUT_QUOTE        /* the bytes end within what may be one */
};

/* The quote at `at`, which is before `end`, and its length in bytes. */
static inline enum quote_kind quote_at(const uint8_t *at, const uint8_t *end, int *length) {
    *length = 1;
    switch (*at) {
        case '"': return PLAIN_QUOTE;
        case '\'': return SINGLE_QUOTE;
        case '`': return BACKTICK;
        case '\\':
            if (end - at < 2) return CUT_QUOTE;
            *length = 2;
            return at[1] == '"' ? ESCAPED_QUOTE : NO_QUOTE;
        case 0xC2:
            if (end - at < 2) return CUT_QUOTE;
            *length = 2;
            return at[1] == 0xB4 ? CURLY_SINGLE : NO_QUOTE;
        case 0xE2:
            if (end - at < 2) return CUT_QUOTE;
            if (at[1] != 0x80) return NO_QUOTE;
            if (end - at < 3) return CUT_QUOTE;
            *length = 3;
            if (at[2] >= 0x98 && at[2] <= 0x9B) return CURLY_SINGLE;
            if (at[2] >= 0x9C && at[2] <= 0x9F) return CURLY_DOUBLE;
            return NO_QUOTE;
        default: return NO_QUOTE;
    }
}

/* May a quote of the kind `found` close what one of the kind `opened` has opened? */
static inline int quote_closes(enum quote_kind opened, enum quote_kind found) {
    switch (opened) {
        case PLAIN_QUOTE: return found == PLAIN_QUOTE;
        case SINGLE_QUOTE: return found == SINGLE_QUOTE;
        case BACKTICK:
        case CURLY_SINGLE:
            return found == SINGLE_QUOTE || found == CURLY_SINGLE || (found == BACKTICK && opened == BACKTICK);
        case CURLY_DOUBLE: return found == CURLY_DOUBLE || found == PLAIN_QUOTE;
        case ESCAPED_QUOTE: return found == ESCAPED_QUOTE || found == PLAIN_QUOTE;
        default: return 0;
    }
}

/* Bytes of the white space of Unicode at `at`, which RFC 8259 does not allow; 0 where there is none, -1 where the bytes end
 * within what may be some. */
static inline int wide_space(const uint8_t *at, const uint8_t *end) {
    switch (*at) {
        case 0x0B: case 0x0C: return 1;
        case 0xC2:
            if (end - at < 2) return -1;
            return at[1] == 0xA0 || at[1] == 0x85 ? 2 : 0;
        case 0xE1: case 0xE2: case 0xE3: case 0xEF:
            if (end - at < 3) return -1;
            if (at[0] == 0xE1) return (at[1] == 0xA0 && at[2] == 0x8E) || (at[1] == 0x9A && at[2] == 0x80) ? 3 : 0;
            if (at[0] == 0xE3) return at[1] == 0x80 && at[2] == 0x80 ? 3 : 0;
            if (at[0] == 0xEF) return at[1] == 0xBB && at[2] == 0xBF ? 3 : 0;
            if (at[1] == 0x81) return at[2] == 0x9F || at[2] == 0xA0 ? 3 : 0;
            return at[1] == 0x80 && ((at[2] >= 0x80 && at[2] <= 0x8D) || at[2] == 0xA8 || at[2] == 0xA9 || at[2] == 0xAF) ? 3 : 0;
        default: return 0;
    }
}

/* A byte that a word without quotes can't hold without a look at what follows. */
static inline int stops_word(uint8_t byte) {
    switch (byte) {
        case ' ': case '\t': case '\n': case '\r': case ',': case ';': case '{': case '}': case '[': case ']': case '(': case ')':
        case '"': case '\\': case '/': case '`':
        case 0x0B: case 0x0C: case 0xC2: case 0xE1: case 0xE2: case 0xE3: case 0xEF: /* of wide_space() */
            return 1;
        default: return 0;
    }
}

/* A byte that a key without quotes is likely to be made of. */
static inline int in_word(uint8_t byte) {
    return (uint8_t)(byte - '0') < 10 || (uint8_t)((byte | 0x20) - 'a') < 26 || byte == '_' || byte == '$' || byte == '-'
        || byte == '.' || byte >= 0x80;
}

#endif
