"""The option watch: every notation, what is refused, what is selected, and forks of a parser that watches."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from midstream import Completed, Opened, Parser, Text
from tests.oracle import events as oracle
from tests.support import strategies
from tests.support.feeding import (
    EVERYTHING,
    NO_EVENTS,
    Call,
    Feeding,
    check_events_against_oracle,
    cut,
    feed_events,
    freeze,
    json_value,
    merged,
    observe,
    paths_of,
    units,
)


def selected(watch: Any, text: str) -> list[Any]:
    """The paths of what is completed, of a whole document fed at once and byte by byte."""
    found = [event.path for event in feed_events([text, " "], watch).events if type(event) is Completed]
    assert [event.path for event in feed_events(units(text), watch).events if type(event) is Completed] == found
    return found


# -- notations

DOCUMENT = '{"a":{"b":[10,{"c":"x"}],"é":1},"0":[[2]],"a b":{"":3,"\\"":4,"\'":5},"c":{"c":6},"\\n":7,"😀":8}'

NOTATIONS: list[tuple[str, list[Any]]] = [
    ("$", [()]),
    ("$.a", [("a",)]),
    ("$['a']", [("a",)]),
    ('$["a"]', [("a",)]),
    ("$[ 'a' ]", [("a",)]),
    ("$ .a", [("a",)]),
    ("$\n['a']\t [\r\"b\" ]", [("a", "b")]),
    ("$.a.b", [("a", "b")]),
    ("$['a']['b'][0]", [("a", "b", 0)]),
    ("$.a.b[1].c", [("a", "b", 1, "c")]),
    ("$.a.b[*]", [("a", "b", 0), ("a", "b", 1)]),
    ("$.a.b.*", [("a", "b", 0), ("a", "b", 1)]),
    ("$.a[*]", [("a", "b"), ("a", "é")]),
    ("$.a.é", [("a", "é")]),
    ("$.a['\\u00e9']", [("a", "é")]),
    ("$.*.*", [("a", "b"), ("a", "é"), ("0", 0), ("a b", ""), ("a b", '"'), ("a b", "'"), ("c", "c")]),
    ("$..c", [("a", "b", 1, "c"), ("c", "c"), ("c",)]),
    ("$..['c']", [("a", "b", 1, "c"), ("c", "c"), ("c",)]),
    ("$..[ \"c\" ]", [("a", "b", 1, "c"), ("c", "c"), ("c",)]),
    ("$..[0]", [("a", "b", 0), ("0", 0, 0), ("0", 0)]),
    ("$..b..c", [("a", "b", 1, "c")]),
    ("$.c..c", [("c", "c")]),
    ("$['0']", [("0",)]),
    ("$[0]", []),
    ("$['0'][0][0]", [("0", 0, 0)]),
    ("$['0']['0']", []),
    ("$['a b']['']", [("a b", "")]),
    ("$['a b']['\"']", [("a b", '"')]),
    ("$['a b'][\"\\\"\"]", [("a b", '"')]),
    ("$['a b']['\\'']", [("a b", "'")]),
    ('$["a b"]["\'"]', [("a b", "'")]),
    ("$['\\n']", [("\n",)]),
    ("$['\\u000A']", [("\n",)]),
    ("$['😀']", [("😀",)]),
    ("$.😀", [("😀",)]),
    ("$['\\uD83D\\ude00']", [("😀",)]),
    ("$.a.b[1].c.d", []),
    ("$.c[0]", []),
    ("$.A", []),
    (f"$[{2**53 - 1}]", []),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "paths"), NOTATIONS)
def test_every_notation(expression: str, paths: list[Any]) -> None:
    assert selected(expression, DOCUMENT) == paths
    assert selected([expression], DOCUMENT) == paths


@given(strategies.json_texts(20), strategies.expressions(4))
def test_what_an_expression_selects(text: str, expression: str) -> None:
    """Every node that RFC 9535 selects of the finished value, whether or not some key came twice."""
    value = json_value(text)
    assert set(selected(expression, text + " ")) >= oracle.query(oracle.segments_of(expression), value)
    feeding = feed_events([text, " "], expression)
    assert {event.path for event in feeding.events} <= {
        path for path in everything_in(text) if oracle.selected(oracle.expressions(expression), path)
    }


def everything_in(text: str) -> set[Any]:
    return {event.path for feed in oracle.events_of([text, " "], EVERYTHING) for event in feed}


@given(strategies.distinct_key_texts(), st.lists(strategies.expressions(), max_size=4))
def test_what_several_expressions_select(text: str, expressions: list[str]) -> None:
    value = json_value(text)
    wanted = {path for one in expressions for path in oracle.query(oracle.segments_of(one), value)}
    found = selected(expressions, text + "\n")
    assert set(found) == wanted
    assert len(found) == len(wanted)


# -- what may be given


def test_nothing_to_watch() -> None:
    nothing: Any
    for nothing in (None, [], (), set(), {}, iter([]), ""[:0].split(), map(str, [])):
        parser = Parser(watch=nothing)
        assert parser.feed(DOCUMENT) is NO_EVENTS
        assert parser.close()


def test_any_iterable_of_expressions() -> None:
    class Own:
        def __iter__(self) -> Iterator[str]:
            yield "$.a"
            yield "$.c"

    wanted = selected(["$.a", "$.c"], DOCUMENT)
    assert wanted == [("a",), ("c",)]
    for make in (
        lambda: ["$.a", "$.c"],
        lambda: ("$.a", "$.c"),
        lambda: {"$.a", "$.c"},
        lambda: frozenset(("$.a", "$.c")),
        lambda: {"$.a": 1, "$.c": 2},
        lambda: iter(["$.a", "$.c"]),
        lambda: (one for one in ("$.a", "$.c")),
        lambda: map(str, ["$.a", "$.c"]),
        Own,
    ):
        parser = Parser(watch=make())
        assert [event.path for event in parser.feed(DOCUMENT) if type(event) is Completed] == wanted


def test_positional_and_by_name() -> None:
    for parser in (Parser("$.a"), Parser(watch="$.a"), Parser("$.a", numbers="partial"), Parser(["$.a"])):
        assert [event.path for event in parser.feed('{"a":true}')] == [("a",)]
    with pytest.raises(TypeError):
        Parser("$.a", None, "partial")  # type: ignore[call-arg]


def test_the_callers_list_may_change_afterwards() -> None:
    watch = ["$.a"]
    parser = Parser(watch=watch)
    watch[0] = "$.b"
    watch.append("$")
    assert [event.path for event in parser.feed('{"b":true,"a":true}')] == [("a",)]


@pytest.mark.parametrize("wrong", [1, 1.5, True, b"$", None.__class__, bytearray(b"$.a"), len, Parser], ids=repr)
def test_types_that_can_not_be_watched(wrong: Any) -> None:
    with pytest.raises(TypeError):
        Parser(watch=wrong)


@pytest.mark.parametrize("wrong", [[1], ["$", None], [b"$"], [["$"]], [("$",)], (0,), ["$", 1.5], {1: "$"}], ids=repr)
def test_types_of_expressions(wrong: Any) -> None:
    with pytest.raises(TypeError):
        Parser(watch=wrong)


def test_an_iterable_that_raises() -> None:
    def broken() -> Iterator[str]:
        yield "$.a"
        raise ArithmeticError("not my fault")

    with pytest.raises(ArithmeticError, match="not my fault"):
        Parser(watch=broken())


def test_subclasses_of_str() -> None:
    class Sub(str):
        __slots__ = ()

        def __iter__(self) -> Iterator[str]:
            raise AssertionError

    assert [event.path for event in Parser(watch=Sub("$.a")).feed('{"a":true}')] == [("a",)]
    assert [event.path for event in Parser(watch=[Sub("$.a")]).feed('{"a":true}')] == [("a",)]


REFUSED = [
    "", " ", "a", ".a", "$.", "$..", "$a", " $", "$ ", "$.a ", "$. a", "$.[0]", "$[", "$[]", "$['a", "$['a\"]", "$[a]", "$.0",
    "$.a-b", "$[-1]", "$[01]", "$[1.0]", f"$[{2**53}]", "$[:]", "$[1:2]", "$[0,1]", "$['a','b']", "$[?@.a]", "$[?(@.a)]",
    "$[(1)]", "@", "$$", "$.a()", "$...a", "$['\\x']", "$['\\ud800']", "$['\\ude00']", "$['\n']", "$['\ud800']", "$.\ud800",
    "$.a[0]]", "$.a\0", "$['a\0']", "$.a..",
]  # fmt: skip


@pytest.mark.parametrize("expression", REFUSED, ids=ascii)
def test_expressions_that_are_refused(expression: str) -> None:
    for watch in (expression, [expression], ["$.a", expression], ["$"] * 300 + [expression]):
        with pytest.raises(ValueError) as caught:
            Parser(watch=watch)
        assert not isinstance(caught.value, midstream.JSONStreamError)
        str(caught.value).encode("utf-8", "backslashreplace")
        if expression.strip().isascii() and expression.isprintable() and "\\" not in expression and expression:
            assert expression in str(caught.value)


@given(
    strategies.broken_expressions()
    | st.text("$.*[]'\"\\ \n,:?@ab01\u00e9", max_size=12)
    | st.text(max_size=6).map("$".__add__)
)
def test_refused_exactly_where_the_grammar_refuses(expression: str) -> None:
    try:
        oracle.segments_of(expression)
    except ValueError:
        with pytest.raises(ValueError):
            Parser(watch=expression)
    else:
        Parser(watch=expression)


# -- what is not watched


def test_what_is_not_watched_gives_nothing() -> None:
    parser = Parser(watch="$.b.c")
    for unit in units('{"a":{"b":{"c":"x"}},"b":{"a":["c",{"c":1}],"c'):
        assert parser.feed(unit) is NO_EVENTS
    for unit in units('":'):
        assert parser.feed(unit) is NO_EVENTS
    assert parser.feed('"') == [Opened(("b", "c"), "string")]
    assert parser.feed('y"') == [Text(("b", "c"), "y"), Completed(("b", "c"), "y", (48, 51))]
    for unit in units(',"d":"z"},"c":[{}]} '):
        assert parser.feed(unit) is NO_EVENTS
    assert parser.close() == {"a": {"b": {"c": "x"}}, "b": {"a": ["c", {"c": 1}], "c": "y", "d": "z"}, "c": [{}]}


def test_a_container_without_its_children_and_the_other_way_round() -> None:
    text = '{"a":["x",[1]]}'
    whole = feed_events([text], "$.a").events
    assert whole == [Opened(("a",), "array"), Completed(("a",), ["x", [1]], (5, 14))]
    assert {event.path for event in feed_events([text], "$.a.*").events} == {("a", 0), ("a", 1)}
    assert {event.path for event in feed_events([text], "$.a[1][0]").events} == {("a", 1, 0)}


def test_keys_are_compared_unescaped() -> None:
    for spelled in ('"abé"', '"\\u0061b\\u00e9"', '"\\u0061\\u0062\\u00E9"', '"ab\\u00E9"'):
        for expression in ("$.abé", "$['ab\\u00e9']", '$["\\u0061bé"]'):
            assert selected(expression, "{" + spelled + ":true}") == [("abé",)]
            assert selected(expression, '{"abe":true,"ab":true,"abéx":true,"Abé":true}') == []
    assert selected("$['\\\\']", '{"\\\\":true,"\\u005c":false}') == [("\\",)] * 2
    assert selected("$['\\b\\f\\n\\r\\t\\/\"\\'']", '{"\\b\\f\\n\\r\\t\\/\\"\'":true}') == [("\b\f\n\r\t/\"'",)]
    assert selected("$['\\u0000']", '{"\\u0000":true,"":false}') == [("\0",)]


def test_keys_with_halves_are_replaced_before_they_are_compared() -> None:
    assert selected("$['\ufffd']", '{"\\ud83d":true,"\\ude00":false,"😀":null}') == [("\ufffd",)] * 2
    assert selected("$.😀", '{"\\ud83d\\ude00":true,"\\ud83d":false}') == [("😀",)]


@pytest.mark.parametrize("size", [1, 7, 8, 9, 15, 16, 63, 64, 65, 255, 256, 257, 4000, 70_000])
@pytest.mark.parametrize("letter", ["x", "é", "€", "😀"])
def test_long_keys(size: int, letter: str) -> None:
    key = letter * size
    text = f'{{"{key}y":1,"{key[1:]}y":2,"{key}":3,"z":{{"{key}":4}} }}'
    for expression in (f"$.{key}", f"$['{key}']", f'$["{key}"]'):
        for step in (1, 1000, len(text)) if size <= 257 else (len(text) // 3,):
            events = feed_events([text[at : at + step] for at in range(0, len(text), step)], expression).events
            assert [(event.path, event.value) for event in events if type(event) is Completed] == [((key,), 3)]
    if size <= 4000:
        assert selected(f"$..{key}", text) == [(key,), ("z", key)]


def test_every_name_of_a_long_list() -> None:
    """Names that are alike in length, beginning or end must be told apart."""
    names = [f"{a}{b}{c}" for a in ("", "a", "ab", "é") for b in ("", "x" * 20, "y" * 20) for c in ("", "1", "2", "😀")]
    text = "{" + ",".join(f'"{name}":[]' for name in names) + "}"
    for name in names:
        assert selected(f"$['{name}']", text) == [(name,)]
    assert selected([f"$['{name}']" for name in names[::3]], text) == [(name,) for name in names[::3]]


@pytest.mark.parametrize("index", [0, 1, 9, 10, 63, 64, 255, 256, 999])
def test_indexes(index: int) -> None:
    text = "[" + ",".join(f"[{number}]" for number in range(1000)) + "]"
    assert selected(f"$[{index}]", text) == [(index,)]
    assert selected(f"$[{index}][0]", text) == [(index, 0)]
    assert selected("$[1000]", text) == []
    assert selected(["$[3]", f"$[{index}]"], text) == sorted({(3,), (index,)})


def test_the_largest_index_wraps_nowhere() -> None:
    for index in (2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**53 - 1):
        assert selected(f"$[{index}]", "[[],[],[]]") == []


@pytest.mark.parametrize("count", [1, 2, 31, 32, 33, 63, 64, 65, 66, 127, 128, 129, 200, 201, 256, 500])
def test_many_expressions(count: int) -> None:
    names = [f"k{number}" for number in range(count)]
    text = "{" + ",".join(f'"{name}":{{"v":[true,"x"]}}' for name in [*names, "other"]) + "}"
    for watch, wanted in (
        ([f"$.{name}" for name in names], [(name,) for name in names]),
        ([f"$.{name}.v[1]" for name in names], [(name, "v", 1) for name in names]),
        ([f"$..{name}" for name in names], [(name,) for name in names]),
        ([*(f"$.no{name}..x" for name in names), "$..v"], [(name, "v") for name in [*names, "other"]]),
        (["$..v[0]", *(f"$.{name}" for name in names)], [path for name in names for path in ((name, "v", 0), (name,))]),
    ):
        found = [event.path for event in feed_events([text], watch).events if type(event) is Completed]
        assert [path for path in found if path[0] != "other" or ("other", *path[1:]) in wanted] == wanted
    got = feed_events([text[:50], text[50:]], [f"$['{name}'].v[*]" for name in names]).events
    assert sum(type(event) is Completed for event in got) == 2 * count


def test_long_expressions() -> None:
    for length in (10, 63, 64, 65, 130, 300):
        text = '{"a":' * length + "true" + "}" * length
        steps = ("a",) * length
        assert selected("$" + ".a" * length, text) == [steps]
        assert selected("$" + "['a']" * (length - 1) + ".*", text) == [steps]
        assert selected("$" + "..a" * length, text) == [steps]
        assert selected("$" + "..*" * length, text) == [steps]
        assert selected("$" + ".a" * (length + 1), text) == []
    assert selected("$" + "..*" * 200, "[" * 300 + "]" * 300) == [(0,) * depth for depth in range(299, 199, -1)]


@strategies.FEWER
@given(
    strategies.fed(strategies.json_texts(20).map(str.encode)),
    st.lists(strategies.expressions(), min_size=1, max_size=8),
    st.integers(0, 2**32),
)
def test_random_expressions_among_many(fragments: list[Any], expressions: list[str], seed: int) -> None:
    """Their places among 70 to 300 that select little or nothing are random."""
    rng = random.Random(seed)
    kinds = ("$.no{}..x", "$..no{}", "$[{}].*", "$..a..no[{}]")
    fillers = [rng.choice(kinds).format(number) for number in range(rng.choice((70, 300)))]
    check_events_against_oracle(fragments[:12], rng.sample([*expressions, *fillers], len(expressions) + len(fillers)))


def test_deep_documents() -> None:
    """1,000 levels with every node watched: the path of each is the caller's own tuple."""
    for text in ("[" * 1000 + '"x"' + "]" * 1000, '{"a":' * 1000 + '"x"' + "}" * 1000):
        step: Any = 0 if text[0] == "[" else "a"
        for fragments in ([text], cut(text, range(0, len(text), 97))):
            parser = Parser(watch="$..*")
            events = [event for fragment in fragments for event in parser.feed(fragment)]
            assert [len(event.path) for event in events] == [*range(1, 1001), 1000, *range(1000, 0, -1)]
            assert all(set(event.path) == {step} for event in events)
            assert getattr(events[-1], "span", None) == ((1, len(text) - 1) if step == 0 else (5, len(text) - 1))
    parser = Parser(watch=["$..*", "$..a..a", "$..*..[0]"], max_depth=None)
    assert len(parser.feed("[" * 3000)) == 2999
    assert len(parser.feed("]" * 3000)) == 2999


