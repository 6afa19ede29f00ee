"""Packages from npm: receivers of patches in JavaScript, and suites of cases. tests/js/package.json says which.

They are where MIDSTREAM_NODE_PACKAGES says, and then one that is missing is a failure; else in build/js, where `make test`
puts them if there is an npm.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

NAMED = os.environ.get("MIDSTREAM_NODE_PACKAGES")
PACKAGES = Path(NAMED or Path(__file__).parents[2] / "build" / "js")
NODE = shutil.which("node")


def folder(package: str) -> Path:
    """Where a package is, if it is there."""
    return PACKAGES / "node_modules" / package


def wanted(package: str) -> bool:
    """Is it there, or must it be?"""
    return bool(NAMED) or folder(package).is_dir()


def require(package: str) -> Path:
    """The folder of a package; the test is skipped, or fails, where it is missing."""
    if not folder(package).is_dir():
        missing = f"the npm package {package} is not in {PACKAGES}: see tests/js"
        if NAMED:
            pytest.fail(missing)
        pytest.skip(missing)
    return folder(package)
