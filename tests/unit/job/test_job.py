"""A job as a value: where its files are, and when it wants other objects."""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from ossh.job import (
    Job,
    fingerprint,
    key_list,
    recorded_target,
    same_source,
    wished_bucket,
)
from ossh.job.format import dumps, loads
from ossh.model import Target
from ossh.selection import Selection
from tests import usual

REPORT = "oss://reports/weekly/2026-01-01T00-00Z/manifest.json"


@pytest.fixture
def job(tmp_path: Path) -> Job:
    filters = Selection(suffix=(".gz",), newer=timedelta(days=7))
    source = replace(usual.SOURCE, bucket="my-bucket", prefix="a/")
    path = tmp_path / "jobs" / "logs.toml"
    return usual.job(path, "../logs", source=source, selection=filters)


def test_a_job_is_named_after_its_file(job: Job) -> None:
    assert job.name == "logs"
    assert job.manifest_path == job.path.with_name("logs.sqlite")


@pytest.mark.parametrize(
    "fixed",
    [
        *({"is_key": True}, {"keys": "logs.keys"}, {"inventory": REPORT}, {"version_id": "null"}),
        {"source": replace(usual.SOURCE, as_of=datetime(2026, 1, 1, tzinfo=UTC))},
    ],
)
def test_only_a_prefix_as_it_is_now_may_get_more_objects(job: Job, fixed: dict[str, Any]) -> None:
    assert job.may_grow
    assert not replace(job, **fixed).may_grow


@pytest.mark.parametrize(
    ("written", "meant"), [("../logs", "logs"), ("here", "jobs/here"), ("{}/x", "x"), ("~/y", "y")]
)
def test_a_target_counts_from_the_job_file_unless_it_is_absolute_or_begins_at_home(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, meant: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))

    there = replace(job, target=Target(written.format(tmp_path)))

    assert there.directory == tmp_path / meant


def test_the_target_of_a_relative_job_file_is_absolute(job: Job) -> None:
    assert replace(job, path=Path("jobs/logs.toml")).directory == Path.cwd() / "logs"


def test_the_fingerprint_is_what_manifests_keep_and_compare_with(job: Job) -> None:
    moment = datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    one = replace(
        job,
        source=replace(job.source, prefix="日志/k", as_of=moment),
        selection=Selection(),
        is_key=True,
        version_id="v1",
    )

    assert fingerprint(job) == (
        '{"source": {"bucket": "my-bucket", "prefix": "a/", "keys": ""}, '
        '"filter": {"suffix": [".gz"], "newer": "7 days, 0:00:00"}}'
    )
    assert fingerprint(one) == (
        '{"source": {"bucket": "my-bucket", "prefix": "日志/k", "keys": "", "is_key": "yes", '
        '"version_id": "v1", "as_of": "2026-01-01 00:00:00+00:00"}, "filter": {}}'
    )


def test_fingerprints_tell_their_bucket_and_whether_they_are_of_one_source(job: Job) -> None:
    text = fingerprint(job)

    assert wished_bucket(text) == "my-bucket"
    assert same_source(text, fingerprint(replace(job, selection=Selection())))
    assert not same_source(text, fingerprint(replace(job, source=replace(job.source, prefix="b"))))


@pytest.mark.parametrize("text", ["", "?", "5", "[]", "{}", '{"source": 5}', "null"])
def test_what_is_no_fingerprint_tells_nothing(job: Job, text: str) -> None:
    assert wished_bucket(text) == ""
    assert not same_source(text, fingerprint(job))


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_the_recorded_target_is_where_files_land_whatever_name_that_has(
    job: Job, tmp_path: Path
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")

    assert replace(job, target=Target("../link")).real_directory == tmp_path / "there"
    strange = replace(job, target=Target("../link/\udcff"))
    assert recorded_target(strange) == f"{tmp_path}/there/\\udcff"


@pytest.mark.fault("F54")
def test_the_same_moment_in_another_time_zone_is_the_same_wish(job: Job) -> None:
    shanghai = datetime(2026, 1, 15, tzinfo=timezone(timedelta(hours=8)))
    wish = replace(job, selection=Selection(newer=shanghai))

    assert fingerprint(wish) == fingerprint(loads(dumps(wish), wish.path))
    later = Selection(newer=shanghai + timedelta(microseconds=1))
    assert fingerprint(replace(wish, selection=later)) != fingerprint(wish)


def test_the_fingerprint_changes_when_the_list_of_keys_is_edited(job: Job, tmp_path: Path) -> None:
    name = key_list.keep(("a", "b"), tmp_path)
    listed = replace(job, path=tmp_path / "j.toml", keys=name)
    before = fingerprint(listed)

    assert fingerprint(replace(listed, keys=str(tmp_path / name))) == before
    (tmp_path / name).write_text("key\na\n", encoding="utf-8")
    assert fingerprint(listed) != before
    (tmp_path / name).unlink()
    assert fingerprint(listed) == before  # gone, and perhaps not needed any more


def test_an_inventory_makes_another_job_and_jobs_of_before_stay_what_they_were(job: Job) -> None:
    report = replace(job, inventory=REPORT)

    assert report.inventory_bucket == "reports"
    assert report.inventory_key == "weekly/2026-01-01T00-00Z/manifest.json"
    assert fingerprint(report) != fingerprint(job)
    assert "inventory" not in fingerprint(job)
