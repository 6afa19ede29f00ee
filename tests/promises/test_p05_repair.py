"""P05 with repair: nothing shown is taken back, by what comes next or by the end of input."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from midstream import MISSING
from tests.oracle.growth import grows
from tests.promises.test_p05_growth import check_growth
from tests.support import broken, strategies
from tests.support import data as test_data
from tests.support.broken import HARD
from tests.support.feeding import clone, units

KEPT = st.sampled_from(["first", "error"])
NUMBERS = st.sampled_from(["complete", "partial"])


@given(broken.streams(), broken.options(multiple=False), KEPT)
def test_P05_after_every_byte(stream: bytes, options: dict[str, Any], kept: str) -> None:
    options["duplicate_keys"] = kept
    check_growth(units(stream), replacing=False, **options)


@strategies.FEWER
@given(broken.streams(), broken.kinds(), NUMBERS)
def test_P05_repeated_keys_replace_mended(stream: bytes, kinds: Any, numbers: str) -> None:
    check_growth(units(stream), replacing=True, repair=kinds, numbers=numbers)


def check_ends(fragments: list[Any], **options: Any) -> None:
    """Wherever the input ends, the end takes nothing back."""
    parser = midstream.Parser(duplicate_keys="first", **options)
    numbers = options.get("numbers", "complete")
    for count, fragment in enumerate(fragments, 1):
        try:
            parser.feed(fragment)
        except midstream.JSONStreamError:
            return
        before = clone(parser.value)
        fork = copy.copy(parser)
        try:
            fork.close()
        except midstream.JSONStreamError:
            pass
        if before is not MISSING:
            assert grows(before, fork.value, numbers=numbers), (fragments[:count], before, fork.value)


@strategies.FEWER
@given(broken.streams(), broken.options(multiple=False))
def test_P05_the_end_of_input_anywhere(stream: bytes, options: dict[str, Any]) -> None:
    options.pop("duplicate_keys", None)
    check_ends(units(stream), **options)


@pytest.mark.parametrize("name", HARD)
def test_P05_every_kind_of_repair(name: str) -> None:
    for numbers in ("complete", "partial"):
        for duplicate_keys in ("last", "first"):
            options = {"repair": "all", "numbers": numbers, "duplicate_keys": duplicate_keys}
            check_growth(units(HARD[name]), replacing=duplicate_keys == "last", **options)
        check_ends(units(HARD[name]), repair="all", numbers=numbers)


@pytest.mark.parametrize("seed", range(6))
def test_P05_sloppy_texts(seed: int) -> None:
    for number in range(100):
        data = (broken.written if number % 2 else broken.soup_of_seed)(f"growth {seed} {number}")
        check_growth(units(data), replacing=False, repair="all", duplicate_keys="first")
        check_ends(units(data), repair="all")


@pytest.mark.parametrize("doc", test_data.malformed_documents(), ids=lambda doc: doc.id)
def test_P05_texts_of_models(doc: test_data.Document) -> None:
    check_growth(units(doc.text[:1000]), replacing=False, repair="all", duplicate_keys="first")
    check_ends(units(doc.text[:200]), repair="all")


@pytest.mark.parametrize("head", ["", "[", '{"a":', '{"a":[', '["', "{", '{"a":"'])
def test_P05_every_pair_of_marks(head: str) -> None:
    """After each head, each two marks that open, close or part something, and then a letter, a quote and an end."""
    marks = ['"', "'", ",", ":", "{", "}", "[", "]", "(", ")", "\\", "/", "#", "+", "-", ".", "`", "\n", "a", "1", "true"]
    rng = random.Random(head)
    for one in marks:
        for two in marks:
            tail = rng.choice(["", "a", "1", '"', " "]) + rng.choice(marks) + rng.choice(['"]', "}", ",", ': "b"}'])
            check_growth(units(head + one + two + tail), replacing=False, repair="all", duplicate_keys="first")
