"""P13: everything recognised before an error is delivered before it is raised, and stays readable."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import assume, given

import midstream
from tests.oracle import partial
from tests.support import strategies
from tests.support.feeding import clone, expected, feed_all, freeze, observe, try_close, try_feed


@given(strategies.fed(strategies.damaged_texts() | strategies.garbage()), strategies.options())
def test_P13_value_stays_readable_and_the_error_is_the_same(fragments: list[Any], options: dict[str, Any]) -> None:
    parser, error = feed_all(fragments, **options)
    if error is None:
        error = try_close(parser)
        wanted = expected(partial.parse(fragments, final=True, **options))
    else:
        wanted = expected(partial.parse(b"".join(partial.join(fragments)), **options))
    assume(error is not None)
    assert isinstance(error, midstream.JSONStreamError)
    for _ in range(2):
        assert parser.status is midstream.Status.FAILED
        assert freeze(parser.value) == wanted.value
        assert freeze(parser.snapshot()) == wanted.value
        assert freeze(parser.snapshot(share=False)) == wanted.value
        assert freeze(error.value) == wanted.value
        assert try_feed(parser, "x") is error
        assert try_feed(parser, b"]", True) is error
        assert try_feed(parser, "", True) is error
        assert try_close(parser) is error
        assert try_feed(parser, "") is error
        assert try_feed(parser, b"") is error


def test_P13_everything_before_the_error_in_the_same_fragment() -> None:
    for text, value in (
        ('{"a":[1,"two",{"three":3}],"b":tru}', {"a": [1, "two", {"three": 3}]}),
        ('{"a":"text\x00', {"a": "text"}),
        ('{"a":"text\\q', {"a": "text"}),
        (b'{"a":"t\xc3\xa9\xff', {"a": "té"}),
        ('[1,2,3,"x" "y"]', [1, 2, 3, "x"]),
        ("[1,2,3]]", [1, 2, 3]),
        ('"abc"x', "abc"),
    ):
        parser = midstream.Parser()
        error = try_feed(parser, text)
        assert isinstance(error, midstream.MalformedJSON)
        assert parser.value == value
        assert error.value == value


def test_P13_close_is_idempotent() -> None:
    parser = midstream.Parser()
    parser.feed('{"a":[1,2]} ')
    value = parser.close()
    for _ in range(3):
        assert parser.close() is value
        assert parser.feed("", final=True) == ()
        assert parser.feed("") == ()
        assert parser.status is midstream.Status.COMPLETE
    for more in ("x", " ", b"\n", bytearray(b"1")):
        with pytest.raises(RuntimeError):
            parser.feed(more)
        assert parser.close() is value
        assert parser.status is midstream.Status.COMPLETE
        assert parser.offset == 12


def test_P13_close_after_truncation_is_idempotent() -> None:
    for text in ("", " ", "[1", '{"a":"b', "tru", '"\\ud83d', "-"):
        parser = midstream.Parser()
        parser.feed(text)
        error = try_close(parser)
        assert isinstance(error, midstream.TruncatedJSON)
        value = clone(parser.value)
        for _ in range(3):
            assert try_close(parser) is error
            assert try_feed(parser, "]") is error
            assert parser.value == value or parser.value is value


def test_P13_final_delivers_what_its_fragment_brings() -> None:
    parser = midstream.Parser()
    assert parser.feed("[1,", final=False) == ()
    assert parser.feed("2]", final=True) == ()
    assert parser.close() == [1, 2]
    parser = midstream.Parser()
    with pytest.raises(midstream.TruncatedJSON):
        parser.feed('[1,"two', final=True)
    assert parser.value == [1, "two"]
    parser = midstream.Parser()
    assert parser.feed("12", final=True) == ()
    assert parser.value == 12


def test_P13_snapshots_delivers_before_it_raises() -> None:
    got: list[Any] = []
    iter_until_error(midstream.snapshots(['{"a":1,"b":[2', ",3,x"]), got)
    assert got == [{"a": 1, "b": []}, {"a": 1, "b": [2, 3]}]


def iter_until_error(stream: Any, got: list[Any]) -> None:
    """Takes everything a stream yields into got, until it raises one of the library's errors."""
    with pytest.raises(midstream.JSONStreamError):
        for item in stream:
            got.append(item)


def test_P13_snapshots_shows_what_the_end_decides_before_it_raises() -> None:
    got: list[Any] = []
    iter_until_error(midstream.snapshots(["[1,", "2"]), got)
    assert got == [[1], [1], [1, 2]]
    assert got[0] is got[1]


def test_P13_snapshots_repeats_nothing_before_an_error_that_changed_nothing() -> None:
    got: list[Any] = []
    iter_until_error(midstream.snapshots(["[1,", "x"]), got)
    assert got == [[1]]


def test_P13_documents_delivers_before_it_raises() -> None:
    got: list[Any] = []
    iter_until_error(midstream.documents(['1 {"a":2}', '"three" [4]] 5']), got)
    assert got == [1, {"a": 2}, "three", [4]]
    got = []
    iter_until_error(midstream.documents(["1 2 [3", "]{"]), got)
    assert got == [1, 2, [3]]


def test_P13_errors_are_raised_again_without_growing() -> None:
    """Raising the same error many times neither chains it nor piles up frames."""
    parser, error = feed_all(["[x"])
    assert error is not None
    depths = []
    for _ in range(5):
        again = try_feed(parser, "x")
        assert again is error
        assert again.__context__ is None
        assert again.__cause__ is None
        depth, frame = 0, again.__traceback__
        while frame is not None:
            depth, frame = depth + 1, frame.tb_next
        depths.append(depth)
    assert depths[-1] <= depths[1] + 1 or depths[-1] < 20


def test_P13_a_copy_after_the_error_shows_the_same() -> None:
    parser, error = feed_all(['{"a":[1,"x', '"}'])
    other = copy.copy(parser)
    assert observe(other, error) == observe(parser, error)
