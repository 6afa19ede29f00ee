"""Is what a library shows right? Its value after a fragment against the oracle's of the same prefix.

The oracle (tests/oracle) reads every prefix from its first byte, so on a large document it is asked for a
window: the text since the last place where everything before is settled, which is between two elements of the
root array, or between two characters of the one long string. What is settled was checked when the window
reached its end, and the whole is again at the end of the document.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.peers import Peer
from tests.oracle.partial import parse

WINDOW = 400
SMALL_ENOUGH = 8_000


def oracle(prefix: str, numbers: str) -> Any:
    return parse(prefix, numbers=numbers, max_depth=None).value


def same(one: Any, two: Any, floats_only: bool = False) -> bool:
    """Equal, with equal types and the same order of keys; without recursion, since documents can be deep."""
    pairs = [(one, two)]
    while pairs:
        a, b = pairs.pop()
        if floats_only and type(a) is float and type(b) is int:
            b = float(b)
        if type(a) is not type(b):
            return False
        if isinstance(a, dict):
            if len(a) != len(b) or any(one_key != other for one_key, other in zip(a, b, strict=True)):
                return False
            pairs += zip(a.values(), b.values(), strict=True)
        elif isinstance(a, list):
            if len(a) != len(b):
                return False
            pairs += zip(a, b, strict=True)
        elif a != b:
            return False
    return True


class Reference:
    """What is to be shown after each prefix of a document."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.final = json.loads(text)

    def agrees(self, end: int, value: Any, numbers: str, floats_only: bool) -> bool:
        """Is value what the first end characters show? numbers: "complete" or "partial", as the option."""
        return same(value, oracle(self.text[:end], numbers), floats_only)


class Elements(Reference):
    """A large array at the root. The window begins with the last element that has begun."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        decoder = json.JSONDecoder()
        self.starts = [1]
        for _ in self.final:
            _, end = decoder.raw_decode(text, self.starts[-1])
            self.starts.append(end + 2)
        self.starts.pop()

    def agrees(self, end: int, value: Any, numbers: str, floats_only: bool) -> bool:
        begun = max(bisect_right(self.starts, end) - 1, 0)
        window = oracle("[" + self.text[self.starts[begun] : end], numbers)
        settled = slice(max(begun - 1, 0), begun)
        return (
            isinstance(value, list)
            and len(value) == begun + len(window)
            and same(value[settled], self.final[settled], floats_only)
            and same(value[begun:], window, floats_only)
        )


class LongString(Reference):
    """An object whose last member is one long string. The window begins between two of its characters."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.key = list(self.final)[-1]
        introduction = json.dumps(self.key) + ': "'
        opened = text.rindex(introduction) + len(introduction)
        self.closing = text.rindex('"')
        self.starts = list(self._starts(opened))
        self.settled = [json.loads(f'"{text[opened:start]}"') for start in self.starts]

    def _starts(self, start: int) -> Iterator[int]:
        while start < self.closing:
            yield start
            start += WINDOW
            while "\\" in self.text[start - 6 : start]:  # it could be within an escape
                start += 1

    def agrees(self, end: int, value: Any, numbers: str, floats_only: bool) -> bool:
        window = bisect_right(self.starts, end) - 1
        if window < 0:
            return super().agrees(end, value, numbers, floats_only)
        expected = dict(self.final)
        if end <= self.closing:
            expected[self.key] = self.settled[window] + oracle(
                '"' + self.text[self.starts[window] : end], numbers
            )
        return same(value, expected, floats_only)


def reference(text: str) -> Reference:
    if len(text) <= SMALL_ENOUGH:
        return Reference(text)
    return Elements(text) if text.startswith("[") else LongString(text)


@dataclass
class Verdict:
    """How the values that a library showed compare with the reference's."""

    checked: int = 0
    different: int = 0
    first: str = ""  # where the first difference was
    final: bool = True  # is the value at the end the document's?


def judge(shown: Iterable[tuple[int | None, Any]], expected: Reference, peer: Peer) -> Verdict:
    """The verdict over values, each with the number of characters it was shown after; None: after the end.

    A peer may show a growing number or hold it back: it is right if it agrees with one of the two.
    """
    verdict = Verdict()
    accepted = ("complete",) if peer.name == "midstream" else ("complete", "partial")
    for end, value in shown:
        if end is None:
            verdict.final = same(value, expected.final, peer.floats_only)
            continue
        verdict.checked += 1
        if not any(expected.agrees(end, value, numbers, peer.floats_only) for numbers in accepted):
            verdict.different += 1
            verdict.first = verdict.first or f"after ...{expected.text[max(end - 40, 0) : end]!r}"
    return verdict
