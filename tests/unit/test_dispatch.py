"""Dispatcher: functions called between feeds."""

from __future__ import annotations

import asyncio
import copy
import functools
import gc
import pickle
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

import midstream
from midstream import Completed, Dispatcher, HandlerError, Text
from tests.oracle import events as event_oracle
from tests.support import strategies
from tests.support.feeding import event_record, units

Feed = Callable[..., None]


def feed_sync(dispatch: Dispatcher, *arguments: Any) -> None:
    dispatch.feed(*arguments)


def feed_async(dispatch: Dispatcher, *arguments: Any) -> None:
    asyncio.run(dispatch.afeed(*arguments))


def run_sync(dispatch: Dispatcher, fragments: Any) -> Any:
    return dispatch.run(iter(fragments))


def run_async(dispatch: Dispatcher, fragments: Any) -> Any:
    return asyncio.run(dispatch.run(later(fragments)))


async def later(fragments: Any) -> AsyncIterator[Any]:
    for fragment in fragments:
        await asyncio.sleep(0)
        yield fragment


FEEDS = pytest.mark.parametrize("feed", [feed_sync, feed_async])
RUNS = pytest.mark.parametrize("run", [run_sync, run_async])


class Broken(Exception):
    pass


class Source:
    """An iterator of fragments, of both kinds, that counts how often it is closed."""

    def __init__(self, fragments: list[str], error: BaseException | None = None) -> None:
        self.fragments = iter(fragments)
        self.error = error
        self.asked = 0
        self.closed = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.asked += 1
        for fragment in self.fragments:
            return fragment
        if self.error is not None:
            raise self.error
        raise StopIteration

    def close(self) -> None:
        self.closed += 1


class AsyncSource(Source):
    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        try:
            return next(self)
        except StopIteration:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        self.close()


# -- who is called, and with what


@RUNS
def test_handlers_are_called_with_their_events(run: Any) -> None:
    dispatch = Dispatcher()
    calls: list[Any] = []

    @dispatch.on("$.query")
    def on_query(event: Completed) -> None:
        calls.append(event)

    @dispatch.on_text("$.content")
    def on_content(event: Text) -> None:
        calls.append(event)

    value = run(dispatch, ['{"query":"ca', 'ts","content":"one', ' two",', '"n":1}'])
    assert value == {"query": "cats", "content": "one two", "n": 1}
    assert value is dispatch.parser.value
    assert calls == [
        Completed(("query",), "cats", (9, 15)),
        Text(("content",), "one"),
        Text(("content",), " two"),
    ]


@FEEDS
def test_handlers_are_called_as_soon_as_it_is_certain(feed: Feed) -> None:
    dispatch = Dispatcher()
    calls: list[Any] = []
    dispatch.on("$[*]")(lambda event: calls.append(event.value))
    dispatch.on_text("$[*]")(lambda event: calls.append(event.text))
    seen = []
    for fragment in ("[1", ",2,", '"a', "", 'b"', "]"):
        feed(dispatch, fragment)
        seen.append(list(calls))
        calls.clear()
    assert seen == [[], [1, 2], ["a"], [], ["b", "ab"], []]


@FEEDS
def test_order_of_registration_within_one_event(feed: Feed) -> None:
    dispatch = Dispatcher()
    calls: list[str] = []
    for name, path in (("a", "$[0]"), ("b", "$..*"), ("c", "$[*]"), ("d", "$"), ("e", "$[0]"), ("f", "$[0]")):
        register = dispatch.on_text if name == "f" else dispatch.on
        register(path)(lambda event, name=name: calls.append(name))  # type: ignore[misc]
    feed(dispatch, '["x",[1]]')
    assert "".join(calls) == "f" + "abce" + "b" + "bc" + "d"


def test_the_function_is_given_back() -> None:
    dispatch = Dispatcher()

    def function(event: Any) -> None:
        calls.append(type(event).__name__)

    calls: list[str] = []
    assert dispatch.on("$.a")(function) is function
    assert dispatch.on_text("$.a")(function) is function
    assert dispatch.on("$.b")(dispatch.on("$.c")(function)) is function
    dispatch.feed('{"c":1,"b":2,"a":"x"}')
    assert calls == ["Completed", "Completed", "Text", "Completed"]


