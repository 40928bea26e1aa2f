"""Ctrl-C while the network does not answer: nothing that a person waits for waits for it."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import count

import pytest

from ossh.commands import running
from ossh.commands.interrupts import watch_run
from ossh.console.console import Console
from ossh.console.dialogue.events import Events
from ossh.demo import DemoServer
from ossh.transfer.run import Run
from tests.integration.middleman import dawdler
from tests.shell.conftest import Driver, Launcher

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process there")

BOUND_SECONDS = 60.0  # even on a busy machine; what is waited for comes for several minutes
BUCKET = "oss://demo-bucket/"

Held = Callable[[bytes], bool]
"""Takes the head of a request, and tells whether it is never answered to its end."""


def from_nth(number: int, *words: bytes) -> Held:
    """Return what holds requests that have all these words, from the nth on."""
    numbers = count(1)
    return lambda head: all(word in head for word in words) and next(numbers) >= number


def after(first: bytes, *words: bytes) -> Held:
    """Return what holds requests that have all these words, once there was one with another."""
    seen = threading.Event()

    def is_held(head: bytes) -> bool:
        if first in head:
            seen.set()
        return seen.is_set() and all(word in head for word in words)

    return is_held


def interrupted(
    launch: Launcher, server: DemoServer, is_held: Held, *arguments: str
) -> tuple[int, str]:
    """Return the exit status and what was written, of an ossh that gets SIGINT while it waits."""
    held = threading.Event()
    with (
        dawdler(server, is_held, held) as peer,
        launch.popen(
            *arguments,
            env=launch.on(server).environ(OSS_ENDPOINT=peer.url),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        ) as process,
    ):
        try:
            assert held.wait(BOUND_SECONDS)
            process.send_signal(signal.SIGINT)
            written, _ = process.communicate(timeout=BOUND_SECONDS)
        finally:
            process.kill()
    return process.returncode, written


@pytest.mark.fault("F56")
@pytest.mark.parametrize(
    ("is_held", "command"),
    [
        pytest.param(from_nth(1, b"list-type"), f"ls {BUCKET}", id="ls"),
        pytest.param(from_nth(1, b"list-type"), f"du {BUCKET}", id="du"),
        pytest.param(from_nth(1, b"list-type"), f"cd {BUCKET}logs/", id="cd"),
        pytest.param(from_nth(1, b"HEAD "), f"stat {BUCKET}README.md", id="stat"),
        pytest.param(from_nth(1, b"/README.md"), f"head {BUCKET}README.md", id="head"),
        pytest.param(from_nth(1, b"/README.md"), f"cat {BUCKET}README.md", id="cat"),
        pytest.param(from_nth(1, b"GET /?"), "buckets", id="buckets"),
        pytest.param(from_nth(1, b"list-type"), f"doctor {BUCKET}", id="doctor lists"),
        pytest.param(from_nth(5, b"Range:"), f"doctor {BUCKET}", id="doctor measures"),
    ],
)
def test_ctrl_c_ends_a_command_whose_answer_does_not_come(
    is_held: Held, command: str, teaching: DemoServer, launch: Launcher
) -> None:
    status, written = interrupted(launch, teaching, is_held, "-c", command)

    assert status == 130
    assert "Traceback" not in written


@pytest.mark.fault("F56")
@pytest.mark.parametrize(
    ("is_held", "command"),
    [
        pytest.param(from_nth(1, b"max-keys=1000"), "preview", id="preview"),
        pytest.param(from_nth(1, b"max-keys=1000"), "get --to out", id="listing"),
        pytest.param(from_nth(1, b"GET ", b"/tour.mp4"), "get --to out", id="a large body"),
        pytest.param(from_nth(1, b"GET ", b"/README.md"), "get --to out", id="a small body"),
        pytest.param(from_nth(2, b"list-type"), "get --from keys.txt --to out", id="keys"),
        pytest.param(from_nth(1, b"POST "), "restore --yes", id="restore"),
        pytest.param(
            after(b"/ledger", b"max-keys=1000"), "restore --yes", id="restore looks first"
        ),
    ],
)
def test_ctrl_c_parks_a_run_whose_answer_does_not_come(
    is_held: Held, command: str, teaching: DemoServer, launch: Launcher
) -> None:
    (launch.folder / "keys.txt").write_text("README.md\nvideo/tour.mp4\n", encoding="utf-8")

    status, written = interrupted(launch, teaching, is_held, BUCKET, "-c", command)

    assert status == 130
    assert "Traceback" not in written


@pytest.mark.fault("F56")
def test_ctrl_c_parks_a_run_that_asks_for_the_time_and_is_not_told(
    server: DemoServer, launch: Launcher
) -> None:
    server.put("a.bin", b"a")
    server.fault("skew", operation="get")

    status, written = interrupted(
        launch, server, after(b"/a.bin", b"list-type"), BUCKET, "-c", "get --to out"
    )

    assert status == 130
    assert "stopped: " in written


def test_ctrl_c_before_a_run_is_drawn_stops_it_and_shows_its_end(
    fresh: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh.server.put("a.bin", size=10)
    fresh.server.fault("stall")
    before = signal.signal(signal.SIGINT, fresh.shell.sigint_handler)

    def interrupt_first(shell: Console, run: Run, events: Events | None) -> bool:
        signal.raise_signal(signal.SIGINT)
        return watch_run(shell, run, events)

    monkeypatch.setattr(running, "watch_run", interrupt_first)
    said = fresh("get --to out")
    signal.signal(signal.SIGINT, before)

    assert said.status == 130
    assert said.out.startswith("stopped: ")


_INTERRUPTS_ITS_IMPORTS = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path, target=None):
        if name == "ossh.console.system":
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore it
sys.meta_path.insert(0, Finder())
import ossh.__main__
"""


def test_ctrl_c_while_ossh_is_loaded_ends_it_without_a_word(launch: Launcher) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTS_ITS_IMPORTS],
        env=launch.environ(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")
