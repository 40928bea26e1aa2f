"""Asking for pages: a real bucket answers, on the demo server."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from ossh import demo
from ossh.model import Cause, Failure, ObjectInfo, ObjectStat, Source, Thaw
from ossh.network import Http
from ossh.store.credentials import Credentials
from ossh.store.list_page import ListPage
from ossh.store.listing import Lister, PageQuery, info_of, missing_hint
from ossh.store.signer import Signer
from ossh.store.version_page import Position
from tests.unit.store.conftest import from_oss, lister
from tests.unit.transfer.rig import MODIFIED


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
        page = listed(asked.page(PageQuery("", token=token, max_keys=3)))
        found += [info.key for info in page.objects]
        token = page.token
        if not page.token:
            break

    assert found == sorted(ODD_KEYS, key=str.encode)


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
    failure = refused(lister(replace(source, **changes), keys).page(PageQuery("")))  # type: ignore[arg-type]

    assert failure.cause is cause
    assert failure.request_id


@pytest.mark.parametrize("hours", [-3, 5])
def test_a_wrong_clock_is_corrected_with_the_services_own(
    server: demo.DemoServer, source: Source, keys: Credentials, hours: int
) -> None:
    server.put("a", b"x", bucket=source.bucket)
    server.set_clock(hours * 3600)
    signer = Signer(source, keys)

    page = listed(Lister(lambda: signer, Http()).page(PageQuery("")))

    assert [info.key for info in page.objects] == ["a"]
    assert abs(signer.clock_offset - hours * 3600) < 60


def test_a_clock_that_cannot_be_corrected_is_a_failure(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    server.fault("skew", operation="list", minutes=30)
    signer = Signer(source, keys)

    failure = refused(Lister(lambda: signer, Http()).page(PageQuery("")))

    assert signer.clock_offset == 0.0
    assert failure.cause is Cause.CLOCK
    assert failure.message == "this computer's clock is wrong"


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        ("200 OK", b"<ListBucketResult>", Cause.CORRUPT),
        ("200 OK", b"<Error/>", Cause.CORRUPT),
        # without any time by which the clock could be set
        ("403 F", b"<Error><Code>RequestTimeTooSkewed</Code></Error>", Cause.CLOCK),
    ],
)
def test_an_answer_of_oss_that_is_no_page_is_a_failure(
    answering: Callable[[bytes], str], keys: Credentials, status: str, body: bytes, cause: Cause
) -> None:
    source = Source(answering(from_oss(body, status)), "cn-hangzhou", "my-bucket")

    failure = refused(lister(source, keys).page(PageQuery("")))

    assert (failure.cause, failure.request_id) == (cause, "R1")


@pytest.mark.parametrize("region", ["cn-hangzhou", ""])
@pytest.mark.parametrize("key", ["logs/a b+c.gz", "a/../b", "ü\n"])
def test_an_object_is_looked_at(
    server: demo.DemoServer, source: Source, keys: Credentials, key: str, region: str
) -> None:
    etag = server.put(
        key, b"hello", bucket=source.bucket, last_modified=MODIFIED, meta={"colour": "red"}
    )["etag"]

    stat = lister(replace(source, region=region), keys).stat(key)

    assert isinstance(stat, ObjectStat)
    assert stat.info == ObjectInfo(key, 5, etag, MODIFIED, "Normal", "Standard")
    assert stat.headers["x-oss-meta-colour"] == "red"
    assert stat.headers["x-oss-hash-crc64ecma"].isdigit()


def test_a_symlink_tells_where_it_points(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    server.put("über", b"hello", bucket=source.bucket)
    server.put("link", bucket=source.bucket, symlink_to="über")

    stat = lister(source, keys).stat("link")

    assert isinstance(stat, ObjectStat)
    assert stat.info.type == "Symlink"
    assert stat.headers["x-oss-symlink-target"] == "über"


def test_each_version_of_an_object_tells_of_itself(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    server.put("k", b"one", bucket=source.bucket, headers={"x-oss-version-id": "v1"})
    server.put("k", b"three", bucket=source.bucket, headers={"x-oss-version-id": "v2"})
    server.delete("k", bucket=source.bucket, marker="v3")
    asked = lister(source, keys)

    first, second = asked.stat("k", "v1"), asked.stat("k", "v2")
    assert isinstance(first, ObjectStat)
    assert isinstance(second, ObjectStat)
    assert (first.info.size, second.headers["x-oss-version-id"]) == (3, "v2")
    missing = [asked.stat("k", version_id) for version_id in ("v3", "v9", "")]
    said = [str(one.message) for one in missing if isinstance(one, Failure)]
    assert "is a delete marker" in said[0]
    assert "no such version" in said[1]
    assert said[2] == "the object was deleted, but its versions are kept"


def test_a_version_without_size_or_date_is_no_answer(
    answering: Callable[[bytes], str], source: Source, keys: Credentials
) -> None:
    elsewhere = replace(source, endpoint=answering(from_oss(b"")))

    found = lister(elsewhere, keys).head("k", "v1")

    assert isinstance(found, Failure)
    assert (found.cause, found.code) == (Cause.CORRUPT, "bad answer")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            {"prefix": "b/"},
            "keys that start with 'b/' were requested, but the listing has 'logs/1'",
        ),
        (
            {"prefix": "b/", "delimiter": "/"},
            "keys that start with 'b/' were requested, but the listing has 'logs/'",
        ),
        (
            {"start_after": "logs/1\x1b", "prefix": "logs/"},
            "keys after 'logs/1\\x1b' were requested, but the listing has 'logs/1'",
        ),
    ],
)
def test_keys_that_were_not_asked_for_are_an_error_that_names_both(
    server: demo.DemoServer, source: Source, keys: Credentials, asked: dict[str, Any], said: str
) -> None:
    server.put("logs/1", b"x", bucket=source.bucket)
    server.put("logs/2", b"x", bucket=source.bucket)
    obeyed = lister(source, keys).page(PageQuery(**asked))
    parameter = next(iter(asked)).replace("_", "-")
    server.fault("ignore-parameter", parameter=parameter, bucket=source.bucket)

    failure = refused(lister(source, keys).page(PageQuery(**asked)))

    assert isinstance(obeyed, ListPage)
    assert (failure.cause, str(failure.message)) == (Cause.REFUSED, said)
    assert failure.request_id


def test_a_listing_that_begins_again_and_again_is_an_error(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    server.fill("{:02d}", 10, 1, bucket=source.bucket)
    server.fault(
        "ignore-parameter", parameter="continuation-token", bucket=source.bucket, operation="list"
    )
    asked = lister(source, keys)
    first = listed(asked.page(PageQuery("", max_keys=4)))

    failure = refused(asked.page(PageQuery("", token=first.token, max_keys=4)))

    assert str(failure.message) == "the listing makes no progress"


@pytest.mark.parametrize("delimiter", ["", "/"])
def test_a_page_that_goes_back_behind_the_one_before_is_refused(
    server: demo.DemoServer, source: Source, keys: Credentials, delimiter: str
) -> None:
    for name in ("a", "b", "c/1", "c/2", "d"):
        server.put(name, b"x", bucket=source.bucket)
    asked = lister(source, keys)
    first = listed(asked.page(PageQuery("", delimiter=delimiter, max_keys=2)))

    following = partial(PageQuery, "", delimiter=delimiter, token=first.token)
    failure = refused(asked.page(following(start_after="c/1")))

    assert first.end == "b"
    assert "the listing is out of order" in failure.message
    assert not isinstance(asked.page(following(start_after=first.end)), Failure)


@pytest.mark.parametrize(
    ("keys_of_page", "following"), [("a", ""), ("b", "<NextKeyMarker>a</NextKeyMarker>")]
)
def test_versions_that_go_back_behind_the_page_before_are_refused(
    answering: Callable[[bytes], str], keys: Credentials, keys_of_page: str, following: str
) -> None:
    rows = "".join(
        f"<DeleteMarker><Key>{key}</Key><VersionId>{key}2</VersionId><IsLatest>true</IsLatest>"
        "<LastModified>2026-01-02T00:00:00.000Z</LastModified></DeleteMarker>"
        for key in keys_of_page
    )
    more = f"<IsTruncated>{str(bool(following)).lower()}</IsTruncated>{following}"
    body = f"<ListVersionsResult>{more}{rows}</ListVersionsResult>".encode()
    source = Source(answering(from_oss(body)), "cn-hangzhou", "my-bucket")

    found = lister(source, keys).versions("", after=Position("b", "b1", is_settled=False))

    assert isinstance(found, Failure)
    assert (found.cause, found.request_id) == (Cause.CORRUPT, "R1")
    assert str(found.message) == "the listing is out of order: it has 'a' after 'b'"


HEADERS = {"content-length": "5", "last-modified": "Fri, 02 Jan 2026 03:04:05 GMT"}


@pytest.mark.parametrize("name", ["content-length", "last-modified"])
def test_without_size_or_date_there_is_no_object(name: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        info_of("k", {**HEADERS, name: "?"})


def test_what_is_missing_has_a_hint_of_its_own() -> None:
    assert "case-sensitive" in missing_hint("NoSuchKey")
    assert "lists the versions" in missing_hint("NoSuchVersion")
    assert "version before it" in missing_hint("MethodNotAllowed")


def test_archived_object_says_how_far_it_is() -> None:
    headers = {"x-oss-storage-class": "Archive", "x-oss-restore": 'ongoing-request="true"'}

    assert info_of("k", HEADERS | headers).thaw is Thaw.ONGOING
    assert info_of("k", HEADERS).thaw is Thaw.NONE
