"""All jobs in the jobs folder: jobs, and its show, remove and clean."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from cmd2 import Cmd2ArgumentParser, CommandSet, with_argparser

from ossh.errors import UsageError
from ossh.job import as_counted
from ossh.language import _
from ossh.paths import printable
from ossh.session.ledger import JobState, facts, job_states, named_job, present_state, run_records
from ossh.session.removal import Removal, finished, removal, remove
from ossh.shell import forms
from ossh.shell.app import OsshShell
from ossh.shell.arguments import add_json, add_order, command_parser, subcommand
from ossh.shell.order import Order
from ossh.shell.text import YES, count, labelled
from ossh.shell.what import add_job
from ossh.units import format_size

_ORDERS: dict[str, Order[JobState]] = {
    "name": Order(lambda state: as_counted(state.name)),
    "state": Order(lambda state: state.state),
    "objects": Order(lambda state: state.objects, descending=True),
    "bytes": Order(lambda state: state.size, descending=True),
    "failed": Order(lambda state: state.failed, descending=True),
}


class JobList(CommandSet[OsshShell]):
    """The command for all jobs."""

    DEFAULT_CATEGORY = "Jobs"

    @staticmethod
    def _jobs_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "List the jobs in the jobs folder and their progress; or show, remove or clean up "
            "jobs.",
            "jobs --sort objects --limit 10",
            "jobs show logs-2026",
            "jobs clean --yes",
        )
        add_order(parser, _ORDERS)
        add_json(parser)
        actions = parser.add_subparsers(dest="action", metavar="ACTION")
        show = subcommand(
            actions, "show", "show a job's settings, its progress and its runs", "jobs show logs"
        )
        add_job(show)
        show.add_argument(
            "--json", dest="shown_as_json", action="store_true", help="write one JSON object"
        )
        away = subcommand(
            actions,
            "remove",
            "remove jobs: their files in the jobs folder and their partial files; downloaded "
            "files stay",
            "jobs remove logs --yes",
        )
        away.add_argument(
            "names",
            nargs="+",
            metavar="JOB",
            completer=OsshShell.job_complete,
            suppress_tab_hint=True,
        )
        clean = subcommand(
            actions, "clean", "remove all jobs that are done, as 'remove' does", "jobs clean --yes"
        )
        for one in (away, clean):
            one.add_argument("-y", "--yes", action="store_true", help="do not ask for confirmation")
        return parser

    @with_argparser(_jobs_parser)
    def do_jobs(self, args: argparse.Namespace) -> None:
        """List the jobs and their progress; show, remove or clean up jobs."""
        session = self._cmd.session
        match args.action:
            case "show":
                self._show(args)
            case "remove":
                paths = [session.job_path(name) for name in dict.fromkeys(args.names)]
                self._remove(paths, is_agreed=args.yes)
            case "clean":
                paths = list(finished(session))
                if paths:
                    self._remove(paths, is_agreed=args.yes)
                else:
                    self._cmd.note(_("no job is done"))
            case _:
                self._list(args)

    def _list(self, args: argparse.Namespace) -> None:
        states = list(job_states(self._cmd.session))
        self._cmd.show_in_order(states, forms.JOBS, args, _ORDERS)
        if not states:
            self._cmd.note(_("no jobs in {folder}").format(folder=self._cmd.session.jobs_directory))
        for one in states:
            if one.problem:
                self._cmd.warn(one.problem)

    def _show(self, args: argparse.Namespace) -> None:
        shell = self._cmd
        job = named_job(shell.session, args.job)
        state, runs = present_state(shell.session, job), run_records(job)
        if args.json or args.shown_as_json:
            shell.show([forms.job_record(job, state, runs)], forms.RECORD, as_json=True)
            return
        shell.show((facts(job) | forms.state_facts(state)).items(), forms.PAIRS)
        if runs:
            if shell.is_table:
                shell.say([""])
            shell.show(runs, forms.RUNS)

    def _remove(self, paths: Sequence[Path], *, is_agreed: bool) -> None:
        """Remove jobs after saying what goes, and what stays."""
        shell = self._cmd
        chosen = [removal(shell.session, path) for path in paths]
        if not is_agreed and not self._agrees(chosen):
            shell.note(_("nothing was removed"))
            return
        for one in chosen:
            remove(shell.session, one)
        size = format_size(sum(one.size for one in chosen))
        shell.note(
            _("{jobs} removed, {size} freed").format(jobs=count(len(chosen), "job"), size=size)
        )

    def _agrees(self, chosen: Sequence[Removal]) -> bool:
        shell = self._cmd
        if not shell.interactive:
            raise UsageError(_("removing jobs needs confirmation"), hint=_("confirm with --yes"))
        for one in chosen:
            shell.note(_what_goes(one))
        size = format_size(sum(one.size for one in chosen))
        question = _("remove {jobs} and free {size}? [y/N] ").format(
            jobs=count(len(chosen), "job"), size=size
        )
        shell.note(
            _(
                "all downloaded files stay; a later 'get' would list the bucket again to recognize "
                "them"
            )
        )
        return shell.ask(question).lower() in YES


def _what_goes(one: Removal) -> str:
    """Return what goes with a job, in a line."""
    size = format_size(one.size)
    if one.partial:
        partial = count(one.partial, "partial file")
        size = _("{size}, including {files}").format(size=size, files=partial)
    said = labelled(printable(one.name), size)
    if one.target is not None:
        said += _("; {folder} stays").format(folder=printable(str(one.target)))
    return said
