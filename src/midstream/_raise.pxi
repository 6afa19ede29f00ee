# Errors. The only part that formats text: the machine says what is wrong and where, one function for each.
# `at` is the first byte from which no continuation can be valid.

cdef Py_ssize_t offset_of(Parser self, const uint8_t *at) noexcept:
    return self.consumed + (at - self.begin)


cdef enum:
    STEPS_SHOWN = 16    # of a path, at either end
    NAME_SHOWN = 60     # characters of a key


cdef str dotted(tuple path):
    """A path as JSONPath (RFC 9535) writes it, with its middle left out where it is long."""
    cdef list parts = ["$"]
    cdef Py_ssize_t place, size = len(path)
    for place, step in enumerate(path):
        if place == STEPS_SHOWN and size > 2 * STEPS_SHOWN:
            parts.append(" … ")
        if STEPS_SHOWN <= place < size - STEPS_SHOWN and size > 2 * STEPS_SHOWN:
            continue
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif step.isidentifier() and len(step) <= NAME_SHOWN:
            parts.append(f".{step}")
        else:
            parts.append(f"[{quoted(step)}]")
    return "".join(parts)


cdef str quoted(str name):
    """A name in single quotes, as in JSONPath."""
    cdef list parts = ["'"]
    for char in name[:NAME_SHOWN]:
        if char == "'" or char == "\\":
            parts.append("\\" + char)
        elif char.isprintable():
            parts.append(char)
        else:
            encoded = char.encode("utf-16-be").hex()
            parts.extend(["\\u" + encoded[at:at + 4] for at in range(0, len(encoded), 4)])
    if len(name) > NAME_SHOWN:
        parts.append("…")
    parts.append("'")
    return "".join(parts)


def _dotted(tuple path not None):
    """A path as messages show it."""
    return dotted(path)


cdef int fail(Parser self, object error, object kind, str what, const uint8_t *at) except -1:
    """Raises `error` at a byte of the fragment. Bytes of a cut character count as part of the character they belong to."""
    return fail_at(self, error, kind, what, offset_of(self, at))


cdef int fail_at(Parser self, object error, object kind, str what, Py_ssize_t offset) except -1:
    cdef Py_ssize_t char_offset = offset - self.extra - self.partial_size
    cdef Py_ssize_t line = self.lines + 1
    cdef Py_ssize_t column = char_offset - self.line_start + 1
    cdef tuple path = current_path(self)
    # run() adds what it has consumed when it ends well; here it ends
    self.consumed = offset
    raise error(f"{what} at line {line} column {column} ({dotted(path)})",
                kind, offset, char_offset, line, column, path, self.root)


cdef int fail_value(Parser self, const uint8_t *at) except -1:
    if self.state == VALUE_OR_END:
        return fail(self, MalformedJSON, ErrorKind.EXPECTED_VALUE, "expected a value or ']'", at)
    return fail(self, MalformedJSON, ErrorKind.EXPECTED_VALUE, "expected a value", at)


cdef int fail_key(Parser self, const uint8_t *at) except -1:
    if self.state == KEY_OR_END:
        return fail(self, MalformedJSON, ErrorKind.EXPECTED_KEY, "expected a key in double quotes or '}'", at)
    return fail(self, MalformedJSON, ErrorKind.EXPECTED_KEY, "expected a key in double quotes", at)


cdef int fail_colon(Parser self, const uint8_t *at) except -1:
    return fail(self, MalformedJSON, ErrorKind.EXPECTED_COLON, "expected ':'", at)


cdef int fail_comma(Parser self, const uint8_t *at) except -1:
    if PyDict_CheckExact(<PyObject *>self.container):
        return fail(self, MalformedJSON, ErrorKind.EXPECTED_COMMA, "expected ',' or '}'", at)
    return fail(self, MalformedJSON, ErrorKind.EXPECTED_COMMA, "expected ',' or ']'", at)


cdef int fail_trailing(Parser self, const uint8_t *at) except -1:
    return fail(self, MalformedJSON, ErrorKind.TRAILING_DATA, "unexpected data after the value", at)


