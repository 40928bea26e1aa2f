"""What Wine, on which the tests of Windows can run, is not able to do."""

import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

UNABLE = Path(__file__).with_name("wine.toml")
_BEYOND = "Wine: "  # begins the reasons


@cache
def is_wine() -> bool:
    """Return whether this Windows is Wine."""
    if sys.platform != "win32":
        return False
    import ctypes

    return hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


@cache
def unable() -> dict[str, str]:
    """Return why Wine cannot run a test, by its file below tests/ and its name, or a whole file."""
    return tomllib.loads(UNABLE.read_text(encoding="utf-8"))


class BeyondWine(pytest.Module):
    """A file of tests that is not even imported."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield one item in the place of all."""
        yield _Skipped.from_parent(self, name="all")


class _Skipped(pytest.Item):
    def runtest(self) -> None:
        pytest.skip(_reason(self.path))


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    """Take the place of a file that Wine cannot run."""
    if is_wine() and _reason(module_path):
        return BeyondWine.from_parent(parent, path=module_path)
    return None


def skip_what_it_cannot(items: Iterable[pytest.Item]) -> None:
    """Skip, of the tests that were collected, those that Wine cannot run."""
    for item in items:
        if is_wine() and (reason := _reason(item.path, item.name.partition("[")[0])):
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_report_teststatus(
    report: pytest.CollectReport | pytest.TestReport,
) -> tuple[str, str, str] | None:
    """Count what Wine cannot run apart from what no Windows runs, also in the last line."""
    if report.skipped and isinstance(report.longrepr, tuple) and _BEYOND in report.longrepr[2]:
        return "beyond Wine", "w", "BEYOND WINE"
    return None


def _reason(path: Path, test: str = "") -> str:
    name = path.relative_to(UNABLE.parent).as_posix() + (f"::{test}" if test else "")
    return f"{_BEYOND}{unable()[name]}" if name in unable() else ""
