"""P01 with repair: what is JSON is read as it is without, and nothing of it is mended."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midstream import MISSING, Repair
from tests.conformance import judge
from tests.oracle.growth import grows
from tests.support import broken, strategies
from tests.support import data as test_data
from tests.support.feeding import error_record, units
from tests.support.mending import Look, Watched, check_same


def strictly(data: bytes, **options: Any) -> Look:
    return Watched(**options).feed_all([data], end=True).look()


def error_of(watched: Watched) -> Any:
    """Its kind and offset; the path may be that of the container, where a value has not been shown."""
    return None if watched.error is None else error_record(watched.error)[:6]


def check_same_as_strict(data: bytes, plans: list[list[Any]], repair: Any = "all", **options: Any) -> None:
    """The value, events, repairs, status and error at the end of input are those of a parser without repair."""
    wanted = strictly(data, **options)
    for fragments in plans:
        look = Watched(repair=repair, **options).feed_all(fragments, end=True).look()
        check_same(look, wanted, fragments, {"repair": repair, **options})


@given(st.data(), strategies.json_texts(20), broken.kinds(), strategies.options())
def test_P01_any_spelling_mended(data: st.DataObject, text: str, kinds: Any, options: dict[str, Any]) -> None:
    for limit in ("max_depth", "max_size", "max_string"):
        options.pop(limit, None)
    options["multiple"] = False
    plans: list[Any] = [data.draw(strategies.cut_plans(text.encode())), [text], units(text)]
    check_same_as_strict(text.encode(), plans, kinds, **options)


@strategies.FEWER
@given(st.data(), strategies.json_texts(8), strategies.options())
def test_P01_limits_and_json(data: st.DataObject, text: str, options: dict[str, Any]) -> None:
    """A limit that JSON exceeds is exceeded at the same byte; what still waits there stays hidden."""
    options["multiple"] = False
    if options.get("max_size"):  # what waits when the size is exceeded may be beyond another limit
        options = {name: value for name, value in options.items() if name not in ("max_string", "max_depth")}
    strict = Watched(**options).feed_all([text], end=True)
    for fragments in (data.draw(strategies.cut_plans(text.encode())), [text]):
        watched = Watched(repair="all", **options).feed_all(fragments, end=True)
        assert error_of(watched) == error_of(strict)
        told = [record for record in watched.records if record[0] != "Text"]
        assert told == [record for record in strict.records if record[0] != "Text"][: len(told)]
        if watched.parser.value is not MISSING and options.get("duplicate_keys") != "last":
            assert grows(watched.parser.value, strict.parser.value, numbers="partial", replacing=True)


@strategies.FEWER
@given(st.data(), st.lists(strategies.json_texts(4), max_size=4))
def test_P01_documents_in_a_row(data: st.DataObject, texts: list[str]) -> None:
    stream = "\n".join(texts).encode()
    check_same_as_strict(stream, [data.draw(strategies.cut_plans(stream)), [stream]], multiple=True)


@pytest.mark.parametrize(
    "name", [name for name in test_data.json_test_suite() if name.startswith("y_")], ids=lambda name: name[2:]
)
def test_P01_what_the_suite_accepts(name: str) -> None:
    data = test_data.json_test_suite()[name]
    check_same_as_strict(data, [[data], units(data), [data[: len(data) // 2], data[len(data) // 2 :]]])


@pytest.mark.parametrize("batch", range(8))
def test_P01_documents_of_models_mended(batch: int) -> None:
    """400 tool calls and answers, each at a random cut and whole."""
    rng = random.Random(f"valid {batch}")
    texts = sorted({doc.text for doc in test_data.llm_documents() if len(doc.text) < 4000})
    recorded = sorted({row.text for row in test_data.doc_rows() if row.status == "ok"})
    for text in [*rng.sample(texts, 40), *rng.sample(recorded, min(10, len(recorded)))]:
        data = text.encode()
        check_same_as_strict(data, [judge.random_fragments(data, rng), judge.random_fragments(text, rng), [data]])


GAPS = [*'{ "a" : [ "b" , 1 , true , { } , "c" ] , "d" : "e" }'.split(), ""]


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600, 3000])
@pytest.mark.parametrize("space", [" ", "\n", "\r\n\t "])
def test_P01_long_white_space_anywhere(size: int, space: str) -> None:
    """No run of white space makes a guess necessary that is wrong for JSON."""
    run = (space * size)[:size]
    for place in range(len(GAPS)):
        text = "".join(GAPS[:place]) + run + "".join(GAPS[place:])
        half = len("".join(GAPS[:place])) + size // 2
        check_same_as_strict(text.encode(), [[text], [text[:half], text[half:]], [text[: half + 300], text[half + 300 :]]])
    text = run.join(GAPS)
    check_same_as_strict(text.encode(), [[text], judge.random_fragments(text, random.Random(size))])


LONG = 1300
LONGEST = {
    "strings": '["' + "x" * LONG + '","' + "é😀" * LONG + '"]',
    "keys": '{"' + "k" * LONG + '":1,"' + "é" * LONG + '":{"' + "a b" * LONG + '":[]}}',
    "integers": "[" + "1" * LONG + ',-9.5,{"a":' + "2" * LONG + "}]",
    "fractions": "[0." + "1" * LONG + ",1e" + "0" * LONG + "1]",
    "closers in a string": '{"a":["' + "]}" * LONG + '"]}',
    "openers in a string": '{"a":["' + '[{' * LONG + '"]}',
    "quotes in a string": '{"a":["' + '\\"' * LONG + '"]}',
    "commas in a string": '{"a":["' + '\\",' * LONG + '"]}',
    "backslashes": '["' + "\\\\" * LONG + '"]',
    "line ends in a string": '["' + "\\n" * LONG + '```"]',
    "halves": '["' + "\\ud83d" * LONG + '"]',
    "closers": "[" * 150 + '"a"' + "]" * 150,
    "closers apart": '{"a": [' * 60 + '"b"' + " \n] } " * 60,
    "many empty strings": '["",' + '"",' * LONG + '""]',
    "a document in a string": '{"a":"{\\"b\\": \\"c\\", \\"d\\": [1, 2]}\\n```json\\n[]\\n```\\n","e":"f"}',
}  # fmt: skip


@pytest.mark.parametrize("name", LONGEST)
def test_P01_long_tokens_mended(name: str) -> None:
    text = LONGEST[name]
    rng = random.Random(name)
    check_same_as_strict(text.encode(), [[text], judge.random_fragments(text, rng), [text[:700], text[700:]]])


SIGNS = [*r"""\" ' , : { } [ ] ( ) // /* # ``` ... + a 1 \n “ `""".split(), " "]


