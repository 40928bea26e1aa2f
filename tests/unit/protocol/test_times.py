import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossh.protocol import parse_http_date, server_time


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


def test_the_error_body_is_believed_before_the_date() -> None:
    text = b"<Error><ServerTime>2019-03-30T13:18:53.000Z</ServerTime></Error>"

    assert server_time({"date": "Thu, 01 Jan 1970 12:52:37 GMT"}, text) == 1553951933.0
    assert server_time({"date": "Thu, 01 Jan 1970 00:00:07 GMT"}, b"") == 7.0
    assert server_time({"date": "noon"}, b"") is None
    assert server_time({}, b"") is None
