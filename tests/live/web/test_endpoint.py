"""A provider's endpoint behind the server: what is sent to it, and what is shown when it fails."""

from __future__ import annotations

import json
import socket
import time
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import pytest

from midstream.live.replay import sse
from tests.live.web import made
from tests.live.web.upstream import END, STREAM, Upstream, answering, chunk
from tests.support.parts import require

try:
    import httpx

    from midstream.live.web import sources
    from midstream.live.web.sessions import Sessions
    from midstream.live.web.sources import Endpoint
    from tests.live.web.serving import Page, Server, serving
except ImportError as missing:
    require(str(missing.name), None, "pip install 'midstream[web]'")

KEY = "sk-very-secret-0123456789"
HEADERS = [("Authorization", f"Bearer {KEY}"), ("X-Extra", "another-secret")]
BODY = b'{"stream": true}'
EVENTS = [sse(*event) for event in made.stream('{"path":"a.txt","content":"one two three"}').events]


def shown(
    upstream: Upstream, *, query: str = "", user: str = "", headers: Sequence[tuple[str, str]] = HEADERS
) -> tuple[Page, str]:
    """The page at the end of a stream of the endpoint, and all that the server has sent."""
    endpoint = Endpoint("openai-chat", upstream.url.replace("//", f"//{user}") + query, headers, BODY)
    with serving([endpoint]) as server:
        page, sent = Page(), httpx.get(f"{server.url}/sources").text
        for event in server.events(server.start(endpoint.name)):
            page.take(event)
            sent += json.dumps(event.data, ensure_ascii=False)
    return page, sent


def refusing(body: bytes, status: str = "400 Bad Request", length: int | None = None) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body) if length is None else length}\r\n\r\n"
    return head.encode() + body


def test_the_request_is_sent_as_given_and_the_answer_shown() -> None:
    body = b"".join(EVENTS)
    with answering(STREAM, *(chunk(body[at : at + 11]) for at in range(0, len(body), 11)), END) as upstream:
        page, sent = shown(upstream, query="?key=query-secret-42")
    assert page.values == {0: {"path": "a.txt", "content": "one two three"}}
    assert page.stream["state"] == "ended"
    head, _, content = upstream.request.partition(b"\r\n\r\n")
    assert content == BODY
    assert head.startswith(b"POST /v1/chat?key=query-secret-42 HTTP/1.1\r\n")
    assert f"authorization: bearer {KEY}" in head.decode().lower()
    lowered = head.decode().lower()
    assert "accept-encoding: identity" in lowered
    assert "content-type: application/json" in lowered
    for secret in (KEY, "another-secret", "query-secret-42"):
        assert secret not in sent


def until_a_call(server: Server, name: str) -> None:
    """Reads until a call has begun."""
    events = server.events(name)
    while not next(events).data["calls"]:
        pass
    events.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("end", [(), ("reset",), ("wait-chunk",)])
def test_a_dropped_connection_is_shown_with_what_came(end: tuple[str, ...]) -> None:
    pieces: list[Any] = [STREAM, *map(chunk, EVENTS[:4])]
    pieces += [b"ff\r\ndata: {"] if end == ("wait-chunk",) else end
    with answering(*pieces) as upstream:
        page, _ = shown(upstream)
    assert page.stream["state"] == "failed"
    assert page.stream["error"]
    assert page.facts[0]["verdict"] == "truncated"
    if end != ("reset",):  # which may overtake what was sent
        assert page.values == {0: {"path": "a.txt", "content": "o"}} or page.values[0]["path"] == "a.txt"


@pytest.mark.parametrize("status", ["401 Unauthorized", "429 Too Many Requests", "500 Internal Server Error", "302 Found"])
def test_a_refusal_is_shown_without_the_secrets_in_it(status: str) -> None:
    body = json.dumps({"error": {"message": f"<b>wrong</b> key {KEY}"}}).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nLocation: /x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with answering(head, body) as upstream:
        page, sent = shown(upstream)
    assert page.stream["state"] == "failed"
    assert status in page.stream["error"]
    assert "<b>wrong</b> key •••" in page.stream["error"]
    assert KEY not in sent
    assert not page.facts


