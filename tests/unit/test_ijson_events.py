"""ijson_events against ijson itself, and where it must differ."""

from __future__ import annotations

import asyncio
import io
import sys
import tracemalloc
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from tests.support import data, strategies
from tests.support.feeding import cut, freeze, mended, random_cuts, units

ijson = pytest.importorskip("ijson")

Word = tuple[str, str, Any]


def backends() -> list[Any]:
    found = [ijson.get_backend("python")]
    try:
        found.append(ijson.get_backend("yajl2_c"))
    except ImportError:
        pass
    return found


PYTHON, *COMPILED = backends()


def said(words: Iterable[Word]) -> list[Any]:
    """What can be compared of words: types and bits of the values too."""
    return [(prefix, event, freeze(value)) for prefix, event, value in words]


def judged(text: str | bytes, backend: Any = PYTHON, **options: Any) -> list[Any]:
    source = io.BytesIO(text.encode() if isinstance(text, str) else text)
    return said(backend.parse(source, use_float=True, **options))


def ours(fragments: Iterable[Any], **options: Any) -> tuple[list[Any], BaseException | None]:
    words: list[Word] = []
    try:
        for word in midstream.ijson_events(fragments, **options):
            words.append(word)
    except midstream.JSONStreamError as error:
        return said(words), error
    return said(words), None


DOCUMENTS: dict[str, str] = {
    "all kinds": '{"a":[1,-2.5,"x",true,false,null,{},[],""],"b":{"c":{"d":1e3}}} ',
    "repeated keys": '{"a":1,"b":{"a":[2]},"a":{"a":3},"a":[],"a":4}',
    "dots in keys": '{"a.b":1,"a":{"b":2,"b.c":{"d":3}},".":{".":4},"a.item":[5]}',
    "empty keys": '{"":1,"a":{"":{"":2}},"":{"a":{"":[3]}}}',
    "item as a key": '{"item":[{"item":[[1]]}]}',
    "arrays of arrays": "[[],[[]],[[[1],2],3],4]",
    "objects in arrays": '[{"a":1},{"a":[{}]},{},{"b":{"c":[]}}]',
    "escapes": '{"\\u0061\\n":"\\ud83d\\ude00\\"\\\\/","é":"€😀"}',
    "numbers": "[0,-0,0.0,-0.0,1E5,1e-5,12345678901234567890,1.7976931348623157e308,5e-324,123456789012345678]",
    "white space": ' \n{ "a" : [ 1 , 2 ] ,\t"b"\r:\n"x" } ',
}
ROOTS = ["1", "-1.5", "0", '"x"', '""', "true", "false", "null", "{}", "[]", " 7 ", "12e1\n"]


@pytest.mark.parametrize("text", [*DOCUMENTS.values(), *ROOTS], ids=[*DOCUMENTS, *ROOTS])
def test_ijson_says_the_same(text: str) -> None:
    wanted = judged(text)
    for fragments in ([text], units(text), units(text.encode()), ["", *units(text), ""]):
        assert ours(fragments) == (wanted, None)


@pytest.mark.parametrize("backend", COMPILED, ids=lambda backend: backend.backend_name)
@pytest.mark.parametrize("name", [*DOCUMENTS, *ROOTS])
def test_the_compiled_backend_says_the_same(name: str, backend: Any) -> None:
    text = DOCUMENTS.get(name, name)
    if name == "numbers":
        text = text.replace("12345678901234567890,", "")  # beyond 64 bits, which use_float takes from it
    assert ours([text]) == (judged(text, backend), None)


@pytest.mark.parametrize("backend", [PYTHON, *COMPILED], ids=lambda backend: backend.backend_name)
def test_real_documents(backend: Any) -> None:
    documents = data.llm_documents()
    assert len(documents) > 500
    for seed, document in enumerate(documents[:600]):
        wanted = judged(document.text, backend)
        assert ours([document.text]) == (wanted, None)
        assert ours(random_cuts(document.text.encode(), seed)) == (wanted, None)


def judged_word(word: Word) -> Word:
    """A word of ijson as ours: it keeps lone surrogates, for which Parser puts U+FFFD."""
    return (mended(word[0]), word[1], mended(word[2]))


@given(strategies.json_texts(), st.data())
def test_random_documents(text: str, draw: st.DataObject) -> None:
    try:
        wanted = said(map(judged_word, PYTHON.parse(io.BytesIO(text.encode()), use_float=True)))
    except ijson.JSONError:
        return  # it takes no float that is too large for a double
    assert ours([text]) == (wanted, None)
    assert ours(draw.draw(strategies.cut_plans(text.encode()))) == (wanted, None)


