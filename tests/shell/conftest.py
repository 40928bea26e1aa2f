"""A shell on the built-in bucket, driven line by line."""

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import terminal
from terminal import COLUMNS

import ossh.demo
from ossh.demo import DemoServer
from ossh.job import Job
from ossh.session import JobRequest
from ossh.session.jobs.job_choice import job_for
from ossh.session.jobs.running import new_run
from ossh.shell.app import OsshShell
from ossh.shell.scripting.transcript import captured
from ossh.transfer.planning.preflight import Preflight
from tests import usual

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Said:
    """What one command line printed, and its exit status."""

    out: str
    err: str
    status: int

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Driver:
    """Types command lines into a shell that stands in a server's bucket, as a script would."""

    def __init__(
        self, shell: OsshShell, capfd: pytest.CaptureFixture[str], server: DemoServer, folder: Path
    ) -> None:
        self.shell = shell
        self.session = shell.session
        self.server = server
        self.folder = folder  # in which the shell was started
        self._capture = capfd

    @property
    def job(self) -> Job:
        """Return the open job."""
        assert self.session.job is not None
        return self.session.job

    def edit(self, job: str, old: str, new: str) -> None:
        """Edit the file of a job, which is open or not as before."""
        path = self.session.jobs_directory / f"{job}.toml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    def __call__(self, line: str) -> Said:
        self._capture.readouterr()
        with captured(self.shell) as buffer:
            self.shell.onecmd_plus_hooks(line)
        return Said(buffer.getvalue(), self._capture.readouterr().err, self.shell.status)


def listed(say: Driver, *names: str, **asked: Any) -> None:
    """Save a job and list what it fetches, as `save` and `refresh` do."""
    job = job_for(say.session, JobRequest(names, **asked))
    run = say.session.start(new_run(say.session, job, sheet=Preflight()))
    run.join(60)
    assert run.error is None


@pytest.fixture(scope="session")
def teaching() -> Iterator[DemoServer]:
    """Give the bucket that tells a story; tests that share it change nothing in it."""
    with ossh.demo.start() as server:
        yield server


NewDriver = Callable[[DemoServer], Driver]


@pytest.fixture
def new_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> NewDriver:
    """Make a shell that stands in a server's bucket, with a home and a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def start(server: DemoServer) -> Driver:
        shell = OsshShell(usual.session(server, tmp_path))
        return Driver(shell, capfd, server, tmp_path)

    return start


@pytest.fixture
def fresh(server: DemoServer, new_driver: NewDriver) -> Driver:
    """Give a shell in the test's own bucket, started before the test does anything."""
    return new_driver(server)


@pytest.fixture
def say(teaching: DemoServer, new_driver: NewDriver) -> Driver:
    """Give a shell in the teaching bucket."""
    return new_driver(teaching)


class Terminal(terminal.Terminal):
    """A process on a terminal, with a person who waits for a question and answers it."""

    def answer(self, question: str, text: str, end: str = "\r") -> None:
        """Type a text once something is shown."""
        self.until(question)
        self.type(text, end)


@dataclass(frozen=True)
class Launcher:
    """Starts ossh as a process, in a folder and home of its own."""

    folder: Path
    server: DemoServer | None = None  # whose keys the process has

    @property
    def home(self) -> Path:
        """Return the home, which is not in the folder, as no project holds anybody's home."""
        return self.folder.with_name(f"{self.folder.name}-home")

    def on(self, server: DemoServer) -> "Launcher":
        """Return the same with a server's keys."""
        return replace(self, server=server)

    def environ(self, **changes: str) -> dict[str, str]:
        # COLUMNS and LINES, which workers of pytest have, would hide a terminal's own size.
        left_out = ("OSS_", "ALIBABA_", "NO_COLOR", "FORCE_COLOR", "XDG_", "COLUMNS", "LINES")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        home = str(self.home)
        own = {"HOME": home, "USERPROFILE": home, "PYTHONPATH": str(ROOT)}
        own["WIN_PD_OVERRIDE_LOCAL_APPDATA"] = str(self.home / "local")
        return {"TZ": "UTC"} | kept | own | self.keys() | changes

    def keys(self) -> dict[str, str]:
        if self.server is None:
            return {}
        place = {"OSS_ENDPOINT": self.server.endpoint, "OSS_REGION": self.server.region}
        return self.server.environ | place

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "ossh", *arguments]

    def terminal(
        self, *arguments: str, size: tuple[int, int] = (40, COLUMNS), **changes: str
    ) -> Terminal:
        """Return ossh on a terminal of its own."""
        if sys.platform == "win32":
            pytest.skip("no pseudo-terminals there")
        return Terminal(self.command(*arguments), self.folder, self.environ(**changes), size)

    def popen(self, *arguments: str, **how: Any) -> "subprocess.Popen[Any]":
        """Start ossh; its streams are as for `subprocess`."""
        how = {"cwd": self.folder, "env": self.environ(), **how}
        return subprocess.Popen(self.command(*arguments), **how)

    def ended(self, *arguments: str, **how: Any) -> "subprocess.CompletedProcess[Any]":
        """Run ossh to its end; its streams are as for `subprocess`."""
        how = {"cwd": self.folder, "env": self.environ(), "timeout": 250, "check": False, **how}
        return subprocess.run(self.command(*arguments), **how)  # noqa: PLW1510 - it is told

    def started(self, *arguments: str, **changes: str) -> "subprocess.Popen[str]":
        """Start ossh and go on; what it writes waits in pipes."""
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return self.popen(*arguments, env=self.environ(**changes), encoding="utf-8", **pipes)

    def in_bytes(
        self, *arguments: str, given: bytes = b"", **changes: str
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run ossh and return what it wrote as it was written."""
        environ = self.environ(**changes)
        return self.ended(*arguments, env=environ, input=given, capture_output=True)

    def __call__(
        self, *arguments: str, given: str = "", **changes: str
    ) -> "subprocess.CompletedProcess[str]":
        streams: dict[str, Any] = {"input": given, "capture_output": True, "encoding": "utf-8"}
        return self.ended(*arguments, env=self.environ(**changes), **streams)


def commands(*lines: str) -> list[str]:
    """Return the arguments that run lines one after another."""
    return [part for line in lines for part in ("-c", line)]


@pytest.fixture
def launch(tmp_path: Path) -> Launcher:
    """Start ossh without keys."""
    launcher = Launcher(tmp_path)
    launcher.home.mkdir()
    (tmp_path / "jobs").mkdir(exist_ok=True)  # so jobs are kept here
    return launcher


@pytest.fixture
def own(launch: Launcher, server: DemoServer) -> Launcher:
    """Start ossh with the keys of the test's own bucket."""
    return launch.on(server)


@pytest.fixture
def run(launch: Launcher, teaching: DemoServer) -> Launcher:
    """Start ossh with the keys of the teaching bucket."""
    return launch.on(teaching)


class Screen(io.StringIO):
    """Text in memory that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def on_screen(say: Driver, line: str) -> list[str]:
    """Return what a line shows on a terminal without colours."""
    say("set allow_style Never")
    say.shell.stdout = screen = Screen()
    say.shell.onecmd_plus_hooks(line)
    return screen.getvalue().splitlines()
