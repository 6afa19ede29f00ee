"""The cases of other projects that mend JSON, and where midstream decides otherwise.

`python -m tests.conformance.repair_cases` prints how many agree and every difference; with the names of tables only
those, with `--new` only the differences that are not listed in DIFFERENCES.

Which rows are compared, and with what:

- `jsonrepair`, `json_repair`: the expected text, read with json.loads, where the row says `repair-to-text`. A row has no
  JSON result where it is an error or where the expected text is empty, which is json_repair's word for "nothing found"; so
  is an expected value of `''`, which json_repair's functions that return values give in the same places. (None of these
  inputs holds an empty string.)
- `best-effort-json-parser`: the expected value. A member that is JavaScript's `undefined` is left out, as JSON.stringify
  leaves it out.
- `baml-jsonish`: every row names the type that its input is read as. Compared are those whose expected value is plainly
  the JSON in the text: see `directed`.
- `langchain-parse_partial_json`: the rows about JSON in Markdown. Of the one in fragments, the value at the end.
"""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import midstream
from tests.support import data

TABLES = ("jsonrepair", "json_repair", "best-effort-json-parser", "baml-jsonish", "langchain-parse_partial_json")
# the least share of equal values
BARS = {"jsonrepair": 0.95, "json_repair": 0.90}

_SHOWN = "What has been shown of a string is not taken back: nothing but its closing quote could have ended it before this text."
_PLUS = "The `+` is text of a string that has not ended; it has been shown, and what is shown is not taken back."
_FIRST = "The first document is the value: its root has ended and is complete, so nothing is added to it. `documents` reads each."
_AFTER_ROOT = "The root has ended and is complete: what follows is no part of it, whatever it looks like."
_NO_VALUE = "A key whose value has not begun is left out at the end of input: null would be a value that nobody has sent."
_NULL = "A missing value has no type: null, as jsonrepair has it. An empty string would be a value of its own."
_STREAM = "The project contradicts itself: in its mode for streams (`stream_stable`) the value is the same as here."
_LETTERS = "What only begins like a literal is the text that stands there: more letters might make another word of it."

_BAML_QUOTES = """
  some text
  ```json
  {
    key: "value",
    array: [1, 2, 3, 'some stinrg'   with quotes' /* test */],
    object: { // Test comment
      key: "value"
    },
  }
  ```
  """

# (table, input) -> why midstream's value is another one
DIFFERENCES: dict[tuple[str, str], str] = {
    ("jsonrepair", '["hello, world]'): _SHOWN,
    ("jsonrepair", '["b,c,]'): _SHOWN,
    ("jsonrepair", '["abc/*comment*/+"def"]'): "Within a string `/*` is text, and what has been shown of it is not taken back.",
    ("jsonrepair", '"hello +\n " world"'): _PLUS,
    ("jsonrepair", '"hello +'): _PLUS,
    ("jsonrepair", '["hello +]'): _PLUS,
    ("jsonrepair", '{"s \\ud'): _NO_VALUE,
    ("jsonrepair", '{"a":'): _NO_VALUE,
    (
        "jsonrepair",
        '"\\a"',
    ): (r"The backslash is kept, as in json_repair's cases with `\s` and `\(`: in a path or a pattern it is text."),
    ("jsonrepair", "/* 1 */\n{}\n\n/* 2 */\n{}\n\n/* 3 */\n{}\n"): _FIRST,
    ("jsonrepair", "/* 1 */\n{},\n\n/* 2 */\n{},\n\n/* 3 */\n{}\n"): _FIRST,
    ("jsonrepair", "/* 1 */\n{},\n\n/* 2 */\n{},\n\n/* 3 */\n{},\n"): _FIRST,
    ("json_repair", '[]{"key":"value"}'): _FIRST,
    ("json_repair", '{"key":"value"}[1,2,3,True]'): _FIRST,
    ("json_repair", '{"key":"value"}, {"key":"value_after"}'): _FIRST,
    ("json_repair", 'lorem ```json {"key":"value"} ``` ipsum ```json [1,2,3,True] ``` 42'): _FIRST,
    ("json_repair", '{"key": "value"}, ["abc"]'): _FIRST,
    ("json_repair", '{"key": "value"}, "" : "value2"}'): _AFTER_ROOT,
    ("json_repair", '{"key": "value"}, "key2" "value2"}'): _AFTER_ROOT,
    ("json_repair", '{"key1": "value1"}, "key2": "value2", "key3": "value3"}'): _AFTER_ROOT,
    ("json_repair", '{"key": true, "key2": false, "key3": }'): _NULL,
    ("json_repair", '{"key": , "key2": "value2"}'): _NULL,
    ("json_repair", '{ "key": ["arrayvalue"], "key3": "value3", ["arrayvalue1"] }'): _NULL,
    ("json_repair", '{"key": "val\\'): _STREAM,
    ("json_repair", '{"key": "val\\n'): _STREAM,
    ("json_repair", '{"key": "val\\n123,`key2:value2'): _STREAM,
    ("json_repair", '[{"lorem": {"ipsum": "sic"}, """" "lorem": {"ipsum": "sic"}]'): (
        "Stray quotes don't close an object: it goes on with an empty key, and the repeated key replaces the value before it."
    ),
    ("json_repair", '{"lorem": sic tamet. "ipsum": sic tamet, quick brown fox. "sic": ipsum}'): (
        'Nothing is dropped: there `quick brown fox.` is lost, which the same project keeps in `{"lorem": ipsum, sic, datum.",}`.'
    ),
    ("json_repair", '{"key": "{\\\\"key\\\\\\":[\\"value\\\\\\"],\\"key2\\":"value2"}"}'): (
        r"An escape that JSON has is read as JSON has it: `\\` is a backslash, and `\"` a quote."
    ),
    (
        "json_repair",
        "[{]",
    ): "An object has been opened, even if it is empty: jsonrepair's cases have `[{{]` as two objects.",
    ("json_repair", '[{"key": "value", "key'): "A key that has not ended is left out; there it becomes an array of its own.",
    ("best-effort-json-parser", "tru"): _LETTERS,
    ("best-effort-json-parser", "tr"): _LETTERS,
    ("best-effort-json-parser", "t"): _LETTERS,
    ("best-effort-json-parser", "fals"): _LETTERS,
    (
        "best-effort-json-parser",
        '{"a":"apple","b":"',
    ): "One quote sign may be one too many: a string begins with what follows.",
    ("best-effort-json-parser", ""): "There is no value to return, and none is made up.",
    ("best-effort-json-parser", "Ending text."): "Nothing is dropped: there the last word is lost.",
    ("baml-jsonish", _BAML_QUOTES): (
        'Two strings, as in the cases of json_repair where a word with one quote follows a string (`"consectetur" comment" ]`).'
    ),
}


