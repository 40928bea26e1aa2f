"""Job files on disk."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

from ossh import regular_files, text_files
from ossh.errors import JobFileError, UsageError
from ossh.job.format import dumps, loads
from ossh.job.job import Job
from ossh.job.job_name import LONGEST, check_name, natural_sort_key
from ossh.language import _, said
from ossh.model import KIB
from ossh.paths import roomy

_LARGEST = 256 * KIB  # bytes: thousands of globs; keys have a file of their own beside it


def load(path: Path | str) -> Job:
    """Return the job of a file.

    Raises:
        UsageError: There is no such file.
        JobFileError: It cannot be used; says where and why, and what would be accepted.
        LocalError: It cannot be read.
    """
    path = Path(path)
    try:
        with regular_files.open_for_reading(path, follow=True) as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise UsageError(
            _("there is no job file '{path}'").format(path=path), hint=_("'jobs' lists them")
        ) from error
    except OSError as error:
        raise regular_files.cannot_read(path, error) from error
    if len(data) > _LARGEST:
        raise JobFileError(
            _("'{path}' is too large for a job file").format(path=path),
            hint=_("accepted: up to 256 KiB; a list of keys can be a file of its own: 'keys'"),
        )
    try:
        text = text_files.decoded(data)
    except text_files.NotTextError as error:
        raise JobFileError(
            _("'{path}', line {line}: not UTF-8 text").format(path=path, line=error.line),
            hint=said(text_files.HINT),
        ) from error
    return loads(text, path)


def save(job: Job) -> None:
    """Write a job's file as a whole or not at all; its folder is made if need be.

    Raises:
        JobFileError: The job holds what a job file must not, such as a secret, or far too much.
        LocalError: The folder cannot be written.
    """
    data = dumps(job).encode()
    if len(data) > _LARGEST:
        raise JobFileError(
            _("the filters of '{path}' are too long for a job file").format(path=job.path),
            hint=_("use fewer filters, or list the keys in a file: 'get --from FILE'"),
        )
    try:
        job.path.parent.mkdir(parents=True, exist_ok=True)
        with regular_files.replacing(job.path) as file:
            file.write(data)
    except OSError as error:
        hint = _("choose another jobs folder: --jobs-dir")
        raise regular_files.cannot_write(job.path, error, hint) from error


def own_folder() -> Path | None:
    """Return the user's own folder of jobs, which may be missing; None where there is no home."""
    from platformdirs import user_data_path  # noqa: PLC0415 - only where jobs are looked for

    try:
        folder = user_data_path("ossh") / "jobs"
    except RuntimeError:  # the user has no home
        return None
    return roomy(folder) if folder.is_absolute() else None


def list_jobs(directory: Path) -> list[Path]:
    """Return the job files of a folder, in natural order of their names; none without the folder.

    What only has the name of one, such as a named pipe, is among them: loading it says what it is.

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
        hint = _("choose another jobs folder: --jobs-dir")
        raise regular_files.cannot_read(directory, error, hint) from error
    return sorted(found, key=lambda path: natural_sort_key(path.stem))


def job_path(directory: Path, name: str) -> Path:
    """Return the path of a job's file; a UsageError if some system could have no such file."""
    return directory / f"{check_name(name)}.toml"


def candidates(directory: Path, name: str) -> Iterator[Path]:
    """Yield the paths that a new job may have: with its name, with `-2` added, and so on.

    Of a long name the end is kept.

    Raises:
        UsageError: As for `job_path`.
    """
    yield job_path(directory, name)
    for number in count(2):
        yield job_path(directory, f"{name}-{number}"[-LONGEST:].lstrip("-._ ~"))


def is_free(path: Path) -> bool:
    """Return whether a new job can have a path; one with a manifest only is taken, too.

    Raises:
        LocalError: Nobody can look.
    """
    return not any(map(regular_files.is_there, (path, path.with_suffix(".sqlite"))))
