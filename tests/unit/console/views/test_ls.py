import pytest

from ossh.catalog.catalog import Prefix
from ossh.catalog.tree import Branch, Total
from ossh.console.views.ls import FilterCount, Item, long_form, object_record, total_form, tree_line
from ossh.console.views.table import Cell
from ossh.console.views.text import Tone, unpainted
from ossh.model import Thaw
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


def test_prefixes_pass_objects_are_tested_and_all_are_counted() -> None:
    a, b = info("a", 1024), info("b", 1024)
    frozen = info("c", 1024, storage_class="ColdArchive")
    items: list[Item] = [Prefix("p/"), a, b, frozen]
    filter_count = FilterCount()

    assert list(filter_count.passing(items, lambda info: info.key != "b")) == [items[0], a, frozen]
    assert filter_count.sentence() == (
        "1 prefix, 2 objects, 2.0 KiB, 1 archived; filters hide 1 (--all shows them)"
    )
