"""Where jobs are kept and looked for: here, where a folder is for them, and with the user."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.job import load
from tests.shell.conftest import Driver, Launcher


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return the user's own folder of jobs, which is not made yet."""
    return tmp_path.with_name(f"{tmp_path.name}-home") / "data" / "jobs"


@pytest.fixture
def small(fresh: Driver, own: Path) -> Driver:
    """Give a shell in a bucket of two folders, whose user has a folder of jobs."""
    for name in ("a", "b"):
        fresh.server.put(f"{name}/{name}.txt", name.encode())
    fresh.session.own_jobs = own
    return fresh


def as_passer_by(say: Driver, own: Path, line: str) -> None:
    """Run a command where there is no folder for jobs."""
    here = say.session.jobs_directory
    say.session.jobs_directory = own
    said = say(line)
    assert said.status == 0, said.err
    say.session.jobs_directory = here


def test_a_line_leaves_nothing_where_one_passes_by_and_its_job_is_found_from_anywhere(
    run: Launcher,
) -> None:
    (run.folder / "jobs").rmdir()

    done = run("get", "oss://demo-bucket/logs/2026/01/", "--to", "out", "--name", "q")

    assert done.returncode == 0, done.stderr
    assert [one.name for one in run.folder.iterdir()] == ["out"]
    [file] = run.home.rglob("q.toml")
    assert load(file).target.directory == (run.folder / "out").as_posix()
    elsewhere = replace(run, folder=run.home)
    home = {name: run.environ()[name] for name in ("HOME", "WIN_PD_OVERRIDE_LOCAL_APPDATA")}
    verified = replace(elsewhere, server=None)("verify", "q", **home)  # which needs no keys
    assert (verified.returncode, "all verified" in verified.stdout) == (0, True), verified.stderr
    shutil.rmtree(run.folder / "out")
    again = elsewhere("resume", "q", **home)
    assert again.returncode == 0, again.stderr


def test_a_verb_about_a_job_takes_its_name(launch: Launcher, server: DemoServer) -> None:
    server.put("a/denied", b"x")
    server.put("a/fine", b"x")
    server.fault("status", key="a/denied", status=403)
    own = launch.on(server)
    assert own("get", f"oss://{server.bucket}/a/", "q").returncode == 1

    assert "a/denied" in launch("failures", "q").stdout
    assert "cause\tdenied" in launch("status", "q", "--key", "denied").stdout
    for line in ("pause q", "stop q", "wait q"):
        done = launch(*line.split())
        assert (done.returncode, "job 'q' is not running" in done.stderr) == (2, True)
    assert "no job is running" in launch("wait").stderr
    server.clear_faults()
    assert own("retry", "q", "--only", "denied").returncode == 0
    assert own("refresh", "q").returncode == 0


def test_both_folders_are_listed_and_which_is_told_of_the_other(small: Driver, own: Path) -> None:
    as_passer_by(small, own, "get a/ --name theirs")
    small("get b/ --name mine")

    records = [json.loads(line) for line in small("jobs --json").lines]

    assert [one["name"] for one in records] == ["mine", "theirs"]
    assert records[1]["file"] == str(own / "theirs.toml")
    assert str(own) in small("jobs show theirs").out
    assert small("jobs remove theirs --yes").status == 0
    assert not (own / "theirs.toml").exists()


def test_a_folder_that_leads_to_the_users_own_is_no_second_one(small: Driver, own: Path) -> None:
    as_passer_by(small, own, "get a/ --name q")
    try:
        small.session.jobs_directory.symlink_to(own, target_is_directory=True)
    except OSError:
        pytest.skip("links need rights there")

    assert len(small("jobs --json").lines) == 1
    assert small("verify q").status == 0


def test_the_same_work_goes_on_wherever_its_job_is(small: Driver, own: Path) -> None:
    as_passer_by(small, own, "get a/ --to out")
    (own / "out-2.toml").write_text("?", encoding="utf-8")

    said = small("get a/ --to out")

    assert "verified earlier: 1 by CRC64" in said.out
    assert "also the target" not in said.err
    assert not small.session.jobs_directory.exists()


def test_what_failed_in_a_job_of_the_other_folder_is_fetched(small: Driver, own: Path) -> None:
    (small.session.jobs_directory.parent / "out").mkdir()
    (small.session.jobs_directory.parent / "out" / "a.txt").write_bytes(b"other")
    small.session.jobs_directory = own
    assert small("get a/ --to out --name q").status == 1
    small.session.jobs_directory = own.with_name("here")

    assert small("get --from q --to new").status == 0


def test_a_name_that_a_folder_here_has_for_another_job_is_not_guessed(
    launch: Launcher, server: DemoServer
) -> None:
    server.put("video/tour.mp4", b"tour")
    (launch.folder / "jobs").rmdir()
    home = {name: launch.environ()[name] for name in ("HOME", "WIN_PD_OVERRIDE_LOCAL_APPDATA")}
    line = ("get", f"oss://{server.bucket}/video/", "--to", "film")
    one, other = (Launcher(launch.folder / name, server) for name in "AB")
    for each in (one, other):
        each.folder.mkdir()

    first, second = one(*line, **home), other(*line, **home)
    asked = other("resume", "film", **home)

    assert "job: " not in first.stdout
    assert second.stdout.splitlines()[-1] == "job: film-2"
    assert (asked.returncode, asked.stdout) == (2, "")
    assert asked.stderr.endswith(", or './film' for that of the folder here\n")


@pytest.mark.fault("F47")
def test_a_jobs_folder_that_cannot_be_made_is_named_with_the_reason_and_the_way_out(
    fresh: Driver,
) -> None:
    fresh.server.put("logs/a", b"a")
    (fresh.folder / "jobs").write_bytes(b"a file")

    for command in ("get logs/", "get logs/a", "save logs"):
        said = fresh(command)

        assert said.status == 3
        assert f"error: cannot write '{fresh.folder / 'jobs'}': " in said.err
        assert "hint: the jobs folder must be writable; choose another: --jobs-dir" in said.err


def test_a_target_that_was_moved_away_is_told_before_it_is_made_again(small: Driver) -> None:
    assert small("get a/ --to here").status == 0
    (small.folder / "here").rename(small.folder / "there")

    said = small("resume here")

    assert said.status == 0, said
    assert (small.folder / "here" / "a.txt").read_bytes() == b"a"
    gone = f"'{small.folder / 'here'}' is missing or empty: 1 object to fetch again"
    assert gone in said.err
    assert f"set 'directory' in '{small.job.path}' to where it is" in said.err
    assert "missing or empty" not in small("resume here").err
    small.edit("here", 'directory = "../here"', 'directory = "../there"')
    small.server.clear_requests()
    assert "missing or empty" not in small("resume here").err
    assert [one for one in small.server.requests() if one["operation"] == "get"] == []
    small.edit("here", 'directory = "../there"', 'directory = "../new"')
    gone = small("resume here").err  # whoever names a new folder wants it filled
    assert "missing or empty" not in gone
