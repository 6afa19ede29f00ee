"""Which values to watch, as JSONPath (RFC 9535), and where one value stands, as JSON Pointer (RFC 6901).

The JSONPath here is what can be decided while a document arrives, with one selector in each segment: names, indexes and
wildcards of children and of descendants. In the grammar of RFC 9535 (S is blank space)::

    query    = "$" *(S segment)
    segment  = "[" S selector S "]" / "." (name / "*") / ".." (name / "*" / "[" S selector S "]")
    selector = quoted / index / "*"

A path is a tuple of keys (str) and indexes (int) from the root down, `()` for the root.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["Segment", "compile", "from_pointer", "matches", "to_pointer"]

Segment = tuple[bool, "str | int | None"]
"""One step of a compiled JSONPath: (of all descendants rather than the children?, name, index or None for the wildcard)."""

_BLANK = " \t\n\r"
_HEX = "0123456789abcdefABCDEF"
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "/": "/", "\\": "\\"}
# RFC 9535, section 2.1: integers are within the range that I-JSON (RFC 7493) has exact in a double
_LARGEST_INDEX = 2**53 - 1
# characters of an expression that an error shows on either side of the place
_SHOWN = 60


def compile(expression: str) -> tuple[Segment, ...]:  # noqa: A001
    """The segments of a JSONPath, `()` for ``$``.

    expression: see the module. Names are unescaped, and not normalised.
    Raises ValueError for what is no JSONPath and for what RFC 9535 has but can't be watched (slices, filters, several
    selectors in one pair of brackets, indexes from the end). Its message says which it is, gives the index of the first
    character with which nothing supported can begin or go on, and shows it. TypeError for another type.
    Cost: the length of the expression.
    """
    if not isinstance(expression, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"a JSONPath must be a str, not {type(expression).__name__}")
    if expression[:1] != "$":
        _fail(expression, 0, "a JSONPath begins with the root identifier $")
    segments: list[Segment] = []
    at = 1
    while at < len(expression):
        after = _skip_blank(expression, at)
        selector: str | int | None
        if expression[after : after + 1] == "[":
            selector, at = _bracketed(expression, after + 1)
            segments.append((False, selector))
        elif expression[after : after + 2] == "..":
            at = after + 2
            selector, at = _bracketed(expression, at + 1) if expression[at : at + 1] == "[" else _shorthand(expression, at)
            segments.append((True, selector))
        elif expression[after : after + 1] == ".":
            selector, at = _shorthand(expression, after + 1)
            segments.append((False, selector))
        else:
            _fail(expression, after, _why_no_segment(expression, at, after))
    return tuple(segments)


def matches(segments: tuple[Segment, ...], path: tuple[str | int, ...]) -> bool:
    """Whether a JSONPath selects the node at `path`: names select members only, indexes elements only, wildcards both.

    segments: from `compile`. Cost: segments times steps of the path.
    """
    states = {0}  # how many segments the steps so far can have been used up by
    for step in path:
        reached: set[int] = set()
        for state in states:
            if state < len(segments):
                descendant, selector = segments[state]
                if descendant:
                    reached.add(state)
                if selector is None or selector == step:
                    reached.add(state + 1)
        states = reached
    return len(segments) in states


def to_pointer(path: tuple[str | int, ...]) -> str:
    """The JSON Pointer of the value at `path`, ``""`` for the root. Cost: its length."""
    return "".join(["/" + str(step).replace("~", "~0").replace("/", "~1") for step in path])


def from_pointer(pointer: str) -> tuple[str, ...]:
    """The reference tokens of a JSON Pointer, unescaped.

    pointer: the string form (RFC 6901, section 5), not a URI fragment. All tokens are str: only the value tells whether
    ``0`` is a key or an index.
    Raises ValueError, which shows the character that is wrong: the first one where it isn't ``/``, what follows a ``~``
    where that isn't ``0`` or ``1``. TypeError for another type. Cost: the length of the pointer.
    """
    if not isinstance(pointer, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"a JSON Pointer must be a str, not {type(pointer).__name__}")
    if not pointer:
        return ()
    if pointer[0] != "/":
        _fail(pointer, 0, "a JSON Pointer is empty or begins with /", "JSON Pointer")
    at = pointer.find("~")
    while at >= 0:
        if pointer[at + 1 : at + 2] not in ("0", "1"):
            _fail(pointer, at + 1, "~ is followed by 0 or 1: ~0 is a ~ and ~1 a /", "JSON Pointer")
        at = pointer.find("~", at + 1)
    # ~1 first, so that ~01 becomes ~1 (RFC 6901, section 4)
    return tuple([token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/")])


def _skip_blank(expression: str, at: int) -> int:
    while at < len(expression) and expression[at] in _BLANK:
        at += 1
    return at


def _is_name_first(char: str) -> bool:
    """Whether a name without quotes can begin with char; "" is no character."""
    return "a" <= char <= "z" or "A" <= char <= "Z" or char == "_" or (char >= "\x80" and not _is_surrogate(char))


def _is_surrogate(char: str) -> bool:
    return "\ud800" <= char <= "\udfff"


def _is_digit(char: str) -> bool:
    return char != "" and char in "0123456789"


def _shorthand(expression: str, at: int) -> tuple[str | None, int]:
    """(name or None for ``*``, index after it) of what stands at `at` without brackets."""
    start = at
    char = expression[at : at + 1]
    if char == "*":
        return None, at + 1
    if not _is_name_first(char):
        _fail(expression, at, _why_no_name(expression, at))
    while _is_name_first(char) or _is_digit(char):
        at += 1
        char = expression[at : at + 1]
    return expression[start:at], at


def _bracketed(expression: str, at: int) -> tuple[str | int | None, int]:
    """(selector, index after the closing bracket) of what stands at `at`, behind the opening bracket."""
    at = _skip_blank(expression, at)
    char = expression[at : at + 1]
    selector: str | int | None
    if char == "*":
        selector, at = None, at + 1
    elif char in ("'", '"'):
        selector, at = _quoted(expression, at)
    elif _is_digit(char):
        selector, at = _index(expression, at)
    else:
        _fail(expression, at, _why_no_selector(expression, at))
    at = _skip_blank(expression, at)
    if expression[at : at + 1] != "]":
        _fail(expression, at, _why_no_bracket(expression, at, selector))
    return selector, at + 1


def _index(expression: str, at: int) -> tuple[int, int]:
    """(index, index after its digits)."""
    index = int(expression[at])
    at += 1
    while _is_digit(expression[at : at + 1]):
        if index == 0:
            _fail(expression, at, "an index selector has no leading zeros")
        index = index * 10 + int(expression[at])
        if index > _LARGEST_INDEX:
            _fail(expression, at, f"an index selector is at most 2**53 - 1, {_LARGEST_INDEX}")
        at += 1
    return index, at


def _quoted(expression: str, at: int) -> tuple[str, int]:
    """(name, index after the closing quote) of what is in quotes at `at`."""
    quote = expression[at]
    at += 1
    parts: list[str] = []
    while True:
        char = expression[at : at + 1]
        if char == quote:
            return "".join(parts), at + 1
        if char == "\\":
            char, at = _escaped(expression, at + 1, quote)
        elif not char:
            _fail(expression, at, f"the name selector has no closing {quote}")
        elif char < " ":
            _fail(expression, at, "an unescaped control character in a name selector: write it as an escape")
        elif _is_surrogate(char):
            _fail(expression, at, "a lone surrogate: a name consists of Unicode scalar values")
        else:
            at += 1
        parts.append(char)


def _escaped(expression: str, at: int, quote: str) -> tuple[str, int]:
    r"""(character, index after it) of what stands at `at`, behind a ``\``."""
    char = expression[at : at + 1]
    if char == quote:
        return quote, at + 1
    if char == "u":
        unit, at = _code_unit(expression, at + 1, False)
        if 0xD800 <= unit <= 0xDBFF:
            for expected in "\\u":
                if expression[at : at + 1] != expected:
                    _fail(expression, at, "a lone surrogate: a high one is followed by the \\u escape of a low one")
                at += 1
            low, at = _code_unit(expression, at, True)
            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
        return chr(unit), at
    if char not in _ESCAPES:
        if char in ("'", '"'):
            _fail(expression, at, f"the escape \\{char} is only for names quoted with {char}")
        _fail(expression, at, f"not an escape of RFC 9535: those are \\b \\f \\n \\r \\t \\/ \\\\ \\{quote} and \\uXXXX")
    return _ESCAPES[char], at + 1


def _code_unit(expression: str, at: int, low: bool) -> tuple[int, int]:
    """(UTF-16 code unit, index after it) of the four hexadecimal digits at `at`: a low surrogate if `low`, else none."""
    unit = 0
    for index in range(at, at + 4):
        digit = expression[index : index + 1]
        if not digit or digit not in _HEX:
            _fail(expression, index, "the escape \\u has four hexadecimal digits")
        unit = unit * 16 + int(digit, 16)
        if low and (unit != 0xD if index == at else index == at + 1 and not 0xDC <= unit <= 0xDF):
            _fail(expression, index, "a lone surrogate: a high one is followed by the \\u escape of a low one, DC00 to DFFF")
        if not low and index == at + 1 and 0xDC <= unit <= 0xDF:
            _fail(expression, index, "a lone surrogate: a low one, DC00 to DFFF, only follows a high one")
    return unit, at + 4


def _why_no_segment(expression: str, end: int, at: int) -> str:
    """What is wrong at `at`, where a segment should begin; `end` is where the one before ended."""
    char = expression[at : at + 1]
    if not char:
        return "blank space at the end: RFC 9535 has it only between segments"
    if _is_surrogate(char):
        return "a lone surrogate: a name consists of Unicode scalar values"
    if char.isspace() or not char.isprintable():
        return "not blank space in RFC 9535, which has only space, tab, line feed and carriage return"
    if char in "'\"" or _is_digit(char):
        return "a segment begins with . or .. or [, and this belongs in brackets"
    if char == "?":
        return "a filter selector is not supported, and it belongs in brackets"
    if char == "(":
        return "a function is only in a filter selector, which is not supported"
    if char == "~":
        return "RFC 9535 selects no member names"
    if char == "-" and end == at and (_is_name_first(expression[at - 1]) or _is_digit(expression[at - 1])):
        return "a name that has - in it belongs in brackets and quotes: ['a-b']"
    return "a segment begins with . or .. or ["


def _why_no_name(expression: str, at: int) -> str:
    """What is wrong at `at`, behind ``.`` or ``..``, where ``*`` or a name should begin."""
    char = expression[at : at + 1]
    descendant = expression[at - 2 : at] == ".."
    dots = ".." if descendant else "."
    what = f"{'a name, * or [' if descendant else 'a name or *'} follows {dots}"
    if not char:
        return f"the expression ends where {what}"
    if char == ".":
        return "no segment begins with three dots"
    if char in _BLANK:
        return f"no blank space is allowed between {dots} and what follows it"
    if _is_surrogate(char):
        return "a lone surrogate: a name consists of Unicode scalar values"
    if char == "[":
        return "no dot stands before a bracket, two do for all descendants"
    if _is_digit(char):
        return "a name without quotes begins with no digit: an index is written [0], a name of digits ['0']"
    if char in "'\"":
        return f"a name in quotes belongs in brackets: {dots if descendant else ''}['name']"
    if char == "?":
        return "a filter selector is not supported, and it belongs in brackets"
    return f"{what}; a name without quotes has letters, digits, _ and characters beyond ASCII, others need ['name']"


def _why_no_selector(expression: str, at: int) -> str:
    """What is wrong at `at`, where a selector should begin."""
    char = expression[at : at + 1]
    what = "a name in quotes, an index or *"
    if not char:
        return f"the expression ends in a bracket, where {what} follows"
    if char == "]":
        return f"no selector in the brackets: {what} belongs there"
    if char == "?":
        return "a filter selector is not supported"
    if char == ":":
        return "a slice selector is not supported"
    if char == "-":
        after = at + 1
        while _is_digit(expression[after : after + 1]):
            after += 1
        digits = expression[at + 1 : after]
        if digits and expression[(after := _skip_blank(expression, after)) : after + 1] == ":":
            return "a slice selector is not supported"
        if not digits:
            return "an index selector has digits, and nothing before them but a minus"
        if digits[0] == "0":
            return "an index selector has no leading zeros, and no minus before 0"
        return "a negative index selector is not supported: it counts from an end of the array that hasn't arrived"
    if char == ",":
        return f"no selector before the comma (and several selectors are not supported): {what} belongs there"
    if char == "(":
        return "script expressions are not in RFC 9535"
    if char in "$@":
        return "a query is only in a filter selector, which is not supported"
    if _is_name_first(char):
        return "a name selector in brackets has quotes: ['name']"
    return f"a selector is {what}"


def _why_no_bracket(expression: str, at: int, selector: str | int | None) -> str:
    """What is wrong at `at`, where the bracket should close behind `selector`."""
    char = expression[at : at + 1]
    if not char:
        return "the expression ends before the closing ]"
    if char == ",":
        return "several selectors in one pair of brackets are not supported: use several expressions"
    if isinstance(selector, int):
        if char == ":":
            return "a slice selector is not supported"
        if char in ".eE":
            return "an index selector is an integer without fraction or exponent"
    return "the closing ] follows the selector"


def _fail(text: str, at: int, reason: str, of: str = "JSONPath") -> NoReturn:
    """Raises the ValueError for the character at index `at` of `text`, or its end."""
    quote = '"' if text[at : at + 1] == "'" else "'"
    here = f"{quote}{_visible(text[at])}{quote} at index {at}" if at < len(text) else f"the end, index {at},"
    start, end = max(at - _SHOWN, 0), at + _SHOWN
    before = ("..." if start else "") + "".join(map(_visible, text[start:at]))
    after = "".join(map(_visible, text[at:end])) + ("..." if end < len(text) else "")
    raise ValueError(f"{reason} ({here} of this {of})\n    {before}{after}\n    {' ' * len(before)}^")


def _visible(char: str) -> str:
    """A character as one that can be seen: an escape where it has no glyph."""
    return char if char.isprintable() else ascii(char)[1:-1]
