"""P01: on a complete document the final value equals that of json.loads."""

from __future__ import annotations

import array
import decimal
import itertools
import json
import random
import struct
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from tests.oracle.partial import digit_limit
from tests.support import strategies
from tests.support.feeding import feed_all, freeze, json_value, random_cuts, units


def final_value(fragments: list[Any], **options: Any) -> Any:
    parser, error = feed_all(fragments, **options)
    assert error is None, error
    return parser.close()


@given(st.data(), strategies.json_texts(max_leaves=25))
def test_P01_every_spelling(data: st.DataObject, text: str) -> None:
    wanted = freeze(json_value(text))
    assert freeze(final_value([text])) == wanted
    assert freeze(final_value(data.draw(strategies.cut_plans(text.encode())))) == wanted
    assert freeze(midstream.loads(text)) == wanted


@given(strategies.json_values(), st.booleans(), st.sampled_from([None, 0, 2]), st.integers(0, 2**32))
def test_P01_every_value(value: Any, ascii_only: bool, indent: int | None, seed: int) -> None:
    text = json.dumps(strategies.finite(value), ensure_ascii=ascii_only, indent=indent)
    wanted = freeze(json.loads(text))
    assert freeze(final_value([text])) == wanted
    assert freeze(final_value(random_cuts(text, seed))) == wanted


@pytest.mark.parametrize("power", [0, 7, 8, 15, 16, 29, 30, 31, 32, 52, 53, 54, 59, 60, 62, 63, 64, 65, 127, 128])
def test_P01_integers_around_powers_of_two(power: int) -> None:
    numbers = [sign * (2**power + off) for sign in (1, -1) for off in range(-2, 3)]
    text = json.dumps(numbers)
    for fragments in ([text], units(text), random_cuts(text, power)):
        assert freeze(final_value(fragments)) == freeze(numbers)


def test_P01_integers_of_every_length() -> None:
    rng = random.Random(1)
    lengths = [*range(1, 45), 99, 100, 300, 511, 512, 513, 640, 1000, 4000, 4299, 4300]
    limit = digit_limit() or 4300
    texts = [
        sign + rng.choice("123456789") + "".join(rng.choices("0123456789", k=length - 1))
        for length in lengths
        if length <= limit
        for sign in ("", "-")
    ]
    texts += ["9" * length for length in range(1, 25)] + ["1" + "0" * length for length in range(25)]
    text = "[" + ",".join(texts) + "]"
    wanted = list(map(int, texts))
    for fragments in ([text], units(text), random_cuts(text, 2)):
        value = final_value(fragments)
        assert value == wanted
        assert all(type(number) is int for number in value)


def test_P01_zeros_and_overflow() -> None:
    texts = ["0", "-0", "0.0", "-0.0", "0e0", "-0e5", "0E-400", "-0.0e400", "1e400", "-1e400", "1e-400", "-1E-400"]
    texts += [
        "1" + "0" * 400 + ".0",
        "0." + "0" * 400 + "1",
        "9" * 400 + "e-400",
        "1e99999999999999999999",
        "1e-99999999999999999999",
    ]
    texts += ["0e99999999999999999999", "0." + "0" * 30 + "e400", "1e+0000000000000000000001", "1.7976931348623159e308", "2e308"]
    for text in texts:
        wanted = freeze([json.loads(text)])
        assert freeze(final_value([f"[{text}]"])) == wanted
        assert freeze(final_value(units(f"[{text}]"))) == wanted
        assert freeze(final_value(units(text))) == freeze(json.loads(text))


# -- floats, to the bit: a million in all


def from_bits(rng: random.Random) -> Iterator[str]:
    """The shortest spelling of random bit patterns."""
    while True:
        (number,) = struct.unpack("d", rng.randbytes(8))
        if number == number and abs(number) != float("inf"):
            yield repr(number)


def from_digits(rng: random.Random) -> Iterator[str]:
    """1 to 40 random digits with a point anywhere and an exponent to match the whole range of floats."""
    while True:
        digits = str(rng.randrange(1, 10 ** rng.randint(1, 40)))
        cut = rng.randint(1, len(digits))
        sign = rng.choice(("", "-"))
        yield f"{sign}{digits[:cut]}.{digits[cut:] or '0'}e{rng.randint(-345, 310)}"


def from_printing(rng: random.Random) -> Iterator[str]:
    """Random bit patterns printed with 1 to 25 digits."""
    while True:
        (number,) = struct.unpack("d", rng.randbytes(8))
        if number == number and abs(number) != float("inf"):
            text = f"{number:.{rng.randint(0, 24)}e}"
            yield text.upper() if rng.random() < 0.5 else text


