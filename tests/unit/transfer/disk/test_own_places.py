"""Places of ossh's own: recognized on the disk, whatever the key, the spelling and the links."""

import os
import pickle
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ossh.job import own_folder
from ossh.manifest import Manifest
from ossh.paths import TARGET_ITSELF, NameRules, alternative
from ossh.transfer.disk.own_places import OwnPlaces
from tests.planting import links_needed

pytestmark = [pytest.mark.fault("F60")]

RULES = NameRules.native("linux")
OF_A_JOB = (
    "x.toml",
    "x.sqlite",
    "x.sqlite-wal",
    "x.sqlite-shm",
    "x.sqlite-journal",
    "x.sqlite.new",
    "x.sqlite.old-journal",
    "x.lock",
    "keys-0123456789.csv",
    ".x.toml.0a1b2c3d.new",
)
OTHERS = ("x.csv", "keys.csv", "notes.md", "sqlite", "toml", "x.toml.gz", "x.tomlX", "new", "locks")


def made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


@pytest.mark.parametrize(
    "path", ["jobs", "jobs/", "jobs/x", "jobs/sub/x.txt", ".ossh/1", ".oss-failed.csv"]
)
def test_all_of_a_jobs_folder_below_the_target_is_ours(tmp_path: Path, path: str) -> None:
    own = OwnPlaces(tmp_path, RULES, made(tmp_path / "jobs"))

    assert own.has(path)
    assert not any(map(own.has, ("jobs2/x", "a/jobs/x", "job", "x.toml", "a/.ossh/x")))


def test_of_a_target_that_is_the_jobs_folder_only_files_of_jobs_are_ours(tmp_path: Path) -> None:
    own = OwnPlaces(tmp_path, RULES, tmp_path)

    assert [name for name in OF_A_JOB if not own.has(name)] == []
    assert [name for name in OF_A_JOB if not own.have_any([f"{name}/"])] == []
    assert [name for name in OTHERS if own.has(name)] == []
    others = [alternative(one, "key", RULES, keeps_extension=False) for one in OF_A_JOB]
    assert [name for name in others if own.has(name)] == []
    # a folder of that name is in SQLite's way, with all that is in it
    assert all(map(own.has, ("x.sqlite-journal/y", "x.sqlite-journal/z")))
    assert own.has("x.toml/")
    assert not own.has("a/x.toml")
    assert not own.has(TARGET_ITSELF)


@pytest.mark.fault("F4")
@pytest.mark.parametrize("end", [".", " ", ". .", "/", "./", ". /y"])
def test_an_end_that_some_disks_drop_makes_no_other_name(tmp_path: Path, end: str) -> None:
    own = OwnPlaces(tmp_path, RULES, tmp_path)
    beside = OwnPlaces(tmp_path, RULES, made(tmp_path / "a" / "jobs"))

    assert [name for name in OF_A_JOB if not own.has(name + end)] == []
    assert [name for name in OTHERS if own.has(name + end)] == []
    assert beside.has(f"a/jobs{end}")
    assert beside.has(f"a./jobs /x.toml{end}")
    assert not any(map(beside.has, (f"a.b/jobs{end}", f"a/jobs.x{end}", f"a/.jobs{end}")))


def test_a_jobs_folder_whose_name_has_such_an_end_is_ours_too(tmp_path: Path) -> None:
    own = OwnPlaces(tmp_path, RULES, tmp_path / "work." / "jobs.")

    assert own.have_any(["work./jobs./x"])
    assert own.have_any(["work /jobs/x"])
    assert own.have_any(["work/jobs"])


def test_the_list_of_keys_of_a_job_is_ours(tmp_path: Path) -> None:
    own = OwnPlaces(tmp_path, RULES, tmp_path, tmp_path / "lists" / "today.csv")

    assert own.has("lists/today.csv")
    assert not own.has("lists/other.csv")


def test_a_jobs_folder_around_the_target_or_beside_it_takes_no_name(tmp_path: Path) -> None:
    target = made(tmp_path / "target")

    assert OwnPlaces(tmp_path / "new", RULES, tmp_path / "new" / "jobs").has("jobs/x")
    for jobs in (tmp_path, tmp_path / "jobs"):
        own = OwnPlaces(target, RULES, made(jobs))
        assert not any(map(own.has, ("jobs/x", "x.toml", *OF_A_JOB)))


