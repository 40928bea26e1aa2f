"""Downloading: get, retry, guide."""

import argparse
from contextlib import suppress
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from cmd2 import Cmd2ArgumentParser, CommandSet, with_argparser, with_category

from ossh.errors import UsageError
from ossh.language import _
from ossh.model import Cause
from ossh.paths import printable
from ossh.session import Background, Place, Session, Wish
from ossh.session.ledger import causes, current_job, set_aside_unusable
from ossh.session.runs import PARK_SECONDS
from ossh.shard import Shard, resolve
from ossh.shell import forms, guide
from ossh.shell.app import OsshShell
from ossh.shell.arguments import add_json, add_version, command_parser, positive, several
from ossh.shell.leaving import Choice, ask_how_to_go_on
from ossh.shell.output import is_utf8
from ossh.shell.renewing import watch_and_ask
from ossh.shell.runs import tell, tell_empty, tell_limit

if TYPE_CHECKING:
    from argparse import _ActionsContainer

    from ossh.job import Job
    from ossh.transfer.preflight import Preflight
    from ossh.transfer.run import Run


class Transfer(CommandSet[OsshShell]):
    """Commands that run a job."""

    DEFAULT_CATEGORY = "Transfer"

    def __init__(self) -> None:
        super().__init__()
        self._watched: Run | None = None
        self._told_to_stop = False

    @staticmethod
    def _get_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Download keys or prefixes, by default all that is here and passes the filters, or "
            "what the open job still lacks. It is saved as a job, so that it can be stopped and "
            "gone on with at any time.",
            "get logs/ --to ./logs --name logs",
        )
        _add_what_and_where(parser, "where to; by default a folder of the job's name")
        flag = parser.add_argument
        flag("--name", default="", metavar="JOB", help="the job's name; by default the prefix")
        keys = parser.add_mutually_exclusive_group()
        keys.add_argument(
            "--from",
            dest="keys_from",
            default="",
            metavar="FILE|JOB",
            help="fetch the keys that a file lists: .oss-failed.csv, or one key a line; or what "
            "failed in another job",
            completer=OsshShell.path_complete,
            suppress_tab_hint=True,
        )
        _add_inventory(keys)
        _add_shard(parser)
        add_version(parser)
        flag(
            "--links",
            action="store_true",
            help="make symlinks local links; by default they become what they lead to",
        )
        _add_dask(parser)
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--dry-run", action="store_true", help="write the job and its plan, fetch nothing"
        )
        _add_background(how)
        flag(
            "--wait-restore",
            action="store_true",
            help="wait for archived objects that are being restored, and fetch each as it thaws",
        )
        return parser

    @with_argparser(_get_parser)
    def do_get(self, args: argparse.Namespace) -> None:
        """Download keys or prefixes, or what the open job still lacks."""
        session = self._cmd.session
        job = session.job_for(_wish(session, args))
        self._tell_other_source(job, args)
        if others := session.same_target(job):
            names = ", ".join(printable(name) for name in others)
            self._cmd.warn(
                _("{folder} is the target of {names} too").format(
                    folder=printable(str(job.directory)), names=names
                )
            )
        if args.dry_run:
            from ossh.transfer.preflight import Preflight

            sheet = Preflight()
            self._plan(session.start(job, sheet=sheet), sheet)
        elif args.background:
            one = session.start_in_background(job, dask=args.dask, wait_restore=args.wait_restore)
            self._begun(one)
        else:
            self._follow(session.start(job, dask=args.dask, wait_restore=args.wait_restore))

    def _tell_other_source(self, job: "Job", args: argparse.Namespace) -> None:
        """Say so when a bare `get` goes on with a job that fetches from elsewhere."""
        source = Place(job.source.bucket, job.source.prefix)
        if not args.names and job is self._cmd.session.job and source != self._cmd.session.place:
            name = printable(job.name)
            self._cmd.note(
                _("goes on with {name}, {place}; 'get .' gets all that is here").format(
                    name=name, place=source.shown
                )
            )

    @staticmethod
    def _retry_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Try again what failed in the open job, with a fresh budget of attempts.",
            "retry --only denied,timeout",
        )
        parser.add_argument(
            "--only",
            action="append",
            metavar="CAUSE",
            help="only what failed for these causes, as 'failures' names them",
        )
        _add_dask(parser)
        _add_background(parser)
        return parser

    @with_argparser(_retry_parser)
    def do_retry(self, args: argparse.Namespace) -> None:
        """Try again what failed in the open job."""
        session = self._cmd.session
        job = current_job(session)
        only = frozenset(_cause(name, job) for name in several(args.only)) or frozenset(Cause)
        if args.background:
            self._begun(session.start_in_background(job, only=only, dask=args.dask))
        else:
            self._follow(session.start(job, only=only, dask=args.dask))

    @staticmethod
    def _refresh_parser() -> Cmd2ArgumentParser:
        return command_parser(
            "List the bucket again for the open job and show what is new, changed and gone; 'get' "
            "then fetches. Files that are here stay, also of what is gone. A manifest that is "
            "damaged, or whose bucket or prefix was edited, is put aside and made anew from the "
            "job file and the files that are here. A symlink counts as changed when it was made "
            "anew; that what it leads to was replaced, no listing tells: to have that again, "
            "move its file away first.",
            "refresh",
        )

    @with_argparser(_refresh_parser)
    def do_refresh(self, _args: argparse.Namespace) -> None:
        """List the bucket again for the open job: new, changed, gone."""
        from ossh.transfer.preflight import Changes, Preflight

        session = self._cmd.session
        job = current_job(session)
        session.runs.refuse_if_alive(job)
        if (aside := set_aside_unusable(job)) is not None:
            self._cmd.note(
                _("the former manifest is kept as {name}; this is a new one").format(
                    name=aside.name
                )
            )
        sheet, changes = Preflight(), Changes() if job.manifest_path.exists() else None
        self._plan(session.start(job, sheet=sheet, changes=changes), sheet)

    @staticmethod
    def _preview_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Show what 'get' would do: how much is new, changed or here already, the free space, "
            "archived objects, and names that will differ. Nothing is downloaded.",
            "preview --limit 5",
        )
        _add_what_and_where(parser, "compare with this folder")
        _add_shard(parser)
        _add_inventory(parser)
        flag = parser.add_argument
        flag("--limit", type=positive, default=5, metavar="N", help="keys shown of each kind (5)")
        add_json(parser)
        return parser

    @with_category("Select")
    @with_argparser(_preview_parser)
    def do_preview(self, args: argparse.Namespace) -> None:
        """Show what 'get' would do, and download nothing."""
        from ossh.transfer.preflight import Preflight

        sheet = Preflight(first_limit=args.limit)
        session = self._cmd.session
        wish = Wish(
            tuple(args.names), args.to, shard=_shard(session, args), inventory=args.inventory
        )
        with session.preflight(wish, sheet) as run:
            self._plan(run, sheet, limit=args.limit, as_json=args.json)

    def _plan(
        self, run: "Run", sheet: "Preflight", *, limit: int = 5, as_json: bool = False
    ) -> None:
        """Wait for a run that only plans, then show its sheet; stopped, as far as it came."""
        from ossh.shell.sheet import changes_lines

        self._wait(run)
        job = run.job
        is_whole = run.summary is None or run.summary.ended not in {"stopped", "error"}
        if run.summary is not None and not is_whole:
            self._cmd.status = run.summary.status  # first: whoever reads may have left
        if run.changes is not None and not as_json:
            self._cmd.say(changes_lines(run.changes, is_whole=is_whole, paint=self._cmd.paint))
        self._show_sheet(job, sheet, limit=limit, is_whole=is_whole, as_json=as_json)
        if is_whole:
            tell_empty(self._cmd, job, sum(sheet.objects.values()))
        if run.summary is not None and not is_whole:
            again = _("; 'refresh' begins it again") if run.changes is not None else ""
            self._cmd.warn(
                _("planning did not come to its end; the counts are of what it saw") + again
            )
            self._cmd.show_error(run.summary.error, run.summary.hint)

    def _show_sheet(
        self, job: "Job", sheet: "Preflight", *, limit: int, is_whole: bool, as_json: bool
    ) -> None:
        from ossh.session.outlook import outlook
        from ossh.shell.sheet import Look, sheet_lines, sheet_record

        shell = self._cmd
        ahead = outlook(shell.session, job, sheet.size.total() / max(1, sheet.objects.total()))
        if as_json:
            record = sheet_record(sheet, ahead, limit=limit, is_whole=is_whole)
            shell.show([record], forms.RECORD, as_json=True)
            return
        width = get_terminal_size().columns if shell.is_table else 0
        look = Look(shell.paint, width, ascii_only=not is_utf8(shell.stdout))
        shell.say(sheet_lines(sheet, ahead, limit=limit, is_whole=is_whole, look=look))

    @with_argparser(lambda: command_parser("Answer a few questions and download.", "guide"))
    def do_guide(self, args: argparse.Namespace) -> None:
        """Answer a few questions and download."""
        guide.lead(self._cmd)

    def _follow(self, run: "Run") -> None:
        """Draw a run until it ends, then show how it ended; or let it go to the background."""
        tell_limit(self._cmd, run.job)
        if self._wait(run):
            tell(self._cmd, run)
        else:
            self._cmd.session.run = None
            self._begun(self._cmd.session.runs.adopt(run))

    def _begun(self, one: Background) -> None:
        """Say that a job runs in the background, or will."""
        tell_limit(self._cmd, one.job)
        name = printable(one.job.name)
        if (before := one.before) is not None:
            self._cmd.note(
                _("{name} is queued behind {other}").format(
                    name=name, other=printable(before.job.name)
                )
            )
        else:
            self._cmd.note(
                _("{name} runs in the background; 'wait' shows it until it ends").format(name=name)
            )

    def _wait(self, run: "Run") -> bool:
        """Draw a run until it ends; raise what kept it from beginning.

        Returns:
            Whether it ended; else it shall go on in the background.
        """
        self._watched, self._told_to_stop = run, False
        try:
            if not self._draw(run):
                return False
        except SystemExit:  # SIGTERM, SIGHUP: park as Ctrl-C does
            run.stop()
            run.join(PARK_SECONDS)
            if run.summary is not None and run.preflight is None:
                with suppress(OSError):  # the terminal may be gone
                    tell(self._cmd, run)
            raise
        except KeyboardInterrupt:
            run.stop()  # whoever does not look on any more must not be left with a run
            raise
        finally:
            self._watched = None
        self._cmd.session.forget_unbegun(run)
        if run.error is not None:
            raise run.error
        return True

    def _draw(self, run: "Run") -> bool:
        """Draw a run until it ends, or until a person who was asked wants it in the background."""
        while True:
            try:
                watch_and_ask(self._cmd, run)
            except KeyboardInterrupt:
                if not self._may_ask(run):
                    raise
            else:
                return True
            match ask_how_to_go_on(self._cmd):
                case Choice.BACKGROUND:
                    return False
                case Choice.STOP:
                    self._told_to_stop = True
                    run.stop()
                case Choice.CONTINUE:
                    pass

    def _may_ask(self, run: "Run") -> bool:
        """Tell whether there is a person to ask, who has not had enough, and a choice."""
        return self._cmd.interactive and run.preflight is None and not self._told_to_stop

    def sigint_handler(self) -> bool:
        """Ask at the first Ctrl-C, or stop gently where nobody can be asked; the next one ends.

        What is asked, is asked by whoever draws the run: there False raises KeyboardInterrupt.
        """
        run = self._cmd.session.run
        if self._watched is None and run is not None:
            run.stop()  # started, but not watched yet: it must not go on unseen
        if self._watched is None or self._told_to_stop or self._may_ask(self._watched):
            return False
        self._told_to_stop = True
        self._watched.stop()
        return True


