# Events, and which values give them. A value that nobody watches makes no object here, and below a container in which nothing
# can match not even a step is taken.
#
# An expression of n segments has n + 1 places, the k-th of which is where k segments have led. The places of all expressions are
# bits of one set, and a value's set holds those where it stands. It follows from the set of the container around it by a few
# operations on words (the shift-and automaton of Baeza-Yates and Gonnet), however many expressions there are.

@cython.final
@cython.no_gc
@cython.freelist(16)
cdef class Opened:
    """Opened(path, kind)

    An object, an array or a string has begun. path: tuple of str and int. kind: "object", "array" or "string".
    Immutable, comparable, hashable, picklable; its fields are positional in ``match``.
    """
    __match_args__ = ("path", "kind")
    cdef readonly tuple path
    cdef readonly str kind

    def __init__(self, tuple path not None, str kind not None):
        refuse_if_made(self.path)
        self.path = path
        self.kind = kind

    def __eq__(self, other):
        if type(other) is not Opened:
            return NotImplemented
        return self.path == (<Opened>other).path and self.kind == (<Opened>other).kind

    def __hash__(self):
        return hash((Opened, self.path, self.kind))

    def __repr__(self):
        return f"Opened(path={self.path!r}, kind={self.kind!r})"

    def __reduce__(self):
        return Opened, (self.path, self.kind)


@cython.final
@cython.no_gc
@cython.freelist(16)
cdef class Text:
    """Text(path, text)

    A string has grown. path: tuple of str and int. text: what has come to it, never empty; at most one for a string and a feed.
    Immutable, comparable, hashable, picklable; its fields are positional in ``match``.
    """
    __match_args__ = ("path", "text")
    cdef readonly tuple path
    cdef readonly str text

    def __init__(self, tuple path not None, str text not None):
        refuse_if_made(self.path)
        self.path = path
        self.text = text

    def __eq__(self, other):
        if type(other) is not Text:
            return NotImplemented
        return self.path == (<Text>other).path and self.text == (<Text>other).text

    def __hash__(self):
        return hash((Text, self.path, self.text))

    def __repr__(self):
        return f"Text(path={self.path!r}, text={self.text!r})"

    def __reduce__(self):
        return Text, (self.path, self.text)


@cython.final
@cython.freelist(16)
cdef class Completed:
    """Completed(path, value, span)

    A value has been read to its own end: no end of input, error, limit or repair makes one appear.
    path: tuple of str and int. value: the object that stands there from now on, for reading. span: (start, end), where it stands
    in the input, in UTF-8 bytes.
    Immutable, comparable, hashable if the value is, picklable; its fields are positional in ``match``.
    """
    __match_args__ = ("path", "value", "span")
    cdef readonly tuple path
    cdef readonly object value
    cdef Py_ssize_t start
    cdef Py_ssize_t end

    def __init__(self, tuple path not None, value, tuple span not None):
        refuse_if_made(self.path)
        self.start, self.end = span
        self.path = path
        self.value = value

    @property
    def span(self):
        """(start, end) of the value in the input, in UTF-8 bytes."""
        return self.start, self.end

    def __eq__(self, other):
        if type(other) is not Completed:
            return NotImplemented
        return (self.start == (<Completed>other).start and self.end == (<Completed>other).end
                and self.path == (<Completed>other).path and self.value == (<Completed>other).value)

    def __hash__(self):
        return hash((Completed, self.path, self.value, self.start, self.end))

    def __repr__(self):
        return f"Completed(path={self.path!r}, value={self.value!r}, span=({self.start}, {self.end}))"

    def __reduce__(self):
        return Completed, (self.path, self.value, (self.start, self.end))


cdef int refuse_if_made(object path) except -1:
    if path is not None:
        raise TypeError("an event can't be changed")
    return 0


cdef enum:
    WORD = 64   # places in a word of a set


@cython.final
cdef class _Matcher:
    """Expressions, compiled. Never changes, so parsers share it."""
    cdef tuple expressions
    cdef Py_ssize_t words           # of a set
    # sets of places: where every root stands; where an expression has come to its end; where it has not; whose next segment is a
    # descendant one; which any child, some name, some index takes on
    cdef uint64_t *sets
    cdef dict selectors             # the places that a name or an index takes on, in a list
    cdef uint64_t lengths           # a bit for each length that a name has, modulo WORD: most keys need no lookup

    def __dealloc__(self):
        PyMem_Free(self.sets)


cdef enum:
    AT_START
    ACCEPTING
    GOING_ON
    DESCENDING
    WILD
    NAMED
    INDEXED
    SETS


