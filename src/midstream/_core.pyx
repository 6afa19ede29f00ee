"""The parser. One extension module, told in parts:

_raise.pxi    every error and the text of its message
_text.pxi     the open string: a str that grows in place
_tree.pxi     the live tree, snapshots, paths
_events.pxi   events, and the matcher that says which values give them
_patch.pxi    JSON Patch: what has changed since it was last asked
_machine.pxi  every state and every transition
_whole.pxi    the quick way for what is whole in the fragment
_foresight.pxi  what follows, looked at before a broken place is mended
_repair.pxi   every tolerance, with _words.pxi and _broken_text.pxi: what has no quotes, and strings
_fork.pxi     copies of a parser, and its flat picture for pickle
"""

from cpython.buffer cimport PyObject_CheckBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_Contains, PyDict_Copy, PyDict_SetItem
from cpython.exc cimport PyErr_Clear
from cpython.float cimport PyFloat_FromDouble
from cpython.list cimport PyList_GetSlice
from cpython.long cimport PyLong_FromLongLong, PyLong_FromString
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_New, PyTuple_SET_ITEM
from cpython.unicode cimport PyUnicode_DecodeUTF8, PyUnicode_Substring
from cpython.weakref cimport PyWeakref_NewRef
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memchr, memcmp, memcpy, memmove, memset, strchr, strlen
cimport cython

import sys as _sys
from functools import lru_cache as _lru_cache

from .errors import ErrorKind, JSONStreamError, LimitExceeded, MalformedJSON, TruncatedJSON
from .paths import compile as _compile_path
from .repairs import Repair, Repaired
from .status import MISSING, Status

cdef extern from "_c/chars.h" nogil:
    bint is_space(uint8_t byte) noexcept
    bint is_digit(uint8_t byte) noexcept
    bint is_numeric(uint8_t byte) noexcept
    bint begins_value(uint8_t byte) noexcept

cdef extern from "_c/scan.h" nogil:
    void copy_bytes(void *to, const uint8_t *start, size_t count) noexcept
    bint all_plain(const uint8_t *at, const uint8_t *end) noexcept
    const uint8_t *scan_spaces(const uint8_t *at, const uint8_t *end) noexcept
    const uint8_t *scan_plain(const uint8_t *at, const uint8_t *end) noexcept

cdef extern from "_c/keys.h" nogil:
    enum:
        KEY_SLOTS
    size_t key_slot(const uint8_t *at, size_t size) noexcept
    bint same_bytes(const void *one, const uint8_t *other, size_t size) noexcept

cdef extern from "_c/utf8.h" nogil:
    enum run_stop:
        RUN_AT_BYTE
        RUN_CUT
        RUN_INVALID
    struct text_run:
        size_t count
        uint32_t bits
        run_stop stop
        const uint8_t *bad
    int utf8_length(uint8_t lead) noexcept
    bint utf8_continues(uint8_t lead, int place, uint8_t byte) noexcept
    uint32_t utf8_take(const uint8_t **at) noexcept
    int utf8_put(uint32_t c, uint8_t *out) noexcept
    const uint8_t *scan_text(const uint8_t *at, const uint8_t *end, text_run *run) noexcept
    uint32_t text_largest(uint32_t bits) noexcept
    void widen(const uint8_t *at, const uint8_t *end, int width, void *out, size_t place) noexcept
    void utf8_decode(const uint8_t *at, const uint8_t *end, int width, void *out, size_t place) noexcept
    uint32_t char_at(const void *text, int width, size_t place) noexcept
    void put_char_at(void *text, int width, size_t place, uint32_t c) noexcept
    size_t utf8_encode(const void *text, int width, size_t *place, size_t count, uint8_t *out, size_t room) noexcept

cdef extern from "_c/escape.h" nogil:
    uint32_t escape_char(uint8_t byte) noexcept
    int hex_value(uint8_t byte) noexcept
    bint is_high(uint32_t unit) noexcept
    bint is_low(uint32_t unit) noexcept
    uint32_t join_halves(uint32_t high, uint32_t low) noexcept

