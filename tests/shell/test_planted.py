"""Things that somebody planted in the jobs folder: told, not followed, not opened, left."""

import os
import sys
from pathlib import Path

import pytest

from ossh.manifest import ManifestReader
from tests.planting import each_kind, plant
from tests.shell.conftest import Driver, Launcher, commands, listed

if sys.platform == "win32":
    pytest.skip("Windows has no named pipes, and links need rights", allow_module_level=True)

OURS = ("j.lock", "j.sqlite", "j.sqlite-wal", "j.sqlite-shm", "j.sqlite-journal")
LOOKING = (
    "jobs",
    "jobs show j",
    "open j",
    "status",
    "status --key a.bin",
    "failures",
    "failures --by cause",
    "report j page.html",
    "preview",
    "get --from j --to elsewhere",
)
SAID = {"link": "symbolic link", "pipe": "named pipe"}
WRITING = ("get", "retry", "verify", "refresh", "jobs remove j --yes", "jobs clean --yes")
JOBS = ("--jobs-dir", "jobs")


@pytest.fixture
def say(fresh: Driver) -> Driver:
    """A shell whose job 'j' is done."""
    fresh.server.put("a.bin", size=100)
    assert fresh("get --to out --name j").status == 0
    return fresh


@pytest.fixture
def made(say: Driver) -> Path:
    """The folder of the job."""
    return say.session.jobs_directory


def look(folder: Path) -> object:
    """Return all that changes when something in a folder is written."""
    return folder.stat().st_mtime_ns, files(folder)


def files(folder: Path) -> object:
    """Return all that changes when a file of a folder is written, or another one."""
    return {
        one.name: (one.lstat().st_mtime_ns, one.lstat().st_ino, one.is_file() and one.read_bytes())
        for one in folder.iterdir()
    }


@pytest.mark.fault("F51")
@each_kind
@pytest.mark.parametrize("name", OURS)
def test_what_is_planted_among_the_files_of_a_job_is_told_and_left(
    say: Driver, made: Path, name: str, kind: str
) -> None:
    path, important = made / name, made.parent / "important.txt"
    important.write_bytes(path.read_bytes() if path.exists() else b"precious\n")
    path.unlink(missing_ok=True)
    plant(kind, path, important)
    before, files_before, text = look(made), files(made), important.read_bytes()

    looked = {line: say(line) for line in LOOKING}
    assert look(made) == before
    # To remove one name of a file takes nothing from its other ones.
    removes = kind == "hard link" and name != "j.lock"
    wrote = {line: say(line) for line in WRITING if not (removes and "remove" in line)}

    told = f"{name}': it is a {SAID.get(kind, kind)}"
    silent = [line for line, one in wrote.items() if told not in one.err or one.status != 3]
    assert silent == ([] if name == "j.lock" else ["jobs clean --yes"])  # a broken job is not done
    if name != "j.lock":
        silent = [line for line, one in looked.items() if told not in one.err + one.out]
        assert silent == []
    assert important.read_bytes() == text
    assert files(made) == files_before


@pytest.mark.fault("F51")
@pytest.mark.parametrize("target", ["pipe", "nowhere"])
def test_what_only_has_the_name_of_a_job_file_is_listed_as_broken(
    made: Path, own: Launcher, target: str
) -> None:
    path = made / "k.toml"
    os.mkfifo(path) if target == "pipe" else path.symlink_to(target)
    lines = ("jobs", "jobs show k", "cd oss://demo-bucket/", "get --to new", "jobs")

    said = own("--keep-going", *JOBS, *commands(*lines))

    assert [line.split("\t")[0] for line in said.stdout.splitlines() if line.endswith("\tk")] == [
        "broken",
        "broken",
    ]
    assert "k.toml'" in said.stderr
    assert (made.parent / "new" / "a.bin").stat().st_size == 100
    assert path.is_symlink() or path.is_fifo()


def test_a_job_file_that_is_a_link_is_read(made: Path, own: Launcher) -> None:
    real = made.parent / "mine.toml"
    (made / "j.toml").rename(real)
    (made / "j.toml").symlink_to(real)
    (made.parent / "linked").symlink_to("jobs")

    said = own("--jobs-dir", "linked", "-c", "verify j", "-c", "jobs")

    assert (said.returncode, said.stderr) == (0, "")
    assert "done\t1\t1\t0\t100\t" in said.stdout


@pytest.mark.fault("F51")
def test_a_report_and_the_list_of_failures_replace_a_link_and_do_not_follow_it(
    fresh: Driver, tmp_path: Path
) -> None:
    fresh.server.put("a.bin", size=100)
    fresh.server.fault("status", key="a.bin", status=403)
    important = tmp_path / "important.txt"
    important.write_text("precious\n")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".oss-failed.csv").symlink_to(important)

    assert fresh("get --to out --name j").status == 1
    (tmp_path / ".page.html.new").symlink_to(important)
    assert fresh("report j page.html").status == 0
    os.mkfifo(tmp_path / "pipe.html")
    (tmp_path / "link.html").symlink_to(important)

    assert "it is a named pipe" in fresh("report j pipe.html").err
    assert fresh("report j link.html").status == 2
    assert important.read_text() == "precious\n"
    assert (tmp_path / "out" / ".oss-failed.csv").read_text().startswith("key,")
    assert not (tmp_path / "out" / ".oss-failed.csv").is_symlink()


@pytest.mark.fault("F9")
@pytest.mark.parametrize("to", ["elsewhere", "out/inside"])
@pytest.mark.parametrize("name", [".ossh", ".ossh/JOB"])
def test_a_job_is_removed_without_the_files_behind_a_link_for_the_folder_of_its_partial_files(
    fresh: Driver, name: str, to: str
) -> None:
    fresh.server.put("a.bin", size=100)
    listed(fresh, directory="out", name="j")
    job_id = ManifestReader(fresh.session.jobs_directory / "j.sqlite").job_id
    mine = fresh.folder / to / (job_id if name == ".ossh" else "")
    mine.mkdir(parents=True)
    for one in ("1", "2", "trail-a"):
        (mine / one).write_text("mine")
    link = fresh.folder / "out" / name.replace("JOB", job_id)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(fresh.folder / to)
    before = look(mine)

    assert fresh("open j").status == 0
    refused = fresh("get")
    removed = fresh("jobs remove j --yes")

    assert (refused.status, removed.status) == (3, 0)
    assert f"{link}': it is a symbolic link" in refused.err
    assert look(mine) == before
    assert not (fresh.session.jobs_directory / "j.toml").exists()
