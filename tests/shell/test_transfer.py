import csv
import json
import re
import sys
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.demo.content.bodies import body
from tests.integration.rig import tree
from tests.shell.conftest import Driver, Launcher, Said, commands, listed


@pytest.fixture
def small(fresh: Driver) -> Driver:
    """Give a shell in a bucket of a few logs."""
    for name in ("a.gz", "b.gz", "note.txt"):
        fresh.server.put(f"logs/{name}", name.encode())
    fresh.server.put("logs/sub/a.gz", b"deep")
    return fresh


def test_get_downloads_what_the_place_and_the_filters_select(small: Driver) -> None:
    small("cd logs")
    small("filter add --suffix .gz")

    said = small("get")

    assert said.status == 0
    assert said.out.startswith(f"done: 3 objects, 12 B, all in {small.folder / 'logs'}\n")
    assert tree(small.folder / "logs") == {"a.gz": b"a.gz", "b.gz": b"b.gz", "sub/a.gz": b"deep"}
    assert (small.folder / "jobs" / "logs.toml").exists()


@pytest.mark.fault("F54")
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/St_Johns"])
def test_the_same_script_goes_on_with_its_job_in_any_time_zone(
    own: Launcher, server: DemoServer, zone: str
) -> None:
    server.put("logs/a.gz", b"a")
    lines = commands("filter add --newer 2026-01-15", "get logs/", "get . --name mine")

    said = [own(f"oss://{server.bucket}/", *lines, TZ=zone) for _ in range(2)]

    assert [one.returncode for one in said] == [0, 0], said
    jobs = sorted(path.name for path in (own.folder / "jobs").glob("*.toml"))
    assert jobs == ["logs.toml", "mine.toml"]


def test_get_needs_a_bucket(small: Driver) -> None:
    small("cd oss://")

    said = small("get")

    assert (said.status, "no bucket is chosen" in said.err) == (2, True)
    assert "begins with a bucket: oss://b/k;" in small("get s3://b/k").err
    assert "begins with a bucket: oss://b/k;" in small("ls /b/k").err
    for line in ("cd", "cd /", "cd ..", "ls /"):
        assert "hint: write it as oss://BUCKET/KEY; 'buckets' lists the buckets" in small(line).err


def sheet(said: Said) -> list[str]:
    """Return the lines of a plan but what other programs change."""
    return [line for line in said.lines if not line.startswith("free\t")]


@pytest.mark.parametrize(("names", "count"), [("logs/", 4), ("logs/a.gz logs/b.gz", 2)])
def test_a_dry_run_is_a_preview_and_leaves_nothing_behind(
    small: Driver, names: str, count: int
) -> None:
    said = small(f"get {names} --dry-run")

    assert said.status == 0
    assert f"objects\t{count}" in said.lines
    assert sheet(said) == sheet(small(f"preview {names}"))
    assert tree(small.folder) == {}
    assert small.session.job is None


def test_an_open_job_is_planned_as_it_would_go_on(small: Driver) -> None:
    small.server.fault("status", key="logs/b.gz", status=403)
    small("get logs/")
    small.server.put("logs/later.gz", b"not listed yet")
    before = {path: path.read_bytes() for path in (small.folder / "jobs").iterdir()}

    said = small("get --dry-run")

    assert "objects\t4" in said.lines
    assert {path: path.read_bytes() for path in (small.folder / "jobs").iterdir()} == before
    assert small.session.job is not None


def test_preview_counts_what_is_here_already_and_what_is_only_local(small: Driver) -> None:
    small("get logs/")
    (small.folder / "logs" / "mine").write_bytes(b"12345")

    assert "here\t4\t20" in small("preview logs/").lines
    assert "only_local\t1\t5" in small("preview logs/").lines
    assert "only_local\t0\t0" in small("preview logs/a.gz").lines  # goes to the present folder
    assert "only_local\t0\t0" not in small("preview logs/a.gz --to logs").lines


