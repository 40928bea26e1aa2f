"""Shows what a run that only planned found: its sheet, and why if it was cut short."""

from typing import TYPE_CHECKING

from ossh.language import _
from ossh.session.jobs.forecast import Forecast, forecast
from ossh.shell.console import Console
from ossh.shell.dialogue.run_outcome import tell_empty
from ossh.shell.views.mirror import mirror_lines, removed_record
from ossh.shell.views.preview import sheet_lines, sheet_record
from ossh.shell.views.records import record_lines
from ossh.shell.views.refresh import (
    changes_lines,
    changes_record,
    unchanged_lines,
    unchanged_record,
)

if TYPE_CHECKING:
    from ossh.transfer.planning.preflight import Preflight
    from ossh.transfer.run import Run


def show_plan(
    shell: Console, run: "Run", sheet: "Preflight", *, limit: int = 5, as_json: bool = False
) -> None:
    """Show the sheet of a run that only planned; of one that was stopped, what it had seen."""
    summary, changes = run.summary, run.changes
    cut = summary if summary is not None and summary.ended in {"stopped", "error"} else None
    if cut is not None:
        shell.status = cut.status  # first: whoever reads may have left
    is_unchanged = changes is not None and not changes.objects and cut is None
    for_people = shell.is_table and not as_json
    if for_people and is_unchanged:
        is_more_gone = bool(run.removed.files or run.removed.kept)
        shell.say_sentences(unchanged_lines(sheet, is_more_gone=is_more_gone))
        shell.say_sentences(mirror_lines(run.removed))
    elif for_people:
        if changes is not None:
            shell.say_sentences(changes_lines(changes, is_mirror=run.job.target.mirror))
        lines = sheet_lines(
            sheet,
            _ahead(shell, run, sheet),
            limit=limit,
            is_whole=cut is None,
            width=shell.width,
            ascii_only=shell.ascii_only,
        )
        shell.say(lines)
        shell.say_sentences(mirror_lines(run.removed))
    else:
        record = sheet_record(sheet, _ahead(shell, run, sheet), limit=limit, is_whole=cut is None)
        if changes is not None:
            record = changes_record(changes, is_whole=cut is None) | record
        if run.job.target.mirror:
            record |= removed_record(run.removed)
        if as_json:
            shell.say_json(record)
        else:
            shell.say(record_lines(unchanged_record(record) if is_unchanged else record))
    if cut is None:
        tell_empty(shell, run.job, sum(sheet.objects.values()))
        return
    again = _("; 'refresh' starts over") if changes is not None else ""
    shell.warn(_("planning was cut short; the counts cover only what it had seen") + again)
    shell.show_error(cut.error, cut.hint)


def _ahead(shell: Console, run: "Run", sheet: "Preflight") -> Forecast:
    return forecast(shell.session, run.job, sheet.size.total() / max(1, sheet.objects.total()))
