"""How a run ended: what it did itself, and what the manifest says of the whole job."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice

from ossh.advice import advice_for, store_error
from ossh.errors import STATUS_INTERRUPTED, STATUS_MISSING, STATUS_STOPPED, OsshError
from ossh.job import Job
from ossh.language import _
from ossh.manifest import Manifest
from ossh.model import Failure, Proof, Status
from ossh.transfer import failed_csv
from ossh.transfer.watching import Adopted, Removed, Summary

FIRST_FAILED = 3  # named in a summary; the rest is in the list
_FAILED = {Status.FAILED, Status.GONE}
_WROTE_CSV = "wrote_failed_csv"  # another job may share the target, so a file need not be ours


@dataclass(slots=True)
class Ended:
    """What a run did itself, and why it ended; `fetch` fills it in."""

    failure: Failure | None = None  # why it stopped before its end
    is_stopped: bool = False  # before its end, for whatever reason
    fetched: int = 0
    verified: Counter[Proof | None] = field(default_factory=Counter)  # as in `Summary`
    has_compared: bool = False
    replaced: int = 0  # of the fetched, objects that were replaced since they were listed
    followed: int = 0  # of the fetched, symlinks that could not be recorded as links
    trashed: int = 0  # files and links that made way for objects, or had lost their bytes
    trash: str = ""  # the folder that these went to, below the target
    bytes_received: int = 0
    slowest: tuple[tuple[str, float], ...] = ()  # key and seconds of what took longest
    notes: tuple[str, ...] = ()  # what else the user should know, a line each


def summary_of(  # noqa: PLR0913 - what a summary is made of
    job: Job,
    manifest: Manifest,
    ended: Ended,
    seconds: float,
    removed: Removed,
    adopted: Adopted,
    *,
    is_plan: bool,
) -> Summary:
    """Return how a run ended, and write the CSV of what is not at the target.

    A run that was stopped, and one that only plans, leaves the CSV of an earlier one alone.
    """
    counts = manifest.counts()
    status, word = (STATUS_MISSING, "failed") if counts.missing and not is_plan else (0, "done")
    archived = manifest.archived() if counts.objects[Status.ARCHIVED] else ()
    failed_list = ""
    error: OsshError | None = None
    if ended.failure is not None:
        status, word = STATUS_STOPPED, "error"
        error = store_error(_("continue job '{name}'").format(name=job.name), ended.failure)
    elif ended.is_stopped:
        status, word = STATUS_INTERRUPTED, "stopped"
    elif not is_plan:
        failed_list = _list_failed(job, manifest)
        if removed.obstacle:
            status, word = STATUS_STOPPED, "error"
            error = OsshError(removed.obstacle, hint=removed.hint)
    return Summary(
        status=status,
        ended=word,
        seconds=seconds,
        objects=counts.objects,
        size=counts.size,
        fetched=ended.fetched,
        bytes_received=ended.bytes_received,
        replaced=ended.replaced,
        followed=ended.followed,
        trashed=ended.trashed,
        trash=str(job.directory / ended.trash),
        notes=ended.notes,
        client_encrypted=manifest.client_encrypted(),
        by_cause=tuple(
            (cause.value, count, advice_for(cause, manifest.codes(cause)))
            for cause, count in manifest.failures_by_cause()
        ),
        first_failed=tuple(
            (one.key, one.failure.cause.value)
            for one in islice(manifest.entries(_FAILED), FIRST_FAILED)
            if one.failure is not None
        ),
        proofs=manifest.proofs({Status.DONE}),
        verified=ended.verified,
        has_compared=ended.has_compared,
        mapped=0 if job.target.file else manifest.mapped(),
        error="" if error is None else str(error),
        hint="" if error is None else error.hint or "",
        failure=ended.failure,
        failed_csv=failed_list,
        thawing=sum(one.objects for one in archived if one.is_thawing),
        unfinished_size=manifest.unfinished_size(),
        file=_file(job, manifest),
        removed=removed,
        adopted=adopted,
    )


def _file(job: Job, manifest: Manifest) -> str:
    """Return the path of the file that a job of one object has, "" as long as it has none."""
    entry = manifest.entry(job.source.prefix) if job.is_key else None
    if entry is None or not entry.status.is_at_target:
        return ""
    return str(job.directory / entry.path)


def _list_failed(job: Job, manifest: Manifest) -> str:
    """Write the CSV of what is not at the target; when all is there, remove one of ours."""
    shard = job.selection.shard
    path = failed_csv.write(job.directory, manifest.not_at_target(), shard)
    if path is None and manifest.get_meta(_WROTE_CSV):
        failed_csv.remove(job.directory, shard)
    manifest.set_meta(_WROTE_CSV, "" if path is None else "yes")
    return "" if path is None else str(path)
