"""The command: play a recorded stream, watch one arrive, or repair broken JSON."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn, TextIO

from . import __version__

if TYPE_CHECKING:
    from .live.play import View

__all__ = ["main"]

EPILOG = """\
exit status:
  0    the document is complete (demo: all of them)
  1    it is malformed, or over a limit
  2    it is truncated: the input ended first; or the command was used wrongly, or a file can't be read
  130  interrupted with Ctrl-C
repair has others: see midstream repair --help

In a terminal the value grows on the screen; this needs rich, of the extra midstream[cli]. Without one, or with
--plain, a line is printed for each value that is complete. Control characters in the text are never printed as they
are: visible substitutes stand for them.
"""

DEMO = """\
Plays streams that were recorded from model providers, fragment by fragment, and shows the value after each: complete
values are marked with a check, the ones still being read with a dot.

The recordings have no timing. They are played at 2 to 80 fragments a second, the long one at 500, unless --speed says
otherwise. Plain lines are printed without waiting.
"""

WATCH = """\
Shows the JSON text in FILE, or on standard input, while it arrives. It ends with the document, with the end of the
input, at the first error, or with Ctrl-C. A file that does not hold a whole document yet is followed while it grows.
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
    _prepare_output()
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


def _run(options: argparse.Namespace) -> int:
    _end_on_terminate()
    commands = {"demo": _demo, "watch": _watch, "repair": _repair}
    return commands[options.command](options)


def _demo(options: argparse.Namespace) -> int:
    from .live import play, recorded

    if options.list:
        for line in play.listing():
            print(line)
        return 0
    if options.name is not None and options.name not in recorded.NAMES:
        return _usage(f"there is no recording called {options.name!r}; see --list")
    names = recorded.SEQUENCE if options.name is None else (options.name,)
    return play.demo(_view(options.plain), [recorded.load(name) for name in names], options.speed)


def _watch(options: argparse.Namespace) -> int:
    from .live import play
    from .live.sources import SourceError

    try:
        if options.file == "-":
            # What is typed would be drawn over.
            return play.watch(_view(options.plain or os.isatty(0)), 0, "standard input", options.multiple)
        with open(options.file, "rb", buffering=0) as file:
            view = _view(options.plain or file.isatty())
            return play.watch(view, file.fileno(), options.file, options.multiple, follow=not options.no_follow)
    except BrokenPipeError:
        raise
    except (OSError, SourceError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        return _usage(f"{options.file}: {reason or error}")


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


def _prepare_output() -> None:
    """What the encoding of the output lacks is escaped."""
    for out in (sys.stdout, sys.stderr):
        if isinstance(out, TextIOWrapper):
            out.reconfigure(errors="backslashreplace")


def _end_on_terminate() -> None:
    """SIGTERM unwinds like an exception, so that the terminal is left as it was."""

    def end(number: int, _: object) -> NoReturn:
        raise SystemExit(128 + number)

    try:
        signal.signal(signal.SIGTERM, end)
    except ValueError:  # not in the main thread
        pass
