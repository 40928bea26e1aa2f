"""The limits of this machine, open files and disk space, and an identifier of its last start."""

import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

from ossh import regular_files
from ossh.paths import real

if sys.platform != "win32":
    import resource

_SPARE_FILES = 96  # for SQLite, the terminal, folders of the target and everything else
_FILES_PER_CONNECTION = 3  # a socket, a partial file, and an idle socket of the other lane


def affordable(connections: int) -> int:
    """Return how many of the wanted connections this process may have open.

    The soft limit of open files is raised first, as far as the hard one (macOS starts with 256).
    Windows limits files of the C library only, to 8,192: sockets are none there.
    """
    if sys.platform == "win32":
        return connections
    else:  # noqa: RET505 - mypy leaves out what is not for its platform by branches only
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        needed = connections * _FILES_PER_CONNECTION + _SPARE_FILES
        if soft == resource.RLIM_INFINITY or soft >= needed:
            return connections
        allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
            soft = allowed
        return max(1, (soft - _SPARE_FILES) // _FILES_PER_CONNECTION)


def cores() -> int:
    """Return how many processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def boot_id(of_linux: Path = Path("/proc/sys/kernel/random/boot_id")) -> str:
    """Return a text that is the same until the machine starts again.

    Linux has one (`man 4 random`); elsewhere the minute of the start serves. If a corrected clock
    changes that, some files are proved once more than needed.

    Raises:
        LocalError: It is there, and cannot be read just now: no other text may pass for it.
    """
    try:
        return of_linux.read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        pass  # and so it was when it was last asked for
    except OSError as error:
        raise regular_files.cannot_read(of_linux, error) from error
    return f"{(time.time() - _seconds_since_start()) / 60:.0f}"


def _seconds_since_start() -> float:
    """Return how long the machine has been on, asleep or not."""
    if sys.platform == "darwin":  # Python's own monotonic clock stands still there in sleep
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic()


def mount_point(folder: Path) -> str:
    """Return where the file system of a folder, which need not exist yet, is mounted."""
    path = real(folder)
    return str(next((one for one in (path, *path.parents) if os.path.ismount(one)), path.anchor))


def nearest_folder(directory: Path) -> Path:
    """Return the folder itself, or the closest one above it that exists."""
    return next((one for one in (directory, *directory.parents) if one.is_dir()), Path.cwd())


def free_space(directory: Path) -> int:
    """Return the free bytes of the disk that holds a folder, which need not exist yet."""
    return shutil.disk_usage(nearest_folder(directory)).free