def test_failures_make_status_one_and_are_explained(small: Driver) -> None:
    small.server.fault("status", key="logs/b.gz", status=403)

    said = small("get logs/")

    assert said.status == 1
    assert "not complete: 3 of 4 objects" in said.out
    assert "not here: logs/b.gz (denied)" in said.lines
    assert ".oss-failed.csv" in said.out
    [failure] = [json.loads(line) for line in small("failures --json").lines]
    assert set(failure) == {
        "key", "path", "code", "message", "attempts", "request_id", "cause",
    }  # fmt: skip
    assert (failure["key"], failure["cause"]) == ("logs/b.gz", "denied")
    assert small("failures").lines[0].endswith("\tb.gz\tlogs/b.gz")
    assert (
        small("failures --by cause")
        .lines[0]
        .startswith("denied\t1\tthe service recognizes this user")
    )
    [cause] = [json.loads(line) for line in small("failures --by cause --json").lines]
    assert cause["request_ids"] == [failure["request_id"]]
    assert "oss:GetObject" in cause["advice"]
    assert "cause\tdenied" in small("status --key logs/b.gz").lines
    record = json.loads(small("status --key logs/b.gz --json").out)
    assert (record["status"], record["attempts"]) == ("failed", 1)
    assert isinstance(record["size"], int)
    assert small("failures --csv nowhere/out.csv").status == 3
    (small.folder / "mine.csv").write_text("an hour of work")
    assert "is not a list of failures" in small("failures --csv mine.csv").err
    assert (small.folder / "mine.csv").read_text() == "an hour of work"
    small("failures --csv out.csv")
    (small.folder / "held.csv").hardlink_to(small.folder / "out.csv")
    assert small("failures --csv out.csv").status == 0  # it is such a list
    assert (small.folder / "held.csv").stat().st_nlink == 1  # nothing was lost on the way
    with (small.folder / "out.csv").open(encoding="utf-8", newline="") as file:
        assert [row["key"] for row in csv.DictReader(file)] == ["logs/b.gz"]
    assert [row["key"] for row in csv.DictReader(small("failures --csv -").lines)] == ["logs/b.gz"]
    assert not (small.folder / "-").exists()


def test_retry_fetches_what_failed_once_the_cause_is_mended(small: Driver) -> None:
    small.server.fault("status", key="logs/b.gz", status=403)
    small("get logs/")
    small.server.clear_faults()

    vain = small("retry --only timeout")
    assert vain.status == 1
    assert vain.err == "nothing failed for this cause: no object is tried again\n"
    said = small("retry --only denied")

    assert said.status == 0
    assert tree(small.folder / "logs")["b.gz"] == b"b.gz"


def test_retry_knows_the_causes_of_its_job(small: Driver) -> None:
    small.server.fault("status", key="logs/a.gz", status=403)
    small("get logs/")

    said = small("retry --only bad-luck")

    assert said.status == 2
    assert "hint: causes in this job: denied\n" in said.err


@pytest.mark.parametrize(("words", "name"), [("logs/", "logs"), ("mine logs/", "mine")])
def test_a_prefix_is_saved_as_a_job_and_a_name_may_stand_before_it(
    small: Driver, words: str, name: str
) -> None:
    assert small(f"save {words}").out == f"{small.folder / 'jobs' / name}.toml\n"
    assert small(f"resume {name}").status == 0
    assert (small.folder / name / "b.gz").exists()


def test_open_restores_place_filters_and_job(small: Driver) -> None:
    small("cd logs")
    small("filter add --suffix .gz")
    small("save mine")
    small("filter clear")
    small("cd /")

    said = small("open mine")

    assert said.status == 0
    assert small.shell.visible_prompt.endswith("/logs/ [1 filter]> ")
    assert "mine: new" in said.err
    assert dict(line.split("\t", 1) for line in small("status").lines)["job"] == "mine"


def test_changing_the_filters_closes_the_open_job(small: Driver) -> None:
    small("save mine")
    small("filter add --suffix .gz")

    assert small("status").status == 2


def test_a_bare_get_goes_on_with_what_was_fetched_last_from_here(small: Driver) -> None:
    small("get logs/sub/ --name part2")

    again = small("get")
    dry = small("get --dry-run")

    assert "resuming part2, oss://demo-bucket/logs/sub/" in again.err
    assert "done: 1 object" in again.out
    assert dry.status == 0
    assert [path.name for path in (small.folder / "jobs").glob("*.toml")] == ["part2.toml"]


def test_a_bare_preview_says_that_it_shows_the_open_job(small: Driver) -> None:
    small("get logs/sub/ --name part2")
    told = "previewing part2, oss://demo-bucket/logs/sub/; 'preview .' shows everything here"

    assert told in small("preview").err
    assert "previewing" not in small("preview logs/sub/").err
    assert "source\toss://demo-bucket/\n" in small("preview .").out


def test_a_point_names_all_that_is_here_and_moving_ends_the_open_job(small: Driver) -> None:
    small("get logs/sub/ --name part2")

    assert "done: 4 objects" in small("get . --to all").out
    small("cd logs/")
    assert "done: 4 objects" in small("get").out


def test_a_job_that_cannot_begin_leaves_its_name_free(small: Driver) -> None:
    (small.folder / "taken").write_bytes(b"a file")

    refused = small("get logs/ --to taken --name mine")

    assert refused.status == 3
    assert list((small.folder / "jobs").iterdir()) == []
    assert small("get logs/ --to free --name mine").status == 0


def test_no_failures_are_told_of_and_status_counts_what_is_left(small: Driver) -> None:
    listed(small, "logs/")

    assert small("failures").err.strip() == "no failures, 4 not fetched yet"
    assert "still to fetch\t4" in small("status").out
    small("get")
    assert small("failures --by cause").err.strip() == "no failures"


