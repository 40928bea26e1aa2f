"""get --dask: real workers of a real scheduler fetch what one driver lists, signs and records."""

import re
import select
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from distributed import Client

from ossh.cluster import cluster_at, worker_session
from ossh.errors import OsshError
from ossh.model import Status, Target
from ossh.transfer.disk.work_folder import PROBE
from ossh.transfer.run import Run
from tests.integration.dask_cluster import DaskCluster, dask_cluster
from tests.integration.rig import (
    Place,
    finish,
    gets,
    statuses,
)
from tests.integration.test_processes import LARGE, SMALL, fill
from tests.waiting import DEADLINE_SECONDS, wait_until


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """Give a scheduler with two workers, which tests share and leave as they are."""
    with dask_cluster(tmp_path_factory.mktemp("dask"), 2) as cluster:
        yield cluster


def started(place: Place, cluster: DaskCluster) -> Run:
    """Start a run that goes on until faults are cleared; return it once workers have fetched."""
    fill(place.server)
    job = place.job(part_size=500_000, connections=16)
    run = place.run(job, new_lanes=cluster_at(cluster.address))
    place.server.fault("hold", operation="get", key="1*.bin")  # later batches: they end as a whole
    run.start()
    wait_until(lambda: run.progress.fetched >= 10)
    return run


def test_two_workers_bring_every_object_whole_and_sign_nothing(
    place: Place, dask: DaskCluster
) -> None:
    fill(place.server)

    summary = place.get(place.job(part_size=500_000), new_lanes=cluster_at(dask.address))

    assert (summary.status, summary.fetched) == (0, len(SMALL) + len(LARGE))
    assert summary.bytes_received == len(SMALL) * 1000 + len(LARGE) * 3_000_000
    place.expect(*SMALL, *LARGE)
    asked = gets(place.server)
    assert len(asked) == len(SMALL) + 6 * len(LARGE)
    assert all("x-oss-signature" in one["query"] for one in asked)


def test_a_worker_that_is_killed_costs_no_object_an_attempt(place: Place, tmp_path: Path) -> None:
    with dask_cluster(tmp_path / "dask", 2) as cluster:
        run = started(place, cluster)

        cluster.workers[0].kill()
        place.server.clear_faults()
        summary = finish(run)

    assert (summary.status, summary.by_cause) == (0, ())
    place.expect(*SMALL, *LARGE)
    assert {place.entry(key).attempts for key in (*SMALL, *LARGE)} <= {0, 1}


@pytest.mark.parametrize("lapsed", [1, 2])
def test_a_worker_whose_session_lapsed_is_greeted_again(
    place: Place, dask: DaskCluster, lapsed: int
) -> None:
    run = started(place, dask)
    [probe] = place.target.glob(f".ossh/*/{PROBE}*")
    run_id = probe.name.removeprefix(PROBE)

    with Client(dask.address, set_as_default=False) as client:  # as a worker does by itself
        workers = sorted(client.nthreads())
        client.run(worker_session.close_session, run_id, workers=workers[:lapsed])
        wait_until(lambda: all(client.run(lambda: run_id in worker_session._sessions).values()))
    place.server.clear_faults()
    summary = finish(run)

    assert (summary.status, summary.by_cause) == (0, ())
    place.expect(*SMALL, *LARGE)


def test_a_run_that_is_stopped_parks_and_goes_on_without_the_cluster(
    place: Place, dask: DaskCluster
) -> None:
    run = started(place, dask)

    run.stop()
    summary = finish(run)

    assert (summary.status, summary.ended) == (130, "stopped")
    done = {entry.key for entry in place.reader().entries((Status.DONE,))}
    assert len(done) == summary.counts.objects[Status.DONE]
    assert 10 <= len(done) < len(SMALL)
    place.server.clear_faults()
    place.server.clear_requests()
    assert place.get(run.job).status == 0
    place.expect(*SMALL, *LARGE)
    assert not done & {one["key"] for one in gets(place.server)}


def test_a_new_rate_holds_for_workers_at_once(place: Place, dask: DaskCluster) -> None:
    fill(place.server)
    job = place.job(part_size=1_000_000, rate=20_000)  # it would take five minutes
    run = place.run(job, new_lanes=cluster_at(dask.address))
    run.start()
    wait_until(lambda: gets(place.server, "large*"))

    run.controls = replace(run.controls, bytes_per_second=0)

    assert finish(run).status == 0
    place.expect(*SMALL, *LARGE)


def test_a_url_that_expired_is_signed_anew_and_nobody_charged(
    place: Place, dask: DaskCluster
) -> None:
    place.server.fill("{:03d}.bin", 6, 1000)
    # longer than a URL is good for: whatever waits behind another in its batch comes too late
    place.server.fault("delay", operation="get", seconds=3.5)
    job = place.job(connections=2)

    summary = place.get(job, new_lanes=cluster_at(dask.address, url_seconds=3))

    assert summary.status == 0
    answered = [statuses(place.server, key) for key in SMALL[:6]]
    assert any(403 in one for one in answered), "none expired"
    assert {place.entry(key).attempts for key in SMALL[:6]} <= {0, 1}


