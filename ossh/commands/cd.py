"""cd, pwd and filter: where in the bucket the user stands, and what counts; lcd, lpwd: and here."""

import argparse
import os
from pathlib import Path

from ossh.commands.command import argument, command, optional
from ossh.commands.options import FILTER_OPTIONS, add_json, filters_of
from ossh.console.console import Console
from ossh.console.parser import NOW, Parser, moment_or_now, positive, subcommand
from ossh.console.views.ls import RULES
from ossh.errors import UsageError, reason
from ossh.language import _, said
from ossh.paths import expanded
from ossh.selection import Selection
from ossh.units import format_moment


@command(
    "cd logs/2026/",
    "cd --as-of 2026-02-15 dataset/",
    "cd --as-of now",
    arguments=[
        optional(
            "place",
            metavar="PLACE",
            help="a prefix, .., / (the bucket), - (where you were), or oss://BUCKET/PREFIX",
        ),
        argument(
            "--as-of",
            type=moment_or_now,
            metavar="WHEN",
            help="show the bucket as it was at 2026-01-01T08:00, or 7d ago, if it keeps "
            "versions; 'now' shows it as it is",
        ),
    ],
)
def cd(console: Console, args: argparse.Namespace) -> None:
    """Go to a prefix or to another bucket, now or as it was."""
    session = console.session
    if args.as_of is None:
        place = session.enter(args.place or "/")
    else:
        moment = None if args.as_of == NOW else args.as_of
        place = session.enter_past(moment, args.place)
    if place.prefix and not place.prefix.endswith("/"):
        console.note(_("this prefix does not end in '/': it covers every key that starts with it"))


@command("pwd")
def pwd(console: Console, args: argparse.Namespace) -> None:
    """Show the current bucket and prefix."""
    place = console.session.place
    console.say([place.shown])
    if place.as_of is not None:
        console.note(_("as of {moment}").format(moment=format_moment(place.as_of)))


def _add_filter_options(parser: Parser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    add = subcommand(
        actions,
        "add",
        "add filters",
        "filter add --suffix .gz,.csv --newer 7d",
        'filter add --include "*-2026-*" --exclude tmp/ --min-size 1KiB',
        "filter add --regex '/2026/0[12]/' --class Standard,IA",
    )
    for option in FILTER_OPTIONS:
        option(add)
    drop = subcommand(actions, "drop", "drop one filter", "filter drop 1")
    drop.add_argument("number", type=positive, help="the filter's number, as 'filter' shows it")
    subcommand(actions, "clear", "drop all filters", "filter clear")


@command(
    "filter add --suffix .gz,.csv --newer 7d",
    "filter",
    description="Show or change the filters. An object must pass every kind of filter, and any "
    "one of several values of the same kind; what --exclude matches is left out. Globs are "
    "relative to the prefix: those of --include and --exclude work as in .gitignore, those of "
    "--glob as in a shell.",
    arguments=[add_json, _add_filter_options],
)
def filter_(console: Console, args: argparse.Namespace) -> None:
    """Show or change the filters."""
    session = console.session
    match args.action:
        case "add":
            if not (added := filters_of(args)):
                raise UsageError(
                    _("no filter was given"), hint="filter add --suffix .gz --min-size 1KiB"
                )
            session.selection = session.selection.merged(added)
        case "drop":
            session.selection = session.selection.without(args.number)
        case "clear":
            session.selection = Selection()
        case _:
            rules = enumerate(session.selection.rules(), start=1)
            console.show(rules, RULES, as_json=args.json)
    if not session.selection:
        console.note(_("no filters: every object is selected"))
    elif args.action:
        shown = _("; ").join(map(said, session.selection.rules()))
        console.note(_("filters: {rules}").format(rules=shown))


@command(
    "lcd ~/data",
    arguments=[
        optional("folder", default="~", metavar="DIR", help="by default your home directory")
    ],
)
def lcd(console: Console, args: argparse.Namespace) -> None:
    """Change the current directory on this machine."""
    try:
        os.chdir(expanded(args.folder))
    except OSError as error:
        raise UsageError(
            _("cannot go to '{folder}': {reason}").format(folder=args.folder, reason=reason(error))
        ) from error


@command("lpwd")
def lpwd(console: Console, args: argparse.Namespace) -> None:
    """Show the current directory on this machine."""
    console.say([str(Path.cwd())])
