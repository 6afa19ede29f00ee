"""Strategies: text that was meant to be JSON, written sloppily in every way that is mended, and tokens in any order.

A writer takes each decision from a tape of bytes. A zero, and every byte after the end of the tape, decides for what is neat
and small, so a failing text shrinks to the few places that matter.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

import midstream
from tests.support import strategies

T = TypeVar("T")

ALL_KINDS = tuple(midstream.Repair)

# A character U+DC80..U+DCFF stands for one byte 80..FF that is no part of a character, as with "surrogateescape".
INVALID = [
    "\udcff", "\udcc3", "\udce2\udc82", "\udcf0\udc9f\udc98", "\udced\udca0\udcbd", "\udced\udcb8\udc80", "\udcc0\udc80",
    "\udc80",
]  # fmt: skip
DOUBLE, SINGLE = ('"', '"'), ("'", "'")
QUOTES = [
    DOUBLE, SINGLE, SINGLE, ("“", "”"), ("‘", "’"), ("`", "`"), ("”", "”"), ("“", '"'), ("'", '"'), ('"', "'"), ("´", "´"),
    ("«", "»"),
]  # fmt: skip
WORDS = [
    "hello", "two words", "C:\\temp", "12 apples", "it's", "a-b", "x(1, 2)", "f[0]", "http://e.org/a?b=c", "yes, no", "é😀",
    "tru", "nul", "trueish", "None of it", "1st", "1,000", "2024-01-02", "12:30", "$x", "a=b", "#tag", "-", "--", "/", "a\\",
    "<b>", "@",
    "%", "*", "~",
]  # fmt: skip
NAMES = ["a", "b", "key", "a_b", "a-b", "$c", "é", "1", "a.b", "true", "None", "two words"]
ODD_KEYS = [*NAMES, "'a'", "“a”", '"a', 'a"', '"a:', '"a>', "`a`", '"a\nb"', '"a"b"', '\\"a\\"', "1.5", "[1]", '"\\d"']
KEYS = ["a", "b", "c", "key", "", "a b", "é", "😀", "k1", "k2", "k3", "x:y", "x,y"]
PLAIN = [
    "", "x", "text", "two words", "é€😀", ": ", ", ", "{", "}", "[", "]", "(", ")", "//", "/*", "#", "```", "...", "+", "'", "’",
    "`", "a, b", '\\"', "\\n", "\\\\", "\\u00e9", "\\ud83d\\ude00", "\\ud83d", "\\ude00", "12", "true", "1,", "}, {",
]  # fmt: skip
ODD_TEXT = [
    "\n", "\t", "\r\n", "\0", '"', '"x"', '" ', '", ', '": ', '"}', '"]', "\\d", "\\'", "\\x41", "\\x4", "\\\n", "\\u12",
    "\\u{41}", '""', '", "', '","b":', '" "', "\n}", "\n]", "\\", '\\"', "```\n", "\\ud83d\\", '{"k": "v"}',
    '["v", "w"]', ' "quoted" ',
]  # fmt: skip
LITERALS = ["True", "False", "None", "TRUE", "Null", "undefined", "NaN", "Infinity", "-Infinity", "nan", "nil", "+Infinity"]
NUMBERS = [
    "+1", ".5", "-.5", "1.", "0x1F", "01", "1_000", "1e", "2e+", "-", "--1", "1.2.3", "1-2", "0x", "1/2", "5%", "1,000", "-01",
    "1e5x",
]  # fmt: skip
COMMENTS = [
    "// note\n", "/* note */", "# note\n", "/**/", "//\n", "/* a * b / c */", '/* "x": [1, */', '// "x": {\n', "/* open",
    "// open", "/",
]  # fmt: skip
COMMAS = ["", ",,", ";", " ", "\n", ", ,", ", // c\n", ";;", ",\n,", " and ", "|"]
COLONS = ["", "::", "=", "=>", ">", " ", ": :", ":=", "->", "\n", ": ,"]
SPACES = ["\u00a0", "\u2028", "\u3000", "\ufeff", "\x0b", "\x0c", "\u200b", "\x85", "\u2009"]
ELLIPSES = ["...", "…", "....", "..", "... ,"]
BEFORE = [
    "Here is the JSON:\n", "```json\n", "```\n", "Sure! ", "\ufeff", "result = ", "data: ", "callback(", "Use [this] or {that}: ",
    "json\n", "~~~\n", "``` json5\r\n", "The answer (see below) is:\n\n", "- ", "> ", "[1] ", "// note\n", '"', "(", "{", "[",
    "<json>", "“", "1. ",
]  # fmt: skip
AFTER = [
    "\n```", "\n```\n", "\nHope that helps!", ");", ";", " // end", "\n", "}", "]", ",", '"', "\n\nSee [1] and {x}.", "</json>",
    "```json\n{}\n```",
]  # fmt: skip
BETWEEN = ["\n", " ", "", ", ", "\n---\n", "```\nand\n```json\n", ";"]


class Tape:
    """Decisions, each of one byte."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else 0

    @property
    def over(self) -> bool:
        return self._at >= len(self._data)

    def below(self, limit: int) -> int:
        return self.byte() % limit

    def one(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]