def test_deep_documents_of_which_little_is_watched() -> None:
    depth = 100_000
    for watch, count in (("$[0][0]", 2), ("$..a", 0), ("$..[1]", 0), ("$", 2)):
        parser = Parser(watch=watch, max_depth=None)
        events = [*parser.feed("[" * depth), *parser.feed("]" * depth)]
        assert len(events) == count


def test_watching_is_the_same_in_every_document() -> None:
    parser = Parser(watch=["$.a", "$[1]"], multiple=True)
    for _ in range(3):
        assert [event.path for event in parser.feed('{"a":1} [[],2] "x" 3 ')] == [("a",), (1,)]


# -- callers

EVERY_ENTRY: list[Callable[[Parser], Any]] = [
    lambda parser: parser.feed('"x"'),
    lambda parser: parser.feed("", True),
    lambda parser: parser.close(),
    lambda parser: parser.snapshot(),
    lambda parser: parser.value,
    copy.copy,
    pickle.dumps,
    repr,
]


def test_P09_calls_from_parse_float_change_no_event() -> None:
    text = '["a",1.5,{"b":2.5,"c":"\\ud83d\\ude00"},3e0]'
    entered: list[Parser] = []
    refused: list[BaseException] = []

    def enter(number: str) -> float:
        for call in EVERY_ENTRY:
            try:
                call(entered[-1])
            except RuntimeError as error:
                refused.append(error)
        return float(number)

    for fragments in ([text], units(text), [text[:7], text[7:20], text[20:]]):
        feeding = Feeding(Parser(watch=EVERYTHING, parse_float=enter))
        entered.append(feeding.parser)
        for fragment in fragments:
            feeding.feed(fragment)
        assert merged(feeding.events) == merged(feed_events([text]).events)
    assert len(refused) >= 27


