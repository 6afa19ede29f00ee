"""The page's code that takes patches, run by node: it must come to the same documents as `midstream.patches`."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from midstream import MISSING, JSONStreamError, Parser, loads
from midstream.patches import PatchError, apply
from tests.live import hostile
from tests.support import data
from tests.support.node import NODE
from tests.support.parts import require

require("node", NODE, "https://nodejs.org")
try:
    from midstream.live.web.encode import dumps
except ImportError as missing:
    require(str(missing.name), None, "pip install 'midstream[web]'")

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's files where node takes them for modules."""
    place = tmp_path_factory.mktemp("page")
    page = files("midstream.live.web") / "page"
    for name in ("json.js", "patch.js"):
        (place / name).write_text((page / name).read_text("utf-8"), "utf-8")
    shutil.copy(HERE / "receiver.mjs", place)
    (place / "package.json").write_text('{"type": "module"}')
    return place


def answers(folder: Path, jobs: list[list[str]]) -> list[list[Any]]:
    lines = "".join(f"{json.dumps(job)}\n" for job in jobs).encode()
    assert NODE
    done = subprocess.run([NODE, folder / "receiver.mjs", folder], input=lines, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.decode().split("\n") if line]


def exact(text: str) -> Any:
    """A document with the order of its keys and the spelling of its numbers."""
    return json.loads(text, object_pairs_hook=list, parse_float=str, parse_int=str)


def written(rng: random.Random, text: str) -> tuple[list[str], list[str]]:
    """Patches of a parser that reads the text in random pieces, and the documents after them."""
    parser, patches, documents = Parser(), [], []
    mean, at = rng.choice([1, 4, 30]), 0
    while at < len(text):
        size = 1 + int(rng.expovariate(1 / mean))
        try:
            parser.feed(text[at : at + size])
        except JSONStreamError:
            break
        at += size
        operations = parser.patch(units="utf-16")
        if operations:
            patches.append(dumps(operations))
            documents.append(dumps(parser.value))
    return patches, documents


TEXTS = [
    '{"b":1,"10":{"2":null,"1":[]},"__proto__":{"x":"y"},"constructor":[1],"":{"":""},"a/b~c":[[["d"]]]}',
    "[0,-0.0,1e400,-1e400,1.0,1E5,123456789012345678901234567890,5e-324]",
    '{"a":1,"a":{"b":"c"},"a":["x",{"y":1,"y":2}],"b":"é\U0001f600\\ud83d\\ude00\\n","c":true}',
    '"\\u0000\\u001f\\"\\\\/\u2028\u2029\ufeff\x7f"',
    "[" * 120 + '{"a":[' * 40 + "]}" * 40 + "]" * 120,
    hostile.DOCUMENT,
]


def test_patches_of_a_parser_make_its_document(folder: Path) -> None:
    rng = random.Random(7)
    texts = TEXTS + [row.text for row in data.doc_rows() if row.closed][:60]
    jobs = [written(rng, text) for text in texts for _ in range(2)]
    for found, (_, documents) in zip(answers(folder, [patches for patches, _ in jobs]), jobs, strict=True):
        assert [exact(one[0]) for one in found] == list(map(exact, documents))


def test_what_is_told_of_a_change_is_what_has_changed(folder: Path) -> None:
    job = [
        '[{"op":"add","path":"","value":{"a":[1],"b":"x"}}]',
        '[{"op":"str_ins","path":"/b","pos":1,"str":"yz"},{"op":"add","path":"/a/1","value":{}}]',
        '[{"op":"replace","path":"/a","value":[true,false]},{"op":"add","path":"/a/1","value":null},{"op":"remove","path":"/a/0"}]',
        '[{"op":"str_ins","path":"/b","pos":0,"str":"w"},{"op":"remove","path":"/a"},{"op":"add","path":"/c","value":0}]',
        '[{"op":"replace","path":"","value":"s"},{"op":"remove","path":""}]',
    ]
    (found,) = answers(folder, [job])
    assert [one[1] for one in found] == [
        [["added", [], None]],
        [["grew", ["b"], "yz"], ["added", ["a", 1], 0]],
        [["removed", ["a"]], ["added", ["a"], None], ["added", ["a", 1], 0], ["removed", ["a", 0]]],
        [["renewed", ["b"]], ["removed", ["a"]], ["added", ["c"], "b"]],
        [["removed", []], ["added", [], None], ["removed", []]],
    ]
    assert [one[0] for one in found][2:] == ['{"a":[null,false],"b":"xyz"}', '{"b":"wxyz","c":0}', None]


