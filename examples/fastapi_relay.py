"""A FastAPI service relays a tool call to its clients as JSON Patch, one server-sent event for each change.

Three parties, all on this machine: a server that stands for the provider and sends a recorded response, at a chosen pace; the
service; and a client, which makes the arguments of each call of the patches. Here the client is Python too.

    pip install fastapi uvicorn httpx
    python examples/fastapi_relay.py
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from threading import Thread
from time import sleep
from typing import Any
from urllib.request import urlopen

from replay import Replay

from midstream import MISSING, patches, sse, toolcalls
from midstream.live import replay
from midstream.toolcalls import CallChanged, CallCompleted, CallFailed, StreamEnded, StreamFailed

try:
    import httpx
    import uvicorn
    from fastapi import FastAPI
    from fastapi.responses import StreamingResponse
except ImportError:
    raise SystemExit("this example wants: pip install fastapi uvicorn httpx") from None

PAUSE = 0.02  # seconds between two events of the provider: chosen


def service(provider: str) -> FastAPI:
    app = FastAPI()

    @app.get("/calls")
    async def calls() -> StreamingResponse:
        return StreamingResponse(relay(provider), media_type="text/event-stream")

    return app


async def relay(provider: str) -> AsyncIterator[bytes]:
    """Stopped where the client leaves, and then the provider's response is closed too."""
    patience = httpx.Timeout(10, read=None)  # a model may think for minutes before it goes on
    async with httpx.AsyncClient(timeout=patience) as http, http.stream("POST", provider, json={}) as response:
        if not response.is_success:
            reason = (await response.aread()).decode(errors="replace")
            yield message("end", error=f"the provider answered {response.status_code}: {reason}")
            return
        async for update in toolcalls.stream("openai-responses", response):
            match update:
                case CallChanged(call):
                    # with a string that grew as `str_ins`; patch(extended=False) is for who knows RFC 6902 alone
                    if operations := call.parser.patch():
                        yield message("patch", call=call.index, patch=operations)
                case CallCompleted(call) | CallFailed(call):
                    yield message("verdict", call=call.index, name=call.name, verdict=call.verdict)
                case StreamEnded(reason):
                    yield message("end", reason=reason)
                case StreamFailed(error):
                    yield message("end", error=str(error) or type(error).__name__)


def message(event: str, **fields: Any) -> bytes:
    return replay.sse(event, json.dumps(fields))


def client(url: str) -> dict[int, Any]:
    """The arguments of each call, by its index, built from what the service sends."""
    arguments: dict[int, Any] = {}
    decoder = sse.Decoder()
    with urlopen(url) as response:
        for line in response:
            for event in decoder.feed(line):
                print(event.event, event.data)
                if event.event == "patch":
                    data = json.loads(event.data)
                    arguments[data["call"]] = patches.apply(arguments.get(data["call"], MISSING), data["patch"])
    return arguments


def main() -> None:
    recorded = replay.load("kyoto")
    with Replay(recorded.chunks(), PAUSE) as provider:
        server = uvicorn.Server(uvicorn.Config(service(provider.url), port=0, log_level="warning"))
        thread = Thread(target=server.run)
        thread.start()
        while not server.started:
            sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        received = client(f"http://127.0.0.1:{port}/calls")
        server.should_exit = True
        thread.join()
    meant = [update for update in toolcalls.stream("openai-responses", recorded.chunks()) if isinstance(update, CallCompleted)]
    print(f"as the provider meant: {received == {call.index: arguments for call, arguments in meant}}")


if __name__ == "__main__":
    main()
