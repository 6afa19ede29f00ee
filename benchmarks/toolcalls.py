"""One long tool call as a provider streams it, read after each event: by `ToolCalls`, and by the accumulators of the SDKs.

The events are decoded already, for ToolCalls to mappings, for an SDK to its own objects. They are made while they are read, and
the clock stands meanwhile: those of a call of 2 MB would take half a gigabyte.
"""

from __future__ import annotations

import functools
import gc
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from time import process_time_ns as clock
from typing import Any

from benchmarks import cases, growth
from benchmarks.check import Reference, Verdict, judge, reference
from benchmarks.peers import MIDSTREAM, Peer

LENGTH = 1 << 16  # characters of the arguments, about
DELTA = 8  # characters: about what Anthropic sends
GROWN = [2**exponent for exponent in range(16, 22)]
GROWN_QUICK = GROWN[:4]
MADE_AT_ONCE = 512  # events
CHECKED_SLOWLY = 20  # places, where each takes a parse of everything before by the oracle

Event = dict[str, Any]
Parts = tuple[list[Event], Callable[[str], Event], list[Event]]


@functools.cache
def write(length: int) -> str:
    """A call that writes a file: code, that of the real call of cases.py over and over. To the end of a line."""
    call = json.loads(cases.document("write_file"))
    lines = itertools.cycle(call["content"].splitlines(keepends=True))
    content, missing = [], length - len(cases.dump({"path": call["path"], "content": ""}))
    while missing > 0:
        content.append(next(lines))
        missing -= len(cases.dump(content[-1])) - 2
    return cases.dump({"path": call["path"], "content": "".join(content)})


@functools.cache
def records(length: int) -> str:
    """A call with many small values in it: records, as there are in mixed_1mb."""
    some, missing = [], length
    for record in json.loads(cases.document("mixed_1mb")):
        some.append(record)
        missing -= len(cases.dump(record)) + 2
        if missing <= 0:
            break
    return cases.dump({"records": some})


CALLS = {"write_64kb": write, "records_64kb": records}


# -- the events of a response with this one call


def anthropic(text: str) -> Parts:
    """What comes before the deltas, what makes a delta, and what comes after them."""
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None}
    usage = {"input_tokens": 1, "output_tokens": 1}
    block = {"type": "tool_use", "id": "toolu_1", "name": "write", "input": {}}
    before: list[Event] = [
        {"type": "message_start", "message": {**message, "stop_sequence": None, "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": block},
    ]
    after: list[Event] = [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": None}, "usage": usage},
        {"type": "message_stop"},
    ]

    def delta(piece: str) -> Event:
        return {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": piece}}

    return before, delta, after


def openai_chat(text: str) -> Parts:
    def chunk(delta: Event, reason: str | None = None) -> Event:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}

    def delta(piece: str) -> Event:
        return chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})

    first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "write", "arguments": ""}}
    return [chunk({"role": "assistant", "content": None, "tool_calls": [first]})], delta, [chunk({}, "tool_calls")]


