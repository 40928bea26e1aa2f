"""What a crash leaves: files in doubt, what proves them again, and parts found again."""

import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ossh.manifest import Manifest, NewEntry, Outcome, PartChange
from ossh.model import ObjectInfo, Part, Status
from ossh.transfer.disk import part_journal
from ossh.transfer.disk.overwrite_rules import UNSAFE_SECONDS
from ossh.transfer.disk.part_journal import PartJournal
from ossh.transfer.disk.tree import Tree
from ossh.transfer.disk.work_folder import journals
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.planning.crash_recovery import (
    doubted_since,
    killed_run,
    note_clock,
    recover_parts,
    unrecorded,
    unrecorded_size,
)
from ossh.transfer.scheduling.window import SIZE
from tests import usual
from tests.usual import MODIFIED

pytestmark = pytest.mark.fault("F32")


def ran(path: Path, *told: tuple[str, str]) -> Manifest:
    """Return a manifest of runs by (outcome, start of the machine), the oldest first."""
    manifest = Manifest.create(path)
    manifest.add([NewEntry(ObjectInfo("a", 1, "E1", MODIFIED), "a")])
    manifest.record([Outcome(1, Status.DONE, 1, finished=MODIFIED.timestamp())])
    for outcome, boot in told:
        row = manifest.begin_run(MODIFIED, boot)
        if outcome:
            manifest.end_run(row, outcome, MODIFIED)
    return manifest


def is_doubtful(path: Path, *told: tuple[str, str]) -> bool:
    with ran(path, *told) as manifest:
        since = doubted_since(manifest, "now")
    assert since in {None, MODIFIED.timestamp() - UNSAFE_SECONDS}
    path.unlink()
    return since is not None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "job.sqlite"


@pytest.mark.parametrize("outcome", ["", "stopped", "error", "failed", "done"])
def test_what_an_earlier_start_left_is_in_doubt_until_a_run_has_come_to_its_end(
    path: Path, outcome: str
) -> None:
    has_ended = outcome in {"failed", "done"}

    assert not is_doubtful(path)  # it never ran
    assert is_doubtful(path, (outcome, "before"))
    assert not is_doubtful(path, (outcome, "now"))
    assert is_doubtful(path, ("", "before"), (outcome, "now"), ("", "now")) is not has_ended


def test_what_a_wrong_clock_dated_does_not_move_the_limit_of_doubt(path: Path) -> None:
    with ran(path, ("", "before")) as manifest:
        manifest.add([NewEntry(ObjectInfo("b", 1, "E1", MODIFIED), "b")])
        manifest.record([Outcome(2, Status.DONE, 1, finished=time.time() + 1e6)])

        assert doubted_since(manifest, "now") == MODIFIED.timestamp() - UNSAFE_SECONDS


@pytest.mark.parametrize("is_ahead", [False, True])
def test_what_was_long_finished_when_the_last_run_began_is_in_no_doubt(
    path: Path, *, is_ahead: bool
) -> None:
    began = MODIFIED + timedelta(days=36500 if is_ahead else 1)
    with ran(path) as manifest:
        manifest.begin_run(began, "before")

        since = doubted_since(manifest, "now")

    expected = MODIFIED if is_ahead else began  # a clock that was ahead tells nothing
    assert since == expected.timestamp() - UNSAFE_SECONDS


@pytest.mark.fault("F36")
@pytest.mark.parametrize("outcome", ["", "done"])
@pytest.mark.parametrize(("seconds", "limit"), [(60, 0), (120, 0), (121, -121)])
def test_a_clock_that_was_hardly_behind_leaves_the_limit_of_doubt(
    path: Path, seconds: float, limit: float, outcome: str
) -> None:
    began = MODIFIED - timedelta(seconds=seconds)
    with ran(path, (outcome, "first")) as manifest:
        note_clock(manifest, began, "before")
        manifest.begin_run(began, "before")

        since = doubted_since(manifest, "now")

    assert since == MODIFIED.timestamp() + limit - UNSAFE_SECONDS


@pytest.mark.fault("F36")
def test_a_first_run_is_compared_with_none(path: Path) -> None:
    with ran(path) as manifest:
        note_clock(manifest, MODIFIED, "now")

        assert doubted_since(manifest, "now") is None


def test_what_a_killed_run_finished_late_shows_that_the_clock_is_behind(path: Path) -> None:
    began, finished = MODIFIED + timedelta(hours=1), MODIFIED + timedelta(days=1)
    with ran(path, ("", "first")) as manifest:
        manifest.add([NewEntry(ObjectInfo("b", 1, "E1", MODIFIED), "b")])
        manifest.record([Outcome(2, Status.DONE, 1, finished=finished.timestamp())])
        note_clock(manifest, began, "before")
        manifest.begin_run(began, "before")

        assert doubted_since(manifest, "now") == began.timestamp() - UNSAFE_SECONDS


