"""browse: a full screen to look around in and to choose from."""

import argparse

from ossh.commands.command import command
from ossh.commands.options import prefix_argument
from ossh.console.console import Console
from ossh.console.dialogue import guide
from ossh.errors import UsageError
from ossh.language import _
from ossh.session.browsing.place import no_bucket


@command(
    "browse",
    "browse logs/2026/",
    description="Look around on the full screen: folders with their sizes as they are "
    "counted, sorted by name, size or age. Mark objects and folders with Space; 'd' downloads "
    "them, 'p' shows a preview, 'w' saves a job. '?' shows all keys. The filters apply.",
    adds=[prefix_argument(metavar="PREFIX")],
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
    from ossh.commands.browsing.keys import Action

    before = session.place, session.previous, session.selection, session.job
    left = Screen(session, place).run()
    match left.action:
        case Action.GET:
            target = ""
            try:
                target = guide.agreed_target(console)
            finally:
                if not target:  # nothing is fetched, so what was marked chooses nothing
                    session.place, session.previous, session.selection, session.job = before
            if target:
                guide.succeeds(console, f"get --to {guide.quoted(target)}")
        case Action.PREVIEW:
            guide.succeeds(console, "preview")
        case Action.SAVE:
            guide.succeeds(console, f"save {guide.quoted(left.name)}")
        case Action.GO:
            session.go_to(left.place)
