"""failures: which objects of a job are not at the target, and why."""

import argparse
import csv
import re
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

from ossh import regular_files
from ossh.commands.command import argument, command
from ossh.commands.options import add_json, add_order, job_argument
from ossh.console.console import Console
from ossh.console.system import refuse_other
from ossh.console.views.failures import CAUSES, FAILURES, entry_record
from ossh.console.views.ordering import SortOrder
from ossh.console.views.results import UNLISTED
from ossh.job import Job
from ossh.language import _
from ossh.model import Entry, Status
from ossh.paths import expanded
from ossh.session.jobs.job_choice import named_job
from ossh.session.jobs.job_facts import causes, reader_of
from ossh.session.jobs.job_states import present_state

_CSV_FIELDS = ("key", "path", "cause", "code", "message", "attempts", "request_id")

_ORDERS: dict[str, SortOrder[Entry]] = {
    "key": SortOrder(lambda entry: entry.key),
    "cause": SortOrder(lambda entry: entry.failure.cause if entry.failure is not None else ""),
    "size": SortOrder(lambda entry: entry.size, descending=True),
    "attempts": SortOrder(lambda entry: entry.attempts, descending=True),
}


@command(
    "failures --by cause",
    "failures logs-2026 --sort cause --limit 20",
    arguments=[
        job_argument(),
        argument(
            "--by",
            choices=["cause"],
            metavar="cause",
            help="group them by cause: what it means, what to do, and request ids to quote to "
            "support",
        ),
        argument("--csv", metavar="FILE", help="write them to a CSV file"),
        partial(add_order, orders=_ORDERS),
        add_json,
    ],
)
def failures(console: Console, args: argparse.Namespace) -> None:
    """Show which objects of a job are not at the target, and why."""
    job = named_job(console.session, args.job)
    if args.csv:
        number = _write_csv(reader_of(job).not_at_target(), expanded(args.csv))
        console.note(_("{number:,} written to {file}").format(number=number, file=args.csv))
    elif not _show(console, job, args):
        pending = present_state(console.session, job).counts.objects[Status.PENDING]
        text = _("no failures, {pending:,} not fetched yet") if pending else _("no failures")
        console.note(text.format(pending=pending))
    if not reader_of(job).is_listing_finished():
        console.note(_(UNLISTED))


def _show(console: Console, job: Job, args: argparse.Namespace) -> bool:
    """Show failures, or their causes; return whether there are any."""
    if not args.by:
        return console.show_in_order(reader_of(job).not_at_target(), FAILURES, args, _ORDERS)
    found = list(causes(job))
    console.show(found, CAUSES, as_json=args.json)
    return bool(found)


def _write_csv(entries: Iterable[Entry], path: Path) -> int:
    """Write entries as CSV and return their number; keys are written exactly as they are."""
    number = 0
    try:
        with suppress(regular_files.NotRegularError):  # a device or a pipe holds nothing
            head = re.escape(",".join(_CSV_FIELDS).encode())
            refuse_other(path, head, _("'{path}' exists and is not a list of failures"))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, _CSV_FIELDS)
            writer.writeheader()
            for entry in entries:
                writer.writerow(entry_record(entry))
                number += 1
    except OSError as error:
        raise regular_files.cannot_write(path, error) from error
    return number
