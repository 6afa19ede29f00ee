"""Hypothesis profiles: MIDSTREAM_PROFILE=thorough runs every property on many more examples, brief on fewer."""

from __future__ import annotations

import gc
import os
import signal

import pytest
from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

for name, examples in (("brief", 40), ("default", 150), ("thorough", 3000)):
    settings.register_profile(name, max_examples=examples, deadline=None, print_blob=True, suppress_health_check=SLOW)
settings.load_profile(os.environ.get("MIDSTREAM_PROFILE", "default"))

# A shell that starts the tests in the background has it ignored, and the programs under test would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module", autouse=True)
def quick_collections() -> None:
    """A collection looks only at what the module's tests make, and not at hundreds of thousands of objects of pytest's own."""
    gc.collect()
    gc.freeze()
