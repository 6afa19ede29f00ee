"""JSONTestSuite: what is accepted, what is rejected and where, and that no cut of a file changes it."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest

import midstream
from tests.conformance import judge
from tests.support import data, feeding

FILES = data.json_test_suite()
ACCEPTED = sorted(name for name in FILES if name.startswith("y_"))
REJECTED = sorted(name for name in FILES if name.startswith("n_"))
UNDECIDED = sorted(name for name in FILES if name.startswith("i_"))

# A file is cut at every pair of places up to this many bytes (n**2 / 2 readings). Longer are only three nesting tests,
# of 1,000 bytes and more, which repeat one or five bytes: few of their cuts differ, and samples of them are taken.
EVERY_TWO_CUTS = 300
SMALL = sorted(name for name, content in FILES.items() if len(content) <= EVERY_TWO_CUTS)
LARGE = sorted(FILES.keys() - set(SMALL))

INF = float("inf")

# What the grammar leaves open, decided: the value, or the kind of the error and its offset in bytes.
I_CASES: dict[str, Any] = {
    # Numbers out of the range of a double become what float() makes of them, as in json.loads; ints are exact.
    "i_number_double_huge_neg_exp": [0.0],
    "i_number_huge_exp": [INF],
    "i_number_neg_int_huge_exp": [-INF],
    "i_number_pos_double_huge_exp": [INF],
    "i_number_real_neg_overflow": [-INF],
    "i_number_real_pos_overflow": [INF],
    "i_number_real_underflow": [0.0],
    "i_number_too_big_neg_int": [-123123123123123123123123123123],
    "i_number_too_big_pos_int": [100000000000000000000],
    "i_number_very_big_negative_int": [-237462374673276894279832749832423479823246327846],
    # An escaped surrogate without its other half becomes U+FFFD (and is listed in repairs).
    "i_string_invalid_surrogate": ["\ufffdabc"],
    "i_string_inverted_surrogates_U+1D11E": ["\ufffd\ufffd"],
    "i_string_lone_second_surrogate": ["\ufffd"],
    # Bytes that are not UTF-8 are rejected at the first byte that can't go on.
    "i_string_invalid_utf-8": ("INVALID_UTF8", 2),
    "i_string_iso_latin_1": ("INVALID_UTF8", 3),
    "i_string_lone_utf8_continuation_byte": ("INVALID_UTF8", 2),
    "i_string_not_in_unicode_range": ("INVALID_UTF8", 3),
    "i_string_overlong_sequence_2_bytes": ("INVALID_UTF8", 2),
    "i_string_overlong_sequence_6_bytes": ("INVALID_UTF8", 2),
    "i_string_overlong_sequence_6_bytes_null": ("INVALID_UTF8", 2),
    "i_string_truncated-utf-8": ("INVALID_UTF8", 3),
    # UTF-16 and a byte order mark are not JSON text in UTF-8.
    "i_string_utf16BE_no_BOM": ("EXPECTED_VALUE", 0),
    "i_string_utf16LE_no_BOM": ("EXPECTED_VALUE", 1),
    "i_structure_UTF-8_BOM_empty_object": ("EXPECTED_VALUE", 0),
    # Within the default limit of 1,024 levels.
    "i_structure_500_nested_arrays": "500 arrays",
}

# Every n_ file: kind and offset of its error. TRUNCATED comes from close(), MAX_DEPTH from the default limit
# (without a limit these two files are truncated); all else is malformed and raised by feed().
N_CASES: dict[str, tuple[str, int]] = {
    "n_array_1_true_without_comma": ("EXPECTED_COMMA", 3),
    "n_array_a_invalid_utf8": ("EXPECTED_VALUE", 1),
    "n_array_colon_instead_of_comma": ("EXPECTED_COMMA", 3),
    "n_array_comma_after_close": ("TRAILING_DATA", 4),
    "n_array_comma_and_number": ("EXPECTED_VALUE", 1),
    "n_array_just_minus": ("INVALID_NUMBER", 2),
    "n_array_missing_value": ("EXPECTED_VALUE", 4),
    "n_array_newlines_unclosed": ("TRUNCATED", 11),
    "n_array_number_and_comma": ("EXPECTED_VALUE", 3),
    "n_array_number_and_several_commas": ("EXPECTED_VALUE", 3),
    "n_array_spaces_vertical_tab_formfeed": ("CONTROL_CHARACTER", 2),
    "n_array_star_inside": ("EXPECTED_VALUE", 1),
    "n_array_unclosed": ("TRUNCATED", 3),
    "n_array_unclosed_trailing_comma": ("TRUNCATED", 3),
    "n_array_unclosed_with_new_lines": ("TRUNCATED", 8),
    "n_array_unclosed_with_object_inside": ("TRUNCATED", 3),
    "n_incomplete_false": ("INVALID_LITERAL", 5),
    "n_incomplete_null": ("INVALID_LITERAL", 4),
    "n_incomplete_true": ("INVALID_LITERAL", 4),
    "n_multidigit_number_then_00": ("TRAILING_DATA", 3),
    "n_number_++": ("EXPECTED_VALUE", 1),
    "n_number_+1": ("EXPECTED_VALUE", 1),
    "n_number_+Inf": ("EXPECTED_VALUE", 1),
    "n_number_-01": ("INVALID_NUMBER", 3),
    "n_number_-1.0.": ("INVALID_NUMBER", 5),
    "n_number_0e": ("INVALID_NUMBER", 3),
    "n_number_0e+": ("INVALID_NUMBER", 4),
    "n_number_1.0e": ("INVALID_NUMBER", 5),
    "n_number_1.0e+": ("INVALID_NUMBER", 6),
    "n_number_1.0e-": ("INVALID_NUMBER", 6),
    "n_number_1_000": ("EXPECTED_COMMA", 3),
    "n_number_1eE2": ("INVALID_NUMBER", 3),
    "n_number_2.e+3": ("INVALID_NUMBER", 3),
    "n_number_2.e-3": ("INVALID_NUMBER", 3),
    "n_number_2.e3": ("INVALID_NUMBER", 3),
    "n_number_9.e+": ("INVALID_NUMBER", 3),
    "n_number_Inf": ("EXPECTED_VALUE", 1),
    "n_number_NaN": ("EXPECTED_VALUE", 1),
    "n_number_U+FF11_fullwidth_digit_one": ("EXPECTED_VALUE", 1),
    "n_number_expression": ("INVALID_NUMBER", 2),
    "n_number_hex_1_digit": ("EXPECTED_COMMA", 2),
    "n_number_hex_2_digits": ("EXPECTED_COMMA", 2),
    "n_number_infinity": ("EXPECTED_VALUE", 1),
    "n_number_invalid+-": ("INVALID_NUMBER", 4),
    "n_number_invalid-negative-real": ("EXPECTED_COMMA", 9),
    "n_number_real_with_invalid_utf8_after_e": ("INVALID_NUMBER", 3),
    "n_number_real_without_fractional_part": ("INVALID_NUMBER", 3),
    "n_number_starting_with_dot": ("EXPECTED_VALUE", 1),
    "n_number_with_alpha": ("EXPECTED_COMMA", 4),
    "n_number_with_alpha_char": ("EXPECTED_COMMA", 19),
    "n_number_with_leading_zero": ("INVALID_NUMBER", 2),
    "n_object_bad_value": ("INVALID_LITERAL", 9),
    "n_object_bracket_key": ("EXPECTED_KEY", 1),
    "n_object_comma_instead_of_colon": ("EXPECTED_COLON", 4),
    "n_object_double_colon": ("EXPECTED_VALUE", 5),
    "n_object_emoji": ("EXPECTED_KEY", 1),
    "n_object_garbage_at_end": ("EXPECTED_COMMA", 9),
    "n_object_key_with_single_quotes": ("EXPECTED_KEY", 1),
    "n_object_lone_continuation_byte_in_key_and_trailing_comma": ("INVALID_UTF8", 2),
    "n_object_missing_colon": ("EXPECTED_COLON", 5),
    "n_object_missing_key": ("EXPECTED_KEY", 1),
    "n_object_missing_semicolon": ("EXPECTED_COLON", 5),
    "n_object_missing_value": ("TRUNCATED", 5),
    "n_object_no-colon": ("TRUNCATED", 4),
    "n_object_non_string_key": ("EXPECTED_KEY", 1),
    "n_object_unquoted_key": ("EXPECTED_KEY", 1),
    "n_object_unterminated-value": ("TRUNCATED", 7),
    "n_object_with_single_string": ("EXPECTED_COLON", 21),
    "n_object_with_trailing_garbage": ("TRAILING_DATA", 9),
    "n_single_space": ("TRUNCATED", 1),
    "n_string_1_surrogate_then_escape": ("TRUNCATED", 11),
    "n_string_1_surrogate_then_escape_u": ("INVALID_ESCAPE", 10),
    "n_string_1_surrogate_then_escape_u1": ("INVALID_ESCAPE", 11),
    "n_string_1_surrogate_then_escape_u1x": ("INVALID_ESCAPE", 11),
    "n_string_accentuated_char_no_quotes": ("EXPECTED_VALUE", 1),
    "n_string_backslash_00": ("INVALID_ESCAPE", 3),
    "n_string_escape_x": ("INVALID_ESCAPE", 3),
    "n_string_escaped_backslash_bad": ("TRUNCATED", 7),
    "n_string_escaped_ctrl_char_tab": ("INVALID_ESCAPE", 3),
    "n_string_escaped_emoji": ("INVALID_ESCAPE", 3),
    "n_string_incomplete_escape": ("TRUNCATED", 5),
    "n_string_incomplete_escaped_character": ("INVALID_ESCAPE", 7),
    "n_string_incomplete_surrogate": ("INVALID_ESCAPE", 12),
    "n_string_incomplete_surrogate_escape_invalid": ("INVALID_ESCAPE", 15),
    "n_string_invalid-utf-8-in-escape": ("INVALID_ESCAPE", 4),
    "n_string_unescaped_newline": ("CONTROL_CHARACTER", 5),
    "n_string_unescaped_tab": ("CONTROL_CHARACTER", 2),
    "n_string_unicode_CapitalU": ("INVALID_ESCAPE", 2),
    "n_string_with_trailing_garbage": ("TRAILING_DATA", 2),
    "n_structure_100000_opening_arrays": ("MAX_DEPTH", 1024),
    "n_structure_U+2060_word_joined": ("EXPECTED_VALUE", 1),
    "n_structure_UTF8_BOM_no_data": ("EXPECTED_VALUE", 0),
    "n_structure_angle_bracket_.": ("EXPECTED_VALUE", 0),
    "n_structure_angle_bracket_null": ("EXPECTED_VALUE", 1),
    "n_structure_array_trailing_garbage": ("TRAILING_DATA", 3),
    "n_structure_array_with_extra_array_close": ("TRAILING_DATA", 3),
    "n_structure_array_with_unclosed_string": ("TRUNCATED", 6),
    "n_structure_ascii-unicode-identifier": ("EXPECTED_VALUE", 0),
    "n_structure_capitalized_True": ("EXPECTED_VALUE", 1),
    "n_structure_close_unopened_array": ("TRAILING_DATA", 1),
    "n_structure_comma_instead_of_closing_brace": ("TRUNCATED", 11),
    "n_structure_double_array": ("TRAILING_DATA", 2),
    "n_structure_end_array": ("EXPECTED_VALUE", 0),
    "n_structure_incomplete_UTF8_BOM": ("EXPECTED_VALUE", 0),
    "n_structure_lone-invalid-utf-8": ("EXPECTED_VALUE", 0),
    "n_structure_open_array_object": ("MAX_DEPTH", 2560),
    "n_structure_open_array_open_object": ("TRUNCATED", 2),
    "n_structure_open_array_open_string": ("TRUNCATED", 3),
    "n_structure_open_array_string": ("TRUNCATED", 4),
    "n_structure_open_object": ("TRUNCATED", 1),
    "n_structure_open_object_close_array": ("EXPECTED_KEY", 1),
    "n_structure_open_object_comma": ("EXPECTED_KEY", 1),
    "n_structure_open_object_open_array": ("EXPECTED_KEY", 1),
    "n_structure_open_object_open_string": ("TRUNCATED", 3),
    "n_structure_open_object_string_with_apostrophes": ("EXPECTED_KEY", 1),
    "n_structure_open_open": ("INVALID_ESCAPE", 3),
    "n_structure_single_eacute": ("EXPECTED_VALUE", 0),
    "n_structure_single_star": ("EXPECTED_VALUE", 0),
    "n_structure_trailing_#": ("TRAILING_DATA", 9),
    "n_structure_uescaped_LF_before_string": ("EXPECTED_VALUE", 1),
    "n_structure_unclosed_array": ("TRUNCATED", 2),
    "n_structure_unclosed_array_partial_null": ("TRUNCATED", 12),
    "n_structure_unclosed_array_unfinished_false": ("TRUNCATED", 12),
    "n_structure_unclosed_array_unfinished_true": ("TRUNCATED", 12),
    "n_structure_unclosed_object": ("TRUNCATED", 12),
}

CLASS_OF_KIND = {"TRUNCATED": midstream.TruncatedJSON, "MAX_DEPTH": midstream.LimitExceeded}


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def reject(form: bytes | str, kind: str, offset: int) -> None:
    """Fed whole and unit by unit, form is rejected with this kind and offset; TRUNCATED not before close()."""
    error = judge.check_error_stays(form)
    assert (error.kind.name, error.offset) == (kind, offset)
    assert type(error) is CLASS_OF_KIND.get(kind, midstream.MalformedJSON)
    with pytest.raises(type(error)) as one_shot:
        midstream.loads(form)
    assert feeding.error_record(one_shot.value) == feeding.error_record(error)
    parser, in_pieces = feeding.feed_all(feeding.units(form))
    assert (in_pieces is None) == (kind == "TRUNCATED")
    in_pieces = in_pieces or feeding.try_close(parser)
    assert in_pieces is not None
    assert feeding.error_record(in_pieces) == feeding.error_record(error)


def accept(form: bytes | str, wanted: Any) -> None:
    """Fed whole and unit by unit, in every kind of fragment, form gives the value wanted."""
    wanted = judge.fingerprint(wanted)
    whole = midstream.Parser()
    whole.feed(form, final=True)
    in_pieces = midstream.Parser()
    for fragment in feeding.units(form):
        in_pieces.feed(fragment)
    assert judge.fingerprint(midstream.loads(form)) == wanted
    for parser in (whole, in_pieces):
        assert judge.fingerprint(parser.close()) == wanted
        assert judge.fingerprint(parser.snapshot()) == wanted
        assert parser.status is midstream.Status.COMPLETE
        assert parser.path == ()
        assert parser.is_complete(())
        assert parser.offset == len(form.encode() if isinstance(form, str) else form)
    if isinstance(form, bytes):
        assert judge.fingerprint(midstream.loads(bytearray(form))) == wanted
        assert judge.fingerprint(midstream.loads(memoryview(form))) == wanted


def test_the_files_are_those_of_the_table_of_cases() -> None:
    """The bundled files and the table that lists them with a verdict say the same."""
    cases = data.cases("jsontestsuite")
    verdicts = {"y": "accept", "n": "reject", "i": "either"}
    assert len(cases) == 210
    assert {case.name: case.data for case in cases}.items() <= FILES.items()
    assert all(case.verdict == verdicts[case.name[0]] for case in cases)


def test_every_file_has_a_decision() -> None:
    """Each n_ and i_ file of the bundle stands in a table, and nothing else does."""
    bundled = {case.name for case in data.cases("jsontestsuite")}
    assert bundled >= I_CASES.keys() | N_CASES.keys()
    assert {name for name in bundled if name[0] == "i"} == set(I_CASES)
    assert {name for name in bundled if name[0] == "n"} == set(N_CASES)


@pytest.mark.parametrize("name", ACCEPTED)
def test_P01_accepted_with_the_value_of_json_loads(name: str) -> None:
    for form in judge.forms(FILES[name]):
        accept(form, judge.strict_loads(form))


@pytest.mark.parametrize("name", sorted(N_CASES))
def test_P02_rejected_at_the_listed_place(name: str) -> None:
    assert name in LARGE or not judge.is_json(FILES[name])  # json.loads recurses into the large ones
    for form in judge.forms(FILES[name]):
        reject(form, *N_CASES[name])


def test_P02_rejected_files_of_the_larger_directory() -> None:
    """Files that only a larger directory has are held to their first letter; without one there are none."""
    for name in set(REJECTED) - set(N_CASES):
        for form in judge.forms(FILES[name]):
            judge.check_error_stays(form)


@pytest.mark.parametrize("name", sorted(I_CASES))
def test_undecided_files_are_decided_as_listed(name: str) -> None:
    decision = I_CASES[name]
    for form in judge.forms(FILES[name]):
        if isinstance(decision, tuple):
            reject(form, *decision)
        elif name == "i_structure_500_nested_arrays":
            accept(form, nested(500))
        else:
            accept(form, decision)
            assert judge.fingerprint(decision) == judge.fingerprint(judge.strict_loads(form))


def test_I_CASES_md_lists_the_same_decisions() -> None:
    """The page for readers says what the table above says."""
    page = Path(__file__).with_name("I_CASES.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(i_[^`]+)` \| (.+?) \|", page, re.MULTILINE))
    assert rows == {name: written(name) for name in I_CASES}


def written(name: str) -> str:
    """A decision as I_CASES.md writes it."""
    decision = I_CASES[name]
    if isinstance(decision, tuple):
        return f"rejected: {decision[0]} at {decision[1]}"
    return f"accepted: {decision}" if isinstance(decision, str) else f"accepted: `{decision!a}`"


@pytest.mark.parametrize("name", sorted(set(SMALL) - set(ACCEPTED)))
def test_P02_the_offset_is_the_first_byte_without_hope(name: str) -> None:
    """Judged by json.loads alone: up to the error some continuation is JSON; with the byte at the error none is."""
    content = FILES[name]
    try:
        midstream.loads(content)
    except midstream.TruncatedJSON:
        assert judge.completion(content) is not None
    except midstream.MalformedJSON as error:
        assert judge.completion(content[: error.offset]) is not None
        assert judge.completion(content[: error.offset + 1]) is None


OPTIONS = [
    pytest.param({}, id="default"),
    pytest.param({"numbers": "partial"}, id="partial-numbers"),
    pytest.param({"multiple": True}, id="multiple"),
]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("name", SMALL)
def test_P03_P04_every_cut_and_every_two_cuts(name: str, options: dict[str, Any]) -> None:
    """After every fragment value, offset, status and error are the oracle's for that prefix."""
    judge.check_every_cut(FILES[name], **options)


