"""The helpers over iterables and async iterables."""

from __future__ import annotations

import asyncio
import gc
import inspect
import itertools
import signal
import sys
import tracemalloc
import weakref
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from functools import partial as bound
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from midstream.patches import PatchError, apply
from tests.oracle import events as event_oracle
from tests.oracle import partial
from tests.support import data, strategies
from tests.support.feeding import EVERYTHING, clone, event_record, freeze, random_cuts, units

Helper = Callable[..., Any]

# Each helper with fragments of which every one but the last makes it yield.
ROWS: dict[str, tuple[Helper, list[str]]] = {
    "snapshots": (midstream.snapshots, ['["a",', '"b",', '"c"', "]"]),
    "events": (bound(midstream.events, watch="$..*"), ['["a",', '"b",', '"c"', "]"]),
    "items": (bound(midstream.items, path="$[*]"), ['["a",', '"b",', '"c"', "]"]),
    "text": (bound(midstream.text, path="$[*]"), ['["a",', '"b",', '"c"', "]"]),
    "patches": (midstream.patches, ['["a",', '"b",', '"c"', "]"]),
    "documents": (midstream.documents, ['"a"', '"b"', '"c"', "\n"]),
    "ijson_events": (midstream.ijson_events, ['["a",', '"b",', '"c"', "]"]),
}
HELPERS = pytest.mark.parametrize(("helper", "fragments"), ROWS.values(), ids=ROWS)


def drain_sync(helper: Helper, fragments: Iterable[Any], **options: Any) -> tuple[list[Any], BaseException | None]:
    """Everything a helper yields over an iterable, and what it raised."""
    got: list[Any] = []
    try:
        for item in helper(iter(fragments), **options):
            got.append(item)
    except midstream.JSONStreamError as error:
        return got, error
    return got, None


def drain_async(helper: Helper, fragments: Iterable[Any], **options: Any) -> tuple[list[Any], BaseException | None]:
    got: list[Any] = []

    async def source() -> AsyncIterator[Any]:
        for fragment in fragments:
            await asyncio.sleep(0)
            yield fragment

    async def run() -> BaseException | None:
        try:
            async for item in helper(source(), **options):
                got.append(item)
        except midstream.JSONStreamError as error:
            return error
        return None

    return got, asyncio.run(run())


DRAINS = pytest.mark.parametrize("drain", [drain_sync, drain_async])
Drain = Callable[..., tuple[list[Any], BaseException | None]]


def wanted_snapshots(fragments: list[Any]) -> tuple[list[Any], str | None]:
    """What snapshots() yields, from the oracle: frozen values, and the class of the error."""
    shown: list[Any] = []
    missing = freeze(partial.MISSING)
    for count in range(1, len(fragments) + 1):
        outcome = partial.parse(fragments[:count])
        value = freeze(outcome.value)
        if value != missing and (outcome.error is None or shown[-1:] != [value]):
            shown.append(value)
        if outcome.error is not None:
            return shown, outcome.error[0]
    outcome = partial.parse(fragments, final=True)
    value = freeze(outcome.value)
    if value != missing and shown[-1:] != [value]:
        shown.append(value)
    return shown, outcome.error and outcome.error[0]


@DRAINS
@pytest.mark.parametrize(
    "fragments",
    [
        ['{"a":', "[1,", "2", "]", "}"], [" ", "1", "2"], ["12"], ["[1,", "2"], [], [""], ["", "[", "", "]"], ["tru", "e"],
        ["[1", ",x"], ["x"], ["[1,2", ",3,x"], ['"a', "b", '"', " "], [b'["\xf0\x9f', b"\x98\x80", '"]'], ["[]", "[]"],
    ],
    ids=str,
)  # fmt: skip
def test_snapshots(drain: Drain, fragments: list[Any]) -> None:
    got, error = drain(midstream.snapshots, fragments)
    wanted, name = wanted_snapshots(fragments)
    assert without_repeats(list(map(freeze, got))) == without_repeats(wanted)
    assert (error and type(error).__name__) == name
    assert len(got) >= len(wanted) - 1


def without_repeats(values: list[Any]) -> list[Any]:
    return [value for index, value in enumerate(values) if index == 0 or value != values[index - 1]]


@given(strategies.fed())
def test_snapshots_agree_with_the_oracle(fragments: list[Any]) -> None:
    wanted, name = wanted_snapshots(fragments)
    for drain in (drain_sync, drain_async):
        got, error = drain(midstream.snapshots, fragments)
        assert without_repeats(list(map(freeze, got))) == without_repeats(wanted)
        assert (error and type(error).__name__) == name


@DRAINS
def test_snapshots_come_once_a_fragment(drain: Drain) -> None:
    got, error = drain(midstream.snapshots, [" ", "[", "1", ",", " ", "2", "]", "\n"])
    assert error is None
    assert got == [[], [], [1], [1], [1], [1, 2], [1, 2]]
    assert got[0] is got[1]
    assert got[2] is got[3] is got[4]
    assert got[5] is got[6]


