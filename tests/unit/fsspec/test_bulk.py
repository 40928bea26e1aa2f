"""Ranges of one object, which may be replaced between two of them."""

import pytest

from ossh.fsspec.bulk import contents, refuse_mixtures
from ossh.python.errors import StoreSystemError
from ossh.store.wanted import Wanted


def test_ranges_of_one_object_are_of_one_version_or_none() -> None:
    mixed = [Wanted("bucket", "mixed", etag="a"), Wanted("bucket", "mixed", etag="b")]
    others = [Wanted("bucket", "k", etag="a"), Wanted("bucket", "k", etag="a"), Wanted("b", "k")]

    refuse_mixtures([*mixed, *others])

    assert all("replaced" in str(one.error) for one in mixed)
    assert [one.error for one in others] == [None] * 3
    assert [type(one) for one in contents([*mixed, *others], "return")] == [
        *([StoreSystemError] * 2),
        *([bytes] * 3),
    ]
    with pytest.raises(OSError, match="replaced"):
        contents([*others, *mixed], "raise")
