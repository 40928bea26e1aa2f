"""A preview beside the manifest of a job that has run."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ossh.manifest import Manifest, NewEntry, Outcome, RunRecord
from ossh.model import ObjectInfo, Proof, Status
from ossh.transfer.disk import ABSENT, Disk
from ossh.transfer.earlier import Earlier
from ossh.transfer.standing import Found, Standing

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW = MODIFIED.timestamp() + 1000.0
INFO = ObjectInfo("a", 10, "E1", MODIFIED)
ANOTHER = replace(INFO, etag="E2", last_modified=MODIFIED + timedelta(days=1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the manifest of a job that has fetched `a`."""
    path = tmp_path / "job.sqlite"
    with Manifest.create(path, "cafe") as manifest:
        manifest.add([NewEntry(INFO, "a")])
        manifest.begin_run(MODIFIED, "boot 1")
        manifest.record([Outcome(1, Status.DONE, 1, proof=Proof.CRC64, finished=NOW)])
    return path


def seen(path: Path, target: Path, info: ObjectInfo, place: str = "a") -> Standing:
    disk = Disk(str(target), replace=False)
    earlier = Earlier(path, lambda _runs: disk)
    (found,) = earlier.corrected([info], [place], disk.found([info], [place]))
    return found.standing


def put(target: Path, size: int, age: float, name: str = "a") -> None:
    target.mkdir(exist_ok=True)
    (target / name).write_bytes(bytes(size))
    os.utime(target / name, (MODIFIED.timestamp() - age,) * 2)


@pytest.mark.parametrize(
    ("file", "info", "standing"),
    [
        ((10, 0.0), INFO, Standing.HERE),
        ((5, 60.0), INFO, Standing.CONFLICT),  # of others it would be an older version
        ((5, 0.0), INFO, Standing.CHANGED),
        ((10, 0.0), ANOTHER, Standing.CHANGED),
        ((5, 60.0), ANOTHER, Standing.CONFLICT),
    ],
)
def test_what_the_job_wrote_is_told_from_files_of_others(
    path: Path, tmp_path: Path, file: tuple[int, float], info: ObjectInfo, standing: Standing
) -> None:
    put(tmp_path / "target", *file)

    assert seen(path, tmp_path / "target", info) is standing


def test_a_place_that_the_job_does_not_know_stands_as_it_is(path: Path, tmp_path: Path) -> None:
    put(tmp_path / "target", 5, 60.0)
    put(tmp_path / "target", 5, 60.0, "b")

    assert seen(path, tmp_path / "target", replace(INFO, key="b"), "b") is Standing.CHANGED
    assert seen(path, tmp_path / "target", INFO, "b") is Standing.CHANGED


def test_in_doubt_what_is_as_recorded_is_here_at_a_glance(path: Path, tmp_path: Path) -> None:
    put(tmp_path / "target", 10, 0.0)
    runs: list[RunRecord] = []

    def doubtful(found: Sequence[RunRecord]) -> Disk:
        runs.extend(found)
        return Disk(str(tmp_path / "target"), replace=False, is_doubtful=True)

    earlier = Earlier(path, doubtful)

    (found,) = earlier.corrected([INFO], ["a"], [Found(Standing.CHANGED)])
    assert found.standing is Standing.HERE
    assert [one.boot_id for one in runs] == ["boot 1"]


def test_an_edit_of_a_file_that_the_job_found_complete_is_kept(path: Path, tmp_path: Path) -> None:
    with Manifest.open(path) as manifest:
        manifest.add([NewEntry(replace(INFO, key="b"), "b", Status.SKIPPED)])
    put(tmp_path / "target", 5, 60.0, "b")

    assert seen(path, tmp_path / "target", replace(INFO, key="b"), "b") is Standing.CONFLICT


@pytest.mark.parametrize("manifest", [None, b"no manifest at all"])
def test_without_a_usable_manifest_nothing_is_known(tmp_path: Path, manifest: bytes | None) -> None:
    path = tmp_path / "job.sqlite"
    if manifest is not None:
        path.write_bytes(manifest)
    put(tmp_path / "target", 5, 60.0)

    assert seen(path, tmp_path / "target", INFO) is Standing.CHANGED


def test_nothing_is_asked_where_nothing_is(path: Path, tmp_path: Path) -> None:
    disk = Disk(str(tmp_path / "target"), replace=False)

    earlier = Earlier(path, lambda _runs: disk)
    assert earlier.corrected([INFO], ["a"], [ABSENT]) == [ABSENT]
