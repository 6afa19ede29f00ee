"""The bundled test data, and where present a larger directory of the same layout, as plain records.

Everything bundled comes first. Of the larger directory only what is not bundled is added, so that nothing is tested
twice.
"""

from __future__ import annotations

import base64
import functools
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BUNDLED = Path(__file__).resolve().parent.parent / "data"
_BESIDE = BUNDLED.parent.parent / "../shared/data"


@dataclass(frozen=True)
class Case:
    """One row of a table of conformance cases."""

    name: str
    data: bytes
    verdict: str  # accept, reject or either


@dataclass(frozen=True)
class DocRow:
    """One document of a recorded stream, as the deltas that brought it (what the opening event held comes first)."""

    id: str
    stream: str
    provider: str
    wire: str
    kind: str
    tool: str | None
    status: str
    closed: bool
    deltas: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(self.deltas)


@dataclass(frozen=True)
class Recording:
    """One recorded stream; `name` is provider/file without its ending."""

    name: str
    path: Path

    def events(self) -> list[tuple[str | None, str]]:
        """(event name, payload) of each stream event."""
        rows = map(json.loads, self.path.read_text(encoding="utf-8").splitlines())
        return [(row["event"], row["data"]) for row in rows]


@dataclass(frozen=True)
class Document:
    """One text written by a model."""

    id: str
    kind: str
    tool: str | None
    text: str
    source: str


def larger() -> Path | None:
    """The larger data directory, if there is one."""
    named = os.environ.get("MIDSTREAM_DATA")
    if named:
        path = Path(named).resolve()
        if not path.is_dir():
            raise FileNotFoundError(f"MIDSTREAM_DATA names no directory: {named}")
        return path
    return _BESIDE.resolve() if _BESIDE.is_dir() else None


def roots() -> tuple[Path, ...]:
    """The data directories, bundled first."""
    more = larger()
    return (BUNDLED,) if more is None or more == BUNDLED else (BUNDLED, more)


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    # not splitlines(): a text may hold U+2028 and its like unescaped
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


@functools.cache
def json_test_suite() -> dict[str, bytes]:
    """The files of JSONTestSuite's test_parsing: name without ending -> content."""
    found: dict[str, bytes] = {}
    for root in roots():
        for path in sorted((root / "conformance/JSONTestSuite/test_parsing").glob("*.json")):
            found.setdefault(path.name.removesuffix(".json"), path.read_bytes())
    return found


@functools.cache
def cases(table: str) -> tuple[Case, ...]:
    """The single-input cases of one table ("json_checker", "jsontestsuite") that state a verdict."""
    found: dict[tuple[str, bytes], Case] = {}
    for root in roots():
        for row in _rows(root / f"conformance/cases/{table}.jsonl"):
            if "input_b64" in row:
                data = base64.b64decode(row["input_b64"])
            elif "input_file" in row:
                file = root / row["input_file"]
                data = (file if file.is_file() else root / "conformance" / row["input_file"]).read_bytes()
            else:
                data = row["input"].encode("utf-8")
            case = Case(row["note"].split(";")[0], data, row["expected_verdict"])
            found.setdefault((case.name, case.data), case)
    return tuple(found.values())


@functools.cache
def doc_rows() -> tuple[DocRow, ...]:
    """Every row of recordings/docs.jsonl."""
    found: dict[str, DocRow] = {}
    for root in roots():
        for row in _rows(root / "recordings/docs.jsonl"):
            found.setdefault(
                row["id"],
                DocRow(
                    id=row["id"],
                    stream=row["stream"],
                    provider=row["provider"],
                    wire=row["wire"],
                    kind=row["kind"],
                    tool=row["tool"],
                    status=row["status"],
                    closed=row["closed"],
                    deltas=(*([row["initial"]] if row["initial"] else []), *row["deltas"]),
                ),
            )
    return tuple(found.values())


@functools.cache
def recordings() -> tuple[Recording, ...]:
    """Every recorded stream."""
    found: dict[str, Recording] = {}
    for root in roots():
        for path in sorted((root / "recordings").glob("*/*.jsonl")):
            name = f"{path.parent.name}/{path.name.removesuffix('.jsonl')}"
            found.setdefault(name, Recording(name, path))
    return tuple(found.values())


@functools.cache
def delta_sizes() -> dict[str, list[list[int]]]:
    """provider|wire|kind -> sequences of delta lengths in characters."""
    sizes: dict[str, list[list[int]]] = json.loads((BUNDLED / "recordings/delta-sizes.json").read_text("utf-8"))
    return sizes


def _documents(pattern: str) -> tuple[Document, ...]:
    found: dict[str, Document] = {}
    for root in roots():
        for path in sorted((root / "llm-json").glob(pattern)):
            for row in _rows(path):
                doc = Document(row["id"], row["kind"], row.get("tool"), row["text"], row["source"])
                found.setdefault(f"{path.name}:{doc.id}", doc)
    return tuple(found.values())


@functools.cache
def llm_documents() -> tuple[Document, ...]:
    """Tool-call arguments and structured answers that json.loads accepts."""
    return _documents("*.jsonl")


@functools.cache
def malformed_documents() -> tuple[Document, ...]:
    """Texts of models that json.loads rejects."""
    return _documents("malformed/*.jsonl")


@functools.cache
def corpora() -> dict[str, Path]:
    """Whole large documents: not bundled, so empty without the larger directory."""
    more = larger()
    return {} if more is None else {path.stem: path for path in sorted((more / "corpora").glob("*.json"))}
