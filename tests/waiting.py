"""Waiting for what is sure to happen, however slow the machine is."""

import time
from collections.abc import Callable

DEADLINE_SECONDS = 90.0  # far beyond what anything here takes, even on a busy machine


def wait_until(condition: Callable[[], object], seconds: float = DEADLINE_SECONDS) -> None:
    """Return as soon as a condition holds; fail when it does not come to hold."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
