"""What becomes of failed attempts: what is charged after all, and what is taken back."""

from dataclasses import replace
from itertools import cycle

import pytest

from ossh.model import Cause, Failure, Status
from ossh.transfer.messages import Failed, Look, Reply, Returned, Task
from ossh.transfer.scheduling.attempts import ALTERED
from ossh.transfer.scheduling.retry_policy import (
    DOUBTFUL,
    MAX_CHANGES,
    MAX_OUTAGES,
    MAX_REFUSALS,
    MAX_THROTTLES,
)
from ossh.transfer.scheduling.window import SIZE
from ossh.transfer.watching import Phase
from tests.unit.transfer.rig import PART_SIZE, Rig, answered, done, entry, failed, failure, finish


@pytest.mark.parametrize(
    ("cause", "times"), [(Cause.THROTTLED, MAX_THROTTLES), (Cause.CHANGED, MAX_CHANGES)]
)
def test_what_was_too_much_in_round_one_is_charged_at_once_in_round_two(
    cause: Cause, times: int
) -> None:
    rig = Rig(entry(1), listings=1)

    def fail_once() -> Task:
        [first] = tasks = next(tasks for _ in range(100) if (tasks := rig.turn(1.0)))
        if isinstance(first, Look):
            rig.on(done(first, 1000))
            tasks = rig.turn()
        rig.on(*(failed(task, cause) for task in tasks))
        rig.record()
        return first

    for _ in range(times + 1):
        fail_once()
    charged = rig.row(1).attempts
    rig.page(finished=True)
    first = fail_once()

    assert (charged, rig.row(1).attempts) == (1, 2)
    assert isinstance(first, Look) == (cause is Cause.CHANGED)


def test_what_was_too_much_in_an_earlier_run_is_forgiven() -> None:
    rig = Rig(replace(entry(1), failure=failure(Cause.THROTTLED)))

    [task] = rig.turn()
    rig.on(failed(task, Cause.THROTTLED))
    rig.record()

    assert rig.row(1).attempts == 0


def test_a_version_that_was_replaced_is_gone_as_no_other_request_would_find_it() -> None:
    rig = answered(Rig(replace(entry(1), version_id="null")))
    before = rig.turn()

    rig.on(*(failed(task, Cause.CHANGED) for task in before))
    rig.record()

    row = rig.row(1)
    assert (row.status, rig.turn()) == (Status.GONE, [])
    assert row.failure is not None
    assert (row.failure.cause, row.failure.code) == (Cause.GONE, "NoSuchVersion")
    assert row.failure.message.startswith("this version was replaced")


@pytest.mark.fault("F22b")
@pytest.mark.parametrize("max_attempts", [1, 3])
def test_connections_lost_as_the_network_went_away_are_no_attempts(max_attempts: int) -> None:
    rig = answered(Rig(entry(1), entry(2, 3 * PART_SIZE), entry(3), max_attempts=max_attempts))
    causes = cycle(sorted(DOUBTFUL - {Cause.BLOCKED}))
    lost, last, part, *more = rig.turn()

    rig.on(done(part), *(failed(task, next(causes)) for task in (lost, *more)))
    rig.record()
    charged = [rig.row(row).attempts for row in (1, 2, 3)]
    rig.on(failed(last, Cause.NETWORK))
    rig.record()

    assert charged == [1, 1, 0]
    assert [rig.row(row).attempts for row in (1, 2, 3)] == [0, 0, 0]
    finish(rig)
    assert [rig.row(row).attempts for row in (1, 2, 3)] == [1, 1, 1]
    assert {rig.row(row).status for row in (1, 2, 3)} == {Status.DONE}


@pytest.mark.fault("F22b")
def test_an_object_that_always_takes_the_network_with_it_fails_in_the_end() -> None:
    rig = answered(Rig(entry(1), max_attempts=2))
    causes = cycle([Cause.RESET, Cause.NETWORK])
    sent: list[Task] = []

    def answer(task: Task) -> Reply:
        sent.append(task)
        return failed(task, next(causes))

    rig.play(answer)

    assert rig.row(1).status is Status.FAILED
    assert len(sent) == 2 * (MAX_OUTAGES + 1) + 1


