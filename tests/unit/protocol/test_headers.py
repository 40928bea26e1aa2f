import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossh.model import Thaw
from ossh.protocol import CLIENT_ENCRYPTION, is_client_encrypted, parse_http_date, thaw_of


@settings(deadline=None)
@given(st.integers(0, 4_000_000_000))
def test_reads_what_the_standard_library_writes(moment: int) -> None:
    from email.utils import formatdate

    assert parse_http_date(formatdate(moment, usegmt=True)) == moment


@pytest.mark.parametrize(
    "text", ["Wed, 25 Nov 2026 08:50:39 +0000", "Wednesday, 25-Nov-26 08:50:39 GMT"]
)
def test_reads_older_forms(text: str) -> None:
    assert parse_http_date(text) == parse_http_date("Wed, 25 Nov 2026 08:50:39 GMT")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "Wed, 25 Nox 2026 08:50:39 GMT",
        "Wed, 31 Feb 2026 08:50:39 GMT",
        "Thu, 01 Jan 2026 00:00:00 +99999999999999999999",
    ],
)
def test_refuses_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_http_date(text)


@pytest.mark.parametrize("name", CLIENT_ENCRYPTION)
def test_either_header_says_that_an_object_is_stored_as_ciphertext(name: str) -> None:
    assert is_client_encrypted({"content-length": "1", name: "a2V5"})
    assert not is_client_encrypted({"x-oss-server-side-encryption": "KMS"})


@pytest.mark.parametrize(
    ("restore", "thaw"),
    [
        ("", Thaw.NONE),
        (" ", Thaw.NONE),
        ('ongoing-request="true"', Thaw.ONGOING),
        ('ongoing-request="false", expiry-date="Thu, 24 Sep 2020 12:40:33 GMT"', Thaw.DONE),
    ],
)
def test_header_says_how_far_an_archived_object_is(restore: str, thaw: Thaw) -> None:
    assert thaw_of(restore) is thaw