@pytest.mark.parametrize("seed", range(40))
def test_P16_writing_into_the_values_of_events(seed: int) -> None:
    """The tree is the caller's to break, and the values may be wrong then; the events of the rest keep their paths and spans."""
    text = '{"a":[{"b":[1,"x",[2.5]]},"str"],"c":{"d":{},"e":["f"]},"a":{"e":["y","z"]}}'
    rng = random.Random(seed)
    wanted = [(type(event), event.path, getattr(event, "span", None)) for event in feed_events(units(text)).events]
    parser = Parser(watch=EVERYTHING)
    got = []
    for unit in units(text):
        for event in parser.feed(unit):
            got.append((type(event), event.path, getattr(event, "span", None)))
            if type(event) is Completed and type(event.value) is list:
                rng.choice((list.clear, lambda own: own.append(own), lambda own: own.extend("abc")))(event.value)
            if type(event) is Completed and type(event.value) is dict:
                rng.choice((dict.clear, lambda own: own.update(own=own)))(event.value)
        if rng.random() < 0.1:
            parser = copy.copy(parser)
    assert got == wanted
    assert parser.status is midstream.Status.COMPLETE


# -- forks

FORKS: dict[str, Callable[[Parser], Parser]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda parser: pickle.loads(pickle.dumps(parser)),
    "pickle 2": lambda parser: pickle.loads(pickle.dumps(parser, 2)),
}
FORKED: list[tuple[bytes, dict[str, Any]]] = [
    (
        b'{"\xc3\xa9\\ud83d\\ude00":[-1.5e+30,0,true,null,"a\\ud83dx\\u00e9\\ude00"],"k":{"k":"\xf0\x9f\x98\x80\xe2\x82\xac"},'
        b'"k":false} ',
        {},
    ),
    (b'{"a":["x",{"b":1}],"a":["dropped",{"a":"\\ud83d"}],"b":{"a":2},"b":3,"a":[],"c":"kept"}', {"duplicate_keys": "first"}),
    (b'[[[12345678901234567890,{"a":{"b":"c"}},"\\\\\\"\\ud83d\\ud83d"]],-0.5E-3]', {"numbers": "partial"}),
    (b'"root \\ud83d\\ude00 \xe2\x82\xac"', {}),
    (b'1 "a" {"b":[2]} null[3]-4 ', {"multiple": True}),
    (b'{"a":[1,2,{"b":"xy\x01', {}),
    (b'["ab\\ud83d\\uzzzz', {}),
]
WATCHES: list[Any] = [EVERYTHING, ["$..a", "$[*][0]", "$.k..*"], "$..b", [f"$..x{number}" for number in range(70)] + ["$..*"]]


