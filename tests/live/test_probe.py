"""The command probe: what the record of an answer says, and records of real servers on the loopback."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import tracemalloc
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.live.command import COMMAND, DEADLINE, environment, run
from tests.live.hostile import WORDS, hidden_in
from tests.live.streaming import Server, Step, chunk, event, head
from tests.support.parts import require

try:
    from midstream.live import probe as probing
    from midstream.live.probe import Arrival, Request, Trace, probe
    from midstream.live.probe_judge import Judgement, Verdict, duration, judge
    from midstream.live.probe_report import as_json, lines
except ModuleNotFoundError as missing:
    require(str(missing.name), None, "pip install 'midstream[web]'")

TIMEOUT = 60.0  # seconds, of answers that end by themselves
PACE = 0.12  # seconds between the events of the servers here
LONG = 12  # events of theirs: more than a second


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


# -- made records


def trace(
    arrivals: Sequence[tuple[float, int] | Arrival], status: int | None = 200, end: float = 0.0, **headers: str | None
) -> Trace:
    """The record of an event stream in chunks; an arrival is (seconds, events of 100 bytes)."""
    record = [each if isinstance(each, Arrival) else Arrival(each[0], each[1] * 100, each[1] * 100, each[1]) for each in arrivals]
    given = {"content_type": "text/event-stream", "transfer_encoding": "chunked"} | headers
    return Trace(
        version="HTTP/1.1",
        status=status,
        phrase="OK",
        headers=[(name.replace("_", "-").title(), value) for name, value in given.items() if value is not None],
        headers_at=0.01,
        arrivals=record,
        ended=max(end, record[-1].at if record else 0.02),
        over=True,
    )


def steady(number: int, gap: float, start: float = 0.01, each: int = 1) -> list[tuple[float, int]]:
    """Arrivals in a rhythm."""
    return [(start + index * gap, each) for index in range(number)]


def buffered(number: int, block: int, gap: float, each: int, whole: bool = False) -> list[Arrival]:
    """Blocks of one size, the first one shorter by some headers, and a rest."""
    sizes = [block - 96, *[block] * (number - 1)]
    blocks = [Arrival((index + 1) * gap, size, size, each, whole) for index, size in enumerate(sizes)]
    return [*blocks, Arrival((number + 0.3) * gap, 77, 77, 1)]


STREAMING: dict[str, Trace] = {
    "one event after another": trace(steady(20, 0.1)),
    "fast": trace(steady(300, 0.01)),
    "very slow": trace(steady(4, 3.0)),
    "very fast after long silence": trace(steady(40, 0.003, start=5.0)),
    "uneven": trace([(0.2, 1), (0.21, 1), (0.9, 2), (0.95, 1), (2.5, 3), (2.6, 1), (4.0, 1)]),
    "after long silence": trace(steady(20, 0.02, start=5.0)),
    "four at once, now and then": trace(steady(10, 0.5, each=4)),
    "five at once, in quick succession": trace(steady(60, 0.05, each=5)),
    "some at once at both ends": trace([(0.6, 4), *steady(40, 0.03, start=0.65), (2.2, 5)]),
    "a pause in the middle": trace([*steady(30, 0.02), *steady(30, 0.02, start=4.0)]),
    "an answer after a hidden thought": trace([(0.3, 3), *steady(80, 0.012, start=9.0)]),
    "compressed and flushed": trace(steady(20, 0.1), content_encoding="gzip"),
    "once held up": trace([*steady(10, 0.1), (1.5, 6), *steady(10, 0.1, start=1.6)]),
    "the beginning at once": trace([(1.2, 15), *steady(60, 0.05, start=1.3)]),
    "most of it at the beginning": trace([(3.0, 150), *steady(60, 0.05, start=3.1)]),
    "most of it after the first event": trace([(0.01, 1), *steady(10, 0.0001, start=2.0), *steady(9, 0.05, start=2.05)]),
    "two bursts, each with a stream behind it": trace(
        [(2.0, 30), *steady(20, 0.05, start=2.1), (6.0, 30), *steady(20, 0.05, start=6.1)]
    ),
    "many joined at short intervals": trace(steady(15, 0.2, start=0.01, each=40)),
    "joined at short intervals": trace(steady(15, 0.2, start=0.01, each=10)),
    "whole events that fill blocks": trace(buffered(20, 1024, 0.1, 6, whole=True)),
    "events cut without any rule": trace([Arrival(index * 0.1, 901, 901, 6, False) for index in range(20)]),
    "blocks of long events": trace(buffered(20, 4096, 0.1, 1)),
    "long events in several chunks": trace(
        [Arrival(index * 0.1 + part * 0.001, 9000, 9000, part // 2, part == 2) for index in range(20) for part in range(3)]
    ),
}
HELD: dict[str, Trace] = {
    "one chunk at the end": trace([(4.0, 40)]),
    "chunks of their own at the end": trace(steady(40, 0.0001, start=4.0)),
    "at the end over a slow link": trace(
        [Arrival(3.0 + part * 0.004, 1400, 1400, 14, False) for part in range(5)], transfer_encoding=None
    ),
    "long events at the end over a slow link": trace(
        [Arrival(3.0 + part * 0.0004, 1400, 1400, part % 2, False) for part in range(80)]
    ),
    "at the end, with heartbeats before": trace([*steady(12, 0.5, start=0.5), (8.0, 40)]),
    "at the end, but for a few": trace([(4.0, 40), *steady(4, 0.1, start=4.1)]),
    "at the end over an uneven link": trace([(4.0, 60), *steady(10, 0.015, start=4.015, each=4)]),
    "most at once, the rest joined": trace([(4.0, 40), *steady(8, 0.1, start=4.1, each=5)]),
    "lumps": trace(steady(5, 0.4, start=0.4, each=30)),
    "lumps, each over a slow link": trace([(time * 0.5 + part * 0.002, 6) for time in range(1, 6) for part in range(10)]),
    "a buffer of 4,096 bytes": trace(buffered(6, 4096, 0.35, 32)),
    "a buffer that is soon full": trace(buffered(20, 4096, 0.1, 32)),
    "a buffer of 16 KiB": trace(buffered(5, 16384, 0.15, 100)),
    "of known length": trace([(0.02, 40)], transfer_encoding=None, content_length="4000"),
    "of known length and late": trace([(4.0, 40)], transfer_encoding=None, content_length="4000"),
}
TOO_FEW: dict[str, Trace] = {
    "one event": trace([(1.0, 1)]),
    "two events": trace([(1.0, 1), (2.0, 1)]),
    "few at the end": trace([(5.0, 5)]),
    "many without any silence": trace([(0.02, 400)]),
    "many in a moment": trace(steady(400, 0.0002, start=0.4)),
    "some in quick succession": trace(steady(10, 0.005)),
    "very fast, with some stalls": trace([(0.01 + index * 0.0005 + index // 100 * 0.02, 1) for index in range(600)]),
    "fast after a thought": trace([(0.01, 1), *steady(150, 0.0006, start=1.2)]),
    "few and fast after a thought": trace([(0.01, 2), *steady(9, 0.002, start=2.0)]),
    "fast, without chunks": trace(steady(40, 0.0008, start=3.0), transfer_encoding=None),
    "a few at a time, each by itself": trace([(step * 0.5 + part * 0.0001, 1) for step in range(1, 9) for part in range(5)]),
    "many at a time, each by itself": trace([(step * 1.0 + part * 0.0005, 1) for step in range(1, 4) for part in range(40)]),
    "nothing of a type with a parameter": trace([], content_type="text/event-stream; charset=utf-8"),
    "at once after a short silence": trace([(0.7, 30)]),
    "nothing": trace([], end=30.0),
    "heartbeats": trace([Arrival(index * 1.0, 8, 8, 0) for index in range(20)]),
    "half an event": trace([Arrival(1.0, 800, 800, 0, False)]),
}
OTHERS: dict[str, tuple[Trace, Verdict]] = {
    "JSON": (trace([Arrival(1.0, 800, 800, 0, False)], content_type="application/json"), Verdict.NO_EVENT_STREAM),
    "a page": (trace([Arrival(1.0, 800, 800, 0)], content_type="text/html; charset=utf-8"), Verdict.NO_EVENT_STREAM),
    "no type, no body": (trace([], content_type=None), Verdict.NO_EVENT_STREAM),
    "undeclared events": (trace(steady(20, 0.1), content_type="text/plain"), Verdict.STREAMING),
    "undeclared events, held": (trace([(4.0, 40)], content_type=None), Verdict.BUFFERED),
    "the type in capitals": (trace([(1.0, 1)], content_type="Text/Event-Stream;charset=UTF-8"), Verdict.TOO_FEW),
    "no answer": (Trace(problem="Connection refused"), Verdict.FAILED),
    "an error": (trace([(0.1, 1)], status=401, content_type="application/json"), Verdict.FAILED),
    "a redirect": (trace([], status=307, location="https://example.com/"), Verdict.FAILED),
    "an error that streams": (trace(steady(20, 0.1), status=500), Verdict.FAILED),
}
EVERY: list[tuple[str, Trace, Verdict]] = [
    *((name, each, Verdict.STREAMING) for name, each in STREAMING.items()),
    *((name, each, Verdict.BUFFERED) for name, each in HELD.items()),
    *((name, each, Verdict.TOO_FEW) for name, each in TOO_FEW.items()),
    *((name, each, verdict) for name, (each, verdict) in OTHERS.items()),
]


@pytest.mark.parametrize(("record", "verdict"), [row[1:] for row in EVERY], ids=[row[0] for row in EVERY])
def test_verdicts(record: Trace, verdict: Verdict) -> None:
    judgement = judge(record)
    assert judgement.verdict is verdict, judgement
    assert judgement.verdict.status == (0 if verdict is Verdict.STREAMING else 1 if verdict is Verdict.BUFFERED else 2)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "GZIP"])
@pytest.mark.parametrize("record", HELD.values(), ids=HELD)
def test_what_is_held_and_compressed_is_told_apart(record: Trace, encoding: str) -> None:
    judgement = judge(with_headers(record, ("Content-Encoding", encoding)))
    assert judgement.verdict is Verdict.COMPRESSED
    assert judgement.verdict.status == 1
    [finding] = found(judgement, "compressed")
    assert finding.evidence == f"Content-Encoding: {encoding.lower()}"
    assert "Accept-Encoding: identity" in finding.advice
    assert "joined-chunks" not in kinds(judgement)


def with_headers(record: Trace, *headers: tuple[str, str]) -> Trace:
    """The same with more headers."""
    return Trace(**{**vars(record), "headers": [*record.headers, *headers]})


def found(judgement: Judgement, kind: str) -> list[Any]:
    """The findings of one kind."""
    return [each for each in judgement.findings if each.kind == kind]


def kinds(judgement: Judgement) -> set[str]:
    return {each.kind for each in judgement.findings}


# -- what is found, and its evidence


FINDINGS: list[tuple[str, Trace, str, str]] = [
    ("at once", HELD["one chunk at the end"], "at-once", "nothing for 4.00 s, then 40 events in one piece"),
    ("within a time", HELD["at the end over a slow link"], "at-once", "nothing for 3.00 s, then 70 events within 16 ms"),
    ("lumps", HELD["lumps"], "lumps", "5 times about 30 events after about 400 ms of silence"),
    ("joined", HELD["one chunk at the end"], "joined-chunks", "40 events in 1 chunk"),
    ("not joined", HELD["chunks of their own at the end"], "own-chunks", "40 events in 40 chunks"),
    ("fast", TOO_FEW["fast after a thought"], "own-chunks", "150 events in 150 chunks"),
    ("at an interval", STREAMING["joined at short intervals"], "flush-interval", "about 10 events every 200 ms"),
    (
        "a buffer",
        HELD["a buffer of 4,096 bytes"],
        "buffer-size",
        "5 of 5 lumps, the first and the last left out, are multiples of 4,096 bytes: 4,096, 4,096, 4,096, 4,096, 4,096",
    ),
    (
        "cut events",
        HELD["a buffer of 4,096 bytes"],
        "cut-events",
        "5 of 5 lumps, the first and the last left out, end within an event",
    ),
    ("a length", HELD["of known length"], "content-length", "Content-Length: 4000"),
    ("the wrong type", OTHERS["undeclared events"][0], "content-type", "Content-Type: text/plain"),
    ("no type", OTHERS["undeclared events, held"][0], "content-type", "no Content-Type"),
    ("flushed", STREAMING["compressed and flushed"], "compressed", "Content-Encoding: gzip"),
    ("a beginning", STREAMING["the beginning at once"], "beginning-at-once", "15 events in one piece, after 1.20 s of silence"),
    (
        "a beginning after one event",
        STREAMING["most of it after the first event"],
        "beginning-at-once",
        "10 events within 0.9 ms, after 1.99 s of silence",
    ),
    ("broken off", Trace(**{**vars(trace(steady(9, 0.1))), "problem": "broke off: a\x1bb"}), "unfinished", "broke off: a␛b"),
]


@pytest.mark.parametrize(("record", "kind", "evidence"), [row[1:] for row in FINDINGS], ids=[row[0] for row in FINDINGS])
def test_a_finding_has_its_evidence(record: Trace, kind: str, evidence: str) -> None:
    [finding] = found(judge(record), kind)
    assert finding.evidence == evidence
    assert finding.what


def test_what_decides_nothing_says_what_would() -> None:
    assert judge(TOO_FEW["two events"]).summary.endswith("ask for a longer answer")
    without_pause = trace([(0.01 + index * 0.001, 1) for index in range(300)])
    for record in (without_pause, TOO_FEW["fast after a thought"], TOO_FEW["a few at a time, each by itself"]):
        assert judge(record).summary.endswith("ask for a slower answer")
    assert judge(without_pause).findings == ()
    [finding] = found(judge(TOO_FEW["fast after a thought"]), "own-chunks")
    assert "probe the server directly" in finding.advice.lower()
    assert kinds(judge(TOO_FEW["fast, without chunks"])) == set()
    assert kinds(judge(TOO_FEW["at once after a short silence"])) == set()  # nothing came behind it


def test_an_interval_is_told_only_where_events_are_joined_at_an_equal_pace() -> None:
    uneven = [(time, 10) for time in (0.01, 0.2, 0.3, 0.7, 0.75, 1.2, 1.4, 1.41, 1.6, 2.1, 2.2)]
    by_themselves = [(step * 0.2 + part * 0.0001, 1) for step in range(15) for part in range(10)]
    for arrivals in (uneven, by_themselves, steady(15, 0.2, each=4), steady(8, 0.2, each=10), steady(200, 0.01, each=10)):
        judgement = judge(trace(arrivals))
        assert judgement.verdict is Verdict.STREAMING
        assert judgement.findings == ()


def test_a_length_is_told_only_where_the_stream_is_held() -> None:
    paced = trace(steady(20, 0.1), transfer_encoding=None, content_length="2000")
    assert judge(paced) == judge(STREAMING["one event after another"])
    for media, length in (("application/json", "14"), ("text/event-stream", "0")):
        assert "content-length" not in kinds(judge(trace([], content_type=media, content_length=length)))


HEADERS: list[tuple[tuple[str, str], str, str]] = [
    (("Server", "nginx/1.25.3"), "passed-by", "proxy_buffering off"),
    (("Server", "openresty"), "passed-by", "X-Accel-Buffering: no"),
    (("Server", "Apache/2.4.57 (Debian)"), "passed-by", "flushpackets=on"),
    (("Server", "Caddy"), "passed-by", "flush_interval -1"),
    (("Server", "Microsoft-IIS/10.0"), "passed-by", "responseBufferLimit"),
    (("server", "envoy"), "passed-by", "buffer filter"),
    (("X-Varnish", "32770"), "passed-by", "do_stream"),
    (("CF-RAY", "8a-FRA"), "passed-by", "Response Buffering"),
    (("x-amz-apigw-id", "abc="), "passed-by", "STREAM"),
    (("Via", "1.1 squid"), "via", ""),
    (("X-Cache", "Hit from cloudfront"), "cached", "no-store"),
    (("CF-Cache-Status", "HIT"), "cached", "no-store"),
    (("Age", "17"), "cached", "no-store"),
    (("X-Accel-Buffering", "no"), "accel-buffering", ""),
]


@pytest.mark.parametrize(("header", "kind", "advice"), HEADERS, ids=[row[0][0] + row[0][1] for row in HEADERS])
def test_a_header_that_explains_it_is_shown_with_what_to_change(header: tuple[str, str], kind: str, advice: str) -> None:
    [finding] = found(judge(with_headers(HELD["one chunk at the end"], header)), kind)
    assert finding.evidence == ": ".join(header)
    assert advice in finding.advice
    assert bool(advice) == bool(finding.advice)


def test_headers_that_explain_nothing_are_left_out() -> None:
    plain = HELD["one chunk at the end"]
    harmless = [("Server", "uvicorn"), ("Age", "0"), ("X-Cache", "Miss from cloudfront"), ("CF-Cache-Status", "DYNAMIC")]
    assert judge(with_headers(plain, *harmless)) == judge(plain)
    streaming = judge(with_headers(STREAMING["fast"], ("Server", "nginx")))
    assert [each.advice for each in streaming.findings] == [""]  # there is nothing to change
    assert judge(STREAMING["fast"]).findings == ()


def test_no_transform_is_missed_where_it_would_help() -> None:
    held = with_headers(HELD["one chunk at the end"], ("Content-Encoding", "gzip"))
    assert [each.evidence for each in found(judge(held), "no-transform")] == ["no Cache-Control"]
    no_cache = judge(with_headers(held, ("Cache-Control", "no-cache")))
    assert [each.evidence for each in found(no_cache, "no-transform")] == ["Cache-Control: no-cache"]
    assert not found(judge(with_headers(held, ("Cache-Control", "No-Cache, No-Transform"))), "no-transform")
    assert not found(judge(HELD["one chunk at the end"]), "no-transform")


def test_a_compressor_that_keeps_text_is_caught() -> None:
    """Its own header comes at once, the text at the end."""
    record = trace([Arrival(0.01, 10, 0, 0), Arrival(3.0, 90, 4000, 40)], content_encoding="gzip")
    [finding] = found(judge(record), "compressed")
    assert finding.evidence == "Content-Encoding: gzip; first byte after 10 ms, but first text after 3.00 s"


def test_http_1_0_is_a_finding_where_the_stream_is_held() -> None:
    for record, seen in ((HELD["one chunk at the end"], True), (STREAMING["fast"], False)):
        assert ("http-1.0" in kinds(judge(Trace(**{**vars(record), "version": "HTTP/1.0"})))) == seen


def test_an_encoding_that_can_not_be_read_decides_nothing() -> None:
    record = trace([Arrival(index * 0.1, 50, 0, 0) for index in range(20)], content_encoding="br")
    record.unreadable = "br"
    judgement = judge(record)
    assert judgement.verdict is Verdict.TOO_FEW
    [finding] = found(judgement, "unreadable-encoding")
    assert "identity" in finding.advice


records = st.builds(
    trace,
    st.lists(st.tuples(st.floats(0, 30), st.integers(0, 60)), max_size=30).map(sorted),
    status=st.sampled_from([None, 200, 204, 302, 500]),
    content_encoding=st.sampled_from([None, "gzip", "br"]),
    content_length=st.sampled_from([None, "0", "17"]),
    content_type=st.sampled_from([None, "text/event-stream", "application/json"]),
)


@given(records, st.integers(0, 120))
def test_every_record_can_be_judged_and_shown(record: Trace, width: int) -> None:
    judgement = judge(record)
    request = Request("http://example.com/")
    assert all(len(line) <= max(width, 40) for line in lines(request, record, judgement, width))
    assert json.loads(as_json(request, record, judgement))["verdict"] == judgement.verdict.value


@pytest.mark.parametrize("word", WORDS, ids=range(len(WORDS)))
def test_nothing_is_printed_as_it_came(word: str) -> None:
    names = ("Server", "Via", "X-Cache", "Content-Type", "Content-Encoding", "Location", "Cache-Control", "X-Accel-Buffering")
    for status, arrivals in ((200, [(4.0, 40)]), (307, []), (200, []), (200, steady(20, 0.1))):
        record = trace(arrivals, status=status, content_type=None)
        record.headers = [(name, f"nginx hit {word * 50}") for name in names]
        record.phrase = record.version = word
        record.beginning = word.encode("utf-8", "replace")
        for problem in (None, word):
            record.problem = problem
            request = Request(f"http://example.com/{word}", word)
            text = "\n".join(lines(request, record, judge(record), 100))
            assert hidden_in(text) == []
            assert len(text) < 5000
            assert hidden_in(as_json(request, record, judge(record))) == []
    assert hidden_in("\n".join(lines(request, Trace(problem=word), judge(Trace(problem=word)), 100))) == []


def test_secrets_of_the_request_are_not_shown() -> None:
    request = Request("https://user:SECRET@example.com:8443/v1?key=SECRET#SECRET", headers=[("X-Api-Key", "SECRET")])
    record = trace([(4.0, 40)])
    shown = "\n".join(lines(request, record, judge(record), 100)) + as_json(request, record, judge(record))
    assert "SECRET" not in shown
    assert "GET https://example.com:8443/v1?…" in shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:pa/SECRET@127.0.0.1:1/", "(no URL)"),
        ("http://user:pa?SECRET@127.0.0.1:1/", "(no URL)"),
        ("user:SECRET@127.0.0.1/x", "(no URL)"),
        ("SECRET@127.0.0.1/x", "(no URL)"),
        ("http://127.0.0.1:99999/", "(no URL)"),
        ("http://[::1", "(no URL)"),
        ("127.0.0.1/x?SECRET", "127.0.0.1/x?…"),
        ("http://SECRET@[::1]:80", "http://[::1]:80"),
    ],
)
def test_of_a_url_that_can_not_be_read_nothing_is_shown(url: str, shown: str) -> None:
    request = Request(url)
    record = probe(request, TIMEOUT)
    assert request.shown == shown
    assert "SECRET" not in "\n".join(lines(request, record, judge(record), 100)) + as_json(request, record, judge(record))


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://user:SECRET@example.com/there?key=SECRET#SECRET", "https://example.com/there?…"),
        ("/there?key=SECRET", "/there?…"),
        ("there", "there"),
        ("me:SECRET@example.com", "(no URL)"),
        ("http://user:SECRET/@example.com", "(no URL)"),
    ],
)
def test_a_redirect_that_repeats_a_secret_does_not_show_it(location: str, shown: str) -> None:
    with Server([head(f"location: {location}", f"Content-Location: {location}", status="HTTP/1.1 307 Moved")]) as server:
        request = Request(f"{server.url}?key=SECRET")
        record = probe(request, TIMEOUT)
    judgement = judge(record)
    assert judgement.summary == f"the server answered 307 Moved, and points to {shown}"
    assert "SECRET" not in "\n".join(lines(request, record, judgement, 100)) + as_json(request, record, judgement)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "no time"), (0.00042, "0.4 ms"), (0.0351, "35 ms"), (0.9999, "1.00 s"), (2.414, "2.41 s"), (1234.0, "1,234 s")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


# -- real answers


def events(number: int = LONG, pace: float = PACE, length: int = 40) -> Iterator[Step]:
    """Events as a server writes them."""
    for each in range(number):
        yield event(each, length)
        yield pace


def joined(steps: Iterator[Step]) -> list[Step]:
    """The same when all is held until the end."""
    each = list(steps)
    return [sum(step for step in each if isinstance(step, float)), b"".join(step for step in each if isinstance(step, bytes))]


def lumped(steps: Iterator[Step], block: int) -> Iterator[Step]:
    """The same behind a buffer."""
    held = b""
    for step in steps:
        if isinstance(step, float):
            yield step
            continue
        held += step
        while len(held) >= block:
            yield held[:block]
            held = held[block:]
    yield held


def compressed(steps: Iterator[Step], flush: int, bits: int = 31) -> Iterator[Step]:
    """The same behind a compressor."""
    compressor = zlib.compressobj(wbits=bits)
    for step in steps:
        yield step if isinstance(step, float) else compressor.compress(step) + compressor.flush(flush)
    yield compressor.flush()


def chunked(steps: Iterator[Step]) -> Iterator[Step]:
    """A chunk for each piece."""
    for step in steps:
        if isinstance(step, float):
            yield step
        elif step:
            yield chunk(step)
    yield chunk(b"")


def judged(steps: Sequence[Step], **request: Any) -> tuple[Trace, Judgement]:
    """What the probe makes of a server."""
    with Server(steps) as server:
        record = probe(Request(server.url, **request), TIMEOUT)
    return record, judge(record)


def test_a_server_that_streams() -> None:
    record, judgement = judged([head("Transfer-Encoding: chunked"), *chunked(events())])
    assert judgement.verdict is Verdict.STREAMING, judgement
    assert judgement.findings == ()
    assert sum(each.events for each in record.arrivals) == LONG
    assert sum(each.raw for each in record.arrivals) == sum(len(event(each)) for each in range(LONG))
    assert record.over
    assert record.problem is None
    assert [each.at for each in record.arrivals] == sorted(each.at for each in record.arrivals)


def test_a_server_without_chunks_that_streams() -> None:
    assert judged([head(), *events()])[1].verdict is Verdict.STREAMING
    assert judged([head(status="HTTP/1.0 200 OK"), *events()])[1].verdict is Verdict.STREAMING


def test_pieces_that_end_within_events() -> None:
    pieces = [b"data: 1", b"\n", b"\n", b": ping\r\n\r", b"\n", b"data: 2\r", b"\r", b"data: 3\n\n"]
    record = judged([head(), *[step for piece in pieces for step in (piece, 0.05)]])[0]
    assert [each.whole for each in record.arrivals] == [False, False, True, False, True, False, True, True]
    assert [each.events for each in record.arrivals] == [0, 0, 1, 0, 0, 0, 1, 1]
    assert record.connecting > 0
    assert record.over


def test_everything_at_the_end() -> None:
    """Whether the headers wait too or not."""
    for early in (True, False):
        start = head("Transfer-Encoding: chunked")
        silence, text = joined(events())
        assert isinstance(text, bytes)
        body = chunk(text) + chunk(b"")
        judgement = judged([start, silence, body] if early else [silence, start + body])[1]
        assert judgement.verdict is Verdict.BUFFERED, judgement
        assert kinds(judgement) == {"at-once", "joined-chunks"}


def test_a_length_that_was_known() -> None:
    silence, text = joined(events(pace=0.01))
    assert isinstance(text, bytes)
    judgement = judged([silence, head(f"Content-Length: {len(text)}"), text])[1]
    assert judgement.verdict is Verdict.BUFFERED
    assert "content-length" in kinds(judgement)


def test_big_lumps() -> None:
    judgement = judged([head("Transfer-Encoding: chunked"), *chunked(lumped(events(50, 0.04, length=400), 4096))])[1]
    assert judgement.verdict is Verdict.BUFFERED, judgement
    assert {"buffer-size", "cut-events", "joined-chunks"} <= kinds(judgement)
    [finding] = found(judgement, "buffer-size")
    assert "4,096" in finding.what


@pytest.mark.parametrize(("encoding", "bits"), [("gzip", 31), ("deflate", 15), ("deflate", -15)])
def test_a_compressor(encoding: str, bits: int) -> None:
    start = head(f"Content-Encoding: {encoding}", "Transfer-Encoding: chunked")
    record, judgement = judged([start, *chunked(compressed(events(), zlib.Z_SYNC_FLUSH, bits))])
    assert judgement.verdict is Verdict.STREAMING, judgement
    assert sum(each.events for each in record.arrivals) == LONG
    record, judgement = judged([start, *chunked(compressed(events(), zlib.Z_NO_FLUSH, bits))])
    assert judgement.verdict is Verdict.COMPRESSED, judgement
    assert sum(each.events for each in record.arrivals) == LONG
    assert "compressed" in kinds(judgement)


def test_no_event_stream_and_errors() -> None:
    body = b'{"choices":[]}'
    record, judgement = judged([head(f"Content-Length: {len(body)}", media="application/json"), body])
    assert judgement.verdict is Verdict.NO_EVENT_STREAM
    assert '"stream": true' in found(judgement, "content-type")[0].advice
    assert record.beginning == body
    record, judgement = judged([head(status="HTTP/1.1 401 Unauthorized", media="application/json"), b"x" * 10_000, 60.0])
    assert (judgement.verdict, judgement.summary) == (Verdict.FAILED, "the server answered 401 Unauthorized")
    assert len(record.beginning) == probing.BEGINNING
    assert (record.over, record.problem) == (False, None)  # no more of it was waited for
    record, judgement = judged([head("Location: /there", status="HTTP/1.1 307 Temporary Redirect")])
    assert judgement.summary == "the server answered 307 Temporary Redirect, and points to /there"


def test_a_stream_that_breaks_off_is_judged_by_what_came() -> None:
    record, judgement = judged([head("Transfer-Encoding: chunked"), *list(chunked(events()))[:-1]])
    assert judgement.verdict is Verdict.STREAMING
    assert not record.over
    assert found(judgement, "unfinished")[0].evidence.startswith("broke off: ")


def test_chunks_that_a_server_writes_fast_are_not_called_held_back() -> None:
    burst = [step for each in range(30) for step in (chunk(event(each)), 0.001)]
    judgement = judged([head("Transfer-Encoding: chunked"), chunk(event(0)), 1.5, *burst, chunk(b"")])[1]
    assert not judgement.verdict.held, judgement
    steps = [step for _ in range(5) for step in (0.4, *[chunk(event(each)) for each in range(6)])]
    judgement = judged([head("Transfer-Encoding: chunked"), *steps, chunk(b"")])[1]
    assert not judgement.verdict.held, judgement


def test_the_time_is_limited() -> None:
    with Server([head(), *events(5, 0.1), 3.0]) as server:
        record = probe(Request(server.url), 1.5)
        assert judge(record).verdict is Verdict.STREAMING
        assert (record.over, record.problem) == (False, "stopped after 1.5 s")
    with Server([3.0]) as server:
        record = probe(Request(server.url), 0.5)
        judgement = judge(record)
        assert judgement.verdict is Verdict.FAILED
        assert "no answer within" in judgement.summary
        assert "longer --timeout" in judgement.summary


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"http://127.0.0.1:{closed_port()}/", "Connection refused"),
        ("ftp://127.0.0.1/", "unsupported protocol"),
        ("http://127.0.0.1:99999/", "invalid"),
        ("http://127.0.0.1:-1/", "invalid"),
        ("localhost:8000/x", "http://"),
        (f"http://{'a' * 70}/", ""),
        ("127.0.0.1", "protocol"),
        ("http://[::1", "nvalid"),
        ("http://", ""),
        ("http://\x1b/", ""),
        ("", ""),
    ],
    ids=[
        "closed port",
        "ftp",
        "large port",
        "no port",
        "host and port",
        "long label",
        "no scheme",
        "half an address",
        "no host",
        "escape",
        "nothing",
    ],
)
def test_no_answer(url: str, reason: str) -> None:
    record = probe(Request(url), TIMEOUT)
    judgement = judge(record)
    assert judgement.verdict is Verdict.FAILED
    assert reason in judgement.summary
    assert hidden_in(judgement.summary) == []


def test_what_the_client_does_not_send_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """It lets out an error of the library below it, and a group of them."""
    with Server([head(), *events(3, 0.01)]) as server:
        judgement = judge(probe(Request(server.url, headers=[("Content-Length", "5")]), TIMEOUT))
    assert judgement.verdict is Verdict.FAILED
    assert "Too little data" in judgement.summary
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:99999")
    judgement = judge(probe(Request("http://127.0.0.1:1/"), TIMEOUT))
    assert judgement.verdict is Verdict.FAILED
    assert "port must be 0-65535" in judgement.summary


@pytest.mark.parametrize("answer", [b"", b"\0" * 100, b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"])
def test_what_is_no_http(answer: bytes) -> None:
    assert judged([answer])[1].verdict is Verdict.FAILED


def test_what_is_sent() -> None:
    with Server([head(media=None)]) as server:
        probe(Request(server.url), TIMEOUT)
        probe(Request(server.url, headers=[("accept", "x/y"), ("X-Two", "1"), ("X-Two", "2")], body=b'{"a":1}'), TIMEOUT)
        probe(Request(server.url, "PUT", [("Content-Type", "a/b")], b""), TIMEOUT)
    first, second, third = (each.decode() for each in server.requests)
    assert first.startswith("GET /stream HTTP/1.1\r\n")
    assert "\r\nAccept: text/event-stream" in first
    assert "\r\nAccept-Encoding: gzip, deflate\r\n" in first
    assert "\r\nUser-Agent: midstream/" in first
    assert second.startswith("POST /stream HTTP/1.1\r\n")
    assert second.endswith('\r\n\r\n{"a":1}')
    assert "\r\nContent-Type: application/json\r\n" in second
    assert second.lower().count("\r\naccept: ") == 1
    assert "\r\nX-Two: 1\r\nX-Two: 2\r\n" in second
    assert third.startswith("PUT ")
    assert third.lower().count("\r\ncontent-type: ") == 1


@pytest.mark.parametrize("length", [0, 1, probing.BLOCK - 1, probing.BLOCK, probing.BLOCK + 1, 5 * probing.BLOCK])
def test_all_of_a_compressed_piece_is_read(length: int) -> None:
    text = b"x" * length
    compressor = zlib.compressobj(wbits=31)
    piece = compressor.compress(text) + compressor.flush(zlib.Z_SYNC_FLUSH)
    for cut in range(len(piece)):
        reference = zlib.decompressobj(31).decompress(piece[:cut])
        assert b"".join(probing.Inflating(31).feed(piece[:cut])) == reference
    inflating = probing.Inflating(31)
    assert b"".join(inflating.feed(piece)) == text
    assert b"".join(inflating.feed(compressor.compress(text) + compressor.flush())) == text
    assert b"".join(inflating.feed(b"what is behind it")) == b""


# -- hostile answers


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "MOST_BYTES", 4 << 20)
    bomb = gzip.compress(b": comment\n" * (1 << 20))
    start = head("Content-Encoding: gzip")
    tracemalloc.start()
    try:
        record = judged([start, bomb])[0]
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    assert record.problem == "stopped, having seen enough"
    assert sum(each.size for each in record.arrivals) < 5 << 20


def test_what_does_not_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "MOST_ARRIVALS", 50)
    record = judged([head("Transfer-Encoding: chunked"), *[chunk(event(1))] * 10_000, 60.0])[0]
    assert len(record.arrivals) == 50
    monkeypatch.undo()
    monkeypatch.setattr(probing, "LARGEST_EVENT", 1 << 20)
    record, judgement = judged([head(), event(1), b"data: " + b"x" * (3 << 20), 60.0])
    assert record.problem == "stopped at an event of more than 1 MiB"
    assert judgement.verdict is Verdict.TOO_FEW


def test_what_only_claims_to_be_compressed() -> None:
    record, judgement = judged([head("Content-Encoding: gzip"), *events(3, 0.01)])
    assert judgement.verdict is Verdict.TOO_FEW
    assert record.problem is not None
    assert "can't be decompressed" in record.problem
    record, judgement = judged([head("Content-Encoding: br"), *events(3, 0.01)])
    assert judgement.verdict is Verdict.TOO_FEW
    assert "unreadable-encoding" in kinds(judgement)


# -- the command


def test_the_command_says_what_it_found_and_why() -> None:
    silence, text = joined(events())
    assert isinstance(text, bytes)
    steps = [silence, head("Server: nginx/1.25.3", "Transfer-Encoding: chunked"), chunk(text), chunk(b"")]
    with Server(steps) as server:
        result = run("probe", server.url, NO_PROXY="*")
    assert (result.returncode, result.stderr) == (1, b"")
    printed = result.stdout.decode()
    assert printed.startswith("held back (buffered): all 12 events came at once, after 1.")
    assert f"\nGET {server.url}\n  200 OK, HTTP/1.1, text/event-stream, chunked\n  12 events, " in printed
    assert ".....#|\n" in printed
    assert "\n* nginx is on the way.\n    Server: nginx/1.25.3\n  > In nginx: proxy_buffering off" in printed
    assert max(map(len, printed.splitlines())) <= 100


def test_the_command_posts_a_body_and_prints_json(tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_bytes(b'{"stream":true}')
    with Server([head("X-Word: \x9b31m"), *events(5, 0.1)]) as server:
        for name, given in ((str(path), None), ("-", path.read_bytes())):
            result = run("probe", server.url, "--data", name, "--header", "X-Key: k", "--json", stdin=given, NO_PROXY="*")
            assert (result.returncode, result.stderr) == (0, b"")
            report = json.loads(result.stdout)
            assert result.stdout.isascii()
            assert report["verdict"] == "streaming"
            assert report["events"] == 5
            assert report["request"] == {"method": "POST", "url": server.url}
            assert report["response"]["status"] == 200
            assert sum(each["events"] for each in report["arrivals"]) == 5
            assert report["times"]["first_event"] <= report["times"]["last_event"] <= report["times"]["end"]
    for request in server.requests:
        assert request.startswith(b"POST /stream ")
        assert b"\r\nX-Key: k\r\n" in request
        assert request.endswith(b'\r\n\r\n{"stream":true}')


@pytest.mark.parametrize(
    "arguments",
    [
        ["probe"],
        ["probe", "http://127.0.0.1:1/", "--timeout", "0"],
        ["probe", "http://127.0.0.1:1/", "--timeout", "nan"],
        ["probe", "http://127.0.0.1:1/", "--header", "no colon"],
        ["probe", "http://127.0.0.1:1/", "--method", "GE T"],
        ["probe", "http://127.0.0.1:1/", "--data", "/no/such/file"],
    ],
)
def test_wrong_use(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (2, b"")
    assert b"midstream" in result.stderr
    assert b"Traceback" not in result.stderr


@pytest.mark.skipif(os.name != "posix", reason="a shell as on POSIX")
def test_standard_input_is_closed() -> None:
    command = ["sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, "probe", "http://127.0.0.1:1/", "--data", "-"]
    result = subprocess.run(command, capture_output=True, env=environment(), timeout=DEADLINE, check=False)
    assert (result.returncode, result.stderr) == (2, b"midstream: -: Bad file descriptor\n")


def test_a_failure_is_a_report_too() -> None:
    for more in ((), ("--json",), ("--header", "Content-Length: 5")):
        result = run("probe", f"http://127.0.0.1:{closed_port()}/", *more, NO_PROXY="*")
        assert (result.returncode, result.stderr) == (2, b"")
        assert b"Connection refused" in result.stdout


def test_help_tells_the_limits_and_the_exit_status() -> None:
    text = " ".join(run("probe", "--help").stdout.decode().split())
    assert "exit status: 0 it streams 1 it is held back 2 " in text
    assert "these two look the same" in text
