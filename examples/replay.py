"""A server on this machine that answers as a model's API does: every POST with one recorded stream.

    with Replay(chunks) as server:
        client = anthropic.Anthropic(base_url=server.url, api_key="none")
"""

from __future__ import annotations

import json
import select
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Literal

__all__ = ["Replay"]

PATIENCE = 60.0  # seconds that a response is held open at most


class Replay(ThreadingHTTPServer):
    """Sends the chunks of a response, one after another, to whoever asks. A context manager: it runs within the block.

    chunks: the body, as it is cut. pause: seconds after each chunk. end: what comes after the last: "finish" ends the response
    as HTTP wants it, "drop" ends the connection in its midst, "hold" leaves it open until the client leaves.
    That a client leaves early is noticed in a pause or while the response is held; then nothing more is sent, and `left` is set.
    """

    def __init__(self, chunks: Sequence[bytes], pause: float = 0, end: Literal["finish", "drop", "hold"] = "finish") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.chunks = chunks
        self.pause = pause
        self.end = end
        self.media_type = "text/event-stream"
        self.requests: list[tuple[str, Any]] = []  # path and decoded body of each
        self.sent = 0  # chunks
        self.left = Event()

    def __enter__(self) -> Replay:
        self._thread = Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # which has chunks: by them a client tells a whole response from one that broke off
    server: Replay

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, json.loads(body)))
        self.send_response(200)
        self.send_header("Content-Type", self.server.media_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            self._respond()
        except ConnectionError:
            self.server.left.set()

    def _respond(self) -> None:
        for chunk in self.server.chunks:
            self.server.sent += 1  # first, so that it is never behind what the client knows
            self._send(chunk)
            if self.server.pause and self._left_within(self.server.pause):
                return
        if self.server.end == "finish":
            self._send(b"")
        elif self.server.end == "hold":
            self._left_within(PATIENCE)

    def _send(self, chunk: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))

    def _left_within(self, seconds: float) -> bool:
        """Has the client left? It has nothing more to say, so what can be read is the end of the connection."""
        readable, _, _ = select.select([self.connection], [], [], seconds)
        if readable and not self.connection.recv(1):
            self.server.left.set()
        return self.server.left.is_set()

    def log_message(self, *parts: object) -> None:
        """Nothing is logged."""
