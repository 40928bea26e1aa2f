"""Whether a job may be used as its file is now: somebody vouches for what is unusual about it.

What a command takes on is asked for here first, before it changes or removes anything.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ossh.errors import UsageError
from ossh.job import Job, load
from ossh.language import _
from ossh.model import Source
from ossh.printable import printable
from ossh.session.browsing.place import Place
from ossh.session.connecting.connection import Connection
from ossh.session.session import Session
from ossh.session.trust.risks import TrustContext, changes, endpoint_risks, target_risks


def vouched(session: Session, job: Job, *, is_for_run: bool = False) -> Job:
    """Return a saved job as its file is now; its bucket is reached by the session's connection.

    One that runs may write to the same target again, whatever is there by then.

    Raises:
        JobFileError: It cannot be used.
        UsageError: Nobody vouches for what is unusual about it.
        StoreError: It is not known where the bucket is.
    """
    written = load(job.path)
    found = reached(session, written)
    check_trust(session, written, (found.source, session.connection))
    if is_for_run:
        remember(session, written, target_only=True)
    return found


def reached(session: Session, job: Job) -> Job:
    """Return a job whose bucket is reached by the session's connection.

    Whether one pays for requests, or leaves the host unsigned, the job and the connection may say.
    """
    source = session.connection.source(Place.of(job.source))
    pays = source.requester_pays or job.source.requester_pays
    signs = source.sign_host and job.source.sign_host
    return replace(job, source=replace(source, requester_pays=pays, sign_host=signs))


def check_trust(session: Session, job: Job, asked: tuple[Source, Connection] | None = None) -> None:
    """Let somebody vouch, once, for what is unusual about a job as its file has it.

    `asked` is where its requests will really go, whatever the file says; None if it sends none.

    Raises:
        UsageError: Nobody vouches for it.
    """
    trusted, risks = session.trusted_jobs, list[str]()
    if trusted.includes(job):
        return
    if asked is not None:
        source, connection = asked
        risks += endpoint_risks(source, connection.credentials(), session.named_endpoints)
    risks += _target_risks(session, job)
    if not risks:
        return
    if not trusted.vouches(job, tuple(risks)):
        path = printable(str(job.path))
        raise UsageError(
            _("'{path}' is not trusted: {reasons}").format(path=path, reasons=_("; ").join(risks)),
            hint=_("if you trust it: ossh --trust \"{path}\"; or 'open', which asks you").format(
                path=path
            ),
        )
    if problem := trusted.remember(job):
        session.notify(problem)


def is_trusted(session: Session, job: Job) -> bool:
    """Return whether what lies at a job's target may be removed with it, without a question."""
    return session.trusted_jobs.includes(job) or not any(_target_risks(session, job))


def remember(session: Session, job: Job, *, target_only: bool = False) -> None:
    """Remember a job that was made here, or the target of one that runs here.

    Where that cannot be done, say so if it would matter.
    """
    if problem := session.trusted_jobs.remember(job, target_only=target_only):
        # wherever one stands then
        later = TrustContext.of(session.environ, job.path.parent, session.home)
        if any(changes(job)) or any(target_risks(job, later)):
            session.notify(problem)


def _target_risks(session: Session, job: Job) -> Iterator[str]:
    if not session.trusted_jobs.includes(job, target_only=True):
        context = TrustContext.of(session.environ, Path.cwd(), session.home)
        yield from target_risks(job, context)
