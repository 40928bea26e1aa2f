from pathlib import Path

from ossh.selection import Selection
from ossh.session import JobRequest, Session
from ossh.session.jobs.opening import open_job, save_job


def test_a_job_is_opened_with_the_present_keys(session: Session) -> None:
    save_job(session, JobRequest(("logs/",), name="mine"))
    provider = session.connection.provider
    session.environ = {}

    open_job(session, "mine")

    assert session.connection.provider is provider


def test_open_goes_by_name_and_by_path(session: Session, tmp_path: Path) -> None:
    session.enter("logs/")
    session.selection = Selection(suffix=(".gz",))
    path = save_job(session, JobRequest(name="mine")).path
    session.selection = Selection()
    session.enter("/")

    for name in ("mine", str(path), path.relative_to(tmp_path).as_posix()):
        job = open_job(session, name)

        assert job.path == path
        assert session.place.prefix == "logs/"
        assert session.selection.suffix == (".gz",)
        assert session.job == job
