"""Options of Parser: what is refused, and that everything is keyword-only."""

from __future__ import annotations

import decimal
import inspect
from typing import Any

import pytest

import midstream


@pytest.mark.parametrize(
    "options",
    [
        {"numbers": "whole"}, {"numbers": None}, {"numbers": True}, {"numbers": ""}, {"duplicate_keys": "middle"},
        {"duplicate_keys": None}, {"parse_float": 1}, {"parse_float": "float"}, {"max_depth": -1}, {"max_depth": "3"},
        {"max_depth": 1.5}, {"max_size": -1}, {"max_size": "3"}, {"max_size": 2.0}, {"max_string": -1}, {"max_string": "x"},
        {"max_string": []}, {"unknown": 1}, {"watch_": None}, {"repair": "some"}, {"repair": ""}, {"repair": True}, {"repair": 1},
        {"repair": b"all"}, {"repair": midstream.Repair.COMMA}, {"repair": ["comma"]}, {"repair": [None]}, {"repair": ["all"]},
    ],
    ids=str,
)  # fmt: skip
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    for make in (midstream.Parser, lambda **o: midstream.loads("[]", **o), lambda **o: list(midstream.snapshots(["[]"], **o))):
        with pytest.raises((TypeError, ValueError)) as caught:
            make(**options)
        assert not isinstance(caught.value, midstream.JSONStreamError)


def test_everything_but_watch_and_repair_is_keyword_only() -> None:
    assert midstream.Parser(None, "all").feed("{a: 1}") == ()
    for arguments in (("$", None, "complete"), (None, "all", None), ((), (), 1024)):
        with pytest.raises(TypeError):
            midstream.Parser(*arguments)


@pytest.mark.parametrize("limit", ["max_depth", "max_size", "max_string"])
def test_none_and_huge_numbers_mean_no_limit(limit: str) -> None:
    for value in (None, 2**31, 2**62):
        parser = midstream.Parser(**{limit: value})
        parser.feed('{"a":[1,"text"]}')
        assert parser.close() == {"a": [1, "text"]}


def test_a_limit_too_large_for_the_machine_is_a_limit_or_refused() -> None:
    for limit in ("max_depth", "max_size", "max_string"):
        try:
            parser = midstream.Parser(**{limit: 2**100})
        except (OverflowError, ValueError):
            continue
        parser.feed("[1]")
        assert parser.close() == [1]


def test_parse_float_may_return_anything() -> None:
    for parse_float, value in (
        (decimal.Decimal, decimal.Decimal("1.10")),
        (str, "1.10"),
        (lambda text: None, None),
        (lambda text: [text], ["1.10"]),
    ):
        parser = midstream.Parser(parse_float=parse_float)
        parser.feed("[1.10, 5, 1")
        parser.feed(".10]")
        assert parser.close() == [value, 5, value]


def test_parse_float_is_not_called_for_integers() -> None:
    def refuse(text: str) -> Any:
        raise AssertionError(text)

    parser = midstream.Parser(parse_float=refuse, numbers="partial")
    for unit in "[-0,12,-345,67890123456789012345678901234567890]":
        parser.feed(unit)
    assert parser.close() == [0, 12, -345, 67890123456789012345678901234567890]


def test_parsers_can_be_referred_to_weakly_or_not_at_all_but_have_a_repr() -> None:
    parser = midstream.Parser()
    parser.feed("[1")
    assert "Parser" in repr(parser)


def test_the_public_names() -> None:
    names = """Parser MISSING Status ErrorKind JSONStreamError MalformedJSON TruncatedJSON LimitExceeded Repair Repaired
        snapshots documents loads __version__""".split()
    for name in names:
        assert hasattr(midstream, name), name
        assert name in midstream.__all__ or name.startswith("__"), name
    for name in midstream.__all__:
        assert hasattr(midstream, name)
    assert inspect.ismodule(midstream)
