"""The server: an address, and the application behind it until it is interrupted."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Sequence
from types import FrameType

import uvicorn

from .app import make
from .session import Source
from .sessions import Sessions

__all__ = ["serve"]

LEAVING = 10  # ticks of 50 ms in which requests may be answered, and answers taken
UNSENT = 32 << 10  # bytes that the system keeps for a reader; Linux doubles it


def serve(sources: Sequence[Source], host: str, port: int, *, text: bool = False) -> None:
    """Serves until SIGINT or SIGTERM, which it raises again once all is closed. The first line printed tells the address.

    port: 0 takes a free one. Raises OSError if the address can't be had.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log the URL, which may hold a key
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # its connections take it over: what a slow reader has not taken waits there, and the less waits, the fresher is the rest
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT)
        listener.bind(address)
        listener.listen(2048)  # before the address is told: who reads it may come at once
        port = listener.getsockname()[1]
        print(f"midstream: http://{f'[{host}]' if ':' in host else host}:{port}/ (Ctrl-C ends it)", flush=True)
        sessions = Sessions()
        application = make(sources, hosts=frozenset({host.lower()}), text=text, sessions=sessions)
        config = uvicorn.Config(application, log_level="warning", access_log=False, ws="none", timeout_graceful_shutdown=2)
        Server(config, sessions).run(sockets=[listener])


class Server(uvicorn.Server):
    """Lets the readers go first, so that their connections end as they should. Those of readers who take nothing are cut."""

    def __init__(self, config: uvicorn.Config, sessions: Sessions) -> None:
        super().__init__(config)
        self._sessions = sessions
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leaving = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn has it."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """As uvicorn has it: called by the handler of a signal."""
        if self._loop is None or self.should_exit:
            super().handle_exit(sig, frame)
        else:
            # the second time, nobody is waited for
            self._loop.call_soon_threadsafe(self._leave, self._loop, sig, 0 if self._leaving else LEAVING)
            self._leaving = True

    def _leave(self, loop: asyncio.AbstractEventLoop, sig: int, ticks: int) -> None:
        if self.should_exit:
            return
        self._sessions.part()
        if ticks and (ticks == LEAVING or self._is_busy()):
            loop.call_later(0.05, self._leave, loop, sig, ticks - 1)
            return
        # before the rest hears of it: it would call an answer that is cut an error, and wait for one that nobody takes
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        super().handle_exit(sig, None)

    def _is_busy(self) -> bool:
        """Is there a request that is not answered, or an answer that is not sent?"""
        state = self.server_state
        return bool(state.tasks) or any(connection.transport.get_write_buffer_size() for connection in state.connections)
