"""One file against its row."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import fastcrc
import pytest

from ossh.model import Entry, OwnFile, Proof, Status
from ossh.paths import TARGET_ITSELF
from ossh.transfer.disk.file_io import Interrupted
from ossh.transfer.disk.proof import Finding, FindingKind, examine
from tests import usual
from tests.planting import links_needed, where_nobody_can_look
from tests.usual import MODIFIED, put

DATA = b"twelve bytes"
CRC64 = fastcrc.crc64.xz(DATA)
OWN = OwnFile(len(DATA), round(MODIFIED.timestamp()) * 10**9, CRC64)
ENTRY = Entry(
    1,
    "logs/a",
    "a",
    len(DATA),
    "E",
    MODIFIED,
    status=Status.DONE,
    own=OWN,
    proof=Proof.CRC64,
)

HERE = replace(ENTRY, own=None, proof=None, status=Status.SKIPPED)

LINK = OwnFile(0, 0, fastcrc.crc64.xz(b"to"), is_link=True)


def examined(entry: Entry, target: Path) -> Proof | Finding | None:
    return examine(entry, usual.local_files(target), lambda _count: None)


def wrong(entry: Entry, target: Path) -> tuple[FindingKind, str]:
    found = examined(entry, target)
    assert isinstance(found, Finding)
    assert (found.path, found.key) == (entry.path, entry.key)
    return found.kind, found.message


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return put(tmp_path, "a", DATA)


WENT_BAD = (FindingKind.CORRUPT, "its bytes differ from those that were verified")
EDITED = (FindingKind.CHANGED, "the local file was edited since it was downloaded")


@pytest.mark.parametrize("proof", [one for one in Proof if one is not Proof.LINK])
def test_a_file_is_proved_as_far_as_its_bytes_once_were(file: Path, proof: Proof) -> None:
    assert examined(replace(ENTRY, proof=proof), file.parent) is proof


def test_a_file_that_was_here_before_is_proved_by_its_etag(file: Path) -> None:
    etag = hashlib.md5(DATA, usedforsecurity=False).hexdigest().upper()
    here = replace(HERE, etag=etag)

    assert examined(here, file.parent) is Proof.MD5
    put(file.parent, "a", b"twelve bites")
    assert wrong(here, file.parent)[0] is FindingKind.DIFFERENT


def test_what_had_its_place_before_it_was_fetched_is_told_apart(file: Path) -> None:
    put(file.parent, "a", b"mine")

    assert wrong(HERE, file.parent)[0] is FindingKind.CHANGED
    assert wrong(replace(HERE, status=Status.FAILED), file.parent)[0] is FindingKind.TAKEN


@links_needed
def test_a_link_in_its_path_may_have_been_there_before_it_was_fetched(file: Path) -> None:
    (file.parent / "sub").symlink_to(file.parent)
    behind = replace(HERE, path="sub/a")

    assert wrong(behind, file.parent)[0] is FindingKind.CHANGED
    assert wrong(replace(behind, status=Status.FAILED), file.parent)[0] is FindingKind.TAKEN


def test_what_is_not_there_is_missing(file: Path) -> None:
    below_a_file = replace(ENTRY, path="a/b")

    assert wrong(replace(ENTRY, path="b"), file.parent) == (FindingKind.MISSING, "")
    assert wrong(below_a_file, file.parent)[0] is FindingKind.MISSING


@pytest.mark.parametrize(
    ("data", "age", "found"),
    [
        (b"twelve bites", 0.0, WENT_BAD),
        (b"twelve bites", -1.0, EDITED),
        (b"twelve bites", -1000.0, EDITED),
        (b"short", 0.0, EDITED),
        (b"", -1.5, EDITED),
        (b"longer than twelve", 0.0, EDITED),
    ],
)
def test_only_a_file_with_the_size_and_time_that_it_was_left_with_went_bad(
    file: Path, data: bytes, age: float, found: tuple[FindingKind, str]
) -> None:
    put(file.parent, "a", data, age=age)

    assert wrong(ENTRY, file.parent) == found


def test_a_folder_has_nothing_to_prove_and_is_no_file(file: Path) -> None:
    (file.parent / "d").mkdir()
    marker = replace(HERE, key="logs/d/", path="d/", size=0)

    assert examined(marker, file.parent) is None
    assert examined(replace(marker, path=TARGET_ITSELF), file.parent) is None
    assert wrong(replace(ENTRY, path="d"), file.parent)[1] == "there is a folder in its place"
    file.with_name("f").write_bytes(b"")
    assert wrong(replace(marker, path="f/"), file.parent)[0] in {
        FindingKind.CHANGED,
        FindingKind.MISSING,
    }


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads anything")
def test_a_file_that_cannot_be_read_is_told_apart(file: Path) -> None:
    file.chmod(0)

    assert wrong(ENTRY, file.parent)[0] is FindingKind.UNREADABLE


def test_a_file_that_the_disk_does_not_give_is_told_apart(tmp_path: Path) -> None:
    place = where_nobody_can_look(tmp_path)
    entry = replace(ENTRY, path="x" * 300)

    assert wrong(entry, tmp_path) == (FindingKind.UNREADABLE, "file name too long")
    beyond = replace(ENTRY, path=f"{place.parent.name}/a")
    assert wrong(beyond, tmp_path) == (FindingKind.CHANGED, "a link is in its path")


@pytest.mark.parametrize("mode", [0o644, 0o444])
def test_a_damaged_file_of_ours_is_corrupt_even_where_it_has_to_stay(file: Path, mode: int) -> None:
    put(file.parent, "a", b"twelve bites").chmod(mode)

    assert wrong(ENTRY, file.parent)[0] is FindingKind.CORRUPT


def test_the_meter_may_end_it(file: Path) -> None:
    def halt(_count: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        examine(ENTRY, usual.local_files(file.parent), halt)


@links_needed
def test_a_recorded_link_is_proved_by_where_it_leads(tmp_path: Path) -> None:
    link = replace(ENTRY, type="Symlink", own=LINK, proof=Proof.LINK)

    assert wrong(link, tmp_path) == (FindingKind.MISSING, "")
    (tmp_path / "a").symlink_to("to")
    assert examined(link, tmp_path) is Proof.LINK
    bent = replace(link, own=replace(LINK, crc64=7))
    assert wrong(bent, tmp_path) == (FindingKind.CHANGED, "there is a link in its place")


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir])
def test_what_is_in_the_place_of_a_recorded_link_is_told(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "a")

    link = replace(ENTRY, type="Symlink", own=LINK, proof=Proof.LINK)
    assert wrong(link, tmp_path)[0] is FindingKind.CHANGED
