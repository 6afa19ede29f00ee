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
    cdef dict unended               # values that ended without their own end: (id of container, step) -> (container, value)
    cdef Py_ssize_t unended_room    # of as many it is looked whether they are still there
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
    cdef Py_ssize_t place, size = len(KINDS)
    if repair is None:
        return None
    if isinstance(repair, str):
        if repair != "all":
            raise ValueError(f"repair must be None, 'all' or kinds of midstream.Repair, not {repair!r}")
        kinds = (1 << len(KINDS)) - 1
    else:
        if isinstance(repair, Repair):
            raise TypeError("repair takes several kinds: put one into a set")
        for kind in repair:
            place = 0
            while place < size and KINDS[place] is not kind:
                place += 1
            if place == size:
                raise TypeError(f"repair takes kinds of midstream.Repair, not {type(kind).__name__}")
            kinds |= <uint32_t>1 << place
    if not kinds & ~FIX_LONE_SURROGATE:
        return None
    mender = _Mender.__new__(_Mender)
    mender.kinds = kinds
    mender.odd = []
    mender.loose = []
    mender.unended = {}
    mender.unended_room = UNENDED_KEPT
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
        if (<unguarded_keep>keep_pending)(mender, mender.pending_size, data, taken) == -1:
            return end_with_set(self)
        p = mender.pending
        taken = mender.pending_size
    if self.state == STRING and size <= room and taken <= CALM_SIZE and is_calm(p, p + taken):
        data = (<unguarded_take>take_calm)(self, p, p + taken)
        if data == NULL:
            return end_with_set(self)
        if data != p:
            mender.pending_size = 0
            note_tail(self)
            return 0
    if (<unguarded_mend>mend)(self, p, p + taken) == -1:
        mender.pending_size = 0
        return end_with_set(self)
    if size > room:
        self.begin = mender.pending
        pass_over(self, mender.pending, mender.pending + mender.pending_size)
        self.consumed += mender.pending_size
        if ends_in_char(mender.pending, mender.pending + mender.pending_size):
            self.extra += 1     # it has not been read
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
        note_calm(mender, start, p)
        self.consumed += p - start
    return p


cdef inline bint stays_calm(_Mender mender, const uint8_t *start, const uint8_t *end) noexcept:
    """The same, for extend_text(): is it such a fragment?"""
    if end - start > min(CALM_SIZE, PIECE_SIZE) or mender.quote != PLAIN_QUOTE or not is_calm(start, end):
        return False
    note_calm(mender, start, end)
    return True


cdef inline void note_calm(_Mender mender, const uint8_t *start, const uint8_t *end) noexcept:
    note_figures(mender, start, end)
    mender.overrun = False
    mender.last = end[-1]
    break_ticks(mender)


ctypedef const uint8_t *(*unguarded_take)(Parser self, const uint8_t *p, const uint8_t *end) noexcept
ctypedef int (*unguarded_keep)(_Mender mender, Py_ssize_t at, const uint8_t *data, Py_ssize_t size) noexcept
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
    if size:
        memmove(mender.pending + at, data, size)    # both may be NULL else
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
        if self.state == STRING and self.text is not None:
            note_tail(self)
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
    if byte == c'/' or byte == c'#' or byte == c'`' or byte == c'\\' or byte >= 0x80 or byte < 0x20:
        return mend_filler(self, p, end)
    return mend_in_state(self, p, end)


cdef inline const uint8_t *wait_at(_Mender mender, const uint8_t *p) noexcept:
    mender.waits = True
    return p


cdef int record(Parser self, uint32_t kind, Py_ssize_t offset) except -1:
    """Notes that a repair of an allowed kind is made where the stream stands."""
    cdef int place = 0
    if self.watch is not None and self.watch.gathering != EVENTS:
        return 0    # nobody sees the records
    while not kind >> place & 1:
        place += 1
    if self.mended is None:
        self.mended = []
    self.mended.append((place, offset, current_node(self)))
    self.repairs_seen = None
    return 0


cdef tuple repairs_of(Parser self):
    """The records as they are handed out: made when they are asked for, since many never are."""
    cdef list mended = self.mended
    cdef Py_ssize_t place
    if self.repairs_seen is None:
        for place in range(len(mended)):
            if type(mended[place]) is tuple:
                kind, offset, node = <tuple>mended[place]
                mended[place] = Repaired._along(KINDS[kind], offset, node)
        self.repairs_seen = tuple(mended)
    return self.repairs_seen


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
                return mend_in_state(self, p, end)
        if p[0] == c'#' or p + 1 < end and (p[1] == c'/' or p[1] == c'*'):
            return begin_comment(self, p, end)
        return mend_in_state(self, p, end)
    if p[0] == c'`':
        if stop_in(p, 3, &sight):
            return wait_at(mender, p)
        if is_fence(p, end) and self.state != DOCUMENT:
            return skip_fence(self, p, end)
        return mend_in_state(self, p, end)
    if p[0] == c'\\':
        if p + 1 == end and sight.more:
            return wait_at(mender, p)
        if p + 1 < end and p[1] in b"nrt" and self.state != DOCUMENT and self.state != END:
            fix(self, FIX_ESCAPE, p)
            return p + 2
        return mend_in_state(self, p, end)
    wide = wide_space(p, end)
    if wide < 0 and sight.more:
        return wait_at(mender, p)
    if wide > 0:
        fix(self, FIX_WHITE_SPACE, p)
        return pass_over(self, p, p + wide)
    if quote_at(p, end, &length) == CUT_QUOTE and sight.more:
        return wait_at(mender, p)
    return mend_in_state(self, p, end)


