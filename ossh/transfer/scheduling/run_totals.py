"""Running totals of a job, for progress and summary. Pure."""

from ossh.model import Counts, Status
from ossh.transfer.watching import Phase, Progress, Summary


class RunTotals:
    """The manifest's figures, as of its last record, and what else is counted in a run."""

    def __init__(self, counts: Counts, summary: Summary | None = None) -> None:
        self.counts = counts
        self._summary = summary or Summary()
        self.listed = 0
        self.to_retry = 0  # of the pending, those that failed at least once
        self.part_bytes = 0  # finished parts of objects that are not done
        self.resumed = counts.size_at_target

    def plan(self, counts: Counts) -> None:
        """Take the manifest's figures, to which the listing added, and what is there already."""
        self.resumed += counts.size[Status.SKIPPED] - self.counts.size[Status.SKIPPED]
        self.counts = counts

    @property
    def bytes_left(self) -> int:
        """Return the bytes of objects that are pending, without what is here of their parts."""
        return self.counts.size[Status.PENDING] - self.part_bytes

    def progress(self, phase: Phase, note: str = "") -> Progress:
        """Return the totals as a snapshot; the lanes' figures are added by the loop."""
        counts = self.counts
        return Progress(
            phase=phase,
            listed=self.listed,
            planned=counts.total,
            planned_bytes=counts.total_size,
            done=counts.at_target,
            failed=counts.missing,
            archived=counts.objects[Status.ARCHIVED],
            to_retry=self.to_retry,
            fetched=self._summary.fetched,
            bytes_done=counts.size_at_target + self.part_bytes,
            bytes_resumed=self.resumed,
            note=note,
        )
