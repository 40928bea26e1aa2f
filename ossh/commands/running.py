"""Runs a job for get, resume and retry: drawn until it ends, or left to the background."""

import argparse
from typing import TYPE_CHECKING

from ossh.commands.interrupts import watch_run
from ossh.console.console import Console
from ossh.console.dialogue import run_outcome
from ossh.console.dialogue.events import Events
from ossh.console.output import error_descriptor
from ossh.errors import OsshError
from ossh.job import Job
from ossh.language import _
from ossh.model import Cause
from ossh.session import BackgroundRun, JobRequest
from ossh.session.done_command import DoneCommand

if TYPE_CHECKING:
    from ossh.transfer.run import Run

EVERY_SECONDS = 300.0  # between two looks of a job that follows its bucket


def run_job(  # noqa: PLR0913 - what a run is told
    console: Console,
    job: Job,
    args: argparse.Namespace,
    request: JobRequest,
    *,
    only: frozenset[Cause] | None = None,
    events: Events | None = None,
) -> None:
    """Run a job to its end, or leave it in the background.

    Failures of the causes `only` are tried again, by default of those that may end by themselves;
    `events` tell of the run, instead of drawing it.
    """
    from ossh.session.jobs.running import new_run
    from ossh.transfer.planning.preflight import Changes

    every = (args.every or EVERY_SECONDS) if getattr(args, "follow", False) else None
    session, command = console.session, args.on_done or console.session.on_done
    done = DoneCommand(command, session.environ) if command else None
    run = new_run(
        session,
        job,
        only=only,
        changes=Changes() if request.mirror else None,
        dask=args.dask,
        wait_restore=getattr(args, "wait_restore", False),
        adopts=getattr(args, "adopt", False),
        request=request,
        every=every,
        done=done,
    )
    after = done if every is None else None  # else it is run after each round
    run_outcome.tell_limit(console, run.job)
    run_outcome.tell_vanished(console, run.job)
    if args.background:
        _tell_begun(console, session.runs.add(run, after))
        return
    if events is not None:
        events.follow(run)
    session.start(run)
    try:
        has_ended = watch_run(console, run, events)
    except OsshError:  # it could not begin
        if events is not None:
            events.end(run)
        _run_command(console, run, after)
        raise
    if not has_ended:
        session.run = None
        _tell_begun(console, session.runs.add(run, after))
        return
    run_outcome.report_outcome(console, run) if events is None else events.end(run)
    run_outcome.ring(console, run)
    _run_command(console, run, after)


def _run_command(console: Console, run: "Run", done: DoneCommand | None) -> None:
    """Run what the user wants run when a job is done; Ctrl-C ends it."""
    if done is not None:
        run_outcome.tell_problem(console, run.job, done.run(run, error_descriptor()))


def _tell_begun(console: Console, one: BackgroundRun) -> None:
    running = _("{name} is running in the background; 'wait' shows it until it ends")
    run_outcome.tell_queue(console, one, running)
