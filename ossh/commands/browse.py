"""browse: downloads that are chosen on a full screen."""

import argparse

from ossh.commands.command import command
from ossh.commands.guide import agreed_target, succeeds
from ossh.commands.options import add_filters, filters_of, prefix_argument
from ossh.console.console import Console
from ossh.errors import UsageError
from ossh.language import _
from ossh.narrowing import narrowed
from ossh.session.browsing.place import check_globs, no_bucket


@command(
    "browse",
    "browse logs/2026/",
    description="Look around on the full screen: folders with their sizes as they are "
    "counted, sorted by name, size or age. Mark objects and folders with Space; 'd' downloads "
    "them, 'p' shows a preview, 'w' saves a job. '?' shows all keys. The filters apply.",
    arguments=[prefix_argument(metavar="PREFIX"), add_filters],
)
def browse(console: Console, args: argparse.Namespace) -> None:
    """Look around on the full screen, and mark what to download."""
    if not (console.interactive and console.is_table):
        raise UsageError(
            _("'browse' needs a person at a terminal"),
            hint=_("in a script, 'ls' lists and 'du' counts"),
        )
    session = console.session
    if not session.place.bucket and not args.prefix:
        raise no_bucket()
    place = session.names.existing_place(args.prefix) if args.prefix else session.place
    from ossh.commands.browsing.application import Screen
    from ossh.commands.browsing.screen import Action

    before = session.place, session.previous, session.selection, session.job
    is_kept = False  # what was marked stays chosen, and with it the place
    try:
        if filters := filters_of(args):
            check_globs(session.place, place, session.selection)
            session.go_to(place)
            session.selection = narrowed(session.selection, filters)
        action, at, name = Screen(session, place).run()
        match action:
            case Action.GET:
                if target := agreed_target(console):
                    is_kept = True
                    succeeds(console, "get --to", target)
            case Action.PREVIEW:
                is_kept = True
                succeeds(console, "preview")
            case Action.SAVE:
                is_kept = succeeds(console, "save", name)
    finally:
        if not is_kept:
            session.place, session.previous, session.selection, session.job = before
    if action is Action.GO:
        session.go_to(at)
