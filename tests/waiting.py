"""Waiting for what is sure to happen, however slow the machine is."""

import time
from collections.abc import Callable

from tests.wine import is_wine

# Far beyond what anything here takes, even on a busy machine; Wine starts processes slowly.
DEADLINE_SECONDS = 300.0 if is_wine() else 90.0


def wait_until(condition: Callable[[], object], seconds: float = DEADLINE_SECONDS) -> None:
    """Return as soon as a condition holds; fail when it does not come to hold."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
