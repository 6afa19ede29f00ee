"""Parser.patch: whoever applies the patches has the value, here with `apply` and with two libraries in JavaScript."""

from __future__ import annotations

import copy
import itertools
import json
import os
import pickle
import random
import subprocess
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from midstream import MISSING, Parser
from midstream.patches import apply
from tests.conformance import judge
from tests.support import data, feeding, node, strategies
from tests.support.feeding import clone, freeze, observe, try_close, try_feed, units

Operation = dict[str, Any]
Form = dict[str, Any]

FORMS: list[Form] = [
    {},
    {"units": "utf-16"},
    {"extended": False},
    {"extended": False, "units": "utf-16"},
]
EXTENDED = [form for form in FORMS if form.get("extended", True)]


def patch_of(parser: Parser, form: Form | None = None) -> list[Operation]:
    return cast("list[Operation]", parser.patch(**(form or {})))


# -- a receiver that refuses what it could not rely on


def walk(value: Any, pointer: str) -> tuple[Any, str | None]:
    """(container, last token) of a place whose container exists; (value, None) for the root."""
    assert type(pointer) is str
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")]
    assert tokens[0] == ""
    if len(tokens) == 1:
        return value, None
    for token in tokens[1:-1]:
        value = value[int(token)] if type(value) is list else value[token]
    return value, tokens[-1]


def holds(container: Any, token: str | None) -> bool:
    if token is None:
        return container is not MISSING
    if type(container) is dict:
        return token in container
    assert type(container) is list
    assert token == str(int(token))
    return int(token) < len(container)


def there(container: Any, token: str | None) -> Any:
    if token is None:
        return container
    return container[int(token) if type(container) is list else token]


def length_in(text: str, form: Form) -> int:
    return len(text.encode("utf-16-le")) // 2 if form.get("units") == "utf-16" else len(text)


def check_operation(value: Any, op: Operation, form: Form) -> None:
    """`add` only for what is new, in arrays only at the end; the rest only for what exists."""
    assert type(op) is dict
    container, token = walk(value, op["path"])
    if op["op"] == "add":
        assert op.keys() == {"op", "path", "value"}
        assert not holds(container, token), op
        assert type(container) is not list or token is None or int(token) == len(container)
    elif op["op"] == "replace":
        assert op.keys() == {"op", "path", "value"}
        assert holds(container, token), op
    else:
        assert op["op"] == "str_ins"
        assert op.keys() == {"op", "path", "pos", "str"}
        assert form.get("extended", True)
        assert type(op["str"]) is str
        assert op["str"] != ""
        text = there(container, token) if holds(container, token) else None
        assert type(text) is str
        assert type(op["pos"]) is int
        assert op["pos"] == length_in(text, form)


class Receiver:
    """Applies the patches of a parser. Keeps each with a copy, to see at the end that none has changed."""

    def __init__(self, value: Any = MISSING, record: Callable[[Any], Any] = freeze) -> None:
        self.value = value
        self.record = record
        self.taken: list[tuple[list[Operation], Any]] = []
        self.names: set[str] = set()

    def take(self, ops: list[Operation], form: Form) -> None:
        assert type(ops) is list
        self.taken.append((ops, self.record(ops)))
        for op in ops:
            check_operation(self.value, op, form)
            self.value = apply(self.value, [op], units=form.get("units", "code-points"))
            self.names.add(op["op"])

    def check(self) -> None:
        """No operation has changed, also not by what was applied to the values in it."""
        for ops, record in self.taken:
            assert self.record(ops) == record


Polls = Callable[[int], bool]


def follow(
    fragments: Sequence[Any],
    forms: Iterator[Form],
    polls: Polls = lambda count: True,
    record: Callable[[Any], Any] = freeze,
    look: Callable[[Parser], Any] = lambda parser: None,
    **options: Any,
) -> Receiver:
    """Feeds fragments and asks for a patch after those that `polls` names; the receiver then has the value."""
    parser = Parser(**options)
    receiver = Receiver(record=record)
    for count in range(len(fragments) + 1):
        error = try_feed(parser, fragments[count]) if count < len(fragments) else try_close(parser)
        look(parser)
        over = error is not None or count == len(fragments)
        if polls(count) or over:
            form = next(forms)
            receiver.take(patch_of(parser, form), form)
            assert patch_of(parser, form) == []
            wanted = parser.value
            if wanted is MISSING and options.get("multiple"):
                wanted = receiver.value  # the document before stays until the next one shows something
            assert record(receiver.value) == record(wanted), (fragments[: count + 1], options, form)
        if over:
            break
    receiver.check()
    return receiver


