"""What crosses a thread to whoever watches a run: its progress, controls, and how it ended.

All of it is plain, picklable data, which a watcher only reads. What the threads of a run tell one
another is in `messages`.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ossh.errors import STATUS_INTERRUPTED, STATUS_MISSING, STATUS_STOPPED
from ossh.language import _
from ossh.model import Counts, Failure, Proof, Status, value
from ossh.units import format_duration, format_size

# Exit statuses by how a run ended.
_STATUSES = {
    "done": 0,
    "failed": STATUS_MISSING,
    "stopped": STATUS_INTERRUPTED,
    "error": STATUS_STOPPED,
}
LISTED = 20  # files that a mirror takes away or leaves alone are named, the others counted


class Phase(StrEnum):
    """What a run is doing, as its watchers see it."""

    PLANNING = "planning"  # listing is still under way; the total is not known yet
    FETCHING = "fetching"
    IDLE = "idle"  # between two rounds of a job that follows its bucket
    WAITING = "waiting"  # for the network, the service or new credentials; see Progress.note
    STOPPING = "stopping"
    ENDED = "ended"


@value
class UnderWay:
    """An object that is being fetched."""

    key: str
    size: int
    bytes_done: int
    bytes_received: int  # of these, within `seconds`
    seconds: float  # for which it has been under way


@value
class Progress:
    """How far a run is: cumulative figures of the whole job, only read by whoever draws them."""

    phase: Phase = Phase.PLANNING
    is_planned: bool = False  # the listing has ended: the totals will not grow any more
    listed: int = 0  # objects the listing brought in this run
    planned: int = 0  # objects of the job so far, of any status
    planned_bytes: int = 0
    done: int = 0  # objects at the target: fetched and proved, or there already
    failed: int = 0  # failed, gone or archived
    archived: int = 0  # of these, those that must be restored before they can be read
    to_retry: int = 0  # failed so far; they will be asked for again
    fetched: int = 0  # of done, by this run
    bytes_done: int = 0  # of what is done, and of parts on disk
    bytes_resumed: int = 0  # of these, what was there before this run
    bytes_received: int = 0  # by this run, over the network, also of what is not kept
    connections: int = 0  # requests under way now
    note: str = ""  # why a run waits; "" when it does not
    needs_person: bool = False  # it waits for credentials that only a person can bring
    slowest: tuple[UnderWay, ...] = ()  # what is under way, the longest first; not all of it


@value
class Controls:
    """What the prompt asks of a run; one slot, replaced as a whole."""

    connections: int = 0  # 0: the job's own setting
    bytes_per_second: int = -1  # -1: the job's own setting; 0: no limit
    processes: int = 0  # 0: the job's own setting
    paused: bool = False


@dataclass(slots=True)
class Removed:
    """What a mirror takes away, or will; and the files that stay although their object is gone."""

    files: int = 0
    size: int = 0  # bytes
    folder: str = ""  # of the trash
    first: list[str] = field(default_factory=list)  # paths of what is taken away
    kept: int = 0  # files that stay
    first_kept: list[tuple[str, str]] = field(default_factory=list)  # path, and why it stays
    failed: int = 0  # of the files that stay, those that a run could not move
    refused: bool = False  # too many are gone: a run would move nothing, and end
    obstacle: str = ""  # why it moves no more although it could otherwise
    hint: str = ""  # what to do about that

    def take(self, path: str, size: int) -> None:
        """Count a file that goes."""
        self.files += 1
        self.size += size
        if len(self.first) < LISTED:
            self.first.append(path)

    def keep(self, path: str, why: str) -> None:
        """Count a file that stays."""
        self.kept += 1
        if len(self.first_kept) < LISTED:
            self.first_kept.append((path, why))

    def joined(self, later: "Removed") -> "Removed":
        """Return what both took away; what stays, the later one knows."""
        first = [*self.first, *later.first][:LISTED]
        files, size = self.files + later.files, self.size + later.size
        folder = later.folder or self.folder
        return replace(later, files=files, size=size, folder=folder, first=first)


@value
class Round:
    """What became of one round of a job that follows its bucket."""

    at: datetime  # its end; aware
    fetched: int = 0  # objects
    bytes_received: int = 0
    missing: int = 0  # objects of the job that failed, are archived or gone
    removed: int = 0  # files that a mirror moved to the trash
    trouble: str = ""  # why it and those after it fail, for now
    hint: str = ""
    problem: str = ""  # why the command that follows it failed


@dataclass(slots=True)
class Adopted:
    """What of a target is taken over without fetching it, or will be."""

    files: int = 0  # of the right size, before any is read
    size: int = 0  # bytes of these
    requests: int = 0  # for the checksums that the listing does not show
    proved: int = 0  # files
    differing: int = 0  # files of the right size that are something else
    unknown: int = 0  # files of the right size that nobody can compare


@dataclass(slots=True, repr=False)
class Summary:
    """What a run did, and how it ended: what `get` prints, and its exit status."""

    ended: str = "error"  # done, failed, stopped, error; what a run is until its end is known
    seconds: float = 0.0
    counts: Counts = field(default_factory=Counts)  # of the whole job
    fetched: int = 0  # objects finished by this run
    bytes_received: int = 0  # by this run, as in `Progress`
    by_cause: tuple[tuple[str, int, str], ...] = ()  # cause, objects, advice; the commonest first
    proofs: dict[Proof, int] = field(default_factory=dict)  # of what is done, whenever that was
    here_by_date: int = 0  # files that were here already, by size and date only
    mapped: int = 0  # objects whose local name is not simply their key
    verified: Counter[Proof | None] = field(default_factory=Counter)  # by this run; None: folders
    has_compared: bool = False  # it compared what was done before with the disk, by size and date
    error: str = ""  # one line: why the run stopped before its end
    hint: str = ""
    failure: Failure | None = None  # the same as OSS, the network or the disk said it
    first_failed: tuple[tuple[str, str], ...] = ()  # key and cause of a few that are not there
    failed_csv: str = ""  # path of .oss-failed.csv, when written
    replaced: int = 0  # of the fetched, objects that were replaced since they were listed
    followed: int = 0  # of the fetched, symlinks that could not be recorded as links
    # files and links that made way for objects or for `failed_csv`, or had lost their bytes
    trashed: int = 0
    trash: str = ""  # the folder that these went to
    slowest: tuple[tuple[str, float], ...] = ()  # key and seconds of what took longest
    notes: tuple[str, ...] = ()  # what else is to be known of the run, a line each
    client_encrypted: int = 0  # of the whole job, objects whose bytes are ciphertext
    thawing: int = 0  # of the archived, those that are being restored
    unfinished_size: int = 0  # bytes that are here of objects that are not whole yet
    file: str = ""  # of a job of one object: the path of its file, once that is there
    removed: Removed = field(default_factory=Removed)  # by a mirror
    adopted: Adopted = field(default_factory=Adopted)

    def __str__(self) -> str:
        """Return how it ended, in one line."""
        counts = self.counts
        missing = ", ".join(f"{number:,} {cause}" for cause, number, _advice in self.by_cause)
        text = _("{ended}: {here:,} of {number:,} objects ({size}), {fetched:,} fetched in {time}")
        ended = text.format(
            ended=self.ended,
            here=counts.at_target,
            number=counts.total,
            size=format_size(counts.size_at_target),
            fetched=self.fetched,
            time=format_duration(self.seconds),
        )
        return "; ".join(filter(None, [ended, missing, self.error]))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    @property
    def status(self) -> int:
        """Return the exit status that it leads to."""
        return _STATUSES[self.ended]

    @property
    def verified_earlier(self) -> Counter[Proof | None]:
        """Return how the others that are done were verified, by runs before this one."""
        folders = self.counts.objects[Status.DONE] - sum(self.proofs.values())
        known: list[tuple[Proof | None, int]] = [*self.proofs.items(), (None, folders)]
        return Counter(dict(known)) - self.verified
