"""What Wine, on which the tests of Windows can run, is not able to do."""

import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

UNABLE = Path(__file__).with_name("wine.toml")


@cache
def is_wine() -> bool:
    """Tell whether this Windows is Wine."""
    if sys.platform != "win32":
        return False
    import ctypes

    return hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


@cache
def unable() -> dict[str, str]:
    """Return why Wine cannot run a test, by its file below tests/ and its name, or a whole file."""
    return tomllib.loads(UNABLE.read_text(encoding="utf-8"))


class Skipped(pytest.Module):
    """A file of tests that is not even imported."""

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        pytest.skip(_reason(self.path), allow_module_level=True)


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    """Take the place of a file that Wine cannot run."""
    if is_wine() and _reason(module_path):
        return Skipped.from_parent(parent, path=module_path)
    return None


def skip_what_it_cannot(items: Iterable[pytest.Item]) -> None:
    """Skip, of the tests that were collected, those that Wine cannot run."""
    for item in items:
        if is_wine() and (reason := _reason(item.path, item.name.partition("[")[0])):
            item.add_marker(pytest.mark.skip(reason=reason))


def _reason(path: Path, test: str = "") -> str:
    name = path.relative_to(UNABLE.parent).as_posix() + (f"::{test}" if test else "")
    return f"Wine: {unable()[name]}" if name in unable() else ""
