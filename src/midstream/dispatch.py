"""Functions that are called with the values of a stream while the rest of it still arrives."""

from __future__ import annotations

from collections import deque

from . import paths
from ._core import Completed, Opened, Parser, Text, _dotted  # pyright: ignore[reportPrivateUsage]
from .closing import aclose, close
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

CO_COROUTINE = 0x80  # the flag of the code of an ``async def``, as in `inspect`, which is slow to import


class HandlerError(Exception):
    """A function called by a `Dispatcher` raised an exception, which is the ``__cause__`` of this one.

    event: what it was called with. path: of that event, a tuple of keys and indexes. handler: the function.
    """

    event: Completed | Text
    handler: Callable[[Any], object]

    def __init__(self, event: Completed | Text, handler: Callable[[Any], object]) -> None:
        super().__init__(f"{_name_of(handler)} failed at {_dotted(event.path)}")
        self.event = event
        self.handler = handler

    @property
    def path(self) -> Path:
        """Where the value stands that the function was called for."""
        return self.event.path

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.event, self.handler)


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

    multiple, options: those of `Parser`. Raises as `Parser` does.
    """

    def __init__(self, *, multiple: bool = False, **options: Unpack[Options]) -> None:
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
            if self._parser is not None:
                raise RuntimeError("handlers are registered before the first feed, and before `parser` is looked at")
            self._watch.append(path)
            self._handlers.append((kind, segments, handler))
            if self._async_handler is None and _is_async(handler):
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
        try:
            self._refuse_async()
            self._refuse_reentry()
            for fragment in source:
                self.feed(fragment)
            self.feed("", True)
            return self.parser.close()
        finally:
            close(source)

    async def _run_async(self, it: AsyncIterable[Fragment]) -> Any:
        source = aiter(it)
        try:
            self._refuse_reentry()
            async for fragment in source:
                await self.afeed(fragment)
            await self.afeed("", True)
            return self.parser.close()
        finally:
            await aclose(source)

    def _refuse_async(self) -> None:
        if self._async_handler is not None:
            name = _name_of(self._async_handler)
            raise TypeError(f"{name} is async: feed with afeed(), or run() an async iterable")

    def _refuse_reentry(self) -> None:
        if self._calling:
            raise RuntimeError("a dispatcher can't be fed while it calls a handler")

    def _read(self, fragment: Fragment, final: bool) -> None:
        """Feeds the parser and queues the calls for its events. An error of the stream is left for the next feed to raise."""
        self._refuse_reentry()
        parser = self.parser
        try:
            events = parser.feed(fragment, final)
        except Exception:
            if parser.status is not Status.FAILED:  # the caller's mistake: nothing has been read
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


def _is_async(handler: Any) -> bool:
    """Is it an ``async def``, a method or a partial of one, or an object whose ``__call__`` is one?"""
    from functools import partial

    while isinstance(handler, partial):
        handler = handler.func
    code = getattr(handler, "__code__", None) or getattr(type(handler).__call__, "__code__", None)
    return code is not None and code.co_flags & CO_COROUTINE != 0


def _refuse_awaitable(result: Any) -> None:
    if hasattr(result, "__await__"):
        close(result)
        raise TypeError("it returned an awaitable: feed with afeed(), or run() an async iterable")


def _name_of(handler: Any) -> str:
    return getattr(handler, "__qualname__", None) or type(handler).__qualname__
