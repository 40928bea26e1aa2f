"""The demo server as a child process, and a handle to drive it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterable, Mapping
from typing import Self

from ossh import installation
from ossh.demo.control.client import ControlClient, DemoError

_STOP_SECONDS = 5.0


class DemoServer(ControlClient):
    """A running demo server; a context manager that stops it.

    Its process also ends when ours does, however that happens.
    """

    def __init__(self, arguments: Iterable[str] = ()) -> None:
        """Start the server with further command-line arguments, and wait until it listens.

        Raises:
            DemoError: If it ends instead.
        """
        super().__init__()
        self._arguments = list(arguments)
        self._launch()

    def _launch(self, *more: str) -> None:
        command = installation.command(installation.DEMO_SERVER)
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, *self._arguments, *more, "--exit-with-parent"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=installation.environment(os.environ),
        )
        line = self.process.stdout.readline() if self.process.stdout is not None else b""
        if not line:
            self.stop()
            raise DemoError("the demo server did not start")
        self.attach(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server; harmless if it has ended."""
        with contextlib.suppress(AttributeError):
            self._connection.close()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def restart(self) -> None:
        """Start anew on the same port, with the same objects, faults and credentials.

        The log and the counts of faults begin anew.
        """
        self.stop()
        given = self.access_key_id, self.access_key_secret, self.security_token
        self._relaunch(self.port)
        for call in self._journal:
            self._request(*call)
        self.access_key_id, self.access_key_secret, self.security_token = given

    def _relaunch(self, port: int) -> None:
        deadline = time.monotonic() + _STOP_SECONDS
        while True:
            try:
                self._launch("--port", str(port))
            except DemoError:
                if time.monotonic() > deadline:  # somebody else took the port
                    raise
                time.sleep(0.1)  # the system frees the port a moment after its process ended
            else:
                return


def start(
    *,
    empty: bool = False,
    public: bool = False,
    synthetic: Mapping[str, tuple[int, int]] | None = None,
    **options: str | float | None,
) -> DemoServer:
    """Start a demo server in a process of its own, and return it once it listens.

    The arguments are the options that `python -m ossh.demo --help` explains; `synthetic` maps names
    to (count, size in bytes).
    """
    arguments = [
        f"--{name.replace('_', '-')}={given}"
        for name, given in options.items()
        if given is not None
    ]
    arguments += ["--empty"] * empty + ["--public"] * public
    for name, (count, size) in (synthetic or {}).items():
        arguments += [f"--synthetic={name}={count}x{size}"]
    return DemoServer(arguments)
