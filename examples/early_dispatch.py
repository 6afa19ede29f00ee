"""A value is acted on as soon as it is complete, while the rest still streams.

Plays a recorded tool call twice, in its own pieces, at the pace at which those of another recorded answer arrived (this one came
without times). It lists answers, each of which is to be looked up in the sources. The first time a lookup is asked for as
soon as its answer is complete. The second time the pieces are glued together, as usual, and the lookups are asked for at the
end. The lookups are simulated: each is a sleep of a quarter of a second, one after another. All times printed were measured
in the run.

    python examples/early_dispatch.py
    python examples/early_dispatch.py --fast    # 20 times as fast, for tests; what is printed are the times at real pace
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from recording import Recording, timed

import midstream

LOOKUP = 0.25  # seconds that a lookup takes: chosen
FAST = 20


class Clock:
    """Seconds since it was made, at the pace of the recording: of a run at twice the speed, twice as many."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._began = perf_counter()

    def now(self) -> float:
        return (perf_counter() - self._began) * self._speed

    async def sleep(self, seconds: float) -> None:
        """At least this long. Others get their turn also if there is nothing to wait for."""
        await asyncio.sleep(max(seconds, 0) / self._speed)


@dataclass
class Lookup:
    """What is looked up, when that was asked for, and when the result was there."""

    label: str
    asked: float
    done: float = 0


class Lookups:
    """Looks up one thing after another, beside whatever else is going on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._turn = asyncio.Lock()
        self._tasks: list[asyncio.Task[Lookup]] = []

    def ask(self, label: str) -> None:
        lookup = Lookup(label, asked=self._clock.now())
        self._tasks.append(asyncio.create_task(self._look_up(lookup)))

    async def _look_up(self, lookup: Lookup) -> Lookup:
        async with self._turn:
            await self._clock.sleep(LOOKUP)
        lookup.done = self._clock.now()
        return lookup

    async def finish(self) -> list[Lookup]:
        return await asyncio.gather(*self._tasks)


@dataclass
class Run:
    """One way to do it: the value, when its last piece came, and the lookups in the order of the answers."""

    answer: Any
    last: float
    lookups: list[Lookup]

    @property
    def done(self) -> float:
        return max(lookup.done for lookup in self.lookups)


async def arriving(recording: Recording, clock: Clock) -> AsyncGenerator[str, None]:
    """The pieces, each at its time; what is late comes at once."""
    for piece, time in zip(recording.fragments, recording.times, strict=True):
        await clock.sleep(time - clock.now())
        yield piece


async def while_it_streams(recording: Recording, speed: float) -> Run:
    clock = Clock(speed)
    lookups = Lookups(clock)
    pieces = arriving(recording, clock)

    dispatcher = midstream.Dispatcher()

    @dispatcher.on("$.answers[*]")
    def look_up(event: midstream.Completed) -> None:
        lookups.ask(event.value["label"])

    answer = await dispatcher.run(pieces)

    return Run(answer, clock.now(), await lookups.finish())


async def at_the_end(recording: Recording, speed: float) -> Run:
    clock = Clock(speed)
    lookups = Lookups(clock)
    pieces = arriving(recording, clock)

    text = ""
    async for piece in pieces:
        text += piece
    answer = json.loads(text)
    last = clock.now()
    for found in answer["answers"]:
        lookups.ask(found["label"])

    return Run(answer, last, await lookups.finish())


def report(recording: Recording, early: Run, usual: Run) -> None:
    pieces = len(recording.fragments)
    print(f"{pieces} pieces; a lookup takes {LOOKUP:.2f} s (simulated), one after another; seconds after the first piece\n")
    print(f"{'':32}while it streams   at the end")
    print(f"{'':32}asked    result    asked    result")
    for one, other in zip(early.lookups, usual.lookups, strict=True):
        print(f"{one.label:32}{one.asked:5.2f}{one.done:10.2f}{other.asked:9.2f}{other.done:10.2f}")
    print(f"{'the last piece':32}{early.last:5.2f}{usual.last:19.2f}")
    print(f"{'all results':32}{early.done:15.2f}{usual.done:19.2f}\n")
    print(f"saved: {usual.done - early.done:.2f} s of {usual.done:.2f} s")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--fast", action="store_true", help=f"{FAST} times as fast; prints the times at real pace")
    speed = FAST if options.parse_args().fast else 1

    recording = timed("answers")
    early = asyncio.run(while_it_streams(recording, speed))
    usual = asyncio.run(at_the_end(recording, speed))
    assert early.answer == usual.answer
    report(recording, early, usual)
    if speed > 1:
        print(f"(played {speed} times as fast: measured times {speed})")


if __name__ == "__main__":
    main()
