"""The routes.

    GET    /                       the page, and beside it its files
    GET    /sources                what can be shown
    POST   /streams                {"source": name, "speed": number} starts a stream; the answer is {"id": …}
    GET    /streams/ID/events      its messages, as text/event-stream
    DELETE /streams/ID             stops it
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, cast

from sse_starlette.sse import EventSourceResponse, SendTimeoutError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from .guard import Guard
from .session import PING, Session, Source
from .sessions import Full, Sessions

__all__ = ["make"]

PAGE = Path(__file__).parent / "page"
NEVER = 10**9  # seconds; heartbeats are the session's, since none may come between the pieces of a message
STALLED = 60.0  # seconds for which a reader may take nothing, before his connection is given up
MOST_SPEED = 1e6
REQUEST = 4096  # bytes of a request


def make(
    sources: Sequence[Source],
    *,
    hosts: frozenset[str] = frozenset(),
    text: bool = False,
    sessions: Sessions | None = None,
    ping: float = PING,
) -> Starlette:
    """The application.

    sources: what can be shown, the default first. hosts: names of the server beside localhost and addresses. text: show
    text answers that are JSON, too. sessions: where they are kept. ping: seconds without a message, after which a heartbeat is
    sent.
    """
    kept = Sessions() if sessions is None else sessions
    named = {source.name: source for source in sources}

    async def list_sources(request: Request) -> Response:
        return JSONResponse([source.about() for source in sources], headers={"Cache-Control": "no-store"})

    async def start(request: Request) -> Response:
        wanted = await _asked(request)
        name, speed = wanted.get("source"), wanted.get("speed", 1)
        source = named.get(name) if isinstance(name, str) else None
        if source is None:
            raise HTTPException(404, "there is no such source")
        if isinstance(speed, bool) or not isinstance(speed, (int, float)) or not 0 < speed <= MOST_SPEED:
            raise HTTPException(400, "speed must be a number above 0")
        try:
            session = kept.start(source, speed, text=text)
        except Full as full:
            raise HTTPException(503, str(full), {"Retry-After": "10"}) from None
        return JSONResponse({"id": session.id}, status_code=201)

    def found(request: Request) -> Session:
        session = kept.get(request.path_params["id"])
        if session is None:
            raise HTTPException(404, "there is no such stream, or it is no longer kept")
        return session

    async def events(request: Request) -> Response:
        session = found(request)
        last = request.headers.get("last-event-id")
        if session.has_all(last):
            return Response(status_code=204)  # at which a browser doesn't connect again

        async def followed() -> AsyncGenerator[bytes, None]:
            try:
                async with aclosing(session.follow(last, ping)) as pieces:
                    async for piece in pieces:
                        yield piece
            finally:
                kept.left(session)

        return Events(followed(), headers={"Cache-Control": "no-store, no-transform"}, ping=NEVER, send_timeout=STALLED, sep="\n")

    async def stop(request: Request) -> Response:
        await found(request).stopped()
        return Response(status_code=204)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await kept.close()

    routes = [
        Route("/sources", list_sources),
        Route("/streams", start, methods=["POST"]),
        Route("/streams/{id}/events", events),
        Route("/streams/{id}", stop, methods=["DELETE"]),
        Mount("/", Page(directory=PAGE, html=True)),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Guard, hosts=hosts)], lifespan=lifespan)


class Events(EventSourceResponse):
    """Without a traceback for a reader who takes nothing any more."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            pass


class Page(StaticFiles):
    """The files of the page, asked for anew each time: the next version of the server has others."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        """See `StaticFiles`."""
        response = super().file_response(*args, **options)
        response.headers["Cache-Control"] = "no-cache"
        return response


async def _asked(request: Request) -> dict[str, Any]:
    """The JSON object in a request."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "the request must be application/json")
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > REQUEST:
                raise HTTPException(413, "the request is too long")
    except ClientDisconnect:
        raise HTTPException(400, "the request broke off") from None
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise HTTPException(400, "the request must be a JSON object")
    return cast("dict[str, Any]", asked)
