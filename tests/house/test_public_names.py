"""The public names: exactly the documented ones, each with its documentation."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
from enum import Enum
from importlib import metadata

import pytest

import midstream

NAMES = {
    "MISSING",
    "Completed",
    "Dispatcher",
    "ErrorKind",
    "Event",
    "HandlerError",
    "JSONStreamError",
    "LimitExceeded",
    "MalformedJSON",
    "Missing",
    "Opened",
    "Parser",
    "Repair",
    "Repaired",
    "Status",
    "Text",
    "TruncatedJSON",
    "documents",
    "events",
    "ijson_events",
    "items",
    "loads",
    "patches",
    "snapshots",
    "text",
}
NO_CLASSES = {"MISSING", "Event"}  # a value, and a union: they are documented where they stand
MEMBERS = {
    "Parser": {"close", "feed", "is_complete", "offset", "patch", "path", "repairs", "snapshot", "status", "value"},
    "Dispatcher": {"afeed", "feed", "on", "on_text", "parser", "run"},
    "Opened": {"kind", "path"},
    "Text": {"path", "text"},
    "Completed": {"path", "span", "value"},
}


def test_all_is_the_documented_list() -> None:
    assert set(midstream.__all__) == NAMES
    assert len(midstream.__all__) == len(set(midstream.__all__))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_name_is_there(name: str) -> None:
    assert hasattr(midstream, name)
    assert name in dir(midstream)


def test_nothing_else_looks_public() -> None:
    things = {name: thing for name, thing in vars(midstream).items() if not name.startswith("_")}
    public = {name for name, thing in things.items() if not inspect.ismodule(thing)} - {"TYPE_CHECKING"}
    assert public == NAMES


@pytest.mark.parametrize("name", sorted(NAMES - NO_CLASSES))
def test_name_is_documented(name: str) -> None:
    thing = getattr(midstream, name)
    text = inspect.getdoc(thing)
    assert text
    assert text.strip() != (inspect.getdoc(Enum) or "").strip()
    if inspect.isclass(thing):
        assert thing.__doc__, f"{name} has only the documentation it inherits"


@pytest.mark.parametrize("name", MEMBERS)
def test_class_has_the_documented_members(name: str) -> None:
    public = {member for member in dir(getattr(midstream, name)) if not member.startswith("_")}
    assert public == MEMBERS[name]


@pytest.mark.parametrize(("name", "member"), [(name, member) for name in MEMBERS for member in sorted(MEMBERS[name])])
def test_member_is_documented(name: str, member: str) -> None:
    """By itself, or for the plain fields of an event in the text about the class."""
    owner = getattr(midstream, name)
    found = inspect.getdoc(inspect.getattr_static(owner, member)) or re.search(rf"\b{member}:", owner.__doc__)
    assert found, f"nothing is said about {name}.{member}"


HELPERS = {"documents", "events", "ijson_events", "items", "patches", "snapshots", "text"}
CLASSES = {"Completed", "Dispatcher", "HandlerError", "Opened", "Parser", "Text"}


@pytest.mark.parametrize("name", sorted({"loads"} | HELPERS | CLASSES))
def test_name_says_where_it_comes_from(name: str) -> None:
    assert getattr(midstream, name).__module__.split(".")[0] == "midstream"


def test_names_of_helpers_are_not_those_of_modules() -> None:
    """But for `patches`, which holds what the module of its name does: importing a module later would take its place."""
    modules = {info.name for info in pkgutil.iter_modules(midstream.__path__)}
    assert modules & NAMES == {"patches"}
    for name in sorted(modules - {"__main__"}):
        importlib.import_module(f"midstream.{name}")
    assert callable(midstream.patches)
    assert midstream.patches.apply is sys.modules["midstream.patches"].apply


def test_version_is_a_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", midstream.__version__)


def test_version_is_that_of_the_distribution() -> None:
    try:
        version = metadata.version("midstream")
    except metadata.PackageNotFoundError:
        pytest.skip("midstream is on the path, but not installed")
    assert version == midstream.__version__
