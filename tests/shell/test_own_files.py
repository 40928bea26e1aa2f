"""Keys that would be files of ossh's own: each gets another name, and none is believed."""

import os
from pathlib import Path

import pytest

from tests.shell.conftest import Driver
from tests.zips import zipped

pytestmark = [pytest.mark.fault("F60")]

PLANTED = (
    "jobs/evil.toml",
    "jobs/logs.sqlite-journal",
    "jobs/logs.sqlite-wal",
    "jobs/logs.lock",
    "jobs/keys-0123456789.csv",
    "jobs/sub/readme.txt",
    ".ossh/jobs/evil.toml",
    "sets/.ossh/trash/2020-01-01/old",
    ".oss-failed.csv",
)


@pytest.fixture
def say(fresh: Driver) -> Driver:
    for key in PLANTED:
        fresh.server.put(key, b"planted")
    fresh.server.put("sets/jobs/usual.toml", b"usual")
    return fresh


def files(folder: Path, holding: bytes) -> set[str]:
    found = (one for one in folder.rglob("*") if one.is_file())
    return {one.relative_to(folder).as_posix() for one in found if one.read_bytes() == holding}


def jobs_of(say: Driver) -> set[str]:
    return {line.split("\t")[-1] for line in say("jobs").lines}


def test_what_would_lie_in_the_jobs_folder_goes_elsewhere_and_nothing_is_dropped(
    say: Driver,
) -> None:
    said = say("get --to . --name logs")

    assert said.status == 0, said
    jobs = {one.name for one in (say.folder / "jobs").iterdir()}
    assert jobs == {"logs.toml", "logs.sqlite"}
    arrived = files(say.folder, b"planted")
    assert len(arrived) == len(PLANTED)
    moved = {one.partition("/")[0] for one in arrived if "readme.txt" in one}
    assert [one.startswith("jobs%~") for one in moved] == [True]
    assert {"%2Eossh/jobs/evil.toml", "%2Eoss-failed.csv"} <= arrived
    assert "sets/%2Eossh/trash/2020-01-01/old" in arrived
    assert (say.folder / "sets" / "jobs" / "usual.toml").read_bytes() == b"usual"
    assert f"{len(PLANTED)} objects got a local name that differs" in said.out
    assert say("verify").status == 0
    assert jobs_of(say) == {"logs"}


@pytest.mark.parametrize(
    "line",
    [
        "get jobs/evil.toml --to jobs --name logs",
        "get jobs/evil.toml --as jobs/other.toml",
        "get sets/ --flat --to jobs --name logs",
        "get sets/ --strip-prefix 1 --to jobs --name logs",
    ],
)
def test_however_a_file_gets_its_name_it_is_no_job_file(say: Driver, line: str) -> None:
    said = say(line)

    assert said.status == 0, said
    found = [one.name for one in (say.folder / "jobs").rglob("*") if one.is_file()]
    assert [one for one in found if one.endswith(".toml") and one != "logs.toml"] == []
    assert [one for one in found if ".toml%~" in one]
    assert jobs_of(say) <= {"logs"}
    if " --as " in line:
        assert "jobs/other.toml%~" in said.out.replace(os.sep, "/")


@pytest.mark.parametrize(
    ("line", "folder"), [("get sets.zip/ --to .", "."), ("get sets.zip/jobs/ --to jobs", "jobs")]
)
def test_no_member_of_an_archive_is_a_file_of_ours(fresh: Driver, line: str, folder: str) -> None:
    names = (*PLANTED, "a/.git/hooks/update")
    fresh.server.put("sets.zip", zipped(dict.fromkeys(names, b"planted")))
    fresh.server.put("x", b"x")
    fresh("get x --to x --name logs")
    before = {one.name for one in (fresh.folder / "jobs").iterdir()}

    said = fresh(line)

    assert said.status == 0, said
    there = {one.name for one in (fresh.folder / "jobs").iterdir()}
    new = there - before - {"sub"}
    assert not [one for one in new if "%~" not in one]
    assert len(files(fresh.folder / folder, b"planted")) == (10 if folder == "." else 6)
    assert not (fresh.folder / ".ossh").exists()
    if folder == ".":
        assert there == before
        assert (fresh.folder / "a/.git/hooks/update").exists()  # other programs' names are theirs


def test_one_member_under_a_name_of_ours_gets_another(fresh: Driver) -> None:
    fresh.server.put("sets.zip", zipped({"a": b"planted"}))
    fresh.server.put("x", b"x")
    fresh("get x --to x --name logs")

    assert fresh("get sets.zip/a --as jobs/evil.toml").status == 0

    (name,) = files(fresh.folder / "jobs", b"planted")
    assert name.startswith("evil.toml%~")
