"""P23: a stream that breaks off anywhere keeps every call, and each says how far it got.

Recorded streams, broken at every event boundary in each of the ways in which streams break, against the plain reading of
the events that came.
"""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from midstream.toolcalls import (
    CallCompleted,
    CallFailed,
    ProviderError,
    StreamEnded,
    StreamFailed,
    UnfinishedStream,
    Verdict,
)
from tests.support import data, strategies, streams, wires
from tests.support.following import Follower, check_shown, seen
from tests.support.streams import Event, Payload, Response
from tests.support.wires import Call, Turn

WIRES = pytest.mark.parametrize("wire", streams.WIRES)
BATCHES = 10
RECORDINGS = 50

# What each wire's provider sends when it fails in the middle.
ERRORS: dict[str, list[Event]] = {
    "anthropic": [
        ("error", '{"type":"error","error":{"details":null,"type":"overloaded_error","message":"Overloaded"}}'),
        (None, '{"type":"error","error":{"type":"api_error","message":"Internal server error"}}'),
    ],
    "openai-chat": [
        (None, '{"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}'),
        ("error", '{"error":{"message":"Tool call validation failed","code":"tool_use_failed","status_code":400}}'),
        (None, '{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],'
         '"error":{"code":502,"message":"Provider disconnected"}}'),
        (None, '{"error":"an error as text"}'),
        (None, '{"object":"error","message":"bad request","type":"BadRequestError","code":400}'),
    ],
    "openai-responses": [
        ("error", '{"type":"error","code":"server_error","message":"The server had an error","param":null,"sequence_number":9}'),
        (None, '{"type":"error","sequence_number":2,"error":{"type":"insufficient_quota","code":"x","message":"You exceeded"}}'),
        ("response.failed", '{"type":"response.failed","response":{"status":"failed","error":{"code":"x","message":"m"}}}'),
    ],
    "gemini": [
        (None, '{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}'),
        (None, '{"error":{"code":429,"message":"Resource has been exhausted","status":"RESOURCE_EXHAUSTED","details":[]}}'),
    ],
    "bedrock-converse": [
        ("modelStreamErrorException", '{"message":"Model error","originalStatusCode":500,"originalMessage":"x"}'),
        ("throttlingException", '{"message":"Too many requests"}'),
        ("internalServerException", '{"message":"Internal"}'),
        ("serviceUnavailableException", '{"message":"Unavailable"}'),
        ("validationException", '{"message":"Invalid"}'),
    ],
}  # fmt: skip

ENDINGS = ["close", "error", "event", "cut"]


def sample() -> list[Response]:
    """Fifty recordings, of every wire, those with calls and with several of them first."""
    found = [response for response in streams.responses() if 4 <= len(response.events) <= 120]

    def rank(response: Response) -> tuple[bool, int, int, str]:
        calls = streams.plain_calls(response.wire, response.events)
        bundled = bundle_holds(response.recording)
        return not bundled, -min(len(calls), 3), len(response.events), response.name

    picked: list[Response] = []
    lanes = [sorted((r for r in found if r.wire == wire), key=rank) for wire in streams.WIRES]
    while len(picked) < RECORDINGS and any(lanes):
        picked += [lane.pop(0) for lane in lanes if lane]
    return picked[:RECORDINGS]


def bundle_holds(recording: str) -> bool:
    return (data.BUNDLED / "recordings" / f"{recording}.jsonl").is_file()


SAMPLE = sample()


def payload_of(wire: str, event: Event) -> Any:
    payload = streams.loaded(event)
    return streams.boto3_form(event[0], payload) if wire == "bedrock-converse" and isinstance(payload, dict) else payload


def broken(response: Response, count: int, ending: str, rng: random.Random) -> Follower:
    """The first events of a response, and then one of the ways in which a stream breaks."""
    follower = Follower.of(response.wire, watch="$..*")
    if ending == "cut":
        content = streams.frames(response.events[:count])
        if count < len(response.events):
            frame = streams.frame(response.events[count])
            content += frame[: rng.randrange(len(frame) - 1)]  # without the empty line it is no event
        follower.feed_sse(content)
        follower.close()
        return follower
    for event in response.events[:count]:
        follower.feed(payload_of(response.wire, event))
    if ending == "event":
        follower.feed(payload_of(response.wire, rng.choice(ERRORS[response.wire])))
        follower.close()
    else:
        follower.close(ConnectionResetError("peer") if ending == "error" else None)
    return follower


