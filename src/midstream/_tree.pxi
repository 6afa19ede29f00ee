# The live tree: where values go, where they stand, and pictures of it that stay. Sees no bytes.
# The open containers are the spine: containers[1:] and container, outermost first. Someone may write to the live value though
# it is for reading; so what stands in a place is looked at before it is relied on, and replaced only if it is ours.

cdef inline void touch(Parser self) noexcept:
    """What is shown changes, or comes to its end, unless it is of a repeated key that is not kept."""
    if not self.dropped and not self.hidden:
        self.changed = True
        if self.sent is not None:
            self.sent.behind = True


cdef inline bint attach(Parser self, object value) except -1:
    """Puts a new value where the stream stands, if it is to be kept; does it stand there now?"""
    return put_into(self, self.container, self.key, value)


cdef inline bint put_into(Parser self, object container, object key, object value) except -1:
    """The same, for a container that is given. What is shown has changed afterwards: code of others may run in between."""
    if self.adrift or self.dropped:
        touch(self)
        return let_go(self, container, key)
    if container is None:
        self.root = value
    elif PyList_CheckExact(<PyObject *>container):
        (<list>container).append(value)
    else:
        if self.sent is not None:
            note_repeated(self, container, key)
        PyDict_SetItem(container, key, value)
    touch(self)
    return True


cdef bint let_go(Parser self, object container, object key) except -1:
    """A value that is not kept: of a repeated key, or because nothing but what is watched is. Its key stays, if repeated ones are
    to be told."""
    if container is None:
        self.root = MISSING
    elif self.duplicates != KEEP_LAST and not self.dropped and PyDict_CheckExact(<PyObject *>container):
        PyDict_SetItem(container, key, None)
    return False


cdef inline PyObject *in_place(Parser self) noexcept:
    """What stands where the stream stands; NULL if nothing."""
    cdef PyObject *container = <PyObject *>self.container
    cdef PyObject *value
    cdef Py_ssize_t size
    if self.container is None:
        return <PyObject *>self.root
    if PyList_CheckExact(container):
        size = PyList_GET_SIZE(container)
        return PyList_GET_ITEM(container, size - 1) if size else NULL
    value = PyDict_GetItemWithError(container, <PyObject *>self.key)
    if value == NULL:
        PyErr_Clear()   # of a key that somebody else has put there and that can't be compared
    return value


cdef bint swap_in_place(Parser self, PyObject *old, object new) except -1:
    """Puts `new` where the stream stands, if `old` stands there; did it?"""
    cdef list array
    if in_place(self) != old:
        return False
    touch(self)
    if self.container is None:
        self.root = new
    elif PyList_CheckExact(<PyObject *>self.container):
        array = self.container
        array[PyList_GET_SIZE(<PyObject *>array) - 1] = new
    else:
        PyDict_SetItem(self.container, self.key, new)
    return True


cdef extern from *:
    """
    /* list.append() and list.pop(), where the block needs not change. */
    static inline int push(PyObject *list, PyObject *item) {
        Py_ssize_t size = PyList_GET_SIZE(list);
        if (size == ((PyListObject *)list)->allocated) return PyList_Append(list, item);
        Py_INCREF(item);
        PyList_SET_ITEM(list, size, item);
        Py_SET_SIZE((PyVarObject *)list, size + 1);
        return 0;
    }
    static inline PyObject *pop_kept(PyObject *list) {
        Py_ssize_t size = PyList_GET_SIZE(list) - 1;
        Py_SET_SIZE((PyVarObject *)list, size);
        return PyList_GET_ITEM(list, size);
    }
    static void hide_from_collector(PyObject *container) {
        if (PyObject_GC_IsTracked(container)) PyObject_GC_UnTrack(container);
    }
    static void show_one(PyObject *container) {
        if (!PyObject_GC_IsTracked(container)) PyObject_GC_Track(container);
    }
    """
    int push(list items, object item) except -1
    object pop_kept(list items)
    void hide_from_collector(object container) noexcept
    void show_one(object container) noexcept


# CPython's collector goes through all containers again and again while a document grows. Where they are nested by the hundred
# thousand, no cache holds them, and this takes most of the time. So what is open below this depth is hidden from it until it
# ends: if somebody has put the parser itself in there, both stay until then.
cdef enum:
    DEEP = 64


cdef enum:
    LEVELS_KEPT = 32    # of the two lists, whose blocks don't shrink below it

# The two lists of a spine that has ended, for the next one: of a small document they would be a good part of the cost.
cdef list spare_containers = None
cdef list spare_keys = None


cdef inline object pop(list items):
    return pop_kept(items) if PyList_GET_SIZE(<PyObject *>items) <= LEVELS_KEPT else items.pop()


