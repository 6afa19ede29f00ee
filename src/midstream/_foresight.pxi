# What follows, looked at before anything is done: functions that decide what a place in the input means where repairs are on.
# They read bytes and the kinds of the open containers, and change nothing. Each looks no further than FORESIGHT bytes behind
# the place; where the bytes at hand end before the answer is certain, and more may come, the answer is WAIT. So it depends on
# the bytes alone, wherever they were cut.

cdef enum Verdict:
    WAIT
    NO
    YES
    JOINED      # a quote ends one part of a string that goes on behind a `+`


cdef enum:
    FORESIGHT = 256     # bytes
    LITERAL_SIZE = 9    # bytes of the longest literal
    KEY_SEEN = 64       # bytes of a key without quotes, and of an element that might be one


cdef enum Context:
    AT_ROOT
    IN_ARRAY
    IN_OBJECT


cdef struct Sight:
    const uint8_t *stop     # behind the last byte to look at
    bint more               # there may be more to see behind it


cdef inline Sight sight_from(Parser self, const uint8_t *origin, const uint8_t *end) noexcept:
    cdef Sight sight
    if end - origin >= FORESIGHT:
        sight.stop = origin + FORESIGHT
        sight.more = False
    else:
        sight.stop = end
        sight.more = not self.mender.final
    return sight


cdef inline Verdict at_stop(const Sight *sight, Verdict otherwise) noexcept:
    return WAIT if sight.more else otherwise


cdef inline Context context_of(Parser self, Py_ssize_t up) noexcept:
    """The container `up` levels around the innermost."""
    cdef Py_ssize_t level = depth_of(self) - up
    cdef PyObject *container
    if level <= 0:
        return AT_ROOT
    container = <PyObject *>self.container if not up else PyList_GET_ITEM(<PyObject *>self.containers, level)
    return IN_OBJECT if PyDict_CheckExact(container) else IN_ARRAY


cdef inline bint is_closer(uint8_t byte) noexcept:
    return byte == c'}' or byte == c']'


cdef bint closes(Parser self, Py_ssize_t up, uint8_t byte) noexcept:
    """Is this the closer of the container `up` levels around the innermost?"""
    cdef Context context = context_of(self, up)
    if context == IN_OBJECT:
        return byte == c'}'
    return context == IN_ARRAY and byte == array_closer(self, depth_of(self) - up)


cdef const uint8_t *beyond_space(const uint8_t *p, const Sight *sight) noexcept:
    """The next significant byte: behind white space and comments. The stop where there is none, or where it may be the beginning
    of more than one byte that mean something together."""
    cdef const uint8_t *stop = sight.stop
    cdef int wide
    while p < stop:
        if is_space(p[0]):
            p += 1
        elif p[0] == c'/':
            if p + 1 == stop:
                return stop if sight.more else p
            if p[1] == c'/':
                p = line_end(p, stop)
            elif p[1] == c'*':
                p = comment_end(p + 2, stop)
            else:
                return p
        else:
            wide = wide_space(p, stop)
            if wide < 0:
                return stop if sight.more else p
            if not wide:
                return stop if p[0] == c'\\' and stop_in(p, 2, sight) else p
            p += wide
    return p


cdef inline const uint8_t *line_end(const uint8_t *p, const uint8_t *stop) noexcept:
    cdef const uint8_t *found = <const uint8_t *>memchr(p, c'\n', stop - p)
    return found if found != NULL else stop


cdef const uint8_t *comment_end(const uint8_t *p, const uint8_t *stop) noexcept:
    """Behind the `*/` that is next."""
    while p < stop:
        p = <const uint8_t *>memchr(p, c'*', stop - p)
        if p == NULL or p + 1 >= stop:
            return stop
        if p[1] == c'/':
            return p + 2
        p += 1
    return stop


cdef inline bint has_line_end(const uint8_t *p, const uint8_t *end) noexcept:
    return end > p and memchr(p, c'\n', end - p) != NULL


cdef inline bint is_fence(const uint8_t *p, const uint8_t *stop) noexcept:
    return stop - p >= 3 and p[0] == c'`' and p[1] == c'`' and p[2] == c'`'


cdef const uint8_t *beyond_quoted(const uint8_t *p, const Sight *sight) noexcept:
    """Behind the string that begins with the quote at `p`: at the first quote that may close it. NULL where a line ends
    before."""
    cdef int length = 0
    cdef quote_kind opened = quote_at(p, sight.stop, &length), found
    if opened == CUT_QUOTE:
        return sight.stop
    p += length
    while p < sight.stop:
        if p[0] == c'\n':
            return NULL
        found = quote_at(p, sight.stop, &length)
        if found == CUT_QUOTE:
            return sight.stop
        if quote_closes(opened, found):
            return p + length
        p += 2 if p[0] == c'\\' else 1
    return sight.stop


