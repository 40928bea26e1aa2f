"""open and save: which job is open."""

import argparse
from dataclasses import replace

from ossh.commands.command import argument, command, optional
from ossh.commands.filter_options import add_filters
from ossh.commands.options import LAYOUT, request_of, target_option
from ossh.console.console import Console
from ossh.console.views.text import count
from ossh.language import _
from ossh.session.jobs.job_states import present_state
from ossh.session.jobs.opening import open_job, save_job


@command(
    "open logs-2026",
    arguments=[
        argument(
            "job",
            metavar="JOB",
            help="the job's name, its file, or its target as a path: ./film",
        )
    ],
)
def open_(console: Console, args: argparse.Namespace) -> None:
    """Open a job, and switch to its connection, prefix and filters."""
    session = console.session
    state = present_state(session, open_job(session, args.job))
    console.note(
        _("{name}: {state}, {done:,} of {objects}").format(
            name=state.name,
            state=_(state.state),
            done=state.counts.at_target,
            objects=count(state.counts.total, "object"),
        )
    )
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
        target_option(help="the folder to download to"),
        *LAYOUT,
        add_filters,
    ],
)
def save(console: Console, args: argparse.Namespace) -> None:
    """Save what is selected here, or an address, as a job, without running it."""
    session = console.session
    request = request_of(session, args)
    if "/" in request.name:  # which no job has in its name
        request = replace(request, name="", names=(request.name,))
    job = save_job(session, request)
    console.say([str(job.path)])
