"""How the runs of jobs are made."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import ossh
from ossh import job as job_files
from ossh.demo import DemoServer
from ossh.session import JobRequest, Options, Session
from ossh.session.jobs.job_facts import present_state
from ossh.session.jobs.opening import save_job
from ossh.session.jobs.removal import forget_unbegun
from ossh.session.jobs.running import preflight
from ossh.session.jobs.vouching import vouched
from ossh.transfer.planning.preflight import Preflight
from tests.unit.session.started import finished, started

SCRIPT = """
from ossh.errors import UsageError
from ossh.session.jobs.running import cluster
try:
    cluster("tcp://127.0.0.1:1")
except UsageError as error:
    print(f"{error.status}: {error} ({error.hint})")
"""


def test_without_dask_the_extra_is_named(tmp_path: Path) -> None:
    missing = "raise ModuleNotFoundError(\"No module named 'distributed'\", name='distributed')"
    (tmp_path / "distributed.py").write_text(missing, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), str(Path(ossh.__file__).parents[1])])

    said = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == (
        "2: '--dask' needs Dask, which is not installed "
        "(install ossh with its extra 'cluster', which brings distributed)\n"
    )


def test_a_job_that_was_there_before_stays_however_its_run_ends(
    session: Session, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_bytes(b"")
    job = save_job(session, JobRequest(directory="taken", name="mine"))

    run = started(session, job)
    run.join(60)
    forget_unbegun(session, run)

    assert run.error is not None or (run.summary is not None and run.summary.ended == "error")
    assert job.path.exists()
    assert present_state(session, job).state == "new"


def test_an_edited_file_counts_but_for_the_way_to_its_bucket(
    session: Session, tmp_path: Path
) -> None:
    session.enter("logs/")
    job = save_job(session, JobRequest(name="mine"))
    source = replace(job.source, endpoint="http://127.0.0.9", prefix="logs/sub/")
    target = replace(job.target, directory=str(tmp_path / "moved"))
    job_files.save(replace(job, source=source, target=target))

    run = finished(session, JobRequest())

    assert [one.name for one in (tmp_path / "moved").glob("*.*")] == ["c.gz"]
    assert run.job.source == replace(job.source, prefix="logs/sub/")


def test_a_second_run_waits_for_one_that_is_about_to_end(session: Session) -> None:
    first = started(session, JobRequest(("logs/",)))

    second = started(session, JobRequest(("logs/",)))
    second.join(60)

    assert not first.is_alive()
    assert second.error is None


def test_a_plan_pays_for_requests_as_the_job_says_wherever_its_bucket_is(
    session: Session, server: DemoServer
) -> None:
    job = save_job(session, JobRequest(name="mine"))
    job.path.unlink()
    job_files.save(replace(job, source=replace(job.source, requester_pays=True)))
    session.connect(Options(endpoint=server.endpoint, region="cn-beijing"))

    with preflight(session, JobRequest(), Preflight()) as run:
        run.join(60)

    assert run.job.source.region == server.region
    assert run.job.source.requester_pays


def test_a_connection_that_leaves_the_host_unsigned_does_so_for_saved_jobs(
    session: Session, server: DemoServer
) -> None:
    job = save_job(session, JobRequest(name="mine"))

    session.connect(Options(endpoint=server.endpoint, region=server.region, unsigned_host=True))

    assert job.source.sign_host
    assert not vouched(session, job).source.sign_host
