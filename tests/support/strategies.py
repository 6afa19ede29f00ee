"""Strategies: JSON values, every spelling of them, texts that are nearly JSON, and plans to cut them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from tests.oracle.partial import Fragment
from tests.support.feeding import KINDS, as_kind, code_units, cut

SPACES = st.sampled_from(["", "", "", "", " ", "\n", "\t", "\r\n", "  ", " \n\t "])

PLAIN = ["hello", *"ab x{}[]:,/'\x7f01e-u\u2028"]
WIDE = list("éß\x80\u07ff\u0800€\ufffd\uffff\ud7ff\ue000😀\U00010000\U0010ffff")
CODES = ["0041", "00e9", "20AC", "0000", "D7ff", "e000"]
ESCAPED = [*map("\\{}".format, '"\\/bfnrt'), *map("\\u{}".format, CODES)]
PAIRS = ["\\ud83d\\ude00", "\\uD800\\uDC00", "\\udbff\\uDFFF", "\\uD834\\udd1e"]
HALVES = ["\\ud83d", "\\uDBFF", "\\ud800", "\\ude00", "\\uDC00", "\\udfff"]

PIECES = st.one_of(
    st.sampled_from(PLAIN),
    st.sampled_from(WIDE),
    st.sampled_from(ESCAPED),
    st.sampled_from(PAIRS),
    st.sampled_from(HALVES),
    st.characters(min_codepoint=0x20, exclude_categories=["Cs"], exclude_characters='"\\'),
)
BODIES = st.lists(PIECES, max_size=8).map("".join)
STRINGS = BODIES.map('"{}"'.format)
KEYS = st.one_of(
    st.sampled_from(['"a"', '"b"', '"c"', '"\\u0061"', '""', '"a b"', '"é"', '"\\ud83d"', '"\\ufffd"', '"😀"']),
    STRINGS,
)

DIGITS = st.text("0123456789", min_size=1, max_size=25)
INTEGERS = st.one_of(
    st.sampled_from(["0", "1", "-1", "9", "10", "-0"]),
    st.sampled_from([2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 10**19]).map(str),
    st.from_regex(r"-?[1-9][0-9]{1,25}", fullmatch=True).filter(str.isascii),
)
FRACTIONS = st.one_of(st.just(""), DIGITS.map(".{}".format))
EXPONENTS = st.tuples(st.sampled_from("eE"), st.sampled_from(["", "+", "-"]), st.text("0123456789", min_size=1, max_size=3)).map(
    "".join
)
NUMBERS = st.one_of(
    INTEGERS,
    st.tuples(INTEGERS, FRACTIONS, EXPONENTS | st.just("")).map("".join),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**40), 10**40).map(str),
)
LITERALS = st.sampled_from(["true", "false", "null"])


def _array(items: list[tuple[str, str, str]], inside: str) -> str:
    return "[" + (",".join(map("".join, items)) if items else inside) + "]"


def _object(members: list[tuple[str, str, str, str, str, str]], inside: str) -> str:
    spelled = (f"{a}{key}{b}:{c}{value}{d}" for a, key, b, c, value, d in members)
    return "{" + (",".join(spelled) if members else inside) + "}"


def _containers(children: st.SearchStrategy[str], keys: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(_array, st.lists(st.tuples(SPACES, children, SPACES), max_size=5), SPACES),
        st.builds(_object, st.lists(st.tuples(SPACES, keys, SPACES, SPACES, children, SPACES), max_size=5), SPACES),
    )


def json_texts(max_leaves: int = 12, keys: st.SearchStrategy[str] = KEYS) -> st.SearchStrategy[str]:
    """Whole JSON documents, spelled in every way the grammar has; keys may repeat."""
    values = st.recursive(
        st.one_of(STRINGS, NUMBERS, LITERALS),
        lambda children: _containers(children, keys),
        max_leaves=max_leaves,
    )
    containers = _containers(values, keys)
    return st.tuples(SPACES, st.one_of(containers, containers, values), SPACES).map("".join)


def json_values() -> st.SearchStrategy[Any]:
    """Values that JSON can hold; every text in them can be encoded."""
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    scalars = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(-(10**30), 10**30),
        st.floats(allow_nan=False),
        texts,
    )
    return st.recursive(
        scalars,
        lambda children: st.lists(children, max_size=4) | st.dictionaries(texts, children, max_size=4),
    )


def distinct_key_texts() -> st.SearchStrategy[str]:
    """Whole documents in which no object repeats a key."""
    return st.builds(
        lambda value, ascii_only, indent: json.dumps(value, ensure_ascii=ascii_only, indent=indent),
        json_values().map(finite),
        st.booleans(),
        st.sampled_from([None, None, 1]),
    )


def finite(value: Any) -> Any:
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return 0.5
    if isinstance(value, list):
        return [finite(item) for item in value]
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    return value


SUSPECTS = b'[]{}",:\\/-+.eE01tfnux \n\x00\x1f\x7f\x80\xbf\xc0\xc2\xe0\xed\xef\xf0\xf4\xf5\xff'
BAD_BYTES = st.one_of(st.sampled_from(list(SUSPECTS)), st.integers(0, 255))


@st.composite
def damaged_texts(draw: st.DrawFn, max_damages: int = 3) -> bytes:
    """A document with bytes replaced, removed, doubled or put in."""
    data = bytearray(draw(json_texts(max_leaves=8)).encode())
    for _ in range(draw(st.integers(1, max_damages))):
        place = draw(st.integers(0, len(data)))
        damage = draw(st.sampled_from(["replace", "remove", "double", "insert"]))
        if damage == "replace":
            data[place : place + 1] = bytes([draw(BAD_BYTES)])
        elif damage == "remove":
            del data[place : place + 1]
        elif damage == "double":
            data[place:place] = data[place : place + 1]
        else:
            data[place:place] = bytes([draw(BAD_BYTES)])
    return bytes(data)


TOKENS = [
    *rb'[ ] { } , : " "a" "\ \u d83d de00 0041 - 0 1 . e E+ tr ue true false null nul {"k": ","'.split(),
    *b" |\n|\xc3|\xa9|\xf0\x9f|\x98\x80|\xed\xa0|\x00|\xff".split(b"|"),
]


def garbage() -> st.SearchStrategy[bytes]:
    """Bytes that look like pieces of JSON, in any order, and any bytes at all."""
    return st.one_of(st.lists(st.sampled_from(TOKENS), max_size=20).map(b"".join), st.binary(max_size=30))


def streams() -> st.SearchStrategy[bytes]:
    """Anything to feed: documents, several in a row, damaged ones, garbage."""
    documents = json_texts().map(str.encode)
    return st.one_of(
        documents,
        damaged_texts(),
        garbage(),
        st.lists(st.tuples(json_texts(4), st.sampled_from(["", " ", "\n", ","])).map("".join), max_size=4)
        .map("".join)
        .map(str.encode),
    )


@st.composite
def cut_plans(draw: st.DrawFn, data: bytes) -> list[Fragment]:
    """data in fragments: any cuts, each fragment of any kind, or code units of UTF-16 as str."""
    if draw(st.integers(0, 4)) == 0:
        try:
            text = code_units(data.decode())
        except UnicodeDecodeError:
            text = ""
        if text:
            return list(cut(text, draw(_places(len(text)))))
    pieces = cut(data, draw(_places(len(data))))
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=len(pieces), max_size=len(pieces)))
    return [as_kind(piece, kind) for piece, kind in zip(pieces, kinds, strict=True)]


def _places(length: int) -> st.SearchStrategy[list[int]]:
    if length == 0:
        return st.just([])
    return st.one_of(
        st.lists(st.integers(0, length), max_size=12),
        st.just(list(range(1, length))),
        st.integers(1, 5).map(lambda step: list(range(step, length, step))),
    )


@st.composite
def fed(draw: st.DrawFn, texts: st.SearchStrategy[bytes] | None = None) -> list[Fragment]:
    """A stream already cut into fragments."""
    return draw(cut_plans(draw(streams() if texts is None else texts)))


def options() -> st.SearchStrategy[dict[str, Any]]:
    """Options of a Parser; none of them is the default alone more often than not."""
    return st.fixed_dictionaries(
        {},
        optional={
            "numbers": st.sampled_from(["complete", "partial"]),
            "duplicate_keys": st.sampled_from(["last", "first", "error"]),
            "multiple": st.booleans(),
            "max_depth": st.sampled_from([None, 1, 2, 3, 1024]),
            "max_size": st.one_of(st.none(), st.integers(1, 60)),
            "max_string": st.one_of(st.none(), st.integers(1, 12)),
        },
    )


FEWER = settings(max_examples=1 + settings().max_examples // 3)  # of the profile's, for what is slow to judge


# -- JSONPath

STEPS = ["a", "b", "c", "", "a b", "é", "\ufffd", "😀", "k", "it's", 'say "x"', "\\", "a\n\x7f", "0", "1"]
SHORT = ["a", "b", "c", "é", "\ufffd", "😀", "k", "_0"]
PATH_SPACES = st.sampled_from(["", "", "", "", "", " ", "\n", "\t \r"])


def _double_quoted(name: str, ascii_only: bool) -> str:
    return json.dumps(name, ensure_ascii=ascii_only)


def _single_quoted(name: str, ascii_only: bool) -> str:
    return "'" + json.dumps(name, ensure_ascii=ascii_only)[1:-1].replace("'", "\\'").replace('\\"', '"') + "'"


def _upper_escapes(name: str, ascii_only: bool) -> str:
    units = name.encode("utf-16-be")
    return '"' + "".join(f"\\u{units[at : at + 2].hex().upper()}" for at in range(0, len(units), 2)) + '"'


QUOTED: list[Callable[[str, bool], str]] = [_double_quoted, _single_quoted, _upper_escapes]


@st.composite
def path_segments(draw: st.DrawFn) -> str:
    """One segment of a JSONPath expression: child or descendant; name, index or wildcard; dotted or in brackets."""
    space = draw(PATH_SPACES)
    descendant = draw(st.sampled_from([False, False, True]))
    if draw(st.booleans()):
        return space + (".." if descendant else ".") + draw(st.sampled_from([*SHORT, "*", "*"]))
    selector = draw(
        st.one_of(
            st.sampled_from(["*", "0", "0", "1", "2", "10"]),
            st.tuples(st.sampled_from(QUOTED), st.sampled_from(STEPS), st.booleans()).map(lambda of: of[0](*of[1:])),
        )
    )
    return f"{space}{'..' if descendant else ''}[{draw(PATH_SPACES)}{selector}{draw(PATH_SPACES)}]"


def expressions(max_segments: int = 3) -> st.SearchStrategy[str]:
    """JSONPath expressions of the subset, in every notation."""
    return st.lists(path_segments(), max_size=max_segments).map(lambda segments: "$" + "".join(segments))


def watches() -> st.SearchStrategy[Any]:
    """What `watch` takes: nothing, everything, one expression, several."""
    several = st.lists(expressions(), max_size=5)
    usual = st.sampled_from([None, (), "$", "$..*", "$.*", "$..a"])
    return st.one_of(st.just(["$", "$..*"]), expressions(), several, several.map(tuple), usual)


@st.composite
def broken_expressions(draw: st.DrawFn) -> str:
    """Expressions with a character put in, taken out or replaced: some are still of the subset."""
    text = draw(expressions())
    place = draw(st.integers(0, len(text)))
    put = draw(st.sampled_from(["", *"$.*[]'\"\\ \n,:?@()!-+01a_é\ud800\x00\x1f\x7fu", *"..|[0]|-1|01|0x1|a,b|1:2".split("|")]))
    return f"{text[:place]}{put}" + text[place + draw(st.integers(0, 2)) :]
