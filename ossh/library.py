"""ossh from Python: the same jobs as at the prompt, for scripts and services.

Jobs, manifests and files are those of the shell: what a script began, `ossh jobs/NAME.toml -c get`
resumes, and the other way round. Nothing here prints, asks or reads a terminal.
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from ossh.job import Job, save
from ossh.model import Cause, ObjectInfo
from ossh.selection import Selection
from ossh.session import Connection, Options, Session, Wish, parse_address
from ossh.session.trusted import Trusted, trusted_file
from ossh.store.credentials import Credentials, Provider
from ossh.transfer.answers import PERMANENT
from ossh.transfer.run import Run

Find = Callable[[], Credentials | None]


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
        UsageError: Nothing is there, or the name is taken by a job that does something else.
        StoreError: The bucket cannot be asked.
    """
    session = Session(
        environ=os.environ,
        home=_home(),
        jobs_directory=Path(jobs).absolute(),
        options=options,
    )
    if credentials is not None:
        session.connect(provider=Provider(credentials))
    session.selection = selection or Selection()
    place = parse_address(address)
    names: tuple[str, ...] = (address,)
    if keys or inventory:
        session.place, names = place, ()
    wish = Wish(names, os.fspath(directory), name, os.fspath(keys), inventory=inventory)
    return session.job_for(wish)


def fetch(job: Job, *, credentials: Find | None = None, retry: bool = False) -> Run:
    """Return a run of a job: iterate it, or start it as a thread. See `Run`.

    Nothing happens before. The job's file is written if it is not there. Whoever calls this vouches
    for the job, whatever its endpoint and its target: look at them first if somebody else wrote it.

    Args:
        job: From `new_job` or `load`.
        credentials: As for `new_job`.
        retry: Try that again, too, what was refused for good in an earlier run.

    Raises:
        StoreError: No credentials are found.
        UsageError: Their source cannot be used.
        LocalError: The job's file cannot be written.
    """
    connection = _connection(Options.of(job.source), credentials)
    if not job.path.exists():
        save(job)
        Trusted(trusted_file).remember(job)
    keep: frozenset[Cause] = frozenset() if retry else PERMANENT
    return Run(job, connection.provider, keep=keep, http=connection.http())


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
        StoreError: The bucket cannot be asked.
    """
    place = parse_address(address)
    matches = (selection or Selection()).matcher(place.prefix, datetime.now(UTC))
    start = (selection or Selection()).start(place.prefix)
    catalog = _connection(options or Options(), credentials).catalog(place)
    return (info for info in catalog.walk(start) if matches(info))


def _connection(options: Options, credentials: Find | None) -> Connection:
    provider = None if credentials is None else Provider(credentials)
    return Connection(options, environ=os.environ, home=_home(), provider=provider)


def _home() -> Path:
    return Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() fails without a home
