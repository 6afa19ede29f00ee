# Strings, where repairs are on: where one ends, and what stands in it.

cdef const uint8_t *mend_quoted(Parser self, const uint8_t *p, const uint8_t *end, quote_kind quote, int length) except NULL:
    """A quote, where a value is due."""
    cdef _Mender mender = self.mender
    cdef const uint8_t *start = p + length
    cdef const uint8_t *stop
    cdef text_run run
    cdef Sight sight
    cdef Verdict verdict
    if self.state == VALUE and self.container is not None and not PyDict_CheckExact(<PyObject *>self.container) and (
            mender.kinds & FIX_CLOSER and context_of(self, 1) == IN_OBJECT):
        sight = sight_from(self, p, end)
        verdict = is_key_like(p, &sight)
        if verdict == WAIT:
            return wait_at(mender, p)
        if verdict == YES:
            self.state = AFTER      # stands in no child
            fix(self, FIX_CLOSER, p)
            close_mended(self, p, False)
            self.state = KEY
            return p
    if quote == PLAIN_QUOTE and start < end and start[0] != c'`':
        mender.quoted = False
        stop = scan_plain(start, end)
        if end - stop >= 2:
            if stop[0] == c'"':
                if stop - start <= self.max_string and ends_plainly(self, stop + 1, end):
                    whole_text(self, ascii_text(start, stop), p, stop + 1)
                    return stop + 1
            elif stop[0] >= 0x80:
                stop = scan_text(start, end, &run)
                if end - stop >= 2 and stop[0] == c'"' and <Py_ssize_t>run.count <= self.max_string and (
                        ends_plainly(self, stop + 1, end)):
                    self.extra += stop - start - run.count
                    whole_text(self, decoded_text(start, stop, &run), p, stop + 1)
                    return stop + 1
    if start == end and not mender.final and mender.kinds & FIX_MISSING_QUOTE:
        return wait_at(mender, p)
    if quote != PLAIN_QUOTE and not mender.kinds & FIX_QUOTE:
        fail_value(self, p)
    if start == end and mender.final and mender.kinds & FIX_MISSING_QUOTE and mender.kinds & FIX_TRUNCATION:
        return start     # it opens nothing
    begin_counts(mender, quote)
    if start < end and (start[0] == c'"' or start[0] == c'`') and quote == PLAIN_QUOTE:
        sight = sight_from(self, p, end)
        if start[0] == c'"' and mender.kinds & FIX_MISSING_QUOTE:
            if start + 1 == end:
                verdict = YES if mender.final else WAIT
            else:
                verdict = quote_ends(self, start + 1, end, c'"')
            if verdict == WAIT:
                return wait_at(mender, p)
            if verdict == NO:
                verdict = quote_is_doubled(self, start + 1, end)
                if verdict == WAIT:
                    return wait_at(mender, p)
                if verdict == YES:
                    fix(self, FIX_MISSING_QUOTE, p)
                    return start
        elif start[0] == c'`' and mender.kinds & FIX_CODE_FENCE and mender.kinds & FIX_MISSING_QUOTE:
            verdict = fence_in_quotes(start, &sight)
            if verdict == WAIT:
                return wait_at(mender, p)
            if verdict == YES:
                fix(self, FIX_MISSING_QUOTE, p)
                return start
    if self.done:
        begin_document(self)
    begin_content(self, quote)
    mender.nested = start < end and (start[0] == c'{' or start[0] == c'[')
    if quote != PLAIN_QUOTE:
        record(self, FIX_QUOTE, offset_of(self, p))
    open_text(self, p)
    return start


cdef bint ends_plainly(Parser self, const uint8_t *p, const uint8_t *end) noexcept:
    """Is the quote before `p` clearly the end of a string that holds no other but escaped ones? The common cases of
    quote_ends()."""
    cdef const uint8_t *stop = min(end, p + FORESIGHT)
    if self.container is None:
        return False
    while p < stop and is_space(p[0]):
        p += 1
    if p == stop:
        return False
    if not self.mender.quoted and p[0] == (c'}' if PyDict_CheckExact(<PyObject *>self.container) else c']'):
        return True
    if p[0] != c',':
        return False
    p += 1
    while p < stop and is_space(p[0]):
        p += 1
    if p == stop:
        return False
    if PyDict_CheckExact(<PyObject *>self.container):
        return p[0] == c'"'
    return p[0] == c'"' or p[0] == c'{' or p[0] == c'[' or (p[0] < 0x80 and in_word(p[0]) and p[0] != c'.')


