"""The command line of windows.py: prepare what is missing, build if asked, then run pytest."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

import environment

from on_windows import interpreter, wine

ALL = ("-n", "4", "--dist", "worksteal", "tests")  # four: much of the time a test waits
PATIENTLY = ("-o", "faulthandler_timeout=1200")  # some tests start dozens of processes
OUTPUT = environment.ROOT / "dist"

Run = Callable[[Sequence[str], Mapping[str, str]], int]
"""Runs Windows' Python with arguments and further variables, and returns its exit status."""


def main(arguments: Sequence[str]) -> int:
    options, for_pytest = _options(arguments)
    if environment.WINDOWS:
        return _tested(_native, options.build, for_pytest)
    wine.require()
    home = interpreter.assembled()
    with wine.started() as under_wine:
        python = interpreter.environment_of(home, under_wine)
        patiently = (*PATIENTLY, *(for_pytest or ALL))
        return _tested(lambda *more: under_wine(python, *more), options.build, patiently)


def _options(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="windows.py",
        description="Run the tests of ossh on Windows, or under Wine.",
        epilog="Anything else goes to pytest.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--build", action="store_true", help="build the executables too, and test them"
    )
    options, rest = parser.parse_known_args(arguments)
    return options, rest[1:] if rest[:1] == ["--"] else rest


def _tested(run: Run, build: bool, for_pytest: Sequence[str]) -> int:  # noqa: FBT001 - an option
    variables = {}
    if build:
        script = environment.ROOT / "build_scripts" / "build.py"
        if run([str(script), "--output", str(OUTPUT)], {}):
            print("failed: build.py", file=sys.stderr)
            return 1
        variables["OSSH_BUILT"] = str(OUTPUT)
    more = for_pytest or ALL
    print(f"tests: pytest -q {' '.join(more)}", flush=True)
    return 1 if run(["-P", "-m", "pytest", "-q", *more], variables) else 0


def _native(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    return environment.ran(sys.executable, *arguments, variables=variables).returncode
