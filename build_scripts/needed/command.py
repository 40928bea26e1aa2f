"""The command line of dependencies.py: fetch what every system would install, and list it."""

from __future__ import annotations

import argparse
import re
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path

import environment
from executables.notices import licence
from packaging.requirements import Requirement

from needed.files import PLATFORMS, PYTHONS, File, fetch

PAGE = environment.ROOT / "docs" / "dependencies.md"
MADE = re.compile(
    r"(?<=<!-- begin made by dependencies.py -->\n)(.*?)(?=<!-- end -->\n)", re.DOTALL
)
# Source packages with C code that also install without a compiler.
OPTIONAL_C = frozenset({"crcmod"})

Found = Mapping[tuple[str, str], File | None]  # by system and Python


def main(arguments: Sequence[str]) -> int:
    """Check every package and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="dependencies.py", description="List what ossh needs at run time, for every system."
    )
    parser.add_argument("--check", action="store_true", help="write nothing")
    only_check = parser.parse_args(arguments).check
    pins = dict(environment.pins())
    rows: list[str] = []
    missing: list[str] = []
    first = direct()
    for name in [*first, *sorted(closure(first) - {*first, "colorama", "pyreadline3"})]:
        found = looked_up(f"{name}=={pins[name]}")
        rows.append(row(name, pins[name], found))
        missing += lacking(name, found)
        print(rows[-1], flush=True)
    print(*missing or ["every package has a wheel or is pure Python everywhere"], sep="\n")
    if not only_check:
        text = PAGE.read_text(encoding="utf-8")
        before, _, after = MADE.split(text, maxsplit=1)
        made = "\n".join([*head(), *rows]) + "\n"
        PAGE.write_text(before + made + after, encoding="utf-8", newline="\n")
    return 1 if missing else 0


def direct() -> list[str]:
    """Return the normalized names of the packages in pyproject.toml, in its order."""
    text = (environment.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    named: list[str] = tomllib.loads(text)["project"]["dependencies"]
    return [environment.normal(Requirement(one).name) for one in named]


def closure(names: Iterable[str]) -> set[str]:
    """Return names and everything they require, even what only some systems need.

    Distributions that are not installed here are ends: what they need is not known.
    """
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _required(name)
    return found


def _required(name: str) -> list[str]:
    try:
        lines = requires(name) or []
    except PackageNotFoundError:
        return []
    every = [Requirement(line) for line in lines]
    return [
        environment.normal(one.name)
        for one in every
        if one.marker is None or "extra" not in str(one.marker)
    ]


def looked_up(package: str) -> Found:
    """Return what each system and Python installs of a package; no file is fetched twice."""
    found: dict[tuple[str, str], File | None] = {}
    for system in PLATFORMS:
        for python in PYTHONS:
            if (system, python) in found:
                continue
            with tempfile.TemporaryDirectory(prefix="ossh-needed-") as folder:
                file = fetch(package, system, python, Path(folder))
            found[system, python] = file
            if file is not None and file.is_pure:
                return dict.fromkeys(((s, p) for s in PLATFORMS for p in PYTHONS), file)
            if file is not None and "-abi3-" in file.name:  # for every later Python, too
                found |= dict.fromkeys(((system, p) for p in PYTHONS), file)
    return found


def lacking(name: str, found: Found) -> Iterator[str]:
    """Yield a line for each system and Python on which a package would have to be compiled."""
    for (system, python), file in found.items():
        if file is None:
            yield f"{name}: nothing for {system}, Python {python}"
        elif not file.is_pure and not file.name.endswith(".whl") and name not in OPTIONAL_C:
            yield f"{name}: needs a compiler on {system}, Python {python}"


def head() -> list[str]:
    """Return the head of the table."""
    systems = " | ".join(PLATFORMS)
    return [
        f"| package | version | made | licence | {systems} |",
        "|---|---|---|---|" + "---:|" * len(PLATFORMS),
    ]


def row(name: str, version: str, found: Found) -> str:
    """Return a package's row of the table: sizes of what Python 3.13 installs on each system."""
    files = [file for file in found.values() if file is not None]
    days = [file.made for file in files if file.made is not None]
    made = f"{max(days):%Y-%m-%d}" if days else "?"
    terms = licence(distribution(name)).partition(" which ")[0]
    sizes = " | ".join(_size(found[system, "3.13"]) for system in PLATFORMS)
    return f"| {name} | {version} | {made} | {terms} | {sizes} |"


def _size(file: File | None) -> str:
    if file is None:
        return "none"
    kib = f"{file.size / 1024:,.0f} KiB"
    return kib if file.name.endswith(".whl") else f"{kib} of sources"
