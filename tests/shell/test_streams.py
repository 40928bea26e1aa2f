"""Standard streams that are closed, full or read by nobody never end or belie a download."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Launcher

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="cmd closes no streams")


def get(launch: Launcher, server: DemoServer, *, stdout: int, stderr: int) -> int:
    """Run a download of the whole bucket as a process and return its status."""
    line = (f"oss://{server.bucket}/", "-c", "get --to out")
    return launch.on(server).ended(*line, stdout=stdout, stderr=stderr).returncode


def unread() -> int:
    """Return the writing end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def arrived(launch: Launcher) -> int:
    return sum(path.is_file() for path in (launch.folder / "out").rglob("*.bin"))


@pytest.mark.fault("F48")
def test_a_download_goes_on_when_nobody_reads_its_progress(
    launch: Launcher, server: DemoServer
) -> None:
    server.fill("{:03d}.bin", 100, 1000)
    server.fault("delay", operation="get", seconds=0.2)
    pipe = unread()

    status = get(launch, server, stderr=pipe, stdout=subprocess.DEVNULL)

    os.close(pipe)
    assert (status, arrived(launch)) == (0, 100)


def test_a_reader_that_left_does_not_hide_failures(launch: Launcher, server: DemoServer) -> None:
    server.fill("{:03d}.bin", 3, 1000)
    server.fault("status", status=403, key="001.bin", operation="get")
    pipe = unread()

    status = get(launch, server, stdout=pipe, stderr=subprocess.DEVNULL)

    os.close(pipe)
    assert (status, arrived(launch)) == (1, 2)


def without(launch: Launcher, stream: int, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ossh with a standard stream closed."""
    return subprocess.run(  # noqa: S602 - only a shell closes streams
        f"{shlex.join(launch.command(*words))} {stream}>&-",
        shell=True,
        cwd=launch.folder,
        env=launch.environ(),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.fault("F48")
@posix_only
@pytest.mark.parametrize("closed", [0, 2])
def test_a_closed_stream_is_no_error(own: Launcher, server: DemoServer, closed: int) -> None:
    server.fill("{:03d}.bin", 3, 1000)

    done = without(own, closed, f"oss://{server.bucket}/", "-c", "get --to out")

    assert (done.returncode, arrived(own)) == (0, 3)
    assert "Traceback" not in done.stderr


@pytest.mark.fault("F48")
@posix_only
@pytest.mark.parametrize(
    "words", [["cat", "a.bin"], ["ls"], ["get", "--tar", "-"], ["get", "--to", "out"]]
)
def test_what_would_go_to_a_closed_stdout_is_not_lost_without_a_word(
    own: Launcher, server: DemoServer, words: list[str]
) -> None:
    server.put("a.bin", b"1")

    done = without(own, 1, f"oss://{server.bucket}/", "-c", shlex.join(words))

    assert done.returncode == 3
    assert done.stderr.endswith("error: cannot use the output: bad file descriptor\n")
    assert arrived(own) == ("out" in words)


@posix_only
def test_a_full_log_disk_does_not_end_a_download(launch: Launcher, server: DemoServer) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no device that is always full")
    server.fill("{:03d}.bin", 3, 1000)
    descriptor = os.open(full, os.O_WRONLY)

    status = get(launch, server, stderr=descriptor, stdout=subprocess.DEVNULL)

    os.close(descriptor)
    assert (status, arrived(launch)) == (0, 3)