def reasons_seen(response: Response, count: int) -> bool:
    """Has a stop reason, or the wire's last event, come?"""
    for event in response.events[:count]:
        payload = payload_of(response.wire, event)
        if event[1].strip() == "[DONE]":
            return True
        if not isinstance(payload, dict):
            continue
        if response.wire == "openai-chat" and any(choice.get("finish_reason") for choice in payload.get("choices", ())):
            return True
        if response.wire == "gemini" and any(
            candidate.get("finishReason") or candidate.get("finish_reason") for candidate in payload.get("candidates", ())
        ):
            return True
        if payload.get("type") in ("message_stop", "response.completed", "response.incomplete") or "messageStop" in payload:
            return True
        if payload.get("type") == "message_delta" and payload["delta"].get("stop_reason"):
            return True
    return False


def check_broken(response: Response, count: int, ending: str, follower: Follower) -> None:
    """Every call that had begun is there with the text that came, and with one verdict, which is right."""
    where = (response.name, count, ending)
    plain = [call for call in streams.plain_calls(response.wire, response.events[:count]) if not call.given]
    calls = follower.calls.calls
    assert [call.name for call in calls] == [each.name for each in plain], where
    final = streams.plain_calls(response.wire, response.events)
    for call, each in zip(calls, plain, strict=True):
        if not each.as_object:
            assert call.raw == each.raw, where
        check_shown(follower, call)
        assert call.verdict is not None
        if each.ended or (response.wire == "openai-chat" and call.verdict is Verdict.COMPLETE):
            whole = next(other for other in final if other.id == each.id and other.name == each.name)
            assert each.as_object or whole.raw == call.raw or call.verdict is not Verdict.COMPLETE, where
        elif call.verdict is Verdict.COMPLETE:
            assert reasons_seen(response, count), where
        if call.verdict is not Verdict.COMPLETE:
            assert call.verdict is Verdict.TRUNCATED
            check_error(call.error, ending, call.raw)
    failed = [update for update in follower.updates if isinstance(update, StreamFailed)]
    ended = [update for update in follower.updates if isinstance(update, StreamEnded)]
    assert len(failed) + len(ended) == 1, where
    if not reasons_seen(response, count) and response.recording not in streams.WITHOUT_ROWS:
        assert failed, where
        error = failed[0].error
        assert type(error) is {"close": UnfinishedStream, "cut": UnfinishedStream, "error": ConnectionResetError,
                               "event": ProviderError}[ending], where  # fmt: skip
        assert list(failed[0].calls) == [update.call for update in follower.last[:-1]], where


def check_error(error: Exception | None, ending: str, raw: str) -> None:
    """The parser's own, which says where, for half a document; the stream's for one whose end alone is missing."""
    if isinstance(error, midstream.TruncatedJSON):
        return
    assert isinstance(error, (UnfinishedStream, ProviderError, ConnectionResetError))
    assert not raw.strip() or json.loads(raw) is not None


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_P23_fifty_recordings_broken_at_every_event(batch: int, ending: str) -> None:
    """Closed; closed with an error; an error event of the provider; bytes that stop in the next event."""
    for response in SAMPLE[batch::BATCHES]:
        rng = random.Random(response.name + ending)
        for count in range(len(response.events) + 1):
            check_broken(response, count, ending, broken(response, count, ending, rng))


def test_P23_the_sample_is_of_every_wire() -> None:
    assert len(SAMPLE) == RECORDINGS
    assert {response.wire for response in SAMPLE} == set(streams.WIRES)
    calls = [len(streams.plain_calls(response.wire, response.events)) for response in SAMPLE]
    assert sum(count > 0 for count in calls) >= 40
    assert sum(count > 1 for count in calls) >= 10


