"""Whether a machine is left alone: figures of one that has other work mean nothing.

The load average would tell late: it falls for minutes after a workload of our own. What the cores
did in the last two seconds tells at once, and includes what other virtual machines took.
"""

import time
from collections.abc import Callable
from pathlib import Path

from benchmark.measure import FailedError

LOOK_SECONDS = 2.0
PATIENCE_SECONDS = 60.0  # for what a workload leaves behind: files being removed, caches
MOST_BUSY = 0.1  # of all cores
MOST_APART = 1.2  # the slower of two equal runs, in terms of the faster


def busy() -> float:
    """Return which share of the cores' time something used, looking for two seconds."""
    idle, total = _times()
    time.sleep(LOOK_SECONDS)
    idle_after, total_after = _times()
    return 1 - (idle_after - idle) / max(1, total_after - total)


def _times() -> tuple[int, int]:
    """Return the ticks of all cores: idle (also while waiting for a disk), and all of them."""
    line = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    ticks = [int(word) for word in line.split()[1:9]]  # what follows is contained in these
    return ticks[3] + ticks[4], sum(ticks)


def require(look: Callable[[], float] = busy, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until nothing else runs.

    Args:
        look: Returns which share of the cores is used, after a while.
        patience_seconds: How long it may take.

    Raises:
        FailedError: Something still does.
    """
    deadline = time.monotonic() + patience_seconds
    while (used := look()) > MOST_BUSY:
        if time.monotonic() >= deadline:
            message = f"other work uses {used:.0%} of the cores; end it, or measure without --write"
            raise FailedError(message)


def require_equal(first: float, second: float) -> None:
    """Compare the seconds of two equal runs.

    Raises:
        FailedError: They differ by more than a fifth.
    """
    if max(first, second) > MOST_APART * min(first, second):
        message = (
            f"two equal runs of ossh took {first:.2f} and {second:.2f} s, more than a fifth apart; "
            "the machine is not quiet enough for --write"
        )
        raise FailedError(message)
