"""Arguments and options that several commands share, each defined once."""

import argparse
import shlex
from collections.abc import Iterable
from functools import partial

from ossh.commands.command import argument, flag, optional, text_option
from ossh.commands.filter_options import filters_of
from ossh.console.argparse_internals import ArgumentContainer
from ossh.console.parser import connections, from_zero, positive
from ossh.printable import printable
from ossh.session import JobRequest, Session
from ossh.shard import resolve
from ossh.units import parse_rate

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

add_background = flag(
    "--background",
    help="return to the prompt at once; a script that does not 'wait' stops the job when it ends",
)

add_on_done = text_option(
    "--on-done",
    metavar="COMMAND",
    help="run COMMAND at the end; OSSH_JOB, OSSH_STATUS, OSSH_DONE and others tell it how the job "
    "went (default: the setting on_done)",
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

add_durable = flag(
    "--durable",
    help="write files through to the disk, so that they survive a power cut; slower with many "
    "small files",
)

add_mirror = flag(
    "--mirror",
    help="list the bucket again, and move files whose objects are gone to the target's trash",
)

# How much of the line a run may take.
LIMITS = (
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
)

add_wait_restore = flag(
    "--wait-restore",
    help="wait for archived objects that are being restored, and fetch each one as it thaws",
)

add_dask = text_option(
    "--dask",
    metavar="tcp://HOST:PORT",
    help="let the workers of this Dask scheduler fetch; all of them must see the target folder",
)

add_json = flag("--json", help="write JSON, one object per line")

add_events = flag(
    "--json", help="write what happens as JSON, one object per line: planned, done, failed, summary"
)

add_version = text_option(
    "--version-id",
    metavar="ID",
    help="this version of the object, even if it has since been replaced or deleted",
)

limit_option = partial(argument, "--limit", type=positive, metavar="N", help="show at most N")
add_limit = limit_option()


def add_order(parser: ArgumentContainer, orders: Iterable[str]) -> None:
    """Add what `Console.show_in_order` reads: by what a list is sorted, and how much is shown."""
    parser.add_argument("--sort", choices=[*orders], help="sort order; largest or newest first")
    parser.add_argument("--reverse", action="store_true", help="reverse the order")
    add_limit(parser)


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
    names = [shlex.quote(printable(one)) for one in request.names]
    options = request.options - JobRequest(request.names).options
    return " ".join([*names, *(["…"] if options else [])])
