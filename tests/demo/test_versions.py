"""Versions in the demo, judged by oss2, the SDK of the second generation."""

from collections.abc import Iterator

import oss2
import pytest

from ossh.demo import DemoServer


@pytest.fixture
def bucket(server: DemoServer) -> Iterator[oss2.Bucket]:
    """Return a bucket that keeps versions, as oss2 sees it: a changed key, a deleted, a new one."""
    server.set_versioning("Enabled")
    for key in ("a/changed", "a/changed", "a/deleted", "b/new"):
        server.put(key, key.encode(), last_modified=1_700_000_000.0)
    server.delete("a/deleted", last_modified=1_700_000_100.0)
    session = oss2.Session()
    auth = oss2.Auth(server.access_key_id, server.access_key_secret)
    yield oss2.Bucket(auth, server.endpoint, server.bucket, session=session)
    session.session.close()


def listed(bucket: oss2.Bucket, max_keys: int, **asked: str) -> list[tuple[str, str, bool]]:
    """Return key, id and whether it is the latest of all that is listed, page by page."""
    found: list[tuple[str, str, bool]] = []
    key, version = "", ""
    while True:
        page = bucket.list_object_versions(
            key_marker=key, versionid_marker=version, max_keys=max_keys, **asked
        )
        assert len(page.versions) + len(page.delete_marker) + len(page.common_prefix) <= max_keys
        found += [(one, "", False) for one in page.common_prefix]
        found += [
            (one.key, one.versionid, one.is_latest) for one in page.versions + page.delete_marker
        ]
        if not page.is_truncated:
            return found
        key, version = page.next_key_marker, page.next_versionid_marker


@pytest.mark.parametrize("max_keys", [1, 2, 3, 999])
def test_all_versions_are_listed_by_both_markers(bucket: oss2.Bucket, max_keys: int) -> None:
    found = listed(bucket, max_keys)

    assert sorted({key for key, _, _ in found}) == ["a/changed", "a/deleted", "b/new"]
    assert len({version for _, version, _ in found}) == len(found) == 5
    assert sum(is_latest for _, _, is_latest in found) == 3
    assert listed(bucket, max_keys, delimiter="/") == [("a/", "", False), ("b/", "", False)]
    assert [key for key, _, _ in listed(bucket, max_keys, prefix="b")] == ["b/new"]


def test_each_version_is_read_by_its_id(bucket: oss2.Bucket) -> None:
    page = bucket.list_object_versions(prefix="a/")
    assert bucket.get_bucket_versioning().status == "Enabled"

    for one in page.versions:
        params = {"versionId": one.versionid}
        answer = bucket.get_object(one.key, params=params)
        assert (answer.read(), answer.versionid) == (one.key.encode(), one.versionid)
        assert bucket.head_object(one.key, params=params).etag == one.etag
    assert page.delete_marker[0].is_latest
    with pytest.raises(oss2.exceptions.NoSuchKey):
        bucket.get_object("a/deleted")


def test_a_suspended_bucket_replaces_only_what_has_no_id(
    bucket: oss2.Bucket, server: DemoServer
) -> None:
    server.set_versioning("Suspended")
    for body in (b"1", b"2"):
        server.put("b/new", body)
    assert listed(bucket, 999, prefix="b/")[0][1] == "null"
    assert len(listed(bucket, 999, prefix="b/")) == 2

    server.delete("b/new")

    page = bucket.list_object_versions(prefix="b/")
    assert [one.versionid for one in page.delete_marker] == ["null"]
    assert [one.versionid == "null" for one in page.versions] == [False]


def test_a_fault_that_changes_an_object_makes_another_version(
    bucket: oss2.Bucket, server: DemoServer
) -> None:
    server.fault("changed-etag", key="b/new")

    first = listed(bucket, 999, prefix="b/")[0][1]
    bucket.head_object("b/new")

    assert [one for _, one, _ in listed(bucket, 999, prefix="b/")][1] == first
    assert bucket.get_object("b/new", params={"versionId": first}).read() == b"b/new"
