"""Which modules are mutated, against which tests, and which mutants nobody can tell apart."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from mutation.mutants import Mutant


@dataclass(frozen=True)
class Room:
    name: str
    files: tuple[str, ...]  # below the root
    sample: int  # how many mutants are tried; 0: all
    at_least: int  # the score that it has to reach, in percent

    def chosen(self, mutants: Sequence[Mutant]) -> Sequence[Mutant]:
        """Return the mutants to try: always the same for the same code."""
        if not self.sample or self.sample >= len(mutants):
            return mutants
        draw = random.Random(f"ossh/{self.name}")  # noqa: S311 - nothing secret
        return [mutants[number] for number in sorted(draw.sample(range(len(mutants)), self.sample))]


class Plan:
    def __init__(self, root: Path, file: Path) -> None:
        self._root = root
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        self.rooms = tuple(self._room(name, room) for name, room in table["room"].items())
        self.equivalents = frozenset(
            (path, change)
            for path, reasons in table["equivalent"].items()
            for changes in reasons.values()
            for change in changes
        )
        self._more_tests: dict[str, list[str]] = table["tests"]

    def tests(self, path: str) -> tuple[str, ...]:
        """Return the tests of a module: those of its name, then what proves it besides."""
        module = PurePosixPath(path)
        folder = Path("tests/unit", *module.parent.parts[1:])
        named = (f"test_{module.stem}.py", f"test_{module.stem}_*.py")
        own = self._found(f"{folder.as_posix()}/{pattern}" for pattern in named)
        more = [
            test
            for pattern, tests in self._more_tests.items()
            if fnmatchcase(path, pattern)
            for test in tests
        ]
        return tuple(dict.fromkeys([*own, *more]))

    def _room(self, name: str, room: dict[str, Any]) -> Room:
        found = self._found(room["files"])
        modules = tuple(path for path in found if not path.endswith("/__init__.py"))
        return Room(name, modules, room.get("sample", 0), room["at_least"])

    def _found(self, patterns: Iterable[str]) -> list[str]:
        found = [path for pattern in patterns for path in sorted(self._root.glob(pattern))]
        return [path.relative_to(self._root).as_posix() for path in found]
