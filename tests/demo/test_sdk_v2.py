"""The demo judged by alibabacloud-oss-v2, the SDK of the third generation."""

import alibabacloud_oss_v2 as oss
import pytest

from ossh.demo import DemoServer


@pytest.fixture(params=["v1", "v4"])
def client(request: pytest.FixtureRequest, story: DemoServer) -> oss.Client:
    """Return a client that signs in either version."""
    return client_of(story, request.param)


def client_of(
    server: DemoServer, version: str = "v4", secret: str = "", signed: tuple[str, ...] = ()
) -> oss.Client:
    """Return a client of a server, which signs some more headers than it must."""
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        server.access_key_id, secret or server.access_key_secret
    )
    config.region, config.endpoint = server.region, server.endpoint
    config.signature_version = version
    config.use_path_style = True
    config.retry_max_attempts = 1
    config.additional_headers = list(signed)
    return oss.Client(config)


def test_pages_are_listed(client: oss.Client) -> None:
    asked = oss.ListObjectsV2Request(bucket="many-bucket", max_keys=999)

    keys = [o.key for p in client.list_objects_v2_paginator().iter_page(asked) for o in p.contents]

    assert keys == sorted(keys)
    assert len(keys) == 2500


@pytest.mark.parametrize("key", ["readme.txt", "awkward/red\x1b[31m.txt", "awkward/caf\u00e9.txt"])
def test_object_is_read_and_signed_for(client: oss.Client, story: DemoServer, key: str) -> None:
    result = client.get_object(oss.GetObjectRequest(bucket=story.bucket, key=key))
    head = client.head_object(oss.HeadObjectRequest(bucket=story.bucket, key=key))

    assert result.body.content == story.body(key)
    assert result.hash_crc64 == head.hash_crc64
    assert head.content_length == len(story.body(key))


def test_further_headers_may_be_signed(story: DemoServer) -> None:
    request = oss.GetObjectRequest(bucket=story.bucket, key="readme.txt", range_header="bytes=0-4")

    result = client_of(story, signed=("host", "range")).get_object(request)

    assert result.body.content == story.body("readme.txt")[:5]


def test_symlink_and_restore(server: DemoServer) -> None:
    client, bucket = client_of(server), server.bucket
    server.put("frozen", b"x", storage_class="ColdArchive")
    server.put("link", symlink_to="frozen")
    job = oss.JobParameters(tier="Bulk")
    request = oss.RestoreObjectRequest(
        bucket=bucket, key="frozen", restore_request=oss.RestoreRequest(days=2, job_parameters=job)
    )

    assert client.get_symlink(oss.GetSymlinkRequest(bucket=bucket, key="link")).target == "frozen"
    assert client.restore_object(request).status_code == 202
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="link")).body.content == b"x"
