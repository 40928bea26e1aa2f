"""get --dask: what a person sees of a cluster; how it works is told in tests/integration."""

import gc

import pytest

from tests.integration.dask_cluster import dask_cluster
from tests.integration.rig import tree
from tests.shell.conftest import Driver

KEYS = [f"logs/{number:02d}.gz" for number in range(20)]


@pytest.fixture
def say(fresh: Driver) -> Driver:
    for key in KEYS:
        fresh.server.put(key, key.encode())
    return fresh


def test_get_and_retry_have_workers_fetch_and_the_summary_is_as_ever(say: Driver) -> None:
    say.server.fault("status", key="logs/07.gz", status=403)
    with dask_cluster(say.folder / "dask", 1) as cluster:
        first = say(f"get logs/ --dask {cluster.address}")
        say.server.clear_faults()
        second = say(f"retry --dask {cluster.address} --background")
        waited = say("wait")

    assert first.status == 1
    assert first.lines[0].startswith("not complete: 19 of 20 objects")
    assert "denied" in first.out
    assert second.status == 0
    assert waited.lines[0].startswith("done: 20 objects")
    assert tree(say.folder / "logs") == {key[5:]: key.encode() for key in KEYS}


def test_without_a_scheduler_nothing_is_left_behind(say: Driver) -> None:
    said = say("get logs/ --dask tcp://127.0.0.1:1")

    assert said.status == 3
    assert "error: cannot reach the Dask scheduler at 'tcp://127.0.0.1:1'" in said.err
    assert "hint: 'dask scheduler' starts one" in said.err
    assert "Traceback" not in said.err
    assert not list((say.folder / "jobs").glob("*.toml"))
    assert not (say.folder / "logs" / ".ossh").exists()


@pytest.mark.parametrize("address", ["nonsense", "foo://x:1", "tcp://", "tcp://x", "10.0.0.1:8786"])
def test_what_is_no_address_is_refused_before_anything_is_done(say: Driver, address: str) -> None:
    said = say(f"get logs/ --dask {address}")

    assert said.status == 2
    assert f"error: '{address}' is not the address of a Dask scheduler" in said.err
    assert "hint: write tcp://HOST:PORT" in said.err
    assert not (say.folder / "jobs").exists()


def test_tls_without_certificates_is_told_in_a_line(say: Driver) -> None:
    said = say("get logs/ --dask tls://127.0.0.1:1")
    gc.collect()

    assert said.status == 3
    assert "error: cannot reach the Dask scheduler at 'tls://127.0.0.1:1': " in said.err
    assert "Traceback" not in said.err
