"""Job files on disk."""

import os
from collections.abc import Iterator
from pathlib import Path

from ossh import regular
from ossh.errors import JobFileError, LocalError, UsageError, reason
from ossh.job.names import as_counted, check_name, numbered
from ossh.job.text import dumps, loads
from ossh.job.wish import Job
from ossh.language import _

_LARGEST = 16 << 20  # bytes; far beyond any list of globs, and soon read


def load(path: Path | str) -> Job:
    """Return the job of a file.

    Raises:
        UsageError: There is no such file.
        JobFileError: It cannot be used; says where and why, and what would be accepted.
        LocalError: It cannot be read.
    """
    path = Path(path)
    try:
        with regular.reading(path, follow=True) as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise UsageError(
            _("there is no job file '{path}'").format(path=path), hint=_("'jobs' lists them")
        ) from error
    except OSError as error:
        raise LocalError(
            _("cannot read '{path}': {reason}").format(path=path, reason=reason(error)),
            hint=regular.hint(error, ""),
        ) from error
    if len(data) > _LARGEST:
        raise JobFileError(
            _("'{path}' is too large for a job file").format(path=path),
            hint=_("accepted: up to 16 MiB"),
        )
    try:
        text = data.decode("utf-8-sig")  # some editors put a mark in front
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise JobFileError(
            _("'{path}', line {line}: not UTF-8 text").format(path=path, line=line),
            hint=_("save the file as UTF-8"),
        ) from error
    return loads(text, path)


def save(job: Job) -> None:
    """Write a job's file as a whole or not at all; its folder is made if need be.

    Raises:
        JobFileError: The job holds what a job file must not, such as a secret.
        LocalError: The folder cannot be written.
    """
    text = dumps(job)
    try:
        job.path.parent.mkdir(parents=True, exist_ok=True)
        with regular.written(job.path) as file:
            file.write(text.encode())
    except OSError as error:
        raise LocalError(
            _("cannot write '{path}': {reason}").format(path=job.path, reason=reason(error)),
            hint=_("choose another jobs folder with --jobs-dir"),
        ) from error


def list_jobs(directory: Path) -> list[Path]:
    """Return the job files of a folder, by name as people count; none without such a folder.

    What only has the name of one, such as a named pipe, is among them: to load it says what it is.

    Raises:
        LocalError: The folder cannot be read.
    """
    try:
        found = [
            path
            for path in directory.iterdir()
            if path.suffix == ".toml" and not path.name.startswith(".") and not path.is_dir()
        ]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise LocalError(
            _("cannot read '{directory}': {reason}").format(
                directory=directory, reason=reason(error)
            ),
            hint=_("choose another jobs folder with --jobs-dir"),
        ) from error
    return sorted(found, key=lambda path: as_counted(path.stem))


def job_path(directory: Path, name: str) -> Path:
    """Return the path of a job's file.

    Raises:
        UsageError: The name would be no file's name on some system.
    """
    return directory / f"{check_name(name)}.toml"


def candidates(directory: Path, name: str) -> Iterator[Path]:
    """Yield the paths of job files a new job may have: of its name, with `-2`, and so on.

    Raises:
        UsageError: As for `job_path`.
    """
    return (job_path(directory, one) for one in numbered(name))


def is_free(path: Path) -> bool:
    """Tell whether a new job can have a path; a manifest without its job file takes it, too."""
    return not any(map(os.path.lexists, (path, path.with_suffix(".sqlite"))))
