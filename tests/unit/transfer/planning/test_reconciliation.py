"""Rows and the disk are brought together before a run goes on."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import fastcrc
import pytest

from ossh.manifest import Manifest, NewEntry, Outcome
from ossh.model import Cause, Entry, OwnFile, Proof, Status
from ossh.transfer.disk.file_io import Interrupted
from ossh.transfer.disk.occupant import Claim
from ossh.transfer.planning.reconciliation import compared, recheck
from ossh.transfer.watching import Phase
from tests import usual
from tests.usual import DATA, MODIFIED, put

STAMP = MODIFIED.timestamp()
info = partial(usual.info, size=len(DATA))
OWN = OwnFile(len(DATA), round(STAMP) * 10**9, fastcrc.crc64.xz(DATA))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return the target of a job that has fetched `a` and `b`."""
    target = tmp_path / "target"
    put(target, "a")
    put(target, "b")
    return target


@pytest.fixture
def manifest(tmp_path: Path) -> Iterator[Manifest]:
    """Return the manifest of that job."""
    with Manifest.create(tmp_path / "job.sqlite") as manifest:
        manifest.set_meta("job_id", "cafe")
        manifest.add([NewEntry(info(key), key) for key in ("a", "b")])
        manifest.record([Outcome(row, Status.DONE, 1, None, OWN, Proof.CRC64) for row in (1, 2)])
        yield manifest


def checked(
    manifest: Manifest,
    target: Path,
    verified: Counter[Proof | None] | None = None,
    **policy: Any,
) -> dict[str, Status]:
    """Return where rows stand once they were compared with what is on disk."""
    verified = Counter() if verified is None else verified
    for _step in recheck(manifest, usual.local_files(target, **policy), verified):
        pass
    return {entry.key: entry.status for entry in manifest.entries()}


def test_of_files_that_were_read_again_those_that_are_right_are_counted(
    manifest: Manifest, target: Path
) -> None:
    manifest.add([NewEntry(info("c"), "c")])
    manifest.record([Outcome(3, Status.DONE, 1, None, OWN, Proof.CRC64)])
    put(target, "a", age=60.0)
    put(target, "c", age=60.0)
    (target / "b").unlink()
    verified: Counter[Proof | None] = Counter()

    checked(manifest, target, verified)

    assert verified == {Proof.CRC64: 2}


def test_a_file_of_another_name_than_its_key_is_compared_too(tmp_path: Path, target: Path) -> None:
    with Manifest.create(tmp_path / "other.sqlite") as manifest:
        manifest.add([NewEntry(info("a:1"), "a%3A1")])
        manifest.record([Outcome(1, Status.DONE, 1, None, OWN, Proof.CRC64)])

        assert checked(manifest, target) == {"a:1": Status.PENDING}


def test_it_is_remembered_when_files_were_last_compared(manifest: Manifest, target: Path) -> None:
    before = datetime.now(UTC)

    checked(manifest, target)

    assert before <= datetime.fromisoformat(manifest.get_meta("compared")) <= datetime.now(UTC)


@pytest.mark.fault("F44")
def test_a_file_that_was_deleted_is_fetched_again(manifest: Manifest, target: Path) -> None:
    (target / "a").unlink()

    assert checked(manifest, target) == {"a": Status.PENDING, "b": Status.DONE}
    put(target, "a")  # moved away, and back
    (entry,) = manifest.entries((Status.PENDING,))
    assert compared(entry, usual.local_files(target)).status is Status.SKIPPED


@pytest.mark.fault("F44")
@pytest.mark.parametrize(
    ("data", "age"),
    [(DATA + b"!", 0.0), (DATA[:5], -60.0), (b"", 60.0), (DATA[::-1], 0.5)],
)
def test_a_file_that_was_edited_is_kept_and_told(
    manifest: Manifest, target: Path, data: bytes, age: float
) -> None:
    put(target, "a", data, age=age)

    assert checked(manifest, target)["a"] is Status.FAILED
    assert (target / "a").read_bytes() == data
    entry = manifest.entry("a")
    assert entry is not None
    assert entry.failure is not None
    assert entry.failure.message == "the local file was edited since it was downloaded"


def test_a_touched_file_stays_done_and_is_remembered_as_it_is_now(
    target: Path, manifest: Manifest
) -> None:
    put(target, "a", age=60.0)
    before = manifest.entry("a")
    assert before is not None

    assert checked(manifest, target)["a"] is Status.DONE
    now = replace(OWN, modified=OWN.modified - 60 * 10**9)
    assert manifest.entry("a") == replace(before, own=now)
    assert (before.attempts, before.proof) == (1, Proof.CRC64)


