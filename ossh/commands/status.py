"""status: how far a job is."""

import argparse

from ossh.commands.command import command, text_option
from ossh.commands.options import add_json, job_argument
from ossh.console.console import Console
from ossh.console.views.charts import speed_lines, speed_text
from ossh.console.views.failures import entry_facts
from ossh.console.views.jobs import state_facts, state_record
from ossh.console.views.run_progress import progress_texts
from ossh.job import Job
from ossh.language import N_
from ossh.model import Status
from ossh.session import Place, resolve
from ossh.session.jobs.job_choice import named_job
from ossh.session.jobs.job_facts import entry_of, facts, kept_size, speed_of, thawing
from ossh.session.jobs.job_states import present_state


@command(
    "status",
    "status logs-2026",
    description="Show a job and its progress, or the state of one of its objects.",
    arguments=[
        job_argument(),
        text_option(
            "--key",
            metavar="KEY",
            help="an object of the job: as it is named there, or in full",
        ),
        add_json,
    ],
)
def status(console: Console, args: argparse.Namespace) -> None:
    """Show a job and its progress."""
    session = console.session
    job = named_job(session, args.job)
    if args.key:
        is_open = session.job is not None and session.job.path == job.path
        place = session.place if is_open else Place.of(job.source)
        literal = place.folder + args.key  # a key may have segments such as ".."
        # As it is named there, or in full, as 'failures' shows it.
        entry = entry_of(job, literal, resolve(place, args.key).prefix, args.key)
        facts = entry_facts(entry)
        if args.json:
            console.say_json(facts | {"size": entry.size, "attempts": entry.attempts})
        else:
            console.show_facts(facts)
    elif args.json:
        console.say_json(state_record(present_state(session, job), kept_size(job)))
    else:
        _show(console, job)


def _show(console: Console, job: Job) -> None:
    """Show what a job fetches, how far it is, and how fast its last run was."""
    session = console.session
    state = present_state(session, job)
    frozen = thawing(job) if state.counts.objects[Status.ARCHIVED] else 0
    shown = facts(job) | state_facts(state, kept_size(job), frozen)
    if (one := session.runs.of(job)) is not None:
        shown[N_("now")] = progress_texts(one.progress, one.bytes_per_second)[0]
    speed = speed_of(job)
    if speed is not None:
        shown[N_("speed")] = speed_text(speed)
    console.show_facts(shown)
    if speed is not None and console.is_table:
        console.say(speed_lines(speed, console.width, ascii_only=console.ascii_only))
