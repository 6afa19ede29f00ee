"""Text measured in the cells of a terminal. Needs rich."""

from __future__ import annotations

from rich.cells import cell_len

from .text import visible

__all__ = ["cells", "fit", "fold", "wrap"]

WIDENS = "\ufe0f"  # the selector for the emoji form may make the character before it two cells wide


def cells(text: str) -> int:
    """The most cells that `text` may take."""
    if text.isascii():
        return len(text)
    return sum(map(_cell, text))


def _cell(character: str) -> int:
    return 1 if character == WIDENS else cell_len(character)


def fit(text: str, width: int, head: int) -> str:
    """`text`, made visible, in at most `width` cells: about `head` of them from its start, an ellipsis, its end.

    The cost depends on `width` alone.
    """
    if len(text) > 2 * width:
        # More than `width` cells, unless most of it has no width: which is cut all the same.
        start, end = visible(text[:width]), visible(text[-width:])
    else:
        start = end = visible(text)
        if cells(start) <= width:
            return start
    left = _first(start, min(head, width - 1))
    return f"{left}…{_last(end, width - 1 - cells(left))}"


def _first(text: str, width: int) -> str:
    used = 0
    for index, character in enumerate(text):
        used += _cell(character)
        if used > width:
            return text[: max(index - 1, 0)] if character == WIDENS else text[:index]
    return text


def _last(text: str, width: int) -> str:
    used, start = 0, len(text)
    for index in range(len(text) - 1, -1, -1):
        wide = _cell(text[index])
        used += wide
        if used > width:
            break
        if wide and text[index] != WIDENS:  # never begin with a mark that combines
            start = index
    return text[start:]


def fold(text: str, width: int, height: int) -> tuple[list[str], bool]:
    """The end of `text` in lines of at most `width` cells, at most `height` of them; and is that all of it?

    Only the characters that can be on those lines are looked at. Where lines are folded does not change while the text
    grows, so that nothing jumps.
    """
    start = max(0, len(text) - width * height)
    if start:
        newline = text.find("\n", start, start + 2 * width)
        start = newline + 1 if newline >= 0 else start - start % width
        start += text.startswith(WIDENS, start)
    lines: list[str] = []
    for line in text[start:].split("\n"):
        lines += _chop(visible(line.replace("\t", "    ")), width)
    return lines[-height:], start == 0 and len(lines) <= height


def _chop(line: str, width: int) -> list[str]:
    if line.isascii():
        return [line[index : index + width] for index in range(0, len(line), width)] or [""]
    lines: list[str] = []
    while line:
        first = _first(line, width) or line[: 2 if line[1:2] == WIDENS else 1]
        lines.append(first)
        line = line[len(first) :]
    return lines


def wrap(text: str, width: int, height: int) -> list[str]:
    """`text`, made visible, in at most `height` lines of at most `width` cells that end between words.

    Where that is too few, the middle of the last line is left out.
    """
    lines: list[str] = []
    line = ""
    for word in visible(text[: 2 * width * height]).split(" "):
        if line and cells(line) + 1 + cells(word) <= width:
            line += " " + word
            continue
        if line:
            lines.append(line)
        *full, line = _chop(word, width)
        lines += full
    lines.append(line)
    if len(lines) > height:
        lines[height - 1 :] = [fit(" ".join(lines[height - 1 :]), width, width - 1)]
    return lines
