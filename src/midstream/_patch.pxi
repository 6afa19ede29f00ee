# JSON Patch (RFC 6902): what has changed since it was last asked for. What comes to a value comes at its end. So it is enough to
# remember the spine as it was: its containers, how many children each had, and how much was shown of the string or number in
# the innermost. What stands behind those counts is new, and what has not been left since needs no look.

cdef enum Tail:
    NO_TAIL
    TEXT_TAIL
    NUMBER_TAIL


@cython.final
cdef class _Sent:
    """What the receiver of the patches has."""
    cdef bint begun             # anything at all
    cdef bint renewed           # and that of another document, or of nobody knows what
    cdef bint behind            # something has changed since
    cdef Py_ssize_t low         # the least depth there has been since, as far as containers are in the tree
    cdef list containers        # the spine as it was
    cdef list counts            # of their children
    cdef list steps             # from each to the one inside it, from the innermost to the tail
    cdef dict repeated          # level -> keys there whose values have been replaced since, as a dict
    cdef Tail tail              # what stood open in the innermost
    cdef object tail_number
    cdef Py_ssize_t tail_length
    cdef Py_ssize_t tail_pairs  # characters of it that are two units in UTF-16
    cdef str tail_pointer       # JSON Pointer to it; None: not made yet


cdef _Sent new_sent():
    cdef _Sent sent = _Sent.__new__(_Sent)
    sent.behind = True
    sent.containers = []
    sent.counts = []
    sent.steps = []
    sent.repeated = {}
    return sent


cdef inline void sink_to(_Sent sent, Py_ssize_t depth) noexcept:
    if depth < sent.low:
        sent.low = depth


cdef int note_repeated(Parser self, object members, object key) except -1:
    """A member is about to be put into an object of the spine: does it replace one that the receiver has?"""
    cdef _Sent sent = self.sent
    cdef Py_ssize_t level = depth_of(self)
    if members is not self.container:
        level -= 1      # in the middle of enter()
    if level <= sent.low and PyDict_Contains(members, key):
        sent.repeated.setdefault(level, {})[key] = None
    return 0


cdef list take_patch(Parser self, bint extended, bint utf16):
    cdef list operations = []
    cdef _Sent sent = self.sent
    cdef bint whole
    if sent is None:
        sent = self.sent = new_sent()
    if not sent.behind or self.root is MISSING:
        return operations
    whole = sent.renewed or not sent.begun
    if whole:
        operations.append({"op": "replace" if sent.begun else "add", "path": "", "value": shown_root(self)})
    else:
        put_changes(self, sent, operations, extended, utf16)
    # should memory end in what follows, the next patch gives the whole again
    sent.renewed = True
    remember(self, sent, whole)
    sent.begun = True
    sent.renewed = False
    sent.behind = False
    return operations


cdef object shown_root(Parser self):
    """What is shown, with a copy of what is open in it."""
    inner, picture = open_picture(self, 0)
    return picture if inner is not None and inner is self.root else self.root


cdef int put_changes(Parser self, _Sent sent, list operations, bint extended, bint utf16) except -1:
    cdef Py_ssize_t level = standing_levels(self, sent)
    if tail_stands(sent, level):
        put_tail(self, sent, operations, extended, utf16)
    while level > 0 and level >= sent.low:
        put_children(self, sent, level, operations)
        level -= 1
    return 0


cdef Py_ssize_t standing_levels(Parser self, _Sent sent) except -1:
    """How many of the containers remembered are still where they were. A repeated key may have put others there."""
    cdef Py_ssize_t level = sent.low
    while level < PyList_GET_SIZE(<PyObject *>sent.containers) and in_step(self, sent, level) is sent.containers[level]:
        level += 1
    return level


cdef bint tail_stands(_Sent sent, Py_ssize_t level) except -1:
    """Is the tail where it was, `level` being what standing_levels() says?"""
    cdef Py_ssize_t size = PyList_GET_SIZE(<PyObject *>sent.containers)
    if sent.tail == NO_TAIL or level < size:
        return False
    return not size or size not in sent.repeated or sent.steps[size - 1] not in sent.repeated[size]


