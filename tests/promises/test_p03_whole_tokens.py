"""P03: tokens that are whole in a fragment go a quicker way, which nobody can tell from the other one."""

from __future__ import annotations

import decimal
from collections.abc import Iterator
from typing import Any

import pytest

import midstream
from tests.oracle import partial
from tests.support.feeding import Record, expected, observe, try_close, try_feed, units

DOCUMENTS: list[bytes] = [
    text.encode()
    for text in (
        '[0,-1,12,"a","",true,false,null,{},[],1.5,-0,-0.0,1e5,2E-3]',
        '{"a":"b","cc":{"d":[1,{"e":2}]},"":"","a":3}',
        ' [ 1 , 2 ]\n, ',
        '{ "a" : 1 ,\n\t"b" :\r\n[ ] , "c" : { } }\n',
        '[[1,[2,[3,[4,[5]]]]],{"a":{"b":{"c":{}}}}]',
        r'["\n","a\"b\\","\u0041\u20ac","\ud83d\ude00","\ud83d","x\ude00y"]',
        '["é€😀","aé",{"é":"ÿ","€":1}]',
        '[123456789012345678,1234567890123456789,-12345678901234567890123]',
        "[0.1,1234567890.123456789,12345678901234567890.5,1e400,-1e-400,0e0]",
        '{"a":1,"b":2,"a":{"c":[3]},"b":[4,{"d":5}],"a":6}',
        '{"a":{"b":1,"b":2},"a":{"b":[1]}}',
        '"abcdefghijkl"',
        "-123.5e+10 ",
        '["abcdefghijklm","ab\\ncd\\tef\\u0067"]',
        '{"abcdefghijk":1,"ab\\u0063":[true]}',
        '[{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6},{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7}]',
        *("[1,]", '{"a":1,}', '{"a" 1}', '{"a"::1}', "[1 2]", "[,]", "{,}", "[01]", "[1.]", "[-]", "[1e]", "[+1]", "[.5]"),
        *("[1.5.2]", "[tru]", "[truex]", "[nul ", "[falsy]", "[True]", '["a', '["a"', '{"a', '{"a"', '{"a":', "[1", "[1}"),
        *('["\\x"]', '["\\u12g4"]', '["\n"]', '["a\tb"]', "{1:2}", '{"a":1 "b":2}', '["a" "b"]', "[\x0b1]", "1 2"),
        *('{"a":1]', "[1]]", "[1]x", "{]", "[}"),
        "[" + "1," * 20 + "x]",
    )
] + [b'["ab\xff"]', b'{"a\xff":1}', b'["\xe2\x82"]', b"[1,\xff]", b'["a\xed\xa0\xbd"]', b'["a\x00"]']


def fed(kind: str, fragments: list[bytes], options: dict[str, Any]) -> list[Record]:
    """What a parser shows after each fragment, and after close()."""
    parser = midstream.Parser("$..nothing" if kind == "watching" else None, **options)
    if kind == "patching":
        parser.patch()
    shown = []
    error = None
    for fragment in fragments:
        error = error or try_feed(parser, fragment)
        shown.append(observe(parser, error))
    shown.append(observe(parser, error or try_close(parser)))
    return shown


KINDS = ("quick", "watching", "patching")


def check(data: bytes, options: dict[str, Any]) -> None:
    """Each kind, with every cut, against the quick one by the byte, which has no whole token but those of one byte."""
    *by_byte, last = fed("quick", units(data), options)
    by_byte.insert(0, observe(midstream.Parser(**options)))
    assert last == expected(partial.parse(data, final=True, **options))
    for kind in KINDS:
        assert fed(kind, [data], options) == [by_byte[-1], last], (kind, data, options)
        for place in range(1, len(data)):
            records = fed(kind, [data[:place], data[place:]], options)
            assert records == [by_byte[place], by_byte[-1], last], (kind, data[:place], data[place:], options)


OPTIONS: list[dict[str, Any]] = [
    {},
    *({"duplicate_keys": which, "numbers": numbers} for which in ("first", "error") for numbers in ("complete", "partial")),
    {"numbers": "partial"},
    {"parse_float": decimal.Decimal},
    {"parse_float": decimal.Decimal, "numbers": "partial"},
    {"multiple": True},
]


@pytest.mark.parametrize("options", OPTIONS, ids=repr)
def test_P03_both_ways_show_the_same(options: dict[str, Any]) -> None:
    for data in DOCUMENTS:
        check(data, options)


@pytest.mark.parametrize("limit", range(13))
@pytest.mark.parametrize("name", ["max_string", "max_depth", "max_size"])
def test_P03_both_ways_show_the_same_at_every_limit(name: str, limit: int) -> None:
    for data in DOCUMENTS[:16]:
        check(data, {name: limit})


@pytest.mark.parametrize("limit", range(13))
def test_P03_both_ways_show_the_same_at_limits_with_options(limit: int) -> None:
    for data in DOCUMENTS[7:10]:
        check(data, {"max_string": limit, "max_depth": limit, "numbers": "partial"})
        check(data, {"max_string": limit, "max_size": 5 * limit, "duplicate_keys": "first"})


def damaged() -> Iterator[bytes]:
    for data in (b'{"a":[1,"b",true],"c":{"d":-2.5,"e":null}}', b'[[],{},"x\\n",false,0]'):
        for place in range(len(data) + 1):
            for wrong in (b",", b":", b"]", b"}", b"[", b"{", b'"', b"x", b"0", b"-", b".", b" ", b"\n", b"\x01", b"\xff", b"\\"):
                yield data[:place] + wrong + data[place:]
            yield data[:place] + data[place + 1 :]


def test_P03_both_ways_break_alike() -> None:
    for data in dict.fromkeys(damaged()):
        wanted = expected(partial.parse(data, final=True))
        middle = len(data) // 2
        for kind in KINDS:
            for fragments in ([data], [data[:middle], data[middle:]], [data[:-3], data[-3:]]):
                assert fed(kind, fragments, {})[-1] == wanted, (kind, fragments)


def test_P03_watching_and_patching_may_begin_in_mid_document() -> None:
    """patch() is called for the first time somewhere in it."""
    for data in DOCUMENTS:
        wanted = fed("quick", [data], {})[-1]
        for place in range(len(data)):
            parser = midstream.Parser()
            error = try_feed(parser, data[:place])
            parser.patch()
            error = error or try_feed(parser, data[place:])
            assert observe(parser, error or try_close(parser)) == wanted, (data[:place], data[place:])
