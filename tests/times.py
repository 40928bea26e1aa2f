"""Where the time of a check went, told at its end; build_scripts/check.py asks for it."""

import os
import time
from collections import defaultdict

import pytest

SLOWEST = 10  # files
CHECKS_TOOK = "OSSH_CHECKS_TOOK"  # set by check.py: what it did before, as "types=9.5 lint=0.1"

_started = time.monotonic()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if CHECKS_TOOK not in os.environ:
        return
    tests = time.monotonic() - _started
    files = _seconds_by_file(terminalreporter)
    folders: dict[str, float] = defaultdict(float)
    for file, seconds in files.items():
        folders["/".join(file.split("/")[:2])] += seconds
    terminalreporter.section("where the time went")
    for took in os.environ[CHECKS_TOOK].split():
        family, _, said = took.partition("=")
        terminalreporter.line(f"{float(said):7.1f} s  {family}")
    terminalreporter.line(f"{tests:7.1f} s  tests, several at once:")
    for name, seconds in (*_longest_first(folders), *_longest_first(files)[:SLOWEST]):
        terminalreporter.line(f"{seconds:11.1f} s  {name}")


def _longest_first(taken: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(taken.items(), key=lambda one: -one[1])


def _seconds_by_file(reporter: pytest.TerminalReporter) -> dict[str, float]:
    files: dict[str, float] = defaultdict(float)
    for reports in reporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                files[report.nodeid.partition("::")[0]] += report.duration
    return files
