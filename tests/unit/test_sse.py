"""The decoder of server-sent events against a plain reading of the standard (HTML, section 9.2.6)."""

from __future__ import annotations

import copy
import itertools
import pickle
import tracemalloc
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midstream.sse import Decoder, EventTooLarge, ServerSentEvent
from tests.support import data
from tests.support.feeding import KINDS, as_kind, every_two_cut_split, random_cuts, units

Event = tuple[str, str, str]

# -- the oracle: the whole text at once, letter by letter, in the words of the standard


class Oracle:
    """What a whole stream gives. Slow and plain."""

    def __init__(self, stream: bytes) -> None:
        text = stream.decode("utf-8", "replace")
        if text[:1] == "\ufeff":
            text = text[1:]
        self.events: list[Event] = []
        self.last_event_id = ""
        self.retry: int | None = None
        self._data = self._type = self._id = ""
        line = ""
        position = 0
        while position < len(text):
            letter = text[position]
            position += 1
            if letter == "\r" and text[position : position + 1] == "\n":
                position += 1
            if letter in "\r\n":
                self._line(line)
                line = ""
            else:
                line += letter

    def _line(self, line: str) -> None:
        if line == "":
            self._dispatch()
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._type = value
        elif name == "data":
            self._data += value + "\n"
        elif name == "id":
            if "\0" not in value:
                self._id = value
        elif name == "retry" and value != "" and all(letter in "0123456789" for letter in value) and len(value) <= 18:
            self.retry = int(value)

    def _dispatch(self) -> None:
        self.last_event_id = self._id
        if self._data != "":
            self.events.append((self._type or "message", self._data[:-1], self.last_event_id))
        self._data = self._type = ""


def decoded(chunks: Iterable[Any], **options: Any) -> tuple[list[Event], str, int | None]:
    """The events of all chunks, and what the decoder knows of the stream."""
    decoder = Decoder(**options)
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    assert all(type(event) is ServerSentEvent for event in events)
    return [tuple(event) for event in events], decoder.last_event_id, decoder.retry


def expected(stream: bytes) -> tuple[list[Event], str, int | None]:
    oracle = Oracle(stream)
    return oracle.events, oracle.last_event_id, oracle.retry


# -- the rules, one by one

