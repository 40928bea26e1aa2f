"""A job that has run."""

import pytest

from ossh.job import Job
from ossh.session import JobRequest, Session
from tests.unit.session.started import finished


@pytest.fixture
def done(session: Session) -> Job:
    """Give a job that has run to its end."""
    return finished(session, JobRequest(("logs/",))).job
