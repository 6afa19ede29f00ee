"""apply: JSON Patch with str_ins, held against RFC 6902, json-patch-tests and a plain implementation that copies everything."""

from __future__ import annotations

import copy
import importlib
import itertools
import json
import pickle
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midstream import MISSING
from midstream.patches import PatchError, apply
from tests.support import node
from tests.support.feeding import clone, freeze, paths_of
from tests.support.strategies import json_values

patches: Any = importlib.import_module("midstream.patches")  # midstream.patches is the function

SUITE = node.folder("json-patch-test-suite")
THERE = node.wanted("json-patch-test-suite")

Operation = dict[str, Any]


def refused(value: Any, *ops: Any, units: Any = "code-points") -> PatchError:
    with pytest.raises(PatchError) as caught:
        apply(value, ops, units=units)
    return caught.value


# -- RFC 6902

APPENDIX_A: list[tuple[str, str, str, str | None]] = [  # section, document, patch, result or None for an error
    ("A.1", '{"foo": "bar"}', '[{"op": "add", "path": "/baz", "value": "qux"}]', '{"foo": "bar", "baz": "qux"}'),
    ("A.2", '{"foo": ["bar", "baz"]}', '[{"op": "add", "path": "/foo/1", "value": "qux"}]', '{"foo": ["bar", "qux", "baz"]}'),
    ("A.3", '{"baz": "qux", "foo": "bar"}', '[{"op": "remove", "path": "/baz"}]', '{"foo": "bar"}'),
    ("A.4", '{"foo": ["bar", "qux", "baz"]}', '[{"op": "remove", "path": "/foo/1"}]', '{"foo": ["bar", "baz"]}'),
    (
        "A.5",
        '{"baz": "qux", "foo": "bar"}',
        '[{"op": "replace", "path": "/baz", "value": "boo"}]',
        '{"baz": "boo", "foo": "bar"}',
    ),
    (
        "A.6",
        '{"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}}',
        '[{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}]',
        '{"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}}',
    ),
    (
        "A.7",
        '{"foo": ["all", "grass", "cows", "eat"]}',
        '[{"op": "move", "from": "/foo/1", "path": "/foo/3"}]',
        '{"foo": ["all", "cows", "eat", "grass"]}',
    ),
    (
        "A.8",
        '{"baz": "qux", "foo": ["a", 2, "c"]}',
        '[{"op": "test", "path": "/baz", "value": "qux"}, {"op": "test", "path": "/foo/1", "value": 2}]',
        '{"baz": "qux", "foo": ["a", 2, "c"]}',
    ),
    ("A.9", '{"baz": "qux"}', '[{"op": "test", "path": "/baz", "value": "bar"}]', None),
    (
        "A.10",
        '{"foo": "bar"}',
        '[{"op": "add", "path": "/child", "value": {"grandchild": {}}}]',
        '{"foo": "bar", "child": {"grandchild": {}}}',
    ),
    ("A.11", '{"foo": "bar"}', '[{"op": "add", "path": "/baz", "value": "qux", "xyz": 123}]', '{"foo": "bar", "baz": "qux"}'),
    ("A.12", '{"foo": "bar"}', '[{"op": "add", "path": "/baz/bat", "value": "qux"}]', None),
    ("A.13", '{"foo": "bar"}', '[{"op": "add", "path": "/baz", "value": "qux", "op": "remove"}]', None),
    ("A.14", '{"/": 9, "~1": 10}', '[{"op": "test", "path": "/~01", "value": 10}]', '{"/": 9, "~1": 10}'),
    ("A.15", '{"/": 9, "~1": 10}', '[{"op": "test", "path": "/~01", "value": "10"}]', None),
    (
        "A.16",
        '{"foo": ["bar"]}',
        '[{"op": "add", "path": "/foo/-", "value": ["abc", "def"]}]',
        '{"foo": ["bar", ["abc", "def"]]}',
    ),
]


@pytest.mark.parametrize(("section", "document", "patch", "result"), APPENDIX_A, ids=[row[0] for row in APPENDIX_A])
def test_examples_of_rfc_6902(section: str, document: str, patch: str, result: str | None) -> None:
    value, ops = json.loads(document), json.loads(patch)
    if result is None:
        refused(value, *ops)
    else:
        assert freeze(apply(value, ops)) == freeze(json.loads(result))


