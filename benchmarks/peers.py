"""One adapter for each library: what it does at the start, at each fragment and at the end.

The three are lines of Python that are put into the same loop (`LOOP`), so that no library pays for a wrapper
and what is checked is, but for a `yield`, what is timed. After each fragment `value` holds the value so far.
"""

from __future__ import annotations

import dataclasses
import functools
import platform
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Literal

LOOP = """
{imports}
def run(fragments):
    {start}
    for fragment in fragments:
        {step}
    {end}
    return value
"""

# The same loop with its value looked at after each fragment, and after the end.
WATCHED_LOOP = """
{imports}
def run(fragments):
    {start}
    for fragment in fragments:
        {step}
        yield value
    {end}
    yield value
"""

# Some of the fragments alone. Before each the reader is brought to its place, unseen by the clock.
SAMPLED_LOOP = """
{imports}
def run(places, clock):
    {start}
    for before, fragment in places:
        {reach}
        begun = clock()
        {step}
        yield clock() - begun, value
"""

WHOLE = """
{imports}
def run(data):
    {whole}
    return value
"""


@dataclass(frozen=True)
class Peer:
    """A library and one way to use it. A step of "" means that it can't do that.

    takes: what its input is, so that the fragments can be made before the clock starts.
    reparses: each step reads `buffer` from its first byte, so a step can be timed without those before.
    skim: the step without its costly reading of the value, for the fragments between those that are timed.
    slow: too slow for any but the shortest documents; a sample of its fragments is timed.
    shows_nothing: a floor, not a parser: `value` is there at the end only.
    floats_only: every number is a float; compared as such.
    of: the library's name, where `name` says more.
    """

    name: str
    distribution: str
    imports: str
    start: str = "value = None"
    step: str = ""
    end: str = "pass"
    whole: str = ""
    takes: Literal["str", "bytes"] = "str"
    reparses: bool = False
    skim: str = ""
    slow: bool = False
    shows_nothing: bool = False
    floats_only: bool = False
    of: str = ""

    @property
    def project(self) -> str:
        return self.of or self.name

    def version(self) -> str:
        if not self.distribution:
            return platform.python_version()
        try:
            return metadata.version(self.distribution)
        except metadata.PackageNotFoundError:  # imported from a source folder
            return "of this checkout"

    def data(self, text: str) -> str | bytes:
        return text.encode() if self.takes == "bytes" else text

    def loop(self) -> Callable[..., Any]:
        return self._made(LOOP)

    def watched_loop(self) -> Callable[..., Iterator[Any]]:
        return self._made(WATCHED_LOOP)

    def sampled_loop(self) -> Callable[..., Iterator[tuple[int, Any]]]:
        reach = "buffer = before" if self.reparses else f"for fragment_before in before: {self.skim}"
        return self._made(SAMPLED_LOOP, reach=reach)

    def whole_loop(self) -> Callable[..., Any]:
        if self.whole:
            return self._made(WHOLE)
        once = self._made(LOOP)
        return lambda data: once((data,))

    def _made(self, template: str, reach: str = "") -> Callable[..., Any]:
        return _compiled(self, template, reach)


@functools.cache
def _compiled(peer: Peer, template: str, reach: str) -> Callable[..., Any]:
    parts = {
        name: textwrap.indent(text, depth).lstrip()
        for name, text, depth in (
            ("imports", peer.imports, ""),
            ("start", peer.start, " " * 4),
            ("step", peer.step, " " * 8),
            ("reach", reach, " " * 8),
            ("end", peer.end, " " * 4),
            ("whole", peer.whole, " " * 4),
        )
    }
    names: dict[str, Any] = {}
    exec(template.format(**parts), names)
    made: Callable[..., Any] = names["run"]
    return made


MIDSTREAM = Peer(
    name="midstream",
    distribution="midstream",
    imports="from midstream import Parser",
    start="parser = Parser()\nfeed = parser.feed",
    step="feed(fragment)\nvalue = parser.value",
    end="value = parser.close()",
    whole="parser = Parser()\nparser.feed(data)\nvalue = parser.close()",
)
MIDSTREAM_SNAPSHOTS = Peer(
    name="midstream",
    distribution="midstream",
    imports="from midstream import Parser",
    start="parser = Parser()\nfeed = parser.feed\nsnapshot = parser.snapshot",
    step="feed(fragment)\nvalue = snapshot()",
    end="parser.close()\nvalue = snapshot()",
)

# In one piece it takes the bytes that jiter, orjson and msgspec take.
MIDSTREAM_WHOLE = dataclasses.replace(MIDSTREAM, takes="bytes")

# bytes: the quickest of str, bytes and bytearray (which from_json does not take).
JITER = Peer(
    name="jiter",
    distribution="jiter",
    imports="from jiter import from_json",
    start='buffer = b""',
    step='buffer += fragment\nvalue = from_json(buffer, partial_mode="trailing-strings")',
    whole="value = from_json(data)",
    takes="bytes",
    reparses=True,
)