@DRAINS
def test_snapshots_do_not_change_afterwards(drain: Drain) -> None:
    text = '{"a":[1,{"b":"text"}],"c":[[2]]}'
    seen: list[Any] = []

    def helper(fragments: Any, **options: Any) -> Any:
        return midstream.snapshots(fragments, **options)

    got, error = drain(helper, list(text))
    assert error is None
    for snapshot, end in zip(got, range(1, len(text) + 1), strict=True):
        assert freeze(snapshot) == freeze(partial.parse(text[:end]).value)
        seen.append(snapshot)
    assert got[-1]["a"] is got[-5]["a"]


@DRAINS
@pytest.mark.parametrize(
    ("fragments", "documents", "name"),
    [
        (["1 2 3"], [1, 2, 3], None),
        (['{"a":1}', '\n{"b"', ":2}\n"], [{"a": 1}, {"b": 2}], None),
        (["12", "34"], [1234], None),
        (["12", " 34"], [12, 34], None),
        ([], [], None),
        ([" ", "\n"], [], None),
        (['[1]"a"', "true", "null{}"], [[1], "a", True, None, {}], None),
        (["1 [2", ",3"], [1], "TruncatedJSON"),
        (["1 [2] x 3"], [1, [2]], "MalformedJSON"),
        (["1 2,3"], [1], "MalformedJSON"),
        (["[1] ", "[2", "}"], [[1]], "MalformedJSON"),
        (["7 tr"], [7], "TruncatedJSON"),
        (["7 -"], [7], "TruncatedJSON"),
        (['"\ud83d', '\ude00" "', 'x"'], ["😀", "x"], None),
    ],
    ids=str,
)
def test_documents(drain: Drain, fragments: list[Any], documents: list[Any], name: str | None) -> None:
    got, error = drain(midstream.documents, fragments)
    assert freeze(got) == freeze(documents)
    assert (error and type(error).__name__) == name


@given(strategies.fed(), strategies.options())
def test_documents_agree_with_the_oracle(fragments: list[Any], options: dict[str, Any]) -> None:
    options["multiple"] = True
    wanted = partial.parse(fragments, **options)
    for count in range(len(fragments) + 1):
        early = partial.parse(fragments[:count], **options)
        if early.error is not None:
            wanted = early
            break
    else:
        wanted = partial.parse(fragments, final=True, **options)
    del options["multiple"]
    for drain in (drain_sync, drain_async):
        got, error = drain(midstream.documents, fragments, **options)
        assert freeze(got) == freeze(wanted.documents)
        assert (error and type(error).__name__) == (wanted.error and wanted.error[0])


@DRAINS
def test_documents_are_final_values(drain: Drain) -> None:
    got, _ = drain(midstream.documents, list('{"a":[1]}{"a":[2]}'))
    assert got == [{"a": [1]}, {"a": [2]}]
    assert got[0] is not got[1]


@DRAINS
def test_documents_come_as_soon_as_they_end(drain: Drain) -> None:
    fed: list[str] = []

    def fragments() -> Iterator[str]:
        for fragment in ("[1", "]", "[2]", "3", " ", "4"):
            fed.append(fragment)
            yield fragment

    counts = []

    if drain is drain_sync:
        for _ in midstream.documents(fragments()):
            counts.append(len(fed))
        assert counts == [2, 3, 5, 6]
    else:
        got, _ = drain(midstream.documents, fragments())
        assert got == [[1], [2], 3, 4]


# -- events


def wanted_events(fragments: list[Any], watch: Any, **options: Any) -> tuple[list[Any], str | None]:
    """What events() yields, from the oracle: records, and the class of the error."""
    calls = event_oracle.calls(fragments, watch, close=True, **options)
    errors = [call.error[0] for call in calls if call.error is not None]
    return [event_record(event) for call in calls for event in call.events], errors[0] if errors else None


