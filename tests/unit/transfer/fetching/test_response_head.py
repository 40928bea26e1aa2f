"""Heads of responses: what they say of the object, and whether it is what was asked for."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh import protocol
from ossh.model import ByteRange, Cause, Entry, Failure
from ossh.transfer.fetching.response_head import mismatch, served_by
from ossh.transfer.messages import Fetch, Served
from ossh.units import moment_at
from tests.unit.transfer.rig import entry

WHOLE = Fetch(entry(1, 100, key="k"))
RANGED = Fetch(entry(1, 100, key="k"), ByteRange(10, 60))
OSS = {"x-oss-request-id": "5C3D", "etag": '"E1"'}
FOUND = Served(100, "E1", None, 0.0)


def test_all_that_headers_say_is_taken() -> None:
    headers = {
        "content-length": "100",
        "etag": '"E1X"',
        "x-oss-hash-crc64ecma": "18446744073709551615",
        "last-modified": "Fri, 02 Jan 2026 03:04:05 GMT",
        "x-oss-object-type": "Multipart",
        "x-oss-storage-class": "IA",
    }

    found = Served(100, "E1X", 2**64 - 1, 1767323045.0, "Multipart", "IA")
    assert served_by(headers, 7, with_date=True) == found
    assert served_by(headers, 7) == replace(found, modified=0.0)


def test_what_headers_do_not_say_is_as_expected_or_unknown() -> None:
    assert served_by({}, 7) == Served(7, "", None, 0.0, "", "Standard")
    assert served_by({}, 7, with_date=True) == served_by({}, 7)


@pytest.mark.parametrize(
    ("text", "modified"),
    [
        ("Thu, 01 Jan 1970 00:00:01 GMT", 1.0),
        ("Wed, 31 Dec 1969 23:59:59 GMT", 0.0),
        ("Fri, 01 Jan 9999 00:00:00 GMT", 253370764800.0),
        ("Fri, 01 Jan 9999 00:00:01 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 -0800", 0.0),
        ("yesterday", 0.0),
    ],
)
def test_a_date_is_read_if_files_can_have_it(text: str, modified: float) -> None:
    assert served_by({"last-modified": text}, 7, with_date=True).modified == modified


def test_an_object_that_its_client_encrypted_is_known_as_such() -> None:
    headers = {"x-oss-meta-client-side-encryption-key": "k"}

    assert [served_by(one, 7).is_client_encrypted for one in (headers, {})] == [True, False]


def test_the_largest_checksum_is_one_and_no_longer_number_is() -> None:
    checksums = ["9" * 20, "9" * 21]

    found = [served_by({"x-oss-hash-crc64ecma": one}, 7).crc64 for one in checksums]

    assert found == [10**20 - 1, None]


def test_the_size_is_that_of_the_whole_object_where_a_range_is_served() -> None:
    headers = {"content-length": "50", "content-range": "bytes 10-59/100"}

    assert served_by(headers, 7).size == 100


@pytest.mark.parametrize("total", ["*", "9 ", "", "-5", "\u00b2", "9" * 5000])
def test_a_size_that_is_none_is_not_believed(total: str) -> None:
    assert served_by({"content-range": f"bytes 10-59/{total}"}, 7).size == 7
    assert served_by({"content-range": total, "content-length": "8"}, 7).size == 8
    assert served_by({"content-length": total}, 7).size == 7
    assert served_by({"x-oss-hash-crc64ecma": total}, 7).crc64 is None


@given(
    st.dictionaries(
        st.sampled_from(
            ["content-length", "content-range", "etag", "last-modified", "x-oss-hash-crc64ecma"]
        ),
        st.text(st.characters(max_codepoint=255)),
    )
)
def test_no_header_whatsoever_is_an_error(headers: dict[str, str]) -> None:
    assert served_by(headers, 7).size >= 0


def test_the_answer_asked_for_is_accepted() -> None:
    assert mismatch(WHOLE, 200, OSS, FOUND) is None
    ranged = {**OSS, "content-range": "bytes 10-59/100"}
    assert mismatch(RANGED, 206, ranged, FOUND) is None


def test_an_answer_without_request_id_is_not_of_the_service() -> None:
    headers = {"content-length": "100", "content-type": "text/html"}

    assert mismatch(WHOLE, 200, headers, FOUND) == protocol.failure(200, headers, b"")


REPLACED = ("etag differs", "the object was replaced since it was listed")


@pytest.mark.parametrize(
    ("found", "code", "text"),
    [
        (Served(100, "E2", None, 0.0), *REPLACED),
        (Served(101, "E2", None, 0.0), *REPLACED),
        (
            Served(101, "", None, 0.0),
            "size differs",
            "the object has 101 bytes now, 100 were listed",
        ),
        (
            Served(99, "E1", None, 0.0),
            "size differs",
            "the object has 99 bytes now, 100 were listed",
        ),
    ],
)
def test_another_version_of_the_object_is_seen(found: Served, code: str, text: str) -> None:
    headers = {**OSS, "x-oss-request-id": "5C\x1b3D"}

    assert mismatch(WHOLE, 200, headers, found) == Failure(Cause.CHANGED, code, text, r"5C\x1b3D")


@pytest.mark.fault("F12")
def test_more_than_the_listed_bytes_of_the_same_version_are_no_other_version() -> None:
    text = "the object has 101 bytes now, 100 were listed"
    failure = mismatch(WHOLE, 200, OSS, Served(101, "E1", None, 0.0))

    assert failure == Failure(Cause.CORRUPT, "body too long", text, "5C3D")


def test_an_etag_that_one_side_does_not_know_tells_nothing() -> None:
    unknown = Fetch(Entry(1, "k", "k", 100, "", moment_at(0.0), "Normal"))

    assert mismatch(unknown, 200, OSS, FOUND) is None
    assert mismatch(WHOLE, 200, OSS, replace(FOUND, etag="")) is None
    longer = mismatch(unknown, 200, OSS, replace(FOUND, size=101))
    assert longer is not None
    assert longer.cause is Cause.CHANGED


IGNORED = ("range ignored", "the service ignored the range")
UNASKED = "only part of the object was served where all of it was requested"


@pytest.mark.fault("F12")
@pytest.mark.parametrize(
    ("task", "status", "content_range", "said"),
    [
        *((RANGED, 200, content, IGNORED) for content in ("", "bytes 10-59/100")),
        *((RANGED, 206, content, IGNORED) for content in ("", "bytes 0-49/100")),
        (WHOLE, 206, "bytes 10-59/100", ("unasked range", UNASKED)),
    ],
)
def test_another_range_than_was_asked_for_is_not_taken(
    task: Fetch, status: int, content_range: str, said: tuple[str, str]
) -> None:
    failure = mismatch(task, status, {**OSS, "content-range": content_range}, FOUND)

    assert failure == Failure(Cause.CORRUPT, *said, "5C3D")


def test_of_what_grows_the_beginning_is_the_answer_asked_for_and_no_less() -> None:
    task = replace(RANGED, grows=True)
    ranged = {**OSS, "content-range": "bytes 10-59/130"}

    longer, shorter = Served(130, "E2", None, 0.0), Served(70, "E2", None, 0.0)

    assert mismatch(task, 206, ranged, longer) is None
    short = mismatch(task, 206, ranged, shorter)
    assert short is not None
    assert short.cause is Cause.CHANGED
    assert mismatch(replace(task, grows=False), 206, ranged, longer) is not None
