"""The file of a package that a system would install, fetched with pip and inspected."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import environment

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = {
    "Linux x86_64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "Linux aarch64": ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
    "macOS arm64": ("macosx_11_0_arm64",),
    "Windows x86_64": ("win_amd64",),
}
_COMPILED = re.compile(r"\.(c|cc|cpp|pyx|rs)$")
# The dates in reproducible archives made by poetry and by hatchling; others start in 1980, with zip
# itself.
_NO_DAYS = frozenset({date(2016, 1, 1), date(2020, 2, 2)})


@dataclass(frozen=True)
class File:
    """A wheel or a source distribution."""

    name: str
    size: int  # bytes
    made: date | None  # the latest date inside; None if there is none
    is_pure: bool  # installs anywhere, without a compiler


def fetch(package: str, system: str, python: str, folder: Path) -> File | None:
    """Return the file that a system installs, or the sources when there is no wheel for it.

    Args:
        package: With its version: "oss2==2.19.1".
        system: A key of `PLATFORMS`.
        python: Such as "3.11".
        folder: An empty one for the download.

    Returns:
        None when the registry has neither.
    """
    platforms = [word for tag in PLATFORMS[system] for word in ("--platform", tag)]
    wheel = ("--only-binary=:all:", "--python-version", python, "--implementation", "cp")
    for options in ((*wheel, *platforms), ("--no-binary=:all:",)):
        command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-deps", *options]
        ended = subprocess.run(
            [*command, "--dest", str(folder), package],
            env=environment.environ(),
            capture_output=True,
            check=False,
        )
        found = list(folder.iterdir())
        if ended.returncode == 0 and found:
            return described(found[0])
    return None


def described(path: Path) -> File:
    """Return what a wheel or a source distribution says about itself."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as packed:
            days = [date(*one.date_time[:3]) for one in packed.infolist()]
        pure = path.name.endswith("-none-any.whl")
    else:
        with tarfile.open(path) as packed_sources:
            members = packed_sources.getmembers()
        days = [datetime.fromtimestamp(one.mtime, UTC).date() for one in members]
        pure = not any(_COMPILED.search(one.name) for one in members)
    made = max(days)
    is_told = made.year > 1980 and made not in _NO_DAYS  # noqa: PLR2004 - zip's first year
    return File(path.name, path.stat().st_size, made if is_told else None, pure)