cdef inline const uint64_t *set_of(_Matcher self, Py_ssize_t number) noexcept:
    return self.sets + number * self.words


cdef _Matcher matcher_of(object watch):
    """None where nothing is watched."""
    cdef tuple expressions
    cdef list exact = []
    if watch is None:
        return None
    if type(watch) is str:
        return _compiled((watch,))
    try:
        expressions = (watch,) if isinstance(watch, (str, bytes, bytearray)) else tuple(watch)
    except TypeError:
        expressions = (None,)
    for expression in expressions:
        if not isinstance(expression, str):
            raise TypeError("watch must be a JSONPath (str), several of them, or None")
        # exactly a str, whose hash and comparison can do nothing of their own
        exact.append("".join((expression,)))
    return _compiled(tuple(exact)) if exact else None


@_lru_cache(maxsize=128)
def _compiled(tuple expressions):
    cdef _Matcher self = _Matcher.__new__(_Matcher)
    cdef list compiled = [_compile_path(expression) for expression in expressions]
    cdef Py_ssize_t place = 0
    for segments in compiled:
        place += len(segments) + 1
    self.expressions = expressions
    self.selectors = {}
    self.words = (place + WORD - 1) // WORD
    self.sets = <uint64_t *>PyMem_Calloc(SETS * self.words, sizeof(uint64_t))
    if self.sets == NULL:
        raise MemoryError
    place = 0
    for segments in compiled:
        put_place(self, AT_START, place)
        for descendant, selector in segments:
            put_place(self, GOING_ON, place)
            if descendant:
                put_place(self, DESCENDING, place)
            if selector is None:
                put_place(self, WILD, place)
            else:
                put_place(self, NAMED if isinstance(selector, str) else INDEXED, place)
                self.selectors.setdefault(selector, []).append(place)
            if isinstance(selector, str):
                self.lengths |= <uint64_t>1 << (len(selector) % WORD)
            place += 1
        put_place(self, ACCEPTING, place)
        place += 1
    return self


