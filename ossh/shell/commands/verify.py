"""verify: whether downloaded files are still what was downloaded."""

import argparse
import sys

from ossh.errors import STATUS_MISSING
from ossh.shell.commands.options import add_json, argument, command, job_argument, limit_option
from ossh.shell.dialogue.run_outcome import resume_command
from ossh.shell.interrupts import InterruptibleCommands
from ossh.shell.parsing.arguments import from_zero
from ossh.shell.progress_bar import watch


class VerifyCommands(InterruptibleCommands):
    DEFAULT_CATEGORY = "Jobs"

    @command(
        "verify --limit 5",
        description="Verify the files of a job again: size, then CRC64. It reports what is "
        "missing, changed, different or corrupt, and which files below the target belong to no "
        "job in the jobs folder; it changes none of them. The exit status is 0 if all objects are "
        "verified (with --strict, by more than their length); foreign files do not count.",
        adds=[
            job_argument(),
            limit_option(
                type=from_zero, default=20, help="number of names to show of each kind (20)"
            ),
            argument(
                "--strict",
                action="store_true",
                help="end with 1 also where only the length of an object is verified",
            ),
            add_json,
        ],
    )
    def do_verify(self, args: argparse.Namespace) -> None:
        """Verify the files of a job again."""
        from ossh.session.jobs.running import start_verifying
        from ossh.shell.views.verify import verified_lines, verified_record

        shell = self._cmd
        verification = start_verifying(shell.session, args.job, args.limit)
        with self.stopped_by_ctrl_c(verification):
            watch(verification, sys.stderr, quiet=shell.quiet)
        job, result = verification.job, verification.result()
        # first: the reader of the output may have left
        shell.status = result.status or (STATUS_MISSING if args.strict and result.by_length else 0)
        if args.json:
            shell.say_json(verified_record(job.name, result))
        else:
            go_on = resume_command(shell.session, job)
            shell.say_sentences(verified_lines(result, str(job.directory), go_on=go_on))
