"""Steering a run while it goes: pause, rate, connections."""

import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from ossh.errors import OsshError, UsageError
from ossh.transfer.fetching.lanes import Lanes, LocalLanes
from ossh.transfer.watching import Controls
from tests.integration.rig import Place, finish, gets, start_and_hold, telling_of_recalls
from tests.waiting import DEADLINE_SECONDS, wait_until


def test_paused_run_sends_nothing_and_goes_on(place: Place) -> None:
    place.server.fill("{:03d}.bin", 300, 1000)
    recalled = threading.Event()
    run = place.run(new_lanes=telling_of_recalls(LocalLanes, recalled))
    start_and_hold(run, place.server)
    recalled.clear()

    run.controls = Controls(paused=True)
    assert recalled.wait(DEADLINE_SECONDS)
    place.server.clear_faults()
    wait_until(lambda: run.progress.connections == 0)
    asked = len(gets(place.server))
    paused_at = time.monotonic()
    wait_until(lambda: time.monotonic() > paused_at + 0.3)
    still = len(gets(place.server))
    run.controls = Controls()
    summary = finish(run)

    assert still == asked < 300
    assert (summary.status, summary.fetched) == (0, 300)
    assert len(gets(place.server)) == 300


def test_paused_run_can_be_stopped(place: Place) -> None:
    place.server.fill("{:03d}.bin", 100, 1000)
    place.server.fault("delay", seconds=0.05)
    run = place.run()
    run.controls = Controls(paused=True)
    run.start()
    wait_until(lambda: run.progress.listed == 100)

    run.stop()
    run.controls = Controls(paused=True)  # as a limit does that is set just then

    assert finish(run).status == 130


def test_rate_can_be_lifted_while_the_run_goes(place: Place) -> None:
    place.server.put("large.bin", size=8_000_000)
    run = place.run(place.job(rate=5_000))
    run.start()
    wait_until(lambda: run.progress.bytes_done > 0)

    run.controls = Controls(bytes_per_second=0)

    assert finish(run).status == 0  # what was booked at the old rate would take 100 s


def test_no_lanes_are_left_behind_by_a_run_that_cannot_list(place: Place) -> None:
    made: list[Lanes] = []

    def new_lanes(*parts: Any) -> Lanes:
        made.append(LocalLanes(*parts))
        return made[-1]

    job = replace(place.job(), keys="missing.txt")
    with pytest.raises(OsshError, match="missing"):
        place.get(job, new_lanes=new_lanes)

    assert made == []


def test_lanes_that_cannot_be_started_keep_nothing_else_from_ending(place: Place) -> None:
    place.server.put("a.bin", size=10)

    def new_lanes(*_parts: Any) -> Lanes:
        message = "no worker can take part"
        raise UsageError(message)

    with pytest.raises(UsageError, match="no worker"):
        place.get(new_lanes=new_lanes)

    assert gets(place.server) == []
    assert place.get().status == 0  # nobody holds the job
