"""Status, offset, path and is_complete step by step."""

from __future__ import annotations

import enum
import pickle
from typing import Any

import pytest

import midstream
from midstream import Parser, Status
from tests.support.feeding import try_close, try_feed


def test_members() -> None:
    assert issubclass(Status, enum.Enum)
    assert [status.name for status in Status] == ["EMPTY", "OPEN", "COMPLETE", "FAILED"]
    for status in Status:
        assert pickle.loads(pickle.dumps(status)) is status


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", Status.EMPTY), (" \t\r\n", Status.EMPTY), ("[", Status.OPEN), ("1", Status.OPEN), ("-", Status.OPEN),
        ("t", Status.OPEN), ('"', Status.OPEN), ("[]", Status.COMPLETE), ("1 ", Status.COMPLETE), ("true", Status.COMPLETE),
        ('""', Status.COMPLETE), ("[] \n", Status.COMPLETE), ("x", Status.FAILED), ("[]x", Status.FAILED),
        ("[}", Status.FAILED),
    ],
)  # fmt: skip
def test_of_one_document(text: str, status: Status) -> None:
    parser = Parser()
    try_feed(parser, text)
    assert parser.status is status


def test_of_several_documents() -> None:
    parser = Parser(multiple=True)
    for text, status, value in (
        (" ", Status.EMPTY, midstream.MISSING),
        ("[", Status.OPEN, []),
        ("1]", Status.COMPLETE, [1]),
        (" \n", Status.COMPLETE, [1]),
        ("2", Status.OPEN, midstream.MISSING),
        (" ", Status.COMPLETE, 2),
        ("t", Status.OPEN, midstream.MISSING),
        ("rue", Status.COMPLETE, True),
        ('"', Status.OPEN, ""),
        ('"', Status.COMPLETE, ""),
        ("-", Status.OPEN, midstream.MISSING),
        ("x", Status.FAILED, midstream.MISSING),
    ):
        try_feed(parser, text)
        assert parser.status is status, text
        assert parser.value is value or parser.value == value
        assert parser.is_complete(()) == (status is Status.COMPLETE)


def test_after_close() -> None:
    parser = Parser()
    parser.feed("12")
    assert parser.close() == 12
    assert parser.status is Status.COMPLETE
    assert (parser.offset, parser.path) == (2, ())
    parser = Parser()
    assert isinstance(try_close(parser), midstream.TruncatedJSON)
    assert parser.status is Status.FAILED
    parser = Parser(multiple=True)
    assert parser.close() is midstream.MISSING
    assert parser.status is Status.EMPTY


def test_is_complete_takes_a_tuple() -> None:
    parser = Parser()
    parser.feed('{"a":[1,{"b":2')
    for wrong in ("a", ["a"], None, 0, {"a": 1}):
        with pytest.raises(TypeError):
            parser.is_complete(wrong)  # type: ignore[arg-type]


def test_is_complete_of_paths_that_are_not_there() -> None:
    parser = Parser()
    parser.feed('{"a":[1,{"b":2}],"c":"x"')
    for path in (
        ("x",),
        (0,),
        ("a", "b"),
        ("a", 9),
        ("a", -1),
        ("a", 0, 0),
        ("a", 1, "b", "c"),
        ("c", 0),
        ("a", 1, 0),
        (None,),
        (1.0,),
        ((),),
    ):
        assert parser.is_complete(path) is False, path  # type: ignore[arg-type]


def test_is_complete_step_by_step() -> None:
    parser = Parser()
    done: set[Any] = set()
    for text, path in (
        ('{"a":[1', None), (",", ("a", 0)), ('"s', None), ('"', ("a", 1)), (",{", None), ("}", ("a", 2)), (",[[", None),
        ("]", ("a", 3, 0)), ("]", ("a", 3)), ("]", ("a",)), (',"b":tru', None), ("e", ("b",)), ("}", ()),
    ):  # fmt: skip
        parser.feed(text)
        if path is not None:
            done.add(path)
        for one in [(), ("a",), ("b",), *(("a", index) for index in range(4)), ("a", 3, 0)]:
            assert parser.is_complete(one) is (one in done), (text, one)


