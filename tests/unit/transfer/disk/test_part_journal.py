"""Trail: what a thread leaves for the run after a kill, and what is believed of it."""

import os
import random
import sys
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.errors import LocalError
from ossh.model import Part
from ossh.regular_files import NEW_FLAGS
from ossh.transfer.disk import part_journal
from ossh.transfer.disk.part_journal import MARKS, PartJournal
from ossh.transfer.disk.tree import Tree
from ossh.transfer.disk.work_folder import JOURNAL
from ossh.transfer.scheduling.concurrency import STREAMS
from ossh.transfer.scheduling.window import QUEUED_PER_STREAM
from tests.planting import where_nobody_can_look

PART = Part(100, 300, 2**64 - 1)
VERSION = part_journal.version_of("E1", 1000)


def journal_in(folder: Path) -> PartJournal:
    return PartJournal(lambda name: os.open(folder / name, NEW_FLAGS))


def marks(path: Path) -> list[part_journal.Mark]:
    return part_journal.marks(Tree(str(path.parent)), path.name)


def read(folder: Path) -> list[part_journal.Mark]:
    """Return the marks of the one journal in a folder."""
    (path,) = folder.glob(f"{JOURNAL}*")
    return marks(path)


def left_by(one: PartJournal, folder: Path, *marks: tuple[int, Part]) -> Path:
    """Return the journal that holds these marks, each of a body of its own."""
    for row, part in marks:
        slot = one.take_slot()
        one.write(slot, row, part, VERSION)
        one.free(slot)
    one.close()
    (path,) = folder.glob(f"{JOURNAL}*")
    return path


def test_a_disk_that_fails_when_the_file_is_closed_costs_no_more_than_marks(tmp_path: Path) -> None:
    made: list[int] = []

    def make(name: str) -> int:
        made.append(os.open(tmp_path / name, NEW_FLAGS))
        return made[-1]

    one = PartJournal(make)
    one.write(one.take_slot(), 1, PART, VERSION)
    os.close(made.pop())

    one.close()


def test_a_mark_says_what_was_written_last_of_its_body(tmp_path: Path) -> None:
    one = journal_in(tmp_path)

    slot = one.take_slot()
    for part in (Part(100, 150, 1), PART):
        one.write(slot, 7, part, VERSION)
    one.close()

    (mark,) = read(tmp_path)
    assert (mark.row, mark.part, mark.version) == (7, PART, VERSION)


def test_a_ring_keeps_the_latest_bodies(tmp_path: Path) -> None:
    bodies = [(row, Part(0, row, row)) for row in range(1, MARKS + 11)]

    left_by(journal_in(tmp_path), tmp_path, *bodies)

    assert {mark.row for mark in read(tmp_path)} == set(range(11, MARKS + 11))


def test_of_a_bad_body_nothing_is_to_be_kept(tmp_path: Path) -> None:
    one = journal_in(tmp_path)
    slot = one.take_slot()
    one.write(slot, 7, PART, VERSION)

    one.write(slot)
    one.close()

    assert [(mark.row, mark.part.length) for mark in read(tmp_path)] == [(0, 0)]


def test_a_disk_that_takes_no_mark_costs_nothing_else(tmp_path: Path) -> None:
    one = journal_in(tmp_path / "gone")

    one.write(one.take_slot(), 1, PART, VERSION)
    one.close()

    assert not list(tmp_path.iterdir())


@given(at=st.integers(0, 63), bit=st.integers(0, 7))
def test_a_mark_with_another_bit_is_none(
    at: int, bit: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("trail")
    path = left_by(journal_in(folder), folder, (7, PART))
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << bit

    path.write_bytes(data)

    assert marks(path) == []


@pytest.mark.parametrize("size", [0, 1, 63, 65, 100_000])
def test_a_file_of_something_else_holds_no_marks(size: int, tmp_path: Path) -> None:
    path = tmp_path / "trail-1"
    path.write_bytes(b"\x01" * size)

    assert marks(path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="has neither")
@pytest.mark.parametrize("kind", ["link", "fifo", "folder"])
def test_what_others_put_in_its_place_is_not_read(kind: str, tmp_path: Path) -> None:
    if sys.platform == "win32":
        raise AssertionError
    real = left_by(journal_in(tmp_path), tmp_path, (7, PART))
    path = tmp_path / "planted"
    if kind == "link":
        path.symlink_to(real)
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.mkdir()

    assert marks(path) == []


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_manifest_has_not_learnt_of_has_its_mark(tmp_path: Path, seed: int) -> None:
    """One thread fetches all that may be under way; bodies end in any order."""
    chance = random.Random(seed)
    one, rows = journal_in(tmp_path), count(1)
    begun: dict[int, int] = {}  # slots by row
    unrecorded: list[int] = []
    for _ in range(4000):
        if len(begun) + len(unrecorded) < QUEUED_PER_STREAM * STREAMS:
            row = next(rows)
            begun[row] = one.take_slot()
            one.write(begun[row], row, PART, VERSION)
        if begun and chance.random() < 0.8:
            row = chance.choice(list(begun))
            one.free(begun.pop(row))
            unrecorded.append(row)
        if chance.random() < 0.1:
            unrecorded.clear()
    one.close()

    assert {*begun, *unrecorded} <= {mark.row for mark in read(tmp_path)}


@pytest.mark.fault("F32")
def test_a_journal_that_cannot_be_read_is_not_taken_for_empty(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="cannot read"):
        marks(where_nobody_can_look(tmp_path))

    assert marks(tmp_path / "gone") == []
