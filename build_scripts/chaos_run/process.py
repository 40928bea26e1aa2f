"""One process of ossh from its start to its end, and what happens to it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import environment

from chaos_run.plan import Disturbance, ProcessPlan
from ossh.demo import DemoServer

JOB = "chaos"
HANG_SECONDS = 180.0  # longer than any process takes, waiting for stalled answers included
STOP_SECONDS = 15.0  # two until ossh gives up on what is under way, the rest for a busy machine
TICK_SECONDS = 0.05
MOST = {"most descriptors": "fd", "most threads": "task"}  # as /proc names them
# Shows what is still open when the commands before it have ended; $PPID is ossh. A thread may end
# between being listed and being examined.
LEFT_OPEN = ("!ls -l /proc/$PPID/fd", "!cat /proc/$PPID/task/*/comm; true")

_SIGNALS = {"kill": "SIGKILL", "interrupt": "SIGINT", "terminate": "SIGTERM"}


class CheckFailed(Exception):
    """A check failed; the message says which."""


@dataclass(slots=True)
class ProcessRecord:
    commands: tuple[str, ...]
    status: int = 0
    ended_by: str = ""  # the disturbance that ended it; "" when it ended by itself
    seconds: float = 0.0  # from its start to its end
    cuts: list[str] = field(default_factory=list)  # cuts that it survived
    requests: list[dict[str, Any]] = field(default_factory=list)
    most: Counter[str] = field(default_factory=Counter)  # of `MOST`, at the same time
    output: str = ""  # both streams


class Home:
    """A folder with a job file, its target, and a home folder with the credentials."""

    def __init__(self, folder: Path, server: DemoServer) -> None:
        self.folder = folder
        self.server = server
        self.target = folder / "target"
        self.manifest = folder / "jobs" / f"{JOB}.sqlite"
        for name in ("jobs", "home", "processes"):
            (folder / name).mkdir()
        self.write_credentials()

    def write_credentials(self) -> None:
        path = self.folder / "home" / ".ossutilconfig"
        draft = path.with_suffix(".draft")
        draft.write_text(
            f"[Credentials]\naccessKeyID={self.server.access_key_id}\n"
            f"accessKeySecret={self.server.access_key_secret}\n",
            encoding="utf-8",
        )
        draft.replace(path)

    def start(self, commands: tuple[str, ...], number: int) -> subprocess.Popen[bytes]:
        environ = {  # nothing else: no credentials, no proxy
            "HOME": str(self.folder / "home"),
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": str(environment.ROOT),
        }
        line = [sys.executable, "-P", "-X", "faulthandler", "-m", "ossh", f"jobs/{JOB}.toml"]
        line += ["--quiet", "--trust"]
        for one in (*commands, *LEFT_OPEN):
            line += ["-c", one]
        with self.output(number).open("wb") as output:
            return subprocess.Popen(
                line,
                cwd=self.folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def output(self, number: int) -> Path:
        return self.folder / "processes" / f"{number:02d}.txt"


def run_process(
    home: Home, plan: ProcessPlan, number: int, commands: tuple[str, ...]
) -> ProcessRecord:
    """Run a process, apply the disturbances of its plan, and return its record.

    Raises:
        CheckFailed: It did not end.
    """
    record = ProcessRecord(commands)
    home.server.clear_requests()
    started = time.monotonic()
    process = home.start(commands, number)
    try:
        _Running(home, record, process).disturb(plan)
    finally:
        record.seconds = time.monotonic() - started
        _end(process)
        record.requests += home.server.requests()
        record.status = process.returncode
        record.output = home.output(number).read_text("utf-8")
    return record


class _Running:
    """A process on its way: what happens to it, as its record tells."""

    def __init__(self, home: Home, record: ProcessRecord, process: subprocess.Popen[bytes]) -> None:
        self.record = record
        self._home = home
        self._process = process

    def disturb(self, plan: ProcessPlan) -> None:
        """Disturb it, and wait for the end.

        Raises:
            CheckFailed: It did not come.
        """
        if not plan.from_start:
            self._wait(HANG_SECONDS, until=self._home.server.requests)
        for disturbance in plan.disturbances:
            if self._wait(disturbance.after_seconds):
                break
            self._apply(disturbance)
        patience = STOP_SECONDS if self.record.ended_by else HANG_SECONDS
        if not self._wait(patience):
            after = self.record.ended_by or "all disturbances"
            raise CheckFailed(f"still running {patience:g} s after {after}")

    def _apply(self, disturbance: Disturbance) -> None:
        kind = disturbance.kind
        if kind in _SIGNALS:
            self._process.send_signal(signal.Signals[_SIGNALS[kind]])
            self.record.ended_by = kind
        else:
            self.record.cuts.append(kind)
            begin, end = _CUTS[kind]
            begin(self._home)
            try:
                self._wait(disturbance.lasting_seconds)
            finally:
                end(self._home)

    def _wait(self, seconds: float, until: Callable[[], object] = lambda: False) -> bool:
        """Wait until the process has ended, up to a time limit; tell whether it has."""
        deadline = time.monotonic() + seconds
        while self._process.poll() is None:
            if time.monotonic() >= deadline or until():
                return False
            self._look()
            time.sleep(max(0.0, min(TICK_SECONDS, deadline - time.monotonic())))
        return True

    def _look(self) -> None:
        """Count its threads and descriptors."""
        own = Path("/proc") / str(self._process.pid)
        with contextlib.suppress(OSError):
            self.record.most |= Counter(
                {name: len(list((own / folder).iterdir())) for name, folder in MOST.items()}
            )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process, if it should have ended; its threads' stacks go to its output."""
    if process.poll() is None:
        process.send_signal(signal.SIGABRT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        process.kill()
        process.wait()


def _rotate(home: Home) -> None:
    following = f"demo-access-key-{time.monotonic_ns()}"
    home.server.set_credentials(following, f"secret-of-{following}")


def _signalled(name: str) -> Callable[[Home], None]:
    return lambda home: home.server.process.send_signal(signal.Signals[name])


# How each begins, and how it ends.
_CUTS: Mapping[str, tuple[Callable[[Home], None], Callable[[Home], None]]] = {
    "offline": (lambda home: home.server.offline(), lambda home: home.server.online()),
    "freeze": (_signalled("SIGSTOP"), _signalled("SIGCONT")),
    "rotate": (_rotate, Home.write_credentials),
}
