# The open string value. It is a str from the first quote on, stands in the tree, and grows in place: its block holds more
# characters than its length says. A str must never change under somebody who holds it, so it grows only while the
# parser and its place in the tree are all that refer to it, and nothing has been derived from its contents; else a new
# one takes its place. A new one, or one that had to move, is written to first and takes its place afterwards: putting it there
# may run code, if somebody has put keys of his own beside it.

cdef extern from *:
    """
    /* Sets the length within the block, ends the text there, and forgets the hash of the shorter text. */
    static void text_set_length(PyObject *text, Py_ssize_t length) {
        ((PyASCIIObject *)text)->length = length;
        ((PyASCIIObject *)text)->hash = -1;
    #if PY_VERSION_HEX < 0x030C0000
        if (((PyASCIIObject *)text)->wstr == PyUnicode_DATA(text))
            ((PyCompactUnicodeObject *)text)->wstr_length = length;
    #endif
        PyUnicode_WRITE(PyUnicode_KIND(text), PyUnicode_DATA(text), length, 0);
    }

    /* The characters of a compact ASCII str. */
    static inline void *ascii_data(PyObject *text) { return (PyASCIIObject *)text + 1; }

    /* Adds ASCII behind the end of a str whose block has room for it. */
    static inline void text_append(PyObject *text, const uint8_t *start, Py_ssize_t size) {
        Py_ssize_t length = ((PyASCIIObject *)text)->length;
        if (PyUnicode_IS_COMPACT_ASCII(text)) {
            uint8_t *data = (uint8_t *)ascii_data(text);
            copy_bytes(data + length, start, (size_t)size);
            data[length + size] = 0;
            ((PyASCIIObject *)text)->length = length + size;
            ((PyASCIIObject *)text)->hash = -1;
        } else {
            widen(start, start + size, PyUnicode_KIND(text), PyUnicode_DATA(text), (size_t)length);
            text_set_length(text, length + size);
        }
    }

    /* Is the str in the form of PEP 393? Before 3.12 an old extension may have made one that is not yet. */
    static int text_is_ready(PyObject *text) {
    #if PY_VERSION_HEX < 0x030C0000
        return PyUnicode_READY(text) == 0;
    #else
        (void)text;
        return 1;
    #endif
    }

    /* Is the text free of what CPython keeps beside it: a place among the interned, a UTF-8 or wchar_t form? */
    static int text_is_plain(PyObject *text) {
        if (PyUnicode_CHECK_INTERNED(text)) return 0;
    #if PY_VERSION_HEX < 0x030C0000
        if (((PyASCIIObject *)text)->wstr && ((PyASCIIObject *)text)->wstr != PyUnicode_DATA(text)) return 0;
    #endif
        return PyUnicode_IS_ASCII(text) || ((PyCompactUnicodeObject *)text)->utf8 == NULL;
    }

    /* A number that no other state of any dict has or had; 0 where CPython keeps none. */
    static uint64_t dict_version(PyObject *dict) {
    #if PY_VERSION_HEX < 0x030E0000
    #if defined(__GNUC__)
    #pragma GCC diagnostic push
    #pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    #endif
        return ((PyDictObject *)dict)->ma_version_tag;
    #if defined(__GNUC__)
    #pragma GCC diagnostic pop
    #endif
    #else
        (void)dict;
        return 0;
    #endif
    }
    """
    void *ascii_data(PyObject *text) noexcept
    void text_append(PyObject *text, const uint8_t *start, Py_ssize_t size) noexcept
    uint64_t dict_version(PyObject *dict) noexcept
    void text_set_length(PyObject *text, Py_ssize_t length) noexcept
    bint text_is_plain(PyObject *text) noexcept
    bint text_is_ready(PyObject *text) noexcept

# a first block of this many characters costs what malloc gives anyway, and many strings end within it
cdef enum:
    FIRST_ROOM = 31
    # slack that a complete string may keep, in bytes, besides an eighth of its size
    SLACK = 32


cdef inline str ascii_text(const uint8_t *start, const uint8_t *end):
    cdef object text = PyUnicode_New(end - start, 0x7F)
    copy_bytes(PyUnicode_DATA(<PyObject *>text), start, end - start)
    return text


cdef str decoded_text(const uint8_t *start, const uint8_t *end, text_run *run):
    """The str of a run that scan_text() has measured."""
    cdef object text = PyUnicode_New(run.count, text_largest(run.bits))
    if run.bits:
        utf8_decode(start, end, PyUnicode_KIND(<PyObject *>text), PyUnicode_DATA(<PyObject *>text), 0)
    else:
        memcpy(PyUnicode_DATA(<PyObject *>text), start, end - start)
    return text


