"""Questions for the person at the prompt: which credentials, and whether to trust a job file.

While a run is watched, a question for new credentials appears above the bar, which stays where it
was, and the run goes on. If its credentials are renewed where they came from, the answer is no
longer needed.
"""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from ossh.console.console import Console, Withdrawn
from ossh.console.dialogue.events import Events
from ossh.console.dialogue.run_outcome import tell_rounds
from ossh.console.progress_bar import COUNTS, LOOK_SECONDS, watch
from ossh.console.views.run_progress import need_text
from ossh.console.views.text import labelled
from ossh.errors import UsageError
from ossh.job import Job
from ossh.language import N_, _, said
from ossh.session import BackgroundRun, Options
from ossh.session.jobs.job_facts import facts
from ossh.store.credentials import TYPED, Credentials, Provider, checked, needs_token
from ossh.store.endpoint_kinds import endpoint_for, may_be_closed
from ossh.store.endpoints import normal_endpoint, normal_region
from ossh.transfer.watching import Phase

if TYPE_CHECKING:
    from ossh.transfer.run import Run

NEW_ACCOUNT = N_(
    "an account opened since March 2025 can read data there only through a custom "
    "domain of the bucket: connect --cname --endpoint https://DOMAIN --region REGION"
)
_SHOWN = ("file", "source", "keys", "inventory", "filters", "target")  # of a job to be trusted
_LOOKS = 20  # a run says many times a second what it does


def ask_credentials(console: Console, known: Options, *, are_missing: bool = True) -> Credentials:
    """Ask for what neither a file nor a variable says; it is kept in memory only.

    What is `known` is not asked again. Unless credentials `are_missing`, nobody has looked for any.

    Raises:
        UsageError: There is nobody to ask, or what was typed is neither a region nor an endpoint.
    """
    if are_missing:
        console.note(_("no credentials were found; what you type is not stored"))
    else:
        console.note(_("what you type is not stored"))
    endpoint = ""
    if not (known.endpoint or known.region):
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
            console.remark(labelled(_(name), said(known[name])))
    for reason in reasons:
        console.warn(reason)
    if not console.confirms(_("Trust this job? [y/N] ")):
        text = _("'{path}' was not opened or run")
        raise UsageError(text.format(path=job.path))
    return True


def watch_and_ask(
    console: Console,
    run: "Run",
    drawn: BackgroundRun | None = None,
    events: Events | None = None,
) -> None:
    """Draw a run until it ends; where a person sits, ask for credentials when it needs them.

    Of a run that follows its bucket, each round is told as it ends. Instead of drawing it, events
    may be told as they happen.
    """
    may_ask, shown = console.interactive, run if drawn is None else drawn
    bar = console.bar if run.preflight is None else COUNTS
    is_quiet = console.quiet or events is not None
    if run.preflight is None:
        console.named = str(run.job.path)  # which the hints are about

    def is_due() -> bool:
        is_turn = bool(run.rounds) or (run.progress.phase is Phase.IDLE) is not was_idle
        is_turn |= events is not None and events.are_due
        return is_turn or (may_ask and run.progress.needs_person)

    while shown.is_alive():
        was_idle = run.progress.phase is Phase.IDLE
        watch(shown, sys.stderr, bar=bar, quiet=is_quiet, until=is_due)
        tell_rounds(console, run)
        if events is not None:
            events.tell()
        if may_ask and run.progress.needs_person and shown.is_alive():
            may_ask = _asked(console, run)
    tell_rounds(console, run)  # of one that had ended before


def _asked(console: Console, run: "Run") -> bool:
    """Ask for credentials for a run; return whether to ask again if they do not work."""
    console.warn(need_text(run))
    try:
        with console.asked_while(lambda: run.is_alive() and run.progress.needs_person):
            keys = ask_keys(console, _("AccessKey ID (Enter: wait until they are renewed): "))
    except UsageError as error:
        console.show_failure(error)
        return True
    except Withdrawn:
        return True
    if keys is None:
        console.note(_("waiting; Ctrl-C stops, and 'get' resumes later"))
        return False
    run.provider.follow(Provider(lambda: keys))
    for _look in range(_LOOKS):  # its last word was about the former ones
        if not run.progress.needs_person:
            break
        run.join(LOOK_SECONDS)
    return True
