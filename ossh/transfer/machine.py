"""What this machine allows: open files, and which start of it this is."""

import sys
import time
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import resource

_SPARE_FILES = 64  # for SQLite, the terminal and everything else
_FILES_PER_CONNECTION = 3  # a socket, a partial file and a trail


def affordable(connections: int) -> int:
    """Return how many of the wished connections this process may have open.

    The soft limit of open files is raised first, as far as the hard one (macOS starts with 256).
    """
    if sys.platform == "win32":
        return min(connections, 500)  # its select knows at most 512 sockets
    else:  # noqa: RET505 - mypy leaves out what is not for its platform by branches only
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        needed = connections * _FILES_PER_CONNECTION + _SPARE_FILES
        if soft != resource.RLIM_INFINITY and soft < needed:
            wished = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wished, hard))
                soft = wished
        if soft == resource.RLIM_INFINITY:
            return connections
        return max(1, min(connections, (soft - _SPARE_FILES) // _FILES_PER_CONNECTION))


def boot_id() -> str:
    """Return a text that is the same until the machine starts again.

    Linux has one (`man 4 random`); elsewhere the minute of the start serves, and where a corrected
    clock makes that another one, some files are proved once more than needed.
    """
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{(time.time() - time.monotonic()) / 60:.0f}"