def suite() -> list[Any]:
    rows = [(name, row) for name in ("spec_tests", "tests") for row in json.loads((SUITE / f"{name}.json").read_text("utf-8"))]
    return [
        pytest.param(row, id=f"{name}-{number}")
        for number, (name, row) in enumerate(rows)
        if "patch" in row and not row.get("disabled")
    ]


@pytest.mark.parametrize(
    "case",
    suite()
    if THERE
    else [pytest.param(None, marks=pytest.mark.skip(reason="json-patch-tests are not installed: npm ci, see tests/js"))],
)
def test_json_patch_tests(case: Any) -> None:
    if "error" in case:
        refused(case["doc"], *case["patch"])
    else:
        result = apply(case["doc"], case["patch"])
        if "expected" in case:
            assert result == case["expected"], case.get("comment")


@pytest.mark.skipif(not THERE, reason="json-patch-tests are not installed: npm ci, see tests/js")
def test_json_patch_tests_are_all_there() -> None:
    assert len(suite()) > 80
    assert sum("error" in case.values[0] for case in suite()) > 20


@pytest.mark.parametrize("operation", ["add", "replace", "remove", "test", "copy", "move"])
@pytest.mark.parametrize(
    "token", ["00", "01", "-1", "+1", "1.0", "1e0", " 1", "1 ", "", "x", "１", "²", "2147483648", "9" * 5000]
)
def test_what_is_no_index_of_an_array(operation: str, token: str) -> None:
    value = {"a": [*range(12)], "b": 0}
    op = {"op": operation, "path": f"/a/{token}", "value": 1}
    if operation in ("copy", "move"):
        op = {"op": operation, "from": f"/a/{token}", "path": "/b"}
    assert "array" in str(refused(value, op))
    assert value == {"a": [*range(12)], "b": 0}


@pytest.mark.parametrize("operation", ["replace", "remove", "test", "str_ins"])
@pytest.mark.parametrize("token", ["-", "2"])
def test_only_add_reaches_behind_the_last_element(operation: str, token: str) -> None:
    refused(["a", "b"], {"op": operation, "path": f"/{token}", "value": "", "pos": 0, "str": ""})
    assert apply(["a", "b"], [{"op": "add", "path": f"/{token}", "value": "c"}]) == ["a", "b", "c"]
    assert apply(["a", "b"], [{"op": "move", "from": "/0", "path": "/-"}]) == ["b", "a"]
    refused(["a"], {"op": "add", "path": "/-/x", "value": 1})
    refused(["a", "b"], {"op": "add", "path": "/3", "value": 1})


@pytest.mark.parametrize("token", ["0", "00", "-", "", " ", "~0", "~1", "~01", "é", "😀", "__proto__", '"', "\\"])
def test_any_token_names_a_member(token: str) -> None:
    key = token.replace("~1", "/").replace("~0", "~")
    value = apply({"first": 1}, [{"op": "add", "path": f"/{token}", "value": [2]}])
    assert value == {"first": 1, key: [2]}
    assert apply(value, [{"op": "add", "path": f"/{token}/0", "value": 3}]) == {"first": 1, key: [3, 2]}
    assert apply(value, [{"op": "remove", "path": f"/{token}"}]) == {"first": 1}


@pytest.mark.parametrize("pointer", ["a", " ", "#", "#/a", "/~", "/~2", "/a~", "/a/~a", "a/b", None, 0, ["a"]])
@pytest.mark.parametrize("member", ["path", "from"])
def test_what_is_no_pointer(pointer: Any, member: str) -> None:
    op = {"op": "copy", "path": "/a", "from": "/a"} | {member: pointer}
    error = refused({"a": 1, "": 2}, op)
    assert error.pointer == (
        pointer if member == "path" and isinstance(pointer, str) else op["path"] if member == "from" else None
    )


@pytest.mark.parametrize("scalar", ["text", 1, 1.5, True, None])
def test_what_has_no_members(scalar: Any) -> None:
    for name in ("add", "replace", "remove", "test"):
        refused({"a": scalar}, {"op": name, "path": "/a/0", "value": 1})


