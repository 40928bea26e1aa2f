"""How a run takes up what one before it, that was killed, left beside the partial files."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ossh.manifest import Manifest, NewEntry, Outcome, PartChange
from ossh.model import ObjectInfo, Part, Status
from ossh.transfer import trail
from ossh.transfer.opening import take_up
from ossh.transfer.trail import Trail
from ossh.transfer.workspace import Workspace, trails

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SIZE = 1000
VERSION = trail.version_of("E1", SIZE)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return a target with a folder for partial files."""
    return Path(Workspace(tmp_path / "target", "cafe").target)


@pytest.fixture
def manifest(tmp_path: Path) -> Iterator[Manifest]:
    """Return a manifest of which a run is under way, or was killed."""
    with Manifest.create(tmp_path / "job.sqlite", "cafe") as manifest:
        manifest.add(
            [NewEntry(ObjectInfo(key, SIZE, "E1", NOW, "Multipart"), key) for key in ("a", "b")]
        )
        manifest.begin_run(NOW, "boot")
        yield manifest


def leave(target: Path, *parts: Part, row: int = 1, version: bytes = VERSION) -> None:
    """Leave a trail that tells of some bodies, each of which received its part."""
    left = Trail(str(target / ".ossh" / "cafe"))
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


def test_parts_and_bytes_of_a_killed_run_are_taken_up(manifest: Manifest, target: Path) -> None:
    leave(target, Part(0, 100, 1), Part(500, 700, 2))
    leave(target, Part(800, 850, 3))

    take_up(manifest, target)

    assert parts_of(manifest) == (Part(0, 100, 1), Part(500, 700, 2), Part(800, 850, 3))
    assert manifest.runs()[-1].bytes_received == 350
    assert trails(target, "cafe") == []


def test_to_be_killed_while_taking_up_costs_nothing(manifest: Manifest, target: Path) -> None:
    leave(target, Part(0, 100, 1))
    leave(target, Part(500, 700, 2))
    (first, *_) = map(Path, trails(target, "cafe"))
    data = first.read_bytes()

    take_up(manifest, target)
    first.write_bytes(data)  # only the other was removed
    take_up(manifest, target)

    assert parts_of(manifest) == (Part(0, 100, 1), Part(500, 700, 2))
    assert manifest.runs()[-1].bytes_received == 300


def test_the_longer_start_of_a_part_counts(manifest: Manifest, target: Path) -> None:
    manifest.record([], [PartChange(1, Part(0, 100, 1)), PartChange(1, Part(500, 600, 2))])
    leave(target, Part(0, 50, 8), Part(500, 700, 9))

    take_up(manifest, target)

    assert parts_of(manifest) == (Part(0, 100, 1), Part(500, 700, 9))


def test_the_latest_mark_of_a_part_counts(manifest: Manifest, target: Path) -> None:
    leave(target, Part(0, 200, 1))  # found to be corrupt, and begun anew by another thread
    leave(target, Part(0, 100, 2))

    take_up(manifest, target)

    assert parts_of(manifest) == (Part(0, 100, 2),)


@pytest.mark.parametrize(
    ("part", "row", "version"),
    [
        (Part(0, 100, 1), 1, trail.version_of("E0", SIZE)),
        (Part(0, 100, 1), 1, trail.version_of("E1", SIZE + 1)),
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

    take_up(manifest, target)

    assert (parts_of(manifest), parts_of(manifest, "b")) == ((), ())
    assert trails(target, "cafe") == []


def test_an_object_that_is_done_has_no_parts(manifest: Manifest, target: Path) -> None:
    manifest.record([Outcome(1, Status.DONE, 1)])
    leave(target, Part(0, 100, 1))

    take_up(manifest, target)

    assert parts_of(manifest) == ()


def test_a_run_that_told_itself_what_it_received_is_believed(
    manifest: Manifest, target: Path
) -> None:
    manifest.end_run(manifest.runs()[-1].row, "stopped", NOW, bytes_received=70)
    leave(target, Part(0, 100, 1))

    take_up(manifest, target)

    assert manifest.runs()[-1].bytes_received == 70
    assert parts_of(manifest) == (Part(0, 100, 1),)


def test_no_more_is_counted_than_can_be_written_down(manifest: Manifest, target: Path) -> None:
    for _ in range(2):
        left = Trail(str(target / ".ossh" / "cafe"))
        left.mark(2**63 - 1)
        left.close()

    take_up(manifest, target)

    assert manifest.runs()[-1].bytes_received == 2**63 - 1
