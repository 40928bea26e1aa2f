"""Questions for the person at the prompt: which credentials, and whether to trust a job file."""

import os
from dataclasses import replace
from pathlib import Path

from ossh.console.console import Console
from ossh.console.views.text import labelled
from ossh.errors import UsageError
from ossh.job import Job
from ossh.language import N_, _, said
from ossh.printable import printable
from ossh.session import Options
from ossh.session.jobs.job_facts import facts
from ossh.store.credentials import TYPED, Credentials, checked, needs_token
from ossh.store.endpoint_kinds import endpoint_for, may_be_closed
from ossh.store.endpoints import normal_endpoint, normal_region

NEW_ACCOUNT = N_(
    "an account opened since March 2025 can read data there only through a custom "
    "domain of the bucket: connect --cname --endpoint https://DOMAIN --region REGION"
)
TRUST = N_("Trust this job? [y/N] ")
_SHOWN = ("file", "source", "keys", "inventory", "filters", "target")  # of a job to be trusted


def ask_credentials(
    console: Console, known: Options | None = None, *, are_missing: bool = True
) -> Credentials:
    """Ask for what neither a file nor a variable says; it is kept in memory only.

    Args:
        console: Where to ask.
        known: What has been said already, and is not asked again; None: ask for everything.
        are_missing: Whether none were found; else there are some that do not work.

    Raises:
        UsageError: There is nobody to ask, or what was typed is neither a region nor an endpoint.
    """
    if are_missing:
        console.note(_("no credentials were found; what you type is not stored"))
    else:
        console.note(_("what you type is not stored"))
    endpoint = ""
    if known is None or not (known.endpoint or known.region):
        where = console.ask(_("region or endpoint [cn-hangzhou]: "), otherwise="cn-hangzhou")
        is_endpoint = "." in where or ":" in where
        endpoint = normal_endpoint(where) if is_endpoint else endpoint_for(normal_region(where))
        if may_be_closed(endpoint):
            console.note(_(NEW_ACCOUNT))
    keys = ask_keys(console, _("AccessKey ID: "))
    if keys is None:
        raise UsageError(_("no access key was entered"), hint=_("'connect' asks again"))
    return replace(keys, endpoint=endpoint)


def ask_keys(console: Console, question: str) -> Credentials | None:
    """Ask for an access key, and for its token if it is a temporary one; no answer is None.

    Raises:
        UsageError: There is nobody to ask, or what was typed is not a key.
    """
    key_id = console.ask(question)
    if not key_id:
        return None
    secret = console.ask(_("AccessKey secret: "), secret=True)
    token = console.ask(_("security token: "), secret=True) if needs_token(key_id) else ""
    return checked(Credentials(key_id, secret, token, TYPED))


def ask_to_replace(console: Console, path: str) -> bool:
    """Ask whether a file goes to the trash that is in the way of the one object of a job."""
    shown = os.path.relpath(path) if Path(path).is_relative_to(Path.cwd()) else path
    text = _("{file} is here and differs: replace it (the old file goes to the trash)?")
    return console.agrees(text.format(file=printable(shown)))


def ask_trust(console: Console, job: Job, reasons: tuple[str, ...]) -> bool:
    """Show a job and what is unusual about it; return whether the person at the prompt trusts it.

    Raises:
        UsageError: That person does not.
    """
    if not console.interactive:
        return False
    known = facts(job)
    for name in _SHOWN:
        if name in known:
            console.remark(printable(labelled(_(name), said(known[name]))))
    for reason in reasons:
        console.warn(reason)
    if not console.confirms(_(TRUST)):
        text = _("'{path}' was not opened or run")
        raise UsageError(text.format(path=printable(str(job.path))))
    return True
