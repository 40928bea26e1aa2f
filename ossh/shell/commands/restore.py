"""restore: archived objects."""

import argparse
import sys
from typing import TYPE_CHECKING

from ossh.advice import store_error
from ossh.errors import UsageError
from ossh.language import N_, _
from ossh.session.jobs.job_choice import job_for
from ossh.shell.commands.options import add_names, command, request_of
from ossh.shell.dialogue.run_outcome import resume_command, tell
from ossh.shell.interrupts import InterruptibleCommands
from ossh.shell.parsing.arguments import Parser, positive
from ossh.shell.progress_bar import watch
from ossh.store.restore import TIERS

if TYPE_CHECKING:
    from ossh.job import Job
    from ossh.transfer.restoring.restoration import Restoration

DAYS = 3
MOST_DAYS = 365
QUESTION = N_("ask OSS to restore them? [y/N] ")


def _add_restore_options(parser: Parser) -> None:
    flag = parser.add_argument
    flag(
        "--days",
        type=positive,
        default=DAYS,
        metavar="N",
        help="how long objects stay readable (3; 7 at most for class Archive)",
    )
    flag("--tier", choices=TIERS, default="", help="how fast objects of the cold classes thaw")
    flag(
        "--dry-run",
        action="store_true",
        help="save the job and show what would be restored, without asking for it",
    )
    flag(
        "--yes",
        action="store_true",
        help="do not ask for confirmation, although restoring costs money",
    )


class RestoreCommands(InterruptibleCommands):
    """`restore`; no other command changes anything in OSS."""

    DEFAULT_CATEGORY = "Transfer"

    @command(
        "restore archive/ --days 7 --dry-run",
        description="Ask OSS to restore archived objects: by default those of the open job, or "
        "everything here that passes the filters. It shows how many objects there are, how long "
        "it takes and what it costs, then asks for confirmation. 'get --wait-restore' then "
        "fetches each object as it thaws.",
        adds=[add_names, _add_restore_options],
    )
    def do_restore(self, args: argparse.Namespace) -> None:
        """Ask OSS to restore archived objects, after showing what it costs."""
        from ossh.session.jobs.restoring import is_listed, start_restoring, survey
        from ossh.shell.views.restore import survey_lines

        shell, session = self._cmd, self._cmd.session
        self._check(args)
        job = job_for(session, request_of(session, args))
        session.runs.refuse_if_alive(job)
        if job.is_of_versions:
            raise UsageError(_("versions of objects can be restored only in the console"))
        if is_listed(job):
            session.job = job
        elif not self._list(job):
            return
        found = survey(session, job)
        shell.say_sentences(survey_lines(found, days=args.days, tier=args.tier))
        if args.dry_run or not found.objects:
            return
        if not (args.yes or shell.confirms(_(QUESTION))):
            shell.note(_("nothing was requested"))
            return
        restoration = start_restoring(session, job, found, days=args.days, tier=args.tier)
        with self.stopped_by_ctrl_c(restoration):
            watch(restoration, sys.stderr, quiet=shell.quiet)
        self._tell(restoration)

    def _check(self, args: argparse.Namespace) -> None:
        if args.days > MOST_DAYS:
            most = _("OSS keeps restored objects for {days} days at most")
            raise UsageError(most.format(days=MOST_DAYS))
        if not (args.yes or args.dry_run or self._cmd.interactive):
            raise UsageError(
                _("restoring costs money and needs confirmation"), hint=_("confirm with --yes")
            )

    def _list(self, job: "Job") -> bool:
        """List what a job selects into its manifest; False if the listing did not finish."""
        from ossh.session.jobs.running import new_run
        from ossh.transfer.planning.preflight import Preflight

        session = self._cmd.session
        run = session.start(new_run(session, job, sheet=Preflight(looks_around=False)))
        self.watch(run)
        if run.summary is not None and run.summary.ended == "done":
            return True
        tell(self._cmd, run)
        return False

    def _tell(self, restoration: "Restoration") -> None:
        from ossh.shell.views.restore import result_lines

        shell, asked = self._cmd, restoration.result()
        shell.status = asked.status  # first: the reader of the output may have left
        go_on = resume_command(shell.session, restoration.job)
        shell.say_sentences(result_lines(asked, go_on=go_on))
        if asked.stopped_by is not None:
            error = store_error(_("continue restoring"), asked.stopped_by)
            shell.show_error(str(error), error.hint or "")