@dataclass(frozen=True)
class RepairCase:
    """One row: an input, and the JSON that another project makes of it, if it makes any."""

    table: str
    mode: str
    input: str
    has_result: bool
    expected: Any


@dataclass(frozen=True)
class Failed:
    """An error in the place of a value."""

    kind: str
    message: str
    offset: int

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


@dataclass(frozen=True)
class Difference:
    """A case of which midstream makes something else, and the reason, if that is known."""

    case: RepairCase
    got: Any
    reason: str | None


# -- the cases


@functools.cache
def cases(table: str) -> tuple[RepairCase, ...]:
    """The rows of a table that say something about repair without a schema, those without a JSON result too."""
    path = data.BUNDLED / f"conformance/cases/{table}.jsonl"
    # not splitlines(): a text may hold U+2028 and its like unescaped
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return tuple(_case(table, row) for row in rows if _is_about_repair(table, row))


def compared(table: str) -> tuple[RepairCase, ...]:
    """The cases with a JSON result."""
    return tuple(case for case in cases(table) if case.has_result)


def _is_about_repair(table: str, row: dict[str, Any]) -> bool:
    mode: str = row["mode"]
    if table == "langchain-parse_partial_json":
        return mode.startswith("markdown")
    return table != "baml-jsonish" or not directed(row)


def _case(table: str, row: dict[str, Any]) -> RepairCase:
    mode: str = row["mode"]
    given: Any = row["input"]
    expected: Any = row.get("expected")
    has_result = not row.get("error", False)
    if isinstance(given, list):
        given, expected = "".join(given), expected[-1]
    elif mode.startswith("repair-to-"):
        has_result = has_result and expected != ""
        if has_result and mode.startswith("repair-to-text"):
            expected = json.loads(expected)
    elif table == "best-effort-json-parser":
        expected = _without_undefined(expected)
    return RepairCase(table, mode, given, has_result, expected if has_result else None)


def _without_undefined(value: Any) -> Any:
    """The value as JSON has it: no `undefined`, and `-0` a number."""
    if isinstance(value, list):
        return [_without_undefined(item) for item in value]
    if isinstance(value, dict):
        if "__num" in value:
            return float(value["__num"])
        return {key: _without_undefined(item) for key, item in value.items() if item != {"__undefined": True}}
    return value


# types as which BAML reads a text that is no JSON: a text read as one of them is not repaired, but searched for it
_SCALAR = re.compile(r"FieldType::(Primitive|Enum|Literal|Union|\w+\(\)$|string\(\)\.as_optional)")
# types that change what the text holds: one value becomes a list of one, numbers become strings, unknown members are dropped
_CHANGING = {
    'FieldType::class("Test").as_list()',
    "FieldType::string().as_list()",
    'FieldType::class("Function2")',
}


