"""Job files on disk, and their names, which are file names on every system."""

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from ossh import regular_files, text_files
from ossh.errors import JobFileError, UsageError
from ossh.job.format import dumps, loads
from ossh.job.job import Job
from ossh.language import _, said
from ossh.model import KIB
from ossh.paths import roomy

_LARGEST = 256 * KIB  # bytes: thousands of globs; keys have a file of their own beside it
LONGEST = 60  # characters, of up to 4 bytes each: with a suffix they stay below 255 bytes
_REFUSED = r"""[\x00-\x1f\x7f<>:"/\\|?*'`$;&!%]|\.toml$"""
_DEVICE = r"(?i)(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?:\..*)?"


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


def check_name(name: str) -> str:
    """Return the name; a UsageError if it would be no file's name on some system."""
    is_fit = (
        0 < len(name) <= LONGEST
        and name.isprintable()
        and not re.search(_REFUSED, name)
        and not re.fullmatch(_DEVICE, name)
        and name.strip(" .") == name
        and not name.startswith(("-", "~"))
    )
    if not is_fit:
        problem = _("{name!r} cannot be a job name") if name else _("a job needs a name")
        accepted = _(
            "letters, digits, '.', '-', '_' and inner spaces, up to 60 characters, without '.toml'"
        )
        raise UsageError(
            problem.format(name=name), hint=_("accepted: {accepted}").format(accepted=accepted)
        )
    return name


def natural_sort_key(name: str) -> tuple[tuple[str | int, ...], str]:
    """Return a key that sorts names with their numbers as numbers: `web`, `web-2`, `web-10`."""
    pieces = re.split("([0-9]+)", name)  # each second one is digits
    return tuple(int(one) if i % 2 else one for i, one in enumerate(pieces)), name


def default_name(*texts: str, suffix: str = "") -> str:
    """Return a job's name made of the first text that gives one: a folder, a prefix, a bucket.

    `logs/2026/` becomes `logs-2026`; of a long text the end is kept, which says most. There will
    be room for `suffix`, which the caller adds.
    """
    for text in texts:
        name = re.sub(r"[^\w.]+", "-", text).strip("-._")
        name = re.sub(r"(\.toml)+$", "", name)[len(suffix) - LONGEST :].strip("-._")
        if name and not re.fullmatch(_DEVICE, name):
            return name
    return "job"
