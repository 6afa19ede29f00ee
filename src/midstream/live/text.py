"""Text from a stream, made safe to print.

What a model writes may hold anything: escape sequences, marks that turn the direction of the text, characters without a
width. None of them reaches a terminal: each is shown as a visible substitute.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from .members import Key, as_container

__all__ = ["count", "ends", "path_text", "size", "value_text", "visible"]

STEPS = 20  # of a path that are shown

# The general categories Cc, Cf, Zl, Zp and Cs; tags and the variation selectors beside them, which can carry text
# that nobody sees. Joiners are among them: an emoji made of several is shown as its parts.
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def _substitute(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def visible(text: str) -> str:
    """`text` with a visible substitute for every control, format, separator and surrogate character.

    C0 controls and DEL become control pictures, all others escapes as in Python source.
    """
    return HIDDEN.sub(_substitute, text)


def ends(text: str, width: int, head: int) -> str:
    """`text` in at most `width` characters: its first `head`, an ellipsis, and as much of its end as fits."""
    if len(text) <= width:
        return text
    tail = width - head - 1
    return f"{text[:head]}…{text[-tail:] if tail > 0 else ''}"


def value_text(value: object, width: int) -> str:
    """`value` as one line of JSON, made visible, in about `width` characters.

    Of a container only the number of its members is told. The cost depends on `width`, and on the length of numbers.
    """
    if isinstance(value, str):
        text = visible(json.dumps(ends(value, width - 2, width // 2 - 1), ensure_ascii=False))
        return ends(text, width, width // 2) + (f" ({count(len(value), 'character')})" if len(value) > width - 2 else "")
    container = as_container(value)
    if container is not None:
        brackets, noun = ("{}", "key") if isinstance(container, dict) else ("[]", "item")
        return f"{brackets[0]}…{brackets[1]} {count(len(container), noun)}" if container else brackets
    return ends(json.dumps(value), width, width // 2)


def path_text(path: Sequence[Key]) -> str:
    """`path` as the messages of errors write it, such as ``$.items[2]['a b']``, made visible.

    The middle of a long one is left out.
    """
    if len(path) <= STEPS:
        return "$" + "".join(map(_step, path))
    half = STEPS // 2
    return "$" + "".join([*map(_step, path[:half]), "…", *map(_step, path[-half:])])


def _step(key: Key) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    name = ends(key, 60, 40)
    return f".{name}" if key.isidentifier() else visible(f"[{name!r}]")


def count(number: int, noun: str) -> str:
    """``1 key``, ``2 keys``, ``1,234 keys``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def size(number: float) -> str:
    """A number of bytes: ``640 B``, ``12.3 kB``, ``4.56 MB``."""
    units = iter(("B", "kB", "MB", "GB"))
    unit = next(units)
    while number >= 999.5 and unit != "GB":
        number, unit = number / 1000, next(units)
    digits = 0 if unit == "B" or number >= 100 else 1 if number >= 10 else 2
    return f"{number:,.{digits}f} {unit}"
