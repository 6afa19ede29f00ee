"""P22: which fragment belongs to which call, however a provider of the Chat Completions shape deviates from it.

One row a deviation on record; then random calls, interleaved, with as many deviations at once as leave it decidable.
"""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midstream.toolcalls import CallFailed, StreamEnded, StreamFailed, Verdict
from tests.support import strategies, streams, wires
from tests.support.feeding import freeze, json_value
from tests.support.following import Follower, check_shown, through_events
from tests.support.streams import Payload
from tests.support.wires import chunk, part

COMPLETE, TRUNCATED, MALFORMED, TRAILING = Verdict.COMPLETE, Verdict.TRUNCATED, Verdict.MALFORMED, Verdict.TRAILING
ANY = object()  # an id or a name that is not compared

A, B = '{"a": 1}', '{"b": [2, "two"]}'
A1, A2, A3 = '{"a"', ": ", "1}"
B1, B2, B3 = '{"b": [2', ', "tw', 'o"]}'

END = chunk({}, finish="tool_calls")


def calls(*parts: Payload, finish: str | None = None, choice: int = 0, **delta: Any) -> Payload:
    return chunk({**delta, "tool_calls": list(parts)}, finish, choice)


Row = tuple[list[Payload], list[tuple[Any, ...]]]
F, G = ("f", "1", A, COMPLETE), ("g", "2", B, COMPLETE)  # name, id, raw, verdict


def no_id(*wanted: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return [(name, ANY, raw, verdict) for name, _, raw, verdict in wanted]


def null_index(*parts: Payload) -> list[Payload]:
    return [calls({**each, "index": None}) for each in parts]


def both(each: Payload) -> Payload:
    """The part in `delta` and in `message`, as one provider sends it."""
    said = {"tool_calls": [each]}
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "finish_reason": None, "message": said, "delta": said}]}