cdef object in_step(Parser self, _Sent sent, Py_ssize_t level):
    """What is shown in the container remembered at `level` where it was open; MISSING if nothing is."""
    cdef object container, step
    if not level:
        return self.root
    container = sent.containers[level - 1]
    step = sent.steps[level - 1]
    if type(container) is dict:
        return (<dict>container).get(step, MISSING)
    return (<list>container)[step] if step is not None and step < len(container) else MISSING


cdef str pointer_to(_Sent sent, Py_ssize_t level):
    """JSON Pointer (RFC 6901) to what stood open in the container remembered at `level`."""
    cdef list tokens = []
    for step in sent.steps[:level]:
        tokens.append("/")
        tokens.append(token_of(step))
    return "".join(tokens)


cdef str token_of(object step):
    if isinstance(step, int):
        return str(step)
    return step.replace("~", "~0").replace("/", "~1")


cdef int put_tail(Parser self, _Sent sent, list operations, bint extended, bint utf16) except -1:
    cdef Py_ssize_t level = PyList_GET_SIZE(<PyObject *>sent.containers)
    cdef object value = in_step(self, sent, level)
    cdef Py_ssize_t length
    cdef object change
    if sent.tail == NUMBER_TAIL:
        if value is sent.tail_number:
            return 0
        change = {"op": "replace", "path": None, "value": value}
    else:
        length = len(value) if type(value) is str else 0
        if length <= sent.tail_length:
            return 0
        if extended:
            change = {"op": "str_ins", "path": None, "pos": sent.tail_length + (sent.tail_pairs if utf16 else 0),
                      "str": text_from(value, sent.tail_length)}
        else:
            change = {"op": "replace", "path": None, "value": exact_copy(value) if value is self.text else value}
    if sent.tail_pointer is None:
        sent.tail_pointer = pointer_to(sent, level)
    change["path"] = sent.tail_pointer
    operations.append(change)
    return 0


cdef int put_children(Parser self, _Sent sent, Py_ssize_t level, list operations) except -1:
    """What is new in the container remembered at `level`."""
    cdef object container = sent.containers[level - 1]
    cdef Py_ssize_t count = sent.counts[level - 1]
    cdef Py_ssize_t size = len(container)
    cdef dict repeated = sent.repeated.get(level)
    cdef list steps
    cdef object inner = None, picture = None
    cdef str around
    if size <= count and repeated is None:
        return 0
    if level == sent.low:
        inner, picture = open_picture(self, level)
    around = pointer_to(sent, level - 1) + "/"
    if type(container) is dict:
        steps = last_keys(container, size - count)
        if repeated is not None:
            fresh = set(steps)
            for key in repeated:
                if key not in fresh and key in container:
                    put_change(operations, "replace", around, key, container[key], inner, picture)
    else:
        steps = list(range(count, size))
    for step in steps:
        put_change(operations, "add", around, step, container[step], inner, picture)
    return 0


cdef int put_change(list operations, str name, str around, object step, object value, object inner, object picture) except -1:
    # where nothing is open, `inner` is None and so is its picture: null stands for itself
    operations.append({"op": name, "path": around + token_of(step), "value": picture if value is inner else value})
    return 0


cdef list last_keys(dict members, Py_ssize_t count):
    """The last `count` keys, in their order."""
    cdef list keys = []
    if count > 0:
        for key in reversed(members):
            keys.append(key)
            if len(keys) == count:
                break
        keys.reverse()
    return keys


