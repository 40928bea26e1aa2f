"""Looking around: cd, pwd, ls, and the current directory on this machine."""

import argparse
import os
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from cmd2 import Cmd2ArgumentParser, CommandSet, with_argparser

from ossh.catalog import name_of
from ossh.errors import UsageError, reason
from ossh.language import _
from ossh.model import ObjectInfo
from ossh.session import contents, find, resolve
from ossh.shell import forms
from ossh.shell.app import OsshShell
from ossh.shell.arguments import add_json, add_limit, command_parser
from ossh.shell.order import Limit, Order, ordered
from ossh.shell.tally import Tally, wanted_by
from ossh.shell.text import grid
from ossh.shell.what import add_names

# Names shown side by side; a longer level is written one name per line, as it arrives.
GRID_LIMIT = 1000

_ORDERS: dict[str, Order[forms.Item]] = {
    "key": Order(name_of),
    "size": Order(lambda item: item.size if isinstance(item, ObjectInfo) else -1, descending=True),
    "time": Order(
        lambda item: item.last_modified.timestamp() if isinstance(item, ObjectInfo) else 0.0,
        descending=True,
    ),
}


class Browse(CommandSet[OsshShell]):
    """Commands that look and change nothing."""

    DEFAULT_CATEGORY = "Browse"

    @staticmethod
    def _cd_parser() -> Cmd2ArgumentParser:
        parser = command_parser("Go to a prefix or to another bucket.", "cd logs/2026/")
        parser.add_argument(
            "place",
            nargs="?",
            metavar="PLACE",
            default="/",
            help="a prefix, .., / (the bucket), - (where you were), or oss://BUCKET/PREFIX",
            completer=OsshShell.prefix_complete,
            suppress_tab_hint=True,
        )
        return parser

    @with_argparser(_cd_parser)
    def do_cd(self, args: argparse.Namespace) -> None:
        """Go to a prefix or to another bucket."""
        place = self._cmd.session.enter(args.place)
        if place.prefix and not place.prefix.endswith("/"):
            self._cmd.note(
                _("this prefix does not end in '/': it covers every key that starts with it")
            )

    @with_argparser(lambda: command_parser("Show the current bucket and prefix.", "pwd"))
    def do_pwd(self, args: argparse.Namespace) -> None:
        """Show the current bucket and prefix."""
        self._cmd.say([self._cmd.session.place.shown])

    @staticmethod
    def _ls_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "List what is here, or below a prefix; the filters apply.",
            "ls -lhS --limit 10",
            "ls -ltr logs/2026/",
            "ls logs/*/01/*-0[1-3].log.gz",
            "ls -R photos/",
            add_help=False,
        )
        add_names(parser)
        flag = parser.add_argument
        flag("-l", "--long", action="store_true", help="also show size, time and storage class")
        flag(
            "-R",
            "--recursive",
            action="store_true",
            help="list every key below, not only this level",
        )
        flag("-h", "--human", action="store_true", help="show sizes such as 4.0 KiB (with -l)")
        flag("-1", dest="one_a_line", action="store_true", help="list one name per line")
        flag("--sort", choices=sorted(_ORDERS), help="sort order; largest or newest first")
        flag(
            "-t", dest="sort", action="store_const", const="time", help="sort by time, newest first"
        )
        flag(
            "-S",
            dest="sort",
            action="store_const",
            const="size",
            help="sort by size, largest first",
        )
        flag("-r", "--reverse", action="store_true", help="reverse the order")
        add_limit(parser)
        flag("-a", "--all", action="store_true", help="ignore the filters")
        add_json(parser)
        return parser

    @with_argparser(_ls_parser)
    def do_ls(self, args: argparse.Namespace) -> None:
        """List what is here, or below a prefix; the filters apply."""
        if not self._cmd.session.place.bucket and not args.names:
            buckets = self._cmd.session.connection.buckets(fresh=True)
            self._cmd.show(buckets, forms.BUCKETS, as_json=args.json)
            return
        for name in args.names or [""]:
            self._list(name, args)

    def _list(self, name: str, args: argparse.Namespace) -> None:
        session, tally = self._cmd.session, Tally()
        found = find(session, name)
        is_elsewhere = resolve(session.place, name).bucket != session.place.bucket
        base = session.place.folder if found.glob and not is_elsewhere else found.folder
        is_in_order = args.sort in {None, "key"} and not args.reverse
        order = None if is_in_order else _ORDERS[args.sort or "key"]
        # Looking for one more that passes the filters might take as long as listing them all.
        limit = Limit(args.limit, bool(args.all or order or not session.selection))
        items = contents(session, name, found, levels=not args.recursive)
        passing = tally.of(items, wanted_by(session, is_all=args.all))
        chosen = limit.of(ordered(passing, order, reverse=args.reverse, limit=limit.wanted))
        if args.long or args.json or args.one_a_line or not self._cmd.is_table:
            long = forms.long_form(base, human=args.human)
            form = long if args.long else forms.short_form(base)
            self._cmd.show(chosen, form, as_json=args.json)
        else:
            self._grid(chosen, base)
        if limit.said or (self._cmd.is_table and not args.json):
            self._cmd.note(limit.said or tally.sentence())

    def _grid(self, chosen: Iterator[forms.Item], base: str) -> None:
        first = list(islice(chosen, GRID_LIMIT + 1))
        if len(first) <= GRID_LIMIT:
            width = shutil.get_terminal_size().columns
            cells = [forms.grid_cell(item, base) for item in first]
            self._cmd.say(grid(cells, width, self._cmd.paint))
            return
        self._cmd.show((item for part in (first, chosen) for item in part), forms.short_form(base))

    @staticmethod
    def _lcd_parser() -> Cmd2ArgumentParser:
        parser = command_parser("Change the current directory on this machine.", "lcd ~/data")
        parser.add_argument(
            "folder",
            nargs="?",
            default="~",
            metavar="DIR",
            help="by default your home directory",
            completer=OsshShell.folder_complete,
            suppress_tab_hint=True,
        )
        return parser

    @with_argparser(_lcd_parser)
    def do_lcd(self, args: argparse.Namespace) -> None:
        """Change the current directory on this machine."""
        try:
            os.chdir(Path(args.folder).expanduser())
        except OSError as error:
            raise UsageError(
                _("cannot go to '{folder}': {reason}").format(
                    folder=args.folder, reason=reason(error)
                )
            ) from error
        except RuntimeError as error:  # there is no home
            raise UsageError(
                _("cannot go to '{folder}': {error}").format(folder=args.folder, error=error)
            ) from error

    @with_argparser(lambda: command_parser("Show the current directory on this machine.", "lpwd"))
    def do_lpwd(self, args: argparse.Namespace) -> None:
        """Show the current directory on this machine."""
        self._cmd.say([str(Path.cwd())])
