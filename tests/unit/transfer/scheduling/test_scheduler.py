"""The scheduler: two rounds, what each reply leads to, and what the loop reads."""

from dataclasses import replace
from itertools import pairwise

import pytest

from ossh.manifest import Outcome
from ossh.model import MIB, Cause, ObjectInfo, Part, Proof, Status
from ossh.transfer.messages import Fetch, Page, Reply, Returned, Task
from ossh.transfer.scheduling.listings import THAW_CHECK, TRIES
from ossh.transfer.scheduling.processes import Processes
from ossh.transfer.scheduling.retry_policy import Decision
from ossh.transfer.scheduling.window import SIZE
from tests.unit.transfer.rig import (
    EPOCH,
    LARGE,
    MODIFIED,
    OWN,
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

RETRIED = caused(Decision.RETRY)
PERMANENT = caused(Decision.GIVE_UP)


# A run in which nothing goes wrong


def test_objects_are_fetched_recorded_and_counted() -> None:
    rig = Rig(entry(1), entry(2, 0))

    first, second = rig.turn()
    rig.on(done(first), done(second))
    rig.turn()

    assert rig.outcomes == [
        Outcome(
            row,
            Status.DONE,
            1,
            own=OWN,
            proof=Proof.CRC64,
            finished=EPOCH + rig.now,
            is_client_encrypted=False,
        )
        for row in (1, 2)
    ]
    assert rig.summary.fetched == 2
    assert not rig.scheduler.state.recalls


def test_a_run_waits_until_the_listing_is_finished() -> None:
    rig = Rig(listings=2)

    rig.page(entry(1), listing=1, finished=True)
    finish_one = rig.turn()
    rig.on(*map(done, finish_one))
    for _ in range(5):
        assert rig.turn() == []
        assert rig.scheduler.wait(rig.now) is not None

    rig.page(entry(2), listing=2, finished=True)
    finish(rig)

    assert {one.status for one in rig.book.rows.values()} == {Status.DONE}


def test_a_window_of_objects_is_in_memory_and_more_are_asked_for_once_it_is_half_empty() -> None:
    rig = Rig(*(entry(row) for row in range(1, SIZE + 500)))

    first = rig.turn()
    assert len(first) == SIZE
    assert rig.turn() == []
    rig.on(*map(done, first[:100]))
    assert rig.turn() == []

    rig.on(*map(done, first[100 : SIZE // 2]))
    assert len(rig.turn()) == 499


def test_a_dry_run_sends_nothing_and_ends_with_the_listing() -> None:
    rig = Rig(listings=1, is_dry=True)

    rig.page(entry(1))
    assert rig.turn() == []
    assert rig.scheduler.wait(rig.now) is not None
    rig.page(finished=True)

    assert rig.scheduler.wait(rig.now) is None
    assert rig.row(1).status is Status.PENDING


def test_what_is_whole_on_disk_is_not_fetched_and_its_parts_are_forgotten() -> None:
    here = replace(entry(1, 500), status=Status.SKIPPED)
    taken = replace(
        entry(2), status=Status.FAILED, attempts=1, failure=failure(Cause.LOCAL_CONFLICT)
    )
    parted = replace(entry(3, parts=[Part(0, 10, 1)]), status=Status.SKIPPED)
    rig = Rig(entry(1, 500), entry(2), entry(3, parts=[Part(0, 10, 1)]))
    compared = {1: here, 2: taken, 3: parted}

    rig.scheduler.tasks(lambda after, _limit, _tried: [] if after else list(compared.values()), 0.0)
    rig.record()

    assert [rig.row(row).status for row in compared] == [
        Status.SKIPPED,
        Status.FAILED,
        Status.SKIPPED,
    ]
    assert rig.row(2).attempts == 1
    assert rig.row(3).parts == ()


# Two rounds


def test_round_two_begins_when_each_object_has_begun_its_first_attempt() -> None:
    rig = Rig(*(entry(row) for row in (1, 2, 3)))
    first, second, third = rig.turn()

    rig.on(failed(first, Cause.SERVER), failed(second, Cause.RESET))
    again = rig.turn() + rig.turn() + rig.turn(30.0)

    assert rig.flying == [third, *again]  # a slow first attempt keeps nobody waiting
    assert sorted(rows(again)) == [1, 2]
    assert rig.scheduler.state.rounds.number == 2
    rig.on(done(third))
    finish(rig)
    assert [rig.row(row).attempts for row in (1, 2, 3)] == [2, 2, 1]


@pytest.mark.parametrize("size", [1000, LARGE])
def test_round_two_waits_until_a_connection_is_free_for_the_last_first_attempt(size: int) -> None:
    rig = Rig(*(entry(row, size) for row in (1, 2, 3)), connections=1)
    first, second, third = rig.turn()

    rig.on(failed(first, Cause.SERVER))
    for _ in range(5):
        assert rig.turn(30.0) == []  # the second is under way, the third waits for its connection
    rig.on(done(second))
    again = rig.turn() + rig.turn() + rig.turn(30.0)

    assert rows(again) == [1]
    assert rig.flying == [third, *again]


def test_round_two_does_not_wait_for_the_parts_of_a_large_object() -> None:
    rig = Rig(entry(1), entry(2, 1000 * PART_SIZE))
    first, *parts = rig.turn()

    rig.on(failed(first, Cause.SERVER))
    again = rig.turn() + rig.turn() + rig.turn(30.0)

    assert len(parts) < 1000
    assert rows(again) == [1]


def test_an_object_that_was_called_back_has_not_begun() -> None:
    rig = answered(Rig(entry(1), entry(2), entry(3, LARGE)))
    first, second, third = rig.turn()
    rig.on(failed(first, Cause.SERVER), failed(second, Cause.EXPIRED), Returned(third))

    for _ in range(5):
        [probe] = rig.turn(30.0)
        assert probe.entry.row == 2
        rig.on(failed(probe, Cause.EXPIRED))
    rig.on(*map(done, rig.turn(30.0)))
    sent = [rows(rig.turn(seconds)) for seconds in (0.0, 0.0, 0.0, 30.0)]

    assert sent == [[3], [], [], [1]]


def test_round_two_backs_off_longer_after_each_failure() -> None:
    rig = Rig(entry(1), max_attempts=12, seed=3)
    sent_at: list[float] = []

    def answer(task: Task) -> Reply:
        sent_at.append(rig.now)
        return failed(task, Cause.SERVER)

    rig.play(answer)

    pauses = [later - sooner for sooner, later in pairwise(sent_at)]
    assert len(sent_at) == 12
    assert max(pauses[:3]) < 4.0  # at most 0.5, 1 and 2 s, and the turns between
    assert 4.0 < max(pauses) < 21.5


@pytest.mark.parametrize("cause", RETRIED)
def test_what_may_yet_succeed_is_tried_until_attempts_are_used_up(cause: Cause) -> None:
    rig = Rig(entry(1), entry(2))
    sent: list[int] = []

    def answer(task: Task) -> Reply:
        sent.append(task.entry.row)
        return failed(task, cause) if task.entry.row == 1 else done(task)

    rig.play(answer)

    assert sent.count(1) == 3
    assert rig.row(1).status is Status.FAILED
    assert rig.row(1).attempts == 3
    assert rig.row(1).failure == failure(cause)
    assert rig.row(2).status is Status.DONE


def test_a_permanent_refusal_of_a_second_attempt_counts_two() -> None:
    rig = Rig(entry(1))
    rig.on(*(failed(task, Cause.SERVER) for task in rig.turn()))
    rig.turn()

    rig.on(*(failed(task, Cause.DENIED) for task in rig.turn() + rig.turn(30.0)))
    rig.record()

    assert (rig.row(1).status, rig.row(1).attempts) == (Status.FAILED, 2)


@pytest.mark.parametrize("cause", [*PERMANENT, Cause.ARCHIVED])
def test_a_permanent_refusal_is_charged_once_and_not_repeated_and_an_archived_object_is_free(
    cause: Cause,
) -> None:
    rig = Rig(entry(1))
    (task,) = rig.turn()

    rig.on(failed(task, cause))
    finish(rig)

    special = {Cause.GONE: Status.GONE, Cause.ARCHIVED: Status.ARCHIVED}
    row = rig.row(1)
    assert (row.status, row.failure) == (special.get(cause, Status.FAILED), failure(cause))
    assert row.attempts == (cause is not Cause.ARCHIVED)


def test_a_run_waits_for_what_may_become_pending_and_then_goes_through_all_rows_again() -> None:
    rig = Rig(entry(1), entry(2))
    first, second = rig.turn()
    assert rig.scheduler.wait(rig.now, idle_seconds=0.25) == 0.01
    rig.on(failed(first, Cause.ARCHIVED), done(second))
    for _ in range(3):
        rig.turn()
    rig.scheduler.recounted(rig.book.counts())
    assert rig.scheduler.is_idle
    assert [rig.scheduler.wait(rig.now, idle) for idle in (0.25, None)] == [0.25, None]

    rig.book.rows[1] = replace(rig.row(1), status=Status.PENDING)
    rig.scheduler.recounted(rig.book.counts())
    assert rig.scheduler.totals.counts == rig.book.counts()
    (task,) = rig.turn()
    rig.on(done(task))
    finish(rig)

    assert {row.status for row in rig.book.rows.values()} == {Status.DONE}
    assert rig.row(1).attempts == 1


def test_going_through_all_rows_again_takes_up_nothing_twice() -> None:
    rig = Rig(*(entry(row) for row in range(1, 6)))
    sent = rig.turn()

    rig.scheduler.state.rounds.again()

    assert len(sent) == 5
    assert rig.turn() == []


def test_a_look_that_leads_further_ends_the_failures_in_a_row_and_renews_patience() -> None:
    rig = Rig(listings=1)
    looked_up, listings = rig.scheduler.looked_up, rig.scheduler.listings
    looked_up(1, rig.now)

    def tries() -> int:
        why = failure(Cause.RESET)
        return sum(
            listings.retry_at(listing, why, rig.now) is not None
            for listing in (THAW_CHECK, 1)
            for _ in range(TRIES // 2)
        )

    assert tries() == TRIES // 2 * 2
    looked_up(1, rig.now)  # the same page once more
    assert tries() == TRIES // 2 * 2 - 2
    looked_up(2, rig.now)
    assert tries() == TRIES // 2
    assert listings

    rig.scheduler.attempts.wait_out(failure(Cause.THROTTLED, 9.0), rig.now)
    looked_up(3, rig.now + 5.0)
    assert rig.scheduler.service.outage is not None
    assert rig.scheduler.service.since == rig.now + 5.0


# Queues


def test_an_object_that_rests_is_not_sent_from_the_queue_it_stood_in() -> None:
    rig = answered(Rig(entry(1, 50 * PART_SIZE), listings=1, connections=1))
    tasks = rig.turn()
    assert len(tasks) == 4

    rig.on(*(failed(task, Cause.THROTTLED, wait_seconds=1.0) for task in tasks))
    early = rig.turn(1.0)
    late = rig.turn(1.0)

    assert (early, len(late)) == ([], 4)
    finish(rig)
    assert rig.row(1).status is Status.DONE


# What the loop reads


@pytest.mark.parametrize("size", [1000, LARGE])
@pytest.mark.parametrize("more", [0, 1])
def test_a_run_is_busy_when_more_is_under_way_than_connections(size: int, more: int) -> None:
    rig = Rig(*(entry(row, size) for row in range(1, 11 + more)), connections=10)
    processes = Processes(3, cores=1)

    rig.turn()

    assert rig.scheduler.is_busy == bool(more)
    processes.progress(0.0, 0.0, 0.0, rig.now, is_busy=rig.scheduler.is_busy)
    assert processes.level == (3 if more else 1)


def test_progress_tells_how_many_of_all_that_is_sent_have_a_connection() -> None:
    sizes = [1000, 1000, 1000, LARGE, LARGE]
    rig = Rig(*(entry(row, size) for row, size in enumerate(sizes, 1)), listings=1)
    rig.turn()

    progress = rig.scheduler.progress(rig.now)

    assert (progress.connections, progress.is_planned) == (5, False)
    assert answered(rig).scheduler.progress(rig.now).is_planned


def test_parts_become_shorter_only_when_it_is_known_how_much_is_left() -> None:
    size, part_size, streams = 64 * MIB, 16 * MIB, 4
    for listings, length in ((1, part_size), (0, size // (2 * streams))):
        rig = Rig(entry(1, size), listings=listings, connections=streams, part_size=part_size)
        rig.scheduler.concurrency.stream_rate = 1e9

        [task, *_] = rig.turn()

        assert isinstance(task, Fetch)
        assert task.wanted.length == length


def test_replies_are_looked_at_more_often_when_that_may_change_something() -> None:
    few = Rig(entry(1))
    many = Rig(*(entry(row) for row in range(1, 200)))
    large = Rig(*(entry(row, LARGE) for row in range(1, 200)))
    settled = Rig(*(entry(row) for row in range(1, 200)))
    settled.scheduler.concurrency.throttled(settled.now)
    rigs = (few, large, many, settled)
    for rig in rigs:
        rig.turn()

    waits = [rig.scheduler.wait(rig.now) for rig in rigs]

    assert waits == [0.01, 0.015, 0.015, 0.05]


def test_pages_are_counted_as_listed() -> None:
    rig = Rig(listings=1)
    objects = tuple(ObjectInfo(key, 10, "E1", MODIFIED) for key in ("a", "b"))

    rig.on(Page(1, objects, "b", finished=False))
    rig.on(Page(1, objects[:1], "c", finished=False))

    assert rig.scheduler.progress(rig.now).listed == 3


def test_each_answer_to_a_task_counts_once() -> None:
    rig = Rig(entry(1), entry(2), listings=1)

    rig.on(*(done(task) for task in rig.turn()))
    rig.page(finished=True)

    assert rig.scheduler.answers == 2
