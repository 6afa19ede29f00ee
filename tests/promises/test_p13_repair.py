"""P13 with repair: what was recognised before an error is delivered first, and the error is raised again."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given

import midstream
from midstream import Parser, Repair, Status
from tests.support import broken, strategies
from tests.support.broken import HARD
from tests.support.feeding import EVERYTHING, error_record, freeze, merged, observe, units
from tests.support.mending import Watched, whole

UNABLE: list[tuple[str, str, str, dict[str, Any]]] = [
    # what is fed, what is shown, the kind of error, options
    ('{"a": "b", \'c\': 1}', "{'a': 'b'}", "QUOTE", {}),
    ('{"a": "b", c: 1}', "{'a': 'b'}", "BARE_KEY", {}),
    ('["a", hello]', "['a']", "BARE_WORD", {}),
    ('["a", // b\n1]', "['a']", "COMMENT", {}),
    ('["a",, "b"]', "['a']", "COMMA", {}),
    ('["a", {"b" 1}]', "['a', {}]", "COLON", {}),
    ('["a", {"b": }]', "['a', {}]", "MISSING_VALUE", {}),
    ('["a", "b\nc"]', "['a', 'b']", "CONTROL_CHARACTER", {}),
    ('["a", "b\\dc"]', "['a', 'b']", "ESCAPE", {}),
    ('[{"a": 1], 2]', "[{'a': 1}]", "CLOSER", {}),
    ('["a", +1]', "['a']", "NUMBER", {}),
    ('["a", ... "b"]', "['a']", "ELLIPSIS", {}),
    ('["a", \u00a0"b"]', "['a']", "WHITE_SPACE", {}),
]


@pytest.mark.parametrize(("text", "shown", "kind", "options"), UNABLE, ids=[kind for _, _, kind, _ in UNABLE])
def test_P13_what_may_not_be_mended_is_an_error(text: str, shown: str, kind: str, options: dict[str, Any]) -> None:
    """With every kind but one; the events before the place come first, in one piece or in many."""
    some = set(Repair) - {Repair[kind], Repair.BARE_WORD, Repair.UNESCAPED_QUOTE, Repair.MISSING_QUOTE}
    parser = Parser(EVERYTHING, repair=some, **options)
    events = parser.feed(text)
    assert events
    assert parser.status is Status.FAILED
    assert repr(parser.value) == shown
    errors = []
    for again in (lambda: parser.feed("]"), lambda: parser.feed(""), parser.close, lambda: parser.feed("", True)):
        with pytest.raises(midstream.MalformedJSON) as caught:
            again()
        errors.append(caught.value)
    assert all(error is errors[0] for error in errors)
    assert freeze(errors[0].value) == freeze(parser.value)
    assert errors[0].offset == parser.offset
    watched = Watched(repair=some).feed_all(units(text))
    assert merged(watched.events) == merged(events)
    assert watched.error is not None
    assert error_record(watched.error) == error_record(errors[0])


@given(strategies.fed(broken.streams()), broken.options(), strategies.watches())
def test_P13_nothing_before_the_error_is_lost_mended(fragments: list[Any], options: dict[str, Any], watch: Any) -> None:
    """Errors come alone, after all events, the same object each time; the value stays readable."""
    parser = Parser(watch, **options)
    raised: list[BaseException] = []
    for fragment in [*fragments, None, ""]:
        try:
            events = parser.feed("", True) if fragment is None else parser.feed(fragment)
            assert not events or not raised
        except (midstream.JSONStreamError, RuntimeError) as error:
            raised.append(error)
    errors = [error for error in raised if isinstance(error, midstream.JSONStreamError)]
    assert (parser.status is Status.FAILED) == bool(errors)
    assert all(error is errors[0] for error in errors)
    if errors:
        with pytest.raises(midstream.JSONStreamError) as caught:
            parser.close()
        assert caught.value is errors[0]
        assert freeze(errors[0].value) == freeze(parser.value)
        assert pickle.loads(pickle.dumps(errors[0])).offset == errors[0].offset
    else:
        before = observe(parser)
        assert parser.close() is parser.value
        assert parser.close() is parser.value
        assert observe(parser) == before
        with pytest.raises(RuntimeError):
            parser.feed("x")


@strategies.FEWER
@given(strategies.fed(broken.streams()), broken.options())
def test_P13_watching_changes_nothing_mended(fragments: list[Any], options: dict[str, Any]) -> None:
    parser = Parser(**options)
    error: BaseException | None = None
    for fragment in [*fragments, None]:
        try:
            assert (parser.feed("", True) if fragment is None else parser.feed(fragment)) == ()
        except midstream.JSONStreamError as raised:
            error = raised
            break
    assert observe(parser, error) == Watched(**options).feed_all(fragments, end=True).look().record


@pytest.mark.parametrize(
    "text", ['{"a": "abc', '["abc', '"abc', '{"a": ["abc', "{'a': 'abc", '{"a": {"abc', "[12", "[tr", '["abc def', '["a\\ud83d']
)
@pytest.mark.parametrize("more", ["x", "x y", '"', "1", "]", "\\n", b"x"])
def test_P13_nothing_comes_after_the_end_of_what_was_cut(text: str, more: Any) -> None:
    """close() with truncation mended leaves the parser open, and yet it takes nothing more; nor does a copy of it."""
    parser = Parser(repair="all")
    parser.feed(text)
    value = freeze(parser.close())
    for closed in (parser, copy.copy(parser), pickle.loads(pickle.dumps(parser))):
        with pytest.raises(RuntimeError):
            closed.feed(more)
        assert freeze(closed.value) == freeze(closed.close()) == value
        assert closed.status is Status.OPEN


@pytest.mark.parametrize("name", HARD)
def test_P13_a_limit_after_what_was_mended(name: str) -> None:
    data = HARD[name]
    for size in range(1, len(data)):
        look = Watched(repair="all", max_size=size).feed_all(units(data)).look()
        assert look.record.error is not None
        assert look.record.error[:3] == ("LimitExceeded", "MAX_SIZE", size)
        assert look == whole(data, repair="all", max_size=size)
        before = whole(data[:size], repair="all")
        assert look.record.value == before.record.value
        assert look.events == before.events


def test_P13_forks_hold_the_error_too_mended() -> None:
    parser = Parser(EVERYTHING, repair=[Repair.QUOTE])
    assert parser.feed("['a', x]")
    error = Watched(repair=[Repair.QUOTE]).feed_all(["['a', x]"]).error
    assert error is not None
    for other in (copy.copy(parser), pickle.loads(pickle.dumps(parser))):
        with pytest.raises(midstream.MalformedJSON) as caught:
            other.feed("")
        assert error_record(caught.value) == error_record(error)


def test_P13_no_value_at_all() -> None:
    """Nothing but white space or comments: there is nothing that the end of input could close."""
    for text in ("", " \n", "// note", "/* note */", "\u00a0\ufeff", "# note\n"):
        watched = Watched(repair="all").feed_all(units(text), end=True)
        assert isinstance(watched.error, midstream.TruncatedJSON), text
        assert watched.parser.value is midstream.MISSING
