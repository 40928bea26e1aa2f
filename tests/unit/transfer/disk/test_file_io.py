"""Bytes of local files: written where they belong, and read again."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import fastcrc
import pytest

from ossh.transfer.disk import file_io
from ossh.transfer.disk.file_io import BLOCK

DATA = b"bytes of an object"
MODIFIED = 1_700_000_000.5


def test_a_small_file_is_written_in_one_go_with_its_date(tmp_path: Path) -> None:
    path = tmp_path / "small"
    path.write_bytes(b"something longer that was there before")

    descriptor = os.open(path, os.O_RDWR | os.O_TRUNC)
    file_io.write_whole(descriptor, DATA, MODIFIED)

    assert path.read_bytes() == DATA
    if file_io.DATES_OPEN_FILES:
        assert path.stat().st_mtime == pytest.approx(MODIFIED, abs=1e-3)


def test_blocks_are_written_where_they_belong_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "partial"
    for data, offset in ((b"world", 6), (b"hello ", 0)):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
        file_io.write_at(descriptor, memoryview(data), offset)
        os.close(descriptor)

    assert path.read_bytes() == b"hello world"


SHORT = """
import os, resource, signal, sys
from ossh.transfer.disk import file_io

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
data, path = bytes(1500), sys.argv[1]
for write in (
    lambda descriptor: file_io.write_at(descriptor, memoryview(data), 0),
    lambda descriptor: file_io.write_whole(descriptor, data, 0.0),
):
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    try:
        write(descriptor)
    except OSError as error:
        print(os.path.getsize(path), error.strerror)
"""


@pytest.mark.fault("F31")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_disk_that_takes_only_a_part_of_a_block_is_asked_to_take_the_rest(
    tmp_path: Path,
) -> None:
    line = [sys.executable, "-c", SHORT, str(tmp_path / "partial")]

    told = subprocess.run(line, capture_output=True, text=True, check=True).stdout

    assert told == "1000 File too large\n" * 2


def test_a_range_of_a_file_has_a_checksum_unless_the_file_is_shorter(tmp_path: Path) -> None:
    data = os.urandom(2 * BLOCK + 100)
    path = tmp_path / "partial"
    path.write_bytes(data)

    for start, stop in ((0, 0), (0, 10), (5, BLOCK + 5), (0, len(data)), (BLOCK, len(data))):
        with path.open("rb", buffering=0) as file:
            assert file_io.crc64_in(file, start, stop) == fastcrc.crc64.xz(data[start:stop])
        with path.open("rb", buffering=0) as file:
            assert file_io.crc64_in(file, start, len(data) + 1) is None


@pytest.mark.parametrize("with_md5", [True, False])
def test_a_whole_file_has_its_checksums(tmp_path: Path, *, with_md5: bool) -> None:
    data, read = os.urandom(BLOCK + 100), list[int]()
    path = tmp_path / "file"
    path.write_bytes(data)

    with path.open("rb", buffering=0) as file:
        crc64, md5 = file_io.checksums(file, read.append, with_md5=with_md5)

    assert crc64 == fastcrc.crc64.xz(data)
    assert md5 == (hashlib.md5(data, usedforsecurity=False).hexdigest().upper() * with_md5)
    assert sum(read) == len(data)