def from_subnormals(rng: random.Random) -> Iterator[str]:
    """Numbers below the smallest normal float, shortest and long, and around zero."""
    while True:
        (number,) = struct.unpack("d", struct.pack("Q", rng.getrandbits(rng.randint(1, 53))))
        yield repr(number) if rng.random() < 0.5 else f"{number:.{rng.randint(1, 30)}e}"
        yield f"{rng.randrange(1, 10**9)}e-{rng.randint(322, 400)}"


def from_prices(rng: random.Random) -> Iterator[str]:
    """Short decimals, as people write them, and integers with an exponent."""
    while True:
        digits = rng.randint(1, 12)
        yield f"{rng.randrange(10**6)}.{rng.randrange(10**digits):0{digits}d}"
        yield f"{rng.randrange(10 ** rng.randint(1, 19))}E{rng.choice(('', '+', '-'))}{rng.randint(0, 30)}"


def from_extremes(rng: random.Random) -> Iterator[str]:
    """Exponents about 400, both ways, with digits that bring some of them back into range."""
    while True:
        zeros = "0" * rng.randint(0, 120)
        yield f"{rng.randrange(1, 10**17)}{zeros}e-{rng.randint(300, 420)}"
        yield f"0.{zeros}{rng.randrange(1, 10**17)}e{rng.randint(250, 420)}"


def from_halfway(rng: random.Random) -> Iterator[str]:
    """Points exactly between two floats, and next to them on both sides."""
    with decimal.localcontext() as context:
        context.prec = 1200
        context.Emin, context.Emax = -2000, 2000
        while True:
            exponent = rng.randint(1023 - 80, 1023 + 80) if rng.random() < 0.97 else rng.randint(0, 2046)
            bits = exponent << 52 | rng.getrandbits(52)
            low, high = (struct.unpack("d", struct.pack("Q", b))[0] for b in (bits, bits + 1))
            if high == float("inf"):
                continue
            middle = (decimal.Decimal(low) + decimal.Decimal(high)) / 2
            text = f"{middle:e}" if rng.random() < 0.5 else f"{middle:f}"
            if "e" not in text and "." not in text:
                text += ".0"
            yield text
            mantissa, e, tail = text.partition("e")
            mantissa += "" if "." in mantissa else "."
            yield mantissa + "0" * rng.randint(1, 40) + "1" + e + tail
            digits = mantissa.rstrip("0123456789")
            yield digits + str(int("1" + mantissa[len(digits) :] + "0") - 1)[1:] + e + tail


FLOATS: list[tuple[Callable[[random.Random], Iterator[str]], int]] = [
    (from_bits, 300_000),
    (from_digits, 250_000),
    (from_printing, 150_000),
    (from_subnormals, 100_000),
    (from_prices, 100_000),
    (from_extremes, 50_000),
    (from_halfway, 50_000),
]
BATCH = 25_000


def check_floats(texts: list[str], seed: int) -> None:
    wanted = array.array("d", map(float, texts))
    document = ("[" + ",".join(texts) + "]").encode()
    for way, fragments in (("whole", [document]), ("cut", random_cuts(document, seed, mean=9.0))):
        value = final_value(fragments)
        assert len(value) == len(texts)
        assert set(map(type, value)) == {float}
        if array.array("d", value).tobytes() != wanted.tobytes():
            wrong = [
                (text, got.hex(), want.hex())
                for text, got, want in zip(texts, value, wanted, strict=True)
                if struct.pack("d", got) != struct.pack("d", want)
            ]
            pytest.fail(f"{way}: {len(wrong)} floats differ, the first: {wrong[:3]}")


@pytest.mark.parametrize(("source", "count"), FLOATS, ids=lambda part: getattr(part, "__name__", None))
def test_P01_floats_to_the_bit(source: Callable[[random.Random], Iterator[str]], count: int) -> None:
    texts = source(random.Random(f"{source.__name__} of midstream"))
    for start in range(0, count, BATCH):
        check_floats(list(itertools.islice(texts, min(BATCH, count - start))), start)


def test_P01_floats_known_to_be_hard() -> None:
    texts = """
        2.2250738585072011e-308 2.2250738585072012e-308 2.2250738585072014e-308 4.9406564584124654e-324
        2.4703282292062327e-324 2.4703282292062328e-324 2.4703282292062327208051355e-324 1.7976931348623157e308
        1.7976931348623158e308 9007199254740993.0 9007199254740992.5 9007199254740993.00000000000000000000000000001
        0.1 0.3 1.1 8.41e21 9.109e-31 5e-324 3e-324 2e-324 1e23 8.5e22 6929495644600919.5 3.7455744005952583e15
        1.00000000000000011102230246251565404 1.00000000000000011102230246251565405 7.2057594037927933e16 1e22 1e-22
        123456789012345678e-5 0.000000000000000000000000000000000000001 179769313486231580793728971405301e276 -1.5e-5
        1.0 89255.0e-22 104110013277974872254e-225 6.631236846766476e-316
        3.2378839133029012895883524125015321748630094e-319 1e-323
        """.split()
    check_floats([text if set(".eE") & set(text) else text + ".0" for text in texts], 1)
    for text in texts:
        assert freeze(final_value(units(text))) == freeze(json.loads(text))