def test_on_gets_no_text_and_on_text_nothing_else() -> None:
    dispatch = Dispatcher()
    completed, text = Mock(), Mock()
    dispatch.on("$..*")(completed)
    dispatch.on_text("$..*")(text)
    dispatch.run(units('{"a":"xy","b":["",1,{}],"c":{"d":"z"}}'))
    assert [call.args[0].value for call in completed.mock_calls] == ["xy", "", 1, {}, ["", 1, {}], "z", {"d": "z"}]
    assert [call.args[0].text for call in text.mock_calls] == ["x", "y", "z"]
    assert {type(call.args[0]) for call in completed.mock_calls} == {Completed}
    assert {type(call.args[0]) for call in text.mock_calls} == {Text}


@given(
    strategies.fed(),
    st.lists(st.tuples(st.booleans(), strategies.expressions()), max_size=4),
    strategies.options(),
)
def test_calls_agree_with_the_oracle(fragments: list[Any], registered: list[tuple[bool, str]], options: dict[str, Any]) -> None:
    paths = [path for _, path in registered]
    oracle = event_oracle.calls(fragments, paths, close=True, **options)
    errors = [call.error[0] for call in oracle if call.error is not None]
    wanted = [
        (number, event_record(event))
        for call in oracle
        for event in call.events
        for number, (for_text, path) in enumerate(registered)
        if type(event).__name__ == ("Text" if for_text else "Completed")
        and event_oracle.selected(event_oracle.expressions(path), event.path)
    ]
    for run in (run_sync, run_async):
        dispatch = Dispatcher(**options)
        calls: list[Any] = []
        for number, (for_text, path) in enumerate(registered):

            def handler(event: Any, number: int = number, calls: list[Any] = calls) -> None:
                calls.append((number, event_record(event)))

            (dispatch.on_text if for_text else dispatch.on)(path)(handler)
        error: BaseException | None = None
        try:
            value = run(dispatch, fragments)
        except midstream.JSONStreamError as raised:
            error = raised
        else:
            assert value is dispatch.parser.close()
        assert calls == wanted
        assert (error and type(error).__name__) == (errors[0] if errors else None)


# -- async handlers


def test_async_handlers_are_awaited_one_after_another() -> None:
    dispatch = Dispatcher()
    calls: list[str] = []

    @dispatch.on("$[*]")
    async def slow(event: Completed) -> None:
        calls.append(f"slow {event.value}")
        await asyncio.sleep(0.001)
        calls.append(f"done {event.value}")

    @dispatch.on("$[*]")
    def quick(event: Completed) -> None:
        calls.append(f"quick {event.value}")

    assert asyncio.run(dispatch.run(later(["[1,", "2]"]))) == [1, 2]
    assert calls == ["slow 1", "done 1", "quick 1", "slow 2", "done 2", "quick 2"]


