"""What a probe found, as text for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from statistics import median
from textwrap import wrap

from .probe import Request, Trace
from .probe_facts import Facts
from .probe_judge import Judgement, Verdict, duration
from .text import count, ends, size, visible

__all__ = ["as_json", "lines"]

COLUMNS = 60  # of the strip that shows when events came
TITLES = {
    Verdict.STREAMING: "streaming",
    Verdict.BUFFERED: "held back (buffered)",
    Verdict.COMPRESSED: "held back (compressed)",
    Verdict.TOO_FEW: "undecided",
    Verdict.NO_EVENT_STREAM: "no event stream",
    Verdict.FAILED: "failed",
}


def lines(request: Request, trace: Trace, judgement: Judgement, width: int) -> Iterator[str]:
    """The report, in lines of at most `width` characters where words allow it. Nothing in it is as it came: see `visible`."""
    width = max(width, 40)
    yield from _wrapped(f"{TITLES[judgement.verdict]}: {judgement.summary}", width)
    yield ""
    yield from _wrapped(visible(f"{request.verb} {request.shown}"), width)
    if trace.status is None:
        return
    for line in _numbers(trace):
        yield from _wrapped(line, width, "  ")
    facts = Facts(trace)
    if facts.events:
        for line in _strip(trace, min(COLUMNS, width - 10)):
            yield from _wrapped(line, width, "  ")
    elif trace.beginning:
        text = trace.beginning.decode("utf-8", "replace")
        yield from _wrapped(f"the body begins: {ends(visible(text), 300, 299)}", width, "  ")
    for finding in judgement.findings:
        yield ""
        yield from _wrapped(finding.what, width, "* ", "  ")
        yield from _wrapped(finding.evidence, width, "    ")
        if finding.advice:
            yield from _wrapped(finding.advice, width, "  > ", "    ")


def _wrapped(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    indent = first if rest is None else rest
    return wrap(text, width, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False, break_long_words=True)


def _numbers(trace: Trace) -> Iterator[str]:
    facts = Facts(trace)
    media = trace.header("content-type") or "no type"
    how = [f"{trace.status} {trace.phrase}".strip(), trace.version, media]
    if "chunked" in (trace.header("transfer-encoding") or "").lower():
        how.append("chunked")
    if facts.compressed:
        how.append(facts.encoding)
    yield ends(visible(", ".join(how)), 200, 199)
    if trace.arrivals:
        raw, text = sum(each.raw for each in trace.arrivals), sum(each.size for each in trace.arrivals)
        volume = f"{size(text)} in {size(raw)} compressed" if facts.compressed else size(raw)
        arrivals = "piece" if "chunked" not in how else "chunk"
        yield f"{count(facts.events, 'event')}, {volume}, {count(len(trace.arrivals), arrivals)}"
    times = [("headers", trace.headers_at)]
    if trace.arrivals:
        times.append(("first byte", trace.arrivals[0].at))
    if facts.events:
        times += [("first event", facts.first), ("last event", facts.last)]
    times.append(("end" if trace.over else "stopped", trace.ended))
    yield "times: " + ", ".join(f"{name} {duration(at)}" for name, at in times if at is not None)
    if len(facts.gaps) > 1:
        yield f"between arrivals of events: {duration(median(facts.gaps))} (median), {duration(max(facts.gaps))} (longest)"


def _strip(trace: Trace, columns: int) -> Iterator[str]:
    """A line whose columns are spans of time, each with the number of events that came in it."""
    span = max(trace.ended, 1e-6)
    counts = [0] * columns
    for each in trace.arrivals:
        counts[min(int(each.at / span * columns), columns - 1)] += each.events
    cells = ("." if not number else str(number) if number < 10 else "#" for number in counts)
    yield f"|{''.join(cells)}|"
    yield f"events in each {duration(span / columns)} after the request (# is 10 or more)"


def as_json(request: Request, trace: Trace, judgement: Judgement) -> str:
    """The same and every arrival, as a JSON object in ASCII. Times are in seconds after the request was sent."""
    facts = Facts(trace)
    report = {
        "verdict": judgement.verdict.value,
        "summary": judgement.summary,
        "request": {"method": request.verb, "url": request.shown},
        "response": {
            "status": trace.status,
            "version": trace.version,
            "headers": trace.headers,
            "finished": trace.over,
            "problem": trace.problem,
        },
        "times": {
            "connecting": trace.connecting,
            "headers": trace.headers_at,
            "first_byte": trace.arrivals[0].at if trace.arrivals else None,
            "first_event": facts.first if facts.events else None,
            "last_event": facts.last if facts.events else None,
            "end": trace.ended,
        },
        "events": facts.events,
        "findings": [asdict(each) for each in judgement.findings],
        "arrivals": [
            {"at": each.at, "bytes": each.raw, "text_bytes": each.size, "events": each.events} for each in trace.arrivals
        ],
    }
    return json.dumps(report, indent=2)
