"""The examples with provider streams run, and print what the recorded responses hold."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from midstream.live import replay
from midstream.sse import Decoder
from midstream.toolcalls import CallCompleted, stream
from tests.support.parts import require

EXAMPLES = Path(__file__).parents[2] / "examples"
WANTED = {
    "anthropic_sdk": ("anthropic",),
    "openai_sdk": ("openai",),
    "plan_steps": (),
    "fastapi_relay": ("fastapi", "uvicorn", "httpx"),
}

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="no examples in this build")


def require_parts(name: str) -> None:
    for part in WANTED[name]:
        require(part, find_spec(part), f"pip install {part}")


def imported(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The example as a module."""
    require_parts(name)
    monkeypatch.syspath_prepend(EXAMPLES)
    return import_module(name)


def run(name: str) -> list[str]:
    require_parts(name)
    command = [sys.executable, "-X", "utf8", "-W", "error", str(EXAMPLES / f"{name}.py")]
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout.splitlines()


def completed(recording: str) -> list[CallCompleted]:
    one = replay.load(recording)
    return [update for update in stream(one.wire, one.chunks()) if isinstance(update, CallCompleted)]


@pytest.mark.parametrize("name", [name for name, wanted in WANTED.items() if wanted])
def test_without_its_part_an_example_says_what_it_wants(name: str) -> None:
    program = f"import runpy, sys; sys.modules[{WANTED[name][0]!r}] = None; sys.path.insert(0, {str(EXAMPLES)!r}); "
    program += f"runpy.run_path({str(EXAMPLES / name)!r} + '.py', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert re.fullmatch(rf"this example wants.*: pip install {WANTED[name][0]}.*\n", done.stderr)


def test_anthropic_sdk_makes_each_call_when_it_is_complete() -> None:
    shown = run("anthropic_sdk")
    calls = completed("forecast")
    assert [line for line in shown if " complete, and made" in line] == [
        "get_weather: complete, and made: 61 degrees fahrenheit in New York, NY",
        "get_time: complete, and made: 09:41 in America/New_York",
    ]
    for call, arguments in calls:
        for name, value in arguments.items():
            assert any(line.startswith(f"{call.name}: {name} is {value!r}, after ") for line in shown)
    # the first call is made before the second one begins
    begins = [place for place, line in enumerate(shown) if line.endswith("has begun")]
    assert len(begins) == len(calls) == 2
    assert "complete, and made" in shown[begins[1] - 1]
    assert shown[-2:] == ["the response has ended: tool_use", f"(the server sent {len(replay.load('forecast').events)} events)"]


def test_openai_sdk_leaves_out_what_is_cut_and_leaves_early() -> None:
    complete, cut, ended, unwanted, left = run("openai_sdk")
    assert complete == "page_oncall: complete, {'team': 'platform'}"
    assert cut.startswith("file_report: truncated, not made; so far it is '{\"summary\": '")
    assert ended == "the response has ended: length"
    assert unwanted.startswith("plan_trip: 3 days are too many; of the arguments there is ")
    found = re.fullmatch(r"the server stopped after (\d+) of (\d+) events: the client had left is True", left)
    assert found
    assert int(found[1]) < int(found[2])


def test_openai_sdk_says_that_a_response_broke_off(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    example = imported("openai_sdk", monkeypatch)

    async def chat(server: Any) -> None:
        async with example.client(server) as api:
            await example.chat(api)

    with example.Replay(replay.load("oncall").chunks()[:-3], end="drop") as server:
        asyncio.run(chat(server))
    assert capsys.readouterr().out.splitlines()[-1].startswith("the response broke off, 1 calls open: ")


def test_plan_steps_begins_each_step_before_the_call_is_complete() -> None:
    *steps, last = run("plan_steps")
    ((_, arguments),) = completed("recipe")
    assert [line.split(": ", 2)[2] for line in steps] == arguments["recipe"]["steps"]
    after = [int(line[:2]) for line in (*steps, last)]
    assert after == sorted(after)
    assert after[0] < after[-1] == len(replay.load("recipe").events)
    assert re.search(r"the call is complete; \d+ of 10 steps are done already$", last)


def test_fastapi_relay_arrives() -> None:
    *_, verdict, end, equal = run("fastapi_relay")
    assert verdict == 'verdict {"call": 0, "name": "plan_trip", "verdict": "complete"}'
    assert end == 'end {"reason": "completed"}'
    assert equal == "as the provider meant: True"


def relayed(answer: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What the client of the relay is told where the provider answers so."""
    example = imported("fastapi_relay", monkeypatch)
    transport = example.httpx.MockTransport(answer)
    monkeypatch.setattr(example.httpx, "AsyncClient", partial(example.httpx.AsyncClient, transport=transport))

    async def all_of_it() -> bytes:
        return b"".join([message async for message in example.relay("http://provider/")])

    return [(event.event, json.loads(event.data)) for event in Decoder().feed(asyncio.run(all_of_it()))]


def test_fastapi_relay_waits_for_a_model_that_thinks(monkeypatch: pytest.MonkeyPatch) -> None:
    require_parts("fastapi_relay")
    import httpx

    def answer(request: httpx.Request) -> httpx.Response:
        if request.extensions["timeout"]["read"] is not None:
            raise httpx.ReadTimeout("")  # it thinks longer than anybody waits
        return httpx.Response(200, content=b"".join(replay.load("kyoto").chunks()))

    assert relayed(answer, monkeypatch)[-1] == ("end", {"reason": "completed"})


def test_fastapi_relay_tells_why_there_is_no_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    require_parts("fastapi_relay")
    import httpx

    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"error": {"message": "no such key"}})

    [(event, data)] = relayed(refuse, monkeypatch)
    assert event == "end"
    assert data["error"].startswith("the provider answered 401: ")
    assert "no such key" in data["error"]


def test_fastapi_relay_names_an_error_without_words(monkeypatch: pytest.MonkeyPatch) -> None:
    require_parts("fastapi_relay")
    import httpx

    async def body() -> AsyncIterator[bytes]:
        yield replay.load("kyoto").chunks()[0]
        raise httpx.ReadError("")

    assert relayed(lambda _: httpx.Response(200, content=body()), monkeypatch)[-1] == ("end", {"error": "ReadError"})