def polls() -> st.SearchStrategy[Polls]:
    """After every fragment, every n-th, or some."""
    return st.one_of(
        st.just(lambda count: True),
        st.integers(2, 6).map(lambda step: lambda count: count % step == 0),
        st.integers(0, 2**64 - 1).map(lambda bits: lambda count: bool(bits >> count % 64 & 1)),
    )


def forms() -> st.SearchStrategy[Iterator[Form]]:
    """One form all along, or another at each call."""
    return st.one_of(
        st.sampled_from(FORMS).map(itertools.repeat),
        st.lists(st.sampled_from(FORMS), min_size=2, max_size=7).map(itertools.cycle),
    )


# -- any stream


@given(strategies.fed(), strategies.options(), forms(), polls())
def test_patches_give_the_value_of_any_stream(
    fragments: list[Any], options: dict[str, Any], chosen: Iterator[Form], when: Polls
) -> None:
    follow(fragments, chosen, when, **options)


@given(
    st.data(),
    strategies.json_texts(max_leaves=25),
    st.sampled_from(["complete", "partial"]),
    st.sampled_from(["last", "last", "first"]),
    forms(),
    polls(),
)
def test_patches_give_the_value_of_any_document(
    data: st.DataObject, text: str, numbers: Any, duplicate_keys: Any, chosen: Iterator[Form], when: Polls
) -> None:
    fragments = data.draw(strategies.cut_plans(text.encode()))
    receiver = follow(fragments, chosen, when, numbers=numbers, duplicate_keys=duplicate_keys)
    assert receiver.value is not MISSING


@given(st.data(), st.lists(strategies.json_texts(max_leaves=6), min_size=1, max_size=5), forms(), polls())
def test_patches_give_one_document_after_another(
    data: st.DataObject, texts: list[str], chosen: Iterator[Form], when: Polls
) -> None:
    fragments = data.draw(strategies.cut_plans("\n".join(texts).encode()))
    follow(fragments, chosen, when, multiple=True, numbers=data.draw(st.sampled_from(["complete", "partial"])))


NESTED_REPEATS = st.recursive(
    st.sampled_from(['"xy"', "12", "null", '"é😀"', "{}", "[]"]),
    lambda children: st.one_of(
        st.lists(st.tuples(st.sampled_from("aab"), children), max_size=4).map(
            lambda pairs: "{" + ",".join(f'"{key}":{value}' for key, value in pairs) + "}"
        ),
        st.lists(children, max_size=3).map(lambda items: "[" + ",".join(items) + "]"),
    ),
    max_leaves=20,
)


@given(
    NESTED_REPEATS,
    st.sampled_from(["last", "first"]),
    st.sampled_from(["complete", "partial"]),
    st.integers(1, 9),
    forms(),
    polls(),
)
def test_patches_of_keys_that_repeat(
    text: str, duplicate_keys: Any, numbers: Any, size: int, chosen: Iterator[Form], when: Polls
) -> None:
    fragments = [text[at : at + size] for at in range(0, len(text), size)]
    follow(fragments, chosen, when, duplicate_keys=duplicate_keys, numbers=numbers)


@given(st.data(), strategies.distinct_key_texts(), forms(), polls(), st.sampled_from(["complete", "partial"]))
def test_nothing_is_replaced_that_could_grow(
    data: st.DataObject, text: str, chosen: Iterator[Form], when: Polls, numbers: Any
) -> None:
    """Without repeated keys only a partial number is replaced, and a string where it can't be inserted to."""
    parser = Parser(numbers=numbers)
    value: Any = MISSING
    for count, fragment in enumerate(data.draw(strategies.cut_plans(text.encode()))):
        parser.feed(fragment)
        if not when(count):
            continue
        form = next(chosen)
        for op in patch_of(parser, form):
            container, token = walk(value, op["path"])
            if op["op"] == "replace":
                before, after = there(container, token), op["value"]
                if type(before) is str:
                    assert not form.get("extended", True)
                    assert after.startswith(before)
                    assert after != before
                else:
                    assert numbers == "partial"
                    assert type(before) in (int, float)
                    assert type(after) in (int, float)
                    assert freeze(before) != freeze(after)
            value = apply(value, [op], units=form.get("units", "code-points"))


