"""The preflight sheet: what a job would do, in bounded memory."""

from datetime import timedelta
from pathlib import Path

import pytest

from ossh.model import ObjectInfo
from ossh.paths import long_path
from ossh.transfer.disk.overwrite_rules import LocalState
from ossh.transfer.planning.preflight import (
    LARGEST,
    MAX_SUFFIXES,
    OTHER_SUFFIXES,
    Preflight,
)
from tests.planting import where_nobody_can_look
from tests.unit.transfer.rig import MODIFIED


def note(sheet: Preflight, key: str, size: int = 10, storage_class: str = "Standard") -> None:
    info = ObjectInfo(key, size, "E1", MODIFIED, storage_class=storage_class)
    sheet.note([info], [LocalState.NEW])


def test_objects_and_bytes_are_counted_by_state() -> None:
    sheet = Preflight()

    infos = [ObjectInfo(f"k{size}", size, "E1", MODIFIED) for size in range(1, 6)]
    sheet.note(infos, list(LocalState))
    sheet.note(infos[:1], [LocalState.NEW])

    assert sheet.objects == {**dict.fromkeys(LocalState, 1), LocalState.NEW: 2}
    assert sheet.size == {
        LocalState.NEW: 2,
        LocalState.HERE: 2,
        LocalState.CHANGED: 3,
        LocalState.TRASHED: 4,
        LocalState.CONFLICT: 5,
    }
    assert (sheet.objects_to_fetch, sheet.to_fetch) == (4, 9)


@pytest.mark.parametrize("storage_class", ["Archive", "ColdArchive", "DeepColdArchive"])
def test_archived_objects_are_counted_apart(storage_class: str) -> None:
    sheet = Preflight()

    note(sheet, "a", 30, storage_class)
    note(sheet, "b", 5, "IA")

    assert (sheet.archived, sheet.archived_size) == ({storage_class: 1}, {storage_class: 30})


def test_the_first_and_the_largest_keys_are_kept_and_no_more() -> None:
    sheet = Preflight(first_limit=2)

    for size in [*range(100, 120), *range(80, 100)]:
        note(sheet, f"k{size}", size)

    assert [info.key for info in sheet.first] == ["k100", "k101"]
    assert sheet.largest == [(size, f"k{size}") for size in range(119, 119 - LARGEST, -1)]


@pytest.mark.parametrize(
    ("key", "suffix"),
    [("a.txt", ".txt"), ("a.b/c", ""), ("x/y.tar.gz", ".gz"), (".bashrc", ""), ("dir/", "")],
)
def test_suffixes_are_those_of_the_name(key: str, suffix: str) -> None:
    sheet = Preflight()

    note(sheet, key, 7)

    assert sheet.suffixes == {suffix: 1}
    assert sheet.suffix_size == {suffix: 7}


def test_suffixes_without_end_are_counted_together() -> None:
    sheet = Preflight()

    for number in range(MAX_SUFFIXES + 50):
        note(sheet, f"k.s{number}")
    note(sheet, "k.s0")

    assert len(sheet.suffixes) == MAX_SUFFIXES + 1
    assert sheet.suffixes[OTHER_SUFFIXES] == 50
    assert sheet.suffixes[".s0"] == 2


def test_suffixes_come_with_the_most_bytes_first() -> None:
    sheet = Preflight()

    for key, size in (("a.txt", 1), ("b.txt", 1), ("c.gz", 100)):
        note(sheet, key, size)

    assert [(one.name, one.objects, one.size) for one in sheet.by_suffix] == [
        (".gz", 1, 100),
        (".txt", 2, 2),
    ]


@pytest.mark.parametrize(
    ("age", "name"),
    [
        (timedelta(hours=23), "past day"),
        (timedelta(days=-1), "past day"),  # a clock that is ahead of ours
        (timedelta(days=6), "past week"),
        (timedelta(days=29), "past month"),
        (timedelta(days=364), "past year"),
        (timedelta(days=366), "older"),
    ],
)
def test_ages_count_from_now(age: timedelta, name: str) -> None:
    sheet = Preflight(now=MODIFIED + age)

    note(sheet, "a", 7)

    assert [(one.name, one.objects, one.size) for one in sheet.by_age] == [(name, 1, 7)]


def test_ages_are_in_order_the_youngest_first() -> None:
    sheet = Preflight(now=MODIFIED + timedelta(days=400))

    note(sheet, "old")
    infos = [ObjectInfo("new", 1, "E1", MODIFIED + timedelta(days=400))]
    sheet.note(infos, [LocalState.NEW])

    assert [one.name for one in sheet.by_age] == ["past day", "older"]


def test_files_that_are_only_local_count_with_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"xyz")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "b").write_bytes(b"12345")
    sheet = Preflight()

    sheet.note_only_local(long_path(str(tmp_path)), ["a", "below/b", "gone-meanwhile"])

    assert (sheet.only_local, sheet.only_local_size) == (2, 8)


def test_what_nobody_can_look_at_is_counted_apart(tmp_path: Path) -> None:
    hidden = where_nobody_can_look(tmp_path).relative_to(tmp_path)
    sheet = Preflight()

    sheet.note_only_local(str(tmp_path), [hidden.as_posix(), "private/"])

    assert (sheet.only_local, sheet.only_local_size, sheet.unread) == (1, 0, 1)
