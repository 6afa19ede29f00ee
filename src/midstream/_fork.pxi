# Copies of a parser. fork() shares what is complete, as snapshots do. pack() draws a parser flat, so that pickle needs no
# recursion however deep the value is, and unpack() builds it anew.

cdef Parser fork(Parser self):
    cdef Parser other = Parser.__new__(Parser)
    cdef Py_ssize_t level, depth = depth_of(self)
    cdef object container, copied
    copy_state(self, other)
    hold(other, self.held, self.held + self.held_size)
    other.root = self.root
    other.latest = self.latest
    other.changed = self.changed
    other.failure = self.failure
    other.raised = self.raised
    other.mended = None if self.mended is None else self.mended.copy()
    for level in range(1, depth + 1):
        container = container_at(self, level)
        copied = container.copy()
        if level == 1:
            other.containers = [None]
            other.keys = [None]
            if self.root is container:
                other.root = copied
        else:
            # the place of the container in the one around it, unless it is not kept there
            if child_of(other.container, other.key) is container:
                swap_in_place(other, <PyObject *>container, copied)
            other.containers.append(other.container)
            other.keys.append(other.key)
        other.container = copied
        other.key = self.key if level == depth else self.keys[level]
    if self.text is not None:
        adopt_text(other, <PyObject *>self.text, exact_copy(self.text))
    else:
        other.standing = self.standing
    other.changed = self.changed
    if self.watch is not None:
        other.watch = fork_watch(self.watch)
    if self.sent is not None:
        other.sent = fork_sent(self.sent, other)
    if self.mender is not None:
        other.mender = fork_mender(self, other)
    return other


cdef int copy_state(Parser self, Parser other) except -1:
    """All of the state that refers to no object."""
    other.consumed = self.consumed
    other.extra = self.extra
    other.lines = self.lines
    other.line_start = self.line_start
    other.state = self.state
    other.in_key = self.in_key
    other.done = self.done
    other.closed = self.closed
    other.number = self.number
    other.exponent_digits = self.exponent_digits
    other.exponent_shown = self.exponent_shown
    other.sticky = self.sticky
    other.frozen = self.frozen
    other.int_shown = self.int_shown
    other.literal = self.literal
    other.matched = self.matched
    other.partial = self.partial
    other.partial_size = self.partial_size
    other.seam = self.seam
    other.unit = self.unit
    other.unit_digits = self.unit_digits
    other.escape_at = self.escape_at
    other.high = self.high
    other.high_at = self.high_at
    other.held_chars = self.held_chars
    other.shown = self.shown
    other.dropped = self.dropped
    other.adrift = self.adrift
    other.hidden = self.hidden
    other.show_partial = self.show_partial
    other.multiple = self.multiple
    other.duplicates = self.duplicates
    other.parse_float = self.parse_float
    other.max_depth = self.max_depth
    other.max_size = self.max_size
    other.max_string = self.max_string
    return 0


cdef int adopt_text(Parser self, PyObject *standing, str text) except -1:
    """Makes `text`, a str that nobody else holds, the open string, in the place of the one it is a copy of."""
    self.text = text
    self.text_room = PyUnicode_GET_LENGTH(<PyObject *>text)
    # somebody may have taken away what stood there
    self.shown = self.shown and standing != NULL and swap_in_place(self, standing, text)
    self.standing = text if self.shown else None
    return 0


cdef enum:
    PACK_FORMAT = 3     # raised whenever the parts of a packed parser change


cdef tuple pack(Parser self):
    cdef list heads = []
    cdef Py_ssize_t level, depth = depth_of(self)
    cdef object failure = self.failure
    cdef list mended = None
    if self.mended is not None:
        repairs_of(self)
        mended = self.mended.copy()
    # the spine hangs together, but for what is not kept: each of those is a head of its own
    for level in range(1, depth + 1):
        if spine_step(self, level, self.keys[level - 1]) is not container_at(self, level):
            heads.append((level, flatten(container_at(self, level))))
    if type(failure) is tuple:
        # all but the value, which is the tree
        failure = failure[:-1]
    return (
        PACK_FORMAT,
        (self.show_partial, self.duplicates, self.parse_float, self.multiple,
         self.max_depth, self.max_size, self.max_string),
        (self.consumed, self.extra, self.lines, self.line_start),
        (self.state, self.in_key, self.done, self.closed),
        (self.number, self.exponent_digits, self.exponent_shown, self.sticky, self.frozen, self.int_shown),
        (self.literal, self.matched),
        (self.partial[:self.partial_size], self.seam),
        (self.unit, self.unit_digits, self.escape_at, self.high, self.high_at),
        (self.held[:self.held_size], self.held_chars),
        (self.shown, self.dropped, self.adrift, self.hidden),
        (flatten(self.root), heads, [] if self.keys is None else self.keys[:depth], self.key,
         None if self.text is None else exact_copy(self.text)),
        failure,
        mended,
        None if self.watch is None else pack_watch(self.watch),
        None if self.sent is None else pack_sent(self),
        None if self.mender is None else pack_mender(self.mender, self.root),
    )


