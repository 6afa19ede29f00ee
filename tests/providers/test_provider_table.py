"""The table by provider: its numbers, counted in another way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from midstream.toolcalls import Verdict
from tests.support import data, provider_table, streams


def test_the_table_adds_up_to_what_docs_jsonl_lists() -> None:
    """Streams, events and calls of each provider, from the recordings and from the rows of docs.jsonl."""
    fed = {response.recording for response in streams.responses()}
    kinds = ("tool_args", "tool_args_object", "gemini_partial_args")
    found = provider_table.rows()
    for name, row in found.items():
        assert row.recordings == {recording for recording in fed if recording.startswith(f"{name}/")}
        listed = [each for each in data.doc_rows() if each.stream in row.recordings and each.kind in kinds]
        assert row.verdicts.total() == len(listed)
        assert row.verdicts[Verdict.COMPLETE] <= sum(each.status in ("ok", "ok-empty", "jsonpath-parts") for each in listed)
        assert row.verdicts[Verdict.MALFORMED] + row.verdicts[Verdict.TRAILING] == 0
    events = sum(len(recording.events()) for recording in data.recordings() if recording.name in fed)
    assert sum(row.events for row in found.values()) == events


def test_the_table_is_markdown() -> None:
    lines = provider_table.table().splitlines()
    assert lines[0] == "| provider | wires | streams | events | calls | complete | truncated | malformed | trailing |"
    assert len(lines) == 3 + len(provider_table.rows())
    assert len({line.count("|") for line in lines}) == 1
    assert lines[-1].startswith("| all |")


def test_the_table_can_be_printed() -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "tests.support.provider_table"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert printed.stdout.strip() == provider_table.table()
    assert printed.stderr == ""
