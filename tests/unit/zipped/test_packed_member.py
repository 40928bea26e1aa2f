"""Members packed with bzip2 or LZMA: in blocks, whatever they unpack to, and damage is told."""

import os
import random
import struct
import tracemalloc
import zipfile

import pytest

from ossh.errors import UsageError
from ossh.model import MIB
from tests.unit.zipped.test_zip_archive import Stored, packed

METHODS = pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_members_are_unpacked_as_they_were(method: int) -> None:
    contents = {"empty": b"", "one": b"x", "dense": os.urandom(700_000), "long": bytes(900_000)}
    archive = packed(*contents.items(), method=method).opened()

    unpacked = {name: b"".join(archive.blocks(f"d/a.zip/{name}")) for name in contents}

    assert unpacked == contents


@METHODS
def test_a_bomb_takes_no_more_memory_than_a_block(method: int) -> None:
    archive = packed(("bomb", bytes(64 * MIB)), method=method).opened()

    tracemalloc.start()
    blocks = archive.blocks("d/a.zip/bomb")
    first = next(block for block in blocks if block)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert first == bytes(len(first))
    assert most < 16 * MIB


@METHODS
def test_damage_is_told_or_does_no_harm(method: int) -> None:
    content = b"some text, and more of it " * 40
    whole = packed(("a", content), method=method).data
    directory = whole.index(b"PK\x01\x02")
    chance = random.Random(7)
    told = 0
    for at in range(31, directory):
        data = bytearray(whole)
        data[at] ^= 1 << chance.randrange(8)
        archive = Stored(bytes(data)).opened()
        try:
            unpacked = b"".join(archive.blocks("d/a.zip/a"))
        except UsageError:
            told += 1
        else:
            assert unpacked == content
    assert told > (directory - 31) / 2


@METHODS
def test_a_member_that_ends_early_is_damaged(method: int) -> None:
    data = bytearray(packed(("a", os.urandom(5000)), method=method).data)
    at = bytes(data).index(b"PK\x01\x02") + 20
    (size,) = struct.unpack_from("<I", data, at)
    for shorter in (size // 2, 4):
        struct.pack_into("<I", data, at, shorter)
        with pytest.raises(UsageError, match="is damaged"):
            b"".join(Stored(bytes(data)).opened().blocks("d/a.zip/a"))