cdef inline bint begins_quote(const uint8_t *p, const Sight *sight) noexcept:
    cdef int length = 0
    cdef quote_kind found = quote_at(p, sight.stop, &length)
    return found != NO_QUOTE and found != CUT_QUOTE


cdef Verdict member_begins(const uint8_t *p, const Sight *sight) noexcept:
    """Do a key in quotes and a colon stand at `p`, which is a quote?"""
    p = beyond_quoted(p, sight)
    if p == NULL:
        return NO
    p = beyond_space(p, sight)
    if p == sight.stop:
        return at_stop(sight, NO)
    return YES if p[0] == c':' else NO


cdef Verdict bare_key_begins(const uint8_t *p, const Sight *sight) noexcept:
    """Do a key without quotes and a colon stand at `p`?"""
    cdef const uint8_t *start = p
    cdef int spaces = 0
    while p < sight.stop and p - start <= KEY_SEEN:
        if p[0] == c':':
            if p == start:
                return NO
            if p + 1 == sight.stop:
                return at_stop(sight, YES)
            return NO if p[1] == c'/' else YES
        if p[0] == c'"' and p > start:
            p = beyond_space(p + 1, sight)
            if p == sight.stop:
                return at_stop(sight, NO)
            return YES if p[0] == c':' else NO
        spaces += p[0] == c' '
        # a sentence is no key
        if not in_word(p[0]) and p[0] != c' ' or spaces > 3 or p[0] == c' ' and p > start and p[-1] == c'.':
            return NO
        p += 1
    return at_stop(sight, NO) if p == sight.stop else NO


cdef Verdict literal_joins(const uint8_t *p, const Sight *sight) noexcept:
    """Where documents follow each other: is here a literal with the next document directly behind it?"""
    cdef const char *text
    cdef Py_ssize_t size
    cdef bint first
    for first in (True, False):
        if p[0] != c't' and p[0] != c'f' and p[0] != c'n':
            return YES if not first and begins_value(p[0]) else NO
        text = literal_text(p[0])
        size = strlen(text)
        if memcmp(p, text, min(size, sight.stop - p)):
            return NO
        p += size
        if p >= sight.stop:
            return at_stop(sight, NO)
    return YES


cdef Verdict is_key_like(const uint8_t *p, const Sight *sight) noexcept:
    """Is it a key rather than an element that begins with the quote at `p`? It is told from one by its first word."""
    cdef int length = 0
    cdef const uint8_t *start
    cdef quote_kind opened = quote_at(p, sight.stop, &length)
    p += length
    start = p
    while p < sight.stop and in_word(p[0]):
        if p - start == KEY_SEEN:
            return NO
        p += 1
    if p == sight.stop:
        return at_stop(sight, NO)
    if p == start or not quote_closes(opened, quote_at(p, sight.stop, &length)):
        return at_stop(sight, NO) if opened == ESCAPED_QUOTE and stop_in(p, 2, sight) else NO
    p = beyond_space(p + length, sight)
    if p == sight.stop:
        return at_stop(sight, NO)
    return YES if p[0] == c':' else NO


cdef const uint8_t *beyond_word(const uint8_t *p, const uint8_t *stop) noexcept:
    while p < stop and (in_word(p[0]) or p[0] == c'+'):
        p += 1
    return p


cdef bint is_literal(const uint8_t *p, Py_ssize_t size) noexcept:
    """One of JSON, Python or JavaScript?"""
    return literal_of(p, size) != NO_LITERAL


cdef Verdict atom_then_end(const uint8_t *p, const Sight *sight) noexcept:
    """Do a number or a literal and behind it a comma, a closer or a quote stand at `p`?"""
    cdef const uint8_t *word = p
    p = beyond_word(p, sight.stop)
    if p == sight.stop:
        return at_stop(sight, YES if p - word <= LITERAL_SIZE or is_digit(word[0]) or is_digit(word[1]) else NO)
    if not is_digit(word[0]) and not is_literal(word, p - word) and not (word[0] in b"-+." and p - word > 1 and is_digit(p[-1])):
        return NO
    p = beyond_space(p, sight)
    if p == sight.stop:
        return at_stop(sight, YES)
    return YES if p[0] in b",;)" or is_closer(p[0]) or begins_quote(p, sight) or (is_digit(p[0]) and is_space(p[-1])) else NO


