"""Are a library's events right? Those of all fragments together make the document, and are those of ijson on the whole."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from benchmarks.check import Verdict, same
from benchmarks.event_peers import ALL_NODES, BASIC_PARSE, PARSE
from benchmarks.measure import check_stream
from benchmarks.peers import Peer


def rebuilt(events: Sequence[Any]) -> tuple[Any, int]:
    """The value, of what has opened, the text that came and the numbers and literals; and how many `Completed` differ or lack."""
    from midstream import Completed, Opened, Text

    root: list[Any] = []  # the root is its only element
    at: dict[tuple[str | int, ...], Any] = {}
    different = 0

    def put(path: tuple[str | int, ...], value: Any) -> None:
        container: Any = at[path[:-1]] if path else root
        step = path[-1] if path else 0
        at[path] = value
        if step == len(container) and isinstance(container, list):
            container.append(value)
        else:
            container[step] = value

    for event in events:
        if isinstance(event, Opened):
            put(event.path, {"object": {}, "array": [], "string": ""}[event.kind])
        elif isinstance(event, Text):
            put(event.path, at[event.path] + event.text)
        elif isinstance(event, Completed):
            if isinstance(event.value, int | float | None):
                put(event.path, event.value)
            # what stands within a container has been compared at its own event
            if isinstance(event.value, dict | list) and event.path:
                different += len(at.pop(event.path)) != len(event.value)
            else:
                different += not same(at.pop(event.path), event.value)
    return (root[0] if root else None), different + len(at)


def of_midstream(events: list[Any], text: str) -> Verdict:
    value, different = rebuilt(events)
    final = json.loads(text)
    last = events[-1]
    whole = last.path == () and last.span == (0, len(text.encode()))
    return Verdict(len(events), different, final=whole and same(last.value, final) and same(value, final))


def of_ijson(name: str) -> Callable[[list[Any], str], Verdict]:
    def judge(events: list[Any], text: str) -> Verdict:
        from ijson.backends import yajl2_c  # type: ignore[import-untyped]
        from ijson.common import ObjectBuilder  # type: ignore[import-untyped]

        expected = list(getattr(yajl2_c, name)(BytesIO(text.encode()), use_float=True))
        different = sum(a != b for a, b in zip(events, expected, strict=False))
        builder = ObjectBuilder()
        for *_, event, value in events:
            builder.event(event, value)
        final = len(events) == len(expected) and same(builder.value, json.loads(text))
        return Verdict(len(events), different, final=final)

    return judge


JUDGES: dict[str, Callable[[list[Any], str], Verdict]] = {
    ALL_NODES.name: of_midstream,
    BASIC_PARSE.name: of_ijson("basic_parse"),
    PARSE.name: of_ijson("parse"),
}


def check(peer: Peer, pieces: list[str], stride: int) -> Verdict:
    """Of a library that gives events, all of them; of one that gives none, that there are none and the values it shows."""
    fragments = [peer.data(piece) for piece in pieces]
    if peer.name in JUDGES:
        events = [event for some in peer.watched_loop()(fragments) for event in some]
        return JUDGES[peer.name](events, "".join(pieces))
    verdict = check_stream(peer, pieces, stride)
    telling = dataclasses.replace(peer, step="value = feed(fragment)", end="value = ()\nparser.close()")
    verdict.different += sum(map(len, telling.watched_loop()(fragments)))
    return verdict
