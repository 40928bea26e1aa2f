"""Jobs in the background at a real terminal: toolbar, alert, wait, and leaving."""

import signal
import sys
from collections.abc import Iterator

import pytest

from ossh.demo import DemoServer
from ossh.manifest import ManifestReader
from tests.shell.conftest import Launcher, Terminal
from tests.waiting import DEADLINE_SECONDS

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals there", allow_module_level=True)


@pytest.fixture
def slow(server: DemoServer) -> DemoServer:
    """Give a bucket whose objects take hours until faults are cleared, and are never silent."""
    server.fill("d/{}", 60, 20_000)
    server.fault("slow", key="d/*", rate=200)
    return server


@pytest.fixture
def busy(slow: DemoServer, launch: Launcher) -> Iterator[Terminal]:
    """Give a prompt while a job runs in the background."""
    with launch.on(slow).terminal("oss://demo-bucket/d/") as terminal:
        terminal.answer("d/>", "set connections 1")
        terminal.answer(r"> 1[\s\S]*d/>", "get --background --name job")
        terminal.until(r"job is running in the background[\s\S]*d/>")
        terminal.drawn(r"job: \[\d+ %\] \d+ of 60 · \d+ B/s")
        yield terminal


def outcome(launch: Launcher) -> str:
    """Return how the last run of the job ended, as its manifest says."""
    return ManifestReader(launch.folder / "jobs" / "job.sqlite").runs()[-1].outcome


def test_the_toolbar_shows_the_job_and_an_alert_its_end(busy: Terminal, slow: DemoServer) -> None:
    busy.type("ls --limit 1")
    busy.until(r"\n0\r?\n")  # the prompt is as usable as ever
    slow.clear_faults()
    busy.until("job done: 60 objects, 1.1 MiB")

    busy.type("pwd")
    after = busy.until(r"oss://demo-bucket/d/\r?\n[\s\S]*d/>")

    assert "job:" not in after  # no toolbar, and no line for it
    busy.type("wait")
    assert "verified: 60 by CRC64" in busy.until("verified: .*")
    busy.type("wait")
    busy.until("nothing is running in the background")


def test_the_toolbar_counts_the_jobs_that_wait(busy: Terminal) -> None:
    busy.type("get --background 0 --name other")

    busy.until(r"queued behind[\s\S]*d/>")
    busy.drawn(r"job: .*\(\+1 queued\)")


def test_ctrl_c_in_wait_leaves_the_job_running(busy: Terminal, slow: DemoServer) -> None:
    busy.type("wait")
    busy.until("of 60")  # the bar
    busy.interrupt()
    busy.until(r"job continues in the background[\s\S]*d/>")

    slow.clear_faults()

    busy.until("job done: 60 objects")


def test_wait_tells_the_end_itself(busy: Terminal, slow: DemoServer) -> None:
    busy.type("wait")
    busy.until("of 60")
    slow.clear_faults()
    busy.until(r"done: 60 objects[\s\S]*d/>")

    busy.type("pwd")

    assert "job done" not in busy.until(r"oss://demo-bucket/d/\r?\n[\s\S]*d/>")


def test_leaving_asks_first_and_parks(busy: Terminal, slow: DemoServer, launch: Launcher) -> None:
    busy.type("quit")
    busy.answer(r"job still running: stop \(resumable\) and exit\? \[y/N\]", "jobs")
    busy.answer(r"not 'jobs'[\s\S]*stop \(resumable\) and exit\? \[y/N\]", "n")
    busy.until(r"d/>")
    busy.drawn(r"job: \[\d+ %")
    busy.type("quit")
    busy.answer(r"stop \(resumable\) and exit", "", end="\x03")
    busy.until("d/>")

    busy.type("quit")
    busy.answer(r"stop \(resumable\) and exit", "y")

    busy.until("job is stopped")
    assert busy.process.wait(DEADLINE_SECONDS) == 0
    assert outcome(launch) == "stopped"
    slow.clear_faults()
    assert launch.on(slow)("jobs/job.toml", "-c", "get").returncode == 0


def test_ctrl_d_twice_leaves_and_parks(busy: Terminal, launch: Launcher) -> None:
    busy.type("", end="\x04")
    busy.answer(r"stop \(resumable\) and exit", "", end="\x04")

    assert busy.process.wait(DEADLINE_SECONDS) == 0
    assert outcome(launch) == "stopped"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_at_the_prompt_parks_and_leaves(
    busy: Terminal, launch: Launcher, number: signal.Signals, status: int
) -> None:
    busy.process.send_signal(number)

    assert busy.process.wait(DEADLINE_SECONDS) == status
    assert "Traceback" not in busy.text
    assert outcome(launch) == "stopped"