cdef Verdict member_follows(Parser self, Py_ssize_t up, const uint8_t *p, int care, const Sight *sight) noexcept:
    """Behind a comma in the object `up` levels around: is there what may stand there? `care`: 0 to 2, see quote_ends()."""
    cdef quote_kind quote
    cdef int length = 0
    p = beyond_space(p, sight)
    if p == sight.stop:
        return at_stop(sight, YES)
    quote = quote_at(p, sight.stop, &length)
    if quote == CUT_QUOTE or quote == ESCAPED_QUOTE and self.mender.quote != ESCAPED_QUOTE:
        return NO
    if quote != NO_QUOTE:
        return YES if care < 2 else member_begins(p, sight)
    if p[0] == c'}' or p[0] == c']' or p[0] == c',' or p[0] == c'#':
        return YES
    if p[0] == c'.' or p[0] == 0xE2:
        return ellipsis_at(p, sight)
    if p[0] == c'{' and context_of(self, up + 1) == IN_ARRAY or p[0] == c'[' and not care:
        return YES
    return bare_key_begins(p, sight)


cdef Verdict element_follows(Parser self, const uint8_t *p, int care, const Sight *sight) noexcept:
    """Behind a comma in an array: is there what may stand there?"""
    cdef quote_kind quote
    cdef int length = 0
    p = beyond_space(p, sight)
    if p == sight.stop:
        return at_stop(sight, YES)
    quote = quote_at(p, sight.stop, &length)
    if quote == CUT_QUOTE or quote == ESCAPED_QUOTE and self.mender.quote != ESCAPED_QUOTE:
        return NO
    if quote != NO_QUOTE:
        return YES if care < 2 else element_in_quotes(self, p, sight)
    if p[0] == c'{' or p[0] == c'[' or is_closer(p[0]) or p[0] == c',' or p[0] == c'(' or p[0] == c'#':
        return YES
    if p[0] == c'.' or p[0] == 0xE2:
        return YES if ellipsis_at(p, sight) == YES else atom_then_end(p, sight) if p[0] == c'.' or care else YES
    if not care:
        return YES if in_word(p[0]) or p[0] == c'+' else NO
    return atom_then_end(p, sight)


cdef Verdict element_in_quotes(Parser self, const uint8_t *p, const Sight *sight) noexcept:
    """Does a whole element in quotes stand at `p`, and behind it what may follow one?"""
    p = beyond_quoted(p, sight)
    if p == NULL:
        return NO
    if p < sight.stop and p[0] == c'"' and p[-1] == c'"' and is_digit(p[-2]):
        p += 1      # the one before is a sign for inches
    p = beyond_space(p, sight)
    if p == sight.stop:
        return at_stop(sight, YES)
    if p[0] == c',':
        return element_follows(self, p + 1, 1, sight)
    return YES if is_closer(p[0]) else NO


cdef Verdict ellipsis_at(const uint8_t *p, const Sight *sight) noexcept:
    if stop_in(p, 3, sight):
        return WAIT
    return YES if sight.stop - p >= 3 and is_ellipsis(p, 3) else NO


cdef Verdict follows_comma(Parser self, Py_ssize_t up, const uint8_t *p, int care, const Sight *sight) noexcept:
    cdef Context context = context_of(self, up)
    if context == IN_OBJECT:
        return member_follows(self, up, p, care, sight)
    if context == IN_ARRAY:
        return element_follows(self, p, care, sight)
    return NO


cdef Verdict follows_closer(Parser self, Py_ssize_t up, bint own, const uint8_t *p, const Sight *sight) noexcept:
    """Behind the closer of a container that stands in the one `up` levels around: is there what may follow it? `own`: it is of
    the right kind."""
    cdef Context context = context_of(self, up)
    cdef const uint8_t *start = p
    p = beyond_space(p, sight)
    if p == sight.stop:
        return at_stop(sight, YES)
    if p[0] == c'`' or p[0] == c'#':
        return YES
    if is_closer(p[0]):
        while self.mender.dirty and p < sight.stop and is_closer(p[0]):
            p = beyond_space(p + 1, sight)
        if p == sight.stop:
            return at_stop(sight, YES)
        return NO if p[0] == c'"' else YES
    if context == AT_ROOT:
        if self.multiple and own:
            return YES
        if not own or begins_quote(p, sight) or p[0] == c',' or (p == start and p[0] != c';'):
            return NO
        return string_ends_later(p, sight) if self.mender.dirty else YES
    if p[0] == c',':
        return follows_comma(self, up, p + 1, 1, sight)
    if own and has_line_end(start, p):
        return YES
    return YES if context == IN_ARRAY and (p[0] == c'{' or p[0] == c'[') else NO


cdef Verdict string_ends_later(const uint8_t *p, const Sight *sight) noexcept:
    """Is there no quote behind this text that may end a string? The text is prose then."""
    while p < sight.stop and p[0] != c'"':
        p += 1
    if p == sight.stop:
        return at_stop(sight, YES)
    p = beyond_space(p + 1, sight)
    if p == sight.stop:
        return at_stop(sight, NO)
    return NO if p[0] == c',' or is_closer(p[0]) else YES


cdef enum:
    REACH = 32      # containers that a closer can close besides its own


