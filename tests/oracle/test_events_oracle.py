"""The specification of events itself: by hand, against json.loads on whole documents, and over prefixes."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import events, partial
from tests.oracle.events import Completed, Event, Opened, Text, calls, events_of, expressions, segments_of, selected, timed
from tests.support import strategies
from tests.support.feeding import event_record, freeze, json_value, merged

ALL = ["$", "$..*"]
Steps = list[tuple[Any, list[Event]]]


def object_(*path: str | int) -> Opened:
    return Opened(path, "object")


def array(*path: str | int) -> Opened:
    return Opened(path, "array")


def string(*path: str | int) -> Opened:
    return Opened(path, "string")


def done(value: Any, start: int, end: int, *path: str | int) -> Completed:
    return Completed(path, value, (start, end))


HAND: dict[str, Steps] = {
    "a tool call": [
        ('{"qu', [object_()]),
        ('ery": ', []),
        ('"we', [string("query"), Text(("query",), "we")]),
        ("ath", [Text(("query",), "ath")]),
        ('er", "n": 1', [Text(("query",), "er"), done("weather", 10, 19, "query")]),
        ("0", []),
        (", ", [done(10, 26, 28, "n")]),
        ('"tags": ["', [array("tags"), string("tags", 0)]),
        ('"', [done("", 39, 41, "tags", 0)]),
        ("]", [done([""], 38, 42, "tags")]),
        ("}", [done({"query": "weather", "n": 10, "tags": [""]}, 0, 43)]),
        (" \n", []),
    ],
    "all at once": [
        (
            '[{"a":"x"},[],{},"",true,null,-1.5]',
            [
                array(), object_(0), string(0, "a"), Text((0, "a"), "x"), done("x", 6, 9, 0, "a"), done({"a": "x"}, 1, 10, 0),
                array(1), done([], 11, 13, 1), object_(2), done({}, 14, 16, 2), string(3), done("", 17, 19, 3),
                done(True, 20, 24, 4), done(None, 25, 29, 5), done(-1.5, 30, 34, 6),
                done([{"a": "x"}, [], {}, "", True, None, -1.5], 0, 35),
            ],
        )
    ],
    "literals with their last letter, numbers with their delimiter": [
        ("[tru", [array()]),
        ("e", [done(True, 1, 5, 0)]),
        (",12", []),
        (" ", [done(12, 6, 8, 1)]),
        (",3", []),
        ("]", [done(3, 10, 11, 2), done([True, 12, 3], 0, 12)]),
    ],
    "held halves and cut characters": [
        ('"\\ud83d', [string()]),
        ("\\ude0", []),
        ("0", [Text((), "😀")]),
        ("\\ud83d", []),
        ('"', [Text((), "\ufffd"), done("😀\ufffd", 0, 20)]),
    ],
    "bytes": [
        (b'["\xc3', [array(), string(0)]),
        (b"\xa9", [Text((0,), "é")]),
        (b'"', [done("é", 1, 5, 0)]),
        (b"]", [done(["é"], 0, 6)]),
    ],
    "surrogates at the seam of two str": [
        ('["\ud83d', [array(), string(0)]),
        ('\ude00"]', [Text((0,), "😀"), done("😀", 1, 7, 0), done(["😀"], 0, 8)]),
    ],
    "no text without a character": [
        ('["', [array(), string(0)]),
        ("\\", []),
        ("n", [Text((0,), "\n")]),
        ("", []),
        ("\\u00e", []),
        ('9x"', [Text((0,), "éx"), done("\néx", 1, 12, 0)]),
    ],
    "a repeated key": [
        ('{"a":[1],', [object_(), array("a"), done(1, 6, 7, "a", 0), done([1], 5, 8, "a")]),
        ('"a":"x', [string("a"), Text(("a",), "x")]),
        ('"}', [done("x", 13, 16, "a"), done({"a": "x"}, 0, 17)]),
    ],
    "keys are no values": [('{"abc":', [object_()]), ("1}", [done(1, 7, 8, "abc"), done({"abc": 1}, 0, 9)])],
    "a root number has no end of its own": [("12", [])],
    "but white space ends it": [("12", []), ("\n", [done(12, 0, 2)])],
}  # fmt: skip


@pytest.mark.parametrize("name", HAND)
def test_by_hand(name: str) -> None:
    fragments = [fragment for fragment, _ in HAND[name]]
    got = events_of(fragments, ALL)
    assert [list(map(event_record, feed)) for feed in got] == [list(map(event_record, feed)) for _, feed in HAND[name]]


def test_duplicate_keys() -> None:
    fragments = ['{"a":1,"a":["x","', 'y"],"b":2,"b":{', "}}"]
    first = [
        [object_(), done(1, 5, 6, "a")],
        [done(2, 25, 26, "b")],
        [done({"a": 1, "b": 2}, 0, 34)],
    ]
    assert events_of(fragments, ALL, duplicate_keys="first") == first
    last = [
        [
            object_(), done(1, 5, 6, "a"), array("a"), string("a", 0), Text(("a", 0), "x"), done("x", 12, 15, "a", 0),
            string("a", 1),
        ],
        [
            Text(("a", 1), "y"), done("y", 16, 19, "a", 1), done(["x", "y"], 11, 20, "a"), done(2, 25, 26, "b"),
            object_("b"),
        ],
        [done({}, 31, 33, "b"), done({"a": ["x", "y"], "b": {}}, 0, 34)],
    ]  # fmt: skip
    assert events_of(fragments, ALL) == last
    error = calls(['{"a":1,"a"'], ALL, duplicate_keys="error", close=True)
    assert error[0].events == [object_(), done(1, 5, 6, "a")]
    assert error[1].error is not None
    assert error[1].error[1] == "DUPLICATE_KEY"


def test_several_documents() -> None:
    got = events_of(["1 ", '"a"{"b":', '"c"} [2', "]", "3"], ALL, multiple=True, final=True)
    assert got == [
        [done(1, 0, 1)],
        [string(), Text((), "a"), done("a", 2, 5), object_()],
        [string("b"), Text(("b",), "c"), done("c", 10, 13, "b"), done({"b": "c"}, 5, 14), array()],
        [done(2, 16, 17, 0), done([2], 15, 18)],
        [],
    ]


def test_partial_numbers_give_nothing_until_they_are_complete() -> None:
    assert events_of(["[1", ".5", "e", "1", ","], ALL, numbers="partial") == [[array()], [], [], [], [done(15.0, 1, 6, 0)]]


def kinds(found: list[events.Call]) -> list[tuple[int, str | None]]:
    return [(len(call.events), call.error[1] if call.error else None) for call in found]


def test_errors_wait_for_the_events_of_their_feed() -> None:
    assert kinds(calls(['{"a":1,x', "", "y"], ALL, close=True)) == [
        (2, None), (0, "EXPECTED_KEY"), (0, "EXPECTED_KEY"), (0, "EXPECTED_KEY"),
    ]  # fmt: skip
    assert kinds(calls(["[", "x"], ALL)) == [(1, None), (0, "EXPECTED_VALUE")]
    assert kinds(calls(["[x"], None, close=True)) == [(0, "EXPECTED_VALUE"), (0, "EXPECTED_VALUE")]
    assert kinds(calls(['["a', "b\x00"], "$[0]", close=True)) == [(2, None), (1, None), (0, "CONTROL_CHARACTER")]
    assert kinds(calls(["[1"], ALL, final=True, close=True)) == [(1, None), (0, "TRUNCATED")]
    assert kinds(calls(["[1"], "$[0]", final=True)) == [(0, "TRUNCATED")]
    assert kinds(calls(["[1", "2"], ALL, close=True)) == [(1, None), (0, None), (0, "TRUNCATED")]
    assert kinds(calls(["[1,2"], ALL, max_size=3, close=True)) == [(2, None), (0, "MAX_SIZE")]
    assert kinds(calls(['["abc"'], ALL, max_string=2, close=True)) == [(3, None), (0, "MAX_STRING")]
    assert kinds(calls(["[[[1"], ALL, max_depth=2, close=True)) == [(2, None), (0, "MAX_DEPTH")]
    assert kinds(calls(["1[2"], ALL, max_depth=0, multiple=True)) == [(1, None)]
    assert kinds(calls(['"\ud83d', '"', ""], ALL, close=True)) == [(1, None), *[(0, "INVALID_UTF8")] * 3]
    assert kinds(calls(['["a", \ud83d'], ALL, close=True)) == [(4, None), (0, "EXPECTED_VALUE")]
    assert kinds(calls(["12"], ALL, final=True, close=True)) == [(0, None), (0, None)]
    assert calls(['["abc"'], ALL, max_string=2)[0].events == [array(), string(0), Text((0,), "ab")]


def test_an_error_of_parse_float() -> None:
    def refuse(number: str) -> float:
        raise ArithmeticError(number)

    got = calls(["[1,2.5", ",3]"], ALL, parse_float=refuse, close=True)
    assert kinds(got) == [(2, None), (0, "2.5"), (0, "2.5")]
    got = calls(["[1,2.5,3]x"], ALL, parse_float=refuse, close=True)
    assert kinds(got) == [(2, None), (0, "2.5")]
    assert kinds(calls(["2.5"], ALL, parse_float=refuse, close=True)) == [(0, None), (0, "2.5")]
    assert kinds(calls(["[2.5x"], ALL, parse_float=refuse, close=True)) == [(1, None), (0, "EXPECTED_COMMA")]


def test_parse_float_may_return_anything() -> None:
    got = events_of(["[1.5,2e0]"], ALL, parse_float=lambda text: [text])
    assert got == [[array(), done(["1.5"], 1, 4, 0), done(["2e0"], 5, 8, 1), done([["1.5"], ["2e0"]], 0, 9)]]


def test_only_what_is_watched() -> None:
    text = '{"a":{"b":"x"},"c":["y",{"b":1}]}'
    assert events_of([text], None) == events_of([text], []) == [[]]
    assert events_of([text], "$.c[0]") == [[string("c", 0), Text(("c", 0), "y"), done("y", 20, 23, "c", 0)]]
    assert [event.path for event in events_of([text], ["$..b", "$.a.b"])[0]] == [("a", "b")] * 3 + [("c", 1, "b")]


# -- over documents


def of_a_value(value: Any, path: partial.Path = ()) -> list[events.Event]:
    """The merged events of a whole document, spans left out, from its value alone."""
    if isinstance(value, str):
        text = [Text(path, value)] if value else []
        return [Opened(path, "string"), *text, Completed(path, value, (0, 0))]
    inner = [event for step, child in events._children(value) for event in of_a_value(child, (*path, step))]
    opened: list[events.Event] = []
    if isinstance(value, (list, dict)):
        opened = [Opened(path, "object" if isinstance(value, dict) else "array")]
    return [*opened, *inner, Completed(path, value, (0, 0))]


@given(strategies.distinct_key_texts())
def test_whole_documents(text: str) -> None:
    """Every event of a document in which no key repeats, told from what json.loads makes of it."""
    got = [event for feed in events_of([text, " "], ALL) for event in feed]
    spans = [event.span for event in got if isinstance(event, Completed)]
    assert [record[:3] for record in merged(got)] == [record[:3] for record in merged(of_a_value(json_value(text)))]
    for event in got:
        if isinstance(event, Completed):
            start, end = event.span
            assert freeze(json_value(text.encode()[start:end])) == freeze(event.value)
            assert text.encode()[start:end].strip() == text.encode()[start:end]
    assert spans == sorted(spans, key=lambda span: (span[1], -span[0]))


@given(strategies.streams(), strategies.options())
def test_nothing_is_taken_back_over_prefixes(stream: bytes, options: dict[str, Any]) -> None:
    """The reading of a prefix begins as that of a shorter one; what is due at a place appears at that place."""
    whole, error = events.read([stream], expressions(ALL), **options)
    before: list[Event] = []
    at_once = timed(stream, ALL, **options)
    for end in range(0, len(stream) + 1, 1 + len(stream) // 20):
        after, failed = events.read([stream[:end]], expressions(ALL), **options)
        assert merged([*before, *events.beyond(before, after)]) == merged(after)
        due = [event for place, event in at_once if place <= end]
        assert [event_record(event) for event in after if not isinstance(event, Text)] == list(map(event_record, due))
        assert failed in (None, error)
        before = after
    assert merged([*before, *events.beyond(before, whole)]) == merged(whole)


@strategies.FEWER
@given(st.data(), strategies.streams(), strategies.watches(), strategies.options())
def test_the_cut_does_not_matter(data: st.DataObject, stream: bytes, watch: Any, options: dict[str, Any]) -> None:
    fragments = data.draw(strategies.cut_plans(stream))
    got = calls(fragments, watch, close=True, **options)
    assert merged(event for call in got for event in call.events) == merged(
        event for call in calls([stream], watch, **options) for event in call.events
    )
    for call in got:
        assert not (call.events and call.error)
        for one, other in zip(call.events, call.events[1:], strict=False):
            assert not (isinstance(one, Text) and isinstance(other, Text) and one.path == other.path)
    assert got[-1].events == []


def test_deep_documents() -> None:
    text = "[" * 1000 + "1" + "]" * 1000
    limit = sys.getrecursionlimit()
    got = [event for feed in events_of([text], "$..*") for event in feed]
    assert [len(event.path) for event in got] == [*range(1, 1000), *range(1000, 0, -1)]
    assert sys.getrecursionlimit() == limit


# -- expressions

SPELLINGS: list[tuple[str, list[tuple[bool, str | int | None]]]] = [
    ("$", []),
    ("$.a", [(False, "a")]),
    ("$.a.b[0]", [(False, "a"), (False, "b"), (False, 0)]),
    ("$[*].*..*..[*]", [(False, None), (False, None), (True, None), (True, None)]),
    ("$['a']['b']", [(False, "a"), (False, "b")]),
    ('$["a"]..["b"]', [(False, "a"), (True, "b")]),
    ("$..[3]", [(True, 3)]),
    ("$..a", [(True, "a")]),
    ("$ .a\n[ 'b'\t]\r..c", [(False, "a"), (False, "b"), (True, "c")]),
    ("$.é.\u2028._a1.\U0001f600", [(False, "é"), (False, "\u2028"), (False, "_a1"), (False, "😀")]),
    (r"$['\'\\\/\b\f\n\r\t']", [(False, "'\\/\b\f\n\r\t")]),
    (r'$["\"\\\/\b\f\n\r\t"]', [(False, '"\\/\b\f\n\r\t')]),
    (r"""$['"']["'"]""", [(False, '"'), (False, "'")]),
    (r"$['\u00e9\uD83d\udE00\u0000']", [(False, "é😀\0")]),
    (r"$['\ud7ff\uE000']", [(False, "\ud7ff\ue000")]),
    ("$['']", [(False, "")]),
    ("$.a\xa0.b", [(False, "a\xa0"), (False, "b")]),
    ("$['\x7f\x80']", [(False, "\x7f\x80")]),
    ("$['0'][0]", [(False, "0"), (False, 0)]),
    (f"$[{2**53 - 1}]", [(False, 2**53 - 1)]),
]


@pytest.mark.parametrize(("expression", "segments"), SPELLINGS, ids=[spelling for spelling, _ in SPELLINGS])
def test_spellings(expression: str, segments: Any) -> None:
    assert segments_of(expression) == segments


REFUSED = [
    "", " ", "a", ".a", "$.", "$..", "$...a", "$a", " $", "$ ", "$.a ", "$\n", "$. a", "$.. a", "$.. [0]", "$.[0]", "$.'a'",
    "$..'a'", "$[", "$[]", "$[ ]", "$[0", "$['a", "$['a'", "$['a\"]", "$[a]", "$.0", "$.1a", "$.a-b", "$.a b", "$.-", "$.a\x7f",
    "$.\ud800", "$['\ud800']", "$[-1]", "$[-0]", "$[00]", "$[01]", "$[1.0]", "$[1e0]", "$[+1]", f"$[{2**53}]", "$[0x1]",
    "$[\u0661]", "$[:]", "$[1:2]", "$[::2]", "$[0,1]", "$['a','b']", "$[*,*]", "$[?@.a]", "$[?(@.a)]", "$[(1)]", "$[@]", "@",
    "@.a", "$$", "$.$", "$[$]", "$.a()", "$..", "$.**", "$***", "$[**]", r"$['\x']", r"$['\"']", r'''$["\'"]''', r"$['\u12']",
    r"$['\ud800']", r"$['\ud800\u0041']", r"$['\ude00']", r"$['\ud83d\\ude00']", r"$['\ud83dx']", r"$['\U0041']", "$['\n']",
    "$['\x1f']", "$['\0']", "$['\\']", "$['\\", "$\xa0.a", "$\x0b.a", "$\ufeff", "\ufeff$", "$.a..",
]  # fmt: skip


@pytest.mark.parametrize("expression", REFUSED, ids=ascii)
def test_refused(expression: str) -> None:
    with pytest.raises(ValueError):
        segments_of(expression)


SELECTED: list[tuple[str, str, list[partial.Path]]] = [
    ("$", '{"a":1}', [()]),
    ("$.*", '{"a":[1],"b":2}', [("a",), ("b",)]),
    ("$[*]", "[1,[2]]", [(0,), (1,)]),
    ("$[0]", '{"0":1}', []),
    ("$['0']", "[1]", []),
    ("$['0']", '{"0":1}', [("0",)]),
    ("$..*", '{"a":[1,{"b":2}]}', [("a",), ("a", 0), ("a", 1), ("a", 1, "b")]),
    ("$..a", '{"a":{"a":{"b":{"a":1}}}}', [("a",), ("a", "a"), ("a", "a", "b", "a")]),
    ("$..a..a", '{"a":{"a":{"b":{"a":1}}}}', [("a", "a"), ("a", "a", "b", "a")]),
    ("$..[0]", '[[1,2],{"a":[3]}]', [(0,), (0, 0), (1, "a", 0)]),
    ("$.a.b", '{"a":1,"b":2}', []),
    ("$.items[*].id", '{"items":[{"id":1},{"no":2},[3],{"id":{"id":4}}]}', [("items", 0, "id"), ("items", 3, "id")]),
    ("$..*.*", '{"a":{"b":[1]}}', [("a", "b"), ("a", "b", 0)]),
    ("$.*..*", "[[1,[2]]]", [(0, 0), (0, 1), (0, 1, 0)]),
]


@pytest.mark.parametrize(("expression", "text", "paths"), SELECTED)
def test_selected(expression: str, text: str, paths: list[partial.Path]) -> None:
    value = json_value(text)
    assert events.query(segments_of(expression), value) == set(paths)
    assert {path for path, _ in events._nodes(value, ()) if selected(expressions(expression), path)} == set(paths)


@strategies.FEWER
@given(strategies.json_texts(), strategies.expressions(4))
def test_selected_by_paths_as_by_the_whole_value(text: str, expression: str) -> None:
    value = json_value(text)
    segments = segments_of(expression)
    assert {path for path, _ in events._nodes(value, ()) if selected((tuple(segments),), path)} == events.query(segments, value)


def test_the_strategies_reach_every_notation() -> None:
    for quoted in strategies.QUOTED:
        for name in strategies.STEPS:
            for ascii_only in (False, True):
                assert segments_of(f"$[{quoted(name, ascii_only)}]") == [(False, name)]
