"""Bad input: a typed, located error and the value so far, at every cut; and limits, which are exact at every cut."""

from __future__ import annotations

import copy
import gc
import json
import os
import random
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

import midstream
from tests.conformance import judge
from tests.support import data, feeding

# -- real documents with one byte replaced, removed or doubled


def small_documents() -> list[bytes]:
    """200 texts of 16 to 110 bytes: those with the rarest signs first, the rest drawn at random."""
    texts = {doc.text for doc in data.llm_documents()} | {row.text for row in data.doc_rows() if row.status == "ok"}
    small = sorted(text for text in texts if 16 <= len(text.encode()) <= 110)
    rng = random.Random("small documents")
    rng.shuffle(small)

    def rarity(text: str) -> int:
        literal = "true" in text or "false" in text
        weights = {
            9: "null" in text,
            8: not text.isascii(),
            4: literal,
            3: "[" in text,
            2: "." in text,
            1: "\\" in text,
        }
        return -sum(weight for weight, there in weights.items() if there)

    rare = sorted(small, key=rarity)[:120]
    rest = [text for text in small if text not in set(rare)]
    return [text.encode() for text in [*rare, *rest[:80]]]


SMALL = small_documents()
REPLACEMENTS = b'"\\[]{},:-+.eE0179 \t\n\x00\x1ftfnux/\x7f\x80\xa0\xbf\xc0\xc3\xe0\xed\xf0\xf4\xff'
BATCHES = 20


def mutations(content: bytes, how: str) -> Iterator[tuple[int, bytes]]:
    rng = random.Random(content)
    for at in range(len(content)):
        if how == "replaced":
            byte = rng.choice([byte for byte in REPLACEMENTS if byte != content[at]])
            yield at, content[:at] + bytes([byte]) + content[at + 1 :]
        elif how == "removed":
            yield at, content[:at] + content[at + 1 :]
        else:
            yield at, content[: at + 1] + content[at:]


def test_the_small_documents_are_200_and_various() -> None:
    assert len(set(SMALL)) == 200
    assert any(b"null" in content for content in SMALL)
    for sign in (b"\\", b"[", b".", b"true", b"1", b"\n"):
        assert sum(sign in content for content in SMALL) >= 5, sign
    assert sum(not content.isascii() for content in SMALL) >= 5


@pytest.mark.parametrize("how", ["replaced", "removed", "doubled"])
@pytest.mark.parametrize("batch", range(BATCHES))
def test_P02_P13_P14_one_byte_wrong_at_every_position(batch: int, how: str) -> None:
    """json.loads says whether the result is JSON still, the oracle what is seen where it is not.

    Each result is fed whole, byte by byte, and cut before and behind the byte that was touched.
    """
    for content in SMALL[batch::BATCHES]:
        for at, changed in mutations(content, how):
            expected = judge.Expected(changed)
            end = expected.end()
            accepted = judge.is_json(changed)
            assert (end.error is None) == accepted, changed
            if accepted:
                assert end.value == judge.fingerprint(judge.strict_loads(changed)), changed
            check_end([changed], expected)
            check_end(feeding.units(changed), expected)
            check_end([changed[:at], changed[at : at + 1], changed[at + 1 :]], expected)
            for form in judge.forms(changed)[1:]:
                check_end([form], expected)
                check_end(feeding.units(form), expected)


def check_end(fragments: list[Any], expected: judge.Expected) -> None:
    """Error or final value, after all fragments; judged by the oracle's reading of the whole."""
    end = expected.end()
    parser, error = feeding.feed_all(fragments, **expected.options)
    if error is None:
        error = feeding.try_close(parser)
    record = None if error is None else feeding.error_record(error)
    assert record == end.error, fragments
    assert judge.fingerprint(parser.value) == end.value, fragments
    assert parser.offset == end.offset
    assert parser.status.name == end.status
    if isinstance(error, midstream.JSONStreamError):
        assert type(error) in (midstream.MalformedJSON, midstream.TruncatedJSON)
        assert judge.fingerprint(error.value) == end.value


