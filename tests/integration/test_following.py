"""Following a bucket, step by step: whatever is put when, and whatever ends it, nothing is lost."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from ossh import job as job_files
from ossh.demo import DemoServer
from ossh.session.jobs.following import LOOK_SECONDS, Following
from ossh.transfer import watching
from ossh.transfer.planning.preflight import Changes, Preflight
from ossh.transfer.run import Run
from tests.integration.rig import Place, finish

NAMES = st.sampled_from([f"{letter}/{number}" for letter in "amz" for number in range(4)])
MOST_STEPS = 2000  # of a round; an endless one is a failure


class Writers(RuleBasedStateMachine):
    """People who change a bucket while somebody follows it, who may be stopped at any step."""

    server: DemoServer
    bucket = 0

    def __init__(self) -> None:
        super().__init__()
        self.place = Place(self.server, Path(tempfile.mkdtemp(prefix="ossh-follow-")))
        Writers.bucket += 1
        self.server.bucket = f"followed-{Writers.bucket}"
        self.server.add_bucket(self.server.bucket)
        self.size = 0
        self.held: dict[str, bytes] = {}
        self.steps: Iterator[watching.Progress] = iter(())
        self.following: Following | None = None

    def teardown(self) -> None:
        self.stop()
        shutil.rmtree(self.place.folder)

    @initialize(names=st.sets(NAMES))
    def fill(self, names: set[str]) -> None:
        for name in sorted(names):
            self.put(name)
        self.follow()

    @rule(name=NAMES)
    def put(self, name: str) -> None:
        self.size += 1
        self.held[name] = name[:1].encode() * self.size  # no two bodies are alike
        self.server.put(name, self.held[name])

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        if self.held.pop(name, None) is not None:
            self.server.delete(name)

    @rule()
    def follow(self) -> None:
        """Begin, unless somebody does already; it goes on with what an earlier one left."""
        if self.following is None:
            job = self.place.job()
            job.path.parent.mkdir(exist_ok=True)
            job_files.save(job)
            self.following = Following(job, self.place.provider(), self.place.run, every=0.0)
            self.steps = iter(self.following)

    @rule(steps=st.integers(1, 30))
    def go_on(self, steps: int) -> None:
        self.follow()
        for _ in range(steps):
            next(self.steps)

    @rule()
    def stop(self) -> None:
        """Leave it in the middle of whatever it does, as an end of the process does."""
        if self.following is not None:
            with self.following:
                pass
            self.following = None

    @rule()
    def see(self) -> None:
        """Look at the target, after one whole round: all that was put before is there."""
        self.follow()
        assert self.following is not None
        for _round in range(2):  # the first one may have begun before
            self.following.rounds.clear()
            steps = 0
            while not self.following.rounds:
                next(self.steps)
                steps += 1
                assert steps < MOST_STEPS
        files = self.place.files()
        assert {name: files.get(name) for name in self.held} == self.held
        assert self.following.rounds[-1].missing == 0


class Stopping(Preflight):
    """A sheet whose reader has seen enough when the first page is noted."""

    run: Run | None = None

    def note(self, *args: Any, **options: Any) -> None:
        super().note(*args, **options)
        if self.run is not None:
            self.run.stop()


def test_a_refresh_that_is_stopped_while_it_compares_says_so(place: Place) -> None:
    place.server.fill("{:04d}", 1001, 1)  # more than are compared at once
    place.get()
    sheet = Stopping()
    sheet.run = run = place.run(preflight=sheet, changes=Changes())

    summary = finish(run)

    assert (summary.status, summary.ended) == (130, "stopped")


def test_a_follower_that_is_paused_rests_also_when_its_next_round_is_due(place: Place) -> None:
    place.job().path.parent.mkdir()
    following = Following(place.job(), place.provider(), place.run, every=LOOK_SECONDS)
    with following:
        steps = iter(following)
        while following.progress.phase is not watching.Phase.IDLE:
            next(steps)
        following.controls = replace(following.controls, paused=True)

        since = time.monotonic()
        for _ in range(6):  # two of them until it is due
            next(steps)

        assert time.monotonic() - since > 3 * LOOK_SECONDS


@pytest.mark.fault("F30")
def test_nothing_is_lost_whatever_is_changed_when(server: DemoServer) -> None:
    Writers.server = server
    server.fault("short-page", keys=2)  # so that most changes come between two pages

    run_state_machine_as_test(
        Writers,
        settings=settings(
            max_examples=8, stateful_step_count=10, deadline=None, phases=(Phase.generate,)
        ),
    )
