"""get, resume, retry and guide: downloads."""

import argparse
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from ossh.commands import completion
from ossh.commands.command import argument, command
from ossh.commands.filter_options import add_filters
from ossh.commands.interrupts import stopped_by_ctrl_c, watch_run
from ossh.commands.options import (
    add_background,
    add_dask,
    add_durable,
    add_events,
    add_follow,
    add_inventory,
    add_layout,
    add_limits,
    add_max_gone,
    add_mirror,
    add_names,
    add_on_done,
    add_replace,
    add_shard,
    add_version,
    add_wait_restore,
    every_of,
    job_argument,
    request_of,
    target_option,
)
from ossh.commands.preview import show_preview
from ossh.console.console import Console
from ossh.console.dialogue.guide import lead
from ossh.console.dialogue.questions import ask_to_replace
from ossh.console.dialogue.run_outcome import (
    ring,
    tell,
    tell_limit,
    tell_other_source,
    tell_others_running,
    tell_problem,
    tell_queue,
)
from ossh.console.output import error_descriptor
from ossh.console.parser import Parser, listed, several
from ossh.console.progress_bar import watch
from ossh.errors import OsshError, UsageError
from ossh.language import _
from ossh.model import Cause
from ossh.paths import expanded
from ossh.printable import printable
from ossh.session import SCHEME, BackgroundRun, JobRequest, Session
from ossh.session.combinations import Situation, check, given
from ossh.session.done_command import DoneCommand
from ossh.session.jobs.job_choice import job_for, resumable
from ossh.session.jobs.job_facts import causes
from ossh.session.jobs.opening import opened
from ossh.session.jobs.removal import forget_empty
from ossh.session.jobs.saved_jobs import sharing_target

if TYPE_CHECKING:
    from ossh.console.dialogue.events import Events
    from ossh.job import Job
    from ossh.transfer.run import Run


def _add_get_options(parser: Parser) -> None:
    target_option(help="the target folder; by default one named after the job")(parser)
    argument(
        "--as",
        dest="file",
        default="",
        metavar="FILE",
        help="the local file name of a single object",
    )(parser)
    flag = parser.add_argument
    flag(
        "--name",
        default="",
        metavar="JOB",
        help="the job's name; by default that of DIR or FILE, otherwise the prefix",
    )
    argument(
        "--from",
        dest="keys_from",
        default="",
        metavar="FILE|JOB",
        help="fetch the keys listed in a file (.oss-failed.csv, or one key per line), or what "
        "failed in another job",
    )(parser)
    add_inventory(parser)
    add_layout(parser)
    add_shard(parser)
    add_version(parser)
    flag(
        "--links",
        action="store_true",
        help="create symlinks as local links; by default, the objects they point to are downloaded",
    )
    flag(
        "--adopt",
        action="store_true",
        help="reuse files that are already here, after comparing checksums; they get the dates of "
        "their objects, and only the rest is fetched",
    )
    add_replace(parser)
    add_durable(parser)
    add_mirror(parser)
    add_max_gone(parser)
    add_dask(parser)
    add_follow(parser)
    add_on_done(parser)
    add_wait_restore(parser)
    add_limits(parser)
    flag(
        "--tar",
        choices=["-"],
        metavar="-",
        help="write a tar of the objects to stdout instead, in key order: | zstd > logs.tar.zst",
    )
    flag(
        "--dry-run",
        action="store_true",
        help="show the plan, as 'preview' does, and leave nothing behind",
    )
    add_background(parser)
    add_events(parser)
    add_filters(parser, with_key_lists=False)  # --from is what the others call --keys-from


def _add_retry_options(parser: Parser) -> None:
    argument(
        "--only",
        type=listed,
        action="append",
        metavar="CAUSE",
        help="only objects that failed for these causes, as 'failures' names them",
        completer=completion.causes,
    )(parser)
    add_replace(parser)
    add_durable(parser)
    add_dask(parser)
    add_on_done(parser)
    add_limits(parser)
    add_background(parser)
    add_events(parser)
    parser.set_defaults(wait_restore=False)