@pytest.mark.parametrize("how", ["replaced", "removed", "doubled"])
def test_P02_the_offset_is_the_first_byte_without_hope(how: str) -> None:
    """Judged by json.loads alone: with the bytes before the error some continuation is JSON, with one more none is."""
    for content in SMALL[::2]:
        for _, changed in mutations(content, how):
            try:
                midstream.loads(changed)
            except midstream.TruncatedJSON as error:
                assert error.offset == len(changed)
                assert judge.completion(changed) is not None, changed
            except midstream.MalformedJSON as error:
                assert judge.completion(changed[: error.offset]) is not None, (changed, error)
                assert judge.completion(changed[: error.offset + 1]) is None, (changed, error)


# -- UTF-8


LENGTH_OF_LEAD = {lead: 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4 for lead in range(0xC2, 0xF5)}
EDGES = bytes([0x22, 0x41, 0x5C, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC3, 0xE2, 0xF0, 0xFF])


def sequences() -> Iterator[bytes]:
    """Every byte from 80 on as a lead, and behind it the bytes at the edges of RFC 3629's table, valid and not."""
    for lead in range(0x80, 0x100):
        length = LENGTH_OF_LEAD.get(lead, 2)
        for second in EDGES:
            two = bytes([lead, second])
            yield two
            if length > 2 and 0x80 <= second <= 0xBF:
                for third in EDGES[2:12]:
                    yield two + bytes([third])
                    if length > 3 and 0x80 <= third <= 0xBF:
                        for fourth in EDGES[2:12:2]:
                            yield two + bytes([third, fourth])


NAMED = {
    "overlong slash, 2 bytes": b"\xc0\xaf",
    "overlong slash, 3 bytes": b"\xe0\x80\xaf",
    "overlong slash, 4 bytes": b"\xf0\x80\x80\xaf",
    "overlong NUL": b"\xc0\x80",
    "largest overlong, 2 bytes": b"\xc1\xbf",
    "largest overlong, 3 bytes": b"\xe0\x9f\xbf",
    "largest overlong, 4 bytes": b"\xf0\x8f\xbf\xbf",
    "first high surrogate": b"\xed\xa0\x80",
    "last high surrogate": b"\xed\xaf\xbf",
    "first low surrogate": b"\xed\xb0\x80",
    "last low surrogate": b"\xed\xbf\xbf",
    "surrogate pair as two sequences (CESU-8)": b"\xed\xa0\xbd\xed\xb8\x80",
    "first beyond U+10FFFF": b"\xf4\x90\x80\x80",
    "lead of 5 bytes": b"\xf8\x88\x80\x80\x80",
    "lead of 6 bytes": b"\xfc\x84\x80\x80\x80\x80",
    "FE": b"\xfe",
    "FF": b"\xff",
    "lone continuation": b"\x80",
    "two continuations": b"\xbf\xbf",
    "continuation behind a whole character": b"\xc3\xa9\xa9",
    "valid: edges of 2 bytes": b"\xc2\x80\xdf\xbf",
    "valid: edges of 3 bytes": b"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf",
    "valid: edges of 4 bytes": b"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
}


