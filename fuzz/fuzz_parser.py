"""One fuzzed document, fed by a fuzzed plan, against every judge there is.

An input is eight bytes of options, a plan (its length in the fourth byte, then one byte for each fragment: how long
it is, and what is done to the parser after it), and the document. The last four of the options are about repair: none,
all, or a set of kinds, a bit for each. The judges:

- the parser itself: whole, by the plan and byte by byte it must show and say the same, in the same events;
- the plain parser of tests/oracle, after some prefixes and at the end, and the specification of events there; with repair,
  the parser fed with the same prefix in one piece;
- the relation of growth, and what was completed, which stays the same object;
- the receiver of its patches, who must have the value after each of them;
- json.loads, where the options ask for nothing that it hasn't got, and with repair a parser without, for what is JSON;
- the documentation: nothing but a JSONStreamError leaves feed and close, no snapshot changes, a fork goes its own way.

    python -m fuzz.fuzz_parser --seconds 60     fuzz; a finding is printed and left in build/fuzz, and the exit status is not 0
    python -m fuzz.fuzz_parser FILE...          run these inputs again
"""

from __future__ import annotations

import argparse
import copy
import json
import pickle
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import midstream
from midstream import MISSING, Completed, JSONStreamError, Parser, Repair, Status, Text
from tests.oracle import events as oracle_events
from tests.oracle import partial
from tests.oracle.growth import grows

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "fuzz"
HEADER = 8

BYTES, TEXT, BUFFERS, MIXED = range(4)
PATCH, VALUE, SNAPSHOT, FORK, DEEP_FORK, PICKLE, JUDGE, QUERY = range(8)
KINDS = tuple(Repair)
WATCHES = (None, ("$", "$..*"), "$[0]", ("$.a", "$..*..a", "$[*][1]"))


@dataclass
class Case:
    """An input, read."""

    options: dict[str, Any]
    watch: Any
    fragments: list[Any]
    whole: list[Any] | None  # the same text in one piece; None where the pieces mean another text
    actions: list[int]
    final_with_last: bool
    document: bytes

    @property
    def mending(self) -> bool:
        return "repair" in self.options


def fragments_of(document: bytes, kind: int, sizes: list[int]) -> tuple[list[Any], list[Any] | None]:
    text = None
    if kind in (TEXT, MIXED):
        try:
            text = document.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            kind = BYTES
    source: Any = document if text is None else text
    pieces = []
    at = turn = 0
    while at < len(source):
        size = sizes[turn % len(sizes)] if sizes else len(source)
        pieces.append(source[at : at + size])
        at += size
        turn += 1
    if kind == BUFFERS:
        pieces = [bytearray(p) if i % 2 else memoryview(p) for i, p in enumerate(pieces)]
    if kind == MIXED:
        pieces = [p.encode("utf-8", "surrogatepass") if i % 2 else p for i, p in enumerate(pieces)]
    if text is None or not any("\ud800" <= c <= "\udfff" for c in text):
        return pieces, [document]
    # A pair of surrogates is one character within str, and two errors in bytes.
    return pieces, [text] if kind == TEXT else None


def read_case(data: bytes) -> Case:
    how, limits, size, count, mending = data[:5]
    plan = data[HEADER : HEADER + count % 32]
    document = data[HEADER + count % 32 :]
    options: dict[str, Any] = {}
    if how & 1:
        options["numbers"] = "partial"
    if how & 2:
        options["multiple"] = True
    options["duplicate_keys"] = ("last", "first", "error", "last")[how >> 2 & 3]
    if how & 16:
        options["parse_float"] = str
    if limits & 1:
        options["max_depth"] = 1 + (limits >> 2 & 7)
    if limits & 2:
        options["max_string"] = 1 + (limits >> 2)
    if size:
        options["max_size"] = size
    if mending & 3 == 1:
        options["repair"] = "all"
    elif mending & 2:
        bits = int.from_bytes(data[5:HEADER], "little")
        chosen = {kind for number, kind in enumerate(KINDS) if bits >> number & 1}
        options["repair"] = chosen if mending & 1 else set(KINDS) - chosen
    fragments, whole = fragments_of(document, how >> 5 & 3, [byte & 31 for byte in plan if byte & 31])
    return Case(
        options, WATCHES[count >> 6], fragments, whole, [byte >> 5 for byte in plan], bool(how & 128), document
    )


