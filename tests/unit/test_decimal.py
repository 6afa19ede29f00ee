"""The conversion of _c/decimal.h gives the double that float() gives, bit for bit, with and without a product of 128 bits."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tests.support import headers, powers

pytestmark = headers.NEED_A_COMPILER

# a mantissa and a power of ten in, the two answers out: of the whole, and of what it is without its short way
PROGRAM = r"""
#include <inttypes.h>
#include <stdio.h>
#include "decimal.h"

static void show(int known, double value) {
    uint64_t bits;
    memcpy(&bits, &value, 8);
    if (known == 1) printf(" %016" PRIx64, bits);
    else printf(" undecided");
}

int main(void) {
    uint64_t mantissa;
    int power, known;
    while (scanf("%" SCNu64 " %d", &mantissa, &power) == 2) {
        double value = -1.0;
        known = decimal_double(mantissa, power, &value);
        show(known, value);
        value = -1.0;
        known = scaled_double(mantissa, power, &value);
        show(known, value);
        puts("");
    }
    return 0;
}
"""

Cases = Iterator[tuple[int, int]]


# -- cases: (mantissa, power of ten)


def doubles(dice: random.Random, count: int) -> Iterator[float]:
    """Positive ones, each exponent as likely as any other."""
    for _ in range(count):
        yield struct.unpack("<d", struct.pack("<Q", dice.randrange(1, 0x7FF << 52)))[0]


def written(text: str) -> tuple[int, int]:
    _, digits, power = Decimal(text).as_tuple()
    assert isinstance(power, int)
    return int("".join(map(str, digits))), power


def every_length(dice: random.Random) -> Cases:
    """Mantissas of every number of digits, and times every power of ten."""
    for power in range(-365, 330):
        yield from ((dice.randrange(10**digits, 10 ** (digits + 1)), power) for digits in range(19) for _ in range(3))
        yield from ((dice.getrandbits(bits + 1) | 1 << bits, power) for bits in range(64))
        yield from ((mantissa, power) for mantissa in (0, 1, 9, 10**19, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1))


def far_off(dice: random.Random) -> Cases:
    for power in (-(2**31), -(2**31) + 1, -100_000, -401, -400, 400, 401, 100_000, 2**31 - 23, 2**31 - 1):
        yield from ((mantissa, power) for mantissa in (0, 1, 12345, 2**64 - 1))


def short(dice: random.Random) -> Cases:
    """What people write, on both sides of where the short way ends."""
    yield from ((dice.getrandbits(dice.randrange(1, 56)), dice.randrange(-25, 26)) for _ in range(20_000))
    yield from ((2**40 + step, power) for step in (-1, 0, 1) for power in range(-24, 25))


def shortest(dice: random.Random) -> Cases:
    """What repr() writes, with 17 digits as a rule."""
    yield from (written(repr(value)) for value in doubles(dice, 20_000))
    yield from (written(repr(dice.random() * 10 ** dice.randrange(-5, 6))) for _ in range(20_000))


def seventeen_digits(dice: random.Random) -> Cases:
    yield from (written(f"{value:.16e}") for value in doubles(dice, 20_000))


def halfway(dice: random.Random) -> Cases:
    """Midpoints whose mantissa is below 2**64, with every power of ten that they can have, and the neighbours of each."""
    for power in range(-4, 24):
        above, below = 5 ** max(power, 0), 5 ** max(-power, 0)
        for _ in range(400):
            # an odd number of 54 bits, if the fives of the power are in it
            mantissa = dice.randrange(-(-(2**53) // above), (2**54 - 1) // above + 1) | 1
            mantissa *= below
            mantissa <<= dice.randrange(65 - mantissa.bit_length())
            yield from ((mantissa + step, power) for step in (-1, 0, 1))


def beside_halfway(dice: random.Random) -> Cases:
    """Two decimals of 19 digits that have the midpoint of two adjacent doubles between them."""
    subnormal = (math.ldexp(dice.getrandbits(dice.randrange(1, 53)), -1074) for _ in range(2_000))
    for value in (*doubles(dice, 6_000), *subnormal):
        # the midpoint with the next double is an odd multiple of half a unit, which is a power of two
        unit = math.ulp(value)
        midpoint = Fraction(value) + Fraction(unit) / 2
        power = math.floor(math.log10(value or unit)) - 18
        mantissa = math.floor(midpoint / Fraction(10) ** power)
        yield from ((mantissa + step, power) for step in (0, 1))


def near_a_carry(dice: random.Random) -> Cases:
    """Where the product of mantissa and power ends in few bits that differ: just below and just above what decides."""
    for power, entry in powers.table().items():
        for size in (137, 138):
            for few in range(size - 62, size - 40, 3):
                for low, high in ((2**size - 2**few, 2**size - 1), (1, 2**few)):
                    mantissa = powers.first_multiple(entry, 2**size, low, high)
                    if mantissa is not None and mantissa < 2**64:
                        yield mantissa, power


def edges(dice: random.Random) -> Cases:
    """Powers of two and their neighbours; the least and the greatest double, and halfway beyond them."""
    for exponent in range(-1074, 1024):
        value = math.ldexp(1.0, exponent)
        for near in (math.nextafter(value, 0.0), value, math.nextafter(value, math.inf)):
            yield from (written(f"{near:.{digits}e}") for digits in (15, 16, 17, 18))
    for text in KNOWN:
        mantissa, power = written(text)
        yield from ((mantissa + step, power) for step in (-1, 0, 1) if mantissa + step < 2**64)


KNOWN = """
1e23 8.5e22 9.5e-17 5e-324 4.9406564584124654e-324 2.4703282292062327e-324 2.4703282292062328e-324 2e-324 3e-324 7.4e-324
2.2250738585072011e-308 2.2250738585072012e-308 2.2250738585072014e-308 2.225073858507201136e-308 6.631236846766476e-316
3.237883913302901e-319 1.7976931348623157e308 1.7976931348623158e308 1.7976931348623159e308 1.797693134862315807e308
8.98846567431158e307 9007199254740993e0 9007199254740991.5 18014398509481990e0 18446744073709551615e0 9223372036854775807e0
9e-265 85e-37 623e100 3571e263 81661e153 920657e-23 4603285e-24 87575437e-309 245540327e122 6138508175e120 83356057653e193
619534293513e124 2335141086879e218 36167929443327e-159 609610927149051e-255 3743626360493413e-165 94080055902682397e-242
899810892172646163e283 7120190517612959703e120 7.2057594037927933e16 1448997445238699e0 6250000000000000e-6
""".split()

GROUPS: list[Callable[[random.Random], Cases]] = [
    every_length, far_off, short, shortest, seventeen_digits, halfway, beside_halfway, near_a_carry, edges,
]  # fmt: skip


# -- the comparison


@pytest.fixture(scope="module", params=[(), ("-DDECIMAL_PORTABLE",)], ids=["as compiled here", "portable"])
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return headers.build(tmp_path_factory.mktemp("decimal"), PROGRAM, *request.param)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_the_nearest_double_always(program: Path, group: Callable[[random.Random], Cases]) -> None:
    """No answer is left to a slow path either."""
    cases = list(group(random.Random(7)))
    asked = "".join(f"{mantissa} {power}\n" for mantissa, power in cases)
    answers = headers.run(program, asked.encode()).splitlines()
    assert len(answers) == len(cases) > 0
    wrong = []
    for (mantissa, power), answer in zip(cases, answers, strict=True):
        right = struct.pack(">d", float(f"{mantissa}e{power}")).hex()
        if answer.split() != [right, right]:
            wrong.append(f"{mantissa}e{power}: {right}, not{answer}")
    assert not wrong, f"{len(wrong)} of {len(cases)}, such as\n" + "\n".join(wrong[:10])