cdef Py_ssize_t closed_by(Parser self, uint8_t byte) noexcept:
    """How many levels around is the innermost container that this closes? -1 where none is that near."""
    cdef Py_ssize_t up
    for up in range(REACH + 1):
        if context_of(self, up) == AT_ROOT:
            return -1
        if closes(self, up, byte):
            return up
    return -1


cdef Verdict quote_ends(Parser self, const uint8_t *p, const uint8_t *end, uint8_t last) noexcept:
    """Is the quote the end of the string value that stands before `p`? `last` is the character before the quote.

    How closely what follows is looked at depends on what the string holds: 0, no quote of its kind; 1, some, escaped; 2,
    some that were not.
    """
    cdef Sight sight = sight_from(self, p, end)
    cdef _Mender mender = self.mender
    cdef int care = 2 if mender.dirty else 1 if mender.quoted else 0
    cdef const uint8_t *start = p
    cdef Context context = context_of(self, 0)
    cdef Verdict verdict
    cdef Py_ssize_t up
    p = beyond_space(p, &sight)
    if p == sight.stop:
        return at_stop(&sight, YES)
    if p[0] == c'+' and mender.kinds & FIX_CONCATENATION and not mender.dirty:
        return string_joins(self, p + 1, &sight)
    if not mender.kinds & (FIX_UNESCAPED_QUOTE | FIX_MISSING_QUOTE):
        return YES
    if p[0] == c'`' and stop_in(p, 3, &sight):
        return WAIT
    if is_fence(p, sight.stop) or (p[0] == c'#' and p > start):
        return YES
    if context == AT_ROOT:
        if p[0] == c')' and mender.groups:
            return YES
        return YES if has_line_end(start, p) or (self.multiple and begins_value(p[0])) else NO
    if p[0] == c',':
        return follows_comma(self, 0, p + 1, care, &sight)
    if p[0] == c';':
        return follows_semicolon(self, p + 1, care, &sight)
    if is_closer(p[0]) or p[0] == c')' and in_parentheses(self):
        if closes(self, 0, p[0]):
            if not care or (care == 1 and context_of(self, 1) == AT_ROOT):
                return YES
            return follows_closer(self, 1, True, p + 1, &sight)
        verdict = follows_closer(self, 1, False, p + 1, &sight)
        up = closed_by(self, p[0])
        if verdict == NO and up > 0:
            verdict = follows_closer(self, up + 1, False, p + 1, &sight)
        return verdict
    if context == IN_OBJECT:
        return next_member(p, has_line_end(start, p), &sight)
    return next_element(self, start, p, last, care, &sight)


cdef Verdict follows_semicolon(Parser self, const uint8_t *p, int care, const Sight *sight) noexcept:
    """Like a comma; but code is full of them, and so they are text in a string with quotes unless a key or element follows."""
    cdef const uint8_t *after = beyond_space(p, sight)
    if care:
        if after == sight.stop:
            return at_stop(sight, NO)
        if not begins_quote(after, sight):
            return NO
        care = 2
    return follows_comma(self, 0, p, care, sight)


cdef inline bint stop_in(const uint8_t *p, Py_ssize_t size, const Sight *sight) noexcept:
    """Do the bytes end before `size` of them, and may more come?"""
    return sight.more and sight.stop - p < size


cdef Verdict string_joins(Parser self, const uint8_t *p, const Sight *sight) noexcept:
    p = beyond_space(p, sight)
    if p == sight.stop:
        return at_stop(sight, NO)
    return JOINED if p[0] == c'"' or (begins_quote(p, sight) and self.mender.kinds & FIX_QUOTE) else NO


cdef Verdict next_member(const uint8_t *p, bint on_new_line, const Sight *sight) noexcept:
    """Behind a string in an object, without a comma between: does another member begin?"""
    if begins_quote(p, sight):
        return member_begins(p, sight)
    return bare_key_begins(p, sight) if on_new_line else NO


cdef Verdict next_element(Parser self, const uint8_t *start, const uint8_t *p, uint8_t last, int care,
                          const Sight *sight) noexcept:
    """Behind a string in an array, without a comma between: does another element begin?"""
    cdef const uint8_t *word = p
    cdef Verdict verdict
    if p[0] == c'{' or p[0] == c'[':
        return YES
    if begins_quote(p, sight):
        if p == start:
            # two quotes: the second one may be the end
            word = beyond_space(p + 1, sight)
            if word == sight.stop:
                return at_stop(sight, NO)
            if word[0] == c',' or is_closer(word[0]):
                return NO
        p = beyond_quoted(p, sight)
        if p == NULL:
            return NO
        p = beyond_space(p, sight)
        if p == sight.stop:
            return at_stop(sight, YES if is_space(start[0]) else NO)
        return YES if p[0] == c',' or is_closer(p[0]) or begins_quote(p, sight) or is_digit(p[0]) else NO
    if not in_word(p[0]) and p[0] != c'+':
        return NO
    if has_line_end(start, p):
        return YES
    verdict = atom_then_end(p, sight)
    if verdict != NO or care or p == start or is_space(last) or is_digit(last) and self.mender.figures:
        return verdict
    # a word of which the opening quote may be missing
    while p < sight.stop and (in_word(p[0]) or p[0] == c' '):
        p += 1
    if p == sight.stop:
        return at_stop(sight, NO)
    if begins_quote(p, sight):
        p = beyond_space(p + 1, sight)
        if p == sight.stop:
            return at_stop(sight, NO)
    return YES if p[0] == c',' or is_closer(p[0]) else NO