cdef str exact_copy(object text):
    """A str of its own with the same characters."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(<PyObject *>text)
    if length == 0:
        return ""
    cdef object copied = PyUnicode_New(length, PyUnicode_MAX_CHAR_VALUE(<PyObject *>text))
    PyUnicode_CopyCharacters(copied, 0, text, 0, length)
    return copied


cdef str text_from(str text, Py_ssize_t start):
    """The characters from `start` on, never as the same object: that might be growing."""
    # from 0 on PyUnicode_Substring gives the object itself
    if not start:
        return exact_copy(text)
    return PyUnicode_Substring(text, start, PyUnicode_GET_LENGTH(<PyObject *>text))


cdef int open_text(Parser self, const uint8_t *p) except -1:
    """Begins a string value: empty, in its place. `p` is at its opening quote."""
    cdef bint watched = is_alert(self) and is_watched(self)
    cdef object text
    self.held_chars = 0
    if self.adrift and not watched:
        attach(self, None)  # of a string that is read and not kept there is no text
        return 0
    text = empty_text()
    self.shown = attach(self, text)
    self.standing = text if self.shown else None
    if watched:
        text_begins(self, offset_of(self, p))
    self.text = text
    self.text_room = FIRST_ROOM
    self.version = 0
    return 0


cdef object empty_text():
    """One that can take FIRST_ROOM characters."""
    cdef object text = PyUnicode_New(FIRST_ROOM, 0x7F)
    text_set_length(<PyObject *>text, 0)
    return text


cdef enum:
    STANDING_REFS = 3   # of a text in its place: self.text, self.standing, the tree


cdef inline bint text_is_ours(Parser self) noexcept:
    """May the text change? Only if nobody holds it but this parser and its place in the tree."""
    cdef PyObject *text = <PyObject *>self.text
    if self.standing is not self.text:
        return Py_REFCNT(text) == 1 and text_is_plain(text)
    # finding its place may run code, so the count comes after it
    return text_in_place(self) and Py_REFCNT(text) == STANDING_REFS and text_is_plain(text)


cdef inline bint text_in_place(Parser self) noexcept:
    """Does the text stand where the stream stands?"""
    if text_has_stayed(self):
        return True
    if in_place(self) != <PyObject *>self.text:
        return False
    if self.container is not None and PyDict_CheckExact(<PyObject *>self.container):
        self.version = dict_version(<PyObject *>self.container)
    return True


cdef inline bint text_has_stayed(Parser self) noexcept:
    """The same, without asking a dict, which may run code: False where it has changed since it was last asked."""
    cdef PyObject *container = <PyObject *>self.container
    if self.container is None or PyList_CheckExact(container):
        return in_place(self) == <PyObject *>self.text
    return self.version and self.version == dict_version(container)


cdef inline int place_text(Parser self) except -1:
    """The text has been written to: puts it in its place if it is not there."""
    cdef object standing
    if not self.shown or self.standing is self.text:
        return 0
    standing = self.standing
    self.standing = self.text
    if not swap_in_place(self, <PyObject *>standing, self.text):
        # taken away by somebody: it grows on, unseen
        self.standing = None
        self.shown = False
    return 0


cdef inline Py_ssize_t roomy(Py_ssize_t need) noexcept:
    """Room to give a text of `need` characters, so that growing costs a constant for each of them."""
    return max(need + (need >> 1 if need < 1 << 16 else need >> 3), <Py_ssize_t>FIRST_ROOM)


cdef int grow_text(Parser self, Py_ssize_t more, uint32_t largest) except -1:
    """Makes the text ready to take `more` characters up to `largest` behind its end; place_text() must follow."""
    cdef PyObject *text = <PyObject *>self.text
    cdef Py_ssize_t need = PyUnicode_GET_LENGTH(text) + more
    cdef uint32_t widest = PyUnicode_MAX_CHAR_VALUE(text)
    touch(self)
    if largest <= widest and text_is_ours(self):
        if need <= self.text_room or resize_text(self, roomy(need)):
            return 0
    return replace_text(self, need, max(largest, widest))


cdef int replace_text(Parser self, Py_ssize_t need, uint32_t widest) except -1:
    """Goes on with another str of the same characters, one that can grow to `need` of `widest`.

    Whoever reads the growing string in a loop still holds the last one while the next fragment arrives. So the one left to
    such a reader is kept as `spare`: once let go it needs only what has come since, and the two take turns.
    """
    cdef object old = self.text
    cdef object new = self.spare
    cdef Py_ssize_t room = roomy(need)
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(<PyObject *>old)
    cdef Py_ssize_t behind
    cdef int width
    self.spare = None
    if (new is not None and Py_REFCNT(<PyObject *>new) == 1 and text_is_plain(<PyObject *>new)
            and PyUnicode_MAX_CHAR_VALUE(<PyObject *>new) == widest and need <= self.spare_room):
        room = self.spare_room
        behind = PyUnicode_GET_LENGTH(<PyObject *>new)
        width = PyUnicode_KIND(<PyObject *>new)
        memcpy(<char *>PyUnicode_DATA(<PyObject *>new) + behind * width,
               <char *>PyUnicode_DATA(<PyObject *>old) + behind * width, (length - behind) * width)
    else:
        new = PyUnicode_New(room, widest)
        PyUnicode_CopyCharacters(new, 0, old, 0, length)
    text_set_length(<PyObject *>new, length)
    # `old` itself is one more reference, in the place of self.text
    self.text = new
    if Py_REFCNT(<PyObject *>old) > (STANDING_REFS if self.standing is old else 1):
        self.spare = old
        self.spare_room = self.text_room
    self.text_room = room
    return 0


cdef bint resize_text(Parser self, Py_ssize_t room) except -1:
    """Gives the text a block of `room` characters, which may be another; False if somebody has got hold of it."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(<PyObject *>self.text)
    cdef PyObject *text = <PyObject *>self.text
    if self.standing is self.text:
        swap_in_place(self, text, None)
        self.standing = None
    if Py_REFCNT(text) != 1:
        return False
    Py_INCREF(<object>text)
    self.text = None
    try:
        text_set_length(text, self.text_room)
        PyUnicode_Resize(&text, room)
        self.text_room = room
    finally:
        text_set_length(text, length)
        self.text = <object>text
        Py_DECREF(<object>text)
    return True


