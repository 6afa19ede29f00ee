"""Several tool calls on the screen."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Iterable, Sequence

import pytest

pytest.importorskip("rich")

from rich.console import Console
from rich.text import Text

from midstream.live.calls import Calls
from midstream.live.calls_screen import call_lines
from midstream.live.cells import cells, wrap
from midstream.live.replay import NAMES, load
from midstream.live.terminal import Subject, frame
from tests.live import chat
from tests.live.hostile import DOCUMENT, WORDS, hidden_in

SIZES = [(10, 3), (12, 1), (20, 8), (40, 12), (60, 6), (80, 24), (110, 40), (200, 50), (300, 100)]
WEATHER = ("get_weather", "call_1", '{"location": "Oslo", "unit": "celsius"}')
TIME = ("get_time", "call_2", '{"timezone": "Europe/Oslo"}')


def read(chunks: Iterable[bytes], wire: str = "openai-chat", *, close: bool = True) -> Calls:
    """A response that has come this far."""
    calls = Calls(wire)
    for chunk in chunks:
        calls.feed(chunk)
    if close:
        calls.close()
    return calls


def shown(calls: Calls, width: int = 100, height: int = 30) -> list[str]:
    """The lines of the calls, without colours."""
    return [line.plain.rstrip() for line in call_lines(calls, width, height)]


def framed(calls: Calls, width: int, height: int, **options: bool) -> list[str]:
    """The lines of a frame, without colours."""
    group = frame(Subject(calls, "title", "note", 9), width, height, **options)
    return [line.plain.rstrip() for line in group.renderables if isinstance(line, Text)]


def columns(lines: Sequence[str]) -> int:
    """How many panels stand side by side in the first row."""
    return len(re.findall("[●✓✗] get_", lines[0]))


# -- what is shown


def test_two_calls_stand_side_by_side() -> None:
    assert shown(read(chat.chunks([WEATHER, TIME])), 79) == [
        " ✓ get_weather  call_1        complete   ✓ get_time  call_2           complete",
        " ─────────────────────────────────────   ─────────────────────────────────────",
        ' ✓ location  "Oslo"                      ✓ timezone  "Europe/Oslo"',
        ' ✓ unit  "celsius"',
    ]


def test_what_is_open_is_told_from_what_is_complete() -> None:
    calls = read(chat.chunks([WEATHER, TIME])[:12], close=False)
    assert shown(calls, 79) == [
        " ● get_weather  call_1            open   ● get_time  call_2               open",
        " ─────────────────────────────────────   ─────────────────────────────────────",
        ' ✓ location  "Oslo"                      ● timezone  "Europe/Oslo▌',
    ]


def test_a_call_that_failed_keeps_its_value_and_says_where() -> None:
    calls = read(chat.chunks([("get_a", "1", '{"a": "kept", "b": [1 2]}'), TIME]))
    lines = shown(calls)
    assert re.match(r" ✗ get_a  1 +malformed   ✓ get_time  call_2 +complete$", lines[0])
    assert '✓ a  "kept"' in lines[2]
    assert "✗ b  [1]" in "\n".join(lines)
    assert "✗ expected ',' or ']' at line 1 column 23 ($.b)" in " ".join(line[:50].strip() for line in lines)
    calls = read(chat.chunks([("get_a", "1", '{"a": "cut he')], reason="length"))
    lines = shown(calls)
    assert re.match(r" ✗ get_a  1 +truncated$", lines[0])
    assert lines[2] == ' ✗ a  "cut he▌'
    assert lines[3].startswith(" ✗ the input ended in a string at line 1 column 14 ($.a)")


def test_a_call_without_arguments() -> None:
    assert shown(read(chat.chunks([("get_all", "1", "")])))[2:] == [" ✓ {}"]
    assert shown(read(chat.chunks([("get_all", "1", "")], reason="length")))[0].endswith("truncated")
    assert len(shown(read(chat.chunks([("get_all", "1", "")])[:1], close=False))) == 2


def test_before_and_without_calls() -> None:
    assert shown(Calls("openai-chat")) == [" no call yet"]
    assert shown(read(chat.chunks([]))) == [" no calls"]
    assert "✓ ended  tool_calls · no calls" in "\n".join(framed(read(chat.chunks([])), 80, 24))


def test_what_is_left_out_and_repaired_is_told() -> None:
    calls = Calls("openai-chat", repair="all")
    for chunk in chat.chunks([("get_a", "1", "{a: 'x'}")]):
        calls.feed(chunk)
    assert re.search("complete, [0-9] repairs$", shown(calls)[0])
    for name in ("x" * 200, "東京" * 50):
        title, *_ = shown(read(chat.chunks([(name, "i" * 300, "{}")])), 60)
        assert cells(title) <= 60
        assert re.match(" ✓ (xx|東京).*….*  i+….*complete$", title)


# -- the layout


@pytest.mark.parametrize(
    ("number", "width", "expected"),
    [(1, 80, 1), (2, 80, 2), (2, 60, 1), (3, 80, 2), (3, 120, 3), (4, 120, 2), (8, 110, 2), (8, 200, 4), (5, 200, 5)],
)
def test_as_many_columns_as_fit_in_even_rows(number: int, width: int, expected: int) -> None:
    calls = read(chat.chunks([("get_x", str(index), '{"a": 1}') for index in range(number)], 99))
    lines = shown(calls, width, 90)
    assert columns(lines) == expected
    assert "\n".join(lines).count("✓ get_x") == number


def test_calls_that_have_ended_leave_their_room_to_the_others() -> None:
    opened, also_opened, short, *long = chat.chunks(
        [("get_short", "1", '{"a": 1}'), ("get_long", "2", json.dumps({"text": "word " * 2000}))], 100
    )
    calls = read([opened, short, also_opened, *long[:20]], close=False)
    lines = shown(calls, 60, 20)
    assert len(lines) == 20
    assert lines[0].endswith("complete")
    assert lines[2:4] == [" ✓ a  1", ""]
    assert lines[4].endswith("open")
    assert lines[-1].endswith("▌")
    assert len(shown(read([opened, also_opened, short, *long[:20]], close=False), 60, 20)) == 3 + 1 + 10


def test_of_more_calls_than_there_is_room_for_the_latest_are_shown() -> None:
    calls = read(chat.chunks([(f"get_{number}", str(number), '{"a": 1}') for number in range(30)], 99))
    assert shown(calls, 50, 4) == [
        " … 27 calls before",
        *[f" ✓ get_{number}  {number}{'complete'.rjust(49 - len(f'✓ get_{number}  {number}'))}" for number in (27, 28, 29)],
    ]
    assert len(shown(calls, 50, 1)) == 1
    assert " get_29 " in shown(calls, 50, 1)[0]


def test_a_low_terminal_shows_the_calls_before_the_numbers() -> None:
    calls = read(chat.chunks([WEATHER]))
    assert [line[:14] for line in framed(calls, 80, 3)] == [" ✓ get_weather", ' ✓ unit  "cels', " ✓ ended  tool"]
    assert [line[:8] for line in framed(calls, 80, 8)] == [
        *[" title  ", " ✓ get_w", ' ✓ locat', " ✓ unit "],
        *["━" * 8 if calls.meter.fragments >= 9 else "", " ✓ ended", " read   ", " parser "],
    ]
    assert "".join(framed(calls, 80, 8)[4]).startswith("━")


def test_the_last_frame_is_as_high_as_it_has_to_be() -> None:
    calls = read(chat.chunks([WEATHER, TIME]))
    lines = framed(calls, 100, 60, last=True)
    assert len(lines) == 11
    assert lines[-3].startswith(" ✓ ended  tool_calls · 2 calls complete")
    assert lines[-2].startswith(" read    ")


def test_wrap() -> None:
    assert wrap("a bc def", 4, 9) == ["a bc", "def"]
    assert wrap("abcdefgh ij", 3, 9) == ["abc", "def", "gh", "ij"]
    assert wrap("", 3, 2) == [""]
    assert wrap("東京 東京", 5, 9) == ["東京", "東京"]
    lines = wrap("word " * 1000, 20, 3)
    assert len(lines) == 3
    assert "…" in lines[-1]
    for width in range(1, 20):
        assert all(cells(line) <= max(width, 2) for line in wrap("東a\u0301❤️\x9b word " * 9, width, 4))


# -- whatever is sent

STREAMS = {
    **{name: (load(name).wire, load(name).chunks()[:120]) for name in NAMES},
    "hostile": ("openai-chat", chat.chunks([(word, word, json.dumps({word: word})) for word in WORDS], 7)),
    "hostile documents": ("openai-chat", chat.chunks([(WORDS[0], WORDS[2], DOCUMENT), ("[bold]x[/]", ":smile:", DOCUMENT)], 90)),
    "wide": (
        "openai-chat",
        chat.chunks([("東京" * 9, "ä" * 90, json.dumps({"k" * 90: "東京 " * 90})), ("❤️" * 50, "1", '{"❤️": "❤️'), TIME], 50),
    ),
    "deep": ("openai-chat", chat.chunks([("deep", "1", "[" * 300), ("deeper", "2", '{"a":' * 200), ("flat", "3", "1 1")], 40)),
    "many": ("openai-chat", chat.chunks([(f"call {number}", None, '{"a": [1, {"b": "c"') for number in range(40)], 9, "length")),
    "strange": ("openai-chat", chat.chunks([(None, None, "1"), ("", "", '"x'), (3, ["x"], '{"a":'), ("x", "y", "nul")], 2, None)),
    "no events": ("openai-chat", [b"HTTP/1.1 500\r\n\r\n{}"]),
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_frame_fits_the_terminal_at_any_time(name: str) -> None:
    wire, chunks = STREAMS[name]
    random_ = random.Random(name)
    calls = Calls(wire)
    for chunk in [*chunks, None]:
        if chunk is None:
            calls.close()
        else:
            calls.feed(chunk)
        for width, height in SIZES if chunk is None else random_.sample(SIZES, len(chunks) < 60 or random_.random() < 0.2):
            assert_fits(calls, width, height)
    assert all(call.verdict is not None for call in calls.calls)


def assert_fits(calls: Calls, width: int, height: int) -> None:
    """As high as the terminal, no line wider than it, and nothing in it that a terminal would act on."""
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, legacy_windows=False)
    for last in (False, True):
        group = frame(Subject(calls, "title\x1b", "note\x9b", 9), width, height - last, last=last)
        printed = console.render_lines(group, pad=False)
        assert len(printed) == height if not last else len(printed) <= max(height - 1, 2)
        for line in printed:
            text = "".join(segment.text for segment in line)
            assert cells(text) <= width + text.count("\ufe0f")
            assert hidden_in(text) == []
