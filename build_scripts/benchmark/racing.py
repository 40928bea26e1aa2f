"""Runs contenders in turn, each at the number at which it is best, and keeps what each run took.

ossh runs first, three times. The first run warms up; the other two tell whether the machine is
steady, and how long a tool may take. Then each tool runs once at each of its numbers. A try ends
as soon as it is slower than the best one so far, so that a number that is far off costs little.

At last all take turns, so that other load on the machine affects them alike. Each round starts with
a different contender, so that none always runs first.
"""

import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmark import quiet
from benchmark.contenders import Contender
from benchmark.measure import TIMEOUT_SECONDS, FailedError, Sample
from benchmark.setting import Setting

SLOWEST = 8.0  # a tool that takes so many times as long as ossh, at any number, is left out
LEAST_SECONDS = 5.0  # that every tool has, however fast ossh is


@dataclass(frozen=True, slots=True)
class Metric:
    """What is measured in a workload."""

    label: str  # heading of the column, its unit included
    of: Callable[[Sample], float]

    def median(self, samples: Iterable[Sample]) -> float:
        return statistics.median(map(self.of, samples))


# CPU is user and system time of the process and its descendants.
CPU = Metric("CPU s", lambda sample: sample.cpu_seconds)
PEAK = Metric("peak MiB", lambda sample: sample.peak_bytes / (1 << 20))


def per_object(objects: int) -> Metric:
    return Metric("CPU µs/object", lambda sample: sample.cpu_seconds * 1e6 / objects)


@dataclass(frozen=True, slots=True)
class Trial:
    """A contender in a workload: a name, and one run, checked.

    It runs in a fresh folder, and fails if it takes more than so many seconds.
    """

    name: str
    run: Callable[[Path, float], Sample]


@dataclass(slots=True)
class Outcome:
    """The result of a workload."""

    title: str  # what was done
    metric: Metric  # what counts
    cost: Metric  # CPU, in a unit that suits it
    runs: dict[str, list[Sample]]  # of each contender, by name; the first is ossh
    notes: list[str] = field(default_factory=list)
    begun: Metric | None = None  # what counts, from the first request for a body on
    is_race: bool = False  # all did the same, and more of what counts is better
    arithmetic: float = 0.0  # of `begun`, where connections have a limit: what they could bring


def race(
    setting: Setting,
    work: str,
    contenders: Iterable[Sequence[Contender]],
    sample: Callable[[Contender, Path, float], Sample],
) -> tuple[dict[str, list[Sample]], list[str]]:
    """Return the runs of ossh and of each tool at its best, and notes on those left out.

    Args:
        setting: Where; if its tables are to be kept, the machine has to be steady.
        work: The workload's name.
        contenders: The candidates of each tool; ossh, which is alone, comes first.
        sample: Runs a contender once, in a folder, for so many seconds at most.

    Raises:
        FailedError: Equal runs of ossh differ, or one failed.
    """
    ours, *theirs = (
        [Trial(one.name, partial(sample, one)) for one in candidates] for candidates in contenders
    )
    limit = max(LEAST_SECONDS, SLOWEST * _steady(setting, work, ours[0]))
    chosen, late = ours, []
    for trials in theirs:
        if best := fastest(f"{work}, qualifying", trials, setting.root, limit):
            chosen.append(best)
        else:
            late.append(trials[0].name.split(",")[0])
    left_out = f"Left out: {', '.join(late)}, which took more than {limit:.0f} s at any number."
    return play(work, chosen, setting.runs, setting.root), [left_out] if late else []


def fastest(where: str, trials: Sequence[Trial], root: Path, limit: float) -> Trial | None:
    """Return the trial that takes the fewest seconds; None if none takes less than a limit."""
    best = None
    for one in trials:
        try:
            seconds = once(where, one, root, limit).seconds
        except FailedError as error:  # perhaps it was stopped for being slow
            say(f"{where}  {error}")
        else:
            if seconds < limit:
                best, limit = one, seconds
    return best


def _steady(setting: Setting, work: str, trial: Trial) -> float:
    """Return how long ossh takes, the machine being steady."""
    _, first, second = (
        once(f"{work}, {which}", trial, setting.root).seconds
        for which in ("warming up", "once", "again")
    )
    if setting.is_kept:
        quiet.require_equal(first, second)
    return max(first, second)


def play(work: str, trials: Sequence[Trial], runs: int, root: Path) -> dict[str, list[Sample]]:
    """Run every trial several times, in turn, and return the runs of each by its name.

    Raises:
        FailedError: One of them did not do what it should.
    """
    done: dict[str, list[Sample]] = {trial.name: [] for trial in trials}
    for number in range(runs):
        first = number % len(trials)
        for trial in (*trials[first:], *trials[:first]):
            done[trial.name].append(once(f"{work} {number + 1}/{runs}", trial, root))
    return done


def once(where: str, trial: Trial, root: Path, seconds: float = TIMEOUT_SECONDS) -> Sample:
    """Run a trial in a folder of its own, which is gone afterwards, and say what it took.

    Raises:
        FailedError: It did not do what it should.
    """
    with TemporaryDirectory(prefix="run-", dir=root, ignore_cleanup_errors=True) as scratch:
        try:
            sample = trial.run(Path(scratch), seconds)
        except FailedError as error:
            raise FailedError(f"{trial.name}: {error}") from None
    took = f"{sample.seconds:.2f} s, CPU {sample.cpu_seconds:.2f} s, {PEAK.of(sample):.0f} MiB"
    say(f"{where}  {trial.name}: {took}")
    return sample


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
