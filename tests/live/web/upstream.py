"""An endpoint of a provider that answers just what it is told to, byte by byte, and may drop the connection."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

WAIT = 60.0  # seconds after which it counts as hanging
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """One piece of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


class Upstream:
    """request: all that came of it. left: was the connection closed from the other side while this one held it?"""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1/chat"
        self.request = b""
        self.more = threading.Event()  # to be set for what waits
        self.left = threading.Event()

    def answer(self, connection: socket.socket, pieces: tuple[Any, ...]) -> None:
        while b"\r\n\r\n" not in self.request or not self.request.endswith(b"}"):
            self.request += connection.recv(1 << 16)
        for piece in pieces:
            if piece == "wait":
                assert self.more.wait(WAIT)
            elif piece == "hold":
                if not connection.recv(1):
                    self.left.set()
            elif piece == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            else:
                connection.sendall(piece)


@contextmanager
def answering(*pieces: Any) -> Iterator[Upstream]:
    """Answers one request with these bytes, and closes the connection then.

    "wait": until `more` is set. "hold": until the other side closes. "reset": the connection will end with RST.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(WAIT)
        upstream = Upstream(listener.getsockname()[1])

        def serve() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            listener.close()  # whoever comes after is refused
            with connection:
                connection.settimeout(WAIT)
                upstream.answer(connection, pieces)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield upstream
        finally:
            upstream.more.set()
            if thread.is_alive() and not upstream.request:
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(WAIT)
            assert not thread.is_alive()
