# Every tolerance. Where repairs are on, the bytes go through mend() instead of run(): the same tokens, tree and events, and where
# JSON is broken, a rule of the kind that is allowed, or the error of _raise.pxi. What a place means is decided in
# _foresight.pxi; where that is not certain yet, the undecided bytes are kept and looked at again, joined with the next fragment.

cdef enum Fix:
    FIX_CODE_FENCE = 1 << 0
    FIX_PROSE = 1 << 1
    FIX_QUOTE = 1 << 2
    FIX_BARE_KEY = 1 << 3
    FIX_BARE_WORD = 1 << 4
    FIX_LITERAL = 1 << 5
    FIX_COMMENT = 1 << 6
    FIX_COMMA = 1 << 7
    FIX_COLON = 1 << 8
    FIX_MISSING_VALUE = 1 << 9
    FIX_CONTROL_CHARACTER = 1 << 10
    FIX_UNESCAPED_QUOTE = 1 << 11
    FIX_MISSING_QUOTE = 1 << 12
    FIX_ESCAPE = 1 << 13
    FIX_CLOSER = 1 << 14
    FIX_NUMBER = 1 << 15
    FIX_CONCATENATION = 1 << 16
    FIX_PARENTHESES = 1 << 17
    FIX_ELLIPSIS = 1 << 18
    FIX_WHITE_SPACE = 1 << 19
    FIX_UTF8 = 1 << 20
    FIX_TRUNCATION = 1 << 21
    FIX_LONE_SURROGATE = 1 << 22


cdef tuple KINDS = tuple(Repair)    # in the order of the bits


cdef enum Comment:
    NO_COMMENT
    LINE_COMMENT
    BLOCK_COMMENT


cdef enum Literal:
    NO_LITERAL
    LITERAL_TRUE
    LITERAL_FALSE
    LITERAL_NULL
    LITERAL_NAN
    LITERAL_INFINITY
    LITERAL_MINUS_INFINITY


@cython.final
cdef class _Mender:
    """What a parser that repairs keeps besides."""
    cdef uint32_t kinds             # bits of Fix
    cdef bint final                 # nothing follows the bytes at hand
    cdef bint waits                 # the function called last has stopped at what can't be decided yet
    cdef const uint8_t *end         # of those
    cdef uint8_t *pending           # bytes not decided yet; more than those while a feed is under way
    cdef Py_ssize_t pending_size
    cdef Py_ssize_t pending_room
    cdef Comment comment            # in one
    cdef list odd                   # (level, closer) of arrays that brackets of another kind opened
    cdef list loose                 # (level, closer) of openers that were left out
    cdef Py_ssize_t groups          # parentheses around single values that are open
    cdef Py_ssize_t comma_at        # offset of the comma before the key or element that is due
    cdef dict unended               # values that ended without their own end: (id of container, step) -> (value, its path as a chain)
    cdef bint root_unended
    # before and behind the root
    cdef bint in_prose
    cdef bint in_language           # behind a fence, where the language stands
    cdef Py_ssize_t fence_at        # offset of the first fence, -1: there was none
    cdef Py_ssize_t prose_at
    cdef bint swallows              # the root has ended, and so has all that is read
    # of the string
    cdef quote_kind quote
    cdef bint nested                # it begins with a bracket: it may be JSON itself
    cdef bint dirty                 # it holds a quote of its kind that was not escaped
    cdef bint quoted                # it holds one
    cdef bint overrun               # its last FORESIGHT bytes and more might have been layout: they are not
    cdef uint8_t last               # its last byte
    cdef bint figures               # it ends with a number
    cdef int ticks                  # backticks at its end; 3: it holds a fence
    # of the word
    cdef bint phrase                # it is more than one word
    cdef Py_ssize_t word_at
    cdef Py_ssize_t word_extra
    cdef Py_ssize_t word_lines
    cdef Py_ssize_t word_line_start

    def __dealloc__(self):
        PyMem_Free(self.pending)


cdef _Mender mender_of(object repair):
    """None where nothing is to be repaired."""
    cdef _Mender mender
    cdef uint32_t kinds = 0
    if repair is None:
        return None
    if isinstance(repair, str):
        if repair != "all":
            raise ValueError(f"repair must be None, 'all' or kinds of midstream.Repair, not {repair!r}")
        kinds = (1 << len(KINDS)) - 1
    else:
        if isinstance(repair, Repair):
            raise TypeError("repair takes several kinds: put one into a set")
        try:
            members = list(repair)
        except TypeError:
            raise TypeError(f"repair must be None, 'all' or kinds of midstream.Repair, not {type(repair).__name__}") from None
        for kind in members:
            if not isinstance(kind, Repair):
                raise TypeError(f"repair takes kinds of midstream.Repair, not {type(kind).__name__}")
            kinds |= 1 << KINDS.index(kind)
    if not kinds & ~FIX_LONE_SURROGATE:
        return None
    mender = _Mender.__new__(_Mender)
    mender.kinds = kinds
    mender.odd = []
    mender.loose = []
    mender.unended = {}
    mender.fence_at = -1
    mender.prose_at = -1
    return mender


cdef int mend_bytes(Parser self, const uint8_t *data, Py_ssize_t size) except -1:
    """What feed_bytes() does, with repairs."""
    cdef _Mender mender = self.mender
    cdef const uint8_t *p = data
    cdef Py_ssize_t room = self.max_size - self.consumed - mender.pending_size
    cdef Py_ssize_t taken = min(size, room)
    if mender.pending_size:
        keep_pending(mender, mender.pending_size, data, taken)
        p = mender.pending
        taken = mender.pending_size
    elif self.state == STRING and taken == size <= CALM_SIZE and is_calm(data, data + size):
        p = (<unguarded_take>take_calm)(self, data, data + size)
        if p == NULL:
            return end_with_set(self)
        if p != data:
            return 0
    if (<unguarded_mend>mend)(self, p, p + taken) == -1:
        mender.pending_size = 0
        return end_with_set(self)
    if size > room:
        self.begin = mender.pending
        pass_over(self, mender.pending, mender.pending + mender.pending_size)
        self.consumed += mender.pending_size
        mender.pending_size = 0
        try:
            fail_size(self)
        except BaseException as error:
            end_or_raise(self, error)
    return 0


cdef enum:
    CALM_SIZE = 64


