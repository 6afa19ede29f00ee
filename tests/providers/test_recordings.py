"""Recorded streams, fed in every way, against docs.jsonl, which was derived from them by other code.

docs.jsonl lists every document of every stream; what it does not list is named here, with the reason.
"""

from __future__ import annotations

import collections
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

import midstream
from midstream.toolcalls import StreamEnded, StreamFailed, ToolCall, Verdict
from tests.conformance import judge
from tests.support import data, streams
from tests.support.data import DocRow
from tests.support.feeding import freeze
from tests.support.following import Follower, Seen, check_shown, seen, through_events, through_sse
from tests.support.streams import Response

Wanted = tuple[str | None, str | None, Verdict, Any]  # name, raw (None: not how the provider wrote it), verdict, value

BATCHES = 12

# Stop reasons under which a call without text was cut off.
BUDGET = {"length", "max_tokens", "MAX_TOKENS"}

# Calls that neither docs.jsonl lists nor ToolCalls reports: message_start already holds them, whole, because the code of a
# server tool made them; nothing of them is streamed. Recording -> how many.
GIVEN = {"anthropic/ai--anthropic-anthropic-programmatic-tool-calling.1--0-4e98d3": 13}

# Text answers that docs.jsonl does not list, but which begin as JSON does: "3 + 4 = 7." shows a number.
NUMBERED_PROSE = {"anthropic/rig--anthropic-messages_sessions-sequential_tool_calls_streaming--1-1bd558": 1}

MISSING = freeze(midstream.MISSING)


def rows_of(recording: str) -> list[DocRow]:
    return ROWS.get(recording, [])


ROWS: dict[str, list[DocRow]] = collections.defaultdict(list)
for each in data.doc_rows():
    ROWS[each.stream].append(each)
ROWS.default_factory = None

RESPONSES = streams.responses()
BY_RECORDING: dict[str, list[Response]] = collections.defaultdict(list)
for answer in RESPONSES:
    BY_RECORDING[answer.recording].append(answer)


def wanted(row: DocRow) -> Wanted:
    """The call that a row describes."""
    text = row.text
    if row.kind == "gemini_partial_args":
        value: Any = {}
        for piece in row.deltas:
            value = streams.put(value, json.loads(piece))
        return row.tool, None, Verdict.COMPLETE, freeze(value)
    if row.kind == "tool_args_object":
        return row.tool, None, Verdict.COMPLETE, freeze(json.loads(text))
    if row.status == "ok-empty":
        cut = reason_of(row.stream) in BUDGET
        return row.tool, text, Verdict.TRUNCATED if cut else Verdict.COMPLETE, MISSING if cut else freeze({})
    if row.status == "ok":
        raw = None if BY_RECORDING[row.stream][0].wire == "anthropic" and not row.deltas[1:] else text
        return row.tool, raw, Verdict.COMPLETE, freeze(json.loads(text))
    assert row.status.startswith("bad:"), row.status
    can_go_on = judge.completion(text.encode()) is not None
    return row.tool, text, Verdict.TRUNCATED if can_go_on else Verdict.MALFORMED, shown(text)


def shown(text: str) -> Any:
    """What a parser shows of a text so far: a number that may go on is not shown."""
    parser = midstream.Parser()
    try:
        parser.feed(text)
    except midstream.JSONStreamError:
        pass
    return freeze(parser.value)


def reason_of(recording: str) -> str | None:
    """The stop reason of a recording that holds one response."""
    [response] = BY_RECORDING[recording]
    return last_reason(response)


def got(call: ToolCall) -> Wanted:
    assert call.verdict is not None
    return call.name, call.raw, call.verdict, freeze(call.arguments)