def without_multiple(options: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
    options = dict(options)
    return options.pop("multiple", False), options


@given(strategies.fed(), strategies.watches(), strategies.options())
def test_events_agree_with_the_oracle(fragments: list[Any], watch: Any, options: dict[str, Any]) -> None:
    wanted = wanted_events(fragments, watch, **options)
    for drain in (drain_sync, drain_async):
        records: list[Any] = []

        def recorded(it: Any, records: list[Any] = records, **options: Any) -> Any:
            return note(midstream.events(it, watch, **options), lambda event: records.append(event_record(event)))

        _, error = drain(recorded, fragments, **options)
        assert (records, error and type(error).__name__) == wanted


def note(stream: Any, take: Callable[[Any], None]) -> Any:
    """stream, each thing given to take at the moment when it is yielded, before anything can change it."""

    def over() -> Iterator[Any]:
        for one in stream:
            take(one)
            yield one

    async def aover() -> AsyncIterator[Any]:
        async for one in stream:
            take(one)
            yield one

    return aover() if hasattr(stream, "__anext__") else over()


@DRAINS
def test_events_of_several_expressions(drain: Drain) -> None:
    got, error = drain(bound(midstream.events, watch=["$.a", "$.b[*]"]), ['{"a":"x', 'y","c":[0],"b":[1', ",2]}"])
    assert error is None
    assert got == [
        midstream.Opened(("a",), "string"),
        midstream.Text(("a",), "x"),
        midstream.Text(("a",), "y"),
        midstream.Completed(("a",), "xy", (5, 9)),
        midstream.Completed(("b", 0), 1, (23, 24)),
        midstream.Completed(("b", 1), 2, (25, 26)),
    ]


@DRAINS
@pytest.mark.parametrize("watch", [(), []], ids=str)
def test_events_of_nothing(drain: Drain, watch: Any) -> None:
    assert drain(bound(midstream.events, watch=watch), ["[1]"]) == ([], None)


@DRAINS
def test_events_of_several_documents(drain: Drain) -> None:
    got, error = drain(midstream.events, ["[1] [", "2] 3"], watch="$[0]", multiple=True)
    assert error is None
    assert got == [midstream.Completed((0,), 1, (1, 2)), midstream.Completed((0,), 2, (5, 6))]


# -- items


def wanted_items(fragments: list[Any], path: str, **options: Any) -> tuple[list[Any], str | None]:
    """The values that items() yields, frozen, and the class of the error."""
    calls = event_oracle.calls(fragments, path, close=True, **options)
    errors = [call.error[0] for call in calls if call.error is not None]
    found = [freeze(e.value) for call in calls for e in call.events if isinstance(e, event_oracle.Completed)]
    if not errors and event_oracle.selected(event_oracle.expressions(path), ()):
        whole = partial.parse(fragments, final=True, **options)
        ended = partial.parse([*fragments, b" "], **options)  # a delimiter for a number at the root
        if len(ended.documents) > len(partial.parse(fragments, **options).documents):
            found.append(freeze(whole.value))
    return found, errors[0] if errors else None


@given(strategies.fed(), strategies.expressions(), strategies.options())
def test_items_agree_with_the_oracle(fragments: list[Any], path: str, options: dict[str, Any]) -> None:
    options.pop("max_size", None)  # it would count the delimiter that wanted_items() adds
    wanted = wanted_items(fragments, path, **options)
    for drain in (drain_sync, drain_async):
        got, error = drain(midstream.items, fragments, path=path, **options)
        assert (list(map(freeze, got)), error and type(error).__name__) == wanted


@DRAINS
@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("$", [{"id": 1, "in": [{"id": 2}, {"id": {"id": "x"}}], "id2": 0}]),
        ("$..id", [1, 2, "x", {"id": "x"}]),
        ("$.in[*]", [{"id": 2}, {"id": {"id": "x"}}]),
        ("$.in..*", [2, {"id": 2}, "x", {"id": "x"}, {"id": {"id": "x"}}]),
        ("$.in[1].id", [{"id": "x"}]),
        ("$.none", []),
    ],
)
def test_items(drain: Drain, path: str, wanted: list[Any]) -> None:
    text = '{"id":1,"in":[{"id":2},{"id":{"id":"x"}}],"id2":0}'
    for fragments in ([text], units(text)):
        assert drain(bound(midstream.items, path=path), fragments) == (wanted, None)


def test_items_within_an_item_are_part_of_it() -> None:
    inner, outer = midstream.items(['[{"a":{"a":[]}}]'], "$..a")
    assert outer == {"a": []}
    assert outer["a"] is inner


@DRAINS
@pytest.mark.parametrize("fragments", [["12"], ["1", "2"], ["1", "2", " "], ["12", ""]], ids=str)
def test_a_number_that_is_the_whole_document_is_an_item(drain: Drain, fragments: list[str]) -> None:
    assert drain(bound(midstream.items, path="$"), fragments) == ([12], None)
    assert drain(bound(midstream.items, path="$.a"), fragments) == ([], None)


@DRAINS
def test_items_of_several_documents(drain: Drain) -> None:
    got, error = drain(midstream.items, ['{"a":1}\n{"a', '":2,"b":3} {"a":[{'], path="$.a", multiple=True)
    assert got == [1, 2]
    assert isinstance(error, midstream.TruncatedJSON)


@DRAINS
def test_items_before_an_error_come_first(drain: Drain) -> None:
    got, error = drain(bound(midstream.items, path="$[*]"), ["[1,2,x"])
    assert got == [1, 2]
    assert isinstance(error, midstream.MalformedJSON)
    assert error.offset == 5


@DRAINS
@pytest.mark.parametrize("name", ["items", "text"])
@pytest.mark.parametrize("path", [None, 1, ["$"]], ids=str)
def test_a_path_is_one_expression(drain: Drain, name: str, path: Any) -> None:
    with pytest.raises(TypeError):
        drain(getattr(midstream, name), ["[]"], path=path)


class Live:
    """What parse_float makes here; how many there are is known."""

    count = 0

    def __init__(self, text: str) -> None:
        type(self).count += 1

    def __del__(self) -> None:
        type(self).count -= 1


def many(rows: int, row: str, each: int = 1) -> Iterator[str]:
    """An array, `each` rows a fragment, made while it is asked for."""
    yield "["
    for place in range(0, rows, each):
        yield row * min(each, rows - place)
    yield "0]"


def test_items_keep_one_item() -> None:
    Live.count = most = 0
    for item in midstream.items(many(3000, '{"x":[1.0,2.0,{"y":3.0}]},'), "$[*]", parse_float=Live):
        most = max(most, Live.count)
        assert item == 0 or len(item["x"]) == 3
    assert most <= 6  # one, and the one before it, which the loop may still have
    del item
    assert Live.count == 0