def flat(value: Any) -> tuple[Any, ...]:
    """value as one flat tuple that compares types, key order and the bits of floats, at any depth."""
    out: list[Any] = []
    todo = [value]
    while todo:
        part = todo.pop()
        if type(part) is dict:
            out.append(("{", *part))
            todo.extend(part.values())
        elif type(part) is list:
            out.append(("[", len(part)))
            todo.extend(part)
        elif part is MISSING or part is partial.MISSING:
            out.append("missing")
        elif type(part) is float:
            out.append(part.hex())
        else:
            out.append((type(part).__name__, part))
    return tuple(out)


def paths_of(value: Any) -> list[tuple[Any, ...]]:
    found = []
    todo: list[tuple[tuple[Any, ...], Any]] = [((), value)]
    while todo and len(found) < 200:
        path, part = todo.pop()
        found.append(path)
        if type(part) is dict:
            todo.extend(((*path, key), child) for key, child in part.items())
        elif type(part) is list:
            todo.extend(((*path, index), child) for index, child in enumerate(part))
    return found


def seen(parser: Parser, error: JSONStreamError | None) -> dict[str, Any]:
    """Everything there is to see of a parser."""
    what = None
    if error is not None:
        place = error.offset, error.char_offset, error.line, error.column, error.path
        what = (type(error).__name__, error.kind.name, *place)
        assert str(error) == error.message
        assert flat(error.value) == flat(parser.value), "the error shows another value"
    return {
        "value": flat(parser.value),
        "status": parser.status.name,
        "offset": parser.offset,
        "path": parser.path,
        "repairs": [(r.kind.name, r.offset, r.path) for r in parser.repairs],
        "error": what,
    }


def expected(outcome: partial.Outcome) -> dict[str, Any]:
    return {
        "value": flat(outcome.value),
        "status": outcome.status,
        "offset": outcome.offset,
        "path": outcome.path,
        "repairs": list(outcome.repairs),
        "error": outcome.error,
    }


def agree(one: dict[str, Any], other: dict[str, Any], why: str) -> None:
    for name, left in one.items():
        assert left == other[name], f"{why}: {name}: {left!r} != {other[name]!r}"


def judge_prefix(parser: Parser, fragments: list[Any], options: dict[str, Any]) -> None:
    if "repair" in options:
        judge_mended_prefix(parser, fragments, options)
        return
    outcome = partial.parse(fragments, **options)
    agree(seen(parser, None), expected(outcome), f"parser, oracle after {fragments!r}")
    if parser.value is MISSING:
        return
    for path in paths_of(parser.value):
        said = parser.is_complete(path)
        assert said == (path in outcome.complete), f"is_complete({path!r}) is {said} after {fragments!r}"


def judge_mended_prefix(parser: Parser, fragments: list[Any], options: dict[str, Any]) -> None:
    if len({isinstance(fragment, str) for fragment in fragments}) > 1:
        return
    at_once = Parser(**options)
    at_once.feed("".join(fragments) if isinstance(fragments[0], str) else b"".join(map(bytes, fragments)))
    agree(seen(parser, None), seen(at_once, None), f"in pieces, at once after {fragments!r}")
    if parser.value is MISSING:
        return
    for path in paths_of(parser.value):
        assert parser.is_complete(path) == at_once.is_complete(path), f"is_complete({path!r}) after {fragments!r}"


def records(events: list[Any], before: list[Any]) -> None:
    """Puts what the events say behind `before`, adjacent texts of one string as one."""
    for event in events:
        if type(event) is Text:
            if before and before[-1][:2] == ("Text", event.path):
                before[-1] = ("Text", event.path, before[-1][2] + event.text)
            else:
                before.append(("Text", event.path, event.text))
        else:
            record = event.__reduce__()
            before.append((record[0].__name__, *((flat(part), part)[type(part) is tuple] for part in record[1])))


