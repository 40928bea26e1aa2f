"""kill -9 at any instant: the next run goes on, and final names only ever hold whole objects."""

import os
import random
import sys
import time

import pytest

from ossh import job as job_files
from ossh.demo import DemoServer
from ossh.errors import JobLockedError
from ossh.model import MIB, Part, Status
from tests.integration.rig import DEADLINE_SECONDS, Place, finish, gets, start, tree, wait_until

KILLS = 5
SMALL, LARGE = 200, 24 * 1024 * 1024
PART = 512 * 1024
KEYS = [*(f"small/{number:03d}.bin" for number in range(SMALL)), "large.bin", "middle.bin"]


def run_and_kill(place: Place, seconds: float | None) -> int:
    """Kill the job so long after its first request, or let it end; return its exit status."""
    process = start(place)
    if seconds is not None:
        wait_until(lambda: place.server.requests() or process.poll() is not None)
        time.sleep(seconds)  # not a wait: the instant of the kill
        process.kill()
    return process.wait(DEADLINE_SECONDS)


def done_keys(place: Place) -> set[str]:
    """Return the keys that the manifest calls done; none before there is a manifest."""
    if not (place.folder / "jobs" / "job.sqlite").exists():
        return set()
    return {entry.key for entry in place.reader().entries((Status.DONE,))}


def kept_of_large(place: Place) -> int:
    """Return the bytes of the large object that the manifest knows of."""
    return sum(part.length for part in parts_of_large(place))


def parts_of_large(place: Place) -> tuple[Part, ...]:
    """Return the finished parts of the large object; none before there is a manifest."""
    if not (place.folder / "jobs" / "job.sqlite").exists():
        return ()
    entry = place.reader().entry("large.bin")
    return () if entry is None else entry.parts


@pytest.mark.fault("F32")
@pytest.mark.parametrize("seed", range(3))
def test_job_killed_again_and_again_ends_whole(place: Place, server: DemoServer, seed: int) -> None:
    rng = random.Random(seed)
    instants = [rng.uniform(0, 0.4) for _ in range(KILLS)]
    server.fill("small/{:03d}.bin", SMALL, 5000)
    server.put("middle.bin", size=400_000)
    server.put("large.bin", size=LARGE)
    server.fault("delay", key="small/*", seconds=0.05)
    server.fault("slow", rate=3_000_000)
    job_files.save(place.job(part_size=PART, connections=8))
    whole = {key: server.body(key) for key in KEYS}
    done: set[str] = set()
    kept: tuple[Part, ...] = ()
    status = None

    for seconds in (*instants, None):
        server.clear_requests()
        status = run_and_kill(place, seconds)
        asked = gets(server)
        assert not done & {one["key"] for one in asked}, "what was done was fetched again"
        begun = {one["range"].partition("-")[0] for one in asked if one["key"] == "large.bin"}
        assert not begun & {f"bytes={part.start}" for part in kept}, "a part was fetched again"
        assert tree(place.target).items() <= whole.items(), "a final name holds something else"
        done, kept = done_keys(place), parts_of_large(place)
        assert done <= tree(place.target).keys(), "a row claims what the disk lacks"

    assert status == 0
    place.expect(*KEYS)


@pytest.mark.skipif(sys.platform == "win32", reason="asks how much of a sparse file is there")
@pytest.mark.fault("F32")
def test_a_kill_on_a_slow_line_costs_seconds_of_one_large_object_not_whole_parts(
    place: Place, server: DemoServer
) -> None:
    if sys.platform == "win32":
        raise AssertionError
    size, part, rate = 96 * MIB, 16 * MIB, 8 * MIB
    server.put("large.bin", size=size)
    job_files.save(place.job(part_size=part, connections=6, rate=rate))
    process = start(place)
    wait_until(lambda: kept_of_large(place) >= 3 * rate or process.poll() is not None)

    process.kill()
    process.wait(DEADLINE_SECONDS)
    kept = kept_of_large(place)
    (partial,) = (place.target / ".ossh").glob("*/*")
    lost = 512 * partial.stat().st_blocks - kept

    assert kept >= 3 * rate  # six parts of 16 MiB are under way at once, and none is whole
    assert lost <= 6 * rate  # seconds, where a busy machine lags behind; else all of it were lost
    server.clear_requests()
    assert place.get(place.job(part_size=part, connections=6)).status == 0
    asked = [one["range"].removeprefix("bytes=").split("-") for one in gets(server)]
    assert sum(int(last) + 1 - int(first) for first, last in asked) == size - kept
    place.expect("large.bin")


@pytest.mark.fault("F40")
def test_second_process_is_refused_and_told_who_has_the_job(
    place: Place, server: DemoServer
) -> None:
    server.put("a.bin", size=10)
    server.fault("stall")
    job_files.save(place.job())
    process = start(place)
    wait_until(lambda: gets(server))

    with pytest.raises(JobLockedError, match=f"process {process.pid} on ") as refused:
        finish(place.run())
    process.kill()
    process.wait(60)

    assert refused.value.status == 3
    server.clear_faults()
    assert place.get().status == 0  # the lock of a dead process is none


@pytest.mark.fault("F40")
def test_second_run_of_this_process_is_refused(place: Place, server: DemoServer) -> None:
    server.put("a.bin", size=10)
    server.fault("stall")
    first = place.run()
    first.start()
    wait_until(lambda: gets(server))

    with pytest.raises(JobLockedError, match=f"process {os.getpid()} on "):
        finish(place.run())
    first.stop()

    assert finish(first).status == 130


@pytest.mark.fault("F41")
def test_two_jobs_may_share_a_target(place: Place, server: DemoServer) -> None:
    server.fill("{:02d}.bin", 40, 1000)
    server.put("large.bin", size=2_000_000)
    first, second = (place.job(part_size=PART) for _ in range(2))
    runs = [
        place.run(first),
        place.run(second, manifest_path=place.folder / "jobs" / "other.sqlite"),
    ]

    for run in runs:
        run.start()
    summaries = [finish(run) for run in runs]

    assert [summary.status for summary in summaries] == [0, 0]
    place.expect(*(f"{number:02d}.bin" for number in range(40)), "large.bin")