@given(st.data(), strategies.streams(), strategies.options(), forms(), polls())
def test_operations_survive_json(
    data: st.DataObject, stream: bytes, options: dict[str, Any], chosen: Iterator[Form], when: Polls
) -> None:
    parser = Parser(**options)
    value: Any = MISSING
    for count, fragment in enumerate(data.draw(strategies.cut_plans(stream))):
        error = try_feed(parser, fragment)
        if when(count) or error is not None:
            form = next(chosen)
            ops = patch_of(parser, form)
            sent = json.loads(json.dumps(ops))
            assert freeze(sent) == freeze(ops)
            value = apply(value, sent, units=form.get("units", "code-points"))
            if not (parser.value is MISSING and options.get("multiple")):
                assert freeze(value) == freeze(parser.value)
        if error is not None:
            break


# -- what stands in the patches

EXAMPLES: list[tuple[dict[str, Any], list[tuple[Any, list[Operation]]]]] = [
    (
        {},
        [
            (" ", []),
            ('{"a":"x', [{"op": "add", "path": "", "value": {"a": "x"}}]),
            ("", []),
            ("yz", [{"op": "str_ins", "path": "/a", "pos": 1, "str": "yz"}]),
            ('"', []),
            (' ,"b', []),
            ('":[', [{"op": "add", "path": "/b", "value": []}]),
            ("1", []),
            (",2", [{"op": "add", "path": "/b/0", "value": 1}]),
            (',{"c/d~":tru', [{"op": "add", "path": "/b/1", "value": 2}, {"op": "add", "path": "/b/2", "value": {}}]),
            ("e", [{"op": "add", "path": "/b/2/c~1d~0", "value": True}]),
            ("}]}", []),
            (" ", []),
        ],
    ),
    (
        {"numbers": "partial"},
        [
            ("[", [{"op": "add", "path": "", "value": []}]),
            ("-", []),
            ("1", [{"op": "add", "path": "/0", "value": -1}]),
            (".", []),
            ("0", [{"op": "replace", "path": "/0", "value": -1.0}]),
            ("0", []),
            ("5e", [{"op": "replace", "path": "/0", "value": -1.005}]),
            ("1", [{"op": "replace", "path": "/0", "value": -10.05}]),
            (" ", []),
            ("]", []),
        ],
    ),
    (
        {"duplicate_keys": "last"},
        [
            ('{"a":[1],"b":', [{"op": "add", "path": "", "value": {"a": [1]}}]),
            ('0,"a"', [{"op": "add", "path": "/b", "value": 0}]),
            (':"', [{"op": "replace", "path": "/a", "value": ""}]),
            ("x", [{"op": "str_ins", "path": "/a", "pos": 0, "str": "x"}]),
            ('","a":null,"a":{', [{"op": "replace", "path": "/a", "value": {}}]),
            ('"c":1}', [{"op": "add", "path": "/a/c", "value": 1}]),
        ],
    ),
    (
        {"duplicate_keys": "first"},
        [
            ('{"a":"x', [{"op": "add", "path": "", "value": {"a": "x"}}]),
            ('","a":{"b":["', []),
            ('c"],"d":1', []),
            ('},"a":2,"e":0}', [{"op": "add", "path": "/e", "value": 0}]),
        ],
    ),
    (
        {"multiple": True},
        [
            ("[1", [{"op": "add", "path": "", "value": []}]),
            ("]", [{"op": "add", "path": "/0", "value": 1}]),
            (" tr", []),
            ("ue ", [{"op": "replace", "path": "", "value": True}]),
            ("1 2 3 ", [{"op": "replace", "path": "", "value": 3}]),
            ('"', [{"op": "replace", "path": "", "value": ""}]),
            ("x", [{"op": "str_ins", "path": "", "pos": 0, "str": "x"}]),
        ],
    ),
    (
        {"form": {"units": "utf-16"}},
        [
            ('["😀', [{"op": "add", "path": "", "value": ["😀"]}]),
            ("a", [{"op": "str_ins", "path": "/0", "pos": 2, "str": "a"}]),
            ("\\ud83d", []),
            ("\\ude00", [{"op": "str_ins", "path": "/0", "pos": 3, "str": "😀"}]),
            ("é", [{"op": "str_ins", "path": "/0", "pos": 5, "str": "é"}]),
        ],
    ),
    (
        {},
        [
            ('["😀', [{"op": "add", "path": "", "value": ["😀"]}]),
            ("a", [{"op": "str_ins", "path": "/0", "pos": 1, "str": "a"}]),
            ("😀".encode()[:2], []),
            ("😀".encode()[2:], [{"op": "str_ins", "path": "/0", "pos": 2, "str": "😀"}]),
            ("\\ud83d", []),
            ('"', [{"op": "str_ins", "path": "/0", "pos": 3, "str": "\ufffd"}]),
        ],
    ),
    (
        {"form": {"extended": False}},
        [
            ('"', [{"op": "add", "path": "", "value": ""}]),
            ("ab", [{"op": "replace", "path": "", "value": "ab"}]),
            ("\\", []),
            ("n", [{"op": "replace", "path": "", "value": "ab\n"}]),
            ('"', []),
        ],
    ),
]


