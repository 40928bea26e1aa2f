"""A first download, guided by questions: where, as whom, which bucket, what, where to."""

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ossh.errors import STATUS_INTERRUPTED, OsshError, UsageError, reason
from ossh.job import default_name
from ossh.language import N_, _
from ossh.paths import printable
from ossh.selection import Selection
from ossh.session import SCHEME, Options
from ossh.shell import forms
from ossh.shell.arguments import several
from ossh.shell.text import YES
from ossh.store.credentials import TYPED, Credentials, Provider, checked, needs_token
from ossh.store.endpoints import endpoint_for, may_be_closed, normal_endpoint, normal_region

if TYPE_CHECKING:
    from ossh.shell.app import OsshShell
    from ossh.store.oss import BucketInfo

NEW_ACCOUNT = N_(
    "an account opened since March 2025 can read data there only through a custom "
    "domain of the bucket: connect --cname --endpoint https://DOMAIN --region REGION"
)
ONCE_MORE = N_("Try another endpoint or other keys? [Y/n] ")


def offer(shell: "OsshShell") -> None:
    """Offer the guide at a first start; any answer but yes means no."""
    shell.note(
        _("This looks like your first start. The guide asks a few questions, then downloads;")
    )
    shell.note(_("'ossh --demo' gives you a bucket to play with."))
    try:
        answer = shell.ask(_("Start the guide now? [y/N] "))
    except (UsageError, KeyboardInterrupt):
        return
    if answer.lower() in YES:
        with suppress(KeyboardInterrupt):  # the guide was left
            _run(shell, "guide")
        shell.renew_prompt()
    else:
        shell.note(_("'guide' starts it later"))


def ask_credentials(
    shell: "OsshShell", known: Options | None = None, *, are_missing: bool = True
) -> Credentials:
    """Ask for what no file and no variable says; it stays in memory.

    Args:
        shell: Where to ask.
        known: What has been said already, and is not asked again; None: ask for everything.
        are_missing: Whether none were found; else there are some that do not work.

    Raises:
        UsageError: There is nobody to ask, or what was typed is neither a region nor an endpoint.
    """
    if are_missing:
        shell.note(_("no credentials were found; what you type is not stored"))
    else:
        shell.note(_("what you type is not stored"))
    endpoint = ""
    if known is None or not (known.endpoint or known.region):
        where = shell.ask(_("region or endpoint [cn-hangzhou]: "), otherwise="cn-hangzhou")
        is_endpoint = "." in where or ":" in where
        endpoint = normal_endpoint(where) if is_endpoint else endpoint_for(normal_region(where))
        if may_be_closed(endpoint):
            shell.note(_(NEW_ACCOUNT))
    keys = ask_keys(shell, _("AccessKey ID: "))
    if keys is None:
        raise UsageError(_("no access key was entered"), hint=_("'connect' asks again"))
    return replace(keys, endpoint=endpoint)


def ask_keys(shell: "OsshShell", question: str) -> Credentials | None:
    """Ask for an access key, and for its token if it is a temporary one.

    Args:
        shell: Where to ask.
        question: How to ask for the key's id; an empty answer ends the asking, with None.

    Raises:
        UsageError: There is nobody to ask, or what was typed is not a key.
    """
    key_id = shell.ask(question)
    if not key_id:
        return None
    secret = shell.ask(_("AccessKey secret: "), secret=True)
    token = shell.ask(_("security token: "), secret=True) if needs_token(key_id) else ""
    return checked(Credentials(key_id, secret, token, TYPED))


def lead(shell: "OsshShell") -> None:
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


def _lead(shell: "OsshShell") -> None:
    if not _connected(shell) or not _chosen_bucket(shell):
        return
    _choose_folder(shell)
    _choose_filters(shell)
    shell.session.job = None  # else it would be what a bare `preview` shows
    if not _done(shell, "preview"):
        return
    place = shell.session.place
    target = _target(shell, default_name(place.prefix, place.bucket))  # as `get` makes it
    if _agreed(shell, _("Download now? [Y/n] ")):
        _done(shell, f"get --to {_quoted(target)}")