cdef int fail_literal(Parser self, const uint8_t *at) except -1:
    return fail(self, MalformedJSON, ErrorKind.INVALID_LITERAL, f"expected {literal_text(self.literal).decode()!r}", at)


cdef int fail_number(Parser self, const uint8_t *at) except -1:
    return fail(self, MalformedJSON, ErrorKind.INVALID_NUMBER, "invalid number", at)


cdef int fail_escape(Parser self, const uint8_t *at) except -1:
    if self.state == HEX:
        return fail(self, MalformedJSON, ErrorKind.INVALID_ESCAPE, "expected four hexadecimal digits after '\\u'", at)
    return fail(self, MalformedJSON, ErrorKind.INVALID_ESCAPE, "invalid escape in a string", at)


cdef int fail_control(Parser self, const uint8_t *at) except -1:
    return fail(self, MalformedJSON, ErrorKind.CONTROL_CHARACTER,
                f"control character U+{at[0]:04X} in a string, where it must be escaped,", at)


cdef int fail_utf8(Parser self, const uint8_t *at) except -1:
    return fail(self, MalformedJSON, ErrorKind.INVALID_UTF8, f"invalid UTF-8, byte 0x{at[0]:02X},", at)


cdef int fail_duplicate(Parser self, str key, const uint8_t *at) except -1:
    return fail(self, MalformedJSON, ErrorKind.DUPLICATE_KEY, f"repeated key {quoted(key)}", at)


cdef int fail_depth(Parser self, const uint8_t *at) except -1:
    return fail(self, LimitExceeded, ErrorKind.MAX_DEPTH, f"more than {self.max_depth} nested containers", at)


cdef int fail_size(Parser self) except -1:
    return fail_at(self, LimitExceeded, ErrorKind.MAX_SIZE, f"more than {self.max_size} bytes of input", self.consumed)


cdef int fail_string(Parser self, const uint8_t *at) except -1:
    return fail(self, LimitExceeded, ErrorKind.MAX_STRING, f"more than {self.max_string} characters in a string", at)


cdef int fail_long_number(Parser self, const uint8_t *at) except -1:
    return fail(self, LimitExceeded, ErrorKind.MAX_STRING, f"more than {self.max_string} characters in a number", at)


# Of a word without quotes, where repairs are on: at an offset that may lie before the fragment.

cdef int fail_bare_key(Parser self, Py_ssize_t offset) except -1:
    return fail_at(self, MalformedJSON, ErrorKind.EXPECTED_KEY, "expected a key in double quotes", offset)


cdef int fail_bare_word(Parser self, Py_ssize_t offset) except -1:
    return fail_at(self, MalformedJSON, ErrorKind.EXPECTED_VALUE, "expected a value", offset)


cdef int fail_utf8_in_word(Parser self, Py_ssize_t offset) except -1:
    return fail_at(self, MalformedJSON, ErrorKind.INVALID_UTF8, "invalid UTF-8 in a word that begins", offset)


cdef int fail_long_word(Parser self, Py_ssize_t offset) except -1:
    return fail_at(self, LimitExceeded, ErrorKind.MAX_STRING, f"more than {self.max_string} characters in a string", offset)


cdef int fail_digits(Parser self, Py_ssize_t offset) except -1:
    return fail_at(self, LimitExceeded, ErrorKind.INT_DIGITS,
                   f"an integer of more than {_digits_limit()} digits, which ends", offset)


cdef int fail_truncated(Parser self) except -1:
    cdef str where
    if self.state == DOCUMENT:
        where = "before any value"
    elif self.state == STRING or self.state == ESCAPE or self.state == HEX:
        where = "in a key" if self.in_key else "in a string"
    elif self.state == LITERAL:
        where = "in a literal"
    elif self.state == BARE:
        where = "in a word"
    elif self.state == NUMBER:
        where = "in a number"
    elif PyDict_CheckExact(<PyObject *>self.container):
        where = "in an object"
    else:
        where = "in an array"
    return fail_at(self, TruncatedJSON, ErrorKind.TRUNCATED, f"the input ended {where}", self.consumed)
