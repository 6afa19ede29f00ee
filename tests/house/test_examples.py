"""The examples run, and what the README takes from them is what they are and print."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import accumulate, pairwise
from pathlib import Path
from textwrap import indent

import pytest

import midstream

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
README = (ROOT / "README.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="no examples in this build")


def run(name: str, *arguments: str) -> str:
    command = [sys.executable, "-X", "utf8", str(EXAMPLES / name), *arguments]
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout


@pytest.fixture(scope="module")
def early() -> str:
    return run("early_dispatch.py", "--fast")


def labels() -> list[str]:
    return [answer["label"] for answer in json.loads("".join(recorded_call("answers")))["answers"]]


def times(line: str) -> list[float]:
    return [float(figure) for figure in re.findall(r"\d+\.\d\d", line)]


def row(shown: str, name: str) -> list[float]:
    (line,) = [line for line in shown.splitlines() if line.startswith(name)]
    return times(line)


def test_early_dispatch_asks_while_the_answer_streams(early: str) -> None:
    rows = [row(early, label) for label in labels()]
    last, usual_last = row(early, "the last piece")
    assert len(rows) == 3
    assert [asked for asked, *_ in rows] == sorted(asked for asked, *_ in rows)
    for asked, done, usual_asked, usual_done in rows:
        assert asked <= last
        assert usual_asked >= usual_last
        assert done - asked > 0.235  # a lookup takes 0.25 s; both figures are rounded
        assert usual_done - usual_asked > 0.235


def test_early_dispatch_adds_up(early: str) -> None:
    done, usual_done = row(early, "all results")
    rows = [row(early, label) for label in labels()]
    assert done == max(one[1] for one in rows)
    assert usual_done == max(one[3] for one in rows)
    (line,) = re.findall(r"^saved: (-?\d+\.\d\d) s of (\d+\.\d\d) s$", early, re.MULTILINE)
    assert float(line[0]) == pytest.approx(usual_done - done, abs=0.011)
    assert float(line[1]) == usual_done
    assert early.endswith("(played 20 times as fast: measured times 20)\n")


def test_the_times_go_forward_and_their_source_is_named() -> None:
    fields = json.loads((EXAMPLES / "recordings" / "times.json").read_text(encoding="utf-8"))
    assert len(fields["times"]) >= len(recorded_call("answers"))
    assert fields["times"] == sorted(fields["times"])
    assert fields["source"]["repository"].removeprefix("https://github.com/") in (EXAMPLES / "recordings" / "NOTICE").read_text()


def test_the_readme_shows_the_code_of_early_dispatch() -> None:
    (code,) = re.findall(r"```python\n(dispatcher = [^`]*dispatcher\.run\(pieces\)\n)```", README)
    assert indent(code, "    ") in (EXAMPLES / "early_dispatch.py").read_text(encoding="utf-8")


def test_the_readme_shows_the_output_of_early_dispatch(early: str) -> None:
    (shown,) = re.findall(r"```text\n(60 pieces;.*?)```", README, re.DOTALL)
    # times differ from run to run, and with them the space before them
    form = [re.sub(r" *-?\d+\.\d\d", " #", text) for text in (shown, early)]
    assert form[1].startswith(form[0])


def test_patch_stream_sends_less_and_arrives() -> None:
    shown = run("patch_stream.py")
    fragments = recorded_call("analyze")
    sent = [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in midstream.patches(fragments)]
    patches = [line for line in shown.splitlines() if line.startswith("[")]
    assert patches == sent[:6] + sent[-2:]

    names = "document|patches|RFC 6902 alone|the whole, always"
    found = re.findall(rf"^({names}) +([\d,]+) bytes", shown, re.MULTILINE)
    figures = {name: int(figure.replace(",", "")) for name, figure in found}
    assert figures["patches"] == sum(len(line.encode()) + 1 for line in sent)
    assert figures["document"] < figures["patches"] < figures["RFC 6902 alone"] < figures["the whole, always"]
    assert re.search(r"^equal at the end +True$", shown, re.MULTILINE)

    short, long = (f"{figures[name] / 1000:.0f} KB" for name in ("patches", "the whole, always"))
    said = f"{figures['document'] / 1000:.1f} KB in {len(fragments)} fragments: {short} of patches, where the whole value after"
    assert said in README
    assert f"each fragment takes {long}." in README


def recorded_call(name: str) -> list[str]:
    """The fragments of a recording of the demo."""
    fields = json.loads((Path(midstream.__file__).parent / "live" / "recordings" / f"{name}.json").read_text(encoding="utf-8"))
    text: str = fields["text"]
    cuts: list[int] = [0, *accumulate(fields["sizes"])]
    return [text[start:end] for start, end in pairwise(cuts)]