TABLE: list[tuple[str, bytes, list[Event]]] = [
    # the examples of the standard
    ("three lines", b"data: YHOO\ndata: +2\ndata: 10\n\n", [("message", "YHOO\n+2\n10", "")]),
    (
        "comment, ids, an id reset, one space only",
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        [("message", "first event", "1"), ("message", "second event", ""), ("message", " third event", "")],
    ),
    ("empty data, and an event that has not ended", b"data\n\ndata\ndata\n\ndata:", [("message", "", ""), ("message", "\n", "")]),
    ("the space is optional", b"data:test\n\ndata: test\n\n", [("message", "test", "")] * 2),
    ("types", b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n", [("add", "73857293", ""), ("remove", "2153", "")]),
    # ends of lines
    ("CRLF", b"event: a\r\ndata: 1\r\ndata: 2\r\n\r\n", [("a", "1\n2", "")]),
    ("CR", b"event: a\rdata: 1\rdata: 2\r\r", [("a", "1\n2", "")]),
    ("mixed", b"data: 1\r\n\rdata: 2\n\r\ndata: 3\r\n\n", [("message", number, "") for number in "123"]),
    ("LF CR is two", b"data: 1\n\rdata: 2\n\r", [("message", "1", ""), ("message", "2", "")]),
    (
        "other separators are text",
        "data: a\u2028b\u2029c\x0bd\x0ce\x85f\x1eg\n\n".encode(),
        [("message", "a\u2028b\u2029c\x0bd\x0ce\x85f\x1eg", "")],
    ),
    ("empty lines dispatch nothing", b"\n\r\n\r\r\n\n", []),
    ("no empty line", b"data: 1\n", []),
    ("no end of a line", b"data: 1", []),
    # fields
    ("a comment", b":data: 1\n: \n:\n\n", []),
    ("a comment within an event", b"data: 1\n:ping\ndata: 2\n\n", [("message", "1\n2", "")]),
    ("names are told apart", b"data2: 1\ndat: 1\nDATA: 1\n data: 1\ndata : 1\n\n", []),
    ("an unknown field", b"foo: bar\ndata: 1\nfoo\n\n", [("message", "1", "")]),
    ("colons in the value", b"data::a:b: c\ndata: :\n\n", [("message", ":a:b: c\n:", "")]),
    ("one space is left out, a tab is not", b"data:  a \ndata:\ta\n\n", [("message", " a \n\ta", "")]),
    ("nothing but a space", b"data: \n\ndata:  \n\n", [("message", "", ""), ("message", " ", "")]),
    ("empty lines of data", b"data: a\ndata\ndata:\ndata: b\n\n", [("message", "a\n\n\nb", "")]),
    ("a type alone is forgotten", b"event: a\n\ndata: 1\n\n", [("message", "1", "")]),
    ("the latest type", b"event: a\nevent: b\ndata: 1\n\n", [("b", "1", "")]),
    ("an empty type", b"event: a\nevent\ndata: 1\n\nevent: a\nevent:\ndata: 1\n\n", [("message", "1", "")] * 2),
    ("NUL in data and type", b"event: \0\ndata: a\0b\n\n", [("\0", "a\0b", "")]),
    # ids
    ("an id stays", b"id: 7\ndata: 1\n\ndata: 2\n\n", [("message", "1", "7"), ("message", "2", "7")]),
    ("an id without data", b"id: 7\n\ndata: 1\n\n", [("message", "1", "7")]),
    ("an id after the data", b"data: 1\nid: 7\n\n", [("message", "1", "7")]),
    ("an id with NUL is passed over", b"id: 7\nid: 8\0\ndata: 1\n\n", [("message", "1", "7")]),
    (
        "an id is reset",
        b"id: 7\ndata: 1\n\nid:\ndata: 2\n\nid: 8\nid\ndata: 3\n\n",
        [("message", "1", "7"), ("message", "2", ""), ("message", "3", "")],
    ),
    # text
    ("a byte order mark", b"\xef\xbb\xbfdata: 1\n\n", [("message", "1", "")]),
    ("only one of them", b"\xef\xbb\xbf\xef\xbb\xbfdata: 1\n\n", []),
    (
        "one in the middle is text",
        b"data: 1\n\n\xef\xbb\xbfdata: 2\n\ndata: \xef\xbb\xbf\n\n",
        [("message", "1", ""), ("message", "\ufeff", "")],
    ),
    ("half of one is text", b"\xef\xbbdata: 1\ndata: 2\n\n", [("message", "2", "")]),
    ("UTF-8", "event: été\nid: €\ndata: 😀東京\n\n".encode(), [("été", "😀東京", "€")]),
    # one U+FFFD for each longest beginning of a sequence
    ("a lone byte", b"data: a\xffb\x80\n\n", [("message", "a\ufffdb\ufffd", "")]),
    ("cut sequences", b"data: \xe2\x82\ndata: \xf0\x9f\x98\ndata: \xc3\n\n", [("message", "\ufffd\n\ufffd\n\ufffd", "")]),
    (
        "too long, a surrogate, too high",
        b"data: \xc0\xaf\ndata: \xed\xa0\x80\ndata: \xf4\x90\x80\x80\n\n",
        [("message", "\ufffd\ufffd\n\ufffd\ufffd\ufffd\n\ufffd\ufffd\ufffd\ufffd", "")],
    ),
    ("invalid in a type and an id", b"event: \xff\nid: \xe2\x82\ndata\n\n", [("\ufffd", "", "\ufffd")]),
]  # fmt: skip


@pytest.mark.parametrize(("stream", "events"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_rules_of_the_standard_at_every_cut(stream: bytes, events: list[Event]) -> None:
    assert Oracle(stream).events == events
    outcome = expected(stream)
    for chunks in every_way(stream):
        assert decoded(chunks) == outcome, chunks


def every_way(stream: bytes) -> Iterator[list[Any]]:
    """Whole, byte by byte, at every two cuts, with empty chunks between, and as each kind."""
    yield [stream]
    yield units(stream)
    yield from every_two_cut_split(stream)
    yield list(itertools.chain.from_iterable((b"", "", byte) for byte in units(stream)))
    for kind in KINDS:
        yield [as_kind(stream, kind)]
        yield [as_kind(byte, kind) for byte in units(stream)]
    try:
        yield units(stream.decode("utf-8"))
    except UnicodeDecodeError:
        pass


@pytest.mark.parametrize(
    ("value", "retry"),
    [
        (b"0", 0),
        (b"10000", 10000),
        (b"007", 7),
        (b"9" * 18, 10**18 - 1),
        (b"9" * 19, None),
        (b"9" * 10_000, None),
        (b"", None),
        (b" 1", None),
        (b"1 ", None),
        (b"-1", None),
        (b"+1", None),
        (b"1.5", None),
        (b"1e3", None),
        (b"0x10", None),
        ("٣".encode(), None),
        ("²".encode(), None),
    ],
)
def test_retry_takes_digits_only(value: bytes, retry: int | None) -> None:
    for chunks in ([b"retry: " + value + b"\n"], units(b"retry: " + value + b"\n")):
        assert decoded(chunks) == ([], "", retry)
    assert decoded([b"retry: 5\nretry: " + value + b"\n\n"])[2] == (5 if retry is None else retry)


def test_retry_holds_from_its_line_on_and_the_id_from_the_empty_line() -> None:
    decoder = Decoder()
    assert (decoder.last_event_id, decoder.retry) == ("", None)
    decoder.feed("retry: 5\nid: 1")
    assert (decoder.last_event_id, decoder.retry) == ("", 5)
    decoder.feed("\n")
    assert decoder.last_event_id == ""
    decoder.feed("\n")
    assert decoder.last_event_id == "1"


# -- no later than necessary


@pytest.mark.parametrize("end", [b"\n\n", b"\r\r", b"\r\n\r", b"\n\r"])
def test_an_event_comes_with_the_first_byte_of_the_end_of_its_empty_line(end: bytes) -> None:
    decoder = Decoder()
    *before, last = units(b"data: 1" + end)
    assert [decoder.feed(byte) for byte in before] == [[]] * len(before)
    assert decoder.feed(last) == [("message", "1", "")]


def test_the_line_feed_after_a_cut_belongs_to_its_carriage_return() -> None:
    decoder = Decoder()
    assert decoder.feed(b"data: 1\r\n\r") == [("message", "1", "")]
    assert decoder.feed(b"") == []
    assert decoder.feed(b"\ndata: 2\r") == []
    assert decoder.feed(b"\ndata: 3\r") == []
    assert decoder.feed(b"\r") == [("message", "2\n3", "")]
    assert decoder.feed("\n\n\n") == []


def test_a_surrogate_in_a_str_becomes_one_replacement_character() -> None:
    for chunks in (["data: \ud83d\ude00\udc00\n\n"], units("data: \ud83d\ude00\udc00\n\n")):
        assert decoded(chunks)[0] == [("message", "\ufffd" * 3, "")]


@pytest.mark.parametrize("chunk", [3, None, ["data"], b"x".__iter__()])
def test_other_types_are_refused_and_change_nothing(chunk: Any) -> None:
    decoder = Decoder()
    decoder.feed("data: 1\n")
    with pytest.raises(TypeError, match="must be bytes or str, not"):
        decoder.feed(chunk)
    assert decoder.feed("\n") == [("message", "1", "")]


def test_a_buffer_may_be_used_again() -> None:
    decoder = Decoder()
    buffer = bytearray(b"data: 1")
    decoder.feed(memoryview(buffer))
    buffer[:] = b"xxxxxxx"
    assert decoder.feed(b"2\n\n") == [("message", "12", "")]
    held = bytearray(b"data: 1\n")
    decoder.feed(held)
    held[6:7] = b"x"
    decoder.feed(held)
    held[6:7] = b"y"
    assert decoder.feed(b"\n") == [("message", "1\nx", "")]


# -- random texts at random cuts

NAMES = [b"data", b"event", b"id", b"retry", b"dat", b"datax"]
ENDS = [b"\n", b"\r", b"\r\n", b"\n\n", b"\r\n\r\n", b"\r\r"]
WORDS = [b":", b" ", b"  ", b"\0", b"12", b"abc", "é€😀".encode()]
BYTES = [b"\xef\xbb\xbf", b"\xef", b"\xbb", b"\xbf", b"\xff", b"\xf0\x9f", b"\x98\x80"]
PARTS = [b"data: x", b"data:\n", b'data: {"a":1}\n\n', b"event: e\ndata: d\n\n"]
streams = st.lists(st.sampled_from(NAMES + ENDS + WORDS + BYTES + PARTS), max_size=24).map(b"".join)


@st.composite
def cut_streams(draw: st.DrawFn) -> tuple[bytes, list[Any]]:
    """A stream, and the same in chunks of every kind."""
    stream = draw(streams)
    places = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[a:b] for a, b in itertools.pairwise([0, *places, len(stream)])]
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=len(pieces), max_size=len(pieces)))
    return stream, [as_kind(piece, kind) for piece, kind in zip(pieces, kinds, strict=True)]


