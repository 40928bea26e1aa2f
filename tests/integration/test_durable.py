"""`[transfer] durable = true`: what a row calls done outlasts a power cut."""

import os
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from ossh.errors import LocalError
from ossh.job import Job
from ossh.model import Status
from ossh.processes.process_lanes import ProcessLanes
from tests.integration.rig import Place, finish, gets, tree
from tests.writing_out import Libc, use_libc

pytestmark = [
    pytest.mark.fault("F32"),
    pytest.mark.skipif(sys.platform != "linux", reason="the calls are those of Linux"),
]

KEYS = [*(f"d/{number:03d}.bin" for number in range(200)), "large.bin"]


@pytest.fixture
def job(place: Place) -> Job:
    for key in KEYS[:-1]:
        place.server.put(key, size=5000)
    place.server.put("large.bin", size=600_000)
    return place.job(part_size=200_000, durable=True)


def done(place: Place) -> set[str]:
    """Return the keys that the manifest calls done, as another process would read it now."""
    return {entry.key for entry in place.reader().entries((Status.DONE,))}


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_no_row_is_done_before_its_file_is_written_out(
    place: Place, job: Job, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    job = replace(job, transfer=replace(job.transfer, processes=processes))
    written: set[str] = set()
    too_soon: set[str] = set()
    calls = []

    def after(descriptor: int) -> None:
        calls.append(os.fstat(descriptor).st_dev)
        too_soon.update(done(place) - written)
        written.update(tree(place.target))

    use_libc(monkeypatch, Libc(after))

    summary = place.get(job, new_lanes=ProcessLanes)

    assert summary.status == 0
    assert done(place) == written == set(KEYS)
    assert not too_soon
    assert set(calls) == {place.target.stat().st_dev}
    assert len(calls) < len(KEYS)  # one for each batch, not for each file


def test_what_a_failing_disk_may_lack_is_fetched_again(place: Place, job: Job) -> None:
    with pytest.MonkeyPatch.context() as patch:
        use_libc(patch, Libc(lambda _descriptor: None, fails=True))
        with pytest.raises(LocalError, match="cannot write to target"):
            finish(place.run(job))
    there = set(tree(place.target))
    assert there
    assert not done(place)
    place.server.clear_requests()

    summary = place.get(job)

    assert summary.status == 0
    fetched = {request["key"] for request in gets(place.server)}
    assert fetched | {"large.bin"} == set(KEYS)  # whose parts are compared with their checksums
    place.expect(*KEYS)


def test_what_a_killed_run_had_finished_is_written_out_before_it_is_recorded(
    place: Place, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert place.get(place.job(part_size=200_000)).status == 0
    with closing(sqlite3.connect(place.folder / "jobs" / "job.sqlite")) as manifest, manifest:
        manifest.execute(
            "UPDATE entries SET status = 'pending', proof = NULL, crc64 = NULL, finished = NULL,"
            " local_size = NULL, local_modified = NULL"
        )  # as if all that was fetched had not been recorded yet
        manifest.execute("DELETE FROM counts")
        manifest.execute(
            "INSERT INTO counts SELECT status, '', '', mapped, count(*), sum(size) FROM entries"
            " GROUP BY status, mapped"
        )
        manifest.execute("UPDATE runs SET ended = NULL, outcome = NULL")
    recorded: list[int] = []
    use_libc(
        monkeypatch,
        Libc(lambda _descriptor: recorded.append(place.reader().counts().at_target)),
    )

    summary = place.get(job)

    assert (summary.status, summary.fetched) == (0, 0)
    assert recorded[0] == 0
    assert recorded[-1] < len(KEYS)
