"""Trees and sums of what lies below a prefix."""

import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.catalog.catalog import Prefix, name_of
from ossh.catalog.tree import Total, branches, totals
from ossh.model import ObjectInfo
from tests.usual import info

KEYS = ["a", "b/", "b/1", "b/x/2", "c//3"]
some_keys = st.sets(st.text("ab/", min_size=1, max_size=8), max_size=12).map(sorted)


class Level:
    """Shows what one delimiter shows below a prefix of some keys."""

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys
        self.asked: list[str] = []

    def __call__(self, prefix: str) -> Iterator[Prefix | ObjectInfo]:
        self.asked.append(prefix)
        names = {}
        for key in self.keys:
            if key.startswith(prefix):
                head, cut, _ = key[len(prefix) :].partition("/")
                names[prefix + head + cut] = Prefix(prefix + head + cut) if cut else info(key)
        return iter([names[name] for name in sorted(names)])


def test_a_tree_has_each_prefix_before_what_it_holds_and_knows_the_last_of_each_level() -> None:
    found = [(name_of(one.item), one.is_last) for one in branches(Level(KEYS), "")]

    assert found == [
        ("a", (False,)),
        ("b/", (False,)),
        ("b/1", (False, False)),
        ("b/x/", (False, True)),
        ("b/x/2", (False, True, True)),
        ("c/", (True,)),
        ("c//", (True, True)),
        ("c//3", (True, True, True)),
    ]


@given(some_keys)
def test_a_tree_holds_every_object_once(keys: list[str]) -> None:
    found = [name_of(one.item) for one in branches(Level(keys), "")]

    assert len(found) == len(set(found))
    assert {key for key in keys if not key.endswith("/")} <= set(found)


def test_a_tree_asks_for_no_level_deeper_than_told_and_for_none_before_it_is_looked_at() -> None:
    level = Level(KEYS)

    assert [name_of(one.item) for one in branches(level, "", depth=1)] == ["a", "b/", "c/"]
    assert level.asked == [""]
    next(branches(level, ""))
    assert level.asked == ["", ""]


def test_a_tree_may_be_deeper_than_python_recurses() -> None:
    assert len(list(branches(Level(["/" * 1023]), ""))) == 1023


def test_totals_come_when_they_are_complete_and_all_in_the_end() -> None:
    objects = [info("l/a/1", 1), info("l/a/2", 2), info("l/b", 4), info("l/c/x/3", 8)]

    assert list(totals(objects, "l/", 1)) == [
        Total("l/a/", 2, 3),
        Total("l/c/", 1, 8),
        Total("l/", 1, 4, is_direct=True),
        Total("l/", 4, 15),
    ]
    assert Total("l/c/x/", 1, 8) in list(totals(objects, "l/", 2))
    assert list(totals([], "l/", 1)) == [Total("l/", 0, 0)]


@given(some_keys, st.integers(1, 9))
def test_each_total_is_the_sum_of_its_keys_and_what_is_beside_folders_has_its_own(
    keys: list[str], depth: int
) -> None:
    found = list(totals(map(info, keys), "", depth))

    folders = {key[: at + 1] for key in keys for at, char in enumerate(key) if char == "/"}
    wanted = {"", *(folder for folder in folders if folder.count("/") <= depth)}
    assert sorted(one.prefix for one in found if not one.is_direct) == sorted(wanted)
    direct = {one.prefix: one.objects for one in found if one.is_direct}
    for one in found:
        below = [key for key in keys if key.startswith(one.prefix)]
        beside = [key for key in below if "/" not in key[len(one.prefix) :]]
        has_parts = one.prefix.count("/") < depth and 0 < len(beside) < len(below)
        summed = beside if one.is_direct else below
        assert (one.objects, one.size) == (len(summed), len(summed))
        assert direct.get(one.prefix, 0) == (len(beside) if has_parts else 0)


@pytest.mark.parametrize("depth", [1, 3])
def test_sums_of_very_many_keys_hold_none_of_them(depth: int) -> None:
    keys = (info(f"d/{number // 100:05d}/{number:07d}") for number in range(100_000))
    tracemalloc.start()

    counted = sum(1 for _ in totals(keys, "", depth))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert counted == {1: 2, 3: 1002}[depth]
    assert peak < 200_000
