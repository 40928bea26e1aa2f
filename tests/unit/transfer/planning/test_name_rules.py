"""Rules of names: the disk is asked, and what the first run decided stays."""

import errno
import itertools
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from ossh.errors import UsageError
from ossh.job import Job
from ossh.manifest import Manifest
from ossh.paths import NameRules, local_path
from ossh.transfer.disk.folder import Folder, Place
from ossh.transfer.planning import name_rules
from tests import usual
from tests.planting import links_needed

pytestmark = [pytest.mark.fault("F4")]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return usual.job(tmp_path / "job.toml", "target")


def portable(job: Job) -> Job:
    return replace(job, target=replace(job.target, names="portable"))


def test_the_disk_itself_is_asked_what_it_makes_of_names(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("before")

    rules = name_rules.probe(tmp_path, "linux")

    (tmp_path / "case").touch()
    assert rules is not None
    assert rules.fold_case == (tmp_path / "CASE").exists()
    assert not rules.windows
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case", "there"]


def test_what_a_killed_process_left_of_asking_is_used_and_removed(tmp_path: Path) -> None:
    left = tmp_path / ".ossh" / "names"
    left.mkdir(parents=True)
    (left / "oSSh").touch()

    assert name_rules.probe(tmp_path, "linux") is not None
    assert list(tmp_path.iterdir()) == []


def test_a_disk_is_not_asked_through_a_planted_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / ".ossh").symlink_to(tmp_path / "elsewhere", target_is_directory=True)

    assert name_rules.probe(tmp_path / "here", "linux") is None


@links_needed
@pytest.mark.fault("F9")
@pytest.mark.parametrize("name", ["oSSh", "\u00e9"])
def test_a_disk_is_asked_without_touching_what_planted_links_lead_to(
    tmp_path: Path, name: str
) -> None:
    asked, mine = tmp_path / "here" / ".ossh" / "names", tmp_path / "mine.txt"
    asked.mkdir(parents=True)
    mine.touch()
    os.utime(mine, (1.0, 1.0))

    for to in (mine, tmp_path / "nowhere"):
        asked.mkdir(parents=True, exist_ok=True)
        (asked / name).symlink_to(to)
        name_rules.probe(tmp_path / "here", "linux")

    assert mine.stat().st_mtime == 1.0
    assert not (tmp_path / "nowhere").exists()


def test_a_disk_that_cannot_be_asked_is_taken_for_a_difficult_one(tmp_path: Path) -> None:
    assert name_rules.probe(tmp_path / "missing", "linux") is None
    assert (name_rules.careful("linux").fold_case, name_rules.careful("linux").fold_form) == (
        True,
        True,
    )


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], bool]], None]:
    """Return what makes disks refuse names, with the error that exFAT has for it on Linux."""
    create = Place.create

    def refuse(is_refused: Callable[[str], bool]) -> None:
        def created(place: Place) -> int:
            if is_refused(place.name):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), place.name)
            return create(place)

        monkeypatch.setattr(Place, "create", created)

    return refuse


@pytest.mark.fault("F2")
def test_a_disk_made_for_windows_has_its_rules_elsewhere_too(
    tmp_path: Path, refusing: Callable[[Callable[[str], bool]], None]
) -> None:
    refusing(lambda name: ":" in name)

    rules = name_rules.probe(tmp_path, "linux")

    assert rules is not None
    assert local_path("a:b", "", rules) == "a%3Ab"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.fault("F2")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows takes no such name, and is not asked")
def test_a_disk_that_drops_a_dot_at_the_end_has_the_rules_of_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = Folder.at
    monkeypatch.setattr(Folder, "at", lambda folder, name: at(folder, name.rstrip(".")))

    rules = name_rules.probe(tmp_path, "linux")

    assert rules is not None
    assert local_path("end.", "", rules) == "end%2E"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not say")
@pytest.mark.parametrize(
    ("said", "longest"),
    [
        pytest.param(143, 143, id="eCryptfs"),
        pytest.param(0, 204, id="a FUSE disk that does not know"),
    ],
)
def test_names_are_as_short_as_the_disk_wants_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: int, longest: int
) -> None:
    disk = SimpleNamespace(f_namemax=said)
    monkeypatch.setattr("os.statvfs", lambda _folder: disk)

    rules = name_rules.probe(tmp_path, "linux")

    assert rules is not None
    assert len(local_path(f"{'n' * 200}.txt", "", rules)) == longest


def test_a_disk_that_takes_no_more_files_is_not_said_to_be_made_for_windows(
    tmp_path: Path, refusing: Callable[[Callable[[str], bool]], None]
) -> None:
    numbers = itertools.count(1)
    refusing(lambda _name: next(numbers) > 2)  # after two ordinary names

    assert name_rules.probe(tmp_path, "linux") is None


@pytest.mark.fault("F2")
def test_windows_rules_stay_those_of_windows(tmp_path: Path) -> None:
    rules = name_rules.probe(tmp_path, "win32")

    assert rules is not None
    assert (rules.windows, rules.utf16) == (True, True)


def test_rules_stay_those_of_the_first_run(job: Job, manifest: Manifest) -> None:
    first = name_rules.rules_for(portable(job), manifest)

    assert first == NameRules.portable()
    assert name_rules.rules_for(job, manifest) == first
    assert name_rules.rules_for(portable(job), manifest) == first


@pytest.mark.fault("F1")
@pytest.mark.fault("F3")
def test_a_job_is_refused_where_its_names_mean_something_else(job: Job, manifest: Manifest) -> None:
    name_rules.rules_for(job, manifest)

    with pytest.raises(UsageError, match="chosen for a different kind of disk") as refused:
        name_rules.rules_for(portable(job), manifest)

    assert refused.value.hint is not None
    assert "get --to DIR --name NAME" in refused.value.hint
