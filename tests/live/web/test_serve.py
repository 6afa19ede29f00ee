"""`midstream serve` as a process: the address it prints, how it ends, and what it refuses."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from midstream import cli
from midstream.live import replay
from midstream.live.replay import sse
from tests.live.command import COMMAND, DEADLINE, environment, run
from tests.live.web import made
from tests.live.web.upstream import END, STREAM, answering, chunk
from tests.support.parts import require

try:
    import httpx

    from tests.live.web.serving import Page, read_events
except ImportError as missing:
    require(str(missing.name), None, "pip install 'midstream[web]'")


class Process:
    """The command, running."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.process = process
        self.url = url

    def end(self, number: int) -> tuple[int, bytes]:
        """The exit status after a signal, and what was printed after the address."""
        self.process.send_signal(number)
        assert self.process.stdout
        printed = self.process.stdout.read()
        return self.process.wait(DEADLINE), printed

    def start(self, source: str, speed: float = 1.0) -> str:
        return str(httpx.post(f"{self.url}/streams", json={"source": source, "speed": speed}).json()["id"])


@contextmanager
def served(*arguments: str) -> Iterator[Process]:
    command = [*COMMAND, "serve", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment()) as process:
        try:
            assert process.stdout
            line = process.stdout.readline().decode()
            found = re.fullmatch(r"midstream: (http://\S+:\d+)/ \(Ctrl-C ends it\)\n", line)
            assert found, line + process.stdout.read().decode()
            yield Process(process, found[1])
        finally:
            process.kill()


posix = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals as on POSIX")


def shown(process: Process, name: str) -> Page:
    page = Page()
    for event in read_events(f"{process.url}/streams/{name}/events"):
        page.take(event)
    return page


@posix
def test_it_serves_the_recordings_until_it_is_interrupted() -> None:
    with served() as process:
        assert process.url.startswith("http://127.0.0.1:")
        assert "<title>midstream</title>" in httpx.get(f"{process.url}/").text
        assert httpx.get(f"{process.url}/sources").json()[0]["name"] == replay.NAMES[0]
        assert shown(process, process.start("forecast", 1000)).stream["state"] == "ended"
        assert process.end(signal.SIGINT) == (130, b"")


@posix
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_ends_while_somebody_reads(number: int, status: int) -> None:
    with served() as process:
        events = read_events(f"{process.url}/streams/{process.start('forecast', 0.01)}/events")
        next(events)
        assert process.end(number) == (status, b"")
        events.close()  # type: ignore[attr-defined]


@posix
def test_it_ends_quietly_whatever_its_readers_do(tmp_path: Path) -> None:
    path = tmp_path / "large.sse"
    path.write_bytes(b"".join(sse(*event) for event in made.stream(json.dumps("x" * 2_000_000), size=50_000).events))
    with served(str(path), "--wire", "openai-chat") as process, ExitStack() as stack:
        name = process.start("large.sse", 1000)
        while shown(process, name).stream["state"] != "ended":
            pass
        address = httpx.URL(process.url)

        def ask(request: str) -> socket.socket:
            reader = stack.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.connect((address.host, address.port))
            reader.sendall(f"{request}\r\nHost: localhost\r\n".encode())
            return reader

        for _ in range(10):
            ask(f"GET /streams/{name}/events HTTP/1.1").sendall(b"\r\n")
        half = b'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a"'
        ask("POST /streams HTTP/1.1").sendall(half)
        ask("POST /streams HTTP/1.1")  # in the middle of its headers
        with ask("POST /streams HTTP/1.1") as left:
            left.sendall(half)
        assert httpx.get(f"{process.url}/sources").status_code == 200  # they have been seen
        assert process.end(signal.SIGINT) == (130, b"")


def test_a_file_is_replayed(tmp_path: Path) -> None:
    path = tmp_path / "own.sse"
    path.write_bytes(b"".join(sse(*event) for event in made.stream('{"a":[1,2]}').events))
    with served(str(path), "--wire", "openai-chat") as process:
        assert httpx.get(f"{process.url}/sources").json()[0]["name"] == "own.sse"
        assert shown(process, process.start("own.sse", 100)).values == {0: {"a": [1, 2]}}


