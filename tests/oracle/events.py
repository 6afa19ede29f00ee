"""The exact events of any cut: what each call returns, and which error it raises. Slow and plain.

The events of a prefix are those of one reading of it, from its first byte to the first that can't be accepted. The end of
input is no byte: it never adds an event. What a feed returns is what the reading of the longer prefix has beyond the
reading of the shorter one. An error in a feed that returns events is raised by the next call instead.

The JSONPath expressions are read and matched here a second time, by the grammar and the words of RFC 9535.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from tests.oracle import partial
from tests.oracle.partial import Fragment, Path, Put

Segment = tuple[bool, str | int | None]
Watched = tuple[tuple[Segment, ...], ...]
ErrorRecord = tuple[Any, ...]
Watch = str | Iterable[str] | None


@dataclasses.dataclass(frozen=True)
class Opened:
    path: Path
    kind: str


@dataclasses.dataclass(frozen=True)
class Text:
    path: Path
    text: str


@dataclasses.dataclass(frozen=True)
class Completed:
    path: Path
    value: Any
    span: tuple[int, int]


Event = Opened | Text | Completed


@dataclasses.dataclass
class Call:
    """What one call returns, or else raises: an error as (class, kind, offset, …), any other as (class, text)."""

    events: list[Event]
    error: ErrorRecord | None


def calls(
    fragments: Sequence[Fragment], watch: Watch, *, final: bool = False, close: bool = False, **options: Any
) -> list[Call]:
    """One entry for each fragment fed; with final, the last is fed so; with close, one more for close()."""
    watched = expressions(watch)
    before: list[Event] = []
    error: ErrorRecord | None = None
    done: list[Call] = []
    for count in range(1, len(fragments) + 1):
        if error is not None:
            done.append(Call([], error))
            continue
        after, error = read(fragments[:count], watched, final=final and count == len(fragments), **options)
        news = beyond(before, after)
        before = after
        done.append(Call(news, None if news else error))
    if close:
        if error is None:
            _, error = read(fragments, watched, final=True, **options)
        done.append(Call([], error))
    return done


def events_of(fragments: Sequence[Fragment], watch: Watch, **options: Any) -> list[list[Event]]:
    """The events that each feed of a fragment returns."""
    return [call.events for call in calls(fragments, watch, **options)]


def beyond(before: list[Event], after: list[Event]) -> list[Event]:
    """What `after`, the events of a longer prefix, has more than `before`."""
    news = after[len(before) :]
    if before and isinstance(before[-1], Text):
        last, grown = before[-1], after[len(before) - 1]
        assert isinstance(grown, Text)
        assert grown.path == last.path
        assert grown.text.startswith(last.text)
        if len(grown.text) > len(last.text):
            news.insert(0, Text(last.path, grown.text[len(last.text) :]))
    return news


def read(
    fragments: Sequence[Fragment], watched: Watched, *, final: bool = False, **options: Any
) -> tuple[list[Event], ErrorRecord | None]:
    """All events of the fragments as if they were fed as one, and the error that there is after them."""
    data, high = partial.join(fragments)
    log = _EventReader(data[: options.get("max_size")], **options)
    error: ErrorRecord | None = None
    try:
        log.run_deep()
    except Exception as failure:  # of parse_float
        error = (type(failure).__name__, str(failure))
    else:
        if log.error or high or len(log.data) < len(data):
            error = partial.parse(fragments, **options).error
    if error is None and final:
        try:
            error = partial.parse(fragments, final=True, **options).error
        except Exception as failure:
            error = (type(failure).__name__, str(failure))
    return [event for _, event in log.events if selected(watched, event.path)], error


def timed(data: bytes, watch: Watch, **options: Any) -> list[tuple[int, Opened | Completed]]:
    """The events of a whole input that are no Text, each with the number of bytes that must have been read for it."""
    watched = expressions(watch)
    log = _EventReader(data[: options.get("max_size")], **options)
    log.run_deep()
    return [
        (due, event) for due, event in log.events if not isinstance(event, Text) and selected(watched, event.path)
    ]


class _EventReader(partial._Reader):
    """Writes down what is shown, when it is shown: each event with the number of bytes that must have been read for it."""

    def __init__(
        self,
        data: bytes,
        *,
        numbers: str = "complete",
        duplicate_keys: str = "last",
        parse_float: Any = None,
        multiple: bool = False,
        max_depth: int | None = 1024,
        max_size: int | None = None,
        max_string: int | None = None,
    ) -> None:
        assert max_size is None or len(data) <= max_size
        super().__init__(data, False, numbers, duplicate_keys, parse_float, multiple, max_depth, max_string)
        self.events: list[tuple[int, Event]] = []

    def run_deep(self) -> None:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(limit + 5 * (self.data.count(b"[") + self.data.count(b"{")))
        try:
            self.run()
        finally:
            sys.setrecursionlimit(limit)

    def read_value(self, path: Path, depth: int, put: Put | None, closer: int | None) -> None:
        if put is None:  # a value that duplicate_keys="first" drops
            super().read_value(path, depth, put, closer)
            return
        start = self.pos
        kind = {b"{": "object", b"[": "array", b'"': "string"}.get(self.data[start : start + 1])
        shown: Any = None

        def show(value: Any) -> None:
            nonlocal shown
            shown = value
            put(value)
            if kind:
                self.events.append((start + 1, Opened(path, kind)))
            if kind == "string" and value:
                self.events.append((self.pos, Text(path, value)))

        super().read_value(path, depth, show, closer)
        end_is_seen = self.pos + (self.data[start : start + 1] in b"-0123456789")
        self.events.append((end_is_seen, Completed(path, shown, (start, self.pos))))


# -- JSONPath, RFC 9535

_S = r"[ \t\n\r]*"
_NAME = "[A-Za-z_\x80-\ud7ff\ue000-\U0010ffff][0-9A-Za-z_\x80-\ud7ff\ue000-\U0010ffff]*"
_HEX = "[0-9A-Fa-f]"
_UNIT = f"(?:[0-9A-CE-Fa-ce-f]{_HEX}{{3}}|[Dd][0-7]{_HEX}{{2}}|[Dd][89ABab]{_HEX}{{2}}\\\\u[Dd][C-Fc-f]{_HEX}{{2}})"
_PLAIN = "[ !#-&(-\\[\\]-\ud7ff\ue000-\U0010ffff]"  # neither quote, nor backslash, nor control character, nor surrogate
_DOUBLE = f'"(?:{_PLAIN}|\'|\\\\["\\\\/bfnrt]|\\\\u{_UNIT})*"'
_SINGLE = f"'(?:{_PLAIN}|\"|\\\\['\\\\/bfnrt]|\\\\u{_UNIT})*'"
_SEGMENT = re.compile(
    f"{_S}(?:\\.(?P<deep>\\.)?(?P<short>\\*|{_NAME})"
    f"|(?P<deeper>\\.\\.)?\\[{_S}(?P<long>\\*|0|[1-9][0-9]*|{_DOUBLE}|{_SINGLE}){_S}\\])"
)


def expressions(watch: Watch) -> Watched:
    return tuple(tuple(segments_of(one)) for one in ([] if watch is None else [watch] if isinstance(watch, str) else watch))


def segments_of(expression: str) -> list[Segment]:
    """The segments as (descendant, selector); a selector is a name, an index, or None for the wildcard."""
    if not expression.startswith("$"):
        raise ValueError(f"does not begin with $: {expression!r}")
    place = 1
    segments: list[Segment] = []
    while place < len(expression):
        found = _SEGMENT.match(expression, place)
        if found is None:
            raise ValueError(f"no segment at {place}: {expression!r}")
        place = found.end()
        descendant = bool(found["deep"] or found["deeper"])
        if found["short"]:
            segments.append((descendant, None if found["short"] == "*" else found["short"]))
        else:
            segments.append((descendant, _selector_of(found["long"])))
    return segments


def _selector_of(spelled: str) -> str | int | None:
    if spelled == "*":
        return None
    if spelled[0] not in "'\"":
        if int(spelled) > 2**53 - 1:
            raise ValueError(f"index out of range: {spelled}")
        return int(spelled)
    body = spelled[1:-1]
    if spelled[0] == "'":
        body = re.sub(r"\\.|\"", lambda found: {"\\'": "'", '"': '\\"'}.get(found[0], found[0]), body, flags=re.DOTALL)
    name: str = json.loads(f'"{body}"')
    return name


@functools.lru_cache(100_000)
def selected(watched: Watched, path: Path) -> bool:
    """Does any expression select the node at path? Nodes are told by how many steps of the path lead to them."""
    for segments in watched:
        nodes = {0}
        for descendant, selector in segments:
            inner = {node for start in nodes for node in range(start, len(path))} if descendant else nodes
            nodes = {node + 1 for node in inner if node < len(path) and _fits(selector, path[node])}
        if len(path) in nodes:
            return True
    return False


def _fits(selector: str | int | None, step: str | int) -> bool:
    return selector is None or (type(selector) is type(step) and selector == step)


def query(segments: Iterable[Segment], root: Any) -> set[Path]:
    """The paths of the nodes of a finished value that an expression selects (RFC 9535, section 2.5)."""
    nodes: dict[Path, Any] = {(): root}
    for descendant, selector in segments:
        inputs = {path: value for node in nodes for path, value in _nodes(nodes[node], node)} if descendant else nodes
        nodes = {
            (*path, step): child
            for path, value in inputs.items()
            for step, child in _children(value)
            if _fits(selector, step)
        }
    return set(nodes)


def _children(value: Any) -> list[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _nodes(value: Any, path: Path) -> Iterable[tuple[Path, Any]]:
    yield path, value
    for step, child in _children(value):
        yield from _nodes(child, (*path, step))
