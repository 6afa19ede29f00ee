"""P16: when memory runs out, at any allocation, the parser says so; it neither crashes nor leaks."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.leaks.no_memory import ACTIONS

CHECKOUT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.skipif(
    sys.version_info < (3, 11),
    reason="CPython 3.10 ends the process itself where it can't allocate a line of a traceback",
)
@pytest.mark.skipif(
    importlib.util.find_spec("_testcapi") is None,
    reason="this Python comes without _testcapi, which makes allocations fail",
)
@pytest.mark.parametrize("action", ACTIONS)
def test_every_allocation_fails_in_turn(action: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-m", "tests.leaks.no_memory", action],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(r"\d+ allocations failed\n", done.stdout)
    assert done.stderr == ""