cdef void put_place(_Matcher self, Py_ssize_t number, Py_ssize_t place) noexcept:
    self.sets[number * self.words + place // WORD] |= <uint64_t>1 << (place % WORD)


cdef inline bint meets(_Matcher self, Py_ssize_t number, const uint64_t *places) noexcept:
    cdef const uint64_t *those = set_of(self, number)
    cdef Py_ssize_t word
    for word in range(self.words):
        if places[word] & those[word]:
            return True
    return False


cdef inline bint may_name(_Matcher self, object key) noexcept:
    return self.lengths >> (PyUnicode_GET_LENGTH(<PyObject *>key) % WORD) & 1


cdef int child_places(_Matcher self, const uint64_t *around, bint looked_up, object step, uint64_t *places) except -1:
    """The places of a child at `step`, a name or an index, of a container that stands at the places `around`. `looked_up`: some
    expression may go on by it."""
    cdef const uint64_t *descending = set_of(self, DESCENDING)
    cdef const uint64_t *wild = set_of(self, WILD)
    cdef uint64_t taken, carry = 0
    cdef Py_ssize_t word, place
    cdef PyObject *those = NULL
    for word in range(self.words):
        taken = around[word] & wild[word]
        places[word] = around[word] & descending[word] | taken << 1 | carry
        carry = taken >> (WORD - 1)
    if looked_up:
        those = PyDict_GetItemWithError(<PyObject *>self.selectors, <PyObject *>step)
    if those != NULL:
        for at in <list>those:
            place = at
            if around[place // WORD] >> (place % WORD) & 1:
                place += 1
                places[place // WORD] |= <uint64_t>1 << (place % WORD)
    return 0


cdef object NO_EVENT = object()


cdef enum Gathering:
    EVENTS      # feed returns events, and the tree is kept
    VALUES      # feed returns the values that are complete; nothing is kept
    TEXTS       # feed returns the text that came to watched strings; nothing is kept
    NODES       # feed returns events without Text; nothing is kept


cdef struct Frame:
    Py_ssize_t start    # where the container begins in the input
    Py_ssize_t count    # children of it that have ended
    bint barren         # nothing in it can match


@cython.final
cdef class _Watch:
    """What a parser that watches keeps beside its spine: a frame for each of the outermost `depth` containers, with the set of
    places of the container behind it. Below the last frame nothing can match. The room behind it is for the next child's set."""
    cdef _Matcher matcher
    cdef Gathering gathering
    cdef bint alert                 # the innermost container has a frame, and the values in it may match or are counted
    cdef object event               # of the feed under way, if it is the only one so far; NO_EVENT: none yet, or several
    cdef list events                # of the feed under way, if there are several
    cdef char *frames
    cdef Py_ssize_t depth
    cdef Py_ssize_t room
    cdef list paths                 # of the containers of the frames; None where none has been made
    cdef bint holds_back            # an error that has not been raised yet
    cdef bint in_text               # the string being read is watched
    cdef tuple text_path
    cdef Py_ssize_t text_start
    cdef Py_ssize_t text_sent       # characters of it that have been in a Text
    cdef Py_ssize_t kept            # level of the container that is kept while nothing around it is; 0: there is none

    def __dealloc__(self):
        PyMem_Free(self.frames)


cdef _Watch new_watch(_Matcher matcher):
    cdef _Watch watch = _Watch.__new__(_Watch)
    watch.matcher = matcher
    watch.event = NO_EVENT
    watch.paths = []
    watch.alert = True
    make_room(watch)
    return watch


cdef inline bint is_alert(Parser self) noexcept:
    return self.watch is not None and self.watch.alert


cdef inline Py_ssize_t frame_size(_Watch watch) noexcept:
    return sizeof(Frame) + watch.matcher.words * <Py_ssize_t>sizeof(uint64_t)


cdef inline Frame *frame_at(_Watch watch, Py_ssize_t level) noexcept:
    return <Frame *>(watch.frames + (level - 1) * frame_size(watch))


cdef inline uint64_t *places_in(Frame *frame) noexcept:
    return <uint64_t *>(frame + 1)


cdef int make_room(_Watch watch) except -1:
    """For one more frame than there are."""
    cdef Py_ssize_t room
    cdef void *moved
    if watch.depth < watch.room:
        return 0
    room = watch.room + (watch.room >> 1) + 4
    moved = PyMem_Realloc(watch.frames, room * frame_size(watch))
    if moved == NULL:
        raise MemoryError
    watch.frames = <char *>moved
    watch.room = room
    return 0


cdef bint is_watched(Parser self) except -1:
    """Is the value watched that stands where the stream stands? Puts the set of its places where its frame would be."""
    cdef _Watch watch = self.watch
    cdef uint64_t *places
    cdef Frame *around
    cdef bint looked_up
    if not watch.alert or self.dropped or is_lost(watch):
        return False
    places = places_in(frame_at(watch, watch.depth + 1))
    if not watch.depth:
        memcpy(places, set_of(watch.matcher, AT_START), watch.matcher.words * sizeof(uint64_t))
    else:
        around = frame_at(watch, watch.depth)
        if PyDict_CheckExact(<PyObject *>self.container):
            looked_up = may_name(watch.matcher, self.key) and meets(watch.matcher, NAMED, places_in(around))
            child_places(watch.matcher, places_in(around), looked_up, self.key, places)
        else:
            looked_up = meets(watch.matcher, INDEXED, places_in(around))
            child_places(watch.matcher, places_in(around), looked_up, <object>around.count if looked_up else None, places)
    return meets(watch.matcher, ACCEPTING, places)


cdef inline bint is_lost(_Watch watch) noexcept:
    """Can nothing match that is inside the container of the last frame?"""
    return watch.depth and frame_at(watch, watch.depth).barren


cdef inline bint is_counted(_Watch watch) noexcept:
    """Nothing is kept here, so only the frames know how many values there were."""
    return watch.gathering != EVENTS and not watch.kept


cdef object step_at(Parser self, Py_ssize_t level):
    """From the container at `level` to the child in it where the stream stands. There must be a frame for it."""
    cdef Py_ssize_t depth = depth_of(self)
    if type(container_at(self, level)) is dict:
        return self.key if level == depth else self.keys[level]
    return frame_at(self.watch, level).count


cdef tuple frame_path(Parser self, Py_ssize_t level):
    """The path of the container at `level`, made once."""
    cdef list paths = self.watch.paths
    cdef list steps = []
    cdef Py_ssize_t made = level
    while made > 1 and paths[made - 1] is None:
        made -= 1
    if made == level and paths[level - 1] is not None:
        return paths[level - 1]
    if paths[made - 1] is not None:
        steps.extend(paths[made - 1])
    for above in range(made, level):
        steps.append(step_at(self, above))
    paths[level - 1] = tuple(steps)
    return paths[level - 1]


cdef tuple child_path(Parser self):
    """The path of the value that stands where the stream stands."""
    cdef Py_ssize_t depth = self.watch.depth
    cdef tuple path, around
    cdef Py_ssize_t place, size
    cdef object step
    if not depth:
        return ()
    around = frame_path(self, depth)
    step = step_at(self, depth)
    size = len(around)
    path = PyTuple_New(size + 1)
    for place in range(size):
        Py_INCREF(<object>PyTuple_GET_ITEM(around, place))
        PyTuple_SET_ITEM(path, place, <object>PyTuple_GET_ITEM(around, place))
    Py_INCREF(step)
    PyTuple_SET_ITEM(path, size, step)
    return path


cdef int put_event(_Watch watch, object event) except -1:
    if watch.events is not None:
        watch.events.append(event)
    elif watch.event is NO_EVENT:
        watch.event = event
    else:
        watch.events = [watch.event, event]
        watch.event = NO_EVENT
    return 0


cdef int put_opened(_Watch watch, tuple path, str kind) except -1:
    cdef Opened event = Opened.__new__(Opened)
    event.path = path
    event.kind = kind
    return put_event(watch, event)


cdef int put_text(_Watch watch, tuple path, str text) except -1:
    cdef Text event = Text.__new__(Text)
    event.path = path
    event.text = text
    return put_event(watch, event)


cdef int put_completed(_Watch watch, tuple path, object value, Py_ssize_t start, Py_ssize_t end) except -1:
    cdef Completed event
    if watch.gathering == VALUES:
        return put_event(watch, value)
    event = Completed.__new__(Completed)
    event.path = path
    event.value = value
    event.start = start
    event.end = end
    return put_event(watch, event)


cdef inline bint gives_events(_Watch watch) noexcept:
    return watch.gathering == EVENTS or watch.gathering == NODES


cdef int atom_ended(Parser self, object value, Py_ssize_t start, Py_ssize_t end) except -1:
    """A literal or number stands where the stream stands."""
    cdef _Watch watch = self.watch
    if is_watched(self) and watch.gathering != TEXTS:
        put_completed(watch, child_path(self) if gives_events(watch) else None, value, start, end)
    return 0


cdef int container_begins(Parser self, str kind, Py_ssize_t start) except -1:
    """A container is about to be entered, `start` bytes into the input."""
    cdef _Watch watch = self.watch
    cdef bint watched = is_watched(self)
    cdef Frame *frame = frame_at(watch, watch.depth + 1)
    cdef tuple path = None
    cdef bint counted = is_counted(watch)
    if not watch.alert:
        return 0
    if self.dropped or is_lost(watch):
        memset(places_in(frame), 0, watch.matcher.words * sizeof(uint64_t))
    frame.start = start
    frame.count = 0
    frame.barren = not meets(watch.matcher, GOING_ON, places_in(frame))
    if frame.barren and not counted:
        watch.alert = False
        if not watched:
            return 0
    if watched and gives_events(watch):
        path = child_path(self)
        put_opened(watch, path, kind)
    watch.paths.append(path)
    watch.depth += 1
    make_room(watch)
    return 0


cdef int container_entered(Parser self) except -1:
    """It is on the spine now: is it what is to be kept?"""
    cdef _Watch watch = self.watch
    if self.adrift and watch.gathering == VALUES and meets(watch.matcher, ACCEPTING, places_in(frame_at(watch, watch.depth))):
        watch.kept = watch.depth
        watch.alert = not frame_at(watch, watch.depth).barren
        self.adrift = False
    return 0


cdef int container_ends(Parser self, Py_ssize_t end) except -1:
    """The innermost container is about to be left; it ends `end` bytes into the input, or -1: without an end of its own."""
    cdef _Watch watch = self.watch
    cdef Frame *frame
    if watch.depth < depth_of(self):
        watch.alert = watch.depth == depth_of(self) - 1 and not (is_lost(watch) and not is_counted(watch))
        return 0
    frame = frame_at(watch, watch.depth)
    if end >= 0 and watch.gathering != TEXTS and meets(watch.matcher, ACCEPTING, places_in(frame)):
        put_completed(watch, watch.paths[watch.depth - 1], self.container, frame.start, end)
    watch.paths.pop()
    if watch.kept == watch.depth:
        watch.kept = 0
        self.adrift = True
    watch.depth -= 1
    watch.alert = True
    return 0


cdef inline void child_ended(_Watch watch) noexcept:
    """A value has ended in the container that is now the innermost."""
    if watch.alert and watch.depth:
        frame_at(watch, watch.depth).count += 1


cdef int text_begins(Parser self, Py_ssize_t start) except -1:
    """A watched string is about to be opened, `start` bytes into the input."""
    cdef _Watch watch = self.watch
    if gives_events(watch):
        watch.text_path = child_path(self)
        put_opened(watch, watch.text_path, "string")
    watch.text_start = start
    watch.text_sent = 0
    watch.in_text = True
    return 0


cdef int send_text(Parser self) except -1:
    """The Text of the open string, if it has grown since the last one."""
    cdef _Watch watch = self.watch
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(<PyObject *>self.text)
    cdef str text
    if length == watch.text_sent or watch.gathering == VALUES or watch.gathering == NODES:
        return 0
    text = text_from(self.text, watch.text_sent)
    if watch.gathering == TEXTS:
        # as wide as what follows needs, and no wider
        fresh = empty_text()
        put_event(watch, text)
        self.held_chars += length
        self.text = fresh
        self.text_room = FIRST_ROOM
        return 0
    put_text(watch, watch.text_path, text)
    watch.text_sent = length
    return 0


cdef int text_ended(Parser self, str text, Py_ssize_t end) except -1:
    """The watched string has ended as `text`, which no longer grows, `end` bytes into the input."""
    cdef _Watch watch = self.watch
    cdef tuple path = watch.text_path
    text_left(self, text)
    if watch.gathering != TEXTS:
        put_completed(watch, path, text, watch.text_start, end)
    return 0


cdef int text_left(Parser self, str text) except -1:
    """The watched string is `text`, and no more of it is read."""
    cdef _Watch watch = self.watch
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(<PyObject *>text)
    watch.in_text = False
    if length > watch.text_sent and (watch.gathering == EVENTS or watch.gathering == TEXTS):
        if watch.gathering == TEXTS:
            put_event(watch, text)
        else:
            put_text(watch, watch.text_path, PyUnicode_Substring(text, watch.text_sent, length))
    watch.text_path = None
    return 0


cdef object take_events(Parser self):
    """What feed returns."""
    cdef _Watch watch = self.watch
    cdef list events
    if watch.in_text:
        send_text(self)
    if watch.event is not NO_EVENT:
        events = [watch.event]
        watch.event = NO_EVENT
        return events
    if watch.events is None:
        return NOTHING
    events = watch.events
    watch.events = None
    return events


cdef bint holds_back(Parser self, object error) except -1:
    """Does an error wait for the next call, because events have come before it (P13)?"""
    cdef _Watch watch = self.watch
    if watch is None:
        return False
    if isinstance(error, Exception):
        if watch.in_text:
            send_text(self)
            watch.in_text = False
        if watch.event is not NO_EVENT or watch.events is not None:
            watch.holds_back = True
            return True
    watch.event = NO_EVENT
    watch.events = None
    return False


cdef _Watch fork_watch(_Watch self):
    cdef _Watch watch = new_watch(self.matcher)
    watch.gathering = self.gathering
    watch.alert = self.alert
    while watch.depth < self.depth:
        watch.depth += 1
        make_room(watch)
    memcpy(watch.frames, self.frames, self.depth * frame_size(self))
    watch.paths = self.paths[:self.depth]
    watch.in_text = self.in_text
    watch.text_path = self.text_path
    watch.text_start = self.text_start
    watch.text_sent = self.text_sent
    watch.kept = self.kept
    return watch


cdef tuple pack_watch(_Watch self):
    cdef list places, frames = []
    cdef Frame *frame
    cdef Py_ssize_t level, word
    for level in range(1, self.depth + 1):
        frame = frame_at(self, level)
        places = []
        for word in range(self.matcher.words):
            places.append(places_in(frame)[word])
        frames.append((frame.start, frame.count, frame.barren, places))
    return (self.matcher.expressions, self.gathering, self.alert, frames, self.paths[:self.depth],
            self.in_text, self.text_path, self.text_start, self.text_sent, self.kept)


cdef _Watch unpack_watch(tuple packed):
    cdef _Watch watch
    cdef Frame *frame
    cdef Py_ssize_t word
    (expressions, gathering, alert, frames, paths, in_text, text_path, text_start, text_sent, kept) = packed
    watch = new_watch(_compiled(expressions))
    watch.gathering = gathering
    watch.alert = alert
    for start, count, barren, places in frames:
        watch.depth += 1
        make_room(watch)
        frame = frame_at(watch, watch.depth)
        frame.start = start
        frame.count = count
        frame.barren = barren
        for word in range(watch.matcher.words):
            places_in(frame)[word] = places[word]
    watch.paths = paths
    watch.in_text = in_text
    watch.text_path = text_path
    watch.text_start = text_start
    watch.text_sent = text_sent
    watch.kept = kept
    return watch
