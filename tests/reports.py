"""Inventory reports of a demo bucket, written as OSS writes them, or as a test would have them."""

import gzip
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from ossh.demo import DemoServer

SCAN = "2026-01-01T00-00Z"
COLUMNS = "Bucket, Key, Size, StorageClass, LastModifiedDate, ETag, IsMultipartUploaded"
MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def row(
    server: DemoServer, key: str, body: bytes, *more: str, modified: datetime = MODIFIED
) -> str:
    """Put an object into the server's bucket; return what a report says of it."""
    etag = server.put(key, body, last_modified=modified)["etag"]
    facts = (str(len(body)), "Standard", f"{modified:%Y-%m-%dT%H:%M:%SZ}", etag, "false", *more)
    return ",".join((server.bucket, f'"{quote(key, safe="")}"', *facts))


def put_report(  # noqa: PLR0913 - what a report can be like
    server: DemoServer,
    files: Sequence[Sequence[str]],
    *,
    home: str = "",
    folder: str = "report/",
    scan: str = SCAN,
    columns: str = COLUMNS,
    **changes: Any,
) -> str:
    """Put a report of rows into a bucket, a data file for each list; return its manifest's key."""
    home = home or server.bucket
    named = []
    for number, rows in enumerate(files):
        data = gzip.compress("".join(f"{one}\n" for one in rows).encode(), mtime=0)
        key = f"{folder}data/{scan}-{number}.csv.gz"
        server.put(key, data, bucket=home)
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest().upper()
        named.append({"MD5checksum": md5, "key": key, "size": len(data)})
    manifest = {
        "creationTimestamp": "1767225600",
        "destinationBucket": home,
        "fileFormat": "CSV",
        "fileSchema": columns,
        "files": named,
        "sourceBucket": server.bucket,
        "version": "2019-09-01",
    }
    key = f"{folder}{scan}/manifest.json"
    server.put(key, json.dumps(manifest | changes).encode(), bucket=home)
    return key