def test_P01_any_signs_in_strings() -> None:
    """What would be a sign to mend outside of strings is text in them, in values and keys."""
    rng = random.Random("signs")
    for _ in range(1500):
        body = "".join(rng.choices(SIGNS, k=rng.randint(0, 9)))
        other = "".join(rng.choices(SIGNS, k=rng.randint(0, 5)))
        text = rng.choice(
            ['["%s","%s"]', '{"%s":"%s"}', '{"a":"%s","b":"%s"}', '[{"a":"%s"},"%s"]', '["%s",{"%s":1}]', '{"a":["%s"],"%s":[]}']
        ) % (body, other)
        check_same_as_strict(text.encode(), [[text], units(text)])


ROOTS = ['"a"', "12", "true", "-0.5e3 ", "[]", "{}", "null\n"]


@pytest.mark.parametrize("texts", list(itertools.product(ROOTS, repeat=2)), ids="".join)
def test_P01_roots_in_a_row(texts: tuple[str, str]) -> None:
    for end in ("", " ", "\n"):
        text = " ".join(texts) + end
        check_same_as_strict(text.encode(), [[text], units(text)], multiple=True)
    for one in texts:
        check_same_as_strict(one.encode(), [[one], units(one)])


def test_P01_a_lone_surrogate_is_mended_with_any_set() -> None:
    for kinds in ((), "all", [Repair.LONE_SURROGATE], set(Repair) - {Repair.LONE_SURROGATE}):
        check_same_as_strict(b'{"\\ud83d":["\\ude00","a\\ud83d"]}', [units(b'{"\\ud83d":["\\ude00","a\\ud83d"]}')], kinds)
