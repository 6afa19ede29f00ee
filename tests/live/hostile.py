"""A document with everything in it that must not reach a terminal."""

from __future__ import annotations

import json
import unicodedata

WORDS = [
    "\x1b]0;owned\x07",  # sets the title
    "\x1b[2J\x1b[31m",  # clears the screen, turns it red
    "\x1bP+q544e\x1b\\",  # a device control string
    "\x1b]8;;http://example.com\x1b\\here\x1b]8;;\x1b\\",  # a link
    "\x1b]52;c;cm0gLXJm\x07",  # writes to the clipboard
    "\x9b2J\x9d0;owned\x9c\x90q\x9c",  # the same with C1 controls
    "".join(map(chr, range(32))) + "\x7f" + "".join(map(chr, range(0x80, 0xA0))),
    "\u202eabc\u202d\u2066x\u2067y\u2068z\u2069\u202a\u202b\u202c\u200e\u200f\u061c",  # turns the direction
    "a\u200bb\u200cc\u200dd\ufeffe\u2060f\xadg\u180eh",  # no width
    "line\u2028paragraph\u2029end\u0085next",
    "\U000e0041\U000e0042\U000e007f\U000e0100",  # tags and variation selectors, which can carry text
    "[bold red]markup[/] :smile: [link=http://example.com]x[/link]",
]
DOCUMENT = json.dumps({"list": WORDS, **{word: word for word in WORDS}, "last": "the end"}, ensure_ascii=False)
# JSON takes no raw control characters below 0x20; json.dumps has escaped those. C1 and the rest stand as they are.
HIDDEN = {"Cc", "Cf", "Zl", "Zp", "Cs"}


def hidden_in(text: str) -> list[str]:
    """The characters of `text` that must not be printed, but for the ends of lines."""
    return [
        character
        for character in text
        if character != "\n" and (unicodedata.category(character) in HIDDEN or "\U000e0000" <= character <= "\U000e0fff")
    ]
