"""preview and refresh: what 'get' would do, and what has changed in the bucket."""

import argparse
from itertools import chain
from typing import TYPE_CHECKING

from ossh.commands import options
from ossh.commands.command import command
from ossh.commands.interrupts import watch_run
from ossh.console.console import Console
from ossh.console.dialogue.run_outcome import (
    NOTHING_TO_ADOPT,
    tell_empty,
    tell_listing,
    tell_other_source,
)
from ossh.console.views import results
from ossh.console.views.table import record_lines
from ossh.console.views.text import count
from ossh.language import _
from ossh.session import JobRequest
from ossh.session.jobs.opening import opened
from ossh.transfer.planning.preflight import SHOWN, Changes, Preflight
from ossh.units import format_size

if TYPE_CHECKING:
    from ossh.transfer.run import Run


@command(
    "preview --limit 5",
    "preview dataset/**/*.csv.gz",
    description="Show what 'get' would do: how much is new, changed or already here, the free "
    "space, archived objects, and files whose names will differ from their keys. Nothing is "
    "downloaded. A job that has run is shown as the bucket was when it was listed; 'refresh' "
    "lists it again.",
    arguments=[
        options.add_names,
        options.target_option(help="compare with this folder"),
        options.add_shard,
        options.add_inventory,
        *options.LAYOUT,
        options.add_mirror,
        options.add_replace,
        options.limit_option(default=SHOWN, help="number of keys to show of each kind (5)"),
        options.add_json,
        options.add_filters,
    ],
)
def preview(console: Console, args: argparse.Namespace) -> None:
    """Show what 'get' would do, and download nothing."""
    request = options.request_of(console.session, args)
    show_preview(console, request, limit=args.limit, as_json=args.json)


def show_preview(
    console: Console,
    request: JobRequest,
    *,
    limit: int = SHOWN,
    as_json: bool = False,
    adopts: bool = False,
) -> None:
    """Show what a run would do, and what it would take over if it `adopts` files."""
    from ossh.session.jobs.running import preflight

    sheet = Preflight(first_limit=limit)
    with preflight(console.session, request, sheet, adopts=adopts) as run:
        tell_other_source(
            console,
            run.job,
            request.names,
            _("previewing {name}, {place}; 'preview .' shows everything here"),
        )
        watch_run(console, run)
        if run.summary is not None and run.summary.ended == "done" and adopts:
            _tell_adoption(console, run)
        named = options.words_of(request)
        show_plan(console, run, sheet, named=named, as_json=as_json)
        if not as_json:
            tell_listing(console, run, sheet.objects_to_fetch)


@command(
    "refresh",
    "refresh logs-2026",
    description="List the bucket again for a job and show what is new, changed or gone; 'get' "
    "then fetches it. A job that is named is opened. Local files are kept, even if their "
    "objects are gone. A manifest that is damaged, or whose bucket or prefix was edited, is set "
    "aside and rebuilt from the job file and the files already here. A symlink counts as "
    "changed if it was created again. A listing does not show whether the object it points to "
    "was replaced: to fetch that again, move its file away first.",
    arguments=[options.job_argument(), options.add_json],
)
def refresh(console: Console, args: argparse.Namespace) -> None:
    """List the bucket again for a job, and show what has changed."""
    from ossh.session.jobs.running import new_run, set_aside_unusable

    session = console.session
    job = opened(session, args.job)
    if (aside := set_aside_unusable(session, job)) is not None:
        text = _(
            "the old manifest is kept as {name}; a new one was created; 'get --adopt' reuses the "
            "files that are here"
        )
        console.note(text.format(name=aside.name))
    sheet, changes = Preflight(), Changes() if job.manifest_path.exists() else None
    run = session.start(new_run(session, job, sheet=sheet, changes=changes))
    watch_run(console, run)
    show_plan(console, run, sheet, as_json=args.json)


def show_plan(
    console: Console, run: "Run", sheet: Preflight, *, named: str = "", as_json: bool = False
) -> None:
    """Show the sheet of a run that only planned; of one that was stopped, what it had seen.

    Of a refresh that was stopped nothing is shown: it is not known what is gone.

    `named` is as for `plan_lines`.
    """
    summary, changes = run.summary, run.changes
    cut = summary if summary is not None and summary.ended in {"stopped", "error"} else None
    if cut is not None:
        console.status = cut.status  # first: whoever reads may have left
    if cut is None or (sheet.objects and changes is None):
        _show_seen(console, run, sheet, named=named, as_json=as_json, is_whole=cut is None)
    if cut is None:
        tell_empty(console, run.job, sum(sheet.objects.values()))
        return
    text = _("planning was cut short before it had seen anything")
    if changes is not None:
        text = _("planning was cut short; 'refresh' starts over")
    elif sheet.objects:
        text = _("planning was cut short; the counts cover only what it had seen")
    console.warn(text)
    console.show_error(cut.error, cut.hint)


def _show_seen(  # noqa: PLR0913 - one argument for each thing that decides the look
    console: Console, run: "Run", sheet: Preflight, *, named: str, as_json: bool, is_whole: bool
) -> None:
    """Show what a run that only planned has seen."""
    from ossh.console.views import preview as views
    from ossh.session.jobs.forecast import forecast

    changes = run.changes
    ahead = forecast(console.session, run.job, sheet.size.total() / max(1, sheet.objects.total()))
    is_unchanged = changes is not None and not changes.objects
    for_people = console.is_table and not as_json
    if for_people and is_unchanged:
        lines = views.unchanged_lines(sheet)
        console.say_sentences(chain(lines, results.mirror_lines(run.removed)))
    elif for_people:
        if changes is not None:
            console.say_sentences(views.changes_lines(changes, is_mirror=run.job.target.mirror))
        lines = views.plan_lines(sheet, ahead, named=named, is_whole=is_whole, width=console.width)
        console.say_sentences(chain(lines, results.mirror_lines(run.removed)))
    else:
        record = views.plan_record(sheet, ahead, is_whole=is_whole)
        record["listed"] = run.listed
        if changes is not None:
            record = views.changes_record(changes) | record
        if run.job.target.mirror:
            record |= results.removed_record(run.removed)
        if as_json:
            console.say_json([record])
        else:
            console.say(record_lines(record))


def _tell_adoption(console: Console, run: "Run") -> None:
    """Say what is to be read and asked for, before a run that only planned takes over files."""
    adopted = run.adopted
    if not adopted.files:
        console.note(_(NOTHING_TO_ADOPT))
        return
    text = _("to adopt: {files} of the right size, {size} to read")
    console.note(text.format(files=count(adopted.files, "file"), size=format_size(adopted.size)))
    if adopted.requests:
        text = _("{number:,} compared by CRC64, which takes a request each")
        console.note(text.format(number=adopted.requests))
    console.note(
        _("a file identical to its object gets the object's date; the others stay as they are")
    )