SAME: list[tuple[Any, Any]] = [
    (1, 1.0),
    (0, -0.0),
    (10**30, 1e30 if 10**30 == 1e30 else 10**30),
    ([1, [2.0]], [1.0, [2]]),
    ({"a": 1, "b": [None]}, {"b": [None], "a": 1.0}),
    ("é", "é"),
    (True, True),
    (None, None),
    ([], []),
    ({}, {}),
]
DIFFERENT: list[tuple[Any, Any]] = [
    (1, True),
    (0, False),
    (1.0, True),
    (0, None),
    (False, None),
    ("", None),
    ("1", 1),
    ("é", "e\u0301"),
    ([], {}),
    ([], None),
    ([1, 2], [2, 1]),
    ([1], [1, 1]),
    ({"a": 1}, {"a": True}),
    ({"a": None}, {}),
    ({"a": None}, {"b": None}),
    ([0], [False]),
    (2**53 + 1, float(2**53)),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_equal_as_rfc_6902_has_it(one: Any, other: Any) -> None:
    for value, wanted in ((one, other), (other, one), ([one], [other]), ({"k": one}, {"k": other})):
        assert apply(value, [{"op": "test", "path": "", "value": wanted}]) is value


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_not_equal_as_rfc_6902_has_it(one: Any, other: Any) -> None:
    for value, wanted in ((one, other), (other, one), ([one], [other]), ({"k": one}, {"k": other})):
        assert "test" in str(refused(value, {"op": "test", "path": "", "value": wanted}))


# -- the root


@pytest.mark.parametrize("value", [{}, [], "text", 1, 0, False, None, {"a": [1]}])
def test_nothing_becomes_a_root(value: Any) -> None:
    assert apply(MISSING, []) is MISSING
    assert freeze(apply(MISSING, [{"op": "add", "path": "", "value": value}])) == freeze(value)
    assert freeze(apply({"old": 1}, [{"op": "add", "path": "", "value": value}])) == freeze(value)
    assert freeze(apply(None, [{"op": "replace", "path": "", "value": value}])) == freeze(value)
    assert apply(value, [{"op": "remove", "path": ""}]) is MISSING


@pytest.mark.parametrize("operation", ["replace", "remove", "test", "str_ins", "copy", "move"])
def test_where_nothing_is_only_add_does_something(operation: str) -> None:
    op = {"op": operation, "path": "", "from": "", "value": None, "pos": 0, "str": ""}
    refused(MISSING, op)
    refused({"a": 1}, {"op": "remove", "path": ""}, op)
    refused(MISSING, {"op": "add", "path": "/a", "value": 1})
    refused(MISSING, {"op": "add", "path": "/-", "value": 1})


def test_copies_and_moves_of_the_root() -> None:
    assert apply({"a": 1}, [{"op": "copy", "from": "", "path": "/b"}]) == {"a": 1, "b": {"a": 1}}
    assert apply({"a": [1]}, [{"op": "copy", "from": "/a", "path": ""}]) == [1]
    assert apply({"a": [1]}, [{"op": "move", "from": "/a", "path": ""}]) == [1]
    refused({"a": [1]}, {"op": "move", "from": "", "path": "/a"})


def test_a_move_into_itself_is_refused_and_changes_nothing() -> None:
    value = {"a": {"b": {"c": 1}}, "ab": {}}
    for start, path in (("/a", "/a/b"), ("/a", "/a/b/c"), ("/a/b", "/a/b/x"), ("", "/x")):
        refused(value, {"op": "move", "from": start, "path": path})
        assert value == {"a": {"b": {"c": 1}}, "ab": {}}
    same = freeze(value)
    assert freeze(apply(value, [{"op": "move", "from": "/a", "path": "/a"}])) == same
    assert apply(value, [{"op": "move", "from": "/a", "path": "/ab/x"}]) == {"ab": {"x": {"b": {"c": 1}}}}
    refused(value, {"op": "move", "from": "/none", "path": "/none"})


def test_indexes_after_a_move_are_those_without_what_was_moved() -> None:
    assert apply([[1], [2], [3]], [{"op": "move", "from": "/0", "path": "/1/0"}]) == [[2], [[1], 3]]
    refused([[1], [2]], {"op": "move", "from": "/0", "path": "/1/0"})
    refused([1, 2], {"op": "move", "from": "/0", "path": "/2"})


# -- what is no operation


@pytest.mark.parametrize(
    "op",
    [
        {},
        {"op": "add"},
        {"op": "add", "path": ""},
        {"path": "", "value": 1},
        {"op": "spam", "path": "", "value": 1},
        {"op": "Add", "path": "", "value": 1},
        {"op": None, "path": "", "value": 1},
        {"op": ["add"], "path": "", "value": 1},
        {"op": "replace", "path": ""},
        {"op": "test", "path": ""},
        {"op": "move", "path": ""},
        {"op": "copy", "path": "", "from": None},
        {"op": "str_ins", "path": "/s"},
        {"op": "str_ins", "path": "/s", "pos": 0},
        {"op": "str_ins", "path": "/s", "str": "x"},
        {"op": "str_ins", "path": "/s", "pos": "0", "str": "x"},
        {"op": "str_ins", "path": "/s", "pos": 0.0, "str": "x"},
        {"op": "str_ins", "path": "/s", "pos": True, "str": "x"},
        {"op": "str_ins", "path": "/s", "pos": None, "str": "x"},
        {"op": "str_ins", "path": "/s", "pos": 0, "str": None},
        {"op": "str_ins", "path": "/s", "pos": 0, "str": b"x"},
        None,
        "add",
        7,
        ["op", "add"],
    ],
)
def test_what_is_no_operation(op: Any) -> None:
    value = {"s": "text"}
    assert refused(value, {"op": "test", "path": "", "value": {"s": "text"}}, op).index == 1
    assert value == {"s": "text"}


def test_an_error_says_which_operation_where_and_why() -> None:
    value = {"a": {"b": 1}}
    error = refused(value, {"op": "remove", "path": "/a/b"}, {"op": "remove", "path": "/a/b"})
    assert isinstance(error, ValueError)
    assert (error.index, error.pointer) == (1, "/a/b")
    assert error.message == str(error) == "operation 1 at '/a/b': there is no 'b'"
    assert value == {"a": {}}  # the operations before are applied
    for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(again) is PatchError
        assert (again.message, again.index, again.pointer) == (error.message, error.index, error.pointer)
    assert error.__cause__ is None
    long = refused({}, {"op": "remove", "path": "/" + "x" * 10_000})
    assert len(str(long)) < 300
    assert long.pointer == "/" + "x" * 10_000
    assert refused({}, {"op": "remove"}).pointer is None
    assert str(refused({}, None)) == "operation 0: the operation is no object"


def test_an_error_of_the_iterable_is_the_callers() -> None:
    def broken() -> Iterator[Operation]:
        yield {"op": "add", "path": "/a", "value": 1}
        raise KeyError("mine")

    value: dict[str, Any] = {}
    with pytest.raises(KeyError, match="mine"):
        apply(value, broken())
    assert value == {"a": 1}


@pytest.mark.parametrize("units", ["", "utf-8", "UTF-16", None, 16])
def test_other_units_are_refused(units: Any) -> None:
    with pytest.raises(ValueError, match="units"):
        apply({}, [], units=units)


# -- str_ins

TEXTS = [
    "",
    "plain",
    "déjà",
    "日本語",
    "a😀b",
    "😀😀",
    "x\ud83d",
    "\ude00\ud83d",
    "\ud83d\ude00",
    "é" * 40,
    "日" * 40,
    "😀" * 40,
    "a" * 40 + "😀",
]


def code_unit_edges(text: str) -> list[int]:
    """Position in UTF-16 of the beginning of each character, and of the end."""
    edges = [0]
    for character in text:
        edges.append(edges[-1] + len(character.encode("utf-16-le", "surrogatepass")) // 2)
    return edges


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize("more", ["", "+", "é", "日", "😀"], ids=ascii)
def test_text_is_inserted_at_every_place(text: str, more: str) -> None:
    edges = code_unit_edges(text)
    for index, edge in enumerate(edges):
        wanted = text[:index] + more + text[index:]
        points = {"op": "str_ins", "path": "/0", "pos": index, "str": more}
        assert apply([text], [points]) == [wanted]
        assert apply(text, [points | {"path": ""}]) == wanted
        units = {"op": "str_ins", "path": "/k", "pos": edge, "str": more}
        assert apply({"k": text, "l": text}, [units], units="utf-16") == {"k": wanted, "l": text}
    for pos in (-1, len(text) + 1, 10**30):
        assert "position" in str(refused([text], {"op": "str_ins", "path": "/0", "pos": pos, "str": more}))
    for pos in (-1, edges[-1] + 1):
        assert "position" in str(refused([text], {"op": "str_ins", "path": "/0", "pos": pos, "str": more}, units="utf-16"))
    for pos in set(range(edges[-1])) - set(edges):
        error = refused([text], {"op": "str_ins", "path": "/0", "pos": pos, "str": more}, units="utf-16")
        assert "surrogate pair" in str(error)


@pytest.mark.parametrize("value", [None, 1, True, [], {}, ["text"]])
def test_text_is_inserted_in_strings_alone(value: Any) -> None:
    refused({"k": value}, {"op": "str_ins", "path": "/k", "pos": 0, "str": "x"})
    refused({"k": value}, {"op": "str_ins", "path": "/l", "pos": 0, "str": "x"})


def test_insertions_keep_the_order_of_keys() -> None:
    value = {"a": "", "b": "", "c": ""}
    apply(value, [{"op": "str_ins", "path": f"/{key}", "pos": 0, "str": key} for key in "bca"])
    assert list(value.items()) == [("a", "a"), ("b", "b"), ("c", "c")]


@pytest.mark.parametrize(
    "between",
    [
        {"op": "replace", "path": "/a", "value": "abcdefgh"},
        {"op": "add", "path": "/a", "value": "abcdefgh"},
        {"op": "copy", "from": "/b", "path": "/a"},
        {"op": "str_ins", "path": "/b", "pos": 8, "str": "😀"},
    ],
)
def test_insertions_after_another_operation(between: Operation) -> None:
    """In one call, in which the length of the string before is known."""
    ops = [{"op": "str_ins", "path": "/a", "pos": 2, "str": "😀"}, between]
    value = {"a": "😀", "b": "abcdefgh"}
    wanted = {"a": "😀😀", "b": "abcdefgh😀"} if between["op"] == "str_ins" else {"a": "abcdefgh", "b": "abcdefgh"}
    for key in "ab":
        end = code_unit_edges(wanted[key])[-1]
        result = apply(clone(value), [*ops, {"op": "str_ins", "path": f"/{key}", "pos": end, "str": "+"}], units="utf-16")
        assert result == wanted | {key: wanted[key] + "+"}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x", "é", "😀", "日😀"]), st.integers(0, 9))))
def test_many_insertions_in_one_call_and_in_many(steps: list[tuple[str, str, int]]) -> None:
    """With UTF-16 one call remembers the length of the string before; other operations come between."""
    wanted = {"a": "", "b": "😀", "c": "é"}
    ops: list[Operation] = []
    for key, more, choice in steps:
        if choice == 0:
            wanted[key] = more
            ops.append({"op": "replace", "path": f"/{key}", "value": more})
            continue
        text = wanted[key]
        index = len(text) if choice > 3 else choice % (len(text) + 1)
        wanted[key] = text[:index] + more + text[index:]
        ops.append({"op": "str_ins", "path": f"/{key}", "pos": code_unit_edges(text)[index], "str": more})
    assert apply({"a": "", "b": "😀", "c": "é"}, ops, units="utf-16") == wanted
    value = {"a": "", "b": "😀", "c": "é"}
    for op in ops:
        assert apply(value, [op], units="utf-16") is value
    assert value == wanted


# -- against a plain implementation


class Refused(Exception):
    pass


def plain_tokens(pointer: str) -> list[str]:
    if pointer and not pointer.startswith("/"):
        raise Refused
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def plain_key(value: Any, token: str, extra: int = 0) -> Any:
    """The key or index for token in value, up to `extra` behind the end of a list."""
    if type(value) is dict:
        return token
    if type(value) is not list:
        raise Refused
    if token == "-" and extra:
        return len(value)
    if token not in map(str, range(len(value) + extra)):
        raise Refused
    return int(token)


def plain_get(value: Any, tokens: list[str]) -> Any:
    for token in tokens:
        try:
            value = value[plain_key(value, token)]
        except KeyError:
            raise Refused from None
    if value is MISSING:
        raise Refused
    return value


def plain_change(value: Any, tokens: list[str], how: str, new: Any = None) -> Any:
    """A whole new document in which the value at tokens was added, replaced or removed."""
    value = copy.deepcopy(value)
    if how != "add":
        plain_get(value, tokens)
    if not tokens:
        return MISSING if how == "remove" else copy.deepcopy(new)
    parent = plain_get(value, tokens[:-1])
    key = plain_key(parent, tokens[-1], extra=1 if how == "add" else 0)
    if how == "remove":
        del parent[key]
    elif how == "add" and type(parent) is list:
        parent.insert(key, copy.deepcopy(new))
    else:
        parent[key] = copy.deepcopy(new)
    return value


def comparable(value: Any) -> Any:
    """Equal exactly where RFC 6902 says so."""
    if type(value) is dict:
        return ("object", frozenset((key, comparable(item)) for key, item in value.items()))
    if type(value) is list:
        return ("array", tuple(map(comparable, value)))
    return ("number" if type(value) in (int, float) else type(value).__name__, value)


def plain_apply(value: Any, op: Operation) -> Any:
    tokens, name = plain_tokens(op["path"]), op["op"]
    if name in ("add", "replace", "remove"):
        return plain_change(value, tokens, name, op.get("value"))
    if name == "test":
        if comparable(plain_get(value, tokens)) != comparable(op["value"]):
            raise Refused
        return value
    if name == "str_ins":
        text = plain_get(value, tokens)
        if type(text) is not str or not 0 <= op["pos"] <= len(text):
            raise Refused
        return plain_change(value, tokens, "replace", text[: op["pos"]] + op["str"] + text[op["pos"] :])
    start = plain_tokens(op["from"])
    moved = plain_get(value, start)
    if name == "move":
        if tokens[: len(start)] == start and tokens != start:
            raise Refused
        if tokens == start:
            return value
        value = plain_change(value, start, "remove")
    return plain_change(value, tokens, "add", moved)


def pointers(value: Any) -> list[str]:
    return ["".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path) for path in paths_of(value)]


SMALL = st.one_of(json_values(), st.sampled_from([{}, [], "", "text", 0, 1, True, {"a": [1, {"b": "c"}]}, ["x", "y"]]))


@st.composite
def operations(draw: st.DrawFn, value: Any) -> Operation:
    """One operation for a document, more often than not one that can be applied."""
    there = st.sampled_from(pointers(value) or [""])
    near = st.builds(str.__add__, there, st.sampled_from(["", "/-", "/0", "/1", "/01", "/a", "/", "/~01", "x"]))
    pointer = st.one_of(there, there, near)
    name = draw(st.sampled_from(["add", "add", "remove", "replace", "move", "copy", "test", "str_ins", "str_ins"]))
    path = draw(near if name == "add" else pointer)
    op: Operation = {"op": name, "path": path}
    if name in ("add", "replace"):
        op["value"] = draw(SMALL)
    elif name == "test":
        op["value"] = draw(SMALL)
        if draw(st.booleans()):
            try:
                op["value"] = plain_get(value, plain_tokens(path))
            except Refused:
                pass
    elif name == "str_ins":
        texts = [p for p in pointers(value) if type(plain_get(value, plain_tokens(p))) is str]
        if texts:
            op["path"] = path = draw(st.sampled_from(texts))
        length = len(plain_get(value, plain_tokens(path))) if texts else 0
        op["pos"] = draw(st.one_of(st.just(length), st.integers(0, length + 1)))
        op["str"] = draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=4))
    elif name in ("move", "copy"):
        op["path"], op["from"] = draw(near), draw(pointer)
    return op


