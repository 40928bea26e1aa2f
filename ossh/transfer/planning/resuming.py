"""How a run resumes its job: the manifest opened, names and filters as the first run had them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

from ossh import regular_files
from ossh.errors import OsshError, UsageError
from ossh.job import Job, fingerprint, same_source
from ossh.language import _
from ossh.manifest import Manifest, ManifestQueries, ManifestReader, new_job_id
from ossh.paths import is_same, real
from ossh.transfer import machine
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import Policy
from ossh.transfer.disk.own_places import OwnPlaces
from ossh.transfer.disk.tree import Tree
from ossh.transfer.planning import name_rules
from ossh.transfer.planning.crash_recovery import doubted_since
from ossh.transfer.planning.mirroring import remember_held
from ossh.transfer.planning.other_jobs import OtherJobs
from ossh.transfer.planning.planner import Planner
from ossh.transfer.planning.preflight import Changes, Preflight
from ossh.transfer.watching import Removed

_RELISTING = "relisting"  # where it keeps that a listing is not the first, and has not ended
_HOME = "home"  # where it keeps its own path, by which a copy is told from it
PLANNED_AT = "planned_at"  # where it keeps the moment that relative filters count from


def open_manifest(path: Path) -> Manifest:
    """Open a job's manifest, creating it when the job has none yet; for errors see `Manifest`."""
    manifest = Manifest.open(path) if regular_files.is_there(path) else Manifest.create(path)
    try:
        _tell_copies_apart(manifest)
    except BaseException:
        manifest.close()
        raise
    return manifest


def _tell_copies_apart(manifest: Manifest) -> None:
    """Give a copy of a manifest a job id of its own.

    The id names partial files: two runs would write to the same ones, whatever their rows say.
    """
    home, here = manifest.get_meta(_HOME), str(real(manifest.path))
    if home == here:
        return
    is_elsewhere = home and not is_same(Path(home), manifest.path)
    with suppress(OsshError):  # there is none any more: it was moved
        if is_elsewhere and ManifestReader(Path(home)).job_id == manifest.job_id:
            manifest.set_meta("job_id", new_job_id())
    manifest.set_meta(_HOME, here)


def new_planner(  # noqa: PLR0913 - what a planner is made of
    job: Job,
    manifest: Manifest,
    preflight: Preflight | None,
    changes: Changes | None,
    removed: Removed,
    *,
    reads_bytes: bool,
    is_stopping: Callable[[], bool],
) -> Planner:
    """Return a planner for a job, that keeps to what earlier runs of it decided.

    The rules of names and the moment that relative filters count from stay those of the first
    run: a path must not change between two runs, and a listing that goes on must choose alike.

    Arguments are those of `Planner`, `Policy` and `LocalFiles`.

    Raises:
        UsageError: The target wants other names than the job has; see `name_rules`.
        UnreadableJobError: It would replace what may be another job's.
    """
    others = OtherJobs(job)
    if is_replacing := job.target.existing == "replace":
        others.refuse_unreadable()
    tree = Tree(str(job.directory))
    rules = name_rules.rules_for(job, manifest)
    own = OwnPlaces(job.directory, rules, job.path.parent, job.keys_path)
    policy = Policy(
        replace=is_replacing,
        doubted_since=doubted_since(manifest, machine.boot_id()),
        reads_bytes=reads_bytes,
        records_links=job.target.links == "record",
        day=date.today(),  # noqa: DTZ011 - people name the days of their own calendar
        own=own,
        durable=job.transfer.durable,
    )
    return Planner(
        job,
        manifest,
        LocalFiles(tree, policy, is_stopping, others.claims),
        rules,
        manifest.moment(PLANNED_AT) or _plan_as_of_now(manifest),
        preflight=preflight,
        changes=changes,
        removed=removed,
    )


def _plan_as_of_now(manifest: Manifest) -> datetime:
    now = datetime.now(UTC)
    manifest.set_meta(PLANNED_AT, now.isoformat())
    return now


def list_anew(manifest: Manifest) -> None:
    """Forget how far the listing came, and when it began."""
    remember_held(manifest)
    manifest.set_meta(_RELISTING, "yes")
    manifest.relist()
    _plan_as_of_now(manifest)


def end_listing_anew(job: Job, manifest: Manifest) -> None:
    """Remember that the rows are what the job wants, as the bucket is now."""
    manifest.set_meta("wish", fingerprint(job))
    manifest.set_meta(_RELISTING, "")


def is_listed(manifest: ManifestQueries) -> bool:
    """Return whether the bucket was listed to its end at least once."""
    return manifest.is_listing_finished() or bool(manifest.get_meta(_RELISTING))


def check_unedited(job: Job, manifest: Manifest, *, is_listed_again: bool = False) -> None:
    """Refuse to continue when source or filter changed since the listing.

    Another filter may be listed again, but not another bucket, prefix or list of keys: what was
    there would seem to be gone, and a mirror would take its files away.

    Raises:
        UsageError: They were edited.
    """
    wish, known = fingerprint(job), manifest.get_meta("wish")
    if not known:
        manifest.set_meta("wish", wish)
    elif known != wish and not (is_listed_again and same_source(known, wish)):
        text = _("the source or filter of job '{name}' changed since the bucket was listed")
        hint = _("'refresh' lists the bucket again; or undo the edit in '{path}'")
        raise UsageError(text.format(name=job.name), hint=hint.format(path=job.path))
