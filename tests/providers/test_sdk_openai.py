"""The SDK of OpenAI reads recorded responses, on both of its wires, and ToolCalls reads what it gives."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.util import find_spec
from typing import Any

import pytest

from midstream.toolcalls import CallCompleted, ProviderError, StreamFailed, Verdict
from tests.support.data import Recording
from tests.support.parts import require
from tests.support.replay_server import (
    Replay,
    bundled,
    chunks,
    frame,
    leave,
    named,
    of_mappings,
    of_sdk,
    randomly_cut,
    read,
)

require("the SDK of OpenAI", find_spec("openai"), "pip install openai")
import openai  # noqa: E402

CHAT, RESPONSES = "openai-chat", "openai-responses"
CHAT_ASKED: Any = {"model": "m", "messages": [{"role": "user", "content": "."}]}
RESPONSES_ASKED: Any = {"model": "m", "input": "."}


def client(url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key="-", max_retries=0)


def async_client(url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="-", max_retries=0)


@contextmanager
def chat(url: str) -> Iterator[Any]:
    with client(url) as api:
        yield api.chat.completions.create(**CHAT_ASKED, stream=True)


@asynccontextmanager
async def chat_async(url: str) -> AsyncIterator[Any]:
    async with async_client(url) as api:
        yield await api.chat.completions.create(**CHAT_ASKED, stream=True)


@contextmanager
def chat_helper(url: str) -> Iterator[Any]:
    """Each chunk is wrapped in an event, among events of its own."""
    with client(url) as api, api.chat.completions.stream(**CHAT_ASKED) as events:
        yield events


@asynccontextmanager
async def chat_helper_async(url: str) -> AsyncIterator[Any]:
    async with async_client(url) as api, api.chat.completions.stream(**CHAT_ASKED) as events:
        yield events


@contextmanager
def responses(url: str) -> Iterator[Any]:
    with client(url) as api:
        yield api.responses.create(**RESPONSES_ASKED, stream=True)


@asynccontextmanager
async def responses_async(url: str) -> AsyncIterator[Any]:
    async with async_client(url) as api:
        yield await api.responses.create(**RESPONSES_ASKED, stream=True)


@contextmanager
def responses_helper(url: str) -> Iterator[Any]:
    with client(url) as api, api.responses.stream(**RESPONSES_ASKED) as events:
        yield events


@asynccontextmanager
async def responses_helper_async(url: str) -> AsyncIterator[Any]:
    async with async_client(url) as api, api.responses.stream(**RESPONSES_ASKED) as events:
        yield events


PLAIN = [(CHAT, chat), (CHAT, chat_async), (RESPONSES, responses), (RESPONSES, responses_async)]
HELPERS = [(CHAT, chat_helper), (CHAT, chat_helper_async), (RESPONSES, responses_helper), (RESPONSES, responses_helper_async)]
# The helper for chat raises on the streams of several others, or leaves their chunks out.
HELPED = ("openai/", "deepseek/", "openrouter/", "xai/")


PAIRS = [
    pytest.param(wire, way, one, id=f"{way.__name__}-{one.name[-30:]}")
    for wire, way in (*PLAIN, *HELPERS)
    for one in bundled(wire)
    if way not in (chat_helper, chat_helper_async) or one.name.startswith(HELPED)
]


every_way = pytest.mark.parametrize(("wire", "way"), [*PLAIN, *HELPERS], ids=lambda one: getattr(one, "__name__", ""))

# the first events of a response, in the midst of a call, and what the call holds then
ONCALL = chunks(CHAT, named("parallel_calls_keep_the_complete_one", CHAT))
WEATHER = chunks(RESPONSES, named("o4-mini-tool_streaming", RESPONSES))
MIDST = {
    CHAT: (ONCALL[:9], ("page_oncall", {"team": "platform"}, Verdict.TRUNCATED)),
    RESPONSES: (WEATHER[:10], ("weather", {"location": "Florence"}, Verdict.TRUNCATED)),
}
# The SDK raises an exception for the one, and hands on the other.
ERRORS: dict[str, tuple[Any, type[Exception]]] = {
    CHAT: ({"error": {"message": "Overloaded", "type": "server_error"}}, openai.APIError),
    RESPONSES: ({"type": "error", "code": "server_error", "message": "Overloaded", "sequence_number": 99}, ProviderError),
}


def kept(last: Any) -> list[tuple[Any, ...]]:
    return [(call.name, call.arguments, call.verdict) for call in last.calls]


@pytest.mark.parametrize(("wire", "way", "recording"), PAIRS)
def test_P22_events_say_what_the_recording_says(wire: str, way: Any, recording: Recording) -> None:
    with Replay(randomly_cut(chunks(wire, recording), seed=1)) as server:
        assert of_sdk(wire, way, server.url) == of_mappings(wire, recording)


@every_way
def test_P22_events_fed_by_hand(wire: str, way: Any) -> None:
    recording = named("parallel_calls_keep_the_complete_one" if wire == CHAT else "o4-mini-tool_streaming", wire)
    with Replay(chunks(wire, recording)) as server:
        assert of_sdk(wire, way, server.url, by_hand=True) == of_mappings(wire, recording)


@every_way
def test_P23_error_event(wire: str, way: Any) -> None:
    events, call = MIDST[wire]
    failure, kind = ERRORS[wire]
    with Replay([*events, frame(wire, "error", json.dumps(failure))]) as server:
        *_, last = read(wire, way, server.url)
    assert isinstance(last, StreamFailed)
    assert isinstance(last.error, kind)
    assert "Overloaded" in str(last.error)
    assert kept(last) == [call]


@every_way
def test_P23_dropped_connection(wire: str, way: Any) -> None:
    events, call = MIDST[wire]
    with Replay(events, end="drop") as server:
        *_, last = read(wire, way, server.url)
    assert isinstance(last, StreamFailed)
    assert isinstance(last.error, openai.APIConnectionError)
    assert kept(last) == [call]


@every_way
def test_leaving_early_closes_the_response(wire: str, way: Any) -> None:
    with Replay(MIDST[wire][0], end="hold") as server:
        assert leave(wire, way, server)


def test_P23_exception_that_the_sdk_raises_of_itself() -> None:
    """It raises one when the tokens run out and a tool has a strict schema."""
    names = ("page_oncall", "file_report")
    schema = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    tools: Any = [{"type": "function", "function": {"name": name, "strict": True, "parameters": schema}} for name in names]

    @contextmanager
    def strict(url: str) -> Iterator[Any]:
        with client(url) as api, api.chat.completions.stream(**CHAT_ASKED, tools=tools) as events:
            yield events

    with Replay(ONCALL) as server:
        updates = read(CHAT, strict, server.url)
    (completed,) = [update for update in updates if isinstance(update, CallCompleted)]
    assert (completed.call.name, completed.arguments) == ("page_oncall", {"team": "platform"})
    assert isinstance(updates[-1], StreamFailed)
    assert isinstance(updates[-1].error, openai.LengthFinishReasonError)
    assert kept(updates[-1]) == [("file_report", {}, Verdict.TRUNCATED)]