cdef int remember(Parser self, _Sent sent, bint whole) except -1:
    """The receiver has what is shown now. `whole`: it was sent the whole of it."""
    # below a repeated key that is not kept, nothing is in the tree
    cdef Py_ssize_t depth = self.hidden - 1 if self.hidden else depth_of(self)
    cdef Py_ssize_t low = 0 if whole else sent.low
    cdef Py_ssize_t level, length
    cdef Tail tail = NO_TAIL
    cdef object step = None
    if self.shown and not self.hidden:
        tail = NUMBER_TAIL if self.text is None else TEXT_TAIL
        step = step_from(self, depth) if depth else None
    if whole or low < depth or tail != sent.tail or not tail_stands(sent, depth) or depth and sent.steps[depth - 1] != step:
        sent.low = 0    # until the three agree again
        del sent.containers[low:]
        del sent.counts[low:]
        del sent.steps[max(low - 1, 0):]
        for level in range(max(low, 1), depth + 1):
            if level > low:
                sent.containers.append(container_at(self, level))
                sent.counts.append(0)
            sent.counts[level - 1] = len(container_at(self, level))
            sent.steps.append(step_from(self, level) if level < depth else step)
        sent.tail = tail
        sent.tail_pointer = None
        sent.tail_length = 0
        sent.tail_pairs = 0
    sent.repeated.clear()
    sent.low = depth
    sent.tail_number = self.standing if tail == NUMBER_TAIL else None
    if tail == TEXT_TAIL:
        length = PyUnicode_GET_LENGTH(<PyObject *>self.text)
        sent.tail_pairs += pairs_between(self.text, sent.tail_length, length)
        sent.tail_length = length
    return 0


cdef Py_ssize_t pairs_between(str text, Py_ssize_t start, Py_ssize_t end) noexcept:
    """How many of the characters are two units in UTF-16."""
    cdef int width = PyUnicode_KIND(<PyObject *>text)
    cdef Py_ssize_t place, pairs = 0
    if width == 4:
        for place in range(start, end):
            pairs += char_at(PyUnicode_DATA(<PyObject *>text), width, place) > 0xFFFF
    return pairs


cdef _Sent fork_sent(_Sent self, Parser other):
    """For a copy of the parser, whose spine has been copied."""
    cdef _Sent sent = _Sent.__new__(_Sent)
    cdef Py_ssize_t level
    sent.begun = self.begun
    sent.renewed = self.renewed
    sent.behind = self.behind
    sent.low = self.low
    sent.containers = self.containers.copy()
    for level in range(1, self.low + 1):
        sent.containers[level - 1] = container_at(other, level)
    sent.counts = self.counts.copy()
    sent.steps = self.steps.copy()
    sent.repeated = {}
    for key, members in self.repeated.items():
        sent.repeated[key] = members.copy()
    sent.tail = self.tail
    sent.tail_number = self.tail_number
    sent.tail_length = self.tail_length
    sent.tail_pairs = self.tail_pairs
    sent.tail_pointer = self.tail_pointer
    return sent


cdef tuple pack_sent(Parser self):
    """What can't be found in the tree again is left out: containers that a repeated key has replaced."""
    cdef _Sent sent = self.sent
    cdef Py_ssize_t size = standing_levels(self, sent) if sent.begun and not sent.renewed else 0
    cdef bint stands = tail_stands(sent, size)
    cdef dict repeated = {}
    for level, keys in sent.repeated.items():
        if level <= size:
            repeated[level] = list(keys)
    return (sent.begun, sent.renewed, sent.behind, sent.low, sent.counts[:size], sent.steps[:size], repeated,
            sent.tail if stands else NO_TAIL, stands and in_step(self, sent, size) is sent.tail_number,
            sent.tail_length, sent.tail_pairs)


cdef _Sent unpack_sent(Parser self, tuple packed):
    cdef _Sent sent = new_sent()
    cdef bint same_number
    (sent.begun, sent.renewed, sent.behind, sent.low, sent.counts, sent.steps, repeated,
     sent.tail, same_number, sent.tail_length, sent.tail_pairs) = packed
    for key, members in repeated.items():
        sent.repeated[key] = dict.fromkeys(members)
    for level in range(1, len(sent.counts) + 1):
        sent.containers.append(container_at(self, level) if level <= sent.low else in_step(self, sent, level - 1))
    if sent.tail == NUMBER_TAIL:
        sent.tail_number = in_step(self, sent, len(sent.counts)) if same_number else MISSING
    return sent