cdef Verdict fence_in_quotes(const uint8_t *p, const Sight *sight) noexcept:
    """Is what stands in quotes a fence around JSON whose own quotes are not escaped?"""
    if stop_in(p, 3, sight):
        return WAIT
    if not is_fence(p, sight.stop):
        return NO
    p += 3
    while p < sight.stop and in_word(p[0]):
        p += 1
    while p < sight.stop and is_space(p[0]):
        p += 1
    if p == sight.stop:
        return at_stop(sight, NO)
    if p[0] != c'{':
        return NO
    p += 1
    while p < sight.stop and is_space(p[0]):
        p += 1
    if p == sight.stop:
        return at_stop(sight, NO)
    if stop_in(p, 2, sight):
        return WAIT
    return member_begins(p, sight) if p[0] == c'"' and sight.stop - p > 1 and in_word(p[1]) else NO


cdef void begin_content(Parser self, quote_kind quote) noexcept:
    self.state = STRING
    self.in_key = False
    begin_counts(self.mender, quote)


cdef void begin_counts(_Mender mender, quote_kind quote) noexcept:
    mender.quote = quote
    mender.dirty = False
    mender.quoted = False
    mender.overrun = False
    mender.last = 0
    mender.ticks = 0


cdef const uint8_t *mend_string(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """Goes on in a string behind its opening quote, up to its end or that of the fragment."""
    cdef _Mender mender = self.mender
    cdef const uint8_t *at
    cdef const uint8_t *tail
    cdef const uint8_t *comma
    cdef bint found = False
    cdef int length = 0
    cdef Verdict verdict
    while p < end:
        at = find_quote(self, p, end, &found, &length)
        if found and mender.quote == PLAIN_QUOTE and not mender.dirty and not self.in_key and ends_plainly(self, at + 1, end):
            return end_content(self, p, at, 1)
        tail = layout_before(self, p, at, not found)
        if not found:
            return cut_content(self, p, tail, at, end)
        if self.in_key:
            take_content(self, p, at)
            end_key_content(self, at)
            return at + length
        take_to_layout(self, p, tail)
        verdict = quote_ends(self, at + length, end, at[-1] if at > tail else mender.last)
        if verdict == WAIT:
            return wait_at(mender, tail)
        if verdict == YES:
            if mender.final and self.container is not None and ends_input(self, at + length, end):
                # it may be one of the text as well
                end_layout(self, tail, at)
                return pass_over(self, at, end)
            return end_content(self, tail, at, length)
        if verdict == JOINED:
            take_content(self, tail, at)
            record(self, FIX_CONCATENATION, offset_of(self, at))
            return join_string(self, at + length, end)
        comma = comma_before(tail, at)
        if comma != NULL and not (mender.nested and mender.dirty):
            verdict = quote_was_missing(self, at, end, member_tail(tail, at, False) == comma)
            if verdict == WAIT:
                return wait_at(mender, tail)
            if verdict == YES and comma[0] == c'+':
                take_content(self, tail, comma)
                record(self, FIX_CONCATENATION, offset_of(self, comma))
                pass_over(self, comma, at + length)
                p = at + length
                continue
            if verdict == YES:
                take_content(self, tail, comma)
                leave_string(self, comma)
                return comma
        if not mender.kinds & FIX_UNESCAPED_QUOTE:
            return end_content(self, tail, at, length)
        take_content(self, tail, at)
        if quote_at(at, end, &length) == mender.quote:
            record(self, FIX_UNESCAPED_QUOTE, offset_of(self, at))
            mender.dirty = True
        p = take_quote(self, at, length)
    return p


cdef const uint8_t *find_quote(Parser self, const uint8_t *p, const uint8_t *end, bint *found, int *length) noexcept:
    """The next quote that may close the string, with its length in bytes; else where the bytes end, or an escape or a character
    that they cut begins."""
    cdef quote_kind opened = self.mender.quote
    cdef const uint8_t *at
    cdef int size
    found[0] = False
    length[0] = 1
    if opened == PLAIN_QUOTE:
        at = plain_quote(self.mender, p, end)
        found[0] = at != NULL
        return at if at != NULL else cut_at(p, end)
    while p < end:
        if p[0] == c'\\' and not (opened == ESCAPED_QUOTE and end - p >= 2 and p[1] == c'"'):
            size = escape_size(p, end, opened == ESCAPED_QUOTE)
            if not size:
                return p
            if p[1] == c'"':
                self.mender.quoted = True
            p += size
        elif quote_closes(opened, quote_at(p, end, length)):
            found[0] = True
            return p
        elif p[0] < 0x80:
            p += 1
        else:
            size = whole_char(p, end)
            if not size:
                return p
            p += size
    return p


cdef const uint8_t *plain_quote(_Mender mender, const uint8_t *p, const uint8_t *end) noexcept:
    """The next quote without a backslash of its own before it; NULL where there is none."""
    cdef const uint8_t *at = p
    cdef const uint8_t *quote
    while at < end:
        quote = <const uint8_t *>memchr(at, c'"', end - at)
        if quote == NULL:
            return NULL
        if not is_escaped(p, quote):
            return quote
        mender.quoted = True
        at = quote + 1
    return NULL


cdef inline bint is_escaped(const uint8_t *p, const uint8_t *at) noexcept:
    """Does a backslash that is not escaped itself stand before `at`, behind `p`?"""
    cdef const uint8_t *start = at
    while start > p and start[-1] == c'\\':
        start -= 1
    return (at - start) & 1


cdef bint ends_in_char(const uint8_t *p, const uint8_t *end) noexcept:
    """Do the bytes end within a character?"""
    cdef const uint8_t *at = cut_at(p, end)
    return at < end and at[0] >= 0x80


cdef const uint8_t *cut_at(const uint8_t *p, const uint8_t *end) noexcept:
    """Where the escape or the character begins that the end cuts; the end, if it cuts none."""
    cdef const uint8_t *at = end
    while at > p and end - at < 5:
        at -= 1
        if at[0] == c'\\':
            if not is_escaped(p, at) and not escape_size(at, end, False):
                return at
            break
    at = end
    while at > p and end - at < 3 and at[-1] >= 0x80:
        at -= 1
        if at[0] >= 0xC0:
            return at if not whole_char(at, end) else end
    return end


cdef int whole_char(const uint8_t *p, const uint8_t *end) noexcept:
    """Bytes of the character at `p`, or of the beginning of one that does not go on (section 3.9 of the Unicode Standard); 0
    where the bytes end within it. An encoded surrogate counts as a character."""
    cdef int size = utf8_length(p[0])
    cdef int place = 1
    if p[0] == 0xED:
        if end - p < 2:
            return 0
        if 0xA0 <= p[1] <= 0xBF:
            if end - p < 3:
                return 0
            return 3 if p[2] & 0xC0 == 0x80 else 1
    while place < size:
        if p + place == end:
            return 0
        if not utf8_continues(p[0], place, p[place]):
            return place
        place += 1
    return max(size, 1)


cdef int escape_size(const uint8_t *p, const uint8_t *end, bint twice) noexcept:
    """Bytes of the escape at `p`, as far as it must be seen as a whole; 0 where the bytes end within it. `twice`: in a document
    that was escaped as a whole."""
    cdef int place = 2
    cdef uint8_t byte
    if end - p < 2:
        return 0
    if twice and p[1] == c'\\':
        if end - p < 3:
            return 0
        if p[2] == c'\\':
            return 4 if end - p >= 4 else 0
        if not escape_char(p[2]) and p[2] != c'u' and p[2] != c'x':
            return 2
        place = escape_size(p + 1, end, False)
        return place + 1 if place else 0
    byte = p[1]
    if byte == c'u' or byte == c'x':
        while place < (6 if byte == c'u' else 4):
            if p + place == end:
                return 0
            if hex_value(p[place]) < 0:
                return 2
            place += 1
        return place
    place = whole_char(p + 1, end)
    return place + 1 if place else 0


cdef inline bint is_layout(uint8_t byte) noexcept:
    return is_space(byte) or byte == c',' or byte == c'}' or byte == c']' or byte == c'`'


cdef const uint8_t *layout_run(Parser self, const uint8_t *p, const uint8_t *at) noexcept:
    """Where the white space, commas and closers begin that stand before `at`; there are none if there are too many."""
    cdef const uint8_t *start = at
    if self.in_key or not self.mender.kinds & FIX_MISSING_QUOTE:
        return at
    while start > p and is_layout(start[-1]):
        start -= 1
    if start < at and is_escaped(p, start):
        start += 1
    return at if at - start > FORESIGHT or (start == p and self.mender.overrun) else start


cdef bint may_comment(const uint8_t *p, const uint8_t *end) noexcept:
    """Is there a slash, or a plus at the end, behind which one may come?"""
    if memchr(p, c'/', end - p) != NULL:
        return True
    while end > p and is_space(end[-1]):
        end -= 1
    return end > p and end[-1] == c'+'


cdef const uint8_t *layout_before(Parser self, const uint8_t *p, const uint8_t *at, bint cut) noexcept:
    """Where that begins, behind `p` and before `at`, which may turn out not to belong to the string: white space, commas and
    closers; a comma with a comment or a key behind it. As much as is looked back at, and none if there is more."""
    cdef const uint8_t *start
    cdef const uint8_t *tail
    if self.in_key or not self.mender.kinds & FIX_MISSING_QUOTE:
        return at
    start = layout_run(self, p, at)
    if context_of(self, 0) == IN_OBJECT:
        tail = member_tail(p, at, cut)
        if tail != NULL and tail < start and not is_escaped(p, tail):
            start = tail
    if at > p and (at[-1] == c'/' if not cut else may_comment(max(p, at - FORESIGHT), at)):
        tail = comment_tail(p, at, cut)
        if tail != NULL and tail < start:
            start = tail
    return start


cdef const uint8_t *comma_before(const uint8_t *p, const uint8_t *end) noexcept:
    """The comma before which the string may have ended, if there is one: the last but for white space, a comment or a key. Or the
    plus before a comment."""
    cdef const uint8_t *at = end
    while at > p and is_space(at[-1]):
        at -= 1
    if at > p and at[-1] == c',':
        return at - 1
    if at > p and at[-1] == c'/':
        return comment_tail(p, end, False)
    return member_tail(p, end, False)


cdef const uint8_t *cut_content(Parser self, const uint8_t *p, const uint8_t *tail, const uint8_t *at,
                                const uint8_t *end) except NULL:
    """The fragment ends inside the string; what comes from `at` on is cut."""
    cdef _Mender mender = self.mender
    if mender.final:
        if tail < at and member_tail(p, at, True) == tail and member_ends(self, tail + 1, at):
            take_content(self, p, tail)
            leave_string(self, tail)
            return tail
        tail = layout_run(self, p, at)
        if tail < at and closers_are_all(self, tail, at):
            take_content(self, p, tail)
            record(self, FIX_MISSING_QUOTE, offset_of(self, tail))
        else:
            take_content(self, p, at)
        return pass_over(self, at, end)
    take_to_layout(self, p, tail)
    if tail < end:
        mender.waits = True
    return tail


cdef int take_to_layout(Parser self, const uint8_t *p, const uint8_t *tail) except -1:
    """Takes what belongs to the string in any case; layout at the end of it was too much to be layout."""
    take_content(self, p, tail)
    if p < tail:
        self.mender.overrun = is_layout(tail[-1]) and not is_escaped(p, tail - 1)
    return 0


cdef bint member_ends(Parser self, const uint8_t *p, const uint8_t *end) noexcept:
    """Do a key, a colon, a number or literal and the closers of all that is open stand here?"""
    cdef const uint8_t *start
    p = <const uint8_t *>memchr(p, c':', end - p)
    if p == NULL:
        return False
    p += 1
    while p < end and is_space(p[0]):
        p += 1
    start = p
    while p < end and in_word(p[0]):
        p += 1
    return atom_kind(start, p - start) != NO_ATOM and closers_are_all(self, p, end)


cdef bint closers_are_all(Parser self, const uint8_t *p, const uint8_t *end) noexcept:
    """Do these close all open containers, and nothing else?"""
    cdef Py_ssize_t up = 0
    while p < end:
        if is_closer(p[0]):
            if context_of(self, up) == AT_ROOT or not closes(self, up, p[0]):
                return False
            up += 1
        elif not is_space(p[0]) and not (p[0] == c'`' and up):
            return False
        p += 1
    return up and context_of(self, up) == AT_ROOT


cdef const uint8_t *take_quote(Parser self, const uint8_t *p, int length) except NULL:
    """A quote that is part of the text."""
    cdef _Mender mender = self.mender
    cdef int size = 0
    if self.high:
        take_lone_half(self, p)
    mender.quoted = mender.quoted or quote_closes(mender.quote, quote_at(p, p + length, &size))
    if length == 3 or p[0] == 0xC2:
        return take_runs(self, p, p + length)
    put_char(self, p[length - 1], p + length - 1)
    mender.last = p[length - 1]
    break_ticks(mender)
    return p + length


cdef const uint8_t *end_content(Parser self, const uint8_t *p, const uint8_t *at, int length) except NULL:
    """The string has ended, with the quote at `at`; from `p` on, it is not taken yet."""
    end_layout(self, p, at)
    if self.high:
        take_lone_half(self, at)
    close_text(self, at + length - 1)
    value_ended(self)
    return at + length


cdef bint ends_input(Parser self, const uint8_t *p, const uint8_t *end) noexcept:
    cdef Sight sight = sight_from(self, p, end)
    return beyond_space(p, &sight) == end


cdef int end_layout(Parser self, const uint8_t *p, const uint8_t *at) except -1:
    """Takes the rest of the string, up to its last quote."""
    cdef const uint8_t *line = at
    while line > p and is_space(line[-1]) and line[-1] != c'\n':
        line -= 1
    if line > p and line[-1] == c'\n' and not is_escaped(p, line - 1) and (
            self.mender.kinds & FIX_CONTROL_CHARACTER and self.mender.kinds & FIX_MISSING_QUOTE):
        # a line end before the quote, in a text with a fence, is its layout
        line -= 1
        take_content(self, p, line)
        p = line
        if self.mender.ticks >= 3:
            record(self, FIX_CONTROL_CHARACTER, offset_of(self, line))
            p = pass_over(self, line, at)
    return take_content(self, p, at)


cdef int leave_string(Parser self, const uint8_t *p) except -1:
    """The string has ended before `p`, without a quote."""
    if self.high:
        take_lone_half(self, p)
    record(self, FIX_MISSING_QUOTE, offset_of(self, p))
    if self.shown:
        note_unended(self, self.container, last_step(self), self.text)
    if self.watch is not None and self.watch.in_text:
        send_text(self)
        self.watch.in_text = False
        self.watch.text_path = None
    close_text(self, p)
    return value_ended(self)


cdef const uint8_t *join_string(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """Goes on behind the quote that opens the next part of the string."""
    cdef Sight sight = sight_from(self, p, end)
    cdef const uint8_t *plus = beyond_space(p, &sight)
    cdef const uint8_t *next = beyond_space(plus + 1, &sight)
    cdef int length = 0
    self.mender.quote = quote_at(next, sight.stop, &length)
    pass_over(self, p, next + length)
    self.mender.overrun = False
    return next + length


# What stands in a string

cdef int take_content(Parser self, const uint8_t *p, const uint8_t *end) except -1:
    """Text and escapes, whole ones; every quote in it is text."""
    cdef _Mender mender = self.mender
    cdef const uint8_t *start
    if p == end:
        return 0
    mender.overrun = False
    while p < end:
        if not self.high and self.text is not None and not self.in_key and mender.quote != ESCAPED_QUOTE:
            start = p
            # the quote at the end stops it as well, and more bytes at a time can be looked at
            p = take_plain(self, p, mender.end if end < mender.end and end[0] == c'"' else end)
            if p > start:
                count_ticks(mender, start, p)
                note_figures(mender, start, p)
                mender.last = p[-1]
                continue
        if p[0] == c'\\':
            p = take_escape(self, p, end)
        elif p[0] < 0x20:
            p = take_control(self, p)
        elif p[0] == c'"':
            if quote_closes(mender.quote, PLAIN_QUOTE):
                record(self, FIX_UNESCAPED_QUOTE, offset_of(self, p))
            p = take_quote(self, p, 1)
        else:
            p = take_runs(self, p, end)
    return 0


cdef const uint8_t *take_runs(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """A run of text, and the bytes behind it that are no UTF-8."""
    cdef text_run run
    cdef int size
    cdef const uint8_t *stop = scan_text(p, end, &run)
    if stop > p:
        take_run(self, p, stop, &run)
        count_ticks(self.mender, p, stop)
        note_figures(self.mender, p, stop)
        self.mender.last = stop[-1]
        p = stop
    if run.stop == RUN_AT_BYTE:
        return p
    if not self.mender.kinds & FIX_UTF8:
        fail_utf8(self, run.bad if run.stop == RUN_INVALID else end if end < self.mender.end else p)
    size = whole_char(p, self.mender.end)
    if not size:
        size = end - p
    if self.high:
        take_lone_half(self, p)
    record(self, FIX_UTF8, offset_of(self, p))
    put_char(self, 0xFFFD, p)
    pass_over(self, p, p + size)
    self.mender.last = 0xFF
    return p + size


cdef void note_figures(_Mender mender, const uint8_t *p, const uint8_t *end) noexcept:
    """Does the text end with a number, as in 24"?"""
    cdef const uint8_t *start = end
    while start > p and is_digit(start[-1]):
        start -= 1
    if start == end or start > p:
        mender.figures = start < end and not in_word(start[-1])
    else:
        mender.figures = is_digit(mender.last) and mender.figures or not in_word(mender.last)


cdef inline void break_ticks(_Mender mender) noexcept:
    """What follows is no backtick."""
    if mender.ticks < 3:
        mender.ticks = 0


cdef void count_ticks(_Mender mender, const uint8_t *p, const uint8_t *end) noexcept:
    """Does the text hold a fence?"""
    cdef const uint8_t *tick
    while mender.ticks < 3 and p < end:
        if p[0] == c'`':
            mender.ticks += 1
            p += 1
            continue
        mender.ticks = 0
        tick = <const uint8_t *>memchr(p, c'`', end - p)
        if tick == NULL:
            return
        p = tick


cdef const uint8_t *take_control(Parser self, const uint8_t *p) except NULL:
    if not self.mender.kinds & FIX_CONTROL_CHARACTER:
        fail_control(self, p)
    if self.high:
        take_lone_half(self, p)
    record(self, FIX_CONTROL_CHARACTER, offset_of(self, p))
    put_char(self, p[0], p)
    pass_over(self, p, p + 1)
    self.mender.last = p[0]
    break_ticks(self.mender)
    return p + 1


cdef const uint8_t *take_escape(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """An escape, of JSON or not."""
    cdef _Mender mender = self.mender
    cdef bint twice = mender.quote == ESCAPED_QUOTE and end - p >= 2 and p[1] == c'\\'
    cdef const uint8_t *sign = p + 2 if twice else p + 1
    cdef uint8_t byte
    cdef uint32_t unit = 0
    cdef int length, place = 0
    cdef quote_kind quote
    self.escape_at = offset_of(self, p)
    break_ticks(mender)
    mender.last = c'\\'
    if twice and sign < end and sign[0] == c'\\':
        # \\\" is a quote and \\\\ a backslash
        byte = sign[1] if sign + 1 < end else c'\\'
        mender.quoted = mender.quoted or byte == c'"'
        take_unit(self, byte if byte == c'"' else c'\\', sign)
        return min(sign + 2, end)
    if sign >= end or twice and not escape_char(sign[0]) and sign[0] != c'u' and sign[0] != c'x':
        return keep_backslash(self, p, sign)
    byte = sign[0]
    unit = escape_char(byte)
    if unit:
        mender.quoted = mender.quoted or byte == c'"'
        mender.last = byte
        take_unit(self, unit, sign)
        return sign + 1
    length = 4 if byte == c'u' else 2 if byte == c'x' else 0
    if length and end - sign > length:
        for place in range(length):
            if hex_value(sign[1 + place]) < 0:
                break
            unit = unit << 4 | hex_value(sign[1 + place])
        else:
            if byte == c'x':
                fix_escape(self, sign)
            take_unit(self, unit, sign + length)
            return sign + length + 1
    fix_escape(self, sign)
    quote = quote_at(sign, end, &place)
    if byte == c'\n':
        take_unit(self, c'\n', sign)
        pass_over(self, sign, sign + 1)
        mender.last = c'\n'
        return sign + 1
    if quote != NO_QUOTE and quote != CUT_QUOTE or mender.quote == ESCAPED_QUOTE and not twice:
        # the quote or other character is taken as it stands
        if quote_closes(mender.quote, quote):
            return take_quote(self, sign, place)
        return sign
    return keep_backslash(self, p, sign)


cdef int fix_escape(Parser self, const uint8_t *sign) except -1:
    if not self.mender.kinds & FIX_ESCAPE:
        fail_escape(self, sign)
    return record(self, FIX_ESCAPE, self.escape_at)


cdef const uint8_t *keep_backslash(Parser self, const uint8_t *p, const uint8_t *sign) except NULL:
    take_unit(self, c'\\', p)
    return sign
