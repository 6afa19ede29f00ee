"""Writes repair.md: `python -m docs.repair`. What the page shows of the parser is what it does when the page is written."""

from __future__ import annotations

import ast
import inspect
import json
import re
from pathlib import Path
from typing import Any

import midstream
from midstream import Repair, repairs
from tests.conformance import repair_cases

PAGE = Path(__file__).resolve().with_name("repair.md")

# an input for each kind in which nothing else has to be mended
EXAMPLES: dict[Repair, str | bytes] = {
    Repair.CODE_FENCE: '```json\n{"a": 1}\n```',
    Repair.PROSE: 'Here it is: {"a": 1} Anything else?',
    Repair.QUOTE: "{'a': “b”}",
    Repair.BARE_KEY: '{a: "b"}',
    Repair.BARE_WORD: '{"a": hello world, "b": 1}',
    Repair.LITERAL: "[True, None, undefined]",
    Repair.COMMENT: "[1, /* two */ 3] // end",
    Repair.COMMA: "[1 2,, 3,]",
    Repair.COLON: '{"a" 1, "b" => 2}',
    Repair.MISSING_VALUE: '{"a": , "b": 1}',
    Repair.CONTROL_CHARACTER: '["one\ntwo"]',
    Repair.UNESCAPED_QUOTE: '["say "yes", or no"]',
    Repair.MISSING_QUOTE: '{"a": "b, "c": "d"}',
    Repair.ESCAPE: r'["\d \x41 \'"]',
    Repair.CLOSER: '{"a": [1, {"b": 2], "c": 3}',
    Repair.NUMBER: "[+1, .5, 0x1F, 1_000]",
    Repair.CONCATENATION: '["a" + "b"]',
    Repair.PARENTHESES: '{"a": (1, 2)}',
    Repair.ELLIPSIS: "[1, 2, ...]",
    Repair.WHITE_SPACE: "[1,\u00a02]",
    Repair.UTF8: b'["caf\xe9"]',
    Repair.TRUNCATION: '{"a": ["b", "c',
    Repair.LONE_SURROGATE: r'["\ud83d?"]',
}

# Where another kind has a reading of the example too: which kinds mend it if all are on but this one. Elsewhere it is an error.
OTHERWISE: dict[Repair, set[Repair]] = {
    Repair.LITERAL: {Repair.BARE_WORD},
    Repair.UNESCAPED_QUOTE: {Repair.COMMA, Repair.MISSING_QUOTE, Repair.BARE_WORD},
    Repair.MISSING_QUOTE: {Repair.UNESCAPED_QUOTE},
    Repair.NUMBER: {Repair.BARE_WORD},
    Repair.CONCATENATION: {Repair.UNESCAPED_QUOTE},
    Repair.ELLIPSIS: {Repair.BARE_WORD},
}


# -- running the parser


class Step:
    """A stretch of input, and what is shown after its last character that was not shown before it."""

    def __init__(self, read: str, shown: Any, grows: bool) -> None:
        self.read = read
        self.shown = shown
        self.grows = grows  # a string grew by the one character that was read


def characters(text: str | bytes) -> list[Any]:
    return list(text) if isinstance(text, str) else [text[at : at + 1] for at in range(len(text))]


def steps(text: str | bytes) -> tuple[list[Step], str]:
    """What is shown while the text is read one character at a time, and what of it is still hidden before the end of input."""
    parser = midstream.Parser(repair="all")
    found: list[Step] = []
    read = ""
    shown: Any = midstream.MISSING
    for character in characters(text):
        parser.feed(character)
        read += visible(character)
        after = parser.snapshot(share=False)
        if written(after) == written(shown):
            continue
        grows = read == visible(character) and only_a_string_grew(shown, after)
        if grows and found and found[-1].grows:
            found[-1].read += read
            found[-1].shown = after
        else:
            found.append(Step(read, after, grows))
        read, shown = "", after
    return found, read


def only_a_string_grew(old: Any, new: Any) -> bool:
    if isinstance(old, str) and isinstance(new, str):
        return new.startswith(old)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return all(map(only_a_string_grew, old, new))
    if isinstance(old, dict) and isinstance(new, dict) and list(old) == list(new):
        return all(only_a_string_grew(old[key], new[key]) for key in old)
    return bool(type(old) is type(new) and old == new)