cdef Verdict quote_was_missing(Parser self, const uint8_t *p, const uint8_t *end, bint is_value) noexcept:
    """A string goes on beyond `, "`, unless its closing quote was missing before the comma. Does another member or element begin
    with the quote at `p`, or the value of one?"""
    cdef Sight sight = sight_from(self, p, end)
    cdef Context context = context_of(self, 0)
    if context == IN_OBJECT and not is_value:
        return member_begins(p, &sight)
    if context == AT_ROOT or (context == IN_ARRAY and is_value):
        return NO
    p = beyond_quoted(p, &sight)
    if p == NULL:
        return NO
    p = beyond_space(p, &sight)
    if p == sight.stop:
        return at_stop(&sight, NO)
    if p[0] == c',':
        return follows_comma(self, 0, p + 1, 2, &sight)
    return YES if closes(self, 0, p[0]) else NO


cdef Verdict comma_is_next(Parser self, const uint8_t *p, const uint8_t *end) noexcept:
    cdef Sight sight = sight_from(self, p, end)
    p = beyond_space(p, &sight)
    if p == sight.stop:
        return at_stop(&sight, NO)
    return YES if p[0] == c',' else NO


cdef Verdict array_goes_on(Parser self, const uint8_t *p, const uint8_t *end) noexcept:
    """Behind the closer of an array in an object: do a comma and another array follow, where a key is due?"""
    cdef Sight sight = sight_from(self, p, end)
    p = beyond_space(p, &sight)
    if p == sight.stop:
        return at_stop(&sight, NO)
    if p[0] != c',':
        return NO
    p = beyond_space(p + 1, &sight)
    if p == sight.stop:
        return at_stop(&sight, NO)
    return YES if p[0] == c'[' else NO


# What may stand at the end of a string that misses its closing quote, and belong to what comes after it.

cdef enum:
    NAME_SEEN = 24      # bytes of a key without quotes behind a comma


cdef const uint8_t *member_tail(const uint8_t *p, const uint8_t *at, bint cut) noexcept:
    """The comma before a key without quotes and its colon, or the beginning of those, that stand before `at`; NULL where there
    are none. `cut`: nothing is known of what comes at `at`; else it is a quote."""
    cdef const uint8_t *comma = at
    cdef const uint8_t *start
    while comma > p and at - comma < 3 * NAME_SEEN and comma[-1] != c',':
        comma -= 1
    if comma == p or comma[-1] != c',':
        return NULL
    p = comma
    comma -= 1
    while p < at and is_space(p[0]):
        p += 1
    start = p
    while p < at and in_word(p[0]):
        p += 1
    if p - start > NAME_SEEN or (p == start and p < at):
        return NULL
    while p < at and is_space(p[0]):
        p += 1
    if p < at and p[0] != c':':
        return NULL
    if p == at:
        return comma if cut else NULL
    p += 1
    while p < at and is_space(p[0]):
        p += 1
    if not cut:
        return comma if p == at else NULL
    start = p
    while p < at and in_word(p[0]):
        p += 1
    if p - start > NAME_SEEN:
        return NULL
    while p < at and (is_space(p[0]) or p[0] == c'}'):
        p += 1
    return comma if p == at else NULL


cdef const uint8_t *comment_tail(const uint8_t *p, const uint8_t *at, bint cut) noexcept:
    """The comma or plus before a comment that ends, or is open, before `at`; NULL where there is none."""
    cdef const uint8_t *first = p
    cdef const uint8_t *start
    cdef const uint8_t *after
    p = max(p, at - FORESIGHT)
    while p < at:
        start = p
        if (p[0] == c',' or p[0] == c'+') and not is_escaped(first, p):
            p += 1
            while p < at and is_space(p[0]):
                p += 1
            if p == at or (p + 1 == at and p[0] == c'/'):
                return start if cut else NULL
            if p[0] == c'/' and p[1] == c'*':
                after = comment_end(p + 2, at)
                if after == at and (cut or at - p >= 4 and at[-1] == c'/' and at[-2] == c'*'):
                    return start
                while after < at and is_space(after[0]):
                    after += 1
                if after == at:
                    return start
        p = start + 1
    return NULL


