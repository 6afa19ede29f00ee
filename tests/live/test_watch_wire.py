"""`watch --wire`, and the recorded responses of the demo: what is printed, the exit status, and the terminal afterwards."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from midstream import cli
from midstream.live.calls import Calls
from midstream.live.plain import Lines
from midstream.live.plain_calls import CallsTeller
from midstream.live.refused import explain, is_hopeless, wire_of
from midstream.live.replay import NAMES, load, sse
from tests.live import chat
from tests.live.command import COMMAND, DEADLINE, InTerminal, after_screen, assert_clean, environment, run, without_ours
from tests.live.hostile import DOCUMENT, WORDS, hidden_in

posix = pytest.mark.skipif(os.name != "posix", reason="signals and pipes as on POSIX")

WEATHER = ("get_weather", "call_1", '{"location": "Oslo", "unit": "celsius"}')
TIME = ("get_time", "call_2", '{"timezone": "Europe/Oslo"}')
BROKEN = ("get_time", "call_2", '{"timezone" "Europe/Oslo"}')


def lines(result: subprocess.CompletedProcess[bytes]) -> list[str]:
    """What was printed; nothing may have gone wrong on the way."""
    assert result.stderr == b""
    return result.stdout.decode().splitlines()


def told(chunks: Iterable[bytes], wire: str = "openai-chat", **options: bool) -> list[str]:
    """All plain lines for a stream, but the title."""
    out = io.StringIO()
    calls, view = Calls(wire, **options), Lines(out)  # type: ignore[arg-type]
    view.begin(calls, "title", "", 0)
    for chunk in chunks:
        calls.feed(chunk)
        view.refresh()
        view.refresh()  # also called while nothing comes
    calls.close()
    view.end()
    return out.getvalue().splitlines()[1:]


# -- plain lines


def test_a_line_for_each_value_with_its_call_and_for_each_verdict() -> None:
    *printed, last = told(chat.chunks([WEATHER, TIME]))
    assert printed == [
        "[0] get_weather call_1",
        "[1] get_time call_2",
        '[0] get_weather $.location = "Oslo"',
        '[1] get_time $.timezone = "Europe/Oslo"',
        "[1] get_time $ = {…} 1 key",
        '[0] get_weather $.unit = "celsius"',
        "[0] get_weather $ = {…} 2 keys",
        "[0] get_weather complete",
        "[1] get_time complete",
    ]
    assert last.startswith("ended: tool_calls (2 calls complete; 18 events, ")


def test_the_lines_of_each_call_do_not_depend_on_the_cuts() -> None:
    def by_call(chunks: Iterable[bytes]) -> list[list[str]]:
        printed = told(chunks)
        return [[line for line in printed if line.startswith(f"[{index}]")] for index in range(3)]

    calls = [WEATHER, ("x", "call_2", '{"a":[1,{"b":"c"}],"d":nul'), BROKEN]
    body = b"".join(chat.chunks(calls, 4))
    expected = by_call(chat.chunks(calls, 4))
    assert len(expected[1]) == 6
    for step in (1, 10, 333, len(body)):
        assert by_call(body[at : at + step] for at in range(0, len(body), step)) == expected


def test_a_call_that_failed_says_why_and_how_far_it_got() -> None:
    printed = told(chat.chunks([BROKEN, ("write", "2", '{"text": "half a te')], reason="length"))
    assert printed[2:-1] == [
        "[0] get_time malformed: expected ':' at line 1 column 13 ($.timezone)",
        '[1] write $.text … "half a te" so far',
        "[1] write truncated: the input ended in a string at line 1 column 20 ($.text)",
    ]
    assert printed[-1].startswith("ended: length (2 calls: 1 malformed, 1 truncated; ")
    printed = told(chat.chunks([("x", "1", '{"a": 1} 2')]))
    assert printed[3].startswith("[0] x trailing: ")


def test_an_answer_and_a_repair() -> None:
    chunks = [sse(None, json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]})) for text in ('{"a": ', '"b"', "}")]
    assert told(chunks)[0].startswith("failed: ")
    printed = told([*chunks, *chat.chunks([], reason="stop")], text=True)
    assert printed[:-1] == ["[0] answer", '[0] answer $.a = "b"', "[0] answer $ = {…} 1 key", "[0] answer complete"]
    assert printed[-1].startswith("ended: stop (1 answer complete; ")
    printed = told(chat.chunks([("x", "1", "{a: 'x'}")]), repair="all")  # type: ignore[arg-type]
    assert printed[-2] == "[0] x complete, 2 repairs"


@pytest.mark.parametrize("step", [3, 40, 10**6])
def test_nothing_that_a_terminal_acts_on_is_printed(step: int) -> None:
    calls = [(word, word, json.dumps({word: word})) for word in WORDS]
    calls += [("all", "all", DOCUMENT), (WORDS[0], WORDS[1], '{"a\x1b": x')]
    error = sse(None, json.dumps({"error": {"message": "".join(WORDS), "type": WORDS[0]}}))
    for chunks in (chat.chunks(calls, step), [*chat.chunks(calls, step, None), error], chat.chunks(calls[:1], step, WORDS[0])):
        printed = "\n".join(told(chunks))
        assert hidden_in(printed) == []
        assert "␛]0;owned␇" in printed
        assert max(map(len, printed.splitlines())) < 3000


# -- the command


@pytest.mark.parametrize(
    ("calls", "reason", "status", "last"),
    [
        ([WEATHER, TIME], "tool_calls", 0, "ended: tool_calls (2 calls complete; "),
        ([], "stop", 0, "ended: stop (no calls; "),
        ([WEATHER, BROKEN], "tool_calls", 1, "ended: tool_calls (2 calls: 1 complete, 1 malformed; "),
        ([("x", "1", "{} {}")], "tool_calls", 1, "ended: tool_calls (1 call trailing; "),
        ([("x", "1", '{"a": 1')], "length", 2, "ended: length (1 call truncated; "),
        ([BROKEN, ("x", "1", '{"a": 1')], "length", 2, "ended: length (2 calls: 1 malformed, 1 truncated; "),
        ([WEATHER, ("x", "2", "{")], None, 2, "failed: the stream stopped before it said that it ended (2 calls"),
    ],
)
def test_the_exit_status_is_the_worst_verdict(
    calls: list[tuple[str, str, str]], reason: str | None, status: int, last: str, tmp_path: Path
) -> None:
    body = b"".join(chat.chunks(calls, 5, reason))
    path = tmp_path / "body"
    path.write_bytes(body)
    wire = ("watch", "--wire", "openai-chat")
    for result in (run(*wire, stdin=body), run(*wire, "--no-follow", str(path)), run(*wire, "--speed", "9", str(path))):
        assert result.returncode == status
        assert lines(result)[-1].startswith(last)


@pytest.mark.parametrize("name", NAMES)
def test_the_recorded_responses(name: str) -> None:
    stream = load(name)
    result = run("demo", name)
    assert result.returncode == (2 if name == "oncall" else 0)
    assert lines(result)[0].startswith(f"# {name}: recorded response, {stream.provider}")
    assert lines(result)[-1].startswith("ended: ")
    again = run("watch", "--wire", stream.wire, stdin=b"".join(stream.chunks()))
    assert again.returncode == result.returncode

    def values(result: subprocess.CompletedProcess[bytes]) -> set[str]:
        return {line for line in lines(result)[1:-1] if not line.endswith(" so far")}

    assert values(again) == values(result)


def test_a_recording_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(chat.recording([WEATHER]))
    result = run("watch", "--wire", "openai-chat", str(path))
    assert result.returncode == 0
    assert lines(result)[0] == "# mine.jsonl: recorded response, openai-chat"
    assert lines(result)[-2] == "[0] get_weather complete"
    with path.open("rb") as file:
        redirected = subprocess.run(
            [*COMMAND, "watch", "--wire", "openai-chat"], stdin=file, capture_output=True, env=environment(), check=True
        )
    assert redirected.stdout.splitlines()[1:-1] == result.stdout.splitlines()[1:-1]
    path.write_text(chat.recording([WEATHER]) + "\n{}")
    result = run("watch", "--wire", "openai-chat", str(path))
    assert result.returncode == 2
    assert result.stderr.decode().rstrip().endswith("mine.jsonl: line 12 is no event of a recording")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "there is no event in it: nothing came"),
        (
            b'{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key\x1b[2J"}}',
            "the provider answered with an error instead of a stream: authentication_error: invalid x-api-key",
        ),
        (b'{"id": "chatcmpl-1", "choices": [{"message": {}}]}\n', 'did the request say "stream": true?'),
        (b"<!doctype html><title>502</title>", "it is a web page"),
        (b"data: {}\ndata: {}", "the input ended before the first one did"),
        (b"curl: (6) no \x1b host", "it begins with"),
    ],
)
def test_what_is_no_event_stream_is_told(body: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_bytes(body)
    wire = ("watch", "--wire", "anthropic")
    certain = body and not body.startswith(b"data")
    followed = [run(*wire, str(path))] if certain else []
    for result in (run(*wire, stdin=body), run(*wire, "--no-follow", str(path)), *followed):
        assert result.returncode == 2
        assert said in result.stderr.decode()
        assert result.stderr.startswith(b"midstream: ")
        assert hidden_in(result.stderr.decode()) == []
        assert b"Traceback" not in result.stderr


def test_events_of_another_wire_are_told(tmp_path: Path) -> None:
    for name in NAMES:
        stream = load(name)
        assert wire_of(b"".join(stream.chunks())[:9000]) == stream.wire
    path = tmp_path / "calls.jsonl"
    path.write_text(chat.recording([WEATHER]))
    body = b"".join(chat.chunks([WEATHER]))
    capture = tmp_path / "capture"
    capture.write_bytes(body)
    wrong = ("watch", "--wire", "gemini")
    for result in (run(*wrong, stdin=body), run(*wrong, str(path)), run(*wrong, str(capture))):
        assert result.returncode == 2
        assert b"no events of the wire gemini; they look like openai-chat" in result.stderr
    assert wire_of(b"data: 1\n\ndata: {}\n\ndata: x\n\n") is None


@pytest.mark.parametrize(
    ("beginning", "hopeless"),
    [
        (b"", False),
        (b"\xef\xbb\xbf\n\n", False),
        (b"da", False),
        (b": ping\n\n", False),
        (b"event: message_st", False),
        (b"HTTP/1.1 200 OK\r\ncontent-ty", False),
        (b"HTTP/1.1 200 OK\r\n\r\nid: 3", False),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>", True),
        (b"{", True),
        (b"<html>", True),
        (b"\x00\xff", True),
    ],
)
def test_what_can_still_become_an_event_stream_is_waited_for(beginning: bytes, hopeless: bool) -> None:
    assert is_hopeless(beginning) is hopeless


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('{"event": "a\\nb", "data": "{}"}', "the name of the event in line 1 has line ends"),
        ('{"data": ' * 50_000, "line 1 is nested too deeply"),
        ('{"data": "{}", "n": ' + "1" * 5000, "line 1 is no JSON text"),
        ('{"wire": "gemini", "provider": 5}', "the provider that its first line tells is no string"),
        ('{"wire": "gemini", "name": 7}', "the name that its first line tells is no string"),
    ],
    ids=["line end", "deep", "digits", "provider", "name"],
)
def test_a_recording_that_can_not_be_played_is_told_in_a_line(row: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(row + '\n{"data": "{}"}')
    for arguments in ((), ("--no-follow",), ("--speed", "9")):
        result = run("watch", "--wire", "gemini", *arguments, str(path))
        assert result.returncode == 2
        assert result.stderr.decode().splitlines() == [f"midstream: {path}: {said}"]


def test_an_event_that_is_too_large_is_told_of_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(b"data: 1\n\ndata: " + b"x" * (17 << 20))
    result = run("watch", "--wire", "gemini", "--speed", "9", str(path))
    assert result.returncode == 2
    assert b"an event of the stream is larger than" in result.stderr


def test_a_recording_behind_a_mark_or_an_empty_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    for before in ("\ufeff", "\n"):
        path.write_text(before + chat.recording([WEATHER]), encoding="utf-8")
        result = run("watch", "--wire", "openai-chat", str(path))
        assert result.returncode == 0
        assert lines(result)[-2] == "[0] get_weather complete"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('[{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "slow down"}}]', "RESOURCE_EXHAUSTED: slow down"),
        ('{"error": {"message": "no", "type": null, "code": 401}}', "stream: 401: no"),
        ('{"error": "model not found"}', "stream: model not found"),
        ('{"message": "The security token is invalid"}', "stream: The security token is invalid"),
        ('{"detail": "Not Found"}', "stream: Not Found"),
        ('HTTP/1.1 100 Continue\r\n\r\nHTTP/2 529 \r\na: b\r\n\r\n{"error": "busy"}', "stream: busy (HTTP/2 529)"),
        ('[{"candidates": []}, {"candidates": []}]', "?alt=sse"),
        ('{"error": {"code": 3}}', "one JSON document"),
        ("3", "one JSON document"),
        ("[" * 100_000, "it is JSON text"),
        ('{"event": null, "data": "{}"}\n{"event": null, "data": "{}"}', "it is a recording"),
        ('{"error": "' + "x" * 9999 + '"}', "x…x"),
    ],
)
def test_what_came_instead(body: str, said: str) -> None:
    told = explain(body.encode())
    assert said in told
    assert len(told) < 500


@pytest.mark.parametrize(
    "arguments",
    [
        ["--wire"],
        ["--wire", "soap"],
        ["--wire", "gemini", "--multiple"],
        ["--text"],
        ["--repair"],
        ["--speed", "2"],
        ["--wire", "gemini", "--speed", "0"],
        ["--wire", "gemini", "--speed", "2"],
        ["--wire", "gemini", "/no/such/file"],
    ],
)
def test_wrong_use(arguments: list[str]) -> None:
    result = run("watch", *arguments)
    assert result.returncode == 2
    assert result.stdout == b""
    assert b"midstream" in result.stderr
    assert b"Traceback" not in result.stderr


def test_plain_lines_do_not_load_rich() -> None:
    program = "import sys; from midstream.cli import main; main(['demo', 'stocks']); print('rich' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment())
    assert result.stdout.decode().splitlines()[-1] == "False"


# -- while it arrives


class Watching:
    """`watch --wire openai-chat` at work, its lines read as they come."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "watch", "--wire", "openai-chat", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )

    def __enter__(self) -> Watching:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:
                pass

    def write(self, *chunks: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"".join(chunks))
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
    chunks = chat.chunks([WEATHER], 9)
    with Watching() as watching:
        assert watching.line() == "# standard input: openai-chat"
        watching.write(chunks[0])
        assert watching.line() == "[0] get_weather call_1"
        watching.write(*chunks[1:3], chunks[3][:20])
        watching.write(chunks[3][20:])
        assert watching.line() == '[0] get_weather $.location = "Oslo"'
        watching.write(*chunks[4:])  # and the input stays open: the stream ends the command
        assert watching.process.wait(DEADLINE) == 0


