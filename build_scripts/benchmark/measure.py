"""Runs a command as a process of its own and returns its time, CPU and memory."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import environment

LAUNCHER = Path(__file__).with_name("launch.py")
TIMEOUT_SECONDS = 3600.0
TAIL = 600  # characters of output that a failure shows


class FailedError(Exception):
    """A contender did not do what it was asked, or a workload cannot be measured here."""


@dataclass(frozen=True, slots=True)
class Sample:
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    began: float = 0.0  # Unix time
    first_seconds: float | None = None  # until a file had its first byte
    asked_seconds: float | None = None  # until the server was asked for the first body


@dataclass(frozen=True, slots=True)
class Order:
    """What to run, and how."""

    command: Sequence[str]
    environ: Mapping[str, str]  # added to a nearly empty one: no proxy, no credentials
    has_terminal: bool = False  # as a person's shell gives it
    until: Path | None = None  # a folder; the run ends when the first byte of a file is there
    accepted: tuple[int, ...] = (0,)  # exit statuses that are no failure
    seconds: float = TIMEOUT_SECONDS  # it is killed after so many


def run(order: Order, scratch: Path) -> Sample:
    """Run an order to its end; what it prints is left in `scratch/output`.

    Args:
        order: What to run; its working directory is the repository's root.
        scratch: An existing folder for the run; also its home.

    Raises:
        FailedError: It ended with a status that is not accepted, or was too slow.
    """
    environ = {
        "HOME": str(scratch),
        "LANG": "C.UTF-8",
        "NO_PROXY": "*",
        "PATH": os.environ.get("PATH", os.defpath),
        "TERM": "xterm-256color",
        **order.environ,
    }
    output, result = scratch / "output", scratch / "result.json"
    terminal = "terminal" if order.has_terminal else ""
    launched = [sys.executable, "-I", "-S", str(LAUNCHER)]
    launched += [str(result), str(order.until or ""), terminal, *order.command]
    with output.open("wb") as shown:
        launcher = subprocess.Popen(
            launched,
            cwd=environment.ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=shown,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C must not reach it: it is ended below
        )
    try:
        if launcher.wait(order.seconds):
            raise FailedError(f"could not be started: {tail(output)}")
    except subprocess.TimeoutExpired:
        raise FailedError(f"not finished after {order.seconds:.1f} s") from None
    finally:
        end_session(launcher)
    took = json.loads(result.read_text(encoding="utf-8"))
    if took["status"] not in order.accepted:
        raise FailedError(f"exit status {took['status']}: {tail(output)}")
    names = ("seconds", "cpu_seconds", "peak_bytes", "began", "first_seconds")
    return Sample(*(took[name] for name in names))


def tail(output: Path) -> str:
    """Return the end of what a run printed, on one line."""
    text = output.read_text(encoding="utf-8", errors="replace")[-TAIL:]
    return " ".join(text.split())


def end_session(leader: subprocess.Popen[bytes]) -> None:
    """Kill a process that leads a session, and all that it has left behind there."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()