cdef enum KeyEnd:
    KEY_WAITS
    KEY_GOES_ON         # the quote is part of it
    KEY_ENDS
    KEY_IS_BARE         # its opening quote has no partner
    KEY_QUOTE_TWICE     # the quote doubles the opening one


cdef KeyEnd key_ends(const uint8_t *start, const uint8_t *quote, const uint8_t *p, const Sight *sight) noexcept:
    """Is a quote the end of the key that begins at `start`? It stands at `quote`, and `p` is behind it."""
    cdef const uint8_t *after
    cdef const uint8_t *word = quote
    cdef bint broken = False
    while word > start and is_space(word[-1]):
        word -= 1
    if word > start and word[-1] == c':':
        # the colon is in it, unless another one follows
        after = p
        while after < sight.stop and is_space(after[0]):
            after += 1
        if after == sight.stop:
            return KEY_WAITS if sight.more else KEY_ENDS
        return KEY_ENDS if after[0] == c':' else KEY_IS_BARE
    after = beyond_space(p, sight)
    if after == sight.stop:
        return KEY_WAITS if sight.more else KEY_ENDS
    if after[0] == c':' or after[0] == c'=' or after[0] == c'>' or (after[0] == c'#' and after > p):
        return KEY_ENDS
    for place in range(quote - start):
        if start[place] in b":={[>":
            broken = True
            break
    if broken:
        return KEY_IS_BARE
    if after[0] == c',' or is_closer(after[0]) or is_digit(after[0]) or after[0] in b"-{[(":
        return KEY_ENDS
    if begins_quote(after, sight):
        return KEY_QUOTE_TWICE if quote == start and after == p else KEY_ENDS
    word = beyond_word(after, sight.stop)
    if word == sight.stop and sight.more:
        return KEY_WAITS
    if is_literal(after, word - after):
        return KEY_ENDS
    return KEY_QUOTE_TWICE if quote == start else KEY_GOES_ON


cdef Verdict quote_is_doubled(Parser self, const uint8_t *p, const uint8_t *end) noexcept:
    """A string begins with two quotes, the second of which ends nothing; `p` is behind them. Is the second one too many? It is
    if the next one ends the string."""
    cdef Sight sight = sight_from(self, p, end)
    cdef const uint8_t *after = p
    while after < sight.stop and after[0] != c'"':
        if after[0] == c'\n':
            return NO
        after += 2 if after[0] == c'\\' else 1
    if after >= sight.stop:
        return at_stop(&sight, NO)
    after = beyond_space(after + 1, &sight)
    if after == sight.stop:
        return at_stop(&sight, YES)
    if after[0] == c',':
        return follows_comma(self, 0, after + 1, 1, &sight)
    return YES if is_closer(after[0]) else NO


cdef Verdict reaches_out(Parser self, Py_ssize_t up, const uint8_t *p, const uint8_t *end) noexcept:
    """A closer that does not fit the innermost container, and `p` behind it: does it close the one `up` levels around, and all
    between? Else it stands for the innermost's own. What follows tells, where it can follow only one of them."""
    cdef Sight sight = sight_from(self, p, end)
    cdef Context out = context_of(self, up + 1), stay = context_of(self, 1)
    cdef Verdict member
    p = beyond_space(p, &sight)
    if p == sight.stop:
        return at_stop(&sight, YES)
    if is_closer(p[0]):
        return NO if not closes(self, up + 1, p[0]) and closes(self, 1, p[0]) else YES
    if p[0] != c',':
        return YES
    p = beyond_space(p + 1, &sight)
    if p == sight.stop:
        return at_stop(&sight, YES)
    if begins_quote(p, &sight):
        member = member_begins(p, &sight)
    else:
        member = bare_key_begins(p, &sight)
    if member == WAIT:
        return WAIT
    if member == YES:
        return NO if out != IN_OBJECT and stay == IN_OBJECT else YES
    return NO if out != IN_ARRAY and stay == IN_ARRAY else YES


cdef Verdict json_begins(Parser self, const uint8_t *p, const uint8_t *end) noexcept:
    """May the JSON begin with the bracket at `p`, in the middle of prose?"""
    cdef Sight sight = sight_from(self, p, end)
    cdef uint8_t opener = p[0]
    cdef const uint8_t *start = p + 1
    p = beyond_space(start, &sight)
    if p == sight.stop:
        return at_stop(&sight, YES)
    if opener == c'{':
        if begins_quote(p, &sight) or p[0] == c'}' or p[0] == c'#' or p[0] == c',':
            return YES
        return bare_key_begins(p, &sight)
    if begins_quote(p, &sight) or p[0] == c'{' or p[0] == c'[':
        return YES
    if p[0] != c']':
        # numbers and literals, of which one alone may be a mark in the text: [1]
        start = p
        p = beyond_word(p, sight.stop)
        if p == sight.stop and sight.more:
            return WAIT
        if not is_digit(start[0]) and start[0] != c'-' and not is_literal(start, p - start):
            return NO
        p = beyond_space(p, &sight)
        if p == sight.stop:
            return at_stop(&sight, YES)
        if p[0] == c',':
            return YES
        if p[0] != c']':
            return NO
    start = p + 1
    p = beyond_space(start, &sight)
    if p == sight.stop:
        return at_stop(&sight, YES)
    return YES if has_line_end(start, p) or p[0] == c'`' or p[0] == c')' else NO


