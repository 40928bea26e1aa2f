"""ls, tree and du: what is in a bucket."""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, islice

from ossh.catalog.catalog import Prefix, deleted_objects, name_of
from ossh.catalog.tree import Total, branches, totals
from ossh.commands import options
from ossh.commands.command import argument, command, flag
from ossh.commands.interrupts import stopped_by_ctrl_c
from ossh.console.argparse_internals import Parser
from ossh.console.console import Console
from ossh.console.live_count import UntilCut, told_live
from ossh.console.parser import positive
from ossh.console.views import ls as views
from ossh.console.views.ordering import Limit, SortOrder
from ossh.console.views.table import grid
from ossh.errors import Stopped, UsageError
from ossh.language import N_, _
from ossh.model import ObjectInfo
from ossh.printable import printable
from ossh.selection import Matcher
from ossh.session import Place, resolve
from ossh.session.combinations import Situation, check, given

# Names shown side by side; a longer level is written one name per line, as it arrives.
GRID_LIMIT = 1000
_MOST_FLAWS = 20  # named

_LS_ORDERS: dict[str, SortOrder[views.Item]] = {
    "key": SortOrder(name_of),
    "size": SortOrder(
        lambda item: item.size if isinstance(item, ObjectInfo) else -1, descending=True
    ),
    "time": SortOrder(
        lambda item: item.last_modified.timestamp() if isinstance(item, ObjectInfo) else 0.0,
        descending=True,
    ),
}
_DU_ORDERS: dict[str, SortOrder[Total]] = {
    "key": SortOrder(lambda one: one.name),
    "objects": SortOrder(lambda one: one.objects, descending=True),
    "size": SortOrder(lambda one: one.size, descending=True),
}

_sorted_by = partial(argument, dest="sort", action="store_const")


def _below(
    names: str, levels: str, depth: int | None = None
) -> tuple[Callable[[Parser], object], ...]:
    """Return the arguments of what shows several levels."""
    return (
        options.prefix_argument(metavar=names),
        argument("--depth", type=positive, default=depth, metavar="N", help=levels),
        options.add_limit,
        flag("--all", help="ignore the filters"),
        options.add_json,
        options.add_filters,
    )


@command(
    "ls -lhS --limit 10",
    "ls -ltr logs/2026/",
    "ls logs/*/01/*-0[1-3].log.gz",
    "ls -R photos/",
    "ls -R logs/ --suffix .gz --newer 2026-02-01",
    "ls --versions dataset/weather/README.md",
    "ls --deleted",
    arguments=[
        options.add_names,
        flag("-l", "--long", help="also show size, time and storage class"),
        flag("-R", "--recursive", help="list every key below, not only this level"),
        flag("-h", "--human", help="show sizes such as 4.0 KiB (with -l)"),
        flag("-1", dest="one_a_line", help="list one name per line"),
        argument("--sort", choices=sorted(_LS_ORDERS), help="sort order; largest or newest first"),
        _sorted_by("-t", const="time", help="sort by time, newest first"),
        _sorted_by("-S", const="size", help="sort by size, largest first"),
        flag("-r", "--reverse", help="reverse the order"),
        options.add_limit,
        flag("-a", "--all", help="ignore the filters"),
        flag(
            "--versions",
            help="list all versions of a key, or of every key below a prefix, newest first",
        ),
        flag(
            "--deleted",
            help="list deleted objects that can still be fetched: when each was last there, and "
            "its version id",
        ),
        options.add_json,
        options.add_filters,
    ],
)
def ls(console: Console, args: argparse.Namespace) -> None:
    """List what is here, or below a prefix; the filters apply."""
    if not console.session.place.bucket and not args.names:
        check(given(vars(args)) | {Situation.BUCKETS})
        buckets = console.session.connection.buckets(fresh=True)
        console.show(buckets, views.BUCKETS, as_json=args.json)
        return
    for number, name in enumerate(args.names or [""]):
        if len(args.names) > 1 and console.is_table and not args.json:
            console.say([*([""] if number else []), f"{printable(name)}:"])
        if args.versions or args.deleted:
            _list_versions(console, name, args)
        else:
            _list(console, name, args)


def _list_versions(console: Console, name: str, args: argparse.Namespace) -> None:
    matches = _matcher(console, args, resolve(console.session.place, name))
    every = console.session.names.versions(name)
    if args.deleted:
        gone = (one for one in deleted_objects(every) if matches(one.info))
        text = _("no deleted object can be fetched")
        if console.show_in_order(gone, views.DELETED, args, {}):
            text = _(
                "'cd --as-of WHEN' shows what was there at that time; "
                "'get KEY --version-id ID' fetches one object"
            )
        console.note(text)
        return
    chosen = (one for one in every if one.is_marker or matches(one.info))
    if not console.show_in_order(chosen, views.VERSIONS, args, {}):
        raise UsageError(
            _("there is no version of '{name}'").format(name=name),
            hint=_("keys are case-sensitive; 'ls --versions' lists the versions of every key here"),
        )


