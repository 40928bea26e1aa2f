"""Run every check of this repository: format, lint, types, layers and tests.

Usage:
    python3 build_scripts/check.py                      all of them, as CI does
    python3 build_scripts/check.py --only types         one of them
    python3 build_scripts/check.py --only tests -k crc  further arguments go to pytest
    python3 build_scripts/check.py --elsewhere          the tests in other places
    python3 build_scripts/check.py --busy               the tests on a machine that is busy

All checks run even when one fails. The tests come last: other failures are reported before them,
and the output ends with the slowest tests and pytest's own last line.
Exit status: 0 all passed, 1 some failed, 2 no environment to run them in, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PLATFORMS = ("linux", "win32", "darwin")  # the code is for all three, whatever this machine is
WORKERS = 2 * (os.cpu_count() or 1)  # half of the time, tests wait for servers and processes
ALL_TESTS = ("-n", str(WORKERS), "--dist", "worksteal", "--durations", "10")

# Where else the tests run: ahead of and behind UTC, by whole and half hours. A locale that is not
# generated on this machine is one more case, since ssh forwards the locale of the user.
ELSEWHERE = (
    {"TZ": "Asia/Shanghai", "LC_ALL": "zh_CN.UTF-8"},
    {"TZ": "America/St_Johns", "LC_ALL": "C"},
)

# A Mac's temporary folder has a path of about 50 characters; what a terminal shows of it must not
# decide whether a test passes.
FAR_BELOW = 85 * "f"

# Two of these beside the tests are a machine that is slow and busy; each ends with its parent.
BUSY = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"


# By name, whose first word is the one for --only.
CHECKS = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "--output-format", "concise", "."),
    **{
        f"types on {platform}": (
            *("mypy", "--strict", "--platform", platform),
            *("--cache-dir", f".mypy_cache/{platform}"),
        )
        for platform in PLATFORMS
    },
    "layers": ("lint-imports",),
}
FAMILIES = ("format", "lint", "types", "layers", "tests")


def main() -> int:
    arguments, for_pytest = _arguments()
    folder = environment.prepare("check", *environment.HASHED)
    tests = for_pytest or ALL_TESTS
    if arguments.elsewhere:
        with tempfile.TemporaryDirectory(prefix=FAR_BELOW) as far:
            # Windows' own limit for paths would be met
            temporary = {} if environment.WINDOWS else {"TMPDIR": far}
            passed = [_test(folder, tests, **place, **temporary) for place in ELSEWHERE]
        return 0 if all(passed) else 1
    if arguments.busy:
        loads = [subprocess.Popen([sys.executable, "-P", "-c", BUSY]) for _ in range(2)]
        try:
            return 0 if _test(folder, tests) else 1
        finally:
            for load in loads:
                load.kill()
                load.wait()
    wanted = (arguments.only,) if arguments.only else FAMILIES
    failed = _check(wanted, folder)
    if failed:
        print(f"failed: {', '.join(failed)}", flush=True)  # before the tests, which end the output
    if "tests" in wanted:
        # Where code for Linux cannot run, there is no least coverage.
        floor = [] if sys.platform == "linux" else ["--cov-fail-under=0"]
        if not _test(folder, for_pytest or [*ALL_TESTS, "--cov", *floor]):
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
        "--elsewhere",
        action="store_true",
        help="run the tests in other time zones and locales, below a folder with a long path",
    )
    which.add_argument(
        "--busy", action="store_true", help="run the tests beside two processes that never rest"
    )
    arguments, rest = parser.parse_known_args()
    if rest and arguments.only not in {None, "tests"}:
        parser.error(f"only '--only tests' takes further arguments: {' '.join(rest)}")
    return arguments, rest


def _check(families: tuple[str, ...], folder: Path) -> list[str]:
    """Run the checks of some families at the same time; return the names of those that failed."""
    running = {
        name: subprocess.Popen(
            [str(environment.executable(folder, program)), *arguments],
            cwd=environment.ROOT,
            env={**environment.environ(), "PYTHONUTF8": "1"},  # some draw frames in their reports
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for name, (program, *arguments) in CHECKS.items()
        if name.split()[0] in families
    }
    failed = []
    for name, process in running.items():
        said, _ = process.communicate()
        print(f"{name:<16} {'FAILED' if process.returncode else 'passed'}", flush=True)
        if process.returncode:
            failed.append(name)
            sys.stdout.buffer.write(said)
            sys.stdout.flush()
    return failed


def _test(folder: Path, arguments: Sequence[str], **variables: str) -> bool:
    """Run pytest with some arguments and environment variables; tell whether all passed."""
    where = "".join(f"{name}={value} " for name, value in variables.items())
    print(f"tests: {where}pytest -q {' '.join(arguments)}", flush=True)
    # Tests start hundreds of processes; each would compile all of ossh again.
    variables["PYTHONDONTWRITEBYTECODE"] = ""
    pytest = str(environment.executable(folder, "pytest"))
    return environment.ran(pytest, "-q", *arguments, variables=variables).returncode == 0


if __name__ == "__main__":
    environment.exit_with(main)
