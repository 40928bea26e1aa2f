"""The demo judged by oss2, the SDK of the second generation."""

import time
from collections.abc import Iterator

import oss2
import pytest

from ossh.demo import DemoServer
from ossh.demo.content.story import objects


@pytest.fixture(params=["V1", "V4"])
def auth(request: pytest.FixtureRequest, story: DemoServer) -> oss2.Auth:
    """Return credentials that sign in either version."""
    kind = {"V1": oss2.Auth, "V4": oss2.AuthV4}[request.param]
    return kind(story.access_key_id, story.access_key_secret)


@pytest.fixture
def bucket(auth: oss2.Auth, story: DemoServer) -> Iterator[oss2.Bucket]:
    """Return the story's bucket, as oss2 sees it."""
    session = oss2.Session()
    yield oss2.Bucket(auth, story.endpoint, story.bucket, session=session, region=story.region)
    session.session.close()


def test_buckets_are_listed_in_pages(auth: oss2.Auth, story: DemoServer) -> None:
    service = oss2.Service(auth, story.endpoint, region=story.region)

    names = [bucket.name for bucket in oss2.BucketIterator(service, max_keys=1)]

    assert names == ["demo-bucket", "demo-reports", "many-bucket"]
    assert next(oss2.BucketIterator(service, prefix="many")).location == "oss-cn-hangzhou"
    with pytest.raises(oss2.exceptions.ServerError, match="between 1 and 1000"):
        service.list_buckets(max_keys=1001)
    service.session.session.close()


def test_bucket_tells_where_it_is(bucket: oss2.Bucket) -> None:
    assert bucket.get_bucket_location().location == "oss-cn-hangzhou"


@pytest.mark.parametrize("max_keys", [7, 1000])
def test_all_objects_are_listed_in_order(bucket: oss2.Bucket, max_keys: int) -> None:
    listed = list(oss2.ObjectIteratorV2(bucket, max_keys=max_keys))

    expected = sorted(objects(), key=lambda stored: stored.key.encode())
    assert [(one.key, one.etag, one.size, one.type, one.storage_class) for one in listed] == [
        (stored.key, stored.etag, stored.size, stored.kind, stored.storage_class)
        for stored in expected
    ]
    assert [one.last_modified for one in listed] == [stored.modified for stored in expected]


def test_levels_are_listed(bucket: oss2.Bucket) -> None:
    iterator = oss2.ObjectIteratorV2
    top = [one.key for one in iterator(bucket, delimiter="/", max_keys=3)]
    weather = [one.key for one in iterator(bucket, prefix="dataset/weather/", delimiter="/")]

    assert top == [
        "archive/", "awkward/", "dataset/", "logs/", "photos/", "readme.txt", "video/", "web/",
    ]  # fmt: skip
    assert weather[0] == "dataset/weather/"


@pytest.mark.parametrize("name", sorted(o.key for o in objects() if o.key.startswith("awkward/")))
def test_awkward_object_is_read(bucket: oss2.Bucket, story: DemoServer, name: str) -> None:
    assert bucket.get_object(name).read() == story.body(name)
    assert bucket.head_object(name).content_length == len(story.body(name))


def test_range_and_conditions(bucket: oss2.Bucket, story: DemoServer) -> None:
    whole = story.body("readme.txt")

    standard = {"x-oss-range-behavior": "standard"}
    assert bucket.get_object("readme.txt", byte_range=(2, 5)).read() == whole[2:6]
    tail = bucket.get_object("readme.txt", byte_range=(5, 10**6), headers=standard)
    assert (tail.status, tail.read()) == (206, whole[5:])
    with pytest.raises(oss2.exceptions.PreconditionFailed):
        bucket.get_object("readme.txt", headers={"If-Match": '"0"'})


def test_errors_have_their_classes(bucket: oss2.Bucket, story: DemoServer) -> None:
    with pytest.raises(oss2.exceptions.NoSuchKey) as caught:
        bucket.get_object("missing")
    assert caught.value.details["Key"] == "missing"
    with pytest.raises(oss2.exceptions.NotFound):
        bucket.head_object("missing")
    with pytest.raises(oss2.exceptions.ServerError) as state:
        bucket.get_object("archive/2012/ledger.tar")
    assert state.value.code == "InvalidObjectState"
    with pytest.raises(oss2.exceptions.NoSuchBucket):
        oss2.Bucket(
            bucket.auth, story.endpoint, "other-bucket", session=bucket.session, region=story.region
        ).get_object("x")


@pytest.mark.parametrize("version", ["v1", "v4"])
def test_temporary_credentials_expire_and_are_replaced(server: DemoServer, version: str) -> None:
    server.put("a", b"hello")

    def read(token: str) -> bytes:
        auth = oss2.StsAuth("sts-id", "sts-secret", token, auth_version=version)
        bucket = oss2.Bucket(auth, server.endpoint, server.bucket, region=server.region)
        try:
            return bytes(bucket.get_object("a").read())
        finally:
            bucket.session.session.close()

    server.set_credentials("sts-id", "sts-secret", "one", expires=time.time() + 60)
    assert read("one") == b"hello"
    server.set_credentials("sts-id", "sts-secret", "one", expires=time.time() - 1)
    with pytest.raises(oss2.exceptions.ServerError) as caught:
        read("one")
    assert caught.value.code == "SecurityTokenExpired"
    server.set_credentials("sts-id", "sts-secret", "two")
    assert read("two") == b"hello"
    with pytest.raises(oss2.exceptions.ServerError) as caught:
        read("one")
    assert caught.value.code == "InvalidSecurityToken"
    with pytest.raises(oss2.exceptions.ServerError) as caught:
        read("")
    assert caught.value.code == "InvalidAccessKeyId"


def test_writing_is_refused(bucket: oss2.Bucket) -> None:
    with pytest.raises(oss2.exceptions.ServerError):
        bucket.put_object("new", b"x")
    with pytest.raises(oss2.exceptions.ServerError) as caught:
        bucket.delete_object("readme.txt")
    assert caught.value.code == "MethodNotAllowed"
