"""kill -9 at any instant: the next run goes on, and final names only ever hold whole objects."""

import json
import os
import random
import sys
import time
from contextlib import suppress

import pytest

from ossh import job as job_files
from ossh.model import MIB, Part, Status
from ossh.session.jobs.job_facts import run_records
from ossh.transfer.disk.file_io import BLOCK
from tests.integration.rig import Place, command, ended, gets, start, tree
from tests.waiting import DEADLINE_SECONDS, wait_until

KILLS = 5
SMALL, LARGE = 200, 24 * 1024 * 1024
PART = 512 * 1024
KEYS = [*(f"small/{number:03d}.bin" for number in range(SMALL)), "large.bin", "middle.bin"]


def run_and_kill(place: Place, seconds: float | None, *, run: int = 0) -> int:
    """Kill the job so long after its first request, or let it end; return its exit status.

    With a number of a run, from 1, that run's row has to be there, too.
    """
    process = start(place)
    if seconds is not None:
        wait_until(lambda: place.server.requests() or process.poll() is not None)
        wait_until(lambda: runs(place) >= run or process.poll() is not None)
        time.sleep(seconds)  # not a wait: the instant of the kill
        process.kill()
    return process.wait(DEADLINE_SECONDS)


def runs(place: Place) -> int:
    """Return how many runs the manifest knows; none before there is a manifest."""
    if not (place.folder / "jobs" / "job.sqlite").exists():
        return 0
    return len(place.reader().runs())


def done_keys(place: Place) -> set[str]:
    """Return the keys that the manifest calls done; none before there is a manifest."""
    if not (place.folder / "jobs" / "job.sqlite").exists():
        return set()
    return {entry.key for entry in place.reader().entries((Status.DONE,))}


def parts_of_large(place: Place) -> tuple[Part, ...]:
    """Return the finished parts of the large object; none before there is a manifest."""
    if not (place.folder / "jobs" / "job.sqlite").exists():
        return ()
    entry = place.reader().entry("large.bin")
    return () if entry is None else entry.parts


@pytest.mark.fault("F32")
def test_job_killed_again_and_again_ends_whole(place: Place) -> None:
    rng = random.Random(0)
    instants = [rng.uniform(0, 0.4) for _ in range(KILLS)]
    place.server.fill("small/{:03d}.bin", SMALL, 5000)
    place.server.put("middle.bin", size=400_000)
    place.server.put("large.bin", size=LARGE)
    place.server.fault("delay", key="small/*", seconds=0.05)
    place.server.fault("slow", rate=3_000_000)
    job_files.save(place.job(part_size=PART, connections=8))
    whole = {key: place.server.body(key) for key in KEYS}
    done: set[str] = set()
    kept: tuple[Part, ...] = ()
    status = None

    for seconds in (*instants, None):
        place.server.clear_requests()
        status = run_and_kill(place, seconds)
        asked = gets(place.server)
        assert not done & {one["key"] for one in asked}, "what was done was fetched again"
        begun = {one["range"].partition("-")[0] for one in asked if one["key"] == "large.bin"}
        assert not begun & {f"bytes={part.start}" for part in kept}, "a part was fetched again"
        assert tree(place.target).items() <= whole.items(), "a final name holds something else"
        done, kept = done_keys(place), parts_of_large(place)
        assert done <= tree(place.target).keys(), "a row claims what the disk lacks"

    assert status == 0
    place.expect(*KEYS)


def on_disk(place: Place) -> int:
    """Return the bytes of the one partial file that were written, holes left out."""
    if sys.platform == "win32":
        raise AssertionError
    written = stop = 0
    for path in place.target.glob(".ossh/*/[0-9]*"):
        with path.open("rb") as file, suppress(OSError):  # no data any more
            while True:
                start = os.lseek(file.fileno(), stop, os.SEEK_DATA)
                stop = os.lseek(file.fileno(), start, os.SEEK_HOLE)
                written += stop - start
    return written


@pytest.mark.skipif(sys.platform == "win32", reason="asks where a sparse file has data")
@pytest.mark.fault("F32")
def test_a_kill_costs_a_block_for_each_connection_of_what_is_on_disk(place: Place) -> None:
    size, part, connections = 96 * MIB, 16 * MIB, 6
    place.server.put("large.bin", size=size)
    place.server.fault("stall", bytes=6 * MIB + BLOCK // 2)
    job_files.save(place.job(part_size=part, connections=connections))
    process = start(place)
    wait_until(lambda: on_disk(place) >= 30 * MIB)

    process.kill()  # six parts are under way at once, and none of them is whole
    process.wait(DEADLINE_SECONDS)
    written = on_disk(place)
    place.server.clear_faults()
    place.server.clear_requests()

    assert place.get(place.job(part_size=part, connections=connections)).status == 0
    asked = [one["range"].removeprefix("bytes=").split("-") for one in gets(place.server)]
    missing = sum(int(last) + 1 - int(first) for first, last in asked)
    assert missing <= size - written + connections * BLOCK
    place.expect("large.bin")


def said(place: Place, *lines: str) -> str:
    """Return what another ossh says of the job, in a process of its own."""
    *start, _, _, _ = command()
    done = ended(place, [*start, *(word for line in lines for word in ("-c", line))])
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.fault("F32")
def test_what_a_killed_run_received_and_left_is_told_and_stays(place: Place) -> None:
    size, stop = 8 * MIB, 3 * MIB
    place.server.put("large.bin", size=size)
    place.server.fault("stall", bytes=stop, times=1)
    place.server.fault("hold")
    job_files.save(place.job(connections=1))
    process = start(place)
    wait_until(lambda: [run.bytes_received for run in run_records(place.job())] == [stop])

    process.kill()
    process.wait(DEADLINE_SECONDS)
    place.server.clear_faults()
    shown = said(place, "jobs show job", "status", "report job page.html")
    records = said(place, "open job", "status --json", "jobs show job --json").splitlines()

    assert f"\t0\t{stop}\t" in shown  # of `jobs show`: objects and bytes of a run without an end
    assert "interrupted before its end, 3.0 MiB received" in shown
    assert shown.count(f"partial data kept\t{stop}\n") == 2
    assert [json.loads(one)["bytes_kept"] for one in records] == [stop, stop]
    page = (place.folder / "page.html").read_text(encoding="utf-8")
    assert "3.0 MiB over the network, all runs together" in page
    assert place.get().status == 0
    assert [run.bytes_received for run in place.reader().runs()] == [stop, size - stop]


@pytest.mark.fault("F32")
def test_bytes_read_are_those_of_the_objects_and_a_block_for_each_kill_and_connection(
    place: Place,
) -> None:
    size, whole, connections = 64 * MIB, 8 * MIB, 4
    rng = random.Random(32)
    place.server.put("large.bin", size=size)
    place.server.fill("whole/{}.bin", 2, whole)  # in one go each, as they are shorter than a part
    place.server.fault("hold", key="whole/1.bin")  # so that no run ends before its kill
    place.server.fault("slow", rate=4 * MIB)
    job_files.save(place.job(part_size=16 * MIB, connections=connections))

    for run in range(1, 7):
        place.server.clear_requests()
        run_and_kill(place, rng.uniform(0.1, 0.7), run=run)
    place.server.clear_faults()
    assert run_and_kill(place, None) == 0

    place.expect("large.bin", "whole/0.bin", "whole/1.bin")
    records = place.reader().runs()
    kills = sum(record.ended is None for record in records)
    read = sum(record.bytes_received for record in records)
    assert kills == 6
    assert 0 <= read - (size + 2 * whole) <= kills * connections * BLOCK