cdef const uint8_t *take_calm(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """A short fragment of a string that holds nothing but letters and the like: most fragments are. Returns `p` if it must be
    taken the long way."""
    cdef _Mender mender = self.mender
    cdef const uint8_t *start = p
    if mender.quote != PLAIN_QUOTE or self.in_key or self.high or self.text is None:
        return p
    p = take_plain(self, p, end)
    if p == end:
        note_figures(mender, start, p)
        mender.overrun = False
        mender.last = p[-1]
        mender.ticks = mender.ticks if mender.ticks >= 3 else 0
        self.consumed += p - start
    return p


ctypedef const uint8_t *(*unguarded_take)(Parser self, const uint8_t *p, const uint8_t *end) noexcept
ctypedef int (*unguarded_mend)(Parser self, const uint8_t *p, const uint8_t *end) noexcept


cdef int keep_pending(_Mender mender, Py_ssize_t at, const uint8_t *data, Py_ssize_t size) except -1:
    """Keeps bytes behind the first `at` that are kept."""
    cdef Py_ssize_t room
    cdef void *moved
    if at + size > mender.pending_room:
        room = max(at + size, 64)
        moved = PyMem_Realloc(mender.pending, room)
        if moved == NULL:
            raise MemoryError
        mender.pending = <uint8_t *>moved
        mender.pending_room = room
    memmove(mender.pending + at, data, size)
    mender.pending_size = at + size
    return 0


cdef enum:
    PENDING_KEPT = 4096     # room for undecided bytes that is kept


cdef int mend(Parser self, const uint8_t *p, const uint8_t *end) except -1:
    cdef _Mender mender = self.mender
    mender.waits = False
    mender.end = end
    self.begin = p
    while p < end and not mender.waits:
        p = mend_token(self, p, end)
    self.consumed += p - self.begin
    if p == end:
        mender.pending_size = 0
    else:
        keep_pending(mender, 0, p, end - p)
    if mender.pending_room > PENDING_KEPT and not mender.pending_size:
        PyMem_Free(mender.pending)
        mender.pending = NULL
        mender.pending_room = 0
    return 0


cdef const uint8_t *mend_token(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    cdef State state = self.state
    cdef uint8_t byte = p[0]
    cdef _Mender mender = self.mender
    if mender.comment != NO_COMMENT:
        return skip_comment(self, p, end)
    if state >= STRING:
        return mend_string(self, p, end) if state == STRING else mend_word(self, p, end)
    if is_space(byte) and not mender.in_prose:
        return skip_space(self, p, end)
    if state == AFTER:
        if byte == c',':
            mender.comma_at = offset_of(self, p)
            self.state = <State>(KEY if PyDict_CheckExact(<PyObject *>self.container) else VALUE)
            return p + 1
    elif byte == c'"':
        if state == KEY or state == KEY_OR_END:
            return mend_key(self, p, end)
        if state == VALUE:
            return mend_quoted(self, p, end, PLAIN_QUOTE, 1)
    if mender.in_prose:
        return mend_prose(self, p, end)
    if mender.swallows:
        return pass_over(self, p, end)
    if byte == c'/' or byte == c'#' or byte == c'\\' or byte >= 0x80 or byte < 0x20:
        return mend_filler(self, p, end)
    if state == AFTER:
        return mend_after(self, p, end)
    if state == KEY or state == KEY_OR_END:
        return mend_key(self, p, end)
    if state == COLON:
        return mend_colon(self, p, end)
    if state == VALUE or state == VALUE_OR_END:
        return mend_value(self, p, end)
    if state == DOCUMENT:
        return mend_root(self, p, end)
    return mend_trailing(self, p, end)


cdef inline const uint8_t *wait_at(_Mender mender, const uint8_t *p) noexcept:
    mender.waits = True
    return p


cdef int record(Parser self, uint32_t kind, Py_ssize_t offset) except -1:
    """Notes that a repair of an allowed kind is made where the stream stands."""
    cdef object one
    cdef int place = 0
    if self.watch is not None and self.watch.gathering != EVENTS:
        return 0    # nobody sees the records
    while not kind >> place & 1:
        place += 1
    one = Repaired._along(KINDS[place], offset, current_node(self))
    if self.mended is None:
        self.mended = []
    self.mended.append(one)
    self.repairs_seen = None
    return 0


cdef int fix(Parser self, uint32_t kind, const uint8_t *p) except -1:
    """A repair of the kind is needed between tokens, at `p`: notes it if it is allowed, and raises if not."""
    if not self.mender.kinds & kind:
        refuse(self, p)
    return record(self, kind, offset_of(self, p))


cdef int refuse(Parser self, const uint8_t *p) except -1:
    if self.state == AFTER:
        fail_comma(self, p)
    if self.state == KEY or self.state == KEY_OR_END:
        fail_key(self, p)
    if self.state == COLON:
        fail_colon(self, p)
    if self.state == END:
        fail_trailing(self, p)
    return fail_value(self, p)


cdef const uint8_t *pass_over(Parser self, const uint8_t *p, const uint8_t *end) noexcept:
    """Counts the lines and characters of bytes that are not JSON."""
    while p < end:
        if p[0] == c'\n':
            self.lines += 1
            self.line_start = offset_of(self, p) + 1 - self.extra
        elif p[0] & 0xC0 == 0x80:
            self.extra += 1
        p += 1
    return p


# Between tokens

cdef const uint8_t *mend_filler(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """What may stand between tokens, or begin one, and is not ASCII that means something there."""
    cdef _Mender mender = self.mender
    cdef Sight sight = sight_from(self, p, end)
    cdef int wide, length = 0
    if p[0] == c'/' or p[0] == c'#':
        if p[0] == c'/' and p + 1 == end and sight.more:
            return wait_at(mender, p)
        if p[0] == c'#' and self.state == VALUE and mender.kinds & FIX_BARE_WORD:
            # of a colour or a name, if a word follows
            if p + 1 == end and sight.more:
                return wait_at(mender, p)
            if p + 1 < end and in_word(p[1]):
                return mend_strange(self, p, end)
        if p[0] == c'#' or p + 1 < end and (p[1] == c'/' or p[1] == c'*'):
            return begin_comment(self, p, end)
        return mend_strange(self, p, end)
    if p[0] == c'\\':
        if p + 1 == end and sight.more:
            return wait_at(mender, p)
        if p + 1 < end and p[1] in b"nrt" and self.state != DOCUMENT and self.state != END:
            fix(self, FIX_ESCAPE, p)
            return p + 2
        return mend_strange(self, p, end)
    wide = wide_space(p, end)
    if wide < 0 and sight.more:
        return wait_at(mender, p)
    if wide > 0:
        fix(self, FIX_WHITE_SPACE, p)
        return pass_over(self, p, p + wide)
    if quote_at(p, end, &length) == CUT_QUOTE and sight.more:
        return wait_at(mender, p)
    return mend_strange(self, p, end)


cdef const uint8_t *mend_strange(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """What begins with a byte that begins no token of JSON."""
    cdef State state = self.state
    if state == AFTER:
        return mend_after(self, p, end)
    if state == KEY or state == KEY_OR_END:
        return mend_key(self, p, end)
    if state == COLON:
        return mend_colon(self, p, end)
    if state == VALUE or state == VALUE_OR_END:
        return mend_value(self, p, end)
    if state == DOCUMENT:
        return mend_root(self, p, end)
    return mend_trailing(self, p, end)


cdef const uint8_t *begin_comment(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    cdef Sight sight = sight_from(self, p, end)
    cdef const uint8_t *stop
    cdef bint hash_sign = p[0] == c'#'
    if hash_sign and depth_of(self):
        # on the last line of the input it ends before a closer, since nothing else could end what is open
        stop = line_end(p, sight.stop)
        if stop == sight.stop and sight.more:
            return wait_at(self.mender, p)
        if stop == end and self.mender.final:
            fix(self, FIX_COMMENT, p)
            while p < end and not is_closer(p[0]):
                p = pass_over(self, p, p + 1)
            return p
    fix(self, FIX_COMMENT, p)
    self.mender.comment = BLOCK_COMMENT if p[0] == c'/' and p[1] == c'*' else LINE_COMMENT
    return p + (1 if hash_sign else 2)


cdef const uint8_t *skip_comment(Parser self, const uint8_t *p, const uint8_t *end) noexcept:
    cdef const uint8_t *stop
    if self.mender.comment == LINE_COMMENT:
        stop = line_end(p, end)
        if stop < end:
            self.mender.comment = NO_COMMENT
        return pass_over(self, p, stop)
    stop = comment_end(p, end)
    if stop < end or (stop - p >= 2 and stop[-1] == c'/' and stop[-2] == c'*'):
        self.mender.comment = NO_COMMENT
    elif end[-1] == c'*' and not self.mender.final:
        pass_over(self, p, end - 1)
        return wait_at(self.mender, end - 1)
    return pass_over(self, p, stop)


# The root, and what is around it

cdef const uint8_t *mend_root(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """The first significant byte of a document."""
    cdef _Mender mender = self.mender
    cdef int length = 0
    cdef quote_kind quote = quote_at(p, end, &length)
    cdef Sight sight = sight_from(self, p, end)
    cdef Verdict verdict
    if self.done and p[0] in b"}]),;":
        fix(self, FIX_COMMA if p[0] == c',' or p[0] == c';' else FIX_CLOSER, p)
        return p + 1
    if p[0] == c'{' or p[0] == c'[':
        return begin_mended(self, p, end)
    if p[0] == c'`' and stop_in(p, 3, &sight):
        return wait_at(mender, p)
    if quote != NO_QUOTE and quote != CUT_QUOTE and not is_fence(p, sight.stop):
        return mend_quoted(self, p, end, quote, length)
    if self.multiple:
        verdict = literal_joins(p, &sight)
        if verdict == WAIT:
            return wait_at(mender, p)
        if verdict == YES:
            return take_literal(self, p)
        if in_word(p[0]) or p[0] == c'+':
            return begin_word(self, p, end)
    if not mender.kinds & (FIX_PROSE | FIX_CODE_FENCE | FIX_BARE_WORD | FIX_LITERAL | FIX_NUMBER | FIX_PARENTHESES) and not (
            begins_value(p[0])):
        fail_value(self, p)
    begin_prose(self)
    mender.word_at = offset_of(self, p)
    return mend_prose(self, p, end)


cdef void begin_prose(Parser self) noexcept:
    self.mender.in_prose = True
    self.mender.in_language = False
    self.mender.fence_at = -1
    self.mender.prose_at = -1
    self.held_size = 0
    note_word(self)


cdef inline void note_word(Parser self) noexcept:
    self.mender.word_extra = self.extra
    self.mender.word_lines = self.lines
    self.mender.word_line_start = self.line_start


cdef const uint8_t *mend_prose(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """Text before the root, which may turn out to be the root."""
    cdef _Mender mender = self.mender
    cdef Sight sight = sight_from(self, p, end)
    cdef const uint8_t *start = p
    cdef Verdict verdict
    if mender.in_language:
        while p < end and (in_word(p[0]) or p[0] == c'+' or p[0] == c'`'):
            p += 1
        mender.in_language = p == end
        return hold_prose(self, start, p)
    if p[0] == c'`':
        if stop_in(p, 3, &sight):
            return wait_at(mender, p)
        if is_fence(p, end):
            while p < end and p[0] == c'`':
                p += 1
            if mender.fence_at < 0:
                mender.fence_at = offset_of(self, start)
            mender.in_language = True
            return hold_prose(self, start, p)
    if p[0] == c'{' or p[0] == c'[':
        verdict = json_begins(self, p, end)
        if verdict == WAIT:
            return wait_at(mender, p)
        if verdict == YES:
            leave_prose(self, p)
            return p
    if p[0] == c'(':
        verdict = call_begins(self, p, end)
        if verdict == WAIT:
            return wait_at(mender, p)
        if verdict == YES:
            return mend_call(self, p, end)
    p += 1
    while p < end and p[0] != c'{' and p[0] != c'[' and p[0] != c'`' and p[0] != c'(':
        p += 1
    note_prose(self, start, p)
    return hold_prose(self, start, p)


cdef int note_prose(Parser self, const uint8_t *p, const uint8_t *end) except -1:
    """Where it begins to be more than white space."""
    while self.mender.prose_at < 0 and p < end:
        if not is_space(p[0]):
            self.mender.prose_at = offset_of(self, p)
        p += 1
    return 0


cdef const uint8_t *hold_prose(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    hold(self, p, end)
    return pass_over(self, p, end)


cdef int leave_prose(Parser self, const uint8_t *p) except -1:
    """The JSON begins at `p`."""
    cdef _Mender mender = self.mender
    cdef bint fence_first = 0 <= mender.fence_at < mender.prose_at
    mender.in_prose = False
    release_held(self)
    if fence_first:
        prose_was(self, FIX_CODE_FENCE, mender.fence_at, p)
    prose_was(self, FIX_PROSE, mender.prose_at, p)
    if not fence_first:
        prose_was(self, FIX_CODE_FENCE, mender.fence_at, p)
    return 0


cdef int prose_was(Parser self, uint32_t kind, Py_ssize_t offset, const uint8_t *p) except -1:
    if offset < 0:
        return 0
    if not self.mender.kinds & kind:
        fail_value(self, p if p != NULL else self.begin)
    return record(self, kind, offset)


cdef Verdict call_begins(Parser self, const uint8_t *p, const uint8_t *end) noexcept:
    """Does a call, or a parenthesis at the start, hold the JSON? A bracket in it is found anyway; so here it is a plain value."""
    cdef Sight sight = sight_from(self, p, end)
    cdef const uint8_t *after
    cdef Py_ssize_t place
    if not self.mender.kinds & (FIX_PARENTHESES | FIX_PROSE) or self.held_size > KEY_SEEN:
        return NO
    for place in range(self.held_size):
        if not in_word(self.held[place]):
            return NO
    if self.held_size:
        return call_ends(p + 1, &sight)
    after = beyond_space(p + 1, &sight)
    if after == sight.stop:
        return at_stop(&sight, NO)
    if after[0] == c'(' or after[0] == c')' or begins_quote(after, &sight):
        return YES
    return atom_then_end(after, &sight)


cdef const uint8_t *mend_call(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """A plain value in parentheses is the root: of a call, or of a group; or a tuple is."""
    cdef Sight sight = sight_from(self, p, end)
    cdef Verdict group = is_group(p + 1, &sight)
    if group == WAIT:
        return wait_at(self.mender, p)
    if self.held_size:
        leave_prose(self, p)
    else:
        self.mender.in_prose = False
    if group == NO:
        return begin_mended(self, p, end)
    fix(self, FIX_PARENTHESES, p)
    if self.done:
        begin_document(self)
    self.mender.groups += 1
    self.state = VALUE
    return p + 1


cdef const uint8_t *mend_trailing(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """Behind the root."""
    cdef Sight sight = sight_from(self, p, end)
    if p[0] in b"}])":
        if p[0] == c')' and self.mender.groups:
            self.mender.groups -= 1
            return p + 1
        fix(self, FIX_CLOSER, p)
        return p + 1
    if p[0] == c',':
        fix(self, FIX_COMMA, p)
        return p + 1
    if p[0] == c'`' and stop_in(p, 3, &sight):
        return wait_at(self.mender, p)
    if is_fence(p, end):
        fix(self, FIX_CODE_FENCE, p)
        return p + 3
    fix(self, FIX_PROSE, p)
    self.mender.swallows = True
    return p


cdef int end_prose(Parser self) except -1:
    """The input has ended, and no bracket has come: what there is may be a value."""
    cdef _Mender mender = self.mender
    cdef const uint8_t *p = self.held
    cdef const uint8_t *end = p + self.held_size
    cdef bint spaced
    if self.done:
        # documents came before it
        leave_prose(self, NULL)
        return 0
    mender.in_prose = False
    if mender.prose_at < 0:
        return 0    # nothing but fences
    spaced = end > p and is_space(end[-1])
    while end > p and is_space(end[-1]):
        end -= 1
    self.held_size = end - p
    if not mender.kinds & FIX_BARE_WORD and not atom_allowed(self):
        if is_cut_literal(p, end - p) or mender.kinds & FIX_PROSE:
            return 0    # truncated
        refuse_word(self, ErrorKind.EXPECTED_VALUE, "expected a value")
    self.in_key = False
    self.state = BARE
    if end - p > 1 and end[-1] == c'"' and memchr(p, c'"', end - p) == end - 1 and mender.kinds & FIX_MISSING_QUOTE:
        record(self, FIX_MISSING_QUOTE, mender.word_at)
        self.held_size -= 1
    elif mender.kinds & FIX_CLOSER and self.max_depth and holds_atoms(self):
        return end_atoms(self)
    # white space behind a number ends it
    return end_word(self, self.consumed, spaced and atom_kind(self.held, self.held_size) == JSON_NUMBER)


cdef list parts_held(Parser self):
    """What stands between commas and line ends."""
    cdef bytes text = self.held[:self.held_size]
    return [part.strip() for part in text.replace(b"\n", b",").strip(b", \t\r").split(b",")]


cdef bint holds_atoms(Parser self) except -1:
    """Are there several, and all of them numbers and literals?"""
    cdef list parts = parts_held(self)
    cdef bytes part
    for part in parts:
        if len(part) > self.max_string or not is_allowed(self, atom_kind(part, len(part))):
            return False
    return len(parts) > 1


cdef int end_atoms(Parser self) except -1:
    """They are the elements of an array whose brackets are missing."""
    cdef list values = []
    cdef bytes part
    for part in parts_held(self):
        values.append(atom_value(self, part, len(part), self.consumed))
    record(self, FIX_CLOSER, self.mender.word_at)
    attach(self, values)
    self.mender.root_unended = True
    for place in range(len(values)):
        note_unended(self, values, place, values[place])
    release_held(self)
    return value_ended(self)


# Containers

cdef const uint8_t *begin_mended(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """An opener, where a value is due. A parenthesis is one here too."""
    cdef _Mender mender = self.mender
    cdef Sight sight = sight_from(self, p, end)
    cdef const uint8_t *after
    cdef Verdict verdict
    cdef bint tuple_like = p[0] == c'(', set_like = False
    if p[0] == c'{' and mender.kinds & FIX_PARENTHESES:
        after = beyond_space(p + 1, &sight)
        if after == sight.stop and sight.more:
            return wait_at(mender, p)
        if after < sight.stop and after[0] == c"'":
            verdict = holds_set(after, &sight)
            if verdict == WAIT:
                return wait_at(mender, p)
            set_like = verdict == YES
    if depth_of(self) >= self.max_depth:
        fail_depth(self, p)
    if self.done:
        begin_document(self)
    if tuple_like or set_like:
        fix(self, FIX_PARENTHESES, p)
    open_container(self, p[0] == c'{' and not set_like, offset_of(self, p))
    if tuple_like or set_like:
        mender.odd.append((depth_of(self), c')' if tuple_like else c'}'))
    return p + 1


cdef uint8_t array_closer(Parser self, Py_ssize_t level) noexcept:
    """What closes the array at `level`."""
    cdef PyObject *odd = <PyObject *>self.mender.odd
    cdef Py_ssize_t place = PyList_GET_SIZE(odd) - 1
    while place >= 0:
        at, closer = <tuple>PyList_GET_ITEM(odd, place)
        if <Py_ssize_t>at <= level:
            return <uint8_t>closer if <Py_ssize_t>at == level else c']'
        place -= 1
    return c']'


cdef bint in_parentheses(Parser self) noexcept:
    """Is a tuple or a group open?"""
    return self.mender.groups > 0 or PyList_GET_SIZE(<PyObject *>self.mender.odd) > 0


cdef int close_mended(Parser self, const uint8_t *p, bint own) except -1:
    """Closes the innermost container; `own`: by its own closer, which ends before `p`."""
    cdef Py_ssize_t depth = depth_of(self)
    if self.mender.odd and self.mender.odd[-1][0] >= depth:
        self.mender.odd.pop()
    cdef object ended = None if own else self.container
    if self.watch is not None:
        container_ends(self, offset_of(self, p) if own else -1)
    leave(self)
    if not own:
        note_unended(self, self.container, last_step(self), ended)
    return value_ended(self)


cdef object last_step(Parser self):
    """The key or index of the value that has just been put into the innermost container."""
    if self.container is None or PyDict_CheckExact(<PyObject *>self.container):
        return self.key
    return len(self.container) - 1


cdef int note_unended(Parser self, object container, object step, object value) except -1:
    """A value at `step` of `container` never had its own end."""
    if container is None:
        self.mender.root_unended = True
    elif not self.adrift and not self.hidden and not self.dropped:
        self.mender.unended[<size_t><PyObject *>container, step] = container, value
    return 0


cdef bint is_unended(Parser self, object container, object step, object value) except -1:
    """Is the value one that never had its own end?"""
    cdef _Mender mender = self.mender
    if mender is None:
        return False
    if container is None:
        return mender.root_unended
    if not mender.unended:
        return False
    noted = mender.unended.get((<size_t><PyObject *>container, step))
    return noted is not None and noted[1] is value


cdef const uint8_t *mend_closer(Parser self, const uint8_t *p, const uint8_t *end, bint behind_comma) except NULL:
    """A closer, in a container."""
    cdef uint8_t byte = p[0]
    cdef Py_ssize_t up
    cdef Verdict verdict
    if closes(self, 0, byte):
        if byte == c']' and context_of(self, 1) == IN_OBJECT and self.mender.kinds & FIX_CLOSER:
            verdict = array_goes_on(self, p + 1, end)
            if verdict == WAIT:
                return wait_at(self.mender, p)
            if verdict == YES:
                return join_arrays(self, p, end)
        if behind_comma:
            fix_trailing_comma(self, p)
        close_mended(self, p + 1, True)
        return p + 1
    if byte == c')':
        if self.mender.groups:
            self.mender.groups -= 1
        else:
            fix(self, FIX_CLOSER, p)
        return p + 1
    if is_loose(self, byte):
        return p + 1
    up = closed_by(self, byte)
    verdict = NO
    if context_of(self, 1) == AT_ROOT:
        # one too many, if what is open goes on
        verdict = comma_is_next(self, p + 1, end)
        if verdict == WAIT:
            return wait_at(self.mender, p)
        if verdict == YES:
            fix(self, FIX_CLOSER, p)
            return p + 1
    elif up > 0:
        verdict = reaches_out(self, up, p + 1, end)
        if verdict == WAIT:
            return wait_at(self.mender, p)
    if behind_comma:
        fix_trailing_comma(self, p)
    self.state = AFTER
    if verdict == YES:
        while up:
            fix(self, FIX_CLOSER, p)
            close_mended(self, p, False)
            up -= 1
    else:
        fix(self, FIX_CLOSER, p)
    close_mended(self, p, False)
    return p + 1


cdef int fix_trailing_comma(Parser self, const uint8_t *p) except -1:
    """The comma before the closer at `p` is one too many."""
    if not self.mender.kinds & FIX_COMMA:
        refuse(self, p)
    self.state = AFTER      # stands in no child
    return record(self, FIX_COMMA, self.mender.comma_at)


cdef const uint8_t *join_arrays(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """The array that ends at `p` goes on in the next one."""
    cdef Sight sight = sight_from(self, p + 1, end)
    cdef const uint8_t *comma = beyond_space(p + 1, &sight)
    fix(self, FIX_CLOSER, p)
    self.state = VALUE
    return pass_over(self, p, beyond_space(comma + 1, &sight) + 1)


cdef bint is_loose(Parser self, uint8_t byte) except -1:
    """Is this the closer of an opener that was left out?"""
    cdef list loose = self.mender.loose
    cdef Py_ssize_t depth = depth_of(self)
    while loose and loose[-1][0] > depth:
        loose.pop()
    if loose and loose[-1] == (depth, byte):
        loose.pop()
        return True
    return False


cdef const uint8_t *mend_after(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """Behind a value in a container."""
    cdef uint8_t byte = p[0]
    cdef bint in_object = PyDict_CheckExact(<PyObject *>self.container)
    cdef Sight sight
    cdef const uint8_t *after
    cdef int length = 0
    if byte == c',' or byte == c';':
        if byte == c';':
            fix(self, FIX_COMMA, p)
        self.state = <State>(KEY if in_object else VALUE)
        self.mender.comma_at = offset_of(self, p)
        return p + 1
    if byte in b"}])":
        return mend_closer(self, p, end, False)
    if byte == c':':
        fix(self, FIX_COLON, p)
        return p + 1
    sight = sight_from(self, p, end)
    if byte == c'`':
        if stop_in(p, 3, &sight):
            return wait_at(self.mender, p)
        if is_fence(p, end):
            fix(self, FIX_CODE_FENCE, p)
            return p + 3
    if begins_quote(p, &sight):
        quote_at(p, sight.stop, &length)
        after = beyond_space(p + length, &sight)
        if after == sight.stop and sight.more:
            return wait_at(self.mender, p)
        if after < sight.stop and (after[0] == c',' or is_closer(after[0])):
            fix(self, FIX_MISSING_QUOTE, p)
            return p + length
    if in_object and byte == c'{' and context_of(self, 1) == IN_ARRAY:
        fix(self, FIX_CLOSER, p)
        close_mended(self, p, False)
        return p
    fix(self, FIX_COMMA, p)
    self.state = <State>(KEY if in_object else VALUE)
    return p


# Keys

cdef const uint8_t *mend_key(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """Where a key is due."""
    cdef uint8_t byte = p[0]
    cdef int length = 0
    cdef quote_kind quote
    cdef Sight sight
    cdef const uint8_t *stop
    if byte == c'"':
        stop = scan_plain(p + 1, end)
        if end - stop >= 2 and stop[0] == c'"' and stop[1] == c':' and stop - p <= self.max_string:
            end_key(self, key_text(self, p + 1, stop), stop)
            self.state = VALUE
            return stop + 2
    quote = quote_at(p, end, &length)
    sight = sight_from(self, p, end)
    if byte == c'`':
        if stop_in(p, 3, &sight):
            return wait_at(self.mender, p)
        if is_fence(p, end):
            fix(self, FIX_CODE_FENCE, p)
            return p + 3
    if quote != NO_QUOTE and quote != CUT_QUOTE:
        return mend_quoted_key(self, p, end, quote, length)
    if byte in b"}])":
        return mend_closer(self, p, end, self.state == KEY)
    if byte == c',' or byte == c';':
        fix(self, FIX_COMMA, p)
        return p + 1
    if byte == c':':
        fix(self, FIX_COLON, p)
        return p + 1
    if byte == c'{' or byte == c'[' or byte == c'(':
        fix(self, FIX_CLOSER, p)
        if byte == c'{' and context_of(self, 1) == IN_ARRAY:
            close_mended(self, p, False)
            self.state = VALUE
            return p
        if byte != c'{':
            self.mender.loose.append((depth_of(self), c']' if byte == c'[' else c')'))
        return p + 1
    begin_word(self, p, end)
    self.in_key = True
    return mend_word(self, p, end)


cdef const uint8_t *mend_quoted_key(Parser self, const uint8_t *p, const uint8_t *end, quote_kind quote, int length) except NULL:
    cdef Sight sight = sight_from(self, p, end)
    cdef const uint8_t *start = p + length
    cdef const uint8_t *at = start
    cdef const uint8_t *colon
    cdef KeyEnd verdict
    cdef quote_kind found
    if quote != PLAIN_QUOTE and not self.mender.kinds & FIX_QUOTE:
        fail_key(self, p)
    while at < sight.stop:
        if at[0] == c'\\' and quote != ESCAPED_QUOTE:
            at += 2
            continue
        found = quote_at(at, sight.stop, &length)
        if found == CUT_QUOTE:
            break
        if not quote_closes(quote, found):
            at += 1
            continue
        if not self.mender.kinds & (FIX_MISSING_QUOTE | FIX_UNESCAPED_QUOTE):
            verdict = KEY_ENDS
        else:
            verdict = key_ends(start, at, at + length, &sight)
        if verdict == KEY_WAITS:
            return wait_at(self.mender, p)
        if verdict == KEY_ENDS:
            return take_key(self, p, start, at, at + length, quote)
        if verdict == KEY_IS_BARE or verdict == KEY_QUOTE_TWICE:
            fix(self, FIX_MISSING_QUOTE, p)
            if verdict == KEY_IS_BARE:
                begin_word(self, start, end)
                self.in_key = True
            return start
        at += length
    if sight.more:
        return wait_at(self.mender, p)
    if self.mender.final and sight.stop == end:
        colon = <const uint8_t *>memchr(start, c':', end - start)
        if colon != NULL and self.mender.kinds & FIX_MISSING_QUOTE:
            fix(self, FIX_MISSING_QUOTE, p)
            begin_word(self, start, end)
            self.in_key = True
            return start
    # longer than is looked ahead: read as it comes, up to its quote
    begin_content(self, quote)
    self.in_key = True
    self.held_size = 0
    self.held_chars = 0
    return start


cdef const uint8_t *take_key(Parser self, const uint8_t *p, const uint8_t *start, const uint8_t *at, const uint8_t *behind,
                             quote_kind quote) except NULL:
    """A key whose content stands from `start` to `at`."""
    if quote != PLAIN_QUOTE:
        fix(self, FIX_QUOTE, p)
    begin_content(self, quote)
    self.in_key = True
    self.held_size = 0
    self.held_chars = 0
    take_content(self, start, at)
    if self.high:
        take_lone_half(self, at)
    end_key(self, held_key(self), at)
    release_held(self)
    return behind


cdef const uint8_t *mend_colon(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """Behind a key."""
    cdef uint8_t byte = p[0]
    if byte == c':':
        self.state = VALUE
        return p + 1
    cdef Sight sight
    cdef Verdict verdict = NO
    if byte == c',' or byte == c';' or is_closer(byte):
        return missing_value(self, p)
    sight = sight_from(self, p, end)
    if begins_quote(p, &sight):
        verdict = member_begins(p, &sight)
    if verdict == WAIT:
        return wait_at(self.mender, p)
    if verdict == YES:
        return missing_value(self, p)
    fix(self, FIX_COLON, p)
    self.state = VALUE
    return p + 1 if byte == c'=' or byte == c'>' else p


cdef const uint8_t *missing_value(Parser self, const uint8_t *p) except NULL:
    """A key without a value."""
    fix(self, FIX_MISSING_VALUE, p)
    attach(self, None)
    note_unended(self, self.container, self.key, None)
    value_ended(self)
    return p


# Values

cdef const uint8_t *mend_value(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """Where a value is due, in a container."""
    cdef uint8_t byte = p[0]
    cdef _Mender mender = self.mender
    cdef int length = 0
    cdef quote_kind quote
    cdef Sight sight
    cdef Verdict verdict
    cdef bint in_array = self.container is not None and not PyDict_CheckExact(<PyObject *>self.container)
    if byte == c'"':
        return mend_quoted(self, p, end, PLAIN_QUOTE, 1)
    if byte == c'{' or byte == c'[':
        return begin_mended(self, p, end)
    if is_digit(byte) or byte == c'-':
        return mend_number(self, p, end)
    if byte == c't' or byte == c'f' or byte == c'n':
        return mend_literal(self, p, end)
    sight = sight_from(self, p, end)
    if byte == c'`':
        if stop_in(p, 3, &sight):
            return wait_at(mender, p)
        if is_fence(p, end):
            return skip_fence(self, p, end)
    quote = quote_at(p, end, &length)
    if quote != NO_QUOTE and quote != CUT_QUOTE:
        return mend_quoted(self, p, end, quote, length)
    if byte == c'(':
        verdict = is_group(p + 1, &sight)
        if verdict == WAIT:
            return wait_at(mender, p)
        if verdict == NO:
            return begin_mended(self, p, end)
        fix(self, FIX_PARENTHESES, p)
        mender.groups += 1
        return p + 1
    if byte in b"}])":
        if not in_array and byte != c')':
            return missing_value(self, p)
        return mend_closer(self, p, end, self.state == VALUE)
    if byte == c',' or byte == c';':
        if not in_array:
            return missing_value(self, p)
        fix(self, FIX_COMMA, p)
        return p + 1
    if byte == c':' or byte == c'=' or byte == c'>':
        fix(self, FIX_COLON, p)
        return p + 1
    return begin_word(self, p, end)


cdef const uint8_t *skip_fence(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """A fence where a value is due: it is skipped with its language."""
    cdef Sight sight = sight_from(self, p, end)
    cdef const uint8_t *after = p + 3
    while after < sight.stop and in_word(after[0]):
        after += 1
    if after == sight.stop and sight.more:
        return wait_at(self.mender, p)
    fix(self, FIX_CODE_FENCE, p)
    return after


cdef const uint8_t *mend_number(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """A number that is whole and clearly ends in the fragment; else a word."""
    cdef number_state number = NUMBER_START
    cdef const uint8_t *stop = scan_number(p, end, &number)
    if stop < end and number_may_end(number) and stop - p <= self.max_string and atom_ends_at(self, stop, end):
        value = number_value(self, p, stop, number, offset_of(self, stop))
        attach(self, value)
        if is_alert(self):
            atom_ended(self, value, offset_of(self, p), offset_of(self, stop))
        value_ended(self)
        return stop
    return begin_word(self, p, end)


cdef const uint8_t *mend_literal(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    cdef const char *text = literal_text(p[0])
    cdef Py_ssize_t size = strlen(text)
    if end - p > size and not memcmp(p, text, size) and atom_ends_at(self, p + size, end):
        return take_literal(self, p)
    return begin_word(self, p, end)


cdef const uint8_t *take_literal(Parser self, const uint8_t *p) except NULL:
    cdef Py_ssize_t size = strlen(literal_text(p[0]))
    value = True if p[0] == c't' else False if p[0] == c'f' else None
    if self.done and self.container is None:
        begin_document(self)
    attach(self, value)
    if is_alert(self):
        atom_ended(self, value, offset_of(self, p), offset_of(self, p) + size)
    value_ended(self)
    return p + size


cdef bint atom_ends_at(Parser self, const uint8_t *p, const uint8_t *end) noexcept:
    """Does a number or literal surely end before `p`?"""
    cdef const uint8_t *stop = min(end, p + FORESIGHT)
    if self.container is None:
        return False
    while p < stop and is_space(p[0]):
        p += 1
    return p < stop and (p[0] == c',' or p[0] == c'}' or p[0] == c']')


# Words

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
    if self.held_size > LITERAL_SIZE:
        limit_word(self)
    return 0


cdef int limit_word(Parser self) except -1:
    """A word is a string, key or number as far as the limit goes."""
    cdef Py_ssize_t chars = self.held_size - (self.extra - self.mender.word_extra)
    cdef const uint8_t *p = self.held
    if chars <= self.max_string or literal_of(p, self.held_size) != NO_LITERAL:
        return 0
    chars = self.max_string
    while chars:
        p += 1
        chars -= p[0] & 0xC0 != 0x80
    self.extra = self.mender.word_extra + (p - self.held) - self.max_string
    self.lines = self.mender.word_lines
    self.line_start = self.mender.word_line_start
    return fail_at(self, LimitExceeded, ErrorKind.MAX_STRING, f"more than {self.max_string} characters in a string",
                   self.mender.word_at + (p - self.held))


cdef bint holds_atom(Parser self) noexcept:
    # a minus alone may begin a word
    return self.held_size and not self.mender.phrase and atom_kind(self.held, self.held_size) != NO_ATOM and (self.held_size > 1 or self.held[0] != c'-')


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
        refuse_word(self, ErrorKind.EXPECTED_KEY, "expected a key in double quotes")
    self.state = KEY
    record(self, FIX_BARE_KEY, self.mender.word_at)
    key = word_text(self)
    release_held(self)
    return end_key(self, key, p)


cdef int refuse_word(Parser self, object kind, str what) except -1:
    """A word stands where there must be none: that is so since its first byte."""
    self.extra = self.mender.word_extra
    self.lines = self.mender.word_lines
    self.line_start = self.mender.word_line_start
    self.state = <State>(KEY if self.in_key else VALUE if self.container is not None else DOCUMENT)
    return fail_at(self, MalformedJSON, kind, what, self.mender.word_at)


cdef str word_text(Parser self):
    """The word as it is, with what is no UTF-8 in it replaced."""
    try:
        return PyUnicode_DecodeUTF8(<char *>self.held, self.held_size, NULL) if self.held_size else ""
    except UnicodeDecodeError:
        if not self.mender.kinds & FIX_UTF8:
            refuse_word(self, ErrorKind.INVALID_UTF8, "invalid UTF-8")
        record(self, FIX_UTF8, self.mender.word_at)
        return replaced_utf8(self.held, self.held + self.held_size)


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
    cdef object value = atom_value(self, self.held, self.held_size, offset)
    cdef Atom kind = atom_kind(self.held, self.held_size)
    cdef Py_ssize_t start = self.mender.word_at
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
            refuse_word(self, ErrorKind.EXPECTED_VALUE, "expected a value")
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
    if not 3 <= size <= 9:
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
    cdef number_state number = NUMBER_START
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


cdef object atom_value(Parser self, const uint8_t *p, Py_ssize_t size, Py_ssize_t offset):
    """The value of a number or literal that is allowed; MISSING where it is none. `offset` is where it ends in the input."""
    cdef Atom kind = atom_kind(p, size)
    cdef number_state number = NUMBER_START
    cdef Literal literal
    if kind == JSON_NUMBER:
        scan_number(p, p + size, &number)
        return number_value(self, p, p + size, number, offset)
    if not is_allowed(self, kind):
        return MISSING
    if kind == ODD_NUMBER:
        return odd_value(self, p[:size], offset)
    literal = literal_of(p, size)
    if literal == LITERAL_NAN or literal == LITERAL_INFINITY or literal == LITERAL_MINUS_INFINITY:
        return float("nan" if literal == LITERAL_NAN else "inf" if literal == LITERAL_INFINITY else "-inf")
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


# Strings

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
                if end - stop >= 2 and stop[0] == c'"' and <Py_ssize_t>run.count <= self.max_string and ends_plainly(self, stop + 1, end):
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
            verdict = YES if start + 1 == end and mender.final else WAIT if start + 1 == end else quote_ends(self, start + 1, end, c'"')
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
    """Is the quote before `p` clearly the end of a string that holds no other but escaped ones? The common cases of quote_ends()."""
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
    return member_begins(p, sight) if p[0] == c'"' and sight.stop - p > 1 and names_key(p[1]) else NO


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
            return end_long_key(self, at, length)
        take_content(self, p, tail)
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
    """Bytes of the character at `p`, or of the beginning of one that does not go on (UTF-8, section 3.9 of the Unicode Standard); 0
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
    """Bytes of the escape at `p`, as far as it must be seen as a whole; 0 where the bytes end within it. `twice`: in a document that
    was escaped as a whole."""
    cdef int place = 2
    cdef uint8_t byte
    if end - p < 2:
        return 0
    if twice and p[1] == c'\\':
        if end - p < 3:
            return 0
        if p[2] == c'\\':
            return 4 if end - p >= 4 else 0
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
    """Where that begins, behind `p` and before `at`, which may turn out not to belong to the string: white space, commas and closers; a
    comma with a comment or a key behind it. As much as is looked back at, and none if there is more."""
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
        if tail != NULL and tail < start and not is_escaped(p, tail):
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


cdef const uint8_t *cut_content(Parser self, const uint8_t *p, const uint8_t *tail, const uint8_t *at, const uint8_t *end) except NULL:
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
    take_content(self, p, tail)
    if tail == at and p < at:
        mender.overrun = is_layout(at[-1]) and not is_escaped(p, at - 1)
    if tail < end:
        mender.waits = True
    return tail


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
    while p < end and names_key(p[0]):
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
    mender.ticks = mender.ticks if mender.ticks >= 3 else 0
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
    if line > p and line[-1] == c'\n' and not is_escaped(p, line - 1) and self.mender.kinds & FIX_CONTROL_CHARACTER and self.mender.kinds & FIX_MISSING_QUOTE:
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


cdef const uint8_t *end_long_key(Parser self, const uint8_t *at, int length) except NULL:
    if self.high:
        take_lone_half(self, at)
    end_key(self, held_key(self), at)
    release_held(self)
    return at + length


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
    size = whole_char(p, end)
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
    self.mender.ticks = self.mender.ticks if self.mender.ticks >= 3 else 0
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
    mender.ticks = mender.ticks if mender.ticks >= 3 else 0
    mender.last = c'\\'
    if twice and sign < end and sign[0] == c'\\':
        # \\\" is a quote and \\\\ a backslash
        byte = sign[1] if sign + 1 < end else c'\\'
        mender.quoted = mender.quoted or byte == c'"'
        take_unit(self, byte if byte == c'"' else c'\\', sign)
        return min(sign + 2, end)
    if sign >= end:
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


# The end of input

cdef int finish_mended(Parser self) except -1:
    """Reads what is undecided with nothing behind it, and closes what is open if that is allowed."""
    cdef _Mender mender = self.mender
    cdef State state
    cdef list spine = spine_now(self)
    cdef Py_ssize_t told = events_told(self)
    mender.final = True
    self.seam = 0       # half a character is none
    if mender.pending_size:
        mend(self, mender.pending, mender.pending + mender.pending_size)
    if mender.in_prose:
        end_prose(self)
    if self.state == BARE:
        end_cut_word(self)
    state = self.state
    if state == END or (state == DOCUMENT and self.multiple):
        if mender.root_unended:
            unend_since(self, spine, told)
        return 0
    unend_since(self, spine, told)
    if state == DOCUMENT or not mender.kinds & FIX_TRUNCATION:
        return fail_truncated(self)
    return record(self, FIX_TRUNCATION, self.consumed)


# Where the input ends before the root, what only the end of input has decided does not count as complete.

cdef list spine_now(Parser self):
    """The open containers, each with how many children it has, and where the open one of them stands, MISSING if none does."""
    cdef list spine = []
    cdef Py_ssize_t level, depth = depth_of(self)
    if not self.mender.pending_size:
        return spine
    for level in range(1, depth + 1):
        container = container_at(self, level)
        step = step_from(self, level) if level < depth or stands_in_child(self) else MISSING
        spine.append((container, len(container), step))
    return spine


cdef Py_ssize_t events_told(Parser self) noexcept:
    cdef _Watch watch = self.watch
    if watch is None:
        return 0
    return PyList_GET_SIZE(<PyObject *>watch.events) if watch.events is not None else watch.event is not NO_EVENT


cdef int unend_since(Parser self, list spine, Py_ssize_t told) except -1:
    """Values that have ended since count as not ended, and the events that say so are taken back: they have not been seen yet."""
    cdef list pending = []
    cdef object container, size, step, value
    for container, size, step in spine:
        steps = list(container)[size:] if type(container) is dict else list(range(size, len(container)))
        pending.extend([(container, late) for late in steps])
        if step is not MISSING and child_at(container, step) is not MISSING:
            self.mender.unended[<size_t><PyObject *>container, step] = container, child_at(container, step)
    while pending:
        container, step = pending.pop()
        value = child_at(container, step)
        self.mender.unended[<size_t><PyObject *>container, step] = container, value
        if type(value) is dict or type(value) is list:
            pending.extend([(value, late) for late in (value if type(value) is dict else range(len(value)))])
    return take_back(self, told)


cdef object child_at(object container, object step):
    if type(container) is dict:
        return (<dict>container).get(step, MISSING)
    return (<list>container)[step] if step < len(container) else MISSING


cdef int take_back(Parser self, Py_ssize_t told) except -1:
    cdef _Watch watch = self.watch
    cdef list events, kept
    if watch is None or events_told(self) == told:
        return 0
    events = watch.events if watch.events is not None else [watch.event]
    kept = events[:told]
    for event in events[told:]:
        if watch.gathering != VALUES and type(event) is not Completed:
            kept.append(event)
    watch.event = NO_EVENT
    watch.events = kept if kept else None
    return 0


cdef int end_cut_word(Parser self) except -1:
    """The input has ended in a word."""
    cdef bint in_container = self.container is not None
    if self.in_key or self.shown or not self.held_size:
        return 0
    if in_container and (is_cut_literal(self.held, self.held_size) or is_ellipsis(self.held, self.held_size)
                         or not (atom_allowed(self) or self.mender.kinds & FIX_BARE_WORD)):
        return 0
    return end_word(self, self.consumed, False)


cdef bint is_cut_literal(const uint8_t *p, Py_ssize_t size) noexcept:
    """The beginning of a literal of JSON and no more."""
    return size and (size < 4 and (not memcmp(p, b"true", size) or not memcmp(p, b"null", size))
                     or size < 5 and not memcmp(p, b"false", size))


# Copies

cdef _Mender fork_mender(Parser self, Parser other):
    """For a copy of the parser, whose spine has been copied."""
    cdef _Mender mender = unpack_mender(pack_mender(self.mender, None), None)
    cdef dict spine = {}
    cdef object container
    cdef Py_ssize_t level
    if self.mender.unended:
        for level in range(1, depth_of(self) + 1):
            container = container_at(self, level)
            spine[<size_t><PyObject *>container] = container_at(other, level)
        for (place, step), (container, value) in self.mender.unended.items():
            container = spine.get(place, container)
            mender.unended[<size_t><PyObject *>container, step] = container, value
    mender.root_unended = self.mender.root_unended
    return mender


cdef tuple pack_mender(_Mender self, object root):
    return (self.kinds, self.pending[:self.pending_size], self.comment, self.odd.copy(), self.loose.copy(), self.groups,
            unended_paths(self, root), self.root_unended,
            self.comma_at, self.in_prose, self.in_language, self.fence_at, self.prose_at, self.swallows,
            self.quote, self.nested, self.dirty, self.quoted, self.overrun, self.last, self.figures, self.ticks,
            self.phrase, self.word_at, self.word_extra, self.word_lines, self.word_line_start)


cdef list unended_paths(_Mender self, object root):
    """The paths of the values that never had their own end, by a walk through all there is."""
    cdef list paths = []
    cdef list pending = [(root, None)]
    cdef object value, node
    if not self.unended:
        return paths
    while pending:
        value, node = pending.pop()
        if type(value) is not dict and type(value) is not list:
            continue
        for step, child in value.items() if type(value) is dict else enumerate(value):
            noted = self.unended.get((<size_t><PyObject *>value, step))
            if noted is not None and noted[1] is child:
                paths.append(chain_path((node, step)))
            pending.append((child, (node, step)))
    return paths


cdef _Mender unpack_mender(tuple packed, object root):
    cdef _Mender self = _Mender.__new__(_Mender)
    cdef bytes pending
    cdef list paths
    cdef tuple path
    cdef object container, step
    (self.kinds, pending, self.comment, self.odd, self.loose, self.groups, paths, self.root_unended,
     self.comma_at, self.in_prose, self.in_language, self.fence_at, self.prose_at, self.swallows,
     self.quote, self.nested, self.dirty, self.quoted, self.overrun, self.last, self.figures, self.ticks,
     self.phrase, self.word_at, self.word_extra, self.word_lines, self.word_line_start) = packed
    self.unended = {}
    for path in paths:
        container = root
        for step in path[:-1]:
            container = container[step]
        self.unended[<size_t><PyObject *>container, path[-1]] = container, container[path[-1]]
    keep_pending(self, 0, pending, len(pending))
    return self
