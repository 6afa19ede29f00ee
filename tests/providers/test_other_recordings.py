"""Recorded streams of more projects, against the plain reading alone, for nothing lists their calls."""

from __future__ import annotations

import csv
import json
import random

import pytest

from midstream.toolcalls import CallCompleted, StreamEnded, StreamFailed, Verdict
from tests.support import data, streams
from tests.support.feeding import freeze
from tests.support.following import Follower, check_shown, seen, through_events, through_sse
from tests.support.streams import Response

FOLDER = data.BUNDLED / "others"
with (FOLDER / "MANIFEST.tsv").open(encoding="utf-8", newline="") as manifest:
    ROWS = list(csv.DictReader(manifest, delimiter="\t"))

# Arguments that come in the full text alone, after no delta. File -> those of each call.
IN_FULL = {"vercel+ai--open-responses-src-responses-fixtures-lmstudio-tool-call.1.jsonl": [{"location": "San Francisco"}]}

# It stops before the event that ends a response.
WITHOUT_END = {"vercel+ai--openai-src-responses-fixtures-parallel-tool-call-wrapper.1.jsonl"}


def response(row: dict[str, str]) -> Response:
    lines = (FOLDER / row["file"]).read_text(encoding="utf-8").splitlines()
    events = tuple((event["event"], event["data"]) for event in map(json.loads, lines))
    return Response(row["file"], 0, row["wire"], events)


RESPONSES = {row["file"]: response(row) for row in ROWS}


def followers(one: Response) -> list[Follower]:
    """Bytes at random cuts, mappings, objects."""
    payloads = streams.decoded(one)
    return [
        through_sse(one, random.Random(one.name), watch="$..*"),
        through_events(one.wire, payloads, watch="$..*"),
        through_events(one.wire, map(streams.as_objects, payloads), watch="$..*"),
    ]


@pytest.mark.parametrize("name", sorted(RESPONSES))
def test_P20_P22_other_recordings(name: str) -> None:
    """Whatever their provider: the calls of the plain reading, each complete where its text is whole and it has ended."""
    one = RESPONSES[name]
    plain = streams.plain_calls(one.wire, one.events)
    runs = followers(one)
    for run in runs:
        calls = run.calls.calls
        assert [(call.name, call.id) for call in calls] == [(each.name, each.id) for each in plain]
        for number, (call, each) in enumerate(zip(calls, plain, strict=True)):
            value = each.value if each.as_object else json.loads(each.raw) if each.raw.strip() else {}
            if name in IN_FULL:
                value = IN_FULL[name][number]
            else:
                assert each.as_object or call.raw == each.raw
            assert each.ended
            assert (call.verdict, freeze(call.arguments)) == (Verdict.COMPLETE, freeze(value))
            check_shown(run, call)
        assert isinstance(run.end, StreamFailed if name in WITHOUT_END else StreamEnded)
        assert run.flat() == runs[0].flat()
        assert list(map(seen, calls)) == list(map(seen, runs[0].calls.calls))


@pytest.mark.parametrize("name", sorted(RESPONSES))
def test_P20_P23_other_recordings_broken_off(name: str) -> None:
    """Cut anywhere: no other call completes than does in the whole, and none with other arguments."""
    one = RESPONSES[name]
    payloads = streams.decoded(one)
    whole = {
        update.call.index: freeze(update.arguments)
        for update in through_events(one.wire, payloads).updates
        if isinstance(update, CallCompleted)
    }
    for count in range(len(payloads)):
        follower = through_events(one.wire, payloads[:count])
        for call in follower.calls.calls:
            assert call.verdict is not None
            assert call.verdict is not Verdict.COMPLETE or freeze(call.arguments) == whole[call.index]


def test_other_recordings_are_those_of_the_manifest() -> None:
    assert {path.name for path in FOLDER.glob("*.jsonl")} == set(RESPONSES)
    assert {row["wire"] for row in ROWS} == set(streams.WIRES)
    licences = {path.name.partition(".LICENSE")[0] for path in (data.BUNDLED / "LICENSES").iterdir()}
    assert {row["repo"].replace("/", "+") for row in ROWS} <= licences
    assert sum(len(streams.plain_calls(one.wire, one.events)) for one in RESPONSES.values()) >= 40
