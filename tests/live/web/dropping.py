"""A proxy for TCP that drops connections when it is told to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

WAIT = 60.0  # seconds after which it counts as hanging


class Dropping:
    """requests: the head of each, as it came. refusing: are new connections closed at once?"""

    def __init__(self, target: int, loop: asyncio.AbstractEventLoop) -> None:
        self.requests: list[str] = []
        self.refusing = False
        self.port = 0
        self._target = target
        self._loop = loop
        self._writers: set[asyncio.StreamWriter] = set()

    def drop(self) -> None:
        """Every connection there is, at once."""

        async def drop() -> None:
            for writer in self._writers:
                writer.transport.abort()

        asyncio.run_coroutine_threadsafe(drop(), self._loop).result(WAIT)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, back}
        tasks = [asyncio.create_task(self.pump(reader, back, True)), asyncio.create_task(self.pump(there, writer, False))]
        await asyncio.wait(tasks)
        self._writers -= {writer, back}

    async def pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, asks: bool) -> None:
        try:
            while data := await source.read(1 << 16):
                if asks:
                    self.requests.append(data.decode("latin-1"))
                target.write(data)
                await target.drain()
        except OSError:
            pass
        finally:
            target.close()


@contextmanager
def dropping(target: int) -> Iterator[Dropping]:
    """A proxy for this port of the machine."""
    loop = asyncio.new_event_loop()
    proxy = Dropping(target, loop)

    async def start() -> asyncio.Server:
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        proxy.port = server.sockets[0].getsockname()[1]
        return server

    async def stop(server: asyncio.Server) -> None:
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others)

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(start(), loop).result(WAIT)
    try:
        yield proxy
    finally:
        proxy.drop()
        asyncio.run_coroutine_threadsafe(stop(server), loop).result(WAIT)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WAIT)
        loop.close()
