"""What becomes of entries and their parts."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ossh.manifest import Manifest, NewEntry, Outcome, PartChange
from ossh.model import Cause, Failure, ObjectInfo, Part, Proof, Status

Info = Callable[..., ObjectInfo]
Fill = Callable[..., Manifest]
NOW = datetime(2026, 11, 25, 8, 0, 0, tzinfo=UTC)
DENIED = Failure(Cause.DENIED, "AccessDenied", "no right to read it", "5C3D")


def failed(row: int, failure: Failure = DENIED, attempts: int = 1) -> Outcome:
    return Outcome(row, Status.FAILED, attempts, failure)


def statuses(manifest: Manifest) -> dict[str, Status]:
    return {entry.key: entry.status for entry in manifest.entries()}


def test_a_part_is_replaced_forgotten_or_forgotten_with_all_others(fill: Fill) -> None:
    manifest = fill("a")
    old, new, other = Part(0, 5, 1), Part(0, 5, 2), Part(5, 9, 3)

    manifest.record([], [PartChange(1, old), PartChange(1, other), PartChange(1, new)])
    assert manifest.pending(0, 1, tried=False)[0].parts == (new, other)
    assert manifest.unfinished_size() == new.length + other.length

    manifest.record([], [PartChange(1, new, drop=True)])
    assert manifest.pending(0, 1, tried=False)[0].parts == (other,)

    manifest.record([], [PartChange(1, drop=True)])
    assert manifest.pending(0, 1, tried=False)[0].parts == ()


def test_an_outcome_replaces_the_state_of_an_entry_as_a_whole(fill: Fill) -> None:
    manifest = fill("a")
    manifest.record([failed(1, attempts=3)])

    manifest.record([Outcome(1, Status.DONE, 2, None, Proof.CRC64, 2**63, NOW.timestamp())])

    found = manifest.entry("a")
    assert found is not None
    assert (found.status, found.attempts, found.failure) == (Status.DONE, 2, None)
    assert (found.proof, found.crc64, found.finished) == (Proof.CRC64, 2**63, NOW)


def test_new_facts_replace_those_of_the_listing(manifest: Manifest, fill: Fill, info: Info) -> None:
    fill("a")

    manifest.record([Outcome(1, Status.PENDING, 0, facts=info("a", 99, etag="E2"))])

    found = manifest.entry("a")
    assert found is not None
    assert (found.size, found.etag) == (99, "E2")
    assert manifest.counts().size[Status.PENDING] == 99


def test_a_batch_is_recorded_as_a_whole_or_not_at_all(fill: Fill) -> None:
    manifest = fill("a", "b")
    too_large = Outcome(2, Status.DONE, 2**64)

    with pytest.raises(OverflowError):
        manifest.record([Outcome(1, Status.DONE, 1), too_large])

    assert set(statuses(manifest).values()) == {Status.PENDING}


def test_nothing_to_record_writes_nothing(fill: Fill) -> None:
    manifest = fill("a")
    before = manifest.path.with_name("logs.sqlite-wal").stat().st_size

    manifest.record([])

    assert manifest.path.with_name("logs.sqlite-wal").stat().st_size == before


def test_removed_entries_are_gone_with_their_parts(fill: Fill) -> None:
    manifest = fill("a", "b")
    manifest.record([], [PartChange(1, Part(0, 5, 1))])

    manifest.remove([1])
    fill("a").remove([3])
    fill("a")

    assert [(entry.row, entry.key) for entry in manifest.entries()] == [(2, "b"), (4, "a")]
    assert all(entry.parts == () for entry in manifest.pending(0, 9, tried=False))
    assert manifest.counts().total == 2


def test_class_archive_becomes_pending_when_it_can_be_read_after_all(
    manifest: Manifest, info: Info
) -> None:
    classes = {"a": "Archive", "b": "ColdArchive", "c": "Archive"}
    manifest.add([NewEntry(info(key, storage_class=one), key) for key, one in classes.items()])
    frozen = Failure(Cause.ARCHIVED, "InvalidObjectState", "frozen")
    manifest.record([Outcome(row, Status.ARCHIVED, 0, frozen) for row in (1, 2)])

    manifest.revive_real_time()

    assert statuses(manifest) == {
        "a": Status.PENDING,
        "b": Status.ARCHIVED,
        "c": Status.PENDING,
    }
    assert manifest.counts().objects[Status.PENDING] == 2
