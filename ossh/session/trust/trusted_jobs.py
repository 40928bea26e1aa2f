"""Jobs that somebody has vouched for, remembered by what they read and where they write."""

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
from ossh.printable import printable
from ossh.units import utc_time

_NOWHERE = (OSError, RuntimeError)  # the latter is how platformdirs reports a missing home


def trusted_file() -> Path:
    """Return the file of the user's state folder in which trusted jobs are remembered.

    Raises:
        RuntimeError: The user has no home.
    """
    from platformdirs import user_state_path  # noqa: PLC0415 - few jobs need it

    return user_state_path("ossh") / "trusted"


class TrustedJobs:
    """Remembers jobs, a line each, in a file that its owner alone can read.

    Where that file cannot be read or written, a job is asked about once a session; so it is where
    there is none.
    """

    def __init__(self, file: Callable[[], Path] | None = None) -> None:
        self._file = file
        # Asks a person whether to trust a job, given what is unusual about it.
        self.vouches: Callable[[Job, tuple[str, ...]], bool] = lambda _job, _reasons: False
        self._remembered: set[str] = set()

    def check(self, job: Job, reasons: tuple[str, ...]) -> None:
        """Let somebody vouch, once, for a job as its file has it; without reasons, nobody needs to.

        Raises:
            UsageError: Nobody vouches for it.
        """
        if not reasons or self.includes(job):
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

    def includes(self, job: Job) -> bool:
        """Tell whether somebody has vouched for a job, or made it here, just as it is now."""
        return _identity(job) in self._remembered or _identity(job) in self._recorded()

    def remember(self, job: Job) -> None:
        if self.includes(job):
            return
        self._remembered.add(_identity(job))
        if self._file is not None:
            with suppress(*_NOWHERE):
                _append(self._file(), f"{_identity(job)}\n".encode())

    def _recorded(self) -> frozenset[str]:
        with suppress(*_NOWHERE, ValueError):
            if self._file is not None:
                return frozenset(self._file().read_text("ascii").split())
        return frozenset()


def _identity(job: Job) -> str:
    """Return a digest of a job's source and its target, with links followed."""
    target = asdict(job.target) | {"directory": str(job.real_directory)}
    # What is not a text is newer: it counts only where it is in use, and changes no older job.
    target = {name: one for name, one in target.items() if one or isinstance(one, str)}
    source = asdict(job.source) | {
        "keys": job.keys,
        "version_id": job.version_id,
        "inventory": job.inventory,
    }
    as_of = source.pop("as_of")  # jobs from before there was such a field stay trusted
    if as_of is not None:
        source["as_of"] = utc_time(as_of)
    text = json.dumps([source, target], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _append(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write(data)
