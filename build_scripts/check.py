"""Run every check of this repository: format, lint, types, layers, pins and tests.

Usage:
    python3 build_scripts/check.py                      all of them, as CI does
    python3 build_scripts/check.py --only types         one of them
    python3 build_scripts/check.py --only tests -k crc  further arguments go to pytest
    python3 build_scripts/check.py --elsewhere          the tests in other time zones and locales

All checks run even when one fails. The tests come last: other failures are reported before them,
and the output ends with pytest's own last line.
Exit status: 0 all passed, 1 some failed, 2 no environment to run them in, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

import environment

if TYPE_CHECKING:
    from pathlib import Path

PLATFORMS = ("linux", "win32", "darwin")  # the code is for all three, whatever this machine is
TEST_SECONDS = 25 * 60  # far more than they need; ends a run that hangs

# Where else the tests run: ahead of and behind UTC, by whole and half hours. A locale that is not
# generated on this machine is one more case, since ssh forwards the locale of the user.
ELSEWHERE = (
    {"TZ": "Asia/Shanghai", "LC_ALL": "zh_CN.UTF-8"},
    {"TZ": "America/St_Johns", "LC_ALL": "C"},
)


class Check(NamedTuple):
    """One check: its family, its name, and the program and arguments that run it."""

    family: str
    name: str
    command: tuple[str, ...]


CHECKS = (
    Check("format", "format", ("ruff", "format", "--check", ".")),
    Check("lint", "lint", ("ruff", "check", "--output-format", "concise", ".")),
    *(
        Check(
            "types",
            f"types on {platform}",
            ("mypy", "--strict", "--platform", platform, "--cache-dir", f".mypy_cache/{platform}"),
        )
        for platform in PLATFORMS
    ),
    Check("layers", "layers", ("lint-imports",)),
)
FAMILIES = ("format", "lint", "types", "layers", "pins", "tests")


def main() -> int:
    """Run the checks that the command line asks for and return the exit status."""
    arguments, for_pytest = _arguments()
    try:
        folder = environment.prepare("check", "[dev]")
    except environment.UnusableError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if arguments.elsewhere:
        passed = [_test(folder, for_pytest, **place) for place in ELSEWHERE]
        return 0 if all(passed) else 1
    wanted = (arguments.only,) if arguments.only else FAMILIES
    failed = [check.name for check in CHECKS if check.family in wanted and not _run(check, folder)]
    if "pins" in wanted and not _pinned(folder):
        failed.append("pins")
    if failed:
        print(f"failed: {', '.join(failed)}", flush=True)  # before the tests, which end the output
    if "tests" in wanted and not _test(folder, for_pytest):
        failed.append("tests")
    return 1 if failed else 0


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        epilog="Anything else goes to pytest, which then measures no coverage.",
        allow_abbrev=False,
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--only", choices=FAMILIES, help="run this check alone")
    which.add_argument(
        "--elsewhere", action="store_true", help="run the tests in other time zones and locales"
    )
    arguments, rest = parser.parse_known_args()
    rest = rest[1:] if rest[:1] == ["--"] else rest
    if rest and arguments.only not in {None, "tests"}:
        parser.error(f"only '--only tests' takes further arguments: {' '.join(rest)}")
    return arguments, rest


def _run(check: Check, folder: Path) -> bool:
    """Run a check, show a line with its result, and its output if it failed."""
    program, *arguments = check.command
    started = time.monotonic()
    ended = subprocess.run(
        [str(environment.executable(folder, program)), *arguments],
        cwd=environment.ROOT,
        env={**environment.environ(), "PYTHONUTF8": "1"},  # some draw frames in their reports
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    passed = ended.returncode == 0
    _show(check.name, passed, started)
    if not passed:
        sys.stdout.buffer.write(ended.stdout)
        sys.stdout.flush()
    return passed


def _pinned(folder: Path) -> bool:
    """Tell whether constraints.txt pins everything that is installed."""
    started = time.monotonic()
    loose = environment.unpinned(folder)
    _show("pins", not loose, started)
    if loose:
        print("not pinned in build_scripts/constraints.txt:", *loose, sep="\n  ", flush=True)
    return not loose


def _test(folder: Path, more: list[str], **place: str) -> bool:
    """Run all tests on all cores with coverage, or pytest with the user's own arguments.

    Args:
        folder: The environment.
        more: Arguments for pytest.
        place: Variables that set the time zone and locale; coverage is not measured with them.
    """
    all_tests = ["-n", "auto", *([] if place else ["--cov", *_floor()])]
    arguments = ["-q", *(more or all_tests)]
    where = "".join(f"{name}={said} " for name, said in place.items())
    print(f"tests: {where}pytest {' '.join(arguments)}", flush=True)
    try:
        ended = subprocess.run(
            [str(environment.executable(folder, "pytest")), *arguments],
            cwd=environment.ROOT,
            env={**environment.environ(), **place},
            stdin=subprocess.DEVNULL,
            timeout=TEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        print(f"failed: tests, not finished after {TEST_SECONDS // 60} minutes", flush=True)
        return False
    return ended.returncode == 0


def _floor() -> list[str]:
    """Return the option that drops the coverage minimum where code for Linux cannot run."""
    return [] if sys.platform == "linux" else ["--cov-fail-under=0"]


def _show(name: str, passed: bool, started: float) -> None:  # noqa: FBT001 - a result, not a switch
    verdict = "passed" if passed else "FAILED"
    print(f"{name:<16} {verdict}  {time.monotonic() - started:5.1f} s", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        sys.exit(130)
