"""MISSING: a falsy singleton that survives copying and pickling."""

from __future__ import annotations

import copy
import pickle

import pytest

import midstream


def test_it_is_falsy_and_says_its_name() -> None:
    assert not midstream.MISSING
    assert bool(midstream.MISSING) is False
    assert repr(midstream.MISSING) == "midstream.MISSING"
    assert midstream.MISSING is not None
    assert midstream.MISSING not in ({}, [], "", 0, False, None)


def test_it_is_one_object() -> None:
    assert copy.copy(midstream.MISSING) is midstream.MISSING
    assert copy.deepcopy([midstream.MISSING])[0] is midstream.MISSING
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(midstream.MISSING, protocol)) is midstream.MISSING


def test_it_has_an_identity_to_hash() -> None:
    assert {midstream.MISSING: 1}[midstream.MISSING] == 1
    assert midstream.MISSING == midstream.MISSING


@pytest.mark.parametrize("prefix", ["", " \n", "1", "-", "tru", "nul"])
def test_it_is_shown_until_a_value_has_begun(prefix: str) -> None:
    parser = midstream.Parser()
    parser.feed(prefix)
    assert parser.value is midstream.MISSING
    assert parser.snapshot() is midstream.MISSING
    assert midstream.loads(prefix, partial=True) is midstream.MISSING


@pytest.mark.parametrize(("text", "value"), [("null", None), ("false", False), ('"', ""), ("[", []), ("{", {}), ("0 ", 0)])
def test_falsy_values_are_not_missing(text: str, value: object) -> None:
    parser = midstream.Parser()
    parser.feed(text)
    assert parser.value is not midstream.MISSING
    assert parser.value == value
