"""Layer 0: C99 headers that know nothing of Python, own no memory and each stand alone."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import midstream

HOME = Path(midstream.__file__).resolve().parent / "_c"
HEADERS = sorted(HOME.glob("*.h"))
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
STANDARD = {"float.h", "limits.h", "stddef.h", "stdint.h", "string.h", "stdbool.h"}
VECTORS = {"emmintrin.h", "arm_neon.h", "intrin.h"}

pytestmark = pytest.mark.skipif(not HEADERS, reason="an installed wheel has no headers")


def code_of(header: Path) -> str:
    """The text without comments."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", header.read_text("utf-8"), flags=re.DOTALL)


@pytest.fixture(params=HEADERS, ids=lambda path: path.name)
def header(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_includes_only_the_standard_and_its_neighbours(header: Path) -> None:
    ours = {path.name for path in HEADERS}
    allowed = STANDARD | VECTORS if header.name == "scan.h" else STANDARD
    assert set(re.findall(r"#\s*include\s*<([^>]+)>", code_of(header))) <= allowed
    assert set(re.findall(r'#\s*include\s*"([^"]+)"', code_of(header))) <= ours - {header.name}


def test_knows_no_python_and_owns_no_memory(header: Path) -> None:
    assert not re.findall(r"\bPy_?[A-Z]\w*|\b(?:m|c|re)alloc\b|\bfree\s*\(|\balloca\b", code_of(header))


def test_has_no_changing_globals(header: Path) -> None:
    for line in re.findall(r"^static\b[^;{(]*[;={]", code_of(header), flags=re.MULTILINE):
        assert "const" in line, line


@pytest.mark.skipif(COMPILER is None, reason="no C compiler")
@pytest.mark.parametrize("flags", [[], ["-O2"]], ids=["plain", "optimised"])
def test_compiles_alone_and_twice_without_a_warning(header: Path, flags: list[str]) -> None:
    assert COMPILER is not None
    command = [COMPILER, "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", *flags]
    source = f'#include "{header.name}"\n' * 2 + "int main(void) { return 0; }\n"
    done = subprocess.run(
        [*command, f"-I{HOME}", "-xc", "-"], input=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
