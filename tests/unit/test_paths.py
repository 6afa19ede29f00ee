"""JSONPath expressions, what they select, what their errors say, and JSON Pointers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from midstream import paths

Path = tuple[str | int, ...]

MAX = 2**53 - 1


# -- JSONPath: what is read


@pytest.mark.parametrize(
    ("expression", "segments"),
    [
        ("$", ()),
        ("$.a", ((False, "a"),)),
        ("$.abc.d", ((False, "abc"), (False, "d"))),
        ("$.*", ((False, None),)),
        ("$..a", ((True, "a"),)),
        ("$..*", ((True, None),)),
        ("$..a..b", ((True, "a"), (True, "b"))),
        ("$['a']", ((False, "a"),)),
        ('$["a"]', ((False, "a"),)),
        ("$['']", ((False, ""),)),
        ("$[*]", ((False, None),)),
        ("$[0]", ((False, 0),)),
        ("$[10]", ((False, 10),)),
        ("$['0']", ((False, "0"),)),
        (f"$[{MAX}]", ((False, MAX),)),
        ("$..[0]", ((True, 0),)),
        ("$..[*]", ((True, None),)),
        ("$..['a']", ((True, "a"),)),
        ('$.calls[*].args["code"]', ((False, "calls"), (False, None), (False, "args"), (False, "code"))),
        # blank space, wherever the grammar has it
        ("$ .a\t[ 0 ]\n..b\r[\t'c'\n]", ((False, "a"), (False, 0), (True, "b"), (False, "c"))),
        ("$ \t\n\r[ \t\n\r* \t\n\r]", ((False, None),)),
        ("$..[ 0 ]", ((True, 0),)),
        # names without quotes
        ("$._", ((False, "_"),)),
        ("$.a0_Z9", ((False, "a0_Z9"),)),
        ("$.é", ((False, "é"),)),
        ("$.\x80\u2028\ud7ff\ue000\uffff", ((False, "\x80\u2028\ud7ff\ue000\uffff"),)),
        ("$.☺\U0010ffff", ((False, "☺\U0010ffff"),)),
        ("$.\xa0", ((False, "\xa0"),)),  # a no-break space is no blank space
        ("$.true.null", ((False, "true"), (False, "null"))),
        # what needs no escape in quotes
        ("$['\"']", ((False, '"'),)),
        ('$["\'"]', ((False, "'"),)),
        ("$['a.b[0]*?']", ((False, "a.b[0]*?"),)),
        ("$['\x7f\u2028 é😀']", ((False, "\x7f\u2028 é😀"),)),
        # escapes
        (r"$['\b\f\n\r\t\/\\\'']", ((False, "\b\f\n\r\t/\\'"),)),
        (r'$["\b\f\n\r\t\/\\\""]', ((False, '\b\f\n\r\t/\\"'),)),
        (r"$['\u0041\u00e9\u00E9\u20aC']", ((False, "Aéé€"),)),
        (r"$['\u0000\u0027\u005c']", ((False, "\0'\\"),)),
        (r"$['\uD7FF\ue000\uFFFF']", ((False, "\ud7ff\ue000\uffff"),)),
        (r"$['\uD83D\uDE00\ud800\udc00\uDBFF\uDFFF']", ((False, "😀\U00010000\U0010ffff"),)),
    ],
)
def test_expressions_and_their_segments(expression: str, segments: tuple[paths.Segment, ...]) -> None:
    compiled = paths.compile(expression)
    assert compiled == segments
    assert [tuple(map(type, segment)) for segment in compiled] == [tuple(map(type, segment)) for segment in segments]
    assert hash(compiled) == hash(segments)


def test_long_expressions_are_read_without_recursion() -> None:
    assert paths.compile("$" + "[0]" * 20_000) == ((False, 0),) * 20_000
    assert paths.compile("$" + "..a" * 20_000) == ((True, "a"),) * 20_000
    assert paths.compile("$." + "a" * 100_000 + " " * 100_000 + r"['" + r"\u0061" * 20_000 + "']") == (
        (False, "a" * 100_000),
        (False, "a" * 20_000),
    )


@pytest.mark.parametrize("wrong", [None, b"$", 0, ["$"], ("$",), {"$": 1}])
def test_only_a_str_is_an_expression(wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"must be a str, not {type(wrong).__name__}$"):
        paths.compile(wrong)
    with pytest.raises(TypeError, match=f"must be a str, not {type(wrong).__name__}$"):
        paths.from_pointer(wrong)


# every way to spell a list of segments

NAME_FIRST = re.compile(r"[A-Za-z_\x80-\ud7ff\ue000-\U0010ffff][0-9A-Za-z_\x80-\ud7ff\ue000-\U0010ffff]*")
BLANK = st.text(" \t\n\r", max_size=2)
CHARACTERS = st.one_of(
    st.sampled_from("ab01_'\"\\/.[]*?:,-@$ \x00\x1f\b\f\n\r\t\x7f\x80é€😀\ud7ff\ue000\uffff\U0010ffff"),
    st.characters(exclude_categories=["Cs"]),
)
NAMES = st.one_of(st.sampled_from(["a", "b", "", "0", "_", "é", "a b", "*"]), st.text(CHARACTERS, max_size=6))
INDEXES = st.one_of(st.integers(0, 3), st.integers(0, MAX), st.sampled_from([MAX, 10, 2**31, 2**32]))
SEGMENTS = st.lists(st.tuples(st.booleans(), st.one_of(st.none(), NAMES, INDEXES)), max_size=6).map(tuple)
SHORT = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "/": "/", "\\": "\\"}


@st.composite
def quoted_names(draw: st.DrawFn, name: str) -> str:
    quote = draw(st.sampled_from("'\""))
    spelled = [quote]
    for char in name:
        units = char.encode("utf-16-be")
        codes = [f"{int.from_bytes(units[at : at + 2], 'big'):04x}" for at in range(0, len(units), 2)]
        ways = ["".join("\\u" + draw(st.sampled_from([code, code.upper(), code.title()])) for code in codes)]
        if char >= " " and char not in ("\\", quote):
            ways.append(char)
        if char in SHORT or char == quote:
            ways.append("\\" + SHORT.get(char, char))
        spelled.append(draw(st.sampled_from(ways)))
    return "".join([*spelled, quote])


@st.composite
def expressions(draw: st.DrawFn, segments: tuple[paths.Segment, ...]) -> str:
    spelled = ["$"]
    for descendant, selector in segments:
        spelled.append(draw(BLANK) + (".." if descendant else ""))
        dot = "" if descendant else "."
        if selector is None:
            ways = [dot + "*"]
            inside = "*"
        elif isinstance(selector, int):
            ways = []
            inside = str(selector)
        else:
            ways = [dot + selector] if NAME_FIRST.fullmatch(selector) else []
            inside = draw(quoted_names(selector))
        ways.append(f"[{draw(BLANK)}{inside}{draw(BLANK)}]")
        spelled.append(draw(st.sampled_from(ways)))
    return "".join(spelled)


@given(st.data(), SEGMENTS)
def test_every_spelling_has_the_same_segments(data: st.DataObject, segments: tuple[paths.Segment, ...]) -> None:
    assert paths.compile(data.draw(expressions(segments))) == segments


# -- JSONPath: what is wrong, and where

WRONG = [
    # expression, index of the character, part of the message
    ("", 0, "root identifier"),
    (" $", 0, "root identifier"),
    ("a", 0, "root identifier"),
    (".a", 0, "root identifier"),
    ("@.a", 0, "root identifier"),
    ("/a/b", 0, "root identifier"),
    # where a segment should begin
    ("$ ", 2, "blank space at the end"),
    ("$.a\n\t", 5, "blank space at the end"),
    ("$a", 1, "a segment begins with . or .. or ["),
    ("$*", 1, "a segment begins with"),
    ("$$", 1, "a segment begins with"),
    ("$0", 1, "belongs in brackets"),
    ("$'a'", 1, "belongs in brackets"),
    ("$ 'a'", 2, "belongs in brackets"),
    ("$-a", 1, "a segment begins with"),
    ("$.a b", 4, "a segment begins with"),
    ("$.a -b", 4, "a segment begins with"),
    ("$.a-b", 3, "belongs in brackets and quotes"),
    ("$.a0-b", 4, "belongs in brackets and quotes"),
    ("$[0]-b", 4, "a segment begins with"),
    ("$['a']b", 6, "a segment begins with"),
    ("$.a]", 3, "a segment begins with"),
    ("$.*a", 3, "a segment begins with"),
    ("$.length()", 8, "a function"),
    ("$.a~", 3, "member names"),
    ("$.a?(@.b)", 3, "filter selector"),
    ("$\x0b.a", 1, "not blank space in RFC 9535"),
    ("$.a\x0c", 3, "not blank space in RFC 9535"),
    ("$\xa0.a", 1, "not blank space in RFC 9535"),
    ("$.a\0", 3, "not blank space in RFC 9535"),
    ("$.a\ud800", 3, "lone surrogate"),
    # behind dots
    ("$.", 2, "the expression ends where a name or * follows ."),
    ("$.a.", 4, "the expression ends where a name or * follows ."),
    ("$..", 3, "the expression ends where a name, * or [ follows .."),
    ("$...", 3, "three dots"),
    ("$...a", 3, "three dots"),
    ("$. a", 2, "no blank space is allowed between . and"),
    ("$..\na", 3, "no blank space is allowed between .. and"),
    ("$.. [0]", 3, "no blank space is allowed between .. and"),
    ("$.[0]", 2, "no dot stands before a bracket"),
    ("$.0", 2, "begins with no digit"),
    ("$..0a", 3, "begins with no digit"),
    ("$.'a'", 2, "belongs in brackets: ['name']"),
    ('$.."a"', 3, "belongs in brackets: ..['name']"),
    ("$.?a", 2, "filter selector is not supported"),
    ("$.-a", 2, "a name or * follows .;"),
    ("$..-a", 3, "a name, * or [ follows ..;"),
    ("$.\x7f", 2, "a name or * follows .;"),
    ("$.$", 2, "a name or * follows .;"),
    ("$.\udc00", 2, "lone surrogate"),
    # where a selector should begin
    ("$[", 2, "the expression ends in a bracket"),
    ("$[ ", 3, "the expression ends in a bracket"),
    ("$..[", 4, "the expression ends in a bracket"),
    ("$[]", 2, "no selector in the brackets"),
    ("$..[ ]", 5, "no selector in the brackets"),
    ("$[a]", 2, "has quotes"),
    ("$[“a”]", 2, "has quotes"),
    ("$[?@.a]", 2, "a filter selector is not supported"),
    ("$[ ?(@.a > 1)]", 3, "a filter selector is not supported"),
    ("$..[?@.a]", 4, "a filter selector is not supported"),
    ("$[:]", 2, "a slice selector is not supported"),
    ("$[:2]", 2, "a slice selector is not supported"),
    ("$[::2]", 2, "a slice selector is not supported"),
    ("$[-1:]", 2, "a slice selector is not supported"),
    ("$[-1 \n:]", 2, "a slice selector is not supported"),
    ("$[-1]", 2, "a negative index selector is not supported"),
    ("$[-1", 2, "a negative index selector is not supported"),
    ("$..[-10]", 4, "a negative index selector is not supported"),
    ("$[-0]", 2, "no minus before 0"),
    ("$[-01]", 2, "no leading zeros"),
    ("$[-]", 2, "an index selector has digits"),
    ("$[- 1]", 2, "an index selector has digits"),
    ("$[-:]", 2, "an index selector has digits"),
    ("$[+1]", 2, "a selector is a name in quotes, an index or *"),
    ("$[.a]", 2, "a selector is a name in quotes, an index or *"),
    ("$[٣]", 2, "has quotes"),
    ("$[,0]", 2, "no selector before the comma"),
    ("$[(@.length-1)]", 2, "script expressions"),
    ("$[@.a]", 2, "a query is only in a filter selector"),
    ("$[$.a]", 2, "a query is only in a filter selector"),
    # indexes
    ("$[00]", 3, "no leading zeros"),
    ("$[01]", 3, "no leading zeros"),
    ("$[01:]", 3, "no leading zeros"),
    ("$[1.0]", 3, "without fraction or exponent"),
    ("$[1e2]", 3, "without fraction or exponent"),
    ("$[1E2]", 3, "without fraction or exponent"),
    ("$[1٣]", 3, "the closing ] follows"),
    (f"$[{MAX + 1}]", 17, "at most 2**53 - 1"),
    (f"$[{MAX}0]", 18, "at most 2**53 - 1"),
    ("$[9999999999999999]", 17, "at most 2**53 - 1"),
    ("$[" + "1" * 100_000 + "]", 18, "at most 2**53 - 1"),
    # where the bracket should close
    ("$['a','b']", 5, "several selectors in one pair of brackets are not supported"),
    ("$[0 ,1]", 4, "several selectors in one pair of brackets are not supported"),
    ("$[*,1]", 3, "several selectors in one pair of brackets are not supported"),
    ("$[1:2]", 3, "a slice selector is not supported"),
    ("$[1 : 2]", 4, "a slice selector is not supported"),
    ("$[0", 3, "the expression ends before the closing ]"),
    ("$['a' ", 6, "the expression ends before the closing ]"),
    ("$[*", 3, "the expression ends before the closing ]"),
    ("$['a':]", 5, "the closing ] follows"),
    ("$['a'.b]", 5, "the closing ] follows"),
    ("$[*.a]", 3, "the closing ] follows"),
    ("$[0 1]", 4, "the closing ] follows"),
    ("$['a'']", 5, "the closing ] follows"),
    ("$[0}", 3, "the closing ] follows"),
    # in quotes
    ("$['", 3, "no closing '"),
    ('$["', 3, 'no closing "'),
    ("$['a\"]", 6, "no closing '"),
    ("$['a\\']", 7, "no closing '"),
    ("$['\0']", 3, "unescaped control character"),
    ("$['a\n']", 4, "unescaped control character"),
    ("$['\x1f']", 3, "unescaped control character"),
    ("$['ab\ud800c']", 5, "lone surrogate"),
    ("$['\udfff']", 3, "lone surrogate"),
    # escapes
    ("$['\\", 4, "not an escape of RFC 9535"),
    (r"$['\x']", 4, "not an escape of RFC 9535"),
    (r"$['\U0041']", 4, "not an escape of RFC 9535"),
    (r"$['\0']", 4, "not an escape of RFC 9535"),
    ("$['\\\n']", 4, "not an escape of RFC 9535"),
    (r"""$['\"']""", 4, 'only for names quoted with "'),
    (r"""$["\'"]""", 4, "only for names quoted with '"),
    (r"$['\u']", 5, "four hexadecimal digits"),
    (r"$['\u12", 7, "four hexadecimal digits"),
    (r"$['\u004g']", 8, "four hexadecimal digits"),
    (r"$['\u00٣0']", 7, "four hexadecimal digits"),
    (r"$['\u{41}']", 5, "four hexadecimal digits"),
    (r"$['\udc00']", 6, "lone surrogate: a low one"),
    (r"$['\uD800']", 9, "lone surrogate: a high one"),
    (r"$['\ud83d", 9, "lone surrogate: a high one"),
    (r"$['\ud83da']", 9, "lone surrogate: a high one"),
    (r"$['\ud83d\n']", 10, "lone surrogate: a high one"),
    (r"$['\ud83d\u0041']", 11, "lone surrogate: a high one"),
    (r"$['\ud83d\ud83d']", 12, "lone surrogate: a high one"),
    (r"$['\ud83d\udbff']", 12, "lone surrogate: a high one"),
    (r"$['\ud83d\ue000']", 11, "lone surrogate: a high one"),
    (r"$['\ud83d\ude0']", 14, "four hexadecimal digits"),
    ("$['\\ud83d\ude00']", 9, "lone surrogate: a high one"),
]


def refusal(expression: str) -> tuple[int, str]:
    """(index, whole message) of the error."""
    with pytest.raises(ValueError) as refused:
        paths.compile(expression)
    assert type(refused.value) is ValueError
    return place(str(refused.value)), str(refused.value)


def place(message: str) -> int:
    found = re.search(r"index (\d+),? of this JSON(?:Path| Pointer)\)\n", message)
    assert found
    return int(found[1])


@pytest.mark.parametrize(("expression", "index", "part"), WRONG, ids=[ascii(wrong[0])[1:30] for wrong in WRONG])
def test_errors_say_what_is_wrong_and_where(expression: str, index: int, part: str) -> None:
    found, message = refusal(expression)
    assert found == index
    assert part in message.split("\n")[0]


@pytest.mark.parametrize(("expression", "index", "part"), WRONG, ids=[ascii(wrong[0])[1:30] for wrong in WRONG])
def test_errors_show_the_expression_and_point_into_it(expression: str, index: int, part: str) -> None:
    lines = refusal(expression)[1].split("\n")
    assert len(lines) == 3
    reason, shown, caret = lines
    assert all(line.isprintable() for line in lines)
    assert shown[:4] == caret[:4] == "    "
    assert re.fullmatch(" *\\^", caret)
    column = len(caret) - 1
    character = expression[index : index + 1]
    visible = character if character.isprintable() else character.encode("unicode_escape").decode()
    assert shown.startswith(visible, column)
    if character:
        assert re.search(f"\\(([\"']){re.escape(visible)}\\1 at index", reason)
    else:
        assert "(the end, index" in reason
        assert len(shown) == column
    if len(expression) < 60 and expression.isprintable():
        assert shown == "    " + expression
        assert column == 4 + index


def test_a_message_whole() -> None:
    assert refusal("$.a[1:2]")[1] == (
        "a slice selector is not supported (':' at index 5 of this JSONPath)\n    $.a[1:2]\n         ^"
    )
    assert refusal("$['\x00\n\ud800")[1] == (
        "an unescaped control character in a name selector: write it as an escape ('\\x00' at index 3 of this JSONPath)\n"
        "    $['\\x00\\n\\ud800\n"
        "       ^"
    )


def test_a_long_expression_is_shown_in_part() -> None:
    index, message = refusal("$" + ".abcd" * 1000 + "-" + ".efgh" * 1000)
    assert index == 5001
    _, shown, caret = message.split("\n")
    assert shown == "    ..." + ".abcd" * 12 + "-" + ".efgh" * 11 + ".efg" + "..."
    assert len(caret) - 1 == shown.index("-")


# tails that finish whatever a supported expression can be broken off in
TAILS = ["$", "", "a", ".a", "0]", "]"] + [
    f"{digits}{low}{quote}]"
    for quote in "'\""
    for digits in ("", "b", *("u0000"[at:] for at in range(5)))
    for low in ("", *("\\uDC00"[at:] for at in range(6)))
]


def is_hopeful(beginning: str) -> bool:
    """Whether a supported expression begins so."""
    return any(compiles(beginning + tail) for tail in TAILS)


def compiles(expression: str) -> bool:
    try:
        paths.compile(expression)
    except ValueError:
        return False
    return True


def check_place(expression: str) -> None:
    """The character an error points at is the first with which no supported expression can begin or go on."""
    if not compiles(expression):
        index = refusal(expression)[0]
        assert is_hopeful(expression[:index])
        assert index == len(expression) or not is_hopeful(expression[: index + 1])


@pytest.mark.parametrize("expression", [wrong[0] for wrong in WRONG if len(wrong[0]) < 100], ids=lambda text: ascii(text)[1:-1])
def test_the_place_is_the_first_character_without_hope(expression: str) -> None:
    check_place(expression)


SHRAPNEL = st.sampled_from([*"$.[]*'\"\\u0019aDdCcFe?:,-@ \n\x00é\ud800", "..", "['", '["', "\\u", "\\ud83d", "\\udc00"])


@given(st.lists(SHRAPNEL, max_size=12).map("".join))
@example("")
@example("$['\\u")
def test_anything_compiles_or_is_refused_at_its_place(expression: str) -> None:
    check_place(expression)
    check_place("$" + expression)
    check_place("$[" + expression)
    check_place("$['" + expression)


@given(st.data(), SEGMENTS.flatmap(expressions), SHRAPNEL | st.just(""))
def test_a_damaged_expression_compiles_or_is_refused_at_its_place(data: st.DataObject, expression: str, piece: str) -> None:
    at = data.draw(st.integers(0, len(expression)))
    check_place(expression[:at])
    check_place(expression[:at] + piece + expression[at + data.draw(st.integers(0, 2)) :])


# -- what a path is selected by

KEYS = st.sampled_from(["a", "b", "", "0"])
VALUES = st.recursive(
    st.sampled_from([None, 0, "a"]),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(KEYS, children, max_size=3),
    max_leaves=12,
)
FEW_SEGMENTS = st.lists(st.tuples(st.booleans(), st.none() | KEYS | st.integers(0, 2)), max_size=4).map(tuple)


def children(node: tuple[Path, Any]) -> list[tuple[Path, Any]]:
    path, value = node
    if type(value) is list:
        return [((*path, index), item) for index, item in enumerate(value)]
    if type(value) is dict:
        return [((*path, key), item) for key, item in value.items()]
    return []


def descendants(node: tuple[Path, Any]) -> Iterator[tuple[Path, Any]]:
    """node, and all below it."""
    yield node
    for child in children(node):
        yield from descendants(child)


def evaluate(segments: tuple[paths.Segment, ...], value: Any) -> list[Path]:
    """Paths of the nodes RFC 9535 selects, by its own words: each segment is applied to every node of the list before."""
    nodes: list[tuple[Path, Any]] = [((), value)]
    for descendant, selector in segments:
        inputs = [below for node in nodes for below in descendants(node)] if descendant else nodes
        nodes = []
        for node in inputs:
            for child in children(node):
                last = child[0][-1]
                if selector is None or (type(last) is type(selector) and last == selector):
                    nodes.append(child)
    return [path for path, _ in nodes]


@given(FEW_SEGMENTS, VALUES)
def test_matches_selects_what_a_plain_evaluation_does(segments: tuple[paths.Segment, ...], value: Any) -> None:
    everything = [path for path, _ in descendants(((), value))]
    assert {path for path in everything if paths.matches(segments, path)} == set(evaluate(segments, value))


@pytest.mark.parametrize(
    ("expression", "selected", "others"),
    [
        ("$", [()], [("a",), (0,)]),
        ("$.a", [("a",)], [(), ("b",), (0,), ("a", "a"), ("aa",)]),
        ("$['0']", [("0",)], [(0,), ()]),
        ("$[0]", [(0,)], [("0",), (1,), (), (0, 0)]),
        ("$[*]", [("a",), (0,), ("",)], [(), ("a", "a")]),
        ("$.*.a", [("b", "a"), (0, "a")], [("a",), ("a", "b"), ("a", "b", "a")]),
        ("$..*", [("a",), (0,), ("a", 0, "b")], [()]),
        ("$..a", [("a",), ("a", "a"), ("b", 0, "a")], [(), ("a", "b"), (0,)]),
        ("$..[1]", [(1,), ("a", 1), (1, 1)], [(), ("1",), (1, 0)]),
        ("$..a.b", [("a", "b"), ("a", "a", "b"), (0, "a", "b")], [("a",), ("b",), ("a", "a"), ("a", "c", "b")]),
        ("$..a..b", [("a", "b"), ("a", "c", "b"), ("b", "a", "b", "b")], [("b", "a"), ("b",), ("a",), ("a", "b", "a")]),
        ("$.a..*", [("a", "b"), ("a", 0, 0)], [("a",), (), ("b", "a")]),
        ("$..*.*", [("a", "b"), ("a", "b", "c")], [("a",), ()]),
        ("$.a..a.a", [("a", "a", "a"), ("a", "b", "a", "a")], [("a", "a"), ("a",), ("b", "a", "a")]),
    ],
)
def test_selected_paths(expression: str, selected: list[Path], others: list[Path]) -> None:
    segments = paths.compile(expression)
    assert [path for path in selected + others if paths.matches(segments, path)] == selected


def test_many_descendants_are_no_more_than_segments_times_steps() -> None:
    """Each `..` could have matched at every step: trying them one after another would never end."""
    segments = paths.compile("$" + "..a" * 40 + ".b")
    assert not paths.matches(segments, ("a",) * 200)
    assert paths.matches(segments, (*("a",) * 200, "b"))


# -- JSON Pointer

# RFC 6901, section 5
DOCUMENT = json.loads(r"""
{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8}
""")
POINTERS = [
    ("", DOCUMENT, ()),
    ("/foo", ["bar", "baz"], ("foo",)),
    ("/foo/0", "bar", ("foo", 0)),
    ("/", 0, ("",)),
    ("/a~1b", 1, ("a/b",)),
    ("/c%d", 2, ("c%d",)),
    ("/e^f", 3, ("e^f",)),
    ("/g|h", 4, ("g|h",)),
    ("/i\\j", 5, ("i\\j",)),
    ('/k"l', 6, ('k"l',)),
    ("/ ", 7, (" ",)),
    ("/m~0n", 8, ("m~n",)),
]
# RFC 6901, section 6: the same as URI fragments
FRAGMENTS = [
    "#", "#/foo", "#/foo/0", "#/", "#/a~1b", "#/c%25d", "#/e%5Ef", "#/g%7Ch", "#/i%5Cj", "#/k%22l", "#/%20", "#/m~0n",
]  # fmt: skip


def at(value: Any, tokens: tuple[str, ...]) -> Any:
    for token in tokens:
        value = value[int(token)] if type(value) is list else value[token]
    return value


@pytest.mark.parametrize(("pointer", "value", "path"), POINTERS)
def test_the_examples_of_rfc_6901(pointer: str, value: Any, path: Path) -> None:
    assert paths.to_pointer(path) == pointer
    tokens = paths.from_pointer(pointer)
    assert tokens == tuple(map(str, path))
    assert at(DOCUMENT, tokens) == value


def test_the_fragments_of_rfc_6901() -> None:
    """A fragment is the pointer in percent-encoding behind #: with it a pointer is no pointer."""
    assert [unquote(fragment[1:]) for fragment in FRAGMENTS] == [pointer for pointer, _, _ in POINTERS]
    for fragment in FRAGMENTS:
        with pytest.raises(ValueError, match="begins with /"):
            paths.from_pointer(fragment)


