"""Parts: ranges cover an object once, and only sound parts are kept."""

from collections.abc import Sequence
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from ossh.model import ByteRange, Part
from ossh.transfer.scheduling.item import Gaps, usable

PIECES = st.lists(st.integers(0, 500), max_size=12, unique=True).map(
    lambda cuts: [
        Part(start, stop, 0)
        for start, stop in zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False)
    ]
)


def taken(size: int, kept: Sequence[Part], part_size: int) -> list[ByteRange]:
    """Return the ranges that are handed out of what is missing."""
    gaps = Gaps(size, kept)
    return list(iter(lambda: cast("ByteRange", gaps.take(part_size)), None))


@given(kept=PIECES, part_size=st.integers(1, 100))
def test_what_is_missing_and_what_is_there_cover_each_byte_once(
    kept: list[Part], part_size: int
) -> None:
    covered = [0] * 500
    ranges = taken(500, kept, part_size)
    for start, stop in [(one.start, one.stop) for one in kept] + [
        (one.start, one.stop) for one in ranges
    ]:
        for at in range(start, stop):
            covered[at] += 1

    assert covered == [1] * 500
    assert all(0 < one.length <= part_size for one in ranges)
    assert ranges == sorted(ranges, key=lambda one: one.start)


@given(
    found=st.lists(
        st.builds(Part, st.integers(0, 120), st.integers(0, 120), st.just(0)), max_size=10
    )
)
def test_usable_parts_are_inside_in_order_and_apart(found: list[Part]) -> None:
    kept = usable(100, found)

    assert set(kept) <= set(found)
    edges = [edge for part in kept for edge in (part.start, part.stop)]
    assert edges == sorted(edges)
    assert all(part.length > 0 and part.stop <= 100 for part in kept)


@given(kept=PIECES)
def test_sound_parts_are_all_usable(kept: list[Part]) -> None:
    assert usable(500, kept[::-1]) == tuple(kept)