@given(strategies.fed(), strategies.options())
def test_any_cut_says_the_same(fragments: list[Any], options: dict[str, Any]) -> None:
    whole = b"".join(f.encode("utf-8", "surrogatepass") if isinstance(f, str) else bytes(f) for f in fragments)
    if any(isinstance(fragment, str) for fragment in fragments):
        try:
            whole.decode()
        except UnicodeDecodeError:
            return  # halves of surrogate pairs, which only str fragments can be cut into
    words, error = ours(fragments, **options)
    wanted, whole_error = ours([whole], **options)
    assert words == wanted
    assert str(error) == str(whole_error)


def test_several_documents() -> None:
    text = '{"a":1}[2]"x"\n3 4 {"a":{"b":[]}}5'
    wanted = judged(text, multiple_values=True)
    for fragments in ([text], units(text)):
        assert ours(fragments, multiple=True) == (wanted, None)
    words, error = ours([text])
    assert words == judged('{"a":1}')
    assert isinstance(error, midstream.MalformedJSON)


# -- what ends too early, or badly


def before_the_error(text: bytes) -> list[Any]:
    """What ijson says of a text that is no JSON, until it sees that."""
    words: list[Any] = []
    try:
        for word in PYTHON.parse(io.BytesIO(text), use_float=True, buf_size=1):
            words.append(word)
    except ijson.JSONError:
        return said(words)
    raise AssertionError(f"ijson takes {text!r}")


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS)
def test_truncated_at_every_byte(text: str) -> None:
    for end in range(len(text.rstrip())):
        start = text[:end].encode()
        if start.strip() and text[end - 1] in "0123456789":
            continue  # to ijson the end of input ends a number even where the document can't end
        for fragments in ([start], units(start)):
            words, error = ours(fragments)
            assert words == before_the_error(start)
            assert isinstance(error, midstream.TruncatedJSON)


def test_real_documents_truncated() -> None:
    for seed, document in enumerate(data.llm_documents()[:150]):
        text = document.text.strip().encode()
        end = (seed * 7919) % len(text)
        if text[end - 1 : end].isdigit() or end == 0:
            continue
        try:
            wanted = before_the_error(text[:end])
        except (UnicodeDecodeError, AssertionError):
            continue  # a number at the root
        words, error = ours(random_cuts(text[:end], seed))
        assert words == wanted
        assert isinstance(error, midstream.TruncatedJSON)


@pytest.mark.parametrize(
    ("text", "words", "offset"),
    [
        ('{"a" 1}', [("", "start_map", None), ("", "map_key", "a")], 5),
        ('{"a":x', [("", "start_map", None), ("", "map_key", "a")], 5),
        ('{"a":1x', [("", "start_map", None), ("", "map_key", "a")], 6),
        ('{"a":1,}', [("", "start_map", None), ("", "map_key", "a"), ("a", "number", 1)], 7),
        ('{"a":"x\n', [("", "start_map", None), ("", "map_key", "a")], 7),
        ('{"a":tru}', [("", "start_map", None), ("", "map_key", "a")], 8),
        ('{"a":{"b\x00', [("", "start_map", None), ("", "map_key", "a"), ("a", "start_map", None)], 8),
        ('{"a":"x"]', [("", "start_map", None), ("", "map_key", "a"), ("a", "string", "x")], 8),
        ("[1,]", [("", "start_array", None), ("item", "number", 1)], 3),
        ('["a" "b"]', [("", "start_array", None), ("item", "string", "a")], 5),
        ("{} {", [("", "start_map", None), ("", "end_map", None)], 3),
        ("x", [], 0),
    ],
)
def test_malformed(text: str, words: list[Word], offset: int) -> None:
    for fragments in ([text], units(text), *(cut(text, [place]) for place in range(len(text)))):
        got, error = ours(fragments)
        assert got == said(words)
        assert isinstance(error, midstream.MalformedJSON)
        assert error.offset == offset


def test_limits() -> None:
    words, error = ours(['{"a":[{"b":[]}]}'], max_depth=3)
    assert words == judged('{"a":[{"b":[]}]}')[:5]
    assert isinstance(error, midstream.LimitExceeded)


# -- options


def test_where_ijson_differs() -> None:
    assert list(midstream.ijson_events(["1e999"])) == [("", "number", float("inf"))]
    assert list(midstream.ijson_events(['"\\ud83d"'])) == [("", "string", "\ufffd")]


