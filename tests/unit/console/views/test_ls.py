from dataclasses import replace

import pytest

from ossh.catalog.catalog import Prefix
from ossh.catalog.tree import Branch, Total
from ossh.console.views.ls import FilterCount, long_form, object_record, total_form, tree_line
from ossh.console.views.table import Cell
from ossh.console.views.text import Tone, unpainted
from ossh.model import ObjectInfo, Thaw
from tests.usual import info

FILE = info("a/b/c\x1b.txt", 2048)


def test_a_symlink_is_called_one_where_its_class_would_stand() -> None:
    link = info("k", type="Symlink")

    [line] = long_form("", human=False).tabs([link])

    assert line.split("\t")[2] == "Symlink"


def test_people_see_names_without_the_prefix_and_programs_see_keys() -> None:
    form = long_form("logs/", human=True)

    assert list(map(unpainted, form.table([info("logs/a", 2048)])))[1].endswith("  a")
    assert next(form.tabs([info("logs/a")])).endswith("\tlogs/a")


def test_an_archived_object_says_how_far_it_is_thawed() -> None:
    thawed = info("k", storage_class="Archive", thaw=Thaw.DONE)

    [line] = long_form("", human=False).tabs([thawed])

    assert line.split("\t")[2] == "Archive+thawed"
    assert "Archive thawed" in list(map(unpainted, long_form("", human=False).table([thawed])))[1]
    assert object_record(thawed)["thaw"] == "thawed"
    assert "thaw" not in object_record(info("k"))


@pytest.mark.parametrize(("width", "longest"), [(20, 5), (40, 5), (60, 15), (80, 20), (200, 20)])
def test_bars_leave_room_for_the_rest_of_a_narrow_terminal(width: int, longest: int) -> None:
    whole, part = Total("", 1, 1), Total("a/", 1, 1)

    form = total_form(whole, human=False, by_objects=False, width=width)

    assert form.columns[1].cell(part) == Cell("█" * longest, Tone.GOOD)


def test_a_line_of_a_tree_shows_where_it_hangs() -> None:
    assert unpainted(tree_line(Branch(Prefix("a/b/"), (False,)))) == "├─ b/"
    assert unpainted(tree_line(Branch(FILE, (False, True)))) == "│  └─ c\\x1b.txt  2.0 KiB"
    assert unpainted(tree_line(Branch(Prefix("c//"), (True, False)))) == "   ├─ /"


OBJECTS = [info(key, 1024) for key in "abc"]


def test_the_count_says_what_the_filters_hide() -> None:
    assert FilterCount(1, 2, 2048, 3).sentence() == (
        "1 prefix, 2 objects, 2.0 KiB; filters hide 3 (--all shows them)"
    )


def test_archived_objects_are_told_apart() -> None:
    frozen = replace(OBJECTS[0], storage_class="ColdArchive")
    filter_count = FilterCount()
    list(filter_count.passing([frozen, OBJECTS[1]], lambda _info: True))

    assert filter_count.sentence().endswith(", 1 archived")


def test_prefixes_pass_and_objects_are_tested() -> None:
    filter_count = FilterCount()
    items: list[Prefix | ObjectInfo] = [Prefix("p/"), *OBJECTS]
    passing = list(filter_count.passing(items, lambda info: info.key != "b"))

    assert passing == [Prefix("p/"), OBJECTS[0], OBJECTS[2]]
    assert (
        filter_count.prefixes,
        filter_count.objects,
        filter_count.size,
        filter_count.hidden,
    ) == (1, 2, 2048, 1)
