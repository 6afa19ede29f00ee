"""The documents. All of them are the same on every machine: seeded, or files of this repository."""

from __future__ import annotations

import functools
import json
import os
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TEST_DATA = ROOT / "tests" / "data"

FIVE = ("small", "medium", "write_file", "wide", "mixed_1mb")
STREAMED = (*FIVE, "prose")
WHOLE = ("medium", "write_file", "numbers_50k", "strings_1k", "strings_50k", "mixed_1mb")
NOT_JUDGED_WHOLE = "mixed_1mb"  # shown, but the bars on whole documents are not about it
WHOLE_SMALL = ("tiny_100", "tiny_200", "small", "tiny_500", "tiny_1000")

WORDS = (
    "the a of to in and is for with on that this as be are by from at or an it not can has was will when "
    "each value parser stream fragment token model answer report total index query search result window "
    "river cedar lantern harbor meadow copper saddle orchard timber marble velvet anchor summit"
).split()


def dump(value: object) -> str:
    """Text as a model writes it: a space after `,` and `:`, letters outside ASCII as they are."""
    return json.dumps(value, ensure_ascii=False)


def json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(words)).capitalize() + "."


# -- the documents that are streamed


def small() -> str:
    """One short tool call, about 0.3 KB."""
    return dump(
        {
            "origin": "SFO",
            "destination": "NRT",
            "depart": "2026-03-14",
            "return": "2026-03-28",
            "passengers": 2,
            "cabin": "premium_economy",
            "flexible": True,
            "max_price": 1450.5,
            "notes": 'Aisle seat if there is one; a "quiet" row.\nNo red-eye.',
            "stops": [0, 1],
            "airlines": ["NH", "JL", "UA"],
            "coupon": None,
            "sms": False,
        }
    )


def medium() -> str:
    """A plan with steps nested in sections, about 4 KB."""
    rng = random.Random(4)
    return dump(
        {
            "title": sentence(rng, 6),
            "priority": 3,
            "sections": [
                {
                    "id": section,
                    "name": sentence(rng, 3),
                    "steps": [
                        {
                            "id": f"{section}.{step}",
                            "action": rng.choice(["read", "edit", "bash", "search"]),
                            "detail": sentence(rng, 8) + rng.choice(["", "\n- ", ' ("sic")']),
                            "weight": round(rng.random(), 4),
                            "done": rng.random() < 0.5,
                            "after": rng.choice([None, section, f"{section}.0"]),
                        }
                        for step in range(5)
                    ],
                }
                for section in range(5)
            ],
        }
    )


def write_file() -> str:
    """A real call of a coding agent's `write` tool: 56 KB of source code in one string, full of escapes."""
    rows = json_lines(TEST_DATA / "llm-json" / "agent-pi-mono.jsonl")
    return max((str(row["text"]) for row in rows if row["tool"] == "write"), key=len)


def wide() -> str:
    """An array of small objects, about 150 KB."""
    rng = random.Random(150)
    return dump(
        [
            {
                "id": i,
                "name": f"{rng.choice(WORDS)} {i}",
                "price": round(rng.random() * 100, 2),
                "ok": i % 3 == 0,
            }
            for i in range(2350)
        ]
    )


