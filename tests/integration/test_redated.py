"""Objects that were written again with size and ETag as before: their CRC64 tells what they are."""

import os
from datetime import timedelta
from typing import Any

import pytest

from ossh.demo import DemoServer
from ossh.model import Proof, Status
from ossh.transfer.planning.preflight import Change, Changes, Preflight
from ossh.transfer.watching import Summary
from tests.integration.rig import MODIFIED, Place, finish, gets

LATER = MODIFIED + timedelta(hours=1)
OLD, NEW = b"old bytes", b"new bytes"

pytestmark = pytest.mark.fault("F30")


def put(server: DemoServer, body: bytes, **facts: Any) -> None:
    facts = {"last_modified": MODIFIED, "type": "Multipart", "etag": "E-2", **facts}
    server.put("a", body, **facts)


def fetch(place: Place, **facts: Any) -> None:
    """Fetch the object "a" and "others", which nobody writes again."""
    put(place.server, OLD, **facts)
    place.server.fill("others/{}", 3, 10)
    assert place.get().status == 0
    place.server.clear_requests()


def refresh(place: Place) -> tuple[Summary, dict[Change, int]]:
    changes = Changes()
    summary = finish(place.run(changes=changes, preflight=Preflight()))
    return summary, dict(changes.objects)


def heads(server: DemoServer) -> list[str]:
    return [one["key"] for one in server.requests() if one["method"] == "HEAD"]


def test_the_same_bytes_with_another_date_change_only_the_date(place: Place) -> None:
    fetch(place)
    before = (place.target / "a").stat()
    put(place.server, OLD, last_modified=LATER, storage_class="IA")

    assert refresh(place)[1] == {}
    assert refresh(place)[1] == {}
    assert heads(place.server) == ["a"]  # once, and for no row that does not differ

    entry = place.entry("a")
    assert (entry.last_modified, entry.storage_class) == (LATER, "IA")
    assert (entry.status, entry.proof) == (Status.DONE, Proof.CRC64)
    assert (place.target / "a").stat() == before
    assert place.get().status == 0
    assert gets(place.server) == []


@pytest.mark.parametrize("crc", [True, False])
def test_other_bytes_with_the_same_etag_are_fetched(place: Place, *, crc: bool) -> None:
    fetch(place)
    put(place.server, NEW, last_modified=LATER, crc=crc)

    assert refresh(place)[1] == {Change.CHANGED: 1}
    assert place.get().status == 0

    assert (place.target / "a").read_bytes() == NEW
    assert [one["key"] for one in gets(place.server)] == ["a"]
    assert place.entry("a").last_modified == LATER


@pytest.mark.parametrize("body", [OLD, NEW])
def test_a_file_that_was_only_found_here_is_read(place: Place, body: bytes) -> None:
    place.target.mkdir()
    (place.target / "a").write_bytes(OLD)
    os.utime(place.target / "a", (MODIFIED.timestamp(),) * 2)
    fetch(place)
    assert place.entry("a").own is None
    put(place.server, body, last_modified=LATER)

    changes = refresh(place)[1]

    if body == NEW:
        assert changes == {Change.CHANGED: 1}
        assert place.get().counts.missing == 1  # it is not ours to replace
        assert (place.target / "a").read_bytes() == OLD
    else:
        assert changes == {}
        assert (place.entry("a").status, place.entry("a").proof) == (Status.SKIPPED, Proof.CRC64)
        assert place.get().status == 0
        assert gets(place.server) == []


def test_an_object_without_bytes_takes_no_request(place: Place) -> None:
    for key in ("empty", "folder/"):
        place.server.put(key, b"", last_modified=MODIFIED)
    place.get()
    place.server.clear_requests()
    for key in ("empty", "folder/"):
        place.server.put(key, b"", last_modified=LATER)

    assert refresh(place)[1] == {}
    assert heads(place.server) == []
    assert {place.entry(key).last_modified for key in ("empty", "folder/")} == {LATER}
    assert place.get().status == 0
    assert gets(place.server) == []


def test_an_object_that_is_back_with_its_etag_is_fetched(place: Place) -> None:
    fetch(place)
    place.server.delete("a")
    (place.target / "a").unlink()
    place.get()
    assert place.entry("a").status is Status.GONE
    (place.target / "a").write_bytes(OLD)
    os.utime(place.target / "a", (MODIFIED.timestamp(),) * 2)
    put(place.server, NEW, last_modified=LATER)

    assert refresh(place)[1] == {Change.CHANGED: 1}
    assert place.get().status == 0
    assert (place.target / "a").read_bytes() == NEW


def test_an_object_that_nobody_may_ask_for_is_left_to_the_next_get(place: Place) -> None:
    fetch(place)
    put(place.server, OLD, last_modified=LATER)
    place.server.fault("status", operation="head", status=503, times=1)  # asked again
    place.server.fault("status", operation="head", status=403, code="AccessDenied")

    assert refresh(place)[1] == {Change.CHANGED: 1}
    assert heads(place.server) == ["a", "a"]
    assert place.entry("a").status is Status.PENDING
