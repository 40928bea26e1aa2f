"""Wine: what Debian calls its parts, and programs run in a prefix of their own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import environment

COMPILER = "x86_64-w64-mingw32-gcc"
PACKAGES = {"wine": ("wine", "wine64"), COMPILER: ("gcc-mingw-w64-x86-64-win32",)}
PREFIX = environment.ROOT / ".environments" / "wine"

Start = Callable[[Path, Sequence[str], Mapping[str, str]], int]
"""Runs a program with arguments and further variables, and returns its exit status."""


def require() -> None:
    """Make sure that Wine and the compiler are here.

    Raises:
        UnusableError: They are not; the message says how to install them.
    """
    missing = [
        package
        for program, packages in PACKAGES.items()
        if shutil.which(program) is None
        for package in packages
    ]
    if missing:
        command = f"sudo apt-get install --no-install-recommends {' '.join(missing)}"
        raise environment.UnusableError(f"Wine or its compiler is missing; install them: {command}")


@contextmanager
def started() -> Iterator[Start]:
    """Give what runs programs, in a prefix of this repository; end them all at the end."""
    with tempfile.TemporaryDirectory(prefix="ossh-wine-") as runtime:
        variables = {
            **_meant_for_all(environment.environ()),
            "WINEPREFIX": str(PREFIX),
            "WINEDEBUG": "-all",
            # Neither .NET nor a browser, which it would offer to fetch, nor menus, nor a debugger.
            "WINEDLLOVERRIDES": "mscoree,mshtml,winedbg.exe,winemenubuilder.exe=",
            "XDG_RUNTIME_DIR": runtime,
        }

        def call(*words: str, more: Mapping[str, str] | None = None) -> int:
            return environment.ran(*words, env={**variables, **(more or {})}).returncode

        def start(program: Path, arguments: Sequence[str], more: Mapping[str, str]) -> int:
            return call("wine", str(program), *arguments, more=more)

        if not (PREFIX / "made").exists():
            print("creating .environments/wine (once, half a minute) ...", flush=True)
            shutil.rmtree(PREFIX, ignore_errors=True)
            PREFIX.parent.mkdir(exist_ok=True)
            if call("wineboot", "-i") or call("wineserver", "-w"):
                raise environment.UnusableError("wineboot failed")
            (PREFIX / "made").touch()
        # It stays, so that programs start in a second; when it is ended, it lists what was open.
        environment.ran("wineserver", "-p", env=variables, stderr=subprocess.DEVNULL)
        try:
            yield start
        finally:
            call("wineserver", "-k")


def _meant_for_all(environ: Mapping[str, str]) -> dict[str, str]:
    """Return variables without those whose value is a path of Linux, as of a CA bundle."""
    needed = {"HOME", "PATH"}
    return {name: value for name, value in environ.items() if name in needed or value[:1] != "/"}