DEVIATIONS: dict[str, Row] = {
    "none": ([calls(part("", 0, "1", "f", type="function")), calls(part(A1)), calls(part(A2)), calls(part(A3)),
              calls(part("", 1, "2", "g", type="function")), calls(part(B, 1)), END], [F, G]),
    "interleaved parallel calls": ([calls(part("", 0, "1", "f")), calls(part("", 1, "2", "g")), calls(part(A1, 0)),
                                    calls(part(B1, 1)), calls(part(B2, 1)), calls(part(A2, 0)), calls(part(B3, 1)),
                                    calls(part(A3, 0)), END], [F, G]),
    "interleaved in one chunk": ([calls(part("", 0, "1", "f"), part("", 1, "2", "g")), calls(part(B1, 1), part(A1, 0)),
                                  calls(part(A2, 0), part(B2, 1), part(A3, 0)), calls(part(B3, 1)), END], [F, G]),
    "the later index first": ([calls(part("", 1, "2", "g")), calls(part("", 0, "1", "f")), calls(part(B, 1)),
                               calls(part(A, 0)), END], [G, F]),
    # index
    "index missing": ([calls(part(A1, None, "1", "f")), calls(part(A2, None)), calls(part(A3, None)),
                       calls(part(B1, None, "2", "g")), calls(part(B2, None)), calls(part(B3, None)), END], [F, G]),
    "index null": ([*null_index(part(A1, 0, "1", "f"), part(A2 + A3), part(B, 0, "2", "g")), END], [F, G]),
    "index missing, whole calls in one chunk": ([calls(part(A, None, "1", "f"), part(B, None, "2", "g")), END], [F, G]),
    "index missing, the id in every chunk": ([calls(part(A1, None, "1", "f")), calls(part(B1, None, "2", "g")),
                                              calls(part(A2 + A3, None, "1")), calls(part(B2 + B3, None, "2")), END], [F, G]),
    "index always 0": ([calls(part("", 0, "1", "f")), calls(part(A1)), calls(part(A2 + A3)), calls(part("", 0, "2", "g")),
                        calls(part(B1)), calls(part(B2 + B3)), END], [F, G]),
    "index always 0, whole calls": ([calls(part(A, 0, "1", "f")), calls(part(B, 0, "2", "g")), END], [F, G]),
    "index always 0, whole calls in one chunk": ([calls(part(A, 0, "1", "f"), part(B, 0, "2", "g")), END], [F, G]),
    "index always 0, the id in every chunk": ([calls(part(A1, 0, "1", "f")), calls(part(B1, 0, "2", "g")),
                                               calls(part(A2, 0, "1")), calls(part(B2 + B3, 0, "2")),
                                               calls(part(A3, 0, "1")), END], [F, G]),
    "index starting at 1": ([calls(part(A1, 1, "1", "f")), calls(part(A2 + A3, 1)), calls(part(B1, 2, "2", "g")),
                             calls(part(B2 + B3, 2)), END], [F, G]),
    "index wrong where the id is right": ([calls(part(A1, 0, "1", "f")), calls(part(B1, 1, "2", "g")),
                                           calls(part(A2, 1, "1")), calls(part(B2, 0, "2")), calls(part(B3, 7, "2")),
                                           calls(part(A3, 7, "1")), END], [F, G]),
    "index of no call, and no id": ([calls(part(A1, 0, "1", "f")), calls(part(A2 + A3, 5)), END], [F]),
    "index counts chunks": ([calls(part(A1, 0, "1", "f")), calls(part(A2, 1)), calls(part(A3, 2)), END], [F]),
    "index always 0, one tool twice": ([calls(part("", 0, "1", "f")), calls(part(A, 0, "1")), calls(part("", 0, "2", "f")),
                                        calls(part(B, 0, "2")), END], [F, ("f", "2", B, COMPLETE)]),
    "index always 0, one tool twice without arguments": ([calls(part("", 0, "1", "f"), part("", 0, "2", "f")), END],
                                                         [("f", "1", "", COMPLETE), ("f", "2", "", COMPLETE)]),
    "no index, one tool twice, the id in every chunk": ([calls(part("", None, "1", "f")), calls(part("", None, "2", "f")),
                                                         calls(part(A, None, "1")), calls(part(B, None, "2")), END],
                                                        [F, ("f", "2", B, COMPLETE)]),
    "index always 0, one tool twice, one or two calls": ([calls(part("", 0, "1", "f")), calls(part(A, 0, "2", "f")), END],
                                                         [("f", "1", "", TRUNCATED), ("f", "2", A, COMPLETE)]),
    "no index, one tool twice, one or two calls": ([calls(part("", None, "1", "f")), calls(part(A, None, "2", "f")), END],
                                                   [("f", "1", "", COMPLETE), ("f", "2", A, COMPLETE)]),
    # id
    "id empty after the first": ([calls(part("", 0, "1", "f")), calls(part(A1, 0, "")), calls(part(A2 + A3, 0, "")), END], [F]),
    "id null after the first": ([calls(part("", 0, "1", "f")), calls({**part(A), "id": None}), END], [F]),
    'id "null" after the first': ([calls(part("", 0, "1", "f")), calls(part(A1, 0, "null")), calls(part(A2 + A3, 0, "null")),
                                   calls(part(B, 1, "2", "g")), END], [F, G]),
    'id "null" always': ([calls(part(A1, 0, "null", "f")), calls(part(A2 + A3, 0, "null")), calls(part(B1, 1, "null", "g")),
                          calls(part(B2 + B3, 1, "null")), END], no_id(F, G)),
    'id "null" always, no index': ([calls(part(A, None, "null", "f")), calls(part(B1, None, "null", "g")),
                                    calls(part(B2 + B3, None, "null", "")), END], no_id(F, G)),
    "id null always": ([calls({**part(A, 0, None, "f"), "id": None}), calls({**part(B, 1, None, "g"), "id": None}), END],
                       no_id(F, G)),
    "id empty always": ([calls(part(A1, 0, "", "f")), calls(part(A2 + A3, 0, "")), calls(part(B, 1, "", "g")), END], no_id(F, G)),
    "id empty always, interleaved": ([calls(part(A1, 0, "", "f")), calls(part(B1, 1, "", "g")), calls(part(A2 + A3, 0, "")),
                                      calls(part(B2 + B3, 1, "")), END], no_id(F, G)),
    "id missing": ([calls(part(A1, 0, None, "f")), calls(part(B1, 1, None, "g")), calls(part(A2 + A3)),
                    calls(part(B2 + B3, 1)), END], no_id(F, G)),
    "id and index missing": ([calls(part(A1, None, None, "f")), calls(part(A2 + A3, None)), calls(part(B, None, None, "g")), END],
                             no_id(F, G)),
    "id missing, index always 0, whole calls": ([calls(part(A, 0, None, "f")), calls(part(B, 0, None, "g")), END], no_id(F, G)),
    "id missing, index always 0, one tool twice": ([calls(part(A, 0, None, "f")), calls(part(B, 0, None, "f")), END],
                                                   no_id(F, ("f", None, B, COMPLETE))),
    "id new in every chunk": ([calls(part(A1, 0, "1", "f")), calls(part(A2, 0, "x")), calls(part(A3, 0, "y")),
                               calls(part(B1, 1, "2", "g")), calls(part(B2 + B3, 1, "z")), END], [F, G]),
    "id new in every chunk, no index": ([calls(part(A1, None, "1", "f")), calls(part(A2, None, "x")), calls(part(A3, None, "y")),
                                         calls(part(B1, None, "2", "g")), calls(part(B2 + B3, None, "z")), END], [F, G]),
    "constant id": ([calls(part(A1, 0, "0", "f")), calls(part(A2 + A3, 0, "0")), calls(part(B1, 1, "0", "g")),
                     calls(part(B2 + B3, 1, "0")), END], no_id(F, G)),
    "constant id, interleaved": ([calls(part(A1, 0, "0", "f")), calls(part(B1, 1, "0", "g")), calls(part(A2 + A3, 0, "0")),
                                  calls(part(B2 + B3, 1, "0")), END], no_id(F, G)),
    "constant id, whole calls": ([calls(part(A, 0, "0", "f"), part(B, 1, "0", "g")), END], no_id(F, G)),
    "id late": ([calls(part("", 0, None, "f")), calls(part(A1, 0, "1")), calls(part(A2 + A3, 0)), END], no_id(F)),
    # name
    "name repeated in every chunk": ([calls(part(A1, 0, "1", "f")), calls(part(A2, 0, None, "f")), calls(part(A3, 0, None, "f")),
                                      calls(part(B1, 1, "2", "g")), calls(part(B2 + B3, 1, None, "g")), END], [F, G]),
    "name and id repeated in every chunk": ([calls(part(A1, 0, "1", "f")), calls(part(A2, 0, "1", "f")),
                                             calls(part(B1, 1, "2", "g")), calls(part(A3, 0, "1", "f")),
                                             calls(part(B2 + B3, 1, "2", "g")), END], [F, G]),
    "name and id repeated, no index": ([calls(part(A1, None, "1", "f")), calls(part(A2 + A3, None, "1", "f")),
                                        calls(part(B1, None, "2", "g")), calls(part(B2 + B3, None, "2", "g")), END], [F, G]),
    'continuation with name ""': ([calls(part(A1, 0, "1", "f")), calls(part(A2, 0, None, "")), calls(part(A3, 0, "", "")),
                                   END], [F]),
    'continuation with name "", no index': ([calls(part(A1, None, "1", "f")), calls(part(A2 + A3, None, "null", "")),
                                             calls(part(B1, None, "2", "g")), calls(part(B2 + B3, None, "null", "")), END],
                                            [F, G]),
    "continuation with name null": ([calls(part(A1, 0, "1", "f")), calls({"index": 0, "id": None, "type": None,
                                                                         "function": {"name": None, "arguments": A2 + A3}}), END],
                                    [F]),
    "name late": ([calls({"index": 0, "id": "1", "type": "function"}), calls(part(None, 0, None, "f")), calls(part(A)), END],
                  [F]),
    # repeated calls
    "the whole call again in the last chunk": ([calls(part(A1, 0, "1", "f")), calls(part(A2 + A3)),
                                                calls(part(A, 0, "1", "f"), finish="tool_calls")], [F]),
    "the whole call again before the end": ([calls(part("", 0, "1", "f")), calls(part(A1)), calls(part(A2 + A3)),
                                             calls(part(A, 0, "1", "f")), END], [F]),
    "both calls again in the last chunk": ([calls(part(A, 0, "1", "f")), calls(part(B1, 1, "2", "g")), calls(part(B2 + B3, 1)),
                                            calls(part(A, 0, "1", "f"), part(B, 1, "2", "g"), finish="tool_calls")], [F, G]),
    "the whole call again without its id": ([calls(part(A1, 0, "1", "f")), calls(part(A2 + A3)), calls(part(A, 0, None, "f")),
                                             END], [F]),
    "the whole call again as an object": ([calls(part(A1, 0, "1", "f")), calls(part(A2 + A3)),
                                           calls(part({"a": 1}, 0, "1", "f"), finish="tool_calls")], [F]),
    # arguments
    "several objects in one text": ([calls(part(A + B, 0, "1", "f")), calls(part(B, 1, "2", "g")), END],
                                    [("f", "1", A + B, TRAILING), G]),
    "several objects in fragments": ([calls(part(A, 0, "1", "f")), calls(part(B1)), calls(part(B2 + B3)), END],
                                     [("f", "1", A + B, TRAILING)]),
    "a stray token after the brace": ([calls(part(A + "</tool_call>", 0, "1", "f")), calls(part(B, 1, "2", "g")), END],
                                      [("f", "1", A + "</tool_call>", TRAILING), G]),
    "one brace too many": ([calls(part(A1, 0, "1", "f")), calls(part(A2 + A3)), calls(part("}")), END],
                           [("f", "1", A + "}", TRAILING)]),
    "white space after the brace": ([calls(part(A, 0, "1", "f")), calls(part(" \n")), END], [("f", "1", A + " \n", COMPLETE)]),
    "arguments as an object": ([calls(part({"a": 1}, 0, "1", "f")), calls(part({"b": [2, "two"]}, 1, "2", "g")), END],
                               [("f", "1", ANY, COMPLETE), ("g", "2", ANY, COMPLETE)]),
    "arguments as an empty object": ([calls(part({}, 0, "1", "f")), END], [("f", "1", ANY, COMPLETE)]),
    "arguments null": ([calls({"index": 0, "id": "1", "function": {"name": "f", "arguments": None}}), calls(part(A)), END], [F]),
    "no arguments at all": ([calls(part("", 0, "1", "f")), calls(part(None, 1, "2", "g")), END],
                            [("f", "1", "", COMPLETE), ("g", "2", "", COMPLETE)]),
    "malformed": ([calls(part('{"a": nope', 0, "1", "f")), calls(part("}")), calls(part(B, 1, "2", "g")), END],
                  [("f", "1", '{"a": nope}', MALFORMED), G]),
    # the rest of a part
    "type missing": ([calls(part(A1, 0, "1", "f")), calls(part(A2 + A3)), END], [F]),
    "type null, then empty": ([calls({**part(A1, 0, "1", "f"), "type": None}), calls({**part(A2 + A3), "type": ""}), END], [F]),
    "function null": ([calls(part("", 0, "1", "f")), calls({"index": 0, "function": None}), calls({"index": 0}),
                       calls(part(A)), END], [F]),
    # legacy
    "function_call": ([chunk({"role": "assistant", "function_call": {"name": "f", "arguments": ""}}),
                       chunk({"function_call": {"arguments": A1}}), chunk({"function_call": {"arguments": A2 + A3}}),
                       chunk({}, finish="function_call")], no_id(F)),
    "function_call null beside tool_calls": ([calls(part(A1, 0, "1", "f"), function_call=None, content=None),
                                              calls(part(A2 + A3), function_call=None), END], [F]),
    # chunks that bring nothing
    "role-only chunks": ([chunk({"role": "assistant"}), calls(part(A1, 0, "1", "f"), role="assistant"),
                          chunk({"role": "assistant", "content": ""}), calls(part(A2 + A3), role="assistant"), END], [F]),
    "empty choices": ([{**END, "choices": []}, calls(part(A1, 0, "1", "f")), {**END, "choices": []}, calls(part(A2 + A3)), END],
                      [F]),
    "usage after the finish": ([calls(part(A, 0, "1", "f")), END, {**END, "choices": [], "usage": {"total_tokens": 3}},
                                {**chunk({}), "usage": {"total_tokens": 3}}], [F]),
    "null in place of everything": ([chunk({"tool_calls": None}), {**END, "choices": None}, {"choices": [None]},
                                     {"choices": [{}]}, {"choices": [{"index": 0, "delta": None}]},
                                     calls(part(A, 0, "1", "f")), {}, END], [F]),
    "text beside calls": ([chunk({"content": "{"}), calls(part(A1, 0, "1", "f"), content="Let me"), chunk({"content": "}"}),
                           calls(part(A2 + A3)), END], [F]),
    "message beside delta": ([both(part(A1, 0, "1", "f")), both(part(A2 + A3)), END], [F]),
    # finish
    'finish_reason "stop"': ([calls(part(A, 0, "1", "f")), calls(part(B, 1, "2", "g")), chunk({}, finish="stop")], [F, G]),
    "finish_reason with the last fragment": ([calls(part(A1, 0, "1", "f")), calls(part(A2 + A3), finish="tool_calls")], [F]),
    "finish_reason twice": ([calls(part(A, 0, "1", "f")), END, END], [F]),
    'finish_reason "" before the end': ([calls(part(A1, 0, "1", "f"), finish=""), calls(part(A2 + A3), finish=""), END], [F]),
    '"tool_calls" over half a document': ([calls(part(A1, 0, "1", "f")), calls(part(A2)), END], [("f", "1", A1 + A2, TRUNCATED)]),
    '"tool_calls" over half a document, not the last': ([calls(part(A1, 0, "1", "f")), calls(part(B, 1, "2", "g")), END],
                                                        [("f", "1", A1, TRUNCATED), G]),
    '"length" in a document': ([calls(part(A, 0, "1", "f")), calls(part(B1, 1, "2", "g")), chunk({}, finish="length")],
                               [F, ("g", "2", B1, TRUNCATED)]),
    '"length" before a document': ([calls(part(A, 0, "1", "f")), calls(part("", 1, "2", "g")), chunk({}, finish="length")],
                                   [F, ("g", "2", "", TRUNCATED)]),
    '"length" after a document': ([calls(part(A, 0, "1", "f")), calls(part(B, 1, "2", "g")), chunk({}, finish="length")], [F, G]),
    '"content_filter" in a document': ([calls(part(B1, 0, "2", "g")), chunk({}, finish="content_filter")],
                                       [("g", "2", B1, TRUNCATED)]),
    '"content_filter" before a document': ([calls(part("", 0, "2", "g")), chunk({}, finish="content_filter")],
                                           [("g", "2", "", TRUNCATED)]),
    # choices
    "two choices": ([calls(part(A1, 0, "1", "f")), calls(part(B1, 0, "2", "g"), choice=1), calls(part(A2 + A3)),
                     calls(part(B2 + B3), choice=1), END, chunk({}, "tool_calls", 1)], [F, G]),
    "two choices, one id": ([calls(part(A1, 0, "1", "f")), calls(part(B1, 0, "1", "g"), choice=1), calls(part(A2 + A3)),
                             calls(part(B2 + B3), choice=1), chunk({}, "tool_calls", 1), END], [F, ("g", "1", B, COMPLETE)]),
    "two choices in one chunk": ([{**END, "choices": [calls(part(A, 0, "1", "f"))["choices"][0],
                                                      calls(part(B, 0, "2", "g"), choice=1)["choices"][0]]},
                                  {**END, "choices": [END["choices"][0], chunk({}, "stop", 1)["choices"][0]]}], [F, G]),
    "two choices, one cut": ([calls(part(A, 0, "1", "f")), calls(part(B1, 0, "2", "g"), choice=1), chunk({}, "length", 1), END],
                             [F, ("g", "2", B1, TRUNCATED)]),
    "two choices, no index": ([calls(part(A1, None, None, "f")), calls(part(B1, None, None, "g"), choice=1),
                               calls(part(A2 + A3, None)), calls(part(B2 + B3, None), choice=1), END, chunk({}, "stop", 1)],
                              no_id(F, G)),
}  # fmt: skip


