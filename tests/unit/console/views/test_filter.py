from dataclasses import replace

from ossh.catalog import Prefix
from ossh.console.views.filter import FilterCount
from ossh.model import ObjectInfo
from tests.usual import info

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
