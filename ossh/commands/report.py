"""report: a job as one HTML page."""

import argparse
import re
from pathlib import Path

from ossh import regular_files
from ossh.commands.command import command, optional
from ossh.commands.options import job_argument
from ossh.console.console import Console
from ossh.console.system import refuse_other
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
    from ossh.console.report.page import GENERATOR, page
    from ossh.session.jobs.report import gather

    session = console.session
    job = named_job(session, args.job)
    path = Path.cwd() / expanded(args.file or f"{job.name}.html")
    refuse_other(path, re.escape(GENERATOR.encode()), _("'{path}' exists and is not a report"))
    text = page(gather(session, job))
    with regular_files.replacing(path) as file:  # as a whole or not at all
        file.write(text.encode())
    console.say([str(path)])
