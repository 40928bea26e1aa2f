"""cd, pwd, lcd and lpwd: where the user stands, in the bucket and on this machine."""

import argparse
import os
from pathlib import Path

from cmd2 import CommandSet

from ossh.errors import UsageError, reason
from ossh.language import _
from ossh.shell import completion
from ossh.shell.commands.options import argument, command
from ossh.shell.console import Console
from ossh.shell.parsing.arguments import NOW, moment_or_now
from ossh.units import format_moment


class CdCommands(CommandSet[Console]):
    DEFAULT_CATEGORY = "Browse"

    @command(
        "cd logs/2026/",
        "cd --as-of 2026-02-15 dataset/",
        "cd --as-of now",
        adds=[
            argument(
                "place",
                nargs="?",
                metavar="PLACE",
                help="a prefix, .., / (the bucket), - (where you were), or oss://BUCKET/PREFIX",
                completer=completion.prefixes,
            ),
            argument(
                "--as-of",
                type=moment_or_now,
                metavar="WHEN",
                help="show the bucket as it was at 2026-01-01T08:00, or 7d ago, if it keeps "
                "versions; 'now' shows it as it is",
            ),
        ],
    )
    def do_cd(self, args: argparse.Namespace) -> None:
        """Go to a prefix or to another bucket, now or as it was."""
        session = self._cmd.session
        if args.as_of is None:
            place = session.enter("/" if args.place is None else args.place)
        else:
            moment = None if args.as_of == NOW else args.as_of
            place = session.enter_past(moment, args.place or "")
        if place.prefix and not place.prefix.endswith("/"):
            self._cmd.note(
                _("this prefix does not end in '/': it covers every key that starts with it")
            )

    @command("pwd")
    def do_pwd(self, args: argparse.Namespace) -> None:
        """Show the current bucket and prefix."""
        place = self._cmd.session.place
        self._cmd.say([place.shown])
        if place.as_of is not None:
            self._cmd.note(_("as of {moment}").format(moment=format_moment(place.as_of)))

    @command(
        "lcd ~/data",
        adds=[
            argument(
                "folder",
                nargs="?",
                default="~",
                metavar="DIR",
                help="by default your home directory",
                completer=completion.folders,
            )
        ],
    )
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

    @command("lpwd")
    def do_lpwd(self, args: argparse.Namespace) -> None:
        """Show the current directory on this machine."""
        self._cmd.say([str(Path.cwd())])
