"""parse_number() of _c/number.h reads what the grammar of RFC 8259 calls a number, as int() and float() do."""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import product
from pathlib import Path

import pytest

from tests.support import headers

pytestmark = headers.NEED_A_COMPILER

PROGRAM = (
    headers.READ_CASES
    + r"""
#include "number.h"

struct answer {
    uint32_t stop;      /* 0xFFFFFFFF: NULL is right */
    uint32_t is_long;   /* NULL is right, too */
    uint32_t is_float;
    int64_t whole;
    uint64_t bits;
};

static void check(uint32_t number, const uint8_t *at, uint32_t size, const struct answer *right) {
    struct short_number got;
    const uint8_t *stop = parse_number(at, at + size, &got);
    uint64_t bits;
    if (!stop) {
        if (right->stop != 0xFFFFFFFF && !right->is_long) differs(number, "not read");
        return;
    }
    memcpy(&bits, &got.real, 8);
    if (right->stop == 0xFFFFFFFF) differs(number, "read, though it is broken");
    else if (stop != at + right->stop) differs(number, "read to another end");
    else if (!!got.is_float != !!right->is_float) differs(number, "of the wrong type");
    else if (got.is_float ? bits != right->bits : got.whole != right->whole) differs(number, "of the wrong value");
}

int main(void) {
    uint32_t number, cases = take_count();
    for (number = 0; number < cases; number++) {
        uint32_t size = take_count(), offset;
        uint8_t *data = allocated(size);
        struct answer right;
        if (!take(data, size) || !take(&right.stop, 4) || !take(&right.is_long, 4) || !take(&right.is_float, 4)
            || !take(&right.whole, 8) || !take(&right.bits, 8)) abort();
        for (offset = 0; offset < 2; offset++) {
            /* a block that ends with the text */
            uint8_t *block = allocated(offset + size);
            memcpy(block + offset, data, size);
            check(number, block + offset, size, &right);
            free(block);
        }
        free(data);
    }
    printf("%lu differ\n", wrong);
    return 0;
}
"""
)

NONE = 0xFFFFFFFF
GRAMMAR = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
# all that might have become one
BEGUN = re.compile(r"-?[0-9]*(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?")

WHOLES = [
    "", "0", "1", "7", "00", "01", "10", "007", "42", "123456789", "999999999999999999", "1000000000000000000",
    "9223372036854775807", "9223372036854775808", "9999999999999999999", "18446744073709551615", "18446744073709551616",
    "99999999999999999999", "123456789012345678901234567890",
]  # fmt: skip
FRACTIONS = [
    "", ".", ".0", ".5", ".25", ".1", ".000", ".123456789012345678", ".9999999999999999999", ".000000000000000001",
    ".12345678901234567890123",
]  # fmt: skip
EXPONENTS = [
    "", "e", "E", "e+", "e-", "e0", "E+5", "e-5", "e22", "e23", "e-22", "e-23", "e308", "e309", "e-324", "e-400", "e00000000007",
    "E-0", "e9999", "e10000", "e-10001", "e99999999999999999999", "e-99999999999999999999",
]  # fmt: skip
BEHIND = ["", " ", ",", "]", "}", "\n", ".", "e", "E", "-", "+", "0", "x", '"', "\0", "/", ":", "\xff"]


def parts() -> Iterator[str]:
    yield from map("".join, product(("", "-"), WHOLES, FRACTIONS, EXPONENTS, ("", ",", "x", ".")))


def behind() -> Iterator[str]:
    wholes, fractions, exponents = ("0", "10", "007", "123456789012345678"), ("", ".", ".5", ".00"), ("", "e", "e-", "E+07", "e2")
    yield from map("".join, product(("", "-", "+", "--"), wholes, fractions, exponents, BEHIND, ("", "1", ".", "e5")))


def cut() -> Iterator[str]:
    for whole in ("-1234567890123456789.0e+12345", "-0.000123456E-0017,", "98765432109876543210e5", "0.10203040506070809010203"):
        yield from (whole[start:end] for start in range(len(whole)) for end in range(start + 1, len(whole) + 1))


def every_length() -> Iterator[str]:
    """Around the 18 and 19 digits that are short."""
    dice = random.Random(7)
    for digits, point in product(range(1, 24), range(24)):
        for first in "19":
            for _ in range(4):
                text = first + "".join(dice.choices("0123456789", k=digits - 1))
                text = text[:point] + "." + text[point:] if 0 < point <= digits else text
                yield from (sign + text + power + end for sign in ("", "-") for power in ("", "e-7", "E30") for end in ("", "]"))


def any_order() -> Iterator[str]:
    dice = random.Random(7)
    for _ in range(20_000):
        yield "".join(dice.choices("0123456789012345..eE-+-, ", k=dice.randrange(1, 12)))


def doubles() -> Iterator[str]:
    dice = random.Random(7)
    for _ in range(20_000):
        value = struct.unpack("<d", dice.randbytes(8))[0]
        if value - value == 0:
            yield repr(value) + dice.choice(BEHIND)
        yield f"{dice.uniform(-1000, 1000):.{dice.randrange(1, 16)}f}" + dice.choice(BEHIND)


GROUPS: list[Callable[[], Iterator[str]]] = [parts, behind, cut, every_length, any_order, doubles]


def packed(text: str) -> bytes:
    """A case with its answer, as the program reads it."""
    data = text.encode("latin-1")
    head = headers.count(len(data)) + data
    begun = BEGUN.match(text)
    assert begun is not None
    token = begun.group()
    number = GRAMMAR.fullmatch(token)
    if number is None:
        return head + struct.pack("=IIIqQ", NONE, 0, 0, 0, 0)
    is_float = number.group(1) is not None or number.group(2) is not None
    mantissa = re.split("[eE]", token)[0]
    is_long = sum(map(str.isdigit, mantissa)) > (19 if is_float else 18)
    bits = struct.unpack("=Q", struct.pack("=d", float(token)))[0] if is_float else 0
    whole = 0 if is_float or is_long else int(token)
    return head + struct.pack("=IIIqQ", len(token), is_long, is_float, whole, bits)


@lru_cache(maxsize=1)
def cases(group: Callable[[], Iterator[str]]) -> tuple[list[str], list[bytes]]:
    some = [text for text in dict.fromkeys(group()) if text]
    return some, list(map(packed, some))


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    @lru_cache
    def program(way: str) -> Path:
        return headers.build(tmp_path_factory.mktemp("number"), PROGRAM, *headers.WAYS[way])

    return program


@pytest.mark.parametrize("way", ["as compiled here", "sanitized"])
@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_numbers_are_what_python_says(programs: Callable[[str], Path], way: str, group: Callable[[], Iterator[str]]) -> None:
    some, with_answers = cases(group)
    assert len(some) > 500
    headers.check(programs(way), with_answers, some)
