"""Item: which task comes next, and what is left of an object's parts."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.crc64 import combined
from ossh.model import ByteRange, OwnFile, Part, Proof
from ossh.transfer.messages import CheckPart, Fetch, Look, Seal, Served
from ossh.transfer.scheduling.item import SMALL_BODY, Item, Stage, usable
from tests.unit.transfer.rig import MODIFIED, PART_SIZE, entry

OWN = OwnFile(100, 0, 9)
SERVED = Served(2 * PART_SIZE, "E1", 9, MODIFIED.timestamp(), "Normal", "Standard")


def item(size: int, *kept: Part, kind: str = "Normal") -> Item:
    return Item(replace(entry(1, size, parts=kept), type=kind), PART_SIZE)


def ranges(one: Item) -> list[ByteRange]:
    """Send all fetches of an item and return their ranges."""
    found = []
    while task := one.next_task():
        assert isinstance(task, Fetch)
        assert task.range is not None
        found.append(task.range)
    return found


@pytest.mark.parametrize("size", [0, 1, SMALL_BODY])
def test_a_small_object_is_one_task_for_the_lane(size: int) -> None:
    one = item(size)

    assert one.is_small
    task = one.next_task()
    assert isinstance(task, Fetch)
    assert task.range is None
    assert one.next_task() is None
    assert (one.flying, one.fetched_bytes) == (1, 0)


def test_a_small_object_with_a_part_on_disk_is_for_streams() -> None:
    one = item(1000, Part(0, 400, 1))

    assert one.next_task() == CheckPart(one.entry, Part(0, 400, 1))
    assert one.entry.parts == ()  # or each task of a large object would carry them all
    assert not one.is_small
    one.flying = 0
    one.add(Part(0, 400, 1))
    one.go_on()

    assert ranges(one) == [ByteRange(400, 1000)]


def test_no_range_is_sent_twice_or_left_out_whatever_arrives_meanwhile() -> None:
    one = item(6 * PART_SIZE, Part(3 * PART_SIZE, 4 * PART_SIZE, 1))
    one.next_task()
    one.flying = 0
    one.add(Part(3 * PART_SIZE, 4 * PART_SIZE, 1))
    one.go_on()
    sent = []

    while task := one.next_task():
        assert isinstance(task, Fetch)
        assert task.range is not None
        sent.append(task.range)
        for arrived in sent[-2:-1]:  # two are under way at any time
            one.add(Part(arrived.start, arrived.stop, 1))

    assert [wanted.start // PART_SIZE for wanted in sent] == [0, 1, 2, 4, 5]


def test_parts_that_are_empty_overlap_or_lie_beyond_the_end_are_not_used() -> None:
    overlapping, beyond = Part(50, 200, 2), Part(PART_SIZE, PART_SIZE * 2, 3)
    empty, first, last = Part(200, 200, 0), Part(0, 100, 1), Part(300, 350, 4)

    assert usable(PART_SIZE + 10, [last, first, empty, overlapping, beyond]) == (first, last)


def test_a_whole_object_is_sealed_once_with_the_checksum_of_its_parts() -> None:
    one = item(2 * PART_SIZE)
    kept = [Part(0, PART_SIZE, 5), Part(PART_SIZE, 2 * PART_SIZE, 6)]
    for part in reversed(kept):
        one.add(part)
    one.served = SERVED

    one.go_on()
    seal = one.next_task()

    assert isinstance(seal, Seal)
    assert seal.crc64 == combined(kept)
    assert seal.served == SERVED
    assert one.next_task() is None


def test_what_is_all_there_is_asked_for_by_the_lane_before_it_is_sealed() -> None:
    whole = Part(0, PART_SIZE, 1)
    one = item(PART_SIZE, whole)
    assert one.next_task() == CheckPart(one.entry, whole)
    one.flying = 0
    one.add(whole)

    one.go_on()

    assert one.is_small
    assert one.next_task() == Look(one.entry)


def test_the_rest_of_a_short_object_is_one_range_and_of_a_long_one_as_much_as_asked() -> None:
    short, long = item(PART_SIZE), item(PART_SIZE + 1)
    short.add(Part(0, 400, 1))

    tasks = [one.next_task(most=10) for one in (short, long)]

    assert tasks == [
        Fetch(short.entry, ByteRange(400, PART_SIZE)),
        Fetch(long.entry, ByteRange(0, 10)),
    ]


@pytest.mark.parametrize(
    ("change", "own", "proof"),
    [
        ({}, OWN, Proof.CRC64),
        ({"etag": "E2"}, OWN, None),
        ({"size": 200}, OWN, None),
        ({"modified": MODIFIED.timestamp() + 5}, OWN, None),
        ({"etag": "E2"}, None, Proof.CRC64),  # of a file that is not ours: it was refuted
    ],
)
def test_a_file_of_ours_is_proved_to_be_the_object_only_as_long_as_that_is_the_same(
    change: dict[str, Any], own: OwnFile | None, proof: Proof | None
) -> None:
    one = Item(replace(entry(1, 100), own=own, proof=Proof.CRC64), PART_SIZE)

    one.seen(replace(SERVED, **{"size": 100, **change}))

    assert (one.entry.own, one.entry.proof) == (own, proof)


def test_what_is_not_told_stays_as_listed() -> None:
    one = item(100, Part(0, 10, 1))

    one.seen(Served(100, "E1", None, 0.0))

    assert one.entry == entry(1, 100)
    assert one.served is not None
    assert one.served.size == 100
    assert one.part_bytes == 10
    assert one.stage is Stage.CHECK


def test_what_turns_out_to_be_empty_or_of_another_type_is() -> None:
    one = item(100)

    one.seen(replace(SERVED, size=0, type="Multipart"))

    assert (one.entry.size, one.entry.type) == (0, "Multipart")


@given(
    size=st.integers(0, 5 * PART_SIZE),
    cuts=st.lists(st.integers(0, 5 * PART_SIZE), max_size=8, unique=True),
)
def test_parts_and_what_is_fetched_cover_an_object_just_once(size: int, cuts: list[int]) -> None:
    edges = sorted(cuts)
    kept = [Part(a, b, 0) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    one = item(size, *kept)
    while isinstance(check := one.next_task(), CheckPart):
        one.add(check.part)
    if check is None:
        one.flying = 0
        one.go_on()
        check = one.next_task()

    pieces = [(part.start, part.stop) for part in one.parts]
    while isinstance(check, Fetch):
        pieces.append((check.wanted.start, check.wanted.stop))
        check = one.next_task()

    covered = sorted(piece for piece in pieces if piece[1] > piece[0])
    assert sum(stop - start for start, stop in covered) == size
    assert all(stop == start for (_, stop), (start, _) in pairwise(covered))


def growing(
    size: int, *kept: Part, more: int = 100, crc: int | None = 9, kind: str = "Appendable"
) -> Item:
    """Return an appendable object whose parts are on disk, and that was seen to be longer now."""
    one = item(size, *kept, kind="Appendable")
    one.look_again()
    one.seen(Served(size + more, "E2", crc, MODIFIED.timestamp(), kind))
    return one


@pytest.mark.parametrize("size", [10, PART_SIZE])
@pytest.mark.parametrize("more", [100, 0])
def test_of_what_grows_one_state_is_fetched_whatever_it_is_by_now(size: int, more: int) -> None:
    one = growing(size, more=more)

    task = one.next_task()

    assert not one.is_small
    assert isinstance(task, Fetch)
    assert (task.grows, task.etag, task.entry.size) == (True, "", size + more)
    assert task.range is not None
    assert task.range.start == 0


def test_what_grew_and_is_bad_is_fetched_as_what_does_not_grow() -> None:
    one = growing(0, more=1)
    task = one.next_task()
    assert isinstance(task, Fetch)
    assert task.grows
    one.flying = 0

    one.forget()
    one.go_on()

    assert one.next_task() == Fetch(one.entry)


@pytest.mark.fault("F15")
def test_parts_of_what_grew_stay_and_those_of_what_shrank_or_cannot_be_proved_go() -> None:
    kept = Part(0, 10, 1)

    for kind in ("Appendable", ""):
        one = growing(100, kept, kind=kind)
        assert one.next_task() == CheckPart(one.entry, kept)
    assert growing(100, kept, crc=None).part_bytes == 0
    assert growing(100, kept, more=-50).part_bytes == 0


def test_what_is_appendable_and_empty_is_fetched_as_any_object() -> None:
    one = item(0, kind="Appendable")
    one.look_again()
    one.seen(Served(0, "E2", 0, MODIFIED.timestamp(), "Appendable"))

    task = one.next_task()

    assert isinstance(task, Fetch)
    assert (task.grows, task.etag, task.range) == (False, "E2", None)