class Writer:
    """Writes one document after another. rate: of 256 tokens, about so many are written sloppily."""

    def __init__(self, tape: Tape, rate: int) -> None:
        self.tape = tape
        self.rate = rate

    def sloppy(self) -> bool:
        return self.tape.byte() >= 256 - self.rate

    def space(self) -> str:
        if self.sloppy():
            return self.tape.one([*COMMENTS, *SPACES, "   \n\n\t  ", "\udcff"])
        return self.tape.one(["", "", "", " ", "\n"])

    def comma(self) -> str:
        return self.space() + (self.tape.one(COMMAS) if self.sloppy() else ",") + self.space()

    def string(self) -> str:
        tape = self.tape
        body = "".join(tape.one(PLAIN) for _ in range(tape.below(3)))
        if self.sloppy():
            body += tape.one(ODD_TEXT) + "".join(tape.one(PLAIN) for _ in range(tape.below(3)))
        if self.sloppy():
            body += tape.one(INVALID) + tape.one(PLAIN)
        first, last = tape.one(QUOTES) if self.sloppy() else DOUBLE
        if first != '"':
            body = body.replace('\\"', '"')
        if self.sloppy():
            twice = first * 2, last * 2
            first, last = tape.one([(first, ""), ("", last), (first, last * 2), (first * 2, last), twice, ("", "")])
        text = first + body + last
        if self.sloppy():
            plus = tape.one([" + ", "+", "\n+ ", " ", " + + ", " +", "."])
            text += plus + tape.one(['"more"', "'more'", '"', "more", '"more" + "yet"'])
        return text

    def key(self) -> str:
        if self.sloppy():
            return self.tape.one(ODD_KEYS)
        return '"' + self.tape.one(KEYS) + '"'

    def atom(self) -> str:
        tape = self.tape
        what = tape.below(4)
        if what == 0:
            return self.tape.one(NUMBERS) if self.sloppy() else tape.one(["1", "0", "-12", "1.5", "2e5", "123456789012345678901"])
        if what == 1:
            return self.tape.one(LITERALS) if self.sloppy() else tape.one(["true", "false", "null"])
        if self.sloppy():
            return tape.one(WORDS)
        return self.string()

    def value(self, depth: int = 0) -> str:
        what = self.tape.below(8 if depth < 4 else 4)
        if what < 4:
            return self.atom()
        return self.container(depth, is_object=what % 2 == 0)

    def container(self, depth: int, is_object: bool) -> str:
        tape = self.tape
        opener, closer = ("{", "}") if is_object else ("[", "]")
        if self.sloppy():
            first = tape.one([opener, opener, opener, "(", "{", "", opener * 2, opener + ","])
            closer = tape.one([closer, "", ")", "]", "}", closer * 2, "," + closer, closer + ")", closer + "]", closer + "}"])
            opener, closer = first, {"(": ")"}.get(first, closer)
        parts = []
        for place in range(tape.below(6)):
            if tape.over:
                break
            if place:
                parts.append(self.comma())
            if self.sloppy():
                parts.append(tape.one(ELLIPSES) + self.comma())
            if is_object:
                parts.append(self.member(depth))
            else:
                parts.append(self.value(depth + 1))
        return opener + self.space() + "".join(parts) + self.space() + closer

    def member(self, depth: int) -> str:
        if self.sloppy():
            return self.tape.one([self.key() + ":", self.key(), self.value(depth + 1), ":" + self.value(depth + 1)])
        colon = self.tape.one(COLONS) if self.sloppy() else ":"
        return self.key() + self.space() + colon + self.space() + self.value(depth + 1)

    def document(self) -> str:
        tape = self.tape
        text = self.value() if tape.below(8) == 7 else self.container(0, is_object=tape.below(2) == 0)
        if self.sloppy():
            text = text.replace("\\", "\\\\").replace('"', '\\"')
            if tape.below(2):
                text = '"' + text + '"'
        if self.sloppy():
            text = tape.one(BEFORE) + text
        if self.sloppy():
            text += tape.one(AFTER)
        return text

    def stream(self) -> bytes:
        """A document, seldom several, seldom cut off."""
        text = self.document()
        while self.tape.byte() >= 240:
            text += self.tape.one(BETWEEN) + self.document()
        data = text.encode("utf-8", "surrogateescape")
        if self.tape.byte() >= 208:
            data = data[: self.tape.below(len(data) + 1)]
        return data


