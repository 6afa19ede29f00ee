"""Helpers over an iterable of fragments, or an async iterable: the same name for both, told apart by ``__aiter__``."""

from __future__ import annotations

from ._core import Parser
from .status import MISSING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Callable, Generator, Iterable
    from typing import Any, overload

    from typing_extensions import Unpack

    from ._types import Fragment, Options

__all__ = ["documents", "snapshots"]


if TYPE_CHECKING:

    @overload
    def snapshots(it: AsyncIterable[Fragment], **options: Unpack[Options]) -> AsyncGenerator[Any, None]: ...
    @overload
    def snapshots(it: Iterable[Fragment], **options: Unpack[Options]) -> Generator[Any, None, None]: ...


def snapshots(it: Any, **options: Unpack[Options]) -> Any:
    """The value so far after each fragment, as snapshots: see `Parser.snapshot`.

    it: fragments, in an iterable or an async iterable; the result is a generator of the same kind. options: those of `Parser`.
    Yields one snapshot for each fragment from the first on that shows something, the same object where nothing has
    changed, and one more if the end of input adds to it.
    Raises what `Parser.feed` and `Parser.close` raise, after what came before the error has been yielded. However it is
    left, the source is closed.
    """
    parser = Parser(**options)
    latest: Any = MISSING

    def harvest(over: bool) -> list[Any]:
        nonlocal latest
        before, latest = latest, parser.snapshot()
        return [] if latest is MISSING or (over and latest is before) else [latest]

    return _stream(it, parser, harvest)


if TYPE_CHECKING:

    @overload
    def documents(it: AsyncIterable[Fragment], **options: Unpack[Options]) -> AsyncGenerator[Any, None]: ...
    @overload
    def documents(it: Iterable[Fragment], **options: Unpack[Options]) -> Generator[Any, None, None]: ...


def documents(it: Any, **options: Unpack[Options]) -> Any:
    """Each document of concatenated or newline-delimited JSON, once it has ended.

    it: fragments, in an iterable or an async iterable; the result is a generator of the same kind. options: those of `Parser`.
    Raises what `Parser.feed` and `Parser.close` raise, after the documents before the error have been yielded: MalformedJSON,
    LimitExceeded, or TruncatedJSON if the last document has not ended. However it is left, the source is closed.
    Memory: one document, and what of one fragment holds more.
    """
    parser = Parser(multiple=True, **options)
    parser._collect_documents()
    return _stream(it, parser, lambda over: parser._take_documents())


def _stream(it: Any, parser: Parser, harvest: Callable[[bool], list[Any]]) -> Any:
    """Feeds `parser` from `it` and yields what `harvest(over)` finds after each feed; `over` where no feed follows."""
    return _pull_async(it, parser, harvest) if hasattr(it, "__aiter__") else _pull(it, parser, harvest)


def _pull(
    it: Iterable[Fragment], parser: Parser, harvest: Callable[[bool], list[Any]]
) -> Generator[Any, None, None]:
    source = iter(it)
    try:
        for fragment in source:
            error = _feed(parser, fragment)
            yield from harvest(error is not None)
            if error is not None:
                raise error
        error = _feed(parser, "", True)
        yield from harvest(True)
        if error is not None:
            raise error
    finally:
        error = None  # it holds this frame
        close = getattr(source, "close", None)
        if close is not None:
            close()


async def _pull_async(
    it: AsyncIterable[Fragment], parser: Parser, harvest: Callable[[bool], list[Any]]
) -> AsyncGenerator[Any, None]:
    source = aiter(it)
    try:
        async for fragment in source:
            error = _feed(parser, fragment)
            for found in harvest(error is not None):
                yield found
            if error is not None:
                raise error
        error = _feed(parser, "", True)
        for found in harvest(True):
            yield found
        if error is not None:
            raise error
    finally:
        error = None  # it holds this frame
        aclose = getattr(source, "aclose", None)
        if aclose is not None:
            await aclose()


def _feed(parser: Parser, fragment: Fragment, final: bool = False) -> Exception | None:
    """Feeds, and returns the error instead of raising it, so that what came before it can be delivered first."""
    try:
        parser.feed(fragment, final)
    except Exception as error:
        return error
    return None