@pytest.mark.parametrize(
    ("helper", "row"),
    [
        (bound(midstream.items, path="$[*]"), '{"id":1,"text":"some text","list":[1,2,3]},'),
        (bound(midstream.items, path="$[0]"), '{"id":1,"text":"some text","list":[1,2,3]},'),
        (bound(midstream.items, path="$[*].id"), '{"id":1,"text":"some text","list":[1,2,3]},'),
        (bound(midstream.items, path="$.none"), '{"id":1,"text":"some text","list":[1,2,3]},'),
        (bound(midstream.text, path="$[*].text"), '{"id":1,"text":"some text","list":[1,2,3]},'),
        (bound(midstream.text, path="$[0]"), '"some text",'),
        (midstream.ijson_events, '{"id":1,"text":"some text","list":[1,2,3]},'),
    ],
    ids=["items", "first item", "members", "no items", "text", "first text", "ijson_events"],
)
def test_memory_does_not_grow_with_the_document(helper: Helper, row: str) -> None:
    def peak(rows: int) -> int:
        gc.collect()
        tracemalloc.start()
        for _ in helper(many(rows, row, each=10)):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(100)
    assert peak(20_000) < peak(1000) + 4096


def test_documents_keep_one_document() -> None:
    Live.count = most = 0
    for _ in midstream.documents(("[1.0,2.0]" for _ in range(1000)), parse_float=Live):
        most = max(most, Live.count)
    assert most <= 4


def test_the_text_of_a_long_string_is_not_kept() -> None:
    def fragments() -> Iterator[str]:
        yield '{"a":"'
        for _ in range(1000):
            yield "x" * 10_000
        yield '"}'

    tracemalloc.start()
    length = sum(map(len, midstream.text(fragments(), "$.a")))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert length == 10_000_000
    assert most < 500_000


# -- text


@given(strategies.fed(), strategies.expressions(), strategies.options())
def test_text_agrees_with_the_oracle(fragments: list[Any], path: str, options: dict[str, Any]) -> None:
    calls = event_oracle.calls(fragments, path, close=True, **options)
    wanted = [e.text for call in calls for e in call.events if isinstance(e, event_oracle.Text)]
    errors = [call.error[0] for call in calls if call.error is not None]
    for drain in (drain_sync, drain_async):
        got, error = drain(midstream.text, fragments, path=path, **options)
        assert got == wanted
        assert (error and type(error).__name__) == (errors[0] if errors else None)


@DRAINS
def test_text_put_together_is_the_string(drain: Drain) -> None:
    for seed, document in enumerate(data.llm_documents()[:200]):
        value = midstream.loads(document.text)
        if not isinstance(value, dict):
            continue
        fragments = random_cuts(document.text, seed)
        for name, member in value.items():
            path = f"$[{string_literal(name)}]"
            got, error = drain(midstream.text, fragments, path=path)
            assert error is None
            assert "".join(got) == (member if isinstance(member, str) else "")
            assert all(got)


def string_literal(name: str) -> str:
    return "'" + "".join(f"\\u{ord(c):04x}" if c in "'\\" or c < " " else c for c in name) + "'"


@DRAINS
def test_text_comes_as_it_grows(drain: Drain) -> None:
    got, error = drain(bound(midstream.text, path="$.a"), ['{"a":"', "one ", "", 'two" ', ',"b":"no"', ',"a":"again"}'])
    assert (got, error) == (["one ", "two", "again"], None)
    got, error = drain(bound(midstream.text, path="$"), ['"ab', "cx\n"])
    assert got == ["ab", "cx"]
    assert isinstance(error, midstream.MalformedJSON)


def test_text_is_asked_for_lazily() -> None:
    watched = Watched(['{"a":"', "one ", "two", '"}'])
    stream = midstream.text(watched.generate(), "$.a")
    assert (next(stream), watched.asked) == ("one ", 2)
    assert (next(stream), watched.asked) == ("two", 3)


def test_text_that_was_yielded_never_changes() -> None:
    fragments = ['{"a":"', *(f"{number:05}" for number in range(500)), '"}']
    stream = midstream.text(fragments, "$.a")
    kept = []
    copies = []
    for piece in stream:
        kept.append(piece)
        copies.append(clone(piece))
    assert kept == copies == [f"{number:05}" for number in range(500)]


# -- patches


@given(strategies.fed(), strategies.options(), st.booleans(), st.sampled_from(["code-points", "utf-16"]))
def test_patches_make_the_snapshots(fragments: list[Any], options: dict[str, Any], extended: bool, units: Any) -> None:
    multiple, options = without_multiple(options)
    shown, wanted = drain_sync(midstream.snapshots, fragments, multiple=multiple, **options)
    for drain in (drain_sync, drain_async):
        got, error = drain(midstream.patches, fragments, extended=extended, units=units, multiple=multiple, **options)
        assert (error and (type(error), str(error))) == (wanted and (type(wanted), str(wanted)))
        value: Any = midstream.MISSING
        states = [midstream.MISSING, *(value := apply(clone(value), patch, units=units) for patch in got)]
        assert all(got)
        assert len(got) <= len(fragments) + 1
        if shown:
            assert freeze(states[-1]) == freeze(shown[-1])
        for before, after, patch in zip(states, states[1:], got, strict=False):
            assert freeze(before) != freeze(after) or {"replace"} & {operation["op"] for operation in patch}


