"""P02 with repair: an empty set mends nothing, and each kind only what is its own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from midstream import Parser, Repair, Status
from tests.support import broken, strategies
from tests.support import data as test_data
from tests.support.feeding import units
from tests.support.mending import Watched, check_same, looks, repair_kinds


@strategies.FEWER
@given(st.data(), st.one_of(broken.streams(), strategies.streams()), strategies.options())
def test_P02_an_empty_set_is_none(data: st.DataObject, stream: bytes, options: dict[str, Any]) -> None:
    """After every fragment: value, status, path, offset, events, error."""
    fragments = data.draw(strategies.cut_plans(stream))
    wanted = list(looks(fragments, **options))
    empty: list[Any] = [(), set(), [], frozenset([Repair.LONE_SURROGATE])]
    for nothing in empty:
        assert list(looks(fragments, repair=nothing, **options)) == wanted


@pytest.mark.parametrize("nothing", [(), {Repair.LONE_SURROGATE}], ids=["empty", "always on"])
def test_P02_what_the_suite_rejects(nothing: Any) -> None:
    for name, data in test_data.json_test_suite().items():
        if data.count(b"[") > 100:
            continue  # deeper than records can be compared
        wanted = Watched().feed_all([data], end=True).look()
        for fragments in ([data], units(data)):
            check_same(Watched(repair=nothing).feed_all(fragments, end=True).look(), wanted, [name], {})
        assert (wanted.record.error is not None) or not name.startswith("n_")


# What one kind mends alone, and the value that comes of it.
ALONE: list[tuple[Repair, str | bytes, Any]] = [
    (Repair.CODE_FENCE, "```json\n[1]\n```", [1]),
    (Repair.PROSE, 'Here it is: {"a": 1} That was it.', {"a": 1}),
    (Repair.QUOTE, "{'a': 'b'}", {"a": "b"}),
    (Repair.QUOTE, "[“a”]", ["a"]),
    (Repair.QUOTE, '{\\"a\\": \\"b\\"}', {"a": "b"}),
    (Repair.BARE_KEY, '{a: "b"}', {"a": "b"}),
    (Repair.BARE_WORD, '{"a": hello}', {"a": "hello"}),
    (Repair.LITERAL, "[True, None, undefined]", [True, None, None]),
    (Repair.COMMENT, "[1, // one\n /* two */ 2 # three\n]", [1, 2]),
    (Repair.COMMA, "[1 2,,3,]", [1, 2, 3]),
    (Repair.COMMA, '{"a":1 "b":2,}', {"a": 1, "b": 2}),
    (Repair.COMMA, "[1;2]", [1, 2]),
    (Repair.COLON, '{"a" 1}', {"a": 1}),
    (Repair.COLON, '{"a"=>1}', {"a": 1}),
    (Repair.MISSING_VALUE, '{"a":,"b":}', {"a": None, "b": None}),
    (Repair.CONTROL_CHARACTER, '["a\nb\tc"]', ["a\nb\tc"]),
    (Repair.UNESCAPED_QUOTE, '{"a":"say "hi" now"}', {"a": 'say "hi" now'}),
    (Repair.MISSING_QUOTE, '{"a":"b,"c":"d"}', {"a": "b", "c": "d"}),
    (Repair.ESCAPE, '["\\d\\x41\\\'"]', ["\\dA'"]),
    (Repair.CLOSER, '[{"a":[1}]', [{"a": [1]}]),
    (Repair.NUMBER, "[+1, .5, 1., 0x1F]", [1, 0.5, 1.0, 31]),
    (Repair.CONCATENATION, '["a" + "b"]', ["ab"]),
    (Repair.PARENTHESES, "(1, 2)", [1, 2]),
    (Repair.ELLIPSIS, "[1, ..., 2]", [1, 2]),
    (Repair.WHITE_SPACE, "[\u00a01]", [1]),
    (Repair.UTF8, b'["a\xffb"]', ["a\ufffdb"]),
    (Repair.TRUNCATION, '{"a":["b', {"a": ["b"]}),
]


@pytest.mark.parametrize(("kind", "text", "value"), ALONE, ids=[f"{kind.value} {text!r}" for kind, text, _ in ALONE])
def test_P02_one_kind_alone(kind: Repair, text: str | bytes, value: Any) -> None:
    for fragments in ([text], units(text)):
        watched = Watched(repair=[kind]).feed_all(fragments, end=True)
        assert watched.error is None
        assert watched.parser.value == value
        assert repair_kinds(watched.parser) == {kind}
        assert watched.parser.status is (Status.OPEN if kind is Repair.TRUNCATION else Status.COMPLETE)
        for repair in watched.parser.repairs:
            assert 0 <= repair.offset <= len(text.encode() if isinstance(text, str) else text)


@pytest.mark.parametrize(("kind", "text", "value"), ALONE, ids=[f"{kind.value} {text!r}" for kind, text, _ in ALONE])
def test_P02_without_that_kind(kind: Repair, text: str | bytes, value: Any) -> None:
    """The kind left out and those that might take its place: an error of the input."""
    others = {Repair.BARE_WORD, Repair.BARE_KEY, Repair.MISSING_QUOTE, Repair.UNESCAPED_QUOTE, Repair.PROSE, Repair.CODE_FENCE}
    some = set(Repair) - {kind} - others
    if kind in (Repair.UNESCAPED_QUOTE, Repair.MISSING_QUOTE):
        some -= {Repair.COMMA, Repair.COLON, Repair.CLOSER}
    watched = Watched(repair=some).feed_all(units(text), end=True)
    assert isinstance(watched.error, midstream.TruncatedJSON if kind is Repair.TRUNCATION else midstream.MalformedJSON)
    assert kind not in repair_kinds(watched.parser)


def test_P02_every_kind_stands_alone_here() -> None:
    assert {kind for kind, _, _ in ALONE} == set(Repair) - {Repair.LONE_SURROGATE}


@given(broken.streams(), broken.kinds())
def test_P02_no_repair_that_was_not_asked_for(stream: bytes, kinds: Any) -> None:
    watched = Watched(repair=kinds).feed_all([stream], end=True)
    allowed = set(Repair) if kinds == "all" else {*kinds, Repair.LONE_SURROGATE}
    assert repair_kinds(watched.parser) <= allowed
    offsets = [repair.offset for repair in watched.parser.repairs]
    assert all(0 <= offset <= len(stream) for offset in offsets)


@pytest.mark.parametrize("wrong", ["some", "", "ALL", "quote", ["quote"], [None], [Repair.QUOTE, "quote"], 1, True, object()])
def test_P02_what_repair_takes(wrong: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        Parser(repair=wrong)
