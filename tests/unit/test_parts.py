"""Arguments in parts under paths, as JSON text: in the order of a document, in any other, and hostile."""

from __future__ import annotations

import json
import random
from types import SimpleNamespace
from typing import Any

import pytest

import midstream
from midstream.providers.parts import PartError, Parts

KEYS = ["a", "b", "ключ", "it's", 'a"b', "x.y", "", "\\", "[0]"]


def quoted(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if step.isidentifier() and step.isascii():
        return f".{step}"
    return "['" + step.replace("\\", "\\\\").replace("'", "\\'") + "']"


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict):
        return [leaf for key, member in value.items() for leaf in leaves(member, (*path, key))]
    if isinstance(value, list):
        return [leaf for number, member in enumerate(value) for leaf in leaves(member, (*path, number))]
    return [(path, value)]


def parts_of(value: Any, rng: random.Random) -> list[dict[str, Any]]:
    """The leaves of value as parts; strings in pieces, some with an empty last one."""
    parts: list[dict[str, Any]] = []
    for path, leaf in leaves(value):
        part: dict[str, Any] = {"jsonPath": "$" + "".join(map(quoted, path))}
        if isinstance(leaf, str):
            pieces = [leaf[i : i + 2] for i in range(0, len(leaf), 2)] or [""]
            if rng.random() < 0.5:
                pieces.append("")
            for number, piece in enumerate(pieces):
                more = {"willContinue": True} if number + 1 < len(pieces) else {}
                parts.append({**part, "stringValue": piece, **more})
        elif leaf is None:
            parts.append({**part, "nullValue": rng.choice(["NULL_VALUE", None])})
        elif isinstance(leaf, bool):
            parts.append({**part, "boolValue": leaf})
        else:
            parts.append({**part, "numberValue": leaf})
    return parts


def random_value(rng: random.Random, depth: int) -> Any:
    """No empty container: those have no leaf to be told by."""
    kind = rng.randrange(6 if depth else 4)
    if kind == 0:
        return "".join(rng.choice('abé😀"\\\n\u2028') for _ in range(rng.randrange(7)))
    if kind == 1:
        return rng.choice([0, -1, 5, 2.5, 1e300, 123456789])
    if kind == 2:
        return rng.choice([True, False])
    if kind == 3:
        return None
    if kind == 4:
        return [random_value(rng, depth - 1) for _ in range(rng.randrange(1, 4))]
    return {key: random_value(rng, depth - 1) for key in rng.sample(KEYS, rng.randrange(1, 4))}


def written(parts: list[dict[str, Any]]) -> tuple[Parts, list[str]]:
    writer = Parts()
    return writer, [*(writer.add(part) for part in parts), writer.close()]


@pytest.mark.parametrize("seed", range(60))
def test_in_order_the_text_is_the_document(seed: int) -> None:
    rng = random.Random(seed)
    value = {key: random_value(rng, 4) for key in rng.sample(KEYS, 3)}
    writer, pieces = written(parts_of(value, rng))
    assert not writer.scattered
    parser = midstream.Parser()
    for piece in pieces:
        parser.feed(piece)
    assert repr(parser.close()) == repr(value)
    assert repr(writer.value()) == repr(value)


@pytest.mark.parametrize("seed", range(60))
def test_each_prefix_is_a_prefix_of_json(seed: int) -> None:
    """What is shown after each part has that part in it, unless it is a number, whose end is not there."""
    rng = random.Random(seed)
    value = {key: random_value(rng, 3) for key in rng.sample(KEYS, 3)}
    writer, parser = Parts(), midstream.Parser()
    for part in parts_of(value, rng):
        parser.feed(writer.add(part))
        if "numberValue" not in part:
            assert repr(parser.value) == repr(writer.value())


@pytest.mark.parametrize("seed", range(60))
def test_out_of_order_the_value_has_all_of_it(seed: int) -> None:
    """The members of an object in any order: no text can be written so, and all is there in the end."""
    rng = random.Random(seed)
    value = {"a": {"x": random_value(rng, 2), "y": 1}, "b": random_value(rng, 2)}
    groups = [parts_of({"a": {"x": value["a"]["x"]}}, rng), parts_of({"b": value["b"]}, rng), parts_of({"a": {"y": 1}}, rng)]
    writer, pieces = written([part for group in groups for part in group])
    assert writer.scattered
    assert writer.value() == value
    assert json.loads(json.dumps(writer.value())) == value
    assert midstream.loads("".join(pieces), partial=True) is not midstream.MISSING


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([{"jsonPath": "$", "stringValue": "root"}], '"root"'),
        ([{"jsonPath": "$[0]", "numberValue": 1}, {"jsonPath": "$[1]", "numberValue": 2.0}], "[1,2]"),
        ([{"json_path": "$.a", "string_value": "x", "will_continue": True}], '{"a":"x'),
        ([{"jsonPath": "$.a", "stringValue": "x", "willContinue": True}, {"jsonPath": "$.a"}], '{"a":"x"}'),
        (
            [{"jsonPath": "$.a", "stringValue": "", "willContinue": True}, {"jsonPath": "$.b", "boolValue": True}],
            '{"a":"","b":true}',
        ),
        ([{"jsonPath": "$.a", "willContinue": True}, {"jsonPath": "$.a", "stringValue": "x"}], '{"a":"x"}'),
        ([SimpleNamespace(json_path="$.a"), SimpleNamespace(json_path="$.b", bool_value=False)], '{"a":null,"b":false}'),
    ],
)
def test_the_text_of_some_parts(parts: list[Any], text: str) -> None:
    writer, pieces = written(parts)
    assert not writer.scattered
    assert "".join(pieces) == text


@pytest.mark.parametrize(
    "part",
    [
        {"numberValue": 1},
        {"jsonPath": "a", "numberValue": 1},
        {"jsonPath": "$..a", "numberValue": 1},
        {"jsonPath": "$[*]", "numberValue": 1},
        {"jsonPath": "$.a[-1]", "numberValue": 1},
        {"jsonPath": 3, "numberValue": 1},
        {"jsonPath": "$.a"},
        {"jsonPath": "$.a", "stringValue": 3},
        {"jsonPath": "$.a", "numberValue": True},
        {"jsonPath": "$.a", "boolValue": 1},
        {"jsonPath": "$.a", "numberValue": float("nan")},
        {"jsonPath": "$.a", "numberValue": float("inf")},
        {},
        None,
        3,
    ],
)
def test_a_part_without_a_place_or_a_value_is_an_error(part: Any) -> None:
    with pytest.raises(PartError):
        Parts().add(part)


@pytest.mark.parametrize("index", [1, 2, 9_999, 999_999_999])
def test_elements_that_never_came_are_not_made_up(index: int) -> None:
    writer, pieces = written([{"jsonPath": f"$.a[{index}]", "numberValue": 1}, {"jsonPath": "$.b", "numberValue": 2}])
    assert writer.scattered
    assert "null" not in "".join(pieces)
    with pytest.raises(PartError):
        writer.value()


def test_elements_in_any_order_are_put_in_order() -> None:
    writer, _ = written([{"jsonPath": f"$.a[{index}]", "numberValue": index} for index in (2, 0, 1)])
    assert writer.scattered
    assert writer.value() == {"a": [0, 1, 2]}
