"""The machine: few open files, names that no longer resolve, a clock that jumps, full disks."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ossh import job as job_files
from ossh.errors import LocalError
from ossh.model import Status
from ossh.network.http import AHEAD
from tests.integration.rig import (
    Place,
    command,
    ended,
    environment,
    finish,
    gets,
    mount,
    start_and_hold,
)
from tests.waiting import DEADLINE_SECONDS, wait_until

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs limits, mounts and rights")


@pytest.mark.fault("F34")
@posix
def test_few_open_files_cap_the_connections_and_that_is_said(place: Place) -> None:
    place.server.fill("{:03d}.bin", 200, 1000)
    place.server.fill("large-{:02d}.bin", 20, 400_000)
    place.server.fault("delay", seconds=0.02)
    job_files.save(place.job(connections=128, part_size=300_000))
    limited = ["sh", "-c", 'ulimit -n 122; exec "$@"', "sh", *command()]

    done = ended(place, limited)

    assert done.returncode == 0, done.stderr
    assert "using 8 of 128 connections: the system allows no more open files" in done.stderr
    names = [f"{n:03d}.bin" for n in range(200)] + [f"large-{n:02d}.bin" for n in range(20)]
    place.expect(*names)


def in_own_mounts(hosts: Path, resolvers: Path) -> list[str]:
    """Return what runs a command where names are found in these files only, or skip the test."""
    script = 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && shift 2'
    prefix = ["unshare", "--mount", "sh", "-c", f'{script} && exec "$@"', "sh"]
    prefix += [str(hosts), str(resolvers)]
    try:
        subprocess.run([*prefix, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("may not mount")
    return prefix


@pytest.mark.fault("F22b")
@posix
def test_names_that_no_longer_resolve_are_waited_for(place: Place) -> None:
    hosts, resolvers = place.folder / "hosts", place.folder / "resolv.conf"
    known = f"127.0.0.1 {place.server.bucket}.oss.test\n"
    hosts.write_text(known)
    resolvers.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")  # nobody is there
    prefix = in_own_mounts(hosts, resolvers)
    place.server.fill("{:03d}.bin", 150, 300_000)
    place.server.fault("hold")
    endpoint = f"http://oss.test:{place.server.port}"
    # on connections that were made ahead, for libcurl remembers names for a while
    job_files.save(place.job(endpoint=endpoint, connections=AHEAD))
    line = command()
    line.remove("--quiet")
    with (place.folder / "stderr").open("wb") as stderr:
        process = subprocess.Popen(
            [*prefix, *line], cwd=place.folder, env=environment(place), stderr=stderr
        )
        wait_until(lambda: len(gets(place.server)) == AHEAD)

        hosts.write_text("")
        place.server.fault("close", instead=True)
        said = place.folder / "stderr"
        wait_until(
            lambda: b"waiting for the network" in said.read_bytes() or process.poll() is not None
        )
        hosts.write_text(known)
        status = process.wait(DEADLINE_SECONDS)

    assert status == 0, said.read_text()
    assert {entry.attempts for entry in place.reader().entries()} == {1}
    assert b"waiting for the network" in said.read_bytes()
    place.expect(*(f"{number:03d}.bin" for number in range(150)))


@pytest.mark.fault("F36")
@pytest.mark.parametrize("hours", [5, -5])
def test_a_clock_that_jumps_during_a_run_costs_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    place.server.add_bucket(
        place.server.bucket, public=True
    )  # without a signature no clock is compared
    place.server.fill("{:03d}.bin", 200, 1000)
    place.server.put("large.bin", size=1_000_000)
    place.server.fault("status", status=503, after=10, times=5, qos_delay_ms=2000)
    job = place.job(rate=1_000_000)
    run = place.run(replace(job, source=replace(job.source, anonymous=True)))
    right, began = time.time, time.monotonic()
    start_and_hold(run, place.server)
    wait_until(lambda: run.progress.note)  # the pause that was asked for

    monkeypatch.setattr(time, "time", lambda: right() + hours * 3600)
    place.server.clear_faults()
    summary = finish(run)
    monkeypatch.undo()

    assert (summary.status, summary.fetched) == (0, 201)
    assert {entry.attempts for entry in place.reader().entries()} == {1}
    # at this rate, whatever the wall clock says
    assert 0.8 < summary.seconds < time.monotonic() - began
    moments = [one.finished.timestamp() for one in place.reader().entries() if one.finished]
    assert max(abs(moment - right()) for moment in moments) < 3600


@pytest.mark.fault("F31")
def test_a_full_disk_below_the_manifest_stops_the_run_resumable(
    place: Place, new_disk: Callable[..., Path]
) -> None:
    small_jobs = new_disk(place.folder / "jobs", "1m")
    key = f"{'long' * 50}/{{:04d}}.bin"
    place.server.fill(key, 4000, 10)

    with pytest.raises(LocalError, match="the disk is full") as stopped:
        place.get()
    mount("-o", "remount,size=64m", str(small_jobs))
    summary = place.get()

    assert stopped.value.status == 3
    assert (summary.status, summary.counts.objects[Status.FAILED]) == (0, 0)
    assert len(place.files()) == 4000
