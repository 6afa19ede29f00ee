"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-X", "utf8", "-c", code], capture_output=True, check=True, encoding="utf-8")
    return done.stdout


def test_the_first_example_prints_what_stands_below_it() -> None:
    (language, code), (_, shown) = BLOCKS[:2]
    assert language == "python"
    assert run(code) == shown


def test_the_others_too() -> None:
    pairs = re.findall(r"```python\n((?:(?!```).)*)```\n\n```\n(.*?)```", README, re.DOTALL)
    assert len(pairs) > 1
    for code, shown in pairs[1:]:
        assert run("import midstream\n" + code) == shown


def test_an_error_reads_as_shown() -> None:
    (code,) = [code for _, code in BLOCKS if "except midstream.MalformedJSON" in code]
    shown = re.findall(r"print\(.*?\)\s+# (.*)", code)
    assert run("import midstream\n" + code).splitlines() == shown


def test_the_promises_named_have_their_tests() -> None:
    named = set(re.findall(r"^\| P(\d\d) ", README, re.MULTILINE))
    tested = {path.name[6:8] for path in (Path(__file__).parents[1] / "promises").glob("test_p*.py")}
    assert named == tested
