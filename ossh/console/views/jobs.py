"""What `jobs`, `jobs show` and `status` show of a job: how far it is, and its runs. Pure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ossh import units
from ossh.console.views.results import proofs_text
from ossh.console.views.table import Cell, Column, Form, attributes, exact
from ossh.console.views.text import Tone, count, labelled, listed, rate
from ossh.job import Job
from ossh.language import N_, Told, Words, _
from ossh.model import Status
from ossh.printable import printable
from ossh.session.jobs.job_states import JobState
from ossh.session.jobs.removal import Removal

if TYPE_CHECKING:
    from ossh.manifest import RunRecord

_STATE_TONES = {
    N_("done"): Tone.GOOD,
    N_("running"): Tone.GOOD,
    N_("queued"): Tone.DIM,
    N_("paused"): Tone.WARN,
    N_("stopped"): Tone.WARN,
    N_("failed"): Tone.BAD,
    N_("broken"): Tone.BAD,
}

JOBS: Form[JobState] = Form(
    columns=(
        Column("state"),
        Column("objects", right=True),
        Column("size", right=True),
        Column("last run"),
        Column("name"),
        Column("source", below=True),
        Column("target", below=True),
        Column("folder", optional=True, below=True),
    ),
    cells=lambda job: (
        Cell(_(job.state), _STATE_TONES.get(job.state, Tone.PLAIN)),
        _far(job),
        units.format_size(job.counts.total_size),
        units.local_time(job.last_run) if job.last_run else "-",
        Cell(job.name, Tone.PREFIX),
        Cell(job.source, Tone.DIM),
        Cell(job.target, Tone.DIM),
        Cell(str(job.file.parent) if job.is_elsewhere else "", Tone.DIM),
    ),
    record=lambda job: {
        "name": job.name,
        "state": job.state,
        "objects": job.counts.total,
        "listed": job.is_listed,
        "done": job.counts.at_target,
        "failed": job.counts.missing,
        "archived": job.counts.objects[Status.ARCHIVED],
        "proofs": {str(proof): number for proof, number in sorted(job.proofs.items())},
        "compared": job.compared,
        "bytes": job.counts.total_size,
        "source": job.source,
        "target": job.target,
        "file": str(job.file),
        "last_run": job.last_run,
    },
    fields=("state", "objects", "done", "failed", "bytes", "last_run", "source", "target", "name"),
)


def _far(job: JobState) -> str:
    """Return how far a job is: "1,200", "1,198 of 1,200", or in between "20 of 1,200, 2 failed"."""
    done, objects, failed = job.counts.at_target, job.counts.total, job.counts.missing
    if done == objects:
        return f"{objects:,}"
    far = _("{done:,} of {objects:,}").format(done=done, objects=objects)
    is_mixed = failed and job.counts.objects[Status.PENDING]
    return listed(far, _("{number:,} failed").format(number=failed) if is_mixed else "")


def _run_cells(run: "RunRecord") -> Sequence[Cell | str]:
    began, seconds = units.local_time(run.started), run.seconds
    if seconds is None:  # what else it did is written when it ends
        received = units.format_size(run.bytes_received) if run.bytes_received else ""
        return began, "", "", received, "", Cell(_("not finished"), Tone.WARN)
    return (
        began,
        units.format_duration(max(0.1, seconds)),
        f"{run.fetched:,}",
        units.format_size(run.bytes_received),
        rate(run.bytes_received / seconds) if seconds and run.bytes_received else "",
        Cell(_(run.outcome), _STATE_TONES.get(run.outcome, Tone.WARN)),
    )


RUNS: "Form[RunRecord]" = Form(
    columns=(
        Column("started"),
        Column("took", right=True),
        Column("fetched", right=True),
        Column("received", right=True),
        Column("speed", right=True),
        Column("ended"),
    ),
    cells=_run_cells,
    record=attributes("started", "ended", "fetched", "bytes_received", "outcome"),
    fields=lambda run: ("run", *map(exact, RUNS.record(run).values())),
)


def job_record(job: Job, state: JobState, kept: int, runs: "Sequence[RunRecord]") -> dict[str, Any]:
    """Return what a job fetches, how far it is, and its runs, as JSON has it."""
    return {
        **state_record(state, kept),
        "endpoint": job.source.endpoint,
        **({"as_of": job.source.as_of} if job.source.as_of else {}),
        "filters": list(job.selection.rules()),
        "problem": state.problem,
        "runs": [RUNS.record(run) for run in runs],
    }


def state_record(state: JobState, kept: int) -> dict[str, Any]:
    """Return how far a job is, as JSON has it."""
    return {**JOBS.record(state), "bytes_kept": kept}


def state_facts(job: JobState, kept: int, thawing: int = 0) -> dict[str, str]:
    """Return how far a job is, as text.

    Args:
        job: Its state.
        kept: Bytes at the target of objects that are not whole yet.
        thawing: How many of its archived objects are being restored.
    """
    counts = job.counts
    frozen = counts.objects[Status.ARCHIVED]
    archived: Words = units.told_count(frozen)
    if thawing:
        archived = Words("{all}, {number:,} being restored", all=archived, number=thawing)
    return {
        N_("state"): Words(job.state),
        **({N_("problem"): job.problem} if job.problem else {}),
        N_("objects"): units.told_count(counts.total),
        **({} if job.is_listed else {N_("listing"): Words("not finished: there may be more")}),
        N_("size"): units.told_size(counts.total_size),
        N_("at the target"): units.told_count(counts.at_target),
        **verified_facts(job),
        N_("still to fetch"): units.told_count(counts.objects[Status.PENDING]),
        **({N_("partial data kept"): units.told_size(kept)} if kept else {}),
        N_("missing"): units.told_count(counts.missing),
        **({N_("of those, archived"): archived} if frozen else {}),
    }


def verified_facts(job: JobState) -> dict[str, str]:
    """Return how the files of a job were verified, and when they were last looked at."""
    if not (shown := proofs_text(job.proofs.items())):
        return {}
    exact = ", ".join(f"{number} {proof}" for proof, number in sorted(job.proofs.items()))
    return {
        N_("verified on arrival"): Told(exact, shown),
        **(
            {N_("compared since, by size and date"): units.told_moment(job.compared)}
            if job.compared
            else {}
        ),
    }


def removal_text(one: Removal) -> str:
    """Return in a line what is removed with a job, and what stays."""
    size = units.format_size(one.size)
    if one.partial_files:
        partial = count(one.partial_files, "partial file")
        size = _("{size}, including {files}").format(size=size, files=partial)
    text = labelled(printable(one.name), size)
    if one.target is not None:
        text += _("; {folder} stays").format(folder=printable(str(one.target)))
    return text