@st.composite
def patched(draw: st.DrawFn) -> tuple[Any, list[Operation], list[Any]]:
    """A document, operations that can be applied to it, and the document after each."""
    value = draw(SMALL)
    start, ops, after = value, [], []
    for _ in range(draw(st.integers(1, 8))):
        op = draw(operations(value))
        try:
            value = plain_apply(value, op)
        except Refused:
            continue
        ops.append(op)
        after.append(value)
    return start, ops, after


@given(st.data(), SMALL)
def test_one_operation_is_applied_or_refused_as_by_the_plain_one(data: st.DataObject, value: Any) -> None:
    op = data.draw(operations(value))
    try:
        wanted = plain_apply(value, op)
    except Refused:
        error = refused(clone(value), op)
        assert (error.index, error.pointer) == (0, op["path"])
    else:
        assert freeze(apply(clone(value), [op])) == freeze(wanted)


@given(patched())
def test_many_operations_do_what_the_plain_one_does(plan: tuple[Any, list[Operation], list[Any]]) -> None:
    start, ops, after = plan
    at_once = apply(clone(start), ops)
    value = clone(start)
    for op, wanted in zip(ops, after, strict=True):
        value = apply(value, [op])
        assert freeze(value) == freeze(wanted)
    assert freeze(at_once) == freeze(value)


