"""The command line of windows.py: prepare what is missing, build if asked, then run pytest."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import environment

from on_windows import interpreter, wine

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
    wine.require()
    home = interpreter.assembled()
    with wine.started() as start:
        python = interpreter.environment_of(home, start)
        variables = {}
        if options.build:
            script = environment.ROOT / "build_scripts" / "build.py"
            if start(python, [str(script), "--output", str(OUTPUT)], {}):
                print("failed: build.py", file=sys.stderr)
                return 1
            variables["OSSH_BUILT"] = str(OUTPUT)
        tests = ["pytest", "-q", *PATIENTLY, *(for_pytest or ALL)]
        print(f"tests: {' '.join(tests)}", flush=True)
        return 1 if start(python, ["-P", "-m", *tests], variables) else 0
