"""The event objects: made, compared, hashed, shown, pickled, copied, matched; and what of them the parser shares."""

from __future__ import annotations

import copy
import gc
import pickle
import typing
import weakref
from typing import Any

import pytest

import midstream
from midstream import Completed, Opened, Parser, Text
from tests.support.feeding import EVERYTHING, NO_EVENTS, feed_events, freeze, units

EVENTS: list[tuple[type, tuple[Any, ...], str]] = [
    (Opened, ((), "object"), "Opened(path=(), kind='object')"),
    (Opened, (("a", 0), "array"), "Opened(path=('a', 0), kind='array')"),
    (Opened, (("é",), "string"), "Opened(path=('é',), kind='string')"),
    (Text, (("a",), "x\n"), "Text(path=('a',), text='x\\n')"),
    (Completed, (("a",), 1, (5, 6)), "Completed(path=('a',), value=1, span=(5, 6))"),
    (Completed, ((), None, (0, 4)), "Completed(path=(), value=None, span=(0, 4))"),
    (Completed, ((0,), {"a": [1]}, (1, 10)), "Completed(path=(0,), value={'a': [1]}, span=(1, 10))"),
]
FIELDS = {Opened: ("path", "kind"), Text: ("path", "text"), Completed: ("path", "value", "span")}
HASHABLE = [(kind, fields) for kind, fields, _ in EVENTS if not isinstance(fields[1], dict)]


@pytest.mark.parametrize(("kind", "fields", "shown"), EVENTS, ids=[shown for *_, shown in EVENTS])
def test_made_from_its_fields(kind: Any, fields: tuple[Any, ...], shown: str) -> None:
    names = FIELDS[kind]
    assert kind.__match_args__ == names
    event = kind(*fields)
    by_name = kind(**dict(zip(names, fields, strict=True)))
    mixed = kind(fields[0], **dict(zip(names[1:], fields[1:], strict=True)))
    assert event == by_name == mixed
    assert (event != by_name) is False
    for name, field in zip(names, fields, strict=True):
        assert getattr(event, name) == field
        assert getattr(event, name) is field or name == "span"
    assert repr(event) == str(event) == shown
    assert type(event) is kind
    assert event.__class__.__name__ == kind.__name__
    assert kind.__doc__


@pytest.mark.parametrize("kind", [Opened, Text, Completed])
def test_the_fields_are_all_needed_and_no_more(kind: Any) -> None:
    names = FIELDS[kind]
    whole: dict[str, Any] = {"path": (), "kind": "array", "text": "x", "value": 1, "span": (0, 1)}
    fields = [whole[name] for name in names]
    for wrong in ([], fields[:-1], [*fields, 1]):
        with pytest.raises(TypeError):
            kind(*wrong)
    with pytest.raises(TypeError):
        kind(*fields, path=())
    with pytest.raises(TypeError):
        kind(*fields[:-1], nonsense=1)
    with pytest.raises(TypeError):
        kind()


@pytest.mark.parametrize(("kind", "fields", "shown"), EVENTS, ids=[shown for *_, shown in EVENTS])
def test_immutable(kind: Any, fields: tuple[Any, ...], shown: str) -> None:
    event = kind(*fields)
    for name in (*FIELDS[kind], "other"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(event, name, fields[0])
        with pytest.raises((AttributeError, TypeError)):
            delattr(event, name)
    with pytest.raises(TypeError):
        event[0] = 1
    with pytest.raises(TypeError):
        type("Sub", (kind,), {})
    with pytest.raises((AttributeError, TypeError)):
        kind.path = ()
    for unlike in (vars, iter, len):
        with pytest.raises(TypeError):
            unlike(event)
    if hasattr(event, "__init__") and type(event).__init__ is not object.__init__:
        with pytest.raises((AttributeError, TypeError)):
            event.__init__(*(["changed"] * len(fields)))
    assert event == kind(*fields)
    assert repr(event) == shown


def test_equality() -> None:
    all_of_them = [kind(*fields) for kind, fields, _ in EVENTS]
    for number, one in enumerate(all_of_them):
        for other_number, other in enumerate(all_of_them):
            assert (one == other) is (number == other_number)
            assert (one != other) is (number != other_number)
    assert Opened((), "object") != Text((), "object")
    assert Opened((), "object") != ((), "object")
    assert Completed((), 1, (0, 1)) != Completed((), 1, (0, 2))
    assert Completed((), 1, (0, 1)) != Completed((), 2, (0, 1))
    assert Completed((), 1, (0, 1)) != Completed((0,), 1, (0, 1))
    assert Completed((), [1], (0, 3)) == Completed((), [1], (0, 3))
    assert Completed((), 1.0, (0, 1)) == Completed((), 1, (0, 1))
    assert Text(("a",), "x") != None  # noqa: E711
    with pytest.raises(TypeError):
        sorted([Text((), "a"), Text((), "b")])  # type: ignore[type-var]

    class EqualToAll:
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]

    assert Text((), "a") == EqualToAll()
    assert EqualToAll() == Text((), "a")