def test_a_file_is_followed_until_the_stream_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "growing.txt"
    chunks = chat.chunks([WEATHER], 9)
    path.write_bytes(b"".join(chunks[:2]))
    with Watching(str(path)) as watching, path.open("ab") as file:
        assert watching.line() == "# growing.txt: openai-chat"
        assert watching.line() == "[0] get_weather call_1"
        file.write(b"".join(chunks[2:-1]))  # without [DONE]: the stop reason is enough
        file.flush()
        status, output, errors = watching.end()
    assert (status, errors) == (0, "")
    assert output.splitlines()[-2] == "[0] get_weather complete"


@posix
def test_an_interrupt() -> None:
    with Watching() as watching:
        assert watching.line() == "# standard input: openai-chat"
        watching.write(*chat.chunks([WEATHER], 20, None))
        assert watching.line() == "[0] get_weather call_1"
        assert watching.line() == '[0] get_weather $.location = "Oslo"'
        watching.process.send_signal(signal.SIGINT)
        status, output, errors = watching.end()
    assert (status, errors) == (130, "")
    assert output.splitlines()[-1].startswith("interrupted (1 call open; ")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!doctype html>", "it is a web page"),
        (load("forecast").chunks()[0], "they look like anthropic"),
        (b"data: {}", ""),
        (chat.chunks([WEATHER])[0], ""),
    ],
    ids=["page", "another wire", "half an event", "the right one"],
)
def test_an_interrupt_says_what_came_instead(
    body: bytes, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted(Lines):
        """Ctrl-C, when something has been read."""

        def refresh(self, *, now: bool = False) -> None:
            assert isinstance(self._teller, CallsTeller)
            if self._teller.calls.beginning and not self._teller.calls.ended:
                raise KeyboardInterrupt

    path = tmp_path / "body"
    path.write_bytes(body)
    monkeypatch.setattr(cli, "_view", lambda plain: Interrupted(sys.stdout))
    monkeypatch.setattr(cli, "_end_on_terminate", lambda: None)
    assert cli.main(["watch", "--wire", "openai-chat", str(path)]) == 130
    output, errors = capsys.readouterr()
    assert output.splitlines()[-1].startswith("interrupted")
    assert said in errors
    assert len(errors.splitlines()) == bool(said)


@posix
def test_nobody_reads_the_output() -> None:
    body = b"".join(chat.chunks([("x", "1", json.dumps(list(range(100_000))))], 90))
    with Watching() as watching:
        assert watching.process.stdout is not None
        assert watching.process.stdin is not None
        assert watching.process.stderr is not None
        watching.write(body[:100_000])
        assert watching.line() == "# standard input: openai-chat"
        watching.process.stdout.close()
        try:
            watching.write(body[100_000:])
        except BrokenPipeError:
            pass
        assert watching.process.wait(DEADLINE) == 141
        assert watching.process.stderr.read() == b""


# -- in a terminal

WIRE = [*COMMAND, "watch", "--wire", "openai-chat"]


def test_the_calls_grow_on_the_screen() -> None:
    pytest.importorskip("rich")
    chunks = chat.chunks([WEATHER, TIME], 9)
    with InTerminal(WIRE, (90, 24), stdin=subprocess.PIPE) as terminal:
        terminal.read_until(lambda output: "waiting" in output)
        terminal.write(b"".join(chunks[:6]))
        terminal.read_until(lambda output: '● timezone  "Euro▌' in without_ours(output))
        assert '● location  "Oslo' in without_ours(terminal.output)
        terminal.write(b"".join(chunks[6:]))
        status, output = terminal.read_to_end()
    assert status == 0
    assert_clean(output)
    kept = after_screen(output)
    assert '✓ location  "Oslo"' in kept
    assert '✓ timezone  "Europe/Oslo"' in kept
    assert "✓ ended  tool_calls · 2 calls complete" in kept
    assert "●" not in kept


@pytest.mark.parametrize(("sent", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_a_signal_leaves_the_terminal_clean(sent: signal.Signals, expected: int) -> None:
    pytest.importorskip("rich")
    with InTerminal([*COMMAND, "demo", "fibonacci"]) as terminal:
        terminal.read_until(lambda output: "● file_text" in without_ours(output))
        terminal.process.send_signal(sent)
        status, output = terminal.read_to_end()
    assert status == expected
    assert_clean(output)
    if sent == signal.SIGINT:
        assert "● interrupted  1 call open" in after_screen(output)


def test_an_error_instead_of_a_stream_leaves_no_frame() -> None:
    pytest.importorskip("rich")
    with InTerminal(WIRE, stdin=subprocess.PIPE) as terminal:
        terminal.write(b'{"error": {"message": "no \x1b]0;owned\x07 key"}}')
        assert terminal.process.stdin is not None
        terminal.process.stdin.close()
        terminal.process.stdin = None
        status, output = terminal.read_to_end()
    assert status == 2
    assert_clean(output)
    assert hidden_in(without_ours(output)) == []
    assert after_screen(output).strip().startswith("midstream: -: the provider answered with an error instead of a stream: ")


def test_nothing_of_the_stream_reaches_the_terminal_as_a_command() -> None:
    pytest.importorskip("rich")
    calls = [(word, word, json.dumps({word: word})) for word in WORDS]
    with InTerminal(WIRE, (150, 60), stdin=subprocess.PIPE) as terminal:
        for chunk in chat.chunks(calls, 9, WORDS[0]):
            terminal.write(chunk)
        status, output = terminal.read_to_end()
    assert status == 0
    assert_clean(output)
    assert hidden_in(without_ours(output)) == []
    assert "✓ ␛]0;owned␇" in after_screen(output)


def test_what_is_typed_is_answered_in_plain_lines() -> None:
    with InTerminal(WIRE) as terminal:
        terminal.read_until(lambda output: "# standard input" in output)
        for line in b"".join(chat.chunks([("x", "1", '{"a": 1}')])).splitlines(keepends=True):
            os.write(terminal.master, line)
        status, output = terminal.read_to_end()
    assert status == 0
    assert "[0] x complete" in output
