"""Verifying what was downloaded: verify."""

import argparse
import sys
from typing import TYPE_CHECKING

from cmd2 import Cmd2ArgumentParser, CommandSet, with_argparser

from ossh.session.proving import start_verifying
from ossh.shell import forms
from ossh.shell.app import OsshShell
from ossh.shell.arguments import add_json, command_parser, from_zero
from ossh.shell.progress import watch
from ossh.shell.telling import going_on
from ossh.shell.what import add_job

if TYPE_CHECKING:
    from ossh.transfer.verify import Verification


class Verify(CommandSet[OsshShell]):
    """The command that verifies a tree."""

    DEFAULT_CATEGORY = "Jobs"

    def __init__(self) -> None:
        super().__init__()
        self._watched: Verification | None = None

    @staticmethod
    def _verify_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Verify the files of a job again: size, then CRC64. It reports what is missing, "
            "changed or corrupt, and which files below the target belong to no object of the job; "
            "it changes none of them. The exit status is 0 if all objects are verified; foreign "
            "files do not count.",
            "verify --limit 5",
        )
        add_job(parser)
        flag = parser.add_argument
        flag(
            "--limit",
            type=from_zero,
            default=20,
            metavar="N",
            help="number of names to show of each kind (20)",
        )
        add_json(parser)
        return parser

    @with_argparser(_verify_parser)
    def do_verify(self, args: argparse.Namespace) -> None:
        """Verify the files of a job again."""
        from ossh.shell.verified import verified_lines, verified_record

        shell = self._cmd
        verification = start_verifying(shell.session, args.job, args.limit)
        self._wait(verification)
        job, result = verification.job, verification.finished()
        shell.status = result.status  # first: the reader of the output may have left
        if args.json:
            shell.show([verified_record(job.name, result)], forms.RECORD, as_json=True)
        else:
            go_on = going_on(shell.session, job)
            shell.say_sentences(
                verified_lines(result, str(job.directory), shell.paint, go_on=go_on)
            )

    def _wait(self, verification: "Verification") -> None:
        self._watched = verification
        try:
            watch(verification, sys.stderr, quiet=self._cmd.quiet)
        finally:
            verification.stop()
            self._watched = None

    def sigint_handler(self) -> bool:
        """Stop at the first Ctrl-C and show what was found so far."""
        watched = self._watched
        if watched is None or watched.is_stopping:
            return False
        watched.stop()
        return True
