"""Documents that models wrote, at random cuts, judged by json.loads and at a sample of prefixes by the oracle."""

from __future__ import annotations

import json
import random

import pytest

import midstream
from tests.conformance import judge
from tests.oracle.partial import Fragment
from tests.support import data, feeding

# Tool-call arguments and answers, and after them the JSON of recorded streams; each text once.
TEXTS = {doc.text: doc.id for doc in data.llm_documents()}
for row in data.doc_rows():
    if row.status == "ok":
        TEXTS.setdefault(row.text, row.id)
ALL = [(name, text) for text, name in TEXTS.items()]

BATCHES = 40  # as tests of their own, so that a failure names a short list
KINDS = ("str", "bytes", "mixed")


def fragments_of(text: str, kind: str, rng: random.Random) -> list[Fragment]:
    if kind == "bytes":
        return judge.random_fragments(text.encode(), rng)
    fragments = judge.random_fragments(text, rng)
    return fragments if kind == "str" else judge.in_mixed_kinds(fragments, rng)


def test_there_are_two_thousand_documents() -> None:
    assert len(ALL) >= 2000
    assert max(map(len, TEXTS)) > 50_000
    assert sum(not text.isascii() for text in TEXTS) > 40


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_P01_P03_the_value_of_json_loads_at_random_cuts(batch: int, kind: str) -> None:
    """Three cut plans for each document, the live value read after every fragment."""
    for name, text in ALL[batch::BATCHES]:
        wanted = judge.fingerprint(judge.strict_loads(text))
        for plan in range(3):
            rng = random.Random(f"{name} {kind} {plan}")
            parser = midstream.Parser()
            done = 0
            for fragment in fragments_of(text, kind, rng):
                parser.feed(fragment)
                done += judge.size_of(fragment)
                parser.value
                assert parser.offset == done, name
            assert judge.fingerprint(parser.close()) == wanted, name
            assert parser.status is midstream.Status.COMPLETE
            assert parser.is_complete(())
            assert not parser.repairs  # no model wrote half a surrogate pair


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_P04_the_value_of_the_oracle_at_sampled_prefixes(batch: int, kind: str) -> None:
    """At about 6 places of each document, fewer in long ones: value, path, offset, repairs, complete paths."""
    for name, text in ALL[batch::BATCHES]:
        rng = random.Random(f"{name} {kind} prefixes")
        fragments = fragments_of(text, kind, rng)
        count = 2 if kind != "bytes" else 1 if len(text) > 10_000 else 3
        stops = set(rng.sample(range(len(fragments)), min(count, len(fragments))))
        options = {"numbers": rng.choice(("complete", "partial"))}
        parser = midstream.Parser(**options)
        for number, fragment in enumerate(fragments):
            assert feeding.try_feed(parser, fragment) is None
            if number in stops:
                done = fragments[: number + 1]
                wanted = feeding.expected(feeding.partial.parse(done, **options))
                shown = feeding.observe(parser)
                assert shown == wanted, feeding.describe(done, options, shown, wanted)


@pytest.mark.parametrize("batch", range(4))
def test_P03_long_documents_at_the_sizes_of_recorded_deltas(batch: int) -> None:
    """The 40 longest texts (`write` calls most of them), cut as providers cut them."""
    sequences = [sizes for group in data.delta_sizes().values() for sizes in group if len(sizes) > 3]
    longest = sorted(ALL, key=lambda pair: -len(pair[1]))[:40]
    for name, text in longest[batch::4]:
        rng = random.Random(name)
        parser = midstream.Parser()
        at = 0
        while at < len(text):
            for size in rng.choice(sequences):
                parser.feed(text[at : at + size])
                parser.value
                at += size
        assert judge.fingerprint(parser.close()) == judge.fingerprint(judge.strict_loads(text)), name


MALFORMED = {doc.id: doc.text for doc in data.malformed_documents()}


@pytest.mark.parametrize("name", MALFORMED)
def test_P02_P13_texts_of_models_that_are_no_json(name: str) -> None:
    """Rejected where the oracle rejects them, with the value so far; the offset is where json.loads loses hope."""
    text = MALFORMED[name]
    with pytest.raises(ValueError):
        json.loads(text)
    error = judge.check_error_stays(text)
    assert isinstance(error, (midstream.MalformedJSON, midstream.TruncatedJSON))
    content = text.encode()
    expected = judge.Expected(content)
    rng = random.Random(name)
    for form in judge.forms(content):
        judge.check([form], expected, thorough=True)
        judge.check(feeding.units(form), expected, every=1 if len(text) < 400 else 37)
        for _ in range(3):
            judge.check(judge.random_fragments(form, rng), expected, every=5, thorough=True)
    if error.kind is midstream.ErrorKind.TRUNCATED:
        assert judge.completion(content) is not None
    else:
        assert judge.completion(content[: error.offset]) is not None
        assert judge.completion(content[: error.offset + 1]) is None


def test_P01_P03_large_documents() -> None:
    """Whole files of up to 3 MB: in fragments of about 4 KB and 50 bytes, and one byte each in their first 200 KB."""
    if not data.corpora():
        pytest.skip("whole large documents are only in the larger data directory")
    for name, path in data.corpora().items():
        content = path.read_bytes()
        wanted = judge.fingerprint(json.loads(content))
        for seed, mean in enumerate((4096, 50)):
            parser, error = feeding.feed_all(feeding.random_cuts(content, seed, mean))
            assert error is None, name
            assert judge.fingerprint(parser.close()) == wanted, name
        parser, error = feeding.feed_all([*feeding.units(content[:200_000]), content[200_000:]])
        assert error is None, name
        assert judge.fingerprint(parser.close()) == wanted, name
