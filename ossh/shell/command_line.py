"""How ossh is started: the options of its command line, and how a wrong one is refused."""

import argparse
from typing import NoReturn

import ossh
from ossh.errors import UsageError
from ossh.language import N_, _
from ossh.shell.where import add_kinds
from ossh.shell.wording import Wording, complaint
from ossh.store.route import CA_BUNDLE, PROXY, checked_bundle, checked_proxy

DESCRIPTION = N_("Explore a bucket, say what you want, and get all of it, proved.")
SHELLS = ("bash", "zsh", "fish", "powershell")  # those of ossh.shell.completion_scripts
EPILOG = N_("""examples:
  ossh oss://my-bucket/logs/               the shell, standing there
  ossh oss://my-bucket/logs/ -c get        download all of it, then leave
  ossh jobs/logs.toml -c get               go on with a job
  ossh --demo                              try it: no account, no network""")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Refuse the command line, with what was meant; what may be a secret is not repeated.

        Raises:
            UsageError: Always.
        """
        from ossh.job.privacy import holds_secret, secret_in_command
        from ossh.shell.suggestions import nearest_argument

        if holds_secret(message):
            raise secret_in_command()
        hint = _("'ossh --help' lists the options")
        if meant := nearest_argument(message, self._option_string_actions):
            hint = _("did you mean '{word}'?").format(word=meant)
        raise UsageError(complaint(message), hint=hint)


class _HelpFormatter(Wording, argparse.RawDescriptionHelpFormatter):
    pass


def _role_name(text: str) -> str:
    """Refuse as the name of a role what is where to stand: an option takes the word after it."""
    if "/" in text or text.endswith((".toml", ".ossh")):
        raise argparse.ArgumentTypeError(
            _("'{text}' is no role; write --ecs-role after it").format(text=text)
        )
    return text


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
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
        metavar="oss://BUCKET/PREFIX | JOB.toml | SCRIPT",
        help="where to stand, a job to open, or a file of commands to run",
    )
    add("-c", dest="commands", action="append", metavar="CMD", help="run a command, then leave")
    # Of both the last counts.
    add(
        "-e",
        dest="ends_at",
        action="store_const",
        const="failure",
        default="",
        help="end a script at the first line that fails in any way",
    )
    add(
        "--keep-going",
        dest="ends_at",
        action="store_const",
        const="nothing",
        help="run every line of a script, whatever becomes of those before it",
    )
    add("-t", dest="transcripts", nargs="+", metavar="FILE", help="replay transcripts, compare")
    add("--demo", action="store_true", help="use a built-in bucket on this machine")
    add("--profile", default="", metavar="P", help="whose credentials to use")
    add(
        "--ecs-role",
        nargs="?",
        const="*",
        default="",
        type=_role_name,
        metavar="NAME",
        help="use the role of this ECS instance; without a name it stands last",
    )
    add("--endpoint", default="", metavar="URL", help="where the service is")
    add("--region", default="", metavar="R", help="for example cn-hangzhou")
    add_kinds(cli)
    add("--proxy", type=checked_proxy, default="", metavar="URL", help=PROXY)
    add("--ca-bundle", type=checked_bundle, default="", metavar="FILE", help=CA_BUNDLE)
    add("--insecure", action="store_true", help="believe any certificate; the prompt shows it")
    add("--jobs-dir", default="jobs", metavar="DIR", help="where jobs are kept (jobs)")
    add("--trust", action="store_true", help="trust job files with an unusual target or endpoint")
    add("--quiet", action="store_true", help="no notes, no progress")
    add("--version", action="version", version=f"ossh {ossh.__version__}")
    cli.set_defaults(start="")  # where a script stands
    add("--selfcheck", action="store_true", help="check that every part of ossh works here")
    add("--completion", choices=SHELLS, help="print a script that lets this shell complete ossh")
    return cli