def mixed_1mb() -> str:
    """An array of varied records, about 1 MB: escapes, letters outside ASCII, floats, nesting."""
    rng = random.Random(1)

    def record(i: int) -> dict[str, object]:
        return {
            "id": 10_000_000 + i,
            "title": sentence(rng, 5) + rng.choice(["", "", " café", " 東京"]),
            "body": "\n".join(sentence(rng, 9) for _ in range(rng.randrange(1, 4))),
            "tags": [rng.choice(WORDS) for _ in range(rng.randrange(4))],
            "score": rng.random(),
            "position": {"lat": round(rng.uniform(-90, 90), 6), "lon": round(rng.uniform(-180, 180), 6)},
            "parent": rng.choice([None, i // 2]),
            "draft": rng.random() < 0.1,
        }

    return dump([record(i) for i in range(3450)])


def prose() -> str:
    """One 50 KB string without an escape."""
    return dump({"text": strings(50, 50_000, escapes=False)[0]})


# -- the documents that come whole


def strings(seed: int, length: int, count: int = 1, escapes: bool = True) -> list[str]:
    rng = random.Random(seed)
    gap = '\n\t"' if escapes else " "
    return [
        "".join(sentence(rng, 9) + rng.choice(gap) for _ in range(length // 40 + 50))[:length]
        for _ in range(count)
    ]


def numbers_50k() -> str:
    rng = random.Random(5)
    return dump(
        [rng.choice([rng.randrange(1000), rng.randrange(10**9), rng.uniform(-1e6, 1e6)]) for _ in range(4300)]
    )


def strings_1k() -> str:
    return dump(strings(6, 20, 45))


def strings_50k() -> str:
    return dump(strings(7, 1000, 50))


def tiny(size: int) -> str:
    """An object of about size characters: short members until it is full."""
    rng = random.Random(size)
    members: dict[str, object] = {}
    while len(dump(members)) < size - 20:
        members[f"{rng.choice(WORDS)}_{len(members)}"] = rng.choice(
            [rng.randrange(1000), sentence(rng, 4), True, 2.5]
        )
    return dump(members)


BUILDERS: dict[str, Callable[[], str]] = {
    "small": small,
    "medium": medium,
    "write_file": write_file,
    "wide": wide,
    "mixed_1mb": mixed_1mb,
    "prose": prose,
    "numbers_50k": numbers_50k,
    "strings_1k": strings_1k,
    "strings_50k": strings_50k,
    **{f"tiny_{size}": functools.partial(tiny, size) for size in (100, 200, 500, 1000)},
}


@functools.cache
def document(name: str) -> str:
    """The text of a document by its name; a name that ends in .json is a file of the corpora."""
    if name.endswith(".json"):
        return (corpora_folder() / name).read_text(encoding="utf-8")
    return BUILDERS[name]()


def fragments(text: str, size: int) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


# -- data that may not be there


def data_folder() -> Path:
    """A larger directory of the layout of tests/data; it need not exist."""
    data = os.environ.get("MIDSTREAM_DATA")
    return Path(data) if data else ROOT.parent / "shared" / "data"


def corpora_folder() -> Path:
    """The folder of large public documents; it need not exist."""
    return data_folder() / "corpora"


def corpora() -> list[str]:
    return sorted(path.name for path in corpora_folder().glob("*.json"))


@functools.cache
def recordings() -> list[list[str]]:
    """The deltas of every recorded tool call whose deltas are one JSON document; [] without recordings.

    Deltas that are empty are left out: nobody would feed them, or re-parse because of them.
    """
    paths = [folder / "recordings" / "docs.jsonl" for folder in (data_folder(), TEST_DATA)]
    path = next((path for path in paths if path.exists()), None)
    if path is None:
        return []
    return [
        [delta for delta in row["deltas"] if delta]
        for row in json_lines(path)
        if row["kind"] in ("tool_args", "tool_args_object") and row["status"] == "ok" and any(row["deltas"])
    ]


# -- shapes whose size is doubled


def _wide_object(n: int) -> str:
    member = '"%07d": 1, '
    return "{" + "".join(member % i for i in range(n // len(member % 0))) + '"last": 1}'


SHAPES: dict[str, Callable[[int], str]] = {
    "long string": lambda n: '["' + "x" * n + '"]',
    "long number": lambda n: "[0." + "1415926535" * (n // 10) + "]",
    "long key": lambda n: '{"' + "k" * n + '": 1}',
    "wide array": lambda n: "[" + "1, " * (n // 3) + "1]",
    "wide object": _wide_object,
    "white space": lambda n: "[" + " \n\t " * (n // 4) + "1]",
    "\\u escapes": lambda n: '["' + "\\u00e9" * (n // 6) + '"]',
    "deep": lambda n: "[" * (n // 2) + "]" * (n // 2),
}


def names(only: Iterable[str], of: Iterable[str]) -> list[str]:
    """The names of `of` that are wanted: all where `only` is empty."""
    wanted = set(only)
    return [name for name in of if not wanted or name in wanted]
