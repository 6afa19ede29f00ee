"""Bytes as they arrive: from a pipe until it ends, from a file while it grows."""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Callable, Iterator
from time import sleep

__all__ = ["SourceError", "beginning", "follow", "is_regular", "stream"]

CHUNK = 1 << 16


class SourceError(Exception):
    """A file that shrank below what has been read of it."""


def is_regular(descriptor: int) -> bool:
    """Is it a file with an end, and not a pipe or a device?"""
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


def beginning(descriptor: int, number: int) -> bytes:
    """The first bytes of a regular file that nothing was read of, and that nothing has been read of after it."""
    data = os.read(descriptor, number)
    os.lseek(descriptor, -len(data), os.SEEK_CUR)
    return data


def stream(descriptor: int, tick: float) -> Iterator[bytes | None]:
    """What can be read, when it can be read, until end of file. While nothing comes, None every `tick` seconds."""
    # Elsewhere select takes sockets only.
    waits = os.name == "posix" and not is_regular(descriptor)
    while True:
        if waits and not select.select([descriptor], [], [], tick)[0]:
            yield None
        elif fragment := os.read(descriptor, CHUNK):
            yield fragment
        else:
            return


def follow(descriptor: int, tick: float, done: Callable[[], bool]) -> Iterator[bytes | None]:
    """What a file holds and what is added to it, until `done` says so at its end. While nothing comes, None
    every `tick` seconds.
    """
    while True:
        if fragment := os.read(descriptor, CHUNK):
            yield fragment
        elif done():
            return
        else:
            if os.fstat(descriptor).st_size < os.lseek(descriptor, 0, os.SEEK_CUR):
                raise SourceError("the file became shorter while it was read")
            sleep(tick)
            yield None
