"""The vector form of the scan gives the answer of the plain one, at every length, alignment and place of the stop."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HEADERS = Path(__file__).parents[2] / "src" / "midstream" / "_c"
COMPILER = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")

PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include "scan.h"

static const uint8_t *one_by_one(const uint8_t *at, const uint8_t *end) {
    while (at < end && *at >= 0x20 && *at < 0x80 && *at != '"' && *at != '\\') at++;
    return at;
}

static int agree(const uint8_t *start, const uint8_t *end) {
    const uint8_t *right = one_by_one(start, end);
    if (scan_plain(start, end) == right && scan_plain_words(start, end) == right) return 1;
    printf("differs: %ld bytes, stop at %ld\n", (long)(end - start), (long)(right - start));
    return 0;
}

int main(void) {
    unsigned long checked = 0;
    int length, at, byte, offset;
    for (length = 0; length <= 70; length++) {
        /* a block of just this size, so that a sanitizer sees a read beyond it */
        for (offset = 0; offset < 9; offset++) {
            uint8_t *block = malloc((size_t)(length + offset) + (length + offset == 0));
            uint8_t *start = block + offset;
            memset(block, 'x', (size_t)(length + offset));
            if (!agree(start, start + length)) return 1;
            for (at = 0; at < length; at++) {
                for (byte = 0; byte < 256; byte++) {
                    start[at] = (uint8_t)byte;
                    if (!agree(start, start + length)) return 1;
                    checked++;
                }
                start[at] = 'x';
            }
            free(block);
        }
    }
    srand(7);
    for (length = 0; length < 200000; length++) {
        uint8_t text[64];
        for (at = 0; at < 64; at++) text[at] = (uint8_t)(rand() % 4 ? 0x20 + rand() % 0x60 : rand());
        if (!agree(text, text + 64)) return 1;
        checked++;
    }
    printf("%lu agree\n", checked);
    return 0;
}
"""


@pytest.mark.skipif(not HEADERS.is_dir(), reason="an installed wheel has no headers")
@pytest.mark.skipif(COMPILER is None or os.name == "nt", reason="no C compiler to build the comparison with")
def test_both_forms_agree(tmp_path: Path) -> None:
    assert COMPILER is not None
    source = tmp_path / "scan.c"
    source.write_text(PROGRAM)
    program = tmp_path / "scan"
    command = [COMPILER, "-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", f"-I{HEADERS}", str(source), "-o", str(program)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    done = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("agree\n")
