"""Ways of cutting a text, and records of what a parser shows that can be compared.

A record holds copies only: a text that is changed in place after it was shown does not change its record.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import random
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import midstream
from tests.oracle import events as oracle_events
from tests.oracle import partial
from tests.oracle.partial import Fragment, Outcome, Path

Frozen = tuple[Any, ...]
Options = dict[str, Any]
Fragments = Sequence[Fragment]
ErrorRecord = tuple[Any, ...]


# -- records


def freeze(value: Any) -> Frozen:
    """A comparable copy of value that keeps types, the order of keys and the bits of floats."""
    if value is midstream.MISSING or value is partial.MISSING:
        return ("MISSING",)
    if value is None:
        return ("None",)
    kind = type(value)
    if kind is str:
        return ("str", value.encode("utf-8", "surrogatepass"))
    if kind is bool or kind is int:
        return (kind.__name__, value)
    if kind is float:
        return ("float", struct.pack(">d", value))
    if kind is list:
        return ("list", tuple(map(freeze, value)))
    if kind is dict:
        return ("dict", tuple((freeze(key), freeze(item)) for key, item in value.items()))
    return ("other", kind.__name__, repr(value))


def paths_of(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every path at which value shows something."""
    if value is midstream.MISSING or value is partial.MISSING:
        return
    yield path
    if type(value) is list:
        for index, item in enumerate(value):
            yield from paths_of(item, (*path, index))
    elif type(value) is dict:
        for key, item in value.items():
            yield from paths_of(item, (*path, key))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


@dataclasses.dataclass(frozen=True)
class Record:
    """All that can be seen of a parser at one moment."""

    value: Frozen
    status: str
    offset: int
    path: Path
    repairs: tuple[tuple[str, int, Path], ...]
    complete: frozenset[Path]
    error: ErrorRecord | None


def error_record(error: BaseException) -> ErrorRecord:
    """Class, kind, offset, char_offset, line, column and path; other exceptions by class and text."""
    if isinstance(error, midstream.JSONStreamError):
        return (
            type(error).__name__,
            error.kind.name,
            error.offset,
            error.char_offset,
            error.line,
            error.column,
            error.path,
        )
    return (type(error).__name__, str(error))


def observe(parser: midstream.Parser, error: BaseException | None = None) -> Record:
    value = parser.value
    return Record(
        value=freeze(value),
        status=parser.status.name,
        offset=parser.offset,
        path=parser.path,
        repairs=tuple((repair.kind.name, repair.offset, repair.path) for repair in parser.repairs),
        complete=frozenset(path for path in paths_of(value) if parser.is_complete(path)),
        error=None if error is None else error_record(error),
    )


def expected(outcome: Outcome) -> Record:
    """The record that the oracle's outcome asks for."""
    return Record(
        value=freeze(outcome.value),
        status=outcome.status,
        offset=outcome.offset,
        path=outcome.path,
        repairs=tuple(outcome.repairs),
        complete=frozenset(outcome.complete),
        error=outcome.error,
    )


# -- feeding


def try_feed(parser: midstream.Parser, fragment: Fragment, final: bool = False) -> BaseException | None:
    """Feeds one fragment and returns what it raised."""
    try:
        events = parser.feed(fragment, final)
    except Exception as error:
        return error
    assert events == ()
    return None


def try_close(parser: midstream.Parser) -> BaseException | None:
    try:
        value = parser.close()
    except Exception as error:
        return error
    assert value is parser.value
    return None


def feed_all(fragments: Fragments, **options: Any) -> tuple[midstream.Parser, BaseException | None]:
    """A parser fed with fragments until it raises."""
    parser = midstream.Parser(**options)
    for fragment in fragments:
        error = try_feed(parser, fragment)
        if error is not None:
            return parser, error
    return parser, None


def seen(fragments: Fragments, *, close: bool = False, **options: Any) -> Record:
    """What a parser shows after fragments, read once, at the end; with close, after close() too."""
    parser, error = feed_all(fragments, **options)
    if close and error is None:
        error = try_close(parser)
    return observe(parser, error)


