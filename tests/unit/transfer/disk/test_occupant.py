"""Whose a file is, and what it holds: read from real files, by size, time and bytes."""

import hashlib
import os
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import fastcrc
import pytest

from ossh.model import Entry, OwnFile, Proof, Status
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.occupant import Claim, Wanted, wanted
from ossh.transfer.disk.overwrite_rules import NOT_OURS, Comparison, LocalState
from tests import usual
from tests.planting import links_needed, plant
from tests.usual import MODIFIED

STAMP = MODIFIED.timestamp()
NS = round(STAMP) * 10**9
DATA = b"0123456789"
OTHER = b"abcdefghij"
CRC = fastcrc.crc64.xz(DATA)
MD5 = hashlib.md5(DATA, usedforsecurity=False).hexdigest().upper()
OWN = OwnFile(len(DATA), NS, CRC)
ENTRY = Entry(1, "a", "a", len(DATA), "E-1", MODIFIED, "Multipart")
OURS = replace(ENTRY, status=Status.DONE, own=OWN, proof=Proof.CRC64, finished=MODIFIED)
OUTDATED = replace(OURS, status=Status.PENDING, proof=None, size=99, etag="E-2")
OUTDATED_ELSEWHERE = replace(ENTRY, size=99, etag="E-2")  # of which only others know what is there

pytestmark = pytest.mark.fault("F44")


def put(folder: Path, data: bytes = DATA, *, later: float = 0.0, mode: int = 0o644) -> Path:
    """Put a file there, some seconds younger than the object."""
    path = folder / "a"
    path.write_bytes(data)
    os.utime(path, ns=(NS, NS + round(later * 1e9)))
    path.chmod(mode)
    return path


def state(
    folder: Path, entry: Entry, *, claims: tuple[Claim, ...] = (), **policy: Any
) -> tuple[LocalState, bool]:
    """Return how the place of an entry compares, and whether what is there is damaged."""
    found = compared(folder, entry, claims, **policy)
    return found.state, found.is_damaged


def compared(
    folder: Path, entry: Entry, claims: tuple[Claim, ...] = (), **policy: Any
) -> Comparison:
    files = usual.local_files(folder, claims_of=lambda _paths: {"a": claims}, **policy)
    return files.compare(entry)


def unread(_count: int) -> None:
    """Fail as a meter: nothing is to be read."""
    raise AssertionError


# A file of others


@pytest.mark.parametrize("later", [0.0, 2.0, -1.5])
def test_size_and_date_say_here_already_and_prove_nothing(
    files: LocalFiles, tmp_path: Path, later: float
) -> None:
    put(tmp_path, OTHER, later=later)

    found = files.compare(ENTRY)

    assert (found.state, found.own, found.proof) == (LocalState.HERE, None, None)


def test_a_date_that_was_refuted_says_nothing_any_more(tmp_path: Path) -> None:
    put(tmp_path, OTHER)

    assert state(tmp_path, replace(ENTRY, proof=Proof.LENGTH))[0] is LocalState.CONFLICT


def test_an_md5_makes_a_file_ours_whatever_its_date(files: LocalFiles, tmp_path: Path) -> None:
    path = put(tmp_path, later=777.25)

    found = files.compare(replace(ENTRY, etag=MD5, type="Normal"))

    own = OwnFile(len(DATA), path.stat().st_mtime_ns, CRC)
    assert (found.state, found.own, found.proof) == (LocalState.HERE, own, Proof.MD5)
    assert found.is_read


@pytest.mark.parametrize(
    ("data", "later", "entry"),
    [
        (OTHER, 0.0, replace(ENTRY, etag=MD5, type="Normal")),  # its size and date suffice
        (OTHER[:5], 777.0, replace(ENTRY, etag=MD5, type="Normal")),
        (OTHER, 777.0, ENTRY),  # nothing that it could be compared with
        (DATA, 0.0, OURS),
        (DATA + b"!", 0.0, OURS),
        (DATA + b"!", 0.0, OUTDATED),
        (OTHER, 1.0, OUTDATED),
    ],
)
def test_what_bytes_cannot_tell_is_not_read_for(
    files: LocalFiles, tmp_path: Path, data: bytes, later: float, entry: Entry
) -> None:
    put(tmp_path, data, later=later)

    assert files.examine(wanted(entry), unread) == files.compare(entry)