@pytest.mark.parametrize(("options", "steps"), EXAMPLES)
def test_operations_are_these(options: dict[str, Any], steps: list[tuple[Any, list[Operation]]]) -> None:
    options = dict(options)
    form = options.pop("form", {})
    parser = Parser(**options)
    for fragment, wanted in steps:
        parser.feed(fragment)
        assert patch_of(parser, form) == wanted, fragment


def test_the_end_of_input_can_add_something() -> None:
    parser = Parser()
    parser.feed("12")
    assert patch_of(parser) == []
    parser.close()
    assert patch_of(parser) == [{"op": "add", "path": "", "value": 12}]
    assert patch_of(parser) == []


def test_what_came_before_an_error_is_in_the_patch_after_it() -> None:
    parser = Parser()
    parser.feed('{"a":"x')
    patch_of(parser)
    error = try_feed(parser, 'y","b":[1,}')
    assert isinstance(error, midstream.MalformedJSON)
    ops = patch_of(parser)
    assert apply({"a": "x"}, ops) == parser.value == {"a": "xy", "b": [1]}
    assert patch_of(parser) == []


def test_complete_values_are_shared_and_open_ones_copied() -> None:
    parser = Parser()
    parser.feed('{"whole":{"x":[1,2]},"text":"' + "t" * 100 + '","open":[{"y":"z')
    ((whole,), live) = patch_of(parser), parser.value
    assert whole["value"]["whole"] is live["whole"]
    assert whole["value"]["open"] is not live["open"]
    parser.feed('!"},{"z":[]},')
    added = patch_of(parser)[-1]
    assert added == {"op": "add", "path": "/open/1", "value": {"z": []}}
    assert added["value"] is live["open"][1]
    assert whole["value"] == {"whole": {"x": [1, 2]}, "text": "t" * 100, "open": [{"y": "z"}]}


@pytest.mark.parametrize("units", ["", "utf-8", 16])
def test_other_units_are_refused(units: Any) -> None:
    parser = Parser()
    parser.feed('{"a":1,')
    with pytest.raises((ValueError, TypeError)):
        parser.patch(units=units)
    assert patch_of(parser) == [{"op": "add", "path": "", "value": {"a": 1}}]


# -- asking disturbs nothing, and nothing disturbs it


@given(strategies.fed(), strategies.options(), forms(), polls())
def test_asking_changes_nothing_else(fragments: list[Any], options: dict[str, Any], chosen: Iterator[Form], when: Polls) -> None:
    asked, plain = Parser(**options), Parser(**options)
    for count, fragment in enumerate(fragments):
        error, other = try_feed(asked, fragment), try_feed(plain, fragment)
        if when(count):
            patch_of(asked, next(chosen))
        assert observe(asked, error) == observe(plain, other)
        assert freeze(asked.snapshot()) == freeze(plain.snapshot())
        if error is not None:
            return


