"""The inventory of the demo bucket is one, and tells of every object."""

import csv
import gzip
import hashlib
import json
from urllib.parse import unquote

from ossh.demo import DemoServer, start


def test_the_report_lists_every_object_in_files_that_are_as_it_says() -> None:
    with start() as server:
        folder = f"{server.bucket}/weekly"
        told = json.loads(server.body(f"{folder}/2026-03-01T00-00Z/manifest.json", bucket=REPORTS))
        columns = told["fileSchema"].split(", ")
        rows = [row for file in told["files"] for row in rows_of(server, file)]

        found = {unquote(row[columns.index("Key")]): row for row in rows}

        assert (told["sourceBucket"], told["destinationBucket"]) == (server.bucket, REPORTS)
        assert len(found) == len(rows) > 100
        assert list(found) == sorted(found)
        for key in ("readme.txt", "awkward/new\nline.txt", 'awkward/quote",comma.csv'):
            body = server.body(key)
            etag = hashlib.md5(body, usedforsecurity=False).hexdigest().upper()
            facts = dict(zip(columns, found[key], strict=True))
            assert (facts["Size"], facts["ETag"]) == (str(len(body)), etag)


def test_an_empty_server_has_no_report() -> None:
    with start(empty=True) as server:
        assert server.buckets == [server.bucket]


REPORTS = "demo-reports"


def rows_of(server: DemoServer, file: dict[str, object]) -> list[list[str]]:
    data = server.body(str(file["key"]), bucket=REPORTS)
    assert len(data) == file["size"]
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    assert md5.upper() == file["MD5checksum"]
    return list(csv.reader(gzip.decompress(data).decode().splitlines()))
