"""Rows: added once and in order, changed as a whole, removed with their parts."""

import sqlite3
from dataclasses import replace

import pytest

from ossh.manifest import Manifest, ManifestReader, NewEntry, Outcome, PartChange
from ossh.manifest.entries import AT_ONCE
from ossh.model import Cause, Failure, ObjectInfo, OwnFile, Part, Proof, Status
from ossh.paths import NameRules
from tests.unit.manifest.examples import DENIED, NOW, Fill, Info, failed, statuses, there

OWN = OwnFile(10, 1_800_000_000_123_456_789, 2**63)
ANY = ObjectInfo("k", 10, "E1", NOW)


@pytest.mark.parametrize("number", [1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])
def test_rows_are_numbered_in_the_order_of_their_entries(fill: Fill, number: int) -> None:
    manifest = fill(*(f"{n:03}" for n in range(number, 0, -1)))

    assert [(entry.row, entry.key) for entry in manifest.entries()] == [
        (n, f"{number + 1 - n:03}") for n in range(1, number + 1)
    ]


def test_a_page_of_names_with_and_without_capitals_keeps_what_the_disk_makes_of_them(
    manifest: Manifest, info: Info
) -> None:
    rules = NameRules.native("darwin")
    keys = ["l/A", "l/b", "l/C"]
    paths = manifest.claim([(key, key[2:]) for key in keys], rules)

    manifest.add([NewEntry(info(key), path) for key, path in zip(keys, paths, strict=True)])

    assert [entry.path for entry in manifest.entries()] == ["A", "b", "C"]
    (other,) = manifest.claim([("l/a", "a")], rules)
    assert other.startswith("a%~")
    assert manifest.claim([("l/B", "B"), ("l/d", "d")], rules)[1] == "d"
    assert manifest.claim([("l/B", "B")], rules) != ["B"]


def test_what_paths_leave_out_is_decided_once(manifest: Manifest, info: Info) -> None:
    manifest.add([NewEntry(info("l/"), "./"), NewEntry(info("l/..", 1), ".%2E")])
    before = manifest.get_meta("base")
    manifest.add([NewEntry(info("l/a"), "a")])
    manifest.add([NewEntry(info("b"), "b")])

    assert (before, manifest.get_meta("base")) == ("", "l/")
    assert [entry.path for entry in manifest.entries()] == ["./", ".%2E", "a", "b"]


def test_what_paths_leave_out_is_forgotten_with_the_page_that_showed_it(
    manifest: Manifest, info: Info
) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        manifest.add([NewEntry(info("l/a"), "a"), NewEntry(info("l/a"), "b")])

    assert manifest.get_meta("base") == ""
    manifest.add([NewEntry(info("k/a"), "a")])
    assert [entry.path for entry in manifest.entries()] == ["a"]


@pytest.mark.parametrize(
    ("key", "path", "base"),
    [
        ("logs/2026/a", "a", "logs/2026/"),
        ("logs/2026/a/b", "a/b", "logs/2026/"),
        ("logs-a", "a", ""),  # not the end of a name
        ("n\0/a", "a", ""),  # SQLite would count less of it
        ("logs/..", ".%2E", ""),
    ],
)
def test_paths_leave_out_what_ends_with_a_folder(
    manifest: Manifest, info: Info, key: str, path: str, base: str
) -> None:
    manifest.add([NewEntry(info(key), path)])

    assert manifest.get_meta("base") == base
    assert [entry.path for entry in manifest.entries()] == [path]
    assert manifest._db.execute("SELECT path FROM objects").fetchall() == [(path,)]


@pytest.mark.parametrize(
    "known",
    [
        NewEntry(ANY, "k", failure=DENIED),
        NewEntry(ANY, "k", proof=Proof.LENGTH),
        NewEntry(ANY, "k", own=OWN),
        NewEntry(ANY, "k", Status.SKIPPED),
        NewEntry(ANY, "k", Status.DONE, own=OWN, proof=Proof.CRC64),
    ],
    ids=["failure", "proof", "own", "skipped", "done"],
)
def test_what_is_known_of_an_entry_from_the_start_is_recorded(fill: Fill, known: NewEntry) -> None:
    manifest = fill("a", "b")

    manifest.add([NewEntry(replace(ANY, key="c"), "c"), known])

    assert statuses(manifest) == {**dict.fromkeys("abc", Status.PENDING), "k": known.status}
    found = there(manifest, "k")
    assert (found.failure, found.own, found.proof) == (known.failure, known.own, known.proof)
    assert (found.finished is None) == (known.status is Status.PENDING)
    assert found.attempts == 0


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

    manifest.record([Outcome(1, Status.DONE, 2, None, OWN, Proof.CRC64, NOW.timestamp())])

    found = there(manifest, "a")
    assert (found.status, found.attempts, found.failure) == (Status.DONE, 2, None)
    assert (found.proof, found.own, found.finished) == (Proof.CRC64, OWN, NOW)


def test_new_facts_replace_those_of_the_listing(manifest: Manifest, fill: Fill, info: Info) -> None:
    fill("a")
    facts = info("a", 99, etag="E2", storage_class="IA", version_id="v2")

    manifest.record([Outcome(1, Status.PENDING, 0, facts=facts)])

    found = there(manifest, "a")
    assert found.info == facts
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

    assert statuses(manifest) == {"a": Status.PENDING, "b": Status.ARCHIVED, "c": Status.PENDING}
    assert manifest.counts().objects[Status.PENDING] == 2


def done(row: int, *, is_client_encrypted: bool = False) -> Outcome:
    return Outcome(row, Status.DONE, 1, is_client_encrypted=is_client_encrypted)


def test_those_at_the_target_are_counted_and_survive(manifest: Manifest, fill: Fill) -> None:
    fill("a", "b", "c")
    manifest.record([done(1, is_client_encrypted=True), done(2)])
    manifest.record([done(3, is_client_encrypted=True)])
    manifest.record([Outcome(3, Status.FAILED, 1), Outcome(1, Status.DONE, 1)])  # as it was

    assert manifest.client_encrypted() == 1
    manifest.close()
    assert ManifestReader(manifest.path).client_encrypted() == 1


def test_one_that_came_again_in_the_clear_is_no_longer_counted(
    manifest: Manifest, fill: Fill
) -> None:
    fill("a", "b")
    manifest.record([done(1, is_client_encrypted=True), done(2, is_client_encrypted=True)])
    manifest.record([done(2, is_client_encrypted=True), done(1)])
    assert manifest.client_encrypted() == 1

    manifest.remove([2])

    assert manifest.client_encrypted() == 0
