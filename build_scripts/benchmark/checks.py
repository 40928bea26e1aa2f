"""Checks that a contender fetched or listed exactly the bucket."""

import contextlib
import os
import sqlite3
from pathlib import Path

import fastcrc

from benchmark.data import BLOCK, MODIFIED, Bucket
from benchmark.measure import FailedError, tail

OURS = ".ossh"  # where ossh keeps unfinished files; empty, hence gone, after a complete run


def check_tree(bucket: Bucket, target: Path, *, with_mtime: bool) -> None:
    """Check that a folder has every object, and nothing else.

    Where all objects have one body, files forget it; of them only the length can be checked:
    cutting holes changes the time, too.

    Args:
        bucket: What was fetched.
        target: Where to.
        with_mtime: Whether files must have the objects' time.

    Raises:
        FailedError: Something is missing, too much or different.
    """
    found = sum(len(files) for _, _, files in os.walk(target))
    if found != bucket.count:
        raise FailedError(f"{found} files instead of {bucket.count}")
    for number, key in enumerate(bucket.all_keys()):
        path = target / key
        if not path.is_file() or path.stat().st_size != bucket.size_of(number):
            raise FailedError(f"'{key}' is missing or has the wrong length")
        if bucket.is_shared:
            continue
        if _crc(path) != bucket.crc(number):
            raise FailedError(f"'{key}' has the wrong content")
        if with_mtime and int(path.stat().st_mtime) != MODIFIED:
            raise FailedError(f"'{key}' has the wrong time")
    if (target / OURS).exists():
        raise FailedError(f"{OURS} was left behind")


def check_manifest(bucket: Bucket, manifest: Path) -> None:
    """Check that a manifest has every object once, with the right size, as done.

    Raises:
        FailedError: It does not.
    """
    with contextlib.closing(sqlite3.connect(f"file:{manifest}?mode=ro", uri=True)) as database:
        rows, distinct, size = database.execute(
            "SELECT count(*), count(DISTINCT key), sum(size) FROM objects WHERE status = 'done'"
        ).fetchone()
    if (rows, distinct, size) != (bucket.count, bucket.count, bucket.total):
        raise FailedError(f"the manifest has {rows} objects done instead of {bucket.count}")


def check_listed(count: int, output: Path, *, is_ossh: bool) -> None:
    """Check that ossh plans to fetch so many objects, or that others name so many, one per line.

    Raises:
        FailedError: It does not.
    """
    said = output.read_text(encoding="utf-8", errors="replace")
    is_right = f"{count:,} objects, " in said if is_ossh else said.count(".bin\n") == count
    if not is_right:
        raise FailedError(f"not {count:,} objects listed: {tail(output)}")


def _crc(path: Path) -> int:
    crc = 0
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK):
            crc = fastcrc.crc64.xz(block, crc)
    return crc