def _list(console: Console, name: str, args: argparse.Namespace) -> None:
    session, filter_count = console.session, views.FilterCount()
    place, found = resolve(session.place, name), session.names.find(name)
    is_here = place.bucket == session.place.bucket
    base = session.place.folder if found.glob and is_here else found.folder
    is_in_order = args.sort in {None, "key"} and not args.reverse
    order = None if is_in_order else _LS_ORDERS[args.sort or "key"]
    limit = Limit(args.limit)
    items = session.names.contents(name, found, levels=not args.recursive)
    matches = _matcher(console, args, replace(place, prefix=found.folder))
    passing = filter_count.passing(items, matches)
    chosen = limit.of(passing, order, reverse=args.reverse)
    is_grid = console.is_table and not (args.long or args.json or args.one_a_line)
    first = list(islice(chosen, GRID_LIMIT + 1)) if is_grid else []
    if is_grid and len(first) <= GRID_LIMIT:
        console.say(grid([views.name_cell(item, base) for item in first], console.width))
    else:
        form = views.long_form(base, human=args.human) if args.long else views.short_form(base)
        console.show(chain(first, chosen), form, as_json=args.json)
    _tell_flaws(console, replace(place, prefix=found.name))
    _note_what_was_listed(console, limit, filter_count, args)


@command(
    "tree logs --depth 2",
    description="Show prefixes and objects as a tree; the filters apply. The bucket is listed "
    "one level at a time, as the tree is shown.",
    arguments=_below("PREFIX", N_("number of levels to show (all)")),
)
def tree(console: Console, args: argparse.Namespace) -> None:
    """Show prefixes and objects as a tree; the filters apply."""
    session, filter_count, limit = console.session, views.FilterCount(), Limit(args.limit)
    place = resolve(session.place, args.prefix)
    catalog = session.catalog(place)
    found = catalog.find(place.prefix)
    matches = _matcher(console, args, replace(place, prefix=found.folder))

    def level(prefix: str) -> Iterator[Prefix | ObjectInfo]:
        items = catalog.level(prefix) if found.info is None else [found.info]
        return filter_count.passing(items, matches)

    top = replace(place, prefix=found.name)
    shown = limit.of(branches(level, found.name, depth=args.depth))
    if args.json or not console.is_table:
        console.show(shown, views.BRANCHES, as_json=args.json)
    else:
        console.say(chain([top.shown], map(views.tree_line, shown)))
    _tell_flaws(console, top)
    _note_what_was_listed(console, limit, filter_count, args)


@command(
    "du logs --depth 2 --sort objects --limit 5",
    description="Show how much is below each prefix, largest first, with the total on the last "
    "line; '*' stands for the objects directly at a level. The filters apply. Ctrl-C shows "
    "what has been counted so far.",
    arguments=[
        *_below("PREFIX|GLOB", N_("number of levels to show (1)"), depth=1),
        flag("-h", "--human", help="show sizes such as 4.0 KiB to programs too"),
        argument("--sort", choices=sorted(_DU_ORDERS), default="size", help="sort order (size)"),
        flag("--reverse", help="reverse the order"),
    ],
)
def du(console: Console, args: argparse.Namespace) -> None:
    """Show how much is below each prefix, largest first."""
    filter_count, limit = views.FilterCount(), Limit(args.limit)
    names, place = console.session.names, resolve(console.session.place, args.prefix)
    found = names.find(args.prefix)
    base = found.folder if found.glob else found.name
    every = names.contents(args.prefix, found)
    objects = (one for one in every if isinstance(one, ObjectInfo))
    matches = _matcher(console, args, replace(place, prefix=found.folder))
    passing = UntilCut(filter_count.passing(objects, matches))
    counted = told_live(
        passing, lambda _info: filter_count.counts(), sys.stderr, quiet=console.quiet
    )
    below = (one for one in totals(counted, base, args.depth) if one.name != base)
    with stopped_by_ctrl_c(console, passing.cut):
        parts = [*limit.of(below, _DU_ORDERS[args.sort], reverse=args.reverse)]
    whole = Total(base, filter_count.objects, filter_count.size)
    is_by_objects = args.sort == "objects"
    form = views.total_form(whole, by_objects=is_by_objects, human=args.human, width=console.width)
    console.show([*parts, whole], form, as_json=args.json)
    _tell_flaws(console, replace(place, prefix=found.name))
    if limit.note:
        console.note(limit.note)
    if console.is_table and not args.json and any(one.is_direct for one in parts):
        console.note(_("'*' stands for the objects directly at a level"))
    if filter_count.hidden and console.is_table:
        console.note(filter_count.sentence())
    if passing.was_cut:
        text = _("stopped after {objects:,} objects; there may be more")
        raise Stopped(text.format(objects=filter_count.objects))


def _matcher(console: Console, args: argparse.Namespace, at: Place) -> Matcher:
    """Return the test of the filters; globs among the options are relative to what is named."""
    if args.all:
        return lambda _info: True
    return console.session.matcher(at, options.filters_of(args))


def _note_what_was_listed(
    console: Console, limit: Limit, filter_count: views.FilterCount, args: argparse.Namespace
) -> None:
    if limit.note or (console.is_table and not args.json):
        console.note(limit.note or filter_count.sentence())


def _tell_flaws(console: Console, listed: Place) -> None:
    """Name what is listed of an archive and cannot be read, since it contradicts itself."""
    archive = console.session.connection.archive(listed)
    if archive is None:
        return
    flaws = archive.flaws(listed.prefix)
    for key, why in islice(flaws, _MOST_FLAWS):
        console.warn(f"{key}: {why}")
    if more := sum(1 for _flaw in flaws):
        console.warn(_("{number:,} more cannot be read").format(number=more))
