"""P10 with repair: Completed is for a value whose own end was in the input; no repair makes one appear."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from hypothesis import given

import midstream
from midstream import Completed, Status
from tests.support import broken, strategies
from tests.support import data as test_data
from tests.support.broken import HARD
from tests.support.feeding import EVERYTHING, paths_of, units
from tests.support.mending import END, Watched, completed, completed_paths, joined, paired

QUOTES = tuple("\"'`´‘’‚‛“”„‟")
NUMERIC = frozenset("0123456789abcdefABCDEFxX+-._")
WORDS = {"true", "false", "none", "null", "undefined", "nan", "infinity", "+infinity", "-infinity", "nil"}


def check_own_end(event: Completed, data: bytes) -> None:
    """The last bytes of the span are the closer, the quote or the atom that ends such a value."""
    start, end = event.span
    assert 0 <= start < end <= len(data), event
    text = data[start:end].decode("utf-8", "replace")
    value = event.value
    assert text == text.strip(" \t\r\n"), (event, text)
    if type(value) is dict:
        assert (text[0], text[-1]) == ("{", "}"), (event, text)
    elif type(value) is list:
        assert text[0] + text[-1] in ("[]", "()", "{}"), (event, text)
    elif type(value) is str:
        quoted = text.startswith(QUOTES) or text.startswith('\\"')
        assert not quoted or (len(text) > 1 and text.endswith(QUOTES)), (event, text)
    elif type(value) in (int, float) and text.lower() not in WORDS:
        assert set(text) <= NUMERIC, (event, text)
    else:
        assert text.lower() in WORDS, (event, text)


def check_completed(fragments: list[Any], **options: Any) -> None:
    """Each event has its end in what was fed; is_complete agrees with the events at every moment; the end adds nothing."""
    watched = Watched(**options)
    done: set[tuple[Any, ...]] = set()
    for count, fragment in enumerate([*fragments, END], 1):
        events = completed(watched.feed(fragment))
        fed = joined(fragments[: len(fragments) if fragment is END else count])
        data = fed if isinstance(fed, bytes) else paired(str(fed)).encode("utf-8", "surrogatepass")
        for event in events:
            check_own_end(event, data)
            done.add(event.path)
        said = {path for path in paths_of(watched.parser.value) if watched.parser.is_complete(path)}
        if fragment is not END:
            assert said == done, (fed, said ^ done)
        elif watched.parser.status is Status.OPEN:
            assert events == [], (fed, events)
            assert said == done, (fed, said ^ done)
        if watched.error is not None:
            return


@given(strategies.fed(broken.streams()), broken.options(multiple=False, duplicate_keys="first"))
def test_P10_only_by_its_own_end(fragments: list[Any], options: dict[str, Any]) -> None:
    check_completed(fragments, **options)


@pytest.mark.parametrize("name", HARD)
def test_P10_every_kind_of_repair(name: str) -> None:
    data = HARD[name]
    for numbers in ("complete", "partial"):
        options = {"repair": "all", "numbers": numbers, "duplicate_keys": "first"}
        for end in range(len(data) + 1):
            check_completed([data[:end]], **options)
        check_completed(units(data), **options)


@pytest.mark.parametrize("seed", range(6))
def test_P10_sloppy_texts(seed: int) -> None:
    for number in range(100):
        data = (broken.written if number % 2 else broken.soup_of_seed)(f"complete {seed} {number}")
        check_completed(units(data), repair="all", duplicate_keys="error")


@pytest.mark.parametrize("doc", test_data.malformed_documents(), ids=lambda doc: doc.id)
def test_P10_texts_of_models(doc: test_data.Document) -> None:
    data = doc.text[:1200].encode()
    check_completed([data], repair="all", duplicate_keys="first")
    for end in random.Random(doc.id).sample(range(len(data)), min(len(data), 40)):
        check_completed([data[:end]], repair="all", duplicate_keys="first")


# text, its value, and where values are completed, in their order
ENDS: list[tuple[str, Any, list[tuple[Any, ...]]]] = [
    # a closer is missing, or one has to reach across others
    ('{"a":[1,2,"b":3}', {"a": [1, 2], "b": 3}, [("a", 0), ("a", 1), ("b",), ()]),
    ('[{"i":1,{"i":2}]', [{"i": 1}, {"i": 2}], [(0, "i"), (1, "i"), (1,), ()]),
    ('[{"i":1{"i":2}]', [{"i": 1}, {"i": 2}], [(0, "i"), (1, "i"), (1,), ()]),
    ('[{"a":{"b":1]', [{"a": {"b": 1}}], [(0, "a", "b")]),
    ('{"a":[[[true}', {"a": [[[True]]]}, [("a", 0, 0, 0)]),
    ('{"a":[[["b"]}', {"a": [[["b"]]]}, [("a", 0, 0, 0), ("a", 0, 0)]),
    # a closer of the wrong kind
    ('{"a":[1,2},"b":3}', {"a": [1, 2], "b": 3}, [("a", 0), ("a", 1), ("b",), ()]),
    ('[{"a":1],{"b":2}]', [{"a": 1}, {"b": 2}], [(0, "a"), (1, "b"), (1,), ()]),
    # the end of input
    ('{"a":[1,2', {"a": [1, 2]}, [("a", 0)]),
    ('{"a":[1,{"b":"c"},', {"a": [1, {"b": "c"}]}, [("a", 0), ("a", 1, "b"), ("a", 1)]),
    ('{"a":"b}', {"a": "b"}, []),
    ('{"a":"b', {"a": "b"}, []),
    ('{"a":["b","c"', {"a": ["b", "c"]}, [("a", 0)]),
    ('["x", tru', None, [(0,)]),
    ('{"a":1,"b', {"a": 1}, [("a",)]),
    ('{"a":1,"b":', {"a": 1}, [("a",)]),
    ("hello", "hello", []),
    ("12", 12, []),
    # a quote is missing
    ('{"a":"b,"c":"d"}', {"a": "b", "c": "d"}, [("c",), ()]),
    ('["a,"b"]', ["a", "b"], [(1,), ()]),
    # a value is missing
    ('{"a":}', {"a": None}, [()]),
    ('{"a":,"b":1}', {"a": None, "b": 1}, [("b",), ()]),
    # mended otherwise: these have ends of their own
    ("{'a': 'b', c: d, e: True}", {"a": "b", "c": "d", "e": True}, [("a",), ("c",), ("e",), ()]),
    ('{"a":"say "hi" now","b":+1}', {"a": 'say "hi" now', "b": 1}, [("a",), ("b",), ()]),
    ('["a" + "b", 1 2,, 3,]', ["ab", 1, 2, 3], [(0,), (1,), (2,), (3,), ()]),
    ("(1, (2,))", [1, [2]], [(0,), (1, 0), (1,), ()]),
    ('```json\n{"a": [1]}\n```\nDone', {"a": [1]}, [("a", 0), ("a",), ()]),
]


@pytest.mark.parametrize(("text", "value", "paths"), ENDS, ids=[text for text, _, _ in ENDS])
def test_P10_where_values_end(text: str, value: Any, paths: list[tuple[Any, ...]]) -> None:
    for fragments in ([text], units(text)):
        watched = Watched(repair="all").feed_all(fragments, end=True)
        assert watched.error is None
        assert value is None or watched.parser.value == value
        assert [event.path for event in completed(watched.events)] == paths
        shown = set(paths_of(watched.parser.value))
        if watched.parser.status is not Status.COMPLETE or paths[-1:] == [()]:
            assert {path for path in shown if watched.parser.is_complete(path)} == set(paths)


SPANS: list[tuple[str, dict[tuple[Any, ...], str]]] = [
    ("{'a': 'b', c: two words , e: True}", {("a",): "'b'", ("c",): "two words", ("e",): "True"}),
    ('{"a": "say "hi" now" , "b": +1 }', {("a",): '"say "hi" now"', ("b",): "+1"}),
    ('["a" + "b" /**/, 0x1F//\n, .5]', {(0,): '"a" + "b"', (1,): "0x1F", (2,): ".5"}),
    ('x {"é": [“é”, 1,]} y', {("é", 0): "“é”", ("é", 1): "1", ("é",): "[“é”, 1,]", (): '{"é": [“é”, 1,]}'}),
    ("[(1, 2), {'a', 'b'}]", {(0,): "(1, 2)", (1,): "{'a', 'b'}", (1, 0): "'a'"}),
    ("f([1, None]);", {(): "[1, None]", (1,): "None"}),
]


@pytest.mark.parametrize(("text", "spans"), SPANS)
def test_P10_spans_of_what_was_mended(text: str, spans: dict[tuple[Any, ...], str]) -> None:
    data = text.encode()
    for fragments in ([data], units(data)):
        watched = Watched(repair="all").feed_all(fragments, end=True)
        got = {event.path: data[event.span[0] : event.span[1]].decode() for event in completed(watched.events)}
        assert {path: got.get(path) for path in spans} == spans


@pytest.mark.parametrize("name", HARD)
def test_P10_a_limit_completes_nothing(name: str) -> None:
    data = HARD[name]
    everything = completed_paths(data, repair="all")
    for size in range(len(data)):
        parser = midstream.Parser(EVERYTHING, repair="all", max_size=size)
        events: list[Any] = []
        for fragment in (data[: size // 2], data[size // 2 :], b""):
            try:
                events += parser.feed(fragment)
            except midstream.LimitExceeded as error:
                assert error.kind is midstream.ErrorKind.MAX_SIZE
        assert parser.status is Status.FAILED
        paths = [event.path for event in completed(events)]
        assert paths == everything[: len(paths)]


def test_P10_a_key_that_the_end_of_input_cuts_completes_nothing() -> None:
    for text in ('{"a":1,b', '{"a":1,"b"', '{"a":1,"b":', '{"a":1,"b" =', "{'a':1,'", '{"a":1,"b":"', "{a:1,b:c"):
        assert completed_paths(text, repair="all") == [("a",)]


DROPPED = ["1", "[1]", "{}", '"x"', "", "[1}", '{"b":[2}', '"x', '""', "[1", "{", "tru", "word", '["x"', "(2", "\\"]


@pytest.mark.parametrize("dropped", DROPPED)
@pytest.mark.parametrize("kept", ["1", '"x"', "[]", "[1}", "", "[{},2]"])
def test_P10_a_dropped_value_says_nothing_of_the_kept(kept: str, dropped: str) -> None:
    """With duplicate_keys="first": whether the first value has its own end is known from it alone, also at the end of input."""
    parser = midstream.Parser(repair="all", duplicate_keys="first")
    parser.feed('{"a":' + kept + ',"b":0,')
    complete = parser.is_complete(("a",))
    assert complete == (kept not in ("", "[1}"))
    for byte in units('"a":' + dropped):
        parser.feed(byte)
        assert parser.is_complete(("a",)) == complete
    for rest in (',"c":3,', "}", None):
        other = copy.copy(parser)
        other.feed("", True) if rest is None else other.feed(rest)
        assert other.is_complete(("a",)) == complete