@DRAINS
def test_patches(drain: Drain) -> None:
    fragments = [" ", '{"a":"x', "", 'y"', ' ,"b"', ":[", "1", ",", "2]}", "\n"]
    got, error = drain(midstream.patches, fragments)
    assert error is None
    assert got == [
        [{"op": "add", "path": "", "value": {"a": "x"}}],
        [{"op": "str_ins", "path": "/a", "pos": 1, "str": "y"}],
        [{"op": "add", "path": "/b", "value": []}],
        [{"op": "add", "path": "/b/0", "value": 1}],
        [{"op": "add", "path": "/b/1", "value": 2}],
    ]
    got, error = drain(midstream.patches, ['"é😀', 'z"'], units="utf-16")
    assert got[1:] == [[{"op": "str_ins", "path": "", "pos": 3, "str": "z"}]]
    got, error = drain(midstream.patches, ['"a', 'b"'], extended=False)
    assert got[1:] == [[{"op": "replace", "path": "", "value": "ab"}]]
    got, error = drain(midstream.patches, ["[1]", "[2] ", "3"], multiple=True)
    assert [(patch[0]["op"], patch[0]["value"]) for patch in got] == [("add", [1]), ("replace", [2]), ("replace", 3)]


@DRAINS
def test_the_end_of_input_may_add_a_patch(drain: Drain) -> None:
    assert drain(midstream.patches, ["1", "2"]) == ([[{"op": "add", "path": "", "value": 12}]], None)


@DRAINS
def test_patches_before_an_error_come_first(drain: Drain) -> None:
    got, error = drain(midstream.patches, ["[1", ",2,x"])
    assert got[-1] == [{"op": "add", "path": "/0", "value": 1}, {"op": "add", "path": "/1", "value": 2}]
    assert isinstance(error, midstream.MalformedJSON)


@DRAINS
def test_arguments_of_patches_are_checked_at_once(drain: Drain) -> None:
    with pytest.raises(ValueError):
        midstream.patches(["[]"], units="bytes")  # type: ignore[call-overload]


def test_the_name_of_the_helper_holds_the_module_too() -> None:
    import midstream.patches as module

    assert midstream.patches.apply is apply is module.apply
    assert midstream.patches.PatchError is PatchError
    assert midstream.patches.Operation is sys.modules["midstream.patches"].Operation  # type: ignore[attr-defined]
    assert "patches" in (inspect.getdoc(midstream.patches) or "")
    with pytest.raises(AttributeError):
        midstream.patches.nothing  # type: ignore[attr-defined]


# -- all of them


def options_row(name: str) -> tuple[Helper, Callable[[Any], Any]]:
    """A helper, and what the last thing it yields of ``[1.50]`` says of the number."""
    look: dict[str, Callable[[Any], Any]] = {
        "snapshots": lambda last: last[0],
        "events": lambda last: last.value,
        "items": lambda last: last,
        "patches": lambda last: last[0]["value"],
        "documents": lambda last: last[0],
    }
    return ROWS[name][0], look[name]


@DRAINS
@pytest.mark.parametrize("name", ["snapshots", "events", "items", "patches", "documents"])
def test_options_are_passed_on(drain: Drain, name: str) -> None:
    helper, number = options_row(name)
    assert number(drain(helper, ["[1.", "50]"], parse_float=str)[0][-1]) == "1.50"


@HELPERS
def test_options_are_checked_at_once(helper: Helper, fragments: list[str]) -> None:
    for drain in (drain_sync, drain_async):
        assert isinstance(drain(helper, ["[[]]"], max_depth=1)[1], midstream.LimitExceeded)
    for wrong in ({"numbers": "none"}, {"max_depth": -1}, {"no_such_option": 1}):
        with pytest.raises((TypeError, ValueError)):
            helper(fragments, **wrong)


BROKEN = """Here it is:
```json
{items: [{'id': 1,}, {"id": 2, "text": "b"} {"id": 3}], last: {"id": 4, // so far
  'text': 'c"""
MENDED = {"items": [{"id": 1}, {"id": 2, "text": "b"}, {"id": 3}], "last": {"id": 4, "text": "c"}}


@DRAINS
@pytest.mark.parametrize("cut", [1, 7, 1000])
def test_what_is_repaired(drain: Drain, cut: int) -> None:
    fragments = [BROKEN[at : at + cut] for at in range(0, len(BROKEN), cut)]

    def got(helper: Helper, *arguments: Any) -> list[Any]:
        found, error = drain(lambda it, **options: helper(it, *arguments, **options), fragments, repair="all")
        assert error is None
        return found

    assert got(midstream.snapshots)[-1] == MENDED
    value: Any = midstream.MISSING
    for patch in got(midstream.patches):
        value = apply(value, patch)
    assert value == MENDED
    assert "".join(got(midstream.text, "$..text")) == "bc"
    completed = [event for event in got(midstream.events, "$..*") if isinstance(event, midstream.Completed)]
    assert ("items",) in [event.path for event in completed]
    assert not [event for event in completed if event.path in (("last",), ("last", "text"))]