cdef int begin_spine(Parser self) except -1:
    global spare_containers, spare_keys
    if spare_containers is None:
        self.keys = []
        self.containers = []
        return 0
    self.keys = spare_keys
    self.containers = spare_containers
    spare_keys = None
    spare_containers = None
    return 0


cdef void end_spine(Parser self) noexcept:
    global spare_containers, spare_keys
    if (not PyList_GET_SIZE(<PyObject *>self.keys)
            and Py_REFCNT(<PyObject *>self.keys) == 1 and Py_REFCNT(<PyObject *>self.containers) == 1):
        spare_keys = self.keys
        spare_containers = self.containers
    self.keys = None
    self.containers = None


cdef int enter(Parser self, object container) except -1:
    """A container has begun: goes inside, and puts it in its place. In this order, because putting it there may run code of
    others, who must not take it for complete."""
    cdef object around = self.container
    cdef object key = self.key
    if self.containers is None:
        begin_spine(self)
    push(self.keys, key)
    push(self.containers, around)
    self.container = container
    self.key = None
    put_into(self, around, key, container)
    if PyList_GET_SIZE(<PyObject *>self.containers) > DEEP:
        hide_from_collector(self.containers)
        hide_from_collector(self.keys)
        hide_from_collector(around)
        hide_from_collector(container)
    if self.dropped:
        self.dropped = False
        if not self.hidden:
            self.hidden = PyList_GET_SIZE(<PyObject *>self.containers)
    return 0


cdef void show_to_collector(Parser self) noexcept:
    """All that is open: the parser ends, by an error or altogether."""
    cdef Py_ssize_t level
    if depth_of(self) <= DEEP:
        return
    for level in range(DEEP, PyList_GET_SIZE(<PyObject *>self.containers)):
        show_one(<object>PyList_GET_ITEM(<PyObject *>self.containers, level))
    show_one(self.container)
    show_one(self.containers)
    show_one(self.keys)


cdef int settle(Parser self) except -1:
    """Brings what stands beside the spine in step with it after an exception."""
    cdef Py_ssize_t depth = depth_of(self)
    show_to_collector(self)
    if self.mender is not None:
        self.mender.pending_size = 0
    if self.sent is not None:
        sink_to(self.sent, depth)
    if self.watch is not None and self.watch.depth > depth:
        self.watch.depth = depth
    if self.keys is not None:
        del self.keys[depth:]
    return 0


cdef int leave(Parser self) except -1:
    """The innermost container has ended."""
    cdef Py_ssize_t depth
    touch(self)
    if PyList_GET_SIZE(<PyObject *>self.containers) > DEEP:
        show_one(self.container)
        if PyList_GET_SIZE(<PyObject *>self.containers) == DEEP + 1:
            show_one(self.containers)
            show_one(self.keys)
            show_one(<object>PyList_GET_ITEM(<PyObject *>self.containers, DEEP))
    self.container = pop(self.containers)
    self.key = pop(self.keys)
    depth = PyList_GET_SIZE(<PyObject *>self.containers)
    if self.sent is not None:
        sink_to(self.sent, depth)
    if self.nodes is not None and PyList_GET_SIZE(<PyObject *>self.nodes) > depth:
        self.nodes.pop()
    if self.hidden > depth:
        self.hidden = 0
    if not depth:
        end_spine(self)
    return 0


cdef inline Py_ssize_t depth_of(Parser self) noexcept:
    return 0 if self.containers is None else PyList_GET_SIZE(<PyObject *>self.containers)


cdef object container_at(Parser self, Py_ssize_t level):
    """Container of the spine: 1 is the outermost, the depth the innermost."""
    return self.container if level == depth_of(self) else self.containers[level]


cdef object child_of(object container, object key):
    """The child at `key` of a dict, the last one of a list; MISSING if there is none."""
    if type(container) is dict:
        return (<dict>container).get(key, MISSING)
    return (<list>container)[-1] if container else MISSING


cdef bint stands_in_child(Parser self) noexcept:
    """Is a value being read, or due at a known place, inside the innermost container?"""
    if self.container is None:
        return False
    if self.state == STRING or self.state == ESCAPE or self.state == HEX:
        return not self.in_key
    if self.state == BARE:
        return not self.in_key
    return (self.state == COLON or self.state == VALUE or self.state == LITERAL or self.state == NUMBER)


cdef object step_from(Parser self, Py_ssize_t level):
    """From the spine's container at `level` to the value in it where the stream stands: a key or an index."""
    cdef object container = container_at(self, level)
    cdef Py_ssize_t size
    if self.watch is not None and self.watch.gathering != EVENTS and level <= self.watch.depth and (
            not self.watch.kept or level < self.watch.kept):
        # its children are not in it
        return step_at(self, level)
    if level < depth_of(self):
        if type(container) is dict:
            return self.keys[level]
        size = len(container) - 1
    else:
        if type(container) is dict:
            return self.key
        size = len(container) - (1 if self.shown else 0)
    return max(size, 0)


