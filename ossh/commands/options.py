"""Arguments and options that several commands share, each defined once; the filters, too."""

import argparse
from collections.abc import Iterable
from dataclasses import fields
from functools import partial
from typing import Any

from ossh.commands.command import argument, flag, optional, text_option
from ossh.console.argparse_internals import ArgumentContainer, Parser
from ossh.console.parser import connections, from_zero, listed, positive
from ossh.job import key_list
from ossh.language import N_
from ossh.paths import expanded
from ossh.printable import as_word, printable
from ossh.selection import KeyList, Selection
from ossh.session import JobRequest, Session
from ossh.shard import resolve
from ossh.units import parse_moment, parse_rate, parse_size

add_names = argument(
    "names",
    nargs="*",
    metavar="KEY|PREFIX|GLOB",
    help="in a glob, '*' and '?' stop at '/' and '**' does not; a key with exactly that name wins",
)

prefix_argument = partial(optional, "prefix", help="by default the current prefix")

add_key = argument("key", metavar="KEY|GLOB")

# A job that need not be named; its help says which it is then.
job_argument = partial(optional, "job", metavar="JOB", help="default: the open job")

target_option = partial(argument, "--to", dest="directory", default="", metavar="DIR")

add_inventory = text_option(
    "--inventory",
    metavar="KEY",
    help="read an inventory report instead of listing the bucket: its manifest.json, or its "
    "rule's folder for the latest report; oss://BUCKET/KEY if it is in another bucket",
)

add_shard = text_option(
    "--shard",
    metavar="I/N",
    help="only share I of N, by a hash of the key; use auto or auto/N in a batch array",
)

# What leaves out folders of keys in the target.
LAYOUT = (
    flag("--flat", help="put all files into one folder; rename duplicates"),
    argument(
        "--strip-prefix",
        type=from_zero,
        metavar="N",
        help="strip N leading folders; a key with fewer keeps its last part",
    ),
)

add_adopt = flag(
    "--adopt",
    help="reuse files that are already here, after comparing checksums; they get the dates of "
    "their objects, and only the rest is fetched",
)

add_replace = flag(
    "--replace",
    help="for this run, move files and links that are in the way to the target's trash; folders "
    "and read-only files stay",
)

add_mirror = flag(
    "--mirror",
    help="list the bucket again, and move files whose objects are gone to the target's trash",
)

add_wait_restore = flag(
    "--wait-restore",
    help="wait for archived objects that are being restored, and fetch each one as it thaws",
)

# What every run of a job takes.
OF_A_RUN = (
    add_replace,
    flag(
        "--durable",
        help="write files through to the disk, so that they survive a power cut; slower with many "
        "small files",
    ),
    text_option(
        "--dask",
        metavar="tcp://HOST:PORT",
        help="let the workers of this Dask scheduler fetch; all of them must see the target folder",
    ),
    text_option(
        "--on-done",
        metavar="COMMAND",
        help="run COMMAND at the end, without a shell (for pipes and variables: sh -c); "
        "OSSH_JOB, OSSH_STATUS, OSSH_DONE and others tell it how the job went (default: the "
        "setting on_done)",
    ),
    argument(
        "--connections",
        type=connections,
        metavar="N",
        help="at most so many connections, this time: 1 to 1024",
    ),
    argument(
        "--rate",
        type=parse_rate,
        metavar="SIZE",
        help="at most so many bytes per second, this time: 5MiB; 0 is no limit",
    ),
    flag(
        "--background",
        help="return to the prompt at once; a script that does not 'wait' stops the job when it "
        "ends",
    ),
    flag(
        "--json",
        help="write what happens as JSON, one object per line: planned, done, failed, summary",
    ),
)

add_json = flag("--json", help="write JSON, one object per line")

add_version = text_option(
    "--version-id",
    metavar="ID",
    help="this version of the object, even if it has since been replaced or deleted",
)

limit_option = partial(argument, "--limit", type=positive, metavar="N", help="show at most N")
add_limit = limit_option()

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
    argument(
        "--newer",
        type=parse_moment,
        metavar="WHEN",
        help="modified since: 7d, or a date in local time: 2026-01-01",
    ),
    argument(
        "--older",
        type=parse_moment,
        metavar="WHEN",
        help="modified before: 30d, or a date in local time: 2026-01-01",
    ),
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
        help="keys listed in a file: .oss-failed.csv, or one key per line; - for stdin",
    ),
)


def add_order(parser: ArgumentContainer, orders: Iterable[str]) -> None:
    """Add what `Console.show_in_order` reads: by what a list is sorted, and how much is shown."""
    parser.add_argument("--sort", choices=[*orders], help="sort order; largest or newest first")
    parser.add_argument("--reverse", action="store_true", help="reverse the order")
    add_limit(parser)


def add_filters(parser: Parser) -> None:
    group = parser.add_argument_group(
        N_("filters"), N_("narrow what the filters of the session let through, this time")
    )
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


def request_of(session: Session, args: argparse.Namespace) -> JobRequest:
    """Return what the arguments and options of a command ask of a job.

    Raises:
        UsageError: The share is none, or nothing here says which one `auto` is; or a filter cannot
            be read.
    """
    asked = {
        name: one
        for name, one in vars(args).items()
        if name in JobRequest.__annotations__ and one is not None
    }
    asked["names"] = tuple(asked.get("names", ()))
    asked["shard"] = resolve(args.shard, session.environ) if asked.get("shard") else None
    return JobRequest(filters=filters_of(args), **asked)


def words_of(request: JobRequest) -> str:
    """Return what to type after another command for the same objects; "…" stands for options."""
    names = [as_word(printable(one)) for one in request.names]
    options = request.options - JobRequest(request.names).options
    return " ".join([*names, *(["…"] if options else [])])
