"""Pages of listings, against the naive answer."""

from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.demo.content.buckets import MemoryBucket, SyntheticBucket, make_object
from ossh.demo.refusal import Refusal
from ossh.demo.service import list_requests

KEYS = st.text(alphabet="ab/\ud7ff\U0010ffff.", min_size=1, max_size=6)


def bucket_of(keys: set[str]) -> MemoryBucket:
    bucket = MemoryBucket("test-bucket")
    for key in keys:
        bucket.put(make_object(key, b""))
    return bucket


def naive(keys: set[str], prefix: str, delimiter: str) -> list[str]:
    """Return the keys and common prefixes of a view, in the order of UTF-8 bytes."""
    shown = set()
    for key in keys:
        if key.startswith(prefix):
            at = key.find(delimiter, len(prefix)) if delimiter else -1
            shown.add(key if at < 0 else key[: at + len(delimiter)])
    return sorted(shown, key=str.encode)


@given(
    st.sets(KEYS, max_size=30),
    st.sampled_from(["", "a", "a/", "b/a", "\U0010ffff"]),
    st.sampled_from(["", "/", "b/", "\U0010ffff"]),
    st.integers(1, 7),
)
def test_pages_together_are_the_whole_view(
    keys: set[str], prefix: str, delimiter: str, max_keys: int
) -> None:
    bucket, found = bucket_of(keys), []
    query = {"prefix": prefix, "delimiter": delimiter, "max-keys": str(max_keys)}
    query["list-type"] = "2"
    for _ in range(len(keys) + 1):
        page = list_requests.list_page(bucket, query)
        assert len(page.objects) + len(page.prefixes) <= max_keys
        found += sorted([*(o.key for o in page.objects), *page.prefixes])
        if not page.last:
            break
        query["continuation-token"] = list_requests.encode_token(page.last)

    assert found == naive(keys, prefix, delimiter)


@given(st.sets(KEYS, max_size=30), KEYS)
def test_listing_begins_after_a_key(keys: set[str], start_after: str) -> None:
    query = {"list-type": "2", "start-after": start_after, "max-keys": "1000"}

    page = list_requests.list_page(bucket_of(keys), query)

    assert [o.key for o in page.objects] == sorted(key for key in keys if key > start_after)


def test_encoded_xml_carries_any_key() -> None:
    keys = {"a&<b", "c\x01\nd", "e f+g", "h/\u00e9\U0001f680", "i%2Fj"}
    bucket = bucket_of(keys)
    query = {"list-type": "2", "encoding-type": "url", "fetch-owner": "true"}

    page = list_requests.list_page(bucket, query)
    tree = ET.fromstring(list_requests.page_xml(bucket, query, page, lambda _: None))  # noqa: S314 - our own

    assert {unquote(key.text or "") for key in tree.iterfind("Contents/Key")} == keys
    assert {child.tag for child in tree.iterfind("Contents[1]/*")} == {
        "Key", "LastModified", "ETag", "Type", "Size", "StorageClass", "Owner",
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["url", ""])
def test_tokens_are_encoded_as_the_keys_are(encoding: str) -> None:
    asked = {"list-type": "2", "max-keys": "1"} | ({"encoding-type": encoding} if encoding else {})
    bucket, query = bucket_of({"a", "b"}), asked

    page = list_requests.list_page(bucket, query)
    tree = ET.fromstring(list_requests.page_xml(bucket, query, page, lambda _: None))  # noqa: S314 - our own

    shown = tree.findtext("NextContinuationToken") or ""
    assert (unquote(shown) if encoding else shown) == list_requests.encode_token("a")
    assert ("+" in shown) == (not encoding)


def test_unencoded_xml_breaks_on_control_characters() -> None:
    bucket, query = bucket_of({"c\x01d"}), {"list-type": "2"}

    xml = list_requests.page_xml(
        bucket, query, list_requests.list_page(bucket, query), lambda _: None
    )

    with pytest.raises(ET.ParseError):
        ET.fromstring(xml)  # noqa: S314 - our own


@pytest.mark.parametrize(
    "query",
    [
        {"list-type": "2", "max-keys": "0"},
        {"list-type": "2", "max-keys": "1001"},
        {"list-type": "2", "max-keys": "-1"},
        {"list-type": "2", "max-keys": "many"},
        {"list-type": "2", "encoding-type": "xml"},
        {},
        {"list-type": "3"},
        {"list-type": "2", "continuation-token": "!"},
        {"list-type": "2", "continuation-token": "abcd"},
    ],
)
def test_impossible_parameter_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(Refusal) as caught:
        list_requests.list_page(bucket_of(set()), query)

    assert (caught.value.status, caught.value.code) == (400, "InvalidArgument")


@given(KEYS)
def test_successor_is_above_all_that_starts_with_the_prefix(prefix: str) -> None:
    above = list_requests.successor(prefix)

    if above is None:
        assert prefix.strip("\U0010ffff") == ""
    else:
        assert above > prefix + "\U0010ffff" * 3
        assert above.encode()


def test_million_synthetic_objects_are_there_and_cost_nothing() -> None:
    bucket = SyntheticBucket("many", 1_000_000, 4096)
    query = {"list-type": "2", "delimiter": "/", "prefix": "data/"}

    page = list_requests.list_page(bucket, query)
    last = next(bucket.scan("data/00999/00999999.bin"))

    assert page.prefixes[:2] == ("data/00000/", "data/00001/")
    assert bucket.get(last.key) == last
    for key in ("data/00999/00999998.bim", "data/00001/00000001.bin", "data/01000/01000000.bin"):
        assert bucket.get(key) is None