@pytest.mark.parametrize("batch", range(BATCHES))
def test_P23_what_completed_before_stays_as_it_was(batch: int) -> None:
    """One stream, each call seen at its verdict and at the end: broken off later, it is what it was."""
    for response in SAMPLE[batch::BATCHES]:
        at_verdict: dict[int, Any] = {}
        follower = Follower.of(response.wire, watch="$..*")
        for event in response.events:
            for update in follower.feed(payload_of(response.wire, event)):
                if isinstance(update, (CallCompleted, CallFailed)):
                    at_verdict[update.call.index] = seen(update.call)
        before = {index: (each.verdict, each.arguments, each.error) for index, each in at_verdict.items()}
        follower.close(OSError("late"))
        for call in follower.calls.calls:
            if call.index in before:
                now = seen(call)
                assert (now.verdict, now.arguments, now.error) == before[call.index], response.name


# -- the terminal event


@WIRES
def test_P23_an_event_without_its_empty_line_is_no_event(wire: str) -> None:
    """The SSE specification: what the input ends in is dropped. So a stream cut there has not ended, and says so.

    For Chat Completions and Gemini that is the chunk with the stop reason; a missing [DONE] alone is forgiven.
    """
    turn = Turn((Call("f", '{"a": 1}', "1"),), noise=False, mixed=False)
    for seed in range(8):
        events = wires.events(wires.build(wire, turn, random.Random(seed)))
        if wire == "openai-chat":
            events.pop()  # the usage
        elif wire == "bedrock-converse":
            events.pop()  # the metadata
        content = streams.frames(events)
        assert content.endswith(b"\n\n")
        for cut in (content[:-1], content[:-2], content[:-3]):
            follower = Follower.of(wire)
            follower.feed_sse(cut)
            follower.close()
            if wire == "anthropic":  # message_delta brought the stop reason before message_stop
                assert follower.end == StreamEnded("tool_use")
            else:
                assert isinstance(follower.end, StreamFailed)
                assert isinstance(follower.end.error, UnfinishedStream)
            [call] = follower.calls.calls
            assert call.raw.replace(" ", "") == '{"a":1}'
            assert call.verdict is (Verdict.TRUNCATED if wire == "openai-chat" else Verdict.COMPLETE)
        follower = Follower.of(wire)
        follower.feed_sse(content)
        follower.close()
        assert follower.end == StreamEnded(wires.REASONS[wire]["normal"])


def test_P23_done_is_forgiven() -> None:
    """finish_reason came, [DONE] did not, or half of it: the stream has ended, at close()."""
    turn = Turn((Call("f", '{"a": 1}', "1"),), noise=False)
    content = streams.frames(wires.events(wires.build("openai-chat", turn, random.Random(1))))
    for tail in (b"", b"data: [DONE]", b"data: [DONE]\n", b"data: [DO"):
        follower = Follower.of("openai-chat")
        follower.feed_sse(content + tail)
        assert not follower.ended
        follower.close()
        assert follower.end == StreamEnded("tool_calls")
        assert [call.verdict for call in follower.calls.calls] == [Verdict.COMPLETE]
    for tail in (b"data: [DONE]\n\n", b"data:[DONE]\r\n\r\n", b"data: [DONE] \n\n"):
        follower = Follower.of("openai-chat")
        follower.feed_sse(content + tail)
        assert follower.end == StreamEnded("tool_calls")
        follower.close()


# -- errors


