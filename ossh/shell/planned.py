"""Shows what a run that only planned found: its sheet, and why if it was cut short."""

from shutil import get_terminal_size
from typing import TYPE_CHECKING

from ossh.language import _
from ossh.session.outlook import Outlook, outlook
from ossh.shell import forms
from ossh.shell.output import is_utf8
from ossh.shell.sheet import (
    Look,
    changes_lines,
    changes_record,
    record_lines,
    sheet_lines,
    sheet_record,
    unchanged_lines,
    unchanged_record,
)
from ossh.shell.telling import tell_empty

if TYPE_CHECKING:
    from ossh.shell.app import OsshShell
    from ossh.transfer.preflight import Preflight
    from ossh.transfer.run import Run


def show_plan(
    shell: "OsshShell", run: "Run", sheet: "Preflight", *, limit: int = 5, as_json: bool = False
) -> None:
    """Show the sheet of a run that only planned; of one that was stopped, what it had seen.

    Args:
        shell: Where to show it.
        run: The run, ended.
        sheet: What it filled in.
        limit: How many keys of each kind are shown.
        as_json: Write it as one line of JSON; else programs get tab-separated lines.
    """
    is_whole = _is_whole(run)
    if run.summary is not None and not is_whole:
        shell.status = run.summary.status  # first: whoever reads may have left
    if as_json or not shell.is_table:
        _show_record(shell, run, sheet, limit=limit, as_json=as_json)
    elif _is_unchanged(run):
        shell.say_sentences(unchanged_lines(sheet, shell.paint))
    else:
        if run.changes is not None:
            shell.say_sentences(changes_lines(run.changes, shell.paint))
        _show_sheet(shell, run, sheet, limit=limit)
    if is_whole:
        tell_empty(shell, run.job, sum(sheet.objects.values()))
    if run.summary is not None and not is_whole:
        again = _("; 'refresh' starts over") if run.changes is not None else ""
        shell.warn(_("planning was cut short; the counts cover only what it had seen") + again)
        shell.show_error(run.summary.error, run.summary.hint)


def _is_whole(run: "Run") -> bool:
    return run.summary is None or run.summary.ended not in {"stopped", "error"}


def _is_unchanged(run: "Run") -> bool:
    return run.changes is not None and not run.changes.objects and _is_whole(run)


def _ahead(shell: "OsshShell", run: "Run", sheet: "Preflight") -> "Outlook":
    return outlook(shell.session, run.job, sheet.size.total() / max(1, sheet.objects.total()))


def _show_record(
    shell: "OsshShell", run: "Run", sheet: "Preflight", *, limit: int, as_json: bool
) -> None:
    """Write the plan for programs: lines of tab-separated fields, or one of JSON."""
    is_whole, ahead = _is_whole(run), _ahead(shell, run, sheet)
    record = sheet_record(sheet, ahead, limit=limit, is_whole=is_whole)
    if run.changes is not None:
        record = changes_record(run.changes, is_whole=is_whole) | record
    if as_json:
        shell.show([record], forms.RECORD, as_json=True)
    else:
        shell.say(record_lines(unchanged_record(record) if _is_unchanged(run) else record))


def _show_sheet(shell: "OsshShell", run: "Run", sheet: "Preflight", *, limit: int) -> None:
    look = Look(shell.paint, get_terminal_size().columns, ascii_only=not is_utf8(shell.stdout))
    ahead = _ahead(shell, run, sheet)
    shell.say(sheet_lines(sheet, ahead, limit=limit, is_whole=_is_whole(run), look=look))
