"""Many replays at once through `midstream serve` on one core: what is lost, how memory grows, and whom a slow reader holds.

    python -m benchmarks.serve_load [--replays 500] [--slow 5] [--rounds 6] [--events 800] [--size 150] [--pace 40]

The server is a process of its own on one core. It replays a recording of two calls, one that writes a long text and a short one,
that is made for the purpose. Each reader has a stream of its own, and another process runs them all. In each round every stream
is read from its beginning to its end, and the last value compared with what the calls hold. Slow readers take a few bytes a
second until the others have ended, and the rest then.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from midstream import MISSING
from midstream.live import replay
from midstream.patches import apply
from midstream.sse import Decoder
from midstream.toolcalls import ToolCalls

SLOW_BYTES = 64  # that a slow reader takes
SLOW_BUFFER = 4096  # bytes that the system receives for him
SLOW_PAUSE = 0.5  # seconds between two times
SAMPLE = 0.25  # seconds between two looks at the server
PAGE = os.sysconf("SC_PAGESIZE") if hasattr(os, "sysconf") else 4096


@dataclass
class Reader:
    """What one reader has got."""

    values: dict[int, Any] = field(default_factory=dict)
    verdicts: dict[int, str] = field(default_factory=dict)
    state: str = ""
    messages: int = 0
    states: int = 0
    bytes: int = 0
    seconds: float = 0.0

    def take(self, event: str, data: str) -> None:
        message = json.loads(data)
        self.messages += 1
        self.bytes += len(data)
        if event == "state":
            self.values.clear()
            self.states += 1
        self.state = message.get("state", self.state)
        for told in message["calls"]:
            index = told["index"]
            if "value" in told:
                self.values[index] = told["value"]
            if "ops" in told:
                self.values[index] = apply(self.values.get(index, MISSING), told["ops"], units="utf-16")
            if told.get("verdict"):
                self.verdicts[index] = told["verdict"]


@dataclass
class Figures:
    """Of one round: the readers that were quick, those that were slow, seconds, and the server's memory meanwhile (bytes)."""

    quick: list[Reader]
    slow: list[Reader]
    memory: list[int]
    processor: float  # seconds that the server computed
    seconds: float


class Server:
    """`midstream serve` as a process, on one core where the system lets us choose."""

    def __init__(self, recording: str, core: int | None) -> None:
        command = [sys.executable, "-m", "midstream", "serve", recording, "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        assert found, line
        self.port = int(found[1])
        if core is not None and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self.process.pid, {core})

    def memory(self) -> int:
        """Bytes that are resident; 0 where the system does not say."""
        try:
            with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * PAGE
        except OSError:
            return 0

    def processor(self) -> float:
        """Seconds that it has computed."""
        try:
            with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """Ends it."""
        self.process.terminate()
        self.process.wait(60)
        assert self.process.stdout
        self.process.stdout.close()


def recorded(events: int, size: int, pace: float) -> bytes:
    """A recording: so many events with fragments of so many characters, most of one long text, "é" in it, and a short call."""
    text = json.dumps({"path": "a.txt", "content": "lines é and lines\n" * (events * size // 19)}, ensure_ascii=False)
    texts = [text, '{"done":true,"n":[1,2,{"x":null}]}']
    lines: list[Any] = [{"name": "load", "wire": "openai-chat", "pace": pace}]
    for index, text in enumerate(texts):
        for at in range(0, len(text), size):
            call = {"index": index, "function": {"arguments": text[at : at + size]}}
            if not at:
                call = {"index": index, "id": f"call_{index}", "function": {"name": "write", "arguments": text[:size]}}
            lines.append({"event": None, "data": json.dumps({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]})})
    lines.append({"event": None, "data": '{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}'})
    return "".join(f"{json.dumps(line)}\n" for line in [*lines, {"event": None, "data": "[DONE]"}]).encode()


def expected(stream: replay.Stream) -> Reader:
    """What every reader must have at the end."""
    calls: Any = ToolCalls(stream.wire)  # type: ignore[arg-type]
    for chunk in stream.chunks():
        calls.feed_sse(chunk)
    calls.close()
    found = Reader(state="ended")
    for call in calls.calls:
        found.values[call.index] = call.arguments
        found.verdicts[call.index] = call.verdict.value
    return found


async def ask(port: int, head: str, body: str = "", slow: bool = False) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    # a plain socket: a client for HTTP would take longer than the server
    plain = socket.socket()
    if slow:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_BUFFER)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=plain, limit=SLOW_BUFFER if slow else 1 << 16)
    lines = f"{head} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{lines}Connection: close\r\n\r\n{body}".encode())
    return reader, writer


async def start(port: int, source: str) -> str:
    reader, writer = await ask(port, "POST /streams", json.dumps({"source": source}))
    answer = await reader.read(-1)
    writer.close()
    return str(json.loads(answer.partition(b"\r\n\r\n")[2])["id"])