def go_on(parser: Parser, rest: Any) -> tuple[list[Call], list[Any]]:
    feeding = Feeding(parser)
    for fragment in rest:
        feeding.feed(fragment)
    feeding.close()
    return feeding.calls, feeding.events


@pytest.mark.parametrize("watch", WATCHES, ids=["all", "some", "few", "many"])
@pytest.mark.parametrize("fork", sorted(FORKS))
@pytest.mark.parametrize(("data", "options"), FORKED)
def test_forks_at_every_byte(data: bytes, options: dict[str, Any], fork: str, watch: Any) -> None:
    """The fork, and a fork of it, go on as the parser itself would have; the parser is not moved by what they do."""
    wanted = feed_events(units(data), watch, close=True, **options)
    original = Parser(watch=watch, **options)
    for place in range(len(data) + 1):
        before = observe(original)
        other = FORKS[fork](original)
        third = FORKS[fork](other)
        fourth = FORKS[fork](original)
        calls, _ = go_on(other, units(data[place:]))
        assert calls == wanted.calls[place:], place
        _, events = go_on(third, [data[place:]])
        whole = [record for call in calls for record in call.events]
        assert merged(events) == merged_records(whole), place
        go_on(fourth, [b'x"]},'])
        assert observe(original) == before
        try:
            original.feed(data[place : place + 1])
        except midstream.JSONStreamError:
            break


