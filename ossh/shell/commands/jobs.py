"""jobs: all jobs in the jobs folder; to show, remove or clean up some of them."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from cmd2 import CommandSet

from ossh.errors import UsageError
from ossh.job import natural_sort_key
from ossh.language import N_, _
from ossh.printable import printable
from ossh.session.jobs.emptying import day_of, empty, old_trash, targets
from ossh.session.jobs.job_choice import named_job
from ossh.session.jobs.job_facts import facts, run_records
from ossh.session.jobs.job_states import JobState, job_states, present_state
from ossh.session.jobs.removal import finished, plan_removal, remove
from ossh.shell import completion
from ossh.shell.commands.options import add_json, add_order, argument, command, job_argument
from ossh.shell.console import Console
from ossh.shell.parsing.arguments import Parser, moment, subcommand
from ossh.shell.views.jobs import JOBS, RUNS, job_record, removal_text, state_facts
from ossh.shell.views.ordering import SortOrder
from ossh.shell.views.text import count
from ossh.units import format_size

_FILES_STAY = N_(
    "all downloaded files stay; a later 'get' would list the bucket again to recognize them"
)
_ORDERS: dict[str, SortOrder[JobState]] = {
    "name": SortOrder(lambda state: natural_sort_key(state.name)),
    "state": SortOrder(lambda state: state.state),
    "objects": SortOrder(lambda state: state.objects, descending=True),
    "bytes": SortOrder(lambda state: state.size, descending=True),
    "failed": SortOrder(lambda state: state.failed, descending=True),
}


def _add_jobs_options(parser: Parser) -> None:
    add_order(parser, _ORDERS)
    add_json(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    show = subcommand(
        actions, "show", "show a job's settings, its progress and its runs", "jobs show logs"
    )
    job_argument()(show)
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
    argument("names", nargs="+", metavar="JOB", completer=completion.jobs)(away)
    clean = subcommand(
        actions,
        "clean",
        "remove all jobs that are done, as 'remove' does; or empty the trash of targets",
        "jobs clean --yes",
        "jobs clean --trash-before 30d --yes",
        "jobs clean --trash-before 30d --target logs --yes",
    )
    clean.add_argument(
        "--trash-before",
        type=moment,
        metavar="DATE|AGE",
        help="keep all jobs, and delete for good what went to the trash of their targets before "
        "that day: 2026-11-01, or 30d for a month ago",
    )
    argument(
        "--target",
        metavar="DIR",
        completer=completion.folders,
        help="with --trash-before: empty the trash of this target instead, whichever job fills it",
    )(clean)
    for one in (away, clean):
        one.add_argument("-y", "--yes", action="store_true", help="do not ask for confirmation")


class JobsCommands(CommandSet[Console]):
    DEFAULT_CATEGORY = "Jobs"

    @command(
        "jobs --sort objects --limit 10",
        "jobs show logs-2026",
        "jobs clean --yes",
        description="List the jobs in the jobs folder and their progress; or show, remove or "
        "clean up jobs.",
        adds=[_add_jobs_options],
    )
    def do_jobs(self, args: argparse.Namespace) -> None:
        """List the jobs and their progress; show, remove or clean up jobs."""
        session = self._cmd.session
        match args.action:
            case "show":
                self._show(args)
            case "remove":
                paths = [session.job_path(name) for name in dict.fromkeys(args.names)]
                self._remove(paths, is_agreed=args.yes)
            case "clean" if args.trash_before is not None:
                self._empty_trash(args)
            case "clean" if args.target is not None:
                raise UsageError(
                    _("--target requires --trash-before"),
                    hint=_("for example: jobs clean --trash-before 30d --target DIR"),
                )
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
        self._cmd.show_in_order(states, JOBS, args, _ORDERS)
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
            shell.say_json(job_record(job, state, runs))
            return
        shell.show_facts(facts(job) | state_facts(state))
        if runs:
            if shell.is_table:
                shell.say([""])
            shell.show(runs, RUNS)

    def _remove(self, paths: Sequence[Path], *, is_agreed: bool) -> None:
        """Remove jobs after saying what goes, and what stays."""
        shell = self._cmd
        chosen = [plan_removal(shell.session, path) for path in paths]
        jobs, size = count(len(chosen), "job"), format_size(sum(one.size for one in chosen))
        question = _("remove {jobs} and free {size}? [y/N] ").format(jobs=jobs, size=size)
        notes = [*map(removal_text, chosen), _(_FILES_STAY)]
        if is_agreed or self._agrees(_("removing jobs needs confirmation"), notes, question):
            for one in chosen:
                remove(shell.session, one)
            shell.note(_("{jobs} removed, {size} freed").format(jobs=jobs, size=size))

    def _empty_trash(self, args: argparse.Namespace) -> None:
        """Delete what went to the trash before a day, after saying what goes."""
        shell = self._cmd
        folders = targets(shell.session)
        if args.target is not None:
            folders = {Path(args.target).expanduser().absolute()}
            if not args.target or not all(map(Path.is_dir, folders)):
                raise UsageError(
                    _("there is no folder '{folder}'").format(folder=printable(args.target)),
                    hint=_("--target takes a folder on this machine, relative to the current one"),
                )
        chosen = list(old_trash(folders, day_of(shell.session, args.trash_before)))
        if not chosen:
            shell.note(_("nothing in the trash is that old"))
            return
        files = count(sum(one.files for one in chosen), "file")
        size = format_size(sum(one.size for one in chosen))
        question = _("delete {files}, {size}, for good? [y/N] ").format(files=files, size=size)
        notes = [
            f"{printable(str(one.folder))}: {count(one.files, 'file')}, {format_size(one.size)}"
            for one in chosen
        ]
        if args.yes or self._agrees(_("emptying the trash needs confirmation"), notes, question):
            for one in chosen:
                empty(one)
            shell.note(_("{files} deleted, {size} freed").format(files=files, size=size))

    def _agrees(self, refusal: str, notes: Sequence[str], question: str) -> bool:
        """Tell whether a person says yes, once it is noted what goes; refuse without a person."""
        if not self._cmd.interactive:
            raise UsageError(refusal, hint=_("confirm with --yes"))
        for note in notes:
            self._cmd.note(note)
        if self._cmd.confirms(question):
            return True
        self._cmd.note(_("nothing was removed"))
        return False
