"""What a download would meet: speed of earlier runs over the same road, room, cost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ossh.job import Job, save
from ossh.manifest import Manifest, Sample
from ossh.model import Source, TransferSettings
from ossh.session import Session
from ossh.session.jobs.forecast import forecast
from ossh.store.endpoint_kinds import Road
from tests import usual

START = datetime(2026, 1, 2, tzinfo=UTC)
HANGZHOU = "https://oss-cn-hangzhou.aliyuncs.com"


def job(folder: Path, name: str, endpoint: str = HANGZHOU) -> Job:
    source = Source(endpoint, "cn-hangzhou", "my-bucket", "logs/")
    return usual.job(folder / f"{name}.toml", source=source)


def ran(job: Job, *, objects: int, size: int, seconds: float) -> None:
    """Leave the record of a run that fetched objects of one size."""
    save(job)
    with Manifest.create(job.manifest_path) as manifest:
        row = manifest.begin_run(START, "boot")
        ended = START + timedelta(seconds=seconds)
        manifest.end_run(row, "done", ended, fetched=objects, bytes_received=objects * size)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(environ={}, home=tmp_path, jobs_directory=tmp_path / "jobs")


@pytest.fixture
def new(session: Session) -> Job:
    return job(session.jobs_directory, "new")


def test_without_an_earlier_run_no_speed_is_known(session: Session, new: Job) -> None:
    ahead = forecast(session, new, 100)

    assert ahead.bytes_per_second == 0
    assert ahead.free > 0
    assert (ahead.road, ahead.region) == (Road.PUBLIC, "cn-hangzhou")
    assert ahead.source == "oss://my-bucket/logs/"


def test_the_run_whose_objects_were_most_alike_in_size_tells_the_speed(
    session: Session, new: Job
) -> None:
    ran(job(session.jobs_directory, "small"), objects=1000, size=10_000, seconds=10)
    ran(job(session.jobs_directory, "large"), objects=10, size=100_000_000, seconds=10)

    assert forecast(session, new, 5_000).bytes_per_second == 1_000_000
    assert forecast(session, new, 5e7).bytes_per_second == 100_000_000


def test_the_time_a_run_waited_for_objects_to_thaw_does_not_count(
    session: Session, new: Job
) -> None:
    earlier = job(session.jobs_directory, "a")
    save(earlier)
    with Manifest.create(earlier.manifest_path) as manifest:
        row = manifest.begin_run(START, "boot")
        for second, received in ((1, 0), (3600, 0), (3602, 4000)):
            manifest.sample(row, Sample(second, received, 0, 0))
        ended = START + timedelta(seconds=3602)
        manifest.end_run(row, "done", ended, fetched=4, bytes_received=4000)

    assert forecast(session, new, 1000).bytes_per_second == 2000


def test_runs_over_another_road_or_of_a_moment_and_jobs_that_cannot_be_read_tell_nothing(
    session: Session, new: Job
) -> None:
    folder = session.jobs_directory
    inside = job(folder, "a", "https://oss-cn-hangzhou-internal.aliyuncs.com")
    ran(inside, objects=10, size=1000, seconds=10)
    ran(job(folder, "moment"), objects=10, size=1000, seconds=0.5)
    (folder / "broken.toml").write_text("?", encoding="utf-8")
    (folder / "broken.sqlite").write_bytes(b"?")

    assert forecast(session, new, 1000).bytes_per_second == 0


def test_a_limit_is_not_exceeded(session: Session, new: Job) -> None:
    ran(job(session.jobs_directory, "a"), objects=10, size=1000, seconds=1)
    limited = replace(new, transfer=TransferSettings(rate=500))

    assert forecast(session, limited, 1000).bytes_per_second == 500
    session.runs.rate = 300
    assert forecast(session, new, 1000).bytes_per_second == 300
