"""The compliance test suite of RFC 9535: what can be watched selects what it should, all else is refused.

The cases come with an npm package, jsonpath-rfc9535: see tests/support/node.py.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import midstream
from midstream import paths
from tests.support import node

PACKAGE = "jsonpath-rfc9535"
SUITE = node.folder(PACKAGE) / "src/__tests__/jsonpath-compliance-test-suite/tests"

Path = tuple[str | int, ...]
Nodes = Counter[tuple[Path, str]]  # as a multiset: the RFC leaves the order of members open, and a stream ends children first


@dataclass(frozen=True)
class Case:
    """One case of the suite; `answers` holds every list of nodes that is right, none if the expression is invalid."""

    name: str
    selector: str
    document: Any
    answers: tuple[Nodes, ...]


def nodelist(pairs: Iterable[tuple[Path, Any]]) -> Nodes:
    return Counter((path, json.dumps(value)) for path, value in pairs)


def normalized(path: str) -> Path:
    """The keys and indexes of a normalized path (RFC 9535, section 2.7)."""
    steps: list[str | int] = []
    for name, index in re.findall(r"\[(?:'((?:[^'\\]|\\.)*)'|(\d+))\]", path):
        steps.append(int(index) if index else json.loads('"' + name.replace('"', '\\"').replace("\\'", "'") + '"'))
    assert path == "$" or steps
    return tuple(steps)


def read() -> Iterator[Case]:
    for file in sorted(SUITE.rglob("*.json")):
        group = file.relative_to(SUITE).with_suffix("").as_posix()
        for test in json.loads(file.read_text("utf-8"))["tests"]:
            values, places = test.get("results"), test.get("results_paths")
            if "result" in test:
                values, places = [test["result"]], [test["result_paths"]]
            assert (values is None) == test.get("invalid_selector", False)
            answers = [
                nodelist(zip(map(normalized, there), found, strict=True))
                for found, there in zip(values or [], places or [], strict=True)
            ]
            yield Case(f"{group}, {test['name']}", test["selector"], test.get("document"), tuple(answers))


def category(selector: str) -> str | None:
    """What of RFC 9535 a valid expression needs that can't be watched, the first such thing; None if there is none."""
    bare = re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", "''", selector)
    found = re.search(r"(\?)|((?:-\d+\s*)?:)|(,)|(-)", bare)
    return None if found is None else ("filter", "slice", "several selectors", "negative index")[(found.lastindex or 0) - 1]


REASONS = {
    "filter": "a filter selector is not supported",
    "slice": "a slice selector is not supported",
    "several selectors": "several selectors in one pair of brackets are not supported",
    "negative index": "a negative index selector is not supported",
}

CASES = {case.name: case for case in read()}
INVALID = [name for name, case in CASES.items() if not case.answers]
VALID = [name for name, case in CASES.items() if case.answers]
WATCHED = [name for name in VALID if category(CASES[name].selector) is None]
OUTSIDE = [name for name in VALID if category(CASES[name].selector) is not None]


def nodes(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every node of value."""
    yield path, value
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from nodes(item, (*path, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from nodes(item, (*path, key))


def test_no_case_is_left_out() -> None:
    node.require(PACKAGE)
    assert len(CASES) == 687
    assert len(INVALID) == 245
    assert Counter(category(CASES[name].selector) for name in VALID) == {
        None: 84,
        "filter": 277,
        "slice": 56,
        "several selectors": 21,
        "negative index": 4,
    }


@pytest.mark.parametrize("name", WATCHED)
def test_the_nodes_that_match_are_those_of_the_suite(name: str) -> None:
    case = CASES[name]
    segments = paths.compile(case.selector)
    assert nodelist(node for node in nodes(case.document) if paths.matches(segments, node[0])) in case.answers


@pytest.mark.parametrize("name", WATCHED)
def test_P10_the_values_completed_are_those_of_the_suite(name: str) -> None:
    case = CASES[name]
    # blank space at the end: nothing else delimits a root that is a number
    text = json.dumps(case.document) + " "
    wide = (json.dumps(case.document, ensure_ascii=False) + " ").encode()
    for fragments in ([text], list(text), [wide], [wide[at : at + 1] for at in range(len(wide))]):
        parser = midstream.Parser(watch=case.selector)
        found: list[midstream.Completed] = []
        for fragment in fragments:
            found += [event for event in parser.feed(fragment) if isinstance(event, midstream.Completed)]
        assert parser.close() == case.document
        assert nodelist((event.path, event.value) for event in found) in case.answers
        whole = wide if isinstance(fragments[0], bytes) else text.encode()
        assert all(json.loads(whole[slice(*event.span)]) == event.value for event in found)


@pytest.mark.parametrize("name", INVALID)
def test_what_the_suite_calls_invalid_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="of this JSONPath"):
        paths.compile(CASES[name].selector)


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_cannot_be_watched_is_refused_by_its_name(name: str) -> None:
    selector = CASES[name].selector
    with pytest.raises(ValueError) as refused:
        paths.compile(selector)
    assert str(refused.value).startswith(REASONS[category(selector) or ""])


@pytest.mark.parametrize("name", [*WATCHED[:1], *INVALID[:1], *OUTSIDE[:1]])
def test_a_parser_takes_and_refuses_the_same(name: str) -> None:
    selector = CASES[name].selector
    if name in WATCHED:
        midstream.Parser(watch=selector)
        return
    with pytest.raises(ValueError) as compiled:
        paths.compile(selector)
    with pytest.raises(ValueError) as refused:
        midstream.Parser(watch=selector)
    assert str(refused.value) == str(compiled.value)