def check_against_oracle(fragments: Fragments, *, close: bool = True, **options: Any) -> None:
    """Compares what is shown after every fragment, and after close(), with the oracle."""
    parser = midstream.Parser(**options)
    error = None
    for count, fragment in enumerate(fragments, 1):
        error = try_feed(parser, fragment)
        shown = observe(parser, error)
        wanted = expected(partial.parse(fragments[:count], **options))
        assert shown == wanted, describe(fragments[:count], options, shown, wanted)
        if error is not None:
            return
    if close:
        shown = observe(parser, try_close(parser))
        wanted = expected(partial.parse(fragments, final=True, **options))
        assert shown == wanted, describe(fragments, options, shown, wanted, "then close()")


def describe(fragments: Fragments, options: Options, shown: Record, wanted: Record, after: str = "") -> str:
    lines = [f"after {[f if isinstance(f, str) else bytes(f) for f in fragments]!r} {after} with {options!r}"]
    for field in dataclasses.fields(Record):
        got, want = getattr(shown, field.name), getattr(wanted, field.name)
        if got != want:
            lines += [f"  {field.name}: shown  {got!r}", f"  {field.name}: oracle {want!r}"]
    return "\n".join(lines)


# -- cuts


Text = str | bytes


def cut(text: Text, cuts: Sequence[int]) -> list[Any]:
    """text cut at the given places; a place named twice gives an empty fragment."""
    edges = [0, *sorted(cuts), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(edges)]


def units(text: Text) -> list[Any]:
    """One character or byte a fragment."""
    return [text[index : index + 1] for index in range(len(text))]


def every_split(text: Text) -> Iterator[list[Any]]:
    for place in range(len(text) + 1):
        yield [text[:place], text[place:]]


def every_two_cut_split(text: Text) -> Iterator[list[Any]]:
    for places in itertools.combinations_with_replacement(range(len(text) + 1), 2):
        yield cut(text, places)


def random_cuts(text: Text, seed: int, mean: float = 4.0) -> list[Any]:
    """Fragments of random sizes, about `mean` long, the same for the same seed."""
    rng = random.Random(seed)
    fragments, start = [], 0
    while start < len(text):
        end = start + 1 + int(rng.expovariate(1.0 / mean))
        fragments.append(text[start:end])
        start = end
    return fragments


def code_units(text: str) -> str:
    """text with every character beyond the BMP as two lone surrogates, so that it can be cut between them."""
    data = text.encode("utf-16-be", "surrogatepass")
    return "".join(chr(unit) for unit in struct.unpack(f">{len(data) // 2}H", data))


KINDS = ("str", "bytes", "bytearray", "memoryview")


def as_kind(data: bytes, kind: str) -> Fragment:
    """data as one kind of fragment; as bytes where it is no UTF-8 by itself and a str is asked for."""
    if kind == "str":
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return data
    if kind == "bytearray":
        return bytearray(data)
    if kind == "memoryview":
        return memoryview(bytearray(b"<" + data + b">"))[1:-1]
    return data


def all_ways(data: bytes) -> Iterator[list[Fragment]]:
    """data whole, byte by byte, at every split, with empty fragments between, and as each kind."""
    yield [data]
    yield units(data)
    yield from every_split(data)
    yield list(itertools.chain.from_iterable((b"", "", byte) for byte in units(data)))
    for kind in KINDS:
        yield [as_kind(data, kind)]
        yield [as_kind(byte, kind) for byte in units(data)]
    yield [as_kind(byte, KINDS[index % 4]) for index, byte in enumerate(units(data))]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    yield units(text)
    yield units(code_units(text))


TRAILING = (*(bytes([byte]) for byte in b' ,]}x1"\x00\xff\xc3-.e[{t'), b"\n[")


def with_trailing(data: bytes) -> Iterator[bytes]:
    """data with something after it that may or may not belong to it."""
    for tail in TRAILING:
        yield data + tail


def clone(value: Any) -> Any:
    """A copy of value that shares no object with it, texts included."""
    if type(value) is str:
        return value.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")
    if type(value) is list:
        return [clone(item) for item in value]
    if type(value) is dict:
        return {clone(key): clone(item) for key, item in value.items()}
    return value


