"""One object on its way: which task comes next, and what is known of it so far. Pure."""

import sys
from bisect import insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from ossh.crc64 import combined
from ossh.model import SYMLINK, ByteRange, Entry, Failure, Part
from ossh.transfer.messages import CheckPart, Fetch, Link, Look, Readlink, Seal, Served, Task
from ossh.units import moment_at

# Where both ways cost the same CPU, within a tenth, on loopback; larger ones arrive half as fast
# again as streams, which use more than one core.
SMALL_BODY = 128 * 1024


class Stage(Enum):
    """What an item needs next."""

    READLINK = auto()  # a symlink that shall become a local link, if it can
    LINK = auto()
    LOOK = auto()  # its size and ETag as served are not known
    CHECK = auto()  # parts of an earlier run must be compared with the disk
    FETCH = auto()
    SEAL = auto()


# What needs no stream.
_SMALL = (Stage.LOOK, Stage.READLINK, Stage.LINK)


@dataclass(slots=True)
class Item:
    """An entry in the scheduler's window; the only place where its progress is kept in memory."""

    entry: Entry
    part_size: int
    records_links: bool = False  # a symlink becomes a local link, if it can
    began: float = 0.0  # monotonic seconds: when it came into the window
    attempts: int = field(init=False)  # charged in this run
    throttles: int = 0  # uncharged refusals in this run
    changes: int = 0  # how often the object was replaced meanwhile
    refusals: int = 0  # of key or time in a row, each after an answer that shows these to be good
    doubtful: int = 0  # of the attempts, those that an outage may explain
    doubted_at: int = 0  # tasks that the run had sent when the last of these failed
    outages: int = 0  # how often such attempts were taken back
    flying: int = 0  # tasks sent and not answered
    sent: int = 0  # number of the first of these among the tasks of the run; 0: not begun
    is_queued: bool = False  # in one of the scheduler's queues
    is_again: bool = field(init=False)  # counted among the objects that are tried again
    stage: Stage = Stage.FETCH
    is_growing: bool = False  # `served` was its state when looked at; since then it may be longer
    leads_to: str = ""  # of a local link: the path below the target
    has_rows: bool = field(init=False)  # the manifest has parts of it, of an earlier run
    parts: list[Part] = field(default_factory=list)
    fetched_bytes: int = 0  # of parts, since it came into the window
    served: Served | None = None
    failure: Failure | None = None  # the first of this attempt; ends it when nothing flies
    _gaps: deque[ByteRange] | None = None  # that are still to be fetched; None: not yet known
    _unchecked: list[Part] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.attempts = self.entry.attempts
        self.is_again = self.attempts > 0
        self.has_rows = bool(self.entry.parts)
        if self.has_rows:
            self._unchecked = list(usable(self.entry.size, self.entry.parts))
            self.entry = replace(self.entry, parts=())  # or each task would carry them all
        if self.entry.is_symlink:
            self.stage = Stage.READLINK if self.records_links else Stage.LOOK
        elif self._unchecked:
            self.stage = Stage.CHECK

    @property
    def is_small(self) -> bool:
        """Return whether its next tasks need no stream."""
        if self.stage in _SMALL:
            return True
        is_short = self.entry.size <= SMALL_BODY and not self.is_growing
        return is_short and self.stage is Stage.FETCH and not self.parts

    @property
    def part_bytes(self) -> int:
        """Return the bytes of parts on disk, checked or not."""
        if not self.parts and not self._unchecked:  # so with every small object
            return 0
        return sum(part.length for part in (*self.parts, *self._unchecked))

    def next_task(self, most: int = sys.maxsize) -> Task | None:
        """Return the next task to send, None when nothing can be sent until a reply comes.

        A part has at most so many bytes, if that is less than the part size.
        """
        if self.failure is not None:
            return None
        task: Task | None
        if self.stage is Stage.FETCH:  # first, as most are asked for nothing else
            task = self._next_fetch(min(most, self.part_size))
        else:
            task = self._next_other()
        if task is not None:
            self.flying += 1
        return task

    def _next_other(self) -> Task | None:
        match self.stage:
            case Stage.CHECK:
                return CheckPart(self.entry, self._unchecked.pop()) if self._unchecked else None
            case _ if self.flying:  # others are alone
                return None
            case Stage.SEAL if self.served is not None:
                return Seal(self.entry, combined(self.parts), self.served)
            case Stage.READLINK:
                return Readlink(self.entry)
            case Stage.LINK:
                return Link(self.entry, self.leads_to)
            case _:
                return Look(self.entry)

    def _next_fetch(self, most: int) -> Fetch | None:
        is_short = self.entry.size <= max(self.part_size, SMALL_BODY)
        if self._gaps is None:
            if self.flying:
                return None  # the whole of it
            if is_short and not self.parts and not self.is_growing:
                return Fetch(self.entry)
            self._gaps = _gaps(self.entry.size, self.parts)
        if not self._gaps:
            return None
        gap = self._gaps.popleft()
        stop = min(gap.start + (self.part_size if is_short else most), gap.stop)
        if stop < gap.stop:
            self._gaps.appendleft(ByteRange(stop, gap.stop))
        return Fetch(self.entry, ByteRange(gap.start, stop), self.is_growing)

    def add(self, part: Part) -> None:
        """Keep a finished part, or the finished start of one."""
        insort(self.parts, part, key=lambda one: one.start)

    def uncheck(self, part: Part) -> None:
        """Have a part checked once more: nobody has looked at it."""
        self._unchecked.append(part)

    def go_on(self) -> None:
        """Make it ready for its next stage, or another try, now that nothing flies; parts stay."""
        self.failure = None
        self._gaps = None
        if self.stage in _SMALL:
            return
        self.stage = Stage.CHECK if self._unchecked else Stage.FETCH
        if self.stage is Stage.FETCH and self.parts and self.part_bytes == self.entry.size:
            # an object that was whole when the run began has not been asked for yet
            self.stage = Stage.LOOK if self.served is None else Stage.SEAL

    def forget(self) -> None:
        """Drop what is on disk: the object has changed, or the bytes are bad."""
        self.parts.clear()
        self._unchecked.clear()
        self.served = None
        self.is_growing = False

    @property
    def may_grow(self) -> bool:
        """Return whether it may have grown behind the bytes that were there.

        Whether those are unchanged, the checksum of the whole will tell.
        """
        return self.entry.type == "Appendable"

    def look_again(self) -> None:
        """Start over from what the service says of the object now."""
        self.served = None
        self.failure = None
        self._gaps = None
        self.stage = Stage.LOOK

    def lead_to(self, path: str) -> None:
        """Make a local link next; one that leads to no file of the job is followed."""
        self.leads_to = path
        self.stage = Stage.LINK if path else Stage.LOOK

    @property
    def is_followed(self) -> bool:
        """Return whether it is a symlink that should have become a local link."""
        return self.records_links and self.entry.is_symlink and self.stage is not Stage.LINK

    def seen(self, served: Served) -> None:
        """Take size, ETag and so on from a HEAD; parts of another version are dropped.

        Those of an appendable object stay when it grew. It may grow on while it is fetched, so from
        here on just this state of it is: its first bytes, proved by the checksum they had now.
        """
        entry = self.entry
        is_appendable = self.may_grow and served.type in {"", entry.type}
        is_growing = is_appendable and served.crc64 is not None and served.size >= entry.size
        if (served.size, served.etag) != (entry.size, entry.etag) and not is_growing:
            self.forget()
        self.served, self.is_growing = served, is_growing and served.size > 0
        is_link = entry.is_symlink
        # a link's own date is the listed one; what is served is the later of two
        is_dated = served.modified and not is_link
        modified = moment_at(served.modified) if is_dated else entry.last_modified
        listed = entry.size, entry.etag, entry.last_modified
        is_same = (served.size, served.etag, modified) == listed
        self.entry = replace(
            entry,
            size=served.size,
            etag=served.etag,
            last_modified=modified,
            type=SYMLINK if is_link else served.type or entry.type,
            storage_class=served.storage_class or entry.storage_class,
            # a file of ours there is of another version
            proof=entry.proof if is_same or entry.own is None else None,
        )
        self.stage = Stage.CHECK if self._unchecked else Stage.FETCH


def _gaps(size: int, parts: Sequence[Part]) -> deque[ByteRange]:
    """Return what no part covers of an object; the parts are in order, without overlap."""
    starts = (0, *(part.stop for part in parts))
    stops = (*(part.start for part in parts), size)
    return deque(ByteRange(*one) for one in zip(starts, stops, strict=True) if one[0] < one[1])


def usable(size: int, parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return the parts that may be kept, in order: inside the object and without overlap."""
    kept: list[Part] = []
    for part in sorted(parts, key=lambda part: part.start):
        position = kept[-1].stop if kept else 0
        if position <= part.start < part.stop <= size:
            kept.append(part)
    return tuple(kept)
