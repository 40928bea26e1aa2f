"""In how many processes a run fetches, by what they bring."""

import math
from collections.abc import Callable

import pytest

from ossh.transfer.scheduling.processes import MOST, SETTLE_SECONDS, SHORT_SECONDS, Processes

STEP = 0.05  # seconds between two turns of a run


class Rig:
    """A run whose speed depends on the number of its processes."""

    def __init__(self, processes: Processes, speed: Callable[[int], float]) -> None:
        self.processes = processes
        self.speed = speed
        self.now = 100.0
        self.work = self.cpu = 0.0
        self.levels: list[int] = []

    def go(
        self,
        seconds: float,
        *,
        load: float = 1.0,
        is_busy: bool = True,
        step: float = STEP,
        left: float = math.inf,  # seconds, at the present speed
    ) -> None:
        """Let the run go on for a while, its own process using so many cores."""
        until = self.now + seconds
        while self.now < until:
            self.now += step
            self.work += step * self.speed(self.processes.level)
            self.cpu += step * load
            work_left = left * self.speed(self.processes.level)
            times = self.cpu, self.now
            self.processes.progress(self.work, work_left, *times, is_busy=is_busy)
            if self.levels[-1:] != [self.processes.level]:
                self.levels.append(self.processes.level)


def test_processes_double_as_long_as_that_pays() -> None:
    rig = Rig(Processes(0, 16), lambda level: min(level, 4) * 1e8)

    rig.go(12)
    rig.go(14)  # the first hold is over

    assert rig.levels == [1, 2, 4, 8, 4, 8, 4]


def test_there_are_never_more_than_cores_or_than_most() -> None:
    for cores, most in ((1, 1), (2, 2), (3, 3), (64, MOST)):
        rig = Rig(Processes(0, cores), float)

        rig.go(60)

        assert max(rig.levels) == most


@pytest.mark.parametrize("step", [STEP, 3.0])
@pytest.mark.parametrize("speed", [1.0, 0.0])
def test_a_process_that_does_not_use_its_core_stays_alone(step: float, speed: float) -> None:
    rig = Rig(Processes(0, 16), lambda level: level * speed)

    rig.go(60, load=0.5, step=step)

    assert rig.levels == [1]


@pytest.mark.parametrize(("load", "levels"), [(1.19, [1, 2]), (1.21, [1])])
def test_a_process_that_uses_the_other_core_too_stays_alone(load: float, levels: list[int]) -> None:
    rig = Rig(Processes(0, 2), float)

    rig.go(10, load=load)

    assert rig.levels == levels


def test_a_run_that_is_over_soon_goes_on_as_it_is() -> None:
    rig = Rig(Processes(0, 16), float)

    rig.go(10, left=SHORT_SECONDS)
    rig.go(2, left=SHORT_SECONDS + 0.1)
    rig.go(10, left=SHORT_SECONDS)

    assert rig.levels == [1, 2]


def test_of_several_processes_none_needs_to_use_its_core() -> None:
    rig = Rig(Processes(0, 16), float)

    rig.go(2)
    rig.go(10, load=0.1)

    assert rig.levels == [1, 2, 4, 8]


def test_it_does_not_matter_how_long_ago_it_was_looked_at() -> None:
    rig = Rig(Processes(0, 3), lambda level: 100.0 / level)

    rig.go(3)
    rig.go(9, step=3.0)

    assert rig.levels == [1, 2, 1]


def test_what_does_not_pay_is_tried_less_and_less_often() -> None:
    rig = Rig(Processes(0, 3), lambda _level: 1e8)

    rig.go(60)

    assert rig.levels == [1, 2, 1, 2, 1, 2, 1]


def test_a_wanted_number_is_used_once_there_is_work_for_it() -> None:
    rig = Rig(Processes(3, 1), float)

    rig.go(1, is_busy=False)
    rig.go(1)
    rig.go(1, is_busy=False)

    assert rig.levels == [1, 3]


def test_another_number_that_is_wanted_holds_at_once() -> None:
    processes = Processes(0, 16)

    processes.want(4)
    assert processes.level == 4

    processes.want(1)
    assert processes.level == 1


def test_processes_are_judged_by_what_they_bring_once_they_work() -> None:
    begun: dict[int, float] = {}

    def speed(level: int) -> float:
        since = rig.now - begun.setdefault(level, rig.now)
        return level * 1e8 if level == 1 or since >= SETTLE_SECONDS - STEP else 0.0

    rig = Rig(Processes(0, 3), speed)

    rig.go(20)

    assert rig.levels == [1, 2, 3]
