"""Rows that are put aside: known by their places, no objects of the job, and rows again later."""

from dataclasses import replace

import pytest

from ossh.manifest import Manifest, NewEntry, Outcome, PartChange, keeping
from ossh.manifest.entry_queries import PAGE
from ossh.model import Entry, OwnFile, Part, Proof, Status
from tests.unit.manifest.examples import NOW, Info

OWN = OwnFile(10, 5, 7)
# keys and paths: plain, with another name on a disk that folds case, with another path, a folder
PLACES = (("l/a", "a"), ("l/B", "B"), ("l/c:", "c_"), ("l/d/", "d/"))
NAMES = ["B", "a", "c_", "d/"]


def arrived(manifest: Manifest, info: Info, *places: tuple[str, str]) -> list[Entry]:
    """Add objects that ossh has fetched, and return their entries."""
    manifest.add([NewEntry(info(key), path) for key, path in places])
    rows = [entry.row for key, _ in places if (entry := manifest.entry(key)) is not None]
    outcome = Outcome(0, Status.DONE, 1, own=OWN, proof=Proof.CRC64, finished=NOW.timestamp())
    manifest.record([replace(outcome, row=row) for row in rows])
    return sorted(manifest.entries_at(rows), key=lambda one: one.row)


def put_aside(manifest: Manifest, info: Info, *places: tuple[str, str]) -> list[Entry]:
    """Put aside objects that ossh has fetched, and return the entries that they had."""
    entries = arrived(manifest, info, *places)
    manifest.put_aside([one.row for one in entries])
    return entries


def taken_back(manifest: Manifest) -> list[Entry]:
    """Take back what can be, and return it as it was then."""
    found: list[Entry] = []

    def as_it_was(entry: Entry) -> Outcome:
        found.append(entry)
        return keeping(entry, entry.status)

    manifest.take_back(as_it_was)
    return found


def relisted(manifest: Manifest, *unwanted: str) -> None:
    """List anew a bucket that has only some objects, none of which is wanted."""
    manifest.relist()
    manifest.note_unwanted(unwanted)
    manifest.note_former()


def test_what_is_put_aside_counts_as_no_object_and_is_known_by_its_place(
    manifest: Manifest, info: Info
) -> None:
    entries = arrived(manifest, info, *PLACES)
    manifest.record([], [PartChange(1, Part(0, 4, 5))])

    manifest.put_aside([one.row for one in entries])

    assert manifest.counts().total == 0
    assert list(manifest.entries()) == []
    assert manifest.unfinished_size() == 0
    found = manifest.former_named([*NAMES, "elsewhere"])
    assert sorted(found) == NAMES
    assert sorted(found.values(), key=lambda one: one.row) == entries


def test_only_what_is_gone_from_the_bucket_is_taken_back_and_is_as_it_was(
    manifest: Manifest, info: Info
) -> None:
    entries = put_aside(manifest, info, *PLACES)
    relisted(manifest, "l/B")

    assert manifest.count_left() == len(entries) - 1
    found = taken_back(manifest)

    expected = [replace(one, status=Status.GONE) for one in entries if one.key != "l/B"]
    assert found == expected
    assert manifest.entries_named(NAMES).keys() == set(NAMES) - {"B"}
    assert manifest.counts().total == len(expected)
    assert list(manifest.former_named(NAMES)) == ["B"]
    relisted(manifest, "l/a")
    assert [one.key for one in taken_back(manifest)] == ["l/B"]


def test_what_is_taken_back_is_told_how_at_once_or_stays_aside(
    manifest: Manifest, info: Info
) -> None:
    put_aside(manifest, info, ("l/a", "a"))
    relisted(manifest)

    def fail(_entry: Entry) -> Outcome:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        manifest.take_back(fail)

    assert manifest.counts().total == 0
    assert list(manifest.former_named(["a"])) == ["a"]


def test_what_was_gone_and_is_there_again_stays_aside(manifest: Manifest, info: Info) -> None:
    put_aside(manifest, info, ("l/a", "a"))
    relisted(manifest)

    relisted(manifest, "l/a")

    assert manifest.count_left() == 0
    assert taken_back(manifest) == []


def test_what_never_finished_is_not_taken_back(manifest: Manifest, info: Info) -> None:
    manifest.add([NewEntry(info("l/a"), "a", own=OWN)])
    manifest.put_aside([1])
    relisted(manifest)

    assert taken_back(manifest) == []
    assert manifest.former_named(["a"])["a"].own == OWN


