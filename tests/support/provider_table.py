"""A table of the recorded streams by provider, as Markdown: python -m tests.support.provider_table

Each recording of the five wires goes through ToolCalls as text/event-stream in one-event chunks; a response that breaks off
is closed. Calls are counted by verdict. Text answers are not counted.
"""

from __future__ import annotations

import collections
import dataclasses

from midstream.toolcalls import ToolCalls, Verdict
from tests.support import streams

HEAD = ("provider", "wires", "streams", "events", "calls", *(verdict.value for verdict in Verdict))


@dataclasses.dataclass
class Row:
    """What one provider's recordings hold."""

    wires: set[str] = dataclasses.field(default_factory=set)
    recordings: set[str] = dataclasses.field(default_factory=set)
    events: int = 0
    verdicts: collections.Counter[Verdict] = dataclasses.field(default_factory=collections.Counter)

    def add(self, response: streams.Response) -> None:
        self.wires.add(response.wire)
        self.recordings.add(response.recording)
        self.events += len(response.events)
        calls = ToolCalls(response.wire)
        for event in response.events:
            calls.feed_sse(streams.frame(event))
        calls.close()
        self.verdicts.update(call.verdict for call in calls.calls if call.verdict is not None)

    def cells(self, name: str) -> list[str]:
        counts = [self.verdicts[verdict] for verdict in Verdict]
        numbers = [len(self.recordings), self.events, sum(counts), *counts]
        return [name, ", ".join(sorted(self.wires)), *(f"{number:,}" for number in numbers)]


def rows() -> dict[str, Row]:
    """Provider -> its row, by name."""
    found: dict[str, Row] = collections.defaultdict(Row)
    for response in streams.responses():
        found[response.provider].add(response)
    return dict(sorted(found.items()))


def table() -> str:
    """Markdown, with a last row that adds up the others."""
    found = rows()
    total = Row()
    for row in found.values():
        total.recordings |= row.recordings
        total.events += row.events
        total.verdicts += row.verdicts
    lines = [HEAD, ["---"] * 2 + ["---:"] * (len(HEAD) - 2)]
    lines += [row.cells(name) for name, row in found.items()]
    lines.append(total.cells("all"))
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


if __name__ == "__main__":
    print(table())
