"""How a run takes up its job: the manifest opened, the wish as it was listed, the plan as begun."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path

from ossh.errors import UsageError
from ossh.job import Job, fingerprint
from ossh.language import _
from ossh.manifest import Manifest, PartChange, RunRecord
from ossh.manifest.questions import Questions
from ossh.model import Status
from ossh.transfer import doubt, machine, naming, parts, trail
from ossh.transfer.disk import Disk
from ossh.transfer.earlier import Earlier
from ossh.transfer.plan import Planner
from ossh.transfer.preflight import Changes, Preflight
from ossh.transfer.trail import Mark
from ossh.transfer.workspace import long_path, trails

_UNFINISHED = frozenset({Status.PENDING, Status.FAILED})

_PLANNED_AT = "planned_at"  # where the manifest keeps that moment


def open_manifest(path: Path) -> Manifest:
    """Open a job's manifest, creating it when the job has none yet.

    Raises:
        ManifestError, JobLockedError, LocalError: See `Manifest`.
    """
    return Manifest.open(path) if os.path.lexists(path) else Manifest.create(path)


def new_planner(  # noqa: PLR0913 - what a planner is made of
    job: Job,
    manifest: Manifest,
    preflight: Preflight | None,
    changes: Changes | None = None,
    *,
    is_stopping: Callable[[], bool] = lambda: False,
    is_own: bool = True,
) -> Planner:
    """Return a planner for a job, true to what earlier runs of it decided.

    The rules of names and the moment that relative filters count from stay those of the first
    run: a path must not change between two runs, and a listing that goes on must choose alike.

    Args:
        job: Any job.
        manifest: Where the plan goes.
        preflight: See `Planner`, as for `changes`.
        changes: Likewise.
        is_stopping: Asked while files are compared; see `Disk`.
        is_own: Whether that is the job's own manifest; if not, that one tells of the target.

    Raises:
        UsageError: The target wants other names than the job has; see `naming`.
    """

    def disk_after(runs: Sequence[RunRecord]) -> Disk:
        return Disk(
            long_path(str(job.directory)),
            replace=job.target.existing == "replace",
            is_doubtful=doubt.is_doubtful(runs, machine.boot_id()),
            is_stopping=is_stopping,
        )

    return Planner(
        manifest,
        disk_after(manifest.runs()),
        job.source.prefix,
        job.selection,
        naming.rules_for(job, manifest),
        _planned_at(manifest),
        preflight=preflight,
        changes=changes,
        earlier=None if is_own else Earlier(job.manifest_path, disk_after),
        file=job.target.file,
    )


def take_up(manifest: Manifest, target: Path) -> None:
    """Let a manifest learn what a run that was cut off had received, and how far its bodies came.

    What is on disk is compared with that before it is kept, like every part of an earlier run.
    """
    paths = trails(target, manifest.job_id)
    if not paths:
        return
    left = [trail.marks(path) for path in paths]
    manifest.cut_off(trail.received(left))
    latest = sorted(chain.from_iterable(left), key=lambda mark: (mark.row, mark.moment))
    changes: list[PartChange] = []
    for row, marks in groupby(latest, key=attrgetter("row")):
        changes += _grown(manifest, row, list(marks))
    manifest.record([], changes)
    for path in paths:
        Path(path).unlink(missing_ok=True)


def _grown(manifest: Manifest, row: int, marks: Sequence[Mark]) -> list[PartChange]:
    """Return what marks of one row, the latest last, add to its parts."""
    found = [one for one in manifest.page(row - 1, 1, tuple(Status)) if one.row == row]
    entry = manifest.entry(found[0].key) if found and found[0].status in _UNFINISHED else None
    if entry is None:
        return []
    versions = {trail.version_of(etag, entry.size) for etag in (entry.etag, "")}
    begun = {part.start: part for part in entry.parts}
    for start, part in {
        mark.part.start: mark.part for mark in marks if mark.version in versions
    }.items():
        if start not in begun or begun[start].length < part.length:
            begun[start] = part
    kept = parts.usable(entry.size, tuple(begun.values()))
    if kept == entry.parts:
        return []
    return [PartChange(row, drop=True), *(PartChange(row, part) for part in kept)]


def _planned_at(manifest: Manifest) -> datetime:
    if known := recorded_moment(manifest):
        return known
    now = datetime.now(UTC)
    manifest.set_meta(_PLANNED_AT, now.isoformat())
    return now


def recorded_moment(manifest: Questions) -> datetime | None:
    """Return the moment that relative filters count from, None when it is not settled yet.

    Raises:
        ManifestError: What is recorded is not a time.
    """
    if not (text := manifest.get_meta(_PLANNED_AT)):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise manifest.damaged(f"{_PLANNED_AT}: {error}") from error


def list_anew(manifest: Manifest) -> None:
    """Forget how far the listing came, and when it began."""
    manifest.relist()
    manifest.set_meta(_PLANNED_AT, datetime.now(UTC).isoformat())


def check_unedited(job: Job, manifest: Manifest) -> None:
    """Refuse to continue when source or filter changed since the listing.

    Raises:
        UsageError: They were edited.
    """
    wish = fingerprint(job)
    known = manifest.get_meta("wish")
    if not known:
        manifest.set_meta("wish", wish)
    elif known != wish:
        message = _(
            "the source or filter of job '{name}' changed since the bucket was listed"
        ).format(name=job.name)
        hint = _("'refresh' lists the bucket again; or undo the edit in '{path}'").format(
            path=job.path
        )
        raise UsageError(message, hint=hint)
