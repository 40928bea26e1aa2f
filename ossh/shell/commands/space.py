"""Where the bytes are: tree, du."""

import argparse
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from cmd2 import Cmd2ArgumentParser, CommandSet, with_argparser

from ossh.catalog import Prefix, Total, branches, totals
from ossh.errors import Stopped
from ossh.language import N_, _
from ossh.model import ObjectInfo
from ossh.session import contents, find, resolve
from ossh.shell.app import OsshShell
from ossh.shell.arguments import add_json, add_limit, command_parser, positive
from ossh.shell.drawing import bar_width, tree_line
from ossh.shell.order import Limit, Order, ordered
from ossh.shell.output import is_utf8
from ossh.shell.space import BRANCHES, total_form
from ossh.shell.tally import Tally, wanted_by

_MOST_TOTALS = 100_000  # prefixes that are held in memory to sort them
_ORDERS: dict[str, Order[Total]] = {
    "key": Order(lambda one: one.name),
    "objects": Order(lambda one: one.objects, descending=True),
    "size": Order(lambda one: one.size, descending=True),
}


class Space(CommandSet[OsshShell]):
    """Commands that show how a bucket is filled."""

    DEFAULT_CATEGORY = "Browse"

    @staticmethod
    def _parser(does: str, names: str, example: str, depth: int | None) -> Cmd2ArgumentParser:
        parser = command_parser(does, example)
        parser.add_argument(
            "prefix",
            nargs="?",
            default="",
            metavar=names,
            help="by default the current prefix",
            completer=OsshShell.prefix_complete,
            suppress_tab_hint=True,
        )
        flag = parser.add_argument
        levels = (
            N_("number of levels to show (all)")
            if depth is None
            else N_("number of levels to show (1)")
        )
        flag("--depth", type=positive, default=depth, metavar="N", help=levels)
        add_limit(parser)
        flag("--all", action="store_true", help="ignore the filters")
        add_json(parser)
        return parser

    @staticmethod
    def _tree_parser() -> Cmd2ArgumentParser:
        return Space._parser(
            "Show prefixes and objects as a tree; the filters apply. The bucket is listed one "
            "level at a time, as the tree is shown.",
            "PREFIX",
            "tree logs --depth 2",
            None,
        )

    @with_argparser(_tree_parser)
    def do_tree(self, args: argparse.Namespace) -> None:
        """Show prefixes and objects as a tree; the filters apply."""
        session, tally, limit = self._cmd.session, Tally(), Limit(args.limit)
        place = resolve(session.place, args.prefix)
        catalog, wanted = session.catalog(place), wanted_by(session, is_all=args.all)
        found = catalog.find(place.prefix)

        def level(prefix: str) -> Iterator[Prefix | ObjectInfo]:
            if found.info is not None:
                return tally.of([found.info], wanted)
            return tally.of(catalog.level(prefix), wanted)

        shown = limit.of(branches(level, found.name, depth=args.depth))
        if args.json or not self._cmd.is_table:
            self._cmd.show(shown, BRANCHES, as_json=args.json)
        else:
            is_ascii = not is_utf8(self._cmd.stdout)
            lines = (tree_line(one, self._cmd.paint, ascii_only=is_ascii) for one in shown)
            self._cmd.say(chain([replace(place, prefix=found.name).shown], lines))
        if limit.said or (self._cmd.is_table and not args.json):
            self._cmd.note(limit.said or tally.sentence())

    @staticmethod
    def _du_parser() -> Cmd2ArgumentParser:
        parser = Space._parser(
            "Show how much is below each prefix, largest first, with the total on the last line; "
            "'*' stands for the objects directly at a level. The filters apply. Ctrl-C shows what "
            "has been counted so far.",
            "PREFIX|GLOB",
            "du logs --depth 2 --sort objects --limit 5",
            1,
        )
        flag = parser.add_argument
        flag("--sort", choices=sorted(_ORDERS), default="size", help="sort order (size)")
        flag("--reverse", action="store_true", help="reverse the order")
        return parser

    @with_argparser(_du_parser)
    def do_du(self, args: argparse.Namespace) -> None:
        """Show how much is below each prefix, largest first."""
        session, tally, limit = self._cmd.session, Tally(), Limit(args.limit)
        found = find(session, args.prefix)
        base = found.folder if found.glob else found.name
        every = contents(session, args.prefix, found)
        objects = (one for one in every if isinstance(one, ObjectInfo))
        passing = tally.of(objects, wanted_by(session, is_all=args.all))
        counted = tally.shown_on(sys.stderr, passing, quiet=self._cmd.quiet)
        parts = _parts(totals(counted, base, args.depth), base, args, limit)
        whole = Total(base, tally.objects, tally.size)
        form = total_form(
            whole,
            by_objects=args.sort == "objects",
            bar_width=bar_width(shutil.get_terminal_size().columns),
            ascii_only=not is_utf8(self._cmd.stdout),
        )
        self._cmd.show([*parts, whole], form, as_json=args.json)
        if limit.said:
            self._cmd.note(limit.said)
        if tally.hidden and self._cmd.is_table:
            self._cmd.note(tally.sentence())
        if tally.is_cut:
            raise Stopped(
                _("stopped after {objects:,} objects; there may be more").format(
                    objects=tally.objects
                )
            )


def _parts(
    found: Iterable[Total], base: str, args: argparse.Namespace, limit: Limit
) -> list[Total]:
    """Return the totals of what is below `base` that are shown, in their order."""
    inner = (one for one in found if one.name != base)
    picked = ordered(
        inner,
        _ORDERS[args.sort],
        reverse=args.reverse,
        limit=limit.wanted,
        most=_MOST_TOTALS,
    )
    return list(limit.of(picked))
