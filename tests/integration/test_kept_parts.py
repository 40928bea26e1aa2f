"""Parts of an earlier run that nobody can look at stay; only what was seen to differ is dropped."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ossh.cluster import cluster_at
from ossh.demo import DemoServer
from ossh.errors import LocalError
from ossh.job import save
from ossh.model import KIB, Part
from ossh.transfer.fetching.lanes import Lanes, LocalLanes, NewLanes
from ossh.transfer.messages import CheckPart, Task
from ossh.transfer.planning.preflight import Changes
from ossh.transfer.verification import Verification
from tests.integration.dask_cluster import dask_cluster
from tests.integration.rig import Place, finish, mount, unmount
from tests.waiting import wait_until

pytestmark = pytest.mark.fault("F45")

PART = 256 * KIB
SIZE = 12 * PART
FINISHED = 9  # parts


@pytest.fixture
def kept(place: Place) -> tuple[Part, ...]:
    """Give the parts of the object a.bin that a run had finished when it was stopped."""
    place.server.put("a.bin", size=SIZE)
    place.server.fault("hold", operation="get", after=FINISHED)
    run = place.run(place.job(part_size=PART))
    run.start()
    wait_until(lambda: run.progress.bytes_done >= FINISHED * PART)
    run.stop()
    assert finish(run).ended == "stopped"
    place.server.clear_faults()
    place.server.clear_requests()
    parts = place.entry("a.bin").parts
    assert sum(part.length for part in parts) >= FINISHED * PART
    return parts


def expect_only_the_rest_fetched(place: Place, kept: Iterable[Part], **options: Any) -> None:
    """Assert that a run that can look at the parts fetches what is missing, and no more."""
    summary = place.get(place.job(part_size=PART), **options)

    assert summary.status == 0
    assert summary.bytes_received == SIZE - sum(part.length for part in kept)
    assert place.files()["a.bin"] == place.server.body("a.bin")


def send(process: int, name: str) -> None:
    """Send a process a signal, some of which are POSIX's alone."""
    os.kill(process, getattr(signal, name))


def meddling(new_lanes: NewLanes, meddle: Callable[[], object]) -> NewLanes:
    """Return lanes, before whose first check something happens."""

    def make(*parts: Any) -> Lanes:
        lanes = new_lanes(*parts)
        send, left = lanes.send, [meddle]

        def first_meddling(tasks: Iterable[Task]) -> None:
            tasks = list(tasks)
            if left and any(isinstance(task, CheckPart) for task in tasks):
                left.pop()()
            send(tasks)

        setattr(lanes, "send", first_meddling)  # noqa: B010 - a method
        return lanes

    return make


def test_a_target_that_is_away_stops_the_run_and_keeps_its_parts(
    place: Place, kept: tuple[Part, ...]
) -> None:
    away = place.folder / "unplugged"
    lanes = meddling(LocalLanes, lambda: place.target.rename(away))

    summary = place.get(place.job(part_size=PART), new_lanes=lanes)

    assert (summary.status, summary.ended) == (3, "error")
    assert "is no longer there" in summary.error
    assert summary.unfinished_size == 0  # none of it is here
    assert (place.entry("a.bin").parts, place.entry("a.bin").attempts) == (kept, 0)
    away.rename(place.target)
    expect_only_the_rest_fetched(place, kept)


def test_an_older_copy_in_the_place_of_the_target_is_not_what_was_kept(
    place: Place, kept: tuple[Part, ...]
) -> None:
    away = place.folder / "unplugged"

    def exchange() -> None:
        place.target.rename(away)
        shutil.copytree(away, place.target)
        [partial] = place.target.glob(".ossh/*/1")
        partial.write_bytes(b"as it was in the morning")

    summary = place.get(place.job(part_size=PART), new_lanes=meddling(LocalLanes, exchange))

    assert (summary.status, place.entry("a.bin").parts) == (3, kept)
    shutil.rmtree(place.target)
    away.rename(place.target)
    expect_only_the_rest_fetched(place, kept)


EXHAUSTED = """
import os, resource, sys
from pathlib import Path
from ossh.job import load
from ossh.store.credentials import Credentials, Provider
from ossh.transfer.fetching.lanes import LocalLanes
from ossh.transfer.run import Run

hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]

def lanes(*parts):
    made = LocalLanes(*parts)
    made.limit(1, 2, 0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/dev/fd")), hard))
    try:
        while True:
            os.dup(0)
    except OSError:
        return made

credentials = Credentials("id", "secret", source="test")
run = Run(load(Path(sys.argv[1])), Provider(lambda: credentials), new_lanes=lanes)
for step in run:
    pass
print(run.summary.status, run.summary.error)
"""


