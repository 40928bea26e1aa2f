"""report: a job as one HTML page."""

import argparse
from pathlib import Path

from ossh import regular_files
from ossh.commands.command import command, optional
from ossh.commands.options import job_argument
from ossh.console.console import Console
from ossh.errors import UsageError
from ossh.language import _
from ossh.paths import expanded
from ossh.session.jobs.job_choice import named_job


@command(
    "report logs logs.html",
    description="Write a report about a job: what was asked for, what was downloaded and how "
    "it was verified, speed over time, failures and what to do about them, the largest and "
    "slowest objects, and all runs. It is one HTML file that needs no network and prints "
    "well.",
    arguments=[
        job_argument(),
        optional(
            "file",
            metavar="FILE.html",
            help="the file to write; by default JOB.html in the current directory",
        ),
    ],
)
def report(console: Console, args: argparse.Namespace) -> None:
    """Write a report about a job as one HTML file."""
    from ossh.console.report.page import page
    from ossh.session.jobs.report import gather

    session = console.session
    job = named_job(session, args.job)
    path = Path.cwd() / expanded(args.file or f"{job.name}.html")
    _refuse_other(path)
    text = page(gather(session, job))
    with regular_files.replacing(path) as file:  # as a whole or not at all
        file.write(text.encode())
    console.say([str(path)])


def _refuse_other(path: Path) -> None:
    """Refuse to overwrite a file that is not a report."""
    from ossh.console.report.page import GENERATOR

    try:
        with regular_files.open_for_reading(path, follow=True) as file:
            is_ours = GENERATOR.encode() in file.read(2000)
    except FileNotFoundError:
        return
    if not is_ours:
        raise UsageError(
            _("'{path}' exists and is not a report").format(path=path),
            hint=_("choose another name"),
        )
