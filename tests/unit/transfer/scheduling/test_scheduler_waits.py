"""The scheduler when the service cannot be used: what it waits for, and what ends a run."""

import pytest

from ossh.errors import LocalError
from ossh.model import Cause, Part, Status
from ossh.transfer.messages import Crashed, Done, ListingFailed, Returned
from ossh.transfer.scheduling.listings import TRIES
from ossh.transfer.scheduling.retry_policy import Decision
from ossh.transfer.scheduling.service_health import ASKED
from ossh.transfer.watching import Phase
from tests.unit.transfer.rig import (
    LARGE,
    PART_SIZE,
    Rig,
    answered,
    caused,
    done,
    entry,
    failed,
    failure,
    finish,
    rows,
)

STOPPING = caused(Decision.STOP)


# Throttling


@pytest.mark.fault("F21")
def test_throttling_halts_everything_and_is_not_charged() -> None:
    rig = answered(Rig(entry(1), entry(2), listings=1))
    first, second = rig.turn()

    rig.on(failed(first, Cause.THROTTLED, wait_seconds=3.0))

    assert rig.scheduler.state.recalls
    assert rig.turn(2.9) == []
    progress = rig.scheduler.progress(rig.now)
    assert (progress.phase, progress.note) == (Phase.WAITING, "the service asked to slow down")
    again = rig.turn(0.1)
    progress = rig.scheduler.progress(rig.now)
    assert (progress.phase, progress.note) == (Phase.FETCHING, "")  # before anything is answered
    rig.on(done(second))
    again += rig.turn(1.0)
    assert rows(again) == [1]
    rig.on(done(again[0]))
    rig.record()
    assert rig.row(1).attempts == 1


# The service cannot be used


@pytest.mark.parametrize("cause", [Cause.NETWORK, Cause.EXPIRED])
def test_after_the_first_answer_the_run_waits_and_probes(cause: Cause) -> None:
    rig = answered(Rig(*(entry(row) for row in range(1, 6)), listings=1))
    tasks = rig.turn()

    rig.on(*(failed(task, cause) for task in tasks))
    assert rig.scheduler.state.recalls
    assert rig.turn(0.4) == []
    assert rig.scheduler.progress(rig.now).phase is Phase.WAITING
    (probe,) = rig.turn(0.2)
    assert rig.turn(30.0) == []  # one at a time
    rig.on(failed(probe, cause))
    assert rig.turn(0.9) == []
    (probe,) = rig.turn(0.2)
    rig.on(done(probe))

    assert rig.scheduler.progress(rig.now).phase is Phase.FETCHING
    assert len(rig.turn()) == 4
    finish(rig)
    assert {one.attempts for one in rig.book.rows.values()} == {1}


@pytest.mark.fault("F22b")
def test_one_connection_that_fails_is_tried_again_beside_bodies_that_come_slowly() -> None:
    rig = answered(Rig(*(entry(row, LARGE) for row in range(1, 12)), connections=2, listings=1))
    failing, *slow = rig.turn()

    rig.on(failed(failing, Cause.NETWORK))
    assert rig.turn(0.4) == []
    [probe] = rig.turn(0.2)
    assert rig.turn(30.0) == []  # one at a time
    rig.on(failed(probe, Cause.NETWORK))
    assert rig.turn(0.9) == []
    [probe] = rig.turn(0.2)
    rig.on(done(probe))

    assert rig.flying == slow
    assert len(rig.turn()) == 1
    assert rig.scheduler.progress(rig.now).phase is Phase.FETCHING
    finish(rig)


@pytest.mark.fault("F22b")
def test_a_probe_of_an_earlier_outage_that_is_still_coming_does_not_hinder_the_next() -> None:
    rig = answered(Rig(*(entry(row, LARGE) for row in range(1, 4)), listings=1))
    first, second, third = rig.turn()
    rig.on(failed(first, Cause.NETWORK))
    [slow] = rig.turn(1.0)
    rig.page(finished=True)  # this ends it

    rig.on(failed(second, Cause.NETWORK))
    probes = rig.turn(1.0)

    assert rows(probes) == [2]
    assert rig.flying == [third, slow, *probes]


