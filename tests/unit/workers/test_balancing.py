"""Tasks cut into batches and shared out; limits divided over workers."""

from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.model import KIB, MIB, ByteRange, Part
from ossh.transfer.messages import CheckPart, Crashed, Done, Fetch, Look, Reply, Returned, Task
from ossh.workers.balancing import (
    BATCH_BYTES,
    BATCH_TASKS,
    charged,
    divided,
    is_answered,
    next_batch,
    rate_shares,
)
from ossh.workers.worker_messages import WorkerLimits
from tests.unit.transfer.rig import entry


def small(row: int, size: int = KIB) -> Fetch:
    return Fetch(entry(row, size, key=f"k{row}"))


def part(row: int) -> Fetch:
    return Fetch(entry(row, 3 * MIB, key="k"), ByteRange(0, MIB))


MAKE: dict[str, Callable[[int], Task]] = {
    "small": small,
    "look": lambda row: Look(entry(row, key="k")),
}


@given(st.lists(st.sampled_from(["small", "look"]), max_size=300), st.integers(1, 9))
def test_every_small_task_is_in_just_one_batch_and_none_is_too_large(
    kinds: list[str], workers: int
) -> None:
    tasks = deque(MAKE[kind](row) for row, kind in enumerate(kinds))
    batches: list[tuple[Task, ...]] = []

    while tasks:
        batches.append(next_batch(tasks, workers))

    assert [task.entry.row for batch in batches for task in batch] == list(range(len(kinds)))
    assert all(1 <= len(batch) <= BATCH_TASKS for batch in batches)


def test_a_task_for_a_stream_is_a_batch() -> None:
    tasks: deque[Task] = deque([part(1), part(2)])

    assert next_batch(tasks, 1) == (part(1),)
    assert tasks == deque([part(2)])


def test_a_batch_ends_when_it_has_bytes_enough() -> None:
    tasks: deque[Task] = deque(small(row, 128 * KIB) for row in range(1000))

    assert len(next_batch(tasks, 1)) * 128 * KIB == BATCH_BYTES


def test_what_others_take_meanwhile_is_in_no_batch() -> None:
    class Shared(deque[Task]):
        def popleft(self) -> Task:
            task = super().popleft()
            self.clear()
            return task

    assert next_batch(Shared([small(1), small(2)]), 1) == (small(1),)
    assert next_batch(Shared(), 1) == ()


def test_a_few_tasks_are_shared_out_to_all_workers() -> None:
    tasks: deque[Task] = deque(small(row) for row in range(32))

    assert len(next_batch(tasks, 4)) == 4


@pytest.mark.parametrize(
    ("workers", "share"),
    [
        (0, WorkerLimits(10, 4, 100)),
        (1, WorkerLimits(10, 4, 100)),
        (3, WorkerLimits(4, 2, 34)),
        (99, WorkerLimits(1, 1, 2)),
    ],
)
def test_limits_are_divided_and_never_nothing(workers: int, share: WorkerLimits) -> None:
    assert divided(WorkerLimits(10, 4, 100), workers) == share


def test_no_limit_stays_none_and_recalls_are_told_to_all() -> None:
    limits = WorkerLimits(8, 8, 0, recalls=3, recalls_running=True)

    assert divided(limits, 2) == WorkerLimits(4, 4, 0, recalls=3, recalls_running=True)


@pytest.mark.parametrize(
    ("replies", "is_whole"),
    [
        ((Returned(small(1)), Done(small(2))), True),
        ((Crashed("trace"),), True),
        ((), False),
        ((Done(small(1)),), False),
        ((Done(small(1)), Done(small(1))), False),
        ((Done(small(1)), Done(small(3))), False),
        ((Done(small(1)), Done(small(2)), Done(small(2))), False),
        ((Done(small(1)), "Done", Done(small(2))), False),
    ],
)
def test_a_batch_is_answered_by_one_reply_for_each_task(
    replies: tuple[Reply, ...], *, is_whole: bool
) -> None:
    assert is_answered([small(1), small(2)], replies) is is_whole


def test_a_worker_is_charged_with_what_it_may_have_begun_alone() -> None:
    tasks: list[Task] = [small(row) for row in range(5)]

    assert list(charged(tasks, 2)) == tasks[:2]
    assert list(charged(tasks, 9)) == tasks


@pytest.mark.fault("F45")
def test_no_object_is_charged_with_a_check_that_a_lost_worker_did_not_make() -> None:
    check, fetch = CheckPart(entry(1), Part(0, 9, 1)), small(2)

    assert list(charged([check, fetch], 2)) == [fetch]


def test_a_rate_is_divided_by_what_each_has_to_do() -> None:
    assert rate_shares(100, [6, 2, 2]) == [60, 20, 20]
    assert rate_shares(100, [9, 0]) == [90, 10]  # what comes next is not kept waiting
    assert rate_shares(0, [1, 5]) == [0, 0]
    assert rate_shares(1, [1, 5]) == [1, 1]
    assert rate_shares(100, []) == []
