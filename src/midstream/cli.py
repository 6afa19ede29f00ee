"""The command: play a recorded stream, watch one arrive, or repair broken JSON."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from io import TextIOWrapper
from shutil import get_terminal_size
from typing import TYPE_CHECKING, NoReturn, TextIO

from . import __version__
from .providers import WIRES

if TYPE_CHECKING:
    from .live.play import View

__all__ = ["main"]

EPILOG = """\
exit status:
  0    the document is complete (demo: all of them; watch --wire: all calls)
  1    it is malformed, or over a limit
  2    it is truncated: the input ended first; or the command was used wrongly, or a file can't be read
  130  interrupted with Ctrl-C
repair, serve and probe have others: see midstream COMMAND --help

In a terminal the value grows on the screen; this needs rich, of the extra midstream[cli]. Without one, or with
--plain, a line is printed for each value that is complete. Control characters in the text are never printed as they
are: visible substitutes stand for them.
"""

DEMO = """\
Plays streams that were recorded from model providers, fragment by fragment, and shows the value after each: complete
values are marked with a check, the ones still being read with a dot. The last of them is a whole response, in which two tool
calls are written; there are more of these in the list.

The recordings have no timing. They are played at 2 to 80 fragments a second, the long one at 500, unless --speed says
otherwise. Plain lines are printed without waiting.
"""

WATCH = """\
Shows the JSON text in FILE, or on standard input, while it arrives. It ends with the document, with the end of the
input, at the first error, or with Ctrl-C. A file that does not hold a whole document yet is followed while it grows.

With --wire it is the streamed response of a model provider (text/event-stream), and what is shown are its tool calls:
  curl -N https://api.anthropic.com/v1/messages … | midstream watch --wire anthropic
A file may also be a recording of one: a JSON object a line, {"event": name or null, "data": payload}.
"""

SERVE = """\
Shows provider streams in a browser while they arrive: a page at the address that is printed. It replays recordings, those that
come with the package or the one in FILE, or it sends a request to an endpoint, each time somebody presses Start:
  midstream serve --wire anthropic --url https://api.anthropic.com/v1/messages --header "x-api-key: $KEY" --header \
    "anthropic-version: 2023-06-01" --body request.json
What headers and the URL hold is shown nowhere. This needs the extra midstream[web].
"""

SERVE_EPILOG = """\
exit status:
  2    the command was used wrongly, a file can't be read, or the address can't be had
  130  interrupted with Ctrl-C
"""

PROBE = """\
Sends one request to URL and says whether the events of its answer arrive as they are written, or something on the way, such as a
proxy or a compressor, holds them back; with what that was concluded from, and what to change. For the endpoint of a model:
  midstream probe https://api.openai.com/v1/chat/completions --header "Authorization: Bearer $KEY" --data request.json

Events carry no time of their own, so all that can be seen is how they arrive. Many at one instant, after a silence, were held
back, or the server wrote them all at the end: these two look the same, and a probe of the server itself tells which it is. Few
events, or events that come very fast, tell nothing. The answer should take some seconds and have dozens of events. The probe
speaks HTTP/1.1, and what a CDN does with HTTP/2 or for a browser may differ.
"""

PROBE_EPILOG = """\
exit status:
  0    it streams
  1    it is held back
  2    that can't be told, there is no event stream or no answer, or the command was used wrongly
  130  interrupted with Ctrl-C

Needs httpx, of the extra midstream[web]. Proxies in the environment (HTTPS_PROXY and so on) are used. Redirects are not followed.
What --header and the query of the URL hold is not printed, unless the answer repeats it elsewhere than in Location.
"""

REPAIR = """\
Repairs the JSON text in FILE, or on standard input: text and code fences around it, quotes, commas, colons and brackets that
are wrong, missing or too many, bare words, comments, Python literals, and more. The JSON is printed when the input has
ended; what was repaired goes to standard error, a line for each repair with its place (line:column), kind and JSONPath.
"""

REPAIR_EPILOG = """\
exit status:
  0    the text is JSON, and nothing was repaired
  1    it was repaired
  2    the command was used wrongly, or a file can't be read
  3    it was truncated, and what is there of it was repaired
  4    it is beyond repair, or over a limit: nothing is printed on standard output
  130  interrupted with Ctrl-C

