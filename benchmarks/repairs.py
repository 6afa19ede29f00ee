"""Documents as models break them, with the values that were meant, and whether what a library makes of them is right.

The damages are such as all three libraries mend. So of the file that is written

- the double quotes are single ones: of `name: \\"thinking\\", description:` json_repair makes another string. (And where it is
  not told `stream_stable`, it takes the string apart at `, state: AgentState`.)
- the line ends are raw, but not those before a closing brace at the margin, and not the last: jsonmend takes some such for
  ends of the string.
"""

from __future__ import annotations

import functools
import json
import random
import re
from collections.abc import Callable
from itertools import islice
from typing import Any, NamedTuple

from benchmarks import cases
from benchmarks.check import Verdict, same
from benchmarks.measure import shown
from benchmarks.peers import Peer

BEFORE = "Sure, here is the JSON you asked for:\n\n```json\n"
AFTER = "\n```\n\nLet me know if anything else is needed.\n"


class Broken(NamedTuple):
    text: str
    value: Any


def broken_file() -> Broken:
    """A call of a `write` tool, 54 KB: fence and prose, comments, bare keys, a path in single quotes, raw line ends, 34 words in
    quotes that are not escaped, literals of Python, trailing commas."""
    call = json.loads(cases.document("write_file"))
    code = call["content"].replace('"', "'")
    code = re.sub(r"(// \w+ )(\w+)(?= \w)", r'\1"\2"', code)
    written = "\\n".join("\n".join(map(inside, lines.split("\n"))) for lines in re.split(r"\n(?=\}|\Z)", code))
    text = (
        f"{{\n  // the new file\n  path: '{call['path']}',\n  content: \"{written}\",\n"
        "  overwrite: True, /* it is there */\n  encoding: None,\n  mode: [6, 4, 4,],\n}"
    )
    value = {"path": call["path"], "content": code, "overwrite": True, "encoding": None, "mode": [6, 4, 4]}
    return Broken(BEFORE + text + AFTER, value)


def inside(text: str) -> str:
    """As in a string of JSON, with double quotes as they are."""
    return json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"')


def broken_records() -> Broken:
    """An array of small objects, 50 KB: fence and prose, and a third each as JSON, Python and JavaScript would write it, with
    comments, trailing commas, and words in quotes that are not escaped."""
    rng = random.Random(50)
    value = []
    lines = []
    for i in range(420):
        record = {
            "id": i,
            "name": cases.sentence(rng, 4),
            "note": rng.choice([None, f'the "{rng.choice(cases.WORDS)}" one']),
            "price": rng.randrange(10_000) / 8,
            "ok": rng.random() < 0.5,
            "tags": [rng.choice(cases.WORDS) for _ in range(rng.randrange(4))],
        }
        value.append(record)
        lines.append(rng.choice([as_json, as_python, as_javascript])(record))
    return Broken(f"{BEFORE}[\n" + "\n".join(lines) + f"\n]{AFTER}", value)


def as_json(record: dict[str, Any]) -> str:
    return cases.dump(record).replace('\\"', '"') + ","


def as_python(record: dict[str, Any]) -> str:
    return repr(record) + ","


def as_javascript(record: dict[str, Any]) -> str:
    members = ", ".join(f"{key}: {cases.dump(member)}" for key, member in record.items())
    return f"{{{members},}}, // no. {record['id']}"


BROKEN: dict[str, Callable[[], Broken]] = {"broken_file": broken_file, "broken_records": broken_records}


@functools.cache
def document(case: str) -> Broken:
    """One of the broken ones, or a valid one of cases.py."""
    if case in BROKEN:
        return BROKEN[case]()
    text = cases.document(case)
    return Broken(text, json.loads(text))


def grows_into(value: Any, final: Any, growing_numbers: bool) -> bool:
    """Is final what value may become, without taking back anything but `growing_numbers`?

    Each container is compared but for its last member, which alone may grow.
    """
    while True:
        if growing_numbers and type(value) in (int, float) and type(final) in (int, float):
            return repr(final).startswith(repr(value).removesuffix(".0"))
        if type(value) is not type(final):
            return False
        if isinstance(value, str):
            return bool(final.startswith(value))
        if not isinstance(value, dict | list):
            return bool(value == final)
        if not value:
            return True
        last = len(value) - 1
        if last >= len(final):
            return False
        if isinstance(value, list):
            if value[:last] != final[:last]:
                return False
            value, final = value[last], final[last]
        else:
            *before, key = value
            if [*before, key] != list(islice(final, last + 1)) or any(value[k] != final[k] for k in before):
                return False
            value, final = value[key], final[key]


def check_stream(peer: Peer, pieces: list[str], stride: int, final: Any) -> Verdict:
    """The value after every stride-th fragment: is it one that grows into final, which was meant? And the last: is it that?

    A number that is still growing may be shown or held back; midstream holds it back. Nothing may be shown as None or "".
    """
    from midstream import MISSING

    verdict = Verdict()
    for end, value in shown(peer, pieces, stride):
        if end is None:
            verdict.final = same(value, final)
            continue
        verdict.checked += 1
        nothing = value is MISSING or (peer.project != "midstream" and value in (None, ""))
        if not nothing and not grows_into(value, final, growing_numbers=peer.project != "midstream"):
            verdict.different += 1
            verdict.first = verdict.first or f"after ...{''.join(pieces)[max(end - 40, 0) : end]!r}"
    return verdict


def check_whole(peer: Peer, case: str) -> Verdict:
    """The value of a document in one piece: is it what was meant?"""
    broken = document(case)
    return Verdict(final=same(peer.whole_loop()(peer.data(broken.text)), broken.value))
