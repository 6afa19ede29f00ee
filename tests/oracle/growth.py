"""The rule by which shown values grow from one prefix to a longer one (P05)."""

from __future__ import annotations

import struct
from typing import Any


def same(before: Any, after: Any) -> bool:
    """True if both are equal to the bit, with the same types and the same order of keys."""
    if type(before) is not type(after):
        return False
    if isinstance(before, list):
        return len(before) == len(after) and all(map(same, before, after))
    if isinstance(before, dict):
        return list(before) == list(after) and all(map(same, before.values(), after.values()))
    if isinstance(before, float):
        return struct.pack("d", before) == struct.pack("d", after)
    return bool(before == after)


def grows(before: Any, after: Any, *, numbers: str = "complete", replacing: bool = False) -> bool:
    """True if `after` may follow `before`, both being shown values of one document.

    replacing: a repeated key may replace what any key held, so only the order of keys is held.
    """
    if isinstance(before, str):
        return type(after) is str and after.startswith(before)
    if isinstance(before, list):
        if type(after) is not list or len(after) < len(before):
            return False
        last = len(before) - 1
        return all(
            grows(old, new, numbers=numbers, replacing=replacing) if index == last else same(old, new)
            for index, (old, new) in enumerate(zip(before, after, strict=False))
        )
    if isinstance(before, dict):
        if type(after) is not dict or list(after)[: len(before)] != list(before):
            return False
        if replacing:
            return True
        last = len(before) - 1
        return all(
            grows(old, after[key], numbers=numbers) if index == last else same(old, after[key])
            for index, (key, old) in enumerate(before.items())
        )
    if numbers == "partial" and type(before) is int:
        return type(after) in (int, float)
    if numbers == "partial" and type(before) is float:
        return type(after) is float
    return same(before, after)