def test_what_selects_nothing_leaves_a_job_where_one_was_asked_for(small: Driver) -> None:
    small("get logs/ --name kept --adopt --suffix .nothing")
    small("get logs/ --to mirrored --mirror --suffix .nothing")
    small("save saved --suffix .nothing")
    small("get")

    kept = {path.stem for path in (small.folder / "jobs").glob("*.toml")}
    assert kept == {"kept", "mirrored", "saved"}


def test_a_second_job_into_the_same_folder_is_warned_of_once(small: Driver) -> None:
    small("get logs/sub/ --to here")

    assert "here is also the target of job 'here'" in small("get logs/ --to here").err
    assert "also the target" not in small("get").err
    (small.folder / "jobs" / "broken.toml").write_text("?", encoding="utf-8")
    assert small("get logs/a.gz --name a").status == 0
    assert "also the target" not in small("get logs/b.gz").err  # the present folder


def test_status_takes_the_keys_that_failures_prints(small: Driver) -> None:
    small.server.fault("status", key="logs/b.gz", status=403)
    small("get logs/")
    small("open logs")
    [failed] = small("failures").lines

    assert "cause\tdenied" in small(f"status --key {failed.rpartition(chr(9))[2]}").lines
    assert "cause\tdenied" in small("status --key b.gz").lines
    hint = "hint: it fetches from oss://demo-bucket/logs/ what passes its filters; if the object is"
    assert hint in small("status --key logs/none").err


def test_a_job_that_is_named_need_not_be_open(small: Driver) -> None:
    small.server.fault("status", key="logs/b.gz", status=403)
    small("get logs/ --name film")
    small.session.job = None

    assert "job\tfilm" in small("status film").lines
    assert "cause\tdenied" in small("status film --key b.gz").lines
    assert "logs/b.gz" in small("failures film").out
    assert small.session.job is None
    small.server.clear_faults()
    small.server.put("logs/new.gz", b"new")
    assert small("retry film --only denied").status == 0
    assert small.session.job is not None
    small.session.job = None
    assert "new\t1\t3" in small("refresh film").lines


@pytest.fixture
def versioned(fresh: Driver) -> Driver:
    """Give a shell in a bucket with an object of two versions, deleted since."""
    for number in (1, 2):
        version = {"x-oss-version-id": f"v{number}"}
        fresh.server.put("dir/k.bin", size=400_000 + number, version=number, headers=version)
    fresh.server.delete("dir/k.bin", marker="v3")
    return fresh


def test_get_of_a_version_fetches_it_and_the_job_says_which(versioned: Driver) -> None:
    said = versioned("get dir/k.bin --version-id v1 --to here --name old")

    assert said.status == 0
    assert tree(versioned.folder / "here") == {"k.bin": body("dir/k.bin", 400_001, 1)}
    job = (versioned.folder / "jobs" / "old.toml").read_text(encoding="utf-8")
    assert re.search(r'key = "dir/k.bin" .*\nversion_id = "v1"', job)
    assert versioned("get").out == f"{versioned.folder / 'here' / 'k.bin'}\n"
    assert "here already" not in versioned("get").err
    assert versioned("verify").status == 0
    assert versioned("refresh").status == 0


def test_another_version_to_the_same_place_replaces_what_ossh_left_there(versioned: Driver) -> None:
    versioned("get dir/k.bin --version-id v1 --to here")

    assert versioned("get dir/k.bin --version-id v2 --to here").status == 0
    assert tree(versioned.folder / "here")["k.bin"] == body("dir/k.bin", 400_002, 2)
    assert versioned("get dir/k.bin --version-id v1 --to here").status == 0
    assert len(tree(versioned.folder / "here")["k.bin"]) == 400_001
    (versioned.folder / "here" / "k.bin").write_bytes(b"mine")

    assert versioned("get dir/k.bin --version-id v2 --to here").status == 1
    assert tree(versioned.folder / "here")["k.bin"] == b"mine"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_get_makes_links_when_told_to_and_the_job_remembers(fresh: Driver) -> None:
    fresh.server.put("logs/day.gz", b"day")
    fresh.server.put("logs/latest", symlink_to="logs/day.gz")
    fresh.server.put("logs/outside", symlink_to="elsewhere")
    fresh.server.put("elsewhere", b"far")

    said = fresh("get logs/ --links")

    target = fresh.folder / "logs"
    assert said.status == 0
    assert "1 as links that point where they should" in said.out
    assert "1 link saved as a copy of the target" in said.out
    assert (target / "latest").readlink() == Path("day.gz")
    assert (target / "outside").read_bytes() == b"far"
    assert "all verified: 3 objects" in fresh("verify").out
    assert "3 objects" in fresh("get logs/").out  # that job, which goes on making links
    assert (target / "latest").is_symlink()
    assert 'links = "record"' in (fresh.folder / "jobs" / "logs.toml").read_text(encoding="utf-8")
    assert not (fresh.folder / "jobs" / "logs-2.toml").exists()
