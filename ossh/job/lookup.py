"""Which saved job a person means by a name or a path."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path

from ossh.errors import OsshError, UsageError
from ossh.job.files import list_jobs, load
from ossh.job.job import Job
from ossh.language import _
from ossh.paths import NameRules, expanded, folded, is_same
from ossh.printable import printable
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
    found = [one.absolute() for one in files if one.exists()]
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
