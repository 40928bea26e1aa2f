import sys
from dataclasses import replace

import pytest

from ossh.demo import DemoServer
from ossh.model import TransferSettings
from ossh.session import BackgroundRun, JobRequest, Session
from ossh.session.background_runs import BackgroundState
from ossh.session.jobs.job_choice import job_for
from tests.unit.session.started import queued, started
from tests.waiting import wait_until

NUMBERS = ("connections", "processes")


def begun(session: Session, name: str, prefix: str = "logs/") -> BackgroundRun:
    session.runs.connections = session.runs.connections or 1
    return queued(session, JobRequest((prefix,), name, name))


def status(one: BackgroundRun) -> int:
    one.join(60)
    assert one.run.error is None
    assert one.run.summary is not None
    return one.run.summary.status


@pytest.fixture
def slow(server: DemoServer) -> DemoServer:
    """Give the bucket with objects that do not come until faults are cleared."""
    for number in range(60):
        server.put(f"slow/{number}", b"x")
    server.fault("hold", key="slow/*")
    return server


def test_jobs_run_one_after_another_and_tell_when_each_ends(
    session: Session, slow: DemoServer
) -> None:
    ended: list[str] = []
    session.runs.on_end = lambda one: ended.append(one.job.name)

    first, second = begun(session, "first", "slow/"), begun(session, "second")
    wait_until(lambda: first.progress.connections > 0)
    states = [one.state for one in (first, second)]
    slow.clear_faults()

    assert states == [BackgroundState.RUNNING, BackgroundState.QUEUED]
    assert second.progress.note == "queued"
    first.stop()
    assert (status(first), status(second)) == (130, 0)
    wait_until(lambda: ended == ["first", "second"])
    assert [one.state for one in (first, second)] == [BackgroundState.ENDED, BackgroundState.ENDED]


def test_a_run_whose_turn_it_is_counts_as_running_before_its_thread_has_come_so_far(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BackgroundRun, "start", lambda _self: None)

    first, second = begun(session, "first"), begun(session, "second")

    assert (first.state, second.state) == (BackgroundState.RUNNING, BackgroundState.QUEUED)


@pytest.mark.usefixtures("slow")
def test_a_limit_acts_on_what_runs_and_on_what_comes(session: Session) -> None:
    one = begun(session, "first", "slow/")

    session.runs.connections, session.runs.rate = 5, 1000

    controls = one.run.controls
    assert (controls.connections, controls.bytes_per_second) == (5, 1000)
    assert not one.run.is_stopping
    assert session.runs.controls(TransferSettings()) == controls
    later = begun(session, "second")
    assert later.run.controls == controls
    session.runs.connections, session.runs.rate = 0, 0
    assert one.run.controls.connections == TransferSettings().connections
    assert one.run.controls.bytes_per_second == -1
    session.runs.park(session.runs.alive)


@pytest.mark.parametrize(
    ("which", "of_job", "of_session", "holds"),
    [
        *((which, *row) for which in NUMBERS for row in ((3, 5, 3), (5, 3, 3), (3, 0, 3))),
        *(("rate", *row) for row in ((0, 0, -1), (10, 0, 10), (10, 1000, 10), (1000, 10, 10))),
    ],
)
def test_of_the_limits_of_a_job_and_of_the_session_the_lower_holds(
    session: Session, which: str, of_job: int, of_session: int, holds: int
) -> None:
    setattr(session.runs, which, of_session)

    settings = TransferSettings(connections=of_job, processes=of_job, rate=of_job)
    controls = session.runs.controls(settings)

    assert getattr(controls, "bytes_per_second" if which == "rate" else which) == holds


@pytest.mark.usefixtures("slow")
def test_a_limit_raises_no_number_of_a_job_that_runs(session: Session) -> None:
    job = job_for(session, JobRequest(("slow/",)))
    one = queued(session, replace(job, transfer=replace(job.transfer, connections=2)))

    session.runs.connections = 5
    more = one.run.controls.connections
    session.runs.connections = 1
    fewer = one.run.controls.connections
    session.runs.park(session.runs.alive)

    assert (more, fewer) == (2, 1)


def test_no_more_connections_are_asked_for_than_the_machine_allows(session: Session) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no such limits")
    session.runs.connections = 100_000_000

    assert 0 < session.runs.controls(TransferSettings()).connections < 100_000_000


def test_what_is_not_there_cannot_be_named(session: Session) -> None:
    assert session.runs.named("") == ()
    one = begun(session, "first")
    status(one)

    assert session.runs.named("first") == ()
    assert session.runs.named("first", ended=True) == (one,)
    assert session.runs.named(str(one.job.path), ended=True) == (one,)
    session.runs.forget(one)
    assert session.runs.named("first", ended=True) == ()


def test_a_job_stopped_before_its_turn_gives_its_place_to_none_but_the_next(
    session: Session, slow: DemoServer
) -> None:
    first, second = begun(session, "first", "slow/"), begun(session, "second")
    third = begun(session, "third")

    session.runs.park((second,))

    assert (second.before, third.before) == (None, first)
    slow.clear_faults()
    assert (status(first), status(third)) == (0, 0)


@pytest.mark.usefixtures("slow")
def test_a_run_waits_for_one_that_nobody_asks_about_until_that_has_ended(session: Session) -> None:
    first, second = begun(session, "first", "slow/"), begun(session, "second")

    session.runs.forget(first)  # as 'stop' does, even if it takes long to park
    third = begun(session, "third")

    assert (second.before, third.before) == (first, second)
    second.stop()
    second.join(60)
    assert third.before is first
    session.runs.park((first, third))


def test_an_end_that_the_user_knows_of_is_kept_until_another_job_begins(session: Session) -> None:
    told, untold = begun(session, "told"), begun(session, "untold")
    assert (status(told), status(untold)) == (0, 0)
    told.is_reported = True
    assert session.runs.unreported == (told, untold)

    third = begun(session, "third")

    assert session.runs.unreported == (untold, third)
    status(third)


@pytest.mark.usefixtures("slow")
def test_a_run_of_the_foreground_goes_on_beside_the_others(session: Session) -> None:
    queue = [begun(session, "first", "slow/"), begun(session, "second")]
    run = started(session, JobRequest(("logs/",), "front", "front"))

    one = session.runs.add(run)

    assert session.runs.unreported == (*queue, one)
    assert status(one) == 0
    assert queue[1].state is BackgroundState.QUEUED
    session.runs.park(session.runs.alive)


@pytest.mark.usefixtures("slow")
def test_a_run_waits_for_one_of_the_foreground_and_for_those_before_it(session: Session) -> None:
    first = begun(session, "first", "slow/")
    front = session.runs.add(started(session, JobRequest(("slow/",), "front", "front")))

    later = begun(session, "later")

    assert (front.before, later.before) == (None, front)
    front.stop()
    front.join(60)
    assert later.before is first
    session.runs.park((first, later))


def test_a_run_that_has_ended_can_be_adopted_all_the_same(session: Session) -> None:
    run = started(session, JobRequest(("logs/",), "front", "front"))
    run.join(60)

    one = session.runs.add(run)

    assert status(one) == 0
    wait_until(lambda: one.state is BackgroundState.ENDED)
