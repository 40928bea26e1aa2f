"""Files that outlast a power cut: what that takes on macOS, by its rules, and on any system."""

import errno
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ossh import regular_files
from ossh.manifest.database import tune


@pytest.fixture
def descriptor(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path / "file", os.O_CREAT | os.O_RDWR)
    os.write(descriptor, b"x")
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the descriptors for which the system's own `fsync` was called."""
    calls: list[int] = []
    fsync = os.fsync

    def record(descriptor: int) -> None:
        calls.append(descriptor)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    return calls


def test_macos_empties_the_disks_own_cache(descriptor: int, synced: list[int]) -> None:
    emptied: list[int] = []

    regular_files.flush(descriptor, emptied.append)

    assert (emptied, synced) == ([descriptor], [])


def test_a_disk_that_cannot_empty_its_cache_does_what_it_can(
    descriptor: int, synced: list[int]
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    regular_files.flush(descriptor, refuse)

    assert synced == [descriptor]


def test_a_file_is_flushed_as_this_system_does_it(descriptor: int, synced: list[int]) -> None:
    regular_files.flush(descriptor)

    assert synced == ([] if sys.platform == "darwin" else [descriptor])


def test_a_draft_is_flushed_before_it_gets_its_name(tmp_path: Path, synced: list[int]) -> None:
    with regular_files.replacing(tmp_path / "file") as file:
        file.write(b"x")
        assert not (tmp_path / "file").exists()

    assert (tmp_path / "file").read_bytes() == b"x"
    assert bool(synced) is (sys.platform != "darwin")


def test_manifests_have_macos_empty_the_disks_own_cache(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "m.sqlite")) as connection:
        tune(connection)
        found = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("fullfsync", "checkpoint_fullfsync")
        ]

    assert found == [1, 1]
