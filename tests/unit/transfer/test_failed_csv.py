"""The CSV of what is not at the target: whole or not there at all."""

import csv
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import ossh
from ossh.errors import LocalError, ManifestError
from ossh.job import Job
from ossh.manifest import Manifest, ManifestReader, NewEntry, Outcome
from ossh.model import Cause, Entry, Failure, Status, Target
from ossh.selection import Selection
from ossh.shard import Shard
from ossh.transfer import failed_csv
from ossh.transfer.disk.trash import Trash
from ossh.transfer.disk.tree import Tree
from tests import usual
from tests.holding import Hold
from tests.unit.transfer.rig import entry

ROOT = Path(ossh.__file__).parents[1]
Lacking = Callable[..., tuple[Job, Manifest]]
DENIED = Failure(Cause.DENIED, "AccessDenied", "access denied", "5C3D")
DAY = date(2026, 1, 2)

# Writes a job's list, and is killed right after the file has its name.
KILLED = """
import os, sys
from datetime import date
from pathlib import Path
from ossh.manifest import Manifest
from ossh.transfer import failed_csv
from ossh.transfer.disk.trash import Trash
from ossh.transfer.disk.tree import Tree
from tests import usual

ended = []

def end(event, names):
    if event == "os.rename" and not ended:
        ended.append(event)
        os.replace(*names[:2])
        os._exit(9)

job = usual.job(Path(sys.argv[1]), sys.argv[2])
with Manifest.open(job.manifest_path) as manifest:
    sys.addaudithook(end)
    failed_csv.update(job, manifest, Trash(Tree(sys.argv[2]), date(2026, 1, 2)))
"""


def failed(key: str, failure: Failure | None = DENIED, attempts: int = 1) -> Entry:
    found = replace(entry(1, key=key), status=Status.FAILED, failure=failure)
    return replace(found, attempts=attempts)


def update(job: Job, manifest: Manifest) -> Path | None:
    return failed_csv.update(job, manifest, Trash(Tree(str(job.directory)), DAY))


def lists(folder: Path) -> list[str]:
    return [path.name for path in folder.glob(".oss-failed*")]


@pytest.fixture
def lacking(tmp_path: Path) -> Iterator[Lacking]:
    """Make jobs with a manifest each, that lack an object and share a target."""
    with ExitStack() as ends:

        def make(key: str, shard: Shard | None = None) -> tuple[Job, Manifest]:
            path = tmp_path / "jobs" / f"{key}.toml"
            job = usual.job(path, selection=Selection(shard=shard), target=Target(str(tmp_path)))
            manifest = ends.enter_context(Manifest.create(job.manifest_path))
            manifest.add([NewEntry(failed(key).info, key)])
            manifest.record([Outcome(1, Status.FAILED, 1, DENIED)])
            return job, manifest

        yield make


@pytest.mark.fault("F37")
def test_a_spreadsheet_that_has_it_open_is_named_and_keeps_it(
    tmp_path: Path, lacking: Lacking, hold: Hold
) -> None:
    job, manifest = lacking("a")
    path = update(job, manifest)
    assert path is not None
    hold(path)

    with pytest.raises(LocalError, match=r"cannot write .*csv': another program has it open"):
        failed_csv.write(tmp_path, [failed("b")])
    with pytest.raises(
        LocalError, match=r"cannot remove .*csv': another program has it open"
    ) as told:
        failed_csv.remove(job, manifest)

    assert told.value.hint == "close the program that has it open, then try again"
    assert path.read_text(encoding="utf-8").splitlines()[1].startswith("a,")
    assert lists(tmp_path) == [path.name]


@pytest.mark.parametrize(
    ("status", "failure", "told"),
    [
        (Status.FAILED, DENIED, "denied: access denied (request 5C3D)"),
        (Status.GONE, Failure(Cause.GONE, "NoSuchKey", "no such object"), "gone: no such object"),
        (Status.ARCHIVED, None, "archived"),
    ],
)
def test_an_entry_tells_its_last_error_or_its_status(
    tmp_path: Path, status: Status, failure: Failure | None, told: str
) -> None:
    path = failed_csv.write(tmp_path, [replace(failed("a", failure, 3), status=status)])

    rows = path.read_text(encoding="utf-8").splitlines()
    assert rows == ["key,last_error,retry_count", f"a,{told},3"]


@pytest.mark.fault("F8")
@pytest.mark.parametrize(
    "key",
    [
        'say "hi", you',
        "two\nlines",
        "back\r\nhome",
        "für/日本/🙂",
        "=1+1",
        "\u202egpj.x",
        "x" * 1023,
    ],
)
def test_any_key_can_be_read_back(tmp_path: Path, key: str) -> None:
    path = failed_csv.write(tmp_path, [failed(key), failed("next")])

    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["key"] for row in rows] == [key, "next"]


def test_a_list_that_a_killed_run_had_just_written_is_removed(
    tmp_path: Path, lacking: Lacking
) -> None:
    job, manifest = lacking("a")
    manifest.close()
    line = [sys.executable, "-c", KILLED, str(job.path), str(tmp_path)]
    assert subprocess.run(line, cwd=ROOT, check=False).returncode == 9
    assert lists(tmp_path) == [failed_csv.NAME]

    failed_csv.remove(job, ManifestReader(job.manifest_path))

    assert lists(tmp_path) == []


def test_a_list_that_could_not_be_replaced_is_not_taken_for_the_jobs_own(
    tmp_path: Path, lacking: Lacking
) -> None:
    job, manifest = lacking("a")
    taken = tmp_path / failed_csv.NAME
    taken.mkdir()
    with pytest.raises(LocalError, match=r"cannot write '.*oss-failed.csv'") as told:
        update(job, manifest)
    assert told.value.hint == "'failures' shows the same from the manifest"
    assert lists(tmp_path) == [failed_csv.NAME]
    taken.rmdir()
    update(*lacking("another"))

    failed_csv.remove(job, manifest)

    assert lists(tmp_path) == [failed_csv.NAME]


def test_another_file_stays_when_the_list_is_not_finished(tmp_path: Path, lacking: Lacking) -> None:
    job, manifest = lacking("a")
    (tmp_path / failed_csv.NAME).write_text("mine")
    (tmp_path / ".ossh").touch()  # where the trash belongs

    with pytest.raises(LocalError, match="cannot write"):
        update(job, manifest)

    assert (tmp_path / failed_csv.NAME).read_text() == "mine"
    assert lists(tmp_path) == [failed_csv.NAME]
    (tmp_path / ".ossh").unlink()
    failed_csv.remove(job, manifest)
    assert lists(tmp_path) == [failed_csv.NAME]


def test_the_earlier_file_stays_when_another_is_not_finished(tmp_path: Path) -> None:
    def broken() -> Iterator[Entry]:
        yield failed("b")
        raise ManifestError("the manifest is damaged")

    path = failed_csv.write(tmp_path, [failed("a")])

    with pytest.raises(ManifestError):
        failed_csv.write(tmp_path, broken())

    assert path is not None
    assert "a,denied" in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


def test_shares_of_one_work_have_a_file_each(tmp_path: Path, lacking: Lacking) -> None:
    share = lacking("b", Shard(3, 16))
    update(*lacking("a"))
    path = update(*share)

    assert path == tmp_path / ".oss-failed-3-of-16.csv"
    failed_csv.remove(*share)
    assert lists(tmp_path) == [".oss-failed.csv"]
