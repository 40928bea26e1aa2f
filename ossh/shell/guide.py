"""A first download, led by questions: where, as whom, which bucket, what, whereto."""

from typing import TYPE_CHECKING

from ossh.errors import OsshError, UsageError
from ossh.paths import printable
from ossh.selection import Selection
from ossh.session import SCHEME
from ossh.shell import forms
from ossh.shell.arguments import several
from ossh.shell.text import YES

if TYPE_CHECKING:
    from ossh.shell.app import OsshShell


def offer(shell: "OsshShell") -> None:
    """Ask at a first start whether to be led; an answer other than yes is a no."""
    shell.note("This seems to be your first start. The guide asks a few questions and downloads;")
    shell.note("'ossh --demo' has a bucket to play with.")
    try:
        answer = shell.ask("Start the guide now? [y/N] ")
    except (UsageError, KeyboardInterrupt):
        return
    if answer.lower() in YES:
        _run(shell, "guide")
        shell.renew_prompt()


def lead(shell: "OsshShell") -> None:
    """Ask for everything a download needs, show what it would fetch, and fetch it.

    Each answer is done as the command it stands for, which is shown, so that the next time one
    can type it.

    Raises:
        UsageError: There is nobody to ask.
    """
    if not shell.interactive:
        raise UsageError(
            "the guide needs a person at the prompt", hint="in a script: cd, filter add, get"
        )
    if not _connected(shell) or not _chosen_bucket(shell) or not _chosen_prefix(shell):
        return
    _choose_filters(shell)
    if not _done(shell, "preview"):
        return
    place = shell.session.place
    folder = place.prefix.rstrip("/").rpartition("/")[2] or place.bucket
    target = shell.ask(f"Download to which folder? [./{printable(folder)}] ", otherwise=folder)
    if shell.ask("Download now? [Y/n] ", otherwise="y").lower() in YES:
        _done(shell, f"get --to {_quoted(target)}")


def _connected(shell: "OsshShell") -> bool:
    if shell.session.is_connected:
        return True
    try:
        shell.session.connection.credentials()
    except OsshError:
        return _done(shell, "connect")
    return True


def _chosen_bucket(shell: "OsshShell") -> bool:
    if shell.session.place.bucket:
        where = shell.session.place.shown
        if shell.ask(f"Start from {where}? [Y/n] ", otherwise="y").lower() in YES:
            return True
    try:
        buckets = shell.session.connection.buckets(fresh=True)
    except OsshError as error:
        shell.pexcept(error)  # many a user may use a bucket but not list them all
        buckets = ()
    if buckets:
        shell.show(buckets, forms.BUCKETS)
    default = buckets[0].name if len(buckets) == 1 else ""
    name = shell.ask(
        f"Which bucket? [{default}] " if default else "Which bucket? ", otherwise=default
    )
    return bool(name) and _done(shell, f"cd {_quoted(SCHEME + name.removeprefix(SCHEME))}")


def _chosen_prefix(shell: "OsshShell") -> bool:
    while True:
        _done(shell, "ls")
        name = shell.ask("Go into which prefix? (Enter: take this one) ")
        if not name:
            return True
        _done(shell, f"cd {_quoted(name)}")


def _choose_filters(shell: "OsshShell") -> None:
    answer = shell.ask("Only keys that end in? (.gz,.csv; Enter: all) ")
    if answer:
        shell.session.selection = Selection()
        suffixes = ",".join(several([answer]))
        _done(shell, f"filter add --suffix {_quoted(suffixes)}")


def _done(shell: "OsshShell", command: str) -> bool:
    """Run a command as if it had been typed; tell whether it went well."""
    shell.note(f"> {printable(command)}")
    _run(shell, command)
    return shell.status == 0


def _run(shell: "OsshShell", command: str) -> None:
    if shell.onecmd_plus_hooks(command):  # told to end: by SIGTERM, or the terminal was closed
        raise SystemExit(shell.exit_code)


def _quoted(text: str) -> str:
    if '"' not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    raise UsageError("a name with both kinds of quotes cannot be typed here")