@pytest.mark.parametrize("made", [str, lambda text: None, lambda text: {"n": text}, lambda text: [text], bool])
def test_parse_float_makes_numbers(made: Any) -> None:
    """Containers and strings are told by how they begin, not by the type of the value."""
    kinds = [(prefix, event) for prefix, event, _ in midstream.ijson_events(['{"a":[1.5,"x"],"b":2.5}'], parse_float=made)]
    number = {None: "null", True: "boolean"}.get(made("1.5") if made("1.5") in (None, True) else 0, "number")
    assert kinds == [
        ("", "start_map"), ("", "map_key"), ("a", "start_array"), ("a.item", number), ("a.item", "string"),
        ("a", "end_array"), ("", "map_key"), ("b", number), ("", "end_map"),
    ]  # fmt: skip


def test_repeated_keys_as_the_option_says() -> None:
    text = '{"a":1,"a":{"b":[2]},"c":3}'
    wanted = [("", "start_map"), ("", "map_key"), ("a", "number"), ("", "map_key"), ("c", "number"), ("", "end_map")]
    for fragments in ([text], units(text)):
        assert [word[:2] for word in midstream.ijson_events(fragments, duplicate_keys="first")] == wanted
        words, error = ours(fragments, duplicate_keys="error")
        assert words == said([("", "start_map", None), ("", "map_key", "a"), ("a", "number", 1)])
        assert isinstance(error, midstream.MalformedJSON)
    # a key that nothing follows may be one that is not kept
    assert ours(['{"a":1,"a":2'], duplicate_keys="first")[0] == ours(['{"a":1,'])[0]
    assert ours(['{"a":1,"a":2'])[0] == [*ours(['{"a":1,'])[0], *said([("", "map_key", "a")])]


# -- async, and cost


def test_async() -> None:
    async def source(text: str) -> AsyncIterator[str]:
        for unit in text:
            await asyncio.sleep(0)
            yield unit

    async def run(text: str) -> list[Word]:
        return [word async for word in midstream.ijson_events(source(text))]

    for text in DOCUMENTS.values():
        assert said(asyncio.run(run(text))) == judged(text)


def test_words_come_as_soon_as_they_are_certain() -> None:
    fed: list[str] = []

    def source() -> Iterator[str]:
        for fragment in ('{"a', '":', '"', "x", '"', ",", '"b"', ":", "1", "}"):
            fed.append(fragment)
            yield fragment

    assert [(len(fed), *word[:2]) for word in midstream.ijson_events(source())] == [
        (1, "", "start_map"),
        (3, "", "map_key"),
        (5, "a", "string"),
        (10, "", "map_key"),
        (10, "b", "number"),
        (10, "", "end_map"),
    ]


def test_deep_documents() -> None:
    depth = 5000
    count = 0
    longest = 0
    tracemalloc.start()
    for prefix, _, _ in midstream.ijson_events(iter(['{"a":[' * depth, "]}" * depth]), max_depth=None):
        count += 1
        longest = max(longest, len(prefix))
    tracemalloc.stop()
    assert count == 5 * depth
    assert longest == len(".".join(["a.item"] * depth)) - len(".item")
    assert sys.getrecursionlimit() < depth


# -- repair: a container without a closer ends where something follows it; a string without an end is not told


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("{a: 'x', b: [True,], // one\n c: {}}", '{"a":"x","b":[true],"c":{}}'),
        ('{"a":[1,2},"b":3}', '{"a":[1,2],"b":3}'),
        ('[{"i":1,{"i":2}]', '[{"i":1},{"i":2}]'),
        ('{"a":[[1,2', '{"a":[[1,'),
        ('{"a":[[1,"x', '{"a":[[1,"x'),
        ('{"a":{"b":1]', '{"a":{"b":1 '),
    ],
)
def test_what_is_repaired(text: str, same_as: str) -> None:
    wanted = judged(same_as) if same_as[-1] in "]}" else before_the_error(same_as.encode())
    for fragments in ([text], units(text)):
        assert ours(fragments, repair="all") == (wanted, None)


def test_a_string_without_an_end() -> None:
    text = '{"a":"b,"c":"d","e":1}'
    wanted = [
        ("", "start_map", None),
        ("", "map_key", "a"),
        ("", "map_key", "c"),
        ("c", "string", "d"),
        ("", "map_key", "e"),
        ("e", "number", 1),
        ("", "end_map", None),
    ]
    for fragments in ([text], units(text)):
        assert list(midstream.ijson_events(fragments, repair="all")) == wanted
