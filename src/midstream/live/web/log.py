"""The latest messages of a session, for those who read along."""

from __future__ import annotations

__all__ = ["Log"]


class Log:
    """Messages with numbers from 1 on. The latest are kept: at most `most` bytes of them, but always one.

    So whoever reads slowly costs nothing: he has a number, and not a queue of his own.
    """

    def __init__(self, most: int) -> None:
        self.latest = 0  # number of the latest message
        self.most = most
        self._kept: list[bytes] = []
        self._bytes = 0

    def append(self, message: bytes) -> None:
        """The next message."""
        kept = self._kept
        kept.append(message)
        self.latest += 1
        self._bytes += len(message)
        gone = 0
        while self._bytes > self.most and gone < len(kept) - 1:
            self._bytes -= len(kept[gone])
            gone += 1
        del kept[:gone]

    def clear(self) -> None:
        """None is kept; the next one has the next number."""
        self._kept.clear()
        self._bytes = 0

    def reaches(self, number: int) -> bool:
        """Are all messages after that number kept, and is there such a number?"""
        return 0 <= self.latest - number <= len(self._kept)

    def since(self, number: int, most: int) -> list[bytes]:
        """The messages after a number that the log reaches, in order: at most `most` bytes of them, but one if there is any."""
        kept, size = self._kept, 0
        first = last = len(kept) - (self.latest - number)
        while last < len(kept):
            size += len(kept[last])
            if size > most and last > first:
                break
            last += 1
        return kept[first:last]
