"""The ranges of a listing: begun, cut, moved on; and a new listing compared with the rows."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from ossh.manifest import Manifest, ManifestReader, NewEntry, Outcome
from ossh.model import Status
from tests.unit.manifest.examples import Fill, Info


def test_a_page_and_its_cursor_arrive_together(manifest: Manifest, info: Info) -> None:
    first, second = manifest.start_listing([("", "m"), ("m", "")])

    manifest.add([NewEntry(info("a"), "a")], first.row, "a")

    assert manifest.counts().total == 1
    assert [one.cursor for one in manifest.listing()] == ["a", "m"]
    assert (second.start, second.end, second.finished) == ("m", "", False)


def test_a_page_that_cannot_be_added_leaves_the_cursor_where_it_was(
    manifest: Manifest, info: Info
) -> None:
    (part,) = manifest.start_listing([("", "")])
    same_path = [NewEntry(info("a"), "x"), NewEntry(info("b"), "x")]  # not as claimed: a bug

    with pytest.raises(sqlite3.IntegrityError):
        manifest.add(same_path, part.row, "b")

    assert manifest.listing() == (part,)
    assert manifest.counts().total == 0


def test_only_the_range_that_is_cut_has_new_pieces(manifest: Manifest) -> None:
    _first, second = manifest.start_listing([("", "h"), ("h", "t"), ("t", "")])[:2]

    pieces = manifest.cut_listing(second.row, ["k", "m"])

    assert [(one.start, one.end) for one in pieces] == [("k", "m"), ("m", "t")]
    ends = [(one.start, one.end) for one in manifest.listing()]
    assert ends == [("", "h"), ("h", "k"), ("k", "m"), ("m", "t"), ("t", "")]


def gone(manifest: Manifest) -> list[str]:
    return [entry.key for page in manifest.unlisted() for entry, _ in page]


def test_what_is_new_changed_and_gone_is_told_apart(
    manifest: Manifest, fill: Fill, info: Info
) -> None:
    fill("a", "b", "c", "d").record([Outcome(3, Status.DONE, 1)])
    manifest.relist()

    new, changed = manifest.compare([info("d"), info("bb"), info("bb"), info("b", etag="E2")])
    newer, later = manifest.compare([info("b", etag="E2"), info("bb"), info("a", size=11)])

    assert [one.key for one in (*new, *newer)] == ["bb"]
    assert [(entry.row, one.etag) for entry, one in changed] == [(2, "E2")]
    assert [(entry.size, one.size) for entry, one in later] == [(10, 11)]
    assert gone(manifest) == ["c"]


def test_a_symlink_is_compared_by_its_date_as_its_row_knows_what_it_serves(
    manifest: Manifest, info: Info
) -> None:
    link = info("a", size=0, type="Symlink")
    manifest.add([NewEntry(link, "a")])
    manifest.record([Outcome(1, Status.DONE, 1, facts=replace(link, size=70, etag="E7"))])
    manifest.relist()

    assert manifest.compare([link])[1] == []
    manifest.relist()
    later = replace(link, last_modified=link.last_modified + timedelta(seconds=1))
    assert len(manifest.compare([later])[1]) == 1


def test_listing_begins_anew_and_what_a_broken_off_one_saw_is_forgotten(
    manifest: Manifest, fill: Fill, info: Info
) -> None:
    fill("a", "b")
    manifest.relist()
    manifest.compare([info("a"), info("b")])

    manifest.relist()

    assert gone(manifest) == ["a", "b"]
    assert [(one.cursor, one.finished) for one in manifest.listing()] == [("", False)]


def test_the_listing_before_stands_until_a_page_of_the_new_one_is_added(
    manifest: Manifest, info: Info
) -> None:
    (part,) = manifest.start_listing([("", "")])
    manifest.add([NewEntry(info("a"), "a")], part.row, "a", finished=True)
    reader = ManifestReader(manifest.path)

    manifest.relist()
    assert reader.is_listing_finished()
    (new,) = manifest.listing()
    manifest.add([], new.row, "a")

    assert [(one.cursor, one.finished) for one in reader.listing()] == [("a", False)]
    assert reader.listing() == manifest.listing()


def test_all_that_is_gone_can_be_removed_on_the_way(manifest: Manifest, fill: Fill) -> None:
    fill(*(f"{number:04d}" for number in range(2500)))
    manifest.relist()

    for page in manifest.unlisted():
        manifest.remove([entry.row for entry, _ in page])

    assert manifest.counts().total == 0


def test_those_with_another_date_alone_come_while_their_rows_follow(
    manifest: Manifest, fill: Fill, info: Info
) -> None:
    keys = [f"{number:04d}" for number in range(2500)]
    fill(*keys).record([Outcome(row, Status.DONE, 1) for row in range(1, 2501)])
    manifest.relist()
    listed = [info(key) for key in keys]
    later = [replace(one, last_modified=one.last_modified + timedelta(hours=1)) for one in listed]

    assert manifest.compare([*later[:-1], listed[-1]]) == ([], [])

    found: list[str] = []
    for entry, modified in manifest.redated():
        found += [entry.key] if modified == later[0].last_modified else []
        manifest.record([Outcome(entry.row, Status.DONE, 1, facts=later[entry.row - 1])])
    assert found == keys[:-1]


@pytest.mark.parametrize(
    ("status", "seconds", "version_id", "is_changed"),
    [
        pytest.param(Status.PENDING, 1.0, "", True, id="another date, not at the target"),
        pytest.param(Status.DONE, 0.5, "", False, id="a date that HTTP cannot tell apart"),
        pytest.param(Status.DONE, 0.0, "v2", True, id="another version"),
        pytest.param(Status.GONE, 0.0, "", True, id="back again"),
    ],
)
def test_what_makes_another_object(  # noqa: PLR0913 - a table
    *,
    manifest: Manifest,
    fill: Fill,
    info: Info,
    status: Status,
    seconds: float,
    version_id: str,
    is_changed: bool,
) -> None:
    fill("a").record([Outcome(1, status, 1)])
    manifest.relist()
    one = info("a", version_id=version_id)
    listed = replace(one, last_modified=one.last_modified + timedelta(seconds=seconds))

    changed = [found for _entry, found in manifest.compare([listed])[1]]

    assert changed == ([listed] if is_changed else [])
    assert list(manifest.redated()) == []


def test_what_is_not_wanted_any_more_is_told_from_what_is_gone(
    manifest: Manifest, fill: Fill, info: Info
) -> None:
    fill("a", "b", "c")
    manifest.relist()
    manifest.compare([info("a")])

    manifest.note_unwanted(["a", "b", "no row"])

    (page,) = manifest.unlisted()
    assert [(entry.key, is_there) for entry, is_there in page] == [("b", True), ("c", False)]
