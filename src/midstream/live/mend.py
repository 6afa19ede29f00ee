"""Broken JSON repaired: the value written as JSON, and a table of what was repaired."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from math import isfinite
from operator import attrgetter
from typing import TextIO

from .. import JSONStreamError, Parser, Repair, Status
from .members import Container, as_container
from .sources import CHUNK
from .text import HIDDEN, count, path_text, visible

__all__ = ["Mended", "read"]

# exit statuses; 2 is for wrong use
VALID, REPAIRED, TRUNCATED, BEYOND_REPAIR = 0, 1, 3, 4


class Mended:
    """What became of an input.

    text: the input. parser: has read it. error: why it could not, else None.
    """

    def __init__(self, text: bytes, parser: Parser, error: JSONStreamError | None) -> None:
        self.text = text
        self.parser = parser
        self.error = error

    def write(self, out: TextIO, log: TextIO, *, indent: int | None = None, quiet: bool = False) -> int:
        """Writes the value on `out` and, unless `quiet`, what was done to it on `log`. The exit status."""
        if self.error is not None:
            log.write(f"midstream: beyond repair: {visible(self.error.message)}\n")
            return BEYOND_REPAIR
        writer = Writer(out, indent)
        writer.write(self.parser.value)
        out.write("\n")
        out.flush()
        repairs = sorted(self.parser.repairs, key=attrgetter("offset"))
        truncated = self.parser.status is not Status.COMPLETE or any(one.kind is Repair.TRUNCATION for one in repairs)
        if not quiet:
            rows = [("place", "kind", "path")]
            places = _places(self.text, [one.offset for one in repairs])
            rows += ((place, one.kind.value, path_text(one.path)) for one, place in zip(repairs, places, strict=True))
            widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:2]]
            for place, kind, path in rows if repairs else ():
                log.write(f"{place:<{widths[0]}}  {kind:<{widths[1]}}  {path}\n")
            if writer.nulls:
                log.write(f"midstream: {count(writer.nulls, 'number')} not finite, which JSON can't tell: written as null\n")
        return TRUNCATED if truncated else REPAIRED if repairs else VALID


def read(descriptor: int) -> Mended:
    """Reads and repairs all that comes from `descriptor`."""
    parser = Parser(repair="all")
    text = bytearray()
    error = None
    try:
        while block := os.read(descriptor, CHUNK):
            text += block
            parser.feed(block)
        parser.close()
    except JSONStreamError as problem:
        error = problem
    return Mended(bytes(text), parser, error)


def _places(text: bytes, offsets: list[int]) -> Iterator[str]:
    """``line:column`` for each of `offsets`, which ascend. As in errors, lines end with ``\\n``, and columns count characters."""
    line = column = 1
    at = 0
    for offset in offsets:
        passed = text[at:offset]
        at = offset
        if b"\n" in passed:
            line += passed.count(b"\n")
            column = 1
            passed = passed[passed.rindex(b"\n") + 1 :]
        column += len(passed.decode("utf-8", "replace"))
        yield f"{line}:{column}"


class Writer:
    """Writes values as JSON, however deep they are.

    What the encoding of `out` may lack is escaped; on a terminal, so are the characters that `visible` replaces.
    nulls: how many numbers were not finite and have become null.
    """

    def __init__(self, out: TextIO, indent: int | None) -> None:
        self.nulls = 0
        self._out = out
        self._indent = indent
        self._ascii = not out.encoding.lower().startswith("utf")
        self._terminal = out.isatty()

    def write(self, value: object) -> None:
        """Writes `value`, without a line end."""
        self._out.writelines(self._pieces(value))

    def _pieces(self, value: object) -> Iterator[str]:
        # of each open container: the members that are still to come, and what closes it
        stack = [(iter([("", value)]), "")]
        while stack:
            members, closer = stack[-1]
            for lead, member in members:
                yield lead
                container = as_container(member)
                if container:
                    closer = self._line(len(stack) - 1) + ("}" if isinstance(container, dict) else "]")
                    stack.append((self._members(container, self._line(len(stack))), closer))
                    break
                yield self._atom(member)
            else:
                yield closer
                stack.pop()

    def _members(self, container: Container, line: str) -> Iterator[tuple[str, object]]:
        """The members, each with what stands before its value."""
        if isinstance(container, dict):
            lead, colon = "{", ":" if self._indent is None else ": "
            for key, value in container.items():
                yield f"{lead}{line}{self._atom(key)}{colon}", value
                lead = ","
        else:
            lead = "["
            for value in container:
                yield lead + line, value
                lead = ","

    def _line(self, depth: int) -> str:
        """The beginning of a line in `depth` containers."""
        return "" if self._indent is None else "\n" + " " * (self._indent * depth)

    def _atom(self, value: object) -> str:
        """A value without members."""
        if isinstance(value, str):
            text = json.dumps(value, ensure_ascii=self._ascii)
            return HIDDEN.sub(lambda found: json.dumps(found.group())[1:-1], text) if self._terminal else text
        if isinstance(value, float) and not isfinite(value):
            self.nulls += 1
            value = None
        return json.dumps(value)
