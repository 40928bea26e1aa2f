"""Rows and the disk are brought together before a run goes on."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ossh.manifest import Manifest, NewEntry, Outcome
from ossh.model import Cause, Entry, ObjectInfo, Proof, Status
from ossh.transfer.disk.file_io import Interrupted
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import Policy
from ossh.transfer.planning.reconciliation import compared, differing, recheck

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
STAMP = MODIFIED.timestamp()
DATA = b"0123456789"


def info(key: str) -> ObjectInfo:
    return ObjectInfo(key, len(DATA), "E1", MODIFIED)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return the target of a job that has fetched `a` and `b`."""
    target = tmp_path / "target"
    put(target, "a")
    put(target, "b")
    return target


@pytest.fixture
def manifest(tmp_path: Path) -> Iterator[Manifest]:
    """Return the manifest of that job."""
    with Manifest.create(tmp_path / "job.sqlite") as manifest:
        manifest.set_meta("job_id", "cafe")
        manifest.add([NewEntry(info(key), key) for key in ("a", "b")])
        manifest.record([Outcome(row, Status.DONE, 1, proof=Proof.CRC64) for row in (1, 2)])
        yield manifest


def put(target: Path, path: str, data: bytes = DATA, age: float = 0.0) -> None:
    """Put a file at the target, some seconds older than the objects of these tests."""
    file = target / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    os.utime(file, (STAMP - age, STAMP - age))


def outcomes(manifest: Manifest, target: Path) -> list[tuple[str, Status, int]]:
    """Return what becomes of the rows that say what the disk does not."""
    return [
        (entry.key, outcome.status, outcome.attempts)
        for found in differing(manifest, LocalFiles(str(target), Policy()))
        for entry, outcome in found
    ]


def test_files_that_are_as_they_were_stay_done(manifest: Manifest, target: Path) -> None:
    assert outcomes(manifest, target) == []


@pytest.mark.fault("F44")
def test_a_file_that_was_deleted_or_shortened_with_its_time_is_fetched_again(
    manifest: Manifest, target: Path
) -> None:
    (target / "a").unlink()
    put(target, "b", DATA[:5])

    assert outcomes(manifest, target) == [("a", Status.PENDING, 0), ("b", Status.PENDING, 0)]


@pytest.mark.fault("F44")
@pytest.mark.parametrize(
    ("data", "age"),
    [
        *((DATA + b"!", age) for age in (60.0, -60.0, 0.0)),
        *((data, age) for data in (DATA[:5], b"", DATA[::-1]) for age in (60.0, -60.0)),
        (DATA[:5], -0.5),  # within the two seconds that disks round away
    ],
)
def test_a_file_that_was_edited_is_kept_and_told(
    manifest: Manifest, target: Path, data: bytes, age: float
) -> None:
    put(target, "a", data, age=age)

    assert outcomes(manifest, target) == [("a", Status.FAILED, 0)]


def test_a_row_whose_object_is_another_now_is_fetched_again(
    target: Path, manifest: Manifest
) -> None:
    facts = replace(info("a"), size=99, etag="E2")
    manifest.record([Outcome(1, Status.DONE, 1, facts=facts)])

    assert (target / "a").exists()
    assert outcomes(manifest, target) == [("a", Status.PENDING, 0)]


def test_a_touched_file_whose_md5_is_the_etag_stays_done(target: Path, manifest: Manifest) -> None:
    facts = replace(info("a"), etag=hashlib.md5(DATA, usedforsecurity=False).hexdigest().upper())
    manifest.record([Outcome(1, Status.DONE, 1, facts=facts)])
    put(target, "a", age=60.0)

    assert outcomes(manifest, target) == []


def test_an_entry_of_an_earlier_run_is_what_the_disk_says_of_it(target: Path) -> None:
    local_files = LocalFiles(str(target), Policy())
    entry = Entry(1, "a", "a", len(DATA), "E1", MODIFIED)
    (target / "dir").mkdir()

    seen = [compared(replace(entry, path=path), local_files) for path in ("a", "dir", "absent")]

    assert [one.status for one in seen] == [Status.SKIPPED, Status.FAILED, Status.PENDING]
    assert seen[1].failure is not None
    assert seen[1].failure.cause is Cause.LOCAL_CONFLICT


def test_nothing_is_compared_when_nothing_is_here(tmp_path: Path) -> None:
    with Manifest.create(tmp_path / "other.sqlite") as manifest:
        manifest.add([NewEntry(info("a"), "a")])

        steps = list(recheck(manifest, LocalFiles(str(tmp_path), Policy())))

    assert steps == []


def test_what_is_not_as_its_row_says_is_pending_again(manifest: Manifest, target: Path) -> None:
    (target / "a").unlink()

    steps = list(recheck(manifest, LocalFiles(str(target), Policy())))

    assert [one.status for one in manifest.entries()] == [Status.PENDING, Status.DONE]
    assert steps[-1].note == "comparing with what is on disk"


def test_comparing_ends_when_told_to(manifest: Manifest, target: Path) -> None:
    steps = recheck(manifest, LocalFiles(str(target), Policy(), lambda: True))

    next(steps)
    with pytest.raises(Interrupted):
        next(steps)