def check(follower: Follower, wanted: list[tuple[Any, ...]]) -> None:
    found = follower.calls.calls
    assert len(found) == len(wanted), [(call.name, call.raw) for call in found]
    for call, (name, identity, raw, verdict) in zip(found, wanted, strict=True):
        assert (call.name, call.verdict) == (name, verdict), (call.name, call.raw)
        assert identity is ANY or call.id == identity
        assert raw is ANY or call.raw == raw
        check_shown(follower, call)
        if verdict is COMPLETE:
            assert call.arguments == (json.loads(call.raw) if call.raw.strip() else {})


@pytest.mark.parametrize("name", DEVIATIONS)
def test_P22_deviations(name: str) -> None:
    """As mappings, as objects, and as SSE at random cuts, each followed by close()."""
    chunks, wanted = DEVIATIONS[name]
    check(through_events("openai-chat", chunks, watch="$..*"), wanted)
    objects = [streams.as_objects(each) for each in chunks] if "as an" not in name else chunks
    check(through_events("openai-chat", objects), wanted)
    rng = random.Random(name)
    for _ in range(5):
        follower = Follower.of("openai-chat", watch="$..*")
        content = streams.frames([(None, json.dumps(each)) for each in chunks] + [(None, "[DONE]")], rng)
        for fragment in streams.cuts(content, rng):
            follower.feed_sse(fragment)
        assert isinstance(follower.end, StreamEnded)
        follower.close()
        check(follower, wanted)


