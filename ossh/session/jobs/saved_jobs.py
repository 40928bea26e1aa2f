"""Saved jobs and new ones: which does the same work, which fills the same folder."""

import shlex
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from ossh.errors import OsshError, UsageError
from ossh.job import Job, candidates, filling, fingerprint, is_free, load
from ossh.language import _
from ossh.printable import printable


def same_or_new(job: Job, *, is_given: bool, folders: Iterable[Path] = ()) -> Job:
    """Return the saved job that does the same as a new one, else the new one under a free name.

    The names after the new job's are tried too, unless it `is_given`: a person chose it. A job that
    does the same may be in other `folders` as well.

    Raises:
        UsageError: The name was given, and is taken by a job that does something else.
        JobFileError: One of the files cannot be read.
    """
    for path in candidates(job.path.parent, job.name):
        if is_free(path):
            break
        if not path.exists():  # a manifest alone
            continue
        saved = load(path)
        if does_same(saved, job):
            return replace(saved, source=job.source)
        if is_given:
            raise UsageError(
                _("there is already a job '{stem}', with different settings").format(stem=job.name),
                hint=_("choose another name; or continue that job: 'resume {stem}'").format(
                    stem=shlex.quote(printable(job.name))
                ),
            )
    for folder in folders:
        for other in takewhile(lambda one: not is_free(one), candidates(folder, job.name)):
            with suppress(OsshError):  # a broken one is in nobody's way there
                if does_same(saved := load(other), job):
                    return replace(saved, source=job.source)
    return replace(job, path=path)


def does_same(saved: Job, job: Job) -> bool:
    """Return whether a saved job does what a new one would.

    Another endpoint of the same bucket is the same work, done over another route. A user who does
    not ask for links accepts those that the job makes.
    """
    is_same = fingerprint(saved) == fingerprint(job) and _places(saved) == _places(job)
    return is_same and job.target.links in {"follow", saved.target.links}


def _places(job: Job) -> tuple[object, ...]:
    """Return what decides where the files of a job lie."""
    target = job.target
    return job.directory, target.file, target.flat, target.strip_prefix


def selecting_the_same(job: Job, files: Iterable[Path]) -> list[Job]:
    """Return the saved jobs of the same objects, wherever they go."""
    saved: list[Job] = []
    for path in files:
        with suppress(OsshError):  # a broken one is left alone
            if fingerprint(one := load(path)) == fingerprint(job):
                saved.append(one)
    return saved


def sharing_target(job: Job, files: Iterable[Path]) -> tuple[str, ...]:
    """Return the names of the saved jobs that fill a new job's folder, but its other shares.

    None is named if the job is not new, or if the folder is the current directory.
    """
    if job.path.exists() or job.directory == Path.cwd():
        return ()
    others = filling(job.directory, files)
    return tuple(other.name for other in others if not _share_work(job, other))


def _share_work(one: Job, other: Job) -> bool:
    share, also = one.selection.shard, other.selection.shard
    if share is None or also is None or share == also or share.of != also.of:
        return False
    alike = replace(other, selection=replace(other.selection, shard=share))
    return fingerprint(one) == fingerprint(alike)
