"""preview and refresh: what 'get' would do, and what has changed in the bucket."""

import argparse

from ossh.commands import options
from ossh.commands.command import command
from ossh.commands.interrupts import watch_run
from ossh.console.console import Console
from ossh.console.dialogue.run_outcome import tell_other_source
from ossh.language import _
from ossh.session import JobRequest
from ossh.session.jobs.opening import opened
from ossh.transfer.planning.preflight import Changes, Preflight

SHOWN = 5  # keys of each kind


@command(
    "preview --limit 5",
    "preview dataset/**/*.csv.gz",
    description="Show what 'get' would do: how much is new, changed or already here, the free "
    "space, archived objects, and files whose names will differ from their keys. Nothing is "
    "downloaded.",
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
    from ossh.console.dialogue.plan_outcome import show_plan, tell_adoption
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
            tell_adoption(console, run)
        named = options.words_of(request)
        show_plan(console, run, sheet, limit=limit, named=named, as_json=as_json)


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
    from ossh.console.dialogue.plan_outcome import show_plan
    from ossh.session.jobs.running import new_run, set_aside_unusable

    session = console.session
    job = opened(session, args.job)
    if (aside := set_aside_unusable(session, job)) is not None:
        console.note(
            _(
                "the old manifest is kept as {name}; a new one was created; 'get --adopt' reuses "
                "the files that are here"
            ).format(name=aside.name)
        )
    sheet, changes = Preflight(), Changes() if job.manifest_path.exists() else None
    run = session.start(new_run(session, job, sheet=sheet, changes=changes))
    watch_run(console, run)
    show_plan(console, run, sheet, as_json=args.json)
