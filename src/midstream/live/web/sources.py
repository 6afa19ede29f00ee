"""Where streams come from: recordings at their pace, and an endpoint of a provider."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from urllib.parse import urlsplit

import httpx

from ..replay import Stream
from .masking import Mask
from .session import TICK

__all__ = ["Endpoint", "Refused", "Replay"]

CONNECT = 15.0  # seconds
SILENCE = 300.0  # seconds for which a response may say nothing
REFUSAL = 3.0  # seconds in which an answer that is no stream may come
EXCERPT = 2000  # characters of it that are shown


class Replay:
    """A recording, played at its pace."""

    def __init__(self, stream: Stream) -> None:
        self.name = stream.name
        self.wire = stream.wire
        self._stream = stream
        self._chunks = stream.chunks()

    def about(self) -> dict[str, object]:
        """For the page."""
        stream = self._stream
        sender = ", ".join(filter(None, (stream.provider, stream.model)))
        return {
            "name": self.name,
            "wire": self.wire,
            "kind": "recording",
            "about": stream.about,
            "sender": sender,
            "events": len(self._chunks),
            "pace": stream.pace,
        }

    async def chunks(self, speed: float) -> AsyncGenerator[bytes, None]:
        """The events, by the clock: what is late comes at once, and all that is due comes together."""
        loop = asyncio.get_running_loop()
        chunks, pace, began, sent = self._chunks, self._stream.pace * speed, loop.time(), 0
        while sent < len(chunks):
            due = min(len(chunks), int((loop.time() - began) * pace) + 1)
            if due > sent:
                yield b"".join(chunks[sent:due])
                sent = due
            await asyncio.sleep(max(TICK, began + sent / pace - loop.time()))

    def explain(self, error: BaseException) -> str:
        """In words."""
        return str(error) or type(error).__name__

    def masked(self, text: str) -> str:
        """As it is: a recording has no secrets."""
        return text


class Refused(Exception):
    """The endpoint gave an answer that is no event stream."""


class Endpoint:
    """A provider's endpoint: the request is sent, and the response shown, anew for each session.

    wire: as `ToolCalls` takes it. headers: (name, value) pairs. body: of the request, which must ask for a stream.
    What the headers and the URL hold beside the address is secret (see `Mask`). Where what comes from the endpoint repeats it, it
    is masked: in refusals and errors, in the stop reason, in the names and ids of calls and in what is said of their errors. What
    the model writes is shown as it is: arguments, text answers, and the piece of them around an error.
    Raises ValueError for a URL of another kind, or one that is none.
    """

    def __init__(self, wire: str, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the URL must begin with http:// or https://")
        self.wire = wire
        self.name = f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"
        self._url = url
        self._body = body
        given = {name.lower() for name, _ in headers}
        fixed = (("content-type", "application/json"), ("accept", "text/event-stream"), ("accept-encoding", "identity"))
        self._headers = [*headers, *(pair for pair in fixed if pair[0] not in given)]
        try:
            self._mask = Mask(url, headers)
        except httpx.InvalidURL:
            raise ValueError("the URL is not valid") from None

    def about(self) -> dict[str, object]:
        """For the page."""
        return {"name": self.name, "wire": self.wire, "kind": "endpoint"}

    async def chunks(self, speed: float) -> AsyncGenerator[bytes, None]:
        """The response, as it comes; `speed` says nothing to an endpoint. Raises Refused and what httpx raises."""
        timeout = httpx.Timeout(CONNECT, read=SILENCE)
        async with httpx.AsyncClient(timeout=timeout) as client:
            async with client.stream("POST", self._url, headers=self._headers, content=self._body) as response:
                kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                if response.status_code != 200 or kind != "text/event-stream":
                    raise Refused(await self._refusal(response, kind))
                async for chunk in response.aiter_bytes():
                    yield chunk

    async def _refusal(self, response: httpx.Response, kind: str) -> str:
        status = f"{response.status_code} {response.reason_phrase}".strip()
        if response.status_code == 200:
            status += f" with {kind or 'no content type'} and not text/event-stream: does the request ask for a stream?"
        body, whole = await _body(response)
        text = body.decode("utf-8", "replace")
        # masked before it is cut: what is left of a secret that was cut would not be found
        text = (self._mask(text) if whole else self._mask.beginning(text)).strip()[:EXCERPT]
        return f"the endpoint answered {status}" + (f"\n{text}" if text else "")

    def explain(self, error: BaseException) -> str:
        """In words without secrets."""
        text = str(error)
        if isinstance(error, httpx.HTTPError) and not isinstance(error, httpx.HTTPStatusError):
            text = f"{type(error).__name__}: {text}" if text else type(error).__name__
        return self.masked(text) or type(error).__name__

    def masked(self, text: str) -> str:
        """Without secrets."""
        return self._mask(text)


async def _body(response: httpx.Response) -> tuple[bytes, bool]:
    """(what there is of it, is that all?): about four times `EXCERPT` at most, and only what comes in `REFUSAL` seconds."""
    body = bytearray()

    async def read() -> bool:
        async for chunk in response.aiter_bytes():
            body.extend(chunk)
            if len(body) > EXCERPT * 4:
                return False
        return True

    try:
        whole = await asyncio.wait_for(read(), REFUSAL)
    except (asyncio.TimeoutError, httpx.HTTPError):
        whole = False
    return bytes(body), whole
