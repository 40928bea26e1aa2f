"""Listings that are spoilt on the way: a page that can be used, or one failure."""

from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ossh.model import Failure
from ossh.network import Response
from ossh.paths import NameRules, local_path
from ossh.printable import printable
from ossh.selection import Selection
from ossh.store.list_page import parse_page
from ossh.store.listing import read_answer
from tests.unit.store.test_list_page import URL, entry, page_text

pytestmark = pytest.mark.fault("F29")

RULES = NameRules.portable()
MATCH = Selection(newer=datetime(2020, 1, 1, tzinfo=UTC), older=timedelta(days=1)).matcher(
    "a/", datetime(2026, 1, 1, tzinfo=UTC)
)
XML = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
ODD = st.sampled_from(
    [
        *["", " ", "0", "-1", "1_000", "１２", "1e3", "0x10", "9" * 30, "9" * 5000, str(2**63)],
        *["%00", "%", "%zz", "%ED%A0%80", "%FF", "%0A", "..", "%2F", "a%2F..%2Fb", "\u202e"],
        *["2026-01-02", "2026-01-02T03:04:05", "0001-01-01T00:00:00+14:00", "noon", "20260102"],
        *["9999-12-31T23:59:59-14:00", "2026-W01-1", "2026-01-02T03:04:05.000Z", "24:00"],
        *['"E"', '""', "Symlink", "Archive", "true", "false"],
    ]
)
TEXTS = ODD | st.text(XML, max_size=10)
NAMES = st.sampled_from(
    ["Key", "Size", "ETag", "LastModified", "Type", "StorageClass", "Owner", "Prefix", "Contents"]
)
ELEMENTS = st.lists(st.tuples(NAMES, TEXTS), max_size=8)
HEAD = st.sampled_from(["", URL, "<EncodingType>other</EncodingType>", "<Size>1</Size>"])
GOOD = page_text(*(entry(f"a/{number}.gz") for number in range(3)), head=URL)
WHOLE = {"Key": "a/x", "Size": "1", "ETag": "E", "LastModified": "2026-01-02T03:04:05.000Z"}


def element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


def expect_usable_or_failure(body: bytes, **headers: str) -> None:
    """Read a page, and do with its objects what a run does."""
    answer = Response(200, {"x-oss-request-id": "5C3D", **headers}, body)
    found = read_answer(answer, lambda one: parse_page(one.body))
    if isinstance(found, Failure):
        assert found.message == printable(found.message)
        assert len(found.message) < 500
        return
    for info in found.objects:
        MATCH(info)
        assert local_path(info.key, "a/", RULES, is_folder=not info.size)
        seconds = info.last_modified.timestamp()  # as a manifest keeps it
        kept = datetime.fromtimestamp(seconds, UTC)
        assert abs(kept - info.last_modified) < timedelta(milliseconds=1)
        assert info.last_modified.tzinfo is UTC


@given(elements=ELEMENTS, head=HEAD, end=TEXTS, token=TEXTS)
@example([("LastModified", "2026-01-02T03:04:05")], "", "false", "")
@example([("LastModified", "0001-01-01T00:00:00+14:00")], "", "false", "")
@example([("LastModified", "9999-12-31T23:59:59-14:00")], "", "false", "")
@example([("Key", "")], "", "false", "")
@example([("Key", "%00")], URL, "false", "")
def test_whatever_an_entry_holds_the_page_can_be_used_or_is_refused(
    elements: list[tuple[str, str]], head: str, end: str, token: str
) -> None:
    fields = list((WHOLE | dict(elements)).items()) + elements
    content = "".join(element(name, text) for name, text in fields)
    body = page_text(
        f"<Contents>{content}</Contents>", head=head, truncated=escape(end), token=escape(token)
    )

    expect_usable_or_failure(body)


@given(
    splices=st.lists(
        st.tuples(
            st.integers(0, len(GOOD)),
            st.integers(0, 40),
            st.binary(max_size=4)
            | st.sampled_from([b"<", b">", b"&", b"</Contents>", b"<!DOCTYPE x>", b"]]>", b"\0"]),
        ),
        max_size=4,
    ),
    content_type=st.sampled_from(["application/xml", "text/html", ""]),
)
def test_whatever_bytes_a_page_holds_it_can_be_used_or_is_refused(
    splices: list[tuple[int, int, bytes]], content_type: str
) -> None:
    data = GOOD
    for at, length, piece in splices:
        data = data[:at] + piece + data[at + length :]

    expect_usable_or_failure(data, **{"content-type": content_type})