def _connected(shell: "OsshShell") -> bool:
    try:
        shell.session.connection.credentials()
    except OsshError:
        while not _done(shell, "connect"):
            if not _agreed(shell, _(ONCE_MORE)):
                return False
    return True


def _with_other_keys(shell: "OsshShell") -> None:
    """Connect with keys that are asked for, wherever the ones that failed came from."""
    try:
        keys = ask_credentials(shell, are_missing=False)
        options = Options(endpoint=keys.endpoint)
        shell.session.connect(options, provider=Provider(lambda: keys))
    except OsshError as error:
        shell.pexcept(error)  # the old ones stay, and fail again if they are used


def _chosen_bucket(shell: "OsshShell") -> bool:
    if shell.session.place.bucket:
        where = shell.session.place.shown
        if _agreed(shell, _("Start from {place}? [Y/n] ").format(place=where)):
            return True
    buckets = _buckets(shell)
    if buckets:
        shell.show(buckets, forms.BUCKETS)
    default = buckets[0].name if len(buckets) == 1 else ""
    question = _("Which bucket? (Enter: leave the guide) ")
    if default:
        question = _("Which bucket? [{default}] ").format(default=default)
    while name := shell.ask(question, otherwise=default):
        if _done(shell, f"cd {_quoted(SCHEME + name.removeprefix(SCHEME))}"):
            return True
    return False


def _buckets(shell: "OsshShell") -> "tuple[BucketInfo, ...]":
    """Return the account's buckets, none if it may not list them; ask again for wrong keys."""
    while True:
        try:
            return shell.session.connection.buckets(fresh=True)
        except OsshError as error:
            shell.pexcept(error)
            # Many users may use a bucket but not list all buckets.
            if getattr(error, "code", "") == "AccessDenied" or not _agreed(shell, _(ONCE_MORE)):
                return ()
        _with_other_keys(shell)


def _choose_folder(shell: "OsshShell") -> None:
    while True:
        _done(shell, "ls")
        name = shell.ask(_("Which folder? (Enter: this one) "))
        if not name:
            return
        _done(shell, f"cd {_quoted(name)}")


def _choose_filters(shell: "OsshShell") -> None:
    answer = shell.ask(_("Only keys that end in? (such as .gz,.csv; Enter: all keys) "))
    if answer:
        shell.session.selection = Selection()
        suffixes = ",".join(several([answer]))
        _done(shell, f"filter add --suffix {_quoted(suffixes)}")


def _target(shell: "OsshShell", default: str) -> str:
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
        _quoted(folder)
    except (OSError, RuntimeError, ValueError, UsageError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        return _("cannot use '{name}': {reason}").format(name=folder, reason=why)
    if not nearest.is_dir():
        return _("'{name}' is a file, not a folder").format(name=nearest)
    if not os.access(nearest, os.W_OK):
        return _("'{name}' is not writable").format(name=nearest)
    return ""


def _agreed(shell: "OsshShell", question: str) -> bool:
    """Ask a question whose empty answer is a yes."""
    return shell.ask(question, otherwise="y").lower() in YES


def _done(shell: "OsshShell", command: str) -> bool:
    """Run a command as if it had been typed; tell whether it went well."""
    shell.note(f"> {printable(command)}")
    _run(shell, command)
    return shell.status == 0


def _run(shell: "OsshShell", command: str) -> None:
    if shell.onecmd_plus_hooks(command):  # told to end: by SIGTERM, or the terminal was closed
        raise SystemExit(shell.exit_code)
    if shell.status == STATUS_INTERRUPTED:
        raise KeyboardInterrupt


def _quoted(text: str) -> str:
    if '"' not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    raise UsageError(_("a name with both kinds of quotes cannot be typed here"))
