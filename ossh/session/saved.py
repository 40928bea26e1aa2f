"""Saved jobs and new ones: which does the same work, which fills the same folder."""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ossh import job as job_files
from ossh.errors import LocalError, OsshError, UsageError
from ossh.job import Job, fingerprint, keys
from ossh.language import _
from ossh.selection import KeyList, Selection
from ossh.session.place import Place


def same_or_new(job: Job, *, is_given: bool) -> Job:
    """Return the saved job that does the same as a new one, else the new one under a free name.

    Args:
        job: With the name it would have if that were free; the names after it are checked too.
        is_given: Whether a person chose the name, so that no other will do.

    Raises:
        UsageError: The name was given, and is taken by a job that does something else.
        JobFileError: One of the files cannot be read.
    """
    for path in job_files.candidates(job.path.parent, job.name):
        if job_files.is_free(path):
            break
        if not path.exists():  # a manifest alone
            continue
        saved = job_files.load(path)
        # Another endpoint of the same bucket is the same work, done over another route.
        is_same = fingerprint(saved) == fingerprint(job) and _place(saved) == _place(job)
        # A user who does not ask for links accepts those that the job makes.
        if is_same and job.target.links in {"follow", saved.target.links}:
            return replace(saved, source=job.source)
        if is_given:
            raise UsageError(
                _("there is already a job '{stem}', and it does something else").format(
                    stem=job.name
                ),
                hint=_("choose another --name, or open that job: open {stem}").format(
                    stem=job.name
                ),
            )
    return replace(job, path=path)


def _place(job: Job) -> tuple[Path, str]:
    """Return where the files of a job go."""
    return job.directory, job.target.file


def with_target(job: Job, files: Iterable[Path]) -> tuple[str, ...]:
    """Return the names of the saved jobs that fill a new job's folder, but its other shares."""
    names: list[str] = []
    for path in files:
        with suppress(OsshError):  # a broken one fills nothing
            other = job_files.load(path)
            if other.directory == job.directory and not _share_work(job, other):
                names.append(path.stem)
    return tuple(names)


def _share_work(one: Job, other: Job) -> bool:
    """Tell whether two jobs are shares of the same work."""
    share, also = one.selection.shard, other.selection.shard
    if share is None or also is None or share == also or share.of != also.of:
        return False
    alike = replace(other, selection=replace(other.selection, shard=share))
    return fingerprint(one) == fingerprint(alike)


def selection(job: Job) -> Selection:
    """Return the filters of a job, including its list of keys unless that is gone."""
    if job.keys_path is None:
        return job.selection
    try:
        listed = KeyList(job.keys_path.name, frozenset(keys.read(job.keys_path)))
    except (UsageError, LocalError):  # a job that has been listed no longer needs it
        return job.selection
    return replace(job.selection, keys_from=(listed,))


def list_apart(
    selection: Selection, place: Place, jobs: Path, folder: Path | None = None
) -> tuple[Selection, str]:
    """Return the filters without their lists of keys, and where those below a place are kept.

    That is "" if there is no list. A job looks its keys up one by one: those that do not exist
    are reported, and nothing else has to be listed.

    Args:
        selection: The filters.
        place: Where the job fetches from.
        jobs: The jobs folder; a list there is named by its name alone.
        folder: Another place for it.

    Raises:
        UsageError: None is below the place.
        LocalError: They cannot be written.
    """
    if selection.listed is None:
        return selection, ""
    below = tuple(sorted(key for key in selection.listed if key.startswith(place.prefix)))
    if not below:
        hint = _("'cd /' goes to the top of the bucket")
        raise UsageError(
            _("no key in the list is below {shown}").format(shown=place.shown), hint=hint
        )
    listed = str(folder / keys.keep(below, folder)) if folder else keys.keep(below, jobs)
    return replace(selection, keys_from=()), listed


def reached_as(job: Job, written: Job) -> Job:
    """Return a job as its file has it, its bucket reached as it was before."""
    source = replace(job.source, bucket=written.source.bucket, prefix=written.source.prefix)
    return replace(written, source=source)


def remove_unbegun(job: Job) -> bool:
    """Remove a job whose listing has never begun; return whether it was one."""
    from ossh.manifest import ManifestReader, companions  # noqa: PLC0415 - brings SQLite

    if os.path.lexists(job.manifest_path) and ManifestReader(job.manifest_path).listing():
        return False
    for path in (*companions(job.manifest_path), job.path):
        path.unlink(missing_ok=True)
    return True