@pytest.mark.parametrize("name", DEVIATIONS)
def test_P22_no_call_completes_before_its_end_in_a_deviating_stream(name: str) -> None:
    """Before the last chunk of the table's rows nothing but whole documents has completed, and each ended as it should."""
    chunks, wanted = DEVIATIONS[name]
    follower = Follower.of("openai-chat")
    for each in chunks:
        follower.feed(each)
        for call in follower.calls.calls:
            if call.verdict is COMPLETE:
                assert wanted[call.index][3] is COMPLETE
                assert not call.raw.strip() or json.loads(call.raw) == call.arguments
    follower.close()


def test_P22_deviations_that_arguments_as_an_object_give_the_object() -> None:
    follower = through_events("openai-chat", DEVIATIONS["arguments as an object"][0])
    assert [call.arguments for call in follower.calls.calls] == [{"a": 1}, {"b": [2, "two"]}]
    assert [json.loads(call.raw) for call in follower.calls.calls] == [{"a": 1}, {"b": [2, "two"]}]


# -- the end of Chat Completions


def test_P20_a_stream_of_no_finish_reason() -> None:
    """Closed without finish_reason and [DONE]: whole or not, no call completes but those before the last."""
    chunks = [calls(part(A, 0, "1", "f")), calls(part(B, 1, "2", "g"))]
    follower = through_events("openai-chat", chunks)
    check(follower, [F, ("g", "2", B, TRUNCATED)])
    assert isinstance(follower.end, StreamFailed)
    assert [call.name for call in follower.end.calls] == ["g"]
    assert follower.calls.calls[1].arguments == json.loads(B)
    failed = [update for update in follower.updates if isinstance(update, CallFailed)]
    assert [type(update.error).__name__ for update in failed] == ["UnfinishedStream"]


