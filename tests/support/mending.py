"""All there is to see of a parser that repairs, after each fragment and at the end of input."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import midstream
from midstream import Completed
from tests.oracle.partial import Fragment, Path
from tests.support.feeding import EVERYTHING, EventRecord, Fragments, Record, merged, observe

END = None  # in place of a fragment


@dataclasses.dataclass(frozen=True)
class Look:
    """record: what is shown, the error that was raised or is held back in it. events: all so far, adjacent texts as one."""

    record: Record
    events: tuple[EventRecord, ...]


class Watched:
    """A parser that watches everything, what feeding it gave, and the error that ended it."""

    def __init__(self, parser: midstream.Parser | None = None, **options: Any) -> None:
        self.parser = midstream.Parser(EVERYTHING, **options) if parser is None else parser
        self.events: list[Any] = []
        self.records: list[EventRecord] = []
        self.error: BaseException | None = None

    def feed(self, fragment: Fragment | None, final: bool = False) -> list[Any]:
        """Feeds a fragment, or END; the events, each as it is. After an error nothing is fed."""
        if self.error is not None:
            return []
        events: list[Any] = []
        try:
            events = list(self.parser.feed("", True) if fragment is END else self.parser.feed(fragment, final))
            self.events += events
            self.records = merge(self.records, events)
            if self.parser.status is midstream.Status.FAILED:
                self.parser.feed("")
        except Exception as error:
            self.error = error
        return events

    def feed_all(self, fragments: Fragments, *, end: bool = False) -> Watched:
        for fragment in fragments:
            self.feed(fragment)
        if end:
            self.feed(END)
        return self

    def look(self) -> Look:
        return Look(observe(self.parser, self.error), tuple(self.records))


def merge(records: list[EventRecord], events: list[Any]) -> list[EventRecord]:
    """records with those of events behind them."""
    if not events:
        return records
    added = merged(events)
    last = records[-1] if records else None
    if last is not None and last[0] == added[0][0] == "Text" and last[1] == added[0][1]:
        return [*records[:-1], (*last[:2], last[2] + added[0][2]), *added[1:]]
    return [*records, *added]


def looks(fragments: Fragments, *, end: bool = True, **options: Any) -> Iterator[Look]:
    """After each fragment, and after the end of input."""
    watched = Watched(**options)
    for fragment in [*fragments, END] if end else fragments:
        watched.feed(fragment)
        yield watched.look()


def whole(text: Fragment, *, end: bool = False, **options: Any) -> Look:
    return Watched(**options).feed_all([text], end=end).look()


def joined(fragments: Fragments) -> Fragment:
    """The fragments as one: bytes if there are any, else str."""
    if all(isinstance(fragment, str) for fragment in fragments):
        return "".join(map(str, fragments))
    return b"".join(fragment.encode() if isinstance(fragment, str) else bytes(fragment) for fragment in fragments)


def paired(text: str) -> str:
    """text with each two surrogates that are a pair as one character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def check_partition(fragments: Fragments, *, every: int = 1, **options: Any) -> None:
    """After each fragment, or one of so many, all is as if the text so far had come in one piece; so at the end of input."""
    count = 0
    for count, look in enumerate(looks(fragments, end=False, **options), 1):
        if count % every == 0 or count == len(fragments) or look.record.error:
            check_same(look, whole(joined(fragments[:count]), **options), fragments[:count], options)
        if look.record.error:
            return
    text = joined(fragments)
    *_, look = looks(fragments, **options)
    check_same(look, whole(text, end=True, **options), [*fragments, "<end>"], options)


def check_same(look: Look, wanted: Look, fragments: Fragments, options: dict[str, Any]) -> None:
    if look == wanted:
        return
    lines = [f"after {[f if isinstance(f, str) else bytes(f) for f in fragments]!r} with {options!r}"]
    for field in dataclasses.fields(Record):
        got, want = getattr(look.record, field.name), getattr(wanted.record, field.name)
        if got != want:
            lines += [f"  {field.name}: in fragments {got!r}", f"  {field.name}: whole {want!r}"]
    if look.events != wanted.events:
        lines += [f"  events in fragments: {look.events!r}", f"  events whole: {wanted.events!r}"]
    raise AssertionError("\n".join(lines))


def completed(events: Any) -> list[Completed]:
    return [event for event in events if type(event) is Completed]


def completed_paths(text: Fragment, *, end: bool = True, **options: Any) -> list[Path]:
    """Where values were completed, in their order."""
    watched = Watched(**options).feed_all([text], end=end)
    assert watched.error is None, watched.error
    return [event.path for event in completed(watched.events)]


def repair_kinds(parser: midstream.Parser) -> set[midstream.Repair]:
    return {repair.kind for repair in parser.repairs}

