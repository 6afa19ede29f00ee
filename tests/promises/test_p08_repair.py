"""P08 with repair: no feed changes a snapshot, and what is finished is shared, also what a repair has closed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

import midstream
from tests.support import broken, strategies
from tests.support.broken import HARD
from tests.support.feeding import at, freeze, observe, paths_of, try_close, try_feed, units


@given(strategies.fed(broken.streams()), broken.options())
def test_P08_no_feed_changes_a_snapshot_mended(fragments: list[Any], options: dict[str, Any]) -> None:
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


@strategies.FEWER
@given(strategies.fed(broken.streams()), broken.options(multiple=False, duplicate_keys="first"))
def test_P08_what_is_complete_is_the_same_object_mended(fragments: list[Any], options: dict[str, Any]) -> None:
    """And the root where the value is equal and no more of it is complete."""
    parser = midstream.Parser(**options)
    known: dict[tuple[str | int, ...], Any] = {}
    before, frozen_before, complete_before = parser.snapshot(), freeze(parser.snapshot()), observe(parser).complete
    for fragment in fragments:
        error = try_feed(parser, fragment)
        snapshot = parser.snapshot()
        frozen, complete = freeze(snapshot), observe(parser).complete
        for path, value in known.items():
            assert at(snapshot, path) is value, path
        assert snapshot is not before or frozen == frozen_before
        assert snapshot is before or frozen != frozen_before or complete != complete_before
        assert parser.snapshot() is snapshot
        known = {path: at(snapshot, path) for path in paths_of(snapshot) if parser.is_complete(path)}
        before, frozen_before, complete_before = snapshot, frozen, complete
        if error is not None:
            return


@pytest.mark.parametrize("name", HARD)
def test_P08_snapshots_after_every_byte(name: str) -> None:
    parser = midstream.Parser(repair="all")
    taken = []
    for byte in units(HARD[name]):
        parser.feed(byte)
        taken.append((parser.snapshot(), freeze(parser.value)))
    parser.close()
    assert all(freeze(snapshot) == frozen for snapshot, frozen in taken)


@pytest.mark.parametrize("wait", ['"', '" ', '",', '", ', '" + ', "\\", "\\u00", "\\ud83d"])
def test_P08_what_waits_changes_nothing(wait: str) -> None:
    """While it is open what a quote means, the snapshot is the same object."""
    parser = midstream.Parser(repair="all")
    parser.feed('{"a":[1],"b":"x')
    before = parser.snapshot()
    for unit in units(wait):
        parser.feed(unit)
        assert parser.snapshot() is before


def test_P08_what_a_repair_has_closed_is_shared() -> None:
    parser = midstream.Parser(repair="all")
    parser.feed('[{"i":[1],{"i":[2,3]}, {"j":[4}, {"k":')
    one = parser.snapshot()
    parser.feed('5, "l":"m')
    two = parser.snapshot()
    assert one is not two
    assert len(one) == len(two) >= 3
    for first, second in list(zip(one, two, strict=True))[:-1]:
        assert first is second
    assert one[-1] is not two[-1]
