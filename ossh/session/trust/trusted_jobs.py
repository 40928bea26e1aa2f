"""Jobs that were made or run here, or that somebody vouched for, remembered in the state folder.

Nothing beside a job vouches for it, for that may have come along with it. A record is an empty file
in the user's own state folder; its name is a digest of where the job file is, what the job reads
and where it writes. So it is there as a whole or not at all, and no process waits for another one.
"""

import hashlib
import json
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from ossh import patient, regular_files
from ossh.errors import reason
from ossh.job import Job
from ossh.language import _
from ossh.paths import plain
from ossh.printable import printable

MOST = 4096  # records; with one more, the quarter of them goes that was of no use for longest
_NOWHERE = (OSError, RuntimeError)  # the latter is how platformdirs reports a missing home


def trusted_folder() -> Path:
    """Return the folder of the user's state in which trusted jobs are remembered.

    Raises:
        RuntimeError: The user has no home.
    """
    from platformdirs import user_state_path  # noqa: PLC0415 - few jobs need it

    return user_state_path("ossh") / "trusted-jobs"


class TrustedJobs:
    """Remembers jobs, a file each, in a folder that its owner alone can change.

    Where that folder cannot be used, they are remembered as long as the session; so they are where
    there is none.
    """

    def __init__(self, folder: Callable[[], Path] | None = None) -> None:
        self._folder = folder
        # Asks a person whether to trust a job, given what is unusual about it.
        self.vouches: Callable[[Job, tuple[str, ...]], bool] = lambda _job, _reasons: False
        self._remembered: set[str] = set()

    def includes(self, job: Job, *, target_only: bool = False) -> bool:
        """Return whether a job is remembered, or only its target, just as it is now."""
        name = _identity(job, target_only=target_only)
        if name not in self._remembered and self._folder is not None:
            with suppress(*_NOWHERE):
                if _is_recorded(self._folder() / name):
                    self._remembered.add(name)
        return name in self._remembered

    def remember(self, job: Job, *, target_only: bool = False) -> str:
        """Remember a job, and return why later sessions will not; "" if they will.

        Args:
            job: As its file has it.
            target_only: Whether nobody vouched for its endpoint: it has only run here.
        """
        if self.includes(job) or self.includes(job, target_only=target_only):
            return ""
        name = _identity(job, target_only=target_only)
        self._remembered.add(name)
        if self._folder is None:
            return ""
        try:
            _record(self._folder() / name)
        except _NOWHERE as error:
            why = reason(error) if isinstance(error, OSError) else str(error)
            text = _("it will not be remembered that '{name}' is trusted: {reason}")
            return text.format(name=printable(job.name), reason=why)
        return ""


def _identity(job: Job, *, target_only: bool) -> str:
    """Return a digest of a job's file, of whom it asks, and of its target, with links followed.

    Which objects of a bucket it fetches does not count, so that it can be edited. Nor does what is
    not in use, so that a field that is new to ossh changes no older job.
    """
    service = replace(job.source, prefix="", as_of=None)
    source = asdict(service) | {"keys": job.keys, "inventory": job.inventory}
    target = asdict(job.target) | {"directory": str(job.real_directory)}
    used = [{name: one for name, one in part.items() if one} for part in (source, target)]
    path = plain(os.path.realpath(job.path))
    text = json.dumps([target_only, path, *used], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _is_recorded(path: Path) -> bool:
    """Return whether this user made a record, and note that it was of use.

    Raises:
        OSError: There is none, or others could have made it.
    """
    _check_private(path.parent)
    found = path.lstat()
    is_record = stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and _is_private(found)
    if is_record:
        with suppress(OSError):
            os.utime(path)
    return is_record


def _record(path: Path) -> None:
    """Make a record that its owner alone can read.

    Raises:
        OSError: The folder cannot be written, or is not the user's alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _check_private(path.parent)
    with suppress(FileExistsError):  # another process was faster
        os.close(os.open(path, regular_files.NEW_FLAGS, 0o600))
    _forget_oldest(path.parent)


def _forget_oldest(folder: Path) -> None:
    """Keep the records within their bound."""
    records = list(folder.iterdir())
    if len(records) <= MOST:
        return
    with suppress(FileNotFoundError):  # another process does the same
        records.sort(key=lambda one: one.lstat().st_mtime_ns)
        for one in records[: len(records) - MOST * 3 // 4]:
            patient.discard(one)


def _check_private(folder: Path) -> None:
    """Make sure that nobody else can have put anything into the folder of records.

    Raises:
        OSError: It is missing, a link, or others can read it or write to it.
    """
    found = folder.lstat()
    if not (folder.is_absolute() and stat.S_ISDIR(found.st_mode) and _is_private(found)):
        text = _("'{folder}' is not a folder of yours alone (mode 0700)")
        raise PermissionError(text.format(folder=printable(str(folder))))


def _is_private(found: os.stat_result) -> bool:
    if sys.platform == "win32":  # where all of a user's own profile is
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & 0o077
