"""Helpers over an iterable of fragments, or an async iterable: the same name for both, told apart by ``__aiter__``.

Each makes a generator of the kind of its source. It asks for a fragment only when all that the one before brought has been
taken. An error comes after everything before it, and before another fragment is asked for. However a generator that has begun
is left, the source is closed (``close``, ``aclose``) if it can be.
"""

from __future__ import annotations

import sys

from ._core import Parser
from .closing import AsyncClosing, Closing
from .ijson_words import Words
from .patches import PatchError, apply
from .status import MISSING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Callable, Generator, Iterable, Sequence
    from typing import Any, Literal, overload

    from typing_extensions import Unpack

    from ._types import Fragment, Options
    from .event import Event
    from .patches import Operation

__all__ = ["documents", "events", "ijson_events", "items", "patches", "snapshots", "text"]


if TYPE_CHECKING:

    @overload
    def snapshots(
        it: AsyncIterable[Fragment], *, multiple: bool = False, **options: Unpack[Options]
    ) -> AsyncGenerator[Any, None]: ...
    @overload
    def snapshots(
        it: Iterable[Fragment], *, multiple: bool = False, **options: Unpack[Options]
    ) -> Generator[Any, None, None]: ...


def snapshots(it: Any, *, multiple: bool = False, **options: Unpack[Options]) -> Any:
    """The value so far after each fragment, as snapshots: see `Parser.snapshot`.

    it: fragments, in an iterable or an async iterable; the result is a generator of the same kind. multiple, options: those of
    `Parser`.
    Yields one snapshot for each fragment from the first on that shows something, the same object where nothing has
    changed, and one more if the end of input adds to it.
    Raises what `Parser.feed` and `Parser.close` raise, after what came before the error has been yielded.
    """
    parser = Parser((), multiple=multiple, **options)
    latest: Any = MISSING

    def harvest(found: Sequence[Any], over: bool) -> list[Any]:
        nonlocal latest
        before, latest = latest, parser.snapshot()
        return [] if latest is MISSING or (over and latest is before) else [latest]

    return _stream(it, parser, harvest)


if TYPE_CHECKING:

    @overload
    def events(
        it: AsyncIterable[Fragment], watch: str | Iterable[str], *, multiple: bool = False, **options: Unpack[Options]
    ) -> AsyncGenerator[Event, None]: ...
    @overload
    def events(
        it: Iterable[Fragment], watch: str | Iterable[str], *, multiple: bool = False, **options: Unpack[Options]
    ) -> Generator[Event, None, None]: ...


def events(it: Any, watch: str | Iterable[str], *, multiple: bool = False, **options: Unpack[Options]) -> Any:
    """The events of the watched values, each as soon as it is certain: `Opened`, `Text`, `Completed`.

    it: fragments, in an iterable or an async iterable; the result is a generator of the same kind. watch: one JSONPath or
    several, as in `Parser`. multiple, options: those of `Parser`.
    Raises what `Parser.feed` and `Parser.close` raise, after the events before the error have been yielded.
    """
    return _gathered(it, Parser(watch, multiple=multiple, **options))


if TYPE_CHECKING:

    @overload
    def items(
        it: AsyncIterable[Fragment], path: str, *, multiple: bool = False, **options: Unpack[Options]
    ) -> AsyncGenerator[Any, None]: ...
    @overload
    def items(
        it: Iterable[Fragment], path: str, *, multiple: bool = False, **options: Unpack[Options]
    ) -> Generator[Any, None, None]: ...


def items(it: Any, path: str, *, multiple: bool = False, **options: Unpack[Options]) -> Any:
    """Each value at a path once it is complete, and nothing else is kept.

    it: fragments, in an iterable or an async iterable; the result is a generator of the same kind. path: a JSONPath such as
    ``$.items[*]``; of matches within a match, the inner ones come first. multiple, options: those of `Parser`.
    An open file as such gives lines, and one line may be all of it: ``iter(lambda: file.read(65536), b"")`` gives blocks.
    A number that is the whole document is complete at the end of input. A value whose own end is not in the input is not
    complete, whatever `repair` made of it, and is not yielded.
    Raises what `Parser.feed` and `Parser.close` raise, after the items before the error have been yielded.
    Memory: one item, and what of one fragment holds more; unless ``duplicate_keys`` is "last", the keys of the open objects too.
    """
    parser = Parser(_one(path), multiple=multiple, **options)
    parser._gather("values")
    return _gathered(it, parser)


if TYPE_CHECKING:

    @overload
    def text(
        it: AsyncIterable[Fragment], path: str, *, multiple: bool = False, **options: Unpack[Options]
    ) -> AsyncGenerator[str, None]: ...
    @overload
    def text(
        it: Iterable[Fragment], path: str, *, multiple: bool = False, **options: Unpack[Options]
    ) -> Generator[str, None, None]: ...