def test_equality_of_values_that_can_not_be_compared() -> None:
    class Refuses:
        def __eq__(self, other: object) -> bool:
            raise ArithmeticError

        __hash__ = None  # type: ignore[assignment]

    value = Refuses()
    event = Completed((), value, (0, 1))
    with pytest.raises(ArithmeticError):
        assert event == Completed((), Refuses(), (0, 1))
    nan = float("nan")
    assert Completed((), nan, (0, 1)) != Completed((), float("nan"), (0, 1))


@pytest.mark.parametrize(("kind", "fields"), HASHABLE)
def test_hash(kind: Any, fields: tuple[Any, ...]) -> None:
    event = kind(*fields)
    assert hash(event) == hash(kind(*fields))
    assert len({event, kind(*fields), kind(("other",), *fields[1:])}) == 2
    assert {event: 1}[kind(*fields)] == 1


def test_hash_of_what_can_not_be_hashed() -> None:
    for value in ([], {}, [1], {"a": 1}):
        with pytest.raises(TypeError):
            hash(Completed((), value, (0, 2)))
    assert hash(Completed((), 1, (0, 1))) == hash(Completed((), 1.0, (0, 1)))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(("kind", "fields", "shown"), EVENTS, ids=[shown for *_, shown in EVENTS])
def test_pickle(kind: Any, fields: tuple[Any, ...], shown: str, protocol: int) -> None:
    event = kind(*fields)
    again = pickle.loads(pickle.dumps(event, protocol))
    assert type(again) is kind
    assert again == event
    assert repr(again) == shown


def test_pickle_keeps_what_is_shared() -> None:
    events = feed_events(['{"a":["xy",{"b":1}]}']).events
    again = pickle.loads(pickle.dumps(events))
    assert again == events
    paths: dict[Any, Any] = {}
    for event in again:
        assert paths.setdefault(event.path, event.path) is event.path
    root, inner = again[-1].value, again[-2].value
    assert root["a"] is inner


@pytest.mark.parametrize(("kind", "fields", "shown"), EVENTS, ids=[shown for *_, shown in EVENTS])
def test_copy(kind: Any, fields: tuple[Any, ...], shown: str) -> None:
    event = kind(*fields)
    shallow, deep = copy.copy(event), copy.deepcopy(event)
    assert shallow == deep == event
    assert type(shallow) is type(deep) is kind
    assert repr(shallow) == repr(deep) == shown
    for name in FIELDS[kind]:
        assert getattr(shallow, name) is getattr(event, name) or name == "span"
    if isinstance(fields[1], dict):
        assert deep.value is not event.value
        assert deep.value["a"] is not event.value["a"]
        deep.value["a"].append(2)
        assert repr(event) == shown


def test_repr_of_a_value_that_holds_the_event() -> None:
    value: list[Any] = []
    event = Completed((), value, (0, 2))
    value.append(event)
    assert "Completed(path=(), value=[" in repr(event)
    value.clear()


def test_the_collector_sees_through_an_event() -> None:
    class Leaf:
        pass

    leaf = Leaf()
    value: list[Any] = [leaf]
    value.append(Completed((), value, (0, 1)))
    gone = weakref.ref(leaf)
    del leaf, value
    gc.collect()
    assert gone() is None


def describe(event: midstream.Event) -> str:
    match event:
        case Opened(("a", int(index)), kind):
            return f"{kind} {index}"
        case Text(path=(), text=text):
            return f"root {text}"
        case Text(path, text):
            return f"{path} {text}"
        case Completed((), value):
            return f"whole {value}"
        case Completed(("a", *_), str(value), (start, end)):
            return f"str {value} {start} {end}"
        case Completed(span=(start, _), value=value):
            return f"{value} at {start}"
        case Opened():
            return "opened"
    raise AssertionError


def test_match() -> None:
    assert list(map(describe, feed_events(['{"a":["x",[]],"b":null}']).events)) == [
        "opened", "opened", "string 0", "('a', 0) x", "str x 6 9", "array 1", "[] at 10", "['x', []] at 5", "None at 18",
        "whole {'a': ['x', []], 'b': None}",
    ]  # fmt: skip
    assert [describe(event) for event in feed_events(['"y']).events] == ["opened", "root y"]


