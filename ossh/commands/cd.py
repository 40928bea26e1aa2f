"""cd, pwd: where in the bucket the user stands; lcd, lpwd: and where on this machine."""

import argparse
import os
from pathlib import Path

from ossh.commands.command import argument, command, optional
from ossh.console.console import Console
from ossh.console.parser import NOW, moment_or_now
from ossh.errors import UsageError, reason
from ossh.language import _
from ossh.paths import expanded
from ossh.units import format_moment


@command(
    "cd logs/2026/",
    "cd --as-of 2026-02-15 dataset/",
    "cd --as-of now",
    arguments=[
        optional(
            "place",
            metavar="PLACE",
            help="a prefix, .., / (the bucket), - (where you were), or oss://BUCKET/PREFIX",
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
def cd(console: Console, args: argparse.Namespace) -> None:
    """Go to a prefix or to another bucket, now or as it was."""
    session = console.session
    if args.as_of is None:
        place = session.enter(args.place or "/")
    else:
        moment = None if args.as_of == NOW else args.as_of
        place = session.enter_past(moment, args.place)
    if place.prefix and not place.prefix.endswith("/"):
        console.note(_("this prefix does not end in '/': it covers every key that starts with it"))


@command("pwd")
def pwd(console: Console, args: argparse.Namespace) -> None:
    """Show the current bucket and prefix."""
    place = console.session.place
    console.say([place.shown])
    if place.as_of is not None:
        console.note(_("as of {moment}").format(moment=format_moment(place.as_of)))


@command(
    "lcd ~/data",
    arguments=[
        optional("folder", default="~", metavar="DIR", help="by default your home directory")
    ],
)
def lcd(console: Console, args: argparse.Namespace) -> None:
    """Change the current directory on this machine."""
    try:
        os.chdir(expanded(args.folder))
    except OSError as error:
        raise UsageError(
            _("cannot go to '{folder}': {reason}").format(folder=args.folder, reason=reason(error))
        ) from error


@command("lpwd")
def lpwd(console: Console, args: argparse.Namespace) -> None:
    """Show the current directory on this machine."""
    console.say([str(Path.cwd())])
