"""restore: archived objects."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ossh.advice import store_error
from ossh.commands.command import argument, command, flag, text_option
from ossh.commands.interrupts import watch_run, watch_to_end
from ossh.commands.options import add_filters, add_names, request_of, words_of
from ossh.console.console import Console
from ossh.console.dialogue.run_outcome import report_outcome
from ossh.console.parser import from_zero
from ossh.console.views.results import COUNT_WIDTH, count_row, line_about
from ossh.console.views.table import LEFT, RIGHT, Cell, table
from ossh.console.views.text import Tone, count, count_sentence, listed, paint, with_note
from ossh.errors import UsageError
from ossh.job import Job
from ossh.language import N_, _, said
from ossh.session import JobRequest
from ossh.session.combinations import check
from ossh.session.jobs.job_choice import job_of
from ossh.session.jobs.opening import opened
from ossh.session.jobs.removal import plan_removal, remove
from ossh.store.restore import MOST_DAYS, REAL_TIME_CLASS, TIERS, days_of
from ossh.transfer.planning.preflight import Preflight
from ossh.units import format_duration, format_size

if TYPE_CHECKING:  # brings the whole of transfer with it
    from ossh.manifest import ArchivedGroup
    from ossh.session.jobs.restoring import Survey
    from ossh.transfer.restoring.restore_result import Refusals, RestoreResult
    from ossh.transfer.run import Run

DAYS = 3

# By class and tier, how long a restore takes. Source: OSS developer guide, "Restore objects".
_TAKES = {
    (REAL_TIME_CLASS, ""): N_("readable within minutes"),
    ("ColdArchive", "Expedited"): N_("readable within 1 hour"),
    ("ColdArchive", "Standard"): N_("readable in 2 to 5 hours"),
    ("ColdArchive", "Bulk"): N_("readable in 5 to 12 hours"),
    ("DeepColdArchive", "Expedited"): N_("readable within 12 hours"),
    ("DeepColdArchive", "Standard"): N_("readable within 48 hours"),
}


@command(
    "restore archive/ --days 7 --dry-run",
    description="Ask OSS to restore archived objects: by default those of the open job, or "
    "everything here that passes the filters. It shows how many objects there are, how long "
    "it takes and what is billed, then asks for confirmation. 'get --wait-restore' then "
    "fetches each object as it thaws.",
    arguments=[
        add_names,
        text_option("--job", metavar="JOB", help="open this job, and restore what it lacks"),
        argument(
            "--days",
            type=partial(from_zero, least=1, most=max(MOST_DAYS.values())),
            default=DAYS,
            metavar="N",
            help="how long objects stay readable (3; 7 at most for class Archive)",
        ),
        argument(
            "--tier", choices=TIERS, default="", help="how fast objects of the cold classes thaw"
        ),
        flag("--dry-run", help="show what would be restored, and leave nothing behind"),
        flag("--yes", help="do not ask for confirmation, although restoring costs money"),
        add_filters,
    ],
)
def restore(console: Console, args: argparse.Namespace) -> None:
    """Ask OSS to restore archived objects, after showing what is billed."""
    from ossh.session.jobs.restoring import is_listed, start_restoring, survey
    from ossh.session.jobs.running import new_run

    session = console.session
    request = request_of(session, args)
    if args.job:
        check(request.options | {"--job"})
        opened(session, args.job)
    if args.dry_run or not (args.yes or console.interactive):
        if _foretell(console, request, args) and not args.dry_run:
            text = _("restoring costs money and needs confirmation")
            raise UsageError(text, hint=_("confirm with --yes"))
        return
    job = job_of(session, request)
    session.runs.refuse_if_alive(job)
    _refuse_versions(job)
    is_new = not job.path.exists()
    if is_listed(job):
        session.job = job
    else:
        run = new_run(session, job, sheet=Preflight(looks_around=False))
        if not _has_listed(console, session.start(run)):
            return
    found = survey(session, job)
    console.say_sentences(survey_lines(found, days=args.days, tier=args.tier))
    if not found.objects:
        is_own = is_new and job.path == session.new_job_file  # nobody else took its name
        if is_own and not (found.thawing or found.real_time):
            remove(session, plan_removal(session, job.path))
        return
    if not (args.yes or console.confirms(_("ask OSS to restore them? [y/N] "))):
        console.note(_("nothing was requested"))
        return
    restoration = start_restoring(session, job, found, days=args.days, tier=args.tier)
    asked = watch_to_end(console, restoration)
    console.status = asked.status  # first: the reader of the output may have left
    console.say_sentences(result_lines(asked))
    if asked.stopped_by is not None:
        console.show_failure(store_error(_("continue restoring"), asked.stopped_by))


def _foretell(console: Console, request: JobRequest, args: argparse.Namespace) -> bool:
    """Show what would be restored, and leave nothing behind; return whether there is something."""
    from ossh.session.jobs.restoring import survey
    from ossh.session.jobs.running import preflight

    with preflight(console.session, request, Preflight(looks_around=False)) as plan:
        _refuse_versions(plan.job)
        if not _has_listed(console, plan):
            return False
        planned = replace(plan.job, path=plan.manifest_path.with_suffix(".toml"))
        found = survey(console.session, planned)
        named = words_of(request)
        lines = survey_lines(found, days=args.days, tier=args.tier, named=named)
        console.say_sentences(lines)
        return found.objects > 0


def _refuse_versions(job: Job) -> None:
    if job.is_of_versions:
        raise UsageError(
            _("versions of objects can be restored only in the OSS console"),
            hint=_("restore them there; then 'get --wait-restore' fetches each as it thaws"),
        )


def _has_listed(console: Console, run: "Run") -> bool:
    """Draw a run that only plans; return whether it came to its end, and say how else it ended."""
    watch_run(console, run)
    if run.summary is not None and run.summary.ended == "done":
        return True
    report_outcome(console, run)
    return False


def survey_lines(found: "Survey", *, days: int, tier: str, named: str = "") -> Iterator[str]:
    """Yield what would be asked for, how long that takes and what is billed; no tier is Standard.

    `named` is what to type behind a command that is to mean the same objects; "" is the open job.
    """
    text = _("{objects} of class Archive can be read without a restore: {get} fetches them")
    yield from count_sentence(found.real_time, "object", text, get=line_about(named, "get"))
    text = _("{objects} already being restored; not requested again")
    yield from count_sentence(found.thawing, "object", text)
    if not found.objects:
        yield _("nothing to restore")
        return
    text, size = _("to restore: {objects}, {size}"), format_size(found.size)
    yield paint(text.format(objects=count(found.objects, "object"), size=size), Tone.TITLE)
    rows = [_row(one, days, tier) for one in found.frozen]
    yield from table((RIGHT, RIGHT, LEFT, LEFT, LEFT), rows)
    text = _(
        "this costs money: the requests, the data read from the archive and, for the cold classes, "
        "a copy that is kept for that many days"
    )
    yield paint(text, Tone.WARN)


def _row(group: "ArchivedGroup", days: int, tier: str) -> Sequence[str | Cell]:
    kept = count(days_of(group.storage_class, days), "day")
    return (
        f"  {group.objects:,}",
        format_size(group.size),
        group.storage_class,
        Cell(takes(group.storage_class, tier), Tone.DIM),
        Cell(_("for {days}").format(days=kept), Tone.DIM),
    )


def takes(storage_class: str, tier: str) -> str:
    is_tiered = storage_class != REAL_TIME_CLASS
    known = _TAKES.get((storage_class, (tier or "Standard") if is_tiered else ""))
    if known is None and tier and storage_class in MOST_DAYS:
        return _("OSS has no tier {tier} for this class and will refuse").format(tier=tier)
    return _(known or N_("readable once it has thawed"))


def result_lines(result: "RestoreResult") -> Iterator[str]:
    """Yield what was requested, why some requests were refused, and what to do next."""
    tone = Tone.GOOD if result.status == 0 else Tone.BAD if result.refused else Tone.WARN
    text = _("stopped: asked OSS to restore {objects}, {size}, in {time}")
    if result.is_whole:
        text = _("asked OSS to restore {objects}, {size}, in {time}")
    number, size = count(result.accepted, "object"), format_size(result.accepted_size)
    took = format_duration(max(0.1, result.seconds))
    yield paint(text.format(objects=number, size=size, time=took), tone)
    others = {
        _("{number:,} already being restored"): result.thawing,
        _("{number:,} readable now"): result.readable,
        _("{number:,} gone from the bucket"): result.gone,
        _("{number:,} frozen again; the next 'restore' shows them"): result.frozen_again,
    }
    if counts := listed(*(text.format(number=n) for text, n in others.items() if n)):
        yield _("not requested: {objects}").format(objects=counts)
    for code, one in result.refused.items():
        yield from _refusal(code, one)
    yield from _next(result)


def _refusal(code: str, refused: "Refusals") -> Iterator[str]:
    yield count_row(refused.objects, code, said(refused.failure.message))
    advice = said(refused.advice) if refused.advice else _("give this request ID to support")
    advice = with_note(advice, refused.failure.request_id)
    yield " " * COUNT_WIDTH + _("to do: {advice}").format(advice=advice)


def _next(result: "RestoreResult") -> Iterator[str]:
    if result.is_hopeless:
        yield _("gave up: every request was refused; fix that, and 'restore' continues")
    elif not result.is_whole:
        yield _("next: 'restore' resumes where this stopped and requests nothing twice")
    if result.accepted or result.thawing or result.readable:
        yield _("next: 'get --wait-restore' fetches each as it thaws")
