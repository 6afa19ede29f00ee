"""A request to an endpoint that should stream, and a record of when what came of the answer.

The record is judged in `probe_judge` and shown by `probe_report`. An arrival is what one read of the body gave. Of a chunked body
that is one HTTP chunk, or a part of one, so several arrivals may have come in one packet.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

from .. import __version__
from ..sse import Decoder, EventTooLarge

__all__ = ["Arrival", "Request", "Trace", "probe"]

# What is taken of one answer at most; then the probe stops.
MOST_ARRIVALS = 10_000
MOST_BYTES = 64 << 20
LARGEST_EVENT = 1 << 20
BEGINNING = 600  # bytes of the body that are kept, to show what is no event stream
BLOCK = 1 << 16
ENDS = (b"\n\n", b"\r\r", b"\r\n\r\n")  # of an event
UNREADABLE = "(no URL)"
INVALID = "the URL is invalid: does it begin with http:// or https://, and is its port a number?"
LINKS = {"location", "content-location"}  # headers that may repeat the query of the request

HEADERS = {
    "User-Agent": f"midstream/{__version__}",
    "Accept": "text/event-stream, */*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True)
class Request:
    """What is sent. body: makes the request a POST unless `method` says otherwise, of JSON unless a header does."""

    url: str
    method: str | None = None
    headers: Sequence[tuple[str, str]] = ()
    body: bytes | None = None

    @property
    def verb(self) -> str:
        """The method."""
        return self.method or ("GET" if self.body is None else "POST")

    @property
    def shown(self) -> str:
        """The URL without what may be secret."""
        return _bare(self.url)

    def all_headers(self) -> list[tuple[str, str]]:
        """The headers given, and those of the probe that were not."""
        given = {name.lower() for name, _ in self.headers}
        own = HEADERS if self.body is None else HEADERS | {"Content-Type": "application/json"}
        return [*((name, value) for name, value in own.items() if name.lower() not in given), *self.headers]


@dataclass(frozen=True)
class Arrival:
    """A piece of the body.

    at: seconds since the request was sent. raw: bytes as they came. size: bytes of text that could be decoded with them.
    events: how many ended in it. whole: does the text end between two events?
    """

    at: float
    raw: int
    size: int
    events: int
    whole: bool = True


@dataclass
class Trace:
    """What came, and when: seconds since the request was sent.

    connecting: seconds before it was sent. status: None if there was no answer. unreadable: the encoding of a body that can't be
    decoded here. beginning: of the decoded body. ended: when the last was heard. over: did the body come to its end?
    problem: why not, or why there was no answer. timed_out: was that the time?
    """

    connecting: float = 0.0
    version: str = ""
    status: int | None = None
    phrase: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    headers_at: float | None = None
    arrivals: list[Arrival] = field(default_factory=list[Arrival])
    unreadable: str | None = None
    beginning: bytes = b""
    ended: float = 0.0
    over: bool = False
    problem: str | None = None
    timed_out: bool = False

    def header(self, name: str) -> str | None:
        """The values of a header, joined, or None."""
        values = [value for each, value in self.headers if each.lower() == name.lower()]
        return ", ".join(values) if values else None


class Recorder:
    """Takes the answer as it comes. What it holds is bounded, whatever comes."""

    def __init__(self) -> None:
        self.trace = Trace()
        self._began = perf_counter()
        self._events = Decoder(LARGEST_EVENT)
        self._text = _decoding("identity")
        self._tail = b""
        self._bytes = 0

    async def watch(self, step: str, _: dict[str, Any]) -> None:
        """Steps of the HTTP client: the time counts from the end of the request on."""
        if step.endswith("send_request_body.complete"):
            self.trace.connecting += self.now()
            self._began = perf_counter()

    def begin(self) -> None:
        """The client is ready; the connection will be made."""
        self._began = perf_counter()

    def now(self) -> float:
        """Seconds."""
        return perf_counter() - self._began

    async def head(self, response: httpx.Response) -> None:
        """Status and headers. The HTTP client tells them before it fails at a redirect that it can't read."""
        trace = self.trace
        trace.headers_at = trace.ended = self.now()
        trace.version = response.http_version
        trace.status = response.status_code
        trace.phrase = response.reason_phrase
        trace.headers = [
            _header(name.decode("latin-1"), value.decode("utf-8", "backslashreplace")) for name, value in response.headers.raw
        ]
        encoding = (trace.header("content-encoding") or "identity").strip().lower()
        try:
            self._text = _decoding(encoding)
        except ValueError:
            trace.unreadable = encoding

    def body(self, raw: bytes) -> bool:
        """A piece of the body. Is more wanted?"""
        trace = self.trace
        trace.ended = at = self.now()
        self._bytes += len(raw)
        size = events = 0
        if trace.unreadable is None:
            try:
                for text in self._text.feed(raw):
                    size += len(text)
                    self._bytes += len(text)
                    events += len(self._events.feed(text))
                    self._tail = (self._tail + text)[-4:]
                    trace.beginning += text[: BEGINNING - len(trace.beginning)]
                    if self._bytes > MOST_BYTES:
                        break
            except EventTooLarge:
                trace.problem = f"stopped at an event of more than {LARGEST_EVENT >> 20} MiB"
            except zlib.error as error:
                trace.problem = f"stopped, since the body can't be decompressed: {error}"
        trace.arrivals.append(Arrival(at, len(raw), size, events, self._tail.endswith(ENDS)))
        if trace.problem is None and (self._bytes > MOST_BYTES or len(trace.arrivals) == MOST_ARRIVALS):
            trace.problem = "stopped, having seen enough"
        wanted = trace.status is not None and 200 <= trace.status < 300
        return trace.problem is None and (wanted or len(trace.beginning) < BEGINNING)


