"""The options of ossh's command line, and how a wrong one is refused."""

import argparse
from collections.abc import Sequence
from typing import NoReturn

import ossh
from ossh.commands.endpoint_options import add_endpoint_kinds
from ossh.console.argparse_internals import ArgumentContainer, RefusingParser, Wording
from ossh.language import N_, _
from ossh.store.transport_options import CA_BUNDLE, PROXY, checked_bundle, checked_proxy

DESCRIPTION = N_(
    "The shell for Alibaba Cloud OSS: explore a bucket, choose what you want,\n"
    "and download all of it, verified, whatever happens along the way."
)
SHELLS = ("bash", "zsh", "fish", "powershell")  # those of ossh.command_line.completion_scripts
COMPLETE = "--complete"  # how a completion script asks what may follow
EPILOG = N_("""examples:
  ossh ls oss://my-bucket/                 what is in a bucket
  ossh get oss://my-bucket/logs/ logs      download all of a prefix into a folder
  ossh get --help                          what get can do
  ossh oss://my-bucket/logs/               open the shell in that prefix
  ossh --demo                              try it out: no account, no network

'ossh help' lists the commands.""")


class _Parser(RefusingParser):
    def hint_for_unknown(self, words: Sequence[str]) -> str:
        from ossh.command_line.first_word import hint_for_more  # needed for mistakes alone

        return super().hint_for_unknown(words) or hint_for_more(words[0])

    def error(self, message: str, hint: str = "") -> NoReturn:
        """Refuse the command line; what may be a secret is not repeated."""
        from ossh.job.secrets import holds_secret, secret_in_command  # loads all of a job

        if holds_secret(message):
            raise secret_in_command()
        super().error(message, hint or _("'ossh --help' lists the options"))


class _HelpFormatter(Wording, argparse.RawDescriptionHelpFormatter):
    pass


def _role_name(text: str) -> str:
    """Refuse a place as the name of a role: the option takes the word after it."""
    if "/" in text or text.endswith((".toml", ".ossh")):
        raise argparse.ArgumentTypeError(
            _("'{text}' is not a role name; put --ecs-role after it").format(text=text)
        )
    return text


def add_connection(parser: ArgumentContainer) -> None:
    """Let `ossh`, before a command or behind it, say how to connect and where jobs are kept."""
    add = parser.add_argument
    add("--demo", action="store_true", help="use the built-in bucket on this machine")
    add("--profile", default="", metavar="P", help="the profile whose credentials to use")
    add(
        "--ecs-role",
        nargs="?",
        const="*",
        default="",
        type=_role_name,
        metavar="NAME",
        help="use the role of this ECS instance; without a NAME, put this option last",
    )
    add("--endpoint", default="", metavar="URL", help="the endpoint of the service")
    add("--region", default="", metavar="R", help="the region, for example cn-hangzhou")
    add_endpoint_kinds(parser)
    add("--proxy", type=checked_proxy, default="", metavar="URL", help=PROXY)
    add("--ca-bundle", type=checked_bundle, default="", metavar="FILE", help=CA_BUNDLE)
    add(
        "--insecure", action="store_true", help="accept any certificate; the prompt shows a warning"
    )
    add(
        "--jobs-dir",
        default="",
        metavar="DIR",
        help="where new jobs are kept; by default ./jobs if it exists, else your own folder",
    )
    add("--trust", action="store_true", help="trust job files with an unusual target or endpoint")
    add("--quiet", action="store_true", help="show no notes and no progress")


def parser() -> argparse.ArgumentParser:
    cli = _Parser(
        prog="ossh",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=_HelpFormatter,
        allow_abbrev=False,
    )
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
        const="failure",
        default="",
        help="stop a script at the first line that fails in any way",
    )
    add(
        "--keep-going",
        dest="ends_at",
        action="store_const",
        const="nothing",
        help="run every line of a script, even after some have failed",
    )
    add(
        "-t",
        dest="transcripts",
        nargs="+",
        metavar="FILE",
        help="replay transcripts and compare the output",
    )
    add_connection(cli)
    add("--version", action="version", version=f"ossh {ossh.__version__}")
    cli.set_defaults(start="")  # where a script stands
    add(
        "--selfcheck",
        action="store_true",
        help="check that every part of ossh works on this machine",
    )
    add("--completion", choices=SHELLS, help="print a completion script for this shell")
    add(
        "--complete", nargs=2, metavar=("SHELL", "LINE"), help=argparse.SUPPRESS
    )  # for such a script
    return cli
