"""P07: only whole characters are shown, and the halves of a pair join across every kind of cut."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given

import midstream
from tests.oracle.partial import MISSING, parse
from tests.support import strategies
from tests.support.feeding import (
    all_ways,
    code_units,
    every_split,
    every_two_cut_split,
    feed_all,
    freeze,
    seen,
    try_close,
    try_feed,
    units,
)

PAIR = "\\ud83d\\ude00"


def repairs_of(parser: midstream.Parser) -> list[tuple[str, int, tuple[str | int, ...]]]:
    return [(repair.kind.name, repair.offset, repair.path) for repair in parser.repairs]


def test_P07_a_pair_of_escapes_joins_at_its_last_digit() -> None:
    parser = midstream.Parser()
    parser.feed('["a')
    for unit in units(PAIR[:-1]):
        parser.feed(unit)
        assert parser.value == ["a"]
    parser.feed(PAIR[-1])
    assert parser.value == ["a😀"]
    assert parser.repairs == ()


@pytest.mark.parametrize("character", ["é", "߿", "ࠀ", "€", "\ud7ff", "\ue000", "\uffff", "\U00010000", "😀", "\U0010ffff"])
def test_P07_sequences_split_at_every_byte(character: str) -> None:
    data = character.encode()
    for head, tail in every_split(data):
        parser, error = feed_all([b'{"k":"x', head])
        assert error is None
        assert parser.value == {"k": "x" + (character if not tail else "")}
        assert parser.offset == 7 + len(head)
        parser.feed(tail)
        assert parser.value == {"k": "x" + character}
        parser.feed(b'y"}')
        assert parser.close() == {"k": "x" + character + "y"}
        key, error = feed_all([b'{"', head, tail, b'":', b"1", b"}"])
        assert error is None
        assert key.close() == {character: 1}


@given(strategies.fed(), strategies.options())
def test_P07_whatever_is_shown_can_be_encoded(fragments: list[Any], options: dict[str, Any]) -> None:
    parser = midstream.Parser(**options)

    def check(value: Any) -> None:
        if isinstance(value, str):
            value.encode("utf-8")
        elif isinstance(value, list):
            list(map(check, value))
        elif isinstance(value, dict):
            list(map(check, value))
            list(map(check, value.values()))

    for fragment in fragments:
        error = try_feed(parser, fragment)
        check(parser.value)
        check(parser.snapshot())
        check(list(parser.path))
        if error is not None:
            return


# The text of a string, what it becomes, and the offsets of its lone halves counted from its opening quote.
LONE: list[tuple[str, str, list[int]]] = [
    ("\\ud83d", "\ufffd", [1]),
    ("\\ude00", "\ufffd", [1]),
    ("\\ude00\\ud83d", "\ufffd\ufffd", [1, 7]),
    ("\\ud83d\\ud83d\\ude00", "\ufffd😀", [1]),
    ("\\ud83d\\ude00\\ude00", "😀\ufffd", [13]),
    ("\\ud83dx\\ude00", "\ufffdx\ufffd", [1, 8]),
    ("\\ud83d\\n", "\ufffd\n", [1]),
    ("\\ud83d\\u0041", "\ufffdA", [1]),
    ("\\ud83dé", "\ufffdé", [1]),
    ("\\ud83d😀", "\ufffd😀", [1]),
    ("é\\uDBFF\\uDBFF", "é\ufffd\ufffd", [3, 9]),
    ("\\ud83d\\ud83d\\ud83d", "\ufffd\ufffd\ufffd", [1, 7, 13]),
    ("\\ud83d\\\\ude00", "\ufffd\\ude00", [1]),
    ("\\ud83d\\ufffd", "\ufffd\ufffd", [1]),
]


@pytest.mark.parametrize(("body", "value", "offsets"), LONE)
def test_P07_lone_halves_become_u_fffd_and_are_recorded(body: str, value: str, offsets: list[int]) -> None:
    for head, tail, path in (("", "", ()), ('[1,"', "]", (1,)), ('{"k":[[', "]]}", ("k", 0, 0))):
        head = head.removesuffix('"')
        text = f'{head}"{body}"{tail}'
        for fragments in itertools.chain(all_ways(text.encode()), every_two_cut_split(text)):
            parser, error = feed_all(fragments)
            assert error is None
            assert repairs_of(parser) == [("LONE_SURROGATE", len(head) + offset, path) for offset in offsets]
            shown = parser.close()
            for step in path:
                shown = shown[step]
            assert shown == value


@pytest.mark.parametrize(("body", "value", "offsets"), LONE)
def test_P07_lone_halves_in_a_key(body: str, value: str, offsets: list[int]) -> None:
    text = f'{{"a":{{"{body}":1}}}}'
    for fragments in every_split(text):
        parser, error = feed_all(fragments)
        assert error is None
        assert repairs_of(parser) == [("LONE_SURROGATE", 6 + offset, ("a",)) for offset in offsets]
        assert parser.close() == {"a": {value: 1}}


@pytest.mark.parametrize("proof", ["x", "é", "€", "😀", "\\n", "\\\\", "\\u0041", "\\ud83d", '"'])
def test_P07_a_half_is_shown_by_its_proof_and_no_sooner(proof: str) -> None:
    parser = midstream.Parser()
    parser.feed('["a\\ud83d')
    for byte in units(proof.encode())[:-1]:
        parser.feed(byte)
        assert parser.value == ["a"]
        assert parser.repairs == ()
    parser.feed(proof.encode()[-1:])
    assert parser.value[0].startswith("a\ufffd")
    assert repairs_of(parser) == [("LONE_SURROGATE", 3, (0,))]


@pytest.mark.parametrize("tail", ["", "\\", "\\u", "\\ude0", "\\x", "\\ud83x", "\x00", "\n", "\\u00", "\\n\x00"])
def test_P07_a_half_that_is_never_decided_is_dropped(tail: str) -> None:
    for fragments in ([f'["a\\ud83d{tail}'], units(f'["a\\ud83d{tail}')):
        parser, error = feed_all(fragments)
        error = error or try_close(parser)
        assert isinstance(error, midstream.JSONStreamError)
        if tail == "\\n\x00":
            assert parser.value == ["a\ufffd\n"]
            assert len(parser.repairs) == 1
        else:
            assert parser.value == ["a"]
            assert parser.repairs == ()


@pytest.mark.parametrize("text", ['"😀"', '["a😀b😀"]', '{"😀😀":"\U0010ffff"}', '"\\ud83d😀\\ude00"', '"\\n😀"'])
def test_P07_pairs_split_over_str_fragments_join(text: str) -> None:
    halves = code_units(text)
    wanted = seen([text], close=True)
    assert seen(units(halves), close=True) == wanted
    for fragments in itertools.chain(every_split(halves), every_two_cut_split(halves)):
        assert seen(fragments, close=True) == wanted
        with_empty = list(itertools.chain.from_iterable((fragment, "", b"") for fragment in fragments))
        assert seen(with_empty, close=True) == wanted


def test_P07_a_half_at_the_end_of_a_str_is_held_and_not_counted() -> None:
    parser = midstream.Parser()
    parser.feed('["é\ud83d')
    assert parser.value == ["é"]
    assert parser.offset == 4
    parser.feed("")
    parser.feed(b"")
    assert parser.offset == 4
    parser.feed("\ude00")
    assert parser.value == ["é😀"]
    assert parser.offset == 8
    assert parser.repairs == ()


@pytest.mark.parametrize(
    "after", ["x", '"', "\ud83d", "\ud83d\ude00", "\\", b"\xb8\x80", b'"', b"\xed\xb8\x80", "é", bytearray(b"x")]
)
def test_P07_a_half_without_its_other_is_invalid(after: Any) -> None:
    parser = midstream.Parser()
    parser.feed('["é\ud83d')
    with pytest.raises(midstream.MalformedJSON) as caught:
        parser.feed(after)
    assert caught.value.kind is midstream.ErrorKind.INVALID_UTF8
    assert (caught.value.offset, caught.value.char_offset) == (5, 3)
    assert parser.value == ["é"]


@pytest.mark.parametrize(
    ("text", "kind", "offset"),
    [
        ('"\ude00', "INVALID_UTF8", 2),
        ('"\ude00"', "INVALID_UTF8", 2),
        ('"\ud83dx', "INVALID_UTF8", 2),
        ('"\ud83d\ud83d\ude00', "INVALID_UTF8", 2),
        ("\ud83d", "EXPECTED_VALUE", 0),
        ("[1\ud83d", "EXPECTED_COMMA", 2),
        ("1 \ude00", "TRAILING_DATA", 2),
        ('"\\\ud83d', "INVALID_ESCAPE", 2),
        ('"\\u00\ud83d', "INVALID_ESCAPE", 5),
        ('{"a"\ud83d', "EXPECTED_COLON", 4),
        ("{\ud83d", "EXPECTED_KEY", 1),
        ("tr\ud83d", "INVALID_LITERAL", 2),
        ("-\ud83d", "INVALID_NUMBER", 1),
    ],
)
def test_P07_lone_halves_in_a_str_elsewhere(text: str, kind: str, offset: int) -> None:
    for fragments in ([text], *every_split(text)):
        _, error = feed_all(fragments)
        assert isinstance(error, midstream.MalformedJSON)
        assert (error.kind.name, error.offset) == (kind, offset)


def test_P07_a_cut_sequence_and_then_a_str() -> None:
    for after in ("x", '"', "é", "😀", "\ud83d", "\ude00"):
        parser = midstream.Parser()
        parser.feed(b'["\xf0\x9f')
        parser.feed("")
        with pytest.raises(midstream.MalformedJSON) as caught:
            parser.feed(after)
        assert (caught.value.kind.name, caught.value.offset) == ("INVALID_UTF8", 4)


def test_P07_every_invalid_sequence_of_two_bytes() -> None:
    """Each pair of bytes in a string, as the table of RFC 3629 judges it, fed whole and cut between."""
    for first in range(0x80, 0x100):
        for second in (0x22, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xFF):
            data = bytes([0x22, first, second])
            wanted = parse(data)
            for fragments in ([data], [data[:2], data[2:]], units(data)):
                parser, error = feed_all(fragments)
                assert (error is None) == (wanted.error is None), data
                if wanted.error is not None:
                    assert isinstance(error, midstream.MalformedJSON)
                    assert (error.kind.name, error.offset) == wanted.error[1:3], data
                assert freeze(parser.value) == freeze(wanted.value)
                assert wanted.value is not MISSING
