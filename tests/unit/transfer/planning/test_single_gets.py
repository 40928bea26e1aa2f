"""What is remembered of the files that jobs of a single object left."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ossh.job import Job
from ossh.manifest import Manifest, NewEntry
from ossh.model import ObjectInfo, OwnFile, Proof, Source, Status
from ossh.private_records import PrivateRecords
from ossh.transfer.planning.other_jobs import SingleGets
from tests import usual

OWN = OwnFile(4, 1_790_000_000_123_456_789, 2**63 + 5)


@pytest.fixture
def records(tmp_path: Path) -> PrivateRecords:
    return PrivateRecords(lambda: tmp_path / "state")


def finished_job(folder: Path, bucket: str = "bucket", own: OwnFile = OWN) -> Job:
    """Make a job whose one object is at its target."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    source = Source("https://files.example.com", "", bucket)
    job = usual.job(folder / "j.toml", "out", source=source)
    info = ObjectInfo("d/é.txt", 4, "ABC", moment)
    with Manifest.create(job.manifest_path) as manifest:
        manifest.add([NewEntry(info, "é.txt", Status.DONE, own=own, proof=Proof.MD5)])
    return job


@pytest.mark.parametrize("own", [OWN, OwnFile(0, 0, 7, is_link=True)])
def test_what_such_a_job_left_is_claimed_by_later_ones(
    tmp_path: Path, records: PrivateRecords, own: OwnFile
) -> None:
    job = finished_job(tmp_path, own=own)

    SingleGets(records).remember(job)

    [(path, claim)] = SingleGets(records).claims(job, ["a", "é.txt", "z"])
    assert path == "é.txt"
    assert claim.is_same_bucket
    assert claim.entry.status is Status.DONE
    assert (claim.entry.key, claim.entry.size, claim.entry.etag) == ("d/é.txt", 4, "ABC")
    assert (claim.entry.own, claim.entry.proof) == (own, Proof.MD5)


def test_an_object_of_another_bucket_is_another_one(
    tmp_path: Path, records: PrivateRecords
) -> None:
    SingleGets(records).remember(finished_job(tmp_path))
    (tmp_path / "j.sqlite").unlink()
    theirs = finished_job(tmp_path, "other")

    [(_path, claim)] = SingleGets(records).claims(theirs, ["é.txt"])

    assert not claim.is_same_bucket


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"\xff", b'["b", "k", 4, "E", [4], "md5"]', b'{"a": 1}']
)
def test_a_record_that_cannot_be_read_claims_nothing(
    tmp_path: Path, records: PrivateRecords, content: bytes
) -> None:
    job = finished_job(tmp_path)
    SingleGets(records).remember(job)
    [name] = records.names()
    records.write(name, content)

    assert list(SingleGets(records).claims(job, ["é.txt"])) == []


def test_where_nothing_can_be_recorded_nothing_is_claimed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    nowhere = PrivateRecords(lambda: tmp_path / "file" / "state")
    job = finished_job(tmp_path)

    SingleGets(nowhere).remember(job)

    assert list(SingleGets(nowhere).claims(job, ["é.txt"])) == []


def test_a_path_that_no_text_holds_is_claimed_by_nothing(
    tmp_path: Path, records: PrivateRecords
) -> None:
    job = finished_job(tmp_path)
    SingleGets(records).remember(job)

    assert list(SingleGets(records).claims(job, ["\ud800"])) == []
