"""Checks that a contender fetched or listed exactly the bucket."""

import contextlib
import os
import sqlite3
from pathlib import Path

import fastcrc

from benchmark.data import MODIFIED, Bucket
from benchmark.measure import FailedError, tail

BLOCK = 1 << 20
OURS = ".ossh"  # where ossh keeps unfinished files; empty, hence gone, after a complete run


def check_tree(
    bucket: Bucket, target: Path, *, with_mtime: bool, with_content: bool = True
) -> None:
    """Check that a folder has every object, and nothing else.

    Args:
        bucket: What was fetched.
        target: Where to.
        with_mtime: Whether files must have the objects' time.
        with_content: Whether they must have their content, and not just the length of it.

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
        if with_content and _crc(path) != bucket.crc(number):
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


def check_planned(count: int, output: Path) -> None:
    """Check that ossh says that it plans to fetch so many objects.

    Raises:
        FailedError: It does not.
    """
    said = output.read_text(encoding="utf-8", errors="replace")
    if f"{count:,} objects, " not in said:
        raise FailedError(f"not {count:,} objects planned: {tail(output)}")


def check_lines(count: int, output: Path) -> None:
    """Check that so many objects were listed, one per line.

    Raises:
        FailedError: There are more or fewer lines that name one.
    """
    with output.open("rb") as file:
        lines = sum(line.endswith(b".bin\n") for line in file)
    if lines != count:
        raise FailedError(f"{lines} keys listed instead of {count}")


def _crc(path: Path) -> int:
    crc = 0
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK):
            crc = fastcrc.crc64.xz(block, crc)
    return crc
