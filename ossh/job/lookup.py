"""Saved jobs: which one a name or a path means, does the same as a new one, fills its folder."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain, takewhile
from pathlib import Path

from ossh.errors import OsshError, UsageError
from ossh.job.files import candidates, is_free, list_jobs, load
from ossh.job.job import Job, fingerprint
from ossh.language import _
from ossh.paths import NameRules, expanded, folded, is_same
from ossh.printable import as_word, printable
from ossh.spelling import did_you_mean, near


def all_jobs(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Return the job files of some folders, those of each sorted."""
    return tuple(chain.from_iterable(map(list_jobs, folders)))


def readable(files: Iterable[Path]) -> Iterator[Job]:
    """Yield the jobs of those files that can be used."""
    for path in files:
        with suppress(OsshError):
            yield load(path)


def filling(directory: Path, files: Iterable[Path]) -> Iterator[Job]:
    """Yield the jobs of some files whose target is a folder; a broken one fills nothing.

    The disk is asked only about targets that are called like the folder: others may be on a share
    that does not answer.
    """
    rules = NameRules.portable()
    name, is_there = folded(directory.name, rules), os.path.lexists(directory)
    for job in readable(files):
        target = job.directory
        is_called_so = is_there and folded(target.name, rules) == name
        if target == directory or (is_called_so and is_same(target, directory)):
            yield job


def meant(name: str, folders: Sequence[Path]) -> Path:
    """Return the job file that a name stands for, or a path: its own, or that of its target.

    Raises:
        UsageError: There is no such job in the folders, or several may be meant.
    """
    path = Path(name)
    is_path = path.name != name
    if path.suffix == ".toml" and path.exists() and not path.is_dir():
        found = [path.absolute()]
    else:
        found = _filling(name, folders) if is_path else _called(name, folders)
    if not found:
        text = _("there is no job '{name}'")
        if not is_path:
            text = _("there is no job '{name}' in {folders}")
        places = _(" or ").join(map(str, folders))
        others = near(path.stem, (one.stem for one in all_jobs(folders)))
        raise UsageError(
            text.format(name=name, folders=printable(places)),
            hint=did_you_mean(others) or _("'jobs' lists them"),
        )
    if len(found) > 1:
        text = _("several jobs may be meant by '{name}': {paths}")
        paths = printable(", ".join(map(_with_target, found)))
        hint = _("name the file of one instead")
        if not is_path and len(_filling(name, folders)) == 1:
            hint = _("name the file of one, or './{name}' for that of the folder here")
        raise UsageError(
            text.format(name=name, paths=paths), hint=hint.format(name=printable(name))
        )
    return found[0]


def _called(name: str, folders: Sequence[Path]) -> list[Path]:
    """Return the files of the jobs of a name, which may be written as that of the file.

    Whoever stands where another job fills a folder of that name may mean that one. What a broken
    file fills is not known: that it is broken is the first thing to say.
    """
    files = (folder / f"{name.removesuffix('.toml')}.toml" for folder in folders)
    found = [one.absolute() for one in files if os.path.lexists(one)]
    fill = _filling(name, folders) if any(readable(found)) else []
    return found if {*found} & {*fill} else found + fill


def _filling(folder: str, folders: Sequence[Path]) -> list[Path]:
    target = Path(os.path.abspath(expanded(folder)))  # noqa: PTH100 - as jobs have it
    return [job.path for job in filling(target, all_jobs(folders))]


def _with_target(path: Path) -> str:
    """Return the path of a job file, and its target unless it cannot be read."""
    with suppress(OsshError):
        return f"{path} ({load(path).directory})"
    return str(path)


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
        if (saved := _loaded(path)) is None:  # a manifest alone
            continue
        if does_same(saved, job):
            return replace(saved, source=job.source)
        if is_given:
            raise UsageError(
                _("there is already a job '{stem}', with different settings").format(stem=job.name),
                hint=_("choose another name; or continue that job: 'resume {stem}'").format(
                    stem=as_word(printable(job.name))
                ),
            )
    for folder in folders:
        for other in takewhile(lambda one: not is_free(one), candidates(folder, job.name)):
            with suppress(OsshError):  # a broken one is in nobody's way there
                if does_same(saved := load(other), job):
                    return replace(saved, source=job.source)
    return replace(job, path=path)


def _loaded(path: Path) -> Job | None:
    """Return the job of a file, None if there is none, also if it was removed just now."""
    with suppress(UsageError):
        return load(path)
    return None


def does_same(saved: Job, job: Job) -> bool:
    """Return whether a saved job does what a new one would.

    Another endpoint of the same bucket is the same work, done over another route. A user who does
    not ask for links accepts those that the job makes.
    """
    places = [
        (one.directory, one.target.file, one.target.flat, one.target.strip_prefix)
        for one in (saved, job)
    ]
    is_same = fingerprint(saved) == fingerprint(job) and places[0] == places[1]
    return is_same and job.target.links in {"follow", saved.target.links}


def selecting_the_same(job: Job, files: Iterable[Path]) -> Iterator[Job]:
    """Yield the saved jobs of the same objects, wherever they go."""
    for path in files:
        with suppress(OsshError):  # a broken one is left alone
            if fingerprint(one := load(path)) == fingerprint(job):
                yield one


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
