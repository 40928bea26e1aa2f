"""A job as one page: report."""

import argparse
from pathlib import Path

from cmd2 import Cmd2ArgumentParser, CommandSet, with_argparser

from ossh import regular
from ossh.errors import UsageError
from ossh.language import _
from ossh.session.ledger import named_job
from ossh.shell.app import OsshShell
from ossh.shell.arguments import command_parser
from ossh.shell.local import local_error
from ossh.shell.what import add_job


class Reports(CommandSet[OsshShell]):
    """The command that writes a report."""

    DEFAULT_CATEGORY = "Jobs"

    @staticmethod
    def _report_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Write a report about a job: what was asked for, what was downloaded and how it was "
            "verified, speed over time, failures and what to do about them, the largest and "
            "slowest objects, and all runs. It is one HTML file that needs no network and prints "
            "well.",
            "report logs logs.html",
        )
        add_job(parser)
        flag = parser.add_argument
        flag(
            "file",
            nargs="?",
            default="",
            metavar="FILE.html",
            help="the file to write; by default JOB.html in the current directory",
            completer=OsshShell.path_complete,
            suppress_tab_hint=True,
        )
        return parser

    @with_argparser(_report_parser)
    def do_report(self, args: argparse.Namespace) -> None:
        """Write a report about a job as one HTML file."""
        from ossh.session.report import gather
        from ossh.shell.page import page

        session = self._cmd.session
        job = named_job(session, args.job)
        path = Path.cwd() / Path(args.file or f"{job.name}.html").expanduser()
        _refuse_other(path)
        _write(path, page(gather(session, job)))
        self._cmd.say([str(path)])


def _refuse_other(path: Path) -> None:
    """Refuse to overwrite a file that is not a report.

    Raises:
        UsageError: There is one.
    """
    from ossh.shell.page import GENERATOR

    try:
        with regular.reading(path, follow=True) as file:
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
    """Write the page as a whole or not at all.

    Raises:
        LocalError: The folder cannot be written.
    """
    try:
        with regular.written(path) as file:
            file.write(page.encode())
    except OSError as error:
        raise local_error(error) from error
