"""verify: whether the files of a job still are their objects."""

import argparse

from ossh.commands.command import command, flag
from ossh.commands.interrupts import watch_to_end
from ossh.commands.options import add_json, job_argument, limit_option
from ossh.console.console import Console
from ossh.console.parser import from_zero
from ossh.console.views.verify import verified_lines, verified_record
from ossh.errors import STATUS_MISSING
from ossh.session.jobs.running import start_verifying


@command(
    "verify logs --limit 5",
    description="Verify the files of a job again: size, then CRC64. It reports what is "
    "missing, changed, different or corrupt, and which files below the target belong to no "
    "job; it changes none of them. The exit status is 0 if all objects are listed and "
    "verified (with --strict, by more than their length); foreign files do not count.",
    arguments=[
        job_argument(),
        limit_option(type=from_zero, default=20, help="number of names to show of each kind (20)"),
        flag("--strict", help="exit with 1 too if only the length of an object could be verified"),
        add_json,
    ],
)
def verify(console: Console, args: argparse.Namespace) -> None:
    """Verify the files of a job again."""
    verification = start_verifying(console.session, args.job, args.limit)
    job, result = verification.job, watch_to_end(console, verification)
    # first: the reader of the output may have left
    console.status = result.status or (STATUS_MISSING if args.strict and result.by_length else 0)
    if args.json:
        console.say_json([verified_record(job.name, result)])
    else:
        console.say_sentences(verified_lines(result, str(job.directory)))