cdef extern from "_c/quoted.h" nogil:
    struct string_size:
        size_t count
        uint32_t bits
        size_t continued
    const uint8_t *measure_string(const uint8_t *at, const uint8_t *end, string_size *size) noexcept
    void decode_string(const uint8_t *at, const uint8_t *stop, int width, void *out, size_t count) noexcept
    enum:
        SHORT_ROOM
    bint is_calm(const uint8_t *at, const uint8_t *end) noexcept
    int decode_piece(const uint8_t *at, const uint8_t *end, uint8_t *out) noexcept
    const uint8_t *decode_short(const uint8_t *at, const uint8_t *end, uint8_t *out, size_t *count) noexcept

cdef extern from "_c/number.h" nogil:
    enum number_state:
        NUMBER_START
        NUMBER_SIGN
        NUMBER_ZERO
        NUMBER_INT
        NUMBER_POINT
        NUMBER_FRACTION
        NUMBER_E
        NUMBER_E_SIGN
        NUMBER_EXPONENT
    struct short_number:
        bint is_float
        int64_t whole
        double real
    bint number_may_end(number_state state) noexcept
    const uint8_t *parse_number(const uint8_t *at, const uint8_t *end, short_number *number) noexcept
    const uint8_t *scan_number(const uint8_t *at, const uint8_t *end, number_state *state) noexcept
    bint number_int(const uint8_t *at, const uint8_t *end, int64_t *value) noexcept

cdef extern from "_c/marks.h" nogil:
    enum quote_kind:
        NO_QUOTE
        PLAIN_QUOTE
        SINGLE_QUOTE
        BACKTICK
        CURLY_SINGLE
        CURLY_DOUBLE
        ESCAPED_QUOTE
        CUT_QUOTE
    quote_kind quote_at(const uint8_t *at, const uint8_t *end, int *length) noexcept
    bint quote_closes(quote_kind opened, quote_kind found) noexcept
    int wide_space(const uint8_t *at, const uint8_t *end) noexcept
    bint stops_word(uint8_t byte) noexcept
    bint in_word(uint8_t byte) noexcept

cdef extern from "Python.h":
    const Py_ssize_t PY_SSIZE_T_MAX
    # with PyObject *, where an argument taken from an attribute must not be counted for the time of the call
    Py_ssize_t Py_REFCNT(PyObject *o) noexcept
    bint PyUnicode_CheckExact(PyObject *o) noexcept
    bint PyUnicode_IS_COMPACT_ASCII(PyObject *o) noexcept
    bint PyUnicode_IS_ASCII(PyObject *o) noexcept
    int PyUnicode_KIND(PyObject *o) noexcept
    void *PyUnicode_DATA(PyObject *o) noexcept
    Py_ssize_t PyUnicode_GET_LENGTH(PyObject *o) noexcept
    Py_UCS4 PyUnicode_MAX_CHAR_VALUE(PyObject *o) noexcept
    PyObject *PyDict_GetItemWithError(PyObject *d, PyObject *key) noexcept
    object PyBytes_FromObject(object o)
    PyObject *PyList_GET_ITEM(PyObject *l, Py_ssize_t place) noexcept
    Py_ssize_t PyList_GET_SIZE(PyObject *l) noexcept
    bint PyDict_CheckExact(PyObject *o) noexcept
    bint PyList_CheckExact(PyObject *o) noexcept
    object PyUnicode_New(Py_ssize_t size, Py_UCS4 maxchar)
    Py_ssize_t PyUnicode_CopyCharacters(object to, Py_ssize_t to_start, object of, Py_ssize_t start, Py_ssize_t n) except -1
    int PyUnicode_Resize(PyObject **text, Py_ssize_t length) except -1
    double PyOS_string_to_double(const char *s, char **endptr, PyObject *overflow) except? -1.0


cdef enum State:
    DOCUMENT          # white space, then a value: the root
    VALUE             # after `:`, or after `,` in an array
    VALUE_OR_END      # after `[`
    KEY_OR_END        # after `{`
    KEY               # after `,` in an object
    COLON             # after a key
    AFTER             # after a value in a container
    END               # after the root, where one document is all
    # from here on, inside a token
    STRING            # in a string: key or value, see Parser.in_key
    ESCAPE            # after a backslash in it
    HEX               # in the four digits of \u
    LITERAL
    NUMBER
    BARE              # a word without quotes, where repairs are on: key or value