def written(seed: int | str) -> bytes:
    """One sloppy text, the same for the same seed."""
    rng = random.Random(seed)
    rate = rng.choice([6, 20, 60, 120])
    return Writer(Tape(rng.randbytes(rng.choice([30, 80, 200]))), rate).stream()


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """Documents by a sloppy writer, sometimes several, sometimes cut off."""
    rate = draw(st.sampled_from([20, 6, 60, 120]))
    return Writer(Tape(draw(st.binary(min_size=60, max_size=160))), rate).stream()


MARKS = r"""" ' ` “ ” ‘ ’ , : { } [ ] ( ) ; \ \" // /* */ ``` ```json + = => > # - . ... … é 😀 é"""
ENDS = r"""{" [" "} "] ", " ": ":" "," "a" "b": 'a' 'b': a: b= ); f( \\ \u \n \d \x41 \ud83d \ude00"""
BARE = r"""a key word true None NaN null 0 1 -1 1.5 0x1F 1e 01 _ ++ ! | & % @ ~ ^ ? < $ and the #x"""
BLANKS = [" ", " ", "\n", "\n", "\t", "\r", "\0", "\u00a0", "\ufeff", "\u2028", "\x0b", "  "]
TOKENS = [*MARKS.split(), *MARKS.split(), *ENDS.split(), *BARE.split(), *BLANKS, *INVALID]
SURROGATES = ["\ud83d", "\ude00", "\ud83d\ude00", "\udbff", "\udfff", "\U0001f600"]


def soup(max_size: int = 24) -> st.SearchStrategy[bytes]:
    """The tokens that matter, in any order."""
    tokens = st.lists(st.sampled_from(TOKENS), min_size=1, max_size=max_size)
    return tokens.map(lambda some: "".join(some).encode("utf-8", "surrogateescape"))


def soup_of_seed(seed: int | str) -> bytes:
    rng = random.Random(seed)
    begin = rng.choice(["", "{", "[", '{"a":', "["])
    return (begin + "".join(rng.choices(TOKENS, k=rng.randint(1, 24)))).encode("utf-8", "surrogateescape")


def surrogate_soup() -> st.SearchStrategy[str]:
    """str in which surrogates stand alone or in pairs, in texts, words and between tokens."""
    tokens = [token for token in TOKENS if token not in INVALID]
    some = st.lists(st.one_of(st.sampled_from(tokens), st.sampled_from(SURROGATES)), min_size=1, max_size=16)
    return st.tuples(st.sampled_from(["", '["', '{"a":"', "[", "{"]), some.map("".join)).map("".join)


