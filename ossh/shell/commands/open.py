"""open and save: which job is open."""

import argparse

from cmd2 import CommandSet

from ossh.language import _
from ossh.session.jobs.job_states import present_state
from ossh.session.jobs.opening import open_job, save_job
from ossh.shell import completion
from ossh.shell.commands.options import (
    add_layout,
    argument,
    command,
    request_of,
    target_option,
)
from ossh.shell.console import Console
from ossh.shell.views.text import count


class OpenCommands(CommandSet[Console]):
    DEFAULT_CATEGORY = "Jobs"

    @command(
        "open logs-2026",
        adds=[
            argument(
                "name",
                metavar="JOB",
                completer=completion.jobs,
                help="the job's name, or its file",
            )
        ],
    )
    def do_open(self, args: argparse.Namespace) -> None:
        """Open a job, and switch to its connection, prefix and filters."""
        session = self._cmd.session
        state = present_state(session, open_job(session, args.name))
        self._cmd.note(
            _("{name}: {state}, {done:,} of {objects}").format(
                name=state.name,
                state=_(state.state),
                done=state.done,
                objects=count(state.objects, "object"),
            )
        )
        if state.problem:
            self._cmd.warn(state.problem)

    @command(
        "save logs",
        adds=[
            argument(
                "name",
                nargs="?",
                default="",
                metavar="JOB",
                help="by default named after DIR, else after the prefix",
            ),
            target_option(help="the folder to download to"),
            add_layout,
        ],
    )
    def do_save(self, args: argparse.Namespace) -> None:
        """Save what is selected here as a job, without running it."""
        session = self._cmd.session
        job = save_job(session, request_of(session, args))
        self._cmd.say([str(job.path)])