@pytest.mark.fault("F22b")
def test_patience_counts_from_the_last_answer_whenever_it_was_asked_for() -> None:
    rig = answered(Rig(*(entry(row) for row in range(1, 4)), patience_seconds=60.0))
    first, second, _third = rig.turn()

    rig.on(failed(first, Cause.NETWORK))
    rig.now += 50.0
    rig.on(done(second))

    assert rig.scheduler.wait(rig.now + 59.0) is not None
    assert rig.scheduler.state.stopped is None
    rig.scheduler.wait(rig.now + 61.0)
    assert rig.scheduler.state.stopped == failure(Cause.NETWORK)


def test_a_wrong_clock_is_waited_out_even_before_the_first_answer() -> None:
    rig = Rig(entry(1))
    (task,) = rig.turn()

    rig.on(failed(task, Cause.CLOCK))
    rig.turn()
    rig.hear(failure(Cause.CLOCK))

    assert rig.scheduler.service.waits_for is Cause.CLOCK
    assert not rig.scheduler.service.wants_credentials
    assert rig.scheduler.state.stopped is None
    finish(rig)
    assert rig.scheduler.service.waits_for is None


@pytest.mark.parametrize("cause", [Cause.LOCAL_CONFLICT, Cause.CANNOT_WRITE])
def test_trouble_of_the_disk_is_no_answer_of_the_service(cause: Cause) -> None:
    rig = Rig(entry(1, key="folder/"), entry(2), entry(3))
    folder, second, third = rig.turn()

    rig.on(Done(folder), failed(second, cause), failed(third, Cause.NETWORK))

    assert rig.scheduler.state.stopped == failure(Cause.NETWORK)


@pytest.mark.parametrize("outage", [Cause.NETWORK, Cause.THROTTLED])
@pytest.mark.parametrize("cause", [Cause.DENIED, Cause.GONE, Cause.REFUSED, Cause.ARCHIVED])
def test_a_refusal_of_one_object_shows_that_the_service_is_back(
    outage: Cause, cause: Cause
) -> None:
    rig = answered(Rig(entry(1), entry(2), entry(3), listings=1))
    tasks = rig.turn()
    rig.on(*(failed(task, outage) for task in tasks))
    probe, *more = rig.turn(9.0)

    rig.on(failed(probe, cause))

    assert rig.scheduler.service.outage is None
    assert rig.scheduler.progress(rig.now).phase is Phase.FETCHING
    assert len(more) + len(rig.turn()) == 2


def test_sealing_a_file_does_not_tell_that_the_network_is_back() -> None:
    rig = answered(Rig(entry(1, 2 * PART_SIZE), entry(2), listings=1))
    small, *parts = rig.turn()
    rig.on(*map(done, parts))
    (seal,) = rig.turn()

    rig.on(failed(small, Cause.NETWORK), done(seal))

    assert rig.scheduler.progress(rig.now).phase is Phase.WAITING


# The listing


@pytest.mark.fault("F19")
@pytest.mark.parametrize("cause", sorted(ASKED))
def test_a_page_that_is_refused_is_waited_for_until_it_alone_has_been_often_enough(
    cause: Cause,
) -> None:
    rig = Rig(listings=1)
    rig.page()

    for also in [failure(cause)] * 3 * TRIES + [None] * TRIES:
        assert rig.scheduler.state.stopped is None
        rig.on(ListingFailed(1, failure(cause)))
        rig.turn(60.0)
        rig.hear(also)

    assert rig.scheduler.state.stopped == failure(cause)


@pytest.mark.parametrize("cause", [*STOPPING, Cause.DENIED, Cause.GONE, Cause.NETWORK])
def test_a_listing_that_is_refused_stops_the_run_at_once(cause: Cause) -> None:
    rig = Rig(listings=1)

    rig.on(ListingFailed(1, failure(cause)))

    assert rig.scheduler.state.stopped == failure(cause)