def merged_records(records: list[Any]) -> list[Any]:
    joined: list[Any] = []
    for record in records:
        if record[0] == "Text" and joined and joined[-1][:2] == record[:2]:
            record = (*record[:2], joined.pop()[2] + record[2])
        joined.append(record)
    return joined


@given(strategies.fed(), strategies.watches(), strategies.options(), st.sampled_from(sorted(FORKS)), st.integers(0, 99))
def test_forks_anywhere(fragments: list[Any], watch: Any, options: dict[str, Any], fork: str, place: int) -> None:
    place %= len(fragments) + 1
    feeding = Feeding(Parser(watch=watch, **options))
    for fragment in fragments[:place]:
        feeding.feed(fragment)
    other = Feeding(FORKS[fork](feeding.parser), list(feeding.calls))
    for fragment in fragments[place:]:
        feeding.feed(fragment)
        other.feed(fragment)
    feeding.close()
    other.close()
    assert other.calls == feeding.calls
    assert freeze(other.parser.value) == freeze(feeding.parser.value)
    assert [Call.of_oracle(call) for call in oracle.calls(fragments, watch, close=True, **options)] == other.calls


@pytest.mark.parametrize("fork", sorted(FORKS))
def test_forks_in_a_half_said_character(fork: str) -> None:
    for fragments, rest, text in (
        (['["a\ud83d'], "\ude00", "😀"),
        ([b'["a\xf0\x9f'], b"\x98\x80", "😀"),
        (['["a\\ud83d\\ude'], "00", "😀"),
        (['["a\\ud83d'], "x", "\ufffdx"),
        (['["a\\u00'], "e9", "é"),
    ):
        parser = Parser(watch="$[0]")
        for fragment in fragments:
            assert parser.feed(fragment)
        for one in (FORKS[fork](parser), FORKS[fork](FORKS[fork](parser)), parser):
            assert one.feed(rest) == [Text((0,), text)]
            (event,) = list(one.feed('"'))
            assert type(event) is Completed
            assert event.value == "a" + text
            assert one.feed("]") is NO_EVENTS
            assert one.close() == ["a" + text]