@pytest.mark.parametrize(
    "body",
    [
        f"{'x' * 1985} key {KEY} and more",  # cut where it is shown
        f"{'é' * 3985} key {KEY} and more" + "x" * 9000,  # cut where it is read, in what is not shown
        f"key {KEY} " * 1000,  # cut where it is read, and all before it gets shorter
        f"{KEY}{KEY}" * 1000,
    ],
)
def test_a_secret_that_is_cut_is_shown_in_no_part(body: str) -> None:
    with answering(refusing(body.encode())) as upstream:
        page, sent = shown(upstream)
    assert "400 Bad Request" in page.stream["error"]
    assert not [size for size in range(4, len(KEY)) if KEY[:size] in sent]


def test_a_secret_that_the_endpoint_sends_in_part_and_then_stalls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "REFUSAL", 0.3)
    with answering(refusing(f"wrong key {KEY[:9]}".encode(), length=1000), "hold") as upstream:
        page, _ = shown(upstream)
        assert upstream.left.wait(30)
    assert page.stream["error"] == "the endpoint answered 400 Bad Request\nwrong key •••"


@pytest.mark.parametrize("end", [("hold",), ("reset",), ()])
def test_a_refusal_whose_body_has_no_end_is_shown_with_what_came(end: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "REFUSAL", 0.3)
    with answering(refusing(b"one\r\ntwo\n\x1b", "500 Oops", length=1000), *end) as upstream:
        page, _ = shown(upstream)
    assert page.stream["state"] == "failed"
    if end == ("reset",):  # which may overtake what was sent
        assert page.stream["error"]
    else:
        assert page.stream["error"] == "the endpoint answered 500 Oops\none\ntwo\n\u241b"


@pytest.mark.parametrize(
    ("user", "sent"),
    [
        ("user1:pass@", "user1:pass"),
        ("us%20er:p%40ss%2Fword@", "us er:p@ss/word"),
        (":pass-word@", ":pass-word"),
        ("longer-user@", "longer-user:"),
    ],
)
def test_user_and_password_of_the_url_are_secret_in_every_form(user: str, sent: str) -> None:
    coded = b64encode(sent.encode()).decode()
    with answering(refusing(f"you are Basic {coded}, {sent}, {user}".encode())) as upstream:
        page, told = shown(upstream, user=user)
    assert f"Basic {coded}" in upstream.request.decode()
    assert page.stream["error"].partition("\n")[2].startswith("you are Basic •••, •••")
    for secret in (coded, sent, user[:-1]):
        assert secret not in told or len(secret) < 6


def test_the_query_is_secret_in_every_form() -> None:
    query = "?key=a%2Fb%2Fc%2Fd&tok=plain-token+x&alt=sse"
    body = "no a%2Fb%2Fc%2Fd, a/b/c/d, plain-token+x, plain-token x, key=a%2Fb%2Fc%2Fd&tok=plain-token+x&alt=sse: alt=sse"
    with answering(refusing(body.encode())) as upstream:
        page, _ = shown(upstream, query=query)
    assert page.stream["error"].partition("\n")[2] == "no •••, •••, •••, •••, •••: alt=sse"


def test_what_is_no_secret_is_shown() -> None:
    headers = [
        ("Anthropic-Version", "2023-06-01"),
        ("User-Agent", "my-program/1"),
        ("Content-Type", "application/json"),
        ("Accept", "text/event-stream"),
        ("Authorization", f"Bearer {KEY}"),
        ("Proxy-Authorization", "Basic dXNlcjpwYXNz"),
        ("Cookie", "session=abcdef0123; a=b"),
    ]
    plain = "2023-06-01 my-program/1 application/json text/event-stream Bearer Basic session a=b"
    with answering(refusing(f"{plain} {KEY} Bearer {KEY} dXNlcjpwYXNz abcdef0123".encode())) as upstream:
        page, _ = shown(upstream, headers=headers)
    assert page.stream["error"].partition("\n")[2] == f"{plain} ••• Bearer ••• ••• •••"


def test_what_the_endpoint_says_beside_the_models_text_is_masked() -> None:
    events = made.stream(
        f'{{"key":"{KEY}"}}', f'{{"a":1}} {KEY}', size=99, tool=f"tool {KEY}", ends=[made.finish(KEY), made.DONE]
    ).events
    body = b"".join(sse(*event) for event in events).replace(b"call_", b"another-secret")
    with answering(STREAM, chunk(body), END) as upstream:
        page, _ = shown(upstream)
    assert page.stream["reason"] == "•••"
    assert [page.facts[0][name] for name in ("id", "name")] == ["•••0", "tool •••"]
    assert KEY not in page.facts[1]["error"]["message"]
    # the model's own
    assert page.values == {0: {"key": KEY}, 1: {"a": 1}}
    assert page.facts[1]["error"]["after"] == KEY