cdef object spine_step(Parser self, Py_ssize_t level, object key):
    """What stands where the container at `level` would: at `key` of an object, at the end of an array, as the root."""
    return child_of(container_at(self, level - 1), key) if level > 1 else self.root


cdef Parser unpack(tuple packed):
    cdef Parser self = Parser.__new__(Parser)
    cdef bytes partial, held
    cdef str text
    cdef dict heads
    cdef PyObject *standing
    if packed[0] != PACK_FORMAT:
        raise ValueError(f"a parser pickled by another version of midstream (format {packed[0]}, not {PACK_FORMAT})")
    (_, options, place, machine, number, literal, cut, escape, token, tree, value, failure, mended, watch, sent, mender) = packed
    (self.show_partial, self.duplicates, self.parse_float, self.multiple,
     self.max_depth, self.max_size, self.max_string) = options
    self.consumed, self.extra, self.lines, self.line_start = place
    self.state, self.in_key, self.done, self.closed = machine
    self.number, self.exponent_digits, self.exponent_shown, self.sticky, self.frozen, self.int_shown = number
    self.literal, self.matched = literal
    partial, self.seam = cut
    self.partial_size = min(len(partial), <Py_ssize_t>sizeof(self.partial))
    memcpy(self.partial, <const char *>partial, self.partial_size)
    self.unit, self.unit_digits, self.escape_at, self.high, self.high_at = escape
    held, self.held_chars = token
    hold(self, <const uint8_t *>(<const char *>held), <const uint8_t *>(<const char *>held) + len(held))
    self.shown, self.dropped, self.adrift, self.hidden = tree
    root, head_list, keys, key, text = value
    self.root = unflatten(root)
    self.failure = (*failure, self.root) if type(failure) is tuple else failure
    self.mended = mended
    heads = dict([(level, unflatten(head)) for level, head in head_list])
    if keys:
        self.containers = []
        self.keys = []
    for level, outer_key in enumerate(keys, 1):
        self.containers.append(self.container)
        self.keys.append(outer_key)
        if level in heads:
            self.container = heads[level]
        elif level == 1:
            self.container = self.root
        else:
            self.container = child_of(self.container, outer_key)
        if type(self.container) is not dict and type(self.container) is not list:
            raise ValueError("not what a parser pickles: a container is missing")
    self.key = key
    if text is not None:
        adopt_text(self, in_place(self), exact_copy(text))
    elif self.shown:
        standing = in_place(self)
        self.shown = standing != NULL
        self.standing = None if standing == NULL else <object>standing
    self.changed = True
    if watch is not None:
        self.watch = unpack_watch(watch)
    if sent is not None:
        self.sent = unpack_sent(self, sent)
    if mender is not None:
        self.mender = unpack_mender(mender, self.root)
    return self


def _unpickle(packed):
    """Rebuilds a parser from what its __reduce__ gave."""
    return unpack(packed)


cdef tuple flatten(object root):
    """A value as three flat sequences: the kind of each node in document order, the sizes of the containers, the rest."""
    cdef bytearray kinds = bytearray()
    cdef list sizes = []
    cdef list atoms = []
    cdef list pending = [root]
    cdef object node
    while pending:
        node = pending.pop()
        if type(node) is dict:
            kinds.append(c'd')
            sizes.append(len(node))
            atoms.extend(node)
            pending.extend(reversed(node.values()))
        elif type(node) is list:
            kinds.append(c'l')
            sizes.append(len(node))
            pending.extend(reversed(node))
        else:
            kinds.append(c'a')
            atoms.append(node)
    return bytes(kinds), sizes, atoms


cdef object unflatten(tuple flat):
    cdef bytes kinds
    cdef list sizes, atoms
    cdef list outer = []           # containers that are not full yet, innermost last
    cdef list left = []            # nodes each still takes
    cdef list keys = []            # index among the atoms of the next key of each, if it is a dict
    cdef Py_ssize_t atom = 0, container = 0, key
    cdef object root = None, node
    cdef uint8_t kind
    kinds, sizes, atoms = flat
    for kind in kinds:
        if kind == c'a':
            node = atoms[atom]
            atom += 1
        else:
            node = {} if kind == c'd' else []
        if not outer:
            root = node
        else:
            left[-1] -= 1
            if type(outer[-1]) is dict:
                key = keys[-1]
                keys[-1] = key + 1
                outer[-1][atoms[key]] = node
            else:
                outer[-1].append(node)
        if kind != c'a':
            outer.append(node)
            left.append(sizes[container])
            keys.append(atom)
            if kind == c'd':
                atom += sizes[container]
            container += 1
        while outer and not left[-1]:
            outer.pop()
            left.pop()
            keys.pop()
    return root