cdef const uint8_t *mend_in_state(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """A significant byte, by what is due."""
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
    if quote != NO_QUOTE and quote != CUT_QUOTE and not is_fence(p, end):
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
    # what is beyond the limit of a string can't become one: its first byte, or a later one that is no space, stands for it
    cdef Py_ssize_t most = most_bytes(self) + 1
    cdef Py_ssize_t room = most - self.held_size
    cdef const uint8_t *at = p
    if room > 0:
        at += min(room, end - p)
        hold(self, p, at)
        p = pass_over(self, p, at)
    if at < end:
        while at < end and is_space(self.held[most - 1]):
            self.held[most - 1] = at[0]
            at += 1
        pass_over(self, p, end)
    return end


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
    if p[0] in b"}])":
        if p[0] == c')' and self.mender.groups:
            self.mender.groups -= 1
            return p + 1
        fix(self, FIX_CLOSER, p)
        return p + 1
    if p[0] == c',':
        fix(self, FIX_COMMA, p)
        return p + 1
    fix(self, FIX_PROSE, p)
    self.mender.swallows = True
    return p


cdef int end_prose(Parser self) except -1:
    """The input has ended, and no bracket has come: what there is may be a value."""
    cdef _Mender mender = self.mender
    cdef const uint8_t *p = self.held
    cdef const uint8_t *end = p + self.held_size
    cdef Py_ssize_t spaces
    if self.done:
        # documents came before it
        leave_prose(self, NULL)
        return 0
    mender.in_prose = False
    if mender.prose_at < 0:
        return 0    # nothing but fences
    while end > p and is_space(end[-1]):
        end -= 1
    spaces = self.held_size - (end - p)
    self.held_size = end - p
    if not mender.kinds & FIX_BARE_WORD and not atom_allowed(self):
        if is_cut_literal(p, end - p) or mender.kinds & FIX_PROSE:
            return 0    # truncated
        refuse_word(self)
    self.in_key = False
    self.state = BARE
    limit_prose(self)
    if end - p > 1 and end[-1] == c'"' and memchr(p, c'"', end - p) == end - 1 and mender.kinds & FIX_MISSING_QUOTE:
        record(self, FIX_MISSING_QUOTE, mender.word_at)
        self.held_size -= 1
    elif mender.kinds & FIX_CLOSER and self.max_depth and holds_atoms(self):
        return end_atoms(self)
    # white space behind a number ends it
    return end_word(self, self.consumed - spaces, spaces and atom_kind(self.held, self.held_size) == JSON_NUMBER)


cdef int limit_prose(Parser self) except -1:
    """What is to be the value must not be longer than a string may be."""
    cdef const uint8_t *p = beyond_limit(self)
    return 0 if p == NULL else refuse_rest(self, p)


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
        values.append(atom_value(self, atom_kind(part, len(part)), part, len(part), self.consumed))
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
    cdef bint changed = self.changed
    cdef bint kept = not self.hidden
    if self.watch is not None:
        container_ends(self, offset_of(self, p) if own else -1)
    leave(self)
    if not own:
        if kept:
            note_unended(self, self.container, last_step(self), ended)
        self.changed = changed      # nothing that is shown is complete now
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
    elif not self.adrift and not self.hidden and not self.dropped and (self.watch is None or self.watch.gathering == EVENTS):
        if len(self.mender.unended) >= self.mender.unended_room:
            forget_replaced(self)
        self.mender.unended[<size_t><PyObject *>container, step] = container, value
    return 0


cdef enum:
    UNENDED_KEPT = 64


cdef int forget_replaced(Parser self) except -1:
    """Drops what is noted of values that repeated keys have replaced: it keeps them alive."""
    self.mender.unended = unended_at(unended_paths(self.mender, self.root), self.root)
    self.mender.unended_room = max(2 * <Py_ssize_t>len(self.mender.unended), <Py_ssize_t>UNENDED_KEPT)
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
    cdef const uint8_t *stop
    cdef const uint8_t *colon
    if byte == c'"':
        stop = scan_plain(p + 1, end)
        if end - stop >= 2 and stop[0] == c'"' and stop - p <= self.max_string:
            colon = stop + 1
            while colon + 1 < end and colon[0] == c' ' and colon - stop < FORESIGHT:
                colon += 1
            if colon[0] == c':':
                end_key(self, key_text(p + 1, stop), stop)
                self.state = VALUE
                return colon + 1
    quote = quote_at(p, end, &length)
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
        if quote == PLAIN_QUOTE:
            at = scan_plain(at, sight.stop)
            if at == sight.stop:
                break
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
    begin_key_content(self, quote)
    return start


cdef const uint8_t *take_key(Parser self, const uint8_t *p, const uint8_t *start, const uint8_t *at, const uint8_t *behind,
                             quote_kind quote) except NULL:
    """A key whose content stands from `start` to `at`."""
    if quote != PLAIN_QUOTE:
        fix(self, FIX_QUOTE, p)
    begin_key_content(self, quote)
    take_content(self, start, at)
    end_key_content(self, at)
    return behind


cdef void begin_key_content(Parser self, quote_kind quote) noexcept:
    begin_content(self, quote)
    self.in_key = True
    self.held_size = 0
    self.held_chars = 0


cdef int end_key_content(Parser self, const uint8_t *at) except -1:
    if self.high:
        take_lone_half(self, at)
    end_key(self, held_key(self), at)
    release_held(self)
    return 0


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
    if byte == c'=' and p + 1 == end and sight.more:
        return wait_at(self.mender, p)
    fix(self, FIX_COLON, p)
    self.state = VALUE
    if byte == c'=' and p + 1 < end and p[1] == c'>':
        return p + 2
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
    quote = quote_at(p, end, &length)
    if quote != NO_QUOTE and quote != CUT_QUOTE:
        return mend_quoted(self, p, end, quote, length)
    if byte == c'(':
        sight = sight_from(self, p, end)
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
    """A fence is skipped, with its language."""
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
        self.state = NUMBER
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


# The end of input

cdef int finish_mended(Parser self) except -1:
    """Reads what is undecided with nothing behind it, and closes what is open if that is allowed."""
    cdef _Mender mender = self.mender
    cdef State state
    cdef list spine = spine_now(self)
    cdef object before = self.root
    cdef Py_ssize_t told = events_told(self)
    mender.final = True
    self.seam = 0       # half a character is none
    try:
        if mender.pending_size:
            mend(self, mender.pending, mender.pending + mender.pending_size)
        if mender.in_prose:
            end_prose(self)
        if self.state == BARE:
            end_cut_word(self)
    except BaseException:
        unend_since(self, spine, self.root is not before, told)
        raise
    state = self.state
    if state == END or (state == DOCUMENT and self.multiple):
        if mender.root_unended:
            unend_since(self, spine, self.root is not before, told)
        return 0
    unend_since(self, spine, self.root is not before, told)
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
        if self.hidden and level >= self.hidden:
            break   # of a repeated key that is not kept
        container = container_at(self, level)
        step = step_from(self, level) if level < depth or stands_in_child(self) else MISSING
        if level == self.hidden - 1 or (level == depth and self.dropped):
            step = MISSING
        spine.append((container, len(container), step))
    return spine


cdef Py_ssize_t events_told(Parser self) noexcept:
    cdef _Watch watch = self.watch
    if watch is None:
        return 0
    return PyList_GET_SIZE(<PyObject *>watch.events) if watch.events is not None else watch.event is not NO_EVENT


cdef int unend_since(Parser self, list spine, bint root_too, Py_ssize_t told) except -1:
    """Values that have ended since count as not ended, and the events that say so are taken back: they have not been seen yet.
    `root_too`: the root has begun since."""
    cdef list pending = []
    cdef object container, size, step, value
    if root_too and (type(self.root) is dict or type(self.root) is list):
        spine = [(self.root, 0, MISSING)]
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


cdef dict unended_at(list paths, object root):
    cdef dict unended = {}
    cdef tuple path
    cdef object container, step
    for path in paths:
        container = root
        for step in path[:-1]:
            container = container[step]
        unended[<size_t><PyObject *>container, path[-1]] = container, container[path[-1]]
    return unended


cdef _Mender unpack_mender(tuple packed, object root):
    cdef _Mender self = _Mender.__new__(_Mender)
    cdef bytes pending
    cdef list paths
    (self.kinds, pending, self.comment, odd, loose, self.groups, paths, self.root_unended,
     self.comma_at, self.in_prose, self.in_language, self.fence_at, self.prose_at, self.swallows,
     self.quote, self.nested, self.dirty, self.quoted, self.overrun, self.last, self.figures, self.ticks,
     self.phrase, self.word_at, self.word_extra, self.word_lines, self.word_line_start) = packed
    self.odd = []
    for level, closer in odd:
        self.odd.append((<Py_ssize_t>level, <uint8_t>closer))
    self.loose = []
    for level, closer in loose:
        self.loose.append((<Py_ssize_t>level, <uint8_t>closer))
    self.unended = unended_at(paths, root)
    self.unended_room = UNENDED_KEPT
    keep_pending(self, 0, pending, len(pending))
    return self
