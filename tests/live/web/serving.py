"""A server in a thread, and readers of what it sends."""

from __future__ import annotations

import asyncio
import copy
import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn

from midstream import MISSING
from midstream.live.web import app
from midstream.live.web.serve import UNSENT
from midstream.live.web.session import Source
from midstream.live.web.sessions import Sessions
from midstream.patches import apply
from midstream.sse import Decoder

WAIT = 60.0  # seconds after which a server counts as hanging


class Server:
    """What a test knows of a running server."""

    def __init__(self, port: int, sessions: Sessions, loop: asyncio.AbstractEventLoop, uvicorn_server: uvicorn.Server) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.sessions = sessions
        self._loop = loop
        self._server = uvicorn_server

    def start(self, source: str, speed: float = 1.0) -> str:
        """A new stream; its id."""
        answer = httpx.post(f"{self.url}/streams", json={"source": source, "speed": speed}, timeout=WAIT)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def events(self, name: str, last: str | None = None) -> Iterator[Event]:
        """What the server sends, to the end of the stream."""
        return read_events(f"{self.url}/streams/{name}/events", last)

    def waiting(self) -> list[int]:
        """Of each connection the bytes that wait for its reader."""
        connections: Any = self._server.server_state.connections
        return self.call(lambda: [one.transport.get_write_buffer_size() for one in connections])  # type: ignore[no-any-return]

    def call(self, function: Callable[[], Any]) -> Any:
        """What the function returns, called in the thread of the server."""

        async def called() -> Any:
            return function()

        return asyncio.run_coroutine_threadsafe(called(), self._loop).result(WAIT)


def read_events(url: str, last: str | None = None) -> Iterator[Event]:
    """The messages at an address, to the end of the stream; those after the one with the id `last`, if the server has them."""
    headers = {} if last is None else {"Last-Event-ID": last}
    with httpx.stream("GET", url, headers=headers, timeout=WAIT) as answer:
        if answer.status_code == 204:
            return
        assert answer.status_code == 200, answer.read()
        decoder = Decoder()
        for chunk in answer.iter_bytes():
            for event in decoder.feed(chunk):
                yield Event(event.id, event.event == "state", json.loads(event.data))


class Event:
    """One message."""

    def __init__(self, name: str, is_state: bool, data: dict[str, Any]) -> None:
        self.id = name
        self.is_state = is_state
        self.data = data


class Page:
    """What a page would show after the messages it has taken, with `midstream.patches` in place of the page's own code."""

    def __init__(self) -> None:
        self.last: str | None = None
        self.facts: dict[int, dict[str, Any]] = {}
        self.values: dict[int, Any] = {}
        self.stream: dict[str, Any] = {}

    def take(self, event: Event) -> None:
        """One message; a change must be the one after the message before."""
        if event.is_state:
            self.facts, self.values, self.stream = {}, {}, {}
        else:
            assert self.last is not None
            assert number(event.id) == number(self.last) + 1
        self.last = event.id
        self.stream |= {key: value for key, value in event.data.items() if key not in ("calls", "whole")}
        for told in event.data["calls"]:
            told = dict(told)
            index = told.pop("index")
            if "value" in told:
                self.values[index] = told.pop("value")
            operations = told.pop("ops", ())
            self.values[index] = apply(self.values.get(index, MISSING), operations, units="utf-16")
            self.facts.setdefault(index, {}).update(told)

    def copy(self) -> Page:
        """The page as it is now."""
        return copy.deepcopy(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Page) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]


def number(name: str) -> int:
    """That of a message."""
    return int(name.rpartition("-")[2])


@contextmanager
def serving(sources: Sequence[Source], sessions: Sessions | None = None, **options: Any) -> Iterator[Server]:
    """The application, served on a free port of this machine."""
    kept = Sessions() if sessions is None else sessions
    application = app.make(sources, sessions=kept, **options)
    config = uvicorn.Config(application, log_level="error", access_log=False, ws="none", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    loops: list[asyncio.AbstractEventLoop] = []
    started = threading.Event()

    async def run(listener: socket.socket) -> None:
        loops.append(asyncio.get_running_loop())
        asyncio.get_running_loop().call_soon(started.set)
        await server.serve(sockets=[listener])

    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1000)
        thread = threading.Thread(target=lambda: asyncio.run(run(listener)))
        thread.start()
        try:
            assert started.wait(WAIT)
            yield Server(listener.getsockname()[1], kept, loops[0], server)
        finally:
            asyncio.run_coroutine_threadsafe(kept.close(), loops[0]).result(WAIT)
            server.should_exit = True
            thread.join(WAIT)
            assert not thread.is_alive()