cdef tuple current_path(Parser self):
    cdef list path = []
    cdef Py_ssize_t level, depth = depth_of(self)
    for level in range(1, depth + (1 if stands_in_child(self) else 0)):
        path.append(step_from(self, level))
    return tuple(path)


cdef object current_node(Parser self):
    """The current path as a chain: None for the root, else (chain of the container, key or index). Chains of a container are
    made once and shared, so one costs nothing that depends on the depth."""
    cdef Py_ssize_t depth = depth_of(self)
    if self.nodes is None:
        self.nodes = []
    while len(self.nodes) < depth:
        level = len(self.nodes)
        self.nodes.append((self.nodes[level - 1], step_from(self, level)) if level else None)
    if stands_in_child(self) and depth:
        return self.nodes[depth - 1], step_from(self, depth)
    return self.nodes[depth - 1] if depth else None


cdef tuple chain_path(object node):
    """The path that such a chain stands for."""
    cdef list steps = []
    while node is not None:
        node, step = <tuple>node
        steps.append(step)
    steps.reverse()
    return tuple(steps)


cdef bint path_is_complete(Parser self, tuple path) except -1:
    cdef Py_ssize_t depth = depth_of(self)
    # level of the spine while the path keeps to it, 0 once it has left for what is complete
    cdef Py_ssize_t level = 1 if depth else 0
    cdef object value = self.root
    cdef object around = None
    cdef object step = None, child
    if value is MISSING or (not depth and not self.done):
        return False
    for step in path:
        if type(value) is dict and isinstance(step, str):
            child = (<dict>value).get(step, MISSING)
        elif type(value) is list and isinstance(step, int) and 0 <= step < len(value):
            child = (<list>value)[step]
        else:
            return False
        if child is MISSING:
            return False
        if level:
            if not on_spine(self, value, level, step):
                level = 0
            elif level < depth and container_at(self, level + 1) is child:
                level += 1
            elif self.duplicates == KEEP_FIRST and (level < depth or self.dropped):
                level = 0   # what is read now is not kept: the first value stands
            else:
                return False
        around = value
        value = child
    return not level and not is_unended(self, around, step, value)


cdef bint on_spine(Parser self, object container, Py_ssize_t level, object step) except -1:
    """Is the child at `step` of the spine's container at `level` the one the stream stands in?"""
    if level == depth_of(self) and (not stands_in_child(self) or (type(container) is list and not self.shown)):
        return False
    return step == step_from(self, level)


cdef object take_snapshot(Parser self):
    cdef object inner, picture
    cdef object before = self.latest    # whatever dropping it may run comes last
    if not self.changed:
        return before
    inner, picture = open_picture(self, 0)
    if inner is None or inner is not self.root:
        picture = self.root
    self.changed = False
    self.latest = picture
    return picture


cdef tuple open_picture(Parser self, Py_ssize_t level):
    """What is open in the container at `level`, or is the root at level 0: (the live object, a copy of what is open of it).
    None twice where nothing is."""
    cdef object outer, inner = None, picture = None
    cdef Py_ssize_t at
    if self.text is not None and self.shown:
        inner = self.text
        picture = exact_copy(inner)
    # from the innermost outwards
    for at in range(depth_of(self), level, -1):
        outer = container_at(self, at)
        picture = picture_of(outer, self.key if at == depth_of(self) else self.keys[at], inner, picture)
        inner = outer
    return inner, picture


cdef object picture_of(object container, object key, object child, object picture):
    """A copy of an open container that holds `picture` where the original holds `child`."""
    cdef dict members
    cdef list elements
    if type(container) is dict:
        members = PyDict_Copy(container)
        if child is not None and members.get(key) is child:
            members[key] = picture
        return members
    elements = PyList_GetSlice(container, 0, len(container))
    if child is not None and elements and elements[-1] is child:
        elements[-1] = picture
    return elements


cdef object copy_tree(object root):
    """A copy of a value that shares no container with it. Needs no recursion."""
    cdef list pending
    cdef object node
    cdef dict members
    cdef list elements
    cdef Py_ssize_t place
    if type(root) is not dict and type(root) is not list:
        return root
    root = root.copy()
    pending = [root]
    while pending:
        node = pending.pop()
        if type(node) is dict:
            members = node
            for key, child in members.items():
                if type(child) is dict or type(child) is list:
                    child = child.copy()
                    members[key] = child
                    pending.append(child)
        else:
            elements = node
            for place in range(len(elements)):
                child = elements[place]
                if type(child) is dict or type(child) is list:
                    child = child.copy()
                    elements[place] = child
                    pending.append(child)
    return root
