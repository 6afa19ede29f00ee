"""Damages to valid JSON texts, one at a time, each of a kind that `midstream.Repair` names.

A damage is made only where whoever reads the damaged text can tell what the text was. Where that is not so is said at
each kind, with the reason. Damages are planned on the undamaged text, so that two of them can be made in one text: they are made
together only where neither stands in what a reader needs to see to understand the other.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from midstream import Repair

Path = tuple[str | int, ...]
Span = tuple[int, int]


# -- the tokens of a valid JSON text

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
        (?P<string>"[^"\\]*(?:\\.[^"\\]*)*") | (?P<number>-?[0-9][0-9.eE+-]*) | (?P<literal>true|false|null) | (?P<sign>[][{}:,])
    )""",
    re.VERBOSE | re.DOTALL,
)
# What stands for one character in a string; the escapes of a surrogate pair are one.
_UNIT = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|[^\\]", re.DOTALL)


@dataclass(frozen=True)
class Token:
    """One token. Its path is that of the value that it is, begins or ends, or that follows a key or colon; a comma's is that of
    its container."""

    kind: str  # one of { } [ ] : , key string number literal
    start: int
    end: int
    path: Path
    inside: str  # the opener of the container it stands in (an opener's and a closer's: around them), "" at the root
    partner: int = -1  # of an opener or a closer: the other one