@given(cut_streams())
def test_P03_cuts_and_kinds_change_nothing(case: tuple[bytes, list[Any]]) -> None:
    stream, chunks = case
    assert decoded(chunks) == expected(stream)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_recorded_streams_at_random_cuts(end: str) -> None:
    for number, recording in enumerate(data.recordings()):
        events = recording.events()
        text = "\ufeff" if number % 2 else ""
        for name, payload in events:
            text += f"event: {name}{end}" if name is not None else f": ping{end}"
            # a payload of more than one line
            text += "".join(f"data: {line}{end}" for line in payload.split("\n")) + end
        expected_events = [(name or "message", payload, "") for name, payload in events]
        stream = text.encode()
        for chunks in ([stream], random_cuts(stream, number), random_cuts(stream, number, 400.0), random_cuts(text, number)):
            assert decoded(chunks)[0] == expected_events, recording.name


# -- limits


def size(prefix: bytes) -> int:
    """How large the event is that has begun in `prefix`, as `Decoder` says it. Slow and plain."""
    lines = prefix.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    *ended, begun = lines
    while b"" in ended:
        del ended[: ended.index(b"") + 1]
    total = rows = 0
    # until its colon has come, a line that has begun may become anything
    for line in [*ended, *([begun] if b":" in begun else [])]:
        name, _, value = line.partition(b":")
        if name in (b"data", b"event", b"id", b"retry"):
            total += len(value.removeprefix(b" "))
        if name == b"data":
            total += rows > 0
            rows += 1
    return total


