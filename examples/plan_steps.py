"""The steps of a plan are carried out while the model still writes the later ones.

The plan is a recipe, in a recorded response of Gemini, whose arguments come as values with paths. A server on this machine sends
it, at a chosen pace. No SDK is needed: the bytes of the response are read as they are.
Each step is handed to a worker as soon as it is complete. What has been done stays done if the call breaks off later, so this is
for steps that stand on their own; what depends on the whole call waits for `CallCompleted`.

    python examples/plan_steps.py
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from urllib.request import urlopen

from replay import Replay

from midstream import Completed, toolcalls
from midstream.live import replay
from midstream.toolcalls import CallChanged, CallCompleted, CallFailed

PAUSE = 0.02  # seconds between two events: chosen
WORK = 0.03  # seconds that a step takes: chosen


def carry_out(step: str) -> str:
    time.sleep(WORK)
    return step


def run(server: Replay, worker: ThreadPoolExecutor) -> None:
    begun: list[Future[str]] = []
    total = len(server.chunks)
    response = urlopen(f"{server.url}/v1beta/models/gemini:streamGenerateContent?alt=sse", data=b"{}")
    for update in toolcalls.stream("gemini", response, watch="$.recipe.steps[*]"):
        match update:
            case CallChanged(_, events):
                for event in events:
                    if isinstance(event, Completed):
                        begun.append(worker.submit(carry_out, event.value))
                        print(f"{server.sent:2} of {total} events: step {len(begun):2}: {event.value}")
            case CallCompleted(call, arguments):
                done = sum(one.done() for one in begun)
                print(f"{server.sent:2} of {total} events: the call is complete; {done} of {len(begun)} steps are done already")
                assert [one.result() for one in begun] == arguments["recipe"]["steps"]
            case CallFailed(call, error):
                print(f"{call.verdict.value}: no more than these {len(begun)} steps: {error}")


def main() -> None:
    with Replay(replay.load("recipe").chunks(), PAUSE) as server, ThreadPoolExecutor(1) as worker:
        run(server, worker)


if __name__ == "__main__":
    main()
