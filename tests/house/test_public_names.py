"""The public names: exactly the documented ones, each with its documentation."""

from __future__ import annotations

import inspect
import re
from enum import Enum
from importlib import metadata

import pytest

import midstream

NAMES = {
    "MISSING",
    "ErrorKind",
    "JSONStreamError",
    "LimitExceeded",
    "MalformedJSON",
    "Missing",
    "Parser",
    "Repair",
    "Repaired",
    "Status",
    "TruncatedJSON",
    "documents",
    "loads",
    "snapshots",
}
OF_PARSER = {"close", "feed", "is_complete", "offset", "path", "repairs", "snapshot", "status", "value"}


def test_all_is_the_documented_list() -> None:
    assert set(midstream.__all__) == NAMES
    assert len(midstream.__all__) == len(set(midstream.__all__))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_name_is_there(name: str) -> None:
    assert hasattr(midstream, name)
    assert name in dir(midstream)


def test_nothing_else_looks_public() -> None:
    things = {name: thing for name, thing in vars(midstream).items() if not name.startswith("_")}
    public = {name for name, thing in things.items() if not inspect.ismodule(thing)}
    assert public == NAMES


@pytest.mark.parametrize("name", sorted(NAMES - {"MISSING"}))
def test_name_is_documented(name: str) -> None:
    thing = getattr(midstream, name)
    text = inspect.getdoc(thing)
    assert text
    assert text.strip() != (inspect.getdoc(Enum) or "").strip()
    if inspect.isclass(thing):
        assert thing.__doc__, f"{name} has only the documentation it inherits"


def test_parser_has_the_documented_members() -> None:
    public = {name for name in dir(midstream.Parser) if not name.startswith("_")}
    assert public == OF_PARSER


@pytest.mark.parametrize("name", sorted(OF_PARSER))
def test_member_of_parser_is_documented(name: str) -> None:
    member = inspect.getattr_static(midstream.Parser, name)
    assert inspect.getdoc(member), f"Parser.{name} has no docstring"


@pytest.mark.parametrize("name", ["Parser", "documents", "loads", "snapshots"])
def test_name_says_where_it_comes_from(name: str) -> None:
    assert getattr(midstream, name).__module__.split(".")[0] == "midstream"


def test_version_is_a_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", midstream.__version__)


def test_version_is_that_of_the_distribution() -> None:
    try:
        version = metadata.version("midstream")
    except metadata.PackageNotFoundError:
        pytest.skip("midstream is on the path, but not installed")
    assert version == midstream.__version__
