"""The keys of a file, or what another job lacks."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ossh.errors import ManifestError, UsageError
from ossh.job import Job, save
from ossh.manifest import Manifest, NewEntry
from ossh.model import Cause, Failure, ObjectInfo, Source, Status, Target
from ossh.selection import Selection
from ossh.session import Place
from ossh.session.lists import keys_from

HERE = Place("my-bucket", "logs/")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def night(tmp_path: Path) -> Job:
    """Give the job "night", in which all but one object failed."""
    source = Source("https://oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou", "my-bucket")
    job = Job(tmp_path / "jobs" / "night.toml", NOW, source, Selection(), Target("../out"))
    save(job)
    denied = Failure(Cause.DENIED, "AccessDenied", "access denied")
    statuses = {
        "z": Status.FAILED,
        "done": Status.DONE,
        "a": Status.GONE,
        "m": Status.ARCHIVED,
        "pending": Status.PENDING,
    }
    with Manifest.create(job.manifest_path) as manifest:
        manifest.add(
            [
                NewEntry(ObjectInfo(key, 1, "AB", NOW), key, status, denied)
                for key, status in statuses.items()
            ]
        )
    return job


@pytest.mark.parametrize("text", ["night", "{jobs}/night.toml", "{jobs}/night.sqlite"])
def test_a_job_stands_for_what_it_lacks(night: Job, text: str) -> None:
    jobs = night.path.parent

    assert keys_from(text.format(jobs=jobs), HERE, jobs) == ("a", "m", "z")


def test_a_manifest_without_its_job_file_will_do(night: Job) -> None:
    night.path.unlink()

    assert keys_from(str(night.manifest_path), HERE, night.path.parent) == ("a", "m", "z")


def test_a_file_goes_before_a_job_of_its_name(
    night: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "night").write_text("logs/a\n", encoding="utf-8")

    assert keys_from("night", HERE, night.path.parent) == ("logs/a",)


def test_a_job_goes_before_a_folder_of_its_name(
    night: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "night").mkdir()

    assert keys_from("night", HERE, night.path.parent) == ("a", "m", "z")


def test_what_is_neither_is_refused(night: Job, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no list of keys 'day'") as raised:
        keys_from("day", HERE, night.path.parent)
    assert "takes a job" in (raised.value.hint or "")
    with pytest.raises(ManifestError):
        keys_from(str(tmp_path / "day.toml"), HERE, night.path.parent)


def test_a_job_of_another_bucket_or_without_failures_is_refused(night: Job) -> None:
    other = replace(night, path=night.path.with_name("other.toml"))
    save(replace(other, source=replace(night.source, bucket="elsewhere")))
    whole = replace(night, path=night.path.with_name("whole.toml"))
    save(whole)
    Manifest.create(whole.manifest_path).close()

    with pytest.raises(UsageError, match="the job 'other' is for another bucket, elsewhere"):
        keys_from("other", HERE, night.path.parent)
    with pytest.raises(UsageError, match="the job 'whole' has no failures"):
        keys_from("whole", HERE, night.path.parent)