@command(
    "get logs/ --to ./logs --name logs",
    "get readme.txt --as welcome.txt",
    "get oss://demo-bucket/photos/ photos",
    "get logs/ --to large --suffix .gz --min-size 14KiB",
    "get logs/*/01/*.gz --to january",
    "get dataset/ --to dataset --mirror",
    "get dataset/ --to dataset --adopt",
    "get logs/ --tar - > logs.tar",
    description="Download keys or prefixes; by default everything here that passes the "
    "filters, or what the open job is still missing. The download is saved as a job, which "
    "can be stopped and resumed at any time. For a single object, the path of its file is "
    "printed, and the job is removed once the file is verified, unless --name is given. Behind "
    "sources that are addresses (oss://...), the last word can say where they go.",
    adds=[add_names, _add_get_options],
)
def get(console: Console, args: argparse.Namespace) -> None:
    """Download keys or prefixes, or what the open job is still missing."""
    _take_target(console.session, args)
    session, every = console.session, every_of(args)
    request = replace(request_of(session, args), once=not (args.name or args.follow))
    if _unpack(console, request, args):
        return
    if args.tar:
        _stream(console, request, args)
        return
    if args.dry_run:
        show_preview(console, request, adopts=args.adopt, as_json=args.json)
        return
    try:
        job = job_for(session, request)
    except UsageError as error:
        last = printable(args.names[-1]) if len(args.names) > 1 else ""
        if last and str(error) == _("no key starts with '{name}'").format(name=last):
            error.hint = _("if it is where the download goes: --to {folder}").format(folder=last)
        raise
    request.check(job)
    tell_other_source(
        console,
        job,
        args.names,
        _("resuming {name}, {place}; 'get .' downloads everything here"),
    )
    if others := sharing_target(job, session.job_files()):
        names = ", ".join(f"'{printable(one)}'" for one in others)
        text = _("{folder} is also the target of job {names}")
        console.warn(text.format(folder=printable(str(job.directory)), names=names))
    if args.adopt:
        _adopt(console, job, args, request)
    else:
        _fetch(console, job, args, request=request, every=every)


def _take_target(session: Session, args: argparse.Namespace) -> None:
    """Take a last name that is no address, behind addresses, for where it goes.

    It is the file of a single object, unless it is a folder or ends as one.
    """
    *sources, last = args.names or [""]
    is_target = bool(sources) and not last.startswith(SCHEME)
    if not is_target or args.directory or args.file or args.tar:
        return
    if not all(one.startswith(SCHEME) for one in sources):
        return
    args.names = sources
    is_folder = last.endswith(("/", os.sep)) or expanded(last).is_dir()
    if len(sources) == 1 and not is_folder and session.names.find(sources[0]).info is not None:
        args.file = last
    else:
        args.directory = last


def _unpack(console: Console, request: JobRequest, args: argparse.Namespace) -> bool:
    """Unpack members of an archive, if that is what was asked for."""
    from ossh.console.dialogue.unpack_outcome import unpack_and_tell
    from ossh.session.jobs.archive_members import archive_members

    members = archive_members(console.session, request)
    if members is not None:
        check(given(vars(args)) | {Situation.MEMBERS})
        unpack_and_tell(console, members)
    return members is not None


def _adopt(console: Console, job: "Job", args: argparse.Namespace, request: JobRequest) -> None:
    """Say what there is to take over, then do it and fetch the rest."""
    from ossh.console.dialogue.plan_outcome import show_plan
    from ossh.console.views.adoption import foreseen_lines
    from ossh.session.jobs.running import new_run
    from ossh.transfer.planning.preflight import Preflight

    session, sheet = console.session, Preflight(looks_around=False)
    run = session.start(new_run(session, job, sheet=sheet, adopts=True, request=request))
    watch_run(console, run)
    is_whole = run.summary is not None and run.summary.ended == "done"
    if is_whole:
        for line in foreseen_lines(run.adopted):
            console.note(line)
    if not is_whole:
        show_plan(console, run, sheet, as_json=args.json)
    else:
        _fetch(console, run.job, args, request=request)


def _stream(console: Console, request: JobRequest, args: argparse.Namespace) -> None:
    """Write what was asked for to stdout as a tar; no job is kept."""
    from ossh.console.dialogue import tar_outcome
    from ossh.session.jobs.running import preflight, streaming
    from ossh.transfer.planning.preflight import Preflight

    write = tar_outcome.begin(console)
    sheet = Preflight(looks_around=False)
    with preflight(console.session, request, sheet, is_for_stream=True) as plan:
        tell_other_source(
            console,
            plan.job,
            args.names,
            _("writing {name}, {place}; 'get . --tar -' writes everything here"),
        )
        watch_run(console, plan)
        tar_outcome.check_planned(plan)
        with streaming(console.session, plan, write) as stream:
            with stopped_by_ctrl_c(console, stream):
                watch(stream, sys.stderr, bar=console.bar, quiet=console.quiet)
            tar_outcome.tell(console, stream.result())


