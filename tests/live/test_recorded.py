"""The recordings that come with the package."""

from __future__ import annotations

import json
from importlib.resources import files
from time import perf_counter

import pytest

import midstream
from midstream.live.recorded import NAMES, SEQUENCE, load, paced

DIRECTORY = files("midstream.live") / "recordings"


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_is_a_whole_document_with_a_source(name: str) -> None:
    recording = load(name)
    assert recording.name == name
    text = "".join(recording.fragments)
    parser = midstream.Parser()
    for fragment in recording.fragments:
        parser.feed(fragment)
    assert parser.close() == json.loads(text)
    assert recording.pace > 0
    assert recording.source["repository"].startswith("https://github.com/")
    assert recording.source["path"]
    assert len(recording.source["commit"]) == 40
    assert recording.source["licence"] in {"MIT", "Apache-2.0"}


def test_every_file_is_a_recording_that_the_notice_names() -> None:
    notice = (DIRECTORY / "NOTICE").read_text("utf-8")
    names = {entry.name for entry in DIRECTORY.iterdir() if entry.is_file()} - {"NOTICE"}
    assert names == {f"{name}.json" for name in NAMES}
    for name in NAMES:
        project = load(name).source["repository"].removeprefix("https://github.com/")
        assert any(line.split()[:2] == [f"{name}.json", project] for line in notice.splitlines())
    licences = {entry.name for entry in (DIRECTORY / "LICENSES").iterdir()}
    assert licences == {"Apache-2.0.txt", "MIT-rig.txt", "MIT-pydantic-ai.txt", "MIT-pi-mono.txt"}
    assert set(SEQUENCE) <= set(NAMES)


def test_the_pace() -> None:
    fragments = ("a", "", "b", "c")
    began = perf_counter()
    played = list(paced(fragments, 20, 0.01))
    assert perf_counter() - began >= 3 / 20
    assert [fragment for fragment in played if fragment is not None] == list(fragments)
    assert None in played
    assert list(paced(fragments, 1e9, 0.01)) == list(fragments)
