"""Jobs that were made or run here, or that somebody vouched for, remembered in the state folder.

Nothing beside a job vouches for it, for that may have come along with it. A record is empty; its
name is a digest of where the job file is, what the job reads and where it writes.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace

from ossh.errors import reason
from ossh.job import Job
from ossh.language import _
from ossh.paths import plain, real
from ossh.printable import printable
from ossh.private_records import UNUSABLE, PrivateRecords


class TrustedJobs:
    """Remembers jobs, a record each.

    Where records cannot be kept, jobs are remembered as long as the session; so they are without
    any.
    """

    def __init__(self, records: PrivateRecords | None = None) -> None:
        self._records = records
        # Asks a person whether to trust a job, given what is unusual about it.
        self.vouches: Callable[[Job, tuple[str, ...]], bool] = lambda _job, _reasons: False
        self._remembered: set[str] = set()

    @classmethod
    def of_user(cls) -> "TrustedJobs":
        """Return those that all sessions of a user share."""
        return cls(PrivateRecords.of_user("trusted-jobs"))

    def includes(self, job: Job, *, target_only: bool = False) -> bool:
        """Return whether a job is remembered, or only its target, just as it is now."""
        name = _identity(job, target_only=target_only)
        is_new = name not in self._remembered
        if is_new and self._records is not None and self._records.read(name) is not None:
            self._remembered.add(name)
        return name in self._remembered

    def remember(self, job: Job, *, target_only: bool = False) -> str:
        """Remember a job as its file has it; return why later sessions will not, "" if they will.

        Of one that nobody vouched for, and that has only run here, remember the target only.
        """
        if self.includes(job) or self.includes(job, target_only=target_only):
            return ""
        name = _identity(job, target_only=target_only)
        self._remembered.add(name)
        if self._records is None:
            return ""
        try:
            self._records.write(name)
        except UNUSABLE as error:
            why = reason(error) if isinstance(error, OSError) else str(error)
            text = _(
                "cannot remember that '{name}' is trusted: {reason}; the next session asks again, "
                "a script needs --trust"
            )
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
    path = plain(str(real(job.path)))
    text = json.dumps([target_only, path, *used], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