@DRAINS
@pytest.mark.parametrize(
    ("path", "wanted"),
    [("$.items[*]", MENDED["items"]), ("$.items", [MENDED["items"]]), ("$..id", [1, 2, 3, 4]), ("$.last", []), ("$", [])],
)
def test_items_have_their_own_end(drain: Drain, path: str, wanted: list[Any]) -> None:
    for fragments in ([BROKEN], units(BROKEN)):
        assert drain(midstream.items, fragments, path=path, repair="all") == (wanted, None)


@DRAINS
def test_documents_have_their_own_end(drain: Drain) -> None:
    text = "{a: 1}\n['b',]\n{\"c\": 3"
    for fragments in ([text], units(text)):
        assert drain(midstream.documents, fragments, repair="all") == ([{"a": 1}, ["b"]], None)
        documents, error = drain(midstream.documents, fragments, repair=set(midstream.Repair) - {midstream.Repair.TRUNCATION})
        assert documents == [{"a": 1}, ["b"]]
        assert isinstance(error, midstream.TruncatedJSON)


@pytest.mark.parametrize("name", ["events", "items", "text"])
def test_expressions_are_checked_at_once(name: str) -> None:
    with pytest.raises(ValueError, match="slice"):
        getattr(midstream, name)(["[]"], "$[1:2]")


@HELPERS
def test_kinds_of_sources(helper: Helper, fragments: list[str]) -> None:
    wanted = list(map(repr, helper(fragments)))
    for source in (tuple(fragments), iter(fragments), dict.fromkeys(fragments)):
        assert list(map(repr, helper(source))) == wanted
    in_bytes = [kind(fragment.encode()) for fragment in fragments for kind in (bytes,)]
    assert list(map(repr, helper(in_bytes))) == wanted
    assert list(map(repr, helper(map(bytearray, in_bytes)))) == wanted
    assert list(map(repr, helper(map(memoryview, in_bytes)))) == wanted
    assert list(helper("".join(fragments)))
    for wrong in (None, 1, object()):
        with pytest.raises(TypeError):
            list(helper(wrong))


@HELPERS
def test_generators_of_the_right_kind(helper: Helper, fragments: list[str]) -> None:
    assert inspect.isgenerator(helper(fragments))
    assert inspect.isasyncgen(helper(Watched(fragments).agenerate()))


class Watched:
    """A source that notes how often it was asked, and its end. It raises `error`, if there is one, after its fragments."""

    def __init__(self, fragments: list[str], error: BaseException | None = None) -> None:
        self.fragments = iter(fragments)
        self.error = error
        self.asked = 0
        self.closed = False

    def generate(self) -> Iterator[str]:
        try:
            for fragment in self.fragments:
                self.asked += 1
                yield fragment
            if self.error is not None:
                raise self.error
        finally:
            self.closed = True

    async def agenerate(self) -> AsyncIterator[str]:
        try:
            for fragment in self.fragments:
                self.asked += 1
                yield fragment
            if self.error is not None:
                raise self.error
        finally:
            await asyncio.sleep(0)
            self.closed = True


class Closable:
    """A source that is no generator: it is not closed by being dropped."""

    def __init__(self, fragments: list[str], close_error: BaseException | None = None) -> None:
        self.fragments = iter(fragments)
        self.closed = 0
        self.close_error = close_error

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self.fragments)

    def close(self) -> None:
        self.closed += 1
        if self.close_error is not None:
            raise self.close_error


class AsyncClosable(Closable):
    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        for fragment in self.fragments:
            return fragment
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self.close()


@HELPERS
def test_the_source_is_asked_for_no_more_than_is_needed(helper: Helper, fragments: list[str]) -> None:
    """What one fragment brought is yielded before the next is asked for."""
    watched = Watched(fragments)
    stream = helper(watched.generate())
    assert watched.asked == 0
    asked = [watched.asked for _ in stream]
    assert asked[0] == 1
    assert set(asked) >= {1, 2, 3}
    assert asked == sorted(asked)

    async def run() -> list[int]:
        watched = Watched(fragments)
        return [watched.asked async for _ in helper(watched.agenerate())]

    assert asyncio.run(run()) == asked


@HELPERS
def test_leaving_early_closes_the_source(helper: Helper, fragments: list[str]) -> None:
    watched = Watched(fragments)
    stream = helper(watched.generate())
    next(stream)
    assert (watched.asked, watched.closed) == (1, False)
    stream.close()
    assert watched.closed
    assert list(stream) == []

    async def run() -> None:
        watched = Watched(fragments)
        stream = helper(watched.agenerate())
        await anext(stream)
        assert (watched.asked, watched.closed) == (1, False)
        await stream.aclose()
        assert watched.closed

    asyncio.run(run())