cdef enum Duplicates:
    KEEP_LAST
    KEEP_FIRST
    REFUSE


cdef class _Watch
cdef class _Sent
cdef class _Mender


cdef object DEFAULT_DEPTH = 1024


@cython.final
@cython.freelist(16)
cdef class Parser:
    """Parser(watch=None, repair=None, *, numbers="complete", duplicate_keys="last", parse_float=None, multiple=False,
           max_depth=1024, max_size=None, max_string=None)

    Reads one JSON text (RFC 8259) that arrives in fragments, cut anywhere, and has the value so far ready after each.

    watch: a JSONPath (RFC 9535) or several, of names, indexes, wildcards and descendants (``$.query``, ``$.steps[*].title``,
        ``$..id``): `feed` returns the events of the values there, as `Opened`, `Text` and `Completed`. Others cost nothing.
    repair: "all", or the kinds of `midstream.Repair` that are mended where the input is broken, as it arrives; None for none.
        What is ambiguous stays hidden until what follows decides, and nothing that was shown is taken back. `repairs` has each.
    numbers: "complete" shows a number when what follows shows that it has ended; "partial" shows the longest valid prefix
        while it is read (each time `parse_float` is called anew, with all of it). With `repair` none is shown before it has
        ended, for it may be the beginning of a word.
    duplicate_keys: which value stays under a repeated key: "last", "first", or "error" to refuse the repetition.
    parse_float: called with the text of each number that has a fraction or an exponent, instead of `float`. It must not use
        the parser: feeding it from there raises RuntimeError. What it raises passes through `feed` and fails the parser.
    multiple: takes any number of JSON texts in a row, with white space between them or not.
    max_depth: nested containers at most; None for no limit.
    max_size: bytes of input at most, as UTF-8. max_string: characters of one string, key or number at most.

    Raises ValueError for a word or a limit that is not one of these or a path that can't be watched, TypeError for another type
    of limit, of `watch`, `repair`, `multiple` or `parse_float`.
    """

    # What nearly every feed looks at comes first, so that it takes few lines of the cache when thousands of parsers take turns.
    cdef Py_ssize_t consumed         # bytes before this fragment, or up to now between feeds
    cdef Py_ssize_t tail_room        # characters that extend_text() may add; 0 where something must be seen to first
    cdef object text                 # the open string value, None if there is none
    cdef object standing             # what stands in the tree for the string or number being read
    cdef object container            # innermost open one; None at the root
    cdef uint64_t version            # of the dict that holds the text, when it was last seen there; 0: not known
    cdef object failure              # what ended the stream, see end_with(); None before
    cdef _Watch watch                # None: nothing is watched
    cdef _Sent sent                  # None: no patch has been asked for
    cdef _Mender mender              # None: nothing is repaired
    cdef bint busy
    cdef bint changed                # since `latest`
    cdef bint dropped                # a repeated key whose value is not kept
    cdef State state
    cdef Py_ssize_t hidden           # level of the outermost container that is not kept; 0: all are
    cdef bint in_key                 # the string being read is a key
    cdef bint shown                  # the string or number being read has its place in the tree
    cdef object root
    cdef object key                  # in `container`, if that is a dict
    cdef Py_ssize_t text_room        # characters the block of the text can hold
    cdef list containers             # the open ones around `container`: containers[0] and keys[0] are of the place of the root
    cdef list keys
    cdef const uint8_t *begin        # of the fragment, inside run()
    cdef Py_ssize_t max_size
    cdef Py_ssize_t max_string
    cdef Py_ssize_t max_depth

    # the bytes of a number or key that was not whole in one fragment
    cdef uint8_t *held
    cdef Py_ssize_t held_size
    cdef Py_ssize_t held_room
    cdef Py_ssize_t held_chars       # of a key, or of a string of which they are not kept

    # where in the input
    cdef Py_ssize_t extra            # bytes so far less characters so far
    cdef Py_ssize_t lines            # line ends so far
    cdef Py_ssize_t line_start       # characters before the current line

    # the machine
    cdef bint done                   # a document has ended and no other begun
    cdef bint closed
    cdef number_state number
    cdef Py_ssize_t exponent_digits  # of the number being read, without leading zeros
    cdef Py_ssize_t exponent_shown   # as many of them have been shown; -1: no exponent has
    cdef bint sticky                 # a digit other than 0 stands beyond its first FRACTION_SHOWN bytes
    cdef bint frozen                 # it is shown by as many digits as the interpreter takes
    cdef Py_ssize_t int_shown        # bytes of it that the int shown stands for
    cdef uint8_t literal             # first letter of the literal being read
    cdef uint8_t matched             # letters of it read
    cdef uint8_t partial[4]          # a UTF-8 sequence cut by the end of the fragment
    cdef int partial_size
    cdef uint32_t seam               # a high surrogate that ended a str fragment; 0: none
    cdef uint32_t unit               # the \u escape being read
    cdef int unit_digits
    cdef Py_ssize_t escape_at        # offset of its backslash
    cdef uint32_t high               # a \u escape waiting for its low half; 0: none
    cdef Py_ssize_t high_at          # offset of its backslash

    # beside the tree
    cdef list nodes                  # paths of the first containers of the spine as chains, see current_node()
    cdef bint adrift                 # no value is kept here, see gather()
    cdef object latest               # the latest snapshot
    cdef object spare                # an earlier text, see replace_text()
    cdef Py_ssize_t spare_room
    cdef object raised               # weak reference to the error
    cdef list mended
    cdef tuple repairs_seen          # `mended` as it was last read

    # options
    cdef bint show_partial
    cdef bint multiple
    cdef Duplicates duplicates
    cdef object parse_float

    def __cinit__(self, watch=None, repair=None, *, numbers="complete", duplicate_keys="last", parse_float=None, multiple=False,
                  max_depth=DEFAULT_DEPTH, max_size=None, max_string=None):
        if numbers == "complete":
            self.show_partial = False
        elif numbers == "partial":
            self.show_partial = True
        else:
            raise ValueError(f"numbers must be 'complete' or 'partial', not {numbers!r}")
        if duplicate_keys == "last":
            self.duplicates = KEEP_LAST
        elif duplicate_keys == "first":
            self.duplicates = KEEP_FIRST
        elif duplicate_keys == "error":
            self.duplicates = REFUSE
        else:
            raise ValueError(f"duplicate_keys must be 'last', 'first' or 'error', not {duplicate_keys!r}")
        if parse_float is float:
            parse_float = None
        if parse_float is not None and not callable(parse_float):
            raise TypeError(f"parse_float must be callable or None, not {type(parse_float).__name__}")
        self.parse_float = parse_float
        if not isinstance(multiple, bool):
            raise TypeError(f"multiple must be a bool, not {type(multiple).__name__}")
        self.multiple = multiple
        self.max_depth = 1024 if max_depth is DEFAULT_DEPTH else as_limit("max_depth", max_depth)
        self.max_size = PY_SSIZE_T_MAX if max_size is None else as_limit("max_size", max_size)
        self.max_string = PY_SSIZE_T_MAX if max_string is None else as_limit("max_string", max_string)
        if watch is not None:
            matcher = matcher_of(watch)
            if matcher is not None:
                self.watch = new_watch(matcher)
        if repair is not None:
            self.mender = mender_of(repair)
        self.state = DOCUMENT
        self.root = MISSING
        self.latest = MISSING

    def __dealloc__(self):
        PyMem_Free(self.held)
        if self.containers is not None:
            show_to_collector(self)

    def __repr__(self):
        return f"<midstream.Parser {self.status.name} at offset {self.consumed}>"

    def feed(self, fragment, bint final=False):
        """feed($self, fragment, final=False)\n--\n
        Takes the next fragment: str, or UTF-8 in bytes, bytearray, memoryview or any other buffer; cut anywhere.
        ``final=True`` says that nothing follows, as `close` does.

        Returns the events of what is watched in a list, in the order of the document; the same empty tuple when there are none.
        Raises MalformedJSON, TruncatedJSON (only at the end of input) or LimitExceeded, and from then on the same error at
        every call; what was read before it stays in `value`. Where events came before the error in the same fragment, they are
        returned, `status` is FAILED, and the next call raises; so after ``final=True``, ask `close`. Raises TypeError for another
        type of fragment and RuntimeError while a feed is under way or after the end of input; neither harms the parser.
        Cost: proportional to the fragment, whatever came before.
        """
        return feed_one(self, fragment, final)

    def close(self):
        """close($self)\n--\n
        The end of input. Returns the final value (with ``multiple=True`` that of the last document, or `MISSING`).
        Raises TruncatedJSON where a value has begun and not ended, or none has begun and one is due. Calling it again
        gives the same value or raises the same error.
        """
        feed_one(self, "", True)
        return self.root

    def snapshot(self, bint share=True):
        """snapshot($self, share=True)\n--\n
        The value so far as an object that no feed changes. Complete subtrees are the same objects in every snapshot, and the
        same object comes back where nothing has changed; so they are for reading. ``share=False`` gives a copy of its own.
        Cost: the width of the open containers and a copy of the open string; the whole value with ``share=False``.
        """
        cdef bint was_busy = self.busy
        cdef object picture
        self.busy = True
        try:
            picture = take_snapshot(self)
        finally:
            self.busy = was_busy
        return picture if share else copy_tree(picture)

    def patch(self, *, bint extended=True, str units not None="code-points"):
        """patch($self, *, extended=True, units='code-points')\n--\n
        What has changed in `value` since the last call (the first call: since there was none), as JSON Patch (RFC 6902): a list
        of dicts to be applied one after another, empty where nothing has. ``add`` brings what is new, ``replace`` only changes
        what the receiver has. A string that grew comes as ``str_ins`` of JSON Patch Extended, ``{"op": "str_ins", "path": …,
        "pos": …, "str": …}``; with ``extended=False`` it is replaced as a whole, at the cost of its length.

        units: of ``pos``, "code-points" as Python counts, or "utf-16" code units as JavaScript does.
        With ``multiple=True`` a document is replaced by the next one once that shows something.
        Values in operations never change; complete subtrees are shared with `value`, so they are for reading.
        Raises ValueError for other units, and RuntimeError while a feed is under way. Cost: what has changed, and the lengths of
        its paths.
        """
        if self.busy:
            raise RuntimeError("patch() called while a feed or another patch() of the same parser is under way")
        if units != "code-points" and units != "utf-16":
            raise ValueError(f"units must be 'code-points' or 'utf-16', not {units!r}")
        self.busy = True
        try:
            return take_patch(self, extended, units == "utf-16")
        finally:
            self.busy = False

    @property
    def status(self):
        """`Status`: EMPTY, OPEN, COMPLETE or FAILED."""
        if self.failure is not None:
            return Status.FAILED
        if self.state == END or self.state == DOCUMENT:
            if self.mender is not None and self.mender.root_unended:
                return Status.OPEN
            return Status.COMPLETE if self.done else Status.EMPTY
        return Status.OPEN

    @property
    def offset(self):
        """UTF-8 bytes of input consumed; after an error, those before the byte that is wrong."""
        return self.consumed if self.mender is None else self.consumed + self.mender.pending_size

    @property
    def path(self):
        """Path of the value being read, or that must come next where its place is known: ``()`` for the root,
        ``("items", 2)`` for the third item under "items". Cost: the depth."""
        return current_path(self)

    @property
    def repairs(self):
        """What was mended so far, a tuple of `Repaired` in the order of the input."""
        if self.mended is None:
            return ()
        return repairs_of(self)

    def is_complete(self, path):
        """is_complete($self, path)\n--\n
        Has the value at path been read to its end? False where there is no value. Cost: the length of the path.
        """
        if not isinstance(path, tuple):
            raise TypeError(f"a path is a tuple, not {type(path).__name__}")
        return path_is_complete(self, path)

    def __copy__(self):
        """A parser in the same state that goes its own way from here. Complete subtrees are shared."""
        cdef Parser other
        refuse_while_busy(self)
        self.busy = True
        try:
            other = fork(self)
        finally:
            self.busy = False
        return other

    def __deepcopy__(self, memo):
        """A parser in the same state that shares no container with this one."""
        return unpack(pack_alone(self))

    def __reduce__(self):
        return _unpickle, (pack_alone(self),)

    def _feed_from(self, fragments):
        """Feeds from an iterator until a feed finds something, which it returns; the empty tuple once no fragments are left.
        Or None: so many had nothing that it is time for signals and other threads, which get their turn between bytecodes."""
        cdef object found
        cdef Py_ssize_t fed = 0
        cdef Py_ssize_t before = self.consumed
        for fragment in fragments:
            found = feed_one(self, fragment, False)
            if found is not NOTHING:
                return found
            fed += 1
            if fed == FEEDS_AT_ONCE or self.consumed - before > BYTES_AT_ONCE:
                return None
        return ()

    def _gather(self, mode):
        """Keeps nothing but what is being gathered, and has `feed` return that: "values", those complete where is watched;
        "texts", the text that came to strings there; "nodes", the events without `Text`. The end of input completes a number
        that is the whole document. To be called before the first feed of a parser that watches."""
        if self.watch is None or self.consumed:
            raise RuntimeError("nothing is watched, or it is too late")
        self.watch.gathering = {"values": VALUES, "texts": TEXTS, "nodes": NODES}[mode]
        self.adrift = True


