"""What a manifest.json says, and the objects that the rows of its data files are."""

import gzip
import io
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from ossh.errors import UsageError
from ossh.model import MIB, ObjectInfo
from ossh.store.inventory_report import (
    FACTS,
    MOST_BYTES,
    PAGE,
    DataFile,
    Inventory,
    pages,
    read_manifest,
)

USUAL = (
    "Bucket, Key, Size, StorageClass, LastModifiedDate, ETag, IsMultipartUploaded, EncryptionStatus"
)
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def manifest(**changes: Any) -> bytes:
    said = {
        "creationTimestamp": "1642994594",
        "destinationBucket": "reports",
        "fileFormat": "CSV",
        "fileSchema": USUAL,
        "files": [{"MD5checksum": "F77449", "key": "weekly/data/a.csv.gz", "size": 2046}],
        "sourceBucket": "my-bucket",
        "version": "2019-09-01",
    }
    return json.dumps(said | changes).encode()


def inventory(schema: str = USUAL) -> Inventory:
    return read_manifest([manifest(fileSchema=schema)])


def compressed(*rows: str) -> io.BytesIO:
    return io.BytesIO(gzip.compress("".join(f"{row}\n" for row in rows).encode()))


def objects(schema: str, *rows: str) -> list[ObjectInfo]:
    """Return the objects of all rows."""
    return [one for _, page in pages(compressed(*rows), inventory(schema)) for one in page]


def test_a_manifest_names_bucket_columns_and_files() -> None:
    found = read_manifest([manifest()])

    assert found.bucket == "my-bucket"
    assert found.columns[:3] == ("bucket", "key", "size")
    assert found.files == (DataFile("weekly/data/a.csv.gz", 2046, "f77449"),)
    assert found.has(FACTS)
    assert not inventory("Bucket, Key, Size").has(FACTS)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is not the manifest.json of an inventory"),
        (b"[" * 100_000, "it is not the manifest.json"),
        (b"[]", "it is not the manifest.json"),
        (b'{"files": []}', "it is not the manifest.json"),
        (manifest(files=["a"]), "it is not the manifest.json"),
        (manifest(files=[{"key": "\ud800"}]), "it is not the manifest.json"),
        (manifest(files=[{"key": "a", "size": 1e999}]), "it is not the manifest.json"),
        (manifest(fileSchema=7), "it is not the manifest.json"),
        (manifest(fileFormat="ORC"), "the inventory is in ORC format, but ossh reads only CSV"),
        (
            manifest(fileFormat="Parquet"),
            "the inventory is in Parquet format, but ossh reads only CSV",
        ),
        (manifest(fileSchema="Bucket, Size"), "the inventory has no column 'Key'"),
        (manifest(fileSchema="Bucket, Key, RecordType"), "the inventory is incremental"),
        (manifest(startTimestamp="1759320000"), "the inventory is incremental"),
    ],
)
def test_what_cannot_be_used_is_one_line_with_what_could(data: bytes, said: str) -> None:
    with pytest.raises(UsageError, match=said) as raised:
        read_manifest([data])

    assert "as CSV" in (raised.value.hint or "")


def test_a_row_is_an_object_with_all_its_facts() -> None:
    key, moment = "logs%2F%E6%97%A5+a%2Bb%252F%22.gz", "2026-01-02T03:04:05.000Z"

    [found] = objects(USUAL, f'"b","{key}","7","IA","{moment}","AB12","false","true"')

    assert found == ObjectInfo('logs/日 a+b%2F".gz', 7, "AB12", MOMENT, "Normal", "IA")


@pytest.mark.parametrize(
    "text", ["2026-01-02T03:04:05Z", "2026-01-02T03-04-05Z", "2026-01-02 03:04:05"]
)
def test_dates_come_in_more_than_one_form(text: str) -> None:
    [found] = objects("Bucket, Key, LastModifiedDate", f"b,k,{text}")

    assert found.last_modified == MOMENT


@pytest.mark.parametrize(
    ("columns", "row", "kind"),
    [
        ("ObjectType", "Symlink", "Symlink"),
        ("ObjectType, ETag", "null,AB", "Normal"),
        ("IsMultipartUploaded", "true", "Multipart"),
        ("ETag", '"""AB-3"""', "Multipart"),
        ("ETag", "AB", "Normal"),
    ],
)
def test_the_type_follows_from_whatever_column_tells(columns: str, row: str, kind: str) -> None:
    [found] = objects(f"Bucket, Key, {columns}", f"b,k,{row}")

    assert found.type == kind
    assert '"' not in found.etag


