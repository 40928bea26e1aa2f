from dataclasses import replace

from ossh.model import Part
from ossh.transfer.messages import Task
from ossh.transfer.scheduling.item import Item
from ossh.transfer.scheduling.slowest import (
    LOOK_SECONDS,
    MOST,
    SlowestUnderWay,
)
from ossh.transfer.watching import UnderWay
from tests.unit.transfer.rig import PART_SIZE, entry


class Rig:
    """Objects of which tasks are being done."""

    def __init__(self, *items: Item) -> None:
        self.items = {item.entry.row: item for item in items}
        self.under_way: list[tuple[Task, int]] = []
        self.looks = 0
        self.now = 100.0
        self._slowest = SlowestUnderWay(self.items.get)

    def after(self, seconds: float) -> tuple[UnderWay, ...]:
        self.now += seconds
        return self._slowest.at(self.now, self._tell)

    def _tell(self) -> list[tuple[Task, int]]:
        self.looks += 1
        return self.under_way


def item(row: int, size: int = 1000) -> Item:
    return Item(entry(row, size), PART_SIZE)


def task(one: Item) -> Task:
    found = one.next_task()
    assert found is not None
    return found


def test_what_is_met_at_two_looks_is_shown_with_its_bytes_since_the_first() -> None:
    one = item(1)
    rig = Rig(one)
    fetch = task(one)

    rig.under_way = [(fetch, 100)]
    assert rig.after(0.0) == ()
    rig.under_way = [(fetch, 700)]

    assert rig.after(2.0) == (UnderWay(one.entry.key, 1000, 700, 600, 2.0),)
    rig.under_way = [(fetch, 50)]  # it began anew
    assert rig.after(1.0) == (UnderWay(one.entry.key, 1000, 50, 0, 3.0),)


def test_the_parts_of_an_object_are_one_and_those_on_disk_count() -> None:
    size = 4 * PART_SIZE
    one = item(1, size)
    rig = Rig(one)
    first, second, third = task(one), task(one), task(one)

    rig.under_way = [(first, 0), (second, 0)]
    rig.after(0.0)
    one.add(Part(0, PART_SIZE, 7))
    one.fetched_bytes += PART_SIZE
    rig.under_way = [(second, 10), (third, 5)]

    [shown] = rig.after(3.0)
    assert (shown.size, shown.bytes_done) == (size, PART_SIZE + 15)
    assert (shown.bytes_received, shown.seconds) == (PART_SIZE + 15, 3.0)


def test_bytes_that_were_on_disk_before_count_as_done_and_not_as_received() -> None:
    kept = Part(0, PART_SIZE, 7)
    one = Item(replace(entry(1, 2 * PART_SIZE), parts=(kept,)), PART_SIZE)
    rig = Rig(one)
    check = task(one)
    rig.under_way = [(check, 0)]
    rig.after(0.0)

    one.flying = 0
    one.add(kept)
    one.go_on()
    rig.under_way = [(task(one), 10)]
    [shown] = rig.after(2.0)

    assert (shown.bytes_done, shown.bytes_received) == (PART_SIZE + 10, 10)


def test_the_longest_come_first_and_only_so_many() -> None:
    *others, early = [item(row) for row in range(1, 2 * MOST)]
    rig = Rig(early, *others)
    tasks: list[tuple[Task, int]] = [(task(one), 0) for one in others]
    first = task(early), 0

    rig.under_way = [first]
    rig.after(0.0)
    rig.under_way = [*tasks, first]
    rig.after(1.0)
    shown = rig.after(1.0)

    assert len(shown) == MOST
    assert (shown[0].key, shown[0].seconds) == (early.entry.key, 2.0)


def test_what_is_over_is_forgotten_and_begins_anew() -> None:
    one = item(1)
    rig = Rig(one)
    fetch = task(one)

    rig.under_way = [(fetch, 100)]
    rig.after(0.0)
    rig.under_way = []
    assert rig.after(1.0) == ()
    rig.under_way = [(fetch, 0)]
    assert rig.after(1.0) == ()
    [shown] = rig.after(1.0)
    assert shown.seconds == 1.0


def test_an_object_that_has_left_the_window_is_left_out() -> None:
    one = item(1)
    rig = Rig(one)
    rig.under_way = [(task(one), 100), (replace(task(item(2))), 1)]

    rig.after(0.0)
    del rig.items[1]

    assert rig.after(1.0) == ()


def test_the_lanes_are_asked_a_few_times_a_second_however_often_it_is_looked_at() -> None:
    rig = Rig(item(1))

    for _ in range(100):
        rig.after(LOOK_SECONDS / 10)

    assert rig.looks <= 11