@pytest.mark.fault("F22b")
@pytest.mark.parametrize(("cause", "attempts"), [(Cause.NO_WORKER, 0), (Cause.EXPIRED, 1)])
def test_who_has_no_worker_does_not_tell_that_the_service_answered(
    cause: Cause, attempts: int
) -> None:
    rig = answered(Rig(entry(1), entry(2), listings=1))
    [lost, slow] = rig.turn()
    rig.on(failed(lost, Cause.RESET))
    rig.page(entry(3), finished=True)
    [later] = rig.turn()

    rig.on(failed(later, cause), failed(slow, Cause.NETWORK))
    rig.record()

    assert rig.row(1).attempts == attempts


@pytest.mark.fault("F22b")
def test_an_answer_from_before_the_network_went_away_does_not_charge_what_was_lost() -> None:
    rig = answered(Rig(entry(1), entry(2), entry(3)))
    first, second, third = rig.turn()

    rig.on(failed(first, Cause.RESET), done(third), failed(second, Cause.NETWORK))
    rig.record()

    assert rig.row(1).attempts == 0


@pytest.mark.fault("F22b")
@pytest.mark.parametrize("max_attempts", [1, 3])
def test_a_connection_lost_with_the_network_and_told_of_after_it_is_back_is_no_attempt(
    max_attempts: int,
) -> None:
    rig = answered(Rig(entry(1), entry(2), max_attempts=max_attempts))
    first, lost = rig.turn()
    rig.on(failed(first, Cause.NETWORK))
    [probe] = rig.turn(1.0)
    rig.on(done(probe))

    rig.on(failed(lost, Cause.RESET))

    rig.record()
    assert rig.row(2).attempts == 0
    finish(rig)
    assert (rig.row(2).status, rig.row(2).attempts) == (Status.DONE, 1)


def test_a_connection_that_was_lost_counts_though_the_rest_of_its_object_is_handed_back() -> None:
    rig = answered(Rig(entry(1, 2 * PART_SIZE)))
    lost, rest = rig.turn()

    rig.on(failed(lost, Cause.RESET), Returned(rest))
    rig.record()

    assert rig.row(1).attempts == 1


@pytest.mark.fault("F22b")
def test_attempts_of_an_object_are_taken_back_unless_its_last_was_before_an_answer() -> None:
    rig = answered(Rig(entry(1), entry(2), entry(3), max_attempts=5))
    twice, once, slow = rig.turn()
    rig.on(failed(twice, Cause.RESET), failed(once, Cause.RESET), Returned(slow))
    sent = {task.entry.row: task for _ in range(9) for task in rig.turn(1.0)}
    rig.on(failed(sent[1], Cause.RESET))  # the answer to the third was asked for before

    rig.on(done(sent[3]), failed(sent[2], Cause.RESET))
    rig.record()
    charged = [rig.row(row).attempts for row in (1, 2)]
    rig.on(*(failed(task, Cause.NETWORK) for _ in range(9) for task in rig.turn(1.0)))
    rig.record()

    assert charged == [2, 2]
    assert [rig.row(row).attempts for row in (1, 2)] == [0, 1]
    finish(rig)


@pytest.mark.fault("F22b")
def test_no_more_objects_are_kept_in_memory_for_an_outage_than_are_worked_on_at_once() -> None:
    rig = answered(Rig(*(entry(row) for row in range(1, SIZE + 4))))
    for _ in range(9):
        rig.on(*(failed(task, Cause.RESET) for task in rig.turn() if task.entry.row < SIZE + 3))

    assert [task.entry.row for task in rig.flying] == [SIZE + 3]
    rig.on(*(failed(task, Cause.NETWORK) for task in list(rig.flying)))
    rig.record()

    assert [rig.row(row).attempts for row in (1, 2, 3, SIZE + 2)] == [1, 1, 0, 0]


@pytest.mark.fault("F19")
def test_a_question_that_finds_the_bucket_gone_ends_the_run() -> None:
    rig = answered(Rig(entry(1), entry(2)))
    rig.on(failed(rig.turn()[0], Cause.NOT_OSS))
    rig.turn()

    rig.hear(failure(Cause.NO_BUCKET))

    assert rig.scheduler.state.stopped == failure(Cause.NO_BUCKET)