cdef Verdict holds_set(const uint8_t *p, const Sight *sight) noexcept:
    """Do the braces before `p`, a quote of Python, hold the elements of a set rather than members?"""
    p = beyond_quoted(p, sight)
    if p == NULL:
        return NO
    p = beyond_space(p, sight)
    if p == sight.stop:
        return at_stop(sight, NO)
    return YES if p[0] == c',' or p[0] == c'}' else NO


cdef Verdict call_ends(const uint8_t *p, const Sight *sight) noexcept:
    """Does the parenthesis before `p`, of a call, hold one plain value, and is that all there is?"""
    cdef Verdict verdict
    p = beyond_space(p, sight)
    if p == sight.stop:
        return at_stop(sight, NO)
    if not begins_quote(p, sight):
        verdict = atom_then_end(p, sight)
        if verdict != YES:
            return verdict
    verdict = is_group(p, sight)
    if verdict != YES:
        return verdict
    p = beyond_quoted(p, sight) if begins_quote(p, sight) else beyond_word(p, sight.stop)
    p = beyond_space(beyond_space(p, sight) + 1, sight)
    if p == sight.stop:
        return at_stop(sight, YES)
    return YES if p[0] == c';' else NO


cdef Verdict is_group(const uint8_t *p, const Sight *sight) noexcept:
    """Does the parenthesis before `p` hold one plain value and no more? That is no tuple."""
    p = beyond_space(p, sight)
    if p == sight.stop:
        return at_stop(sight, NO)
    if begins_quote(p, sight):
        p = beyond_quoted(p, sight)
        if p == NULL:
            return NO
    elif in_word(p[0]) or p[0] == c'+':
        p = beyond_word(p, sight.stop)
    else:
        return NO
    if p == sight.stop:
        return at_stop(sight, NO)
    p = beyond_space(p, sight)
    if p == sight.stop:
        return at_stop(sight, NO)
    return YES if p[0] == c')' else NO


# Words: values and keys without quotes. `p` is at a byte that may end one.

cdef Verdict word_ends(Parser self, const uint8_t *p, const uint8_t *end, bint atom, const uint8_t **resume) noexcept:
    """Does the value end here? If it does, `resume` is where to go on; else, up to where it takes the input. `atom`: what there
    is of it is a number or a literal."""
    cdef Sight sight = sight_from(self, p, end)
    cdef Context context = context_of(self, 0)
    cdef const uint8_t *after
    cdef int wide = wide_space(p, sight.stop)
    resume[0] = p + 1
    if wide < 0:
        return at_stop(&sight, NO)
    if is_space(p[0]) or wide:
        return space_ends_word(self, p, atom, context, &sight, resume)
    if p[0] >= 0x80:
        return NO
    resume[0] = p
    if p[0] == c';':
        return going_on(YES if atom else semicolon_ends(p, &sight), p + 1, resume)
    if p[0] == c',':
        if context != IN_OBJECT or atom:
            return YES
        return going_on(member_follows(self, 0, p + 1, 0, &sight), p + 1, resume)
    if p[0] == c'}' or p[0] == c']' or p[0] == c')' and in_parentheses(self):
        return YES
    if p[0] == c'"' or p[0] == c'\\':
        return quote_ends_word(p, &sight, b",}]:", resume)
    if p[0] == c'/' or p[0] == c'`':
        return going_on(comment_or_fence(p, atom, &sight), p + 1, resume)
    if p[0] == c')' or atom and p[0] != c'(':
        return going_on(YES if atom else NO, p + 1, resume)
    after = pair_end(p, &sight)
    if after == NULL:
        return going_on(at_stop(&sight, NO if p[0] == c'(' else YES), p + 1, resume)
    return going_on(NO, after, resume)


cdef Verdict semicolon_ends(const uint8_t *p, const Sight *sight) noexcept:
    cdef const uint8_t *after = beyond_space(p + 1, sight)
    if after == sight.stop:
        return at_stop(sight, YES)
    return YES if has_line_end(p, after) or is_closer(after[0]) else NO


cdef inline Verdict going_on(Verdict verdict, const uint8_t *to, const uint8_t **resume) noexcept:
    if verdict == NO:
        resume[0] = to
    return verdict


