"""filter: which objects count."""

import argparse

from ossh.commands.command import command
from ossh.commands.options import FILTER_OPTIONS, add_json, filters_of
from ossh.console.argparse_internals import Parser
from ossh.console.console import Console
from ossh.console.parser import positive, subcommand
from ossh.console.views.ls import RULES
from ossh.errors import UsageError
from ossh.language import _, said
from ossh.selection import Selection


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
