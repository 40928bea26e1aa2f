"""Running totals of a job, for progress and summary. Pure."""

from collections import Counter

from ossh.model import Counts, Status
from ossh.transfer.messages import Phase, Progress

_LOST = (Status.FAILED, Status.GONE, Status.ARCHIVED)


class Tally:
    """Counts objects and bytes by status, from the manifest's figures onward.

    Args:
        counts: Of the manifest when the run begins.
    """

    def __init__(self, counts: Counts) -> None:
        self.objects: Counter[Status] = Counter(counts.objects)
        self.size: Counter[Status] = Counter(counts.size)
        self.listed = 0
        self.to_retry = 0  # of the pending, those that were asked for in vain
        self.fetched = 0
        self.replaced = 0  # of the fetched, objects that were others than the listing had said
        self.followed = 0  # of the fetched, symlinks that could not be recorded as links
        self.part_bytes = 0  # finished parts of objects that are not done
        self.resumed = self.size[Status.DONE] + self.size[Status.SKIPPED]

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
        """Count an entry whose size turned out to be another."""
        self.size[status] += change

    def progress(self, phase: Phase, round_: int, note: str = "") -> Progress:
        """Return the totals as a snapshot; the lanes' figures are added by the loop."""
        bytes_here = self.size[Status.DONE] + self.size[Status.SKIPPED]
        return Progress(
            phase=phase,
            round=round_,
            listed=self.listed,
            planned=sum(self.objects.values()),
            planned_bytes=sum(self.size.values()),
            done=self.objects[Status.DONE],
            skipped=self.objects[Status.SKIPPED],
            failed=sum(self.objects[status] for status in _LOST),
            archived=self.objects[Status.ARCHIVED],
            to_retry=self.to_retry,
            fetched=self.fetched,
            bytes_done=bytes_here + self.part_bytes,
            bytes_resumed=self.resumed,
            note=note,
        )
