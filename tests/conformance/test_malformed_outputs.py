"""Texts of models that are no JSON, each with the value that its reader would take from it."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

import midstream
from tests.conformance import judge
from tests.support import data, feeding

DOCUMENTS = {doc.id.removeprefix("malformed#"): doc.text for doc in data.malformed_documents()}


# -- where a value is long: what it is, by json.loads alone


def cut_in_a_string(text: str) -> Any:
    """The text ended inside a string of the root object."""
    return json.loads(text + '"}')


def with_raw_line_breaks(text: str) -> Any:
    return json.loads(text, strict=False)


def with_raw_line_breaks_and_a_last_comma(text: str) -> Any:
    assert text.endswith('",\n}')
    return json.loads(text.removesuffix(",\n}") + "}", strict=False)


def in_a_fence(text: str) -> Any:
    _, fence, rest = text.partition("```json\n")
    inner, closing, _ = rest.partition("```")
    assert fence
    assert closing
    return json.loads(inner)


# -- what is expected of each: the value, the kinds of repairs, and whether the text ended before its value did

CUT, WHOLE = True, False
MISTBORN = {"title": "Mistborn: The Final Empire", "author": "Brandon Sanderson", "pages": 544}

# number -> (value, or what makes it of the text; kinds; cut?)
EXPECTED: dict[str, tuple[Any, str, bool]] = {
    "1": (cut_in_a_string, "TRUNCATION", CUT),  # only in the larger data directory
    "2": (cut_in_a_string, "TRUNCATION", CUT),
    "3": (with_raw_line_breaks_and_a_last_comma, "CONTROL_CHARACTER COMMA", WHOLE),
    "4": (with_raw_line_breaks, "CONTROL_CHARACTER", WHOLE),
    "6": (with_raw_line_breaks, "CONTROL_CHARACTER", WHOLE),
    "8": (with_raw_line_breaks, "CONTROL_CHARACTER", WHOLE),
    "9": (
        {
            "return_type": "give_answer",
            "final_answer": "Here are some job opportunities in the tech industry:\n"
            "1. Front-end Junior Javascript developer: [Link](https://www",
        },
        "TRUNCATION",
        CUT,
    ),
    "10": (with_raw_line_breaks, "CONTROL_CHARACTER", WHOLE),
    "13": ({"output": 3}, "CODE_FENCE", WHOLE),
    "15": (
        {"title": "THE NAME OF THE WIND", "author": {"first_name": "Patrick", "last_name": "Rothfuss"}, "rating": 7},
        "CODE_FENCE",
        WHOLE,
    ),
    "17": ({**MISTBORN, "publication_year": 2006}, "PROSE CODE_FENCE", WHOLE),
    "18": ({"value": 742}, "CODE_FENCE", WHOLE),
    "20": ({"value": 427}, "CODE_FENCE", WHOLE),
    "21": ({"value": 347}, "CODE_FENCE", WHOLE),
    "22": ({"value": 527}, "CODE_FENCE", WHOLE),
    "23": ({**MISTBORN, "publicationYear": 2006}, "PROSE CODE_FENCE", WHOLE),
    "26": (in_a_fence, "CODE_FENCE", WHOLE),
    "27": (in_a_fence, "CODE_FENCE", WHOLE),
    "29": (in_a_fence, "CODE_FENCE", WHOLE),
    "30": (in_a_fence, "CODE_FENCE", WHOLE),
    "31": (in_a_fence, "CODE_FENCE", WHOLE),
    "32": ({"summary": "Log this incident: the"}, "TRUNCATION", CUT),
    "33": ({}, "TRUNCATION", CUT),  # a key whose value never came
    "34": (
        {
            "summary": "Log this incident: the nightly build broke because the cache warmer raced the artifact uploader, "
            "then the ret"
        },
        "TRUNCATION",
        CUT,
    ),
    "35": (cut_in_a_string, "TRUNCATION", CUT),
    "36": (cut_in_a_string, "TRUNCATION", CUT),
    "41": ({"total": 5}, "PROSE", WHOLE),  # another object and a word come after it
    "42": ({"summary": "The cache warmer raced the artifact uploader"}, "TRUNCATION", CUT),
    "43": ({"name": "report_usage", "arguments": {"reason": "cost_tracking"}}, "PROSE", WHOLE),  # in <tool_call>
    "44": ({"x": 17, "y": 25}, "TRUNCATION", CUT),
    "45": ({"summary": "The cache warmer raced"}, "TRUNCATION", CUT),
    "46": (cut_in_a_string, "TRUNCATION", CUT),
    "47": (
        {"summary": "The cache warmer raced the artifact uploader, the retry storm saturated the"},
        "TRUNCATION",
        CUT,
    ),
    # a key in one quote of each kind, and a quote too many after the array
    "49": ({"name": "complex", "parameters": {"data": [1, "hello", 3.14, True]}}, "BARE_KEY MISSING_QUOTE", WHOLE),
    "50": (in_a_fence, "CODE_FENCE", WHOLE),
    "51": ({}, "TRUNCATION", CUT),  # a key has only begun
    "53": ({**MISTBORN, "publication_year": 2006}, "CODE_FENCE PROSE", WHOLE),
    "54": ({**MISTBORN, "publication_year": 2006}, "CODE_FENCE PROSE", WHOLE),
    "58": ({"countries": [{"name": "France", "population": 67500000}]}, "PROSE CODE_FENCE", WHOLE),
    "59": ({"summary": "the nightly build broke because"}, "TRUNCATION", CUT),
    "60": ({"x": 48151}, "TRUNCATION", CUT),
    # a key without its second quote, and > for the colon
    "62": ({"name": "get_time", "parameters": {"timezone": "UTC"}}, "BARE_KEY MISSING_QUOTE COLON", WHOLE),
}


def wanted(number: str) -> Any:
    value = EXPECTED[number][0]
    return value(DOCUMENTS[number]) if callable(value) else value


def kinds(parser: midstream.Parser) -> set[str]:
    return {repair.kind.name for repair in parser.repairs}


def test_every_text_has_an_expected_value() -> None:
    assert set(DOCUMENTS) <= set(EXPECTED)
    assert len(DOCUMENTS) >= 41


@pytest.mark.parametrize("number", DOCUMENTS)
def test_P10_the_value_that_is_there(number: str) -> None:
    """The value, the kinds of repairs, and that what was cut off is neither complete nor reported so."""
    _, named, cut = EXPECTED[number]
    fed = feeding.feed_events([DOCUMENTS[number]], "$", final=True, close=True, repair="all")
    parser = fed.parser
    assert not fed.raised
    assert judge.fingerprint(parser.value) == judge.fingerprint(wanted(number))
    assert kinds(parser) == set(named.split())
    completed = [event.path for event in fed.events if isinstance(event, midstream.Completed)]
    if cut:
        assert parser.status is midstream.Status.OPEN
        assert () not in completed
        assert not parser.is_complete(())
    else:
        assert parser.status is midstream.Status.COMPLETE
        assert completed == [()]
        assert parser.is_complete(())


@pytest.mark.parametrize("number", DOCUMENTS)
def test_P03_at_every_byte_and_at_random_cuts(number: str) -> None:
    """The same value, repairs and events however the text is cut; a repair is where its text is, before the end of it."""
    content = DOCUMENTS[number].encode()
    rng = random.Random(number)
    whole = feeding.feed_events([content], final=True, close=True, repair="all")
    seen = feeding.observe(whole.parser)
    events = feeding.merged(whole.events)
    assert all(0 <= repair.offset <= len(content) for repair in whole.parser.repairs)
    cuts = [judge.random_fragments(form, rng) for form in judge.forms(content) for _ in range(3)]
    for fragments in (feeding.units(content), feeding.units(DOCUMENTS[number]), *cuts):
        cut = feeding.feed_events(fragments, final=True, close=True, repair="all")
        assert not cut.raised
        assert feeding.observe(cut.parser) == seen
        assert feeding.merged(cut.events) == events


@pytest.mark.parametrize("number", [number for number in DOCUMENTS if EXPECTED.get(number, (0, "", WHOLE))[2]])
def test_P10_what_was_cut_off_is_an_error_without_that_repair(number: str) -> None:
    every = set(midstream.Repair) - {midstream.Repair.TRUNCATION}
    parser = midstream.Parser(repair=every)
    parser.feed(DOCUMENTS[number])
    with pytest.raises(midstream.TruncatedJSON):
        parser.close()
    assert judge.fingerprint(parser.value) == judge.fingerprint(wanted(number))