@pytest.mark.fault("F36")
def test_all_that_was_fetched_since_a_start_with_a_clock_that_was_behind_is_in_doubt(
    path: Path,
) -> None:
    behind, corrected, later = (MODIFIED + timedelta(hours=hours) for hours in (-24, 1, 2))
    with ran(path, ("", "first")) as manifest:

        def limit_after(boot: str, began: datetime) -> float | None:
            note_clock(manifest, began, boot)
            row = manifest.begin_run(began, boot) + 1
            manifest.add([NewEntry(ObjectInfo(str(row), 1, "E1", MODIFIED), str(row))])
            manifest.record([Outcome(row, Status.DONE, 1, finished=began.timestamp())])
            return doubted_since(manifest, "now")

        assert limit_after("second", behind) == behind.timestamp() - UNSAFE_SECONDS
        assert limit_after("second", corrected) == behind.timestamp() - UNSAFE_SECONDS
        assert limit_after("third", later) == later.timestamp() - UNSAFE_SECONDS


@pytest.mark.parametrize(
    ("outcomes", "is_killed"),
    [
        ((), False),
        (("done",), False),
        (("",), True),
        (("", "stopped"), False),
        (("done", ""), True),
    ],
)
def test_only_the_last_run_may_have_been_killed_just_now(
    path: Path, outcomes: tuple[str, ...], *, is_killed: bool
) -> None:
    with ran(path, *((outcome, "now") for outcome in outcomes)) as manifest:
        found = killed_run(manifest)

        assert found == (manifest.runs()[-1] if is_killed else None)


# Files that no row knows of


@pytest.mark.parametrize("is_all", [True, False])
def test_a_file_of_the_date_of_a_pending_object_may_be_unrecorded(
    path: Path, tmp_path: Path, *, is_all: bool
) -> None:
    names = ["whole", "torn", "edited", "absent", "done"]
    with Manifest.create(path) as manifest:
        manifest.add([NewEntry(ObjectInfo(name, 4, "E1", MODIFIED), name) for name in names])
        manifest.record([Outcome(5, Status.DONE, 1)])
        for name, size, age in (("whole", 4, 0), ("torn", 1, 0), ("edited", 4, 60), ("done", 4, 0)):
            (tmp_path / name).write_bytes(bytes(size))
            os.utime(tmp_path / name, (MODIFIED.timestamp() - age,) * 2)
        files = usual.local_files(tmp_path)

        found = [entry.key for entry in unrecorded(manifest, files, is_all=is_all)]

    assert found == ["whole", "torn"]


@pytest.mark.parametrize(("is_all", "number"), [(True, SIZE + 1), (False, SIZE)])
def test_on_the_same_start_only_what_was_under_way_is_looked_at(
    path: Path, tmp_path: Path, *, is_all: bool, number: int
) -> None:
    keys = [f"{one:05}" for one in range(SIZE + 1)]
    with Manifest.create(path) as manifest:
        manifest.add([NewEntry(ObjectInfo(key, 0, "E1", MODIFIED), "a%~" + key) for key in keys])
        looks = 0

        def count() -> bool:
            nonlocal looks
            looks += 1
            return False

        files = usual.local_files(tmp_path, count)

        assert list(unrecorded(manifest, files, is_all=is_all)) == []
    assert looks == number


# Parts that only a journal tells of

