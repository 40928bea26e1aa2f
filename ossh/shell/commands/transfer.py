"""Downloading: get, resume, retry, guide."""

import argparse
from typing import TYPE_CHECKING

from cmd2 import Cmd2ArgumentParser, Completions, with_argparser

from ossh.errors import UsageError
from ossh.language import _
from ossh.model import Cause
from ossh.paths import printable
from ossh.session import Background, Session, Wish
from ossh.session.ledger import causes, current_job, resumable
from ossh.shell import completion, guide
from ossh.shell.app import OsshShell
from ossh.shell.arguments import add_version, command_parser, several
from ossh.shell.commands.watching import Watching
from ossh.shell.telling import tell, tell_company, tell_limit, tell_other_source, tell_turn
from ossh.shell.what import add_inventory, add_names, add_shard, add_target, shard_of

if TYPE_CHECKING:
    from argparse import _ActionsContainer

    from ossh.job import Job
    from ossh.transfer.run import Run


class Transfer(Watching):
    """Commands that run a job."""

    DEFAULT_CATEGORY = "Transfer"

    def complete_causes(self, text: str, line: str, begidx: int, endidx: int) -> Completions:
        """Offer the causes that there are in the open job."""
        return completion.causes(self._cmd.session, text)

    @staticmethod
    def _get_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Download keys or prefixes; by default everything here that passes the filters, or "
            "what the open job is still missing. The download is saved as a job, which can be "
            "stopped and resumed at any time. For a single object, the path of its file is "
            "printed, and the job is removed once the file is verified, unless --name is given.",
            "get logs/ --to ./logs --name logs",
            "get readme.txt --as welcome.txt",
            "get logs/*/01/*.gz --to january",
        )
        add_names(parser)
        where = parser.add_mutually_exclusive_group()
        add_target(where, "the target folder; by default one named after the job")
        where.add_argument(
            "--as",
            dest="file",
            default="",
            metavar="FILE",
            help="the local file name of a single object",
            completer=OsshShell.path_complete,
            suppress_tab_hint=True,
        )
        flag = parser.add_argument
        flag(
            "--name",
            default="",
            metavar="JOB",
            help="the job's name; by default that of DIR or FILE, otherwise the prefix",
        )
        keys = parser.add_mutually_exclusive_group()
        keys.add_argument(
            "--from",
            dest="keys_from",
            default="",
            metavar="FILE|JOB",
            help="fetch the keys listed in a file (.oss-failed.csv, or one key per line), or what "
            "failed in another job",
            completer=OsshShell.path_complete,
            suppress_tab_hint=True,
        )
        add_inventory(keys)
        add_shard(parser)
        add_version(parser)
        flag(
            "--links",
            action="store_true",
            help="create symlinks as local links; by default, the objects they point to are "
            "downloaded",
        )
        _add_dask(parser)
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--dry-run",
            action="store_true",
            help="save the job and show its plan, but fetch nothing",
        )
        _add_background(how)
        _add_wait_restore(parser)
        return parser

    @with_argparser(_get_parser)
    def do_get(self, args: argparse.Namespace) -> None:
        """Download keys or prefixes, or what the open job is still missing."""
        session = self._cmd.session
        job = session.job_for(_wish(session, args))
        tell_other_source(
            self._cmd,
            job,
            args.names,
            _("resuming {name}, {place}; 'get .' downloads everything here"),
        )
        if others := session.same_target(job):
            names = ", ".join(printable(name) for name in others)
            self._cmd.warn(
                _("{folder} is also the target of {names}").format(
                    folder=printable(str(job.directory)), names=names
                )
            )
        if args.dry_run:
            from ossh.shell.planned import show_plan
            from ossh.transfer.preflight import Preflight

            sheet = Preflight()
            run = session.start(job, sheet=sheet)
            self.watch(run)
            show_plan(self._cmd, run, sheet)
        else:
            self._fetch(job, args)

    def _fetch(self, job: "Job", args: argparse.Namespace) -> None:
        """Run a job to its end, or leave it in the background."""
        session = self._cmd.session
        how = {"dask": args.dask, "wait_restore": args.wait_restore}
        if args.background:
            self._begun(session.start_in_background(job, **how))
        else:
            self._follow(session.start(job, **how))

    @staticmethod
    def _resume_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Resume a job: a paused job continues in the background; a job that was stopped, "
            "parked or killed is opened and run again. Without a name: the paused jobs, or else "
            "the open job, or else the only one that was begun and is unfinished.",
            "resume logs",
        )
        parser.add_argument(
            "job",
            nargs="?",
            default="",
            metavar="JOB",
            help="the job's name, or its file",
            completer=OsshShell.job_complete,
            suppress_tab_hint=True,
        )
        _add_dask(parser)
        _add_background(parser)
        _add_wait_restore(parser)
        return parser

    @with_argparser(_resume_parser)
    def do_resume(self, args: argparse.Namespace) -> None:
        """Resume a job that is paused, or was stopped, parked or killed."""
        session = self._cmd.session
        if chosen := session.runs.to_release(args.job):
            for one in chosen:
                one.steer(paused=False)
                tell_turn(self._cmd, one, _("{name} continues in the background"))
            return
        name = args.job or resumable(session)
        job = session.job  # opened already: the place stays
        if job is None or job.path != session.job_path(name):
            job = session.open(name)
        self._fetch(job, args)

    @staticmethod
    def _retry_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Try the failed objects of the open job again, with a fresh number of attempts.",
            "retry --only denied,timeout",
        )
        parser.add_argument(
            "--only",
            action="append",
            metavar="CAUSE",
            help="only objects that failed for these causes, as 'failures' names them",
            completer=Transfer.complete_causes,
            suppress_tab_hint=True,
        )
        _add_dask(parser)
        _add_background(parser)
        return parser

    @with_argparser(_retry_parser)
    def do_retry(self, args: argparse.Namespace) -> None:
        """Try the failed objects of the open job again."""
        session = self._cmd.session
        job = current_job(session)
        only = frozenset(_cause(name, job) for name in several(args.only)) or frozenset(Cause)
        if args.background:
            self._begun(session.start_in_background(job, only=only, dask=args.dask))
        else:
            self._follow(session.start(job, only=only, dask=args.dask))

    @with_argparser(lambda: command_parser("Answer a few questions and download.", "guide"))
    def do_guide(self, args: argparse.Namespace) -> None:
        """Answer a few questions and download."""
        guide.lead(self._cmd)

    def _follow(self, run: "Run") -> None:
        """Draw a run until it ends, then show how it ended; or let it go to the background."""
        tell_limit(self._cmd, run.job)
        tell_company(self._cmd, run.job)
        if self.watch(run):
            tell(self._cmd, run)
        else:
            self._cmd.session.run = None
            self._begun(self._cmd.session.runs.adopt(run))

    def _begun(self, one: Background) -> None:
        """Say that a job runs in the background, or will."""
        tell_limit(self._cmd, one.job)
        running = _("{name} is running in the background; 'wait' shows it until it ends")
        tell_turn(self._cmd, one, running)