def streams() -> st.SearchStrategy[bytes]:
    """Anything to feed a parser that repairs."""
    return st.one_of(texts(), texts(), texts(), soup(), soup(), strategies.damaged_texts(), strategies.streams())


def kinds() -> st.SearchStrategy[Any]:
    """What `repair` takes, but for None: "all" more often than not."""
    some = st.sets(st.sampled_from(ALL_KINDS))
    most = some.map(lambda left_out: set(ALL_KINDS) - left_out)
    return st.one_of(st.just("all"), st.just("all"), st.just("all"), some, most)


def options(**fixed: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Options of a Parser with repair; those in `fixed` as they are."""
    drawn = st.tuples(kinds(), st.one_of(st.just({}), strategies.options()))
    return drawn.map(lambda pair: {"repair": pair[0], **pair[1], **fixed})


# Short texts, of every kind of repair and of what is between two kinds.
HARD_TEXTS: dict[str, str | bytes] = {
    "fence": '```json\n{"a": [1, "b"]}\n```\nDone.',
    "prose": 'Here [it] is: {"a": 1} See {b}.',
    "quotes": "{'a': 'it's', “b”: ‘c’, `d`: `e\"`}",
    "over-escaped": '{\\"a\\": \\"x\\\\n\\", \\"b\\": [1]}',
    "bare": "{a: hello world, b_c: 12 apples, d: x(1, 2), e: [one, two three\nfour]}",
    "literals": "[True, None, undefined, -Infinity, TRUE, nul, trueish]",
    "comments": '{// a\n"a": /* b */ 1, # c\n "d": [2 /*e*/, // f\n 3]}',
    "commas": '{"a":1 "b":[1 2,,3,],, "c":"x" "d":{,},}',
    "colons": '{"a" 1, "b"=2, "c"=>3, "d"::4, "e">5}',
    "missing values": '{"a":,"b", "c":}',
    "control characters": '["a\nb\tc\0", "```\nd\n"]',
    "no text": b'd":' + b"\xa4" * 20 + b' "str", "h',
    "spaces": "one" + " " * 30 + "two",
    "inner quotes": '{"a":"he said "hi", and "bye"", "b":"x"y"z"}',
    "missing quotes": '{"a":"b,"c":"d","e:"f",g":"h","i>"j"}',
    "escapes": '["\\d \\x41 \\\' \\\n C:\\temp \\u12 \\ud83d\\x41"]',
    "closers": '{"a":[1,{"b":2],"c":[3,[4}, "d":5}]}',
    "typos": '[{"i":1,{"i":2}{"a":[1,2},"b":3}]',
    "cut off": '{"a":["b","c}]',
    "numbers": "[+1, .5, -.5, 1., 0x1F, 01, 1_000, 1e, 2e+]",
    "concatenation": '{"a": "b" + "c" + \'d\', "e": "f" "g"}',
    "parentheses": "(1, (\"a\"), {'b', 'c'}, (2,))",
    "ellipses": '[1, ..., 2, …, {"a":1, ...}]',
    "white space": '{\u00a0"a":\ufeff1,\u2028"b":[\u30002]}',
    "UTF-8": b'["a\xffb\xf0\x9f\x98", "\xed\xa0\xbd", \xf0\x9f\x98\x80]',
    "surrogates": '["\\ud83d\\ude00 \\ud83d" + "\\ude00"]',
    "call": 'callback({"a":1});',
    "documents": '{"a":1}{"b":[2]}\n3 "x" {c}',
    "atoms": "1\n2\nTrue",
    "root string": "'ab\"c'",
    "string of JSON": '{"a":"see {"k": "v"}, which","b":["[1, "two"]"]}',
}
HARD = {name: text if isinstance(text, bytes) else text.encode() for name, text in HARD_TEXTS.items()}
