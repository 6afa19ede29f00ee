# Tokens that stand whole in the fragment and need nothing but their place in the tree: the quick way through most of a large
# fragment. What is cut, broken, or wants more than that is left to the machine, at its first byte; so no error is raised here.

cdef inline bint is_fluent(Parser self) noexcept:
    """Is there nothing to be done for a value here but to put it in its place?"""
    if self.watch is not None and (self.watch.alert or self.adrift):
        return False
    return self.container is not None and self.sent is None and self.duplicates == KEEP_LAST


cdef const uint8_t *take_whole(Parser self, const uint8_t *p, const uint8_t *end) except NULL:
    """Takes tokens inside the containers that are open; returns the first byte that it leaves."""
    cdef PyObject *container = <PyObject *>self.container
    cdef bint in_object = PyDict_CheckExact(container)
    cdef State state = self.state
    # what watches has to hear of the end of its own containers, and of those just inside them
    cdef Py_ssize_t heard = 0 if self.watch is None else self.watch.depth + 1
    cdef const uint8_t *stop
    cdef uint8_t byte
    while True:
        while p < end and p[0] == c' ':
            p += 1
        if p == end:
            return p
        byte = p[0]
        if byte < c' ':
            stop = skip_space(self, p, end)
            if stop == p:
                return p
            p = stop
        elif state == AFTER:
            if byte == c',':
                self.state = state = KEY if in_object else VALUE
                p += 1
            elif byte == (c'}' if in_object else c']') and PyList_GET_SIZE(<PyObject *>self.containers) > heard:
                leave(self)
                p += 1
                if self.container is None:
                    value_ended(self)
                    return p
                self.state = state = AFTER
                container = <PyObject *>self.container
                in_object = PyDict_CheckExact(container)
            else:
                return p
        elif state == KEY or state == KEY_OR_END:
            if byte != c'"':
                if byte != c'}' or state == KEY:
                    return p
                self.state = state = AFTER
                continue
            stop = scan_plain(p + 1, end)
            if stop == end or stop[0] != c'"' or stop - p > self.max_string:
                return p
            self.key = key_text(p + 1, stop)
            p = stop + 1
            self.state = state = COLON
            if p < end and p[0] == c':':
                p += 1
                self.state = state = VALUE
        elif state == COLON:
            if byte != c':':
                return p
            p += 1
            self.state = state = VALUE
        elif byte == c'"':
            stop = put_string(self, container, in_object, p + 1, end)
            if stop == NULL:
                return p
            p = stop
            self.state = state = AFTER
        elif byte == c'{' or byte == c'[':
            if PyList_GET_SIZE(<PyObject *>self.containers) >= self.max_depth:
                return p
            in_object = byte == c'{'
            enter(self, {} if in_object else [])
            self.state = state = KEY_OR_END if in_object else VALUE_OR_END
            container = <PyObject *>self.container
            p += 1
        elif byte == c']' and state == VALUE_OR_END:
            self.state = state = AFTER
        elif is_digit(byte) or byte == c'-':
            stop = put_number(self, container, in_object, p, end)
            if stop == NULL:
                return p
            p = stop
            self.state = state = AFTER
        else:
            stop = put_literal(self, container, in_object, p, end)
            if stop == NULL:
                return p
            p = stop
            self.state = state = AFTER


cdef inline int put_whole(Parser self, PyObject *container, bint in_object, object value) except -1:
    if in_object:
        PyDict_SetItem(<object>container, self.key, value)
    else:
        (<list>container).append(value)
    self.changed = True
    return 0


# what decode_short() gives, until the next line makes a str of it: no other code runs in between
cdef uint8_t decoded[SHORT_ROOM]


cdef inline const uint8_t *put_string(Parser self, PyObject *container, bint in_object, const uint8_t *start,
                                      const uint8_t *end) except? NULL:
    """Behind its opening quote. NULL without an exception, here and below: it is left."""
    cdef const uint8_t *stop = scan_plain(start, end)
    cdef string_size size
    cdef size_t count = 0
    if stop == end or stop - start > self.max_string:
        return NULL
    if stop[0] == c'"':
        put_whole(self, container, in_object, ascii_text(start, stop))
        return stop + 1
    if stop[0] == c'\\':
        stop = decode_short(start, end, decoded, &count)
        if stop != NULL and <Py_ssize_t>count <= self.max_string:
            put_whole(self, container, in_object, ascii_text(decoded, decoded + count))
            return stop + 1
    stop = measure_string(start, end, &size)
    if stop == NULL or <Py_ssize_t>size.count > self.max_string:
        return NULL
    self.extra += size.continued
    put_whole(self, container, in_object, string_text(start, stop, &size))
    return stop + 1


cdef str string_text(const uint8_t *start, const uint8_t *stop, string_size *size):
    cdef object text = PyUnicode_New(size.count, text_largest(size.bits))
    decode_string(start, stop, PyUnicode_KIND(<PyObject *>text), PyUnicode_DATA(<PyObject *>text), size.count)
    return text


cdef inline const uint8_t *put_number(Parser self, PyObject *container, bint in_object, const uint8_t *start,
                                      const uint8_t *end) except? NULL:
    cdef short_number number
    cdef const uint8_t *stop = parse_number(start, end, &number)
    if stop == NULL or stop == end or stop - start > self.max_string or (
            stop[0] != c',' and stop[0] != (c'}' if in_object else c']') and not is_space(stop[0])):
        return NULL
    if not number.is_float:
        put_whole(self, container, in_object, PyLong_FromLongLong(number.whole))
    elif self.parse_float is None:
        put_whole(self, container, in_object, PyFloat_FromDouble(number.real))
    else:
        return NULL
    return stop


cdef inline const uint8_t *put_literal(Parser self, PyObject *container, bint in_object, const uint8_t *p,
                                       const uint8_t *end) except? NULL:
    if end - p >= 4 and not memcmp(p, b"true", 4):
        put_whole(self, container, in_object, True)
        return p + 4
    if end - p >= 4 and not memcmp(p, b"null", 4):
        put_whole(self, container, in_object, None)
        return p + 4
    if end - p >= 5 and not memcmp(p, b"false", 5):
        put_whole(self, container, in_object, False)
        return p + 5
    return NULL
