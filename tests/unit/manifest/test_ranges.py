"""The ranges of a listing: begun, cut into pieces, and as far as their pages came."""

import sqlite3
from collections.abc import Callable

import pytest

from ossh.manifest import Manifest, NewEntry
from ossh.model import ObjectInfo

Info = Callable[..., ObjectInfo]


def test_a_page_and_its_cursor_arrive_together(manifest: Manifest, info: Info) -> None:
    first, second = manifest.start_listing([("", "m"), ("m", "")])

    added = manifest.add([NewEntry(info("a"), "a")], first.row, "a")

    assert added == 1
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


def test_the_last_page_of_a_range_may_be_empty(manifest: Manifest) -> None:
    (part,) = manifest.start_listing([("", "")])
    manifest.add([], part.row, "z")

    added = manifest.add([], part.row, finished=True)

    assert added == 0
    assert [(one.cursor, one.finished) for one in manifest.listing()] == [("z", True)]


def test_a_listing_can_begin_anew(manifest: Manifest) -> None:
    manifest.start_listing([("", "m"), ("m", "")])

    (part,) = manifest.start_listing([("", "")])

    assert manifest.listing() == (part,)


def test_a_listing_is_cut_into_pieces_that_touch(manifest: Manifest) -> None:
    (whole,) = manifest.start_listing([("", "")])
    manifest.add([], page_of=whole.row, cursor="b")

    pieces = manifest.cut_listing(whole.row, ["f", "m"])

    ranges = [(one.start, one.end, one.cursor, one.finished) for one in manifest.listing()]
    assert ranges == [("", "f", "b", False), ("f", "m", "f", False), ("m", "", "m", False)]
    assert [one.start for one in pieces] == ["f", "m"]