def test_an_md5_is_not_looked_for_where_many_files_are_compared(tmp_path: Path) -> None:
    put(tmp_path, later=777.25)
    files = usual.local_files(tmp_path, reads_bytes=False)

    found = files.examine(wanted(replace(ENTRY, etag=MD5, type="Normal")), unread)

    assert found.state is LocalState.CONFLICT


def test_where_every_byte_is_read_a_date_hides_no_other_md5(
    files: LocalFiles, tmp_path: Path
) -> None:
    put(tmp_path, OTHER)
    entry = replace(ENTRY, etag=MD5, type="Normal")

    found = files.examine(wanted(entry), reads=True)

    assert (found.state, found.is_damaged) == (LocalState.CONFLICT, True)


# A file of ours


def test_a_file_as_it_was_left_is_here_as_long_as_its_object_is_the_same(tmp_path: Path) -> None:
    put(tmp_path)

    assert compared(tmp_path, OURS) == Comparison(LocalState.HERE, OWN, Proof.CRC64)
    assert compared(tmp_path, OUTDATED) == Comparison(LocalState.CHANGED, OWN)
    other = Claim("other", is_same_bucket=True, entry=replace(OURS, key="b"))
    assert state(tmp_path, OUTDATED, claims=(other,))[0] is LocalState.CHANGED
    assert state(tmp_path, replace(OUTDATED, size=10))[0] is LocalState.CHANGED


EDITS = [
    (DATA + b"!", 0.0),
    (DATA[:5], 0.0),  # the disk lost its end, or a program that keeps times wrote it
    (b"", 0.0),
    (OTHER, 1.0),
    (OTHER, 1e-7),
    (DATA[:5], -60.0),
]
DATES = (-1e8, -777.0, -777.25, -2.5, 2.5, 777.0)


@pytest.mark.parametrize(
    ("entry", "data", "later"),
    [
        *((entry, *edit) for entry in (OURS, OUTDATED) for edit in EDITS),
        *product([ENTRY], (b"", DATA[:5], OTHER, DATA + b"!"), DATES),
    ],
)
def test_a_file_that_was_edited_or_that_ossh_did_not_leave_stays(
    tmp_path: Path, entry: Entry, data: bytes, later: float
) -> None:
    put(tmp_path, data, later=later)

    assert state(tmp_path, entry) == (LocalState.CONFLICT, False)
    assert state(tmp_path, entry, replace=True) == (LocalState.TRASHED, False)


def test_a_file_that_was_only_touched_is_here_and_ours_as_it_is_now(
    files: LocalFiles, tmp_path: Path
) -> None:
    put(tmp_path, later=1.0)

    found = files.compare(OURS)

    assert (found.state, found.own) == (LocalState.HERE, replace(OWN, modified=NS + 10**9))


@pytest.mark.parametrize(
    ("data", "found"),
    [(DATA, (LocalState.HERE, Proof.CRC64)), (OTHER, (LocalState.CONFLICT, None))],
)
def test_whether_a_file_is_what_has_arrived_is_told_by_its_bytes(
    files: LocalFiles, tmp_path: Path, data: bytes, found: tuple[LocalState, Proof | None]
) -> None:
    put(tmp_path, data)

    there = files.examine(Wanted("a", len(DATA), crc64=CRC))

    assert (there.state, there.proof) == found


def test_what_is_about_to_be_replaced_is_read(files: LocalFiles, tmp_path: Path) -> None:
    arrived = Wanted("a", 99, crc64=7, own=OWN)

    put(tmp_path)
    assert files.examine(arrived).state is LocalState.CHANGED
    put(tmp_path, OTHER)  # a program that keeps times wrote it
    found = files.examine(arrived)

    assert (found.state, found.is_damaged) == (LocalState.TRASHED, True)