def test_delete_markers_and_versions_that_are_not_the_latest_are_left_out() -> None:
    found = objects(
        "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size",
        "b,now,v2,true,false,1",
        "b,now,v1,false,false,2",
        "b,deleted,v3,true,true,",
        "b,unversioned,,TRUE,FALSE,3",
    )

    assert [(one.key, one.size) for one in found] == [("now", 1), ("unversioned", 3)]


def test_rows_come_in_pages_and_go_on_behind_those_that_came() -> None:
    rows = [f"b,{number:05d}" for number in range(2 * PAGE + 7)]

    first = list(pages(compressed(*rows), inventory("Bucket, Key")))
    rest = list(pages(compressed(*rows), inventory("Bucket, Key"), skip=PAGE + 3))

    assert [read for read, _ in first] == [PAGE, 2 * PAGE, 2 * PAGE + 7]
    assert [one.key for _, page in rest for one in page] == [f"{n:05d}" for n in range(1003, 2007)]
    assert list(pages(compressed(), inventory())) == []


def test_a_file_that_has_fewer_rows_than_were_read_is_not_at_its_end() -> None:
    found = pages(compressed("b,k"), inventory("Bucket, Key"), skip=2)

    with pytest.raises(ValueError, match="it has 1 rows, but 2 were read before"):
        list(found)
    assert list(pages(compressed("b,k"), inventory("Bucket, Key"), skip=1)) == []


def test_a_manifest_is_read_no_further_than_one_can_be_long() -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield bytes(MIB)

    half = len(manifest()) // 2
    assert read_manifest([manifest()[:half], manifest()[half:]]) == read_manifest([manifest()])
    with pytest.raises(UsageError, match="it is not the manifest"):
        read_manifest(endless())
    assert read == MOST_BYTES // MIB + 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"Bucket,Key", "it is not a CSV.gz file"),
        (gzip.compress(b"b,k\n")[:-9], "it is not a CSV.gz file"),
        (gzip.compress(b"")[:10] + b"\xff" * 20, "it is not a CSV.gz file"),
        (gzip.compress(b"b,k," + b"x" * 200_000), "it is not a CSV.gz file"),
        (gzip.compress(b"\0" * 5_000_000), "a row is far too long"),
        (gzip.compress(b"b\n"), "a row has fewer fields than fileSchema has names"),
        (gzip.compress(b"b,\xff\n"), "can't decode"),
        (gzip.compress(b"b,%FF\n"), "can't decode"),
    ],
    ids=["plain", "cut", "spoilt", "huge", "bomb", "short", "bytes", "key"],
)
def test_a_file_that_cannot_be_read_says_so(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        list(pages(io.BytesIO(data), inventory("Bucket, Key")))


@pytest.mark.parametrize(
    "row",
    [
        "b,k,seven,2026-01-01T00:00:00Z",
        "b,k,-7,2026-01-01T00:00:00Z",
        f"b,k,{2**60},2026-01-01T00:00:00Z",
        "b,k,7,yesterday",
        "b,k,7,0001-01-01T00:00:00+14:00",
        "b,k,7,9999-12-31T23:59:59Z",
        "b,,7,2026-01-01T00:00:00Z",
    ],
)
def test_a_row_that_is_none_says_so(row: str) -> None:
    with pytest.raises(ValueError, match=r"seven|not an object (size|date)|yesterday|no key"):
        objects("Bucket, Key, Size, LastModifiedDate", row)


@pytest.mark.skipif(sys.platform != "linux", reason="a file of /proc fails to be read")
def test_a_disk_that_fails_does_not_spoil_the_report() -> None:
    with (
        open("/proc/self/mem", "rb", buffering=0) as nowhere,  # noqa: PTH123 - no memory is at 0
        pytest.raises(OSError, match="error"),
    ):
        next(pages(nowhere, inventory("Bucket, Key")))


def test_an_etag_that_would_be_more_than_a_header_is_refused() -> None:
    with pytest.raises(ValueError, match="is not an ETag") as refused:
        objects("Bucket, Key, ETag", f'b,k,"AB""\r\nx-oss-evil: {"1" * 999}"')

    assert len(str(refused.value)) < 99