@given(patched())
def test_a_json_copy_of_the_operations_does_the_same(plan: tuple[Any, list[Operation], list[Any]]) -> None:
    """What came over a wire, where nothing is shared with the sender."""
    start, ops, after = plan
    ops = json.loads(json.dumps(ops))
    if after:
        assert freeze(apply(clone(start), ops)) == freeze(after[-1])


# -- nobody else is touched


@given(patched())
def test_operations_never_change_and_receivers_are_independent(plan: tuple[Any, list[Operation], list[Any]]) -> None:
    start, ops, after = plan
    before = freeze(ops)
    one, other = clone(start), clone(start)
    for index, op in enumerate(ops):
        one = apply(one, [op])
        assert freeze(ops) == before
        other = apply(other, [op])
        assert freeze(other) == freeze(one) == freeze(after[index])
        assert freeze(ops) == before


def containers(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, dict)):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from containers(item)


@given(patched())
def test_no_container_stands_in_two_places(plan: tuple[Any, list[Operation], list[Any]]) -> None:
    start, ops, _ = plan
    value = clone(start)
    for op in ops:
        value = apply(value, [op])
    inside = [id(container) for container in containers(value)]
    outside = {id(container) for op in ops for container in containers(op)}
    assert len(inside) == len(set(inside))
    assert not outside & set(inside)