def check_against_rows(recording: str, followers: list[Follower]) -> None:
    """The calls of all its responses, in order, are those of the rows."""
    calls = [call for follower in followers for call in follower.calls.calls]
    expected = [wanted(row) for row in rows_of(recording) if row.kind != "text"]
    found = [got(call) for call in calls]
    assert [(name, verdict, value) for name, _, verdict, value in found] == [
        (name, verdict, value) for name, _, verdict, value in expected
    ], recording
    for call, (_, raw, _, _) in zip(calls, expected, strict=True):
        if raw is not None:
            assert call.raw == raw, recording
        elif call.raw:
            assert freeze(json.loads(call.raw)) == freeze(call.arguments)
        assert call.overruled is None
        assert not call.repairs
        assert not call.text
    for follower in followers:
        for call in follower.calls.calls:
            check_shown(follower, call)


def check_end(response: Response, follower: Follower) -> None:
    """Two recordings hold an error event; all others end as their wire ends."""
    if response.recording in streams.WITHOUT_ROWS:
        assert isinstance(follower.end, StreamFailed)
        assert type(follower.end.error).__name__ == "ProviderError"
        assert not follower.end.calls
    else:
        assert isinstance(follower.end, StreamEnded), (response.name, follower.end)
        assert follower.end.reason == last_reason(response), response.name
        assert follower.calls.reason == follower.end.reason


def last_reason(response: Response) -> str | None:
    """The wire's own word for why it stopped; the last where a router says two."""
    return list(reasons(response))[-1]


def reasons(response: Response) -> Iterator[str]:
    for payload in streams.decoded(response):
        kind = payload.get("type")
        if response.wire == "anthropic" and kind in ("message_start", "message_delta"):
            yield from filter(None, [(payload.get("delta") or payload["message"])["stop_reason"]])
        elif response.wire == "openai-chat":
            yield from filter(None, (choice.get("finish_reason") for choice in payload.get("choices", ())))
        elif response.wire == "openai-responses" and kind == "response.completed":
            yield "completed"
        elif response.wire == "openai-responses" and kind == "response.incomplete":
            yield payload["response"]["incomplete_details"]["reason"]
        elif response.wire == "gemini":
            for candidate in payload.get("candidates", ()):
                yield from filter(None, [candidate.get("finishReason") or candidate.get("finish_reason")])
        elif "messageStop" in payload:
            yield payload["messageStop"]["stopReason"]


WAYS = ["sse", "events", "objects", "bare"]


def follow(response: Response, way: str, **options: Any) -> Follower:
    """One response, fed in one way and closed."""
    if way == "sse":
        return through_sse(response, random.Random(response.name), **options)
    if way == "events":
        return through_events(response.wire, streams.decoded(response), **options)
    if way == "objects":
        return through_events(response.wire, map(streams.as_objects, streams.decoded(response)), **options)
    bare = [next(iter(payload.values())) for payload in streams.decoded(response)]
    return through_events(response.wire, bare, **options)


def of_batch(batch: int) -> list[str]:
    return sorted(BY_RECORDING)[batch::BATCHES]


@pytest.mark.parametrize("way", ["sse", "events", "objects"])
@pytest.mark.parametrize("batch", range(BATCHES))
def test_P20_P22_every_recording_completes_the_calls_that_are_whole_and_no_others(batch: int, way: str) -> None:
    for recording in of_batch(batch):
        followers = [follow(response, way) for response in BY_RECORDING[recording]]
        check_against_rows(recording, followers)
        for response, follower in zip(BY_RECORDING[recording], followers, strict=True):
            check_end(response, follower)


def test_P20_bedrock_events_without_their_names() -> None:
    """The payload alone, as it stands in a message of the event stream."""
    seen_any = False
    for recording, parts in BY_RECORDING.items():
        if parts[0].wire == "bedrock-converse":
            seen_any = True
            check_against_rows(recording, [follow(response, "bare") for response in parts])
    assert seen_any