def random_value(rng: random.Random, depth: int = 3) -> Any:
    kind = rng.randrange(7 if depth else 4)
    if kind < 4:
        return rng.choice([rng.choice(["", "x", "é\U0001f600"]), rng.randrange(-5, 9) / 2, rng.randrange(9), None, True])
    if kind == 4:
        return [random_value(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {rng.choice(["a", "b", "1", "0", "~", "/", ""]): random_value(rng, depth - 1) for _ in range(rng.randrange(4))}


def places(value: Any, pointer: str = "") -> list[tuple[str, Any]]:
    found = [(pointer, value)]
    if isinstance(value, (dict, list)):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            found += places(one, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
    return found


def random_operation(rng: random.Random, value: Any) -> dict[str, Any]:
    pointer, there = rng.choice(places(value))
    kind = rng.choice(["add", "add", "replace", "remove", "str_ins"])
    if rng.random() < 0.1:
        pointer += rng.choice(["/9", "/zz", "/-", "/01", "/a"])
    if kind == "str_ins":
        return {"op": kind, "path": pointer, "pos": rng.randrange(4), "str": rng.choice(["q", "\U0001f600"])}
    if kind == "add" and isinstance(there, list):
        pointer += f"/{rng.choice([rng.randrange(len(there) + 1), '-'])}"
    elif kind == "add" and isinstance(there, dict):
        pointer += f"/{rng.choice('abc01')}"
    return {"op": kind, "path": pointer} | ({} if kind == "remove" else {"value": random_value(rng)})


def test_any_operation_does_what_it_does_in_python(folder: Path) -> None:
    jobs, expected = [], []
    for seed in range(300):
        rng = random.Random(seed)
        value = random_value(rng)
        patches, documents = [dumps([{"op": "add", "path": "", "value": value}])], [dumps(value)]
        for _ in range(12):
            operation = random_operation(rng, value)
            patches.append(dumps([operation]))
            try:
                value = apply(value, [operation], units="utf-16")
            except PatchError as error:
                if "inside a surrogate pair" in str(error):
                    patches.pop()  # the page makes two halves of it; what midstream sends never is such
                    continue
                documents.append("error")
                break
            if value is MISSING:
                documents.append("null")
                break
            documents.append(dumps(value))
        jobs.append(patches)
        expected.append(documents)
    errors = 0
    for found, documents in zip(answers(folder, jobs), expected, strict=True):
        if documents[-1] == "error":
            errors += 1
            assert isinstance(found.pop(), str)
            documents.pop()
        assert [one[0] and exact(one[0]) for one in found] == [None if text == "null" else exact(text) for text in documents]
    assert errors > 20


BAD = ["", "[", "[1", "[1,", "[,1]", "[1 2]", "{1:2}", '{"a"}', '{"a":}', '{"a":1', "tru", "nul", "01", "1.", "-", "[1]x"]
CUT = ['"a', '"a\\', '"a\\"', '"\\\\\\"']  # strings without an end


@pytest.mark.parametrize("text", BAD + CUT)
def test_what_is_no_json_is_refused(folder: Path, text: str) -> None:
    ((message,),) = answers(folder, [[text]])
    assert isinstance(message, str)


def test_json_is_read_as_json_reads_it(folder: Path) -> None:
    cases = [case.data.decode() for case in data.cases("jsontestsuite") if case.verdict == "accept"]
    cases = [text for text in cases if "\\ud" not in text.lower()]  # the page takes half a surrogate pair for what it is
    assert len(cases) > 50
    jobs = [[f'[{{"op":"add","path":"","value":{text}}}]'] for text in cases]
    for text, found in zip(cases, answers(folder, jobs), strict=True):
        assert json.loads(found[0][0]) == loads(text)


@pytest.mark.parametrize("piece", ["\\", '"', '\\"', 'say "\\n" \n', "plain "])
def test_a_string_may_be_long(folder: Path, piece: str) -> None:
    value = [piece * (10_000_000 // len(piece)), piece, [piece] * 3]
    (((text, _),),) = answers(folder, [[dumps([{"op": "add", "path": "", "value": value}])]])
    assert json.loads(text) == value
