"""The options of ossh's command line, and how a wrong one is refused."""

import argparse
import shlex
from collections.abc import Sequence
from typing import NoReturn

import ossh
from ossh.command_line.completion_scripts import SCRIPTS
from ossh.commands.connection_options import add_connection
from ossh.console.argparse_internals import ArgumentContainer, Parser
from ossh.language import N_

DESCRIPTION = N_(
    "The shell for Alibaba Cloud OSS: explore a bucket, choose what you want, "
    "and download all of it, verified, whatever happens along the way."
)
EPILOG = N_("""examples:
  ossh ls oss://my-bucket/             what is in a bucket
  ossh get oss://my-bucket/logs/ logs  download all of a prefix into a folder
  ossh get --help                      what get can do
  ossh oss://my-bucket/logs/           open the shell in that prefix
  ossh --demo                          try it out: no account, no network

'ossh help' lists the commands.""")


class _Parser(Parser):
    explains = N_("'ossh --help' lists the options")

    def hint_for_unknown(self, words: Sequence[str]) -> str:
        from ossh.command_line.first_word import hint_for_more  # needed for mistakes alone

        return super().hint_for_unknown(words) or hint_for_more(words[0])

    def error(self, message: str, hint: str = "") -> NoReturn:
        """Refuse the command line; what may be a secret is not repeated."""
        from ossh.job.secrets import holds_secret, secret_in_command  # loads all of a job

        if holds_secret(message):
            raise secret_in_command()
        super().error(message, hint)


def add_shared(parser: ArgumentContainer) -> None:
    """Add what stands before a command or behind it: how to connect, and where jobs are kept."""
    add = parser.add_argument
    add("--demo", action="store_true", help="use the built-in bucket on this machine")
    add_connection(parser)
    add(
        "--jobs-dir",
        default="",
        metavar="DIR",
        help="where new jobs are kept; by default ./jobs if it exists, else your own folder",
    )
    add("--trust", action="store_true", help="trust job files with an unusual target or endpoint")
    add("--quiet", action="store_true", help="show no notes and no progress")


def parser() -> argparse.ArgumentParser:
    cli = _Parser(prog="ossh", description=DESCRIPTION, epilog=EPILOG)
    add = cli.add_argument
    add(
        "target",
        nargs="?",
        default="",
        metavar="COMMAND | oss://BUCKET/PREFIX | JOB.toml | SCRIPT.ossh",
        help="a command; or where to start the shell, a job to open in it, a script to run",
    )
    add(
        "-c",
        dest="commands",
        action="extend",
        type=lambda text: text.splitlines() or [""],
        metavar="CMD",
        help="run a command, then exit",
    )
    # The last of these two counts.
    add(
        "-e",
        dest="ends_at",
        action="store_const",
        const="-e",
        default="",
        help="stop a script at the first line that fails in any way",
    )
    add(
        "--keep-going",
        dest="ends_at",
        action="store_const",
        const="--keep-going",
        help="run every line of a script, even after some have failed",
    )
    add(
        "-t",
        dest="transcripts",
        nargs="+",
        metavar="FILE",
        help="replay transcripts and compare the output",
    )
    add_shared(cli)
    add("--version", action="version", version=f"ossh {ossh.__version__}")
    cli.set_defaults(start="")  # where a script stands
    add(
        "--selfcheck",
        action="store_true",
        help="check that every part of ossh works on this machine",
    )
    add("--completion", choices=SCRIPTS, help="print a completion script for this shell")
    # For such a script.
    add("--complete", nargs=2, metavar=("SHELL", "LINE"), help=argparse.SUPPRESS)
    return cli


def beginning(args: argparse.Namespace) -> str:
    """Return how another line begins that is to find the same jobs and, of --demo, the bucket."""
    words = ["ossh", *["--demo"] * args.demo]
    if args.jobs_dir:
        words += ["--jobs-dir", args.jobs_dir]
    return shlex.join(words)