def limited(chunks: Iterable[Any], limit: int) -> tuple[list[Event], bool]:
    """The events, and whether another was too large."""
    decoder = Decoder(limit)
    events: list[Event] = []
    try:
        for chunk in chunks:
            events += decoder.feed(chunk)
        decoder.feed(b"")  # raises an error that was held back for the events
    except EventTooLarge as error:
        assert error.limit == limit
        return events, True
    return events, False


def expected_limited(stream: bytes, limit: int) -> tuple[list[Event], bool]:
    """The same by the oracle: the stream ends with the first byte after which the event is too large."""
    for length in range(len(stream) + 1):
        if size(stream[:length]) > limit:
            return Oracle(stream[:length]).events, True
    return Oracle(stream).events, False


@given(cut_streams(), st.integers(0, 24))
def test_P15_the_limit_holds_at_every_cut(case: tuple[bytes, list[Any]], limit: int) -> None:
    stream, chunks = case
    assert limited(chunks, limit) == expected_limited(stream, limit)


EXACT: list[tuple[str, bytes, int]] = [
    ("one line", b"data: 12345678", 8),
    ("without the space", b"data:12345678", 8),
    ("bytes, not characters", "data: €€".encode(), 6),
    ("lines", b"data: 12\ndata: 45\ndata\ndata:8", 8),
    ("lines without anything", b"data\ndata\ndata\ndata", 3),
    ("a type", b"event: 12345678", 8),
    ("an id", b"id: 12345678", 8),
    ("digits", b"retry: 12345678", 8),
    ("all of them", b"id: 1\nevent: 23\ndata: 456\nretry: 78", 8),
    ("comments and unknown fields count nothing", b": a long comment\nfoo: a long value\ndata: 1\nfoo", 1),
    ("each event for itself", b"data: 1234\n\ndata: 1234\n\nevent: 1234\n\ndata: 123", 4),
    ("ends of lines", b"event: 1\r\ndata: 2\r\ndata: 4\r", 4),
    ("a byte order mark", b"\xef\xbb\xbfdata: 12345678", 8),
]


