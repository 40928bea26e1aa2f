"""What the answer to a look at one object says of it."""

import pytest

from ossh.model import Thaw
from ossh.store.head import info_of, missing_hint
from tests.unit.transfer.rig import MODIFIED

HEADERS = {"content-length": "5", "last-modified": "Fri, 02 Jan 2026 03:04:05 GMT"}


def test_an_object_is_as_its_headers_say() -> None:
    headers = {
        **HEADERS,
        "etag": '"E1"',
        "x-oss-object-type": "Appendable",
        "x-oss-storage-class": "IA",
    }

    info = info_of("k", headers)

    assert (info.key, info.size, info.etag) == ("k", 5, "E1")
    assert (info.type, info.storage_class, info.last_modified) == ("Appendable", "IA", MODIFIED)


def test_what_goes_without_saying_is_the_usual() -> None:
    info = info_of("k", HEADERS)

    assert (info.etag, info.type, info.storage_class) == ("", "Normal", "Standard")


@pytest.mark.parametrize("name", ["content-length", "last-modified"])
def test_without_size_or_date_there_is_no_object(name: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        info_of("k", {**HEADERS, name: "?"})


def test_what_is_missing_has_a_hint_of_its_own() -> None:
    assert "case-sensitive" in missing_hint("NoSuchKey")
    assert "list the versions" in missing_hint("NoSuchVersion")
    assert "version before it" in missing_hint("MethodNotAllowed")


def test_archived_object_says_how_far_it_is() -> None:
    headers = {"x-oss-storage-class": "Archive", "x-oss-restore": 'ongoing-request="true"'}

    assert info_of("k", HEADERS | headers).thaw is Thaw.ONGOING
    assert info_of("k", HEADERS).thaw is Thaw.NONE
