"""Runs contenders in turn, round after round, and keeps what each run took.

They take turns so that other load on the machine affects all of them alike. Each round starts with
a different contender, so that none always runs first.
"""

import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmark.measure import FailedError, Sample


@dataclass(frozen=True, slots=True)
class Metric:
    """What is measured in a workload."""

    label: str  # heading of the column, its unit included
    of: Callable[[Sample], float]


# CPU is user and system time of the process and its descendants.
CPU = Metric("CPU s", lambda sample: sample.cpu_seconds)
PEAK = Metric("peak MiB", lambda sample: sample.peak_bytes / (1 << 20))


def per_object(objects: int) -> Metric:
    return Metric("CPU µs/object", lambda sample: sample.cpu_seconds * 1e6 / objects)


def per_gigabyte(size: int) -> Metric:
    """Return CPU as seconds for each 10^9 of so many bytes."""
    return Metric("CPU s/GB", lambda sample: sample.cpu_seconds * 1e9 / size)


@dataclass(frozen=True, slots=True)
class Trial:
    """A contender in a workload: a name, and one run in a fresh folder, checked."""

    name: str
    run: Callable[[Path], Sample]


@dataclass(slots=True)
class Series:
    """All runs of one contender."""

    name: str
    samples: list[Sample] = field(default_factory=list)

    def median(self, of: Callable[[Sample], float]) -> float:
        return statistics.median(map(of, self.samples))


@dataclass(slots=True)
class Outcome:
    """The result of a workload."""

    title: str  # what was done
    metric: Metric  # what counts
    cost: Metric  # CPU, in a unit that suits it
    series: list[Series]  # of each contender; the first is ossh
    notes: list[str] = field(default_factory=list)
    begun: Metric | None = None  # what counts, from the first request for a body on
    is_race: bool = False  # all did the same, and more of what counts is better
    # What connections of limited speed, or the line, could bring in the unit of `begun`; 0 where
    # nothing is limited.
    arithmetic: float = 0.0


def play(work: str, trials: Sequence[Trial], runs: int, root: Path) -> list[Series]:
    """Run every trial several times, in turn, and return the series in the given order.

    Raises:
        FailedError: One of them did not do what it should.
    """
    series = [Series(trial.name) for trial in trials]
    for number in range(runs):
        first = number % len(trials)
        for turn in (*range(first, len(trials)), *range(first)):
            trial = trials[turn]
            sample = once(trial, root)
            series[turn].samples.append(sample)
            say(
                f"{work} {number + 1}/{runs}  {trial.name}: {sample.seconds:.2f} s, "
                f"CPU {sample.cpu_seconds:.2f} s, {PEAK.of(sample):.0f} MiB"
            )
    return series


def once(trial: Trial, root: Path) -> Sample:
    """Run a trial in a folder of its own, which is gone afterwards.

    Raises:
        FailedError: It did not do what it should.
    """
    with TemporaryDirectory(prefix="run-", dir=root, ignore_cleanup_errors=True) as scratch:
        try:
            return trial.run(Path(scratch))
        except FailedError as error:
            raise FailedError(f"{trial.name}: {error}") from None


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