cdef int append_text(Parser self, const uint8_t *start, const uint8_t *end, text_run *run) except -1:
    """Appends a run that scan_text() has measured."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(<PyObject *>self.text)
    cdef PyObject *text
    grow_text(self, run.count, text_largest(run.bits))
    text = <PyObject *>self.text
    utf8_decode(start, end, PyUnicode_KIND(text), PyUnicode_DATA(text), length)
    text_set_length(text, length + run.count)
    return place_text(self)


cdef int note_tail(Parser self) noexcept:
    """The fragment has ended within the text: how much may extend_text() add to it?"""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(<PyObject *>self.text)
    if self.high or self.partial_size or (self.watch is not None and self.watch.in_text):
        return 0
    self.tail_room = min(self.text_room - length, self.max_string - self.held_chars - length, self.max_size - self.consumed)
    return 0


cdef enum:
    PIECE_SIZE = 64


cdef inline bint extend_text(Parser self, object fragment) noexcept:
    """Takes the fragment that is the most common by far, letters and short escapes in a long string, at once. False: it is not
    one, and nothing has happened."""
    cdef PyObject *piece = <PyObject *>fragment
    cdef PyObject *text = <PyObject *>self.text
    cdef const uint8_t *start
    cdef Py_ssize_t size, count
    cdef uint8_t decoded[PIECE_SIZE]
    if not PyUnicode_CheckExact(piece) or not PyUnicode_IS_COMPACT_ASCII(piece):
        return False
    size = count = PyUnicode_GET_LENGTH(piece)
    start = <const uint8_t *>ascii_data(piece)
    if not size or size > self.tail_room:
        return False
    if self.standing is not self.text:
        if Py_REFCNT(text) != 1:
            return False
    elif Py_REFCNT(text) != STANDING_REFS or not text_has_stayed(self):
        return False
    if not text_is_plain(text):
        return False
    if self.mender is not None and not stays_calm(self.mender, start, start + size):
        return False
    if not all_plain(start, start + size):
        count = decode_piece(start, start + size, decoded) if size <= PIECE_SIZE else -1
        if count < 0:
            return False
        start = decoded
    text_append(text, start, count)
    touch(self)
    self.tail_room -= size
    self.consumed += size
    return True


cdef const uint8_t *take_plain(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """Takes ASCII and escapes of two characters straight into the text, up to whatever else comes."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(<PyObject *>self.text)
    cdef Py_ssize_t room = -1       # in the block, once it is ours to write to
    cdef PyObject *text = NULL
    cdef char *data = NULL
    cdef int width = 0
    cdef const uint8_t *stop
    cdef uint32_t c
    if self.max_string - self.held_chars - length < end - p:
        return p    # put_run() counts
    while True:
        stop = scan_plain(p, end)
        c = escape_char(stop[1]) if end - stop >= 2 and stop[0] == c'\\' else 0
        if stop == p and not c:
            break
        if length + (stop - p) + 1 > room:
            if room >= 0:
                text_set_length(text, length)
            grow_text(self, stop - p + 1, 0)
            room = self.text_room
            text = <PyObject *>self.text
            width = PyUnicode_KIND(text)
            data = <char *>PyUnicode_DATA(text)
        widen(p, stop, width, data, length)
        length += stop - p
        p = stop
        if c:
            put_char_at(data, width, length, c)
            length += 1
            p += 2
    if room >= 0:
        text_set_length(text, length)
        place_text(self)
    return p


cdef int close_text(Parser self, const uint8_t *p) except -1:
    """The string has ended, with the quote at `p`: gives back what its block holds beyond it."""
    cdef Py_ssize_t length
    cdef int width
    if self.text is None:
        return 0
    length = PyUnicode_GET_LENGTH(<PyObject *>self.text)
    width = PyUnicode_KIND(<PyObject *>self.text)
    if length and (self.text_room - length) * width > SLACK + (length * width >> 3) and text_is_ours(self):
        resize_text(self, length)
        place_text(self)
    touch(self)
    if self.watch is not None and self.watch.in_text:
        text_ended(self, self.text, offset_of(self, p) + 1)
    self.text = None
    self.standing = None
    self.spare = None
    self.shown = False
    return 0