def probe(request: Request, timeout: float) -> Trace:
    """Sends `request` and records the answer until it ends, for `timeout` seconds at most. Does not follow redirects, so that
    headers go nowhere else. Problems of the network are in the record.
    """
    recorder = Recorder()
    trace = recorder.trace
    if request.shown == UNREADABLE:
        trace.problem = INVALID
        return trace

    async def within() -> None:
        async with httpx.AsyncClient(timeout=None) as client:
            await asyncio.wait_for(_record(client, request, recorder), timeout)

    try:
        asyncio.run(within())
    except (asyncio.TimeoutError, TimeoutError):
        trace.ended = recorder.now()
        trace.timed_out = True
        trace.problem = trace.problem or f"stopped after {timeout:g} s"
    except Exception as error:  # what is below the HTTP client raises more than it says, in groups too
        trace.ended = recorder.now()
        reason = _reason(error)
        trace.problem = reason if trace.status is None else f"broke off: {reason}"
    return trace


async def _record(client: httpx.AsyncClient, request: Request, recorder: Recorder) -> None:
    client.event_hooks = {"response": [recorder.head]}
    client.headers = httpx.Headers()  # the client's own ones say who the client is, which is the probe
    sent = client.build_request(
        request.verb,
        request.url,
        headers=request.all_headers(),
        content=request.body,
        extensions={"trace": recorder.watch},
    )
    recorder.begin()
    response = await client.send(sent, stream=True)
    try:
        async for raw in response.aiter_raw():
            if not recorder.body(raw):
                return
        recorder.trace.ended = recorder.now()
        recorder.trace.over = True
    finally:
        with suppress(httpx.HTTPError, OSError):
            await response.aclose()


def _bare(url: str) -> str:
    """A URL, or a reference to one, without what may be secret: user, password, query and fragment. Where it can't be told which
    part of it that is, nothing is left.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # is it one?
    except ValueError:
        return UNREADABLE
    if not parts.netloc and (parts.scheme or "@" in parts.path):
        return UNREADABLE
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "…" if parts.query else "", ""))


def _header(name: str, value: str) -> tuple[str, str]:
    return name, _bare(value) if name.lower() in LINKS else value


def _reason(error: BaseException) -> str:
    """What the system says, where that is the cause: the message of the HTTP client is less clear."""
    while several := getattr(error, "exceptions", ()):  # a group
        error = several[0]
    cause: BaseException | None = error
    for _ in range(10):  # there may be a circle
        if cause is None:
            break
        if isinstance(cause, httpx.InvalidURL):  # its message quotes the URL
            return INVALID
        if isinstance(cause, (socket.gaierror, ssl.SSLError)):
            return cause.strerror or str(cause)
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno)
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__


class Plain:
    """Text that is not encoded."""

    def feed(self, raw: bytes) -> Iterator[bytes]:
        """What `raw` adds to the text, in blocks."""
        yield raw


class Inflating:
    """Text that is compressed. However much there is in little, a block of it is made at a time."""

    def __init__(self, bits: int) -> None:
        self._inflate = zlib.decompressobj(bits)
        self._bare = bits == zlib.MAX_WBITS  # "deflate" may lack the header that it should have

    def feed(self, raw: bytes) -> Iterator[bytes]:
        """What `raw` adds to the text, in blocks. Raises zlib.error."""
        text = b""
        # a block that is full may not be all there is
        while raw or len(text) == BLOCK:
            try:
                text = self._inflate.decompress(raw, BLOCK)
            except zlib.error:
                if not self._bare:
                    raise
                self._bare = False
                self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
                continue
            self._bare = self._bare and not text
            if text:
                yield text
            raw = self._inflate.unconsumed_tail


def _decoding(encoding: str) -> Plain | Inflating:
    if encoding == "identity":
        return Plain()
    if encoding in {"gzip", "x-gzip"}:
        return Inflating(zlib.MAX_WBITS + 16)
    if encoding == "deflate":
        return Inflating(zlib.MAX_WBITS)
    raise ValueError(encoding)
