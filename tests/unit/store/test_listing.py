"""Pages: parsed from texts, and asked of the demo server."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossh import demo
from ossh.model import Cause, Failure, ObjectInfo, Source
from ossh.network import Http
from ossh.store.credentials import Credentials
from ossh.store.listing import Lister, ListPage, parse_page
from ossh.store.signer import Signer

ENTRY = (
    "<Contents><Key>{key}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>"
    "<ETag>&quot;5B3C1A2E053D763E1B002CC607C5A0FE&quot;</ETag><Type>Normal</Type>"
    "<Size>344606</Size><StorageClass>IA</StorageClass>{more}</Contents>"
)


def page_text(*entries: str, head: str = "", truncated: str = "false", token: str = "") -> bytes:
    """Return the body of a page."""
    next_token = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult>\n<Name>b</Name>'
        f"<Prefix></Prefix><MaxKeys>1000</MaxKeys>{head}<IsTruncated>{truncated}</IsTruncated>"
        f"{next_token}<KeyCount>1</KeyCount>{''.join(entries)}</ListBucketResult>"
    ).encode()


def entry(key: str, more: str = "") -> str:
    """Return one object's element."""
    return ENTRY.format(key=key, more=more)


URL = "<EncodingType>url</EncodingType>"


def test_an_entry_becomes_an_object() -> None:
    page = parse_page(page_text(entry("logs%2Fa%20b.gz"), head=URL))

    assert page == ListPage(
        (
            ObjectInfo(
                "logs/a b.gz",
                344606,
                "5B3C1A2E053D763E1B002CC607C5A0FE",
                datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
                "Normal",
                "IA",
            ),
        ),
        (),
        "",
    )
    assert not page.is_truncated


def test_elements_that_are_not_needed_do_not_disturb() -> None:
    more = (
        "<Owner><ID>1</ID><DisplayName>x</DisplayName></Owner>"
        '<RestoreInfo>ongoing-request="true"</RestoreInfo>'
    )

    page = parse_page(page_text(entry("a", more), "\n  ", entry("b"), head=URL))

    assert [info.key for info in page.objects] == ["a", "b"]


def test_common_prefixes_are_decoded_too() -> None:
    prefixes = "".join(
        f"<CommonPrefixes>\n <Prefix>{name}</Prefix></CommonPrefixes>" for name in ("a%2F", "%E4/")
    )

    page = parse_page(page_text(prefixes.replace("%E4", "%C3%A4"), head=URL))

    assert page.prefixes == ("a/", "ä/")
    assert page.objects == ()


def test_a_truncated_page_carries_the_token_of_the_next() -> None:
    page = parse_page(page_text(entry("a"), truncated="true", token="abc="))

    assert page.is_truncated
    assert page.token == "abc="


def test_a_token_of_a_last_page_is_not_followed() -> None:
    assert parse_page(page_text(entry("a"), token="abc=")).token == ""


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), max_size=8))
def test_every_key_comes_back_when_it_was_url_encoded(keys: list[str]) -> None:
    body = page_text(*(entry(quote(key, safe="-_.~")) for key in keys), head=URL)

    assert [info.key for info in parse_page(body).objects] == keys


@settings(deadline=None)
@given(
    st.lists(
        st.text(
            st.characters(
                codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"
            ),
            min_size=1,
            max_size=40,
        ),
        max_size=8,
    )
)
def test_keys_that_were_not_encoded_are_not_decoded(keys: list[str]) -> None:
    body = page_text(*(entry(escape(key)) for key in keys))

    assert [info.key for info in parse_page(body).objects] == keys


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the listing cannot be read: no element found"),
        (b"<html><p>Log in</html>", "the answer is no listing but <html>"),
        (b"<!DOCTYPE html><html></html>", "the answer is no listing but has a document type"),
        (page_text(entry("a"))[:-5], "the listing cannot be read: unclosed token"),
        (page_text(truncated="true"), "the listing goes on but does not say where"),
        (
            page_text(entry("a").replace("<Size>344606</Size>", "")),
            "an entry of the listing has no Size",
        ),
        (page_text(entry("a").replace("344606", "big")), "invalid literal"),
        (
            page_text(entry("a").replace("344606", str(10**30))),
            "an entry of the listing has an impossible",
        ),
        (
            page_text(entry("a").replace("344606", "-1")),
            "an entry of the listing has an impossible",
        ),
        (b"<ListBucketResult></ListBucketResult>", "the listing does not say whether it goes on"),
        (page_text(entry("a").replace("2026-01-02", "soon")), "Invalid isoformat string"),
        (
            b"<ListBucketResult><IsTruncated>false</IsTruncated><Contents/></ListBucketResult>",
            "an entry of the listing has no Key",
        ),
    ],
)
def test_what_is_no_page_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_page(body)

    assert str(caught.value).startswith(reason)


def test_an_entity_bomb_is_not_expanded() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><ListBucketResult>&a;</ListBucketResult>'

    with pytest.raises(ValueError, match="document type"):
        parse_page(bomb)


def lister(source: Source, keys: Credentials) -> Lister:
    """Return a lister of a source."""
    signer = Signer(source, keys)
    return Lister(lambda: signer, Http())


def listed(answer: ListPage | Failure) -> ListPage:
    """Return an answer that must be a page."""
    assert isinstance(answer, ListPage), answer
    return answer


def refused(answer: ListPage | Failure) -> Failure:
    """Return an answer that must be a failure."""
    assert isinstance(answer, Failure), answer
    return answer


