"""loads: one text at once."""

from __future__ import annotations

import decimal
from typing import Any

import pytest

import midstream
from tests.support.feeding import freeze


@pytest.mark.parametrize(
    "data",
    [
        '{"é":[1,2.5,null]}',
        b'{"\xc3\xa9":[1,2.5,null]}',
        bytearray(b'{"\xc3\xa9":[1,2.5,null]}'),
        memoryview(b'{"\xc3\xa9":[1,2.5,null]}'),
    ],
)
def test_whole(data: Any) -> None:
    assert midstream.loads(data) == {"é": [1, 2.5, None]}
    assert midstream.loads(data, partial=True) == {"é": [1, 2.5, None]}
    assert midstream.loads(data, partial=False) == {"é": [1, 2.5, None]}


def test_a_root_number() -> None:
    assert midstream.loads("12") == 12
    assert midstream.loads("12", partial=True) is midstream.MISSING
    assert midstream.loads("12 ", partial=True) == 12
    assert midstream.loads("12", partial=True, numbers="partial") == 12


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a":[1,{"b":"te', {"a": [1, {"b": "te"}]}),
        ("[1,2", [1]),
        ("[tru", []),
        ('"\\ud83d', ""),
        ("[1,2,", [1, 2]),
        ('{"a"', {}),
    ],
)
def test_partial(text: str, value: Any) -> None:
    assert freeze(midstream.loads(text, partial=True)) == freeze(value)
    with pytest.raises(midstream.TruncatedJSON) as caught:
        midstream.loads(text)
    assert caught.value.offset == len(text)


def test_malformed_raises_either_way() -> None:
    for partial in (False, True):
        with pytest.raises(midstream.MalformedJSON) as caught:
            midstream.loads('{"a":[1,x', partial=partial)
        assert caught.value.value == {"a": [1]}
        assert caught.value.offset == 8


def test_options_are_passed_on() -> None:
    assert midstream.loads("[1.10]", parse_float=decimal.Decimal) == [decimal.Decimal("1.10")]
    assert midstream.loads('{"a":1,"a":2}', duplicate_keys="first") == {"a": 1}
    with pytest.raises(midstream.LimitExceeded):
        midstream.loads("[[]]", max_depth=1)


def test_repair() -> None:
    assert midstream.loads("{'a': [1, 2,],", repair="all") == {"a": [1, 2]}
    assert midstream.loads("{'a': [1, 2,],", True, repair=[midstream.Repair.QUOTE, midstream.Repair.COMMA]) == {"a": [1, 2]}
    with pytest.raises(midstream.MalformedJSON):
        midstream.loads("{'a': [1, 2,]}", repair=[midstream.Repair.QUOTE])


def test_several_documents_are_not_for_loads() -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        midstream.loads("1 2", multiple=True)
    assert not isinstance(caught.value, midstream.JSONStreamError)
    with pytest.raises(midstream.MalformedJSON):
        midstream.loads("1 2")


def test_wrong_types() -> None:
    for wrong in (None, 1, ["[]"], object()):
        with pytest.raises(TypeError):
            midstream.loads(wrong)  # type: ignore[arg-type]
