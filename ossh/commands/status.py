"""status: how far the open job is."""

import argparse

from ossh.commands.command import argument, command
from ossh.commands.options import add_json
from ossh.console.console import Console
from ossh.console.views.charts import speed_lines, speed_text
from ossh.console.views.failures import entry_facts
from ossh.console.views.jobs import JOBS, state_facts
from ossh.console.views.run_progress import progress_texts
from ossh.errors import UsageError
from ossh.job import Job
from ossh.language import N_, _
from ossh.printable import printable
from ossh.session import resolve
from ossh.session.jobs.job_choice import current_job
from ossh.session.jobs.job_facts import entry_of, facts, speed_of, thawing
from ossh.session.jobs.job_states import present_state


@command(
    "status",
    description="Show the open job and its progress, or the state of one of its objects.",
    adds=[
        argument(
            "key",
            nargs="?",
            default="",
            metavar="KEY",
            help="an object of the job: as it is named here, or in full",
        ),
        add_json,
    ],
)
def status(console: Console, args: argparse.Namespace) -> None:
    """Show the open job and its progress."""
    session = console.session
    if session.job is None and args.key in {path.stem for path in session.job_files()}:
        name = printable(args.key)
        hint = _("'jobs show {name}' shows that job, 'open {name}' opens it").format(name=name)
        raise UsageError(_("no job is open"), hint=hint)
    job = current_job(session)
    if args.key:
        literal = session.place.folder + args.key  # a key may have segments such as ".."
        # As it is named here, or in full, as 'failures' shows it.
        entry = entry_of(job, literal, resolve(session.place, args.key).prefix, args.key)
        facts = entry_facts(entry)
        if args.json:
            console.say_json(facts | {"size": entry.size, "attempts": entry.attempts})
        else:
            console.show_facts(facts)
    elif args.json:
        console.show([present_state(session, job)], JOBS, as_json=True)
    else:
        _show(console, job)


def _show(console: Console, job: Job) -> None:
    """Show what a job fetches, how far it is, and how fast its last run was."""
    session = console.session
    state = present_state(session, job)
    shown = facts(job) | state_facts(state, thawing(job) if state.archived else 0)
    if (one := session.runs.of(job)) is not None:
        shown[N_("now")] = progress_texts(one.progress, one.bytes_per_second)[0]
    speed = speed_of(job)
    if speed is not None:
        shown[N_("speed")] = speed_text(speed)
    console.show_facts(shown)
    if speed is not None and console.is_table:
        console.say(speed_lines(speed, console.width, ascii_only=console.ascii_only))
