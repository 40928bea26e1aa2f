"""ossh from Python: the same jobs as at the prompt, for scripts and services.

Jobs, manifests and files are those of the shell: what a script began, `ossh jobs/NAME.toml -c get`
resumes, and the other way round. Nothing here asks or reads a terminal.

Errors are those of `ossh.errors`, each with its hint in the words of Python. Whatever the bucket,
the network or the disk is to blame for is an `OSError` too (see `ossh.python.errors`).
"""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Literal, overload

from ossh.advice import store_error
from ossh.errors import MissingError
from ossh.job import Job, save
from ossh.job import load as load_file
from ossh.language import _
from ossh.manifest import ManifestReader
from ossh.model import Cause, Entry, ObjectInfo
from ossh.paths import roomy
from ossh.printable import printable
from ossh.processes.process_lanes import ProcessLanes
from ossh.python.errors import translated, translated_items
from ossh.python.files import BINARY, check_mode, whole
from ossh.python.words import OF_RUNS, in_python
from ossh.selection import Selection
from ossh.session import Connection, JobRequest, Options, Session, parse_address
from ossh.session.jobs.job_choice import job_for
from ossh.session.jobs.removal import discard
from ossh.session.trust.trusted_jobs import TrustedJobs
from ossh.store.credentials import Credentials, Environment, Provider, located
from ossh.store.credentials.environment import home
from ossh.store.object_file import ObjectFile
from ossh.transfer import failed_csv
from ossh.transfer.disk.disk_errors import unusable
from ossh.transfer.disk.work_folder import WORK_FOLDER
from ossh.transfer.messages import Progress, Summary
from ossh.transfer.run import Run
from ossh.transfer.scheduling.retry_policy import PERMANENT

Find = Callable[[], Credentials | None]


class _Run(Run):
    """A run that speaks to a program."""

    def _stepwise(self) -> Generator[Progress, None, None]:
        try:
            with translated(OF_RUNS):
                yield from super()._stepwise()
        finally:
            if self.summary is not None:
                self.summary = in_python(self.summary)

    @translated(OF_RUNS)
    def failures(self) -> Iterator[Entry]:
        return super().failures()


@translated()
def load(path: str | os.PathLike[str]) -> Job:
    """Return the job in a file that the shell, or a person, wrote.

    Raises:
        UsageError: There is no such file.
        JobFileError: It cannot be used.
    """
    return load_file(Path(path))


@translated()
def new_job(  # noqa: PLR0913 - what a job is made of, most of it optional
    address: str,
    directory: str | os.PathLike[str],
    selection: Selection | None = None,
    *,
    name: str = "",
    jobs: str | os.PathLike[str] = "jobs",
    keys: str | os.PathLike[str] = "",
    inventory: str = "",
    options: Options | None = None,
    credentials: Find | None = None,
) -> Job:
    """Return the job that fetches what lies at an address; one that was begun before goes on.

    It is saved when it is first run, or with `ossh.job.save`.

    Args:
        address: `oss://BUCKET/PREFIX`, the key of one object, or a glob of keys.
        directory: Where to.
        selection: Which objects; all, if not given.
        name: The job's name; by default the folder's.
        jobs: The folder of job files and manifests.
        keys: A file that lists the keys that are wanted, or a job, whose failures are; from
            anywhere in the bucket, and without a selection.
        inventory: `oss://BUCKET/KEY` of an inventory report, read instead of listing the bucket.
        options: How to connect, where the environment and the files of other tools do not say it.
        credentials: Finds access keys, and is asked again when they expire; by default they are
            looked for where the shell looks for them.

    Raises:
        UsageError: The name is taken by a job that does something else.
        FileNotFoundError: Nothing is there.
        OSError: The bucket cannot be asked.
    """
    session = Session(
        environ=os.environ,
        home=home(),
        jobs_directory=roomy(Path(jobs).absolute()),
        options=options,
    )
    if credentials is not None:
        session.connect(provider=_provider(credentials))
    session.trusted_jobs.vouches = lambda _job, _reasons: True  # whoever calls this does
    session.selection = selection or Selection()
    place = parse_address(address)
    names: tuple[str, ...] = (address,)
    if keys or inventory:
        session.place, names = place, ()
    request = JobRequest(names, os.fspath(directory), name, os.fspath(keys), inventory=inventory)
    return job_for(session, request)


