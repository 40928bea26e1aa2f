"""Archived objects: restore."""

import argparse
import sys
from typing import TYPE_CHECKING

from cmd2 import Cmd2ArgumentParser, CommandSet, with_argparser

from ossh.errors import UsageError
from ossh.language import N_, _
from ossh.protocol import store_error
from ossh.session import Wish
from ossh.shell.app import OsshShell
from ossh.shell.arguments import command_parser, positive
from ossh.shell.progress import watch, watch_counts
from ossh.shell.telling import going_on, tell
from ossh.shell.text import YES
from ossh.shell.what import add_names
from ossh.store.restore import TIERS

if TYPE_CHECKING:
    from ossh.job import Job
    from ossh.transfer.restoring import Restoration
    from ossh.transfer.run import Run

DAYS = 3
MOST_DAYS = 365
QUESTION = N_("ask OSS to restore them? [y/N] ")


class Archive(CommandSet[OsshShell]):
    """The command that restores objects; no other command changes anything in OSS."""

    DEFAULT_CATEGORY = "Transfer"

    def __init__(self) -> None:
        super().__init__()
        self._watched: Run | Restoration | None = None
        self._told_to_stop = False

    @staticmethod
    def _restore_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Ask OSS to restore archived objects: by default those of the open job, or everything "
            "here that passes the filters. It shows how many objects there are, how long it takes "
            "and what it costs, then asks for confirmation. 'get --wait-restore' then fetches "
            "each object as it thaws.",
            "restore archive/ --days 7 --dry-run",
        )
        add_names(parser)
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
        return parser

    @with_argparser(_restore_parser)
    def do_restore(self, args: argparse.Namespace) -> None:
        """Ask OSS to restore archived objects, after showing what it costs."""
        from ossh.session.restoring import is_listed, start_restoring, survey
        from ossh.shell.restored import survey_lines

        shell, session = self._cmd, self._cmd.session
        if args.days > MOST_DAYS:
            most = _("OSS keeps restored objects for {days} days at most")
            raise UsageError(most.format(days=MOST_DAYS))
        if not (args.yes or args.dry_run or shell.interactive):
            raise UsageError(
                _("restoring costs money and needs confirmation"), hint=_("confirm with --yes")
            )
        job = session.job_for(Wish(tuple(args.names)))
        session.runs.refuse_if_alive(job)
        if job.version_id:
            raise UsageError(_("a single version of an object can be restored only in the console"))
        if is_listed(job):
            session.job = job
        elif not self._list(job):
            return
        found = survey(session, job)
        shell.say_sentences(survey_lines(found, days=args.days, tier=args.tier, paint=shell.paint))
        if args.dry_run or not found.objects:
            return
        if not args.yes and shell.ask(_(QUESTION), otherwise="n").lower() not in YES:
            shell.note(_("nothing was requested"))
            return
        restoration = start_restoring(session, job, found, days=args.days, tier=args.tier)
        self._wait(restoration)
        self._tell(restoration)

    def _list(self, job: "Job") -> bool:
        """List what a job selects into its manifest; False if the listing did not finish."""
        from ossh.transfer.preflight import Preflight

        sheet = Preflight(looks_around=False)
        run = self._cmd.session.start(job, sheet=sheet)
        self._wait(run)
        self._cmd.session.forget_unbegun(run)
        if run.error is not None:
            raise run.error
        if run.summary is not None and run.summary.ended == "done":
            return True
        tell(self._cmd, run)
        return False

    def _wait(self, watched: "Run | Restoration") -> None:
        """Draw a listing or a restoration until it ends."""
        from ossh.transfer.run import Run

        self._watched, self._told_to_stop = watched, False
        try:
            draw = watch_counts if isinstance(watched, Run) else watch
            draw(watched, sys.stderr, quiet=self._cmd.quiet)
        finally:
            watched.stop()
            self._watched = None

    def _tell(self, restoration: "Restoration") -> None:
        from ossh.shell.restored import asked_lines

        shell, asked = self._cmd, restoration.finished()
        shell.status = asked.status  # first: the reader of the output may have left
        go_on = going_on(shell.session, restoration.job)
        shell.say_sentences(asked_lines(asked, shell.paint, go_on=go_on))
        if asked.stopped_by is not None:
            error = store_error(_("continue restoring"), asked.stopped_by)
            shell.show_error(str(error), error.hint or "")

    def sigint_handler(self) -> bool:
        """Stop at the first Ctrl-C and show what was requested so far."""
        if self._watched is None or self._told_to_stop:
            return False
        self._told_to_stop = True
        self._watched.stop()
        return True