def mended(text: str | bytes, repair: Any = "all") -> tuple[Any, tuple[midstream.Repaired, ...]]:
    """The value and the records of a whole text."""
    parser = midstream.Parser(repair=repair)
    parser.feed(text)
    return parser.close(), parser.repairs


# -- writing


def visible(text: str | bytes) -> str:
    """The text in one line, each character to be seen."""
    if isinstance(text, bytes):
        return "".join(chr(byte) if 0x20 <= byte < 0x7F else f"‹{byte:02X}›" for byte in text)
    return "".join("⏎" if one == "\n" else one if one.isprintable() else f"‹U+{ord(one):04X}›" for one in text)


def code(text: str) -> str:
    """A code span for a cell of a table."""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    space = " " if text[:1] in {"`", " "} or text[-1:] in {"`", " "} else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", r"\|") if text else "(nothing)"


def written(value: Any) -> str:
    return "" if value is midstream.MISSING else json.dumps(value, ensure_ascii=False)


def rules() -> dict[str, str]:
    """Member of Repair -> what is said below it in its source."""
    (tree,) = [
        node for node in ast.parse(inspect.getsource(repairs)).body if isinstance(node, ast.ClassDef) and node.name == "Repair"
    ]
    found: dict[str, str] = {}
    for node, after in zip(tree.body, tree.body[1:], strict=False):
        if not (isinstance(node, ast.Assign) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)):
            continue
        (target,) = node.targets
        assert isinstance(target, ast.Name)
        text = inspect.cleandoc(str(after.value.value))
        found[target.id] = re.sub(r"(?<!`)``(?!`)(.+?)(?<!`)``(?!`)", r"`\1`", text)
    return found


def records(made: tuple[midstream.Repaired, ...]) -> str:
    return "\n".join(map(repr, made))


def section(kind: Repair) -> str:
    text = EXAMPLES[kind]
    value, made = mended(text)
    found, rest = steps(text)
    lines = [f"### {kind.name}", "", rules()[kind.name], ""]
    lines += [
        f"{code(repr(text))} gives {code(repr(value))}",
        "",
        "```",
        records(made),
        "```",
        "",
        "| read | shown |",
        "|---|---|",
    ]
    lines += [f"| {code(step.read)} | {code(written(step.shown))} |" for step in found]
    shown = written(found[-1].shown) if found else ""
    if shown != written(value):
        lines.append(f"| {code(rest)} and the end of input | {code(written(value))} |")
    elif rest:
        lines.append(f"| {code(rest)} | the same |")
    return "\n".join([*lines, "", without(kind)])


def without(kind: Repair) -> str:
    """What becomes of the example if every kind is on but this."""
    if kind is Repair.LONE_SURROGATE:
        return "It is made without `repair` too."
    try:
        value, made = mended(EXAMPLES[kind], set(Repair) - {kind})
    except midstream.JSONStreamError as error:
        return f"With every other kind: `{type(error).__name__}`, {error.message}."
    others = ", ".join(one.name for one in Repair if one in {record.kind for record in made})
    return f"With every other kind: {code(written(value))} ({others})."


def example(code: str) -> str:
    """A piece of code, and what it prints."""
    printed: list[str] = []
    exec(code, {"midstream": midstream, "print": lambda *given: printed.append(" ".join(map(str, given)))})
    return f"```python\n{code}```\n\n```\n" + "\n".join(printed) + "\n```"


# -- the page