def test_an_added_value_is_the_receivers_own() -> None:
    op = {"op": "add", "path": "", "value": {"list": [{"deep": ["x"]}], "text": "ab"}}
    one, other = apply(MISSING, [op]), apply(MISSING, [op])
    apply(
        one,
        [
            {"op": "add", "path": "/list/0/deep/-", "value": "y"},
            {"op": "str_ins", "path": "/text", "pos": 2, "str": "c"},
            {"op": "copy", "from": "/list", "path": "/copy"},
            {"op": "str_ins", "path": "/copy/0/deep/0", "pos": 1, "str": "z"},
        ],
    )
    assert one == {"list": [{"deep": ["x", "y"]}], "text": "abc", "copy": [{"deep": ["xz", "y"]}]}
    assert other == op["value"] == {"list": [{"deep": ["x"]}], "text": "ab"}


def test_a_string_that_others_hold_stays_as_it_is() -> None:
    long = "x" * 1000
    held = long + "y"
    value = {"a": held, "b": held}
    op = {"op": "str_ins", "path": "/a", "pos": 1001, "str": "z"}
    apply(value, [op])
    grown = value["a"]
    apply(value, [op | {"pos": 1002}])
    assert held == long + "y"
    assert value["b"] == held
    assert grown == long + "yz"
    assert value["a"] == long + "yzz"