def test_a_file_that_was_here_before_and_was_touched_is_ours_if_its_bytes_prove_it(
    tmp_path: Path, target: Path
) -> None:
    md5 = hashlib.md5(DATA, usedforsecurity=False).hexdigest().upper()
    put(target, "a", age=60.0)
    with Manifest.create(tmp_path / "other.sqlite") as manifest:
        manifest.add([NewEntry(replace(info("a"), etag=md5), "a", Status.SKIPPED)])

        verified: Counter[Proof | None] = Counter()
        assert checked(manifest, target, verified) == {"a": Status.SKIPPED}
        entry = manifest.entry("a")

    assert entry is not None
    assert verified == {}  # no run of this job brought it
    now = replace(OWN, modified=OWN.modified - 60 * 10**9)
    assert (entry.own, entry.proof) == (now, Proof.MD5)


def test_what_only_size_and_date_tell_is_compared_with_what_other_jobs_have(
    tmp_path: Path, target: Path
) -> None:
    entry = Entry(1, "b", "a", len(DATA), "E1", MODIFIED, status=Status.SKIPPED)
    theirs = Claim("theirs", is_same_bucket=True, entry=entry)
    with Manifest.create(tmp_path / "other.sqlite") as manifest:
        manifest.add([NewEntry(info("a"), "a", Status.SKIPPED)])

        found = checked(manifest, target, claims_of=lambda _paths: {"a": (theirs,)})

    assert found == {"a": Status.FAILED}


@pytest.mark.fault("F32")
def test_in_doubt_what_lost_its_bytes_goes_to_the_trash(manifest: Manifest, target: Path) -> None:
    manifest.record([Outcome(row, Status.DONE, 1, None, OWN, Proof.CRC64, STAMP) for row in (1, 2)])
    put(target, "a", bytes(len(DATA)))

    assert checked(manifest, target, doubted_since=STAMP) == {
        "a": Status.PENDING,
        "b": Status.DONE,
    }
    entry = manifest.entry("a")
    assert entry is not None
    assert (entry.attempts, entry.own) == (0, None)  # what a disk lost is no attempt
    assert not (target / "a").exists()
    assert next(target.rglob("trash/*/a")).read_bytes() == bytes(len(DATA))


def test_an_entry_of_an_earlier_run_is_what_the_disk_says_of_it(target: Path) -> None:
    local_files = usual.local_files(target)
    entry = Entry(1, "a", "a", len(DATA), "E1", MODIFIED)
    (target / "dir").mkdir()

    seen = [compared(replace(entry, path=path), local_files) for path in ("a", "dir", "absent")]

    assert [one.status for one in seen] == [Status.SKIPPED, Status.FAILED, Status.PENDING]
    assert seen[1].failure is not None
    assert (seen[1].failure.cause, seen[1].attempts) == (Cause.LOCAL_CONFLICT, 1)


def test_an_entry_of_an_earlier_run_learns_what_was_proved_and_keeps_what_it_knows(
    target: Path,
) -> None:
    local_files = usual.local_files(target)
    md5 = hashlib.md5(DATA, usedforsecurity=False).hexdigest().upper()
    put(target, "a", age=60.0)
    fresh = Entry(1, "a", "a", len(DATA), md5, MODIFIED)
    known = replace(fresh, path="absent", own=OWN)

    here = compared(fresh, local_files)

    own = replace(OWN, modified=OWN.modified - 60 * 10**9)
    assert here == replace(fresh, status=Status.SKIPPED, own=own, proof=Proof.MD5)
    assert compared(known, local_files) == known


def test_nothing_is_compared_when_nothing_is_here(tmp_path: Path) -> None:
    with Manifest.create(tmp_path / "other.sqlite") as manifest:
        manifest.add([NewEntry(info("a"), "a")])

        steps = list(recheck(manifest, usual.local_files(tmp_path), Counter()))

    assert steps == []


def test_what_is_not_as_its_row_says_is_told_as_it_is(manifest: Manifest, target: Path) -> None:
    (target / "a").unlink()
    put(target, "b", DATA + b"!")

    steps = list(recheck(manifest, usual.local_files(target), Counter()))

    assert [one.status for one in manifest.entries()] == [Status.PENDING, Status.FAILED]
    last = steps[-1]
    assert (last.phase, last.done, last.failed) == (Phase.PLANNING, 0, 1)
    assert last.note == "comparing with what is on disk"


def test_comparing_ends_when_told_to(manifest: Manifest, target: Path) -> None:
    steps = recheck(manifest, usual.local_files(target, lambda: True), Counter())

    next(steps)
    with pytest.raises(Interrupted):
        next(steps)
