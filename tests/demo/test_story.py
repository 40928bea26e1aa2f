"""The objects of the demo bucket."""

import gzip
import hashlib

from ossh.demo.content.story import gzip_stored, objects


def test_story_is_the_same_everywhere_and_always() -> None:
    facts = "\n".join(f"{o.key!a} {o.size} {o.etag} {o.modified}" for o in objects())

    digest = hashlib.sha256(facts.encode()).hexdigest()

    assert digest == "4000181ee88f82ccdc807c2f3773ea3e4241cdc202c3d1036c9fde9093a38675"


def test_story_has_something_for_each_command() -> None:
    stored = {one.key: one for one in objects()}

    assert len([key for key in stored if key.startswith("logs/") and "access" in key]) == 59
    assert stored["logs/latest.log.gz"].target in stored
    assert {one.storage_class for one in stored.values()} == {"Standard", "Archive", "ColdArchive"}
    assert stored["video/tour.mp4"].size == 200_000_000
    assert not stored["photos/old/scan-1998.jpg"].has_crc
    assert stored["web/index.html"].content_encoding == "gzip"
    assert stored["awkward/folder/"].size == stored["awkward/empty.txt"].size == 0
    assert all(len(key.encode()) <= 1023 for key in stored)


def test_stored_gzip_is_read_by_gzip() -> None:
    for size in (0, 1, 65535, 65536, 200_000):
        data = b"x" * size
        assert gzip.decompress(gzip_stored(data)) == data