cdef extern from *:
    """
    #include <structmember.h>
    /* A member, where a property would be a call: CPython's LOAD_ATTR reads such a one by its offset. */
    static PyMemberDef live_value = {"value", T_OBJECT_EX, 0, READONLY, PyDoc_STR(
        "The live value: dict, list, str, int, float, bool, None, or `MISSING` until something of it can be shown.\\n\\n"
        "It grows with the next feed; it is for reading, and `snapshot` for keeping. A str that was taken from it never\\n"
        "changes. Holding the latest of the growing string costs nothing; holding more of them costs a copy of it at the\\n"
        "next feed. Cost: none.")};
    static int add_live_value(PyObject *kind, Py_ssize_t offset) {
        PyTypeObject *type = (PyTypeObject *)kind;
        PyObject *member;
        int added;
        live_value.offset = offset;
        member = PyDescr_NewMember(type, &live_value);
        if (!member) return -1;
        added = PyDict_SetItemString(type->tp_dict, live_value.name, member);
        Py_DECREF(member);
        PyType_Modified(type);
        return added;
    }
    #define PLACE_OF_ROOT offsetof(struct __pyx_obj_9midstream_5_core_Parser, root)
    """
    const Py_ssize_t PLACE_OF_ROOT
    int add_live_value(object kind, Py_ssize_t offset) except -1

