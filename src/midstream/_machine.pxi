# Every state and every transition. Each function takes the bytes [p, end) of the fragment and returns the first one that it
# leaves; NULL or -1 with an exception. A token that is whole in the fragment is taken straight from it; one that meets the
# end leaves its state in the parser, and the functions named read_… go on with it at any byte.

cdef int feed_fragment(Parser self, object fragment) except -1:
    cdef char *data
    if isinstance(fragment, str):
        if not text_is_ready(<PyObject *>fragment):
            raise MemoryError
        if PyUnicode_IS_ASCII(<PyObject *>fragment) and not self.seam:
            data = <char *>PyUnicode_DATA(<PyObject *>fragment)
            return feed_bytes(self, <const uint8_t *>data, PyUnicode_GET_LENGTH(<PyObject *>fragment))
        return feed_text(self, fragment)
    if not isinstance(fragment, bytes):
        if not PyObject_CheckBuffer(fragment):
            raise TypeError(f"a fragment must be str or bytes-like, not {type(fragment).__name__}")
        # a copy: what others can write to might change between being measured and being read
        fragment = PyBytes_FromObject(fragment)
    if self.seam and PyBytes_GET_SIZE(fragment):
        feed_seam(self)
    return feed_bytes(self, <const uint8_t *>PyBytes_AS_STRING(fragment), PyBytes_GET_SIZE(fragment))


cdef enum:
    ENCODED_AT_ONCE = 16384
    ENCODED_ON_STACK = 512


cdef int feed_text(Parser self, object text) except -1:
    """Feeds a str as UTF-8, some of it at a time."""
    cdef uint8_t few[ENCODED_ON_STACK]
    cdef uint8_t *encoded
    if PyUnicode_GET_LENGTH(<PyObject *>text) <= ENCODED_ON_STACK // 4:
        return feed_encoded(self, text, few, ENCODED_ON_STACK)
    # not on the stack, for parse_float may come here again
    encoded = <uint8_t *>PyMem_Malloc(ENCODED_AT_ONCE)
    if encoded == NULL:
        raise MemoryError
    try:
        return feed_encoded(self, text, encoded, ENCODED_AT_ONCE)
    finally:
        PyMem_Free(encoded)


cdef int feed_encoded(Parser self, object text, uint8_t *encoded, size_t room) except -1:
    cdef int width = PyUnicode_KIND(<PyObject *>text)
    cdef void *data = PyUnicode_DATA(<PyObject *>text)
    cdef size_t place = 0, count = PyUnicode_GET_LENGTH(<PyObject *>text), size
    cdef uint32_t c
    while place < count and self.failure is None:
        if self.seam:
            c = char_at(data, width, place)
            if is_low(c):
                size = utf8_put(join_halves(self.seam, c), encoded)
                self.seam = 0
                place += 1
                feed_bytes(self, encoded, size)
                continue
            feed_seam(self)
        size = utf8_encode(data, width, &place, count, encoded, room)
        feed_bytes(self, encoded, size)
        if place < count and self.failure is None:
            c = char_at(data, width, place)
            if is_high(c) and (self.state == STRING and not self.partial_size or self.mender is not None):
                self.seam = c
                self.tail_room = 0
                place += 1
            elif is_high(c) or is_low(c):
                feed_bytes(self, encoded, utf8_put(c, encoded))
                place += 1
    return 0


cdef int feed_seam(Parser self) except -1:
    """The other half has not come: the first one fails as the UTF-8 it would be."""
    cdef uint8_t encoded[4]
    cdef int size = utf8_put(self.seam, encoded)
    self.seam = 0
    return feed_bytes(self, encoded, size)


cdef int feed_bytes(Parser self, const uint8_t *data, Py_ssize_t size) except -1:
    cdef Py_ssize_t room = self.max_size - self.consumed
    if not size:
        return 0
    self.tail_room = 0
    if self.closed:
        raise_closed()
    if self.failure is not None:
        return 0    # held back, in an earlier piece of this fragment
    if self.mender is not None:
        return mend_bytes(self, data, size)
    # called as what can't raise: a try statement here would cost every feed as much as the rest of this function
    if (<unguarded_run>run)(self, data, data + min(size, room)) == -1:
        return end_with_set(self)
    if size > room:
        try:
            fail_size(self)
        except BaseException as error:
            end_or_raise(self, error)
    return 0