HEAD = """\
# Repair

`repair="all"`, or a set of kinds, makes the parser read what is nearly JSON. It is an option of `Parser` and of every helper:

{example}

A place that is malformed and that no kind of the set mends raises `MalformedJSON`, as without `repair`.

## What holds for every kind

- **Nothing shown is taken back.** What can't be decided yet stays hidden until a later character decides it. The tables below
  show when. A project that sees the whole text can decide better at times.
- **The cut doesn't matter.** Values, events, repairs and errors after a prefix are the same however it came.
- **Valid JSON is not changed.** It gives the same value and events as without `repair`, and `repairs` is `()` (lone surrogates
  aside). Some of it shows later: a closing quote, a number and a literal wait for what follows them.
- **FORESIGHT.** At most {foresight} bytes are looked ahead at one place. By then it is decided with what is known, so the memory
  for what is hidden is bounded. The text of a word or of prose is not counted: it is the open token.
- **Completed means complete.** `Completed` is emitted only for a value whose own end was in the input. A container whose closer
  is missing or of the wrong kind, a string without its closing quote, and what the end of input closed never complete, and
  `is_complete` is false for them. The container around them completes if its own closer comes. In the example below the array at
  `(0, 'a')` has no closer of its own, and the brace that closes it too completes nothing.
- **Each repair leaves a record** in `Parser.repairs`: its kind, where the mended text begins in UTF-8 bytes, and the path.

{completed}

`TRUNCATION` alone changes what the end of input means: `close()` closes what is open and returns it instead of raising
`TruncatedJSON`. The status stays `OPEN`, and nothing that was open completes. A text without any value raises `TruncatedJSON` all
the same.

{truncated}

## The kinds

`read` is the input since the row before, `shown` the value after its last character: what stands before that character in the
row was hidden until then. Characters that change a string at once share a row. ⏎ is a line end; a character that can't be seen,
or a byte, stands in ‹›. Below the table stands what the example becomes when every kind is on but this one.
"""

BEGIN = """\
text = '{"tool": "search", args: {"query": "x"}'
parser = midstream.Parser(repair={midstream.Repair.BARE_KEY, midstream.Repair.TRUNCATION})
parser.feed(text)
print(parser.close())
for repaired in parser.repairs:
    print(repaired)
"""

COMPLETED = """\
parser = midstream.Parser("$..*", repair="all")
for event in parser.feed('[{"a": ["x", "y"}, {"b": 1}]'):
    if isinstance(event, midstream.Completed):
        print(event.path, event.value)
print(parser.value)
"""

TRUNCATED = """\
parser = midstream.Parser(repair="all")
parser.feed('{"a": "b", "c": ["d", "e')
print(parser.close())
print(parser.status, parser.is_complete(("a",)), parser.is_complete(("c", 1)))
"""


SOURCE = PAGE.parents[1] / "src/midstream/_foresight.pxi"


def foresight() -> str:
    """The bound, from the source of the parser."""
    source = SOURCE.read_text(encoding="utf-8")
    (number,) = set(re.findall(r"\bFORESIGHT\b *= *(\d+)", source))
    return str(number)


def shortened(text: str, limit: int = 110) -> str:
    return text if len(text) <= limit else f"{text[: limit // 2]} … {text[-limit // 2 :]}"


def differences() -> str:
    """The tables of the projects: how many of their cases are equal, and where midstream decides otherwise."""
    lines = [
        "## Other projects",
        "",
        'Their test cases, read with `repair="all"`. Compared are those for which the project has a JSON result; of the cases of',
        "baml those whose result doesn't depend on a schema, of langchain's those about Markdown.",
        "",
        "| cases of | compared | equal |",
        "|---|---:|---:|",
    ]
    found = {table: repair_cases.differences(table) for table in repair_cases.TABLES}
    for table, different in found.items():
        count = len(repair_cases.compared(table))
        equal = count - len(different)
        lines.append(f"| {table} | {count} | {equal} ({equal / count:.1%}) |")
    for table, different in found.items():
        if not different:
            continue
        lines += ["", f"### {table}", "", "| input | there | here | why |", "|---|---|---|---|"]
        seen: set[tuple[str, str]] = set()
        for one in different:
            key = one.case.input, written(one.case.expected)
            if key in seen:  # the same case, of another function of the project
                continue
            seen.add(key)
            got = str(one.got.kind) if isinstance(one.got, repair_cases.Failed) else written(one.got)
            cells = [code(shortened(visible(text))) for text in (one.case.input, written(one.case.expected), got)]
            lines.append(f"| {' | '.join(cells)} | {one.reason or 'not listed'} |")
    return "\n".join(lines)


def page() -> str:
    head = HEAD.format(example=example(BEGIN), completed=example(COMPLETED), truncated=example(TRUNCATED), foresight=foresight())
    return "\n\n".join([head.rstrip(), *map(section, Repair), differences()]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
