"""browse and guide: downloads that are chosen on a full screen, or by a few questions."""

import argparse
from contextlib import closing
from typing import TYPE_CHECKING

from ossh.commands.command import command
from ossh.commands.options import add_filters, filters_of, prefix_argument
from ossh.console.command_lines import typed
from ossh.console.console import Console
from ossh.console.views.ls import BUCKETS
from ossh.errors import STATUS_INTERRUPTED, OsshError, UsageError
from ossh.job import default_name
from ossh.language import N_, _
from ossh.model import BucketInfo
from ossh.narrowing import narrowed
from ossh.printable import printable
from ossh.session import SCHEME
from ossh.session.browsing.place import check_globs, no_bucket
from ossh.zipped import archive_keys

if TYPE_CHECKING:  # needed on the screen only
    from ossh.commands.browsing.screen import Action

ONCE_MORE = N_("Try another endpoint or other keys? [Y/n] ")


@command(
    "browse",
    "browse logs/2026/",
    description="Look around on the full screen: folders with their sizes as they are "
    "counted, sorted by name, size or age. Mark objects and folders with Space; 'd' downloads "
    "them, 'p' shows a preview, 'w' saves a job. '?' shows all keys. The filters apply.",
    arguments=[prefix_argument(metavar="PREFIX"), add_filters],
)
def browse(console: Console, args: argparse.Namespace) -> None:
    """Look around on the full screen, and mark what to download."""
    if not (console.interactive and console.is_table):
        raise UsageError(
            _("'browse' needs a person at a terminal"),
            hint=_("in a script, 'ls' lists and 'du' counts"),
        )
    session = console.session
    if not session.place.bucket and not args.prefix:
        raise no_bucket()
    place = session.names.existing_place(args.prefix) if args.prefix else session.place
    from ossh.commands.browsing.application import Screen
    from ossh.commands.browsing.screen import Action

    before = session.place, session.previous, session.selection, session.job
    target = None  # once something was done with the marks, these stay chosen
    try:
        if filters := filters_of(args):
            check_globs(session.place, place, session.selection)
            session.go_to(place)
            session.selection = narrowed(session.selection, filters)
        inside = session.place, session.previous, session.selection, session.job
        with closing(Screen(session, place)) as screen:
            action, at, name = screen.run()
            while action not in {Action.GO, Action.LEAVE}:
                if (target := _target(console, action, name)) is not None:
                    break
                console.ask(_("Enter goes back: "))
                session.place, session.previous, session.selection, session.job = inside
                action, at, name = screen.run()
        if target:
            succeeds(console, "get --to", target)
    finally:
        if target is None:
            session.place, session.previous, session.selection, session.job = before
    if action is Action.GO:
        session.go_to(at)


def _target(console: Console, action: "Action", name: str) -> str | None:
    """Show or save what is chosen; return where to download it to, "" for nowhere.

    None if it is still to be said what becomes of it.
    """
    from ossh.commands.browsing.screen import Action

    if action is Action.SAVE:
        return "" if succeeds(console, "save", name) else None
    if action is Action.GET:
        return agreed_target(console) or None
    console.session.job = None  # else it would be what a bare `preview` shows
    succeeds(console, "preview")
    return None


@command("guide")
def guide(console: Console, args: argparse.Namespace) -> None:
    """Answer a few questions and download."""
    # Each answer runs the command it stands for, which is shown, to be typed the next time.
    if not console.interactive:
        raise UsageError(
            _("the guide needs a person at the prompt"),
            hint=_("in a script, use cd, filter add and get"),
        )
    try:
        with console.unpaged():
            if not _connected(console) or not _chosen_bucket(console):
                return
            _choose_folder(console)
            _choose_filters(console)
            if target := agreed_target(console):
                succeeds(console, "get --to", target)
    except KeyboardInterrupt:
        console.note(_("the guide has stopped; 'guide' starts it again"))
        raise


def agreed_target(console: Console) -> str:
    """Show what a download of what is chosen here would fetch, and ask where to; "" is nowhere."""
    console.session.job = None  # else it would be what a bare `preview` shows
    place = console.session.place
    is_archive = any(archive_keys(place.prefix))  # members are unpacked at once, without a plan
    if not is_archive and not succeeds(console, "preview"):
        return ""
    default = default_name(place.prefix, place.bucket)  # as `get` makes it
    question = _("Download to which folder? [./{default}] ").format(default=printable(default))
    target = console.ask(question, otherwise=default)
    if console.confirms(_("Download now? [Y/n] "), otherwise="y"):
        return target
    console.note(_("nothing was downloaded"))
    return ""


def _connected(console: Console) -> bool:
    try:
        console.session.connection.credentials()
    except OsshError:
        while not succeeds(console, "connect"):
            if not console.confirms(_(ONCE_MORE), otherwise="y"):
                return False
    return True


def _chosen_bucket(console: Console) -> bool:
    if console.session.place.bucket:
        where = console.session.place.shown
        if console.confirms(_("Start from {place}? [Y/n] ").format(place=where), otherwise="y"):
            return True
    buckets = _buckets(console)
    if buckets:
        console.show(buckets, BUCKETS)
    while name := console.ask(_("Which bucket? (Enter: leave the guide) ")):
        if succeeds(console, "cd", SCHEME + name.removeprefix(SCHEME)):
            return True
    return False


def _buckets(console: Console) -> tuple[BucketInfo, ...]:
    """Return the account's buckets, none if it may not list them; ask again for wrong keys."""
    while True:
        try:
            return console.session.connection.buckets(fresh=True)
        except OsshError as error:
            console.show_failure(error)
            # Many users may use a bucket but not list all buckets.
            may_not_list = getattr(error, "code", "") == "AccessDenied"
        if may_not_list or not console.confirms(_(ONCE_MORE), otherwise="y"):
            return ()
        succeeds(console, "connect --ask")


def _choose_folder(console: Console) -> None:
    while True:
        succeeds(console, "ls")
        name = console.ask(_("Which folder? (Enter: this one) "))
        if not name:
            return
        succeeds(console, "cd", name)


def _choose_filters(console: Console) -> None:
    answer = console.ask(_("Only keys with which suffixes? (such as .gz,.csv; Enter: all keys) "))
    if console.session.selection:
        succeeds(console, "filter clear")
    if suffixes := ",".join(filter(None, map(str.strip, answer.split(",")))):
        succeeds(console, "filter add --suffix", suffixes)


def succeeds(console: Console, command: str, *arguments: str) -> bool:
    """Run a command as if it had been typed; return whether it went well."""
    console.note(f"> {typed(command, *arguments)}")
    console.run_typed(command, *arguments)
    if console.status == STATUS_INTERRUPTED:
        raise KeyboardInterrupt
    return console.status == 0
