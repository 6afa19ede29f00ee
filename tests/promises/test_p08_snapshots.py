"""P08: a snapshot never changes, shares what is complete, and is the same object where nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import midstream
from tests.support import strategies
from tests.support.feeding import at, freeze, observe, paths_of, random_cuts, try_close, try_feed, units


def containers(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, dict)):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from containers(item)


@given(strategies.fed(), strategies.options())
def test_P08_no_feed_changes_a_snapshot(fragments: list[Any], options: dict[str, Any]) -> None:
    parser = midstream.Parser(**options)
    taken = []
    for count in range(len(fragments) + 1):
        error = try_feed(parser, fragments[count]) if count < len(fragments) else try_close(parser)
        for share in (True, False):
            snapshot = parser.snapshot(share)
            frozen = freeze(snapshot)
            assert frozen == freeze(parser.value)
            taken.append((snapshot, frozen))
        if error is not None:
            break
    for snapshot, frozen in taken:
        assert freeze(snapshot) == frozen


@given(strategies.fed(), strategies.options())
def test_P08_the_same_object_exactly_where_nothing_changed(fragments: list[Any], options: dict[str, Any]) -> None:
    """Nothing has changed where the value is equal and no more of it is complete."""
    options["multiple"] = False
    if options.get("duplicate_keys") != "first":
        options["duplicate_keys"] = "error"
    parser = midstream.Parser(**options)

    def look() -> tuple[Any, Any, Any]:
        snapshot = parser.snapshot()
        return snapshot, freeze(snapshot), observe(parser).complete

    before, frozen_before, complete_before = look()
    for fragment in fragments:
        error = try_feed(parser, fragment)
        after, frozen, complete = look()
        assert after is not before or frozen == frozen_before
        assert after is before or frozen != frozen_before or complete != complete_before
        assert parser.snapshot() is after
        assert parser.snapshot(share=True) is after
        before, frozen_before, complete_before = after, frozen, complete
        if error is not None:
            return


@given(st.data(), strategies.distinct_key_texts(), st.sampled_from(["complete", "partial"]))
def test_P08_complete_subtrees_are_the_same_object(data: st.DataObject, text: str, numbers: str) -> None:
    parser = midstream.Parser(numbers=numbers)
    known: dict[tuple[str | int, ...], Any] = {}
    for fragment in data.draw(strategies.cut_plans(text.encode())):
        parser.feed(fragment)
        snapshot = parser.snapshot()
        for path, value in known.items():
            assert at(snapshot, path) is value, path
        known = {path: at(snapshot, path) for path in paths_of(snapshot) if parser.is_complete(path)}


def test_P08_open_containers_are_copies() -> None:
    parser = midstream.Parser()
    parser.feed('{"a":[1,{"b":[2,')
    one = parser.snapshot()
    parser.feed("3")
    assert parser.snapshot() is one
    parser.feed(",")
    two = parser.snapshot()
    for path in ((), ("a",), ("a", 1), ("a", 1, "b")):
        assert at(one, path) is not at(two, path)
        assert at(one, path) is not at(parser.value, path)
    assert one == {"a": [1, {"b": [2]}]}
    assert two == {"a": [1, {"b": [2, 3]}]}


def test_P08_white_space_keys_and_half_atoms_change_nothing() -> None:
    parser = midstream.Parser()
    parser.feed('{"a":[1],"b":["x')
    before = parser.snapshot()
    for unit in units("\\ud83d\\ude0"):
        parser.feed(unit)
        assert parser.snapshot() is before
    parser.feed('0",')
    before = parser.snapshot()
    for unit in units(" \n 12"):
        parser.feed(unit)
        assert parser.snapshot() is before
    parser.feed(" ]")
    before = parser.snapshot()
    for unit in units(' , "key" : tru'):
        parser.feed(unit)
        assert parser.snapshot() is before
    parser.feed("e}")
    before = parser.snapshot()
    parser.feed(" \n")
    assert parser.snapshot() is before
    parser.close()
    assert parser.snapshot() is before


def test_P08_a_change_in_one_branch_leaves_the_others() -> None:
    parser = midstream.Parser()
    parser.feed('{"done":{"x":[1,2,3]},"list":[[1],[2],"str')
    one = parser.snapshot()
    parser.feed("ing")
    two = parser.snapshot()
    assert two is not one
    assert two["done"] is one["done"]
    assert two["list"] is not one["list"]
    assert two["list"][0] is one["list"][0]
    assert two["list"][1] is one["list"][1]
    assert one["list"][2] == "str"
    assert two["list"][2] == "string"


def test_P08_a_repeated_key_does_not_change_earlier_snapshots() -> None:
    text = '{"a":{"x":1},"b":2,"a":{"x":[1,2]},"a":"end"}'
    for seed in range(20):
        parser = midstream.Parser()
        taken = []
        for fragment in random_cuts(text, seed, mean=2.0):
            parser.feed(fragment)
            snapshot = parser.snapshot()
            taken.append((snapshot, freeze(snapshot)))
        assert all(freeze(snapshot) == frozen for snapshot, frozen in taken)
        assert parser.close() == {"a": "end", "b": 2}


@given(strategies.fed(), strategies.options())
def test_P08_an_own_copy_shares_no_container(fragments: list[Any], options: dict[str, Any]) -> None:
    parser = midstream.Parser(**options)
    held: list[Any] = []
    for fragment in fragments:
        error = try_feed(parser, fragment)
        shared = parser.snapshot()
        others = {id(item) for value in (*held, shared, parser.value) for item in containers(value)}
        own = parser.snapshot(share=False)
        assert not others & {id(item) for item in containers(own)}
        held += [shared, own]
        if error is not None:
            return


def test_P08_an_own_copy_may_be_written_to() -> None:
    text = '{"a":[1,{"b":"c"}],"d":{"e":[2]},"f":"ghi"}'
    parser = midstream.Parser()
    for unit in units(text):
        parser.feed(unit)
        shared = parser.snapshot()
        frozen = freeze(shared)
        for container in list(containers(parser.snapshot(share=False))):
            container.clear()
        assert freeze(shared) == frozen
        assert freeze(parser.value) == frozen
    assert parser.close() == {"a": [1, {"b": "c"}], "d": {"e": [2]}, "f": "ghi"}


def test_P08_one_value_of_several_documents() -> None:
    parser = midstream.Parser(multiple=True)
    parser.feed('{"a":[1]} ')
    one = parser.snapshot()
    parser.feed('{"a":[1')
    two = parser.snapshot()
    parser.feed("]}3")
    assert parser.snapshot() is midstream.MISSING
    assert one == {"a": [1]}
    assert two == {"a": []}


def test_P08_missing_until_a_value_has_begun() -> None:
    parser = midstream.Parser()
    assert parser.snapshot() is midstream.MISSING
    assert parser.snapshot(share=False) is midstream.MISSING
    parser.feed(" 12")
    assert parser.snapshot() is midstream.MISSING
    parser.feed(" ")
    assert parser.snapshot() == 12