def mended(value: Any) -> Any:
    """value with each lone surrogate as U+FFFD."""
    if isinstance(value, str):
        return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in value)
    if isinstance(value, list):
        return [mended(item) for item in value]
    if isinstance(value, dict):
        return {mended(key): mended(item) for key, item in value.items()}
    return value


def json_value(text: str | bytes) -> Any:
    """json.loads, where a lone surrogate is U+FFFD before keys are compared."""

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        return {mended(key): mended(item) for key, item in members}

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    return mended(json.loads(text, object_pairs_hook=pairs, parse_constant=refuse))


# -- events

EventRecord = tuple[Any, ...]
EVERYTHING = ("$", "$..*")
NO_EVENTS = midstream.Parser().feed("")


def event_record(event: Any) -> EventRecord:
    """A comparable copy of an event, the parser's or the oracle's, made while its value is what it was."""
    name = type(event).__name__
    if name == "Opened":
        return (name, event.path, event.kind)
    if name == "Text":
        return (name, event.path, event.text)
    assert name == "Completed", name
    return (name, event.path, freeze(event.value), event.span)


def merged(events: Iterable[Any]) -> list[EventRecord]:
    """The records of events, adjacent texts of one string as one."""
    records: list[EventRecord] = []
    for event in events:
        record = event_record(event)
        if record[0] == "Text" and records and records[-1][:2] == record[:2]:
            record = (*record[:2], records.pop()[2] + record[2])
        records.append(record)
    return records


@dataclasses.dataclass(frozen=True)
class Call:
    """What one call of feed or close gave: events, as they were, or else the error that it raised."""

    events: tuple[EventRecord, ...]
    error: ErrorRecord | None

    @classmethod
    def of_oracle(cls, call: oracle_events.Call) -> Call:
        return cls(tuple(map(event_record, call.events)), call.error)


@dataclasses.dataclass
class Feeding:
    """A parser and all that came of feeding it: each call's outcome, every event, what was raised and by how many calls."""

    parser: midstream.Parser
    calls: list[Call] = dataclasses.field(default_factory=list)
    events: list[Any] = dataclasses.field(default_factory=list)
    raised: list[BaseException] = dataclasses.field(default_factory=list)

    def feed(self, fragment: Fragment, final: bool = False) -> Sequence[Any]:
        """Feeds one fragment; what is raised is kept."""
        try:
            events = self.parser.feed(fragment, final)
        except Exception as error:
            self.raised.append(error)
            self.calls.append(Call((), error_record(error)))
            return ()
        assert events is NO_EVENTS or (type(events) is list and events)
        self.events.extend(events)
        self.calls.append(Call(tuple(map(event_record, events)), None))
        return events

    def close(self) -> None:
        try:
            value = self.parser.close()
        except Exception as error:
            self.raised.append(error)
            self.calls.append(Call((), error_record(error)))
        else:
            assert value is self.parser.value
            self.calls.append(Call((), None))


def feed_events(
    fragments: Fragments, watch: Any = EVERYTHING, *, final: bool = False, close: bool = False, **options: Any
) -> Feeding:
    """Feeds every fragment, also after an error; with final, the last one so; with close, closes."""
    feeding = Feeding(midstream.Parser(watch=watch, **options))
    for count, fragment in enumerate(fragments, 1):
        feeding.feed(fragment, final and count == len(fragments))
    if close:
        feeding.close()
    return feeding


def check_events_against_oracle(
    fragments: Fragments, watch: Any = EVERYTHING, *, final: bool = False, close: bool = True, **options: Any
) -> Feeding:
    """Compares what every call returns or raises with the oracle."""
    got = feed_events(fragments, watch, final=final, close=close, **options)
    wanted = oracle_events.calls(fragments, watch, final=final, close=close, **options)
    spelled = [bytes(f) if isinstance(f, (bytearray, memoryview)) else f for f in fragments]
    for number, (call, oracle) in enumerate(zip(got.calls, map(Call.of_oracle, wanted), strict=True)):
        fed = f"close() after {spelled!r}" if number == len(spelled) else f"fragment {number} of {spelled!r}"
        assert call == oracle, f"{fed} with {watch!r}, {options!r}\n  parser {call}\n  oracle {oracle}"
    assert all(error is got.raised[0] for error in got.raised)
    return got
