"""Files that people edited: the same answer from every command."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.shell.conftest import Driver

MODIFIED = 1767323045.0  # 2026-01-02T03:04:05Z


@pytest.fixture
def got(fresh: Driver) -> Driver:
    """Give a shell whose open job has fetched two files of 100 bytes."""
    for name in ("a.bin", "b.bin"):
        fresh.server.put(f"d/{name}", name.encode() * 20, last_modified=MODIFIED)
    fresh("cd d")
    assert fresh("get").status == 0
    return fresh


def shorten(folder: Path) -> None:
    (folder / "a.bin").write_bytes(b"mine" * 20)
    (folder / "b.bin").write_bytes(b"")


@pytest.mark.fault("F44")
@pytest.mark.parametrize("lines", [["get"], ["refresh", "get"], ["retry"], ["verify", "get"]])
def test_a_shorter_edit_is_kept_by_every_command(got: Driver, lines: Sequence[str]) -> None:
    shorten(got.folder / "d")

    said = [got(line) for line in lines][-1]

    assert said.status == 1
    assert "local-conflict" in said.out
    assert (got.folder / "d" / "a.bin").read_bytes() == b"mine" * 20
    assert (got.folder / "d" / "b.bin").read_bytes() == b""


@pytest.mark.fault("F44")
def test_a_file_that_somebody_cut_off_is_kept_until_it_is_replaced_and_preview_says_so(
    got: Driver,
) -> None:
    short = got.folder / "d" / "a.bin"
    os.truncate(short, 50)
    os.utime(short, (MODIFIED, MODIFIED))

    assert "conflict\t1\t100" in got("preview").lines
    assert got("get").status == 1
    assert short.read_bytes() == b"a.bin" * 10
    assert "trashed\t1\t100" in got("preview --replace").lines
    assert got("retry --replace").status == 0
    assert short.read_bytes() == b"a.bin" * 20
    [kept] = (got.folder / "d" / ".ossh" / "trash").glob("*/a.bin")
    assert kept.read_bytes() == b"a.bin" * 10


def test_preview_calls_a_symlink_here_that_get_leaves(fresh: Driver) -> None:
    fresh.server.put("d/file.bin", size=100, last_modified=MODIFIED)
    fresh.server.put("d/link.bin", symlink_to="d/file.bin", last_modified=MODIFIED)
    fresh("cd d")
    assert fresh("get").status == 0

    said = fresh("preview")

    assert {"here\t2\t200", "changed\t0\t0"} <= set(said.lines)
    fresh.server.clear_requests()
    assert fresh("get").status == 0
    assert fresh.server.requests() == []


@pytest.mark.fault("F44")
def test_an_older_file_of_the_user_is_kept_and_preview_says_so(fresh: Driver) -> None:
    fresh.server.put("d/doc.txt", b"theirs", last_modified=time.time())
    mine = fresh.folder / "own" / "doc.txt"
    mine.parent.mkdir()
    mine.write_text("mine")
    os.utime(mine, (int(time.time() - 100) + 0.25,) * 2)

    assert "conflict\t1\t6" in fresh("preview d/ --to own").lines
    assert fresh("get d/doc.txt --as own/doc.txt").status == 1
    assert fresh("get d/ --to own").status == 1
    assert mine.read_text() == "mine"


def test_another_job_fetches_a_followed_symlink_anew_and_preview_says_so(fresh: Driver) -> None:
    fresh.server.put("d/file.bin", size=100, last_modified=MODIFIED)
    fresh.server.put("d/link.bin", symlink_to="d/file.bin", last_modified=MODIFIED)
    assert fresh("get d/ --to both --name one").status == 0

    assert {"changed\t1\t0", "conflict\t0\t0"} <= set(fresh("preview d/ --to both").lines)
    assert fresh("get d/ --to both --name two").status == 0
    assert (fresh.folder / "both" / "link.bin").read_bytes() == fresh.server.body("d/file.bin")


def test_a_file_that_is_in_the_way_no_more_is_fetched_by_the_next_get(fresh: Driver) -> None:
    fresh.server.put("d/a.bin", size=100, last_modified=MODIFIED)
    (fresh.folder / "d").mkdir()
    (fresh.folder / "d" / "a.bin").write_bytes(b"mine")
    assert fresh("get d/ --to d").status == 1
    fresh.server.clear_requests()
    assert fresh("get").status == 1
    assert fresh.server.requests("d/a.bin") == []  # to look at the file is enough

    (fresh.folder / "d" / "a.bin").unlink()

    assert fresh("get").status == 0
    assert (fresh.folder / "d" / "a.bin").read_bytes() == fresh.server.body("d/a.bin")


def test_a_get_that_replaces_makes_no_job_that_always_does(fresh: Driver) -> None:
    fresh.server.put("d/a.bin", size=100, last_modified=MODIFIED)
    assert fresh("get d/ --to d --replace").status == 0
    assert fresh("get").status == 0
    (fresh.folder / "d" / "a.bin").write_bytes(b"mine")

    assert fresh("get").status == 1
    assert (fresh.folder / "d" / "a.bin").read_bytes() == b"mine"
