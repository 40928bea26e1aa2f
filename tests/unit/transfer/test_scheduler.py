"""The scheduler: two rounds, charged and uncharged failures, parts, outages, and how a run ends."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossh.manifest import Outcome
from ossh.model import MIB, Cause, Entry, Part, Proof, Status
from ossh.transfer.answers import ANSWERS, Answer
from ossh.transfer.messages import (
    Check,
    Crashed,
    Done,
    Fetch,
    ListingFailed,
    Look,
    Page,
    Phase,
    Reply,
    Returned,
    Seal,
    Served,
    Task,
)
from ossh.transfer.scheduler import LISTING_TRIES, MAX_CHANGES, MAX_THROTTLES
from ossh.transfer.window import SIZE
from tests.unit.transfer.rig import (
    EPOCH,
    LARGE,
    MODIFIED,
    PART_SIZE,
    Rig,
    done,
    entry,
    failed,
    failure,
    served,
)

RETRIED = sorted(cause for cause, answer in ANSWERS.items() if answer is Answer.RETRY)
PERMANENT = sorted(cause for cause, answer in ANSWERS.items() if answer is Answer.GIVE_UP)
STOPPING = sorted(cause for cause, answer in ANSWERS.items() if answer is Answer.STOP)


def answered(rig: Rig) -> Rig:
    """Let the service have served something: an empty, last page of a listing."""
    rig.page(finished=True)
    return rig


def rows(tasks: list[Task]) -> list[int]:
    return [task.row for task in tasks]


def finish(rig: Rig) -> None:
    """Let everything go well from here."""
    rig.play(lambda task: done(task, rig.row(task.row).size))


# A run in which nothing goes wrong


def test_objects_are_fetched_recorded_and_counted() -> None:
    rig = Rig(entry(1), entry(2, 0))

    first, second = rig.turn()
    rig.on(done(first), done(second))
    rig.turn()

    assert rig.outcomes == [
        Outcome(
            row, Status.DONE, 1, proof=Proof.CRC64, crc64=1, finished=pytest.approx(EPOCH + rig.now)
        )
        for row in (1, 2)
    ]
    assert rig.scheduler.tally.fetched == 2


def test_a_task_tells_a_lane_all_it_must_know() -> None:
    (task,) = Rig(entry(7, 5)).turn()

    assert task == Fetch(7, "key-7", "key-7", 5, "E1", MODIFIED.timestamp(), "Normal")


def test_a_run_with_nothing_to_do_ends_at_once() -> None:
    rig = Rig()

    rig.turn()
    rig.turn()

    assert rig.scheduler.wait(rig.now) is None


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


def test_a_page_after_the_last_object_is_fetched_all_the_same() -> None:
    rig = Rig(listings=1)
    rig.page(entry(1))
    finish_one = rig.turn()
    rig.on(*map(done, finish_one))
    rig.turn()

    rig.page(entry(2), finished=True)

    assert rows(rig.turn()) == [2]


def test_only_a_window_of_objects_is_in_memory() -> None:
    rig = Rig(*(entry(row) for row in range(1, SIZE + 500)))

    first = rig.turn()
    assert len(first) == SIZE
    assert rig.turn() == []

    rig.on(*map(done, first[: SIZE // 2]))
    assert len(rig.turn()) == 499


def test_pages_are_not_asked_for_while_the_window_is_half_full() -> None:
    rig = Rig(*(entry(row) for row in range(1, SIZE + 10)))
    first = rig.turn()

    rig.on(*map(done, first[:100]))

    assert rig.turn() == []


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


def test_round_two_begins_when_each_object_had_its_attempt() -> None:
    rig = Rig(*(entry(row) for row in (1, 2, 3)))
    first, second, third = rig.turn()

    rig.on(failed(first, Cause.SERVER), failed(second, Cause.RESET))
    for _ in range(10):
        assert rig.turn(30.0) == []  # the third has not been answered
    assert rig.scheduler.round == 1
    rig.on(done(third))
    again = rig.turn() + rig.turn() + rig.turn(30.0)

    assert rig.scheduler.round == 2
    assert sorted(rows(again)) == [1, 2]
    assert [rig.row(row).attempts for row in (1, 2, 3)] == [1, 1, 1]


def test_round_two_backs_off_longer_after_each_failure() -> None:
    rig = Rig(entry(1), max_attempts=12, seed=3)
    sent_at: list[float] = []

    def answer(task: Task) -> Reply:
        sent_at.append(rig.now)
        return failed(task, Cause.SERVER)

    rig.play(answer)

    pauses = [later - sooner for sooner, later in zip(sent_at, sent_at[1:], strict=False)]
    assert len(sent_at) == 12
    assert max(pauses[:3]) < 4.0  # at most 0.5, 1 and 2 s, and the turns between
    assert 4.0 < max(pauses) < 21.5


@pytest.mark.parametrize("cause", RETRIED)
def test_what_may_yet_succeed_is_tried_until_attempts_are_used_up(cause: Cause) -> None:
    rig = Rig(entry(1), entry(2))
    sent: list[int] = []

    def answer(task: Task) -> Reply:
        sent.append(task.row)
        return failed(task, cause) if task.row == 1 else done(task)

    rig.play(answer)

    assert sent.count(1) == 3
    assert rig.row(1).status is Status.FAILED
    assert rig.row(1).attempts == 3
    assert rig.row(1).failure == failure(cause)
    assert rig.row(2).status is Status.DONE


def test_a_second_attempt_that_succeeds_counts_two() -> None:
    rig = Rig(entry(1))
    (task,) = rig.turn()
    rig.on(failed(task, Cause.STALL))

    finish(rig)

    assert rig.row(1).status is Status.DONE
    assert rig.row(1).attempts == 2
    assert rig.row(1).failure is None


def test_a_single_attempt_ends_in_round_one() -> None:
    rig = Rig(entry(1), max_attempts=1)
    (task,) = rig.turn()

    rig.on(failed(task, Cause.SERVER))
    rig.turn()

    assert rig.row(1).status is Status.FAILED


@pytest.mark.parametrize("cause", PERMANENT)
def test_a_permanent_refusal_is_charged_once_and_not_repeated(cause: Cause) -> None:
    rig = Rig(entry(1))
    (task,) = rig.turn()

    rig.on(failed(task, cause))
    finish(rig)

    expected = Status.GONE if cause is Cause.GONE else Status.FAILED
    assert rig.row(1).status is expected
    assert rig.row(1).attempts == 1


def test_an_archived_object_is_set_aside_without_an_attempt() -> None:
    rig = Rig(entry(1))
    (task,) = rig.turn()

    rig.on(failed(task, Cause.ARCHIVED))
    finish(rig)

    assert rig.row(1).status is Status.ARCHIVED
    assert rig.row(1).attempts == 0
    assert rig.row(1).failure == failure(Cause.ARCHIVED)


# Throttling


def test_throttling_halts_everything_and_is_not_charged() -> None:
    rig = answered(Rig(entry(1), entry(2), listings=1))
    first, second = rig.turn()

    rig.on(failed(first, Cause.THROTTLED, wait_seconds=3.0))

    assert rig.scheduler.take_recall()
    assert not rig.scheduler.take_recall()
    assert rig.turn(2.9) == []
    progress = rig.scheduler.progress()
    assert (progress.phase, progress.note) == (Phase.WAITING, "the service asked to slow down")
    rig.on(done(second))
    again = rig.turn(0.1) + rig.turn(1.0)
    assert rows(again) == [1]
    rig.on(done(again[0]))
    rig.record()
    assert rig.row(1).attempts == 1


def test_throttling_before_the_first_answer_is_waited_out_too() -> None:
    rig = Rig(entry(1))
    (task,) = rig.turn()

    rig.on(failed(task, Cause.THROTTLED))
    finish(rig)

    assert rig.scheduler.stopped is None
    assert rig.row(1).status is Status.DONE


def test_throttling_halves_the_connections() -> None:
    rig = Rig(entry(1))
    before = rig.scheduler.pace.connections
    (task,) = rig.turn()

    rig.on(failed(task, Cause.THROTTLED))

    assert rig.scheduler.pace.connections == before // 2


def test_after_ten_refusals_for_rate_one_object_is_charged() -> None:
    rig = Rig(entry(1), max_attempts=2)
    sent = 0
    attempts: list[int] = []

    def answer(task: Task) -> Reply:
        nonlocal sent
        sent += 1
        rig.record()
        attempts.append(rig.row(1).attempts)
        return failed(task, Cause.THROTTLED)

    rig.play(answer)

    assert attempts[: MAX_THROTTLES + 1] == [0] * (MAX_THROTTLES + 1)
    assert attempts[MAX_THROTTLES + 1] == 1
    assert rig.row(1).attempts == 2
    assert rig.row(1).status is Status.FAILED
    assert sent == 2 * (MAX_THROTTLES + 1)


# Changed objects


def test_a_changed_object_is_looked_at_and_fetched_anew_uncharged() -> None:
    rig = Rig(entry(1, 1000))
    (task,) = rig.turn()

    rig.on(failed(task, Cause.CHANGED))
    (look,) = rig.turn()
    assert look == Look(1, "key-1")
    rig.on(Done(look, served=Served(1200, "E2", 1, MODIFIED.timestamp() + 60, "Normal", "IA")))
    (again,) = rig.turn()

    assert isinstance(again, Fetch)
    assert (again.size, again.etag) == (1200, "E2")
    assert again.modified == MODIFIED.timestamp() + 60
    assert (rig.row(1).size, rig.row(1).etag, rig.row(1).attempts) == (1200, "E2", 0)
    facts = rig.outcomes[-1].facts
    assert facts is not None
    assert facts.storage_class == "IA"
    finish(rig)
    assert rig.row(1).status is Status.DONE


def test_an_object_that_looks_as_listed_is_not_recorded_again() -> None:
    rig = Rig(entry(1))
    (task,) = rig.turn()
    rig.on(failed(task, Cause.CHANGED))
    (look,) = rig.turn()

    rig.on(done(look, 1000))
    rig.turn()

    assert rig.outcomes == []


def test_after_three_changes_one_object_is_charged() -> None:
    rig = Rig(entry(1), max_attempts=1)
    changes = 0

    def answer(task: Task) -> Reply:
        nonlocal changes
        if isinstance(task, Look):
            return Done(task, served=served(task, 1000, f"E{changes}"))
        changes += 1
        return failed(task, Cause.CHANGED)

    rig.play(answer)

    assert changes == MAX_CHANGES + 1
    assert rig.row(1).status is Status.FAILED
    assert rig.row(1).attempts == 1


def test_an_object_that_keeps_changing_is_looked_at_before_each_attempt() -> None:
    rig = Rig(entry(1, 3 * PART_SIZE))
    version = 1

    def answer(task: Task) -> Reply:
        nonlocal version
        if isinstance(task, Look):
            return Done(task, served=served(task, 3 * PART_SIZE, f"E{version}"))
        if isinstance(task, Fetch) and task.range and task.range.start == PART_SIZE:
            version = min(version + 1, 9)
        is_old = isinstance(task, Fetch) and task.etag != f"E{version}"
        return failed(task, Cause.CHANGED) if is_old else done(task)

    rig.play(answer)

    assert rig.row(1).status is Status.DONE
    assert rig.row(1).etag == "E9"
    assert rig.row(1).attempts == 3


def test_a_look_that_brought_nothing_changes_nothing() -> None:
    rig = Rig(replace(entry(1), type="Symlink"))
    (look,) = rig.turn()

    rig.on(Done(look))
    (again,) = rig.turn()

    assert again == look


# Symlinks


def test_a_symlink_is_looked_at_before_it_is_fetched() -> None:
    rig = Rig(replace(entry(1, 30), type="Symlink"))

    (look,) = rig.turn()
    rig.on(Done(look, served=Served(4000, "OTHER", 1, MODIFIED.timestamp() + 9, "Normal")))
    (task,) = rig.turn()

    assert isinstance(task, Fetch)
    assert (task.size, task.etag, task.type) == (4000, "OTHER", "Symlink")
    assert task.modified == MODIFIED.timestamp()  # the link's own
    finish(rig)
    assert rig.row(1).size == 4000


def test_a_symlink_that_leads_nowhere_is_gone() -> None:
    rig = Rig(replace(entry(1), type="Symlink"))
    (look,) = rig.turn()

    rig.on(failed(look, Cause.GONE))
    rig.record()

    assert rig.row(1).status is Status.GONE


def test_a_look_that_failed_is_a_look_again_in_round_two() -> None:
    rig = Rig(replace(entry(1), type="Symlink"))
    (look,) = rig.turn()
    rig.on(failed(look, Cause.TIMEOUT))
    rig.turn()
    rig.turn()
    rig.turn()

    assert rig.turn(30.0) == [look]
    rig.on(failed(look, Cause.TIMEOUT))
    assert rig.turn(30.0) == [look]
    assert rig.row(1).attempts == 2


# Parts of large objects


def test_a_large_object_is_fetched_in_parts_and_sealed() -> None:
    size = 2 * PART_SIZE + 5
    rig = Rig(entry(1, size))

    tasks = rig.turn()
    ranges = [task.range for task in tasks if isinstance(task, Fetch)]
    rig.on(*map(done, reversed(tasks)))
    (seal,) = rig.turn()

    assert [(one.start, one.stop) for one in ranges if one] == [
        (0, PART_SIZE),
        (PART_SIZE, 2 * PART_SIZE),
        (2 * PART_SIZE, size),
    ]
    assert isinstance(seal, Seal)
    assert (seal.size, seal.served.size, seal.served.crc64) == (size, size, 1)
    assert rig.book.parts(1) == size
    assert rig.scheduler.progress().bytes_done == size
    rig.on(done(seal))
    rig.record()
    assert rig.row(1).status is Status.DONE
    assert rig.row(1).parts == ()
    assert rig.scheduler.tally.part_bytes == 0


def test_streams_get_no_more_tasks_than_keep_them_busy() -> None:
    rig = Rig(entry(1, 100 * PART_SIZE), connections=2)

    first = rig.turn()
    rig.on(*map(done, first[:3]))

    assert len(first) == 8
    assert len(rig.turn()) == 3
    assert rig.scheduler.progress().connections == 8


def test_parts_that_failed_cost_one_attempt_together_and_the_others_stay() -> None:
    rig = Rig(entry(1, 4 * PART_SIZE))
    tasks = rig.turn()

    kept = Part(PART_SIZE, PART_SIZE + 100, 1)
    rig.on(done(tasks[0]), failed(tasks[1], Cause.RESET, kept=kept), failed(tasks[2], Cause.STALL))
    assert rig.turn() == []
    rig.on(done(tasks[3]))
    again = [*rig.turn(), *rig.turn(), *rig.turn(30.0)]
    checks = [task for task in again if isinstance(task, Check)]

    assert rig.row(1).attempts == 1
    assert rig.row(1).failure == failure(Cause.RESET)
    assert len(checks) == len(again) == 3
    rig.on(*map(done, checks))
    missing = [task.range for task in rig.turn() if isinstance(task, Fetch)]
    assert [(one.start, one.stop) for one in missing if one] == [
        (PART_SIZE + 100, 2 * PART_SIZE + 100),
        (2 * PART_SIZE + 100, 3 * PART_SIZE),
    ]


def test_parts_of_an_earlier_run_are_checked_and_kept() -> None:
    parts = [Part(0, PART_SIZE, 1), Part(PART_SIZE, 2 * PART_SIZE, 2)]
    rig = Rig(entry(1, 3 * PART_SIZE, parts=parts))

    checks = rig.turn()
    assert sorted(rows(checks)) == [1, 1]
    rig.on(*map(done, checks))
    (fetch,) = rig.turn()

    assert isinstance(fetch, Fetch)
    assert fetch.range is not None
    assert fetch.range.start == 2 * PART_SIZE
    finish(rig)
    assert rig.row(1).status is Status.DONE


def test_an_object_whose_parts_were_all_there_is_looked_at_before_it_is_sealed() -> None:
    parts = [Part(0, PART_SIZE, 1), Part(PART_SIZE, 2 * PART_SIZE, 2)]
    rig = Rig(entry(1, 2 * PART_SIZE, parts=parts))
    rig.on(*map(done, rig.turn()))

    (look,) = rig.turn()
    rig.on(done(look, 2 * PART_SIZE))
    (seal,) = rig.turn()

    assert isinstance(seal, Seal)
    assert seal.served.crc64 == 1
    rig.on(done(seal))
    rig.record()
    assert rig.row(1).proof is Proof.CRC64


def test_an_object_that_changed_since_its_last_part_came_is_fetched_anew() -> None:
    parts = [Part(0, PART_SIZE, 1), Part(PART_SIZE, 2 * PART_SIZE, 2)]
    rig = Rig(entry(1, 2 * PART_SIZE, parts=parts))
    rig.on(*map(done, rig.turn()))
    (look,) = rig.turn()

    rig.on(Done(look, served=served(Look(1, ""), 2 * PART_SIZE, "E2")))

    assert all(isinstance(task, Fetch) and task.etag == "E2" for task in rig.turn())
    assert rig.row(1).parts == ()
    finish(rig)


def test_a_part_that_changed_on_disk_is_fetched_again() -> None:
    parts = [Part(0, PART_SIZE, 1), Part(PART_SIZE, 2 * PART_SIZE, 2)]
    rig = Rig(entry(1, 2 * PART_SIZE, parts=parts))
    good, bad = sorted(rig.turn(), key=lambda task: isinstance(task, Check) and task.part.start)

    rig.on(failed(bad, Cause.CORRUPT), done(good))
    (fetch,) = rig.turn()

    assert rig.row(1).parts == (parts[0],)
    assert isinstance(fetch, Fetch)
    assert fetch.range is not None
    assert (fetch.range.start, fetch.range.stop) == (PART_SIZE, 2 * PART_SIZE)
    assert rig.row(1).attempts == 0
    finish(rig)


def test_a_check_that_was_called_back_is_made_again() -> None:
    part = Part(0, PART_SIZE, 1)
    rig = Rig(entry(1, 2 * PART_SIZE, parts=[part]))
    (check,) = rig.turn()

    rig.on(Returned(check))

    assert rig.turn() == [check]
    finish(rig)
    assert rig.row(1).status is Status.DONE


def test_an_object_whose_bytes_are_bad_loses_its_parts() -> None:
    rig = Rig(entry(1, 2 * PART_SIZE))
    rig.on(*map(done, rig.turn()))
    (seal,) = rig.turn()

    rig.on(failed(seal, Cause.CORRUPT))
    again = [*rig.turn(), *rig.turn(), *rig.turn(30.0)]

    assert rig.row(1).parts == ()
    assert rig.row(1).attempts == 1
    assert len(again) == 2
    finish(rig)


def test_parts_of_an_older_version_are_dropped_when_the_object_changed() -> None:
    rig = Rig(entry(1, 2 * PART_SIZE))
    first, second = rig.turn()

    rig.on(done(first), failed(second, Cause.CHANGED))
    (look,) = rig.turn()
    assert rig.row(1).parts == ()
    rig.on(Done(look, served=served(Look(1, ""), 2 * PART_SIZE, "E2")))

    assert len(rig.turn()) == 2
    finish(rig)


def test_a_symlink_that_leads_elsewhere_now_drops_the_parts_of_before() -> None:
    link = replace(entry(1, 2 * PART_SIZE, parts=[Part(0, PART_SIZE, 1)]), type="Symlink")
    rig = Rig(link)
    (look,) = rig.turn()

    rig.on(Done(look, served=served(Look(1, ""), 2 * PART_SIZE, "E2")))

    assert all(isinstance(task, Fetch) for task in rig.turn())
    assert rig.row(1).parts == ()


def test_a_symlink_that_leads_where_it_did_keeps_its_parts() -> None:
    link = replace(entry(1, 2 * PART_SIZE, parts=[Part(0, PART_SIZE, 1)]), type="Symlink")
    rig = Rig(link)
    (look,) = rig.turn()

    rig.on(Done(look, served=served(Look(1, ""), 2 * PART_SIZE, "E1")))

    assert rig.turn() == [Check(1, Part(0, PART_SIZE, 1))]


def test_a_recalled_part_keeps_what_it_had() -> None:
    rig = Rig(entry(1, 2 * PART_SIZE))
    first, second = rig.turn()

    rig.on(Returned(first, kept=Part(0, 10, 1), served=served(second)))  # type: ignore[arg-type]
    rig.on(Returned(second))
    missing = [task.range for task in rig.turn() if isinstance(task, Fetch)]

    assert [one.start for one in missing if one] == [10, 10 + PART_SIZE]
    assert rig.row(1).parts == (Part(0, 10, 1),)
    assert rig.row(1).attempts == 0


# Queues


def test_a_finished_body_is_not_sent_twice_when_streams_were_full() -> None:
    rig = Rig(*(entry(row, LARGE) for row in range(1, 9)), connections=1)
    first = rig.turn()
    assert len(first) == 4

    rig.on(*map(done, first))
    second = rig.turn()

    assert rows(second) == [5, 6, 7, 8]
    rig.on(*map(done, second))
    finish(rig)


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


# The service cannot be used


def test_before_the_first_answer_a_dead_network_is_an_error() -> None:
    rig = Rig(entry(1))
    (task,) = rig.turn()

    rig.on(failed(task, Cause.NETWORK))
    rig.record()

    assert rig.scheduler.stopped == failure(Cause.NETWORK)
    assert rig.scheduler.wait(rig.now) is None
    assert rig.row(1).status is Status.PENDING
    assert rig.row(1).attempts == 0


@pytest.mark.parametrize("cause", [Cause.NETWORK, Cause.EXPIRED, Cause.BAD_CREDENTIALS])
def test_after_the_first_answer_the_run_waits_and_probes(cause: Cause) -> None:
    rig = answered(Rig(*(entry(row) for row in range(1, 6)), listings=1))
    tasks = rig.turn()

    rig.on(*(failed(task, cause) for task in tasks))
    assert rig.scheduler.take_recall()
    assert rig.turn(0.4) == []
    assert rig.scheduler.progress().phase is Phase.WAITING
    (probe,) = rig.turn(0.2)
    assert rig.turn(30.0) == []  # one at a time
    rig.on(failed(probe, cause))
    assert rig.turn(0.9) == []
    (probe,) = rig.turn(0.2)
    rig.on(done(probe))

    assert rig.scheduler.progress().phase is Phase.FETCHING
    assert len(rig.turn()) == 4
    finish(rig)
    assert {one.attempts for one in rig.book.rows.values()} == {1}


def test_a_wrong_clock_is_waited_out_even_before_the_first_answer() -> None:
    rig = Rig(entry(1))
    (task,) = rig.turn()

    rig.on(failed(task, Cause.CLOCK))

    assert rig.scheduler.wants_clock
    assert not rig.scheduler.wants_credentials
    assert rig.scheduler.stopped is None
    finish(rig)
    assert not rig.scheduler.wants_clock


def test_new_credentials_are_tried_at_once() -> None:
    rig = answered(Rig(entry(1), listings=1))
    (task,) = rig.turn()
    rig.on(failed(task, Cause.EXPIRED))
    assert rig.scheduler.wants_credentials
    assert rig.turn(0.1) == []

    rig.scheduler.mended(rig.now)

    assert rig.turn() == [task]


def test_mending_what_is_not_broken_does_nothing() -> None:
    rig = Rig(entry(1))

    rig.scheduler.mended(rig.now)

    assert len(rig.turn()) == 1


def test_bad_credentials_before_the_first_answer_stop_the_run() -> None:
    rig = Rig(entry(1))
    (task,) = rig.turn()

    rig.on(failed(task, Cause.BAD_CREDENTIALS))

    assert rig.scheduler.stopped == failure(Cause.BAD_CREDENTIALS)


@pytest.mark.parametrize("cause", [Cause.LOCAL_CONFLICT, Cause.CANNOT_WRITE])
def test_trouble_of_the_disk_is_no_answer_of_the_service(cause: Cause) -> None:
    rig = Rig(entry(1, key="folder/"), entry(2), entry(3))
    folder, second, third = rig.turn()

    rig.on(Done(folder), failed(second, cause), failed(third, Cause.BAD_CREDENTIALS))

    assert rig.scheduler.stopped == failure(Cause.BAD_CREDENTIALS)


@pytest.mark.parametrize("cause", [Cause.DENIED, Cause.GONE, Cause.REFUSED, Cause.ARCHIVED])
def test_a_refusal_of_one_object_shows_that_the_service_is_back(cause: Cause) -> None:
    rig = answered(Rig(entry(1), entry(2), entry(3), listings=1))
    tasks = rig.turn()
    rig.on(*(failed(task, Cause.NETWORK) for task in tasks))
    (probe,) = rig.turn(1.0)

    rig.on(failed(probe, cause))

    assert rig.scheduler.progress().phase is Phase.FETCHING
    assert len(rig.turn()) == 2


def test_a_probe_may_be_the_next_part_of_a_large_object() -> None:
    rig = answered(Rig(entry(1, 3 * PART_SIZE), listings=1))
    tasks = rig.turn()
    rig.on(*(failed(task, Cause.NETWORK) for task in tasks))

    probe = rig.turn(1.0)

    assert len(probe) == 1
    rig.on(done(probe[0]))
    assert len(rig.turn()) == 2


def test_sealing_a_file_does_not_tell_that_the_network_is_back() -> None:
    rig = answered(Rig(entry(1, 2 * PART_SIZE), entry(2), listings=1))
    small, *parts = rig.turn()
    rig.on(*map(done, parts))
    (seal,) = rig.turn()

    rig.on(failed(small, Cause.NETWORK), done(seal))

    assert rig.scheduler.progress().phase is Phase.WAITING


def test_patience_ends_and_the_run_stops_resumable() -> None:
    rig = answered(Rig(entry(1), listings=1, patience_seconds=60.0))

    rig.play(lambda task: failed(task, Cause.NETWORK))

    assert rig.scheduler.stopped == failure(Cause.NETWORK)
    assert rig.row(1).status is Status.PENDING
    assert rig.row(1).attempts == 0
    assert 160.0 < rig.now < 162.0


def test_patience_counts_from_the_last_success() -> None:
    rig = answered(Rig(*(entry(row) for row in range(1, 40)), listings=1, patience_seconds=60.0))
    sent = 0

    def answer(task: Task) -> Reply:
        nonlocal sent
        sent += 1
        return failed(task, Cause.THROTTLED, wait_seconds=25.0) if sent % 2 else done(task)

    rig.play(answer)

    assert rig.scheduler.stopped is None
    assert rig.now > 200.0


# The listing


def test_a_page_that_failed_is_asked_for_again_later() -> None:
    rig = Rig(listings=1)
    rig.page()

    rig.on(ListingFailed(1, failure(Cause.SERVER)))

    assert rig.scheduler.listings_due(rig.now + 0.6) == [1]
    assert rig.scheduler.listings_due(rig.now + 60.0) == []
    assert rig.scheduler.progress().phase is Phase.PLANNING


def test_after_a_good_page_the_tries_of_a_listing_count_anew() -> None:
    rig = Rig(listings=1)
    rig.page()

    for _ in range(3):
        for _ in range(LISTING_TRIES - 1):
            rig.on(ListingFailed(1, failure(Cause.TIMEOUT)))
        rig.page()

    assert rig.scheduler.stopped is None


def test_a_page_that_never_comes_ends_the_run() -> None:
    rig = Rig(listings=1)
    rig.page()

    for _ in range(LISTING_TRIES):
        rig.on(ListingFailed(1, failure(Cause.SERVER)))

    assert rig.scheduler.stopped == failure(Cause.SERVER)
    assert rig.scheduler.listings_due(rig.now + 60.0) == []


def test_a_first_page_that_does_not_come_ends_the_run_sooner() -> None:
    rig = Rig(listings=1)

    rig.on(*[ListingFailed(1, failure(Cause.TIMEOUT))] * 2)
    assert rig.scheduler.stopped is None
    rig.on(ListingFailed(1, failure(Cause.TIMEOUT)))

    assert rig.scheduler.stopped == failure(Cause.TIMEOUT)


@pytest.mark.parametrize("cause", [*STOPPING, Cause.DENIED, Cause.GONE, Cause.NETWORK])
def test_a_listing_that_is_refused_stops_the_run_at_once(cause: Cause) -> None:
    rig = Rig(listings=1)

    rig.on(ListingFailed(1, failure(cause)))

    assert rig.scheduler.stopped == failure(cause)


def test_a_listing_waits_for_a_network_that_was_there_for_as_long_as_it_takes() -> None:
    rig = Rig(listings=1, patience_seconds=1e9)
    rig.page()

    for _ in range(1100):
        rig.on(ListingFailed(1, failure(Cause.NETWORK)))
        rig.now += 60.0
        assert rig.scheduler.listings_due(rig.now) == [1]

    assert rig.scheduler.stopped is None
    assert rig.scheduler.progress().note == "waiting for the network"


# Stopping


@pytest.mark.parametrize("cause", sorted(set(STOPPING) - {Cause.BAD_CREDENTIALS}))
def test_what_concerns_the_whole_run_stops_it_and_marks_nothing(cause: Cause) -> None:
    rig = answered(Rig(entry(1), entry(2), listings=1))
    first, second = rig.turn()

    rig.on(failed(first, cause))
    assert rig.scheduler.take_recall()
    assert rig.turn() == []
    assert rig.scheduler.wait(rig.now) == 0.02
    rig.on(Returned(second))
    rig.record()

    assert rig.scheduler.wait(rig.now) is None
    assert rig.scheduler.stopped == failure(cause)
    assert rig.outcomes == []


def test_a_user_stops_a_run_and_what_came_in_meanwhile_is_recorded() -> None:
    rig = Rig(entry(1), entry(2), entry(3, 2 * PART_SIZE))
    first, second, *parts = rig.turn()

    rig.scheduler.stop()
    rig.scheduler.stop(failure(Cause.NETWORK))  # the first word counts
    assert rig.scheduler.progress().phase is Phase.STOPPING
    rig.on(done(first), Returned(second), done(parts[0]), Returned(parts[1]))
    rig.turn()

    assert rig.scheduler.stopped is None
    assert rig.scheduler.wait(rig.now) is None
    assert rig.row(1).status is Status.DONE
    assert rig.row(2).status is Status.PENDING
    assert rig.row(3).parts == (Part(0, PART_SIZE, 1),)


def test_what_does_not_come_back_in_time_is_given_up() -> None:
    rig = Rig(entry(1))
    rig.turn()
    rig.scheduler.stop()

    rig.scheduler.abandon()

    assert rig.scheduler.wait(rig.now) is None
    assert rig.row(1).status is Status.PENDING


def test_a_crash_in_a_thread_is_raised_with_its_trace() -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        Rig().on(Crashed("Traceback: ZeroDivisionError"))


# What the loop reads


def test_a_run_is_busy_when_more_is_under_way_than_connections() -> None:
    rig = Rig(*(entry(row) for row in range(1, 100)), connections=10)
    assert not rig.scheduler.is_busy

    rig.turn()

    assert rig.scheduler.is_busy


def test_replies_are_looked_at_more_often_when_few_are_out_or_bodies_are_large() -> None:
    few = Rig(entry(1))
    many = Rig(*(entry(row) for row in range(1, 200)))
    large = Rig(*(entry(row, LARGE) for row in range(1, 200)))
    for rig in (few, many, large):
        rig.turn()

    waits = [rig.scheduler.wait(rig.now) for rig in (few, large, many)]

    assert waits == [0.01, 0.02, 0.05]


def test_pages_are_counted_as_listed() -> None:
    rig = Rig(listings=1)
    info = [entry(row) for row in (1, 2)]

    rig.scheduler.on(Page(1, tuple(info), "key-2", finished=False), 0.0)  # type: ignore[arg-type]

    assert rig.scheduler.progress().listed == 2


# All of it, at random


class Chaos:
    """Answers tasks by a script of outcomes, and well when the script is over."""

    def __init__(self, rig: Rig, script: list[str], rng: random.Random) -> None:
        self._rig = rig
        self._script = script
        self._rng = rng
        self._sizes = {row: one.size for row, one in rig.book.rows.items()}
        self._versions = dict.fromkeys(self._sizes, "E1")

    def __call__(self, task: Task) -> Reply:
        """Return the reply the script holds for a task, or the nearest it can have."""
        outcome = self._script.pop() if self._script else "done"
        if outcome == "returned":
            return Returned(task, kept=self._piece(task))
        if outcome == "done" or isinstance(task, (Check, Seal)):
            return self._end(task, outcome)
        cause = Cause(outcome)
        if isinstance(task, Look) and cause is Cause.CHANGED:
            cause = Cause.RESET
        if cause is Cause.CHANGED:
            self._versions[task.row] += "+"
            self._sizes[task.row] = self._rng.choice([10, LARGE, 2 * PART_SIZE])
            return failed(task, cause)
        return failed(task, cause, kept=self._piece(task) if cause is Cause.RESET else None)

    def _end(self, task: Task, outcome: str) -> Reply:
        if isinstance(task, Look):
            return Done(task, served=served(task, self._sizes[task.row], self._versions[task.row]))
        is_bad = isinstance(task, (Check, Seal)) and outcome == Cause.CORRUPT
        return failed(task, Cause.CORRUPT) if is_bad else done(task)

    def _piece(self, task: Task) -> Part | None:
        """Return a piece of a body for streams, as a lane keeps nothing of a small one."""
        if not isinstance(task, Fetch) or task.size < LARGE:
            return None
        length = self._rng.randrange(task.wanted.length)
        return Part(task.wanted.start, task.wanted.start + length, 1) if length else None


OUTCOMES = st.sampled_from(
    ["done", "returned", *sorted({*RETRIED, *PERMANENT} | {Cause.CHANGED, Cause.ARCHIVED})]
    + [Cause.THROTTLED, Cause.NETWORK, Cause.EXPIRED, Cause.CLOCK, Cause.BAD_CREDENTIALS]
)
ENTRIES = st.builds(
    lambda size, kind, parted: (size, kind, parted),
    st.sampled_from([0, 10, LARGE, 2 * PART_SIZE, 5 * PART_SIZE + 1]),
    st.sampled_from(["Normal", "Multipart", "Symlink"]),
    st.booleans(),
)


def planned(facts: list[tuple[int, str, bool]]) -> list[Entry]:
    entries = []
    for row, (size, kind, parted) in enumerate(facts, 1):
        parts = [Part(0, MIB // 2, 1), Part(MIB, MIB + 9, 1)] if parted and size > MIB + 9 else []
        entries.append(replace(entry(row, size, parts=parts), type=kind))
    return entries


@settings(max_examples=300, deadline=None)
@given(
    facts=st.lists(ENTRIES, min_size=1, max_size=12),
    script=st.lists(OUTCOMES, max_size=80),
    connections=st.sampled_from([1, 2, 64]),
    max_attempts=st.integers(1, 4),
    seed=st.integers(0, 9999),
)
def test_whatever_happens_every_object_ends_in_one_final_status(
    facts: list[tuple[int, str, bool]],
    script: list[str],
    connections: int,
    max_attempts: int,
    seed: int,
) -> None:
    rng = random.Random(seed)
    rig = answered(
        Rig(
            *planned(facts),
            listings=1,
            connections=connections,
            max_attempts=max_attempts,
            seed=seed,
        )
    )

    rig.play(Chaos(rig, script, rng), rng=rng)

    assert rig.scheduler.stopped is None
    assert rig.scheduler.tally.part_bytes == 0
    finals = [one for one in rig.outcomes if one.status is not Status.PENDING]
    assert sorted(one.row for one in finals) == sorted(rig.book.rows)
    for one in finals:
        assert one.attempts <= max_attempts
        assert one.attempts >= (0 if one.status is Status.ARCHIVED else 1)
        assert (one.proof is not None) == (one.status is Status.DONE)


@settings(max_examples=100, deadline=None)
@given(
    count=st.integers(1, 12),
    script=st.lists(OUTCOMES, max_size=60),
    seed=st.integers(0, 9999),
)
def test_no_object_has_a_second_attempt_before_each_had_its_first(
    count: int, script: list[str], seed: int
) -> None:
    rng = random.Random(seed)
    rig = answered(Rig(*(entry(row) for row in range(1, count + 1)), listings=1, seed=seed))

    rig.play(Chaos(rig, script, rng), rng=rng)

    untried = set(rig.book.rows)
    for outcome in rig.outcomes:
        if outcome.attempts > 0 or outcome.status is Status.ARCHIVED:
            untried.discard(outcome.row)
        assert outcome.attempts < 2 or not untried


@settings(max_examples=100, deadline=None)
@given(
    facts=st.lists(ENTRIES, min_size=1, max_size=8),
    script=st.lists(OUTCOMES, max_size=40),
    turns=st.integers(0, 12),
    seed=st.integers(0, 9999),
)
def test_a_run_may_be_stopped_at_any_time_and_goes_on_in_the_next(
    facts: list[tuple[int, str, bool]], script: list[str], turns: int, seed: int
) -> None:
    rng = random.Random(seed)
    rig = answered(Rig(*planned(facts), listings=1, seed=seed))
    chaos = Chaos(rig, script, rng)
    for _ in range(turns):
        rig.on(*map(chaos, rng.sample(rig.flying, rng.randint(0, len(rig.flying)))))
        rig.turn(0.3)
    rig.scheduler.stop()
    rig.on(*map(Returned, list(rig.flying)))
    rig.record()

    again = answered(Rig(*rig.book.rows.values(), listings=1))
    finish(again)

    left = [one for one in again.book.rows.values() if one.status is Status.PENDING]
    assert rig.scheduler.wait(rig.now) is None
    assert left == []
