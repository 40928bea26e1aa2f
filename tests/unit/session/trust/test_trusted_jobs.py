"""Jobs that were made or run here, or that somebody vouched for."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ossh import job as job_files
from ossh.job import Job
from ossh.model import Source, Target
from ossh.private_records import MOST, PrivateRecords
from ossh.selection import Selection
from ossh.session.trust.trusted_jobs import TrustedJobs
from tests import usual

pytestmark = pytest.mark.fault("F52")

Later = Callable[[], TrustedJobs]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    source = Source("https://files.example.com", "", "bucket", "logs/")
    return usual.job(tmp_path / "j.toml", "../out", source=source)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "trusted-jobs"


@pytest.fixture
def later(folder: Path) -> Later:
    """Give what a session has that begins now."""
    return lambda: TrustedJobs(PrivateRecords(lambda: folder))


def test_a_job_is_remembered_by_later_sessions_for_its_owner_alone(
    job: Job, folder: Path, later: Later
) -> None:
    assert not later().includes(job)

    assert later().remember(job) == ""
    assert later().remember(job) == ""

    assert later().includes(job)
    [record] = folder.iterdir()
    assert record.stat().st_size == 0
    if sys.platform != "win32":
        assert stat.S_IMODE(record.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_another_file_service_or_target_is_another_job(job: Job) -> None:
    trusted = TrustedJobs()
    trusted.remember(job)

    others = [
        replace(job, path=job.path.with_name("k.toml"), target=job.target),
        replace(job, source=replace(job.source, endpoint="https://evil.example")),
        replace(job, source=replace(job.source, bucket="evil")),
        replace(job, source=replace(job.source, profile="work")),
        replace(job, source=replace(job.source, sign_host=False)),
        replace(job, target=Target("../.ssh")),
        replace(job, target=replace(job.target, existing="replace")),
        replace(job, target=replace(job.target, mirror=True)),
        replace(job, path=job.path.parent / "deeper" / "j.toml"),
        replace(job, keys="keys.csv"),
        replace(job, inventory="oss://evil/manifest.json"),
    ]

    assert not any(map(trusted.includes, others))


def test_a_job_stays_trusted_when_other_objects_or_settings_are_edited(job: Job) -> None:
    trusted = TrustedJobs()
    trusted.remember(job)
    job_files.save(job)

    for edited in (
        job_files.load(job.path),
        replace(job, selection=Selection(suffix=(".gz",))),
        replace(job, transfer=replace(job.transfer, connections=7)),
        replace(job, source=replace(job.source, prefix="other/")),
    ):
        assert trusted.includes(edited)


def test_a_job_that_only_ran_here_is_remembered_for_its_target_alone(
    job: Job, later: Later
) -> None:
    later().remember(job, target_only=True)

    assert later().includes(job, target_only=True)
    assert not later().includes(job)


def test_trust_does_not_follow_a_link_that_leads_elsewhere_now(job: Job, tmp_path: Path) -> None:
    trusted, link = TrustedJobs(), tmp_path / "link"
    linked = replace(job, target=Target("link/out"))
    link.symlink_to(tmp_path / "one")
    trusted.remember(linked)
    assert trusted.includes(linked)

    link.unlink()
    link.symlink_to(tmp_path / "other")

    assert not trusted.includes(linked)


def test_a_job_is_the_same_by_whatever_links_its_file_is_reached(job: Job, tmp_path: Path) -> None:
    trusted = TrustedJobs()
    far = replace(job, target=Target(str(tmp_path / "far")))
    trusted.remember(far)
    (tmp_path / "link").symlink_to(tmp_path)

    assert trusted.includes(replace(far, path=tmp_path / "link" / "j.toml"))


def nowhere() -> Path:
    raise RuntimeError("no home directory")


@pytest.mark.parametrize(
    ("folder", "why"),
    [(lambda: Path(__file__, "trusted-jobs"), ""), (nowhere, "no home directory")],
)
def test_where_nothing_can_be_written_a_session_still_remembers_and_says_so(
    job: Job, folder: Callable[[], Path], why: str
) -> None:
    trusted = TrustedJobs(PrivateRecords(folder))

    problem = trusted.remember(job)

    assert problem.startswith(f"cannot remember that 'j' is trusted: {why}")
    assert trusted.includes(job)
    assert trusted.remember(job) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="it has neither such modes nor such links")
@pytest.mark.parametrize("kind", ["folder of all", "linked folder", "file of all", "link", "other"])
def test_what_somebody_else_may_have_put_there_vouches_for_nothing(
    job: Job, folder: Path, later: Later, kind: str
) -> None:
    later().remember(job)
    [record] = folder.iterdir()
    match kind:
        case "folder of all":
            folder.chmod(0o770)
        case "linked folder":
            folder.symlink_to(folder.rename(folder.with_name("moved")))
        case "file of all":
            record.chmod(0o606)
        case "link":
            record.symlink_to(record.rename(folder.parent / "moved"))
        case _:
            record.hardlink_to(record.rename(folder.parent / "moved"))

    assert not later().includes(job)
    if "folder" in kind:
        problem = later().remember(job)
        assert f"'{folder}' must be a folder that only you can use (mode 0700)" in problem


def test_a_record_in_the_current_folder_vouches_for_nothing(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_folder(folder: Path) -> TrustedJobs:
        return TrustedJobs(PrivateRecords(lambda: folder))

    monkeypatch.chdir(tmp_path)
    (tmp_path / "state").mkdir(mode=0o700)

    assert in_folder(Path("state")).remember(job) != ""
    in_folder(tmp_path / "state").remember(job)

    assert in_folder(tmp_path / "state").includes(job)
    assert not in_folder(Path("state")).includes(job)


def test_what_was_of_no_use_for_longest_is_forgotten_when_there_are_too_many(
    job: Job, folder: Path, later: Later
) -> None:
    folder.mkdir(parents=True, mode=0o700)
    for number in range(MOST - 1):
        record = folder / f"{number:032x}"
        os.close(os.open(record, os.O_CREAT, 0o600))
        os.utime(record, (number, number))
    later().remember(job)
    [own] = set(folder.iterdir()) - {folder / f"{number:032x}" for number in range(MOST)}
    os.utime(own, (0, 0))

    assert later().includes(job)  # so it is of use
    later().remember(replace(job, keys="keys.csv"))

    assert len(list(folder.iterdir())) == MOST * 3 // 4
    assert later().includes(job)
    assert later().includes(replace(job, keys="keys.csv"))
    assert not (folder / f"{MOST // 8:032x}").exists()


REMEMBER = """
import sys
from dataclasses import replace
from pathlib import Path
from ossh.job import load
from ossh.private_records import PrivateRecords
from ossh.session.trust.trusted_jobs import TrustedJobs

job, trusted = load(sys.argv[1]), TrustedJobs(PrivateRecords(lambda: Path(sys.argv[2])))
sys.stdin.read(1)
for number in range(100):
    assert trusted.remember(replace(job, keys=f"{sys.argv[3]}-{number % 60}.csv")) == ""
"""


def test_processes_that_remember_at_once_lose_nothing(job: Job, folder: Path, later: Later) -> None:
    job_files.save(job)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", REMEMBER, str(job.path), str(folder), name],
            stdin=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "a", "b", "b")
    ]
    for one in writers:
        one.communicate("x")

    assert [one.returncode for one in writers] == [0, 0, 0, 0]
    assert len(list(folder.iterdir())) == 120
    assert later().includes(replace(job, keys="b-59.csv"))


def test_the_folder_is_one_of_the_user(
    job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    state = "WIN_PD_OVERRIDE_LOCAL_APPDATA" if sys.platform == "win32" else "XDG_STATE_HOME"
    monkeypatch.setenv(state, str(home))
    monkeypatch.setenv("HOME", str(home))

    assert TrustedJobs.of_user().remember(job) == ""

    assert TrustedJobs.of_user().includes(job)
    [folder] = home.rglob("trusted-jobs")
    assert len(list(folder.iterdir())) == 1