@pytest.mark.fault("F19")
def test_a_question_that_is_not_answered_is_asked_again_after_a_pause_until_the_run_stops() -> None:
    rig = answered(Rig(entry(1), entry(2)))
    rig.on(failed(rig.turn()[0], Cause.NOT_OSS))
    rig.turn()

    asked = []
    for seconds in (0.0, 1.0):
        rig.hear(failure(Cause.TIMEOUT))
        rig.turn(seconds)
        asked.append(rig.question is not None)
    rig.hear(failure(Cause.TIMEOUT))
    rig.scheduler.state.stop()
    rig.turn(30.0)

    assert asked == [False, True]
    assert rig.question is None


# Something else than OSS answers


@pytest.mark.fault("F19")
@pytest.mark.parametrize("answer", [None, replace(failure(Cause.DENIED), request_id="5C3D")])
def test_an_object_that_something_else_answered_is_charged_once_a_later_answer_is_genuine(
    answer: Failure | None,
) -> None:
    rig = answered(Rig(entry(1), entry(2), listings=1))
    blocked, earlier = rig.turn()

    rig.on(failed(blocked, Cause.NOT_OSS), done(earlier))
    assert rig.scheduler.state.recalls
    assert [rig.turn(30.0) for _ in range(3)] == [[], [], []]  # it waits
    assert rig.scheduler.wait(rig.now) is not None
    rig.hear(answer)
    rig.turn()
    [again] = [*rig.turn(), *rig.turn(30.0)]

    assert again.entry.row == 1
    assert rig.row(1).attempts == 1
    assert rig.row(1).failure == replace(failure(Cause.NOT_OSS), cause=Cause.BLOCKED)
    rig.play(lambda task: failed(task, Cause.NOT_OSS))
    assert (rig.row(1).status, rig.row(1).attempts) == (Status.FAILED, 3)
    assert rig.scheduler.state.stopped is None


@pytest.mark.fault("F19")
@pytest.mark.parametrize("max_attempts", [1, 3])
def test_a_page_in_front_of_everything_is_waited_out_uncharged(max_attempts: int) -> None:
    rig = answered(Rig(entry(1), entry(2), listings=1, max_attempts=max_attempts))
    first, second = rig.turn()

    rig.on(failed(first, Cause.NOT_OSS))
    rig.turn()
    rig.hear(failure(Cause.NOT_OSS))
    rig.on(failed(second, Cause.NOT_OSS))
    rig.record()

    assert [rig.row(row).attempts for row in (1, 2)] == [0, 0]
    assert rig.scheduler.progress(rig.now).phase is Phase.WAITING
    for _ in range(20):
        assert rig.turn(60.0) == []
        rig.hear(failure(Cause.NOT_OSS))
    finish(rig)
    assert [rig.row(row).attempts for row in (1, 2)] == [1, 1]


@pytest.mark.fault("F19")
@pytest.mark.parametrize("cause", [Cause.TIMEOUT, Cause.NETWORK, Cause.THROTTLED, Cause.DENIED])
def test_a_question_is_asked_until_it_is_known_who_answers(cause: Cause) -> None:
    rig = answered(Rig(entry(1), listings=1, max_attempts=1))
    [task] = rig.turn()
    rig.on(failed(task, Cause.NOT_OSS))
    rig.turn()

    rig.hear(failure(cause))
    rig.play(lambda one: failed(one, Cause.NOT_OSS))

    assert rig.row(1).status is Status.FAILED
    assert rig.row(1).failure == replace(failure(Cause.NOT_OSS), cause=Cause.BLOCKED)


# The access key is refused, or the time

BAD_KEY = replace(failure(Cause.BAD_CREDENTIALS), request_id="5C3D")


@pytest.mark.fault("F23")
@pytest.mark.parametrize("objects", [1, 3])
@pytest.mark.parametrize("cause", [Cause.BAD_CREDENTIALS, Cause.CLOCK])
def test_an_object_whose_requests_alone_are_refused_fails_soon_and_the_others_come(
    cause: Cause, objects: int
) -> None:
    refused = replace(failure(cause), request_id="5C3D")
    rig = Rig(*(entry(row) for row in range(1, objects + 1)))

    rig.play(lambda task: Failed(task, refused) if task.entry.row == 1 else done(task))

    assert rig.scheduler.state.stopped is None
    assert rig.now < 105.0
    assert (rig.row(1).status, rig.row(1).attempts) == (Status.FAILED, 1)
    assert rig.row(1).failure == replace(
        refused, cause=Cause.REFUSED, code="altered request", message=ALTERED
    )
    assert all(rig.row(row).status is Status.DONE for row in range(2, objects + 1))


