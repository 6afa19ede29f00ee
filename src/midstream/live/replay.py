"""Recorded provider streams: those that come with the package, and files of others."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, cast

from ..sse import Decoder, EventTooLarge

__all__ = ["NAMES", "PACE", "NotAStream", "Stream", "is_recording", "load", "parse", "read", "sse"]

NAMES = ("fibonacci", "forecast", "stocks", "oncall", "people", "kyoto", "recipe", "places")
PACE = 40.0  # events a second, where a file does not say
LINE_END = re.compile("\r\n|\r|\n")
BOM = b"\xef\xbb\xbf"


class NotAStream(ValueError):
    """What was read is neither an event stream nor a recording of one.

    begins_well: it begins like one of them.
    """

    def __init__(self, message: str, begins_well: bool = False) -> None:
        super().__init__(message)
        self.begins_well = begins_well


@dataclass(frozen=True)
class Stream:
    """One response of a provider, event by event.

    wire: a name that `ToolCalls` takes. events: the name of each event, None if it has none, and its data.
    pace: events a second; chosen, since the recordings have no timing. source: repository, path, commit and licence,
    empty for a file that does not say.
    """

    name: str
    wire: str
    events: tuple[tuple[str | None, str], ...]
    about: str = ""
    provider: str = ""
    model: str = ""
    source: dict[str, str] = field(default_factory=dict[str, str])
    pace: float = PACE

    def chunks(self) -> tuple[bytes, ...]:
        """The events as a server sends them, each framed on its own."""
        return tuple(sse(event, data) for event, data in self.events)


def sse(event: str | None, data: str) -> bytes:
    """One event as text/event-stream. A line end in `event` is a ValueError; in `data` it becomes one of U+000A."""
    if event is not None and LINE_END.search(event):
        raise ValueError("the name of an event has no line ends")
    lines = [] if event is None else [f"event: {event}"]
    lines += [f"data: {line}" for line in LINE_END.split(data)]
    return "\n".join([*lines, "", ""]).encode("utf-8", "surrogatepass")


def load(name: str) -> Stream:
    """The recording called `name`, one of `NAMES`."""
    resource = files("midstream.live") / "recordings" / "streams" / f"{name}.jsonl"
    return parse(resource.read_bytes(), name)


def read(path: str | os.PathLike[str], wire: str) -> Stream:
    """The stream in a file: a recording (`.jsonl`), or the bytes of a text/event-stream.

    A recording has a JSON object a line, `{"event": name or null, "data": payload}`; the first line may tell about it
    instead, as in those that come with the package. Raises NotAStream, and OSError.
    """
    with open(path, "rb") as file:
        return parse(file.read(), os.path.basename(path), wire)


def is_recording(beginning: bytes) -> bool:
    """Does a file that begins so have JSON objects in its lines?"""
    return beginning.removeprefix(BOM).lstrip()[:1] == b"{"


def parse(data: bytes, name: str, wire: str = "") -> Stream:
    """The stream in `data`; see `read`. Without `wire`, the one that a recording names."""
    if not is_recording(data):
        return Stream(name, wire, tuple(_decoded(data)))
    told: dict[str, Any] = {"name": name, "wire": wire}
    events: list[tuple[str | None, str]] = []
    for place, (number, row) in enumerate(_rows(data.removeprefix(BOM))):
        if isinstance(payload := row.get("data"), str) and isinstance(event := row.get("event"), str | None):
            if event is not None and LINE_END.search(event):
                raise NotAStream(f"the name of the event in line {number} has line ends", True)
            events.append((event, payload))
        elif place == 0 and "wire" in row:
            told |= row | ({"wire": wire} if wire else {})
        else:
            raise NotAStream(f"line {number} is no event of a recording", place > 0)
    pace = told.setdefault("pace", PACE)
    if not (isinstance(pace, (int, float)) and 0 < pace <= sys.float_info.max):
        raise NotAStream("the pace that its first line tells is no number above 0", True)
    for key in ("name", "wire", "about", "provider", "model"):
        if not isinstance(told.get(key, ""), str):
            raise NotAStream(f"the {key} that its first line tells is no string", True)
    try:
        return Stream(**told, events=tuple(events))
    except TypeError:
        raise NotAStream("its first line tells something about the recording that is not known", True) from None


def _rows(data: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects, each with the number of its line."""
    begins_well = data.lstrip().startswith((b'{"event"', b'{"data"'))
    # not splitlines(): a text may hold U+2028 and its like
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            raise NotAStream(f"line {number} is no JSON text", begins_well) from None
        except RecursionError:
            raise NotAStream(f"line {number} is nested too deeply", begins_well) from None
        if not isinstance(row, dict):
            raise NotAStream(f"line {number} is no JSON object", begins_well)
        begins_well = True
        yield number, cast(dict[str, Any], row)


def _decoded(data: bytes) -> Iterator[tuple[str | None, str]]:
    decoder = Decoder()
    try:
        events = decoder.feed(data)
        decoder.feed(b"")  # raises an error that was held back for the events
    except EventTooLarge as error:
        raise NotAStream(str(error), True) from None
    if not events:
        raise NotAStream("there is no event in it")
    for event in events:
        yield (None if event.event == "message" else event.event), event.data
