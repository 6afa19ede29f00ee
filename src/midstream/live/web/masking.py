"""The secrets of a request, taken out of what is said about its answer."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from urllib.parse import unquote_plus, urlsplit

import httpx

__all__ = ["Mask"]

MASK = "•••"
SHORT = 6  # what has fewer characters is no secret
# headers that hold none
PLAIN = {"accept", "accept-encoding", "anthropic-beta", "anthropic-version", "content-type", "user-agent"}
SCHEMES = {"apikey", "basic", "bearer", "digest", "token"}


class Mask:
    """Puts `MASK` in place of each secret.

    Secrets are: the values of the headers other than `PLAIN`, whole and word by word, without the scheme before them; the URL's
    query, whole and value by value, as it stands there and decoded; its user name and its password, both joined, and the base64
    form that is sent. Of these, whatever has at least `SHORT` characters. A secret is found where it stands whole and unchanged.
    Raises httpx.InvalidURL.
    """

    def __init__(self, url: str, headers: Sequence[tuple[str, str]]) -> None:
        found = {*_of_headers(headers), *_of_url(url)}
        # the longest first, so that what is part of another is not taken out of it
        self._secrets = sorted((one for one in found if len(one) >= SHORT), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """`text` without the secrets."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text

    def beginning(self, text: str) -> str:
        """The same for text of which only the beginning is known: also without a secret that its end is the beginning of."""
        text = self(text)
        cut = max((_overlap(text, secret) for secret in self._secrets), default=0)
        return text[: len(text) - cut] + MASK if cut else text


def _overlap(text: str, secret: str) -> int:
    """How many characters at the end of the one are the first of the other?"""
    return next((size for size in range(min(len(secret), len(text)), 0, -1) if text.endswith(secret[:size])), 0)


def _of_headers(headers: Sequence[tuple[str, str]]) -> Iterator[str]:
    for name, given in headers:
        if name.lower() in PLAIN:
            continue
        value = given.strip()
        scheme, _, rest = value.partition(" ")
        if scheme.lower() in SCHEMES:
            value = rest.strip()
        yield value
        for word in re.split(r"[\s,;]+", value):
            yield word
            yield word.partition("=")[2].strip('"')


def _of_url(url: str) -> Iterator[str]:
    # as it was given, and as it is sent
    for query in (urlsplit(url).query, httpx.URL(url).query.decode()):
        yield query
        for pair in query.split("&"):
            value = pair.partition("=")[2]
            yield value
            yield unquote_plus(value)
    given = urlsplit(url).netloc.rpartition("@")[0]
    user, password = httpx.URL(url).username, httpx.URL(url).password
    joined = f"{user}:{password}"
    yield from (given, *given.split(":", 1), user, password, joined, b64encode(joined.encode()).decode())