@pytest.mark.parametrize(("wire", "number"), [(wire, number) for wire in ERRORS for number in range(len(ERRORS[wire]))])
def test_P23_an_error_of_the_provider(wire: str, number: int) -> None:
    """Its message and its data, by events and by bytes; the open call is truncated, the one before keeps its verdict."""
    event = ERRORS[wire][number]
    message = message_in(json.loads(event[1]))
    calls = (Call("f", '{"a": 1}', "1"), Call("g", '{"b": [1, 2', "2"))
    turn = Turn(calls, end="dropped", noise=False, mixed=False, last_cut=True)
    if wire == "gemini":
        head = {"functionCall": {"name": "g", "willContinue": True}}
        piece = {"jsonPath": "$.b[0]", "numberValue": 1}
        more = {"functionCall": {"partialArgs": [piece], "willContinue": True}}
        body = [wires.answer([{"functionCall": {"name": "f", "args": {"a": 1}}}]), wires.answer([head]), wires.answer([more])]
        events = [(None, json.dumps(each)) for each in body]
    else:
        events = wires.events(wires.build(wire, turn, random.Random(3)))
    for way in ("events", "sse"):
        follower = Follower.of(wire)
        for each in [*events, event]:
            if way == "sse":
                follower.feed_sse(streams.frame(each))
            else:
                follower.feed(payload_of(wire, each))
        assert isinstance(follower.end, StreamFailed), follower.updates
        error = follower.end.error
        assert isinstance(error, ProviderError)
        assert message in str(error)
        assert [call.name for call in follower.end.calls] == ["g"]
        first, second = follower.calls.calls
        assert (first.name, first.verdict) == ("f", Verdict.COMPLETE)
        assert (second.name, second.verdict) == ("g", Verdict.TRUNCATED)
        assert isinstance(second.error, midstream.TruncatedJSON)
        assert second.arguments == {"b": [] if wire == "gemini" else [1]}  # 2, or 1, may be the beginning of a number
        for late in (*events, event):
            assert follower.feed(payload_of(wire, late)) == []
            assert follower.feed_sse(streams.frame(late)) == []
        follower.close()


def message_in(payload: Payload) -> str:
    """Where providers put it."""
    error = payload.get("response", payload).get("error", payload)
    return error if isinstance(error, str) else str(error["message"])


@WIRES
def test_P23_the_error_given_to_close_is_the_streams(wire: str) -> None:
    """The same object; a call whose text was whole, or had not begun, fails with it too."""
    for end in (ConnectionResetError("peer"), TimeoutError(), KeyboardInterrupt()):
        for text in ('{"a": 1}', "", '{"a": '):
            if wire == "gemini":
                payloads = [wires.answer([{"functionCall": {"name": "f", "willContinue": True}}])]
            else:
                turn = Turn((Call("f", text, "1"),), end="dropped", noise=False, last_cut=True)
                events = wires.build(wire, turn, random.Random(2))
                payloads = [streams.boto3_form(*event) if wire == "bedrock-converse" else event[1] for event in events]
            follower = Follower.of(wire)
            for payload in payloads:
                follower.feed(payload)
            follower.close(end)
            assert isinstance(follower.end, StreamFailed)
            assert follower.end.error is end
            [call] = follower.calls.calls
            assert list(follower.end.calls) == [call]
            assert call.verdict is Verdict.TRUNCATED
            if isinstance(end, Exception) and text != '{"a": ' and wire != "gemini":
                assert call.error is end
            assert follower.feed(payloads[0]) == []


@pytest.mark.parametrize("wire", ["anthropic", "openai-responses", "bedrock-converse"])
def test_P23_a_call_without_text_that_had_ended_is_complete(wire: str) -> None:
    """The wire said that the call ended; that the connection broke later takes nothing back."""
    for end in ("dropped", "error"):
        for seed in range(6):
            events = wires.build(wire, Turn((Call("f", "", "1"),), end=end, noise=False), random.Random(seed))
            follower = Follower.of(wire)
            for name, payload in events:
                follower.feed(streams.boto3_form(name, payload) if wire == "bedrock-converse" else payload)
            follower.close()
            [call] = follower.calls.calls
            assert (call.verdict, call.arguments, call.raw) == (Verdict.COMPLETE, {}, "")
            assert isinstance(follower.end, StreamFailed)


@WIRES
def test_P23_close_with_an_error_after_the_end_changes_nothing(wire: str) -> None:
    """A connection that is reset after the last event has brought everything."""
    events = wires.build(wire, Turn((Call("f", '{"a": 1}', "1"),), noise=False), random.Random(2))
    follower = Follower.of(wire)
    for name, payload in events:
        follower.feed(streams.boto3_form(name, payload) if wire == "bedrock-converse" else payload)
    if wire in ("openai-chat", "gemini"):  # only [DONE], which events don't have, ends these before close()
        assert not follower.ended
        follower.close(ConnectionResetError())
        assert [call.verdict for call in follower.calls.calls] == [Verdict.COMPLETE]
    else:
        assert follower.ended
        assert follower.close(ConnectionResetError()) == []
        assert isinstance(follower.end, StreamEnded)


