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

PEERS_FOLDER = environment.ROOT / ".environments" / "peers"
PATH = f"{PEERS_FOLDER / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
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
    asked_seconds: float = 0.0  # until the server was asked for the first body

    @property
    def seconds_once_begun(self) -> float:
        return self.seconds - self.asked_seconds


def run(  # noqa: PLR0913 - how a command can be run
    command: Sequence[str],
    scratch: Path,
    seconds: float = TIMEOUT_SECONDS,
    environ: Mapping[str, str] | None = None,
    *,
    has_terminal: bool = False,
    until: Path | None = None,
) -> Sample:
    """Run a command to its end; what it prints is left in `scratch/output`.

    Args:
        command: What to run; its working directory is the repository's root.
        scratch: An existing folder for the run; also its home.
        seconds: It is killed after so many.
        environ: Added to nearly no variables: no proxy, no credentials.
        has_terminal: Whether it has one, as a person's shell gives it.
        until: A folder; the run ends when the first byte of a file is there, with any status.

    Raises:
        FailedError: It failed, or was too slow.
    """
    variables = {
        "HOME": str(scratch),
        "LANG": "C.UTF-8",
        "NO_PROXY": "*",
        "PATH": PATH,
        "TERM": "xterm-256color",
        **(environ or {}),
    }
    output, result = scratch / "output", scratch / "result.json"
    terminal = "terminal" if has_terminal else ""
    launched = [sys.executable, "-I", "-S", str(LAUNCHER)]
    launched += [str(result), str(until or ""), terminal, *command]
    with output.open("wb") as shown:
        launcher = subprocess.Popen(
            launched,
            cwd=environment.ROOT,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=shown,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C must not reach it: it is ended below
        )
    try:
        if launcher.wait(seconds):
            raise FailedError(f"could not be started: {tail(output)}")
    except subprocess.TimeoutExpired:
        raise FailedError(f"not finished after {seconds:.1f} s") from None
    finally:
        end_session(launcher)
    took = json.loads(result.read_text(encoding="utf-8"))
    if (status := took.pop("status")) and not until:
        raise FailedError(f"exit status {status}: {tail(output)}")
    return Sample(**took)


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
