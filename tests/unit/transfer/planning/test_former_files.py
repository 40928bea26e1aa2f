"""What is remembered of files whose objects left a job: only what there still is."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ossh.job import Job, recorded_target
from ossh.manifest import Manifest, NewEntry, Outcome
from ossh.model import ObjectInfo, OwnFile, Proof, Status, Target
from ossh.transfer.disk.file_io import Interrupted
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import Policy
from ossh.transfer.planning.mirroring import forget_spent
from tests import usual
from tests.usual import MODIFIED


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return usual.job(tmp_path / "job.toml", "target")


@pytest.fixture
def manifest(job: Job) -> Iterator[Manifest]:
    with Manifest.create(job.manifest_path) as manifest:
        manifest.set_meta("target", recorded_target(job))
        yield manifest


@pytest.fixture
def files(tmp_path: Path) -> LocalFiles:
    (tmp_path / "target").mkdir()
    return usual.local_files(tmp_path / "target")


def left(manifest: Manifest, target: Path, count: int) -> list[Path]:
    """Put objects aside, of which each has its file."""
    keys = [f"{number:05}" for number in range(count)]
    manifest.add([NewEntry(ObjectInfo(key, 4, "E", MODIFIED), key) for key in keys])
    rows = range(1, count + 1)
    done = (Status.DONE, 1, None, OwnFile(4, 1, 7), Proof.CRC64, 1.0)
    manifest.record([Outcome(row, *done) for row in rows])
    manifest.put_aside(rows)
    for key in keys:
        (target / key).write_bytes(b"data")
    return [target / key for key in keys]


def known(manifest: Manifest) -> list[str]:
    return sorted(manifest.former_named([f"{number:05}" for number in range(5000)]))


def test_what_has_no_file_or_was_replaced_is_forgotten_and_the_rest_is_not(
    job: Job, manifest: Manifest, files: LocalFiles
) -> None:
    paths = left(manifest, Path(files.tree.target), 6)
    paths[0].unlink()
    infos = [ObjectInfo(f"x/{number:05}", 4, "E", MODIFIED) for number in (1, 2, 3)]
    own = (None, OwnFile(4, 1, 7), None)
    manifest.add(
        [
            NewEntry(info, info.key[2:], status, own=own)
            for info, status, own in zip(
                infos, (Status.SKIPPED, Status.PENDING, Status.PENDING), own, strict=True
            )
        ]
    )

    forget_spent(job, manifest, files)

    assert known(manifest) == ["00003", "00004", "00005"]


def test_of_many_some_are_looked_at_each_time(
    job: Job, manifest: Manifest, files: LocalFiles
) -> None:
    paths = left(manifest, Path(files.tree.target), 3000)
    for path in paths[2500:]:
        path.unlink()

    forget_spent(job, manifest, files)
    assert len(known(manifest)) == 3000
    forget_spent(job, manifest, files)
    assert known(manifest) == [path.name for path in paths[:2500]]


def test_a_long_look_can_be_stopped(job: Job, manifest: Manifest, files: LocalFiles) -> None:
    left(manifest, Path(files.tree.target), 1)[0].unlink()
    stopping = LocalFiles(files.tree, Policy(), is_stopping=lambda: True)

    with pytest.raises(Interrupted):
        forget_spent(job, manifest, stopping)
    assert known(manifest) == ["00000"]


@pytest.mark.fault("F31")
@pytest.mark.parametrize("was_entered", [False, True])
def test_what_nobody_can_look_at_is_remembered(
    job: Job,
    manifest: Manifest,
    files: LocalFiles,
    tmp_path: Path,
    was_entered: bool,  # noqa: FBT001
) -> None:
    left(manifest, Path(files.tree.target), 2)
    if was_entered:
        files.tree.folder()
    Path(files.tree.target).rename(tmp_path / "unplugged")

    forget_spent(job, manifest, files)

    assert known(manifest) == ["00000", "00001"]


def test_where_a_job_has_another_target_now_nothing_is_forgotten(
    job: Job, manifest: Manifest, files: LocalFiles
) -> None:
    for path in left(manifest, Path(files.tree.target), 2):
        path.unlink()

    forget_spent(replace(job, target=Target("elsewhere")), manifest, files)
    assert known(manifest) == ["00000", "00001"]
    forget_spent(job, manifest, files)
    assert known(manifest) == []
