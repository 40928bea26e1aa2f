"""One object: the path of its file is what is printed, and its job goes when it is here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.demo.content.bodies import body
from tests.shell.conftest import Driver, Launcher
from tests.zips import zipped

DATA = body("logs/a.bin", 70_000)


@pytest.fixture
def small(fresh: Driver) -> Driver:
    """Give a shell in a bucket with an object whose key others begin with, and one more."""
    fresh.server.put("logs/a.bin", size=70_000)
    for key in ("logs/a.bin.sig", "logs/a.bin/below", "logs/b.bin"):
        fresh.server.put(key, size=30)
    return fresh


def jobs(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "jobs").glob("*") if path.suffix != ".lock")


def test_the_path_is_printed_and_the_rest_is_a_note(small: Driver) -> None:
    said = small("get logs/a.bin")

    assert (said.status, said.out) == (0, f"{small.folder / 'a.bin'}\n")
    assert "fetched 1 object" in said.err
    assert "verified: 1 by CRC64" in said.err
    assert (small.folder / "a.bin").read_bytes() == DATA
    assert not (small.folder / "a.bin.sig").exists()


def test_its_job_goes_when_it_is_here(small: Driver) -> None:
    small("get logs/a.bin")

    assert jobs(small.folder) == []
    assert small.session.job is None
    assert "no job is open" in small("verify").err
    assert "all in" in small("get").out  # of all that is here


def test_one_file_in_between_leaves_the_open_job_open(small: Driver) -> None:
    small("get logs/ --to all")
    small("get logs/a.bin")

    assert small.job.name == "all"
    assert "all in" in small("get").out
    assert jobs(small.folder) == ["all.sqlite", "all.toml"]


def test_an_object_that_is_here_is_named_and_not_fetched(small: Driver) -> None:
    small("get logs/a.bin")

    said = small("get logs/a.bin")

    assert (said.status, said.out) == (0, f"{small.folder / 'a.bin'}\n")
    assert "1 was here already" in said.err
    assert jobs(small.folder) == []


def test_a_file_of_one_object_is_not_taken_for_another_of_its_size_and_date(
    small: Driver,
) -> None:
    for prefix, data in (("p/", b"first"), ("q/", b"other")):
        small.server.put(f"{prefix}same.bin", data, last_modified=1_700_000_000.0)
    assert small("get p/same.bin --to out").status == 0

    said = small("get q/same.bin --to out")

    assert said.status == 1, said
    assert (small.folder / "out" / "same.bin").read_bytes() == b"first"
    assert small("get q/same.bin --to out --replace").status == 0
    assert (small.folder / "out" / "same.bin").read_bytes() == b"other"


def test_a_job_that_somebody_asked_for_stays(small: Driver) -> None:
    small("get logs/a.bin --name mine")

    assert small("get").out == f"{small.folder / 'a.bin'}\n"
    assert len(list((small.folder / "jobs").glob("*.toml"))) == 1
    assert small("verify").status == 0


def test_a_job_of_one_object_lists_no_filter(small: Driver) -> None:
    small("get logs/a.bin --name mine")

    said = small("jobs show mine").out

    assert "filters\tnone\n" in said
    assert f"source\toss://{small.session.place.bucket}/logs/a.bin at" in said


def test_two_objects_are_an_ordinary_job_without_filters(small: Driver) -> None:
    said = small("get logs/a.bin logs/b.bin")

    assert said.out.startswith("done: 2 objects")
    assert "filters\tnone\n" in small("jobs show").out
    assert sorted(path.name for path in small.folder.glob("*.bin")) == ["a.bin", "b.bin"]


def test_a_run_that_was_stopped_is_resumed_by_the_same_get(small: Driver) -> None:
    small.server.fault("stall", key="logs/a.bin", bytes=20_000)
    small("get logs/a.bin --background")
    small("stop")
    assert "logs-a.bin.toml" in jobs(small.folder)
    small.server.clear_faults()

    said = small("get logs/a.bin")

    assert said.out == f"{small.folder / 'a.bin'}\n"
    assert (small.folder / "a.bin").read_bytes() == DATA
    assert jobs(small.folder) == []


def test_in_the_background_it_goes_as_well(small: Driver) -> None:
    small("get logs/a.bin --background")

    said = small("wait")

    assert said.out == f"{small.folder / 'a.bin'}\n"
    assert jobs(small.folder) == []
    assert small.session.job is None


def test_a_failure_keeps_the_job_for_retry(small: Driver) -> None:
    small.server.fault("status", status=403, key="logs/a.bin")

    failed = small("get logs/a.bin")
    assert failed.status == 1
    assert "denied" in small("failures").out
    small.server.clear_faults()
    said = small("retry")

    assert said.out == f"{small.folder / 'a.bin'}\n"
    assert jobs(small.folder) == []


def test_as_names_the_file_and_its_folder_is_made(small: Driver) -> None:
    said = small("get logs/a.bin --as down/first.bin")

    assert (said.status, said.out) == (0, f"{small.folder / 'down' / 'first.bin'}\n")
    assert (small.folder / "down" / "first.bin").read_bytes() == DATA
    assert "local name" not in said.err


def test_another_file_is_another_job_and_verify_knows_it(small: Driver) -> None:
    small("get logs/a.bin --as one --name first")

    assert small("get logs/a.bin --as two --name second").out == f"{small.folder / 'two'}\n"
    assert small("get logs/a.bin --as three --name first").status == 2
    assert f"target\t{small.folder / 'two'}\n" in small("jobs show second").out
    assert small("verify first").out.startswith("all verified: 1 object")


def test_a_file_that_has_its_name_keeps_it_whatever_the_job_file_says_later(small: Driver) -> None:
    small("get logs/a.bin --as down/first.bin --name first")
    small.edit("first", '"first.bin"', '"second.bin"')
    small("open first")

    said = small("get")

    assert said.status == 2
    assert "'file', 'flat' or 'strip_prefix' of job 'first' changed since its fil" in said.err
    assert [one.name for one in (small.folder / "down").iterdir()] == ["first.bin"]


def test_verify_of_one_object_calls_no_other_file_foreign(small: Driver) -> None:
    (small.folder / "mine.txt").write_text("mine", encoding="utf-8")
    small("get logs/a.bin --name one")

    assert "foreign" not in small("verify").out


def test_a_folder_is_no_file(small: Driver) -> None:
    (small.folder / "down").mkdir()

    for name, told in (("down", "is a folder"), ("new/", "ends as a folder does")):
        said = small(f"get logs/a.bin --as {name}")
        assert said.status == 2
        assert f"error: '{name}' {told}\nhint: --to {name} puts" in said.err
    assert jobs(small.folder) == []


@pytest.mark.parametrize(
    "line",
    [
        *("get logs/a.bin --as {0}", "get logs/a.bin --to {0}", "get logs/ --to {0}"),
        *("save logs/ --to {0}", "preview logs/ --to {0}", "get zipped.zip/ --to {0}"),
        *("get zipped.zip/one --as {0}", "get {1}a.bin {0}", "get {1} {0}"),
    ],
)
def test_a_device_or_a_pipe_is_neither_file_nor_folder(small: Driver, line: str) -> None:
    if sys.platform == "win32":
        pytest.skip("devices are no files there")
    small.server.put("zipped.zip", zipped({"one": b"1"}))
    os.mkfifo(small.folder / "pipe")
    (small.folder / "link").symlink_to("pipe")

    kinds = {"/dev/null": "device", "pipe": "named pipe", "link": "named pipe"}
    for name, kind in kinds.items():
        said = small(line.format(name, f"oss://{small.server.bucket}/logs/"))
        assert said.status == 2
        assert said.err.splitlines() == [
            f"error: cannot write '{name}': it is a {kind}",
            "hint: 'cat KEY' writes an object to stdout, 'get PREFIX --tar -' an archive",
        ]
    assert jobs(small.folder) == []
    assert {one.name for one in small.folder.iterdir()} <= {"pipe", "link", "jobs"}


def test_a_pipe_that_has_the_name_of_the_folder_is_left_alone(small: Driver) -> None:
    if sys.platform == "win32":
        pytest.skip("there are no pipes among files there")
    os.mkfifo(small.folder / "logs")

    assert "error: cannot write 'logs': it is a named pipe\n" in small("get logs/").err
    assert jobs(small.folder) == []


@pytest.mark.parametrize(
    "name",
    [
        "out",
        pytest.param(
            "/dev/stdout",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="it has no such name there"),
        ),
    ],
)
def test_where_the_output_goes_no_object_goes(own: Launcher, server: DemoServer, name: str) -> None:
    server.put("a.bin", b"a")
    address = f"oss://{server.bucket}/a.bin"
    with (own.folder / "out").open("wb") as output:
        streams = {"stdout": output, "stderr": subprocess.PIPE}
        done = own.ended("get", address, "--as", name, text=True, **streams)

    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"error: cannot write '{name}': it is where the output of this command goes",
        "hint: 'ossh cat KEY' writes an object to stdout, 'ossh get PREFIX --tar -' an archive",
    ]
    assert [one.name for one in own.folder.iterdir() if one.name.startswith(".oss")] == []


@pytest.mark.parametrize("option", ["--as", "--to"])
def test_below_a_file_there_is_no_target(small: Driver, option: str) -> None:
    (small.folder / "mine").write_text("mine", encoding="utf-8")

    said = small(f"get logs/a.bin {option} mine/x")

    assert said.status == 3
    assert "hint: there is a file where the folder belongs: choose another folder" in said.err
    assert jobs(small.folder) == []


@pytest.mark.parametrize("what", ["logs/ ", "logs/a.bin logs/b.bin", ""])
def test_as_is_refused_for_what_is_not_one_object(small: Driver, what: str) -> None:
    said = small(f"get {what} --as x")

    assert said.status == 2
    assert "--as does not work for several objects" in said.err


def test_a_name_of_ours_is_refused(small: Driver) -> None:
    said = small("get logs/a.bin --as .oss-failed.csv")

    assert said.status == 2
    assert "'.oss-failed.csv' cannot be a file name on this machine" in said.err


@pytest.mark.parametrize("command", ["get", "preview", "get logs/b.bin"])
def test_the_start_of_a_key_is_not_taken_for_it_where_nobody_can_be_asked(
    small: Driver, command: str
) -> None:
    said = small(f"{command} logs/b.b")

    assert (said.status, said.out) == (2, "")
    assert said.err == (
        "error: there is no key 'logs/b.b'\n"
        "hint: did you mean 'logs/b.bin'? for every key that starts with it: get 'logs/b.b*'\n"
    )
    assert not (small.folder / "b.bin").exists()


def test_an_address_may_end_within_a_name(small: Driver) -> None:
    address = small.session.place.address

    assert small(f"get {address}logs/a.b --to here").status == 0
    assert (small.folder / "here" / "a.bin.sig").exists()


def test_a_name_without_its_slash_is_still_a_folder(small: Driver) -> None:
    assert small("get logs --to here").status == 0
    assert (small.folder / "here" / "b.bin").exists()
