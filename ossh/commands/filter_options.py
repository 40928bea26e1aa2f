"""The filters as options: of `filter add`, and of each command that they narrow."""

import argparse
from dataclasses import fields
from functools import partial
from typing import Any

from ossh.commands.command import argument
from ossh.console.parser import Parser, listed
from ossh.job import key_list
from ossh.language import N_
from ossh.paths import expanded
from ossh.selection import KeyList, Selection
from ossh.units import parse_moment, parse_size

_TITLE, _ABOUT = N_("filters"), N_("narrow what the filters of the session let through, this time")

_FIELDS = {one.name for one in fields(Selection)} - {"shard", "keys_from"}  # an option has its name
_several = partial(argument, action="append")
_list = partial(argument, action="extend", type=listed)

# An option for each kind of filter.
FILTER_OPTIONS = (
    _list("--suffix", metavar=".EXT", help="key suffixes: .gz,.csv"),
    _several("--glob", metavar="GLOB", help="a glob, relative to the prefix: 2026-0?/*.csv"),
    _several("--include", metavar="GLOB", help="keys to include: *.gz, /2026/**"),
    _several("--exclude", metavar="GLOB", help="keys to exclude: tmp/"),
    argument("--min-size", type=parse_size, metavar="SIZE", help="minimum size: 1MiB"),
    argument("--max-size", type=parse_size, metavar="SIZE", help="maximum size: 1.5G"),
    argument("--newer", type=parse_moment, metavar="WHEN", help="modified since: 7d, 2026-01-01"),
    argument("--older", type=parse_moment, metavar="WHEN", help="modified before: 30d, 2026-01-01"),
    _several(
        "--regex",
        metavar="REGEX",
        help="a regular expression, matched anywhere in the key: '/\\d+/'",
    ),
    _list("--class", dest="storage_class", metavar="CLASS", help="storage classes: Standard,IA"),
    _several(
        "--keys-from",
        dest="key_lists",
        metavar="FILE",
        help="keys listed in a file: .oss-failed.csv, or one key per line",
    ),
)


def add_filters(parser: Parser) -> None:
    """Add what narrows the filters of the session for one command."""
    group = parser.add_argument_group(_TITLE, _ABOUT)
    for add in FILTER_OPTIONS:
        add(group)


def filters_of(args: argparse.Namespace) -> Selection:
    """Return the filters that the options of a command say; none, where it has no such options.

    Raises:
        UsageError: One cannot be read.
    """
    rules: dict[str, Any] = {
        name: tuple(dict.fromkeys(one)) if isinstance(one, list) else one  # each value once
        for name, one in vars(args).items()
        if name in _FIELDS and one is not None
    }
    return Selection(**rules, keys_from=tuple(map(_listed, vars(args).get("key_lists") or ())))


def _listed(name: str) -> KeyList:
    path = expanded(name)
    return KeyList(path.name, frozenset(key_list.read(path)))