@pytest.mark.fault("F25")
def test_while_the_access_key_is_refused_for_all_no_object_is_asked_for_and_none_is_charged() -> (
    None
):
    rig = answered(Rig(entry(1), entry(2)))
    tasks = rig.turn()

    rig.on(*(Failed(task, BAD_KEY) for task in tasks))
    for _ in range(2 * MAX_REFUSALS):
        assert rig.turn(30.0) == []
        rig.hear(BAD_KEY)
    assert rig.scheduler.service.wants_credentials
    assert rig.scheduler.progress(rig.now).note == "waiting for new credentials"
    rig.scheduler.mended(rig.now)
    assert rig.turn() == []
    rig.hear()

    assert len(rig.turn()) == 2
    finish(rig)
    assert [rig.row(row).attempts for row in (1, 2)] == [1, 1]


@pytest.mark.fault("F25")
def test_an_object_outlives_many_keys_as_long_as_bytes_of_it_come_between() -> None:
    rig = answered(Rig(entry(1, 9 * PART_SIZE), connections=1, max_attempts=1))

    for count in range(2 * MAX_REFUSALS):
        first, *others = next(tasks for _ in range(9) if (tasks := rig.turn(1.0)))
        rig.on(Failed(first, BAD_KEY) if count % MAX_REFUSALS else done(first))
        rig.on(*(Failed(task, BAD_KEY) for task in others))
        rig.turn()
        rig.hear()

    finish(rig)
    assert (rig.row(1).status, rig.row(1).attempts) == (Status.DONE, 1)


@pytest.mark.fault("F25")
def test_an_object_rests_longer_each_time_its_key_is_refused() -> None:
    rig = answered(Rig(entry(1)))
    [task] = rig.turn()

    rests = []
    for _ in range(MAX_REFUSALS):
        refused = rig.now
        rig.on(Failed(task, BAD_KEY))
        rig.turn()
        rig.hear()
        [task] = next(tasks for _ in range(99) if (tasks := rig.turn(0.25)))
        rests.append(rig.now - refused)

    assert rests == [0.5, 1.0, 2.0]


@pytest.mark.fault("F25")
def test_a_refusal_counts_against_no_object_where_the_key_is_refused_for_all() -> None:
    rig = answered(Rig(entry(1)))

    for count in range(1, 2 * MAX_REFUSALS + 1):
        [task] = next(tasks for _ in range(9) if (tasks := rig.turn(1.0)))
        rig.on(Failed(task, BAD_KEY))
        rig.turn()
        if count % MAX_REFUSALS == 0:
            rig.hear(BAD_KEY)
            rig.turn(30.0)
        rig.hear()

    finish(rig)
    assert (rig.row(1).status, rig.row(1).attempts) == (Status.DONE, 1)


# What is shown of it


def test_objects_that_were_asked_for_in_vain_count_until_they_come_or_are_given_up() -> None:
    rig = answered(Rig(*(entry(row) for row in range(1, 6)), listings=1, max_attempts=2))
    again, bad, slow, denied, good = rig.turn()

    def to_retry() -> int:
        rig.record()
        return rig.scheduler.progress(rig.now).to_retry

    rig.on(failed(again, Cause.SERVER), failed(bad, Cause.SERVER), done(good))
    assert to_retry() == 2
    rig.on(failed(denied, Cause.DENIED))
    assert to_retry() == 2
    rig.on(failed(slow, Cause.THROTTLED))
    assert to_retry() == 3
    second = {task.entry.row: task for _ in range(3) for task in rig.turn(60.0)}
    rig.on(done(second[again.entry.row]), failed(second[bad.entry.row], Cause.SERVER))
    assert to_retry() == 1
    rig.on(done(second[slow.entry.row]))
    assert to_retry() == 0
    finish(rig)