@given(st.data(), strategies.fed(), strategies.options(), st.sampled_from(FORMS), polls())
def test_reading_changes_no_patch(
    data: st.DataObject, fragments: list[Any], options: dict[str, Any], form: Form, when: Polls
) -> None:
    """Snapshots, values that somebody holds, status, paths and forks in between."""
    held: list[Any] = []
    readers: list[Callable[[Parser], Any]] = [
        lambda parser: parser.snapshot(),
        lambda parser: parser.snapshot(share=False),
        lambda parser: [parser.value, *(feeding.at(parser.value, path) for path in feeding.paths_of(parser.value))],
        lambda parser: (parser.status, parser.path, parser.offset, parser.repairs, parser.is_complete(parser.path)),
        lambda parser: patch_of(copy.copy(parser)),
        lambda parser: pickle.dumps(parser),
        lambda parser: held.clear(),
    ]
    plan = data.draw(st.lists(st.sampled_from(readers), min_size=1, max_size=8))
    read, plain = Parser(**options), Parser(**options)
    for count, fragment in enumerate(fragments):
        error, _ = try_feed(read, fragment), try_feed(plain, fragment)
        held.append(plan[count % len(plan)](read))
        if when(count):
            assert freeze(patch_of(read, form)) == freeze(patch_of(plain, form))
        if error is not None:
            return


FORKS: list[Callable[[Parser], Parser]] = [
    copy.copy,
    copy.deepcopy,
    *(
        lambda parser, protocol=protocol: pickle.loads(pickle.dumps(parser, protocol))
        for protocol in (2, pickle.HIGHEST_PROTOCOL)
    ),
]


@given(st.data(), strategies.fed(), strategies.options(), forms(), polls())
def test_forks_go_on_with_the_same_patches(
    data: st.DataObject, fragments: list[Any], options: dict[str, Any], chosen: Iterator[Form], when: Polls
) -> None:
    place = data.draw(st.integers(0, len(fragments)))
    parser = Parser(**options)
    receiver = Receiver()
    for count, fragment in enumerate(fragments[:place]):
        if try_feed(parser, fragment) is not None:
            return
        if when(count):
            form = next(chosen)
            receiver.take(patch_of(parser, form), form)
    parsers = [parser, *(fork(parser) for fork in FORKS), FORKS[-1](FORKS[0](parser)), FORKS[0](FORKS[-1](parser))]
    receivers = [receiver, *(Receiver(clone(receiver.value)) for _ in parsers[1:])]
    for count, fragment in enumerate([*fragments[place:], None], place):
        over = [try_close(each) if fragment is None else try_feed(each, fragment) for each in parsers]
        if when(count) or fragment is None or over[0] is not None:
            form = next(chosen)
            patches = [patch_of(each, form) for each in parsers]
            assert len({freeze(patch) for patch in patches}) == 1
            for each, patch in zip(receivers, patches, strict=True):
                each.take(patch, form)
                if not (parser.value is MISSING and options.get("multiple")):
                    assert freeze(each.value) == freeze(parser.value)
        if over[0] is not None:
            break
    for each in receivers:
        each.check()


@given(st.data(), strategies.json_texts(), strategies.json_texts(), forms())
def test_forks_that_go_different_ways_do_not_meet(data: st.DataObject, one: str, other: str, chosen: Iterator[Form]) -> None:
    """The same beginning, then two texts; each parser's receiver has what its parser has."""
    parser = Parser(numbers="partial")
    head = '{"k":["some text", {"t":"' + data.draw(st.sampled_from(["", "x", "é", "😀"]))
    parser.feed(head)
    receiver = Receiver()
    form = next(chosen)
    receiver.take(patch_of(parser, form), form)
    fork = data.draw(st.sampled_from(FORKS))(parser)
    pairs = [(parser, receiver), (fork, Receiver(clone(receiver.value)))]
    tails = [units(f'{tail}"}},{text}]}}') for tail, text in (("a", one), ("é", other))]
    for step in itertools.zip_longest(*tails):
        for (each, its), unit in zip(pairs, step, strict=True):
            if unit is not None:
                each.feed(unit)
            form = next(chosen)
            its.take(patch_of(each, form), form)
            assert freeze(its.value) == freeze(each.value)
    for _, its in pairs:
        its.check()


# -- deep and wide


