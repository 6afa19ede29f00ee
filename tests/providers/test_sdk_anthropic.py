"""The SDK of Anthropic reads recorded responses, and ToolCalls reads what it gives."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.util import find_spec
from typing import Any

import pytest

from midstream.toolcalls import CallFailed, StreamFailed, Verdict
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

require("the SDK of Anthropic", find_spec("anthropic"), "pip install anthropic")
import anthropic  # noqa: E402

WIRE = "anthropic"
ASKED: Any = {"model": "m", "max_tokens": 1000, "messages": [{"role": "user", "content": "."}]}


@contextmanager
def create(url: str) -> Iterator[Any]:
    with anthropic.Anthropic(base_url=url, api_key="-", max_retries=0) as client:
        yield client.messages.create(**ASKED, stream=True)


@contextmanager
def helper(url: str) -> Iterator[Any]:
    """Its events stand among those of the wire."""
    with anthropic.Anthropic(base_url=url, api_key="-", max_retries=0) as client:
        with client.messages.stream(**ASKED) as events:
            yield events


@contextmanager
def beta_helper(url: str) -> Iterator[Any]:
    with anthropic.Anthropic(base_url=url, api_key="-", max_retries=0) as client:
        with client.beta.messages.stream(**ASKED) as events:
            yield events


@asynccontextmanager
async def create_async(url: str) -> AsyncIterator[Any]:
    async with anthropic.AsyncAnthropic(base_url=url, api_key="-", max_retries=0) as client:
        yield await client.messages.create(**ASKED, stream=True)


@asynccontextmanager
async def helper_async(url: str) -> AsyncIterator[Any]:
    async with anthropic.AsyncAnthropic(base_url=url, api_key="-", max_retries=0) as client:
        async with client.messages.stream(**ASKED) as events:
            yield events


WAYS = [create, helper, beta_helper, create_async, helper_async]
ways = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)

WEATHER = chunks(WIRE, named("tool_use_response", WIRE))
MIDST = 11  # events of it: the call get_weather is open


@ways
@pytest.mark.parametrize("recording", bundled(WIRE), ids=lambda recording: recording.name[-30:])
def test_P22_events_say_what_the_recording_says(recording: Recording, way: Any) -> None:
    with Replay(randomly_cut(chunks(WIRE, recording), seed=1)) as server:
        assert of_sdk(WIRE, way, server.url) == of_mappings(WIRE, recording)


@ways
def test_P22_events_fed_by_hand(way: Any) -> None:
    with Replay(WEATHER) as server:
        assert of_sdk(WIRE, way, server.url, by_hand=True) == of_mappings(WIRE, named("tool_use_response", WIRE))


@ways
def test_P23_error_event(way: Any) -> None:
    failure = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    with Replay([*WEATHER[:MIDST], frame(WIRE, "error", json.dumps(failure))]) as server:
        *_, failed, last = read(WIRE, way, server.url)
    assert isinstance(last, StreamFailed)
    assert isinstance(last.error, anthropic.APIStatusError)
    assert isinstance(failed, CallFailed)
    (call,) = last.calls
    assert failed.call is call
    assert (call.name, call.arguments, call.verdict) == ("get_weather", {"location": "Par"}, Verdict.TRUNCATED)


@ways
def test_P23_dropped_connection(way: Any) -> None:
    with Replay(WEATHER[:MIDST], end="drop") as server:
        *_, last = read(WIRE, way, server.url)
    assert isinstance(last, StreamFailed)
    assert type(last.error).__name__ == "RemoteProtocolError"  # of the HTTP client that the SDK brings
    (call,) = last.calls
    assert (call.name, call.arguments, call.verdict) == ("get_weather", {"location": "Par"}, Verdict.TRUNCATED)


@ways
def test_leaving_early_closes_the_response(way: Any) -> None:
    with Replay(WEATHER[:MIDST], end="hold") as server:
        assert leave(WIRE, way, server)