def test_the_tree_is_changed_in_place() -> None:
    value: dict[str, Any] = {"list": [{"a": "x"}], "other": {}}
    array, item, other = value["list"], value["list"][0], value["other"]
    ops: list[Operation] = [
        {"op": "str_ins", "path": "/list/0/a", "pos": 1, "str": "y"},
        {"op": "add", "path": "/list/-", "value": 1},
        {"op": "move", "from": "/other", "path": "/list/0/moved"},
    ]
    assert apply(value, ops) is value
    assert value["list"] is array
    assert array[0] is item
    assert item["moved"] is other
    assert value == {"list": [{"a": "xy", "moved": {}}, 1]}


# -- depth and growth


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [{"a": value}]
    return value


def test_depth_costs_no_recursion() -> None:
    depth = 50_000
    pointer = "/0/a" * depth
    value = apply(MISSING, [{"op": "add", "path": "", "value": nested(depth)}])
    ops: list[Operation] = [
        {"op": "str_ins", "path": pointer, "pos": 1, "str": "y"},
        {"op": "copy", "from": "/0/a", "path": "/-"},
        {"op": "test", "path": "/0/a", "value": nested(depth - 1)},
    ]
    with pytest.raises(PatchError) as caught:
        apply(value, ops)
    assert caught.value.index == 2
    inner = nested(depth - 1)
    apply(inner, [{"op": "str_ins", "path": "/0/a" * (depth - 1), "pos": 1, "str": "y"}])
    assert apply(value, [{"op": "test", "path": "/1", "value": inner}]) is value
    assert apply(value, [{"op": "move", "from": pointer, "path": ""}]) == "xy"