@pytest.mark.parametrize("batch", range(BATCHES))
def test_P20_P22_updates_do_not_depend_on_cuts_nor_on_the_form_of_events(batch: int) -> None:
    """Bytes at two sets of random cuts, mappings, objects: the same updates with the same events, and calls that are equal."""
    for recording in of_batch(batch):
        for response in BY_RECORDING[recording]:
            options = {"watch": "$..*", "text": True}
            runs = [follow(response, way, **options) for way in ("events", "sse", "objects")]
            runs.append(through_sse(response, random.Random(f"again {response.name}"), **options))
            for run in runs[1:]:
                assert run.flat() == runs[0].flat(), response.name
                assert list(map(seen, run.calls.calls)) == list(map(seen, runs[0].calls.calls)), response.name


@pytest.mark.parametrize("batch", range(BATCHES))
def test_P20_raw_is_the_fragments_and_the_events_are_those_of_a_parser(batch: int) -> None:
    """Against the plain reading of the same events: names, ids, every fragment in its own CallChanged."""
    for recording in of_batch(batch):
        for response in BY_RECORDING[recording]:
            plain = [call for call in streams.plain_calls(response.wire, response.events) if not call.given]
            follower = follow(response, "events", watch="$..*")
            calls = follower.calls.calls
            assert [(call.name, call.id) for call in calls] == [(each.name, each.id) for each in plain], response.name
            for call, each in zip(calls, plain, strict=True):
                check_shown(follower, call)
                if each.as_object:
                    assert freeze(call.arguments) == freeze(each.value)
                    continue
                assert call.raw == each.raw, response.name
                changes = [record for record in follower.records if record[:2] == ("CallChanged", call.index)]
                assert len(changes) == sum(map(bool, each.parts)), response.name


@pytest.mark.parametrize("way", ["sse", "events"])
def test_P20_several_responses_through_one(way: str) -> None:
    """A recording of a conversation: each response has its own end, and the calls of all are kept in order."""
    several = {name: parts for name, parts in BY_RECORDING.items() if len(parts) > 1}
    assert several
    for name, parts in several.items():
        apart = [follow(response, way, watch="$..*") for response in parts]
        follower = Follower.of(parts[0].wire, several=True, watch="$..*")
        if way == "sse":
            content = b"".join(streams.frames(response.events) for response in parts)
            for chunk in streams.cuts(content, random.Random(name)):
                follower.feed_sse(chunk)
        else:
            for response in parts:
                for event in streams.decoded(response):
                    follower.feed(event)
        follower.close()
        wanted = [seen(call) for each in apart for call in each.calls.calls]
        assert list(map(seen, follower.calls.calls)) == wanted
        ends = [update for update in follower.updates if isinstance(update, (StreamEnded, StreamFailed))]
        assert ends == [each.end for each in apart]


# -- text answers


def json_texts(response: Response) -> list[str]:
    """The text answers in which a parser shows a value."""
    found = []
    for pieces in streams.plain_texts(response.wire, response.events):
        text = "".join(pieces)
        if shown(text) != MISSING:
            found.append(text)
    return found


def text_verdict(text: str) -> Verdict:
    """What JSON says of a text that ended normally."""
    parser = midstream.Parser()
    try:
        parser.feed(text, True)
        parser.feed("")
    except midstream.JSONStreamError as error:
        if isinstance(error, midstream.TruncatedJSON):
            return Verdict.TRUNCATED
        return Verdict.TRAILING if error.kind is midstream.ErrorKind.TRAILING_DATA else Verdict.MALFORMED
    return Verdict.COMPLETE


