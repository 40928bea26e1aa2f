"""What is unusual about a job, so that a person should check it before it is opened or run.

A job file may come from somebody else, who chose where requests go and where files land, and so may
the manifest beside it, which is not asked. Who made them and on which machine makes no difference:
a fresh checkout of a shared repository is usual.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from ossh.errors import UsageError
from ossh.job import Job
from ossh.language import _
from ossh.model import Source, value
from ossh.paths import NameRules, folded, real
from ossh.printable import printable
from ossh.store.credentials import Credentials
from ossh.store.endpoint_kinds import is_official
from ossh.store.endpoints import normal_endpoint, region_of, split_endpoint

_ALIKE = NameRules.portable()  # what one system or another takes for the same name
_OF_CODE = frozenset({"bin", "dist-packages", "etc", "node_modules", "sbin", "site-packages"})
_OF_SETTINGS = frozenset({"appdata", "library"})  # in a home, as a hidden folder is elsewhere
_OF_THE_SYSTEM = (
    *("/Applications", "/Library", "/System", "/boot", "/dev", "/lib", "/proc", "/sys", "/usr"),
    "/var/spool",
)
_VARIABLES = ("PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "SYSTEMROOT")  # of Windows


@value
class TrustContext:
    """The folders that decide which targets are usual."""

    folder: Path  # the current directory
    home: Path
    system: tuple[Path, ...] = ()  # of the system, Python and ossh, with all that is in them
    programs: tuple[Path, ...] = ()  # whose own files are run by their names: PATH

    @classmethod
    def of(cls, environ: Mapping[str, str], folder: Path, home: Path) -> "TrustContext":
        system = (*_OF_THE_SYSTEM, *(environ.get(name, "") for name in _VARIABLES))
        python = (sys.prefix, sys.base_prefix)
        programs = environ.get("PATH", "").split(os.pathsep)
        own = tuple(_absolute((*system, *python, *_own_folders())))
        return cls(folder, home, own, tuple(_absolute(programs)))


def endpoint_risks(
    source: Source, credentials: Credentials, named_endpoints: Iterable[str]
) -> Iterator[str]:
    """Yield what is unusual about where requests go, given which endpoints the user named."""
    endpoint = printable(source.endpoint)
    what = _reusable(source, credentials)
    if not what or _is_named(source.endpoint, credentials, named_endpoints):
        return
    if not is_official(source.endpoint):
        text = _(
            "{endpoint} is neither an endpoint of OSS nor one you named, and would receive {what}"
        )
        yield text.format(endpoint=endpoint, what=what)
    elif split_endpoint(source.endpoint).scheme == "http":
        text = _("{endpoint} is not encrypted, and would receive {what}")
        yield text.format(endpoint=endpoint, what=what)


def target_risks(job: Job, context: TrustContext) -> Iterator[str]:
    """Yield what is unusual about where files land, and about what may happen to those there."""
    folder = printable(str(job.directory))
    if _is_shared(job, context):
        yield _(
            "the target {folder} contains the job file, the current directory or your home "
            "directory"
        ).format(folder=folder)
    elif not _is_near(job, context):
        yield _(
            "the target {folder} is outside the folder of the job file and the current one, "
            "hidden, or among the files of your home directory"
        ).format(folder=folder)
    elif _holds_code(job, context):
        yield _("files in the target {folder} may be run as programs").format(folder=folder)
    if job.directory.exists():
        yield from changes(job)


def changes(job: Job) -> Iterator[str]:
    """Yield what a job would do to files that are at its target already."""
    folder = printable(str(job.directory))
    if job.target.existing == "replace":
        text = _("it moves files that are in the way to the trash of {folder}")
        yield text.format(folder=folder)
    if job.target.mirror:
        text = _("it moves files whose objects are gone to the trash of {folder}")
        yield text.format(folder=folder)


def _is_named(endpoint: str, credentials: Credentials, named: Iterable[str]) -> bool:
    """Return whether the user named an endpoint, or the source of the credentials did."""
    normal = normal_endpoint(endpoint)
    for one in (credentials.endpoint, *(one[1] for one in credentials.bucket_endpoints), *named):
        with suppress(UsageError):  # whoever uses it says what is wrong with it
            if normal_endpoint(one) == normal:
                return True
    return False


def _reusable(source: Source, credentials: Credentials) -> str:
    """Return what an endpoint would get that is good elsewhere too; "" for nothing."""
    if credentials.anonymous:
        return ""
    if credentials.security_token:
        return _("your security token")
    if not (source.region or region_of(source.endpoint)):
        return _("V1 signatures, which are also valid at OSS")
    if not source.sign_host:
        return _("signatures without the host, which are also valid at OSS")
    return ""


def _is_shared(job: Job, context: TrustContext) -> bool:
    """Return whether other files lie in a target: those of a project, or of a person."""
    theirs = (job.path.parent, context.folder, context.home)
    return any(_holds(job.real_directory, real(one)) for one in theirs)


def _is_near(job: Job, context: TrustContext) -> bool:
    """Return whether a target lies where its job may write without a question.

    That is below the job file's folder, that folder's parent or the current directory, once links
    are followed. None of them counts that is or holds the home, as the root of a disk does; nor
    does anything hidden, for there programs keep keys and what they run.
    """
    jobs, home = real(job.path.parent), real(context.home)
    near = (jobs, jobs.parent, real(context.folder))
    usual = [one for one in near if one != one.parent and not _holds(one, home)]
    parts = _parts(job.real_directory, home)
    is_hidden = any(one.startswith(".") for one in parts) or parts[0] in _OF_SETTINGS
    return any(map(job.real_directory.is_relative_to, usual)) and not is_hidden


def _holds_code(job: Job, context: TrustContext) -> bool:
    """Return whether programs, or what they load, are kept in a target or around it."""
    target, system = job.real_directory, context.system
    return (
        not _OF_CODE.isdisjoint(_parts(target, real(context.home)))
        or any(_holds(target, one) for one in (*system, *context.programs))
        or any(_holds(one, target) for one in system)
        or any((one / "pyvenv.cfg").exists() for one in (target, *target.parents))
    )


def _parts(folder: Path, home: Path) -> tuple[str, ...]:
    """Return the names that lead to a folder, from the home if it is in there, folded."""
    parts, above = _folded(folder).parts, _folded(home).parts
    return parts[len(above) :] if parts[: len(above)] == above else parts


def _holds(folder: Path, path: Path) -> bool:
    """Return whether a folder is a path or around it, on whatever system."""
    return _folded(path).is_relative_to(_folded(folder))


def _folded(path: Path) -> Path:
    return Path(folded(str(path), _ALIKE))


def _own_folders() -> Iterator[str]:
    """Yield where ossh keeps what it believes: `osshrc`, jobs, trusted jobs."""
    from platformdirs import user_config_dir, user_data_dir, user_state_dir  # noqa: PLC0415 - few jobs need it

    for folder in (user_config_dir, user_data_dir, user_state_dir):
        with suppress(RuntimeError):  # the user has no home
            yield folder("ossh")


def _absolute(folders: Iterable[str]) -> Iterator[Path]:
    for one in map(Path, folders):
        if one.is_absolute():
            yield real(one)