# With the native part installed, StreamingJsonParser() is its Rust class itself.
STREAMING = Peer(
    name="streaming-json-parser",
    distribution="streaming-json-parser-native",
    imports="import streaming_json_parser_native\nfrom streaming_json_parser import StreamingJsonParser",
    start="parser = StreamingJsonParser()\nfeed = parser.feed",
    step="value = feed(fragment).value",
    end="value = parser.finish().value",
    whole="parser = StreamingJsonParser()\nparser.feed(data)\nvalue = parser.finish().value",
)
STREAMING_COPIES = Peer(
    name="streaming-json-parser",
    distribution="streaming-json-parser-native",
    imports="import streaming_json_parser_native\nfrom streaming_json_parser import StreamingJsonParser",
    start="parser = StreamingJsonParser()\nfeed = parser.feed",
    step="value = feed(fragment, True).value",
    end="value = parser.finish(True).value",
    skim="feed(fragment_before)",
)

# Its parse() awaits fragments; here each await is answered by the `send` of the step.
JSONRIVER = Peer(
    name="jsonriver",
    distribution="jsonriver",
    imports="""
from jsonriver import parse
class Source:
    def __aiter__(self): return self
    async def __anext__(self):
        fragment = await self
        if fragment is None: raise StopAsyncIteration
        return fragment
    def __await__(self): return (yield)
async def read(latest):
    async for latest[0] in parse(Source()): pass
""",
    start="latest = [None]\nreading = read(latest)\nfeed = reading.send\nfeed(None)",
    step="feed(fragment)\nvalue = latest[0]",
    end="try: feed(None)\nexcept StopIteration: value = latest[0]",
    floats_only=True,
)

JSONMEND = Peer(
    name="jsonmend",
    distribution="jsonmend",
    imports="from jsonmend import Mender, mend",
    start="mender = Mender()\nfeed = mender.feed",
    step="value = feed(fragment)",
    end="value = mender.close()",
    whole="value = mend(data)",
)

PARTIAL_JSON_PARSER = Peer(
    name="partial-json-parser",
    distribution="partial-json-parser",
    imports="from partial_json_parser import loads",
    start='buffer = ""',
    step="buffer += fragment\nvalue = loads(buffer)",
    whole="value = loads(data)",
    reparses=True,
    slow=True,
)

JSON_REPAIR = Peer(
    name="json_repair",
    distribution="json_repair",
    imports="from json_repair import loads",
    start='buffer = ""',
    step="buffer += fragment\nvalue = loads(buffer, skip_json_loads=True, stream_stable=True)",
    whole="value = loads(data, skip_json_loads=True)",
    reparses=True,
    slow=True,
)

# Its events build the value: strings are there when they have ended.
IJSON = Peer(
    name="ijson (yajl2_c)",
    distribution="ijson",
    imports="""
from io import BytesIO
from ijson.backends import yajl2_c
from ijson.common import ObjectBuilder
from ijson.utils import coroutine
@coroutine
def build(take):
    while True:
        take(*(yield))
""",
    start="""\
builder = ObjectBuilder()
reading = yajl2_c.basic_parse_coro(build(builder.event), use_float=True)
feed = reading.send""",
    step="feed(fragment)\nvalue = builder.value",
    end="reading.close()\nvalue = builder.value",
    whole='value = next(yajl2_c.items(BytesIO(data), "", use_float=True))',
    takes="bytes",
)

ORJSON = Peer(
    name="orjson",
    distribution="orjson",
    imports="from orjson import loads",
    whole="value = loads(data)",
    takes="bytes",
)
MSGSPEC = Peer(
    name="msgspec",
    distribution="msgspec",
    imports="from msgspec.json import decode",
    whole="value = decode(data)",
    takes="bytes",
)
JSON = Peer(name="json", distribution="", imports="from json import loads", whole="value = loads(data)")

# What it costs to show nothing until the end.
FLOOR = Peer(
    name="floor",
    distribution="orjson",
    imports="from io import StringIO\nfrom orjson import loads",
    start="text = StringIO()\nwrite = text.write\nvalue = None",
    step="write(fragment)",
    end="value = loads(text.getvalue())",
    shows_nothing=True,
)

LIVE = (
    MIDSTREAM,
    JITER,
    STREAMING,
    JSONRIVER,
    JSONMEND,
    IJSON,
    PARTIAL_JSON_PARSER,
    JSON_REPAIR,
    FLOOR,
)
SNAPSHOTS = (MIDSTREAM_SNAPSHOTS, JITER, STREAMING_COPIES)
WHOLES = (MIDSTREAM_WHOLE, JITER, ORJSON, MSGSPEC, JSON, STREAMING, IJSON, JSONMEND, JSONRIVER, PARTIAL_JSON_PARSER)