ctypedef int (*unguarded_run)(Parser self, const uint8_t *p, const uint8_t *end) noexcept


cdef extern from *:
    """
    /* For a caller who knows that an exception is set. */
    static inline int is_set(void) { return -1; }
    """
    int is_set() except -1


cdef int end_with_set(Parser self) except -1:
    """An exception has been set."""
    try:
        is_set()
    except BaseException as error:
        end_or_raise(self, error)
    return 0


cdef int end_or_raise(Parser self, object error) except -1:
    """Raises the error now, or keeps it for the next call."""
    end_with(self, error)
    if not holds_back(self, error):
        raise error
    return 0


cdef int end_with(Parser self, object error) except -1:
    """The parse has raised: that is the end of the stream.

    An error of ours is kept as its parts and a weak reference, since the error itself holds the frames of the callers. It is the
    same object that is raised again as long as anybody has it, and after that nobody can tell.
    """
    # stands for itself, and for want of memory in what follows. CPython before 3.12 has few of these errors to give and
    # stops when it runs out of them: none is kept
    self.failure = MemoryError
    self.tail_room = 0
    settle(self)
    self.spare = None
    if isinstance(error, JSONStreamError):
        self.raised = PyWeakref_NewRef(error, None)
        self.failure = (type(error), *error.__reduce__()[1])
    elif type(error) is not MemoryError:
        self.failure = error
    return 0


cdef int raise_failure(Parser self) except -1:
    if self.failure is MemoryError:
        raise MemoryError("the parser ran out of memory in an earlier feed")
    if type(self.failure) is not tuple:
        if self.watch is not None and self.watch.holds_back:
            self.watch.holds_back = False
            raise self.failure  # for the first time, so where it comes from is still to be told
        raise self.failure.with_traceback(None)
    error = None if self.raised is None else self.raised()
    if error is None:
        error = self.failure[0](*self.failure[1:])
        self.raised = PyWeakref_NewRef(error, None)
    raise error.with_traceback(None)


cdef int raise_closed() except -1:
    raise RuntimeError("feed() called after the end of input")


cdef int run(Parser self, const uint8_t *p, const uint8_t *end) except -1:
    cdef State state
    cdef uint8_t byte
    self.begin = p
    while p < end:
        state = self.state
        if state >= STRING:
            if state == NUMBER:
                p = read_number(self, p, end)
            elif state == LITERAL:
                p = read_literal(self, p, end)
            else:
                p = read_string(self, p, end)
            continue
        if is_fluent(self):
            p = take_whole(self, p, end)
            if p == end:
                break
            state = self.state
        byte = p[0]
        if is_space(byte):
            p = skip_space(self, p, end)
        elif state == AFTER:
            p = after_value(self, p)
        elif state == VALUE:
            p = begin_value(self, p, end)
        elif state == COLON:
            if byte != c':':
                fail_colon(self, p)
            self.state = VALUE
            p += 1
        elif state == KEY or state == KEY_OR_END:
            if byte == c'"':
                p = begin_key(self, p, end)
            elif byte == c'}' and state == KEY_OR_END:
                end_container(self, p)
                p += 1
            else:
                fail_key(self, p)
        elif state == VALUE_OR_END:
            if byte == c']':
                end_container(self, p)
                p += 1
            else:
                p = begin_value(self, p, end)
        elif state == DOCUMENT:
            p = begin_value(self, p, end)
        else:
            fail_trailing(self, p)
    self.consumed += end - self.begin
    if self.state == STRING and self.text is not None:
        note_tail(self)
    elif self.state == NUMBER and self.show_partial and not self.adrift and not self.dropped:
        show_number(self, self.consumed)
    return 0