@pytest.mark.fault("F32")
@pytest.mark.parametrize(
    ("data", "later", "found"),
    [
        (DATA, 0.0, (LocalState.HERE, False)),
        (bytes(len(DATA)), 0.0, (LocalState.TRASHED, True)),
        (b"", 0.0, (LocalState.TRASHED, True)),
        (OTHER, 60.5, (LocalState.TRASHED, True)),  # an edit, or not: nothing is lost
        (OTHER, 120.0, (LocalState.TRASHED, True)),
        (OTHER, 120.5, (LocalState.CONFLICT, False)),  # later than any system keeps bytes back
        (OTHER, -120.5, (LocalState.CONFLICT, False)),  # older than what the job wrote
        (b"", -1e8, (LocalState.CONFLICT, False)),
        (OTHER + b"!", 0.0, (LocalState.CONFLICT, False)),  # larger than what the job wrote
        (OTHER + b"!", 60.5, (LocalState.CONFLICT, False)),
        (DATA, 60.5, (LocalState.HERE, False)),
    ],
)
def test_after_a_power_cut_what_was_finished_last_is_read_and_what_may_be_torn_goes_to_the_trash(
    tmp_path: Path, data: bytes, later: float, found: tuple[LocalState, bool]
) -> None:
    put(tmp_path, data, later=later)

    assert state(tmp_path, OURS, doubted_since=STAMP) == found
    if data != DATA:
        older = state(tmp_path, OURS, doubted_since=STAMP + 1)
        assert older[0] in {LocalState.HERE, LocalState.CONFLICT}


@pytest.mark.fault("F36")
@pytest.mark.parametrize(
    ("data", "later", "found"),
    [
        (bytes(len(DATA)), 0.0, (LocalState.TRASHED, True)),
        (b"", 0.0, (LocalState.TRASHED, True)),
        (DATA, 0.0, (LocalState.HERE, False)),
        (OTHER, 2.0, (LocalState.TRASHED, True)),
        (OTHER, 2.5, (LocalState.CONFLICT, False)),
        (OTHER, -86_400.0, (LocalState.TRASHED, True)),  # as its writing left it
        (OTHER, -86_400.0 / 2, (LocalState.CONFLICT, False)),
    ],
)
def test_an_object_that_is_younger_than_a_clock_that_is_behind_is_read_all_the_same(
    tmp_path: Path, data: bytes, later: float, found: tuple[LocalState, bool]
) -> None:
    finished = MODIFIED - timedelta(days=1)
    put(tmp_path, data, later=later)

    entry = replace(OURS, finished=finished)

    assert state(tmp_path, entry, doubted_since=finished.timestamp()) == found


def test_after_a_power_cut_what_no_row_knows_goes_to_the_trash_unless_it_is_the_object(
    tmp_path: Path,
) -> None:
    put(tmp_path, b"")

    unknown = replace(ENTRY, finished=MODIFIED)

    assert state(tmp_path, unknown, doubted_since=STAMP) == (LocalState.TRASHED, False)


@pytest.mark.fault("F32")
def test_a_torn_file_is_told_by_the_date_that_it_was_left_with(tmp_path: Path) -> None:
    put(tmp_path, DATA[:5], later=500.0)
    own = replace(OWN, modified=NS + 500 * 10**9)
    entry = replace(OURS, own=own, finished=MODIFIED + timedelta(seconds=10_000))

    assert state(tmp_path, entry, doubted_since=STAMP) == (LocalState.TRASHED, True)


@pytest.mark.fault("F32")
def test_a_torn_file_of_a_version_that_no_row_has_yet_is_told_by_size_and_date_of_that(
    tmp_path: Path,
) -> None:
    put(tmp_path, bytes(20), later=777.0)
    newer = replace(OUTDATED, size=30, last_modified=MODIFIED + timedelta(seconds=777))

    assert state(tmp_path, newer, doubted_since=STAMP)[0] is LocalState.TRASHED
    assert state(tmp_path, replace(newer, size=19), doubted_since=STAMP)[0] is LocalState.CONFLICT


@pytest.mark.parametrize("mode", [0o444, 0o555])
@pytest.mark.parametrize("entry", [ENTRY, OUTDATED])
def test_a_read_only_file_stays_whatever_is_said(tmp_path: Path, entry: Entry, mode: int) -> None:
    is_ours = entry is OUTDATED
    put(tmp_path, DATA if is_ours else OTHER, later=0.0 if is_ours else 60.0, mode=mode)

    assert state(tmp_path, entry, replace=True) == (LocalState.CONFLICT, False)


