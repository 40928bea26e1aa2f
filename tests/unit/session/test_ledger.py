import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.errors import UsageError
from ossh.job import Job
from ossh.manifest import companions
from ossh.model import Source, Target, TransferSettings
from ossh.selection import Selection
from ossh.session import Session, Wish
from ossh.session.ledger import (
    causes,
    current_job,
    entry_of,
    facts,
    is_running,
    job_states,
    present_state,
    reader_of,
    state_of,
)

HOLD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from ossh.manifest.lock import RunLock
lock = RunLock.take(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def done(session: Session) -> Job:
    """Give a job that has run to its end."""
    run = session.start(session.job_for(Wish(("logs/",))))
    run.join(30)
    assert run.error is None
    return run.job


def test_a_job_that_never_ran_is_new(tmp_path: Path) -> None:
    job = Job(
        path=tmp_path / "x.toml",
        created=datetime(2026, 1, 1, tzinfo=UTC),
        source=Source("https://e", "r", "b"),
        selection=Selection(),
        target=Target("."),
        transfer=TransferSettings(),
    )

    assert state_of(job).state == "new"
    assert not is_running(job)
    with pytest.raises(UsageError, match="has never run"):
        reader_of(job)


def test_a_job_that_has_everything_is_done(done: Job) -> None:
    state = state_of(done)

    assert (state.state, state.objects, state.done, state.failed) == ("done", 3, 3, 0)
    assert list(causes(done)) == []


def test_a_job_that_another_process_runs_is_running(done: Job) -> None:
    lock = companions(done.manifest_path)[-1]
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()

        during = state_of(done).state
        holder.communicate("")

    assert during == "running"
    assert state_of(done).state == "done"


@pytest.mark.fault("F40")
def test_a_lock_left_by_a_killed_process_does_not_count(done: Job) -> None:
    companions(done.manifest_path)[-1].write_text("1 elsewhere\n", encoding="utf-8")

    assert not is_running(done)


@pytest.mark.fault("F42")
def test_a_damaged_manifest_makes_a_job_broken_not_an_error(done: Job) -> None:
    done.manifest_path.write_bytes(b"garbage")

    state = state_of(done)

    assert state.state == "broken"
    assert "not a manifest" in state.problem


def test_a_stopped_job_is_unfinished(session: Session) -> None:
    run = session.start(session.job_for(Wish(("logs/",), directory="other")))
    run.stop()
    run.join(30)

    assert state_of(run.job).state in {"unfinished", "done"}


def test_every_job_file_has_a_state_even_a_broken_one(
    session: Session, done: Job, tmp_path: Path
) -> None:
    (tmp_path / "jobs" / "bad.toml").write_text("=", encoding="utf-8")

    assert [(one.name, one.state) for one in job_states(session)] == [
        ("bad", "broken"),
        (done.name, "done"),
    ]


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
    server.fault("delay", key="logs/*", seconds=0.5)
    run = session.start(session.job_for(Wish(("logs/",), "other")))
    end = time.monotonic() + 20
    while "last run" not in (shown := facts(run.job)) and time.monotonic() < end:
        time.sleep(0.01)
    run.join(30)
    with closing(sqlite3.connect(run.job.manifest_path)) as db, db:
        db.execute("UPDATE runs SET ended = NULL, outcome = ''")

    assert ", in progress" in shown["last run"]
    assert facts(run.job)["last run"].endswith(", interrupted before its end, 17 B received")


def test_an_entry_is_found_by_its_key(done: Job) -> None:
    assert entry_of(done, "logs/a.gz").path == "a.gz"
    with pytest.raises(UsageError, match="not an object of the job"):
        entry_of(done, "nothing")


def test_no_job_is_open_at_first(session: Session) -> None:
    with pytest.raises(UsageError, match="no job is open"):
        current_job(session)


def test_a_job_that_this_session_runs_is_as_its_run_says(
    session: Session, server: DemoServer, done: Job
) -> None:
    server.fault("delay", key="logs/*", seconds=1)
    session.runs.connections = 1
    first = session.start_in_background(session.job_for(Wish(("logs/",), "other")))
    session.start_in_background(done)
    end = time.monotonic() + 20
    while first.progress.planned < 3 and time.monotonic() < end:
        time.sleep(0.01)

    running, queued = present_state(session, first.job), present_state(session, done)
    session.runs.park(session.runs.alive)

    assert (running.state, running.objects, running.size) == ("running", 3, 17)
    assert (queued.state, queued.objects, queued.done) == ("queued", 3, 3)
    assert present_state(session, done) == state_of(done)