def test_a_folder_of_other_jobs_is_known_by_a_manifest_or_a_job_file_in_it(tmp_path: Path) -> None:
    Manifest.create(made(tmp_path / "work" / "jobs") / "old.sqlite").close()
    (made(tmp_path / "unrun") / "x.toml").write_text("[source]\nbucket = typo\n")
    made(tmp_path / "project")
    (tmp_path / "project" / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "project" / "app.sqlite").write_bytes(b"SQLite format 3\0" + bytes(100))

    own = OwnPlaces(tmp_path, RULES, made(tmp_path / "elsewhere" / "jobs"))

    assert own.has("work/jobs/old.sqlite-journal")
    assert own.has("work/jobs/new.toml")
    assert own.has("unrun/x.sqlite")
    assert not own.has("work/jobs/readme.txt")
    assert not own.has("project/app.sqlite-journal")  # another program's
    assert not own.has("nowhere/pyproject.toml")


def test_places_in_many_folders_take_no_more_memory_than_those_in_some(tmp_path: Path) -> None:
    (made(tmp_path / "work") / "x.toml").write_text("[source]\n")
    own = OwnPlaces(tmp_path, RULES, tmp_path)

    assert not any(own.has(f"crates/{'x' * 50}-{number:05}/Cargo.toml") for number in range(22_000))

    assert len(pickle.dumps(own)) < 500_000  # as another process gets it
    assert own.has("work/y.toml")
    assert own.has("y.toml")


@links_needed
def test_a_job_file_may_be_a_link(tmp_path: Path) -> None:
    (made(tmp_path / "shared") / "real").write_text("[source]\n")
    (made(tmp_path / "work") / "x.toml").symlink_to(tmp_path / "shared" / "real")

    own = OwnPlaces(tmp_path, RULES, made(tmp_path / "elsewhere" / "jobs"))

    assert own.has("work/x.sqlite")
    (tmp_path / "shared" / "real").unlink()
    assert not OwnPlaces(tmp_path, RULES, tmp_path / "elsewhere" / "jobs").has("work/x.sqlite")


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        (NameRules.native("win32"), "JOBS/x"),
        (NameRules.native("darwin"), "Jobs/x"),
        (NameRules.native("darwin"), "jo\u200cbs/x"),
        (NameRules.portable(), "ſets/JOBS/x"),
    ],
)
def test_a_name_counts_as_the_disk_compares_it(tmp_path: Path, rules: NameRules, path: str) -> None:
    jobs = made(tmp_path / "sets" / "jobs" if "/JOBS" in path else tmp_path / "jobs")

    assert OwnPlaces(tmp_path, rules, jobs).has(path)
    assert not OwnPlaces(tmp_path, RULES, jobs).has(path)


@links_needed
@pytest.mark.parametrize("is_behind_link", [False, True])
def test_links_to_the_target_or_the_jobs_folder_change_nothing(
    tmp_path: Path, *, is_behind_link: bool
) -> None:
    target = made(tmp_path / "disk" / "target")
    (tmp_path / "shortcut").symlink_to(target)
    real = made(target / "real" / "jobs")
    (target / "jobs").symlink_to(real)
    named = tmp_path / "shortcut" if is_behind_link else target

    own = OwnPlaces(named, RULES, named / "sub" / ".." / "jobs")

    assert own.has("jobs/x")
    assert own.has("real/jobs/x")
    assert not own.has("real/x")


def test_a_jobs_folder_that_is_a_link_out_of_the_target_keeps_its_name(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("links need rights there")
    target = made(tmp_path / "target")
    (target / "jobs").symlink_to(made(tmp_path / "outside"))

    assert OwnPlaces(target, RULES, target / "jobs").has("jobs/x")


def test_files_of_the_users_own_are_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import platformdirs

    folders = [platformdirs.user_config_path("ossh"), platformdirs.user_state_path("ossh")]
    home = Path(os.path.commonpath([Path.home(), *folders]))
    monkeypatch.chdir(tmp_path)
    own = OwnPlaces(home, RULES, tmp_path)

    for file in (folders[0] / "osshrc", folders[1] / "history"):
        assert own.has(file.relative_to(home).as_posix())
    for kind in ("trusted-jobs", "single-gets"):
        assert own.has((folders[1] / kind / "a digest").relative_to(home).as_posix())
    assert not own.has("osshrc")


def test_a_user_without_a_home_has_no_files_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless(_name: str) -> Path:
        raise RuntimeError

    own = OwnPlaces(tmp_path, RULES, tmp_path)
    monkeypatch.setattr("platformdirs.user_config_path", homeless)

    assert not own.has("history")


def test_a_short_name_does_not_lead_into_our_folder(tmp_path: Path) -> None:
    own = OwnPlaces(tmp_path, replace(RULES, fold_case=True), tmp_path / "jobs")

    assert own.has("OSSH~1/jobs/x.sqlite-journal")


def test_the_users_own_folder_of_jobs_is_ours_before_it_holds_any(tmp_path: Path) -> None:
    folder = own_folder()
    assert folder is not None

    own = OwnPlaces(folder.parents[1], RULES, tmp_path / "jobs")

    assert own.has((folder / "evil.toml").relative_to(folder.parents[1]).as_posix())
