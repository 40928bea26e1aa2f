"""Saved jobs beside new ones; that a second `get` goes on with its job is told in tests/shell."""

from dataclasses import replace
from pathlib import Path

import pytest

from ossh.errors import UsageError
from ossh.job import Job, save
from ossh.job.lookup import same_or_new, sharing_target
from ossh.model import Source, Target
from ossh.selection import Selection
from ossh.shard import Shard
from tests import usual


@pytest.fixture
def job(tmp_path: Path) -> Job:
    source = Source("http://127.0.0.1", "cn-hangzhou", "bucket", "logs/")
    job = usual.job(tmp_path / "logs.toml", str(tmp_path / "data"), source=source)
    save(job)
    return job


def test_the_same_work_goes_on_whatever_the_road_to_its_bucket(job: Job) -> None:
    elsewhere = replace(job.source, endpoint="http://127.0.0.2")

    found = same_or_new(replace(job, source=elsewhere), is_given=False)

    assert (found.path, found.source) == (job.path, elsewhere)


def test_another_list_of_keys_is_other_work(job: Job) -> None:
    new = replace(job, keys="keys-1.csv")

    assert same_or_new(new, is_given=False).name == "logs-2"
    with pytest.raises(UsageError, match="already a job 'logs', with different settings"):
        same_or_new(new, is_given=True)


def test_the_same_work_is_found_behind_a_manifest_that_lost_its_job_file(job: Job) -> None:
    second = replace(job, path=job.path.with_stem("logs-2"), keys="keys-1.csv")
    save(second)
    job.path.rename(job.path.with_suffix(".sqlite"))

    found = same_or_new(replace(second, path=job.path), is_given=False)

    assert found.path == second.path


def test_jobs_that_fill_a_folder_are_named_and_broken_ones_passed_over(job: Job) -> None:
    broken = job.path.with_stem("broken")
    broken.write_text("?", encoding="utf-8")

    new = replace(job, path=Path("new.toml"))

    assert sharing_target(new, [broken, job.path]) == ("logs",)


def test_another_share_of_the_same_work_may_fill_the_same_folder(job: Job) -> None:
    first = replace(job, path=job.path.with_stem("first"), selection=Selection(shard=Shard(1, 2)))
    save(first)

    def beside(selection: Selection) -> tuple[str, ...]:
        new = replace(first, path=Path("new.toml"), selection=selection)
        return sharing_target(new, [first.path])

    assert beside(Selection(shard=Shard(2, 2))) == ()
    assert beside(first.selection) == ("first",)
    assert beside(Selection(suffix=(".gz",), shard=Shard(2, 2))) == ("first",)


@pytest.mark.parametrize(
    ("wanted", "has", "is_same"),
    [
        ("record", "record", True),
        ("follow", "record", True),  # who says nothing of links
        ("record", "follow", False),
    ],
)
def test_a_job_that_makes_no_links_is_another_than_one_that_shall(
    tmp_path: Path, wanted: str, has: str, *, is_same: bool
) -> None:
    first = usual.job(tmp_path / "logs.toml", Target("there", links=has))
    save(first)
    new = replace(first, target=Target("there", links=wanted))

    found = same_or_new(new, is_given=False)

    assert (found.path == first.path) is is_same
