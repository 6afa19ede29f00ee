"""Who may import what. The table is the architecture; a module without a row in it is a failure."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import midstream

PACKAGE = Path(midstream.__file__).resolve().parent

BASE = {"errors", "paths", "repairs", "status"}
SURFACE = BASE | {"_core", "dispatch", "event", "oneshot", "streams"}
# module -> what it may import of ours
TABLE: dict[str, set[str]] = {
    "_types": {"repairs"},  # names for annotations; nothing imports it at run time
    "errors": set(),
    "paths": set(),
    "repairs": set(),
    "status": set(),
    "_operations": set(),  # types of the operations of a patch
    "_core": BASE,
    "event": {"_core"},
    "oneshot": BASE | {"_core"},
    "closing": set(),
    "ijson_words": {"_core"},
    "patches": {"_operations", "paths", "status"},
    "streams": BASE | {"_core", "closing", "ijson_words", "patches"},
    "dispatch": BASE | {"_core", "closing"},
    "sse": set(),
    "toolcall": set(),
    "toolcalls": BASE | {"_core", "closing", "providers", "sse", "toolcall"},
    "providers": {"paths", "providers", "status", "toolcall"},
    "__init__": SURFACE | {"sse", "toolcalls"},
    # the typed face of _core, which alone may name types
    "_core.pyi": BASE | {"_operations", "_types", "event"},
}
# Layer 4: may import everything of ours, and may load the extras.
COMMANDS = {"__main__", "cli", "live"}
EXTRAS = {"httpx", "rich", "sse_starlette", "starlette", "uvicorn"}
# What the library has no use for: it parses, and does no I/O of its own.
NEVER = {"asyncio", "io", "json", "logging", "os", "pathlib", "re", "socket", "subprocess", "threading"}

# A payload keeps half a surrogate pair that its fragment ends in, which `loads` would mend; and objects are written as JSON text.
BUT = {"toolcalls": {"json"}, "providers": {"json"}}

MODULES = sorted(path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".pyi", ".pyx", ".pxi"} and path.is_file())


def owner(path: Path) -> str:
    """The row of the table for a file: the parts of the extension are all _core."""
    parts = path.relative_to(PACKAGE).parts
    if path.suffix == ".pyi":
        return path.name
    return "_core" if path.suffix in {".pyx", ".pxi"} else parts[0].removesuffix(".py")


def python_imports(source: str, package: str) -> Iterator[tuple[str, bool]]:
    """(absolute name, at the top of the module?) of each import that runs; TYPE_CHECKING blocks do not."""

    def walk(node: ast.AST, top: bool) -> Iterator[tuple[str, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                continue
            if isinstance(child, ast.Import):
                yield from ((name.name, top) for name in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                if child.level:
                    above = package.rsplit(".", child.level - 1)[0] if child.level > 1 else package
                    base = f"{above}.{base}" if base else above
                if child.module:
                    yield base, top
                if base == "midstream" or not child.module:
                    yield from ((f"{base}.{name.name}", top) for name in child.names)
            else:
                yield from walk(child, top and not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)))

    yield from walk(ast.parse(source), True)


def cython_imports(source: str) -> Iterator[tuple[str, bool]]:
    for line in source.splitlines():
        found = re.match(r"\s*(?:from\s+([\w.]+)\s+c?import\b|c?import\s+([\w.]+))", line)
        if found:
            name = found[1] or found[2]
            yield (f"midstream{name}" if name.startswith(".") else name), True


def imports(path: Path) -> list[tuple[str, bool]]:
    source = path.read_text("utf-8")
    if path.suffix in {".pyx", ".pxi"}:
        return list(cython_imports(source))
    return list(python_imports(source, ".".join(("midstream", *path.relative_to(PACKAGE).parts[:-1]))))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_module_keeps_to_its_layer(path: Path) -> None:
    module = owner(path)
    assert module in TABLE or module in COMMANDS, f"{module} has no layer"
    for name, top in imports(path):
        parts = name.split(".")
        if parts[0] != "midstream":
            stdlib = parts[0] in sys.stdlib_module_names or parts[0] in {"__future__", "cpython", "libc", "cython"}
            if module in COMMANDS:
                in_live = module == "live"
                assert stdlib or (parts[0] in EXTRAS and (in_live or not top)), f"{module} imports {name}"
            else:
                assert stdlib, f"{module} imports {name}"
                assert parts[0] not in NEVER - BUT.get(module, set()), f"{module} imports {name}"
        elif module not in COMMANDS and len(parts) > 1:
            target = parts[1]
            public = target not in {p.stem for p in PACKAGE.iterdir()}  # a name of the package, not a module
            assert not public, f"{module} imports {name} from the package: import it from its own module"
            assert target in TABLE[module], f"{module} imports {name}"


def test_reader_of_imports_sees_every_form() -> None:
    source = (
        "import a.b\nfrom c import d\nfrom .e import f\nfrom . import g\nfrom midstream.h import i\n"
        "def late():\n    import j\n    from .k import l\nif TYPE_CHECKING:\n    import m\n"
    )
    assert list(python_imports(source, "midstream")) == [
        ("a.b", True),
        ("c", True),
        ("midstream.e", True),
        ("midstream.g", True),
        ("midstream.h", True),
        ("j", False),
        ("midstream.k", False),
    ]
    assert list(python_imports("from ..a import b\nfrom . import c\n", "midstream.live")) == [
        ("midstream.a", True),
        ("midstream.live.c", True),
    ]


def loaded_by(statement: str) -> set[str]:
    """Modules that statement adds to a bare interpreter."""
    where = [str(PACKAGE.parent)]
    program = (
        f"import sys; sys.path[:0] = {where!r}; before = set(sys.modules)\n{statement}\nprint(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_import_loads_nothing_heavy() -> None:
    loaded = loaded_by("import midstream")
    assert "midstream._core" in loaded
    heavy = EXTRAS | {"asyncio", "contextlib", "dataclasses", "inspect", "json", "logging", "pickle", "typing"}
    assert not loaded & heavy
    commands = {f"midstream.{name}" for name in COMMANDS}
    assert not {name for name in loaded if any(name == c or name.startswith(f"{c}.") for c in commands)}


@pytest.mark.skipif(not (PACKAGE / "cli.py").is_file(), reason="no command in this build")
def test_command_loads_the_extras_late() -> None:
    assert not loaded_by("import midstream.cli") & EXTRAS
