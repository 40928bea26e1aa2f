import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.errors import LocalError, UsageError
from ossh.job import Job
from ossh.manifest import companions
from ossh.run_lock import RunLock
from ossh.session import JobRequest, Session
from ossh.session.jobs.job_facts import (
    entry_of,
    facts,
    present_state,
    reader_of,
)
from tests.planting import where_nobody_can_look
from tests.unit.session.started import queued, started
from tests.waiting import wait_until


@pytest.mark.fault("F40")
def test_a_lock_left_by_a_killed_process_does_not_count(session: Session, done: Job) -> None:
    companions(done.manifest_path)[-1].write_text("1 elsewhere\n", encoding="utf-8")

    assert present_state(session, done).state == "done"


def test_facts_name_source_target_and_the_last_run(done: Job) -> None:
    shown = facts(done)

    assert shown["source"].startswith("oss://demo-bucket/logs/ at http://")
    assert shown["target"] == str(done.directory)
    assert shown["last run"].endswith(", done")


def test_a_manifest_of_others_may_call_the_end_of_a_run_what_it_likes(done: Job) -> None:
    with closing(sqlite3.connect(done.manifest_path)) as db, db:
        db.execute("UPDATE runs SET outcome = '{x} {0.__class__}'")

    assert facts(done)["last run"].endswith(", {x} {0.__class__}")


def test_a_run_that_has_not_ended_is_under_way_or_was_cut_off(
    session: Session, server: DemoServer
) -> None:
    server.fault("hold", key="logs/*")
    run = started(session, JobRequest(("logs/",), "other"))
    wait_until(lambda: "last run" in facts(run.job))
    shown = facts(run.job)
    server.clear_faults()
    run.join(60)
    with closing(sqlite3.connect(run.job.manifest_path)) as db, db:
        db.execute("UPDATE runs SET ended = NULL, outcome = ''")

    assert ", in progress" in shown["last run"]
    assert facts(run.job)["last run"].endswith(", interrupted before its end, 17 B received")


def test_an_entry_is_found_by_its_key(done: Job) -> None:
    assert entry_of(done, "logs/a.gz").path == "a.gz"
    with pytest.raises(UsageError, match="not an object of the job"):
        entry_of(done, "nothing")


def test_an_entry_is_found_by_the_path_of_its_file(session: Session, server: DemoServer) -> None:
    server.put("odd/a//b", b"x")
    server.put("odd/c", b"y")
    run = started(session, JobRequest(("odd/",), "odd"))
    run.join(60)

    assert entry_of(run.job, "a/%2Fb").key == "odd/a//b"
    assert entry_of(run.job, "c").key == "odd/c"


@pytest.mark.fault("F42")
def test_a_manifest_that_nobody_can_look_for_is_no_job_that_never_ran(
    session: Session, done: Job, tmp_path: Path
) -> None:
    hidden = replace(done, path=where_nobody_can_look(tmp_path).with_suffix(".toml"))

    with pytest.raises(LocalError, match="cannot read"):
        reader_of(hidden)
    assert present_state(session, hidden).state == "broken"


def test_a_job_whose_lock_is_held_is_running(session: Session, done: Job) -> None:
    lock = RunLock.take(done.manifest_path)
    during = present_state(session, done).state
    lock.release()

    assert during == "running"
    assert present_state(session, done).state == "done"


@pytest.mark.fault("F42")
def test_a_damaged_manifest_makes_a_job_broken_not_an_error(session: Session, done: Job) -> None:
    done.manifest_path.write_bytes(b"garbage")

    state = present_state(session, done)

    assert state.state == "broken"
    assert "not a manifest" in state.problem


def test_a_job_that_this_session_runs_is_as_its_run_says(
    session: Session, server: DemoServer, done: Job
) -> None:
    server.fault("hold", key="logs/*")
    session.runs.connections = 1
    first = queued(session, JobRequest(("logs/",), "other"))
    queued(session, done)
    wait_until(lambda: first.progress.planned == 3)

    running, waiting = present_state(session, first.job), present_state(session, done)
    session.runs.park(session.runs.alive)

    there, whole = running.counts, waiting.counts
    assert (running.state, there.total, there.total_size) == ("running", 3, 17)
    assert (waiting.state, whole.total, whole.at_target) == ("queued", 3, 3)
    assert present_state(session, done).state == "done"