def flat(value: Any) -> Iterator[Any]:
    """What a value consists of, in order, at any depth."""
    todo = [value]
    while todo:
        value = todo.pop()
        if type(value) is list:
            yield ("list", len(value))
            todo += reversed(value)
        elif type(value) is dict:
            yield ("dict", *value)
            todo += reversed(value.values())
        else:
            yield freeze(value)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_patches_of_a_deep_document(form: Form) -> None:
    depth = 5000
    head, tail = '{"a/":[null,' * depth, "]}" * depth
    fragments = [
        head[:20],
        head[20:7000],
        head[7000:-5],
        head[-5:],
        '"te',
        "xt",
        '",[',
        "1",
        ",",
        tail[: depth // 2],
        tail[depth // 2 :],
    ]
    parser = Parser(max_depth=None)
    value: Any = MISSING
    for fragment in ["", *fragments[:7], *fragments[7:8], fragments[8] + "0]", *fragments[9:]]:
        parser.feed(fragment)
        ops = patch_of(parser, form)
        for op in ops:
            assert op["path"].count("/") <= 2 * depth * 2 + 2
        value = apply(value, ops, units=form.get("units", "code-points"))
        if parser.value is not MISSING:
            assert list(flat(value)) == list(flat(parser.value))
    assert parser.status is midstream.Status.COMPLETE
    assert patch_of(parser) == []


def test_a_patch_costs_what_has_changed_and_not_what_was_there() -> None:
    """Its length, wherever it is asked for: behind many elements, many members, or a long text."""
    for head, piece in (
        ("[" + "[1],{}," * 5000, '{"a":[1,2]},'),
        ("{" + "".join(f'"{index}":[{index}],' for index in range(5000)), '"new":{"a":[1,2]},'),
        ('{"deep":[[[{"k":"' + "x" * 50_000, "12345"),
    ):
        parser = Parser(duplicate_keys="last")
        parser.feed(head)
        assert len(json.dumps(patch_of(parser))) > 20_000
        parser.feed(piece)
        assert 20 < len(json.dumps(patch_of(parser))) < 100


@pytest.mark.parametrize("form", EXTENDED, ids=str)
@pytest.mark.parametrize("character", ["a", "é", "€", "😀"])
def test_asking_does_not_copy_an_open_string(character: str, form: Form) -> None:
    """Of 300 patches of a long open string, each after one more character, only a few may cost its length."""
    long = 200_000
    parser = Parser()
    parser.feed('{"a":[{"k":"' + character * long)
    patch_of(parser, form)
    rises = []
    tracemalloc.start()
    try:
        for _ in range(300):
            start, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            parser.feed(character)
            (op,) = patch_of(parser, form)
            assert op["str"] == character
            rises.append(tracemalloc.get_traced_memory()[1] - start)
    finally:
        tracemalloc.stop()
    assert sum(rise > long // 2 for rise in rises) <= 10


# -- documents that models wrote, and recorded streams

BATCHES = 12
TEXTS = {doc.text: doc.id for doc in data.llm_documents()}
DOCUMENTS = [(name, text) for text, name in TEXTS.items()]
ROWS = [row for row in data.doc_rows() if row.kind != "gemini_partial_args" and row.deltas]


def some_polls(fragments: Sequence[Any], rng: random.Random) -> Polls:
    """About 40 of the fragments, all of a short document."""
    share = 40 / max(len(fragments), 1)
    chosen = {count for count in range(len(fragments)) if rng.random() < share}
    return lambda count: count in chosen


@pytest.mark.parametrize("batch", range(BATCHES))
def test_patches_of_documents_that_models_wrote(batch: int) -> None:
    for name, text in DOCUMENTS[batch::BATCHES]:
        rng = random.Random(f"{name} patches")
        fragments = judge.random_fragments(text if rng.random() < 0.5 else text.encode(), rng)
        chosen = itertools.repeat(rng.choice(FORMS)) if rng.random() < 0.8 else itertools.cycle(FORMS)
        numbers = rng.choice(("complete", "partial"))
        receiver = follow(fragments, chosen, some_polls(fragments, rng), judge.fingerprint, numbers=numbers)
        assert judge.fingerprint(receiver.value) == judge.fingerprint(judge.strict_loads(text)), name


@pytest.mark.parametrize("batch", range(BATCHES))
def test_patches_of_recorded_streams(batch: int) -> None:
    """The deltas as they came; what is no JSON is followed up to its error."""
    for row in ROWS[batch::BATCHES]:
        rng = random.Random(f"{row.id} patches")
        receiver = follow(
            row.deltas,
            itertools.repeat(rng.choice(FORMS)),
            some_polls(row.deltas, rng),
            judge.fingerprint,
            look=rng.choice((lambda parser: None, lambda parser: parser.snapshot())),
        )
        if row.status == "ok":
            assert judge.fingerprint(receiver.value) == judge.fingerprint(judge.strict_loads(row.text)), row.id


# -- sizes


def write_call() -> dict[str, Any]:
    """The longest call of a `write` tool: 56 KB of source code in one string."""
    value: dict[str, Any] = json.loads(max((doc.text for doc in data.llm_documents() if doc.tool == "write"), key=len))
    return value


def encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def bytes_of_patches(text: str, size: int, form: Form) -> int:
    """Bytes of all patches that are not empty, one asked for after every `size` characters."""
    parser = Parser()
    total = 0
    for at in range(0, len(text), size):
        parser.feed(text[at : at + size])
        ops = patch_of(parser, form)
        if ops:
            total += len(encoded(ops))
    parser.close()
    return total


@pytest.mark.parametrize("form", EXTENDED, ids=str)
@pytest.mark.parametrize(("size", "limit"), [(4, 20), (100, 4)])
def test_patches_of_a_long_text_are_a_small_multiple_of_it(size: int, limit: int, form: Form) -> None:
    text = json.dumps(write_call(), ensure_ascii=False)
    assert len(text) > 50_000
    assert bytes_of_patches(text, size, form) < limit * len(text.encode())


def documents_twice() -> dict[str, Callable[[int], Any]]:
    call = write_call()
    (longest,) = [key for key in call if call[key] == max(call.values(), key=lambda value: len(str(value)))]
    return {
        "long text": lambda times: call | {longest: call[longest] * times},
        "records": lambda times: [
            {"id": index % 100, "name": f"item {index % 100}", "tags": ["x", "y"], "at": {"lat": 0.5}}
            for index in range(600 * times)
        ],
        "numbers": lambda times: [index % 1000 / 8 for index in range(3000 * times)],
        "members": lambda times: {f"{index:06}": "some text here" for index in range(1000 * times)},
    }


@pytest.mark.parametrize("size", [4, 100])
@pytest.mark.parametrize("shape", documents_twice())
def test_patches_grow_as_the_document_does(shape: str, size: int) -> None:
    make = documents_twice()[shape]
    one, two = (json.dumps(make(times)) for times in (1, 2))
    for form in EXTENDED if shape == "long text" else FORMS:
        assert bytes_of_patches(two, size, form) < 2.3 * bytes_of_patches(one, size, form)


# -- receivers in JavaScript

TESTS = Path(__file__).parents[1]

# Left out: the key `__proto__`, which fast-json-patch refuses and json-joy takes for the prototype; `prototype` in
# `constructor`, which fast-json-patch refuses too; numbers that JSON.parse makes infinite. Integers beyond 2**53 lose digits
# in JavaScript, in patches and in what is expected alike.
FOR_JAVASCRIPT = [
    '{"text":"😀a\\ud83d\\ude00b\\u00e9\\n\\"\\\\/\\u2028 end","more":["\\ud83d alone","é","日本語😀","𝒳𝒴"]}',
    '{"a/b":{"~":"x/y~z","~1":["~0"],"/":"","":{"":"empty"}," ":1},"m~n":"~","~0":"0","a~1b":[{"/~/":"deep 😀"}]}',
    '{"constructor":"c","prototype":{"constructor":1},"hasOwnProperty":["own"],"toString":"s","valueOf":{"length":"0"},"length":3}',
    '{"__proto":"1","_proto__":"2","__proto__ ":"3","__defineGetter__":"4","constructor ":{"prototype":"5"}}',
    '{"10":"ten","9":"nine","b":"b","1":{"2":"x","1":"y"},"a":"a","-1":"z","01":"w","1.5":"v"}',
    '[[],{},[[]],[{}],{"":[]},"",0,null,false,[["x"],["y",{"z":[1,"text"]}]]]',
    "[0,-0,-0.0,1.5,1e3,1E-3,123456789012345678901234567890,-1.7976931348623157e308,5e-324,0.1,100]",
    '{"a":[1,2],"b":"x","a":"text 😀","c":{"d":[1]},"b":[3],"c":{"d":"again","d":null}}',
    '"only a string 😀 with \\u0041 \\t and 👩\u200d👩\u200d👧"',
    "12345.678e1 ",
    "null",
    '{"list":[' + ",".join(f'{{"id":{index},"name":"n{index}"}}' for index in range(15)) + "]}",
    '{"code":"def f(x):\\n\\treturn \\"' + "é😀" * 30 + '\\"\\n","path":"C:\\\\temp\\/x"}',
    '{"\ufeff":"\ufeff","\\u0000":"\\u0000","\u2029":"\\u2029","😀":{"😀":"😀"}}',
]


def jobs_for_javascript() -> Iterator[tuple[str, dict[str, Any]]]:
    """(description, job) of each stream; see tests/js/receiver.js."""
    real = [
        (name, text) for name, text in DOCUMENTS if 200 < len(text) < 3000 and not text.isascii() and "__proto__" not in text
    ][:30]
    for name, text in [*((text, text) for text in FOR_JAVASCRIPT), *real]:
        for kind, form in (("extended", {"units": "utf-16"}), ("rfc", {"extended": False})):
            modes: list[tuple[Any, float]] = [("complete", 1.0), ("partial", 5.0), ("complete", len(text) / 12)]
            for numbers, mean in modes:
                rng = random.Random(f"{name} {kind} {numbers} {mean}")
                source = rng.choice((text, text.encode()))
                parser = Parser(numbers=numbers)
                patches, values = [], []
                for fragment in feeding.random_cuts(source, rng.getrandbits(32), max(mean, len(source) / 60)):
                    parser.feed(fragment)
                    ops = patch_of(parser, form)
                    if ops:
                        patches.append(ops)
                        values.append(parser.snapshot())
                parser.close()
                yield f"{kind} {numbers} {mean} {name[:200]}", {"kind": kind, "patches": patches, "values": values}


def ask_javascript(jobs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    node.require("json-joy")
    assert node.NODE is not None
    done = subprocess.run(
        [node.NODE, str(TESTS / "js" / "receiver.js"), str(node.PACKAGES)],
        input="".join(json.dumps(job, allow_nan=False) + "\n" for job in jobs).encode(),
        capture_output=True,
        # a sanitizer that python was started with is not for node
        env={name: value for name, value in os.environ.items() if name != "LD_PRELOAD"},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(jobs)
    return answers


def test_patches_give_the_value_in_javascript() -> None:
    """json-joy with `str_ins` in code units, fast-json-patch with RFC 6902 alone and its checks of each operation."""
    named = list(jobs_for_javascript())
    assert len(named) > 200
    failures = []
    for (name, job), answer in zip(named, ask_javascript([job for _, job in named]), strict=True):
        if not answer["ok"]:
            failures.append((name, answer, job["patches"][answer["patch"]]))
    assert not failures, failures[:3]


def test_the_receivers_in_javascript_see_what_is_wrong() -> None:
    start = [{"op": "add", "path": "", "value": {"b": "x😀", "a": [1]}}]
    wrong: list[tuple[str, list[Operation], Any]] = [
        ("extended", [{"op": "str_ins", "path": "/b", "pos": 2, "str": "y"}], {"b": "x😀y", "a": [1]}),
        ("extended", [{"op": "str_ins", "path": "/b", "pos": 4, "str": "y"}], {"b": "x😀y", "a": [1]}),
        ("extended", [{"op": "str_ins", "path": "/c", "pos": 0, "str": "y"}], {"b": "x😀", "a": [1], "c": "y"}),
        ("extended", [{"op": "str_ins", "path": "/b", "pos": 3, "str": "y"}], {"a": [1], "b": "x😀y"}),
        ("rfc", [{"op": "replace", "path": "/c", "value": 1}], {"b": "x😀", "a": [1], "c": 1}),
        ("rfc", [{"op": "add", "path": "/a/2", "value": 1}], {"b": "x😀", "a": [1, 1]}),
        ("rfc", [{"op": "replace", "path": "/b", "value": "x"}], {"a": [1], "b": "x"}),
        ("rfc", [{"op": "add", "path": "/a/1", "value": 0}], {"b": "x😀", "a": [1, False]}),
        ("rfc", [{"op": "str_ins", "path": "/b", "pos": 3, "str": "y"}], {"b": "x😀y", "a": [1]}),
    ]
    jobs = [{"kind": kind, "patches": [start, ops], "values": [start[0]["value"], value]} for kind, ops, value in wrong]
    for job, answer in zip(jobs, ask_javascript(jobs), strict=True):
        assert (answer["ok"], answer["patch"]) == (False, 1), job
        assert answer["why"]
