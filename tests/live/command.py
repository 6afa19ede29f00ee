"""Runs of the command as a process, with and without a terminal."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
from collections.abc import Callable, Sequence
from time import monotonic
from types import TracebackType
from typing import Any

DEADLINE = 120  # seconds after which a process counts as hanging
COMMAND = [sys.executable, "-m", "midstream"]

SHOW_CURSOR, HIDE_CURSOR = "\x1b[?25h", "\x1b[?25l"
ENTER_SCREEN, LEAVE_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
NO_WRAP, WRAP = "\x1b[?7l", "\x1b[?7h"
OURS = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?(?:25|7|1049)[hl]|\x1b\[H|\x1b\[0K")


def environment(**changes: str) -> dict[str, str]:
    """A plain environment: nothing that tells rich the size or the colours of the terminal."""
    told = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}
    kept = {name: value for name, value in os.environ.items() if name not in told}
    return kept | {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"} | changes


def run(*arguments: str, stdin: bytes | None = None, **changes: str) -> subprocess.CompletedProcess[bytes]:
    """The command without a terminal."""
    given: dict[str, Any] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, timeout=DEADLINE, env=environment(**changes), check=False, **given
    )


class InTerminal:
    """A process whose output, and unless `stdin` says otherwise its input, is a pseudo-terminal.

    grouped: in a process group of its own, which a signal stops as a shell's job.
    """

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int] = (80, 24),
        stdin: int | None = None,
        grouped: bool = False,
        **changes: str,
    ) -> None:
        self.master, slave = os.openpty()
        self.output = ""
        self._bytes = b""
        self.resize(*size)
        self.process = subprocess.Popen(
            command,
            stdin=slave if stdin is None else stdin,
            stdout=slave,
            stderr=slave,
            env=environment(**changes),
            preexec_fn=os.setpgrp if grouped else None,
        )
        os.close(slave)

    def __enter__(self) -> InTerminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        if self.process.stdin:
            self.process.stdin.close()

    def resize(self, width: int, height: int) -> None:
        """Another size, as if a window had been dragged."""
        import fcntl
        import struct
        import termios

        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def write(self, data: bytes) -> None:
        """Into the pipe that is the input."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def read_until(self, found: Callable[[str], bool]) -> str:
        """All output up to now, read on until `found` in it."""
        until = monotonic() + DEADLINE
        while not found(self.output):
            assert monotonic() < until, f"it does not come: {self.output[-2000:]!r}"
            assert self._read(), f"the process ended first: {self.output[-2000:]!r}"
        return self.output

    def read_to_end(self) -> tuple[int, str]:
        """The exit status and all output."""
        while self._read():
            pass
        return self.process.wait(DEADLINE), self.output

    def _read(self) -> bool:
        assert select.select([self.master], [], [], DEADLINE)[0], f"nothing comes: {self.output[-2000:]!r}"
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:  # on Linux the end of file of a terminal
            data = b""
        self._bytes += data
        self.output = self._bytes.decode("utf-8", "replace")
        return bool(data)


def without_ours(output: str) -> str:
    """The output without the sequences that colour text, move the cursor home, clear the rest of a line, and switch screens,
    cursor and wrap.
    """
    return OURS.sub("", output).replace("\r\n", "\n")


def assert_clean(output: str) -> None:
    """The terminal was left as it was, without a traceback."""
    for off, on in ((HIDE_CURSOR, SHOW_CURSOR), (NO_WRAP, WRAP), (ENTER_SCREEN, LEAVE_SCREEN)):
        assert off in output
        assert output.rindex(on) > output.rindex(off)
    assert "Traceback" not in output


def after_screen(output: str) -> str:
    """What stays in the terminal, without colours."""
    return without_ours(output[output.rindex(LEAVE_SCREEN) :])