@pytest.mark.parametrize("changes", [False, True])
def test_only_a_file_that_stays_the_same_was_read(tmp_path: Path, changes: bool) -> None:  # noqa: FBT001
    path = put(tmp_path)

    def meter(_count: int) -> None:
        if changes:
            path.write_bytes(OTHER)

    files = usual.local_files(tmp_path)
    found = files.examine(Wanted("a", len(DATA), md5="0" * 32), meter, reads=True)

    assert (found.state, found.is_read) == (LocalState.CONFLICT, not changes)


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("folder", "there is a folder in its place"),
        ("pipe", "what is in its place is not a file"),
        ("link", "there is a link in its place"),
    ],
)
def test_folders_pipes_and_links_stay(tmp_path: Path, kind: str, why: str) -> None:
    if kind == "folder":
        (tmp_path / "a").mkdir()
    else:
        plant(kind, tmp_path / "a", tmp_path / "b")

    for entry in (ENTRY, OURS, OUTDATED):
        found = compared(tmp_path, entry)
        assert (found.state, found.is_damaged) == (LocalState.CONFLICT, False)
        assert found.why == why or (kind, entry) != (kind, ENTRY)


def test_a_folder_is_what_an_object_that_stands_for_one_wants(tmp_path: Path) -> None:
    folder = replace(ENTRY, key="a/", path="a/", size=0)

    (tmp_path / "a").mkdir()
    assert compared(tmp_path, folder) == Comparison(LocalState.HERE)
    (tmp_path / "a").rmdir()
    path = put(tmp_path)
    found = compared(tmp_path, folder)

    assert found.state is LocalState.CONFLICT
    assert found.why == "there is a file where the folder belongs"
    assert compared(tmp_path, folder, replace=True).state is LocalState.TRASHED
    path.chmod(0o444)
    assert compared(tmp_path, folder, replace=True).why == "the local file is read-only"


def test_a_file_where_a_folder_belongs_is_another_object_even_with_the_same_key(
    tmp_path: Path,
) -> None:
    folder = replace(ENTRY, path="a/")
    put(tmp_path)
    found = compared(tmp_path, folder, claim(OURS), replace=True)

    assert found.why == "job 'other' has a different object there"


# What another job left


def claim(entry: Entry, *, is_same_bucket: bool = True) -> tuple[Claim, ...]:
    return (Claim("other", is_same_bucket, entry),)


def test_what_another_job_left_of_the_same_object_is_ours_too(tmp_path: Path) -> None:
    put(tmp_path)
    fresh = replace(ENTRY, size=99, etag="E-2")

    assert state(tmp_path, fresh) == (LocalState.CONFLICT, False)
    assert state(tmp_path, fresh, claims=claim(OURS)) == (LocalState.CHANGED, False)
    same = compared(tmp_path, ENTRY, claim(OURS))
    assert same == Comparison(LocalState.HERE, OWN, Proof.CRC64)
    for other in (replace(ENTRY, size=99), replace(ENTRY, etag="E-2")):
        assert compared(tmp_path, other, claim(OURS)) == Comparison(LocalState.CHANGED, OWN)
    put(tmp_path, OTHER, later=1.0)
    assert state(tmp_path, fresh, claims=claim(OURS)) == (LocalState.CONFLICT, False)


@pytest.mark.fault("F32")
@pytest.mark.fault("F41")
def test_what_another_job_left_is_read_where_that_job_doubts_it(tmp_path: Path) -> None:
    put(tmp_path, OTHER)
    doubted = (replace(claim(OURS)[0], doubted_since=STAMP),)
    lost = Comparison(LocalState.TRASHED, OWN, is_damaged=True)

    assert compared(tmp_path, ENTRY, claim(OURS), doubted_since=0.0).state is LocalState.HERE
    assert compared(tmp_path, ENTRY, doubted) == lost


