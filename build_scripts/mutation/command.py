"""The command line of mutants.py: mutants of one room after the other, then the scores."""

from __future__ import annotations

import argparse
import os
import queue
import random
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

import environment

from mutation.mutants import Mutant, mutants_of
from mutation.trial import Copy, TestsFailError

PLAN = environment.ROOT / "build_scripts" / "mutants.toml"


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
    """Which modules are mutated, against which tests, and which mutants nobody can tell apart."""

    def __init__(self) -> None:
        table = tomllib.loads(PLAN.read_text(encoding="utf-8"))
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
        own = _found(f"{folder.as_posix()}/{pattern}" for pattern in named)
        more = [
            test
            for pattern, tests in self._more_tests.items()
            if fnmatchcase(path, pattern)
            for test in tests
        ]
        return tuple(dict.fromkeys([*own, *more]))

    def _room(self, name: str, room: dict[str, Any]) -> Room:
        found = _found(room["files"])
        modules = tuple(path for path in found if not path.endswith("/__init__.py"))
        return Room(name, modules, room.get("sample", 0), room["at_least"])


def _found(patterns: Iterable[str]) -> list[str]:
    found = [path for pattern in patterns for path in sorted(environment.ROOT.glob(pattern))]
    return [path.relative_to(environment.ROOT).as_posix() for path in found]


@dataclass
class Result:
    room: Room
    tried: int = 0  # without those that cannot be told from the original
    survivors: list[Mutant] = field(default_factory=list)
    explained: list[Mutant] = field(default_factory=list)  # those that cannot

    @property
    def score(self) -> float:
        """How many of them the tests noticed, in percent."""
        return 100 * (1 - len(self.survivors) / self.tried) if self.tried else 100.0


def main(arguments: Sequence[str]) -> int:
    plan = Plan()
    parser = argparse.ArgumentParser(
        prog="mutants.py", description="See whether tests notice small faults.", allow_abbrev=False
    )
    names = [room.name for room in plan.rooms]
    add = parser.add_argument
    add("rooms", nargs="*", metavar="ROOM", help=f"any of {', '.join(names)} (all)")
    add("--file", action="append", metavar="PATH", help="a module instead, with all its mutants")
    add("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="how many at once")
    options = parser.parse_args(arguments)
    if unknown := set(options.rooms).difference(names):
        parser.error(f"there is no room {' '.join(sorted(unknown))}")
    rooms = [room for room in plan.rooms if not options.rooms or room.name in options.rooms]
    if options.file:
        rooms = [Room(path, (path,), 0, 0) for path in options.file]
    try:
        with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
            Path(folder).chmod(0o711)  # for tests that act as another user
            copies = [
                Copy(environment.ROOT, Path(folder, str(number))) for number in range(options.jobs)
            ]
            results = [_room(room, plan, copies) for room in rooms]
    except TestsFailError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(_table(results))
    stale = _stale(plan, results)
    for path, change in stale:
        print(f"no such mutant survives: {path}: {change}")
    below = [one.room.name for one in results if int(one.score) < one.room.at_least]
    for name in below:
        print(f"below its score: {name}")
    return 1 if stale or below else 0


def _room(room: Room, plan: Plan, copies: Sequence[Copy]) -> Result:
    """Try the mutants of a room, and print those that survive as they are found."""
    result = Result(room)
    every = [one for path in room.files for one in mutants_of(environment.ROOT, path)]
    chosen = room.chosen(every)
    for path in room.files:
        mutants = [one for one in chosen if one.path == path]
        if not mutants:
            continue
        tests = plan.tests(path)
        usual = copies[0].seconds(tests)
        print(f"{path}: {len(mutants)} mutants, {usual:.1f} s of tests", flush=True)
        for mutant, survives in _tried(mutants, copies, tests, usual):
            if survives and (path, mutant.change) in plan.equivalents:
                result.explained.append(mutant)
                continue
            result.tried += 1
            if survives:
                result.survivors.append(mutant)
                print(mutant, flush=True)
    return result


def _tried(
    mutants: Sequence[Mutant], copies: Sequence[Copy], tests: Sequence[str], usual: float
) -> Iterator[tuple[Mutant, bool]]:
    """Yield each mutant, and whether it survives; as many are tried at once as there are copies."""
    free: queue.SimpleQueue[Copy] = queue.SimpleQueue()
    for copy in copies:
        free.put(copy)

    def survives(mutant: Mutant) -> bool:
        copy = free.get()
        try:
            return copy.survives(mutant, tests, usual)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as threads:
        yield from zip(mutants, threads.map(survives, mutants), strict=True)


def _stale(plan: Plan, results: Sequence[Result]) -> list[tuple[str, str]]:
    """Return the equivalents of which no mutant survived, where all were tried."""
    explained = {(one.path, one.change) for result in results for one in result.explained}
    whole = {path for one in results if not one.room.sample for path in one.room.files}
    return sorted(one for one in plan.equivalents - explained if one[0] in whole)


def _table(results: Sequence[Result]) -> str:
    lines = [f"\n{'room':24} {'tried':>6} {'survived':>9} {'same':>5} {'score':>6}"]
    for one in results:
        numbers = f"{one.tried:6} {len(one.survivors):9} {len(one.explained):5} {one.score:6.1f}"
        lines.append(f"{one.room.name:24} {numbers}")
    return "\n".join(lines)