@pytest.mark.parametrize(("stream", "exact"), [row[1:] for row in EXACT], ids=[row[0] for row in EXACT])
def test_P15_the_limit_is_exact_to_the_byte(stream: bytes, exact: int) -> None:
    for whole in (stream, stream + b"\n\ndata\n\n"):
        for limit in (exact, exact - 1):
            outcome = expected_limited(whole, limit)
            # a name without a colon is no field before its line has ended
            assert outcome[1] == (limit < exact and not whole.endswith(b"\ndata"))
            for chunks in every_way(whole):
                assert limited(chunks, limit) == outcome, chunks


def test_P13_events_before_the_error_come_first_and_the_error_comes_again() -> None:
    decoder = Decoder(3)
    assert decoder.feed("data: 1\n\ndata: 2\n\ndata: 1234\n\ndata: 3\n\n") == [("message", "1", ""), ("message", "2", "")]
    raised = []
    for chunk in ("data: 4\n\n", b"", "\n"):
        with pytest.raises(EventTooLarge, match="an event of the stream is larger than 3 bytes") as caught:
            decoder.feed(chunk)
        raised.append(caught.value)
    assert all(error is raised[0] for error in raised)
    assert len(caught.traceback) <= 3  # it does not grow
    assert decoder.last_event_id == ""


def test_nothing_is_read_behind_an_event_that_is_too_large() -> None:
    decoder = Decoder(3)
    assert decoder.feed("data: 1\n\ndata: 1234\n\n" + ": ping\n" * 100_000 + "data: 2\n\n") == [("message", "1", "")]
    with pytest.raises(EventTooLarge):
        decoder.feed("")


def test_the_limit_of_a_decoder() -> None:
    assert Decoder(0).feed("data\n\n: comment\n") == [("message", "", "")]
    with pytest.raises(ValueError, match="max_event"):
        Decoder(-1)
    Decoder().feed(b"data: " + b"x" * (16 << 20))
    with pytest.raises(EventTooLarge):
        Decoder().feed(b"data: " + b"x" * ((16 << 20) + 1))


LIMIT = 1 << 18
ENDLESS: list[tuple[str, bytes, bytes, bool]] = [
    ("a line of data", b"data: ", b"x" * 8192, True),
    ("a line of data in small chunks", b"data: ", b"x" * 16, True),
    ("lines of data", b"", b"data: xyz\n" * 800, True),
    ("lines of nothing", b"", b"data\n" * 1600, True),
    ("CR for lines", b"", b"data\r" * 1600, True),
    ("a type", b"event: ", b"x" * 8192, True),
    ("types", b"", b"event: xyz\n" * 800, True),
    ("an id", b"id:", b"x" * 8192, True),
    ("digits", b"retry:", b"9" * 8192, True),
    ("a comment", b":", b"x" * 8192, False),
    ("comments", b"", b": ping\n" * 1000, False),
    ("an unknown field", b"datax: ", b"x" * 8192, False),
    ("a name", b"da", b"x" * 8192, False),
    ("invalid UTF-8", b"", b"\xff" * 8192, False),
    ("invalid UTF-8 in data", b"data:", b"\xff" * 8192, True),
]


