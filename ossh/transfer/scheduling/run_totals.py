"""Running totals of a job, for progress and summary. Pure."""

from collections import Counter

from ossh.model import Counts, Proof, Status
from ossh.transfer.watching import Phase, Progress


class RunTotals:
    """Counts objects and bytes by status, from the manifest's figures onward."""

    def __init__(self, counts: Counts) -> None:
        self.objects: Counter[Status] = Counter(counts.objects)
        self.size: Counter[Status] = Counter(counts.size)
        self.listed = 0
        self.to_retry = 0  # of the pending, those that failed at least once
        self.fetched = 0
        self.verified: Counter[Proof | None] = Counter()  # of the fetched; None: a folder
        self.replaced = 0  # of the fetched, objects that differed from the listing
        self.followed = 0  # of the fetched, symlinks that could not be recorded as links
        self.trashed = 0  # files and links that made way for objects
        self.part_bytes = 0  # finished parts of objects that are not done
        self.resumed = counts.size_at_target

    def plan(self, status: Status, objects: int, size: int) -> None:
        """Count entries that the listing added, and their bytes."""
        self.objects[status] += objects
        self.size[status] += size
        if status is Status.SKIPPED:
            self.resumed += size

    def recount(self, counts: Counts) -> None:
        """Take the manifest's figures, all outcomes being recorded."""
        self.objects, self.size = Counter(counts.objects), Counter(counts.size)

    def move(self, old: Status, new: Status, size: int) -> None:
        """Count an entry whose status changed."""
        self.objects[old] -= 1
        self.size[old] -= size
        self.objects[new] += 1
        self.size[new] += size

    def resize(self, status: Status, change: int) -> None:
        """Count an entry whose size turned out to differ."""
        self.size[status] += change

    @property
    def bytes_left(self) -> int:
        """Return the bytes of objects that are pending, without what is here of their parts."""
        return self.size[Status.PENDING] - self.part_bytes

    def progress(self, phase: Phase, round_: int, note: str = "") -> Progress:
        """Return the totals as a snapshot; the lanes' figures are added by the loop."""
        counts = Counts(self.objects, self.size)
        return Progress(
            phase=phase,
            round=round_,
            listed=self.listed,
            planned=counts.total,
            planned_bytes=counts.total_size,
            done=self.objects[Status.DONE],
            skipped=self.objects[Status.SKIPPED],
            failed=counts.missing,
            archived=self.objects[Status.ARCHIVED],
            to_retry=self.to_retry,
            fetched=self.fetched,
            bytes_done=counts.size_at_target + self.part_bytes,
            bytes_resumed=self.resumed,
            note=note,
        )