def test_no_secret_goes_over_the_wire(place: Place, dask: DaskCluster) -> None:
    fill(place.server)

    with recorded(dask.address) as (address, sent):
        summary = place.get(place.job(), new_lanes=cluster_at(address))

    assert summary.status == 0
    whole = b"".join(sent)
    assert b"x-oss-signature" in whole, "nothing was recorded"
    assert str(place.target).encode() in whole
    assert place.server.access_key_secret.encode() not in whole
    assert b"OSS_ACCESS" not in whole


@contextmanager
def recorded(address: str) -> Iterator[tuple[str, list[bytes]]]:
    """Relay connections to a scheduler; give the address, and what its clients send."""
    place = urlsplit(address)
    sent: list[bytes] = []
    threads: list[threading.Thread] = []
    front = socket.create_server(("127.0.0.1", 0))

    def relay(client: socket.socket) -> None:
        upstream = socket.create_connection((place.hostname or "", place.port or 0))
        with client, upstream, suppress(OSError):
            while True:
                for source in select.select([client, upstream], [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    if source is client:
                        sent.append(data)
                    (upstream if source is client else client).sendall(data)

    def accept() -> None:
        with suppress(OSError):  # shut down: the test is over
            while True:
                client, _ = front.accept()
                threads.append(threading.Thread(target=relay, args=(client,)))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield f"tcp://127.0.0.1:{front.getsockname()[1]}", sent
    finally:
        with suppress(OSError):
            front.shutdown(socket.SHUT_RDWR)
        front.close()
        for thread in (accepting, *threads):
            thread.join()


@pytest.mark.skipif(sys.platform != "linux", reason="paths that differ by process are Linux's")
def test_a_worker_that_does_not_see_the_target_is_left_out_and_others_fetch(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(place.server)
    monkeypatch.chdir(place.folder)
    job = replace(place.job(), target=Target("/proc/self/cwd/target"))  # of each process its own
    with dask_cluster(tmp_path / "dask", 0) as cluster:
        cluster.add_worker()
        cluster.add_worker(folder=place.folder)
        cluster.wait_for(2)

        summary = place.get(job, new_lanes=cluster_at(cluster.address))

    assert summary.status == 0
    assert len(summary.notes) == 1
    assert "cannot see the folder '/proc/self/cwd/target'" in summary.notes[0]
    place.expect(*SMALL, *LARGE)
    assert not (tmp_path / "dask" / "target").exists()


def test_where_all_workers_have_another_ossh_or_none_the_run_does_not_begin(
    place: Place, tmp_path: Path
) -> None:
    fill(place.server)
    with dask_cluster(tmp_path / "dask", 0) as cluster:
        for name, text in (("older", '__version__ = "0.0.1"'), ("none", "")):
            (tmp_path / name / "ossh").mkdir(parents=True)
            (tmp_path / name / "ossh" / "__init__.py").write_text(text, encoding="utf-8")
            cluster.add_worker(python_path=tmp_path / name)
        cluster.wait_for(2)

        with pytest.raises(OsshError, match="no worker can take part: worker tcp://") as caught:
            place.get(new_lanes=cluster_at(cluster.address))

    assert re.search(r"has (ossh 0\.0\.1|no ossh); this is \d", str(caught.value))
    assert "1 more were left out" in str(caught.value)
    assert caught.value.status == 3
    assert "file system" in (caught.value.hint or "")


def test_without_workers_or_a_scheduler_the_run_says_what_to_start(
    place: Place, tmp_path: Path
) -> None:
    fill(place.server)
    with dask_cluster(tmp_path / "dask", 0) as cluster:
        with pytest.raises(OsshError, match="has no workers") as caught:
            place.get(new_lanes=cluster_at(cluster.address))
        assert f"dask worker {cluster.address}" in (caught.value.hint or "")

    with pytest.raises(OsshError, match="cannot reach the Dask scheduler at 'tcp://") as caught:
        place.get(new_lanes=cluster_at(cluster.address))
    assert caught.value.status == 3
    assert not list((place.target / ".ossh").rglob("probe-*"))


def test_a_run_is_stopped_while_a_scheduler_does_not_answer(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(DEADLINE_SECONDS)
        run = place.run(new_lanes=cluster_at(f"tcp://127.0.0.1:{silent.getsockname()[1]}"))

        run.start()
        with silent.accept()[0]:
            run.stop()

            assert finish(run).ended == "stopped"
    assert not (place.target / ".ossh").exists()


def test_a_scheduler_that_dies_in_the_middle_leaves_a_run_that_can_be_stopped_and_resumed(
    place: Place, tmp_path: Path
) -> None:
    with dask_cluster(tmp_path / "dask", 1) as cluster:
        run = started(place, cluster)

        cluster.scheduler.kill()
        wait_until(lambda: run.progress.note == "waiting for workers")
        run.stop()
        summary = finish(run)

    assert summary.ended == "stopped"
    place.server.clear_faults()
    assert place.get(run.job).status == 0
    place.expect(*SMALL, *LARGE)