ODD_KEYS = ["a b+c", "a/../b", "ctrl\x01\n", "ü/\U0001f600", "x&y<z>", "%2F", "..", "q?a=b#c"]


@pytest.mark.parametrize("region", ["cn-hangzhou", ""])
def test_pages_of_a_bucket_hold_all_its_keys_in_order(
    server: demo.DemoServer, source: Source, keys: Credentials, region: str
) -> None:
    for key in ODD_KEYS:
        server.put(key, b"x", bucket=source.bucket)
    asked = lister(replace(source, region=region), keys)

    found, token = [], ""
    while True:
        page = listed(asked.page("", token=token, max_keys=3))
        found += [info.key for info in page.objects]
        token = page.token
        if not page.is_truncated:
            break

    assert found == sorted(ODD_KEYS, key=str.encode)


def test_a_level_shows_prefixes_and_objects(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    for key in ("logs/a/1", "logs/a/2", "logs/b c/3", "logs/top", "other"):
        server.put(key, b"x", bucket=source.bucket)

    page = listed(lister(source, keys).page("logs/", delimiter="/"))

    assert page.prefixes == ("logs/a/", "logs/b c/")
    assert [info.key for info in page.objects] == ["logs/top"]


def test_a_listing_goes_on_behind_a_key(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    for key in ("a", "b", "b/1", "c"):
        server.put(key, b"x", bucket=source.bucket)

    page = listed(lister(source, keys).page("", start_after="b"))

    assert [info.key for info in page.objects] == ["b/1", "c"]


def test_a_short_page_is_not_the_last(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    for key in ("a", "b", "c"):
        server.put(key, b"x", bucket=source.bucket)
    server.fault("short-page", operation="list", times=1)

    page = listed(lister(source, keys).page(""))

    assert len(page.objects) == 1
    assert page.is_truncated


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"bucket": "no-such-bucket"}, Cause.NO_BUCKET),
        ({"region": "cn-beijing"}, Cause.WRONG_ENDPOINT),
        ({"anonymous": True}, Cause.DENIED),
    ],
)
def test_a_refusal_is_a_value(
    source: Source, keys: Credentials, changes: dict[str, object], cause: Cause
) -> None:
    failure = refused(lister(replace(source, **changes), keys).page(""))  # type: ignore[arg-type]

    assert failure.cause is cause
    assert failure.request_id


@pytest.mark.parametrize(
    ("key_id", "secret", "code"),
    [("nobody", "x", "InvalidAccessKeyId"), ("", "wrong", "SignatureDoesNotMatch")],
)
def test_wrong_keys_are_told_apart_and_not_repeated(
    source: Source, keys: Credentials, key_id: str, secret: str, code: str
) -> None:
    wrong = Credentials(key_id or keys.access_key_id, secret)

    failure = refused(lister(source, wrong).page(""))

    assert (failure.cause, failure.code) == (Cause.BAD_CREDENTIALS, code)
    assert wrong.access_key_id not in json.dumps([failure.message, failure.code])


@pytest.mark.parametrize("hours", [-3, 5])
def test_a_wrong_clock_is_corrected_with_the_services_own(
    server: demo.DemoServer, source: Source, keys: Credentials, hours: int
) -> None:
    server.put("a", b"x", bucket=source.bucket)
    server.set_clock(hours * 3600)
    signer = Signer(source, keys)

    page = listed(Lister(lambda: signer, Http()).page(""))

    assert [info.key for info in page.objects] == ["a"]
    assert abs(signer.clock_offset - hours * 3600) < 60


def test_a_clock_that_cannot_be_corrected_is_a_failure(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    server.fault("skew", operation="list", minutes=30)
    signer = Signer(source, keys)

    failure = refused(Lister(lambda: signer, Http()).page(""))

    assert signer.clock_offset == 0.0
    assert failure.cause is Cause.CLOCK
    assert failure.message == "this computer's clock is 30 minutes behind"


def test_a_portal_is_recognised(server: demo.DemoServer, source: Source, keys: Credentials) -> None:
    server.fault("portal", operation="list")

    assert refused(lister(source, keys).page("")).cause is Cause.NOT_OSS


@pytest.mark.parametrize(
    ("body", "cause"),
    [(b"<ListBucketResult>", Cause.CORRUPT), (b"<Error/>", Cause.CORRUPT)],
)
def test_an_answer_of_oss_that_is_no_page_is_corrupt(
    answering: Callable[[bytes], str], keys: Credentials, body: bytes, cause: Cause
) -> None:
    head = f"HTTP/1.1 200 OK\r\nx-oss-request-id: R1\r\nContent-Length: {len(body)}\r\n\r\n"
    source = Source(answering(head.encode() + body), "cn-hangzhou", "my-bucket")

    failure = refused(lister(source, keys).page(""))

    assert (failure.cause, failure.request_id) == (cause, "R1")


def test_a_clock_error_without_any_time_is_passed_on(
    answering: Callable[[bytes], str], keys: Credentials
) -> None:
    body = b"<Error><Code>RequestTimeTooSkewed</Code></Error>"
    head = f"HTTP/1.1 403 F\r\nx-oss-request-id: R1\r\nContent-Length: {len(body)}\r\n\r\n"
    source = Source(answering(head.encode() + body), "cn-hangzhou", "my-bucket")

    assert refused(lister(source, keys).page("")).cause is Cause.CLOCK


def test_a_service_that_cannot_be_reached_is_a_failure(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    server.offline()

    assert refused(lister(source, keys).page("")).cause in {Cause.NETWORK, Cause.RESET}