def text(it: Any, path: str, *, multiple: bool = False, **options: Unpack[Options]) -> Any:
    """What comes of the string at a path, as it comes; put together, it is the string.

    it: fragments, in an iterable or an async iterable; the result is a generator of the same kind. path: a JSONPath; of
    several strings that match, the pieces follow each other, and values that are no strings give nothing. multiple,
    options: those of `Parser`.
    Yields str, never empty, of one string at most one for each fragment.
    Raises what `Parser.feed` and `Parser.close` raise, after the text before the error has been yielded.
    Memory: one fragment; of the string, nothing is kept.
    """
    parser = Parser(_one(path), multiple=multiple, **options)
    parser._gather("texts")
    return _gathered(it, parser)


class _Patches:
    """JSON Patch operations that turn the value after one fragment into the value after the next: see `Parser.patch`.

    To be called: ``patches(it, *, extended=True, units="code-points", multiple=False, **options)``. What the receiver needs is
    here too: ``patches.apply`` and all else that the module of this name holds.

    it: fragments, in an iterable or an async iterable; the result is a generator of the same kind. extended, units: those of
    `Parser.patch`. multiple, options: those of `Parser`.
    Yields a list for each fragment that changes something, and one more if the end of input does. The first one makes the
    value out of nothing (`MISSING`).
    Raises what `Parser.feed` and `Parser.close` raise, after the changes before the error have been yielded.
    """

    def __init__(self) -> None:
        # `patches.py` is a submodule, and the name of it in the package is this helper's
        self.apply = apply
        self.PatchError = PatchError

    def __repr__(self) -> str:
        return "<function midstream.patches>"

    def __reduce__(self) -> str:
        return "patches"

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            return getattr(sys.modules[apply.__module__], name)

    if TYPE_CHECKING:

        @overload
        def __call__(
            self,
            it: AsyncIterable[Fragment],
            *,
            extended: bool = True,
            units: Literal["code-points", "utf-16"] = "code-points",
            multiple: bool = False,
            **options: Unpack[Options],
        ) -> AsyncGenerator[list[Operation], None]: ...
        @overload
        def __call__(
            self,
            it: Iterable[Fragment],
            *,
            extended: bool = True,
            units: Literal["code-points", "utf-16"] = "code-points",
            multiple: bool = False,
            **options: Unpack[Options],
        ) -> Generator[list[Operation], None, None]: ...

    def __call__(
        self,
        it: Any,
        *,
        extended: bool = True,
        units: Literal["code-points", "utf-16"] = "code-points",
        multiple: bool = False,
        **options: Unpack[Options],
    ) -> Any:
        """See the class."""
        parser = Parser((), multiple=multiple, **options)
        parser.patch(extended=extended, units=units)  # refuses wrong arguments at once

        def harvest(found: Sequence[Any], over: bool) -> list[list[Operation]]:
            operations = parser.patch(extended=extended, units=units)
            return [operations] if operations else []

        return _stream(it, parser, harvest)


patches = _Patches()


if TYPE_CHECKING:

    @overload
    def documents(it: AsyncIterable[Fragment], **options: Unpack[Options]) -> AsyncGenerator[Any, None]: ...
    @overload
    def documents(it: Iterable[Fragment], **options: Unpack[Options]) -> Generator[Any, None, None]: ...


def documents(it: Any, **options: Unpack[Options]) -> Any:
    """Each document of concatenated or newline-delimited JSON, once it has ended: `items` at ``$``.

    it: fragments, in an iterable or an async iterable; the result is a generator of the same kind. options: those of `Parser`.
    Raises what `Parser.feed` and `Parser.close` raise, after the documents before the error have been yielded: MalformedJSON,
    LimitExceeded, or TruncatedJSON if the last document has not ended. Where `repair` takes care of that, there is no error, and
    such a document is not yielded: it is not complete.
    Memory: one document, and what of one fragment holds more.
    """
    parser = Parser("$", multiple=True, **options)
    parser._gather("values")
    return _gathered(it, parser)


if TYPE_CHECKING:

    @overload
    def ijson_events(
        it: AsyncIterable[Fragment], *, multiple: bool = False, **options: Unpack[Options]
    ) -> AsyncGenerator[tuple[str, str, Any], None]: ...
    @overload
    def ijson_events(
        it: Iterable[Fragment], *, multiple: bool = False, **options: Unpack[Options]
    ) -> Generator[tuple[str, str, Any], None, None]: ...


