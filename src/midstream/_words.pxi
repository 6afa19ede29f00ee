# Keys and values without quotes, where repairs are on: strings, numbers in the forms of other languages, literals.

cdef const uint8_t *begin_word(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    self.mender.phrase = False
    self.state = BARE
    self.in_key = False
    self.held_size = 0
    self.mender.word_at = offset_of(self, p)
    note_word(self)
    return p


cdef const uint8_t *mend_word(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """Goes on in a key or value without quotes, up to its end or that of the fragment."""
    cdef const uint8_t *stop
    cdef const uint8_t *resume
    cdef Verdict verdict
    cdef Sight sight
    while p < end:
        stop = p
        if self.in_key:
            while stop < end and not stops_word(stop[0]) and stop[0] not in b":=>'":
                stop += 1
        else:
            while stop < end and not stops_word(stop[0]):
                stop += 1
        hold_word(self, p, stop)
        p = stop
        if p == end:
            return p
        resume = p
        if self.in_key:
            sight = sight_from(self, p, end)
            verdict = key_ends_word(p, &sight, &resume)
        else:
            verdict = word_ends(self, p, end, holds_atom(self), &resume)
        if verdict == WAIT:
            return wait_at(self.mender, p)
        if verdict == YES:
            return end_of_word(self, p, resume, end)
        if resume == p:
            resume += 1
        self.mender.phrase = True
        hold_word(self, p, resume)
        p = resume
    return p


cdef int hold_word(Parser self, const uint8_t *p, const uint8_t *end) except -1:
    hold(self, p, end)
    pass_over(self, p, end)
    if self.held_size > LITERAL_SIZE or (self.held_size > self.max_string and is_digit(self.held[0])):
        limit_word(self)
    return 0


cdef int limit_word(Parser self) except -1:
    """A word is a string, key or number as far as the limit goes."""
    cdef const uint8_t *p = beyond_limit(self)
    if p == NULL or literal_of(self.held, self.held_size) != NO_LITERAL:
        return 0
    return refuse_rest(self, p)


cdef Py_ssize_t most_bytes(Parser self) noexcept:
    """Of a word within the limit: four a character. Bytes that are no UTF-8 are not all counted as characters."""
    return PY_SSIZE_T_MAX - 1 if self.max_string >= PY_SSIZE_T_MAX // 4 else 4 * self.max_string


cdef const uint8_t *beyond_limit(Parser self) noexcept:
    """The first byte of what is held that is beyond the limit of a string; NULL if none is."""
    cdef const uint8_t *p = self.held
    cdef const uint8_t *end = p + self.held_size
    cdef Py_ssize_t room = self.max_string
    if self.held_size <= room:
        return NULL
    while p < end:
        room -= p[0] & 0xC0 != 0x80
        if room < 0 or p - self.held == most_bytes(self):
            return p
        p += 1
    return NULL


cdef int refuse_rest(Parser self, const uint8_t *p) except -1:
    """The word held is longer than a string may be: it is from `p` on."""
    cdef const uint8_t *at = self.held
    go_back(self)
    while at < p:
        self.extra += at[0] & 0xC0 == 0x80
        at += 1
    return fail_long_word(self, self.mender.word_at + (p - self.held))


cdef inline void go_back(Parser self) noexcept:
    """Takes the count of lines and characters back to where the word begins."""
    self.extra = self.mender.word_extra
    self.lines = self.mender.word_lines
    self.line_start = self.mender.word_line_start


cdef bint holds_atom(Parser self) noexcept:
    # a minus alone may begin a word
    if not self.held_size or self.mender.phrase or (self.held_size == 1 and self.held[0] == c'-'):
        return False
    return atom_kind(self.held, self.held_size) != NO_ATOM


cdef const uint8_t *end_of_word(Parser self, const uint8_t *p, const uint8_t *resume, const uint8_t *end) except NULL:
    """A word has ended before `p`, and it goes on at `resume`."""
    cdef bint at_comma
    cdef Sight sight
    cdef const uint8_t *after
    if self.container is None and not atom_allowed(self):
        # one of several documents, but no value
        self.state = DOCUMENT
        self.mender.in_prose = True
        self.mender.in_language = False
        self.mender.fence_at = -1
        self.mender.prose_at = self.mender.word_at
        return p
    if is_ellipsis(self.held, self.held_size) and self.mender.kinds & FIX_ELLIPSIS and (
            self.in_key or not PyDict_CheckExact(<PyObject *>self.container)):
        sight = sight_from(self, p, end)
        after = beyond_space(p, &sight)
        if after == sight.stop and sight.more:
            return wait_at(self.mender, p)
        at_comma = after < sight.stop and after[0] == c','
        self.state = <State>(KEY_OR_END if self.in_key else VALUE_OR_END)
        record(self, FIX_ELLIPSIS, self.mender.word_at)
        if at_comma and memchr(p, c'/', after - p) == NULL:
            return pass_over(self, p, after + 1)
        return p
    if resume > p:
        if not self.mender.kinds & FIX_MISSING_QUOTE:
            resume = p
        else:
            record(self, FIX_MISSING_QUOTE, self.mender.word_at)
    if self.in_key:
        end_bare_key(self, p)
        return resume
    if self.mender.final and self.container is not None and ends_input(self, resume, end):
        # it might have gone on
        end_word(self, offset_of(self, p), False)
        return pass_over(self, p, end)
    end_word(self, offset_of(self, p), True)
    return resume


cdef bint is_ellipsis(const uint8_t *p, Py_ssize_t size) noexcept:
    return size == 3 and (not memcmp(p, b"...", 3) or not memcmp(p, b"\xe2\x80\xa6", 3))


cdef int end_bare_key(Parser self, const uint8_t *p) except -1:
    cdef str key
    limit_word(self)
    if not self.mender.kinds & FIX_BARE_KEY:
        go_back(self)
        self.state = KEY
        fail_bare_key(self, self.mender.word_at)
    self.state = KEY
    record(self, FIX_BARE_KEY, self.mender.word_at)
    key = word_text(self)
    release_held(self)
    return end_key(self, key, p)


cdef int refuse_word(Parser self) except -1:
    """A word stands where there must be none: that is so since its first byte."""
    go_back(self)
    self.state = <State>(VALUE if self.container is not None else DOCUMENT)
    return fail_bare_word(self, self.mender.word_at)


cdef str word_text(Parser self):
    """The word as it is, with what is no UTF-8 in it replaced."""
    cdef const uint8_t *p = self.held
    cdef const uint8_t *end = p + self.held_size
    while p < end and whole_char(p, end) and is_char(p):
        p += whole_char(p, end)
    if p == end:
        return PyUnicode_DecodeUTF8(<char *>self.held, self.held_size, NULL) if self.held_size else ""
    if not self.mender.kinds & FIX_UTF8:
        go_back(self)
        self.state = <State>(KEY if self.in_key else VALUE if self.container is not None else DOCUMENT)
        fail_utf8_in_word(self, self.mender.word_at)
    record(self, FIX_UTF8, self.mender.word_at)
    return replaced_utf8(self.held, end)


cdef bint is_char(const uint8_t *p) noexcept:
    """Is what whole_char() found a character of UTF-8?"""
    cdef int place
    for place in range(1, utf8_length(p[0])):
        if not utf8_continues(p[0], place, p[place]):
            return False
    return utf8_length(p[0]) > 0


cdef str replaced_utf8(const uint8_t *p, const uint8_t *end):
    cdef list parts = []
    cdef text_run run
    cdef const uint8_t *stop
    while p < end:
        stop = scan_text(p, end, &run)
        parts.append(decoded_text(p, stop, &run))
        p = stop
        if run.stop != RUN_AT_BYTE:
            parts.append("\ufffd")
            p += whole_char(p, end) or end - p
        elif p < end:
            parts.append(chr(p[0]))
            p += 1
    return "".join(parts)


cdef int end_word(Parser self, Py_ssize_t offset, bint own_end) except -1:
    """A value without quotes has ended, `offset` bytes into the input. `own_end`: what follows shows that it has; else the end of
    input does."""
    limit_word(self)
    cdef Atom kind = atom_kind(self.held, self.held_size)
    cdef object value = atom_value(self, kind, self.held, self.held_size, offset)
    cdef Py_ssize_t start = self.mender.word_at
    if self.done and self.container is None:
        begin_document(self)
    # those who gather take the end of input for the end of a root
    cdef bint completes = own_end or (self.container is None and (
        kind == JSON_LITERAL or (self.watch is not None and self.watch.gathering != EVENTS)))
    if value is not MISSING:
        if kind == ODD_NUMBER:
            record(self, FIX_NUMBER, start)
        elif kind == ODD_LITERAL:
            record(self, FIX_LITERAL, start)
        self.shown = attach(self, value)
        if completes and is_alert(self):
            atom_ended(self, value, start, start + self.held_size)
    else:
        if not self.mender.kinds & FIX_BARE_WORD:
            refuse_word(self)
        record(self, FIX_BARE_WORD, start)
        value = word_text(self)
        self.shown = attach(self, value)
        if is_alert(self) and is_watched(self):
            text_begins(self, start)
            if completes:
                text_ended(self, value, start + self.held_size)
            else:
                text_left(self, value)
    release_held(self)
    if not own_end and self.container is not None:
        self.standing = value if self.shown else None
        return 0
    self.shown = False
    return value_ended(self)


# Atoms: words that are no strings

cdef enum Atom:
    NO_ATOM
    JSON_NUMBER
    JSON_LITERAL
    ODD_NUMBER
    ODD_LITERAL


cdef Literal literal_of(const uint8_t *p, Py_ssize_t size) noexcept:
    cdef uint8_t text[16]
    cdef Py_ssize_t place
    if not 3 <= size <= LITERAL_SIZE or memchr(p, 0, size) != NULL:
        return NO_LITERAL
    for place in range(size):
        text[place] = p[place] | 0x20 if p[place] >= c'A' else p[place]
    text[size] = 0
    if not memcmp(text, b"true", 5):
        return LITERAL_TRUE
    if not memcmp(text, b"false", 6):
        return LITERAL_FALSE
    if not memcmp(text, b"null", 5) or not memcmp(text, b"none", 5) or not memcmp(text, b"undefined", 10):
        return LITERAL_NULL
    if not memcmp(text, b"nan", 4):
        return LITERAL_NAN
    if not memcmp(text, b"infinity", 9) or not memcmp(text, b"+infinity", 10):
        return LITERAL_INFINITY
    return LITERAL_MINUS_INFINITY if not memcmp(text, b"-infinity", 10) else NO_LITERAL


cdef Atom atom_kind(const uint8_t *p, Py_ssize_t size) noexcept:
    cdef number_state number = NUMBER_START
    cdef Literal literal
    if scan_number(p, p + size, &number) == p + size and number_may_end(number):
        return JSON_NUMBER
    literal = literal_of(p, size)
    if literal != NO_LITERAL:
        if not memcmp(p, b"true", min(size, 4)) or not memcmp(p, b"false", min(size, 5)) or not memcmp(p, b"null", min(size, 4)):
            return JSON_LITERAL
        return ODD_LITERAL
    return ODD_NUMBER if odd_number(p, p + size) else NO_ATOM


cdef bint odd_number(const uint8_t *p, const uint8_t *end) noexcept:
    """A number in one of the forms that other languages allow, or one whose end is missing."""
    cdef const uint8_t *at = p
    cdef bint digits = False, odd = False
    if at < end and (at[0] == c'+' or at[0] == c'-'):
        odd = at[0] == c'+'
        at += 1
        if at == end:
            return not odd      # - alone
    if end - at > 2 and at[0] == c'0' and at[1] | 0x20 == c'x':
        at += 2
        while at < end and hex_value(at[0]) >= 0:
            at += 1
        return at == end
    # digits, with single _ between them
    while at < end and (is_digit(at[0]) or (digits and at[0] == c'_' and at + 1 < end and is_digit(at[1]) and at[-1] != c'_')):
        digits = True
        at += 1
    if at < end and at[0] == c'.':
        at += 1
        if at == end:
            # a leading zero and a missing fraction together are no number
            return digits and not (end - p > 2 and p[0] == c'0')
        if not is_digit(at[0]) and at[0] | 0x20 != c'e':
            return False
        while at < end and (is_digit(at[0]) or (at[0] == c'_' and at + 1 < end and is_digit(at[1]) and is_digit(at[-1]))):
            digits = True
            at += 1
    if not digits:
        return False
    if at < end and at[0] | 0x20 == c'e':
        at += 1
        if at < end and (at[0] == c'+' or at[0] == c'-'):
            at += 1
        while at < end and is_digit(at[0]):
            at += 1
    return at == end


cdef bint atom_allowed(Parser self) noexcept:
    """Is the word held a value that may stand there?"""
    return is_allowed(self, atom_kind(self.held, self.held_size))


cdef bint is_allowed(Parser self, Atom kind) noexcept:
    if kind == ODD_NUMBER:
        return self.mender.kinds & FIX_NUMBER != 0
    if kind == ODD_LITERAL:
        return self.mender.kinds & FIX_LITERAL != 0
    return kind != NO_ATOM


cdef object atom_value(Parser self, Atom kind, const uint8_t *p, Py_ssize_t size, Py_ssize_t offset):
    """The value of a number or literal that is allowed; MISSING where it is none. `offset` is where it ends in the input."""
    cdef number_state number = NUMBER_START
    cdef Literal literal
    cdef const char *text
    if kind == JSON_NUMBER:
        scan_number(p, p + size, &number)
        return number_value(self, p, p + size, number, offset)
    if not is_allowed(self, kind):
        return MISSING
    if kind == ODD_NUMBER:
        return odd_value(self, p[:size], offset)
    literal = literal_of(p, size)
    if literal == LITERAL_NAN or literal == LITERAL_INFINITY or literal == LITERAL_MINUS_INFINITY:
        text = b"nan" if literal == LITERAL_NAN else b"inf" if literal == LITERAL_INFINITY else b"-inf"
        return PyFloat_FromDouble(PyOS_string_to_double(text, NULL, NULL))
    return True if literal == LITERAL_TRUE else False if literal == LITERAL_FALSE else None


cdef object odd_value(Parser self, bytes text, Py_ssize_t offset):
    """Of a number that JSON writes in another way."""
    cdef bytes sign = b"-" if text.startswith(b"-") else b""
    cdef bytes mantissa, exponent, point, fraction
    cdef number_state number = NUMBER_START
    text = text.lstrip(b"+-").replace(b"_", b"").lower()
    if text.startswith(b"0x"):
        value = int(text, 16)
        try:
            str(value)
        except ValueError:
            fail_digits(self, offset)
        return -value if sign else value
    mantissa, e, exponent = text.partition(b"e")
    mantissa, point, fraction = mantissa.partition(b".")
    text = sign + (mantissa.lstrip(b"0") or b"0")
    if fraction:
        text += b"." + fraction
    elif point:
        text += b".0"
    if e:
        text += b"e" + (exponent if exponent.strip(b"+-") else b"0")
    scan_number(text, <const uint8_t *>text + len(text), &number)
    return number_value(self, text, <const uint8_t *>text + len(text), number, offset)
