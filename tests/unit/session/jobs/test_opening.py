import time
from dataclasses import replace
from itertools import count

import pytest

from ossh.demo import DemoServer
from ossh.job import load, save
from ossh.run_lock import RunLock
from ossh.session import JobRequest, Options, Place, Session
from ossh.session.jobs.job_choice import job_for
from ossh.session.jobs.job_facts import present_state
from ossh.session.jobs.opening import open_job, save_job
from ossh.session.jobs.running import new_run


def test_a_job_is_opened_with_the_present_keys(session: Session) -> None:
    save_job(session, JobRequest(("logs/",), name="mine"))
    provider = session.connection.provider
    session.environ = {}

    open_job(session, "mine")

    assert session.connection.provider is provider


def test_a_job_of_a_dead_endpoint_is_opened_looked_at_and_left(
    session: Session, server: DemoServer
) -> None:
    job = save_job(session, JobRequest(("logs/",), name="mine"))
    session.enter("/")
    text = job.path.read_text("utf-8").replace(server.endpoint, "http://127.0.0.1:9")
    job.path.write_text(text, "utf-8")
    session.trusted_jobs.vouches = lambda _job, _reasons: True
    session.defaults = Options()

    assert open_job(session, "mine").source.endpoint == "http://127.0.0.1:9"
    assert present_state(session, job).state == "new"
    assert session.enter("/").prefix == ""
    assert session.job is None
    session.go_to(Place())
    open_job(session, "mine")
    assert session.enter("-") == Place()


def test_going_back_from_a_job_goes_by_the_former_connection(session: Session) -> None:
    save_job(session, JobRequest(("logs/",), name="mine"))
    session.enter("/")
    former = session.connection

    open_job(session, "mine")
    assert session.connection is not former
    session.enter("-")

    assert session.connection is former
    assert session.connect() is not former
    mine = session.connection
    session.enter("-")
    assert session.connection is mine


def test_a_name_that_another_process_took_meanwhile_is_left_to_it(session: Session) -> None:
    job = job_for(session, JobRequest(("logs/",), directory="mine", name="q"))
    theirs = replace(job, target=replace(job.target, directory="../theirs"))
    save(theirs)

    run = new_run(session, job)

    assert (run.job.name, run.job.directory) == ("q-2", job.directory)
    assert load(theirs.path).target.directory == "../theirs"


def test_a_name_that_another_process_takes_and_runs_is_left_to_it(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_for(session, JobRequest(("logs/",), directory="mine", name="q"))
    theirs = replace(job, target=replace(job.target, directory="../theirs"))
    monkeypatch.setattr(time, "sleep", lambda _seconds: save(theirs))  # as we wait for its lock
    job.path.parent.mkdir()

    with RunLock.take(job.path):
        run = new_run(session, job)

    assert (run.job.name, run.job.directory) == ("q-2", job.directory)
    assert load(theirs.path).target.directory == "../theirs"


def test_a_process_that_takes_long_to_give_a_name_back_is_waited_for(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_for(session, JobRequest(("logs/",), directory="mine", name="q"))
    job.path.parent.mkdir()
    lock = RunLock.take(job.path)
    pauses = count(1)

    def pause(_seconds: float) -> None:
        if next(pauses) == 50:
            lock.release()

    monkeypatch.setattr(time, "sleep", pause)

    run = new_run(session, job)

    assert (run.job.name, load(job.path)) == ("q", job)