def _wish(session: Session, args: argparse.Namespace) -> Wish:
    return Wish(
        tuple(args.names),
        args.to,
        args.name,
        args.keys_from,
        _shard(session, args),
        args.version_id,
        args.links,
        args.inventory,
    )


def _add_what_and_where(parser: Cmd2ArgumentParser, where: str) -> None:
    """Let a command take keys and prefixes, and a local folder."""
    parser.add_argument(
        "names",
        nargs="*",
        metavar="KEY|PREFIX",
        completer=OsshShell.key_complete,
        suppress_tab_hint=True,
    )
    parser.add_argument(
        "--to",
        default="",
        metavar="DIR",
        help=where,
        completer=OsshShell.folder_complete,
        suppress_tab_hint=True,
    )


def _add_inventory(parser: "_ActionsContainer") -> None:
    """Let a command read an inventory report."""
    parser.add_argument(
        "--inventory",
        default="",
        metavar="KEY",
        help="read an inventory report instead of listing the bucket: its manifest.json, or the "
        "folder of its rule for the latest; as oss://BUCKET/KEY when it is in another bucket",
        completer=OsshShell.key_complete,
        suppress_tab_hint=True,
    )


def _add_background(parser: "_ActionsContainer") -> None:
    """Let a command leave its run in the background."""
    parser.add_argument(
        "--background",
        action="store_true",
        help="give the prompt back at once; a script that does not 'wait' parks the job as it ends",
    )


def _add_shard(parser: Cmd2ArgumentParser) -> None:
    """Let a command take one of several shares."""
    parser.add_argument(
        "--shard",
        default="",
        metavar="I/N",
        help="only share I of N, by a hash of the key; auto, or auto/N, in a batch array",
    )


def _add_dask(parser: Cmd2ArgumentParser) -> None:
    """Let a command have the workers of a cluster fetch."""
    parser.add_argument(
        "--dask",
        default="",
        metavar="tcp://HOST:PORT",
        help="have the workers of this Dask scheduler fetch; all see the target folder",
    )


def _shard(session: Session, args: argparse.Namespace) -> Shard | None:
    return resolve(args.shard, session.environ) if args.shard else None


def _cause(name: str, job: "Job") -> Cause:
    try:
        return Cause(name)
    except ValueError as error:
        present = ", ".join(one.cause for one in causes(job))
        hint = _("causes in this job: {causes}").format(causes=present or _("none"))
        raise UsageError(
            _("'{name}' is no cause of a failure").format(name=name), hint=hint
        ) from error
