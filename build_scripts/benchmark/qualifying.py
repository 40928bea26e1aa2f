"""Before a workload is measured: every tool finds the number at which it is best.

ossh runs first, three times. The first run warms up; the other two tell whether the machine is
steady, and how long a tool may take. Then each tool runs once at each of its numbers. A try ends
as soon as it is slower than the best one so far, so that a number that is far off costs little.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmark import quiet
from benchmark.contenders import Contender
from benchmark.measure import FailedError
from benchmark.rounds import Trial, once, say
from benchmark.setting import Setting

SLOWEST = 8.0  # a tool that takes so many times as long as ossh, at any number, is left out
LEAST_SECONDS = 5.0  # that every tool has, however fast ossh is

Prepare = Callable[[Contender], Trial]
"""Makes a run of a contender in a workload."""


def qualify(
    setting: Setting,
    work: str,
    ours: Contender,
    tools: Iterable[Sequence[Contender]],
    prepare: Prepare,
) -> tuple[list[Trial], list[str]]:
    """Return the trials of ossh and of each tool at its best, and notes on those left out.

    Args:
        setting: Where; if its tables are to be kept, the machine has to be steady.
        work: The workload's name.
        ours: ossh.
        tools: The candidates of each tool; of one that is missing there are none.
        prepare: Makes a trial of a candidate.

    Raises:
        FailedError: Equal runs of ossh differ, or one failed.
    """
    seconds = _steady(setting, work, prepare(ours))
    limit = max(LEAST_SECONDS, SLOWEST * seconds)
    chosen, late = [prepare(ours)], []

    def seconds_of(one: Contender, most: float) -> float:
        where = f"{work}, qualifying"
        try:
            return _seconds(where, prepare(one.limited(most)), setting.root)
        except FailedError as error:  # perhaps it was stopped for being slow
            say(f"{where}  {error}")
            return math.inf

    for candidates in filter(None, tools):
        best = fastest(candidates, seconds_of, limit)
        if best is None:
            late.append(candidates[0].name.split(",")[0])
        else:
            chosen.append(prepare(best))
    left_out = f"Left out: {', '.join(late)}, which took more than {limit:.0f} s at any number."
    return chosen, [left_out] if late else []


def fastest(
    candidates: Sequence[Contender],
    seconds_of: Callable[[Contender, float], float],
    limit: float,
) -> Contender | None:
    """Return the candidate that takes the fewest seconds; None if none takes less than a limit.

    Args:
        candidates: Of one tool.
        seconds_of: Returns how long a candidate takes; anything above the limit that it is given,
            which is the best so far, means that it is slower.
        limit: The most seconds at first.
    """
    best = None
    for one in candidates:
        if (seconds := seconds_of(one, limit)) < limit:
            best, limit = one, seconds
    return best


def _steady(setting: Setting, work: str, trial: Trial) -> float:
    """Return how long ossh takes, the machine being steady."""
    _, first, second = (
        _seconds(f"{work}, {which}", trial, setting.root)
        for which in ("warming up", "once", "again")
    )
    if setting.is_kept:
        quiet.require_equal(first, second)
    return max(first, second)


def _seconds(where: str, trial: Trial, root: Path) -> float:
    seconds = once(trial, root).seconds
    say(f"{where}  {trial.name}: {seconds:.2f} s")
    return seconds