@pytest.mark.fault("F41")
@pytest.mark.parametrize(
    "claims",
    [
        claim(replace(OURS, key="b")),
        claim(OURS, is_same_bucket=False),
        claim(replace(OURS, key="b", status=Status.PENDING)),  # its object changed, or is gone
        claim(replace(OURS, key="b", own=None, proof=None, status=Status.SKIPPED)),
    ],
)
def test_what_another_job_has_there_for_a_different_object_is_a_conflict_that_names_it(
    tmp_path: Path, claims: tuple[Claim, ...]
) -> None:
    put(tmp_path)
    found = compared(tmp_path, ENTRY, claims, replace=True)

    assert found.state is LocalState.CONFLICT
    assert found.why == "job 'other' has a different object there"


@pytest.mark.fault("F41")
@pytest.mark.parametrize(
    "other",
    [
        replace(OURS, key="b"),
        replace(OURS, key="b", own=None, proof=None, status=Status.SKIPPED),
    ],
)
def test_what_no_job_has_there_any_more_is_not_a_different_object_of_its_size_and_date(
    tmp_path: Path, other: Entry
) -> None:
    put(tmp_path)
    [former] = (replace(one, job="") for one in claim(other))

    assert state(tmp_path, ENTRY) == (LocalState.HERE, False)
    assert state(tmp_path, ENTRY, claims=(former,)) == (LocalState.CONFLICT, False)
    assert state(tmp_path, ENTRY, claims=(former,), replace=True) == (LocalState.TRASHED, False)
    proved = replace(ENTRY, type="Normal", etag=MD5)
    assert compared(tmp_path, proved, (former,)).proof is Proof.MD5


@pytest.mark.fault("F41")
@pytest.mark.parametrize("job", ["other", ""])
def test_whoever_says_what_a_file_is_not_says_nothing_of_it(tmp_path: Path, job: str) -> None:
    put(tmp_path)
    skipped = replace(OURS, key="b", own=None, proof=None, status=Status.SKIPPED)
    wrong = (
        replace(OURS, key="b", own=replace(OWN, modified=NS + 1)),
        replace(skipped, size=len(DATA) + 1),
        replace(skipped, last_modified=MODIFIED + timedelta(seconds=9)),
    )
    for other in wrong:
        contradicting = (Claim(job, is_same_bucket=True, entry=other), *claim(OURS))
        for claims in (contradicting, contradicting[::-1]):
            assert compared(tmp_path, ENTRY, claims).proof is Proof.CRC64
            assert state(tmp_path, OUTDATED_ELSEWHERE, claims=claims)[0] is LocalState.CHANGED


@pytest.mark.fault("F41")
def test_where_claims_of_one_size_and_date_contradict_each_other_the_bytes_tell(
    tmp_path: Path,
) -> None:
    other = OwnFile(len(OTHER), NS, fastcrc.crc64.xz(OTHER))
    of_another = Claim("", is_same_bucket=True, entry=replace(OURS, key="b", own=other))
    older = Claim("", is_same_bucket=True, entry=replace(OURS, etag="E-0", own=other))
    for claims in ((of_another, *claim(OURS)), (older, *claim(OURS))):
        for some in (claims, claims[::-1]):
            put(tmp_path)
            assert compared(tmp_path, ENTRY, some) == Comparison(LocalState.HERE, OWN, Proof.CRC64)
            put(tmp_path, OTHER)
            found = compared(tmp_path, ENTRY, some)
            if of_another in claims:
                assert found.why == "there is a file in its place that ossh left for another object"
            else:
                assert found == Comparison(LocalState.CHANGED, other)
            put(tmp_path, b"0000000000")
            for entry in (OUTDATED_ELSEWHERE, ENTRY):  # of other size and date, and of these
                assert compared(tmp_path, entry, some).state is LocalState.CONFLICT


@pytest.mark.fault("F41")
def test_a_file_that_two_objects_would_have_is_here_for_the_one_that_has_not_changed(
    tmp_path: Path,
) -> None:
    put(tmp_path)
    for job in ("other", ""):
        another = Claim(job, is_same_bucket=True, entry=replace(OURS, key="b"))
        for claims in ((another, *claim(OURS)), (*claim(OURS), another)):
            assert compared(tmp_path, ENTRY, claims).proof is Proof.CRC64


def test_of_what_is_known_of_the_same_object_what_proves_it_counts(tmp_path: Path) -> None:
    put(tmp_path)
    known = (*claim(OURS), *claim(replace(OURS, proof=None)))

    for claims in (known, known[::-1]):
        assert compared(tmp_path, ENTRY, claims) == Comparison(LocalState.HERE, OWN, Proof.CRC64)


