"""Is a stream held back on its way? What the record of a probe says, and why.

Events carry no time of their own, so only their arrival can be looked at. A server writes an event when it has one; what comes
in between may gather many and let them go at once. What tells the two apart:

* many events at one instant, after a silence in which a stream would have flowed;
* events that are joined: who writes one event after another makes a chunk, or a packet, of each;
* silences that end whenever a certain number of bytes is full, with the last event cut in the middle;
* headers that a response can only have if somebody had all of it before: a length, an age.

A server that writes everything at the end looks the same as a proxy that holds it until then. The way to know is to probe the
server without what is in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from statistics import median

from .probe import Trace
from .probe_facts import MANY, MORE, SILENCE, SPREAD, TIMES, Burst, Facts
from .text import count, ends, visible

__all__ = ["Finding", "Judgement", "Verdict", "duration", "judge"]

VALUE = 100  # characters of a header that are shown


class Verdict(str, Enum):
    """What the probe says; `status` is the exit status of the command."""

    STREAMING = "streaming"
    BUFFERED = "buffered"
    COMPRESSED = "compressed-and-held"
    TOO_FEW = "too-few-events"
    NO_EVENT_STREAM = "not-an-event-stream"
    FAILED = "failed"

    @property
    def held(self) -> bool:
        """Is the stream held back?"""
        return self in {Verdict.BUFFERED, Verdict.COMPRESSED}

    @property
    def status(self) -> int:
        """0 for a stream, 1 for one that is held back, 2 for neither."""
        return 0 if self is Verdict.STREAMING else 1 if self.held else 2


@dataclass(frozen=True)
class Finding:
    """One thing that was seen.

    kind: for programs. what: it says. evidence: what was measured, or the header, as it came. advice: what to change, or nothing.
    """

    kind: str
    what: str
    evidence: str
    advice: str = ""


@dataclass(frozen=True)
class Judgement:
    """verdict, the same in a sentence, and what it stands on; the most important first."""

    verdict: Verdict
    summary: str
    findings: tuple[Finding, ...]


def judge(trace: Trace) -> Judgement:
    """What the trace of a probe says."""
    facts = Facts(trace)
    verdict, summary = _verdict(trace, facts)
    findings: list[Finding] = []
    if verdict is not Verdict.FAILED:
        for look in LOOKS:
            findings += look(trace, facts, verdict)
    return Judgement(verdict, summary, tuple(findings))


def _verdict(trace: Trace, facts: Facts) -> tuple[Verdict, str]:
    """The verdict and the sentence for it."""
    if trace.status is None and trace.timed_out:
        collects = "a proxy that waits for the whole response looks like this too, so try a longer --timeout"
        return Verdict.FAILED, f"there was no answer within {duration(trace.ended)}: {collects}"
    if trace.status is None:
        return Verdict.FAILED, f"there was no answer: {_shown(trace.problem or '')}"
    if not 200 <= trace.status < 300:
        where = f", and points to {_value(trace, 'location')}" if trace.header("location") else ""
        return Verdict.FAILED, f"the server answered {trace.status} {_shown(trace.phrase)}".rstrip() + where
    told = count(facts.events, "event")
    if facts.events == 0:
        return _without_events(trace)
    if facts.held:
        if len(facts.sudden) == 1:
            summary = f"{_at_once(facts)} came at once, after {duration(facts.sudden[0].silence)} of silence"
        else:
            summary = f"{told} came in lumps of about {facts.typical}, with silence in between"
        return (Verdict.COMPRESSED if facts.compressed else Verdict.BUFFERED), summary
    if facts.late:
        return Verdict.TOO_FEW, f"it can't be told from {_fast(facts)}, but each by itself: ask for a slower answer"
    if facts.flows:
        return Verdict.STREAMING, f"{told} came at {facts.times:,} different times, the first after {duration(facts.first)}"
    if trace.header("content-length") is not None:
        verdict = Verdict.COMPRESSED if facts.compressed else Verdict.BUFFERED
        return verdict, f"{told} came as one response whose length was known before it was sent"
    if facts.last - facts.first < SPREAD:
        when = f"{told} within {duration(facts.last - facts.first)}, {duration(facts.first)} after the request"
        return Verdict.TOO_FEW, f"it can't be told from {when}: ask for a longer answer, or a slower one"
    fast = facts.events >= MANY * TIMES
    return Verdict.TOO_FEW, f"it can't be told from {told}: ask for a {'slower' if fast else 'longer'} answer"


def _at_once(facts: Facts) -> str:
    """``all 12 events``, ``9 of 11 events``: the sudden ones."""
    return f"{'all' if facts.at_once == facts.events else f'{facts.at_once:,} of'} {count(facts.events, 'event')}"


def _fast(facts: Facts) -> str:
    """How the sudden ones came, where that decides nothing."""
    if len(facts.sudden) > 1:
        return f"{count(facts.events, 'event')} that came about {facts.typical} at a time, with silence in between"
    only = facts.sudden[0]
    return f"{_at_once(facts)} that came within {duration(only.lasted)}, after {duration(only.silence)} of silence"


def _without_events(trace: Trace) -> tuple[Verdict, str]:
    if trace.unreadable is not None:
        return Verdict.TOO_FEW, "it can't be told, since the body has an encoding that can't be read here"
    if _media_type(trace) == "text/event-stream":
        received = sum(each.raw for each in trace.arrivals)
        what = f"nothing but {count(received, 'byte')}" if received else "nothing"
        return Verdict.TOO_FEW, f"it can't be told: {what} came in {duration(trace.ended)}, and no event"
    return Verdict.NO_EVENT_STREAM, f"the answer is {_value(trace, 'content-type') or 'of no declared type'}, and holds no events"


# -- what is looked at, in the order in which it is told


def _timing(_: Trace, facts: Facts, verdict: Verdict) -> Iterator[Finding]:
    if verdict.held and len(facts.sudden) == 1:
        only = facts.sudden[0]
        yield Finding(
            "at-once",
            f"{count(only.events, 'event')} came at once: they were ready before, and were kept until then.",
            f"nothing for {duration(only.silence)}, then {count(only.events, 'event')} {_within(only)}",
            "The server itself may write only when all is done: probe it directly, without what is in between. "
            "If that streams, it is something in between.",
        )
    elif verdict.held and facts.sudden:
        silence = median(each.silence for each in facts.sudden)
        yield Finding(
            "lumps",
            "Events come in lumps: they are gathered and let go together.",
            f"{count(len(facts.sudden), 'time')} about {facts.typical} events after about {duration(silence)} of silence",
            "If the server writes in this rhythm by itself, this is what it is: probe it directly, without what is in between.",
        )
    elif verdict is Verdict.STREAMING and facts.sudden and len(facts.before) < TIMES and facts.sudden[0].events >= MORE:
        only = facts.sudden[0]
        yield Finding(
            "beginning-at-once",
            "The beginning came at once, the rest as a stream.",
            f"{count(only.events, 'event')} {_within(only)}, after {duration(only.silence)} of silence",
        )
    if verdict is Verdict.STREAMING and facts.rhythm:
        yield Finding(
            "flush-interval",
            "Events come together, at an equal pace: something joins them, and passes them on at an interval.",
            f"about {facts.typical} events every {duration(facts.rhythm)}",
            "If the server writes in this rhythm by itself, this is what it is: probe it directly, without what is in between. "
            "Else let what is in between flush after each event.",
        )


def _within(burst: Burst) -> str:
    return "in one piece" if len(burst.arrivals) == 1 else f"within {duration(burst.lasted)}"


def _blocks(_: Trace, facts: Facts, verdict: Verdict) -> Iterator[Finding]:
    sizes = facts.sizes
    if not verdict.held or len(sizes) < 2:
        return
    told = f"of {count(len(sizes), 'lump')}, the first and the last left out"
    if facts.block:
        some = ", ".join(f"{one:,}" for one in sizes[:5]) + (" …" if len(sizes) > 5 else "")
        yield Finding(
            "buffer-size",
            f"A buffer of {facts.block:,} bytes is filled before anything is sent.",
            f"{sum(one % facts.block == 0 for one in sizes)} {told}, are multiples of {facts.block:,} bytes: {some}",
            "Turn that buffer off for this path, or flush after each event.",
        )
    if facts.cut * 2 > len(sizes):
        yield Finding(
            "cut-events",
            "The lumps end in the middle of an event. A server writes whole events, so they were cut by a buffer behind it.",
            f"{facts.cut} {told}, end within an event",
        )


def _chunks(trace: Trace, facts: Facts, verdict: Verdict) -> Iterator[Finding]:
    """An HTTP proxy that gathers events sends them as one chunk; chunks that came at once and hold one event each were written
    one by one by whoever made the chunks.
    """
    if not (verdict.held or facts.late) or facts.compressed or "chunked" not in (trace.header("transfer-encoding") or "").lower():
        return
    arrivals = sum(len(each.arrivals) for each in facts.sudden)
    if facts.at_once and facts.one_by_one * 5 >= facts.at_once * 4:
        yield Finding(
            "own-chunks",
            "Each event has an HTTP chunk of its own. So no HTTP proxy has put them together: they were written that fast, or "
            "something below HTTP, such as a tunnel or a virus scanner, has held them.",
            f"{count(facts.at_once, 'event')} in {count(arrivals, 'chunk')}",
            "" if verdict.held else "Probe the server directly: if it looks the same, nothing in between holds the events back.",
        )
    elif facts.at_once:
        yield Finding(
            "joined-chunks",
            "Events came together in HTTP chunks. A server that flushes after each event makes a chunk of each; an HTTP proxy or "
            "the server's own output buffer has put them together.",
            f"{count(facts.at_once, 'event')} in {count(arrivals, 'chunk')}",
        )


def _length(trace: Trace, _: Facts, verdict: Verdict) -> Iterator[Finding]:
    if verdict.held and trace.header("content-length") is not None:
        yield Finding(
            "content-length",
            "The length was known before the first byte was sent, so somebody had the whole response by then.",
            f"Content-Length: {_value(trace, 'content-length')}",
            "A stream has no length: find what collects the response, in the framework's middleware first.",
        )


def _cache(trace: Trace, _: Facts, __: Verdict) -> Iterator[Finding]:
    for name in ("Age", "X-Cache", "CF-Cache-Status"):
        value = trace.header(name)
        if value is not None and ("hit" in value.lower() or (name == "Age" and value.strip() not in {"", "0"})):
            yield Finding(
                "cached",
                "The response comes from a cache, which had all of it.",
                f"{name}: {_shown(value)}",
                "Send Cache-Control: no-store with the stream.",
            )
            return


def _compression(trace: Trace, facts: Facts, verdict: Verdict) -> Iterator[Finding]:
    if not facts.compressed:
        return
    evidence = f"Content-Encoding: {_shown(facts.encoding)}"
    if trace.unreadable is not None:
        yield Finding(
            "unreadable-encoding",
            "The body is encoded in a way that was not asked for and can't be read here.",
            evidence,
            "Try again with --header 'Accept-Encoding: identity'.",
        )
        return
    raw = next((each.at for each in trace.arrivals), 0.0)
    text = next((each.at for each in trace.arrivals if each.size), 0.0)
    if not verdict.held:
        if verdict is Verdict.STREAMING:
            yield Finding("compressed", "The body is compressed, and flushed often enough.", evidence)
        return
    if text - raw >= SILENCE:
        evidence += f"; first byte after {duration(raw)}, but first text after {duration(text)}"
        what = "The body is compressed, and the compressor keeps text back: its bytes came long before there was text in them."
    else:
        what = "The body is compressed. A compressor that is not flushed after each event keeps it until it has enough of them."
    yield Finding(
        "compressed",
        what,
        evidence,
        "Don't compress text/event-stream, or flush the compressor after each event. Try again with --header 'Accept-Encoding: "
        "identity': if that streams, it is the compression; if not, something buffers as well.",
    )


def _between(trace: Trace, _: Facts, verdict: Verdict) -> Iterator[Finding]:
    """Who shows himself in the headers, and how he is told not to buffer."""
    for software in SOFTWARE:
        seen = next(((name, value) for name, value in trace.headers if software.made(name.lower(), value.lower())), None)
        if seen is not None:
            evidence = f"{_shown(seen[0])}: {_shown(seen[1])}"
            yield Finding("passed-by", f"{software.name} is on the way.", evidence, software.advice if verdict.held else "")
    via = trace.header("via")
    if via is not None:
        yield Finding("via", "The response went through a proxy.", f"Via: {_shown(via)}")


def _accel(trace: Trace, _: Facts, verdict: Verdict) -> Iterator[Finding]:
    value = trace.header("x-accel-buffering")
    if value is not None and verdict.held:
        yield Finding(
            "accel-buffering",
            "No nginx on the way has obeyed this header: one that does takes it out.",
            f"X-Accel-Buffering: {_shown(value)}",
        )


def _media(trace: Trace, facts: Facts, verdict: Verdict) -> Iterator[Finding]:
    media = _media_type(trace)
    if media == "text/event-stream":
        return
    evidence = f"Content-Type: {_value(trace, 'content-type')}" if media else "no Content-Type"
    if facts.events:
        yield Finding(
            "content-type",
            "The body is an event stream that is not declared as one. EventSource refuses it, and proxies that pass event "
            "streams on at once don't know it.",
            evidence,
            "Send Content-Type: text/event-stream.",
        )
    elif verdict is Verdict.NO_EVENT_STREAM:
        advice = "Does the URL name the stream? "
        if "json" in media:
            advice = 'Does the request ask for a stream, in most APIs with "stream": true in its body? '
        yield Finding("content-type", "This is no event stream.", evidence, advice.strip())


def _cache_control(trace: Trace, facts: Facts, verdict: Verdict) -> Iterator[Finding]:
    if not (verdict.held and facts.compressed):
        return
    value = trace.header("cache-control")
    given = {each.strip().lower() for each in (value or "").split(",")}
    evidence = "no Cache-Control" if value is None else f"Cache-Control: {_shown(value)}"
    if "no-transform" not in given:
        yield Finding(
            "no-transform",
            "Nothing forbids what is in between to compress the stream.",
            evidence,
            "Send Cache-Control: no-cache, no-transform with the stream; much middleware and some CDNs obey it.",
        )


def _version(trace: Trace, _: Facts, verdict: Verdict) -> Iterator[Finding]:
    if trace.version == "HTTP/1.0" and verdict.held:
        yield Finding(
            "http-1.0",
            "The answer is HTTP/1.0, which has no chunks. Servers and proxies that speak it often collect responses.",
            trace.version,
            "Let whoever answers speak HTTP/1.1.",
        )


def _end(trace: Trace, _: Facts, __: Verdict) -> Iterator[Finding]:
    if trace.problem is not None:
        yield Finding("unfinished", "The end of the stream was not seen.", visible(trace.problem))


LOOKS: tuple[Callable[[Trace, Facts, Verdict], Iterator[Finding]], ...] = (
    _timing,
    _blocks,
    _chunks,
    _length,
    _cache,
    _compression,
    _media,
    _between,
    _accel,
    _cache_control,
    _version,
    _end,
)


@dataclass(frozen=True)
class Software:
    """Something that may be in between. header: a name in lower case; word: that its value holds."""

    name: str
    header: str
    word: str
    advice: str

    def made(self, name: str, value: str) -> bool:
        """Has it made this header?"""
        return name == self.header and self.word in value


_NGINX = (
    "In nginx: proxy_buffering off (fastcgi_buffering, uwsgi_buffering, whichever passes on) in this location; or let the server "
    "behind it send X-Accel-Buffering: no, which does the same for one response. Its gzip is flushed only then, too."
)
SOFTWARE = (
    Software("nginx", "server", "nginx", _NGINX),
    Software("nginx (OpenResty)", "server", "openresty", _NGINX),
    Software("Apache", "server", "apache", "In Apache: flushpackets=on in ProxyPass, and SetEnv no-gzip 1 for this path."),
    Software("Caddy", "server", "caddy", "In Caddy: flush_interval -1 in reverse_proxy, and no encode for this path."),
    Software("Varnish", "x-varnish", "", "In Varnish: set beresp.do_stream = true and beresp.do_gzip = false, or return (pipe)."),
    Software("IIS", "server", "microsoft-iis", "In IIS with ARR: responseBufferLimit 0, and no dynamic compression here."),
    Software("Envoy", "server", "envoy", "In Envoy: no buffer filter on this route, and no compressor for text/event-stream."),
    Software(
        "Cloudflare",
        "cf-ray",
        "",
        "Cloudflare buffers what it may cache, and everything where Response Buffering is on: let it bypass the cache here.",
    ),
    Software(
        "API Gateway",
        "x-amz-apigw-id",
        "",
        "API Gateway waits for the whole response, unless the integration's response transfer mode is STREAM.",
    ),
)


def _media_type(trace: Trace) -> str:
    return (trace.header("content-type") or "").partition(";")[0].strip().lower()


def _shown(value: str) -> str:
    return ends(visible(value), VALUE, VALUE - 1)


def _value(trace: Trace, name: str) -> str:
    return _shown(trace.header(name) or "")


def duration(seconds: float) -> str:
    """``0.4 ms``, ``35 ms``, ``2.41 s``."""
    if seconds < 0.00005:
        return "no time"
    if seconds < 0.001:
        return f"{seconds * 1e3:.1f} ms"
    if seconds < 0.9995:
        return f"{seconds * 1e3:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 99.995 else f"{seconds:,.0f} s"
