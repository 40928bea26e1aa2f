"""How each kind of thing is shown: to people as a table, to programs as fields or as JSON.

Pure. The names in JSON are those of the model; in tab-separated lines the key comes last.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ossh.catalog import Prefix, name_of
from ossh.job import Job
from ossh.language import N_, Words, _, said
from ossh.model import ARCHIVE_CLASSES, Entry, ObjectInfo
from ossh.session.ledger import CauseReport, JobState
from ossh.shell.text import Cell, Column, Form, Tone, listed, rate
from ossh.store.oss import BucketInfo
from ossh.units import (
    format_duration,
    format_size,
    local_time,
    told_count,
    told_size,
    utc_time,
)

if TYPE_CHECKING:
    from ossh.manifest import RunRecord

Item = Prefix | ObjectInfo


def object_record(item: Item) -> dict[str, Any]:
    """Return an item of a listing as JSON has it."""
    if isinstance(item, Prefix):
        return {"prefix": item.prefix}
    return {
        "key": item.key,
        "size": item.size,
        "etag": item.etag,
        "last_modified": item.last_modified,
        "storage_class": item.storage_class,
        "type": item.type,
        **({"thaw": str(item.thaw)} if item.storage_class in ARCHIVE_CLASSES else {}),
    }


def short_form(base: str) -> Form[Item]:
    """Return names only; people see them without `base`, the prefix that is listed."""
    return Form(
        columns=(Column(""),),
        cells=lambda item: (_name(item, base),),
        fields=lambda item: (name_of(item),),
        record=object_record,
    )


def long_form(base: str, *, human: bool) -> Form[Item]:
    """Return size, time, class and name; sizes for people when `human`."""
    size: Callable[[int], str] = format_size if human else str
    return Form(
        columns=(Column("size", right=True), Column("modified"), Column("class"), Column("name")),
        cells=lambda item: (*_facts(item, size, local_time, " "), _name(item, base)),
        fields=lambda item: (*_facts(item, size, utc_time, "+"), name_of(item)),
        record=object_record,
    )


def _facts(
    item: Item, size: Callable[[int], str], moment: Callable[[datetime], str], joint: str
) -> tuple[str, str, str]:
    """Return size, time and class; `joint` stands before how far an archived object is thawed."""
    if isinstance(item, Prefix):
        return ("-", "-", "-")
    kind = item.storage_class if item.type != "Symlink" else "Symlink"
    kind += f"{joint}{item.thaw}" if item.thaw else ""
    return (size(item.size), moment(item.last_modified), kind)


def _name(item: Item, base: str) -> Cell:
    name = name_of(item)
    shown = name.removeprefix(base) or name
    return Cell(shown, Tone.PREFIX if isinstance(item, Prefix) else Tone.PLAIN)


def grid_cell(item: Item, base: str) -> Cell:
    """Return an item as a name among others on one line."""
    return _name(item, base)


PAIRS: Form[tuple[str, str]] = Form(
    columns=(Column(""), Column("")),
    cells=lambda pair: (Cell(_(pair[0]), Tone.DIM), said(pair[1])),
    fields=lambda pair: pair,
    record=lambda pair: {pair[0]: pair[1]},
)

SETTINGS: Form[tuple[str, str, str]] = Form(
    columns=(Column(""), Column(""), Column("")),
    cells=lambda one: one,
    fields=lambda one: one,
    record=lambda one: {"name": one[0], "value": one[1], "does": one[2]},
)

RULES: Form[tuple[int, str]] = Form(
    columns=(Column("", right=True), Column("")),
    cells=lambda rule: (Cell(str(rule[0]), Tone.DIM), said(rule[1])),
    fields=lambda rule: (str(rule[0]), rule[1]),
    record=lambda rule: {"number": rule[0], "rule": rule[1]},
)

BUCKETS: Form[BucketInfo] = Form(
    columns=(Column("created"), Column("region"), Column("bucket")),
    cells=lambda b: (local_time(b.created), b.region, Cell(b.name, Tone.PREFIX)),
    fields=lambda b: (utc_time(b.created), b.region, b.name),
    record=lambda b: {
        "name": b.name,
        "region": b.region,
        "endpoint": b.endpoint,
        "created": b.created,
    },
)


def entry_record(entry: Entry) -> dict[str, Any]:
    """Return an entry that is not at the target as JSON has it."""
    failure = entry.failure
    return {
        "key": entry.key,
        "path": entry.path,
        "code": failure.code if failure else "",
        "message": failure.message if failure else "",
        "attempts": entry.attempts,
        "request_id": failure.request_id if failure else "",
        "cause": str(failure.cause) if failure else str(entry.status),
    }


def _entry_fields(entry: Entry) -> Sequence[str]:
    record: Mapping[str, Any] = entry_record(entry)
    names = ("cause", "code", "attempts", "request_id", "message", "path", "key")
    return [str(record[name]) for name in names]


FAILURES: Form[Entry] = Form(
    columns=(
        Column("cause"),
        Column("code"),
        Column("tries", right=True),
        Column("request"),
        Column("key"),
    ),
    cells=lambda entry: (
        Cell(str(entry_record(entry)["cause"]), Tone.BAD),
        entry.failure.code if entry.failure else "",
        str(entry.attempts),
        Cell(entry.failure.request_id if entry.failure else "", Tone.DIM),
        entry.key,
    ),
    fields=_entry_fields,
    record=entry_record,
)

CAUSES: Form[CauseReport] = Form(
    columns=(Column("cause"), Column("objects", right=True), Column("what to do")),
    cells=lambda one: (Cell(one.cause, Tone.BAD), f"{one.objects:,}", _(one.advice)),
    fields=lambda one: (
        one.cause,
        str(one.objects),
        one.meaning,
        one.advice,
        " ".join(one.request_ids),
    ),
    record=lambda one: {
        "cause": one.cause,
        "objects": one.objects,
        "meaning": one.meaning,
        "advice": one.advice,
        "request_ids": one.request_ids,
    },
)

RECORD: Form[Mapping[str, Any]] = Form(
    columns=(Column(""),),
    cells=lambda record: (str(record),),
    fields=lambda record: [str(value) for value in record.values()],
    record=lambda record: record,
)


ARCHIVED = N_("of those, archived")

# The statuses of an object that are not states of a job too.
_STATUSES = (N_("pending"), N_("skipped"), N_("gone"))


def entry_state(entry: Entry) -> dict[str, str]:
    """Return the state of a job's object as text: where it is, how it was verified, or why not."""
    shown = {
        N_("key"): entry.key,
        N_("path"): entry.path,
        N_("status"): Words(entry.status),
        N_("size"): told_size(entry.size),
        N_("attempts"): str(entry.attempts),
    }
    if entry.proof:
        shown[N_("proof")] = str(entry.proof)
    if entry.failure:
        shown[N_("cause")] = str(entry.failure.cause)
        shown[N_("message")] = entry.failure.message
        shown[N_("request_id")] = entry.failure.request_id
    return shown


