"""_c/powers.h is what tests/support/powers.py writes now, and that is what the conversion in _c/decimal.h relies on."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from tests.support import powers

TABLE = powers.table()


@pytest.mark.skipif(not powers.HEADER.parent.is_dir(), reason="an installed wheel has no headers")
def test_the_header_is_up_to_date() -> None:
    assert powers.HEADER.read_text(encoding="utf-8") == powers.header(), "python -m tests.support.powers writes it anew"


def test_every_power_that_is_needed_and_no_other() -> None:
    assert list(TABLE) == list(range(powers.LEAST, powers.GREATEST + 1))
    most, half_of_least = 2**64 - 1, Fraction(1, 2**1075)
    assert most * Fraction(10) ** (powers.LEAST - 1) < half_of_least < most * Fraction(10) ** powers.LEAST
    assert float(f"1e{powers.GREATEST}") < float(f"1e{powers.GREATEST + 1}") == float("inf")


def test_an_entry_is_the_power_of_five_to_128_bits() -> None:
    for power, entry in TABLE.items():
        exact = Fraction(5) ** power
        exact *= Fraction(2) ** (128 - exact.numerator.bit_length() + exact.denominator.bit_length())
        if exact >= 2**128:
            exact /= 2
        assert 2**127 <= exact < 2**128
        if 0 <= power <= 55:
            assert entry == exact, power
        elif -27 <= power < 0:
            assert 0 < entry - exact < 1, power
        else:
            assert 0 < exact - entry < 1, power


def test_no_product_is_undecided() -> None:
    """What is missing from an entry is less than a unit of its last bit, so less than 2**64 of the product. It matters only
    where the product ends in 73 bits 1 and 64 more of any kind: then it may carry into the 55 bits that decide."""
    for power, entry in TABLE.items():
        if not -27 <= power <= 55:
            mantissa = powers.first_multiple(entry, 2**137, 2**137 - 2**64, 2**137 - 1)
            assert mantissa is None or mantissa >= 2**64, power


def test_first_multiple() -> None:
    for step, modulus in product(range(14), range(1, 14)):
        for low, high in product(range(modulus), repeat=2):
            if low <= high:
                right = next((count for count in range(modulus) if low <= count * step % modulus <= high), None)
                assert powers.first_multiple(step, modulus, low, high) == right
