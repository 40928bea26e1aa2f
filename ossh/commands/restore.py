"""restore: archived objects."""

import argparse
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
from ossh.errors import UsageError
from ossh.job import Job
from ossh.language import _
from ossh.session import JobRequest
from ossh.session.combinations import check
from ossh.session.jobs.job_choice import job_of
from ossh.session.jobs.opening import opened
from ossh.session.jobs.removal import plan_removal, remove
from ossh.store.restore import TIERS
from ossh.transfer.planning.preflight import Preflight

if TYPE_CHECKING:
    from ossh.transfer.run import Run

DAYS = 3
MOST_DAYS = 365  # that OSS takes


@command(
    "restore archive/ --days 7 --dry-run",
    description="Ask OSS to restore archived objects: by default those of the open job, or "
    "everything here that passes the filters. It shows how many objects there are, how long "
    "it takes and what it costs, then asks for confirmation. 'get --wait-restore' then "
    "fetches each object as it thaws.",
    arguments=[
        add_names,
        text_option("--job", metavar="JOB", help="open this job, and restore what it lacks"),
        argument(
            "--days",
            type=partial(from_zero, least=1, most=MOST_DAYS),
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
    """Ask OSS to restore archived objects, after showing what it costs."""
    from ossh.console.views.restore import result_lines, survey_lines
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
    console.awaits_thaw = found.thawing > 0
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
    console.awaits_thaw |= asked.accepted > 0
    console.status = asked.status  # first: the reader of the output may have left
    console.say_sentences(result_lines(asked))
    if asked.stopped_by is not None:
        error = store_error(_("continue restoring"), asked.stopped_by)
        console.show_error(str(error), error.hint or "")


def _foretell(console: Console, request: JobRequest, args: argparse.Namespace) -> bool:
    """Show what would be restored, and leave nothing behind; return whether there is something."""
    from ossh.console.views.restore import survey_lines
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
        raise UsageError(_("versions of objects can be restored only in the OSS console"))


def _has_listed(console: Console, run: "Run") -> bool:
    """Draw a run that only plans; return whether it came to its end, and say how else it ended."""
    watch_run(console, run)
    if run.summary is not None and run.summary.ended == "done":
        return True
    report_outcome(console, run)
    return False
