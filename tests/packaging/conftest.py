"""The executables, built once for all tests, and what they run in."""

import faulthandler
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from executables import naming

import ossh
import ossh.demo
from ossh.demo import DemoServer
from tests.packaging import jail
from tests.packaging.jail import Jail

ROOT = Path(__file__).resolve().parents[2]
BUILD_SECONDS = 600  # a build takes half a minute on a machine with nothing else to do
BUILDS = ("folder", "one file")


@dataclass(frozen=True)
class Executables:
    """What build.py made."""

    output: Path

    @property
    def folder(self) -> Path:
        return self.output / "ossh"

    @property
    def one_file(self) -> Path:
        return self.output / f"{naming.build_name(ossh.__version__)}{naming.suffix()}"

    def program(self, build: str) -> Path:
        return self.folder / f"ossh{naming.suffix()}" if build == "folder" else self.one_file


@pytest.fixture(scope="session")
def executables(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Executables:
    """Build both; whichever process of pytest comes first does it for all of them."""
    faulthandler.cancel_dump_traceback_later()  # a build may take longer than a test may
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    output, done, failed = (shared / f"executables{end}" for end in ("", ".done", ".failed"))
    try:
        output.mkdir()
    except FileExistsError:
        wait_until(lambda: done.exists() or failed.exists())
    else:
        try:
            _build(output)
        except BaseException:
            failed.touch()
            raise
        done.touch()
    assert done.exists(), "the build failed, in another process of these tests"
    return Executables(output)


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for something that is sure to happen; fail after a time that no machine needs."""
    deadline = time.monotonic() + BUILD_SECONDS
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _build(output: Path) -> None:
    # Measuring the coverage of PyInstaller would take minutes.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    script = ROOT / "build_scripts" / "build.py"
    subprocess.run(
        [sys.executable, str(script), "--output", str(output)],
        env={**environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        timeout=BUILD_SECONDS,
        check=True,
    )


@pytest.fixture(params=BUILDS)
def program(request: pytest.FixtureRequest, executables: Executables) -> Path:
    """Give each build's program in turn."""
    return executables.program(request.param)


@pytest.fixture
def alone(program: Path, executables: Executables, tmp_path: Path) -> Jail:
    """Give each build in turn, in a folder where there is nothing else but glibc and zlib."""
    enter = jail.enter() if sys.platform == "linux" else None
    if enter is None:
        pytest.skip("only Linux, and root or who may be root in a namespace, changes the root")
    root = tmp_path / "root"
    root.mkdir()
    jail.furnish(root)
    if program.parent == executables.folder:
        shutil.copytree(executables.folder, root / "ossh", symlinks=True, copy_function=_linked)
        return Jail(root, enter, "/ossh/ossh")
    _linked(str(program), str(root / "program"))
    return Jail(root, enter, "/program")


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


@pytest.fixture
def server() -> Iterator[DemoServer]:
    """Give an empty bucket outside, that a program inside reaches over loopback."""
    with ossh.demo.start(empty=True) as server:
        yield server


@pytest.fixture
def keys(server: DemoServer) -> Callable[..., Mapping[str, str]]:
    """Give the variables that make the bucket known."""

    def made(endpoint: str = "") -> Mapping[str, str]:
        return {
            "OSS_ACCESS_KEY_ID": server.access_key_id,
            "OSS_ACCESS_KEY_SECRET": server.access_key_secret,
            "OSS_ENDPOINT": endpoint or server.endpoint,
            "OSS_REGION": server.region,
        }

    return made
