"""Shows what a run that only planned found: its sheet, and why if it was cut short."""

from itertools import chain
from typing import TYPE_CHECKING

from ossh.console.console import Console
from ossh.console.dialogue.run_outcome import tell_empty
from ossh.console.views import refresh
from ossh.console.views.preview import plan_lines, plan_record
from ossh.console.views.results import mirror_lines, removed_record
from ossh.console.views.table import record_lines
from ossh.console.views.text import count
from ossh.language import _
from ossh.session.jobs.forecast import forecast
from ossh.transfer.planning.preflight import Preflight
from ossh.units import format_size

if TYPE_CHECKING:
    from ossh.transfer.run import Run


def show_plan(  # noqa: PLR0913 - what was asked for
    console: Console,
    run: "Run",
    sheet: Preflight,
    *,
    limit: int = 5,
    named: str = "",
    as_json: bool = False,
) -> None:
    """Show the sheet of a run that only planned; of one that was stopped, what it had seen.

    `named` is as for `plan_lines`.
    """
    summary, changes = run.summary, run.changes
    cut = summary if summary is not None and summary.ended in {"stopped", "error"} else None
    if cut is not None:
        console.status = cut.status  # first: whoever reads may have left
    ahead = forecast(console.session, run.job, sheet.size.total() / max(1, sheet.objects.total()))
    is_unchanged = changes is not None and not changes.objects and cut is None
    for_people = console.is_table and not as_json
    if for_people and is_unchanged:
        is_more_gone = bool(run.removed.files or run.removed.kept)
        lines = refresh.unchanged_lines(sheet, is_more_gone=is_more_gone)
        console.say_sentences(chain(lines, mirror_lines(run.removed)))
    elif for_people:
        if changes is not None:
            console.say_sentences(refresh.changes_lines(changes, is_mirror=run.job.target.mirror))
        lines = plan_lines(
            sheet,
            ahead,
            limit=limit,
            named=named,
            is_whole=cut is None,
            width=console.width,
        )
        console.say_sentences(chain(lines, mirror_lines(run.removed)))
    else:
        record = plan_record(sheet, ahead, limit=limit, is_whole=cut is None)
        if is_unchanged and not as_json:
            record = {name: record[name] for name in refresh.UNCHANGED}
        if changes is not None:
            record = refresh.changes_record(changes, is_whole=cut is None) | record
        if run.job.target.mirror:
            record |= removed_record(run.removed)
        if as_json:
            console.say_json(record)
        else:
            console.say(record_lines(record))
    if cut is None:
        tell_empty(console, run.job, sum(sheet.objects.values()))
        return
    again = _("; 'refresh' starts over") if changes is not None else ""
    console.warn(_("planning was cut short; the counts cover only what it had seen") + again)
    console.show_error(cut.error, cut.hint)


def tell_adoption(console: Console, run: "Run") -> None:
    """Say what is to be read and asked for, before a run that only planned takes over files."""
    adopted = run.adopted
    if not adopted.files:
        console.note(_("nothing to adopt: no file here has the size of an object that is missing"))
        return
    text = _("to adopt: {files} of the right size, {size} to read")
    console.note(text.format(files=count(adopted.files, "file"), size=format_size(adopted.size)))
    if number := adopted.files - adopted.requests:
        console.note(_("{number:,} compared by MD5").format(number=number))
    if adopted.requests:
        text = _("{number:,} compared by CRC64, which takes a request each")
        console.note(text.format(number=adopted.requests))
    console.note(
        _("a file identical to its object gets the object's date; the others stay as they are")
    )
