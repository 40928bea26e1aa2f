"""The executables, built once for all tests, and what they run in."""

import faulthandler
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from executables.command import Built, suffix

import ossh.demo
from ossh.demo import DemoServer
from tests.packaging import jail
from tests.packaging.jail import Jail
from tests.waiting import wait_until
from tests.wine import is_wine

ROOT = Path(__file__).resolve().parents[2]
BUILD_SECONDS = 1800  # half a minute on a machine with nothing else to do, minutes on a busy one
BUILDS = ("folder", "one file")


@pytest.fixture(scope="session")
def executables(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Built:
    """Build both; whichever process of pytest comes first does it for all of them.

    What is already built is tested instead, if OSSH_BUILT says where it is.
    """
    if built := os.environ.get("OSSH_BUILT"):
        return Built(Path(built))
    if is_wine():
        pytest.skip("a build takes long there; windows.py --build makes it")
    faulthandler.cancel_dump_traceback_later()  # a build may take longer than a test may
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    output, done, failed = (shared / f"executables{end}" for end in ("", ".done", ".failed"))
    try:
        output.mkdir()
    except FileExistsError:
        wait_until(lambda: done.exists() or failed.exists(), BUILD_SECONDS)
    else:
        try:
            _build(output)
        except BaseException:
            failed.touch()
            raise
        done.touch()
    assert done.exists(), "the build failed, in another process of these tests"
    return Built(output)


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
def program(request: pytest.FixtureRequest, executables: Built) -> Path:
    """Give each build's program in turn."""
    return executables.program if request.param == "folder" else executables.one_file


@pytest.fixture(params=[*BUILDS, *(["source"] if sys.platform == "win32" else [])])
def alone(request: pytest.FixtureRequest, tmp_path: Path) -> Jail:
    """Give each build in turn, in a folder where there is nothing else but glibc and zlib.

    Windows has no such folder. There it is one with a space and Chinese characters in its name, and
    ossh as it is from source is one more of those that have to get along with it.
    """
    enter = jail.enter() if sys.platform == "linux" else None
    if enter is None and sys.platform != "win32":
        pytest.skip("only Linux, and root or who may be root in a namespace, changes the root")
    root = tmp_path / "新 文件夹"
    root.mkdir()
    if sys.platform == "win32":
        (root / "jobs").mkdir()  # or all of them would have theirs in the user's one folder
    if request.param == "source":
        return Jail(root, [sys.executable, "-P", "-m", "ossh"])
    executables: Built = request.getfixturevalue("executables")
    program = root / f"program{suffix()}"
    if request.param == "folder":
        shutil.copytree(executables.folder, root / "ossh", symlinks=True, copy_function=_linked)
        program = root / "ossh" / f"ossh{suffix()}"
    else:
        _linked(str(executables.one_file), str(program))
    is_one_file = request.param == "one file"
    if enter is None:
        return Jail(root, [str(program)], is_one_file)
    jail.furnish(root)
    command = [*enter, str(root), f"/{program.relative_to(root)}"]
    return Jail(root, command, is_one_file)


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


def keys(server: DemoServer, endpoint: str = "") -> Mapping[str, str]:
    """Return the variables that make a bucket known."""
    place = {"OSS_ENDPOINT": endpoint or server.endpoint, "OSS_REGION": server.region}
    return {**server.environ, **place}