@translated(OF_RUNS)
def fetch(job: Job, *, credentials: Find | None = None, retry: bool = False) -> Run:
    """Return a run of a job: iterate it, or start it as a thread. See `Run`.

    Nothing happens before. The job's file is written if it is not there. Whoever calls this vouches
    for the job, whatever its endpoint and its target: look at them first if somebody else wrote it.

    Args:
        job: From `new_job` or `load`.
        credentials: As for `new_job`.
        retry: Try that again, too, what was refused for good in an earlier run.

    Raises:
        PermissionError: No credentials are found.
        UsageError: Their source cannot be used.
        OSError: The job's file cannot be written.
    """
    connection = connection_of(Options.of(job.source), credentials)
    if not job.path.exists():
        save(job)
        TrustedJobs.of_user().remember(job)
    keep: frozenset[Cause] = frozenset() if retry else PERMANENT
    return _Run(job, connection.provider, keep=keep, http=connection.http(), new_lanes=ProcessLanes)


@translated()
def download(  # noqa: PLR0913 - as for new_job
    address: str,
    directory: str | os.PathLike[str],
    selection: Selection | None = None,
    *,
    check: bool = True,
    options: Options | None = None,
    credentials: Find | None = None,
) -> Summary:
    """Fetch what lies at an address into a folder, verified, and return how that went.

    Files that are there already and the same are not fetched again. What an earlier call left
    when it was interrupted is resumed: until everything is verified, its job is kept in
    `.ossh/jobs` of the folder.

    Args:
        address: `oss://BUCKET/PREFIX`, the key of one object, or a glob of keys.
        directory: Where to.
        selection: Which objects; all, if not given.
        check: Raise an error if an object is missing in the end; else only the summary says so.
        options: As for `new_job`.
        credentials: As for `new_job`.

    Raises:
        MissingError: Some objects could not be fetched.
        FileNotFoundError: Nothing is there.
        OSError: It had to stop before its end; calling it again resumes.
    """
    jobs = Path(directory).absolute() / WORK_FOLDER / "jobs"
    job = new_job(
        address, directory, selection, jobs=jobs, options=options, credentials=credentials
    )
    if _ended_by_itself(job):  # the bucket may have changed since
        failed_csv.remove(job.directory, job.selection.shard)
        discard(job)
    try:
        jobs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(str(directory), error) from error
    run = fetch(job, credentials=credentials, retry=True)
    for _progress in run:
        pass
    summary = run.result()
    if summary.ended == "done":
        discard(job)
        with suppress(OSError):  # another call uses them
            jobs.rmdir()
            jobs.parent.rmdir()
    elif summary.failure is not None:
        raise store_error(_("download '{address}'").format(address=address), summary.failure)
    elif check and summary.status:
        raise _missing(job, summary)
    return summary


def _missing(job: Job, summary: Summary) -> MissingError:
    """Return the error that says how many objects are missing, and why."""
    counts = summary.counts
    causes = ", ".join(f"{number:,} {cause}" for cause, number, _advice in summary.by_cause)
    message = _("{missing:,} of {count:,} objects are not in '{folder}': {causes}").format(
        missing=counts.missing,
        count=counts.total,
        folder=printable(str(job.directory)),
        causes=causes,
    )
    return MissingError(message, hint=_("'{file}' lists them").format(file=summary.failed_csv))


def _ended_by_itself(job: Job) -> bool:
    """Return whether the last run of a job took up every object."""
    if not job.manifest_path.exists():
        return False
    runs = ManifestReader(job.manifest_path).runs()
    return bool(runs) and runs[-1].outcome in {"done", "failed"}


