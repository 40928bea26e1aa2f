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
from ossh.session.jobs.job_facts import JobState
from ossh.session.jobs.removal import Removal

if TYPE_CHECKING:
    from ossh.manifest import RunRecord

STATE_TONES = {
    N_("done"): Tone.GOOD,
    N_("running"): Tone.GOOD,
    N_("queued"): Tone.DIM,
    N_("paused"): Tone.WARN,
    N_("stopped"): Tone.WARN,
    N_("failed"): Tone.BAD,
    N_("broken"): Tone.BAD,
}


def _far(job: JobState) -> str:
    """Return how far a job is: "1,200", "1,198 of 1,200", or in between "20 of 1,200, 2 failed"."""
    done, objects, failed = job.counts.at_target, job.counts.total, job.counts.missing
    if done == objects:
        return f"{objects:,}"
    far = _("{done:,} of {objects:,}").format(done=done, objects=objects)
    is_mixed = failed and job.counts.objects[Status.PENDING]
    return listed(far, _("{number:,} failed").format(number=failed) if is_mixed else "")


def _folder(job: JobState) -> Cell:
    return Cell(str(job.file.parent) if job.is_elsewhere else "", Tone.DIM)


JOBS: Form[JobState] = Form(
    columns=(
        Column("state", lambda job: Cell(_(job.state), STATE_TONES.get(job.state, Tone.PLAIN))),
        Column("objects", _far, right=True),
        Column("size", lambda job: units.format_size(job.counts.total_size), right=True),
        Column("last run", lambda job: units.local_time(job.last_run) if job.last_run else "-"),
        Column("name", lambda job: Cell(job.name, Tone.PREFIX)),
        Column("source", lambda job: Cell(job.source, Tone.DIM), below=True),
        Column("target", lambda job: Cell(job.target, Tone.DIM), below=True),
        Column("folder", _folder, optional=True, below=True),
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


def _took(run: "RunRecord") -> str:
    return "" if run.seconds is None else units.format_duration(max(0.1, run.seconds))


def _fetched(run: "RunRecord") -> str:
    return "" if run.seconds is None else f"{run.fetched:,}"  # which is written when it ends


def _received(run: "RunRecord") -> str:
    is_known = run.bytes_received or run.seconds is not None
    return units.format_size(run.bytes_received) if is_known else ""


def _speed(run: "RunRecord") -> str:
    return rate(run.bytes_received / run.seconds) if run.seconds and run.bytes_received else ""


def ended(run: "RunRecord") -> Cell:
    outcome = _("not finished") if run.seconds is None else _(run.outcome)
    return Cell(outcome, STATE_TONES.get(run.outcome, Tone.WARN))


RUNS: "Form[RunRecord]" = Form(
    columns=(
        Column("started", lambda run: units.local_time(run.started)),
        Column("took", _took, right=True),
        Column("fetched", _fetched, right=True),
        Column("received", _received, right=True),
        Column("speed", _speed, right=True),
        Column("ended", ended),
    ),
    record=attributes("started", "ended", "fetched", "bytes_received", "outcome"),
    fields=lambda run: ("run", *map(exact, RUNS.record(run).values())),
)


def job_record(job: Job, state: JobState, kept: int, runs: "Sequence[RunRecord]") -> dict[str, Any]:
    return {
        **state_record(state, kept),
        "endpoint": job.source.endpoint,
        **({"as_of": job.source.as_of} if job.source.as_of else {}),
        "filters": list(job.selection.rules()),
        "problem": state.problem,
        "runs": [RUNS.record(run) for run in runs],
    }


def state_record(state: JobState, kept: int) -> dict[str, Any]:
    return {**JOBS.record(state), "bytes_kept": kept}


def state_facts(job: JobState, kept: int, thawing: int = 0) -> dict[str, str]:
    """Return how far a job is, as text.

    `kept` bytes are of objects that are not whole yet; `thawing` of its archived ones thaw.
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
    facts: dict[str, str] = {N_("verified on arrival"): Told(exact, shown)}
    if job.compared:
        facts[N_("compared since, by size and date")] = units.told_moment(job.compared)
    return facts


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