NaN and Infinity become null, which is said on standard error. Where the encoding of the output may lack letters, and in a
terminal for control characters, escapes are printed.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = _parser().parse_args(arguments)
    if not _prepare_output():
        return _usage("standard output is closed")
    try:
        status = _run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Nobody reads on.
        _discard(sys.stdout, sys.stderr)
        return 128 + 13
    except OSError as error:
        _discard(sys.stdout)
        return _usage(f"the output can't be written: {error.strerror or error}")
    return status


def _parser() -> argparse.ArgumentParser:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="midstream", description="Parse JSON while it arrives.", epilog=EPILOG, formatter_class=layout
    )
    parser.add_argument("--version", action="version", version=f"midstream {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="play recorded streams", description=DEMO, epilog=EPILOG, formatter_class=layout)
    demo.add_argument("name", nargs="?", metavar="NAME", help="play this recording only (see --list)")
    demo.add_argument("--list", action="store_true", help="list the recordings and where they come from")
    demo.add_argument("--speed", type=_positive, default=1.0, metavar="X", help="play X times as fast")
    demo.set_defaults(command="demo")

    watch = commands.add_parser(
        "watch",
        help="show JSON text while it arrives",
        description=WATCH,
        epilog=EPILOG,
        formatter_class=layout,
    )
    watch.add_argument("file", nargs="?", default="-", metavar="FILE", help="- for standard input (the default)")
    watch.add_argument("--multiple", action="store_true", help="documents in a row, or one a line")
    watch.add_argument("--no-follow", action="store_true", help="the end of FILE is the end of the input")
    watch.add_argument("--wire", choices=WIRES, metavar="WIRE", help=f"a provider's stream: {', '.join(WIRES)}")
    watch.add_argument("--text", action="store_true", help="with --wire: answers that are JSON too")
    watch.add_argument("--repair", action="store_true", help="with --wire: repair the arguments")
    watch.add_argument("--speed", type=_positive, metavar="X", help="with --wire: play a recording X times as fast")
    watch.set_defaults(command="watch")

    repair = commands.add_parser(
        "repair",
        help="repair broken JSON",
        description=REPAIR,
        epilog=REPAIR_EPILOG,
        formatter_class=layout,
    )
    repair.add_argument("file", nargs="?", default="-", metavar="FILE", help="- for standard input (the default)")
    repair.add_argument("--indent", type=_not_negative, metavar="N", help="members on lines of their own, N spaces deeper")
    repair.add_argument("--quiet", action="store_true", help="say nothing on standard error, but for errors")
    repair.set_defaults(command="repair")

    serve = commands.add_parser(
        "serve",
        help="show provider streams in a browser",
        description=SERVE,
        epilog=SERVE_EPILOG,
        formatter_class=layout,
    )
    serve.add_argument("file", nargs="?", metavar="FILE", help="a recording, or a captured text/event-stream, to replay")
    serve.add_argument("--wire", choices=WIRES, metavar="WIRE", help=f"of FILE or the endpoint: {', '.join(WIRES)}")
    serve.add_argument("--url", metavar="URL", help="an endpoint to send --body to")
    serve.add_argument("--header", action="append", default=[], type=_header, metavar="'NAME: VALUE'", help="of the request")
    serve.add_argument("--body", metavar="FILE", help="the body of the request, which must ask for a stream")
    serve.add_argument("--text", action="store_true", help="show answers that are JSON too")
    serve.add_argument("--host", default="127.0.0.1", metavar="HOST", help="to listen at (127.0.0.1)")
    serve.add_argument("--port", type=_port, default=8765, metavar="PORT", help="to listen at (8765), 0 for a free one")
    serve.set_defaults(command="serve")

    probe = commands.add_parser(
        "probe",
        help="say whether something on the way holds a stream back",
        description=PROBE,
        epilog=PROBE_EPILOG,
        formatter_class=layout,
    )
    probe.add_argument("url", metavar="URL", help="an endpoint that answers with text/event-stream")
    probe.add_argument("--header", action="append", default=[], type=_header, metavar="'NAME: VALUE'", help="of the request")
    probe.add_argument("--data", "--body", metavar="FILE", help="the body of the request, - for standard input; makes it a POST")
    probe.add_argument("--method", type=_method, metavar="METHOD", help="another one than GET, or POST with --data")
    probe.add_argument("--timeout", type=_positive, default=30.0, metavar="S", help="stop after S seconds (30)")
    probe.add_argument("--json", action="store_true", help="print everything that was measured as JSON")
    probe.set_defaults(command="probe")

    for command in (demo, watch):
        command.add_argument("--plain", action="store_true", help="plain lines, in a terminal too")
    return parser


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("it must be a number above 0")
    return number


def _not_negative(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise argparse.ArgumentTypeError("it must be a number from 0 to 999")
    return int(text)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    name, value = name.strip(), value.strip()
    # what is given may be secret, so it is not repeated
    if not (colon and name and name.isascii() and value.isascii() and value.isprintable() and " " not in name):
        raise argparse.ArgumentTypeError("a header must be NAME: VALUE, in ASCII")
    return name, value


def _method(text: str) -> str:
    if not (text.isascii() and text.isalpha()):
        raise argparse.ArgumentTypeError("it must be the name of a method")
    return text.upper()


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 65536):
        raise argparse.ArgumentTypeError("it must be a number from 0 to 65535")
    return int(text)


def _run(options: argparse.Namespace) -> int:
    _end_on_terminate()
    commands = {"demo": _demo, "watch": _watch, "repair": _repair, "serve": _serve, "probe": _probe}
    return commands[options.command](options)


def _demo(options: argparse.Namespace) -> int:
    from .live import play, recorded, replay

    if options.list:
        for line in play.listing():
            print(line)
        return 0
    names = (*recorded.SEQUENCE, "stocks") if options.name is None else (options.name,)
    if unknown := set(names).difference(recorded.NAMES, replay.NAMES):
        return _usage(f"there is no recording called {unknown.pop()!r}; see --list")
    recordings = [replay.load(name) if name in replay.NAMES else recorded.load(name) for name in names]
    return play.demo(_view(options.plain), recordings, options.speed)


def _watch(options: argparse.Namespace) -> int:
    from .live.replay import NotAStream
    from .live.sources import SourceError

    if options.wire and options.multiple:
        return _usage("--multiple is for JSON text, not for --wire")
    if not options.wire and (options.text or options.repair or options.speed):
        return _usage("--text, --repair and --speed need --wire")
    try:
        if options.file == "-":
            # What is typed would be drawn over.
            return _watch_descriptor(options, 0, "standard input", options.plain or os.isatty(0))
        with open(options.file, "rb", buffering=0) as file:
            return _watch_descriptor(options, file.fileno(), options.file, options.plain or file.isatty())
    except BrokenPipeError:
        raise
    except (OSError, SourceError, NotAStream) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        status = _usage(f"{options.file}: {reason or error}")
        return 130 if isinstance(error.__context__, KeyboardInterrupt) else status


def _watch_descriptor(options: argparse.Namespace, descriptor: int, name: str, plain: bool) -> int:
    from .live import play, sources

    follow = options.file != "-" and not options.no_follow
    if not options.wire:
        return play.watch(_view(plain), descriptor, name, options.multiple, follow=follow)
    if options.speed and not sources.is_regular(descriptor):
        return _usage(f"{options.file}: --speed is for a file, not for what arrives")
    return play.watch_calls(
        _view(plain),
        descriptor,
        name,
        options.wire,
        repair=options.repair,
        text=options.text,
        speed=options.speed,
        follow=follow,
    )


def _repair(options: argparse.Namespace) -> int:
    from .live import mend

    try:
        if options.file == "-":
            mended = mend.read(0)
        else:
            with open(options.file, "rb", buffering=0) as file:
                mended = mend.read(file.fileno())
    except OSError as error:
        return _usage(f"{options.file}: {error.strerror or error}")
    return mended.write(sys.stdout, sys.stderr, indent=options.indent, quiet=options.quiet)


def _serve(options: argparse.Namespace) -> int:
    if missing := [name for name in ("starlette", "uvicorn", "sse_starlette", "httpx") if find_spec(name) is None]:
        return _usage(f"{' and '.join(missing)} can't be found: pip install 'midstream[web]'")
    if options.url and (options.file or not options.wire or not options.body):
        return _usage("--url needs --wire and --body, and takes no FILE")
    if not options.url and (options.header or options.body):
        return _usage("--header and --body need --url")
    if options.wire and not options.url and not options.file:
        return _usage("--wire is for FILE or --url")
    from .live import replay
    from .live.web import serve, sources

    own: list[sources.Replay | sources.Endpoint] = []
    name = options.file or options.body
    try:
        if options.url:
            with open(options.body, "rb") as file:
                own = [sources.Endpoint(options.wire, options.url, options.header, file.read())]
        elif options.file:
            stream = replay.read(options.file, options.wire or "")
            if stream.wire not in WIRES:
                return _usage(f"{options.file}: it does not say which --wire it is of")
            own = [sources.Replay(stream)]
    except (OSError, replay.NotAStream) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        return _usage(f"{name}: {reason or error}")
    except ValueError as error:
        return _usage(str(error))
    recorded = [sources.Replay(replay.load(one)) for one in replay.NAMES]
    try:
        serve.serve([*own, *recorded], options.host, options.port, text=options.text)
    except OSError as error:
        return _usage(f"{options.host}:{options.port}: {error.strerror or error}")
    return 0


def _probe(options: argparse.Namespace) -> int:
    if find_spec("httpx") is None:
        return _usage("httpx can't be found: pip install 'midstream[web]'")
    from .live import probe, probe_judge, probe_report

    body = None
    try:
        if options.data is not None:
            with open(0 if options.data == "-" else options.data, "rb", closefd=options.data != "-") as file:
                body = file.read()
    except OSError as error:
        return _usage(f"{options.data}: {error.strerror or error}")
    request = probe.Request(options.url, options.method, options.header, body)
    trace = probe.probe(request, options.timeout)
    judgement = probe_judge.judge(trace)
    if options.json:
        print(probe_report.as_json(request, trace, judgement))
    else:
        for line in probe_report.lines(request, trace, judgement, min(get_terminal_size((100, 24)).columns, 100)):
            print(line)
    return judgement.verdict.status


def _view(plain: bool) -> View:
    """The screen if there is one and rich can draw on it, plain lines otherwise."""
    from .live.plain import Lines

    out = sys.stdout
    drawable = out.isatty() and os.environ.get("TERM") != "dumb" and out.encoding.lower().startswith("utf")
    if plain or not drawable:
        return Lines(out)
    if find_spec("rich") is None:
        print("midstream: plain lines, since rich is missing: pip install 'midstream[cli]'", file=sys.stderr)
        return Lines(out)
    from .live.terminal import Screen

    return Screen()


def _usage(message: str) -> int:
    from .live.text import visible

    print(f"midstream: {visible(message)}", file=sys.stderr)
    return 2


def _discard(*outs: TextIO) -> None:
    """What is buffered must not be written at exit, where it would fail again."""
    for out in outs:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())


def _prepare_output() -> bool:
    """What the encoding of the output lacks is escaped. Is there an output?"""
    if sys.stderr is None:  # closed: what goes there would else go to standard output
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    for out in (sys.stdout, sys.stderr):
        if isinstance(out, TextIOWrapper):
            out.reconfigure(errors="backslashreplace")
    return sys.stdout is not None


def _end_on_terminate() -> None:
    """SIGTERM unwinds like an exception, so that the terminal is left as it was."""

    def end(number: int, _: object) -> NoReturn:
        raise SystemExit(128 + number)

    try:
        signal.signal(signal.SIGTERM, end)
    except ValueError:  # not in the main thread
        pass
