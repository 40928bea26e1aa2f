"""How a script of this folder starts: in an environment with what it needs, until Ctrl-C."""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from typing import NoReturn

import environment

RUNTIME = (
    "alive_progress",
    "anycrc",
    "cmd2",
    "fastcrc",
    "oss2",
    "pathspec",
    "pycurl",
    "regex",
    "tomli_w",
)
"""What ossh itself needs, as it is imported."""


def run(
    script: str,
    command: str,
    *,
    name: str = "check",
    needed: tuple[str, ...] = (),
    systems: tuple[str, ...] = ("linux", "darwin", "win32"),
) -> NoReturn:
    """Run a script's command and exit with its status: 2 without an environment, 130 by Ctrl-C.

    Args:
        script: The file.
        command: The module whose `main` takes the arguments and returns the exit status.
        name: Of the environment; "check" is the one with the development packages.
        needed: What it needs besides `RUNTIME`, as it is imported.
        systems: Where it can run, by `sys.platform`.
    """
    if sys.platform not in systems:
        print(f"error: this runs only on {' and '.join(systems)}", file=sys.stderr)
        sys.exit(2)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left behind
    extras = "[dev]" if name == "check" else ""

    def main() -> int:
        status = environment.again(script, (*RUNTIME, *needed), name, extras)
        made: int = import_module(command).main(sys.argv[1:]) if status is None else status
        return made

    environment.exit_with(main)
