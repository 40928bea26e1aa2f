"""filter: the rules that choose objects."""

import argparse

from ossh.commands import completion
from ossh.commands.command import FILES, argument, command
from ossh.commands.options import add_json
from ossh.console.console import Console
from ossh.console.parser import Parser, moment, positive, several, size, subcommand
from ossh.console.views.filter import RULES
from ossh.errors import UsageError
from ossh.job import key_list
from ossh.language import _
from ossh.paths import expanded
from ossh.selection import KeyList, Selection


def _add_filter_options(parser: Parser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    add = subcommand(
        actions,
        "add",
        "add rules",
        "filter add --suffix .gz,.csv --newer 7d",
        'filter add --include "*-2026-*" --exclude tmp/ --min-size 1KiB',
        "filter add --regex '/2026/0[12]/' --class Standard,IA",
    )
    flag = add.add_argument
    argument(
        "--suffix",
        action="append",
        metavar=".EXT",
        help="how keys end: .gz,.csv",
        completer=completion.suffixes,
    )(add)
    flag(
        "--glob",
        action="append",
        metavar="GLOB",
        help="whole names below the prefix: 2026-0?/*.csv",
    )
    flag("--include", action="append", metavar="GLOB", help="keys to take: *.gz, /2026/**")
    flag("--exclude", action="append", metavar="GLOB", help="keys to leave out: tmp/")
    flag("--min-size", type=size, metavar="SIZE", help="smallest size: 1MiB")
    flag("--max-size", type=size, metavar="SIZE", help="largest size: 1.5G")
    flag("--newer", type=moment, metavar="WHEN", help="modified since: 7d, 2026-01-01")
    flag("--older", type=moment, metavar="WHEN", help="modified before: 30d, 2026-01-01")
    flag(
        "--regex",
        action="append",
        metavar="REGEX",
        help="to be found anywhere in the key: '/\\d+/'",
    )
    argument(
        "--class",
        dest="classes",
        action="append",
        metavar="CLASS",
        help="storage classes: Standard,IA",
        completer=completion.storage_classes,
    )(add)
    argument(
        "--keys-from",
        action="append",
        metavar="FILE",
        help="keys listed in a file: .oss-failed.csv, or one key per line",
        completer=FILES,
    )(add)
    drop = subcommand(actions, "drop", "drop one rule", "filter drop 1")
    drop.add_argument("number", type=positive, help="the rule's number, as 'filter' shows it")
    subcommand(actions, "clear", "drop all rules", "filter clear")


@command(
    "filter add --suffix .gz,.csv --newer 7d",
    "filter",
    description="Show or change the filters. An object must satisfy every kind of rule, and "
    "any one of several values of the same kind; what --exclude matches is left out. Globs "
    "are relative to the prefix: those of --include and --exclude work as in .gitignore, "
    "those of --glob as in a shell.",
    adds=[add_json, _add_filter_options],
)
def filter_(console: Console, args: argparse.Namespace) -> None:
    """Show or change the filters."""
    session = console.session
    match args.action:
        case "add":
            session.selection = session.selection.merged(_added(args))
        case "drop":
            session.selection = session.selection.without(args.number)
        case "clear":
            session.selection = Selection()
        case _:
            rules = enumerate(session.selection.rules(), start=1)
            console.show(rules, RULES, as_json=args.json)
            if not session.selection:
                console.note(_("no filters: every object is selected"))


def _added(args: argparse.Namespace) -> Selection:
    added = Selection(
        suffix=several(args.suffix),
        glob=tuple(args.glob or ()),
        include=tuple(args.include or ()),
        exclude=tuple(args.exclude or ()),
        min_size=args.min_size,
        max_size=args.max_size,
        newer=args.newer,
        older=args.older,
        regex=tuple(args.regex or ()),
        storage_class=several(args.classes),
        keys_from=tuple(map(_listed, args.keys_from or ())),
    )
    if not added:
        raise UsageError(_("no rule was given"), hint="filter add --suffix .gz --min-size 1KiB")
    return added


def _listed(name: str) -> KeyList:
    path = expanded(name)
    return KeyList(path.name, frozenset(key_list.read(path)))