def first_bad_byte(content: bytes) -> int | None:
    """By Python's strict decoder: the first byte that can't stand there. None where all is valid or merely cut off."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "invalid start byte":
            return error.start
        if error.reason == "invalid continuation byte":
            return error.end  # the decoder reports the valid part of the sequence as its range
        assert error.reason == "unexpected end of data"
    return None


def check_text(before: bytes, text: bytes, after: bytes) -> None:
    """before + text + after, text inside a string: at every cut the error, or value, that the decoder asks for."""
    content = before + text + after
    bad = first_bad_byte(content)
    valid = content[:bad].decode("utf-8", "ignore").encode()  # without the beginning of the bad sequence
    shown = judge.fingerprint(midstream.loads(valid, partial=True))
    for fragments in [[content], feeding.units(content), *feeding.every_split(content)]:
        parser, error = feeding.feed_all(fragments)
        if bad is None:
            assert error is None, fragments
            assert judge.fingerprint(parser.close()) == judge.fingerprint(json.loads(content)), fragments
            continue
        assert isinstance(error, midstream.MalformedJSON), (fragments, error)
        assert error.kind is midstream.ErrorKind.INVALID_UTF8, (fragments, error)
        assert error.offset == parser.offset == bad, (fragments, error)
        assert error.char_offset == len(valid.decode()), (fragments, error)
        assert judge.fingerprint(parser.value) == shown, fragments


@pytest.mark.parametrize("before", [b'"ab', b'["\xc3\xa9', b'{"k":"'])
def test_P07_utf8_in_values(before: bytes) -> None:
    """Every form of bad sequence, and good ones beside it, behind ASCII, a two-byte character and nothing."""
    after = {b'"': b'"', b"[": b'"]', b"{": b'"}'}[before[:1]]
    for sequence in {*sequences(), *NAMED.values()}:
        if sequence[-1:] in b'"\\' and first_bad_byte(before + sequence) is None:
            continue  # a valid character and then a quote or an escape: another document
        check_text(before, sequence, b"z" + after)


@pytest.mark.parametrize("name", NAMED)
def test_P07_utf8_in_keys_and_around_escapes(name: str) -> None:
    """The named sequences in keys, between escapes, behind half a surrogate pair and after a long run of text."""
    text = NAMED[name]
    check_text(b'{"', text, b'":1}')
    check_text(b'{"ab\\n', text, b'cd":1}')
    check_text(b'{"a":1,"\xf0\x9f\x98\x80', text, b'":1}')
    check_text(b'"\\u0041', text, b'\\u0042"')
    check_text(b'"' + b"x" * 70, text, b'"')
    check_text(b'"' + "é€😀".encode() * 9, text, b'"')


FOLLOWERS = [b"", b'"', b"a", b"\\", b"\n", b"\x7f", b"\xc3\xa9", b"\xe2", b"\xf0", b"\xff", b"\x00"]
CUT_SHORT = [b"\xc3", b"\xe0", b"\xe2\x82", b"\xed", b"\xed\x9f", b"\xf0", b"\xf0\x9f\x98", b"\xf4\x8f\xbf"]


@pytest.mark.parametrize("follower", FOLLOWERS)
@pytest.mark.parametrize("cut", CUT_SHORT)
def test_P07_a_sequence_cut_short(cut: bytes, follower: bytes) -> None:
    """INVALID_UTF8 at what follows instead of a continuation byte; at the end of input, truncated. Values and keys."""
    for before, wanted in ((b'["ab', ["ab"]), (b'{"ab', {}), (b'{"ab":"', {"ab": ""})):
        content = before + cut + follower
        for fragments in [[content], feeding.units(content), *feeding.every_split(content)]:
            parser, error = feeding.feed_all(fragments)
            if follower:
                assert isinstance(error, midstream.MalformedJSON)
                assert error.kind is midstream.ErrorKind.INVALID_UTF8
            else:
                assert error is None
                assert parser.offset == len(content)
                error = feeding.try_close(parser)
                assert isinstance(error, midstream.TruncatedJSON)
            assert error.offset == len(before + cut)
            assert error.char_offset == error.column - 1 == len(before)
            assert judge.fingerprint(parser.value) == judge.fingerprint(wanted)


OUTSIDE = [
    (b"", "EXPECTED_VALUE"),
    (b" \n", "EXPECTED_VALUE"),
    (b"[", "EXPECTED_VALUE"),
    (b"[1,", "EXPECTED_VALUE"),
    (b"[1", "EXPECTED_COMMA"),
    (b"[1 ", "EXPECTED_COMMA"),
    (b"[-", "INVALID_NUMBER"),
    (b"[1.", "INVALID_NUMBER"),
    (b"[1e", "INVALID_NUMBER"),
    (b"[tr", "INVALID_LITERAL"),
    (b"[true", "EXPECTED_COMMA"),
    (b"{", "EXPECTED_KEY"),
    (b'{"a"', "EXPECTED_COLON"),
    (b'{"a":', "EXPECTED_VALUE"),
    (b'{"a":1,', "EXPECTED_KEY"),
    (b"1", "TRAILING_DATA"),
    (b"1 ", "TRAILING_DATA"),
    (b"[]", "TRAILING_DATA"),
    (b'"\\', "INVALID_ESCAPE"),
    (b'"\\u12', "INVALID_ESCAPE"),
]


@pytest.mark.parametrize(("before", "kind"), OUTSIDE)
def test_P02_utf8_outside_strings_is_rejected_at_its_lead_byte(before: bytes, kind: str) -> None:
    """Good or bad UTF-8: the grammar has no place for it, and says so at the first byte."""
    others = ("é".encode(), "\u2028".encode(), "\ufeff".encode(), b"\xa0", b"\xc2\xa0", b"\xe2")
    for sequence in (*NAMED.values(), *others):
        content = before + sequence
        expected = judge.Expected(content)
        assert expected.end().error is not None
        assert expected.end().error[1:3] == (kind, len(before))  # type: ignore[index]
        for form in judge.forms(content):
            for fragments in [[form], feeding.units(form), *feeding.every_split(form)]:
                judge.check(fragments, expected, thorough=True)


@pytest.mark.parametrize("code", [0xD800, 0xD83D, 0xDBFF])
def test_P07_lone_surrogates_in_str(code: int) -> None:
    """At a seam of two str fragments halves join; alone they are the bytes ED A0..BF: bad at the second of them."""
    high = chr(code)
    for before, after in (('["ab', '"]'), ('{"ab', '":1}'), ('["é', '"]')):
        pair = (high + "\udc00").encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        joined = midstream.Parser()
        for fragment in (before + high, "", "\udc00" + after):
            joined.feed(fragment)
        assert judge.fingerprint(joined.close()) == judge.fingerprint(json.loads(before + pair + after))
        bad = len(before.encode()) + 1
        broken: list[list[Any]] = [
            [before + high + "x"],
            [before + high, "x"],
            [before + high, b"x"],
            [before + high, b"\xed\xb0\x80"],
            [before + high, high + "\udc00"],
            [before + high, after],
            [before + high + after],
            [before + "\udc00"],
            [before, "\udc00" + after],
            [before, b"", "\udc00"],
            [before + high, "\n"],
        ]
        for fragments in broken:
            _, error = feeding.feed_all(fragments)
            assert isinstance(error, midstream.MalformedJSON), fragments
            assert (error.kind, error.offset) == (midstream.ErrorKind.INVALID_UTF8, bad), fragments
            assert feeding.error_record(error) == feeding.partial.parse(fragments).error


# -- limits


def every_way(content: bytes) -> Iterator[list[Any]]:
    for form in judge.forms(content):
        yield [form]
        yield feeding.units(form)
        yield from feeding.every_split(form)


def check_limit(content: bytes, **options: Any) -> judge.Seen:
    """At every way to feed content, one byte a fragment included, what the oracle says. Gives its end."""
    expected = judge.Expected(content, **options)
    for fragments in every_way(content):
        judge.check(fragments, expected, thorough=True)
    return expected.end()


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 10])
def test_P15_depth_is_exact_at_every_cut(limit: int) -> None:
    """limit levels are accepted; one more is refused at its own bracket, whatever it is and whatever stands around."""
    shapes = [(b"[", b"]"), (b'{"a":', b"}"), (b'[1,{"b": [], "a" : ', b"}]")]
    for opening, closing in shapes:
        levels = opening.count(b"[") + opening.count(b"{") - opening.count(b"[]")
        for times in range(1, 13):
            content = opening * times + b"0" + closing * times
            if len(content) > 120:
                continue
            end = check_limit(content, max_depth=limit)
            deepest = times * levels + (opening.count(b"[]") if times else 0)
            assert (end.error is None) == (deepest <= limit), content
            if end.error is not None:
                brackets = [at for at in range(len(content)) if content[at] in b"[{" and depth_at(content, at) == limit]
                assert end.error[:3] == ("LimitExceeded", "MAX_DEPTH", brackets[0])


def depth_at(content: bytes, at: int) -> int:
    before = content[:at]
    return sum(before.count(c) for c in (b"[", b"{")) - sum(before.count(c) for c in (b"]", b"}"))


def test_P15_depth_counts_open_levels_not_containers() -> None:
    check_limit(b"[[],[],{},[[]]]", max_depth=2)
    check_limit(b"[[],[],{},[]] ", max_depth=2)
    check_limit(b"[] [] {} [[]] 1", max_depth=1, multiple=True)


SIZED = '{"é": [1.5, "a€\\ud83d\\ude00", true], "k": -120, "😀": {"": null}} \n'.encode()


@pytest.mark.parametrize("numbers", ["complete", "partial"])
def test_P15_size_is_exact_at_every_cut(numbers: str) -> None:
    """For every limit up to the size of a document: all of it, or MAX_SIZE at the limit with all before it shown."""
    for limit in range(len(SIZED) + 2):
        end = check_limit(SIZED, max_size=limit, numbers=numbers)
        if limit >= len(SIZED):
            assert end.error is None
        else:
            before = feeding.partial.parse(SIZED[:limit], numbers=numbers)
            assert end.error is not None
            assert end.error[:3] == ("LimitExceeded", "MAX_SIZE", limit)
            assert end.value == judge.fingerprint(before.value)


def test_P15_an_earlier_error_wins_over_the_size() -> None:
    for limit in range(8):
        end = check_limit(b"[1,x,22]", max_size=limit)
        assert end.error is not None
        assert end.error[1:3] == (("MAX_SIZE", limit) if limit <= 3 else ("EXPECTED_VALUE", 3))


STRINGS = [
    b'"abcdef"',
    b'["abc","d"]',
    b'{"abc":"de","f":1}',
    '"aé€😀b"'.encode(),
    b'"a\\n\\u0041\\u00e9b"',
    b'"\\ud83d\\ude00x\\uD834\\uDD1E"',
    b'"\\ud83d"',
    b'"\\ud83d\\ud83d\\ude00"',
    b'"\\ude00\\ud83dx"',
    '{"\\ud83dé":"\\ud83d😀"}'.encode(),
    b'{"":""}',
]


@pytest.mark.parametrize("content", STRINGS)
def test_P15_string_length_is_exact_at_every_cut(content: bytes) -> None:
    """Code points of a value or key, however they are written; all up to the limit is shown."""
    longest = max(map(len, strings_of(judge.strict_loads(content))))
    for limit in range(longest + 2):
        end = check_limit(content, max_string=limit)
        if longest <= limit:
            assert end.error is None
        else:
            assert end.error is not None
            assert end.error[:2] == ("LimitExceeded", "MAX_STRING")


def strings_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings_of(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings_of(item)


@pytest.mark.parametrize("numbers", ["complete", "partial"])
@pytest.mark.parametrize("number", ["0", "-0", "12", "-12345", "1.5", "-0.25e+10", "1E5", "12e-3"])
def test_P15_number_length_is_exact_at_every_cut(number: str, numbers: str) -> None:
    """Characters of a number, at the root and inside, with every delimiter; the first beyond the limit is refused."""
    for limit in range(len(number) + 2):
        for text in (number, f"{number} ", f"[{number}]", f"[{number},1]", f'{{"":{number}}}', f'{{"":{number} }}'):
            end = check_limit(text.encode(), max_string=limit, numbers=numbers)
            assert (end.error is None) == (len(number) <= limit)
            if end.error is not None:
                assert end.error[:3] == ("LimitExceeded", "MAX_STRING", text.index(number) + limit)


@pytest.fixture
def digit_limit() -> Iterator[int]:
    """The smallest limit that the interpreter takes."""
    if not hasattr(sys, "set_int_max_str_digits"):
        pytest.skip("this interpreter has no limit on the digits of an int")
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    yield 640
    sys.set_int_max_str_digits(before)


@pytest.mark.parametrize("numbers", ["complete", "partial"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_P15_the_digit_limit_of_ints_is_exact(digit_limit: int, sign: str, numbers: str) -> None:
    """640 digits pass, 641 are refused right behind the last one; fractions and exponents make floats."""
    for extra in (-1, 0, 1, 40):
        number = sign + "7" * (digit_limit + extra)
        for before, after in (("[", "]"), ("[", " ]"), ("[1,", ",2]"), ('{"a":', "}"), ("", ""), ("", " ")):
            content = (before + number + after).encode()
            expected = judge.Expected(content, numbers=numbers)
            end = expected.end()
            assert (end.error is None) == (extra <= 0)
            if end.error is not None:
                assert end.error[:3] == ("LimitExceeded", "INT_DIGITS", len(before + number))
            for form in judge.forms(content):
                judge.check([form], expected, thorough=True)
                judge.check(feeding.units(form), expected, every=59, thorough=True)
                for cut in (1, len(before), len(before) + 1, 639, 640, 641, 642, len(content) - 1):
                    judge.check(feeding.cut(form, [min(cut, len(content))]), expected, thorough=True)
        for tail in (".5", "e1", "E+1", ".0e-1"):
            content = f"[{number}{tail}]".encode()
            for fragments in ([content], feeding.units(content)):
                parser, error = feeding.feed_all(fragments, numbers=numbers)
                assert error is None
                assert judge.fingerprint(parser.close()) == judge.fingerprint(json.loads(content))


def test_P15_without_a_digit_limit_ints_are_exact(digit_limit: int) -> None:
    sys.set_int_max_str_digits(0)
    for digits in (641, 5000, 100_000):
        text = "[" + "1234567890" * (digits // 10 + 1) + "]"
        for step in (1, 1000, len(text)):
            parser = midstream.Parser()
            for at in range(0, len(text), step):
                parser.feed(text[at : at + step])
            value = parser.close()
            assert type(value[0]) is int
            assert value == [int(text[1:-1])]


# -- a million of each

# the brief profile is for slow builds
MILLION = 200_000 if os.environ.get("MIDSTREAM_PROFILE") == "brief" else 1_000_000


@pytest.mark.parametrize("step", [1, 1000, 2 * MILLION])
@pytest.mark.parametrize("numbers", ["complete", "partial"])
def test_P15_a_number_of_a_million_digits(numbers: str, step: int) -> None:
    """As a float exact to the bit, through parse_float untouched, as an int beyond the interpreter's limit."""
    digits = "1234567890" * (MILLION // 10)
    fraction = f"0.{digits}"
    assert feed_in_steps(f"[{fraction}]", step, numbers=numbers).close() == [float(fraction)]
    assert feed_in_steps(f"[{digits}e-{MILLION}]", step, numbers=numbers).close() == [float(f"{digits}e-{MILLION}")]
    assert feed_in_steps(fraction, step, numbers=numbers).close() == float(fraction)
    limit = getattr(sys, "get_int_max_str_digits", lambda: 0)()
    if limit:
        with pytest.raises(midstream.LimitExceeded) as refused:
            feed_in_steps(f"[{digits}]", step, numbers=numbers)
        error = refused.value
        assert (error.kind, error.offset) == (midstream.ErrorKind.INT_DIGITS, 1 + MILLION)
        assert error.value == ([] if numbers == "complete" else [int(digits[:limit])])
        assert (error.line, error.column, error.path) == (1, MILLION + 2, (0,))
    with pytest.raises(midstream.LimitExceeded) as too_long:
        feed_in_steps(f"[{fraction}]", step, numbers=numbers, max_string=MILLION)
    assert (too_long.value.kind, too_long.value.offset) == (midstream.ErrorKind.MAX_STRING, MILLION + 1)
    if numbers == "complete":
        kept = feed_in_steps(f"[{fraction}]", step, parse_float=str).close()
        assert kept == [fraction]
        assert feed_in_steps("[1.5e3]", step, parse_float=Decimal).close() == [Decimal("1.5e3")]


def feed_in_steps(text: str, step: int, **options: Any) -> midstream.Parser:
    parser = midstream.Parser(**options)
    for at in range(0, len(text), step):
        parser.feed(text[at : at + step])
    return parser


def depth_of(value: Any) -> int:
    """Levels of a value in which each container has one item at most."""
    depth = 0
    while isinstance(value, (list, dict)):
        depth += 1
        if not value:
            break
        value = value[0] if isinstance(value, list) else value["a"]
    return depth


@pytest.mark.parametrize("limit", [None, MILLION])
@pytest.mark.parametrize("step", [1, 5 * MILLION])
@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_P15_P16_a_million_open_brackets(opening: str, step: int, limit: int | None) -> None:
    """With the limit off or raised: shown to its full depth, truncated on close, dropped without a crash."""
    text = opening * MILLION
    parser = midstream.Parser(max_depth=limit)
    for number, at in enumerate(range(0, len(text), step)):
        parser.feed(text[at : at + step])
        if number % 1000 == 0:
            parser.value
    assert parser.offset == len(text)
    assert depth_of(parser.value) == MILLION
    if limit is not None:
        deeper = copy.copy(parser)
        with pytest.raises(midstream.LimitExceeded) as refused:
            deeper.feed(opening)
        assert (refused.value.kind, refused.value.offset) == (midstream.ErrorKind.MAX_DEPTH, len(text))
        assert len(refused.value.path) == (MILLION - 1 if opening == "[" else MILLION)
        del deeper, refused
    with pytest.raises(midstream.TruncatedJSON) as truncated:
        parser.close()
    assert truncated.value.offset == len(text)
    assert depth_of(truncated.value.value) == MILLION
    del parser, truncated
    gc.collect()


@pytest.mark.parametrize("step", [1, 4096])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_P15_P16_a_million_levels_closed(opening: str, closing: str, step: int) -> None:
    """A document a million deep is read to its end; its snapshots and copies can be taken and dropped."""
    text = opening * MILLION + "[]" + closing * MILLION
    parser = feed_in_steps(text, step, max_depth=None)
    value = parser.close()
    assert parser.status is midstream.Status.COMPLETE
    assert parser.offset == len(text)
    assert depth_of(value) == MILLION + 1
    shared = parser.snapshot()
    own = parser.snapshot(share=False)
    assert depth_of(shared) == depth_of(own) == MILLION + 1
    assert own is not value
    fork = copy.copy(parser)
    del parser, value, shared
    assert depth_of(own) == MILLION + 1
    del own
    assert fork.is_complete(())
    del fork
    gc.collect()


@pytest.mark.parametrize("after", ["x", "]", '"'])
def test_P15_P16_an_error_a_million_levels_down(after: str) -> None:
    """The value so far is kept, and the message stays readable."""
    text = '{"a":' * MILLION + after
    parser = midstream.Parser(max_depth=None)
    error: Any = feeding.try_feed(parser, text)
    if after == '"':
        assert error is None
        error = feeding.try_close(parser)
        assert isinstance(error, midstream.TruncatedJSON)
    else:
        assert isinstance(error, midstream.MalformedJSON)
        assert (error.kind, error.offset) == (midstream.ErrorKind.EXPECTED_VALUE, len(text) - 1)
    assert depth_of(error.value) == MILLION
    assert len(error.path) == MILLION
    assert f"line 1 column {error.column}" in str(error)
    del parser, error
    gc.collect()


def test_P16_snapshots_taken_on_the_way_down_can_be_dropped_in_any_order() -> None:
    """Snapshots share what is complete, and so hold parts of one deep tree."""
    parser = midstream.Parser(max_depth=None)
    taken = []
    for _ in range(10):
        parser.feed("[" * 1000)
        taken.append(parser.snapshot())
    for _ in range(10):
        parser.feed("]" * 1000)
        taken.append(parser.snapshot())
    assert depth_of(parser.close()) == 10_000
    assert [depth_of(value) for value in taken] == [*range(1000, 10_001, 1000), *[10_000] * 10]
    random.Random(1).shuffle(taken)
    del parser
    while taken:
        taken.pop()
    gc.collect()