# -- stop reasons that leave JSON cut

CUT_REASONS = {
    "anthropic": ["max_tokens", "refusal", "model_context_window_exceeded", "pause_turn"],
    "openai-chat": ["length", "content_filter", "error", "max_tokens", "model_context_window_exceeded", "something_new"],
    "openai-responses": ["max_output_tokens", "content_filter"],
    "gemini": ["MAX_TOKENS", "SAFETY", "MALFORMED_FUNCTION_CALL", "RECITATION", "OTHER"],
    "bedrock-converse": ["max_tokens", "guardrail_intervened", "content_filtered", "malformed_tool_use",
                         "model_context_window_exceeded"],
}  # fmt: skip


@pytest.mark.parametrize(("wire", "reason"), [(wire, reason) for wire in CUT_REASONS for reason in CUT_REASONS[wire]])
def test_P23_every_stop_reason_is_the_wires_own_word_and_completes_no_half(wire: str, reason: str) -> None:
    """The calls before are complete, the one that was cut is truncated and keeps what came."""
    first, second = Call("f", '{"a": 1}', "1"), Call("g", '{"b": "tw', "2")
    if wire == "gemini":
        piece = {"jsonPath": "$.b", "stringValue": "tw", "willContinue": True}
        payloads: list[Payload] = [
            wires.answer([{"functionCall": {"name": "f", "args": {"a": 1}}}]),
            wires.answer([{"functionCall": {"name": "g", "willContinue": True}}]),
            wires.answer([{"functionCall": {"partialArgs": [piece], "willContinue": True}}]),
            wires.answer([], reason),
        ]
    else:
        events = wires.build(wire, Turn((first, second), end="budget", noise=False, mixed=False, last_cut=True), random.Random(1))
        usual = wires.REASONS[wire]["budget"]
        spelled = [streams.boto3_form(*event) if wire == "bedrock-converse" else event[1] for event in events]
        payloads = [json.loads(json.dumps(each).replace(json.dumps(usual), json.dumps(reason))) for each in spelled]
    follower = Follower.of(wire)
    for payload in payloads:
        follower.feed(payload)
    follower.close()
    assert follower.end == StreamEnded(reason)
    one, two = follower.calls.calls
    assert (one.verdict, one.arguments) == (Verdict.COMPLETE, {"a": 1})
    assert (two.verdict, two.arguments) == (Verdict.TRUNCATED, {"b": "tw"})
    assert isinstance(two.error, midstream.TruncatedJSON)


# -- random turns


@WIRES
@strategies.FEWER
@given(seed=st.integers(0, 1 << 40), ending=st.sampled_from(ENDINGS))
def test_P23_random_streams_broken_anywhere(wire: str, seed: int, ending: str) -> None:
    """Built streams with all that a response may hold, interleaved or not, broken at one place."""
    rng = random.Random(seed)
    texts = ['{"a": [1, {"b": "é😀"}], "c": null}', "{}", '{"city": "New\\nYork"}', "" if wire == "openai-chat" else "{ }"]
    calls = tuple(Call(rng.choice("fgh"), rng.choice(texts), f"call_{n}") for n in range(rng.randrange(1, 4)))
    turn = Turn(calls, rng.choice(["", "Hi."]), mixed=wire != "bedrock-converse")
    response = Response("synthetic/1", 0, wire, tuple(wires.events(wires.build(wire, turn, rng))))
    count = rng.randrange(len(response.events) + 1)
    follower = broken(response, count, ending, rng)
    sent = {(call.name, call.id): call.text for call in calls}
    for call in follower.calls.calls:
        check_shown(follower, call)
        if wire != "gemini":
            assert sent[call.name, call.id].startswith(call.raw)
        elif call.verdict is Verdict.COMPLETE:
            assert call.arguments in [json.loads(text or "{}") for text in texts]
        if call.verdict is Verdict.COMPLETE and wire != "gemini":
            assert call.raw == sent[call.name, call.id]
    assert isinstance(follower.end, (StreamEnded, StreamFailed))
    assert isinstance(follower.end, StreamEnded) or not reasons_seen(response, count) or wire != "gemini" or ending != "close"
