"""TARGET/.oss-failed.csv and the exit status: what a person and a script are told at the end."""

import csv
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ossh.job import Job
from tests.integration.rig import Place, finish
from tests.waiting import wait_until


def rows(place: Place) -> list[Sequence[str]]:
    with (place.target / ".oss-failed.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_no_csv_is_left_when_all_is_well(place: Place) -> None:
    place.server.put("a.bin", size=10)
    place.server.fault("status", status=500, times=3)
    first = place.get()
    assert first.failed_csv == str(place.target / ".oss-failed.csv")
    assert rows(place)[1:]

    second = place.get()

    assert (first.status, second.status) == (1, 0)
    assert sorted(path.name for path in place.target.iterdir()) == ["a.bin"]


def beside(place: Place, prefix: str) -> Job:
    """Return a job of its own for a prefix, into the target that all share."""
    job = place.job(prefix)
    return replace(job, path=job.path.with_name(f"{prefix.strip('/')}.toml"))


def test_job_that_has_all_leaves_the_csv_of_another_with_its_target(place: Place) -> None:
    place.server.put("mine/a.bin", size=10)
    place.server.put("theirs/b.bin", size=10)
    place.server.fault("status", key="mine/*", status=500, times=3)
    place.server.fault("status", key="theirs/*", status=403)
    mine, theirs = beside(place, "mine/"), beside(place, "theirs/")
    place.get(mine)
    place.get(theirs)

    summary = place.get(mine)

    assert (summary.status, summary.failed_csv) == (0, "")
    assert [key for key, *_ in rows(place)] == ["key", "theirs/b.bin"]


def test_a_list_that_was_edited_goes_to_the_trash(place: Place) -> None:
    place.server.put("a.bin", size=10)
    place.server.fault("status", status=403)
    path = place.target / ".oss-failed.csv"
    first, second = place.get(), place.get()
    assert (first.trashed, second.trashed) == (0, 0)
    path.write_text("key\na.bin\nb.bin\n", encoding="utf-8")

    third = place.get()

    assert place.trashed() == {".oss-failed.csv": [b"key\na.bin\nb.bin\n"]}
    assert (third.trashed, Path(third.trash).parent) == (1, place.target / ".ossh" / "trash")
    assert [key for key, *_ in rows(place)] == ["key", "a.bin"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
@pytest.mark.parametrize("is_link", [False, True])
def test_what_has_the_name_of_the_csv_goes_to_the_trash(place: Place, *, is_link: bool) -> None:
    place.server.put("a.bin", size=10)
    place.server.fault("status", status=403)
    place.target.mkdir()
    mine = place.target / ("mine.csv" if is_link else ".oss-failed.csv")
    mine.write_bytes(b"mine")
    if is_link:
        (place.target / ".oss-failed.csv").symlink_to("mine.csv")

    summary = place.get()

    [moved] = Path(summary.trash).iterdir()
    assert (moved.name, moved.is_symlink()) == (".oss-failed.csv", is_link)
    assert mine.read_bytes() == b"mine" if is_link else moved.read_bytes() == b"mine"
    assert summary.trashed == 1
    assert [key for key, *_ in rows(place)] == ["key", "a.bin"]


def test_lists_of_jobs_that_share_a_target_follow_each_other(place: Place) -> None:
    place.server.put("mine/a.bin", size=10)
    place.server.put("theirs/b.bin", size=10)
    place.server.fault("status", status=403)
    mine, theirs = beside(place, "mine/"), beside(place, "theirs/")

    for job in (mine, theirs, mine):
        place.get(job)

    assert [key for key, *_ in rows(place)] == ["key", "mine/a.bin"]
    assert not (place.target / ".ossh").exists()


def test_csv_of_an_earlier_run_outlives_one_that_was_stopped(place: Place) -> None:
    place.server.put("a.bin", size=10)
    place.server.fault("status", status=500, times=3)
    place.get()
    before = rows(place)
    place.server.fault("stall")
    run = place.run()
    run.start()
    wait_until(lambda: run.progress.connections)

    run.stop()
    summary = finish(run)

    assert (summary.status, summary.ended) == (130, "stopped")
    assert rows(place) == before
