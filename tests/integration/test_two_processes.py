"""Two ossh at once, again and again: on one job, and on two jobs that fill one folder."""

import random
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ossh import job as job_files
from ossh.demo import DemoServer
from ossh.manifest import ManifestReader
from tests.integration.rig import DEADLINE_SECONDS, Place, command, tree

ROUNDS = 4  # for each seed
KEYS = [*(f"{number:02d}.bin" for number in range(12)), "large.bin"]


@pytest.fixture
def filled(server: DemoServer) -> DemoServer:
    server.fill("{:02d}.bin", 12, 1000)
    server.put("large.bin", size=700_000)
    server.fault("delay", operation="get", seconds=0.4)
    return server


def places(server: DemoServer, folder: Path, seed: int) -> Iterator[tuple[Place, float]]:
    """Yield a place for each round, and how long after the first the second process starts."""
    rng = random.Random(seed)
    for number in range(ROUNDS):
        (folder / str(number)).mkdir()
        yield Place(server, folder / str(number)), rng.choice((0.0, rng.uniform(0, 0.5)))


def pair(place: Place, jobs: tuple[str, str], gap: float) -> list[subprocess.Popen[str]]:
    """Start ossh on two job files, the second so much later, and wait until both have ended."""
    started = []
    for name in jobs:
        line, environ = command(place)
        line[line.index("jobs/job.toml")] = f"jobs/{name}.toml"
        started.append(
            subprocess.Popen(
                line,
                cwd=place.folder,
                env=environ,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        time.sleep(gap)  # not a wait: the distance of the two
    return started


def ended(processes: list[subprocess.Popen[str]]) -> list[tuple[int, int, str]]:
    """Return process id, exit status and what was said of each, once it has ended."""
    said = [process.communicate(timeout=DEADLINE_SECONDS)[1] for process in processes]
    return [
        (process.pid, process.returncode, text)
        for process, text in zip(processes, said, strict=True)
    ]


@pytest.mark.fault("F40")
@pytest.mark.parametrize("seed", range(5))
def test_of_two_on_one_job_the_second_is_refused_and_the_first_unharmed(
    filled: DemoServer, tmp_path: Path, seed: int
) -> None:
    refused = 0
    for place, gap in places(filled, tmp_path, seed):
        job_files.save(place.job(part_size=300_000))

        both = ended(pair(place, ("job", "job"), gap))

        losers = [(pid, text) for pid, status, text in both if status]
        assert len(losers) < 2, both
        for loser, text in losers:
            [winner] = [pid for pid, status, _ in both if status == 0]
            assert (loser, 3) in [(pid, status) for pid, status, _ in both]
            assert f"'job' is being run by process {winner} on '{socket.gethostname()}'" in text
            assert "Traceback" not in text
            refused += 1
        place.expect(*KEYS)
        assert not (place.folder / "jobs" / "job.lock").exists()
        with pytest.raises(FileNotFoundError):
            (place.target / ".oss-failed.csv").stat()
    assert refused, "they never met"


@pytest.mark.fault("F41")
@pytest.mark.parametrize("seed", range(5))
def test_two_jobs_with_one_target_share_no_partial_file_and_all_files_are_whole(
    filled: DemoServer, tmp_path: Path, seed: int
) -> None:
    whole = {key: filled.body(key) for key in KEYS}
    for place, gap in places(filled, tmp_path, seed):
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