class Document:
    """A valid JSON text and its tokens. A text that repeats a key in an object is refused: its paths would not be unique."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self._read()
        self.root = self.tokens[0].kind

    def _read(self) -> None:
        text, tokens = self.text, self.tokens
        open_: list[tuple[int, dict[str, None]]] = []  # the index of each open container's opener, and its keys so far
        steps: list[str | int] = []  # the key or index at which each of them stands now
        at, end = 0, len(text.rstrip(" \t\r\n"))
        while at < end:
            found = _TOKEN.match(text, at)
            if found is None or found.lastgroup is None:
                raise ValueError(f"not JSON at {at}: {text[at : at + 40]!r}")
            start, at = found.span(found.lastgroup)
            kind = text[start] if found.lastgroup == "sign" else found.lastgroup
            inside = tokens[open_[-1][0]].kind if open_ else ""
            before = tokens[-1].kind if tokens else ""
            if kind == "string" and inside == "{" and before in ("{", ","):
                kind, key = "key", json.loads(text[start:at])
                if key in open_[-1][1]:
                    raise ValueError(f"the key {key!r} stands twice in one object")
                open_[-1][1][key] = None
                steps[-1] = key
            if kind in ("}", "]"):
                opener = open_.pop()[0]
                steps.pop()
                around = tokens[open_[-1][0]].kind if open_ else ""
                tokens[opener] = Token(before := tokens[opener].kind, tokens[opener].start, tokens[opener].end, tuple(steps),
                                       around, len(tokens))  # fmt: skip
                assert before + kind in ("{}", "[]")
                tokens.append(Token(kind, start, at, tuple(steps), around, opener))
                continue
            if kind == ",":
                tokens.append(Token(kind, start, at, tuple(steps[:-1]), inside))
                if inside == "[":
                    index = steps[-1]
                    assert isinstance(index, int)
                    steps[-1] = index + 1
                continue
            tokens.append(Token(kind, start, at, tuple(steps), inside))
            if kind in ("{", "["):
                open_.append((len(tokens) - 1, {}))
                steps.append(0 if kind == "[" else "")
        assert not open_

    def spelled(self, index: int) -> str:
        return self.text[self.tokens[index].start : self.tokens[index].end]

    def inner(self, index: int) -> str:
        """A string or key as it is written, without its quotes."""
        return self.text[self.tokens[index].start + 1 : self.tokens[index].end - 1]

    def units(self, index: int) -> list[Span]:
        """The spans of what stands for one character each in a string or key."""
        token = self.tokens[index]
        return [unit.span() for unit in _UNIT.finditer(self.text, token.start + 1, token.end - 1)]

    def of(self, *kinds: str) -> list[int]:
        return [index for index, token in enumerate(self.tokens) if token.kind in kinds]

    def kind(self, index: int) -> str:
        return self.tokens[index].kind if 0 <= index < len(self.tokens) else ""

    def spaced(self, index: int) -> bool:
        """Is there white space before or behind the token?"""
        return self.tokens[index - 1].end < self.tokens[index].start or self.tokens[index].end < self.tokens[index + 1].start

    def open_at(self, index: int) -> list[int]:
        """The openers of the containers that are open at the token, the root first."""
        return [opener for opener in self.of("{", "[") if opener < index and self.tokens[opener].partner >= index]


# -- a damage


@dataclass(frozen=True)
class Edit:
    """The characters from start to end are replaced. Of two edits at one place the one with the lower order comes first."""

    start: int
    end: int
    new: bytes
    order: int = 0


@dataclass(frozen=True)
class Damage:
    """One damage as planned: what is changed, where its repair may be recorded, and what else is needed to judge it."""

    name: str
    kind: Repair
    edits: tuple[Edit, ...]
    places: tuple[Span, ...]  # the repair's offset is in one of them; also at its end, where something was left out
    paths: frozenset[Path]  # where the repair may say that it was
    zones: tuple[Span, ...]  # what a reader needs to see
    meant: tuple[Edit, ...] = ()  # what makes valid JSON of the same meaning of the undamaged text, where that is not what it was
    unclosed: tuple[Path, ...] = ()  # containers that no closer of their own ends, or one that ends others too
    nesting: bool = False  # closers are not what they were
    renamed: tuple[Path, str] | None = None  # a member, and the key that it then has
    doubtful: bool = False  # another reading gives the same value, with a closer that is not the root's own
    needs_end: bool = False  # only that nothing follows the document shows where the last string ends
    text_after: bool = False

    @property
    def adds(self) -> bool:
        """Is there something at the place that was not there?"""
        return any(edit.new for edit in self.edits)


@dataclass(frozen=True)
class Mark:
    """Where in the damaged text a repair is expected."""

    name: str
    kind: Repair
    places: tuple[Span, ...]  # in bytes, ends included
    paths: frozenset[Path]

    @property
    def offset(self) -> int:
        return self.places[0][0]

    def covers(self, kind: Repair, offset: int, path: Path) -> bool:
        return kind is self.kind and path in self.paths and any(start <= offset <= end for start, end in self.places)


@dataclass(frozen=True)
class Damaged:
    """A damaged text."""

    data: bytes
    value: Any  # what it means
    marks: tuple[Mark, ...]
    unclosed: tuple[Path, ...]
    doubtful: bool

    @property
    def kind(self) -> Repair:
        return self.marks[0].kind

    @property
    def offset(self) -> int:
        """In bytes, of the place of the first damage."""
        return self.marks[0].offset


Maker = Callable[[Document, random.Random], "Damage | None"]
MAKERS: dict[str, Maker] = {}
KINDS: dict[str, Repair] = {}


def maker(kind: Repair) -> Callable[[Maker], Maker]:
    """Enters a function under its name, with spaces for its underscores."""

    def enter(function: Maker) -> Maker:
        name = function.__name__.replace("_", " ")
        MAKERS[name], KINDS[name] = function, kind
        return function

    return enter


def make(name: str, document: Document, rng: random.Random) -> Damage | None:
    """Plans one damage at a random place; None where the document has no place for it."""
    return MAKERS[name](document, rng)


def together(first: Damage, second: Damage) -> bool:
    """May both damages be made in one text?"""
    if first.nesting and second.nesting:
        return False  # what closes what can then be told in more than one way
    if (first.needs_end and second.text_after) or (second.needs_end and first.text_after):
        return False

    def reaches(damage: Damage, other: Damage) -> bool:
        return any(edit.start <= end and edit.end >= start for edit in damage.edits for start, end in other.zones)

    return not reaches(first, second) and not reaches(second, first)


def apply(document: Document, *damages: Damage) -> Damaged:
    edits = [edit for damage in damages for edit in damage.edits]
    meant = [edit for damage in damages for edit in damage.meant]
    shift = _Shift(document.text, edits)

    def renamed(path: Path) -> Path:
        for damage in damages:
            if damage.renamed is not None:
                member, key = damage.renamed
                if path[: len(member)] == member:
                    path = (*member[:-1], key, *path[len(member) :])
        return path

    return Damaged(
        data=edited(document.text, edits),
        value=json.loads(edited(document.text, meant).decode()),
        marks=tuple(
            Mark(
                name=damage.name,
                kind=damage.kind,
                places=tuple(
                    (shift.before(start), max(shift.after(end) - damage.adds, shift.before(start)))
                    for start, end in damage.places
                ),
                paths=frozenset(map(renamed, damage.paths)),
            )
            for damage in damages
        ),
        unclosed=tuple(renamed(path) for damage in damages for path in damage.unclosed),
        doubtful=any(damage.doubtful for damage in damages),
    )


def damaged(name: str, text: str, rng: random.Random) -> Damaged | None:
    """The text with one damage of the kind of that name; None where it has no place for it."""
    document = Document(text)
    damage = make(name, document, rng)
    return None if damage is None else apply(document, damage)


def edited(text: str, edits: Iterable[Edit]) -> bytes:
    parts, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.order)):
        assert at <= edit.start <= edit.end <= len(text)
        parts += [text[at : edit.start].encode(), edit.new]
        at = edit.end
    return b"".join((*parts, text[at:].encode()))


class _Shift:
    """Finds places of the undamaged text in the damaged one."""

    def __init__(self, text: str, edits: Sequence[Edit]) -> None:
        self.text = text
        self.edits = edits

    def _moved(self, place: int, edits: Iterable[Edit]) -> int:
        offset = len(self.text[:place].encode())
        for edit in edits:
            offset += len(edit.new) - len(self.text[edit.start : min(edit.end, place)].encode())
        return offset

    def before(self, place: int) -> int:
        """In front of what was put there."""
        return self._moved(place, [edit for edit in self.edits if edit.start < place])

    def after(self, place: int) -> int:
        """Behind what was put there."""
        return self._moved(place, [edit for edit in self.edits if edit.start <= place])


# -- the kinds

# The words that stand for something without quotes.
_LITERALS = frozenset("true false null none nil undefined nan inf infinity yes no on off".split())
_COMMENT = (
    "note", "see above", "the default", 'a "quoted" word', 'was: {"a": 1},', "don't change this", "100 % of it", "TODO, check",
)  # fmt: skip


def _damage(
    function: Callable[..., Any],
    edits: Iterable[Edit],
    places: Iterable[Span],
    paths: Iterable[Path],
    zones: Iterable[Span],
    **more: Any,
) -> Damage:
    name = function.__name__.replace("_", " ")
    return Damage(name, KINDS[name], tuple(edits), tuple(places), frozenset(paths), tuple(zones), **more)


def _around(document: Document, first: int, last: int | None = None) -> tuple[Span, ...]:
    """The zone of damages to tokens: two tokens more before them, three behind. What is around the document is outside of it."""
    last = first if last is None else last
    tokens = document.tokens
    start, end = tokens[max(first - 2, 0)].start, tokens[min(last + 3, len(tokens) - 1)].end
    return ((max(start, 1), min(end, len(document.text) - 1)),)


def _paths(document: Document, *indexes: int) -> set[Path]:
    """The paths of tokens and of the containers around them."""
    found: set[Path] = {()} if document.tokens[0].kind not in ("{", "[") else set()
    for index in indexes:
        if 0 <= index < len(document.tokens):
            path = document.tokens[index].path
            found |= {path, path[:-1]}
    return found


def _shuffled(rng: random.Random, indexes: Sequence[int]) -> Iterator[int]:
    """All of them, in random order."""
    yield from rng.sample(indexes, len(indexes))


def _one(rng: random.Random, indexes: Sequence[int]) -> int | None:
    return rng.choice(indexes) if indexes else None


def _replaced(function: Maker, document: Document, index: int, new: str, **more: Any) -> Damage:
    """One token written in another way."""
    token = document.tokens[index]
    edit = Edit(token.start, token.end, new.encode())
    return _damage(function, [edit], [(token.start, token.end)], _paths(document, index), _around(document, index), **more)


def _in_gap(function: Maker, document: Document, index: int, place: int, new: str, **more: Any) -> Damage:
    """Something put between the token and the next."""
    tokens = document.tokens
    return _damage(
        function,
        [Edit(place, place, new.encode())],
        [(tokens[index].end, tokens[index + 1].start)],
        _paths(document, index, index + 1),
        _around(document, index, index + 1),
        **more,
    )


@maker(Repair.CODE_FENCE)
def code_fence(document: Document, rng: random.Random) -> Damage | None:
    """A Markdown fence around the text, or only its opening or its closing line.

    Not made around a text that is no container: a word in a fence may as well be meant as text.
    """
    if document.root not in ("{", "["):
        return None
    end = len(document.text)
    opening = Edit(0, 0, rng.choice((b"```json\n", b"```json\n", b"```\n", b"```JSON\n", b"```json\r\n")), -1)
    closing = Edit(end, end, rng.choice((b"\n```", b"\n```\n", b"```")), 1)
    edits = rng.choice(((opening, closing), (opening, closing), (opening, closing), (opening,), (closing,)))
    return _damage(code_fence, edits, [(edit.start, edit.start) for edit in edits], [()], [])


_BEFORE = (
    "Here is the JSON:\n", "Sure! Here's what you asked for:\n\n", "The answer (as JSON): ", "<tool_call>\n", "Result => ",
    'I found 3 "good" matches, and this is the first.\n\n', "Output:\n\n", "It's 10:30, so:\n", "— voilà —\n", "JSON\n",
)  # fmt: skip
_AFTER = (
    "\n\nLet me know if you need anything else!", "\n</tool_call>", '\nNote: {name} is a placeholder, [1] a "source".',
    " Done.", "\n\nI hope this helps: it's all there.", '\n{"next": "document"}', "\n\n**Notes:**\n- one\n- two", " — voilà",
)  # fmt: skip


@maker(Repair.PROSE)
def prose(document: Document, rng: random.Random) -> Damage | None:
    """Text before the JSON, after it or both.

    Not made around a text that is no container (what of it would be the JSON?), and with no `{` or `[` before it: what begins
    there might be the JSON.
    """
    if document.root not in ("{", "["):
        return None
    end = len(document.text)
    before = Edit(0, 0, rng.choice(_BEFORE).encode(), -2)
    after = Edit(end, end, rng.choice(_AFTER).encode(), 2)
    edits = rng.choice(((before,), (after,), (before, after)))
    return _damage(prose, edits, [(edit.start, edit.start) for edit in edits], [()], [], text_after=after in edits)


def _requoted(document: Document, index: int, opening: str, closing: str, unescape: bool) -> Edit:
    inner = document.inner(index)
    if unescape:
        inner = "".join('"' if unit == '\\"' else unit for unit in _UNIT.findall(inner))
    token = document.tokens[index]
    return Edit(token.start, token.end, f"{opening}{inner}{closing}".encode())


@maker(Repair.QUOTE)
def single_quotes(document: Document, rng: random.Random) -> Damage | None:
    """One string or key, or all of them, in single quotes; a double quote inside may then lose its backslash.

    Not made where the text holds an apostrophe: that might be the end.
    """
    found = [index for index in document.of("key", "string") if "'" not in document.inner(index)]
    unescape = rng.random() < 0.5
    if found and "'" not in document.text and rng.random() < 0.25:
        edits = [_requoted(document, index, "'", "'", unescape) for index in found]
        places = [(edit.start, edit.end) for edit in edits]
        return _damage(single_quotes, edits, places, _paths(document, *found), [(1, len(document.text) - 1)])
    index = _one(rng, found)
    if index is None:
        return None
    new = _requoted(document, index, "'", "'", unescape).new.decode()
    return _replaced(single_quotes, document, index, new)


@maker(Repair.QUOTE)
def typographic_quotes(document: Document, rng: random.Random) -> Damage | None:
    """A string or key in typographic quotes or backticks.

    Not made where the text holds a sign that might be the end: any typographic double quote for those, any single one or an
    apostrophe for the single ones, any backtick for those.
    """
    opening, closing, signs = rng.choice(
        (("“", "”", "“”„‟"), ("“", "”", "“”„‟"), ("„", "“", "“”„‟"), ("”", "”", "“”„‟"), ("‘", "’", "‘’‚'"), ("`", "`", "`´"))
    )
    index = _one(rng, [i for i in document.of("key", "string") if not set(signs) & set(document.inner(i))])
    if index is None:
        return None
    new = _requoted(document, index, opening, closing, False).new.decode()
    return _replaced(typographic_quotes, document, index, new)


@maker(Repair.QUOTE)
def over_escaped(document: Document, rng: random.Random) -> Damage | None:
    r"""A document as it stands inside a JSON string: each quote is written `\"`.

    Not made where a backslash stands in the text: `\\n` may be meant as an escape of this level or of the next.
    """
    found = document.of("key", "string")
    if "\\" in document.text or not found or document.root not in ("{", "["):
        return None
    edits = [_requoted(document, index, '\\"', '\\"', False) for index in found]
    places = [(edit.start, edit.end) for edit in edits]
    return _damage(over_escaped, edits, places, _paths(document, *found), [(1, len(document.text) - 1)])


def _is_name(word: str) -> bool:
    return word.replace("-", "_").isidentifier() and word.lower() not in _LITERALS


@maker(Repair.BARE_KEY)
def bare_key(document: Document, rng: random.Random) -> Damage | None:
    """A key without its quotes.

    Not made of a key that is no name (white space and other signs may end it), nor of one that reads as a literal.
    """
    index = _one(rng, [index for index in document.of("key") if _is_name(document.inner(index))])
    return None if index is None else _replaced(bare_key, document, index, document.inner(index))


_WORDS = re.compile(r"[^\W_](?:[\w .@%!?/-]*[\w%!?.])?")
_NUMBERED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|(?!0[xXoObB])(?=[^ ]*[0-9])(?=.*[^\W\d_]{2}).*")


def _is_bare_text(inner: str) -> bool:
    """Does it stay what it is without quotes?"""
    if not _WORDS.fullmatch(inner) or any(sign in inner for sign in ("//", "...", "  ")):
        return False
    if inner[0].isdecimal():
        return _NUMBERED.fullmatch(inner) is not None
    return inner.lower() not in _LITERALS


@maker(Repair.BARE_WORD)
def bare_word(document: Document, rng: random.Random) -> Damage | None:
    """A string without its quotes.

    Not made of a text that reads as a literal, or as a number in any way of writing one; that holds an escape, a quote, a bracket
    or a comma, colon or semicolon (these may end it), what begins a comment, three dots, or white space that a reader does not
    see: at its ends, or more than one space; nor of one that begins with a sign. Not at the root: that would be prose.
    """
    found = [i for i in document.of("string") if document.tokens[i].inside and _is_bare_text(document.inner(i))]
    index = _one(rng, found)
    return None if index is None else _replaced(bare_word, document, index, document.inner(index))


@maker(Repair.LITERAL)
def literal(document: Document, rng: random.Random) -> Damage | None:
    """A literal as Python or JavaScript write it, or in capitals; a number that is none or infinite.

    Made only where a literal stands, or a number (which is then NaN or infinite): anything else would be an invented value.
    """
    index = _one(rng, document.of("literal") or document.of("number"))
    if index is None:
        return None
    token = document.tokens[index]
    if token.kind == "number":
        new = rng.choice(("NaN", "Infinity", "-Infinity"))
        meant = Edit(token.start, token.end, new.encode())  # json.loads reads them
        return _replaced(literal, document, index, new, meant=(meant,))
    ways = {"true": ("True", "TRUE"), "false": ("False", "FALSE"), "null": ("None", "undefined", "NULL", "Null")}
    return _replaced(literal, document, index, rng.choice(ways[document.spelled(index)]))


@maker(Repair.COMMENT)
def comment(document: Document, rng: random.Random) -> Damage | None:
    """A comment between two tokens. Not made before the first or after the last: there it would be prose."""
    if len(document.tokens) < 2:
        return None
    index = rng.randrange(len(document.tokens) - 1)
    place = rng.choice((document.tokens[index].end, document.tokens[index + 1].start))
    new = rng.choice(("/* {} */", " /*{}*/ ", " // {}\n", "\n// {}\n", " # {}\n")).format(rng.choice(_COMMENT))
    return _in_gap(comment, document, index, place, new)


@maker(Repair.COMMA)
def missing_comma(document: Document, rng: random.Random) -> Damage | None:
    """A comma left out.

    Not made between two elements of an array that are both no containers and then touch: `12`, `truefalse`, `"a""b"`
    read as one. Before a key, and beside a container's bracket, nothing has to part them.
    """
    atoms = ("string", "number", "literal")

    def clear(index: int) -> bool:
        apart = document.kind(index - 1) in atoms and document.kind(index + 1) in atoms
        return not apart or document.spaced(index)

    index = _one(rng, [index for index in document.of(",") if clear(index)])
    if index is None:
        return None
    token, after = document.tokens[index], document.tokens[index + 1]
    return _damage(
        missing_comma,
        [Edit(token.start, token.end, b"")],
        [(document.tokens[index - 1].end, after.start)],
        _paths(document, index - 1, index + 1),
        _around(document, index),
    )


@maker(Repair.COMMA)
def trailing_comma(document: Document, rng: random.Random) -> Damage | None:
    """A comma after the last element or member. Not made in an empty container: there it is not said what it follows."""
    found = [i - 1 for i in document.of("}", "]") if document.tokens[i].partner != i - 1]
    index = _one(rng, found)
    if index is None:
        return None
    return _in_gap(trailing_comma, document, index, document.tokens[index].end, ",")


@maker(Repair.COMMA)
def doubled_comma(document: Document, rng: random.Random) -> Damage | None:
    """A comma written twice."""
    index = _one(rng, document.of(","))
    if index is None:
        return None
    return _in_gap(doubled_comma, document, index, document.tokens[index].end, rng.choice((",", " ,", ",\n")))


@maker(Repair.COMMA)
def leading_comma(document: Document, rng: random.Random) -> Damage | None:
    """A comma before the first member of an object. Not made in an array: `[,1]` is an array of two to JavaScript."""
    index = _one(rng, [index for index in document.of("{") if document.kind(index + 1) == "key"])
    if index is None:
        return None
    return _in_gap(leading_comma, document, index, document.tokens[index].end, ",")


@maker(Repair.COMMA)
def semicolon(document: Document, rng: random.Random) -> Damage | None:
    """A semicolon for a comma."""
    index = _one(rng, document.of(","))
    return None if index is None else _replaced(semicolon, document, index, ";")


@maker(Repair.COLON)
def missing_colon(document: Document, rng: random.Random) -> Damage | None:
    """A colon left out. Not made where a string then touches the key: `"a""b"` reads as one text with quotes in it."""

    def clear(index: int) -> bool:
        return document.kind(index + 1) != "string" or document.spaced(index)

    index = _one(rng, [index for index in document.of(":") if clear(index)])
    if index is None:
        return None
    token, after = document.tokens[index], document.tokens[index + 1]
    return _damage(
        missing_colon,
        [Edit(token.start, token.end, b"")],
        [(document.tokens[index - 1].start, after.start)],
        _paths(document, index - 1),
        _around(document, index),
    )


@maker(Repair.COLON)
def other_colon(document: Document, rng: random.Random) -> Damage | None:
    """A colon written twice, or an equals sign or an arrow for it."""
    index = _one(rng, document.of(":"))
    if index is None:
        return None
    return _replaced(other_colon, document, index, rng.choice(("=", " = ", "=>", " => ", "::")))


_RAW = {"n": b"\n", "t": b"\t", "r": b"\r", "b": b"\b", "f": b"\f"}


def _control_character(unit: str) -> bytes | None:
    """The character that the escape stands for, where it is a control character."""
    if unit[0] != "\\":
        return None
    if unit[1] == "u" and len(unit) == 6 and int(unit[2:], 16) < 0x20:
        return bytes([int(unit[2:], 16)])
    return _RAW.get(unit[1])


@maker(Repair.CONTROL_CHARACTER)
def control_character(document: Document, rng: random.Random) -> Damage | None:
    """An escaped control character of a string, or all of the string, written as it is; in a string that has none, a line break
    or a tab for a space.

    Not made of a line break at the end of a text that holds a Markdown fence: there it may be layout.
    """
    text = document.text
    for index in _shuffled(rng, document.of("string")):
        token = document.tokens[index]
        fence = "```" in document.inner(index)
        found: list[Edit] = []
        meant: tuple[Edit, ...] = ()
        for start, end in document.units(index):
            raw = _control_character(text[start:end])
            if raw is not None and not (fence and not text[end : token.end - 1].strip("\\nrt ")):
                found.append(Edit(start, end, raw))
        if found:
            edits = found if rng.random() < 0.4 else [rng.choice(found)]
        else:
            spaces = [start for start, end in document.units(index) if text[start:end] == " " and end < token.end - 1]
            if not spaces:
                continue
            place, sign = rng.choice(spaces), rng.choice("nt")
            edits = [Edit(place, place + 1, _RAW[sign])]
            meant = (Edit(place, place + 1, f"\\{sign}".encode()),)
        return _damage(
            control_character,
            edits,
            [(edit.start, edit.end) for edit in edits],
            _paths(document, index),
            _around(document, index),
            meant=meant,
        )
    return None


# After a quote: what a member or an element may go on with, so that the quote reads as the end of the string.
_KEY = r"[\w$.-]+(?: [\w$-]+){0,3}[\"']?\s*[:=]"
_KEY_AHEAD = re.compile(_KEY)
_ENDS_OBJECT_VALUE = re.compile(rf"[:;+#}}]|//|/\*|[\"'“”„‘’`]|,\s*(?:[\"'“”„‘’`}}\],#…]|//|/\*|\.\.|$|{_KEY})")
_ENDS_ELEMENT = re.compile(
    r"[,:;+#\]{\[0-9-]|//|/\*|[\"'“”„‘’`]|(?:true|false|null|none|undefined|nan|infinity)\b", re.IGNORECASE
)


def _reads_as_end(text: str, place: int, inside: str, closing: int, paired: bool) -> bool:
    """Does the quote at the place look like the end of its string? closing: where the quote is that really ends it."""
    rest = text[place + 1 :].lstrip()
    if not rest or _KEY_AHEAD.match(rest):
        return True
    if paired and place + 1 == closing:
        return False  # `"he said "yes""`: the second of a pair, and then the end
    wrong = "]" if inside == "{" else "}"
    if rest[0] == wrong:
        # `environ["HOME"] is`: a bracket of the other kind, and after it nothing that could follow a value
        return not rest[1:].strip() or rest[1:].lstrip()[0] in ",;}]\"'"
    return (_ENDS_OBJECT_VALUE if inside == "{" else _ENDS_ELEMENT).match(rest) is not None


@maker(Repair.UNESCAPED_QUOTE)
def unescaped_quote(document: Document, rng: random.Random) -> Damage | None:
    r"""Quotes inside a string that have lost their backslashes: all of them, a pair, or one. In a string without any, a word is
    quoted so.

    Not made where one of them looks like the end of the string. That is where what comes next (white space left out) is a comma
    and after it a key, a quote or a closer (in an array: any comma), a closer of its container, a colon, a quote, a plus sign, a
    comment, or in an array the beginning of another element. The second of a pair may stand before the closing quote. Not made of
    a single quote after a comma either, nor in an array of a pair: the comma may be the end, and the quote begin the next. With
    text after the document, not made in its last string: that text may be part of it.
    """
    text = document.text
    for index in _shuffled(rng, document.of("string")):
        token = document.tokens[index]
        if not token.inside:
            continue
        units = document.units(index)
        quotes = [span for span in units if text[slice(*span)] == '\\"']
        choices: list[list[Edit]] = []
        meant: tuple[Edit, ...] = ()
        if quotes:
            edits = [Edit(start, end, b'"') for start, end in quotes]
            pairs = [edits[at : at + 2] for at in range(0, len(edits) - 1, 2)]
            choices += [edits] * (rng.random() < 0.5)
            choices += rng.sample(pairs, min(3, len(pairs)))
            choices += [[edit] for edit in rng.sample(edits, min(3, len(edits)))]
            if rng.random() < 0.3:
                choices.reverse()
        else:
            words = [found.span() for found in re.finditer(r"\b\w+\b", text[token.start + 1 : token.end - 1])]
            words = [(token.start + 1 + start, token.start + 1 + end) for start, end in words]
            if "\\" in document.inner(index) or len(words) < 2:
                continue
            for start, end in rng.sample(words, min(4, len(words))):
                choices.append([Edit(start, start, b'"'), Edit(end, end, b'"')])
        for edits in choices:
            if not _unescaped_clearly(document, index, edits):
                continue
            if not quotes:
                meant = tuple(Edit(edit.start, edit.end, b'\\"') for edit in edits)
            return _damage(
                unescaped_quote,
                edits,
                [(edit.start, edit.end) for edit in edits],
                _paths(document, index),
                _around(document, index),
                meant=meant,
                needs_end=document.of("string")[-1] == index,
            )
    return None


def _unescaped_clearly(document: Document, index: int, edits: list[Edit]) -> bool:
    token = document.tokens[index]
    paired = len(edits) % 2 == 0
    text, places = "", []  # from the string's opening quote on
    at = token.start
    for edit in edits:
        text += document.text[at : edit.start]
        places.append(len(text))
        text += '"'
        at = edit.end
    closing = len(text) + token.end - 1 - at
    text += document.text[at : token.end + 400]
    for number, place in enumerate(places):
        if _reads_as_end(text, place, token.inside, closing, paired and number == len(places) - 1):
            return False
        opens = paired and number % 2 == 0
        if place == 1 and not (opens and text[place + 1].isalpha()):
            return False
        if text[1:place].rstrip().endswith(",") and (token.inside == "[" or not paired):
            return False
    return True


@maker(Repair.ESCAPE)
def invalid_escape(document: Document, rng: random.Random) -> Damage | None:
    r"""A backslash of the text that is not escaped (`\d`), an apostrophe that is (`\'`), or a letter as `\xNN`.

    Not made of a backslash before one of `"\/bfnrtu` (a valid escape), but before `u` where no four hexadecimal digits follow;
    before a digit, or one of `x a e v N` where no letter follows, as other languages have such escapes; before white space or
    an apostrophe or the like, which may be meant to be escaped; nor at the end, where it would escape the quote.
    """
    text = document.text

    def stays(after: str) -> bool:
        if not after or after[0] in "\"\\/bfnrt0123456789'`“”‘’" or after[0].isspace():
            return False
        if after[0] == "u":
            return re.match(r"u[0-9a-fA-F]{4}", after) is None
        if after[0] in "xaevN":
            return re.match(r"x[0-9a-fA-F]{2}|[xaevN](?:[^a-zA-Z]|$)", after) is None
        return True

    for index in _shuffled(rng, document.of("string", "key")):
        token = document.tokens[index]
        inner_end = token.end - 1
        if token.kind == "key" and rng.random() < 0.8:
            continue
        units = document.units(index)
        lone = [Edit(s, e, b"\\") for s, e in units if text[s:e] == "\\\\" and stays(text[e : min(e + 6, inner_end)])]
        apostrophes = [Edit(s, e, b"\\'") for s, e in units if text[s:e] == "'"]
        letters = [Edit(s, e, b"\\x%02x" % ord(text[s:e])) for s, e in units if text[s:e].isalpha() and text[s:e] < "\u0100"]
        found = [group for group in (lone, apostrophes, letters) if group]
        if not found:
            continue
        edit = rng.choice(found[0] if rng.random() < 0.8 else rng.choice(found))
        return _damage(invalid_escape, [edit], [(edit.start, edit.end)], _paths(document, index), _around(document, index))
    return None


@maker(Repair.CLOSER)
def missing_closer(document: Document, rng: random.Random) -> Damage | None:
    """A closer left out where what follows shows it: `}` before `]`, or before `,{` in an array; `]` before `}`, or before
    `,"key":`.

    Not made before a closer of the same kind, at the end, or where both containers may go on with what follows: nobody can tell
    what is missing in `{"a":{"b":1,"c":2}` or `[[1,2]`. Not made of an empty container before a comma, which would be its first.
    With text after the document, not made before its last closer: after a string that may be text, too.
    """
    found: list[tuple[int, int]] = []
    for index in document.of("}", "]"):
        token = document.tokens[index]
        after, second = document.kind(index + 1), document.kind(index + 2)
        other = "]" if token.kind == "}" else "}"
        if after == other:
            found.append((index, index + 1))
        elif after == "," and token.partner != index - 1:
            if token.kind == "}" and token.inside == "[" and second == "{":
                found.append((index, index + 2))
            elif token.kind == "]" and token.inside == "{" and second == "key":
                found.append((index, index + 3))
    if not found:
        return None
    index, shown_by = rng.choice(found)
    token = document.tokens[index]
    return _damage(
        missing_closer,
        [Edit(token.start, token.end, b"")],
        [(document.tokens[index - 1].end, document.tokens[shown_by].end)],
        _paths(document, index, index - 1, index + 1),
        [*_around(document, index, shown_by), *_around(document, token.partner)],
        unclosed=(token.path, token.path[:-1]) if shown_by == index + 1 else (token.path,),
        nesting=True,
        needs_end=shown_by == len(document.tokens) - 1,
    )


@maker(Repair.CLOSER)
def mismatched_closer(document: Document, rng: random.Random) -> Damage | None:
    """A closer of the wrong kind. Every other reading than that of a slip has one closer too few here, and one too many later.

    Not made where the other reading may go on, too: `{"a":{"b":[1},"c":2}` is what is left when `]` is missing, and with one more
    `}` what a slip gives. That is where it would close the container around, too, and then a comma fits what is around that. Not
    made in an empty container: `[}` and `{]` don't say which of both signs is wrong.
    """

    def clear(index: int) -> bool:
        token = document.tokens[index]
        if token.partner == index - 1:
            return False
        around = [document.kind(opener) for opener in document.open_at(index)]
        wrong = "[" if token.kind == "}" else "{"
        return not (document.kind(index + 1) == "," and around[-3:-1] == [wrong, wrong])

    closers = [index for index in document.of("}", "]") if clear(index)]
    inner = [index for index in closers if document.tokens[index].inside]
    index = _one(rng, inner if rng.random() < 0.9 and inner else closers)
    if index is None:
        return None
    token = document.tokens[index]
    return _damage(
        mismatched_closer,
        [Edit(token.start, token.end, b"]" if token.kind == "}" else b"}")],
        [(token.start, token.end)],
        _paths(document, index, index - 1, index + 1, *document.open_at(index)),
        (
            *_around(document, index),
            *_around(document, token.partner),
            *([] if token.inside else [(len(document.text), len(document.text))]),
        ),
        unclosed=(token.path,),
        nesting=True,
        doubtful=document.kind(index + 1) in ("}", "]"),
    )


@maker(Repair.CLOSER)
def extra_closer(document: Document, rng: random.Random) -> Damage | None:
    """A closer too many, where the root has no container left that it could close, and goes on.

    Not made elsewhere: `{"a":{"b":[1]],"c":2}` ends like this when `]` is a slip for `}`, and with one more `}` when it is one
    too many, so what it is is not known before the end. Not made before the last closer, which may be the one too many.
    """
    found = []
    for index in document.of("}", "]"):
        token = document.tokens[index]
        if len(token.path) == 1 and token.inside != ("{" if token.kind == "}" else "[") and document.kind(index + 1) == ",":
            found.append(index)
    place = _one(rng, found)
    if place is None:
        return None
    return _in_gap(extra_closer, document, place, document.tokens[place].end, document.kind(place), nesting=True)


@maker(Repair.NUMBER)
def number_form(document: Document, rng: random.Random) -> Damage | None:
    """A number with a plus sign, without its `0` before or after the point, in hexadecimal, with a leading zero or with a `_`.

    No leading zero before several digits that are all below 8: with it they are an octal number in some languages.
    """
    for index in _shuffled(rng, document.of("number")):
        text = document.spelled(index)
        ways = [f"+{text}"] if text[0] != "-" else []
        if re.fullmatch(r"-?0\.[0-9]+", text):
            ways.append(text.replace("0.", ".", 1))
        if re.fullmatch(r"-?[0-9]+\.0", text):
            ways.append(text[:-1])
        if re.fullmatch(r"[0-9]+", text):
            ways += [hex(int(text)), f"0x{int(text):X}"]
            if text != "0" and (len(text) == 1 or re.search("[89]", text)):
                ways.append(f"0{text}")
            if int(text) > 999:
                ways.append(f"{int(text):_}")
        if ways:
            return _replaced(number_form, document, index, rng.choice(ways))
    return None


@maker(Repair.CONCATENATION)
def concatenation(document: Document, rng: random.Random) -> Damage | None:
    """A string as the sum of two. Not made of a key, which no language writes so."""
    found = [index for index in document.of("string") if document.tokens[index].inside and len(document.inner(index)) > 1]
    for index in _shuffled(rng, found):
        units = document.units(index)
        if len(units) > 1:
            place = rng.choice(units[1:])[0]
            token = document.tokens[index]
            edit = Edit(place, place, rng.choice((b'" + "', b'"+"', b'" +\n  "', b'"\n  + "')))
            return _damage(concatenation, [edit], [(token.start, place)], _paths(document, index), _around(document, index))
    return None


_NOT_UTF8 = (b"\xff", b"\x80", b"\xe9", b"\xfc", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xc0\xaf", b"\xf5", b"\xe2\x28\xa1")


@maker(Repair.UTF8)
def invalid_utf8(document: Document, rng: random.Random) -> Damage | None:
    """Bytes that are no UTF-8 in a string or a key, for one of its characters or before its end. The decoder of Python says how
    many signs they are.

    Not made with an encoded surrogate: that is one sign to some decoders, three to others. Not made of an escape.
    """
    text = document.text
    kinds = ("string",) if rng.random() < 0.85 else ("key",)
    for index in _shuffled(rng, document.of(*kinds) or document.of("string", "key")):
        token = document.tokens[index]
        places = [(s, e) for s, e in document.units(index) if text[s] != "\\"]
        place, end = rng.choice([*places, (token.end - 1, token.end - 1)])
        bad = rng.choice(_NOT_UTF8)
        if place < end and "\x80" <= text[place] < "\u0100" and rng.random() < 0.7:
            bad = text[place].encode("latin-1")
        meant = (bad + text[end].encode()).decode("utf-8", "replace")[:-1]
        key = token.kind == "key"
        spelled = text[token.start : place] + meant + text[end : token.end]
        return _damage(
            invalid_utf8,
            [Edit(place, end, bad)],
            [(place, end)],
            {token.path[:-1]} if key else _paths(document, index),
            _around(document, index),
            meant=(Edit(place, end, meant.encode()),),
            renamed=(token.path, json.loads(spelled)) if key else None,
        )
    return None


@maker(Repair.MISSING_VALUE)
def missing_value(document: Document, rng: random.Random) -> Damage | None:
    """A member without its value, which is then null. Only where one token was it: more would have to go otherwise."""
    found = [i for i in document.of("string", "number", "literal") if document.tokens[i].inside == "{"]
    index = _one(rng, found)
    if index is None:
        return None
    token = document.tokens[index]
    return _damage(
        missing_value,
        [Edit(token.start, token.end, b"")],
        [(document.tokens[index - 2].start, document.tokens[index + 1].start)],
        _paths(document, index),
        _around(document, index),
        meant=(Edit(token.start, token.end, b"null"),),
    )


@maker(Repair.ELLIPSIS)
def ellipsis(document: Document, rng: random.Random) -> Damage | None:
    """Three dots for what was left out, last or between two others. Not made in an empty container: no comma leads to it."""
    dots = rng.choice(("...", "…"))
    closers = [i - 1 for i in document.of("}", "]") if document.tokens[i].partner != i - 1]
    commas = document.of(",")
    if commas and rng.random() < 0.4:
        index = rng.choice(commas)
        return _in_gap(ellipsis, document, index, document.tokens[index].end, f" {dots},")
    chosen = _one(rng, closers)
    if chosen is None:
        return None
    return _in_gap(ellipsis, document, chosen, document.tokens[chosen].end, f", {dots}")


@maker(Repair.WHITE_SPACE)
def white_space(document: Document, rng: random.Random) -> Damage | None:
    """White space that JSON doesn't know, between two tokens; a byte order mark at the beginning."""
    if rng.random() < 0.15 or len(document.tokens) < 2:
        return _damage(white_space, [Edit(0, 0, "\ufeff".encode(), -3)], [(0, 0)], [()], [])
    index = rng.randrange(len(document.tokens) - 1)
    place = rng.choice((document.tokens[index].end, document.tokens[index + 1].start))
    return _in_gap(white_space, document, index, place, rng.choice("\u00a0\u2003\u3000\u202f\u2028"))