@translated()
def walk(
    address: str,
    selection: Selection | None = None,
    *,
    options: Options | None = None,
    credentials: Find | None = None,
) -> Iterator[ObjectInfo]:
    """Yield the objects below an address that a selection chooses, in key order.

    A page is asked for when somebody wants more, so a bucket of any size takes little memory.

    Args:
        address: `oss://BUCKET/PREFIX`.
        selection: Which objects; all, if not given.
        options: As for `new_job`.
        credentials: As for `new_job`.

    Raises:
        UsageError: It is not an address.
        FileNotFoundError: No key starts so.
        OSError: The bucket cannot be asked.
    """
    place = parse_address(address)
    matches = (selection or Selection()).matcher(place.prefix, datetime.now(UTC))
    start = (selection or Selection()).start(place.prefix)
    catalog = connection_of(options or Options(), credentials).catalog(place)
    catalog.find(place.prefix)
    return translated_items(filter(matches, catalog.walk(start)))


@overload
def open(  # noqa: A001 - as in gzip, bz2 and tarfile
    address: str,
    mode: Literal["r", "rt"],
    *,
    encoding: str | None = ...,
    errors: str | None = ...,
    newline: str | None = ...,
    verify: bool = ...,
    version_id: str = ...,
    options: Options | None = ...,
    credentials: Find | None = ...,
) -> TextIOWrapper: ...
@overload
def open(  # noqa: A001 - as in gzip, bz2 and tarfile
    address: str,
    mode: Literal["rb"] = ...,
    *,
    verify: bool = ...,
    version_id: str = ...,
    options: Options | None = ...,
    credentials: Find | None = ...,
) -> ObjectFile: ...
def open(  # noqa: A001, PLR0913 - as above, with what decides how
    address: str,
    mode: str = BINARY,
    *,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    verify: bool = False,
    version_id: str = "",
    options: Options | None = None,
    credentials: Find | None = None,
) -> ObjectFile | TextIOWrapper:
    """Open an object as a seekable, read-only file; only what is read is fetched.

    All bytes are of the version that was there first: if the object is replaced meanwhile,
    reading raises an error. Whoever reads it from its start to its end has its bytes compared with
    its CRC64.

    Args:
        address: `oss://BUCKET/KEY`.
        mode: "rb" reads bytes, "r" text.
        encoding: Of text; UTF-8, if not given. This, `errors` and `newline` are as in Python's own
            `open`.
        errors: What becomes of bytes that are no text.
        newline: What ends a line of text.
        verify: Fetch the whole object first, into a temporary file that goes when this one is
            closed, and compare its bytes with its CRC64 before anybody sees one of them.
        version_id: Of one of its versions, instead of the current one.
        options: As for `new_job`.
        credentials: As for `new_job`.

    Raises:
        UsageError: It is not the address of an object, or there is no such mode.
        FileNotFoundError: There is no such object.
        OSError: It cannot be read, or `verify` finds other bytes or nothing to compare them with.
    """
    at_edge = translated(filename=address)
    with translated(filename=address):
        check_mode(mode, encoding, errors, newline)
        place = parse_address(address)
        connection = connection_of(options or Options(), credentials)
        ranges = connection.ranges(place, version_id=version_id)
        read, prove = at_edge(ranges.read), at_edge(partial(ranges.prove, strictly=verify))
        file = ObjectFile(read, ranges.info.size, place.address, prove)
        if verify:
            file = whole(file)
    return file if mode == BINARY else TextIOWrapper(file, encoding or "utf-8", errors, newline)


def connection_of(options: Options, credentials: Find | None = None) -> Connection:
    """Return a connection of a script, which nobody can be asked for credentials."""
    provider = None if credentials is None else _provider(credentials)
    return Connection(options, environ=os.environ, home=home(), provider=provider)


def _provider(find: Find) -> Provider:
    """Return what holds a script's own credentials; the environment may say where they serve."""

    def found() -> Credentials | None:
        keys = find()
        return keys and located(keys, Environment(os.environ, home()))

    return Provider(found)
