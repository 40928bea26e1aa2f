"""Two ossh at once, a few times: on one job, and on two jobs that fill one folder."""

import os
import re
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from ossh import job as job_files
from ossh.demo import DemoServer
from ossh.errors import JobLockedError, OsshError
from ossh.manifest import ManifestReader
from ossh.model import Target
from ossh.paths import real
from tests.integration.rig import (
    Place,
    command,
    environment,
    finish,
    second_path,
    start_and_hold,
    tree,
)
from tests.waiting import DEADLINE_SECONDS, wait_until

ROUNDS = 4
KEYS = [*(f"{number:02d}.bin" for number in range(12)), "large.bin"]


@pytest.fixture
def filled(server: DemoServer) -> DemoServer:
    server.fill("{:02d}.bin", 12, 1000)
    server.put("large.bin", size=700_000)
    return server


def places(server: DemoServer, folder: Path) -> Iterator[tuple[Place, float]]:
    """Yield a place for each round, and how long after the first the second process starts."""
    for number in range(ROUNDS):
        (folder / str(number)).mkdir()
        yield Place(server, folder / str(number)), 0.15 * number


def pair(place: Place, jobs: tuple[str, str], gap: float) -> list[subprocess.Popen[str]]:
    """Start ossh on two job files, the second so much later."""
    started = []
    for name in jobs:
        started.append(
            subprocess.Popen(
                command(name),
                cwd=place.folder,
                env=environment(place),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        time.sleep(gap)  # not a wait: the distance of the two
    return started


def one_has_ended(processes: list[subprocess.Popen[str]]) -> bool:
    return any(process.poll() is not None for process in processes)


def ended(processes: list[subprocess.Popen[str]]) -> list[tuple[int, int, str]]:
    """Return process id, exit status and what was said of each, once it has ended."""
    said = [process.communicate(timeout=DEADLINE_SECONDS)[1] for process in processes]
    return [
        (process.pid, process.returncode, text)
        for process, text in zip(processes, said, strict=True)
    ]


@pytest.mark.fault("F40")
def test_of_two_on_one_job_the_second_is_refused_and_the_first_unharmed(
    filled: DemoServer, tmp_path: Path
) -> None:
    for place, gap in places(filled, tmp_path):
        job_files.save(place.job(part_size=300_000))
        filled.fault("hold", operation="get")

        both = pair(place, ("job", "job"), gap)
        wait_until(partial(one_has_ended, both))
        filled.clear_faults()

        [(winner, _, _), (_, status, text)] = sorted(ended(both), key=lambda one: one[1])
        assert status == 3
        assert f"'job' is being run by process {winner} on '{socket.gethostname()}'" in text
        assert "Traceback" not in text
        place.expect(*KEYS)
        assert not (place.folder / "jobs" / "job.lock").exists()
        with pytest.raises(FileNotFoundError):
            (place.target / ".oss-failed.csv").stat()


@pytest.mark.fault("F41")
def test_two_jobs_with_one_target_share_no_partial_file_and_all_files_are_whole(
    filled: DemoServer, tmp_path: Path
) -> None:
    filled.fault("delay", operation="get", seconds=0.4)
    whole = {key: filled.body(key) for key in KEYS}
    for place, gap in places(filled, tmp_path):
        job = place.job(part_size=300_000)
        for name in ("job", "other"):
            job_files.save(replace(job, path=job.path.with_name(f"{name}.toml")))

        both = pair(place, ("job", "other"), gap)
        while any(process.poll() is None for process in both):
            assert tree(place.target).items() <= whole.items(), "a final name holds something else"
            time.sleep(0.05)

        assert [status for _, status, _ in ended(both)] == [0, 0]
        place.expect(*KEYS)
        ids = {
            ManifestReader(place.folder / "jobs" / f"{name}.sqlite").job_id
            for name in ("job", "other")
        }
        assert len(ids) == 2
        assert all(re.fullmatch(r"[0-9a-f]{8}", one) for one in ids)


def test_a_copy_of_a_manifest_shares_no_partial_files_with_it(place: Place) -> None:
    for number in range(3):
        place.server.put(f"k{number}", bytes([number]) * 100_000)
    first = place.run()
    start_and_hold(first, place.server, done=0)
    wait_until(lambda: first.progress.connections > 0)
    copy = replace(first.job, path=first.job.path.with_name("copy.toml"))
    place.reader().copy_to(copy.manifest_path)
    with closing(sqlite3.connect(copy.manifest_path)) as manifest, manifest:
        # as when each has met the objects in an order of its own
        manifest.execute("UPDATE entries SET row = -row")
        manifest.execute("UPDATE entries SET row = row + 4")

    second = place.run(copy)
    second.start()
    wait_until(lambda: second.progress.connections > 0)
    place.server.clear_faults()

    assert (finish(first).status, finish(second).status) == (0, 0)
    place.expect("k0", "k1", "k2")
    assert ManifestReader(copy.manifest_path).job_id != place.reader().job_id
    assert place.get().status == 0


@pytest.mark.fault("F40")
def test_of_two_copies_of_a_job_that_share_its_target_the_second_is_refused(place: Place) -> None:
    place.server.put("k", b"k" * 200_000)
    first = place.run()
    start_and_hold(first, place.server, done=0)
    wait_until(lambda: first.progress.connections > 0)
    copy = replace(first.job, path=place.folder / "copy" / "other.toml")
    copy.path.parent.mkdir()
    place.reader().copy_to(copy.manifest_path)
    with closing(sqlite3.connect(copy.manifest_path)) as manifest, manifest:
        # as on another machine, where it has the same path
        home = str(real(copy.manifest_path))
        manifest.execute("UPDATE meta SET value = ? WHERE name = 'home'", [home])

    with pytest.raises(JobLockedError, match=f"'other' is being run by .*process {os.getpid()} on"):
        place.get(copy)
    place.server.clear_faults()

    assert finish(first).status == 0
    place.expect("k")
    assert place.get(copy).status == 0
    place.expect("k")


def test_a_manifest_that_was_moved_keeps_its_partial_files(place: Place) -> None:
    place.server.put("k", b"k")
    place.get()
    job_id = place.reader().job_id
    moved = replace(place.job(), path=place.job().path.with_name("moved.toml"))
    place.job().manifest_path.rename(moved.manifest_path)

    place.get(moved)

    assert ManifestReader(moved.manifest_path).job_id == job_id


def test_a_manifest_keeps_its_partial_files_however_its_path_is_written(place: Place) -> None:
    place.server.put("k", b"k")
    with second_path(place.folder / "jobs") as other:
        place.get()
        job_id = place.reader().job_id

        place.get(replace(place.job(), path=other / "job.toml"))

        assert place.reader().job_id == job_id


@pytest.mark.parametrize("what", ["job file", "manifest"])
def test_nothing_is_replaced_while_another_job_cannot_be_read(place: Place, what: str) -> None:
    place.server.put("theirs/k", b"theirs")
    place.server.put("ours/k", b"the other object")
    theirs = replace(place.job("theirs/"), path=place.folder / "jobs" / "theirs.toml")
    job_files.save(theirs)
    place.get(theirs)
    if what == "job file":
        theirs.path.write_text("a typo")
    else:
        theirs.manifest_path.write_bytes(theirs.manifest_path.read_bytes()[:3000])
    ours = place.job("ours/", target=Target("../target", existing="replace"))

    with pytest.raises(OsshError, match="another job may have it") as caught:
        place.get(ours)

    assert caught.value.status == 3
    assert tree(place.target) == {"k": b"theirs"}
    assert place.trashed() == {}
