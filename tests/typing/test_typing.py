"""mypy and pyright see the types that examples.py states, and refuse what mistakes.py holds."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import midstream

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE / "examples.py"
MISTAKES = HERE / "mistakes.py"

SOURCE = str(Path(midstream.__file__).resolve().parent.parent)
Found = dict[int, str]  # line -> message

pytestmark = pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="nothing to sanitize here")


def normal(text: str) -> str:
    """A type without module names and quotes, each union in one order, literals in one pair of brackets."""
    text = re.sub(r"\b(?:\w+\.)+(?=\w)", "", text).replace("?", "").replace("] | Literal[", ", ")
    if "[" not in text:
        return " | ".join(sorted(text.split(" | ")))
    return re.sub(r"(\w+) \| (\w+)", lambda m: " | ".join(sorted(m.groups(), reverse=True)), text)


def output(command: list[str]) -> str:
    environment = {**os.environ, "MYPYPATH": "" if "site-packages" in SOURCE else SOURCE}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def mypy(path: Path) -> tuple[Found, Found]:
    """(revealed types, errors) by line."""
    revealed: Found = {}
    errors: Found = {}
    command = [sys.executable, "-m", "mypy", "--config-file=", "--strict", "--no-error-summary"]
    for line in output([*command, "--hide-error-context", str(path)]).splitlines():
        found = re.match(r".*?:(\d+): (note|error): (.*)", line)
        assert found, line
        if found[2] == "error":
            errors[int(found[1])] = found[3]
        elif told := re.match(r'Revealed type is "(.*)"', found[3]):
            revealed[int(found[1])] = normal(told[1])
    return revealed, errors


def pyright(path: Path, tmp_path: Path) -> tuple[Found, Found]:
    shutil.copy(path, tmp_path)
    settings = {"include": ["."], "typeCheckingMode": "strict", "extraPaths": [SOURCE]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(tmp_path)]
    revealed: Found = {}
    errors: Found = {}
    for told in json.loads(output(command))["generalDiagnostics"]:
        line = told["range"]["start"]["line"] + 1
        if told["severity"] == "error":
            errors[line] = told["message"]
        elif kind := re.match(r'Type of ".*" is "(.*)"', told["message"], re.DOTALL):
            revealed[line] = normal(kind[1])
    return revealed, errors


@pytest.fixture(params=["mypy", "pyright"])
def checker(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Path], tuple[Found, Found]]:
    name: str = request.param
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    return mypy if name == "mypy" else lambda path: pyright(path, tmp_path)


def marked(path: Path, pattern: str) -> Found:
    lines = enumerate(path.read_text("utf-8").splitlines(), 1)
    return {number: found[1] for number, line in lines if (found := re.search(pattern, line))}


def test_revealed_types(checker: Callable[[Path], tuple[Found, Found]]) -> None:
    revealed, errors = checker(EXAMPLES)
    assert errors == {}
    stated = {line: normal(text) for line, text in marked(EXAMPLES, r"reveal_type\(.*\)  # (.+)$").items()}
    assert len(stated) > 30
    assert revealed == stated


def test_mistakes_are_refused(checker: Callable[[Path], tuple[Found, Found]]) -> None:
    _, errors = checker(MISTAKES)
    assert set(errors) == set(marked(MISTAKES, r"(# error)$"))
