"""What a crash leaves: files in doubt, what proves them again, and parts found again."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import fastcrc
import pytest

from ossh.manifest import Manifest, NewEntry, Outcome, PartChange, RunRecord
from ossh.model import ObjectInfo, Part, Status
from ossh.transfer.disk import part_journal
from ossh.transfer.disk.file_io import Interrupted
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import Policy
from ossh.transfer.disk.part_journal import PartJournal
from ossh.transfer.disk.tree import Tree
from ossh.transfer.disk.work_folder import journals
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.planning import crash_recovery
from ossh.transfer.planning.crash_recovery import recover_parts

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DATA = b"twelve bytes"

pytestmark = pytest.mark.fault("F32")


def runs(*told: tuple[str, str]) -> list[RunRecord]:
    """Return runs by (outcome, start of the machine), the oldest first."""
    return [
        RunRecord(row, MODIFIED, MODIFIED if outcome else None, outcome, {}, 0, 0, boot)
        for row, (outcome, boot) in enumerate(told, start=1)
    ]


def test_a_job_that_never_ran_has_nothing_to_doubt() -> None:
    assert not crash_recovery.is_doubtful([], "now")


@pytest.mark.parametrize("outcome", ["", "stopped", "error", "failed", "done"])
def test_what_an_earlier_start_of_the_machine_left_is_in_doubt(outcome: str) -> None:
    assert crash_recovery.is_doubtful(runs((outcome, "before")), "now")
    assert not crash_recovery.is_doubtful(runs((outcome, "now")), "now")


@pytest.mark.parametrize("outcome", ["", "stopped", "error"])
def test_a_run_that_came_to_no_end_takes_no_doubt_away(outcome: str) -> None:
    assert crash_recovery.is_doubtful(runs(("", "before"), (outcome, "now")), "now")


@pytest.mark.parametrize("outcome", ["failed", "done"])
def test_a_run_that_came_to_its_end_takes_all_doubt_away(outcome: str) -> None:
    assert not crash_recovery.is_doubtful(
        runs(("", "before"), (outcome, "now"), ("", "now")), "now"
    )


@dataclass
class Downloaded:
    """A manifest of finished objects, and their files."""

    manifest: Manifest
    target: Path

    def wrong(self, is_stopping: Callable[[], bool] = lambda: False) -> list[str]:
        """Return the keys that must be fetched again."""
        local_files = LocalFiles(str(self.target), Policy(is_doubtful=True), is_stopping)
        keys = []
        with suppress(Interrupted):
            for found in crash_recovery.recheck_recent(self.manifest, local_files):
                keys += [entry.key for entry, _ in found]
        return keys


@pytest.fixture
def downloaded(tmp_path: Path) -> Iterator[Downloaded]:
    infos = [ObjectInfo(key, len(DATA), "E1", MODIFIED) for key in ("a", "b")]
    crc, finished = fastcrc.crc64.xz(DATA), MODIFIED.timestamp()
    done = [Outcome(row, Status.DONE, 1, crc64=crc, finished=finished) for row in (1, 2)]
    for info in infos:
        put(tmp_path / info.key, DATA)
    with Manifest.create(tmp_path / "job.sqlite") as manifest:
        manifest.add([NewEntry(info, info.key) for info in infos])
        manifest.record(done)
        yield Downloaded(manifest, tmp_path)


def put(path: Path, data: bytes, age: float = 0.0) -> None:
    path.write_bytes(data)
    os.utime(path, (MODIFIED.timestamp() - age,) * 2)


def test_a_file_that_lost_its_bytes_is_found_whatever_its_date_says(
    downloaded: Downloaded,
) -> None:
    put(downloaded.target / "b", bytes(len(DATA)))

    assert downloaded.wrong() == ["b"]


def test_a_file_that_is_another_one_by_now_is_left_to_the_run(downloaded: Downloaded) -> None:
    put(downloaded.target / "a", b"mine", age=-60)
    (downloaded.target / "b").unlink()

    assert downloaded.wrong() == []


def test_proving_ends_when_the_run_is_told_to_stop(downloaded: Downloaded) -> None:
    put(downloaded.target / "a", bytes(len(DATA)))
    put(downloaded.target / "b", bytes(len(DATA)))
    looks = iter([False, False, True])

    assert downloaded.wrong(lambda: next(looks)) == ["a"]


# Parts that only a journal tells of

SIZE = 1000
VERSION = part_journal.version_of("E1", SIZE)


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
                NewEntry(ObjectInfo(key, SIZE, "E1", MODIFIED, "Multipart"), key)
                for key in ("a", "b")
            ]
        )
        manifest.begin_run(MODIFIED, "boot")
        yield manifest


def leave(target: Path, *parts: Part, row: int = 1, version: bytes = VERSION) -> None:
    """Leave a journal that tells of some bodies, each of which received its part."""
    left = PartJournal(Workspace(target, "cafe").make)
    received = 0
    for part in parts:
        received += max(0, part.length)
        left.begin()
        left.mark(received, row, part, version)
    left.close()


def parts_of(manifest: Manifest, key: str = "a") -> tuple[Part, ...]:
    """Return what the manifest knows to be on disk of an object."""
    entry = manifest.entry(key)
    assert entry is not None
    return entry.parts


def test_parts_and_bytes_of_a_killed_run_are_recovered(manifest: Manifest, target: Path) -> None:
    leave(target, Part(0, 100, 1), Part(500, 700, 2))
    leave(target, Part(800, 850, 3))

    recover_parts(manifest, target)

    assert parts_of(manifest) == (Part(0, 100, 1), Part(500, 700, 2), Part(800, 850, 3))
    assert manifest.runs()[-1].bytes_received == 350
    assert journals(Tree(str(target)), "cafe") == []


def test_to_be_killed_while_recovering_costs_nothing(manifest: Manifest, target: Path) -> None:
    leave(target, Part(0, 100, 1))
    leave(target, Part(500, 700, 2))
    (first, *_) = (target / path for path in journals(Tree(str(target)), "cafe"))
    data = first.read_bytes()

    recover_parts(manifest, target)
    first.write_bytes(data)  # only the other was removed
    recover_parts(manifest, target)

    assert parts_of(manifest) == (Part(0, 100, 1), Part(500, 700, 2))
    assert manifest.runs()[-1].bytes_received == 300


def test_the_longer_start_of_a_part_counts(manifest: Manifest, target: Path) -> None:
    manifest.record([], [PartChange(1, Part(0, 100, 1)), PartChange(1, Part(500, 600, 2))])
    leave(target, Part(0, 50, 8), Part(500, 700, 9))

    recover_parts(manifest, target)

    assert parts_of(manifest) == (Part(0, 100, 1), Part(500, 700, 9))


def test_the_latest_mark_of_a_part_counts(manifest: Manifest, target: Path) -> None:
    leave(target, Part(0, 200, 1))  # found to be corrupt, and begun anew by another thread
    leave(target, Part(0, 100, 2))

    recover_parts(manifest, target)

    assert parts_of(manifest) == (Part(0, 100, 2),)


@pytest.mark.parametrize(
    ("part", "row", "version"),
    [
        (Part(0, 100, 1), 1, part_journal.version_of("E0", SIZE)),
        (Part(0, 100, 1), 1, part_journal.version_of("E1", SIZE + 1)),
        (Part(0, SIZE + 1, 1), 1, VERSION),
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

    recover_parts(manifest, target)

    assert parts_of(manifest) == ()


def test_a_run_that_told_itself_what_it_received_is_believed(
    manifest: Manifest, target: Path
) -> None:
    manifest.end_run(manifest.runs()[-1].row, "stopped", MODIFIED, bytes_received=70)
    leave(target, Part(0, 100, 1))

    recover_parts(manifest, target)

    assert manifest.runs()[-1].bytes_received == 70
    assert parts_of(manifest) == (Part(0, 100, 1),)


def test_no_more_is_counted_than_can_be_written_down(manifest: Manifest, target: Path) -> None:
    for _ in range(2):
        left = PartJournal(Workspace(target, "cafe").make)
        left.mark(2**63 - 1)
        left.close()

    recover_parts(manifest, target)

    assert manifest.runs()[-1].bytes_received == 2**63 - 1
