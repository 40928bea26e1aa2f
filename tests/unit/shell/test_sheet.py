from datetime import UTC, datetime

import pytest

from ossh.model import ObjectInfo
from ossh.shell.sheet import sheet_lines
from ossh.transfer.preflight import Preflight, Standing

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def sheet(*objects: tuple[str, int, Standing, str]) -> Preflight:
    found = Preflight()
    for key, size, standing, storage_class in objects:
        info = ObjectInfo(key, size, "E", WHEN, storage_class=storage_class)
        found.note([info], [standing], mapped=0, collisions=0)
    return found


def text(found: Preflight, free: int = 10**9, limit: int = 5) -> str:
    return "\n".join(sheet_lines(found, source="oss://b/", target="/data", free=free, limit=limit))


def test_an_empty_selection_is_one_line() -> None:
    assert text(sheet()) == "0 objects, 0 B, from oss://b/ to /data"


def test_what_is_new_here_and_changed_is_told_apart() -> None:
    shown = text(
        sheet(
            ("a.gz", 1024, Standing.NEW, "Standard"),
            ("b.gz", 10, Standing.HERE, "Standard"),
            ("c", 10, Standing.CHANGED, "Standard"),
        )
    )

    assert "1  1.0 KiB  new" in shown
    assert "here already" in shown
    assert "to be replaced" in shown
    assert "to fetch: 1.0 KiB, 953.7 MiB free" in shown


def test_too_little_room_is_a_warning() -> None:
    assert "but only 1 B free" in text(sheet(("a", 99, Standing.NEW, "Standard")), free=1)


@pytest.mark.fault("F1")
def test_archived_objects_and_odd_names_are_counted() -> None:
    found = sheet(("a", 1, Standing.NEW, "Archive"))
    found.mapped, found.collisions = 2, 1

    shown = text(found)

    assert "archived: 1 (1 B) must be restored" in shown
    assert "2 local names will differ" in shown
    assert "1 of these make way" in shown


def test_limit_limits_the_keys_shown_not_the_count() -> None:
    objects = [(f"k{i}", i, Standing.NEW, "Standard") for i in range(9)]

    shown = text(sheet(*objects), limit=2)

    assert "9 objects" in shown
    assert "k8" in shown
    assert "k6" not in shown


@pytest.mark.fault("F8")
def test_a_key_cannot_drive_the_terminal_from_the_sheet() -> None:
    assert "\x1b" not in text(sheet(("\x1b[31m", 1, Standing.NEW, "Standard")))
