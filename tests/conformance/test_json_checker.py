"""The files of JSON_checker (json.org): two of its rules were never JSON's, all others hold."""

from __future__ import annotations

import pytest

from tests.conformance import judge
from tests.conformance.test_jsontestsuite import OPTIONS, accept, reject
from tests.support import data

CASES = {case.name.split("_")[0]: case for case in data.cases("json_checker")}

# A root that is no container, and twenty levels: JSON since RFC 7159, and left out of the suite the files came through.
EXCLUDED = {"fail01", "fail18"}

FAILS = {
    "fail02": ("TRUNCATED", 17),
    "fail03": ("EXPECTED_KEY", 1),
    "fail04": ("EXPECTED_VALUE", 15),
    "fail05": ("EXPECTED_VALUE", 22),
    "fail06": ("EXPECTED_VALUE", 4),
    "fail07": ("TRAILING_DATA", 25),
    "fail08": ("TRAILING_DATA", 15),
    "fail09": ("EXPECTED_KEY", 21),
    "fail10": ("TRAILING_DATA", 34),
    "fail11": ("EXPECTED_COMMA", 25),
    "fail12": ("EXPECTED_VALUE", 23),
    "fail13": ("INVALID_NUMBER", 40),
    "fail14": ("EXPECTED_COMMA", 27),
    "fail15": ("INVALID_ESCAPE", 29),
    "fail16": ("EXPECTED_VALUE", 1),
    "fail17": ("INVALID_ESCAPE", 29),
    "fail19": ("EXPECTED_COLON", 17),
    "fail20": ("EXPECTED_VALUE", 16),
    "fail31": ("INVALID_NUMBER", 4),
    "fail32": ("TRUNCATED", 40),
    "fail33": ("EXPECTED_COMMA", 11),
}

PASSES = sorted(name for name in CASES if name.startswith("pass") or name in EXCLUDED)
SMALL = sorted(name for name, case in CASES.items() if len(case.data) <= 300)


def test_every_case_has_a_decision() -> None:
    assert set(CASES) >= set(PASSES) | set(FAILS)
    assert all(CASES[name].verdict == "reject" for name in FAILS)
    assert len(PASSES) >= 5


@pytest.mark.parametrize("name", PASSES)
def test_P01_accepted_with_the_value_of_json_loads(name: str) -> None:
    for form in judge.forms(CASES[name].data):
        accept(form, judge.strict_loads(form))


@pytest.mark.parametrize("name", sorted(FAILS))
def test_P02_rejected_at_the_listed_place(name: str) -> None:
    for form in judge.forms(CASES[name].data):
        reject(form, *FAILS[name])


def test_P02_rejected_cases_of_the_larger_directory() -> None:
    """Cases that only a larger directory has; without one there are none."""
    for name in set(CASES) - set(PASSES) - set(FAILS):
        for form in judge.forms(CASES[name].data):
            judge.check_error_stays(form)


@pytest.mark.parametrize("name", sorted(FAILS))
def test_P02_the_offset_is_the_first_byte_without_hope(name: str) -> None:
    kind, offset = FAILS[name]
    content = CASES[name].data
    assert judge.completion(content[:offset]) is not None
    if kind != "TRUNCATED":
        assert judge.completion(content[: offset + 1]) is None


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("name", SMALL)
def test_P03_P04_every_cut_and_every_two_cuts(name: str, options: dict[str, object]) -> None:
    judge.check_every_cut(CASES[name].data, **options)


def test_P03_P04_pass01_every_cut() -> None:
    """1,441 bytes: every single cut, byte by byte with the oracle after each; two cuts only in the shorter files."""
    content = CASES["pass01"].data
    expected = judge.Expected(content)
    for form in judge.forms(content):
        judge.check([form[i : i + 1] for i in range(len(form))], expected, thorough=True)
        for i in range(1, len(form)):
            judge.check([form[:i], form[i:]], expected)
