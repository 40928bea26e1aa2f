"""resume, retry, wait, pause and stop: jobs in the background, and those that run again."""

import argparse

from ossh.commands import options
from ossh.commands.command import argument, command, optional
from ossh.commands.running import run_job
from ossh.console.console import Console
from ossh.console.dialogue.events import telling
from ossh.console.dialogue.questions import watch_and_ask
from ossh.console.dialogue.run_outcome import report_outcome, ring, tell_problem, tell_queue
from ossh.console.parser import listed
from ossh.console.views.run_summary import ending
from ossh.console.views.text import labelled
from ossh.errors import UsageError
from ossh.job import Job
from ossh.language import _
from ossh.model import Cause
from ossh.session import BackgroundRun
from ossh.session.background_runs import BackgroundState
from ossh.session.combinations import Situation, check, given
from ossh.session.done_command import is_due
from ossh.session.jobs.job_choice import named_job, not_running_here, resumable
from ossh.session.jobs.job_facts import causes
from ossh.session.jobs.opening import opened

_add_running = optional("running", metavar="JOB", help="by default all that are running or queued")


@command(
    "wait",
    description="Show the progress of background jobs until they end, then how they ended. "
    "The exit status is theirs. Ctrl-C returns to the prompt and leaves them running.",
    arguments=[_add_running],
)
def wait(console: Console, args: argparse.Namespace) -> None:
    """Show the progress of background jobs until they end."""
    if console.has_prompt and not (args.running or console.session.runs.unreported):
        console.note(_("nothing is running in the background"))
        return
    chosen = _named(console, args.running, ended=True)
    for one in sorted(chosen, key=lambda one: one.run.is_endless):
        if one.state is BackgroundState.PAUSED and not args.running:
            text = _("{name} is paused; 'resume {job}' continues it")
            word = console.session.job_word(one.job.path)
            console.note(text.format(name=one.job.name, job=word))
            continue
        if len(chosen) > 1:
            console.note(_("job {name}:").format(name=one.job.name))
        _wait(console, one)
        report_outcome(console, one.run)
        tell_problem(console, one.job, one.problem)


def _named(console: Console, name: str, *, ended: bool = False) -> tuple[BackgroundRun, ...]:
    """Return the runs of this process that are meant, all for "".

    Raises:
        UsageError: There is none, or there are two jobs of that name.
    """
    session = console.session
    chosen = session.runs.named(name, ended=ended)
    if not chosen:
        raise not_running_here(session, name)
    if name and len({one.job.path for one in chosen}) > 1:
        session.job_path(name)  # says that there are two
    return chosen


def _wait(console: Console, one: BackgroundRun) -> None:
    """Draw a run until it ends; Ctrl-C leaves it running."""
    if one.run.controls.paused and one.is_alive():
        raise UsageError(
            _("job '{name}' is paused").format(name=one.job.name), hint=_("'resume' continues it")
        )
    one.is_watched = True
    is_seen = one.is_alive()
    try:
        watch_and_ask(console, one.run, one)
    except KeyboardInterrupt:
        if console.interactive:
            tell_queue(console, one, _("{name} continues in the background"))
        raise
    finally:
        one.is_watched = False
    if is_seen:
        ring(console, one.run)
    console.session.runs.forget(one)


@command(
    "pause",
    description="Pause background jobs: downloads in progress are finished, no new ones are "
    "started.",
    arguments=[_add_running],
)
def pause(console: Console, args: argparse.Namespace) -> None:
    """Pause background jobs; 'resume' continues them."""
    for one in _named(console, args.running):
        one.steer(paused=True)
        console.note(labelled(one.job.name, _("paused; 'resume' continues it")))


@command(
    "stop",
    description="Stop background jobs. Unfinished files are kept for 'resume'.",
    arguments=[_add_running],
)
def stop(console: Console, args: argparse.Namespace) -> None:
    """Stop background jobs; 'resume' continues them."""
    runs = console.session.runs
    chosen = _named(console, args.running)
    for one in chosen:
        one.is_watched = True  # how it ended is reported here
    runs.park(chosen)
    for one in chosen:
        text, _tone = ending(one.run)
        if not is_due(one.run):
            word = console.session.job_word(one.job.path)
            text = _("{text}; 'resume {job}' continues it").format(text=text, job=word)
        console.note(text)
        runs.forget(one)


@command(
    "resume logs",
    description="Resume a job: a paused job continues in the background; a job that was "
    "stopped or killed is opened and run again. Without a name: the paused jobs, or else the "
    "open job, or else the only one that is stopped.",
    arguments=[
        options.job_argument(help="the job's name, its file, or its target as a path: ./film"),
        options.add_adopt,
        *options.OF_A_RUN,
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
    with telling(console, is_wanted=args.json) as events:
        job = opened(session, args.job or resumable(session))
        run_job(console, job, args, options.request_of(session, args), events=events)


@command(
    "retry logs-2026 --only denied,timeout",
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
        ),
        *options.OF_A_RUN,
    ],
)
def retry(console: Console, args: argparse.Namespace) -> None:
    """Try the failed objects of a job again."""
    request = options.request_of(console.session, args)
    with telling(console, is_wanted=args.json) as events:
        job = named_job(console.session, args.job)
        only = frozenset(_cause(name, job) for name in args.only or ()) or frozenset(Cause)
        if args.only and not any(one.cause in only for one in causes(job)):
            console.note(_("nothing failed for this cause: no object is tried again"))
        job = opened(console.session, args.job)
        run_job(console, job, args, request, only=only, events=events)


def _cause(name: str, job: Job) -> Cause:
    try:
        return Cause(name)
    except ValueError as error:
        found = ", ".join(one.cause for one in causes(job))
        raise UsageError(
            _("'{name}' is not a cause of failure").format(name=name),
            hint=_("causes in this job: {causes}").format(causes=found or _("none")),
        ) from error
