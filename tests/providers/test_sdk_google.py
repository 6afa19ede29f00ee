"""The SDK of Google reads recorded responses of Gemini, and ToolCalls reads what it gives."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.util import find_spec
from typing import Any

import pytest

from midstream.toolcalls import StreamFailed, Verdict
from tests.support.data import Recording
from tests.support.parts import require
from tests.support.replay_server import Replay, bundled, chunks, frame, leave, named, of_mappings, of_sdk, randomly_cut, read

require("the SDK of Google", find_spec("google") and find_spec("google.genai"), "pip install google-genai")
from google import genai  # noqa: E402
from google.genai import errors, types  # noqa: E402

WIRE = "gemini"
ASKED: Any = {"model": "m", "contents": "."}


def client(url: str) -> genai.Client:
    # as of Vertex AI: arguments in parts are not in the other API
    return genai.Client(vertexai=True, api_key="-", http_options=types.HttpOptions(base_url=url))


@contextmanager
def generate(url: str) -> Iterator[Any]:
    with client(url) as api:
        yield api.models.generate_content_stream(**ASKED)


@asynccontextmanager
async def generate_async(url: str) -> AsyncIterator[Any]:
    async with client(url).aio as api:
        yield await api.models.generate_content_stream(**ASKED)


WAYS = [generate, generate_async]
ways = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)


@ways
@pytest.mark.parametrize("recording", bundled(WIRE), ids=lambda recording: recording.name[-30:])
def test_P22_events_say_what_the_recording_says(recording: Recording, way: Any) -> None:
    with Replay(randomly_cut(chunks(WIRE, recording), seed=1)) as server:
        assert of_sdk(WIRE, way, server.url) == of_mappings(WIRE, recording)


RECORDED = named("array-arguments-missing-terminal-function-call", WIRE)
ITEMS = chunks(WIRE, RECORDED)
MIDST = 6  # events: the arguments of a call come in parts
OPERATION = {"action": "add", "description": "Fresh red apple", "itemid": "apple_001"}
KEPT = [("writeItems", {"operations": [OPERATION]}, Verdict.TRUNCATED)]


def kept(last: Any) -> list[tuple[Any, ...]]:
    return [(call.name, call.arguments, call.verdict) for call in last.calls]


@ways
def test_P22_events_fed_by_hand(way: Any) -> None:
    with Replay(ITEMS) as server:
        assert of_sdk(WIRE, way, server.url, by_hand=True) == of_mappings(WIRE, RECORDED)


@ways
def test_P23_error_event(way: Any) -> None:
    failure = {"error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE"}}
    with Replay([*ITEMS[:MIDST], frame(WIRE, None, json.dumps(failure))]) as server:
        *_, last = read(WIRE, way, server.url)
    assert isinstance(last, StreamFailed)
    assert isinstance(last.error, errors.APIError)
    assert kept(last) == KEPT


@ways
def test_P23_dropped_connection(way: Any) -> None:
    with Replay(ITEMS[:MIDST], end="drop") as server:
        *_, last = read(WIRE, way, server.url)
    assert isinstance(last, StreamFailed)
    assert type(last.error).__name__ == "RemoteProtocolError"  # of the HTTP client that the SDK brings
    assert kept(last) == KEPT


@ways
def test_leaving_early_closes_the_response(way: Any) -> None:
    """The SDK's async generator, when it is closed, leaves the response open (3.4); its client closes it."""
    with Replay(ITEMS[:MIDST], end="hold") as server:
        assert leave(WIRE, way, server, with_client=way is generate_async)
