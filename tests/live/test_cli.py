"""The command as a process without a terminal: what it prints, and its exit status."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import midstream
from midstream.live import recorded, replay
from tests.live.command import COMMAND, DEADLINE, environment, run

posix = pytest.mark.skipif(os.name != "posix", reason="signals and pipes as on POSIX")


def lines(result: subprocess.CompletedProcess[bytes]) -> list[str]:
    """What was printed; nothing may have gone wrong on the way."""
    assert result.stderr == b""
    return result.stdout.decode().splitlines()


# -- demo


def test_the_demo_plays_without_waiting_and_without_a_terminal() -> None:
    result = run("demo")
    assert result.returncode == 0
    printed = lines(result)
    assert [line for line in printed if line.startswith("#")] == [
        "# weather: recorded answer, OpenAI chat completions",
        "# manifest: recorded arguments for the tool inspect_manifest, DeepSeek chat completions",
        "# write: recorded arguments for the tool write, Anthropic messages",
        "# stocks: recorded response, OpenAI, gpt-4o-2024-08-06",
    ]
    assert '$.forecast[2].condition = "Cloudy"' in printed
    assert "$.steps[1].weight = 2" in printed
    summary = r"complete \(7,476 fragments, 55\.8 kB; [\d.]+ m?s in the parser, [\d.]+ .s a fragment\)"
    assert len([line for line in printed if re.fullmatch(summary, line)]) == 1
    assert '[1] get_stock_price $.ticker = "AAPL"' in printed
    assert printed[-1].startswith("ended: tool_calls (2 calls complete; 26 events, ")
    assert "\x1b" not in result.stdout.decode()


def test_one_recording() -> None:
    assert lines(run("demo", "trip", "--speed", "0.001"))[1:-1] == [
        '$.itinerary.city = "Kyoto"',
        "$.itinerary.days = 3",
        '$.itinerary.activities[0] = "temples"',
        '$.itinerary.activities[1] = "tea ceremony"',
        "$.itinerary.activities = […] 2 items",
        '$.itinerary.lodging.name = "Sakura Inn"',
        "$.itinerary.lodging.rooms = 2",
        "$.itinerary.lodging = {…} 2 keys",
        "$.itinerary = {…} 4 keys",
        "$ = {…} 1 key",
    ]


def test_the_list_names_every_recording_and_its_source() -> None:
    text = run("demo", "--list").stdout.decode()
    for name in (*recorded.NAMES, *replay.NAMES):
        assert re.search(f"^{name} ", text, re.MULTILINE)
    assert text.count("https://github.com/") == len(recorded.NAMES) + len(replay.NAMES)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["play"],
        ["demo", "no-such-recording"],
        ["demo", "trip", "--speed", "0"],
        ["demo", "trip", "--speed", "nan"],
        ["demo", "trip", "--speed", "fast"],
        ["watch", "a", "b"],
    ],
)
def test_wrong_use(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert result.stdout == b""
    assert b"midstream" in result.stderr
    assert b"Traceback" not in result.stderr


def test_help_tells_the_exit_status() -> None:
    for arguments in (["--help"], ["demo", "--help"], ["watch", "--help"]):
        text = " ".join(run(*arguments).stdout.decode().split())
        assert "exit status: 0 the document is complete" in text
        assert "130 interrupted" in text
    assert run("--version").stdout.decode().strip() == f"midstream {midstream.__version__}"


# -- watch


@pytest.mark.parametrize(
    ("text", "status", "state"),
    [
        (b'{"a":[1,2]}', 0, "complete ("),
        (b" 12", 0, "complete ("),
        (b'{"a":[1,2}', 1, "malformed: "),
        (b"[1] x", 1, "malformed: "),
        (b'["\xff"]', 1, "malformed: "),
        (b"[" * 2000, 1, "over a limit: "),
        (b'{"a":[1,2', 2, "truncated: "),
        (b"", 2, "truncated: "),
        (b"-", 2, "truncated: "),
        ('["é'.encode()[:-1], 2, "truncated: "),
    ],
)
def test_the_exit_status_is_the_verdict(text: bytes, status: int, state: str, tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(text)
    for result in (run("watch", stdin=text), run("watch", "--no-follow", str(path))):
        assert result.returncode == status
        assert lines(result)[-1].startswith(state)


def test_the_message_says_where() -> None:
    result = run("watch", stdin=b'{"items": [1,\n 2 3]}')
    assert lines(result)[1:] == ["$.items[0] = 1", "$.items[1] = 2", lines(result)[-1]]
    assert lines(result)[-1].startswith("malformed: expected ',' or ']' at line 2 column 4 ($.items) (")


def test_several_documents() -> None:
    result = run("watch", "--multiple", stdin=b'{"a":1}\n[2]\n"three"\n')
    assert result.returncode == 0
    assert lines(result)[1:-1] == ["[0] = {…} 1 key", "[1] = […] 1 item", '[2] = "three"']
    assert run("watch", "--multiple", stdin=b"").returncode == 0
    assert run("watch", "--multiple", stdin=b"1 2 [").returncode == 2
    assert run("watch", "--multiple", stdin=b"1 2 ]").returncode == 1


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    for name in (str(tmp_path), str(tmp_path / "missing"), str(tmp_path / "\x1b]0;owned\x07")):
        result = run("watch", name)
        assert result.returncode == 2
        assert result.stderr.startswith(b"midstream: ")
        assert b"\x1b" not in result.stderr
        assert b"Traceback" not in result.stderr


def test_a_file_that_holds_a_whole_document_is_not_followed(tmp_path: Path) -> None:
    for text in ('{"a":1}\n', "12", "null", '"x"'):
        path = tmp_path / "whole.json"
        path.write_text(text)
        result = run("watch", str(path))
        assert (result.returncode, lines(result)[0]) == (0, "# whole.json")


class Watching:
    """`watch` at work, its lines read as they come."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "watch", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )

    def __enter__(self) -> Watching:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.communicate()

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def line(self) -> str:
        """The next line, waited for."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode().rstrip("\r\n")

    def end(self) -> tuple[int, str, str]:
        """The exit status, the rest of the output, and what went wrong."""
        output, errors = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, output.decode(), errors.decode()


def test_lines_come_while_the_input_is_open() -> None:
    with Watching() as watching:
        assert watching.line() == "# standard input"
        watching.write(b'{"first": "')
        watching.write("é".encode()[:1])
        watching.write("é".encode()[1:] + b'", "second": [1')
        assert watching.line() == '$.first = "é"'
        watching.write(b",")
        assert watching.line() == "$.second[0] = 1"
        watching.write(b"2]}")  # and the input stays open: the document ends the command
        assert watching.process.stdin is not None
        assert watching.process.wait(DEADLINE) == 0


def test_a_file_is_followed_while_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "growing.json"
    path.write_bytes(b'{"a":1,')
    with Watching(str(path)) as watching, path.open("ab") as file:
        assert watching.line() == "# growing.json"
        assert watching.line() == "$.a = 1"
        file.write(b'"b":[2,')
        file.flush()
        assert watching.line() == "$.b[0] = 2"
        file.write(b"3]}\n")
        file.flush()
        status, output, errors = watching.end()
    assert (status, errors) == (0, "")
    assert output.splitlines()[:-1] == ["$.b[1] = 3", "$.b = […] 2 items", "$ = {…} 2 keys"]


def test_a_file_that_becomes_shorter(tmp_path: Path) -> None:
    path = tmp_path / "shrinking.json"
    path.write_bytes(b'{"a":1,"b":')
    with Watching(str(path)) as watching:
        assert watching.line() == "# shrinking.json"
        assert watching.line() == "$.a = 1"
        path.write_bytes(b"{")
        status, _, errors = watching.end()
    assert status == 2
    assert "became shorter" in errors


@posix
def test_an_interrupt() -> None:
    with Watching() as watching:
        assert watching.line() == "# standard input"
        watching.write(b'{"a":[1,')
        assert watching.line() == "$.a[0] = 1"
        watching.process.send_signal(signal.SIGINT)
        status, output, errors = watching.end()
    assert (status, errors) == (130, "")
    assert output.startswith("interrupted at $.a[1] (1 fragment, 8 B; ")


@posix
def test_nobody_reads_the_output() -> None:
    document = json.dumps(list(range(200_000))).encode()
    process = subprocess.Popen(
        [*COMMAND, "watch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stderr is not None
    with process:
        process.stdin.write(document[:100_000])
        process.stdin.flush()
        assert process.stdout.readline().decode().rstrip() == "# standard input"
        process.stdout.close()
        try:
            process.stdin.write(document[100_000:])
            process.stdin.close()
        except BrokenPipeError:
            pass
        assert process.wait(DEADLINE) == 141
        assert process.stderr.read() == b""


@posix
def test_standard_input_is_closed() -> None:
    result = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, "watch"],
        capture_output=True,
        env=environment(),
        timeout=DEADLINE,
        check=False,
    )
    assert result.returncode == 2
    assert b"Traceback" not in result.stderr


@posix
@pytest.mark.parametrize("arguments", [["watch"], ["watch", "--wire", "gemini"], ["demo"], ["repair"], ["probe", "x"]])
def test_standard_output_or_standard_error_is_closed(arguments: list[str]) -> None:
    for closed, told in ((">&-", [b"midstream: standard output is closed"]), ("2>&-", [])):
        result = subprocess.run(
            ["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment(),
            timeout=DEADLINE,
            check=False,
        )
        assert result.stderr.splitlines() == told
        assert not told or (result.returncode, result.stdout) == (2, b"")
        assert b"midstream: " not in result.stdout


def test_an_output_that_lacks_letters() -> None:
    result = run("demo", "unicode", PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    assert b'$.message = "Gr\\xfc\\xdfe aus \\u6771\\u4eac' in result.stdout


# -- the package


def test_the_library_does_not_load_the_command() -> None:
    program = "import sys, midstream; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "midstream" in loaded
    assert not {"midstream.cli", "midstream.live", "rich", "argparse"} & set(loaded)


def test_plain_lines_do_not_load_rich() -> None:
    program = "import sys; from midstream.cli import main; main(['demo', 'trip']); print('rich' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment())
    assert result.stdout.decode().splitlines()[-1] == "False"
