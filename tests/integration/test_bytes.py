"""Bytes: whatever is served, a final name holds the object, whole and proved, or nothing."""

import gzip
import os

import pytest

from ossh.model import Proof, Status
from ossh.transfer.scheduling.item import SMALL_BODY
from tests.integration.rig import Place, gets, statuses

PART = 512 * 1024  # part size of jobs here: larger than a small body


@pytest.mark.fault("F17")
@pytest.mark.parametrize(
    "size",
    [
        *(0, 1),
        *(SMALL_BODY - 1, SMALL_BODY, SMALL_BODY + 1),
        *(PART - 1, PART, PART + 1),
        *(3 * PART - 1, 3 * PART, 3 * PART + 1),
    ],
)
def test_object_of_any_size_arrives_whole(place: Place, size: int) -> None:
    place.server.put("a.bin", size=size)

    summary = place.get(place.job(part_size=PART))

    assert summary.status == 0
    place.expect("a.bin")
    assert place.entry("a.bin").proof is Proof.CRC64
    assert len(gets(place.server)) == (1 if size <= PART else -(-size // PART))


def test_small_part_size_is_raised_to_what_one_request_takes(place: Place) -> None:
    place.server.put("small.bin", size=SMALL_BODY)
    place.server.put("large.bin", size=SMALL_BODY + 1)

    place.get(place.job(part_size=50_000))

    place.expect("small.bin", "large.bin")
    assert [one["range"] for one in gets(place.server, "small.bin")] == [""]
    assert sorted(one["range"] for one in gets(place.server, "large.bin")) == [
        "bytes=0-49999",
        "bytes=100000-131072",
        "bytes=50000-99999",
    ]


@pytest.mark.fault("F12")
@pytest.mark.parametrize("size", [1000, 400_000, 3 * PART])
def test_gzip_encoded_object_is_stored_as_it_is(place: Place, size: int) -> None:
    body = gzip.compress(os.urandom(size))
    place.server.put("page.html", body, content_encoding="gzip")

    summary = place.get(place.job(part_size=PART))

    assert summary.status == 0
    assert place.files() == {"page.html": body}


@pytest.mark.fault("F12")
@pytest.mark.parametrize("size", [0, 1000, 400_000, 3 * PART])
@pytest.mark.parametrize(
    ("fault", "options"),
    [
        pytest.param("chunked", {}, id="has no length"),
        pytest.param("long", {"extra": 5, "times": 1}, id="is too long"),
        pytest.param("ignore-range", {"after": 1, "times": 1}, id="ignores a range"),
        pytest.param("ignore-range", {"after": 1, "times": 2}, id="ignores two ranges"),
    ],
)
def test_object_arrives_whole_though_an_answer(
    place: Place, fault: str, options: dict[str, int], size: int
) -> None:
    place.server.put("a.bin", size=size)
    place.server.fault(fault, **options)

    summary = place.get(place.job(part_size=PART))

    assert summary.status == 0
    place.expect("a.bin")


@pytest.mark.fault("F14")
@pytest.mark.parametrize(("kind", "proof"), [("Normal", Proof.MD5), ("Multipart", Proof.LENGTH)])
@pytest.mark.parametrize("size", [0, 1000, 400_000, 3 * PART])
def test_object_without_a_checksum_is_proved_as_well_as_it_can_be(
    place: Place, kind: str, proof: Proof, size: int
) -> None:
    place.server.put("old.bin", size=size, type=kind, crc=False)

    summary = place.get(place.job(part_size=PART))

    assert summary.status == 0
    place.expect("old.bin")
    assert summary.proofs == {proof: 1}


@pytest.mark.fault("F15")
@pytest.mark.parametrize("size", [None, PART, 5 * PART])
def test_large_object_replaced_in_the_middle_holds_no_byte_of_the_old_one(
    place: Place, size: int | None
) -> None:
    place.server.put("a.bin", size=4 * PART)
    place.server.fault("changed-etag", after=2, size=size)

    summary = place.get(place.job(part_size=PART))

    assert (summary.status, summary.replaced) == (0, 1)
    place.expect("a.bin")


@pytest.mark.fault("F13")
@pytest.mark.parametrize("fault", ["bad-crc", "corrupt"])
@pytest.mark.parametrize("size", [1000, 400_000, 3 * PART])
def test_object_that_never_has_its_checksum_fails_as_corrupt_and_leaves_nothing(
    place: Place, size: int, fault: str
) -> None:
    place.server.put("a.bin", size=size)
    place.server.put("b.bin", size=size)
    place.server.fault(fault, key="a.bin")

    summary = place.get(place.job(part_size=PART))

    assert summary.status == 1
    assert [cause for cause, *_ in summary.by_cause] == ["corrupt"]
    assert list(place.files()) == ["b.bin"]
    assert list(place.target.glob(".ossh/*/*")) == []
    assert place.entry("a.bin").attempts == 3
    told = (place.target / ".oss-failed.csv").read_text(encoding="utf-8")
    assert 'a.bin,"corrupt: CRC64 is' in told
    place.server.clear_faults()
    assert place.get(place.job(part_size=PART)).status == 0
    place.expect("a.bin", "b.bin")


@pytest.mark.fault("F16")
@pytest.mark.parametrize(("size", "after"), [(1000, 0), (400_000, 0), (4 * PART, 0), (4 * PART, 2)])
def test_object_that_is_deleted_is_gone_and_the_others_go_on(
    place: Place, size: int, after: int
) -> None:
    place.server.put("a.bin", size=size)
    place.server.put("b.bin", size=size)
    place.server.fault("gone", key="a.bin", after=after)

    summary = place.get(place.job(part_size=PART, connections=1))

    assert summary.status == 1
    assert summary.counts.objects[Status.GONE] == 1
    asked = statuses(place.server, "a.bin")  # a second part may be on its way by then
    assert asked in ([206] * after + [404], [206] * after + [404, 404])
    assert place.entry("a.bin").attempts == 1
    assert list(place.files()) == ["b.bin"]
    assert "a.bin,gone: no such object" in (place.target / ".oss-failed.csv").read_text()
    assert place.get(place.job(part_size=PART)).status == 1
    assert statuses(place.server, "a.bin") == asked  # `get` does not ask again
