"""Values as JSON text, and messages as events of a text/event-stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import isinf
from typing import Any

from ..members import as_container

__all__ = ["dumps", "framed"]

_QUICK = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))
_STRING = json.JSONEncoder(ensure_ascii=False)


def dumps(value: object) -> str:
    """`value` as JSON text on one line, however deep it is. A float too large for a double is ``1e999``, which JSON allows."""
    try:
        return _QUICK.encode(value)
    except (ValueError, RecursionError):
        return "".join(_pieces(value))


def _pieces(value: object) -> Iterator[str]:
    # of each open container: the members that are still to come, and what closes it
    stack: list[tuple[Iterator[tuple[str, object]], str]] = [(iter([("", value)]), "")]
    while stack:
        members, closer = stack[-1]
        for lead, member in members:
            yield lead
            if isinstance(member, dict):
                yield "{"
                stack.append((_of_object(member), "}"))  # pyright: ignore[reportUnknownArgumentType]
                break
            container = as_container(member)
            if container is not None:
                yield "["
                stack.append((((("," if index else ""), one) for index, one in enumerate(container)), "]"))
                break
            yield _atom(member)
        else:
            yield closer
            stack.pop()


def _of_object(members: dict[str, Any]) -> Iterator[tuple[str, object]]:
    for index, (key, value) in enumerate(members.items()):
        yield f"{',' if index else ''}{_STRING.encode(key)}:", value


def _atom(value: object) -> str:
    if isinstance(value, float) and isinf(value):
        return "1e999" if value > 0 else "-1e999"
    return _STRING.encode(value)


def framed(name: str, number: int, data: bytes, head: bytes = b"") -> bytes:
    """One event with the id ``name-number``. `data` has no line ends; `head`: further fields, each with its line end."""
    return b"%sid: %s-%d\ndata: %s\n\n" % (head, name.encode(), number, data)