def test_is_complete_of_a_repeated_key() -> None:
    parser = Parser()
    parser.feed('{"a":{"x":1},"b":2,"a')
    assert parser.is_complete(("a",))
    assert parser.is_complete(("a", "x"))
    parser.feed('"')
    assert not parser.is_complete(("a",))
    assert not parser.is_complete(("a", "x"))
    assert parser.is_complete(("b",))
    assert parser.value == {"a": {"x": 1}, "b": 2}
    parser.feed(":[3")
    assert not parser.is_complete(("a",))
    parser.feed("]")
    assert parser.is_complete(("a",))
    assert parser.is_complete(("a", 0))
    assert not parser.is_complete(("a", "x"))
    kept = Parser(duplicate_keys="first")
    kept.feed('{"a":{"x":1},"a":[')
    assert kept.is_complete(("a",))
    assert kept.is_complete(("a", "x"))
    assert kept.path == ("a",)
    kept.feed("7")
    assert kept.path == ("a", 0)
    assert not kept.is_complete(("a", 0))


def test_is_complete_survives_an_error_and_a_close() -> None:
    parser = Parser()
    try_feed(parser, '{"a":[1,2],"b":[3,x')
    assert parser.is_complete(("a",))
    assert parser.is_complete(("b", 0))
    assert not parser.is_complete(("b",))
    assert not parser.is_complete(())
    parser = Parser()
    parser.feed('{"a":{},"b":"open')
    try_close(parser)
    assert parser.is_complete(("a",))
    assert not parser.is_complete(("b",))


def test_a_truncated_number_is_not_complete() -> None:
    """The 12 of a truncated text may have been the start of 1200."""
    parser = Parser()
    parser.feed('{"amount":12')
    error = try_close(parser)
    assert isinstance(error, midstream.TruncatedJSON)
    assert parser.value == {"amount": 12}
    assert not parser.is_complete(("amount",))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ()), ("[", ()), ("[ ", ()), ("[1", (0,)), ("[1 ", ()), ("[1,", (1,)), ("[1, ", (1,)), ("[[", (0,)), ("[[]", ()),
        ("[[1", (0, 0)), ("{", ()), ('{"a', ()), ('{"a"', ("a",)), ('{"a": ', ("a",)), ('{"a":"x', ("a",)), ('{"a":"x"', ()),
        ('{"a":1', ("a",)), ('{"a":1,', ()), ('{"a":{', ("a",)), ('{"a":{"b', ("a",)), ('{"a":{"b":[', ("a", "b")),
        ('{"a":{"b":[0,tr', ("a", "b", 1)), ('{"a":{"b":[0,true', ("a", "b")), ('"x', ()), ("1", ()), ("[] ", ()),
    ],
)  # fmt: skip
def test_path(text: str, path: Any) -> None:
    parser = Parser()
    parser.feed(text)
    assert parser.path == path
    assert type(parser.path) is tuple


def test_path_keys_are_plain_strings() -> None:
    parser = Parser()
    parser.feed('{"a\\u00e9\\ud83d":{"":[0,')
    assert parser.path == ("aé\ufffd", "", 1)
    assert [type(step) for step in parser.path] == [str, str, int]


def test_offset_counts_utf8_bytes() -> None:
    parser = Parser()
    for fragment, offset in (
        ("[", 1),
        ('"é', 4),
        ("😀", 8),
        (b"\xf0\x9f", 10),
        (b"\x98", 11),
        (b"\x80", 12),
        ("\ud83d", 12),
        ("\ude00", 16),
        ("", 16),
    ):
        parser.feed(fragment)
        assert parser.offset == offset
    with pytest.raises(midstream.MalformedJSON) as caught:
        parser.feed("abc\x00def")
    assert parser.offset == caught.value.offset == 19


def test_repairs_are_small_immutable_records() -> None:
    parser = Parser()
    parser.feed('{"k":"\\ud83dx')
    (repair,) = parser.repairs
    assert type(parser.repairs) is tuple
    assert isinstance(repair, midstream.Repaired)
    assert repair.kind is midstream.Repair.LONE_SURROGATE
    assert (repair.offset, repair.path) == (6, ("k",))
    assert repair == midstream.Repaired(midstream.Repair.LONE_SURROGATE, 6, ("k",))
    assert pickle.loads(pickle.dumps(repair)) == repair
    with pytest.raises((AttributeError, TypeError)):
        repair.offset = 7  # type: ignore[misc]
    match repair:
        case midstream.Repaired(kind, offset, path):
            assert (kind, offset, path) == (midstream.Repair.LONE_SURROGATE, 6, ("k",))
        case _:
            pytest.fail("no match")
