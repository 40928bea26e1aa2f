"""A bucket listed anew: what is new, changed and gone, whatever the order of the listing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from ossh.manifest import Manifest, NewEntry, Outcome
from ossh.model import ObjectInfo, Status

Info = Callable[..., ObjectInfo]
Fill = Callable[..., Manifest]


def gone(manifest: Manifest) -> list[str]:
    return [key for page in manifest.unlisted() for _, key in page]


def test_what_is_new_changed_and_gone_is_told_apart(
    manifest: Manifest, fill: Fill, info: Info
) -> None:
    fill("a", "b", "c", "d").record([Outcome(3, Status.DONE, 1)])
    manifest.relist()

    first = manifest.compare([info("d"), info("b", etag="E2"), info("bb"), info("bb")])
    second = manifest.compare([info("a", size=11), info("b", etag="E2")])

    assert [one.key for one in (*first.new, *second.new)] == ["bb"]
    assert [(entry.row, one.etag) for entry, one in first.changed] == [(2, "E2")]
    assert [(entry.size, one.size) for entry, one in second.changed if one.key == "a"] == [(10, 11)]
    assert gone(manifest) == ["c"]


def test_an_object_that_is_back_counts_as_changed(
    manifest: Manifest, fill: Fill, info: Info
) -> None:
    fill("a").record([Outcome(1, Status.GONE, 1)])
    manifest.relist()

    assert [entry.key for entry, _ in manifest.compare([info("a")]).changed] == ["a"]


def test_a_symlink_is_compared_by_its_date_as_its_row_knows_what_it_serves(
    manifest: Manifest, info: Info
) -> None:
    link = info("a", size=0, type="Symlink")
    manifest.add([NewEntry(link, "a")])
    manifest.record([Outcome(1, Status.DONE, 1, facts=replace(link, size=70, etag="E7"))])
    manifest.relist()

    assert manifest.compare([link]).changed == ()
    later = replace(link, last_modified=link.last_modified + timedelta(seconds=1))
    assert len(manifest.compare([later]).changed) == 1


def test_listing_begins_anew_and_what_a_broken_off_one_saw_is_forgotten(
    manifest: Manifest, fill: Fill, info: Info
) -> None:
    fill("a", "b")
    manifest.relist()
    manifest.compare([info("a"), info("b")])

    manifest.relist()

    assert gone(manifest) == ["a", "b"]
    assert [(one.cursor, one.finished) for one in manifest.listing()] == [("", False)]


def test_all_that_is_gone_can_be_removed_on_the_way(manifest: Manifest, fill: Fill) -> None:
    fill(*(f"{number:04d}" for number in range(2500)))
    manifest.relist()

    for page in manifest.unlisted():
        manifest.remove([row for row, _ in page])

    assert manifest.counts().total == 0