def test_P20_done_without_a_finish_reason() -> None:
    """[DONE] says that the stream ended: a whole call completes, half a one does not, nor one without text."""
    for text, verdict in ((A, COMPLETE), (A1, TRUNCATED), ("", TRUNCATED)):
        follower = Follower.of("openai-chat")
        follower.feed_sse(streams.frames([(None, json.dumps(calls(part(text, 0, "1", "f")))), (None, "[DONE]")]))
        assert isinstance(follower.end, StreamEnded)
        assert follower.end.reason is None
        check(follower, [("f", "1", text, verdict)])


# -- random calls under several deviations at once

ARGUMENTS = st.one_of(
    strategies.json_texts(max_leaves=4, keys=st.sampled_from(['"a"', '"b"', '"c d"'])).map(str.strip)
    .filter(lambda text: text[0] in "{["),
    st.just(""),
    st.dictionaries(st.sampled_from(["city", "n"]), st.text(max_size=5) | st.integers(), max_size=2).map(json.dumps),
)


@dataclasses.dataclass(frozen=True)
class Plan:
    """How a provider deviates. Every value of `tracked` leaves one reading only."""

    tracked: str
    name: str
    type: str
    first: str
    finish: str
    repeated: bool
    choices: int


PLANS = st.builds(
    Plan,
    tracked=st.sampled_from(
        ["by the book", "index from 1", "ids always, index wrong", "ids always, no index", "ids always, index 0",
         "no ids", "ids empty", "ids null", 'ids "null"', "ids new", "in turn, no index", "in turn, index 0",
         "in turn, constant id"]
    ),
    name=st.sampled_from(["once", "once", "empty", "null", "always"]),
    type=st.sampled_from(["function", "once", "missing", "null"]),
    first=st.sampled_from(["empty", "text", "null", "missing"]),
    finish=st.sampled_from(["own chunk", "with the last", "stop", "twice"]),
    repeated=st.booleans(),
    choices=st.sampled_from([1, 1, 2]),
)  # fmt: skip

