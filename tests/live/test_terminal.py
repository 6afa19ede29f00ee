"""The value on the screen, and the terminal after it."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import midstream

pytest.importorskip("rich")
pytest.importorskip("pty")

from rich.console import Console
from rich.text import Text

from midstream.live.cells import cells, fit, fold
from midstream.live.reading import Reading
from midstream.live.recorded import NAMES, load
from midstream.live.terminal import Subject, frame
from midstream.live.tree import Row, tree
from tests.live.command import (
    COMMAND,
    ENTER_SCREEN,
    HIDE_CURSOR,
    NO_WRAP,
    WRAP,
    InTerminal,
    after_screen,
    assert_clean,
    without_ours,
)
from tests.live.hostile import DOCUMENT, WORDS, hidden_in

SIZES = [(80, 24), (40, 12), (200, 60), (20, 8), (10, 4), (3, 2)]


def lines_of(reading: Reading, width: int, height: int, **options: bool) -> list[str]:
    """The lines of one frame, without colours."""
    group = frame(Subject(reading, "title", "note", 3), width, height, **options)
    return [line.plain for line in group.renderables if isinstance(line, Text)]


def read(*fragments: str | bytes, **options: bool) -> Reading:
    """A reading that has come this far."""
    reading = Reading(**options)
    for fragment in fragments:
        reading.feed(fragment)
    return reading


def rows_of(document: str, height: int, width: int = 80) -> list[str]:
    """The tree as text: its depth in dots, its mark, its label and value."""
    parser = midstream.Parser()
    parser.feed(document)
    shown = []
    for row in tree(parser, parser.value, width, height):
        mark = {"text": "|", "more": "…"}.get(row.kind, "✓" if row.complete else "●")
        value = json.dumps(row.value) if row.kind == "node" and not isinstance(row.value, (list, dict)) else ""
        value = type(row.value).__name__ if row.kind == "node" and not value else value or str(row.value)
        shown.append(f"{'.' * row.depth}{mark}{'' if row.label is None else f' {row.label}:'} {value}")
    return shown


# -- what is shown


def test_a_small_value_is_shown_whole() -> None:
    assert rows_of('{"a":"x","b":[1,{"c":nul', 20) == [
        "● dict",
        '.✓ a: "x"',
        ".● b: list",
        "..✓ 0: 1",
        "..● 1: dict",
    ]
    assert rows_of('{"a":"x","b":[1,{"c":null}]}', 20) == [
        "✓ dict",
        '.✓ a: "x"',
        ".✓ b: list",
        "..✓ 0: 1",
        "..✓ 1: dict",
        "...✓ c: null",
    ]
    assert rows_of('"an open te', 20) == ['● "an open te"']


def test_of_a_long_array_the_end_is_shown_and_how_many_are_before_it() -> None:
    numbers = json.dumps(list(range(1000)))
    assert rows_of(numbers[:-1] + ",", 5) == ["● list", ".… 997 more", ".✓ 997: 997", ".✓ 998: 998", ".✓ 999: 999"]
    assert rows_of("[0,1,2,3]", 5) == ["✓ list", *[f".✓ {number}: {number}" for number in range(4)]]


def test_the_containers_that_are_being_filled_stay_in_sight() -> None:
    items = ",".join(json.dumps({"name": f"item {number}", "size": number}) for number in range(50))
    assert rows_of('{"kind":"list","more":true,"items":[' + items + ',{"name":"it', 17) == [
        "● dict",
        '.✓ kind: "list"',
        ".✓ more: true",
        ".● items: list",
        "..… 46 more",
        "..✓ 46: dict",
        "..✓ 47: dict",
        '...✓ name: "item 47"',
        "...✓ size: 47",
        "..✓ 48: dict",
        '...✓ name: "item 48"',
        "...✓ size: 48",
        "..✓ 49: dict",
        '...✓ name: "item 49"',
        "...✓ size: 49",
        "..● 50: dict",
        '...● name: "it"',
    ]


def test_levels_in_the_middle_of_a_deep_value_are_left_out() -> None:
    rows = rows_of("[" * 500 + '"x', 9)
    assert len(rows) <= 9
    assert rows[:2] == ["● list", ".… 497 levels"]
    assert rows[-1].endswith('● 0: "x"')


def test_the_text_of_the_latest_string_is_shown_as_lines() -> None:
    rows = rows_of('{"path":"a.py","content":"' + "".join(f"line {number}\\n" for number in range(40)) + "the la", 10)
    assert rows[:2] == ["● dict", '.✓ path: "a.py"']
    assert rows[2].startswith('.● content: "line 0')
    assert rows[3:] == [*[f"..| line {number}" for number in range(34, 40)], "..| the la"]


def test_each_place_of_a_repeated_key_is_shown_once() -> None:
    rows = rows_of('{"a":1,"b":2,"a":"ne', 20)
    assert rows == ["● dict", ".✓ b: 2", '.● a: "ne"']
    rows = rows_of('{"a":1,"b":2,"a":', 20)
    assert rows == ["● dict", ".✓ b: 2", ".● a: 1"]


# Documents of many shapes, the recorded ones among them.
DOCUMENTS = {
    **{name: "".join(load(name).fragments)[:3000] for name in NAMES},
    "hostile": DOCUMENT,
    "wide and combining": json.dumps(
        {"k" * 200: ["東京" * 200, "e\u0301" * 400, "👩‍🚀❤️" * 60, "\u0301" * 500]}, ensure_ascii=False
    ),
    "nested": json.dumps([[[[[[{"a": [[[[["x\ny" * 30]]]]]}]]]]]] * 3),
    "deep": "[" * 300 + "1" + "]" * 300,
    "many keys": json.dumps({str(number): {"n": [number] * (number % 7)} for number in range(200)}),
    "scalars": json.dumps([10**300, 1e300, -0.1, True, None, "", {}, []]),
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_frame_fits_the_terminal_at_any_time(document: str) -> None:
    random_ = random.Random(4)
    reading, at = Reading(), 0
    while at < len(document):
        step = random_.choice([1, 3, 20, 200])
        reading.feed(document[at : at + step])
        at += step
        if random_.random() < 0.8:
            continue
        width, height = random_.choice(SIZES)
        group = frame(Subject(reading, "title", "note", 9), width, height)
        console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, legacy_windows=False)
        printed = console.render_lines(group, pad=False)
        assert len(printed) == height
        for line in printed:
            text = "".join(segment.text for segment in line)
            assert cells(text) <= width + text.count("\ufe0f")
            assert hidden_in(text) == []


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_the_tree_keeps_to_its_height_and_shows_the_latest_value(document: str) -> None:
    parser = midstream.Parser()
    for number, letter in enumerate(document):
        parser.feed(letter)
        if number % 7 or parser.value is midstream.MISSING:
            continue
        for height in (1, 2, 3, 5, 24):
            rows = tree(parser, parser.value, 80, height)
            assert 0 < len(rows) <= height
            if parser.status is midstream.Status.OPEN and isinstance(at(parser.value, parser.path), str):
                nodes = [row for row in rows if row.kind == "node"]
                if nodes:
                    assert nodes[-1].value == at(parser.value, parser.path)
                    assert not nodes[-1].complete or parser.is_complete(parser.path)


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    """What is shown at path, MISSING if nothing."""
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return midstream.MISSING
    return value


# -- what it costs


class Counted(list[Any]):
    """An array that counts how often it is looked into."""

    looks = 0

    def __reversed__(self) -> Iterator[Any]:
        for item in super().__reversed__():
            Counted.looks += 1
            yield item

    def __iter__(self) -> Iterator[Any]:
        raise AssertionError("walked from its start")


class CountedText(str):
    """A string that counts the characters that are taken out of it."""

    taken = 0

    def __getitem__(self, index: Any) -> str:
        part = super().__getitem__(index)
        CountedText.taken += len(part)
        return part

    def split(self, *arguments: Any) -> list[str]:
        raise AssertionError("split whole")

    def __contains__(self, part: object) -> bool:
        raise AssertionError("searched whole")


class Place:
    """As much of a parser as the tree looks at."""

    def __init__(self, path: tuple[str | int, ...]) -> None:
        self.path = path

    def is_complete(self, path: tuple[str | int, ...]) -> bool:
        return path != self.path[: len(path)]


@pytest.mark.parametrize("length", [1_000, 1_000_000])
def test_a_frame_looks_only_at_what_it_shows(length: int) -> None:
    Counted.looks = CountedText.taken = 0
    array = Counted([1]) * length
    value = {"array": Counted(array), "text": CountedText("some words\n" * (length // 10))}
    rows: list[Row] = tree(Place(("text",)), value, 80, 24)  # type: ignore[arg-type]
    assert len(rows) == 24
    assert Counted.looks <= 24
    assert CountedText.taken <= 4 * 80 * 24


# -- cells


def test_fit() -> None:
    assert fit("abcdef", 6, 3) == "abcdef"
    assert fit("abcdefgh", 6, 3) == "abc…gh"
    assert fit("東京東京", 6, 4) == "東京…"
    assert fit("東京東京東京", 9, 4) == "東京…東京"
    assert fit("e\u0301" * 10, 5, 2) == "e\u0301e\u0301…e\u0301e\u0301"
    assert fit("\x1b" * 3, 3, 1) == "␛␛␛"
    assert fit("x" * 10**6, 5, 2) == "xx…xx"
    for width in range(1, 20):
        assert cells(fit("東a\u0301❤️\x9b" * 9, width, width // 2)) <= width


def test_fold() -> None:
    assert fold("", 10, 3) == ([""], True)
    assert fold("ab\ncd", 10, 3) == (["ab", "cd"], True)
    assert fold("abcdefghijkl", 5, 3) == (["abcde", "fghij", "kl"], True)
    assert fold("abcdefghijklmnopq", 5, 3) == (["fghij", "klmno", "pq"], False)
    assert fold("a\tb\x1b\n東京東京", 5, 9) == (["a    ", "b␛", "東京", "東京"], True)
    assert fold("東" * 3, 1, 9) == (["東", "東", "東"], True)  # there is nowhere else to put them


def test_a_character_and_its_selector_stay_together() -> None:
    for text in ("abcd❤️", "❤️" * 20, "a" + "❤️" * 20, "東❤️e\u0301" * 9):
        for width in range(2, 9):
            for height in (1, 2, 9):
                lines, _ = fold(text, width, height)
                assert not [line for line in lines if line.startswith("\ufe0f") or line.endswith("❤") or cells(line) > width]
    assert fold("abcd❤️", 5, 9) == (["abcd", "❤️"], True)
    assert fold("❤️", 1, 9) == (["❤️"], True)  # there is nowhere else to put it
    assert fit("\ufe0fab", 2, 0) == "…b"


def test_what_is_folded_stays_where_it_is_while_the_text_grows() -> None:
    text = "".join(f"{number:04}." for number in range(400))
    for length in range(200, len(text)):
        before, _ = fold(text[:length], 37, 4)
        after, _ = fold(text[: length + 1], 37, 4)
        assert after[-2:] == [before[-1], text[length]] or after[-1] == before[-1] + text[length]


# -- the terminal


def test_the_demo_leaves_the_final_value_on_a_clean_terminal() -> None:
    with InTerminal([*COMMAND, "demo", "--speed", "50"], (100, 30)) as terminal:
        status, output = terminal.read_to_end()
    assert status == 0
    assert_clean(output)
    kept = after_screen(output)
    assert [line.split()[0] for line in kept.splitlines() if " recorded " in line] == ["weather", "manifest", "write", "stocks"]
    assert '✓ location  "San Francisco, CA"' in kept
    assert 'says "hello" and path C:\\rig\\deepseek"' in kept
    assert "✓ content  49,321 characters" in kept
    assert kept.count("✓ complete") == 3
    assert "✓ ended  tool_calls · 2 calls complete" in kept
    assert "●" not in kept
    assert "177 fragments, 615 B" in kept


def test_the_value_grows_on_the_screen() -> None:
    with InTerminal([*COMMAND, "watch"], stdin=subprocess.PIPE) as terminal:
        terminal.write(b'{"name":"half a na')
        assert "complete" not in terminal.read_until(lambda output: "half a na▌" in without_ours(output))
        terminal.write(b'me","list":[1,')
        terminal.read_until(lambda output: "● list  [1]" in without_ours(output))
        assert '✓ name  "half a name"' in without_ours(terminal.output)
        terminal.write(b"2]}")
        status, output = terminal.read_to_end()
    assert status == 0
    assert_clean(output)
    assert "✓ list  [2]" in after_screen(output)


@pytest.mark.parametrize(("sent", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_a_signal_leaves_the_terminal_clean(sent: signal.Signals, expected: int) -> None:
    with InTerminal([*COMMAND, "demo", "write"]) as terminal:
        terminal.read_until(lambda output: "● content" in without_ours(output))
        terminal.process.send_signal(sent)
        status, output = terminal.read_to_end()
    assert status == expected
    assert_clean(output)
    if sent == signal.SIGINT:
        assert "● interrupted  at $.content" in after_screen(output)


def test_ctrl_z_gives_the_terminal_back_until_it_goes_on() -> None:
    with InTerminal([*COMMAND, "watch"], stdin=subprocess.PIPE, grouped=True) as terminal:
        terminal.write(b'["one')
        terminal.read_until(lambda output: "one▌" in without_ours(output))
        for times in (1, 2):
            terminal.process.send_signal(signal.SIGTSTP)
            assert_clean(terminal.read_until(lambda output, times=times: output.count(WRAP) == times))
            assert os.WIFSTOPPED(os.waitpid(terminal.process.pid, os.WUNTRACED)[1])
            begun = len(terminal.output)
            terminal.process.send_signal(signal.SIGCONT)
            terminal.read_until(lambda output, begun=begun: "one▌" in without_ours(output[begun:]))
            begun = terminal.output.rindex(ENTER_SCREEN)
            assert HIDE_CURSOR in terminal.output[begun:]
            assert NO_WRAP in terminal.output[begun:]
            assert terminal.output.count(ENTER_SCREEN) == times + 1
        terminal.write(b'"]')
        status, output = terminal.read_to_end()
    assert status == 0
    assert_clean(output)
    assert '✓ 0  "one"' in after_screen(output)


def test_each_line_of_a_frame_is_cleared_to_its_end() -> None:
    """Whatever stood there, and however wide the terminal draws what is before it."""
    with InTerminal([*COMMAND, "watch"], (60, 12), stdin=subprocess.PIPE) as terminal:
        terminal.write('["❤️'.encode())
        output = terminal.read_until(lambda output: "▌" in output)
        frame = output[output.rindex("\x1b[H", 0, output.index("▌")) :].split("\x1b[H")[1]
        assert [line.count("\x1b[0K") for line in frame.split("\r\n")] == [1] * 12
        [line] = [line for line in frame.split("\r\n") if "▌" in line]
        assert line.index("▌") < line.index("\x1b[0K")
        terminal.write(b'"]')
        assert terminal.read_to_end()[0] == 0


def test_an_interrupt_while_nothing_comes() -> None:
    with InTerminal([*COMMAND, "watch"], stdin=subprocess.PIPE) as terminal:
        terminal.read_until(lambda output: "waiting" in output)
        terminal.process.send_signal(signal.SIGINT)
        status, output = terminal.read_to_end()
    assert status == 130
    assert_clean(output)


def test_an_error_is_told_with_its_place_below_the_value_so_far() -> None:
    with InTerminal([*COMMAND, "watch"], stdin=subprocess.PIPE) as terminal:
        terminal.write(b'{"a":"x","b":[1 2]}')
        status, output = terminal.read_to_end()
    assert status == 1
    assert_clean(output)
    kept = after_screen(output)
    assert '✓ a  "x"' in kept
    assert "✗ b  [1]" in kept
    assert "✗ malformed  expected ',' or ']' at line 1 column 17 ($.b)" in kept


def test_another_size_is_used_at_once() -> None:
    def widest(output: str) -> int:
        return max(map(len, output.splitlines()))

    with InTerminal([*COMMAND, "watch"], (60, 20), stdin=subprocess.PIPE) as terminal:
        terminal.write(b'["one')
        terminal.read_until(lambda output: "one▌" in without_ours(output))
        assert "─" * 59 in terminal.output
        assert "─" * 60 not in terminal.output
        terminal.resize(90, 12)
        terminal.read_until(lambda output: "─" * 89 in output)
        terminal.write(b'"]')
        status, output = terminal.read_to_end()
    assert status == 0
    assert '✓ 0  "one"' in after_screen(output)


def test_nothing_of_the_text_reaches_the_terminal_as_a_command() -> None:
    fragments = [DOCUMENT.encode()[start : start + 11] for start in range(0, len(DOCUMENT.encode()), 11)]
    with InTerminal([*COMMAND, "watch"], (120, 50), stdin=subprocess.PIPE) as terminal:
        for fragment in fragments:
            terminal.write(fragment)
        status, output = terminal.read_to_end()
    assert status == 0
    assert_clean(output)
    assert hidden_in(without_ours(output)) == []
    assert "␛]0;owned␇" in after_screen(output)
    assert "[bold red]markup[/] :smile: [link=http://example.com]x[/link]" in after_screen(output)


@pytest.mark.parametrize("word", WORDS, ids=range(len(WORDS)))
def test_nor_as_a_key_that_an_error_names(word: str) -> None:
    with InTerminal([*COMMAND, "watch"], stdin=subprocess.PIPE) as terminal:
        terminal.write(json.dumps({word: {word: [word]}}, ensure_ascii=False)[:-3].encode() + b"x")
        status, output = terminal.read_to_end()
    assert status == 1
    assert hidden_in(without_ours(output)) == []


def test_nor_from_the_name_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "\x1b]0;owned\x07\u202e.json"
    path.write_text("[1]")
    with InTerminal([*COMMAND, "watch", str(path)]) as terminal:
        status, output = terminal.read_to_end()
    assert status == 0
    assert hidden_in(without_ours(output)) == []


@pytest.mark.parametrize("how", ["without rich", "a dumb terminal", "ascii", "asked for"])
def test_plain_lines_in_a_terminal(how: str) -> None:
    program = "import sys; sys.modules['rich'] = None; from midstream.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program] if how == "without rich" else [*COMMAND]
    changes: dict[str, str] = {"a dumb terminal": {"TERM": "dumb"}, "ascii": {"PYTHONIOENCODING": "ascii"}}.get(how, {})
    arguments = ["demo", "unicode", *(["--plain"] if how == "asked for" else [])]
    with InTerminal([*command, *arguments], (80, 24), None, **changes) as terminal:
        status, output = terminal.read_to_end()
    assert status == 0
    assert "\x1b" not in output
    assert "$ = {" in output
    assert "complete (19 fragments, 60 B" in output
    assert ("pip install 'midstream[cli]'" in output) == (how == "without rich")
    assert ("Gr\\xfc\\xdfe aus \\u6771\\u4eac" in output) == (how == "ascii")


def test_what_is_typed_is_answered_in_plain_lines() -> None:
    with InTerminal([*COMMAND, "watch"]) as terminal:
        terminal.read_until(lambda output: "# standard input" in output)
        os.write(terminal.master, b'{"typed": [1,\n2]}\n')
        status, output = terminal.read_to_end()
    assert status == 0
    assert "$.typed = […] 2 items" in output
    assert ENTER_SCREEN not in output