cdef const uint8_t *pair_end(const uint8_t *p, const Sight *sight) noexcept:
    """Behind the bracket that closes the one at `p`; NULL where none does."""
    cdef uint8_t opener = p[0]
    cdef uint8_t closer = c')' if opener == c'(' else c'}' if opener == c'{' else c']'
    cdef Py_ssize_t depth = 0
    while p < sight.stop and p[0] != c'\n':
        depth += (p[0] == opener) - (p[0] == closer)
        p += 1
        if not depth:
            return p
    return NULL


cdef Verdict comment_or_fence(const uint8_t *p, bint atom, const Sight *sight) noexcept:
    if p[0] == c'`':
        return WAIT if stop_in(p, 3, sight) else YES if is_fence(p, sight.stop) else NO
    if p + 1 == sight.stop:
        return at_stop(sight, NO)
    return YES if p[1] == c'*' or (p[1] == c'/' and atom) else NO


cdef Verdict quote_ends_word(const uint8_t *p, const Sight *sight, const char *followers, const uint8_t **resume) noexcept:
    """A word ends before a quote; the quote belongs to it where what follows shows that it does."""
    cdef int length = 0
    cdef quote_kind quote = quote_at(p, sight.stop, &length)
    cdef const uint8_t *after
    if quote == CUT_QUOTE:
        return going_on(at_stop(sight, NO), p + 1, resume)
    if quote == NO_QUOTE:
        resume[0] = p + 1
        return NO
    after = beyond_space(p + length, sight)
    if after == sight.stop and sight.more:
        return WAIT
    if after == sight.stop or after[0] and strchr(followers, after[0]) != NULL:
        resume[0] = p + length
    return YES


cdef Verdict space_ends_word(Parser self, const uint8_t *p, bint atom, Context context, const Sight *sight,
                             const uint8_t **resume) noexcept:
    cdef const uint8_t *after = beyond_space(p, sight)
    cdef Verdict verdict
    resume[0] = p
    if after == sight.stop:
        return at_stop(sight, YES)
    if context == AT_ROOT and atom:
        return YES
    if after[0] == c';':
        return going_on(YES if atom else semicolon_ends(after, sight), after, resume)
    if after[0] == c'"' and context == IN_OBJECT and not atom and not has_line_end(p, after):
        # a quote in the text, unless it begins a key
        verdict = member_begins(after, sight)
        if verdict == NO:
            after = beyond_quoted(after, sight)
            if after == NULL:
                return YES
            resume[0] = after
        return verdict
    if after[0] == c',':
        if context != IN_OBJECT or atom:
            return YES
        return going_on(member_follows(self, 0, after + 1, 0, sight), after, resume)
    if (after[0] == c'}' or after[0] == c']' or after[0] == c')' and in_parentheses(self) or after[0] == c'"' or after[0] == c'{'
            or after[0] == c'[' or after[0] == c'#' or after[0] == c'\\' or memchr(p, c'/', after - p) != NULL):
        return YES
    if after[0] == c'`' and stop_in(after, 3, sight):
        return WAIT
    if is_fence(after, sight.stop):
        return YES
    if has_line_end(p, after):
        if atom or context != IN_OBJECT:
            return YES
        return going_on(bare_key_begins(after, sight), after, resume)
    if not atom:
        resume[0] = after
        return NO
    if context == IN_OBJECT:
        return going_on(bare_key_begins(after, sight), after, resume)
    return going_on(YES if is_digit(after[0]) or after[0] == c'-' else atom_then_end(after, sight), after, resume)


cdef Verdict key_ends_word(const uint8_t *p, const Sight *sight, const uint8_t **resume) noexcept:
    """Does the key without quotes end here? See word_ends()."""
    cdef const uint8_t *after
    cdef int wide = wide_space(p, sight.stop)
    resume[0] = p + 1
    if wide < 0:
        return at_stop(sight, NO)
    if (p[0] >= 0x80 and not wide) or p[0] == c';':
        return NO
    resume[0] = p
    if p[0] == c'"' or p[0] == c'\\':
        return quote_ends_word(p, sight, b":", resume)
    if p[0] == c"'":
        after = beyond_space(p + 1, sight)
        resume[0] = p + 1
        if after == sight.stop:
            return at_stop(sight, NO)
        return YES if after[0] == c':' else NO
    if p[0] == c'/' or p[0] == c'`':
        return going_on(comment_or_fence(p, False, sight), p + 1, resume)
    if p[0] == c'(' or p[0] == c')':
        return going_on(NO, p + 1, resume)
    if not is_space(p[0]) and not wide:
        return YES
    after = beyond_space(p, sight)
    if after == sight.stop:
        return at_stop(sight, YES)
    if after[0] in b":=>,}]{[#`" or begins_quote(after, sight) or has_line_end(p, after) or memchr(p, c'/', after - p) != NULL:
        return YES
    return going_on(atom_then_end(after, sight), after, resume)
