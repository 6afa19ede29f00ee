"""`repair` as a process: JSON on standard output, what was repaired on standard error, and the exit status."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import midstream
from midstream.live.mend import Writer
from tests.live.command import COMMAND, DEADLINE, InTerminal, environment, run
from tests.live.hostile import DOCUMENT, WORDS, hidden_in
from tests.support import data

posix = pytest.mark.skipif(os.name != "posix", reason="signals and pipes as on POSIX")

BROKEN = """\
Here it is:
```json
{
  'name': "Jürgen "JJ" Jones", // who
  ages: [1, 2,],
  "ok": True
}
```
"""
VALUE = {"name": 'Jürgen "JJ" Jones', "ages": [1, 2], "ok": True}


def told(result: subprocess.CompletedProcess[bytes]) -> list[list[str]]:
    """The table, without its head."""
    head, *rows = result.stderr.decode().splitlines()
    assert head.split() == ["place", "kind", "path"]
    return [row.split(maxsplit=2) for row in rows]


def test_what_is_repaired_is_told_by_place_kind_and_path(tmp_path: Path) -> None:
    path = tmp_path / "broken.txt"
    path.write_text(BROKEN, "utf-8")
    for result in (run("repair", str(path)), run("repair", stdin=BROKEN.encode()), run("repair", "-", stdin=BROKEN.encode())):
        assert result.returncode == 1
        assert result.stdout.decode() == '{"name":"Jürgen \\"JJ\\" Jones","ages":[1,2],"ok":true}\n'
        rows = told(result)
        lines = BROKEN.split("\n")
        for place, kind, where in (
            ((4, lines[3].index("'name'")), "quote", ("$", "$.name")),
            ((4, lines[3].index('"JJ')), "unescaped-quote", ("$.name",)),
            ((4, lines[3].index("//")), "comment", ("$", "$.name")),
            ((5, lines[4].index("ages")), "bare-key", ("$", "$.ages")),
            ((6, lines[5].index("True")), "literal", ("$.ok",)),
        ):
            assert [row for row in rows if row[:2] == [f"{place[0]}:{place[1] + 1}", kind] and row[2] in where], (kind, rows)
        assert {"prose", "code-fence", "comma"} < {kind for _, kind, _ in rows}
        assert [tuple(map(int, place.split(":"))) for place, *_ in rows] == sorted(
            tuple(map(int, place.split(":"))) for place, *_ in rows
        )


@pytest.mark.parametrize(
    ("text", "status", "value"),
    [
        (b'{"a":[1,2.50]}', 0, {"a": [1, 2.5]}),
        (b" 12", 0, 12),
        ('"é"'.encode(), 0, "é"),
        (b"[1,2,]", 1, [1, 2]),
        (b"['a' 'b']", 1, ["a", "b"]),
        (b'{"a":1} and more', 1, {"a": 1}),
        (b'{"a":[1,2},"b":3}', 1, {"a": [1, 2], "b": 3}),
        (b'["\xff"]', 1, ["\ufffd"]),
        (b'["\\ud800"]', 1, ["\ufffd"]),
        (b"just words", 1, "just words"),
        (b'{"a":[1,2', 3, {"a": [1, 2]}),
        (b'{"a":"b', 3, {"a": "b"}),
        (b"['a', 'b", 3, ["a", "b"]),
    ],
)
def test_the_exit_status_is_the_verdict(text: bytes, status: int, value: Any) -> None:
    result = run("repair", stdin=text)
    assert (result.returncode, json.loads(result.stdout)) == (status, value)
    assert result.stdout.endswith(b"\n")
    assert bool(result.stderr) == (status != 0)
    quiet = run("repair", "--quiet", stdin=text)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (status, result.stdout, b"")


@pytest.mark.parametrize("text", [b"", b" \n", b"[" * 2000, b"[" * 2000 + b"]" * 2000, b"[" + b"1" * 5000 + b"]"])
def test_beyond_repair(text: bytes) -> None:
    for arguments in ([], ["--quiet"]):
        result = run("repair", *arguments, stdin=text)
        assert (result.returncode, result.stdout) == (4, b"")
        assert result.stderr.startswith(b"midstream: beyond repair: ")
        assert result.stderr.count(b"\n") == 1
        assert b"Traceback" not in result.stderr


def test_as_deep_as_the_parser_reads() -> None:
    for opener, closer in ((b"[", b"]"), (b'{"a":', b"}")):
        text = opener * 1024 + b"1" * (opener != b"[") + closer * 1024
        assert run("repair", stdin=text).stdout == text + b"\n"
        indented = run("repair", "--indent", "0", stdin=text)
        assert (indented.returncode, indented.stdout.replace(b"\n", b"").replace(b" ", b"")) == (0, text)


def test_numbers_that_are_not_finite_are_null() -> None:
    result = run("repair", stdin=b'{"a": NaN, "b": [-Infinity, 1e999], "c": 1}')
    assert result.returncode == 1
    assert json.loads(result.stdout) == {"a": None, "b": [None, None], "c": 1}
    assert "3 numbers not finite" in result.stderr.decode().splitlines()[-1]
    result = run("repair", stdin=b"1e999")
    assert (result.returncode, result.stdout) == (0, b"null\n")
    assert "1 number not finite" in result.stderr.decode()
    assert run("repair", "--quiet", stdin=b"1e999").stderr == b""


def test_indented() -> None:
    for spaces in (0, 1, 4):
        result = run("repair", "--indent", str(spaces), stdin=BROKEN.encode())
        assert result.stdout.decode() == json.dumps(VALUE, indent=spaces, ensure_ascii=False) + "\n"


@pytest.mark.parametrize(
    "arguments",
    [["a", "b"], ["--indent", "-1"], ["--indent", "two"], ["--indent", "1000"], ["--indent"], ["--plain"], ["--multiple"]],
)
def test_wrong_use(arguments: list[str]) -> None:
    result = run("repair", *arguments, stdin=b"[]")
    assert (result.returncode, result.stdout) == (2, b"")
    assert b"midstream" in result.stderr
    assert b"Traceback" not in result.stderr


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    for name in (str(tmp_path), str(tmp_path / "missing"), str(tmp_path / "\x1b]0;owned\x07")):
        result = run("repair", name)
        assert (result.returncode, result.stdout) == (2, b"")
        assert result.stderr.startswith(b"midstream: ")
        assert b"\x1b" not in result.stderr
        assert b"Traceback" not in result.stderr


def test_help_tells_the_exit_status() -> None:
    text = " ".join(run("repair", "--help").stdout.decode().split())
    assert "exit status: 0 the text is JSON" in text
    assert "4 it is beyond repair" in text


# -- real and large inputs


def test_what_models_have_written() -> None:
    documents = data.malformed_documents()[:40]  # bundled ones come first
    assert len(documents) >= 30
    for document in documents:
        text = document.text.encode("utf-8", "surrogatepass")
        parser = midstream.Parser(repair="all")
        parser.feed(text)
        value = parser.close()
        result = run("repair", stdin=text)
        assert result.returncode in (1, 3), document.id
        assert json.loads(result.stdout) == value, document.id
        rows = told(result)
        assert sorted(kind for _, kind, _ in rows) == sorted(one.kind.value for one in parser.repairs), document.id


def test_places_are_those_of_errors_in_any_block() -> None:
    """Of a text that is read in several blocks, with lines of many lengths and letters of many sizes."""
    rng = random.Random(4)
    parts = ["[\n"]
    wanted = []
    line, column = 2, 1
    for number in range(9000):
        word = rng.choice(["é", "東京", "😀", "plain", ""]) * rng.randrange(4)
        for part in (f'"{word}",', rng.choice(["\n", " ", ""])):
            parts.append(part)
            line, column = (line + 1, 1) if part == "\n" else (line, column + len(part))
        if number % 100 == 0:
            parts.append("+1,")
            wanted.append(f"{line}:{column}")
            column += len("+1,")
    text = "".join([*parts, "0]"]).encode()
    assert len(text) > 65536
    assert [row[0] for row in told(run("repair", stdin=text)) if row[1] == "number"] == wanted


# -- what is printed


def test_what_a_terminal_acts_on_is_not_in_the_table() -> None:
    keys = [*WORDS, "a b", "x" * 1000]
    text = "{" + ",".join(f"{json.dumps(word, ensure_ascii=False)}: [+1,]" for word in keys) + "}"
    result = run("repair", stdin=text.encode())
    assert json.loads(result.stdout) == {word: [1] for word in keys}
    assert hidden_in(result.stderr.decode()) == []
    assert "$['a b'][0]" in result.stderr.decode()
    assert max(map(len, result.stderr.decode().splitlines())) < 400


def test_nor_in_the_message_of_an_error() -> None:
    result = run("repair", stdin=b'{"\\u001b]0;owned\\u0007\xe2\x80\xae\xc2\x9b": ' + b"[" * 2000)
    assert result.returncode == 4
    assert hidden_in(result.stderr.decode()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_nor_in_json_that_a_terminal_shows(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text(DOCUMENT, "utf-8")
    with InTerminal([*COMMAND, "repair", str(path)]) as terminal:
        status, output = terminal.read_to_end()
    output = output.replace("\r\n", "\n")
    assert status == 0
    assert hidden_in(output) == []
    assert json.loads(output) == json.loads(DOCUMENT)
    assert json.loads(run("repair", str(path)).stdout.decode()) == json.loads(DOCUMENT)
    assert "\u202e" in run("repair", str(path)).stdout.decode()


def test_an_output_that_lacks_letters() -> None:
    result = run("repair", stdin="{'é': '東京'}".encode(), PYTHONIOENCODING="latin-1")
    assert result.stdout == b'{"\\u00e9":"\\u6771\\u4eac"}\n'


class Out(io.StringIO):
    encoding = "utf-8"


def test_it_writes_what_the_json_module_writes() -> None:
    rng = random.Random(7)

    def value(depth: int) -> Any:
        kind = rng.randrange(9 if depth else 6)
        if kind < 6:
            return [1, -2.5e300, 'é\n"\\\x7f\u202e', None, True, 10**50][kind]
        members = [value(depth - 1) for _ in range(rng.randrange(4))]
        return members if kind < 8 else dict(zip(("a", 'b"', "é"), members, strict=False))

    for _ in range(300):
        one = value(5)
        for indent in (None, 0, 2):
            out = Out()
            Writer(out, indent).write(one)
            separators = (",", ":") if indent is None else None
            assert out.getvalue() == json.dumps(one, indent=indent, ensure_ascii=False, separators=separators)


# -- ends of the process


def repairing(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, "repair", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )


@posix
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_nobody_reads_the_output(stream: str) -> None:
    text = json.dumps(list(range(200_000))).replace(", ", ",+").encode()
    with repairing() as process:
        assert process.stdin is not None
        closed = getattr(process, stream)
        closed.close()
        setattr(process, stream, None)
        output, errors = process.communicate(text, DEADLINE)
        assert process.returncode == 141
    assert json.loads(output) == list(range(200_000)) if stream == "stderr" else errors == b""


@posix
def test_an_interrupt() -> None:
    with repairing() as process:
        assert process.stdin is not None
        process.stdin.write(b"[" + b"'a'," * 50_000)  # more than a pipe holds: the command is reading
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 130
        assert process.stdout is not None
        assert process.stderr is not None
        assert (process.stdout.read(), process.stderr.read()) == (b"", b"")


@posix
def test_standard_input_is_closed() -> None:
    shell = ["sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, "repair"]
    result = subprocess.run(shell, capture_output=True, env=environment(), timeout=DEADLINE, check=False)
    assert (result.returncode, result.stdout) == (2, b"")
    assert b"Traceback" not in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("text", [b"[1,]", b"[" + b"'a'," * 50_000 + b"]"])
def test_an_output_that_can_not_be_written(text: bytes) -> None:
    with open("/dev/full", "wb") as full:
        result = subprocess.run(
            [*COMMAND, "repair"],
            input=text,
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            timeout=DEADLINE,
            check=False,
        )
    assert result.returncode == 2
    assert result.stderr.startswith(b"midstream: the output can't be written: ")
    assert b"Traceback" not in result.stderr
