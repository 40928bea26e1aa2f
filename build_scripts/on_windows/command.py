"""The command line of windows.py: prepare what is missing, build if asked, then run pytest."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import environment

from on_windows import interpreter
from on_windows.interpreter import COMPILER, Start

PACKAGES = {"wine": "wine wine64", COMPILER: "gcc-mingw-w64-x86-64-win32"}  # of Debian
PREFIX = environment.ROOT / ".environments" / "wine"
ALL = ("-n", "4", "--dist", "worksteal", "tests")  # four: much of the time a test waits
PATIENTLY = ("-o", "faulthandler_timeout=1200")  # some tests start dozens of processes
OUTPUT = environment.ROOT / "dist"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="windows.py",
        description="Run the tests of ossh under Wine.",
        epilog="Anything else goes to pytest.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--build", action="store_true", help="build the executables too, and test them"
    )
    options, for_pytest = parser.parse_known_args(arguments)
    if missing := [PACKAGES[program] for program in PACKAGES if shutil.which(program) is None]:
        command = f"sudo apt-get install --no-install-recommends {' '.join(missing)}"
        raise environment.UnusableError(f"Wine or its compiler is missing; install them: {command}")
    home = interpreter.assembled()
    with _started() as start:
        python = str(interpreter.environment_of(home, start))
        variables = {}
        if options.build:
            script = str(environment.ROOT / "build_scripts" / "build.py")
            if start("wine", python, script, "--output", str(OUTPUT)):
                print("failed: build.py", file=sys.stderr)
                return 1
            variables["OSSH_BUILT"] = str(OUTPUT)
        tests = ["pytest", "-q", *PATIENTLY, *(for_pytest or ALL)]
        print(f"tests: {' '.join(tests)}", flush=True)
        return 1 if start("wine", python, "-P", "-m", *tests, **variables) else 0


@contextmanager
def _started() -> Iterator[Start]:
    """Give what runs programs, in a prefix of this repository; end them all at the end."""
    with tempfile.TemporaryDirectory(prefix="ossh-wine-") as runtime:
        # none whose value is a path of Linux, as of a CA bundle
        variables = {
            name: value
            for name, value in environment.environ().items()
            if name in {"HOME", "PATH"} or value[:1] != "/"
        }
        variables |= {
            "WINEPREFIX": str(PREFIX),
            "WINEDEBUG": "-all",
            # Neither .NET nor a browser, which it would offer to fetch, nor menus, nor a debugger.
            "WINEDLLOVERRIDES": "mscoree,mshtml,winedbg.exe,winemenubuilder.exe=",
            "XDG_RUNTIME_DIR": runtime,
        }

        def start(*words: str, **more: str) -> int:
            return environment.ran(*words, env=variables | more).returncode

        if not (PREFIX / "made").exists():
            print("creating .environments/wine (once, half a minute) ...", flush=True)
            shutil.rmtree(PREFIX, ignore_errors=True)
            PREFIX.parent.mkdir(exist_ok=True)
            if start("wineboot", "-i") or start("wineserver", "-w"):
                raise environment.UnusableError("wineboot failed")
            (PREFIX / "made").touch()
        # It stays, so that programs start in a second; when it is ended, it lists what was open.
        environment.ran("wineserver", "-p", env=variables, stderr=subprocess.DEVNULL)
        try:
            yield start
        finally:
            start("wineserver", "-k")