def _wish(session: Session, args: argparse.Namespace) -> Wish:
    return Wish(
        tuple(args.names),
        args.to,
        args.name,
        args.keys_from,
        shard_of(session, args),
        args.version_id,
        args.links,
        args.inventory,
        args.file,
        once=not (args.name or args.dry_run),
    )


def _add_background(parser: "_ActionsContainer") -> None:
    """Let a command leave its run in the background."""
    parser.add_argument(
        "--background",
        action="store_true",
        help="return to the prompt at once; a script that does not 'wait' parks the job when it "
        "ends",
    )


def _add_wait_restore(parser: Cmd2ArgumentParser) -> None:
    """Let a command wait for what is being restored."""
    parser.add_argument(
        "--wait-restore",
        action="store_true",
        help="wait for archived objects that are being restored, and fetch each one as it thaws",
    )


def _add_dask(parser: Cmd2ArgumentParser) -> None:
    """Let the workers of a cluster fetch for a command."""
    parser.add_argument(
        "--dask",
        default="",
        metavar="tcp://HOST:PORT",
        help="let the workers of this Dask scheduler fetch; all of them must see the target folder",
    )


def _cause(name: str, job: "Job") -> Cause:
    try:
        return Cause(name)
    except ValueError as error:
        found = ", ".join(one.cause for one in causes(job))
        hint = _("causes in this job: {causes}").format(causes=found or _("none"))
        raise UsageError(
            _("'{name}' is not a cause of failure").format(name=name), hint=hint
        ) from error
