"""The provider streams that come with the package, and those of files."""

from __future__ import annotations

import json
import random
from importlib.resources import files
from pathlib import Path

import pytest

from midstream.live.replay import NAMES, PACE, NotAStream, Stream, load, parse, read, sse
from midstream.sse import Decoder
from tests.support import data

DIRECTORY = files("midstream.live") / "recordings"
WIRES = {"anthropic", "openai-chat", "openai-responses", "gemini", "bedrock-converse"}


@pytest.mark.parametrize("name", NAMES)
def test_a_stream_is_events_of_json_with_a_source(name: str) -> None:
    stream = load(name)
    assert stream.name == name
    assert stream.wire in WIRES
    assert stream.about
    assert stream.provider
    assert stream.pace > 0
    assert stream.source["repository"].startswith("https://github.com/")
    assert stream.source["path"]
    assert len(stream.source["commit"]) == 40
    assert stream.source["licence"] in {"MIT", "Apache-2.0"}
    for _, payload in stream.events:
        assert payload == "[DONE]" or isinstance(json.loads(payload), dict)


def test_every_wire_is_there() -> None:
    assert {load(name).wire for name in NAMES} == WIRES


def test_every_file_is_a_stream_that_the_notice_names() -> None:
    notice = (DIRECTORY / "NOTICE").read_text("utf-8")
    assert {entry.name for entry in (DIRECTORY / "streams").iterdir()} == {f"{name}.jsonl" for name in NAMES}
    for name in NAMES:
        project = load(name).source["repository"].removeprefix("https://github.com/")
        licence = load(name).source["licence"]
        assert any(line.split()[:3] == [f"{name}.jsonl", project, licence] for line in notice.splitlines())


@pytest.mark.parametrize("name", NAMES)
def test_framed_and_decoded_a_stream_is_what_it_was(name: str) -> None:
    stream = load(name)
    body = b"".join(stream.chunks())
    assert parse(body, "a capture", "a wire") == Stream("a capture", "a wire", stream.events)
    random_, decoder, events, at = random.Random(3), Decoder(), [], 0
    while at < len(body):
        step = random_.choice([1, 2, 7, 100])
        events += decoder.feed(body[at : at + step])
        at += step
    assert [(event.event, event.data) for event in events] == [(event or "message", payload) for event, payload in stream.events]


def test_one_event() -> None:
    assert sse(None, "{}") == b"data: {}\n\n"
    assert sse("ping", "") == b"event: ping\ndata: \n\n"
    assert sse("x", "a\r\nb\rc\nd é") == "event: x\ndata: a\ndata: b\ndata: c\ndata: d é\n\n".encode()
    with pytest.raises(ValueError, match="no line ends"):
        sse("a\ndata: b", "c")


def test_a_recording_that_says_nothing_about_itself(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"event": null, "data": "{}"}\r\n\n{"data": "x\\u2028y", "event": "ping", "more": 1}', encoding="utf-8")
    assert read(path, "gemini") == Stream("mine.jsonl", "gemini", ((None, "{}"), ("ping", "x\u2028y")), pace=PACE)
    path.write_bytes(b'\xef\xbb\xbfevent: ping\ndata: {}\n\ndata: {"cut')
    assert read(str(path), "gemini") == Stream("mine.jsonl", "gemini", (("ping", "{}"),))


def test_what_a_recording_does_not_tell_is_taken_from_elsewhere() -> None:
    body = b'{"wire": "anthropic", "pace": 5}\n{"event": null, "data": "{}"}'
    assert parse(body, "a file") == Stream("a file", "anthropic", ((None, "{}"),), pace=5)
    for before in (b"\xef\xbb\xbf", b"\r\n\n", b"\xef\xbb\xbf\n"):
        assert parse(before + body, "a file") == parse(body, "a file")


def test_the_wire_that_is_asked_for_wins() -> None:
    body = (DIRECTORY / "streams" / "stocks.jsonl").read_bytes()
    assert parse(body, "file").wire == "openai-chat"
    assert parse(body, "file").name == "stocks"
    assert parse(body, "file", "gemini").wire == "gemini"


@pytest.mark.parametrize("recording", data.recordings()[:40], ids=lambda recording: recording.name)
def test_recordings_of_this_form_are_read(recording: data.Recording) -> None:
    assert list(read(recording.path, "anthropic").events) == recording.events()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "there is no event in it"),
        (b"hello\n", "there is no event in it"),
        (b'[{"candidates": []}]', "there is no event in it"),
        (b"data: {}\n", "there is no event in it"),
        (b'{"error": {"message": "no"}}', "line 1 is no event of a recording"),
        (b'{"event": 1, "data": "{}"}', "line 1 is no event of a recording"),
        (b'{"data": "{}"}\n{"data": {}}', "line 2 is no event of a recording"),
        (b'{"data": "{}"}\n[]', "line 2 is no JSON object"),
        (b'{"data": "{}"}\n{"data"', "line 2 is no JSON text"),
        (b'{"data": "\xff"}', "line 1 is no JSON text"),
        (b'{"wire": "gemini", "name": "x", "tune": 3}', "first line tells something about the recording that is not known"),
        (b'{"wire": "gemini", "name": "x", "pace": "2"}', "the pace that its first line tells is no number above 0"),
        (b'{"wire": "gemini", "pace": 0}', "the pace that its first line tells is no number above 0"),
        (b'{"wire": "gemini", "pace": 1%b}' % (b"0" * 400), "the pace that its first line tells is no number above 0"),
        (b'{"wire": "gemini", "name": 7}', "the name that its first line tells is no string"),
        (b'{"wire": "gemini", "name": "x", "provider": 5}', "the provider that its first line tells is no string"),
        (b'{"wire": "gemini"}\n{"event": "a", "data": 1}', "line 2 is no event of a recording"),
        (b'{"event": "a\\nb", "data": "{}"}', "the name of the event in line 1 has line ends"),
        (b'\n{"data": "{}"}\n\n{"event": "a\\r", "data": "{}"}', "the name of the event in line 4 has line ends"),
        (b'{"data": "{}"}\n{"data": ' + b"[" * 100_000, "line 2 is nested too deeply"),
        (b"data: 1\n\ndata: " + b"x" * (17 << 20), "larger than"),
    ],
    ids=range(21),
)
def test_what_is_no_stream(text: bytes, problem: str) -> None:
    with pytest.raises(NotAStream, match=problem):
        parse(text, "file", "anthropic")