# -- texts


def test_P01_every_four_digit_escape() -> None:
    rng = random.Random(3)
    codes = [code for code in range(0x10000) if not 0xD800 <= code <= 0xDFFF]
    bodies = [rng.choice(("\\u{:04x}", "\\u{:04X}")).format(code) for code in codes]
    text = '"' + "".join(bodies) + '"'
    wanted = "".join(map(chr, codes))
    assert final_value([text]) == wanted
    assert final_value(units(text)) == wanted
    assert final_value(["[" + ",".join(f'"{body}"' for body in bodies) + "]"]) == list(wanted)


def test_P01_every_character() -> None:
    characters = [chr(c) for c in range(0x20, sys.maxunicode + 1) if not 0xD800 <= c <= 0xDFFF and chr(c) not in '"\\']
    wanted = "".join(characters)
    data = f'"{wanted}"'.encode()
    assert final_value([data]) == wanted
    assert final_value([data.decode()]) == wanted
    assert final_value(random_cuts(data, 4, mean=2.0)) == wanted
    some = characters[:0x900] + characters[0x900::37]
    data = ("[" + ",".join(f'"{character}"' for character in some) + "]").encode()
    assert final_value([data]) == some
    assert final_value(units(data)) == some


def test_P01_every_surrogate_pair_spelled_as_escapes() -> None:
    codes = [*range(0x10000, 0x110000, 61), 0x10000, 0x103FF, 0x10400, 0x10FC00, 0x10FFFF]
    text = "".join(f"\\u{0xD800 + (c - 0x10000 >> 10):04x}\\u{0xDC00 + (c - 0x10000 & 0x3FF):04X}" for c in codes)
    wanted = "".join(map(chr, codes))
    parser, error = feed_all([f'"{text}"'])
    assert error is None
    assert parser.close() == wanted
    assert parser.repairs == ()
    assert final_value(random_cuts(f'"{text}"', 5, mean=3.0)) == wanted


def test_P01_repeated_keys_keep_the_first_place_and_the_last_value() -> None:
    text = '{"a":1,"b":[1,{"x":1,"y":2,"x":3}],"a":{"c":1},"\\u0062":4,"":0,"":1}'
    for fragments in ([text], units(text)):
        value = final_value(fragments)
        assert freeze(value) == freeze(json.loads(text))
        assert list(value) == ["a", "b", ""]


def test_P01_plain_built_in_types() -> None:
    text = '[{"k":"v"},[],"é",1,1.5,true,false,null,"",{},18446744073709551616]'
    value = final_value(units(text))
    assert [type(item) for item in value] == [type(item) for item in json.loads(text)]
    assert value[5] is True
    assert value[6] is False
    assert value[7] is None
    assert type(next(iter(value[0]))) is str


@pytest.mark.parametrize("length", [0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1000, 5000])
def test_P01_special_bytes_at_every_place_of_a_run(length: int) -> None:
    """A run of plain text is ended by a quote, an escape or a wide character wherever it stands."""
    places = range(length + 1) if length < 200 else (0, 1, length // 2, length - 1, length)
    for place in places:
        for special, shown in (("", ""), ("\\n", "\n"), ('\\"', '"'), ("é", "é"), ("€", "€"), ("😀", "😀"), ("\\u00e9", "é")):
            text = '{"k":"' + "a" * place + special + "b" * (length - place) + '","' + "c" * place + special + '":0}'
            wanted = {"k": "a" * place + shown + "b" * (length - place), "c" * place + shown: 0}
            assert final_value([text]) == wanted
            assert final_value([text.encode()]) == wanted


@pytest.mark.parametrize("length", [1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 1000])
def test_P01_runs_of_white_space(length: int) -> None:
    rng = random.Random(length)
    space = "".join(rng.choices(" \t\r\n", k=length))
    text = f'{space}{{{space}"a"{space}:{space}[{space}1{space},{space}"b"{space}]{space}}}{space}'
    for fragments in ([text], units(text), random_cuts(text, length)):
        assert final_value(fragments) == {"a": [1, "b"]}
