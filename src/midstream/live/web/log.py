"""The latest messages of a session, for those who read along."""

from __future__ import annotations

from collections import deque
from itertools import islice

__all__ = ["Log"]


class Log:
    """Messages with numbers from 1 on. The latest are kept: at most `most` of them, and `most_bytes` bytes, but always one.

    So whoever reads slowly costs nothing: he has a number, and not a queue of his own.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self.latest = 0  # number of the latest message
        self._most = most
        self._most_bytes = most_bytes
        self._kept: deque[bytes] = deque()
        self._bytes = 0

    def append(self, message: bytes) -> None:
        """The next message."""
        kept = self._kept
        kept.append(message)
        self.latest += 1
        self._bytes += len(message)
        while len(kept) > 1 and (len(kept) > self._most or self._bytes > self._most_bytes):
            self._bytes -= len(kept.popleft())

    def clear(self) -> None:
        """None is kept; the next one has the next number."""
        self._kept.clear()
        self._bytes = 0

    def since(self, number: int) -> list[bytes] | None:
        """The messages after that number, in order; None if they are not all kept, or there is no such number yet."""
        missing = self.latest - number
        if not 0 <= missing <= len(self._kept):
            return None
        return list(islice(reversed(self._kept), missing))[::-1]
