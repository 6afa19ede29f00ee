"""Responses of httpx, and of httpx2 that the SDKs have gone over to, are given to `stream` as they are: no SDK is wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from midstream.toolcalls import StreamFailed, Verdict
from tests.support.parts import require
from tests.support.replay_server import Open, Replay, bundled, chunks, leave, named, of_mappings, of_sdk, randomly_cut, read

CLIENTS = [name for name in ("httpx", "httpx2") if find_spec(name)]
require("httpx", "httpx" in CLIENTS, "pip install httpx")

WIRES = ("anthropic", "openai-chat", "openai-responses", "gemini", "bedrock-converse")
WEATHER = chunks("anthropic", named("tool_use_response", "anthropic"))[:11]


def sync(name: str) -> Open:
    @contextmanager
    def way(url: str) -> Iterator[Any]:
        with import_module(name).Client() as client, client.stream("POST", url, json={}) as response:
            yield response

    return way


def asynchronous(name: str) -> Open:
    @asynccontextmanager
    async def way(url: str) -> AsyncIterator[Any]:
        async with import_module(name).AsyncClient() as client, client.stream("POST", url, json={}) as response:
            yield response

    return way


ways = pytest.mark.parametrize(
    "way", [pytest.param(kind(name), id=f"{name} {kind.__name__}") for name in CLIENTS for kind in (sync, asynchronous)]
)


@ways
@pytest.mark.parametrize("wire", WIRES)
def test_P22_a_response_says_what_the_recording_says(wire: str, way: Open) -> None:
    for recording in bundled(wire)[:4]:
        with Replay(randomly_cut(chunks(wire, recording), seed=2)) as server:
            assert of_sdk(wire, way, server.url) == of_mappings(wire, recording), recording.name


@ways
def test_P23_dropped_connection(way: Open) -> None:
    with Replay(WEATHER, end="drop") as server:
        *_, last = read("anthropic", way, server.url)
    assert isinstance(last, StreamFailed)
    assert type(last.error).__name__ == "RemoteProtocolError"
    (call,) = last.calls
    assert (call.name, call.arguments, call.verdict) == ("get_weather", {"location": "Par"}, Verdict.TRUNCATED)


@ways
def test_leaving_early_closes_the_response(way: Open) -> None:
    with Replay(WEATHER, end="hold") as server:
        assert leave("anthropic", way, server)
