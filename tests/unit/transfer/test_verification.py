"""A whole tree proved, with more objects than one batch, and stopped in the middle."""

import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from ossh.errors import ManifestError
from ossh.job import Job
from ossh.manifest import Manifest, NewEntry, Outcome
from ossh.model import ObjectInfo, Proof, Status
from ossh.transfer.disk.proof import FindingKind
from ossh.transfer.verification import Verification
from ossh.transfer.watching import Phase
from tests import usual
from tests.planting import cannot_be_read
from tests.unit.transfer.disk.test_proof import DATA, OWN
from tests.usual import MODIFIED, put

NUMBER = 1200


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Give a job whose manifest claims 1,200 files, which are there."""
    job = usual.job(tmp_path / "jobs" / "job.toml")
    job.directory.mkdir()
    with Manifest.create(job.manifest_path) as manifest:
        infos = [ObjectInfo(f"{one:04}", len(DATA), "E", MODIFIED) for one in range(NUMBER)]
        (listing,) = manifest.start_listing([("", "")])
        manifest.add([NewEntry(info, info.key) for info in infos], listing.row, finished=True)
        manifest.record(
            [
                Outcome(row, Status.DONE, 1, own=OWN, proof=Proof.CRC64, finished=1.0)
                for row in range(1, NUMBER + 1)
            ]
        )
    for info in infos:
        put(job.directory, info.key, DATA)
    return job


def verified(job: Job, limit: int = 3) -> Verification:
    one = Verification(job, limit=limit)
    one.start()
    one.join(60)
    assert not one.is_alive()
    return one


def test_every_file_of_a_tree_is_proved(job: Job) -> None:
    one = verified(job)

    result = one.result()
    assert result.proved == Counter({Proof.CRC64: NUMBER})
    assert (result.status, result.proved_size) == (0, NUMBER * len(DATA))
    progress = one.progress
    assert (progress.done, progress.bytes_done) == (NUMBER, NUMBER * len(DATA))
    assert progress.phase is Phase.ENDED


def test_all_are_counted_and_the_first_are_named(job: Job) -> None:
    for number in range(100):
        (job.directory / f"{number:04}").unlink()

    result = verified(job).result()

    assert result.found == Counter({FindingKind.MISSING: 100})
    assert len(result.findings[FindingKind.MISSING]) == 3
    assert (result.status, result.differing) == (1, 100)


def test_bytes_that_went_bad_are_remembered_for_the_next_run(job: Job) -> None:
    put(job.directory, "0007", b"twelve bites")

    assert verified(job).result().found == Counter({FindingKind.CORRUPT: 1})

    with Manifest.open(job.manifest_path) as manifest:
        entry = manifest.entry("0007")
        assert entry is not None
        assert (entry.status, entry.finished is not None) == (Status.FAILED, True)
        assert manifest.counts().objects[Status.FAILED] == 1


def test_what_was_stopped_says_so(job: Job) -> None:
    one = Verification(job, limit=3)
    one.stop()
    one.run()

    result = one.result()

    assert (result.status, result.is_whole) == (130, False)
    assert result.found == Counter()


def test_a_folder_that_cannot_be_read_is_named_and_is_nobody_s_fault(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job.directory / "theirs").mkdir()
    cannot_be_read(job.directory / "theirs", monkeypatch)

    result = verified(job).result()

    (finding,) = result.findings[FindingKind.FOREIGN]
    assert finding.path == "theirs/"
    assert finding.message == "a folder that cannot be read"
    assert result.status == 0


def test_a_manifest_that_breaks_off_is_an_error(job: Job) -> None:
    with sqlite3.connect(job.manifest_path) as database:
        database.execute("DROP TABLE parts")
    database.close()

    with pytest.raises(ManifestError):
        verified(job).result()