SEQUENTIAL = {"in turn, no index", "in turn, index 0", "in turn, constant id"}
ALWAYS = {"ids always, index wrong", "ids always, no index", "ids always, index 0"}
NAMED_ONCE = {"ids always, index wrong", "ids new", "in turn, constant id"}


def lane(plan: Plan, number: int, call: wires.Call, rng: random.Random) -> Iterator[Payload]:
    """The parts of one call."""
    pieces = wires.fragments(call.text, rng)
    if plan.first in ("empty", "null", "missing"):
        pieces.insert(0, "")
    for place, piece in enumerate(pieces):
        start = place == 0
        function: Payload = {"arguments": piece}
        if start and plan.first == "null":
            function["arguments"] = None
        elif start and plan.first == "missing":
            del function["arguments"]
        if start or (plan.name == "always" and plan.tracked not in NAMED_ONCE):
            function["name"] = call.name
        elif plan.name in ("empty", "null"):
            function["name"] = "" if plan.name == "empty" else None
        whole: Payload = {"index": number, "id": call.id, "function": function}
        if plan.type == "function" or (start and plan.type == "once"):
            whole["type"] = "function"
        elif plan.type == "null":
            whole["type"] = None
        number_and_id(whole, plan.tracked, start, rng)
        yield whole


def number_and_id(whole: Payload, tracked: str, start: bool, rng: random.Random) -> None:
    if tracked == "index from 1":
        whole["index"] += 1
    elif tracked == "ids always, index wrong":
        whole["index"] = rng.randrange(4)
    elif tracked in ("ids always, index 0", "in turn, index 0"):
        whole["index"] = 0
    elif tracked in ("ids always, no index", "in turn, no index"):
        del whole["index"]
    if tracked == "no ids" or (not start and tracked in ("by the book", "index from 1", "in turn, no index", "in turn, index 0")):
        del whole["id"]
    elif tracked in ("ids empty", "ids null", 'ids "null"'):
        whole["id"] = {"ids empty": "", "ids null": None, 'ids "null"': "null"}[tracked]
    elif tracked == "ids new" and not start:
        whole["id"] = f"new_{rng.randrange(1 << 40)}"
    elif tracked == "in turn, constant id":
        whole["id"] = "call_0"


