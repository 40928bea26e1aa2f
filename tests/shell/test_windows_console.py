"""A console of Windows: what it shows in any code page, and what ends ossh there parks first."""

import subprocess
import sys

import pytest

from ossh.demo import DemoServer
from ossh.manifest import ManifestReader
from tests.shell import own_console
from tests.shell.conftest import Launcher

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="Windows has such consoles")

SIZE = 2 << 20


@pytest.mark.parametrize("code_page", [936, 65001])
def test_a_console_shows_every_key_in_any_code_page(
    own: Launcher, server: DemoServer, code_page: int
) -> None:
    for key in ("日志/一.gz", "café.txt", "rocket🚀.txt", "red\x1b[31m.txt"):
        server.put(key, b"x")

    ended = own_console.run(
        own,
        [f"oss://{server.bucket}/", "-c", "ls", "-c", "ls 日志/"],
        code_page=code_page,
        NO_COLOR="1",  # Wine shows their codes
    )

    assert ended.status == 0
    assert "Traceback" not in ended.text
    for shown in ("日志/", "café.txt", "rocket🚀.txt", r"red\x1b[31m.txt", "一.gz"):
        assert shown in ended.text
    assert ended.takes_styles


def slow_get(server: DemoServer) -> list[str]:
    """Return the arguments of a download that takes hours until faults are cleared."""
    server.put("big.bin", b"x" * SIZE)
    server.fault("slow", rate=200)
    return [f"oss://{server.bucket}/", "-c", "get --to out"]


def check_that_it_goes_on(launch: Launcher, server: DemoServer) -> None:
    outcome = ManifestReader(launch.folder / "jobs" / "out.sqlite").runs()[-1].outcome
    server.clear_faults()
    done = launch.on(server)(f"oss://{server.bucket}/", "-c", "get --to out")

    assert (outcome, done.returncode) == ("stopped", 0)
    assert (launch.folder / "out" / "big.bin").stat().st_size == SIZE


def check_that_keys_park(launch: Launcher, server: DemoServer, keys: int, status: int) -> None:
    ended = own_console.run(launch.on(server), slow_get(server), press=(keys, "out"))

    assert ended.status == status
    assert "stopped" in ended.text
    check_that_it_goes_on(launch, server)


def test_ctrl_c_parks_without_waiting_for_the_answer_and_the_next_run_goes_on(
    launch: Launcher, server: DemoServer
) -> None:
    check_that_keys_park(launch, server, own_console.CTRL_C, 130)


def test_ctrl_break_parks_without_waiting_for_the_answer_and_the_next_run_goes_on(
    launch: Launcher, server: DemoServer
) -> None:
    check_that_keys_park(launch, server, own_console.CTRL_BREAK, 149)


# What calls ossh when a window closes or Ctrl-Break is pressed, called here without either.
ENDED = """
import signal, sys, threading, time
from pathlib import Path
from ossh.__main__ import main
from ossh.console import windows_console

def end():
    while not any(path.is_file() for path in Path("out").rglob("*")):
        time.sleep(0.02)
    {end}

threading.Thread(target=end, daemon=True).start()
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "end",
    [
        pytest.param("windows_console._handlers[-1](2)", id="window"),
        pytest.param("signal.raise_signal(signal.SIGBREAK)", id="ctrl-break"),
    ],
)
def test_what_ends_ossh_parks_first(own: Launcher, server: DemoServer, end: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDED.format(end=end), *slow_get(server)],
        cwd=own.folder,
        env=own.environ(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 149
    assert b"Traceback" not in done.stderr
    check_that_it_goes_on(own, server)
