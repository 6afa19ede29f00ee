"""Recorded streams: each document as its own deltas brought it, and each event's payload as a document."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator

import pytest

import midstream
from tests.conformance import judge
from tests.support import data, feeding

ROWS = data.doc_rows()
JSON_ROWS = [row for row in ROWS if row.kind != "gemini_partial_args"]
PARTS_ROWS = [row for row in ROWS if row.kind == "gemini_partial_args"]
BATCHES = 40


def shown_by_snapshots(deltas: tuple[str, ...]) -> tuple[list[object], midstream.JSONStreamError | None]:
    """All that snapshots() yields, and the error that ends it."""
    shown: list[object] = []
    try:
        for snapshot in midstream.snapshots(deltas):
            shown.append(snapshot)
    except midstream.JSONStreamError as error:
        return shown, error
    return shown, None


def test_every_kind_of_stream_is_there() -> None:
    """Wires, endings and document states that the rows must span."""
    assert len(data.recordings()) >= 110
    assert len({row.stream for row in ROWS} & {recording.name for recording in data.recordings()}) >= 100
    wires = {row.wire for row in ROWS}
    assert wires >= {"anthropic", "openai-chat", "openai-responses", "gemini", "bedrock-converse", "cohere", "ollama"}
    states = {row.status.split(":")[0] for row in ROWS}
    assert states == {"ok", "ok-empty", "bad", "fenced", "jsonpath-parts"}


@pytest.mark.parametrize("batch", range(BATCHES))
def test_P04_P08_after_every_delta_value_and_snapshot_are_the_oracles(batch: int) -> None:
    """Every row, its own deltas one by one. Snapshots keep their value; they are the same object where nothing changed.

    That a string or container has ended is a change too.
    """
    for row in JSON_ROWS[batch::BATCHES]:
        expected = judge.Expected(row.text.encode())
        parser = midstream.Parser()
        kept: list[tuple[object, judge.Seen]] = []
        done = 0
        error = None
        for delta in row.deltas:
            done += len(delta.encode())
            error = feeding.try_feed(parser, delta)
            seen = expected.after(done)
            snapshot = parser.snapshot()
            assert judge.fingerprint(parser.value) == seen.value, (row.id, done)
            assert judge.fingerprint(snapshot) == seen.value, (row.id, done)
            assert (parser.offset, parser.status.name, parser.path) == (seen.offset, seen.status, seen.path), row.id
            assert (error and feeding.error_record(error)) == seen.error, row.id
            if kept:
                before, then = kept[-1]
                same = (then.value, then.complete) == (seen.value, seen.complete)
                assert (snapshot is before) == same, (row.id, done)
            kept.append((snapshot, seen))
            if error is not None:
                break
        error = error or feeding.try_close(parser)
        seen = expected.end()
        assert (error and feeding.error_record(error)) == seen.error, row.id
        assert judge.fingerprint(parser.value) == seen.value, row.id
        assert all(judge.fingerprint(snapshot) == then.value for snapshot, then in kept), row.id


@pytest.mark.parametrize("status", ["ok", "ok-empty", "fenced", "bad"])
def test_P01_P02_the_end_of_every_row(status: str) -> None:
    """ok rows give the value of json.loads; an empty one has nothing; all others give a typed, located error."""
    rows = [row for row in JSON_ROWS if row.status.split(":")[0] == status]
    assert rows
    for row in rows:
        parser, error = feeding.feed_all(row.deltas)
        error = error or feeding.try_close(parser)
        if status == "ok":
            assert error is None, row.id
            assert judge.fingerprint(parser.value) == judge.fingerprint(judge.strict_loads(row.text)), row.id
            assert parser.status is midstream.Status.COMPLETE
            continue
        assert isinstance(error, midstream.JSONStreamError), row.id
        if status == "ok-empty":
            assert row.text.strip() == ""
            assert isinstance(error, midstream.TruncatedJSON)
            assert parser.value is midstream.MISSING
        elif status == "fenced":
            assert isinstance(error, midstream.MalformedJSON)
            assert (error.kind, error.offset) == (midstream.ErrorKind.EXPECTED_VALUE, leading_space(row.text))
        else:
            assert isinstance(error, (midstream.MalformedJSON, midstream.TruncatedJSON))
            content = row.text.encode()
            assert judge.completion(content[: error.offset]) is not None, row.id
            if isinstance(error, midstream.MalformedJSON):
                assert judge.completion(content[: error.offset + 1]) is None, row.id
            else:
                assert error.offset == len(content)


def leading_space(text: str) -> int:
    return len(text) - len(text.lstrip(" \t\r\n"))


@pytest.mark.parametrize("batch", range(BATCHES))
def test_P08_P13_snapshots_yields_what_the_parser_shows(batch: int) -> None:
    """snapshots(deltas) against a parser read by hand: the same values, the same error at the end."""
    for row in JSON_ROWS[batch::BATCHES]:
        parser = midstream.Parser()
        by_hand: list[object] = []
        error = None
        for delta in row.deltas:
            error = feeding.try_feed(parser, delta)
            add_snapshot(by_hand, parser, only_if_changed=error is not None)
            if error is not None:
                break
        if error is None:
            error = feeding.try_close(parser)
            add_snapshot(by_hand, parser, only_if_changed=True)
        shown, raised = shown_by_snapshots(row.deltas)
        assert list(map(judge.fingerprint, shown)) == list(map(judge.fingerprint, by_hand)), row.id
        same_as_before = [[a is b for a, b in itertools.pairwise(each)] for each in (shown, by_hand)]
        assert same_as_before[0] == same_as_before[1], row.id
        assert (raised and feeding.error_record(raised)) == (error and feeding.error_record(error)), row.id


def add_snapshot(shown: list[object], parser: midstream.Parser, only_if_changed: bool) -> None:
    snapshot = parser.snapshot()
    if snapshot is not midstream.MISSING and not (only_if_changed and shown and snapshot is shown[-1]):
        shown.append(snapshot)


def test_each_part_of_gemini_partial_arguments_is_a_document() -> None:
    assert PARTS_ROWS
    for row in PARTS_ROWS:
        wanted = [judge.fingerprint(json.loads(delta)) for delta in row.deltas]
        assert [judge.fingerprint(value) for value in midstream.documents(row.deltas)] == wanted
        fragments = feeding.random_cuts(row.text, 1, 3)
        assert [judge.fingerprint(value) for value in midstream.documents(fragments)] == wanted


@pytest.mark.parametrize("provider", sorted({r.name.split("/")[0] for r in data.recordings()}))
def test_P01_P03_every_payload_of_every_recording(provider: str) -> None:
    """The JSON payloads of a stream, one a line, as one stream of documents, at random cuts and as they came."""
    for recording in data.recordings():
        if not recording.name.startswith(f"{provider}/"):
            continue
        payloads = [payload for _, payload in recording.events() if payload.strip() not in ("", "[DONE]")]
        good = [payload for payload in payloads if judge.is_json(payload)]
        wanted = [judge.fingerprint(judge.strict_loads(payload)) for payload in good]
        rng = random.Random(recording.name)

        def lines(good: list[str] = good) -> Iterator[str]:
            for payload in good:
                yield payload
                yield "\n"

        stream = "".join(lines())
        ways = [lines(), judge.random_fragments(stream, rng), judge.random_fragments(stream.encode(), rng)]
        ways.append(["".join(good)])  # containers need no space between them
        for way in ways:
            got = [judge.fingerprint(value) for value in midstream.documents(way)]
            assert got == wanted, recording.name
        for payload in set(payloads) - set(good):
            judge.check_error_stays(payload)


def test_payloads_are_containers() -> None:
    """What the test above relies on: numbers without white space between them would join."""
    for recording in data.recordings():
        for _, payload in recording.events():
            if judge.is_json(payload):
                assert isinstance(json.loads(payload), (dict, list)), recording.name