@pytest.mark.parametrize("fork", sorted(FORKS))
def test_forks_know_what_the_texts_gave(fork: str) -> None:
    parser = Parser(watch="$")
    parser.feed('"' + "abc" * 1000)
    for one in (FORKS[fork](parser), parser):
        assert one.feed("") is NO_EVENTS
        assert one.feed('d"') == [Text((), "d"), Completed((), "abc" * 1000 + "d", (0, 3003))]


@pytest.mark.parametrize("fork", sorted(FORKS))
def test_forks_of_the_fresh_the_closed_and_the_failed(fork: str) -> None:
    assert FORKS[fork](Parser(watch="$.a")).feed('{"a":true}') == [Completed(("a",), True, (5, 9))]
    parser = Parser(watch=EVERYTHING)
    parser.feed("[]", True)
    other = FORKS[fork](parser)
    assert other.feed("") is NO_EVENTS
    assert other.close() == []
    parser = Parser(watch=EVERYTHING)
    parser.feed("[")
    with pytest.raises(midstream.MalformedJSON):
        parser.feed("x")
    with pytest.raises(midstream.MalformedJSON):
        FORKS[fork](parser).feed("")


def test_reading_between_the_feeds_changes_no_event() -> None:
    text = '{"a":["text",1,{"b":"more text"}],"a":"\\ud83d\\ude00","c":-1.5}'
    wanted = feed_events(units(text)).calls
    feeding = Feeding(Parser(watch=EVERYTHING))
    for unit in units(text):
        feeding.feed(unit)
        parser = feeding.parser
        parser.snapshot()
        parser.snapshot(share=False)
        for path in paths_of(parser.value):
            parser.is_complete(path)
        repr([parser, parser.status, parser.path, parser.offset, parser.repairs])
        copy.copy(parser)
        pickle.dumps(parser)
    assert feeding.calls == wanted


