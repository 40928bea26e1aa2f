"""Tasks cut into batches and shared out; limits divided over workers."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.cluster.messages import Limits
from ossh.cluster.share import (
    AHEAD,
    BATCH_BYTES,
    BATCH_TASKS,
    Backlog,
    Load,
    divided,
    is_answered,
)
from ossh.model import KIB, MIB, ByteRange
from ossh.transfer.messages import Crashed, Done, Fetch, Look, Reply, Returned, Task


def small(row: int, size: int = KIB) -> Fetch:
    return Fetch(row, f"k{row}", f"k{row}", size, "E1", 0.0, "Normal")


def part(row: int) -> Fetch:
    return Fetch(row, "k", "k", 3 * MIB, "E1", 0.0, "Normal", ByteRange(0, MIB))


MAKE: dict[str, Callable[[int], Task]] = {
    "small": small,
    "look": lambda row: Look(row, "k"),
    "part": part,
}


@given(st.lists(st.sampled_from(["small", "look", "part"]), max_size=300), st.integers(0, 9))
def test_every_task_is_in_just_one_batch_and_none_is_too_large(
    kinds: list[str], workers: int
) -> None:
    tasks = [MAKE[kind](row) for row, kind in enumerate(kinds)]
    backlog = Backlog()
    batches: list[tuple[Task, ...]] = []
    backlog.add(tasks)

    for large in (False, True):
        while backlog.has(large=large):
            batches.append(backlog.cut(large=large, workers=workers))

    assert sorted(task.row for batch in batches for task in batch) == list(range(len(tasks)))
    assert all(1 <= len(batch) <= BATCH_TASKS for batch in batches)
    assert all(len(batch) == 1 for batch in batches if part(batch[0].row) in batch)
    assert backlog.take_all() == []


def test_a_batch_ends_when_it_has_bytes_enough() -> None:
    backlog = Backlog()
    backlog.add(small(row, 256 * KIB) for row in range(1000))

    batch = backlog.cut(large=False, workers=1)

    assert len(batch) * 256 * KIB == BATCH_BYTES


def test_a_few_tasks_are_shared_out_to_all_workers() -> None:
    backlog = Backlog()
    backlog.add(small(row) for row in range(32))

    assert len(backlog.cut(large=False, workers=4)) == 4


def test_what_is_left_can_be_taken_back() -> None:
    backlog = Backlog()
    backlog.add([small(1), part(2)])

    assert {task.row for task in backlog.take_all()} == {1, 2}
    assert not backlog.has(large=False)
    assert not backlog.has(large=True)


def test_a_worker_has_room_for_a_little_more_than_it_may_do_at_once() -> None:
    load, limits = Load(), Limits(4, 1, 0)

    load.add([small(row) for row in range(AHEAD * 4)])
    load.add([part(9)])

    assert not load.has_room(limits, large=False)
    assert load.has_room(limits, large=True)
    load.add([part(10)])
    assert not load.has_room(limits, large=True)
    load.remove([part(9), small(0)])
    assert (load.of(large=False), load.of(large=True)) == (AHEAD * 4 - 1, 1)
    assert load.has_room(limits, large=False)


@pytest.mark.parametrize(
    ("workers", "share"),
    [
        (0, Limits(10, 4, 100)),
        (1, Limits(10, 4, 100)),
        (3, Limits(4, 2, 34)),
        (99, Limits(1, 1, 2)),
    ],
)
def test_limits_are_divided_and_never_nothing(workers: int, share: Limits) -> None:
    assert divided(Limits(10, 4, 100), workers) == share


def test_no_limit_stays_none_and_recalls_are_told_to_all() -> None:
    limits = Limits(8, 8, 0, recalls=3, is_running=True)

    assert divided(limits, 2) == Limits(4, 4, 0, recalls=3, is_running=True)


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
