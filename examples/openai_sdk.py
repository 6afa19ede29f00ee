"""OpenAI's SDK streams: a call that the token limit cuts is not made, and one that turns out unwanted is not paid for.

The client is the real one. A server on this machine answers it with recorded responses, at a chosen pace: first one of Chat
Completions, read to its end, then one of Responses, left as soon as an argument shows that it is not what was wanted. Leaving
closes the connection, by which the provider learns that nobody reads on.

    pip install openai
    python examples/openai_sdk.py
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from replay import Replay

from midstream import Completed, toolcalls
from midstream.live import replay
from midstream.toolcalls import CallChanged, CallCompleted, CallFailed, StreamEnded, StreamFailed

try:
    import openai
except ImportError:
    raise SystemExit("this example wants the SDK: pip install openai") from None

PAUSE = 0.02  # seconds between two events: chosen
MODEL = "none"  # they are recordings that answer


def client(server: Replay) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none")


async def chat(api: openai.AsyncOpenAI) -> None:
    """Only what is complete is acted on, whatever the stream says of itself."""
    messages = [{"role": "user", "content": "Page the platform team, and file a report."}]
    response = await api.chat.completions.create(model=MODEL, messages=messages, stream=True)  # type: ignore[arg-type]
    async for update in toolcalls.stream("openai-chat", response):
        match update:
            case CallCompleted(call, arguments):
                print(f"{call.name}: complete, {arguments}")
            case CallFailed(call, error):
                print(f"{call.name}: {call.verdict.value}, not made; so far it is {call.raw!r}: {error}")
            case StreamEnded(reason):
                print(f"the response has ended: {reason}")
            case StreamFailed(error, calls):
                print(f"the response broke off, {len(calls)} calls open: {error}")


async def responses(api: openai.AsyncOpenAI) -> None:
    """Leaves in mid-stream."""
    response = await api.responses.create(model=MODEL, input="Plan a short trip.", stream=True)
    async with aclosing(toolcalls.stream("openai-responses", response, watch="$.itinerary.days")) as updates:
        async for update in updates:
            match update:
                case CallChanged(call, [*_, Completed(value=days)]) if days > 2:
                    print(f"{call.name}: {days} days are too many; of the arguments there is {call.raw!r}")
                    break


async def main() -> None:
    with Replay(replay.load("oncall").chunks(), PAUSE) as server:
        async with client(server) as api:
            await chat(api)
    with Replay(replay.load("kyoto").chunks(), PAUSE) as server:
        async with client(server) as api:
            await responses(api)
            left = await asyncio.to_thread(server.left.wait, 10)
            print(f"the server stopped after {server.sent} of {len(server.chunks)} events: the client had left is {left}")


if __name__ == "__main__":
    asyncio.run(main())