@pytest.mark.parametrize("way", ["sse", "events"])
@pytest.mark.parametrize("batch", range(BATCHES))
def test_P20_text_answers_that_are_json(batch: int, way: str) -> None:
    """With text=True the same calls as without, and the answers that docs.jsonl lists, but fenced ones: prose is passed over."""
    for recording in of_batch(batch):
        texts: list[ToolCall] = []
        for response in BY_RECORDING[recording]:
            follower = follow(response, way, text=True, watch="$")
            without = follow(response, "events")
            calls = [seen(call) for call in follower.calls.calls if not call.text]
            assert calls == list(map(seen, without.calls.calls)), response.name
            mine = [call for call in follower.calls.calls if call.text]
            assert [call.raw for call in mine] == json_texts(response), response.name
            for call in mine:
                assert (call.name, call.id) == (None, None)
                assert call.verdict is text_verdict(call.raw), response.name
                check_shown(follower, call)
            texts += mine
        rows = [row for row in rows_of(recording) if row.kind == "text" and row.status != "fenced"]
        listed = [row.text for row in rows]
        assert len(texts) == len(listed) + NUMBERED_PROSE.get(recording, 0), recording
        for row in rows:
            [call] = [call for call in texts if call.raw == row.text][:1]
            assert (call.verdict is Verdict.COMPLETE) == (row.status == "ok"), recording


def test_P20_fenced_text_answers_complete_under_repair() -> None:
    """The value between the fences, and the fences listed as repairs."""
    fenced = [row for rows in ROWS.values() for row in rows if row.kind == "text" and row.status == "fenced"]
    found = 0
    for recording in sorted({row.stream for row in fenced} & set(BY_RECORDING)):
        for response in BY_RECORDING[recording]:
            for way in ("sse", "events"):
                follower = follow(response, way, text=True, repair="all")
                by_raw = {call.raw: call for call in follower.calls.calls if call.text}
                for row in (row for row in fenced if row.stream == recording and row.text in by_raw):
                    found += 1
                    call = by_raw[row.text]
                    inside = row.text.split("```")[1].partition("\n")[2]
                    assert call.verdict is Verdict.COMPLETE, recording
                    assert freeze(call.arguments) == freeze(json.loads(inside))
                    assert call.repairs
    bundled = {row.stream for row in fenced} & set(BY_RECORDING)
    assert found >= 2 * len(bundled)
    assert found


# -- nothing is left out


def test_every_recording_is_accounted_for() -> None:
    """Fed through one of the five wires, or of a wire that none of them is."""
    fed = {response.recording for response in RESPONSES}
    others: dict[str, int] = collections.Counter()
    for recording in data.recordings():
        if recording.name not in fed:
            others[streams.wire_of(recording.name)] += 1
    assert set(others) == set(streams.OTHER_WIRES)
    assert {response.wire for response in RESPONSES} == set(streams.WIRES)
    given = collections.Counter(
        response.recording
        for response in RESPONSES
        for call in streams.plain_calls(response.wire, response.events)
        if call.given
    )
    assert given == GIVEN
    assert set(streams.WITHOUT_ROWS) <= fed
    assert all({row.wire for row in rows} <= WIRE_NAMES for rows in ROWS.values())


WIRE_NAMES = {*streams.WIRES, *streams.OTHER_WIRES, "bedrock-invoke/anthropic", "bedrock-invoke/bedrock-converse"}


def test_the_recordings_hold_every_verdict_that_models_were_seen_to_cause() -> None:
    """So that the comparison above is not of complete calls only."""
    verdicts = collections.Counter(
        call.verdict for response in RESPONSES for call in follow(response, "events").calls.calls if call.verdict
    )
    assert verdicts[Verdict.COMPLETE] >= 100
    assert verdicts[Verdict.TRUNCATED] >= 14
    cut_but_normal = [
        recording
        for recording, rows in ROWS.items()
        if recording in BY_RECORDING and any(row.status.startswith("bad") for row in rows if row.kind != "text")
        and reason_of(recording) == "tool_calls"
    ]  # fmt: skip
    assert len(cut_but_normal) == 2


def test_seen_is_of_all_that_a_call_has() -> None:
    """The comparisons above leave out nothing but the parser and the index, which is the position."""
    fields = {name for name in dir(ToolCall) if not name.startswith("_")}
    assert fields - {"index", "parser", "stripped"} == set(Seen.__dataclass_fields__)