def test_text_answers_are_shown_if_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "answer.sse"
    event = json.dumps({"choices": [{"index": 0, "delta": {"content": '{"answer":42}'}}]})
    path.write_bytes(b"".join(sse(*one) for one in [(None, event), made.finish("stop"), made.DONE]))
    for more, values in (((), {}), (("--text",), {0: {"answer": 42}})):
        with served(str(path), "--wire", "openai-chat", *more) as process:
            assert shown(process, process.start("answer.sse")).values == values


@posix
def test_an_endpoint_is_asked_and_its_key_stays_unseen(tmp_path: Path) -> None:
    key = "sk-secret-0123456789"
    body = tmp_path / "request.json"
    body.write_text('{"stream":true}')
    pieces = [chunk(sse(*event)) for event in made.stream('{"a":[1,2]}').events]
    with answering(STREAM, *pieces, END) as upstream:
        secret = ["--url", f"{upstream.url}?key={key}", "--header", f"x-api-key: {key}"]
        with served("--wire", "openai-chat", "--body", str(body), *secret) as process:
            sources = httpx.get(f"{process.url}/sources").text
            assert key not in sources
            assert json.loads(sources)[0] == {"name": upstream.url, "wire": "openai-chat", "kind": "endpoint"}
            assert shown(process, process.start(upstream.url)).values == {0: {"a": [1, 2]}}
            failed = shown(process, process.start(upstream.url))  # nobody answers now
            assert failed.stream["state"] == "failed"
            assert key not in json.dumps(failed.stream)
            assert process.end(signal.SIGINT) == (130, b"")
    assert f"x-api-key: {key}" in upstream.request.decode()


def test_an_address_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("serve", "--port", str(taken.getsockname()[1]))
    assert result.returncode == 2
    assert b"in use" in result.stderr
    assert b"Traceback" not in result.stderr


def test_a_host_that_is_none() -> None:
    result = run("serve", "--port", "0", "--host", "no-such-host.invalid")
    assert result.returncode == 2
    assert result.stderr.startswith(b"midstream: no-such-host.invalid:0: ")
    assert b"Traceback" not in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--url", "http://x.example/"],
        ["--url", "http://x.example/", "--wire", "anthropic"],
        ["--url", "http://x.example/", "--body", "request.json"],
        ["file", "--url", "http://x.example/", "--wire", "anthropic", "--body", "request.json"],
        ["--url", "http://x.example/", "--wire", "anthropic", "--body", "no-such-file"],
        ["--url", "ftp://x.example/", "--wire", "anthropic", "--body", __file__],
        ["--url", "x.example", "--wire", "anthropic", "--body", __file__],
        ["--url", "http://x.example:port/", "--wire", "anthropic", "--body", __file__],
        ["--url", "http://[x/", "--wire", "anthropic", "--body", __file__],
        ["--header", "a: b"],
        ["--body", "request.json"],
        ["--wire", "anthropic"],
        ["--wire", "nothing", __file__],
        ["no-such-file", "--wire", "anthropic"],
        [__file__, "--wire", "anthropic"],
        ["--header", "secret-without-colon", "--url", "http://x.example/"],
        ["--header", "secret: line\nend", "--url", "http://x.example/"],
        ["--header", "secret: \u00e9", "--url", "http://x.example/"],
        ["--port", "65536"],
        ["--port", "-1"],
        ["--port", "http"],
    ],
)
def test_wrong_use(arguments: list[str]) -> None:
    result = run("serve", *arguments)
    assert result.returncode == 2
    assert result.stdout == b""
    assert b"midstream" in result.stderr
    assert b"Traceback" not in result.stderr
    assert b"secret" not in result.stderr


def test_a_file_that_names_no_wire(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text('{"event":null,"data":"{}"}\n')
    result = run("serve", str(path))
    assert result.returncode == 2
    assert b"--wire" in result.stderr


def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(cli, "find_spec", lambda name: None if name in ("httpx", "uvicorn") else object())
    assert cli.main(["serve"]) == 2
    assert capsys.readouterr().err == "midstream: uvicorn and httpx can't be found: pip install 'midstream[web]'\n"