@pytest.mark.fault("F34")
@pytest.mark.skipif(sys.platform == "win32", reason="sets a limit of POSIX")
def test_too_many_open_files_stop_the_run_and_keep_its_parts(
    place: Place, kept: tuple[Part, ...]
) -> None:
    job = place.job(part_size=PART)
    save(job)

    line = [sys.executable, "-c", EXHAUSTED, str(job.path)]
    ended = subprocess.run(line, capture_output=True, text=True, check=False)

    assert ended.stdout == "3 cannot continue job 'job': too many open files\n", ended.stderr
    assert place.entry("a.bin").parts == kept
    expect_only_the_rest_fetched(place, kept)


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process with a signal")
def test_checks_wait_for_the_next_worker_of_a_cluster_when_the_last_one_is_killed(
    place: Place, kept: tuple[Part, ...], tmp_path: Path
) -> None:
    with dask_cluster(tmp_path / "dask", 1) as cluster:
        worker = cluster.workers[0]
        lanes = meddling(cluster_at(cluster.address), lambda: send(worker.pid, "SIGSTOP"))
        run = place.run(place.job(part_size=PART), new_lanes=lanes)
        run.start()
        wait_until(lambda: run.progress.connections)

        worker.kill()
        wait_until(lambda: run.progress.note == "waiting for workers")
        cluster.add_worker()
        summary = finish(run)

    assert (summary.status, place.entry("a.bin").attempts) == (0, 1)
    assert summary.bytes_received == SIZE - sum(part.length for part in kept)


@pytest.fixture
def disk(place: Place) -> Iterator[Callable[[], None]]:
    """Mount a disk where the target is, give what unmounts it, and unmount it in the end."""
    disk = place.folder / "disk"
    disk.mkdir()
    place.target.mkdir()
    mount("-t", "tmpfs", "tmpfs", str(disk))  # which stays, so that the files do
    mount("--bind", str(disk), str(place.target))
    yield lambda: unmount(place.target)
    if os.path.ismount(place.target):
        unmount(place.target)
    unmount(disk)


@pytest.mark.fault("F31")
@pytest.mark.skipif(sys.platform == "win32", reason="mounts a disk in a folder")
def test_a_disk_that_is_not_mounted_is_not_taken_for_an_empty_one(
    disk: Callable[[], None], place: Place, kept: tuple[Part, ...]
) -> None:
    disk()

    with pytest.raises(LocalError, match="nothing is mounted at") as caught:
        place.get(place.job(part_size=PART))
    verification = Verification(place.job(), limit=1)
    verification.start()
    verification.join()

    assert caught.value.status == 3
    assert str(verification.error) == str(caught.value)
    assert list(place.target.iterdir()) == []
    assert place.entry("a.bin").parts == kept
    mount("--bind", str(place.folder / "disk"), str(place.target))
    expect_only_the_rest_fetched(place, kept)


@pytest.mark.fault("F31")
@pytest.mark.skipif(sys.platform == "win32", reason="mounts a disk in a folder")
def test_a_disk_that_is_not_mounted_may_have_the_files_of_objects_that_are_gone(
    disk: Callable[[], None], place: Place
) -> None:
    place.server.put("gone.bin", size=1000)
    assert place.get().status == 0
    place.server.delete("gone.bin")
    assert place.get(changes=Changes()).counts.total == 0
    disk()

    with pytest.raises(LocalError, match="nothing is mounted at"):
        place.get(changes=Changes())

    assert place.reader().has_former()


@pytest.mark.fault("F44")
@pytest.mark.skipif(sys.platform == "win32", reason="mounts a disk in a folder")
def test_a_job_may_move_to_another_disk_and_lose_all_of_its_files(
    disk: Callable[[], None], place: Place, server: DemoServer
) -> None:
    server.put("a.bin", size=1000)
    assert place.get().status == 0
    disk()
    (place.target / "here.txt").write_text("this is where they go now")

    assert place.get().fetched == 1
    shutil.rmtree(place.target)
    assert place.get().fetched == 1
