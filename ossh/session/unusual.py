"""What is unusual about a job, so that a person should check it before it is opened or run.

A job file may come from somebody else, who chose where requests go and where files land. Who made
it and on which machine makes no difference: a fresh checkout of a shared repository is usual.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ossh.errors import OsshError, UsageError
from ossh.job import Job, place
from ossh.language import _
from ossh.model import Source, value
from ossh.paths import is_shown_below, printable
from ossh.store.credentials import Credentials
from ossh.store.endpoints import is_loopback, is_own, normal_endpoint, region_of


@value
class Surroundings:
    """What a job is judged by."""

    folder: Path  # the current directory
    home: Path
    who: Credentials  # whose requests are sent
    named: frozenset[str]  # endpoints on the command line and in the environment


def unusual(job: Job, source: Source, around: Surroundings) -> Iterator[str]:
    """Yield what is unusual about a job, a reason each.

    Args:
        job: As its file has it.
        source: Where requests will really go.
        around: Where and for whom it would run.
    """
    if is_unknown(source.endpoint, around) and (why := _reusable(source, around.who)):
        yield _(
            "{endpoint} is neither an endpoint of OSS nor one you named, and would get {what}"
        ).format(endpoint=printable(source.endpoint), what=why)
    local = tuple(_unusual_target(job, around))
    if local and not _has_run_there(job):
        yield from local


def _unusual_target(job: Job, around: Surroundings) -> Iterator[str]:
    folder = printable(str(job.directory))
    if _is_shared(job, around):
        yield _(
            "the target {folder} contains the job file, the current directory or your home "
            "directory"
        ).format(folder=folder)
    elif not _is_near(job, around):
        yield _("the target {folder} is outside the usual folders of this job").format(
            folder=folder
        )
    if job.target.existing == "replace" and job.directory.exists():
        yield _("it would replace changed files in {folder}").format(folder=folder)


def _has_run_there(job: Job) -> bool:
    """Tell whether a job's manifest says that it has run with just this target."""
    from ossh.manifest import ManifestReader  # noqa: PLC0415 - few jobs need it; brings SQLite

    with suppress(OsshError):  # it has never run, or nobody can tell
        return ManifestReader(job.manifest_path).get_meta("target") == place(job)
    return False


def is_unknown(endpoint: str, around: Surroundings) -> bool:
    """Tell whether an endpoint is neither OSS's own, nor on this machine, nor named by the user."""
    if is_own(endpoint) or is_loopback(endpoint):
        return False
    said = {around.who.endpoint, *(one[1] for one in around.who.bucket_endpoints), *around.named}
    return normal_endpoint(endpoint) not in set(_normal(said))


def _normal(endpoints: Iterable[str]) -> Iterator[str]:
    for one in endpoints:
        with suppress(UsageError):  # whoever uses it says what is wrong with it
            yield normal_endpoint(one)


def _reusable(source: Source, who: Credentials) -> str:
    """Return what an endpoint would get that is good elsewhere too; "" for nothing."""
    if who.anonymous:
        return ""
    if who.security_token:
        return _("your security token")
    if not (source.region or region_of(source.endpoint)):
        return _("V1 signatures, which are also valid at OSS")
    if not source.sign_host:
        return _("signatures without the host, which are also valid at OSS")
    return ""


def _is_shared(job: Job, around: Surroundings) -> bool:
    """Tell whether other files lie in a target: those of a project, or of a person."""
    theirs = (job.path.parent, around.folder, around.home)
    return any(one.resolve().is_relative_to(job.real_directory) for one in theirs)


def _is_near(job: Job, around: Surroundings) -> bool:
    """Tell whether a target lies where its job may write without a question.

    That is below the job file's folder, that folder's parent or the current directory, once links
    are followed; not below the root of the file system, where everything is, and nothing hidden,
    for there programs keep keys and what they run.
    """
    jobs = job.path.parent.resolve()
    near = (jobs, jobs.parent, around.folder.resolve())
    return any(is_shown_below(job.real_directory, one) for one in near if one != one.parent)