def stream_of(plan: Plan, turns: list[list[wires.Call]], rng: random.Random) -> list[Payload]:
    """The chunks of all choices."""
    lanes: list[list[Payload]] = []
    for choice, turn in enumerate(turns):
        parts = [list(lane(plan, number, call, rng)) for number, call in enumerate(turn)]
        mixed = wires.interleaved(parts, rng, mixed=plan.tracked not in SEQUENTIAL and rng.random() < 0.7)
        chunks = []
        while mixed:
            several = rng.choice([1, 1, 2])
            chunks.append(calls(*mixed[:several], choice=choice))
            mixed = mixed[several:]
        if plan.repeated and plan.tracked in ("by the book", "ids always, index 0"):
            zero = "0" in plan.tracked
            again = [part(call.text, 0 if zero else n, call.id, call.name) for n, call in enumerate(turn) if call.text]
            chunks.append(calls(*again, choice=choice))
        finish = "stop" if plan.finish == "stop" else "tool_calls"
        if plan.finish == "with the last" and chunks:
            chunks[-1]["choices"][0]["finish_reason"] = finish
        else:
            chunks += [chunk({}, finish, choice)] * (2 if plan.finish == "twice" else 1)
        lanes.append(wires.sprinkled(chunks, lambda choice=choice: noise(choice, rng), rng))
    return wires.interleaved(lanes, rng)


