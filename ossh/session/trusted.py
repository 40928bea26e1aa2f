"""Jobs that a person has vouched for, remembered by what they read and where they write."""

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from ossh.errors import UsageError
from ossh.job import Job
from ossh.language import _
from ossh.paths import printable

_NOWHERE = (OSError, RuntimeError)  # the latter is how platformdirs reports a missing home


def trusted_file() -> Path:
    """Return where they are remembered: a file of the user's state folder.

    Raises:
        RuntimeError: The user has no home.
    """
    from platformdirs import user_state_path  # noqa: PLC0415 - few jobs need it

    return user_state_path("ossh") / "trusted"


class Trusted:
    """Remembers jobs, a line each, in a file that its owner alone can read.

    Where that file cannot be read or written, a job is asked about once a session.

    Args:
        file: Returns where it is; None remembers in memory alone.
    """

    def __init__(self, file: Callable[[], Path] | None = None) -> None:
        self._file = file
        # Asks whether to trust a job, given what is unusual about it; there may be nobody to ask.
        self.vouches: Callable[[Job, tuple[str, ...]], bool] = lambda _job, _reasons: False
        self._marks: set[str] = set()

    def check(self, job: Job, reasons: tuple[str, ...]) -> None:
        """Let somebody vouch, once, for a job.

        Args:
            job: As its file has it.
            reasons: What is unusual about it; a job without any needs no one.

        Raises:
            UsageError: Nobody vouches for it.
        """
        if not reasons or self.holds(job):
            return
        if not self.vouches(job, reasons):
            raise UsageError(
                _("'{path}' is not trusted: {reasons}").format(
                    path=printable(str(job.path)), reasons=_("; ").join(reasons)
                ),
                hint=_(
                    "if you trust it, start 'ossh --trust', or 'open' it at the prompt, which "
                    "asks you"
                ),
            )
        self.remember(job)

    def holds(self, job: Job) -> bool:
        """Tell whether somebody has vouched for a job, or made it here, just as it is now."""
        return mark(job) in self._marks or mark(job) in self._written()

    def remember(self, job: Job) -> None:
        """Remember that somebody vouches for a job."""
        if self.holds(job):
            return
        self._marks.add(mark(job))
        if self._file is not None:
            with suppress(*_NOWHERE):
                _append(self._file(), f"{mark(job)}\n".encode())

    def _written(self) -> frozenset[str]:
        with suppress(*_NOWHERE, ValueError):
            if self._file is not None:
                return frozenset(self._file().read_text("ascii").split())
        return frozenset()


def mark(job: Job) -> str:
    """Return a text that changes with a job's source and its target, wherever that really is."""
    target = asdict(job.target) | {"directory": str(job.real_directory)}
    source = asdict(job.source) | {
        "keys": job.keys,
        "version_id": job.version_id,
        "inventory": job.inventory,
    }
    text = json.dumps([source, target], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _append(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        os.write(file, data)
    finally:
        os.close(file)