def rises(count: int, pieces: Iterator[Operation]) -> tuple[list[int], Iterator[Operation]]:
    """How far traced memory rose above its start while each of `pieces` was applied; they are taken from the iterator."""
    seen: list[int] = []

    def watched() -> Iterator[Operation]:
        for _ in range(count):
            op = next(pieces)
            start, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            yield op
            seen.append(tracemalloc.get_traced_memory()[1] - start)

    return seen, watched()


@pytest.mark.skipif(sys.gettrace() is not None, reason="CPython appends in place only where it is not traced")
@pytest.mark.parametrize(
    ("character", "units", "at_once"),
    [
        *itertools.product("aé€😀", ["code-points"], [False, True]),
        *itertools.product("aé€", ["utf-16"], [False, True]),
        ("😀", "utf-16", True),  # in calls of its own each insertion counts the string
    ],
)
def test_text_at_the_end_does_not_copy_the_string(character: str, units: Any, at_once: bool) -> None:
    """Of 300 pieces added to a long string only a few may cost its length: those before CPython has warmed up."""
    long, count = 300_000, 300
    width = 2 if character == "😀" and units == "utf-16" else 1

    def pieces() -> Iterator[Operation]:
        pos = long * width
        while True:
            yield {"op": "str_ins", "path": "/a/0", "pos": pos, "str": character}
            pos += width

    value = apply(MISSING, [{"op": "add", "path": "", "value": {"a": [character * long]}}])
    tracemalloc.start()
    try:
        seen, ops = rises(count, pieces())
        if at_once:
            apply(value, ops, units=units)
        else:
            for op in ops:
                apply(value, [op], units=units)
    finally:
        tracemalloc.stop()
    assert value == {"a": [character * (long + count)]}
    assert len(seen) == count
    copies = sum(rise > long // 2 for rise in seen)
    assert copies <= 15, f"{copies} of {count} pieces rose by half the text or more"


@pytest.mark.skipif(sys.gettrace() is not None, reason="CPython appends in place only where it is not traced")
def test_a_root_that_is_a_string_is_copied_once_a_call() -> None:
    long, count = 300_000, 300
    value = "a" * long
    tracemalloc.start()
    try:
        seen, ops = rises(count, ({"op": "str_ins", "path": "", "pos": pos, "str": "a"} for pos in range(long, long + count)))
        value = apply(value, ops)
    finally:
        tracemalloc.stop()
    assert value == "a" * (long + count)
    assert sum(rise > long // 2 for rise in seen) <= 15


def test_the_units_of_a_string_are_counted_once_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = 0
    plain: Callable[[str], int] = patches._utf16_length

    def counting(text: str) -> int:
        nonlocal counted
        counted += len(text)
        return plain(text)

    monkeypatch.setattr(patches, "_utf16_length", counting)
    totals = []
    for count in (1000, 2000):
        counted = 0
        ops = [{"op": "str_ins", "path": "/0", "pos": 2 * pos, "str": "😀"} for pos in range(count)]
        assert apply([""], ops, units="utf-16") == ["😀" * count]
        totals.append(counted)
    assert totals[1] / totals[0] < 2.3


def test_array_elements_are_appended_without_touching_the_rest() -> None:
    value: list[Any] = [[index] for index in range(1000)]
    same = list(value)
    apply(value, [{"op": "add", "path": f"/{index}", "value": index} for index in range(1000, 3000)])
    assert value[1000:] == list(range(1000, 3000))
    assert all(one is other for one, other in zip(value, same, strict=False))


# -- names


def test_types_of_operations_are_there_when_asked_for() -> None:
    for name in patches.__all__:
        assert getattr(patches, name) is not None
    assert patches.Add.__required_keys__ == {"op", "path", "value"}
    assert patches.StrIns.__required_keys__ == {"op", "path", "pos", "str"}
    assert patches.Move.__required_keys__ == patches.Copy.__required_keys__ == {"op", "path", "from"}
    assert patches.Add(op="add", path="", value=1) == {"op": "add", "path": "", "value": 1}
    with pytest.raises(AttributeError, match="spam"):
        patches.spam
