"""ossh from Python: the same jobs as at the prompt, for scripts and services.

Jobs, manifests and files are those of the shell: what a script began, `ossh jobs/NAME.toml -c get`
resumes, and the other way round. Nothing here asks or reads a terminal.

Errors are those of `ossh.errors`, each with its hint in the words of Python. Whatever the bucket,
the network or the disk is to blame for is an `OSError` too (see `ossh.python.errors`).
"""

import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from io import TextIOWrapper
from typing import Any, Literal, overload

from ossh import manifest
from ossh.errors import limits_explained
from ossh.job import Job, save
from ossh.job import load as load_file
from ossh.model import Cause, Entry, ObjectInfo
from ossh.paths import expanded, roomy
from ossh.processes.process_lanes import ProcessLanes
from ossh.python.arguments import (
    Find,
    check_named,
    chosen,
    connection_of,
    in_oss,
    provider_of,
    usable,
)
from ossh.python.errors import translated, translated_items
from ossh.python.files import BINARY, check_mode, whole
from ossh.python.words import OF_RUNS, OF_WALK, in_python
from ossh.selection import Selection
from ossh.session import JobRequest, Options, Place, Session, parse_address
from ossh.session.browsing.name_lookup import NameLookup
from ossh.session.jobs.job_choice import job_for
from ossh.session.trust.trusted_jobs import TrustedJobs
from ossh.store.credentials.environment import home
from ossh.store.object_file import ObjectFile
from ossh.transfer.run import Run
from ossh.transfer.scheduling.retry_policy import PERMANENT
from ossh.transfer.watching import Progress


class ManifestReader(manifest.ManifestReader):
    """The record of a job: answers questions, even while a process runs it.

    Args:
        path: `manifest_path` of the job. Every method raises `ManifestError` when there is none or
            it cannot be used, and an `OSError` when it cannot be read.
    """

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        with translated(OF_RUNS), super()._connected() as database:
            yield database


class _Run(Run):
    """A run that speaks to a program."""

    calls: Mapping[str, str] = OF_RUNS

    def _stepwise(self) -> Generator[Progress, None, None]:
        try:
            with translated(self.calls), limits_explained():
                yield from super()._stepwise()
        finally:
            if self.summary is not None:
                self.summary = in_python(self.summary, self.calls)

    def failures(self) -> Iterator[Entry]:
        return ManifestReader(self.manifest_path).not_at_target()


@translated()
def load(path: str | os.PathLike[str]) -> Job:
    """Return the job in a file that the shell, or a person, wrote.

    Raises:
        UsageError: There is no such file.
        JobFileError: It cannot be used.
    """
    return load_file(expanded(path))


@translated()
@limits_explained()
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
        UsageError: The name is taken by a job that does something else, or no directory is named.
        FileNotFoundError: Nothing is there.
        OSError: The bucket cannot be asked.
    """
    check_named(directory)
    session = Session(
        environ=os.environ,
        home=home(),
        jobs_directory=roomy(expanded(jobs).absolute()),
        options=usable(options, credentials),
    )
    if credentials is not None:
        session.connect(provider=provider_of(credentials))
    session.trusted_jobs.vouches = lambda _job, _reasons: True  # whoever calls this does
    session.selection = chosen(selection)
    place = parse_address(in_oss(address))
    names: tuple[str, ...] = (in_oss(address),)
    if keys or inventory:
        session.place, names = place, ()
    report = in_oss(inventory)
    request = JobRequest(names, os.fspath(directory), name, os.fspath(keys), inventory=report)
    try:
        return job_for(session, request)
    finally:
        if session.existing_connection is not None:
            session.existing_connection.close()


@translated(OF_RUNS)
def fetch(
    job: Job,
    *,
    retry: bool = False,
    options: Options | None = None,
    credentials: Find | None = None,
) -> Run:
    """Return a run of a job: iterate it, or start it as a thread. See `Run`.

    Nothing happens before. The job's file is written if it is not there. Whoever calls this vouches
    for the job, whatever its endpoint and its target: look at them first if somebody else wrote it.

    Args:
        job: From `new_job` or `load`.
        retry: Try that again, too, what was refused for good in an earlier run.
        options: Once more what no job file keeps: the proxy, certificates, the role of a machine.
        credentials: As for `new_job`.

    Raises:
        PermissionError: No credentials are found.
        UsageError: Their source cannot be used.
        OSError: The job's file cannot be written.
    """
    return begun(job, OF_RUNS, retry=retry, options=options, credentials=credentials)


def begun(
    job: Job,
    calls: Mapping[str, str],
    *,
    retry: bool,
    options: Options | None,
    credentials: Find | None,
) -> Run:
    """Return a run of a job; in what it says, commands are these calls."""
    known = Options.of(job.source)
    if credentials is not None:
        known = replace(known, profile="")  # in whose place they are
    connection = connection_of(usable(options).with_defaults(known), credentials)
    if not job.path.exists():
        save(job)
        TrustedJobs.of_user().remember(job)
    keep: frozenset[Cause] = frozenset() if retry else PERMANENT
    http, provider = connection.http(), connection.provider
    run = _Run(job, provider, keep=keep, http=http, new_lanes=ProcessLanes)
    run.calls = calls
    return run


@translated(OF_WALK)
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
    place, selection = parse_address(in_oss(address)), chosen(selection)
    matches = selection.matcher(place.prefix, datetime.now(UTC))
    start = selection.start(place.prefix)
    connection = connection_of(options, credentials)

    def found() -> Iterator[ObjectInfo]:
        with closing(connection):
            yield from filter(matches, catalog.walk(start))

    with closing(connection):  # what is found, which nobody may ask for, connects anew
        catalog = connection.catalog(place)
        NameLookup(Place(), lambda _place: catalog, lambda _place: matches).existing(place)
    return translated_items(found())


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
        place = parse_address(in_oss(address))
        connection = connection_of(options, credentials)
        ranges = connection.ranges(place, version_id=version_id)
        read, prove = at_edge(ranges.read), at_edge(partial(ranges.prove, strictly=verify))
        file = ObjectFile(read, ranges.info.size, place.address, prove)
        file.on_close = connection.close
        if verify:
            with file:
                file = whole(file, partial(ObjectFile, size=file.size, name=file.name))
    return file if mode == BINARY else TextIOWrapper(file, encoding or "utf-8", errors, newline)
