"""Server-sent events decoded while they arrive, as the HTML standard interprets an event stream (section 9.2.6).

Everything happens in bytes: an end of a line is ASCII, so lines can be told apart before they are decoded, and a cut within a
UTF-8 sequence needs no care.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Decoder", "EventTooLarge", "ServerSentEvent"]

BOM = b"\xef\xbb\xbf"
FIELDS = (b"data", b"event", b"id", b"retry")
BLOCK = 1 << 16  # of a longer chunk, so much is split into lines at a time
RETRY_DIGITS = 18  # with which a number of milliseconds is 30 million years


class ServerSentEvent(NamedTuple):
    """One event that was dispatched. Immutable, comparable, hashable.

    event: its type, ``message`` where the stream named none. data: its data lines, joined with ``\\n``. id: the last event id of
    the stream at that time, which an event without an id of its own inherits.
    """

    event: str
    data: str
    id: str


class EventTooLarge(ValueError):
    """One event is larger than the decoder was told to hold.

    limit: in bytes.
    """

    limit: int

    def __init__(self, limit: int) -> None:
        super().__init__(f"an event of the stream is larger than {limit} bytes")
        self.limit = limit

    def __reduce__(self) -> tuple[type[EventTooLarge], tuple[int]]:
        return type(self), (self.limit,)


# takes half the time of calling the class
_new: Any = tuple.__new__  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


class Decoder:
    """Makes events of the chunks of a ``text/event-stream``, which may be cut anywhere.

    max_event: how large one event may be: bytes of the values of all its fields together, and of the line ends between its data
    lines. Comments and fields that the standard does not know count nothing and are not held, however long they are.
    Raises ValueError for a `max_event` below 0.

    last_event_id: of the stream, as the latest empty line has left it. retry: milliseconds to wait before a new connection, where
    the stream has said it, else None; numbers of more than 18 digits are passed over.

    There is no end to tell: by the standard, an event without the empty line after it is dropped.
    """

    __slots__ = (
        "_cr",
        "_data",
        "_error",
        "_event",
        "_head",
        "_id",
        "_limit",
        "_line",
        "_size",
        "_skip",
        "last_event_id",
        "retry",
    )

    last_event_id: str
    retry: int | None

    def __init__(self, max_event: int = 16 << 20) -> None:
        if max_event < 0:
            raise ValueError("max_event can't be negative")
        self.last_event_id = ""
        self.retry = None
        self._limit = max_event
        self._head: bytes | None = b""  # a beginning of the byte order mark; None once the stream has begun
        self._cr = False  # was the latest byte a CR?
        self._line = bytearray()  # a line that has begun, if it is worth holding
        self._skip = False  # has a line begun that is not?
        self._data: bytes | bytearray | None = None  # the data buffer, without the line end behind it
        self._event = ""
        self._id = ""
        self._size = 0  # of the event so far, without the line that has begun
        self._error: EventTooLarge | None = None

    def feed(self, chunk: bytes | bytearray | memoryview | str, /) -> list[ServerSentEvent]:
        """The events that end within `chunk`, each of them with the first byte of the end of its empty line.

        Invalid UTF-8 becomes U+FFFD, and so does each surrogate in a str.
        Raises `EventTooLarge` once an event is, after the events before it have been returned; by then nothing is held, and
        further calls raise the same error. Raises TypeError for a chunk of another type. Cost: the length of the chunk, however
        the stream was cut.
        """
        error = self._error
        if error is not None:
            raise error.with_traceback(None)
        if type(chunk) is not bytes:
            chunk = _as_bytes(chunk)
        if self._head is not None:
            chunk = self._begin(chunk)
        events: list[ServerSentEvent] = []
        if len(chunk) <= BLOCK:
            self._read(chunk, events)
        else:
            for start in range(0, len(chunk), BLOCK):
                self._read(chunk[start : start + BLOCK], events)
                if self._error is not None:
                    break
        if self._error is not None and not events:
            raise self._error
        return events

    def _begin(self, chunk: bytes) -> bytes:
        """Leaves the byte order mark out; what may become one is kept."""
        head = (self._head or b"") + chunk
        if len(head) < len(BOM) and BOM.startswith(head):
            self._head = head
            return b""
        self._head = None
        return head.removeprefix(BOM)

    def _read(self, chunk: bytes, events: list[ServerSentEvent]) -> None:
        if self._cr and chunk:
            self._cr = False
            if chunk[:1] == b"\n":
                chunk = chunk[1:]
        if b"\r" in chunk:
            self._cr = chunk[-1:] == b"\r"
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines: list[Any] = chunk.split(b"\n")
        rest = lines.pop()
        if lines and (self._skip or self._line):
            self._end_line(lines)
        for line in lines:
            if not line:
                data = self._data
                if data is not None:
                    text = data.decode("utf-8", "replace")
                    events.append(_new(ServerSentEvent, (self._event or "message", text, self._id)))
                    self._data = None
                self.last_event_id = self._id
                self._event = ""
                self._size = 0
            elif line[:5] == b"data:":
                self._add_data(line[6:] if line[5:6] == b" " else line[5:])
            else:
                self._field(line)
            if self._size > self._limit:
                self._fail()
                return
        if rest:
            self._begin_line(rest)

    def _end_line(self, lines: list[Any]) -> None:
        """The first of `lines` is the end of the line that has begun."""
        if self._skip:
            self._skip = False
            del lines[0]
        else:
            self._line += lines[0]
            lines[0] = self._line
            self._line = bytearray()

    def _begin_line(self, rest: bytes) -> None:
        """`rest` comes to the line that has begun. Of a line without a field that counts nothing is held."""
        if self._skip:
            return
        line = self._line
        line += rest
        colon = line.find(b":", 0, 6)  # a name has 5 letters at most
        if colon < 0:
            if not any(field.startswith(line) for field in FIELDS):
                self._skip = True
                line.clear()
            return
        if line[:colon] not in FIELDS:
            self._skip = True
            line.clear()
            return
        size = len(line) - colon - 1 - (line[colon + 1 : colon + 2] == b" ")
        if self._data is not None and colon == 4:
            size += 1  # the line end before it
        if self._size + size > self._limit:
            self._fail()

    def _field(self, line: bytes | bytearray) -> None:
        name, _, value = line.partition(b":")
        if value[:1] == b" ":
            value = value[1:]
        if name == b"data":
            self._add_data(value)
            return
        if name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id":
            if b"\0" not in value:
                self._id = value.decode("utf-8", "replace")
        elif name == b"retry":
            if value.isdigit() and len(value) <= RETRY_DIGITS:
                self.retry = int(value)
        else:
            return
        self._size += len(value)

    def _add_data(self, value: bytes | bytearray) -> None:
        data = self._data
        if data is None:
            self._size += len(value)
            self._data = value
            return
        self._size += len(value) + 1
        if type(data) is not bytearray:
            data = self._data = bytearray(data)
        data += b"\n"
        data += value

    def _fail(self) -> None:
        """Nothing more will be read, so nothing is held."""
        self._error = EventTooLarge(self._limit)
        self._line = bytearray()
        self._data = None


def _as_bytes(chunk: bytes | bytearray | memoryview | str) -> bytes:
    if isinstance(chunk, str):
        try:
            return chunk.encode("utf-8")
        except UnicodeEncodeError:
            return "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in chunk).encode("utf-8")
    if isinstance(chunk, (bytes, bytearray, memoryview)):  # pyright: ignore[reportUnnecessaryIsInstance]
        return bytes(chunk)
    raise TypeError(f"a chunk must be bytes or str, not {type(chunk).__name__}")
