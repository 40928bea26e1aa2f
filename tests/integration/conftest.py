"""A demo bucket for every test: of a shared server, or of a server that the test may break."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ossh import demo
from ossh.demo import DemoServer
from ossh.fsspec.file_system import OsshFileSystem
from tests.integration.rig import STARTED, Place, mount, unmount
from tests.servers import Lender

_numbers = count(1)


@pytest.fixture(scope="session")
def shared_server() -> Iterator[DemoServer]:
    """Serve for all tests of this process; `server` gives each a bucket of its own."""
    with demo.start(empty=True) as server:
        yield server


@pytest.fixture(autouse=True)
def no_process_left() -> Iterator[None]:
    """End what a test started, also where it failed before it could: others would notice."""
    yield
    while STARTED:
        process = STARTED.pop()
        process.kill()
        process.wait()


@pytest.fixture
def server(shared_server: DemoServer) -> Iterator[DemoServer]:
    """Serve a new, empty bucket, with no fault armed and no request logged."""
    shared_server.bucket = f"bucket-{next(_numbers)}"
    shared_server.add_bucket(shared_server.bucket)
    shared_server.clear_requests()
    yield shared_server
    shared_server.clear_faults()


@pytest.fixture
def own_server(lender: Lender) -> Iterator[DemoServer]:
    """Serve an empty bucket from a process that the test may stop or give other accounts."""
    with lender.lend() as server:
        yield server


@pytest.fixture
def place(server: DemoServer, tmp_path: Path) -> Place:
    """Give a folder for a job on the shared server's bucket."""
    return Place(server, tmp_path)


@pytest.fixture
def own_place(own_server: DemoServer, tmp_path: Path) -> Place:
    """Give a folder for a job on a server of the test's own."""
    return Place(own_server, tmp_path)


@pytest.fixture
def new_disk() -> Iterator[Callable[..., Path]]:
    """Mount disks over folders until the test ends, where this machine lets us.

    Options are of `umount`.
    """
    with ExitStack() as stack:

        def mounted(folder: Path, size: str = "16m", *options: str) -> Path:
            folder.mkdir(parents=True, exist_ok=True)
            mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
            stack.callback(unmount, folder, *options)
            return folder

        yield mounted


@pytest.fixture
def options(server: DemoServer) -> dict[str, Any]:
    """Return what connects to the server, as `storage_options`."""
    return {
        "key": server.access_key_id,
        "secret": server.access_key_secret,
        "endpoint": server.endpoint,
        "region": server.region,
    }


@pytest.fixture
def keys_in_environment(server: DemoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment hold the server's keys, but not where it is."""
    for name, value in server.environ.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def fs(options: dict[str, Any]) -> OsshFileSystem:
    return OsshFileSystem(skip_instance_cache=True, **options)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no proxy of the machine come between a test and its server."""
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
