"""docs/repair.md is what docs/repair.py writes now, and its examples are of the kinds that they stand for."""

from __future__ import annotations

import re
from typing import Any

import pytest

import midstream
from midstream import Repair

repair: Any = pytest.importorskip("docs.repair", reason="no docs in this build")


@pytest.mark.skipif(not repair.SOURCE.exists(), reason="without the sources the bound that the page names isn't known")
def test_the_page_is_up_to_date() -> None:
    assert repair.PAGE.read_text(encoding="utf-8") == repair.page(), "python -m docs.repair writes it anew"


def test_every_kind_has_its_section_in_order() -> None:
    headings = re.findall(r"^### ([A-Z][A-Z0-9_]+)$", repair.PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == [kind.name for kind in Repair]


@pytest.mark.parametrize("kind", Repair, ids=lambda kind: kind.name)
def test_every_kind_says_its_rule(kind: Repair) -> None:
    rule = repair.rules()[kind.name]
    assert rule
    assert rule in repair.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", Repair, ids=lambda kind: kind.name)
def test_the_example_needs_this_kind_and_no_other(kind: Repair) -> None:
    text = repair.EXAMPLES[kind]
    value, made = repair.mended(text)
    assert {one.kind for one in made} == {kind}
    assert repair.mended(text, {kind}) == (value, made)


@pytest.mark.parametrize("kind", [kind for kind in Repair if kind is not Repair.LONE_SURROGATE], ids=lambda kind: kind.name)
def test_the_example_is_an_error_without_this_kind(kind: Repair) -> None:
    """Without any kind, and with every other, unless one of those reads it in its own way."""
    error = midstream.TruncatedJSON if kind is Repair.TRUNCATION else midstream.MalformedJSON
    text, others = repair.EXAMPLES[kind], set(Repair) - {kind}
    with pytest.raises(error):
        repair.mended(text, None)
    if kind in repair.OTHERWISE:
        assert {one.kind for one in repair.mended(text, others)[1]} == repair.OTHERWISE[kind]
    else:
        with pytest.raises(error):
            repair.mended(text, others)


def test_lone_surrogates_are_mended_always() -> None:
    text = repair.EXAMPLES[Repair.LONE_SURROGATE]
    assert repair.mended(text, None) == repair.mended(text, "all")


@pytest.mark.parametrize("kind", Repair, ids=lambda kind: kind.name)
def test_the_rows_of_a_table_are_the_whole_example(kind: Repair) -> None:
    text = repair.EXAMPLES[kind]
    found, rest = repair.steps(text)
    assert "".join(step.read for step in found) + rest == repair.visible(text)


def test_what_the_page_says_of_its_example_of_completion() -> None:
    shown = repair.example(repair.COMPLETED).splitlines()
    assert "(0, 'a', 1) y" in shown
    assert "(1,) {'b': 1}" in shown
    assert not [line for line in shown if line.startswith(("(0, 'a') ", "(0,) "))]
