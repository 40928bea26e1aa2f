"""What is unusual about a job, so that a person should check it before it is opened or run.

A job file may come from somebody else, who chose where requests go and where files land. Who made
it and on which machine makes no difference: a fresh checkout of a shared repository is usual.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ossh.errors import OsshError, UsageError
from ossh.job import Job, recorded_target
from ossh.language import _
from ossh.model import Source, value
from ossh.paths import is_shown_below
from ossh.printable import printable
from ossh.store.credentials import Credentials
from ossh.store.endpoint_kinds import is_loopback, is_official
from ossh.store.endpoints import normal_endpoint, region_of


@value
class Surroundings:
    """What a job is judged by."""

    folder: Path  # the current directory
    home: Path
    credentials: Credentials  # that sign its requests
    named_endpoints: frozenset[str]  # by the user


def risks(job: Job, source: Source, surroundings: Surroundings) -> Iterator[str]:
    """Yield what is unusual about a job as its file has it, a reason each.

    Its requests will really go to `source`, whatever the file says.
    """
    if _is_unknown(source.endpoint, surroundings) and (
        why := _reusable(source, surroundings.credentials)
    ):
        yield _(
            "{endpoint} is neither an endpoint of OSS nor one you named, and would get {what}"
        ).format(endpoint=printable(source.endpoint), what=why)
    local = tuple(_unusual_target(job, surroundings))
    if local and not _has_run_there(job):
        yield from local


def _unusual_target(job: Job, surroundings: Surroundings) -> Iterator[str]:
    folder = printable(str(job.directory))
    if _is_shared(job, surroundings):
        yield _(
            "the target {folder} contains the job file, the current directory or your home "
            "directory"
        ).format(folder=folder)
    elif not _is_near(job, surroundings):
        yield _("the target {folder} is outside the usual folders of this job").format(
            folder=folder
        )
    if job.target.existing == "replace" and job.directory.exists():
        yield _("it would replace changed files in {folder}").format(folder=folder)
    if job.target.mirror and job.directory.exists():
        yield _("it would move files whose objects are gone away from {folder}").format(
            folder=folder
        )


def _has_run_there(job: Job) -> bool:
    """Tell whether a job's manifest says that it has run with just this target."""
    from ossh.manifest import ManifestReader  # noqa: PLC0415 - few jobs need it; brings SQLite

    with suppress(OsshError):  # it has never run, or nobody can tell
        return ManifestReader(job.manifest_path).get_meta("target") == recorded_target(job)
    return False


def _is_unknown(endpoint: str, surroundings: Surroundings) -> bool:
    """Tell whether an endpoint is neither OSS's own, nor on this machine, nor named by the user."""
    if is_official(endpoint) or is_loopback(endpoint):
        return False
    known = {
        surroundings.credentials.endpoint,
        *(one[1] for one in surroundings.credentials.bucket_endpoints),
        *surroundings.named_endpoints,
    }
    return normal_endpoint(endpoint) not in set(_normal(known))


def _normal(endpoints: Iterable[str]) -> Iterator[str]:
    for one in endpoints:
        with suppress(UsageError):  # whoever uses it says what is wrong with it
            yield normal_endpoint(one)


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


def _is_shared(job: Job, surroundings: Surroundings) -> bool:
    """Tell whether other files lie in a target: those of a project, or of a person."""
    theirs = (job.path.parent, surroundings.folder, surroundings.home)
    return any(one.resolve().is_relative_to(job.real_directory) for one in theirs)


def _is_near(job: Job, surroundings: Surroundings) -> bool:
    """Tell whether a target lies where its job may write without a question.

    That is below the job file's folder, that folder's parent or the current directory, once links
    are followed; not below the root of the file system, where everything is, and nothing hidden,
    for there programs keep keys and what they run.
    """
    jobs = job.path.parent.resolve()
    near = (jobs, jobs.parent, surroundings.folder.resolve())
    return any(is_shown_below(job.real_directory, one) for one in near if one != one.parent)