LENGTH = 1000
VERSION = part_journal.version_of("E1", LENGTH)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return a target with a folder for partial files."""
    return Path(Workspace(tmp_path / "target", "cafe").target)


@pytest.fixture
def manifest(tmp_path: Path) -> Iterator[Manifest]:
    """Return a manifest of which a run is under way, or was killed."""
    with Manifest.create(tmp_path / "job.sqlite") as manifest:
        manifest.set_meta("job_id", "cafe")
        manifest.add(
            [
                NewEntry(ObjectInfo(key, LENGTH, "E1", MODIFIED, "Multipart"), key)
                for key in ("a", "b")
            ]
        )
        manifest.begin_run(MODIFIED, "boot")
        yield manifest


def leave(target: Path, *parts: Part, row: int = 1, version: bytes = VERSION) -> None:
    """Leave a journal that tells of some bodies, and of the part that came of each."""
    left = PartJournal(Workspace(target, "cafe").make)
    for part in parts:
        left.write(left.take_slot(), row, part, version)
    left.close()


def parts_of(manifest: Manifest, key: str = "a") -> tuple[Part, ...]:
    """Return what the manifest knows to be on disk of an object."""
    entry = manifest.entry(key)
    assert entry is not None
    return entry.parts


def test_parts_of_a_killed_run_are_recovered(manifest: Manifest, target: Path) -> None:
    leave(target, Part(0, 100, 1), Part(500, 700, 2))
    leave(target, Part(800, 850, 3))

    recover_parts(manifest, target)

    assert parts_of(manifest) == (Part(0, 100, 1), Part(500, 700, 2), Part(800, 850, 3))
    assert journals(Tree(str(target)), "cafe") == []


def test_parts_of_several_objects_are_recovered(manifest: Manifest, target: Path) -> None:
    leave(target, Part(0, 100, 1))
    leave(target, Part(500, 700, 2), row=2)

    recover_parts(manifest, target)

    assert parts_of(manifest) == (Part(0, 100, 1),)
    assert parts_of(manifest, "b") == (Part(500, 700, 2),)


def test_parts_of_a_body_that_came_without_an_etag_are_recovered(
    manifest: Manifest, target: Path
) -> None:
    leave(target, Part(0, 100, 1), version=part_journal.version_of("", LENGTH))

    recover_parts(manifest, target)

    assert parts_of(manifest) == (Part(0, 100, 1),)


def test_to_be_killed_while_recovering_costs_nothing(manifest: Manifest, target: Path) -> None:
    leave(target, Part(0, 100, 1))
    leave(target, Part(500, 700, 2))
    (first, *_) = (target / path for path in journals(Tree(str(target)), "cafe"))
    data = first.read_bytes()

    recover_parts(manifest, target)
    first.write_bytes(data)  # only the other was removed
    recover_parts(manifest, target)

    assert parts_of(manifest) == (Part(0, 100, 1), Part(500, 700, 2))


@pytest.mark.parametrize(
    ("recorded", "told", "kept"),
    [
        ([Part(500, 600, 2)], [[Part(400, 700, 9)]], (Part(400, 700, 9),)),  # they overlap
        (
            [Part(0, 100, 1), Part(500, 600, 2)],
            [[Part(0, 50, 8), Part(500, 700, 9)]],
            (Part(0, 100, 1), Part(500, 700, 9)),
        ),
        ([Part(0, 100, 1)], [[Part(0, 100, 9)]], (Part(0, 100, 1),)),
        # found to be corrupt, and begun anew by another thread
        ([], [[Part(0, 200, 1)], [Part(0, 100, 2)]], (Part(0, 100, 2),)),
    ],
    ids=["overlap", "longer", "same", "latest"],
)
def test_of_parts_that_are_told_twice_the_longer_start_and_the_latest_mark_count(
    manifest: Manifest,
    target: Path,
    recorded: list[Part],
    told: list[list[Part]],
    kept: tuple[Part, ...],
) -> None:
    manifest.record([], [PartChange(1, part) for part in recorded])
    for parts in told:
        leave(target, *parts)

    recover_parts(manifest, target)

    assert parts_of(manifest) == kept


@pytest.mark.parametrize(
    ("part", "row", "version"),
    [
        (Part(0, 100, 1), 1, part_journal.version_of("E0", LENGTH)),
        (Part(0, 100, 1), 1, part_journal.version_of("E1", LENGTH + 1)),
        (Part(0, LENGTH + 1, 1), 1, VERSION),
        (Part(100, 100, 1), 1, VERSION),
        (Part(100, 50, 1), 1, VERSION),
        (Part(0, 100, 1), 0, VERSION),
        (Part(0, 100, 1), 3, VERSION),
        (Part(0, 100, 1), 2**63 - 1, VERSION),
        (Part(0, 100, 1), 2**64 - 1, VERSION),
    ],
)
def test_a_mark_of_no_such_object_is_passed_over(
    part: Part, row: int, version: bytes, manifest: Manifest, target: Path
) -> None:
    leave(target, part, row=row, version=version)

    recover_parts(manifest, target)

    assert (parts_of(manifest), parts_of(manifest, "b")) == ((), ())
    assert journals(Tree(str(target)), "cafe") == []


def test_an_object_that_is_done_has_no_parts(manifest: Manifest, target: Path) -> None:
    manifest.record([Outcome(1, Status.DONE, 1)])
    leave(target, Part(0, 100, 1))
    leave(target, Part(500, 700, 2), row=2)

    recover_parts(manifest, target)

    assert (parts_of(manifest), parts_of(manifest, "b")) == ((), (Part(500, 700, 2),))


# How much is kept, before the next run knows


def test_the_bytes_that_only_a_journal_knows_are_told_and_nothing_changes(
    manifest: Manifest, target: Path
) -> None:
    manifest.record([], [PartChange(1, Part(0, 100, 1))])
    leave(target, Part(0, 150, 2), Part(500, 700, 3))
    leave(target, Part(0, 40, 4), row=2)
    (target / ".ossh" / "cafe" / "1").touch()  # of "b", no partial file is left

    found = [unrecorded_size(manifest, target) for _ in range(2)]

    assert found == [250, 250]
    assert parts_of(manifest) == (Part(0, 100, 1),)


def test_a_run_that_came_to_its_end_has_recorded_all_of_it(
    manifest: Manifest, target: Path
) -> None:
    leave(target, Part(0, 100, 1))
    (target / ".ossh" / "cafe" / "1").touch()
    manifest.end_run(manifest.runs()[-1].row, "stopped", MODIFIED)

    assert unrecorded_size(manifest, target) == 0
