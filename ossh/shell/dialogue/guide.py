"""A first download, guided by questions: where, as whom, which bucket, what, where to."""

import os
from contextlib import suppress
from pathlib import Path

from ossh.errors import STATUS_INTERRUPTED, OsshError, UsageError, reason
from ossh.job import default_name
from ossh.language import N_, _
from ossh.model import BucketInfo
from ossh.printable import printable
from ossh.selection import Selection
from ossh.session import SCHEME, Options
from ossh.shell.console import Console
from ossh.shell.dialogue.questions import ask_credentials
from ossh.shell.parsing.arguments import several
from ossh.shell.views.ls import BUCKETS
from ossh.store.credentials import Provider
from ossh.zipped import archive_keys

ONCE_MORE = N_("Try another endpoint or other keys? [Y/n] ")


def offer(shell: Console) -> None:
    """Offer the guide at a first start; Ctrl-C and Ctrl-D mean no."""
    shell.note(
        _("This looks like your first start. The guide asks a few questions, then downloads;")
    )
    shell.note(_("'ossh --demo' gives you a bucket to play with."))
    try:
        wants_guide = shell.confirms(_("Start the guide now? [y/N] "))
    except (UsageError, KeyboardInterrupt):
        return
    if wants_guide:
        with suppress(KeyboardInterrupt):  # the guide was left
            _run(shell, "guide")
    else:
        shell.note(_("'guide' starts it later"))


def lead(shell: Console) -> None:
    """Ask for everything a download needs, show what it would fetch, and fetch it.

    Each answer runs the command it stands for. The command is shown, to be typed the next time.

    Raises:
        UsageError: There is nobody to ask.
    """
    if not shell.interactive:
        raise UsageError(
            _("the guide needs a person at the prompt"),
            hint=_("in a script, use cd, filter add and get"),
        )
    try:
        _lead(shell)
    except KeyboardInterrupt:
        shell.note(_("the guide has stopped; 'guide' starts it again"))
        raise


def _lead(shell: Console) -> None:
    if not _connected(shell) or not _chosen_bucket(shell):
        return
    _choose_folder(shell)
    _choose_filters(shell)
    if target := agreed_target(shell):
        succeeds(shell, f"get --to {quoted(target)}")


def agreed_target(shell: Console) -> str:
    """Show what a download of what is chosen here would fetch, and ask where to; "" is nowhere."""
    shell.session.job = None  # else it would be what a bare `preview` shows
    place = shell.session.place
    is_archive = any(archive_keys(place.prefix))  # members are unpacked at once, without a plan
    if not is_archive and not succeeds(shell, "preview"):
        return ""
    target = _target(shell, default_name(place.prefix, place.bucket))  # as `get` makes it
    if shell.confirms(_("Download now? [Y/n] "), otherwise="y"):
        return target
    shell.note(_("nothing was downloaded"))
    return ""


def _connected(shell: Console) -> bool:
    try:
        shell.session.connection.credentials()
    except OsshError:
        while not succeeds(shell, "connect"):
            if not shell.confirms(_(ONCE_MORE), otherwise="y"):
                return False
    return True


def _with_other_keys(shell: Console) -> None:
    """Connect with keys that are asked for, wherever the ones that failed came from."""
    try:
        keys = ask_credentials(shell, are_missing=False)
        shell.session.connect(Options(endpoint=keys.endpoint), provider=Provider(lambda: keys))
    except OsshError as error:
        shell.pexcept(error)  # the old ones stay, and fail again if they are used


def _chosen_bucket(shell: Console) -> bool:
    if shell.session.place.bucket:
        where = shell.session.place.shown
        if shell.confirms(_("Start from {place}? [Y/n] ").format(place=where), otherwise="y"):
            return True
    buckets = _buckets(shell)
    if buckets:
        shell.show(buckets, BUCKETS)
    default = buckets[0].name if len(buckets) == 1 else ""
    question = _("Which bucket? (Enter: leave the guide) ")
    if default:
        question = _("Which bucket? [{default}] ").format(default=default)
    while name := shell.ask(question, otherwise=default):
        if succeeds(shell, f"cd {quoted(SCHEME + name.removeprefix(SCHEME))}"):
            return True
    return False


def _buckets(shell: Console) -> tuple[BucketInfo, ...]:
    """Return the account's buckets, none if it may not list them; ask again for wrong keys."""
    while True:
        try:
            return shell.session.connection.buckets(fresh=True)
        except OsshError as error:
            shell.pexcept(error)
            # Many users may use a bucket but not list all buckets.
            if getattr(error, "code", "") == "AccessDenied":
                return ()
            if not shell.confirms(_(ONCE_MORE), otherwise="y"):
                return ()
        _with_other_keys(shell)


def _choose_folder(shell: Console) -> None:
    while True:
        succeeds(shell, "ls")
        name = shell.ask(_("Which folder? (Enter: this one) "))
        if not name:
            return
        succeeds(shell, f"cd {quoted(name)}")


def _choose_filters(shell: Console) -> None:
    answer = shell.ask(_("Only keys that end in? (such as .gz,.csv; Enter: all keys) "))
    if answer:
        shell.session.selection = Selection()
        suffixes = ",".join(several([answer]))
        succeeds(shell, f"filter add --suffix {quoted(suffixes)}")


def _target(shell: Console, default: str) -> str:
    """Return a folder of this machine that files can be written to."""
    while True:
        name = shell.ask(
            _("Download to which folder? [./{default}] ").format(default=printable(default)),
            otherwise=default,
        )
        if not (problem := _problem(name)):
            return name
        shell.show_error(problem)


def _problem(folder: str) -> str:
    """Return why nothing can be written to a folder, which need not exist yet; "" if it can."""
    try:
        path = Path.cwd() / Path(folder).expanduser()
        nearest = next(one for one in (path, *path.parents) if one.exists())
        quoted(folder)
    except (OSError, RuntimeError, ValueError, UsageError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        return _("cannot use '{name}': {reason}").format(name=folder, reason=why)
    if not nearest.is_dir():
        return _("'{name}' is a file, not a folder").format(name=nearest)
    if not os.access(nearest, os.W_OK):
        return _("'{name}' is not writable").format(name=nearest)
    return ""


def succeeds(shell: Console, command: str) -> bool:
    """Run a command as if it had been typed; tell whether it went well."""
    shell.note(f"> {printable(command)}")
    _run(shell, command)
    return shell.status == 0


def _run(shell: Console, command: str) -> None:
    if shell.onecmd_plus_hooks(command):  # told to end: by SIGTERM, or the terminal was closed
        raise SystemExit(shell.exit_code)
    if shell.status == STATUS_INTERRUPTED:
        raise KeyboardInterrupt


def quoted(text: str) -> str:
    if '"' not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    raise UsageError(_("a name with both kinds of quotes cannot be typed here"))
