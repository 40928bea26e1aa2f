"""Runs of a session, started as the commands do."""

from ossh.job import Job
from ossh.session import JobRequest, Session
from ossh.session.background_runs import BackgroundRun
from ossh.session.jobs.job_choice import job_for
from ossh.session.jobs.running import new_run
from ossh.transfer.run import Run


def started(session: Session, what: Job | JobRequest) -> Run:
    """Return a run in the foreground."""
    return session.start(_new(session, what))


def queued(session: Session, what: Job | JobRequest) -> BackgroundRun:
    """Return a run in the background."""
    return session.runs.add(_new(session, what))


def finished(session: Session, what: Job | JobRequest) -> Run:
    """Return a run that has ended without an error."""
    run = started(session, what)
    run.join(60)
    assert run.error is None
    return run


def _new(session: Session, what: Job | JobRequest) -> Run:
    return new_run(session, what if isinstance(what, Job) else job_for(session, what))
