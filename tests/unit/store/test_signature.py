from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossh.store.signature import canonical_query, in_url, query_text, quoted, sorted_headers

texts = st.text(st.characters(codec="utf-8"), max_size=30)


@settings(deadline=None)
@given(texts)
def test_what_is_quoted_can_be_read_back(key: str) -> None:
    assert unquote(quoted(key)) == key
    assert unquote(in_url(key)) == key


@pytest.mark.parametrize("key", ["a.b", ".a", "a..", "...", "a/.b/c.", "a", "//"])
def test_keys_with_mere_dots_are_quoted_as_others(key: str) -> None:
    assert in_url(key) == quoted(key)


@pytest.mark.parametrize("key", [".", "..", "./a", "a/../b", "a/.", "../.."])
def test_no_software_sees_segments_of_dots(key: str) -> None:
    assert unquote(in_url(key)) == key
    assert not {".", ".."} & set(in_url(key).split("/"))


def test_a_query_is_sorted_and_bare_where_it_is_empty() -> None:
    assert canonical_query((("b", "/"), ("a", ""), ("B", "1"))) == "B=1&a&b=%2F"
    assert query_text((("a", ""),)) == "?a"
    assert query_text(()) == ""


def test_headers_are_parted_into_signed_ones_and_others() -> None:
    headers = {"X-OSS-Meta-A": "1", "Range": "bytes=0-1", "Content-Type": "a/b"}

    assert sorted_headers(headers) == (
        (("x-oss-meta-a", "1"), ("content-type", "a/b")),
        ("Range: bytes=0-1",),
    )