class Both:
    """Callables that are async in less obvious ways."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    async def method(self, event: Any) -> None:
        self.calls.append(event.value)

    async def __call__(self, event: Any) -> None:
        self.calls.append(event.value)

    @classmethod
    async def of_class(cls, event: Any) -> None: ...

    @staticmethod
    async def of_none(event: Any) -> None: ...


async def plain(event: Any, *rest: Any) -> None: ...


ASYNC: dict[str, Any] = {
    "function": plain,
    "method": Both().method,
    "object": Both(),
    "class method": Both.of_class,
    "static method": Both.of_none,
    "partial": functools.partial(functools.partial(plain), rest=1),
    "partial of an object": functools.partial(Both()),
    "mock": AsyncMock(),
}


@pytest.mark.parametrize("handler", ASYNC.values(), ids=ASYNC)
def test_feed_refuses_async_handlers_at_once(handler: Any) -> None:
    dispatch = Dispatcher()
    before = Mock()
    dispatch.on("$[*]")(before)
    dispatch.on("$[*]")(handler)
    source = Source(["[1"])
    for _ in range(2):
        with pytest.raises(TypeError, match="async"):
            dispatch.feed("[1,")
    with pytest.raises(TypeError, match="async"):
        dispatch.run(source)
    assert (source.asked, source.closed) == (0, 1)
    assert before.mock_calls == []
    assert dispatch.parser.status is midstream.Status.EMPTY


class Sync:
    def __call__(self, event: Any) -> None: ...


@pytest.mark.parametrize(
    "handler",
    [Sync(), print, list, Mock(), functools.partial(print, "x"), functools.partial(Sync()), lambda event: None],
    ids=lambda handler: type(handler).__name__,
)
def test_other_callables_are_not_async(handler: Any) -> None:
    dispatch = Dispatcher()
    dispatch.on("$[*].x")(handler)
    dispatch.feed("[1]")


def test_functions_that_return_awaitables() -> None:
    received = []

    async def work(event: Any) -> None:
        received.append(event.value)

    dispatch = Dispatcher()
    dispatch.on("$[*]")(lambda event: work(event))
    asyncio.run(dispatch.run(later(["[1,2]"])))
    assert received == [1, 2]

    dispatch = Dispatcher()
    dispatch.on("$[*]")(lambda event: work(event))
    with pytest.raises(HandlerError, match="lambda") as raised:
        dispatch.feed("[1,")
    assert isinstance(raised.value.__cause__, TypeError)
    assert "afeed" in str(raised.value.__cause__)
    assert received == [1, 2]
    gc.collect()  # a coroutine that was not closed would warn


# -- registration


def test_registration_ends_with_the_first_feed() -> None:
    for begin in (lambda d: d.feed(""), lambda d: asyncio.run(d.afeed("")), lambda d: d.parser, lambda d: d.run([""])):
        dispatch = Dispatcher()
        early = dispatch.on("$.a")
        try:
            begin(dispatch)
        except midstream.TruncatedJSON:
            pass
        for register in (early, dispatch.on("$.a"), dispatch.on_text("$.a")):
            with pytest.raises(RuntimeError, match="before the first feed"):
                register(print)


def test_a_refused_feed_does_not_end_registration() -> None:
    dispatch = Dispatcher()
    dispatch.on("$[*]")(plain)
    with pytest.raises(TypeError):
        dispatch.feed("[")
    assert dispatch.on("$.a")(print) is print


def test_wrong_registrations() -> None:
    dispatch = Dispatcher()
    for register in (dispatch.on, dispatch.on_text):
        with pytest.raises(ValueError, match="slice"):
            register("$[1:2]")
        with pytest.raises(TypeError):
            register(None)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            register(print)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="callable"):
            register("$.a")(3)  # type: ignore[type-var]
    assert dispatch.run(["{}"]) == {}


def test_options() -> None:
    assert Dispatcher(parse_float=str).run(["[1.50]"]) == ["1.50"]
    with pytest.raises(midstream.LimitExceeded):
        Dispatcher(max_depth=1).run(["[[]]"])
    for wrong in ({"numbers": "none"}, {"max_depth": "x"}, {"watch": "$"}, {"no_such_option": 1}, {"multiple": 1}):
        with pytest.raises((TypeError, ValueError)):
            Dispatcher(**wrong)  # type: ignore[arg-type]
    dispatch = Dispatcher(multiple=True)
    values = []
    dispatch.on("$.a")(lambda event: values.append(event.value))
    assert dispatch.run(['{"a":1}{"a":', "2} 3"]) == 3
    assert values == [1, 2]


def test_parser() -> None:
    dispatch = Dispatcher()
    parser = dispatch.parser
    assert type(parser) is midstream.Parser
    assert parser is dispatch.parser
    dispatch.feed('{"a":')
    assert dispatch.parser is parser
    assert parser.path == ("a",)
    assert parser.snapshot() == {}


def test_without_handlers_it_reads_all_the_same() -> None:
    assert Dispatcher().run(["[1,", "2]"]) == [1, 2]


# -- what is raised


def failing(dispatch: Dispatcher, path: str, when: Callable[[Any], bool], error: BaseException) -> list[Any]:
    """Registers a handler that raises error where `when`; all the values that it was called with."""
    values: list[Any] = []

    @dispatch.on(path)
    def handler(event: Completed) -> None:
        values.append(event.value)
        if when(event.value):
            raise error

    return values


@FEEDS
def test_an_exception_in_a_handler(feed: Feed) -> None:
    dispatch = Dispatcher()
    error = Broken("no")
    first = failing(dispatch, "$['a b'][*].c", lambda value: value == 2, error)
    second = failing(dispatch, "$..c", lambda value: False, error)
    feed(dispatch, '{"a b":[{"c":1},')
    with pytest.raises(HandlerError) as raised:
        feed(dispatch, '{"c":2},{"c":3},')
    assert (first, second) == ([1, 2], [1])
    assert raised.value.path == ("a b", 1, "c")
    assert raised.value.event == Completed(("a b", 1, "c"), 2, (21, 22))
    assert raised.value.handler.__name__ == "handler"
    assert raised.value.__cause__ is error
    assert "$['a b'][1].c" in str(raised.value)
    assert "failing.<locals>.handler" in str(raised.value)
    assert not isinstance(raised.value, ValueError)
    # the parser has read all of the fragment, and the calls that were to follow come first
    assert dispatch.parser.status is midstream.Status.OPEN
    feed(dispatch, "")
    assert (first, second) == ([1, 2, 3], [1, 2, 3])
    feed(dispatch, '{"c":4}]}', True)
    assert (first, second) == ([1, 2, 3, 4], [1, 2, 3, 4])


@FEEDS
def test_calls_that_wait_come_before_those_of_the_next_fragment(feed: Feed) -> None:
    dispatch = Dispatcher()
    values = failing(dispatch, "$[*]", lambda value: value in (1, 2, 4), Broken())
    for fragment, seen in (("[1,2,3,", 1), ("4,5,", 2), ("", 4), ("", 5), ("6]", 6)):
        try:
            feed(dispatch, fragment)
        except HandlerError as error:
            assert error.event.value == seen  # type: ignore[union-attr]
        assert values == list(range(1, seen + 1))


@FEEDS
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, asyncio.CancelledError, GeneratorExit])
def test_what_is_no_exception_passes_through(feed: Feed, error: type[BaseException]) -> None:
    dispatch = Dispatcher()
    raised_one = error()
    values = failing(dispatch, "$[*]", lambda value: value == 1, raised_one)
    with pytest.raises(error) as raised:
        feed(dispatch, "[1,2,")
    if feed is feed_sync:
        assert raised.value is raised_one
    feed(dispatch, "3]")
    assert values == [1, 2, 3]


@FEEDS
@pytest.mark.parametrize(
    "error",
    [StopIteration, StopAsyncIteration, RuntimeError, MemoryError, lambda: HandlerError(Completed((), 1, (0, 1)), print)],
)
def test_every_exception_is_wrapped(feed: Feed, error: Callable[[], Exception]) -> None:
    dispatch = Dispatcher()
    cause = error()
    failing(dispatch, "$[*]", lambda value: True, cause)
    with pytest.raises(HandlerError) as raised:
        feed(dispatch, "[1,")
    assert raised.value.__cause__ is cause


def test_cancelling_keeps_what_waits() -> None:
    async def run() -> None:
        dispatch = Dispatcher()
        values = []

        @dispatch.on("$[*]")
        async def handler(event: Completed) -> None:
            values.append(event.value)
            if event.value == 1:
                await asyncio.sleep(60)

        task = asyncio.create_task(dispatch.afeed("[1,2,"))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="while it calls"):
            await dispatch.afeed("3,")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert values == [1]
        await dispatch.afeed("3]")
        assert values == [1, 2, 3]

    asyncio.run(run())


@FEEDS
def test_a_parse_error_comes_after_the_calls_before_it(feed: Feed) -> None:
    dispatch = Dispatcher()
    values = failing(dispatch, "$[*]", lambda value: False, Broken())
    with pytest.raises(midstream.MalformedJSON) as raised:
        feed(dispatch, "[1,2,x")
    assert values == [1, 2]
    for fragment in ("", "3"):
        with pytest.raises(midstream.MalformedJSON) as again:
            feed(dispatch, fragment)
        assert again.value is raised.value
    assert values == [1, 2]


@FEEDS
def test_a_handler_error_and_a_parse_error(feed: Feed) -> None:
    dispatch = Dispatcher()
    values = failing(dispatch, "$[*]", lambda value: value == 1, Broken())
    with pytest.raises(HandlerError):
        feed(dispatch, "[1,2,x")
    assert dispatch.parser.status is midstream.Status.FAILED
    assert values == [1]
    with pytest.raises(midstream.MalformedJSON):
        feed(dispatch, "")
    assert values == [1, 2]

    dispatch = Dispatcher()
    values = failing(dispatch, "$[*]", lambda value: value == 1, Broken())
    with pytest.raises(HandlerError):
        feed(dispatch, "[1,2,")
    with pytest.raises(midstream.MalformedJSON):  # in a fragment without events
        feed(dispatch, "x")
    assert values == [1, 2]


@FEEDS
def test_the_end_of_input(feed: Feed) -> None:
    dispatch = Dispatcher()
    values = failing(dispatch, "$[*]", lambda value: value == 1, Broken())
    with pytest.raises(HandlerError):
        feed(dispatch, "[1,2", True)
    with pytest.raises(midstream.TruncatedJSON):
        feed(dispatch, "")
    assert values == [1]  # what is truncated is not complete

    dispatch = Dispatcher()
    values = failing(dispatch, "$[*]", lambda value: value == 1, Broken())
    with pytest.raises(HandlerError):
        feed(dispatch, "[1,2]", True)
    feed(dispatch, "")
    feed(dispatch, "", True)
    assert values == [1, 2]
    with pytest.raises(RuntimeError):
        feed(dispatch, "3")


@FEEDS
def test_misuse_harms_nothing(feed: Feed) -> None:
    dispatch = Dispatcher()
    values = failing(dispatch, "$[*]", lambda value: value == 1, Broken())
    with pytest.raises(HandlerError):
        feed(dispatch, "[1,2,")
    for wrong in (None, 1, ["a"]):
        with pytest.raises(TypeError):
            feed(dispatch, wrong)
    assert values == [1]
    feed(dispatch, "3]")
    assert values == [1, 2, 3]


@FEEDS
def test_an_error_of_parse_float_comes_after_the_calls(feed: Feed) -> None:
    def refuse(text: str) -> Any:
        raise Broken(text)

    dispatch = Dispatcher(parse_float=refuse)
    values = failing(dispatch, "$[*]", lambda value: False, Broken())
    with pytest.raises(Broken, match=r"2\.5"):
        feed(dispatch, "[1,2.5,")
    assert values == [1]


# -- re-entry


def test_feeding_from_a_handler() -> None:
    dispatch = Dispatcher()
    caught: list[str] = []
    source = Source(["9"])
    values = []

    @dispatch.on("$[*]")
    def handler(event: Completed) -> None:
        values.append(event.value)
        for again in (lambda: dispatch.feed("9,"), lambda: dispatch.feed(""), lambda: dispatch.run(source)):
            with pytest.raises(RuntimeError) as raised:
                again()
            caught.append(str(raised.value))

    assert dispatch.run(["[1,", "2]"]) == [1, 2]
    assert values == [1, 2]
    assert len(caught) == 6
    assert (source.asked, source.closed) == (0, 2)


def test_feeding_from_an_async_handler() -> None:
    dispatch = Dispatcher()
    source = AsyncSource(["9,"])
    values = []

    @dispatch.on("$[*]")
    async def handler(event: Completed) -> None:
        values.append(event.value)
        with pytest.raises(RuntimeError):
            await dispatch.afeed("9,")
        with pytest.raises(RuntimeError):
            await dispatch.run(source)

    assert asyncio.run(dispatch.run(later(["[1,", "2]"]))) == [1, 2]
    assert values == [1, 2]
    assert (source.asked, source.closed) == (0, 2)


def test_feeding_from_a_handler_that_lets_it_out() -> None:
    dispatch = Dispatcher()
    dispatch.on("$[*]")(lambda event: dispatch.feed("9,"))
    with pytest.raises(HandlerError) as raised:
        dispatch.feed("[1,")
    assert isinstance(raised.value.__cause__, RuntimeError)
    assert dispatch.parser.value == [1]


def test_feeding_from_parse_float() -> None:
    def parse_float(text: str) -> Any:
        with pytest.raises(RuntimeError):
            dispatch.feed("9,")
        return float(text)

    dispatch = Dispatcher(parse_float=parse_float)
    values = []
    dispatch.on("$[*]")(lambda event: values.append(event.value))
    assert dispatch.run(["[1.5", ",2]"]) == [1.5, 2]
    assert values == [1.5, 2]


def test_the_parser_may_be_read_from_a_handler() -> None:
    dispatch = Dispatcher()
    seen = []

    @dispatch.on("$[*]")
    def handler(event: Completed) -> None:
        parser = dispatch.parser
        seen.append((parser.snapshot(), parser.path, parser.is_complete(event.path), copy.copy(parser).status.name))

    dispatch.feed("[1,2,[")
    assert seen == [([1, 2, []], (2,), True, "OPEN")] * 2


# -- run and its source


def run_source(dispatch: Dispatcher, source: Source) -> Any:
    return asyncio.run(dispatch.run(source)) if isinstance(source, AsyncSource) else dispatch.run(source)


SOURCES = pytest.mark.parametrize("make", [Source, AsyncSource])


@SOURCES
def test_run_closes_its_source(make: type[Source]) -> None:
    source = make(["[1]"])
    assert run_source(Dispatcher(), source) == [1]
    assert source.closed == 1


@SOURCES
def test_run_closes_its_source_after_a_parse_error(make: type[Source]) -> None:
    source = make(["[1", "x", "never"])
    with pytest.raises(midstream.MalformedJSON):
        run_source(Dispatcher(), source)
    assert (source.asked, source.closed) == (2, 1)
    source = make(["[1"])
    with pytest.raises(midstream.TruncatedJSON):
        run_source(Dispatcher(), source)
    assert source.closed == 1


@SOURCES
@pytest.mark.parametrize("error", [Broken, GeneratorExit, asyncio.CancelledError])
def test_run_closes_its_source_after_an_error_in_a_handler(make: type[Source], error: type[BaseException]) -> None:
    dispatch = Dispatcher()
    values = failing(dispatch, "$[*]", lambda value: value == 1, error())
    source = make(["[1,2,", "3]"])
    with pytest.raises(HandlerError if error is Broken else error):
        run_source(dispatch, source)
    assert (source.asked, source.closed) == (1, 1)
    # the rest of the source is there for another try
    assert run_source(dispatch, source) == [1, 2, 3]
    assert values == [1, 2, 3]


@SOURCES
def test_run_closes_a_source_that_raises(make: type[Source]) -> None:
    source = make(["[1"], Broken())
    with pytest.raises(Broken):
        run_source(Dispatcher(), source)
    assert source.closed == 1


def test_run_of_no_source() -> None:
    for wrong in (None, 3):
        with pytest.raises(TypeError):
            Dispatcher().run(wrong)  # type: ignore[call-overload]
    for iterable in ("[1]", ["[", "1]"], (b"[1]",), {"[1]": 0}):
        assert Dispatcher().run(iterable) == [1]


def test_cancelling_run_closes_its_source() -> None:
    async def run() -> None:
        dispatch = Dispatcher()
        source = AsyncSource(["[1,", "2]"])

        @dispatch.on("$[*]")
        async def handler(event: Completed) -> None:
            await asyncio.sleep(60)

        task = asyncio.create_task(dispatch.run(source))
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (source.asked, source.closed) == (1, 1)

    asyncio.run(run())


# -- the error


def test_handler_error_names_what_can_be_named() -> None:
    event = Completed(("a", 0, "b c", "it's"), 1, (0, 1))
    for handler, name in ((print, "print"), (Sync(), "Sync"), (Sync().__call__, "Sync.__call__"), (Sync, "Sync")):
        error = HandlerError(event, handler)
        assert str(error).startswith(f"{name} failed at $.a[0]['b c'][")
        assert (error.event, error.path, error.handler) == (event, event.path, handler)
    assert str(HandlerError(event, functools.partial(print, end=""))).startswith("print failed")


def test_handler_error_pickles_whatever_the_handler() -> None:
    error = HandlerError(Completed(("a",), [1], (0, 3)), lambda event: None)
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(other) is HandlerError
        assert (str(other), other.event, other.path, other.handler) == (str(error), error.event, error.path, None)


def test_generators_are_no_handlers() -> None:
    def generator(event: Any) -> Iterator[None]:
        yield

    async def async_generator(event: Any) -> AsyncIterator[None]:
        yield

    for handler in (generator, async_generator, functools.partial(generator)):
        with pytest.raises(TypeError, match=r"generator is a generator function"):
            Dispatcher().on("$")(handler)


def test_nothing_is_left_of_a_failed_call() -> None:
    """No cycle keeps the dispatcher, its handlers or the source alive after an error."""
    gc.disable()
    try:
        for fragments in (["[1,2"], ["[x"], ["[1,2,x"]):
            for run in (Dispatcher.run, lambda dispatch, source: [dispatch.feed(one) for one in source]):
                dispatch = Dispatcher()
                source = Source(fragments)
                dispatch.on("$[*]")(lambda event: 1 // 0)
                left = weakref.ref(dispatch), weakref.ref(source)
                with pytest.raises((HandlerError, midstream.MalformedJSON)):
                    run(dispatch, source)
                del dispatch, source
                assert [one() for one in left] == [None, None]
    finally:
        gc.enable()


def test_repair_is_passed_on() -> None:
    for repair in ("all", list(midstream.Repair), iter(midstream.Repair)):
        dispatch = Dispatcher(repair=repair)
        completed: list[Completed] = []
        dispatch.on("$..a")(completed.append)
        assert dispatch.run(["{a: [1,], b: {'a': 2}"]) == {"a": [1], "b": {"a": 2}}
        assert [event.value for event in completed] == [[1], 2]