def directed(row: dict[str, Any]) -> bool:
    """Does the schema of a row of baml-jsonish decide its expected value?

    It does where the mode is partial (what is not finished is null, and missing members are added); where the text does not
    fit the type (an error); where the text is JSON, but not of the expected value; where the type is a scalar's; where it
    makes a list of one value or strings of numbers, or drops members; and where the expected value holds a key, a string, a
    number or a null that the text doesn't hold.
    """
    mode, _, kind = row["mode"].partition(";type=")
    if mode != "schema-directed" or row.get("error"):
        return True
    if row["note"].startswith("complete"):
        return not same(json.loads(row["input"]), row["expected"])
    if _SCALAR.match(kind) or kind in _CHANGING:
        return True
    return not all(_stands_in(row["input"], atom) for atom in _atoms(row["expected"]))


def _atoms(value: Any) -> Iterator[Any]:
    """The keys, strings, numbers and literals of a value."""
    if isinstance(value, list):
        for item in value:
            yield from _atoms(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (key, *_atoms(item))
    else:
        yield value


def _stands_in(text: str, atom: Any) -> bool:
    written = json.dumps(atom, ensure_ascii=False)
    return (atom in text or written[1:-1] in text) if isinstance(atom, str) else written in text


# -- what midstream makes of them


def whole(case: RepairCase) -> Any:
    """The value of loads, or the error."""
    try:
        return midstream.loads(case.input, repair="all")
    except midstream.JSONStreamError as error:
        return Failed(type(error).__name__, error.message, error.offset)


def fed(fragments: list[str]) -> tuple[Any, tuple[midstream.Repaired, ...]]:
    """The value at the end, or the error, and the repairs made by then."""
    parser = midstream.Parser(repair="all")
    try:
        for fragment in fragments:
            parser.feed(fragment)
        value = parser.close()
    except midstream.JSONStreamError as error:
        value = Failed(type(error).__name__, error.message, error.offset)
    return value, parser.repairs


def same(left: Any, right: Any) -> bool:
    """Equal as JSON: true is not 1, but 1 is 1.0; the order of keys is not compared. Values may be of any depth."""
    todo = [(left, right)]
    while todo:
        one, other = todo.pop()
        if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            todo.extend(zip(one, other, strict=True))
        elif isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
            todo.extend((one[key], other[key]) for key in one)
        elif isinstance(one, (list, dict, bool)) or isinstance(other, (list, dict, bool)):
            if one is not other:
                return False
        elif one != other and (one == one or other == other):  # nan is not equal to itself
            return False
    return True


def differences(table: str) -> list[Difference]:
    """Every case with a JSON result of which midstream makes another one."""
    found = [(case, whole(case)) for case in compared(table)]
    return [Difference(case, got, DIFFERENCES.get((table, case.input))) for case, got in found if not same(case.expected, got)]


def share(table: str) -> float:
    """How many of the cases with a JSON result are equal, from 0 to 1."""
    return 1 - len(differences(table)) / len(compared(table))


def same_when_cut(case: RepairCase) -> bool:
    """Are value, error and repairs the same one character at a time?"""
    together, apart = fed([case.input]), fed(list(case.input))
    return same(together[0], apart[0]) and together[1] == apart[1]


# -- the command


def _shown(value: Any) -> str:
    if isinstance(value, Failed):
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "(deep)"


def main(arguments: list[str]) -> None:
    for table in [name for name in TABLES if name in arguments] or TABLES:
        found = differences(table)
        new = [one for one in found if one.reason is None]
        count = len(compared(table))
        print(f"== {table}: {count - len(found)} of {count} equal, {1 - len(found) / count:.1%}; {len(new)} not listed")
        for one in new if "--new" in arguments else found:
            print(f"  input     {_shown(one.case.input)}   ({one.case.mode})")
            print(f"  expected  {_shown(one.case.expected)}")
            print(f"  got       {_shown(one.got)}")
            print(f"  reason    {one.reason}\n" if one.reason else "")
        for case in cases(table):
            if not same_when_cut(case):
                print(f"  depends on the cut: {_shown(case.input)}")
                for value, made in (fed([case.input]), fed(list(case.input))):
                    print(f"    {_shown(value)}  {made}")
    gone = sorted(DIFFERENCES.keys() - {(table, one.case.input) for table in TABLES for one in differences(table)})
    for table, text in gone:
        print(f"listed, but no difference: {table} {_shown(text)}")


if __name__ == "__main__":
    main(sys.argv[1:])