def ijson_events(it: Any, *, multiple: bool = False, **options: Unpack[Options]) -> Any:
    """Every step through the document as ``(prefix, event, value)``, in the words of ``ijson.parse(f, use_float=True)``.

    it: fragments, in an iterable or an async iterable; the result is a generator of the same kind. multiple, options: those of
    `Parser`; ijson calls the former ``multiple_values``.
    prefix: the keys down to the value, with ``item`` for each array, joined by dots. (So ``{"a.b": 1}`` and
    ``{"a": {"b": 1}}`` look alike; the paths of `events` tell them apart.)
    event, value: ``start_map end_map start_array end_array null`` with None, ``map_key string`` with a str, ``boolean``,
    and ``number`` with an int or float.
    It is what ijson's python backend gives, where the two read the same: here a float too large for a double is infinite, half
    a surrogate pair in an escape is U+FFFD, and a number in a container ends only where something stands that may follow it.
    With `repair`, an object or array whose own end is not in the input is told as ended when something follows it, and not at
    the end of input; of a string whose own end is not there, only its key is told.
    Raises what `Parser.feed` and `Parser.close` raise, after the events before the error have been yielded.
    Memory: the depth, and one fragment.
    """
    parser = Parser(("$", "$..*"), multiple=multiple, **options)
    parser._gather("nodes")
    # a key that is there twice may belong to a value that is not kept, and then it is not told
    words = Words(parser, keys_alone=options.get("duplicate_keys", "last") != "first")
    return _stream(it, parser, words.of)


def _one(path: object) -> str:
    if not isinstance(path, str):
        raise TypeError(f"path must be a JSONPath (str), not {type(path).__name__}")
    return path


def _refuse_one_fragment(it: object) -> None:
    """At once, and not when the first fragment is asked for."""
    kind = type(it)
    if kind in (bytes, bytearray, memoryview):
        raise TypeError(f"fragments come in an iterable: a single one, here {kind.__name__}, goes into a list")
    if not (hasattr(it, "__iter__") or hasattr(it, "__aiter__") or hasattr(it, "__getitem__")):
        raise TypeError(f"fragments come in an iterable or an async iterable, not {kind.__name__}")


def _gathered(it: Any, parser: Parser) -> Any:
    """Feeds `parser` from `it` and yields what its feeds find."""
    _refuse_one_fragment(it)
    return _gathered_async(it, parser) if hasattr(it, "__aiter__") else _gathered_sync(it, parser)


def _gathered_sync(it: Iterable[Fragment], parser: Parser) -> Generator[Any, None, None]:
    source = iter(it)
    with Closing(it, source):
        while True:
            found = parser._feed_from(source)
            if found:
                yield from found
                parser.feed("")  # raises an error that was held back for what was found
            elif found is not None:
                break
            del found  # it lives no longer than it takes to yield it
        yield from parser.feed("", True)
        parser.close()


async def _gathered_async(it: AsyncIterable[Fragment], parser: Parser) -> AsyncGenerator[Any, None]:
    source = aiter(it)
    fragment: Any
    found: Any
    one: Any
    async with AsyncClosing(it, source):
        async for fragment in source:
            found = parser.feed(fragment)
            if found:
                for one in found:
                    yield one
                parser.feed("")  # raises an error that was held back for what was found
            fragment = found = one = None  # they live no longer than it takes to yield what was found
        for one in parser.feed("", True):
            yield one
        parser.close()


def _stream(it: Any, parser: Parser, harvest: Callable[[Sequence[Any], bool], Sequence[Any]]) -> Any:
    """Feeds `parser` from `it` and yields what `harvest(found, over)` makes of what a feed found; `over`: it was the last."""
    _refuse_one_fragment(it)
    return _pull_async(it, parser, harvest) if hasattr(it, "__aiter__") else _pull(it, parser, harvest)


def _pull(
    it: Iterable[Fragment], parser: Parser, harvest: Callable[[Sequence[Any], bool], Sequence[Any]]
) -> Generator[Any, None, None]:
    source = iter(it)
    try:
        with Closing(it, source):
            for fragment in source:
                found, error = _feed(parser, fragment)
                yield from harvest(found, error is not None)
                if error is not None:
                    raise error
            found, error = _feed(parser, "", True)
            yield from harvest(found, True)
            if error is not None:
                raise error
    finally:
        error = None  # it holds this frame


async def _pull_async(
    it: AsyncIterable[Fragment], parser: Parser, harvest: Callable[[Sequence[Any], bool], Sequence[Any]]
) -> AsyncGenerator[Any, None]:
    source = aiter(it)
    try:
        async with AsyncClosing(it, source):
            async for fragment in source:
                found, error = _feed(parser, fragment)
                for one in harvest(found, error is not None):
                    yield one
                if error is not None:
                    raise error
            found, error = _feed(parser, "", True)
            for one in harvest(found, True):
                yield one
            if error is not None:
                raise error
    finally:
        error = None  # it holds this frame


def _feed(parser: Parser, fragment: Fragment, final: bool = False) -> tuple[Sequence[Any], Exception | None]:
    """What feed found, and the error that ended the stream, returned so that what came before it can be delivered first."""
    found: Sequence[Any] = ()
    try:
        found = parser.feed(fragment, final)
        if found:
            parser.feed("")  # raises an error that was held back for what was found
    except Exception as error:
        return found, error
    return found, None