# -- what gathering must not change


def gathered(mode: Any, path: str, fragments: list[Any], **options: Any) -> list[Any]:
    parser = Parser(path, **options)
    parser._gather(mode)
    found: list[Any] = []
    for fragment in fragments:
        found += parser.feed(fragment)
    return found + list(parser.feed("", True))


def test_texts_are_as_narrow_as_their_characters() -> None:
    for first in "aé€😀":
        for second in "aé€😀":
            document = [f'"{first}', second * 3, f'{second}"']
            texts = gathered("texts", "$", document)
            assert texts == [first, second * 3, second]
            assert [text.isascii() for text in texts] == [ord(text[0]) < 128 for text in texts]
            assert {*texts} == {first, second * 3, second}


@pytest.mark.parametrize("keys", ["error", "first"])
def test_repeated_keys_are_told_whatever_was_not_kept(keys: Any) -> None:
    for value in ('"x"', '"\\n"', "1", "true", "[1]", '{"c":1}'):
        text = f'{{"b":{value},"b":{{"c":2}}}}'
        for fragments in ([text], list(text)):
            if keys == "first":
                assert gathered("values", "$.b.c", fragments, duplicate_keys=keys) == ([1] if "c" in value else [])
            else:
                with pytest.raises(midstream.MalformedJSON, match="repeated key"):
                    gathered("values", "$.a", fragments, duplicate_keys=keys)


def test_errors_say_the_path_where_nothing_is_kept() -> None:
    text = '{"a":[1,[true,"x"],{"b":[[],"y\\n",2,nul!'
    for mode in ("values", "texts", "nodes"):
        for path in ("$.none", "$.a[0]", "$.a", "$..*", "$"):
            for fragments in ([text], list(text)):
                with pytest.raises(midstream.MalformedJSON) as caught:
                    gathered(mode, path, [*fragments, ""])
                assert caught.value.path == ("a", 2, "b", 3)


def test_repairs_are_not_kept_where_nobody_can_read_them() -> None:
    parser = Parser("$")
    parser._gather("texts")
    assert parser.feed('"\\ud800 \\ud800 ') == ["\ufffd \ufffd "]
    assert parser.repairs == ()


def test_an_empty_key_in_pieces() -> None:
    parser = Parser("$['']")
    assert [event for char in '{"":1}' for event in parser.feed(char)] == [Completed(("",), 1, (4, 5))]