def test_the_union() -> None:
    assert set(typing.get_args(midstream.Event)) == {Opened, Text, Completed}
    assert isinstance(Text((), "a"), midstream.Event)
    assert not isinstance("a", midstream.Event)
    for kind in (Opened, Text, Completed):
        assert getattr(midstream, kind.__name__) is kind
        assert kind.__name__ in midstream.__all__


# -- as the parser gives them


def test_types_of_the_fields() -> None:
    for fragments in (['{"a":[1,2.5,"x",true,null,{"é":-1}]}'], units('{"a":[1,2.5,"x",true,null,{"é":-1}]}')):
        for event in feed_events(fragments).events:
            assert type(event.path) is tuple
            assert all(type(step) in (str, int) for step in event.path)
            if type(event) is Opened:
                assert event.kind in ("object", "array", "string")
                assert type(event.kind) is str
            elif type(event) is Text:
                assert type(event.text) is str
            else:
                assert type(event.span) is tuple
                assert [type(place) for place in event.span] == [int, int]


def test_one_path_a_node() -> None:
    """All events of a node have the same tuple, over feeds, however many texts come between."""
    text = '{"a":{"b":["some text","more \\ud83d\\ude00",[1]]},"c":"last"}'
    for fragments in ([text], units(text), units(text.encode())):
        paths: dict[Any, Any] = {}
        for event in feed_events(fragments).events:
            assert paths.setdefault(event.path, event.path) is event.path, event
        assert len(paths) == 8


def test_one_path_a_node_in_forks() -> None:
    parser = Parser(watch="$..*")
    opened = next(iter(parser.feed('["ab')))
    other = copy.copy(parser)
    for one in (parser, other):
        text, completed = list(one.feed('c"'))
        assert text.path is completed.path
        assert text.path == opened.path
    assert next(iter(parser.feed(',"d"]'))).path == (1,)


def test_a_repeated_key_is_a_new_node() -> None:
    events = feed_events(['{"a":["x"],"a":["y"]}'], "$.a[0]").events
    assert [event.path for event in events] == [("a", 0)] * 6
    for of_one in (events[:3], events[3:]):
        assert len({id(event.path) for event in of_one}) == 1


def test_the_same_empty_tuple() -> None:
    assert NO_EVENTS == ()
    assert type(NO_EVENTS) is tuple
    for watch in (None, "$.a", EVERYTHING):
        parser = Parser(watch=watch)
        for nothing in ("", b"", " ", "\n", bytearray(b" "), memoryview(b"")):
            assert parser.feed(nothing) is NO_EVENTS
        parser.feed('{"a":"x')
        for nothing in ("", "\\", "u00", "e9"[:1]):
            assert parser.feed(nothing) is NO_EVENTS
        parser.feed('9"')
        for nothing in (",", '"b"', ": ", "12", "", "34"):
            assert parser.feed(nothing) is NO_EVENTS
        parser.feed("}")
        assert parser.feed(" ", True) is NO_EVENTS
        assert parser.feed("", True) is NO_EVENTS


def test_a_list_of_its_own_each_time() -> None:
    parser = Parser(watch="$[*]")
    one: Any = parser.feed("[1,")
    two: Any = parser.feed("2,")
    assert type(one) is type(two) is list
    assert one is not two
    one.clear()
    two.append(None)
    assert parser.feed("3]") == [Completed((2,), 3, (5, 6))]
    assert parser.close() == [1, 2, 3]


def test_events_hold_no_parser() -> None:
    """An event keeps its own value alive and nothing besides."""

    class Leaf:
        pass

    parser = Parser(watch="$[0]", parse_float=lambda text: Leaf())
    events = parser.feed('[[1.5],2.5,"')
    own, other = weakref.ref(parser.value[0][0]), weakref.ref(parser.value[1])
    del parser
    gc.collect()
    assert other() is None
    assert own() is not None
    del events
    assert own() is None


def test_a_text_that_is_kept_does_not_grow() -> None:
    """Whatever is done with the deltas: they are texts of their own, and the string is the sum of them."""
    parser = Parser(watch="$")
    parts = []
    frozen = []
    for unit in units('"' + "abé€😀" * 40 + '"'):
        for event in parser.feed(unit):
            if type(event) is Text:
                parts.append(event.text)
                frozen.append(freeze(event.text))
                assert parser.value == "".join(parts)
    assert "".join(parts) == parser.close() == "abé€😀" * 40
    assert list(map(freeze, parts)) == frozen


def test_a_span_beyond_four_gigabytes_is_an_int() -> None:
    assert Completed((), 1, (2**40, 2**40 + 1)).span == (2**40, 2**40 + 1)
