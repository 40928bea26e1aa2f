"""What to fetch, where to, and for which job: arguments that several commands share."""

import argparse
from typing import TYPE_CHECKING

from ossh.session import Session
from ossh.shard import Shard, resolve
from ossh.shell.app import OsshShell

if TYPE_CHECKING:
    from argparse import _ActionsContainer


def add_names(parser: "_ActionsContainer") -> None:
    """Let a command take keys, prefixes and globs."""
    parser.add_argument(
        "names",
        nargs="*",
        metavar="KEY|PREFIX|GLOB",
        help="in a glob, '*' and '?' stop at '/' and '**' does not; a key with exactly that name "
        "wins",
        completer=OsshShell.key_complete,
        suppress_tab_hint=True,
    )


def add_job(parser: "_ActionsContainer") -> None:
    """Let a command take a job, or the open one."""
    parser.add_argument(
        "job",
        nargs="?",
        default="",
        metavar="JOB",
        help="default: the open job",
        completer=OsshShell.job_complete,
        suppress_tab_hint=True,
    )


def add_target(parser: "_ActionsContainer", where: str) -> None:
    """Let a command take a local folder; `where` says what for."""
    parser.add_argument(
        "--to",
        default="",
        metavar="DIR",
        help=where,
        completer=OsshShell.folder_complete,
        suppress_tab_hint=True,
    )


def add_inventory(parser: "_ActionsContainer") -> None:
    """Let a command read an inventory report."""
    parser.add_argument(
        "--inventory",
        default="",
        metavar="KEY",
        help="read an inventory report instead of listing the bucket: its manifest.json, or its "
        "rule's folder for the latest report; oss://BUCKET/KEY if it is in another bucket",
        completer=OsshShell.key_complete,
        suppress_tab_hint=True,
    )


def add_shard(parser: "_ActionsContainer") -> None:
    """Let a command take one of several shares."""
    parser.add_argument(
        "--shard",
        default="",
        metavar="I/N",
        help="only share I of N, by a hash of the key; use auto or auto/N in a batch array",
    )


def shard_of(session: Session, args: argparse.Namespace) -> Shard | None:
    """Return the share of the keys that the options name; None for all of them.

    Raises:
        UsageError: It is not a share, or nothing here says which one `auto` is.
    """
    return resolve(args.shard, session.environ) if args.shard else None
