"""Programs in C that put the headers of _c/ to the test: built in several ways, and given cases with the right answers."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

HEADERS = Path(__file__).parents[2] / "src" / "midstream" / "_c"
COMPILER = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")

# as `pytestmark` of a module
NEED_A_COMPILER = [
    pytest.mark.skipif(not HEADERS.is_dir(), reason="an installed wheel has no headers"),
    pytest.mark.skipif("libasan" in os.environ.get("LD_PRELOAD", ""), reason="they are sanitized by themselves in the plain run"),
    pytest.mark.skipif(COMPILER is None or os.name == "nt", reason="no C compiler to build the program with"),
]

SANITIZED = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")
# "plain" leaves what C99 has; on other machines it may be the same as the first
WAYS = {"as compiled here": (), "plain": ("-U__SSE2__", "-U__ARM_NEON"), "sanitized": SANITIZED}


def build(home: Path, source: str, *flags: str) -> Path:
    """The program, built in the directory `home`. Skips the test where the compiler has no sanitizers."""
    assert COMPILER is not None
    (home / "program.c").write_text(source)
    command = [COMPILER, "-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-pedantic", *flags, f"-I{HEADERS}"]
    command += [str(home / "program.c"), "-o", str(home / "program")]
    if flags == SANITIZED and not can_sanitize(home):
        pytest.skip("this compiler has no sanitizers")
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return home / "program"


def can_sanitize(home: Path) -> bool:
    assert COMPILER is not None
    (home / "empty.c").write_text("int main(void) { return 0; }\n")
    command = [COMPILER, *SANITIZED, str(home / "empty.c"), "-o", str(home / "empty")]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return False
    return subprocess.run([str(home / "empty")], env=environment(), capture_output=True, check=False).returncode == 0


def environment() -> dict[str, str]:
    # without the leak checker, which needs ptrace; the programs end at once anyway
    return {**os.environ, "ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"}


def run(program: Path, given: bytes = b"") -> str:
    """What it writes; it must succeed."""
    done = subprocess.run([str(program)], input=given, env=environment(), capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout[-2000:] + done.stderr[-4000:]).decode("utf-8", "replace")
    return done.stdout.decode("ascii")


# -- cases with their answers; the program says which it disagrees with

READ_CASES = r"""
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long wrong;

static void *allocated(size_t size) {
    void *block = malloc(size);
    if (!block && size) abort();
    return block;
}

static int take(void *to, size_t size) { return size == 0 || fread(to, size, 1, stdin) == 1; }

static uint32_t take_count(void) {
    uint32_t count;
    if (!take(&count, 4)) abort();
    return count;
}

static void differs(uint32_t number, const char *what) {
    if (wrong++ < 20) printf("%lu %s\n", (unsigned long)number, what);
}
"""


def count(value: int) -> bytes:
    """A number as take_count() reads it."""
    return struct.pack("=I", value)


def utf32(text: str) -> bytes:
    """Characters as uint32_t."""
    return struct.pack(f"={len(text)}I", *map(ord, text))


def check(program: Path, packed: Iterable[bytes], cases: list[bytes] | list[str]) -> None:
    """Gives it the packed cases. It must write `N differ`, behind a line for each of the first that do: number, what differs."""
    written = run(program, count(len(cases)) + b"".join(packed)).splitlines()
    told = []
    for line in written[:-1]:
        number, _, what = line.partition(" ")
        told.append(f"{what}: {cases[int(number)]!r}")
    assert written[-1] == "0 differ", "\n".join([*told, written[-1]])
