"""report: a job as one HTML page."""

import argparse
from pathlib import Path

from cmd2 import CommandSet

from ossh import regular_files
from ossh.errors import UsageError
from ossh.language import _
from ossh.session.jobs.job_choice import named_job
from ossh.shell.commands.options import argument, command, job_argument
from ossh.shell.console import Console
from ossh.shell.system import local_error


class ReportCommands(CommandSet[Console]):
    DEFAULT_CATEGORY = "Jobs"

    @command(
        "report logs logs.html",
        description="Write a report about a job: what was asked for, what was downloaded and how "
        "it was verified, speed over time, failures and what to do about them, the largest and "
        "slowest objects, and all runs. It is one HTML file that needs no network and prints "
        "well.",
        adds=[
            job_argument(),
            argument(
                "file",
                nargs="?",
                default="",
                metavar="FILE.html",
                help="the file to write; by default JOB.html in the current directory",
                completer=Console.path_complete,
            ),
        ],
    )
    def do_report(self, args: argparse.Namespace) -> None:
        """Write a report about a job as one HTML file."""
        from ossh.session.jobs.report import gather
        from ossh.shell.report.page import page

        session = self._cmd.session
        job = named_job(session, args.job)
        path = Path.cwd() / Path(args.file or f"{job.name}.html").expanduser()
        _refuse_other(path)
        _write(path, page(gather(session, job)))
        self._cmd.say([str(path)])


def _refuse_other(path: Path) -> None:
    """Refuse to overwrite a file that is not a report."""
    from ossh.shell.report.page import GENERATOR

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
