"""The powers of five that turn a decimal number into a double, as src/midstream/_c/powers.h has them.

    python -m tests.support.powers

writes the header. The table is that of D. Lemire, "Number Parsing at a Gigabyte per Second" (2021): the 128 most significant
bits of 5**power, for each power of ten that can bring a mantissa below 2**64 into the range of a double. What is left out
makes an entry too small, but for -27 to -1: there entries are rounded up. 5**27 is the last that may divide a mantissa, and
where the quotient is a double, or halfway between two, the product has to reach it.
"""

from __future__ import annotations

from pathlib import Path

HEADER = Path(__file__).parents[2] / "src" / "midstream" / "_c" / "powers.h"

# Below the first, 2**64 - 1 times the power is less than half of the smallest double; above the last, 1 is infinite.
LEAST, GREATEST = -342, 308
ROUNDED_UP = range(-27, 0)

HEAD = """\
/* The 128 most significant bits of the powers of five, upper half first; cut off, or rounded up for -27 to -1.
 * Written by tests/support/powers.py: python -m tests.support.powers */
#ifndef MIDSTREAM_POWERS_H
#define MIDSTREAM_POWERS_H

#include <stdint.h>

#define LEAST_POWER (%d)
#define GREATEST_POWER %d

/* 5**power is at [power - LEAST_POWER]. */
static const uint64_t POWERS_OF_FIVE[GREATEST_POWER - LEAST_POWER + 1][2] = {
"""
TAIL = """\
};

#endif
"""


def entry(power: int) -> int:
    """5**power times the power of two that makes it a whole number of 128 bits."""
    whole = 5 ** abs(power)
    if power >= 0:
        spare = 128 - whole.bit_length()
        return whole << spare if spare >= 0 else whole >> -spare
    # `whole` is no power of two, so the quotient has its 128 bits and never comes out even
    return (1 << whole.bit_length() + 127) // whole + (power in ROUNDED_UP)


def table() -> dict[int, int]:
    return {power: entry(power) for power in range(LEAST, GREATEST + 1)}


def header() -> str:
    rows = (f"    {{UINT64_C(0x{bits >> 64:016X}), UINT64_C(0x{bits & 2**64 - 1:016X})}}" for bits in table().values())
    return HEAD % (LEAST, GREATEST) + ",\n".join(rows) + "\n" + TAIL


def first_multiple(step: int, modulus: int, low: int, high: int) -> int | None:
    """The least count >= 0 for which low <= count * step % modulus <= high, if there is one; 0 <= low <= high < modulus."""
    step %= modulus
    if low == 0:
        return 0
    if step == 0:
        return None
    count = -(-low // step)
    if count * step <= high:
        return count
    # None before the first wrap. Each wrap takes `modulus` off, so the question is the same of wraps, modulo `step`.
    wraps = first_multiple(modulus, step, -high % step, -low % step)
    return None if wraps is None else -(-(low + wraps * modulus) // step)


if __name__ == "__main__":
    HEADER.write_text(header(), encoding="utf-8")
