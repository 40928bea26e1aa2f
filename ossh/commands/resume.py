"""resume and retry: what a job still lacks, and what failed in it."""

import argparse

from ossh.commands import completion, options
from ossh.commands.command import argument, command
from ossh.commands.running import run_job
from ossh.console.console import Console
from ossh.console.dialogue.run_outcome import tell_queue
from ossh.console.parser import listed
from ossh.errors import UsageError
from ossh.job import Job
from ossh.language import _
from ossh.model import Cause
from ossh.session.combinations import Situation, check, given
from ossh.session.jobs.job_choice import resumable
from ossh.session.jobs.job_facts import causes
from ossh.session.jobs.opening import opened

_OF_A_RUN = (
    options.add_replace,
    options.add_durable,
    options.add_dask,
    options.add_on_done,
    *options.LIMITS,
    options.add_background,
    options.add_events,
)


@command(
    "resume logs",
    description="Resume a job: a paused job continues in the background; a job that was "
    "stopped or killed is opened and run again. Without a name: the paused jobs, or else the "
    "open job, or else the only one that is stopped.",
    arguments=[
        options.job_argument(help="the job's name, or its file"),
        *_OF_A_RUN,
        options.add_wait_restore,
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
    run_job(console, job, args, options.request_of(session, args))


@command(
    "retry --only denied,timeout",
    "retry logs-2026",
    description="Try the failed objects of a job again, with a fresh number of attempts. A job "
    "that is named is opened.",
    arguments=[
        options.job_argument(),
        argument(
            "--only",
            type=listed,
            action="extend",
            metavar="CAUSE",
            help="only objects that failed for these causes, as 'failures' names them",
            completer=completion.causes,
        ),
        *_OF_A_RUN,
    ],
)
def retry(console: Console, args: argparse.Namespace) -> None:
    """Try the failed objects of a job again."""
    job = opened(console.session, args.job)
    only = frozenset(_cause(name, job) for name in args.only or ()) or frozenset(Cause)
    run_job(console, job, args, options.request_of(console.session, args), only=only)


def _cause(name: str, job: Job) -> Cause:
    try:
        return Cause(name)
    except ValueError as error:
        found = ", ".join(one.cause for one in causes(job))
        raise UsageError(
            _("'{name}' is not a cause of failure").format(name=name),
            hint=_("causes in this job: {causes}").format(causes=found or _("none")),
        ) from error
