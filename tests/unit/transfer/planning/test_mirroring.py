"""What a mirror takes away, whatever there is of it."""

import gc
import os
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import fastcrc
import pytest

from ossh.manifest import LEFT_CODE, Manifest, NewEntry, Outcome
from ossh.model import Cause, Entry, Failure, ObjectInfo, OwnFile, Proof, Status, Target
from ossh.paths import NameRules
from ossh.transfer.planning import mirroring
from ossh.transfer.watching import Removed
from tests import usual
from tests.usual import MODIFIED

LEFT = Entry(
    *(1, "a", "a", 4, "E", MODIFIED),
    status=Status.GONE,
    failure=Failure(Cause.GONE, LEFT_CODE, "its file is still here"),
    own=OwnFile(4, 1, 7),
    proof=Proof.CRC64,
    finished=MODIFIED,
)
FOLDER = replace(LEFT, path="a/", own=None, proof=None)


def peak_of(folder: Path, count: int) -> int:
    """Return the most memory, in bytes, that taking away so many folders needs."""
    folder.mkdir()
    job = usual.job(folder / "job.toml", Target("target", mirror=True, max_gone="100%"))
    with Manifest.create(job.manifest_path) as manifest:
        keys = [f"{number:05}/" for number in range(count)]
        manifest.add([NewEntry(ObjectInfo(one, 0, "E", MODIFIED), one) for one in keys])
        for one in keys:
            (job.directory / one).mkdir(parents=True)
        rows = range(1, count + 1)
        manifest.record([Outcome(row, Status.DONE, 1, finished=1.0) for row in rows])
        manifest.record([mirroring.left(one) for one in manifest.entries()])
        mirroring.remember_held(manifest)
        files = usual.local_files(job.directory)
        tracemalloc.start()
        for _progress in mirroring.take_away(job, manifest, files, Removed(), lambda: 1.0):
            gc.collect()  # when Python does that by itself is luck
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert not manifest.count_left()
    assert not any(path.is_dir() for path in job.directory.iterdir())
    return peak


def test_many_folders_that_are_gone_take_no_more_memory_than_some(tmp_path: Path) -> None:
    peaks = peak_of(tmp_path / "some", 2200), peak_of(tmp_path / "many", 4400)

    assert peaks[1] < 1.4 * peaks[0]


@pytest.mark.fault("F4")
def test_a_file_that_two_names_lead_to_stays_with_the_object_that_has_it(tmp_path: Path) -> None:
    job = usual.job(tmp_path / "job.toml", Target("target", "portable", mirror=True))
    job.directory.mkdir()
    (job.directory / "a").write_bytes(b"data")
    os.link(job.directory / "a", job.directory / "A")  # as on a disk that takes both for one name
    time = (job.directory / "a").stat().st_mtime_ns
    own, removed = OwnFile(4, time, fastcrc.crc64.xz(b"data")), Removed()
    done = Outcome(1, Status.DONE, 1, own=own, proof=Proof.CRC64, finished=1.0)
    with Manifest.create(job.manifest_path) as manifest:
        for row, key in ((1, "A"), (2, "a")):
            manifest.claim([(key, key)], NameRules.portable())
            manifest.add([NewEntry(ObjectInfo(key, 4, "E", MODIFIED), key)])
            manifest.record([replace(done, row=row)])
            if key == "A":
                manifest.put_aside([row])
        manifest.relist()
        manifest.note_former()
        files = usual.local_files(job.directory)

        steps = list(mirroring.take_away(job, manifest, files, removed, lambda: 1.0))

        assert (steps, removed.files, removed.kept) == ([], 0, 0)
        assert (manifest.count_left(), manifest.has_former()) == (0, False)
    assert (job.directory / "a").exists()


@pytest.mark.parametrize(
    ("entry", "listed", "is_back"),
    [
        pytest.param(LEFT, LEFT.info, True, id="as it was"),
        pytest.param(FOLDER, FOLDER.info, True, id="a folder"),
        pytest.param(LEFT, replace(LEFT.info, size=5), False, id="another size"),
        pytest.param(LEFT, replace(LEFT.info, etag="F"), False, id="another ETag"),
        pytest.param(
            LEFT, replace(LEFT.info, last_modified=datetime.now(UTC)), False, id="another date"
        ),
        pytest.param(replace(LEFT, proof=None), LEFT.info, False, id="an older version is here"),
        pytest.param(replace(LEFT, failure=None), LEFT.info, False, id="nothing was left"),
    ],
)
def test_an_object_that_is_listed_again_is_done_with_its_own_file_alone(
    entry: Entry, listed: ObjectInfo, *, is_back: bool
) -> None:
    found = mirroring.back(entry, listed)

    assert (found is not None) == is_back
    assert found is None or (found.status, found.failure) == (Status.DONE, None)
