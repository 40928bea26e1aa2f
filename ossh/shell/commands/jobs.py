"""One job and its outcome: open, save, status, failures."""

import argparse
import csv
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from shutil import get_terminal_size

from cmd2 import Cmd2ArgumentParser, CommandSet, with_argparser

from ossh.errors import LocalError, reason
from ossh.job import Job
from ossh.language import N_, Words, _
from ossh.model import Entry
from ossh.session import Wish, resolve
from ossh.session.ledger import (
    causes,
    current_job,
    entry_of,
    facts,
    present_state,
    reader_of,
    speed_of,
    thawing,
)
from ossh.shell import forms
from ossh.shell.app import OsshShell
from ossh.shell.arguments import add_json, add_order, command_parser
from ossh.shell.order import Order
from ossh.shell.output import is_utf8
from ossh.shell.plot import speed_lines, speed_text
from ossh.shell.runs import live_text
from ossh.shell.summary import causes_lines
from ossh.shell.text import count

_CSV_FIELDS = ("key", "path", "cause", "code", "message", "attempts", "request_id")

_ORDERS: dict[str, Order[Entry]] = {
    "key": Order(lambda entry: entry.key),
    "cause": Order(lambda entry: entry.failure.cause if entry.failure is not None else ""),
    "size": Order(lambda entry: entry.size, descending=True),
    "attempts": Order(lambda entry: entry.attempts, descending=True),
}


class Jobs(CommandSet[OsshShell]):
    """Commands for one job; they change no manifest."""

    DEFAULT_CATEGORY = "Jobs"

    @staticmethod
    def _open_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Open a job, and switch to its connection, prefix and filters.", "open logs-2026"
        )
        parser.add_argument(
            "name",
            metavar="JOB",
            completer=OsshShell.job_complete,
            suppress_tab_hint=True,
            help="the job's name, or its file",
        )
        return parser

    @with_argparser(_open_parser)
    def do_open(self, args: argparse.Namespace) -> None:
        """Open a job, and switch to its connection, prefix and filters."""
        session = self._cmd.session
        state = present_state(session, session.open(args.name))
        self._cmd.note(
            _("{name}: {state}, {done:,} of {objects}").format(
                name=state.name,
                state=_(state.state),
                done=state.done,
                objects=count(state.objects, "object"),
            )
        )
        if state.problem:
            self._cmd.warn(state.problem)

    @staticmethod
    def _save_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Save what is selected here as a job, without running it.", "save logs"
        )
        parser.add_argument(
            "name",
            nargs="?",
            default="",
            metavar="JOB",
            help="by default named after DIR, else after the prefix",
        )
        parser.add_argument(
            "--to",
            default="",
            metavar="DIR",
            help="the folder to download to",
            completer=OsshShell.folder_complete,
            suppress_tab_hint=True,
        )
        return parser

    @with_argparser(_save_parser)
    def do_save(self, args: argparse.Namespace) -> None:
        """Save what is selected here as a job, without running it."""
        job = self._cmd.session.save(Wish((), args.to, args.name))
        self._cmd.say([str(job.path)])

    @staticmethod
    def _status_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Show the open job and its progress, or the state of one of its objects.", "status"
        )
        parser.add_argument(
            "key", nargs="?", default="", metavar="KEY", help="an object of the job"
        )
        add_json(parser)
        return parser

    @with_argparser(_status_parser)
    def do_status(self, args: argparse.Namespace) -> None:
        """Show the open job and its progress."""
        session = self._cmd.session
        job = current_job(session)
        if args.key:
            literal = session.place.folder + args.key  # a key may have segments such as ".."
            entry = entry_of(job, resolve(session.place, args.key).prefix, literal=literal)
            self._show(forms.entry_state(entry), args)
        elif args.json:
            self._cmd.show([present_state(session, job)], forms.JOBS, as_json=True)
        else:
            shown = facts(job) | forms.state_facts(present_state(session, job))
            if forms.ARCHIVED in shown and (number := thawing(job)):
                shown[forms.ARCHIVED] = Words(
                    "{all}, {number:,} being restored", all=shown[forms.ARCHIVED], number=number
                )
            if (one := session.runs.of(job)) is not None:
                shown[N_("now")] = live_text(one.progress, one.bytes_per_second)
            speed = speed_of(job)
            if speed is not None:
                shown[N_("speed")] = speed_text(speed)
            self._show(shown, args)
            if speed is not None and self._cmd.is_table:
                width, plain = get_terminal_size().columns, not is_utf8(self._cmd.stdout)
                self._cmd.say(speed_lines(speed, width, ascii_only=plain))

    def _show(self, named: Mapping[str, str], args: argparse.Namespace) -> None:
        """Write names and values: a line each, or all as one JSON object."""
        if args.json:
            self._cmd.show([named], forms.RECORD, as_json=True)
        else:
            self._cmd.show(named.items(), forms.PAIRS)

    @staticmethod
    def _failures_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Show which objects of the open job are not at the target, and why.",
            "failures --by cause",
            "failures --sort cause --limit 20",
        )
        flag = parser.add_argument
        flag(
            "--by",
            choices=["cause"],
            help="group them by cause: what it means, what to do, and request ids to quote to "
            "support",
        )
        flag(
            "--csv",
            metavar="FILE",
            help="write them to a CSV file",
            completer=OsshShell.path_complete,
        )
        add_order(parser, _ORDERS)
        add_json(parser)
        return parser

    @with_argparser(_failures_parser)
    def do_failures(self, args: argparse.Namespace) -> None:
        """Show which objects of the open job are not at the target, and why."""
        job = current_job(self._cmd.session)
        if args.by:
            self._show_causes(job, as_json=args.json)
            return
        entries = reader_of(job).not_at_target()
        if args.csv:
            number = _write_csv(entries, Path(args.csv).expanduser())
            self._cmd.note(_("{number:,} written to {file}").format(number=number, file=args.csv))
            return
        first = next(entries, None)
        if first is None:
            self._tell_none(job)
            return
        self._cmd.show_in_order(chain([first], entries), forms.FAILURES, args, _ORDERS)

    def _show_causes(self, job: Job, *, as_json: bool) -> None:
        found = list(causes(job))
        if self._cmd.is_table and not as_json:
            self._cmd.say(causes_lines(found, get_terminal_size().columns, self._cmd.paint))
        else:
            self._cmd.show(found, forms.CAUSES, as_json=as_json)
        if not found:
            self._tell_none(job)

    def _tell_none(self, job: Job) -> None:
        pending = present_state(self._cmd.session, job).pending
        if pending:
            self._cmd.note(_("no failures, {pending:,} not fetched yet").format(pending=pending))
        else:
            self._cmd.note(_("no failures"))


def _write_csv(entries: Iterable[Entry], path: Path) -> int:
    """Write entries as CSV and return their number; keys are written exactly as they are."""
    number = 0
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, _CSV_FIELDS)
            writer.writeheader()
            for entry in entries:
                writer.writerow(forms.entry_record(entry))
                number += 1
    except OSError as error:
        raise LocalError(
            _("cannot write '{path}': {reason}").format(path=path, reason=reason(error))
        ) from error
    return number