def test_an_object_that_becomes_an_entry_again_is_aside_no_more(
    manifest: Manifest, info: Info
) -> None:
    put_aside(manifest, info, ("l/a", "a"))

    manifest.add([NewEntry(info("l/a"), "a"), NewEntry(info("l/b"), "b")])

    assert manifest.former_named(["a", "b"]) == {}


def test_what_was_left_of_an_object_that_is_back_in_another_place_is_known_still(
    manifest: Manifest, info: Info
) -> None:
    (entry,) = put_aside(manifest, info, ("l/x/a", "a"))

    manifest.add([NewEntry(info("l/a"), "a"), NewEntry(info("l/x/a"), "a%~1")])

    assert manifest.former_named(["a", "a%~1"])["a"] == entry
    assert (manifest.count_left(), list(manifest.displaced())) == (0, [])  # it is its only file
    manifest.record([Outcome(3, Status.DONE, 1)])
    for by in ("l/a", "l/x/a"):
        assert manifest.count_left() == 1
        assert taken_back(manifest) == []
        [[(one, holder)]] = manifest.displaced()
        assert (one, holder and holder.key) == (entry, by)
        manifest.remove([2])


def test_each_place_that_files_of_one_object_were_left_in_is_known_and_the_first_is_taken_back(
    manifest: Manifest, info: Info
) -> None:
    for path in ("a", "a%~1", "a%~2"):
        put_aside(manifest, info, ("l/x/a", path))
    manifest.add([NewEntry(info("l/a"), "a")])
    relisted(manifest)

    assert sorted(manifest.former_named(["a", "a%~1", "a%~2"])) == ["a", "a%~1", "a%~2"]
    assert manifest.count_left() == 3
    assert [one.path for one in taken_back(manifest)] == ["a%~1"]
    [page] = manifest.displaced()
    assert [one.path for one, _by in page] == ["a", "a%~2"]


def test_a_place_that_another_entry_has_now_is_not_taken_back_but_told_with_that_entry(
    manifest: Manifest, info: Info
) -> None:
    for key, path in (("l/a", "a"), ("l/x/b", "b"), ("l/c", "c")):  # by key, and by column
        put_aside(manifest, info, (key, path))
    manifest.add([NewEntry(info("l/x/a"), "a"), NewEntry(info("l/b"), "b")])
    relisted(manifest)

    assert manifest.count_left() == 3
    assert [one.key for one in taken_back(manifest)] == ["l/c"]
    assert sorted(manifest.former_named(["a", "b"])) == ["a", "b"]
    [page] = manifest.displaced()
    assert [(one.key, by and by.key) for one, by in page] == [("l/a", "l/x/a"), ("l/x/b", "l/b")]
    manifest.forget_former([1])
    [page] = manifest.displaced()
    assert [one.key for one, _by in page] == ["l/x/b"]
    relisted(manifest, "l/x/b")
    assert list(manifest.displaced()) == []


def test_what_is_aside_is_looked_at_in_turn_whatever_the_last_row_is_said_to_be(
    manifest: Manifest, info: Info
) -> None:
    entries = arrived(manifest, info, *PLACES)
    assert manifest.next_former(9) == []
    manifest.put_aside([one.row for one in entries])
    manifest.add([NewEntry(info("l/x/a"), "a")])

    found = [manifest.next_former(3) for _time in range(3)]

    assert [[one.key for one, _by in page] for page in found] == [
        ["l/a", "l/B", "l/c:"],
        ["l/d/"],
        ["l/a", "l/B", "l/c:"],
    ]
    assert [by and by.key for _one, by in found[0]] == ["l/x/a", None, None]
    for wrong in ("?", "-1", "9" * 30, ""):
        manifest.set_meta("former", wrong)
        assert manifest.next_former(1)[0][0].key == "l/a"


def test_of_one_place_the_last_that_was_put_aside_counts(manifest: Manifest, info: Info) -> None:
    for key in ("l/a", "l/x/a", "l/y/a"):
        put_aside(manifest, info, (key, "a"))

    assert [one.key for one in manifest.former_named(["a"]).values()] == ["l/y/a"]


def test_many_pages_are_told_and_taken_back(manifest: Manifest, info: Info) -> None:
    keys = [f"{number:04}" for number in range(2 * PAGE + 1)]
    put_aside(manifest, info, *((key, key) for key in keys))
    relisted(manifest)

    manifest.add([NewEntry(info(f"x/{key}"), key) for key in keys])
    assert [one.key for page in manifest.displaced() for one, _by in page] == keys
    manifest.remove([one.row for one in manifest.entries()])
    assert [one.key for one in taken_back(manifest)] == keys
