"""A value is kept up to date at a distance: JSON Patch out of a parser, over a wire, into a receiver.

Plays a recorded tool call, a script that a model writes into a file. After each fragment the sender sends what has changed,
as one line of JSON; the receiver applies it to what it has. The other way would be to send the whole value each time.

    python examples/patch_stream.py             # or with the name of another recording, such as write
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from typing import Any

from recording import demo

import midstream


def sender(fragments: Iterable[str]) -> Iterator[str]:
    """A line for each fragment that changes something."""
    for operations in midstream.patches(fragments):
        yield as_line(operations)


def receiver(lines: Iterable[str]) -> Any:
    """The value that the lines build."""
    value: Any = midstream.MISSING
    for line in lines:
        value = midstream.patches.apply(value, json.loads(line))
    return value


def as_line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def size(lines: Iterable[str]) -> int:
    return sum(len(line.encode()) for line in lines)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("name", nargs="?", default="analyze", help="of a recording of `python -m midstream demo`")
    fragments = demo(options.parse_args().name)

    lines = list(sender(fragments))
    print(*lines[:6], "...\n", *lines[-2:], sep="")

    rfc_6902 = size(map(as_line, midstream.patches(fragments, extended=False)))
    whole = size(map(as_line, midstream.snapshots(fragments)))
    print(f"document          {size(fragments):13,} bytes in {len(fragments):,} fragments")
    print(f"patches           {size(lines):13,} bytes in {len(lines):,} lines")
    print(f"RFC 6902 alone    {rfc_6902:13,} bytes: a string that grew is sent again")
    print(f"the whole, always {whole:13,} bytes")
    print(f"equal at the end  {receiver(lines) == json.loads(''.join(fragments))!s:>13}")


if __name__ == "__main__":
    main()