class Receiver:
    """Has what the patches say. With several documents in a row, the last one while the next shows nothing."""

    def __init__(self) -> None:
        self.value: Any = MISSING
        self.turn = 0

    def take(self, parser: Parser) -> None:
        self.turn += 1
        units: Any = ("code-points", "utf-16")[self.turn // 2 % 2]
        patch = parser.patch(extended=self.turn % 3 != 0, units=units)
        then = json.dumps(patch) if len(patch) < 20 else None
        self.value = midstream.patches.apply(self.value, patch, units=units)
        assert then is None or then == json.dumps(patch), "apply has changed a patch"
        if parser.value is not MISSING:
            assert flat(self.value) == flat(parser.value), "the patches give another value"


def run(case: Case, fragments: list[Any], actions: list[int]) -> tuple[Parser, JSONStreamError | None, list[Any]]:
    """The whole of a parser's life, up to the end of input or an error, and the events of it."""
    parser = Parser(case.watch, **case.options)
    events: list[Any] = []
    kept: list[tuple[Any, tuple[Any, ...]]] = []
    receiver = Receiver()
    error = None
    judged = 0
    try:
        for number, fragment in enumerate(fragments):
            last = number == len(fragments) - 1
            found = parser.feed(fragment, last and case.final_with_last)
            if found == ():
                assert parser.status is not Status.FAILED
            else:
                assert case.watch is not None
                records(list(found), events)
                if parser.status is Status.FAILED:
                    parser.feed("")
                    raise AssertionError("an error has been swallowed")
            action = actions[number % len(actions)] if actions else QUERY
            if last and case.final_with_last:
                break
            if action == PATCH:
                receiver.take(parser)
            elif action == VALUE:
                flat(parser.value)
            elif action == SNAPSHOT:
                snapshot = parser.snapshot(share=number % 2 == 0)
                kept.append((snapshot, flat(snapshot)))
                assert kept[-1][1] == flat(parser.value), "a snapshot differs from the value"
            elif action in (FORK, DEEP_FORK):
                left, parser = parser, copy.copy(parser) if action == FORK else copy.deepcopy(parser)
                try:
                    left.feed(b'7"\\ud800,x')
                except JSONStreamError:
                    pass
            elif action == PICKLE:
                parser = pickle.loads(pickle.dumps(parser))
            elif action == JUDGE and judged < 4:
                judged += 1
                judge_prefix(parser, fragments[: number + 1], case.options)
            elif action == QUERY:
                assert parser.is_complete(("no such", 1)) is False
                assert parser.feed(b"") == ()
        if not (fragments and case.final_with_last):
            records(list(parser.feed("", True)), events)
        parser.close()
    except JSONStreamError as raised:
        error = raised
    for snapshot, then in kept:
        assert flat(snapshot) == then, "a snapshot has changed"
    receiver.take(parser)
    check_end(parser, error)
    return parser, error, events


def check_end(parser: Parser, error: JSONStreamError | None) -> None:
    """What a parser that has ended or failed does ever after."""
    before = seen(parser, error)
    if error is None:
        assert flat(parser.close()) == before["value"]
    for again in (parser.close, lambda: parser.feed(b"1")):
        try:
            again()
        except JSONStreamError as raised:
            assert raised is error, "another error the second time"
        except RuntimeError:
            assert error is None
    agree(before, seen(parser, error), "after the end")


def judge_events(case: Case, events: list[Any]) -> None:
    wanted: list[Any] = []
    calls = oracle_events.calls(case.fragments, case.watch, final=case.final_with_last, close=True, **case.options)
    for call in calls:
        for event in call.events:
            match type(event).__name__:
                case "Text":
                    if wanted and wanted[-1][:2] == ("Text", event.path):
                        wanted[-1] = ("Text", event.path, wanted[-1][2] + event.text)
                    else:
                        wanted.append(("Text", event.path, event.text))
                case "Opened":
                    wanted.append(("Opened", event.path, flat(event.kind)))
                case _:
                    wanted.append(("Completed", event.path, flat(event.value), event.span))
    assert events == wanted, f"events {events!r}, oracle {wanted!r}"


def judge_growth(case: Case) -> None:
    """Nothing shown is taken back from one fragment to the next; what has been completed stays where it is."""
    if "multiple" in case.options or "parse_float" in case.options:
        return
    parser = Parser(("$", "$..*"), **case.options)
    replacing = case.options["duplicate_keys"] == "last"
    before: Any = MISSING
    done: dict[Any, Any] = {}
    for fragment in [*case.fragments, None]:
        try:
            found = parser.feed("", True) if fragment is None else parser.feed(fragment)
        except JSONStreamError:
            found = ()
        after = parser.snapshot(share=False)
        if before is not MISSING:
            numbers = case.options.get("numbers", "complete")
            try:
                assert grows(before, after, numbers=numbers, replacing=replacing), f"{before!r} became {after!r}"
            except RecursionError:
                return
        before = after
        if replacing:
            continue
        done.update((event.path, event.value) for event in found if type(event) is Completed)
        for path, value in done.items():
            part = parser.value
            for step in path:
                part = part[step]
            assert part is value, f"another value at {path!r}"


def judge_json(case: Case, parser: Parser, error: JSONStreamError | None, events: list[Any]) -> None:
    if set(case.options) - {"repair"} != {"duplicate_keys"} or case.options["duplicate_keys"] != "last":
        return

    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        value = json.loads(case.document.decode("utf-8"), parse_constant=refuse)
    except RecursionError:
        return
    except ValueError:
        assert error is not None or case.mending, "json.loads refuses it"
        return
    assert error is None, "json.loads takes it"
    assert {repair.kind for repair in parser.repairs} <= {Repair.LONE_SURROGATE}, "JSON has been mended"
    if not parser.repairs:
        assert flat(parser.value) == flat(value), "json.loads reads another value"
    if case.mending:
        strict = Case({"duplicate_keys": "last"}, *list(vars(case).values())[1:])
        *other, others = run(strict, case.fragments, [])
        agree(seen(parser, None), seen(*other), "with repair, without")
        assert events == others, f"events with repair, without: {events!r} != {others!r}"


def judge_mended_streams(case: Case, parser: Parser, error: JSONStreamError | None) -> None:
    """The same from fragments and from one; and what the parser says."""
    options = {key: value for key, value in case.options.items() if key != "multiple"}
    made: list[list[Any]] = []
    for fragments in (case.fragments, case.whole or case.fragments):
        made.append([])
        try:
            if "multiple" in case.options:
                made[-1].extend(map(flat, midstream.documents(fragments, **options)))
            else:
                made[-1].extend(map(flat, [*midstream.snapshots(fragments, **options)][-1:]))
                assert error is None, "snapshots() ends without the error"
        except JSONStreamError as raised:
            made[-1].append(raised.kind.name)
    if "multiple" in case.options:
        assert made[0] == made[1], "documents() of fragments, of one"
    elif error is None:
        assert made[0] == made[1] == [flat(parser.value)], "the last of snapshots()"
    else:
        assert made[0] == made[1] == [error.kind.name], "the error of snapshots()"


def judge_streams(case: Case, outcome: partial.Outcome) -> None:
    """documents() and snapshots() over the same fragments."""
    options = {key: value for key, value in case.options.items() if key != "multiple"}
    made: list[Any] = []
    try:
        if "multiple" in case.options:
            for document in midstream.documents(case.fragments, **options):
                made.append(flat(document))
        else:
            for snapshot in midstream.snapshots(case.fragments, **options):
                made.append((snapshot, flat(snapshot)))
        error = None
    except JSONStreamError as raised:
        error = raised.kind.name
    assert error == (outcome.error[1] if outcome.error else None)
    if "multiple" in case.options:
        assert made == [flat(document) for document in outcome.documents]
    else:
        for snapshot, then in made:
            assert flat(snapshot) == then, "a snapshot of snapshots() has changed"
        last = made[-1][1] if made else flat(MISSING)
        assert last == flat(outcome.value), "the last of snapshots()"


def check(data: bytes) -> None:
    if len(data) < HEADER:
        return
    case = read_case(data)
    parser, error, events = run(case, case.fragments, case.actions)
    now = seen(parser, error)
    if case.mending:
        judge_mended_streams(case, parser, error)
    else:
        outcome = partial.parse(case.fragments, final=True, **case.options)
        agree(now, expected(outcome), "parser, oracle at the end")
        judge_streams(case, outcome)
        if case.watch is not None and len(case.document) <= 200:
            judge_events(case, events)
    if case.whole is not None:
        *other, others = run(case, case.whole, [])
        agree(now, seen(*other), "by the plan, whole")
        assert events == others, f"events by the plan, whole: {events!r} != {others!r}"
        if len(case.document) <= 64:
            text = case.whole[0]
            *other, others = run(case, [text[i : i + 1] for i in range(len(text))], [])
            agree(now, seen(*other), "by the plan, byte by byte")
            assert events == others, f"events by the plan, byte by byte: {events!r} != {others!r}"
    judge_growth(case)
    judge_json(case, parser, error, events)


def told(data: bytes) -> str:
    case = read_case(data)
    return f"{case.options} {[bytes(f) if type(f) is memoryview else f for f in case.fragments]} {case.actions}"


def check_and_tell(data: bytes) -> None:
    try:
        check(data)
    except BaseException:
        print(told(data), file=sys.stderr, flush=True)
        raise


def write_seeds(folder: Path) -> None:
    """The small files of JSONTestSuite, some documents of models, and sloppy texts, each under several options and plans."""
    from tests.support import broken, data

    folder.mkdir(parents=True, exist_ok=True)
    documents = [*data.json_test_suite().values(), *(d.text.encode() for d in data.llm_documents()[:200])]
    sloppy = [*broken.HARD.values(), *map(broken.written, range(300)), *(d.text.encode() for d in data.malformed_documents())]
    plans = [b"", b"\x01", b"\xc1", b"\x42\x63\x81\xa1\xe2", b"\xc4\x21\x01"]
    number = 0
    for document in [*documents, *sloppy]:
        if len(document) > 300:
            continue
        for turn in range(3):
            plan = plans[(number + turn) % len(plans)]
            how = (0, number * 37 % 256, number * 101 % 256)[turn]
            limits = (0, 0, number % 64)[turn]
            watch = number % 4 << 6
            mending = (1, 0, number * 641 << 8 | 2)[turn].to_bytes(4, "little")
            head = bytes([how, limits, 0, watch | len(plan)]) + mending
            (folder / f"{number:05}").write_bytes(head + plan + document)
            number += 1


def main() -> None:
    options = argparse.ArgumentParser(description="Fuzz the parser, or run inputs again.")
    options.add_argument("--seconds", type=int, default=300)
    options.add_argument("--seed", type=int, default=0, help="of the mutations; 0: another one each time")
    options.add_argument("inputs", nargs="*", type=Path)
    chosen = options.parse_args()
    if chosen.inputs:
        for path in chosen.inputs:
            print(f"{path}: {told(path.read_bytes())}", flush=True)
            check(path.read_bytes())
        return

    import atheris

    write_seeds(WORK / "seeds")
    (WORK / "corpus").mkdir(parents=True, exist_ok=True)
    arguments = [
        sys.argv[0],
        f"-max_total_time={chosen.seconds}",
        f"-seed={chosen.seed}",
        f"-dict={Path(__file__).parent / 'json.dict'}",
        f"-artifact_prefix={WORK}/",
        "-max_len=512",
        "-timeout=60",
        "-rss_limit_mb=6000",
        "-reload=0",
        "-print_final_stats=1",
        str(WORK / "corpus"),
        str(WORK / "seeds"),
    ]
    atheris.Setup(arguments, check_and_tell)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