def test_of_a_lost_job_that_has_a_different_object_there_its_manifest_is_named(
    tmp_path: Path,
) -> None:
    put(tmp_path)
    [lost] = claim(replace(OURS, key="b"))

    why = compared(tmp_path, ENTRY, (replace(lost, job="x.sqlite"),), replace=True).why

    assert str(why).startswith("a job whose job file is gone has a file there")
    assert "delete 'x.sqlite'" in str(why)


@pytest.mark.fault("F41")
@pytest.mark.parametrize("job", ["other", ""])
def test_what_may_be_a_different_object_that_no_row_has_yet_is_not_known_by_size_and_date(
    tmp_path: Path, job: str
) -> None:
    put(tmp_path)
    pending = replace(ENTRY, key="b", status=Status.PENDING)
    claims = (Claim(job, is_same_bucket=True, entry=pending),)

    assert state(tmp_path, ENTRY, claims=claims) == (LocalState.CONFLICT, False)
    assert compared(tmp_path, ENTRY, claims).why == NOT_OURS
    assert state(tmp_path, ENTRY, claims=claims, replace=True) == (LocalState.TRASHED, False)
    proved = replace(ENTRY, type="Normal", etag=MD5)
    assert compared(tmp_path, proved, claims).proof is Proof.MD5
    assert compared(tmp_path, ENTRY, (*claims, *claim(OURS))).proof is Proof.CRC64
    put(tmp_path, OTHER)
    assert state(tmp_path, proved, claims=claims) == (LocalState.CONFLICT, False)
    assert state(tmp_path, ENTRY, claims=(*claims, *claim(OURS))) == (LocalState.CONFLICT, False)


@pytest.mark.fault("F41")
def test_a_row_of_another_job_that_has_no_file_there_says_nothing(tmp_path: Path) -> None:
    put(tmp_path)
    pending = replace(ENTRY, key="b", status=Status.PENDING)
    without = (
        replace(pending, key="a"),  # the same object
        replace(pending, size=len(DATA) + 1),
        replace(pending, last_modified=MODIFIED + timedelta(seconds=9)),
        replace(pending, proof=Proof.LENGTH),  # its job has found that it is not the object
        replace(pending, status=Status.FAILED),
    )

    for other in without:
        assert state(tmp_path, ENTRY, claims=claim(other)) == (LocalState.HERE, False), other
    edited = replace(OURS, key="b", own=replace(OWN, modified=NS - 1))
    assert state(tmp_path, ENTRY, claims=claim(edited)) == (LocalState.HERE, False)


# Links

LINK = OwnFile(0, 0, fastcrc.crc64.xz(b"to"), is_link=True)
LINKED = replace(OURS, type="Symlink", own=LINK, proof=Proof.LINK)


@links_needed
@pytest.mark.parametrize(
    ("way", "entry", "found"),
    [
        ("to", LINKED, LocalState.HERE),
        ("to", replace(LINKED, proof=None), LocalState.CHANGED),
        ("bent", LINKED, LocalState.CONFLICT),
        ("to", ENTRY, LocalState.CONFLICT),
        ("to", OURS, LocalState.CONFLICT),
        ("to", replace(ENTRY, type="Symlink"), LocalState.CONFLICT),  # it becomes a file
    ],
)
def test_a_link_that_ossh_made_is_told_from_others(
    tmp_path: Path, way: str, entry: Entry, found: LocalState
) -> None:
    (tmp_path / "a").symlink_to(way)

    there = compared(tmp_path, entry)

    assert there.state is found
    if found is not LocalState.CONFLICT:
        assert (there.own, there.proof, there.is_read) == (LINK, entry.proof, True)


@links_needed
def test_a_link_that_says_the_same_is_not_in_the_way(files: LocalFiles, tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("to")

    same = files.examine(Wanted("a", crc64=LINK.crc64, is_link=True))
    content = files.examine(Wanted("a", 2, crc64=LINK.crc64))  # an object that holds these letters

    assert (same.state, same.own, same.proof) == (LocalState.HERE, LINK, Proof.LINK)
    assert content.state is LocalState.CONFLICT
