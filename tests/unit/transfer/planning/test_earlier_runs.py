"""A preview beside the manifest of a job that has run."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ossh.errors import LocalError
from ossh.manifest import Manifest, NewEntry, Outcome, RunRecord
from ossh.model import ObjectInfo, Proof, Status
from ossh.transfer.disk.local_files import ABSENT, LocalFiles
from ossh.transfer.disk.overwrite_rules import Comparison, LocalState, Policy
from ossh.transfer.planning.earlier_runs import EarlierRuns

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW = MODIFIED.timestamp() + 1000.0
INFO = ObjectInfo("a", 10, "E1", MODIFIED)
ANOTHER = replace(INFO, etag="E2", last_modified=MODIFIED + timedelta(days=1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the manifest of a job that has fetched `a`."""
    path = tmp_path / "job.sqlite"
    with Manifest.create(path) as manifest:
        manifest.add([NewEntry(INFO, "a")])
        manifest.begin_run(MODIFIED, "boot 1")
        manifest.record([Outcome(1, Status.DONE, 1, proof=Proof.CRC64, finished=NOW)])
    return path


def seen(path: Path, target: Path, info: ObjectInfo, place: str = "a") -> LocalState:
    local_files = LocalFiles(str(target), Policy())
    earlier = EarlierRuns(path, lambda _runs: local_files)
    (found,) = earlier.corrected([info], [place], local_files.compare_all([info], [place]))
    return found.state


def put(target: Path, size: int, age: float, name: str = "a") -> None:
    target.mkdir(exist_ok=True)
    (target / name).write_bytes(bytes(size))
    os.utime(target / name, (MODIFIED.timestamp() - age,) * 2)


@pytest.mark.parametrize(
    ("file", "info", "state"),
    [
        ((10, 0.0), INFO, LocalState.HERE),
        ((5, 60.0), INFO, LocalState.CONFLICT),  # of others it would be an older version
        ((5, 0.0), INFO, LocalState.CHANGED),
        ((10, 0.0), ANOTHER, LocalState.CHANGED),
        ((5, 60.0), ANOTHER, LocalState.CONFLICT),
    ],
)
def test_what_the_job_wrote_is_told_from_files_of_others(
    path: Path, tmp_path: Path, file: tuple[int, float], info: ObjectInfo, state: LocalState
) -> None:
    put(tmp_path / "target", *file)

    assert seen(path, tmp_path / "target", info) is state


def test_a_place_that_the_job_does_not_know_stands_as_it_is(path: Path, tmp_path: Path) -> None:
    put(tmp_path / "target", 5, 60.0)
    put(tmp_path / "target", 5, 60.0, "b")

    assert seen(path, tmp_path / "target", replace(INFO, key="b"), "b") is LocalState.CHANGED
    assert seen(path, tmp_path / "target", INFO, "b") is LocalState.CHANGED


def test_in_doubt_what_is_as_recorded_is_here_at_a_glance(path: Path, tmp_path: Path) -> None:
    put(tmp_path / "target", 10, 0.0)
    runs: list[RunRecord] = []

    def doubtful(found: Sequence[RunRecord]) -> LocalFiles:
        runs.extend(found)
        return LocalFiles(str(tmp_path / "target"), Policy(is_doubtful=True))

    earlier = EarlierRuns(path, doubtful)

    (found,) = earlier.corrected([INFO], ["a"], [Comparison(LocalState.CHANGED)])
    assert found.state is LocalState.HERE
    assert [one.boot_id for one in runs] == ["boot 1"]


def test_an_edit_of_a_file_that_the_job_found_complete_is_kept(path: Path, tmp_path: Path) -> None:
    with Manifest.open(path) as manifest:
        manifest.add([NewEntry(replace(INFO, key="b"), "b", Status.SKIPPED)])
    put(tmp_path / "target", 5, 60.0, "b")

    assert seen(path, tmp_path / "target", replace(INFO, key="b"), "b") is LocalState.CONFLICT


@pytest.mark.parametrize("manifest", [None, b"no manifest at all"])
def test_without_a_usable_manifest_nothing_is_known(tmp_path: Path, manifest: bytes | None) -> None:
    path = tmp_path / "job.sqlite"
    if manifest is not None:
        path.write_bytes(manifest)
    put(tmp_path / "target", 5, 60.0)

    assert seen(path, tmp_path / "target", INFO) is LocalState.CHANGED


def test_nothing_is_asked_where_nothing_is(path: Path, tmp_path: Path) -> None:
    local_files = LocalFiles(str(tmp_path / "target"), Policy())

    earlier = EarlierRuns(path, lambda _runs: local_files)
    assert earlier.corrected([INFO], ["a"], [ABSENT]) == [ABSENT]


def test_a_manifest_that_cannot_be_read_is_told_before_anything_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "job.sqlite"
    path.mkdir()

    with pytest.raises(LocalError, match="is a directory"):
        seen(path, tmp_path / "target", INFO)
