"""What goes into a manifest and comes out of it, as plain values."""

from datetime import datetime

from ossh.model import Entry, Failure, ObjectInfo, OwnFile, Part, Proof, Status, value

LEFT_CODE = "NotListed"
"""What failed of an entry whose object is gone from the bucket, and whose file a mirror has yet to
take away."""

FileRow = tuple[int, str, str, int, int | None, float]
"""A file as its row describes it: row, key, path below the target, bytes; its time in nanoseconds
since 1970, if ossh left it there; and the object's in seconds. A plain tuple, as millions of them
are looked at when a finished job is run again."""


@value
class NewEntry:
    """An object to be added, with the path that `claim` gave it."""

    info: ObjectInfo
    path: str
    status: Status = Status.PENDING
    failure: Failure | None = None
    own: OwnFile | None = None  # what is in its place, if that is known byte for byte
    proof: Proof | None = None  # that this is the object


@value
class Outcome:
    """What became of an entry: its new state as a whole; what is None is cleared."""

    row: int
    status: Status
    attempts: int
    failure: Failure | None = None
    own: OwnFile | None = None
    proof: Proof | None = None
    finished: float | None = None  # epoch seconds
    facts: ObjectInfo | None = None  # size, etag and so on, when they differ from the listing
    is_client_encrypted: bool | None = None  # its bytes are ciphertext; None: as it was


def keeping(  # noqa: PLR0913 - what an outcome is made of
    entry: Entry,
    status: Status,
    failure: Failure | None = None,
    *,
    attempts: int = 0,
    facts: ObjectInfo | None = None,
    is_disproved: bool = False,
) -> Outcome:
    """Return an outcome of an entry that keeps what is known of the file in its place.

    Whether that is ours must outlast any number of attempts, and any change of its object. With
    `is_disproved` the file is known not to be the object; `facts`, what is new of the object, may
    tell, too.
    """
    proof = entry.proof
    if is_disproved or (facts is not None and entry.is_disproved_by(facts)):
        proof = (proof or Proof.LENGTH) if entry.own is None else None
    finished = entry.finished_seconds
    return Outcome(entry.row, status, attempts, failure, entry.own, proof, finished, facts)


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
