"""What the parser mends in its input, and the record it leaves."""

from __future__ import annotations

from enum import Enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Repair", "Repaired"]


class Repair(Enum):
    """Kinds of repair, for `Parser(repair=...)` and in `Parser.repairs`."""

    CODE_FENCE = "code-fence"
    """A fence of Markdown (three backticks, perhaps a language) before, after or around the JSON is skipped."""

    PROSE = "prose"
    """Text before the first ``{`` or ``[`` that can begin JSON is skipped, and so is whatever follows the end of the root."""

    QUOTE = "quote"
    """Strings and keys in single quotes, typographic ones or backticks are read, and those of a document that was escaped as a
    whole (``\\"``)."""

    BARE_KEY = "bare-key"
    """A key without quotes."""

    BARE_WORD = "bare-word"
    """A value without quotes that is no number or literal is a string."""

    LITERAL = "literal"
    """``True False None undefined NaN Infinity -Infinity`` of Python and JavaScript, and those of JSON in other letter case."""

    COMMENT = "comment"
    """``// …`` and ``# …`` to the end of the line, and ``/* … */``, are skipped."""

    COMMA = "comma"
    """A comma is put in where it is missing, left out where it leads, trails or is doubled; ``;`` is read as one."""

    COLON = "colon"
    """A colon is put in where it is missing, left out where it is doubled; ``=``, ``=>`` and ``>`` are read as one."""

    MISSING_VALUE = "missing-value"
    """A key without a value has null."""

    CONTROL_CHARACTER = "control-character"
    """A raw control character in a string, such as a line end, stands for itself."""

    UNESCAPED_QUOTE = "unescaped-quote"
    """A quote inside a string that can't be the end of it is part of it."""

    MISSING_QUOTE = "missing-quote"
    """The quote is put in that should open or close a string, or one is left out that has no partner."""

    ESCAPE = "escape"
    """An escape that JSON does not have: before a quote or a line end the backslash is left out, ``\\x41`` is the character,
    and elsewhere the backslash stands for itself (``\\d``, ``C:\\Users``)."""

    CLOSER = "closer"
    """A bracket is put in that should close a container, read as the right one, or left out where there is one too many."""

    NUMBER = "number"
    """``+1 .5 -.5 1. 0x1F 01 1_000 1e`` are numbers."""

    CONCATENATION = "concatenation"
    """``"a" + "b"`` is one string."""

    PARENTHESES = "parentheses"
    """Tuples ``(1, 2)`` and sets ``{'a', 'b'}`` of Python are arrays; parentheses around one value are left out."""

    ELLIPSIS = "ellipsis"
    """``...`` in the place of elements or members is left out."""

    WHITE_SPACE = "white-space"
    """White space of Unicode between tokens, which JSON does not allow, such as a no-break space or a byte order mark."""

    UTF8 = "utf-8"
    """Bytes that are no UTF-8 become U+FFFD, one for each longest beginning of a character, as the Unicode Standard has it."""

    TRUNCATION = "truncation"
    """The end of input closes what is open. `Parser.close` returns what there is; none of what was open counts as complete."""

    LONE_SURROGATE = "lone-surrogate"
    """A ``\\u`` escape named half of a surrogate pair and the other half never came: U+FFFD stands in its place. Always done:
    RFC 8259 (section 8.2) allows such an escape, and a str that holds one fails in every later encode."""


class Repaired:
    """One repair that was made. Immutable, comparable, hashable.

    kind: `Repair`. offset: where the mended text begins, or where something was put in, in UTF-8 bytes of the input. path: of
    the value mended, or of the container between whose tokens it was, as a tuple of keys and indexes.
    """

    __slots__ = ("_kind", "_node", "_offset", "_path")
    __match_args__ = ("kind", "offset", "path")

    _kind: Repair
    _offset: int
    _path: tuple[str | int, ...] | None
    # the path as a chain of (chain before, key or index), which repairs share; used where there is no _path
    _node: Any

    def __init__(self, kind: Repair, offset: int, path: tuple[str | int, ...]) -> None:
        self._kind = kind
        self._offset = offset
        self._path = path
        self._node = None

    @classmethod
    def _along(cls, kind: Repair, offset: int, node: Any) -> Repaired:
        """One whose path is given as a chain: None for the root, else (chain before, key or index)."""
        record = cls(kind, offset, ())
        record._path = None
        record._node = node
        return record

    @property
    def kind(self) -> Repair:
        """What kind of repair."""
        return self._kind

    @property
    def offset(self) -> int:
        """UTF-8 bytes of the input before the text that was mended."""
        return self._offset

    @property
    def path(self) -> tuple[str | int, ...]:
        """Where the value stands that was mended, or the container that was. Cost: the depth."""
        if self._path is not None:
            return self._path
        steps: list[str | int] = []
        node = self._node
        while node is not None:
            node, step = node
            steps.append(step)
        return tuple(reversed(steps))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Repaired):
            return NotImplemented
        return (self.kind, self.offset, self.path) == (other.kind, other.offset, other.path)

    def __hash__(self) -> int:
        return hash((self.kind, self.offset, self.path))

    def __repr__(self) -> str:
        return f"Repaired({self.kind}, offset={self.offset}, path={self.path!r})"

    def __reduce__(self) -> tuple[type[Repaired], tuple[Any, ...]]:
        return Repaired, (self.kind, self.offset, self.path)
