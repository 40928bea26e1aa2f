from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ossh.console.views.preview import plan_lines, plan_record
from ossh.console.views.table import record_lines
from ossh.console.views.text import reflowed, unpainted
from ossh.model import ObjectInfo
from ossh.session.jobs.forecast import Forecast
from ossh.store.endpoint_kinds import Road
from ossh.transfer.disk.overwrite_rules import LocalState
from ossh.transfer.planning.preflight import AGES, Preflight

AHEAD = Forecast("oss://b/", "/data", 10**9, 0.0, Road.UNKNOWN, "")
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def sheet(*objects: tuple[str, int, LocalState, str], limit: int = 5) -> Preflight:
    found = Preflight(first_limit=limit)
    for key, size, state, storage_class in objects:
        info = ObjectInfo(key, size, "E", WHEN, storage_class=storage_class)
        found.note([info], [state])
    return found


def new(key: str, size: int, storage_class: str = "Standard") -> tuple[str, int, LocalState, str]:
    return key, size, LocalState.NEW, storage_class


def text(found: Preflight, **ahead: Any) -> str:
    return "\n".join(map(unpainted, plan_lines(found, replace(AHEAD, **ahead), width=200)))


@pytest.fixture
def found() -> Preflight:
    """Give a plan of an archived object that is new, and of another one that is here."""
    return sheet(new("a.gz", 30, "Archive"), ("b", 10, LocalState.HERE, "Standard"), limit=1)


def test_an_empty_selection_is_one_line() -> None:
    assert text(sheet()) == "0 objects, 0 B, from oss://b/ to /data"


def test_what_is_new_here_and_changed_is_told_apart() -> None:
    shown = text(
        sheet(
            new("a.gz", 1024),
            ("b.gz", 10, LocalState.HERE, "Standard"),
            ("c", 10, LocalState.CHANGED, "Standard"),
        )
    )

    assert "1  1.0 KiB  new" in shown
    assert "here already" in shown
    assert "to be replaced" in shown
    assert "to fetch: 1.0 KiB, 953.7 MiB free" in shown


def test_too_little_room_is_a_warning() -> None:
    short = "to fetch: 99 B, but only 1 B free: it will not fit, 98 B short"

    assert short in text(sheet(new("a", 99)), free=1)


def test_the_time_is_that_of_the_speed_of_earlier_runs() -> None:
    found = sheet(new("a", 100 << 20))

    shown = text(found, bytes_per_second=float(1 << 20))

    assert "time: about 1 min 40 s at 1.0 MiB/s, as in earlier runs" in shown
    assert "time:" not in text(found)


def test_the_time_is_that_of_what_can_be_read_now() -> None:
    frozen, speed = new("cold", 100 << 20, "Archive"), float(1 << 20)

    assert "time:" not in text(sheet(frozen), bytes_per_second=speed)
    shown = text(sheet(frozen, new("a", 1)), bytes_per_second=speed)
    assert "time: about 0.1 s at 1.0 MiB/s" in shown


@pytest.mark.parametrize(
    ("road", "words"),
    [
        (Road.PUBLIC, "cost: 1.0 KiB will leave Alibaba Cloud's network and be billed"),
        (Road.ACCELERATED, "be billed as accelerated traffic"),
        (Road.INTERNAL, ""),
        (Road.UNKNOWN, ""),
    ],
)
def test_bytes_that_are_billed_are_told_with_the_way_around(road: Road, words: str) -> None:
    shown = text(sheet(new("a", 1024)), road=road, region="cn-hangzhou")

    assert words in shown
    assert ("cost" in shown) is bool(words)
    assert ("on a machine in cn-hangzhou, 'connect --internal'" in shown) is bool(words)


def test_suffixes_and_ages_have_bars() -> None:
    lines = text(sheet(new("a.gz", 300), new("b.txt", 100))).splitlines()

    assert "  1  300 B  ███████▌  .gz" in lines
    assert any(line.endswith((AGES[0], AGES[1])) for line in lines)


def test_forty_columns_are_enough() -> None:
    found = sheet(
        new("logs/2026/11/25/part-00001.parquet", 3 << 30, "Archive"),
        ("b", 9, LocalState.HERE, "IA"),
    )
    found.mapped = found.collisions = found.only_local = 1000
    ahead = replace(AHEAD, bytes_per_second=1e6, road=Road.PUBLIC, region="cn-hangzhou", free=1)

    shown = "\n".join(map(unpainted, plan_lines(found, ahead, width=40)))

    assert [line for line in reflowed(shown, 40, later="  ").splitlines() if len(line) > 40] == []


def test_a_sheet_that_was_cut_short_says_so() -> None:
    first = next(map(unpainted, plan_lines(sheet(new("a", 1)), AHEAD, is_whole=False)))

    assert first == "1 object, 1 B so far, from oss://b/ to /data"


def test_json_has_the_names_of_the_model_and_null_for_what_is_unknown(found: Preflight) -> None:
    found.only_local = 2

    record = plan_record(found, replace(AHEAD, free=20), is_whole=False)

    assert (record["objects"], record["bytes"], record["complete"]) == (2, 40, False)
    assert record["new"] == {"objects": 1, "bytes": 30}
    assert record["only_local"] == {"files": 2, "bytes": 0}
    assert (record["to_fetch"], record["free"], record["fits"]) == (30, 20, False)
    assert (record["seconds"], record["billed"]) == (None, None)
    assert record["archived"] == {"objects": 1, "bytes": 30, "by_class": {"Archive": 1}}
    assert record["thawing"] == {"objects": 0, "bytes": 0}
    assert record["by_suffix"][0] == {"suffix": ".gz", "objects": 1, "bytes": 30}
    assert record["largest"] == [{"key": "a.gz", "size": 30}]
    public = plan_record(found, replace(AHEAD, road=Road.PUBLIC), is_whole=True)
    assert public["billed"] == 30


def test_programs_get_a_line_for_each_fact_with_its_name_first_and_a_key_last(
    found: Preflight,
) -> None:
    lines = list(record_lines(plan_record(found, replace(AHEAD, free=20), is_whole=False)))

    assert {"objects\t2", "new\t1\t30", "here\t1\t10", "fits\tno"} <= set(lines)
    assert "archived\t1\t30\t1 Archive" in lines
    assert {"by_suffix\t1\t30\t.gz", "largest\t30\ta.gz"} <= set(lines)
    assert not any(one.startswith(("seconds", "billed")) for one in lines)  # nobody knows
    assert lines[-1] == "first\t2026-01-01T00:00:00Z\ta.gz"


@pytest.mark.fault("F1")
def test_archived_objects_odd_names_and_folders_that_cannot_be_read_are_counted(
    found: Preflight,
) -> None:
    found.mapped, found.collisions, found.unread = 2, 1, 2

    shown = text(found)

    assert "not counted: what is in 2 folders of the target that cannot be read" in shown
    assert "archived: 1 object, 30 B, must be restored before reading: 1 Archive" in shown
    assert "  'restore' asks OSS to thaw what is archived, which costs money\n" in shown
    assert "2 local names will differ" in shown
    assert "1 renamed, because two keys map to the same name" in shown


@pytest.mark.fault("F8")
def test_a_key_cannot_drive_the_terminal_from_the_sheet() -> None:
    assert "\x1b" not in text(sheet(new("\x1b[31m", 1)))
