"""How a run went, second by second, and how it ended: what it did, and what the manifest says."""

from dataclasses import dataclass
from itertools import islice

from ossh.advice import advice_for, store_error
from ossh.errors import OsshError
from ossh.job import Job
from ossh.language import _
from ossh.manifest import Manifest, Sample
from ossh.model import Cause, Status
from ossh.transfer import failed_csv
from ossh.transfer.disk.trash import Trash
from ossh.transfer.planning.preflight import Preflight
from ossh.transfer.watching import Progress, Summary

FIRST_FAILED = 3  # named in a summary; the rest is in the list
_FAILED = {Status.FAILED, Status.GONE}
_SPACING = 0.005  # of the time until a sample passes before the next one, but at least a second


@dataclass(slots=True, eq=False)
class History:
    """Records how far a run is, for the plot of its speed: each second at first, then more rarely.

    So a run of a week keeps fewer than two thousand rows.
    """

    manifest: Manifest
    run: int  # its row
    began: float  # monotonic seconds
    _due: float = 1.0  # seconds

    def see(self, progress: Progress, now: float) -> None:
        """Record how far the run is, if a sample is due."""
        if now - self.began >= self._due:
            self._add(progress, progress.fetched, progress.bytes_received, now)

    def end(self, progress: Progress, summary: Summary, now: float) -> None:
        """Record how far the run came, if it fetched anything."""
        if self._due > 1.0 or summary.fetched or summary.bytes_received:
            self._add(progress, summary.fetched, summary.bytes_received, now)

    def _add(self, progress: Progress, fetched: int, received: int, now: float) -> None:
        second = now - self.began
        self.manifest.sample(self.run, Sample(second, received, fetched, progress.failed))
        self._due = second + max(1.0, _SPACING * second)


def conclude(
    summary: Summary,
    job: Job,
    manifest: Manifest,
    sheet: Preflight | None,
    trash: Trash | None,  # of a run that does more than plan
) -> Summary:
    """Fill in how a run ended, and write the CSV of what is not at the target; return the summary.

    A run that was stopped, and one that only plans, leaves the CSV of an earlier one alone; what
    such a plan can take from the manifest is filled in, too.
    """
    summary.counts = counts = manifest.counts()
    was_stopped, is_plan = summary.ended == "stopped", sheet is not None
    is_lacking = counts.missing or summary.removed.failed
    summary.ended = "failed" if is_lacking and not is_plan else "done"
    archived = manifest.archived() if counts.objects[Status.ARCHIVED] else ()
    error: OsshError | None = None
    if summary.failure is not None:
        error = store_error(_("continue job '{name}'").format(name=job.name), summary.failure)
    elif was_stopped:
        summary.ended = "stopped"
    elif trash is not None:
        summary.failed_csv = str(failed_csv.update(job, manifest, trash) or "")
        if summary.removed.obstacle:
            error = OsshError(summary.removed.obstacle, hint=summary.removed.hint)
    if error is not None:
        summary.ended = "error"
        summary.error, summary.hint = str(error), error.hint or ""
    if trash is not None and not summary.trash:  # else they are counted already
        summary.trashed += trash.taken
        summary.trash = str(job.directory / trash.folder)
    summary.client_encrypted = manifest.client_encrypted()
    summary.by_cause = tuple(
        (cause.value, count, advice_for(cause, manifest.codes(cause)))
        for cause, count in manifest.failures_by_cause()
    )
    summary.first_failed = tuple(
        (one.key, one.failure.cause.value)
        for one in islice(manifest.entries(_FAILED), FIRST_FAILED)
        if one.failure is not None
    )
    summary.proofs = manifest.proofs({Status.DONE})
    summary.here_by_date = manifest.here_by_date()
    summary.mapped = 0 if job.target.file else manifest.mapped()
    if sheet is not None:
        sheet.mapped = summary.mapped
    summary.thawing = sum(one.objects for one in archived if one.is_thawing)
    is_gone = summary.failure is not None and summary.failure.cause is Cause.TARGET_GONE
    summary.unfinished_size = 0 if is_gone else manifest.unfinished_size()
    summary.file = _file(job, manifest)
    return summary


def _file(job: Job, manifest: Manifest) -> str:
    """Return the path of the file that a job of one object has, "" as long as it has none."""
    entry = manifest.entry(job.source.prefix) if job.is_key else None
    if entry is None or not entry.status.is_at_target:
        return ""
    return str(job.directory / entry.path)
