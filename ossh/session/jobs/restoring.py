"""Restoring what a job has archived: what there is, whether it is needed, and the requests."""

from contextlib import closing
from itertools import islice

from ossh import regular_files
from ossh.job import Job, fingerprint
from ossh.manifest import ArchivedGroup, ManifestReader
from ossh.model import Failure, Status, Thaw, value
from ossh.session.connecting.sample_reads import read_range
from ossh.session.jobs.job_facts import reader_of
from ossh.session.session import Session
from ossh.store.interruptible import interruptible
from ossh.store.listing import Lister
from ossh.store.lookup import look_up
from ossh.store.restore import REAL_TIME_CLASS
from ossh.store.signer import Signer
from ossh.transfer.planning.real_time_access import RealTimeAccess
from ossh.transfer.restoring.restoration import Restoration
from ossh.transfer.restoring.restore_result import RestoreRequest

CANDIDATES = 16  # archived objects searched for one that is still frozen


@value
class Survey:
    """What of a job is archived, as far as its manifest knows."""

    frozen: tuple[ArchivedGroup, ...]  # to be asked for
    thawing: int = 0  # objects that are being restored
    real_time: int = 0  # objects that turned out to be readable as they are

    @property
    def objects(self) -> int:
        return sum(one.objects for one in self.frozen)

    @property
    def size(self) -> int:
        return sum(one.size for one in self.frozen)


def is_listed(job: Job) -> bool:
    """Return whether a job's manifest holds all that the job selects, and nothing else."""
    if not regular_files.is_there(job.manifest_path):
        return False
    reader = reader_of(job)
    return reader.is_listing_finished() and reader.get_meta("wish") == fingerprint(job)


def survey(session: Session, job: Job) -> Survey:
    """Return what there is to restore; one object is read to see whether that is needed at all.

    Raises:
        OsshError: The manifest cannot be read, or there are no credentials.
    """
    reader = reader_of(job)
    groups = reader.archived()
    frozen = tuple(one for one in groups if not one.is_thawing)
    thawing = sum(one.objects for one in groups if one.is_thawing)
    of_class = [one for one in frozen if one.storage_class == REAL_TIME_CLASS]
    if not of_class or not _reads_in_real_time(session, job, reader):
        return Survey(frozen, thawing)
    rest = tuple(one for one in frozen if one.storage_class != REAL_TIME_CLASS)
    return Survey(rest, thawing, sum(one.objects for one in of_class))


def start_restoring(
    session: Session, job: Job, found: Survey, *, days: int, tier: str
) -> Restoration:
    """Begin to ask OSS to thaw what a job has archived. That costs money.

    Raises:
        UsageError: The job runs in the background.
    """
    session.runs.refuse_if_alive(job)
    connection = session.connection
    access = RealTimeAccess(is_real_time=True if found.real_time else None)
    request = RestoreRequest(days, tier)
    restoration = Restoration(
        job,
        connection.provider,
        request,
        access=access,
        http=connection.http(),
        shown=found.objects + found.real_time,
    )
    restoration.start()
    return restoration


def _reads_in_real_time(session: Session, job: Job, reader: ManifestReader) -> bool:
    """Return whether archived objects of the class that may be readable as it is are readable.

    One of them is read; one that has thawed would say nothing about the others.
    """
    entries = reader.entries((Status.ARCHIVED,))
    of_class = (one for one in entries if one.storage_class == REAL_TIME_CLASS)
    keys = sorted(one.key for one in islice(of_class, CANDIDATES))
    with closing(session.connection.http()) as http:
        signer = Signer(job.source, session.connection.provider.current())
        lister = Lister(lambda: signer, http)

        def is_readable() -> bool:
            found = look_up(lister, keys)
            infos = () if isinstance(found, Failure) else found.values()
            frozen = (one for one in infos if one.is_frozen and one.thaw is Thaw.NONE)
            info = next((one for one in frozen if one.storage_class == REAL_TIME_CLASS), None)
            return info is not None and isinstance(read_range(lister, info, 0, 1), int)

        return interruptible(is_readable)
