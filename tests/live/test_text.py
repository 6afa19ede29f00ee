"""Text made safe to print."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from midstream.live.text import count, ends, path_text, size, value_text, visible
from tests.live.hostile import WORDS, hidden_in

HIDDEN = {"Cc", "Cf", "Zl", "Zp", "Cs"}


def test_every_character_without_a_look_of_its_own_is_replaced_and_no_other() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    kept = set(visible(everything))
    hidden = {character for character in everything if unicodedata.category(character) in HIDDEN}
    assert hidden & kept == set()
    gone = {each for each in set(everything) - kept - hidden if not "\U000e0000" <= each <= "\U000e0fff"}
    assert set(map(unicodedata.category, gone)) <= {"Cn"}  # an older Python does not know them all


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x00\x07\x1b\n\t\r\x1f", "␀␇␛␊␉␍␟"),
        ("\x7f", "␡"),
        ("\x80\x9b\x9f\xad", "\\x80\\x9b\\x9f\\xad"),
        ("\u202ea\u2069\u200b\ufeff", "\\u202ea\\u2069\\u200b\\ufeff"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("Grüße 東京 😀 e\u0301 \u00a0", "Grüße 東京 😀 e\u0301 \u00a0"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_visible_is_done_after_one_pass(text: str) -> None:
    once = visible(text)
    assert visible(once) == once
    assert hidden_in(once) == []


def test_ends() -> None:
    assert ends("abcdef", 6, 3) == "abcdef"
    assert ends("abcdefg", 6, 3) == "abc…fg"
    assert ends("abcdefg", 4, 3) == "abc…"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('a"b\n', '"a\\"b\\n"'),
        ("東京\x9b", '"東京\\x9b"'),
        (12, "12"),
        (-1.5, "-1.5"),
        (True, "true"),
        (None, "null"),
        ({}, "{}"),
        ([], "[]"),
        ({"a": 1}, "{…} 1 key"),
        ([[]] * 1200, "[…] 1,200 items"),
        ("x" * 100, '"xxxxxxxxx…xxxxxxxx" (100 characters)'),
        (10**60, "1000000000…000000000"),
    ],
)
def test_value_text(value: object, text: str) -> None:
    assert value_text(value, 20) == text


@pytest.mark.parametrize("word", WORDS, ids=range(len(WORDS)))
def test_no_word_gets_through(word: str) -> None:
    assert hidden_in(visible(word)) == []
    assert hidden_in(value_text(word, 100)) == []
    assert hidden_in(path_text((word, 0, word))) == []


def test_a_path_is_written_as_in_the_message_of_an_error() -> None:
    document = '{"items":[{"a b":[1,{"c":x'
    with pytest.raises(midstream.MalformedJSON) as caught:
        midstream.loads(document)
    assert f"({path_text(caught.value.path)})" in str(caught.value)
    assert path_text(()) == "$"
    assert path_text((0,) * 10 + (1,) * 1000) == "$" + "[0]" * 10 + "…" + "[1]" * 10
    assert len(path_text(("k" * 10**6,))) < 100
    assert path_text(("items", 0, "a b", 1, "c")) == "$.items[0]['a b'][1].c"


def test_numbers_for_people() -> None:
    assert [count(number, "key") for number in (0, 1, 2, 1234)] == ["0 keys", "1 key", "2 keys", "1,234 keys"]
    numbers = (0, 999, 1000, 12_345, 123_456, 999_600, 4_560_000, 5e9, 5e12)
    expected = ["0 B", "999 B", "1.00 kB", "12.3 kB", "123 kB", "1.00 MB", "4.56 MB", "5.00 GB", "5,000 GB"]
    assert [size(number) for number in numbers] == expected