@pytest.mark.parametrize(("head", "more", "limited"), [row[1:] for row in ENDLESS], ids=[row[0] for row in ENDLESS])
def test_P16_what_does_not_end_is_not_held(head: bytes, more: bytes, limited: bool) -> None:
    decoder = Decoder(LIMIT)
    assert decoder.feed(head) == []
    tracemalloc.start()
    try:
        for fed in range(0, 8 * LIMIT, len(more)):
            decoder.feed(more)
            held, peak = tracemalloc.get_traced_memory()
            # of a line, the line and its value at its end; of what is not held, the pieces of one chunk
            assert peak <= (4 * LIMIT if limited else LIMIT), fed
            assert held <= (2 * LIMIT if limited else LIMIT // 8), fed
    except EventTooLarge:
        assert limited
        assert fed <= 6 * LIMIT
        assert tracemalloc.get_traced_memory()[0] < LIMIT // 8
    else:
        assert not limited
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("head", "more"),
    [(b"data: ", b"x"), (b"data: ", "é"), (b"event: ", b"x"), (b"data\n", b"data: x\n"), (b"data: x\ndata: ", b"x")],
)
def test_P17_what_is_held_is_not_copied_with_each_chunk(head: bytes, more: bytes | str) -> None:
    """Of 300 chunks that come to a long line or many lines, only a few may cost what is held."""
    decoder = Decoder()
    decoder.feed(head)
    long = 400_000
    unit = more if isinstance(more, bytes) else more.encode()
    decoder.feed(unit * (long // len(unit)))
    rises = []
    tracemalloc.start()
    try:
        # what was made before counts nothing, so one copy is paid for here
        decoder.feed(unit * (long // 8))
        for _ in range(300):
            start, _peak = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            decoder.feed(more)
            rises.append(tracemalloc.get_traced_memory()[1] - start)
    finally:
        tracemalloc.stop()
    assert sum(rise > long // 8 for rise in rises) <= 3


def test_P17_a_large_chunk_is_split_into_lines_in_blocks() -> None:
    """Its lines would be many times as large as it is."""
    chunk = b": x\n" * 500_000
    decoder = Decoder()
    tracemalloc.start()
    try:
        assert decoder.feed(chunk) == []
        assert tracemalloc.get_traced_memory()[1] < len(chunk)
    finally:
        tracemalloc.stop()
    stream = b"".join(b"id: %d\ndata: %d\r\n\r\n" % (number, number) for number in range(20_000))
    assert decoded([stream])[0] == [("message", str(number), str(number)) for number in range(20_000)]


# -- the event and the error as objects


def test_an_event_is_a_small_immutable_object() -> None:
    [event] = Decoder().feed("id: 1\nevent: add\ndata: x\n\n")
    assert event == ServerSentEvent("add", "x", "1") == ServerSentEvent(event="add", data="x", id="1")
    assert event != ServerSentEvent("add", "y", "1")
    assert repr(event) == "ServerSentEvent(event='add', data='x', id='1')"
    assert hash(event) == hash(ServerSentEvent("add", "x", "1"))
    with pytest.raises(AttributeError):
        event.data = "y"  # type: ignore[misc]
    match event:
        case ServerSentEvent(event="add", data=text):
            assert text == "x"
        case _:
            pytest.fail("no match")
    match event:
        case ServerSentEvent(name, text, number):
            assert (name, text, number) == ("add", "x", "1")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(event, protocol))
        assert type(again) is ServerSentEvent
        assert again == event
    assert copy.copy(event) == event


def test_an_error_survives_pickling() -> None:
    error = EventTooLarge(7)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is EventTooLarge
    assert (again.limit, str(again)) == (7, str(error))
    assert isinstance(error, ValueError)


def test_a_decoder_survives_pickling_in_the_middle() -> None:
    stream = "\ufeffid: 1\nevent: é\ndata: 1\r\ndata: €\n\n: ping\nfoo: bar\r\nretry: 5\n\ndata: 2\r\r\n".encode()
    for place in range(len(stream)):
        decoder = Decoder()
        events = decoder.feed(stream[:place])
        moved = pickle.loads(pickle.dumps(decoder))
        assert events + moved.feed(stream[place:]) == Oracle(stream).events
        assert (moved.last_event_id, moved.retry) == ("1", 5)
