"""A preview beside the manifest of a job that has run."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fastcrc
import pytest

from ossh.errors import LocalError
from ossh.manifest import Manifest, ManifestQueries, NewEntry, Outcome
from ossh.model import ObjectInfo, OwnFile, Proof, Status
from ossh.transfer.disk.local_files import ABSENT, LocalFiles
from ossh.transfer.disk.overwrite_rules import Comparison, LocalState, Policy
from ossh.transfer.disk.tree import Tree
from ossh.transfer.planning.crash_recovery import doubted_since
from ossh.transfer.planning.earlier_runs import EarlierRuns

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW = MODIFIED.timestamp() + 1000.0
OWN = OwnFile(10, round(MODIFIED.timestamp()) * 10**9, fastcrc.crc64.xz(bytes(10)))
INFO = ObjectInfo("a", 10, "E1", MODIFIED)
ANOTHER = replace(INFO, etag="E2", last_modified=MODIFIED + timedelta(days=1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the manifest of a job that has fetched `a`."""
    path = tmp_path / "job.sqlite"
    with Manifest.create(path) as manifest:
        manifest.add([NewEntry(INFO, "a")])
        manifest.begin_run(MODIFIED, "boot 1")
        manifest.record([Outcome(1, Status.DONE, 1, None, OWN, Proof.CRC64, NOW)])
    return path


def seen(path: Path, target: Path, info: ObjectInfo, place: str = "a") -> LocalState:
    local_files = LocalFiles(Tree(str(target)), Policy())

    def files_after(manifest: ManifestQueries) -> LocalFiles:
        manifest.runs()  # which tell whether the target is in doubt
        return local_files

    earlier = EarlierRuns(path, files_after, local_files)
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
        ((5, 60.0), INFO, LocalState.CONFLICT),
        ((5, 0.0), INFO, LocalState.CONFLICT),
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

    assert seen(path, tmp_path / "target", replace(INFO, key="b"), "b") is LocalState.CONFLICT
    assert seen(path, tmp_path / "target", INFO, "b") is LocalState.CONFLICT


def test_in_doubt_what_was_finished_last_is_read(path: Path, tmp_path: Path) -> None:
    put(tmp_path / "target", 10, 0.0)
    tree = Tree(str(tmp_path / "target"))

    def doubtful(manifest: ManifestQueries) -> LocalFiles:
        return LocalFiles(tree, Policy(doubted_since=doubted_since(manifest, "boot 2")))

    earlier = EarlierRuns(path, doubtful, LocalFiles(tree, Policy()))

    (whole,) = earlier.corrected([INFO], ["a"], [Comparison(LocalState.CONFLICT)])
    (tmp_path / "target" / "a").write_bytes(b"x" * 10)
    os.utime(tmp_path / "target" / "a", (MODIFIED.timestamp(),) * 2)
    (torn,) = earlier.corrected([INFO], ["a"], [Comparison(LocalState.CONFLICT)])

    assert (whole.state, torn.state) == (LocalState.HERE, LocalState.TRASHED)


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

    assert seen(path, tmp_path / "target", INFO) is LocalState.CONFLICT


def test_nothing_is_asked_where_nothing_is(path: Path, tmp_path: Path) -> None:
    local_files = LocalFiles(Tree(str(tmp_path / "target")), Policy())

    earlier = EarlierRuns(path, lambda _manifest: local_files, local_files)
    assert earlier.corrected([INFO], ["a"], [ABSENT]) == [ABSENT]


def test_a_manifest_that_cannot_be_read_is_told_before_anything_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "job.sqlite"
    path.mkdir()

    with pytest.raises(LocalError, match="is a directory"):
        seen(path, tmp_path / "target", INFO)