@HELPERS
def test_breaking_off_closes_the_source(helper: Helper, fragments: list[str]) -> None:
    source = Closable(fragments)
    for _ in helper(source):
        break
    gc.collect()
    assert source.closed == 1

    async def run() -> None:
        source = AsyncClosable(fragments)
        async for _ in helper(source):
            break
        for _ in range(5):  # the event loop closes what was dropped
            await asyncio.sleep(0)
        assert source.closed == 1

    asyncio.run(run())


@HELPERS
def test_a_consumer_that_raises_closes_the_source(helper: Helper, fragments: list[str]) -> None:
    source = Closable(fragments)

    def consume() -> None:
        for _ in helper(source):
            raise LookupError

    with pytest.raises(LookupError):
        consume()
    gc.collect()
    assert source.closed == 1

    async def aconsume(source: AsyncClosable) -> None:
        async for _ in helper(source):
            raise LookupError

    async def run() -> None:
        source = AsyncClosable(fragments)
        with pytest.raises(LookupError):
            await aconsume(source)
        for _ in range(5):
            await asyncio.sleep(0)
        assert source.closed == 1

    asyncio.run(run())


@HELPERS
@pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt, GeneratorExit])
def test_an_exception_thrown_in_closes_the_source(helper: Helper, fragments: list[str], error: type[BaseException]) -> None:
    source = Closable(fragments)
    stream = helper(source)
    next(stream)
    with pytest.raises(error):
        stream.throw(error())
    assert source.closed == 1

    async def run() -> None:
        source = AsyncClosable(fragments)
        stream = helper(source)
        await anext(stream)
        with pytest.raises(error):
            await stream.athrow(error())
        assert source.closed == 1

    if error is not KeyboardInterrupt:  # which asyncio takes for itself
        asyncio.run(run())


@HELPERS
def test_the_end_closes_the_source(helper: Helper, fragments: list[str]) -> None:
    source = Closable(fragments)
    wanted = list(helper(source))
    assert source.closed == 1

    async def run() -> None:
        source = AsyncClosable(fragments)
        assert [repr(one) async for one in helper(source)] == list(map(repr, wanted))
        assert source.closed == 1

    asyncio.run(run())


@HELPERS
def test_an_error_closes_the_source(helper: Helper, fragments: list[str]) -> None:
    """It comes after what the same fragment brought, and before another fragment is asked for."""
    fragments = [fragments[0] + fragments[1] + "x", "never"]
    watched = Watched(fragments)
    stream = helper(watched.generate())
    assert next(stream)
    assert not watched.closed
    with pytest.raises(midstream.MalformedJSON) as raised:
        list(stream)
    assert (watched.asked, watched.closed) == (1, True)
    assert raised.value.offset == len(fragments[0]) - 1

    async def run() -> None:
        watched = Watched(fragments)
        stream = helper(watched.agenerate())
        assert await anext(stream)
        with pytest.raises(midstream.MalformedJSON):
            async for _ in stream:
                pass
        assert (watched.asked, watched.closed) == (1, True)

    asyncio.run(run())


@HELPERS
@pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt, SystemExit])
def test_an_error_of_the_source_comes_through(helper: Helper, fragments: list[str], error: type[BaseException]) -> None:
    watched = Watched(fragments[:1], error())
    stream = helper(watched.generate())
    assert next(stream)
    with pytest.raises(error):
        list(stream)
    assert watched.closed

    async def run() -> None:
        watched = Watched(fragments[:1], LookupError())
        stream = helper(watched.agenerate())
        assert await anext(stream)
        with pytest.raises(LookupError):
            async for _ in stream:
                pass
        assert watched.closed

    asyncio.run(run())


@HELPERS
def test_a_source_of_something_else_is_closed(helper: Helper, fragments: list[str]) -> None:
    source = Closable([fragments[0], 1])  # type: ignore[list-item]
    stream = helper(source)
    assert next(stream)
    with pytest.raises(TypeError):
        list(stream)
    assert source.closed == 1


@HELPERS
def test_an_error_of_closing_comes_through(helper: Helper, fragments: list[str]) -> None:
    with pytest.raises(OSError):
        list(helper(Closable(fragments, OSError())))


@HELPERS
def test_cancelling_closes_the_source(helper: Helper, fragments: list[str]) -> None:
    closed = []

    async def source() -> AsyncIterator[str]:
        try:
            yield fragments[0]
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    async def consume() -> None:
        async for _ in helper(source()):
            pass

    async def run() -> None:
        task = asyncio.create_task(consume())
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert closed == [True]

    asyncio.run(run())


@HELPERS
def test_nothing_is_left_of_a_stream_that_failed(helper: Helper, fragments: list[str]) -> None:
    """An error holds frames; the frame of the stream must not hold it."""

    gc.disable()
    try:
        source = Closable([fragments[0] + "x"])
        left = weakref.ref(source)
        with pytest.raises(midstream.MalformedJSON):
            list(helper(source))
        del source
        assert left() is None
    finally:
        gc.enable()


@HELPERS
def test_errors_of_parse_float_come_after_what_was_before(helper: Helper, fragments: list[str]) -> None:
    def refuse(text: str) -> Any:
        raise LookupError(text)

    for drain_all in (drain_sync, drain_async):
        with pytest.raises(LookupError):
            drain_all(helper, [fragments[0] + fragments[1] + "1.5 "], parse_float=refuse)
    stream = helper([fragments[0] + fragments[1] + "1.5 "], parse_float=refuse)
    assert next(stream)


