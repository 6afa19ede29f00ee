"""The lines that are printed without a terminal."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from midstream.live.plain import Lines
from midstream.live.progress import Progress
from midstream.live.reading import Reading
from tests.live.hostile import DOCUMENT, hidden_in

WEATHER = '{"place":"Kyoto","days":[{"high":20.5,"sun":true},{"high":-3,"sun":null}],"none":{},"empty":[]} '
LINES = """\
$.place = "Kyoto"
$.days[0].high = 20.5
$.days[0].sun = true
$.days[0] = {…} 2 keys
$.days[1].high = -3
$.days[1].sun = null
$.days[1] = {…} 2 keys
$.days = […] 2 items
$.none = {}
$.empty = []
$ = {…} 4 keys
""".splitlines()


def told(fragments: Iterable[str | bytes], **options: bool) -> list[str]:
    """All lines for a stream that is cut like this, without the title."""
    out = io.StringIO()
    reading, lines = Reading(**options), Lines(out)
    lines.begin(reading, "title", "", 0)
    for fragment in fragments:
        reading.feed(fragment)
        lines.refresh()
        if reading.ended:
            break
    else:
        reading.close()
    lines.end()
    return out.getvalue().splitlines()[1:]


def test_each_value_is_told_when_it_is_complete_in_any_cut() -> None:
    assert told([WEATHER])[:-1] == LINES
    assert told(WEATHER)[:-1] == LINES
    for cut in range(len(WEATHER) + 1):
        assert told([WEATHER[:cut], WEATHER[cut:]])[:-1] == LINES


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    ),
    st.data(),
)
def test_the_lines_do_not_depend_on_the_cuts(value: object, data: st.DataObject) -> None:
    document = json.dumps(value)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(document)), max_size=5)))
    pieces = [document[start:end] for start, end in zip([0, *cuts], [*cuts, len(document)], strict=True)]
    assert told(pieces)[:-1] == told([document])[:-1]
    assert told(document)[:-1] == told([document])[:-1]


def test_each_line_comes_with_the_fragment_that_completes_its_value() -> None:
    parser = midstream.Parser()
    progress = Progress(parser)
    seen = []
    for letter in '{"a":["x",12],"b":tru':
        parser.feed(letter)
        seen += [(parser.offset, line) for line in progress.lines(parser.value)]
    assert seen == [(9, '$.a[0] = "x"'), (13, "$.a[1] = 12"), (13, "$.a = […] 2 items")]


def test_a_long_string_is_told_each_time_it_has_doubled() -> None:
    lines = told(['{"text":"', *["x" * 100] * 50, '"', "}"])
    assert lines[:4] == [f"$.text … {length:,} characters so far" for length in (1000, 2000, 4000)] + [
        f'$.text = "{"x" * 49}…{"x" * 48}" (5,000 characters)'
    ]


def test_lines_are_bounded() -> None:
    document = json.dumps({"k" * 5000: "v" * 5000, "n": 10**4000, "deep": [["x" * 999]]})
    assert max(map(len, told([document]))) < 300
    assert max(map(len, told(document))) < 300


def test_the_last_line_says_how_it_went() -> None:
    assert told(["[1", ",2]"])[-1].startswith("complete (2 fragments, 5 B; ")
    assert told(["[1,", "2"])[0] == "$[0] = 1"
    assert told(["[1,", "2"])[-1].startswith("truncated: ")
    malformed = told(['{"a":[1', ",}"])
    assert malformed[0] == "$.a[0] = 1"
    assert malformed[-1].startswith("malformed: expected ")
    assert "at line 1 column 9 ($.a[1]) (2 fragments, 8 B; " in malformed[-1]
    assert told(["[" * 1025])[-1].startswith("over a limit: ")
    assert told([])[-1].startswith("truncated: ")


def test_a_reading_that_is_given_up() -> None:
    out = io.StringIO()
    reading, lines = Reading(), Lines(out)
    lines.begin(reading, "title", "note", 0)
    reading.feed('{"a":[1,')
    reading.stop()
    lines.end()
    title, first, last = out.getvalue().splitlines()
    assert (title, first) == ("# title: note", "$.a[0] = 1")
    assert last.startswith("interrupted at $.a[1] (1 fragment, ")


def test_several_documents() -> None:
    document = '{"a":1}[2]"three"4 null\n5{"six":6}7'
    expected = ["{…} 1 key", "[…] 1 item", '"three"', "4", "null", "5", "{…} 1 key", "7"]
    lines = [f"[{number}] = {text}" for number, text in enumerate(expected)]
    for fragments in ([document], list(document)):
        *head, last = told(fragments, multiple=True)
        assert head == lines
        assert last.startswith("complete (8 documents, ")
    *head, last = told(["1 2 [", "}"], multiple=True)
    assert head == ["[0] = 1", "[1] = 2"]
    assert last.startswith("malformed: ")
    for fragments, number in (([], 0), ([" "], 0), (["[]"], 1), (["[] ", "{}\n"], 2), (['"a"', "1"], 2), (["1", "2"], 1)):
        *head, last = told(fragments, multiple=True)
        assert len(head) == number
        assert last.startswith(f"complete ({number} document")
    *head, last = told(["1 -"], multiple=True)
    assert head == ["[0] = 1"]
    assert last.startswith("truncated: ")


def test_an_error_ends_a_reading_at_once() -> None:
    for multiple in (False, True):
        reading = Reading(multiple=multiple)
        reading.feed("[1] ]")
        assert reading.ended
        assert isinstance(reading.error, midstream.MalformedJSON)
        assert reading.fresh == ([[1]] if multiple else [])


def test_a_value_under_a_repeated_key_breaks_nothing() -> None:
    document = '{"a":[1,2],"b":3,"a":{"x":"y"},"b":[4],"a":5}'
    for cut in range(len(document) + 1):
        lines = told([document[:cut], document[cut:]])
        assert lines[-1].startswith("complete")
        assert lines[-2] == "$ = {…} 2 keys"
    assert told(document)[-1].startswith("complete")


def test_a_document_deeper_than_the_stack_of_python() -> None:
    depth = 1024
    lines = told(["[" * depth, "]" * depth])
    assert len(lines) == depth + 1
    assert lines[0] == "$" + "[0]" * 10 + "…" + "[0]" * 10 + " = []"
    assert lines[-2] == "$ = […] 1 item"
    assert told(["[" * 50] * 20 + ["[" * 24] + ["]" * 64] * 16)[:-1] == lines[:-1]


@pytest.mark.parametrize("cut", [None, 1, 7])
def test_nothing_that_a_terminal_acts_on_is_printed(cut: int | None) -> None:
    step = cut or len(DOCUMENT)
    lines = told(DOCUMENT[at : at + step] for at in range(0, len(DOCUMENT), step))
    assert hidden_in("\n".join(lines)) == []
    assert "␛]0;owned␇" in "\n".join(lines) or "\\u001b]0;owned\\u0007" in "\n".join(lines)
    assert lines[-1].startswith("complete")
    out = io.StringIO()
    Lines(out).begin(Reading(), "\x1b]0;owned\x07", "\u202e", 0)
    assert hidden_in(out.getvalue()) == []


def test_nor_in_the_message_of_an_error() -> None:
    lines = told(['{"a":{"\\u001b]0;owned\\u0007\u202e\x9b":x'])
    assert lines[-1].startswith("malformed: ")
    assert hidden_in(lines[-1]) == []
