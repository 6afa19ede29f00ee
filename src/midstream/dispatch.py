"""Functions that are called with the values of a stream while the rest of it still arrives."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from . import paths
from ._core import Completed, Opened, Parser, Text, _dotted  # pyright: ignore[reportPrivateUsage]
from .closing import AsyncClosing, Closing
from .status import Status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Coroutine, Iterable
    from typing import Any, TypeVar, overload

    from typing_extensions import Unpack

    from ._types import Fragment, Options, Path
    from .paths import Segment

    _OnCompleted = TypeVar("_OnCompleted", bound=Callable[[Completed], object])
    _OnText = TypeVar("_OnText", bound=Callable[[Text], object])

__all__ = ["Dispatcher", "HandlerError"]

# flags of the code of an ``async def`` and of generators, as in `inspect`, which is slow to import
CO_COROUTINE = 0x80
CO_GENERATORS = 0x20 | 0x200


class HandlerError(Exception):
    """A function called by a `Dispatcher` raised an exception, which is the ``__cause__`` of this one.

    event: what it was called with. path: of that event, a tuple of keys and indexes. handler: the function; None after pickling.
    """

    event: Completed | Text
    handler: Callable[[Any], object] | None

    def __init__(self, event: Completed | Text, handler: Callable[[Any], object]) -> None:
        super().__init__(f"{_name_of(handler)} failed at {_dotted(event.path)}")
        self.event = event
        self.handler = handler

    @property
    def path(self) -> Path:
        """Where the value stands that the function was called for."""
        return self.event.path

    def __reduce__(self) -> tuple[Any, ...]:
        # most handlers are functions within functions, which pickle can't take
        return _handler_error, (str(self), self.event)


class Dispatcher:
    """Dispatcher(*, multiple=False, **options)

    Reads one stream and calls functions for it: those registered with `on` when a value is complete, those registered with
    `on_text` when a string has grown. They may be ``async def``, or return awaitables, where `afeed` or `run` over an async
    iterable feeds.

    They run between feeds, never inside the parse, one after another in the order of the events; for one event in the order
    of registration. Each is called once for an event, whatever becomes of the call. If one raises an exception, the feed
    raises HandlerError; the calls that were to follow are kept and are the first of the next feed (``feed("")`` will do), and
    parser and dispatcher can be used on. KeyboardInterrupt, CancelledError and their kind pass through as they are, and
    the calls are kept as well. An error of the stream is raised after the calls for all that came before it.

    An async function is awaited before anything more is read. To let the stream go on meanwhile, start a task in a plain
    function, and return None.

    multiple, options: those of `Parser`. Raises as `Parser` does.
    """

    def __init__(self, *, multiple: bool = False, **options: Unpack[Options]) -> None:
        repair = options.get("repair")
        if isinstance(repair, Iterator):
            options["repair"] = tuple(repair)  # an iterator gives its kinds once, and two parsers are made
        Parser((), multiple=multiple, **options)  # refuses wrong options at once
        self._multiple = multiple
        self._options = options
        self._parser: Parser | None = None
        self._watch: list[str] = []
        # (class of event, compiled path, function)
        self._handlers: list[tuple[type, tuple[Segment, ...], Callable[[Any], object]]] = []
        self._async_handler: Callable[[Any], object] | None = None
        self._waiting: deque[tuple[Callable[[Any], object], Completed | Text]] = deque()
        self._calling = False
        # the path of the latest event, and the handlers for it: events of one node have one path object
        self._path: Path | None = None
        self._matching: list[tuple[type, Callable[[Any], object]]] = []

    def on(self, path: str) -> Callable[[_OnCompleted], _OnCompleted]:
        """Decorator: has the function called with the `Completed` event of each value at path, once it is complete.

        path: a JSONPath, see `Parser`. Returns the function unchanged.
        Raises ValueError for another expression, and RuntimeError once the parser has been made.
        """
        return self._registers(path, Completed)

    def on_text(self, path: str) -> Callable[[_OnText], _OnText]:
        """Decorator: has the function called with each `Text` event of a string at path. As `on` otherwise."""
        return self._registers(path, Text)

    def _registers(self, path: str, kind: type) -> Callable[[Any], Any]:
        segments = paths.compile(path)

        def register(handler: Callable[[Any], object]) -> Callable[[Any], object]:
            if not callable(handler):
                raise TypeError(f"a handler must be callable, not {type(handler).__name__}")
            flags = _flags(handler)
            if flags & CO_GENERATORS:
                raise TypeError(f"{_name_of(handler)} is a generator function: calling it would run nothing of it")
            if self._parser is not None:
                raise RuntimeError("handlers are registered before the first feed, and before `parser` is looked at")
            self._watch.append(path)
            self._handlers.append((kind, segments, handler))
            if self._async_handler is None and flags & CO_COROUTINE:
                self._async_handler = handler
            return handler

        return register

    @property
    def parser(self) -> Parser:
        """The parser that is fed, for reading. It is made when it is first looked at or fed."""
        if self._parser is None:
            self._parser = Parser(self._watch, multiple=self._multiple, **self._options)
        return self._parser

    def feed(self, fragment: Fragment, final: bool = False) -> None:
        """Feeds the parser and calls the functions for what has come.

        fragment, final: see `Parser.feed`.
        Raises what `Parser.feed` raises, and HandlerError if a function raised an exception; in both cases the fragment
        has been read. Raises TypeError if an ``async def`` is registered, and RuntimeError if it is called from one of the
        functions; then nothing has been.
        """
        self._refuse_async()
        self._read(fragment, final)
        try:
            self._calling = True
            while self._waiting:
                handler, event = self._waiting.popleft()
                try:
                    _refuse_awaitable(handler(event))
                except Exception as error:
                    raise HandlerError(event, handler) from error
        finally:
            self._calling = False
        self.parser.feed("")  # raises what ended the stream

    async def afeed(self, fragment: Fragment, final: bool = False) -> None:
        """As `feed`, with functions of both kinds; those that are async are awaited one after another."""
        self._read(fragment, final)
        try:
            self._calling = True
            while self._waiting:
                handler, event = self._waiting.popleft()
                try:
                    result: Any = handler(event)
                    if hasattr(result, "__await__"):
                        await result
                except Exception as error:
                    raise HandlerError(event, handler) from error
        finally:
            self._calling = False
        self.parser.feed("")  # raises what ended the stream

    if TYPE_CHECKING:

        @overload
        def run(self, it: AsyncIterable[Fragment]) -> Coroutine[Any, Any, Any]: ...
        @overload
        def run(self, it: Iterable[Fragment]) -> Any: ...

    def run(self, it: Any) -> Any:
        """Feeds all fragments of `it` and the end of input.

        it: an iterable of fragments, or an async iterable. Returns the final value; of an async iterable an awaitable of it.
        Raises what `feed` and `Parser.close` raise. However it ends, the source is closed.
        """
        return self._run_async(it) if hasattr(it, "__aiter__") else self._run(it)

    def _run(self, it: Iterable[Fragment]) -> Any:
        source = iter(it)
        with Closing(it, source):
            self._refuse_async()
            self._refuse_reentry()
            for fragment in source:
                self.feed(fragment)
            self.feed("", True)
            return self.parser.close()

    async def _run_async(self, it: AsyncIterable[Fragment]) -> Any:
        source = aiter(it)
        async with AsyncClosing(it, source):
            self._refuse_reentry()
            async for fragment in source:
                await self.afeed(fragment)
            await self.afeed("", True)
            return self.parser.close()

    def _refuse_async(self) -> None:
        if self._async_handler is not None:
            name = _name_of(self._async_handler)
            raise TypeError(f"{name} is async: feed with afeed(), or run() an async iterable")

    def _refuse_reentry(self) -> None:
        if self._calling:
            raise RuntimeError("a dispatcher can't be fed while it calls a handler")

    def _read(self, fragment: Fragment, final: bool) -> None:
        """Feeds the parser and queues the calls for its events. An error of the stream waits where calls do."""
        self._refuse_reentry()
        parser = self.parser
        try:
            events = parser.feed(fragment, final)
        except Exception:
            # the caller's mistake, by which nothing has been read, or the end of the stream
            if parser.status is not Status.FAILED or not self._waiting:
                raise
            return
        for event in events:
            if isinstance(event, Opened):
                continue
            if event.path is not self._path:
                self._path = event.path
                self._matching = [
                    (kind, handler) for kind, segments, handler in self._handlers if paths.matches(segments, event.path)
                ]
            for kind, handler in self._matching:
                if isinstance(event, kind):
                    self._waiting.append((handler, event))


def _handler_error(message: str, event: Completed | Text) -> HandlerError:
    """What pickle makes of one."""
    error = HandlerError.__new__(HandlerError, message)
    error.args = (message,)
    error.event = event
    error.handler = None
    return error


def _bare(handler: Any) -> Any:
    """What a partial is of."""
    from functools import partial

    while isinstance(handler, partial):
        handler = handler.func
    return handler


def _flags(handler: Any) -> int:
    """Those of the code of a function, a method, or the ``__call__`` of an object."""
    handler = _bare(handler)
    code = getattr(handler, "__code__", None) or getattr(type(handler).__call__, "__code__", None)
    return 0 if code is None else code.co_flags


def _refuse_awaitable(result: Any) -> None:
    if hasattr(result, "__await__"):
        close = getattr(result, "close", None)  # a coroutine would complain that nobody awaited it
        if close is not None:
            close()
        raise TypeError("it returned an awaitable: feed with afeed(), or run() an async iterable")


def _name_of(handler: Any) -> str:
    handler = _bare(handler)
    return getattr(handler, "__qualname__", None) or type(handler).__qualname__
