"""What goes into a manifest and comes out of it, as plain values."""

from datetime import datetime

from ossh.model import Failure, ObjectInfo, Part, Proof, Status, value

LEFT_CODE = "NotListed"
"""What failed of an entry whose object is gone from the bucket, and whose file a mirror has yet to
take away."""

FileRow = tuple[int, str, str, int, float]
"""A file as its row describes it: row, key, path below the target, bytes, last modified in epoch
seconds. A plain tuple, as millions of them are looked at when a finished job is run again."""


@value
class NewEntry:
    """An object to be added, with the path that `claim` gave it."""

    info: ObjectInfo
    path: str
    status: Status = Status.PENDING
    failure: Failure | None = None
    proof: Proof | None = None  # of a file that was here already
    crc64: int | None = None


@value
class Outcome:
    """What became of an entry: its new state as a whole; what is None is cleared."""

    row: int
    status: Status
    attempts: int
    failure: Failure | None = None
    proof: Proof | None = None
    crc64: int | None = None
    finished: float | None = None  # epoch seconds
    facts: ObjectInfo | None = None  # size, etag and so on, when they differ from the listing
    is_client_encrypted: bool = False  # of a done one: its bytes are ciphertext


@value
class PartChange:
    """A part to be remembered or, with `drop`, forgotten; without a part, all of them are."""

    row: int
    part: Part | None = None
    drop: bool = False


@value
class ListingRange:
    """Keys after `start` up to and including `end` ("" = no bound), and how far they came."""

    row: int
    start: str
    end: str
    cursor: str  # the last key that arrived; a listing resumes after it
    finished: bool


@value
class RunRecord:
    """One run of the job; `ended` is None while it runs, and for ever when it was killed."""

    row: int
    started: datetime
    ended: datetime | None
    outcome: str  # how it ended; "" while it has not
    objects: dict[Status, int]  # the whole job at the end of the run
    fetched: int  # objects finished by this run
    bytes_received: int
    boot_id: str

    @property
    def seconds(self) -> float | None:
        """Return how long it took, once it has ended."""
        return (self.ended - self.started).total_seconds() if self.ended else None


@value
class Sample:
    """How far a run was at one moment of it; cumulative."""

    second: float  # since the run started
    bytes: int  # received
    objects: int  # finished
    failed: int  # objects of the job that could not be fetched


@value
class ArchivedGroup:
    """The archived objects of one storage class that are being restored, or those that are not."""

    storage_class: str
    is_thawing: bool  # being restored, as far as is known
    objects: int
    size: int  # bytes
