"""Window: whose turn it is, what rests, and what is under way."""

import pytest

from ossh.model import MIB, ByteRange, Part
from ossh.transfer.messages import CheckPart, Fetch, Look, Seal, Served, Task
from ossh.transfer.scheduling.item import SMALL_BODY, Item
from ossh.transfer.scheduling.window import (
    LEAST_PART,
    PART_SECONDS,
    QUEUED_PER_STREAM,
    SPREAD,
    Window,
    is_for_stream,
)
from tests.unit.transfer.rig import LARGE, PART_SIZE, entry


def window(*items: Item) -> Window:
    """Return a window in which some items have their turn."""
    made = Window()
    for one in items:
        made.add(one)
        made.queue(one)
    return made


def item(row: int, size: int = 10, *parts: Part) -> Item:
    return Item(entry(row, size, parts=parts), PART_SIZE)


def rows(tasks: list[Task]) -> list[int]:
    return [task.entry.row for task in tasks]


def test_all_small_bodies_are_sent_and_large_ones_as_streams_can_take() -> None:
    found = window(
        *(item(row) for row in range(100)), *(item(row, LARGE) for row in range(100, 200))
    )

    tasks = found.tasks(streams=2)

    assert rows(tasks) == [*range(100), *range(100, 100 + 2 * QUEUED_PER_STREAM)]
    assert found.flying == found.sent == len(tasks)
    assert found.streaming == 2 * QUEUED_PER_STREAM
    assert len(found) == 200


def test_all_have_begun_when_each_was_sent_and_has_a_connection() -> None:
    found = window(item(1), item(2), item(3, 3 * PART_SIZE), item(4, LARGE))
    assert not found.has_begun(connections=2, streams=2)

    small, second, *_large = found.tasks(streams=1)

    assert found.has_begun(connections=2, streams=2)
    assert not found.has_begun(connections=1, streams=2)
    assert not found.has_begun(connections=2, streams=1)
    found.landed(small)
    assert found.has_begun(connections=1, streams=2)
    found.landed(second)


def lengths(tasks: list[Task]) -> list[int]:
    return [task.wanted.length for task in tasks if isinstance(task, Fetch)]


@pytest.mark.parametrize(
    ("stream_rate", "length"),
    [(0.0, LEAST_PART), (5 * MIB, 5 * MIB * PART_SECONDS), (1, LEAST_PART), (1e9, 16 * MIB)],
)
def test_a_part_takes_a_stream_about_as_long_whatever_it_brings(
    stream_rate: float, length: float
) -> None:
    found = window(Item(entry(1, 1000 * MIB), 16 * MIB))

    tasks = found.tasks(streams=1, stream_rate=stream_rate)

    assert lengths(tasks) == [length] * QUEUED_PER_STREAM


def test_parts_become_shorter_towards_the_end_so_that_all_streams_end_together() -> None:
    size, streams = 100 * MIB + 1, 8
    found = window(Item(entry(1, size), 16 * MIB))

    sizes: list[int] = []
    while tasks := found.tasks(streams, left=size - sum(sizes), stream_rate=1e9):
        for task in tasks:
            found.landed(task)
        sizes += lengths(tasks)

    assert sum(sizes) == size
    assert sizes[0] == size // (2 * streams)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-streams:-1] == [LEAST_PART] * (streams - 1)


def test_a_few_large_objects_are_worked_on_at_once() -> None:
    found = window(*(item(row, 100 * PART_SIZE) for row in range(1, 3 * SPREAD)))

    tasks = found.tasks(streams=SPREAD)

    assert set(rows(tasks)) == set(range(1, SPREAD + 1))


def test_bytes_under_way_are_those_of_the_bodies_that_streams_fetch() -> None:
    found = window(
        item(1, 3 * PART_SIZE, Part(0, PART_SIZE, 1)), item(2, LARGE), item(3, LARGE), item(4)
    )

    tasks = found.tasks(streams=2)

    assert rows(tasks) == [4, 1, 2, 3]
    assert found.streaming_bytes == 2 * LARGE
    for task in tasks:
        found.landed(task)
    assert (found.flying, found.streaming, found.streaming_bytes) == (0, 0, 0)


def test_an_object_that_has_begun_goes_before_those_that_have_not() -> None:
    begun = item(9, 2 * PART_SIZE)
    found = window(*(item(row, LARGE) for row in range(1, 6)), begun)
    begun.next_task()
    found.remove(begun)
    begun.flying -= 1
    begun.add(Part(0, PART_SIZE, 1))

    found.add(begun)
    found.queue(begun)

    assert rows(found.tasks(streams=1))[0] == 9


def test_an_object_that_left_or_rests_has_no_turn_left_in_the_queue() -> None:
    leaves, rests = (item(row, QUEUED_PER_STREAM * PART_SIZE) for row in (1, 2))
    for one, found in ((leaves, window(leaves)), (rests, window(rests))):
        for task in found.tasks(1):
            found.landed(task)
        assert one.is_queued
        one.go_on()  # so that there would be more to send
        if one is leaves:
            found.remove(one)
        else:
            found.delay(one, until=1.0)

        assert found.tasks(1) == []
        assert not one.is_queued


def test_a_probe_is_one_task_and_small_bodies_come_first() -> None:
    found = window(item(1, 3 * PART_SIZE), item(2), item(3))

    probes = [found.probe() for _ in range(6)]

    assert [rows(tasks) for tasks in probes] == [[2], [3], [1], [], [], []]


def test_a_probe_passes_over_what_has_nothing_to_send() -> None:
    idle = item(1)
    found = window(idle)
    idle.next_task()  # under way already

    assert found.probe() == []
    assert found.tasks(1) == []


def test_whole_small_bodies_and_looks_are_for_the_lane_all_else_for_streams() -> None:
    served = Served(1, "E", None, 0.0)
    part = Part(0, 1, 0)

    def fetch(size: int, wanted: ByteRange | None = None) -> Fetch:
        return Fetch(entry(1, size, key="k"), wanted)

    assert not is_for_stream(Look(entry(1, key="k")))
    assert not is_for_stream(fetch(SMALL_BODY))
    assert is_for_stream(fetch(10, ByteRange(0, 5)))
    assert is_for_stream(fetch(LARGE))
    assert is_for_stream(CheckPart(entry(1), part))
    assert is_for_stream(Seal(entry(1, 1, key="k"), 0, served))