@maker(Repair.MISSING_QUOTE)
def missing_quote(document: Document, rng: random.Random) -> Damage | None:
    """One of the two quotes left out, of a key or of a member's string.

    Not made of what does not read as a name or a few words, as for bare keys and bare words; nor of the quote that ends a string
    where no key follows: a closer after it would be text. Not made in an array: there a lost quote makes strings of what stands
    between them, and the other way round.
    """

    def places(index: int) -> Iterator[int]:
        token = document.tokens[index]
        if token.inside != "{":
            return
        if token.kind == "key" and _is_name(document.inner(index)):
            yield from (token.start, token.end - 1)
        elif token.kind == "string" and _is_bare_text(document.inner(index)):
            yield token.start
            if document.kind(index + 1) == "," and document.kind(index + 2) == "key":
                yield token.end - 1

    found = [(index, place) for index in document.of("key", "string") for place in places(index)]
    if not found:
        return None
    index, place = rng.choice(found)
    token = document.tokens[index]
    return _damage(
        missing_quote,
        [Edit(place, place + 1, b"")],
        [(token.start, document.tokens[index + 1].end)],
        _paths(document, index),
        _around(document, index),
    )


@maker(Repair.PARENTHESES)
def parentheses(document: Document, rng: random.Random) -> Damage | None:
    """An array as Python writes a tuple. Not made of less than two elements: `(1)` is a number in parentheses."""
    found = [
        index
        for index in document.of("[")
        if any(document.kind(i) == "," and document.tokens[i].path == document.tokens[index].path
               for i in range(index, document.tokens[index].partner))
    ]  # fmt: skip
    index = _one(rng, found)
    if index is None:
        return None
    opening, closing = document.tokens[index], document.tokens[document.tokens[index].partner]
    return _damage(
        parentheses,
        [Edit(opening.start, opening.end, b"("), Edit(closing.start, closing.end, b")")],
        [(opening.start, opening.end), (closing.start, closing.end)],
        _paths(document, index),
        [*_around(document, index), *_around(document, opening.partner)],
        nesting=True,
    )