@pytest.mark.parametrize("name", LARGE)
def test_P03_P04_nesting_at_sampled_cuts(name: str) -> None:
    """The deep files, cut around the depth limit and at random; byte by byte with the oracle asked now and then."""
    content = FILES[name][:2700]
    rng = random.Random(name)
    expected = judge.Expected(content)
    near = [n for n in (1, 2, 3, 499, 500, 501, 1022, 1023, 1024, 1025, 2558, 2559, 2560, 2561) if n < len(content)]
    plans = [[place] for place in near] + [sorted(rng.choices(near, k=2)) for _ in range(10)]
    plans += [sorted(rng.sample(range(len(content)), 2)) for _ in range(100)]
    for plan in plans:
        for form in judge.forms(content):
            check_ends(feeding.cut(form, plan), expected)
    for form in judge.forms(content):
        judge.check(feeding.units(form), expected, every=293)


def check_ends(fragments: list[Any], expected: judge.Expected) -> None:
    """As judge.check, but only what stands at the end: the oracle is slow on deep texts."""
    judge.check(fragments, expected, every=len(fragments) + 1)


@pytest.mark.parametrize(
    ("name", "size", "brackets"),
    [("n_structure_100000_opening_arrays", 100_000, 100_000), ("n_structure_open_array_object", 250_001, 100_000)],
)
@pytest.mark.parametrize("step", [1, 7, 65_536])
def test_P15_deep_files_are_only_truncated_where_depth_has_no_limit(name: str, size: int, brackets: int, step: int) -> None:
    content = FILES[name]
    parser = midstream.Parser(max_depth=None)
    for at in range(0, len(content), step):
        parser.feed(content[at : at + step])
    assert parser.offset == len(content) == size
    assert parser.status is midstream.Status.OPEN
    depth, value = 0, parser.value
    while value != [] and value != {}:
        depth += 1
        value = value[0] if isinstance(value, list) else value[""]
    assert depth + 1 == brackets  # an object without a member ends the second file
    with pytest.raises(midstream.TruncatedJSON) as truncated:
        parser.close()
    assert truncated.value.offset == size
    # behind a colon the place of the next value is known, behind a bracket it may not come
    assert len(truncated.value.path) == brackets - (name == "n_structure_100000_opening_arrays")


@pytest.mark.parametrize("step", [1, 2, 3, 1000, 200_000])
def test_P15_deep_files_stop_at_the_default_depth(step: int) -> None:
    for name in ("n_structure_100000_opening_arrays", "n_structure_open_array_object"):
        content = FILES[name]
        fragments = (content[at : at + step] for at in range(0, len(content), step))
        parser, error = feeding.feed_all(list(fragments))
        assert isinstance(error, midstream.LimitExceeded)
        assert error.kind is midstream.ErrorKind.MAX_DEPTH
        assert error.offset == parser.offset == N_CASES[name][1]
        assert len(error.path) == 1023 + (name == "n_structure_open_array_object")
