from datetime import UTC, datetime, timedelta

import pytest

from ossh.errors import UsageError
from ossh.selection import Selection
from ossh.session import JobRequest, Session
from ossh.session.jobs.job_choice import job_for
from ossh.session.jobs.opening import save_job
from ossh.units import parse_moment


def test_one_job_fetches_from_one_bucket(session: Session) -> None:
    with pytest.raises(UsageError, match="from only one bucket"):
        job_for(session, JobRequest(("logs/", "oss://another/x")))


def test_the_open_job_is_what_a_bare_get_goes_on_with(session: Session) -> None:
    session.enter("logs/")
    job = save_job(session, JobRequest(name="mine", directory="out"))

    assert job_for(session, JobRequest()).path == job.path
    assert job_for(session, JobRequest(directory="else")).path != job.path
    session.enter("sub/")
    assert session.job is None


@pytest.mark.fault("F54")
@pytest.mark.parametrize("newer", [timedelta(days=7), parse_moment("2026-01-15")])
def test_the_same_request_is_the_same_job_on_the_next_day(
    session: Session, newer: datetime | timedelta
) -> None:
    session.selection = Selection(newer=newer)
    session.now = lambda: datetime(2026, 3, 28, 23, 59, 59, tzinfo=UTC)
    before = save_job(session, JobRequest())
    session.job = None
    session.now = lambda: datetime(2026, 3, 29, 0, 0, 1, tzinfo=UTC)

    assert job_for(session, JobRequest()).path == before.path
