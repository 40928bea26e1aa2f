"""Inserting: each key once, in order, whether pages are large or small."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ossh.manifest import Manifest, NewEntry
from ossh.manifest.records import AT_ONCE
from ossh.model import Cause, Failure, ObjectInfo, Proof, Status
from ossh.paths import NameRules

Info = Callable[..., ObjectInfo]
Fill = Callable[..., Manifest]
NOW = datetime(2026, 11, 25, 8, 0, 0, tzinfo=UTC)
DENIED = Failure(Cause.DENIED, "AccessDenied", "no right to read it", "5C3D")


@pytest.mark.parametrize("number", [1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])
def test_rows_are_numbered_in_the_order_of_their_entries(fill: Fill, number: int) -> None:
    manifest = fill(*(f"{n:03}" for n in range(number, 0, -1)))

    assert [(entry.row, entry.key) for entry in manifest.entries()] == [
        (n, f"{number + 1 - n:03}") for n in range(1, number + 1)
    ]


def test_a_page_that_is_known_in_part_adds_the_rest(fill: Fill) -> None:
    manifest = fill(*(f"{n:03}" for n in range(0, 300, 2)))

    fill(*(f"{n:03}" for n in range(300)))

    assert manifest.counts().total == 300
    assert {entry.key for entry in manifest.entries()} == {f"{n:03}" for n in range(300)}


def test_an_entry_that_comes_twice_is_added_once_and_the_first_counts(
    manifest: Manifest, info: Info
) -> None:
    first = NewEntry(info("a", 1), "a")

    assert manifest.add([first, first, NewEntry(info("a", 2), "b")]) == 1
    assert [(entry.path, entry.size) for entry in manifest.entries()] == [("a", 1)]


def test_entries_of_all_kinds_come_in_one_page(manifest: Manifest, info: Info) -> None:
    manifest.add(
        [
            NewEntry(info("a"), "a"),
            NewEntry(info("b"), "b", Status.FAILED, DENIED),
            NewEntry(info("c"), "c", Status.SKIPPED, proof=Proof.MD5, crc64=7),
        ]
    )

    assert [(one.key, one.status, one.failure, one.proof) for one in manifest.entries()] == [
        ("a", Status.PENDING, None, None),
        ("b", Status.FAILED, DENIED, None),
        ("c", Status.SKIPPED, None, Proof.MD5),
    ]
    assert manifest.failures_by_cause() == ((Cause.DENIED, 1),)


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


@pytest.mark.parametrize(("known", "new"), [("A", "a"), ("a", "A")])
def test_two_names_that_are_one_on_disk_are_refused_whatever_their_rows_say(
    manifest: Manifest, info: Info, known: str, new: str
) -> None:
    manifest.claim([], NameRules.native("darwin"))
    manifest.add([NewEntry(info(known), known)])

    with pytest.raises(sqlite3.IntegrityError):
        manifest.add([NewEntry(info("0"), "0"), NewEntry(info(new), new)])

    assert manifest.counts().total == 1


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
        manifest.add([NewEntry(info("l/a"), "a"), NewEntry(info("b"), "a")])

    assert manifest.get_meta("base") == ""
    assert manifest.add([NewEntry(info("k/a"), "a")]) == 1
    assert [entry.path for entry in manifest.entries()] == ["a"]
