"""Whether the disk that a job's files are on is there.

Where it is not mounted an empty folder is in its place, and all files seem to be gone: they would
be fetched again, to another disk.
"""

import os
from pathlib import Path

from ossh.errors import LocalError
from ossh.job import Job, recorded_target
from ossh.language import _
from ossh.manifest import Manifest, ManifestQueries
from ossh.paths import plain
from ossh.transfer import machine

_META = "mount"  # where the manifest keeps where the target's disk is mounted


def remember(job: Job, manifest: Manifest) -> None:
    """Record where the files are, and where their disk is mounted."""
    manifest.set_meta("target", recorded_target(job))
    manifest.set_meta(_META, _mount_point(job))


def refuse_away(job: Job, manifest: ManifestQueries) -> None:
    """Refuse to go on where the target's disk is not mounted, and files of the job are on it.

    Raises:
        LocalError: So it is, as far as can be seen: the target is missing or empty.
    """
    mount, above = manifest.get_meta(_META), Path(_mount_point(job))
    is_away = above in Path(mount).parents and not _is_anything_in(job)
    if not is_away or manifest.get_meta("target") != recorded_target(job):
        return
    if manifest.counts().at_target or manifest.unfinished_size() or manifest.has_former():
        text = _("the disk of target '{target}' is missing: nothing is mounted at '{mount}'")
        hint = _("mount it, then resume with 'get'; get --name NAME starts a new job")
        target = plain(str(job.directory))
        raise LocalError(text.format(target=target, mount=mount), hint=hint)


def vanished(job: Job, manifest: ManifestQueries) -> int:
    """Return how many objects were at a job's target, if that is missing or empty now.

    Raises:
        LocalError: As for `refuse_away`.
    """
    refuse_away(job, manifest)
    if manifest.get_meta("target") != recorded_target(job) or _is_anything_in(job):
        return 0
    return manifest.counts().at_target


def _mount_point(job: Job) -> str:
    path = machine.mount_point(job.real_directory)
    return path.encode(errors="backslashreplace").decode()


def _is_anything_in(job: Job) -> bool:
    try:
        with os.scandir(job.directory) as entries:
            return any(entries)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # whoever goes on learns what is wrong