@pytest.mark.parametrize("watch", ["$..*", EVERYTHING], ids=str)
def test_events_of_real_documents_in_any_cut(watch: Any) -> None:
    for seed, document in enumerate(data.llm_documents()[:40]):
        whole = [event_record(event) for event in midstream.events([document.text], watch)]
        cut = list(midstream.events(random_cuts(document.text, seed), watch))
        completed = [event_record(event) for event in cut if not isinstance(event, midstream.Text)]
        assert completed == [record for record in whole if record[0] != "Text"]
        paths = {event.path for event in cut if isinstance(event, midstream.Text)}
        assert all(
            event.value == "" or event.path in paths
            for event in cut
            if isinstance(event, midstream.Completed) and type(event.value) is str
        )


# -- closing what is behind the iterator


class Response:
    """A source whose iterator is another object, as the responses of HTTP clients are."""

    def __init__(self, fragments: list[str], problem: Exception | None = None) -> None:
        self.fragments = fragments
        self.problem = problem
        self.closed = 0

    def __iter__(self) -> Iterator[str]:
        yield from self.fragments

    def close(self) -> None:
        self.closed += 1
        if self.problem is not None:
            raise self.problem


class AsyncResponse(Response):
    async def __aiter__(self) -> AsyncIterator[str]:
        for fragment in self.fragments:
            yield fragment

    async def close(self) -> None:  # type: ignore[override]
        super().close()


OVER: dict[str, Callable[[Any], Any]] = {
    "snapshots": midstream.snapshots,
    "events": lambda it: midstream.events(it, "$..*"),
    "items": lambda it: midstream.items(it, "$[*]"),
    "text": lambda it: midstream.text(it, "$[*]"),
    "patches": midstream.patches,
    "ijson_events": midstream.ijson_events,
}


@pytest.mark.parametrize("helper", OVER.values(), ids=OVER)
def test_the_source_is_closed_too_where_its_iterator_is_another_object(helper: Callable[[Any], Any]) -> None:
    for fragments in (['["a', '","b"]'], ['["a"', "x"], ['["a"']):
        source = Response(fragments)
        try:
            list(helper(source))
        except midstream.JSONStreamError:
            pass
        assert source.closed == 1
    source = Response(['["a', '","b', '"]'])
    left = helper(source)
    next(left)
    left.close()
    assert source.closed == 1


@pytest.mark.parametrize("helper", OVER.values(), ids=OVER)
def test_an_error_from_closing_hides_no_other(helper: Callable[[Any], Any]) -> None:
    with pytest.raises(midstream.MalformedJSON):
        list(helper(Response(['["a"', "x"], OSError("close"))))
    with pytest.raises(OSError, match="close"):
        list(helper(Response(['["a"]'], OSError("close"))))
    left = helper(Response(['["a', '","b', '"]'], OSError("close")))
    next(left)
    with pytest.raises(OSError, match="close"):
        left.close()


@pytest.mark.parametrize("helper", OVER.values(), ids=OVER)
def test_async_sources_are_closed_by_close_too(helper: Callable[[Any], Any]) -> None:
    async def use(source: AsyncResponse, most: int) -> None:
        made = helper(source)
        async for _ in made:
            most -= 1
            if not most:
                break
        await made.aclose()

    for fragments, most in ((['["a', '","b', '"]'], 1), (['["a"]'], 99)):
        source = AsyncResponse(fragments)
        asyncio.run(use(source, most))
        assert source.closed == 1
    with pytest.raises(midstream.MalformedJSON):
        asyncio.run(use(AsyncResponse(['["a"', "x"], OSError("close")), 99))


def test_signals_get_their_turn_while_nothing_is_found() -> None:
    seen = []

    def alarm(number: int, frame: object) -> None:
        seen.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, alarm)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            list(midstream.items(itertools.repeat(" "), "$"))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert seen == [signal.SIGALRM]


def test_items_are_let_go_before_the_next_fragment() -> None:
    class Number(float):
        pass

    made: list[weakref.ref[Number]] = []

    def parse(text: str) -> Number:
        number = Number(text)
        made.append(weakref.ref(number))
        return number

    def source() -> Iterator[str]:
        for _ in range(3):
            yield "[1.5,2.5] "
            assert len(made) >= 2
            assert [one() for one in made] == [None] * len(made)

    for _ in midstream.items(source(), "$[*]", parse_float=parse, multiple=True):  # type: ignore[call-overload]
        del _


def test_a_single_fragment_is_no_iterable_of_them() -> None:
    for helper in OVER.values():
        for wrong in (b"[1]", bytearray(b"[1]"), memoryview(b"[1]"), 42, None):
            with pytest.raises(TypeError, match="fragments come in an iterable"):
                helper(wrong)
    for path in (None, ["$.a"], b"$"):
        with pytest.raises(TypeError, match="path must be a JSONPath"):
            midstream.items([], path)  # type: ignore[arg-type]
