"""repair="all" on the cases of other projects: equal, but for the differences that repair_cases.py lists."""

from __future__ import annotations

import contextlib
import os
from typing import Any

import pytest

import midstream
from tests.conformance import judge, repair_cases
from tests.conformance.repair_cases import BARS, DIFFERENCES, TABLES, RepairCase
from tests.oracle.growth import grows
from tests.support import data

# the brief profile is for slow builds
EVERY = 5 if os.environ.get("MIDSTREAM_PROFILE") == "brief" else 1
CASES = [case for table in TABLES for case in repair_cases.cases(table)][::EVERY]
COMPARED = [case for case in CASES if case.has_result]
# rows compared; a table that is read wrongly must not pass by being short
COUNTS = {
    "jsonrepair": 267,
    "json_repair": 202,
    "best-effort-json-parser": 83,
    "baml-jsonish": 63,
    "langchain-parse_partial_json": 3,
}


def name(case: RepairCase) -> str:
    return f"{case.table}-{case.input[:40]!a}"


def test_the_tables_are_whole() -> None:
    assert {table: len(repair_cases.compared(table)) for table in TABLES} == COUNTS


@pytest.mark.parametrize("case", COMPARED, ids=name)
def test_the_value_is_equal_or_the_difference_is_listed(case: RepairCase) -> None:
    got = repair_cases.whole(case)
    if not repair_cases.same(case.expected, got):
        assert (case.table, case.input) in DIFFERENCES, f"expected {case.expected!r}, got {got!r}"


def test_every_difference_listed_is_there() -> None:
    found = {(table, one.case.input) for table in TABLES for one in repair_cases.differences(table)}
    assert DIFFERENCES.keys() - found == set()


def test_every_difference_has_its_reason() -> None:
    for reason in DIFFERENCES.values():
        assert len(reason) > 20
        assert reason[0].isupper()
        assert reason.endswith(".")


@pytest.mark.parametrize("table", BARS)
def test_the_share_of_equal_values(table: str) -> None:
    assert repair_cases.share(table) >= BARS[table]


@pytest.mark.parametrize("case", CASES, ids=name)
def test_P03_value_error_and_repairs_one_character_at_a_time(case: RepairCase) -> None:
    assert repair_cases.same_when_cut(case)
    assert repair_cases.same(repair_cases.fed([case.input])[0], repair_cases.whole(case))


@pytest.mark.parametrize("case", [case for case in CASES if len(case.input) < 1000], ids=name)
def test_P05_nothing_shown_is_taken_back(case: RepairCase) -> None:
    """One character at a time, and at the end of input. Only a repeated key might replace what is shown."""
    parser = midstream.Parser(repair="all", duplicate_keys="first")
    shown: Any = midstream.MISSING
    with contextlib.suppress(midstream.JSONStreamError):
        for character in [*case.input, None]:
            before = shown
            shown = parser.close() if character is None else parser.feed(character) or parser.snapshot(share=False)
            assert before is midstream.MISSING or grows(before, shown)


@pytest.mark.parametrize("case", COMPARED, ids=name)
def test_a_text_that_is_json_needs_no_repair(case: RepairCase) -> None:
    if judge.is_json(case.input):
        assert repair_cases.fed([case.input])[1] == ()


@pytest.mark.parametrize("table", TABLES)
def test_the_source_of_each_table_is_named(table: str) -> None:
    """In MANIFEST.tsv, and its licence is there."""
    file = f"conformance/cases/{table}.jsonl"
    lines = (data.BUNDLED / "MANIFEST.tsv").read_text(encoding="utf-8").splitlines()
    names = lines[0].split("\t")
    (row,) = [dict(zip(names, line.split("\t"), strict=True)) for line in lines[1:] if line.startswith(file)]
    assert row["commit"]
    assert row["licence"]
    owner, _, project = row["repo"].partition("/")
    assert list((data.BUNDLED / "LICENSES").glob(f"{owner}+{project}.LICENSE*"))
