"""Ranges of one object, which may be replaced between two of them."""

from ossh.fsspec.bulk import refuse_mixtures
from ossh.store.wanted import Wanted


def test_ranges_of_one_object_are_of_one_version_or_none() -> None:
    mixed = [Wanted("bucket", "mixed", etag="a"), Wanted("bucket", "mixed", etag="b")]
    others = [Wanted("bucket", "k", etag="a"), Wanted("bucket", "k", etag="a"), Wanted("b", "k")]

    refuse_mixtures([*mixed, *others])

    assert all("replaced" in str(one.error) for one in mixed)
    assert [one.error for one in others] == [None] * 3
