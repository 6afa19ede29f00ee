"""The command probe behind a real nginx: what its buffer and its compression do to a stream, alone and together."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.live.command import run
from tests.live.streaming import DEADLINE, Server, Step, event, head
from tests.support.parts import require

# Debian has it where not everybody's PATH leads.
NGINX = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
require("nginx", NGINX, "apt-get install nginx-light")

try:
    from midstream.live.probe import Request, Trace, probe
    from midstream.live.probe_judge import Judgement, Verdict, judge
except ModuleNotFoundError as missing:
    require(str(missing.name), None, "pip install 'midstream[web]'")

CONFIGURATION = """\
daemon off;
master_process off;
pid {place}/pid;
error_log {place}/errors.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    gzip_types text/event-stream;
    gzip_proxied any;
    proxy_buffer_size 4k;
    proxy_buffers 8 4k;
    server {{
        listen 127.0.0.1:{port};
        {locations}
    }}
}}
"""
LOCATION = "location /buffer-{buffer}/gzip-{gzip}/ {{ proxy_pass {url}/; proxy_buffering {buffer}; gzip {gzip}; }}\n"
SWITCH = ("on", "off")


def answer(request: bytes) -> Iterator[Step]:
    """A dozen events in more than a second; more and longer ones where the path asks for them."""
    path = request.split(b" ")[1]
    yield head("Cache-Control: no-cache", *(["X-Accel-Buffering: no"] if b"unbuffered" in path else []))
    number, pace, length = (50, 0.04, 400) if b"long" in path else (12, 0.12, 40)
    for each in range(number):
        yield event(each, length)
        yield pace


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an nginx before a server that streams."""
    assert NGINX is not None
    place = tmp_path_factory.mktemp("nginx")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Server(answer) as server:
        url = f"http://127.0.0.1:{server.port}"
        locations = "".join(LOCATION.format(buffer=buffer, gzip=gzip, url=url) for buffer in SWITCH for gzip in SWITCH)
        path = place / "nginx.conf"
        path.write_text(CONFIGURATION.format(place=place, port=port, locations=locations))
        with (place / "output").open("wb") as output:
            process = subprocess.Popen([NGINX, "-p", str(place), "-c", str(path)], stdin=subprocess.DEVNULL, stderr=output)
        try:
            wait_for(port, process, place)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(DEADLINE)


def wait_for(port: int, process: subprocess.Popen[bytes], place: Path) -> None:
    """Until somebody listens there."""
    began = monotonic()
    while monotonic() - began < DEADLINE:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert process.poll() is None, [(place / name).read_text() for name in ("output", "errors.log")]
        sleep(0.02)
    pytest.fail("nginx does not listen")


def judged(url: str, *headers: tuple[str, str]) -> tuple[Trace, Judgement]:
    record = probe(Request(url, headers=headers), float(DEADLINE))
    return record, judge(record)


def kinds(judgement: Judgement) -> set[str]:
    return {each.kind for each in judgement.findings}


def advice(judgement: Judgement, kind: str) -> str:
    return " ".join(each.advice for each in judgement.findings if each.kind == kind)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


def test_neither_buffer_nor_gzip(proxy: str) -> None:
    record, judgement = judged(f"{proxy}/buffer-off/gzip-off/")
    assert judgement.verdict is Verdict.STREAMING, judgement
    assert sum(each.events for each in record.arrivals) == 12
    assert [each.evidence.partition("/")[0] for each in judgement.findings] == ["Server: nginx"]
    assert advice(judgement, "passed-by") == ""


def test_a_buffer(proxy: str) -> None:
    judgement = judged(f"{proxy}/buffer-on/gzip-off/")[1]
    assert judgement.verdict is Verdict.BUFFERED, judgement
    assert judgement.summary.startswith("all 12 events came at once, after ")
    assert kinds(judgement) == {"at-once", "joined-chunks", "passed-by"}
    assert "proxy_buffering off" in advice(judgement, "passed-by")


def test_a_buffer_that_is_filled_more_than_once(proxy: str) -> None:
    judgement = judged(f"{proxy}/buffer-on/gzip-off/long")[1]
    assert judgement.verdict is Verdict.BUFFERED, judgement
    assert {"buffer-size", "cut-events", "joined-chunks", "passed-by"} <= kinds(judgement)
    [found] = [each for each in judgement.findings if each.kind == "buffer-size"]
    assert "4,096" in found.what


def test_gzip_alone_is_flushed(proxy: str) -> None:
    record, judgement = judged(f"{proxy}/buffer-off/gzip-on/")
    assert record.header("content-encoding") == "gzip"
    assert judgement.verdict is Verdict.STREAMING, judgement
    assert sum(each.events for each in record.arrivals) == 12
    assert kinds(judgement) == {"compressed", "passed-by"}


def test_gzip_behind_a_buffer(proxy: str) -> None:
    judgement = judged(f"{proxy}/buffer-on/gzip-on/")[1]
    assert judgement.verdict is Verdict.COMPRESSED, judgement
    assert kinds(judgement) == {"at-once", "compressed", "no-transform", "passed-by"}
    assert "Accept-Encoding: identity" in advice(judgement, "compressed")
    # what the advice leads to
    judgement = judged(f"{proxy}/buffer-on/gzip-on/", ("Accept-Encoding", "identity"))[1]
    assert judgement.verdict is Verdict.BUFFERED, judgement


@pytest.mark.parametrize("gzip", SWITCH)
def test_the_header_of_the_server_turns_the_buffer_off(proxy: str, gzip: str) -> None:
    record, judgement = judged(f"{proxy}/buffer-on/gzip-{gzip}/unbuffered")
    assert judgement.verdict is Verdict.STREAMING, judgement
    assert record.header("x-accel-buffering") is None  # it was for nginx


def test_the_command_as_it_is_used(proxy: str) -> None:
    result = run("probe", f"{proxy}/buffer-on/gzip-off/", NO_PROXY="*")
    assert (result.returncode, result.stderr) == (1, b"")
    printed = result.stdout.decode()
    assert printed.startswith("held back (buffered): all 12 events came at once, after ")
    assert "\n* nginx is on the way.\n    Server: nginx" in printed
    result = run("probe", f"{proxy}/no-such-place", NO_PROXY="*")
    assert result.returncode == 2
    assert result.stdout.startswith(b"failed: the server answered 404 Not Found\n")
