"""report: a job as one HTML page."""

import argparse
from pathlib import Path

from ossh import regular_files
from ossh.commands.command import command, optional
from ossh.commands.options import job_argument
from ossh.console.console import Console
from ossh.console.system import local_error
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
    _write(path, page(gather(session, job)))
    console.say([str(path)])


def _refuse_other(path: Path) -> None:
    """Refuse to overwrite a file that is not a report."""
    from ossh.console.report.page import GENERATOR

    try:
        with regular_files.open_for_reading(path, follow=True) as file:
            is_ours = GENERATOR.encode() in file.read(2000)
    except FileNotFoundError:
        return
    except OSError as error:
        raise local_error(error) from error
    if not is_ours:
        raise UsageError(
            _("'{path}' exists and is not a report").format(path=path),
            hint=_("choose another name"),
        )


def _write(path: Path, page: str) -> None:
    """Write the page as a whole or not at all."""
    try:
        with regular_files.replacing(path) as file:
            file.write(page.encode())
    except OSError as error:
        raise local_error(error) from error