add_live_value(Parser, PLACE_OF_ROOT)


cdef enum:
    FEEDS_AT_ONCE = 500
    BYTES_AT_ONCE = 1 << 20


cdef object feed_one(Parser self, object fragment, bint final):
    if self.busy:
        raise RuntimeError("feed() called while a feed of the same parser is under way")
    if self.failure is not None:
        raise_failure(self)
    if self.tail_room and not final and extend_text(self, fragment):
        return NOTHING
    self.busy = True
    try:
        feed_fragment(self, fragment)
        if final:
            finish(self)
        return NOTHING if self.watch is None else take_events(self)
    finally:
        self.busy = False


cdef tuple NOTHING = ()


cdef Py_ssize_t as_limit(str name, object limit) except -1:
    if limit is None:
        return PY_SSIZE_T_MAX
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise TypeError(f"{name} must be an int or None, not {type(limit).__name__}")
    if limit < 0:
        raise ValueError(f"{name} must not be negative")
    return PY_SSIZE_T_MAX if limit > PY_SSIZE_T_MAX else limit


# absent before CPython 3.10.7, which has no such limit
_digits_limit = getattr(_sys, "get_int_max_str_digits", None)


cdef tuple pack_alone(Parser self):
    """pack(), with feeds that the garbage collector might come to run in the middle kept out."""
    refuse_while_busy(self)
    self.busy = True
    try:
        packed = pack(self)
    finally:
        self.busy = False
    return packed


cdef int refuse_while_busy(Parser self) except -1:
    if self.busy:
        raise RuntimeError("a parser can't be copied while a feed of it is under way")
    return 0


include "_raise.pxi"
include "_text.pxi"
include "_tree.pxi"
include "_events.pxi"
include "_patch.pxi"
include "_machine.pxi"
include "_whole.pxi"
include "_foresight.pxi"
include "_repair.pxi"
include "_words.pxi"
include "_broken_text.pxi"
include "_fork.pxi"
