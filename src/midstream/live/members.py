"""Objects and arrays, seen from their ends. No cost depends on how much they hold."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeAlias, cast

__all__ = ["Container", "Key", "as_container", "latest", "member", "since"]

Key: TypeAlias = str | int
Container: TypeAlias = dict[str, object] | list[object]


def as_container(value: object) -> Container | None:
    """`value` if it is an object or an array."""
    return cast(Any, value) if isinstance(value, (dict, list)) else None


def latest(container: Container) -> Iterator[tuple[Key, object]]:
    """The members and their keys or indexes, the last one first."""
    if isinstance(container, dict):
        return iter(reversed(container.items()))
    return zip(range(len(container) - 1, -1, -1), reversed(container))  # noqa: B905


def since(container: Container, number: int) -> Iterator[tuple[Key, object]]:
    """The members after the first `number`."""
    return reversed(list(islice(latest(container), max(0, len(container) - number))))


def member(container: Container, key: Key, default: object) -> object:
    """The member under `key`, `default` if there is none."""
    if isinstance(container, dict):
        return container.get(cast(str, key), default)
    return container[key] if isinstance(key, int) and key < len(container) else default