def noise(choice: int, rng: random.Random) -> Payload:
    made = wires.chat_noise(rng)
    return {**made, "choices": [{**each, "index": choice} for each in made["choices"]]}


@st.composite
def turns(draw: st.DrawFn, choices: int) -> list[list[wires.Call]]:
    drawn = st.lists(st.tuples(st.sampled_from("fgh"), ARGUMENTS), max_size=4)
    return [
        [wires.Call(name, text, f"call_{choice}{n}") for n, (name, text) in enumerate(draw(drawn))] for choice in range(choices)
    ]


@given(st.data())
def test_P22_random_calls_under_random_deviations(source: st.DataObject) -> None:
    """The same calls as were meant, in order of appearance within their choice, by events and by bytes."""
    plan = source.draw(PLANS)
    meant = source.draw(turns(plan.choices))
    # one tool twice, the first time without arguments, looks like one call, or like one whose id changes
    if plan.tracked in ("in turn, constant id", "in turn, index 0"):
        meant = [[call for call in turn if call.text] for turn in meant]
    if plan.tracked in ALWAYS | SEQUENTIAL:  # one tool twice in a row may look like one call there: the table has the rows
        meant = [[dataclasses.replace(call, name=f"{call.name}{n}") for n, call in enumerate(turn)] for turn in meant]
    rng = random.Random(source.draw(st.integers(0, 1 << 32)))
    chunks = stream_of(plan, meant, rng)
    by_events = through_events("openai-chat", chunks, watch="$..*")
    by_bytes = Follower.of("openai-chat", watch="$..*")
    for fragment in streams.cuts(streams.frames([(None, json.dumps(each)) for each in chunks], rng), rng):
        by_bytes.feed_sse(fragment)
    by_bytes.close()
    for follower in (by_events, by_bytes):
        found = sorted((call.name, call.raw, call.verdict) for call in follower.calls.calls)
        assert found == sorted((call.name, call.text, COMPLETE) for turn in meant for call in turn), chunks
        assert isinstance(follower.end, StreamEnded) or not any(each["choices"] for each in chunks)
        for call in follower.calls.calls:
            check_shown(follower, call)
            assert freeze(call.arguments) == freeze(json_value(call.raw) if call.raw else {})
    assert by_bytes.flat() == by_events.flat()