def state_facts(job: JobState) -> dict[str, str]:
    """Return how far a job is, as text."""
    return {
        N_("state"): Words(job.state),
        **({N_("problem"): job.problem} if job.problem else {}),
        N_("objects"): told_count(job.objects),
        N_("size"): told_size(job.size),
        N_("at the target"): told_count(job.done),
        N_("still to fetch"): told_count(job.pending),
        **(
            {N_("partial data kept"): told_size(job.unfinished_size)} if job.unfinished_size else {}
        ),
        N_("missing"): told_count(job.failed),
        **({ARCHIVED: told_count(job.archived)} if job.archived else {}),
    }


_STATE_TONES = {
    N_("done"): Tone.GOOD,
    N_("running"): Tone.GOOD,
    N_("queued"): Tone.DIM,
    N_("paused"): Tone.WARN,
    N_("unfinished"): Tone.WARN,
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
    ),
    cells=lambda job: (
        Cell(_(job.state), _STATE_TONES.get(job.state, Tone.PLAIN)),
        _far(job),
        format_size(job.size),
        local_time(job.last_run) if job.last_run else "-",
        Cell(job.name, Tone.PREFIX),
        Cell(job.source, Tone.DIM),
        Cell(job.target, Tone.DIM),
    ),
    fields=lambda job: (
        job.state,
        str(job.objects),
        str(job.done),
        str(job.failed),
        str(job.size),
        utc_time(job.last_run) if job.last_run else "",
        job.source,
        job.target,
        job.name,
    ),
    record=lambda job: {
        "name": job.name,
        "state": job.state,
        "objects": job.objects,
        "done": job.done,
        "failed": job.failed,
        "archived": job.archived,
        "bytes": job.size,
        "source": job.source,
        "target": job.target,
        "last_run": job.last_run,
    },
)


def _far(job: JobState) -> str:
    """Return how far a job is: "1,200", "1,198 of 1,200", or on the way "20 of 1,200, 2 failed"."""
    if job.done == job.objects:
        return f"{job.objects:,}"
    far = _("{done:,} of {objects:,}").format(done=job.done, objects=job.objects)
    is_mixed = job.failed and job.pending
    return listed(far, _("{number:,} failed").format(number=job.failed) if is_mixed else "")


def _run_seconds(run: "RunRecord") -> float | None:
    return (run.ended - run.started).total_seconds() if run.ended else None


def _run_cells(run: "RunRecord") -> Sequence[Cell | str]:
    began = local_time(run.started)
    seconds = _run_seconds(run)
    if seconds is None:  # what else it did is written when it ends
        received = format_size(run.bytes_received) if run.bytes_received else ""
        return began, "", "", received, "", Cell(_("not finished"), Tone.WARN)
    return (
        began,
        format_duration(max(0.1, seconds)),
        f"{run.fetched:,}",
        format_size(run.bytes_received),
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
    fields=lambda run: (
        "run",
        utc_time(run.started),
        "" if run.ended is None else utc_time(run.ended),
        str(run.fetched),
        str(run.bytes_received),
        run.outcome,
    ),
    record=lambda run: {
        "started": run.started,
        "ended": run.ended,
        "fetched": run.fetched,
        "bytes_received": run.bytes_received,
        "outcome": run.outcome,
    },
)


def job_record(job: Job, state: JobState, runs: "Sequence[RunRecord]") -> dict[str, Any]:
    """Return what a job wants, how far it is, and its runs as JSON has it."""
    return {
        **JOBS.record(state),
        "file": str(job.path),
        "endpoint": job.source.endpoint,
        "filters": list(job.selection.rules()),
        "problem": state.problem,
        "runs": [RUNS.record(run) for run in runs],
    }
