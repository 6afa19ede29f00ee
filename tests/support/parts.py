"""Parts from outside that some tests want: SDKs of providers, browsers, servers.

A test that lacks one is skipped and says which; where MIDSTREAM_REQUIRE_PARTS is set, it fails.
"""

from __future__ import annotations

import os

import pytest

REQUIRED = bool(os.environ.get("MIDSTREAM_REQUIRE_PARTS"))


def require(part: str, present: object, how: str) -> None:
    """Skips the test, or the module at whose top it is called, unless the part is present. how: to get it."""
    if present:
        return
    missing = f"{part} is missing: {how}"
    if REQUIRED:
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing, allow_module_level=True)
