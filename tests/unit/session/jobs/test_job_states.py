import subprocess
import sys
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.job import Job
from ossh.session import JobRequest, Session
from ossh.session.jobs.job_facts import present_state
from tests.unit.session.started import queued
from tests.waiting import wait_until

HOLD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from ossh.run_lock import RunLock
lock = RunLock.take(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_job_that_another_process_runs_is_running(session: Session, done: Job) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(done.manifest_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()

        during = present_state(session, done).state
        holder.communicate("")

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
