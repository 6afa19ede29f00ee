"""Real documents, damaged where a reader can still tell what they were: the repaired value is the undamaged one.

Each document is damaged with one kind, and with two different kinds at once. The damaged text is fed whole and at random cuts.
"""

from __future__ import annotations

import functools
import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

import midstream
from tests.conformance import judge
from tests.support import damage, data, feeding
from tests.support.damage import Damaged, Document

COUNT = 200 if os.environ.get("MIDSTREAM_PROFILE") == "brief" else 1000
EACH = COUNT // 3  # documents for a kind, where so many have a place for it
LONGEST = 4000
ONE, TWO = 0.99, 0.95  # of the documents damaged once, and twice, have their value back

KINDS = tuple(damage.MAKERS)


@functools.cache
def documents() -> tuple[tuple[str, Document], ...]:
    """Containers that models wrote; half of them those with the most tokens, the others of all sorts."""
    texts = {doc.text: doc.id for doc in data.llm_documents()}
    for row in data.doc_rows():
        if row.status == "ok":
            texts.setdefault(row.text, row.id)
    found = []
    for text, name in sorted(texts.items(), key=lambda pair: (pair[1], pair[0])):
        if len(text) <= LONGEST and text.lstrip()[:1] in ("{", "["):
            try:
                found.append((name, Document(text)))
            except ValueError:
                continue  # a key stands twice
    found.sort(key=lambda pair: -sum(token.kind in ("[", "{", ",") for token in pair[1].tokens))
    rich, others = found[: COUNT // 2], found[COUNT // 2 :]
    return (*rich, *random.Random(COUNT).sample(others, min(COUNT - len(rich), len(others))))


def damaged_once(kind: str) -> Iterator[tuple[str, Damaged]]:
    """Documents with that damage, at most EACH of them: another part of all for each kind."""
    every = list(documents())
    random.Random(kind).shuffle(every)
    count = 0
    for name, document in every:
        found = damage.make(kind, document, random.Random(f"{name} {kind}"))
        if found is not None:
            yield name, damage.apply(document, found)
            count += 1
            if count == EACH:
                return


def damaged_twice(kind: str) -> Iterator[tuple[str, Damaged]]:
    """Documents with that damage and one of another kind."""
    every = list(documents())
    random.Random(f"{kind} twice").shuffle(every)
    count = 0
    for name, document in every:
        rng = random.Random(f"{name} {kind} twice")
        for _ in range(8):
            first, second = damage.make(kind, document, rng), damage.make(rng.choice(KINDS), document, rng)
            if first is None:
                break
            if second is None or second.kind is first.kind or not damage.together(first, second):
                continue
            yield name, damage.apply(document, first, second)
            count += 1
            break
        if count == EACH:
            return


@dataclass(frozen=True)
class Outcome:
    """What came of feeding a text."""

    value: Any
    repairs: tuple[tuple[midstream.Repair, int, damage.Path], ...]
    status: str
    complete: tuple[bool, ...]  # the root, and the containers that have no closer of their own
    error: str

    def comparable(self) -> tuple[Any, ...]:
        return judge.fingerprint(self.value), self.repairs, self.status, self.complete, self.error


def outcome(fragments: list[Any], unclosed: tuple[damage.Path, ...]) -> Outcome:
    parser = midstream.Parser(repair="all")
    error = ""
    try:
        for fragment in fragments:
            parser.feed(fragment)
        parser.close()
    except midstream.JSONStreamError as failure:
        error = str(failure)
    return Outcome(
        value=parser.value,
        repairs=tuple((repair.kind, repair.offset, repair.path) for repair in parser.repairs),
        status=parser.status.name,
        complete=tuple(parser.is_complete(path) for path in ((), *unclosed)),
        error=error,
    )


@dataclass
class Tally:
    """What became of many documents: how many, and a description of each that failed in some way."""

    count: int = 0
    failed: dict[str, list[str]] = field(default_factory=lambda: {"restored": [], "recorded": [], "cut": [], "complete": []})

    def rate(self, what: str) -> float:
        return 1 - len(self.failed[what]) / self.count

    def check(self, what: str, least: float) -> None:
        failed = self.failed[what]
        shown = "\n".join(failed[:6])
        assert self.rate(what) >= least, f"{what}: {self.rate(what):.1%} of {self.count}, at least {least:.0%} asked for\n{shown}"

    def judge(self, name: str, text: Damaged) -> None:
        self.count += 1
        rng = random.Random(f"{name} {len(text.data)}")
        forms = judge.forms(text.data)
        whole = outcome([rng.choice(forms)], text.unclosed)
        cut = outcome(judge.random_fragments(rng.choice(forms), rng), text.unclosed)
        if whole.comparable() != cut.comparable():
            self.failed["cut"].append(described(name, text, cut) + f"\n  but whole: {whole}")
        if whole.error or judge.fingerprint(whole.value) != judge.fingerprint(text.value):
            self.failed["restored"].append(described(name, text, whole))
        elif not all(any(mark.covers(*repair) for repair in whole.repairs) for mark in text.marks):
            self.failed["recorded"].append(described(name, text, whole))
        # P10: what has no closer of its own is never complete; every other root is
        elif any(whole.complete[1:]) or not (whole.complete[0] or text.doubtful or () in text.unclosed):
            self.failed["complete"].append(described(name, text, whole))


def described(name: str, text: Damaged, got: Outcome) -> str:
    lines = [f"{name}, {' and '.join(mark.name for mark in text.marks)}:"]
    for mark in text.marks:
        start, end = mark.places[0][0], mark.places[-1][1]
        shown = text.data[max(0, start - 50) : min(end, start + 200) + 50]
        lines.append(f"  {mark.kind.name} at {mark.places[:4]} in {sorted(mark.paths, key=len)[:5]}: {shown!r}")
    lines.append(f"  text: {text.data if len(text.data) < 500 else text.data[:400]!r}")
    lines += difference(text.value, got.value)
    lines.append(f"  recorded: {', '.join(f'{kind.name} {offset} {path}' for kind, offset, path in got.repairs[:8])}")
    lines.append(f"  {got.status} {got.complete} {got.error}")
    return "\n".join(lines)


def difference(expected: Any, got: Any, path: damage.Path = ()) -> list[str]:
    """Where the two first differ."""
    if type(expected) is type(got) is dict:
        if list(expected) != list(got):
            return [f"  at {path}: keys {list(got)!r:.300}, expected {list(expected)!r:.300}"]
        return next((found for key in expected if (found := difference(expected[key], got[key], (*path, key)))), [])
    if type(expected) is type(got) is list and len(expected) == len(got):
        pairs = enumerate(zip(expected, got, strict=True))
        return next((found for index, (old, new) in pairs if (found := difference(old, new, (*path, index)))), [])
    if judge.fingerprint(expected) == judge.fingerprint(got):
        return []
    if type(expected) is type(got) is str:
        same = next((i for i, (old, new) in enumerate(zip(expected, got, strict=False)) if old != new), 0)
        expected, got = expected[max(0, same - 30) : same + 120], got[max(0, same - 30) : same + 120]
    return [f"  at {path}: {got!r:.300}", f"     expected: {expected!r:.300}"]


# -- the damages themselves


def test_there_are_enough_documents() -> None:
    found = documents()
    assert len(found) == COUNT
    assert len({name for name, _ in found}) > 0.9 * COUNT
    assert sum(any(token.kind == "[" for token in document.tokens) for _, document in found) > COUNT / 5
    assert sum(not document.text.isascii() for _, document in found) > COUNT / 100


def test_every_kind_of_repair_but_those_without_a_damage_has_one() -> None:
    without = {
        midstream.Repair.LONE_SURROGATE,  # is valid JSON
        midstream.Repair.TRUNCATION,  # nothing that follows shows what was lost
    }
    assert set(damage.KINDS.values()) == set(midstream.Repair) - without


def test_tokens_are_those_of_the_document() -> None:
    for name, document in documents():
        values = [token.path for token in document.tokens if token.kind in ("{", "[", "string", "number", "literal")]
        assert values == list(feeding.paths_of(json.loads(document.text))), name
        for token in document.tokens:
            if token.partner >= 0:
                other = document.tokens[token.partner]
                assert document.tokens[other.partner] is token
                assert other.path == token.path


@pytest.mark.parametrize("kind", KINDS)
def test_a_damage_is_one(kind: str) -> None:
    """No damaged text is JSON, it differs first at the place of the damage, and the same seed damages the same place."""
    count = 0
    for name, document in documents()[:: 1000 // EACH]:
        text = damage.damaged(kind, document.text, random.Random(name))
        if text is None:
            continue
        count += 1
        assert not judge.is_json(text.data), (name, text.data)
        assert text.kind is damage.KINDS[kind]
        assert document.text.encode().startswith(text.data[: text.offset]), (name, text.data, text.marks)
        assert text == damage.damaged(kind, document.text, random.Random(name))
    assert count >= 5


# -- their repair


@pytest.mark.parametrize("kind", KINDS)
def test_P03_P10_one_damage_is_mended(kind: str) -> None:
    tally = Tally()
    for name, text in damaged_once(kind):
        tally.judge(name, text)
    assert tally.count >= EACH / 6
    tally.check("cut", 1)
    tally.check("restored", ONE)
    tally.check("recorded", ONE)
    tally.check("complete", 1)


@pytest.mark.parametrize("kind", KINDS)
def test_P03_P10_two_damages_are_mended(kind: str) -> None:
    tally = Tally()
    for name, text in damaged_twice(kind):
        tally.judge(name, text)
    assert tally.count >= EACH / 12
    tally.check("cut", 1)
    tally.check("restored", TWO)
    tally.check("recorded", TWO)
    tally.check("complete", 1)
