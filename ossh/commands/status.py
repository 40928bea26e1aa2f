"""status, failures and report: how a job and its files are, and all of it as a page."""

import argparse
import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from io import StringIO
from pathlib import Path

from ossh import regular_files
from ossh.commands.command import argument, command, optional, text_option
from ossh.commands.options import add_json, add_order, job_argument
from ossh.console.console import Console
from ossh.console.system import refuse_other
from ossh.console.views.charts import speed_lines, speed_text
from ossh.console.views.failures import CAUSES, FAILURES, entry_facts, entry_record
from ossh.console.views.jobs import state_facts, state_record
from ossh.console.views.ordering import SortOrder
from ossh.console.views.results import UNLISTED
from ossh.console.views.run_progress import progress_texts
from ossh.job import Job
from ossh.language import N_, _
from ossh.model import Entry, Status
from ossh.paths import expanded
from ossh.session import Place, resolve
from ossh.session.jobs.job_choice import named_job
from ossh.session.jobs.job_facts import (
    causes,
    entry_of,
    facts,
    kept_size,
    present_state,
    reader_of,
    report_of,
    speed_of,
    thawing,
)

_CSV_FIELDS = ("key", "path", "cause", "code", "message", "attempts", "request_id")

_FAILURE_ORDERS: dict[str, SortOrder[Entry]] = {
    "key": SortOrder(lambda entry: entry.key),
    "cause": SortOrder(lambda entry: entry.failure.cause if entry.failure is not None else ""),
    "size": SortOrder(lambda entry: entry.size, descending=True),
    "attempts": SortOrder(lambda entry: entry.attempts, descending=True),
}


@command(
    "status",
    "status logs-2026",
    description="Show a job and its progress, or the state of one of its objects.",
    arguments=[
        job_argument(),
        text_option(
            "--key",
            metavar="KEY",
            help="an object of the job: as it is named there, or in full; or its file's path in "
            "the target",
        ),
        add_json,
    ],
)
def status(console: Console, args: argparse.Namespace) -> None:
    """Show a job and its progress."""
    session = console.session
    job = named_job(session, args.job)
    if args.key:
        is_open = session.job is not None and session.job.path == job.path
        place = session.place if is_open else Place.of(job.source)
        literal = place.folder + args.key  # a key may have segments such as ".."
        # As it is named there, or in full, as 'failures' shows it; or as its file is named.
        entry = entry_of(job, literal, resolve(place, args.key).prefix, args.key)
        facts = entry_facts(entry)
        if args.json:
            console.say_json([facts | {"size": entry.size, "attempts": entry.attempts}])
        else:
            console.show_facts(facts)
    elif args.json:
        console.say_json([state_record(present_state(session, job), kept_size(job))])
    else:
        _show_status(console, job)


def _show_status(console: Console, job: Job) -> None:
    session = console.session
    state = present_state(session, job)
    frozen = thawing(job) if state.counts.objects[Status.ARCHIVED] else 0
    shown = facts(job) | state_facts(state, kept_size(job), frozen)
    if (one := session.runs.of(job)) is not None:
        shown[N_("now")] = progress_texts(one.progress, one.bytes_per_second)[0]
    speed = speed_of(job)
    if speed is not None:
        shown[N_("speed")] = speed_text(speed)
    console.show_facts(shown)
    if speed is not None and console.is_table:
        console.say(speed_lines(speed, console.width))


@command(
    "failures logs-2026 --by cause",
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
        argument("--csv", metavar="FILE", help="write them to a CSV file; - for stdout"),
        partial(add_order, orders=_FAILURE_ORDERS),
        add_json,
    ],
)
def failures(console: Console, args: argparse.Namespace) -> None:
    """Show which objects of a job are not at the target, and why."""
    job = named_job(console.session, args.job)
    if args.csv == "-":
        console.say_bytes(map(str.encode, _csv_lines(reader_of(job).not_at_target())))
    elif args.csv:
        number = _write_csv(reader_of(job).not_at_target(), expanded(args.csv))
        console.note(_("{number:,} written to {file}").format(number=number, file=args.csv))
    else:
        if args.by:
            reports = causes(job)
            if args.json or not console.is_table:  # else that is done as they are translated
                reports = (replace(one, advice=console.phrased(one.advice)) for one in reports)
            is_any = console.show_in_order(reports, CAUSES, args, {})
        else:
            entries = reader_of(job).not_at_target()
            is_any = console.show_in_order(entries, FAILURES, args, _FAILURE_ORDERS)
        if not is_any:
            pending = present_state(console.session, job).counts.objects[Status.PENDING]
            text = _("no failures, {pending:,} not fetched yet") if pending else _("no failures")
            console.note(text.format(pending=pending))
    if not reader_of(job).is_listing_finished():
        console.note(_(UNLISTED))


def _write_csv(entries: Iterable[Entry], path: Path) -> int:
    """Write entries as CSV and return their number."""
    number = 0
    try:
        with suppress(regular_files.NotRegularError):  # a device or a pipe holds nothing
            head = re.escape(",".join(_CSV_FIELDS).encode())
            refuse_other(path, head, _("'{path}' exists and is not a list of failures"))
        with regular_files.writing_anew(path) as file:
            for number, line in enumerate(_csv_lines(entries)):  # noqa: B007 - the head is 0
                file.write(line.encode())
    except OSError as error:
        raise regular_files.cannot_write(path, error) from error
    return number


def _csv_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the head and the rows of a CSV file; keys are written exactly as they are."""
    line = StringIO(newline="")
    writer = csv.DictWriter(line, _CSV_FIELDS)
    writer.writeheader()
    yield line.getvalue()
    for entry in entries:
        line.seek(0)
        line.truncate()
        writer.writerow(entry_record(entry))
        yield line.getvalue()


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
            help="the file to write; by default JOB.html in the current directory; - for stdout",
        ),
    ],
)
def report(console: Console, args: argparse.Namespace) -> None:
    """Write a report about a job as one HTML file."""
    from ossh.console.report.page import GENERATOR, page

    session = console.session
    job = named_job(session, args.job)
    if args.file == "-":
        console.say_bytes([page(report_of(session, job)).encode()])
        return
    path = Path.cwd() / expanded(args.file or f"{job.name}.html")
    if not (path.suffix or path.is_dir()):
        path = path.with_suffix(".html")
    refuse_other(path, re.escape(GENERATOR.encode()), _("'{path}' exists and is not a report"))
    text = page(report_of(session, job))
    with regular_files.replacing(path) as file:  # as a whole or not at all
        file.write(text.encode())
    console.say([str(path)])