def test_the_error_of_a_call_that_was_cut_is_masked() -> None:
    error = b'data: {"error": {"message": "overloaded ' + KEY.encode() + b'"}}\n\n'
    with answering(STREAM, *map(chunk, [sse(*made.event("", name="write")), error]), END) as upstream:
        page, _ = shown(upstream)
    assert page.facts[0]["verdict"] == "truncated"
    assert page.facts[0]["error"]["message"] == "overloaded •••"


def test_an_answer_that_is_no_stream_is_told_as_such() -> None:
    body = b'{"choices": []}' * 1000
    with answering(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", body) as upstream:
        page, _ = shown(upstream)
    assert "does the request ask for a stream?" in page.stream["error"]
    assert len(page.stream["error"]) < 3000


def test_an_address_where_nobody_answers() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        upstream = Upstream(free.getsockname()[1])
        page, _ = shown(upstream, query="?key=query-secret-42")
    assert page.stream["state"] == "failed"
    assert "Connect" in page.stream["error"]


def test_the_providers_own_error_is_shown() -> None:
    error = b'data: {"error": {"message": "overloaded ' + KEY.encode() + b'"}}\n\n'
    with answering(STREAM, *map(chunk, [*EVENTS[:3], error]), "hold") as upstream:
        page, sent = shown(upstream)
        assert upstream.left.wait(30)
    assert page.stream["error"] == "overloaded •••"
    assert KEY not in sent


def test_stopping_closes_the_connection_to_the_endpoint() -> None:
    with answering(STREAM, *map(chunk, EVENTS[:3]), "hold") as upstream:
        endpoint = Endpoint("openai-chat", upstream.url, HEADERS, BODY)
        with serving([endpoint]) as server:
            name = server.start(endpoint.name)
            until_a_call(server, name)
            assert not upstream.left.is_set()
            assert httpx.delete(f"{server.url}/streams/{name}").status_code == 204
            assert upstream.left.wait(30)


def test_a_stream_that_nobody_watches_is_stopped_and_its_connection_closed() -> None:
    with answering(STREAM, *map(chunk, EVENTS[:3]), "hold") as upstream:
        endpoint = Endpoint("openai-chat", upstream.url, HEADERS, BODY)
        with serving([endpoint]) as server:
            name = server.start(endpoint.name)
            stays = server.events(name)
            next(stays)
            server.sessions.keep = 0.3
            until_a_call(server, name)  # another reader, who leaves
            time.sleep(1)
            assert server.sessions.get(name)
            assert not upstream.left.is_set()
            stays.close()  # type: ignore[attr-defined]
            assert upstream.left.wait(30)
            assert not server.sessions.get(name)


def test_a_stream_that_nobody_comes_to_watch_is_stopped() -> None:
    with answering(STREAM, *map(chunk, EVENTS[:3]), "hold") as upstream:
        endpoint = Endpoint("openai-chat", upstream.url, HEADERS, BODY)
        with serving([endpoint], Sessions(keep=0.3)) as server:
            server.start(endpoint.name)
            assert upstream.left.wait(30)


def test_ending_the_server_closes_the_connection_to_the_endpoint() -> None:
    with answering(STREAM, *map(chunk, EVENTS[:3]), "hold") as upstream:
        endpoint = Endpoint("openai-chat", upstream.url, HEADERS, BODY)
        with serving([endpoint]) as server:
            until_a_call(server, server.start(endpoint.name))
        assert upstream.left.wait(30)


def test_the_page_is_told_the_address_alone() -> None:
    endpoint = Endpoint("gemini", f"https://user:password@api.example:8443/v1/x:stream?alt=sse&key={KEY}", HEADERS, BODY)
    assert endpoint.about() == {"name": "https://api.example:8443/v1/x:stream", "wire": "gemini", "kind": "endpoint"}


def test_an_answer_without_end_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    from midstream.live.web import session

    monkeypatch.setattr(session, "MOST_BYTES", 2000)
    with answering(STREAM, *map(chunk, EVENTS[:3]), *[chunk(b": " + b"x" * 500 + b"\n\n")] * 4, "hold") as upstream:
        page, _ = shown(upstream)
        assert upstream.left.wait(30)
    assert "longer than" in page.stream["error"]
    assert page.facts[0]["verdict"] == "truncated"
