"""A server on the loopback that writes what it is told, when it is told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from types import TracebackType

DEADLINE = 60  # seconds after which a peer counts as hanging

Step = bytes | float
Answer = Callable[[bytes], Iterable[Step]]


class Server:
    """Answers each connection, one at a time, with the steps of `answer` for its request: bytes are written at once, and a number
    is waited for in seconds. Then it closes the connection.

    requests: what came, headers and body.
    """

    def __init__(self, answer: Answer | Sequence[Step]) -> None:
        self.requests: list[bytes] = []
        self._answer: Answer = answer if callable(answer) else lambda _: answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/stream"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        self._thread.join(DEADLINE)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection:
                if self._over.is_set():
                    return
                connection.settimeout(DEADLINE)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with suppress(OSError):
                    self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        request = _read_request(connection)
        if not request:
            return
        self.requests.append(request)
        for step in self._answer(request):
            if self._over.is_set():
                return
            if isinstance(step, bytes):
                connection.sendall(step)
            else:
                self._over.wait(step)


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(1 << 16)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += connection.recv(1 << 16)
    return head + b"\r\n\r\n" + body


def head(*headers: str, status: str = "HTTP/1.1 200 OK", media: str | None = "text/event-stream") -> bytes:
    """Status line and headers; the body ends with the connection."""
    own = ["Connection: close"] if media is None else [f"Content-Type: {media}", "Connection: close"]
    return "\r\n".join([status, *own, *headers, "", ""]).encode("latin-1")


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body; the last one is empty."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(number: int, length: int = 40) -> bytes:
    """One event."""
    return b'data: {"n":%d,"text":"%s"}\n\n' % (number, b"x" * length)
