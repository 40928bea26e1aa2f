"""jobs, open and save: jobs, which can be shown, removed and cleaned up, and which one is open."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ossh.commands import options
from ossh.commands.command import argument, command, flag, optional
from ossh.console.argparse_internals import Parser
from ossh.console.console import Console
from ossh.console.parser import subcommand
from ossh.console.views.jobs import JOBS, RUNS, job_record, removal_text, state_facts
from ossh.console.views.ordering import SortOrder
from ossh.console.views.text import count
from ossh.errors import UsageError
from ossh.job import natural_sort_key
from ossh.language import N_, _
from ossh.paths import expanded, real
from ossh.session.jobs.job_choice import named_job
from ossh.session.jobs.job_facts import (
    JobState,
    facts,
    job_states,
    kept_size,
    present_state,
    run_records,
)
from ossh.session.jobs.opening import open_job, save_job
from ossh.session.jobs.removal import empty_trash, old_trash, plan_removal, remove, trash_targets
from ossh.units import format_size, parse_moment

_FILES_STAY = N_(
    "all downloaded files stay; a later 'get' would list the bucket again to recognize them"
)
_ORDERS: dict[str, SortOrder[JobState]] = {
    "name": SortOrder(lambda state: natural_sort_key(state.name)),
    "state": SortOrder(lambda state: state.state),
    "objects": SortOrder(lambda state: state.counts.total, descending=True),
    "bytes": SortOrder(lambda state: state.counts.total_size, descending=True),
    "failed": SortOrder(lambda state: state.counts.missing, descending=True),
}


def _add_jobs_options(parser: Parser) -> None:
    options.add_order(parser, _ORDERS)
    options.add_json(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    show = subcommand(
        actions, "show", "show a job's settings, its progress and its runs", "jobs show logs"
    )
    options.job_argument()(show)
    flag("--json", default=argparse.SUPPRESS, help="write one JSON object")(show)
    away = subcommand(
        actions,
        "remove",
        "remove jobs: their files in the jobs folder and their partial files; downloaded "
        "files stay",
        "jobs remove logs --yes",
    )
    argument("names", nargs="+", metavar="JOB")(away)
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
        type=parse_moment,
        metavar="DATE|AGE",
        help="keep all jobs; delete for good what was moved to the trash of their targets before "
        "that day: 2026-11-01, or 30d for a month ago",
    )
    argument(
        "--target",
        metavar="DIR",
        help="with --trash-before: empty the trash of this target instead, whichever job fills it",
    )(clean)
    for one in (away, clean):
        one.add_argument("-y", "--yes", action="store_true", help="do not ask for confirmation")


@command(
    "jobs --sort objects --limit 10",
    "jobs show logs-2026",
    "jobs clean --yes",
    description="List the jobs and their progress, those in your own folder too; or show, remove "
    "or clean up jobs.",
    arguments=[_add_jobs_options],
)
def jobs(console: Console, args: argparse.Namespace) -> None:
    """List the jobs and their progress; show, remove or clean up jobs."""
    session = console.session
    match args.action:
        case "show":
            _show(console, args)
        case "remove":
            named = map(session.job_path, args.names)
            chosen = {real(path.parent) / path.name: path for path in named}
            _remove(console, tuple(chosen.values()), is_agreed=args.yes)
        case "clean" if args.trash_before is not None:
            _empty_trash(console, args)
        case "clean" if args.target is not None:
            raise UsageError(
                _("--target requires --trash-before"),
                hint=_("for example: jobs clean --trash-before 30d --target DIR"),
            )
        case "clean":
            paths = [one.file for one in job_states(session) if one.state == "done"]
            if paths:
                _remove(console, paths, is_agreed=args.yes)
            else:
                console.note(_("no job is done"))
        case _:
            _list(console, args)


def _list(console: Console, args: argparse.Namespace) -> None:
    states = list(job_states(console.session))
    console.show_in_order(states, JOBS, args, _ORDERS)
    if not states:
        folders = _(" or ").join(map(str, console.session.job_folders))
        console.note(_("no jobs in {folder}").format(folder=folders))
    for one in states:
        if one.problem:
            console.warn(one.problem)


def _show(console: Console, args: argparse.Namespace) -> None:
    job = named_job(console.session, args.job)
    state, kept, runs = present_state(console.session, job), kept_size(job), run_records(job)
    if args.json:
        console.say_json([job_record(job, state, kept, runs)])
        return
    console.show_facts(facts(job) | state_facts(state, kept))
    if runs:
        if console.is_table:
            console.say([""])
        console.show(runs, RUNS)


def _remove(console: Console, paths: Sequence[Path], *, is_agreed: bool) -> None:
    chosen = [plan_removal(console.session, path) for path in paths]
    jobs, size = count(len(chosen), "job"), format_size(sum(one.size for one in chosen))
    question = _("remove {jobs} and free {size}? [y/N] ").format(jobs=jobs, size=size)
    notes = [*map(removal_text, chosen), _(_FILES_STAY)]
    if is_agreed or _agrees(console, _("removing jobs needs confirmation"), notes, question):
        for one in chosen:
            remove(console.session, one)
        console.note(_("{jobs} removed, {size} freed").format(jobs=jobs, size=size))


def _empty_trash(console: Console, args: argparse.Namespace) -> None:
    """Delete what went to the trash before a day, after saying what goes."""
    if args.target is None:
        folders = trash_targets(console.session)
    else:
        folders = {expanded(args.target).absolute()}
        if not args.target or not all(map(Path.is_dir, folders)):
            raise UsageError(
                _("there is no folder '{folder}'").format(folder=args.target),
                hint=_("--target takes a folder on this machine, relative to the current one"),
            )
    chosen = list(old_trash(console.session, folders, args.trash_before))
    if not chosen:
        console.note(_("nothing in the trash is that old"))
        return
    files = count(sum(one.files for one in chosen), "file")
    size = format_size(sum(one.size for one in chosen))
    question = _("delete {files}, {size}, for good? [y/N] ").format(files=files, size=size)
    notes = [f"{one.folder}: {count(one.files, 'file')}, {format_size(one.size)}" for one in chosen]
    if args.yes or _agrees(console, _("emptying the trash needs confirmation"), notes, question):
        for one in chosen:
            empty_trash(one)
        console.note(_("{files} deleted, {size} freed").format(files=files, size=size))


def _agrees(console: Console, refusal: str, notes: Sequence[str], question: str) -> bool:
    """Return whether a person says yes, once it is noted what goes; refuse without a person."""
    for note in notes:
        console.note(note)
    if not console.interactive:
        raise UsageError(refusal, hint=_("confirm with --yes"))
    if console.confirms(question):
        return True
    console.note(_("nothing was removed"))
    return False


@command(
    "open logs-2026",
    arguments=[
        argument(
            "job", metavar="JOB", help="the job's name, its file, or its target as a path: ./film"
        )
    ],
)
def open_(console: Console, args: argparse.Namespace) -> None:
    """Open a job, and switch to its connection, prefix and filters."""
    session = console.session
    state = present_state(session, open_job(session, args.job))
    done, objects = state.counts.at_target, count(state.counts.total, "object")
    text = _("{name}: {state}, {done:,} of {objects}")
    console.note(text.format(name=state.name, state=_(state.state), done=done, objects=objects))
    if state.problem:
        console.warn(state.problem)


@command(
    "save logs",
    arguments=[
        optional(
            "name",
            metavar="JOB|ADDRESS",
            help="the job's name, by default that of DIR or of the prefix; or PREFIX/ or "
            "oss://BUCKET/PREFIX/ instead of what is selected",
        ),
        options.add_names,
        options.target_option(help="the folder to download to"),
        *options.LAYOUT,
        options.add_filters,
    ],
)
def save(console: Console, args: argparse.Namespace) -> None:
    """Save what is selected here, or an address, as a job, without running it."""
    session = console.session
    request = options.request_of(session, args)
    if "/" in request.name:  # which no job has in its name
        request = replace(request, name="", names=(request.name, *request.names))
    job = save_job(session, request)
    console.say([str(job.path)])