@pytest.mark.parametrize(
    ("pointer", "tokens"),
    [
        ("//", ("", "")),
        ("/a/", ("a", "")),
        ("/~01", ("~1",)),
        ("/~10", ("/0",)),
        ("/~00~11~0", ("~0/1~",)),
        ("/~0~1", ("~/",)),
        ("/-/01/-1", ("-", "01", "-1")),
        ("/é/😀/\0", ("é", "😀", "\0")),
    ],
)
def test_pointers_and_their_tokens(pointer: str, tokens: tuple[str, ...]) -> None:
    assert paths.from_pointer(pointer) == tokens
    assert paths.to_pointer(tokens) == pointer


@given(st.lists(st.text("~/01a") | NAMES | st.integers(0, 10**20), max_size=6).map(tuple))
def test_a_path_comes_back_from_its_pointer(path: Path) -> None:
    pointer = paths.to_pointer(path)
    assert paths.from_pointer(pointer) == tuple(map(str, path))
    assert pointer.count("/") == len(path)


@given(st.lists(st.sampled_from(["/", "~0", "~1", "a", "0", "é", "-"])).map("".join))
def test_a_pointer_comes_back_from_its_tokens(rest: str) -> None:
    for pointer in ("", "/" + rest):
        assert paths.to_pointer(paths.from_pointer(pointer)) == pointer


@pytest.mark.parametrize(
    ("pointer", "index", "part"),
    [
        ("a", 0, "is empty or begins with /"),
        ("a/b", 0, "is empty or begins with /"),
        ("#/a", 0, "is empty or begins with /"),
        (" /a", 0, "is empty or begins with /"),
        ("~0", 0, "is empty or begins with /"),
        ("/~", 2, "~ is followed by 0 or 1"),
        ("/a~", 3, "~ is followed by 0 or 1"),
        ("/~2", 2, "~ is followed by 0 or 1"),
        ("/~~0", 2, "~ is followed by 0 or 1"),
        ("/~0~/a", 4, "~ is followed by 0 or 1"),
        ("/~01~a~", 5, "~ is followed by 0 or 1"),
    ],
)
def test_wrong_pointers(pointer: str, index: int, part: str) -> None:
    with pytest.raises(ValueError) as refused:
        paths.from_pointer(pointer)
    reason, shown, caret = str(refused.value).split("\n")
    assert part in reason
    assert place(str(refused.value)) == index
    assert shown == "    " + pointer
    assert caret == " " * (4 + index) + "^"