def _fetch(  # noqa: PLR0913 - what a run is told
    console: Console,
    job: "Job",
    args: argparse.Namespace,
    only: frozenset[Cause] | None = None,
    request: JobRequest | None = None,
    every: float | None = None,
) -> None:
    """Run a job to its end, or leave it in the background."""
    from ossh.session.jobs.running import new_run
    from ossh.transfer.planning.preflight import Changes

    session = console.session
    done = session.done_command(args.on_done)
    run = new_run(
        session,
        job,
        only=only,
        changes=Changes() if request is not None and request.mirror else None,
        dask=args.dask,
        wait_restore=args.wait_restore,
        adopts=getattr(args, "adopt", False),
        request=request,
        every=every,
        done=done,
    )
    after = done if every is None else None  # else it is run after each round
    if args.background:
        _begun(console, session.runs.add(run, after))
        return
    events = _events(console, run) if args.json else None
    session.start(run)
    asks = request is not None and not request.replace and events is None
    is_again = _follow(console, run, after, events, asks=asks)
    if request is None or not request.name:
        forget_empty(session, run)
    if is_again:
        _fetch(console, job, args, only, replace(request or JobRequest(), replace=True), every)


@command(
    "resume logs",
    description="Resume a job: a paused job continues in the background; a job that was "
    "stopped or killed is opened and run again. Without a name: the paused jobs, or else the "
    "open job, or else the only one that is stopped.",
    adds=[
        job_argument(help="the job's name, or its file"),
        add_replace,
        add_durable,
        add_dask,
        add_on_done,
        add_limits,
        add_background,
        add_wait_restore,
        add_events,
    ],
)
def resume(console: Console, args: argparse.Namespace) -> None:
    """Resume a job that is paused, or was stopped or killed."""
    session = console.session
    if chosen := session.runs.to_resume(args.job):
        check(given(vars(args)) | {Situation.PAUSED})
        for one in chosen:
            one.steer(paused=False)
            tell_queue(console, one, _("{name} continues in the background"))
        return
    job = opened(session, args.job or resumable(session))
    _fetch(console, job, args, request=request_of(session, args))


@command(
    "retry --only denied,timeout",
    "retry logs-2026",
    description="Try the failed objects of a job again, with a fresh number of attempts. A job "
    "that is named is opened.",
    adds=[job_argument(), _add_retry_options],
)
def retry(console: Console, args: argparse.Namespace) -> None:
    """Try the failed objects of a job again."""
    job = opened(console.session, args.job)
    only = frozenset(_cause(name, job) for name in several(args.only)) or frozenset(Cause)
    _fetch(console, job, args, only, request_of(console.session, args))


@command("guide")
def guide(console: Console, args: argparse.Namespace) -> None:
    """Answer a few questions and download."""
    lead(console)


def _events(console: Console, run: "Run") -> "Events":
    from ossh.console.dialogue.events import Events

    return Events(console, run)


def _follow(
    console: Console,
    run: "Run",
    done: DoneCommand | None,
    events: "Events | None",
    *,
    asks: bool = False,
) -> bool:
    """Draw a run until it ends, then show how it ended; or let it go to the background.

    Return whether it shall be done again, and replace the file that is in the way of its one
    object: a person was asked.
    """
    tell_limit(console, run.job)
    tell_others_running(console, run.job)
    try:
        if not watch_run(console, run, events):
            console.session.run = None
            _begun(console, console.session.runs.adopt(run, done))
            return False
    except OsshError:  # it could not begin
        if events is not None:
            events.end()
        _run_command(console, run, done)
        raise
    if path := _in_the_way(console, run) if asks else "":
        if ask_to_replace(console, path):
            return True
        if run.job.once:
            return _leave(console, run)
    tell(console, run) if events is None else events.end()
    ring(console, run)
    _run_command(console, run, done)
    return False


def _in_the_way(console: Console, run: "Run") -> str:
    """Return the path that a person can be asked about; "" where there is none."""
    from ossh.session.jobs.in_the_way import replaceable

    return replaceable(run) if console.interactive else ""


def _leave(console: Console, run: "Run") -> bool:
    """Leave no trace of a job of one object, whose file a person wants to keep."""
    from ossh.session.jobs.removal import discard
    from ossh.transfer import failed_csv

    console.status = max(console.status, run.status)
    failed_csv.remove(run.job.directory)
    discard(run.job)
    console.note(_("kept as it is; nothing was downloaded"))
    return False


def _run_command(console: Console, run: "Run", done: DoneCommand | None) -> None:
    """Run what the user wants run when a job is done; Ctrl-C ends it."""
    if done is not None:
        tell_problem(console, run.job, done.run(run, error_descriptor()))


def _begun(console: Console, one: BackgroundRun) -> None:
    """Say that a job runs in the background, or will."""
    tell_limit(console, one.job)
    running = _("{name} is running in the background; 'wait' shows it until it ends")
    tell_queue(console, one, running)


def _cause(name: str, job: "Job") -> Cause:
    try:
        return Cause(name)
    except ValueError as error:
        found = ", ".join(one.cause for one in causes(job))
        raise UsageError(
            _("'{name}' is not a cause of failure").format(name=name),
            hint=_("causes in this job: {causes}").format(causes=found or _("none")),
        ) from error