cdef int finish(Parser self) except -1:
    """The end of input."""
    if self.closed or self.failure is not None:
        return 0
    try:
        if self.mender is not None:
            finish_mended(self)
        elif self.state == NUMBER and number_may_end(self.number):
            if self.container is None:
                end_number(self, self.consumed, True)
            else:
                # it can't go on, so it may be seen; but what it stands in has not ended, so it has not either
                place_number(self, held_value(self, self.consumed))
        if self.mender is None and self.state != END and not (self.state == DOCUMENT and self.multiple):
            fail_truncated(self)
    except BaseException as error:
        end_or_raise(self, error)
        return 0
    self.closed = True
    self.tail_room = 0
    show_to_collector(self)
    return 0


cdef const uint8_t *skip_space(Parser self, const uint8_t *p, const uint8_t *end) noexcept:
    while p < end and is_space(p[0]):
        if p[0] == c' ':
            p = scan_spaces(p, end)
            continue
        if p[0] == c'\n':
            self.lines += 1
            self.line_start = offset_of(self, p) + 1 - self.extra
        p += 1
    return p


# Values

cdef const uint8_t *begin_value(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    cdef uint8_t byte = p[0]
    if self.done and begins_value(byte):
        begin_document(self)
    if byte == c'"':
        return begin_string(self, p, end)
    if byte == c'{' or byte == c'[':
        begin_container(self, p)
        return p + 1
    if is_digit(byte) or byte == c'-':
        return begin_number(self, p, end)
    if not begins_value(byte):
        fail_value(self, p)
    self.state = LITERAL
    self.literal = byte
    self.matched = 0
    return read_literal(self, p, end)


cdef int begin_document(Parser self) except -1:
    """Another one follows."""
    self.done = False
    self.root = MISSING
    self.latest = MISSING
    self.changed = True
    if self.sent is not None:
        self.sent.renewed = True
    if self.mender is not None:
        self.mender.unended.clear()
        self.mender.root_unended = False
    return 0


cdef inline int value_ended(Parser self) except -1:
    self.dropped = False
    if self.watch is not None:
        child_ended(self.watch)
    if self.container is not None:
        self.state = AFTER
        return 0
    self.done = True
    self.state = DOCUMENT if self.multiple else END
    return 0


cdef const uint8_t *after_value(Parser self, const uint8_t *p) except NULL:
    cdef uint8_t byte = p[0]
    cdef bint in_object = PyDict_CheckExact(<PyObject *>self.container)
    if byte == c',':
        self.state = KEY if in_object else VALUE
    elif byte == (c'}' if in_object else c']'):
        end_container(self, p)
    else:
        fail_comma(self, p)
    return p + 1


cdef inline int begin_container(Parser self, const uint8_t *p) except -1:
    if depth_of(self) >= self.max_depth:
        fail_depth(self, p)
    return open_container(self, p[0] == c'{', offset_of(self, p))


cdef int open_container(Parser self, bint is_object, Py_ssize_t start) except -1:
    if is_alert(self):
        container_begins(self, "object" if is_object else "array", start)
    if is_object:
        enter(self, {})
        self.state = KEY_OR_END
    else:
        enter(self, [])
        self.state = VALUE_OR_END
    if self.adrift:
        container_entered(self)
    return 0


cdef int end_container(Parser self, const uint8_t *p) except -1:
    if self.watch is not None:
        container_ends(self, offset_of(self, p) + 1)
    leave(self)
    return value_ended(self)


# Literals

cdef const char *literal_text(uint8_t first) noexcept:
    return b"true" if first == c't' else b"false" if first == c'f' else b"null"


cdef const uint8_t *read_literal(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    cdef const char *text = literal_text(self.literal)
    if not self.matched and end - p >= 5 and not memcmp(p, text, 4):
        self.matched = 4
        p += 4
    while text[self.matched]:
        if p == end:
            return p
        if p[0] != <uint8_t>text[self.matched]:
            fail_literal(self, p)
        self.matched += 1
        p += 1
    value = True if self.literal == c't' else False if self.literal == c'f' else None
    attach(self, value)
    if is_alert(self):
        atom_ended(self, value, offset_of(self, p) - self.matched, offset_of(self, p))
    value_ended(self)
    return p


# Numbers

cdef enum:
    INT_ALWAYS = 640   # no interpreter refuses an int of so many digits


cdef const uint8_t *begin_number(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    cdef number_state number = NUMBER_START
    cdef const uint8_t *stop = scan_number(p, end, &number)
    if (stop < end and stop - p <= self.max_string and number_may_end(number) and number_ends_at(self, stop[0])
            and (not self.show_partial or stop - p <= INT_ALWAYS)):
        self.state = NUMBER
        value = number_value(self, p, stop, number, offset_of(self, stop))
        attach(self, value)
        if is_alert(self):
            atom_ended(self, value, offset_of(self, p), offset_of(self, stop))
        value_ended(self)
        return stop
    self.state = NUMBER
    self.number = NUMBER_START
    self.held_size = 0
    self.exponent_digits = 0
    self.exponent_shown = -1
    self.sticky = False
    self.frozen = False
    self.int_shown = 0
    return read_number(self, p, end)


cdef const uint8_t *read_number(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    cdef Py_ssize_t room = self.max_string - self.held_size
    cdef const uint8_t *stop
    if room < end - p:
        # what is beyond the limit must not leave its mark on the state
        stop = scan_number(p, p + room, &self.number)
        hold_number(self, p, stop)
        if stop == p + room and number_continues(self, stop[0]):
            if self.show_partial:
                show_number(self, offset_of(self, stop))
            fail_long_number(self, stop)
    else:
        stop = scan_number(p, end, &self.number)
        hold_number(self, p, stop)
        if stop == end:
            return stop
    if not number_may_end(self.number) or not number_ends_at(self, stop[0]):
        if self.show_partial:
            show_number(self, offset_of(self, stop))
        if not number_may_end(self.number) or is_numeric(stop[0]):
            fail_number(self, stop)
        elif self.container is None:
            fail_trailing(self, stop)
        else:
            fail_comma(self, stop)
    end_number(self, offset_of(self, stop), False)
    return stop


cdef bint number_continues(Parser self, uint8_t byte) noexcept:
    cdef number_state number = self.number
    return scan_number(&byte, &byte + 1, &number) != &byte


cdef bint number_ends_at(Parser self, uint8_t byte) noexcept:
    """Is this a byte that may follow a number here?"""
    if is_space(byte):
        return True
    if self.container is not None:
        return byte == c',' or byte == (c'}' if PyDict_CheckExact(<PyObject *>self.container) else c']')
    return self.multiple and (byte == c'{' or byte == c'[' or byte == c'"')


cdef int end_number(Parser self, Py_ssize_t offset, bint by_input) except -1:
    """The number held has ended, `offset` bytes into the input; `by_input`: because nothing follows."""
    cdef object value = place_number(self, held_value(self, offset))
    touch(self)
    if is_alert(self) and not (by_input and self.watch.gathering == EVENTS):
        atom_ended(self, value, offset - self.held_size, offset)
    self.shown = False
    self.standing = None
    release_held(self)
    return value_ended(self)


cdef object held_value(Parser self, Py_ssize_t offset):
    if self.show_partial and self.held_size > INT_ALWAYS:
        # should it be too long an int, what is shown of it does not depend on where the fragments were cut
        show_number(self, offset)
    return number_value(self, self.held, self.held + self.held_size, self.number, offset)


cdef object place_number(Parser self, object value):
    """Shows the value of a number that may have been shown in part; gives the object that stands there."""
    cdef object before
    if self.shown:
        before = self.standing
        if is_same_number(before, value):
            return before
        self.standing = value
        swap_in_place(self, <PyObject *>before, value)
        return value
    self.shown = attach(self, value)
    self.standing = value if self.shown else None
    return value


cdef bint is_same_number(object one, object other) except -1:
    if type(one) is int and type(other) is int or type(one) is float and type(other) is float:
        return one == other
    return one is other


cdef object number_value(Parser self, const uint8_t *start, const uint8_t *end, number_state number, Py_ssize_t offset):
    """The value of a whole number; `offset` is where it ends in the input."""
    if number == NUMBER_ZERO or number == NUMBER_INT:
        return int_value(self, start, end, offset)
    return float_value(self, start, end, offset)


cdef object int_value(Parser self, const uint8_t *start, const uint8_t *end, Py_ssize_t offset):
    cdef int64_t small = 0
    cdef bytes text
    if number_int(start, end, &small):
        return PyLong_FromLongLong(small)
    text = start[:end - start]
    try:
        return PyLong_FromString(text, NULL, 10)
    except ValueError:
        # the grammar has been checked: only the interpreter's limit on digits is left
        fail_digits(self, offset)


cdef object float_value(Parser self, const uint8_t *start, const uint8_t *end, Py_ssize_t offset):
    cdef short_number number
    cdef bytes text
    if self.parse_float is not None:
        try:
            return self.parse_float(start[:end - start].decode("ascii"))
        except BaseException:
            self.consumed = offset
            raise
    if parse_number(start, end, &number) == end and number.is_float:
        return PyFloat_FromDouble(number.real)
    text = start[:end - start]
    return PyFloat_FromDouble(PyOS_string_to_double(text, NULL, NULL))


# Partial numbers. What is shown after a fragment must cost no more than the fragment, however long the number: digits that
# can't change the value any more are left out of the conversion.

cdef enum:
    # Without an exponent, digits beyond these can't matter to a double but for being there (769 significant ones decide
    # between two neighbours, and 324 zeros make a 0): they are stood for by one 1 if any is not 0.
    FRACTION_SHOWN = 1600
    # an exponent of more digits leaves nothing but 0 or infinity
    EXPONENT_SHOWN = 20


cdef int hold_number(Parser self, const uint8_t *start, const uint8_t *end) except -1:
    """Keeps a piece of a number; `self.number` is the state behind it."""
    cdef const uint8_t *p = end
    cdef Py_ssize_t beyond = self.held_size + (end - start) - FRACTION_SHOWN
    hold(self, start, end)
    if not self.show_partial:
        return 0
    if self.number == NUMBER_EXPONENT:
        while p > start and is_digit(p[-1]):
            p -= 1
        while p < end:
            if self.exponent_digits or p[0] != c'0':
                self.exponent_digits += 1
            p += 1
    elif beyond > 0 and not self.sticky:
        p -= min(beyond, end - start)
        while p < end and not self.sticky:
            self.sticky = c'1' <= p[0] <= c'9'
            p += 1
    return 0


cdef int show_number(Parser self, Py_ssize_t offset) except -1:
    """Shows the longest prefix of the number held that is a number; `offset` is how far the input has been read."""
    cdef object value = prefix_value(self, offset)
    if value is not MISSING:
        place_number(self, value)
    return 0


cdef object prefix_value(Parser self, Py_ssize_t offset):
    """MISSING where there is none, or what is shown already stands for it."""
    cdef Py_ssize_t size = self.held_size
    cdef number_state number = self.number
    cdef const uint8_t *start = self.held
    if number == NUMBER_START or number == NUMBER_SIGN:
        return MISSING
    if number == NUMBER_POINT or number == NUMBER_E:
        size -= 1
    elif number == NUMBER_E_SIGN:
        size -= 2
    if number == NUMBER_ZERO or number == NUMBER_INT or number == NUMBER_POINT or (
            (number == NUMBER_E or number == NUMBER_E_SIGN) and memchr(start, c'.', size) == NULL):
        return prefix_int(self, start, size, offset)
    if self.parse_float is None and size > FRACTION_SHOWN:
        if number == NUMBER_FRACTION:
            return float((start[:FRACTION_SHOWN] + (b"1" if self.sticky else b"0")).decode("ascii"))
        if number == NUMBER_EXPONENT:
            if self.exponent_shown == self.exponent_digits or self.exponent_shown > EXPONENT_SHOWN:
                return MISSING
            self.exponent_shown = self.exponent_digits
    return float_value(self, start, start + size, offset)


cdef object prefix_int(Parser self, const uint8_t *start, Py_ssize_t size, Py_ssize_t offset):
    """The int of `size` bytes. Made from the one shown before, where only a few digits have come: a conversion costs the square
    of the length."""
    cdef bint minus = start[0] == c'-'
    cdef Py_ssize_t limit = 0 if _digits_limit is None else _digits_limit()
    cdef Py_ssize_t before = self.int_shown
    cdef int64_t tail = 0
    if limit and size - minus > limit:
        if self.frozen:
            return MISSING
        self.frozen = True
        size = limit + minus
    self.int_shown = size
    if self.shown and 0 < size - before <= 18 and before > INT_ALWAYS:
        number_int(start + before, start + size, &tail)
        return self.standing * (<object>10) ** (<object>(size - before)) + (-tail if minus else tail)
    return int_value(self, start, start + size, offset)


# Strings

cdef const uint8_t *begin_string(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    cdef text_run run
    cdef const uint8_t *start = p + 1
    cdef const uint8_t *stop = scan_plain(start, end)
    if stop < end and stop[0] == c'"' and stop - start <= self.max_string:
        whole_text(self, ascii_text(start, stop), p, stop + 1)
        return stop + 1
    if stop < end and stop[0] >= 0x80:
        stop = scan_text(start, end, &run)
        if stop < end and stop[0] == c'"' and <Py_ssize_t>run.count <= self.max_string:
            self.extra += stop - start - run.count
            whole_text(self, decoded_text(start, stop, &run), p, stop + 1)
            return stop + 1
    self.state = STRING
    self.in_key = False
    open_text(self, p)
    return read_string(self, start, end) if start < end else start


cdef inline int whole_text(Parser self, str text, const uint8_t *p, const uint8_t *end) except -1:
    """A string that stands in the fragment from one quote to the other."""
    attach(self, text)
    if is_alert(self) and is_watched(self):
        text_begins(self, offset_of(self, p))
        text_ended(self, text, offset_of(self, end))
    return value_ended(self)


cdef const uint8_t *begin_key(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    cdef const uint8_t *start = p + 1
    cdef const uint8_t *stop = scan_plain(start, end)
    if stop < end and stop[0] == c'"' and stop - start <= self.max_string:
        end_key(self, key_text(start, stop), stop)
        if end - stop >= 2 and stop[1] == c':':
            self.state = VALUE
            return stop + 2
        return stop + 1
    self.state = STRING
    self.in_key = True
    self.held_size = 0
    self.held_chars = 0
    return read_string(self, start, end) if start < end else start


cdef enum:
    KEY_KNOWN = 64      # characters of the keys that are kept, at most


# Keys that were read lately, of any parser: most keys have been there before, and one of these costs no allocation and no
# hash. A key has two places, the second for the one that was there before it.
cdef list known_keys = [""] * KEY_SLOTS


cdef object key_text(const uint8_t *start, const uint8_t *end):
    """The str of an ASCII key."""
    cdef Py_ssize_t size = end - start
    cdef size_t slot
    if size > KEY_KNOWN:
        return ascii_text(start, end)
    slot = key_slot(start, size)
    if is_key_at(slot, start, size):
        return <object>PyList_GET_ITEM(<PyObject *>known_keys, slot)
    slot ^= 1
    if is_key_at(slot, start, size):
        return <object>PyList_GET_ITEM(<PyObject *>known_keys, slot)
    known_keys[slot] = <object>PyList_GET_ITEM(<PyObject *>known_keys, slot ^ 1)
    slot ^= 1
    known_keys[slot] = ascii_text(start, end)
    return <object>PyList_GET_ITEM(<PyObject *>known_keys, slot)


cdef inline bint is_key_at(size_t slot, const uint8_t *start, Py_ssize_t size) noexcept:
    cdef PyObject *known = PyList_GET_ITEM(<PyObject *>known_keys, slot)
    return PyUnicode_GET_LENGTH(known) == size and same_bytes(PyUnicode_DATA(known), start, size)


cdef object held_key(Parser self):
    if not self.held_size:
        return ""   # `held` may be NULL
    if self.held_chars == self.held_size:
        return key_text(self.held, self.held + self.held_size)
    return PyUnicode_DecodeUTF8(<char *>self.held, self.held_size, NULL)


cdef int end_key(Parser self, str key, const uint8_t *p) except -1:
    """A key has been read; `p` is at its closing quote."""
    if self.duplicates != KEEP_LAST and PyDict_Contains(self.container, key):
        if self.duplicates == REFUSE:
            fail_duplicate(self, key, p)
        self.dropped = True
    self.key = key
    self.state = COLON
    return 0


cdef const uint8_t *read_string(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """Goes on in a string behind its opening quote, up to its end or that of the fragment."""
    cdef text_run run
    cdef const uint8_t *stop
    while p < end:
        if self.state != STRING:
            p = read_escape(self, p, end)
            continue
        if self.partial_size:
            p = read_partial(self, p, end)
            continue
        if not self.high:
            if self.in_key:
                p = hold_plain(self, p, end)
            elif self.text is not None:
                p = take_plain(self, p, end)
            if p == end:
                return p
            if p[0] == c'"':
                return end_string(self, p)
        stop = scan_text(p, end, &run)
        if stop > p:
            take_run(self, p, stop, &run)
            p = stop
        if run.stop == RUN_INVALID:
            # the character that holds the byte counts as not yet read, the bytes before it in it as read
            self.partial_size = run.bad - p
            fail_utf8(self, run.bad)
        if run.stop == RUN_CUT:
            self.partial_size = end - p
            memcpy(self.partial, p, end - p)
            return end
        if p == end:
            return p
        if p[0] == c'"':
            if self.high:
                take_lone_half(self, p)
            return end_string(self, p)
        if p[0] != c'\\':
            fail_control(self, p)
        self.escape_at = offset_of(self, p)
        self.state = ESCAPE
        p += 1
    return p


cdef const uint8_t *end_string(Parser self, const uint8_t *p) except NULL:
    """`p` is at the closing quote."""
    if self.in_key:
        end_key(self, held_key(self), p)
        release_held(self)
    else:
        close_text(self, p)
        value_ended(self)
    return p + 1


cdef inline const uint8_t *hold_plain(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """Keeps ASCII of a key, up to whatever else comes."""
    cdef const uint8_t *stop = scan_plain(p, end)
    if self.max_string - self.held_chars < stop - p:
        return p    # put_run() counts
    hold(self, p, stop)
    self.held_chars += stop - p
    return stop


cdef const uint8_t *read_partial(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """Completes a UTF-8 sequence whose first bytes ended the last fragment."""
    cdef int size = utf8_length(self.partial[0])
    while p < end:
        if not utf8_continues(self.partial[0], self.partial_size, p[0]):
            fail_utf8(self, p)
        self.partial[self.partial_size] = p[0]
        self.partial_size += 1
        p += 1
        if self.partial_size == size:
            take_char(self, p - 1)
            break
    return p


cdef const uint8_t *read_escape(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """Goes on behind a backslash."""
    cdef uint32_t unit
    cdef int digit
    if self.state == ESCAPE:
        if p[0] == c'u':
            self.state = HEX
            self.unit = 0
            self.unit_digits = 0
            return p + 1
        unit = escape_char(p[0])
        if not unit:
            fail_escape(self, p)
        take_unit(self, unit, p)
        self.state = STRING
        return p + 1
    while p < end:
        digit = hex_value(p[0])
        if digit < 0:
            fail_escape(self, p)
        self.unit = self.unit << 4 | digit
        self.unit_digits += 1
        if self.unit_digits == 4:
            take_unit(self, self.unit, p)
            self.state = STRING
            return p + 1
        p += 1
    return p


# Characters of a string. `p` is at the byte that completes them, for the error if they are one too many.

cdef int take_unit(Parser self, uint32_t unit, const uint8_t *p) except -1:
    """A character or a surrogate half that an escape has named."""
    if self.high:
        if is_low(unit):
            unit = join_halves(self.high, unit)
            self.high = 0
        else:
            take_lone_half(self, p)
    if is_high(unit):
        self.high = unit
        self.high_at = self.escape_at
        return 0
    if is_low(unit):
        return put_replacement(self, self.escape_at, p)
    return put_char(self, unit, p)


cdef int take_lone_half(Parser self, const uint8_t *p) except -1:
    self.high = 0
    return put_replacement(self, self.high_at, p)


cdef int put_replacement(Parser self, Py_ssize_t offset, const uint8_t *p) except -1:
    """U+FFFD for the lone half that is named at `offset`, and the record of it."""
    cdef object record
    if self.watch is not None and self.watch.gathering != EVENTS:
        return put_char(self, 0xFFFD, p)    # nobody sees the records
    record = Repaired._along(Repair.LONE_SURROGATE, offset, current_node(self))
    if self.mended is None:
        self.mended = []
    put_char(self, 0xFFFD, p)
    self.mended.append(record)
    self.repairs_seen = None
    return 0


cdef int put_char(Parser self, uint32_t c, const uint8_t *p) except -1:
    cdef uint8_t encoded[4]
    cdef text_run run
    cdef int size = utf8_put(c, encoded)
    run.count = 1
    run.bits = c if c >= 0x80 else 0
    return put_run(self, encoded, encoded + size, &run, p)


cdef int take_char(Parser self, const uint8_t *p) except -1:
    """The character in `partial`, now whole; `p` is at its last byte."""
    cdef int size = self.partial_size
    cdef text_run run
    scan_text(self.partial, self.partial + size, &run)
    # should it be one too many, its other bytes have been read
    self.partial_size = size - 1
    if self.high:
        take_lone_half(self, p)
    put_run(self, self.partial, self.partial + size, &run, p)
    self.partial_size = 0
    self.extra += size - 1
    return 0


cdef int take_run(Parser self, const uint8_t *start, const uint8_t *end, text_run *run) except -1:
    """A run of the fragment."""
    cdef const uint8_t *first = start
    if self.high:
        utf8_take(&first)
        self.partial_size = first - start - 1
        take_lone_half(self, first - 1)
        self.partial_size = 0
    put_run(self, start, end, run, NULL)
    self.extra += end - start - run.count
    return 0


cdef int put_run(Parser self, const uint8_t *start, const uint8_t *end, text_run *run, const uint8_t *p) except -1:
    """Appends whole characters to the string; `p` is NULL where they are a run of the fragment itself."""
    cdef Py_ssize_t length = self.held_chars + (0 if self.text is None else PyUnicode_GET_LENGTH(<PyObject *>self.text))
    cdef Py_ssize_t room = self.max_string - length
    cdef text_run allowed
    cdef const uint8_t *stop = start
    if <Py_ssize_t>run.count > room:
        while room:
            utf8_take(&stop)
            room -= 1
        scan_text(start, stop, &allowed)
        if stop > start:
            put_run(self, start, stop, &allowed, p)
        if p == NULL:
            self.extra += stop - start - allowed.count
            p = stop
            utf8_take(&p)
            self.partial_size = p - stop - 1
            p -= 1
        fail_string(self, p)
    if self.in_key:
        hold(self, start, end)
    if self.text is None:
        self.held_chars += run.count
        return 0
    return append_text(self, start, end, run)


cdef enum:
    HELD_KEPT = 1024    # room for bytes of a token that is kept for the next one


cdef void release_held(Parser self) noexcept:
    self.held_size = 0
    if self.held_room > HELD_KEPT:
        PyMem_Free(self.held)
        self.held = NULL
        self.held_room = 0


cdef int hold(Parser self, const uint8_t *start, const uint8_t *end) except -1:
    """Keeps bytes of a token that is not whole yet."""
    cdef Py_ssize_t need = self.held_size + (end - start)
    cdef Py_ssize_t room
    cdef void *moved
    if start == end:
        return 0    # `held` may be NULL
    if need > self.held_room:
        room = max(need + (need >> 1), 48)
        moved = PyMem_Realloc(self.held, room)
        if moved == NULL:
            raise MemoryError
        self.held = <uint8_t *>moved
        self.held_room = room
    memcpy(self.held + self.held_size, start, end - start)
    self.held_size = need
    return 0