def openai_responses(text: str) -> Parts:
    item = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "write"}
    place = {"item_id": "fc_1", "output_index": 0}
    whole = {**item, "arguments": text, "status": "completed"}
    done = {"id": "resp_1", "object": "response", "status": "completed", "output": [whole]}
    before: list[Event] = [
        {"type": "response.created", "response": {**done, "status": "in_progress", "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "arguments": "", "status": "in_progress"}},
    ]
    after: list[Event] = [
        {"type": "response.function_call_arguments.done", **place, "arguments": text},
        {"type": "response.output_item.done", "output_index": 0, "item": whole},
        {"type": "response.completed", "response": done},
    ]

    def delta(piece: str) -> Event:
        return {"type": "response.function_call_arguments.delta", **place, "delta": piece}

    return before, delta, after


WIRES = {"anthropic": anthropic, "openai-chat": openai_chat, "openai-responses": openai_responses}


# -- who reads them


@dataclass(frozen=True)
class CallPeer(Peer):
    """What is fed is a `Response`. wire: of which kind. event: the class of the SDK's events, if it takes no mappings."""

    wire: str = ""
    event: str = ""


def of_midstream(wire: str) -> CallPeer:
    return CallPeer(
        name=f"midstream, {wire}",
        of=MIDSTREAM.name,
        distribution=MIDSTREAM.distribution,
        imports="from midstream.toolcalls import ToolCalls, Verdict",
        start=f"calls = ToolCalls({wire!r})\nfeed = calls.feed\n"
        "for event in fragments.before: feed(event)\ncall = calls.calls[0]",
        step="feed(fragment)\nvalue = call.arguments",
        end="for event in fragments.after: feed(event)\nassert call.verdict is Verdict.COMPLETE\nvalue = call.arguments",
        wire=wire,
    )


OURS = tuple(map(of_midstream, WIRES))

# client.messages.stream() calls this with each event; the snapshot is what its user reads.
ANTHROPIC = CallPeer(
    name="anthropic, accumulator",
    of="anthropic",
    distribution="anthropic",
    imports="""
from anthropic.lib.streaming._messages import accumulate_event
class Message:
    def __init__(self):
        self.snapshot, self.texts = None, {}
    def feed(self, event):
        self.snapshot = accumulate_event(event=event, current_snapshot=self.snapshot, json_bufs=self.texts)
""",
    start="message = Message()\nfeed = message.feed\nfor event in fragments.before: feed(event)",
    step="feed(fragment)\nvalue = message.snapshot.content[0].input",
    end="for event in fragments.after: feed(event)\nvalue = message.snapshot.content[0].input",
    wire="anthropic",
    event="anthropic.types:RawMessageStreamEvent",
)

# client.chat.completions.stream() has one of these. It parses arguments where the schema of the tool is strict.
OPENAI = CallPeer(
    name="openai, chat helper",
    of="openai",
    distribution="openai",
    imports="""
from openai.lib.streaming.chat import ChatCompletionStreamState
TOOL = {"type": "function", "function": {"name": "write", "strict": True, "parameters": {}}}
def value_of(state): return state.current_completion_snapshot.choices[0].message.tool_calls[0].function.parsed_arguments
""",
    start="""\
state = ChatCompletionStreamState(input_tools=[TOOL])
feed = state.handle_chunk
for event in fragments.before: feed(event)""",
    step="feed(fragment)\nvalue = value_of(state)",
    end="for event in fragments.after: feed(event)\nvalue = value_of(state)",
    wire="openai-chat",
    event="openai.types.chat:ChatCompletionChunk",
)

PEERS = (*OURS, ANTHROPIC, OPENAI)


class Response:
    """The events of one call, as a peer takes them; iterated, it gives the deltas. made: nanoseconds that this has taken."""

    def __init__(self, peer: CallPeer, text: str) -> None:
        before, self._delta, after = WIRES[peer.wire](text)
        self._pieces = cases.fragments(text, DELTA)
        self._object = _sdk_object(peer)
        self.before = list(map(self._object, before))
        self.after = list(map(self._object, after))
        self.made = 0

    def __iter__(self) -> Iterator[Any]:
        for start in range(0, len(self._pieces), MADE_AT_ONCE):
            begun = clock()
            events = [self._object(self._delta(piece)) for piece in self._pieces[start : start + MADE_AT_ONCE]]
            self.made += clock() - begun
            yield from events


def _sdk_object(peer: CallPeer) -> Callable[[Event], Any]:
    """What makes an event of a mapping, as the SDK does."""
    if not peer.event:
        return lambda event: event
    module, _, name = peer.event.partition(":")
    made_as = getattr(import_module(module), name)
    construct = import_module(f"{peer.project}._models").construct_type
    return lambda event: construct(type_=made_as, value=event)


def check(peer: CallPeer, case: str, checks: int) -> Verdict:
    """The arguments after every event, or after so many of them, against the oracle's, and at the end against json.loads."""
    text = CALLS[case](LENGTH)
    ends = list(itertools.accumulate(map(len, cases.fragments(text, DELTA))))
    in_windows = CALLS[case] is write
    checks = checks if in_windows else CHECKED_SLOWLY
    stride = max(1, len(ends) // checks) if checks else 1

    def shown() -> Iterator[tuple[int | None, Any]]:
        values = peer.watched_loop()(Response(peer, text))
        for number, end in enumerate(ends):
            value = next(values)
            if number % stride == 0:
                yield end, value
        yield None, next(values)

    return judge(shown(), (reference if in_windows else Reference)(text), peer)


def spent(peer: CallPeer, text: str) -> int:
    """Nanoseconds for a call with these arguments."""
    run = peer.loop()
    response = Response(peer, text)
    gc.collect()
    begun = clock()
    run(response)
    return clock() - begun - response.made


def time(peer: CallPeer, case: str) -> float:
    """Nanoseconds for the call."""
    return float(spent(peer, CALLS[case](LENGTH)))


def worst_growth(peer: CallPeer, sizes: list[int], rounds: int) -> float:
    """The largest t(2n)/t(n), each the median over the rounds."""
    return max(growth.ratios([[spent(peer, write(size)) for size in sizes] for _ in range(rounds)]))


def main() -> None:
    for case, call in CALLS.items():
        for peer in PEERS:
            rounds = 1 if peer.event else 5
            print(f"{case:14}{peer.name:28}{min(spent(peer, call(LENGTH)) for _ in range(rounds)) / 1e6:9.1f} ms")
    for peer in OURS:
        print(f"{peer.name:28}{worst_growth(peer, GROWN, 5):6.2f} t(2n)/t(n) at most, to {GROWN[-1] >> 20} MB")


if __name__ == "__main__":
    main()
