"""Anthropic's SDK streams two tool calls: each field is shown when it is complete, and each call is made when it is.

The client is the real one. A server on this machine answers it with a recorded response, at a chosen pace.

    pip install anthropic
    python examples/anthropic_sdk.py
"""

from __future__ import annotations

from typing import Any

from replay import Replay

from midstream import Completed, toolcalls
from midstream.live import replay
from midstream.toolcalls import CallChanged, CallCompleted, CallFailed, CallOpened, StreamEnded, StreamFailed

try:
    import anthropic
except ImportError:
    raise SystemExit("this example wants the SDK: pip install anthropic") from None

PAUSE = 0.02  # seconds between two events: chosen
MODEL = "none"  # it is a recording that answers


def get_weather(location: str, unit: str) -> str:
    return f"61 degrees {unit} in {location}"


def get_time(timezone: str) -> str:
    return f"09:41 in {timezone}"


TOOLS: dict[str, Any] = {"get_weather": get_weather, "get_time": get_time}


def answer(client: anthropic.Anthropic, question: str) -> None:
    """Asks, and makes the calls of the response. What was cut or is malformed is shown and not made."""
    schemas: Any = [{"name": name, "input_schema": {"type": "object"}} for name in TOOLS]  # a real one says more
    response = client.messages.create(
        model=MODEL,
        max_tokens=1000,
        tools=schemas,
        messages=[{"role": "user", "content": question}],
        stream=True,
    )
    for update in toolcalls.stream("anthropic", response, watch="$.*"):
        match update:
            case CallOpened(call):
                print(f"{call.name}: call {call.id} has begun")
            case CallChanged(call, events):
                for event in events:
                    if isinstance(event, Completed):
                        print(f"{call.name}: {event.path[0]} is {event.value!r}, after {call.raw!r}")
            case CallCompleted(call, arguments):
                print(f"{call.name}: complete, and made: {TOOLS[call.name](**arguments)}")
            case CallFailed(call, error):
                print(f"{call.name}: {call.verdict}, not made: {error}")
            case StreamEnded(reason):
                print(f"the response has ended: {reason}")
            case StreamFailed(error, calls):
                print(f"the response broke off, {len(calls)} calls open: {error}")


def main() -> None:
    recorded = replay.load("forecast")
    with Replay(recorded.chunks(), PAUSE) as server:
        answer(anthropic.Anthropic(base_url=server.url, api_key="none"), "What is the weather in New York, and what time is it?")
        print(f"(the server sent {server.sent} events)")


if __name__ == "__main__":
    main()