async def follow(port: int, name: str, slow_until: asyncio.Event | None) -> Reader:
    """Reads one stream to its end."""
    began = time.perf_counter()
    reader, writer = await ask(port, f"GET /streams/{name}/events", slow=slow_until is not None)
    await reader.readuntil(b"\r\n\r\n")
    found, decoder = Reader(), Decoder()
    held = b""
    while True:
        if slow_until is not None and not slow_until.is_set():
            data = await reader.read(SLOW_BYTES)
            await asyncio.sleep(SLOW_PAUSE)
        else:
            data = await reader.read(1 << 16)
        if not data:
            break
        pieces, held = unchunked(held + data)
        for event in decoder.feed(pieces):
            found.take(event.event, event.data)
    writer.close()
    found.seconds = time.perf_counter() - began
    return found


def unchunked(data: bytes) -> tuple[bytes, bytes]:
    """The content of the whole chunks at the start (RFC 9112, section 7.1), and what is left."""
    content, at = [], 0
    while (end := data.find(b"\r\n", at)) >= 0:
        size = int(data[at:end], 16)
        if len(data) < end + 2 + size + 2:
            break
        content.append(data[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
    return b"".join(content), data[at:]


async def one_round(port: int, replays: int, slow: int, source: str) -> tuple[list[Reader], list[Reader], float]:
    """All the replays at once; what the quick and the slow readers got, and the seconds until the quick ones had all."""
    began = time.perf_counter()
    names = [await start(port, source) for _ in range(replays)]
    ended = asyncio.Event()
    dawdlers = [asyncio.create_task(follow(port, name, ended)) for name in names[:slow]]
    quick = await asyncio.gather(*(follow(port, name, None) for name in names[slow:]))
    seconds = time.perf_counter() - began
    ended.set()
    return list(quick), list(await asyncio.gather(*dawdlers)), seconds


def measure(server: Server, replays: int, slow: int, source: str) -> Figures:
    """One round, with the server's memory sampled meanwhile."""
    samples, over = [server.memory()], threading.Event()

    def sample() -> None:
        while not over.wait(SAMPLE):
            samples.append(server.memory())

    thread = threading.Thread(target=sample)
    thread.start()
    before = server.processor()
    try:
        quick, dawdlers, seconds = asyncio.run(one_round(server.port, replays, slow, source))
    finally:
        over.set()
        thread.join()
    return Figures(quick, dawdlers, samples, server.processor() - before, seconds)


def lost(figures: Figures, wanted: Reader) -> int:
    """How many readers did not get all of it."""
    everything = wanted.values, wanted.verdicts, wanted.state
    return sum((one.values, one.verdicts, one.state) != everything for one in figures.quick + figures.slow)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--replays", type=int, default=500)
    options.add_argument("--slow", type=int, default=5)
    options.add_argument("--rounds", type=int, default=6)
    options.add_argument("--events", type=int, default=800)
    options.add_argument("--size", type=int, default=150)
    options.add_argument("--pace", type=float, default=40.0)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "load.jsonl")
        with open(path, "wb") as file:
            file.write(recorded(given.events, given.size, given.pace))
        stream = replay.read(path, "")
        wanted, count = expected(stream), len(stream.events)
        print(
            f"{given.replays} replays, each of {count} events and {len(wanted.values[0]['content']):,} characters, at "
            f"{given.pace:.0f} events a second, {given.pace * given.replays:,.0f} in all: {count / given.pace:.1f} s by the clock"
        )
        server = Server(path, core=0)
        if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1:
            os.sched_setaffinity(0, os.sched_getaffinity(0) - {0})
        try:
            for number in range(given.rounds):
                figures = measure(server, given.replays, given.slow, stream.name)
                print(f"round {number + 1}: {told(figures, wanted)}", flush=True)
        finally:
            server.close()


def told(figures: Figures, wanted: Reader) -> str:
    """The figures in a line."""
    times = sorted(one.seconds for one in figures.quick)
    messages, size = sum(one.messages for one in figures.quick), sum(one.bytes for one in figures.quick)
    before, most, after = (memory / 1e6 for memory in (figures.memory[0], max(figures.memory), figures.memory[-1]))
    return (
        f"{lost(figures, wanted)} lost; readers took {times[0]:.1f} to {times[-1]:.1f} s; {messages:,} messages "
        f"({messages / figures.seconds:,.0f} a second, {messages / len(figures.quick):.0f} a reader), {size / 1e6:.0f} MB; "
        f"{figures.processor:.1f} s of {figures.seconds:.1f} computed; memory {before:.0f} MB before, {most:.0f} at most, "
        f"{after:.0f} after; slow readers: {[one.messages for one in figures.slow]} messages, "
        f"{[one.states for one in figures.slow]} of them the whole state"
    )


if __name__ == "__main__":
    main()
