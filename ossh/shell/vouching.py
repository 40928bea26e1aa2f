"""Asks once whether to trust a job file that somebody else may have written."""

from typing import TYPE_CHECKING

from ossh.job import Job
from ossh.language import N_, _, said
from ossh.paths import printable
from ossh.session.ledger import facts
from ossh.shell.text import YES, labelled

if TYPE_CHECKING:
    from ossh.shell.app import OsshShell

_SHOWN = ("file", "source", "keys", "inventory", "filters", "target")
QUESTION = N_("Trust this job? [y/N] ")


def vouches(shell: "OsshShell", job: Job, reasons: tuple[str, ...]) -> bool:
    """Show a job and what is unusual about it; tell whether the person at the prompt trusts it."""
    if not shell.interactive:
        return False
    known = facts(job)
    for name in _SHOWN:
        if name in known:
            shell.perror(printable(labelled(_(name), said(known[name]))), style=None)
    for reason in reasons:
        shell.warn(reason)
    return shell.ask(_(QUESTION)).lower() in YES