@pytest.mark.fault("F29")
@pytest.mark.parametrize("cause", caused(Decision.WAIT))
def test_what_a_listing_waited_out_is_not_held_against_it(cause: Cause) -> None:
    rig = Rig(listings=1, patience_seconds=1e9)
    rig.page()

    for _ in range(TRIES):
        rig.on(ListingFailed(1, failure(cause)))
        rig.now += 60.0
        assert rig.scheduler.listings.due(rig.now) == [1]
    rig.on(ListingFailed(1, failure(Cause.RESET)))

    assert rig.scheduler.state.stopped is None


def test_a_page_that_leads_further_ends_the_failures_in_a_row() -> None:
    rig = Rig(listings=1)

    for row in range(1, TRIES + 2):
        rig.on(ListingFailed(1, failure(Cause.RESET)))
        rig.page(entry(row))

    assert rig.scheduler.state.stopped is None


# Stopping


@pytest.mark.parametrize("cause", sorted(set(STOPPING) - {Cause.BAD_CREDENTIALS}))
def test_what_concerns_the_whole_run_stops_it_and_marks_nothing(cause: Cause) -> None:
    rig = answered(Rig(entry(1), entry(2), listings=1))
    first, second = rig.turn()

    rig.on(failed(first, cause))
    assert rig.scheduler.state.recalls
    assert rig.turn() == []
    assert rig.scheduler.wait(rig.now) == 0.02
    rig.on(Returned(second))
    rig.record()

    assert rig.scheduler.wait(rig.now) is None
    assert rig.scheduler.state.stopped == failure(cause)
    assert rig.outcomes == []


def test_a_user_stops_a_run_and_what_came_in_meanwhile_is_recorded() -> None:
    rig = Rig(entry(1), entry(2), entry(3, 2 * PART_SIZE))
    first, second, *parts = rig.turn()

    rig.scheduler.state.stop()
    rig.scheduler.state.stop(failure(Cause.NETWORK))  # the first word counts
    assert rig.scheduler.progress(rig.now).phase is Phase.STOPPING
    rig.on(done(first), Returned(second), done(parts[0]), Returned(parts[1]))
    rig.turn()

    assert rig.scheduler.state.stopped is None
    assert rig.scheduler.wait(rig.now) is None
    assert rig.row(1).status is Status.DONE
    assert rig.row(2).status is Status.PENDING
    assert rig.row(3).parts == (Part(0, PART_SIZE, 1),)


@pytest.mark.fault("F22b")
@pytest.mark.fault("F33")
def test_a_run_that_waits_can_be_stopped() -> None:
    rig = answered(Rig(entry(1)))
    rig.on(*(failed(task, Cause.NETWORK) for task in rig.turn()))

    rig.scheduler.state.stop()

    assert rig.scheduler.wait(rig.now) is None


def test_what_does_not_come_back_in_time_is_given_up() -> None:
    rig = Rig(entry(1))
    rig.turn()
    rig.scheduler.state.stop()

    rig.scheduler.abandon()

    assert rig.scheduler.wait(rig.now) is None
    assert rig.row(1).status is Status.PENDING


def test_a_crash_in_a_thread_is_raised_with_its_trace() -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        Rig().on(Crashed("Traceback: ZeroDivisionError"))


def test_a_limit_of_the_machine_in_a_thread_is_raised_as_what_it_is() -> None:
    with pytest.raises(LocalError, match="there is not enough memory") as caught:
        Rig().on(Crashed("there is not enough memory", "end other programs"))

    assert caught.value.hint == "end other programs"


def test_a_run_whose_patience_is_over_stops_without_a_wait_and_without_a_note() -> None:
    rig = answered(Rig(entry(1), entry(2), patience_seconds=10.0))
    rig.on(*(failed(task, Cause.NETWORK) for task in rig.turn()))
    assert rig.scheduler.progress(rig.now).note == "waiting for the network"

    waits = [rig.scheduler.wait(rig.now + seconds) for seconds in (9.9, 10.1)]

    assert waits[0]
    assert waits[1] == 0.0
    shown = rig.scheduler.progress(rig.now + 10.1)
    assert (shown.phase, shown.note) == (Phase.STOPPING, "")
