"""An inventory report of a bucket, as OSS writes one by a rule of the bucket.

Source: OSS user guide, "Bucket inventory".
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from urllib.parse import quote

from ossh.demo.content.buckets import STORY_TIME, StoredObject, make_object
from ossh.demo.content.story import gzip_stored

COLUMNS = (
    "Bucket, Key, Size, StorageClass, LastModifiedDate, ETag, IsMultipartUploaded,"
    " EncryptionStatus, ObjectType"
)
_FILES = 2  # of data; large buckets have more


def report(bucket: str, stored: Iterable[StoredObject], home: str) -> Iterator[StoredObject]:
    """Yield the objects that a report of what a bucket stores puts into the bucket `home`."""
    folder = f"{bucket}/weekly/"
    rows = [_row(bucket, one) for one in sorted(stored, key=lambda one: one.key)]
    named = []
    for number in range(_FILES):
        part = rows[number * len(rows) // _FILES : (number + 1) * len(rows) // _FILES]
        data = gzip_stored("".join(part).encode())
        key = f"{folder}data/5f2c9a1e-7d34-4b1c-9e55-0c6f1d2a8b47-{number}.csv.gz"
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest().upper()
        named.append({"MD5checksum": md5, "key": key, "size": len(data)})
        yield make_object(key, data)
    manifest = {
        "creationTimestamp": f"{STORY_TIME:.0f}",
        "destinationBucket": home,
        "fileFormat": "CSV",
        "fileSchema": COLUMNS,
        "files": named,
        "sourceBucket": bucket,
        "version": "2019-09-01",
    }
    yield make_object(
        f"{folder}{datetime.fromtimestamp(STORY_TIME, UTC):%Y-%m-%dT%H-%MZ}/manifest.json",
        json.dumps(manifest).encode(),
    )


def _row(bucket: str, stored: StoredObject) -> str:
    moment = f"{datetime.fromtimestamp(stored.modified, UTC):%Y-%m-%dT%H:%M:%S}.000Z"
    encrypted = str("x-oss-server-side-encryption" in stored.headers).lower()
    fields = (
        bucket,
        quote(stored.key, safe=""),
        str(stored.size),
        stored.storage_class,
        moment,
        stored.etag,
        str(stored.kind == "Multipart").lower(),
        encrypted,
        stored.kind,
    )
    return ",".join(f'"{field}"' for field in fields) + "\n"
